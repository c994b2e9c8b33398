//! What several parts of a cluster need: pages with ends of lists, and those of which one part has the first values and the
//! next parts the others. The thread that comes first unpacks them, the others wait for it.

use std::collections::HashMap;
use std::ops::{Deref, Range};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::{self, ThreadId};

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
    ends: Held<PageEnds>,
    /// Per column and begin of a stretch of entries: the last cluster of which entries were asked for, and the end of those.
    asked: Mutex<HashMap<(usize, u64), (usize, usize)>>,
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

/// The ends of lists that a page holds, whose memory is that of later ones.
#[derive(Debug)]
pub(crate) struct PageEnds(pub Vec<u32>);

impl Deref for PageEnds {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        &self.0
    }
}

impl Drop for PageEnds {
    fn drop(&mut self) {
        pool::give(Buffer::U32(std::mem::take(&mut self.0)));
    }
}

/// A value that is being made, or is made.
type Slot<T> = Arc<Mutex<Option<Arc<T>>>>;

/// What was used lately, the last at the end.
#[derive(Debug)]
struct Kept<T>(Mutex<Vec<One<T>>>);

/// One of what is kept, and how much of what is kept at most it is.
#[derive(Debug)]
struct One<T> {
    key: Key,
    size: usize,
    slot: Slot<T>,
    uses: Uses,
}

/// What was asked for of a page so far.
#[derive(Debug, Default)]
struct Uses {
    elements: usize,
    /// The thread that came first, and whether it began with the first element and no other came later.
    reader: Option<(ThreadId, bool)>,
}

impl Uses {
    /// Counts what a thread wants now of `n` elements; true if all of them were asked for, or the others were passed over
    /// by the one thread that goes through the page. One that begins in the middle leaves the front to another.
    fn end_with(&mut self, wanted: &Range<usize>, n: usize) -> bool {
        self.elements = self.elements.saturating_add(wanted.len());
        let thread = thread::current().id();
        let (first, is_alone) = self.reader.get_or_insert((thread, wanted.start == 0));
        *is_alone &= *first == thread;
        self.elements >= n || *is_alone && wanted.end == n
    }
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Kept(Mutex::new(Vec::new()))
    }
}

