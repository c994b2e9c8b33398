//! `fix`: each legacy file of `fix/` becomes the text beside it, with what `fix` says in `.said`
//! (`ADL_UPDATE=1` rewrites these), which is of edition 2026,
//! has no errors, and computes the same Plan, but for what is said to be different.

#![allow(clippy::panic, clippy::expect_used)] // A test that cannot be run fails.

use std::path::Path;

use adl_tests::columns::nano;
use adl_tests::compile::compile;
use adlc::legacy::Reading;
use adlc::legacy::fix::fix;
use adlc::plan::print::plan;
use adlc::syntax::ast::Edition;

#[test]
fn legacy_files_become_files_of_2026() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fix");
    let mut paths: Vec<_> = std::fs::read_dir(folder).expect("a folder").flatten().map(|e| e.path()).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "adl"));
    paths.sort();
    assert!(paths.len() >= 2);
    let mut wrong = Vec::new();
    for path in &paths {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let text = std::fs::read_to_string(path).expect("a readable file");
        let told = if text.starts_with("adl ") { text.clone() } else { format!("adl legacy\n{text}") };
        let before = compile("old.adl", &told, &[], &nano()).expect("compiles");
        let binding = adlc::bind(&before.parsed, &nano()).expect("a profile");
        let reading = Reading { undeclared: Edition::Legacy, is_told: true, ..Reading::default() };
        let parsed = adlc::parse_as("old.adl", &text, reading, &mut |_, _| Err(String::new()));
        let (fixed, messages) = fix(&parsed.files, &parsed.sources, &binding);
        let new = fixed.first().expect("one file").text.clone();
        let kept: Vec<_> = messages.iter().filter(|m| m.code.starts_with("fix_")).cloned().collect();
        let said = adl_tests::show::rendered(&kept, &parsed);
        for (kind, now) in [("txt", &new), ("said", &said)] {
            let snapshot = path.with_extension(kind);
            if std::fs::read_to_string(&snapshot).unwrap_or_default() == *now {
                continue;
            }
            if std::env::var_os("ADL_UPDATE").is_some() {
                std::fs::write(&snapshot, now).expect("a writable file");
            } else {
                wrong.push(format!("{name}.{kind}: now\n{now}"));
            }
        }
        let after = compile("new.adl", &new, &[], &nano()).expect("compiles");
        let said = adl_tests::show::rendered(&after.messages, &after.parsed);
        let (Some(old_plan), Some(new_plan)) = (before.placed, after.placed) else {
            wrong.push(format!("{name}: does not compile:\n{new}\n{said}"));
            continue;
        };
        let differs = messages.iter().any(|m| m.code.starts_with("fix_"));
        if !differs && plan(&old_plan.plan) != plan(&new_plan.plan) {
            wrong.push(format!("{name}: another Plan\n{}\n{}", plan(&old_plan.plan), plan(&new_plan.plan)));
        }
        // A second time, nothing is left to do.
        let again = adlc::parse("new.adl", &new, &mut |_, _| Err(String::new()));
        if !fix(&again.files, &again.sources, &binding).0.is_empty() {
            wrong.push(format!("{name}: is not of edition 2026 afterwards"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
