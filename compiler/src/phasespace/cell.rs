//! Cells: limits on quantities that hold together, and unions of cells.

use std::collections::BTreeMap;

use super::set::Set;
use crate::hir::{CollectionId, ExprId, RegionId};

/// More cells than this are replaced by the smallest cell around them.
const MAX_CELLS: usize = 24;

/// A quantity of the event that conditions limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Coordinate {
    /// A number.
    Number(ExprId),
    /// The number of elements of a collection.
    Size(CollectionId),
    /// A string, by its number in the table of strings.
    Text(ExprId),
    /// The sign of the difference of two numbers.
    Order(ExprId, ExprId),
    /// Whether an event passes a region: 0 or 1.
    Passes(RegionId),
    /// A condition that is not looked into: 0 or 1.
    Truth(ExprId),
}

/// What a quantity can be.
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    /// Its values.
    pub set: Set,
    /// It may also be missing.
    pub missing: bool,
}

impl Range {
    /// What both allow.
    #[must_use]
    pub fn and(&self, other: &Range) -> Range {
        Range { set: self.set.and(&other.set), missing: self.missing && other.missing }
    }

    /// True if nothing is allowed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && !self.missing
    }
}

/// Limits that hold together. A quantity that is not mentioned is free.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// The limits.
    pub ranges: BTreeMap<Coordinate, Range>,
}

impl Cell {
    /// A cell of one limit.
    #[must_use]
    pub fn of(coordinate: Coordinate, range: Range) -> Cell {
        Cell { ranges: BTreeMap::from([(coordinate, range)]) }
    }

    /// Adds a limit; false if nothing is left.
    pub fn limit(&mut self, coordinate: Coordinate, range: &Range) -> bool {
        let limited = match self.ranges.get(&coordinate) {
            Some(before) => before.and(range),
            None => range.clone(),
        };
        let left = !limited.is_empty();
        self.ranges.insert(coordinate, limited);
        left
    }

    /// What is in both; none if that is nothing.
    #[must_use]
    pub fn and(&self, other: &Cell) -> Option<Cell> {
        let (mut cell, small) =
            if self.ranges.len() < other.ranges.len() { (other.clone(), self) } else { (self.clone(), other) };
        small.ranges.iter().all(|(c, r)| cell.limit(*c, r)).then_some(cell)
    }

    /// The limits that both cells have, as far as both allow them: a cell around both.
    fn around(&self, other: &Cell) -> Cell {
        let both = self.ranges.iter().filter_map(|(c, a)| {
            let b = other.ranges.get(c)?;
            Some((*c, Range { set: a.set.or(&b.set), missing: a.missing || b.missing }))
        });
        Cell { ranges: both.collect() }
    }

    /// The cell of both if they differ in one quantity only.
    fn joined(&self, other: &Cell) -> Option<Cell> {
        if self.ranges.len() != other.ranges.len() || !self.ranges.keys().eq(other.ranges.keys()) {
            return None;
        }
        let differ = self.ranges.iter().zip(&other.ranges).filter(|(a, b)| a.1 != b.1).count();
        (differ <= 1).then(|| self.around(other))
    }
}

/// A union of cells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cells {
    /// The cells; none if no event is left.
    pub cells: Vec<Cell>,
    /// There were too many of them: these are larger than they should be.
    pub is_coarse: bool,
}

impl Cells {
    /// Every event.
    #[must_use]
    pub fn all() -> Cells {
        Cells::one(Cell::default())
    }

    /// No event.
    #[must_use]
    pub fn none() -> Cells {
        Cells::default()
    }

    /// One cell.
    #[must_use]
    pub fn one(cell: Cell) -> Cells {
        Cells { cells: vec![cell], is_coarse: false }
    }

    /// True if no event is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// What is in one of them.
    #[must_use]
    pub fn or(&self, other: &Cells) -> Cells {
        let mut all = self.clone();
        all.is_coarse |= other.is_coarse;
        for cell in &other.cells {
            all.push(cell.clone());
        }
        all
    }

    /// Adds a cell.
    pub fn push(&mut self, cell: Cell) {
        let mut cell = cell;
        while let Some((at, joined)) =
            self.cells.iter().enumerate().find_map(|(i, c)| c.joined(&cell).map(|joined| (i, joined)))
        {
            self.cells.remove(at);
            cell = joined;
        }
        self.cells.push(cell);
        if self.cells.len() > MAX_CELLS {
            let around = self.cells.iter().skip(1).fold(self.cells[0].clone(), |a, c| a.around(c));
            self.cells = vec![around];
            self.is_coarse = true;
        }
    }

    /// What a quantity can be in any of the cells; none if it is free in one of them.
    #[must_use]
    pub fn range(&self, coordinate: Coordinate) -> Option<Range> {
        let mut all = Range { set: Set::none(), missing: false };
        for cell in &self.cells {
            let range = cell.ranges.get(&coordinate)?;
            all = Range { set: all.set.or(&range.set), missing: all.missing || range.missing };
        }
        Some(all)
    }
}
