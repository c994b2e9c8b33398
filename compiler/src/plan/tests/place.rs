//! Where values are computed, and which lists are made.

use super::super::dag::{Binary, ListNode, Node, Reduction, Unary};
use super::super::intrinsic::Intrinsic;
use super::{Build, cut, expect};
use crate::plan::Step;

#[test]
fn a_value_of_two_regions_is_computed_before_both_and_one_of_one_behind_its_cut() {
    let mut b = Build::default();
    let (met, pt) = (b.column("MET"), b.column("pt"));
    let jet = b.collection("Jet");
    let jets = b.plan.dag.all(jet);
    let jet_pt = b.input("Jet_pt", Some(jet));
    let ht = b.sum_of(jet_pt, jets);
    let (a, c) = (b.above(met, 100.0), b.above(pt, 20.0));
    let only_one = b.plan.dag.unary(Unary::Sqrt, met);
    let base = b.above(pt, 5.0);
    let first = vec![b.fill(ht), b.fill(only_one)];
    let second = vec![b.fill(ht)];
    b.plan.steps = vec![cut(base, vec![cut(a, first), cut(c, second)])];
    expect(
        &b.placed(),
        "
        part 0 reads pt
          v0 = pt
          v1 = 5.0 < v0
          if v1
            select 1
        part 1 of selection 1 reads MET, pt
          v0 = pt
          v2 = MET
          v3 = 100.0 < v2
          v4 = 20.0 < v0
          v5 = v3 or v4
          store v3 in s0
          store v4 in s1
          if v5
            select 2
        part 2 of selection 2 reads MET, Jet_pt, size(Jet)
          v2 = MET
          fetch v3 from s0
          fetch v4 from s1
          start v6: sum over Jet@0 of v7
          for Jet@0
            v7 = Jet_pt[Jet@0]
            update v6
          if v3
            fill h0 with v6
            v8 = sqrt(v2)
            fill h1 with v8
          if v4
            fill h2 with v6
        ",
    );
}

#[test]
fn what_does_not_depend_on_the_inner_loop_is_computed_in_the_outer() {
    let mut b = Build::default();
    let (jet, muon) = (b.collection("Jet"), b.collection("Muon"));
    let (jet_phi, muon_phi) = (b.input("Jet_phi", Some(jet)), b.input("Muon_phi", Some(muon)));
    let (jets, muons) = (b.plan.dag.all(jet), b.plan.dag.all(muon));
    let (j, m) = (b.of_item(jet_phi, jets, 0, 0), b.of_item(muon_phi, muons, 1, 0));
    let (cos_j, cos_m) = (b.plan.dag.call(Intrinsic::Cos, vec![j]), b.plan.dag.call(Intrinsic::Cos, vec![m]));
    let product = b.plan.dag.binary(Binary::Mul, cos_j, cos_m);
    let yes = b.plan.dag.bool(true);
    let nearest = b.plan.dag.reduce(Reduction::Min, muons, 1, yes, product);
    let far = b.above(nearest, 0.4);
    let count = b.plan.dag.reduce(Reduction::Count, jets, 0, far, yes);
    let two = b.plan.dag.int(2);
    let keep = b.plan.dag.binary(Binary::Le, two, count);
    let step = b.count();
    b.plan.steps = vec![cut(keep, vec![step])];
    expect(
        &b.placed(),
        "
        part 0 reads Jet_phi, Muon_phi, size(Jet), size(Muon)
          start v0: count over Jet@0 of true if v1
          for Jet@0
            start v2: min over Muon@1 of v3
            v4 = Jet_phi[Jet@0]
            v5 = cos(v4)
            for Muon@1
              v6 = Muon_phi[Muon@1]
              v7 = cos(v6)
              v3 = v5 * v7
              update v2
            v1 = 0.4 < v2
            if v1
              update v0
          v8 = 2 <= v0
          if v8
            count c0
        ",
    );
}

