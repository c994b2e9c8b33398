//! Files of cases: `--- name ---`, then `events`, `file NAME`, `program` and `expect`, each with its lines.

use crate::events::{self, Column};

/// One case.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// The events.
    pub columns: Vec<Column>,
    /// Files that the program may include: name and text.
    pub files: Vec<(String, String)>,
    /// The program.
    pub program: String,
    /// The line in front of the program that declares its edition; empty if it declares none.
    pub edition: &'static str,
    /// Numbers of the lines of the file that hold its expectations.
    pub expect: Vec<usize>,
    /// Number of the line after the last one of the case.
    pub end: usize,
}

/// Reads a file of cases. `events of NAME` begins with the columns of an earlier case; a column that is given again
/// replaces the earlier one. A program that does not begin with `adl` is of the edition 2026, a `program legacy` of the
/// legacy edition; a `program undeclared` declares none.
///
/// # Errors
/// What cannot be read, in words.
pub fn read(text: &str) -> Result<Vec<Case>, String> {
    let mut cases: Vec<Case> = Vec::new();
    let mut part = Part::Nothing;
    for (number, line) in text.lines().enumerate() {
        let trimmed = line.trim();
        if let Some(name) = trimmed.strip_prefix("--- ").and_then(|l| l.strip_suffix(" ---")) {
            if cases.iter().any(|c| c.name == name) {
                return Err(format!("two cases are called {name}"));
            }
            cases.push(Case { name: name.to_owned(), end: number + 1, ..Case::default() });
            part = Part::Nothing;
            continue;
        }
        let earlier = cases.clone();
        let Some(case) = cases.last_mut() else { continue };
        let wrong = |what: &str| format!("{}, line {}: {what}", case.name, number + 1);
        let mut words = trimmed.split_whitespace();
        let (first, second) = (words.next().unwrap_or(""), words.next());
        match first {
            "events" if line.starts_with("events") => {
                part = Part::Events;
                if let Some(name) = trimmed.strip_prefix("events of ") {
                    let other = earlier.iter().find(|c| c.name == name).ok_or_else(|| wrong("no such case"))?;
                    case.columns.clone_from(&other.columns);
                }
            }
            "program" if line.starts_with("program") => {
                part = Part::Program;
                case.edition = match second {
                    None => "adl 2026\n",
                    Some("legacy") => "adl legacy\n",
                    Some("undeclared") => "",
                    Some(_) => return Err(wrong("a program is legacy, undeclared or of 2026")),
                };
            }
            "file" if line.starts_with("file") => {
                part = Part::File;
                case.files.push((second.unwrap_or("").to_owned(), String::new()));
            }
            "expect" if line.starts_with("expect") => part = Part::Expect,
            _ => match part {
                Part::Nothing => {}
                Part::Events => {
                    let line = trimmed.split('#').next().unwrap_or("").trim();
                    if !line.is_empty() {
                        let column = events::column(line).map_err(|e| wrong(&e))?;
                        case.columns.retain(|c| c.name != column.name);
                        case.columns.push(column);
                    }
                }
                Part::Program => case.program.push_str(&format!("{line}\n")),
                Part::File => {
                    if let Some((_, text)) = case.files.last_mut() {
                        text.push_str(&format!("{line}\n"));
                    }
                }
                Part::Expect if !trimmed.is_empty() && !trimmed.starts_with('#') => case.expect.push(number),
                Part::Expect => {}
            },
        }
        if !trimmed.is_empty() {
            case.end = number + 1;
        }
    }
    for case in &mut cases {
        if !case.program.trim_start().starts_with("adl") {
            case.program.insert_str(0, case.edition);
        }
        let events = case.columns.first().map_or(0, |c| c.values.len());
        if let Some(c) = case.columns.iter().find(|c| c.values.len() != events) {
            return Err(format!("{}: {} has {} events instead of {events}", case.name, c.name, c.values.len()));
        }
    }
    Ok(cases)
}

/// The part of a case that a line stands in.
enum Part {
    Nothing,
    Events,
    File,
    Program,
    Expect,
}
