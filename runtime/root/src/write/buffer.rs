//! The bytes of one object in ROOT's encoding (`TBufferFile`): big-endian, with byte counts and class tags.

/// Marks a byte count (`kByteCountMask`).
const BYTE_COUNT: u32 = 0x4000_0000;
/// Announces a class by name (`kNewClassTag`).
const NEW_CLASS: u32 = 0xffff_ffff;
/// Marks a reference to a class that was announced (`kClassMask`).
const CLASS: u32 = 0x8000_0000;
/// Positions in references are counted from 2 (`kMapOffset`).
const MAP_OFFSET: u32 = 2;

/// The bytes of an object that grows at its end.
pub(super) struct Buffer {
    bytes: Vec<u8>,
    /// Length of the key in front of the object, from where positions are counted.
    key_length: u32,
    /// Classes that were announced, each with the position of its tag. Few, so a list.
    classes: Vec<(&'static str, u32)>,
}

impl Buffer {
    /// An empty object behind a key of that length.
    pub(super) fn new(key_length: u16) -> Buffer {
        Buffer { bytes: Vec::new(), key_length: u32::from(key_length), classes: Vec::new() }
    }

    pub(super) fn reserve(&mut self, bytes: usize) {
        self.bytes.reserve(bytes);
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The classes that were announced by [`Buffer::pointer`].
    pub(super) fn classes(&self) -> impl Iterator<Item = &'static str> {
        self.classes.iter().map(|(class, _)| *class)
    }

    pub(super) fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    pub(super) fn u16(&mut self, value: u16) {
        self.bytes.extend_from_slice(&value.to_be_bytes());
    }

    pub(super) fn i16s(&mut self, values: &[i16]) {
        let bytes = values.iter().flat_map(|value| value.to_be_bytes());
        self.bytes.extend(bytes);
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.bytes.extend_from_slice(&value.to_be_bytes());
    }

    pub(super) fn i32s(&mut self, values: &[i32]) {
        let bytes = values.iter().flat_map(|value| value.to_be_bytes());
        self.bytes.extend(bytes);
    }

    pub(super) fn i64s(&mut self, values: &[i64]) {
        let bytes = values.iter().flat_map(|value| value.to_be_bytes());
        self.bytes.extend(bytes);
    }

    pub(super) fn f32s(&mut self, values: &[f32]) {
        let bytes = values.iter().flat_map(|value| value.to_be_bytes());
        self.bytes.extend(bytes);
    }

    pub(super) fn f64s(&mut self, values: &[f64]) {
        let bytes = values.iter().flat_map(|value| value.to_be_bytes());
        self.bytes.extend(bytes);
    }

    /// A number of things, as an `int`.
    pub(super) fn count(&mut self, number: usize) {
        self.u32(count(number));
    }

    /// A `TString`.
    pub(super) fn string(&mut self, text: &str) {
        string(&mut self.bytes, text);
    }

    /// A `TArrayD`: its length and its values, without version.
    pub(super) fn array(&mut self, values: &[f64]) {
        self.count(values.len());
        self.f64s(values);
    }

    /// A part with byte count and class version in front.
    pub(super) fn versioned(&mut self, version: u16, body: impl FnOnce(&mut Buffer)) {
        self.counted(|buffer| {
            buffer.u16(version);
            body(buffer);
        });
    }

    /// An object behind a pointer (`TBufferFile::WriteObjectAny`): byte count, class, and what `body` writes.
    pub(super) fn pointer(&mut self, class: &'static str, body: impl FnOnce(&mut Buffer)) {
        self.counted(|buffer| {
            match buffer.classes.iter().find(|(known, _)| *known == class) {
                Some(&(_, position)) => buffer.u32(CLASS | position),
                None => {
                    let position = buffer.key_length + count(buffer.bytes.len()) + MAP_OFFSET;
                    buffer.classes.push((class, position));
                    buffer.u32(NEW_CLASS);
                    buffer.bytes.extend_from_slice(class.as_bytes());
                    buffer.u8(0);
                }
            }
            body(buffer);
        });
    }

    /// What refers to the object that [`Buffer::pointer`] writes next.
    pub(super) fn reference(&self) -> u32 {
        self.key_length + count(self.bytes.len()) + MAP_OFFSET
    }

    /// A `TObject` of version 1.
    pub(super) fn object(&mut self, unique_id: u32, bits: u32) {
        self.u16(1);
        self.u32(unique_id);
        self.u32(bits);
    }

    /// A `TNamed` of version 1.
    pub(super) fn named(&mut self, bits: u32, name: &str, title: &str) {
        self.versioned(1, |buffer| {
            buffer.object(0, bits);
            buffer.string(name);
            buffer.string(title);
        });
    }

    /// A part with a byte count in front.
    fn counted(&mut self, body: impl FnOnce(&mut Buffer)) {
        let begin = self.bytes.len();
        self.u32(0);
        body(self);
        let size = count(self.bytes.len() - begin - 4);
        if let Some(place) = self.bytes.get_mut(begin..begin + 4) {
            place.copy_from_slice(&(BYTE_COUNT | size).to_be_bytes());
        }
    }
}

/// A `TString`: one byte of length, or 255 and four, and the bytes.
pub(super) fn string(bytes: &mut Vec<u8>, text: &str) {
    match u8::try_from(text.len()) {
        Ok(length) if length < u8::MAX => bytes.push(length),
        _ => {
            bytes.push(u8::MAX);
            bytes.extend_from_slice(&count(text.len()).to_be_bytes());
        }
    }
    bytes.extend_from_slice(text.as_bytes());
}

/// Bytes that [`string`] takes for a text.
pub(super) fn string_size(text: &str) -> usize {
    text.len() + if text.len() < 255 { 1 } else { 5 }
}

/// A length as ROOT stores it. Objects beyond 1 GB are refused as a whole, so that what is cut off here is not kept.
fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX) & !BYTE_COUNT & !CLASS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refers_to_a_class_by_its_first_tag() {
        let mut buffer = Buffer::new(40);
        buffer.u16(7);
        buffer.pointer("TA", |b| b.u8(1));
        buffer.pointer("TA", |b| b.u8(2));
        let first = [0x40, 0, 0, 8, 0xff, 0xff, 0xff, 0xff, b'T', b'A', 0, 1];
        let second = [0x40, 0, 0, 5, 0x80, 0, 0, 40 + 6 + 2, 2];
        assert_eq!(buffer.bytes(), [&[0, 7], &first[..], &second].concat());
    }

    #[test]
    fn long_strings_have_four_bytes_of_length() {
        for (length, head) in [(0, 1), (254, 1), (255, 5), (70_000, 5)] {
            let text = "x".repeat(length);
            let mut bytes = Vec::new();
            string(&mut bytes, &text);
            assert_eq!(bytes.len(), length + head);
            assert_eq!(string_size(&text), bytes.len());
        }
    }
}
