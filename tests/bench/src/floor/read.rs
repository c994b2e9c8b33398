//! The least that reading takes: each block is read from the file, decompressed, and its bytes are swapped in place.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::time::Duration;

use super::blocks::Block;
use crate::thread_cpu;

/// Bytes before each frame: codec, method, packed and unpacked size (`core/zip` of ROOT).
const FRAME: usize = 9;
/// A frame of LZ4 begins with a checksum, which is left alone.
const CHECKSUM: usize = 8;

/// A decompressor of LZ4 blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lz4 {
    /// The crate `lz4_flex`.
    Flex,
    /// The C library.
    C,
}

/// Decompressors and buffers, kept between blocks.
pub struct Reader {
    deflate: libdeflater::Decompressor,
    zstd: zstd_safe::DCtx<'static>,
    packed: Vec<u8>,
    unpacked: Vec<u8>,
    /// Whether the last blocks had frames of LZ4.
    pub has_lz4: bool,
    /// Depends on what was read, so that nothing is left out.
    pub sum: u64,
}

impl Reader {
    /// With empty buffers.
    ///
    /// # Errors
    /// If there is no memory.
    pub fn new() -> Result<Reader, String> {
        Ok(Reader {
            deflate: libdeflater::Decompressor::new(),
            zstd: zstd_safe::DCtx::try_create().ok_or("no memory for Zstandard")?,
            packed: Vec::new(),
            unpacked: Vec::new(),
            has_lz4: false,
            sum: 0,
        })
    }

    /// Reads and decompresses blocks one after the other; the CPU time that it took.
    ///
    /// # Errors
    /// What is wrong with a block, in words.
    pub fn read(&mut self, file: &File, blocks: &[Block], swap: bool, lz4: Lz4) -> Result<Duration, String> {
        self.packed.resize(blocks.iter().map(|b| b.packed).max().unwrap_or(0), 0);
        self.unpacked.resize(blocks.iter().map(|b| b.unpacked).max().unwrap_or(0), 0);
        let begin = thread_cpu();
        for block in blocks {
            let packed = self.packed.get_mut(..block.packed).unwrap_or_default();
            file.read_exact_at(packed, block.offset).map_err(|e| e.to_string())?;
            let data = match block.packed < block.unpacked {
                true => {
                    let unpacked = self.unpacked.get_mut(..block.unpacked).unwrap_or_default();
                    self.has_lz4 |= packed.starts_with(b"L4");
                    unpack(packed, unpacked, &mut self.deflate, &mut self.zstd, lz4)
                        .ok_or_else(|| format!("the block at {} does not decompress", block.offset))?;
                    unpacked
                }
                false => packed,
            };
            if swap {
                for word in data.as_chunks_mut::<4>().0 {
                    word.reverse();
                }
            }
            self.sum = self.sum.wrapping_add(u64::from(data.get(data.len() / 2).copied().unwrap_or(0)));
        }
        Ok(thread_cpu() - begin)
    }
}

/// Decompresses the frames of a block; none if they are damaged.
fn unpack(
    mut packed: &[u8],
    mut unpacked: &mut [u8],
    deflate: &mut libdeflater::Decompressor,
    zstd: &mut zstd_safe::DCtx<'static>,
    lz4: Lz4,
) -> Option<()> {
    while !unpacked.is_empty() {
        let ([t0, t1, _, p0, p1, p2, u0, u1, u2], rest) = packed.split_first_chunk::<FRAME>()?;
        let (frame, after) = rest.split_at_checked(u32::from_le_bytes([*p0, *p1, *p2, 0]) as usize)?;
        let size = u32::from_le_bytes([*u0, *u1, *u2, 0]) as usize;
        let (to, left) = std::mem::take(&mut unpacked).split_at_mut_checked(size)?;
        let written = match &[*t0, *t1] {
            b"ZL" => deflate.zlib_decompress(frame, to).ok()?,
            b"ZS" => zstd.decompress(to, frame).ok()?,
            b"L4" => match lz4 {
                Lz4::Flex => lz4_flex::block::decompress_into(frame.get(CHECKSUM..)?, to).ok()?,
                Lz4::C => {
                    let size = i32::try_from(size).ok()?;
                    lz4::block::decompress_to_buffer(frame.get(CHECKSUM..)?, Some(size), to).ok()?
                }
            },
            _ => return None,
        };
        if written != size || size == 0 {
            return None;
        }
        (packed, unpacked) = (after, left);
    }
    Some(())
}
