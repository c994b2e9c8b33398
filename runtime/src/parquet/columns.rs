//! The columns of a Parquet file: a leaf of its schema each, named with the fields above it.

use arrow::datatypes::DataType;
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::basic::Compression;

use crate::schema::{Column, ElementType, Shape};

/// The leaves of the file's schema, in order.
pub(super) fn columns(metadata: &ArrowReaderMetadata) -> Vec<Column> {
    let mut leaves = Vec::new();
    for field in metadata.schema().fields() {
        add_leaves(&mut leaves, field.name().clone(), field.data_type(), Shape::Scalar);
    }
    let groups = metadata.metadata().row_groups();
    for (number, column) in leaves.iter_mut().enumerate() {
        let codecs = groups.iter().filter_map(|g| g.columns().get(number)).map(|chunk| chunk.compression());
        column.codec = codecs.clone().next().map_or_else(String::new, |c| codec(c).to_string());
        let unread = codecs.filter(|c| matches!(c, Compression::BROTLI(_) | Compression::LZO)).map(codec).next();
        if let (Some(codec), Shape::Scalar | Shape::List | Shape::Lists) = (unread, &column.shape) {
            column.shape = Shape::Unsupported(format!("it is compressed with {codec}, which adlc does not read"));
        }
    }
    leaves
}

fn codec(compression: Compression) -> &'static str {
    match compression {
        Compression::UNCOMPRESSED => "none",
        Compression::SNAPPY => "snappy",
        Compression::GZIP(_) => "gzip",
        Compression::LZO => "lzo",
        Compression::BROTLI(_) => "brotli",
        Compression::LZ4 | Compression::LZ4_RAW => "lz4",
        Compression::ZSTD(_) => "zstd",
    }
}

/// Adds a column per leaf below a field of this name and type.
fn add_leaves(leaves: &mut Vec<Column>, name: String, data: &DataType, shape: Shape) {
    match data {
        DataType::Struct(fields) => {
            for field in fields {
                add_leaves(leaves, format!("{name}_{}", field.name()), field.data_type(), shape.clone());
            }
        }
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            let shape = match shape {
                Shape::Scalar => Shape::List,
                Shape::List => Shape::Lists,
                Shape::Lists => Shape::Unsupported("it holds lists more than two deep".to_string()),
                Shape::Unsupported(why) => Shape::Unsupported(why),
            };
            add_leaves(leaves, name, item.data_type(), shape);
        }
        DataType::Map(entries, _) => {
            add_leaves(leaves, name, entries.data_type(), Shape::Unsupported("it holds maps".to_string()));
        }
        leaf => {
            let (element, shape) = match (element(leaf), shape) {
                (Some(element), shape) => (element, shape),
                (None, Shape::Unsupported(why)) => (ElementType::Bool, Shape::Unsupported(why)),
                (None, Shape::Scalar | Shape::List | Shape::Lists) => {
                    (ElementType::Bool, Shape::Unsupported(unreadable(leaf)))
                }
            };
            let (counter, title, codec) = (None, String::new(), String::new());
            leaves.push(Column { name, element, shape, counter, title, codec });
        }
    }
}

fn element(data: &DataType) -> Option<ElementType> {
    Some(match data {
        DataType::Boolean => ElementType::Bool,
        DataType::Int8 => ElementType::I8,
        DataType::Int16 => ElementType::I16,
        DataType::Int32 => ElementType::I32,
        DataType::Int64 => ElementType::I64,
        DataType::UInt8 => ElementType::U8,
        DataType::UInt16 => ElementType::U16,
        DataType::UInt32 => ElementType::U32,
        DataType::UInt64 => ElementType::U64,
        DataType::Float16 | DataType::Float32 => ElementType::F32,
        DataType::Float64 => ElementType::F64,
        _ => return None,
    })
}

fn unreadable(data: &DataType) -> String {
    match data {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "it holds text".to_string(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            "it holds raw bytes".to_string()
        }
        DataType::Null => "all its values are null".to_string(),
        other => format!("it holds values of type {other}, not numbers"),
    }
}
