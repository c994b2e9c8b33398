//! The input that the texts are checked against: a few columns like those of NanoAOD.

use adl_runtime::schema::{Column, ElementType, FileSchema, Shape};

const LISTS: [(&str, &[(&str, ElementType)]); 5] = [
    ("Muon", &[("pt", F), ("eta", F), ("phi", F), ("mass", F), ("charge", I), ("tightId", B), ("iso", F), ("dxy", F)]),
    ("Electron", &[("pt", F), ("eta", F), ("phi", F), ("mass", F), ("charge", I), ("cutBased", I), ("iso", F)]),
    ("Jet", &[("pt", F), ("eta", F), ("phi", F), ("mass", F), ("btag", F), ("jetId", I)]),
    ("FatJet", &[("pt", F), ("eta", F), ("phi", F), ("mass", F), ("msoftdrop", F), ("tau1", F), ("tau2", F)]),
    ("Photon", &[("pt", F), ("eta", F), ("phi", F), ("mass", F), ("mvaID", F)]),
];
const SCALARS: [(&str, ElementType); 8] = [
    ("run", ElementType::U32),
    ("luminosityBlock", ElementType::U32),
    ("event", ElementType::U64),
    ("MET_pt", F),
    ("MET_phi", F),
    ("genWeight", F),
    ("HLT_IsoMu24", B),
    ("PV_npvs", I),
];
const F: ElementType = ElementType::F32;
const I: ElementType = ElementType::I32;
const B: ElementType = ElementType::Bool;

/// The columns.
#[must_use]
pub fn schema() -> FileSchema {
    let column = |name: String, element, shape, counter: Option<&str>| Column {
        name,
        element,
        shape,
        counter: counter.map(str::to_owned),
        title: String::new(),
        codec: "none".to_owned(),
    };
    let mut columns: Vec<Column> =
        SCALARS.iter().map(|(name, ty)| column((*name).to_owned(), *ty, Shape::Scalar, None)).collect();
    for (collection, attributes) in LISTS {
        let counter = format!("n{collection}");
        columns.push(column(counter.clone(), ElementType::U32, Shape::Scalar, None));
        for (attribute, ty) in attributes {
            columns.push(column(format!("{collection}_{attribute}"), *ty, Shape::List, Some(&counter)));
        }
    }
    FileSchema { format: "TTree", tree: "Events".to_owned(), events: 1, columns: columns.into() }
}
