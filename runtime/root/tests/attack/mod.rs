//! What the tests of damaged files and the long hunt (`examples/hunt.rs`) share: mutants, and reading all of them.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use adl_root::{Basket, Branch, BranchKind, Error, File, Scratch, Texts};

/// A linear congruential generator (Knuth's MMIX constants): the same mutants in every run.
pub struct Random(pub u64);

impl Random {
    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % n.max(1)
    }
}

/// What came of reading a file.
#[derive(Default)]
pub struct Outcome {
    /// Branches that were read whole; none if the file could not be opened.
    pub good: Option<usize>,
    /// What was said, without numbers and names: new sayings mean that the mutant took a new way through the reader.
    pub sayings: BTreeSet<String>,
}

impl Outcome {
    fn say(&mut self, error: &Error) {
        let (kind, what) = match error {
            Error::Truncated { what, .. } => ("truncated", what.as_str()),
            Error::Corrupt { what, .. } => ("corrupt", what.as_str()),
            Error::Unsupported { what, .. } => ("unsupported", what.as_str()),
            Error::Missing { what } => ("missing", what.as_str()),
            _ => ("other", ""),
        };
        self.note(kind, what);
    }

    /// Whether the baskets of a branch can be read; of those that can, the promises are checked.
    fn are_whole(&mut self, baskets: usize, mut read: impl FnMut(usize) -> Result<(), Error>) -> bool {
        // A forged list of baskets may be long; each basket on it costs an error.
        (0..baskets.min(50)).all(|i| match read(i) {
            Ok(()) => true,
            Err(e) => {
                self.say(&e);
                false
            }
        })
    }

    /// Keeps the words up to the first that quotes the file.
    fn note(&mut self, kind: &str, what: &str) {
        let known = what.split(['"', '<', '(']).next().unwrap_or_default();
        let words: String = known.chars().filter(|c| c.is_ascii_lowercase() || *c == ' ').take(60).collect();
        self.sayings.insert(format!("{kind}: {words}"));
    }
}

/// Opens a file and reads every branch of every tree and RNTuple, with the promises that a basket makes.
pub fn read_all(bytes: Vec<u8>) -> Outcome {
    let mut outcome = Outcome::default();
    let file = match File::from_bytes("mutant.root", bytes) {
        Ok(file) => file,
        Err(e) => {
            outcome.say(&e);
            return outcome;
        }
    };
    file.problems().iter().for_each(|problem| outcome.say(problem));
    let mut good = 0;
    let mut scratch = Scratch::default();
    for info in file.trees().into_iter().take(20) {
        let tree = match file.tree(&info.path) {
            Ok(tree) => tree,
            Err(e) => {
                outcome.say(&e);
                continue;
            }
        };
        for branch in tree.branches() {
            if let BranchKind::Unsupported(why) = &branch.kind {
                outcome.note("not read", why);
                continue;
            }
            let n = tree.borders(branch.id).len() - 1;
            good += usize::from(outcome.are_whole(n, |i| match branch.texts() {
                Some(_) => tree.read_texts(branch.id, i, &mut scratch).map(|texts| check_texts(&texts)),
                None => tree.read_basket(branch.id, i, &mut scratch).map(|basket| check(&basket)),
            }));
        }
    }
    for info in file.ntuples().into_iter().take(20) {
        match file.ntuple(&info.path) {
            Ok(ntuple) => {
                let n = ntuple.borders().len().saturating_sub(1);
                let is_read = |branch: &&Branch| branch.texts().is_some() || branch.values().is_some();
                for branch in ntuple.branches().iter().filter(is_read) {
                    good += usize::from(outcome.are_whole(n, |i| match branch.texts() {
                        Some(_) => ntuple.read_texts(branch.id, i, &mut scratch).map(|texts| check_texts(&texts)),
                        None => ntuple.read_basket(branch.id, i, &mut scratch).map(|basket| check(&basket)),
                    }));
                }
            }
            Err(e) => outcome.say(&e),
        }
    }
    for key in file.keys().iter().filter(|key| key.is_histogram()).take(20) {
        match file.bins(&key.path) {
            Ok(_) => good += 1,
            Err(e) => outcome.say(&e),
        }
    }
    outcome.good = Some(good);
    outcome
}

