//! The runtime of adlc: columns in, events through, histograms out. It knows nothing of the language.

pub mod binning;
pub mod cache;
pub mod chain;
pub mod duplicates;
pub mod exact;
pub mod histogram;
pub mod job;
pub mod kernel;
pub mod lhco;
pub mod load;
pub mod lumi;
pub mod math;
pub mod memory;
pub mod metadata;
pub mod output;
pub mod parquet;
pub mod partial;
pub mod progress;
pub mod reader;
pub mod report;
pub mod root;
pub mod rows;
pub mod run;
pub mod schema;
pub mod statistics;
pub mod values;
mod wide;
