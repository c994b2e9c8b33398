//! Levels and indices: numbers of a few bits in runs, equal ones or packed ones
//! (<https://parquet.apache.org/docs/file-format/data-pages/encodings/#RLE>). Levels become bits, of which the starts of
//! lists are counted eight at a time; indices are replaced by what a dictionary has for them.

/// Bits, the first one the lowest of the first word.
#[derive(Default)]
pub(super) struct Bits {
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    pub(super) fn clear(&mut self) {
        self.words.clear();
        self.len = 0;
    }

    /// How many are set.
    pub(super) fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub(super) fn is_set(&self, at: usize) -> bool {
        self.words.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    /// All bits, eight to a byte, those behind the last one 0.
    fn bytes(&self) -> impl Iterator<Item = u8> {
        self.words.iter().flat_map(|word| word.to_le_bytes()).take(self.len.div_ceil(8))
    }

    /// The bits as truth values.
    pub(super) fn push_flags(&self, to: &mut Vec<u8>) {
        let left = to.len() + self.len;
        for byte in self.bytes() {
            to.extend_from_slice(&std::array::from_fn::<u8, 8, _>(|i| byte >> i & 1));
        }
        to.truncate(left);
    }

    /// Appends the lowest `n` bits of a word, 64 at most.
    fn push(&mut self, word: u64, n: usize) {
        let word = if n < 64 { word & ((1 << n) - 1) } else { word };
        let shift = self.len % 64;
        match self.words.last_mut() {
            Some(last) if shift > 0 => {
                *last |= word << shift;
                if shift + n > 64 {
                    self.words.push(word >> (64 - shift));
                }
            }
            _ => self.words.push(word),
        }
        self.len += n;
    }

    fn repeat(&mut self, bit: bool, n: usize) {
        let word = if bit { u64::MAX } else { 0 };
        for at in (0..n).step_by(64) {
            self.push(word, 64.min(n - at));
        }
    }
}

/// A run of numbers of the same width.
enum Run<'a> {
    /// So many equal ones.
    Equal(u64, usize),
    /// Eight in each `width` bytes; the last eight may lack bytes, which are zeros.
    Packed(&'a [u8], usize),
}

/// The bits that a number takes, at most.
const WIDEST: u32 = 32;

/// The runs of `n` numbers of `width` bits.
struct Runs<'a> {
    bytes: &'a [u8],
    width: u32,
    left: usize,
}

impl<'a> Runs<'a> {
    /// The next run; none at the end, or if the bytes do not go on. [`Runs::left`] says which.
    fn next(&mut self) -> Option<Run<'a>> {
        while self.left > 0 {
            let mut head = 0_u64;
            let mut shift = 0;
            loop {
                let (&byte, rest) = self.bytes.split_first()?;
                self.bytes = rest;
                head |= u64::from(byte & 0x7f).checked_shl(shift)?;
                if byte & 0x80 == 0 {
                    break;
                }
                shift += 7;
            }
            let count = usize::try_from(head >> 1).ok()?;
            if head & 1 == 0 {
                let (value, rest) = self.bytes.split_at_checked(self.width.div_ceil(8) as usize)?;
                self.bytes = rest;
                let mut word = [0; 8];
                word.iter_mut().zip(value).for_each(|(to, from)| *to = *from);
                let n = count.min(self.left);
                self.left -= n;
                if n > 0 {
                    return Some(Run::Equal(u64::from_le_bytes(word), n));
                }
            } else {
                let size = count.checked_mul(self.width as usize)?;
                let (packed, rest) = self.bytes.split_at(size.min(self.bytes.len()));
                self.bytes = rest;
                // Some writers end the last run with its last byte that is not zero.
                let there = if self.width == 0 { usize::MAX } else { packed.len() * 8 / self.width as usize };
                let n = count.checked_mul(8)?.min(self.left);
                if there < n {
                    return None;
                }
                self.left -= n;
                if n > 0 {
                    return Some(Run::Packed(packed, n));
                }
            }
        }
        None
    }
}

