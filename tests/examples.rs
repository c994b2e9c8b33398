//! The examples run on the sample events of the repository, and give what an independent calculation (plain Python over
//! the same files) gave; ROOT and Parquet files, flat and nested, give equal bits.

#![allow(clippy::panic, clippy::expect_used)] // A test that cannot be run fails.

use std::path::{Path, PathBuf};

use adl_runtime::partial::Outcome;
use adl_runtime::reader;
use adl_tests::{compile, show};
use adlc::Placed;

#[test]
fn zmumu() {
    let (placed, outcome) = agreed("zmumu.adl", &["dy.root", "dy.parquet", "dy_nested.parquet"]);
    let expect = |key: &str, value: &str| expect(&placed, &outcome, key, value);
    // weight, trigger, two muons, 26 GeV, opposite charge, 60 to 120 GeV
    expect("rows dimuon", "3167 969 469 465 465 456");
    let sums = show::value("sumw dimuon", &placed, &outcome).expect("sums");
    let sums: Vec<&str> = sums.split(' ').collect();
    assert_eq!((sums[0], sums[5]), ("14685524", "2113776"));
    expect("entries dimuon/mass", "456");
    expect("entries dimuon/muonPt", "912");
    let mass = doubles(&placed, &outcome, "histogram dimuon/mass");
    assert_eq!((mass.len(), mass[0], mass[61]), (62, 0.0, 0.0));
    // 85 to 97 GeV, in units of one event's weight
    let peak = [3.0, 13.0, 15.0, 32.0, 41.0, 53.0, 43.0, 40.0, 17.0, 10.0, 13.0, 5.0];
    assert_eq!(mass[26..38], peak.map(|n| n * 6524.0));
    let none = doubles(&placed, &outcome, "rows noJet");
    assert!(none.last().is_some_and(|n| (300.0..456.0).contains(n)), "{none:?}");
}

#[test]
fn ttbar() {
    let (placed, outcome) = agreed("ttbar.adl", &["ttbar.root", "ttbar.parquet"]);
    let expect = |key: &str, value: &str| expect(&placed, &outcome, key, value);
    expect("rows preselection", "2000 373 298 283");
    expect("rows fourJets", "2000 373 298 283 138 138");
    expect("yield 4j1b", "51");
    expect("yield 4j2b", "77");
    expect("yield noTag", "10");
    expect("bins 4j2b", "14 24 7 4 12 11 3 2");
    expect("bins noTag", "4 4 2");
    expect("entries 4j2b/top", "77");
    // 140 to 200 GeV; 60 to 100 GeV
    let raw = |key: &str| doubles(&placed, &outcome, key);
    assert_eq!(raw("counts 4j2b/top")[15..21].iter().sum::<f64>(), 28.0);
    assert_eq!(raw("counts 4j2b/W")[13..21].iter().sum::<f64>(), 34.0);
    // Every list is booked where it is named.
    for region in ["preselection", "4j1b", "4j2b"] {
        for name in ["HT", "ST", "met", "nJets", "jetPt", "bjetPt", "tagging"] {
            assert!(show::value(&format!("entries {region}/{name}"), &placed, &outcome).is_some(), "{region}/{name}");
        }
    }
}

#[test]
fn private_ntuple() {
    let (placed, outcome) = agreed("private_ntuple.adl", &["private.root"]);
    let expect = |key: &str, value: &str| expect(&placed, &outcome, key, value);
    // weight, trigger, two muons, a pair of opposite charge
    expect("rows dimuon", "1000 314 150 150");
    expect("entries dimuon/theory", "750");
    for name in ["mass", "met", "mT", "tags"] {
        expect(&format!("entries dimuon/{name}"), "150");
    }
}

/// Every example and benchmark compiles against the sample events without a word, if they have what it reads.
#[test]
fn all_examples_are_tested() {
    let tested = ["zmumu.adl", "ttbar.adl", "private_ntuple.adl"];
    for entry in std::fs::read_dir(examples()).expect("a folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(!name.ends_with(".adl") || tested.contains(&name.as_str()), "{name} has no test");
    }
    for task in [1, 2, 3, 4, 5, 7, 8] {
        let (placed, outcome) = agreed(&format!("benchmarks/task{task}.adl"), &["ttbar.root", "ttbar.parquet"]);
        assert_eq!(placed.regions.len(), 1);
        assert!(outcome.histograms.iter().all(|h| h.entries > 0), "task {task} fills nothing");
    }
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples")
}

/// Runs an example over sample files, each every way; all outcomes with one size of chunks have equal bits.
fn agreed(example: &str, files: &[&str]) -> (Placed, Outcome) {
    let text = std::fs::read_to_string(examples().join(example)).unwrap_or_else(|e| panic!("{example}: {e}"));
    let mut first: Vec<(u64, Vec<u64>)> = Vec::new();
    let mut result = None;
    for file in files {
        let tree = if file == &"private.root" { "mini/events" } else { "Events" };
        let tree = Some(tree).filter(|_| file.ends_with(".root"));
        let reader = reader::open(&examples().join("data").join(file), tree, &["Events"]);
        let reader = reader.unwrap_or_else(|e| panic!("{e}"));
        let compiled = compile::compile(example, &text, &[], reader.schema()).unwrap_or_else(|e| panic!("{e}"));
        let said = show::rendered(&compiled.messages, &compiled.parsed);
        let loud = compiled.messages.iter().any(|m| m.severity != adlc::error::Severity::Note);
        assert!(!loud, "{example}: {said}");
        let placed = compiled.placed.unwrap_or_else(|| panic!("{example}: {said}"));
        for (engine, kernel) in &compile::kernels(&placed).unwrap_or_else(|e| panic!("{e}")) {
            for (threads, chunk) in [(1, 16_384), (4, 16_384), (1, 300), (3, 300)] {
                let outcome = compile::run(kernel.as_ref(), vec![reader.clone()], threads, chunk);
                let outcome = outcome.unwrap_or_else(|e| panic!("{file}: {e}"));
                let words = compile::bits(&outcome);
                match first.iter().find(|(c, _)| *c == chunk) {
                    None => first.push((chunk, words)),
                    Some((_, before)) => {
                        assert!(*before == words, "{example}: other bits with {file}, {engine}, {threads} threads");
                    }
                }
                if chunk == 16_384 {
                    result = Some((placed.clone(), outcome));
                }
            }
        }
    }
    result.expect("a file")
}

fn expect(placed: &Placed, outcome: &Outcome, key: &str, value: &str) {
    assert_eq!(show::value(key, placed, outcome).as_deref(), Some(value), "{key}");
}

/// The numbers of a value, without its bars.
fn doubles(placed: &Placed, outcome: &Outcome, key: &str) -> Vec<f64> {
    let value = show::value(key, placed, outcome).unwrap_or_else(|| panic!("no {key}"));
    value.split_whitespace().filter_map(|w| w.parse().ok()).collect()
}
