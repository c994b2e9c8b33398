//! Which chunks a thread of `run` takes next. Threads that are far apart in a file decode different baskets and pages:
//! none waits for another, and none unpacks what another has. So each has a stretch of a file to itself, and who comes to
//! the end of its own takes over the back half of the longest that is left.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use crate::job::Chunk;

/// In what order chunks are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Far apart, each one when its turn comes.
    Apart,
    /// As they are in the files, so many at once: fewer towards the end, so that all threads end at the same time.
    InLine(usize),
}

/// What a thread takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Turn {
    pub(crate) chunks: Range<usize>,
    /// Whether a stretch of a file begins with them, which others stay out of.
    pub(crate) begins: bool,
}

/// The chunks of a run that no thread has taken.
pub(crate) struct Turns<'a> {
    chunks: &'a [Chunk],
    threads: usize,
    order: Order,
    left: Mutex<Left>,
}

struct Left {
    /// The first chunk that is in no stretch.
    next: usize,
    /// Per thread: the rest of its stretch.
    own: Vec<Range<usize>>,
}

impl<'a> Turns<'a> {
    /// None of the chunks is taken yet. They are in the order of the files.
    pub(crate) fn new(chunks: &'a [Chunk], threads: usize, order: Order) -> Turns<'a> {
        let left = Left { next: 0, own: vec![0..0; threads] };
        Turns { chunks, threads, order, left: Mutex::new(left) }
    }

    /// The next chunks for a thread, which are before `end`; none if there are no more.
    pub(crate) fn take(&self, thread: usize, end: usize) -> Turn {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let end = end.min(self.chunks.len());
        match self.order {
            Order::Apart => left.apart(thread, end, self.chunks),
            Order::InLine(at_once) => {
                let share = self.chunks.len().saturating_sub(left.next) / (2 * self.threads);
                let chunks = left.next..(left.next + share.clamp(1, at_once)).min(end);
                left.next = chunks.end.max(left.next);
                Turn { chunks, begins: false }
            }
        }
    }
}

impl Left {
    /// The next chunk of a thread's own stretch, or of one that begins: the next file, or what others leave.
    fn apart(&mut self, thread: usize, end: usize, chunks: &[Chunk]) -> Turn {
        for own in &mut self.own {
            own.end = own.end.min(end);
        }
        let mut own = self.own.get(thread).cloned().unwrap_or(0..0);
        let begins = own.is_empty();
        if begins {
            own = self.file(end, chunks).unwrap_or_else(|| self.half());
        }
        let first = own.start;
        let taken = first..own.end.min(first + 1);
        if let Some(place) = self.own.get_mut(thread) {
            *place = taken.end..own.end;
        }
        Turn { chunks: taken, begins }
    }

    /// The chunks of the next file.
    fn file(&mut self, end: usize, chunks: &[Chunk]) -> Option<Range<usize>> {
        let begin = self.next;
        let rest = chunks.get(begin..end).filter(|rest| !rest.is_empty())?;
        let of_file = rest.chunk_by(|a, b| a.file == b.file).next().map_or(0, <[Chunk]>::len);
        self.next = begin + of_file;
        Some(begin..self.next)
    }

