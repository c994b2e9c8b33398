//! Parquet files: flat columns, lists, lists of lists, structs and lists of structs become columns of numbers. A segment is
//! a run of whole row groups, or a slice of a large one, of at most 65536 events, so that memory stays bounded.

mod bytes;
mod chunk;
mod columns;
mod description;
mod direct;
mod levels;
mod page;
mod pages;
mod thrift;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{
    DataType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader};
use parquet::arrow::{ProjectionMask, parquet_to_arrow_field_levels};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::Length;

pub use bytes::Bytes;
pub use chunk::Unpacker;
use direct::{Direct, Found, Place, Stop};
use pages::Groups;

use crate::reader::{FileReader, ReadClass, ReadError, Scratch, Segment};
use crate::schema::{Column, FileSchema, Shape};
use crate::values::Buffer;

/// Events in a segment, at most.
const SLICE: u64 = 65_536;
/// Events in a file, at most: more are an attack, since the list of its segments would be longer than many a file.
const MOST: u64 = 1 << 34;
/// Events that are decoded at once; small, for the processor's cache.
const STEP: usize = 8192;

/// An open Parquet file.
pub struct ParquetFile {
    path: PathBuf,
    size: u64,
    bytes: Bytes,
    metadata: ArrowReaderMetadata,
    schema: FileSchema,
    borders: Vec<u64>,
    pieces: Vec<Piece>,
    /// The key-value metadata.
    notes: Vec<(String, String)>,
    /// Per column of the schema, a reader that stands behind the last slice it read.
    parked: Vec<Mutex<Option<Parked>>>,
}

/// What a segment is made of.
#[derive(Clone, Debug, PartialEq)]
struct Piece {
    /// Row groups, first and one past the last. If there are several, all of them are read.
    groups: (usize, usize),
    /// Events of the first row group before the segment.
    skip: u64,
    /// Events.
    rows: u64,
}

struct Parked {
    segment: usize,
    reader: ColumnReader,
}

/// A reader of one column.
enum ColumnReader {
    Direct(Box<Direct>),
    Arrow(Box<ParquetRecordBatchReader>),
}

impl ParquetFile {
    /// Opens a file and reads its footer.
    ///
    /// # Errors
    /// `Open` if it cannot be read; `Corrupt` if the footer is missing or damaged.
    pub fn open(path: &Path) -> Result<ParquetFile, ReadError> {
        let bytes =
            Bytes::open(path).map_err(|e| ReadError::new(ReadClass::Open, path, format!("cannot be opened: {e}")))?;
        ParquetFile::of(path, bytes)
    }

