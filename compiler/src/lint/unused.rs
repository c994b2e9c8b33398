//! Definitions that reach no output: objects, defines, functions and tables that no region uses, not even through
//! others.

use std::collections::{BTreeMap, BTreeSet};

use super::Lint;
use crate::error::Message;
use crate::source::Span;
use crate::syntax::ast;

/// A definition, or another block: what it is called, and the words in it.
struct Known<'t> {
    /// What it defines; none for what is an output by itself.
    defines: Option<(&'static str, &'t ast::Name)>,
    words: BTreeSet<&'t str>,
}

/// What the analysis defines and does not use. Included files may serve other analyses, and a file without regions is
/// such a file: nothing is said about them.
pub(super) fn unused(lint: &mut Lint<'_>, files: &[ast::File]) {
    let Some(own) = files.last() else { return };
    if !own.blocks.iter().any(|b| matches!(b, ast::Block::Region(_))) {
        return;
    }
    let sources = lint.sources;
    let mut known: Vec<Known<'_>> = Vec::new();
    for file in files {
        let names: Vec<&ast::Name> = file.blocks.iter().filter_map(named).collect();
        for block in &file.blocks {
            let Some(name) = named(block).filter(|_| !matches!(block, ast::Block::Info(_))) else { continue };
            let next = names.iter().map(|n| n.span.start).filter(|s| *s > name.span.start).min();
            let end = next.unwrap_or_else(|| sources.get(name.span.file).map_or(0, |s| s.text.len() as u32));
            let text = sources.slice(Span { start: name.span.end, end, ..name.span });
            known.push(Known { defines: defined(block), words: words(text) });
        }
    }
    let by_name: BTreeMap<&str, usize> =
        known.iter().enumerate().filter_map(|(i, k)| k.defines.map(|(_, n)| (n.text.as_str(), i))).collect();
    let mut used: BTreeSet<usize> = (0..known.len()).filter(|i| known[*i].defines.is_none()).collect();
    let mut open: Vec<usize> = used.iter().copied().collect();
    while let Some(user) = open.pop() {
        let words = known.get(user).map(|k| k.words.clone()).unwrap_or_default();
        for word in words {
            if let Some(i) = by_name.get(word)
                && used.insert(*i)
            {
                open.push(*i);
            }
        }
    }
    let own_file = own.blocks.iter().find_map(|b| named(b).map(|n| n.span.file));
    for (_, k) in known.iter().enumerate().filter(|(i, _)| !used.contains(i)) {
        let Some((word, name)) = k.defines.filter(|(_, n)| Some(n.span.file) == own_file) else { continue };
        let title = format!("the {word} `{}` reaches no output", name.text);
        let message =
            Message::note("unused_definition", title, name.span, "no region uses it, not even through others");
        lint.report(message.help("remove it, or use it: perhaps a cut or a histogram is forgotten"));
    }
}

/// What a block defines.
fn defined(block: &ast::Block) -> Option<(&'static str, &ast::Name)> {
    match block {
        ast::Block::Define(d) if d.parameters.is_empty() => Some(("define", &d.name)),
        ast::Block::Define(d) => Some(("function", &d.name)),
        ast::Block::Best(b) => Some(("best", &b.name)),
        ast::Block::Object(o) => Some(("object", &o.name)),
        ast::Block::Composite(o) => Some(("composite", &o.name)),
        ast::Block::Table(t) => Some(("table", &t.name)),
        ast::Block::HistoList(h) if h.regions.is_none() => Some(("histoList", &h.name)),
        _ => None,
    }
}

/// The name of a block, if it has one.
fn named(block: &ast::Block) -> Option<&ast::Name> {
    match block {
        ast::Block::Region(r) => Some(&r.name),
        ast::Block::Info(i) => Some(&i.name),
        ast::Block::HistoList(h) => Some(&h.name),
        ast::Block::Reserved(r) => Some(&r.keyword),
        other => defined(other).map(|(_, n)| n),
    }
}

/// The words of a text outside of comments and strings.
fn words(text: &str) -> BTreeSet<&str> {
    let mut words = BTreeSet::new();
    for line in text.lines() {
        for (i, part) in line.split('#').next().unwrap_or("").split('"').enumerate() {
            if i % 2 == 0 {
                for word in part.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|w| !w.is_empty()) {
                    words.insert(word);
                    // `jets_0` of the legacy edition is an element of jets.
                    let base = word.trim_end_matches(|c: char| c.is_ascii_digit()).strip_suffix('_');
                    words.extend(base.filter(|b| !b.is_empty()));
                }
            }
        }
    }
    words
}
