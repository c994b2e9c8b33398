//! A folder that appears only when it is whole: everything is written beside it and renamed at the end.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::OutputError;

/// The file by which a folder that adlc wrote is known.
const MARK: &str = "job.json";

/// A folder being written. Dropped without [`Folder::finish`], it leaves nothing.
#[derive(Debug)]
pub struct Folder {
    target: PathBuf,
    staging: PathBuf,
    finished: bool,
}

impl Folder {
    /// Begins a folder that will replace `target`.
    ///
    /// # Errors
    /// If there is something at `target` that adlc did not write, or nothing can be written beside it.
    pub fn begin(target: &Path) -> Result<Folder, OutputError> {
        // Behind a link it is the folder that is replaced, not the link.
        let target = fs::canonicalize(target).unwrap_or_else(|_| target.to_path_buf());
        check(&target)?;
        let Some(name) = target.file_name().map(|name| name.to_string_lossy().to_string()) else {
            return Err(OutputError::new(&target, "is not a name for a folder"));
        };
        let parent = parent(&target);
        fs::create_dir_all(parent).map_err(|e| OutputError::new(parent, format!("cannot be created: {e}")))?;
        let staging = parent.join(format!(".{name}.part-{}", std::process::id()));
        if staging.exists() {
            fs::remove_dir_all(&staging).map_err(|e| OutputError::new(&staging, format!("cannot be removed: {e}")))?;
        }
        fs::create_dir(&staging).map_err(|e| OutputError::new(&target, format!("cannot be written: {e}")))?;
        Ok(Folder { target, staging, finished: false })
    }

    /// Where the folder will be.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Where a file of the folder is to be written.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.staging.join(name)
    }

    /// Writes a file of the folder.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, name: &str, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), OutputError> {
        let write = || {
            let mut out = BufWriter::new(fs::File::create(self.path(name))?);
            content(&mut out)?;
            out.flush()
        };
        write().map_err(|e: io::Error| OutputError::new(&self.target.join(name), format!("cannot be written: {e}")))
    }

    /// Puts the folder in its place.
    ///
    /// # Errors
    /// If it cannot be renamed; then what was there before is there again.
    pub fn finish(mut self) -> Result<(), OutputError> {
        check(&self.target)?;
        let failed = |e: io::Error| OutputError::new(&self.target, format!("cannot be replaced: {e}"));
        let name = self.target.file_name().map(|name| name.to_string_lossy().to_string()).unwrap_or_default();
        let before = parent(&self.target).join(format!(".{name}.old-{}", std::process::id()));
        let replaces = self.target.exists();
        if replaces {
            fs::rename(&self.target, &before).map_err(failed)?;
        }
        if let Err(e) = fs::rename(&self.staging, &self.target) {
            if replaces {
                fs::rename(&before, &self.target).map_err(failed)?;
            }
            return Err(failed(e));
        }
        self.finished = true;
        if replaces {
            fs::remove_dir_all(&before).map_err(|e| OutputError::new(&before, format!("cannot be removed: {e}")))?;
        }
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.finished {
            // Nothing can be done about a folder that cannot be removed; its name says that it is no result.
            let _ = fs::remove_dir_all(&self.staging);
        }
    }
}

/// Fails if something is at the target that is not to be replaced.
fn check(target: &Path) -> Result<(), OutputError> {
    if !target.exists() {
        return Ok(());
    }
    if !target.is_dir() {
        return Err(OutputError::new(target, "is a file; results are written into a folder"));
    }
    let mut entries = fs::read_dir(target).map_err(|e| OutputError::new(target, e))?;
    if entries.next().is_none() || target.join(MARK).is_file() {
        return Ok(());
    }
    Err(OutputError::new(target, format!("is a folder with other files (it has no {MARK}), and is left as it is")))
}

fn parent(target: &Path) -> &Path {
    target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}
