//! What happened, in the words of an expectation: `rows SR = 3 2`, `histogram SR/met = 0 | 1 2 | 0`.

use adl_runtime::histogram::{Axis, Contents, Layout};
use adl_runtime::partial::Outcome;
use adlc::error::{Message, Severity};
use adlc::plan::lower::{Booked, BookedRegion, Row};
use adlc::source::Sources;
use adlc::{Parsed, Placed};

/// The value of an expectation's key, such as `rows SR`; none if there is no such region or histogram.
#[must_use]
pub fn value(key: &str, placed: &Placed, outcome: &Outcome) -> Option<String> {
    let (word, of) = key.split_once(' ')?;
    let (region, histogram) = of.split_once('/').map_or((of, None), |(r, h)| (r, Some(h)));
    let region = placed.regions.iter().find(|r| r.name == region)?;
    let rows = region.rows.get(1..).unwrap_or_default();
    let per_row = |f: &dyn Fn(&Row) -> String| rows.iter().map(f).collect::<Vec<_>>().join(" ");
    let count = |r: &Row| counter(outcome, Some(r.count));
    let sum = |r: &Row| r.sum.and_then(|s| outcome.sums.get(s.0 as usize));
    match (word, histogram) {
        ("yield", None) => region.rows.last().map(|r| count(r).to_string()),
        ("all", None) => region.rows.first().map(|r| count(r).to_string()),
        ("rows", None) => Some(per_row(&|r| count(r).to_string())),
        ("sumw", None) => Some(per_row(&|r| number(sum(r).map_or(count(r) as f64, |s| s.w)))),
        ("sumw2", None) => Some(per_row(&|r| number(sum(r).map_or(count(r) as f64, |s| s.w2)))),
        ("missing", None) => Some(per_row(&|r| counter(outcome, r.missing).to_string())),
        ("zero", None) => Some(per_row(&|r| counter(outcome, r.zero).to_string())),
        ("outside" | "lost", None) => {
            let counters = |r: &Row| if word == "lost" { r.outside.links.clone() } else { r.outside.tables.clone() };
            Some(per_row(&|r| counters(r).iter().map(|c| counter(outcome, Some(*c))).sum::<u64>().to_string()))
        }
        ("bins" | "labels" | "weights", None) => {
            let (_, layout, contents) = find(region, placed, outcome, "bins")?;
            match (word, layout.axes.first()) {
                ("labels", Some(Axis::Labels(labels))) => Some(labels.join(" | ")),
                ("bins", _) => Some(contents.counts.iter().map(u64::to_string).collect::<Vec<_>>().join(" ")),
                _ => Some(cells(layout, |i| number(contents.weight(i)))),
            }
        }
        (_, Some(name)) => {
            let (booked, layout, contents) = find(region, placed, outcome, name)?;
            match word {
                "histogram" => Some(cells(layout, |i| number(contents.weight(i)))),
                "counts" => Some(cells(layout, |i| contents.counts.get(i).copied().unwrap_or(0).to_string())),
                "errors2" => Some(cells(layout, |i| number(contents.weight2(i)))),
                "profile" => Some(cells(layout, |i| mean(contents, i))),
                "entries" => Some(contents.entries.to_string()),
                "unfilled" => Some(contents.missing.to_string()),
                "title" => Some(booked.title.clone()),
                _ => None,
            }
        }
        _ => None,
    }
}

fn counter(outcome: &Outcome, id: Option<adlc::plan::CounterId>) -> u64 {
    id.and_then(|c| outcome.counters.get(c.0 as usize)).copied().unwrap_or(0)
}

fn find<'a>(
    region: &'a BookedRegion,
    placed: &'a Placed,
    outcome: &'a Outcome,
    name: &str,
) -> Option<(&'a Booked, &'a Layout, &'a Contents)> {
    let booked = region.histograms.iter().find(|b| b.name == name)?;
    let number = booked.id.0 as usize;
    Some((booked, placed.plan.histograms.get(number)?, outcome.histograms.get(number)?))
}

/// The mean of a profile in a bin; `-` where nothing was filled.
fn mean(contents: &Contents, cell: usize) -> String {
    if contents.counts.get(cell) == Some(&0) {
        return "-".to_owned();
    }
    number(contents.sumwy.get(cell).copied().unwrap_or(0.0) / contents.weight(cell))
}

/// Bins with `|` between flow and range of the last axis, and `;` between its rows.
fn cells(layout: &Layout, show: impl Fn(usize) -> String) -> String {
    let Some(last) = layout.axes.last() else { return String::new() };
    let (per_row, all) = (last.cells(), layout.cells().unwrap_or(0));
    let row = |first: usize| {
        let cells: Vec<String> = (first..first + per_row).map(&show).collect();
        match cells.as_slice() {
            [under, inner @ .., over] if last.flow() => format!("{under} | {} | {over}", inner.join(" ")),
            all => all.join(" "),
        }
    };
    (0..all).step_by(per_row.max(1)).map(row).collect::<Vec<_>>().join(" ; ")
}

/// A number in at most 12 digits.
#[must_use]
pub fn number(x: f64) -> String {
    let short: f64 = format!("{x:.11e}").parse().unwrap_or(x);
    if short == 0.0 { "0".to_owned() } else { short.to_string() }
}

/// True if two values of a key say the same: the same words, numbers within 1e-9 of each other.
#[must_use]
pub fn agree(expected: &str, found: &str) -> bool {
    let (mut a, mut b) = (expected.split_whitespace(), found.split_whitespace());
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some(x), Some(y)) => match (x.parse::<f64>(), y.parse::<f64>()) {
                (Ok(x), Ok(y)) if x == y || x.is_nan() && y.is_nan() => {}
                (Ok(x), Ok(y)) if (x - y).abs() <= 1e-9 * x.abs().max(y.abs()).max(1e-3) => {}
                _ if x == y => {}
                _ => return false,
            },
            _ => return false,
        }
    }
}

/// A message as an expectation: `error unknown_name at "METX"`.
#[must_use]
pub fn message(message: &Message, sources: &Sources) -> String {
    let word = match message.severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    let at = message.labels.first().map_or("", |l| sources.slice(l.span));
    let at: Vec<&str> = at.split_whitespace().collect();
    format!("{word} {} at \"{}\"", message.code, at.join(" "))
}

/// All messages as a person sees them, without colour.
#[must_use]
pub fn rendered(messages: &[Message], parsed: &Parsed) -> String {
    let mut out = String::new();
    for message in messages {
        let text = adlc::render::text(message, &parsed.sources, false);
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        out.push_str(lines.join("\n").trim_matches('\n'));
        out.push_str("\n\n");
    }
    out
}
