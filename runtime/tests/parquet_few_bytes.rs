//! Parquet files whose few bytes stand for many values: equal values are read, what no writer makes is refused soon.

#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

#[path = "common/shared.rs"]
mod shared;

use adl_runtime::parquet::{Bytes, ParquetFile};
use adl_runtime::reader::{FileReader, Scratch, open};
use adl_runtime::values::Buffer;
use arrow::array::{ArrayRef, Float32Array, Int32Array, Int64Array, ListArray, RecordBatch};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder, WriterVersion};
use shared::read;

fn written(name: &str, columns: Vec<(&str, ArrayRef)>, properties: WriterPropertiesBuilder) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.parquet"));
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = properties.set_data_page_row_count_limit(usize::MAX).build();
    let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    path
}

/// Lists of so many equal numbers.
fn lists(sizes: impl Iterator<Item = usize>) -> ArrayRef {
    let offsets = OffsetBuffer::<i32>::from_lengths(sizes);
    let values = Float32Array::from(vec![0.5; offsets.last().cast_unsigned() as usize]);
    let item = Arc::new(Field::new("item", DataType::Float32, false));
    Arc::new(ListArray::new(item, offsets, Arc::new(values), None))
}

#[test]
fn a_million_equal_values_are_read() {
    let n = 1_000_000;
    let plain = WriterProperties::builder().set_compression(Compression::ZSTD(Default::default()));
    let delta = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_dictionary_enabled(false)
        .set_encoding(Encoding::DELTA_BINARY_PACKED);
    for (name, properties) in [("equal", plain), ("equal_delta", delta)] {
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("run", Arc::new(Int32Array::from(vec![273_158; n]))),
            ("event", Arc::new(Int64Array::from(vec![7; n]))),
        ];
        let path = written(name, columns, properties);
        let size = path.metadata().unwrap().len();
        assert!(size < 120_000, "{name}: {size} bytes");
        let file = open(&path, None, &[]).unwrap();
        assert_eq!(read(&*file, "run").unwrap().values, Buffer::I32(vec![273_158; n]));
        assert_eq!(read(&*file, "event").unwrap().values, Buffer::I64(vec![7; n]));
        std::fs::remove_file(path).unwrap();
    }
    let columns = vec![("short", lists((0..100_000).map(|e| e % 21))), ("long", lists((0..100_000).map(|_| 100)))];
    let path = written("equal_lists", columns, WriterProperties::builder());
    let file = open(&path, None, &[]).unwrap();
    let (short, long) = (read(&*file, "short").unwrap(), read(&*file, "long").unwrap());
    assert!(short.sizes.iter().copied().eq((0..100_000).map(|e| e % 21)));
    assert_eq!(long.sizes, vec![100; 100_000]);
    assert_eq!(long.values, Buffer::F32(vec![0.5; 10_000_000]));
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_list_of_millions_in_a_few_bytes_is_refused() {
    let path = written("long_list", vec![("x", lists([4_000_000].into_iter()))], WriterProperties::builder());
    let file = open(&path, None, &[]).unwrap();
    assert_eq!(file.decode(0, 0, &mut Scratch::default()).unwrap().len(), 4_000_000);
    let path = written("longer_list", vec![("x", lists([20_000_000].into_iter()))], WriterProperties::builder());
    let file = open(&path, None, &[]).unwrap();
    let error = file.decode(0, 0, &mut Scratch::default()).unwrap_err().to_string();
    assert!(error.contains("column `x`") && error.contains("its lists announce 20000000 elements in"), "{error}");
    std::fs::remove_file(path).unwrap();
}

/// Descriptions of pages that announce lists of two billion elements which take no bytes.
#[test]
fn descriptions_of_pages_that_go_on_for_ever() {
    let columns: Vec<(&str, ArrayRef)> = vec![("x", Arc::new(Int32Array::from(vec![1, 2, 3])))];
    let properties = WriterProperties::builder().set_dictionary_enabled(false);
    let path = written("descriptions", columns, properties);
    let whole = std::fs::read(&path).unwrap();
    let read = |bytes: Vec<u8>| {
        let file = ParquetFile::of(Path::new("a.parquet"), Bytes::Memory(bytes.into())).unwrap();
        file.decode(0, 0, &mut Scratch::default())
    };
    assert_eq!(read(whole.clone()).unwrap().len(), 3);
    // The page's description begins behind the four letters: a field 9 of this kind of list, or fields of the page first.
    for kind in [0xf1, 0xf2, 0xf7, 0xfc, 0xfd] {
        for first in [[0x99].as_slice(), &[0x15, 0, 0x15, 24, 0x15, 24, 0x69]] {
            let mut bytes = whole.clone();
            let list = [first, &[kind, 0xff, 0xff, 0xff, 0xff, 0x07]].concat();
            bytes[4..4 + list.len()].copy_from_slice(&list);
            let begin = Instant::now();
            assert!(read(bytes).is_err());
            assert!(begin.elapsed() < Duration::from_secs(1), "{kind:x} took {:?}", begin.elapsed());
        }
    }
    std::fs::remove_file(path).unwrap();
}
