//! A schema profile applied to a file's columns: which collections, attributes and event columns there are. The profile
//! is ADL text (`stdlib/schema/*.adl`, or a `schema` block of the analysis); nothing here knows a format.

use std::collections::{BTreeMap, BTreeSet};

use adl_runtime::metadata::{Choice, Entries, Place, Wanted};
use adl_runtime::nested::Level;
use adl_runtime::schema::{Column, ElementType, FileSchema, Shape};

use super::links::{self, BoundLink};
use crate::error::Message;
use crate::source::FileId;
use crate::syntax::{self, ast};

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

/// The format of columns that no file has.
const LISTED: &str = "listed columns";

/// The columns that a profile lists, as if a file had them all.
#[must_use]
pub fn listed(profile: &ast::Schema) -> FileSchema {
    let mut columns = Vec::new();
    for statement in &profile.statements {
        let ast::SchemaStatement::Columns { stored, names } = statement else { continue };
        let text = stored.text.as_str();
        let (element, shape) = match (text.strip_suffix("[][]"), text.strip_suffix("[]")) {
            (Some(element), _) => (element, Shape::Lists),
            (None, Some(element)) => (element, Shape::List),
            (None, None) => (text, Shape::Scalar),
        };
        // The grammar has no other types.
        let Some(element) = ElementType::named(element) else { continue };
        columns.extend(names.iter().map(|name| Column {
            name: name.text.clone(),
            element,
            shape: shape.clone(),
            counter: None,
            title: String::new(),
            codec: String::new(),
        }));
    }
    FileSchema { format: LISTED, tree: String::new(), events: 0, columns }
}

/// The objects and defines that go with a profile, as text.
#[must_use]
pub fn defined(stdlib: &[&ast::File], binding: &Binding) -> String {
    let of_profile = |b: &ast::Block| matches!(b, ast::Block::Schema(s) if Some(s.span.file) == binding.text);
    let file = stdlib.iter().find(|f| f.blocks.iter().any(of_profile));
    let blocks = file.into_iter().flat_map(|f| &f.blocks).filter(|b| !matches!(b, ast::Block::Schema(_)));
    let blocks = blocks.cloned().collect();
    syntax::print(&ast::File { edition: None, blocks, statements: Vec::new() })
}

/// The profile of this name, read without regard to case and to what is no letter or digit. An alias of the profile
/// itself is another name of it.
#[must_use]
pub fn named<'a>(name: &str, profiles: &[&'a ast::Schema]) -> Option<&'a ast::Schema> {
    let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let wanted = plain(name);
    profiles.iter().copied().find(|p| names_of(p).iter().any(|n| plain(n) == wanted))
}

/// The names of a profile, its own first.
#[must_use]
pub fn names_of(profile: &ast::Schema) -> Vec<&str> {
    let mut names = vec![profile.name.text.as_str()];
    for statement in &profile.statements {
        let ast::SchemaStatement::Alias(pairs) = statement else { continue };
        names.extend(pairs.iter().filter(|(_, old)| old.text == profile.name.text).map(|(new, _)| new.text.as_str()));
    }
    names
}

/// The profile whose `detect` line fits the file: the first in the order given.
#[must_use]
pub fn detect<'a>(file: &FileSchema, profiles: &[&'a ast::Schema]) -> Option<&'a ast::Schema> {
    let names: BTreeSet<&str> = file.columns.iter().map(|c| c.name.as_str()).collect();
    let has = |n: &ast::Name| {
        names.contains(n.text.as_str()) || n.text.contains('*') && names.iter().any(|c| matches(&n.text, c).is_some())
    };
    profiles.iter().copied().find(|schema| {
        schema.statements.iter().all(|s| match s {
            ast::SchemaStatement::Detect { with, without } => with.iter().all(has) && !without.iter().any(has),
            _ => true,
        })
    })
}

/// The tree names that the profiles know, in order.
#[must_use]
pub fn trees(profiles: &[&ast::Schema]) -> Vec<String> {
    let mut trees = Vec::new();
    for statement in profiles.iter().flat_map(|p| &p.statements) {
        if let ast::SchemaStatement::Tree(names) = statement {
            for name in names {
                if !trees.contains(&name.text) {
                    trees.push(name.text.clone());
                }
            }
        }
    }
    trees
}

