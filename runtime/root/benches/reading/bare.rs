//! The bare loop: take the bytes of a basket or of pages, decompress all of them with the fastest decompressor, turn the
//! values round or put their bytes together, and make the starts of lists. No key is read, and nothing is checked.

use std::ops::Range;

use adl_root::{Branch, Element, Shape};

use crate::Columns;

/// The bytes of one part of a branch.
pub enum Block {
    Basket(Place),
    /// Pages with the ends of lists, and with the values.
    Pages(Vec<Page>, Vec<Page>),
}

/// A basket: where its compressed bytes are, and how the decompressed ones are divided.
pub struct Place {
    packed: Range<usize>,
    unpacked: usize,
    values: usize,
    key: u32,
    entries: usize,
    kind: Kind,
}

/// What the entries of a basket are.
#[derive(Clone, Copy)]
enum Kind {
    Numbers,
    Counted,
    Vectors,
}

/// A page: where it is, and its number of elements.
pub struct Page {
    packed: Range<usize>,
    elements: usize,
}

/// Where a part of a branch is. None for a basket in the tree record, and for what is no list of 32-bit numbers.
pub fn block(columns: &Columns, bytes: &[u8], branch: &Branch, part: usize) -> Option<Block> {
    let (element, shape) = branch.values()?;
    if element != Element::F32 {
        return None;
    }
    match columns {
        Columns::Tree(tree) => {
            let kind = match shape {
                Shape::Counted { .. } => Kind::Counted,
                Shape::Vector => Kind::Vectors,
                _ => Kind::Numbers,
            };
            place(bytes, tree.basket_bytes(branch.id, part)?.start as usize, kind).map(Block::Basket)
        }
        Columns::Ntuple(ntuple) => {
            let mut ends = Vec::new();
            let mut values = Vec::new();
            let entries = ntuple.borders().get(part..part + 2).map_or(0, |b| (b[1] - b[0]) as usize);
            let mut left = if shape.is_jagged() { entries } else { 0 };
            for (range, elements) in ntuple.page_bytes(branch.id, part) {
                let page = Page { packed: range.start as usize..range.end as usize, elements: elements as usize };
                if left > 0 {
                    left = left.checked_sub(page.elements)?;
                    ends.push(page);
                } else {
                    values.push(page);
                }
            }
            Some(Block::Pages(ends, values))
        }
    }
}

/// A record of the file (`TKey`, `TBasket`).
fn place(bytes: &[u8], at: usize, kind: Kind) -> Option<Place> {
    let record = bytes.get(at..)?;
    let word = |at: usize| Some(u32::from_be_bytes(*record.get(at..)?.first_chunk()?));
    let short = |at: usize| Some(u16::from_be_bytes(*record.get(at..)?.first_chunk()?));
    let (size, unpacked, key) = (word(0)?, word(6)?, u32::from(short(14)?));
    // Entries and end of the values are the last numbers of the key, before a flag byte.
    let (entries, last) = (word(key as usize - 9)?, word(key as usize - 5)?);
    let packed = at + key as usize..at + size as usize;
    let (unpacked, values, entries) = (unpacked as usize, (last - key) as usize, entries as usize);
    Some(Place { packed, unpacked, values, key, entries, kind })
}

/// What the bare loop keeps.
#[derive(Default)]
pub struct Bare {
    payload: Vec<u8>,
    deflate: Option<libdeflater::Decompressor>,
    zstd: Option<zstd_safe::DCtx<'static>>,
}

impl Bare {
    /// Reads a part of a branch of 32-bit values into memory of its own; their bytes.
    pub fn read(&mut self, bytes: &[u8], block: &Block) -> usize {
        match block {
            Block::Basket(place) => self.basket(bytes, place),
            Block::Pages(ends, values) => self.pages(bytes, ends, values),
        }
    }

