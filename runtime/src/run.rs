//! The driver: threads take chunks in order; per batch of a chunk the parts run in order, each after its columns are
//! loaded, and only if its selection has events; fills are binned; the sums of the chunk go to the exact sums of the
//! run. Results do not depend on the number of threads, nor on how chunks are shared between jobs.

#![allow(unsafe_code)]

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::binning::{Binner, Bins, ExactBins};
use crate::cache::FileCache;
use crate::exact::ExactSums;
use crate::job::{Chunk, Job, RunError};
use crate::kernel::{BATCH, Fills, Frame, KernelDescription};
use crate::load::{LoadError, Loader};
use crate::lumi::Tally;
use crate::partial::{Ledger, Outcome, Partial, Performance, peak_memory};
use crate::progress::Progress;
use crate::rows::Rows;

/// Entries that a buffer has room for: few if many histograms share the processor's caches.
const FILLS: [usize; 2] = [256, BATCH];
/// Entries that the buffers of all histograms have room for together, if that does not make them smaller than that.
const ALL_FILLS: usize = 1 << 16;
/// Chunks per thread that remote files read ahead.
const AHEAD: usize = 4;
/// A buffer without room.
const NO_FILLS: Fills = Fills { values: std::ptr::null_mut(), len: 0, capacity: 0 };
/// Words of a room, at least.
const ROOM: usize = 1 << 15;

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
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let wanted = if job.threads == 0 { cores() } else { job.threads };
    let threads = wanted.min(chunks.len()).max(1);
    let shared = Shared::new(job, &chunks, threads)?;
    let work = || Worker::new(&shared).work();
    let spent = if threads == 1 {
        catch_unwind(AssertUnwindSafe(|| vec![work()]))
    } else {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|e| RunError::Bug(format!("no threads: {e}")))?;
        catch_unwind(AssertUnwindSafe(|| pool.broadcast(|_| work())))
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
    let mut performance = Performance { threads, null_lists: totals.null_lists, ..Performance::default() };
    for thread in spent {
        performance.read += thread.read;
        performance.kernel += thread.kernel;
        performance.fill += thread.fill;
        performance.merge += thread.merge;
        performance.bytes_read += thread.bytes_read;
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
    /// The next chunk to take.
    next: AtomicUsize,
    /// The next chunk whose files are told of it; of none, if no file is remote.
    told: Option<Mutex<usize>>,
    threads: usize,
    /// The earliest chunk that failed so far.
    failed: AtomicUsize,
    failure: Mutex<Option<(usize, RunError)>>,
    totals: Mutex<Totals>,
    histograms: Vec<Mutex<Option<Box<ExactBins>>>>,
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
}

/// The chunks of a file; those of a plan are in the order of the files.
fn chunks_of(chunks: &[Chunk], file: usize) -> &[Chunk] {
    let begin = chunks.partition_point(|chunk| chunk.file < file);
    let end = chunks.partition_point(|chunk| chunk.file <= file);
    chunks.get(begin..end).unwrap_or_default()
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
        };
        let events = chunks.iter().map(|chunk| chunk.events.end - chunk.events.start).sum();
        Ok(Shared {
            job,
            chunks,
            files,
            next: AtomicUsize::new(0),
            told: job.files.iter().any(|file| file.is_remote()).then(|| Mutex::new(0)),
            threads,
            failed: AtomicUsize::new(usize::MAX),
            failure: Mutex::new(None),
            totals: Mutex::new(totals),
            histograms: binners.iter().map(|_| Mutex::new(None)).collect(),
            binners,
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
        let mut made = FileCache::new(reader.clone(), description, sections, &chunks).map_err(RunError::Read)?;
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
            if let Some(cache) = place.cache.take() {
                cache.reader.rest();
            }
            lock(&self.totals).null_lists += cache.null_lists();
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
    description: &'a KernelDescription,
    loader: Loader,
    /// Per selection; that of number 0 has all events of a batch, or those of certified sections.
    selections: Vec<*mut u32>,
    selected: Vec<u32>,
    slots: Vec<*mut u64>,
    /// What the two rows of addresses point to.
    _memory: (Vec<u32>, Vec<u64>),
    counters: Vec<u64>,
    sums: Vec<f64>,
    fault_values: Vec<f64>,
    lumi: Tally,
    fills: Vec<Fills>,
    host: Host<'a>,
    spent: Performance,
}

/// What the callbacks of a frame work on: fill buffers, bins and rooms.
struct Host<'a> {
    binners: &'a [Binner],
    bins: Vec<Bins>,
    /// The histograms that the chunk has filled.
    filled: Vec<usize>,
    /// The histograms, or the records behind the last histogram, that have a buffer while a part runs; its place in `buffers`.
    active: Vec<usize>,
    buffers: Vec<Vec<f64>>,
    /// Per histogram and record: its place in `buffers`, if it is active.
    places: Vec<u32>,
    /// Entries that a buffer has room for.
    room_for: usize,
    /// The batch's first event in the file.
    first: u64,
    /// The rows of the chunk so far.
    rows: Rows,
    rooms: Vec<Vec<u64>>,
    /// Rooms given out in this batch.
    rooms_used: usize,
    filling: Duration,
}

