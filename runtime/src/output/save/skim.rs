//! Whole events: the entries of the input that came to a `save` without columns, with every column that can be read.
//! They are copied after the run, some thousand at a time, all columns at once.

use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex};

use rayon::prelude::*;

use super::OutputError;
use super::parquet::EventsFile;
use super::root::RootEvents;
use crate::exact::ExactSums;
use crate::lumi;
use crate::metadata::Carried;
use crate::nested::Level;
use crate::reader::{FileReader, ReadClass, ReadError, Scratch, Segment, opened};
use crate::rows::Format;
use crate::schema::{ElementType, Shape};
use crate::values::{Buffer, part_of};

/// Events that are copied at a time, at most.
const AT_A_TIME: usize = 1 << 13;

/// The input of a run, to copy events from.
pub struct Inputs<'a> {
    /// The files of the job.
    pub readers: &'a [Arc<dyn FileReader>],
    /// Columns whose sums over all events that were processed are written beside the events, such as the generator's
    /// weight: a skim has no other memory of the events that it lacks.
    pub sums: &'a [String],
    /// What the inputs say of all events that they come from, for the skim to say as well.
    pub carried: &'a [Carried],
    /// The luminosity sections that they list.
    pub sections: Option<&'a lumi::Carried>,
    /// Threads; 0 for one per core.
    pub threads: usize,
}

/// The entries of a table, file by file, in order.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    files: Vec<(usize, Vec<u64>)>,
}

/// What a skim says of the events that it comes from.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Origin {
    /// Events that were processed.
    pub(super) events: u64,
    /// Column; sum, and sum of squares, over all of these.
    pub(super) sums: Vec<(String, f64, f64)>,
}

/// A column of a skim.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SkimColumn {
    pub(super) name: String,
    pub(super) element: ElementType,
    /// One number per event, lists, or lists of lists.
    pub(super) shape: Shape,
    /// The column that holds the lengths of its lists, where the input has one.
    pub(super) counter: Option<String>,
    /// Its number in each file.
    numbers: Vec<usize>,
}

/// Values of a column.
pub(super) struct Gathered {
    pub(super) sizes: Sizes,
    /// The values.
    pub(super) values: Buffer,
}

/// The sizes of the lists of a column.
pub(super) enum Sizes {
    /// It has one number per event.
    None,
    /// The number of values of each event.
    Lists(Vec<u32>),
    /// Of lists of lists: the number of lists of each event, and of values of each list.
    Nested { lists: Vec<u32>, sizes: Vec<u32> },
}

/// The file that events are copied into.
enum Copy {
    Parquet(Box<EventsFile>),
    Root(Box<RootEvents>),
}

/// A column being read: the segment that was decoded last stays, since the next events begin in it.
struct Source<'a> {
    column: &'a SkimColumn,
    current: Option<(usize, usize, Segment)>,
}

impl Chosen {
    /// Adds the events of a chunk.
    pub(super) fn add(&mut self, file: usize, events: &[u64]) {
        match self.files.last_mut() {
            Some((last, before)) if *last == file => before.extend(events),
            _ => self.files.push((file, events.to_vec())),
        }
    }

