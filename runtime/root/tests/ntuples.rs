//! RNTuples: the samples of `tests/data`, whose values follow from the entry number (see `make_ntuples.py`), and every
//! field of the shared files against sums that uproot made (`branch-sums.json`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;
mod sums;

use adl_root::{Branch, BranchKind, Codec, Column, Element, File, Ntuple, Scratch, Shape, Values};
use common::list;
use serde_json::Value;
use sums::{agree, summary, together};

fn open(name: &str) -> Ntuple {
    let file = File::open(format!("{}/tests/data/rntuple_{name}.root", env!("CARGO_MANIFEST_DIR"))).unwrap();
    assert_eq!(file.trees(), []);
    let listed = file.ntuples();
    let ntuple = file.ntuple("t").unwrap();
    assert_eq!((listed.len(), listed[0].entries), (1, ntuple.entries()));
    ntuple
}

fn branch<'a>(ntuple: &'a Ntuple, name: &str) -> &'a Branch {
    ntuple.branch(name).unwrap_or_else(|| panic!("no branch {name}"))
}

fn entry(column: &Column, range: std::ops::Range<usize>) -> Vec<f64> {
    range.map(|k| column.values().get_f64(k).unwrap()).collect()
}

/// Entry `i` of a branch is `expected(i)`.
fn assert_entries(ntuple: &Ntuple, name: &str, expected: impl Fn(u64) -> Vec<f64>) {
    let column = ntuple.read_branch(branch(ntuple, name).id).unwrap();
    assert_eq!(column.entries(), ntuple.entries());
    for i in 0..ntuple.entries() {
        assert_eq!(entry(&column, column.range(i)), expected(i), "{name} entry {i}");
    }
}

/// Entry `i` of a branch of lists of lists is `expected(i)`.
fn assert_nested(ntuple: &Ntuple, name: &str, expected: impl Fn(u64) -> Vec<Vec<f64>>) {
    assert_eq!(branch(ntuple, name).values().unwrap().1, Shape::Nested, "{name}");
    let column = ntuple.read_branch(branch(ntuple, name).id).unwrap();
    let inner = column.inner_starts().unwrap();
    for i in 0..ntuple.entries() {
        let found: Vec<Vec<f64>> =
            column.range(i).map(|j| entry(&column, inner[j] as usize..inner[j + 1] as usize)).collect();
        assert_eq!(found, expected(i), "{name} entry {i}");
    }
}

