//! The driver with a kernel written by hand: results do not depend on threads, segments or the sharing of chunks.

#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/shared.rs"]
mod shared;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use adl_runtime::histogram::Contents;
use adl_runtime::job::{Job, RunError};
use adl_runtime::memory::MemoryFile;
use adl_runtime::partial::{Outcome, Partial, Performance};
use adl_runtime::reader::{FileReader, ReadError, Scratch, Segment, open};
use adl_runtime::run::{run, run_partial};
use adl_runtime::schema::{ElementType, FileSchema};
use common::{ByHand, Events};

fn bits(outcome: &Outcome) -> Vec<u64> {
    let mut bits = outcome.counters.clone();
    bits.extend(outcome.sums.iter().flat_map(|s| [s.w.to_bits(), s.w2.to_bits()]));
    for Contents { counts, sumw, sumw2, sumwy, sumwy2, statistics, entries, missing } in &outcome.histograms {
        bits.extend(counts.iter().chain([entries, missing]));
        let s = statistics;
        let sums = [&[s.w, s.w2, s.wy, s.wy2], s.wx.as_slice(), &s.wx2, &s.wxx, sumw, sumw2, sumwy, sumwy2].concat();
        bits.extend(sums.into_iter().map(f64::to_bits));
    }
    bits
}

fn files(events: &[Events], seed: u64) -> Vec<Arc<dyn FileReader>> {
    events
        .iter()
        .enumerate()
        .map(|(i, e)| e.file(&format!("{i}.root"), seed + i as u64) as Arc<dyn FileReader>)
        .collect()
}

#[test]
fn sums_are_those_of_a_plain_loop() {
    let events = Events::random(1, 3000, 0.125);
    let outcome = run(&Job::new(&ByHand::new(0.5), files(std::slice::from_ref(&events), 5))).unwrap();
    assert_eq!(outcome.events, 3000);
    let passing: Vec<usize> = (0..3000).filter(|&e| events.x[e] > 0.5).collect();
    assert_eq!(outcome.counters, [3000, passing.len() as u64]);
    assert_eq!(outcome.sums[0].w, events.w.iter().sum::<f64>());
    assert_eq!(outcome.sums[0].w2, events.w.iter().map(|w| w * w).sum::<f64>());
    let x = &outcome.histograms[0];
    for bin in 0..42 {
        let inside = |x: f64| match bin {
            0 => x < 0.0,
            41 => x >= 1.0,
            _ => x >= f64::from(bin - 1) * 0.025 && x < f64::from(bin) * 0.025,
        };
        let expected: f64 = (0..3000).filter(|&e| inside(events.x[e])).map(|e| events.w[e]).sum();
        assert_eq!(x.sumw[bin as usize], expected, "bin {bin}");
    }
    let pts: Vec<(usize, f64)> =
        passing.iter().flat_map(|&e| events.jet_pt[e].iter().map(move |&pt| (e, pt))).collect();
    assert_eq!(outcome.histograms[1].entries, pts.len() as u64);
    assert_eq!(outcome.histograms[1].counts[1], pts.iter().filter(|p| p.1 >= 20.0 && p.1 < 24.0).count() as u64);
    let overflow = pts.iter().filter(|p| p.1 >= 120.0).map(|p| events.w[p.0]).sum::<f64>();
    assert_eq!(outcome.histograms[2].sumw[26], overflow);
    assert_eq!(
        outcome.histograms[3],
        Contents::empty(&adl_runtime::kernel::Kernel::description(&ByHand::new(0.5)).histograms[3])
    );
}

#[test]
fn threads_and_segments_do_not_matter() {
    let kernel = ByHand::new(0.3);
    for chunk in [7, 64, 1500, 16_384] {
        let events = [Events::random(2, 5000, 0.0), Events::random(3, 0, 0.0), Events::random(4, 2777, 0.0)];
        let mut reference = None;
        for threads in [1, 2, 5] {
            for seed in [10, 20, 30] {
                let job = Job { chunk, threads, ..Job::new(&kernel, files(&events, seed)) };
                let outcome = bits(&run(&job).unwrap());
                assert_eq!(reference.get_or_insert_with(|| outcome.clone()), &outcome, "{chunk} {threads} {seed}");
            }
        }
    }
}

