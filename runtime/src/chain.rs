//! Files of a chain: all are opened before the first event, to be described; and a file that has a column of the chain under
//! another name, or not at all, gives it under the chain's name here. Behind a [`ChainFile`] all files look alike.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use crate::cache::overlapping;
use crate::described::{Described, Known, Open};
use crate::lumi::LumiMask;
use crate::progress::Progress;
use crate::reader::{FileReader, ReadClass, ReadError, Scratch, Segment};
pub use crate::references::OneKey;
use crate::schema::{Column, Columns, ElementType, FileSchema, Shape};
use crate::values::{Buffer, part_of};
use crate::{job, references, remote};

/// Events in a segment of a constant.
const SEGMENT: u64 = 1 << 14;

/// Files opened at a time, at most: opening waits for networks rather than for a core.
const AT_A_TIME: usize = 16;
/// Files here, for each core: each takes memory while it is opened.
const PER_CORE: usize = 2;

/// Files that stay open from then on until they are read. Others are opened again.
const STAY: usize = 4;

/// Opens the files of a job by their headers, several at a time, in order. `open` opens one of them; of many files, also again
/// when its events are due.
///
/// # Errors
/// Those of all files that cannot be opened, in order.
pub fn open_all<F>(files: &[PathBuf], progress: bool, open: F) -> Result<Vec<Arc<dyn FileReader>>, Vec<ReadError>>
where
    F: Fn(&Path) -> Result<Arc<dyn FileReader>, ReadError> + Send + Sync + 'static,
{
    let (open, known): (Open, _) = (Arc::new(open), Known::default());
    let bar = Progress::counting(progress, files.len() as u64, "files");
    let one = |(number, path): (usize, &PathBuf)| {
        let opened = open(path);
        bar.advance(1);
        opened.map(|reader| match files.len() > STAY && reader.is_opened_again() {
            true => Arc::new(Described::of(reader, open.clone(), &known, number < STAY)) as Arc<dyn FileReader>,
            false => reader,
        })
    };
    let is_remote = files.iter().any(|file| remote::is_remote(file));
    let most = if is_remote { AT_A_TIME } else { AT_A_TIME.min(PER_CORE * job::threads(0)) };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(files.len().clamp(1, most)).build();
    let opened: Vec<_> = match pool {
        Ok(pool) => pool.install(|| files.par_iter().enumerate().map(one).collect()),
        Err(_) => files.iter().enumerate().map(one).collect(),
    };
    bar.finish();
    let (mut readers, mut errors) = (Vec::new(), Vec::new());
    for file in opened {
        match file {
            Ok(reader) => readers.push(reader),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(readers) } else { Err(errors) }
}

/// A plain value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Constant {
    /// A condition.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A real number.
    Real(f64),
}

/// A column that a file does not have under this name.
#[derive(Clone, Debug, PartialEq)]
pub struct Extra {
    /// Its name in the chain.
    pub name: String,
    /// The type of its values.
    pub element: ElementType,
    /// Where it comes from.
    pub source: Source,
}

/// Where a further column of a file comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// The file's column of this number.
    Column(usize),
    /// The same value everywhere: in every event, or in every element of the lists of the column of this number (or as
    /// many as it says, if it is no list).
    Constant {
        /// The value.
        value: Constant,
        /// The number of the column with the lists, or with their sizes.
        like: Option<usize>,
    },
    /// Whether a mask has the luminosity section of the event.
    Mask {
        /// The mask.
        mask: Arc<LumiMask>,
        /// The number of the column of runs.
        run: usize,
        /// That of sections.
        section: usize,
    },
    /// Positions that element links lead to: see [`crate::references`].
    Links {
        /// The number of the column of positions.
        index: usize,
        /// That of the keys of the collections.
        key: usize,
        /// What was read of these so far.
        one: OneKey,
    },
    /// Positions that references lead to: see [`crate::references`].
    References {
        /// The number of the column of references.
        numbers: usize,
        /// The numbers of the columns by which objects are known.
        known_by: Vec<usize>,
    },
}

