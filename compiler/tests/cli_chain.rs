//! Many files as one input: what differs between them is converted, or said before an event is read.

#![allow(clippy::unwrap_used)] // A test that cannot be run fails.

mod binary;
mod sample;

use binary::Bench;
use sample::{Column, Jets, Named, write};

const JETS: &str = "adl 2026
schema Jets
  tree Events
  detect run, luminosityBlock, event, nJet
  event run, luminosityBlock, event
  collection * size n* attribute *_*
  particle Jet
  transverse MET
  simulation genWeight
  alias Jet.tag = btagB, Jet.tag = btagA, rho = rhoNew, rho = rhoOld
object jets
  take Jet
  select pt > 30 and jetId >= 2
region all
  select size(jets) > 0
  weight w 1 + MET / 1000
  histo pt, \"pt\", 20, 0, 200, pt(jets)
  histo n, \"n\", 6, 0, 6, size(jets)
";

/// The events of two files in two layouts, and the same events all in the first.
fn two_layouts(bench: &Bench) {
    let (a, b) = (Jets::new(1, 700), Jets::new(2, 300));
    write(&bench.path("a.root"), vec![("Events", a.early())]);
    write(&bench.path("b.root"), vec![("Events", b.late())]);
    write(&bench.path("b_early.root"), vec![("Events", b.early())]);
}

#[test]
fn types_order_and_counters_may_differ() {
    let bench = Bench::new("chain-types");
    two_layouts(&bench);
    bench.write("jets.adl", JETS);
    bench.succeeds(&["run", "jets.adl", "a.root", "b_early.root", "-q", "-o", "alike"]);
    let expected = (bench.bytes("alike/histograms.json"), bench.bytes("alike/cutflow.json"));
    for (number, options) in [["-j", "1"], ["-j", "3"], ["--chunk", "16384"]].iter().enumerate() {
        for files in [["a.root", "b.root"], ["b.root", "a.root"]] {
            let out = format!("mixed{number}");
            let run = ["run", "jets.adl", files[0], files[1], "-q", "-o", &out, options[0], options[1]];
            bench.succeeds(&run);
            assert!(bench.bytes(&format!("{out}/histograms.json")) == expected.0, "{run:?}");
            assert!(bench.bytes(&format!("{out}/cutflow.json")) == expected.1, "{run:?}");
        }
    }
    let text = bench.succeeds(&["check", "jets.adl", "a.root", "b.root"]).out;
    assert!(text.contains("Jet_jetId  i32 per Jet") && text.contains("Jet_pt     f64 per Jet"), "{text}");
    // The same events in another format.
    bench.write("copy.adl", JETS.replace("  select size(jets) > 0\n", "  save all\n"));
    bench.succeeds(&["run", "copy.adl", "b.root", "-q", "-o", "copy"]);
    bench.succeeds(&["run", "jets.adl", "copy/saved/all/all.parquet", "a.root", "-q", "-o", "mixed"]);
    assert!(bench.bytes("mixed/histograms.json") == expected.0);
}

#[test]
fn what_is_missing_where_is_said_at_once() {
    let bench = Bench::new("chain-missing");
    two_layouts(&bench);
    let more = |seed, extra: Vec<Named>| {
        let jets = Jets::new(seed, 20);
        let mut columns = jets.early();
        columns.extend(extra);
        columns
    };
    let bools = || Column::Bool(vec![1; 20]);
    write(&bench.path("c.root"), vec![("Events", more(3, vec![("HLT_a", None, bools()), ("HLT_b", None, bools())]))]);
    write(&bench.path("d.root"), vec![("Events", more(4, vec![("HLT_a", None, bools())]))]);
    bench.write("jets.adl", format!("{JETS}  select HLT_a or HLT_b\n"));
    let said = [
        "2 columns are missing in some of 4 files",
        "HLT_a: missing in 2 of 4: a.root, b.root",
        "HLT_b: missing in 3 of 4: a.root, b.root, d.root",
        "optional HLT_a = ...",
    ];
    // Whichever file comes first.
    bench.fails(4, &["run", "jets.adl", "a.root", "b.root", "c.root", "d.root"], &said);
    bench.fails(
        4,
        &["check", "jets.adl", "c.root", "d.root", "a.root", "b.root"],
        &["HLT_a: missing in 2 of 4: a.root"],
    );
    bench.write("damaged.root", b"root, but no file");
    let said = ["2 of 4 files cannot be read", "damaged.root", "none.root: there is no such file"];
    bench.fails(9, &["run", "jets.adl", "a.root", "damaged.root", "b.root", "none.root"], &said);
}

