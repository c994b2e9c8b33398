//! What is asked of the events of many files as a whole: lumi masks, duplicates, sums of generator weights.

#![allow(clippy::unwrap_used)] // A test that cannot be run fails.

mod binary;
mod sample;

use binary::Bench;
use sample::{Column, Named, write};

const MET: &str = "adl 2026
region SR
  select MET > 50
  histo met, \"met\", 20, 0, 200, MET
region CR
  reject MET > 50
";

/// What a NanoAOD file has at least; `numbers` are run, section and event.
fn nano(numbers: &[(u32, u32, u64)], simulated: bool) -> Vec<Named> {
    let events = numbers.len();
    let lists = |values: Vec<f32>| Column::F32(values);
    let mut columns: Vec<Named> = vec![
        ("run", None, Column::U32(numbers.iter().map(|n| n.0).collect())),
        ("luminosityBlock", None, Column::U32(numbers.iter().map(|n| n.1).collect())),
        ("event", None, Column::U64(numbers.iter().map(|n| n.2).collect())),
        ("MET_pt", None, Column::F32(numbers.iter().map(|n| (n.2 * 37 % 101) as f32).collect())),
        ("MET_phi", None, Column::F32(vec![0.5; events])),
        ("nJet", None, Column::U32(vec![1; events])),
        ("Jet_pt", Some("nJet"), lists(vec![30.0; events])),
        ("Jet_eta", Some("nJet"), lists(vec![0.5; events])),
        ("Jet_jetId", Some("nJet"), Column::I32(vec![2; events])),
        ("nMuon", None, Column::U32(vec![0; events])),
        ("Muon_pt", Some("nMuon"), lists(vec![])),
    ];
    if simulated {
        columns.push(("genWeight", None, Column::F32(vec![1.5; events])));
    }
    columns
}

/// Runs 5 and 9, of 4 and 3 sections of 50 events.
fn data() -> Vec<(u32, u32, u64)> {
    (0..350_u64).map(|e| (if e < 200 { 5 } else { 9 }, (e / 50 % 4) as u32 + 1, e)).collect()
}

const GOLDEN: &str = "{\"5\": [[1, 1], [3, 7]], \"7\": [[1, 100]], \"9\": [[2, 2]]}";

fn is_golden((run, section, _): &(u32, u32, u64)) -> bool {
    matches!((run, section), (5, 1 | 3..=7) | (9, 2))
}

#[test]
fn a_mask_of_the_command_line_comes_before_everything() {
    let bench = Bench::new("lumi");
    write(&bench.path("a.root"), vec![("Events", nano(&data(), false))]);
    let certified: Vec<_> = data().into_iter().filter(is_golden).collect();
    assert_eq!(certified.len(), 200);
    write(&bench.path("golden.root"), vec![("Events", nano(&certified, false))]);
    bench.write("met.adl", MET);
    bench.write("golden.json", GOLDEN);
    let run = bench.succeeds(&["run", "met.adl", "a.root", "--lumi-mask", "golden.json"]);
    assert!(run.out.contains("lumi mask golden.json: 200 of 350 events pass"), "{}", run.out);
    assert!(run.out.contains("4 luminosity sections processed; listed in out/lumis.json"), "{}", run.out);
    bench.succeeds(&["run", "met.adl", "golden.root", "-q", "-o", "expected"]);
    assert!(bench.bytes("out/histograms.json") == bench.bytes("expected/histograms.json"));
    let (masked, expected) = (bench.json("out/cutflow.json"), bench.json("expected/cutflow.json"));
    for region in ["SR", "CR"] {
        let rows = masked["regions"][region].as_array().unwrap();
        assert_eq!((&rows[0]["text"], &rows[0]["events"]), (&"all events".into(), &350.into()));
        assert_eq!((&rows[1]["text"], &rows[1]["events"]), (&"lumi mask golden.json".into(), &200.into()));
        for (number, row) in expected["regions"][region].as_array().unwrap().iter().enumerate().skip(1) {
            assert_eq!((&rows[number + 1]["events"], &rows[number + 1]["sumw"]), (&row["events"], &row["sumw"]));
        }
    }
    // What was processed is a mask again, and gives the same.
    assert_eq!(bench.text("out/lumis.json"), "{\n  \"5\": [[1, 1], [3, 4]],\n  \"9\": [[2, 2]]\n}\n");
    bench.write("again.json", bench.bytes("out/lumis.json"));
    for options in [["-j", "1"], ["--chunk", "16"], ["--chunk", "7"]] {
        bench.succeeds(&[
            "run",
            "met.adl",
            "a.root",
            "--lumi-mask",
            "again.json",
            "-q",
            "-o",
            "again",
            options[0],
            options[1],
        ]);
        assert!(bench.bytes("again/histograms.json") == bench.bytes("expected/histograms.json"));
        assert!(bench.bytes("again/lumis.json") == bench.bytes("out/lumis.json"));
    }
    let check = bench.succeeds(&["check", "met.adl", "a.root", "--lumi-mask", "golden.json", "--check-duplicates"]).out;
    assert!(check.contains("luminosityBlock  u32, for the lumi mask; to find duplicates"), "{check}");
    assert_eq!(bench.json("out/job.json")["lumi"], serde_json::json!({ "events": 200, "sections": 4 }));
}

