//! What several parts of a cluster need: the ends of lists, and pages of which one part has the first values and the next
//! parts the others. The thread that comes first unpacks them, the others wait for it.

use std::collections::HashMap;
use std::ops::{Deref, Range};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::error::Error;
use crate::pool;
use crate::values::Buffer;

/// Column, cluster and page.
pub(super) type Key = (usize, usize, usize);

/// Bytes of pages that are kept at most: an analysis reads some of the columns of a cluster.
const MOST_BYTES: usize = 128 << 20;
/// Entries: more than threads that go through a cluster side by side are apart.
const GAP: usize = 262_144;

#[derive(Debug, Default)]
pub(super) struct Shared {
    pages: Kept<Unpacked>,
    ends: Held<ClusterEnds>,
    /// Per column: the last cluster of which entries were asked for, and the end of those.
    asked: Mutex<HashMap<usize, (usize, usize)>>,
}

/// The bytes of a page that agree with their checksum. Their memory is that of a later page.
#[derive(Debug)]
pub(super) enum Unpacked {
    /// As they are in the file.
    Stored,
    /// Decompressed; what follows the size of the page are bytes of an earlier one.
    Bytes(Vec<u8>),
}

impl Drop for Unpacked {
    fn drop(&mut self) {
        if let Unpacked::Bytes(bytes) = self {
            pool::give_bytes(std::mem::take(bytes));
        }
    }
}

/// Zero and the ends of the lists of a cluster, whose memory is that of later ones.
#[derive(Debug)]
pub(crate) struct ClusterEnds(pub Vec<u32>);

impl Deref for ClusterEnds {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        &self.0
    }
}

impl Drop for ClusterEnds {
    fn drop(&mut self) {
        pool::give(Buffer::U32(std::mem::take(&mut self.0)));
    }
}

/// A value that is being made, or is made.
type Slot<T> = Arc<Mutex<Option<Arc<T>>>>;

/// What was used lately, the last at the end, and how much of what is kept at most it is.
#[derive(Debug)]
struct Kept<T>(Mutex<Vec<(Key, usize, Slot<T>)>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Kept(Mutex::new(Vec::new()))
    }
}

impl<T> Kept<T> {
    /// What is kept as `key`, made now if it is not kept. It counts as `size`; of all no more than `most` are kept, but
    /// for the last one.
    fn get(
        &self,
        key: Key,
        (size, most): (usize, usize),
        make: impl FnOnce() -> Result<T, Error>,
    ) -> Result<Arc<T>, Error> {
        let mut let_go = Vec::new();
        let slot = {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let slot = match kept.iter().position(|(of, ..)| *of == key) {
                Some(at) => kept.remove(at).2,
                None => Slot::default(),
            };
            let mut all = kept.iter().fold(size, |sum, (_, size, _)| sum.saturating_add(*size));
            while all > most && !kept.is_empty() {
                let oldest = kept.remove(0);
                all = all.saturating_sub(oldest.1);
                let_go.push(oldest);
            }
            kept.push((key, size, slot.clone()));
            slot
        };
        drop(let_go);
        let mut place = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = &*place {
            return Ok(made.clone());
        }
        let made = Arc::new(make()?);
        *place = Some(made.clone());
        Ok(made)
    }

    fn clear(&self) {
        let all = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        drop(all);
    }

    fn forget(&self, key: Key) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let forgotten = kept.iter().position(|(of, ..)| *of == key).map(|at| kept.remove(at));
        drop(kept);
        drop(forgotten);
    }
}

/// A value that is being made, or that a thread has.
type Place<T> = Arc<Mutex<Weak<T>>>;

/// What threads have now. It goes with the last of them that has it.
#[derive(Debug)]
struct Held<T>(Mutex<HashMap<Key, Place<T>>>);

impl<T> Default for Held<T> {
    fn default() -> Self {
        Held(Mutex::new(HashMap::new()))
    }
}

impl<T> Held<T> {
    /// What some thread has as `key`, made now if none has it.
    fn get(&self, key: Key, make: impl FnOnce() -> Result<T, Error>) -> Result<Arc<T>, Error> {
        let place = {
            let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // Of one that is not free somebody makes the value, or waits for it.
            held.retain(|_, place| place.try_lock().map_or(true, |made| made.strong_count() > 0) || is_awaited(place));
            held.entry(key).or_default().clone()
        };
        let mut made = place.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = made.upgrade() {
            return Ok(found);
        }
        let new = Arc::new(make()?);
        *made = Arc::downgrade(&new);
        Ok(new)
    }
}