fn check_fields(ntuple: &Ntuple) {
    type Scalar = (&'static str, Element, fn(f64) -> f64);
    let scalars: [Scalar; 22] = [
        ("o", Element::Bool, |k| k % 2.0),
        ("b", Element::I8, |k| -k % 100.0),
        ("ub", Element::U8, |k| k % 256.0),
        ("c", Element::I8, |k| k % 100.0),
        ("by", Element::U8, |k| k % 200.0),
        ("s", Element::I16, |k| -k),
        ("us", Element::U16, |k| k),
        ("i", Element::I32, |k| -1000.0 * k),
        ("u", Element::U32, |k| 1000.0 * k),
        ("l", Element::I64, |k| -1099511627776.0 * k),
        ("ul", Element::U64, |k| 1099511627776.0 * k),
        ("f", Element::F32, |k| 0.5 * k),
        ("d", Element::F64, |k| 0.25 * k),
        ("d32", Element::F64, |k| k),
        ("half", Element::F32, |k| 0.5 * k),
        ("trunc", Element::F32, |k| k),
        ("narrow", Element::F64, |k| k),
        ("kind", Element::I16, |k| if k % 2.0 == 1.0 { 300.0 } else { -1.0 }),
        ("pair._0", Element::I32, |k| k),
        ("pair._1", Element::F32, |k| -0.5 * k),
        ("sum.run", Element::I32, |k| k),
        ("sum.base.mass", Element::F32, |k| -k),
    ];
    for (name, element, value) in scalars {
        assert_eq!(branch(ntuple, name).values(), Some((element, Shape::Scalar)), "{name}");
        assert_entries(ntuple, name, |i| vec![value(i as f64)]);
    }
    // 2^13 and 2^30 steps from -10 to 790.
    for (name, steps) in [("quant", 8191.0), ("dquant", 1073741823.0)] {
        let column = ntuple.read_branch(branch(ntuple, name).id).unwrap();
        for i in 0..ntuple.entries() {
            let found = column.values().get_f64(i as usize).unwrap();
            assert!((found - i as f64).abs() <= 0.51 * 800.0 / steps, "{name}: {found} for {i}");
        }
    }
    for (name, element) in [("vf", Element::F32), ("rv", Element::F64), ("si", Element::I32)] {
        assert_eq!(branch(ntuple, name).values().unwrap().0, element);
        assert_entries(ntuple, name, |i| list(i, |v, _| v));
    }
    assert_eq!(branch(ntuple, "rv").values().unwrap().1, Shape::Vector);
    let nlong = branch(ntuple, "nlong");
    assert_eq!(nlong.values(), Some((Element::U64, Shape::Scalar)));
    assert_eq!(branch(ntuple, "vf").values().unwrap().1, Shape::Counted { counter: nlong.id, per: 1 });
    assert_entries(ntuple, "nlong", |i| vec![(i % 4) as f64]);
    assert_entries(ntuple, "vb", |i| list(i, |_, k| k % 2.0));
    assert_entries(ntuple, "opt", |i| if i % 2 == 1 { vec![i as f64] } else { vec![] });
    assert_eq!(branch(ntuple, "fixed").values(), Some((Element::F32, Shape::Fixed(3))));
    assert_entries(ntuple, "fixed", |i| (0..3).map(|j| (10 * i + j) as f64).collect());
    assert_entries(ntuple, "square", |i| (0..3).flat_map(|j| [(10 * i + j) as f64, -(j as f64)]).collect());
    assert_entries(ntuple, "va", |i| list(i, |v, _| v).into_iter().flat_map(|v| [v, -v]).collect());
    assert_entries(ntuple, "bits", |i| (0..10).map(|j| (i >> j & 1) as f64).collect());
    assert_entries(ntuple, "bases.mass", |i| vec![i as f64, -(i as f64)]);
    assert_nested(ntuple, "vv", |i| (0..i % 4).map(|j| vec![(10 * i + j) as f64; j as usize]).collect());
    assert_nested(ntuple, "av", |i| vec![vec![i as f64; (i % 4) as usize], vec![-(i as f64)]]);
    assert_entries(ntuple, "sum.met", |i| vec![1.0, 2.0, i as f64]);
    assert_entries(ntuple, "sum.weights", |i| vec![i as f64; (i % 4) as usize]);

    // A list of records: the sizes, then the members, those of the base class among them.
    let counter = branch(ntuple, "np").id;
    assert_entries(ntuple, "p", |i| vec![(i % 4) as f64]);
    assert_entries(ntuple, "np", |i| vec![(i % 4) as f64]);
    assert_eq!(branch(ntuple, "p.pt").values(), Some((Element::F32, Shape::Counted { counter, per: 1 })));
    assert_eq!(branch(ntuple, "p/pt").parent, Some(branch(ntuple, "p").id));
    assert_eq!(branch(ntuple, "p_pt").values(), branch(ntuple, "p.pt").values());
    assert_eq!(branch(ntuple, "p.cov").values(), Some((Element::F32, Shape::Counted { counter, per: 2 })));
    for name in ["p.pt", "p_pt", "p.phi"] {
        assert_entries(ntuple, name, |i| list(i, |v, _| v));
    }
    assert_entries(ntuple, "p.mass", |i| list(i, |v, _| 0.5 * v));
    assert_entries(ntuple, "p.charge", |i| list(i, |_, k| -k));
    assert_entries(ntuple, "p.cov", |i| list(i, |v, _| v).into_iter().flat_map(|v| [v, -v]).collect());
    assert_entries(ntuple, "p.kind", |i| list(i, |_, k| if k % 2.0 == 1.0 { 300.0 } else { -1.0 }));
    assert_nested(ntuple, "p.hits", |i| (0..i % 4).map(|j| vec![i as f64; j as usize]).collect());
}

#[test]
fn every_kind_of_field() {
    let ntuple = open("fields");
    assert_eq!((ntuple.entries(), ntuple.borders()), (60, [0, 20, 40, 60].as_slice()));
    assert_eq!(ntuple.title(), "every kind of field");
    assert!(ntuple.writer().starts_with("ROOT v6."), "{}", ntuple.writer());
    let i = branch(&ntuple, "i");
    assert_eq!((i.title.as_str(), i.type_name.as_str(), i.codec), ("a whole number", "std::int32_t", Codec::Zstd));
    assert_eq!((i.unpacked_bytes, branch(&ntuple, "d32").type_name.as_str()), (240, "Double32_t"));
    check_fields(&ntuple);
}

#[test]
fn fields_that_are_not_compressed() {
    let ntuple = open("plain");
    assert_eq!((ntuple.entries(), branch(&ntuple, "i").codec), (8, Codec::None));
    check_fields(&ntuple);
}

#[test]
fn texts_and_lists_of_texts() {
    for name in ["fields", "plain"] {
        let ntuple = open(name);
        for (name, number) in [("str", (|_| 1) as fn(u64) -> u64), ("vs", |k| k % 4)] {
            let id = branch(&ntuple, name).id;
            assert!(branch(&ntuple, name).texts().is_some());
            let mut entries = 0;
            for cluster in 0..ntuple.borders().len() - 1 {
                let texts = ntuple.read_texts(id, cluster, &mut Scratch::default()).unwrap();
                for entry in 0..texts.entries() {
                    let found: Vec<_> = texts.of(entry).collect();
                    assert_eq!(found, vec!["text"; number(entries) as usize], "{name} of entry {entries}");
                    entries += 1;
                }
            }
            assert_eq!(entries, ntuple.entries(), "{name}");
        }
    }
}

#[test]
fn what_is_not_read_says_why() {
    let ntuple = open("fields");
    for (name, expected) in [("str", "it holds text"), ("var", "its values are of changing types")] {
        if let BranchKind::Unsupported(reason) = &branch(&ntuple, name).kind {
            assert_eq!(reason, expected, "{name}");
        }
        let e = ntuple.read_branch(branch(&ntuple, name).id).unwrap_err();
        assert!(e.to_string().contains(expected), "{e}");
    }
    let e = ntuple.file().ntuple("T").unwrap_err();
    assert!(e.to_string().ends_with("no RNTuple \"T\"; it has t"), "{e}");
    let e = ntuple.file().tree("t").unwrap_err();
    assert!(e.to_string().ends_with("\"t\" is a ROOT::RNTuple, not a tree"), "{e}");
}

/// Fields that were added while the events were written, three encodings of one field, two groups of clusters.
#[test]
fn additions_and_changes() {
    let ntuple = open("extended");
    assert_eq!(ntuple.borders(), [0, 10, 20, 30, 40, 50, 60]);
    assert_entries(&ntuple, "i", |i| vec![i as f64]);
    assert_entries(&ntuple, "changing", |i| vec![i as f64]);
    let since = |i: u64, first: u64, values: Vec<f64>| if i < first { vec![0.0; values.len()] } else { values };
    assert_entries(&ntuple, "late", |i| since(i, 15, vec![i as f64]));
    assert_entries(&ntuple, "fixed", |i| since(i, 15, vec![i as f64, -(i as f64)]));
    let sizes = |i: u64| if i < 40 { 0 } else { i % 4 };
    assert_entries(&ntuple, "lists", |i| vec![i as f64; sizes(i) as usize]);
    assert_entries(&ntuple, "p", |i| vec![sizes(i) as f64]);
    assert_entries(&ntuple, "p.pt", |i| vec![i as f64; sizes(i) as usize]);
}

/// The importer writes counted arrays as untyped collections, which projected fields show under the names of the tree.
#[test]
fn an_imported_tree() {
    let ntuple = open("imported");
    let names: Vec<&str> = ntuple.branches().iter().map(|b| b.name.as_str()).collect();
    assert_eq!(names, ["i", "Hit_z", "nHit", "Jet_x", "Jet_y", "nJet"]);
    let counter = |name: &str| Shape::Counted { counter: branch(&ntuple, name).id, per: 1 };
    assert_eq!(branch(&ntuple, "Jet_x").values(), Some((Element::F32, counter("nJet"))));
    assert_eq!(branch(&ntuple, "Hit_z").values(), Some((Element::Bool, counter("nHit"))));
    assert_entries(&ntuple, "i", |i| vec![i as f64]);
    assert_entries(&ntuple, "nJet", |i| vec![(i % 4) as f64]);
    assert_entries(&ntuple, "nHit", |i| vec![(i % 3) as f64]);
    assert_entries(&ntuple, "Jet_x", |i| list(i, |v, _| v));
    assert_entries(&ntuple, "Jet_y", |i| list(i, |_, k| -k));
    assert_entries(&ntuple, "Hit_z", |i| (0..i % 3).map(|k| (k % 2) as f64).collect());
    // What is told by the counter is not compared with it.
    let mut scratch = Scratch::default();
    for (lists, is_counted) in [("Jet_x", true), ("Hit_z", true), ("nJet", false)] {
        let basket = ntuple.read_basket(branch(&ntuple, lists).id, 0, &mut scratch).unwrap();
        assert_eq!(basket.is_counted(), is_counted, "{lists}");
    }
}

#[test]
fn blocks_in_several_records() {
    let ntuple = open("chunked");
    assert_entries(&ntuple, "x", |i| (0..20).map(|j| (100 * i + j) as f64).collect());
}

/// The branches of a top field, without the sizes of lists whose members are there too.
fn of_field<'a>(ntuple: &'a Ntuple, field: &str) -> Vec<&'a Branch> {
    let inside = |name: &str| name == field || name.strip_prefix(field).is_some_and(|rest| rest.starts_with('.'));
    let all: Vec<&Branch> = ntuple.branches().iter().filter(|b| inside(&b.name)).collect();
    let parents: Vec<_> = all.iter().filter_map(|b| b.parent).collect();
    all.into_iter().filter(|b| !parents.contains(&b.id)).collect()
}

