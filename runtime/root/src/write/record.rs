//! Records: a key (`TKey` version 4) and the object behind it, compressed where that is shorter.

use libdeflater::{CompressionLvl, Compressor};

use super::Error;
use super::buffer::{string, string_size};
use super::options::Datime;

/// Bytes of a key without its three strings.
const FIXED: usize = 26;
/// Objects up to this size stay as they are.
const SMALL: usize = 512;
/// Bytes of a frame at most, before compression (`kMAXZIPBUF`).
const FRAME: usize = 0xff_ffff;

/// What a key says of its object.
#[derive(Clone, Copy)]
pub(super) struct Head<'a> {
    pub(super) class: &'a str,
    pub(super) name: &'a str,
    pub(super) title: &'a str,
    /// Where the record of its directory begins.
    pub(super) directory: u32,
}

impl Head<'_> {
    /// Length of the key in bytes (`fKeylen`), a 16-bit number in the file.
    pub(super) fn length(&self) -> Result<u16, Error> {
        let strings = [self.class, self.name, self.title].map(string_size);
        let length = FIXED + strings.iter().sum::<usize>();
        match i16::try_from(length).map(i16::unsigned_abs) {
            Ok(length) => Ok(length),
            Err(_) => Err(Error::Name {
                name: self.name.chars().take(40).collect(),
                reason: "name and title together are longer than 32700 bytes",
            }),
        }
    }

    /// The key of an object of `object` bytes, stored in `stored` bytes, at byte `seek` of the file.
    pub(super) fn key(&self, seek: u32, object: u32, stored: u32, datime: Datime) -> Result<Vec<u8>, Error> {
        self.key_with(0, seek, object, stored, datime)
    }

    /// The same, of a key that `more` bytes will be added to.
    pub(super) fn key_with(
        &self,
        more: u16,
        seek: u32,
        object: u32,
        stored: u32,
        datime: Datime,
    ) -> Result<Vec<u8>, Error> {
        let length = self.length()?.saturating_add(more);
        let mut key = Vec::with_capacity(usize::from(length));
        key.extend((u32::from(length) + stored).to_be_bytes());
        key.extend(4_u16.to_be_bytes());
        key.extend(object.to_be_bytes());
        key.extend(datime.bits().to_be_bytes());
        key.extend(length.to_be_bytes());
        // fCycle: there is one object per name.
        key.extend(1_u16.to_be_bytes());
        key.extend(seek.to_be_bytes());
        key.extend(self.directory.to_be_bytes());
        for text in [self.class, self.name, self.title] {
            string(&mut key, text);
        }
        Ok(key)
    }
}

/// Compresses objects with zlib at level 1, ROOT's fastest setting that any version reads.
pub(super) struct Deflate {
    compressor: Compressor,
    packed: Vec<u8>,
}

impl Deflate {
    /// `fCompress` of a file whose objects are compressed so: 100 * algorithm + level.
    pub(super) const SETTINGS: u32 = 101;

    pub(super) fn new() -> Deflate {
        let level = CompressionLvl::new(1).unwrap_or_default();
        Deflate { compressor: Compressor::new(level), packed: Vec::new() }
    }

    /// The frames of the compressed object; none if it is small or does not shrink.
    pub(super) fn pack(&mut self, object: &[u8]) -> Option<&[u8]> {
        if object.len() <= SMALL {
            return None;
        }
        self.packed.clear();
        for chunk in object.chunks(FRAME) {
            let begin = self.packed.len();
            self.packed.extend_from_slice(b"ZL\x08\0\0\0");
            self.packed.extend(little_endian(chunk.len()));
            let data = self.packed.len();
            // Room for less than the chunk, so that a chunk which does not shrink fails.
            self.packed.resize(data + chunk.len() - 1, 0);
            let room = self.packed.get_mut(data..)?;
            let size = self.compressor.zlib_compress(chunk, room).ok()?;
            self.packed.truncate(data + size);
            let place = self.packed.get_mut(begin + 3..begin + 6)?;
            place.copy_from_slice(&little_endian(size));
        }
        (self.packed.len() < object.len()).then_some(self.packed.as_slice())
    }
}

/// The three bytes of a frame's size, which is at most [`FRAME`].
fn little_endian(size: usize) -> [u8; 3] {
    let [a, b, c, ..] = size.to_le_bytes();
    [a, b, c]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packs_only_what_shrinks() {
        let mut deflate = Deflate::new();
        assert!(deflate.pack(&[0; SMALL]).is_none());
        assert!(deflate.pack(&[0; SMALL + 1]).is_some());
        let mut noise = 1_u32;
        let random: Vec<u8> = (0..5000)
            .map(|_| {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (noise >> 24) as u8
            })
            .collect();
        assert!(deflate.pack(&random).is_none());
    }

    #[test]
    fn a_long_object_has_several_frames() {
        let mut deflate = Deflate::new();
        let packed = deflate.pack(&vec![7; FRAME + 1000]).unwrap_or_default();
        let sizes: Vec<usize> = frames(packed).collect();
        assert_eq!(sizes, [FRAME, 1000]);
    }

    fn frames(mut packed: &[u8]) -> impl Iterator<Item = usize> {
        let number = |b: &[u8]| b.iter().rev().fold(0, |n, &b| n << 8 | usize::from(b));
        std::iter::from_fn(move || {
            let sizes = packed.get(3..9)?;
            assert!(packed.starts_with(b"ZL\x08"));
            let (packed_size, size) = (number(&sizes[..3]), number(&sizes[3..]));
            packed = &packed[9 + packed_size..];
            Some(size)
        })
    }
}
