//! The inputs of an analysis as a whole: none twice, all of one kind, and what of that which is read is missing where.
//! All of it is said at once, from the files' headers, before an event is read.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use adl_runtime::nested::{self, Level};
use adl_runtime::reader::{FileReader, ReadClass, ReadError};
use adl_runtime::remote;
use adl_runtime::schema::{FileSchema, Shape};
use adlc::error::{Label, Message};
use adlc::hir::{Analysis, error};
use adlc::source::Span;
use adlc::syntax::ast;
use adlc::{Parsed, Placed};

use super::{Checked, Failure, named, number, report, tell};

/// Files that are named in a line, at most.
const NAMED: usize = 5;
/// Places that are shown in one message, at most.
const SHOWN: usize = 8;

/// Fails if a file is given twice: its events would be counted twice.
pub fn check_distinct(files: &[PathBuf]) -> Result<(), Failure> {
    let mut seen = HashMap::new();
    let mut twice = Vec::new();
    for file in files {
        let names = match file.canonicalize() {
            Ok(path) => vec![path],
            Err(_) if remote::is_remote(file) => remote::copies(file).into_iter().map(PathBuf::from).collect(),
            Err(_) => continue,
        };
        for name in names {
            if let Some(before) = seen.insert(name, file) {
                let other = if file == before { String::new() } else { format!(", before as {}", named(before)) };
                twice.push(format!("{}: is given twice{other}", named(file)));
            }
        }
    }
    if twice.is_empty() { Ok(()) } else { Err(Failure::new(2, twice.join("\n"))) }
}

/// The files that cannot be opened. The exit code is that of the worst: damage before absence.
pub fn unopened(errors: &[ReadError], files: usize) -> Failure {
    let code = errors.iter().map(|e| e.class.exit_code()).max().unwrap_or(5);
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    match lines.len() {
        1 => Failure::new(code, lines.join("")),
        n => Failure::new(code, format!("{n} of {files} files cannot be read\n  {}", lines.join("\n  "))),
    }
}

/// Says which files are copies of one another, and which are data beside simulation. With `blind`, data may not stand
/// beside simulation: nothing would be blinded.
pub fn check_alike(
    parsed: &Parsed,
    profile: &str,
    readers: &[Arc<dyn FileReader>],
    analysis: &Analysis,
    quiet: bool,
) -> Result<(), Failure> {
    let mut seen: HashMap<&str, &Arc<dyn FileReader>> = HashMap::new();
    for reader in readers.iter().filter(|r| !r.uuid().is_empty() && r.schema().events > 0) {
        if let Some(before) = seen.insert(reader.uuid(), reader) {
            let (this, other) = (reader.path().display(), before.path().display());
            tell(format!("warning: {this} is a copy of {other} (same UUID): its events are counted twice"));
        }
    }
    let statements = parsed.profile(profile).into_iter().flat_map(|p| &p.statements);
    let says = statements.flat_map(|s| if let ast::SchemaStatement::Simulation(names) = s { &names[..] } else { &[] });
    let says: Vec<&str> = says.map(|n| n.text.as_str()).collect();
    let is_simulated = |r: &&Arc<dyn FileReader>| says.iter().any(|n| r.schema().column(n).is_some());
    let (simulated, data): (Vec<_>, Vec<_>) = readers.iter().partition(is_simulated);
    if says.is_empty() || simulated.is_empty() || data.is_empty() {
        return Ok(());
    }
    let text = format!("data ({}) and simulation ({}) are read as one sample", paths(&data), paths(&simulated));
    if analysis.regions.iter().any(|r| !r.blind.is_empty()) {
        return Err(Failure::new(2, format!("{text}, and the analysis blinds data: run them one by one")));
    }
    if !quiet {
        tell(format!("warning: {text}"));
    }
    Ok(())
}

/// Names some files.
fn paths(files: &[&Arc<dyn FileReader>]) -> String {
    let named: Vec<String> = files.iter().take(NAMED).map(|r| r.path().display().to_string()).collect();
    let more = files.len().saturating_sub(NAMED);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{more}", named.join(", "))
}

/// A column that is read, and where the text asks for it.
struct Used<'a> {
    name: &'a str,
    shape: Shape,
    span: Span,
}

