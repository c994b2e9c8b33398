//! The edges define the bins; contents and statistics are ROOT's.

#![allow(clippy::unwrap_used)]

mod common;

use adl_root::Values;
use adl_runtime::binning::{Binner, Bins, ExactBins};
use adl_runtime::histogram::{Axis, Content, Contents, Layout};
use common::Random;

fn filled(layout: &Layout, records: &[f64]) -> Contents {
    let binner = Binner::new(layout).unwrap();
    let (mut bins, mut sums) = (Bins::default(), ExactBins::new(&binner));
    binner.fill(records, &mut bins);
    sums.absorb(&binner, &mut bins);
    assert!(bins.is_empty());
    sums.contents(&binner)
}

fn counts(axis: Axis, values: &[f64]) -> Contents {
    filled(&Layout { axes: vec![axis], content: Content::Weights, weighted: false }, values)
}

/// The bin by the definition alone.
fn by_edges(edges: &[f64], x: f64) -> usize {
    edges.iter().filter(|&&edge| edge <= x).count()
}

#[test]
fn regular_bins_are_those_of_their_edges() {
    let mut random = Random(3);
    let cases = [
        (100, 0.0, 1.0),
        (7, -0.3, 0.1),
        (30, 0.0, 3.0),
        (1, 1e-300, 2e-300),
        (50, 1e15, 1e15 + 7.0),
        (64, -1e300, 1e300),
        (1000, -std::f64::consts::PI, std::f64::consts::PI),
    ];
    for (bins, low, high) in cases {
        let axis = Axis::Regular { bins, low, high };
        let edges = axis.edges();
        assert_eq!((edges.len(), edges[0], edges[bins as usize]), (bins as usize + 1, low, high));
        let mut values: Vec<f64> = edges.iter().flat_map(|e| [e.next_down(), *e, e.next_up()]).collect();
        values.extend((0..1000).map(|_| low + (high - low) * (random.unit() * 1.2 - 0.1)));
        for x in values {
            let contents = counts(axis.clone(), &[x]);
            assert_eq!(
                contents.counts.iter().position(|&n| n == 1),
                Some(by_edges(&edges, x)),
                "{bins} {low} {high}: {x}"
            );
        }
    }
}

/// Entries that come together are taken by other instructions than those that come alone; the order is the same.
#[test]
fn many_entries_at_once_are_as_one_after_the_other() {
    let mut random = Random(5);
    let axes =
        [(100, 0.0, 200.0), (300, -1.0, 1.0), (10, 0.0, 10.0), (7, -0.3, 0.1), (50, 1e15, 1e15 + 7.0), (1, 5.0, 6.0)];
    let of = |axis: (u32, f64, f64)| {
        let (bins, low, high) = axis;
        let regular = Axis::Regular { bins, low, high };
        let edges = Axis::Edges(regular.edges());
        let contents = [Content::Weights, Content::Profile];
        contents.map(|content| [(regular.clone(), content), (edges.clone(), content)]).into_iter().flatten()
    };
    let all = axes.into_iter().flat_map(|axis| of(axis).map(move |(a, content)| (axis, a, content)));
    for (((bins, low, high), axis, content), weighted) in all.flat_map(|way| [(way.clone(), false), (way, true)]) {
        let edges = axis.edges();
        let mut values: Vec<f64> = edges.iter().flat_map(|e| [e.next_down(), *e, e.next_up()]).collect();
        values.extend((0..1000).map(|_| low + (high - low) * (random.unit() * 1.2 - 0.1)));
        let odd = [f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, -0.0, f64::MIN_POSITIVE];
        values.extend(odd.iter().cycle().take(100));
        let len = values.len();
        (0..len).for_each(|i| values.swap(i, (random.unit() * len as f64) as usize));
        let layout = Layout { axes: vec![axis], content, weighted };
        let is_profile = content == Content::Profile;
        let binner = Binner::new(&layout).unwrap();
        let mut records = Vec::new();
        let (mut expected, mut missing) = (vec![0; edges.len() + 1], 0);
        for (number, &x) in values.iter().enumerate() {
            let y = match number % 50 {
                _ if !is_profile => 0.0,
                0 => f64::NAN,
                1 => f64::INFINITY,
                _ => random.unit() * 3.0 - 1.0,
            };
            if x.is_nan() || !y.is_finite() {
                missing += 1;
            } else {
                expected[by_edges(&edges, x)] += 1;
            }
            records.push(x);
            records.extend(is_profile.then_some(y));
            records.extend(weighted.then(|| random.unit() * 3.0 - 1.0));
        }
        let mut all = Vec::new();
        for together in [1, 7, 8, 64, 100, usize::MAX] {
            let (mut bins, mut sums) = (Bins::default(), ExactBins::new(&binner));
            // As two chunks, the second with what is left of the first.
            for part in <[&[f64]; 2]>::from(records.split_at(values.len() / 2 * layout.record())) {
                let size = together.saturating_mul(layout.record()).min(part.len());
                part.chunks(size).for_each(|entries| binner.fill(entries, &mut bins));
                sums.absorb(&binner, &mut bins);
            }
            all.push(sums.contents(&binner));
        }
        assert_eq!((&all[0].counts, all[0].missing), (&expected, missing));
        assert!(
            all[0].missing > 0 && all.iter().all(|contents| *contents == all[0]),
            "{bins} {low} {high} {weighted} {content:?}"
        );
    }
}

