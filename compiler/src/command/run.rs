//! `adlc run`: checks, compiles, runs over all files on all cores, prints the cutflow, writes the results.

use std::path::Path;
use std::time::{Duration, Instant};

use adl_runtime::job::{CHUNK, Job, RunError};
use adl_runtime::metadata::carried;
use adl_runtime::output::save::{Inputs, PRINTED, Save};
use adl_runtime::output::{self, OutputError, cutflow, digest, job::JobRecord, spectrum};
use adl_runtime::partial::Outcome;
use adl_runtime::remote::Total;
use adl_runtime::report::Report;
use adlc::error::Message;
use adlc::{Placed, results};

use super::{Checked, Failure, checked, duplicates, files, lumi, metadata, number, report, say, tell};

/// Events that a `print` prints, if not all.
const PRINTED_EVENTS: u64 = 100;

/// Runs an analysis.
pub fn run(options: &crate::Run) -> Result<(), Failure> {
    let begin = Instant::now();
    if options.input.inputs.is_empty() {
        return Err(Failure::new(2, "no input files: a run needs events"));
    }
    let mut checked = checked(&options.analysis, &options.input, options.json, options.quiet)?;
    let masks = lumi::masks(&mut checked, options.events.lumi_mask.as_deref(), options.json)?;
    let checked = checked;
    let front = begin.elapsed();
    let begin = Instant::now();
    let placed = adlc::place(&checked.analysis, &checked.binding).map_err(Failure::internal)?;
    files::check_columns(&checked, &placed, options.json)?;
    for wanted in &options.draw {
        check_drawn(wanted, &placed)?;
    }
    if options.events.check_duplicates {
        duplicates::check(&checked, options.threads, !options.quiet)?;
    }
    // Before the work, not after it.
    let unwritten = |e: OutputError| Failure::new(OutputError::EXIT_CODE, e);
    let folder = output::folder::Folder::begin(&options.output).map_err(unwritten)?;
    let names = checked.readers.iter().map(|r| r.path().display().to_string()).collect();
    let most = if options.print_all { None } else { Some(PRINTED_EVENTS) };
    let save = Save::begin(&folder, placed.tables.clone(), names, most).map_err(unwritten)?;
    let wanted = metadata::wanted(&checked);
    let known = metadata::read(&checked.files, &wanted)?;
    let sections = masks.as_ref().map_or(Ok(Vec::new()), |m| lumi::masked_sections(&checked, m))?;
    let listed = lumi::carried(&checked, masks.as_ref(), &placed.tables)?;
    let kernel = adlc::kernel(&placed, options.no_jit).map_err(Failure::internal)?;
    let compile = begin.elapsed();
    let job = Job {
        chunk: options.chunk.unwrap_or(CHUNK),
        threads: options.threads,
        max_events: options.max_events,
        metadata: known,
        sections,
        lumi: masks.as_ref().map(|m| m.job.clone()),
        save: Some(&save),
        progress: !options.quiet,
        ..Job::new(kernel.as_ref(), checked.readers.clone())
    };
    let outcome = adl_runtime::run::run(&job).map_err(|e| failed(&e, &checked, &placed, options.json))?;
    let mut results = results::report(&placed, &outcome, &checked.parsed.sources);
    if let Some(name) = masks.as_ref().and_then(|m| m.given.as_ref()) {
        results::masked(&mut results, name, outcome.events);
    }
    let defaults = files::defaults(&checked, &placed);
    let profile = checked.parsed.profile(&checked.binding.profile);
    let sums = profile.map_or(Vec::new(), |profile| adlc::hir::schema::weights(profile, &checked.binding));
    // Of a part of the events the sums of all of them would be wrong.
    let there: u64 = checked.files.iter().map(|f| f.schema().events).sum();
    let whole = outcome.events == there;
    let carried = if whole { carried(&wanted, &outcome.ledger) } else { Vec::new() };
    let inputs = Inputs {
        readers: &checked.files,
        sums: &sums,
        carried: &carried,
        sections: listed.as_ref().filter(|_| whole),
        threads: options.threads,
    };
    let saved = save.finish(&inputs).map_err(unwritten)?;
    let record = JobRecord {
        sources: sources(&checked),
        options: given(options),
        compile,
        open: front,
        remote: checked.access.total(),
        outcome: &outcome,
        defaults: defaults.iter().map(|d| (d.column.clone(), d.value.clone(), d.files.clone())).collect(),
        metadata: metadata::names(&wanted),
        masks: masks.as_ref().map_or(Vec::new(), |m| m.files.clone()),
    };
    let notes = output::finish(folder, &results, &record).map_err(unwritten)?;
    if !options.json && !options.quiet {
        show_printed(&options.output)?;
    }
    if options.json {
        say(one_line(&cutflow::json(&results)));
    } else if !options.quiet {
        say(cutflow::table(&results).trim_end());
        for file in &saved {
            let name = options.output.join(&file.path);
            say(format!("{} saved in {}", number(file.events as usize, "event"), name.display()));
        }
        if let Some(masks) = &masks {
            lumi::summary(masks, &outcome, &options.output);
        }
        metadata::summary(&outcome);
        summary(&outcome, options);
    }
    if let Some(masks) = &masks {
        lumi::warn(masks, &outcome);
    }
    if !options.json && !options.quiet {
        files::tell_defaults(&defaults);
        metadata::tell_missing(&checked, &wanted, &outcome);
    }
    for file in saved.iter().filter(|f| !f.left_out.is_empty()) {
        let names = file.left_out.join(", ");
        tell(format!("note: {} lacks columns that not all inputs have alike: {names}", file.path.display()));
    }
    if !saved.is_empty() && !whole && !outcome.ledger.metadata().is_empty() {
        tell("note: what is saved has no sums of generator weights: only a part of the input was read");
    }
    if !whole && listed.is_some() {
        tell("note: what is saved lists no luminosity sections: only a part of the input was read");
    }
    for note in notes {
        tell(format!("note: {note}"));
    }
    for wanted in &options.draw {
        draw(wanted, &results);
    }
    if options.timings {
        timings(front, compile, &outcome, checked.access.total());
    }
    Ok(())
}

