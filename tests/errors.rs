//! Every message of the compiler as it is shown: `errors/CODE.adl` holds programs that are answered with that message,
//! after lines `#--- what is wrong`; `errors/CODE.txt` is what a person reads. `ADL_UPDATE=1` rewrites the latter. A code
//! in the source text of the compiler without a file fails the test.

#![allow(clippy::panic, clippy::expect_used)] // A test that cannot be run fails.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use adl_tests::columns::nano;
use adl_tests::compile::compile;
use adl_tests::show;
use adlc::error::{Message, Severity};
use adlc::pages;

/// Messages that no text can provoke here, with the reason.
const ELSEWHERE: [(&str, &str); 12] = [
    ("compat_differs", "needs `--compat cutlang`: a test of the command line"),
    ("fix_inherits", "is said by `fix`: a test of its own"),
    ("fix_table", "is said by `fix`: a test of its own"),
    ("other_edition", "needs an included file: a test of the command line"),
    ("internal", "a fault of adlc, which no text should provoke"),
    ("file_too_large", "needs a text of 1 GiB"),
    ("missing_column", "needs two input files: a test of the command line"),
    ("column_kind", "needs two input files: a test of the command line"),
    ("no_lumi_sections", "needs data without luminosity sections: a test of the command line"),
    ("data", "a fault of the data during a run: a test of the command line"),
    ("no_else", "the grammar of the edition 2026 asks for the other branch itself"),
    ("too_deep", "needs hundreds of definitions: `deep_definitions` below makes them"),
];

