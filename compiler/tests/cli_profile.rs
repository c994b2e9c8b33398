//! `adlc profile`: the tables, the JSON, and counters that are exact.

#![allow(clippy::unwrap_used)] // A test that cannot be run fails.

mod binary;

use std::path::Path;

use adl_root::write::{Branch, Directory, FileWriter, Lists, TreeWriter};
use adl_root::{Element, Values};
use binary::{Bench, example, root};
use serde_json::Value;

/// Events of the made-up files.
const EVENTS: usize = 40 * 1024;

/// Two cuts, and a column behind each.
const BEHIND: &str = "\
adl 2026
region rare
  select trigger == 1
  histo far, \"far\", 10, 0, 1, far
  select near > 0.5
  histo last, \"last\", 10, 0, 1, last
";

/// A JSON document without times, memory and paths.
fn masked(mut document: Value) -> Value {
    match &mut document {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                match name.as_str() {
                    "seconds" if value.is_number() => *value = Value::from("TIME"),
                    "read" | "decompress" | "decode" if value.is_number() => *value = Value::from("TIME"),
                    "share" | "samples" | "no_line" => *value = Value::from("SAMPLED"),
                    "peak_memory" => *value = Value::from("MEMORY"),
                    "analysis" => *value = Value::from("ANALYSIS"),
                    _ => *value = masked(value.take()),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = masked(item.take())),
        _ => {}
    }
    document
}

fn profile(bench: &Bench, arguments: &[&str]) -> Value {
    let arguments = [&["profile"], arguments, &["--json"]].concat();
    serde_json::from_str(&bench.succeeds(&arguments).out).unwrap()
}

/// A field of a column of a profile.
fn of_column(profile: &Value, column: &str, field: &str) -> u64 {
    let columns = profile["columns"].as_array().unwrap();
    let found = columns.iter().find(|c| c["column"] == column);
    found.unwrap()[field].as_u64().unwrap()
}

