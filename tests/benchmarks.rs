//! The eight functionality benchmarks of the analysis-description community on 1000 real events: every TTree, RNTuple
//! and Parquet file gives the reference contents in every bin, with interpreter and compiled code, any number of threads
//! and any size of chunks; TTrees, RNTuples, flat and nested Parquet files agree to the last bit. Needs the folder of real files,
//! which is no part of the repository: `ADL_SHARED` names it.

#![allow(clippy::panic, clippy::expect_used)] // A test that cannot be run fails.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use adl_runtime::partial::Outcome;
use adl_runtime::reader::{self, FileReader};
use adl_tests::compile;
use adlc::Placed;
use serde_json::Value;

/// Region, histogram, key in the reference, name of the third-party answer.
const HISTOGRAMS: [(&str, &str, &str, &str); 9] = [
    ("task1", "met", "1", "q1"),
    ("task2", "jetPt", "2", "q2"),
    ("task3", "jetPt", "3", "q3"),
    ("task4", "met", "4", "q4"),
    ("task5", "met", "5", "q5"),
    ("task6", "pt", "6a", "q6-1"),
    ("task6", "btag", "6b", "q6-2"),
    ("task7", "HT", "7", "q7"),
    ("task8", "mT", "8", "q8"),
];

#[test]
fn every_file_gives_the_reference() {
    let Some(shared) = shared() else { return };
    let reference = json(&shared.join("reference/reference_1000.json"));
    let (mut files, mut runs) = (0, 0);
    for file in files_of(&shared) {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        files += 1;
        let reader = reader::open(&file, Some("Events").filter(|_| name.ends_with(".root")), &["Events"])
            .unwrap_or_else(|e| panic!("{e}"));
        for task in 1..=8 {
            let placed = place(&text(task), reader.as_ref());
            let outcome = every_way(&placed, &reader, &name, &mut runs);
            for (region, histogram, key, _) in HISTOGRAMS.iter().filter(|(r, ..)| *r == format!("task{task}")) {
                let expected = numbers(&reference[key]["definition_root_binning"]["contents"]);
                assert_eq!(contents(&placed, &outcome, region, histogram), expected, "{name}: {region}/{histogram}");
            }
        }
    }
    println!("counted: benchmarks: {files} files, {runs} runs");
    assert!(files > 5, "{files} files only");
}

/// The binning of the answers that others have published, and those answers.
#[test]
fn the_answers_of_others() {
    let Some(shared) = shared() else { return };
    let reference = json(&shared.join("reference/reference_1000.json"));
    let file = shared.join("data/run2012b-small/events_flat.parquet");
    let reader = reader::open(&file, None, &[]).unwrap_or_else(|e| panic!("{e}"));
    for (region, histogram, key, answer) in HISTOGRAMS {
        let binning = &reference[key]["definition_rumble_binning"];
        let axis = |b: &Value| format!("{}, {}, {}", b["n"], b["lo"], b["hi"]);
        let plain = axis(&reference[key]["definition_root_binning"]);
        let task = region.trim_start_matches("task").parse().expect("a number");
        let given = text(task);
        assert!(given.contains(&format!(", {plain}, ")), "{region} has no axis {plain}");
        let line =
            given.lines().find(|l| l.contains(&format!("histo {histogram},"))).expect("the line of the histogram");
        let program = given.replace(line, &line.replace(&format!(", {plain}, "), &format!(", {}, ", axis(binning))));
        let placed = place(&program, reader.as_ref());
        let mut runs = 0;
        let outcome = every_way(&placed, &reader, "flat", &mut runs);
        let found = contents(&placed, &outcome, region, histogram);
        assert_eq!(found, numbers(&binning["contents"]), "{region}/{histogram}");
        // Published as pairs of a bin's centre and its content, the flow added to the outer bins or beyond them.
        let csv = shared.join(format!("reference/adl-benchmark-refs/{answer}-1000.csv"));
        let text = std::fs::read_to_string(&csv).unwrap_or_else(|e| panic!("{}: {e}", csv.display()));
        let published = published(&text, binning);
        assert_eq!(found, published, "{region}/{histogram} as published in {answer}");
    }
}

