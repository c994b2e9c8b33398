//! What the columns of a run take, over all files and threads: how much of them is read at all, and the time for it.

use std::time::Duration;

use adl_root::Spent;

/// What a column took. Segments are the baskets of a tree, clusters of an RNTuple or slices of them, slices of row
/// groups.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ColumnSpent {
    /// Its name in the files.
    pub name: String,
    /// Segments that have events of the run.
    pub segments: u64,
    /// Those of them that were never decoded, because no event there came to where the column is used.
    pub skipped: u64,
    /// The bytes that these take in the files; 0 where a file does not say.
    pub skipped_bytes: u64,
    /// The list that told the sizes which this counter has, so that no segment of the counter was needed.
    pub sizes_from: Option<String>,
    /// What reading and decompressing the others took. The sizes of lists count for the list that asks for them first.
    pub spent: Spent,
    /// Time to make values of bytes.
    pub decoding: Duration,
}

impl ColumnSpent {
    /// All of the time.
    #[must_use]
    pub fn time(&self) -> Duration {
        self.spent.reading + self.spent.unpacking + self.decoding
    }

    /// Counts a segment that was decoded in so much time, this included.
    pub(crate) fn add(&mut self, spent: Spent, time: Duration) {
        self.spent += spent;
        self.decoding += time.saturating_sub(spent.reading + spent.unpacking);
    }

    /// Adds what a column of this name took in other files.
    pub(crate) fn merge(all: &mut Vec<ColumnSpent>, more: ColumnSpent) {
        match all.iter_mut().find(|column| column.name == more.name) {
            Some(column) => {
                column.sizes_from = column.sizes_from.take().filter(|_| more.sizes_from.is_some());
                column.segments += more.segments;
                column.skipped += more.skipped;
                column.skipped_bytes += more.skipped_bytes;
                column.spent += more.spent;
                column.decoding += more.decoding;
            }
            None => all.push(more),
        }
    }
}
