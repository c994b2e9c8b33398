//! A job: a kernel, files, and the chunks of their events; and why a job can fail.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use crate::kernel::Kernel;
use crate::lumi::{LumiMask, Sections};
use crate::metadata::Metadata;
use crate::output::OutputError;
use crate::output::save::Save;
use crate::partial::FileRecord;
use crate::reader::{FileReader, ReadError};

/// Events in a chunk.
pub const CHUNK: u64 = 16_384;

/// What is done by luminosity section: the columns that say it are read for all events.
#[derive(Clone, Debug)]
pub struct LumiJob {
    /// The names of the columns of run and section.
    pub columns: [String; 2],
    /// Events of other sections are left out before anything else.
    pub mask: Option<Arc<LumiMask>>,
    /// The masks of the analysis itself: a section counts as processed if one of them has it, or if there are none.
    pub of_analysis: Vec<Arc<LumiMask>>,
}

impl LumiJob {
    /// Whether a section counts as processed when it is.
    #[must_use]
    pub fn counts(&self, run: i64, section: i64) -> bool {
        let own = || self.of_analysis.iter().any(|mask| mask.contains(run, section));
        self.mask.as_ref().is_none_or(|mask| mask.contains(run, section)) && (self.of_analysis.is_empty() || own())
    }
}

/// The threads that are meant by a number of threads: 0 is one per core.
#[must_use]
pub fn threads(asked: usize) -> usize {
    if asked == 0 { std::thread::available_parallelism().map_or(1, usize::from) } else { asked }
}

/// What is to be run.
#[derive(Clone)]
pub struct Job<'a> {
    /// The program.
    pub kernel: &'a dyn Kernel,
    /// The open files. Events are processed, and faults reported, in this order.
    pub files: Vec<Arc<dyn FileReader>>,
    /// Per file: what it says of all events that it comes from; empty if nobody asked.
    pub metadata: Vec<Metadata>,
    /// Per file: the luminosity sections that it lists, also those without events; empty if nobody asked.
    pub sections: Vec<Sections>,
    /// Events in a chunk. Sums are rounded per chunk, so that results depend on it; on nothing else.
    pub chunk: u64,
    /// Threads; 0 for one per core.
    pub threads: usize,
    /// Only this many events, from the first file on.
    pub max_events: Option<u64>,
    /// Only these of the job's chunks, to share a job between processes.
    pub chunks: Option<Range<usize>>,
    /// What is done by luminosity section, if anything.
    pub lumi: Option<LumiJob>,
    /// Where the rows go that the kernel records, if anywhere.
    pub save: Option<&'a Save>,
    /// Take samples of what the threads work for.
    pub sampled: bool,
    /// Draw a progress bar if the run takes more than a second and the terminal is one.
    pub progress: bool,
}

impl<'a> Job<'a> {
    /// All events of all files, on all cores.
    #[must_use]
    pub fn new(kernel: &'a dyn Kernel, files: Vec<Arc<dyn FileReader>>) -> Job<'a> {
        Job {
            kernel,
            files,
            metadata: Vec::new(),
            sections: Vec::new(),
            chunk: CHUNK,
            threads: 0,
            max_events: None,
            chunks: None,
            lumi: None,
            save: None,
            sampled: false,
            progress: false,
        }
    }

    /// What the ledger keeps of a file.
    pub(crate) fn record(&self, file: usize) -> FileRecord {
        let Some(reader) = self.files.get(file) else { return FileRecord::default() };
        FileRecord {
            uuid: reader.uuid().to_string(),
            size: reader.size(),
            events: reader.schema().events,
            metadata: self.metadata.get(file).cloned().unwrap_or_default(),
            sections: self.sections.get(file).cloned().unwrap_or_default(),
            ..FileRecord::default()
        }
    }

    /// The chunks to process, by file and event.
    #[must_use]
    pub fn plan(&self) -> Vec<Chunk> {
        let mut left = self.max_events.unwrap_or(u64::MAX);
        let mut plan = Vec::new();
        let size = self.chunk.max(1);
        for (file, reader) in self.files.iter().enumerate() {
            let events = reader.schema().events.min(left);
            left -= events;
            let begins = (0..events.div_ceil(size)).map(|number| number * size);
            plan.extend(begins.map(|begin| Chunk { file, events: begin..(begin + size).min(events) }));
        }
        match &self.chunks {
            Some(range) => plan.get(range.start..range.end.min(plan.len())).unwrap_or_default().to_vec(),
            None => plan,
        }
    }
}

/// The unit of scheduling, of sums and of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Number of the file in the job.
    pub file: usize,
    /// Its events in the file.
    pub events: Range<u64>,
}

/// Why a job failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RunError {
    /// A file does not hold what the program reads, or could not be read.
    #[error("{0}")]
    Read(ReadError),
    /// A check of the analysis failed in an event: the earliest one, by file and event.
    #[error("{}: a check fails in event {event}", path.display())]
    Fault {
        /// The file.
        path: PathBuf,
        /// Number of the file in the job.
        file: usize,
        /// Number of the event in the file.
        event: u64,
        /// The site of the check, which has the message.
        site: u32,
        /// The values that the message shows; those of its site come first.
        values: Vec<f64>,
    },
    /// A histogram cannot be made.
    #[error("histogram {histogram}: {message}")]
    Histogram {
        /// Its number in the kernel's description.
        histogram: usize,
        /// What is wrong, in words.
        message: String,
    },
    /// Partial results do not belong together: exit code 6.
    #[error("{0}")]
    Merge(String),
    /// Saved events could not be written: exit code 8.
    #[error("{0}")]
    Output(OutputError),
    /// Something that should not happen.
    #[error("internal error: {0}")]
    Bug(String),
}

impl RunError {
    /// The process's exit code.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            RunError::Read(error) => error.class.exit_code(),
            RunError::Fault { .. } => 9,
            RunError::Histogram { .. } => 3,
            RunError::Merge(_) => 6,
            RunError::Output(_) => OutputError::EXIT_CODE,
            RunError::Bug(_) => 1,
        }
    }
}