/// Which of `n` levels of `width` bits are at least so large, for several bounds; false if there are not so many.
pub(super) fn at_least<const K: usize>(
    bytes: &[u8],
    width: u32,
    n: usize,
    bounds: [u64; K],
    mut to: [&mut Bits; K],
) -> bool {
    if width > WIDEST {
        return false;
    }
    to.iter_mut().for_each(|bits| bits.clear());
    let mut runs = Runs { bytes, width, left: n };
    while let Some(run) = runs.next() {
        match run {
            Run::Equal(level, n) => to.iter_mut().zip(bounds).for_each(|(to, bound)| to.repeat(level >= bound, n)),
            Run::Packed(bytes, n) => {
                to.iter_mut().zip(bounds).for_each(|(to, bound)| packed(bytes, width, n, bound, to))
            }
        }
    }
    runs.left == 0
}

fn packed(bytes: &[u8], width: u32, n: usize, bound: u64, to: &mut Bits) {
    let word = |chunk: &[u8]| {
        let mut word = [0; 8];
        word.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
        u64::from_le_bytes(word)
    };
    match (width, bound) {
        (_, 0) => to.repeat(true, n),
        (1, 1) => {
            let mut left = n;
            for chunk in bytes.chunks(8).take(n.div_ceil(64)) {
                to.push(word(chunk), left.min(64));
                left = left.saturating_sub(64);
            }
        }
        (2, 1..=3) => {
            let mut left = n;
            for chunk in bytes.chunks(8).take(n.div_ceil(32)) {
                let word = word(chunk);
                let (low, high) = (word & EVEN, word >> 1 & EVEN);
                let is_set = match bound {
                    1 => low | high,
                    2 => high,
                    _ => low & high,
                };
                to.push(together(is_set), left.min(32));
                left = left.saturating_sub(32);
            }
        }
        _ => {
            for at in 0..n {
                let bit = at * width as usize;
                let chunk = bytes.get(bit / 8..).unwrap_or_default();
                let level = word(chunk.get(..8).unwrap_or(chunk)) >> (bit % 8) & ((1 << width) - 1);
                to.push(u64::from(level >= bound), 1);
            }
        }
    }
}

const EVEN: u64 = 0x5555_5555_5555_5555;

/// The bits at even places, next to each other.
fn together(mut x: u64) -> u64 {
    for (shift, mask) in [
        (1, 0x3333_3333_3333_3333),
        (2, 0x0f0f_0f0f_0f0f_0f0f),
        (4, 0x00ff_00ff_00ff_00ff),
        (8, 0x0000_ffff_0000_ffff),
        (16, 0x0000_0000_ffff_ffff_u64),
    ] {
        x = (x | x >> shift) & mask;
    }
    x
}

/// Per byte, the places of the bits that are set, in order.
static PLACES: [[u8; 8]; 256] = places();
/// Per byte, how many bits are set below each place.
static BELOW: [[u8; 8]; 256] = below();

const fn places() -> [[u8; 8]; 256] {
    let mut all = [[0; 8]; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut bit, mut n) = (0, 0);
        while bit < 8 {
            if byte >> bit & 1 == 1 {
                all[byte][n] = bit;
                n += 1;
            }
            bit += 1;
        }
        byte += 1;
    }
    all
}

const fn below() -> [[u8; 8]; 256] {
    let mut all = [[0; 8]; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut bit, mut n) = (0, 0);
        while bit < 8 {
            all[byte][bit] = n;
            n += (byte >> bit & 1) as u8;
            bit += 1;
        }
        byte += 1;
    }
    all
}

