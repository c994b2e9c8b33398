//! Trees that belong together entry by entry: friends, and trees of one name in several folders.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use adl_runtime::reader::{self, FileReader, Scratch};
use adl_runtime::schema::Shape;

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("root/tests/data").join(name)
}

fn open(name: &str, tree: &str) -> Arc<dyn FileReader> {
    reader::open(&sample(name), Some(tree), &[]).unwrap()
}

/// The values of a column.
fn values(file: &dyn FileReader, name: &str) -> Vec<f64> {
    let column = file.schema().columns.iter().position(|c| c.name == name).unwrap_or_else(|| panic!("no {name}"));
    let mut scratch = Scratch::default();
    let segments = 0..file.borders(column).len() - 1;
    let decoded = segments.map(|segment| file.decode(column, segment, &mut scratch).unwrap());
    decoded.flat_map(|s| (0..s.len()).map(|i| s.values().get_f64(i).unwrap()).collect::<Vec<_>>()).collect()
}

#[test]
fn friends_of_a_tree_are_its_columns() {
    let file = open("friends.root", "t");
    let names: Vec<&str> = file.schema().columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["x", "other.x", "alias.x"]);
    assert_eq!(values(file.as_ref(), "x"), [0.0, 4.0, 8.0, 12.0, 16.0]);
    assert_eq!(values(file.as_ref(), "other.x"), [0.0, 3.0, 6.0, 9.0, 12.0]);
    assert_eq!(values(file.as_ref(), "alias.x"), [0.0, 5.0, 10.0, 15.0, 20.0]);
}

#[test]
fn a_friend_that_is_not_there_is_told() {
    let alone = Path::new(env!("CARGO_TARGET_TMPDIR")).join("alone.root");
    std::fs::copy(sample("friends.root"), &alone).unwrap();
    let file = reader::open(&alone, Some("t"), &[]).unwrap();
    let column = file.schema().column("alias").unwrap();
    let Shape::Unsupported(why) = &column.shape else { panic!("{column:?}") };
    assert!(why.starts_with("a friend that cannot be read: ") && why.contains("friends_far.root"), "{why}");
    assert_eq!(file.schema().columns.len(), 3);
}

#[test]
fn trees_of_one_name_are_one() {
    let file = reader::open(&sample("friends.root"), None, &["Events"]).unwrap();
    assert_eq!((file.schema().tree.as_str(), file.schema().events), ("*/Events", 5));
    assert_eq!(values(file.as_ref(), "mya_x"), [0.0, 1.0, 2.0, 3.0, 4.0]);
    assert_eq!(values(file.as_ref(), "myb_x"), [0.0, 2.0, 4.0, 6.0, 8.0]);
    let error = reader::open(&sample("friends.root"), Some("*/Ruins"), &[]).err().unwrap();
    assert!(error.message.contains("no folder with a tree Ruins"), "{error}");
    // One tree of that name in the samples with layouts, in a folder of a folder.
    assert!(reader::open(&sample("layouts.root"), None, &["cycles"]).is_err());
}

#[test]
fn the_trees_of_a_poet_file() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().parent().unwrap().join("shared/data");
    let path = shared.join("POET__myoutput_b.root");
    if !path.is_file() {
        println!("skipped: no shared data beside the repository");
        return;
    }
    let file = reader::open(&path, None, &["events", "Events"]).unwrap();
    assert_eq!((file.schema().tree.as_str(), file.schema().events), ("*/Events", 10));
    // Its counters count what it did not write too: columns of one tree have as many values as each other.
    for (name, other, count) in
        [("muon_pt", "muon_eta", 8), ("electron_pt", "electron_eta", 22), ("jet_pt", "jet_eta", 735)]
    {
        let (one, two) = (values(file.as_ref(), name).len(), values(file.as_ref(), other).len());
        assert_eq!(one, two, "{name}");
        assert_eq!(one, count, "{name}");
    }
}
