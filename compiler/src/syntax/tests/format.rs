//! The formatter: the same meaning, the same comments, and nothing left to do. Pairs of files in `tests/format/` show
//! what it makes of texts; `ADL_UPDATE=1` rewrites the results.

use super::super::ast::Edition;
use super::super::{format, parse_as};
use super::hostile::Sequence;
use super::{sample_files, without_spans};
use crate::source::FileId;
use std::path::PathBuf;

/// The canonical text of a file; no edition is legacy, as on the command line.
fn formatted(text: &str) -> String {
    format(text, Edition::Legacy).unwrap_or_else(|e| panic!("{e}\n{text}")).text
}

/// The AST and the codes of the messages, as text without places.
fn meaning(text: &str) -> String {
    let (file, messages) = parse_as(FileId(0), text, Edition::Legacy);
    let codes: Vec<&str> = messages.iter().map(|m| m.code).collect();
    format!("{}{codes:?}", without_spans(&file))
}

/// The comments of a text, sorted.
fn comments(text: &str) -> Vec<String> {
    let comment = |line: &str| {
        let mut in_text = false;
        let at = line.find(|c| {
            in_text ^= c == '"';
            c == '#' && !in_text
        });
        at.and_then(|at| line.get(at..)).map(|c| c.trim_end().to_owned())
    };
    let mut found: Vec<String> = text.lines().filter_map(comment).collect();
    found.sort();
    found
}

fn holds(text: &str) {
    let once = formatted(text);
    assert_eq!(formatted(&once), once, "formatted twice is formatted once:\n{text}");
    assert_eq!(meaning(&once), meaning(text), "the meaning stays:\n{text}\n---\n{once}");
    assert_eq!(comments(&once), comments(text), "the comments stay:\n{text}\n---\n{once}");
    let is_tidy = |l: &str| !l.ends_with([' ', '\r']) && !l.starts_with('\t');
    let is_read = format(text, Edition::Legacy).is_ok_and(|f| f.unread == 0);
    assert!(!is_read || once.lines().all(is_tidy), "{once}");
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The programs of `tests/language/*.adl`, and the texts of `tests/errors/*.adl`.
fn programs() -> Vec<String> {
    let mut programs = Vec::new();
    for folder in ["tests/language", "tests/errors", "examples/benchmarks"] {
        for entry in std::fs::read_dir(root().join(folder)).unwrap().flatten() {
            if entry.path().extension().is_none_or(|e| e != "adl") {
                continue;
            }
            let text = std::fs::read_to_string(entry.path()).unwrap();
            if folder != "tests/language" {
                programs.push(text);
                continue;
            }
            for case in text.split("\nprogram\n").skip(1) {
                let program = case.split("\nexpect\n").next().unwrap();
                let edition = if program.starts_with("adl") { "" } else { "adl 2026\n" };
                programs.push(format!("{edition}{program}\n"));
            }
        }
    }
    programs.sort();
    assert!(programs.len() > 300, "{}", programs.len());
    programs
}

#[test]
fn the_meaning_and_the_comments_stay() {
    for text in programs() {
        holds(&text);
    }
    for (_, text) in sample_files() {
        holds(&text);
    }
    holds(&format!("adl 2026\n{}", super::constructs::EVERYTHING));
}

#[test]
fn the_projects_own_files_are_formatted() {
    for folder in ["examples", "examples/benchmarks", "stdlib", "stdlib/schema", "stdlib/schema/columns"] {
        for entry in std::fs::read_dir(root().join(folder)).unwrap().flatten() {
            if entry.path().extension().is_some_and(|e| e == "adl") {
                let text = std::fs::read_to_string(entry.path()).unwrap();
                assert_eq!(formatted(&text), text, "run adlc fmt {}", entry.path().display());
            }
        }
    }
}

#[test]
fn pairs_of_files() {
    let mut count = 0;
    for entry in std::fs::read_dir(root().join("tests/format")).unwrap().flatten() {
        let path = entry.path();
        let Some(name) = path.to_string_lossy().strip_suffix(".in.adl").map(str::to_owned) else { continue };
        // As bytes: carriage returns are part of what is tested.
        let text = String::from_utf8(std::fs::read(&path).unwrap()).unwrap();
        let result = PathBuf::from(format!("{name}.out.adl"));
        let out = formatted(&text);
        if std::env::var_os("ADL_UPDATE").is_some() {
            std::fs::write(&result, &out).unwrap();
        }
        assert_eq!(out, std::fs::read_to_string(&result).unwrap_or_default(), "{name}");
        holds(&text);
        count += 1;
    }
    assert!(count >= 5, "{count} pairs");
}

#[test]
fn the_readme_shows_what_happens() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let section = readme.split("## The canonical form").nth(1).unwrap();
    let mut blocks = section.split("```adl\n").skip(1).map(|b| b.split("```").next().unwrap());
    let (before, after) = (blocks.next().unwrap(), blocks.next().unwrap());
    assert_eq!(formatted(before), after);
    holds(before);
}

/// Blanks where they mean nothing, and damage anywhere.
#[test]
fn mutated_texts_keep_their_meaning() {
    let mut texts = programs();
    texts.extend(sample_files().into_iter().map(|(_, text)| text));
    let pieces = [
        " ",
        "  ",
        "\t",
        "\n",
        "\n\n\n",
        "\r\n",
        " # remark\n",
        "\n# remark\n",
        "\n    ",
        "\n\t",
        "(",
        ")",
        "[",
        "]",
        "\"",
        "#",
        ",",
        "-",
        "+",
        ".",
        ":",
        "?",
        "{",
        "}",
        "|",
        "!",
        "&&",
        "^",
        "é",
        " and ",
        " AND ",
        "\ndefine x = 1",
        "\n  define y = 2",
        "\nselect a",
        "\nregion ",
        "\u{a0}",
        "\u{b}",
    ];
    let harmless = 8;
    let mut random = Sequence(2026);
    for round in 0..4_000 {
        let text = &texts[round % texts.len()];
        let kinds = if round % 2 == 0 { harmless } else { pieces.len() };
        let mut text = text.clone();
        if round % 5 == 0 {
            text = text.replacen("adl 2026", "adl legacy", 1);
        }
        let from = random.below(text.len());
        let begin = (0..=from).rev().find(|i| text.is_char_boundary(*i)).unwrap();
        let end = (from + 500..).find(|i| *i >= text.len() || text.is_char_boundary(*i)).unwrap().min(text.len());
        let edition = if round % 3 == 0 { "adl 2026\n" } else { "" };
        let mut text = format!("{edition}{}", &text[begin..end]);
        for _ in 0..=random.below(8) {
            let at = random.below(text.len() + 1);
            if text.is_char_boundary(at) {
                text.insert_str(at, pieces[random.below(kinds)]);
            }
        }
        holds(&text);
    }
}

#[test]
fn long_texts_take_linear_time() {
    let begin = std::time::Instant::now();
    let many = 20_000;
    for text in [
        format!("adl 2026\ndefine x = f(a{})", ", abc".repeat(many)),
        format!("adl 2026\n{}", "define x = 1 # remark\n".repeat(many)),
        format!("adl 2026\n{}", "\n".repeat(many)),
        format!("adl 2026\n{}", "# remark\n".repeat(many)),
        format!("adl 2026\ntable t\n{}", "1 2.5 3 # remark\n".repeat(many)),
        format!("adl 2026\ndefine x = f(a{})", "\n# remark\n,b".repeat(many)),
    ] {
        _ = formatted(&text);
    }
    assert!(begin.elapsed() < std::time::Duration::from_secs(20), "{:?}", begin.elapsed());
}
