//! Damaged RNTuples: whatever the bytes are, reading ends soon, with values or with an error, and never with a panic.
//!
//! `rntuple_plain.root` is not compressed, and has no checksums of pages; one test puts the checksums right that a mutation
//! has broken, so that its mutants get further.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod attack;
mod common;

use std::path::PathBuf;

use attack::{attack, read_all};
use twox_hash::XxHash3_64;

/// The checksums of an uncompressed RNTuple: where its anchor and envelopes are.
struct Checksums {
    anchor: usize,
    /// Type, begin and end, the checksum included; the header first.
    envelopes: Vec<(u64, usize, usize)>,
}

fn word(bytes: &[u8], at: usize) -> [u8; 8] {
    *bytes[at..].first_chunk().unwrap()
}

impl Checksums {
    /// Bytes of the anchor before its checksum, of which the first six are not checked.
    const ANCHOR: usize = 70;

    fn find(bytes: &[u8]) -> Checksums {
        let mut envelopes = vec![];
        let mut anchor = 0;
        for at in 0..bytes.len() - 80 {
            let head = u64::from_le_bytes(word(bytes, at));
            let (kind, size) = (head & 0xffff, (head >> 16) as usize);
            if (1..=3).contains(&kind) && (16..=bytes.len() - at).contains(&size) {
                let sum = XxHash3_64::oneshot(&bytes[at..at + size - 8]);
                if sum.to_le_bytes() == word(bytes, at + size - 8) {
                    envelopes.push((kind, at, at + size));
                }
            }
            let sum = XxHash3_64::oneshot(&bytes[at + 6..at + Self::ANCHOR]);
            if at + 78 <= bytes.len() && sum.to_be_bytes() == word(bytes, at + Self::ANCHOR) {
                anchor = at;
            }
        }
        envelopes.sort_unstable();
        assert!(anchor > 0 && envelopes.len() >= 3, "{anchor} {envelopes:?}");
        Checksums { anchor, envelopes }
    }

    /// Makes all of them right, and those that footer and page lists have of the header.
    fn repair(&self, bytes: &mut [u8]) {
        let size = bytes.len();
        let inside = self.envelopes.iter().filter(|(_, _, end)| *end <= size);
        for &(kind, begin, end) in inside {
            let old = word(bytes, end - 8);
            let new = XxHash3_64::oneshot(&bytes[begin..end - 8]).to_le_bytes();
            bytes[end - 8..end].copy_from_slice(&new);
            if kind == 1 {
                for &(_, begin, end) in self.envelopes.iter().filter(|(kind, _, end)| *kind != 1 && *end <= size) {
                    if let Some(at) = bytes[begin..end].windows(8).position(|w| w == old) {
                        bytes[begin + at..begin + at + 8].copy_from_slice(&new);
                    }
                }
            }
        }
        if self.anchor + 78 <= size {
            let sum = XxHash3_64::oneshot(&bytes[self.anchor + 6..self.anchor + Self::ANCHOR]);
            bytes[self.anchor + 70..self.anchor + 78].copy_from_slice(&sum.to_be_bytes());
        }
    }
}

#[test]
fn mutants_of_the_samples() {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    for path in common::root_files(&dir).iter().filter(|path| common::is_rntuple(path)) {
        attack(&std::fs::read(path).unwrap(), 300, 7, &path.file_name().unwrap().to_string_lossy(), |_| ());
    }
}

/// Header, footer and lists of pages that lie, and whose checksums agree to it.
#[test]
fn mutants_with_the_right_checksums() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/rntuple_plain.root");
    let bytes = std::fs::read(path).unwrap();
    let checksums = Checksums::find(&bytes);
    attack(&bytes, 1500, 11, "right checksums", |mutant| checksums.repair(mutant));
}

#[test]
fn mutants_of_small_real_files() {
    let Some(shared) = common::shared() else {
        return;
    };
    for path in common::root_files(&shared.join("data")) {
        let bytes = std::fs::read(&path).unwrap();
        if bytes.len() < 60_000 && common::is_rntuple(&path) {
            attack(&bytes, 60, bytes.len() as u64, &path.file_name().unwrap().to_string_lossy(), |_| ());
        }
    }
}

#[test]
fn every_truncation_of_a_sample() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/rntuple_plain.root");
    let bytes = std::fs::read(path).unwrap();
    for n in (0..bytes.len()).step_by(37) {
        read_all(bytes[..n].to_vec());
    }
}
