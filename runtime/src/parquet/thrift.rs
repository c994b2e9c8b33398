//! The descriptions in a Parquet file are structs of Thrift's compact protocol
//! (<https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>). Before the Parquet library reads
//! one, it is walked here: a few bytes can announce a list of two billion elements that take no bytes, and the library
//! would pass over them one by one. What its fields have to be, `description` says. That of a page is read here altogether.

use super::description::{DICTIONARY, FIRST, Holds, PAGE, SECOND};

/// Structs and lists in each other, at most; the descriptions of Parquet are six deep.
const DEPTH: usize = 32;

/// What a page may be unpacked to whatever its size, and how much more it may be otherwise.
const MAX_RATIO: (u64, u64) = (64 << 20, 65_536);

/// Why a struct cannot be walked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Odd {
    /// It goes on behind the bytes at hand.
    Short,
    /// No writer makes it.
    Wrong,
}

/// The types of fields and elements, by their numbers on the wire.
pub(super) mod kind {
    pub const STOP: u8 = 0;
    pub const TRUE: u8 = 1;
    pub const FALSE: u8 = 2;
    pub const BYTE: u8 = 3;
    pub const I16: u8 = 4;
    pub const I32: u8 = 5;
    pub const I64: u8 = 6;
    pub const DOUBLE: u8 = 7;
    pub const BINARY: u8 = 8;
    pub const LIST: u8 = 9;
    pub const SET: u8 = 10;
    pub const MAP: u8 = 11;
    pub const STRUCT: u8 = 12;
    pub const UUID: u8 = 13;
}

/// What a page is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    /// A dictionary of so many values.
    Dictionary(u32),
    /// Values with levels before them, compressed together.
    First(Data),
    /// The same, with levels of so many bytes that are not compressed: repetition levels, and then definition levels.
    Second { data: Data, repetition: u32, definition: u32, is_packed: bool },
    /// Something that is no data.
    Other,
}

/// The values of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Data {
    /// Levels.
    pub n: u32,
    /// The number of the encoding of the values.
    pub encoding: i64,
    /// Whether the levels are in runs, as they have been since 2013.
    pub has_runs: bool,
    /// Events that begin in the page, if it says so.
    pub rows: Option<u32>,
}

/// The description of a page (`PageHeader` of
/// <https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift>).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Head {
    pub kind: Kind,
    /// Bytes of the page in the file, and unpacked.
    pub packed: u32,
    pub unpacked: u32,
    /// Bytes of the description.
    pub length: usize,
}

impl Head {
    /// False if the page announces far more than its bytes can hold.
    pub(super) fn is_possible(&self) -> bool {
        u64::from(self.unpacked) <= MAX_RATIO.0.max(u64::from(self.packed).saturating_mul(MAX_RATIO.1))
    }
}

/// The description of a page that bytes begin with.
pub(super) fn head(bytes: &[u8]) -> Result<Head, Odd> {
    const RUNS: i64 = 3;
    let mut walk = Walk::new(bytes);
    let (mut kind, mut packed, mut unpacked) = (-1, -1, -1);
    let (mut first, mut second) = ([-1, -1, RUNS, RUNS, 0], [-1, -1, -1, -1, -1, -1, 1]);
    let mut dictionary = [-1];
    walk.fields(|walk, field, is| {
        match field {
            5 => return walk.wholes(is, &FIRST, &mut first),
            7 => return walk.wholes(is, &DICTIONARY, &mut dictionary),
            8 => return walk.wholes(is, &SECOND, &mut second),
            _ => {}
        }
        let value = walk.expect_field(field, is, PAGE)?;
        match field {
            1 => kind = value,
            2 => unpacked = value,
            3 => packed = value,
            _ => {}
        }
        Ok(())
    })?;
    let size = |n: i64| u32::try_from(n).ok().filter(|n| i32::try_from(*n).is_ok()).ok_or(Odd::Wrong);
    let kind = match kind {
        0 => {
            let [n, encoding, definition, repetition, _] = first;
            let has_runs = definition == RUNS && repetition == RUNS;
            Kind::First(Data { n: size(n)?, encoding, has_runs, rows: None })
        }
        2 => Kind::Dictionary(size(dictionary[0])?),
        3 => {
            let [n, _, rows, encoding, definition, repetition, is_packed] = second;
            let data = Data { n: size(n)?, encoding, has_runs: true, rows: Some(size(rows)?) };
            let (repetition, definition) = (size(repetition)?, size(definition)?);
            Kind::Second { data, repetition, definition, is_packed: is_packed != 0 }
        }
        _ => Kind::Other,
    };
    Ok(Head { kind, packed: size(packed)?, unpacked: size(unpacked)?, length: walk.at })
}