#[test]
fn sections_without_events_are_listed_where_files_list_them() {
    let bench = Bench::new("lumi-listed");
    let sections = |all: &[(u32, u32)]| -> (&'static str, Vec<Named>) {
        let runs = ("run", None, Column::U32(all.iter().map(|s| s.0).collect()));
        ("LuminosityBlocks", vec![runs, ("luminosityBlock", None, Column::U32(all.iter().map(|s| s.1).collect()))])
    };
    let listed = sections(&[(5, 1), (5, 2), (5, 5), (7, 50), (9, 2), (9, 3)]);
    write(&bench.path("a.root"), vec![("Events", nano(&data(), false)), listed]);
    // A file without events.
    write(&bench.path("b.root"), vec![("Events", nano(&[], false)), sections(&[(5, 7), (5, 8)])]);
    bench.write("met.adl", MET);
    bench.write("golden.json", GOLDEN);
    bench.write("other.json", "{\"5\": [[1, 6]], \"7\": [[50, 50]]}");
    let lumis = |options: &[&str]| {
        let run = ["run", "met.adl", "a.root", "--lumi-mask", "golden.json", "-q"];
        bench.succeeds(&run.iter().chain(options).copied().collect::<Vec<&str>>());
        bench.text("out/lumis.json")
    };
    let whole = "{\n  \"5\": [[1, 1], [3, 5]],\n  \"7\": [[50, 50]],\n  \"9\": [[2, 2]]\n}\n";
    assert_eq!(lumis(&[]), whole);
    assert_eq!(lumis(&["--chunk", "16", "-j", "3"]), whole);
    assert_eq!(lumis(&["b.root"]), whole.replace("[3, 5]", "[3, 5], [7, 7]"));
    // Of a part of a file it is not known which sections without events belong to it.
    assert_eq!(lumis(&["-e", "349"]), "{\n  \"5\": [[1, 1], [3, 4]],\n  \"9\": [[2, 2]]\n}\n");
    // Those that both masks have.
    bench.write("met.adl", MET.replace("  select", "  select lumimask(\"other.json\")\n  select"));
    assert_eq!(lumis(&[]), "{\n  \"5\": [[1, 1], [3, 5]],\n  \"7\": [[50, 50]]\n}\n");
    let check = bench.succeeds(&["check", "met.adl", "a.root"]).out;
    let says = "luminosity sections without events: run, luminosityBlock in a tree LuminosityBlocks";
    assert!(check.contains(says), "{check}");
    // What is saved lists those of its inputs, so that it is as good an input.
    let saves = "region CR\n  save whole root\n  save ntuple rntuple\n  save flat parquet\n  save met root MET";
    bench.write("met.adl", MET.replace("region CR", saves));
    let check = bench.succeeds(&["check", "met.adl", "a.root"]).out;
    assert!(check.contains("luminosity sections, to be saved: run, luminosityBlock in a tree"), "{check}");
    bench.succeeds(&["run", "met.adl", "a.root", "b.root", "-q", "-o", "all"]);
    bench.write("met.adl", MET);
    let wanted = whole.replace("[3, 5]", "[3, 5], [7, 7]");
    for skim in ["whole.root", "ntuple.root", "flat.parquet"] {
        let skim = format!("all/saved/CR/{skim}");
        bench.succeeds(&["run", "met.adl", &skim, "--lumi-mask", "golden.json", "-q"]);
        assert_eq!(bench.text("out/lumis.json"), wanted, "{skim}");
    }
    let listed = |file: &str| bench.succeeds(&["schema", file, "--tree", "LuminosityBlocks", "--json"]).out;
    assert!(listed("all/saved/CR/met.root").contains("\"events\":8"), "{}", listed("all/saved/CR/met.root"));
    // With a mask its sections, of a part of the input none, and none if a file does not list its own.
    bench.write("met.adl", MET.replace("region CR", saves));
    bench.succeeds(&["run", "met.adl", "a.root", "--lumi-mask", "golden.json", "-q"]);
    assert!(listed("out/saved/CR/whole.root").contains("\"events\":4"), "{}", listed("out/saved/CR/whole.root"));
    let part = bench.succeeds(&["run", "met.adl", "a.root", "-e", "3"]).err;
    assert!(part.contains("lists no luminosity sections: only a part"), "{part}");
    assert_eq!(bench.adlc(&["schema", "out/saved/CR/whole.root", "--tree", "LuminosityBlocks"]).code, 4);
    write(&bench.path("c.root"), vec![("Events", nano(&data(), false))]);
    let some = bench.succeeds(&["run", "met.adl", "a.root", "c.root"]).err;
    assert!(some.contains("lists no luminosity sections: 1 of 2 files do not list theirs"), "{some}");
}