impl<T> Kept<T> {
    /// What is kept as `key`, made now if it is not kept. It counts as `size`; of all no more than `most` are kept, but
    /// for the last one, and what this is the last use of is kept no longer.
    fn get(
        &self,
        key: Key,
        (size, most): (usize, usize),
        is_last: impl FnOnce(&mut Uses) -> bool,
        make: impl FnOnce() -> Result<T, Error>,
    ) -> Result<Arc<T>, Error> {
        let mut let_go = Vec::new();
        let slot = {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let mut one = match kept.iter().position(|one| one.key == key) {
                Some(at) => kept.remove(at),
                None => One { key, size, slot: Slot::default(), uses: Uses::default() },
            };
            let slot = one.slot.clone();
            if is_last(&mut one.uses) {
                let_go.push(one);
            } else {
                let mut all = kept.iter().fold(size, |sum, one| sum.saturating_add(one.size));
                while all > most && !kept.is_empty() {
                    let oldest = kept.remove(0);
                    all = all.saturating_sub(oldest.size);
                    let_go.push(oldest);
                }
                kept.push(one);
            }
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
    /// are hardly needed, and these are not worth memory of their own. The stretch that they are in begins at `begin` in
    /// the RNTuple, and at `from` in the cluster.
    pub(super) fn stand_alone(
        &self,
        (column, cluster): (usize, usize),
        (begin, from): (u64, usize),
        wanted: &Range<usize>,
    ) -> bool {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, end) = asked.entry((column, begin)).or_insert((cluster, from));
        if *last < cluster {
            (*last, *end) = (cluster, from);
        }
        let is_behind = *last > cluster;
        let alone = !is_behind && wanted.start >= end.saturating_add(GAP);
        if !is_behind {
            *end = wanted.end.max(*end);
        }
        alone
    }

    /// A page of `n` elements and `size` bytes, unpacked now if it is not kept; with the last elements of it that are needed
    /// it is not kept any longer.
    pub(super) fn page(
        &self,
        key: Key,
        (n, size): (usize, usize),
        wanted: &Range<usize>,
        unpack: impl FnOnce() -> Result<Unpacked, Error>,
    ) -> Result<Arc<Unpacked>, Error> {
        self.pages.get(key, (size, MOST_BYTES), |uses| uses.end_with(wanted, n), unpack)
    }

    /// The ends of lists of a page, decoded now if no thread has them.
    pub(super) fn ends(
        &self,
        key: Key,
        decode: impl FnOnce() -> Result<PageEnds, Error>,
    ) -> Result<Arc<PageEnds>, Error> {
        self.ends.get(key, decode)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_was_used_lately_is_kept_up_to_a_sum_of_sizes() {
        let kept = Kept::default();
        let end = |key, size, is_last: bool| {
            let mut is_made = false;
            let number = kept.get(
                (key, 0, 0),
                (size, 10),
                |_| is_last,
                || {
                    is_made = true;
                    Ok(key)
                },
            );
            assert_eq!(*number.unwrap(), key);
            is_made
        };
        let get = |key, size| end(key, size, false);
        assert!(get(1, 4) && get(2, 4));
        assert!(!get(1, 4) && !get(2, 4) && !get(1, 4));
        // Of 12 the one goes that was used before the others.
        assert!(get(3, 4) && !get(1, 4) && !get(3, 4) && get(2, 4));
        assert!(get(4, 100) && !get(4, 100) && get(3, 1) && get(4, 1));
        assert!(!end(3, 1, true) && get(3, 1) && !get(4, 1));
        assert!(end(6, 100, true) && !get(3, 1) && get(6, 1));
        kept.clear();
        assert!(get(3, 1) && get(4, 1));
        let failed = kept.get((5, 0, 0), (1, 10), |_| false, || Err(Error::missing("nothing")));
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
            shared.stand_alone((column, cluster), (0, 0), &scaled)
        };
        assert!(!alone(0, 0, 0..30) && !alone(0, 0, 30..60) && !alone(0, 0, 129..140));
        assert!(alone(0, 0, 240..250) && !alone(0, 0, 250..260) && !alone(0, 0, 60..90) && !alone(0, 0, 359..360));
        assert!(alone(1, 0, 100..110) && alone(0, 0, 460..461));
        // Of each cluster by itself; what is asked for of one before does not.
        assert!(!alone(0, 1, 10..20) && alone(0, 1, 500..510) && !alone(0, 0, 900..910) && alone(0, 2, 100..110));
    }

    #[test]
    fn a_stretch_that_begins_in_the_middle_is_for_itself() {
        let shared = Shared::default();
        let alone = |begin, from, cluster, wanted| shared.stand_alone((0, cluster), (begin, from), &wanted);
        assert!(!alone(0, 0, 0, 0..10) && !alone(1000 + 4 * GAP as u64, 4 * GAP, 1, 4 * GAP..4 * GAP + 10));
        assert!(!alone(0, 0, 0, 10..20) && alone(0, 0, 0, 2 * GAP..2 * GAP + 10));
        assert!(alone(1000 + 4 * GAP as u64, 4 * GAP, 1, 6 * GAP..6 * GAP + 10));
        assert!(alone(1000 + 4 * GAP as u64, 0, 2, GAP..GAP + 10));
    }

    #[test]
    fn a_page_goes_with_the_last_use_of_it() {
        let elsewhere = |uses: &mut Uses, wanted: Range<usize>| {
            thread::scope(|scope| scope.spawn(|| uses.end_with(&wanted, 10)).join().unwrap())
        };
        // One thread goes through it, and may pass some over.
        let mut uses = Uses::default();
        assert!(!uses.end_with(&(0..3), 10) && uses.end_with(&(7..10), 10));
        // Another is in its midst.
        let mut uses = Uses::default();
        assert!(!uses.end_with(&(0..3), 10) && !elsewhere(&mut uses, 4..6));
        assert!(!uses.end_with(&(6..10), 10) && elsewhere(&mut uses, 3..4));
        // Another will come to its front.
        let mut uses = Uses::default();
        assert!(!uses.end_with(&(6..8), 10) && !uses.end_with(&(8..10), 10));
        assert!(!elsewhere(&mut uses, 0..5) && elsewhere(&mut uses, 5..6));
    }
}
