//! Events in memory: a [`FileReader`] for tests, of this crate and of the language.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::reader::{FileReader, ReadClass, ReadError, Scratch, Segment};
use crate::schema::{Column, Columns, ElementType, FileSchema, Shape};
use crate::values::Buffer;

/// Columns in memory. The first column that is added fixes the number of events.
#[derive(Debug)]
pub struct MemoryFile {
    path: PathBuf,
    schema: FileSchema,
    columns: Vec<Data>,
}

#[derive(Debug)]
struct Data {
    /// `events + 1` offsets of a list column.
    offsets: Option<Vec<u32>>,
    /// Of lists of lists: `offsets` index into these, which index into the values.
    inner: Option<Vec<u32>>,
    values: Buffer,
    borders: Vec<u64>,
    decoded: AtomicU64,
}

impl MemoryFile {
    /// Without columns.
    pub fn new(path: impl Into<PathBuf>) -> MemoryFile {
        let schema = FileSchema { format: "memory", tree: String::new(), events: 0, columns: Columns::default() };
        MemoryFile { path: path.into(), schema, columns: Vec::new() }
    }

    /// Adds a column with one number per event, stored as `element`: numbers that it cannot hold are rounded or clipped
    /// as by `as`.
    #[must_use]
    pub fn scalar(self, name: &str, element: ElementType, values: &[f64]) -> MemoryFile {
        let buffer = stored(element, values);
        self.column(name, None, buffer)
    }

    /// Adds a column with a list per event.
    #[must_use]
    pub fn list(self, name: &str, element: ElementType, lists: &[Vec<f64>]) -> MemoryFile {
        let values: Vec<f64> = lists.concat();
        let buffer = stored(element, &values);
        let mut offsets = vec![0];
        let mut end = 0_u32;
        for list in lists {
            end += u32::try_from(list.len()).unwrap_or(u32::MAX);
            offsets.push(end);
        }
        self.column(name, Some(offsets), buffer)
    }

    /// Adds a column with a list of lists per event.
    #[must_use]
    pub fn lists(self, name: &str, element: ElementType, lists: &[Vec<Vec<f64>>]) -> MemoryFile {
        let inner = lists.concat();
        let ends = |sizes: &mut dyn Iterator<Item = usize>| {
            let mut offsets = vec![0];
            let mut end = 0_u32;
            for size in sizes {
                end += u32::try_from(size).unwrap_or(u32::MAX);
                offsets.push(end);
            }
            offsets
        };
        let buffer = stored(element, &inner.concat());
        let outer = ends(&mut lists.iter().map(Vec::len));
        let mut file = self.column(name, Some(outer), buffer);
        if let (Some(data), Some(column)) = (file.columns.last_mut(), file.schema.columns.last_mut()) {
            data.inner = Some(ends(&mut inner.iter().map(Vec::len)));
            column.shape = Shape::Lists;
        }
        file
    }

    /// Adds a column: values as they are stored, with offsets if it is of lists.
    #[must_use]
    pub fn column(mut self, name: &str, offsets: Option<Vec<u32>>, values: Buffer) -> MemoryFile {
        let events = offsets.as_ref().map_or(values.len(), |o| o.len().saturating_sub(1)) as u64;
        if self.columns.is_empty() {
            self.schema.events = events;
        }
        self.schema.columns.push(Column {
            name: name.to_string(),
            element: values.element(),
            shape: if offsets.is_some() { Shape::List } else { Shape::Scalar },
            counter: None,
            title: String::new(),
            codec: "none".to_string(),
        });
        let borders = if events == 0 { vec![0] } else { vec![0, events] };
        self.columns.push(Data { offsets, inner: None, values, borders, decoded: AtomicU64::new(0) });
        self
    }

    /// Says that the sizes of the last column's lists are in another column, as in ROOT files.
    #[must_use]
    pub fn counted_by(mut self, counter: &str) -> MemoryFile {
        if let Some(column) = self.schema.columns.last_mut() {
            column.counter = Some(counter.to_string());
        }
        self
    }