#[test]
fn a_filtered_list_with_one_consumer_is_not_made_and_is_counted_in_the_same_loop() {
    let mut b = Build::default();
    let jet = b.collection("Jet");
    let jets = b.plan.dag.all(jet);
    let jet_pt = b.input("Jet_pt", Some(jet));
    let good = b.filtered(jet_pt, jets, 30.0);
    let ht = b.sum_of(jet_pt, good);
    let size = b.plan.dag.size(good);
    let two = b.plan.dag.int(2);
    let enough = b.plan.dag.binary(Binary::Le, two, size);
    let (fill, step) = (b.fill(ht), b.count());
    b.plan.steps = vec![fill, cut(enough, vec![step])];
    expect(
        &b.placed(),
        "
        part 0 reads Jet_pt, size(Jet)
          start v0: sum over l0@0 of v1
          start v2: count over l0@0 of true
          for Jet@0
            v3 = Jet_pt[Jet@0]
            v4 = 30.0 < v3
            if v4
              v1 = v3
              update v0
              update v2
          fill h0 with v0
          v5 = v2
          v6 = 2 <= v5
          if v6
            count c0
        ",
    );
}

#[test]
fn a_filtered_list_that_is_indexed_is_made_and_gives_its_size() {
    let mut b = Build::default();
    let jet = b.collection("Jet");
    let jets = b.plan.dag.all(jet);
    let jet_pt = b.input("Jet_pt", Some(jet));
    let good = b.filtered(jet_pt, jets, 30.0);
    let zero = b.plan.dag.int(0);
    let (size, leading) = (b.plan.dag.size(good), b.plan.dag.at(good, zero, 0));
    let some = b.plan.dag.binary(Binary::Lt, zero, size);
    let pt = b.plan.dag.load(jet_pt, leading);
    let fill = b.fill(pt);
    b.plan.steps = vec![cut(some, vec![fill])];
    expect(
        &b.placed(),
        "
        part 0 reads Jet_pt, size(Jet)
          begin l0: Jet@0 if v0
          for Jet@0
            v1 = Jet_pt[Jet@0]
            v0 = 30.0 < v1
            if v0
              push l0 Jet@0
          end l0
          v2 = size(l0)
          v3 = 0 < v2
          if v3
            v4 = l0[0]
            v5 = Jet_pt[v4]
            fill h0 with v5
        ",
    );
}

#[test]
fn reductions_over_one_list_share_a_loop_and_equal_conditions_a_test() {
    let mut b = Build::default();
    let jet = b.collection("Jet");
    let jets = b.plan.dag.all(jet);
    let (jet_pt, jet_eta) = (b.input("Jet_pt", Some(jet)), b.input("Jet_eta", Some(jet)));
    let (pt, eta) = (b.of_item(jet_pt, jets, 0, 0), b.of_item(jet_eta, jets, 0, 0));
    let (hard, central) = (b.above(pt, 30.0), b.above(eta, -2.0));
    let square = b.plan.dag.binary(Binary::Mul, pt, pt);
    let dag = &mut b.plan.dag;
    let values = [
        dag.reduce(Reduction::Sum, jets, 0, hard, square),
        dag.reduce(Reduction::Max, jets, 0, hard, eta),
        dag.reduce(Reduction::Max, jets, 0, central, square),
    ];
    b.plan.steps = values.into_iter().map(|v| b.fill(v)).collect();
    expect(
        &b.placed(),
        "
        part 0 reads Jet_pt, Jet_eta, size(Jet)
          start v0: sum over Jet@0 of v2 if v1
          start v3: max over Jet@0 of v4 if v1
          start v5: max over Jet@0 of v2 if v6
          for Jet@0
            v7 = Jet_pt[Jet@0]
            v2 = v7 * v7
            v4 = Jet_eta[Jet@0]
            v1 = 30.0 < v7
            if v1
              update v0
              update v3
            v6 = -2.0 < v4
            if v6
              update v5
          fill h0 with v0
          fill h1 with v3
          fill h2 with v5
        ",
    );
}

