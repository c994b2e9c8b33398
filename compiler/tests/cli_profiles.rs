//! The schema profiles of the standard library: one analysis in the words of the published files is checked and compiled
//! for each of them without data, and run on a real file where there is one, whose sums are known.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // A test that cannot be run fails.

mod binary;
mod sample;

use binary::{Bench, root};
use sample::{Column, Named, write};
use serde_json::Value;

const JETS: &str = "object jets
  take JET
  select pt > 30 and abs(eta) < 2.4
region SR
  histo mass, \"m\", 10, 0, 500, mass(jets)
  histo energy, \"e\", 10, 0, 500, energy(jets)
";

const MISSING: &str = "region missing
  select MET > 0
  histo met, \"met\", 10, 0, 500, MET
  histo metPhi, \"phi\", 10, -4, 4, phi(METLV[0])
  histo mT, \"mT\", 10, 0, 500, sqrt(2 * pt(jets) * MET * (1 - cos(dphi(jets, MissingET))))
";

const LEPTONS: &str = "object leptons
  take sort(union(ELE, MUO), pt, descend)
  select pt > 10 and abs(charge) == 1
region dilepton
  histo m, \"m\", 10, 0, 500, mass(leptons[0] + leptons[1])
";

const PHOTONS: &str = "object photons
  take PHO
  select pt > 20
region diphoton
  histo m, \"m\", 10, 0, 500, mass(photons[0] + photons[1])
";

const TAGS: &str = "region tags
  histo nb, \"b\", 5, 0, 5, size(BJET)
  histo nl, \"light\", 5, 0, 5, size(QGJET)
  histo tagged, \"pt\", 5, 0, 5, pt(JET) where btag(JET)
";

/// A profile, what it has besides jets, a real file, and columns of it with what they are called.
struct Profile {
    name: &'static str,
    parts: &'static [&'static str],
    file: &'static str,
    tree: &'static str,
    sums: &'static [(&'static str, &'static str)],
}

const PROFILES: [Profile; 18] = [
    Profile {
        name: "NanoAOD",
        parts: &[MISSING, LEPTONS, PHOTONS],
        file: "coffea__nano_dy.root",
        tree: "Events;1",
        sums: &[
            ("pt(JET)", "Jet_pt"),
            ("MET", "MET_pt"),
            ("charge(ELE)", "Electron_charge"),
            ("pdgID(GEN)", "GenPart_pdgId"),
        ],
    },
    Profile {
        name: "CMSRun1",
        parts: &[MISSING, LEPTONS, PHOTONS],
        file: "func_adl_uproot__Run2012B_SingleMu_1000.root",
        tree: "Events;1",
        sums: &[("pt(Jet)", "Jet_pt"), ("MissingET", "MET_pt"), ("METsig", "MET_significance")],
    },
    Profile {
        name: "Delphes",
        parts: &[MISSING, LEPTONS, PHOTONS, TAGS],
        file: "tmp_debug_RDataFrame__delphes.root",
        tree: "Delphes;2",
        sums: &[
            ("pt(JET)", "Jet.PT"),
            ("MET", "MissingET.MET"),
            ("phi(MET)", "MissingET.Phi"),
            ("isolationVar(ELE)", "Electron.IsolationVar"),
            ("charge(MUO)", "Muon.Charge"),
            ("pt(Tower)", "Tower.ET"),
            ("ScalarHT.HT", "ScalarHT.HT"),
            ("vertexZ(GEN)", "Particle.Z"),
            ("EventNo", "Event.Number"),
        ],
    },
    Profile {
        name: "TreeMaker",
        parts: &[MISSING, LEPTONS, PHOTONS],
        file: "coffea__treemaker.root",
        tree: "PreSelection;1",
        sums: &[
            ("pt(JET)", "Jets.fCoordinates.fPt"),
            ("MET", "MET"),
            ("phi(MET)", "METPhi"),
            ("charge(MUO)", "Muons_charge"),
        ],
    },
    Profile {
        name: "CMSScouting",
        parts: &[MISSING, LEPTONS, PHOTONS],
        file: "coffea__scouting_nano.root",
        tree: "Events;1",
        sums: &[("pt(JET)", "ScoutingPFJet_pt"), ("mass(MUO)", "ScoutingMuon_m"), ("d0(ELE)", "ScoutingElectron_d0")],
    },
    Profile {
        name: "FCC",
        parts: &[MISSING, LEPTONS, PHOTONS],
        file: "coffea__test_FCC_Winter2023.root",
        tree: "events;1",
        sums: &[("energy(JET)", "Jet.energy"), ("px(MET)", "MissingET.momentum.x"), ("pdgID(GEN)", "Particle.PDG")],
    },
    Profile {
        name: "EDM4hep",
        parts: &[MISSING, LEPTONS, PHOTONS],
        file: "EDM4hep.jl__edm4hep_example.root",
        tree: "events;1",
        sums: &[
            ("pdgID(GEN)", "MCParticleCollection.PDG"),
            ("energy(ReconstructedParticles)", "ReconstructedParticleCollection.energy"),
        ],
    },
    Profile {
        name: "HZZ",
        parts: &[MISSING, LEPTONS, PHOTONS],
        file: "scikit-hep-testdata__uproot-HZZ.root",
        tree: "events;1",
        sums: &[("px(JET)", "Jet_Px"), ("charge(MUO)", "Muon_Charge"), ("px(MET)", "MET_px")],
    },
    Profile {
        name: "HZZObjects",
        parts: &[MISSING, LEPTONS, PHOTONS],
        file: "scikit-hep-testdata__uproot-HZZ-objects.root",
        tree: "events;1",
        sums: &[("btag(JET)", "jetbtag"), ("charge(MUO)", "muonq"), ("EventWeight", "eventweight")],
    },
    Profile {
        name: "PHYSLITE",
        parts: &[LEPTONS, PHOTONS],
        file: "coffea__PHYSLITE_example.root",
        tree: "CollectionTree;1",
        sums: &[
            ("1000 * pt(JET)", "AnalysisJetsAuxDyn.pt"),
            ("1000 * px(METTerms)", "MET_Core_AnalysisMETAuxDyn.mpx"),
            ("isLoose(ELE)", "AnalysisElectronsAuxDyn.DFCommonElectronsLHLoose"),
            ("mcChannelNumber", "EventInfoAuxDyn.mcChannelNumber"),
        ],
    },
    Profile { name: "K4SimDelphes", parts: &[MISSING, LEPTONS, PHOTONS], file: "", tree: "", sums: &[] },
    Profile { name: "CPNtuple", parts: &[MISSING, LEPTONS, PHOTONS], file: "", tree: "", sums: &[] },
    Profile { name: "POET", parts: &[MISSING, LEPTONS, PHOTONS], file: "", tree: "", sums: &[] },
    Profile { name: "ATLASOD2025", parts: &[MISSING, LEPTONS, PHOTONS, TAGS], file: "", tree: "", sums: &[] },
    Profile { name: "ATLASOD", parts: &[MISSING, LEPTONS, TAGS], file: "", tree: "", sums: &[] },
    Profile { name: "ATLASODR2", parts: &[MISSING, LEPTONS, PHOTONS, TAGS], file: "", tree: "", sums: &[] },
    Profile { name: "LHCO", parts: &[MISSING, LEPTONS, PHOTONS, TAGS], file: "", tree: "", sums: &[] },
    Profile { name: "LVL0", parts: &[MISSING, LEPTONS, PHOTONS, TAGS], file: "", tree: "", sums: &[] },
];

