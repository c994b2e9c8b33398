//! Damaged files: whatever the bytes are, reading ends soon, with values or with an error, and never with a panic.
//!
//! Mutants of compressed files mostly fail to decompress; `unclosed.root`, `objects.root`, `arrays.root` and `booked.root` are
//! stored raw, so that their mutants get further. `examples/hunt.rs` does the same in number.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod attack;
mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use attack::{attack, read_all};

/// Mutants of the samples in all, in the normal tests.
const MUTANTS: usize = 2000;

fn samples() -> Vec<PathBuf> {
    common::root_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data"))
}

#[test]
fn mutants_of_the_samples() {
    let samples = samples();
    let mut mutants = 0;
    for path in &samples {
        let name = path.file_name().unwrap().to_string_lossy();
        mutants += attack(&std::fs::read(path).unwrap(), MUTANTS.div_ceil(samples.len()), 7, &name, |_| ());
    }
    println!("counted: {mutants} mutants of {} sample files", samples.len());
}

#[test]
fn mutants_of_small_real_files() {
    let Some(shared) = common::shared() else {
        return;
    };
    for path in common::root_files(&shared.join("data")) {
        let bytes = std::fs::read(&path).unwrap();
        if bytes.len() < 60_000 && !common::is_rntuple(&path) {
            attack(&bytes, 60, bytes.len() as u64, &path.file_name().unwrap().to_string_lossy(), |_| ());
        }
    }
}

/// The attack on the samples once more, in a process that may not take more than 1 GB of addresses: a forged size that is
/// believed ends it.
#[test]
fn memory_is_bounded() {
    let mut shell = Command::new("sh");
    let script = "ulimit -v 1000000 || exit 77; exec \"$0\" --exact mutants_of_the_samples --test-threads 1";
    let status = shell.args(["-c", script]).arg(std::env::current_exe().unwrap()).status();
    match status.map(|s| s.code()) {
        Ok(Some(77)) | Err(_) => println!("skipped: no shell with `ulimit -v`"),
        Ok(code) => assert_eq!(code, Some(0), "a mutant took more than 1 GB, or failed"),
    }
}

#[test]
fn every_truncation_of_a_sample() {
    for path in samples() {
        let bytes = std::fs::read(&path).unwrap();
        for n in (0..bytes.len()).step_by(37) {
            read_all(bytes[..n].to_vec());
        }
    }
}
