//! Fields and columns as header and footer describe them (RNTuple format specification, "Header Envelope", "Schema
//! Extension Record Frame").

use super::bytes::Bytes;
use super::encoding::Encoding;
use crate::error::Error;

/// What a field is in the tree of fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Leaf,
    Collection,
    Record,
    Variant,
    /// Objects that the ROOT streamer wrote.
    Streamed,
    /// A role of a later format.
    Unknown(u16),
}

/// A field: a C++ type, or a part of one.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// The field above; none for top fields.
    pub parent: Option<usize>,
    pub role: Role,
    /// The length of an array, 1 if it is none.
    pub repeat: u64,
    /// The field of which this one shows the values another way.
    pub source: Option<usize>,
    pub name: String,
    pub type_name: String,
    pub type_alias: String,
    pub description: String,
    /// The fields below, in order.
    pub children: Vec<usize>,
    /// The numbers of its columns, in order, one list for each representation.
    pub columns: Vec<Vec<usize>>,
}

/// A column: where the values are.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub encoding: Encoding,
    pub field: usize,
    pub representation: usize,
    /// For a column that was added while the events were written: the first element that is stored. All before are zero,
    /// if there are any before.
    pub first: Option<i64>,
}

/// All fields and columns.
#[derive(Debug, Default)]
pub(super) struct Schema {
    pub fields: Vec<Field>,
    pub columns: Vec<Column>,
    /// Pairs of a column and the projected field that has it as its own.
    aliases: Vec<(usize, usize)>,
}

/// More fields, columns or aliases are an attack: the largest files have some ten thousand.
const MOST: usize = 1 << 18;

mod field_flag {
    pub const REPEATED: u16 = 0x01;
    pub const PROJECTED: u16 = 0x02;
    pub const CHECKSUM: u16 = 0x04;
}

mod column_flag {
    pub const DEFERRED: u16 = 0x01;
    pub const RANGE: u16 = 0x02;
}

/// Reads feature flags: words that go on while their highest bit is set. No feature is known, so any other is an error.
pub(super) fn check_features(bytes: &mut Bytes<'_>) -> Result<(), Error> {
    const MORE: u64 = 1 << 63;
    let place = bytes.place();
    let mut word = 0;
    loop {
        let flags = bytes.u64()?;
        if flags & !MORE != 0 {
            let bit = word * 63 + (flags & !MORE).trailing_zeros();
            let what = format!("the RNTuple uses feature {bit} of its format, which is not known here");
            return Err(Error::unsupported(place, what));
        }
        if flags & MORE == 0 {
            return Ok(());
        }
        word = (word + 1).min(u32::MAX / 64);
    }
}

impl Schema {
    /// Adds the four lists of a schema description: fields, columns, alias columns, and what types need besides.
    pub(super) fn extend(&mut self, bytes: &mut Bytes<'_>) -> Result<(), Error> {
        let mut list = bytes.list()?;
        for _ in 0..list.items {
            let field = self.read_field(&mut list.bytes.record()?)?;
            self.fields.push(field);
        }
        let mut list = bytes.list()?;
        for _ in 0..list.items {
            let column = read_column(&mut list.bytes.record()?)?;
            self.columns.push(column);
        }
        let mut list = bytes.list()?;
        for _ in 0..list.items {
            let mut record = list.bytes.record()?;
            self.aliases.push((record.u32()? as usize, record.u32()? as usize));
        }
        if self.fields.len().max(self.columns.len()).max(self.aliases.len()) > MOST {
            return Err(bytes.corrupt(format!("more than {MOST} fields or columns")));
        }
        bytes.list().map(|_| ())
    }

    fn read_field(&self, bytes: &mut Bytes<'_>) -> Result<Field, Error> {
        let place = bytes.clone();
        bytes.u32()?;
        bytes.u32()?;
        let parent = bytes.u32()? as usize;
        let role = match bytes.u16()? {
            0 => Role::Leaf,
            1 => Role::Collection,
            2 => Role::Record,
            3 => Role::Variant,
            4 => Role::Streamed,
            n => Role::Unknown(n),
        };
        let flags = bytes.u16()?;
        let (name, type_name) = (bytes.string()?, bytes.string()?);
        let (type_alias, description) = (bytes.string()?, bytes.string()?);
        let repeat = if flags & field_flag::REPEATED != 0 { bytes.u64()? } else { 1 };
        let source = if flags & field_flag::PROJECTED != 0 { Some(bytes.u32()? as usize) } else { None };
        if flags & field_flag::CHECKSUM != 0 {
            bytes.u32()?;
        }
        // A field above has a smaller number, so that there are no circles.
        let number = self.fields.len();
        if parent > number {
            return Err(place.corrupt(format!("field {name:?} is below field {parent}, which comes later")));
        }
        let parent = Some(parent).filter(|p| *p != number);
        let (children, columns) = (vec![], vec![]);
        Ok(Field { parent, role, repeat, source, name, type_name, type_alias, description, children, columns })
    }

    /// Connects fields with the fields below them and with their columns; once all is read.
    pub(super) fn connect(&mut self, place: &Bytes<'_>) -> Result<(), Error> {
        for number in 0..self.fields.len() {
            if let Some(parent) = self.fields[number].parent {
                self.fields[parent].children.push(number);
            }
        }
        for (number, column) in self.columns.iter().enumerate() {
            let Some(field) = self.fields.get_mut(column.field) else {
                return Err(place.corrupt(format!("column {number} belongs to field {}", column.field)));
            };
            if !add(&mut field.columns, column.representation, number) {
                return Err(place.corrupt(format!("field {:?} lacks a representation", field.name)));
            }
        }
        for (number, field) in std::mem::take(&mut self.aliases) {
            let (Some(column), Some(field)) = (self.columns.get(number), self.fields.get_mut(field)) else {
                return Err(place.corrupt(format!("an alias of column {number} for field {field}")));
            };
            if !add(&mut field.columns, column.representation, number) {
                return Err(place.corrupt(format!("projected field {:?} lacks a representation", field.name)));
            }
        }
        Ok(())
    }
}

/// Adds a column to a field. Representations are numbered from 0 on, in the order of their columns; false if one is left
/// out.
fn add(columns: &mut Vec<Vec<usize>>, representation: usize, number: usize) -> bool {
    if representation == columns.len() {
        columns.push(vec![]);
    }
    columns.get_mut(representation).map(|columns| columns.push(number)).is_some()
}

fn read_column(bytes: &mut Bytes<'_>) -> Result<Column, Error> {
    let (kind, bits) = (bytes.u16()?, bytes.u16()?);
    let field = bytes.u32()? as usize;
    let (flags, representation) = (bytes.u16()?, usize::from(bytes.u16()?));
    let first = if flags & column_flag::DEFERRED != 0 { Some(bytes.i64()?) } else { None };
    let range = if flags & column_flag::RANGE != 0 { Some((bytes.f64()?, bytes.f64()?)) } else { None };
    Ok(Column { encoding: Encoding::of(kind, bits, range), field, representation, first })
}
