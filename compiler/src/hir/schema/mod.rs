//! A schema profile applied to a file's columns: which collections, attributes and event columns there are. The profile
//! is ADL text (`stdlib/schema/*.adl`, or a `schema` block of the analysis); nothing here knows a format.

mod bind;
mod profile;

pub use bind::bind;
pub(in crate::hir) use bind::{add_lists, lists, matches};
pub use profile::{defined, detect, listed, metadata, named, names_of, trees, weights};

use std::collections::{BTreeMap, BTreeSet};

use adl_runtime::schema::{ElementType, Shape};

use super::links::BoundLink;
use crate::error::Message;
use crate::source::FileId;
use crate::syntax::ast;

/// What names mean in the input.
#[derive(Clone, Debug, Default)]
pub struct Binding {
    /// The profile's name.
    pub profile: String,
    /// The text that has the profile: its objects and defines go with it.
    pub text: Option<FileId>,
    /// Collections by name.
    pub sources: BTreeMap<String, BoundSource>,
    /// The events' own columns.
    pub event: BTreeMap<String, ElementType>,
    /// Columns that cannot be read, with the reason.
    pub unsupported: BTreeMap<String, String>,
    /// Columns of run, lumi section and event number, as far as present.
    pub event_numbers: Vec<String>,
    /// The same as the profile lists them, whether present or not.
    pub event_names: Vec<String>,
    /// The tree that lists luminosity sections, also those without events.
    pub section_tree: Option<String>,
    /// Names of vectors in the transverse plane (`X` with columns `X_pt`, `X_phi`).
    pub transverse: BTreeSet<String>,
    /// Collections with one entry in every event: their attributes are the event's.
    pub singles: BTreeMap<String, BoundSource>,
    /// Objects that the profile defines, with their attributes: true for a condition.
    pub objects: BTreeMap<String, BTreeMap<String, bool>>,
    /// Attributes of what an event has one of, where the column is not called `X_attribute`: `MET.pt` to `met_et`.
    pub records: BTreeMap<String, BTreeMap<String, String>>,
    /// Without a file: patterns of columns of the events that may be there.
    pub open: Vec<(String, ElementType)>,
    /// Other names.
    pub aliases: BTreeMap<String, String>,
    /// There is no file: the columns are those that the profile lists.
    pub is_listed: bool,
    /// The events are simulated.
    pub simulated: bool,
    /// Unit and the patterns of the columns or attributes that have it.
    pub units: Vec<(String, Vec<String>)>,
    /// The units of the columns that are there.
    pub unit_of: BTreeMap<String, String>,
    /// Columns that are not stored in GeV, and how many of their unit are one GeV.
    pub per_gev: BTreeMap<String, f64>,
    /// Positions that references lead to, by the name of the column that is made of them.
    pub references: BTreeMap<String, References>,
    /// Columns that some files have under other names, or not at all.
    pub joined: BTreeMap<String, Joined>,
    /// What is wrong with what the text says of the input's columns.
    pub problems: Vec<Message>,
}

/// A column that not every file of a chain has under its name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Joined {
    /// The columns that it is read from; none for files that have none of them.
    pub read: Vec<Option<String>>,
    /// What stands for it in files that do not have it.
    pub default: Option<ast::Literal>,
}

/// References, and what they can lead to: see `adl_runtime::references`.
#[derive(Clone, Debug, PartialEq)]
pub struct References {
    /// The column that holds them.
    pub numbers: String,
    /// Of element links the column with the keys of their collections; there is nothing that they are known by.
    pub keys: Option<String>,
    /// The columns by which objects are known, with their collections.
    pub known_by: Vec<(String, String)>,
    /// The shape of both columns: that of the references.
    pub shape: Shape,
}

/// Where an attribute of what an event has one of is found.
#[derive(Clone, Debug, PartialEq)]
pub enum RecordColumn {
    /// A column of the events.
    Event(String, ElementType),
    /// A column of a collection with one entry: collection, column.
    Entry(String, String, ElementType),
}

/// A collection of the input.
#[derive(Clone, Debug, Default)]
pub struct BoundSource {
    /// Attribute to column and stored type.
    pub attributes: BTreeMap<String, (String, ElementType)>,
    /// Without a file: patterns of attributes that may be there, and of their columns.
    pub open: Vec<(String, String, ElementType)>,
    /// Attributes without a column: constants.
    pub constants: BTreeMap<String, f64>,
    /// Its elements are numbers: their one attribute is [`NUMBER`].
    pub numbers: bool,
    /// Lists of numbers that each of its objects has.
    pub arrays: BTreeMap<String, BoundArray>,
    /// What its objects have in other collections.
    pub links: BTreeMap<String, BoundLink>,
    /// A list column, from which the sizes are known.
    pub sizes_of: String,
    /// The column that holds the sizes, where the format has one.
    pub counter: Option<String>,
}

/// The attribute that a list of numbers has.
pub const NUMBER: &str = "value";

/// Numbers of each object of a collection.
#[derive(Clone, Debug, PartialEq)]
pub struct BoundArray {
    /// The list of the numbers of all objects, one object after the other.
    pub numbers: String,
    /// Which of them an object has.
    pub each: Each,
}

