//! The packages of scikit-hep as judges of what is written, where they are installed.

#![allow(dead_code, clippy::unwrap_used)]

use std::process::Command;

/// Runs a script, which must succeed, and gives its output; none, with the reason printed, without these modules.
pub fn run(modules: &str, script: &str, arguments: &[&std::path::Path]) -> Option<String> {
    let Some(python) = std::env::var_os("ADL_PYTHON") else {
        println!("skipped: ADL_PYTHON does not name a Python with {modules}");
        return None;
    };
    let imports = Command::new(&python).args(["-c", &format!("import {modules}")]).output();
    if !imports.is_ok_and(|o| o.status.success()) {
        println!("skipped: the Python of ADL_PYTHON cannot import {modules}");
        return None;
    }
    let output = Command::new(&python).args(["-c", script]).args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    Some(String::from_utf8_lossy(&output.stdout).to_string())
}
