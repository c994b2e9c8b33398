//! The results as files and as text for the terminal. A file of each kind in a folder that appears only when it is whole.

pub mod counts;
pub mod cutflow;
pub mod digest;
pub mod folder;
pub mod job;
pub mod root;
pub mod save;
pub mod spectrum;
pub mod uhi;

use std::path::{Path, PathBuf};

use crate::report::Report;

/// Results could not be written: exit code 8.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}: {message}", path.display())]
pub struct OutputError {
    /// The file or folder.
    pub path: PathBuf,
    /// What is wrong, in words.
    pub message: String,
}

impl OutputError {
    /// The process's exit code.
    pub const EXIT_CODE: u8 = 8;

    /// An error about a file or folder.
    pub fn new(path: &Path, message: impl ToString) -> OutputError {
        OutputError { path: path.to_path_buf(), message: message.to_string() }
    }
}

/// The names of the files, in the order in which they are written.
pub const FILES: [&str; 4] = ["histograms.json", "histograms.root", "cutflow.json", "job.json"];

/// The file with the published counts, if there are any.
pub const COUNTS: &str = "counts.json";

/// The luminosity sections that were processed, if a mask was given.
pub const LUMIS: &str = "lumis.json";

/// Writes all results into a folder, in place of one that adlc wrote before. Returns what is to be said about them.
///
/// # Errors
/// If anything could not be written; then nothing is there that was not there before.
pub fn write(target: &Path, report: &Report, job: &job::JobRecord<'_>) -> Result<Vec<String>, OutputError> {
    finish(folder::Folder::begin(target)?, report, job)
}

/// The same with a folder that was begun before, and may have files already.
///
/// # Errors
/// As [`write()`].
pub fn finish(folder: folder::Folder, report: &Report, job: &job::JobRecord<'_>) -> Result<Vec<String>, OutputError> {
    let [histograms, root, cutflow, record] = FILES;
    folder.write(histograms, |out| uhi::write(out, report))?;
    let notes = root::write(&folder.path(root), report)
        .map_err(|e| OutputError { path: folder.target().join(root), message: e.message })?;
    folder.write(cutflow, |out| out.write_all(cutflow::json(report).as_bytes()))?;
    if counts::any(report) {
        folder.write(COUNTS, |out| out.write_all(counts::json(report).as_bytes()))?;
    }
    if !job.masks.is_empty() {
        folder.write(LUMIS, |out| out.write_all(job.outcome.lumi.processed.json().as_bytes()))?;
    }
    folder.write(record, |out| out.write_all(job::json(job).as_bytes()))?;
    folder.finish()?;
    Ok(notes)
}
