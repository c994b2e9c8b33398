//! The driver: threads take chunks in order; per batch of a chunk the parts run in order, each after its columns are
//! loaded, and only if its selection has events; fills are binned; the sums of the chunk go to the exact sums of the
//! run. Results do not depend on the number of threads, nor on how chunks are shared between jobs.

#![allow(unsafe_code)]

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::binning::{Binner, ExactBins};
use crate::cache::FileCache;
use crate::clock;
use crate::exact::ExactSums;
use crate::host::{self, Host, NO_FILLS};
use crate::job::{self, Chunk, Job, RunError};
use crate::kernel::{BATCH, Fills, Frame, KernelDescription, Now};
use crate::load::{LoadError, Loader};
use crate::lumi::Tally;
use crate::partial::{Ledger, Outcome, Partial, Performance, peak_memory};
use crate::progress::Progress;
use crate::reached::Reached;
use crate::reader::{FileReader, opened};
use crate::rows::Rows;
use crate::sampling::Watched;
use crate::spent::ColumnSpent;
use crate::turns::{Order, Turns};

/// Chunks per thread that remote files read ahead.
const AHEAD: usize = 4;

/// Chunks that a thread takes at once where they are taken in line. Row groups are often longer than a chunk: threads that
/// are apart do not wait for each other's.
const AT_ONCE: usize = 8;

/// Runs a job to rounded results.
///
/// # Errors
/// The earliest failing event or unreadable place, by file and event, whatever the number of threads.
pub fn run(job: &Job<'_>) -> Result<Outcome, RunError> {
    let (partial, performance) = run_partial(job)?;
    Ok(partial.finish(&job.kernel.description().histograms, performance))
}

/// Runs a job to results that merge with those of other jobs.
///
/// # Errors
/// As [`run`].
pub fn run_partial(job: &Job<'_>) -> Result<(Partial, Performance), RunError> {
    let begin = Instant::now();
    let description = job.kernel.description();
    let chunks = job.plan();
    let threads = job::threads(job.threads).min(chunks.len()).max(1);
    let shared = Shared::new(job, &chunks, threads)?;
    let work = |thread| Worker::new(&shared, thread).work();
    let (spent, samples) = if threads == 1 {
        shared.watched.during(job.sampled, || catch_unwind(AssertUnwindSafe(|| vec![work(0)])))
    } else {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|e| RunError::Bug(format!("no threads: {e}")))?;
        shared
            .watched
            .during(job.sampled, || catch_unwind(AssertUnwindSafe(|| pool.broadcast(|thread| work(thread.index())))))
    };
    shared.progress.finish();
    let spent = spent.map_err(|_| RunError::Bug("a thread of the event loop stopped".to_string()))?;
    if let Some((_, error)) = shared.failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    if job.chunks.is_none() {
        // They have no chunk, but may come from many events.
        for (number, reader) in job.files.iter().enumerate().filter(|(_, r)| r.schema().events == 0) {
            let path = reader.path().display().to_string();
            lock(&shared.totals).ledger.enter(&path, &reader.schema().tree, job.record(number));
        }
    }
    let totals = shared.totals.into_inner().unwrap_or_else(PoisonError::into_inner);
    let histograms = shared.histograms.into_iter().map(|h| h.into_inner().unwrap_or_else(PoisonError::into_inner));
    let histograms: Vec<_> = histograms.collect();
    let partial =
        Partial { counters: totals.counters, sums: totals.sums, histograms, ledger: totals.ledger, lumi: totals.lumi };
    debug_assert_eq!(partial.histograms.len(), description.histograms.len());
    let (null_lists, columns) = (totals.null_lists, totals.columns);
    let mut performance = Performance { threads, null_lists, samples, ..Performance::default() };
    for column in &columns {
        performance.read += column.time();
        performance.bytes_read += column.spent.bytes;
    }
    performance.columns = columns;
    performance.reached = vec![0; description.lines];
    for thread in spent {
        performance.reached.iter_mut().zip(&thread.reached).for_each(|(sum, own)| *sum += own);
        performance.busy += thread.busy;
        performance.cpu += thread.cpu;
        performance.kernel += thread.kernel;
        performance.fill += thread.fill;
        performance.merge += thread.merge;
    }
    performance.wall = begin.elapsed();
    performance.peak_memory = peak_memory();
    Ok((partial, performance))
}

