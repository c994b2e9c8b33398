//! The links of a schema in a file: which collections have them, by which attributes, and what a file lacks for them.

use std::collections::BTreeMap;

use adl_runtime::schema::FileSchema;

use super::schema::{Binding, BoundSource, matches};
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
            let Some(source) = binding.sources.get_mut(&name) else { continue };
            let known = source.links.get(&link.name.text);
            let replaces = known.is_none_or(|known| matches!(known.by, LinkedBy::Absent(_)) && !is_absent);
            // A pattern stands for the collections that have the columns.
            if replaces && !(is_absent && of.contains('*')) {
                source.links.insert(link.name.text.clone(), found);
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
    let to = resolved(&link.to.text);
    let missing = |of: &str, source: Option<&BoundSource>, attribute: &str| {
        let Some(source) = source else { return Some(format!("there is no collection `{of}`")) };
        source.column(attribute).is_none().then(|| lacks(file, profile, binding, of, attribute))
    };
    let (by, missing) = match &link.by {
        LinkBy::Columns(names) => {
            let names: Vec<String> = names.iter().map(|n| n.text.clone()).collect();
            let missing = names.iter().find_map(|n| missing(of, Some(source), n));
            (LinkedBy::Positions(names), missing)
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
    };
    let nowhere = || (!binding.sources.contains_key(&to)).then(|| format!("there is no collection `{to}`"));
    let by = missing.or_else(nowhere).map_or(by, LinkedBy::Absent);
    Some(BoundLink { to, many: link.many, by })
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
