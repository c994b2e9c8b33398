//! From the tree of fields to a flat list of branches: the name of each, its shape, and the columns that hold it.

use std::collections::{HashMap, HashSet};

use super::encoding::Encoding;
use super::schema::{Field, Role, Schema};
use crate::branch::{Branch, BranchId, BranchKind, Element, Shape};
use crate::codec::Codec;

/// Fields below more fields than these are not listed.
const MAX_DEPTH: usize = 32;
/// Nor are those whose path is longer, since the names of all fields below would begin with it.
const MAX_PATH: usize = 1000;
const MAX_COPIED: usize = 1000;

/// What the values of a branch are read from.
#[derive(Clone, Debug, Default)]
pub(super) struct Origin {
    /// Copies per entry: the array lengths above all lists.
    pub repeat: u32,
    /// The lists around the values, outermost first.
    pub lists: Vec<List>,
    pub values: Values,
}

impl Origin {
    /// The columns that it is made of, each by its representations: those of lists before those of values.
    pub(super) fn columns(&self) -> impl Iterator<Item = &Vec<usize>> {
        let values = match &self.values {
            Values::None => None,
            Values::Numbers(columns) | Values::Sizes(columns) => Some(columns),
        };
        self.lists.iter().map(|list| &list.columns).chain(values)
    }
}

/// A list: its columns (one per representation) say where it ends.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct List {
    pub columns: Vec<usize>,
    /// Copies per element: the array lengths below it.
    pub repeat: u32,
}

/// The innermost part of a branch.
#[derive(Clone, Debug, Default)]
pub(super) enum Values {
    /// Not read.
    #[default]
    None,
    /// Numbers, in one of these columns in each cluster.
    Numbers(Vec<usize>),
    /// The sizes of the lists that these columns describe.
    Sizes(Vec<usize>),
}

/// A field on the way down, with what is above it.
#[derive(Clone)]
struct Place<'a> {
    field: usize,
    name: String,
    path: String,
    /// The outermost of the fields that have this name.
    named: &'a Field,
    parent: Option<BranchId>,
    origin: Origin,
    depth: usize,
    /// Inside a field without a type, whose parts may be listed under better names.
    untyped: bool,
}

/// The branches of a schema, and for each where it comes from.
pub(super) fn branches(schema: &Schema) -> (Vec<Branch>, Vec<Origin>) {
    let mut walk = Walk { schema, shown: shown_elsewhere(schema), branches: vec![], origins: vec![] };
    let top = schema.fields.iter().enumerate().filter(|(_, field)| field.parent.is_none());
    let mut todo: Vec<Place<'_>> = top.rev().map(|(number, field)| Place::top(number, field)).collect();
    while let Some(place) = todo.pop() {
        let mut below = walk.visit(place);
        below.reverse();
        todo.append(&mut below);
    }
    walk.name_counters();
    (walk.branches, walk.origins)
}

/// The columns that projected fields show, such as `Muon_pt` for a member of an untyped collection.
fn shown_elsewhere(schema: &Schema) -> HashSet<usize> {
    let projected = schema.fields.iter().filter(|field| field.source.is_some());
    projected.flat_map(|field| field.columns.iter().flatten().copied()).collect()
}

impl<'a> Place<'a> {
    fn top(number: usize, field: &'a Field) -> Place<'a> {
        Place {
            field: number,
            name: field.name.clone(),
            path: field.name.clone(),
            named: field,
            parent: None,
            origin: Origin { repeat: 1, ..Origin::default() },
            depth: 0,
            untyped: false,
        }
    }

    /// The field below with the same name: the element of a list or an array, a base class.
    fn inside(&self, field: usize) -> Place<'a> {
        Place { field, depth: self.depth + 1, ..self.clone() }
    }
}

/// The walk over all fields.
struct Walk<'a> {
    schema: &'a Schema,
    shown: HashSet<usize>,
    branches: Vec<Branch>,
    origins: Vec<Origin>,
}

