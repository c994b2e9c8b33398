//! From the bytes of a basket to values and starts.
//!
//! Values are big-endian in the file; a copy into the typed buffer turns them round, which compilers vectorise. Entry
//! offsets are checked once, here, so that nothing later needs to.

use std::sync::Arc;

use crate::Element;
use crate::basket::Ends;
use crate::cursor::BYTE_COUNT;
use crate::tree::{Described, Layout, unpack};
use crate::values::{Buffer, MARGIN};

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
    /// The size of the array of each object, where each has one.
    pub arrays: Option<&'a [u32]>,
    /// The starts in the values, where they are known already: a counter has told them, and they fill the basket.
    pub starts: Option<Ends>,
}

/// A decoded basket before its margin is added.
pub(crate) struct Parts {
    pub buffer: Buffer,
    pub starts: Option<Ends>,
    pub inner: Option<Ends>,
}

impl Parts {
    /// Lists with these starts.
    fn lists(buffer: Buffer, starts: Vec<u32>) -> Parts {
        Parts { buffer, starts: Some(Arc::new(starts)), inner: None }
    }
}

/// Bytes before the elements of a `std::vector`: byte count, version, length.
const LIST_HEAD: usize = 10;

/// Decodes a basket; the error says what is wrong with it.
pub(crate) fn decode(raw: &Raw<'_>, what: &Described) -> Result<Parts, String> {
    match &what.layout {
        Layout::Fixed { per } => fixed(raw, what, *per as usize),
        Layout::Counted { per, skip: 0, .. } => counted(raw, what, *per),
        Layout::Counted { per, skip, .. } => with_heads(raw, what, *per, *skip),
        Layout::Vector => vectors(raw, what),
        Layout::Nested => nested(raw, what),
        Layout::Leaf { offset, stride, per } => leaf(raw, what, *offset as usize, *stride as usize, *per as usize),
        Layout::Bits { counter } => bits(raw, what, counter.is_some()),
        Layout::Walk { walk, .. } => crate::walk::walk(raw, what, walk),
        Layout::Arrays { .. } => arrays(raw, what),
        Layout::Texts(layout) => crate::texts::decode(raw, *layout),
    }
}

/// Appends values as a basket has them.
pub(crate) fn push(buffer: &mut Buffer, bytes: &[u8], what: &Described) {
    match (what.packing, buffer) {
        (None, buffer) => buffer.push_big_endian(bytes),
        (Some(packing), Buffer::F32(v)) => unpack(bytes, packing, |x| v.push(x as f32)),
        (Some(packing), Buffer::F64(v)) => unpack(bytes, packing, |x| v.push(x)),
        // Only floats are packed.
        (Some(_), _) => (),
    }
}

fn copy(data: &[u8], what: &Described) -> Buffer {
    let mut buffer = Buffer::with_capacity(what.element, data.len() / what.width());
    push(&mut buffer, data, what);
    buffer
}

fn fixed(raw: &Raw<'_>, what: &Described, per: usize) -> Result<Parts, String> {
    check_size(raw, what, per, per * what.width())?;
    Ok(Parts { buffer: copy(raw.data, what), starts: None, inner: None })
}

fn check_size(raw: &Raw<'_>, what: &Described, per: usize, entry: usize) -> Result<(), String> {
    match raw.entries.checked_mul(entry) == Some(raw.data.len()) {
        true => Ok(()),
        false => {
            let (n, size) = (raw.entries, raw.data.len());
            Err(format!(
                "{n} entries of {per} {} values, {entry} bytes each, in a basket of {size} bytes",
                what.element
            ))
        }
    }
}

fn leaf(raw: &Raw<'_>, what: &Described, offset: usize, stride: usize, per: usize) -> Result<Parts, String> {
    check_size(raw, what, per, stride)?;
    let mut buffer = Buffer::with_capacity(what.element, raw.entries * per);
    for entry in raw.data.chunks_exact(stride.max(1)) {
        push(&mut buffer, entry.get(offset..offset + per * what.width()).unwrap_or_default(), what);
    }
    Ok(Parts { buffer, starts: None, inner: None })
}

fn counted(raw: &Raw<'_>, what: &Described, per: u32) -> Result<Parts, String> {
    if let Some(starts) = &raw.starts {
        return Ok(Parts { buffer: copy(raw.data, what), starts: Some(starts.clone()), inner: None });
    }
    let width = what.width() as u32;
    let mut starts = byte_starts(raw, (per * width) as usize, 0)?;
    let misfit = match width.is_power_of_two() {
        true => {
            let shift = width.trailing_zeros();
            let mut low = 0;
            for at in &mut starts {
                low |= *at;
                *at >>= shift;
            }
            low & (width - 1) != 0
        }
        false => {
            let misfit = starts.iter().any(|at| at % width != 0);
            starts.iter_mut().for_each(|at| *at /= width);
            misfit
        }
    };
    if misfit {
        return Err(format!("an entry begins inside a {} value", what.element));
    }
    if per > 1 && starts.iter().any(|s| s % per != 0) {
        return Err(format!("an entry begins inside a group of {per} values"));
    }
    Ok(Parts::lists(copy(raw.data, what), starts))
}