    /// The back half of the longest stretch.
    fn half(&mut self) -> Range<usize> {
        let Some(longest) = self.own.iter_mut().max_by_key(|own| own.len()) else { return 0..0 };
        let middle = longest.start + longest.len() / 2;
        let back = middle..longest.end.max(middle);
        longest.end = middle;
        back
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunks(per_file: &[usize]) -> Vec<Chunk> {
        let files = per_file.iter().enumerate();
        files.flat_map(|(file, n)| (0..*n as u64).map(move |i| Chunk { file, events: i * 10..i * 10 + 10 })).collect()
    }

    /// What threads take that come one after the other, each `times` times in a row, until there is nothing.
    fn taken(turns: &Turns<'_>, times: &[usize]) -> Vec<Vec<usize>> {
        let mut all = vec![Vec::new(); times.len()];
        loop {
            let mut is_end = true;
            for (thread, times) in times.iter().enumerate() {
                for _ in 0..*times {
                    let chunks = turns.take(thread, usize::MAX).chunks;
                    is_end &= chunks.is_empty();
                    all[thread].extend(chunks);
                }
            }
            if is_end {
                return all;
            }
        }
    }

    #[test]
    fn threads_are_far_apart_and_end_together() {
        let of_two = chunks(&[9]);
        let turns = Turns::new(&of_two, 2, Order::Apart);
        assert_eq!(taken(&turns, &[1, 1]), [[0, 1, 2, 3, 4].as_slice(), &[5, 6, 7, 8]].map(<[usize]>::to_vec));
        // A slow thread is left with little.
        let turns = Turns::new(&of_two, 2, Order::Apart);
        assert_eq!(taken(&turns, &[1, 4]), [[0, 1].as_slice(), &[5, 6, 7, 8, 3, 4, 2]].map(<[usize]>::to_vec));
    }

    #[test]
    fn a_stretch_begins_where_a_thread_does_not_go_on() {
        let of_two = chunks(&[4, 1]);
        let turns = Turns::new(&of_two, 2, Order::Apart);
        let take = |thread| (turns.take(thread, usize::MAX).chunks.start, turns.take(thread, usize::MAX).begins);
        assert_eq!(turns.take(0, usize::MAX), Turn { chunks: 0..1, begins: true });
        assert_eq!(turns.take(0, usize::MAX), Turn { chunks: 1..2, begins: false });
        assert_eq!(take(1), (4, true));
        assert_eq!(turns.take(0, usize::MAX), Turn { chunks: 2..3, begins: false });
    }

    #[test]
    fn each_thread_has_a_file_to_itself_while_there_are_enough() {
        let of_three = chunks(&[2, 3, 4]);
        let turns = Turns::new(&of_three, 2, Order::Apart);
        assert_eq!(taken(&turns, &[1, 1]), [[0, 1, 5, 6, 7].as_slice(), &[2, 3, 4, 8]].map(<[usize]>::to_vec));
    }

    #[test]
    fn in_line_they_take_several_at_once_and_fewer_at_the_end() {
        let of_two = chunks(&[6, 6]);
        let turns = Turns::new(&of_two, 2, Order::InLine(2));
        assert_eq!(turns.take(1, usize::MAX).chunks, 0..2);
        assert_eq!(turns.take(0, usize::MAX).chunks, 2..4);
        assert_eq!(turns.take(0, 5).chunks, 4..5);
        assert_eq!(turns.take(0, 5).chunks, 5..5);
        let rest = taken(&turns, &[1, 1]);
        assert_eq!(rest, [vec![5, 7, 9, 11], vec![6, 8, 10]]);
    }

    #[test]
    fn whatever_the_order_each_chunk_is_taken_once_and_none_after_the_end() {
        for files in [&[1][..], &[0], &[3, 1, 1, 9], &[40, 2], &[7; 7]] {
            let all = chunks(files);
            for order in [Order::Apart, Order::InLine(1), Order::InLine(8)] {
                for times in [&[1][..], &[3, 1], &[1, 2, 5], &[1; 20]] {
                    let turns = Turns::new(&all, times.len(), order);
                    let mut seen: Vec<usize> = taken(&turns, times).concat();
                    seen.sort_unstable();
                    assert!(seen.into_iter().eq(0..all.len()));
                    let turns = Turns::new(&all, times.len(), order);
                    let before: Vec<usize> =
                        (0..100).flat_map(|n| turns.take(n % times.len(), all.len() / 2).chunks).collect();
                    assert!(before.len() == all.len() / 2 && before.iter().all(|n| *n < all.len() / 2));
                }
            }
        }
    }
}