/// What the threads of a run share.
struct Shared<'a> {
    job: &'a Job<'a>,
    chunks: &'a [Chunk],
    binners: Vec<Binner>,
    /// Per file: its cache, and how many of its chunks are not done.
    files: Vec<Mutex<FilePlace>>,
    turns: Turns<'a>,
    /// The next chunk whose files are told of it; of none, if no file is remote.
    told: Option<Mutex<usize>>,
    threads: usize,
    /// The earliest chunk that failed so far.
    failed: AtomicUsize,
    failure: Mutex<Option<(usize, RunError)>>,
    totals: Mutex<Totals>,
    histograms: Vec<Mutex<Option<Box<ExactBins>>>>,
    watched: Watched,
    progress: Progress,
}

/// A file of the run.
struct FilePlace {
    remaining: usize,
    cache: Option<Arc<FileCache>>,
}

/// The sums of all chunks so far, without histograms.
struct Totals {
    counters: Vec<u64>,
    sums: ExactSums,
    ledger: Ledger,
    lumi: Tally,
    null_lists: u64,
    columns: Vec<ColumnSpent>,
}

/// The chunks of a file; those of a plan are in the order of the files.
fn chunks_of(chunks: &[Chunk], file: usize) -> &[Chunk] {
    let begin = chunks.partition_point(|chunk| chunk.file < file);
    let end = chunks.partition_point(|chunk| chunk.file <= file);
    chunks.get(begin..end).unwrap_or_default()
}

