//! Checking an analysis without data, against the columns that a profile lists.

#![allow(clippy::unwrap_used, clippy::panic)] // A test that cannot be run fails.

mod binary;

use binary::Bench;

/// Selects by what every NanoAOD file has.
const ANALYSIS: &str = "object jets\n  take Jet\n  select pt > 30 and btagDeepFlavB > 0.3\nregion SR\n  \
                        select HLT_IsoMu24 and MET > 200\n  histo pt, \"pt\", 10, 0, 100, pt(jets)\n";

#[test]
fn an_analysis_is_checked_against_a_profile() {
    let bench = Bench::new("profile");
    bench.write("a.adl", format!("adl 2026\n{ANALYSIS}"));
    for name in ["NanoAOD", "nanoaod", "NANO_AOD", "cmsnano"] {
        let text = bench.succeeds(&["check", "a.adl", "--schema", name]).out;
        assert!(text.contains("profile NanoAOD, no data, 4 columns to read"), "{text}");
        assert!(text.contains("HLT_IsoMu24        bool") && text.contains("Jet_pt             f32"), "{text}");
    }
    for stage in ["hir", "plan", "placed", "clif"] {
        let text = bench.succeeds(&["plan", "a.adl", "--schema", "nanoaod", "--stage", stage]).out;
        assert!(text.lines().count() > 5, "{stage}: {text}");
    }
    bench.fails(2, &["run", "a.adl", "--schema", "nanoaod"], &["no input files"]);
    bench.fails(2, &["check", "a.adl", "--schema", "nanaod"], &["did you mean NanoAOD?", "profiles:"]);
    bench.fails(2, &["check", "a.adl"], &["--schema PROFILE", "inputformat", "NanoAOD"]);
    bench.write("wrong.adl", "adl 2026\nregion SR\n  select sum(tp(Jet)) > 3\n");
    bench.fails(3, &["check", "wrong.adl", "--schema", "nanoaod"], &["names are those of the profile NanoAOD"]);
}

#[test]
fn the_info_block_names_the_profile() {
    let bench = Bench::new("implied");
    for line in ["inputformat CMSNANO", "datatype \"nanoAOD\"", "InputType nanoaod"] {
        bench.write("a.adl", format!("adl 2026\ninfo analysis\n  title T\n  {line}\n{ANALYSIS}"));
        bench.succeeds(&["check", "a.adl"]);
    }
}

#[test]
fn a_data_file_gives_its_columns() {
    let bench = Bench::new("example");
    bench.write("a.adl", format!("adl 2026\n{ANALYSIS}"));
    let dy = format!("{}/../examples/data/dy.root", env!("CARGO_MANIFEST_DIR"));
    let text = bench.succeeds(&["check", "a.adl", "--schema", &dy]).out;
    assert!(text.contains("nJet"), "{text}");
}

/// A format of one's own: names, units, constants, what an event has one of, and the columns that its files have.
const OWN: &str = "schema Mine
  tree ntuple
  detect jet_n
  collection * size *_n attribute *_*
  particle jet with mass = 0
  single header
  transverse MET
  alias Mine2 = Mine, Jet = jet, jet.pt = et, *.phi = azimuth, MET.pt = met_et, MET.phi = met_dir, HT = header_ht
  unit MeV et, met_et
  columns i32 jet_n
  columns f32[] jet_et, jet_eta, jet_azimuth, jet_tag_*, header_weight
  columns f32 met_et, met_dir
  columns bool pass_*
";

#[test]
fn a_schema_of_the_analysis_lists_its_columns() {
    let bench = Bench::new("own");
    let analysis = "object jets\n  take Jet\n  select pt > 30 and tag_v1 > 0.5\nregion SR\n  \
                    select pass_mu and MET > 200 and header.weight > 0\n  \
                    histo mt, \"mt\", 10, 0, 100, sqrt(2 * pt(jets) * MET * (1 - cos(dphi(jets, MET))))\n";
    bench.write("a.adl", format!("adl 2026\n{OWN}{analysis}"));
    let text = bench.succeeds(&["check", "a.adl", "--schema", "mine2"]).out;
    for column in ["pass_mu", "met_et", "met_dir", "header_weight", "jet_tag_v1", "jet_et", "jet_azimuth"] {
        assert!(text.contains(column), "{column}: {text}");
    }
    // What is stored in MeV is used in GeV.
    let plan = bench.succeeds(&["plan", "a.adl", "--schema", "mine"]).out;
    assert!(plan.contains("1000"), "{plan}");
    bench.write("b.adl", "adl 2026\nschema Empty\n  tree t\nregion SR\n  select MET > 3\n");
    bench.fails(3, &["check", "b.adl", "--schema", "empty"], &["lists no columns"]);
    bench.write("c.adl", "adl 2026\nschema Bad\n  columns float Jet_pt\nregion SR\n  select MET > 3\n");
    bench.fails(3, &["check", "c.adl", "--schema", "bad"], &["a stored type such as `f32`"]);
}

#[test]
fn the_ntuple_of_the_readme_is_checked() {
    let bench = Bench::new("ntuple");
    let readme = std::fs::read_to_string(binary::root().join("README.md")).unwrap();
    let block = readme.split("```adl\n").find(|b| b.contains("schema Mine")).unwrap();
    let block = block.split("```").next().unwrap();
    assert_eq!(block, std::fs::read_to_string(binary::example("private_ntuple.adl")).unwrap());
    bench.write("a.adl", block);
    let text = bench.succeeds(&["check", "a.adl", "--schema", "mine"]).out;
    assert!(text.contains("jet_et") && text.contains("pass_mu24"), "{text}");
    assert_eq!(bench.succeeds(&["fmt", "--check", "a.adl"]).out, "");
}

#[test]
fn profiles_are_listed() {
    let bench = Bench::new("profiles");
    assert!(bench.succeeds(&["schema"]).out.contains("NanoAOD (CMSNANO, nano)"));
    let text = bench.succeeds(&["schema", "--profile", "nanoaod"]).out;
    for part in ["\nMuon", "pfRelIso04_all", "[GeV]", "HLT_*"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let json = bench.succeeds(&["schema", "--profile", "nanoaod", "--json"]).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(json["collections"]["Muon"]["attributes"]["pt"].is_string(), "{json}");
    bench.fails(2, &["schema", "--profile", "delfes"], &["profiles:"]);
}

/// Lists three deep are no columns, and why is said where they are listed and where one is used.
#[test]
fn lists_that_are_too_deep_are_refused_by_name() {
    let bench = Bench::new("deep");
    let file = binary::root().join("runtime/root/tests/data/objects.root").display().to_string();
    let listed = bench.succeeds(&["schema", &file, "--tree", "split"]).out;
    let (_, unread) = listed.split_once("\nnot readable\n").unwrap();
    for name in ["deep", "track.deep", "clones.deep"] {
        let said = unread.lines().find(|line| line.split_whitespace().next() == Some(name));
        assert!(said.is_some_and(|line| line.ends_with(" it holds lists more than two deep")), "{unread}");
    }
    bench.write("a.adl", "adl 2026\nregion a\n  histo h, \"x\", 4, 0, 4, sum(deep)\n");
    let why = ["unreadable_column", "column `deep` cannot be read", "it holds lists more than two deep"];
    bench.fails(3, &["check", "a.adl", &file, "--tree", "split"], &why);
    bench.fails(3, &["run", "a.adl", &file, "--tree", "split"], &why);
}
