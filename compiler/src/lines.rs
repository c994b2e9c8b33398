//! The lines of an analysis that a compiled program works for, by number: what a profile counts, and how it is read.

use std::collections::HashMap;

use adl_runtime::kernel::Now;

use crate::Placed;
use crate::source::{FileId, Sources, Span};

/// The lines of the analyst's texts that something is computed for.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    numbers: HashMap<Span, u32>,
    /// The line with the number `Now::KERNEL + 1`, and so on.
    lines: Vec<Line>,
    /// The number of the line of each histogram, then of each record.
    fills: Vec<u32>,
}

/// A line of a text, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line {
    /// The text.
    pub file: FileId,
    /// Its number there.
    pub line: usize,
}

impl Lines {
    /// Of a program.
    #[must_use]
    pub fn of(placed: &Placed, sources: &Sources) -> Lines {
        let plan = &placed.plan;
        let values = (0..plan.dag.len()).map(|v| plan.dag.place(crate::plan::Value(v as u32)));
        let lists = (0..plan.dag.list_len()).map(|l| plan.dag.list_place(crate::plan::List(l as u32)));
        let places = &plan.places;
        let effects = [&places.counters, &places.sums, &places.histograms, &places.records];
        let sites = plan.sites.iter().map(|site| site.span);
        let mut lines = Lines::default();
        for span in values.chain(lists).chain(effects.into_iter().flatten().copied()).chain(sites) {
            lines.add(span, sources);
        }
        lines.fills = places.histograms.iter().chain(&places.records).map(|span| lines.number(*span)).collect();
        lines
    }

    fn add(&mut self, span: Span, sources: &Sources) {
        if self.numbers.contains_key(&span) {
            return;
        }
        let Some(line) = Lines::line_of(span, sources) else { return };
        let index = self.lines.iter().position(|known| *known == line).unwrap_or_else(|| {
            self.lines.push(line);
            self.lines.len() - 1
        });
        self.numbers.insert(span, Now::KERNEL + 1 + index as u32);
    }

    /// The line of a place in a text of the analyst.
    #[must_use]
    pub fn line_of(span: Span, sources: &Sources) -> Option<Line> {
        let source = sources.get(span.file)?;
        (!source.is_stdlib).then(|| Line { file: span.file, line: sources.line_column(span).0 })
    }

    /// The number of the line of a place in the text; [`Now::KERNEL`] if it is in no text of the analyst.
    #[must_use]
    pub fn number(&self, span: Span) -> u32 {
        self.numbers.get(&span).copied().unwrap_or(Now::KERNEL)
    }

    /// The line that a thread works for that says this number; none for the program as a whole.
    #[must_use]
    pub fn line(&self, number: u32) -> Option<Line> {
        let number = match number & Now::FILLS {
            0 => number,
            _ => self.fills.get((number & !Now::FILLS) as usize).copied()?,
        };
        self.lines.get(number.checked_sub(Now::KERNEL + 1)? as usize).copied()
    }
}
