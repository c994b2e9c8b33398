//! The elements of a page, decoded and appended to a typed buffer (RNTuple format specification, "Column Description").

use std::ops::Range;

use super::encoding::Encoding;
use crate::values::Buffer;

/// Appends some of the `n` elements of a page to a buffer of the column's own type; false if the page is too short, or the
/// buffer is of another type.
pub(super) fn push(bytes: &[u8], encoding: Encoding, n: usize, of: Range<usize>, to: &mut Buffer) -> bool {
    let whole =
        encoding.bits().and_then(|bits| n.checked_mul(bits)).is_some_and(|bits| bits.div_ceil(8) <= bytes.len());
    if !whole || of.end > n {
        return false;
    }
    match (encoding, to) {
        (Encoding::Bit, Buffer::Bool(v)) => v.extend(of.map(|i| bytes.get(i / 8).map_or(0, |b| b >> (i % 8) & 1))),
        (Encoding::Plain { element, split }, to) if element == to.element() => plain(bytes, split, n, of, to),
        (Encoding::Half, Buffer::F32(v)) => {
            let halves = bytes.as_chunks::<2>().0.get(of).unwrap_or_default();
            v.extend(halves.iter().map(|b| half(u16::from_le_bytes(*b))));
        }
        (Encoding::Truncated { bits }, Buffer::F32(v)) => {
            v.extend(packed(bytes, bits, of).map(|x| f32::from_bits(x << (32 - bits))));
        }
        (Encoding::Quantized { bits, min, max }, Buffer::F32(v)) => {
            let scale = step(bits, min, max);
            v.extend(packed(bytes, bits, of).map(|q| (f64::from(q) * scale + min) as f32));
        }
        (Encoding::Quantized { bits, min, max }, Buffer::F64(v)) => {
            let scale = step(bits, min, max);
            v.extend(packed(bytes, bits, of).map(|q| f64::from(q) * scale + min));
        }
        _ => return false,
    }
    true
}

/// Appends the `n` list ends of a page, which count from the start of the cluster; false if the page is too short, they
/// decrease, or they do not fit in 32 bits.
pub(super) fn push_ends(bytes: &[u8], wide: bool, split: bool, n: usize, to: &mut Vec<u32>) -> bool {
    let width = if wide { 8 } else { 4 };
    let Some(bytes) = n.checked_mul(width).and_then(|size| bytes.get(..size)) else {
        return false;
    };
    let begin = to.len();
    let mut last = to.last().map_or(0, |end| u64::from(*end));
    if split {
        // The first end of a page is stored as it is, then differences. One that does not fit in 32 bits is too large, or
        // negative.
        let planes = &Planes { bytes, n, of: 0..n };
        if !(4..width).all(|k| is_zero(planes.plane(k))) {
            return false;
        }
        let rest = &Planes { bytes, n, of: n.min(1)..n };
        let sum = match (1..4).all(|k| is_zero(rest.plane(k))) {
            // Most lists are short.
            true => {
                join4(&Planes { bytes, n, of: 0..n.min(1) }, to, |x| x);
                push_sums(rest.plane(0), to.get(begin).map_or(0, |first| u64::from(*first)), to)
            }
            false => {
                join4(planes, to, |x| x);
                to.iter_mut().skip(begin).fold(0_u64, |sum, end| {
                    let sum = sum + u64::from(*end);
                    *end = sum as u32;
                    sum
                })
            }
        };
        return sum <= u64::from(u32::MAX) && to.get(begin).is_none_or(|first| u64::from(*first) >= last);
    }
    let mut good = true;
    // The largest end is the last, if they do not decrease.
    let mut end = |x: u64| {
        good &= x >= last;
        last = x;
        x as u32
    };
    match wide {
        true => to.extend(bytes.as_chunks::<8>().0.iter().map(|b| end(u64::from_le_bytes(*b)))),
        false => to.extend(bytes.as_chunks::<4>().0.iter().map(|b| end(u64::from(u32::from_le_bytes(*b))))),
    }
    good && last <= u64::from(u32::MAX)
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().fold(0, |all, byte| all | byte) == 0
}