    /// The same for bytes that are open; `path` stands for the file in messages.
    ///
    /// # Errors
    /// As [`ParquetFile::open`].
    pub fn of(path: &Path, bytes: Bytes) -> Result<ParquetFile, ReadError> {
        let size = Length::len(&bytes);
        // The types stored by Arrow (dictionaries, large lists) are left out: the plain ones say the same.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let metadata = guarded(path, || {
            let metadata = Arc::new(bytes.metadata().map_err(|e| e.to_string())?);
            ArrowReaderMetadata::try_new(metadata, options).map_err(|e| e.to_string())
        });
        let metadata = metadata.map_err(|e| {
            let message = format!("the file is truncated or damaged: {}", e.message);
            bytes.lost_or(path, ReadError { message, ..e })
        })?;
        let columns = columns::columns(&metadata);
        let announced = metadata.metadata().row_groups().iter().map(|g| g.num_rows().max(0).cast_unsigned());
        let announced = announced.fold(0, u64::saturating_add);
        if announced > MOST {
            let message = format!("the file is damaged: it announces {announced} events");
            return Err(ReadError::new(ReadClass::Corrupt, path, message));
        }
        let pieces = pieces(metadata.metadata().row_groups().iter().map(|g| g.num_rows().max(0).cast_unsigned()));
        let mut borders = vec![0];
        let mut events = 0;
        for piece in &pieces {
            events += piece.rows;
            borders.push(events);
        }
        let parked = columns.iter().map(|_| Mutex::new(None)).collect();
        let schema = FileSchema { format: "Parquet", tree: String::new(), events, columns: columns.into() };
        let notes = metadata.metadata().file_metadata().key_value_metadata().into_iter().flatten();
        let notes = notes.filter_map(|note| Some((note.key.clone(), note.value.clone()?))).collect();
        Ok(ParquetFile { path: path.to_path_buf(), size, bytes, metadata, schema, borders, pieces, notes, parked })
    }

    fn arrow_reader(&self, leaf: usize, piece: &Piece) -> Result<Box<ParquetRecordBatchReader>, String> {
        let metadata = self.metadata.metadata();
        let schema = metadata.file_metadata().schema_descr();
        let mask = ProjectionMask::leaves(schema, [leaf]);
        let levels = parquet_to_arrow_field_levels(schema, mask, None).map_err(|e| e.to_string())?;
        let groups = Groups { bytes: &self.bytes, metadata, groups: piece.groups };
        let reader = ParquetRecordBatchReader::try_new_with_row_groups(&levels, &groups, STEP, None);
        let mut reader = Box::new(reader.map_err(|e| e.to_string())?);
        // Version 60 of the library would skip events for ever in a page that has fewer levels than it announces.
        let mut passed = 0;
        while passed < piece.skip {
            let batch = reader.next().ok_or("it ends before its events")?.map_err(|e| e.to_string())?;
            passed += batch.num_rows() as u64;
        }
        Ok(reader)
    }

    fn read(&self, leaf: usize, segment: usize, column: &Column, unpacker: &mut Unpacker) -> Result<Segment, String> {
        let (Some(piece), Some(place)) = (self.pieces.get(segment), self.parked.get(leaf)) else {
            return Err("there is no such segment".to_string());
        };
        let first = self.borders.get(segment).copied().unwrap_or(0);
        let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
        let (parts, reader) = self.parts(place.take(), leaf, segment, column, unpacker)?;
        // A reader that does not go on has memory for the next one.
        *place = Some(Parked { segment: segment + 1, reader });
        let rows = usize::try_from(piece.rows).map_err(|e| e.to_string())?;
        if parts.events > rows {
            return Err("a row group has more events than its header says".to_string());
        }
        let strange = "its lists do not follow each other";
        let mut made = match (parts.offsets, parts.inner) {
            (Some(lists), Some(inner)) => Segment::nested(first, &lists, &inner, parts.values).ok_or(strange)?,
            (Some(offsets), None) => Segment::lists(first, offsets, parts.values).ok_or(strange)?,
            (None, _) => Segment::scalars(first, parts.values),
        };
        (made.null_lists, made.null_values) = (parts.null_lists, parts.null_values);
        Ok(made)
    }

    /// Reads a piece, with the reader that was parked if it stands there; the reader then stands behind it.
    fn parts(
        &self,
        parked: Option<Parked>,
        leaf: usize,
        segment: usize,
        column: &Column,
        unpacker: &mut Unpacker,
    ) -> Result<(Parts, ColumnReader), String> {
        let piece = self.pieces.get(segment).ok_or("there is no such segment")?;
        let first = self.borders.get(segment).copied().unwrap_or(0);
        let rows = usize::try_from(piece.rows).map_err(|e| e.to_string())?;
        // The reader of the segment before in the same row group goes on.
        let before = parked.map(|parked| (parked.segment == segment && piece.skip > 0, parked.reader));
        let metadata = self.metadata.metadata();
        if direct::reads(column, metadata.file_metadata().schema_descr(), leaf)
            && !matches!(before, Some((true, ColumnReader::Arrow(_))))
        {
            let place = Place { bytes: &self.bytes, metadata, leaf };
            let direct = match before {
                Some((true, ColumnReader::Direct(direct))) => Ok(*direct),
                Some((_, ColumnReader::Direct(direct))) => Direct::new(place, piece, Some(*direct), unpacker),
                _ => Direct::new(place, piece, None, unpacker),
            };
            let read = direct.and_then(|mut direct| {
                let found = direct.read(place, piece, column.element, unpacker)?;
                Ok((found, direct))
            });
            match read {
                Ok((found, direct)) => return Ok((Parts::from(found), ColumnReader::Direct(Box::new(direct)))),
                Err(Stop::Foreign) => {}
                Err(stop) => return Err(stop.at(first)),
            }
            let mut reader = self.arrow_reader(leaf, piece)?;
            let parts = through_arrow(&mut reader, column, rows, first)?;
            self.count_arrow(leaf, piece, unpacker);
            return Ok((parts, ColumnReader::Arrow(reader)));
        }
        let mut reader = match before {
            Some((true, ColumnReader::Arrow(reader))) => reader,
            _ => self.arrow_reader(leaf, piece)?,
        };
        let parts = through_arrow(&mut reader, column, rows, first)?;
        self.count_arrow(leaf, piece, unpacker);
        Ok((parts, ColumnReader::Arrow(reader)))
    }

    /// What a piece takes that Arrow reads, by the description of the file; the time is all one, that of decoding.
    fn count_arrow(&self, leaf: usize, piece: &Piece, unpacker: &mut Unpacker) {
        unpacker.spent.pieces += 1;
        unpacker.spent.bytes += self.share(leaf, piece, ColumnChunkMetaData::compressed_size);
        unpacker.spent.unpacked += self.share(leaf, piece, ColumnChunkMetaData::uncompressed_size);
    }

    /// What row groups say of a column, for a piece; for a slice its share of the row group.
    fn share(&self, leaf: usize, piece: &Piece, says: fn(&ColumnChunkMetaData) -> i64) -> u64 {
        let groups = self.metadata.metadata().row_groups();
        let used = groups.get(piece.groups.0..piece.groups.1).unwrap_or_default();
        let bytes: i64 = used.iter().filter_map(|g| g.columns().get(leaf)).map(says).sum();
        let rows: i64 = used.iter().map(|g| g.num_rows()).sum();
        let share = if rows > 0 { piece.rows as f64 / rows as f64 } else { 0.0 };
        (bytes as f64 * share) as u64
    }
}

