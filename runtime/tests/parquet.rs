//! Parquet files made here: nulls, lists of every kind, large row groups.

#![allow(clippy::unwrap_used)]

#[path = "common/shared.rs"]
mod shared;

use std::fs::File;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;

use adl_runtime::reader::{FileReader, Scratch, open};
use adl_runtime::schema::{ElementType, Shape};
use adl_runtime::values::Buffer;
use arrow::array::{
    Array, ArrayRef, BooleanArray, FixedSizeListArray, Float16Array, Float32Array, Float64Array, Int16Array,
    Int32Array, LargeListArray, ListArray, RecordBatch, StringArray, StructArray, UInt8Array, UInt64Array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, Float16Type, Float32Type, Int32Type};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use shared::read;

fn written(name: &str, columns: Vec<(&str, ArrayRef)>, rows_per_group: usize) -> PathBuf {
    let path = std::env::temp_dir().join(format!("adl-runtime-{name}-{}.parquet", std::process::id()));
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true))).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(rows_per_group)).build();
    let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    path
}

/// An open file, removed at the end.
struct Opened {
    file: Arc<dyn FileReader>,
    path: PathBuf,
}

impl Drop for Opened {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Deref for Opened {
    type Target = dyn FileReader;

    fn deref(&self) -> &Self::Target {
        &*self.file
    }
}

fn opened(name: &str, columns: Vec<(&str, ArrayRef)>) -> Opened {
    let path = written(name, columns, 1000);
    Opened { file: open(&path, None, &[]).unwrap(), path }
}

fn item(data: DataType) -> Arc<Field> {
    Arc::new(Field::new("anything", data, true))
}

#[test]
fn a_codec_that_is_not_read_is_said_of_its_columns() {
    let numbers = || -> ArrayRef { Arc::new(Int32Array::from(vec![1, 2, 3])) };
    let path = written("brotli", vec![("x", numbers()), ("y", numbers())], 1000);
    let mut bytes = std::fs::read(&path).unwrap();
    // Field 3 of the column's description is its path, field 4 its codec: 0, no compression; 4 is Brotli.
    let place = [0x19, 0x18, 1, b'x', 0x15, 0];
    let at = bytes.windows(place.len()).position(|w| w == place).unwrap();
    bytes[at + 5] = 4 << 1;
    std::fs::write(&path, &bytes).unwrap();
    let file = Opened { file: open(&path, None, &[]).unwrap(), path };
    let shapes: Vec<_> = file.schema().columns.iter().map(|c| c.shape.clone()).collect();
    let why = "it is compressed with brotli, which adlc does not read".to_string();
    assert_eq!(shapes, [Shape::Unsupported(why), Shape::Scalar]);
}

#[test]
fn a_null_list_is_empty_and_counted() {
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![
        Some(vec![Some(1), Some(2)]),
        None,
        Some(vec![]),
        Some(vec![Some(3)]),
    ]);
    let file = opened("null-list", vec![("Jet_n", Arc::new(lists))]);
    let whole = read(&*file, "Jet_n").unwrap();
    assert_eq!((whole.sizes, whole.values), (vec![2, 0, 0, 1], Buffer::I32(vec![1, 2, 3])));
    let segment = file.decode(0, 0, &mut Scratch::default()).unwrap();
    assert_eq!((segment.null_lists, segment.null_values), (1, 0));
}

#[test]
fn a_null_number_is_missing_if_it_is_real() {
    let real = Float32Array::from(vec![Some(1.0), None, Some(3.0)]);
    let whole = Int16Array::from(vec![Some(1), Some(2), None]);
    let truth = BooleanArray::from(vec![Some(true), Some(false), Some(true)]);
    let file = opened("null-number", vec![("x", Arc::new(real)), ("n", Arc::new(whole)), ("b", Arc::new(truth))]);
    let Buffer::F32(x) = read(&*file, "x").unwrap().values else { unreachable!() };
    assert!(x[0] == 1.0 && x[1].is_nan() && x[2] == 3.0);
    let error = read(&*file, "n").unwrap_err();
    assert!(error.ends_with("column `n`: null in event 2; only a real number may be missing"), "{error}");
    assert_eq!(read(&*file, "b").unwrap().values, Buffer::Bool(vec![1, 0, 1]));
}