/// Where the lists begin: for each level that begins one (`goes_on` is not set), how many of the levels before are an
/// element. The first `n` items of `to` are these; it is not cut, so that it is made large once. Gives `n` and the number
/// of elements.
pub(super) fn starts(goes_on: &Bits, is_element: &Bits, to: &mut Vec<u32>) -> (usize, usize) {
    let levels = goes_on.len.min(is_element.len);
    if to.len() < levels + 8 {
        to.resize(levels + 8, 0);
    }
    let (mut n, mut at) = (0, 0_u32);
    let mut left = levels;
    for (goes_on, is_element) in goes_on.bytes().zip(is_element.bytes()) {
        let valid = if left >= 8 { 0xff } else { (1_u8 << left) - 1 };
        left = left.saturating_sub(8);
        let begins = !goes_on & valid;
        let Some(window) = to.get_mut(n..).and_then(|rest| rest.first_chunk_mut::<8>()) else { break };
        if is_element == 0xff {
            let places = &PLACES[begins as usize];
            *window = std::array::from_fn(|i| at + u32::from(places[i]));
            n += begins.count_ones() as usize;
            at += 8;
            continue;
        }
        let below = &BELOW[is_element as usize];
        if begins == 0xff {
            *window = std::array::from_fn(|i| at + u32::from(below[i]));
            n += 8;
        } else {
            let mut k = 0;
            for (i, below) in below.iter().enumerate() {
                window[k & 7] = at + u32::from(*below);
                k += usize::from(begins >> i & 1);
            }
            n += k;
        }
        at += is_element.count_ones();
    }
    (n, at as usize)
}

/// Appends the entries of a dictionary that `n` indices name; false if there are not so many indices, or entries.
pub(super) fn look_up<const W: usize>(bytes: &[u8], n: usize, dictionary: &[[u8; W]], to: &mut Vec<[u8; W]>) -> bool {
    let Some((&width, bytes)) = bytes.split_first() else { return n == 0 };
    let width = u32::from(width);
    if width > WIDEST {
        return false;
    }
    let mut runs = Runs { bytes, width, left: n };
    while let Some(run) = runs.next() {
        let good = match run {
            Run::Equal(index, n) => {
                let entry = usize::try_from(index).ok().and_then(|index| dictionary.get(index));
                entry.map(|entry| to.resize(to.len() + n, *entry)).is_some()
            }
            Run::Packed(bytes, n) => {
                macro_rules! each_width {
                    ($($width:literal)*) => {
                        match width {
                            $($width => look_up_packed::<$width, W>(bytes, n, dictionary, to),)*
                            _ => look_up_wide(bytes, width, n, dictionary, to),
                        }
                    };
                }
                each_width!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20)
            }
        };
        if !good {
            return false;
        }
    }
    runs.left == 0
}

/// Of indices of `B` bits, eight at a time.
fn look_up_packed<const B: usize, const W: usize>(
    bytes: &[u8],
    n: usize,
    dictionary: &[[u8; W]],
    to: &mut Vec<[u8; W]>,
) -> bool {
    let mut good = true;
    let left = to.len() + n;
    to.reserve(n.next_multiple_of(8));
    for group in 0..n.div_ceil(8) {
        let begin = group * B;
        let mut last = [0; 32];
        // A word may be read up to seven bytes behind the eight indices.
        let window = match bytes.get(begin..begin + B + 8) {
            Some(window) => window,
            None => {
                let rest = bytes.get(begin..).unwrap_or_default();
                last.iter_mut().zip(rest.iter().take(B)).for_each(|(to, from)| *to = *from);
                last.get(..B + 8).unwrap_or_default()
            }
        };
        let entries: [[u8; W]; 8] = std::array::from_fn(|i| {
            let bit = i * B;
            let word = window.get(bit / 8..bit / 8 + 8).and_then(|w| w.first_chunk::<8>());
            let index = u64::from_le_bytes(*word.unwrap_or(&[0; 8])) >> (bit % 8) & ((1 << B) - 1);
            let entry = dictionary.get(index as usize);
            good &= entry.is_some();
            *entry.unwrap_or(&[0; W])
        });
        to.extend_from_slice(&entries);
    }
    // What is behind the last index is zeros, which are an index too.
    to.truncate(left);
    good
}