/// A file with further columns.
pub struct ChainFile {
    file: Arc<dyn FileReader>,
    schema: FileSchema,
    extras: Vec<Extra>,
    /// Where the segments of scalar constants begin.
    borders: Vec<u64>,
}

/// The files, each with these columns besides its own.
#[must_use]
pub fn with_extras(files: impl IntoIterator<Item = (Arc<dyn FileReader>, Vec<Extra>)>) -> Vec<Arc<dyn FileReader>> {
    let mut before = Columns::default();
    let with = |(file, extras): (Arc<dyn FileReader>, Vec<Extra>)| {
        if extras.is_empty() {
            return file;
        }
        let mut made = ChainFile::new(file, extras);
        // Most files of a chain have the same columns.
        if !made.schema.columns.share(&before) {
            before = made.schema.columns.clone();
        }
        Arc::new(made) as Arc<dyn FileReader>
    };
    files.into_iter().map(with).collect()
}

impl ChainFile {
    fn new(file: Arc<dyn FileReader>, extras: Vec<Extra>) -> ChainFile {
        let mut schema = file.schema().clone();
        let own = file.schema();
        for extra in &extras {
            let of = |number: usize| own.columns.get(number);
            let (shape, counter, title) = match &extra.source {
                Source::Column(number)
                | Source::References { numbers: number, .. }
                | Source::Links { index: number, .. } => {
                    of(*number).map_or((Shape::Scalar, None, ""), |c| (c.shape.clone(), c.counter.clone(), &c.title))
                }
                Source::Mask { .. } | Source::Constant { like: None, .. } => (Shape::Scalar, None, ""),
                Source::Constant { like: Some(number), .. } => {
                    let counter = of(*number).and_then(|c| match c.shape {
                        Shape::List | Shape::Lists => c.counter.clone(),
                        Shape::Scalar | Shape::Unsupported(_) => Some(c.name.clone()),
                    });
                    (Shape::List, counter, "")
                }
            };
            let (name, element, title) = (extra.name.clone(), extra.element, title.to_string());
            schema.columns.push(Column { name, element, shape, counter, title, codec: "none".to_string() });
        }
        let mut borders: Vec<u64> = (0..schema.events.div_ceil(SEGMENT)).map(|n| n * SEGMENT).collect();
        borders.push(schema.events);
        ChainFile { file, schema, extras, borders }
    }

    /// The further column of a number, if it is one.
    fn extra(&self, column: usize) -> Option<&Extra> {
        self.extras.get(column.checked_sub(self.schema.columns.len() - self.extras.len())?)
    }

    /// A segment of what a mask says.
    fn masked(
        &self,
        mask: &LumiMask,
        [run, section]: [usize; 2],
        segment: usize,
        scratch: &mut Scratch,
    ) -> Result<Segment, ReadError> {
        let border = |n: usize| self.file.borders(run).get(n).copied();
        let Some((first, end)) = border(segment).zip(border(segment + 1)) else {
            return Err(ReadError::new(ReadClass::Corrupt, self.file.path(), "a column ends early"));
        };
        let runs = whole_numbers(&*self.file, run, &(first..end), scratch)?;
        let sections = whole_numbers(&*self.file, section, &(first..end), scratch)?;
        let bits = runs.iter().zip(&sections).map(|(run, section)| u8::from(mask.contains(*run, *section)));
        Ok(Segment::scalars(first, Buffer::Bool(bits.collect())))
    }