/// Every number of an outcome, and the order of the sums, is the same for TTrees, RNTuples (as ROOT imports a tree and as
/// it writes a data frame), flat and nested Parquet files.
#[test]
fn layouts_agree_to_the_last_bit() {
    let Some(shared) = shared() else { return };
    let folder = shared.join("data/run2012b-small");
    let names = [
        "events_zlib.root",
        "events_manybaskets.root",
        "events_rntuple.root",
        "events_rntuple_none.root",
        "events_rntuple_snapshot.root",
        "events_flat.parquet",
        "events_restructured.parquet",
    ];
    for task in 1..=8 {
        let outcomes: Vec<Vec<u64>> = names
            .iter()
            .map(|name| {
                let tree = Some("Events").filter(|_| name.ends_with(".root"));
                let reader = reader::open(&folder.join(name), tree, &["Events"]).unwrap_or_else(|e| panic!("{e}"));
                let placed = place(&text(task), reader.as_ref());
                compile::bits(&every_way(&placed, &reader, name, &mut 0))
            })
            .collect();
        for (name, words) in names.iter().zip(&outcomes) {
            assert_eq!(words, &outcomes[0], "task {task}: {name} and {}", names[0]);
        }
    }
}

/// The folder of real files; none, with the reason printed, if absent.
fn shared() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let folder = std::env::var_os("ADL_SHARED").map_or_else(beside, PathBuf::from);
    if folder.join("data/run2012b-small").is_dir() {
        return Some(folder);
    }
    println!("skipped: {} is absent (ADL_SHARED can name the folder of real files)", folder.display());
    None
}

fn files_of(shared: &Path) -> Vec<PathBuf> {
    let folder = shared.join("data/run2012b-small");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).expect("a folder").flatten().map(|e| e.path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "root" || e == "parquet"));
    files.sort();
    files
}

fn text(task: u32) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../examples/benchmarks/task{task}.adl"));
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn numbers(value: &Value) -> Vec<u64> {
    value.as_array().expect("an array").iter().map(|x| x.as_f64().expect("a number") as u64).collect()
}

fn place(program: &str, reader: &dyn FileReader) -> Placed {
    let compiled = compile::compile("task.adl", program, &[], reader.schema()).unwrap_or_else(|e| panic!("{e}"));
    let said = adl_tests::show::rendered(&compiled.messages, &compiled.parsed);
    assert!(compiled.messages.is_empty(), "{said}");
    compiled.placed.unwrap_or_else(|| panic!("{said}"))
}

/// Both engines; 1, 2 and 5 threads; chunks of 37, 256 and 16384 events. No entry has a weight, so that all counts are
/// exact and every way gives the same.
fn every_way(placed: &Placed, reader: &Arc<dyn FileReader>, name: &str, runs: &mut usize) -> Outcome {
    let kernels = compile::kernels(placed).unwrap_or_else(|e| panic!("{e}"));
    let mut first: Option<Outcome> = None;
    for (engine, kernel) in &kernels {
        for (threads, chunk) in [(1, 16_384), (2, 256), (5, 37)] {
            *runs += 1;
            let outcome = compile::run(kernel.as_ref(), vec![reader.clone()], threads, chunk);
            let outcome = outcome.unwrap_or_else(|e| panic!("{name}: {e}"));
            match &first {
                None => first = Some(outcome),
                Some(f) => {
                    let way = format!("{name}: {engine}, {threads} threads, chunks of {chunk}");
                    assert_eq!(compile::counts(f), compile::counts(&outcome), "{way}");
                }
            }
        }
    }
    first.expect("an outcome")
}

fn contents(placed: &Placed, outcome: &Outcome, region: &str, histogram: &str) -> Vec<u64> {
    let region = placed.regions.iter().find(|r| r.name == region).expect("the region");
    let booked = region.histograms.iter().find(|h| h.name == histogram).expect("the histogram");
    outcome.histograms[booked.id.0 as usize].counts.clone()
}

/// Contents of a published answer: lines `x,y` with the centre of a bin and its content; a centre below the axis is
/// underflow, one above overflow. Bins without a line are empty.
fn published(text: &str, binning: &Value) -> Vec<u64> {
    let (n, lo, hi) = (binning["n"].as_f64(), binning["lo"].as_f64(), binning["hi"].as_f64());
    let (n, lo, hi) = (n.expect("n"), lo.expect("lo"), hi.expect("hi"));
    let mut contents = vec![0; n as usize + 2];
    for line in text.lines() {
        let mut parts = line.split(',').map(|p| p.trim().parse::<f64>());
        let (Some(Ok(x)), Some(Ok(y))) = (parts.next(), parts.next()) else { continue };
        let bin = ((x - lo) / (hi - lo) * n).floor().clamp(-1.0, n) + 1.0;
        contents[bin as usize] += y as u64;
    }
    contents
}
