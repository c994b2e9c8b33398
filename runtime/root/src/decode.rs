//! From the bytes of a basket to values and starts.
//!
//! Values are big-endian in the file; a copy into the typed buffer turns them round, which compilers vectorise. Entry
//! offsets are checked once, here, so that nothing later needs to.

use crate::tree::{Described, Layout};
use crate::values::Buffer;

/// The parts of a basket, as stored.
pub(crate) struct Raw<'a> {
    /// The values of all entries.
    pub data: &'a [u8],
    /// Big-endian 32-bit positions of the entries, counted from the start of the key.
    pub offsets: Option<&'a [u8]>,
    /// `offsets` holds sizes instead: 0, size of entry 0, size of entry 1, ...
    pub sizes: bool,
    pub key_bytes: u32,
    pub entries: usize,
    /// The counter's value for each entry, if there are no offsets and they are needed.
    pub counts: Option<&'a [u32]>,
}

/// A decoded basket before its margin is added.
pub(crate) struct Parts {
    pub buffer: Buffer,
    pub starts: Option<Vec<u32>>,
    pub inner: Option<Vec<u32>>,
}

/// Bytes before the values of a `std::vector`: byte count, version, length.
const VECTOR_HEAD: usize = 10;

/// Decodes a basket; the error says what is wrong with it.
pub(crate) fn decode(raw: &Raw<'_>, what: &Described) -> Result<Parts, String> {
    match what.layout {
        Layout::Fixed { per } => fixed(raw, what, per as usize),
        Layout::Counted { per, skip: 0, .. } => counted(raw, what, per),
        Layout::Counted { per, skip, .. } => with_heads(raw, what, per, skip),
        Layout::Vector { per } => vectors(raw, what, per as usize),
    }
}

fn fixed(raw: &Raw<'_>, what: &Described, per: usize) -> Result<Parts, String> {
    let expected = raw.entries.checked_mul(per * what.element.width());
    if expected != Some(raw.data.len()) {
        let n = raw.entries;
        return Err(format!(
            "{n} entries of {per} {} values in a basket of {} bytes",
            what.element,
            raw.data.len()
        ));
    }
    Ok(Parts {
        buffer: copy(raw.data, what),
        starts: None,
        inner: None,
    })
}

fn copy(data: &[u8], what: &Described) -> Buffer {
    let mut buffer = Buffer::with_capacity(what.element, data.len() / what.element.width());
    buffer.push_big_endian(data);
    buffer
}

fn counted(raw: &Raw<'_>, what: &Described, per: u32) -> Result<Parts, String> {
    let width = what.element.width();
    let starts = byte_starts(raw, per as usize * width, 0)?;
    let mut low = 0;
    let shift = width.trailing_zeros();
    let starts: Vec<u32> = starts
        .into_iter()
        .map(|at| {
            low |= at;
            at >> shift
        })
        .collect();
    if low as usize & (width - 1) != 0 {
        return Err(format!("an entry begins inside a {} value", what.element));
    }
    if per > 1 && starts.iter().any(|s| s % per != 0) {
        return Err(format!("an entry begins inside a group of {per} values"));
    }
    Ok(Parts {
        buffer: copy(raw.data, what),
        starts: Some(starts),
        inner: None,
    })
}

/// Counted arrays with `skip` bytes before the values of each entry.
fn with_heads(raw: &Raw<'_>, what: &Described, per: u32, skip: u32) -> Result<Parts, String> {
    let (width, skip) = (what.element.width(), skip as usize);
    let bounds = byte_starts(raw, per as usize * width, skip)?;
    let mut buffer = Buffer::with_capacity(what.element, raw.data.len() / width);
    let mut starts = Vec::with_capacity(bounds.len());
    let mut total = 0;
    starts.push(0);
    for pair in bounds.windows(2) {
        let entry = raw
            .data
            .get(pair[0] as usize..pair[1] as usize)
            .unwrap_or_default();
        // A null pointer is stored as the head alone.
        let values = entry.get(skip..).unwrap_or_default();
        if values.len() % (per as usize * width) != 0 {
            return Err(format!(
                "an entry of {} bytes is not made of {} values",
                entry.len(),
                what.element
            ));
        }
        buffer.push_big_endian(values);
        total += (values.len() / width) as u32;
        starts.push(total);
    }
    Ok(Parts {
        buffer,
        starts: Some(starts),
        inner: None,
    })
}

