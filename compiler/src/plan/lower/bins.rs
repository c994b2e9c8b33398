//! The bins of a region: the number of the event's bin, the labels, and the look-ups on the way.

use super::super::{Binary, Unary, Value};
use super::outside::Reach;
use super::{Body, Lower};
use crate::hir::{BinAxis, Region};

/// The bins of a region as values.
pub(super) struct RegionBins {
    /// Int: the number of the event's bin, -1 if it is in none.
    pub(super) number: Value,
    /// What they are called.
    pub(super) labels: Vec<String>,
    /// Look-ups that can fall outside of their table.
    pub(super) reaches: Vec<Reach>,
}

/// One axis of `bins` as values.
struct AxisBins {
    /// Int: the number on it.
    number: Value,
    /// Bool: the event is on it at all.
    inside: Value,
    labels: Vec<String>,
    reaches: Vec<Reach>,
}

/// The bins of a region, if it has any: an event is in the first that holds.
pub(super) fn region_bins(lower: &mut Lower<'_>, body: &mut Body, region: &Region) -> Option<RegionBins> {
    if region.bins.is_empty() {
        return None;
    }
    let mut labels: Vec<String> = Vec::new();
    let mut groups: Vec<(Value, Value)> = Vec::new();
    let mut reaches = Vec::new();
    let mut in_none_before = lower.plan.dag.bool(true);
    for bin in &region.bins {
        let mut here = Vec::new();
        let mut inside = lower.plan.dag.bool(true);
        if let Some(c) = bin.condition {
            here = lower.reaches(c, body);
            inside = lower.condition(c, body).0;
        }
        let mut number = lower.plan.dag.int(0);
        let mut names = vec![bin.label.clone()];
        for axis in &bin.axes {
            let axis = bin_axis(lower, body, axis);
            let more = lower.behind(inside, axis.reaches);
            here = lower.together(here, more);
            let dag = &mut lower.plan.dag;
            let size = dag.int(axis.labels.len() as i64);
            let scaled = dag.binary(Binary::Mul, number, size);
            number = dag.binary(Binary::Add, scaled, axis.number);
            inside = dag.and(inside, axis.inside);
            names = names.iter().flat_map(|n| axis.labels.iter().map(move |l| join(n, l))).collect();
        }
        if lower.can_fall_outside {
            here = lower.behind(in_none_before, here);
            reaches = lower.together(reaches, here);
            let not = lower.plan.dag.not(inside);
            in_none_before = lower.plan.dag.and(in_none_before, not);
        }
        let first = lower.plan.dag.int(labels.len() as i64);
        number = lower.plan.dag.binary(Binary::Add, first, number);
        labels.extend(names);
        groups.push((inside, number));
    }
    let mut number = lower.plan.dag.int(-1);
    for (inside, of_group) in groups.into_iter().rev() {
        number = lower.plan.dag.select(inside, of_group, number);
    }
    Some(RegionBins { number, labels, reaches })
}

fn join(prefix: &str, label: &str) -> String {
    let space = if prefix.is_empty() || prefix.ends_with(' ') { "" } else { ", " };
    format!("{prefix}{space}{label}")
}

fn bin_axis(lower: &mut Lower<'_>, body: &mut Body, axis: &BinAxis) -> AxisBins {
    match axis {
        BinAxis::Values(values) => {
            let mut number = lower.plan.dag.int(0);
            let mut inside = lower.plan.dag.bool(false);
            for (i, (_, condition)) in values.iter().enumerate().rev() {
                let (is_true, _) = lower.condition(*condition, body);
                let here = lower.plan.dag.int(i as i64);
                number = lower.plan.dag.select(is_true, here, number);
                inside = lower.plan.dag.or(inside, is_true);
            }
            let (mut reaches, mut in_none_before) = (Vec::new(), lower.plan.dag.bool(true));
            for (_, condition) in values {
                let here = lower.reaches(*condition, body);
                let here = lower.behind(in_none_before, here);
                reaches = lower.together(reaches, here);
                let (is_true, _) = lower.condition(*condition, body);
                let not = lower.plan.dag.not(is_true);
                in_none_before = lower.plan.dag.and(in_none_before, not);
            }
            AxisBins { number, inside, labels: values.iter().map(|(l, _)| l.clone()).collect(), reaches }
        }
        BinAxis::Edges { value, name, edges, underflow, overflow } => {
            let reaches = lower.reaches(*value, body);
            let x = lower.real(*value, body);
            let dag = &mut lower.plan.dag;
            let mut number = dag.int(if *underflow { 0 } else { -1 });
            let mut inside = dag.binary(Binary::Eq, x, x);
            for (i, edge) in edges.iter().enumerate() {
                let edge = dag.real(*edge);
                let above = dag.binary(Binary::Le, edge, x);
                let one = dag.unary(Unary::ToInt, above);
                number = dag.binary(Binary::Add, number, one);
                if i == 0 && !underflow {
                    inside = dag.and(inside, above);
                }
                if i + 1 == edges.len() && !overflow {
                    let below = dag.binary(Binary::Lt, x, edge);
                    inside = dag.and(inside, below);
                }
            }
            let mut labels = Vec::new();
            if let (true, Some(first)) = (*underflow, edges.first()) {
                labels.push(format!("{name} < {first}"));
            }
            labels.extend(edges.windows(2).map(|e| format!("{name} {} to {}", e[0], e[1])));
            if let (true, Some(last)) = (*overflow, edges.last()) {
                labels.push(format!("{name} >= {last}"));
            }
            AxisBins { number, inside, labels, reaches }
        }
    }
}