#[test]
fn the_words_of_published_files_are_names_of_every_profile() {
    let bench = Bench::new("words");
    for profile in &PROFILES {
        bench.write("a.adl", format!("adl 2026\n{JETS}{}", profile.parts.concat()));
        let text = bench.succeeds(&["check", "a.adl", "--schema", profile.name]).out;
        assert!(text.contains(&format!("profile {}, no data", profile.name)), "{text}");
        bench.succeeds(&["plan", "a.adl", "--schema", profile.name, "--stage", "clif"]);
        // Every name that is listed can be looked at.
        assert!(bench.succeeds(&["schema", "--profile", profile.name]).out.contains("other names"));
    }
    let listed = bench.succeeds(&["schema"]).out;
    let names: Vec<&str> = listed.lines().skip(1).filter_map(|l| l.split_whitespace().next()).collect();
    let mut tested: Vec<&str> = PROFILES.iter().map(|p| p.name).collect();
    tested.sort_by_key(|n| names.iter().position(|l| l == n));
    assert_eq!(names, tested, "{listed}");
}

#[test]
fn names_mean_the_columns_of_real_files() {
    let data = root().join("../shared/data");
    let Ok(sums) = std::fs::read_to_string(data.join("branch-sums.json")) else {
        println!("skipped: there is no {}", data.display());
        return;
    };
    let oracle: Value = serde_json::from_str(&sums).unwrap();
    let bench = Bench::new("real");
    for profile in PROFILES.iter().filter(|p| !p.file.is_empty()) {
        let file = data.join(profile.file).display().to_string();
        let mut text = "adl 2026\nregion all\n".to_owned();
        for (i, (expression, _)) in profile.sums.iter().enumerate() {
            text.push_str(&format!("  histo h{i}, \"h\", 1, -1e12, 1e12, {expression} weighted {expression}\n"));
        }
        bench.write("a.adl", text);
        bench.succeeds(&["run", "a.adl", &file, "-o", "out"]);
        let histograms = bench.json("out/histograms.json");
        for (i, (expression, column)) in profile.sums.iter().enumerate() {
            let known = &oracle[profile.file][profile.tree]["b"][column];
            let found = &histograms[format!("all/h{i}")];
            let name = format!("{}: {expression} is {column}: {known}, {found}", profile.name);
            assert_eq!(found["metadata"]["entries"].as_f64().unwrap(), known[0].as_f64().unwrap(), "{name}");
            let (sum, expected) = (found["storage"]["values"][1].as_f64().unwrap(), known[1].as_f64().unwrap());
            assert!((sum - expected).abs() <= 1e-5 * expected.abs().max(1e-3), "{name}");
        }
        // The file of this profile has neither jets nor missing momentum.
        if profile.name == "EDM4hep" {
            continue;
        }
        // What was checked without data is what runs.
        bench.write("b.adl", format!("adl 2026\n{JETS}{}", profile.parts.concat()));
        let out = bench.succeeds(&["run", "b.adl", &file, "-o", "out2"]).out;
        assert!(out.contains("SR"), "{out}");
        let forced = bench.succeeds(&["check", "b.adl", &file, "--schema", profile.name]).out;
        assert!(forced.contains(&format!("profile {}, 1 input file", profile.name)), "{forced}");
    }
}

