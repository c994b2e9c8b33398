//! A bounded little-endian reader over an envelope: the basic types and frames that envelopes consist of (RNTuple format
//! specification, "Basic Types", "Frames", "Locators and Envelope Links").

use crate::error::{Error, Place};

/// A read position in a decompressed envelope.
#[derive(Clone)]
pub(super) struct Bytes<'a> {
    data: &'a [u8],
    at: usize,
    /// The byte of the file where the envelope begins.
    offset: u64,
}

/// Where a block is in the file, and its size there and unpacked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Link {
    pub offset: u64,
    pub packed: u64,
    pub size: u64,
}

/// A locator: a byte range of the file, or a kind that no ROOT file has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Locator {
    File {
        offset: u64,
        size: u64,
    },
    /// Of this type: `0x02` is an object store.
    Other(u8),
}

/// The content of a frame; `items` for list frames.
pub(super) struct Frame<'a> {
    pub bytes: Bytes<'a>,
    pub items: usize,
}

macro_rules! number {
    ($name:ident, $type:ty) => {
        pub(super) fn $name(&mut self) -> Result<$type, Error> {
            let bytes = self.take(size_of::<$type>())?;
            Ok(<$type>::from_le_bytes(bytes.try_into().unwrap_or_default()))
        }
    };
}

impl<'a> Bytes<'a> {
    /// The bytes `from..to` of the envelope at `offset` of the file.
    pub(super) fn new(data: &'a [u8], from: usize, to: usize, offset: u64) -> Bytes<'a> {
        Bytes { data: data.get(..to).unwrap_or(data), at: from, offset }
    }

    pub(super) fn remaining(&self) -> usize {
        self.data.len().saturating_sub(self.at)
    }

    pub(super) fn place(&self) -> Place {
        Place { inside: Some(self.at as u64), ..Place::at(self.offset) }
    }

    pub(super) fn corrupt(&self, what: impl Into<String>) -> Error {
        Error::corrupt(self.place(), what)
    }

    pub(super) fn take(&mut self, n: usize) -> Result<&'a [u8], Error> {
        match self.data.get(self.at..).and_then(|rest| rest.get(..n)) {
            Some(bytes) => {
                self.at += n;
                Ok(bytes)
            }
            None => Err(self.corrupt(format!("{n} bytes needed, {} left", self.remaining()))),
        }
    }

    number!(u16, u16);
    number!(u32, u32);
    number!(i32, i32);
    number!(u64, u64);
    number!(i64, i64);
    number!(f64, f64);

    /// A 32-bit length and the bytes.
    pub(super) fn string(&mut self) -> Result<String, Error> {
        let n = self.u32()? as usize;
        Ok(String::from_utf8_lossy(self.take(n)?).into_owned())
    }

    /// A record or list frame; the position moves behind it, whatever of it is read.
    fn frame(&mut self) -> Result<(Frame<'a>, bool), Error> {
        let start = self.at;
        let size = self.i64()?;
        let is_list = size < 0;
        let items = if is_list { self.u32()? as usize } else { 1 };
        let end = usize::try_from(size.unsigned_abs()).ok().and_then(|size| start.checked_add(size));
        let Some(end) = end.filter(|end| (self.at..=self.data.len()).contains(end)) else {
            self.at = start;
            return Err(self.corrupt(format!("a frame of {size} bytes where {} are left", self.remaining())));
        };
        let bytes = Bytes { data: self.data.get(..end).unwrap_or_default(), ..*self };
        self.at = end;
        Ok((Frame { bytes, items }, is_list))
    }

