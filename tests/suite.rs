//! Runs the cases of `language/*.adl`: interpreter and compiled code, one and four threads, chunks of 1, 3 and 16384
//! events, columns cut into segments at odd places, and the events in one file or in two. All agree to the last bit,
//! and with the expectations. `ADL_UPDATE=1` rewrites the expectations that fail.

#![allow(clippy::panic, clippy::expect_used)] // A test that cannot be run fails.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use adl_runtime::job::RunError;
use adl_runtime::partial::Outcome;
use adl_runtime::reader::FileReader;
use adl_tests::case::{self, Case};
use adl_tests::{compile, events, show};
use adlc::Placed;

/// Threads, events in a chunk, and how far apart segments end (0: one segment).
const WAYS: [(usize, u64, usize); 5] = [(1, 16_384, 0), (4, 16_384, 2), (1, 3, 3), (4, 3, 1), (4, 1, 2)];

#[test]
fn language() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("language");
    let update = std::env::var_os("ADL_UPDATE").is_some();
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder).expect("a folder").flatten().map(|e| e.path()).collect();
    files.retain(|p| p.extension().is_some_and(|e| e == "adl"));
    files.sort();
    let (mut cases, mut runs, mut failures) = (0, 0, Vec::new());
    for path in &files {
        let text = std::fs::read_to_string(path).expect("a readable file");
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let read = case::read(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for case in read.iter().rev() {
            cases += 1;
            let found = check(case, &lines, &mut runs);
            if found.is_empty() {
                continue;
            }
            if update {
                let new: Vec<String> = found.iter().filter_map(|f| f.new.clone()).collect();
                rewrite(&mut lines, case, &found, new);
            }
            for f in &found {
                failures.push(format!("{name}: {}: {}", case.name, f.what));
            }
        }
        if update {
            std::fs::write(path, format!("{}\n", lines.join("\n"))).expect("a writable file");
        }
    }
    println!("counted: language: {} files, {cases} cases, {runs} runs", files.len());
    assert!(update || failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
}

/// An expectation that fails: its line, what it should read, or a line that is missing.
struct Failure {
    what: String,
    line: Option<usize>,
    new: Option<String>,
}

fn rewrite(lines: &mut Vec<String>, case: &Case, found: &[Failure], new: Vec<String>) {
    let at = case.expect.first().copied().unwrap_or(case.end);
    let drop: Vec<usize> = found.iter().filter_map(|f| f.line).collect();
    let kept = case.expect.iter().filter(|n| !drop.contains(n)).filter_map(|n| lines.get(*n).cloned());
    let all: Vec<String> = kept.chain(new.into_iter().map(|l| format!("  {l}"))).collect();
    let end = case.expect.last().map_or(at, |last| last + 1);
    lines.splice(at..end, all);
}

fn check(case: &Case, lines: &[String], runs: &mut usize) -> Vec<Failure> {
    let expected: Vec<(usize, &str)> =
        case.expect.iter().filter_map(|n| lines.get(*n).map(|l| (*n, l.trim()))).collect();
    let schema = events::file(&case.columns, 0, case.columns.first().map_or(0, |c| c.values.len()), 0);
    let whole = |what: String| vec![Failure { what, line: None, new: None }];
    let compiled = match compile::compile("case.adl", &case.program, &case.files, schema.schema()) {
        Ok(compiled) => compiled,
        Err(bug) => return whole(format!("bug: {bug}")),
    };
    if expected.is_empty() {
        let said = show::rendered(&compiled.messages, &compiled.parsed);
        return whole(format!("expects nothing\n{said}"));
    }
    let mut failures = Vec::new();
    // Errors are listed completely, notes and warnings where a case is about them; `quiet` says that there are none.
    let said: Vec<String> = compiled.messages.iter().map(|m| show::message(m, &compiled.parsed.sources)).collect();
    let is_message = |l: &str| ["error ", "warning ", "note "].iter().any(|w| l.starts_with(w));
    let matches = |l: &str, s: &String| s == l || s.strip_prefix(l).is_some_and(|rest| rest.starts_with(" at "));
    for (n, line) in expected.iter().filter(|(_, l)| is_message(l)) {
        if !said.iter().any(|s| matches(line, s)) {
            failures.push(Failure { what: format!("expected {line}"), line: Some(*n), new: None });
        }
    }
    let unexpected: Vec<&String> = said
        .iter()
        .filter(|s| s.starts_with("error ") || expected.iter().any(|(_, l)| *l == "quiet"))
        .filter(|s| !expected.iter().any(|(_, l)| is_message(l) && matches(l, s)))
        .collect();
    for s in &unexpected {
        failures.push(Failure { what: format!("unexpected {s}"), line: None, new: Some((*s).clone()) });
    }
    if !unexpected.is_empty() {
        failures.extend(whole(show::rendered(&compiled.messages, &compiled.parsed)));
    }
    let Some(placed) = &compiled.placed else { return failures };
    match every_way(case, placed, runs) {
        Err(what) => failures.extend(whole(what)),
        Ok(Err(fault)) => {
            for (n, line) in expected.iter().filter(|(_, l)| !is_message(l) && *l != "quiet") {
                if *line != fault {
                    let what = format!("expected {line}, found {fault}");
                    failures.push(Failure { what, line: Some(*n), new: Some(fault.clone()) });
                }
            }
        }
        Ok(Ok(outcome)) => {
            for (n, line) in expected.iter().filter(|(_, l)| !is_message(l) && *l != "quiet") {
                let (key, value) = line.split_once(" = ").unwrap_or((line.trim_end_matches(" ="), ""));
                if let Some(key) = key.strip_prefix("absent ") {
                    if show::value(key, placed, &outcome).is_some() {
                        failures.push(Failure { what: format!("expected no {key}"), line: Some(*n), new: None });
                    }
                    continue;
                }
                let found = show::value(key, placed, &outcome);
                if found.as_ref().is_some_and(|f| show::agree(value, f)) {
                    continue;
                }
                let new = found.as_ref().map(|f| format!("{key} = {f}"));
                let found = found.unwrap_or_else(|| "no such result".to_owned());
                failures.push(Failure { what: format!("expected {line}, found {found}"), line: Some(*n), new });
            }
        }
    }
    failures
}

/// Runs a case every way: one outcome, or one fault in words.
fn every_way(case: &Case, placed: &Placed, runs: &mut usize) -> Result<Result<Outcome, String>, String> {
    let events = case.columns.first().map_or(0, |c| c.values.len());
    let kernels = compile::kernels(placed).map_err(|e| format!("bug: {e}"))?;
    let mut first: Option<Result<Outcome, String>> = None;
    let mut by_chunk: Vec<(u64, Vec<u64>)> = Vec::new();
    for (engine, kernel) in &kernels {
        for (threads, chunk, step) in WAYS {
            *runs += 1;
            let way = format!("{engine}, {threads} threads, chunks of {chunk}, segments {step}");
            let file: Arc<dyn FileReader> = Arc::new(events::file(&case.columns, 0, events, step));
            let result = compile::run(kernel.as_ref(), vec![file], threads, chunk).map_err(|e| fault(&e, placed));
            if let Ok(outcome) = &result {
                let words = compile::bits(outcome);
                match by_chunk.iter().find(|(c, _)| *c == chunk) {
                    Some((_, before)) if *before != words => return Err(format!("other bits with {way}")),
                    Some(_) => {}
                    None => by_chunk.push((chunk, words)),
                }
            }
            compare(&mut first, result, &way)?;
        }
        // The same events in two files.
        if events > 1 && !matches!(first, Some(Err(_))) {
            *runs += 1;
            let half = |from, to| Arc::new(events::file(&case.columns, from, to, 0)) as Arc<dyn FileReader>;
            let middle = events / 2;
            let files = vec![Arc::new(Renamed(half(0, middle))), half(middle, events)];
            let result = compile::run(kernel.as_ref(), files, 2, 2).map_err(|e| fault(&e, placed));
            compare(&mut first, result, &format!("{engine}, two files"))?;
        }
    }
    first.ok_or_else(|| "nothing was run".to_owned())
}

fn compare(
    first: &mut Option<Result<Outcome, String>>,
    result: Result<Outcome, String>,
    way: &str,
) -> Result<(), String> {
    match (first.as_ref(), &result) {
        (None, _) => *first = Some(result),
        (Some(Ok(a)), Ok(b)) if compile::counts(a) == compile::counts(b) => {}
        (Some(Err(a)), Err(b)) if a == b => {}
        (Some(a), b) => {
            let words = |r: &Result<Outcome, String>| r.as_ref().map_or_else(Clone::clone, |_| "an outcome".to_owned());
            return Err(format!("another outcome with {way}: {} and {}", words(a), words(b)));
        }
    }
    Ok(())
}

/// A file under another name: the files of a job have different ones.
struct Renamed(Arc<dyn FileReader>);

impl FileReader for Renamed {
    fn path(&self) -> &Path {
        Path::new("first")
    }
    fn size(&self) -> u64 {
        self.0.size()
    }
    fn uuid(&self) -> &str {
        self.0.uuid()
    }
    fn schema(&self) -> &adl_runtime::schema::FileSchema {
        self.0.schema()
    }
    fn borders(&self, column: usize) -> &[u64] {
        self.0.borders(column)
    }
    fn decode(
        &self,
        column: usize,
        segment: usize,
        scratch: &mut adl_runtime::reader::Scratch,
    ) -> Result<adl_runtime::reader::Segment, adl_runtime::reader::ReadError> {
        self.0.decode(column, segment, scratch)
    }
}

/// A fault as an expectation: `fault 3 the weight ...`, with the number of the event from 0; `: 45 0.5` are the values
/// that the message shows.
fn fault(error: &RunError, placed: &Placed) -> String {
    match error {
        RunError::Fault { event, site, values, .. } => {
            let site = placed.plan.sites.get(*site as usize);
            let title = site.map_or("?", |s| s.title.as_str());
            let shown: Vec<String> =
                values.iter().take(site.map_or(0, |s| s.shown.len())).map(f64::to_string).collect();
            let values = if shown.is_empty() { String::new() } else { format!(": {}", shown.join(" ")) };
            format!("fault {event} {title}{values}")
        }
        other => format!("error: {other}"),
    }
}