#[test]
fn a_mask_of_the_text_is_a_condition() {
    let bench = Bench::new("lumi-text");
    write(&bench.path("a.root"), vec![("Events", nano(&data(), false))]);
    write(&bench.path("mc.root"), vec![("Events", nano(&data(), true))]);
    bench.write("golden.json", GOLDEN);
    bench.write("met.adl", MET);
    bench.write("text.adl", MET.replace("  select", "  select lumimask(\"golden.json\")\n  select"));
    bench.succeeds(&["run", "met.adl", "a.root", "-q", "--lumi-mask", "golden.json", "-o", "option"]);
    bench.succeeds(&["run", "text.adl", "a.root", "-q", "-o", "text"]);
    assert!(bench.bytes("option/histograms.json") == bench.bytes("text/histograms.json"));
    assert!(bench.bytes("option/lumis.json") == bench.bytes("text/lumis.json"));
    bench.succeeds(&["run", "text.adl", "a.root", "-q", "--no-jit", "-o", "slow"]);
    assert!(bench.bytes("slow/histograms.json") == bench.bytes("text/histograms.json"));
    let check = bench.succeeds(&["check", "text.adl", "a.root"]).out;
    assert!(check.contains("run              u32, for the lumi mask"), "{check}");
    // Simulation has no sections to certify.
    let run = bench.succeeds(&["run", "text.adl", "mc.root", "-o", "mc"]);
    assert!(run.err.contains("these events are simulated: all pass the lumi mask"), "{}", run.err);
    bench.succeeds(&["run", "met.adl", "mc.root", "-q", "-o", "plain"]);
    assert!(bench.bytes("mc/histograms.json") == bench.bytes("plain/histograms.json"));
    bench.fails(2, &["run", "met.adl", "mc.root", "--lumi-mask", "golden.json"], &["a lumi mask certifies data"]);
    // Beside the text, wherever adlc runs.
    std::fs::create_dir(bench.path("sub")).unwrap();
    bench.write("sub/text.adl", bench.bytes("text.adl"));
    bench.fails(3, &["run", "sub/text.adl", "a.root"], &["sub/text.adl:3:", "there is no such file"]);
    bench.write("sub/golden.json", "{\"5\": [[4, 1]]}");
    bench.fails(3, &["run", "sub/text.adl", "a.root"], &["run 5: the range [4, 1] ends before it begins"]);
}

