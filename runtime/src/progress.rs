//! The progress bar: on a terminal, after the first second.

use std::io::IsTerminal;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// A bar that shows itself when a run takes long enough to wonder.
pub struct Progress {
    wanted: bool,
    begin: Instant,
    total: u64,
    of: &'static str,
    done: AtomicU64,
    bar: OnceLock<ProgressBar>,
}

impl Progress {
    /// For this many events.
    #[must_use]
    pub fn new(wanted: bool, total: u64) -> Progress {
        Progress::counting(wanted, total, "events")
    }

    /// For this many things of another kind: `columns`.
    #[must_use]
    pub fn counting(wanted: bool, total: u64, of: &'static str) -> Progress {
        let wanted = wanted && std::io::stderr().is_terminal();
        Progress { wanted, begin: Instant::now(), total, of, done: AtomicU64::new(0), bar: OnceLock::new() }
    }

    /// More of them are done.
    pub fn advance(&self, by: u64) {
        let done = self.done.fetch_add(by, Ordering::Relaxed) + by;
        if self.wanted && self.begin.elapsed() > Duration::from_secs(1) {
            self.bar.get_or_init(|| bar(self.total, self.of, self.begin.elapsed())).set_position(done);
        }
    }

    /// Removes the bar.
    pub fn finish(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}

fn bar(total: u64, of: &str, elapsed: Duration) -> ProgressBar {
    let template = format!("{{bar:30}} {{human_pos}} of {{human_len}} {of}, {{per_sec}}, {{eta}} left");
    let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(total).with_style(style).with_elapsed(elapsed)
}
