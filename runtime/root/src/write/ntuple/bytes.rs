//! The bytes of an envelope: little-endian numbers, texts, frames, locators, and the checksum at the end (RNTuple format
//! specification, "Basic Types", "Frames", "Envelopes").

use twox_hash::XxHash3_64;

/// Where a block was written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Block {
    pub offset: u64,
    /// Bytes in the file, without a checksum behind them.
    pub packed: u32,
    /// Bytes as they were before compression.
    pub size: u32,
}

/// Bytes that grow at their end.
#[derive(Default)]
pub(super) struct Bytes {
    bytes: Vec<u8>,
}

impl Bytes {
    pub(super) fn u16(&mut self, x: u16) {
        self.bytes.extend(x.to_le_bytes());
    }

    pub(super) fn u32(&mut self, x: u32) {
        self.bytes.extend(x.to_le_bytes());
    }

    pub(super) fn i32(&mut self, x: i32) {
        self.bytes.extend(x.to_le_bytes());
    }

    pub(super) fn u64(&mut self, x: u64) {
        self.bytes.extend(x.to_le_bytes());
    }

    pub(super) fn i64(&mut self, x: i64) {
        self.bytes.extend(x.to_le_bytes());
    }

    pub(super) fn string(&mut self, text: &str) {
        self.u32(text.len() as u32);
        self.bytes.extend(text.as_bytes());
    }

    pub(super) fn record(&mut self, body: impl FnOnce(&mut Bytes)) {
        self.framed(1, body);
    }

    /// A list frame of as many items as there are, each written by `item`.
    pub(super) fn list<T>(&mut self, items: &[T], mut item: impl FnMut(&mut Bytes, &T)) {
        self.framed(-1, |bytes| {
            bytes.u32(items.len() as u32);
            items.iter().for_each(|one| item(bytes, one));
        });
    }

    /// A list frame of pages, with what follows them in the frame.
    pub(super) fn list_and<T>(&mut self, items: &[T], item: impl FnMut(&mut Bytes, &T), end: impl FnOnce(&mut Bytes)) {
        let mut inner = Bytes::default();
        inner.list(items, item);
        // The frame without its size, then the rest, under a new size.
        let inside = inner.bytes.split_off(8);
        self.framed(-1, |bytes| {
            bytes.bytes.extend(inside);
            end(bytes);
        });
    }

    fn framed(&mut self, sign: i64, body: impl FnOnce(&mut Bytes)) {
        let begin = self.bytes.len();
        self.i64(0);
        body(self);
        let size = sign * (self.bytes.len() - begin) as i64;
        if let Some(place) = self.bytes.get_mut(begin..begin + 8) {
            place.copy_from_slice(&size.to_le_bytes());
        }
    }

    /// Size and position, as a plain locator.
    pub(super) fn locator(&mut self, block: Block) {
        self.u32(block.packed);
        self.u64(block.offset);
    }

    /// An envelope of a type; its checksum.
    pub(super) fn envelope(kind: u16, body: impl FnOnce(&mut Bytes)) -> (Vec<u8>, u64) {
        let mut envelope = Bytes::default();
        envelope.u64(0);
        body(&mut envelope);
        let size = envelope.bytes.len() as u64 + 8;
        if let Some(place) = envelope.bytes.get_mut(..8) {
            place.copy_from_slice(&(u64::from(kind) | size << 16).to_le_bytes());
        }
        let checksum = XxHash3_64::oneshot(&envelope.bytes);
        envelope.u64(checksum);
        (envelope.bytes, checksum)
    }
}
