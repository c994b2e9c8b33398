//! What several parts of a cluster need: the ends of lists, and pages of which one part has the first values and the next
//! part the others. The thread that comes first decodes them, the others wait for it.

use std::sync::{Arc, Mutex, PoisonError};

use crate::basket::Ends;
use crate::error::Error;
use crate::pool;
use crate::values::Buffer;

/// Column, cluster and page.
pub(super) type Key = (usize, usize, usize);

/// Pages and ends that are kept at most: of so many columns and collections an analysis reads some of a cluster.
const MOST_PAGES: usize = 64;
const MOST_ENDS: usize = 16;

#[derive(Debug, Default)]
pub(super) struct Shared {
    pages: Kept<Decoded>,
    ends: Kept<Vec<u32>>,
}

/// The values of a page, whose memory is that of a later one.
#[derive(Debug)]
pub(super) struct Decoded(pub Buffer);

impl Drop for Decoded {
    fn drop(&mut self) {
        pool::give(std::mem::replace(&mut self.0, Buffer::U8(Vec::new())));
    }
}

/// A value that is being made, or is made.
type Slot<T> = Arc<Mutex<Option<Arc<T>>>>;

/// What was used lately, the last at the end.
#[derive(Debug)]
struct Kept<T>(Mutex<Vec<(Key, Slot<T>)>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Kept(Mutex::new(Vec::new()))
    }
}

impl<T> Kept<T> {
    fn get(&self, key: Key, most: usize, make: impl FnOnce() -> Result<T, Error>) -> Result<Arc<T>, Error> {
        let slot = {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let slot = match kept.iter().position(|(of, _)| *of == key) {
                Some(at) => kept.remove(at).1,
                None => Slot::default(),
            };
            if kept.len() >= most {
                kept.remove(0);
            }
            kept.push((key, slot.clone()));
            slot
        };
        let mut place = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = &*place {
            return Ok(made.clone());
        }
        let made = Arc::new(make()?);
        *place = Some(made.clone());
        Ok(made)
    }

    fn forget(&self, key: Key) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|(of, _)| *of != key);
    }
}

impl Shared {
    /// A page, decoded now if it is not kept; that of the last values of it that are needed is not kept any longer.
    pub(super) fn page(
        &self,
        key: Key,
        is_last: bool,
        decode: impl FnOnce() -> Result<Buffer, Error>,
    ) -> Result<Arc<Decoded>, Error> {
        let page = self.pages.get(key, MOST_PAGES, || decode().map(Decoded));
        if is_last {
            self.pages.forget(key);
        }
        page
    }

    /// The ends of the lists of a cluster.
    pub(super) fn ends(
        &self,
        (column, cluster): (usize, usize),
        decode: impl FnOnce() -> Result<Vec<u32>, Error>,
    ) -> Result<Ends, Error> {
        self.ends.get((column, cluster, 0), MOST_ENDS, decode)
    }
}
