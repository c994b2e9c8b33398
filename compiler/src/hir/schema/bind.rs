//! Columns of a file, in the words of a profile.

use std::collections::{BTreeMap, BTreeSet};

use adl_runtime::nested::Level;
use adl_runtime::schema::{Column, ElementType, FileSchema, Shape};

use super::profile::LISTED;
use super::{Binding, BoundArray, BoundSource, Each, NUMBER};
use crate::hir::links;
use crate::syntax::ast;

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
pub(in crate::hir) fn lists(column: &str) -> BoundArray {
    BoundArray { numbers: Level::Numbers.of(column), each: Each::List(column.to_owned()) }
}

/// The numbers of a column of lists of lists, one list after the other.
pub(in crate::hir) fn add_lists(column: &str, element: ElementType, binding: &mut Binding) {
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
pub(in crate::hir) fn matches<'a>(pattern: &str, text: &'a str) -> Option<&'a str> {
    match pattern.split_once('*') {
        None => (pattern == text).then_some(""),
        Some((before, after)) => {
            let inner = text.strip_prefix(before)?.strip_suffix(after)?;
            (!inner.is_empty()).then_some(inner)
        }
    }
}
