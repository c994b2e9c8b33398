//! A table as a Parquet file: a row per event; a missing value is null. And whole events, as they were stored.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Float32Array, Float64Array, Int8Array, Int16Array, Int32Array, Int64Array,
    ListArray, StringArray, UInt8Array, UInt16Array, UInt32Array, UInt64Array,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::Result;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use super::skim::{Gathered, Inputs, Origin, Sizes, SkimColumn};
use crate::lumi;
use crate::metadata::{Carried, NOTE, Total};
use crate::rows::{Column, Kind, Rows, Table};
use crate::schema::{ElementType, Shape};
use crate::values::Buffer;

/// Events in a row group, at most: the writer keeps one in memory.
const ROW_GROUP: usize = 1 << 17;

/// The file.
pub(super) struct ParquetTable {
    schema: SchemaRef,
    writer: ArrowWriter<File>,
}

impl std::fmt::Debug for ParquetTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParquetTable").field("schema", &self.schema).finish_non_exhaustive()
    }
}

impl ParquetTable {
    /// Begins the file.
    pub(super) fn begin(path: &Path, table: &Table) -> Result<ParquetTable> {
        let field = |column: &Column| {
            let item = Field::new(ITEM, data_type(column.kind), nullable(column));
            if column.record == table.record {
                item.with_name(&column.name)
            } else {
                Field::new(&column.name, DataType::List(Arc::new(item)), false)
            }
        };
        let schema = Arc::new(Schema::new(table.columns.iter().map(field).collect::<Vec<_>>()));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
            .set_max_row_group_row_count(Some(ROW_GROUP))
            .build();
        let writer = ArrowWriter::try_new(File::create(path)?, schema.clone(), Some(properties))?;
        Ok(ParquetTable { schema, writer })
    }

    /// Appends the events of a chunk.
    pub(super) fn write(&mut self, table: &Table, texts: &[String], rows: &Rows) -> Result<()> {
        let mut arrays = Vec::new();
        for column in &table.columns {
            let cells = rows.cells(table, column);
            let values = array(column.kind, &cells.values, texts);
            arrays.push(match cells.offsets {
                None => values,
                Some(offsets) => {
                    let lengths = offsets.windows(2).map(|pair| pair[1] - pair[0]);
                    let item = Arc::new(Field::new(ITEM, data_type(column.kind), nullable(column)));
                    Arc::new(ListArray::try_new(item, OffsetBuffer::from_lengths(lengths), values, None)?)
                }
            });
        }
        let batch = RecordBatch::try_new(self.schema.clone(), arrays)?;
        self.writer.write(&batch)
    }

    /// Ends the file.
    pub(super) fn finish(mut self, inputs: &Inputs<'_>) -> Result<()> {
        notes(inputs).for_each(|note| self.writer.append_key_value_metadata(note));
        self.writer.close().map(drop)
    }
}

/// What is carried along, as notes of the file.
fn notes(inputs: &Inputs<'_>) -> impl Iterator<Item = KeyValue> {
    let sections = inputs.sections.map(|listed| KeyValue::new(lumi::NOTE.to_string(), listed.sections.json()));
    inputs.carried.iter().map(note).chain(sections)
}

/// A total as a note of the file: `adlc.metadata.NAME`.
fn note(carried: &Carried) -> KeyValue {
    let text = match &carried.value {
        Total::Whole(sum) => sum.to_string(),
        Total::Real(sum) => format!("{sum:?}"),
        Total::List(sums) => format!("{sums:?}"),
    };
    KeyValue::new(format!("{NOTE}{}", carried.name), text)
}

/// Whole events being written.
pub(super) struct EventsFile {
    schema: SchemaRef,
    writer: ArrowWriter<File>,
}

impl EventsFile {
    /// Begins the file: a column for each of the input, of the same type. What is known of the events that the skim comes
    /// from stands in the file's metadata: `adlc.events`, and `adlc.sum.COLUMN` and `adlc.sum2.COLUMN`.
    pub(super) fn begin(path: &Path, columns: &[SkimColumn], origin: &Origin) -> Result<EventsFile> {
        let field = |column: &SkimColumn| {
            let data_type = stored_type(column.element);
            let data_type = match column.shape {
                Shape::Scalar | Shape::Unsupported(_) => data_type,
                Shape::List => DataType::List(item(data_type)),
                Shape::Lists => DataType::List(item(DataType::List(item(data_type)))),
            };
            Field::new(&column.name, data_type, false)
        };
        let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
        let mut metadata = vec![KeyValue::new("adlc.events".to_string(), origin.events.to_string())];
        for (column, sum, squares) in &origin.sums {
            metadata.push(KeyValue::new(format!("adlc.sum.{column}"), format!("{sum:?}")));
            metadata.push(KeyValue::new(format!("adlc.sum2.{column}"), format!("{squares:?}")));
        }
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
            .set_max_row_group_row_count(Some(EVENTS))
            .set_key_value_metadata(Some(metadata))
            .build();
        let writer = ArrowWriter::try_new(File::create(path)?, schema.clone(), Some(properties))?;
        Ok(EventsFile { schema, writer })
    }