/// Appends what `sum` grows to with each of the sizes, and gives the last.
fn push_sums(sizes: &[u8], mut sum: u64, to: &mut Vec<u32>) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let begin = to.len();
    to.resize(begin + sizes.len(), 0);
    let (blocks, rest) = to.get_mut(begin..).unwrap_or_default().as_chunks_mut::<8>();
    for (to, sizes) in blocks.iter_mut().zip(sizes.as_chunks::<8>().0) {
        let word = u64::from_le_bytes(*sizes);
        if word & (ONES * 0xe0) == 0 {
            // Eight below 32: byte k of the product is the sum of the sizes up to k.
            let sums = word.wrapping_mul(ONES);
            *to = sums.to_le_bytes().map(|part| (sum as u32).wrapping_add(u32::from(part)));
            sum += sums >> 56;
        } else {
            sum = sum_each(sizes, sum, to);
        }
    }
    sum_each(sizes.as_chunks::<8>().1, sum, rest)
}

/// The same into places that are there, one by one.
fn sum_each(sizes: &[u8], mut sum: u64, to: &mut [u32]) -> u64 {
    for (to, size) in to.iter_mut().zip(sizes) {
        sum += u64::from(*size);
        *to = sum as u32;
    }
    sum
}

/// Whole bytes. Split pages have the first bytes of all elements, then the second ones, ...; signed values in them are
/// zigzagged: 0, -1, 1, -2, ... are 0, 1, 2, 3, ...
fn plain(bytes: &[u8], split: bool, n: usize, of: Range<usize>, to: &mut Buffer) {
    let width = to.element().width();
    // Values of one byte have nothing to split.
    if !split || width == 1 {
        to.push_little_endian(bytes.get(of.start * width..of.end * width).unwrap_or_default());
        return;
    }
    let planes = &Planes { bytes, n, of };
    match to {
        Buffer::I16(v) => join2(planes, v, |z| (z >> 1) as i16 ^ -((z & 1) as i16)),
        Buffer::U16(v) => join2(planes, v, |x| x),
        Buffer::I32(v) => join4(planes, v, |z| (z >> 1) as i32 ^ -((z & 1) as i32)),
        Buffer::U32(v) => join4(planes, v, |x| x),
        Buffer::F32(v) => join4(planes, v, f32::from_bits),
        Buffer::I64(v) => join8(planes, v, |z| (z >> 1) as i64 ^ -((z & 1) as i64)),
        Buffer::U64(v) => join8(planes, v, |x| x),
        Buffer::F64(v) => join8(planes, v, f64::from_bits),
        Buffer::Bool(_) | Buffer::I8(_) | Buffer::U8(_) => (),
    }
}

/// Some of the `n` elements of a split page: the first bytes of all elements, then the second ones, ...
struct Planes<'a> {
    bytes: &'a [u8],
    n: usize,
    of: Range<usize>,
}

impl<'a> Planes<'a> {
    /// Byte `k` of each of them.
    fn plane(&self, k: usize) -> &'a [u8] {
        self.bytes.get(k * self.n + self.of.start..k * self.n + self.of.end).unwrap_or_default()
    }
}

// The loops below are vectorised as they are; others that look the same were slower by half.

fn join2<T>(planes: &Planes<'_>, to: &mut Vec<T>, value: impl Fn(u16) -> T) {
    let pairs = planes.plane(0).iter().zip(planes.plane(1));
    to.extend(pairs.map(|(a, b)| value(u16::from_le_bytes([*a, *b]))));
}

