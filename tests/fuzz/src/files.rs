//! Data files that nobody wrote: what the fuzzers of `files/` do with the bytes, and the tests with those that once broke
//! something. What is read is checked for what the reader promises; a broken promise is a panic.

#![allow(clippy::panic, clippy::expect_used)] // A finding.

use std::path::Path;

use adl_root::{Basket, BranchId, BranchKind, Error, File, Ntuple, Scratch};
use adl_runtime::lumi::LumiMask;
use adl_runtime::parquet::{Bytes, ParquetFile};
use adl_runtime::reader::{self, FileReader};
use adl_runtime::schema::Shape;

/// Of each file so many trees, of each so many branches, of each so many baskets: a mutation of the others is no news.
const MOST: usize = 24;
/// Baskets of more entries are not decoded here: an RNTuple may have as many zeros without a byte of its own.
const MOST_ENTRIES: u64 = 1 << 16;

/// What reads the bytes of a file.
pub type Target = fn(&[u8]);

/// The targets, by the names of their folders.
pub const TARGETS: [(&str, Target); 4] = [("tree", tree), ("ntuple", ntuple), ("parquet", parquet), ("lumi", lumi)];

/// All trees of a ROOT file.
pub fn tree(bytes: &[u8]) {
    let Ok(file) = File::from_bytes("a.root", bytes.to_vec()) else { return };
    let mut scratch = Scratch::default();
    for info in file.trees().iter().take(MOST) {
        let Ok(tree) = file.tree(&info.path) else { continue };
        for branch in tree.branches().iter().take(MOST) {
            if matches!(branch.kind, BranchKind::Unsupported(_)) {
                continue;
            }
            let borders = tree.borders(branch.id);
            read(borders, |number| tree.read_basket(branch.id, number, &mut scratch));
        }
    }
}

/// All RNTuples of a ROOT file.
pub fn ntuple(bytes: &[u8]) {
    let Ok(file) = File::from_bytes("a.root", bytes.to_vec()) else { return };
    let mut scratch = Scratch::default();
    for info in file.ntuples().iter().take(MOST) {
        let Ok(ntuple) = file.ntuple(&info.path) else { continue };
        for branch in ntuple.branches().iter().filter(|b| b.values().is_some()).take(MOST) {
            read(ntuple.borders(), |number| {
                let whole = ntuple.read_basket(branch.id, number, &mut scratch)?;
                in_parts(&ntuple, branch.id, &whole, &mut scratch);
                Ok(whole)
            });
            read(ntuple.parts(), |number| ntuple.read_part(branch.id, number, &mut scratch));
        }
    }
}

/// What can be read as a whole can be read in parts, which have the same values.
fn in_parts(ntuple: &Ntuple, branch: BranchId, whole: &Basket, scratch: &mut Scratch) {
    let (begin, entries) = (whole.first_entry(), whole.entries());
    // The last part first, and one that a thread comes back to.
    for range in [entries / 3..entries, 0..entries / 5, entries / 5..entries / 3, 0..entries / 5] {
        if range.is_empty() {
            continue;
        }
        let (from, to) = (begin + range.start as u64, begin + range.end as u64);
        let part = ntuple.read_range(branch, from..to, scratch).expect("a part of what can be read");
        assert_eq!((part.first_entry(), part.entries()), (from, range.len()));
        check(&part);
        let shift = |basket: &Basket, entry: usize| {
            let at = basket.start(entry) as usize;
            basket.inner_starts().map_or(at, |inner| inner[at] as usize)
        };
        let (first, last) = (shift(whole, range.start), shift(whole, range.end));
        assert_eq!(last - first, part.len());
        let same = |i: usize| {
            let (a, b) = (part.values(), whole.values());
            (a.get_i64(i), a.get_f64(i).map(f64::to_bits))
                == (b.get_i64(first + i), b.get_f64(first + i).map(f64::to_bits))
        };
        assert!((0..part.len()).all(same));
    }
}

fn read(borders: &[u64], mut basket: impl FnMut(usize) -> Result<Basket, Error>) {
    for (number, pair) in borders.windows(2).enumerate().take(MOST) {
        let entries = pair[1] - pair[0];
        if entries <= MOST_ENTRIES
            && let Ok(basket) = basket(number)
        {
            assert_eq!((basket.first_entry(), basket.entries() as u64), (pair[0], entries));
            check(&basket);
        }
    }
}

/// What every decoded basket promises of its starts.
fn check(basket: &Basket) {
    let values = basket.values();
    assert_eq!((values.len(), values.element()), (basket.len(), basket.element()));
    let lists = basket.inner_starts().map_or(values.len(), |inner| inner.len() - 1);
    if let Some(starts) = basket.starts() {
        assert_eq!(starts.len(), basket.entries() + 1);
        assert!(starts.is_sorted());
        assert_eq!((starts.first(), starts.last().map(|end| *end as usize)), (Some(&0), Some(lists)));
    }
    if let Some(inner) = basket.inner_starts() {
        assert!(inner.is_sorted());
        assert_eq!(inner.last().map(|end| *end as usize), Some(values.len()));
    }
}

/// A Parquet file.
pub fn parquet(bytes: &[u8]) {
    let bytes = Bytes::Memory(bytes.to_vec().into());
    let Ok(file) = ParquetFile::of(Path::new("a.parquet"), bytes) else { return };
    // A few bytes can stand for any number of equal values.
    if file.schema().events > 4 * MOST_ENTRIES {
        return;
    }
    let mut scratch = reader::Scratch::default();
    for (number, column) in file.schema().columns.iter().enumerate().take(MOST) {
        for (piece, pair) in file.borders(number).windows(2).enumerate().take(MOST) {
            let Ok(segment) = file.decode(number, piece, &mut scratch) else { continue };
            assert_eq!((segment.first, segment.events as u64), (pair[0], pair[1] - pair[0]));
            assert_eq!(segment.values().len(), segment.len());
            assert_eq!((segment.start(0), segment.start(segment.events)), (0, segment.len()));
            assert_eq!(segment.starts().is_some(), matches!(column.shape, Shape::List | Shape::Lists));
            assert!(segment.starts().is_none_or(|starts| starts.is_sorted()));
        }
    }
}

/// A mask of luminosity sections. What it certifies must not depend on how it was written.
pub fn lumi(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(mask) = LumiMask::parse(text) else { return };
    let (Some((first, last)), false) = (mask.runs(), text.len() > 10_000) else { return };
    assert!(first <= last);
    assert!(!mask.contains(i64::from(last) + 1, 1));
    for section in [0, 1, i64::from(u32::MAX)] {
        let spaced = text.replace(',', " ,\n");
        let again = LumiMask::parse(&spaced).unwrap_or_else(|e| panic!("with spaces it is no mask: {e}"));
        assert_eq!(mask.contains(i64::from(first), section), again.contains(i64::from(first), section));
    }
}
