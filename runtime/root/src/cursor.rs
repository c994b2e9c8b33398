//! A bounded big-endian reader over a piece of the file, or over a decompressed record.
//!
//! Every read is checked and every error names the byte of the file. Also here: the framing that every ROOT object
//! has (byte count and class version, `TBufferFile::ReadVersion`).

use crate::error::{Error, Place};

/// Set in a 32-bit word that is a byte count (`kByteCountMask`).
pub(crate) const BYTE_COUNT: u32 = 0x4000_0000;

/// A read position in some bytes whose place in the file is known.
#[derive(Clone)]
pub(crate) struct Cursor<'a> {
    data: &'a [u8],
    pos: usize,
    /// The byte of the file where `data`, or the record that it was decompressed from, begins.
    file_offset: u64,
    unpacked: bool,
}

/// The head of a streamed object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub version: u16,
    /// Where the object ends, if it has a byte count.
    pub end: Option<usize>,
}

macro_rules! number {
    ($name:ident, $type:ty) => {
        pub(crate) fn $name(&mut self) -> Result<$type, Error> {
            let bytes = self.array()?;
            Ok(<$type>::from_be_bytes(bytes))
        }
    };
}

impl<'a> Cursor<'a> {
    /// Over bytes that are in the file as they are, beginning at `offset` of it.
    pub(crate) fn in_file(data: &'a [u8], offset: u64) -> Cursor<'a> {
        Cursor { data, pos: 0, file_offset: offset, unpacked: false }
    }

    /// Over the decompressed payload of the record at `offset` of the file.
    pub(crate) fn in_record(data: &'a [u8], offset: u64) -> Cursor<'a> {
        Cursor { data, pos: 0, file_offset: offset, unpacked: true }
    }

    pub(crate) fn pos(&self) -> usize {
        self.pos
    }

    pub(crate) fn remaining(&self) -> usize {
        self.data.len().saturating_sub(self.pos)
    }

    /// The place of byte `pos`, for an error.
    pub(crate) fn place_of(&self, pos: usize) -> Place {
        match self.unpacked {
            true => Place { inside: Some(pos as u64), ..Place::at(self.file_offset) },
            false => Place::at(self.file_offset + pos as u64),
        }
    }

    pub(crate) fn place(&self) -> Place {
        self.place_of(self.pos)
    }

    pub(crate) fn corrupt(&self, what: impl Into<String>) -> Error {
        Error::corrupt(self.place(), what)
    }

    pub(crate) fn take(&mut self, n: usize) -> Result<&'a [u8], Error> {
        match self.data.get(self.pos..).and_then(|rest| rest.get(..n)) {
            Some(bytes) => {
                self.pos += n;
                Ok(bytes)
            }
            None => Err(self.too_short(n)),
        }
    }

    #[cold]
    fn too_short(&self, n: usize) -> Error {
        let what = format!("{n} bytes needed, {} left", self.remaining());
        match self.unpacked {
            true => Error::corrupt(self.place(), what),
            false => Error::truncated(self.place(), what),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        match self.data.get(self.pos..).and_then(|rest| rest.first_chunk::<N>()) {
            Some(bytes) => {
                self.pos += N;
                Ok(*bytes)
            }
            None => Err(self.too_short(N)),
        }
    }

    number!(u8, u8);
    number!(i16, i16);
    number!(u16, u16);
    number!(i32, i32);
    number!(u32, u32);
    number!(i64, i64);
    number!(u64, u64);

    pub(crate) fn bool(&mut self) -> Result<bool, Error> {
        Ok(self.u8()? != 0)
    }

    pub(crate) fn skip(&mut self, n: usize) -> Result<(), Error> {
        self.take(n).map(|_| ())
    }

    /// Moves to an absolute position, which may not lie past the end.
    pub(crate) fn seek(&mut self, pos: usize) -> Result<(), Error> {
        if pos > self.data.len() {
            return Err(self.corrupt(format!("points to byte {pos} of {}", self.data.len())));
        }
        self.pos = pos;
        Ok(())
    }

    /// A size that the file gives as a signed number: negative is corrupt.
    pub(crate) fn size(&mut self, what: &str) -> Result<usize, Error> {
        let place = self.place();
        let n = self.i32()?;
        usize::try_from(n).map_err(|_| Error::corrupt(place, format!("{what} is {n}")))
    }

    /// A `TString`: a length byte, or 255 and a 32-bit length, then the bytes.
    pub(crate) fn string(&mut self) -> Result<String, Error> {
        Ok(String::from_utf8_lossy(self.text()?).into_owned())
    }

    /// Passes over a text.
    pub(crate) fn skip_string(&mut self) -> Result<(), Error> {
        self.text().map(|_| ())
    }

    fn text(&mut self) -> Result<&'a [u8], Error> {
        let n = match self.u8()? {
            255 => self.size("a text length")?,
            n => usize::from(n),
        };
        self.take(n)
    }

    /// A text that ends with a zero byte.
    pub(crate) fn c_string(&mut self) -> Result<&'a str, Error> {
        let rest = self.data.get(self.pos..).unwrap_or_default();
        let Some(n) = rest.iter().take(1024).position(|b| *b == 0) else {
            return Err(self.corrupt("a class name does not end"));
        };
        let text = std::str::from_utf8(&rest[..n]).map_err(|_| self.corrupt("a class name is not text"))?;
        self.pos += n + 1;
        Ok(text)
    }