    fn basket(&mut self, bytes: &[u8], place: &Place) -> usize {
        let payload = self.unpack(bytes.get(place.packed.clone()).unwrap_or_default(), place.unpacked);
        let (data, rest) = payload.split_at(place.values.min(payload.len()));
        let turned =
            |data: &[u8]| -> Vec<u32> { data.as_chunks::<4>().0.iter().map(|b| u32::from_be_bytes(*b)).collect() };
        let offsets = rest.as_chunks::<4>().0.iter().skip(1).take(place.entries);
        let mut starts: Vec<u32> = Vec::with_capacity(place.entries + 1);
        let values = match place.kind {
            Kind::Numbers => turned(data),
            Kind::Counted => {
                starts.extend(offsets.map(|b| (u32::from_be_bytes(*b) - place.key) / 4));
                starts.push(data.len() as u32 / 4);
                turned(data)
            }
            Kind::Vectors => {
                let mut values: Vec<u32> = Vec::with_capacity(data.len() / 4);
                let bounds = offsets.map(|b| (u32::from_be_bytes(*b) - place.key) as usize);
                let mut end = 0;
                starts.push(0);
                for next in bounds.skip(1).chain([data.len()]) {
                    let list = data.get(end + 10..next).unwrap_or_default();
                    values.extend(list.as_chunks::<4>().0.iter().map(|b| u32::from_be_bytes(*b)));
                    starts.push(values.len() as u32);
                    end = next;
                }
                values
            }
        };
        std::hint::black_box((&starts, &values));
        values.len() * 4
    }

    fn pages(&mut self, bytes: &[u8], ends: &[Page], values: &[Page]) -> usize {
        let count = |pages: &[Page]| pages.iter().map(|page| page.elements).sum::<usize>();
        let mut starts: Vec<u32> = Vec::with_capacity(count(ends) + 1);
        let mut all: Vec<u32> = Vec::with_capacity(count(values));
        starts.push(0);
        for page in ends {
            let n = page.elements;
            let packed = bytes.get(page.packed.clone()).unwrap_or_default();
            let is_raw = packed.len() == n * 8;
            let data = self.unpack(packed, n * 8);
            match is_raw {
                true => starts.extend(data.as_chunks::<8>().0.iter().map(|b| u64::from_le_bytes(*b) as u32)),
                false => {
                    let mut sum = 0;
                    join(data.get(..n * 4).unwrap_or_default(), n, &mut starts, |x| {
                        sum += x;
                        sum
                    });
                }
            }
        }
        for page in values {
            let n = page.elements;
            let packed = bytes.get(page.packed.clone()).unwrap_or_default();
            let is_raw = packed.len() == n * 4;
            let data = self.unpack(packed, n * 4);
            match is_raw {
                true => all.extend(data.as_chunks::<4>().0.iter().map(|b| u32::from_le_bytes(*b))),
                false => join(data, n, &mut all, |x| x),
            }
        }
        std::hint::black_box((&starts, &all));
        all.len() * 4
    }

    /// What `packed` holds in frames: the bytes themselves if they are not compressed.
    fn unpack<'a>(&'a mut self, mut packed: &'a [u8], size: usize) -> &'a [u8] {
        if packed.len() == size {
            return packed;
        }
        if self.payload.len() < size {
            self.payload.resize(size, 0);
        }
        let mut done = 0;
        while done < size {
            let Some((head, rest)) = packed.split_first_chunk::<9>() else { break };
            let packed_size = u32::from_le_bytes([head[3], head[4], head[5], 0]) as usize;
            let unpacked_size = u32::from_le_bytes([head[6], head[7], head[8], 0]) as usize;
            let (Some(frame), Some(out)) = (rest.get(..packed_size), self.payload.get_mut(done..done + unpacked_size))
            else {
                break;
            };
            match [head[0], head[1]] {
                [b'Z', b'L'] => {
                    let deflate = self.deflate.get_or_insert_with(libdeflater::Decompressor::new);
                    let _ = deflate.zlib_decompress(frame, out);
                }
                [b'Z', b'S'] => {
                    let zstd = self.zstd.get_or_insert_with(zstd_safe::DCtx::create);
                    let _ = zstd.decompress(out, frame);
                }
                [b'L', b'4'] => {
                    let size = out.len() as i32;
                    let _ = lz4::block::decompress_to_buffer(frame.get(8..).unwrap_or_default(), Some(size), out);
                }
                _ => break,
            }
            packed = rest.get(packed_size..).unwrap_or_default();
            done += unpacked_size;
        }
        self.payload.get(..size).unwrap_or_default()
    }
}

/// Puts the bytes of `n` 32-bit numbers together: first those of all lowest bytes, then the second ones.
fn join(data: &[u8], n: usize, to: &mut Vec<u32>, mut value: impl FnMut(u32) -> u32) {
    let [a, b, c, d] = std::array::from_fn(|k| data.get(k * n..(k + 1) * n).unwrap_or_default());
    to.extend(a.iter().zip(b).zip(c).zip(d).map(|(((a, b), c), d)| value(u32::from_le_bytes([*a, *b, *c, *d]))));
}
