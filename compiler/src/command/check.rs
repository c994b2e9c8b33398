//! `adlc check`: every name, type and shape, and the exact list of columns that a run would read.

use std::path::Path;

use adlc::Placed;

use super::{Checked, Failure, number, say};

/// Checks an analysis against its inputs; without any, against a profile.
pub fn check(analysis: &Path, input: &crate::Input, json: bool) -> Result<(), Failure> {
    let checked = super::checked(analysis, input, json, false)?;
    let placed = adlc::place(&checked.analysis, &checked.binding).map_err(Failure::internal)?;
    super::check_columns(&checked, &placed, json)?;
    let mut columns = columns(&checked, &placed);
    add_copied(&checked, &placed, &mut columns);
    if json {
        say(serde_json::json!({ "columns": columns.iter().map(|c| &c.0).collect::<Vec<_>>() }));
        return Ok(());
    }
    let regions = number(placed.regions.len(), "region");
    let histograms: usize = placed.regions.iter().map(|r| r.histograms.len()).sum();
    say(format!("{}: {regions}, {}, no errors", analysis.display(), number(histograms, "histogram")));
    let files = match checked.readers.len() {
        0 => "no data".to_owned(),
        n => number(n, "input file"),
    };
    let read = number(columns.len(), "column");
    say(format!("profile {}, {files}, {read} to read:", checked.binding.profile));
    let width = columns.iter().map(|c| c.0.len()).max().unwrap_or(0);
    for (name, what) in &columns {
        say(format!("  {name:width$}  {what}"));
    }
    Ok(())
}

/// Adds the columns that `save NAME` copies: all that the inputs have alike.
fn add_copied(checked: &Checked, placed: &Placed, columns: &mut Vec<(String, String)>) {
    if placed.tables.tables.iter().all(|t| !t.columns.is_empty()) {
        return;
    }
    let copied = match checked.readers.as_slice() {
        [] => checked.schema.columns.iter().map(|c| c.name.clone()).collect(),
        readers => adl_runtime::output::save::copied(readers),
    };
    for name in copied {
        match columns.iter_mut().find(|(n, _)| *n == name) {
            Some(known) => known.1.push_str("; copied with whole events"),
            None => columns.push((name, "copied with whole events".to_owned())),
        }
    }
    columns.sort();
}

/// The columns that a run reads, with their types and what they are for.
fn columns(checked: &Checked, placed: &Placed) -> Vec<(String, String)> {
    let mut columns: Vec<(String, String)> = Vec::new();
    for collection in &placed.plan.collections {
        let column = checked.schema.column(&collection.column);
        match column.and_then(|c| c.counter.as_ref()) {
            Some(counter) => columns.push((counter.clone(), format!("number of {}", collection.name))),
            None => columns.push((collection.column.clone(), format!("number of {}", collection.name))),
        }
    }
    let event = &checked.binding.event_numbers;
    for input in &placed.plan.inputs {
        let what = match input.collection {
            Some(c) => placed.plan.collections.get(c.0 as usize).map_or(String::new(), |c| format!(" per {}", c.name)),
            None if event.contains(&input.column) => ", to key random draws".to_owned(),
            None => String::new(),
        };
        let what = format!("{}{what}", input.element.name());
        match columns.iter_mut().find(|(n, _)| *n == input.column) {
            Some(known) => known.1 = format!("{what}; {}", known.1),
            None => columns.push((input.column.clone(), what)),
        }
    }
    columns.sort();
    columns
}
