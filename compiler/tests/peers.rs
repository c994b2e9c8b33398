//! Results in the eyes of other programs: `tests/peers/check_outputs.py` reads them with uproot, ROOT and hist, and
//! computes them again with awkward; `check_physics.py` computes the physics functions again with numpy and Lester's MT2;
//! `check_profiles.py` the analyses of `profiles/`, one or more for each schema profile, from the names in real files;
//! `check_chain.py` and `check_metadata.py` read many files, and what they say of the events that they come from;
//! `check_skims.py` reads the lists of lists in skims.
//! The Python with these packages is that of `ADL_PYTHON`.

#![allow(clippy::unwrap_used)] // A test that cannot be run fails.

mod binary;

use std::ffi::OsString;
use std::process::Command;

use binary::{Bench, example, root};

/// Runs an analysis of `tests/peers` on a file of the examples and a check of its results; `packages` is what the check
/// imports.
fn check(analysis: &str, data: &str, script: &str, packages: &str) {
    check_files(analysis, &[example(data)], script, packages);
}

/// The same on any files.
fn check_files(analysis: &str, data: &[String], script: &str, packages: &str) {
    let Some(python) = python(packages) else { return };
    let first = data.first().map_or("", String::as_str);
    let name = std::path::Path::new(first).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let bench = Bench::new(&format!("peers-{analysis}-{name}"));
    let peers = root().join("tests/peers");
    let analysis = peers.join(analysis).display().to_string();
    let run: Vec<&str> = ["run", "-q", &analysis].into_iter().chain(data.iter().map(String::as_str)).collect();
    bench.succeeds(&run);
    agrees(Command::new(&python).arg(peers.join(script)).arg(bench.path("out")).args(data));
}

/// The Python of `ADL_PYTHON`, if it can import these packages.
fn python(packages: &str) -> Option<OsString> {
    let Some(python) = std::env::var_os("ADL_PYTHON") else {
        println!("skipped: ADL_PYTHON does not name a Python with {packages}");
        return None;
    };
    let there = Command::new(&python).args(["-c", &format!("import {packages}")]).output();
    let works = there.is_ok_and(|o| o.status.success());
    if !works {
        println!("skipped: the Python of ADL_PYTHON cannot import {packages}");
    }
    works.then_some(python)
}