fn join4<T>(planes: &Planes<'_>, to: &mut Vec<T>, value: impl Fn(u32) -> T) {
    let [a, b, c, d] = std::array::from_fn(|k| planes.plane(k));
    let all = a.iter().zip(b).zip(c).zip(d);
    to.extend(all.map(|(((a, b), c), d)| value(u32::from_le_bytes([*a, *b, *c, *d]))));
}

/// By halves, a block that fits in the first cache at a time.
fn join8<T>(planes: &Planes<'_>, to: &mut Vec<T>, value: impl Fn(u64) -> T) {
    const BLOCK: usize = 512;
    let n = planes.of.len();
    let planes: [&[u8]; 8] = std::array::from_fn(|k| planes.plane(k));
    let (mut low, mut high) = ([0_u32; BLOCK], [0_u32; BLOCK]);
    let half = |to: &mut [u32], [a, b, c, d]: [&[u8]; 4]| {
        for ((((to, a), b), c), d) in to.iter_mut().zip(a).zip(b).zip(c).zip(d) {
            *to = u32::from_le_bytes([*a, *b, *c, *d]);
        }
    };
    for at in (0..n).step_by(BLOCK) {
        let m = BLOCK.min(n - at);
        let [a, b, c, d, e, f, g, h] = planes.map(|plane| plane.get(at..at + m).unwrap_or_default());
        half(&mut low, [a, b, c, d]);
        half(&mut high, [e, f, g, h]);
        let halves = low.iter().zip(&high).take(m);
        to.extend(halves.map(|(low, high)| value(u64::from(*low) | u64::from(*high) << 32)));
    }
}

/// The distance of two values that a quantized column can tell apart.
fn step(bits: u32, min: f64, max: f64) -> f64 {
    (max - min) / ((1_u64 << bits) - 1) as f64
}

/// Whole numbers of `bits` bits each, one after the other, the lowest bit first.
fn packed(bytes: &[u8], bits: u32, of: Range<usize>) -> impl Iterator<Item = u32> {
    let mask = (1_u64 << bits) - 1;
    of.map(move |i| {
        let at = i * bits as usize;
        let mut word = [0; 8];
        for (to, from) in word.iter_mut().zip(bytes.get(at / 8..).unwrap_or_default()) {
            *to = *from;
        }
        (u64::from_le_bytes(word) >> (at % 8) & mask) as u32
    })
}