#[test]
fn masks_that_cannot_be_applied() {
    let bench = Bench::new("lumi-wrong");
    bench.write("met.adl", MET);
    write(&bench.path("a.root"), vec![("Events", nano(&data(), false))]);
    let mut columns = nano(&data(), false);
    columns.retain(|c| c.0 != "luminosityBlock");
    write(&bench.path("without.root"), vec![("Events", columns)]);
    bench.write("golden.json", GOLDEN);
    let masked = |file: &str, mask: &str, code: i32, said: &[&str]| {
        bench.fails(code, &["run", "met.adl", "a.root", file, "--lumi-mask", mask], said);
    };
    masked("without.root", "golden.json", 4, &["`luminosityBlock`, which is missing in without.root"]);
    masked("without.root", "none.json", 2, &["--lumi-mask none.json: there is no such file"]);
    for (text, said) in
        [("{\"5\": [[1, 3], [2, 4]]}", "overlap"), ("[1]", "begins with `{`"), ("{\"a\": []}", "not the number")]
    {
        bench.write("wrong.json", text);
        bench.fails(2, &["run", "met.adl", "a.root", "--lumi-mask", "wrong.json"], &["wrong.json: line 1:", said]);
    }
    bench.write("wrong.json", b"{\"5\": \xff}");
    bench.fails(2, &["run", "met.adl", "a.root", "--lumi-mask", "wrong.json"], &["not a text file"]);
    // All in vain: said loudly.
    bench.write("other.json", "{\"297050\": [[1, 1000]]}");
    let run = bench.succeeds(&["run", "met.adl", "a.root", "--lumi-mask", "other.json"]);
    assert!(
        run.err.contains("no event is in the lumi mask: its runs are 297050 to 297050, those of the input 5 to 9"),
        "{}",
        run.err
    );
    assert_eq!(bench.text("out/lumis.json"), "{}\n");
    // A text with a mask, and data without sections.
    std::fs::remove_dir_all(bench.path("out")).unwrap();
    bench.write("own.adl", format!("{MET}  select lumimask(\"golden.json\")\n"));
    let own = "schema Own\n  tree Events\n  detect MET_pt without luminosityBlock\n  event run, luminosityBlock, event\n  transverse MET\n";
    bench.write("own.adl", bench.text("own.adl").replacen("region", &format!("{own}region"), 1));
    bench.fails(3, &["run", "own.adl", "without.root"], &["the input has no column `luminosityBlock`"]);
}

#[test]
fn duplicates_are_found_and_named() {
    let bench = Bench::new("duplicates");
    bench.write("met.adl", MET);
    let all = data();
    write(&bench.path("a.root"), vec![("Events", nano(&all[..200], false))]);
    write(&bench.path("b.root"), vec![("Events", nano(&all[200..], false))]);
    bench.succeeds(&["run", "met.adl", "a.root", "b.root", "--check-duplicates", "-q"]);
    std::fs::remove_dir_all(bench.path("out")).unwrap();
    let mut overlap = all[190..].to_vec();
    overlap.push(all[345]);
    // The same number in another section is another event.
    overlap.push((all[3].0, 99, all[3].2));
    write(&bench.path("c.root"), vec![("Events", nano(&overlap, false))]);
    let said = [
        "11 events are there more than once",
        "run 5, luminosityBlock 4, event 190: a.root (entry 190), c.root (entry 0)",
        "and 6 more",
    ];
    bench.fails(9, &["run", "met.adl", "a.root", "c.root", "--check-duplicates"], &said);
    bench.fails(9, &["run", "met.adl", "a.root", "c.root", "--check-duplicates", "-j", "3"], &said);
    let within = "run 9, luminosityBlock 3, event 345: c.root (entry 155), c.root (entry 160)";
    bench.fails(9, &["run", "met.adl", "c.root", "--check-duplicates"], &["1 event is there more than once", within]);
    bench.succeeds(&["run", "met.adl", "a.root", "c.root", "-q"]);
}

/// The tree `Runs` with entries of number and sum, under names with this ending.
fn runs(entries: &[(i64, f64)], ending: bool) -> (&'static str, Vec<Named>) {
    let names = match ending {
        false => ["genEventCount", "genEventSumw", "LHEPdfSumw"],
        true => ["genEventCount_", "genEventSumw_", "LHEPdfSumw_"],
    };
    let columns: Vec<Named> = vec![
        ("run", None, Column::U32(vec![1; entries.len()])),
        (names[0], None, Column::I64(entries.iter().map(|e| e.0).collect())),
        (names[1], None, Column::F64(entries.iter().map(|e| e.1).collect())),
        ("nLHEPdfSumw", None, Column::U32(vec![2; entries.len()])),
        (names[2], Some("nLHEPdfSumw"), Column::F64(entries.iter().flat_map(|_| [1.0, 0.5]).collect())),
    ];
    ("Runs", columns)
}

