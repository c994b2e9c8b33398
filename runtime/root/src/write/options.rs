//! How a file is written: its time, and whether objects are compressed.

/// A time as ROOT stores it (`TDatime`): seconds, between 1995 and 2058.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Datime(u32);

impl Datime {
    /// The time of these numbers; none if one is out of its range.
    #[must_use]
    pub fn new(year: u32, month: u32, day: u32, hour: u32, minute: u32, second: u32) -> Option<Datime> {
        let good = (1995..1995 + 64).contains(&year)
            && (1..=12).contains(&month)
            && (1..=31).contains(&day)
            && hour < 24
            && minute < 60
            && second < 60;
        let bits = |year| year << 26 | month << 22 | day << 17 | hour << 12 | minute << 6 | second;
        good.then(|| Datime(bits(year - 1995)))
    }

    pub(super) fn bits(self) -> u32 {
        self.0
    }
}

impl Default for Datime {
    /// The first second of the year 2000: a constant, so that equal contents give equal bytes.
    fn default() -> Datime {
        Datime(5 << 26 | 1 << 22 | 1 << 17)
    }
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The time of all keys and directories.
    pub datime: Datime,
    /// Whether objects above 512 bytes are compressed (zlib, level 1) where that makes them shorter.
    pub compress: bool,
}

impl Default for Options {
    /// The constant time, compressed.
    fn default() -> Options {
        Options { datime: Datime::default(), compress: true }
    }
}