#[test]
fn histograms_of_one_list_are_filled_in_one_loop() {
    let mut b = Build::default();
    let jet = b.collection("Jet");
    let jets = b.plan.dag.all(jet);
    let (jet_pt, jet_eta) = (b.input("Jet_pt", Some(jet)), b.input("Jet_eta", Some(jet)));
    let good = b.filtered(jet_pt, jets, 30.0);
    let (pt, eta) = (b.of_item(jet_pt, good, 0, 0), b.of_item(jet_eta, good, 0, 0));
    let fills = [b.fill(pt), b.fill(eta)];
    b.plan.steps = fills.into_iter().map(|fill| Step::ForEach { over: good, depth: 0, body: vec![fill] }).collect();
    expect(
        &b.placed(),
        "
        part 0 reads Jet_pt, Jet_eta, size(Jet)
          for Jet@0
            v0 = Jet_pt[Jet@0]
            v1 = 30.0 < v0
            if v1
              fill h0 with v0
              v2 = Jet_eta[Jet@0]
              fill h1 with v2
        ",
    );
}

#[test]
fn an_expensive_condition_is_tested_behind_the_cheap_ones() {
    let mut b = Build::default();
    let (jet, muon) = (b.collection("Jet"), b.collection("Muon"));
    let (jet_eta, muon_eta) = (b.input("Jet_eta", Some(jet)), b.input("Muon_eta", Some(muon)));
    let (jets, muons) = (b.plan.dag.all(jet), b.plan.dag.all(muon));
    let (j, m) = (b.of_item(jet_eta, jets, 0, 0), b.of_item(muon_eta, muons, 1, 0));
    let difference = b.plan.dag.binary(Binary::Sub, j, m);
    let (far, central, yes) = (b.above(difference, 0.4), b.above(j, -2.0), b.plan.dag.bool(true));
    let clean = b.plan.dag.reduce(Reduction::All, muons, 1, yes, far);
    let keep = b.plan.dag.and(clean, central);
    let sum = b.plan.dag.reduce(Reduction::Sum, jets, 0, keep, j);
    b.plan.steps = vec![b.fill(sum)];
    expect(
        &b.placed(),
        "
        part 0 reads Jet_eta, Muon_eta, size(Jet), size(Muon)
          start v0: sum over Jet@0 of v2 if v1
          for Jet@0
            v2 = Jet_eta[Jet@0]
            v3 = -2.0 < v2
            if v3
              start v4: all over Muon@1 of v5
              for Muon@1 until v4 is false
                v6 = Muon_eta[Muon@1]
                v7 = v2 - v6
                v5 = 0.4 < v7
                update v4
              if v4
                update v0
          fill h0 with v0
        ",
    );
}

/// The triple of jets whose vector sum has the mass nearest to the top quark's: the second benchmark of every framework.
#[test]
fn the_best_of_triples_is_found_in_nested_loops_over_tables() {
    let mut b = Build::default();
    let jet = b.collection("Jet");
    let (pt, phi) = (b.input("Jet_pt", Some(jet)), b.input("Jet_phi", Some(jet)));
    let jets = b.plan.dag.all(jet);
    let yes = b.plan.dag.bool(true);
    let triples = b.plan.dag.combine(vec![jets; 3], 0, vec![None, Some(0), Some(1)], yes);
    let px: Vec<_> = (0..3)
        .map(|word| {
            let (pt, phi) = (b.of_item(pt, triples, 0, word), b.of_item(phi, triples, 0, word));
            let cos = b.plan.dag.call(Intrinsic::Cos, vec![phi]);
            b.plan.dag.binary(Binary::Mul, pt, cos)
        })
        .collect();
    let sum = b.plan.dag.binary(Binary::Add, px[0], px[1]);
    let sum = b.plan.dag.binary(Binary::Add, sum, px[2]);
    let key = b.plan.dag.unary(Unary::Abs, sum);
    let best = b.plan.dag.best(triples, 0, yes, vec![key]);
    let (found, first) = (b.plan.dag.found(best), b.plan.dag.winner(best, 0));
    let value = b.plan.dag.load(pt, first);
    let fill = b.fill(value);
    b.plan.steps = vec![cut(found, vec![fill])];
    b.tabulate();
    expect(
        &b.placed(),
        "
        part 0 reads Jet_pt, Jet_phi, size(Jet)
          start v0: best over l0@0 by v1
          v2 = size(Jet)
          begin v3: table over Jet@0 of v4
          v5 = 2 <= v2
          if v5
            for Jet@0
              v6 = Jet_pt[Jet@0]
              v7 = Jet_phi[Jet@0]
              v8 = cos(v7)
              v4 = v6 * v8
              put v3
          for Jet@32
            v9 = Jet@32.position + 1
            v10 = v9 < v2
            if v10
              v11 = v3[Jet@32]
              for Jet@33 after Jet@32.position
                v12 = Jet@33.position + 1
                v13 = v12 < v2
                if v13
                  v14 = v3[Jet@33]
                  v15 = v11 + v14
                  for Jet@34 after Jet@33.position
                    v16 = v3[Jet@34]
                    v17 = v15 + v16
                    v18 = abs(v17)
                    v1 = v18
                    l0@0.0 = Jet@32
                    l0@0.1 = Jet@33
                    l0@0.2 = Jet@34
                    update v0
          v19 = found v0
          if v19
            v20 = winner v0.0
            v21 = Jet_pt[v20]
            fill h0 with v21
        ",
    );
}