#[test]
fn many_entries_on_two_axes_are_as_one_after_the_other() {
    let mut random = Random(7);
    let axis = |bins, low, high| Axis::Regular { bins, low, high };
    for (columns, rows, weighted) in [(7, 9, false), (7, 9, true), (40, 30, false), (40, 30, true)] {
        let axes = vec![axis(columns, 0.0, 10.0), axis(rows, -0.3, 0.1)];
        let layout = Layout { axes, content: Content::Weights, weighted };
        let binner = Binner::new(&layout).unwrap();
        let mut number = |low: f64, high: f64| match random.next() % 40 {
            0 => f64::NAN,
            1 => f64::INFINITY,
            2 => high,
            3 => low,
            _ => low + (high - low) * (random.unit() * 1.2 - 0.1),
        };
        let mut records = Vec::new();
        for _ in 0..1000 {
            records.extend([number(0.0, 10.0), number(-0.3, 0.1)]);
            records.extend(weighted.then_some(records.len() as f64 % 17.0 * 0.3 - 1.0));
        }
        let filled_by = |entries: usize| {
            let (mut bins, mut sums) = (Bins::default(), ExactBins::new(&binner));
            records.chunks(entries * layout.record()).for_each(|records| binner.fill(records, &mut bins));
            sums.absorb(&binner, &mut bins);
            sums.contents(&binner)
        };
        let alone = filled_by(1);
        assert!(alone.missing > 0 && alone.entries + alone.missing == 1000);
        for entries in [7, 8, 100, 1000] {
            assert_eq!(filled_by(entries), alone, "{columns} {rows} {weighted} {entries}");
        }
    }
}

#[test]
fn a_column_is_filled_as_its_numbers_are() {
    let mut random = Random(6);
    let mut singles: Vec<f32> = (0..1000).map(|_| (random.unit() * 24.0 - 2.0) as f32).collect();
    singles.extend([f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.0, 20.0]);
    let doubles: Vec<f64> = singles.iter().copied().map(f64::from).collect();
    let regular = |bins| Axis::Regular { bins, low: 0.0, high: 20.0 };
    for axis in [regular(10), regular(1000), Axis::Edges(vec![0.0, 1.0, 20.0])] {
        let layout = Layout { axes: vec![axis], content: Content::Weights, weighted: false };
        let expected = filled(&layout, &doubles);
        let binner = Binner::new(&layout).unwrap();
        for together in [1, 7, 100, singles.len()] {
            let (mut bins, mut both) = (Bins::default(), [ExactBins::new(&binner), ExactBins::new(&binner)]);
            singles.chunks(together).for_each(|values| binner.fill_column(&Values::F32(values), &mut bins));
            both[0].absorb(&binner, &mut bins);
            doubles.chunks(together).for_each(|values| binner.fill_column(&Values::F64(values), &mut bins));
            both[1].absorb(&binner, &mut bins);
            assert!(both.iter().all(|sums| sums.contents(&binner) == expected));
        }
    }
}

#[test]
fn both_kinds_of_axes_agree() {
    let mut random = Random(4);
    let axis = Axis::Regular { bins: 10, low: 0.0, high: 1.0 };
    let values: Vec<f64> = (0..10_000).map(|_| random.unit() * 1.2 - 0.1).collect();
    assert_eq!(counts(Axis::Edges(axis.edges()), &values), counts(axis, &values));
}

