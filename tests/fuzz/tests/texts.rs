//! Random texts, few enough for every day, and those that once broke something (`regressions/`).

#![allow(clippy::panic, clippy::expect_used)] // A test that cannot be run fails.

use adl_fuzz::mutate::{Sequence, changed};
use adl_fuzz::target::{EDITIONS, front, whole};
use adl_fuzz::{input, seeds};

#[test]
fn random_texts_break_nothing() {
    let seeds = seeds::all().expect("readable seeds");
    let schema = input::schema();
    let mut random = Sequence(2026);
    let rounds = 3000;
    for round in 0..rounds {
        let text = changed(&seeds, 250, &mut random);
        let edition = EDITIONS[round % 2];
        if let Err(error) = front(&text, edition) {
            panic!("{edition:?}: {text}\n---\n{error}");
        }
        if round % 10 == 0
            && let Err(error) = whole(&text, edition, &schema)
        {
            panic!("{edition:?}: {text}\n---\n{error}");
        }
    }
    println!("counted: random texts: {rounds} from {} seeds", seeds.len());
}

#[test]
fn seeds_and_regressions_break_nothing() {
    let mut texts = seeds::all().expect("readable seeds");
    let found = seeds::folder("tests/fuzz/regressions").expect("readable regressions");
    assert!(!found.is_empty());
    texts.extend(found);
    for text in texts {
        for edition in EDITIONS {
            let ended = front(&text, edition).and_then(|_| whole(&text, edition, &input::schema()));
            if let Err(error) = ended {
                panic!("{edition:?}: {text}\n---\n{error}");
            }
        }
    }
}
