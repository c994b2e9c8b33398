//! Decompression: the frames that a compressed record consists of.
//!
//! A payload is a sequence of frames (`core/zip` of ROOT). A frame is a 9-byte header - two letters for the codec, a
//! method byte, compressed size and uncompressed size as 24-bit little-endian numbers - and the compressed bytes; so a
//! frame holds at most 16 MiB - 1, and a longer payload has several.

use std::fmt;
use std::time::Instant;

use crate::error::{Error, Place};
use crate::part;
use crate::spent::Spent;

const FRAME_HEADER: usize = 9;
/// `L4` frames begin with an XXH64 of the compressed bytes.
const LZ4_CHECKSUM: usize = 8;
/// More than LZMA needs for its largest dictionary at the settings that ROOT uses.
const LZMA_MEMORY: u64 = 256 << 20;

/// A compression algorithm of ROOT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// Stored as is.
    None,
    /// zlib, tag `ZL`.
    Zlib,
    /// LZMA in an xz container, tag `XZ`.
    Lzma,
    /// Raw deflate of the first ROOT versions, tag `CS`.
    OldDeflate,
    /// LZ4, tag `L4`.
    Lz4,
    /// Zstandard, tag `ZS`.
    Zstd,
}

impl Codec {
    /// The codec of `fCompress`, which is 100 * algorithm + level. Algorithm 0 means the default, zlib.
    pub(crate) fn of_settings(settings: i32) -> Codec {
        match (settings / 100, settings % 100) {
            (_, 0) => Codec::None,
            (2, _) => Codec::Lzma,
            (3, _) => Codec::OldDeflate,
            (4, _) => Codec::Lz4,
            (5, _) => Codec::Zstd,
            _ => Codec::Zlib,
        }
    }

    pub(crate) fn of_tag(tag: [u8; 2]) -> Option<Codec> {
        match &tag {
            b"ZL" => Some(Codec::Zlib),
            b"XZ" => Some(Codec::Lzma),
            b"CS" => Some(Codec::OldDeflate),
            b"L4" => Some(Codec::Lz4),
            b"ZS" => Some(Codec::Zstd),
            _ => None,
        }
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Codec::None => "none",
            Codec::Zlib => "zlib",
            Codec::Lzma => "lzma",
            Codec::OldDeflate => "deflate",
            Codec::Lz4 => "lz4",
            Codec::Zstd => "zstd",
        })
    }
}

/// Decompressor state and the buffer that payloads are unpacked into, kept from one record to the next.
#[derive(Default)]
pub struct Decompressor {
    deflate: Option<libdeflater::Decompressor>,
    zstd: Option<zstd_safe::DCtx<'static>>,
    /// Another, which keeps memory for a window.
    zstd_parts: Option<zstd_safe::DCtx<'static>>,
    /// As long as the longest payload so far, so that it is zeroed once and not per record.
    buffer: Vec<u8>,
    /// By all who use it, so far.
    pub(crate) spent: Spent,
}

impl fmt::Debug for Decompressor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Decompressor({} bytes)", self.buffer.len())
    }
}

impl Decompressor {
    /// The payload of `size` bytes that `packed` (at `offset` of the file) is the compressed form of.
    ///
    /// Memory grows frame by frame as frames prove to hold what they announce, so a forged size costs nothing.
    pub(crate) fn unpack(&mut self, packed: &[u8], size: usize, offset: u64) -> Result<&[u8], Error> {
        self.unpack_first(packed, size, size, offset)
    }

    /// The first `wanted` bytes of it. What follows them is left packed as far as the codec allows it, and unchecked.
    pub(crate) fn unpack_first(
        &mut self,
        packed: &[u8],
        size: usize,
        wanted: usize,
        offset: u64,
    ) -> Result<&[u8], Error> {
        let begin = Instant::now();
        let mut buffer = std::mem::take(&mut self.buffer);
        let result = self.unpack_into(packed, size, wanted.min(size), offset, &mut buffer);
        self.buffer = buffer;
        self.spent.unpacking += begin.elapsed();
        self.spent.unpacked += wanted.min(size) as u64;
        result?;
        Ok(self.buffer.get(..wanted.min(size)).unwrap_or_default())
    }

