//! The decoded segments of one file, shared by all threads, from their first use until the last chunk that overlaps them
//! is done; and where the columns of a kernel are in the file. `load` makes batches of them.

use std::ops::Range;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::time::Instant;

use crate::job::CHUNK;
use crate::kernel::{InputDescription, KernelDescription, PartDescription};
use crate::nested::{self, Level};
use crate::reader::{FileReader, ReadClass, ReadError, Scratch, Segment};
use crate::schema::{ElementType, Shape};
use crate::spent::ColumnSpent;

/// The columns of one file that a kernel reads, and their decoded segments.
pub struct FileCache {
    pub(crate) reader: Arc<dyn FileReader>,
    pub(crate) columns: Vec<CachedColumn>,
    /// Per input of the kernel: index into `columns`, and what of lists of lists.
    pub(crate) inputs: Vec<(usize, Level)>,
    /// Per collection of the kernel.
    pub(crate) collections: Vec<Sizes>,
    /// The columns of run and luminosity section, if they are asked for.
    pub(crate) sections: Option<[usize; 2]>,
    /// Lists that were null in the file, in the segments decoded so far.
    null_lists: AtomicU64,
    /// True if several threads use it.
    pub(crate) is_shared: bool,
}

/// A column in use.
pub(crate) struct CachedColumn {
    /// Its number in the file's schema.
    pub(crate) number: usize,
    pub(crate) name: String,
    /// Whether it is used behind cuts only.
    is_late: bool,
    segments: Vec<CachedSegment>,
    /// Without the name.
    spent: Mutex<ColumnSpent>,
}

#[derive(Default)]
struct CachedSegment {
    /// Chunks that overlap it and are not done.
    remaining: AtomicU32,
    decoded: Mutex<Option<Arc<Segment>>>,
}

/// Where the sizes of a collection are: index into [`FileCache::columns`].
#[derive(Clone, Copy)]
pub(crate) enum Sizes {
    /// One number per event.
    Counter(usize),
    /// The lists themselves; of lists of lists what the level says.
    Lists(usize, Level),
}

impl FileCache {
    /// Finds the columns of a kernel in a file, of which `chunks` will be processed; and those of run and luminosity
    /// section, if they have names.
    ///
    /// # Errors
    /// `Schema` if a column is missing, has another shape, or a type whose values the kernel cannot take.
    pub fn new(
        reader: Arc<dyn FileReader>,
        description: &KernelDescription,
        sections: Option<&[String; 2]>,
        chunks: &[Range<u64>],
    ) -> Result<FileCache, ReadError> {
        let mut columns: Vec<CachedColumn> = Vec::new();
        let mut use_column = |number: usize, name: &str| {
            columns.iter().position(|c| c.number == number).unwrap_or_else(|| {
                columns.push(CachedColumn::new(number, name));
                columns.len() - 1
            })
        };
        let mut inputs = Vec::new();
        for input in &description.inputs {
            let (number, level) = find_input(&*reader, input)?;
            inputs.push((use_column(number, nested::level(&input.column).0), level));
        }
        let mut collections = Vec::new();
        for collection in &description.collections {
            let (number, level) = find_list(&*reader, &collection.column)?;
            let counter = reader.schema().columns.get(number).and_then(|c| c.counter.clone());
            collections.push(match counter {
                Some(counter) => Sizes::Counter(use_column(find(&*reader, &counter, Shape::Scalar)?, &counter)),
                None => Sizes::Lists(use_column(number, nested::level(&collection.column).0), level),
            });
        }
        let sections = match sections {
            Some([run, section]) => {
                let [a, b] = [find(&*reader, run, Shape::Scalar)?, find(&*reader, section, Shape::Scalar)?];
                Some([use_column(a, run), use_column(b, section)])
            }
            None => None,
        };
        let (null_lists, is_shared) = (AtomicU64::new(0), false);
        let mut cache = FileCache { reader, columns, inputs, collections, sections, null_lists, is_shared };
        // For a look at the columns alone, a file need not be open.
        if !chunks.is_empty() {
            cache.prepare(description, chunks);
        }
        Ok(cache)
    }

