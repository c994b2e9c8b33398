//! A file that a command fetches as a whole: here while it is read, its description for longer. Whether it stays from the
//! check of all inputs until its events are due depends on the room in the temporary folder; if not, it is fetched again.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Access, open_here};
use crate::reader::{FileReader, ReadClass, ReadError, Scratch, Segment};
use crate::schema::FileSchema;

/// A fetched file.
pub struct Fetched {
    access: Arc<Access>,
    name: PathBuf,
    urls: Vec<String>,
    size: u64,
    uuid: String,
    schema: FileSchema,
    borders: Vec<Vec<u64>>,
    codecs: Vec<String>,
    notes: Vec<(String, String)>,
    /// The file, while it is here.
    here: Arc<Mutex<Option<Arc<dyn FileReader>>>>,
    is_coming: Arc<AtomicBool>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Fetched {
    /// Fetches a file and reads its description.
    ///
    /// # Errors
    /// As [`crate::reader::open`]; `Open` if it cannot be fetched.
    pub fn open(
        access: &Arc<Access>,
        name: PathBuf,
        urls: Vec<String>,
        tree: Option<&str>,
        candidates: &[&str],
    ) -> Result<Fetched, ReadError> {
        let reader = fetch(access, &name, &urls, tree, candidates)?;
        let columns = 0..reader.schema().columns.len();
        let borders = columns.clone().map(|column| reader.borders(column).to_vec()).collect();
        let codecs = columns.map(|column| reader.codec(column)).collect();
        let (size, uuid, schema) = (reader.size(), reader.uuid().to_string(), reader.schema().clone());
        let notes = reader.notes().to_vec();
        let stays = access.keep(size);
        if !stays {
            access.release(size);
        }
        let here = Arc::new(Mutex::new(stays.then_some(reader)));
        let is_coming = Arc::default();
        Ok(Fetched { access: access.clone(), name, urls, size, uuid, schema, borders, codecs, notes, here, is_coming })
    }

    /// The file, fetched again if it is not here. Whoever comes while it is fetched waits.
    fn reader(&self) -> Result<Arc<dyn FileReader>, ReadError> {
        let mut here = lock(&self.here);
        match &*here {
            Some(reader) => Ok(reader.clone()),
            None => Ok(here.insert(self.again()()?).clone()),
        }
    }

    /// Fetches it again; it must be the same.
    fn again(&self) -> impl Fn() -> Result<Arc<dyn FileReader>, ReadError> + use<> {
        let (access, name, urls) = (self.access.clone(), self.name.clone(), self.urls.clone());
        let (tree, size, uuid) = (self.schema.tree.clone(), self.size, self.uuid.clone());
        move || {
            let tree = Some(tree.as_str()).filter(|tree| !tree.is_empty());
            let reader = fetch(&access, &name, &urls, tree, &[])?;
            if (reader.size(), reader.uuid()) != (size, uuid.as_str()) {
                let message = "the file was changed while it was read: it is another one when it is fetched again";
                return Err(ReadError::new(ReadClass::Open, &name, message));
            }
            access.keep(size);
            Ok(reader)
        }
    }
}

/// Fetches a file from the first of its places that gives it.
fn fetch(
    access: &Arc<Access>,
    name: &Path,
    urls: &[String],
    tree: Option<&str>,
    candidates: &[&str],
) -> Result<Arc<dyn FileReader>, ReadError> {
    let path = access.fetch(urls).map_err(|e| ReadError::new(ReadClass::Open, name, e))?;
    open_here(name, &path, tree, candidates)
}

impl FileReader for Fetched {
    fn path(&self) -> &Path {
        &self.name
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

    fn codec(&self, column: usize) -> String {
        self.codecs.get(column).cloned().unwrap_or_default()
    }

    fn borders(&self, column: usize) -> &[u64] {
        self.borders.get(column).map_or(&[], Vec::as_slice)
    }

    fn decode(&self, column: usize, segment: usize, scratch: &mut Scratch) -> Result<Segment, ReadError> {
        self.reader()?.decode(column, segment, scratch)
    }

    fn stored(&self, column: usize, segment: usize) -> u64 {
        lock(&self.here).as_ref().map_or(0, |here| here.stored(column, segment))
    }

    fn notes(&self) -> &[(String, String)] {
        &self.notes
    }

    fn tree(&self, name: &str) -> Option<Result<Arc<dyn FileReader>, ReadError>> {
        self.reader().map_or_else(|e| Some(Err(e)), |reader| reader.tree(name))
    }

    fn is_remote(&self) -> bool {
        true
    }

    fn announce(&self, _: &[(usize, usize)]) -> bool {
        // Waiting for the lock would be waiting for the file.
        if self.here.try_lock().is_ok_and(|here| here.is_some()) || self.is_coming.swap(true, Ordering::AcqRel) {
            return true;
        }
        if !self.access.has_room(self.size) {
            self.is_coming.store(false, Ordering::Release);
            return false;
        }
        let (again, here, is_coming) = (self.again(), self.here.clone(), self.is_coming.clone());
        self.access.ahead.run(Box::new(move || {
            let mut here = lock(&here);
            if here.is_none() {
                // An error is found again, and told, by who needs the file.
                *here = again().ok();
            }
            is_coming.store(false, Ordering::Release);
        }));
        true
    }

    fn rest(&self) {
        if lock(&self.here).take().is_some() {
            self.access.release(self.size);
        }
    }
}