/// Applies a profile to a file.
#[must_use]
pub fn bind(file: &FileSchema, profile: &ast::Schema) -> Binding {
    let mut binding = Binding {
        profile: profile.name.text.clone(),
        text: Some(profile.span.file),
        is_listed: file.format == LISTED,
        ..Binding::default()
    };
    for column in &file.columns {
        match &column.shape {
            Shape::Scalar if column.name.contains('*') => binding.open.push((column.name.clone(), column.element)),
            Shape::Scalar => {
                binding.event.insert(column.name.clone(), column.element);
            }
            Shape::Unsupported(reason) => {
                binding.unsupported.insert(column.name.clone(), reason.clone());
            }
            Shape::List | Shape::Lists => {}
        }
    }
    let mut taken = BTreeSet::new();
    for statement in &profile.statements {
        match statement {
            ast::SchemaStatement::Collection { name, size, attribute } => {
                let size = size.as_ref().map(|s| s.text.as_str());
                collect(file, &name.text, size, &attribute.text, &mut taken, &mut binding);
            }
            ast::SchemaStatement::Event { columns: names, sections } => {
                let present: Vec<_> = names.iter().filter(|n| file.column(&n.text).is_some()).collect();
                // Of several lines the first whose columns the file has.
                if binding.event_names.is_empty() || binding.event_numbers.is_empty() && !present.is_empty() {
                    binding.event_numbers = present.iter().map(|n| n.text.clone()).collect();
                    binding.event_names = names.iter().map(|n| n.text.clone()).collect();
                    binding.section_tree = sections.as_ref().map(|s| s.text.clone());
                }
            }
            ast::SchemaStatement::Transverse(names) => {
                binding.transverse.extend(names.iter().map(|n| n.text.clone()));
            }
            ast::SchemaStatement::Single(names) => {
                let present = names.iter().filter_map(|n| binding.sources.remove_entry(&n.text));
                binding.singles.extend(present.collect::<Vec<_>>());
            }
            ast::SchemaStatement::Simulation(names) => {
                let event = &binding.event;
                binding.simulated = names.iter().any(|n| event.contains_key(&n.text) || file.column(&n.text).is_some());
            }
            ast::SchemaStatement::Unit { unit, of } => {
                binding.units.push((unit.text.clone(), of.iter().map(|n| n.text.clone()).collect()));
            }
            ast::SchemaStatement::Particle { .. }
            | ast::SchemaStatement::Alias(_)
            | ast::SchemaStatement::Columns { .. }
            | ast::SchemaStatement::Tree(_)
            | ast::SchemaStatement::Detect { .. }
            | ast::SchemaStatement::Optional(_)
            | ast::SchemaStatement::Metadata(_)
            | ast::SchemaStatement::Link(_)
            | ast::SchemaStatement::Reserved(_) => {}
        }
    }
    numbers(file, &mut binding);
    units(&mut binding);
    aliases(profile, &mut binding);
    // An object whose members are listed is what they say.
    binding.unsupported.retain(|name, _| !binding.records.contains_key(name));
    constants(profile, &mut binding);
    links::bind(file, profile, &mut binding);
    binding
}