#[test]
fn the_condition_of_a_pair_and_what_is_filled_of_it_share_their_values() {
    let mut b = Build::default();
    let muon = b.collection("Muon");
    let (charge, pt) = (b.input("Muon_charge", Some(muon)), b.input("Muon_pt", Some(muon)));
    let muons = b.plan.dag.all(muon);
    let (q, p) = ([0, 1].map(|d| b.of_item(charge, muons, d, 0)), [0, 1].map(|d| b.of_item(pt, muons, d, 0)));
    let product = b.plan.dag.binary(Binary::Mul, q[0], q[1]);
    let none = b.plan.dag.real(0.0);
    let opposite = b.plan.dag.binary(Binary::Lt, product, none);
    let hard = b.above(p[0], 20.0);
    let sum = b.plan.dag.binary(Binary::Add, p[0], p[1]);
    let high = b.above(sum, 60.0);
    let keep = b.plan.dag.and(opposite, high);
    let keep = b.plan.dag.and(keep, hard);
    let pairs = b.plan.dag.combine(vec![muons; 2], 0, vec![None, Some(0)], keep);
    let members = [0, 1].map(|word| b.of_item(pt, pairs, 0, word));
    let total = b.plan.dag.binary(Binary::Add, members[0], members[1]);
    let fill = b.fill(total);
    b.plan.steps = vec![Step::ForEach { over: pairs, depth: 0, body: vec![fill] }];
    expect(
        &b.placed(),
        "
        part 0 reads Muon_charge, Muon_pt, size(Muon)
          v0 = size(Muon)
          for Muon@32
            v1 = Muon_pt[Muon@32]
            v2 = 20.0 < v1
            if v2
              v3 = Muon@32.position + 1
              v4 = v3 < v0
              if v4
                v5 = Muon_charge[Muon@32]
                for Muon@33 after Muon@32.position
                  v6 = Muon_charge[Muon@33]
                  v7 = v5 * v6
                  v8 = v7 < 0.0
                  v9 = Muon_pt[Muon@33]
                  v10 = v1 + v9
                  v11 = 60.0 < v10
                  v12 = v8 and v11
                  if v12
                    fill h0 with v10
        ",
    );
}

