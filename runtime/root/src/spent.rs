//! What reading takes: bytes of the file, bytes after decompression, time. Each thread counts it in its `Scratch`.

use std::ops::{AddAssign, Sub};
use std::time::{Duration, Instant};

/// What reading took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Baskets, or pages.
    pub pieces: u64,
    /// Their bytes in the file, with their heads.
    pub bytes: u64,
    /// Bytes after decompression; of what is stored as it is, none.
    pub unpacked: u64,
    /// Time to get the bytes. A file on a disk is mapped into memory: there this is next to nothing, and the system reads
    /// the disk while the bytes are decompressed.
    pub reading: Duration,
    /// Time to decompress them.
    pub unpacking: Duration,
}

impl Spent {
    /// Counts a basket or page of so many bytes that was asked for at `begin`, and is here now.
    pub fn read(&mut self, bytes: usize, begin: Instant) {
        self.pieces += 1;
        self.bytes += bytes as u64;
        self.reading += begin.elapsed();
    }
}

impl AddAssign for Spent {
    fn add_assign(&mut self, more: Spent) {
        self.pieces += more.pieces;
        self.bytes += more.bytes;
        self.unpacked += more.unpacked;
        self.reading += more.reading;
        self.unpacking += more.unpacking;
    }
}

impl Sub for Spent {
    type Output = Spent;

    /// What was spent since `before`.
    fn sub(self, before: Spent) -> Spent {
        Spent {
            pieces: self.pieces.saturating_sub(before.pieces),
            bytes: self.bytes.saturating_sub(before.bytes),
            unpacked: self.unpacked.saturating_sub(before.unpacked),
            reading: self.reading.saturating_sub(before.reading),
            unpacking: self.unpacking.saturating_sub(before.unpacking),
        }
    }
}