/// Counted arrays with `skip` bytes before the values of each entry.
fn with_heads(raw: &Raw<'_>, what: &Described, per: u32, skip: u32) -> Result<Parts, String> {
    let (width, skip) = (what.width(), skip as usize);
    let bounds = byte_starts(raw, per as usize * width, skip)?;
    let mut buffer = Buffer::with_capacity(what.element, raw.data.len() / width);
    let mut starts = Vec::with_capacity(bounds.len());
    let mut total = 0;
    starts.push(0);
    for entry in entries_of(raw, &bounds) {
        // A null pointer is stored as the head alone.
        let values = entry.get(skip..).unwrap_or_default();
        if values.len() % (per as usize * width) != 0 {
            return Err(format!("an entry of {} bytes is not made of {} values", entry.len(), what.element));
        }
        push(&mut buffer, values, what);
        total += (values.len() / width) as u32;
        starts.push(total);
    }
    Ok(Parts::lists(buffer, starts))
}

/// An array in each object of a split collection: a byte that says whether it is there, then the values
/// (`TStreamerInfo::WriteBuffer`, `kOffsetP`).
fn arrays(raw: &Raw<'_>, what: &Described) -> Result<Parts, String> {
    let broken = || "the arrays of objects do not fill their basket".to_string();
    let (Some(counts), Some(sizes)) = (raw.counts, raw.arrays) else { return Err(broken()) };
    let mut buffer = Buffer::with_capacity(what.element, raw.data.len() / what.width());
    let (mut starts, mut inner) = (vec![0], vec![0]);
    let (mut rest, mut sizes, mut total) = (raw.data, sizes.iter(), 0_u32);
    for objects in counts {
        for _ in 0..*objects {
            let (size, (is_there, following)) = sizes.next().zip(rest.split_first()).ok_or_else(broken)?;
            let n = if *is_there == 0 { 0 } else { *size };
            let bytes = (n as usize).checked_mul(what.width());
            let (values, following) = bytes.and_then(|bytes| following.split_at_checked(bytes)).ok_or_else(broken)?;
            push(&mut buffer, values, what);
            total += n;
            inner.push(total);
            rest = following;
        }
        starts.push(inner.len() as u32 - 1);
    }
    all_read(rest)?;
    Ok(Parts { buffer, starts: Some(Arc::new(starts)), inner: Some(Arc::new(inner)) })
}

fn entries_of<'a>(raw: &Raw<'a>, bounds: &[u32]) -> impl Iterator<Item = &'a [u8]> {
    let data = raw.data;
    bounds.windows(2).map(move |pair| data.get(pair[0] as usize..pair[1] as usize).unwrap_or_default())
}

/// `TObject::fBits`, with a process number after those of referenced objects (`kIsReferenced`).
fn bits(raw: &Raw<'_>, what: &Described, in_collection: bool) -> Result<Parts, String> {
    let broken = || "the flag words of objects do not fill their basket".to_string();
    let mut values = Vec::with_capacity(raw.data.len() / 4 + MARGIN);
    let mut starts = vec![0];
    match (in_collection, raw.offsets, raw.counts) {
        (true, Some(_), _) => {
            for mut entry in entries_of(raw, &byte_starts(raw, 0, 0)?) {
                while !entry.is_empty() {
                    entry = flag_word(entry, &mut values).ok_or_else(broken)?;
                }
                starts.push(values.len() as u32);
            }
        }
        (true, None, counts) => {
            let mut rest = raw.data;
            for n in counts.unwrap_or_default() {
                for _ in 0..*n {
                    rest = flag_word(rest, &mut values).ok_or_else(broken)?;
                }
                starts.push(values.len() as u32);
            }
            all_read(rest)?;
        }
        (false, _, _) => {
            let mut rest = raw.data;
            for _ in 0..raw.entries {
                rest = flag_word(rest, &mut values).ok_or_else(broken)?;
            }
            all_read(rest)?;
        }
    }
    match what.element {
        Element::U32 if in_collection => Ok(Parts::lists(Buffer::U32(values), starts)),
        Element::U32 => Ok(Parts { buffer: Buffer::U32(values), starts: None, inner: None }),
        _ => Err(broken()),
    }
}

/// Takes a flag word from the start of `data`; what follows it.
fn flag_word<'a>(data: &'a [u8], values: &mut Vec<u32>) -> Option<&'a [u8]> {
    const IS_REFERENCED: u32 = 1 << 4;
    let (word, rest) = data.split_first_chunk::<4>()?;
    let word = u32::from_be_bytes(*word);
    values.push(word);
    rest.get(if word & IS_REFERENCED == 0 { 0 } else { 2 }..)
}