#[test]
fn inner_loops_of_a_condition_do_not_take_the_names_of_members() {
    let mut b = Build::default();
    let jet = b.collection("Jet");
    let eta = b.input("Jet_eta", Some(jet));
    let jets = b.plan.dag.all(jet);
    let yes = b.plan.dag.bool(true);
    // Of the pair (a, b), a has no other jet below it: that loop has the depth of b's.
    let (a, other) = (b.of_item(eta, jets, 0, 0), b.of_item(eta, jets, 1, 0));
    let above = b.plan.dag.binary(Binary::Le, a, other);
    let lowest = b.plan.dag.reduce(Reduction::All, jets, 1, yes, above);
    let second = b.above(other, 1.0);
    let keep = b.plan.dag.and(lowest, second);
    let pairs = b.plan.dag.combine(vec![jets; 2], 0, vec![None, None], keep);
    let value = b.of_item(eta, pairs, 0, 1);
    let sum = b.plan.dag.reduce(Reduction::Sum, pairs, 0, yes, value);
    b.plan.steps = vec![b.fill(sum)];
    expect(
        &b.placed(),
        "
        part 0 reads Jet_eta, size(Jet)
          start v0: sum over l0@0 of v1
          for Jet@32
            start v2: all over Jet@1 of v3
            v4 = Jet_eta[Jet@32]
            for Jet@1 until v2 is false
              v5 = Jet_eta[Jet@1]
              v3 = v4 <= v5
              update v2
            if v2
              for Jet@33
                v6 = Jet_eta[Jet@33]
                v7 = 1.0 < v6
                if v7
                  v1 = v6
                  update v0
          fill h0 with v0
        ",
    );
}

#[test]
fn a_union_with_one_consumer_is_run_through_list_by_list() {
    let mut b = Build::default();
    let (jet, muon) = (b.collection("Jet"), b.collection("Muon"));
    let (jet_pt, muon_pt) = (b.input("Jet_pt", Some(jet)), b.input("Muon_pt", Some(muon)));
    let (jets, muons) = (b.plan.dag.all(jet), b.plan.dag.all(muon));
    let both = b.plan.dag.union(vec![jets, muons]);
    let word = b.plan.dag.item(both, 0, 0);
    let leaf = b.plan.dag.leaves(both)[0].clone();
    let position = b.plan.dag.untag(word, &leaf);
    let shift = b.plan.dag.int(24);
    let tag = b.plan.dag.binary(Binary::Shr, word, shift);
    let zero = b.plan.dag.int(0);
    let is_jet = b.plan.dag.binary(Binary::Eq, tag, zero);
    let (a, c) = (b.plan.dag.load(jet_pt, position), b.plan.dag.load(muon_pt, position));
    let pt = b.plan.dag.select(is_jet, a, c);
    let yes = b.plan.dag.bool(true);
    let sum = b.plan.dag.reduce(Reduction::Sum, both, 0, yes, pt);
    b.plan.steps = vec![b.fill(sum)];
    expect(
        &b.placed(),
        "
        part 0 reads Jet_pt, Muon_pt, size(Jet), size(Muon)
          start v0: sum over l0@0 of v1
          for Jet@32
            v2 = Jet_pt[Jet@32]
            v1 = v2
            update v0
          for Muon@32
            v3 = Muon_pt[Muon@32]
            v1 = v3
            update v0
          fill h0 with v0
        ",
    );
}

#[test]
fn a_chain_of_ten_thousand_terms_is_placed() {
    let mut b = Build::default();
    let x = b.column("x");
    let mut sum = x;
    for _ in 0..10_000 {
        sum = b.plan.dag.binary(Binary::Add, sum, x);
    }
    b.plan.steps = vec![b.fill(sum)];
    b.tabulate();
    let program = b.program();
    assert!(program.parts.iter().map(|p| p.body.len()).sum::<usize>() > 10_000);
}

#[test]
fn a_count_that_is_written_with_a_condition_is_a_count_of_what_it_keeps() {
    let mut b = Build::default();
    let jet = b.collection("Jet");
    let jets = b.plan.dag.all(jet);
    let pt = b.input("Jet_pt", Some(jet));
    let value = b.of_item(pt, jets, 0, 0);
    let (hard, yes) = (b.above(value, 30.0), b.plan.dag.bool(true));
    let count = b.plan.dag.reduce(Reduction::Count, jets, 0, yes, hard);
    assert!(matches!(b.plan.dag.node(count), Node::Reduce { keep, body, .. } if *keep == hard && *body == yes));
    let all = b.plan.dag.reduce(Reduction::Count, jets, 0, yes, yes);
    assert!(matches!(b.plan.dag.node(all), Node::Size(list) if *list == jets));
    assert!(matches!(b.plan.dag.list(jets), ListNode::All(_)));
}
