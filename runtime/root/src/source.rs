//! The bytes of a file: a memory map, a buffer, or what a caller of this crate reads from elsewhere, such as a server.
//!
//! All of the reader goes through [`Source::slice`], [`Source::head`] and [`Source::record`]. Of a map they are views,
//! without a copy; of bytes from elsewhere, copies of what was asked for and no more.

use std::borrow::Cow;
use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::{Error, Place};
use crate::key::Key;

/// Bytes that are elsewhere: the door through which a caller gives this crate remote files.
///
/// What is read must be the same bytes each time. Once a read has failed, all later ones should fail too: an optional
/// part of a file that could not be read then does not look like one that is not there.
pub trait ReadAt: Send + Sync + Debug {
    /// The number of bytes, as it was when the file was opened.
    fn size(&self) -> u64;

    /// Fills `to` with the bytes from `offset` on. Never asked for bytes past the end.
    ///
    /// # Errors
    /// Why they cannot be had, in words; all attempts to get them are over.
    fn read_at(&self, offset: u64, to: &mut [u8]) -> Result<(), String>;
}

/// Bytes of a map that are kept in memory, about.
const KEPT: usize = 32 << 20;

/// The bytes of one file.
#[derive(Debug)]
pub(crate) enum Source {
    Map(Map),
    Memory(Vec<u8>),
    Elsewhere(Arc<dyn ReadAt>),
}

/// A memory map. Its pages count as memory of the process from their first use on, though they can be had again from
/// the file, and most are used once.
#[derive(Debug)]
pub(crate) struct Map {
    bytes: memmap2::Mmap,
    /// Bytes that were asked for since the pages were let go.
    touched: AtomicUsize,
}

impl Map {
    /// Lets go of the pages when as many bytes as [`KEPT`] were asked for.
    fn touch(&self, len: usize) {
        if self.touched.fetch_add(len, Ordering::Relaxed) >= KEPT {
            self.rest();
        }
    }

    fn rest(&self) {
        self.touched.store(0, Ordering::Relaxed);
        // SAFETY: the map is shared, read-only and of a file: what is read of it later, or by another thread now, comes
        // from the file again, and is the same (madvise(2), MADV_DONTNEED).
        #[cfg(unix)]
        #[allow(unsafe_code)]
        // It is only advice.
        let _ = unsafe { self.bytes.unchecked_advise(memmap2::UncheckedAdvice::DontNeed) };
    }
}

impl Source {
    /// Lets go of memory that can be had again from the file.
    pub(crate) fn rest(&self) {
        if let Source::Map(map) = self {
            map.rest();
        }
    }

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
        Ok(Source::Map(Map { bytes: map, touched: AtomicUsize::new(0) }))
    }

    /// The number of bytes.
    pub(crate) fn size(&self) -> u64 {
        match self {
            Source::Map(map) => map.bytes.len() as u64,
            Source::Memory(bytes) => bytes.len() as u64,
            Source::Elsewhere(bytes) => bytes.size(),
        }
    }

    /// Whether bytes cost nothing but the reading of memory or of a disk.
    pub(crate) fn is_at_hand(&self) -> bool {
        match self {
            Source::Map(_) | Source::Memory(_) => true,
            Source::Elsewhere(_) => false,
        }
    }

    /// `len` bytes from `offset`; short is [`Error::Truncated`].
    pub(crate) fn slice(&self, offset: u64, len: usize, what: &str) -> Result<Cow<'_, [u8]>, Error> {
        let inside = offset.checked_add(len as u64).is_some_and(|end| end <= self.size());
        if !inside {
            let what = format!("{what} needs {len} bytes, the file has {}", self.size());
            return Err(Error::truncated(Place::at(offset), what));
        }
        self.bytes(offset, len)
    }

    /// Up to `len` bytes from `offset`, as many as there are, at least one: for what does not say first how long it is.
    pub(crate) fn head(&self, offset: u64, len: usize, what: &str) -> Result<Cow<'_, [u8]>, Error> {
        let left = self.size().saturating_sub(offset);
        if left == 0 {
            let what = format!("{what} lies past the end, the file has {} bytes", self.size());
            return Err(Error::truncated(Place::at(offset), what));
        }
        self.bytes(offset, len.min(usize::try_from(left).unwrap_or(usize::MAX)))
    }

    /// The record at `offset`, its key first: the key begins with the number of its bytes (`TKey::fNbytes`).
    pub(crate) fn record(&self, offset: u64, what: &str) -> Result<Cow<'_, [u8]>, Error> {
        let begin = self.slice(offset, 4, what)?;
        let bytes = begin.first_chunk().map_or(0, |n| i32::from_be_bytes(*n));
        match usize::try_from(bytes) {
            Ok(len) if len >= Key::LEAST => self.slice(offset, len, what),
            Ok(_) | Err(_) => Err(Error::corrupt(Place::at(offset), format!("{what} announces {bytes} bytes"))),
        }
    }

    /// Bytes that are known to be in the file.
    fn bytes(&self, offset: u64, len: usize) -> Result<Cow<'_, [u8]>, Error> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let range = start..start.saturating_add(len);
        match self {
            Source::Map(map) => {
                map.touch(len);
                Ok(Cow::Borrowed(map.bytes.get(range).unwrap_or_default()))
            }
            Source::Memory(all) => Ok(Cow::Borrowed(all.get(range).unwrap_or_default())),
            Source::Elsewhere(bytes) => {
                let mut copy = vec![0; len];
                bytes.read_at(offset, &mut copy).map_err(|reason| Error::Lost { reason })?;
                Ok(Cow::Owned(copy))
            }
        }
    }
}
