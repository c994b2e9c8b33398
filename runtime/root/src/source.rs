//! The bytes of a file: a memory map, or a buffer for tests and for data that is already in memory.

use std::path::Path;

use crate::error::{Error, Place};

/// The bytes of one file.
#[derive(Debug)]
pub(crate) enum Source {
    Map(memmap2::Mmap),
    Memory(Vec<u8>),
}

impl Source {
    pub(crate) fn open(path: &Path) -> Result<Source, Error> {
        let failed = |e: std::io::Error| Error::Open { path: path.to_path_buf(), reason: e.to_string() };
        let file = std::fs::File::open(path).map_err(failed)?;
        let meta = file.metadata().map_err(failed)?;
        if meta.is_dir() {
            return Err(Error::Open { path: path.to_path_buf(), reason: "it is a directory".to_string() });
        }
        if meta.len() == 0 {
            return Ok(Source::Memory(Vec::new()));
        }
        // SAFETY: the map is private to this crate and read-only; it is sound as long as nobody shrinks or rewrites the
        // file while it is open, which the README asks of the caller (data files are written once).
        #[allow(unsafe_code)]
        let map = unsafe { memmap2::Mmap::map(&file) }.map_err(failed)?;
        Ok(Source::Map(map))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Source::Map(map) => map,
            Source::Memory(bytes) => bytes,
        }
    }

    /// `len` bytes from `offset`; short is [`Error::Truncated`].
    pub(crate) fn slice(&self, offset: u64, len: usize, what: &str) -> Result<&[u8], Error> {
        let bytes = self.bytes();
        usize::try_from(offset).ok().and_then(|start| bytes.get(start..start.checked_add(len)?)).ok_or_else(|| {
            let what = format!("{what} needs {len} bytes, the file has {}", bytes.len());
            Error::truncated(Place::at(offset), what)
        })
    }

    /// All bytes from `offset`.
    pub(crate) fn tail(&self, offset: u64, what: &str) -> Result<&[u8], Error> {
        let bytes = self.bytes();
        usize::try_from(offset).ok().and_then(|start| bytes.get(start..)).filter(|tail| !tail.is_empty()).ok_or_else(
            || {
                Error::truncated(
                    Place::at(offset),
                    format!("{what} lies past the end, the file has {} bytes", bytes.len()),
                )
            },
        )
    }
}