    /// Copies the events into a file. Gives the columns that not all inputs have alike, which are left out.
    pub(super) fn write(
        &self,
        path: &Path,
        format: Format,
        inputs: &Inputs<'_>,
        processed: &[(usize, Range<u64>)],
    ) -> Result<Vec<String>, OutputError> {
        let unread = |e: ReadError| OutputError::new(&e.path, e.message);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(inputs.threads).build();
        let pool = pool.map_err(|e| OutputError::new(path, format!("no threads: {e}")))?;
        let (columns, left_out) = columns(inputs.readers);
        let origin = origin(inputs, &columns, processed).map_err(unread)?;
        let tree = inputs.readers.first().map_or("", |r| r.schema().tree.as_str());
        let mut file = match format {
            Format::Root | Format::Ntuple => {
                let root = RootEvents::begin(path, format, tree, &columns, &origin);
                Copy::Root(Box::new(root.map_err(|e| OutputError::new(path, e))?))
            }
            Format::Print | Format::Csv | Format::Parquet => {
                let parquet = EventsFile::begin(path, &columns, &origin);
                Copy::Parquet(Box::new(parquet.map_err(|e| OutputError::new(path, e))?))
            }
        };
        let mut sources: Vec<Source<'_>> = columns.iter().map(Source::new).collect();
        for (number, entries) in &self.files {
            let Some(reader) = inputs.readers.get(*number) else { continue };
            let reader = opened(reader).map_err(unread)?;
            // One per thread, not per column: the columns of a collection have their sizes in common.
            let scratches: Vec<Mutex<Scratch>> = (0..pool.current_num_threads()).map(|_| Mutex::default()).collect();
            for entries in entries.chunks(AT_A_TIME) {
                let ranges = ranges(entries);
                let gather = || {
                    let each = sources.par_iter_mut().map(|source| {
                        let own = rayon::current_thread_index().and_then(|thread| scratches.get(thread));
                        let mut own = own.and_then(|own| own.try_lock().ok());
                        let scratch = own.as_deref_mut();
                        source.gather(&*reader, *number, &ranges, scratch.unwrap_or(&mut Scratch::default()))
                    });
                    each.collect::<Result<Vec<Gathered>, ReadError>>()
                };
                let gathered = pool.install(gather).map_err(unread)?;
                match &mut file {
                    Copy::Root(root) => root.write(&gathered).map_err(|e| OutputError::new(path, e))?,
                    Copy::Parquet(parquet) => parquet.write(&gathered).map_err(|e| OutputError::new(path, e))?,
                }
            }
        }
        match file {
            Copy::Root(root) => root.finish(inputs).map_err(|e| OutputError::new(path, e))?,
            Copy::Parquet(parquet) => parquet.finish(inputs).map_err(|e| OutputError::new(path, e))?,
        }
        Ok(left_out)
    }
}

impl<'a> Source<'a> {
    fn new(column: &'a SkimColumn) -> Source<'a> {
        Source { column, current: None }
    }

    /// The values of some ranges of events of a file.
    fn gather(
        &mut self,
        reader: &dyn FileReader,
        file: usize,
        ranges: &[Range<u64>],
        scratch: &mut Scratch,
    ) -> Result<Gathered, ReadError> {
        let (mut values, mut sizes) = (Buffer::new(self.column.element), Sizes::of(&self.column.shape));
        let (name, element) = (&self.column.name, self.column.element);
        for range in ranges {
            let mut at = range.start;
            while at < range.end {
                let segment = self.segment(reader, file, at, scratch)?;
                let from = (at - segment.first) as usize;
                let to = ((range.end - segment.first) as usize).min(segment.events);
                let part = part_of(&segment.values(), segment.start(from)..segment.start(to));
                if let (adl_root::Values::U64(part), ElementType::I64) = (&part, element)
                    && part.iter().any(|v| i64::try_from(*v).is_err())
                {
                    let message = format!("column `{name}` has a value beyond 2^63 - 1");
                    return Err(ReadError::new(ReadClass::Corrupt, reader.path(), message));
                }
                if !values.append(part) {
                    let message = format!("column `{}` has values of another type", self.column.name);
                    return Err(ReadError::new(ReadClass::Schema, reader.path(), message));
                }
                sizes.extend(segment, from..to);
                at = segment.first + to as u64;
            }
        }
        Ok(Gathered { sizes, values })
    }

    /// The segment with an event.
    fn segment(
        &mut self,
        reader: &dyn FileReader,
        file: usize,
        event: u64,
        scratch: &mut Scratch,
    ) -> Result<&Segment, ReadError> {
        let ends = || {
            let message = format!("column `{}` ends before event {event}", self.column.name);
            ReadError::new(ReadClass::Corrupt, reader.path(), message)
        };
        let number = self.column.numbers.get(file).copied().ok_or_else(ends)?;
        let place = reader.borders(number).partition_point(|b| *b <= event).checked_sub(1).ok_or_else(ends)?;
        let known = self.current.as_ref().is_some_and(|(f, p, _)| (*f, *p) == (file, place));
        if !known {
            // The memory of the one before is that of this one.
            self.current = None;
            let segment = reader.decode(number, place, scratch)?;
            self.current = Some((file, place, segment));
        }
        let segment = self.current.as_ref().map(|(_, _, segment)| segment);
        let holds = |s: &&Segment| s.first <= event && event < s.first + s.events as u64;
        segment.filter(holds).ok_or_else(ends)
    }
}

impl Sizes {
    fn of(shape: &Shape) -> Sizes {
        match shape {
            Shape::Scalar | Shape::Unsupported(_) => Sizes::None,
            Shape::List => Sizes::Lists(Vec::new()),
            Shape::Lists => Sizes::Nested { lists: Vec::new(), sizes: Vec::new() },
        }
    }

