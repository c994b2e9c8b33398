//! How often: of the lines of the analyst's texts, the events that come to each and pass it, and the combinations that
//! its loops look at. Counted, not sampled: the same for any number of threads.

use std::collections::BTreeMap;

use adl_runtime::kernel::Now;
use adl_runtime::partial::Outcome;
use adlc::lines::{Line, Lines};
use adlc::plan::CounterId;
use adlc::plan::lower::RowKind;
use adlc::source::Sources;

use super::Text;

/// Of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Events that come to it.
    pub events: u64,
    /// Those of them that pass it, if it is a row of a cutflow.
    pub passed: Option<u64>,
    /// Pairs, triples, ... that it is computed for: the most of its loops in loops.
    pub combinations: Option<u64>,
    /// The loops around that; 2 for pairs.
    pub nested: u8,
}

/// Of all lines that something is computed for.
pub fn counts(text: &Text<'_>, sources: &Sources, outcome: &Outcome) -> BTreeMap<Line, Count> {
    let mut counts: BTreeMap<Line, Count> = BTreeMap::new();
    let counter = |c: CounterId| outcome.counters.get(c.0 as usize).copied().unwrap_or(0);
    for number in &text.marked.lines {
        if let Some(line) = text.lines.line(*number) {
            let events = outcome.performance.reached.get((number - Now::KERNEL - 1) as usize).copied();
            counts.entry(line).or_default().events = events.unwrap_or(0);
        }
    }
    for looped in &text.marked.loops {
        let times = counter(looped.counter);
        for line in looped.lines.iter().filter_map(|number| text.lines.line(*number)) {
            let count = counts.entry(line).or_default();
            if count.combinations.is_none_or(|most| times > most) {
                (count.combinations, count.nested) = (Some(times), looped.nested);
            }
        }
    }
    // What a row needs may be computed for another line, if that asks for the same. Of several regions that take the row,
    // that with the most events.
    let mut rows: BTreeMap<Line, Count> = BTreeMap::new();
    for region in &text.placed.regions {
        for [before, row] in region.rows.array_windows() {
            let Some(line) = row.span.and_then(|span| Lines::line_of(span, sources)) else { continue };
            let passed = matches!(row.kind, RowKind::Select | RowKind::Reject).then(|| counter(row.count));
            let count = rows.entry(line).or_default();
            if counter(before.count) >= count.events {
                (count.events, count.passed) = (counter(before.count), passed);
            }
        }
    }
    for (line, row) in rows {
        let count = counts.entry(line).or_default();
        (count.events, count.passed) = (row.events, row.passed);
    }
    counts
}
