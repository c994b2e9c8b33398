//! `verify` finds what is broken.

use super::super::dag::{Binary, Node, Reduction, Unary};
use super::super::placed::{Op, SelectionId, SlotId};
use super::super::verify;
use super::{Build, cut};
use crate::plan::Step;

fn broken(b: &Build, wanted: &str) {
    let found = verify::plan(&b.plan).expect_err("a broken Plan");
    assert!(found.contains(wanted), "{found}");
}

#[test]
fn types_and_loops_of_a_plan() {
    let start = || {
        let mut b = Build::default();
        let jet = b.collection("Jet");
        let pt = b.input("Jet_pt", Some(jet));
        let jets = b.plan.dag.all(jet);
        let value = b.of_item(pt, jets, 0, 0);
        (b, jets, value)
    };
    let (mut b, _, value) = start();
    b.plan.steps = vec![b.fill(value)];
    broken(&b, "outside of the loop");
    let (mut b, _, value) = start();
    let not = b.plan.dag.add(Node::Unary(Unary::Not, value));
    let step = b.count();
    b.plan.steps = vec![cut(not, vec![step])];
    broken(&b, "instead of Bool");
    let (mut b, jets, value) = start();
    let keep = b.above(value, 1.0);
    let list = b.plan.dag.filter(jets, 0, keep);
    let twice = b.of_item(super::InputId(0), list, 0, 0);
    let hidden = b.plan.dag.binary(Binary::Add, value, twice);
    let yes = b.plan.dag.bool(true);
    let sum = b.plan.dag.reduce(Reduction::Sum, list, 0, yes, hidden);
    let fill = b.fill(sum);
    b.plan.steps = vec![Step::ForEach { over: jets, depth: 0, body: vec![fill] }];
    broken(&b, "hides the loop");
    let (mut b, jets, value) = start();
    let fill = b.fill(value);
    b.plan.steps = vec![Step::ForEach { over: jets, depth: 0, body: vec![fill.clone(), fill] }];
    broken(&b, "in two places");
}

#[test]
fn every_operation_that_is_left_out_of_a_program_is_missed() {
    let mut b = Build::default();
    let (x, y) = (b.column("x"), b.column("y"));
    let jet = b.collection("Jet");
    let jets = b.plan.dag.all(jet);
    let pt = b.input("Jet_pt", Some(jet));
    let good = b.filtered(pt, jets, 30.0);
    let zero = b.plan.dag.int(0);
    let leading = b.plan.dag.at(good, zero, 0);
    let leading_pt = b.plan.dag.load(pt, leading);
    let ht = b.sum_of(pt, good);
    let sum = b.plan.dag.binary(Binary::Add, ht, leading_pt);
    let (first, second) = (b.above(x, 1.0), b.above(sum, 2.0));
    let total = b.plan.dag.binary(Binary::Add, sum, y);
    let fill = b.fill(total);
    b.plan.steps = vec![cut(first, vec![cut(second, vec![fill])])];
    let program = b.program();
    assert!(program.parts.len() > 1);
    for part in 0..program.parts.len() {
        for place in 0..program.parts[part].body.len() {
            let mut less = program.clone();
            let removed = less.parts[part].body.remove(place);
            let harmless = matches!(removed, Op::Fill { .. } | Op::If { .. });
            let only_filled = matches!(removed, Op::For { .. });
            assert_eq!(
                verify::program(&b.plan, &less).is_ok(),
                harmless && part + 1 == program.parts.len() || only_filled,
                "{part} {place} {removed:?}"
            );
        }
    }
}

#[test]
fn slots_and_selections_of_a_program() {
    let mut b = Build::default();
    let x = b.column("x");
    let y = b.column("y");
    b.plan.steps = vec![b.fill(x)];
    let program = b.program();
    let with = |op: Op| {
        let mut more = program.clone();
        more.slots = 1;
        more.parts[0].body.push(op);
        verify::program(&b.plan, &more)
    };
    assert_eq!(with(Op::Store(SlotId(0), x)), Ok(()));
    assert!(with(Op::Store(SlotId(1), x)).is_err());
    assert!(with(Op::Store(SlotId(0), y)).is_err());
    assert!(with(Op::Fetch(SlotId(0), x)).is_err());
    assert!(with(Op::Select(SelectionId(0))).is_err());
    assert!(with(Op::Let(y)).is_err(), "the column is not loaded");
}
