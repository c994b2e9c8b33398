//! What a kernel calls back for while a part runs: room for lists, and the binning of full fill buffers and of columns. The
//! buffers, bins and rooms of one thread; `run` makes a [`Host`] per thread and moves its bins to the sums of the run.

#![allow(unsafe_code)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use adl_root::Values;

use crate::binning::{Binner, Bins};
use crate::kernel::{BATCH, Fills, Frame, InputDescription, KernelDescription, Now};
use crate::rows::Rows;
use crate::schema::ElementType;

/// Entries that a buffer has room for: few if many histograms share the processor's caches.
const FILLS: [usize; 2] = [256, BATCH];
/// Entries that the buffers of all histograms have room for together, if that does not make them smaller than that.
const ALL_FILLS: usize = 1 << 16;
/// A buffer without room.
pub(crate) const NO_FILLS: Fills = Fills { values: std::ptr::null_mut(), len: 0, capacity: 0 };
/// Words of a room, at least.
const ROOM: usize = 1 << 15;

/// What the callbacks of a frame work on: fill buffers, bins and rooms.
pub(crate) struct Host<'a> {
    inputs: &'a [InputDescription],
    pub(crate) binners: &'a [Binner],
    pub(crate) bins: Vec<Bins>,
    /// The histograms that the chunk has filled.
    pub(crate) filled: Vec<usize>,
    /// The histograms, or the records behind the last histogram, that have a buffer while a part runs; its place in `buffers`.
    active: Vec<usize>,
    buffers: Vec<Vec<f64>>,
    /// Values of a column that are not next to each other.
    gathered: Vec<f64>,
    /// Per histogram and record: its place in `buffers`, if it is active.
    places: Vec<u32>,
    /// Entries that a buffer has room for.
    room_for: usize,
    /// The batch's first event in the file.
    pub(crate) first: u64,
    /// The rows of the chunk so far.
    pub(crate) rows: Rows,
    rooms: Vec<Vec<u64>>,
    /// Rooms given out in this batch.
    pub(crate) rooms_used: usize,
    pub(crate) filling: Duration,
    /// What the thread works for.
    now: Arc<Now>,
}

impl<'a> Host<'a> {
    /// For a kernel, the binners of its histograms, and a thread.
    pub(crate) fn new(description: &'a KernelDescription, binners: &'a [Binner], now: Arc<Now>) -> Host<'a> {
        let (histograms, records) = (description.histograms.len(), description.records.len());
        let buffers = histograms + records;
        let widths = description.records.iter().map(|values| values + 1).collect();
        Host {
            inputs: &description.inputs,
            binners,
            bins: vec![Bins::default(); histograms],
            filled: Vec::new(),
            active: Vec::new(),
            buffers: Vec::new(),
            gathered: Vec::new(),
            places: vec![0; buffers],
            room_for: (ALL_FILLS / buffers.max(1)).clamp(FILLS[0], FILLS[1]),
            first: 0,
            rows: Rows { file: 0, events: 0..0, records: vec![Vec::new(); records], widths },
            rooms: Vec::new(),
            rooms_used: 0,
            filling: Duration::ZERO,
            now,
        }
    }

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
        let before = self.now.set(Now::FILLS | number as u32);
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
        self.now.set(before);
    }

    /// Bins values of a column that are next to each other.
    fn bin(&mut self, number: usize, values: &Values<'_>) {
        let (begin, before) = (Instant::now(), self.now.set(Now::FILLS | number as u32));
        if let (Some(binner), Some(bins)) = (self.binners.get(number), self.bins.get_mut(number)) {
            let was_empty = bins.is_empty();
            binner.fill_column(values, bins);
            if was_empty && !bins.is_empty() {
                self.filled.push(number);
            }
        }
        self.now.set(before);
        self.filling += begin.elapsed();
    }

    /// Takes the entries of all buffers, after a part, and the buffers for the next one: so they stay in the caches, and
    /// their memory does not grow with the number of histograms. The time is added to the kernel's, as that of drains
    /// inside of it is.
    pub(crate) fn drain_all(&mut self, fills: &mut [Fills], kernel_time: &mut Duration) {
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
pub(crate) extern "C" fn reserve(frame: *mut Frame, bytes: u64) {
    // SAFETY: a kernel passes on the frame that it was given by the driver, whose context is its `Host`;
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
pub(crate) extern "C" fn drain(frame: *mut Frame, histogram: u32) {
    // SAFETY: as for `reserve`; `histogram` is a number of the kernel's description, for each of which there is a `Fills`.
    unsafe {
        let host = &mut *(*frame).context.cast::<Host<'_>>();
        host.drain(histogram as usize, &mut *(*frame).fills.add(histogram as usize));
    }
}

/// [`Frame::fill`].
pub(crate) extern "C" fn fill(frame: *mut Frame, histogram: u32, input: u32, events: *const u32, count: u64) {
    // SAFETY: as for `reserve`; the input and the sizes of its collection were loaded for the batch before the part ran, and
    // the part passes on events that it was called for.
    unsafe {
        let host = &mut *(*frame).context.cast::<Host<'_>>();
        let Some(description) = host.inputs.get(input as usize) else { return };
        let events = std::slice::from_raw_parts(events, count as usize);
        let column = *(*frame).columns.add(input as usize);
        let offsets = description.collection.map(|collection| *(*frame).offsets.add(collection));
        let place = |event: u32| offsets.map_or(event as usize, |offsets| *offsets.add(event as usize) as usize);
        let values = |first: u32, last: u32| {
            let (begin, end) = (place(first), place(last + 1));
            match description.element {
                ElementType::F32 => {
                    Values::F32(std::slice::from_raw_parts(column.cast::<f32>().add(begin), end - begin))
                }
                _ => Values::F64(std::slice::from_raw_parts(column.cast::<f64>().add(begin), end - begin)),
            }
        };
        let (Some(&first), Some(&last)) = (events.first(), events.last()) else { return };
        if (last - first) as usize + 1 == events.len() {
            host.bin(histogram as usize, &values(first, last));
            return;
        }
        let mut gathered = std::mem::take(&mut host.gathered);
        if offsets.is_none() {
            match values(0, last) {
                Values::F32(all) => gathered.extend(events.iter().map(|event| f64::from(all[*event as usize]))),
                Values::F64(all) => gathered.extend(events.iter().map(|event| all[*event as usize])),
                _ => (),
            }
        } else {
            for run in events.chunk_by(|event, next| event + 1 == *next) {
                match values(run[0], run[run.len() - 1]) {
                    Values::F32(values) => gathered.extend(values.iter().copied().map(f64::from)),
                    Values::F64(values) => gathered.extend(values),
                    _ => (),
                }
                if gathered.len() >= BATCH {
                    host.bin(histogram as usize, &Values::F64(&gathered));
                    gathered.clear();
                }
            }
        }
        host.bin(histogram as usize, &Values::F64(&gathered));
        gathered.clear();
        host.gathered = gathered;
    }
}
