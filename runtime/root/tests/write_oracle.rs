//! Files that were written, as uproot and ROOT see them. Needs Python with these packages (`ADL_PYTHON`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod filled;

use std::path::{Path, PathBuf};
use std::process::Command;

use adl_root::write::{FileWriter, Options};

fn python() -> Command {
    Command::new(std::env::var_os("ADL_PYTHON").unwrap_or_else(|| "python3".into()))
}

/// Writes the test file and checks it with one of the programs, if it is there.
fn check(program: &str, package: &str, options: Options) {
    let there = python().args(["-c", &format!("import {package}")]).output();
    if !there.is_ok_and(|output| output.status.success()) {
        println!("skipped: Python has no package {package} (see ADL_PYTHON)");
        return;
    }
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let name = format!("{program}-{}", options.compress);
    let (path, json) = (folder.join(format!("{name}.root")), folder.join(format!("{name}.json")));
    let objects = filled::objects();
    let file = std::fs::File::create(&path).unwrap();
    let mut writer = FileWriter::with_options(file, options).unwrap();
    filled::write(&mut writer, &objects).unwrap();
    writer.finish().unwrap();
    std::fs::write(&json, filled::expected(&objects).to_string()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check_histograms.py");
    let status = python().arg(script).arg(program).args([path, json]).status();
    assert!(status.unwrap().success(), "{program} finds something else in the file");
}

#[test]
fn uproot_reads_what_was_written() {
    check("uproot", "uproot", Options::default());
    check("uproot", "uproot", Options { compress: false, ..Options::default() });
}

#[test]
fn root_reads_what_was_written() {
    check("root", "ROOT", Options::default());
    check("root", "ROOT", Options { compress: false, ..Options::default() });
}
