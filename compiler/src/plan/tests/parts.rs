//! Where the program is cut into parts, and what they hand over.

use super::super::dag::{Binary, Node, Reduction, Unary};
use super::super::placed::Op;
use super::{Build, cut, expect};
use crate::plan::Step;

#[test]
fn columns_behind_a_cut_are_loaded_by_a_part_of_its_own() {
    let mut b = Build::default();
    let (met, x, weight) = (b.column("MET"), b.column("x"), b.column("weight"));
    let jet = b.collection("Jet");
    let jets = b.plan.dag.all(jet);
    let pt = b.input("Jet_pt", Some(jet));
    let good = b.filtered(pt, jets, 30.0);
    let zero = b.plan.dag.int(0);
    let (size, leading) = (b.plan.dag.size(good), b.plan.dag.at(good, zero, 0));
    let some = b.plan.dag.binary(Binary::Lt, zero, size);
    let leading_pt = b.plan.dag.load(pt, leading);
    let product = b.plan.dag.binary(Binary::Mul, met, weight);
    let high = b.above(met, 100.0);
    let keep = b.plan.dag.and(some, high);
    let steps = vec![b.sum(product), b.fill(x), b.fill(leading_pt)];
    let before = b.sum(product);
    b.plan.steps = vec![before, cut(keep, steps)];
    expect(
        &b.placed(),
        "
        part 0 reads MET, weight, Jet_pt, size(Jet)
          v0 = MET
          v1 = weight
          v2 = v0 * v1
          sum s1 of v2
          begin l0: Jet@0 if v3
          for Jet@0
            v4 = Jet_pt[Jet@0]
            v3 = 30.0 < v4
            if v3
              push l0 Jet@0
          end l0
          v5 = size(l0)
          v6 = 0 < v5
          store v2 in s0
          store l0 in s1 s2
          if v6
            v7 = 100.0 < v0
            if v7
              select 1
        part 1 of selection 1 reads x, Jet_pt, size(Jet)
          fetch v2 from s0
          fetch l0 from s1 s2
          sum s0 of v2
          v8 = x
          fill h0 with v8
          v9 = l0[0]
          v10 = Jet_pt[v9]
          fill h1 with v10
        ",
    );
}

#[test]
fn the_second_of_two_conditions_reads_its_columns_only_behind_the_first() {
    let mut b = Build::default();
    let (x, y) = (b.column("x"), b.column("y"));
    let (first, second) = (b.above(x, 1.0), b.above(y, 2.0));
    let keep = b.plan.dag.and(first, second);
    // Missing: neither true nor false.
    let (not_first, is_nan) = (b.plan.dag.not(first), b.plan.dag.unary(Unary::IsNan, y));
    let below = b.plan.dag.not(second);
    let known = b.plan.dag.not(is_nan);
    let not_second = b.plan.dag.and(below, known);
    let is_false = b.plan.dag.or(not_first, not_second);
    let either = b.plan.dag.or(keep, is_false);
    let missing = b.plan.dag.not(either);
    let (count, count_missing) = (b.count(), b.count());
    b.plan.steps = vec![Step::Cut { keep, then: vec![count], otherwise: vec![cut(missing, vec![count_missing])] }];
    expect(
        &b.placed(),
        "
        part 0 reads x
          v0 = x
          v1 = 1.0 < v0
          if v1
            select 1
        part 1 of selection 1 reads y
          v2 = y
          v3 = 2.0 < v2
          if v3
            count c0
          else
            v4 = isnan(v2)
            if v4
              count c1
        ",
    );
}

#[test]
fn equal_cuts_are_made_once() {
    let mut b = Build::default();
    let (x, y) = (b.column("x"), b.column("y"));
    let (first, second) = (b.above(x, 1.0), b.above(y, 2.0));
    let both = b.plan.dag.and(first, second);
    let (a, c) = (b.count(), b.count());
    b.plan.steps = vec![cut(first, vec![a]), cut(both, vec![c])];
    expect(
        &b.placed(),
        "
        part 0 reads x
          v0 = x
          v1 = 1.0 < v0
          if v1
            select 1
        part 1 of selection 1 reads y
          count c0
          v2 = y
          v3 = 2.0 < v2
          if v3
            count c1
        ",
    );
}

#[test]
fn tables_and_winners_are_handed_over() {
    let mut b = Build::default();
    let (x, y) = (b.column("x"), b.column("y"));
    let jet = b.collection("Jet");
    let jets = b.plan.dag.all(jet);
    let pt = b.input("Jet_pt", Some(jet));
    let (value, yes) = (b.of_item(pt, jets, 0, 0), b.plan.dag.bool(true));
    let root = b.plan.dag.unary(Unary::Sqrt, value);
    let table = b.plan.dag.add(Node::Table { over: jets, depth: 0, body: root, place: None });
    let best = b.plan.dag.best(jets, 0, yes, vec![value]);
    let word = b.plan.dag.winner(best, 0);
    let entry = b.plan.dag.add(Node::TableAt { table, position: word });
    let (first, second) = (b.above(x, 1.0), b.above(y, 2.0));
    let last = b.plan.dag.int(-1);
    let nothing = b.plan.dag.add(Node::TableAt { table, position: last });
    let found = b.plan.dag.found(best);
    let other = b.plan.dag.select(found, y, nothing);
    let sum = b.plan.dag.binary(Binary::Add, other, y);
    let (f, g) = (b.fill(entry), b.fill(sum));
    b.plan.steps = vec![f, cut(first, vec![cut(second, vec![g])])];
    expect(
        &b.placed(),
        "
        part 0 reads x, Jet_pt, size(Jet)
          begin v0: table over Jet@0 of v1
          v2 = size(Jet)
          v3 = 2 <= v2
          if v3
            for Jet@0
              v4 = Jet_pt[Jet@0]
              v1 = sqrt(v4)
              put v0
          start v5: best over Jet@0 by v4
          for Jet@0
            v4 = Jet_pt[Jet@0]
            update v5
          v6 = winner v5.0
          v7 = v0[v6]
          fill h0 with v7
          v8 = x
          v9 = 1.0 < v8
          store v0 in s0 s1
          store v5 in s2 s3
          if v9
            select 1
        part 1 of selection 1 reads y
          fetch v0 from s0 s1
          fetch v5 from s2 s3
          v10 = y
          v11 = 2.0 < v10
          if v11
            v12 = found v5
            v13 = v0[-1]
            v14 = v12 ? v10 : v13
            v15 = v14 + v10
            fill h1 with v15
        ",
    );
}

#[test]
fn a_large_block_becomes_several_parts_and_no_loop_is_torn() {
    let mut b = Build::default();
    let jet = b.collection("Jet");
    let jets = b.plan.dag.all(jet);
    let pt = b.input("Jet_pt", Some(jet));
    let value = b.of_item(pt, jets, 0, 0);
    let steps: Vec<Step> = (0..600)
        .map(|i| {
            let limit = b.above(value, f64::from(i));
            let sum = b.plan.dag.reduce(Reduction::Sum, jets, 0, limit, value);
            b.fill(sum)
        })
        .collect();
    b.plan.steps = steps;
    let program = b.program();
    assert!(program.parts.len() > 2, "{} parts", program.parts.len());
    assert!(program.parts.iter().all(|p| p.body.len() < 1500 && p.selection.0 == 0));
    let fills = program.parts.iter().flat_map(|p| &p.body).filter(|op| matches!(op, Op::Fill { .. })).count();
    assert_eq!(fills, 600);
}
