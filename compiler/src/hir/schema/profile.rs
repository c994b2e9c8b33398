//! What a profile says by itself: its names, how its files are known, the columns that it lists.

use std::collections::BTreeSet;

use adl_runtime::metadata::{Choice, Entries, Place, Wanted};
use adl_runtime::schema::{Column, ElementType, FileSchema, Shape};

use super::{Binding, matches};
use crate::syntax::{self, ast};

/// The format of columns that no file has.
pub(super) const LISTED: &str = "listed columns";

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
    FileSchema { format: LISTED, tree: String::new(), events: 0, columns: columns.into() }
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