impl<'a> Worker<'a> {
    fn new(shared: &'a Shared<'a>) -> Worker<'a> {
        let description = shared.job.kernel.description();
        // Of a large analysis, most of this memory is touched only where events come that far.
        let mut selections = vec![0_u32; description.selections.max(1) * BATCH];
        selections.iter_mut().zip(0..BATCH as u32).for_each(|(place, event)| *place = event);
        let mut slots = vec![0_u64; description.slots * BATCH];
        let histograms = description.histograms.len();
        let buffers = histograms + description.records.len();
        let widths: Vec<usize> = description.records.iter().map(|values| values + 1).collect();
        Worker {
            shared,
            description,
            loader: Loader::new(description),
            selected: vec![0; description.selections.max(1)],
            selections: selections.chunks_exact_mut(BATCH).map(<[u32]>::as_mut_ptr).collect(),
            slots: slots.chunks_exact_mut(BATCH).map(<[u64]>::as_mut_ptr).collect(),
            _memory: (selections, slots),
            counters: vec![0; description.counters],
            sums: vec![0.0; 2 * description.sums],
            fault_values: vec![0.0; description.fault_values],
            lumi: Tally::default(),
            fills: (0..buffers).map(|_| NO_FILLS).collect(),
            host: Host {
                binners: &shared.binners,
                bins: vec![Bins::default(); histograms],
                filled: Vec::new(),
                active: Vec::new(),
                buffers: Vec::new(),
                places: vec![0; buffers],
                room_for: (ALL_FILLS / buffers.max(1)).clamp(FILLS[0], FILLS[1]),
                first: 0,
                rows: Rows { file: 0, events: 0..0, records: vec![Vec::new(); widths.len()], widths },
                rooms: Vec::new(),
                rooms_used: 0,
                filling: Duration::ZERO,
            },
            spent: Performance::default(),
        }
    }

    /// Takes chunks until there are none, or an earlier one has failed.
    fn work(mut self) -> Performance {
        loop {
            let number = self.shared.next.fetch_add(1, Ordering::Relaxed);
            let Some(chunk) = self.shared.chunks.get(number) else { break };
            if self.shared.abandoned(number) {
                break;
            }
            self.shared.announce(number);
            let done = self.shared.cache(chunk.file).and_then(|cache| {
                let done = self.chunk(number, chunk, &cache);
                self.loader.end();
                self.shared.release(chunk, &cache);
                done
            });
            match done {
                Ok(true) => {
                    self.merge(number, chunk);
                    if let Err(error) = self.save(number, chunk) {
                        self.shared.fail(number, error);
                        break;
                    }
                }
                Ok(false) => break,
                Err(error) => {
                    self.shared.fail(number, error);
                    break;
                }
            }
        }
        self.spent.read = self.loader.meter.decoding;
        self.spent.bytes_read = self.loader.meter.bytes;
        self.spent.fill = self.host.filling;
        self.spent.kernel = self.spent.kernel.saturating_sub(self.host.filling);
        self.spent
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
            reserve,
            drain,
            fault_event: u32::MAX,
            fault_site: 0,
            fault_values: self.fault_values.as_mut_ptr(),
            context: (&raw mut self.host).cast::<c_void>(),
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
            let begin = Instant::now();
            // SAFETY: every array of the frame has the length that the description asks for (`Worker::new`); the part's
            // inputs and collections were loaded just now, for `count` events, and their segments are held by the
            // loader until the next batch; the first `selected` numbers of the selection were written by this function
            // or by an earlier part; nothing else refers to the worker's memory while the kernel runs.
            unsafe { self.shared.job.kernel.run(number, &raw mut frame, events, selected as usize) };
            kernel_time += begin.elapsed();
            self.host.drain_all(&mut self.fills, &mut self.spent.kernel);
        }
        self.spent.kernel += kernel_time;
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

