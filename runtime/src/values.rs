//! Decoded values, owned: one vector per stored type, with zeros after the last value, so that compiled code may read
//! one value too far; and their conversion to the type that a kernel expects.

use std::ops::Range;

use adl_root::Values as Slice;

use crate::schema::ElementType;

/// Zero values after the last one.
const MARGIN: usize = 8;

/// Values of one type, followed by a margin of zeros once [`Buffer::seal`]ed.
#[derive(Clone, Debug, PartialEq)]
pub enum Buffer {
    /// Truth values, each 0 or 1.
    Bool(Vec<u8>),
    /// 8-bit signed integers.
    I8(Vec<i8>),
    /// 8-bit unsigned integers.
    U8(Vec<u8>),
    /// 16-bit signed integers.
    I16(Vec<i16>),
    /// 16-bit unsigned integers.
    U16(Vec<u16>),
    /// 32-bit signed integers.
    I32(Vec<i32>),
    /// 32-bit unsigned integers.
    U32(Vec<u32>),
    /// 64-bit signed integers.
    I64(Vec<i64>),
    /// 64-bit unsigned integers.
    U64(Vec<u64>),
    /// Single precision.
    F32(Vec<f32>),
    /// Double precision.
    F64(Vec<f64>),
}

/// Runs `$body` with `$v` bound to the vector or slice of whichever type `$values` has.
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
    /// An empty one.
    #[must_use]
    pub fn new(element: ElementType) -> Buffer {
        Buffer::with_capacity(element, 0)
    }

    /// An empty one with room for `len` values and the margin.
    #[must_use]
    pub fn with_capacity(element: ElementType, len: usize) -> Buffer {
        let room = if len == 0 { 0 } else { len + MARGIN };
        match element {
            ElementType::Bool => Buffer::Bool(Vec::with_capacity(room)),
            ElementType::I8 => Buffer::I8(Vec::with_capacity(room)),
            ElementType::U8 => Buffer::U8(Vec::with_capacity(room)),
            ElementType::I16 => Buffer::I16(Vec::with_capacity(room)),
            ElementType::U16 => Buffer::U16(Vec::with_capacity(room)),
            ElementType::I32 => Buffer::I32(Vec::with_capacity(room)),
            ElementType::U32 => Buffer::U32(Vec::with_capacity(room)),
            ElementType::I64 => Buffer::I64(Vec::with_capacity(room)),
            ElementType::U64 => Buffer::U64(Vec::with_capacity(room)),
            ElementType::F32 => Buffer::F32(Vec::with_capacity(room)),
            ElementType::F64 => Buffer::F64(Vec::with_capacity(room)),
        }
    }

    /// The type of its values.
    #[must_use]
    pub fn element(&self) -> ElementType {
        element_of(&self.slice(0..0))
    }

    /// Number of values in the vector; after `seal` the margin is included.
    #[must_use]
    pub fn len(&self) -> usize {
        each!(self, Buffer, v => v.len())
    }

    /// True without values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets the values, keeps the memory.
    pub fn clear(&mut self) {
        each!(self, Buffer, v => v.clear());
    }

    /// Appends the margin of zeros.
    pub fn seal(&mut self) {
        each!(self, Buffer, v => v.resize(v.len() + MARGIN, Default::default()));
    }

    /// The values in a range; empty if it is out of bounds.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Slice<'_> {
        match self {
            Buffer::Bool(v) => Slice::Bool(v.get(range).unwrap_or_default()),
            Buffer::I8(v) => Slice::I8(v.get(range).unwrap_or_default()),
            Buffer::U8(v) => Slice::U8(v.get(range).unwrap_or_default()),
            Buffer::I16(v) => Slice::I16(v.get(range).unwrap_or_default()),
            Buffer::U16(v) => Slice::U16(v.get(range).unwrap_or_default()),
            Buffer::I32(v) => Slice::I32(v.get(range).unwrap_or_default()),
            Buffer::U32(v) => Slice::U32(v.get(range).unwrap_or_default()),
            Buffer::I64(v) => Slice::I64(v.get(range).unwrap_or_default()),
            Buffer::U64(v) => Slice::U64(v.get(range).unwrap_or_default()),
            Buffer::F32(v) => Slice::F32(v.get(range).unwrap_or_default()),
            Buffer::F64(v) => Slice::F64(v.get(range).unwrap_or_default()),
        }
    }

    /// The address of a value, for compiled code. Valid while the buffer lives and is not appended to.
    #[must_use]
    pub fn address(&self, index: usize) -> *const u8 {
        each!(self, Buffer, v => v.as_ptr().wrapping_add(index).cast())
    }

    /// Appends values of the same type, or of a type that this one holds without loss ([`ElementType::holds`]); false,
    /// with nothing appended, for any other pair of types. Values of U64 must have been checked to be below 2^63.
    #[must_use]
    pub fn append(&mut self, from: Slice<'_>) -> bool {
        macro_rules! widen {
            ($to:expr, $($kind:ident),+) => {
                match from {
                    $(Slice::$kind(v) => widened($to, v),)+
                    _ => return false,
                }
            };
        }
        match self {
            Buffer::Bool(to) => match from {
                Slice::Bool(v) => to.extend_from_slice(v),
                _ => return false,
            },
            Buffer::I8(to) => widen!(to, I8),
            Buffer::U8(to) => widen!(to, U8),
            Buffer::I16(to) => widen!(to, I8, U8, I16),
            Buffer::U16(to) => widen!(to, U8, U16),
            Buffer::I32(to) => widen!(to, I8, U8, I16, U16, I32),
            Buffer::U32(to) => widen!(to, U8, U16, U32),
            Buffer::I64(to) => match from {
                Slice::U64(v) => to.extend(v.iter().map(|&x| x.cast_signed())),
                _ => widen!(to, I8, U8, I16, U16, I32, U32, I64),
            },
            Buffer::U64(to) => widen!(to, U8, U16, U32, U64),
            Buffer::F32(to) => widen!(to, I8, U8, I16, U16, F32),
            Buffer::F64(to) => widen!(to, I8, U8, I16, U16, I32, U32, F32, F64),
        }
        true
    }
}