#[test]
fn chunk_sizes_do_not_matter_to_sums_without_rounding() {
    // Weights are multiples of 1/8 and x of 1/64: every sum is exact in doubles.
    let mut events = Events::random(6, 4000, 0.125);
    events.x.iter_mut().for_each(|x| *x = (*x * 64.0).round() / 64.0);
    events.jet_pt.iter_mut().flatten().for_each(|pt| *pt = pt.round());
    let kernel = ByHand::new(0.3);
    let outcomes = [7, 64, 1024, 16_384]
        .map(|chunk| bits(&run(&Job { chunk, ..Job::new(&kernel, files(std::slice::from_ref(&events), 8)) }).unwrap()));
    assert!(outcomes.iter().all(|o| *o == outcomes[0]));
}

#[test]
fn shared_jobs_merge_to_the_same_bits() {
    let kernel = ByHand::new(0.3);
    let events = [Events::random(2, 5000, 0.0), Events::random(4, 2777, 0.0)];
    let job = Job { chunk: 500, ..Job::new(&kernel, files(&events, 3)) };
    let (whole, _) = run_partial(&job).unwrap();
    let part = |range| run_partial(&Job { chunks: Some(range), ..job.clone() }).unwrap().0;
    let parts = [part(0..3), part(3..4), part(4..11), part(11..16)];
    for order in [[0, 1, 2, 3], [3, 1, 0, 2], [2, 3, 1, 0]] {
        let mut left = parts[order[0]].clone();
        left.merge(&parts[order[1]]).unwrap();
        let mut right = parts[order[2]].clone();
        right.merge(&parts[order[3]]).unwrap();
        left.merge(&right).unwrap();
        assert_eq!(left, whole);
        let rounded = |p: &Partial| bits(&p.finish(&kernel_layouts(&kernel), Performance::default()));
        assert_eq!(rounded(&left), rounded(&whole));
    }
    let mut twice = parts[0].clone();
    assert_eq!(twice.merge(&whole).unwrap_err().exit_code(), 6);
}

fn kernel_layouts(kernel: &ByHand) -> Vec<adl_runtime::histogram::Layout> {
    adl_runtime::kernel::Kernel::description(kernel).histograms.clone()
}

#[test]
fn the_first_events_only() {
    let kernel = ByHand::new(0.3);
    let events = [Events::random(2, 100, 0.0), Events::random(4, 200, 0.0)];
    let job = Job { chunk: 30, max_events: Some(131), ..Job::new(&kernel, files(&events, 3)) };
    let outcome = run(&job).unwrap();
    assert_eq!(outcome.counters[0], 131);
    let processed: Vec<_> = outcome.ledger.files.values().flat_map(|f| f.processed.clone()).collect();
    assert_eq!(processed, [0..100, 0..31]);
}

#[test]
fn the_earliest_fault_is_reported() {
    let kernel = ByHand::new(-1.0);
    let mut events = [Events::random(2, 5000, 0.0), Events::random(4, 5000, 0.0)];
    for (file, event) in [(1, 20), (1, 4000), (0, 4711), (0, 4712)] {
        events[file].bad[event] = 1.0;
    }
    for threads in [1, 2, 5] {
        for chunk in [7, 64, 2000] {
            let job = Job { chunk, threads, ..Job::new(&kernel, files(&events, 3)) };
            // The kernel shows the event's number in its batch.
            let values = vec![(4711 % chunk % 1024) as f64];
            let expected = RunError::Fault { path: "0.root".into(), file: 0, event: 4711, site: 7, values };
            assert_eq!(run(&job).unwrap_err(), expected);
        }
    }
}

#[test]
fn columns_behind_an_empty_selection_are_not_decoded() {
    let file = Events::random(2, 5000, 0.0).file("a.root", 1);
    run(&Job::new(&ByHand::new(5.0), vec![file.clone() as Arc<dyn FileReader>])).unwrap();
    assert_eq!(["jet_pt", "njet", "bad"].map(|name| file.decoded(name)), [0, 0, 0]);
    assert!(file.decoded("x") > 0);
    // And each segment is decoded once, whatever the number of threads.
    let file = Events::random(2, 5000, 0.0).file("a.root", 1);
    let kernel = ByHand::new(-1.0);
    let job = Job { chunk: 64, threads: 5, ..Job::new(&kernel, vec![file.clone() as Arc<dyn FileReader>]) };
    run(&job).unwrap();
    for (number, column) in file.schema().columns.iter().enumerate() {
        assert_eq!(file.decoded(&column.name) as usize, file.borders(number).len() - 1, "{}", column.name);
    }
}

/// A file whose decoding waits until another thread decodes, too.
struct Slow {
    file: MemoryFile,
    decoding: Mutex<[usize; 2]>,
}

