//! Reads ROOT files into columns and writes ROOT histograms, trees and RNTuples: stands alone below the runtime, knows nothing of ADL.
//!
#![doc = include_str!("../README.md")]

mod basket;
mod branch;
mod checksum;
mod codec;
mod column;
mod cursor;
mod decode;
mod error;
mod file;
mod histogram;
mod key;
mod ntuple;
mod part;
mod pool;
mod source;
mod spent;
mod texts;
mod tree;
mod values;
mod walk;
pub mod write;

pub use basket::{Basket, Scratch};
pub use branch::{Branch, BranchId, BranchKind, Element, Shape};
pub use codec::{Codec, Decompressor};
pub use column::Column;
pub use error::{Error, Place};
pub use file::{File, TreeInfo};
pub use key::Key;
pub use ntuple::{Ntuple, PagePlace};
pub use source::ReadAt;
pub use spent::Spent;
pub use texts::Texts;
pub use tree::{Friend, Tree};
pub use values::{MARGIN, Values};
