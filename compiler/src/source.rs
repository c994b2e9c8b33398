//! Source texts and places in them: every span of the compiler points into a [`Sources`] table.

use std::sync::Arc;

/// One source text of the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A place in a source text: bytes `start..end` of file `file`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The text it lies in.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Default for Span {
    fn default() -> Span {
        Span::NOWHERE
    }
}

impl Span {
    /// No place in a text.
    pub const NOWHERE: Span = Span { file: FileId(u32::MAX), start: 0, end: 0 };

    /// The smallest span that covers both; `self` when they lie in different files.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        if self.file != other.file {
            return self;
        }
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A text and the name it is shown under.
#[derive(Clone, Debug)]
pub struct Source {
    /// The path as the user wrote it, or `<stdlib>/physics.adl`.
    pub name: String,
    /// The whole text.
    pub text: Arc<str>,
    /// True for the standard library: its lines are not the analyst's.
    pub is_stdlib: bool,
}

/// All texts of one compilation.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
    /// Where the lines of each begin.
    lines: Vec<Vec<usize>>,
}

impl Sources {
    /// Adds a text and gives its id.
    pub fn add(&mut self, source: Source) -> FileId {
        let after_ends = source.text.match_indices('\n').map(|(end, _)| end + 1);
        self.lines.push(std::iter::once(0).chain(after_ends).collect());
        self.files.push(source);
        FileId(self.files.len() as u32 - 1)
    }

    /// The text of `id`.
    #[must_use]
    pub fn get(&self, id: FileId) -> Option<&Source> {
        self.files.get(id.0 as usize)
    }

    /// Where the lines of `id` begin: the first at 0.
    #[must_use]
    pub fn lines(&self, id: FileId) -> &[usize] {
        self.lines.get(id.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// Every text, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        self.files.iter().enumerate().map(|(i, s)| (FileId(i as u32), s))
    }

    /// The text under a span; empty when the span does not fit.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.file).and_then(|s| s.text.get(span.start as usize..span.end as usize)).unwrap_or("")
    }

    /// The line (1-based) and column (1-based, in characters) where a span starts.
    #[must_use]
    pub fn line_column(&self, span: Span) -> (usize, usize) {
        let Some(source) = self.get(span.file) else { return (1, 1) };
        let at = span.start as usize;
        let line = self.lines(span.file).partition_point(|start| *start <= at);
        let start = self.lines(span.file).get(line.saturating_sub(1)).copied().unwrap_or(0);
        let column = source.text.get(start..at).unwrap_or("").chars().count() + 1;
        (line, column)
    }
}