/// What every decoded basket promises of its starts.
fn check(basket: &Basket) {
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
}

/// The same of texts: each of them belongs to one entry.
fn check_texts(texts: &Texts) {
    let all: usize = (0..texts.entries()).map(|entry| texts.of(entry).count()).sum();
    assert_eq!(all, texts.len());
}

/// Where sizes and counts are: after the heads of records and of objects.
pub fn hot_spots(original: &[u8]) -> Vec<usize> {
    let mut spots: Vec<usize> = (0..original.len().min(100)).step_by(4).collect();
    for (at, four) in original.windows(4).enumerate() {
        // Byte counts of objects, and the words in front of a frame of compressed data.
        if matches!(four, [0x40, 0, _, _])
            || matches!(four, [b'Z', b'L' | b'S', _, _] | [b'X', b'Z', _, _] | [b'L', b'4', _, _])
        {
            spots.push(at);
        }
    }
    spots
}

/// A copy with a few changes: bits, words of the kinds that break readers, moved pieces, a cut.
pub fn mutate(original: &[u8], spots: &[usize], random: &mut Random) -> Vec<u8> {
    const SPECIAL: [u32; 12] = [
        0,
        1,
        2,
        0x7fff_ffff,
        0xffff_ffff,
        0x4000_0000,
        0x8000_0000,
        0x4000_0006,
        0x00ff_ffff,
        0xffff_fffe,
        0x4000_ffff,
        0x7fff,
    ];
    let mut bytes = original.to_vec();
    for _ in 0..=random.below(3) {
        let n = bytes.len();
        let near = |random: &mut Random| match spots.get(random.below(spots.len())) {
            Some(spot) => (spot + random.below(40)).min(n.saturating_sub(1)),
            None => random.below(n),
        };
        let at = if random.below(3) == 0 { random.below(n) } else { near(random) };
        match random.below(12) {
            0 => bytes.truncate(random.below(n)),
            1..=3 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
            4 => {
                let (from, len) = (near(random), random.below(64));
                let piece: Vec<u8> = bytes.iter().skip(from).take(len).copied().collect();
                bytes.iter_mut().skip(at).zip(piece).for_each(|(to, from)| *to = from);
            }
            5..=6 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = byte.wrapping_add([1, 255, 2, 128][random.below(4)]);
                }
            }
            kind => {
                let word = match random.below(4) {
                    0 => random.0 as u32,
                    1 => random.below(300) as u32,
                    _ => SPECIAL[random.below(SPECIAL.len())],
                };
                let word = word.to_be_bytes();
                let width = if kind < 9 { 2 } else { 4 };
                bytes.iter_mut().skip(at).zip(&word[4 - width..]).for_each(|(to, from)| *to = *from);
            }
        }
    }
    bytes
}

/// Reads mutants of a file, each repaired as told first; how many. `ADL_MUTANTS` multiplies their number, for longer hunts.
pub fn attack(original: &[u8], mutants: usize, seed: u64, label: &str, repair: impl Fn(&mut [u8])) -> usize {
    let more = std::env::var("ADL_MUTANTS").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
    let mutants = mutants * more;
    let whole = read_all(original.to_vec()).good.unwrap();
    let spots = hot_spots(original);
    let mut random = Random(seed);
    let (mut opened, mut worse) = (0, 0);
    for i in 0..mutants {
        let mut mutant = mutate(original, &spots, &mut random);
        repair(&mut mutant);
        let begin = Instant::now();
        let good = read_all(mutant).good;
        let time = begin.elapsed();
        assert!(time < Duration::from_secs(5), "{label}: mutant {i} took {time:?}");
        opened += usize::from(good.is_some());
        worse += usize::from(good.is_none_or(|n| n < whole));
    }
    println!("{label}: of {mutants} mutants {opened} opened, {worse} lost something; whole file {whole} branches");
    mutants
}
