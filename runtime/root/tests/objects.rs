//! Objects that are not split, and unsplit members of split ones: `tests/data/objects.root`, whose values follow from the
//! entry number (see `make.py`). The objects of entry k are made from q = 10 k + j, j < k % 4.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use adl_root::{BranchKind, Column, Element, File, Scratch, Shape, Tree};

fn open(name: &str) -> Tree {
    let path = format!("{}/tests/data/objects.root", env!("CARGO_MANIFEST_DIR"));
    File::open(path).unwrap().tree(name).unwrap()
}

fn read(tree: &Tree, name: &str) -> Column {
    let branch = tree.branch(name).unwrap_or_else(|| panic!("no branch {name}"));
    tree.read_branch(branch.id).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The values of an entry, through all lists.
fn entry(column: &Column, i: u64) -> Vec<f64> {
    let range = column.range(i);
    let range = match column.inner_starts() {
        Some(inner) => inner[range.start] as usize..inner[range.end] as usize,
        None => range,
    };
    range.map(|k| column.values().get_f64(k).unwrap()).collect()
}

/// Each object of each entry has these values.
fn assert_objects(tree: &Tree, name: &str, value: impl Fn(f64) -> Vec<f64>) {
    let column = read(tree, name);
    for k in 0..tree.entries() {
        let expected: Vec<f64> = (0..k % 4).flat_map(|j| value((10 * k + j) as f64)).collect();
        assert_eq!(entry(&column, k), expected, "{} {name} entry {k}", tree.path());
    }
}

/// The one object of each entry has these values.
fn assert_single(tree: &Tree, name: &str, value: impl Fn(f64) -> Vec<f64>) {
    let column = read(tree, name);
    for k in 0..tree.entries() {
        assert_eq!(entry(&column, k), value(k as f64), "{} {name} entry {k}", tree.path());
    }
}

/// The texts of all entries.
fn texts(tree: &Tree, name: &str) -> Vec<Vec<String>> {
    let branch = tree.branch(name).unwrap_or_else(|| panic!("no branch {name}"));
    assert!(branch.texts().is_some(), "{name}: {:?}", branch.kind);
    let mut all = vec![];
    for basket in 0..tree.borders(branch.id).len() - 1 {
        let texts =
            tree.read_texts(branch.id, basket, &mut Scratch::default()).unwrap_or_else(|e| panic!("{name}: {e}"));
        all.extend((0..texts.entries()).map(|entry| texts.of(entry).map(String::from).collect()));
    }
    all
}

fn times(n: f64, value: f64) -> Vec<f64> {
    vec![value; n as usize]
}

fn shape(tree: &Tree, name: &str) -> (Element, Shape) {
    tree.branch(name)
        .unwrap_or_else(|| panic!("no branch {name}"))
        .values()
        .unwrap_or_else(|| panic!("{name} is not read"))
}

fn reason(tree: &Tree, name: &str) -> String {
    match &tree.branch(name).unwrap_or_else(|| panic!("no branch {name}")).kind {
        BranchKind::Unsupported(reason) => reason.clone(),
        kind => panic!("{name}: {kind:?}"),
    }
}

#[test]
fn four_vectors() {
    for tree in ["unsplit", "split"].map(open) {
        for (at, member) in ["fP.fX", "fP.fY", "fP.fZ", "fE"].into_iter().enumerate() {
            let at = at as f64;
            assert_objects(&tree, &format!("vlv.{member}"), |q| vec![q + at]);
            assert_single(&tree, &format!("lv.{member}"), |k| vec![k + at]);
            assert_single(&tree, &format!("track.p4.{member}"), |k| vec![k + at]);
            assert_single(&tree, &format!("pl.p4.{member}"), |k| vec![k + at]);
        }
        assert_objects(&tree, "vpe.fCoordinates.fPt", |q| vec![q]);
        assert_objects(&tree, "vpe.fCoordinates.fM", |_| vec![3.0]);
        assert_single(&tree, "pe.fCoordinates.fEta", |_| vec![1.0]);
    }
    let split = open("split");
    assert_objects(&split, "lorentz.fP.fZ", |q| vec![q + 2.0]);
    assert_eq!(shape(&split, "vlv.fP.fX"), (Element::F64, Shape::Vector));
    assert_eq!(shape(&split, "lv.fE"), (Element::F64, Shape::Scalar));
    assert!(matches!(shape(&split, "clones.p4.fE"), (Element::F64, Shape::Counted { per: 1, .. })));
}

#[test]
fn members_of_one_object() {
    for tree in ["unsplit", "split"].map(open) {
        assert_single(&tree, "track.pt", |k| vec![k + 0.5]);
        assert_single(&tree, "track.vf", |k| times(k % 2.0 + 1.0, k + 0.25));
        assert_single(&tree, "track.hits.e", |k| vec![k + 0.5, k + 0.75]);
        assert_single(&tree, "track.hits.id", |k| vec![k, k + 1.0]);
        assert_single(&tree, "track.vh.id", |k| times(k % 3.0, 7.0 * k));
        assert_single(&tree, "track.tail", |k| vec![1.5 * k]);
        assert_single(&tree, "track.ta", |k| (0..k as usize % 3).map(|i| k + i as f64).collect());
        assert_single(&tree, "track.last", |k| vec![-k]);
        assert_single(&tree, "track.deep", |k| times((k % 2.0 + 1.0) * 2.0 * (k % 3.0), k));
        assert_single(&tree, "track.vd", |k| times(k % 2.0, k));
        assert_single(&tree, "pl.n", |k| vec![k]);
        assert_single(&tree, "pl.hits", |k| times(k % 3.0, k));
        assert_single(&tree, "pl.one.e", |k| vec![k + 0.5]);
        assert_single(&tree, "pl.two.e", |k| vec![k, 2.0 * k]);
        assert_single(&tree, "pl.vv", |k| times(k % 3.0 * 2.0, k));
        assert_single(&tree, "arr", |k| vec![k, 2.0 * k, 3.0 * k]);
        assert_eq!(shape(&tree, "track.deep").1, Shape::Deep);
        assert_eq!(shape(&tree, "pl.vv").1, Shape::Nested);
        assert_eq!(texts(&tree, "str"), vec![vec!["text".to_string()]; 6]);
    }
    let unsplit = open("unsplit");
    assert_single(&unsplit, "pl.b", |k| vec![3.0 * k]);
    assert_objects(&unsplit, "vp.b", |q| vec![3.0 * q]);
    assert_single(&unsplit, "track.h", |k| (0..k as usize % 3).map(|i| 100.0 * k + i as f64).collect());
    assert_single(&unsplit, "track.arr", |k| vec![k, 2.0 * k, 3.0 * k]);
    assert_single(&unsplit, "track.d", |k| vec![k, 1.0]);
    assert_eq!(reason(&unsplit, "track.name"), "text (a TString)");
    assert_eq!(reason(&unsplit, "track."), "it holds objects, whose members are listed below it");
}

#[test]
fn members_of_many_objects() {
    for tree in ["unsplit", "split"].map(open) {
        assert_objects(&tree, "vp.n", |q| vec![q]);
        assert_objects(&tree, "vp.hits", |q| times(q % 3.0, q));
        assert_objects(&tree, "vp.p4.fP.fY", |q| vec![q + 1.0]);
        assert_objects(&tree, "vp.vh.e", |q| times(q % 2.0, q + 1.0));
        assert_objects(&tree, "vp.one.id", |q| vec![q]);
        assert_objects(&tree, "vp.two.e", |q| vec![q, 2.0 * q]);
        assert_objects(&tree, "vp.lv.fCoordinates.fPt", |q| vec![q]);
        assert_objects(&tree, "vp.vv", |q| times(q % 3.0 * 2.0, q));
        assert_objects(&tree, "vp.vb", |q| times(q % 3.0, 1.0));
        assert_objects(&tree, "vh.e", |q| vec![q]);
        assert_objects(&tree, "vpair.second", |q| vec![0.5 * q]);
        assert_objects(&tree, "vvh.e", |q| times(q % 10.0, q));
        assert_objects(&tree, "deep", |q| times(2.0 * (q % 10.0), q));
        // One list of hits per object.
        let hits = read(&tree, "vp.hits");
        let sizes: Vec<u64> = hits.inner_starts().unwrap().windows(2).map(|w| w[1] - w[0]).collect();
        let expected: Vec<u64> = (0..6).flat_map(|k| (0..k % 4).map(move |j| (10 * k + j) % 3)).collect();
        assert_eq!(sizes, expected);
    }
}

#[test]
fn members_of_a_clones_array() {
    let split = open("split");
    assert_objects(&split, "clones.vf", |q| times(q % 2.0 + 1.0, q + 0.25));
    assert_objects(&split, "clones.p4.fP.fX", |q| vec![q]);
    assert_objects(&split, "clones.hits.e", |q| vec![q + 0.5, q + 0.75]);
    assert_objects(&split, "clones.d[2]", |q| vec![q % 16.0, 1.0]);
    assert_objects(&split, "clones.vh.id", |q| times(q % 3.0, 7.0 * q));
    assert_objects(&split, "clones.ta", |q| (0..q as usize % 3).map(|i| q + i as f64).collect());
    assert_objects(&split, "clones.deep", |q| times((q % 2.0 + 1.0) * 2.0 * (q % 3.0), q));
    assert_objects(&split, "clones.vd", |q| times(q % 2.0, q));
    assert_objects(&split, "clones.h", |q| (0..q as usize % 3).map(|i| 100.0 * q + i as f64).collect());
    let of_objects = |text: fn(usize) -> String| -> Vec<Vec<String>> {
        (0..6).map(|k| (0..k % 4).map(|j| text(10 * k + j)).collect()).collect()
    };
    assert_eq!(texts(&split, "clones.s"), of_objects(|q| "x".repeat(q % 4)));
    assert_eq!(texts(&split, "vp.label"), of_objects(|q| "a".repeat(q % 3)));
    assert_eq!(texts(&split, "pl.label"), (0..6).map(|k| vec!["a".repeat(k % 3)]).collect::<Vec<_>>());
    assert_eq!(texts(&split, "track.name"), (0..6).map(|k| vec![format!("t{k}")]).collect::<Vec<_>>());
    assert_objects(&split, "clones.m.first", |q| vec![q]);
    assert_objects(&split, "clones.m.second", |q| vec![2.0 * q]);
    let unsplit = open("unsplit");
    assert_single(&unsplit, "track.m.first", |k| vec![k]);
    assert_single(&unsplit, "track.m.second", |k| vec![2.0 * k]);
}

/// `arrays.root` (see `make_arrays.py`): not split, its objects are stored member by member.
#[test]
fn arrays_that_members_size_and_maps() {
    let file = File::open(format!("{}/tests/data/arrays.root", env!("CARGO_MANIFEST_DIR"))).unwrap();
    for tree in ["unsplit", "split"].map(|name| file.tree(name).unwrap()) {
        let array = |n: f64, value: &dyn Fn(f64) -> f64| (0..n as usize).map(|i| value(i as f64)).collect::<Vec<f64>>();
        assert_objects(&tree, "hits.n", |q| vec![q % 3.0]);
        assert_objects(&tree, "hits.e", |q| array(q % 3.0, &|i| q + i));
        assert_objects(&tree, "hits.s", |q| array(q % 2.0, &|i| -q - i));
        assert_objects(&tree, "hits.d", |q| array(q % 3.0, &|i| 2.0 * q + i));
        assert_objects(&tree, "hits.tail", |q| vec![q + 0.5]);
        assert_objects(&tree, "m.first", |q| vec![q]);
        assert_objects(&tree, "m.second", |q| vec![0.5 * (q / 10.0).floor()]);
    }
}

#[test]
fn references_name_the_objects_that_they_refer_to() {
    for tree in ["unsplit", "split"].map(open) {
        let (refs, last) = (read(&tree, "refs"), read(&tree, "ref"));
        assert_eq!(refs.element(), Element::U32);
        for k in 0..tree.entries() {
            let all = entry(&refs, k);
            assert_eq!(all.len() as u64, k % 4);
            if let Some(id) = all.last() {
                assert_eq!(entry(&last, k), [*id]);
            }
        }
    }
    // The ids are those of the objects.
    let split = open("split");
    let (refs, ids) = (read(&split, "refs"), read(&split, "clones.fUniqueID"));
    for k in 0..split.entries() {
        assert_eq!(entry(&refs, k), entry(&ids, k), "entry {k}");
    }
}