/// Lists that belong to no collection are lists of numbers, by the name of their column, and lists of lists are lists of
/// such lists; the numbers that each object of a collection has are lists of numbers, too.
fn numbers(file: &FileSchema, binding: &mut Binding) {
    for source in binding.sources.values_mut().chain(binding.singles.values_mut()) {
        let own = source.arrays.values().find_map(|array| match &array.each {
            Each::List(column) => Some(Level::Begins.of(column)),
            Each::Fixed(_) => None,
        });
        if let (true, Some(column)) = (source.sizes_of.is_empty(), own) {
            source.sizes_of = column;
        }
    }
    // A collection of which nothing else is stored has no sizes: what each of its objects has is not known.
    binding.sources.retain(|_, s| !s.sizes_of.is_empty() || !s.open.is_empty());
    let owned: BTreeSet<String> =
        binding.sources.values().flat_map(|s| s.arrays.values()).map(|a| a.numbers.clone()).collect();
    for column in file.columns.iter().filter(|c| c.shape == Shape::Lists && !c.name.contains('*')) {
        let array = lists(&column.name);
        let is_free = !owned.contains(&array.numbers);
        add_lists(&column.name, column.element, binding);
        if is_free && !binding.singles.contains_key(&column.name) {
            let source = BoundSource {
                arrays: BTreeMap::from([(NUMBER.to_owned(), array)]),
                sizes_of: Level::Begins.of(&column.name),
                numbers: true,
                ..BoundSource::default()
            };
            binding.sources.entry(column.name.clone()).or_insert(source);
        }
    }
    let sources = binding.sources.values().chain(binding.singles.values());
    let used: BTreeSet<&str> = sources.flat_map(|s| s.attributes.values().map(|(column, _)| column.as_str())).collect();
    let lists = file.columns.iter().filter(|c| c.shape == Shape::List && !c.name.contains('*'));
    let free: Vec<&Column> = lists.filter(|c| !used.contains(c.name.as_str())).collect();
    for column in free {
        if binding.sources.contains_key(&column.name) || binding.singles.contains_key(&column.name) {
            continue;
        }
        let value = (NUMBER.to_owned(), (column.name.clone(), column.element));
        let source = BoundSource {
            attributes: BTreeMap::from([value]),
            sizes_of: column.name.clone(),
            counter: column.counter.clone(),
            numbers: true,
            ..BoundSource::default()
        };
        binding.sources.insert(column.name.clone(), source);
    }
}

/// Notes the units of columns, and those that are stored in another unit of energy.
fn units(binding: &mut Binding) {
    let sources = binding.sources.values().chain(binding.singles.values());
    let lists = sources.flat_map(|s| s.attributes.iter().map(|(a, (c, _))| (c.as_str(), a.as_str())));
    let events = binding.event.keys().map(|c| (c.as_str(), c.as_str()));
    let sources = binding.sources.values().chain(binding.singles.values());
    let arrays = sources.flat_map(|s| &s.arrays).filter_map(|(attribute, array)| {
        let Each::List(column) = &array.each else { return None };
        Some((array.numbers.clone(), binding.unit(column, attribute)?.to_owned()))
    });
    let unit = |(column, attribute)| Some((str::to_owned(column), binding.unit(column, attribute)?.to_owned()));
    binding.unit_of = lists.chain(events).filter_map(unit).chain(arrays).collect();
    let per_gev = |(column, unit): (&String, &String)| {
        let per_gev = match unit.as_str() {
            "keV" => 1e6,
            "MeV" => 1e3,
            "TeV" => 1e-3,
            _ => return None,
        };
        Some((column.clone(), per_gev))
    };
    binding.per_gev = binding.unit_of.iter().filter_map(per_gev).collect();
}

/// Other names: of collections, columns and vectors, and of attributes (`Jet.pt`, `*.pt` of all collections) where the
/// attribute that they stand for is there and the name is free. Of several meanings of a name the first that is there.
fn aliases(profile: &ast::Schema, binding: &mut Binding) {
    for statement in &profile.statements {
        let ast::SchemaStatement::Alias(pairs) = statement else { continue };
        for (new, old) in pairs {
            let Some((of, attribute)) = new.text.split_once('.') else {
                // `weight_mc` may stand for `weight_mc_NOSYS`, beside which there are others that begin so.
                let begins = old.text.strip_prefix(&new.text).is_some_and(|rest| rest.starts_with('_'));
                let is_prefix =
                    begins && binding.event.contains_key(&old.text) && !binding.event.contains_key(&new.text);
                let is_free =
                    is_prefix || !binding.sources.contains_key(&new.text) && !binding.is_event_name(&new.text);
                let known = binding.aliases.get(&new.text);
                // Of several names the first that is there.
                if is_free && known.is_none_or(|k| !binding.knows(k) && binding.knows(&old.text)) {
                    binding.aliases.insert(new.text.clone(), old.text.clone());
                }
                continue;
            };
            if let Some(single) = binding.singles.get_mut(of) {
                if let Some(column) = single.attributes.get(&old.text).cloned() {
                    single.attributes.entry(attribute.to_owned()).or_insert(column);
                }
                continue;
            }
            for (name, source) in &mut binding.sources {
                if of != name && matches(of, name).is_none() {
                    continue;
                }
                if let Some(column) = source.attributes.get(&old.text).cloned() {
                    source.attributes.entry(attribute.to_owned()).or_insert(column);
                }
                if let Some(array) = source.arrays.get(&old.text).cloned() {
                    source.arrays.entry(attribute.to_owned()).or_insert(array);
                }
            }
            if binding.event.contains_key(&old.text) && !of.contains('*') {
                let record = binding.records.entry(of.to_owned()).or_default();
                record.entry(attribute.to_owned()).or_insert_with(|| old.text.clone());
            }
        }
    }
}

