//! Events that are there twice, by the numbers that identify them. The numbers of all events are read twice at most: once
//! for a hash of each, eight bytes per event; and, if hashes repeat, once more for the numbers behind those alone, which
//! are compared themselves.

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use crate::chain::whole_numbers;
use crate::progress::Progress;
use crate::reader::{FileReader, ReadClass, ReadError, Scratch, opened};

/// Duplicates that are named, at most.
const NAMED: usize = 5;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Duplicates {
    /// Events that are there more than once, each counted once.
    pub events: u64,
    /// The first few, by the place of the first copy.
    pub first: Vec<Duplicate>,
}

/// An event that is there more than once.
#[derive(Clone, Debug, PartialEq)]
pub struct Duplicate {
    /// Its numbers.
    pub numbers: Vec<i64>,
    /// Number of the file and of the event in it, in order.
    pub places: Vec<(usize, u64)>,
}

/// An event: its numbers, and where it is.
type Event = (Vec<i64>, (usize, u64));

/// Finds events of which all these numbers agree.
///
/// # Errors
/// What cannot be read.
pub fn find(
    files: &[Arc<dyn FileReader>],
    columns: &[String],
    threads: usize,
    progress: bool,
) -> Result<Duplicates, ReadError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool =
        pool.map_err(|e| ReadError::new(ReadClass::Open, std::path::Path::new("-"), format!("no threads: {e}")))?;
    let total = files.iter().map(|reader| reader.schema().events).sum();
    let bar = Progress::counting(progress, total, "events compared");
    let hashed = pool.install(|| {
        let mut all = each(files, columns, |_, events, read| {
            bar.advance(events.end - events.start);
            let count = (events.end - events.start) as usize;
            (0..count).map(|e| hash(read.iter().filter_map(|c| c.get(e).copied()))).collect()
        })?;
        all.par_sort_unstable();
        Ok::<_, ReadError>(all)
    });
    bar.finish();
    let mut repeated: Vec<u64> = hashed?.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    repeated.dedup();
    if repeated.is_empty() {
        return Ok(Duplicates::default());
    }
    let suspects = pool.install(|| {
        let mut all = each(files, columns, |file, events, read| {
            let event = |e: usize| read.iter().filter_map(|c| c.get(e).copied()).collect::<Vec<i64>>();
            let all = (0..(events.end - events.start) as usize).map(|e| (event(e), (file, events.start + e as u64)));
            let is_suspect = |(numbers, _): &Event| repeated.binary_search(&hash(numbers.iter().copied())).is_ok();
            all.filter(is_suspect).collect::<Vec<Event>>()
        })?;
        all.par_sort_unstable();
        Ok::<_, ReadError>(all)
    })?;
    let mut found: Vec<Duplicate> = Vec::new();
    for same in suspects.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
        if let Some((numbers, _)) = same.first() {
            found.push(Duplicate { numbers: numbers.clone(), places: same.iter().map(|(_, place)| *place).collect() });
        }
    }
    found.sort_by(|a, b| a.places.cmp(&b.places));
    let events = found.len() as u64;
    found.truncate(NAMED);
    Ok(Duplicates { events, first: found })
}

fn place(reader: &dyn FileReader, column: &str) -> Result<usize, ReadError> {
    let found = reader.schema().columns.iter().position(|c| c.name == column);
    found.ok_or_else(|| ReadError::new(ReadClass::Schema, reader.path(), format!("there is no column `{column}`")))
}

/// What is made of the numbers of all events, in order: stretch by stretch of each file, column by column. A file is open
/// while it is read.
fn each<T: Send>(
    files: &[Arc<dyn FileReader>],
    columns: &[String],
    make: impl Fn(usize, &Range<u64>, &[Vec<i64>]) -> Vec<T> + Sync,
) -> Result<Vec<T>, ReadError> {
    let of_file = |(file, reader): (usize, &Arc<dyn FileReader>)| {
        let reader = opened(reader)?;
        let first = columns.first().and_then(|column| place(&*reader, column).ok());
        let borders = first.map_or(&[][..], |column| reader.borders(column));
        let stretch = |pair: &[u64]| {
            let (events, mut scratch) = (pair[0]..pair[1], Scratch::default());
            let one = |column: &String| whole_numbers(&*reader, place(&*reader, column)?, &events, &mut scratch);
            let read: Vec<Vec<i64>> = columns.iter().map(one).collect::<Result<_, ReadError>>()?;
            Ok(make(file, &events, &read))
        };
        let made: Vec<Vec<T>> = borders.par_windows(2).map(stretch).collect::<Result<_, ReadError>>()?;
        Ok(made.into_iter().flatten().collect())
    };
    let made: Vec<Vec<T>> = files.par_iter().enumerate().map(of_file).collect::<Result<_, ReadError>>()?;
    Ok(made.into_iter().flatten().collect())
}

/// A hash of an event's numbers (the finalizer of SplitMix64, <https://doi.org/10.1145/2714064.2660195>).
fn hash(numbers: impl Iterator<Item = i64>) -> u64 {
    numbers.fold(0, |hash, number| {
        let mut z = (hash ^ number.cast_unsigned()).wrapping_add(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    })
}
