//! Messages on the command line: their pages, their levels, their form for machines.

#![allow(clippy::unwrap_used)] // A test that cannot be run fails.

mod binary;

use binary::{Bench, example};
use serde_json::Value;

const OVERLAP: &str = "adl 2026\nregion SR\n  bin \"high\" MET > 100\n  bin \"lów\" MET > 50\n";

#[test]
fn explain_code_shows_pages() {
    let bench = Bench::new("explain");
    let list = bench.succeeds(&["explain-code"]).out;
    for part in ["unknown_name  ", "bins_overlap  ", "Errors:", "Warnings:", "Notes:"] {
        assert!(list.contains(part), "{list}");
    }
    for code in ["bins_overlap", "adl::bins_overlap"] {
        let page = bench.succeeds(&["explain-code", code]).out;
        for part in ["# bins_overlap (warning)", "Triggers it:", "Write instead:", "# adlc: allow bins_overlap"] {
            assert!(page.contains(part), "{page}");
        }
    }
    assert!(!bench.succeeds(&["explain-code", "unknown_name"]).out.contains("adlc: allow"));
    bench.fails(2, &["explain-code", "bin_overlap"], &["did you mean bins_overlap?"]);
    bench.fails(2, &["explain-code", "zzz"], &["there is no message `zzz`"]);
}

#[test]
fn options_allow_and_deny() {
    let bench = Bench::new("levels");
    bench.write("a.adl", OVERLAP);
    let dy = example("data/dy.root");
    assert!(bench.succeeds(&["check", "a.adl", &dy]).err.contains("bins_overlap"));
    assert_eq!(bench.succeeds(&["check", "a.adl", &dy, "--allow", "bins_overlap"]).err, "");
    for denied in ["bins_overlap", "warnings"] {
        bench.fails(3, &["check", "a.adl", &dy, "--deny", denied], &["bins_overlap", "1 error"]);
        bench.fails(3, &["run", "a.adl", &dy, "--deny", denied], &["bins_overlap", "1 error"]);
    }
    bench.succeeds(&["check", "a.adl", &dy, "--deny", "unsorted_union"]);
    bench.fails(2, &["check", "a.adl", &dy, "--deny", "bin_overlap"], &["did you mean `bins_overlap`?"]);
    bench.fails(2, &["check", "a.adl", &dy, "--allow", "unknown_name"], &["is an error"]);
    // A comment in the file is about this file: it wins over options for all files.
    bench.write("b.adl", OVERLAP.replace("MET > 50", "MET > 50  # adlc: allow bins_overlap"));
    bench.succeeds(&["check", "b.adl", &dy, "--deny", "warnings"]);
}

#[test]
fn messages_for_machines_have_places_levels_and_corrections() {
    let bench = Bench::new("json");
    let dy = example("data/dy.root");
    bench.write("a.adl", OVERLAP);
    let out = bench.succeeds(&["check", "a.adl", &dy, "--json"]).out;
    let message: Value = serde_json::from_str(out.lines().next().unwrap()).unwrap();
    assert_eq!((&message["code"], &message["severity"]), (&"adl::bins_overlap".into(), &"warning".into()));
    assert!(message["help"].as_str().unwrap().contains("limit"));
    let place = &message["labels"][0]["place"];
    assert_eq!(place["file"], "a.adl");
    let number = |key: &str| place[key].as_u64().unwrap() as usize;
    assert_eq!(&OVERLAP[number("start")..number("end")], "bin \"lów\" MET > 50");
    assert_eq!((number("line"), number("column")), (4, 3));
    assert_eq!((number("end_line"), number("end_column")), (4, 21));
    assert_eq!(message["labels"][1]["text"], "with this one");
    // An error, with a correction.
    bench.write("b.adl", "adl 2026\nregion SR\n  select MEET > 100\n");
    let out = bench.fails(3, &["check", "b.adl", &dy, "--json"], &[]).out;
    let message: Value = serde_json::from_str(out.lines().next().unwrap()).unwrap();
    assert_eq!((&message["code"], &message["severity"]), (&"adl::unknown_name".into(), &"error".into()));
    assert_eq!(message["fixes"][0]["text"], "MET");
    assert_eq!(message["fixes"][0]["place"]["column"], 10);
}

const REGIONS: &str = "adl 2026
object jets
  take Jet
  select pt > 30
region base
  select size(jets) >= 2
region SR
  take base
  select MET > 200
  select any(dphi(jets, MET) < 0.5)
region CR
  take base
  select MET <= 200
region VR
  select MET > 150
  reject CR
";

#[test]
fn overlap_compares_regions() {
    let bench = Bench::new("overlap");
    bench.write("a.adl", REGIONS);
    let dy = example("data/dy.root");
    let out = bench.succeeds(&["overlap", "a.adl", &dy]).out;
    for part in [
        "SR and CR    disjoint  `select MET > 200` (line 9) excludes `select MET <= 200` (line 13)",
        "CR and VR    disjoint  `reject CR` (line 16)",
        "base and SR  within    SR makes all cuts of base",
        "SR and VR    overlap   for example MET = 250, size(jets) = 2",
        "6 pairs: 2 disjoint, 2 overlap, 2 within",
        "not understood, and taken to accept any event (conditions on the elements",
        "only where they are the same):\n  `select any(dphi(jets, MET) < 0.5)` (line 10)",
    ] {
        assert!(out.contains(part), "no {part:?} in\n{out}");
    }
    let by_profile = bench.succeeds(&["overlap", "a.adl", "--schema", "NanoAOD"]).out;
    assert_eq!(by_profile, out);
    let json = bench.succeeds(&["overlap", "a.adl", &dy, "--json"]).out;
    let value: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["regions"], serde_json::json!(["base", "SR", "CR", "VR"]));
    let pair = |names: [&str; 2]| {
        let pairs = value["pairs"].as_array().unwrap();
        pairs.iter().find(|p| p["regions"] == serde_json::json!(names)).unwrap().clone()
    };
    let disjoint = pair(["SR", "CR"]);
    assert_eq!((&disjoint["verdict"], &disjoint["example"]), (&"disjoint".into(), &Value::Null));
    assert_eq!(disjoint["cuts"][0]["cut"]["text"], "MET > 200");
    assert_eq!((&disjoint["cuts"][1]["region"], &disjoint["cuts"][1]["cut"]["line"]), (&"CR".into(), &13.into()));
    let overlap = pair(["SR", "VR"]);
    assert_eq!((&overlap["verdict"], &overlap["example"]["MET"]), (&"overlap".into(), &250.0.into()));
    assert_eq!(overlap["free"][0]["text"], "any(dphi(jets, MET) < 0.5)");
    assert_eq!(pair(["base", "SR"])["within"], "SR");
    assert!(bench.succeeds(&["overlap", "--help"]).out.contains("What is understood"));
    bench.write("one.adl", COUNT);
    assert!(bench.succeeds(&["overlap", "one.adl", &dy]).out.contains("1 region, nothing to compare"));
    bench.fails(2, &["overlap", "a.adl", &dy, "--schema", "nothing"], &["nothing"]);
}

const COUNT: &str = "adl 2026\nregion all\n  histo met, \"met\", 40, 0, 200, MET\n";