/// The byte where each entry begins in `data`, and its end: increasing from 0 to its length.
///
/// From the stored offsets, from the stored sizes, or from the counter: `unit` bytes per count and `skip` per entry.
fn byte_starts(raw: &Raw<'_>, unit: usize, skip: usize) -> Result<Vec<u32>, String> {
    let end =
        u32::try_from(raw.data.len()).map_err(|_| "a basket of more than 4 GB".to_string())?;
    let mut starts = Vec::new();
    match (raw.offsets, raw.counts) {
        (Some(offsets), _) => {
            let offsets = offsets.as_chunks::<4>().0;
            let Some(offsets) = offsets.get(..raw.entries) else {
                return Err(format!(
                    "{} entry offsets for {} entries",
                    offsets.len(),
                    raw.entries
                ));
            };
            starts.reserve_exact(offsets.len() + 1);
            match raw.sizes {
                false => starts.extend(
                    offsets
                        .iter()
                        .map(|b| u32::from_be_bytes(*b).wrapping_sub(raw.key_bytes)),
                ),
                true => {
                    let mut at = 0_u32;
                    starts.push(0);
                    starts.extend(offsets.iter().skip(1).map(|b| {
                        at = at.wrapping_add(u32::from_be_bytes(*b));
                        at
                    }));
                    starts.truncate(raw.entries);
                }
            }
            starts.push(end);
        }
        (None, Some(counts)) => {
            let mut at = 0_usize;
            starts.reserve_exact(counts.len() + 1);
            starts.push(0);
            for n in counts {
                at = at.saturating_add(skip).saturating_add(*n as usize * unit);
                starts.push(u32::try_from(at).unwrap_or(u32::MAX));
            }
            if at != end as usize {
                return Err(format!(
                    "the counter asks for {at} bytes of values in a basket of {end} bytes"
                ));
            }
        }
        (None, None) => return Err("a basket of lists has no entry offsets".to_string()),
    }
    // Folded without an early exit, so that it is vectorised.
    let falls = starts
        .windows(2)
        .fold(false, |bad, pair| bad | (pair[0] > pair[1]));
    match falls || starts.first() != Some(&0) {
        true => Err(
            "the entry offsets do not increase from the start of the basket to its end".to_string(),
        ),
        false => Ok(starts),
    }
}

/// `std::vector` entries: the offsets are not needed, because every entry says how long it is.
fn vectors(raw: &Raw<'_>, what: &Described, per: usize) -> Result<Parts, String> {
    let width = what.element.width() * per;
    let mut buffer = Buffer::with_capacity(what.element, raw.data.len() / what.element.width());
    let mut starts = Vec::with_capacity(raw.entries.min(raw.data.len() / VECTOR_HEAD) + 1);
    let mut rest = raw.data;
    let mut total = 0_usize;
    starts.push(0);
    for entry in 0..raw.entries {
        let (values, after) =
            vector(rest, width).ok_or_else(|| format!("entry {entry} of a basket is no vector"))?;
        buffer.push_big_endian(values);
        total += values.len() / what.element.width();
        starts.push(total as u32);
        rest = after;
    }
    match rest.is_empty() {
        true => Ok(Parts {
            buffer,
            starts: Some(starts),
            inner: None,
        }),
        false => Err(format!(
            "{} bytes are left over in a basket of vectors",
            rest.len()
        )),
    }
}

/// The values of the vector at the start of `data`, and what follows it.
fn vector(data: &[u8], width: usize) -> Option<(&[u8], &[u8])> {
    let (head, rest) = data.split_first_chunk::<VECTOR_HEAD>()?;
    let [b0, b1, b2, b3, _, _, n0, n1, n2, n3] = *head;
    let bytes = u32::from_be_bytes([b0, b1, b2, b3]);
    let size = (u32::from_be_bytes([n0, n1, n2, n3]) as usize).checked_mul(width)?;
    let framed = bytes & crate::cursor::BYTE_COUNT != 0
        && (bytes & !crate::cursor::BYTE_COUNT) as usize == size + 6;
    match framed {
        true => rest.split_at_checked(size),
        false => None,
    }
}