fn widened<T: Copy, U: From<T>>(to: &mut Vec<U>, from: &[T]) {
    to.extend(from.iter().map(|&x| U::from(x)));
}

/// The type of borrowed values.
#[must_use]
pub fn element_of(values: &Slice<'_>) -> ElementType {
    match values {
        Slice::Bool(_) => ElementType::Bool,
        Slice::I8(_) => ElementType::I8,
        Slice::U8(_) => ElementType::U8,
        Slice::I16(_) => ElementType::I16,
        Slice::U16(_) => ElementType::U16,
        Slice::I32(_) => ElementType::I32,
        Slice::U32(_) => ElementType::U32,
        Slice::I64(_) => ElementType::I64,
        Slice::U64(_) => ElementType::U64,
        Slice::F32(_) => ElementType::F32,
        Slice::F64(_) => ElementType::F64,
    }
}

/// The values in a range of borrowed ones; empty if it is out of bounds.
#[must_use]
pub fn part_of<'a>(values: &Slice<'a>, range: Range<usize>) -> Slice<'a> {
    match values {
        Slice::Bool(v) => Slice::Bool(v.get(range).unwrap_or_default()),
        Slice::I8(v) => Slice::I8(v.get(range).unwrap_or_default()),
        Slice::U8(v) => Slice::U8(v.get(range).unwrap_or_default()),
        Slice::I16(v) => Slice::I16(v.get(range).unwrap_or_default()),
        Slice::U16(v) => Slice::U16(v.get(range).unwrap_or_default()),
        Slice::I32(v) => Slice::I32(v.get(range).unwrap_or_default()),
        Slice::U32(v) => Slice::U32(v.get(range).unwrap_or_default()),
        Slice::I64(v) => Slice::I64(v.get(range).unwrap_or_default()),
        Slice::U64(v) => Slice::U64(v.get(range).unwrap_or_default()),
        Slice::F32(v) => Slice::F32(v.get(range).unwrap_or_default()),
        Slice::F64(v) => Slice::F64(v.get(range).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [ElementType; 11] = [
        ElementType::Bool,
        ElementType::I8,
        ElementType::U8,
        ElementType::I16,
        ElementType::U16,
        ElementType::I32,
        ElementType::U32,
        ElementType::I64,
        ElementType::U64,
        ElementType::F32,
        ElementType::F64,
    ];

    #[test]
    fn appending_agrees_with_what_a_type_says_it_holds() {
        for from in ALL {
            for to in ALL {
                let mut source = Buffer::new(from);
                source.seal();
                assert_eq!(Buffer::new(to).append(source.slice(0..1)), to.holds(from), "{from:?} in {to:?}");
            }
        }
    }

    #[test]
    fn a_common_type_holds_both() {
        for a in ALL {
            for b in ALL {
                if let Some(c) = a.common(b) {
                    assert!(c.holds(a) && c.holds(b));
                    assert_eq!(b.common(a), Some(c));
                }
            }
        }
        assert_eq!(ElementType::U8.common(ElementType::I32), Some(ElementType::I32));
        assert_eq!(ElementType::U32.common(ElementType::I32), Some(ElementType::I64));
        assert_eq!(ElementType::I16.common(ElementType::F32), Some(ElementType::F32));
        assert_eq!(ElementType::I64.common(ElementType::F64), None);
        assert_eq!(ElementType::Bool.common(ElementType::U8), None);
    }
}
