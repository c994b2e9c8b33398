//! Rooms and directions: reads the `use` lines and paths of every source file and fails on an arrow that
//! ARCHITECTURE.md does not draw.

#![allow(clippy::panic, clippy::expect_used)] // A test that cannot be run fails.

use std::path::{Path, PathBuf};

/// A room and the rooms of the compiler that it may name besides itself.
const MAY: [(&str, &[&str]); 13] = [
    ("source", &[]),
    ("error", &["source"]),
    ("syntax", &["source", "error"]),
    ("stdlib", &[]),
    ("legacy", &["syntax", "hir", "source", "error"]),
    ("hir", &["syntax", "source", "error", "plan"]),
    ("plan", &["hir", "source", "error"]),
    ("exec", &["plan", "source"]),
    ("pages", &["error"]),
    ("phasespace", &["hir", "plan", "source"]),
    ("lint", &["phasespace", "hir", "plan", "syntax", "pages", "source", "error"]),
    ("doc", &["syntax", "hir"]),
    ("render", &["pages", "error", "source"]),
];

/// What the rooms may name of the runtime.
const RUNTIME: [(&str, &[&str]); 13] = [
    ("source", &[]),
    ("error", &[]),
    ("syntax", &[]),
    ("stdlib", &[]),
    ("legacy", &["schema"]),
    ("hir", &["chain", "metadata", "nested", "schema", "histogram", "rows"]),
    ("plan", &["schema", "histogram", "math", "kernel", "nested", "rows"]),
    ("exec", &["kernel", "math", "schema", "histogram"]),
    ("pages", &[]),
    ("phasespace", &["schema"]),
    ("lint", &["histogram", "schema"]),
    ("doc", &["letters"]),
    ("render", &[]),
];

#[test]
fn compiler_rooms() {
    let source = root().join("compiler/src");
    let mut wrong = Vec::new();
    for (room, may) in MAY {
        let runtime = RUNTIME.iter().find(|(r, _)| *r == room).map_or(&[][..], |(_, m)| m);
        let mut files = rust_files(&source.join(room));
        files.extend([source.join(format!("{room}.rs"))].into_iter().filter(|f| f.exists()));
        assert!(!files.is_empty(), "there is no room {room}");
        for file in files {
            let text = code(&file);
            for named in named_after(&text, "crate::") {
                if named != room && !may.contains(&named.as_str()) && MAY.iter().any(|(r, _)| *r == named) {
                    wrong.push(format!("{} uses {named}", shown(&file)));
                }
            }
            for named in named_after(&text, "adl_runtime::") {
                if !runtime.contains(&named.as_str()) {
                    wrong.push(format!("{} uses adl_runtime::{named}", shown(&file)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn narrow_doors() {
    let source = root().join("compiler/src");
    let mut wrong = Vec::new();
    for file in rust_files(&source) {
        let (name, text) = (shown(&file), code(&file));
        let in_room = |room: &str| name.starts_with(&format!("compiler/src/{room}"));
        if in_room("plan/") && !in_room("plan/lower") && text.contains("crate::hir") {
            wrong.push(format!("{name}: in plan, only lower reads the HIR"));
        }
        let of_plan = named_after(&text, "crate::plan::");
        if (in_room("hir/") || in_room("phasespace/") || in_room("lint/"))
            && (text.contains("crate::plan;")
                || !of_plan.iter().all(|n| matches!(n.as_str(), "Intrinsic" | "intrinsic")))
        {
            wrong.push(format!("{name}: of plan, the rooms before it name the intrinsics only"));
        }
        if !in_room("exec/jit") && text.contains("cranelift") {
            wrong.push(format!("{name}: only exec/jit names Cranelift"));
        }
        if !in_room("syntax/") && (text.contains("pest::") || text.contains("pest_derive")) {
            wrong.push(format!("{name}: only syntax names pest"));
        }
        let library = !in_room("main.rs") && !in_room("command/");
        let outside = ["std::fs", "std::env", "std::time", "std::net", "std::process"];
        if let Some(what) = outside.iter().find(|w| library && !name.contains("/tests") && text.contains(*w)) {
            wrong.push(format!("{name}: the library does not name {what}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn runtime_knows_no_language_and_root_knows_no_runtime() {
    let mut wrong = Vec::new();
    for (folder, forbidden) in [("runtime/src", &["adlc"][..]), ("runtime/root/src", &["adlc", "adl_runtime"][..])] {
        let files = rust_files(&root().join(folder));
        assert!(!files.is_empty(), "{folder} is empty");
        for file in files {
            let text = code(&file);
            let found =
                forbidden.iter().filter(|f| text.contains(&format!("{f}::")) || text.contains(&format!("use {f}")));
            wrong.extend(found.map(|f| format!("{} uses {f}", shown(&file))));
        }
    }
    for (manifest, forbidden) in [("runtime/Cargo.toml", "adlc"), ("runtime/root/Cargo.toml", "adl-runtime")] {
        let text = std::fs::read_to_string(root().join(manifest)).expect("a manifest");
        if text.lines().any(|l| l.starts_with(forbidden)) {
            wrong.push(format!("{manifest} depends on {forbidden}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_path_buf()
}

/// A path as seen from the repository.
fn shown(file: &Path) -> String {
    file.strip_prefix(root()).unwrap_or(file).display().to_string()
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
    files.sort();
    files
}

/// The text of a file without comments and without its tests.
fn code(file: &Path) -> String {
    let text = std::fs::read_to_string(file).expect("a readable file");
    let text = text.split("#[cfg(test)]").next().unwrap_or("");
    text.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The words that follow a path such as `crate::`, those in braces included.
fn named_after(text: &str, path: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in text.match_indices(path) {
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let rest = &text[at + path.len()..];
        if let Some(list) = rest.strip_prefix('{') {
            names.extend(top_level(list));
        } else {
            names.push(word(rest));
        }
    }
    names
}

/// The first word of each part of a list in braces.
fn top_level(list: &str) -> Vec<String> {
    let mut names = Vec::new();
    let (mut depth, mut begin) = (0, true);
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => begin = true,
            c if begin && !c.is_whitespace() => {
                names.push(word(&list[at..]));
                begin = false;
            }
            _ => {}
        }
    }
    names
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// The reader of paths sees what it must: otherwise the tests above could not fail.
#[test]
fn arrows_are_seen() {
    let text = "use crate::exec::jit;\npub use crate::{plan::{dag, lower}, hir};\nfn f() { my_crate::x(); crate::syntax::parse() }";
    assert_eq!(named_after(text, "crate::"), ["exec", "plan", "hir", "syntax"]);
}
