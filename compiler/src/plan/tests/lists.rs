//! How lists are consumed without being made, and what tables keep of the members of tuples.

use super::super::dag::{Binary, Leaf, List, POSITION_MASK, Reduction, TAG_SHIFT, Unary, Value};
use super::super::intrinsic::Intrinsic;
use super::super::{InputId, Step};
use super::{Build, cut, expect};

/// A column of the element of a loop over a union of two collections.
fn of_either(b: &mut Build, inputs: [InputId; 2], word: Value) -> Value {
    let (shift, mask, zero, first) =
        (b.plan.dag.int(TAG_SHIFT), b.plan.dag.int(POSITION_MASK), b.plan.dag.int(0), b.plan.dag.int(0));
    let number = b.plan.dag.binary(Binary::Shr, word, shift);
    let position = b.plan.dag.binary(Binary::BitAnd, word, mask);
    let is_first = b.plan.dag.binary(Binary::Eq, number, first);
    let at = b.plan.dag.select(is_first, position, zero);
    let of_first = b.plan.dag.load(inputs[0], at);
    let at = b.plan.dag.select(is_first, zero, position);
    let of_second = b.plan.dag.load(inputs[1], at);
    b.plan.dag.select(is_first, of_first, of_second)
}

/// Jets that are away from the leptons above 10 GeV: the overlap removal of every analysis.
#[test]
fn what_is_chosen_of_a_union_is_made_apart_for_loops_inside_of_others() {
    let mut b = Build::default();
    let collections = [b.collection("Electron"), b.collection("Muon"), b.collection("Jet")];
    let [electron_pt, muon_pt, jet_pt] =
        [("Electron_pt", 0), ("Muon_pt", 1), ("Jet_pt", 2)].map(|(name, c)| b.input(name, Some(collections[c])));
    let [electrons, muons, jets] = collections.map(|c| b.plan.dag.all(c));
    let both = b.plan.dag.union(vec![electrons, muons]);
    let word = b.plan.dag.item(both, 0, 0);
    let pt = of_either(&mut b, [electron_pt, muon_pt], word);
    let hard = b.above(pt, 10.0);
    let leptons = b.plan.dag.filter(both, 0, hard);
    let word = b.plan.dag.item(leptons, 1, 0);
    let pt = of_either(&mut b, [electron_pt, muon_pt], word);
    let of_jet = b.of_item(jet_pt, jets, 0, 0);
    let (near, yes) = (b.plan.dag.binary(Binary::Lt, of_jet, pt), b.plan.dag.bool(true));
    let any = b.plan.dag.reduce(Reduction::Any, leptons, 1, yes, near);
    let away = b.plan.dag.not(any);
    let value = b.plan.dag.reduce(Reduction::Sum, jets, 0, away, of_jet);
    b.plan.steps = vec![b.fill(value)];
    expect(
        &b.placed(),
        "
        part 0 reads Electron_pt, Muon_pt, Jet_pt, size(Electron), size(Muon), size(Jet)
          start v0: sum over Jet@0 of v2 if v1
          begin l0: Electron@0 if v3
          for Electron@0
            v4 = Electron_pt[Electron@0]
            v3 = 10.0 < v4
            if v3
              push l0 Electron@0
          end l0
          begin l1: Muon@0 if v5
          for Muon@0
            v6 = Muon_pt[Muon@0]
            v5 = 10.0 < v6
            if v5
              push l1 Muon@0
          end l1
          for Jet@0
            start v7: any over l2@1 of v8
            v2 = Jet_pt[Jet@0]
            for l0@32 until v7 is true
              v9 = Electron_pt[l0@32]
              v10 = v2 < v9
              v8 = v10
              update v7
            if v7
            else
              for l1@32 until v7 is true
                v11 = Muon_pt[l1@32]
                v12 = v2 < v11
                v8 = v12
                update v7
            v1 = not v7
            if v1
              update v0
          fill h0 with v0
        ",
    );
}

