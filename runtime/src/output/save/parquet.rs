//! A table as a Parquet file: a row per event; a missing value is null.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, StringArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::Result;
use parquet::file::properties::WriterProperties;

use crate::rows::{Column, Kind, Rows, Table};

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
    pub(super) fn finish(self) -> Result<()> {
        self.writer.close().map(drop)
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
