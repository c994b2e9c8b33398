//! Damaged RNTuples: whatever the bytes are, reading ends soon, with values or with an error, and never with a panic.
//!
//! `rntuple_plain.root` is not compressed, and has no checksums of pages; one test puts the checksums right that a mutation
//! has broken, so that its mutants get further.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use adl_root::{Basket, Error, File, Scratch};
use twox_hash::XxHash3_64;

/// A linear congruential generator (Knuth's MMIX constants): the same mutants in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % n.max(1)
    }
}

/// Reads everything; the number of branches that could be read.
fn read_all(bytes: Vec<u8>) -> Option<usize> {
    let file = File::from_bytes("mutant.root", bytes).ok()?;
    let mut good = 0;
    let mut scratch = Scratch::default();
    for info in file.ntuples().into_iter().take(20) {
        let Ok(ntuple) = file.ntuple(&info.path) else {
            continue;
        };
        for branch in ntuple.branches().iter().filter(|branch| branch.values().is_some()) {
            let n = ntuple.borders().len() - 1;
            good += usize::from((0..n.min(50)).all(|i| is_whole(ntuple.read_basket(branch.id, i, &mut scratch))));
        }
    }
    Some(good)
}

/// Whether a basket could be read; if so, its starts are in order.
fn is_whole(basket: Result<Basket, Error>) -> bool {
    let Ok(basket) = basket else {
        return false;
    };
    let values = basket.values().len() as u32;
    if let Some(starts) = basket.starts() {
        assert_eq!(starts.len(), basket.entries() + 1);
        assert!(starts.is_sorted());
        let end = basket.inner_starts().map_or(values, |inner| inner.len() as u32 - 1);
        assert_eq!((starts[0], starts[basket.entries()]), (0, end));
    }
    if let Some(inner) = basket.inner_starts() {
        assert!(inner.is_sorted());
        assert_eq!(inner.last(), Some(&values));
    }
    true
}

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

fn mutate(original: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = original.to_vec();
    let n = bytes.len();
    match random.below(8) {
        0 => bytes.truncate(random.below(n)),
        1..=3 => {
            for _ in 0..=random.below(4) {
                bytes[random.below(n)] ^= 1 << random.below(8);
            }
        }
        kind => {
            let special = [0, 0x7fff_ffff, 0xffff_ffff, 0x4000_0000, 0x8000_0000, 1, 0x4000_0006, 0x00ff_ffff];
            // Heads of records and the start of the file are where sizes are.
            let at = if kind == 4 { random.below(n.min(400)) } else { random.below(n) };
            let word: u32 = match random.below(3) {
                0 => random.0 as u32,
                _ => special[random.below(special.len())],
            };
            for (to, from) in bytes[at..].iter_mut().zip(word.to_be_bytes()) {
                *to = from;
            }
        }
    }
    bytes
}

/// `ADL_MUTANTS` multiplies the number of mutants, for longer hunts.
fn attack(original: &[u8], mutants: usize, seed: u64, label: &str) {
    attack_with(original, mutants, seed, label, |_| ());
}

fn attack_with(original: &[u8], mutants: usize, seed: u64, label: &str, repair: impl Fn(&mut [u8])) {
    let more = std::env::var("ADL_MUTANTS").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
    let mutants = mutants * more;
    let whole = read_all(original.to_vec()).unwrap();
    let mut random = Random(seed);
    let (mut opened, mut worse) = (0, 0);
    for i in 0..mutants {
        let mut mutant = mutate(original, &mut random);
        repair(&mut mutant);
        let begin = Instant::now();
        let good = read_all(mutant);
        let time = begin.elapsed();
        assert!(time < Duration::from_secs(5), "{label}: mutant {i} took {time:?}");
        opened += usize::from(good.is_some());
        worse += usize::from(good.is_none_or(|n| n < whole));
    }
    println!("{label}: of {mutants} mutants {opened} opened, {worse} lost something; whole file {whole} branches");
}

#[test]
fn mutants_of_the_samples() {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    for path in common::root_files(&dir).iter().filter(|path| common::is_rntuple(path)) {
        attack(&std::fs::read(path).unwrap(), 300, 7, &path.file_name().unwrap().to_string_lossy());
    }
}

/// Header, footer and lists of pages that lie, and whose checksums agree to it.
#[test]
fn mutants_with_the_right_checksums() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/rntuple_plain.root");
    let bytes = std::fs::read(path).unwrap();
    let checksums = Checksums::find(&bytes);
    attack_with(&bytes, 1500, 11, "right checksums", |mutant| checksums.repair(mutant));
}

#[test]
fn mutants_of_small_real_files() {
    let Some(shared) = common::shared() else {
        return;
    };
    for path in common::root_files(&shared.join("data")) {
        let bytes = std::fs::read(&path).unwrap();
        if bytes.len() < 60_000 && common::is_rntuple(&path) {
            attack(&bytes, 60, bytes.len() as u64, &path.file_name().unwrap().to_string_lossy());
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