/// The scalar sum of the jets' momenta in events that have such jets.
#[test]
fn a_sum_behind_the_cut_on_the_number_is_in_the_loop_that_counts() {
    let mut b = Build::default();
    let jet = b.collection("Jet");
    let jets = b.plan.dag.all(jet);
    let (pt, eta) = (b.input("Jet_pt", Some(jet)), b.input("Jet_eta", Some(jet)));
    let good = b.filtered(pt, jets, 30.0);
    let (size, one) = (b.plan.dag.size(good), b.plan.dag.int(1));
    let some = b.plan.dag.binary(Binary::Le, one, size);
    let value = b.sum_of(pt, good);
    let fill = b.fill(value);
    b.plan.steps = vec![cut(some, vec![fill])];
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
          v5 = v2
          v6 = 1 <= v5
          if v6
            fill h0 with v0
        ",
    );
    // A column that the list does not read is not read for events that the cut removes.
    let mut b = Build { plan: b.plan };
    let value = b.sum_of(eta, good);
    let fill = b.fill(value);
    if let Some(Step::Cut { then, .. }) = b.plan.steps.first_mut() {
        then.push(fill);
    }
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
          v3 = 1 <= v2
          store l0 in s0 s1
          if v3
            select 1
        part 1 of selection 1 reads Jet_pt, Jet_eta, size(Jet)
          fetch l0 from s0 s1
          start v4: sum over l0@0 of v5
          start v6: sum over l0@0 of v7
          for l0@0
            v5 = Jet_pt[l0@0]
            update v4
            v7 = Jet_eta[l0@0]
            update v6
          fill h0 with v4
          fill h1 with v6
        ",
    );
}

/// Two hard jets away from muons: of events with fewer hard jets, muons are not even read.
#[test]
fn a_cut_on_the_number_of_what_loops_choose_is_behind_one_on_what_they_choose_from() {
    for (least, parts) in [(2, 2), (0, 1)] {
        let mut b = Build::default();
        let [jet, muon] = ["Jet", "Muon"].map(|name| b.collection(name));
        let (jet_pt, muon_pt) = (b.input("Jet_pt", Some(jet)), b.input("Muon_pt", Some(muon)));
        let [jets, muons] = [jet, muon].map(|c| b.plan.dag.all(c));
        let (pt, of_muon) = (b.of_item(jet_pt, jets, 0, 0), b.of_item(muon_pt, muons, 1, 0));
        let (near, yes) = (b.plan.dag.binary(Binary::Lt, pt, of_muon), b.plan.dag.bool(true));
        let any = b.plan.dag.reduce(Reduction::Any, muons, 1, yes, near);
        let (hard, away) = (b.above(pt, 30.0), b.plan.dag.not(any));
        let keep = b.plan.dag.and(hard, away);
        let clean = b.plan.dag.filter(jets, 0, keep);
        let (size, least) = (b.plan.dag.size(clean), b.plan.dag.int(least));
        let enough = b.plan.dag.binary(Binary::Le, least, size);
        b.plan.steps = vec![cut(enough, vec![b.count()])];
        let program = b.program();
        assert_eq!(program.parts.len(), parts, "no jets there are always");
        let inputs = if parts == 2 { vec![jet_pt] } else { vec![jet_pt, muon_pt] };
        assert_eq!(program.parts[0].inputs, inputs);
    }
}

fn root_of_pt(b: &mut Build, pt: InputId, list: List, depth: u8, word: u8) -> Value {
    let pt = b.of_item(pt, list, depth, word);
    b.plan.dag.call(Intrinsic::Sinh, vec![pt])
}

