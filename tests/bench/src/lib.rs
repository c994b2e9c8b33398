//! The eight tasks of the ADL functionality benchmark (<https://github.com/iris-hep/adl-benchmarks-index>), measured
//! in this process: from the text of the analysis to its report; and the floor, what reading and computing take at least.

pub mod floor;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use adl_runtime::job::Job;
use adl_runtime::reader::{self, FileReader, Scratch};
use adl_runtime::report::Report;
use rustix::time::{ClockId, clock_gettime};

/// Their number.
pub const TASKS: usize = 8;

/// A task's name and text.
///
/// # Errors
/// If it cannot be read.
pub fn task(number: usize) -> Result<(String, String), String> {
    let name = format!("task{number}.adl");
    let path = root().join("examples/benchmarks").join(&name);
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok((name, text))
}

/// The root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The file that `ADL_BENCH_FILE` names.
#[must_use]
pub fn big_file() -> Option<PathBuf> {
    std::env::var_os("ADL_BENCH_FILE").map(PathBuf::from)
}

/// What a run took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Took {
    /// From the text to the kernel: parse, check, lower, place, compile.
    pub compile: Duration,
    /// The same and the event loop, with opening the file.
    pub wall: Duration,
    /// Time of all threads for all of it.
    pub cpu: Duration,
    /// Time of all threads to open the files.
    pub open: Duration,
    /// Time of all threads in the event loop.
    pub events: Duration,
    /// The event loop by the clock.
    pub events_wall: Duration,
}

/// Opens a file, compiles a task, and runs it.
///
/// # Errors
/// Anything that goes wrong, in words.
pub fn run(number: usize, file: &Path, threads: usize) -> Result<(Report, Took), String> {
    run_chain(number, &[file.to_path_buf()], threads)
}

/// The same on several files of the same columns.
///
/// # Errors
/// Anything that goes wrong, in words.
pub fn run_chain(number: usize, files: &[PathBuf], threads: usize) -> Result<(Report, Took), String> {
    let (name, text) = task(number)?;
    let (begin, cpu_begin) = (Instant::now(), cpu());
    let readers = files.iter().map(|file| open(file)).collect::<Result<Vec<_>, _>>()?;
    let first = readers.first().ok_or("there are no files")?;
    let open = cpu() - cpu_begin;
    let compiling = Instant::now();
    let (placed, kernel, sources) = compile(&name, &text, first.as_ref())?;
    let compile = compiling.elapsed();
    let job = Job { threads, ..Job::new(kernel.as_ref(), readers) };
    let (events_begin, events_cpu) = (Instant::now(), cpu());
    let outcome = adl_runtime::run::run(&job).map_err(|e| e.to_string())?;
    let (events_wall, events) = (events_begin.elapsed(), cpu() - events_cpu);
    let report = adlc::results::report(&placed, &outcome, &sources);
    let (wall, cpu) = (begin.elapsed(), cpu() - cpu_begin);
    Ok((report, Took { compile, wall, cpu, open, events, events_wall }))
}

/// CPU time to decode the columns of a task, segment after segment, without computing anything.
///
/// # Errors
/// As [`run`].
pub fn decode(number: usize, files: &[PathBuf]) -> Result<Duration, String> {
    let mut took = Duration::ZERO;
    for file in files {
        let reader = open(file)?;
        let mut scratch = Scratch::default();
        for name in floor::branches(number).iter().filter(|name| !name.starts_with('n')) {
            let column = reader.schema().columns.iter().position(|c| c.name == *name);
            let column = column.ok_or_else(|| format!("there is no column {name}"))?;
            let begin = thread_cpu();
            for segment in 0..reader.borders(column).len().saturating_sub(1) {
                reader.decode(column, segment, &mut scratch).map_err(|e| e.to_string())?;
            }
            took += thread_cpu() - begin;
        }
    }
    Ok(took)
}

/// Opens a data file: the tree is that of the standard library's profiles.
///
/// # Errors
/// If it cannot be read.
pub fn open(file: &Path) -> Result<Arc<dyn FileReader>, String> {
    let parsed = adlc::parse("", "adl 2026\n", &mut |_, _| Err(String::new()));
    let trees = adlc::hir::schema::trees(&parsed.profiles());
    let trees: Vec<&str> = trees.iter().map(String::as_str).collect();
    reader::open(file, None, &trees).map_err(|e| e.to_string())
}

type Ready = (adlc::Placed, Box<dyn adl_runtime::kernel::Kernel>, adlc::source::Sources);

fn compile(name: &str, text: &str, reader: &dyn FileReader) -> Result<Ready, String> {
    // The b tag of the benchmark's events, and that of the sample events.
    let old = reader.schema().column("Jet_btag").is_some();
    let text = if old { text.to_owned() } else { text.replace("btag(", "btagDeepFlavB(") };
    let parsed = adlc::parse(name, &text, &mut |_, _| Err("the tasks include nothing".to_owned()));
    let binding = adlc::bind(&parsed, reader.schema()).ok_or("no schema profile fits the columns")?;
    let (analysis, messages) = adlc::check(&parsed, &binding);
    if let Some(error) = parsed.messages.iter().chain(&messages).find(|m| m.is_error()) {
        return Err(format!("{name}: {}", error.title));
    }
    let placed = adlc::place(&analysis, &binding)?;
    let kernel = adlc::kernel(&placed, false)?;
    Ok((placed, kernel, parsed.sources))
}

/// Time that all threads of this process have run.
#[must_use]
pub fn cpu() -> Duration {
    clock(ClockId::ProcessCPUTime)
}

/// Time that this thread has run.
#[must_use]
pub fn thread_cpu() -> Duration {
    clock(ClockId::ThreadCPUTime)
}

fn clock(id: ClockId) -> Duration {
    let time = clock_gettime(id);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}
