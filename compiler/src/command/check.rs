//! `adlc check`: every name, type and shape, and the exact list of columns that a run would read.

use std::path::Path;

use adlc::Placed;

use super::{Checked, Failure, number, report, say};

/// Checks an analysis; against its inputs, if any are given.
pub fn check(analysis: &Path, input: &crate::Input, json: bool) -> Result<(), Failure> {
    if input.inputs.is_empty() {
        let parsed = super::read_analysis(analysis, input.edition)?;
        let messages = super::settle(parsed.messages.clone(), &parsed, input, false)?;
        report(&messages, &parsed, json, false)?;
        if !json {
            say("The text is well formed. Give an input file to check names, types and shapes:");
            say(format!("  adlc check {} INPUT", analysis.display()));
        }
        return Ok(());
    }
    let checked = super::checked(analysis, input, json, false)?;
    let placed = adlc::place(&checked.analysis, &checked.binding).map_err(Failure::internal)?;
    super::check_columns(&checked, &placed, json)?;
    let columns = columns(&checked, &placed);
    if json {
        say(serde_json::json!({ "columns": columns.iter().map(|c| &c.0).collect::<Vec<_>>() }));
        return Ok(());
    }
    let regions = number(placed.regions.len(), "region");
    let histograms: usize = placed.regions.iter().map(|r| r.histograms.len()).sum();
    say(format!("{}: {regions}, {}, no errors", analysis.display(), number(histograms, "histogram")));
    let (files, read) = (number(checked.readers.len(), "input file"), number(columns.len(), "column"));
    say(format!("profile {}, {files}, {read} to read:", checked.binding.profile));
    let width = columns.iter().map(|c| c.0.len()).max().unwrap_or(0);
    for (name, what) in &columns {
        say(format!("  {name:width$}  {what}"));
    }
    Ok(())
}

/// The columns that a run reads, with their types and what they are for.
pub fn columns(checked: &Checked, placed: &Placed) -> Vec<(String, String)> {
    let mut columns: Vec<(String, String)> = Vec::new();
    let Some(schema) = checked.readers.first().map(|r| r.schema()) else { return columns };
    for collection in &placed.plan.collections {
        let column = schema.column(&collection.column);
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