/// The pair of muons above 20 GeV with the smallest sum, and that sum again.
#[test]
fn members_of_chosen_objects_have_tables_and_winners_are_looked_up() {
    let mut b = Build::default();
    let muon = b.collection("Muon");
    let pt = b.input("Muon_pt", Some(muon));
    let muons = b.plan.dag.all(muon);
    let good = b.filtered(pt, muons, 20.0);
    let yes = b.plan.dag.bool(true);
    let pairs = b.plan.dag.combine(vec![good; 2], 0, vec![None, Some(0)], yes);
    let [x, y] = [0, 1].map(|word| root_of_pt(&mut b, pt, pairs, 0, word));
    let sum = b.plan.dag.binary(Binary::Add, x, y);
    let best = b.plan.dag.best(pairs, 0, yes, vec![sum]);
    let found = b.plan.dag.found(best);
    let nan = b.plan.dag.real(f64::NAN);
    let [x, y] = [0, 1].map(|word| {
        let word = b.plan.dag.winner(best, word);
        let pt = b.plan.dag.load(pt, word);
        let pt = b.plan.dag.select(found, pt, nan);
        b.plan.dag.call(Intrinsic::Sinh, vec![pt])
    });
    let sum = b.plan.dag.binary(Binary::Sub, x, y);
    b.plan.steps = vec![b.fill(sum)];
    b.tabulate();
    expect(
        &b.placed(),
        "
        part 0 reads Muon_pt, size(Muon)
          start v0: best over l0@0 by v1
          begin l1: Muon@0 if v2
          for Muon@0
            v3 = Muon_pt[Muon@0]
            v2 = 20.0 < v3
            if v2
              push l1 Muon@0
          end l1
          v4 = size(l1)
          v5 = size(Muon)
          begin v6: table over l1@0 of v7 at l1@0 of v5
          v8 = 2 <= v4
          if v8
            for l1@0
              v9 = Muon_pt[l1@0]
              v7 = sinh(v9)
              put v6
          for l1@32
            v10 = l1@32.position + 1
            v11 = v10 < v4
            if v11
              v12 = v6[l1@32]
              for l1@33 after l1@32.position
                v13 = v6[l1@33]
                v14 = v12 + v13
                v1 = v14
                l0@0.0 = l1@32
                l0@0.1 = l1@33
                update v0
          v15 = found v0
          v16 = winner v0.0
          v17 = v15 ? v16 : v5
          v18 = v6[v17]
          v19 = winner v0.1
          v20 = v15 ? v19 : v5
          v21 = v6[v20]
          v22 = v18 - v21
          v23 = v15 ? v22 : NaN
          fill h0 with v23
        ",
    );
}

/// The same of a union: there is a place for each object of both collections.
#[test]
fn members_of_a_union_have_tables_with_places_for_both_collections() {
    let mut b = Build::default();
    let collections = [b.collection("Electron"), b.collection("Muon")];
    let inputs = [("Electron_pt", 0), ("Muon_pt", 1)].map(|(name, c)| b.input(name, Some(collections[c])));
    let parts = collections.map(|c| b.plan.dag.all(c));
    let both = b.plan.dag.union(parts.to_vec());
    assert!(matches!(b.plan.dag.leaves(both), [Leaf::Any(_)]));
    let yes = b.plan.dag.bool(true);
    let pairs = b.plan.dag.combine(vec![both; 2], 0, vec![None, Some(0)], yes);
    let [x, y] = [0, 1].map(|word| {
        let word = b.plan.dag.item(pairs, 0, word);
        let pt = of_either(&mut b, inputs, word);
        b.plan.dag.unary(Unary::Sqrt, pt)
    });
    let sum = b.plan.dag.binary(Binary::Add, x, y);
    let value = b.plan.dag.reduce(Reduction::Min, pairs, 0, yes, sum);
    b.plan.steps = vec![b.fill(value)];
    b.tabulate();
    expect(
        &b.placed(),
        "
        part 0 reads Electron_pt, Muon_pt, size(Electron), size(Muon)
          start v0: min over l0@0 of v1
          begin l1: union of Electron, Muon  # Electron|Muon
          for Electron@34
            push l1 Electron@34
          for Muon@34
            v2 = Muon@34 | 16777216
            push l1 v2
          end l1
          v3 = size(l1)
          v4 = size(Electron)
          v5 = size(Muon)
          v6 = v4 + v5
          begin v7: table over l1@0 of v9 at v8 of v6
          v10 = 2 <= v3
          if v10
            for l1@0
              v11 = l1@0 >> 24
              v12 = v11 == 0
              v13 = l1@0 & 16777215
              v14 = v12 ? v13 : 0
              v15 = Electron_pt[v14]
              v16 = v12 ? 0 : v13
              v17 = Muon_pt[v16]
              v18 = v12 ? v15 : v17
              v9 = sqrt(v18)
              v19 = v11 == 1
              v20 = v19 ? v4 : 0
              v8 = v13 + v20
              put v7
          for l1@32
            v21 = l1@32.position + 1
            v22 = v21 < v3
            if v22
              v23 = l1@32 & 16777215
              v24 = l1@32 >> 24
              v25 = v24 == 1
              v26 = v25 ? v4 : 0
              v27 = v23 + v26
              v28 = v7[v27]
              for l1@33 after l1@32.position
                v29 = l1@33 & 16777215
                v30 = l1@33 >> 24
                v31 = v30 == 1
                v32 = v31 ? v4 : 0
                v33 = v29 + v32
                v34 = v7[v33]
                v35 = v28 + v34
                v1 = v35
                update v0
          fill h0 with v0
        ",
    );
}
