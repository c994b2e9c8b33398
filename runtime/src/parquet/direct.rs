//! The short way for numbers and lists of numbers: the values of pages go straight to the segment's vector, and the levels
//! become starts, without the arrays of Arrow between. What it does not read goes the long way, with the same results.
//!
//! Levels are those of Dremel (<https://parquet.apache.org/docs/file-format/nestedencoding/>): a repetition level of 0
//! begins an event, and the definition level says how much of the path to a value is there.

use std::sync::Arc;

use parquet::basic::Type as Physical;
use parquet::column::reader::{ColumnReaderImpl, GenericColumnReader};
use parquet::data_type::{DataType, DoubleType, FloatType, Int32Type, Int64Type};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::schema::types::SchemaDescriptor;

use super::bytes::Bytes;
use super::{Piece, STEP, Unfit};
use crate::schema::{Column, ElementType, Shape};
use crate::values::Buffer;

/// Values that room is made for before they are seen.
const ROOM: usize = 1 << 20;

/// A reader of one column that stands somewhere in a row group.
pub(super) struct Direct {
    column: Typed,
    levels: Levels,
    /// The row group, and how many of its events are not read yet.
    group: usize,
    left: usize,
    repetition: Vec<i16>,
    definition: Vec<i16>,
}

/// The readers of the types that need no conversion.
enum Typed {
    F32(Box<ColumnReaderImpl<FloatType>>),
    F64(Box<ColumnReaderImpl<DoubleType>>),
    I32(Box<ColumnReaderImpl<Int32Type>>),
    I64(Box<ColumnReaderImpl<Int64Type>>),
}

/// What definition levels mean for a column.
#[derive(Clone, Copy)]
struct Levels {
    /// A value is there.
    value: i16,
    /// An element of a list is there; 0 for a column without lists.
    element: i16,
    is_list: bool,
}

/// What was read of a segment.
pub(super) struct Found {
    pub events: usize,
    pub offsets: Option<Vec<u32>>,
    pub values: Buffer,
    pub null_lists: u64,
    pub null_values: u64,
}

/// Whether a column is read this way.
pub(super) fn reads(column: &Column, schema: &SchemaDescriptor, leaf: usize) -> bool {
    let shape = match column.shape {
        Shape::Scalar => 0,
        Shape::List => 1,
        Shape::Lists | Shape::Unsupported(_) => return false,
    };
    let Some(descriptor) = schema.columns().get(leaf) else { return false };
    let is_plain = matches!(
        (column.element, descriptor.physical_type()),
        (ElementType::F32, Physical::FLOAT)
            | (ElementType::F64, Physical::DOUBLE)
            | (ElementType::I32, Physical::INT32)
            | (ElementType::I64, Physical::INT64)
    );
    is_plain && descriptor.max_rep_level() == shape
}

impl Direct {
    /// A reader at the beginning of a piece.
    pub(super) fn new(bytes: &Bytes, metadata: &ParquetMetaData, leaf: usize, piece: &Piece) -> Result<Direct, String> {
        let schema = metadata.file_metadata().schema_descr();
        let descriptor = schema.columns().get(leaf).ok_or("there is no such column")?;
        let is_list = descriptor.max_rep_level() > 0;
        let (value, element) = (descriptor.max_def_level(), descriptor.repeated_ancestor_def_level());
        let levels = Levels { value, element, is_list };
        let (column, rows) = open(bytes, metadata, leaf, piece.groups.0)?;
        let (repetition, definition) = (Vec::new(), Vec::new());
        let mut direct = Direct { column, levels, group: piece.groups.0, left: rows, repetition, definition };
        let skip = usize::try_from(piece.skip).map_err(|e| e.to_string())?;
        let skipped = direct.column.skip(skip)?;
        direct.left = direct.left.saturating_sub(skip);
        if skipped == skip { Ok(direct) } else { Err(format!("it ends after event {skipped} of a row group")) }
    }

    /// Reads the events of a piece.
    pub(super) fn read(
        &mut self,
        bytes: &Bytes,
        metadata: &ParquetMetaData,
        leaf: usize,
        piece: &Piece,
        element: ElementType,
    ) -> Result<Found, Stop> {
        let rows = usize::try_from(piece.rows).map_err(|e| Stop::Said(e.to_string()))?;
        let groups = metadata.row_groups().get(piece.groups.0..piece.groups.1).unwrap_or_default();
        let stored: i64 = groups.iter().filter_map(|g| g.columns().get(leaf)).map(|c| c.num_values()).sum();
        let of: i64 = groups.iter().map(|g| g.num_rows()).sum();
        let expected = (stored.max(0) as f64 / of.max(1) as f64 * rows as f64 * 1.05) as usize;
        let mut found = Found {
            events: 0,
            offsets: self.levels.is_list.then(|| Vec::with_capacity(rows + 1)),
            values: Buffer::with_capacity(element, expected.clamp(rows.min(ROOM), ROOM)),
            null_lists: 0,
            null_values: 0,
        };
        while found.events < rows {
            while self.left == 0 && self.group + 1 < piece.groups.1 {
                self.group += 1;
                (self.column, self.left) = open(bytes, metadata, leaf, self.group).map_err(Stop::Said)?;
            }
            let events = STEP.min(rows - found.events).min(self.left);
            let read = if events > 0 { self.step(events, &mut found)? } else { 0 };
            if read == 0 {
                return Err(Stop::End(found.events));
            }
            self.left = self.left.saturating_sub(read);
            found.events += read;
        }
        if let Some(offsets) = &mut found.offsets {
            offsets.push(u32::try_from(found.values.len()).map_err(|_| Stop::Unfit(TOO_MANY))?);
        }
        Ok(found)
    }