#[test]
fn every_field_agrees_with_uproot() {
    let Some(shared) = common::shared() else {
        return;
    };
    let text = std::fs::read_to_string(shared.join("data/branch-sums.json")).unwrap();
    let oracle: Value = serde_json::from_str(&text).unwrap();
    let (mut equal, mut wrong, mut refused, mut columns) = (0, vec![], vec![], 0);
    for (name, ntuples) in oracle.as_object().unwrap() {
        let path = shared.join("data").join(name);
        if !name.ends_with(".root") || !common::is_rntuple(&path) {
            continue;
        }
        let file = File::open(&path).unwrap();
        for (ntuple_name, sums) in ntuples.as_object().unwrap() {
            let ntuple = file.ntuple(ntuple_name).unwrap();
            assert_eq!(Some(ntuple.entries()), sums["n"].as_u64(), "{name}");
            for branch in ntuple.branches() {
                match &branch.kind {
                    BranchKind::Unsupported(reason) => refused.push(format!("{name} {}: {reason}", branch.name)),
                    BranchKind::Values { .. } => columns += 1,
                    BranchKind::Texts { .. } => {}
                }
            }
            for (field, expected) in sums["b"].as_object().unwrap() {
                let read: Result<Vec<Column>, _> =
                    of_field(&ntuple, field).iter().map(|b| ntuple.read_branch(b.id)).collect();
                let read = read.unwrap_or_else(|e| panic!("{name} {field}: {e}"));
                match agree(together(read.iter().map(|column| summary(&column.values()))), expected) {
                    Ok(()) => equal += 1,
                    Err(e) => wrong.push(format!("{name} {field}: {e}")),
                }
            }
        }
    }
    println!("counted: RNTuples: {equal} fields equal, {columns} columns read, {} fields refused", refused.len());
    for line in &refused {
        println!("  refused: {line}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(equal > 1000, "{equal}");
}

/// Parts of clusters hold what the clusters hold there, in whatever pieces and order they are read.
#[test]
fn parts_of_clusters() {
    let slice = |values: &Values<'_>, range: std::ops::Range<usize>| -> Vec<Option<u64>> {
        range.map(|i| values.get_f64(i).map(f64::to_bits)).collect()
    };
    let mut compared = 0;
    for name in ["plain", "chunked", "extended", "fields", "imported"] {
        let ntuple = open(name);
        let mut scratch = Scratch::default();
        for branch in ntuple.branches().iter().filter(|branch| branch.values().is_some()) {
            for (cluster, pair) in ntuple.borders().windows(2).enumerate() {
                let whole = ntuple.read_basket(branch.id, cluster, &mut scratch).unwrap();
                let steps = [1, 2, 3, 7, 50].into_iter().filter(|step| (pair[1] - pair[0]) / step < 300);
                for step in steps {
                    let begins: Vec<u64> = (pair[0]..pair[1]).step_by(step as usize).collect();
                    // From the end, or by two threads in turns.
                    for begin in begins.iter().rev().copied().chain(begins.iter().copied()) {
                        let end = pair[1].min(begin + step);
                        let part = ntuple.read_range(branch.id, begin..end, &mut scratch).unwrap();
                        let (from, to) = ((begin - pair[0]) as usize, (end - pair[0]) as usize);
                        assert_eq!((part.first_entry(), part.entries()), (begin, to - from));
                        let starts: Vec<u32> = (from..=to).map(|e| whole.start(e) - whole.start(from)).collect();
                        assert!((0..=to - from).map(|e| part.start(e)).eq(starts.iter().copied()), "{}", branch.path);
                        let (mut first, mut last) = (whole.start(from) as usize, whole.start(to) as usize);
                        if let Some(inner) = whole.inner_starts() {
                            let shifted: Vec<u32> = inner[first..=last].iter().map(|at| at - inner[first]).collect();
                            assert_eq!(part.inner_starts(), Some(shifted.as_slice()), "{}", branch.path);
                            (first, last) = (inner[first] as usize, inner[last] as usize);
                        }
                        assert_eq!(part.len(), last - first, "{}", branch.path);
                        let expected = slice(&whole.values(), first..last);
                        assert_eq!(slice(&part.values(), 0..part.len()), expected, "{}", branch.path);
                        compared += 1;
                    }
                }
            }
        }
        let (last, branch) = (ntuple.entries(), ntuple.branches().iter().find(|b| b.values().is_some()).unwrap());
        assert!(ntuple.read_range(branch.id, last - 1..last + 1, &mut scratch).is_err());
        assert_eq!((ntuple.parts(), ntuple.cluster_of(0)), (ntuple.borders(), 0));
    }
    println!("counted: {compared} parts");
    assert!(compared > 1000, "{compared}");
}

/// Threads that go through halves of an RNTuple, whichever comes first, unpack together what one would alone.
#[test]
fn each_page_is_unpacked_once() {
    let mut pages = 0;
    for name in ["plain", "chunked", "fields"] {
        let listed = open(name);
        for branch in listed.branches().iter().filter(|branch| branch.values().is_some()) {
            let pieces = |ntuple: &Ntuple, entries: std::ops::Range<u64>, scratch: &mut Scratch| {
                scratch.begin_at(entries.start);
                for pair in ntuple.borders().windows(2) {
                    let mut begin = pair[0].max(entries.start);
                    while begin < pair[1].min(entries.end) {
                        let end = pair[1].min(entries.end).min(begin + 7);
                        ntuple.read_range(branch.id, begin..end, scratch).unwrap();
                        begin = end;
                    }
                }
                let spent = scratch.spent();
                [spent.pieces, spent.bytes, spent.unpacked]
            };
            let (alone, together) = (open(name), open(name));
            let mut scratches: [Scratch; 3] = Default::default();
            let [one, other, third] = &mut scratches;
            let alone = pieces(&alone, 0..alone.entries(), third);
            let (middle, end) = (together.entries() / 2 + 3, together.entries());
            let back =
                std::thread::scope(|scope| scope.spawn(|| pieces(&together, middle..end, other)).join().unwrap());
            let front = pieces(&together, 0..middle, one);
            let both: Vec<u64> = front.iter().zip(back).map(|(a, b)| a + b).collect();
            assert_eq!(both, alone, "{name}: {}", branch.path);
            pages += alone[0];
        }
    }
    println!("counted: {pages} pages");
    assert!(pages > 100, "{pages}");
}
