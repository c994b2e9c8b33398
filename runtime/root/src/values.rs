//! Decoded values: typed buffers with a margin, and the borrowed slices that readers see.

use crate::{Element, pool};

/// Zero bytes after the last value of a decoded buffer, so that a read one past the end stays inside the allocation.
pub const MARGIN: usize = 8;

/// Values of one type, owned. Every vector is longer than its values by [`MARGIN`] zero bytes.
#[derive(Clone, Debug)]
pub(crate) enum Buffer {
    Bool(Vec<u8>),
    I8(Vec<i8>),
    U8(Vec<u8>),
    I16(Vec<i16>),
    U16(Vec<u16>),
    I32(Vec<i32>),
    U32(Vec<u32>),
    I64(Vec<i64>),
    U64(Vec<u64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
}

/// Values of one type, borrowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Values<'a> {
    /// Truth values, each 0 or 1.
    Bool(&'a [u8]),
    /// 8-bit signed integers.
    I8(&'a [i8]),
    /// 8-bit unsigned integers.
    U8(&'a [u8]),
    /// 16-bit signed integers.
    I16(&'a [i16]),
    /// 16-bit unsigned integers.
    U16(&'a [u16]),
    /// 32-bit signed integers.
    I32(&'a [i32]),
    /// 32-bit unsigned integers.
    U32(&'a [u32]),
    /// 64-bit signed integers.
    I64(&'a [i64]),
    /// 64-bit unsigned integers.
    U64(&'a [u64]),
    /// 32-bit floats.
    F32(&'a [f32]),
    /// 64-bit floats.
    F64(&'a [f64]),
}

/// Runs `$body` with `$v` bound to the slice of whichever type `$values` has.
macro_rules! each {
    ($values:expr, $kind:ident, $v:ident => $body:expr) => {
        match $values {
            $kind::Bool($v) => $body,
            $kind::I8($v) => $body,
            $kind::U8($v) => $body,
            $kind::I16($v) => $body,
            $kind::U16($v) => $body,
            $kind::I32($v) => $body,
            $kind::U32($v) => $body,
            $kind::I64($v) => $body,
            $kind::U64($v) => $body,
            $kind::F32($v) => $body,
            $kind::F64($v) => $body,
        }
    };
}

impl Buffer {
    /// The first `len` values.
    pub(crate) fn values(&self, len: usize) -> Values<'_> {
        match self {
            Buffer::Bool(v) => Values::Bool(v.get(..len).unwrap_or(v)),
            Buffer::I8(v) => Values::I8(v.get(..len).unwrap_or(v)),
            Buffer::U8(v) => Values::U8(v.get(..len).unwrap_or(v)),
            Buffer::I16(v) => Values::I16(v.get(..len).unwrap_or(v)),
            Buffer::U16(v) => Values::U16(v.get(..len).unwrap_or(v)),
            Buffer::I32(v) => Values::I32(v.get(..len).unwrap_or(v)),
            Buffer::U32(v) => Values::U32(v.get(..len).unwrap_or(v)),
            Buffer::I64(v) => Values::I64(v.get(..len).unwrap_or(v)),
            Buffer::U64(v) => Values::U64(v.get(..len).unwrap_or(v)),
            Buffer::F32(v) => Values::F32(v.get(..len).unwrap_or(v)),
            Buffer::F64(v) => Values::F64(v.get(..len).unwrap_or(v)),
        }
    }

    /// An empty buffer that has room for `len` values and the margin.
    pub(crate) fn with_capacity(element: Element, len: usize) -> Buffer {
        let room = pool::rounded(element, len + MARGIN / element.width());
        if let Some(kept) = pool::take(element, room) {
            return kept;
        }
        match element {
            Element::Bool => Buffer::Bool(Vec::with_capacity(room)),
            Element::I8 => Buffer::I8(Vec::with_capacity(room)),
            Element::U8 => Buffer::U8(Vec::with_capacity(room)),
            Element::I16 => Buffer::I16(Vec::with_capacity(room)),
            Element::U16 => Buffer::U16(Vec::with_capacity(room)),
            Element::I32 => Buffer::I32(Vec::with_capacity(room)),
            Element::U32 => Buffer::U32(Vec::with_capacity(room)),
            Element::I64 => Buffer::I64(Vec::with_capacity(room)),
            Element::U64 => Buffer::U64(Vec::with_capacity(room)),
            Element::F32 => Buffer::F32(Vec::with_capacity(room)),
            Element::F64 => Buffer::F64(Vec::with_capacity(room)),
        }
    }

    /// Appends big-endian values; a rest shorter than a value is left out (lengths are checked before).
    pub(crate) fn push_big_endian(&mut self, bytes: &[u8]) {
        match self {
            Buffer::Bool(v) => v.extend(bytes.iter().map(|b| u8::from(*b != 0))),
            Buffer::I8(v) => v.extend(bytes.iter().map(|b| i8::from_be_bytes([*b]))),
            Buffer::U8(v) => v.extend_from_slice(bytes),
            Buffer::I16(v) => v.extend(bytes.as_chunks::<2>().0.iter().map(|b| i16::from_be_bytes(*b))),
            Buffer::U16(v) => v.extend(bytes.as_chunks::<2>().0.iter().map(|b| u16::from_be_bytes(*b))),
            Buffer::I32(v) => v.extend(bytes.as_chunks::<4>().0.iter().map(|b| i32::from_be_bytes(*b))),
            Buffer::U32(v) => v.extend(bytes.as_chunks::<4>().0.iter().map(|b| u32::from_be_bytes(*b))),
            Buffer::I64(v) => v.extend(bytes.as_chunks::<8>().0.iter().map(|b| i64::from_be_bytes(*b))),
            Buffer::U64(v) => v.extend(bytes.as_chunks::<8>().0.iter().map(|b| u64::from_be_bytes(*b))),
            Buffer::F32(v) => v.extend(bytes.as_chunks::<4>().0.iter().map(|b| f32::from_be_bytes(*b))),
            Buffer::F64(v) => v.extend(bytes.as_chunks::<8>().0.iter().map(|b| f64::from_be_bytes(*b))),
        }
    }

    /// Appends little-endian values; a rest shorter than a value is left out (lengths are checked before).
    pub(crate) fn push_little_endian(&mut self, bytes: &[u8]) {
        match self {
            Buffer::Bool(v) => v.extend(bytes.iter().map(|b| u8::from(*b != 0))),
            Buffer::I8(v) => v.extend(bytes.iter().map(|b| i8::from_le_bytes([*b]))),
            Buffer::U8(v) => v.extend_from_slice(bytes),
            Buffer::I16(v) => v.extend(bytes.as_chunks::<2>().0.iter().map(|b| i16::from_le_bytes(*b))),
            Buffer::U16(v) => v.extend(bytes.as_chunks::<2>().0.iter().map(|b| u16::from_le_bytes(*b))),
            Buffer::I32(v) => v.extend(bytes.as_chunks::<4>().0.iter().map(|b| i32::from_le_bytes(*b))),
            Buffer::U32(v) => v.extend(bytes.as_chunks::<4>().0.iter().map(|b| u32::from_le_bytes(*b))),
            Buffer::I64(v) => v.extend(bytes.as_chunks::<8>().0.iter().map(|b| i64::from_le_bytes(*b))),
            Buffer::U64(v) => v.extend(bytes.as_chunks::<8>().0.iter().map(|b| u64::from_le_bytes(*b))),
            Buffer::F32(v) => v.extend(bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b))),
            Buffer::F64(v) => v.extend(bytes.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b))),
        }
    }

    /// The bytes that it has room for.
    pub(crate) fn capacity(&self) -> usize {
        let width = self.element().width();
        each!(self, Buffer, v => v.capacity() * width)
    }

    /// Lets all values go.
    pub(crate) fn clear(&mut self) {
        each!(self, Buffer, v => v.clear());
    }

    /// Appends zeros.
    pub(crate) fn push_zeros(&mut self, n: usize) {
        each!(self, Buffer, v => v.resize(v.len() + n, Default::default()));
    }

    /// The type of its values.
    pub(crate) fn element(&self) -> Element {
        self.values(0).element()
    }

    /// Appends values of another type; false if one of them does not fit. A float is rounded to a shorter one, a number
    /// is true if it is not 0.
    pub(crate) fn append_converted(&mut self, values: &Values<'_>) -> bool {
        fn all<T: TryFrom<i128>>(v: &mut Vec<T>, values: &Values<'_>) -> bool {
            (0..values.len()).all(|i| match values.get_integer(i).and_then(|x| T::try_from(x).ok()) {
                Some(x) => {
                    v.push(x);
                    true
                }
                None => false,
            })
        }
        let real = |i: usize| values.get_f64(i).unwrap_or(0.0);
        match self {
            Buffer::Bool(v) => v.extend((0..values.len()).map(|i| u8::from(real(i) != 0.0))),
            Buffer::F32(v) => v.extend((0..values.len()).map(|i| real(i) as f32)),
            Buffer::F64(v) => v.extend((0..values.len()).map(real)),
            Buffer::I8(v) => return all(v, values),
            Buffer::U8(v) => return all(v, values),
            Buffer::I16(v) => return all(v, values),
            Buffer::U16(v) => return all(v, values),
            Buffer::I32(v) => return all(v, values),
            Buffer::U32(v) => return all(v, values),
            Buffer::I64(v) => return all(v, values),
            Buffer::U64(v) => return all(v, values),
        }
        true
    }

    /// Appends values of the same type.
    pub(crate) fn append(&mut self, values: &Values<'_>) {
        match (self, values) {
            (Buffer::Bool(v), Values::Bool(x)) | (Buffer::U8(v), Values::U8(x)) => v.extend_from_slice(x),
            (Buffer::I8(v), Values::I8(x)) => v.extend_from_slice(x),
            (Buffer::I16(v), Values::I16(x)) => v.extend_from_slice(x),
            (Buffer::U16(v), Values::U16(x)) => v.extend_from_slice(x),
            (Buffer::I32(v), Values::I32(x)) => v.extend_from_slice(x),
            (Buffer::U32(v), Values::U32(x)) => v.extend_from_slice(x),
            (Buffer::I64(v), Values::I64(x)) => v.extend_from_slice(x),
            (Buffer::U64(v), Values::U64(x)) => v.extend_from_slice(x),
            (Buffer::F32(v), Values::F32(x)) => v.extend_from_slice(x),
            (Buffer::F64(v), Values::F64(x)) => v.extend_from_slice(x),
            // The baskets of a branch have one type.
            _ => (),
        }
    }

    /// Appends the margin of zeros; returns the number of values before it.
    pub(crate) fn seal(&mut self) -> usize {
        each!(self, Buffer, v => pad(v))
    }

    /// Where the first value is.
    pub(crate) fn as_ptr(&self) -> *const u8 {
        each!(self, Buffer, v => v.as_ptr().cast())
    }
}

fn pad<T: Copy + Default>(values: &mut Vec<T>) -> usize {
    let len = values.len();
    values.resize(len + MARGIN / size_of::<T>(), T::default());
    len
}

impl Values<'_> {
    /// The number of values.
    pub fn len(&self) -> usize {
        each!(self, Values, v => v.len())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The type of one value.
    pub fn element(&self) -> Element {
        match self {
            Values::Bool(_) => Element::Bool,
            Values::I8(_) => Element::I8,
            Values::U8(_) => Element::U8,
            Values::I16(_) => Element::I16,
            Values::U16(_) => Element::U16,
            Values::I32(_) => Element::I32,
            Values::U32(_) => Element::U32,
            Values::I64(_) => Element::I64,
            Values::U64(_) => Element::U64,
            Values::F32(_) => Element::F32,
            Values::F64(_) => Element::F64,
        }
    }

    /// Value `i` as `f64` (exact but for 64-bit integers beyond 2^53); none past the end.
    pub fn get_f64(&self, i: usize) -> Option<f64> {
        match self {
            Values::Bool(v) | Values::U8(v) => v.get(i).map(|x| f64::from(*x)),
            Values::I8(v) => v.get(i).map(|x| f64::from(*x)),
            Values::I16(v) => v.get(i).map(|x| f64::from(*x)),
            Values::U16(v) => v.get(i).map(|x| f64::from(*x)),
            Values::I32(v) => v.get(i).map(|x| f64::from(*x)),
            Values::U32(v) => v.get(i).map(|x| f64::from(*x)),
            Values::I64(v) => v.get(i).map(|x| *x as f64),
            Values::U64(v) => v.get(i).map(|x| *x as f64),
            Values::F32(v) => v.get(i).map(|x| f64::from(*x)),
            Values::F64(v) => v.get(i).copied(),
        }
    }

    /// Value `i`, for the integer types.
    fn get_integer(&self, i: usize) -> Option<i128> {
        match self {
            Values::U64(v) => v.get(i).map(|x| i128::from(*x)),
            _ => self.get_i64(i).map(i128::from),
        }
    }

    /// Value `i` as `i64`, for the integer types; none past the end, for floats, and for `u64` beyond 2^63.
    pub fn get_i64(&self, i: usize) -> Option<i64> {
        match self {
            Values::Bool(v) | Values::U8(v) => v.get(i).map(|x| i64::from(*x)),
            Values::I8(v) => v.get(i).map(|x| i64::from(*x)),
            Values::I16(v) => v.get(i).map(|x| i64::from(*x)),
            Values::U16(v) => v.get(i).map(|x| i64::from(*x)),
            Values::I32(v) => v.get(i).map(|x| i64::from(*x)),
            Values::U32(v) => v.get(i).map(|x| i64::from(*x)),
            Values::I64(v) => v.get(i).copied(),
            Values::U64(v) => v.get(i).and_then(|x| i64::try_from(*x).ok()),
            Values::F32(_) | Values::F64(_) => None,
        }
    }
}