    /// The same, in memory of its own: in `buffer`, which keeps its length if that is enough.
    pub(crate) fn unpack_to(
        &mut self,
        packed: &[u8],
        size: usize,
        offset: u64,
        mut buffer: Vec<u8>,
    ) -> Result<Vec<u8>, Error> {
        let begin = Instant::now();
        let result = self.unpack_into(packed, size, size, offset, &mut buffer);
        self.spent.unpacking += begin.elapsed();
        self.spent.unpacked += size as u64;
        result.map(|()| buffer)
    }

    fn unpack_into(
        &mut self,
        packed: &[u8],
        size: usize,
        wanted: usize,
        offset: u64,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let (mut at, mut done) = (0, 0);
        while done < wanted {
            let place = || Place::at(offset + at as u64);
            let Some((header, rest)) = packed.get(at..).and_then(|p| p.split_first_chunk::<FRAME_HEADER>()) else {
                return Err(Error::corrupt(place(), format!("compressed data end after {done} of {size} bytes")));
            };
            let [t0, t1, _method, c0, c1, c2, u0, u1, u2] = *header;
            let Some(codec) = Codec::of_tag([t0, t1]) else {
                let what = format!("compressed data begin with the bytes {t0:02x} {t1:02x}, which name no codec");
                return Err(Error::corrupt(place(), what));
            };
            let packed_size = u32::from_le_bytes([c0, c1, c2, 0]) as usize;
            let unpacked_size = u32::from_le_bytes([u0, u1, u2, 0]) as usize;
            let Some(frame) = rest.get(..packed_size) else {
                return Err(Error::corrupt(place(), format!("a {codec} frame is longer than its record")));
            };
            if unpacked_size == 0 || unpacked_size > size - done {
                let what = format!("a {codec} frame holds {unpacked_size} bytes where {} are missing", size - done);
                return Err(Error::corrupt(place(), what));
            }
            if out.len() < done + unpacked_size {
                out.resize(done + unpacked_size, 0);
            }
            let target = out.get_mut(done..done + unpacked_size).unwrap_or_default();
            let written = match wanted - done {
                rest if rest < unpacked_size => self.frame_first(codec, frame, target, rest),
                _ => self.frame(codec, frame, target).filter(|n| *n == unpacked_size),
            };
            if written.is_none() {
                return Err(Error::corrupt(place(), format!("a {codec} frame does not decompress")));
            }
            done += unpacked_size;
            at += FRAME_HEADER + packed_size;
        }
        Ok(())
    }

    /// Whether it is faster to decompress the first `wanted` bytes of a payload of `size` bytes than all of them: by how much
    /// `packed` is in smaller pieces than that.
    pub(crate) fn can_stop(packed: &[u8], size: usize, wanted: usize) -> bool {
        let codec = packed.first_chunk::<2>().and_then(|tag| Codec::of_tag(*tag));
        let rest = size.saturating_sub(wanted);
        match codec {
            Some(Codec::Zstd) => rest >= part::ZSTD_BLOCK,
            Some(Codec::Lz4) => rest >= part::ROOM && rest >= size / 8,
            // Their checksums are at the end.
            Some(Codec::Zlib | Codec::Lzma | Codec::OldDeflate | Codec::None) | None => false,
        }
    }

