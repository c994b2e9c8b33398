//! What a run has summed, in the words of the analysis: the report that the outputs are written from.

use adl_runtime::partial::Outcome;
use adl_runtime::report::{HistogramReport, Published, PublishedProcess, RegionReport, Report, Row};

use crate::Placed;
use crate::hir::Process;
use crate::plan::lower::{BookedCounts, BookedRegion, CountsOf, RowKind};
use crate::source::Sources;

/// The report of a run.
#[must_use]
pub fn report(placed: &Placed, outcome: &Outcome, sources: &Sources) -> Report {
    Report { regions: placed.regions.iter().map(|r| region(placed, r, outcome, sources)).collect() }
}

/// Adds the row of a lumi mask that was applied before everything else: what passes it are the events of the first row.
pub fn masked(report: &mut Report, mask: &str, events: u64) {
    for region in &mut report.regions {
        let Some(first) = region.rows.first_mut() else { continue };
        let all = Row { events, sumw: events as f64, sumw2: events as f64, ..first.clone() };
        first.text = format!("lumi mask {mask}");
        region.rows.insert(0, all);
    }
}

fn region(placed: &Placed, booked: &BookedRegion, outcome: &Outcome, sources: &Sources) -> RegionReport {
    let counter = |c: super::plan::CounterId| outcome.counters.get(c.0 as usize).copied().unwrap_or(0);
    let rows = booked.rows.iter().map(|row| {
        let events = counter(row.count);
        let sum = row.sum.and_then(|s| outcome.sums.get(s.0 as usize).copied());
        let (text, line) = match row.span {
            None => ("all events".to_owned(), 0),
            Some(span) => (statement(row.kind, sources.slice(span)), sources.line_column(span).0 as u32),
        };
        Row {
            text,
            line,
            events,
            sumw: sum.map_or(events as f64, |s| s.w),
            sumw2: sum.map_or(events as f64, |s| s.w2),
            missing: row.missing.map_or(0, counter),
            zero_weight: row.zero.map_or(0, counter),
            outside_table: row.outside.tables.iter().map(|c| counter(*c)).sum(),
            lost_links: row.outside.links.iter().map(|c| counter(*c)).sum(),
        }
    });
    let histograms = booked.histograms.iter().filter_map(|h| {
        let layout = placed.plan.histograms.get(h.id.0 as usize)?;
        let contents = outcome.histograms.get(h.id.0 as usize)?;
        let mut titles = h.title.split(';').map(|t| t.trim().to_owned());
        Some(HistogramReport {
            name: h.name.clone(),
            title: titles.next().unwrap_or_default(),
            axis_titles: titles.collect(),
            layout: layout.clone(),
            contents: contents.clone(),
        })
    });
    let rows: Vec<Row> = rows.collect();
    let published = published(placed, booked, &rows);
    RegionReport { name: booked.name.clone(), rows, histograms: histograms.collect(), published }
}

/// The published counts, format by format.
fn published(placed: &Placed, booked: &BookedRegion, rows: &[Row]) -> Vec<Published> {
    let text = |of: &CountsOf| match of {
        CountsOf::Bin(label) => label.clone(),
        CountsOf::All => rows.first().map_or(String::new(), |r| r.text.clone()),
        CountsOf::Row(span) => {
            let row = booked.rows.iter().position(|r| r.span == Some(*span));
            row.and_then(|row| rows.get(row)).map_or(String::new(), |r| r.text.clone())
        }
    };
    let mut published = Vec::new();
    for (number, format) in placed.formats.iter().enumerate() {
        let counts: Vec<&BookedCounts> = booked.counts.iter().filter(|c| c.format == number).collect();
        if counts.is_empty() {
            continue;
        }
        let process = |(at, process): (usize, &Process)| PublishedProcess {
            name: process.name.clone(),
            title: process.title.clone(),
            uncertainties: process.uncertainties.iter().map(|u| (*u).to_owned()).collect(),
            counts: counts.iter().filter_map(|c| c.values.get(at).cloned()).collect(),
        };
        published.push(Published {
            format: format.name.clone(),
            of: counts.iter().map(|c| text(&c.of)).collect(),
            processes: format.processes.iter().enumerate().map(process).collect(),
        });
    }
    published
}

/// A statement on one line, without comments: `select size(jets) >= 2`.
fn statement(kind: RowKind, text: &str) -> String {
    let lines = text.lines().map(|l| l.split('#').next().unwrap_or("").trim());
    let text = lines.filter(|l| !l.is_empty()).collect::<Vec<_>>().join(" ");
    match kind {
        RowKind::All => text,
        RowKind::Select => format!("select {text}"),
        RowKind::Reject => format!("reject {text}"),
        // The span of a weight is that of the whole statement.
        RowKind::Weight => text,
    }
}