/// Which numbers an object has.
#[derive(Clone, Debug, PartialEq)]
pub enum Each {
    /// As many as every other.
    Fixed(u32),
    /// A list of its own, in this column of lists of lists.
    List(String),
}

impl Binding {
    /// The unit of a column or attribute, if the profile declares one.
    #[must_use]
    pub fn unit(&self, column: &str, attribute: &str) -> Option<&str> {
        let has = |p: &String| matches(p, column).is_some() || matches(p, attribute).is_some();
        let declared = || self.units.iter().find(|(_, of)| of.iter().any(has)).map(|(unit, _)| unit);
        self.unit_of.get(column).or_else(declared).map(String::as_str)
    }

    /// True if there is something of this name: a collection, a column, what an event has one of, an object of the
    /// profile.
    #[must_use]
    pub fn knows(&self, name: &str) -> bool {
        let in_record = |(of, attribute): (&str, &str)| self.record_column(of, attribute).is_some();
        self.sources.contains_key(name)
            || self.objects.contains_key(name)
            || self.event_column(name).is_some()
            || self.is_record(name)
            || self.unsupported.contains_key(name)
            || name.split_once('.').is_some_and(in_record)
    }

    /// The stored type of an event's own column, if there is one of this name.
    #[must_use]
    pub fn event_column(&self, name: &str) -> Option<ElementType> {
        let open = || self.open.iter().find(|(pattern, _)| matches(pattern, name).is_some()).map(|(_, e)| *e);
        self.event.get(name).copied().or_else(open)
    }

    /// True for a column of the events and for what an event has one of.
    fn is_event_name(&self, name: &str) -> bool {
        self.event.contains_key(name) || self.is_record(name)
    }

    /// The columns of run and luminosity section.
    ///
    /// # Errors
    /// Why there are none, in words.
    pub fn sections(&self) -> Result<[String; 2], String> {
        let [run, section, _] = self.event_names.as_slice() else {
            return Err(format!("the profile {} knows no luminosity sections", self.profile));
        };
        match [run, section].into_iter().find(|n| !self.event.contains_key(*n)) {
            Some(missing) => Err(format!("the input has no column `{missing}`")),
            None => Ok([run.clone(), section.clone()]),
        }
    }

    /// Adds the objects that stand beside the profile.
    pub fn add_objects(&mut self, files: &[&ast::File]) {
        let of_profile = |b: &ast::Block| matches!(b, ast::Block::Schema(s) if Some(s.span.file) == self.text);
        let Some(file) = files.iter().find(|f| f.blocks.iter().any(of_profile)) else { return };
        for block in &file.blocks {
            let ast::Block::Object(object) = block else { continue };
            let defines = object.statements.iter().filter_map(|s| match s {
                ast::ObjectStatement::Define(d) => Some(d),
                _ => None,
            });
            let is_condition = |e: &ast::Expr| matches!(e.kind, ast::ExprKind::Compare { .. });
            let attributes = defines.map(|d| (d.name.text.clone(), is_condition(&d.value))).collect();
            self.objects.insert(object.name.text.clone(), attributes);
        }
    }

    /// True for what an event has one of, with attributes: `MET`, `PV`.
    #[must_use]
    pub fn is_record(&self, name: &str) -> bool {
        let prefix = format!("{name}_");
        self.singles.contains_key(name)
            || self.records.contains_key(name)
            || self.event.range(prefix.clone()..).next().is_some_and(|(n, _)| n.starts_with(&prefix))
            || self.open.iter().any(|(pattern, _)| pattern.starts_with(&prefix))
    }

    /// The attributes of what an event has one of.
    #[must_use]
    pub fn record_names(&self, name: &str) -> Vec<&str> {
        let prefix = format!("{name}_");
        let single = self.singles.get(name).into_iter().flat_map(|s| s.attributes.keys()).map(String::as_str);
        let named = self.records.get(name).into_iter().flat_map(|r| r.keys()).map(String::as_str);
        let prefixed = self.event.keys().filter_map(|k| k.strip_prefix(prefix.as_str()));
        single.chain(named).chain(prefixed).collect()
    }

    /// The column of an attribute of what an event has one of.
    #[must_use]
    pub fn record_column(&self, record: &str, attribute: &str) -> Option<RecordColumn> {
        if let Some(single) = self.singles.get(record) {
            let (column, element) = single.column(attribute)?;
            return Some(RecordColumn::Entry(record.to_owned(), column, element));
        }
        let named = self.records.get(record).and_then(|r| r.get(attribute)).cloned();
        let column = named.unwrap_or_else(|| format!("{record}_{attribute}"));
        self.event_column(&column).map(|element| RecordColumn::Event(column, element))
    }
}

impl BoundSource {
    /// The column of an attribute, with its stored type.
    #[must_use]
    pub fn column(&self, attribute: &str) -> Option<(String, ElementType)> {
        if let Some((column, element)) = self.attributes.get(attribute) {
            return Some((column.clone(), *element));
        }
        let fits = |(pattern, column, element): &(String, String, ElementType)| {
            matches(pattern, attribute).map(|word| (column.replacen('*', word, 1), *element))
        };
        self.open.iter().find_map(fits)
    }
}
