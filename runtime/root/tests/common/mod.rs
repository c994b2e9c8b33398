//! Where the shared data files are, and what the samples hold.
#![allow(dead_code)]

use std::path::{Path, PathBuf};

/// The shared directory: `$ADL_SHARED`, or `shared` beside one of the directories above; none, and a line that says
/// so, if it is not there.
pub fn shared() -> Option<PathBuf> {
    let found = match std::env::var_os("ADL_SHARED") {
        Some(dir) => Some(PathBuf::from(dir)),
        None => {
            Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|dir| dir.join("shared")).find(|dir| dir.is_dir())
        }
    };
    match found.filter(|dir| dir.join("data").is_dir()) {
        Some(dir) => Some(dir),
        None => {
            println!("skipped: no shared data (set ADL_SHARED to the directory that has data/)");
            None
        }
    }
}

/// The ROOT files of a directory, sorted.
pub fn root_files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "root"))
        .collect();
    files.sort();
    files
}

/// The files that hold an RNTuple and no tree.
pub fn is_rntuple(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_string_lossy();
    name.contains("rntuple") || name.contains("atlas_ntuple")
}

/// The list of the samples in entry `i`: value `k` is `f(10 i + k, k)`.
pub fn list(i: u64, f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    (0..i % 4).map(|k| f((10 * i + k) as f64, k as f64)).collect()
}
