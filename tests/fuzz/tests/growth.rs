//! Twice the text, twice the steps: small texts of every way to grow, in both editions, and the analysis of the size of
//! the largest published ones. `adl-fuzz steps` does the same with larger texts.

#![allow(clippy::panic, clippy::expect_used)] // A test that cannot be run fails.

use std::path::PathBuf;
use std::process::Command;

use adl_fuzz::grow::WAYS;
use adl_fuzz::steps;

/// The ways that are not over when the text is parsed.
const COMPILED: [&str; 14] = [
    "questions before brackets",
    "broken lines",
    "unknown names",
    "the same definition",
    "definitions of each other",
    "functions of each other",
    "objects of each other",
    "cuts on objects",
    "weights",
    "histograms",
    "bins",
    "regions of one",
    "combinations",
    "searches",
];

/// What 300 bins in 60 regions may take from the text to machine code, with the tests' own verifications: a release
/// build takes about half of it, and less than 100 ms.
const LARGE: u64 = 1_300_000_000;

#[test]
fn parsing_takes_linear_steps() {
    let names: Vec<&str> = WAYS.iter().map(|g| g.name).collect();
    for edition in ["2026", "legacy"] {
        grown("parse", edition, &names);
    }
}

#[test]
fn formatting_takes_linear_steps() {
    let names: Vec<&str> = WAYS.iter().map(|g| g.name).collect();
    grown("format", "legacy", &names);
}

#[test]
fn compiling_takes_linear_steps() {
    for edition in ["2026", "legacy"] {
        grown("compile", edition, &COMPILED);
    }
}

#[test]
fn a_large_analysis_takes_linear_steps() {
    for edition in ["2026", "legacy"] {
        let arguments = ["counted-large", edition, "0", "30", "60"].map(str::to_owned);
        let Some(steps) = count(&arguments) else { return };
        let factor = steps::factor(&steps);
        println!("counted: steps of an analysis of 30 and 60 regions, {edition}: {steps:?}, {factor:.2} times");
        assert!(factor < steps::MOST, "{edition}: {factor:.2}");
        let most = steps.last().copied().unwrap_or(u64::MAX);
        assert!(most < LARGE, "{edition}: {most} steps for an analysis of 60 regions and 300 bins");
    }
}

/// What 1000 histograms in 10 regions may take from the text to machine code, with the tests' own verifications.
const HISTOGRAMS: u64 = 1_600_000_000;

#[test]
fn an_analysis_of_many_histograms_takes_linear_steps() {
    let arguments = ["counted-histograms", "10", "0", "50", "100"].map(str::to_owned);
    let Some(steps) = count(&arguments) else { return };
    let factor = steps::factor(&steps);
    println!("counted: steps of 10 regions of 0, 50 and 100 histograms: {steps:?}, {factor:.2} times");
    assert!(factor < steps::MOST, "{factor:.2}");
    let most = steps.last().copied().unwrap_or(u64::MAX);
    assert!(most < HISTOGRAMS, "{most} steps for 1000 histograms");
}

#[test]
fn events_take_the_steps_of_what_they_fill() {
    let mut of_event = Vec::new();
    for booked in ["100", "1000"] {
        let arguments = ["counted-events", booked, "4096", "12288"].map(str::to_owned);
        let Some(steps) = count(&arguments) else { return };
        let [once, thrice] = steps.as_slice() else { panic!("{steps:?}") };
        of_event.push((thrice - once) as f64 / 8192.0);
    }
    println!("counted: steps of an event with 100 and with 1000 histograms booked, one filled: {of_event:.1?}");
    assert!(of_event[1] < 1.25 * of_event[0], "{of_event:?}");
}

fn grown(work: &str, edition: &str, names: &[&str]) {
    let arguments = ["counted", work, edition, "1", &names.join(";")].map(str::to_owned);
    let Some(steps) = count(&arguments) else { return };
    let (empty, pairs) = steps.split_first().expect("the steps of the empty text");
    assert_eq!(pairs.len(), 2 * names.len(), "{work} {edition}");
    let mut wrong = Vec::new();
    for name in names {
        let place = WAYS.iter().filter(|g| names.contains(&g.name)).position(|g| g.name == *name).expect("a way");
        let pair = pairs.get(2 * place..2 * place + 2).expect("two numbers");
        let factor = steps::factor(&[*empty, pair[0], pair[1]]);
        if factor > steps::MOST {
            wrong.push(format!("{work} {edition}: {name}: {} steps, then {}: {factor:.2} times", pair[0], pair[1]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The steps of each text, or nothing if they cannot be counted.
fn count(arguments: &[String]) -> Option<Vec<u64>> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("skipped: steps, as there is no valgrind to count them");
        return None;
    }
    let name: String = arguments.iter().take(3).map(String::as_str).collect::<Vec<_>>().join("-");
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let program = PathBuf::from(env!("CARGO_BIN_EXE_adl-fuzz"));
    Some(steps::count(&program, arguments, &folder).unwrap_or_else(|error| panic!("{error}")))
}
