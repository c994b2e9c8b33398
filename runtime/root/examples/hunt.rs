//! Hunts for damaged files that the reader does not survive: `cargo run --release -p adl-root --example hunt -- MUTANTS SEED
//! FILE...`. A mutant that makes the reader say something new is mutated further, as fuzzers do with new coverage.

#[path = "../tests/attack/mod.rs"]
mod attack;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use attack::{Random, hot_spots, mutate, read_all};

/// More mutants than this are not kept for further mutation.
const KEPT: usize = 4000;
/// A mutant that takes longer hangs.
const LONGEST: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (Some(Ok(mutants)), Some(Ok(seed))) =
        (arguments.first().map(|n| n.parse::<u64>()), arguments.get(1).map(|n| n.parse::<u64>()))
    else {
        println!("usage: hunt MUTANTS SEED FILE...");
        return ExitCode::FAILURE;
    };
    let files: Vec<PathBuf> = arguments.iter().skip(2).map(PathBuf::from).collect();
    let mut corpus = Vec::new();
    for file in &files {
        match std::fs::read(file) {
            Ok(bytes) => corpus.push((hot_spots(&bytes), bytes)),
            Err(e) => println!("{}: {e}", file.display()),
        }
    }
    if corpus.is_empty() {
        return ExitCode::FAILURE;
    }
    let findings = hunt(corpus, mutants, seed);
    if findings == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The number of mutants that were not survived, each kept as a file in the temporary folder.
fn hunt(mut corpus: Vec<(Vec<usize>, Vec<u8>)>, mutants: u64, seed: u64) -> usize {
    let current: Arc<Mutex<Vec<u8>>> = Arc::default();
    let originals = corpus.len();
    let mut random = Random(seed);
    let mut said = BTreeSet::new();
    let (mut findings, mut last_new) = (0, 0);
    let (mut opened, begin) = (0_u64, Instant::now());
    std::panic::set_hook(Box::new(|info| println!("{info}")));
    for number in 1..=mutants {
        // Half of the time from what was given, else from what was kept.
        let place = if number % 2 == 0 { random.below(originals) } else { random.below(corpus.len()) };
        let (spots, original) = &corpus[place];
        let mutant = mutate(original, spots, &mut random);
        if let Ok(mut current) = current.lock() {
            current.clone_from(&mutant);
        }
        let started = Instant::now();
        let result = std::panic::catch_unwind(|| read_all(mutant));
        let time = started.elapsed();
        let bytes = || current.lock().map(|b| b.clone()).unwrap_or_default();
        match result {
            Ok(outcome) if time < LONGEST => {
                opened += u64::from(outcome.good.is_some());
                let before = said.len();
                said.extend(outcome.sayings);
                if said.len() > before {
                    last_new = number;
                    if corpus.len() < originals + KEPT {
                        let bytes = bytes();
                        corpus.push((hot_spots(&bytes), bytes));
                    }
                }
            }
            Ok(_) | Err(_) => {
                findings += 1;
                let path = std::env::temp_dir().join(format!("adl-root-hunt-{seed}-{number}.root"));
                println!("finding {findings}, mutant {number}, {time:?}: {}", path.display());
                let _ = std::fs::write(path, bytes());
            }
        }
        if number % 100_000 == 0 || number == mutants {
            println!(
                "{number} mutants of {originals} files in {:.0} s: {opened} opened, {} sayings, the last new one at {last_new}, \
                 {findings} findings",
                begin.elapsed().as_secs_f64(),
                said.len()
            );
        }
    }
    findings
}