/// The byte where each entry begins in `data`, and its end: increasing from 0 to its length.
///
/// From the stored offsets, from the stored sizes, or from the counter: `unit` bytes per count and `skip` per entry.
pub(crate) fn byte_starts(raw: &Raw<'_>, unit: usize, skip: usize) -> Result<Vec<u32>, String> {
    let end = u32::try_from(raw.data.len()).map_err(|_| "a basket of more than 4 GB".to_string())?;
    let mut starts = Vec::new();
    match (raw.offsets, raw.counts) {
        (Some(offsets), _) => {
            let offsets = offsets.as_chunks::<4>().0;
            let Some(offsets) = offsets.get(..raw.entries) else {
                return Err(format!("{} entry offsets for {} entries", offsets.len(), raw.entries));
            };
            starts.reserve_exact(offsets.len() + 1);
            match raw.sizes {
                false => starts.extend(offsets.iter().map(|b| u32::from_be_bytes(*b).wrapping_sub(raw.key_bytes))),
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
                return Err(format!("the counter asks for {at} bytes of values in a basket of {end} bytes"));
            }
        }
        (None, None) => return Err("a basket of lists has no entry offsets".to_string()),
    }
    // Folded without an early exit, so that it is vectorised.
    let falls = starts.windows(2).fold(false, |bad, pair| bad | (pair[0] > pair[1]));
    match falls || starts.first() != Some(&0) {
        true => Err("the entry offsets do not increase from the start of the basket to its end".to_string()),
        false => Ok(starts),
    }
}

/// `std::vector` entries: the offsets are not needed, because every entry says how long it is.
fn vectors(raw: &Raw<'_>, what: &Described) -> Result<Parts, String> {
    let mut buffer = Buffer::with_capacity(what.element, raw.data.len() / what.width());
    let mut starts = Vec::with_capacity(raw.entries.min(raw.data.len() / LIST_HEAD) + 1);
    let mut rest = raw.data;
    let mut total = 0_usize;
    starts.push(0);
    for entry in 0..raw.entries {
        let (n, body, after) = list(rest).ok_or_else(|| format!("entry {entry} of a basket is no vector"))?;
        if n.checked_mul(what.width()) != Some(body.len()) {
            return Err(format!("a vector of {n} {} values in {} bytes", what.element, body.len()));
        }
        push(&mut buffer, body, what);
        total += n;
        starts.push(total as u32);
        rest = after;
    }
    all_read(rest)?;
    Ok(Parts::lists(buffer, starts))
}

/// Vectors of vectors: only the outer one has a head.
fn nested(raw: &Raw<'_>, what: &Described) -> Result<Parts, String> {
    let mut buffer = Buffer::with_capacity(what.element, raw.data.len() / what.width());
    let (mut starts, mut inner) = (vec![0], vec![0]);
    let mut rest = raw.data;
    let mut total = 0_usize;
    for entry in 0..raw.entries {
        let broken = || format!("entry {entry} of a basket is no vector of vectors");
        let (n, mut body, after) = list(rest).ok_or_else(broken)?;
        for _ in 0..n {
            let (m, following) = body.split_first_chunk::<4>().ok_or_else(broken)?;
            let m = u32::from_be_bytes(*m) as usize;
            let (values, following) =
                m.checked_mul(what.width()).and_then(|size| following.split_at_checked(size)).ok_or_else(broken)?;
            push(&mut buffer, values, what);
            total += m;
            inner.push(total as u32);
            body = following;
        }
        all_read(body)?;
        starts.push(inner.len() as u32 - 1);
        rest = after;
    }
    all_read(rest)?;
    Ok(Parts { buffer, starts: Some(Arc::new(starts)), inner: Some(Arc::new(inner)) })
}

fn all_read(rest: &[u8]) -> Result<(), String> {
    match rest.len() {
        0 => Ok(()),
        n => Err(format!("{n} bytes are left over in a basket of vectors")),
    }
}

/// The list at the start of `data`: its length, the bytes of its elements, and what follows it.
fn list(data: &[u8]) -> Option<(usize, &[u8], &[u8])> {
    /// Version and length, which the byte count includes.
    const COUNTED_HEAD: usize = 6;
    let (head, rest) = data.split_first_chunk::<LIST_HEAD>()?;
    let [b0, b1, b2, b3, _, _, n0, n1, n2, n3] = *head;
    let bytes = u32::from_be_bytes([b0, b1, b2, b3]);
    if bytes & BYTE_COUNT == 0 {
        return None;
    }
    let size = ((bytes & !BYTE_COUNT) as usize).checked_sub(COUNTED_HEAD)?;
    let (body, after) = rest.split_at_checked(size)?;
    Some((u32::from_be_bytes([n0, n1, n2, n3]) as usize, body, after))
}