#[test]
fn a_default_stands_for_a_column_and_is_said() {
    let bench = Bench::new("chain-default");
    let (a, b) = (Jets::new(1, 500), Jets::new(2, 300));
    let with = |jets: &Jets, value: Option<i32>| {
        let mut columns = jets.early();
        if let Some(value) = value {
            let ids = (0..jets.pt.len() as i32).map(|n| if value < 0 { n % 8 } else { value }).collect();
            columns.push(("Jet_puId", Some("nJet"), Column::I32(ids)));
            let fired = (0..jets.sizes.len()).map(|n| if value < 0 { u8::from(n % 3 > 0) } else { 0 }).collect();
            columns.push(("HLT_a", None, Column::Bool(fired)));
        }
        columns
    };
    write(&bench.path("a.root"), vec![("Events", with(&a, Some(-1)))]);
    write(&bench.path("b.root"), vec![("Events", with(&b, None))]);
    write(&bench.path("b_with.root"), vec![("Events", with(&b, Some(7)))]);
    let text = JETS.replace("jetId >= 2", "jetId >= 2 and puId > 3").replace("weight w 1", "weight w (HLT_a ? 2 : 1)");
    bench.write("plain.adl", &text);
    bench.write(
        "jets.adl",
        text.replacen("schema Jets", "optional HLT_a = false\nschema Jets\n  optional Jet.puId = 7", 1),
    );
    bench.succeeds(&["run", "plain.adl", "a.root", "b_with.root", "-q", "-o", "expected"]);
    let run = bench.succeeds(&["run", "jets.adl", "a.root", "b.root", "-o", "default"]);
    assert!(bench.bytes("default/histograms.json") == bench.bytes("expected/histograms.json"));
    assert!(run.err.contains("not every file has `Jet_puId`: 7 stands for it in 1 file: b.root"), "{}", run.err);
    let defaults = &bench.json("default/job.json")["defaults"];
    let expected = serde_json::json!({
        "HLT_a": { "value": false, "files": ["b.root"] }, "Jet_puId": { "value": 7, "files": ["b.root"] },
    });
    assert_eq!(defaults, &expected);
    // No file has it: the analysis is the same, and the note says so.
    let run = bench.succeeds(&["run", "jets.adl", "b.root", "-o", "none"]);
    assert!(run.err.contains("no file has `HLT_a`: false stands for it in 1 file"), "{}", run.err);
    // A value that the stored type does not hold widens it; one that is not of its kind is refused.
    let wide = "optional HLT_a = false\noptional Jet_puId = -1000000\nschema Jets";
    bench.write("wide.adl", text.replacen("schema Jets", wide, 1));
    bench.succeeds(&["run", "wide.adl", "a.root", "b.root", "-q", "-o", "wide"]);
    bench.write("kind.adl", text.replacen("schema Jets", "optional Jet.puId = 0.5\nschema Jets", 1));
    bench.fails(3, &["run", "kind.adl", "a.root", "b.root"], &["values of `Jet.puId` are whole numbers"]);
    let plain = bench.succeeds(&["check", "jets.adl", "a.root", "b.root"]).out;
    assert!(plain.contains("Jet_puId in 1 file, its default in 1 file"), "{plain}");
}

#[test]
fn of_several_names_each_file_has_its_own() {
    let bench = Bench::new("chain-alias");
    let (a, b) = (Jets::new(1, 500), Jets::new(2, 300));
    let with = |jets: &Jets, tag: &'static str, rho: &'static str| {
        let mut columns = jets.early();
        let tags = jets.id.iter().zip(&jets.pt).map(|(i, p)| (*i * 8 + *p % 8) as f32 / 64.0).collect();
        columns.push((tag, Some("nJet"), Column::F32(tags)));
        columns.push((rho, None, Column::F32(jets.met.iter().map(|m| *m as f32 / 8.0).collect())));
        columns
    };
    write(&bench.path("a.root"), vec![("Events", with(&a, "Jet_btagA", "rhoOld"))]);
    write(&bench.path("b.root"), vec![("Events", with(&b, "Jet_btagB", "rhoNew"))]);
    write(&bench.path("b_as_a.root"), vec![("Events", with(&b, "Jet_btagA", "rhoOld"))]);
    let text = JETS.replace("jetId >= 2", "tag > 0.5").replace("size(jets) > 0", "rho > 10");
    bench.write("jets.adl", text);
    bench.succeeds(&["run", "jets.adl", "a.root", "b_as_a.root", "-q", "-o", "alike"]);
    bench.succeeds(&["run", "jets.adl", "b.root", "a.root", "-q", "-o", "mixed"]);
    assert!(bench.bytes("mixed/histograms.json") == bench.bytes("alike/histograms.json"));
    let text = bench.succeeds(&["check", "jets.adl", "a.root", "b.root"]).out;
    assert!(text.contains("Jet_btagA in 1 file, Jet_btagB in 1 file"), "{text}");
    assert!(text.contains("rhoNew in 1 file, rhoOld in 1 file"), "{text}");
    // The column itself is still itself.
    bench.write("own.adl", JETS.replace("jetId >= 2", "btagA > 0.5"));
    bench.fails(4, &["run", "own.adl", "a.root", "b.root"], &["column `Jet_btagA` is missing in 1 of 2 files"]);
}

