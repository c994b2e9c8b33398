//! Time that a processor worked, which is less than that of the clock where others use it too.

use std::time::Duration;

use rustix::time::{ClockId, Timespec, clock_gettime};

/// Of the thread that asks.
#[must_use]
pub fn of_thread() -> Duration {
    duration(clock_gettime(ClockId::ThreadCPUTime))
}

/// Of all threads of the process.
#[must_use]
pub fn of_process() -> Duration {
    duration(clock_gettime(ClockId::ProcessCPUTime))
}

fn duration(time: Timespec) -> Duration {
    Duration::try_from(time).unwrap_or_default()
}