/// The column that the program reads by this name, and what of it if it is of lists of lists.
pub fn stored<'a>(schema: &FileSchema, name: &'a str) -> (&'a str, Option<Level>) {
    if schema.column(name).is_some() { (name, None) } else { nested::level(name) }
}

/// The columns that the analysis reads, those of sizes included.
fn used<'a>(checked: &Checked, placed: &'a Placed) -> Vec<Used<'a>> {
    let of = |name: &str| checked.analysis.columns.iter().find(|c| c.name == name).map(|c| c.span);
    let mut used: Vec<Used<'a>> = Vec::new();
    for input in &placed.plan.inputs {
        let Some(span) = of(&input.column) else { continue };
        let (name, level) = stored(&checked.schema, &input.column);
        let shape = match (level, input.collection) {
            (Some(_), _) => Shape::Lists,
            (None, Some(_)) => Shape::List,
            (None, None) => Shape::Scalar,
        };
        if level.is_none() || used.iter().all(|u| u.name != name) {
            used.push(Used { name, shape, span });
        }
    }
    for (at, collection) in placed.plan.collections.iter().enumerate() {
        let (name, level) = stored(&checked.schema, &collection.column);
        if used.iter().any(|u| u.name == name) {
            continue;
        }
        let own = placed.plan.inputs.iter().find(|i| i.collection.is_some_and(|c| c.0 as usize == at));
        let any = checked.analysis.regions.first().map(|r| r.span);
        let Some(span) = own.and_then(|i| of(&i.column)).or(any) else { continue };
        let shape = if level.is_some() { Shape::Lists } else { Shape::List };
        used.push(Used { name, shape, span });
    }
    used
}

/// Checks that every input has the columns that are read, of one kind in all of them: one table of what is missing
/// where, and one of what differs.
pub fn check_columns(checked: &Checked, placed: &Placed, json: bool) -> Result<(), Failure> {
    let used = used(checked, placed);
    let messages: Vec<Message> = missing(checked, &used).into_iter().chain(differing(checked, &used)).collect();
    if messages.is_empty() {
        return Ok(());
    }
    let _ = report(&messages, &checked.parsed, json, false);
    Err(Failure { code: ReadClass::Schema.exit_code(), message: String::new() })
}

/// What is missing where.
fn missing(checked: &Checked, used: &[Used<'_>]) -> Option<Message> {
    let all = checked.readers.len();
    // Columns that the same files lack stand in one line.
    let mut groups: BTreeMap<Vec<usize>, Vec<&Used<'_>>> = BTreeMap::new();
    for column in used {
        let lacks = |r: &Arc<dyn FileReader>| r.schema().column(column.name).is_none();
        let files: Vec<usize> = (0..all).filter(|n| checked.readers.get(*n).is_some_and(lacks)).collect();
        if !files.is_empty() {
            groups.entry(files).or_default().push(column);
        }
    }
    let columns: Vec<&Used<'_>> = groups.values().flatten().copied().collect();
    let first = columns.first()?;
    let title = match (columns.as_slice(), groups.keys().next()) {
        ([one], Some(files)) => {
            format!("column `{}` is missing in {} of {}", one.name, files.len(), number(all, "file"))
        }
        _ => format!("{} are missing in some of {}", number(columns.len(), "column"), number(all, "file")),
    };
    let mut lines = Vec::new();
    for (files, columns) in &groups {
        let names: Vec<&str> = columns.iter().map(|c| c.name).collect();
        let readers: Vec<&Arc<dyn FileReader>> = files.iter().filter_map(|n| checked.readers.get(*n)).collect();
        lines.push(format!("{}: missing in {} of {all}: {}", names.join(", "), files.len(), paths(&readers)));
        for name in names {
            // What files with the column have beside it is not another name of it.
            let with = checked.readers.iter().map(|r| r.schema()).find(|s| s.column(name).is_some());
            let is_new = |c: &&str| with.is_none_or(|s| s.column(c).is_none());
            let schema = readers.first().map(|r| r.schema());
            let names = schema.into_iter().flat_map(|s| &s.columns).map(|c| c.name.as_str()).filter(is_new);
            let near = error::nearest(name, names);
            lines.extend(near.map(|n| format!("  a column like {name} there: {n}")));
        }
    }
    lines.push(format!("a value for files without it: optional {} = ...", first.name));
    let mut message = Message::error("missing_column", title, first.span, format!("read here as `{}`", first.name));
    let others = columns.iter().skip(1).filter(|c| c.span != first.span).take(SHOWN - 1);
    message.labels.extend(others.map(|c| Label { span: c.span, text: format!("`{}`", c.name) }));
    Some(message.help(lines.join("\n")))
}

/// What is of another kind in other files.
fn differing<'a>(checked: &'a Checked, used: &'a [Used<'a>]) -> impl Iterator<Item = Message> + 'a {
    used.iter().filter_map(|column| {
        let conflict = checked.conflicts.iter().find(|c| c.column == column.name);
        let kinds = match conflict {
            Some(conflict) => conflict.kinds.clone(),
            None => {
                let other =
                    |r: &Arc<dyn FileReader>| r.schema().column(column.name).is_some_and(|c| c.shape != column.shape);
                let files: Vec<usize> =
                    (0..checked.readers.len()).filter(|n| checked.readers.get(*n).is_some_and(other)).collect();
                if files.is_empty() {
                    return None;
                }
                vec![("of another shape".to_owned(), files)]
            }
        };
        let line = |(kind, files): &(String, Vec<usize>)| {
            let readers: Vec<&Arc<dyn FileReader>> = files.iter().filter_map(|n| checked.readers.get(*n)).collect();
            format!("{kind}: {}", paths(&readers))
        };
        let lines: Vec<String> = kinds.iter().map(line).collect();
        let title = format!("the values of column `{}` are not of one kind in all files", column.name);
        let message = Message::error("column_kind", title, column.span, format!("read here as `{}`", column.name));
        Some(message.help(lines.join("\n")))
    })
}