/// The weights of the generator: what the profile says that only simulated events have, where it is one real number per
/// event. Their sums over all events of an input normalise it.
#[must_use]
pub fn weights(profile: &ast::Schema, binding: &Binding) -> Vec<String> {
    let statements = profile.statements.iter();
    let names = statements.flat_map(|s| if let ast::SchemaStatement::Simulation(names) = s { &names[..] } else { &[] });
    let real = |n: &&ast::Name| matches!(binding.event.get(&n.text), Some(ElementType::F32 | ElementType::F64));
    names.filter(real).map(|n| n.text.clone()).collect()
}

/// What the profile says that files know of all events that they come from.
#[must_use]
pub fn metadata(profile: &ast::Schema) -> Vec<Wanted> {
    let statements = profile.statements.iter();
    let all: Vec<&ast::Metadata> =
        statements.filter_map(|s| if let ast::SchemaStatement::Metadata(m) = s { Some(m) } else { None }).collect();
    let wanted = |m: &&ast::Metadata| {
        // The columns of another metadata of this name, or the column itself.
        let of = |names: &[ast::Name]| names.iter().map(|n| n.text.clone()).collect::<Vec<String>>();
        let times = |times: &ast::Name| {
            let other = all.iter().find_map(|o| match &o.place {
                ast::MetadataPlace::Column { columns, .. } if o.name.text == times.text => Some(of(columns)),
                ast::MetadataPlace::Column { .. } | ast::MetadataPlace::Bin { .. } => None,
            });
            other.unwrap_or_else(|| vec![times.text.clone()])
        };
        let place = match &m.place {
            ast::MetadataPlace::Bin { histogram, bin } => Place::Bin(histogram.text.clone(), *bin),
            ast::MetadataPlace::Column { tree: None, columns, .. } => Place::Sample(of(columns)),
            ast::MetadataPlace::Column { tree: Some(tree), columns, times: factor, texts, largest } => {
                let choice = (!texts.is_empty() || largest.is_some()).then(|| Choice {
                    texts: texts.iter().map(|(column, texts)| (column.text.clone(), of(texts))).collect(),
                    largest: largest.as_ref().map(|l| l.text.clone()),
                });
                let times = factor.as_ref().map(times);
                Place::Tree(Entries { tree: tree.text.clone(), columns: of(columns), times, choice })
            }
        };
        Wanted { name: m.name.text.clone(), place }
    };
    all.iter().map(wanted).collect()
}

/// Constants of `particle X with mass = 0`, for attributes without a column.
fn constants(profile: &ast::Schema, binding: &mut Binding) {
    for statement in &profile.statements {
        let ast::SchemaStatement::Particle { names, with } = statement else { continue };
        for name in names {
            let Some(source) = binding.sources.get_mut(&name.text) else { continue };
            for (attribute, value) in with {
                let number = match &value.kind {
                    ast::ExprKind::Int(i) => *i as f64,
                    ast::ExprKind::Real(r) => *r,
                    _ => continue,
                };
                if !source.attributes.contains_key(&attribute.text) {
                    source.constants.insert(attribute.text.clone(), number);
                }
            }
        }
    }
}

