//! The folder of real files, which is no part of the repository, and whole columns of files.

#![allow(dead_code, clippy::unwrap_used)]

use std::path::PathBuf;

use adl_runtime::reader::{FileReader, Scratch};
use adl_runtime::schema::ElementType;
use adl_runtime::values::Buffer;

/// `data` in the folder named by `ADL_SHARED`, or beside the repository; none, with the reason printed, if absent.
pub fn data() -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let folder = std::env::var_os("ADL_SHARED").map_or_else(beside, PathBuf::from).join("data");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: {} is absent (ADL_SHARED can name the folder of real files)", folder.display());
    None
}

/// A whole column: the sizes of its lists (empty for one value per event) and its values.
#[derive(Debug, PartialEq)]
pub struct Whole {
    pub sizes: Vec<usize>,
    pub values: Buffer,
}

pub fn read(file: &dyn FileReader, name: &str) -> Result<Whole, String> {
    let number = file.schema().columns.iter().position(|c| c.name == name).ok_or(format!("no column {name}"))?;
    let column = &file.schema().columns[number];
    let list = column.shape == adl_runtime::schema::Shape::List;
    let mut whole = Whole { sizes: vec![], values: Buffer::new(column.element) };
    let borders = file.borders(number).to_vec();
    assert!(borders.is_sorted() && borders.first() == Some(&0) && borders.last() == Some(&file.schema().events));
    let mut scratch = Scratch::default();
    for segment in 0..borders.len() - 1 {
        let made = file.decode(number, segment, &mut scratch).map_err(|e| e.to_string())?;
        assert_eq!((made.first, made.events as u64), (borders[segment], borders[segment + 1] - borders[segment]));
        assert!(whole.values.append(made.values()));
        if list {
            whole.sizes.extend((0..made.events).map(|e| made.start(e + 1) - made.start(e)));
        }
    }
    Ok(whole)
}

impl Whole {
    /// For comparisons: NaN equals NaN.
    pub fn bits(&self) -> (&[usize], Vec<u64>) {
        (&self.sizes, doubles(&self.values).into_iter().map(f64::to_bits).collect())
    }
}

/// The values as doubles, those that doubles hold.
pub fn doubles(buffer: &Buffer) -> Vec<f64> {
    match buffer {
        Buffer::Bool(v) => v.iter().map(|&x| f64::from(x)).collect(),
        Buffer::I64(v) => v.iter().map(|&x| x as f64).collect(),
        Buffer::U64(v) => v.iter().map(|&x| x as f64).collect(),
        other => {
            let Buffer::F64(v) = widened(other) else { unreachable!() };
            v
        }
    }
}

fn widened(buffer: &Buffer) -> Buffer {
    let mut wide = Buffer::new(ElementType::F64);
    assert!(wide.append(buffer.slice(0..buffer.len())));
    wide
}
