//! adlc and the floor as peers of `measure.py`: programs that run a task when told to, and say what it took.
//!
//! `adl-bench adlc THREADS` and `adl-bench floor` read lines `TASK FILE...` and answer each with a line of JSON: `cpu` in
//! seconds, the contents of the task's `histograms`, and parts of the time; or `error`. `adl-bench decode` answers with what
//! adlc takes to decode the columns of the task and no more; `adl-bench arrays FILE TO` writes what `peers/three_jets.cxx`
//! reads.

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use adl_bench::floor::FloorRunner;
use adl_bench::run_chain;
use serde_json::{Value, json};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let peer = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let threads = rest.first().and_then(|n| n.parse().ok()).unwrap_or(1);
    let answered = match peer.as_str() {
        "adlc" => answer(|task, files| adlc(task, files, threads)),
        "floor" => FloorRunner::new().and_then(|mut runner| answer(|task, files| floor(&mut runner, task, files))),
        "decode" => answer(|task, files| {
            let took = adl_bench::decode(task, files)?;
            Ok(json!({ "cpu": took.as_secs_f64(), "histograms": [] }))
        }),
        "arrays" => arrays(&rest),
        _ => Err("usage: adl-bench adlc THREADS | floor | decode | arrays FILE TO".to_owned()),
    };
    match answered {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Answers each line of the standard input.
fn answer(mut run: impl FnMut(usize, &[PathBuf]) -> Result<Value, String>) -> Result<(), String> {
    let mut out = std::io::stdout();
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|e| e.to_string())?;
        let mut words = line.split_whitespace();
        let task = words.next().and_then(|n| n.parse().ok()).ok_or_else(|| format!("no task: {line}"))?;
        let files: Vec<PathBuf> = words.map(PathBuf::from).collect();
        let result = run(task, &files).unwrap_or_else(|error| json!({ "error": error }));
        writeln!(out, "{result}").and_then(|()| out.flush()).map_err(|e| e.to_string())?;
    }
    Ok(())
}

fn arrays(arguments: &[String]) -> Result<(), String> {
    let [file, to] = arguments else { return Err("usage: adl-bench arrays FILE TO".to_owned()) };
    let bytes = FloorRunner::new()?.three_jets(file.as_ref())?;
    std::fs::write(to, bytes).map_err(|e| format!("{to}: {e}"))
}

fn adlc(task: usize, files: &[PathBuf], threads: usize) -> Result<Value, String> {
    let (report, took) = run_chain(task, files, threads)?;
    let contents = |cells: usize, h: &adl_runtime::report::HistogramReport| {
        (0..cells).map(|cell| h.contents.weight(cell)).collect::<Vec<_>>()
    };
    let histograms = report.regions.iter().flat_map(|r| &r.histograms);
    Ok(json!({
        "cpu": took.events.as_secs_f64(),
        "wall": took.events_wall.as_secs_f64(),
        "open": took.open.as_secs_f64(),
        "compile": took.compile.as_secs_f64(),
        "histograms": histograms.map(|h| contents(102, h)).collect::<Vec<_>>(),
    }))
}

fn floor(runner: &mut FloorRunner, task: usize, files: &[PathBuf]) -> Result<Value, String> {
    let floor = runner.run(task, files)?;
    Ok(json!({
        "cpu": floor.cpu().as_secs_f64(),
        "read_lz4_flex": floor.read_flex.as_secs_f64(),
        "read_lz4_c": floor.read_c.map(|d: Duration| d.as_secs_f64()),
        "compute": floor.compute.as_secs_f64(),
        "wall": floor.wall.as_secs_f64(),
        "packed": floor.packed,
        "unpacked": floor.unpacked,
        "histograms": floor.histograms,
    }))
}
