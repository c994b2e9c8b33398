//! Blocks of the file: the anchor, envelopes with their checksums, and the bytes of pages (RNTuple format specification,
//! "ROOT File embedding", "Envelopes").

use std::borrow::Cow;

use super::bytes::{Bytes, Link};
use crate::checksum;
use crate::codec::Decompressor;
use crate::cursor::Cursor;
use crate::error::{Error, Place};
use crate::key::Key;
use crate::source::Source;

/// Type and length in front of the payload of an envelope.
const PREAMBLE: usize = 8;
/// An XXH3 behind it.
pub(super) const CHECKSUM: usize = 8;
/// Longer envelopes are an attack, and those that shrink more in the file: what an envelope is unpacked to at most, and
/// what however few bytes are stored.
const MAX_ENVELOPE: u64 = 1 << 30;
const SHORT: u64 = 16 << 20;
const MAX_RATIO: u64 = 256;

/// The object that a directory has of an RNTuple.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Anchor {
    pub header: Link,
    pub footer: Link,
    /// Longer blocks are in several records; 0 if none is.
    pub max_key: u64,
}

impl Anchor {
    /// Reads the anchor. Unlike all the rest it is big-endian; its checksum covers it without its first six bytes
    /// (byte count and class version) and lies behind the end that the byte count gives.
    pub(super) fn read(source: &Source, key: &Key, decompressor: &mut Decompressor) -> Result<Anchor, Error> {
        let record = key.record(source)?;
        let object = key.object(&record, decompressor)?;
        let cursor = &mut Cursor::in_record(object, key.offset);
        let head = cursor.head()?;
        let begin = cursor.pos();
        let unsupported = |what: &str| Err(Error::unsupported(Place::at(key.offset), what));
        let epoch = cursor.u16()?;
        match epoch {
            1 => (),
            0 => return unsupported("an RNTuple of a format before version 1.0"),
            n => return unsupported(&format!("an RNTuple of format {n}")),
        }
        cursor.skip(3 * 2)?;
        let mut words = [0; 6];
        for word in &mut words {
            *word = cursor.u64()?;
        }
        let [offset, packed, size, footer_offset, footer_packed, footer_size] = words;
        let max_key = match head.end {
            Some(end) if end >= cursor.pos() + 8 => cursor.u64()?,
            Some(_) | None => 0,
        };
        if let Some(end) = head.end {
            cursor.seek(end)?;
        }
        let end = cursor.pos();
        let stored = cursor.u64()?;
        if !checksum::is_of(stored, object.get(begin..end).unwrap_or_default()) {
            return Err(Error::corrupt(Place::at(key.offset), "the anchor of the RNTuple does not match its checksum"));
        }
        let header = Link { offset, packed, size };
        let footer = Link { offset: footer_offset, packed: footer_packed, size: footer_size };
        Ok(Anchor { header, footer, max_key })
    }
}

/// A decompressed envelope.
pub(super) struct Envelope {
    data: Vec<u8>,
    offset: u64,
    pub checksum: u64,
}

/// The types of envelopes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Header = 1,
    Footer = 2,
    Pages = 3,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Header => "the header",
            Kind::Footer => "the footer",
            Kind::Pages => "a list of pages",
        }
    }
}