/// Finds the collections of one `collection` line, among the columns that no earlier line has taken.
fn collect(
    file: &FileSchema,
    name: &str,
    size: Option<&str>,
    attribute: &str,
    taken: &mut BTreeSet<String>,
    binding: &mut Binding,
) {
    let counted: BTreeSet<String> = match size {
        Some(size) => file.columns.iter().filter_map(|c| matches(size, &c.name)).map(str::to_owned).collect(),
        None => BTreeSet::new(),
    };
    for column in file.columns.iter().filter(|c| matches!(c.shape, Shape::List | Shape::Lists)) {
        let found = if name.contains('*') {
            let own = |x: &str| x == column.name;
            let by_counter =
                column.counter.as_deref().and_then(|c| matches(size?, c)).filter(|x| !own(x)).map(str::to_owned);
            split(&column.name, attribute, by_counter.as_deref(), &counted).filter(|(c, _)| matches(name, c).is_some())
        } else {
            matches(attribute, &column.name).map(|a| (name.to_owned(), a.to_owned()))
        };
        let Some((collection, attribute)) = found else { continue };
        if !taken.insert(column.name.clone()) {
            continue;
        }
        let source = binding.sources.entry(collection).or_default();
        if column.shape == Shape::Lists {
            source.arrays.insert(attribute, lists(&column.name));
            continue;
        }
        if let Some((attribute, each)) = array(&attribute) {
            let array = BoundArray { numbers: column.name.clone(), each: Each::Fixed(each) };
            source.arrays.insert(attribute.to_owned(), array);
            continue;
        }
        if source.sizes_of.is_empty() {
            source.sizes_of.clone_from(&column.name);
            source.counter.clone_from(&column.counter);
        }
        if attribute.contains('*') {
            source.open.push((attribute, column.name.clone(), column.element));
        } else {
            source.attributes.insert(attribute, (column.name.clone(), column.element));
        }
    }
}

/// The lists of numbers of a column of lists of lists.
pub(super) fn lists(column: &str) -> BoundArray {
    BoundArray { numbers: Level::Numbers.of(column), each: Each::List(column.to_owned()) }
}

/// The numbers of a column of lists of lists, one list after the other.
pub(super) fn add_lists(column: &str, element: ElementType, binding: &mut Binding) {
    let numbers = Level::Numbers.of(column);
    let flat = BoundSource {
        attributes: BTreeMap::from([(NUMBER.to_owned(), (numbers.clone(), element))]),
        sizes_of: numbers.clone(),
        numbers: true,
        ..BoundSource::default()
    };
    binding.sources.entry(numbers).or_insert(flat);
}

/// `Tau[5]`, as ROOT names what each object has several of: name and number.
fn array(attribute: &str) -> Option<(&str, u32)> {
    let (name, sizes) = attribute.strip_suffix(']')?.split_once('[')?;
    let each = sizes.split("][").try_fold(1u32, |all, size| all.checked_mul(size.parse().ok()?))?;
    (!name.is_empty() && each > 0).then_some((name, each))
}

/// Splits `Muon_pt` by a pattern `*_*` into collection and attribute: at the counter's name if there is one, else at the
/// longest known collection, else at the first separator.
fn split(column: &str, pattern: &str, counter: Option<&str>, counted: &BTreeSet<String>) -> Option<(String, String)> {
    let mut parts = pattern.split('*');
    let (prefix, separator, suffix) = (parts.next()?, parts.next()?, parts.next().unwrap_or(""));
    let inner = column.strip_prefix(prefix)?.strip_suffix(suffix)?;
    let at = |name: &str| inner.strip_prefix(name)?.strip_prefix(separator).filter(|a| !a.is_empty());
    if let Some(name) = counter {
        return at(name).map(|a| (name.to_owned(), a.to_owned()));
    }
    let splits: Vec<usize> = inner.match_indices(separator).map(|(i, _)| i).filter(|i| *i > 0).collect();
    let known = splits.iter().rev().find(|i| inner.get(..**i).is_some_and(|x| counted.contains(x)));
    let place = *known.or(splits.first())?;
    let name = inner.get(..place)?;
    at(name).map(|a| (name.to_owned(), a.to_owned()))
}

/// What the `*` of a pattern stands for in a text; the empty text for a pattern without one that equals it.
pub(super) fn matches<'a>(pattern: &str, text: &'a str) -> Option<&'a str> {
    match pattern.split_once('*') {
        None => (pattern == text).then_some(""),
        Some((before, after)) => {
            let inner = text.strip_prefix(before)?.strip_suffix(after)?;
            (!inner.is_empty()).then_some(inner)
        }
    }
}
