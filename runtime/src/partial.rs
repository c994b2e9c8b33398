//! What a run has summed: unrounded ([`Partial`], which merges with others, in any order, to the same bits) and rounded
//! ([`Outcome`]); and the ledger of what went into it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use crate::binning::{Binner, ExactBins};
use crate::exact::ExactSums;
use crate::histogram::{Contents, Layout};
use crate::job::RunError;
use crate::lumi::{Sections, Tally};
use crate::metadata::Metadata;
use crate::sampling::Samples;
use crate::spent::ColumnSpent;

/// Sums of the chunks in the ledger.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Partial {
    /// The counters.
    pub counters: Vec<u64>,
    /// Two per sum: of weights, and of squared weights.
    pub sums: ExactSums,
    /// The histograms; none without a fill.
    pub histograms: Vec<Option<Box<ExactBins>>>,
    /// What was processed.
    pub ledger: Ledger,
    /// By luminosity section.
    pub lumi: Tally,
}

impl Partial {
    /// Adds the sums of other chunks of the same analysis.
    ///
    /// # Errors
    /// [`RunError::Merge`] if events are in both, or the two are not of the same analysis.
    pub fn merge(&mut self, other: &Partial) -> Result<(), RunError> {
        let shape = |p: &Partial| (p.counters.len(), p.sums.len(), p.histograms.len());
        if shape(self) != shape(other) {
            return Err(RunError::Merge("the partial results are of different analyses".to_string()));
        }
        self.ledger.merge(&other.ledger)?;
        for (ours, theirs) in self.counters.iter_mut().zip(&other.counters) {
            *ours += theirs;
        }
        self.lumi.merge(&other.lumi);
        self.sums.merge(&other.sums);
        for (ours, theirs) in self.histograms.iter_mut().zip(&other.histograms) {
            match (ours, theirs) {
                (Some(ours), Some(theirs)) => ours.merge(theirs),
                (ours @ None, Some(theirs)) => *ours = Some(theirs.clone()),
                (_, None) => {}
            }
        }
        Ok(())
    }

    /// Rounds all sums. `layouts` are those of the kernel's description.
    #[must_use]
    pub fn finish(&self, layouts: &[Layout], performance: Performance) -> Outcome {
        let contents = |(bins, layout): (&Option<Box<ExactBins>>, &Layout)| match (bins, Binner::new(layout)) {
            (Some(bins), Some(binner)) => bins.contents(&binner),
            _ => Contents::empty(layout),
        };
        // Of a file that was processed whole its sections without events were, too.
        let mut lumi = self.lumi.clone();
        for file in self.ledger.files.values().filter(|f| f.processed_events() == f.events) {
            lumi.processed.merge(&file.sections);
        }
        Outcome {
            events: self.ledger.events(),
            counters: self.counters.clone(),
            sums: self.sums.values().chunks_exact(2).map(|pair| Sum { w: pair[0], w2: pair[1] }).collect(),
            histograms: self.histograms.iter().zip(layouts).map(contents).collect(),
            ledger: self.ledger.clone(),
            lumi,
            performance,
        }
    }
}

/// A sum of weights and of squared weights.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sum {
    /// Of weights.
    pub w: f64,
    /// Of squared weights.
    pub w2: f64,
}

/// The result of a run.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Events processed.
    pub events: u64,
    /// The counters.
    pub counters: Vec<u64>,
    /// The sums.
    pub sums: Vec<Sum>,
    /// The histograms, by number in the kernel's description.
    pub histograms: Vec<Contents>,
    /// What was processed.
    pub ledger: Ledger,
    /// By luminosity section.
    pub lumi: Tally,
    /// What it took.
    pub performance: Performance,
}

/// What was processed, file by file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    /// By path and tree.
    pub files: BTreeMap<(String, String), FileRecord>,
}

/// What was processed of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileRecord {
    /// The file's own identifier, if it has one.
    pub uuid: String,
    /// Its size in bytes.
    pub size: u64,
    /// The events that it has.
    pub events: u64,
    /// What it says of all events that it comes from.
    pub metadata: Metadata,
    /// The luminosity sections that it lists, also those without events; empty if nobody asked.
    pub sections: Sections,
    /// Chunks processed.
    pub chunks: u64,
    /// Events processed: ranges that do not touch, in order.
    pub processed: Vec<Range<u64>>,
}

impl FileRecord {
    /// Number of events processed.
    #[must_use]
    pub fn processed_events(&self) -> u64 {
        self.processed.iter().map(|range| range.end - range.start).sum()
    }

    /// Adds a range; false if a part of it was there before.
    fn add(&mut self, range: &Range<u64>) -> bool {
        let at = self.processed.partition_point(|r| r.start < range.start);
        let free = |r: Option<&Range<u64>>| r.is_none_or(|r| r.end <= range.start || range.end <= r.start);
        if !free(self.processed.get(at)) || !free(at.checked_sub(1).and_then(|before| self.processed.get(before))) {
            return false;
        }
        self.processed.insert(at, range.clone());
        self.processed.dedup_by(|next, before| {
            let joined = before.end == next.start;
            if joined {
                before.end = next.end;
            }
            joined
        });
        true
    }
}