#[test]
fn sums_of_generator_weights_are_kept() {
    let bench = Bench::new("metadata");
    bench.write("met.adl", MET);
    let event = |n: usize| (0..n as u64).map(|e| (1, 1, e)).collect::<Vec<_>>();
    // Sums that only exact addition gets right, whatever the order.
    write(&bench.path("a.root"), vec![("Events", nano(&event(20), true)), runs(&[(100, 1e17), (50, 1.5)], false)]);
    write(&bench.path("b.root"), vec![("Events", nano(&event(0), true)), runs(&[(7, -1e17), (1, 0.25)], true)]);
    write(&bench.path("c.root"), vec![("Events", nano(&event(5), true))]);
    write(&bench.path("data.root"), vec![("Events", nano(&data(), false))]);
    for files in [["a.root", "b.root"], ["b.root", "a.root"]] {
        let run = bench.succeeds(&["run", "met.adl", files[0], files[1]]);
        assert!(
            run.out.contains("before any selection, by the files' metadata: events 158, sumw 1.75, sumwPdf (2 values)"),
            "{}",
            run.out
        );
        let metadata = &bench.json("out/job.json")["metadata"];
        assert_eq!(metadata["total"], serde_json::json!({ "events": 158, "sumw": 1.75, "sumwPdf": [1.75, 0.875] }));
        assert_eq!(metadata["missing"]["sumw2"], serde_json::json!(["a.root", "b.root"]));
    }
    // A file without events counts, too: it comes from eight.
    let job = bench.json("out/job.json");
    let of = |path: &str| job["files"].as_array().unwrap().iter().find(|f| f["path"] == path).unwrap().clone();
    assert_eq!((&of("b.root")["metadata"]["events"], &of("b.root")["events"]), (&8.into(), &0.into()));
    assert_eq!(of("a.root")["metadata"]["sumwPdf"], serde_json::json!([1e17, 5e16]));
    let run = bench.succeeds(&["run", "met.adl", "a.root", "c.root"]);
    assert!(
        run.err.contains("warning: `sumw` is not known of 1 of 2 files, and the sum lacks them: c.root"),
        "{}",
        run.err
    );
    let run = bench.succeeds(&["run", "met.adl", "c.root"]);
    assert!(
        run.err.contains("no sums of generator weights: no input has genEventCount or genEventCount_ in a tree Runs"),
        "{}",
        run.err
    );
    let run = bench.succeeds(&["run", "met.adl", "data.root"]);
    assert!(!run.err.contains("generator"), "{}", run.err);
    let run = bench.succeeds(&["run", "met.adl", "a.root", "-e", "10"]);
    assert!(run.err.contains("10 of 20 events were read; the files' metadata are of all"), "{}", run.err);
}

/// A skim knows as much of its origin as what it is made of.
#[test]
fn skims_carry_the_sums_along() {
    let bench = Bench::new("metadata-skim");
    let event = |n: usize| (0..n as u64).map(|e| (1, 1, e)).collect::<Vec<_>>();
    write(&bench.path("a.root"), vec![("Events", nano(&event(20), true)), runs(&[(100, 150.0), (50, 1.5)], false)]);
    write(&bench.path("b.root"), vec![("Events", nano(&event(9), true)), runs(&[(7, 0.25)], true)]);
    let text = MET.replace(
        "region CR",
        "  save whole root\n  save flat parquet\n  save met root MET\n  save table parquet MET\nregion CR",
    );
    bench.write("skim.adl", text);
    bench.write("met.adl", MET);
    let total = |files: &[&str]| {
        let run: Vec<&str> = ["run", "met.adl", "-q", "-o", "again"].iter().chain(files).copied().collect();
        bench.succeeds(&run);
        bench.json("again/job.json")["metadata"]["total"].clone()
    };
    let expected = total(&["a.root", "b.root"]);
    assert_eq!(expected, serde_json::json!({ "events": 157, "sumw": 151.75, "sumwPdf": [151.75, 75.875] }));
    bench.succeeds(&["run", "skim.adl", "a.root", "b.root", "-q"]);
    assert_eq!(total(&["out/saved/SR/whole.root"]), expected);
    assert_eq!(total(&["out/saved/SR/flat.parquet"]), expected);
    let schema = |file: &str| bench.succeeds(&["schema", file, "--tree", "Runs"]).out;
    assert!(schema("out/saved/SR/met.root").contains("genEventSumw"));
    // A part of the input: no sums rather than wrong ones.
    let run = bench.succeeds(&["run", "skim.adl", "a.root", "b.root", "-e", "12"]);
    assert!(run.err.contains("what is saved has no sums of generator weights"), "{}", run.err);
    assert_eq!(total(&["out/saved/SR/whole.root"]), serde_json::json!({}));
}

