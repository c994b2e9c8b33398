//! From segments to batches: a [`Loader`] per thread makes of the cached segments of a file what a kernel sees of a
//! batch, an address per input and offsets per collection.

mod offsets;

use std::ops::Range;
use std::sync::Arc;

use adl_root::Values as Slice;

use self::offsets::{agree, push_counts, push_sizes};
use crate::cache::{FileCache, Sizes, overlapping};
use crate::kernel::{BATCH, InputDescription, KernelDescription, PartDescription};
use crate::nested::Level;
use crate::reader::{ReadClass, ReadError, Scratch, Segment};
use crate::schema::ElementType;
use crate::values::{Buffer, element_of, part_of};

/// Why a batch could not be loaded, and at which event of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadError {
    /// The event that is to blame, or the first of the batch.
    pub event: u64,
    /// What is wrong.
    pub error: ReadError,
}

/// The batch of one thread.
pub struct Loader {
    /// Per input: the address of the batch's first value; null if it is not loaded.
    pub columns: Vec<*const u8>,
    /// Per collection: the address of the offsets; null if they are not loaded.
    pub offsets: Vec<*const u32>,
    scratch: Scratch,
    staging: Vec<Buffer>,
    sizes: Vec<Vec<u32>>,
    /// Per cached column: the segment that was used last, so that its values stay where they are.
    current: Vec<Option<(usize, Arc<Segment>)>>,
    /// Further segments in use by this batch.
    held: Vec<Arc<Segment>>,
}

/// A stretch of a batch in one segment: its events, counted from the segment's first.
struct Stretch {
    segment: Arc<Segment>,
    level: Level,
    events: Range<usize>,
}

impl Stretch {
    /// What is read of it.
    fn values(&self) -> Slice<'_> {
        let places = self.segment.places().and_then(|p| p.places(self.level));
        places.map_or_else(|| self.segment.values(), Slice::U32)
    }

    /// The number of the first value of an event.
    fn start(&self, event: usize) -> usize {
        match self.segment.places() {
            Some(places) => places.starts(self.level).get(event).map_or(self.values().len(), |&at| at as usize),
            None => self.segment.start(event),
        }
    }

    /// The same of all events.
    fn starts(&self) -> Option<&[u32]> {
        self.segment.places().map_or_else(|| self.segment.starts(), |places| Some(places.starts(self.level)))
    }

    fn address(&self, index: usize) -> *const u8 {
        match self.segment.places().and_then(|p| p.places(self.level)) {
            Some(places) => places.as_ptr().wrapping_add(index).cast(),
            None => self.segment.address(index),
        }
    }
}

impl Loader {
    /// For a kernel.
    #[must_use]
    pub fn new(description: &KernelDescription) -> Loader {
        Loader {
            columns: vec![std::ptr::null(); description.inputs.len()],
            offsets: vec![std::ptr::null(); description.collections.len()],
            scratch: Scratch::default(),
            staging: description.inputs.iter().map(|input| Buffer::new(input.element)).collect(),
            sizes: description.collections.iter().map(|_| Vec::with_capacity(BATCH + 1)).collect(),
            current: Vec::new(),
            held: Vec::new(),
        }
    }

    /// A stretch of a file begins at an event; other threads have what is before.
    pub fn begin_at(&mut self, event: u64) {
        self.scratch.root.begin_at(event);
    }

    /// Begins a batch: nothing is loaded.
    pub fn begin(&mut self) {
        self.columns.fill(std::ptr::null());
        self.offsets.fill(std::ptr::null());
        self.held.clear();
    }

    /// Ends a chunk: lets go of all segments.
    pub fn end(&mut self) {
        self.begin();
        self.current.clear();
    }

    /// Lets go of what is kept of a file between chunks: another one comes.
    pub fn rest(&mut self) {
        self.scratch.root.rest();
    }

    /// Loads what a part needs and is not loaded yet, for the `count` events from `first` on.
    ///
    /// # Errors
    /// Damage in the file; lists that disagree with the sizes of their collection; an unsigned value beyond 2^63 - 1.
    pub fn load(
        &mut self,
        file: &FileCache,
        description: &KernelDescription,
        part: &PartDescription,
        first: u64,
        count: usize,
    ) -> Result<(), LoadError> {
        self.current.resize(file.columns.len().max(self.current.len()), None);
        if file.is_shared {
            self.share(file, part, first, count);
        }
        for &collection in &part.collections {
            if self.offsets.get(collection).is_some_and(|p| p.is_null()) {
                match file.lists_of(part, collection) {
                    Some(lists) if self.load_sizes_of(file, collection, lists, first, count) => {}
                    _ => self.load_sizes(file, collection, first, count)?,
                }
            }
        }
        for &number in &part.inputs {
            if let Some(input) = description.inputs.get(number)
                && self.columns.get(number).is_some_and(|p| p.is_null())
            {
                self.load_input(file, number, input, first, count)?;
            }
        }
        Ok(())
    }

