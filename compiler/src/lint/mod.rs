//! Lints: what is allowed and probably not meant, found in the HIR of an analysis that has no errors. `levels` lets
//! the analyst allow or deny them, `allow` reads the comments that do.

pub mod allow;
mod bins;
mod index;
pub mod levels;
mod minimum;
mod rows;
#[cfg(test)]
mod tests;
mod unit;
mod unused;
mod weight;

use crate::error::Message;
use crate::hir::Analysis;
use crate::hir::schema::Binding;
use crate::phasespace::Space;
use crate::source::{Sources, Span};
use crate::syntax::ast;

/// What the lints read, and what they said.
struct Lint<'a> {
    analysis: &'a Analysis,
    binding: &'a Binding,
    sources: &'a Sources,
    space: Space<'a>,
    messages: Vec<Message>,
}

impl Lint<'_> {
    fn report(&mut self, message: Message) {
        if !self.messages.contains(&message) {
            self.messages.push(message);
        }
    }

    /// True if a message points into this part of the text already.
    fn is_reported(&self, span: Span) -> bool {
        let within = |s: Span| s.file == span.file && s.start >= span.start && s.end <= span.end;
        self.messages.iter().any(|m| m.labels.first().is_some_and(|l| within(l.span)))
    }

    /// True for a place in the analysis, not in the standard library.
    fn is_own(&self, span: Span) -> bool {
        self.sources.get(span.file).is_some_and(|s| !s.is_stdlib)
    }
}

/// All lints of an analysis without errors. `files` are its texts, included ones first.
#[must_use]
pub fn lint(analysis: &Analysis, binding: &Binding, files: &[ast::File], sources: &Sources) -> Vec<Message> {
    all(analysis, binding, files, sources).messages
}

fn all<'a>(analysis: &'a Analysis, binding: &'a Binding, files: &[ast::File], sources: &'a Sources) -> Lint<'a> {
    let space = Space::new(analysis, sources);
    let mut lint = Lint { analysis, binding, sources, space, messages: Vec::new() };
    unit::units(&mut lint);
    rows::objects(&mut lint);
    rows::regions(&mut lint);
    bins::bins(&mut lint);
    index::indices(&mut lint);
    minimum::minima(&mut lint);
    weight::weights(&mut lint);
    unused::unused(&mut lint, files);
    lint
}