/// A walk through a struct.
pub(super) struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    /// How many more structs and lists there may be in each other.
    depth: usize,
}

impl<'a> Walk<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Walk<'a> {
        Walk { bytes, at: 0, depth: DEPTH }
    }

    fn byte(&mut self) -> Result<u8, Odd> {
        let byte = *self.bytes.get(self.at).ok_or(Odd::Short)?;
        self.at += 1;
        Ok(byte)
    }

    fn bytes(&mut self, n: u64) -> Result<(), Odd> {
        let end = usize::try_from(n).ok().and_then(|n| self.at.checked_add(n));
        self.at = end.filter(|end| *end <= self.bytes.len()).ok_or(Odd::Short)?;
        Ok(())
    }

    fn number(&mut self) -> Result<u64, Odd> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Odd::Wrong)
    }

    /// Elements of lists and maps take bytes of their own. No description has lists of flags, of which the specification
    /// says a byte each, and some readers none.
    fn element(kind: u8) -> Result<u8, Odd> {
        if matches!(kind, kind::STOP | kind::TRUE | kind::FALSE) { Err(Odd::Wrong) } else { Ok(kind) }
    }

    /// The fields of a struct: their numbers and types. What is done with one passes over its value.
    pub(super) fn fields(&mut self, mut each: impl FnMut(&mut Self, i64, u8) -> Result<(), Odd>) -> Result<(), Odd> {
        let mut field = 0_i64;
        loop {
            let head = self.byte()?;
            if head == kind::STOP {
                return Ok(());
            }
            // A field whose number is not near that of the one before says it.
            field = match head >> 4 {
                0 => self.signed()?,
                step => field.wrapping_add(i64::from(step)),
            };
            // More are cut off by some readers, and are another field then.
            i16::try_from(field).map_err(|_| Odd::Wrong)?;
            each(self, field, head & 0xf)?;
        }
    }

    fn signed(&mut self) -> Result<i64, Odd> {
        let zigzag = self.number()?;
        Ok((zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed())
    }

    /// A struct that has to be what it is, with the values of its first fields as [`Walk::expect`] gives them.
    pub(super) fn wholes<const N: usize>(&mut self, kind: u8, what: &Holds, to: &mut [i64; N]) -> Result<(), Odd> {
        let (kind::STRUCT, Holds::Struct(holds)) = (kind, what) else { return Err(Odd::Wrong) };
        self.fields(|walk, field, kind| {
            let value = walk.expect_field(field, kind, holds)?;
            if let Some(to) = usize::try_from(field.wrapping_sub(1)).ok().and_then(|at| to.get_mut(at)) {
                *to = value;
            }
            Ok(())
        })
    }

    /// A value of a type, that has to be what it is: a whole number, or a flag as 1 or 0; 0 for what is none.
    fn expect(&mut self, kind: u8, what: &Holds) -> Result<i64, Odd> {
        match (what, kind) {
            (Holds::Flag, kind::TRUE) => Ok(1),
            (Holds::Flag, kind::FALSE) => Ok(0),
            (Holds::Whole, kind::I16 | kind::I32 | kind::I64) => self.signed(),
            (Holds::Byte, kind::BYTE) | (Holds::Real, kind::DOUBLE) | (Holds::Bytes, kind::BINARY) => {
                self.pass(kind).map(|()| 0)
            }
            (Holds::List(of), kind::LIST) => {
                let (n, kind) = self.list()?;
                (0..n).try_for_each(|_| self.expect(kind, of).map(drop)).map(|()| 0)
            }
            (Holds::Struct(_), kind::STRUCT) => self.wholes(kind, what, &mut []).map(|()| 0),
            _ => Err(Odd::Wrong),
        }
    }

    /// The value of a field of a struct that has to hold this, as [`Walk::expect`] gives it.
    pub(super) fn expect_field(&mut self, field: i64, kind: u8, holds: &[(i64, Holds)]) -> Result<i64, Odd> {
        // Most structs have all fields from 1 on.
        let place = usize::try_from(field.wrapping_sub(1)).ok().and_then(|at| holds.get(at));
        let is_it = |(number, _): &&(i64, Holds)| *number == field;
        match place.filter(is_it).or_else(|| holds.iter().find(is_it)) {
            Some((_, what)) => self.expect(kind, what),
            None => self.pass(kind).map(|()| 0),
        }
    }

    /// The number of elements of a list and their type.
    pub(super) fn list(&mut self) -> Result<(u64, u8), Odd> {
        let head = self.byte()?;
        let n = if head >> 4 == 15 { self.number()? } else { u64::from(head >> 4) };
        // Some writers give an empty list no type.
        if n == 0 { Ok((0, kind::STOP)) } else { Ok((n, Walk::element(head & 0xf)?)) }
    }

    /// Passes over a value.
    pub(super) fn pass(&mut self, kind: u8) -> Result<(), Odd> {
        self.depth = self.depth.checked_sub(1).ok_or(Odd::Wrong)?;
        match kind {
            kind::TRUE | kind::FALSE => {}
            kind::BYTE => self.bytes(1)?,
            kind::I16 | kind::I32 | kind::I64 => self.number().map(|_| ())?,
            kind::DOUBLE => self.bytes(8)?,
            kind::BINARY => {
                let n = self.number()?;
                self.bytes(n)?;
            }
            kind::LIST | kind::SET => {
                let (n, kind) = self.list()?;
                (0..n).try_for_each(|_| self.pass(kind))?;
            }
            kind::MAP => {
                let n = self.number()?;
                if n > 0 {
                    let kinds = self.byte()?;
                    let (key, value) = (Walk::element(kinds >> 4)?, Walk::element(kinds & 0xf)?);
                    (0..n).try_for_each(|_| self.pass(key).and_then(|()| self.pass(value)))?;
                }
            }
            kind::STRUCT => self.fields(|walk, _, kind| walk.pass(kind))?,
            kind::UUID => self.bytes(16)?,
            _ => return Err(Odd::Wrong),
        }
        self.depth += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number of bytes of the struct that bytes begin with.
    fn length(bytes: &[u8]) -> Result<usize, Odd> {
        let mut walk = Walk::new(bytes);
        walk.pass(kind::STRUCT).map(|()| walk.at)
    }

    #[test]
    fn a_struct_is_as_long_as_its_fields() {
        // 1: i32 3, 2: binary "ab", 5: {1: list of 2 i32}, 30: true, behind it two bytes.
        let bytes = [0x15, 6, 0x18, 2, b'a', b'b', 0x3c, 0x19, 0x25, 2, 4, 0, 0x01, 60, 0, 9, 9];
        assert_eq!(length(&bytes), Ok(15));
        for end in 0..15 {
            assert_eq!(length(&bytes[..end]), Err(Odd::Short), "{end}");
        }
    }

    #[test]
    fn what_takes_no_bytes_is_no_list() {
        let most = [0xff, 0xff, 0xff, 0xff, 0x07];
        let field = |head: u8, kind: u8| [[head, 0xf0 | kind].as_slice(), &most, &[0; 64]].concat();
        for flag in [kind::STOP, kind::TRUE, kind::FALSE] {
            assert_eq!(length(&field(0x19, flag)), Err(Odd::Wrong));
            assert_eq!(length(&field(0x1a, flag)), Err(Odd::Wrong));
        }
        assert_eq!(length(&field(0x19, kind::DOUBLE)), Err(Odd::Short));
        assert_eq!(length(&[[0x1b].as_slice(), &most, &[0x11; 64]].concat()), Err(Odd::Wrong));
        assert_eq!(length(&[0x19; 100]), Err(Odd::Wrong));
    }
}
