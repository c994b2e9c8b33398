//! Small ROOT files with made-up events, for tests of what differs between files.

#![allow(dead_code, clippy::unwrap_used)] // Not every test uses everything; a test that cannot be run fails.

use std::path::Path;

use adl_root::write::{Branch, Directory, FileWriter, Lists, TreeWriter};
use adl_root::{Element, Values};

/// The values of a branch.
pub enum Column {
    Bool(Vec<u8>),
    U8(Vec<u8>),
    I16(Vec<i16>),
    I32(Vec<i32>),
    U32(Vec<u32>),
    I64(Vec<i64>),
    U64(Vec<u64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
}

impl Column {
    fn values(&self) -> Values<'_> {
        match self {
            Column::Bool(v) => Values::Bool(v),
            Column::U8(v) => Values::U8(v),
            Column::I16(v) => Values::I16(v),
            Column::I32(v) => Values::I32(v),
            Column::U32(v) => Values::U32(v),
            Column::I64(v) => Values::I64(v),
            Column::U64(v) => Values::U64(v),
            Column::F32(v) => Values::F32(v),
            Column::F64(v) => Values::F64(v),
        }
    }

    fn element(&self) -> Element {
        self.values().element()
    }
}

/// A branch: its name, the name of its counter for lists, its values.
pub type Named = (&'static str, Option<&'static str>, Column);

/// A file with these trees.
pub fn write(path: &Path, trees: Vec<(&str, Vec<Named>)>) {
    let mut file = FileWriter::create(path).unwrap();
    for (name, columns) in trees {
        let place = |counter: &str| columns.iter().position(|(name, _, _)| *name == counter).unwrap();
        let branch = |(name, counter, values): &Named| Branch {
            name: (*name).to_owned(),
            element: values.element(),
            lists: counter.map_or(Lists::None, |c| Lists::Counted(place(c))),
        };
        let branches = columns.iter().map(branch).collect();
        let mut tree = TreeWriter::new(Directory::TOP, name, "", branches).unwrap();
        let values: Vec<_> = columns.iter().map(|(_, _, values)| values.values().into()).collect();
        tree.fill(&mut file, &values).unwrap();
        tree.finish(&mut file).unwrap();
    }
    file.finish().unwrap();
}

/// Made-up numbers: always the same for the same seed.
pub struct Numbers(u64);

impl Numbers {
    pub fn new(seed: u64) -> Numbers {
        Numbers(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }

    /// Many of them.
    pub fn many(&mut self, count: usize, end: u64) -> Vec<u64> {
        (0..count).map(|_| self.below(end)).collect()
    }
}

/// Events with jets, in one layout or another.
pub struct Jets {
    pub sizes: Vec<u64>,
    /// In quarters of a GeV.
    pub pt: Vec<u64>,
    pub id: Vec<u64>,
    pub met: Vec<u64>,
}

impl Jets {
    pub fn new(seed: u64, events: usize) -> Jets {
        let mut numbers = Numbers::new(seed);
        let sizes = numbers.many(events, 5);
        let jets = sizes.iter().sum::<u64>() as usize;
        Jets { pt: numbers.many(jets, 600), id: numbers.many(jets, 8), met: numbers.many(events, 400), sizes }
    }

    /// As an early version of NanoAOD stores them.
    pub fn early(&self) -> Vec<Named> {
        let mut columns = self.event();
        columns.push(("nJet", None, Column::U32(self.sizes.iter().map(|n| *n as u32).collect())));
        columns.push(("Jet_pt", Some("nJet"), Column::F32(self.pt.iter().map(|p| *p as f32 / 4.0).collect())));
        columns.push(("Jet_jetId", Some("nJet"), Column::I32(self.id.iter().map(|i| *i as i32).collect())));
        columns
    }

    /// As a late one does: other types, another order.
    pub fn late(&self) -> Vec<Named> {
        let mut columns: Vec<Named> = vec![
            ("nJet", None, Column::I32(self.sizes.iter().map(|n| *n as i32).collect())),
            ("Jet_jetId", Some("nJet"), Column::U8(self.id.iter().map(|i| *i as u8).collect())),
            ("Jet_pt", Some("nJet"), Column::F64(self.pt.iter().map(|p| *p as f64 / 4.0).collect())),
        ];
        columns.extend(self.event());
        columns
    }

    fn event(&self) -> Vec<Named> {
        let events = self.sizes.len();
        vec![
            ("run", None, Column::U32(vec![1; events])),
            ("luminosityBlock", None, Column::U32((0..events).map(|e| e as u32 / 10 + 1).collect())),
            ("event", None, Column::U64((0..events as u64).collect())),
            ("MET_pt", None, Column::F32(self.met.iter().map(|m| *m as f32 / 2.0).collect())),
            ("MET_phi", None, Column::F32(vec![0.5; events])),
        ]
    }
}
