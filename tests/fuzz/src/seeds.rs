//! The texts that random changes begin with: the programs of the language tests and the error tests, the examples, the
//! standard library, a generated analysis, and those of `corpus/`.

use std::path::{Path, PathBuf};

use adlc::syntax::ast::Edition;

/// The root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All of them, in the order of their files.
///
/// # Errors
/// A file that cannot be read, in words.
pub fn all() -> Result<Vec<String>, String> {
    let mut seeds = Vec::new();
    for path in files("tests/language")? {
        let cases = adl_tests::case::read(&text(&path)?).map_err(|e| format!("{}: {e}", path.display()))?;
        seeds.extend(cases.into_iter().map(|c| c.program));
    }
    for path in files("tests/errors")? {
        seeds.extend(text(&path)?.split("#--- ").skip(1).filter_map(|p| p.split_once('\n')).map(|(_, p)| p.to_owned()));
    }
    for folder in ["examples", "examples/benchmarks", "stdlib", "stdlib/schema", "tests/format", "tests/fuzz/corpus"] {
        seeds.extend(self::folder(folder)?);
    }
    for edition in [Edition::E2026, Edition::Legacy] {
        seeds.push(crate::large::analysis(edition, 3));
    }
    seeds.retain(|s| !s.trim().is_empty());
    Ok(seeds)
}

/// The texts of a folder.
///
/// # Errors
/// A file that cannot be read, in words.
pub fn folder(folder: &str) -> Result<Vec<String>, String> {
    files(folder)?.iter().map(|path| text(path)).collect()
}

/// The analyses of a folder.
fn files(folder: &str) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(root().join(folder)).map_err(|e| format!("{folder}: {e}"))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
    files.retain(|p| p.extension().is_some_and(|e| e == "adl"));
    files.sort();
    Ok(files)
}

fn text(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))
}
