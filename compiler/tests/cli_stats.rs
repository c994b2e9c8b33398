//! `adlc schema --stats`: the same events in three layouts have the same numbers; sums by another program agree.

#![allow(clippy::unwrap_used, clippy::panic)] // A test that cannot be run fails.

mod binary;

use std::collections::BTreeMap;

use binary::{Bench, example};
use serde_json::Value;

fn stats(bench: &Bench, file: &str) -> Vec<Value> {
    let json: Value = serde_json::from_str(&bench.succeeds(&["schema", file, "--stats", "--json"]).out).unwrap();
    json["trees"].as_array().unwrap().clone()
}

/// By column: unit, count, sum, minimum, maximum, values that are not finite.
fn by_name(tree: &Value) -> BTreeMap<String, [Value; 6]> {
    let columns = tree["columns"].as_array().unwrap();
    let parts = ["unit", "count", "sum", "min", "max", "non_finite"];
    columns.iter().map(|c| (c["name"].as_str().unwrap().to_owned(), parts.map(|p| c[p].clone()))).collect()
}

#[test]
fn layouts_of_the_same_events_have_the_same_numbers() {
    let bench = Bench::new("stats");
    let root = stats(&bench, &example("data/dy.root"));
    let names: Vec<&str> = root.iter().map(|t| t["tree"].as_str().unwrap()).collect();
    assert_eq!(names, ["Events", "Runs"]);
    let events = by_name(&root[0]);
    assert_eq!(events["nMuon"][2].as_i64(), events["Muon_pt"][1].as_i64(), "{:?}", events["Muon_pt"]);
    assert_eq!(events["Muon_pt"][0], "GeV");
    for other in ["dy.parquet", "dy_nested.parquet"] {
        let other = stats(&bench, &example(&format!("data/{other}")));
        let other = by_name(&other[0]);
        let mut compared = 0;
        for (name, numbers) in &events {
            if let Some(same) = other.get(name) {
                assert_eq!(numbers[1..], same[1..], "{name}");
                compared += 1;
            }
        }
        assert!(compared > 20, "{compared} columns compared");
    }
}

#[test]
fn stats_are_read_by_people_too() {
    let bench = Bench::new("stats-text");
    let text = bench.succeeds(&["schema", &example("data/dy.root"), "--stats"]).out;
    for part in ["tree Events, 3167 events", "minimum", "\nMuon_pt ", "f32[]  GeV", "tree Runs, 1 events"] {
        assert!(text.contains(part), "{part:?} in {text}");
    }
    let runs = bench.succeeds(&["schema", &example("data/dy.root"), "--stats", "--tree", "Runs"]).out;
    assert!(!runs.contains("Muon_pt"), "{runs}");
    bench.fails(2, &["schema", "--stats"], &["FILE"]);
    bench.fails(5, &["schema", "nothing.root", "--stats"], &["there is no such file"]);
}

#[test]
fn sums_of_every_tree_of_a_file() {
    let shared = binary::root().parent().unwrap().join("shared/data");
    let file = shared.join("POET__myoutput_b.root");
    if !file.is_file() {
        println!("skipped: no shared data beside the repository");
        return;
    }
    let bench = Bench::new("stats-poet");
    let text = std::fs::read_to_string(shared.join("branch-sums.json")).unwrap();
    let oracle: Value = serde_json::from_str(&text).unwrap();
    let (mut compared, mut refused) = (0, 0);
    for tree in stats(&bench, file.to_str().unwrap()) {
        let expected = &oracle["POET__myoutput_b.root"][format!("{};1", tree["tree"].as_str().unwrap())]["b"];
        for column in tree["columns"].as_array().unwrap() {
            let name = column["name"].as_str().unwrap();
            let Some(expected) = expected.get(name) else { continue };
            if column.get("not_read").is_some() {
                refused += 1;
                continue;
            }
            for (place, part) in ["count", "sum", "min", "max", "non_finite"].iter().enumerate() {
                let (a, b) = (column[part].as_f64(), expected[place].as_f64());
                let close = |(a, b): (f64, f64)| (a - b).abs() <= 1e-9 * a.abs().max(b.abs());
                assert!(a.zip(b).map_or(b.is_none() || column["count"] == 0, close), "{name} {part}: {a:?} {b:?}");
            }
            compared += 1;
        }
    }
    println!("counted: {compared} columns of 8 trees agree, {refused} are not read");
    assert!(compared > 100);
}
