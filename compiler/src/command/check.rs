//! `adlc check`: every name, type and shape, and the exact list of columns that a run would read.

use std::path::Path;

use adl_runtime::nested::Level;
use adl_runtime::schema::FileSchema;
use adlc::Placed;

use super::{Checked, Failure, number, say};

/// Checks an analysis against its inputs; without any, against a profile.
pub fn check(analysis: &Path, input: &crate::Input, events: &crate::Events, json: bool) -> Result<(), Failure> {
    let mut checked = super::checked(analysis, input, json, false)?;
    if !checked.readers.is_empty() {
        super::lumi::masks(&mut checked, events.lumi_mask.as_deref(), json)?;
    }
    let placed = adlc::place(&checked.analysis, &checked.binding).map_err(Failure::internal)?;
    super::files::check_columns(&checked, &placed, json)?;
    let mut columns = columns(&checked, &placed);
    add_copied(&checked, &placed, &mut columns);
    before(&mut columns, &checked, events)?;
    let columns = columns;
    if !json {
        super::files::tell_defaults(&super::files::defaults(&checked, &placed));
    }
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
    if !checked.readers.is_empty() {
        let saves = super::lumi::saves_sections(&checked, &placed.tables);
        let has_masks = events.lumi_mask.is_some() || !checked.analysis.masks.is_empty();
        if let (Some(tree), true) = (&checked.binding.section_tree, has_masks || saves) {
            let columns = checked.binding.sections().map_err(|what| Failure::new(4, what))?;
            let what =
                if has_masks { "luminosity sections without events" } else { "luminosity sections, to be saved" };
            say(format!("{what}: {} in a tree {tree}", columns.join(", ")));
        }
        for wanted in super::metadata::wanted(&checked) {
            say(format!("metadata {}: {}", wanted.name, super::metadata::place(&wanted)));
        }
    }
    Ok(())
}

/// Adds the columns that are read of all events: for lumi masks, and to find duplicates.
fn before(columns: &mut Vec<(String, String)>, checked: &Checked, events: &crate::Events) -> Result<(), Failure> {
    let mut add = |names: &[String], why: &str| {
        for name in names {
            let element = checked.schema.column(name).map_or("", |c| c.element.name());
            match columns.iter_mut().find(|(known, _)| known == name) {
                Some((_, what)) => what.push_str(&format!("; {why}")),
                None => columns.push((name.clone(), format!("{element}, {why}"))),
            }
        }
    };
    if events.lumi_mask.is_some() || !checked.analysis.masks.is_empty() {
        let sections = checked.binding.sections().map_err(|what| Failure::new(4, format!("a lumi mask: {what}")))?;
        add(&sections, "for the lumi mask");
    }
    if events.check_duplicates {
        add(&super::duplicates::numbers(checked)?, "to find duplicates");
    }
    columns.retain(|(name, _)| !checked.analysis.masks.iter().any(|m| m.column == *name));
    columns.sort();
    Ok(())
}

/// Adds the columns that `save NAME` copies: all that the inputs have alike.
fn add_copied(checked: &Checked, placed: &Placed, columns: &mut Vec<(String, String)>) {
    if placed.tables.tables.iter().all(|t| !t.columns.is_empty()) {
        return;
    }
    let copied = match checked.files.as_slice() {
        [] => checked.schema.columns.iter().map(|c| c.name.clone()).collect(),
        _ => adl_runtime::output::save::copied(&checked.files),
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
        // Some files of a chain may have a column of sizes, and others not.
        let schemas: Vec<&FileSchema> = match checked.readers.is_empty() {
            true => vec![&checked.schema],
            false => checked.readers.iter().map(|r| r.schema()).collect(),
        };
        for schema in schemas {
            let (stored, level) = super::files::stored(schema, &collection.column);
            let column = schema.column(stored);
            let name = column.and_then(|c| c.counter.as_deref()).unwrap_or(stored).to_owned();
            if level == Some(Level::Numbers) {
                continue;
            }
            if !columns.iter().any(|(known, _)| *known == name) {
                columns.push((name, format!("number of {}", collection.name)));
            }
        }
    }
    let event = &checked.binding.event_numbers;
    for input in &placed.plan.inputs {
        let (stored, level) = super::files::stored(&checked.schema, &input.column);
        let element = match level {
            None => input.element.name().to_owned(),
            // The numbers themselves are said with where the lists begin.
            Some(Level::Numbers | Level::Ends) => continue,
            Some(Level::Begins) => {
                let element = checked.schema.column(stored).map_or("", |c| c.element.name());
                let of = input.collection.and_then(|c| placed.plan.collections.get(c.0 as usize));
                format!("{element}{}", if of.is_some_and(|c| c.name == stored) { "[][]" } else { "[]" })
            }
        };
        let what = match input.collection {
            Some(_) if element.ends_with("[][]") => String::new(),
            Some(c) => placed.plan.collections.get(c.0 as usize).map_or(String::new(), |c| format!(" per {}", c.name)),
            None if event.contains(&input.column) => ", to key random draws".to_owned(),
            None => String::new(),
        };
        let from = super::files::read_from(checked, stored).map_or(String::new(), |f| format!("; {f}"));
        let what = format!("{element}{what}{from}");
        match columns.iter_mut().find(|(n, _)| n == stored) {
            Some(known) => known.1 = format!("{what}; {}", known.1),
            None => columns.push((stored.to_owned(), what)),
        }
    }
    refer(&mut columns, checked);
    columns.sort();
    columns
}

/// Instead of the positions that references lead to, the columns that say where they lead.
fn refer(columns: &mut Vec<(String, String)>, checked: &Checked) {
    let mut read = Vec::new();
    columns.retain_mut(|(name, what)| {
        let Some(of) = checked.binding.references.get(name) else { return true };
        let element = |column: &str| checked.schema.column(column).map_or("", |c| c.element.name());
        read.push((of.numbers.clone(), what.replacen("i32", element(&of.numbers), 1)));
        let known = |(column, to): &(String, String)| {
            (column.clone(), format!("{} per {to}, for {}", element(column), of.numbers))
        };
        read.extend(of.known_by.iter().map(known));
        let keys = |column: &String| (column.clone(), format!("{}, for {}", element(column), of.numbers));
        read.extend(of.keys.iter().map(keys));
        false
    });
    for (name, what) in read {
        match columns.iter_mut().find(|(known, _)| *known == name) {
            Some(known) if !known.1.contains(&what) => known.1.push_str(&format!("; {what}")),
            Some(_) => {}
            None => columns.push((name, what)),
        }
    }
}