/// A column that the format does not know is refused with the line that declares it; with that line it is known. A line of
/// a list may begin with a word that is a keyword elsewhere.
#[test]
fn a_column_of_ones_own() {
    let bench = Bench::new("own-column");
    let text = "adl legacy\nregion r\n  select bTagSF\n  select \"mu_phi\"(MUO[0]) > 0\n  select ptCone(TAU[0]) < 1\n";
    bench.write("a.adl", text);
    let said = [
        "`bTagSF` is not defined",
        "schema LVL0\n          columns f32 bTagSF",
        "has no attribute `mu_phi`",
        "columns f32[] MUO_mu_phi",
    ];
    bench.fails(3, &["check", "a.adl", "--schema", "cutlang"], &said);
    let own = "schema LVL0\n  columns f32 bTagSF,\n      Event.other,\n      event, Particle*\n  columns f32[] MUO_mu_phi, TAU_ptCone\n";
    bench.write("b.adl", text.replace("region r", &format!("{own}region r")));
    let run = bench.succeeds(&["check", "b.adl", "--schema", "cutlang"]);
    for column in ["bTagSF", "MUO_mu_phi", "TAU_ptCone"] {
        assert!(run.out.contains(column), "{}", run.out);
    }
    // Other formats that have a name are said.
    bench.write("c.adl", "adl legacy\nobject g take GEN\n  select pT(GEN) > 1\nregion r\n  select size(g) > 0\n");
    bench.fails(3, &["check", "c.adl", "--schema", "atlasodr2"], &["ATLASODR2 files do not have it; ", "NanoAOD"]);
}

#[test]
fn what_other_files_of_the_format_have_is_said() {
    let bench = Bench::new("profiles-data");
    let one = |name| (name, None, Column::U32(vec![1]));
    let jets = |name| (name, Some("nJet"), Column::F32(vec![30.0]));
    let muons = |name| (name, Some("nMuon"), Column::F32(vec![20.0]));
    let data = || {
        let mut columns: Vec<Named> = ["nJet", "nMuon", "run", "event"].map(one).into();
        columns.extend([jets("Jet_pt"), jets("Jet_eta"), muons("Muon_pt")]);
        columns
    };
    let mut simulation = data();
    simulation.extend([one("nGenPart"), ("GenPart_pt", Some("nGenPart"), Column::F32(vec![9.0]))]);
    write(&bench.path("data.root"), vec![("Events", data())]);
    write(&bench.path("simulation.root"), vec![("Events", simulation)]);
    let text = "adl 2026\nregion r\n  weight generator genWeight\n  select HLT_IsoMu24\n";
    bench.write("a.adl", text);
    let said = ["NanoAOD files of simulated events have it; this one has data", "`HLT_IsoMu24` is not defined"];
    bench.fails(3, &["check", "a.adl", "data.root"], &said);
    let said = ["other NanoAOD files have it, this one does not"];
    bench.fails(3, &["check", "a.adl", "simulation.root"], &said);
}

#[test]
fn what_an_event_has_one_of_gets_another_name() {
    let bench = Bench::new("profiles-single");
    bench.write("ht.adl", "adl legacy\nobject total\n  take ScalarHT\nregion r\n  select total.HT > 100\n");
    let said = bench.succeeds(&["check", "ht.adl", "--schema", "delphes"]);
    assert!(said.out.contains("ScalarHT.HT"), "{}", said.out);
    assert!(said.err.contains("an object of which an event has one"), "{}", said.err);
}