#[test]
fn structs_and_lists_of_structs_become_columns() {
    let fields = vec![Field::new("pt", DataType::Float64, true), Field::new("id", DataType::UInt8, false)];
    let members = |pt: Vec<f64>, id: Vec<u8>| -> Vec<ArrayRef> {
        vec![Arc::new(Float64Array::from(pt)), Arc::new(UInt8Array::from(id))]
    };
    let nulls = NullBuffer::from(vec![true, false, true]);
    let met_fields = vec![Field::new("pt", DataType::Float64, true)];
    let pts: Vec<ArrayRef> = vec![Arc::new(Float64Array::from(vec![1.0, 2.0, 3.0]))];
    let met = StructArray::new(met_fields.into(), pts, Some(nulls));
    let inner = StructArray::new(fields.into(), members(vec![4.0, 5.0, 6.0], vec![7, 8, 9]), None);
    let offsets = OffsetBuffer::from_lengths([2, 0, 1]);
    let muons = LargeListArray::new(item(inner.data_type().clone()), to_large(&offsets), Arc::new(inner), None);
    let file = opened("structs", vec![("MET", Arc::new(met)), ("Muon", Arc::new(muons))]);
    let names: Vec<&str> = file.schema().columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["MET_pt", "Muon_pt", "Muon_id"]);
    let Buffer::F64(met) = read(&*file, "MET_pt").unwrap().values else { unreachable!() };
    assert!(met[0] == 1.0 && met[1].is_nan() && met[2] == 3.0);
    let pt = read(&*file, "Muon_pt").unwrap();
    assert_eq!((pt.sizes, pt.values), (vec![2, 0, 1], Buffer::F64(vec![4.0, 5.0, 6.0])));
    assert_eq!(read(&*file, "Muon_id").unwrap().values, Buffer::U8(vec![7, 8, 9]));
}

/// Events [[1, 2], null, []], [], null, [[3], [4, 5, 6]].
#[test]
fn lists_of_lists_and_of_structs_with_lists() {
    let some = |values: &[i32]| Some(values.iter().map(|v| Some(*v)).collect::<Vec<_>>());
    let rows = vec![some(&[1, 2]), None, some(&[]), some(&[3]), some(&[4, 5, 6])];
    let inner = ListArray::from_iter_primitive::<Int32Type, _, _>(rows);
    let nulls = NullBuffer::from(vec![true, true, false, true]);
    let offsets = OffsetBuffer::from_lengths([3, 0, 0, 2]);
    let lists = ListArray::new(item(inner.data_type().clone()), offsets.clone(), Arc::new(inner.clone()), Some(nulls));
    let fields = vec![Field::new("pt", DataType::Float64, false), Field::new("ids", inner.data_type().clone(), true)];
    let pts: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 2.0, 3.0, 4.0, 5.0]));
    let jets = StructArray::new(fields.into(), vec![pts, Arc::new(inner)], None);
    let jets = ListArray::new(item(jets.data_type().clone()), offsets, Arc::new(jets), None);
    let file = opened("nested", vec![("lists", Arc::new(lists)), ("Jet", Arc::new(jets))]);
    for name in ["lists", "Jet_ids"] {
        assert_eq!(file.schema().column(name).unwrap().shape, Shape::Lists);
        let number = file.schema().columns.iter().position(|c| c.name == name).unwrap();
        let found = file.decode(number, 0, &mut Scratch::default()).unwrap();
        assert_eq!((0..=4).map(|e| found.start(e)).collect::<Vec<_>>(), [0, 2, 2, 2, 6]);
        assert_eq!(found.values(), Buffer::I32(vec![1, 2, 3, 4, 5, 6]).slice(0..6));
    }
    let segment = file.decode(0, 0, &mut Scratch::default()).unwrap();
    assert_eq!(segment.null_lists, 2);
}

fn to_large(offsets: &OffsetBuffer<i32>) -> OffsetBuffer<i64> {
    OffsetBuffer::new(offsets.iter().map(|&o| i64::from(o)).collect())
}

#[test]
fn what_cannot_be_read_says_why() {
    let text = StringArray::from(vec!["a", "b"]);
    let inner = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1)]), Some(vec![Some(2)])]);
    let around = |inner: ListArray| {
        ListArray::new(item(inner.data_type().clone()), OffsetBuffer::from_lengths([2, 0]), Arc::new(inner), None)
    };
    let deep = around(ListArray::new(
        item(inner.data_type().clone()),
        OffsetBuffer::from_lengths([1, 1]),
        Arc::new(inner),
        None,
    ));
    let fixed = FixedSizeListArray::new(item(DataType::Int32), 2, Arc::new(Int32Array::from(vec![1, 2, 3, 4])), None);
    type Half = <Float16Type as arrow::datatypes::ArrowPrimitiveType>::Native;
    let halves = Float16Array::from(vec![Half::from_f32(1.5), Half::from_f32(-2.0)]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("text", Arc::new(text)),
        ("deep", Arc::new(deep)),
        ("fixed", Arc::new(fixed)),
        ("half", Arc::new(halves)),
        ("big", Arc::new(UInt64Array::from(vec![1, u64::MAX]))),
    ];
    let file = opened("unsupported", columns);
    let shape = |name: &str| file.schema().column(name).unwrap().shape.clone();
    assert_eq!(shape("text"), Shape::Unsupported("it holds text".to_string()));
    assert_eq!(shape("deep"), Shape::Unsupported("it holds lists more than two deep".to_string()));
    assert_eq!(read(&*file, "fixed").unwrap().sizes, [2, 2]);
    assert_eq!(read(&*file, "half").unwrap().values, Buffer::F32(vec![1.5, -2.0]));
    assert_eq!(read(&*file, "big").unwrap().values, Buffer::U64(vec![1, u64::MAX]));
}

