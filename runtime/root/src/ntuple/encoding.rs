//! The encodings of columns: what the bytes of a page are (RNTuple format specification, "Column Description").

use crate::Element;

/// How the elements of a column are stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Encoding {
    /// A truth value; eight in a byte, the lowest bit first.
    Bit,
    /// Whole bytes: plain little-endian values, or split into their bytes; signed values that are split are zigzagged.
    Plain { element: Element, split: bool },
    /// IEEE half precision.
    Half,
    /// Ends of lists, of 4 or 8 bytes; if split, as differences.
    Index { wide: bool, split: bool },
    /// A single-precision float without its lowest bits: this many are left.
    Truncated { bits: u32 },
    /// A whole number of this many bits, spread over a range.
    Quantized { bits: u32, min: f64, max: f64 },
    /// Which of its types a variant has.
    Switch,
    /// One of a later format, or with impossible bits.
    Unknown { kind: u16, bits: u16 },
}

impl Encoding {
    pub(super) fn of(kind: u16, bits: u16, range: Option<(f64, f64)>) -> Encoding {
        let plain = |element| Encoding::Plain { element, split: false };
        let split = |element| Encoding::Plain { element, split: true };
        let encoding = match kind {
            0x00 => Encoding::Bit,
            // Bytes and characters; that they are text is said by the field.
            0x01 | 0x04 => plain(Element::U8),
            0x02 | 0x03 => plain(Element::I8),
            0x05 => plain(Element::I16),
            0x06 => plain(Element::U16),
            0x07 => plain(Element::I32),
            0x08 => plain(Element::U32),
            0x09 => plain(Element::I64),
            0x0a => plain(Element::U64),
            0x0b => Encoding::Half,
            0x0c => plain(Element::F32),
            0x0d => plain(Element::F64),
            0x0e | 0x0f | 0x1a | 0x1b => Encoding::Index { wide: kind & 1 == 1, split: kind >= 0x1a },
            0x10 => Encoding::Switch,
            0x11 => split(Element::I16),
            0x12 => split(Element::U16),
            0x13 => split(Element::I32),
            0x14 => split(Element::U32),
            0x15 => split(Element::I64),
            0x16 => split(Element::U64),
            // 0x17, which the specification has as half precision, split, is one that no version of ROOT writes or reads.
            0x18 => split(Element::F32),
            0x19 => split(Element::F64),
            0x1c if (10..=31).contains(&bits) => Encoding::Truncated { bits: u32::from(bits) },
            0x1d => match range {
                Some((min, max)) if (1..=32).contains(&bits) => Encoding::Quantized { bits: u32::from(bits), min, max },
                Some(_) | None => Encoding::Unknown { kind, bits },
            },
            _ => Encoding::Unknown { kind, bits },
        };
        match encoding.bits() {
            Some(n) if n != usize::from(bits) => Encoding::Unknown { kind, bits },
            Some(_) | None => encoding,
        }
    }

    /// Bits of an element in the file.
    pub(super) fn bits(self) -> Option<usize> {
        match self {
            Encoding::Bit => Some(1),
            Encoding::Plain { element, .. } => Some(8 * element.width()),
            Encoding::Half => Some(16),
            Encoding::Index { wide, .. } => Some(if wide { 64 } else { 32 }),
            Encoding::Truncated { bits } | Encoding::Quantized { bits, .. } => Some(bits as usize),
            Encoding::Switch => Some(96),
            Encoding::Unknown { .. } => None,
        }
    }

    /// The type that its values have without loss; none if they are no numbers.
    pub(super) fn element(self) -> Option<Element> {
        match self {
            Encoding::Bit => Some(Element::Bool),
            Encoding::Plain { element, .. } => Some(element),
            Encoding::Half | Encoding::Truncated { .. } | Encoding::Quantized { .. } => Some(Element::F32),
            Encoding::Index { .. } | Encoding::Switch | Encoding::Unknown { .. } => None,
        }
    }
}