#[test]
fn every_message_reads_as_it_should() {
    let update = std::env::var_os("ADL_UPDATE").is_some();
    let mut wrong = Vec::new();
    let (mut files, mut programs) = (0, 0);
    for path in adl_files() {
        let code = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let mut shown = String::new();
        files += 1;
        for part in text.split("#--- ").skip(1) {
            programs += 1;
            let (what, program) = part.split_once('\n').unwrap_or((part, ""));
            let compiled = compile("analysis.adl", program, &[], &nano());
            let compiled = compiled.unwrap_or_else(|e| panic!("{code}: {what}: {e}"));
            let heard: BTreeSet<&str> =
                compiled.messages.iter().filter(|m| m.is_error() || m.code == code).map(|m| m.code).collect();
            if heard != BTreeSet::from([code.as_str()]) {
                wrong.push(format!("{code}: {what}: gives {heard:?}"));
            }
            wrong.extend(compiled.messages.iter().flat_map(manners).map(|m| format!("{code}: {what}: {m}")));
            shown.push_str(&format!("--- {what}\n\n{}", show::rendered(&compiled.messages, &compiled.parsed)));
            for message in &compiled.messages {
                for (number, fix) in message.fixes.iter().enumerate() {
                    let Some(source) = compiled.parsed.sources.get(fix.span.file).filter(|s| !s.is_stdlib) else {
                        wrong.push(format!("{code}: {what}: mends the standard library"));
                        continue;
                    };
                    let (from, to) = (fix.span.start as usize, fix.span.end as usize);
                    let mended = format!("{}{}{}", &source.text[..from], fix.text, &source.text[to..]);
                    let again = compile("analysis.adl", &mended, &[], &nano());
                    let again = again.unwrap_or_else(|e| panic!("{code}: {what}: {e}"));
                    let before = compiled.messages.iter().filter(|m| m.is_error()).count();
                    let after = again.messages.iter().filter(|m| m.is_error()).count();
                    if after >= before.max(1) {
                        let said = show::rendered(&again.messages, &again.parsed);
                        wrong.push(format!("{code}: {what}: fix {number} mends nothing:\n{mended}\n{said}"));
                    }
                }
            }
        }
        let snapshot = path.with_extension("txt");
        let before = std::fs::read_to_string(&snapshot).unwrap_or_default();
        if before != shown {
            if update {
                std::fs::write(&snapshot, &shown).expect("a writable file");
            } else {
                wrong.push(format!("{code}.txt differs; now it reads\n{shown}"));
            }
        }
    }
    println!("counted: messages: {files} messages, {programs} programs");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The conventions for messages: CONTRIBUTING.md.
fn manners(message: &Message) -> Vec<String> {
    let mut found = Vec::new();
    let title = &message.title;
    if title.contains('\n') || title.ends_with('.') {
        found.push(format!("a title is one line without a full stop: {title}"));
    }
    let inner = ["token", "AST", "HIR", "parser", "expression tree", "identifier", "EOI"];
    if let Some(word) = inner.iter().find(|w| title.split(|c: char| !c.is_alphanumeric()).any(|t| t == **w)) {
        found.push(format!("`{word}` is no word of an analyst: {title}"));
    }
    let long = message.help.iter().flat_map(|h| h.lines()).find(|l| l.chars().count() > 78);
    found.extend(long.map(|l| format!("a line of help is too long: {l}")));
    if message.labels.is_empty() {
        found.push("points nowhere".to_owned());
    }
    found
}

#[test]
fn every_code_has_a_file() {
    let codes = codes();
    assert!(codes.len() > 50, "only {codes:?}");
    let files: BTreeSet<String> =
        adl_files().iter().map(|p| p.file_stem().unwrap_or_default().to_string_lossy().into_owned()).collect();
    let elsewhere: BTreeSet<String> = ELSEWHERE.iter().map(|(c, _)| (*c).to_owned()).collect();
    for (code, reason) in ELSEWHERE {
        assert!(codes.contains(code), "{code} is gone");
        println!("skipped: {code} ({reason})");
    }
    let missing: Vec<&String> = codes.iter().filter(|c| !files.contains(*c) && !elsewhere.contains(*c)).collect();
    assert!(missing.is_empty(), "no tests/errors/CODE.adl for {missing:?}");
    let gone: Vec<&String> = files.iter().filter(|f| !codes.contains(*f)).collect();
    assert!(gone.is_empty(), "no such message: {gone:?}");
}

/// Messages whose page has no example, besides those that no text can provoke: their reason is in the page.
const NO_EXAMPLE: [&str; 5] = ["bin_edition", "nested_too_deep", "no_edition", "not_yet", "slice_edition"];

#[test]
fn every_code_has_a_page_with_examples() {
    let codes = codes();
    let pages: BTreeSet<String> = pages::all().map(|p| p.code.to_owned()).collect();
    let missing: Vec<&String> = codes.difference(&pages).collect();
    assert!(missing.is_empty(), "no compiler/pages/CODE.md, or not listed in compiler/src/pages.rs: {missing:?}");
    let gone: Vec<&String> = pages.difference(&codes).collect();
    assert!(gone.is_empty(), "no such message: {gone:?}");
    let mut wrong = Vec::new();
    for page in pages::all() {
        let code = page.code;
        if !page.text.starts_with(&format!("# {code} ({}): ", pages::level(page.level))) || page.line.is_empty() {
            wrong.push(format!("{code}: the first line is # CODE (error|warning|note): one line"));
        }
        wrong.extend(page.text.lines().filter(|l| l.chars().count() > 120).map(|l| format!("{code}: too long: {l}")));
        let Some((triggers, instead)) = pages::examples(page) else {
            if !NO_EXAMPLE.contains(&code) && !ELSEWHERE.iter().any(|(c, _)| *c == code) {
                wrong.push(format!("{code}: has no examples"));
            }
            continue;
        };
        for (program, is_wrong) in [(&triggers, true), (&instead, false)] {
            let compiled = compile("analysis.adl", program, &[], &nano()).unwrap_or_else(|e| panic!("{code}: {e}"));
            let said = show::rendered(&compiled.messages, &compiled.parsed);
            let found = compiled.messages.iter().find(|m| m.code == code);
            let fits = match found {
                Some(message) => is_wrong && message.severity == page.level,
                None => !is_wrong,
            };
            let others = compiled.messages.iter().any(|m| m.code != code && m.severity > Severity::Note);
            if !fits || others {
                wrong.push(format!(
                    "{code}: the page says that this is {}:\n{program}\n{said}",
                    if is_wrong { "wrong" } else { "right" }
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn deep_definitions() {
    let mut text = "adl 2026\nregion r\n  select a0 > 0\n".to_owned();
    for i in 0..2000 {
        text.push_str(&format!("define a{i} = a{} + 1\n", i + 1));
    }
    text.push_str("define a2000 = 1\n");
    let compiled = compile("analysis.adl", &text, &[], &nano()).unwrap_or_else(|e| panic!("{e}"));
    let errors: BTreeSet<&str> = compiled.messages.iter().filter(|m| m.is_error()).map(|m| m.code).collect();
    assert!(errors.is_empty() || errors == BTreeSet::from(["too_deep"]), "{errors:?}");
}

/// The codes in the source text: the first string after `Message::error(` and its relatives, and after `plain(`.
fn codes() -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for file in rust_files(&root().join("compiler/src")) {
        let text = std::fs::read_to_string(&file).expect("a readable file");
        for maker in ["Message::error(", "Message::warning(", "Message::note(", "plain("] {
            for (at, _) in text.match_indices(maker) {
                let rest = text[at + maker.len()..].trim_start();
                let code = rest.strip_prefix('"').and_then(|r| r.split('"').next());
                codes.extend(code.filter(|c| c.chars().all(|c| c.is_ascii_lowercase() || c == '_')).map(str::to_owned));
            }
        }
    }
    codes
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_path_buf()
}

fn adl_files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("errors");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).expect("a folder").flatten().map(|e| e.path()).collect();
    files.retain(|p| p.extension().is_some_and(|e| e == "adl"));
    files.sort();
    files
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files
}
