//! Placement grows with the Plan, not faster.

use std::time::{Duration, Instant};

use super::super::dag::Binary;
use super::super::placed::{Op, Program};
use super::{Build, cut};
use crate::plan::Step;

fn length(ops: &[Op]) -> usize {
    ops.iter()
        .map(|op| match op {
            Op::If { then, otherwise, .. } => 1 + length(then) + length(otherwise),
            Op::For { body, .. } => 1 + length(body),
            _ => 1,
        })
        .sum()
}

fn operations(program: &Program) -> usize {
    program.parts.iter().map(|p| length(&p.body)).sum()
}

/// Regions behind one preselection, each with its cut, its weight and its histograms.
fn regions(regions: u32, histograms: u32) -> (usize, Duration) {
    let mut b = Build::default();
    let (met, x, weight) = (b.column("MET"), b.column("x"), b.column("weight"));
    let jet = b.collection("Jet");
    let jets = b.plan.dag.all(jet);
    let pt = b.input("Jet_pt", Some(jet));
    let good = b.filtered(pt, jets, 30.0);
    let ht = b.sum_of(pt, good);
    let base = b.above(ht, 100.0);
    let mut steps = Vec::new();
    for region in 0..regions {
        let keep = b.above(met, f64::from(region));
        let factor = b.plan.dag.real(1.0 + f64::from(region));
        let own = b.plan.dag.binary(Binary::Mul, weight, factor);
        let mut fills = vec![b.count(), b.sum(own)];
        for histogram in 0..histograms {
            let shift = b.plan.dag.real(f64::from(region * histograms + histogram));
            let value = b.plan.dag.binary(Binary::Add, x, shift);
            fills.push(b.fill(value));
        }
        steps.push(cut(keep, fills));
    }
    b.plan.steps = vec![cut(base, steps)];
    let start = Instant::now();
    let program = b.program();
    (operations(&program), start.elapsed())
}

/// Cuts one inside of the other, each with more cuts beside it.
fn nested(depth: u32, beside: u32) -> (usize, Duration) {
    let mut b = Build::default();
    let (x, y) = (b.column("x"), b.column("y"));
    let mut steps: Vec<Step> = Vec::new();
    for level in 0..depth {
        let keep = b.above(x, f64::from(level));
        steps = vec![cut(keep, steps)];
        for side in 0..beside {
            let scale = b.plan.dag.real(1.5 + f64::from(level * beside + side));
            let value = b.plan.dag.binary(Binary::Mul, y, scale);
            let keep = b.above(value, 3.0);
            let fill = b.fill(value);
            steps.push(cut(keep, vec![fill]));
        }
    }
    b.plan.steps = steps;
    let start = Instant::now();
    let program = b.program();
    (operations(&program), start.elapsed())
}

fn linear(what: &str, small: (usize, Duration), large: (usize, Duration), factor: usize) {
    println!("{what}: {small:?}, then {large:?}");
    assert!(large.0 <= small.0 * factor * 5 / 4, "{what}: {} operations, then {}", small.0, large.0);
    // Far more than it takes, so that a busy machine passes and a quadratic pass does not.
    assert!(large.1 < Duration::from_secs(20), "{what}: {:?}", large.1);
}

#[test]
fn operations_grow_with_regions_and_histograms() {
    linear("regions", regions(10, 200), regions(50, 200), 5);
    linear("histograms", regions(50, 40), regions(50, 200), 5);
}

#[test]
fn operations_grow_with_nested_and_sibling_cuts() {
    linear("nested", nested(20, 100), nested(100, 100), 5);
    linear("beside", nested(100, 20), nested(100, 100), 5);
}

#[test]
fn many_reductions_over_one_list_are_placed() {
    let of = |n: u32| {
        let mut b = Build::default();
        let jet = b.collection("Jet");
        let jets = b.plan.dag.all(jet);
        let pt = b.input("Jet_pt", Some(jet));
        for i in 0..n {
            let good = b.filtered(pt, jets, f64::from(i));
            let ht = b.sum_of(pt, good);
            let fill = b.fill(ht);
            b.plan.steps.push(fill);
        }
        let start = Instant::now();
        let program = b.program();
        (operations(&program), start.elapsed())
    };
    linear("reductions", of(400), of(2000), 5);
}
