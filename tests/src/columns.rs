//! Columns without data: what names are checked against.

use adl_runtime::schema::{Column, ElementType, FileSchema, Shape};

/// The columns of a small NanoAOD file.
#[must_use]
pub fn nano() -> FileSchema {
    use ElementType::{Bool, F32, I16, I32, U8, U32, U64};
    let mut columns = Vec::new();
    let mut add = |name: &str, element, shape| {
        let counter = None;
        let (title, codec) = (String::new(), "none".to_owned());
        columns.push(Column { name: name.to_owned(), element, shape, counter, title, codec });
    };
    for (name, element) in [
        ("run", U32),
        ("luminosityBlock", U32),
        ("event", U64),
        ("genWeight", F32),
        ("MET_pt", F32),
        ("MET_phi", F32),
        ("HLT_IsoMu24", Bool),
        ("PV_npvs", U8),
        ("nJet", I32),
        ("nMuon", I32),
        ("nElectron", I32),
    ] {
        add(name, element, Shape::Scalar);
    }
    for collection in ["Jet", "Muon", "Electron"] {
        for attribute in ["pt", "eta", "phi", "mass"] {
            add(&format!("{collection}_{attribute}"), F32, Shape::List);
        }
    }
    for (name, element) in [
        ("Jet_btagDeepFlavB", F32),
        ("Jet_jetId", U8),
        ("Jet_muonIdx1", I16),
        ("Jet_id", Bool),
        ("Muon_charge", I32),
        ("Muon_tightId", Bool),
        ("Muon_id", I32),
        ("Electron_charge", I32),
        ("Electron_cutBased", U8),
    ] {
        add(name, element, Shape::List);
    }
    add("Jet_constituents", F32, Shape::Unsupported("a list of lists".to_owned()));
    for name in ["HLT_prescales", "PV_tracks", "GenModel.weights"] {
        add(name, F32, Shape::Unsupported("a map of texts to numbers".to_owned()));
    }
    FileSchema { format: "memory", tree: "Events".to_owned(), events: 0, columns: columns.into() }
}
