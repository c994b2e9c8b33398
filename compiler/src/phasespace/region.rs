//! Regions in phase space: what their cuts leave, and which of them leave nothing.

use std::rc::Rc;

use super::cell::{Cell, Cells, Coordinate, Range};
use super::condition::Space;
use super::set::Set;
use crate::hir::{Expr, ExprId, Region, RegionId, RegionStep};
use crate::source::Span;

/// A cut of a region.
#[derive(Clone, Debug)]
pub struct Row {
    /// The condition as written.
    pub condition: ExprId,
    /// `reject` rather than `select`.
    pub reject: bool,
    /// The statement.
    pub span: Span,
    /// Where events pass it.
    pub cells: Rc<Cells>,
}

/// What some cuts leave.
#[derive(Clone, Debug)]
pub struct Left {
    /// Which cuts.
    number: usize,
    /// Where events pass them.
    pub cells: Rc<Cells>,
}

impl Left {
    /// Before the first cut.
    #[must_use]
    pub fn all() -> Left {
        Left { number: 0, cells: Rc::new(Cells::all()) }
    }
}

impl Space<'_> {
    /// What a cut leaves of what the cuts before it left. Regions that begin with the same cuts share that.
    pub fn after(&mut self, before: &Left, condition: ExprId, reject: bool) -> Left {
        let key = (before.number, condition, reject);
        if let Some(known) = self.after.get(&key) {
            return known.clone();
        }
        let row = self.row(condition, reject, true);
        let left = Left { number: self.after.len() + 1, cells: Rc::new(self.both(&before.cells, &row)) };
        self.after.insert(key, left.clone());
        left
    }
}

/// The cuts of a region, in order.
pub fn rows(space: &mut Space<'_>, region: &Region) -> Vec<Row> {
    let mut rows = Vec::new();
    for step in &region.steps {
        let RegionStep::Cut { condition, reject, span } = step else { continue };
        let cells = space.row(*condition, *reject, true);
        rows.push(Row { condition: *condition, reject: *reject, span: *span, cells });
    }
    rows
}

/// What all of these rows leave.
pub fn left(space: &mut Space<'_>, rows: &[&Row]) -> Rc<Cells> {
    let mut left = Left::all();
    for row in rows {
        left = space.after(&left, row.condition, row.reject);
        if left.cells.is_empty() {
            break;
        }
    }
    left.cells
}

/// Of rows that together leave nothing, some that do so already, and as few as can be found: one, two, or those that
/// cannot be spared.
pub fn reasons<'r>(space: &mut Space<'_>, rows: &[&'r Row]) -> Vec<&'r Row> {
    if let Some(row) = rows.iter().find(|r| r.cells.is_empty()) {
        return vec![row];
    }
    for (i, first) in rows.iter().enumerate() {
        for second in rows.iter().skip(i + 1) {
            if space.both(&first.cells, &second.cells).is_empty() {
                return vec![first, second];
            }
        }
    }
    let mut needed: Vec<&Row> = rows.to_vec();
    let mut i = 0;
    while i < needed.len() {
        let without: Vec<&Row> = needed.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, r)| *r).collect();
        if left(space, &without).is_empty() {
            needed = without;
        } else {
            i += 1;
        }
    }
    needed
}

/// The regions that are used as conditions.
#[must_use]
pub fn used_as_conditions(space: &Space<'_>) -> Vec<RegionId> {
    let mut used: Vec<RegionId> = Vec::new();
    for node in &space.analysis.exprs {
        if let Expr::Passes(region) = node.expr
            && !used.contains(&region)
        {
            used.push(region);
        }
    }
    used
}

/// A cell that says which regions an event of these rows passes: those all of whose cuts are among them.
#[must_use]
pub fn passed(space: &Space<'_>, rows: &[Row], used: &[RegionId]) -> Cell {
    let mut cell = Cell::default();
    for id in used {
        let Some(region) = space.analysis.regions.get(id.0 as usize) else { continue };
        let is_here = |step: &RegionStep| match step {
            RegionStep::Cut { span, .. } => rows.iter().any(|r| r.span == *span),
            _ => true,
        };
        if region.steps.iter().all(is_here) {
            cell.limit(Coordinate::Passes(*id), &Range { set: Set::point(1.0), missing: false });
        }
    }
    cell
}