    /// Adds those of some events of a segment.
    fn extend(&mut self, segment: &Segment, events: Range<usize>) {
        match self {
            Sizes::None => {}
            Sizes::Lists(lengths) => {
                lengths.extend(events.map(|e| (segment.start(e + 1) - segment.start(e)) as u32));
            }
            Sizes::Nested { lists, sizes } => {
                let Some(places) = segment.places() else { return };
                let starts = places.starts(Level::Begins).get(events.start..=events.end).unwrap_or_default();
                lists.extend(starts.windows(2).map(|pair| pair[1] - pair[0]));
                let (Some(first), Some(last)) = (starts.first(), starts.last()) else { return };
                let of = |level| places.places(level).and_then(|all| all.get(*first as usize..*last as usize));
                let (begins, ends) = (of(Level::Begins), of(Level::Ends));
                let own = begins.into_iter().flatten().zip(ends.into_iter().flatten());
                sizes.extend(own.map(|(begin, end)| end - begin));
            }
        }
    }
}

/// The columns that all files have alike; of the first file's others the names.
fn columns(readers: &[Arc<dyn FileReader>]) -> (Vec<SkimColumn>, Vec<String>) {
    let (mut common, mut left_out) = (Vec::new(), Vec::new());
    let Some(first) = readers.first() else { return (common, left_out) };
    for column in &first.schema().columns {
        if matches!(column.shape, Shape::Unsupported(_)) {
            continue;
        }
        let number = |reader: &Arc<dyn FileReader>| {
            let same = |c: &crate::schema::Column| c.name == column.name && c.shape == column.shape;
            reader.schema().columns.iter().position(same)
        };
        let numbers = readers.iter().map(number).collect::<Option<Vec<usize>>>();
        let element = numbers.as_ref().and_then(|numbers| {
            let stored = |(r, n): (&Arc<dyn FileReader>, &usize)| r.schema().columns.get(*n).map(|c| c.element);
            let mut stored = readers.iter().zip(numbers).map(stored);
            stored.try_fold(column.element, |all, one| one.and_then(|one| all.common(one)))
        });
        match numbers.zip(element) {
            Some((numbers, element)) => common.push(SkimColumn {
                name: column.name.clone(),
                element,
                shape: column.shape.clone(),
                counter: column.counter.clone(),
                numbers,
            }),
            None => left_out.push(column.name.clone()),
        }
    }
    (common, left_out)
}

/// The columns that a skim of these inputs has: those that can be read and that all inputs have alike.
#[must_use]
pub fn copied(readers: &[Arc<dyn FileReader>]) -> Vec<String> {
    columns(readers).0.into_iter().map(|c| c.name).collect()
}

/// The number of the processed events, and the sums of some of their columns.
fn origin(inputs: &Inputs<'_>, columns: &[SkimColumn], processed: &[(usize, Range<u64>)]) -> Result<Origin, ReadError> {
    let mut origin = Origin { events: processed.iter().map(|(_, r)| r.end - r.start).sum(), sums: Vec::new() };
    for column in columns.iter().filter(|c| c.shape == Shape::Scalar && inputs.sums.contains(&c.name)) {
        let (mut source, mut sums, mut scratch) = (Source::new(column), ExactSums::new(2), Scratch::default());
        let mut current: Option<(usize, Arc<dyn FileReader>)> = None;
        for (file, range) in processed {
            let reader = match current.take().filter(|(before, _)| before == file) {
                Some((_, reader)) => reader,
                None => match inputs.readers.get(*file) {
                    Some(reader) => opened(reader)?,
                    None => continue,
                },
            };
            let gathered = source.gather(&*reader, *file, std::slice::from_ref(range), &mut scratch)?;
            current = Some((*file, reader));
            let mut values = Buffer::new(ElementType::F64);
            if !values.append(gathered.values.slice(0..gathered.values.len())) {
                break;
            }
            if let Buffer::F64(values) = values {
                for value in values {
                    sums.add(0, value);
                    sums.add(1, value * value);
                }
            }
        }
        if let [sum, squares] = sums.values()[..] {
            origin.sums.push((column.name.clone(), sum, squares));
        }
    }
    Ok(origin)
}

/// Entries in order as ranges.
fn ranges(entries: &[u64]) -> Vec<Range<u64>> {
    let mut ranges: Vec<Range<u64>> = Vec::new();
    for &entry in entries {
        match ranges.last_mut() {
            Some(last) if last.end == entry => last.end += 1,
            _ => ranges.push(entry..entry + 1),
        }
    }
    ranges
}