fn is_awaited<T>(place: &Place<T>) -> bool {
    Arc::strong_count(place) > 1
}

impl Shared {
    /// Lets go of all pages.
    pub(super) fn clear(&self) {
        self.pages.clear();
    }

    /// Whether the entries that are asked for now stand alone, behind a gap: where so much is skipped, others of their pages
    /// are hardly needed, and these are not worth memory of their own.
    pub(super) fn stand_alone(&self, (column, cluster): (usize, usize), wanted: &Range<usize>) -> bool {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, end) = asked.entry(column).or_insert((cluster, 0));
        if *last < cluster {
            (*last, *end) = (cluster, 0);
        }
        let is_behind = *last > cluster;
        let alone = !is_behind && wanted.start >= end.saturating_add(GAP);
        if !is_behind {
            *end = wanted.end.max(*end);
        }
        alone
    }

    /// A page of `size` bytes, unpacked now if it is not kept; with the last values of it that are needed it is not kept
    /// any longer.
    pub(super) fn page(
        &self,
        key: Key,
        size: usize,
        is_last: bool,
        unpack: impl FnOnce() -> Result<Unpacked, Error>,
    ) -> Result<Arc<Unpacked>, Error> {
        let page = self.pages.get(key, (size, MOST_BYTES), unpack);
        if is_last {
            self.pages.forget(key);
        }
        page
    }

    /// The ends of the lists of a cluster, decoded now if no thread has them.
    pub(super) fn ends(
        &self,
        (column, cluster): (usize, usize),
        decode: impl FnOnce() -> Result<ClusterEnds, Error>,
    ) -> Result<Arc<ClusterEnds>, Error> {
        self.ends.get((column, cluster, 0), decode)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_was_used_lately_is_kept_up_to_a_sum_of_sizes() {
        let kept = Kept::default();
        let get = |key, size| {
            let mut is_made = false;
            let number = kept.get((key, 0, 0), (size, 10), || {
                is_made = true;
                Ok(key)
            });
            assert_eq!(*number.unwrap(), key);
            is_made
        };
        assert!(get(1, 4) && get(2, 4));
        assert!(!get(1, 4) && !get(2, 4) && !get(1, 4));
        // Of 12 the one goes that was used before the others.
        assert!(get(3, 4) && !get(1, 4) && !get(3, 4) && get(2, 4));
        assert!(get(4, 100) && !get(4, 100) && get(3, 1) && get(4, 1));
        kept.forget((3, 0, 0));
        assert!(get(3, 1) && !get(4, 1));
        kept.clear();
        assert!(get(3, 1) && get(4, 1));
        let failed = kept.get((5, 0, 0), (1, 10), || Err(Error::missing("nothing")));
        assert!(failed.is_err() && get(5, 1));
    }

    #[test]
    fn what_no_thread_has_is_not_held() {
        let held = Held::default();
        let get = |key| {
            let mut is_made = false;
            let number = held.get((key, 0, 0), || {
                is_made = true;
                Ok(key)
            });
            (is_made, number.unwrap())
        };
        let (is_made, one) = get(1);
        assert!(is_made && *one == 1);
        let (is_made, again) = get(1);
        assert!(!is_made && Arc::ptr_eq(&one, &again));
        drop(one);
        assert!(!get(1).0 && get(2).0 && get(2).0);
        drop(again);
        assert!(get(1).0 && get(1).0);
        // Nor is its place.
        assert!(held.get((5, 0, 0), || Err(Error::missing("nothing"))).is_err());
        let (_, six) = get(6);
        assert_eq!(held.0.lock().unwrap().len(), 1);
        assert!(!get(6).0 && *six == 6);
    }

    #[test]
    fn entries_behind_a_gap_stand_alone() {
        let shared = Shared::default();
        let alone = |column, cluster, wanted: Range<usize>| {
            // In hundredths of a gap.
            let scaled = wanted.start * (GAP / 100 + 1)..wanted.end * (GAP / 100 + 1);
            shared.stand_alone((column, cluster), &scaled)
        };
        assert!(!alone(0, 0, 0..30) && !alone(0, 0, 30..60) && !alone(0, 0, 129..140));
        assert!(alone(0, 0, 240..250) && !alone(0, 0, 250..260) && !alone(0, 0, 60..90) && !alone(0, 0, 359..360));
        assert!(alone(1, 0, 100..110) && alone(0, 0, 460..461));
        // Of each cluster by itself; what is asked for of one before does not.
        assert!(!alone(0, 1, 10..20) && alone(0, 1, 500..510) && !alone(0, 0, 900..910) && alone(0, 2, 100..110));
    }
}
