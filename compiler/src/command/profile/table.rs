//! A profile as text: tables, the most expensive first.

use std::fmt::Write;
use std::time::Duration;

use adl_runtime::spent::ColumnSpent;
use adlc::lines::Line;

use super::Profile;
use crate::command::number;

/// The profile as it is printed.
pub fn text(profile: &Profile) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{}: {} of {} in {:.2} s, {}, {:.0} MB of memory",
        profile.analysis.display(),
        number(profile.events as usize, "event"),
        number(profile.files, "file"),
        profile.wall.as_secs_f64(),
        number(profile.threads, "thread"),
        profile.peak_memory as f64 / 1e6,
    );
    stages(&mut text, profile);
    columns(&mut text, profile);
    lines(&mut text, profile);
    text
}

/// Milliseconds.
fn ms(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1e3)
}

/// Millions of bytes.
fn mb(bytes: u64) -> String {
    format!("{:.2}", bytes as f64 / 1e6)
}

/// A share of a whole.
fn percent(part: Duration, whole: Duration) -> String {
    format!("{:.1} %", 100.0 * part.as_secs_f64() / whole.as_secs_f64().max(1e-9))
}

fn stages(text: &mut String, profile: &Profile) {
    let _ = writeln!(text, "\n{:40} {:>12}", "before the first event", "ms");
    for (stage, time) in &profile.start {
        let _ = writeln!(text, "  {stage:38} {:>12}", ms(*time));
    }
    let whole: Duration = profile.stages.iter().map(|(_, time)| *time).sum();
    let _ = writeln!(text, "\n{:40} {:>12} {:>9}", "event loop, all threads", "ms", "share");
    for (stage, time) in &profile.stages {
        let _ = writeln!(text, "  {:38} {:>12} {:>9}", explained(stage), ms(*time), percent(*time, whole));
    }
}

/// What a stage does, if its name does not say it.
fn explained(stage: &'static str) -> &'static str {
    match stage {
        "read" => "read from files",
        "decode" => "decode into columns",
        "compute" => "compute",
        "fill" => "fill histograms",
        "merge" => "merge sums",
        "other" => "other: batches, waiting for each other",
        stage => stage,
    }
}

fn columns(text: &mut String, profile: &Profile) {
    let whole: Duration = profile.stages.iter().map(|(_, time)| *time).sum();
    let width = profile.columns.iter().map(|c| c.name.chars().count()).max().unwrap_or(0).max(6);
    let _ = writeln!(
        text,
        "\n{:width$} {:>9} {:>9} {:>10} {:>10} {:>12} {:>10} {:>10} {:>8}",
        "column",
        profile.segments,
        "skipped",
        "MB read",
        "MB skipped",
        "MB unpacked",
        "unpack ms",
        "decode ms",
        "share",
    );
    for column in &profile.columns {
        let ColumnSpent { name, segments, skipped, skipped_bytes, spent, decoding } = column;
        let _ = writeln!(
            text,
            "{name:width$} {segments:>9} {skipped:>9} {:>10} {:>10} {:>12} {:>10} {:>10} {:>8}",
            mb(spent.bytes),
            mb(*skipped_bytes),
            mb(spent.unpacked),
            ms(spent.reading + spent.unpacking),
            ms(*decoding),
            percent(column.time(), whole),
        );
    }
}

/// Lines around one that costs something.
const AROUND: usize = 2;

fn lines(text: &mut String, profile: &Profile) {
    let shares: f64 =
        profile.stages.iter().filter(|(s, _)| matches!(*s, "compute" | "fill")).map(|(_, t)| t.as_secs_f64()).sum();
    let _ = writeln!(
        text,
        "\ncompute and fill, {:.2} ms, by lines ({}, {:.1} % of no line)",
        shares * 1e3,
        number(profile.samples as usize, "sample"),
        100.0 * profile.elsewhere,
    );
    let mut files: Vec<_> = profile.lines.keys().map(|line| line.file).collect();
    files.dedup();
    for id in files {
        let Some(source) = profile.sources.get(id) else { continue };
        let _ = writeln!(text, "  {}", source.name);
        let share = |line: usize| profile.lines.get(&Line { file: id, line }).copied().filter(|s| *s >= LEAST);
        let mut left_out = false;
        for (number, line) in (1_usize..).zip(source.text.lines()) {
            let near = number.saturating_sub(AROUND)..=number + AROUND;
            if !near.into_iter().any(|line| share(line).is_some()) {
                left_out = true;
                continue;
            }
            if std::mem::take(&mut left_out) {
                let _ = writeln!(text, "          ...");
            }
            let share = share(number).map_or(String::new(), |share| format!("{:.1} %", 100.0 * share));
            let _ = writeln!(text, "{}", format!("{share:>9}  {number:>4}  {line}").trim_end());
        }
    }
}

/// The least share that is shown.
const LEAST: f64 = 0.0005;