/// Prints what the analysis prints.
fn show_printed(output: &Path) -> Result<(), Failure> {
    let path = output.join(PRINTED);
    let Ok(mut file) = std::fs::File::open(&path) else { return Ok(()) };
    match std::io::copy(&mut file, &mut std::io::stdout().lock()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::new(OutputError::EXIT_CODE, format!("{}: {e}", path.display())))
        }
        _ => Ok(()),
    }
}

/// A failed run, in the words of the analysis.
pub fn failed(error: &RunError, checked: &Checked, placed: &Placed, json: bool) -> Failure {
    let code = error.exit_code();
    let RunError::Fault { path, event, site, values, .. } = error else { return Failure::new(code, error) };
    let Some(site) = placed.plan.sites.get(*site as usize) else { return Failure::new(code, error) };
    let text = |span| checked.parsed.sources.slice(span).split_whitespace().collect::<Vec<_>>().join(" ");
    let shown: Vec<String> = site.shown.iter().zip(values).map(|(s, v)| format!("{} = {v}", text(*s))).collect();
    let at = if shown.is_empty() { String::new() } else { format!(" for {}", shown.join(", ")) };
    let title = format!("{}{at} in event {event} of {}", site.title, path.display());
    let mut message = Message::error("data", title, site.span, "fails here");
    if !shown.is_empty() {
        message = message.help("cut on these values before, or say what holds there: `outside clamp`, `outside 0`");
    }
    let message = message.also("events are counted from 0 in each file");
    let _ = report(&[message], &checked.parsed, json, false);
    Failure { code, message: String::new() }
}

fn sources(checked: &Checked) -> Vec<(String, String)> {
    let texts = checked.parsed.sources.iter().filter(|(_, s)| !s.is_stdlib);
    texts.map(|(_, s)| (s.name.clone(), digest::sha256(s.text.as_bytes()))).collect()
}