#[test]
fn nulls_are_where_they_were_in_many_batches_and_row_groups() {
    let events = 0..170_000_u32;
    // Every 503rd list is null, and of every 1001st event the first value; every 777th number.
    let values = |e: u32| (0..e % 5).map(move |v| (e % 1001 != 7 || v > 0).then_some((e * 3 + v) as f32));
    let is_list = |e: u32| e % 503 != 5;
    let lists =
        ListArray::from_iter_primitive::<Float32Type, _, _>(events.clone().map(|e| is_list(e).then(|| values(e))));
    let numbers = Float64Array::from_iter(events.clone().map(|e| (e % 777 != 1).then_some(f64::from(e) / 3.0)));
    for rows in [9000, 70_000, 200_000] {
        let columns: Vec<(&str, ArrayRef)> = vec![("x", Arc::new(lists.clone())), ("y", Arc::new(numbers.clone()))];
        let path = written("nulls", columns, rows);
        let file = open(&path, None, &[]).unwrap();
        let (x, y) = (read(&*file, "x").unwrap(), read(&*file, "y").unwrap());
        let sizes = events.clone().map(|e| if is_list(e) { e as usize % 5 } else { 0 });
        assert!(x.sizes.iter().copied().eq(sizes));
        let (Buffer::F32(x), Buffer::F64(y)) = (x.values, y.values) else { unreachable!() };
        let expected = events.clone().filter(|e| is_list(*e)).flat_map(values);
        assert!(x.iter().map(|x| Some(*x).filter(|x| !x.is_nan())).eq(expected));
        assert!(y.iter().zip(events.clone()).all(|(y, e)| match e % 777 {
            1 => y.is_nan(),
            _ => *y == f64::from(e) / 3.0,
        }));
        let count = |column: usize| {
            let parts = 0..file.borders(column).len() - 1;
            let counts = parts.map(|part| {
                let made = file.decode(column, part, &mut Scratch::default()).unwrap();
                (made.null_lists, made.null_values)
            });
            counts.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
        };
        let missing = events.clone().filter(|e| is_list(*e)).flat_map(values).filter(Option::is_none).count() as u64;
        assert_eq!(count(0), (events.clone().filter(|e| !is_list(*e)).count() as u64, missing));
        assert_eq!(count(1), (0, events.clone().filter(|e| e % 777 == 1).count() as u64));
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn a_large_row_group_is_read_in_slices_in_any_order() {
    let rows = 150_000_i32;
    let lists = ListArray::new(
        item(DataType::Int32),
        OffsetBuffer::from_lengths((0..rows).map(|r| (r % 3) as usize)),
        Arc::new(Int32Array::from_iter_values(0..rows)),
        None,
    );
    let numbers = Int32Array::from_iter_values(0..rows);
    let columns: Vec<(&str, ArrayRef)> = vec![("n", Arc::new(numbers)), ("list", Arc::new(lists))];
    let path = written("large", columns, 1_000_000);
    let file = open(&path, None, &[]).unwrap();
    assert_eq!(file.borders(0), [0, 65_536, 131_072, 150_000]);
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [0, 2, 1]] {
        for segment in order {
            let scratch = &mut Scratch::default();
            let numbers = file.decode(0, segment, scratch).unwrap();
            let expected = file.borders(0)[segment] as i32..file.borders(0)[segment + 1] as i32;
            assert_eq!(numbers.values(), Buffer::I32(expected.clone().collect()).slice(0..expected.len()));
            let lists = file.decode(1, segment, scratch).unwrap();
            let begin: i32 = (0..expected.start).map(|r| r % 3).sum();
            let adl_root::Values::I32(values) = lists.values() else { unreachable!() };
            assert_eq!(values.first(), Some(&begin));
            assert!(expected.clone().enumerate().all(|(e, r)| lists.start(e + 1) - lists.start(e) == (r % 3) as usize));
        }
    }
    assert_eq!(file.schema().column("n").unwrap().element, ElementType::I32);
    std::fs::remove_file(path).unwrap();
}