/// A value that stands for a column in files without it.
pub struct Default {
    /// The column.
    pub column: String,
    /// The value, as it is written.
    pub value: String,
    /// The files.
    pub files: Vec<String>,
    /// Whether these are all files.
    pub in_all: bool,
}

/// The columns that are read and for which a value stands in some files.
pub fn defaults(checked: &Checked, placed: &Placed) -> Vec<Default> {
    let columns = placed.plan.inputs.iter().map(|i| stored(&checked.schema, &i.column).0);
    let default = |column: &str| {
        let joined = checked.binding.joined.get(column)?;
        let value = match joined.default? {
            ast::Literal::Bool(value) => value.to_string(),
            ast::Literal::Int(value) => value.to_string(),
            ast::Literal::Real(value) => format!("{value:?}"),
        };
        let lacking = joined.read.iter().zip(&checked.readers).filter(|(read, _)| read.is_none());
        let files: Vec<String> = lacking.map(|(_, reader)| reader.path().display().to_string()).collect();
        let in_all = files.len() == checked.readers.len();
        (!files.is_empty()).then_some(Default { column: column.to_owned(), value, files, in_all })
    };
    columns.filter_map(default).collect()
}

/// Says for which files a value stands for a column.
pub fn tell_defaults(defaults: &[Default]) {
    for default in defaults {
        let (column, value) = (&default.column, &default.value);
        let named: Vec<&str> = default.files.iter().take(NAMED).map(String::as_str).collect();
        let more = default.files.len().saturating_sub(NAMED);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        let which = if default.in_all { "no file has" } else { "not every file has" };
        let count = number(default.files.len(), "file");
        tell(format!("note: {which} `{column}`: {value} stands for it in {count}: {}{more}", named.join(", ")));
    }
}

/// What a column of several names is read from: `Jet_btagB in 2 files, Jet_btagDeepB in 1 file`.
pub fn read_from(checked: &Checked, column: &str) -> Option<String> {
    let joined = checked.binding.joined.get(column)?;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for read in &joined.read {
        let name = match (read, joined.default) {
            (Some(name), _) => name.clone(),
            (None, Some(_)) => "its default".to_owned(),
            (None, None) => "nothing".to_owned(),
        };
        *counts.entry(name).or_default() += 1;
    }
    let each: Vec<String> = counts.iter().map(|(name, n)| format!("{name} in {}", number(*n, "file"))).collect();
    Some(each.join(", "))
}
