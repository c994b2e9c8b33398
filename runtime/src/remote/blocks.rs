//! The bytes of a remote file that are here: what was read lately, and what was read ahead. One request brings many
//! baskets: neighbours are read together with the gap between them where that is small.
//!
//! The driver says what the next chunks need, threads of their own read it; a thread that needs bytes on their way waits
//! for them. What nobody announced, such as the description of a tree, is read in windows. A failure is kept: after it
//! every read fails, so that no part of the file is taken for absent.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use adl_root::ReadAt;

use super::ahead::Ahead;
use super::copies::Copies;

/// What is not announced is read in windows of this size: several small records, one request.
pub const WINDOW: u64 = 256 << 10;
/// Bytes between two pieces that are rather read than skipped: a request costs about as much time.
const GAP: u64 = 64 << 10;
/// Bytes of one request when reading ahead: several requests run at once, and one that fails is soon repeated.
const MOST: u64 = 4 << 20;
/// Bytes read ahead and not used yet, of one file.
const AHEAD: u64 = 48 << 20;
/// Bytes kept of one file, used ones included.
const KEPT: u64 = 128 << 20;

/// Bytes that opening all files of a run has brought, and that are kept until their turn comes.
const OPENED: u64 = 256 << 20;

/// A remote file.
#[derive(Debug)]
pub struct Blocks {
    copies: Copies,
    /// Of [`OPENED`], what all files have, and this one.
    opened: Arc<AtomicU64>,
    mine: AtomicU64,
    ahead: Arc<Ahead>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// By their first byte; they do not overlap, neither each other nor what is under way.
    here: BTreeMap<u64, Block>,
    /// Under way: first byte and end.
    coming: BTreeMap<u64, u64>,
    bytes: u64,
    clock: u64,
    lost: Option<String>,
}

#[derive(Debug)]
struct Block {
    bytes: Arc<Vec<u8>>,
    /// When it was used last; never, for one that was read ahead.
    used: Option<u64>,
}

impl State {
    /// The block with this byte.
    fn block(&mut self, at: u64) -> Option<(u64, &mut Block)> {
        let (first, block) = self.here.range_mut(..=at).next_back()?;
        (at < first + block.bytes.len() as u64).then_some((*first, block))
    }

    fn is_coming(&self, at: u64) -> bool {
        self.coming.range(..=at).next_back().is_some_and(|(_, end)| at < *end)
    }

    /// The end of what is here or under way before a byte that is not.
    fn before(&self, at: u64) -> u64 {
        let here = self.here.range(..=at).next_back().map_or(0, |(first, block)| first + block.bytes.len() as u64);
        let coming = self.coming.range(..=at).next_back().map_or(0, |(_, end)| *end);
        here.max(coming)
    }

    /// The first byte after one that is not here that is here or under way.
    fn after(&self, at: u64) -> u64 {
        let here = self.here.range(at..).next().map_or(u64::MAX, |(first, _)| *first);
        let coming = self.coming.range(at..).next().map_or(u64::MAX, |(first, _)| *first);
        here.min(coming)
    }

    /// Bytes that were read ahead and not used, or are under way.
    fn unused(&self) -> u64 {
        let here: u64 = self.here.values().filter(|b| b.used.is_none()).map(|b| b.bytes.len() as u64).sum();
        here + self.coming.iter().map(|(first, end)| end - first).sum::<u64>()
    }

    /// Drops what was used longest ago, down to what may be kept. What was read ahead stays.
    fn shrink(&mut self) {
        while self.bytes > KEPT {
            let oldest = self.here.iter().filter_map(|(first, b)| Some((b.used?, *first))).min();
            let Some(block) = oldest.and_then(|(_, first)| self.here.remove(&first)) else { return };
            self.bytes -= block.bytes.len() as u64;
        }
    }

    fn insert(&mut self, first: u64, bytes: Vec<u8>, used: Option<u64>) {
        self.bytes += bytes.len() as u64;
        self.here.insert(first, Block { bytes: Arc::new(bytes), used });
        self.shrink();
    }
}