impl Ledger {
    /// Number of events processed.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.files.values().map(FileRecord::processed_events).sum()
    }

    /// What all files say of the events that they come from.
    #[must_use]
    pub fn metadata(&self) -> Metadata {
        let mut total = Metadata::new();
        for (name, value) in self.files.values().flat_map(|f| &f.metadata) {
            match total.get_mut(name) {
                Some(sum) => sum.add(value),
                None => {
                    total.insert(name.clone(), value.clone());
                }
            }
        }
        total
    }

    /// Enters a file of which nothing is processed, because it has no events.
    pub(crate) fn enter(&mut self, path: &str, tree: &str, file: FileRecord) {
        self.files.entry((path.to_string(), tree.to_string())).or_insert(file);
    }

    /// Enters a chunk.
    ///
    /// # Errors
    /// [`RunError::Merge`] if one of its events is in the ledger.
    pub(crate) fn add(
        &mut self,
        path: &str,
        tree: &str,
        file: &FileRecord,
        range: &Range<u64>,
    ) -> Result<(), RunError> {
        let key = (path.to_string(), tree.to_string());
        let record = self.files.entry(key).or_insert_with(|| file.clone());
        record.chunks += 1;
        if record.add(range) { Ok(()) } else { Err(twice(path, range)) }
    }

    fn merge(&mut self, other: &Ledger) -> Result<(), RunError> {
        for (key, theirs) in &other.files {
            let Some(ours) = self.files.get_mut(key) else {
                self.files.insert(key.clone(), theirs.clone());
                continue;
            };
            if (&ours.uuid, ours.size, ours.events) != (&theirs.uuid, theirs.size, theirs.events) {
                let message = format!("{}: the file changed between the partial results", key.0);
                return Err(RunError::Merge(message));
            }
            ours.chunks += theirs.chunks;
            if let Some(range) = theirs.processed.iter().find(|range| !ours.add(range)) {
                return Err(twice(&key.0, range));
            }
        }
        Ok(())
    }
}

fn twice(path: &str, range: &Range<u64>) -> RunError {
    let Range { start, end } = range;
    RunError::Merge(format!("{path}: events {start} to {end} (not included), or some of them, are counted twice"))
}

/// What a run took. Times of threads are added up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Performance {
    /// From begin to end of the run, by the clock.
    pub wall: Duration,
    /// All of the time of the threads.
    pub busy: Duration,
    /// Of that, the time that a processor worked for them; only of a run of which samples are taken.
    pub cpu: Duration,
    /// Reading, decompressing and decoding.
    pub read: Duration,
    /// In the kernel, without filling.
    pub kernel: Duration,
    /// Filling histograms.
    pub fill: Duration,
    /// Merging the sums of chunks.
    pub merge: Duration,
    /// Threads used.
    pub threads: usize,
    /// Bytes read from files.
    pub bytes_read: u64,
    /// Most memory that the process held so far, in bytes; 0 where the system does not say.
    pub peak_memory: u64,
    /// Lists that were null in the files and counted as empty.
    pub null_lists: u64,
    /// What the columns took, as they come in the kernel's description.
    pub columns: Vec<ColumnSpent>,
    /// What the threads worked for, if the job asks for samples.
    pub samples: Samples,
    /// Of a kernel for a profile: per line, the events that came to it.
    pub reached: Vec<u64>,
}

/// Most memory that the process held so far, in bytes (`VmHWM`, Linux); 0 where the system does not say.
#[must_use]
pub fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|l| l.trim().strip_suffix("kB")).and_then(|n| n.trim().parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ranges_join_and_never_overlap() {
        let mut record = FileRecord::default();
        assert!(record.add(&(10..20)) && record.add(&(30..40)) && record.add(&(0..5)));
        assert_eq!(record.processed, [0..5, 10..20, 30..40]);
        for again in [0..1, 4..6, 15..16, 19..31, 25..31, 39..50, 0..100] {
            assert!(!record.add(&again), "{again:?}");
        }
        assert!(record.add(&(20..30)) && record.add(&(5..10)));
        assert_eq!((record.processed.len(), record.processed_events()), (1, 40));
    }

    #[test]
    fn a_chunk_counts_once() {
        let mut ledger = Ledger::default();
        let file = FileRecord { events: 100, ..FileRecord::default() };
        ledger.add("a.root", "Events", &file, &(0..50)).unwrap();
        let error = ledger.clone().merge(&ledger).unwrap_err();
        assert_eq!(error.to_string(), "a.root: events 0 to 50 (not included), or some of them, are counted twice");
        assert_eq!(error.exit_code(), 6);
    }
}
