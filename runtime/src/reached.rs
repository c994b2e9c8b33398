//! For a profile: which events come to which lines of the text. A kernel marks them batch by batch in bytes, which are
//! added up here: each event counts once per line, however often the line works for it.

use crate::kernel::BATCH;

/// The marks of a batch, and the events of all batches of a thread.
pub(crate) struct Reached {
    /// Per line, a byte per event.
    pub(crate) marks: Vec<u8>,
    /// Per line.
    pub(crate) events: Vec<u64>,
}

impl Reached {
    /// Of so many lines: 0 without a profile.
    pub(crate) fn new(lines: usize) -> Reached {
        Reached { marks: vec![0; lines * BATCH], events: vec![0; lines] }
    }

    /// Events that come to lines, by their numbers in the batch, which increase.
    pub(crate) fn all(&mut self, lines: &[usize], events: &[u32]) {
        for line in lines {
            let Some(marks) = self.marks.get_mut(line * BATCH..(line + 1) * BATCH) else { continue };
            match marks.get_mut(..events.len()) {
                Some(first) if events.last().is_some_and(|last| *last as usize + 1 == first.len()) => first.fill(1),
                _ => events.iter().for_each(|event| marks[*event as usize] = 1),
            }
        }
    }

    /// Adds up the marks, at the end of a batch.
    pub(crate) fn end(&mut self) {
        for (events, marks) in self.events.iter_mut().zip(self.marks.chunks_exact_mut(BATCH)) {
            *events += marks.iter().map(|mark| u64::from(*mark)).sum::<u64>();
            marks.fill(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_counts_once_per_line_and_batch() {
        let mut reached = Reached::new(3);
        for _ in 0..2 {
            reached.all(&[0, 2], &[0, 1, 2]);
            reached.all(&[2], &[2, 1023]);
            reached.marks[BATCH + 7] = 1;
            reached.end();
        }
        assert_eq!(reached.events, [6, 2, 8]);
        assert!(reached.marks.iter().all(|mark| *mark == 0));
    }
}
