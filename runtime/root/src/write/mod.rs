//! Writes ROOT files of histograms, profiles, trees, RNTuples and text: plain sums and columns in, a file out.
//!
//! [`FileWriter`] appends one record per object and, at the end, the list of keys of every directory, the descriptions
//! of the classes that were written (`TStreamerInfo`) and the file's header. Layouts follow ROOT 6.24 (`TFile`,
//! `TKey`, `TDirectoryFile`, `TH1` version 8, `TTree` version 20; trees are not described, since every
//! reader of trees knows their classes; RNTuples describe themselves, format version 1). Nothing in the file depends on time or place, so equal contents give
//! equal bytes.
//!
//! ```
//! use adl_root::write::{Axis, Bins, FileWriter, Histogram};
//!
//! # fn main() -> Result<(), adl_root::write::Error> {
//! let mut file = FileWriter::new(std::io::Cursor::new(Vec::new()))?;
//! let region = file.directory("SR/jets")?;
//! let bins = Bins::Regular { n: 2, lo: 0.0, hi: 10.0 };
//! file.histogram(
//!     region,
//!     &Histogram {
//!         name: "pt".to_string(),
//!         axes: vec![Axis { title: "p_{T} [GeV]".to_string(), bins }],
//!         sumw: vec![0.0, 1.0, 2.0, 0.0],
//!         sumw2: vec![0.0, 1.0, 4.0, 0.0],
//!         entries: 2.0,
//!         stats: vec![3.0, 5.0, 15.0, 93.0],
//!         ..Histogram::default()
//!     },
//! )?;
//! let bytes = file.finish()?.into_inner();
//! assert!(bytes.starts_with(b"root"));
//! # Ok(())
//! # }
//! ```

mod buffer;
mod classes;
mod columns;
mod digest;
mod error;
mod file;
mod finish;
mod histogram;
mod model;
mod nested;
mod ntuple;
mod options;
mod record;
mod streamer;
mod tree;

pub use columns::{Branch, Column, Lists};
pub use error::Error;
pub use file::{Directory, FileWriter};
pub use model::{Axis, Bins, Histogram, Profile, cells};
pub use ntuple::NtupleWriter;
pub use options::{Datime, Options};
pub use tree::TreeWriter;
