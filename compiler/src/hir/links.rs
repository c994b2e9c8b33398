//! The links of a schema in a file: which collections have them, by which attributes, and what a file lacks for them.

use std::collections::BTreeMap;

use adl_runtime::schema::{ElementType, FileSchema};

use super::schema::{self, Binding, BoundArray, BoundSource, Each, References, matches};
use crate::syntax::ast::{self, LinkBy};

/// What objects of one collection have in another.
#[derive(Clone, Debug, PartialEq)]
pub struct BoundLink {
    /// The collection that it leads to.
    pub to: String,
    /// A list rather than one object.
    pub many: bool,
    /// How it is found.
    pub by: LinkedBy,
}

/// How a link is found. Attributes are those of the collection that has the link.
#[derive(Clone, Debug, PartialEq)]
pub enum LinkedBy {
    /// Attributes that hold positions.
    Positions(Vec<String>),
    /// The objects whose link of this name leads here.
    Inverse(String),
    /// A range of positions.
    Range {
        /// The attribute that holds the first.
        first: String,
        /// The attribute that holds the last, or the one behind the last.
        last: String,
        /// The last belongs to it.
        inclusive: bool,
        /// The positions are in this collection, whose attribute holds those of the objects.
        via: Option<(String, String)>,
    },
    /// References, or links that say their collections: positions in one collection after the other.
    References {
        /// The column of positions that is made of them.
        column: String,
        /// Of a list: the positions of each object.
        list: Option<BoundArray>,
        /// The collections.
        to: Vec<String>,
    },
    /// This file does not have what it takes: what is missing, in words.
    Absent(String),
}

/// Binds the links of a profile. Of several lines for one link the first that the file has the columns for counts.
pub(super) fn bind(file: &FileSchema, profile: &ast::Schema, binding: &mut Binding) {
    let links = profile.statements.iter().filter_map(|s| match s {
        ast::SchemaStatement::Link(link) => Some(link),
        _ => None,
    });
    // An inverse needs the link that it inverts.
    let (inverse, plain): (Vec<&ast::Link>, Vec<&ast::Link>) =
        links.partition(|link| matches!(link.by, LinkBy::Inverse(_)));
    for link in plain.into_iter().chain(inverse) {
        let of = &link.of.text;
        let named: Vec<String> = binding.sources.keys().filter(|name| matches(of, name).is_some()).cloned().collect();
        for name in named {
            let Some(found) = one(file, profile, binding, link, &name) else { continue };
            let is_absent = matches!(found.by, LinkedBy::Absent(_));
            let Some(source) = binding.sources.get(&name) else { continue };
            let known = source.links.get(&link.name.text);
            let replaces = known.is_none_or(|known| matches!(known.by, LinkedBy::Absent(_)) && !is_absent);
            // A pattern stands for the collections that have the columns.
            if replaces && !(is_absent && of.contains('*')) {
                let made = references(file, binding, link, &name, &found);
                let Some(source) = binding.sources.get_mut(&name) else { continue };
                source.links.insert(link.name.text.clone(), found);
                if let Some((column, references)) = made {
                    schema::add_lists(&column, ElementType::I32, binding);
                    binding.references.insert(column, references);
                }
            }
        }
    }
}

fn one(file: &FileSchema, profile: &ast::Schema, binding: &Binding, link: &ast::Link, of: &str) -> Option<BoundLink> {
    let source = binding.sources.get(of)?;
    let resolved = |name: &str| -> String {
        let other = binding.aliases.get(name).filter(|_| !binding.sources.contains_key(name));
        other.map_or(name, String::as_str).to_owned()
    };
    let all: Vec<String> = link.to.iter().map(|to| resolved(&to.text)).collect();
    let to = all.first()?.clone();
    let missing = |of: &str, source: Option<&BoundSource>, attribute: &str| {
        let Some(source) = source else { return Some(format!("there is no collection `{of}`")) };
        source.column(attribute).is_none().then(|| lacks(file, profile, binding, of, attribute))
    };
    let (by, missing) = match &link.by {
        LinkBy::Columns(names) => {
            let names: Vec<String> = names.iter().map(|n| n.text.clone()).collect();
            let missing = names.iter().find_map(|n| missing(of, Some(source), n));
            let by = match names.as_slice() {
                [name] if !link.many => keyed(file, source, name).map(|(index, key)| LinkedBy::References {
                    column: format!("{index} by {key}"),
                    list: None,
                    to: vec![to.clone()],
                }),
                _ => None,
            };
            (by.unwrap_or(LinkedBy::Positions(names)), missing)
        }
        LinkBy::Inverse(name) => {
            let missing = match binding.sources.get(&to).map(|s| s.links.get(&name.text)) {
                Some(Some(BoundLink { by: LinkedBy::Absent(why), .. })) => Some(why.clone()),
                Some(Some(inverted)) if inverted.to == of => None,
                Some(Some(inverted)) => Some(format!("`{to}.{}` leads to `{}`", name.text, inverted.to)),
                Some(None) => Some(format!("`{to}` has no link `{}`", name.text)),
                None => None,
            };
            (LinkedBy::Inverse(name.text.clone()), missing)
        }
        LinkBy::Range { first, last, inclusive, via } => {
            let via = via.as_ref().map(|(c, a)| (resolved(&c.text), a.text.clone()));
            let ends = [first, last].into_iter().find_map(|n| missing(of, Some(source), &n.text));
            let through = via.as_ref().and_then(|(c, a)| missing(c, binding.sources.get(c), a));
            let (first, last) = (first.text.clone(), last.text.clone());
            (LinkedBy::Range { first, last, inclusive: *inclusive, via }, ends.or(through))
        }
        LinkBy::Reference { numbers, known_by } => {
            let lists = source.arrays.get(&numbers.text).filter(|a| matches!(a.each, Each::List(_)));
            let held = match (link.many, lists) {
                (true, None) => Some(lacks(file, profile, binding, of, &numbers.text)),
                (true, Some(_)) => None,
                (false, _) => missing(of, Some(source), &numbers.text),
            };
            let known = all.iter().find_map(|to| missing(to, binding.sources.get(to), &known_by.text));
            let from = numbers_column(source, &numbers.text).unwrap_or_default();
            let column = format!("{from} to {}", all.join(", "));
            let list = link.many.then(|| schema::lists(&column));
            (LinkedBy::References { column, list, to: all }, held.or(known))
        }
    };
    let nowhere = || (!binding.sources.contains_key(&to)).then(|| format!("there is no collection `{to}`"));
    let by = missing.or_else(nowhere).map_or(by, LinkedBy::Absent);
    Some(BoundLink { to, many: link.many, by })
}

