//! What a file holds: its columns with their names, types and shapes, whatever the format. Made by the readers, read by
//! the compiler's `hir::schema` and by `adlc schema`.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// The stored type of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ElementType {
    /// One byte, 0 or 1.
    Bool,
    /// Signed, 8 bits.
    I8,
    /// Unsigned, 8 bits.
    U8,
    /// Signed, 16 bits.
    I16,
    /// Unsigned, 16 bits.
    U16,
    /// Signed, 32 bits.
    I32,
    /// Unsigned, 32 bits.
    U32,
    /// Signed, 64 bits.
    I64,
    /// Unsigned, 64 bits; a value beyond 2^63 - 1 is a data error at load.
    U64,
    /// IEEE single precision.
    F32,
    /// IEEE double precision.
    F64,
}

impl ElementType {
    /// Bytes per value.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            ElementType::Bool | ElementType::I8 | ElementType::U8 => 1,
            ElementType::I16 | ElementType::U16 => 2,
            ElementType::I32 | ElementType::U32 | ElementType::F32 => 4,
            ElementType::I64 | ElementType::U64 | ElementType::F64 => 8,
        }
    }

    /// Its name in listings: `f32`, `bool`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ElementType::Bool => "bool",
            ElementType::I8 => "i8",
            ElementType::U8 => "u8",
            ElementType::I16 => "i16",
            ElementType::U16 => "u16",
            ElementType::I32 => "i32",
            ElementType::U32 => "u32",
            ElementType::I64 => "i64",
            ElementType::U64 => "u64",
            ElementType::F32 => "f32",
            ElementType::F64 => "f64",
        }
    }

    /// The type of this name, as [`ElementType::name`] gives it.
    #[must_use]
    pub fn named(name: &str) -> Option<ElementType> {
        use ElementType::{Bool, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};
        [Bool, I8, U8, I16, U16, I32, U32, I64, U64, F32, F64].into_iter().find(|e| e.name() == name)
    }

    /// Whether every value of `other` is a value of this type. (I64 holds U64, because a U64 beyond 2^63 - 1 is an
    /// error at load.)
    #[must_use]
    pub fn holds(self, other: ElementType) -> bool {
        use ElementType::{Bool, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};
        match self {
            Bool => other == Bool,
            I8 => other == I8,
            U8 => other == U8,
            I16 => matches!(other, I8 | U8 | I16),
            U16 => matches!(other, U8 | U16),
            I32 => matches!(other, I8 | U8 | I16 | U16 | I32),
            U32 => matches!(other, U8 | U16 | U32),
            I64 => !matches!(other, Bool | F32 | F64),
            U64 => matches!(other, U8 | U16 | U32 | U64),
            F32 => matches!(other, I8 | U8 | I16 | U16 | F32),
            F64 => !matches!(other, Bool | I64 | U64),
        }
    }

    /// The smallest type that holds both: what a kernel expects of a column whose files differ.
    #[must_use]
    pub fn common(self, other: ElementType) -> Option<ElementType> {
        use ElementType::{F32, F64, I16, I32, I64};
        if self.holds(other) {
            return Some(self);
        }
        if other.holds(self) {
            return Some(other);
        }
        [I16, I32, I64, F32, F64].into_iter().find(|t| t.holds(self) && t.holds(other))
    }
}

/// How many values an event has.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// One.
    Scalar,
    /// A list of any length.
    List,
    /// A list of lists, each of any length: see [`crate::nested`].
    Lists,
    /// Something this version cannot read, with the reason in words.
    Unsupported(String),
}

/// One column of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name. A field of a nested Parquet column has its parents' names in front, joined by `_`: `Muon_pt`.
    pub name: String,
    /// The type of its values (`Bool` for an unsupported column).
    pub element: ElementType,
    /// One value or a list per event.
    pub shape: Shape,
    /// The name of the column that holds the sizes of this list, where the format has one (ROOT: the leaf count).
    pub counter: Option<String>,
    /// The documentation stored in the file (ROOT: the branch title); may be empty.
    pub title: String,
    /// Compression, in words: `zstd`, `none`.
    pub codec: String,
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq)]
pub struct FileSchema {
    /// `TTree`, `RNTuple`, `Parquet`.
    pub format: &'static str,
    /// Name of the tree or the RNTuple; empty for Parquet.
    pub tree: String,
    /// Number of events.
    pub events: u64,
    /// The columns in the file's order.
    pub columns: Columns,
}

/// Columns in their order. Files of a chain that have the same share them: those of one NanoAOD file take half a megabyte.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns(Arc<Vec<Column>>);

impl Columns {
    /// Shares the memory of others if they are the same.
    pub fn share(&mut self, other: &Columns) -> bool {
        let is_same = Arc::ptr_eq(&self.0, &other.0) || self == other;
        if is_same {
            *self = other.clone();
        }
        is_same
    }
}

impl From<Vec<Column>> for Columns {
    fn from(columns: Vec<Column>) -> Columns {
        Columns(Arc::new(columns))
    }
}

impl Deref for Columns {
    type Target = Vec<Column>;

    fn deref(&self) -> &Vec<Column> {
        &self.0
    }
}

/// Those that are shared are copied first.
impl DerefMut for Columns {
    fn deref_mut(&mut self) -> &mut Vec<Column> {
        Arc::make_mut(&mut self.0)
    }
}

impl<'a> IntoIterator for &'a Columns {
    type Item = &'a Column;
    type IntoIter = std::slice::Iter<'a, Column>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FileSchema {
    /// The column of this name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }
}
