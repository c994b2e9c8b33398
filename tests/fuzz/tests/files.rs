//! Data files that once broke a reader, and the seeds of the fuzzers.

#![allow(clippy::panic, clippy::expect_used)] // A test that cannot be run fails.

use std::path::{Path, PathBuf};

use adl_fuzz::files::TARGETS;

/// The files of a folder, in order; none if it is not there.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

#[test]
fn seeds_and_regressions_are_survived() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("files");
    for (name, target) in TARGETS {
        let seeds = files(&here.join("seeds").join(name));
        assert!(!seeds.is_empty(), "{name} has no seeds");
        let regressions = files(&here.join("regressions").join(name));
        for path in seeds.iter().chain(&regressions) {
            let bytes = std::fs::read(path).expect("a file");
            // A panic says no file.
            println!("{}", path.display());
            target(&bytes);
        }
        println!("counted: {name}: {} seeds and {} regressions", seeds.len(), regressions.len());
    }
}

/// Seeds are files that are read, as far as they are meant to be: those of text and of XML are not.
#[test]
fn seeds_are_read() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("files/seeds");
    let mut scratch = adl_root::Scratch::default();
    let mut branches = 0;
    for path in files(&seeds.join("tree")) {
        let file = adl_root::File::open(&path).expect("a ROOT file");
        for info in file.trees() {
            let tree = file.tree(&info.path).expect("a tree");
            for branch in tree.branches().iter().filter(|branch| branch.values().is_some()) {
                for basket in 0..tree.borders(branch.id).len() - 1 {
                    tree.read_basket(branch.id, basket, &mut scratch).expect("a basket");
                    branches += 1;
                }
            }
        }
    }
    for path in files(&seeds.join("ntuple")) {
        let file = adl_root::File::open(&path).expect("a ROOT file");
        for info in file.ntuples() {
            let ntuple = file.ntuple(&info.path).expect("an RNTuple");
            for branch in ntuple.branches().iter().filter(|branch| branch.values().is_some()) {
                for cluster in 0..ntuple.borders().len() - 1 {
                    ntuple.read_basket(branch.id, cluster, &mut scratch).expect("a cluster");
                    branches += 1;
                }
            }
        }
    }
    assert!(branches > 100, "{branches}");
}
