//! Warnings about what is allowed and probably not meant: bins that overlap, the leading element of a union that is in
//! no order, the smallest of nothing.

use super::super::{
    Bin, BinAxis, Collection, CollectionId, Compare, Expr, ExprId, Reduction, Region, RegionStep, error,
};
use super::{Checker, ClassId};
use crate::error::Message;
use crate::source::Span;

/// Where a quantity lies: from `low` to `high`, both counted in.
type Range = (ExprId, f64, f64);

impl Checker<'_> {
    /// An element taken by its position from a union that nothing has put in order.
    pub(super) fn lint_index(&mut self, collection: CollectionId, class: ClassId, span: Span) {
        if !self.is_unsorted_union(collection) {
            return;
        }
        let name = self.analysis.class(class).name.clone();
        let message = Message::warning(
            "unsorted_union",
            format!("`{name}` is a union in no order: this is not its leading element"),
            span,
            "the first of the first collection",
        );
        self.report(message.help(format!("put it in order first: sort({name}, pt, descend)")));
    }

    fn is_unsorted_union(&self, collection: CollectionId) -> bool {
        match &self.analysis.collection(collection).collection {
            Collection::Union(of) => of.len() > 1,
            Collection::Filter { of, .. } | Collection::Slice { of, .. } => self.is_unsorted_union(*of),
            Collection::Source(_)
            | Collection::Sort { .. }
            | Collection::Combine { .. }
            | Collection::Members(_)
            | Collection::Made(_) => false,
        }
    }

    /// Bins of a region that share events: the first one takes them.
    pub(super) fn lint_bins(&mut self, region: &Region) {
        let boxes: Vec<Option<Vec<Range>>> = region.bins.iter().map(|b| self.bin_box(b)).collect();
        for (j, second) in boxes.iter().enumerate() {
            for (i, first) in boxes[..j].iter().enumerate() {
                let (Some(first), Some(second)) = (first, second) else { continue };
                if !overlap(first, second) {
                    continue;
                }
                let (a, b) = (&region.bins[i], &region.bins[j]);
                let grid = !a.axes.is_empty() && !b.axes.is_empty();
                let message = if grid {
                    let title = "these bins overlap those of an earlier line, which takes all their events";
                    let message = Message::error("bins_overlap", title, b.span, "no event is left for these");
                    message.help("for a grid write both axes in one line: bins MET 100 200, HT 300 500")
                } else {
                    let title = "two bins overlap: events that are in both count in the first one only";
                    Message::warning("bins_overlap", title, b.span, "overlaps")
                        .help("give the second one the missing limit")
                };
                self.report(message.and(a.span, "with this one"));
            }
        }
    }

    /// The ranges that a bin stands for; none if it has conditions of another kind.
    fn bin_box(&self, bin: &Bin) -> Option<Vec<Range>> {
        let mut ranges = Vec::new();
        if let Some(condition) = bin.condition {
            self.ranges(condition, &mut ranges)?;
        }
        for axis in &bin.axes {
            let BinAxis::Edges { value, edges, underflow, overflow, .. } = axis else { return None };
            let low = if *underflow { f64::NEG_INFINITY } else { *edges.first()? };
            let high = if *overflow { f64::INFINITY } else { edges.last()?.next_down() };
            ranges.push((*value, low, high));
        }
        Some(ranges)
    }

    fn ranges(&self, condition: ExprId, ranges: &mut Vec<Range>) -> Option<()> {
        match self.analysis.expr(condition).expr {
            Expr::And(a, b) => {
                self.ranges(a, ranges)?;
                self.ranges(b, ranges)
            }
            Expr::Compare(op, a, b) => {
                let (value, low, high) = match (self.literal(a), self.literal(b), op) {
                    (None, Some(x), Compare::Lt) => (a, f64::NEG_INFINITY, x.next_down()),
                    (None, Some(x), Compare::Le) => (a, f64::NEG_INFINITY, x),
                    (Some(x), None, Compare::Lt) => (b, x.next_up(), f64::INFINITY),
                    (Some(x), None, Compare::Le) => (b, x, f64::INFINITY),
                    (None, Some(x), Compare::Eq) => (a, x, x),
                    (Some(x), None, Compare::Eq) => (b, x, x),
                    _ => return None,
                };
                ranges.push((value, low, high));
                Some(())
            }
            _ => None,
        }
    }

    /// `min(...) > x` without a cut that guarantees an element passes for events that have none.
    pub(super) fn lint_rows(&mut self, region: &Region) {
        let mut sized: Vec<CollectionId> = Vec::new();
        for step in &region.steps {
            let RegionStep::Cut { condition, reject: false, .. } = step else { continue };
            let mut parts = vec![*condition];
            while let Some(part) = parts.pop() {
                match self.analysis.expr(part).expr.clone() {
                    Expr::And(a, b) => parts.extend([b, a]),
                    Expr::Compare(op, a, b) => {
                        sized.extend(self.at_least_one(op, a, b));
                        self.lint_minimum(b, a, op, &sized);
                    }
                    _ => {}
                }
            }
        }
    }

    /// The collection that a slice from its front is empty with.
    fn whole(&self, collection: CollectionId) -> CollectionId {
        match &self.analysis.collection(collection).collection {
            Collection::Slice { of, from: None, .. } => self.whole(*of),
            _ => collection,
        }
    }

    /// The collection of which a comparison guarantees an element: `size(c) >= 1`, `size(c) == 2`.
    fn at_least_one(&self, op: Compare, a: ExprId, b: ExprId) -> Option<CollectionId> {
        match (&self.analysis.expr(a).expr, &self.analysis.expr(b).expr, op) {
            (_, Expr::Size(c), Compare::Le | Compare::Eq) => self.literal(a).filter(|x| *x >= 1.0).map(|_| *c),
            (_, Expr::Size(c), Compare::Lt) => self.literal(a).filter(|x| *x >= 0.0).map(|_| *c),
            (Expr::Size(c), _, Compare::Eq) => self.literal(b).filter(|x| *x >= 1.0).map(|_| *c),
            _ => None,
        }
    }

    fn lint_minimum(&mut self, reduced: ExprId, limit: ExprId, op: Compare, sized: &[CollectionId]) {
        if self.literal(limit).is_none() || !matches!(op, Compare::Lt | Compare::Le) {
            return;
        }
        let node = self.analysis.expr(reduced);
        let Expr::Reduce { op: Reduction::Min, over, .. } = &node.expr else { return };
        let Some(collection) = over.iter().map(|(_, c)| self.whole(*c)).find(|c| !sized.contains(c)) else { return };
        let name = self.analysis.collection(collection).name.clone();
        let span = node.span;
        let message = error::plain(
            "minimum_of_nothing",
            format!("events without an element of `{name}` pass this: the minimum of nothing is infinite"),
            span,
            "infinite if there is none",
            &format!("if that is not meant, cut on size({name}) >= 1 before"),
        );
        self.report(Message { severity: crate::error::Severity::Note, ..message });
    }
}

/// True if two boxes share more than a border. Axes that only one of them limits are shared.
fn overlap(first: &[Range], second: &[Range]) -> bool {
    first.iter().all(|(value, low, high)| {
        let same = second.iter().filter(|(v, _, _)| v == value);
        let (mut from, mut to) = (*low, *high);
        for (_, l, h) in same {
            from = from.max(*l);
            to = to.min(*h);
        }
        // One shared point is the border of closed ranges that touch; equal points are the same bin twice.
        from < to || from == to && low == high
    }) && first.iter().chain(second).all(|(_, low, high)| low <= high)
}
