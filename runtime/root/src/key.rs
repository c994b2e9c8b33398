//! Keys: the heads of the records that a file consists of (`TKey`).

use std::borrow::Cow;

use crate::codec::{Codec, Decompressor};
use crate::cursor::Cursor;
use crate::error::{Error, Place};
use crate::source::Source;

/// Key versions above this one have 64-bit seeks.
const BIG_KEY: i16 = 1000;

/// An object in the file, as its directory lists it.
#[derive(Clone, Debug)]
pub struct Key {
    /// Directories and name, joined by `/`.
    pub path: String,
    /// The name alone.
    pub name: String,
    /// The title.
    pub title: String,
    /// The C++ class of the object.
    pub class: String,
    /// The cycle: of several keys with one name the highest is the latest.
    pub cycle: i16,
    /// Where the record is in the file.
    pub offset: u64,
    pub(crate) bytes: u32,
    pub(crate) object_bytes: u32,
    pub(crate) key_bytes: u16,
}

impl Key {
    /// The fewest bytes that a key can have: its numbers, and three empty texts.
    pub(crate) const LEAST: usize = 29;

    /// Whether it is a tree. A `TChain` only names other files.
    pub fn is_tree(&self) -> bool {
        matches!(self.class.as_str(), "TTree" | "TNtuple" | "TNtupleD")
    }

    /// Whether it is an RNTuple; those under the second name are of formats before the first version.
    pub fn is_ntuple(&self) -> bool {
        matches!(self.class.as_str(), "ROOT::RNTuple" | "ROOT::Experimental::RNTuple")
    }

    /// Reads a key; the cursor is left after the title, which for baskets is not the end of the key.
    pub(crate) fn read(cursor: &mut Cursor<'_>, directory: &str) -> Result<Key, Error> {
        let (place, numbers) = Key::numbers(cursor)?;
        let class = cursor.string()?;
        let name = cursor.string()?;
        let title = cursor.string()?;
        let path = match directory {
            "" => name.clone(),
            directory => format!("{directory}/{name}"),
        };
        let Some(key) = numbers.key() else {
            return Err(Error::corrupt(place, format!("the key of {path:?} has a negative size or position")));
        };
        Ok(Key { path, name, title, class, ..key })
    }

    /// The same without the texts, for the keys of baskets, of which there are many.
    pub(crate) fn read_nameless(cursor: &mut Cursor<'_>) -> Result<Key, Error> {
        let (place, numbers) = Key::numbers(cursor)?;
        for _ in 0..3 {
            cursor.skip_string()?;
        }
        numbers.key().ok_or_else(|| Error::corrupt(place, "the key of a basket has a negative size or position"))
    }

    fn numbers(cursor: &mut Cursor<'_>) -> Result<(Place, Numbers), Error> {
        let place = cursor.place();
        let bytes = cursor.i32()?;
        let version = cursor.i16()?;
        let object_bytes = cursor.i32()?;
        cursor.skip(4)?;
        let key_bytes = cursor.i16()?;
        let cycle = cursor.i16()?;
        let (offset, _directory) = match version > BIG_KEY {
            true => (cursor.i64()?, cursor.i64()?),
            false => (i64::from(cursor.i32()?), i64::from(cursor.i32()?)),
        };
        Ok((place, Numbers { bytes, object_bytes, key_bytes, cycle, offset }))
    }

    /// The record that it is the head of.
    pub(crate) fn record<'a>(&self, source: &'a Source) -> Result<Cow<'a, [u8]>, Error> {
        source.slice(self.offset, self.bytes as usize, &format!("the record of {:?}", self.path))
    }

    /// The packed bytes of the object in its record.
    fn packed<'a>(&self, record: &'a [u8]) -> Result<&'a [u8], Error> {
        record.get(usize::from(self.key_bytes)..).ok_or_else(|| {
            let what = format!("the key of {:?} is longer than its record", self.path);
            Error::corrupt(Place::at(self.offset), what)
        })
    }

    /// Whether the object is compressed: only if it would not fit the record as it is.
    pub(crate) fn is_compressed(&self) -> bool {
        self.object_bytes > self.bytes.saturating_sub(u32::from(self.key_bytes))
    }

    /// The codec of the object of a record, by its first frame; [`Codec::None`] if it is stored raw.
    pub(crate) fn codec(&self, record: &[u8]) -> Result<Codec, Error> {
        if !self.is_compressed() {
            return Ok(Codec::None);
        }
        let tag = self.packed(record)?.first_chunk::<2>().and_then(|tag| Codec::of_tag(*tag));
        let unknown = || Error::corrupt(Place::at(self.offset), "compressed data of no known codec".to_string());
        tag.ok_or_else(unknown)
    }

    /// The decompressed bytes of the object of a record: those of the record if it is stored raw, else of the decompressor.
    pub(crate) fn object<'a>(&self, record: &'a [u8], decompressor: &'a mut Decompressor) -> Result<&'a [u8], Error> {
        self.object_first(record, self.object_bytes as usize, decompressor)
    }

    /// Whether the first `wanted` bytes of the object are decompressed faster than all.
    pub(crate) fn can_stop(&self, record: &[u8], wanted: usize) -> Result<bool, Error> {
        Ok(self.is_compressed() && Decompressor::can_stop(self.packed(record)?, self.object_bytes as usize, wanted))
    }

    /// The first `wanted` bytes of the object; fewer if it has fewer.
    pub(crate) fn object_first<'a>(
        &self,
        record: &'a [u8],
        wanted: usize,
        decompressor: &'a mut Decompressor,
    ) -> Result<&'a [u8], Error> {
        let packed = self.packed(record)?;
        let size = self.object_bytes as usize;
        match self.is_compressed() {
            true => decompressor.unpack_first(packed, size, wanted, self.offset + u64::from(self.key_bytes)),
            false => Ok(packed.get(..wanted.min(size)).unwrap_or(packed)),
        }
    }
}

/// The numbers of a key, as they are.
struct Numbers {
    bytes: i32,
    object_bytes: i32,
    key_bytes: i16,
    cycle: i16,
    offset: i64,
}

impl Numbers {
    /// A key without texts; none if a size or the position is negative.
    fn key(&self) -> Option<Key> {
        Some(Key {
            path: String::new(),
            name: String::new(),
            title: String::new(),
            class: String::new(),
            cycle: self.cycle,
            offset: u64::try_from(self.offset).ok()?,
            bytes: u32::try_from(self.bytes).ok()?,
            object_bytes: u32::try_from(self.object_bytes).ok()?,
            key_bytes: u16::try_from(self.key_bytes).ok()?,
        })
    }
}