/// ATLAS keeps them in lists, of which one element is meant, and in histograms.
#[test]
fn bookkeepers_and_histograms_hold_the_sums() {
    let bench = Bench::new("metadata-atlas");
    let data = |file: &str| binary::root().join("runtime/root/tests/data").join(file).display().to_string();
    let total = |analysis: &str, file: &str| {
        bench.succeeds(&["run", analysis, file, "-q"]);
        bench.json("out/job.json")["metadata"]["total"].clone()
    };
    bench.write("a.adl", "adl 2026\nregion all\n  select size(ELE) >= 0\n  save whole root\n  save flat parquet\n");
    let counted = serde_json::json!({ "events": 3000, "sumw": 49.75, "sumw2": 275.5 });
    let binned = serde_json::json!({ "events": 3000.0, "sumw": 49.75, "sumw2": 275.5 });
    for (file, expected) in
        [("bookkeepers.root", &counted), ("bookkeepers_ntuple.root", &counted), ("booked.root", &binned)]
    {
        assert_eq!(&total("a.adl", &data(file)), expected, "{file}");
        for skim in ["whole.root", "flat.parquet"] {
            std::fs::copy(bench.path(&format!("out/saved/all/{skim}")), bench.path(skim)).unwrap();
        }
        for skim in ["whole.root", "flat.parquet"] {
            assert_eq!(&total("a.adl", skim), expected, "{skim} of {file}");
        }
    }
    let own = "adl 2026
schema Own
  detect none
  metadata none tree MetaData column CutBookkeepersAux.cycle where CutBookkeepersAux.name in \"Nothing\"
  metadata several tree MetaData column CutBookkeepersAux.cycle where CutBookkeepersAux.name in \"AllExecutedEvents\"
  metadata numbers tree MetaData column CutBookkeepersAux.cycle where CutBookkeepersAux.cycle in \"1\"
  metadata texts tree MetaData column CutBookkeepersAux.cycle largest CutBookkeepersAux.name
  metadata bin histogram CutBookkeeper_*_NOSYS bin 4
  metadata absent histogram CutBookkeepers_*_NOSYS bin 1
  metadata first tree MetaData column CutBookkeepersAux.cycle largest CutBookkeepersAux.sumOfEventWeights
  metadata first tree MetaData column CutBookkeepersAux.cycle largest CutBookkeepersAux.cycle
region all
";
    bench.write("own.adl", own.replace("none\n", "EventInfoAuxDyn.eventNumber\n"));
    let found = total("own.adl", &data("bookkeepers.root"));
    for (name, why) in [
        ("none", "entry 0 of the tree MetaData has none of these"),
        ("several", "entry 0 of the tree MetaData has several"),
        ("numbers", "it has no texts CutBookkeepersAux.cycle"),
        ("texts", "it has no list CutBookkeepersAux.name"),
    ] {
        assert_eq!(found[name]["unclear"], why);
    }
    assert_eq!((&found["first"], found.get("absent"), found.get("bin")), (&4.into(), None, None));
    bench.write("own.adl", own.replace("none\n", "eventNumber\n"));
    assert_eq!(total("own.adl", &data("booked.root"))["bin"]["unclear"], "a histogram has no bin 4");
}

