//! `adlc schema --stats`: every column of every tree of a file in numbers, to compare files with what others say of them.

use std::collections::BTreeMap;
use std::path::Path;

use adl_runtime::progress::Progress;
use adl_runtime::reader::{self, FileReader};
use adl_runtime::remote::is_remote;
use adl_runtime::schema::{Column, Shape};
use adl_runtime::statistics::{self, Found, Number, Statistics};
use adlc::Parsed;
use adlc::hir::schema::Binding;
use serde_json::{Value, json};

use super::{Failure, number, say};

/// Units by column.
type Units = BTreeMap<String, String>;

/// Prints the statistics of one tree of a file, or of all.
pub fn stats(
    file: &Path,
    profile: Option<&str>,
    tree: Option<&str>,
    remote: &crate::Remote,
    as_json: bool,
) -> Result<(), Failure> {
    let access = super::access(remote)?;
    let parsed = adlc::parse("", "adl 2026\n", &mut |_, _| Err(String::new()));
    let trees = match tree {
        Some(tree) => vec![tree.to_owned()],
        None if is_remote(file) => access.trees(file)?,
        None => reader::trees(file)?,
    };
    if trees.is_empty() && !as_json {
        say(format!("{}: no trees", super::named(file)));
    }
    let mut all = Vec::new();
    for (place, tree) in trees.iter().enumerate() {
        let reader = super::open_one(&access, file, Some(tree).filter(|t| !t.is_empty()).map(String::as_str), &[])?;
        let reader = reader.as_ref();
        let binding = bound(&parsed, reader, profile)?;
        let units = binding.as_ref().map_or_else(Units::new, |b| super::schema::units(b, reader.schema()));
        let progress = Progress::counting(true, reader.schema().columns.len() as u64, "columns");
        let found = statistics::of(reader, &progress);
        progress.finish();
        let found = found?;
        if as_json {
            all.push(machine(reader, binding.as_ref(), &units, &found));
        } else {
            if place > 0 {
                say("");
            }
            text(reader.path(), reader, &units, &found);
        }
    }
    if as_json {
        say(json!({ "file": super::named(file), "trees": all }));
    }
    Ok(())
}

/// What says the units of a tree's columns: the profile that was asked for, or one that fits. Trees of metadata have none.
fn bound(parsed: &Parsed, reader: &dyn FileReader, profile: Option<&str>) -> Result<Option<Binding>, Failure> {
    match profile {
        Some(_) => super::bind(parsed, reader, profile).map(Some),
        None => Ok(adlc::bind(parsed, reader.schema())),
    }
}

/// `list`, `scalar`, or what else it is.
fn shape(column: &Column) -> &str {
    match &column.shape {
        Shape::Scalar => "scalar",
        Shape::List => "list",
        Shape::Lists => "lists",
        Shape::Unsupported(what) => what,
    }
}

fn text(file: &Path, reader: &dyn FileReader, units: &Units, found: &[Found]) {
    let schema = reader.schema();
    let tree = if schema.tree.is_empty() { String::new() } else { format!(", tree {}", schema.tree) };
    let count = number(schema.columns.len(), "column");
    say(format!("{}: {}{tree}, {} events, {count}", file.display(), schema.format, schema.events));
    let all = || schema.columns.iter().zip(found);
    let width = |c: &Column| c.name.len().min(60);
    let longest = all().map(|(c, _)| width(c)).max().unwrap_or(0).max(6);
    let head = ["count", "sum", "minimum", "maximum", "not finite"];
    let [count, sum, min, max, rest] = head;
    say(format!(
        "{:longest$} {:6} {:6} {count:>12} {sum:>24} {min:>24} {max:>24} {rest:>11}",
        "column", "type", "unit"
    ));
    for (column, found) in all() {
        if let Found::Texts(count) = found {
            say(format!("{:longest$} {:6} {:6} {count:12}", column.name, "text", ""));
        }
        let Found::Values(s) = found else { continue };
        let list = match column.shape {
            Shape::Scalar => "",
            Shape::List | Shape::Unsupported(_) => "[]",
            Shape::Lists => "[][]",
        };
        let kind = format!("{}{list}", column.element.name());
        let unit = units.get(&column.name).map_or("", String::as_str);
        let (min, max) = s.range.map_or((String::new(), String::new()), |(min, max)| (plain(min), plain(max)));
        let (name, sum, Statistics { count, non_finite, .. }) = (&column.name, plain(s.sum), s);
        say(format!("{name:longest$} {kind:6} {unit:6} {count:12} {sum:>24} {min:>24} {max:>24} {non_finite:11}"));
    }
    let refused = || all().filter_map(|(c, f)| if let Found::NotRead(why) = f { Some((c, why)) } else { None });
    if refused().next().is_some() {
        say("not read");
        for (column, why) in refused() {
            say(format!("{:longest$} {why}", column.name));
        }
    }
}

/// Every digit that it takes to read the same number again.
fn plain(number: Number) -> String {
    match number {
        Number::Whole(n) => n.to_string(),
        Number::Real(x) => format!("{x:?}"),
    }
}

fn machine(reader: &dyn FileReader, binding: Option<&Binding>, units: &Units, found: &[Found]) -> Value {
    let schema = reader.schema();
    let columns = schema.columns.iter().zip(found).map(|(column, found)| match found {
        Found::Values(s) => json!({
            "name": column.name, "type": column.element.name(), "shape": shape(column), "unit": units.get(&column.name),
            "count": s.count, "sum": exact(s.sum), "min": s.range.map(|r| exact(r.0)), "max": s.range.map(|r| exact(r.1)),
            "non_finite": s.non_finite,
        }),
        Found::Texts(count) => json!({ "name": column.name, "type": "text", "count": count }),
        Found::NotRead(why) => json!({ "name": column.name, "not_read": why }),
    });
    let columns: Vec<Value> = columns.collect();
    json!({
        "format": schema.format, "tree": schema.tree, "events": schema.events,
        "profile": binding.map(|b| b.profile.as_str()), "columns": columns,
    })
}

/// JSON has 64-bit numbers: sums of integers that are longer become real.
fn exact(number: Number) -> Value {
    match number {
        Number::Whole(n) => match (i64::try_from(n), u64::try_from(n)) {
            (Ok(n), _) => json!(n),
            (_, Ok(n)) => json!(n),
            (Err(_), Err(_)) => json!(n as f64),
        },
        Number::Real(x) => json!(x),
    }
}