    /// Appends events: a column each.
    pub(super) fn write(&mut self, columns: &[Gathered]) -> Result<()> {
        let mut arrays = Vec::new();
        for Gathered { sizes, values } in columns {
            let (array, data_type) = (stored(values), stored_type(values.element()));
            let offsets = |sizes: &[u32]| OffsetBuffer::from_lengths(sizes.iter().map(|size| *size as usize));
            arrays.push(match sizes {
                Sizes::None => array,
                Sizes::Lists(sizes) => Arc::new(ListArray::try_new(item(data_type), offsets(sizes), array, None)?),
                Sizes::Nested { lists, sizes } => {
                    let inner = ListArray::try_new(item(data_type), offsets(sizes), array, None)?;
                    let of = item(inner.data_type().clone());
                    Arc::new(ListArray::try_new(of, offsets(lists), Arc::new(inner), None)?)
                }
            });
        }
        let batch = RecordBatch::try_new(self.schema.clone(), arrays)?;
        self.writer.write(&batch)
    }

    /// Ends the file.
    pub(super) fn finish(mut self, inputs: &Inputs<'_>) -> Result<()> {
        notes(inputs).for_each(|note| self.writer.append_key_value_metadata(note));
        self.writer.close().map(drop)
    }
}

/// The elements of a list in which none is missing.
fn item(data_type: DataType) -> Arc<Field> {
    Arc::new(Field::new(ITEM, data_type, false))
}

/// Whole events in a row group, at most.
const EVENTS: usize = 1 << 15;

fn stored_type(element: ElementType) -> DataType {
    match element {
        ElementType::Bool => DataType::Boolean,
        ElementType::I8 => DataType::Int8,
        ElementType::U8 => DataType::UInt8,
        ElementType::I16 => DataType::Int16,
        ElementType::U16 => DataType::UInt16,
        ElementType::I32 => DataType::Int32,
        ElementType::U32 => DataType::UInt32,
        ElementType::I64 => DataType::Int64,
        ElementType::U64 => DataType::UInt64,
        ElementType::F32 => DataType::Float32,
        ElementType::F64 => DataType::Float64,
    }
}

fn stored(values: &Buffer) -> ArrayRef {
    match values {
        Buffer::Bool(v) => Arc::new(BooleanArray::from_iter(v.iter().map(|b| Some(*b != 0)))),
        Buffer::I8(v) => Arc::new(Int8Array::from(v.clone())),
        Buffer::U8(v) => Arc::new(UInt8Array::from(v.clone())),
        Buffer::I16(v) => Arc::new(Int16Array::from(v.clone())),
        Buffer::U16(v) => Arc::new(UInt16Array::from(v.clone())),
        Buffer::I32(v) => Arc::new(Int32Array::from(v.clone())),
        Buffer::U32(v) => Arc::new(UInt32Array::from(v.clone())),
        Buffer::I64(v) => Arc::new(Int64Array::from(v.clone())),
        Buffer::U64(v) => Arc::new(UInt64Array::from(v.clone())),
        Buffer::F32(v) => Arc::new(Float32Array::from(v.clone())),
        Buffer::F64(v) => Arc::new(Float64Array::from(v.clone())),
    }
}

/// The name of a list's elements, as the format asks for.
const ITEM: &str = "element";

fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Bool => DataType::Boolean,
        Kind::Int => DataType::Int64,
        Kind::Real => DataType::Float64,
        Kind::Text => DataType::Utf8,
    }
}

fn nullable(column: &Column) -> bool {
    column.kind == Kind::Real || column.present.is_some()
}

fn array(kind: Kind, words: &[Option<u64>], texts: &[String]) -> ArrayRef {
    let words = words.iter().copied();
    match kind {
        Kind::Bool => Arc::new(words.map(|w| w.map(|w| w != 0)).collect::<BooleanArray>()),
        Kind::Int => Arc::new(words.map(|w| w.map(u64::cast_signed)).collect::<Int64Array>()),
        Kind::Real => Arc::new(words.map(|w| w.map(f64::from_bits)).collect::<Float64Array>()),
        Kind::Text => {
            let text = |w: u64| usize::try_from(w).ok().and_then(|i| texts.get(i)).map_or("", String::as_str);
            Arc::new(words.map(|w| w.map(text)).collect::<StringArray>())
        }
    }
}
