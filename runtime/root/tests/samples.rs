//! The sample files of `tests/data`, whose values follow from the entry number (see `make.py`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use adl_root::{BranchKind, Column, Element, File, Scratch, Shape, Tree};
use common::list;

fn open(name: &str) -> File {
    File::open(format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn read(tree: &Tree, name: &str) -> Column {
    let branch = tree.branch(name).unwrap_or_else(|| panic!("no branch {name}"));
    tree.read_branch(branch.id).unwrap()
}

/// The values of entry `i`.
fn entry(column: &Column, i: u64) -> Vec<f64> {
    column.range(i).map(|k| column.values().get_f64(k).unwrap()).collect()
}

/// Entry `i` of a branch is `expected(i)`.
fn assert_entries(tree: &Tree, name: &str, expected: impl Fn(u64) -> Vec<f64>) {
    let column = read(tree, name);
    assert_eq!(column.entries(), tree.entries());
    for i in 0..tree.entries() {
        assert_eq!(entry(&column, i), expected(i), "{name} entry {i}");
    }
}

#[test]
fn every_layout() {
    let tree = open("layouts.root").tree("t").unwrap();
    type Scalar = (&'static str, Element, fn(f64) -> f64);
    let scalars: [Scalar; 12] = [
        ("o", Element::Bool, |k| k % 2.0),
        ("b", Element::I8, |k| -k % 100.0),
        ("ub", Element::U8, |k| k % 256.0),
        ("s", Element::I16, |k| -k),
        ("us", Element::U16, |k| k),
        ("i", Element::I32, |k| -1000.0 * k),
        ("u", Element::U32, |k| 1000.0 * k),
        ("l", Element::I64, |k| -1099511627776.0 * k),
        ("ul", Element::U64, |k| 1099511627776.0 * k),
        ("f", Element::F32, |k| 0.5 * k),
        ("d", Element::F64, |k| 0.25 * k),
        ("g", Element::I64, |k| -k),
    ];
    for (name, element, value) in scalars {
        assert_eq!(tree.branch(name).unwrap().values(), Some((element, Shape::Scalar)), "{name}");
        assert_entries(&tree, name, |i| vec![value(i as f64)]);
    }
    assert_eq!(tree.branch("fixed").unwrap().values(), Some((Element::F32, Shape::Fixed(6))));
    assert_entries(&tree, "fixed", |i| (0..6).map(|j| (10 * i + j) as f64).collect());
    assert_entries(&tree, "x", |i| list(i, |v, _| v));
    assert_entries(&tree, "y", |i| list(i, |v, _| v).into_iter().flat_map(|v| [v, -v]).collect());
    for name in ["vf", "si", "rv"] {
        assert_eq!(tree.branch(name).unwrap().values().unwrap().1, Shape::Vector);
        assert_entries(&tree, name, |i| list(i, |v, _| v));
    }
    assert_entries(&tree, "vb", |i| list(i, |_, k| k % 2.0));
}

#[test]
fn leaf_lists_and_reduced_floats() {
    let tree = open("layouts.root").tree("t").unwrap();
    assert_entries(&tree, "list/a", |i| vec![i as f64]);
    assert_entries(&tree, "list.b", |i| vec![i as f64, 2.0 * i as f64]);
    assert_entries(&tree, "list/c", |i| vec![-(i as f64)]);
    assert_eq!(tree.branch("range").unwrap().values(), Some((Element::F64, Shape::Scalar)));
    for name in ["range", "half", "mantissa", "plain32"] {
        assert_entries(&tree, name, |i| vec![i as f64]);
    }
}

#[test]
fn lists_of_lists() {
    let tree = open("layouts.root").tree("t").unwrap();
    let column = read(&tree, "vv");
    let inner = column.inner_starts().unwrap();
    for i in 0..tree.entries() {
        let lists: Vec<Vec<f64>> = column
            .range(i)
            .map(|j| (inner[j]..inner[j + 1]).map(|k| column.values().get_f64(k as usize).unwrap()).collect())
            .collect();
        let expected: Vec<Vec<f64>> = (0..i % 4).map(|j| vec![(10 * i + j) as f64; j as usize]).collect();
        assert_eq!(lists, expected, "entry {i}");
    }
}

#[test]
fn what_is_not_read_says_why() {
    let tree = open("layouts.root").tree("t").unwrap();
    let reason = |name: &str| match &tree.branch(name).unwrap().kind {
        BranchKind::Unsupported(reason) => reason.clone(),
        kind => panic!("{name}: {kind:?}"),
    };
    assert_eq!(reason("list"), "it only groups its leaves, which are listed below it");
    let e = tree.read_branch(tree.branch("text").unwrap().id).unwrap_err().to_string();
    assert!(e.starts_with("not supported: it holds text") && e.contains("branch text"), "{e}");
    let e = tree.read_texts(tree.branch("vf").unwrap().id, 0, &mut Scratch::default()).unwrap_err().to_string();
    assert!(e.starts_with("not supported: it holds no texts") && e.contains("branch vf"), "{e}");
}

#[test]
fn texts_and_lists_of_texts() {
    let tree = open("layouts.root").tree("t").unwrap();
    for (name, expected) in [
        ("text", (|k| vec![format!("e{k}")]) as fn(u64) -> Vec<String>),
        ("str", |_| vec!["text".to_string()]),
        ("vs", |k| vec!["text".to_string(); k as usize % 4]),
    ] {
        let id = tree.branch(name).unwrap().id;
        let mut entries = 0;
        for basket in 0..tree.borders(id).len() - 1 {
            let texts = tree.read_texts(id, basket, &mut Scratch::default()).unwrap();
            assert_eq!(texts.first_entry(), entries);
            for entry in 0..texts.entries() {
                let found: Vec<_> = texts.of(entry).collect();
                assert_eq!(found, expected(entries), "{name} of entry {entries}");
                entries += 1;
            }
        }
        assert_eq!(entries, tree.entries(), "{name}");
    }
}

/// Of entries before the first that a branch has (20000), lists are empty and real numbers missing; whole numbers are nothing
/// that could be missing.
#[test]
fn branches_that_came_late() {
    const FIRST: u64 = 20_000;
    let tree = open("late.root").tree("t").unwrap();
    assert_eq!(tree.entries(), FIRST + 30);
    let read = |name: &str| tree.read_branch(tree.branch(name).unwrap().id).unwrap();
    let number = |column: &Column, at: usize| column.values().get_f64(at).unwrap();
    for (name, per, sign) in [("x", 1, 1.0), ("d", 1, -1.0), ("fixed", 2, 1.0)] {
        let column = read(name);
        assert_eq!(column.values().len() as u64, (FIRST + 30) * per, "{name}");
        for k in 0..FIRST + 30 {
            let value = number(&column, column.range(k).start);
            if k < FIRST { assert!(value.is_nan(), "{name} {k}") } else { assert_eq!(value, sign * k as f64, "{name}") }
        }
    }
    let sizes = read("m");
    for name in ["xs", "v", "vv"] {
        let column = read(name);
        for k in 0..FIRST + 30 {
            let (range, size) = (column.range(k), if k < FIRST { 0 } else { k % 4 });
            assert_eq!((range.len() as u64, number(&sizes, k as usize)), (size, size as f64), "{name} {k}");
            if name != "vv" {
                let values: Vec<f64> = range.map(|at| number(&column, at)).collect();
                assert_eq!(values, (0..size).map(|j| (k + j) as f64).collect::<Vec<_>>(), "{name} {k}");
            }
        }
    }
    let BranchKind::Unsupported(reason) = &tree.branch("i").unwrap().kind else { panic!() };
    assert_eq!(reason, "it begins at entry 20000, and has no value before");
}

#[test]
fn directories_cycles_and_tuples() {
    let file = open("layouts.root");
    assert_eq!(file.root_version(), "6.40.00");
    assert_eq!(file.uuid().len(), 36);
    let trees: Vec<_> = file.trees().into_iter().map(|t| (t.path, t.cycle, t.entries)).collect();
    let expected = [("t", 1, 60), ("nt", 1, 5), ("dir/sub/cycles", 2, 7)];
    assert_eq!(trees, expected.map(|(path, cycle, n)| (path.to_string(), cycle, n)));
    assert_eq!(file.tree("dir/sub/cycles;1").unwrap().entries(), 3);
    assert_eq!(file.tree("dir/sub/cycles").unwrap().read_i64("v").unwrap(), [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(file.tree("nt").unwrap().read_f64("b").unwrap(), [0.0, -1.0, -2.0, -3.0, -4.0]);
    assert!(file.tree("nt").unwrap().read_i64("b").is_err());
    assert!(file.tree("cycles").is_err());
}

#[test]
fn offsets_made_from_counters_and_sizes() {
    let tree = open("offsets.root").tree("t").unwrap();
    assert_eq!(tree.entries(), 160);
    assert_entries(&tree, "n", |i| vec![(i % 4) as f64]);
    assert_entries(&tree, "x", |i| list(i, |v, _| v));
    assert_entries(&tree, "v", |i| list(i, |v, _| v));
    // The members of a split vector: sizes in the place of offsets.
    assert_entries(&tree, "p", |i| vec![(i % 4) as f64]);
    assert_entries(&tree, "p.pt", |i| list(i, |v, _| v));
    assert_entries(&tree, "p.phi", |i| list(i, |v, _| v));
    assert_entries(&tree, "p.charge", |i| list(i, |_, k| -k));
    assert_entries(&tree, "p/p.cov[2]", |i| list(i, |v, _| v).into_iter().flat_map(|v| [v, -v]).collect());
    // The members of a split object.
    assert_entries(&tree, "sum.run", |i| vec![i as f64]);
    assert_entries(&tree, "sum./sum.met[3]", |i| vec![1.0, 2.0, i as f64]);
    assert_entries(&tree, "sum.weights", |i| vec![i as f64; (i % 4) as usize]);
    let borders = tree.borders(tree.branch("x").unwrap().id);
    assert!(borders.len() > 4 && borders.is_sorted(), "{borders:?}");
    assert_ne!(borders, tree.borders(tree.branch("n").unwrap().id));
}

#[test]
fn a_file_that_was_not_closed() {
    let file = open("unclosed.root");
    assert_eq!(file.problems().len(), 1);
    let tree = file.tree("t").unwrap();
    assert_eq!(tree.entries(), 8);
    assert_entries(&tree, "x", |i| list(i, |v, _| v));
    assert_entries(&tree, "p.pt", |i| list(i, |v, _| v));
    // Without class descriptions the packing of a Double32_t is not known.
    let BranchKind::Unsupported(reason) = &tree.branch("p.phi").unwrap().kind else { panic!() };
    assert_eq!(reason, "the file does not describe its reduced floats");
}

/// `big.pieces`: what is not a hole of a file of 5 GB, each piece with its position and size in front.
#[test]
fn a_file_of_five_gigabytes() {
    use std::io::{Seek, SeekFrom, Write};
    let dir = env!("CARGO_MANIFEST_DIR");
    let mut pieces: &[u8] = &std::fs::read(format!("{dir}/tests/data/big.pieces")).unwrap();
    let path = format!("{}/big.root", env!("CARGO_TARGET_TMPDIR"));
    let mut file = std::fs::File::create(&path).unwrap();
    while let Some((head, rest)) = pieces.split_first_chunk::<16>() {
        let number = |at: usize| u64::from_be_bytes(*head[at..].first_chunk().unwrap());
        let (piece, rest) = rest.split_at(number(8) as usize);
        file.seek(SeekFrom::Start(number(0))).unwrap();
        file.write_all(piece).unwrap();
        pieces = rest;
    }
    drop(file);
    let file = File::open(&path).unwrap();
    assert!(file.size() > 5_000_000_000 && file.problems().is_empty());
    let trees: Vec<_> = file.trees().into_iter().map(|t| (t.path, t.entries)).collect();
    assert_eq!(trees, [("t".to_string(), 100), ("dir/n".to_string(), 5)]);
    assert_eq!(file.tree("t").unwrap().read_i64("v").unwrap(), (0..100).collect::<Vec<i64>>());
    assert_eq!(file.tree("dir/n").unwrap().read_f64("x").unwrap(), [0.0, 1.0, 2.0, 3.0, 4.0]);
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn friends_are_listed() {
    let file = open("friends.root");
    let tree = file.tree("t").unwrap();
    let friends: Vec<_> = tree.friends().iter().map(|f| (f.name.as_str(), f.tree.as_str(), f.file.as_str())).collect();
    assert_eq!(friends, [("other", "other", ""), ("alias", "far", "friends_far.root")]);
    assert!(file.tree("other").unwrap().friends().is_empty());
}
