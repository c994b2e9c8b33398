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
    hints(&mut text, profile);
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
    let _ = writeln!(text, "\n{:40} {:>12} {:>9}", "before the first event", "ms", "CPU ms");
    for (stage, [time, cpu]) in &profile.start {
        let _ = writeln!(text, "  {stage:38} {:>12} {:>9}", ms(*time), ms(*cpu));
    }
    let whole = profile.in_loop();
    let _ = writeln!(text, "\n{:40} {:>12} {:>9} {:>9}", "event loop, all threads", "ms", "CPU ms", "share");
    for (stage, time) in &profile.stages {
        let _ = writeln!(text, "  {:38} {:>12} {:>9} {:>9}", explained(stage), ms(*time), "", percent(*time, whole));
    }
    let _ = writeln!(text, "  {:38} {:>12} {:>9} {:>9}", "total", ms(whole), ms(profile.cpu), percent(whole, whole));
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
    let whole = profile.in_loop();
    let width = profile.columns.iter().map(|c| c.name.chars().count()).max().unwrap_or(0).max(6);
    let _ = writeln!(
        text,
        "\n{:width$} {:>9} {:>9} {:>10} {:>10} {:>12} {:>9} {:>10} {:>10} {:>8}",
        "column",
        profile.segments,
        "skipped",
        "MB read",
        "MB skipped",
        "MB unpacked",
        "read ms",
        "unpack ms",
        "decode ms",
        "share",
    );
    let mut total = ColumnSpent { name: "total".to_owned(), ..ColumnSpent::default() };
    for column in &profile.columns {
        if let Some(list) = &column.sizes_from {
            let _ = writeln!(text, "{:width$} not needed: the lists of {list} tell their sizes", column.name);
            continue;
        }
        total.segments += column.segments;
        total.skipped += column.skipped;
        total.skipped_bytes += column.skipped_bytes;
        total.spent += column.spent;
        total.decoding += column.decoding;
        row(text, width, column, whole);
    }
    row(text, width, &total, whole);
}

fn row(text: &mut String, width: usize, column: &ColumnSpent, whole: Duration) {
    let ColumnSpent { name, segments, skipped, skipped_bytes, sizes_from: _, spent, decoding } = column;
    let _ = writeln!(
        text,
        "{name:width$} {segments:>9} {skipped:>9} {:>10} {:>10} {:>12} {:>9} {:>10} {:>10} {:>8}",
        mb(spent.bytes),
        mb(*skipped_bytes),
        mb(spent.unpacked),
        ms(spent.reading),
        ms(spent.unpacking),
        ms(*decoding),
        percent(column.time(), whole),
    );
}

/// Lines around one that is computed.
const AROUND: usize = 1;

/// The least share that is shown.
const LEAST: f64 = 0.0005;

fn lines(text: &mut String, profile: &Profile) {
    let _ = writeln!(
        text,
        "\ncompute and fill, {:.2} ms, by lines ({}, {:.1} % of no line); the events that come to a line and pass it",
        profile.in_lines().as_secs_f64() * 1e3,
        number(profile.samples as usize, "sample"),
        100.0 * profile.elsewhere,
    );
    let combines = profile.counts.values().any(|count| count.combinations.is_some());
    let combinations = |shown: &str| if combines { format!(" {shown:>12}") } else { String::new() };
    let head = combinations("combinations");
    let _ = writeln!(text, "{:>9} {:>10} {:>10}{head}  line", "share", "events", "passed");
    let mut files: Vec<_> = profile.counts.keys().map(|line| line.file).collect();
    files.dedup();
    for id in files {
        let Some(source) = profile.sources.get(id) else { continue };
        let _ = writeln!(text, "  {}", source.name);
        let is_known = |line: usize| profile.counts.contains_key(&Line { file: id, line });
        let mut left_out = false;
        for (number, line) in (1_usize..).zip(source.text.lines()) {
            let mut near = number.saturating_sub(AROUND)..=number + AROUND;
            if !near.any(is_known) {
                left_out = true;
                continue;
            }
            if std::mem::take(&mut left_out) {
                let _ = writeln!(text, "{:>31}{}     ...", "", combinations(""));
            }
            let at = Line { file: id, line: number };
            let share = profile.lines.get(&at).filter(|s| **s >= LEAST);
            let share = share.map_or(String::new(), |share| format!("{:.1} %", 100.0 * share));
            let shown = |count: Option<u64>| count.map_or(String::new(), |count| count.to_string());
            let count = profile.counts.get(&at);
            let [events, passed, combined] = [
                shown(count.map(|c| c.events)),
                shown(count.and_then(|c| c.passed)),
                combinations(&shown(count.and_then(|c| c.combinations))),
            ];
            let row = format!("{share:>9} {events:>10} {passed:>10}{combined} {number:>5}  {line}");
            let _ = writeln!(text, "{}", row.trim_end());
        }
    }
}

fn hints(text: &mut String, profile: &Profile) {
    let hints = super::hints::hints(profile);
    if hints.is_empty() {
        return;
    }
    let _ = writeln!(text, "\nhints");
    for hint in hints {
        let mut line = "  -".to_owned();
        for word in hint.split(' ') {
            if line.chars().count() + word.chars().count() >= WIDTH {
                let _ = writeln!(text, "{line}");
                line = "   ".to_owned();
            }
            line.push(' ');
            line.push_str(word);
        }
        let _ = writeln!(text, "{line}");
    }
}

/// Characters of a line of a hint.
const WIDTH: usize = 120;
