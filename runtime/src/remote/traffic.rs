//! What remote reading took: requests, bytes, repetitions; for `--timings` and the record of a job.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts of all remote files of a run.
#[derive(Debug, Default)]
pub struct Traffic {
    requests: AtomicU64,
    bytes: AtomicU64,
    repeated: AtomicU64,
    fetched: AtomicU64,
}

/// The same at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// Requests of HTTP, with those that failed and those that were sent elsewhere.
    pub requests: u64,
    /// Bytes that came in answers and in files that were fetched.
    pub bytes: u64,
    /// Requests and fetches that had to be repeated.
    pub repeated: u64,
    /// Files that were fetched as a whole.
    pub fetched: u64,
}

impl Traffic {
    /// One more request.
    pub fn request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// More bytes.
    pub fn bytes(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// One more repetition.
    pub fn repetition(&self) {
        self.repeated.fetch_add(1, Ordering::Relaxed);
    }

    /// One more whole file.
    pub fn fetch(&self) {
        self.fetched.fetch_add(1, Ordering::Relaxed);
    }

    /// So far.
    #[must_use]
    pub fn total(&self) -> Total {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Total {
            requests: read(&self.requests),
            bytes: read(&self.bytes),
            repeated: read(&self.repeated),
            fetched: read(&self.fetched),
        }
    }
}
