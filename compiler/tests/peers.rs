//! Results in the eyes of other programs: `tests/peers/check_outputs.py` reads them with uproot, ROOT and hist, and
//! computes them again with awkward. The Python with these packages is that of `ADL_PYTHON`.

#![allow(clippy::unwrap_used)] // A test that cannot be run fails.

mod binary;

use std::process::Command;

use binary::{Bench, example, root};

#[test]
fn other_programs_agree() {
    let packages = "awkward, hist, numpy, pyarrow.parquet, uhi.schema, uhi.io.json, fastjsonschema, uproot";
    let Some(python) = std::env::var_os("ADL_PYTHON") else {
        println!("skipped: ADL_PYTHON does not name a Python with {packages}");
        return;
    };
    let there = Command::new(&python).args(["-c", &format!("import {packages}")]).output();
    if !there.is_ok_and(|o| o.status.success()) {
        println!("skipped: the Python of ADL_PYTHON cannot import {packages}");
        return;
    }
    let bench = Bench::new("peers");
    let (peers, data) = (root().join("tests/peers"), example("data/dy.root"));
    bench.succeeds(&["run", &peers.join("outputs.adl").display().to_string(), &data, "-q"]);
    let checked = Command::new(&python).arg(peers.join("check_outputs.py")).arg(bench.path("out")).arg(&data).output();
    let checked = checked.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    println!("{}", text(&checked.stdout));
    assert!(checked.status.success(), "{}{}", text(&checked.stdout), text(&checked.stderr));
}