    /// A segment of a constant.
    fn constant(
        &self,
        value: Constant,
        element: ElementType,
        like: Option<usize>,
        segment: usize,
        scratch: &mut Scratch,
    ) -> Result<Segment, ReadError> {
        let wrong = |what: &str| ReadError::new(ReadClass::Corrupt, self.file.path(), what);
        let Some(like) = like else {
            let border = |n: usize| self.borders.get(n).copied().ok_or_else(|| wrong("a column ends early"));
            let (first, end) = (border(segment)?, border(segment + 1)?);
            let count = usize::try_from(end - first).map_err(|_| wrong("a column is too long"))?;
            return Ok(Segment::scalars(first, repeated(value, element, count)));
        };
        let sizes = self.file.decode(like, segment, scratch)?;
        let is_list = self.file.schema().columns.get(like).is_some_and(|c| c.shape == Shape::List);
        let offsets: Option<Vec<u32>> = if is_list {
            (0..=sizes.events).map(|e| u32::try_from(sizes.start(e)).ok()).collect()
        } else {
            let mut counts = Buffer::new(ElementType::I64);
            let whole = counts.append(sizes.values());
            match &counts {
                Buffer::I64(counts) if whole => summed(counts),
                _ => None,
            }
        };
        let offsets = offsets.ok_or_else(|| wrong("the sizes of a collection are negative or far too large"))?;
        let count = offsets.last().map_or(0, |n| *n as usize);
        let made = Segment::lists(sizes.first, offsets, repeated(value, element, count));
        made.ok_or_else(|| wrong("the sizes of a collection are damaged"))
    }
}

/// The whole numbers of a column for some events.
pub(crate) fn whole_numbers(
    file: &dyn FileReader,
    column: usize,
    events: &Range<u64>,
    scratch: &mut Scratch,
) -> Result<Vec<i64>, ReadError> {
    let name = || file.schema().columns.get(column).map_or("", |c| c.name.as_str());
    let wrong = |what: &str| ReadError::new(ReadClass::Corrupt, file.path(), format!("column `{}` {what}", name()));
    let mut numbers = Buffer::new(ElementType::I64);
    for number in overlapping(file.borders(column), events) {
        let segment = file.decode(column, number, scratch)?;
        let from = events.start.saturating_sub(segment.first) as usize;
        let to = (events.end.saturating_sub(segment.first) as usize).min(segment.events);
        let values = segment.values();
        let part = part_of(&values, segment.start(from)..segment.start(to));
        if let adl_root::Values::U64(values) = &part
            && values.iter().any(|v| i64::try_from(*v).is_err())
        {
            return Err(wrong("has a value beyond 2^63 - 1"));
        }
        if !numbers.append(part) {
            return Err(ReadError::new(
                ReadClass::Schema,
                file.path(),
                format!("column `{}` does not hold whole numbers", name()),
            ));
        }
    }
    match numbers {
        Buffer::I64(numbers) if numbers.len() as u64 == events.end - events.start => Ok(numbers),
        _ => Err(wrong("ends early")),
    }
}

/// Values that the lists of a segment may have by a column of sizes alone: a limit against damaged ones.
const MOST: u32 = 1 << 27;

/// Sizes as offsets; none if one is negative or they are far too large.
fn summed(counts: &[i64]) -> Option<Vec<u32>> {
    let mut offsets = vec![0_u32];
    for &count in counts {
        let end = offsets.last()?.checked_add(u32::try_from(count).ok()?)?;
        offsets.push(Some(end).filter(|n| *n <= MOST)?);
    }
    Some(offsets)
}

/// A value many times, in a type that holds it.
fn repeated(value: Constant, element: ElementType, count: usize) -> Buffer {
    let real = match value {
        Constant::Bool(value) => f64::from(u8::from(value)),
        Constant::Int(value) => value as f64,
        Constant::Real(value) => value,
    };
    let whole = match value {
        Constant::Int(value) => value,
        Constant::Bool(value) => i64::from(value),
        Constant::Real(value) => value as i64,
    };
    match element {
        ElementType::Bool => Buffer::Bool(vec![u8::from(whole != 0); count]),
        ElementType::I8 => Buffer::I8(vec![whole as i8; count]),
        ElementType::U8 => Buffer::U8(vec![whole as u8; count]),
        ElementType::I16 => Buffer::I16(vec![whole as i16; count]),
        ElementType::U16 => Buffer::U16(vec![whole as u16; count]),
        ElementType::I32 => Buffer::I32(vec![whole as i32; count]),
        ElementType::U32 => Buffer::U32(vec![whole as u32; count]),
        ElementType::I64 => Buffer::I64(vec![whole; count]),
        ElementType::U64 => Buffer::U64(vec![whole.cast_unsigned(); count]),
        ElementType::F32 => Buffer::F32(vec![real as f32; count]),
        ElementType::F64 => Buffer::F64(vec![real; count]),
    }
}

