//! Tests of the syntax room: constructs, traps, messages and hostile texts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod constructs;
mod format;
mod hostile;
mod keywords;
mod messages;
mod traps;

use super::ast::{Block, Expr, File};
use super::{parse, print};
use crate::error::Message;
use crate::source::FileId;
use std::path::PathBuf;

/// The AST of a text without faults.
fn read(text: &str) -> File {
    let (file, messages) = parse(FileId(0), text);
    assert!(messages.is_empty(), "{text}\n{}", render(text, &messages));
    file
}

/// The right-hand side of `define x = ...`.
fn value(text: &str) -> Expr {
    match read(&format!("define x = {text}")).blocks.remove(0) {
        Block::Define(d) => d.value,
        other => panic!("{other:?}"),
    }
}

/// Messages as text: line and column, code, title, the marked text with its label, help.
fn render(text: &str, messages: &[Message]) -> String {
    let mut out = String::new();
    for m in messages {
        for (i, label) in m.labels.iter().enumerate() {
            let (start, end) = (label.span.start as usize, label.span.end as usize);
            let before = text.get(..start).expect("a label inside the text");
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
            if i == 0 {
                out.push_str(&format!("{line}:{column} {}: {}\n", m.code, m.title));
            }
            let marked = text.get(start..end).expect("a label inside the text");
            let place = if i == 0 { String::new() } else { format!(" at {line}:{column}") };
            out.push_str(&format!("  |{marked}|{place} {}\n", label.text));
        }
        for line in m.help.iter().flat_map(|h| h.lines()) {
            out.push_str(&format!("  help: {line}\n"));
        }
    }
    out
}

/// The AST as text without its spans.
fn without_spans(file: &File) -> String {
    let text = format!("{:#?}", File { statements: Vec::new(), ..file.clone() });
    let mut out = String::new();
    let mut skip = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        match skip {
            Some(depth) if indent > depth => continue,
            Some(_) => {
                skip = None;
                continue;
            }
            None => {}
        }
        if line.trim_end().ends_with("Span {") {
            skip = Some(indent);
            continue;
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// A printed file reads back to the same AST, and prints as itself.
fn round_trip(text: &str) {
    let first = read(text);
    let printed = print(&first);
    let second = read(&printed);
    assert_eq!(without_spans(&first), without_spans(&second), "printed:\n{printed}");
    assert_eq!(printed, print(&second));
}

/// The trial analyses and the standard library, where they are.
fn sample_files() -> Vec<(String, String)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let shared = std::env::var_os("ADL_SHARED").map_or_else(|| root.join("../../shared"), PathBuf::from);
    let trial = shared.join("design/trial");
    if !trial.is_dir() {
        println!("skipped: no trial analyses in {}", trial.display());
    }
    let mut found = Vec::new();
    for folder in [
        trial,
        root.join("../stdlib"),
        root.join("../stdlib/schema"),
        root.join("../stdlib/schema/columns"),
        root.join("../examples"),
    ] {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().extension().is_some_and(|e| e == "adl") {
                let text = std::fs::read_to_string(entry.path()).expect("a readable file");
                found.push((entry.path().display().to_string(), text));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn sample_files_are_read_and_printed() {
    for (name, text) in sample_files() {
        let (_, messages) = parse(FileId(0), &text);
        assert!(messages.is_empty(), "{name}\n{}", render(&text, &messages));
        round_trip(&text);
    }
}
