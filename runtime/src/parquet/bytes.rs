//! The bytes of a Parquet file: of a file here, in memory, or on a server. Read by position, from several threads.

use std::fs::File;
use std::io::{BufReader, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use adl_root::ReadAt;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ColumnChunkMetaData, FooterTail, ParquetMetaData, ParquetMetaDataReader};
use parquet::file::reader::{ChunkReader, Length};

use super::description;
use super::thrift::{self, Head, Odd};
use crate::reader::{ReadClass, ReadError};
use crate::remote::Blocks;

/// Where the bytes are.
#[derive(Clone, Debug)]
pub enum Bytes {
    /// An open file with its size.
    Local(Arc<File>, u64),
    /// A file in memory.
    Memory(bytes::Bytes),
    /// A file on a server.
    Remote(Arc<Blocks>),
}

impl Bytes {
    /// Opens a file.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(path: &Path) -> std::io::Result<Bytes> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        Ok(Bytes::Local(Arc::new(file), size))
    }

    pub(super) fn read_at(&self, offset: u64, to: &mut [u8]) -> Result<()> {
        if offset.checked_add(to.len() as u64).is_none_or(|end| end > self.len()) {
            return Err(eof("bytes past the end of the file"));
        }
        match self {
            Bytes::Local(file, _) => Ok(exactly_at(file, offset, to)?),
            Bytes::Memory(bytes) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX);
                to.copy_from_slice(bytes.get(start..start.saturating_add(to.len())).unwrap_or_default());
                Ok(())
            }
            Bytes::Remote(bytes) => bytes.read_at(offset, to).map_err(ParquetError::General),
        }
    }

    pub(super) fn size(&self) -> u64 {
        Length::len(self)
    }

    /// The description of the file, at its end (<https://parquet.apache.org/docs/file-format/>): its length and four letters
    /// are last.
    pub(super) fn metadata(&self) -> Result<ParquetMetaData> {
        let mut tail = [0; 8];
        let at = self.len().checked_sub(tail.len() as u64).ok_or_else(|| eof("a file of less than 8 bytes"))?;
        self.read_at(at, &mut tail)?;
        let tail = FooterTail::try_new(&tail)?;
        if tail.is_encrypted_footer() {
            return Err(ParquetError::General("its description is encrypted".to_string()));
        }
        let length = tail.metadata_length();
        let start = at.checked_sub(length as u64).ok_or_else(|| eof("a description larger than the file"))?;
        let bytes = self.get_bytes(start, length)?;
        match description::check(&bytes) {
            Ok(()) => ParquetMetaDataReader::decode_metadata(&bytes),
            Err(_) => Err(ParquetError::General("its description is damaged".to_string())),
        }
    }

    /// The description of the page that bytes of the file begin with. The buffer is used again.
    pub(super) fn head(&self, left: Range<u64>, buffer: &mut Vec<u8>) -> std::result::Result<Head, String> {
        let most = left.end.saturating_sub(left.start).min(MOST);
        let mut n = most.min(HEAD);
        loop {
            buffer.resize(usize::try_from(n).map_err(|e| e.to_string())?, 0);
            self.read_at(left.start, buffer).map_err(|e| e.to_string())?;
            match thrift::head(buffer) {
                Ok(head) => return Ok(head),
                Err(Odd::Short) if n < most => n = most.min(n * 16),
                Err(Odd::Short | Odd::Wrong) => return Err("the description of a page is damaged".to_string()),
            }
        }
    }

    /// The error of a reading step: that the file is lost, if it is, else what the step says.
    pub(super) fn lost_or(&self, path: &Path, other: ReadError) -> ReadError {
        let lost = if let Bytes::Remote(bytes) = self { bytes.lost() } else { None };
        lost.map_or(other, |reason| ReadError::new(ReadClass::Open, path, reason))
    }
}

fn eof(what: &str) -> ParquetError {
    ParquetError::EOF(what.to_string())
}

#[cfg(unix)]
fn exactly_at(file: &File, offset: u64, to: &mut [u8]) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, to, offset)
}

#[cfg(windows)]
fn exactly_at(file: &File, mut offset: u64, mut to: &mut [u8]) -> std::io::Result<()> {
    while !to.is_empty() {
        let n = std::os::windows::fs::FileExt::seek_read(file, to, offset)?;
        if n == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        offset += n as u64;
        to = to.get_mut(n..).unwrap_or_default();
    }
    Ok(())
}

impl Length for Bytes {
    fn len(&self) -> u64 {
        match self {
            Bytes::Local(_, size) => *size,
            Bytes::Memory(bytes) => bytes.len() as u64,
            Bytes::Remote(bytes) => bytes.size(),
        }
    }
}

impl ChunkReader for Bytes {
    type T = BufReader<From>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(BufReader::new(From { bytes: self.clone(), at: start, is_known: false }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<bytes::Bytes> {
        // Before memory is asked for: a damaged file may say anything.
        if start.checked_add(length as u64).is_none_or(|end| end > self.len()) {
            return Err(eof("bytes past the end of the file"));
        }
        let mut read = vec![0; length];
        self.read_at(start, &mut read)?;
        Ok(read.into())
    }
}

/// Bytes of the description of a page, at most: those of readers in C++ are as large.
const MOST: u64 = 16 << 20;
/// Bytes of a description that are read first.
const HEAD: u64 = 256;

/// Reads on from a position, where the description of a page is: the only thing that is read like this.
pub struct From {
    bytes: Bytes,
    at: u64,
    /// Whether the description is one.
    is_known: bool,
}

impl From {
    fn check(&self) -> std::io::Result<()> {
        match self.bytes.head(self.at..self.bytes.size(), &mut Vec::new()) {
            Ok(head) if head.is_possible() => Ok(()),
            Ok(_) => Err(std::io::Error::other("a page announces far more than its bytes can hold")),
            Err(reason) => Err(std::io::Error::other(reason)),
        }
    }
}

impl Read for From {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        if !self.is_known {
            self.check()?;
            self.is_known = true;
        }
        let left = self.bytes.len().saturating_sub(self.at);
        if left == 0 && !to.is_empty() {
            // The Parquet library passes over bytes that are not there as if they were.
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let n = to.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let to = to.get_mut(..n).unwrap_or_default();
        self.bytes.read_at(self.at, to).map_err(std::io::Error::other)?;
        self.at += n as u64;
        Ok(n)
    }
}

/// Where a column chunk is in the file; none if its description cannot be true.
pub(super) fn place(chunk: &ColumnChunkMetaData) -> Option<Range<u64>> {
    // Some writers say that there is a dictionary at byte 0.
    let data = chunk.data_page_offset();
    let first = chunk.dictionary_page_offset().filter(|at| (1..data).contains(at)).unwrap_or(data);
    let (first, len) = (u64::try_from(first).ok()?, u64::try_from(chunk.compressed_size()).ok()?);
    Some(first..first.checked_add(len)?)
}