/// The columns of element links (ATLAS `ElementLink`): of positions, and of the keys of the collections that these are in.
fn keyed(file: &FileSchema, source: &BoundSource, attribute: &str) -> Option<(String, String)> {
    let (index, _) = source.column(attribute)?;
    let key = format!("{}persKey", index.strip_suffix("persIndex")?);
    let shape = |column: &str| file.column(column).map(|c| c.shape.clone());
    (shape(&index)? == shape(&key)?).then_some((index, key))
}

/// The column of an attribute, of one number or of a list of each object.
fn numbers_column(source: &BoundSource, attribute: &str) -> Option<String> {
    let lists = source.arrays.get(attribute).and_then(|array| match &array.each {
        Each::List(column) => Some(column.clone()),
        Each::Fixed(_) => None,
    });
    lists.or_else(|| source.column(attribute).map(|(column, _)| column))
}

/// The column of positions that a link by references reads, and what it is made of.
fn references(
    file: &FileSchema,
    binding: &Binding,
    link: &ast::Link,
    of: &str,
    found: &BoundLink,
) -> Option<(String, References)> {
    let LinkedBy::References { column, to, .. } = &found.by else { return None };
    let (numbers, known_by) = match &link.by {
        LinkBy::Reference { numbers, known_by } => (numbers, known_by),
        LinkBy::Columns(names) => {
            let (numbers, key) = keyed(file, binding.sources.get(of)?, &names.first()?.text)?;
            let shape = file.column(&numbers)?.shape.clone();
            return Some((column.clone(), References { numbers, keys: Some(key), known_by: Vec::new(), shape }));
        }
        LinkBy::Inverse(_) | LinkBy::Range { .. } => return None,
    };
    let numbers = numbers_column(binding.sources.get(of)?, &numbers.text)?;
    let shape = file.column(&numbers)?.shape.clone();
    let known = |to: &String| Some((binding.sources.get(to)?.column(&known_by.text)?.0, to.clone()));
    let known_by = to.iter().map(known).collect::<Option<Vec<(String, String)>>>()?;
    Some((column.clone(), References { numbers, keys: None, known_by, shape }))
}

/// What a file lacks if a collection has not this attribute: the column that it would be.
fn lacks(file: &FileSchema, profile: &ast::Schema, binding: &Binding, of: &str, attribute: &str) -> String {
    let patterns = profile.statements.iter().filter_map(|s| match s {
        ast::SchemaStatement::Collection { name, attribute, .. } if matches(&name.text, of).is_some() => {
            Some((name.text.contains('*'), attribute.text.as_str()))
        }
        _ => None,
    });
    let names: Vec<String> = patterns
        .map(|(open, pattern)| {
            let own = if open { pattern.replacen('*', of, 1) } else { pattern.to_owned() };
            own.replacen('*', attribute, 1)
        })
        .collect();
    let unread = names.iter().find_map(|n| binding.unsupported.get(n).map(|why| (n, why)));
    match (unread, names.first()) {
        (Some((name, why)), _) => format!("the column `{name}` cannot be read: {why}"),
        (None, Some(name)) if file.column(name).is_none() => format!("there is no column `{name}`"),
        (None, _) => format!("`{of}` has no attribute `{attribute}`"),
    }
}

/// The links of a collection that this file has, for listings.
#[must_use]
pub fn present(links: &BTreeMap<String, BoundLink>) -> Vec<(&str, &BoundLink)> {
    let is_there = |(_, link): &(&String, &BoundLink)| !matches!(link.by, LinkedBy::Absent(_));
    links.iter().filter(is_there).map(|(name, link)| (name.as_str(), link)).collect()
}