    /// Decodes what a part needs and no other thread decodes now. Threads that come to the same long segments at the same
    /// time so share the columns between them, where one after the other would wait for all of them.
    fn share(&mut self, file: &FileCache, part: &PartDescription, first: u64, count: usize) {
        let events = first..first + count as u64;
        let sizes = part.collections.iter().filter_map(|&c| match file.collections.get(c)? {
            Sizes::Counter(column) | Sizes::Lists(column, _) => file.lists_of(part, c).is_none().then_some(*column),
        });
        let inputs = part.inputs.iter().filter_map(|&input| file.inputs.get(input).map(|(column, _)| *column));
        for column in sizes.chain(inputs) {
            for wanted in overlapping(file.borders(column), &events) {
                let is_here = matches!(self.current.get(column), Some(Some((at, _))) if *at == wanted);
                if !is_here {
                    file.decode_if_free(column, wanted, &mut self.scratch);
                }
            }
        }
    }

    /// The run and the luminosity section of the `count` events from `first` on.
    ///
    /// # Errors
    /// Damage in the file, and numbers that are not whole.
    pub fn sections(&mut self, file: &FileCache, first: u64, count: usize) -> Result<Option<[Vec<i64>; 2]>, LoadError> {
        let Some(columns) = file.sections else { return Ok(None) };
        self.current.resize(file.columns.len().max(self.current.len()), None);
        let mut both = [Vec::new(), Vec::new()];
        for (column, numbers) in columns.into_iter().zip(&mut both) {
            let stretches = self.stretches(file, (column, Level::Numbers), first, count)?;
            check_unsigned(file, column, &stretches, first)?;
            let mut made = Buffer::with_capacity(ElementType::I64, count);
            for stretch in &stretches {
                if !made.append(part_of(&stretch.values(), stretch.events.clone())) {
                    let name = file.columns.get(column).map_or("", |c| c.name.as_str());
                    let message = format!("column `{name}` does not hold whole numbers");
                    let error = ReadError::new(ReadClass::Schema, file.reader.path(), message);
                    return Err(LoadError { event: first, error });
                }
            }
            if let Buffer::I64(made) = made {
                *numbers = made;
            }
        }
        Ok(Some(both))
    }

    /// Takes the sizes of a collection from lists of it that the part reads anyway, if its counter has told theirs. What is
    /// wrong with those lists is said when their values are loaded.
    fn load_sizes_of(&mut self, file: &FileCache, collection: usize, column: usize, first: u64, count: usize) -> bool {
        let Ok(stretches) = self.stretches(file, (column, Level::Numbers), first, count) else { return false };
        if !stretches.iter().all(|stretch| stretch.segment.is_counted()) {
            return false;
        }
        let offsets = &mut self.sizes[collection];
        offsets.clear();
        offsets.push(0);
        let is_whole = stretches.iter().all(|stretch| push_sizes(offsets, stretch));
        self.offsets[collection] = offsets.as_ptr();
        is_whole
    }

    fn load_sizes(&mut self, file: &FileCache, collection: usize, first: u64, count: usize) -> Result<(), LoadError> {
        let Some(&source) = file.collections.get(collection) else { return Ok(()) };
        let (column, level) = match source {
            Sizes::Counter(column) => (column, Level::Numbers),
            Sizes::Lists(column, level) => (column, level),
        };
        let stretches = self.stretches(file, (column, level), first, count)?;
        let mut offsets = std::mem::take(&mut self.sizes[collection]);
        offsets.clear();
        offsets.push(0);
        let mut good = true;
        for stretch in &stretches {
            let events = &stretch.events;
            good &= match source {
                Sizes::Counter(_) => push_counts(&mut offsets, &part_of(&stretch.values(), events.clone())),
                Sizes::Lists(..) => push_sizes(&mut offsets, stretch),
            };
            if !good {
                break;
            }
        }
        let event = first + offsets.len() as u64 - 1;
        self.offsets[collection] = offsets.as_ptr();
        self.sizes[collection] = offsets;
        if good {
            return Ok(());
        }
        let name = file.columns.get(column).map_or("", |c| c.name.as_str());
        let message = format!("column `{name}`: the number of elements of event {event} is negative or far too large");
        Err(LoadError { event, error: ReadError::new(ReadClass::Corrupt, file.reader.path(), message) })
    }

