//! Look-ups in tables to values.

use super::super::{Binary, Unary, Value};
use super::{Body, Lower};
use crate::hir::{Lookup, Outside};

/// A look-up as values.
pub(super) struct Looked {
    /// Real: its arguments, as written.
    pub(super) arguments: Vec<Value>,
    /// Real: the value of the first row whose ranges hold all arguments; missing if one of them is.
    pub(super) value: Value,
    /// Bool: no argument is missing, and no row holds them.
    pub(super) outside: Value,
}

/// Rows in a group, so that no expression is as deep as a table is long.
const GROUP: usize = 32;

impl Lower<'_> {
    /// A look-up at its arguments.
    pub(super) fn lookup(&mut self, lookup: &Lookup, body: &mut Body) -> Looked {
        let written: Vec<Value> = lookup.arguments.iter().map(|e| self.real(*e, body)).collect();
        let mut arguments = written.clone();
        let nan = self.nan();
        let dag = &mut self.plan.dag;
        let mut defined = dag.bool(true);
        for argument in &arguments {
            let is_nan = dag.unary(Unary::IsNan, *argument);
            let not = dag.not(is_nan);
            defined = dag.and(defined, not);
        }
        if lookup.outside == Outside::Clamps {
            for (axis, argument) in arguments.iter_mut().enumerate() {
                let ends = lookup.rows.iter().filter_map(|row| row.ranges.get(axis));
                let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
                for (a, b) in ends {
                    low = low.min(f64::from_bits(*a));
                    high = high.max(f64::from_bits(*b));
                }
                let high = if lookup.closed { high } else { high.next_down() };
                let (low, high) = (dag.real(low), dag.real(high));
                let raised = dag.binary(Binary::Max, *argument, low);
                *argument = dag.binary(Binary::Min, raised, high);
            }
        }
        let none = match lookup.outside {
            Outside::Gives(value) => dag.real(f64::from_bits(value)),
            Outside::Clamps | Outside::Fails => nan,
        };
        // Groups of rows, each with "one of these" and its value.
        let (mut value, mut in_any) = (none, dag.bool(false));
        for group in lookup.rows.chunks(GROUP).rev() {
            let (mut any, mut of_group) = (dag.bool(false), none);
            for row in group.iter().rev() {
                let mut inside = dag.bool(true);
                for (argument, (low, high)) in arguments.iter().zip(&row.ranges) {
                    let (low, high) = (dag.real(f64::from_bits(*low)), dag.real(f64::from_bits(*high)));
                    let above = dag.binary(Binary::Le, low, *argument);
                    let below = dag.binary(if lookup.closed { Binary::Le } else { Binary::Lt }, *argument, high);
                    inside = dag.and(inside, above);
                    inside = dag.and(inside, below);
                }
                let of_row = dag.real(f64::from_bits(row.value));
                of_group = dag.select(inside, of_row, of_group);
                any = dag.or(any, inside);
            }
            value = dag.select(any, of_group, value);
            in_any = dag.or(any, in_any);
        }
        let not = dag.not(in_any);
        Looked { arguments: written, value: dag.select(defined, value, nan), outside: dag.and(defined, not) }
    }
}