impl Envelope {
    /// Reads an envelope and checks type, length and checksum, which covers all that is before it.
    pub(super) fn read(
        source: &Source,
        link: Link,
        kind: Kind,
        max_key: u64,
        decompressor: &mut Decompressor,
    ) -> Result<Envelope, Error> {
        let corrupt = |what: String| Error::corrupt(Place::at(link.offset), format!("{} {what}", kind.name()));
        let size = usize::try_from(link.size.min(MAX_ENVELOPE + 1)).unwrap_or(usize::MAX);
        let most = link.packed.saturating_mul(MAX_RATIO).saturating_add(SHORT).min(MAX_ENVELOPE);
        if link.size > most || size < PREAMBLE + CHECKSUM || link.packed > link.size {
            return Err(corrupt(format!("has {} bytes, {} of them stored", link.size, link.packed)));
        }
        let packed = blob(source, link.offset, link.packed, max_key, kind.name())?;
        let data = match packed.len() == size {
            true => packed.into_owned(),
            false => decompressor.unpack(&packed, size, link.offset)?.to_vec(),
        };
        let mut bytes = Bytes::new(&data, 0, data.len(), link.offset);
        let (preamble, payload) = (bytes.u64()?, size - CHECKSUM);
        let checksum = Bytes::new(&data, payload, size, link.offset).u64()?;
        if !checksum::is_of(checksum, data.get(..payload).unwrap_or_default()) {
            return Err(corrupt("does not match its checksum".to_string()));
        }
        if preamble & 0xffff != kind as u64 || preamble >> 16 != link.size {
            return Err(corrupt(format!("is an envelope of type {} and another length", preamble & 0xffff)));
        }
        Ok(Envelope { data, offset: link.offset, checksum })
    }

    pub(super) fn payload(&self) -> Bytes<'_> {
        Bytes::new(&self.data, PREAMBLE, self.data.len() - CHECKSUM, self.offset)
    }
}

/// `len` bytes from `offset`. If they are more than `max_key`, they are in several records: the first ends with the
/// 64-bit positions of the others, which hold `max_key` bytes each but for the last.
pub(super) fn blob<'a>(
    source: &'a Source,
    offset: u64,
    len: u64,
    max_key: u64,
    what: &str,
) -> Result<Cow<'a, [u8]>, Error> {
    const POSITION: u64 = 8;
    let corrupt = |what: String| Error::corrupt(Place::at(offset), what);
    let take = |offset: u64, len: u64| {
        let len = usize::try_from(len).map_err(|_| corrupt(format!("{what} has {len} bytes")))?;
        source.slice(offset, len, what)
    };
    let size = source.size();
    if len > size {
        return Err(Error::truncated(Place::at(offset), format!("{what} needs {len} bytes, the file has {size}")));
    }
    if max_key == 0 || len <= max_key {
        return take(offset, len);
    }
    // The smallest number of records that have room for the bytes and the positions.
    let more = (len - max_key).div_ceil(max_key.saturating_sub(POSITION).max(1));
    let Some(first) = more.checked_mul(POSITION).and_then(|n| max_key.checked_sub(n)) else {
        return Err(corrupt(format!("{what} of {len} bytes in records of at most {max_key}")));
    };
    let mut all = take(offset, first)?.into_owned();
    let positions = take(offset.saturating_add(first), more * POSITION)?;
    for position in positions.as_chunks::<8>().0 {
        let part = max_key.min(len - all.len() as u64);
        all.extend_from_slice(&take(u64::from_le_bytes(*position), part)?);
    }
    match all.len() as u64 == len {
        true => Ok(Cow::Owned(all)),
        false => Err(corrupt(format!("{what} has {} bytes in its records, {len} are announced", all.len()))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn blocks_in_several_records() {
        let mut file: Vec<u8> = (0..200).collect();
        // 61 bytes in records of at most 28: 12 and two positions, then 28, then the last 21.
        file[22..38].copy_from_slice(&[50_u64, 100].map(u64::to_le_bytes).concat());
        let source = Source::Memory(file.clone());
        let whole = blob(&source, 10, 61, 28, "it").unwrap();
        assert_eq!(whole.as_ref(), [&file[10..22], &file[50..78], &file[100..121]].concat());
        assert_eq!(blob(&source, 10, 28, 28, "it").unwrap().as_ref(), &file[10..38]);
        assert!(blob(&source, 10, u64::MAX, 28, "it").is_err());
        assert!(blob(&source, 10, 1000, 4, "it").is_err());
        assert!(blob(&source, 190, 28, 0, "it").is_err());
    }
}