/// The value of an IEEE half-precision float.
fn half(h: u16) -> f32 {
    let (sign, exponent, mantissa) = (u32::from(h >> 15) << 31, u32::from(h >> 10 & 0x1f), u32::from(h & 0x3ff));
    match exponent {
        // Without a leading one: the mantissa times 2^-24, which is exact.
        0 => f32::from_bits(sign | (mantissa as f32 / 16_777_216.0).to_bits()),
        0x1f => f32::from_bits(sign | 0x7f80_0000 | mantissa << 13),
        _ => f32::from_bits(sign | (exponent + 112) << 23 | mantissa << 13),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Element;

    /// The planes of values of `W` bytes.
    fn split<const W: usize>(values: &[[u8; W]]) -> Vec<u8> {
        (0..W).flat_map(|k| values.iter().map(move |v| v[k])).collect()
    }

    #[test]
    fn split_values_of_every_length() {
        for n in [0, 1, 15, 16, 17, 511, 512, 513, 2000] {
            let floats: Vec<f32> = (0..n).map(|i| i as f32 * 1.7 - 20.0).collect();
            let mut to = Buffer::F32(vec![-1.0]);
            let page = split(&floats.iter().map(|x| x.to_le_bytes()).collect::<Vec<_>>());
            assert!(push(&page, Encoding::Plain { element: Element::F32, split: true }, n, 0..n, &mut to));
            assert!(matches!(&to, Buffer::F32(v) if v[1..] == floats));
            let whole: Vec<i64> = (0..n as i64).map(|i| (i - 7) * (1 << 40)).collect();
            let zigzag = |x: &i64| if *x < 0 { (-(x + 1) * 2 + 1) as u64 } else { *x as u64 * 2 };
            let page = split(&whole.iter().map(|x| zigzag(x).to_le_bytes()).collect::<Vec<_>>());
            let mut to = Buffer::I64(vec![]);
            assert!(push(&page, Encoding::Plain { element: Element::I64, split: true }, n, 0..n, &mut to));
            assert!(matches!(&to, Buffer::I64(v) if *v == whole));
            let small: Vec<i16> = (0..n as i16).map(|i| i - 9).collect();
            let page = split(&small.iter().map(|x| ((x << 1) ^ (x >> 15)).to_le_bytes()).collect::<Vec<_>>());
            let mut to = Buffer::I16(vec![]);
            assert!(push(&page, Encoding::Plain { element: Element::I16, split: true }, n, 0..n, &mut to));
            assert!(matches!(&to, Buffer::I16(v) if *v == small));
        }
        assert!(!push(
            &[0; 7],
            Encoding::Plain { element: Element::F32, split: true },
            2,
            0..2,
            &mut Buffer::F32(vec![])
        ));
        assert!(!push(
            &[0; 8],
            Encoding::Plain { element: Element::F32, split: true },
            usize::MAX,
            0..2,
            &mut Buffer::F32(vec![])
        ));
        assert!(!push(&[0; 8], Encoding::Half, 2, 0..2, &mut Buffer::F64(vec![])));
    }

    /// Some elements of a page are those of the whole page.
    #[test]
    fn any_part_of_a_page() {
        let n = 1100;
        let page: Vec<u8> = (0..n * 8).map(|i| (i * 7 % 251) as u8).collect();
        let plain = |element| [false, true].map(|split| (Encoding::Plain { element, split }, element));
        let mut all: Vec<(Encoding, Element)> = [
            (Encoding::Bit, Element::Bool),
            (Encoding::Half, Element::F32),
            (Encoding::Truncated { bits: 17 }, Element::F32),
            (Encoding::Quantized { bits: 11, min: -1.0, max: 2.0 }, Element::F32),
            (Encoding::Quantized { bits: 32, min: -1.0, max: 2.0 }, Element::F64),
        ]
        .to_vec();
        use Element::{F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};
        all.extend([I8, I16, I32, I64, U8, U16, U32, U64, F32, F64].map(plain).concat());
        for (encoding, element) in all {
            let mut whole = Buffer::with_capacity(element, n);
            assert!(push(&page, encoding, n, 0..n, &mut whole));
            for of in [0..0, 0..1, 0..n, 3..520, 512..n, 17..16 + 512, n - 1..n, n..n] {
                let (mut part, mut again) = (Buffer::with_capacity(element, n), Buffer::with_capacity(element, n));
                assert!(push(&page, encoding, n, of.clone(), &mut part));
                [0..of.start, of.clone(), of.end..n].into_iter().for_each(|of| {
                    assert!(push(&page, encoding, n, of, &mut again));
                });
                let bits = |values: crate::Values<'_>, i| values.get_f64(i).map(f64::to_bits);
                assert_eq!(part.values(n).len(), of.len());
                assert!(of.clone().zip(0..).all(|(i, k)| bits(whole.values(n), i) == bits(part.values(n), k)));
                assert!((0..n).all(|i| bits(whole.values(n), i) == bits(again.values(n), i)));
            }
            assert!(!push(&page, encoding, n, 1..n + 1, &mut Buffer::with_capacity(element, n)));
            assert!(!push(&page, encoding, n * 8 * 8 + 1, 0..1, &mut Buffer::with_capacity(element, n)));
        }
    }

    #[test]
    fn ends_may_not_decrease_nor_be_too_large() {
        let page = |ends: &[u64]| split(&ends.iter().map(|x| x.to_le_bytes()).collect::<Vec<_>>());
        let mut to = vec![0, 3];
        assert!(push_ends(&page(&[3, 0, 2]), true, true, 3, &mut to));
        assert_eq!(to, [0, 3, 3, 3, 5]);
        // The ends of the next page go on from there, by themselves.
        assert!(push_ends(&[7, 0, 0, 0, 9, 0, 0, 0], false, false, 2, &mut to));
        assert_eq!(to[5..], [7, 9]);
        assert!(!push_ends(&page(&[8]), true, true, 1, &mut to.clone()));
        assert!(!push_ends(&page(&[10, u64::MAX]), true, true, 2, &mut to.clone()));
        assert!(!push_ends(&page(&[1 << 32]), true, true, 1, &mut to.clone()));
        assert!(!push_ends(&page(&[1 << 32, (1 << 32) + 9]), true, false, 2, &mut to.clone()));
    }

    /// Sizes of lists by eights and not, short and long, and one beyond a byte.
    #[test]
    fn ends_of_short_and_long_lists() {
        for (n, long, longer) in [(1, 0, 0), (8, 3, 3), (9, 40, 40), (100, 255, 255), (100, 31, 256), (77, 31, 70_000)]
        {
            let sizes: Vec<u64> = (0..n).map(|i| [i % 7, long, i % 32][i as usize % 3]).collect();
            let mut sizes = [&[1 << 31], sizes.as_slice()].concat();
            sizes[n as usize / 2 + 1] = longer;
            let ends: Vec<u32> = sizes
                .iter()
                .scan(0, |sum, size| {
                    *sum += size;
                    Some(*sum as u32)
                })
                .collect();
            let page = split(&sizes.iter().map(|x| x.to_le_bytes()).collect::<Vec<_>>());
            let mut to = vec![7];
            assert!(push_ends(&page, true, true, sizes.len(), &mut to));
            assert_eq!(to[1..], ends);
            let page = split(&sizes.iter().map(|x| (*x as u32).to_le_bytes()).collect::<Vec<_>>());
            let mut to = vec![];
            assert!(push_ends(&page, false, true, sizes.len(), &mut to));
            assert_eq!(to, ends);
        }
        // The last end is beyond 32 bits, by a byte.
        let page = split(&[u32::MAX - 2, 1, 1].map(u32::to_le_bytes));
        assert!(push_ends(&page, false, true, 3, &mut vec![]));
        let page = split(&[u32::MAX - 2, 1, 1, 1].map(u32::to_le_bytes));
        assert!(!push_ends(&page, false, true, 4, &mut vec![]));
        assert!(push_ends(&[], true, true, 0, &mut vec![5]));
    }

    #[test]
    fn halves() {
        let values = [0x0000, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x8001, 0x7c00, 0xfc00].map(half);
        let tiny = 2.0_f32.powi(-24);
        let expected =
            [0.0, -0.0, 1.0, -2.0, 65504.0, 2.0_f32.powi(-14), tiny, -tiny, f32::INFINITY, f32::NEG_INFINITY];
        assert_eq!(values.map(f32::to_bits), expected.map(f32::to_bits));
        assert!(half(0x7e01).is_nan());
    }

    #[test]
    fn bits_across_bytes() {
        // 0b101, 0b011, 0b110, 0b001, from the lowest bit on.
        assert_eq!(packed(&[0b1001_1101, 0b0000_0011], 3, 0..4).collect::<Vec<_>>(), [5, 3, 6, 1]);
        let mut to = Buffer::F64(vec![]);
        assert!(push(&[0xff, 0x00], Encoding::Quantized { bits: 8, min: -1.0, max: 2.0 }, 2, 0..2, &mut to));
        assert!(matches!(&to, Buffer::F64(v) if *v == [2.0, -1.0]));
        let mut to = Buffer::Bool(vec![]);
        assert!(push(&[0b0000_0101, 1], Encoding::Bit, 9, 0..9, &mut to));
        assert!(matches!(&to, Buffer::Bool(v) if *v == [1, 0, 1, 0, 0, 0, 0, 0, 1]));
    }
}
