//! Samples of what the threads of a run work for: a thread of its own looks at their [`Now`] a few thousand times per
//! second. There are no signals, and the threads do not wait.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::kernel::Now;

/// Time between samples: shortest, and how much longer it can be. Not always the same, so that it does not keep step with
/// the batches.
const PAUSE: [u64; 2] = [200, 600];

/// How often a thread was seen to work for a place.
pub type Samples = BTreeMap<u32, u64>;

/// The threads to look at.
#[derive(Debug, Default)]
pub(crate) struct Watched(Mutex<Vec<Arc<Now>>>);

impl Watched {
    /// A thread that begins.
    pub(crate) fn thread(&self) -> Arc<Now> {
        let now = Arc::new(Now::default());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(now.clone());
        now
    }

    /// Looks at all threads.
    fn look(&self, samples: &mut Samples) {
        for now in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            *samples.entry(now.place.load(Ordering::Relaxed)).or_default() += 1;
        }
    }

    /// Does the work, and looks at its threads until it is done, if that is wanted.
    pub(crate) fn during<T>(&self, wanted: bool, work: impl FnOnce() -> T) -> (T, Samples) {
        if !wanted {
            return (work(), Samples::new());
        }
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let watching = scope.spawn(|| self.watch(&done));
            let made = work();
            done.store(true, Ordering::Release);
            (made, watching.join().unwrap_or_default())
        })
    }

    fn watch(&self, done: &AtomicBool) -> Samples {
        let mut samples = Samples::new();
        let [shortest, more] = PAUSE;
        let mut random = 0x9E37_79B9_7F4A_7C15_u64;
        while !done.load(Ordering::Acquire) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            std::thread::sleep(Duration::from_micros(shortest + random % more));
            self.look(&mut samples);
        }
        samples
    }
}
