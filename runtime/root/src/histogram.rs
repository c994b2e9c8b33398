//! The contents of histograms (`TH1`): what a file says of its events in bins, such as sums of weights.

use crate::codec::Decompressor;
use crate::cursor::Cursor;
use crate::error::Error;
use crate::file::File;
use crate::key::Key;

impl Key {
    /// Whether it is a histogram in one dimension.
    pub fn is_histogram(&self) -> bool {
        matches!(self.class.as_str(), "TH1C" | "TH1S" | "TH1I" | "TH1L" | "TH1F" | "TH1D")
    }
}

impl File {
    /// The contents of the bins of a histogram in one dimension, by its path, with or without a cycle: that below the
    /// axis, the bins, that above it.
    ///
    /// # Errors
    /// [`Error::Missing`] names the histograms that there are; the others say what is wrong with it.
    pub fn bins(&self, path: &str) -> Result<Vec<f64>, Error> {
        let key = self.find(path, Key::is_histogram, "histogram")?;
        let read = || {
            let record = key.record(self.source())?;
            let mut decompressor = Decompressor::default();
            bins(&mut Cursor::in_record(key.object(&record, &mut decompressor)?, key.offset), &key.class)
        };
        read().map_err(|e: Error| e.in_file(self.path()))
    }
}

/// A `TH1` of any type: its base class, and an array (`TArrayF`) with the contents of all cells.
fn bins(cursor: &mut Cursor<'_>, class: &str) -> Result<Vec<f64>, Error> {
    let head = cursor.head()?;
    cursor.skip_object("TH1")?;
    let n = cursor.size("the number of bins")?;
    let width = match class {
        "TH1C" => 1,
        "TH1S" => 2,
        "TH1I" | "TH1F" => 4,
        _ => 8,
    };
    let bytes = match n.checked_mul(width) {
        Some(size) => cursor.take(size)?,
        None => return Err(cursor.corrupt("a histogram has too many bins")),
    };
    let bins = match class {
        "TH1C" => bytes.iter().map(|b| f64::from(b.cast_signed())).collect(),
        "TH1S" => bytes.as_chunks().0.iter().map(|b| f64::from(i16::from_be_bytes(*b))).collect(),
        "TH1I" => bytes.as_chunks().0.iter().map(|b| f64::from(i32::from_be_bytes(*b))).collect(),
        "TH1F" => bytes.as_chunks().0.iter().map(|b| f64::from(f32::from_be_bytes(*b))).collect(),
        "TH1L" => bytes.as_chunks().0.iter().map(|b| i64::from_be_bytes(*b) as f64).collect(),
        _ => bytes.as_chunks().0.iter().map(|b| f64::from_be_bytes(*b)).collect(),
    };
    cursor.finish(head, class)?;
    Ok(bins)
}
