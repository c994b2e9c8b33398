//! Bytes that a caller reads: the same values as from a map, nothing asked for past the end, and a lost read is an error
//! wherever it happens, never a file with less in it.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use adl_root::{BranchKind, Error, File, ReadAt, Scratch, Tree};

/// A file in memory whose reads fail for ever after some of them.
#[derive(Debug)]
struct Fragile {
    bytes: Vec<u8>,
    reads: AtomicUsize,
    good: usize,
}

impl ReadAt for Fragile {
    fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_at(&self, offset: u64, to: &mut [u8]) -> Result<(), String> {
        if self.reads.fetch_add(1, Ordering::Relaxed) >= self.good {
            return Err("the line is dead".to_string());
        }
        let from = usize::try_from(offset).unwrap();
        to.copy_from_slice(&self.bytes[from..from + to.len()]);
        Ok(())
    }
}

fn fragile(path: &Path, good: usize) -> Arc<Fragile> {
    Arc::new(Fragile { bytes: std::fs::read(path).unwrap(), reads: AtomicUsize::new(0), good })
}

fn samples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "root"));
    files.sort();
    assert!(files.len() >= 2, "no samples");
    files
}

/// Everything that the trees of a file hold.
fn contents(file: &File) -> Result<Vec<String>, Error> {
    let mut all = Vec::new();
    for info in file.trees() {
        let tree = file.tree(&format!("{};{}", info.path, info.cycle))?;
        all.push(format!("{info:?}"));
        for branch in tree.branches() {
            all.push(format!("{} {:?}", branch.path, branch.kind));
            if let BranchKind::Values { .. } = branch.kind {
                all.push(baskets(&tree, branch.id)?);
            }
        }
    }
    Ok(all)
}

fn baskets(tree: &Tree, branch: adl_root::BranchId) -> Result<String, Error> {
    let mut scratch = Scratch::default();
    let mut all = String::new();
    for number in 0..tree.borders(branch).len() - 1 {
        let basket = tree.read_basket(branch, number, &mut scratch)?;
        all.push_str(&format!("{:?} {:?} {:?}", basket.values(), basket.starts(), basket.inner_starts()));
        if let Some(range) = tree.basket_bytes(branch, number) {
            assert!(range.end > range.start && range.end <= tree.file().size(), "basket at {range:?}");
        }
    }
    Ok(all)
}

#[test]
fn the_same_values_as_from_a_map() {
    for path in samples() {
        let (Ok(mapped), source) = (File::open(&path), fragile(&path, usize::MAX)) else { continue };
        let read = File::from_reader(&path, source.clone()).unwrap();
        assert_eq!(read.size(), mapped.size());
        assert_eq!(contents(&read).unwrap(), contents(&mapped).unwrap(), "{}", path.display());
        assert!(source.reads.load(Ordering::Relaxed) > 0);
    }
}

#[test]
fn a_lost_read_is_an_error_wherever_it_happens() {
    for path in samples() {
        let whole = fragile(&path, usize::MAX);
        let Ok(file) = File::from_reader(&path, whole.clone()) else { continue };
        if contents(&file).is_err() {
            continue;
        }
        let reads = whole.reads.load(Ordering::Relaxed);
        // All places of small files, some hundred of large ones.
        for good in (0..reads).step_by(1 + reads / 300) {
            let lost = File::from_reader(&path, fragile(&path, good)).and_then(|file| {
                let seen = contents(&file)?;
                // A list of trees has no place for an error: what is read next has.
                let again = file.keys().iter().find(|key| key.class == "TTree").map(|key| file.tree(&key.path));
                again.transpose().map(|_| seen)
            });
            match lost {
                Err(Error::Lost { reason }) => assert_eq!(reason, "the line is dead"),
                Err(other) => panic!("{}: after {good} reads: {other}", path.display()),
                Ok(_) => panic!("{}: after {good} of {reads} reads nothing is missing", path.display()),
            }
        }
    }
}
