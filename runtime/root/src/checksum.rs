//! The checksums of RNTuples (XXH3, 64 bits). A build for fuzzing (`--cfg fuzzing`) takes all as right: no mutation of a
//! block would get past its checksum.

use twox_hash::XxHash3_64;

/// Whether `checksum` is that of `bytes`.
pub(crate) fn is_of(checksum: u64, bytes: &[u8]) -> bool {
    cfg!(fuzzing) || XxHash3_64::oneshot(bytes) == checksum
}