#[test]
fn the_upper_edge_and_infinities_are_flow_and_nan_is_missing() {
    for axis in [Axis::Regular { bins: 2, low: 0.0, high: 1.0 }, Axis::Edges(vec![0.0, 0.5, 1.0])] {
        let contents = counts(axis, &[1.0, f64::INFINITY, f64::NEG_INFINITY, -0.0, f64::NAN, 1_f64.next_down(), 0.5]);
        assert_eq!(contents.counts, [1, 1, 2, 2]);
        assert_eq!((contents.entries, contents.missing), (6, 1));
        assert_eq!((contents.statistics.w, contents.statistics.wx[0]), (3.0, 1_f64.next_down() + 0.5));
    }
}

#[test]
fn statistics_count_entries_in_range_on_every_axis() {
    let axis = |high| Axis::Regular { bins: 2, low: 0.0, high };
    let layout = Layout { axes: vec![axis(4.0), axis(8.0)], content: Content::Weights, weighted: true };
    // x, y, w; the second is beyond y, the third is not filled.
    let contents = filled(&layout, &[1.0, 3.0, 2.0, 1.0, 8.0, 5.0, f64::NAN, 1.0, 1.0, 3.0, 5.0, -0.5]);
    let s = &contents.statistics;
    assert_eq!((s.w, s.w2), (1.5, 4.25));
    assert_eq!((s.wx[0], s.wx2[0], s.wx[1], s.wx2[1], s.wxx[0]), (0.5, -2.5, 3.5, 5.5, -1.5));
    // Cells are numbered with y fastest: (1, 1), (1, 3), (2, 2).
    assert_eq!((contents.sumw[5], contents.sumw[7], contents.sumw[10]), (2.0, 5.0, -0.5));
    assert_eq!((contents.entries, contents.missing), (3, 1));
    let labels = Layout { axes: vec![Axis::Labels(vec!["a".into(), "b".into()])], ..layout };
    let contents = filled(&labels, &[1.0, 2.0, 0.0, 1.0]);
    assert_eq!((contents.sumw, contents.statistics.wx), (vec![1.0, 2.0], vec![3.5]));
}

#[test]
fn a_profile_keeps_the_sums_of_its_quantity() {
    let axes = vec![Axis::Regular { bins: 1, low: 0.0, high: 1.0 }];
    let layout = Layout { axes, content: Content::Profile, weighted: true };
    // x, y, w; the last two have no quantity.
    let records = [0.5, 3.0, 2.0, 0.5, -1.0, 0.5, 2.0, 7.0, 1.0, 0.5, f64::NAN, 1.0, 0.5, f64::INFINITY, 1.0];
    let contents = filled(&layout, &records);
    assert_eq!((contents.sumw[1], contents.sumw2[1], contents.sumwy[1], contents.sumwy2[1]), (2.5, 4.25, 5.5, 18.5));
    assert_eq!((contents.statistics.wy, contents.statistics.wy2), (5.5, 18.5));
    assert_eq!((contents.sumwy[2], contents.entries, contents.missing), (7.0, 3, 2));
    let plain = filled(&Layout { weighted: false, ..layout }, &[0.5, 3.0, 0.5, 1.0]);
    assert_eq!((plain.weight(1), plain.weight2(1), plain.sumwy[1], plain.sumwy2[1]), (2.0, 2.0, 4.0, 10.0));
    assert!(plain.sumw.is_empty());
}

#[test]
fn an_impossible_axis_is_said_in_words() {
    let problem = |axis: Axis| {
        Layout { axes: vec![axis], content: Content::Weights, weighted: false }.problem().unwrap_or_default()
    };
    let regular = |bins, low, high| problem(Axis::Regular { bins, low, high });
    assert_eq!(regular(0, 0.0, 1.0), "an axis has no bins");
    assert_eq!(regular(1, 1.0, 1.0), "an axis ends at or below its beginning");
    assert_eq!(regular(1, f64::NAN, 1.0), "an axis has a limit that is not a finite number");
    assert_eq!(regular(1, -1.7e308, 1.7e308), "an axis has a limit that is not a finite number");
    assert_eq!(problem(Axis::Edges(vec![0.0, 1.0, 1.0])), "the edges of an axis do not increase");
    assert_eq!(regular(u32::MAX, 0.0, 1.0), "a histogram has 4294967297 bins, more than 268435456");
    assert_eq!(regular(2, 0.0, 1.0), "");
}
