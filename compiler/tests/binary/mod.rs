//! Runs the built `adlc` in a folder of its own.

#![allow(dead_code, clippy::unwrap_used)] // Not every test uses everything; a test that cannot be run fails.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// What a command printed, and its exit code.
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// A folder to work in.
pub struct Bench {
    pub folder: PathBuf,
}

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// A file of `examples/`, as an argument.
pub fn example(name: &str) -> String {
    root().join("examples").join(name).display().to_string()
}

impl Bench {
    pub fn new(name: &str) -> Bench {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{name}"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        Bench { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    pub fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    pub fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.text(name)).unwrap()
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_adlc"));
        command.current_dir(&self.folder).stdin(Stdio::null());
        command
    }

    /// Runs it; it must neither panic nor die by a signal.
    pub fn adlc(&self, arguments: &[&str]) -> Run {
        let output = self.command().args(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        let code = output.status.code().unwrap_or(-1);
        assert!(!err.contains("panicked") && !err.contains("Please report it"), "{arguments:?}: {err}");
        Run { code, out, err }
    }

    /// Runs it; it must fail with this code, say all this, and leave nothing at `out`.
    pub fn fails(&self, code: i32, arguments: &[&str], said: &[&str]) -> Run {
        let run = self.adlc(arguments);
        assert_eq!(run.code, code, "{arguments:?}: {}{}", run.out, run.err);
        for part in said {
            assert!(run.err.contains(part), "{arguments:?}: no {part:?} in\n{}", run.err);
        }
        let left: Vec<String> = self.names().into_iter().filter(|n| n == "out" || n.starts_with('.')).collect();
        assert!(left.is_empty(), "{arguments:?} leaves {left:?}");
        run
    }

    /// Runs it; it must succeed.
    pub fn succeeds(&self, arguments: &[&str]) -> Run {
        let run = self.adlc(arguments);
        assert_eq!(run.code, 0, "{arguments:?}: {}", run.err);
        run
    }

    /// The names of what is in the folder.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.folder).unwrap();
        entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }
}
