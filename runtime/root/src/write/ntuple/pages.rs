//! Pages: the values of a column as bytes, split so that equal bytes stand together, and compressed (RNTuple format
//! specification, "Column Description").

use crate::{Element, Values};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Column {
    Values(Element),
    /// The ends of lists, counted in the cluster.
    Ends,
}

impl Column {
    /// The type of a column, and the bits of its elements. Columns that are not compressed are not split, as in ROOT.
    pub(super) fn kind(self, split: bool) -> (u16, u16) {
        let of = |plain, with_split, bits| (if split { with_split } else { plain }, bits);
        match self {
            Column::Ends => of(0x0f, 0x1b, 64),
            Column::Values(Element::Bool) => (0x00, 1),
            Column::Values(Element::I8) => (0x03, 8),
            Column::Values(Element::U8) => (0x04, 8),
            Column::Values(Element::I16) => of(0x05, 0x11, 16),
            Column::Values(Element::U16) => of(0x06, 0x12, 16),
            Column::Values(Element::I32) => of(0x07, 0x13, 32),
            Column::Values(Element::U32) => of(0x08, 0x14, 32),
            Column::Values(Element::I64) => of(0x09, 0x15, 64),
            Column::Values(Element::U64) => of(0x0a, 0x16, 64),
            Column::Values(Element::F32) => of(0x0c, 0x18, 32),
            Column::Values(Element::F64) => of(0x0d, 0x19, 64),
        }
    }
}

/// The bytes of a page. Signed integers are zigzagged (`x` to `2x`, or `-2x - 1` if negative) if they are split.
pub(super) fn encode(values: &Values<'_>, split: bool) -> Vec<u8> {
    macro_rules! bytes {
        ($v:expr, $x:ident => $number:expr) => {{
            let mut page = vec![0; size_of_val(*$v)];
            put(&mut page, split, $v.iter().map(|$x| ($number).to_le_bytes()));
            page
        }};
    }
    match values {
        Values::Bool(v) => v.chunks(8).map(|bits| bits.iter().rev().fold(0, |all, bit| all << 1 | (bit & 1))).collect(),
        Values::I8(v) => v.iter().map(|x| x.cast_unsigned()).collect(),
        Values::U8(v) => v.to_vec(),
        Values::I16(v) if split => bytes!(v, x => (x << 1) ^ (x >> 15)),
        Values::I32(v) if split => bytes!(v, x => (x << 1) ^ (x >> 31)),
        Values::I64(v) if split => bytes!(v, x => (x << 1) ^ (x >> 63)),
        Values::I16(v) => bytes!(v, x => x),
        Values::I32(v) => bytes!(v, x => x),
        Values::I64(v) => bytes!(v, x => x),
        Values::U16(v) => bytes!(v, x => x),
        Values::U32(v) => bytes!(v, x => x),
        Values::U64(v) => bytes!(v, x => x),
        Values::F32(v) => bytes!(v, x => x),
        Values::F64(v) => bytes!(v, x => x),
    }
}

/// The bytes of a page of list ends. If split, all but the first are differences.
pub(super) fn encode_ends(ends: &[u64], split: bool) -> Vec<u8> {
    let mut page = vec![0; size_of_val(ends)];
    let mut before = 0;
    let numbers = ends.iter().map(|end| {
        let difference = end.wrapping_sub(before);
        before = *end;
        if split { difference } else { *end }
    });
    put(&mut page, split, numbers.map(u64::to_le_bytes));
    page
}

/// Puts numbers one after the other, or their first bytes, then their second ones, and so on.
fn put<const W: usize>(page: &mut [u8], split: bool, numbers: impl Iterator<Item = [u8; W]>) {
    let n = page.len() / W;
    for (i, number) in numbers.enumerate() {
        for (k, byte) in number.iter().enumerate() {
            let at = if split { k * n + i } else { i * W + k };
            if let Some(place) = page.get_mut(at) {
                *place = *byte;
            }
        }
    }
}

/// Compresses blocks with Zstandard.
pub(super) struct Zstd {
    context: zstd_safe::CCtx<'static>,
    packed: Vec<u8>,
}

impl Zstd {
    /// 100 * algorithm + level, as a column's compression settings: what ROOT takes for RNTuples if nothing is said.
    pub(super) const SETTINGS: u32 = 505;
    const LEVEL: i32 = 5;
    /// Bytes of a frame at most, before compression (`kMAXZIPBUF`).
    const FRAME: usize = 0xff_ffff;

    pub(super) fn new() -> Option<Zstd> {
        Some(Zstd { context: zstd_safe::CCtx::try_create()?, packed: Vec::new() })
    }

    /// The frames of a compressed block; none if it does not shrink.
    pub(super) fn pack(&mut self, block: &[u8]) -> Option<&[u8]> {
        self.packed.clear();
        for chunk in block.chunks(Self::FRAME) {
            let begin = self.packed.len();
            let data = begin + 9;
            self.packed.resize(data + zstd_safe::compress_bound(chunk.len()), 0);
            let room = self.packed.get_mut(data..)?;
            let size = self.context.compress(room, chunk, Self::LEVEL).ok()?;
            // A frame's sizes have three bytes.
            if size >= chunk.len() {
                return None;
            }
            self.packed.truncate(data + size);
            let head = self.packed.get_mut(begin..data)?;
            let ([p0, p1, p2, ..], [u0, u1, u2, ..]) = (size.to_le_bytes(), chunk.len().to_le_bytes());
            head.copy_from_slice(&[b'Z', b'S', 1, p0, p1, p2, u0, u1, u2]);
        }
        (self.packed.len() < block.len()).then_some(self.packed.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_as_the_format_has_them() {
        assert_eq!(encode(&Values::I16(&[0, -1, 1, i16::MIN]), true), [0, 1, 2, 0xff, 0, 0, 0, 0xff]);
        assert_eq!(encode(&Values::I16(&[0, -1]), false), [0, 0, 0xff, 0xff]);
        assert_eq!(encode(&Values::U32(&[0x0403_0201, 5]), true), [1, 5, 2, 0, 3, 0, 4, 0]);
        assert_eq!(encode(&Values::Bool(&[1, 0, 1, 0, 0, 0, 0, 0, 1]), true), [0b101, 1]);
        assert_eq!(encode_ends(&[3, 3, 5], true)[..3], [3, 0, 2]);
        assert_eq!(encode_ends(&[3, 5], false)[8], 5);
    }
}