    /// Byte count (if there is one) and class version.
    pub(crate) fn head(&mut self) -> Result<Head, Error> {
        let start = self.pos;
        let count = self.u32()?;
        if count & BYTE_COUNT == 0 {
            self.pos = start;
            return Ok(Head { version: self.u16()?, end: None });
        }
        let end = start + 4 + (count & !BYTE_COUNT) as usize;
        if end > self.data.len() || end < start + 6 {
            return Err(Error::corrupt(self.place_of(start), "an object's byte count points past the record"));
        }
        let version = self.u16()?;
        Ok(Head { version, end: Some(end) })
    }

    /// Moves to the end of an object, over the members that were not read.
    pub(crate) fn finish(&mut self, head: Head, what: &str) -> Result<(), Error> {
        match head.end {
            Some(end) if end < self.pos => {
                Err(self.corrupt(format!("{what} version {} is longer than its byte count", head.version)))
            }
            Some(end) => self.seek(end),
            None => Ok(()),
        }
    }

    /// Skips an object that must have a byte count.
    pub(crate) fn skip_object(&mut self, what: &str) -> Result<(), Error> {
        let place = self.place();
        let head = self.head()?;
        match head.end {
            Some(end) => self.seek(end),
            None => Err(Error::unsupported(place, format!("{what} without a byte count"))),
        }
    }

    /// `TObject`: version, unique id, bits and, if it is referenced, a process id.
    pub(crate) fn skip_tobject(&mut self) -> Result<(), Error> {
        const IS_REFERENCED: u32 = 1 << 4;
        let head = self.head()?;
        self.skip(4)?;
        if self.u32()? & IS_REFERENCED != 0 {
            self.skip(2)?;
        }
        self.finish(head, "TObject")
    }

    /// `TNamed`: name and title.
    pub(crate) fn named(&mut self) -> Result<(String, String), Error> {
        let head = self.head()?;
        self.skip_tobject()?;
        let name = self.string()?;
        let title = self.string()?;
        self.finish(head, "TNamed")?;
        Ok((name, title))
    }

    /// A member array `T fX[fN]`: one byte that says whether it is there, then `n` values of `width` bytes.
    pub(crate) fn counted_array(&mut self, n: usize, width: usize) -> Result<&'a [u8], Error> {
        match self.u8()? {
            0 => Ok(&[]),
            _ => match n.checked_mul(width) {
                Some(size) => self.take(size),
                None => Err(self.corrupt("an array is too long")),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn reads_a_framed_object_and_skips_its_rest() {
        let data = [0x40, 0, 0, 6, 0, 9, 1, 2, 3, 4, 77];
        let mut cursor = Cursor::in_file(&data, 100);
        let head = cursor.head().unwrap();
        assert_eq!((head.version, head.end), (9, Some(10)));
        assert_eq!(cursor.u8().unwrap(), 1);
        cursor.finish(head, "X").unwrap();
        assert_eq!(cursor.u8().unwrap(), 77);
        let error = cursor.u16().unwrap_err();
        assert_eq!(error.to_string(), "the file is truncated: 2 bytes needed, 0 left (at byte 111)");
    }

    #[test]
    fn a_version_without_a_byte_count() {
        let mut cursor = Cursor::in_record(&[0, 3, 0, 1, 2, 3], 0);
        let head = cursor.head().unwrap();
        assert_eq!((head.version, head.end, cursor.pos()), (3, None, 2));
    }

    #[test]
    fn long_and_short_strings() {
        let mut data = vec![2, b'a', b'b', 255, 0, 0, 1, 44];
        data.extend([b'x'; 300]);
        let mut cursor = Cursor::in_file(&data, 0);
        assert_eq!(cursor.string().unwrap(), "ab");
        assert_eq!(cursor.string().unwrap().len(), 300);
        assert!(Cursor::in_file(&[9, 1], 0).string().is_err());
    }
}
