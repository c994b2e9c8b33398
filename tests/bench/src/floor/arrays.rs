//! The columns of the tasks as arrays in memory, for the loops. Making them is not measured.

use adl_root::{Column, Values};

use super::blocks::Events;

/// The branches that a task needs.
#[must_use]
pub fn branches(task: usize) -> Vec<String> {
    let of = |object: &str, parts: &[&str]| parts.iter().map(|part| format!("{object}_{part}")).collect::<Vec<_>>();
    let lepton = ["pt", "eta", "phi", "mass", "charge"];
    let axis = ["pt", "eta", "phi"];
    let one = |name: &str| vec![name.to_owned()];
    let parts = match task {
        1 => vec![one("MET_pt")],
        2 => vec![one("nJet"), one("Jet_pt")],
        3 => vec![one("nJet"), of("Jet", &["pt", "eta"])],
        4 => vec![one("nJet"), one("Jet_pt"), one("MET_pt")],
        5 => vec![one("MET_pt"), one("nMuon"), of("Muon", &lepton)],
        6 => vec![one("nJet"), of("Jet", &["pt", "eta", "phi", "mass", "btag"])],
        7 => {
            let counts = ["nJet", "nMuon", "nElectron"].map(str::to_owned).to_vec();
            vec![counts, of("Jet", &axis), of("Muon", &axis), of("Electron", &axis)]
        }
        _ => {
            let counts = ["MET_pt", "MET_phi", "nMuon", "nElectron"].map(str::to_owned).to_vec();
            vec![counts, of("Muon", &lepton), of("Electron", &lepton)]
        }
    };
    parts.concat()
}

/// All values of a collection's attributes, one after the other; those that the task does not need are empty.
#[derive(Debug, Default)]
pub struct Collection {
    /// Where the objects of each event begin, and the number of all objects last.
    pub starts: Vec<u32>,
    /// GeV.
    pub pt: Vec<f32>,
    /// Pseudorapidity.
    pub eta: Vec<f32>,
    /// Radians.
    pub phi: Vec<f32>,
    /// GeV.
    pub mass: Vec<f32>,
    /// Of jets.
    pub btag: Vec<f32>,
    /// Of leptons.
    pub charge: Vec<i32>,
}

/// What the loop of a task reads.
#[derive(Debug, Default)]
pub struct Arrays {
    /// The number of events.
    pub events: usize,
    /// GeV.
    pub met: Vec<f32>,
    /// Radians.
    pub met_phi: Vec<f32>,
    /// Jets.
    pub jets: Collection,
    /// Muons.
    pub muons: Collection,
    /// Electrons.
    pub electrons: Collection,
}

impl Arrays {
    /// Reads the columns of a task.
    ///
    /// # Errors
    /// What is wrong with a branch, in words.
    pub fn read(events: &Events, task: usize) -> Result<Arrays, String> {
        let mut arrays = Arrays { events: number(events)?, ..Arrays::default() };
        for name in branches(task) {
            let column = column(events, &name)?;
            match name.as_str() {
                "MET_pt" => arrays.met = floats(&column)?,
                "MET_phi" => arrays.met_phi = floats(&column)?,
                "nJet" | "nMuon" | "nElectron" => {}
                _ => {
                    let (object, part) = name.split_once('_').unwrap_or_default();
                    let collection = match object {
                        "Jet" => &mut arrays.jets,
                        "Muon" => &mut arrays.muons,
                        _ => &mut arrays.electrons,
                    };
                    collection.take(&column, part).map_err(|e| format!("{name}: {e}"))?;
                }
            }
        }
        Ok(arrays)
    }
}

impl Collection {
    fn take(&mut self, column: &Column, part: &str) -> Result<(), String> {
        let starts = column.starts().ok_or("is not a list")?;
        let starts: Vec<u32> =
            starts.iter().map(|s| u32::try_from(*s)).collect::<Result<_, _>>().map_err(|_| "is long")?;
        if !self.starts.is_empty() && self.starts != starts {
            return Err("has lists of another length than the attribute before".to_owned());
        }
        self.starts = starts;
        let values = match part {
            "pt" => &mut self.pt,
            "eta" => &mut self.eta,
            "phi" => &mut self.phi,
            "mass" => &mut self.mass,
            "btag" => &mut self.btag,
            _ => {
                let values = column.values();
                let charges = (0..values.len()).map(|i| values.get_i64(i).and_then(|q| i32::try_from(q).ok()));
                self.charge = charges.collect::<Option<_>>().ok_or("is no charge")?;
                return Ok(());
            }
        };
        *values = floats(column)?;
        Ok(())
    }
}

fn number(events: &Events) -> Result<usize, String> {
    let n = match events {
        Events::Tree(tree) => tree.entries(),
        Events::Ntuple(ntuple) => ntuple.entries(),
    };
    usize::try_from(n).map_err(|e| e.to_string())
}

fn column(events: &Events, name: &str) -> Result<Column, String> {
    let branch = events.branch(name)?;
    match events {
        Events::Tree(tree) => tree.read_branch(branch),
        Events::Ntuple(ntuple) => ntuple.read_branch(branch),
    }
    .map_err(|e| e.to_string())
}

fn floats(column: &Column) -> Result<Vec<f32>, String> {
    match column.values() {
        Values::F32(values) => Ok(values.to_vec()),
        _ => Err("is not of 32-bit floats".to_owned()),
    }
}