impl Host<'_> {
    /// Makes room: takes the entries of a full buffer, or gives a buffer to what has none.
    fn drain(&mut self, number: usize, fills: &mut Fills) {
        let begin = Instant::now();
        if fills.capacity == 0 {
            let (place, size) = (self.active.len(), self.room_for * self.record(number));
            if place == self.buffers.len() {
                self.buffers.push(Vec::new());
            }
            if self.buffers[place].len() < size {
                self.buffers[place] = vec![0.0; size];
            }
            self.places[number] = place as u32;
            self.active.push(number);
            (fills.values, fills.capacity) = (self.buffers[place].as_mut_ptr(), self.room_for as u64);
        } else {
            self.take(self.places[number] as usize, number, fills);
            fills.values = self.buffers[self.places[number] as usize].as_mut_ptr();
        }
        fills.len = 0;
        self.filling += begin.elapsed();
    }

    /// Numbers per entry.
    fn record(&self, number: usize) -> usize {
        match self.binners.get(number) {
            Some(binner) => binner.record(),
            None => self.rows.widths[number - self.binners.len()],
        }
    }

    /// Bins the entries of a histogram's buffer, or takes the rows of a record's.
    fn take(&mut self, place: usize, number: usize, fills: &Fills) {
        let record = self.record(number);
        let buffer = self.buffers.get(place).map_or(&[][..], Vec::as_slice);
        let Some(entries) = buffer.get(..fills.len as usize * record) else { return };
        if let (Some(binner), Some(bins)) = (self.binners.get(number), self.bins.get_mut(number)) {
            if bins.is_empty() {
                self.filled.push(number);
            }
            binner.fill(entries, bins);
        } else if let Some(rows) = self.rows.records.get_mut(number - self.binners.len()) {
            for row in entries.chunks_exact(record) {
                let words = row
                    .iter()
                    .enumerate()
                    .map(|(i, word)| if i == 0 { self.first + word.to_bits() } else { word.to_bits() });
                rows.extend(words);
            }
        }
    }

    /// Takes the entries of all buffers, after a part, and the buffers for the next one: so they stay in the caches, and
    /// their memory does not grow with the number of histograms. The time is added to the kernel's, as that of drains
    /// inside of it is.
    fn drain_all(&mut self, fills: &mut [Fills], kernel_time: &mut Duration) {
        if self.active.is_empty() {
            return;
        }
        let begin = Instant::now();
        for place in 0..self.active.len() {
            let number = self.active[place];
            let fills = std::mem::replace(&mut fills[number], NO_FILLS);
            if fills.len > 0 {
                self.take(place, number, &fills);
            }
        }
        self.active.clear();
        let spent = begin.elapsed();
        self.filling += spent;
        *kernel_time += spent;
    }

    /// A room of at least this many words that was not given out in this batch.
    fn room(&mut self, words: usize) -> &mut [u64] {
        let fits = self.rooms.get(self.rooms_used).is_some_and(|room| room.len() >= words);
        if !fits {
            // What is not given out and too small is replaced.
            self.rooms.truncate(self.rooms_used);
            self.rooms.push(vec![0; words.max(ROOM)]);
        }
        self.rooms_used += 1;
        &mut self.rooms[self.rooms_used - 1]
    }
}

/// [`Frame::reserve`].
extern "C" fn reserve(frame: *mut Frame, bytes: u64) {
    // SAFETY: a kernel passes on the frame that it was given by `Worker::batch`, whose context is the worker's `Host`;
    // no other reference to either exists while the kernel runs. Rooms given out before stay where they are: the vector
    // of rooms may move, the memory of a room does not.
    unsafe {
        let host = &mut *(*frame).context.cast::<Host<'_>>();
        let room = host.room(usize::try_from(bytes).unwrap_or(usize::MAX).div_ceil(8)).as_mut_ptr_range();
        (*frame).room = room.start.cast();
        (*frame).room_end = room.end.cast();
    }
}

/// [`Frame::drain`].
extern "C" fn drain(frame: *mut Frame, histogram: u32) {
    // SAFETY: as for `reserve`; `histogram` is a number of the kernel's description, for each of which there is a `Fills`.
    unsafe {
        let host = &mut *(*frame).context.cast::<Host<'_>>();
        host.drain(histogram as usize, &mut *(*frame).fills.add(histogram as usize));
    }
}