impl FileReader for Slow {
    fn path(&self) -> &Path {
        self.file.path()
    }

    fn size(&self) -> u64 {
        self.file.size()
    }

    fn uuid(&self) -> &str {
        self.file.uuid()
    }

    fn schema(&self) -> &FileSchema {
        self.file.schema()
    }

    fn borders(&self, column: usize) -> &[u64] {
        self.file.borders(column)
    }

    fn decode(&self, column: usize, segment: usize, scratch: &mut Scratch) -> Result<Segment, ReadError> {
        let count = |now: &mut [usize; 2]| {
            now[0] += 1;
            now[1] = now[1].max(now[0]);
        };
        count(&mut self.decoding.lock().unwrap());
        let begin = Instant::now();
        while self.decoding.lock().unwrap()[1] < 2 && begin.elapsed() < Duration::from_secs(5) {
            std::thread::yield_now();
        }
        self.decoding.lock().unwrap()[0] -= 1;
        self.file.decode(column, segment, scratch)
    }
}

#[test]
fn threads_share_the_columns_of_a_long_segment() {
    let values: Vec<f64> = (0..40_000).map(f64::from).collect();
    let column = |file: MemoryFile, name: &str| file.scalar(name, ElementType::F64, &values).segments(&[]);
    let file = column(column(MemoryFile::new("a.root"), "x"), "w");
    let jets = vec![Vec::new(); 40_000];
    let file = file.list("jet_pt", ElementType::F64, &jets).scalar("bad", ElementType::I32, &vec![0.0; 40_000]);
    let slow = Arc::new(Slow { file, decoding: Mutex::default() });
    let kernel = ByHand::new(1e9);
    run(&Job { threads: 2, ..Job::new(&kernel, vec![slow.clone() as Arc<dyn FileReader>]) }).unwrap();
    assert_eq!(slow.decoding.lock().unwrap()[1], 2, "x and w are decoded by a thread each");
    assert_eq!(["x", "w", "jet_pt"].map(|name| slow.file.decoded(name)), [1, 1, 0]);
}

#[test]
fn threads_that_wait_for_a_long_segment_decode_the_next() {
    let values: Vec<f64> = (0..120_000).map(f64::from).collect();
    let file = MemoryFile::new("a.root").scalar("x", ElementType::F64, &values).segments(&[40_000, 80_000]);
    let file = file.scalar("bad", ElementType::I32, &vec![0.0; 120_000]);
    let file = file.list("jet_pt", ElementType::F64, &vec![Vec::new(); 120_000]);
    let slow = Arc::new(Slow { file, decoding: Mutex::default() });
    // The weight is x, too: a single column is read.
    let kernel = ByHand::reading(["x", "x", "jet_pt", "bad"], 1e9, 1);
    run(&Job { threads: 2, ..Job::new(&kernel, vec![slow.clone() as Arc<dyn FileReader>]) }).unwrap();
    assert_eq!(slow.decoding.lock().unwrap()[1], 2);
    assert_eq!(slow.file.decoded("x"), 3);
}

fn message(file: MemoryFile) -> String {
    run(&Job::new(&ByHand::new(-1.0), vec![Arc::new(file)])).unwrap_err().to_string()
}

fn small() -> MemoryFile {
    MemoryFile::new("a.root").scalar("x", ElementType::F64, &[0.5; 4]).scalar("w", ElementType::F64, &[1.0; 4])
}

#[test]
fn lists_that_disagree_with_their_counter_are_an_error() {
    let jets = [vec![1.0], vec![], vec![2.0, 3.0], vec![]];
    let bad = |file: MemoryFile| file.scalar("bad", ElementType::I32, &[0.0; 4]);
    let file = bad(small().list("jet_pt", ElementType::F64, &jets).counted_by("njet"));
    let wrong = message(file.scalar("njet", ElementType::I32, &[1.0, 1.0, 1.0, 0.0]));
    assert_eq!(wrong, "a.root: event 1 has 0 elements in column `jet_pt` and 1 by column `njet`");
    let file = bad(small().list("jet_pt", ElementType::F64, &jets).counted_by("njet"));
    let negative = message(file.scalar("njet", ElementType::I32, &[1.0, 0.0, -2.0, 0.0]));
    assert_eq!(negative, "a.root: column `njet`: the number of elements of event 2 is negative or far too large");
}