    /// Reads up to so many events; how many it were.
    fn step(&mut self, events: usize, found: &mut Found) -> Result<usize, Stop> {
        self.repetition.clear();
        self.definition.clear();
        let before = found.values.len();
        let (repetition, definition) = (&mut self.repetition, &mut self.definition);
        let read = match (&mut self.column, &mut found.values) {
            (Typed::F32(c), Buffer::F32(v)) => c.read_records(events, Some(definition), Some(repetition), v),
            (Typed::F64(c), Buffer::F64(v)) => c.read_records(events, Some(definition), Some(repetition), v),
            (Typed::I32(c), Buffer::I32(v)) => c.read_records(events, Some(definition), Some(repetition), v),
            (Typed::I64(c), Buffer::I64(v)) => c.read_records(events, Some(definition), Some(repetition), v),
            _ => return Err(Stop::Unfit(Unfit::Other(super::TYPE_CHANGED))),
        };
        let (records, values, _) = read.map_err(|e| Stop::Said(e.to_string()))?;
        let Levels { value, element, is_list } = self.levels;
        let elements = match &mut found.offsets {
            Some(offsets) => {
                let mut at = u32::try_from(before).map_err(|_| Stop::Unfit(TOO_MANY))?;
                for (&repeated, &defined) in repetition.iter().zip(definition.iter()) {
                    if repeated == 0 {
                        offsets.push(at);
                        found.null_lists += u64::from(defined < element - 1);
                    }
                    at = at.wrapping_add(u32::from(defined >= element));
                }
                at.wrapping_sub(before as u32) as usize
            }
            None => records,
        };
        if elements != values {
            // In the order of the file: the values that are there, and a NaN for each that is not.
            let is_there: Vec<bool> =
                definition.iter().filter(|d| !is_list || **d >= element).map(|d| *d == value).collect();
            found.null_values += (elements - values.min(elements)) as u64;
            let gap = match &mut found.values {
                Buffer::F32(v) => spread(v, before, &is_there, f32::NAN),
                Buffer::F64(v) => spread(v, before, &is_there, f64::NAN),
                _ => Err(is_there.iter().position(|there| !there).unwrap_or(0)),
            };
            gap.map_err(|at| Stop::Null { value: before + at, offsets: found.offsets.take() })?;
        }
        Ok(records)
    }
}

/// Why reading stopped.
pub(super) enum Stop {
    /// After so many events of the piece.
    End(usize),
    /// At a value that is null and no real number; its event is found by the starts so far.
    Null {
        value: usize,
        offsets: Option<Vec<u32>>,
    },
    Unfit(Unfit),
    Said(String),
}

impl Stop {
    /// In words; the piece begins at event `first`.
    pub(super) fn at(self, first: u64) -> String {
        match self {
            Stop::End(events) => format!("it ends after event {}", first + events as u64),
            Stop::Null { value, offsets: Some(offsets) } => {
                let event = offsets.partition_point(|&at| at as usize <= value).saturating_sub(1);
                Unfit::Null(event).at(first)
            }
            Stop::Null { value, offsets: None } => Unfit::Null(value).at(first),
            Stop::Unfit(unfit) => unfit.at(first),
            Stop::Said(what) => what,
        }
    }
}

const TOO_MANY: Unfit = Unfit::Other("more than 4 billion values in 65536 events");

/// Moves the values from `before` on to the places where one is there, and puts `missing` in the others.
fn spread<T: Copy>(values: &mut Vec<T>, before: usize, is_there: &[bool], missing: T) -> Result<(), usize> {
    let stored: Vec<T> = values.drain(before..).collect();
    let mut stored = stored.into_iter();
    for there in is_there {
        values.push(if *there { stored.next().unwrap_or(missing) } else { missing });
    }
    Ok(())
}

/// A column of a row group, and the number of events there.
fn open(bytes: &Bytes, metadata: &ParquetMetaData, leaf: usize, group: usize) -> Result<(Typed, usize), String> {
    let schema = metadata.file_metadata().schema_descr();
    let group = metadata.row_groups().get(group).ok_or("there is no such row group")?;
    let (Some(chunk), Some(descriptor)) = (group.columns().get(leaf), schema.columns().get(leaf)) else {
        return Err("there is no such column".to_string());
    };
    let rows = usize::try_from(group.num_rows()).map_err(|e| e.to_string())?;
    let pages = SerializedPageReader::new(Arc::new(bytes.clone()), chunk, rows, None).map_err(|e| e.to_string())?;
    let (descriptor, pages) = (descriptor.clone(), Box::new(pages));
    let column = match descriptor.physical_type() {
        Physical::FLOAT => Typed::F32(Box::new(GenericColumnReader::new(descriptor, pages))),
        Physical::DOUBLE => Typed::F64(Box::new(GenericColumnReader::new(descriptor, pages))),
        Physical::INT32 => Typed::I32(Box::new(GenericColumnReader::new(descriptor, pages))),
        Physical::INT64 => Typed::I64(Box::new(GenericColumnReader::new(descriptor, pages))),
        _ => return Err(super::TYPE_CHANGED.to_string()),
    };
    Ok((column, rows))
}

impl Typed {
    /// Passes over events; how many it were.
    fn skip(&mut self, events: usize) -> Result<usize, String> {
        fn skip<T: DataType>(column: &mut ColumnReaderImpl<T>, events: usize) -> Result<usize, String> {
            column.skip_records(events).map_err(|e| e.to_string())
        }
        match self {
            Typed::F32(column) => skip(column, events),
            Typed::F64(column) => skip(column, events),
            Typed::I32(column) => skip(column, events),
            Typed::I64(column) => skip(column, events),
        }
    }
}
