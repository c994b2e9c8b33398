//! What can go wrong while a ROOT file is written.

use std::path::{Path, PathBuf};

/// An error of the writer; its text is one line in plain words.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be created.
    #[error("cannot create {}: {reason}", path.display())]
    Create {
        /// The path as given.
        path: PathBuf,
        /// What the operating system says.
        reason: std::io::Error,
    },
    /// Bytes cannot be written; what is on disk so far is not a ROOT file.
    #[error("cannot write the ROOT file: {0}")]
    Io(#[from] std::io::Error),
    /// The file would exceed 2 GB, beyond which ROOT has another layout that is not written here.
    #[error("the ROOT file would be larger than 2 GB with {name:?}")]
    FileTooLarge {
        /// The object that would have made it too large.
        name: String,
    },
    /// The object would exceed 1 GB, which ROOT cannot read (`TBufferFile`).
    #[error("{name:?} is larger than 1 GB, which ROOT cannot read")]
    ObjectTooLarge {
        /// The object.
        name: String,
    },
    /// A name that ROOT cannot find again.
    #[error("{name:?} cannot be the name of an object in a ROOT file: {reason}")]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Two objects of one directory have the same name.
    #[error("the ROOT file has two objects named {path:?}")]
    Duplicate {
        /// Directories and name.
        path: String,
    },
    /// Branches and columns of a tree contradict each other.
    #[error("tree {name:?} cannot be written: {what}")]
    Tree {
        /// Its name.
        name: String,
        /// What is wrong.
        what: String,
    },
    /// Axes and sums of a histogram or profile contradict each other.
    #[error("histogram {name:?} cannot be written: {what}")]
    Histogram {
        /// Its name.
        name: String,
        /// What is wrong.
        what: String,
    },
}

impl Error {
    pub(super) fn histogram(name: &str, what: impl Into<String>) -> Error {
        Error::Histogram { name: name.to_string(), what: what.into() }
    }

    pub(super) fn create(path: &Path, reason: std::io::Error) -> Error {
        Error::Create { path: path.to_path_buf(), reason }
    }
}
