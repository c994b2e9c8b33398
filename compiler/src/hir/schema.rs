//! A schema profile applied to a file's columns: which collections, attributes and event columns there are. The profile
//! is ADL text (`stdlib/schema/*.adl`, or a `schema` block of the analysis); nothing here knows a format.

use std::collections::{BTreeMap, BTreeSet};

use adl_runtime::schema::{ElementType, FileSchema, Shape};

use crate::syntax::ast;

/// What names mean in the input.
#[derive(Clone, Debug, Default)]
pub struct Binding {
    /// The profile's name.
    pub profile: String,
    /// Collections by name.
    pub sources: BTreeMap<String, BoundSource>,
    /// The events' own columns.
    pub event: BTreeMap<String, ElementType>,
    /// Columns that cannot be read, with the reason.
    pub unsupported: BTreeMap<String, String>,
    /// Columns of run, lumi section and event number, as far as present.
    pub event_numbers: Vec<String>,
    /// Names of vectors in the transverse plane (`X` with columns `X_pt`, `X_phi`).
    pub transverse: BTreeSet<String>,
    /// Other names.
    pub aliases: BTreeMap<String, String>,
    /// The events are simulated.
    pub simulated: bool,
    /// Unit and the patterns of the columns or attributes that have it.
    pub units: Vec<(String, Vec<String>)>,
}

/// A collection of the input.
#[derive(Clone, Debug, Default)]
pub struct BoundSource {
    /// Attribute to column and stored type.
    pub attributes: BTreeMap<String, (String, ElementType)>,
    /// Attributes without a column: constants.
    pub constants: BTreeMap<String, f64>,
    /// A list column, from which the sizes are known.
    pub sizes_of: String,
    /// The column that holds the sizes, where the format has one.
    pub counter: Option<String>,
}

impl Binding {
    /// The unit of a column or attribute, if the profile declares one.
    #[must_use]
    pub fn unit(&self, column: &str, attribute: &str) -> Option<&str> {
        let has = |p: &String| matches(p, column).is_some() || matches(p, attribute).is_some();
        self.units.iter().find(|(_, of)| of.iter().any(has)).map(|(unit, _)| unit.as_str())
    }
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
    let mut binding = Binding { profile: profile.name.text.clone(), ..Binding::default() };
    for column in &file.columns {
        match &column.shape {
            Shape::Scalar => {
                binding.event.insert(column.name.clone(), column.element);
            }
            Shape::Unsupported(reason) => {
                binding.unsupported.insert(column.name.clone(), reason.clone());
            }
            Shape::List => {}
        }
    }
    for statement in &profile.statements {
        match statement {
            ast::SchemaStatement::Collection { name, size, attribute } => {
                collect(file, &name.text, size.as_ref().map(|s| s.text.as_str()), &attribute.text, &mut binding);
            }
            ast::SchemaStatement::Event(names) => {
                let present = names.iter().filter(|n| binding.event.contains_key(&n.text));
                binding.event_numbers = present.map(|n| n.text.clone()).collect();
            }
            ast::SchemaStatement::Transverse(names) => {
                binding.transverse.extend(names.iter().map(|n| n.text.clone()));
            }
            ast::SchemaStatement::Alias(pairs) => {
                binding.aliases.extend(pairs.iter().map(|(new, old)| (new.text.clone(), old.text.clone())));
            }
            ast::SchemaStatement::Simulation(names) => {
                let event = &binding.event;
                binding.simulated = names.iter().any(|n| event.contains_key(&n.text) || file.column(&n.text).is_some());
            }
            ast::SchemaStatement::Unit { unit, of } => {
                binding.units.push((unit.text.clone(), of.iter().map(|n| n.text.clone()).collect()));
            }
            ast::SchemaStatement::Particle { .. }
            | ast::SchemaStatement::Tree(_)
            | ast::SchemaStatement::Detect { .. }
            | ast::SchemaStatement::Reserved(_) => {}
        }
    }
    constants(profile, &mut binding);
    binding
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

/// Finds the collections of one `collection` line.
fn collect(file: &FileSchema, name: &str, size: Option<&str>, attribute: &str, binding: &mut Binding) {
    let counted: BTreeSet<String> = match size {
        Some(size) => file.columns.iter().filter_map(|c| matches(size, &c.name)).map(str::to_owned).collect(),
        None => BTreeSet::new(),
    };
    for column in file.columns.iter().filter(|c| c.shape == Shape::List) {
        let found = if name.contains('*') {
            let own = |x: &str| x == column.name;
            let by_counter =
                column.counter.as_deref().and_then(|c| matches(size?, c)).filter(|x| !own(x)).map(str::to_owned);
            split(&column.name, attribute, by_counter.as_deref(), &counted).filter(|(c, _)| matches(name, c).is_some())
        } else {
            matches(attribute, &column.name).map(|a| (name.to_owned(), a.to_owned()))
        };
        let Some((collection, attribute)) = found else { continue };
        let source = binding.sources.entry(collection).or_default();
        if source.sizes_of.is_empty() {
            source.sizes_of.clone_from(&column.name);
            source.counter.clone_from(&column.counter);
        }
        source.attributes.insert(attribute, (column.name.clone(), column.element));
    }
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
fn matches<'a>(pattern: &str, text: &'a str) -> Option<&'a str> {
    match pattern.split_once('*') {
        None => (pattern == text).then_some(""),
        Some((before, after)) => {
            let inner = text.strip_prefix(before)?.strip_suffix(after)?;
            (!inner.is_empty()).then_some(inner)
        }
    }
}