fn given(options: &crate::Run) -> Vec<(String, String)> {
    let mut given = Vec::new();
    if let Some(n) = options.max_events {
        given.push(("max-events".to_owned(), n.to_string()));
    }
    if let Some(n) = options.chunk {
        given.push(("chunk".to_owned(), n.to_string()));
    }
    if let Some(mask) = &options.events.lumi_mask {
        given.push(("lumi-mask".to_owned(), mask.display().to_string()));
    }
    if options.events.check_duplicates {
        given.push(("check-duplicates".to_owned(), "true".to_owned()));
    }
    if options.no_jit {
        given.push(("no-jit".to_owned(), "true".to_owned()));
    }
    if let Some(tree) = &options.input.tree {
        given.push(("tree".to_owned(), tree.clone()));
    }
    if let Some(schema) = &options.input.schema {
        given.push(("schema".to_owned(), schema.clone()));
    }
    given
}

fn summary(outcome: &Outcome, options: &crate::Run) {
    let seconds = outcome.performance.wall.as_secs_f64();
    let rate = outcome.events as f64 / seconds.max(1e-9);
    say(format!(
        "{} events in {seconds:.2} s ({}/s, {}); results in {}",
        outcome.events,
        rounded(rate),
        number(outcome.performance.threads, "thread"),
        options.output.display()
    ));
}

fn rounded(x: f64) -> String {
    match x {
        x if x >= 1e6 => format!("{:.1} M", x / 1e6),
        x if x >= 1e3 => format!("{:.0} k", x / 1e3),
        x => format!("{x:.0}"),
    }
}

/// Fails if there is no such histogram to draw.
fn check_drawn(wanted: &str, placed: &Placed) -> Result<(), Failure> {
    if !wanted.contains('/') {
        return Err(Failure::new(2, format!("--draw {wanted}: name the region and the histogram: REGION/NAME")));
    }
    let regions = placed.regions.iter();
    let all: Vec<String> =
        regions.flat_map(|r| r.histograms.iter().map(move |h| format!("{}/{}", r.name, h.name))).collect();
    if all.iter().any(|name| name == wanted) {
        return Ok(());
    }
    let near = adlc::hir::error::nearest(wanted, all.iter().map(String::as_str));
    let near = near.map_or(String::new(), |n| format!("; did you mean {n}?"));
    Err(Failure::new(2, format!("--draw {wanted}: there is no such histogram{near}")))
}

fn draw(wanted: &str, results: &Report) {
    for region in &results.regions {
        for histogram in region.histograms.iter().filter(|h| format!("{}/{}", region.name, h.name) == wanted) {
            say(format_args!("\n{}", spectrum::draw(&region.name, histogram).trim_end()));
        }
    }
}

/// A JSON document without its line breaks.
fn one_line(document: &str) -> String {
    serde_json::from_str::<serde_json::Value>(document).map_or_else(|_| document.to_owned(), |v| v.to_string())
}

fn timings(front: Duration, compile: Duration, outcome: &Outcome, remote: Total) {
    let p = &outcome.performance;
    let line = |name: &str, time: Duration| tell(format!("  {name:32} {:10.2} ms", time.as_secs_f64() * 1e3));
    tell("timings (stages of the loop are summed over threads)");
    line("parse, open inputs, check", front);
    line("lower, place, compile", compile);
    line("event loop, wall", p.wall);
    line("  read and decompress", p.read);
    line("  kernel", p.kernel);
    line("  fill histograms", p.fill);
    line("  merge sums", p.merge);
    tell(format!("  {:32} {:10.1} MB", "read from files", p.bytes_read as f64 / 1e6));
    if remote != Total::default() {
        let counts = [(remote.requests, "request"), (remote.fetched, "whole file"), (remote.repeated, "repetition")];
        let counts = counts.iter().filter(|(n, _)| *n > 0).map(|(n, thing)| number(*n as usize, thing));
        let counts: Vec<String> = counts.collect();
        tell(format!("  {:32} {:10.1} MB in {}", "  from servers", remote.bytes as f64 / 1e6, counts.join(", ")));
    }
    tell(format!("  {:32} {:10.1} MB", "peak memory", p.peak_memory as f64 / 1e6));
}
