//! Results in the eyes of other programs: `tests/peers/check_outputs.py` reads them with uproot, ROOT and hist, and
//! computes them again with awkward; `check_physics.py` computes the physics functions again with numpy and Lester's MT2.
//! The Python with these packages is that of `ADL_PYTHON`.

#![allow(clippy::unwrap_used)] // A test that cannot be run fails.

mod binary;

use std::process::Command;

use binary::{Bench, example, root};

/// Runs an analysis of `tests/peers` on a file of the examples and a check of its results; `packages` is what the check
/// imports.
fn check(analysis: &str, data: &str, script: &str, packages: &str) {
    let Some(python) = std::env::var_os("ADL_PYTHON") else {
        println!("skipped: ADL_PYTHON does not name a Python with {packages}");
        return;
    };
    let there = Command::new(&python).args(["-c", &format!("import {packages}")]).output();
    if !there.is_ok_and(|o| o.status.success()) {
        println!("skipped: the Python of ADL_PYTHON cannot import {packages}");
        return;
    }
    let bench = Bench::new(&format!("peers-{analysis}-{}", data.replace('/', "-")));
    let (peers, data) = (root().join("tests/peers"), example(data));
    bench.succeeds(&["run", &peers.join(analysis).display().to_string(), &data, "-q"]);
    let checked = Command::new(&python).arg(peers.join(script)).arg(bench.path("out")).arg(&data).output();
    let checked = checked.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    println!("{}", text(&checked.stdout));
    assert!(checked.status.success(), "{}{}", text(&checked.stdout), text(&checked.stderr));
}

#[test]
fn other_programs_agree() {
    let packages = "awkward, hist, numpy, pyarrow.parquet, uhi.schema, uhi.io.json, fastjsonschema, uproot";
    check("outputs.adl", "data/dy.root", "check_outputs.py", packages);
}

#[test]
fn other_loops_agree_on_links() {
    let packages = "pyarrow.parquet, uproot";
    check("links_history.adl", "data/ttbar.root", "check_links.py", packages);
    let shared = root().join("../shared/data");
    for (analysis, data) in [
        ("links_history.adl", "scikit-hep-testdata__nanoAOD_2015_CMS_Open_Data_ttbar.root"),
        ("links_objects.adl", "scikit-hep-testdata__nanoAOD_2015_CMS_Open_Data_ttbar.root"),
        ("links_objects.adl", "adl2tnm__ttjets_nano.root"),
        ("numbers_nanoaod.adl", "scikit-hep-testdata__nanoAOD_2015_CMS_Open_Data_ttbar.root"),
        ("numbers_delphes.adl", "tmp_debug_RDataFrame__delphes.root"),
        ("links_particles.adl", "tmp_debug_RDataFrame__delphes.root"),
        ("links_particles.adl", "coffea__test_FCC_Winter2023.root"),
    ] {
        let data = shared.join(data);
        if data.exists() {
            check(analysis, &data.display().to_string(), "check_links.py", packages);
        } else {
            println!("skipped: {} is not there", data.display());
        }
    }
}

#[test]
fn other_implementations_agree() {
    for data in ["data/ttbar.root", "data/dy.root"] {
        check("physics.adl", data, "check_physics.py", "awkward, numpy, pyarrow.parquet, uproot");
    }
}