#[test]
fn columns_that_do_not_fit_are_named() {
    let jets = [vec![1.0], vec![], vec![2.0, 3.0], vec![]];
    let lists = || small().list("jet_pt", ElementType::F64, &jets);
    assert_eq!(message(lists()), "a.root: there is no column `bad`");
    let wide = message(lists().scalar("bad", ElementType::I64, &[0.0; 4]));
    assert_eq!(wide, "a.root: column `bad` holds i64 values here, and i32 values in the file that was checked");
    let flat = message(small().scalar("jet_pt", ElementType::F64, &[0.0; 4]).scalar("bad", ElementType::I8, &[0.0; 4]));
    let expected = "column `jet_pt` has one value per event here, and a list per event in the file that was checked";
    assert_eq!(flat, format!("a.root: {expected}"));
}

#[test]
fn every_format_gives_the_same_bits() {
    let Some(data) = shared::data() else { return };
    let kernel = ByHand::reading(["MET_pt", "PV_z", "Jet_pt", "PV_npvs"], 20.0, -1);
    let folder = data.join("run2012b-small");
    let names = ["events_flat.parquet", "events_restructured.parquet", "events_flat_plain_rg100.parquet"];
    let roots =
        ["events_zstd.root", "events_lz4.root", "events_lzma.root", "events_zlib.root", "events_manybaskets.root"];
    let mut reference = None;
    for name in names.into_iter().chain(roots) {
        for threads in [1, 3] {
            let file = open(&folder.join(name), None, &["Events"]).unwrap();
            let outcome = run(&Job { chunk: 100, threads, ..Job::new(&kernel, vec![file]) }).unwrap();
            assert_eq!(outcome.events, 1000);
            assert!(
                outcome.counters[1] > 300 && outcome.histograms[1].entries > 500 && outcome.performance.bytes_read > 0
            );
            let outcome = bits(&outcome);
            assert!(*reference.get_or_insert_with(|| outcome.clone()) == outcome, "{name}");
        }
    }
}

#[test]
fn sizes_may_come_from_the_lists_themselves() {
    let events = Events::random(3, 2000, 0.0);
    let plain = |column: &str| {
        let file = MemoryFile::new("a.parquet").scalar("x", ElementType::F32, &events.x);
        let file = file.scalar("w", ElementType::F64, &events.w).list(column, ElementType::F32, &events.jet_pt);
        file.segments(&[3, 900, 901, 1999]).scalar("bad", ElementType::U8, &events.bad)
    };
    let kernel = ByHand::new(-1.0);
    let outcome = run(&Job { chunk: 300, ..Job::new(&kernel, vec![Arc::new(plain("jet_pt"))]) }).unwrap();
    assert_eq!(outcome.histograms[1].entries, events.jet_pt.iter().map(Vec::len).sum::<usize>() as u64);
}

#[test]
fn an_unsigned_value_beyond_the_signed_ones_is_an_error_at_its_event() {
    let small = 9_007_199_254_740_993.0;
    let numbers = |at: usize| (0..3000).map(|e| if e == at { 2e19 } else { small }).collect::<Vec<f64>>();
    let file = |at: usize| {
        let zeros = [0.0; 3000];
        let file =
            MemoryFile::new("a.root").scalar("x", ElementType::F64, &zeros).scalar("w", ElementType::F64, &zeros);
        let file = file.list("jet_pt", ElementType::F64, &vec![vec![]; 3000]);
        Arc::new(file.scalar("bad", ElementType::U64, &numbers(at)).segments(&[1000, 2000])) as Arc<dyn FileReader>
    };
    let mut kernel = ByHand::new(-1.0);
    kernel.expect(3, ElementType::I64);
    run(&Job::new(&kernel, vec![file(5000)])).unwrap();
    for chunk in [7, 16_384] {
        let error = run(&Job { chunk, ..Job::new(&kernel, vec![file(2500)]) }).unwrap_err();
        let expected = "column `bad` has the value 18446744073709551615 in event 2500, beyond 2^63 - 1";
        assert_eq!(error.to_string(), format!("a.root: {expected}"));
        assert_eq!(error.exit_code(), 9);
    }
}

#[test]
fn a_file_without_events_need_not_have_the_columns() {
    let events = Events::random(3, 20, 0.0);
    let files: Vec<Arc<dyn FileReader>> = vec![Arc::new(MemoryFile::new("empty.root")), events.file("a.root", 1)];
    assert_eq!(run(&Job::new(&ByHand::new(0.0), files)).unwrap().events, 20);
}
