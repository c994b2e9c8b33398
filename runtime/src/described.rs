//! A file of a long chain: opened to be described, let go, and opened again when its events are due. What is known of a file
//! takes megabytes where it has a thousand columns (where each basket is); of a thousand files that would be more memory
//! than the analysis of their events takes.
//!
//! Whoever reads more than the description takes the file itself ([`crate::reader::opened`]) and lets go of it when it is
//! read. Who does not, and asks here, keeps it open from then on.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use adl_root::Texts;

use crate::reader::{FileReader, ReadClass, ReadError, Scratch, Segment};
use crate::schema::{Columns, FileSchema};

/// Opens a file by its path.
pub(crate) type Open = Arc<dyn Fn(&Path) -> Result<Arc<dyn FileReader>, ReadError> + Send + Sync>;

/// A file that is described, and open at times.
pub(crate) struct Described {
    path: PathBuf,
    size: u64,
    uuid: String,
    schema: FileSchema,
    begins_anywhere: bool,
    /// Borders of columns that are not known: one segment with all events.
    whole: [u64; 2],
    open: Open,
    /// The file from its first opening on, until it is read.
    first: Mutex<Option<Arc<dyn FileReader>>>,
    /// The file once somebody has asked for more than the description.
    kept: OnceLock<Arc<dyn FileReader>>,
}

/// The columns of the files of a chain: most have the same.
pub(crate) type Known = Mutex<Vec<Columns>>;

impl Described {
    /// Of an open file, which stays open if it `stays`.
    pub(crate) fn of(reader: Arc<dyn FileReader>, open: Open, known: &Known, stays: bool) -> Described {
        let mut schema = reader.schema().clone();
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.iter().any(|other| schema.columns.share(other)) {
            known.push(schema.columns.clone());
        }
        drop(known);
        Described {
            path: reader.path().to_path_buf(),
            size: reader.size(),
            uuid: reader.uuid().to_string(),
            begins_anywhere: reader.begins_anywhere(),
            whole: [0, schema.events],
            schema,
            open,
            first: Mutex::new(stays.then_some(reader)),
            kept: OnceLock::new(),
        }
    }

    /// The file, opened if it is not open: it must be the same.
    fn file(&self) -> Result<Arc<dyn FileReader>, ReadError> {
        if let Some(kept) = self.kept.get() {
            return Ok(kept.clone());
        }
        if let Some(first) = &*self.first.lock().unwrap_or_else(PoisonError::into_inner) {
            return Ok(first.clone());
        }
        let reader = (self.open)(&self.path)?;
        let is_same = (reader.size(), reader.uuid()) == (self.size, &self.uuid) && *reader.schema() == self.schema;
        match is_same {
            true => Ok(reader),
            false => {
                let message = "the file was changed while the run was on its way to it";
                Err(ReadError::new(ReadClass::Open, &self.path, message))
            }
        }
    }

    /// The file, which stays open.
    fn keep(&self) -> Result<&Arc<dyn FileReader>, ReadError> {
        if let Some(kept) = self.kept.get() {
            return Ok(kept);
        }
        let reader = self.file()?;
        Ok(self.kept.get_or_init(|| reader))
    }
}

impl FileReader for Described {
    fn opened(&self) -> Option<Result<Arc<dyn FileReader>, ReadError>> {
        Some(self.file())
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn size(&self) -> u64 {
        self.size
    }

    fn uuid(&self) -> &str {
        &self.uuid
    }

    fn schema(&self) -> &FileSchema {
        &self.schema
    }

    fn notes(&self) -> &[(String, String)] {
        self.keep().map_or(&[], |file| file.notes())
    }

    fn codec(&self, column: usize) -> String {
        self.keep().map_or(String::new(), |file| file.codec(column))
    }

    /// Of a file that cannot be opened any more, some: why it cannot be opened is told when they are decoded.
    fn borders(&self, column: usize) -> &[u64] {
        self.keep().map_or(&self.whole, |file| file.borders(column))
    }

    fn decode(&self, column: usize, segment: usize, scratch: &mut Scratch) -> Result<Segment, ReadError> {
        self.keep()?.decode(column, segment, scratch)
    }

    fn stored(&self, column: usize, segment: usize) -> u64 {
        self.keep().map_or(0, |file| file.stored(column, segment))
    }

    fn text_borders(&self, column: usize) -> &[u64] {
        self.keep().map_or(&self.whole, |file| file.text_borders(column))
    }

    fn texts(&self, column: usize, segment: usize, scratch: &mut Scratch) -> Result<Texts, ReadError> {
        self.keep()?.texts(column, segment, scratch)
    }

    fn tree(&self, name: &str) -> Option<Result<Arc<dyn FileReader>, ReadError>> {
        self.keep().map_or_else(|error| Some(Err(error)), |file| file.tree(name))
    }

    fn histograms(&self, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Vec<f64>>, ReadError> {
        self.keep()?.histograms(wanted)
    }

    fn begins_anywhere(&self) -> bool {
        self.begins_anywhere
    }

    fn rest(&self) {
        *self.first.lock().unwrap_or_else(PoisonError::into_inner) = None;
        if let Some(kept) = self.kept.get() {
            kept.rest();
        }
    }
}
