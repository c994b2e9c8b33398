//! Look-ups in tables to values.

use super::super::{Binary, Dag, Unary, Value};
use super::grid::Grid;
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
/// Edges of an axis that are counted one by one; more are searched by halves.
const FEW_EDGES: usize = 8;

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
        let (value, in_any) = match Grid::of(lookup) {
            Some(grid) => in_grid(dag, lookup, &grid, &arguments, none),
            None => in_rows(dag, lookup, &arguments, none),
        };
        let not = dag.not(in_any);
        Looked { arguments: written, value: dag.select(defined, value, nan), outside: dag.and(defined, not) }
    }
}

/// The value at arguments, and whether a row holds them: row by row.
fn in_rows(dag: &mut Dag, lookup: &Lookup, arguments: &[Value], none: Value) -> (Value, Value) {
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
    (value, in_any)
}

/// The same by the place of each argument on its axis.
fn in_grid(dag: &mut Dag, lookup: &Lookup, grid: &Grid, arguments: &[Value], none: Value) -> (Value, Value) {
    let mut cell = dag.int(0);
    for (argument, edges) in arguments.iter().zip(&grid.edges) {
        let (places, place) = (dag.int(edges.len() as i64 + 1), place(dag, edges, *argument));
        let before = dag.binary(Binary::Mul, cell, places);
        cell = dag.binary(Binary::Add, before, place);
    }
    let outside = dag.constant_real(none).unwrap_or(f64::NAN);
    let of_row = |row: &Option<u32>| row.and_then(|row| lookup.rows.get(row as usize));
    let values = grid.rows.iter().map(|row| of_row(row).map_or(outside, |row| f64::from_bits(row.value)));
    let values = dag.keep_numbers(values.collect());
    let is_inside = grid.rows.iter().map(|row| f64::from(u8::from(row.is_some())));
    let is_inside = dag.keep_numbers(is_inside.collect());
    let (value, zero, inside) = (dag.number(values, cell), dag.real(0.0), dag.number(is_inside, cell));
    (value, dag.binary(Binary::Lt, zero, inside))
}

/// The number of the edges that are not above a number, Int; 0 for NaN.
fn place(dag: &mut Dag, edges: &[f64], x: Value) -> Value {
    let mut place = dag.int(0);
    if edges.len() <= FEW_EDGES {
        for edge in edges {
            let edge = dag.real(*edge);
            let is_below = dag.binary(Binary::Le, edge, x);
            let one = dag.unary(Unary::ToInt, is_below);
            place = dag.binary(Binary::Add, place, one);
        }
        return place;
    }
    // Of 2^k - 1 numbers, those behind the last edge below nothing, k comparisons tell.
    let size = (edges.len() + 1).next_power_of_two();
    let mut padded = edges.to_vec();
    padded.resize(size, f64::NAN);
    let padded = dag.keep_numbers(padded);
    for step in (0..size.trailing_zeros()).rev() {
        let middle = dag.int((1 << step) - 1);
        let middle = dag.binary(Binary::Add, place, middle);
        let edge = dag.number(padded, middle);
        let is_below = dag.binary(Binary::Le, edge, x);
        let (one, step) = (dag.unary(Unary::ToInt, is_below), dag.int(i64::from(step)));
        let more = dag.binary(Binary::Shl, one, step);
        place = dag.binary(Binary::Add, place, more);
    }
    place
}
