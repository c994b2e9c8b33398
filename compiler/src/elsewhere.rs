//! Names that the input does not have and other files do, of its format or of others: messages about unknown names say which.

use std::collections::BTreeMap;

use crate::error::Message;
use crate::hir::schema::Binding;
use crate::syntax::ast::{self, SchemaStatement};
use crate::{Parsed, bind_as, listed};

/// Formats that a message names, at most.
const MOST: usize = 3;

/// Adds to the messages about unknown names the files that have them: others of the format, or those of other formats.
pub(crate) fn advise(messages: Vec<Message>, parsed: &Parsed, binding: &Binding) -> Vec<Message> {
    let is_unknown = |m: &Message| matches!(m.code, "unknown_name" | "unknown_attribute");
    if !messages.iter().any(is_unknown) {
        return messages;
    }
    // Only where it is needed: the lists of columns are long.
    let others: Vec<Binding> = parsed
        .profiles()
        .into_iter()
        .map(|p| parsed.whole(p))
        .map(|p| (p, listed(p)))
        .filter(|(_, columns)| !columns.columns.is_empty())
        .map(|(p, columns)| bind_as(parsed, &columns, p))
        .collect();
    let mut known: BTreeMap<(bool, String), Option<String>> = BTreeMap::new();
    let advised = |m: Message| {
        let Some(label) = m.labels.first().filter(|_| is_unknown(&m)) else { return m };
        let name = parsed.sources.slice(label.span).trim_matches('"').to_owned();
        let is_attribute = m.code == "unknown_attribute";
        let key = (is_attribute, name);
        let found = known.entry(key.clone()).or_insert_with(|| {
            let here = others.iter().filter_map(|o| place(o, parsed, &key.1, is_attribute).map(|p| (o, p)));
            let (own, here): (Vec<_>, Vec<_>) = here.partition(|(o, _)| o.profile == binding.profile);
            if !own.is_empty() && !binding.is_listed {
                return Some(of_own_format(parsed, binding, &key.1));
            }
            let here = here.into_iter().take(MOST);
            let texts: Vec<String> = here.map(|(o, place)| format!("{}{place}", o.profile)).collect();
            (!texts.is_empty())
                .then(|| format!("{} files do not have it; {} files do", binding.profile, texts.join(", ")))
        });
        match found {
            Some(text) => m.also(text),
            None => m,
        }
    };
    messages.into_iter().map(advised).collect()
}

/// What is said of a name that other files of the same format have.
fn of_own_format(parsed: &Parsed, binding: &Binding, name: &str) -> String {
    let format = &binding.profile;
    let profiles = parsed.profiles().into_iter().filter(|p| p.name.text == *format);
    let mut marks = profiles.flat_map(|p| parsed.whole(p).statements.iter()).filter_map(|s| match s {
        SchemaStatement::Simulation(names) => Some(names),
        _ => None,
    });
    if !binding.simulated && marks.any(|names| names.iter().any(|n| n.text == name)) {
        return format!("{format} files of simulated events have it; this one has data");
    }
    format!("other {format} files have it, this one does not")
}

/// Where a format has a name; for an attribute also in which collections.
fn place(of: &Binding, parsed: &Parsed, name: &str, is_attribute: bool) -> Option<String> {
    if !is_attribute {
        let has = of.sources.contains_key(name)
            || of.objects.contains_key(name)
            || of.event.contains_key(name)
            || of.aliases.contains_key(name)
            || defines(of, parsed, name);
        return has.then(String::new);
    }
    let sources = of.sources.iter().filter(|(_, s)| s.attributes.contains_key(name)).map(|(n, _)| n);
    let objects = of.objects.iter().filter(|(_, a)| a.contains_key(name)).map(|(n, _)| n);
    let mut names: Vec<&str> = sources.chain(objects).map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let more = if names.len() > 3 { ", ..." } else { "" };
    names.truncate(3);
    (!names.is_empty()).then(|| format!(" ({}{more})", names.join(", ")))
}

/// True if a define stands beside the profile.
fn defines(of: &Binding, parsed: &Parsed, name: &str) -> bool {
    let is_profile = |b: &ast::Block| matches!(b, ast::Block::Schema(s) if Some(s.span.file) == of.text);
    let files = parsed.library(of.text).into_iter().filter(|f| f.blocks.iter().any(is_profile));
    files.flat_map(|f| &f.blocks).any(|b| matches!(b, ast::Block::Define(d) if d.name.text == name))
}