/// Runs a check, which must succeed.
fn agrees(check: &mut Command) {
    let checked = check.output().unwrap();
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

/// Analyses of `tests/peers/profiles` with the files of `../shared/data` that they run on.
const PROFILES: [(&str, &[&str]); 19] = [
    (
        "nanoaod",
        &[
            "adl2tnm__ttjets_nano.root",
            "BambooAnalysis__DY_M50_2016postproc_JMEKin_bTagShape_puWeight.root",
            "coffea__nano_dy.root",
            "coffea__nano_dy.parquet",
            "coffea__nano_dimuon.root",
            "coffea__pfnano.root",
            "scikit-hep-testdata__nanoAOD_2015_CMS_Open_Data_ttbar.root",
            "scikit-hep-testdata__cmsopendata2015_ttbar_19980_NANOAOD_RNTupleImporter_rntuple_v1-0-0-1.root",
        ],
    ),
    (
        "nanoaod_gen",
        &[
            "adl2tnm__ttjets_nano.root",
            "BambooAnalysis__DY_M50_2016postproc_JMEKin_bTagShape_puWeight.root",
            "coffea__nano_dy.root",
            "coffea__nano_dy.parquet",
            "coffea__pfnano.root",
            "scikit-hep-testdata__nanoAOD_2015_CMS_Open_Data_ttbar.root",
            "scikit-hep-testdata__cmsopendata2015_ttbar_19980_NANOAOD_RNTupleImporter_rntuple_v1-0-0-1.root",
        ],
    ),
    (
        "cms_run1",
        &[
            "func_adl_uproot__Run2012B_SingleMu_1000.root",
            "hep-iris-benchmark-jsoniq__Run2012B_SingleMu-1000.parquet",
            "hep-iris-benchmark-jsoniq__Run2012B_SingleMu-restructured-1000.parquet",
            "run2012b-small/events_manybaskets.root",
            "run2012b-small/events_rntuple_snapshot.root",
        ],
    ),
    (
        "flat",
        &[
            "analysis-grand-challenge__open-data-example.root",
            "scikit-hep-testdata__Run2012BC_DoubleMuParked_Muons_1000evts_rntuple_v1-0-0-0.root",
        ],
    ),
    ("scouting", &["coffea__scouting_nano.root"]),
    ("treemaker", &["coffea__treemaker.root"]),
    (
        "hzz",
        &[
            "scikit-hep-testdata__uproot-HZZ.root",
            "scikit-hep-testdata__uproot-HZZ-lz4.root",
            "scikit-hep-testdata__uproot-HZZ-lzma.root",
        ],
    ),
    ("hzz_objects", &["scikit-hep-testdata__uproot-HZZ-objects.root"]),
    ("poet", &["POET__myoutput_b.root"]),
    (
        "small_dy",
        &[
            "scikit-hep-testdata__uproot-small-dy-withoffsets.root",
            "scikit-hep-testdata__uproot-small-dy-nooffsets.root",
        ],
    ),
    ("zmumu", &["scikit-hep-testdata__uproot-Zmumu-zstd.root"]),
    ("delphes", &["tmp_debug_RDataFrame__delphes.root"]),
    ("delphes_references", &["tmp_debug_RDataFrame__delphes.root"]),
    ("lhco", &["derived__delphes.lhco"]),
    ("fcc", &["coffea__test_FCC_Winter2023.root"]),
    ("edm4hep", &["EDM4hep.jl__edm4hep_example.root"]),
    ("cp_ntuple", &["awkward-zipper__atlas_ntuple.root"]),
    ("physlite", &["coffea__PHYSLITE_example.root"]),
    ("physlite_lists", &["coffea__PHYSLITE_example.root"]),
];

/// Analyses of formats of which there is no file, the functions of `check_profiles.py`, and the files that `make_formats.py`
/// writes.
const MADE: [(&str, &str, &str); 11] = [
    ("atlas_od", "atlas_od", "atlas_od.root"),
    ("atlas_od_r2", "atlas_od_r2", "atlas_od_r2.root"),
    ("atlas_od_2025", "atlas_od_2025", "atlas_od_2025.root"),
    ("cp_ntuple", "cp_ntuple", "cp_ntuple.root"),
    ("cp_variation", "cp_variation", "cp_ntuple.root"),
    ("delphes", "delphes", "delphes.root"),
    ("k4simdelphes", "k4simdelphes", "k4simdelphes.root"),
    ("nanoaod15", "nanoaod15", "nanoaod15.root"),
    ("nested", "nested", "nested.parquet"),
    ("nested", "nested", "nested.root"),
    ("physlite", "physlite_ntuple", "physlite_ntuple.root"),
];

#[test]
fn formats_without_a_file_agree_in_files_that_are_made() {
    let Some(python) = python("awkward, numpy, uproot") else { return };
    let bench = Bench::new("peers-made");
    let peers = root().join("tests/peers");
    agrees(Command::new(&python).arg(peers.join("make_formats.py")).arg(&bench.folder));
    let mut arguments = Vec::new();
    for (name, check, file) in MADE {
        let analysis = peers.join(format!("profiles/{name}.adl")).display().to_string();
        let out = format!("{check}-{file}");
        bench.succeeds(&["run", &analysis, file, "-q", "-o", &out]);
        let path = |name: &str| bench.path(name).display().to_string();
        arguments.extend([check.to_string(), path(&out), path(file)]);
    }
    agrees(Command::new(&python).arg(peers.join("check_profiles.py")).args(arguments));
}

/// Lists of lists go into skims of all forms, from files of all formats; with how many columns of them there are.
#[test]
fn skims_hold_lists_of_lists() {
    let Some(python) = python("awkward, numpy, pyarrow.parquet, uproot") else { return };
    let bench = Bench::new("peers-skims");
    let peers = root().join("tests/peers");
    agrees(Command::new(&python).arg(peers.join("make_formats.py")).arg(&bench.folder));
    let made = |name: &str| ("skims_nested.adl", bench.path(name).display().to_string(), "4");
    let mut files = vec![made("nested.parquet"), made("nested.root")];
    for (name, least) in
        [("coffea__PHYSLITE_example.root", "400"), ("scikit-hep-testdata__uproot-vectorVectorDouble.root", "1")]
    {
        files.extend(shared(&[name]).into_iter().map(|file| ("skims.adl", file, least)));
    }
    let mut arguments = Vec::new();
    for (number, (analysis, data, least)) in files.into_iter().enumerate() {
        let out = format!("out{number}");
        bench.succeeds(&["run", &peers.join(analysis).display().to_string(), &data, "-q", "-o", &out]);
        arguments.extend([bench.path(&out).display().to_string(), data, least.to_owned()]);
    }
    agrees(Command::new(&python).arg(peers.join("check_skims.py")).args(arguments));
}

#[test]
fn an_ntuple_of_ones_own_agrees() {
    let analysis = example("private_ntuple.adl");
    let Some(python) = python("awkward, numpy, uproot") else { return };
    let bench = Bench::new("peers-private");
    let data = example("data/private.root");
    bench.succeeds(&["run", &analysis, &data, "-q"]);
    let check = root().join("tests/peers/check_profiles.py");
    agrees(Command::new(&python).arg(check).arg("private_ntuple").arg(bench.path("out")).arg(&data));
    // The names that the schema gives.
    let names = bench.succeeds(&["schema", &data, "--profile", &analysis]).out;
    for line in
        ["profile Mine (simulation)", "lep  (sizes: lep_n)", "  charge  ", "f32   [MeV]", "MET  (one per event)"]
    {
        assert!(names.contains(line), "{line} in {names}");
    }
    let of_another = bench.adlc(&["check", &analysis, &example("data/dy.root")]);
    assert!(of_another.code == 3 && of_another.err.contains("profile NanoAOD"), "{}", of_another.err);
}

#[test]
fn the_profiles_agree_with_the_names_in_the_files() {
    let folder = root().join("../shared/data");
    if !folder.is_dir() {
        println!("skipped: there is no {}", folder.display());
        return;
    }
    let Some(python) = python("awkward, numpy, pyarrow.parquet, uproot") else { return };
    let bench = Bench::new("peers-profiles");
    let peers = root().join("tests/peers");
    let mut arguments = Vec::new();
    for (name, files) in PROFILES {
        let analysis = peers.join(format!("profiles/{name}.adl")).display().to_string();
        for file in files {
            let data = folder.join(file).display().to_string();
            let out = format!("{name}-{}", file.replace('/', "-"));
            bench.succeeds(&["run", &analysis, &data, "-q", "-o", &out]);
            let interpreted = format!("{out}-interpreted");
            bench.succeeds(&["run", &analysis, &data, "-q", "-o", &interpreted, "--no-jit", "-j", "1"]);
            for result in ["cutflow.json", "histograms.json"] {
                assert_eq!(bench.bytes(&format!("{out}/{result}")), bench.bytes(&format!("{interpreted}/{result}")));
            }
            arguments.extend([name.to_string(), bench.path(&out).display().to_string(), data]);
        }
    }
    agrees(Command::new(&python).arg(peers.join("check_profiles.py")).args(arguments));
}

/// The sums of generator weights of the examples, and of files of several versions that are no part of the repository.
#[test]
fn sums_of_generator_weights_agree() {
    let mut files = vec![example("data/dy.root"), example("data/ttbar.root")];
    files.extend(shared(&["coffea__nano_dy.root", "coffea__pfnano.root"]));
    for file in files {
        check_files("metadata.adl", &[file], "check_metadata.py", "uproot");
    }
}

/// Files of several versions of NanoAOD as one input.
#[test]
fn chains_of_versions_agree() {
    let old = [
        "coffea__nano_dy.root",
        "adl2tnm__ttjets_nano.root",
        "scikit-hep-testdata__nanoAOD_2015_CMS_Open_Data_ttbar.root",
        "BambooAnalysis__DY_M50_2016postproc_JMEKin_bTagShape_puWeight.root",
    ];
    let mut files = vec![example("data/dy.root"), example("data/ttbar.root")];
    files.extend(shared(&old));
    let packages = "awkward, numpy, uproot";
    check_files("chain.adl", &files, "check_chain.py", packages);
    files.reverse();
    check_files("chain.adl", &files, "check_chain.py", packages);
}

/// Real files that are no part of the repository, those that are there.
fn shared(names: &[&str]) -> Vec<String> {
    let folder = std::env::var_os("ADL_SHARED").map_or_else(|| root().join("../shared"), Into::into).join("data");
    let mut files = Vec::new();
    for name in names {
        match folder.join(name) {
            file if file.is_file() => files.push(file.display().to_string()),
            file => println!("skipped: {} is absent (ADL_SHARED can name the folder of real files)", file.display()),
        }
    }
    files
}
