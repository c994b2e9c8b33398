//! What each number can be in any event, and which of the numbers that conditions limit it is computed from: found once,
//! for all expressions in their order, in which parts are older than the whole.

use std::collections::HashMap;

use super::cell::{Cell, Coordinate};
use super::condition::Space;
use super::set::Set;
use crate::hir::{BinAxis, CollectionId, Expr, ExprId, Ty, Unary};

/// Quantities that conditions limit, a bit each; those beyond 128 share one.
pub(super) type Limited = u128;

/// What is known of the expressions of an analysis.
#[derive(Default)]
pub(super) struct Natural {
    sets: Vec<Set>,
    /// The expression as a quantity that conditions limit.
    own: Vec<Limited>,
    /// Those it is computed from.
    inside: Vec<Limited>,
    sizes: HashMap<CollectionId, Limited>,
}

impl Natural {
    /// What a number can be in any event.
    pub(super) fn set(&self, id: ExprId) -> Set {
        self.sets.get(id.0 as usize).cloned().unwrap_or_else(Set::all)
    }

    /// True if these quantities have no part in the value of an expression, itself aside.
    pub(super) fn is_free_inside(&self, id: ExprId, limited: Limited) -> bool {
        self.inside.get(id.0 as usize).is_some_and(|inside| inside & limited == 0)
    }

    /// True if these quantities have no part in the value of an expression.
    pub(super) fn is_free(&self, id: ExprId, limited: Limited) -> bool {
        self.is_free_inside(id, limited) && self.own.get(id.0 as usize).is_some_and(|own| own & limited == 0)
    }

    /// The quantities that a cell limits.
    pub(super) fn limited(&self, cell: &Cell) -> Limited {
        let bit = |c: &Coordinate| match c {
            // One that was not expected has a part in everything.
            Coordinate::Number(e) => self.own.get(e.0 as usize).copied().filter(|b| *b != 0).unwrap_or(Limited::MAX),
            Coordinate::Size(c) => self.sizes.get(c).copied().unwrap_or(0),
            // No number is computed from them.
            Coordinate::Text(_) | Coordinate::Order(..) | Coordinate::Passes(_) | Coordinate::Truth(_) => 0,
        };
        cell.ranges.keys().map(bit).fold(0, |all, bit| all | bit)
    }
}

impl Space<'_> {
    /// What is known of all expressions.
    pub(super) fn all_natural(&self) -> Natural {
        let mut natural = Natural::default();
        let mut bits: HashMap<ExprId, Limited> = HashMap::new();
        let mut number = 0;
        let mut next = || {
            let bit = 1 << (number % Limited::BITS);
            number += 1;
            bit
        };
        for id in self.compared() {
            bits.entry(id).or_insert_with(&mut next);
        }
        for (i, node) in self.analysis.exprs.iter().enumerate() {
            let id = ExprId(i as u32);
            let mut inside = 0;
            let set = self.computed(id, &mut |part| {
                // The body of a define may be younger than its name.
                let at = part.0 as usize;
                inside |= natural.own.get(at).zip(natural.inside.get(at)).map_or(Limited::MAX, |(a, b)| a | b);
                natural.sets.get(at).cloned().unwrap_or_else(Set::all)
            });
            let own = match self.coordinate(id) {
                Coordinate::Number(e) => bits.get(&e).copied().unwrap_or(0),
                Coordinate::Size(c) => *natural.sizes.entry(c).or_insert_with(&mut next),
                Coordinate::Text(_) | Coordinate::Order(..) | Coordinate::Passes(_) | Coordinate::Truth(_) => 0,
            };
            natural.sets.push(if node.ty == Ty::Int { set.integers() } else { set });
            natural.own.push(own);
            natural.inside.push(inside);
        }
        natural
    }

    /// The numbers that conditions and bins limit, and those inside of them that are limited with them.
    fn compared(&self) -> Vec<ExprId> {
        let mut open: Vec<ExprId> = Vec::new();
        for node in &self.analysis.exprs {
            match &node.expr {
                Expr::Compare(_, a, b) => open.extend([*a, *b]),
                Expr::Defined(x) => open.push(*x),
                _ => {}
            }
        }
        for bin in self.analysis.regions.iter().flat_map(|r| &r.bins) {
            open.extend(bin.axes.iter().filter_map(|axis| match axis {
                BinAxis::Edges { value, .. } => Some(*value),
                BinAxis::Values(_) => None,
            }));
        }
        let mut found = Vec::new();
        let mut seen = vec![false; self.analysis.exprs.len()];
        while let Some(id) = open.pop() {
            let id = self.unwrapped(id);
            let Some(seen) = seen.get_mut(id.0 as usize).filter(|seen| !**seen) else { continue };
            *seen = true;
            if self.constant(id).is_some() {
                continue;
            }
            found.push(id);
            match &self.analysis.expr(id).expr {
                Expr::Unary(Unary::Neg | Unary::Abs | Unary::ToReal, x) => open.push(*x),
                Expr::Binary(_, a, b) => open.extend([*a, *b]),
                _ => {}
            }
        }
        found
    }
}
