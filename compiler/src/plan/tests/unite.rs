//! Cuts side by side: what they share is computed, and read, for the events that pass any of them.

use super::super::dag::{Binary, Value};
use super::{Build, cut, expect};
use crate::plan::{Site, SiteId, Step};
use crate::source::Span;

/// Two regions on MET and x that both fill the column y; the conditions, the regions, y.
fn two_regions(b: &mut Build) -> ([Value; 2], [Step; 2], Value) {
    let (met, x, y) = (b.column("MET"), b.column("x"), b.column("y"));
    let (first, second) = (b.above(met, 100.0), b.above(x, 20.0));
    ([first, second], [cut(first, vec![b.fill(y)]), cut(second, vec![b.fill(y)])], y)
}

#[test]
fn a_column_of_two_regions_is_read_for_the_events_of_either() {
    let mut b = Build::default();
    let (_, regions, _) = two_regions(&mut b);
    b.plan.steps = regions.into();
    expect(
        &b.placed(),
        "
        part 0 reads MET, x
          v0 = MET
          v1 = 100.0 < v0
          v2 = x
          v3 = 20.0 < v2
          v4 = v1 or v3
          store v1 in s0
          store v3 in s1
          if v4
            select 1
        part 1 of selection 1 reads y
          fetch v1 from s0
          fetch v3 from s1
          v5 = y
          if v1
            fill h0 with v5
          if v3
            fill h1 with v5
        ",
    );
}

#[test]
fn regions_of_columns_that_all_events_need_have_no_cut_above_them() {
    let mut b = Build::default();
    let (_, regions, y) = two_regions(&mut b);
    let all = b.fill(y);
    b.plan.steps = [all].into_iter().chain(regions).collect();
    let placed = b.placed();
    assert!(placed.starts_with("part 0 reads MET, x, y\n") && !placed.contains("part 1"), "{placed}");
}

#[test]
fn a_check_between_two_regions_stays_between_them() {
    let mut b = Build::default();
    let ([first, _], [one, other], _) = two_regions(&mut b);
    let check = Step::Check { ok: first, site: SiteId(0), values: Vec::new() };
    b.plan.sites.push(Site { span: Span::NOWHERE, title: "wrong".into(), shown: Vec::new() });
    b.plan.steps = vec![one, check, other];
    let placed = b.placed();
    let places = ["fill h0", "check", "fill h1"].map(|words| placed.find(words));
    assert!(places.is_sorted() && places.iter().all(Option::is_some), "{placed}");
}

#[test]
fn one_operation_is_done_again_in_each_region_and_takes_no_slot() {
    let mut b = Build::default();
    let (met, x) = (b.column("MET"), b.column("x"));
    let one = b.plan.dag.real(1.0);
    let (sum, above) = (b.plan.dag.binary(Binary::Add, met, one), b.plan.dag.binary(Binary::Lt, one, x));
    let (first, second) = (b.above(met, 100.0), b.above(x, 20.0));
    let regions = [cut(first, vec![b.fill(sum)]), cut(second, vec![cut(above, vec![b.fill(sum)])])];
    b.plan.steps = regions.into();
    expect(
        &b.placed(),
        "
        part 0 reads MET, x
          v0 = MET
          v1 = 100.0 < v0
          if v1
            v2 = v0 + 1.0
            fill h0 with v2
          v3 = x
          v4 = 20.0 < v3
          if v4
            v5 = 1.0 < v3
            if v5
              v2 = v0 + 1.0
              fill h1 with v2
        ",
    );
}