    /// Makes places for the segments, and finds the columns that are used behind cuts only.
    fn prepare(&mut self, description: &KernelDescription, chunks: &[Range<u64>]) {
        let mut early: Vec<usize> = self.sections.into_iter().flatten().collect();
        for part in description.parts.iter().filter(|part| part.selection == 0) {
            early.extend(part.inputs.iter().filter_map(|input| self.inputs.get(*input)).map(|(column, _)| *column));
            early.extend(part.collections.iter().filter_map(|c| self.collections.get(*c)).map(|sizes| match sizes {
                Sizes::Counter(column) | Sizes::Lists(column, _) => *column,
            }));
        }
        for (number, column) in self.columns.iter_mut().enumerate() {
            column.is_late = !early.contains(&number);
            column.segments = segments(column.borders(&*self.reader), chunks);
            let used = column.segments.iter().filter(|s| s.remaining.load(Ordering::Relaxed) > 0).count() as u64;
            column.spent.get_mut().unwrap_or_else(PoisonError::into_inner).segments = used;
        }
    }

    /// Where the segments of a column begin.
    pub(crate) fn borders(&self, column: usize) -> &[u64] {
        self.columns.get(column).map_or(&[], |column| column.borders(&*self.reader))
    }

    /// Drops the segments that no other chunk will need. To be called once per chunk that was given to `new`.
    pub fn release(&self, chunk: &Range<u64>) {
        for column in &self.columns {
            let borders = column.borders(&*self.reader);
            for number in overlapping(borders, chunk) {
                let Some(segment) = column.segments.get(number) else { continue };
                if segment.remaining.fetch_sub(1, Ordering::AcqRel) == 1
                    && segment.decoded.lock().unwrap_or_else(PoisonError::into_inner).take().is_none()
                {
                    let mut spent = column.spent.lock().unwrap_or_else(PoisonError::into_inner);
                    spent.skipped += 1;
                    spent.skipped_bytes += self.reader.stored(column.number, number);
                }
            }
        }
    }

    /// Lets a remote file begin to read what a chunk needs; false if enough is under way.
    pub fn announce(&self, chunk: &Range<u64>) -> bool {
        let mut wanted = Vec::new();
        for column in &self.columns {
            let segments = overlapping(column.borders(&*self.reader), chunk);
            let is_here = |segment: &usize| {
                let place = column.segments.get(*segment).and_then(|s| s.decoded.try_lock().ok());
                place.is_some_and(|decoded| decoded.is_some())
            };
            wanted.extend(segments.filter(|s| !is_here(s)).map(|segment| (column.number, segment)));
        }
        self.reader.announce(&wanted)
    }

    /// A column of lists that a part reads, and that the counter of a collection counts. None of a collection without one.
    pub(crate) fn lists_of(&self, part: &PartDescription, collection: usize) -> Option<usize> {
        let mut columns = part.inputs.iter().filter_map(|&input| Some(self.inputs.get(input)?.0));
        columns.find(|column| self.counts(collection, *column))
    }

    /// Whether the counter of a collection is that of a column of lists.
    pub(crate) fn counts(&self, collection: usize, column: usize) -> bool {
        let Some(Sizes::Counter(counter)) = self.collections.get(collection) else { return false };
        let (Some(counter), Some(column)) = (self.columns.get(*counter), self.columns.get(column)) else {
            return false;
        };
        let own = self.reader.schema().columns.get(column.number).and_then(|c| c.counter.as_deref());
        own == Some(counter.name.as_str())
    }

    /// Lists that were null in the file and count as empty, so far.
    pub fn null_lists(&self) -> u64 {
        self.null_lists.load(Ordering::Relaxed)
    }

