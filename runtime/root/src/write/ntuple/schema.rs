//! Fields and columns of the RNTuple that is written. As ROOT imports them from a tree: branches that have one counter
//! are the members of an untyped collection, which projected fields show under the names of the branches
//! (RNTuple format specification, "Header Envelope").

use super::bytes::Bytes;
use super::pages::Column;
use crate::Element;
use crate::write::columns::{Branch, Lists};

/// What is written of the branches.
#[derive(Default)]
pub(super) struct Schema {
    fields: Vec<Field>,
    /// The columns, each with its field and where its values come from.
    pub columns: Vec<(Column, usize, Origin)>,
    /// Columns with the projected fields that show them.
    aliases: Vec<(usize, usize)>,
}

/// Where the values of a column come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Origin {
    /// A branch.
    Branch(usize),
    /// The lists that this branch counts.
    Lists(usize),
    /// The lists of lists of a branch.
    Outer(usize),
    /// The lists in the lists of a branch.
    Inner(usize),
}

struct Field {
    parent: usize,
    role: u16,
    name: String,
    type_name: String,
    /// The field that is shown.
    source: Option<usize>,
}

const LEAF: u16 = 0;
const COLLECTION: u16 = 1;
const RECORD: u16 = 2;
const PROJECTED: u16 = 0x02;

impl Schema {
    pub(super) fn of(branches: &[Branch]) -> Schema {
        let mut schema = Schema::default();
        let counts = |number: usize| branches.iter().any(|b| b.counter() == Some(number));
        // The fields of each branch: that of its lists, that of its values.
        let mut places = vec![(0, 0); branches.len()];
        let mut collections = 0;
        for (number, branch) in branches.iter().enumerate().filter(|(_, b)| b.counter().is_none()) {
            if branch.lists == Lists::Nested {
                let inside = type_name(branch.element);
                let outer = schema.top(COLLECTION, &branch.name, &format!("std::vector<std::vector<{inside}>>"));
                schema.columns.push((Column::Ends, outer, Origin::Outer(number)));
                let inner = schema.below(outer, COLLECTION, "_0", &format!("std::vector<{inside}>"), None);
                schema.columns.push((Column::Ends, inner, Origin::Inner(number)));
                let field = schema.below(inner, LEAF, "_0", inside, None);
                schema.columns.push((Column::Values(branch.element), field, Origin::Branch(number)));
                continue;
            }
            if !counts(number) {
                let field = schema.top(LEAF, &branch.name, type_name(branch.element));
                schema.columns.push((Column::Values(branch.element), field, Origin::Branch(number)));
                continue;
            }
            // No branch has a name that begins so twice: the names of branches differ from each other, not from this.
            let mut name = format!("_collection{collections}");
            while branches.iter().any(|b| b.name == name) {
                name.push('_');
            }
            collections += 1;
            let list = schema.top(COLLECTION, &name, "");
            schema.columns.push((Column::Ends, list, Origin::Lists(number)));
            let record = schema.below(list, RECORD, "_0", "", None);
            for (member, branch) in branches.iter().enumerate().filter(|(_, b)| b.counter() == Some(number)) {
                let field = schema.below(record, LEAF, &branch.name, type_name(branch.element), None);
                schema.columns.push((Column::Values(branch.element), field, Origin::Branch(member)));
                places[member] = (list, field);
            }
            places[number] = (list, list);
        }
        for (number, branch) in branches.iter().enumerate() {
            let (list, values) = places[number];
            let column = |field: usize| schema.columns.iter().position(|(_, of, _)| *of == field);
            let (ends, numbers) = (column(list), column(values));
            if branch.counter().is_some() {
                let inside = type_name(branch.element);
                let field = schema.top(COLLECTION, &branch.name, &format!("std::vector<{inside}>"));
                schema.project(field, list, ends);
                let below = schema.below(field, LEAF, "_0", inside, Some(values));
                schema.project(below, values, numbers);
            } else if counts(number) {
                let sizes = match branch.element {
                    Element::I64 | Element::U64 => "ROOT::RNTupleCardinality<std::uint64_t>",
                    _ => "ROOT::RNTupleCardinality<std::uint32_t>",
                };
                let field = schema.top(LEAF, &branch.name, sizes);
                schema.project(field, list, ends);
            }
        }
        schema
    }

    fn top(&mut self, role: u16, name: &str, type_name: &str) -> usize {
        self.below(self.fields.len(), role, name, type_name, None)
    }

    fn below(&mut self, parent: usize, role: u16, name: &str, type_name: &str, source: Option<usize>) -> usize {
        let (name, type_name) = (name.to_string(), type_name.to_string());
        self.fields.push(Field { parent, role, name, type_name, source });
        self.fields.len() - 1
    }

    fn project(&mut self, field: usize, source: usize, column: Option<usize>) {
        if let (Some(projected), Some(column)) = (self.fields.get_mut(field), column) {
            projected.source = Some(source);
            self.aliases.push((column, field));
        }
    }

    /// The schema description: four lists.
    pub(super) fn write(&self, bytes: &mut Bytes, split: bool) {
        bytes.list(&self.fields, |bytes, field| {
            bytes.record(|bytes| {
                // Versions of the field and of its type.
                bytes.u32(0);
                bytes.u32(0);
                bytes.u32(field.parent as u32);
                bytes.u16(field.role);
                bytes.u16(if field.source.is_some() { PROJECTED } else { 0 });
                for text in [field.name.as_str(), field.type_name.as_str(), "", ""] {
                    bytes.string(text);
                }
                if let Some(source) = field.source {
                    bytes.u32(source as u32);
                }
            });
        });
        bytes.list(&self.columns, |bytes, (column, field, _)| {
            bytes.record(|bytes| {
                let (kind, bits) = column.kind(split);
                bytes.u16(kind);
                bytes.u16(bits);
                bytes.u32(*field as u32);
                // No flags; the one representation.
                bytes.u16(0);
                bytes.u16(0);
            });
        });
        bytes.list(&self.aliases, |bytes, (column, field)| {
            bytes.record(|bytes| {
                bytes.u32(*column as u32);
                bytes.u32(*field as u32);
            });
        });
        nothing(bytes);
    }

    /// An extension that adds nothing.
    pub(super) fn write_extension(bytes: &mut Bytes) {
        bytes.record(|bytes| (0..4).for_each(|_| nothing(bytes)));
    }
}

/// An empty list.
fn nothing(bytes: &mut Bytes) {
    bytes.list::<()>(&[], |_, _| ());
}

fn type_name(element: Element) -> &'static str {
    match element {
        Element::Bool => "bool",
        Element::I8 => "std::int8_t",
        Element::U8 => "std::uint8_t",
        Element::I16 => "std::int16_t",
        Element::U16 => "std::uint16_t",
        Element::I32 => "std::int32_t",
        Element::U32 => "std::uint32_t",
        Element::I64 => "std::int64_t",
        Element::U64 => "std::uint64_t",
        Element::F32 => "float",
        Element::F64 => "double",
    }
}