    /// Sets where the segments of the last column begin (0 and the number of events are added).
    #[must_use]
    pub fn segments(mut self, borders: &[u64]) -> MemoryFile {
        let events = self.schema.events;
        if let Some(data) = self.columns.last_mut() {
            data.borders = borders.iter().copied().filter(|&b| b < events).chain([0, events]).collect();
            data.borders.sort_unstable();
            data.borders.dedup();
        }
        self
    }

    /// How many segments of a column were decoded so far.
    #[must_use]
    pub fn decoded(&self, name: &str) -> u64 {
        let number = self.schema.columns.iter().position(|c| c.name == name);
        number.and_then(|n| self.columns.get(n)).map_or(0, |data| data.decoded.load(Ordering::Relaxed))
    }
}

impl FileReader for MemoryFile {
    fn path(&self) -> &Path {
        &self.path
    }

    fn size(&self) -> u64 {
        0
    }

    fn uuid(&self) -> &str {
        ""
    }

    fn schema(&self) -> &FileSchema {
        &self.schema
    }

    fn begins_anywhere(&self) -> bool {
        true
    }

    fn borders(&self, column: usize) -> &[u64] {
        self.columns.get(column).map_or(&[], |data| &data.borders)
    }

    fn decode(&self, column: usize, segment: usize, _: &mut Scratch) -> Result<Segment, ReadError> {
        let missing = || ReadError::new(ReadClass::Corrupt, &self.path, "a column is shorter than the others");
        let data = self.columns.get(column).ok_or_else(missing)?;
        data.decoded.fetch_add(1, Ordering::Relaxed);
        let (Some(&begin), Some(&end)) = (data.borders.get(segment), data.borders.get(segment + 1)) else {
            return Err(missing());
        };
        let (first, last) = (begin as usize, end as usize);
        let mut values = Buffer::new(data.values.element());
        let Some(offsets) = &data.offsets else {
            let _ = values.append(data.values.slice(first..last));
            return Ok(Segment::scalars(begin, values));
        };
        let offsets = offsets.get(first..=last).ok_or_else(missing)?;
        let (from, to) = (offsets[0], offsets[last - first]);
        if let Some(inner) = &data.inner {
            let inner = inner.get(from as usize..=to as usize).ok_or_else(missing)?;
            let (low, high) = (inner[0], inner[inner.len() - 1]);
            let _ = values.append(data.values.slice(low as usize..high as usize));
            let lists: Vec<u32> = offsets.iter().map(|o| o - from).collect();
            let inner: Vec<u32> = inner.iter().map(|o| o - low).collect();
            return Segment::nested(begin, &lists, &inner, values).ok_or_else(missing);
        }
        let _ = values.append(data.values.slice(from as usize..to as usize));
        Segment::lists(begin, offsets.iter().map(|o| o - from).collect(), values).ok_or_else(missing)
    }
}

/// Numbers as they are stored in a type.
fn stored(element: ElementType, values: &[f64]) -> Buffer {
    match element {
        ElementType::Bool => Buffer::Bool(values.iter().map(|&x| u8::from(x != 0.0)).collect()),
        ElementType::I8 => Buffer::I8(values.iter().map(|&x| x as i8).collect()),
        ElementType::U8 => Buffer::U8(values.iter().map(|&x| x as u8).collect()),
        ElementType::I16 => Buffer::I16(values.iter().map(|&x| x as i16).collect()),
        ElementType::U16 => Buffer::U16(values.iter().map(|&x| x as u16).collect()),
        ElementType::I32 => Buffer::I32(values.iter().map(|&x| x as i32).collect()),
        ElementType::U32 => Buffer::U32(values.iter().map(|&x| x as u32).collect()),
        ElementType::I64 => Buffer::I64(values.iter().map(|&x| x as i64).collect()),
        ElementType::U64 => Buffer::U64(values.iter().map(|&x| x as u64).collect()),
        ElementType::F32 => Buffer::F32(values.iter().map(|&x| x as f32).collect()),
        ElementType::F64 => Buffer::F64(values.to_vec()),
    }
}