#[test]
fn kinds_are_not_mixed() {
    let bench = Bench::new("chain-kinds");
    two_layouts(&bench);
    bench.write("jets.adl", JETS);
    let other = |change: &dyn Fn(&Jets, &mut Vec<Named>)| {
        let jets = Jets::new(5, 40);
        let mut columns = jets.early();
        change(&jets, &mut columns);
        write(&bench.path("other.root"), vec![("Events", columns)]);
    };
    other(&|jets, columns| {
        let ids = jets.id.iter().map(|i| *i as f32).collect();
        columns.retain(|c| c.0 != "Jet_jetId");
        columns.push(("Jet_jetId", Some("nJet"), Column::F32(ids)));
    });
    let said = ["`Jet_jetId` are not of one kind", "whole numbers, a list per event: a.root, b.root", "other.root"];
    bench.fails(4, &["run", "jets.adl", "a.root", "b.root", "other.root"], &said);
    bench.fails(4, &["run", "jets.adl", "other.root", "a.root", "b.root"], &said);
    other(&|jets, columns| {
        columns.retain(|c| c.0 != "Jet_jetId");
        columns.push(("Jet_jetId", None, Column::I32(vec![1; jets.sizes.len()])));
    });
    bench.fails(4, &["run", "jets.adl", "a.root", "other.root"], &["whole numbers, one per event: other.root"]);
    // Beyond what a signed integer holds: when it is read, by its file and event.
    other(&|jets, columns| {
        let mut ids: Vec<u64> = jets.id.clone();
        ids[3] = 1 << 63;
        columns.retain(|c| c.0 != "Jet_jetId");
        columns.push(("Jet_jetId", Some("nJet"), Column::U64(ids)));
    });
    bench.fails(9, &["run", "jets.adl", "a.root", "other.root"], &["other.root", "9223372036854775808", "beyond 2^63"]);
    // What is not read may differ.
    bench.write("met.adl", JETS.replace(" and jetId >= 2", ""));
    bench.succeeds(&["run", "met.adl", "a.root", "other.root", "-q"]);
}

#[test]
fn copies_and_mixtures_are_said() {
    let bench = Bench::new("chain-copies");
    two_layouts(&bench);
    bench.write("jets.adl", JETS);
    bench.write("copy.root", bench.bytes("a.root"));
    let run = bench.succeeds(&["run", "jets.adl", "a.root", "copy.root", "-q"]);
    assert!(run.err.contains("warning: copy.root is a copy of a.root"), "{}", run.err);
    std::fs::remove_dir_all(bench.path("out")).unwrap();
    bench.fails(2, &["run", "jets.adl", "a.root", "./a.root"], &["./a.root: is given twice, before as a.root"]);
    let jets = Jets::new(6, 10);
    let mut simulated = jets.early();
    simulated.push(("genWeight", None, Column::F32(vec![1.0; 10])));
    write(&bench.path("mc.root"), vec![("Events", simulated)]);
    let run = bench.succeeds(&["run", "jets.adl", "a.root", "mc.root"]);
    assert!(run.err.contains("data (a.root) and simulation (mc.root) are read as one sample"), "{}", run.err);
    std::fs::remove_dir_all(bench.path("out")).unwrap();
    bench.write("blind.adl", format!("{JETS}  blind MET > 100\n"));
    bench.fails(2, &["run", "blind.adl", "mc.root", "a.root"], &["the analysis blinds data"]);
}
