//! The temporary folder of a run: for files on their way. A file that is open is taken out of it at once, so that the
//! system frees it when the program ends, however it ends; what is left of programs that were killed is removed later.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The names of these folders, before the number of the process.
const NAME: &str = "adlc-fetch-";
/// Older ones without a process are removed. (A process of another container is not seen here.)
const OLD: std::time::Duration = std::time::Duration::from_secs(24 * 3600);

/// A folder that nobody else can read, removed when dropped.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    next: AtomicUsize,
}

impl Folder {
    /// Makes one in the system's temporary folder (`TMPDIR`).
    ///
    /// # Errors
    /// It cannot be made, in words.
    pub fn new() -> Result<Folder, String> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let parent = std::env::temp_dir();
        sweep(&parent);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!("{NAME}{}-{number}", std::process::id()));
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path).map_err(|e| format!("no temporary folder {}: {e}", path.display()))?;
        Ok(Folder { path, next: AtomicUsize::new(0) })
    }

    /// A path for a new file. The name ends as the file's does, for commands that go by it.
    #[must_use]
    pub fn file(&self, url: &str) -> PathBuf {
        let end = url.split(['?', '#']).next().unwrap_or_default();
        let end = if end.ends_with(".parquet") { "parquet" } else { "root" };
        self.path.join(format!("{}.{end}", self.next.fetch_add(1, Ordering::Relaxed)))
    }

    /// Bytes that the system has left there.
    #[must_use]
    pub fn free(&self) -> u64 {
        #[cfg(unix)]
        {
            rustix::fs::statvfs(&self.path).map_or(u64::MAX, |s| s.f_bavail.saturating_mul(s.f_frsize))
        }
        #[cfg(not(unix))]
        u64::MAX
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// Removes the folders of this user's processes that are no more.
fn sweep(parent: &Path) {
    if !Path::new("/proc/self").exists() {
        return;
    }
    for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(|n| n.strip_prefix(NAME)?.split('-').next()?.parse::<u32>().ok());
        let is_gone = |process: u32| !Path::new("/proc").join(process.to_string()).exists();
        let is_old = |m: std::fs::Metadata| m.modified().is_ok_and(|t| t.elapsed().is_ok_and(|age| age > OLD));
        let is_ours = entry.file_type().is_ok_and(|t| t.is_dir()) && entry.metadata().is_ok_and(is_old);
        if process.is_some_and(is_gone) && is_ours {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn folders_go_with_their_run_and_those_of_killed_runs_later() {
        // No process has this number (the most that Linux gives is 2^22).
        let left = std::env::temp_dir().join(format!("{NAME}4194999-0"));
        std::fs::create_dir_all(&left).unwrap();
        std::fs::write(left.join("0.root"), "part").unwrap();
        drop(Folder::new().unwrap());
        assert!(left.exists());
        let old = std::time::SystemTime::now() - 2 * OLD;
        std::fs::File::open(&left).unwrap().set_modified(old).unwrap();
        let folder = Folder::new().unwrap();
        assert!(!left.exists());
        let file = folder.file("root://h//x.parquet?a=b.root");
        assert!(file.display().to_string().ends_with(".parquet"));
        assert_ne!(file, folder.file("root://h//x.parquet"));
        std::fs::write(&file, "x").unwrap();
        assert!(folder.free() > 0);
        drop(folder);
        assert!(!file.exists() && !file.parent().unwrap().exists());
    }
}
