//! Damaged files: whatever the bytes are, reading ends soon, with values or with an error, and never with a panic.
//!
//! Mutants of compressed files mostly fail to decompress; `unclosed.root` is stored raw, so that its mutants get further.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use adl_root::{File, Scratch};

/// A linear congruential generator (Knuth's MMIX constants): the same mutants in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % n.max(1)
    }
}

/// Reads everything; the number of branches that could be read.
fn read_all(bytes: Vec<u8>) -> Option<usize> {
    let file = File::from_bytes("mutant.root", bytes).ok()?;
    let mut good = 0;
    let mut scratch = Scratch::default();
    for info in file.trees().into_iter().take(20) {
        let Ok(tree) = file.tree(&info.path) else {
            continue;
        };
        for branch in tree.branches().iter().filter(|branch| branch.values().is_some()) {
            let n = tree.borders(branch.id).len() - 1;
            // A forged list of baskets may be long; each basket on it costs an error.
            let all = (0..n.min(50)).all(|i| {
                let Ok(basket) = tree.read_basket(branch.id, i, &mut scratch) else {
                    return false;
                };
                let values = basket.values().len() as u32;
                if let Some(starts) = basket.starts() {
                    assert_eq!(starts.len(), basket.entries() + 1);
                    assert!(starts.is_sorted());
                    let end = basket.inner_starts().map_or(values, |inner| inner.len() as u32 - 1);
                    assert_eq!((starts[0], starts[basket.entries()]), (0, end));
                }
                if let Some(inner) = basket.inner_starts() {
                    assert!(inner.is_sorted());
                    assert_eq!(inner.last(), Some(&values));
                }
                true
            });
            good += usize::from(all);
        }
    }
    Some(good)
}

fn mutate(original: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = original.to_vec();
    let n = bytes.len();
    match random.below(8) {
        0 => bytes.truncate(random.below(n)),
        1..=3 => {
            for _ in 0..=random.below(4) {
                bytes[random.below(n)] ^= 1 << random.below(8);
            }
        }
        kind => {
            let special = [0, 0x7fff_ffff, 0xffff_ffff, 0x4000_0000, 0x8000_0000, 1, 0x4000_0006, 0x00ff_ffff];
            // Heads of records and the start of the file are where sizes are.
            let at = if kind == 4 { random.below(n.min(400)) } else { random.below(n) };
            let word: u32 = match random.below(3) {
                0 => random.0 as u32,
                _ => special[random.below(special.len())],
            };
            for (to, from) in bytes[at..].iter_mut().zip(word.to_be_bytes()) {
                *to = from;
            }
        }
    }
    bytes
}

/// `ADL_MUTANTS` multiplies the number of mutants, for longer hunts.
fn attack(original: &[u8], mutants: usize, seed: u64, label: &str) {
    let more = std::env::var("ADL_MUTANTS").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
    let mutants = mutants * more;
    let whole = read_all(original.to_vec()).unwrap();
    let mut random = Random(seed);
    let (mut opened, mut worse) = (0, 0);
    for i in 0..mutants {
        let mutant = mutate(original, &mut random);
        let begin = Instant::now();
        let good = read_all(mutant);
        let time = begin.elapsed();
        assert!(time < Duration::from_secs(5), "{label}: mutant {i} took {time:?}");
        opened += usize::from(good.is_some());
        worse += usize::from(good.is_none_or(|n| n < whole));
    }
    println!("{label}: of {mutants} mutants {opened} opened, {worse} lost something; whole file {whole} branches");
}

#[test]
fn mutants_of_the_samples() {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    for path in common::root_files(&dir) {
        attack(&std::fs::read(&path).unwrap(), 300, 7, &path.file_name().unwrap().to_string_lossy());
    }
}

#[test]
fn mutants_of_small_real_files() {
    let Some(shared) = common::shared() else {
        return;
    };
    for path in common::root_files(&shared.join("data")) {
        let bytes = std::fs::read(&path).unwrap();
        if bytes.len() < 60_000 && !common::is_rntuple(&path) {
            attack(&bytes, 60, bytes.len() as u64, &path.file_name().unwrap().to_string_lossy());
        }
    }
}

#[test]
fn every_truncation_of_a_sample() {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    for path in common::root_files(&dir) {
        let bytes = std::fs::read(&path).unwrap();
        for n in (0..bytes.len()).step_by(37) {
            read_all(bytes[..n].to_vec());
        }
    }
}