/// Rows are saved in the order of the chunks, and remote files read ahead in it.
fn order(job: &Job<'_>) -> Order {
    let is_apart = |file: &Arc<dyn FileReader>| file.begins_anywhere() && !file.is_remote();
    match job.save {
        Some(_) => Order::InLine(1),
        None if job.files.iter().all(is_apart) => Order::Apart,
        None => Order::InLine(AT_ONCE),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'a> Shared<'a> {
    /// Checks that every file with events has what the kernel reads.
    fn new(job: &'a Job<'a>, chunks: &'a [Chunk], threads: usize) -> Result<Shared<'a>, RunError> {
        let description = job.kernel.description();
        let mut binners = Vec::new();
        for (histogram, layout) in description.histograms.iter().enumerate() {
            let bad = || {
                let message = layout.problem().unwrap_or_else(|| "it cannot be filled".to_string());
                RunError::Histogram { histogram, message }
            };
            binners.push(Binner::new(layout).ok_or_else(bad)?);
        }
        let mut files = Vec::new();
        let sections = job.lumi.as_ref().map(|l| &l.columns);
        for (number, reader) in job.files.iter().enumerate() {
            let remaining = chunks_of(chunks, number).len();
            if remaining > 0 {
                FileCache::new(reader.clone(), description, sections, &[]).map_err(RunError::Read)?;
            }
            files.push(Mutex::new(FilePlace { remaining, cache: None }));
        }
        let totals = Totals {
            counters: vec![0; description.counters],
            sums: ExactSums::new(2 * description.sums),
            ledger: Ledger::default(),
            lumi: Tally::default(),
            null_lists: 0,
            columns: Vec::new(),
        };
        let events = chunks.iter().map(|chunk| chunk.events.end - chunk.events.start).sum();
        Ok(Shared {
            job,
            chunks,
            files,
            turns: Turns::new(chunks, threads, order(job)),
            told: job.files.iter().any(|file| file.is_remote()).then(|| Mutex::new(0)),
            threads,
            failed: AtomicUsize::new(usize::MAX),
            failure: Mutex::new(None),
            totals: Mutex::new(totals),
            histograms: binners.iter().map(|_| Mutex::new(None)).collect(),
            binners,
            watched: Watched::default(),
            progress: Progress::new(job.progress, events),
        })
    }

    /// The cache of a file, made now for its first chunk.
    fn cache(&self, file: usize) -> Result<Arc<FileCache>, RunError> {
        let (Some(place), Some(reader)) = (self.files.get(file), self.job.files.get(file)) else {
            return Err(RunError::Bug(format!("there is no file number {file}")));
        };
        let mut place = lock(place);
        if let Some(cache) = &place.cache {
            return Ok(cache.clone());
        }
        let chunks: Vec<_> = chunks_of(self.chunks, file).iter().map(|chunk| chunk.events.clone()).collect();
        let (description, sections) = (self.job.kernel.description(), self.job.lumi.as_ref().map(|l| &l.columns));
        let reader = opened(reader).map_err(RunError::Read)?;
        let mut made = FileCache::new(reader, description, sections, &chunks).map_err(RunError::Read)?;
        made.is_shared = self.threads > 1;
        Ok(place.cache.insert(Arc::new(made)).clone())
    }

    /// Tells remote files which chunks come after one that begins now, so that they are on their way when their turn comes.
    fn announce(&self, chunk: usize) {
        let Some(mut told) = self.told.as_ref().and_then(|told| told.try_lock().ok()) else { return };
        *told = chunk.max(*told);
        let ahead = AHEAD * self.threads;
        while let Some(next) = self.chunks.get(*told).filter(|_| *told <= chunk + ahead) {
            // What is wrong with a file is said when its turn comes.
            let Ok(cache) = self.cache(next.file) else { return };
            if !cache.announce(&next.events) {
                return;
            }
            *told += 1;
        }
    }

    /// A chunk of a file is done; after the last one its cache goes.
    fn release(&self, chunk: &Chunk, cache: &FileCache) {
        cache.release(&chunk.events);
        let Some(place) = self.files.get(chunk.file) else { return };
        let mut place = lock(place);
        place.remaining = place.remaining.saturating_sub(1);
        if place.remaining == 0 {
            place.cache = None;
            cache.reader.rest();
            if let Some(file) = self.job.files.get(chunk.file) {
                file.rest();
            }
            let mut totals = lock(&self.totals);
            totals.null_lists += cache.null_lists();
            cache.spent().into_iter().for_each(|column| ColumnSpent::merge(&mut totals.columns, column));
        }
    }

    /// Keeps the failure of the earliest chunk. Nothing more is saved.
    fn fail(&self, chunk: usize, error: RunError) {
        if let Some(save) = self.job.save {
            save.stop();
        }
        let mut failure = lock(&self.failure);
        if failure.as_ref().is_none_or(|(before, _)| chunk < *before) {
            *failure = Some((chunk, error));
            self.failed.fetch_min(chunk, Ordering::AcqRel);
        }
    }

    fn abandoned(&self, chunk: usize) -> bool {
        chunk > self.failed.load(Ordering::Acquire)
    }
}

/// The memory of one thread: everything that a frame points to.
struct Worker<'a> {
    shared: &'a Shared<'a>,
    /// The number of the thread.
    thread: usize,
    description: &'a KernelDescription,
    loader: Loader,
    /// Per selection; that of number 0 has all events of a batch, or those of certified sections.
    selections: Vec<*mut u32>,
    selected: Vec<u32>,
    slots: Vec<*mut u64>,
    /// What the two rows of addresses point to.
    _memory: (Vec<u32>, Vec<u64>),
    /// Of a profile: the lines that the events of the batch come to.
    reached: Reached,
    counters: Vec<u64>,
    sums: Vec<f64>,
    fault_values: Vec<f64>,
    lumi: Tally,
    fills: Vec<Fills>,
    host: Host<'a>,
    now: Arc<Now>,
    spent: Performance,
}

impl<'a> Worker<'a> {
    fn new(shared: &'a Shared<'a>, thread: usize) -> Worker<'a> {
        let description = shared.job.kernel.description();
        // Of a large analysis, most of this memory is touched only where events come that far.
        let mut selections = vec![0_u32; description.selections.max(1) * BATCH];
        selections.iter_mut().zip(0..BATCH as u32).for_each(|(place, event)| *place = event);
        let mut slots = vec![0_u64; description.slots * BATCH];
        let histograms = description.histograms.len();
        let buffers = histograms + description.records.len();
        let now = shared.watched.thread();
        Worker {
            shared,
            thread,
            description,
            loader: Loader::new(description),
            selected: vec![0; description.selections.max(1)],
            selections: selections.chunks_exact_mut(BATCH).map(<[u32]>::as_mut_ptr).collect(),
            slots: slots.chunks_exact_mut(BATCH).map(<[u64]>::as_mut_ptr).collect(),
            _memory: (selections, slots),
            reached: Reached::new(description.lines),
            counters: vec![0; description.counters],
            sums: vec![0.0; 2 * description.sums],
            fault_values: vec![0.0; description.fault_values],
            lumi: Tally::default(),
            fills: (0..buffers).map(|_| NO_FILLS).collect(),
            host: Host::new(description, &shared.binners, now.clone()),
            now,
            spent: Performance::default(),
        }
    }

    /// Takes chunks until there are none before the earliest one that failed.
    fn work(mut self) -> Performance {
        // Valgrind cannot follow this clock, and counts the instructions of runs without samples.
        let cpu = || if self.shared.job.sampled { clock::of_thread() } else { Duration::ZERO };
        let (begin, before) = (Instant::now(), cpu());
        let (mut taken, mut file) = (0..0, None);
        loop {
            if taken.is_empty() {
                let turn = self.shared.turns.take(self.thread, self.shared.failed.load(Ordering::Acquire));
                taken = turn.chunks;
                if let Some(first) = self.shared.chunks.get(taken.start).filter(|_| turn.begins) {
                    self.loader.begin_at(first.events.start);
                }
            }
            let Some(number) = taken.next() else { break };
            let Some(chunk) = self.shared.chunks.get(number) else { break };
            if file.replace(chunk.file).is_some_and(|before| before != chunk.file) {
                self.loader.rest();
            }
            if let Err(error) = self.process(number, chunk) {
                self.shared.fail(number, error);
            }
        }
        self.spent.busy = begin.elapsed();
        self.spent.cpu = cpu().saturating_sub(before);
        self.spent.reached = self.reached.events;
        self.spent.fill = self.host.filling;
        self.spent.kernel = self.spent.kernel.saturating_sub(self.host.filling);
        self.spent
    }

    /// Processes a chunk and adds it to the run, unless an earlier one fails meanwhile.
    fn process(&mut self, number: usize, chunk: &Chunk) -> Result<(), RunError> {
        if self.shared.abandoned(number) {
            return Ok(());
        }
        self.shared.announce(number);
        let cache = self.shared.cache(chunk.file)?;
        let done = self.chunk(number, chunk, &cache);
        self.loader.end();
        self.shared.release(chunk, &cache);
        if done? {
            self.merge(number, chunk);
            self.save(number, chunk)?;
        }
        Ok(())
    }

    /// Processes a chunk; false if it was abandoned.
    fn chunk(&mut self, number: usize, chunk: &Chunk, cache: &FileCache) -> Result<bool, RunError> {
        self.counters.fill(0);
        self.sums.fill(0.0);
        self.lumi = Tally::default();
        self.host.rows.records.iter_mut().for_each(Vec::clear);
        let mut first = chunk.events.start;
        while first < chunk.events.end {
            if self.shared.abandoned(number) {
                return Ok(false);
            }
            let count = (chunk.events.end - first).min(BATCH as u64);
            self.batch(chunk.file, cache, first, count as usize)?;
            first += count;
            self.shared.progress.advance(count);
        }
        Ok(true)
    }

    /// Runs the parts over `count` events from `first` on.
    fn batch(&mut self, file: usize, cache: &FileCache, first: u64, count: usize) -> Result<(), RunError> {
        self.loader.begin();
        self.host.rooms_used = 0;
        self.host.first = first;
        self.selected.fill(0);
        let of_lumi = self.select_sections(cache, first, count);
        let masked = of_lumi.map_err(|e| RunError::Read(e.error))?;
        self.selected[0] = masked as u32;
        let mut frame = Frame {
            columns: self.loader.columns.as_ptr(),
            offsets: self.loader.offsets.as_ptr(),
            selections: self.selections.as_ptr(),
            selected: self.selected.as_mut_ptr(),
            slots: self.slots.as_ptr(),
            counters: self.counters.as_mut_ptr(),
            sums: self.sums.as_mut_ptr(),
            fills: self.fills.as_mut_ptr(),
            room: std::ptr::null_mut(),
            room_end: std::ptr::null_mut(),
            reserve: host::reserve,
            drain: host::drain,
            fill: host::fill,
            fault_event: u32::MAX,
            fault_site: 0,
            fault_values: self.fault_values.as_mut_ptr(),
            context: (&raw mut self.host).cast::<c_void>(),
            now: &raw const *self.now,
            reached: self.reached.marks.as_mut_ptr(),
        };
        let description = self.description;
        let mut unread = None;
        let mut kernel_time = Duration::ZERO;
        for (number, part) in description.parts.iter().enumerate() {
            // SAFETY: `selected` has one number per selection, and points to memory of this worker; it is read through
            // the frame's pointer because kernels write through it.
            let selected = match self.selections.get(part.selection) {
                Some(_) => unsafe { *frame.selected.add(part.selection) },
                None => return Err(RunError::Bug(format!("part {number} has no selection {}", part.selection))),
            };
            if selected == 0 {
                continue;
            }
            if let Err(error) = self.loader.load(cache, description, part, first, count) {
                unread = Some(error);
                break;
            }
            // The loader's rows of pointers are written by `load`, fills and host by `drain_all`; taking their addresses
            // again keeps the frame's valid.
            frame.columns = self.loader.columns.as_ptr();
            frame.offsets = self.loader.offsets.as_ptr();
            frame.fills = self.fills.as_mut_ptr();
            frame.context = (&raw mut self.host).cast::<c_void>();
            let events = self.selections[part.selection].cast_const();
            if !part.reached.is_empty() {
                // SAFETY: a selection has room for a batch of events, of which so many were written.
                let events = unsafe { std::slice::from_raw_parts(events, selected as usize) };
                self.reached.all(&part.reached, events);
                frame.reached = self.reached.marks.as_mut_ptr();
            }
            self.now.set(Now::KERNEL);
            let begin = Instant::now();
            // SAFETY: every array of the frame has the length that the description asks for (`Worker::new`); the part's
            // inputs and collections were loaded just now, for `count` events, and their segments are held by the
            // loader until the next batch; the first `selected` numbers of the selection were written by this function
            // or by an earlier part; nothing else refers to the worker's memory while the kernel runs.
            unsafe { self.shared.job.kernel.run(number, &raw mut frame, events, selected as usize) };
            kernel_time += begin.elapsed();
            self.now.set(Now::OUTSIDE);
            self.host.drain_all(&mut self.fills, &mut self.spent.kernel);
        }
        self.spent.kernel += kernel_time;
        self.reached.end();
        let fault = (frame.fault_event != u32::MAX).then(|| first + u64::from(frame.fault_event));
        match (fault, unread) {
            (None, None) => Ok(()),
            (Some(event), unread) if unread.as_ref().is_none_or(|u| event <= u.event) => {
                let path = self.shared.job.files.get(file).map(|f| f.path().to_path_buf()).unwrap_or_default();
                Err(RunError::Fault { path, file, event, site: frame.fault_site, values: self.fault_values.clone() })
            }
            (_, Some(unread)) => Err(RunError::Read(unread.error)),
            (Some(_), None) => Err(RunError::Bug("a fault was lost".to_string())),
        }
    }

    /// Makes the list of the events that the run's mask lets through, of which there are so many, and notes their
    /// luminosity sections. Without a mask it is the list of all.
    fn select_sections(&mut self, cache: &FileCache, first: u64, count: usize) -> Result<usize, LoadError> {
        let Some(job) = &self.shared.job.lumi else { return Ok(count) };
        let Some([runs, sections]) = self.loader.sections(cache, first, count)? else { return Ok(count) };
        let mut kept = 0;
        let mut last = None;
        for (event, (run, section)) in runs.into_iter().zip(sections).enumerate() {
            let known = last.filter(|(r, s, _)| (*r, *s) == (run, section)).map(|(_, _, passes)| passes);
            let passes = known.unwrap_or_else(|| {
                let passes = job.mask.as_ref().is_none_or(|mask| mask.contains(run, section));
                self.lumi.see(run);
                if job.counts(run, section) {
                    self.lumi.processed.add(run, section);
                }
                last = Some((run, section, passes));
                passes
            });
            if passes {
                if let Some(&list) = self.selections.first().filter(|_| job.mask.is_some() && kept < BATCH) {
                    // SAFETY: a selection has room for a batch of events, and nothing else refers to it now.
                    unsafe { *list.add(kept) = event as u32 };
                }
                kept += 1;
            }
        }
        self.lumi.kept += kept as u64;
        Ok(kept)
    }

    /// Hands on the rows of a chunk.
    fn save(&mut self, number: usize, chunk: &Chunk) -> Result<(), RunError> {
        let Some(save) = self.shared.job.save else { return Ok(()) };
        let empty = vec![Vec::new(); self.host.rows.records.len()];
        let records = std::mem::replace(&mut self.host.rows.records, empty);
        let rows =
            Rows { file: chunk.file, events: chunk.events.clone(), widths: self.host.rows.widths.clone(), records };
        save.put(number, rows).map_err(RunError::Output)
    }

    /// Adds the sums of a chunk to those of the run.
    fn merge(&mut self, number: usize, chunk: &Chunk) {
        let begin = Instant::now();
        for histogram in self.host.filled.drain(..) {
            let Some(bins) = self.host.bins.get_mut(histogram) else { continue };
            let binner = &self.host.binners[histogram];
            let mut sums = lock(&self.shared.histograms[histogram]);
            sums.get_or_insert_with(|| Box::new(ExactBins::new(binner))).absorb(binner, bins);
        }
        let Some(reader) = self.shared.job.files.get(chunk.file) else { return };
        let (path, tree) = (reader.path().display().to_string(), &reader.schema().tree);
        let mut totals = lock(&self.shared.totals);
        for (total, own) in totals.counters.iter_mut().zip(&self.counters) {
            *total += own;
        }
        for (index, &sum) in self.sums.iter().enumerate() {
            totals.sums.add(index, sum);
        }
        totals.lumi.merge(&self.lumi);
        let record = self.shared.job.record(chunk.file);
        if let Err(error) = totals.ledger.add(&path, tree, &record, &chunk.events) {
            self.shared.fail(number, error);
        }
        drop(totals);
        self.spent.merge += begin.elapsed();
    }
}