    /// What the columns took so far.
    pub fn spent(&self) -> Vec<ColumnSpent> {
        let of = |column: &CachedColumn| {
            let spent = column.spent.lock().unwrap_or_else(PoisonError::into_inner).clone();
            ColumnSpent { name: column.name.clone(), ..spent }
        };
        let mut spent: Vec<ColumnSpent> = self.columns.iter().map(of).collect();
        for (collection, sizes) in self.collections.iter().enumerate() {
            let Sizes::Counter(counter) = *sizes else { continue };
            let told = (0..spent.len()).find(|list| spent[*list].spent.pieces > 0 && self.counts(collection, *list));
            if let Some(list) = told.filter(|_| spent[counter].spent.pieces == 0) {
                spent[counter].sizes_from = Some(spent[list].name.clone());
            }
        }
        spent
    }

    /// A segment, decoded now if no thread did it before.
    pub(crate) fn segment(
        &self,
        column: usize,
        segment: usize,
        scratch: &mut Scratch,
    ) -> Result<Arc<Segment>, ReadError> {
        let place = self.place(column, segment)?;
        let mut decoded = match place.decoded.try_lock() {
            Ok(decoded) => decoded,
            Err(TryLockError::Poisoned(decoded)) => decoded.into_inner(),
            Err(TryLockError::WouldBlock) => {
                self.look_ahead(column, segment + 1, scratch);
                place.decoded.lock().unwrap_or_else(PoisonError::into_inner)
            }
        };
        if let Some(found) = &*decoded {
            return Ok(found.clone());
        }
        let made = self.decode(column, segment, scratch)?;
        *decoded = Some(made.clone());
        Ok(made)
    }

    /// Decodes a segment, unless a thread did it before or does it now. What is wrong with it is said when it is asked for.
    pub(crate) fn decode_if_free(&self, column: usize, segment: usize, scratch: &mut Scratch) {
        if let Ok(place) = self.place(column, segment)
            && let Ok(mut decoded) = place.decoded.try_lock()
            && decoded.is_none()
        {
            *decoded = self.decode(column, segment, scratch).ok();
        }
    }

    /// While another thread decodes a segment that this one waits for, it decodes the next: of long segments, which will
    /// be needed, and which several threads come to at once.
    fn look_ahead(&self, column: usize, next: usize, scratch: &mut Scratch) {
        let borders = self.borders(column);
        let is_long = borders.get(next).zip(borders.get(next + 1)).is_some_and(|(begin, end)| end - begin > CHUNK);
        // No event may come to the next one.
        let is_late = self.columns.get(column).is_some_and(|c| c.is_late);
        let is_wanted = |place: &CachedSegment| !is_late && place.remaining.load(Ordering::Acquire) > 0;
        if is_long && self.place(column, next).is_ok_and(is_wanted) {
            self.decode_if_free(column, next, scratch);
        }
    }

    fn place(&self, column: usize, segment: usize) -> Result<&CachedSegment, ReadError> {
        let damaged = |what: &str| ReadError::new(ReadClass::Corrupt, self.reader.path(), what);
        let cached = self.columns.get(column).ok_or_else(|| damaged("a column is missing"))?;
        cached.segments.get(segment).ok_or_else(|| damaged("a column ends early"))
    }

    fn decode(&self, column: usize, segment: usize, scratch: &mut Scratch) -> Result<Arc<Segment>, ReadError> {
        let damaged = |what: &str| ReadError::new(ReadClass::Corrupt, self.reader.path(), what);
        let cached = self.columns.get(column).ok_or_else(|| damaged("a column is missing"))?;
        let (before, begin) = (scratch.spent(), Instant::now());
        let made = self.reader.decode(cached.number, segment, scratch)?;
        let time = begin.elapsed();
        cached.spent.lock().unwrap_or_else(PoisonError::into_inner).add(scratch.spent() - before, time);
        self.null_lists.fetch_add(made.null_lists, Ordering::Relaxed);
        let borders = cached.borders(&*self.reader);
        let expected = borders.get(segment).zip(borders.get(segment + 1)).map(|(a, b)| (*a, b - a));
        if expected != Some((made.first, made.events as u64)) {
            return Err(damaged(&format!("column `{}` has stretches of other lengths than announced", cached.name)));
        }
        Ok(Arc::new(made))
    }
}