impl FileReader for ChainFile {
    fn opened(&self) -> Option<Result<Arc<dyn FileReader>, ReadError>> {
        let with = |file| {
            let (schema, extras, borders) = (self.schema.clone(), self.extras.clone(), self.borders.clone());
            Arc::new(ChainFile { file, schema, extras, borders }) as Arc<dyn FileReader>
        };
        self.file.opened().map(|file| file.map(with))
    }

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
        &self.schema
    }

    fn notes(&self) -> &[(String, String)] {
        self.file.notes()
    }

    fn codec(&self, column: usize) -> String {
        match self.extra(column).map(|e| &e.source) {
            None => self.file.codec(column),
            Some(Source::Column(number)) => self.file.codec(*number),
            Some(Source::Constant { .. } | Source::Mask { .. } | Source::References { .. } | Source::Links { .. }) => {
                "none".to_string()
            }
        }
    }

    fn borders(&self, column: usize) -> &[u64] {
        match self.extra(column).map(|e| &e.source) {
            None => self.file.borders(column),
            Some(
                Source::Column(number)
                | Source::Constant { like: Some(number), .. }
                | Source::Mask { run: number, .. }
                | Source::References { numbers: number, .. }
                | Source::Links { index: number, .. },
            ) => self.file.borders(*number),
            Some(Source::Constant { like: None, .. }) => &self.borders,
        }
    }

    fn decode(&self, column: usize, segment: usize, scratch: &mut Scratch) -> Result<Segment, ReadError> {
        let Some(extra) = self.extra(column) else { return self.file.decode(column, segment, scratch) };
        match &extra.source {
            Source::Column(number) => self.file.decode(*number, segment, scratch),
            Source::Constant { value, like } => self.constant(*value, extra.element, *like, segment, scratch),
            Source::Mask { mask, run, section } => self.masked(mask, [*run, *section], segment, scratch),
            Source::Links { index, key, one } => references::keyed(&*self.file, [*index, *key], one, segment, scratch),
            Source::References { numbers, known_by } => {
                references::positions(&*self.file, *numbers, known_by, segment, scratch)
            }
        }
    }

    fn stored(&self, column: usize, segment: usize) -> u64 {
        match self.extra(column).map(|e| &e.source) {
            None => self.file.stored(column, segment),
            Some(Source::Column(number)) => self.file.stored(*number, segment),
            Some(Source::Constant { .. } | Source::Mask { .. } | Source::References { .. } | Source::Links { .. }) => 0,
        }
    }

    fn tree(&self, name: &str) -> Option<Result<Arc<dyn FileReader>, ReadError>> {
        self.file.tree(name)
    }

    fn histograms(&self, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Vec<f64>>, ReadError> {
        self.file.histograms(wanted)
    }

    fn begins_anywhere(&self) -> bool {
        self.file.begins_anywhere()
    }

    fn is_remote(&self) -> bool {
        self.file.is_remote()
    }

    fn announce(&self, segments: &[(usize, usize)]) -> bool {
        let own = |&(column, segment): &(usize, usize)| {
            let columns = match self.extra(column).map(|e| &e.source) {
                None => [Some(column), None],
                Some(
                    Source::Column(number)
                    | Source::References { numbers: number, .. }
                    | Source::Links { index: number, .. },
                ) => [Some(*number), None],
                Some(Source::Constant { like, .. }) => [*like, None],
                Some(Source::Mask { run, section, .. }) => [Some(*run), Some(*section)],
            };
            columns.into_iter().flatten().map(move |column| (column, segment))
        };
        let own: Vec<(usize, usize)> = segments.iter().flat_map(own).collect();
        self.file.announce(&own)
    }

    fn rest(&self) {
        self.file.rest();
    }
}
