//! The eight tasks of the ADL functionality benchmark (<https://github.com/iris-hep/adl-benchmarks-index>), measured
//! in this process: from the text of the analysis to its report.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use adl_runtime::job::Job;
use adl_runtime::reader::{self, FileReader};
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
}

/// Opens a file, compiles a task, and runs it.
///
/// # Errors
/// Anything that goes wrong, in words.
pub fn run(number: usize, file: &Path, threads: usize) -> Result<(Report, Took), String> {
    let (name, text) = task(number)?;
    let (begin, cpu) = (Instant::now(), cpu());
    let reader = open(file)?;
    let compiling = Instant::now();
    let (placed, kernel, sources) = compile(&name, &text, reader.as_ref())?;
    let compile = compiling.elapsed();
    let job = Job { threads, ..Job::new(kernel.as_ref(), vec![reader]) };
    let outcome = adl_runtime::run::run(&job).map_err(|e| e.to_string())?;
    let report = adlc::results::report(&placed, &outcome, &sources);
    Ok((report, Took { compile, wall: begin.elapsed(), cpu: self::cpu() - cpu }))
}

/// How long it takes to compile a task.
///
/// # Errors
/// As [`run`].
pub fn compile_time(number: usize, reader: &dyn FileReader) -> Result<Duration, String> {
    let (name, text) = task(number)?;
    let begin = Instant::now();
    compile(&name, &text, reader)?;
    Ok(begin.elapsed())
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
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}