    /// A record frame.
    pub(super) fn record(&mut self) -> Result<Bytes<'a>, Error> {
        let place = self.clone();
        match self.frame()? {
            (frame, false) => Ok(frame.bytes),
            (_, true) => Err(place.corrupt("a list where a record is expected")),
        }
    }

    /// A list frame, whose number of items is no larger than its number of bytes.
    pub(super) fn list(&mut self) -> Result<Frame<'a>, Error> {
        let place = self.clone();
        match self.frame()? {
            (frame, true) if frame.items <= frame.bytes.remaining() => Ok(frame),
            (frame, true) => {
                Err(place.corrupt(format!("a list of {} items in {} bytes", frame.items, frame.bytes.remaining())))
            }
            (_, false) => Err(place.corrupt("a record where a list is expected")),
        }
    }

    /// A locator. One of another type than the two of files is skipped by its size.
    pub(super) fn locator(&mut self) -> Result<Locator, Error> {
        const LARGE: u8 = 0x01;
        let start = self.clone();
        let head = self.i32()?;
        if let Ok(size) = u64::try_from(head) {
            return Ok(Locator::File { offset: self.u64()?, size });
        }
        let head = head.unsigned_abs();
        let (size, kind) = ((head & 0xffff) as usize, (head >> 24) as u8 & 0x7f);
        let Some(rest) = size.checked_sub(size_of::<i32>()) else {
            return Err(start.corrupt(format!("a locator of {size} bytes")));
        };
        let mut payload = self.clone();
        self.take(rest)?;
        match kind {
            LARGE if rest >= 16 => {
                let (size, offset) = (payload.u64()?, payload.u64()?);
                Ok(Locator::File { offset, size })
            }
            kind => Ok(Locator::Other(kind)),
        }
    }

    /// An envelope link: unpacked size and locator.
    pub(super) fn link(&mut self) -> Result<Link, Error> {
        let size = self.u64()?;
        let place = self.place();
        match self.locator()? {
            Locator::File { offset, size: packed } => Ok(Link { offset, packed, size }),
            Locator::Other(kind) => Err(Error::unsupported(place, outside(kind))),
        }
    }
}

/// Why a block cannot be read.
pub(super) fn outside(kind: u8) -> String {
    match kind {
        0x02 => "the data are in a DAOS object store".to_string(),
        kind => format!("a block is stored in a way of its own (locator type {kind})"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn bytes(data: &[u8]) -> Bytes<'_> {
        Bytes::new(data, 0, data.len(), 0)
    }

    #[test]
    fn both_kinds_of_locators_in_files() {
        let short = [[7_u8, 0, 0, 0].as_slice(), &99_u64.to_le_bytes()].concat();
        assert_eq!(bytes(&short).locator().unwrap(), Locator::File { offset: 99, size: 7 });
        let head = -(20_i32 | 0x01 << 24);
        let long = [head.to_le_bytes().as_slice(), &(5_u64 << 32).to_le_bytes(), &99_u64.to_le_bytes()].concat();
        assert_eq!(bytes(&long).locator().unwrap(), Locator::File { offset: 99, size: 5 << 32 });
        let head = -(16_i32 | 0x02 << 24);
        let daos = [head.to_le_bytes().as_slice(), &[0; 12], &[1, 2]].concat();
        let mut reader = bytes(&daos);
        assert_eq!(reader.locator().unwrap(), Locator::Other(2));
        assert_eq!(reader.remaining(), 2);
        assert!(bytes(&(-2_i32).to_le_bytes()).locator().is_err());
    }

    #[test]
    fn frames_are_skipped_by_their_size() {
        let mut data = 12_i64.to_le_bytes().to_vec();
        data.extend([1, 0, 0, 0, 77, 0]);
        let mut reader = bytes(&data);
        assert_eq!(reader.record().unwrap().u16().unwrap(), 1);
        assert_eq!(reader.u16().unwrap(), 77);
        for forged in [7_i64, 13, -11, -13, i64::MIN, i64::MAX] {
            let data = [forged.to_le_bytes().as_slice(), &[1, 0, 0, 0]].concat();
            assert!(bytes(&data).record().is_err() && bytes(&data).list().is_err(), "{forged}");
        }
    }
}