impl<'a> Walk<'a> {
    /// Lists what is at a place; what is to be visited below it.
    fn visit(&mut self, mut place: Place<'a>) -> Vec<Place<'a>> {
        let Some(field) = self.schema.fields.get(place.field) else {
            return vec![];
        };
        if place.depth > MAX_DEPTH || place.path.len() > MAX_PATH {
            place.name = field.name.chars().take(40).collect();
            place.path.clone_from(&place.name);
            self.refuse(place, "its name is too long");
            return vec![];
        }
        if field.repeat != 1 {
            let last = place.origin.lists.last_mut().map_or(&mut place.origin.repeat, |list| &mut list.repeat);
            match u32::try_from(field.repeat).ok().and_then(|n| last.checked_mul(n)).filter(|n| *n > 0) {
                Some(n) => *last = n,
                None => {
                    self.refuse(place, &format!("it has {} values in each entry", field.repeat));
                    return vec![];
                }
            }
        }
        match (field.role, field.children.as_slice(), field.columns.as_slice()) {
            (Role::Leaf, [child], []) => vec![place.inside(*child)],
            (Role::Leaf, _, columns) => {
                self.leaf(place, field, columns);
                vec![]
            }
            (Role::Collection, [child], columns) => match alone(columns) {
                Some(columns) => self.list(place, field, columns, *child),
                None => {
                    self.refuse(place, "it is a list without sizes");
                    vec![]
                }
            },
            (Role::Record, [_, ..], _) => {
                place.untyped |= field.type_name.is_empty();
                field.children.iter().map(|child| self.member(&place, *child)).collect()
            }
            (Role::Variant, ..) => {
                self.refuse(place, "its values are of changing types");
                vec![]
            }
            (Role::Streamed, ..) => {
                self.refuse(place, "it holds objects with a streamer of their own");
                vec![]
            }
            (Role::Record | Role::Collection, ..) => {
                self.refuse(place, "it is empty");
                vec![]
            }
            (Role::Unknown(_), ..) => {
                self.refuse(place, "it is of a kind that is not known yet");
                vec![]
            }
        }
    }

    /// The place of a member of a record. Members of a base class (`:_0`) are members of the record.
    fn member(&self, place: &Place<'a>, number: usize) -> Place<'a> {
        let below = place.inside(number);
        match self.schema.fields.get(number) {
            Some(field) if !is_base(&field.name) => Place {
                name: format!("{}.{}", place.name, field.name),
                path: format!("{}/{}", place.path, field.name),
                named: field,
                ..below
            },
            Some(_) | None => below,
        }
    }

    /// A list: one of records gets a branch of its own with the sizes, as in trees.
    fn list(&mut self, mut place: Place<'a>, field: &'a Field, columns: Vec<usize>, child: usize) -> Vec<Place<'a>> {
        place.untyped |= field.type_name.is_empty();
        if place.origin.lists.len() == 2 || place.origin.lists.len() == 1 && place.origin.repeat > 1 {
            self.refuse(place, "it holds lists of lists of lists");
            return vec![];
        }
        let of_records =
            self.schema.fields.get(child).is_some_and(|item| item.role == Role::Record && item.repeat == 1);
        let shown = place.untyped && columns.first().is_some_and(|column| self.shown.contains(column));
        if of_records && !shown {
            let origin = Origin { values: Values::Sizes(columns.clone()), ..place.origin.clone() };
            place.parent = Some(self.push(&place, Ok((Element::U32, origin))));
        }
        place.origin.lists.push(List { columns, repeat: 1 });
        vec![place.inside(child)]
    }

    fn leaf(&mut self, place: Place<'a>, field: &Field, columns: &[Vec<usize>]) {
        const SIZES: &str = "ROOT::RNTupleCardinality<";
        if field.type_name == "std::string"
            && let Some((ends, letters)) = pairs(columns)
        {
            return self.texts(place, ends, letters);
        }
        let Some(columns) = alone(columns) else {
            let reason = if columns.is_empty() { "it has no values" } else { "it holds text" };
            self.refuse(place, reason);
            return;
        };
        if place.untyped && columns.first().is_some_and(|column| self.shown.contains(column)) {
            return;
        }
        let encodings: Vec<Encoding> =
            columns.iter().filter_map(|column| Some(self.schema.columns.get(*column)?.encoding)).collect();
        if field.type_name.starts_with(SIZES) {
            let origin = Origin { values: Values::Sizes(columns), ..place.origin.clone() };
            let wide = field.type_name.contains("uint64");
            self.push(&place, Ok((if wide { Element::U64 } else { Element::U32 }, origin)));
            return;
        }
        let stored: Option<Vec<Element>> = encodings.iter().map(|encoding| encoding.element()).collect();
        let Some(stored) = stored else {
            let unknown = encodings.iter().find_map(|encoding| match encoding {
                Encoding::Unknown { kind, bits } => Some(format!("a column of type {kind:#04x} with {bits} bits")),
                _ => None,
            });
            self.refuse(place, &unknown.unwrap_or_else(|| "it holds no numbers".to_string()));
            return;
        };
        let element = basic(&field.type_name).or(stored.first().copied()).unwrap_or(Element::U8);
        let origin = Origin { values: Values::Numbers(columns), ..place.origin.clone() };
        self.push(&place, Ok((element, origin)));
    }

    /// Texts: the ends of each, and their letters in one column.
    fn texts(&mut self, mut place: Place<'a>, ends: Vec<usize>, letters: Vec<usize>) {
        let shape = match (place.origin.repeat, place.origin.lists.as_slice()) {
            (1, []) => Shape::Scalar,
            (1, [List { repeat: 1, .. }]) => Shape::Vector,
            _ => return self.refuse(place, "it holds text"),
        };
        place.origin.lists.push(List { columns: ends, repeat: 1 });
        let origin = Origin { values: Values::Numbers(letters), ..place.origin.clone() };
        let id = self.push(&place, Ok((Element::U8, origin)));
        if let Some(branch) = self.branches.get_mut(id.index()) {
            branch.kind = BranchKind::Texts { shape };
        }
    }

    fn refuse(&mut self, place: Place<'a>, reason: &str) {
        self.push(&place, Err(reason.to_string()));
    }

    fn push(&mut self, place: &Place<'a>, found: Result<(Element, Origin), String>) -> BranchId {
        let id = BranchId(self.branches.len() as u32);
        let (kind, origin) = match found {
            Ok((element, origin)) => (BranchKind::Values { element, shape: shape(&origin) }, origin),
            Err(reason) => (BranchKind::Unsupported(reason), Origin::default()),
        };
        let named = place.named;
        // Many fields may show one, so a long description is not copied to all of them.
        let source = named.source.and_then(|source| self.schema.fields.get(source));
        let source = source.filter(|source| source.description.len() <= MAX_COPIED);
        let described = [Some(named), source].into_iter().flatten().map(|f| &f.description).find(|d| !d.is_empty());
        self.branches.push(Branch {
            id,
            name: place.name.clone(),
            path: place.path.clone(),
            title: described.cloned().unwrap_or_default(),
            type_name: if named.type_alias.is_empty() { &named.type_name } else { &named.type_alias }.clone(),
            parent: place.parent,
            kind,
            codec: Codec::None,
            packed_bytes: 0,
            unpacked_bytes: 0,
        });
        self.origins.push(origin);
        id
    }

    /// Lists whose sizes are a branch too are counted by it: by one that is made to show the sizes, else by the list of
    /// records that they are members of.
    fn name_counters(&mut self) {
        let mut counters: HashMap<usize, BranchId> = HashMap::new();
        for (branch, origin) in self.branches.iter().zip(&self.origins) {
            if let (Values::Sizes(columns), [], 1) = (&origin.values, origin.lists.as_slice(), origin.repeat)
                && let Some(column) = columns.first()
            {
                let is_list =
                    |id: BranchId| self.branches.get(id.index()).is_some_and(|b| !b.type_name.contains("Cardinality"));
                if counters.get(column).is_none_or(|before| is_list(*before)) {
                    counters.insert(*column, branch.id);
                }
            }
        }
        for (branch, origin) in self.branches.iter_mut().zip(&self.origins) {
            if let (BranchKind::Values { shape: shape @ Shape::Vector, .. }, [list]) =
                (&mut branch.kind, origin.lists.as_slice())
                && let Some(counter) = list.columns.first().and_then(|column| counters.get(column))
            {
                *shape = Shape::Counted { counter: *counter, per: list.repeat };
            }
        }
    }
}

/// The columns of a field that has one, by representation.
fn alone(columns: &[Vec<usize>]) -> Option<Vec<usize>> {
    let all: Option<Vec<usize>> =
        columns.iter().map(|of| if let [one] = of.as_slice() { Some(*one) } else { None }).collect();
    all.filter(|all| !all.is_empty())
}

/// The columns of a field that has two, by representation.
fn pairs(columns: &[Vec<usize>]) -> Option<(Vec<usize>, Vec<usize>)> {
    let all: Option<Vec<(usize, usize)>> = columns
        .iter()
        .map(|of| if let [first, second] = of.as_slice() { Some((*first, *second)) } else { None })
        .collect();
    all.filter(|all| !all.is_empty()).map(|all| all.into_iter().unzip())
}

fn is_base(name: &str) -> bool {
    name.strip_prefix(":_").is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

fn shape(origin: &Origin) -> Shape {
    match (origin.repeat, origin.lists.as_slice()) {
        (1, []) => Shape::Scalar,
        (n, []) => Shape::Fixed(n),
        (1, [_]) => Shape::Vector,
        (_, _) => Shape::Nested,
    }
}

/// The element of a C++ type of numbers, as the format spells it ("Type Name Normalization").
fn basic(type_name: &str) -> Option<Element> {
    Some(match type_name {
        "bool" => Element::Bool,
        "char" | "std::int8_t" => Element::I8,
        "std::byte" | "std::uint8_t" => Element::U8,
        "std::int16_t" => Element::I16,
        "std::uint16_t" => Element::U16,
        "std::int32_t" => Element::I32,
        "std::uint32_t" => Element::U32,
        "std::int64_t" => Element::I64,
        "std::uint64_t" => Element::U64,
        "float" => Element::F32,
        "double" => Element::F64,
        _ => return None,
    })
}