impl Blocks {
    /// An opened file with its first bytes.
    #[must_use]
    pub fn new(copies: Copies, first: Vec<u8>, ahead: Arc<Ahead>, opened: Arc<AtomicU64>) -> Arc<Blocks> {
        let mut state = State::default();
        if !first.is_empty() {
            state.insert(0, first, Some(0));
        }
        let (state, changed, mine) = (Mutex::new(state), Condvar::new(), AtomicU64::new(0));
        Arc::new(Blocks { copies, opened, mine, ahead, state, changed })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to read pieces of the file that will be needed; false if enough is under way.
    pub fn announce(self: &Arc<Blocks>, pieces: Vec<Range<u64>>) -> bool {
        let mut state = self.lock();
        if state.lost.is_some() {
            return true;
        }
        let unused = state.unused();
        if unused >= AHEAD {
            return false;
        }
        let missing = missing(&state, pieces, self.copies.size());
        let mut left = 2 * AHEAD - unused;
        let mut tasks: Vec<super::ahead::Task> = Vec::new();
        for range in together(&state, missing) {
            let size = range.end - range.start;
            if size > left {
                break;
            }
            left -= size;
            state.coming.insert(range.start, range.end);
            let blocks = Arc::downgrade(self);
            let task = move || {
                if let Some(blocks) = blocks.upgrade() {
                    blocks.bring(range.clone(), false);
                }
            };
            tasks.push(Box::new(task));
        }
        drop(state);
        tasks.into_iter().for_each(|task| self.ahead.run(task));
        true
    }

    /// Reads a range that is marked as under way.
    fn bring(&self, range: Range<u64>, is_used: bool) {
        // After a failure there is nothing to be had.
        let lost = self.lock().lost.clone();
        let read = lost.map_or_else(|| self.copies.read(range.clone()), Err);
        let mut state = self.lock();
        state.coming.remove(&range.start);
        match read {
            Ok(bytes) => {
                state.clock += 1;
                let used = is_used.then_some(state.clock);
                state.insert(range.start, bytes, used);
            }
            Err(reason) => _ = state.lost.get_or_insert(reason),
        }
        self.changed.notify_all();
    }

    /// Why the file is lost, if it is.
    #[must_use]
    pub fn lost(&self) -> Option<String> {
        self.lock().lost.clone()
    }

    /// Drops all bytes: the file is not needed any more, or not soon.
    pub fn forget(&self) {
        self.give_back();
        let mut state = self.lock();
        state.here.clear();
        state.bytes = 0;
    }

    /// The file is open: the bytes that it took are kept, unless many files were opened before.
    pub fn opened(&self) {
        let bytes = self.lock().bytes;
        if self.opened.fetch_add(bytes, Ordering::AcqRel).saturating_add(bytes) > OPENED {
            self.opened.fetch_sub(bytes, Ordering::AcqRel);
            self.forget();
        } else {
            self.mine.fetch_add(bytes, Ordering::AcqRel);
        }
    }

    fn give_back(&self) {
        self.opened.fetch_sub(self.mine.swap(0, Ordering::AcqRel), Ordering::AcqRel);
    }
}

impl Drop for Blocks {
    fn drop(&mut self) {
        self.give_back();
    }
}

impl ReadAt for Blocks {
    fn size(&self) -> u64 {
        self.copies.size()
    }

