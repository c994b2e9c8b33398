//! `adlc schema`: what a data file holds, in the names that an analysis can use.

use std::collections::BTreeMap;
use std::path::Path;

use adl_runtime::nested::Level;
use adl_runtime::reader::FileReader;
use adl_runtime::schema::{Column, FileSchema, Shape};
use adlc::Parsed;
use adlc::hir::links::LinkedBy;
use adlc::hir::schema::{Binding, Each, RecordColumn};
use adlc::syntax::ast;
use serde_json::json;

use super::{Failure, say};

/// Prints the schema of a file; without one, of a profile; without both, the profiles.
pub fn schema(
    file: Option<&Path>,
    profile: Option<&str>,
    tree: Option<&str>,
    remote: &crate::Remote,
    as_json: bool,
) -> Result<(), Failure> {
    let (parsed, named) = parsed(profile)?;
    let profile = named.as_deref().or(profile);
    let Some(file) = file else {
        let Some(profile) = profile else {
            say(super::profile_list(&parsed));
            return Ok(());
        };
        let profile = super::wanted(&parsed, profile)?;
        let schema = adlc::listed(profile);
        let binding = adlc::bind_as(&parsed, &schema, profile);
        if as_json {
            say(json!({ "profile": binding.profile, "collections": collections(&binding), "names": names(&binding) }));
            return Ok(());
        }
        say(format!(
            "profile {}: columns that files of this format have, {} in all",
            binding.profile,
            columns(&schema)
        ));
        return text(&parsed, &schema, &binding);
    };
    let readers = super::open(&parsed, &[file.to_path_buf()], tree, false, &super::access(remote)?)?;
    let Some(reader) = readers.first() else { return Ok(()) };
    let binding = super::bind(&parsed, reader.as_ref(), profile)?;
    let schema = reader.schema();
    if as_json {
        say(machine(reader.as_ref(), &binding));
        return Ok(());
    }
    let tree = if schema.tree.is_empty() { String::new() } else { format!(", tree {}", schema.tree) };
    say(format!(
        "{}: {}{tree}, {} events, {} columns",
        reader.path().display(),
        schema.format,
        schema.events,
        schema.columns.len()
    ));
    let kind = if binding.simulated { "simulation" } else { "data" };
    say(format!("profile {} ({kind}), {}", binding.profile, codecs(reader.as_ref())));
    text(&parsed, schema, &binding)
}

/// The profiles that are known; of a text with a `schema` block also that one, and its name.
fn parsed(profile: Option<&str>) -> Result<(Parsed, Option<String>), Failure> {
    let Some(path) = profile.filter(|p| Path::new(p).extension().is_some_and(|e| e == "adl")) else {
        return Ok((adlc::parse("", "adl 2026\n", &mut |_, _| Err(String::new())), None));
    };
    let text = super::read_text(Path::new(path)).map_err(|e| Failure::new(3, format!("{path}: {e}")))?;
    let parsed = adlc::parse(path, &text, &mut super::included);
    let blocks = parsed.files.iter().flat_map(|f| &f.blocks);
    let mut schemas =
        blocks.filter_map(|b| if let ast::Block::Schema(s) = b { Some(s.name.text.clone()) } else { None });
    let missing = || Failure::new(3, format!("{path}: has no schema block that can be read; adlc check says why"));
    let name = schemas.next().ok_or_else(missing)?;
    Ok((parsed, Some(name)))
}

/// The collections, the event's own columns, and other names of them.
fn text(parsed: &Parsed, schema: &FileSchema, binding: &Binding) -> Result<(), Failure> {
    // The numbers of each object are listed with it.
    let arrays = binding.sources.values().flat_map(|s| s.arrays.values().map(|a| a.numbers.clone()));
    let own: Vec<String> = arrays.chain(binding.references.keys().map(|c| Level::Numbers.of(c))).collect();
    for (name, source) in binding.sources.iter().filter(|(name, _)| !own.contains(name)) {
        let counter = source.counter.as_ref().map_or(String::new(), |c| format!("  (sizes: {c})"));
        say(format!("\n{name}{counter}"));
        for (attribute, (column, element)) in &source.attributes {
            let attribute = if source.numbers { "(numbers)" } else { attribute };
            line(attribute, element.name(), binding.unit(column, attribute), schema.column(column));
        }
        for (attribute, _, element) in &source.open {
            line(attribute, element.name(), None, None);
        }
        for (name, array) in &source.arrays {
            match &array.each {
                Each::Fixed(each) => say(format!("  {name:32} list of {each} numbers")),
                Each::List(column) => {
                    let name = if source.numbers { "(lists of numbers)" } else { name };
                    let element = schema.column(column).map_or("", |c| c.element.name());
                    line(name, &format!("{element}[]"), binding.unit(&array.numbers, name), schema.column(column));
                }
            }
        }
        for (name, link) in adlc::hir::links::present(&source.links) {
            let kind = if link.many { "links" } else { "link" };
            let to = match &link.by {
                LinkedBy::References { to, .. } => to.join(", "),
                _ => link.to.clone(),
            };
            say(format!("  {name:32} {kind} to {to}"));
        }
        for (attribute, value) in &source.constants {
            say(format!("  {attribute:32} {value}"));
        }
    }
    say("\nevent");
    for column in schema.columns.iter().filter(|c| c.shape == Shape::Scalar) {
        line(&column.name, column.element.name(), binding.unit(&column.name, &column.name), Some(column));
    }
    for record in binding.singles.keys().chain(binding.records.keys()) {
        say(format!("\n{record}  (one per event)"));
        for attribute in binding.record_names(record) {
            let Some(column) = binding.record_column(record, attribute) else { continue };
            let (RecordColumn::Event(column, element) | RecordColumn::Entry(_, column, element)) = column;
            line(attribute, element.name(), binding.unit(&column, attribute), schema.column(&column));
        }
    }
    other_names(parsed, binding);
    let unsupported: Vec<&Column> =
        schema.columns.iter().filter(|c| matches!(c.shape, Shape::Unsupported(_))).collect();
    if !unsupported.is_empty() {
        say("\nnot readable");
        for column in unsupported {
            if let Shape::Unsupported(reason) = &column.shape {
                say(format!("  {:32} {reason}", column.name));
            }
        }
    }
    Ok(())
}