    /// Decompresses the first `wanted` bytes of a frame, or more. None if it is damaged there.
    fn frame_first(&mut self, codec: Codec, frame: &[u8], out: &mut [u8], wanted: usize) -> Option<usize> {
        let part = match codec {
            Codec::Lz4 => part::lz4(frame.get(LZ4_CHECKSUM..)?, out, wanted),
            Codec::Zstd => part::zstd(&mut self.zstd_parts, frame, out, wanted),
            Codec::Zlib | Codec::Lzma | Codec::OldDeflate | Codec::None => None,
        };
        // What is not decompressed in part may be as a whole; what is damaged is said there.
        part.or_else(|| self.frame(codec, frame, out).filter(|n| *n == out.len()))
    }

    /// Decompresses one frame; the number of bytes written, or none if the frame is damaged.
    fn frame(&mut self, codec: Codec, frame: &[u8], out: &mut [u8]) -> Option<usize> {
        match codec {
            Codec::None => None,
            Codec::Zlib => {
                let deflate = self.deflate.get_or_insert_with(libdeflater::Decompressor::new);
                if cfg!(fuzzing) {
                    // Without the checksum at its end, which no mutation would get past.
                    return deflate.deflate_decompress(frame.get(2..)?, out).ok();
                }
                deflate.zlib_decompress(frame, out).ok()
            }
            Codec::OldDeflate => {
                let deflate = self.deflate.get_or_insert_with(libdeflater::Decompressor::new);
                deflate.deflate_decompress(frame, out).ok()
            }
            Codec::Lz4 => {
                let size = i32::try_from(out.len()).ok()?;
                lz4::block::decompress_to_buffer(frame.get(LZ4_CHECKSUM..)?, Some(size), out).ok()
            }
            Codec::Zstd => {
                let zstd = match self.zstd.take() {
                    Some(zstd) => self.zstd.insert(zstd),
                    None => self.zstd.insert(zstd_safe::DCtx::try_create()?),
                };
                zstd.decompress(out, frame).ok()
            }
            Codec::Lzma => {
                let flags = if cfg!(fuzzing) { liblzma::stream::IGNORE_CHECK } else { 0 };
                let mut lzma = liblzma::stream::Stream::new_stream_decoder(LZMA_MEMORY, flags).ok()?;
                let status = lzma.process(frame, out, liblzma::stream::Action::Finish).ok()?;
                let written = usize::try_from(lzma.total_out()).ok()?;
                matches!(status, liblzma::stream::Status::StreamEnd).then_some(written)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn zlib_frame(data: &[u8]) -> Vec<u8> {
        let mut z = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
        let mut packed = vec![0; z.zlib_compress_bound(data.len())];
        let n = z.zlib_compress(data, &mut packed).unwrap();
        let mut frame = b"ZL\x08".to_vec();
        frame.extend(&(n as u32).to_le_bytes()[..3]);
        frame.extend(&(data.len() as u32).to_le_bytes()[..3]);
        frame.extend(&packed[..n]);
        frame
    }

    #[test]
    fn joins_frames() {
        let mut packed = zlib_frame(b"first ");
        packed.extend(zlib_frame(b"second"));
        assert_eq!(Decompressor::default().unpack(&packed, 12, 0).unwrap(), b"first second");
    }

    #[test]
    fn refuses_forged_sizes_without_allocating_them() {
        let mut d = Decompressor::default();
        let packed = zlib_frame(b"first ");
        let e = d.unpack(&packed, 2_000_000_000, 5).unwrap_err();
        assert_eq!(e.to_string(), "the file is corrupt: compressed data end after 6 of 2000000000 bytes (at byte 31)");
        assert!(d.buffer.len() < 100);
        assert!(d.unpack(&packed, 5, 0).is_err());
        assert!(d.unpack(b"QQ\x08\x01\0\0\x01\0\0x", 1, 0).is_err());
    }

    #[test]
    fn settings_name_the_codec() {
        let codecs = [0, 1, 101, 207, 404, 505, 400].map(Codec::of_settings);
        use Codec::*;
        assert_eq!(codecs, [None, Zlib, Zlib, Lzma, Lz4, Zstd, None]);
    }
}