fn look_up_wide<const W: usize>(
    bytes: &[u8],
    width: u32,
    n: usize,
    dictionary: &[[u8; W]],
    to: &mut Vec<[u8; W]>,
) -> bool {
    (0..n).all(|at| {
        let bit = at * width as usize;
        let mut word = [0; 8];
        word.iter_mut().zip(bytes.get(bit / 8..).unwrap_or_default()).for_each(|(to, from)| *to = *from);
        let index = u64::from_le_bytes(word) >> (bit % 8) & ((1 << width) - 1);
        dictionary.get(index as usize).map(|entry| to.push(*entry)).is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A linear congruential generator (Knuth's MMIX constants).
    fn numbers(seed: u64) -> impl Iterator<Item = u64> {
        std::iter::successors(Some(seed), |x| {
            Some(x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407))
        })
        .map(|x| x >> 33)
    }

    fn length(mut n: usize, to: &mut Vec<u8>) {
        while n >= 0x80 {
            to.push(n as u8 | 0x80);
            n >>= 7;
        }
        to.push(n as u8);
    }

    /// Numbers in runs of every kind, as a writer may choose them.
    fn encoded(levels: &[u64], width: u32, seed: u64) -> Vec<u8> {
        let (mut bytes, mut at) = (Vec::new(), 0);
        let mut random = numbers(seed);
        while at < levels.len() {
            let equal = levels[at..].iter().take_while(|l| **l == levels[at]).count();
            let n = 8 * (1 + random.next().unwrap_or(0) as usize % 40);
            if equal >= 8 || (equal > 2 && n.is_multiple_of(3)) {
                length(equal << 1, &mut bytes);
                bytes.extend(&levels[at].to_le_bytes()[..width.div_ceil(8) as usize]);
                at += equal;
                continue;
            }
            length(((n / 8) << 1) | 1, &mut bytes);
            let mut bits = vec![0_u8; n * width as usize / 8];
            for (i, level) in levels[at..].iter().take(n).enumerate() {
                for bit in (0..width as usize).filter(|bit| level >> bit & 1 == 1) {
                    bits[(i * width as usize + bit) / 8] |= 1 << ((i * width as usize + bit) % 8);
                }
            }
            bytes.extend(bits);
            at += n.min(levels.len() - at);
        }
        bytes
    }

    fn some_levels(n: usize, most: u64, seed: u64) -> Vec<u64> {
        let (mut random, mut levels) = (numbers(seed), Vec::new());
        while levels.len() < n {
            let (level, times) = (random.next().unwrap_or(0) % (most + 1), random.next().unwrap_or(0));
            let times = if times % 5 == 0 { times % 200 } else { 1 };
            levels.extend((0..times).map(|_| level));
        }
        levels.truncate(n);
        levels
    }

    #[test]
    fn levels_of_every_width_and_length() {
        for n in [0, 1, 7, 8, 9, 31, 63, 64, 65, 127, 1000, 4099] {
            for (width, most) in [(1, 1), (2, 2), (2, 3), (3, 4), (3, 7), (5, 20)] {
                let levels = some_levels(n, most, n as u64 * 7 + most);
                let bytes = encoded(&levels, width, n as u64 + 3);
                let (mut a, mut b, mut c) = (Bits::default(), Bits::default(), Bits::default());
                assert!(at_least(&bytes, width, n, [1, most, 0], [&mut a, &mut b, &mut c]));
                assert!(levels.iter().enumerate().all(|(i, l)| a.is_set(i) == (*l >= 1)), "{n} {width}");
                assert!(levels.iter().enumerate().all(|(i, l)| b.is_set(i) == (*l >= most)), "{n} {width}");
                assert_eq!((c.count(), a.count()), (n, levels.iter().filter(|l| **l >= 1).count()));
                let mut flags = vec![7];
                a.push_flags(&mut flags);
                assert!(flags[1..].iter().copied().eq(levels.iter().map(|l| u8::from(*l >= 1))));
                assert!(n == 0 || !at_least(&bytes[..1], width, n, [1], [&mut a]), "{n} {width}");
                assert!(!at_least(&bytes, width, n + 500, [1], [&mut a]));
            }
        }
        assert!(at_least(&[20], 0, 10, [0], [&mut Bits::default()]));
        assert!(!at_least(&[0xff; 20], 1, 10, [1], [&mut Bits::default()]));
        assert!(!at_least(&[2, 0, 0, 0, 0, 0], 33, 1, [1], [&mut Bits::default()]));
    }

    #[test]
    fn starts_of_lists() {
        for n in [0, 1, 8, 9, 64, 777, 5000] {
            for shape in 0..4 {
                // 0: a list without elements; 1: with its first; 2: a further one.
                let mut random = numbers(n as u64 + shape);
                let mut levels: Vec<u64> = (0..n).map(|_| random.next().unwrap_or(0) % 12).collect();
                for level in &mut levels {
                    *level = match (shape, *level) {
                        (0, 0..4) | (1, 0) => 0,
                        (2, _) | (0, 4..8) | (1, 1..5) => 1,
                        (3, 0..6) => 0,
                        (3, _) => 1,
                        _ => 2,
                    };
                }
                let bits = |of: fn(u64) -> bool| {
                    let mut bits = Bits::default();
                    levels.iter().for_each(|l| bits.push(u64::from(of(*l)), 1));
                    bits
                };
                // An element behind an empty list would be one of it: here it is counted as any other.
                let (goes_on, is_element) = (bits(|l| l == 2), bits(|l| l > 0));
                let mut to = vec![99; 3];
                let (lists, elements) = starts(&goes_on, &is_element, &mut to);
                let (mut expected, mut at) = (Vec::new(), 0);
                for level in &levels {
                    if *level < 2 {
                        expected.push(at);
                    }
                    at += u32::from(*level > 0);
                }
                assert_eq!((&to[..lists], elements), (expected.as_slice(), at as usize), "{n} {shape}");
            }
        }
    }

    #[test]
    fn dictionaries_of_every_size() {
        for n in [1, 8, 9, 500, 3001] {
            for width in (1..=21).chain([25]) {
                let most = (1_u64 << width) - 1;
                let entries = most.min(70_000) as usize;
                let dictionary: Vec<[u8; 4]> = (0..=entries as u32).map(|i| (i * 3 + 1).to_le_bytes()).collect();
                let indices = some_levels(n, entries as u64, n as u64 + u64::from(width));
                let bytes = [vec![width as u8], encoded(&indices, width, 5)].concat();
                let mut to = vec![[9; 4]];
                assert!(look_up(&bytes, n, &dictionary, &mut to), "{n} {width}");
                let expected = indices.iter().map(|i| dictionary[*i as usize]);
                assert!(to[1..].iter().copied().eq(expected), "{n} {width}");
                assert!(!look_up(&bytes, n + 1000, &dictionary, &mut to));
                let most = indices.iter().max().map_or(0, |most| *most as usize);
                assert!(!look_up(&bytes, n, &dictionary[..most], &mut to), "{n} {width}");
            }
        }
        let mut to = Vec::new();
        assert!(look_up(&[0, 20], 10, &[[1_u8; 8]], &mut to) && to == [[1; 8]; 10]);
        assert!(look_up(&[0, 5], 10, &[[2_u8; 8]], &mut to) && to[10..] == [[2; 8]; 10]);
        assert!(look_up::<8>(&[], 0, &[], &mut to));
        assert!(!look_up::<8>(&[], 1, &[], &mut to));
        assert!(!look_up::<8>(&[33, 2, 0, 0, 0, 0, 0], 1, &[[0; 8]], &mut to));
    }
}
