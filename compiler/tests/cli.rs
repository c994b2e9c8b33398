//! The command line as its users see it: help, options, inputs, outputs, exit codes.

#![allow(clippy::unwrap_used)] // A test that cannot be run fails.

mod binary;

use std::io::Read;
use std::process::Stdio;

use binary::{Bench, example};
use serde_json::Value;

fn dy() -> String {
    example("data/dy.root")
}

fn zmumu() -> String {
    example("zmumu.adl")
}

const COUNT: &str = "adl 2026\nregion all\n  histo met, \"met;MET [GeV]\", 40, 0, 200, MET\n";

#[test]
fn help_lists_commands_options_and_exit_codes() {
    let bench = Bench::new("help");
    let help = bench.succeeds(&["--help"]).out;
    for part in ["schema", "check", "run", "plan", "Exit codes", "  9 an input is damaged"] {
        assert!(help.contains(part), "{help}");
    }
    let help = bench.succeeds(&["run", "--help"]).out;
    for part in ["--output", "--threads", "--max-events", "--no-jit", "--timings", "--draw", "--quiet", "--json"] {
        assert!(help.contains(part), "{help}");
    }
    for command in ["schema", "check", "plan"] {
        assert!(bench.succeeds(&[command, "--help"]).out.contains("Usage: adlc"));
    }
    let version = bench.succeeds(&["--version"]).out;
    assert_eq!(version.trim(), format!("adlc {}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_usage_is_code_2() {
    let bench = Bench::new("usage");
    let (zmumu, dy) = (zmumu(), dy());
    bench.fails(2, &[], &["Usage"]);
    bench.fails(2, &["walk"], &["walk"]);
    bench.fails(2, &["run", &zmumu, &dy, "--colour"], &["--colour"]);
    bench.fails(2, &["run", &zmumu], &["no input files"]);
    bench.fails(2, &["plan", &zmumu], &["no input files"]);
    bench.fails(2, &["run", &zmumu, &dy, "-j", "many"], &["many"]);
    bench.fails(2, &["run", &zmumu, &dy, "--draw", "mass"], &["REGION/NAME"]);
    bench.fails(2, &["run", &zmumu, &dy, "--draw", "dimuon/mas"], &["did you mean dimuon/mass?"]);
    bench.fails(2, &["run", &zmumu, &dy, &dy], &["is given twice"]);
    bench.fails(2, &["plan", &zmumu, &dy, "--stage", "soul"], &["ast, hir, plan, placed, clif"]);
}

#[test]
fn a_run_prints_a_cutflow_and_draws() {
    let bench = Bench::new("run");
    let run = bench.succeeds(&["run", &zmumu(), &dy(), "--draw", "dimuon/mass"]);
    for part in ["select mass(Z) [] 60 120", "3167 events in", "results in out", "dimuon/mass: Z", "█"] {
        assert!(run.out.contains(part), "{}", run.out);
    }
    let mut names: Vec<String> =
        std::fs::read_dir(bench.path("out")).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["cutflow.json", "histograms.json", "histograms.root", "job.json"]);
    let row = &bench.json("out/cutflow.json")["regions"]["dimuon"][0];
    assert_eq!(row["events"], 3167);
    let job = bench.json("out/job.json");
    assert_eq!((&job["status"], &job["events"]), (&"done".into(), &3167.into()));
    assert_eq!(job["files"][0]["processed"], serde_json::json!([[0, 3167]]));
    // A second run replaces the first.
    bench.succeeds(&["run", &zmumu(), &dy(), "-e", "100", "-q"]);
    assert_eq!(bench.json("out/job.json")["events"], 100);
    assert_eq!(bench.names(), ["out"]);
}

#[test]
fn quiet_is_quiet() {
    let bench = Bench::new("quiet");
    let run = bench.succeeds(&["run", &zmumu(), &dy(), "-q"]);
    assert_eq!((run.out.as_str(), run.err.as_str()), ("", ""));
}

#[test]
fn results_have_the_same_bytes_whatever_runs_them() {
    let bench = Bench::new("bytes");
    for (analysis, data) in [("zmumu.adl", "data/dy"), ("ttbar.adl", "data/ttbar")] {
        let (analysis, root) = (example(analysis), example(&format!("{data}.root")));
        let run = |name: &str, more: &[&str]| {
            let mut arguments = vec!["run", &analysis, &root, "-q", "-o", name];
            arguments.extend(more);
            bench.succeeds(&arguments);
            let read = |file: &str| bench.bytes(&format!("{name}/{file}"));
            [read("histograms.json"), read("histograms.root"), read("cutflow.json")]
        };
        let first = run("first", &[]);
        assert!(run("one", &["-j", "1"]) == first, "one thread");
        assert!(run("four", &["-j", "4"]) == first, "four threads");
        assert!(run("interpreted", &["--no-jit"]) == first, "the interpreter");
        // Many chunks: sums are rounded per chunk, so only runs of equal chunks have equal bits.
        let chunks = run("chunks", &["--chunk", "64", "-j", "1"]);
        assert!(run("chunks4", &["--chunk", "64", "-j", "4"]) == chunks, "four threads, many chunks");
        assert!(run("chunks-interpreted", &["--chunk", "64", "-j", "4", "--no-jit"]) == chunks, "interpreted chunks");
    }
}

#[test]
fn formats_of_the_same_events_give_the_same_histograms() {
    let bench = Bench::new("formats");
    for file in ["dy.root", "dy.parquet", "dy_nested.parquet"] {
        bench.succeeds(&["run", &zmumu(), &example(&format!("data/{file}")), "-q", "-o", file]);
    }
    let first = bench.text("dy.root/histograms.json");
    assert_eq!(bench.text("dy.parquet/histograms.json"), first);
    assert_eq!(bench.text("dy_nested.parquet/histograms.json"), first);
}

#[test]
fn inputs_are_files_patterns_and_lists() {
    let bench = Bench::new("inputs");
    bench.write("count.adl", COUNT);
    std::fs::create_dir(bench.path("data")).unwrap();
    std::fs::copy(dy(), bench.path("data/a.root")).unwrap();
    std::fs::copy(dy(), bench.path("data/b.root")).unwrap();
    std::fs::copy(example("data/ttbar.root"), bench.path("c.root")).unwrap();
    let events = |arguments: &[&str]| {
        let mut all = vec!["run", "count.adl"];
        all.extend(arguments);
        bench.succeeds(&all);
        bench.json("out/job.json")["events"].as_u64().unwrap()
    };
    // Files with the same content under two names are two files.
    assert_eq!(events(&["data/a.root", "data/b.root"]), 2 * 3167);
    assert_eq!(events(&["data/*.root", "c.root"]), 2 * 3167 + 2000);
    assert_eq!(events(&["data/a.root", "c.root", "-e", "4000"]), 4000);
    bench.write("list.txt", "# two files\ndata/a.root\n\n  c.root\n");
    assert_eq!(events(&["@list.txt", "data/b.root"]), 2 * 3167 + 2000);
    std::fs::remove_dir_all(bench.path("out")).unwrap();
    bench.fails(5, &["run", "count.adl", "nothing/*.root"], &["nothing/*.root: no file fits this pattern"]);
    bench.fails(5, &["run", "count.adl", "@nolist.txt"], &["nolist.txt: there is no such file"]);
    bench.write("none.txt", "# nothing\n");
    bench.fails(5, &["run", "count.adl", "@none.txt"], &["none.txt: lists no files"]);
    bench.fails(
        5,
        &["run", "count.adl", "root://host//a.root"],
        &["root://host//a.root: only http and https are read directly"],
    );
    bench.fails(5, &["run", "count.adl", "data/a.root", "d.root"], &["d.root: there is no such file"]);
    bench.fails(2, &["run", "count.adl", "data/a.root", "data/../data/a.root"], &["before as data/a.root"]);
}

#[test]
fn lists_may_not_contain_themselves() {
    let bench = Bench::new("lists");
    bench.write("count.adl", COUNT);
    bench.write("list.txt", "@list.txt\n");
    bench.fails(2, &["run", "count.adl", "@list.txt"], &["list.txt", "lists itself"]);
}

#[test]
fn schema_shows_what_an_analysis_can_use() {
    let bench = Bench::new("schema");
    for file in ["dy.root", "dy.parquet", "dy_nested.parquet"] {
        let file = example(&format!("data/{file}"));
        let text = bench.succeeds(&["schema", &file]).out;
        for part in ["3167 events", "\nMuon", "\n  pt ", "[GeV]", "\nevent\n", "  genWeight "] {
            assert!(text.contains(part), "{part:?} in {text}");
        }
        let json: Value = serde_json::from_str(&bench.succeeds(&["schema", "--json", &file]).out).unwrap();
        assert_eq!((&json["events"], &json["simulated"]), (&3167.into(), &true.into()));
        assert!(json["collections"]["Muon"]["attributes"]["pt"].is_string(), "{json}");
    }
    let runs = bench.succeeds(&["schema", &dy(), "--tree", "Runs"]).out;
    assert!(runs.contains("tree Runs, 1 events") || runs.contains("tree Runs, 1 event,"), "{runs}");
    bench.fails(4, &["schema", &dy(), "--tree", "Ruins"], &["no tree \"Ruins\"; it has Events, Runs"]);
    bench.fails(5, &["schema", "nothing.root"], &["nothing.root: there is no such file"]);
}

#[test]
fn check_lists_the_columns_of_a_run() {
    let bench = Bench::new("check");
    let text = bench.succeeds(&["check", &zmumu(), &dy()]).out;
    assert!(text.contains("2 regions, 4 histograms, no errors"), "{text}");
    assert!(text.contains("  Muon_pt ") && !text.contains("Electron"), "{text}");
    let json = bench.succeeds(&["check", "--json", &zmumu(), &dy()]).out;
    let columns: Value = serde_json::from_str(json.lines().last().unwrap()).unwrap();
    assert!(columns["columns"].as_array().unwrap().contains(&"genWeight".into()), "{columns}");
    bench.write("count.adl", "adl 2026\nregion all\n  select MET > \n");
    bench.fails(3, &["check", "count.adl"], &["count.adl:3:"]);
}

#[test]
fn every_stage_can_be_printed() {
    let bench = Bench::new("plan");
    let stages = [("ast", "object goodMuons"), ("hir", "goodMuons"), ("plan", ""), ("placed", ""), ("clif", "block0")];
    for (stage, part) in stages {
        let text = bench.succeeds(&["plan", &zmumu(), &dy(), "--stage", stage]).out;
        assert!(text.lines().count() > 5 && text.contains(part), "{stage}: {text}");
    }
    // What is printed of the syntax is the same analysis.
    bench.write("again.adl", bench.succeeds(&["plan", &zmumu(), "--stage", "ast"]).out);
    let columns =
        |file: &str| bench.succeeds(&["check", file, &dy()]).out.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(columns("again.adl"), columns(&zmumu()));
}

#[test]
fn json_is_one_value_per_line() {
    let bench = Bench::new("json");
    let lines = |text: &str| text.lines().map(|l| serde_json::from_str(l).unwrap()).collect::<Vec<Value>>();
    let run = bench.succeeds(&["run", "--json", &zmumu(), &dy()]);
    let values = lines(&run.out);
    assert_eq!(values.last().unwrap()["regions"]["dimuon"][0]["events"], 3167);
    std::fs::remove_dir_all(bench.path("out")).unwrap();
    bench.write("wrong.adl", "adl 2026\nregion all\n  select MTE > 10\n  select nonsense(MET)\n");
    for command in ["check", "run"] {
        let run = bench.fails(3, &[command, "--json", "wrong.adl", &dy()], &[]);
        let errors: Vec<Value> = lines(&run.out).into_iter().filter(|v| v["severity"] == "error").collect();
        assert_eq!(errors.len(), 2, "{}", run.out);
        let place = &errors[0]["labels"][0]["place"];
        assert_eq!((&place["file"], &place["line"]), (&"wrong.adl".into(), &3.into()), "{place}");
        assert_eq!(run.err, "");
    }
    let run = bench.fails(5, &["run", "--json", &zmumu(), "nothing.root"], &[]);
    let failure = lines(&run.out).pop().unwrap();
    assert_eq!((&failure["code"], &failure["exit_code"]), (&"adl::input_open".into(), &5.into()));
}

#[test]
fn a_closed_pipe_is_no_error() {
    let bench = Bench::new("pipe");
    let mut child = bench
        .command()
        .args(["plan", &zmumu(), &dy(), "--stage", "clif"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    let status = child.wait().unwrap();
    assert!(status.success() && !err.contains("panicked"), "{status} {err}");
    // The same for messages.
    let mut child =
        bench.command().args(["run", &zmumu(), &dy()]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stderr.take());
    assert!(child.wait().unwrap().success());
    assert!(bench.path("out/job.json").exists());
}

#[test]
fn there_is_no_colour_where_none_is_wanted() {
    let bench = Bench::new("colour");
    bench.write("wrong.adl", "adl 2026\nregion all\n  select MTE > 10\n");
    // stderr is no terminal here.
    assert!(!bench.fails(3, &["check", "wrong.adl", &dy()], &["MTE"]).err.contains('\u{1b}'));
    let output = bench.command().args(["check", "wrong.adl", &dy()]).env("NO_COLOR", "1").output().unwrap();
    assert!(!output.stderr.contains(&0x1b));
}

#[test]
fn timings_name_the_stages() {
    let bench = Bench::new("timings");
    let run = bench.succeeds(&["run", &zmumu(), &dy(), "--timings"]);
    for part in ["parse, open inputs, check", "lower, place, compile", "event loop, wall", "peak memory"] {
        assert!(run.err.contains(part), "{}", run.err);
    }
}