/// What a profile defines, and its other names.
fn other_names(parsed: &Parsed, binding: &Binding) {
    let defined = adlc::hir::schema::defined(&parsed.library(binding.text), binding);
    if !defined.is_empty() {
        say("\ndefined by the profile");
        for line in defined.lines() {
            say(format!("  {line}"));
        }
    }
    if !binding.aliases.is_empty() {
        say("\nother names");
        for (old, new) in names(binding) {
            say(format!("  {old:32} {}", new.join(", ")));
        }
    }
}

/// Things with the other names that they have.
fn names(binding: &Binding) -> BTreeMap<&str, Vec<&str>> {
    let mut names: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (new, old) in binding.aliases.iter().filter(|(_, old)| binding.knows(old)) {
        names.entry(old).or_default().push(new);
    }
    names
}

/// The number of columns of a profile, patterns apart.
fn columns(schema: &FileSchema) -> String {
    let patterns = schema.columns.iter().filter(|c| c.name.contains('*')).count();
    let plain = super::number(schema.columns.len() - patterns, "column");
    if patterns == 0 { plain } else { format!("{plain} and {}", super::number(patterns, "pattern")) }
}

fn line(name: &str, kind: &str, unit: Option<&str>, column: Option<&Column>) {
    let unit = unit.map_or(String::new(), |u| format!("[{u}]"));
    let title = column.map_or("", |c| c.title.as_str());
    // ROOT's default title repeats the name.
    let title = if title.starts_with(column.map_or("", |c| c.name.as_str())) { "" } else { title };
    say(format!("  {name:32} {kind:5} {unit:6} {title}").trim_end());
}

/// The units of columns, which profiles declare by the names of columns and of attributes.
pub fn units(binding: &Binding, schema: &FileSchema) -> BTreeMap<String, String> {
    let mut units = BTreeMap::new();
    let mut add = |column: &str, attribute: &str| {
        if let Some(unit) = binding.unit(column, attribute) {
            units.insert(column.to_owned(), unit.to_owned());
        }
    };
    schema.columns.iter().for_each(|c| add(&c.name, &c.name));
    for source in binding.sources.values() {
        source.attributes.iter().for_each(|(attribute, (column, _))| add(column, attribute));
    }
    for record in binding.singles.keys().chain(binding.records.keys()) {
        for attribute in binding.record_names(record) {
            if let Some(RecordColumn::Event(column, _) | RecordColumn::Entry(_, column, _)) =
                binding.record_column(record, attribute)
            {
                add(&column, attribute);
            }
        }
    }
    units
}

fn codecs(reader: &dyn FileReader) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for column in 0..reader.schema().columns.len() {
        *counts.entry(reader.codec(column)).or_default() += 1;
    }
    let all = counts.len() > 1;
    let each = counts.iter().map(|(c, n)| if all { format!("{c} ({n} columns)") } else { c.clone() });
    format!("compression {}", each.collect::<Vec<_>>().join(", "))
}

fn machine(reader: &dyn FileReader, binding: &Binding) -> serde_json::Value {
    let schema = reader.schema();
    let units = units(binding, schema);
    let columns: Vec<serde_json::Value> = schema
        .columns
        .iter()
        .enumerate()
        .map(|(i, c)| {
            let shape = match &c.shape {
                Shape::Scalar => "scalar".to_owned(),
                Shape::List => "list".to_owned(),
                Shape::Lists => "lists".to_owned(),
                Shape::Unsupported(reason) => format!("not readable: {reason}"),
            };
            json!({
                "name": c.name, "type": c.element.name(), "shape": shape, "counter": c.counter,
                "codec": reader.codec(i), "title": c.title, "unit": units.get(&c.name),
            })
        })
        .collect();
    json!({
        "format": schema.format, "tree": schema.tree, "events": schema.events, "bytes": reader.size(), "uuid": reader.uuid(),
        "profile": binding.profile, "simulated": binding.simulated, "collections": collections(binding),
        "columns": columns,
    })
}

fn collections(binding: &Binding) -> serde_json::Map<String, serde_json::Value> {
    binding
        .sources
        .iter()
        .map(|(name, s)| {
            let attributes: serde_json::Map<String, serde_json::Value> =
                s.attributes.iter().map(|(a, (column, _))| (a.clone(), json!(column))).collect();
            let links: serde_json::Map<String, serde_json::Value> = adlc::hir::links::present(&s.links)
                .into_iter()
                .map(|(name, link)| (name.to_owned(), json!({ "to": link.to, "many": link.many })))
                .collect();
            (name.clone(), json!({ "sizes": s.counter, "attributes": attributes, "links": links }))
        })
        .collect()
}
