//! The same events in every codec and basket size, and with and without entry offsets: equal columns.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use adl_root::{File, Scratch, Shape, Tree};

/// The largest tree of a file.
fn largest(file: &File) -> Tree {
    let info = file.trees().into_iter().max_by_key(|info| info.entries).unwrap();
    file.tree(&info.path).unwrap()
}

/// Every branch of `one` has the same values and starts in `other`; the number of branches and of values.
fn assert_same(one: &Tree, other: &Tree) -> (usize, usize) {
    assert_eq!(one.entries(), other.entries());
    let mut values = 0;
    for branch in one.branches() {
        let twin = other.branch(&branch.path).unwrap();
        let label = format!("{} and {}: {}", one.file().path().display(), other.file().path().display(), branch.path);
        assert_eq!(branch.values().map(|v| v.0), twin.values().map(|v| v.0), "{label}");
        let (a, b) = (one.read_branch(branch.id).unwrap(), other.read_branch(twin.id).unwrap());
        assert!(same_bits(&a.values(), &b.values()), "{label}");
        assert_eq!(a.starts(), b.starts(), "{label}");
        values += a.values().len();
    }
    (one.branches().len(), values)
}

/// Equal, where a NaN equals a NaN.
fn same_bits(a: &adl_root::Values<'_>, b: &adl_root::Values<'_>) -> bool {
    let bits = |v: &adl_root::Values<'_>, i| (v.get_f64(i).map(f64::to_bits), v.get_i64(i));
    a.len() == b.len() && (0..a.len()).all(|i| bits(a, i) == bits(b, i))
}

#[test]
fn codecs_and_basket_sizes() {
    let Some(shared) = common::shared() else {
        return;
    };
    let files = common::root_files(&shared.join("data/run2012b-small"));
    let files: Vec<_> = files.iter().filter(|path| !common::is_rntuple(path)).collect();
    let first = largest(&File::open(files[0]).unwrap());
    for path in &files[1..] {
        let other = largest(&File::open(path).unwrap());
        let (branches, values) = assert_same(&first, &other);
        let baskets: usize = other.branches().iter().map(|b| other.borders(b.id).len() - 1).sum();
        println!("{}: {branches} branches, {values} values, {baskets} baskets equal", path.display());
    }
    assert!(files.len() >= 6, "zlib, lz4, zstd, lzma, none, many baskets");
    // The entry offsets of LZ4 are left where they are; those of zlib are not.
    for (codec, is_counted) in [("lz4", true), ("zlib", false)] {
        let path = files.iter().find(|path| path.to_string_lossy().contains(codec)).unwrap();
        let tree = largest(&File::open(path).unwrap());
        let jets = tree.branch("Jet_pt").unwrap().id;
        assert_eq!(tree.read_basket(jets, 0, &mut Scratch::default()).unwrap().is_counted(), is_counted, "{codec}");
    }
}

#[test]
fn with_and_without_entry_offsets() {
    let Some(shared) = common::shared() else {
        return;
    };
    let open = |name: &str| {
        let path = shared.join(format!("data/scikit-hep-testdata__uproot-small-dy-{name}.root"));
        File::open(path).unwrap().tree("tree").unwrap()
    };
    let (without, with) = (open("nooffsets"), open("withoffsets"));
    println!("{:?} branches and values equal", assert_same(&without, &with));
    // Baskets of the counter and of what it counts do not begin at the same entries.
    let jets = without.branch("Jet_pt").unwrap();
    let Some((_, Shape::Counted { counter, .. })) = jets.values() else { panic!("{jets:?}") };
    println!("borders of Jet_pt {:?}, of its counter {:?}", without.borders(jets.id), without.borders(counter));
}

#[test]
fn a_basket_says_where_its_entries_are() {
    let Some(shared) = common::shared() else {
        return;
    };
    let file = File::open(shared.join("data/run2012b-small/events_manybaskets.root")).unwrap();
    let tree = largest(&file);
    let mut scratch = Scratch::default();
    for name in ["nMuon", "Muon_pt", "MET_pt"] {
        let branch = tree.branch(name).unwrap().id;
        let whole = tree.read_branch(branch).unwrap();
        let borders = tree.borders(branch);
        assert_eq!((borders[0], borders[borders.len() - 1]), (0, tree.entries()));
        for (i, pair) in borders.windows(2).enumerate() {
            let basket = tree.read_basket(branch, i, &mut scratch).unwrap();
            assert_eq!((basket.first_entry(), basket.entries() as u64), (pair[0], pair[1] - pair[0]));
            for entry in 0..basket.entries() {
                let (from, to) = (basket.start(entry) as usize, basket.start(entry + 1) as usize);
                let range = whole.range(pair[0] + entry as u64);
                assert_eq!(to - from, range.len());
                for (k, at) in range.enumerate() {
                    assert_eq!(basket.values().get_f64(from + k), whole.values().get_f64(at));
                }
            }
        }
    }
}

#[test]
fn damage_is_told_with_file_branch_and_byte() {
    let Some(shared) = common::shared() else {
        return;
    };
    let path = shared.join("data/scikit-hep-testdata__uproot-HZZ-zstd.root");
    let bytes = std::fs::read(&path).unwrap();
    let tree = File::from_bytes("cut.root", bytes.clone()).unwrap().tree("events").unwrap();
    assert!(tree.branch("no_such").is_none());
    let e = File::open(&path).unwrap().tree("Events").unwrap_err();
    assert!(e.to_string().ends_with("no tree \"Events\"; it has events"), "{e}");
    let e = tree.read_basket(tree.branch("NJet").unwrap().id, 999, &mut Scratch::default()).unwrap_err();
    assert_eq!(e.to_string(), "branch NJet has no basket 999");
    // Every byte after the header and the first records is lost.
    let e = File::from_bytes("cut.root", bytes[..5000].to_vec()).unwrap_err().to_string();
    assert!(e.starts_with("the file is truncated: ") && e.contains("cut.root, at byte"), "{e}");
}