    fn load_input(
        &mut self,
        file: &FileCache,
        number: usize,
        input: &InputDescription,
        first: u64,
        count: usize,
    ) -> Result<(), LoadError> {
        let Some(&column) = file.inputs.get(number) else { return Ok(()) };
        let stretches = self.stretches(file, column, first, count)?;
        let (column, _) = column;
        if let Some(collection) = input.collection {
            self.check_sizes(file, column, collection, &stretches, first)?;
        }
        check_unsigned(file, column, &stretches, first)?;
        self.columns[number] = match stretches.as_slice() {
            [one] if element_of(&one.values()) == input.element => one.address(one.start(one.events.start)),
            several => {
                let staged = &mut self.staging[number];
                staged.clear();
                for stretch in several {
                    let elements = stretch.start(stretch.events.start)..stretch.start(stretch.events.end);
                    if !staged.append(part_of(&stretch.values(), elements)) {
                        let message = format!("column `{}` changes its type within the file", input.column);
                        let error = ReadError::new(ReadClass::Corrupt, file.reader.path(), message);
                        return Err(LoadError { event: first, error });
                    }
                }
                staged.seal();
                staged.address(0)
            }
        };
        Ok(())
    }

    /// Fails if a list of the batch has another size than its collection.
    fn check_sizes(
        &self,
        file: &FileCache,
        column: usize,
        collection: usize,
        stretches: &[Stretch],
        first: u64,
    ) -> Result<(), LoadError> {
        let Some(offsets) = self.sizes.get(collection) else { return Ok(()) };
        // Where one counter has told both, there is nothing to compare.
        let is_counted = stretches.iter().all(|stretch| stretch.segment.is_counted());
        if is_counted && file.counts(collection, column) || agree(offsets, stretches) {
            return Ok(());
        }
        let mut sizes = offsets.windows(2).map(|pair| (pair[1] - pair[0]) as usize).enumerate();
        for stretch in stretches {
            for e in stretch.events.clone() {
                let has = stretch.start(e + 1) - stretch.start(e);
                let Some((at, expected)) = sizes.next() else { return Ok(()) };
                if has != expected {
                    let event = first + at as u64;
                    let name = |column: usize| file.columns.get(column).map_or("", |c| c.name.as_str());
                    let (Sizes::Counter(source) | Sizes::Lists(source, _)) = file.collections[collection];
                    let (ours, theirs) = (name(column), name(source));
                    let message = format!(
                        "event {event} has {has} elements in column `{ours}` and {expected} by column `{theirs}`"
                    );
                    return Err(LoadError {
                        event,
                        error: ReadError::new(ReadClass::Corrupt, file.reader.path(), message),
                    });
                }
            }
        }
        Ok(())
    }

    /// The segments with the events of the batch, which stay where they are until the next batch begins.
    fn stretches(
        &mut self,
        file: &FileCache,
        (column, level): (usize, Level),
        first: u64,
        count: usize,
    ) -> Result<Vec<Stretch>, LoadError> {
        let events = first..first + count as u64;
        let mut made = Vec::with_capacity(1);
        let mut covered = 0;
        for wanted in overlapping(file.borders(column), &events) {
            let segment = match self.current.get(column) {
                Some(Some((at, segment))) if *at == wanted => segment.clone(),
                _ => {
                    let segment = file
                        .segment(column, wanted, &mut self.scratch)
                        .map_err(|error| LoadError { event: first + covered as u64, error })?;
                    if let Some(place) = self.current.get_mut(column)
                        && let Some((_, before)) = place.replace((wanted, segment.clone()))
                    {
                        self.held.push(before);
                    }
                    segment
                }
            };
            let from = events.start.saturating_sub(segment.first) as usize;
            let to = ((events.end - segment.first) as usize).min(segment.events);
            covered += to - from;
            made.push(Stretch { segment, level, events: from..to });
        }
        if covered != count {
            let name = file.columns.get(column).map_or("", |c| c.name.as_str());
            let message = format!("column `{name}` ends before event {}", events.end);
            let error = ReadError::new(ReadClass::Corrupt, file.reader.path(), message);
            return Err(LoadError { event: first + covered as u64, error });
        }
        Ok(made)
    }
}

/// Fails at the first event with an unsigned value that no signed integer holds.
fn check_unsigned(file: &FileCache, column: usize, stretches: &[Stretch], first: u64) -> Result<(), LoadError> {
    let mut before = 0;
    for stretch in stretches {
        let events = &stretch.events;
        if let Slice::U64(values) = stretch.values() {
            let begin = stretch.start(events.start);
            let used = values.get(begin..stretch.start(events.end)).unwrap_or_default();
            if let Some(at) = used.iter().position(|&v| i64::try_from(v).is_err()) {
                let owner = events.clone().find(|&e| stretch.start(e + 1) > begin + at).unwrap_or(events.start);
                let event = first + before + (owner - events.start) as u64;
                let name = file.columns.get(column).map_or("", |c| c.name.as_str());
                let value = used.get(at).copied().unwrap_or(0);
                let message = format!("column `{name}` has the value {value} in event {event}, beyond 2^63 - 1");
                return Err(LoadError {
                    event,
                    error: ReadError::new(ReadClass::Corrupt, file.reader.path(), message),
                });
            }
        }
        before += events.len() as u64;
    }
    Ok(())
}
