//! `--compat cutlang`: the conventions of CutLang that its cutflows depend on, for validation number by number, and the
//! places of an analysis where adlc computes something else on purpose (language reference, 6.2 and 7).

use super::World;
use super::error::Form;
use crate::source::Span;
use crate::syntax::ast::{Axis, Expr, ExprKind, Number};

/// What `--compat cutlang` does, and what it does not; shown once per run.
pub const CONVENTIONS: &str = "\
compat cutlang: constants of weights, and edges of histograms, bins and tables, are rounded to 32 bits; slices are closed,
n edges make n + 1 bins, collections without an index are summed, tables give 0 outside, as in every legacy analysis.
Not reproduced, because they are faults: zero vectors for elements that do not exist, searches that pass without a
combination, sorts by whole numbers, slices without one of their limits, triggers that always pass, min(a, a) = 0, squared
event weights, one sequence of random numbers for all.";

impl World<'_> {
    /// A number as CutLang keeps it.
    pub(super) fn kept(&self, n: Number) -> Number {
        if self.compat { Number { value: f64::from(n.value as f32), ..n } } else { n }
    }

    pub(super) fn kept_all(&self, numbers: &[Number]) -> Vec<Number> {
        numbers.iter().map(|n| self.kept(*n)).collect()
    }

    pub(super) fn kept_axis(&self, axis: &Axis) -> Axis {
        match axis {
            Axis::Regular { bins, low, high } => {
                Axis::Regular { bins: *bins, low: self.kept(*low), high: self.kept(*high) }
            }
            Axis::Edges(edges) => Axis::Edges(self.kept_all(edges)),
        }
    }

    /// A weight that is a constant, or a define of one.
    pub(super) fn kept_constant(&self, e: Expr) -> Expr {
        if !self.compat {
            return e;
        }
        let value = match &e.kind {
            ExprKind::Real(x) => Some(*x),
            ExprKind::Name(word) => match self.defines.get(word).map(|d| &d.value.kind) {
                Some(ExprKind::Real(x)) => Some(*x),
                _ => None,
            },
            _ => None,
        };
        match value {
            Some(x) => Expr { kind: ExprKind::Real(f64::from(x as f32)), span: e.span },
            None => e,
        }
    }

    /// A place where adlc and CutLang may give different numbers on purpose.
    pub(super) fn differs(&mut self, form: Form, span: Span) {
        if self.compat {
            self.saw(form, span);
        }
    }
}
