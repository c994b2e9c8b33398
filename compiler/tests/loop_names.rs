//! A loop inside of tuples that has the list and the depth of one of their members: the element of the one is not that
//! of the other, in either engine.

#![allow(clippy::expect_used)] // A test that cannot be run fails.

mod engines;

use adl_runtime::histogram::{Axis, Content, Layout};
use adl_runtime::schema::ElementType::F64;
use adlc::exec::memory::{Column, Events};
use adlc::plan::place::place;
use adlc::plan::*;
use engines::{Build, both};

#[test]
fn a_loop_like_that_of_a_member() {
    let mut b = Build::default();
    let (jet, lepton) = (b.collection("Jet"), b.collection("Lepton"));
    let pt = b.input(F64, Some(jet));
    let axes = vec![Axis::Regular { bins: 1, low: 0.0, high: 1.0 }];
    b.plan.histograms.push(Layout { axes, content: Content::Weights, weighted: false });
    let dag = &mut b.plan.dag;
    let (jets, leptons) = (dag.all(jet), dag.all(lepton));
    let second = dag.item(jets, 1, 0);
    let second_pt = dag.load(pt, second);
    let zero = dag.real(0.0);
    // The condition has the second member's pt, at the depth at which the sum below has that of all jets.
    let keep = dag.binary(Binary::Lt, zero, second_pt);
    let tuples = dag.combine(vec![jets, jets, leptons], 0, vec![None, Some(0), None], keep);
    let (first, last) = (dag.item(tuples, 0, 0), dag.item(tuples, 0, 1));
    let (first_pt, last_pt) = (dag.load(pt, first), dag.load(pt, last));
    let product = dag.binary(Binary::Mul, first_pt, second_pt);
    let yes = dag.bool(true);
    let sum = dag.reduce(Reduction::Sum, jets, 1, yes, product);
    let value = dag.binary(Binary::Add, last_pt, sum);
    let fill = Step::Fill { histogram: HistogramId(0), axes: vec![value], weight: None };
    b.plan.steps = vec![Step::ForEach { over: tuples, depth: 0, body: vec![fill] }];
    let program = place(&mut b.plan).expect("a program");
    let pts = Column::reals(F64, &[1.0, 10.0, 100.0]);
    let events = Events { count: 1, sizes: vec![vec![3], vec![2]], columns: vec![pts] };
    let outcome = both(&b.plan, &program, &events, &[]);
    assert_eq!(outcome.fills[0], [121.0, 121.0, 211.0, 211.0, 1210.0, 1210.0]);
}