    fn read_at(&self, offset: u64, to: &mut [u8]) -> Result<(), String> {
        let end = offset.checked_add(to.len() as u64).filter(|end| *end <= self.size());
        let end = end.ok_or("bytes past the end of the file are asked for")?;
        let mut at = offset;
        let mut state = self.lock();
        while at < end {
            if let Some(reason) = &state.lost {
                return Err(reason.clone());
            }
            state.clock += 1;
            let now = state.clock;
            if let Some((first, block)) = state.block(at) {
                block.used = Some(now);
                let from = block.bytes.get((at - first) as usize..).unwrap_or_default();
                let into = to.get_mut((at - offset) as usize..).unwrap_or_default();
                let n = from.len().min(into.len());
                if let (Some(from), Some(into)) = (from.get(..n), into.get_mut(..n)) {
                    into.copy_from_slice(from);
                }
                at += n as u64;
            } else if state.is_coming(at) {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            } else {
                // Whole windows around what is asked for, as far as they are not here.
                let begin = (at / WINDOW * WINDOW).max(state.before(at));
                let stop = (end.div_ceil(WINDOW) * WINDOW).min(self.size()).min(state.after(at));
                let range = begin..stop.min(begin.max(at) + MOST.max(WINDOW));
                state.coming.insert(range.start, range.end);
                drop(state);
                self.bring(range, true);
                state = self.lock();
            }
        }
        Ok(())
    }
}

/// The parts of pieces, inside the file, that are neither here nor under way, in order and without overlap.
fn missing(state: &State, mut pieces: Vec<Range<u64>>, size: u64) -> Vec<Range<u64>> {
    pieces.sort_unstable_by_key(|piece| (piece.start, piece.end));
    let mut missing: Vec<Range<u64>> = Vec::new();
    let mut at = 0;
    for piece in pieces {
        at = at.max(piece.start);
        let end = piece.end.min(size);
        while at < end {
            let covered = state.before(at);
            if covered > at {
                at = covered;
                continue;
            }
            let stop = end.min(state.after(at));
            match missing.last_mut() {
                Some(last) if last.end == at => last.end = stop,
                _ => missing.push(at..stop),
            }
            at = stop;
        }
    }
    missing
}

/// Joins neighbours into requests, over small gaps with nothing of the file in them, and cuts what is too long.
fn together(state: &State, pieces: Vec<Range<u64>>) -> Vec<Range<u64>> {
    let mut requests: Vec<Range<u64>> = Vec::new();
    for piece in pieces {
        match requests.last_mut() {
            Some(last)
                if piece.start - last.end <= GAP
                    && piece.end - last.start <= MOST
                    && state.after(last.end) >= piece.start =>
            {
                last.end = piece.end;
            }
            _ => {
                let mut start = piece.start;
                while piece.end - start > MOST {
                    requests.push(start..start + MOST);
                    start += MOST;
                }
                requests.push(start..piece.end);
            }
        }
    }
    requests
}

#[cfg(test)]
mod tests {
    #![allow(clippy::single_range_in_vec_init)] // Ranges are what is meant.
    use super::*;

    fn state(here: &[Range<u64>], coming: &[Range<u64>]) -> State {
        let mut state = State::default();
        for range in here {
            state.insert(range.start, vec![0; (range.end - range.start) as usize], None);
        }
        state.coming.extend(coming.iter().map(|range| (range.start, range.end)));
        state
    }

    #[test]
    fn only_what_is_missing_is_read() {
        let state = state(&[100..200], &[300..400]);
        let of = |pieces: &[Range<u64>]| missing(&state, pieces.to_vec(), 1000);
        assert_eq!(of(&[0..50, 40..60, 60..70]), [0..70]);
        assert_eq!(of(&[50..450]), [50..100, 200..300, 400..450]);
        assert_eq!(of(&[120..180, 300..301]), []);
        assert_eq!(of(&[900..2000, 990..3000]), [900..1000]);
    }

    #[test]
    fn neighbours_are_read_together_and_long_pieces_apart() {
        let empty = State::default();
        let of = |pieces: &[Range<u64>]| together(&empty, pieces.to_vec());
        assert_eq!(of(&[0..10, 20..30, GAP + 31..GAP + 40]), [0..30, GAP + 31..GAP + 40]);
        assert_eq!(of(&[0..MOST, MOST + 1..MOST + 2]), [0..MOST, MOST + 1..MOST + 2]);
        assert_eq!(of(&[5..2 * MOST + 6]), [5..MOST + 5, MOST + 5..2 * MOST + 5, 2 * MOST + 5..2 * MOST + 6]);
        // Not over bytes that are here.
        assert_eq!(together(&state(&[12..18], &[]), vec![0..10, 20..30]), [0..10, 20..30]);
    }

    #[test]
    fn what_was_used_longest_ago_goes_first() {
        let half = (KEPT / 2) as usize;
        let mut state = State::default();
        state.insert(0, vec![0; half], Some(2));
        state.insert(KEPT, vec![0; half], Some(1));
        state.insert(2 * KEPT, vec![0; half], None);
        assert_eq!(state.here.keys().copied().collect::<Vec<_>>(), [0, 2 * KEPT]);
        assert_eq!((state.bytes, state.unused()), (KEPT, KEPT / 2));
    }
}
