//! Cutflows: as `cutflow.json`, and as a table for the terminal.

use serde_json::{Map, Value, json};

use crate::report::{RegionReport, Report, Row};

/// Columns of a cut's text in the table, at most.
const TEXT: usize = 30;

/// The document: `{"cutflow_schema": 1, "regions": {name: [row, ...]}}`. `efficiency` is relative to the region's first
/// row, `relative_efficiency` to the row before, both of event counts; null where nothing came that far.
#[must_use]
pub fn json(report: &Report) -> String {
    let mut regions = Map::new();
    for region in &report.regions {
        let rows: Vec<Value> = region.rows.iter().enumerate().map(|(i, row)| row_value(region, i, row)).collect();
        regions.insert(region.name.clone(), rows.into());
    }
    let document = json!({ "cutflow_schema": 1, "regions": regions });
    format!("{document:#}\n")
}

fn row_value(region: &RegionReport, number: usize, row: &Row) -> Value {
    let (absolute, relative) = efficiencies(region, number);
    json!({
        "text": row.text,
        "line": if row.line > 0 { Value::from(row.line) } else { Value::Null },
        "events": row.events,
        "sumw": row.sumw,
        "sumw2": row.sumw2,
        "missing": row.missing,
        "zero_weight": row.zero_weight,
        "outside_table": row.outside_table,
        "lost_links": row.lost_links,
        "efficiency": absolute,
        "relative_efficiency": relative,
    })
}

/// Relative to the first row, and to the row before; none if no events were there.
fn efficiencies(region: &RegionReport, number: usize) -> (Option<f64>, Option<f64>) {
    let events = |number: usize| region.rows.get(number).map(|row| row.events);
    let ratio = |of: Option<u64>| {
        let (part, whole) = events(number).zip(of)?;
        (whole > 0).then(|| part as f64 / whole as f64)
    };
    (ratio(events(0)), ratio(events(number.saturating_sub(1))))
}

/// The tables of all regions. Sums of weights are shown for a region that has weights.
#[must_use]
pub fn table(report: &Report) -> String {
    let tables: Vec<String> = report.regions.iter().filter(|r| !r.rows.is_empty()).map(region_table).collect();
    tables.join("\n")
}

fn region_table(region: &RegionReport) -> String {
    let weighted = region.rows.iter().any(|row| row.sumw != row.events as f64);
    let percent = |e: Option<f64>| e.map_or_else(|| "-".to_string(), |e| format!("{:.1} %", 100.0 * e));
    let mut lines = vec![["cut", "events", "weighted", "of all", "of last", ""].map(str::to_string)];
    for (number, row) in region.rows.iter().enumerate() {
        let (absolute, relative) = efficiencies(region, number);
        let mut notes = Vec::new();
        if row.missing > 0 {
            notes.push(format!("{} missing", row.missing));
        }
        if row.zero_weight > 0 {
            notes.push(format!("{} of weight 0", row.zero_weight));
        }
        if row.outside_table > 0 {
            notes.push(format!("{} outside of a table", row.outside_table));
        }
        if row.lost_links > 0 {
            notes.push(format!("{} links lead nowhere", row.lost_links));
        }
        let weight = number_text(row.sumw);
        let texts = [clipped(&row.text, TEXT), row.events.to_string(), weight, percent(absolute), percent(relative)];
        let [text, events, weight, absolute, relative] = texts;
        lines.push([text, events, weight, absolute, relative, notes.join(", ")]);
    }
    let mut table = format!("{}\n", region.name);
    let columns: Vec<usize> = (0..6).filter(|&c| c != 2 || weighted).collect();
    for line in &lines {
        let mut text = String::from(" ");
        for &column in &columns {
            let width = lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
            let cell = &line[column];
            match column {
                0 => text.push_str(&format!(" {cell:<width$}")),
                5 => text.push_str(&format!("  {cell}")),
                _ => text.push_str(&format!("  {cell:>width$}")),
            }
        }
        table.push_str(text.trim_end());
        table.push('\n');
    }
    table
}

/// A sum of weights in six digits.
fn number_text(x: f64) -> String {
    let size = x.abs();
    if size == 0.0 {
        return "0".to_string();
    }
    if !(1e-3..1e9).contains(&size) {
        return format!("{x:.5e}");
    }
    let digits = if size < 1.0 { 0 } else { size.log10() as usize + 1 };
    format!("{x:.*}", 6_usize.saturating_sub(digits).min(5))
}

/// A text of at most this many characters.
fn clipped(text: &str, most: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= most {
        return text;
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(weight: f64) -> Report {
        let row = |text: &str, line, events: u64, missing| Row {
            text: text.to_string(),
            line,
            events,
            sumw: events as f64 * weight,
            sumw2: events as f64 * weight * weight,
            missing,
            zero_weight: 0,
            outside_table: if missing > 0 { 3 } else { 0 },
            lost_links: if missing > 0 { 2 } else { 0 },
        };
        let rows = vec![
            row("all", 0, 1000, 0),
            row("select size(jets) >= 2 and pt(jets[0]) > 100 and MET > 30", 12, 250, 0),
            row("select mass(Z) > 80", 13, 0, 7),
            row("select true", 14, 0, 0),
        ];
        Report { regions: vec![RegionReport { name: "SR".to_string(), rows, ..RegionReport::default() }] }
    }

    #[test]
    fn the_table_is_narrow_and_aligned() {
        let expected = "\
SR
  cut                             events   of all  of last
  all                               1000  100.0 %  100.0 %
  select size(jets) >= 2 and pt…     250   25.0 %   25.0 %
  select mass(Z) > 80                  0    0.0 %    0.0 %  7 missing, 3 outside of a table, 2 links lead nowhere
  select true                          0    0.0 %        -
";
        assert_eq!(table(&report(1.0)), expected);
        let weighted = table(&report(0.123));
        let narrow = |line: &str| line.chars().count() <= 80 || line.contains("missing");
        assert!(weighted.lines().all(narrow), "{weighted}");
        assert!(weighted.contains("250   30.7500   25.0 %"), "{weighted}");
    }

    #[test]
    fn the_document_has_what_the_table_has() {
        let text = json(&report(0.5));
        let document: Value = serde_json::from_str(&text).unwrap_or_default();
        let row = &document["regions"]["SR"][2];
        assert_eq!((&row["line"], &row["missing"], &row["efficiency"]), (&13.into(), &7.into(), &0.0.into()));
        assert_eq!(document["regions"]["SR"][3]["relative_efficiency"], Value::Null);
        assert_eq!(document["regions"]["SR"][1]["sumw2"], 62.5);
    }

    #[test]
    fn numbers_have_six_digits() {
        let texts = [0.0, 30.75, 123_456_789.0, 1.5e12, -0.25, 1e-7].map(number_text);
        assert_eq!(texts, ["0", "30.7500", "123456789", "1.50000e12", "-0.25000", "1.00000e-7"]);
    }
}