impl FileReader for ParquetFile {
    fn is_opened_again(&self) -> bool {
        !self.is_remote()
    }

    fn notes(&self) -> &[(String, String)] {
        &self.notes
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn size(&self) -> u64 {
        self.size
    }

    fn uuid(&self) -> &str {
        ""
    }

    fn schema(&self) -> &FileSchema {
        &self.schema
    }

    fn borders(&self, column: usize) -> &[u64] {
        match self.schema.columns.get(column).map(|c| &c.shape) {
            Some(Shape::Scalar | Shape::List | Shape::Lists) => &self.borders,
            Some(Shape::Unsupported(_)) | None => &[],
        }
    }

    fn decode(&self, column: usize, segment: usize, scratch: &mut Scratch) -> Result<Segment, ReadError> {
        let Some(description) = self.schema.columns.get(column) else {
            return Err(ReadError::new(ReadClass::Schema, &self.path, format!("there is no column number {column}")));
        };
        let read = guarded(&self.path, || self.read(column, segment, description, &mut scratch.parquet));
        read.map_err(|e| {
            let message = format!("column `{}`: {}", description.name, e.message);
            self.bytes.lost_or(&self.path, ReadError { message, ..e })
        })
    }

    fn stored(&self, column: usize, segment: usize) -> u64 {
        self.pieces.get(segment).map_or(0, |piece| self.share(column, piece, ColumnChunkMetaData::compressed_size))
    }

    fn is_remote(&self) -> bool {
        matches!(self.bytes, Bytes::Remote(_))
    }

    fn announce(&self, segments: &[(usize, usize)]) -> bool {
        let Bytes::Remote(blocks) = &self.bytes else { return true };
        let groups = self.metadata.metadata().row_groups();
        let mut ranges = Vec::new();
        for &(leaf, segment) in segments {
            let Some(piece) = self.pieces.get(segment) else { continue };
            let used = groups.get(piece.groups.0..piece.groups.1).unwrap_or_default();
            ranges.extend(used.iter().filter_map(|g| bytes::place(g.columns().get(leaf)?)));
        }
        blocks.announce(ranges)
    }

    fn rest(&self) {
        for parked in &self.parked {
            parked.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
        if let Bytes::Remote(blocks) = &self.bytes {
            blocks.forget();
        }
    }
}

/// Runs a reading step; a panic of the Parquet library on a damaged file becomes an error like any other.
fn guarded<T>(path: &Path, step: impl FnOnce() -> Result<T, String>) -> Result<T, ReadError> {
    let outcome = catch_unwind(AssertUnwindSafe(step)).unwrap_or_else(|_| Err("the data are damaged".to_string()));
    outcome.map_err(|message| ReadError::new(ReadClass::Corrupt, path, message))
}

/// Cuts row groups into segments: small neighbours are read together, large ones in slices.
fn pieces(groups: impl Iterator<Item = u64>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for (group, rows) in groups.enumerate() {
        match pieces.last_mut() {
            Some(last) if last.skip == 0 && last.rows + rows <= SLICE && last.groups.1 == group => {
                last.groups.1 = group + 1;
                last.rows += rows;
            }
            _ => {
                let starts = (0..rows.max(1)).step_by(SLICE as usize);
                pieces.extend(starts.map(|skip| Piece {
                    groups: (group, group + 1),
                    skip,
                    rows: SLICE.min(rows - skip),
                }));
            }
        }
    }
    pieces.retain(|piece| piece.rows > 0);
    pieces
}

/// The events of a segment, batch by batch.
fn through_arrow(
    reader: &mut ParquetRecordBatchReader,
    column: &Column,
    rows: usize,
    first: u64,
) -> Result<Parts, String> {
    let mut parts = Parts::new(column, rows);
    while parts.events < rows {
        let batch = match reader.next() {
            Some(batch) => batch.map_err(|e| e.to_string())?,
            None => return Err(format!("it ends after event {}", first + parts.events as u64)),
        };
        let Some(array) = batch.columns().first() else { return Err("it has no values".to_string()) };
        parts.append(array).map_err(|e| e.at(first))?;
    }
    Ok(parts)
}

/// A segment that grows by record batches.
struct Parts {
    events: usize,
    offsets: Option<Vec<u32>>,
    /// Of lists of lists: `offsets` index into these, which index into the values.
    inner: Option<Vec<u32>>,
    values: Buffer,
    null_lists: u64,
    null_values: u64,
}

/// Why a record batch could not be appended.
enum Unfit {
    /// A null at an event of the segment.
    Null(usize),
    /// Anything else.
    Other(&'static str),
}

impl Unfit {
    fn at(self, first: u64) -> String {
        match self {
            Unfit::Null(event) => {
                format!("null in event {}; only a real number may be missing", first + event as u64)
            }
            Unfit::Other(why) => why.to_string(),
        }
    }
}

impl From<Found> for Parts {
    fn from(found: Found) -> Parts {
        let Found { events, offsets, values, null_lists, null_values } = found;
        Parts { events, offsets, inner: None, values, null_lists, null_values }
    }
}

impl Parts {
    fn new(column: &Column, rows: usize) -> Parts {
        let values = Buffer::with_capacity(column.element, rows);
        let begun = || {
            let mut offsets = Vec::with_capacity(rows + 1);
            offsets.push(0);
            offsets
        };
        let offsets = matches!(column.shape, Shape::List | Shape::Lists).then(begun);
        let inner = (column.shape == Shape::Lists).then(begun);
        Parts { events: 0, offsets, inner, values, null_lists: 0, null_values: 0 }
    }

    /// Appends an array of the file's type: structs around, lists of, structs around a leaf.
    fn append(&mut self, array: &ArrayRef) -> Result<(), Unfit> {
        let events = array.len();
        let mut array = array.clone();
        let mut nulls: Option<NullBuffer> = None;
        let mut depth = 0;
        loop {
            let own = NullBuffer::union(nulls.as_ref(), array.nulls());
            array = match array.data_type() {
                DataType::Struct(_) => {
                    nulls = own;
                    array.as_struct().columns().first().ok_or(Unfit::Other("a struct without fields"))?.clone()
                }
                DataType::List(_) => {
                    let list = array.as_list::<i32>();
                    self.null_lists += own.as_ref().map_or(0, NullBuffer::null_count) as u64;
                    nulls = None;
                    self.lists(depth, list.value_offsets())?;
                    depth += 1;
                    let (from, to) = match (list.value_offsets().first(), list.value_offsets().last()) {
                        (Some(&from), Some(&to)) => (from as usize, to as usize),
                        _ => (0, 0),
                    };
                    list.values().slice(from, to - from)
                }
                _ => {
                    self.leaf(&array, own.as_ref())?;
                    self.events += events;
                    return Ok(());
                }
            };
        }
    }

    /// Appends the sizes of lists, given as offsets that begin anywhere. (Parquet stores no values for a null list.)
    fn lists(&mut self, depth: usize, from: &[i32]) -> Result<(), Unfit> {
        let offsets = match depth {
            0 => self.offsets.as_mut(),
            1 => self.inner.as_mut(),
            _ => None,
        };
        let offsets = offsets.ok_or(Unfit::Other("a list where a number is expected"))?;
        let base = offsets.last().copied().unwrap_or(0);
        let begin = from.first().copied().unwrap_or(0);
        for &at in from.iter().skip(1) {
            let size = at.wrapping_sub(begin).cast_unsigned();
            offsets.push(base.checked_add(size).ok_or(Unfit::Other("more than 4 billion values in 65536 events"))?);
        }
        Ok(())
    }

    fn leaf(&mut self, array: &ArrayRef, nulls: Option<&NullBuffer>) -> Result<(), Unfit> {
        let before = self.values.len();
        macro_rules! numbers {
            ($to:expr, $kind:ty) => {
                $to.extend_from_slice(array.as_primitive_opt::<$kind>().ok_or(Unfit::Other(TYPE_CHANGED))?.values())
            };
        }
        match &mut self.values {
            Buffer::Bool(to) => {
                let flags = array.as_boolean_opt().ok_or(Unfit::Other(TYPE_CHANGED))?;
                to.extend(flags.values().iter().map(u8::from));
            }
            Buffer::I8(to) => numbers!(to, Int8Type),
            Buffer::U8(to) => numbers!(to, UInt8Type),
            Buffer::I16(to) => numbers!(to, Int16Type),
            Buffer::U16(to) => numbers!(to, UInt16Type),
            Buffer::I32(to) => numbers!(to, Int32Type),
            Buffer::U32(to) => numbers!(to, UInt32Type),
            Buffer::I64(to) => numbers!(to, Int64Type),
            Buffer::U64(to) => numbers!(to, UInt64Type),
            Buffer::F32(to) => match array.as_primitive_opt::<Float16Type>() {
                Some(halves) => to.extend(halves.values().iter().map(|h| h.to_f32())),
                None => numbers!(to, Float32Type),
            },
            Buffer::F64(to) => numbers!(to, Float64Type),
        }
        let Some(nulls) = nulls.filter(|n| n.null_count() > 0) else { return Ok(()) };
        self.null_values += nulls.null_count() as u64;
        for at in (0..nulls.len()).filter(|&at| nulls.is_null(at)) {
            match &mut self.values {
                Buffer::F32(to) => to[before + at] = f32::NAN,
                Buffer::F64(to) => to[before + at] = f64::NAN,
                _ => return Err(Unfit::Null(self.event_of(before + at))),
            }
        }
        Ok(())
    }

    /// The event of the segment that a value belongs to.
    fn event_of(&self, value: usize) -> usize {
        let place = |offsets: &Option<Vec<u32>>, at: usize| match offsets {
            Some(offsets) => offsets.partition_point(|&o| o as usize <= at).saturating_sub(1),
            None => at,
        };
        place(&self.offsets, place(&self.inner, value))
    }
}

const TYPE_CHANGED: &str = "its values have another type than the file's schema says";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_groups_become_segments_of_bounded_size() {
        let of = |rows: &[u64]| pieces(rows.iter().copied());
        assert_eq!(of(&[]), []);
        assert_eq!(of(&[0, 0]), []);
        assert_eq!(
            of(&[100, 200, 65_536, 10]),
            [
                Piece { groups: (0, 2), skip: 0, rows: 300 },
                Piece { groups: (2, 3), skip: 0, rows: 65_536 },
                Piece { groups: (3, 4), skip: 0, rows: 10 },
            ]
        );
        assert_eq!(
            of(&[150_000, 5]),
            [
                Piece { groups: (0, 1), skip: 0, rows: 65_536 },
                Piece { groups: (0, 1), skip: 65_536, rows: 65_536 },
                Piece { groups: (0, 1), skip: 131_072, rows: 18_928 },
                Piece { groups: (1, 2), skip: 0, rows: 5 },
            ]
        );
    }
}