/// A profile of one's own may say it of its own files.
#[test]
fn a_column_of_the_events_may_hold_the_sum_of_the_sample() {
    let bench = Bench::new("metadata-same");
    let own = |sum: Vec<f64>| {
        let events = sum.len();
        let columns: Vec<Named> = vec![
            ("mcWeight", None, Column::F32(vec![1.0; events])),
            ("total", None, Column::F64(sum)),
            ("met", None, Column::F32(vec![3.0; events])),
        ];
        vec![("ntuple", columns)]
    };
    bench.write("own.adl", "adl 2026\nschema Own\n  tree ntuple\n  detect mcWeight, total\n  simulation mcWeight\n  metadata sumw column total\nregion all\n  select met > 2\n");
    write(&bench.path("a.root"), own(vec![2.5; 10]));
    write(&bench.path("b.root"), own(vec![2.5; 7]));
    write(&bench.path("c.root"), own(vec![3.5; 7]));
    write(&bench.path("d.root"), own(vec![3.5, 4.0]));
    let total = |files: &[&str]| {
        let run: Vec<&str> = ["run", "own.adl", "-q"].iter().chain(files).copied().collect();
        bench.succeeds(&run);
        bench.json("out/job.json")["metadata"]["total"]["sumw"].clone()
    };
    assert_eq!(total(&["a.root"]), 2.5);
    assert_eq!(total(&["a.root", "b.root"]), 2.5);
    assert_eq!(total(&["a.root", "c.root"])["unclear"], "the files are of different samples");
    assert_eq!(total(&["d.root"])["unclear"], "it differs from event to event");
}

/// Where a link says by a key which collection it leads to, no position in another is taken for one in that of the link.
#[test]
fn element_links_are_told_by_their_keys() {
    let bench = Bench::new("element-links");
    let file = |keys: Vec<u32>| -> Vec<(&'static str, Vec<Named>)> {
        let columns: Vec<Named> = vec![
            ("nJet", None, Column::U32(vec![2, 0, 2])),
            ("Jet_pt", Some("nJet"), Column::F32(vec![30.0, 40.0, 50.0, 60.0])),
            ("Jet_tagLink.m_persIndex", Some("nJet"), Column::U32(vec![1, 0, 0, 5])),
            ("Jet_tagLink.m_persKey", Some("nJet"), Column::U32(keys)),
            ("nTag", None, Column::U32(vec![2, 1, 1])),
            ("Tag_x", Some("nTag"), Column::F32(vec![0.5, 1.5, 2.5, 3.5])),
        ];
        vec![("T", columns)]
    };
    write(&bench.path("one.root"), file(vec![7, 0, 7, 7]));
    // Another file may have another key.
    write(&bench.path("other.root"), file(vec![9, 9, 9, 0]));
    write(&bench.path("several.root"), file(vec![7, 0, 9, 7]));
    let text = "adl 2026
schema Own
  tree T
  detect Jet_pt, Tag_x
  collection Jet size nJet attribute Jet_*
  collection Tag size nTag attribute Tag_*
  alias *.tagIndex = tagLink.m_persIndex
  link Jet.tag to Tag by tagIndex
object jets
  take Jet
  define x = tag.x
region all
  histo x, \"x\", 5, 0, 5, x(jets)
";
    bench.write("a.adl", text);
    let why = "several.root: the links of column `Jet_tagLink.m_persIndex` lead into several collections";
    bench.fails(4, &["run", "a.adl", "several.root"], &[why]);
    let found = |files: &[&str]| {
        bench.succeeds(&["run", "a.adl", "-q"].iter().chain(files).copied().collect::<Vec<&str>>());
        bench.json("out/histograms.json")["all/x"]["storage"]["values"].clone()
    };
    assert_eq!(found(&["one.root"]), serde_json::json!([0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0]));
    assert_eq!(found(&["one.root", "other.root"]), serde_json::json!([0.0, 1.0, 2.0, 0.0, 2.0, 0.0, 0.0]));
    let check = bench.succeeds(&["check", "a.adl", "one.root"]).out;
    for column in ["Jet_tagLink.m_persIndex  u32 per Jet", "Jet_tagLink.m_persKey    u32, for Jet_tagLink.m_persIndex"]
    {
        assert!(check.contains(column), "{check}");
    }
}
