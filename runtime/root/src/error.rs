//! What can go wrong while a ROOT file is read, and where.
//!
//! Six kinds, because they ask for six different actions: the path is wrong ([`Error::Open`]), the server is gone
//! ([`Error::Lost`]), the file is another format ([`Error::NotRoot`]), the copy is incomplete ([`Error::Truncated`]), bytes are damaged
//! ([`Error::Corrupt`]), or the file is fine and this crate cannot read it yet ([`Error::Unsupported`]).

use std::fmt;
use std::path::{Path, PathBuf};

/// An error of this crate; its text is one line in plain words.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be opened or mapped.
    #[error("cannot open {}: {reason}", path.display())]
    Open {
        /// The path as given.
        path: PathBuf,
        /// What the operating system says.
        reason: String,
    },
    /// The file does not begin as a ROOT file does.
    #[error("{} is not a ROOT file: {reason}", path.display())]
    NotRoot {
        /// The path as given.
        path: PathBuf,
        /// What was found instead.
        reason: String,
    },
    /// The file ends before something that it announces.
    #[error("the file is truncated: {what} ({place})")]
    Truncated {
        /// Where the missing bytes should be.
        place: Place,
        /// What is missing.
        what: String,
    },
    /// Bytes of the file contradict each other or the format.
    #[error("the file is corrupt: {what} ({place})")]
    Corrupt {
        /// Where.
        place: Place,
        /// What is wrong.
        what: String,
    },
    /// A feature of the format that this crate does not read.
    #[error("not supported: {what} ({place})")]
    Unsupported {
        /// Where.
        place: Place,
        /// Which feature.
        what: String,
    },
    /// Bytes that are elsewhere could not be had; see [`crate::ReadAt`].
    #[error("{reason}")]
    Lost {
        /// Why not, as the caller's reader says it.
        reason: String,
    },
    /// The file has no such tree, branch or basket.
    #[error("{what}")]
    Missing {
        /// What was asked for and what there is.
        what: String,
    },
}

/// A place in a file: which file, which branch, which byte.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The file, where known.
    pub file: Option<PathBuf>,
    /// The branch that was read, where one was.
    pub branch: Option<String>,
    /// The byte of the file; for a compressed record the byte where the record begins.
    pub offset: u64,
    /// The byte in the decompressed record, for a place inside one.
    pub inside: Option<u64>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}, ", file.display())?;
        }
        if let Some(branch) = &self.branch {
            write!(f, "branch {branch}, ")?;
        }
        match self.inside {
            None => write!(f, "at byte {}", self.offset),
            Some(inside) => write!(f, "byte {inside} of the record at byte {}", self.offset),
        }
    }
}

impl Place {
    /// A byte of the file.
    pub(crate) fn at(offset: u64) -> Place {
        Place { offset, ..Place::default() }
    }
}

impl Error {
    pub(crate) fn truncated(place: Place, what: impl Into<String>) -> Error {
        Error::Truncated { place, what: what.into() }
    }

    pub(crate) fn corrupt(place: Place, what: impl Into<String>) -> Error {
        Error::Corrupt { place, what: what.into() }
    }

    pub(crate) fn unsupported(place: Place, what: impl Into<String>) -> Error {
        Error::Unsupported { place, what: what.into() }
    }

    pub(crate) fn missing(what: impl Into<String>) -> Error {
        Error::Missing { what: what.into() }
    }

    /// The same error with the file's name in its place.
    pub(crate) fn in_file(mut self, file: &Path) -> Error {
        if let Some(place) = self.place_mut() {
            place.file.get_or_insert_with(|| file.to_path_buf());
        }
        self
    }

    /// The same error with the branch's name in its place.
    pub(crate) fn in_branch(mut self, branch: &str) -> Error {
        if let Some(place) = self.place_mut() {
            place.branch.get_or_insert_with(|| branch.to_string());
        }
        self
    }

    /// Where it happened, for the kinds that happen at a place.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Error::Truncated { place, .. } | Error::Corrupt { place, .. } | Error::Unsupported { place, .. } => {
                Some(place)
            }
            Error::Open { .. } | Error::NotRoot { .. } | Error::Lost { .. } | Error::Missing { .. } => None,
        }
    }

    fn place_mut(&mut self) -> Option<&mut Place> {
        match self {
            Error::Truncated { place, .. } | Error::Corrupt { place, .. } | Error::Unsupported { place, .. } => {
                Some(place)
            }
            Error::Open { .. } | Error::NotRoot { .. } | Error::Lost { .. } | Error::Missing { .. } => None,
        }
    }
}