#[test]
fn tables_and_json_have_stages_and_columns() {
    let bench = Bench::new("profile");
    let files = [example("zmumu.adl"), example("data/dy.root")];
    let arguments = files.each_ref().map(String::as_str);
    let text = bench.succeeds(&[&["profile"], &arguments[..]].concat()).out;
    for part in ["3167 events of 1 file", "before the first event", "event loop, all threads", "decompress", "Muon_pt"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    let document = masked(profile(&bench, &arguments));
    assert_eq!(document["events"], 3167);
    assert_eq!(document["start"].as_array().unwrap().len(), 3);
    let stages: Vec<&str> = document["loop"].as_array().unwrap().iter().map(|s| s["stage"].as_str().unwrap()).collect();
    assert_eq!(stages, ["read", "decompress", "decode", "compute", "fill", "merge", "other"]);
    assert!(!bench.path("out").exists());
    // The columns of `check` are those that are read, and what their lists are counted by.
    let listed = bench.succeeds(&[&["check"], &arguments[..], &["--json"]].concat()).out;
    for column in document["columns"].as_array().unwrap() {
        let name = column["column"].as_str().unwrap();
        assert!(listed.contains(&format!("\"{name}\"")) || name == "nMuon", "{name}: {listed}");
        assert_eq!(column["seconds"]["decode"], "TIME");
    }
    bench.fails(2, &["profile", &example("zmumu.adl")], &["a profile needs events"]);
}

/// The events of `behind.adl`: the trigger fires in batches 3 and 17, and `near` passes in the latter. Baskets of two
/// batches. `profile/make.py` makes the same in other formats.
fn write_baskets(path: &Path) {
    let mut file = FileWriter::create(path).unwrap();
    let branch = |name: &str, element| Branch { name: name.to_owned(), element, lists: Lists::None };
    let real = |name| branch(name, Element::F32);
    let branches = vec![branch("trigger", Element::I32), real("far"), real("near"), real("last"), real("never")];
    let mut tree = TreeWriter::new(Directory::TOP, "Events", "", branches).unwrap();
    for first in (0..EVENTS).step_by(2048) {
        let events = first..first + 2048;
        let trigger: Vec<i32> = events.clone().map(|at| i32::from(at == 3 * 1024 + 5 || at == 17 * 1024)).collect();
        let near: Vec<f32> = events.clone().map(|at| if at < 10 * 1024 { 0.25 } else { 0.75 }).collect();
        let number: Vec<f32> = events.map(|at| (at * 7 % 16) as f32 / 16.0).collect();
        let [number, near] = [&number, &near].map(|values| Values::F32(values));
        let columns = [Values::I32(&trigger), number, near, number, number];
        tree.fill(&mut file, &columns.map(Into::into)).unwrap();
    }
    tree.finish(&mut file).unwrap();
    file.finish().unwrap();
}

/// Of each column of `behind.adl`: segments, skipped ones, baskets or pages that were read, bytes after decompression.
fn counted(document: &Value) -> [[u64; 4]; 4] {
    ["trigger", "far", "near", "last"].map(|column| {
        let of = |field| of_column(document, column, field);
        assert!(of("bytes_read") > 0 && (of("bytes_skipped") > 0) == (of("skipped") > 0), "{column}: {document:#}");
        ["segments", "skipped", "pieces_read", "bytes_decompressed"].map(of)
    })
}

#[test]
fn what_is_behind_cuts_is_counted() {
    let bench = Bench::new("profile-baskets");
    bench.write("behind.adl", BEHIND);
    write_baskets(&bench.path("behind.root"));
    let made = |name: &str| root().join(name).display().to_string();
    for threads in ["1", "2"] {
        let of = |file: &str| {
            let document = profile(&bench, &["behind.adl", file, "-j", threads]);
            assert!(!document.to_string().contains("never"));
            counted(&document)
        };
        // Events 3077 and 17408 are in the second and the ninth basket.
        let basket = 4 * 2048;
        let expected =
            [[20, 0, 20, 20 * basket], [20, 18, 2, 2 * basket], [20, 18, 2, 2 * basket], [20, 19, 1, basket]];
        assert_eq!(of("behind.root"), expected);
        // Clusters of 30,000 and 10,960 entries, in pages of 4096: the second has no survivor.
        let first = [2, 1, 8, 4 * 30_000];
        assert_eq!(
            of(&made("compiler/tests/profile/behind_ntuple.root")),
            [[2, 0, 8 + 3, 4 * 40_960], first, first, first]
        );
        // One row group, in slices of 65,536 events: the pages of the first.
        let [trigger, far, near, last] = of(&made("compiler/tests/profile/behind.parquet"));
        assert_eq!(
            (&trigger[..2], &far[..2], &near[..2], &last[..2]),
            (&[4, 0][..], &[4, 3][..], &[4, 3][..], &[4, 3][..])
        );
        assert_eq!((trigger[2], far[2]), (50, 16));
    }
}

#[test]
fn the_line_that_costs_most_has_most_samples() {
    let bench = Bench::new("profile-lines");
    write_baskets(&bench.path("behind.root"));
    // One line with sixty sines, between others.
    let heavy = format!("{}last{}", "sin(".repeat(60), ")".repeat(60));
    let text = format!(
        "adl 2026\ndefine half = last / 2\ndefine heavy = {heavy}\nregion all\n  select near > 0\n  \
         histo h, \"h\", 10, -1, 1, heavy\n  histo half, \"half\", 10, 0, 1, half\n"
    );
    bench.write("heavy.adl", text);
    for threads in ["1", "2"] {
        let document = profile(&bench, &["heavy.adl", "behind.root", "-j", threads]);
        let lines = document["lines"].as_array().unwrap();
        let most = lines.iter().max_by(|a, b| a["share"].as_f64().unwrap().total_cmp(&b["share"].as_f64().unwrap()));
        let most = most.unwrap();
        assert_eq!((most["line"].as_u64(), &most["text"].as_str().unwrap()[..13]), (Some(3), "define heavy "));
        assert!(most["share"].as_f64().unwrap() > 0.5, "{document:#}");
        assert!(document["samples"].as_u64().unwrap() > 10, "{document:#}");
        assert!(lines.iter().all(|l| l["file"] == "heavy.adl" && (2..=7).contains(&l["line"].as_u64().unwrap())));
    }
    let printed = bench.succeeds(&["profile", "heavy.adl", "behind.root"]).out;
    assert!(printed.lines().any(|l| l.contains('%') && l.contains("    3  define heavy = sin(sin(")), "{printed}");
}
