//! `cargo bench -p adl-bench`: the eight tasks, in alternation with compiled RDataFrame where its program is at hand.
//!
//! - `ADL_BENCH_FILE`: the events; else those of `examples/data`, which are too few for a rate.
//! - `ADL_BENCH_THREADS`: 1 if not given; `ADL_BENCH_REPEAT`: 5.
//! - `RDF_QUERIES`: a program called as `rdf_queries FILE THREADS REPEAT root TASK` that prints a line of JSON for each
//!   repetition, with `wall` and `cpu` in seconds. Its first repetition, in which ROOT loads itself, is left out.
//!
//! Printed are medians. CPU time is that of all threads, from opening the file to the report; for adlc it includes
//! compiling the analysis, for RDataFrame, which g++ has compiled before, it does not.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use adl_bench::{TASKS, Took, big_file, compile_time, open, root, run};
use serde_json::Value;

/// What the compiler may take for a task.
const COMPILE: Duration = Duration::from_millis(20);

fn main() -> ExitCode {
    match measure() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Result<(), String> {
    let file = big_file().unwrap_or_else(|| {
        println!("ADL_BENCH_FILE names no file: these are the few events of examples/data, and no measure of a rate");
        root().join("examples/data/dy.root")
    });
    let (threads, repeat) = (number("ADL_BENCH_THREADS", 1)?, number("ADL_BENCH_REPEAT", 5)?.max(1));
    let peer = std::env::var_os("RDF_QUERIES");
    let reader = open(&file)?;
    let events = reader.schema().events;
    println!("{}: {events} events, {threads} threads, medians of {repeat}", file.display());
    println!(
        "task  compile ms   events/s     wall s      CPU s{}",
        if peer.is_some() { "  RDataFrame   ratio" } else { "" }
    );
    let (mut sums, mut ratios, mut slow) = ((0.0, 0.0), Vec::new(), Vec::new());
    for task in 1..=TASKS {
        // The first run brings the file into memory.
        run(task, &file, threads)?;
        let mut compile = Vec::new();
        for _ in 0..20 {
            compile.push(compile_time(task, reader.as_ref())?.as_secs_f64());
        }
        let compile = median(compile);
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for round in 0..repeat {
            ours.push(run(task, &file, threads)?.1);
            // ROOT takes a while to start: a few repetitions of each, in two turns.
            if let Some(peer) = peer.as_ref().filter(|_| round == 0 || round == repeat / 2) {
                theirs.extend(ask(peer, &file, threads, repeat.div_ceil(2), task)?);
            }
        }
        let part = |f: fn(&Took) -> Duration| median(ours.iter().map(|t| f(t).as_secs_f64()).collect());
        let (wall, cpu) = (part(|t| t.wall), part(|t| t.cpu));
        let mut line =
            format!("{task:4}  {:10.2}  {:9.3e}  {wall:9.4}  {cpu:9.4}", compile * 1e3, events as f64 / wall);
        if peer.is_some() {
            let theirs = median(theirs);
            line.push_str(&format!("  {theirs:10.4}  {:6.2}", theirs / cpu));
            ratios.push(theirs / cpu);
            sums.1 += theirs;
        }
        sums.0 += cpu;
        println!("{line}");
        if compile > COMPILE.as_secs_f64() {
            slow.push(task);
        }
    }
    let mut line = format!(" all                                     {:9.4}", sums.0);
    if !ratios.is_empty() {
        let mean = (ratios.iter().map(|r| r.ln()).sum::<f64>() / ratios.len() as f64).exp();
        line.push_str(&format!("  {:10.4}  {mean:6.2} (geometric mean)", sums.1));
    }
    println!("{line}");
    if slow.is_empty() { Ok(()) } else { Err(format!("more than {COMPILE:?} to compile: tasks {slow:?}")) }
}

/// CPU seconds of each repetition of RDataFrame but the first.
fn ask(program: &OsString, file: &Path, threads: usize, repeat: usize, task: usize) -> Result<Vec<f64>, String> {
    let name = PathBuf::from(program).display().to_string();
    let arguments = [threads.to_string(), (repeat + 1).to_string(), "root".to_owned(), task.to_string()];
    let output = Command::new(program).arg(file).args(arguments).output().map_err(|e| format!("{name}: {e}"))?;
    if !output.status.success() {
        return Err(format!("{name}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = text.lines().filter_map(|l| serde_json::from_str::<Value>(l).ok());
    let times: Vec<f64> = lines.filter_map(|v| v["cpu"].as_f64()).skip(1).collect();
    if times.is_empty() { Err(format!("{name}: no times in {text}")) } else { Ok(times) }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let at = |i: usize| values.get(i).copied().unwrap_or(f64::NAN);
    if values.len() % 2 == 1 { at(middle) } else { (at(middle.wrapping_sub(1)) + at(middle)) / 2.0 }
}

fn number(name: &str, default: usize) -> Result<usize, String> {
    match std::env::var(name) {
        Ok(text) => text.parse().map_err(|_| format!("{name}: {text} is not a number")),
        Err(_) => Ok(default),
    }
}