impl CachedColumn {
    fn new(number: usize, name: &str) -> CachedColumn {
        let (name, segments, spent) = (name.to_string(), Vec::new(), Mutex::default());
        CachedColumn { number, name, is_late: false, segments, spent }
    }

    fn borders<'a>(&self, reader: &'a dyn FileReader) -> &'a [u64] {
        reader.borders(self.number)
    }
}

/// The segments between borders, each with the number of chunks that overlap it.
fn segments(borders: &[u64], chunks: &[Range<u64>]) -> Vec<CachedSegment> {
    let mut made = Vec::new();
    made.resize_with(borders.len().saturating_sub(1), CachedSegment::default);
    for chunk in chunks {
        for segment in made.get(overlapping(borders, chunk)).unwrap_or_default() {
            segment.remaining.fetch_add(1, Ordering::Relaxed);
        }
    }
    made
}

/// The numbers of the segments that have events of a range.
pub(crate) fn overlapping(borders: &[u64], events: &Range<u64>) -> Range<usize> {
    if events.is_empty() || borders.len() < 2 {
        return 0..0;
    }
    let first = borders.partition_point(|&b| b <= events.start).saturating_sub(1);
    let end = borders.partition_point(|&b| b < events.end).min(borders.len() - 1);
    first.min(end)..end
}

/// The number of the column that an input reads, and what of lists of lists.
fn find_input(reader: &dyn FileReader, input: &InputDescription) -> Result<(usize, Level), ReadError> {
    let (number, level) = match input.collection {
        Some(_) => find_list(reader, &input.column)?,
        None => (find(reader, &input.column, Shape::Scalar)?, Level::Numbers),
    };
    let stored = match level {
        Level::Numbers => reader.schema().columns.get(number).map_or(input.element, |c| c.element),
        Level::Begins | Level::Ends => ElementType::U32,
    };
    if input.element.holds(stored) {
        return Ok((number, level));
    }
    let (name, stored, wanted) = (&input.column, stored.name(), input.element.name());
    let message =
        format!("column `{name}` holds {stored} values here, and {wanted} values in the file that was checked");
    Err(ReadError::new(ReadClass::Schema, reader.path(), message))
}

/// The number of the column of a list, or of lists of lists of which this name says what is read.
fn find_list(reader: &dyn FileReader, name: &str) -> Result<(usize, Level), ReadError> {
    // A column whose own name ends like that is what it is.
    let is_own = reader.schema().columns.iter().any(|c| c.name == name);
    match nested::level(name) {
        (column, Some(level)) if !is_own => Ok((find(reader, column, Shape::Lists)?, level)),
        _ => Ok((find(reader, name, Shape::List)?, Level::Numbers)),
    }
}

/// The number of the column of this name and shape.
fn find(reader: &dyn FileReader, name: &str, shape: Shape) -> Result<usize, ReadError> {
    let fail = |message: String| Err(ReadError::new(ReadClass::Schema, reader.path(), message));
    let Some(number) = reader.schema().columns.iter().position(|c| c.name == name) else {
        return fail(format!("there is no column `{name}`"));
    };
    let words = |shape: &Shape| match shape {
        Shape::Scalar => "one value per event",
        Shape::List => "a list per event",
        Shape::Lists => "a list of lists per event",
        Shape::Unsupported(_) => "nothing that can be read",
    };
    match reader.schema().columns.get(number).map(|c| &c.shape) {
        Some(found) if *found == shape => Ok(number),
        Some(Shape::Unsupported(why)) => fail(format!("column `{name}` cannot be read: {why}")),
        Some(found) => {
            let (here, checked) = (words(found), words(&shape));
            fail(format!("column `{name}` has {here} here, and {checked} in the file that was checked"))
        }
        None => fail(format!("there is no column `{name}`")),
    }
}
