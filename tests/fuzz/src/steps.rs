//! Steps: instructions of the machine, as `valgrind --tool=callgrind` counts them. They are the same whatever else the
//! machine does, which its clock is not.

use std::path::{Path, PathBuf};
use std::process::Command;

use adl_runtime::job::Job;
use adl_runtime::schema::FileSchema;
use adlc::legacy::Reading;
use adlc::source::FileId;
use adlc::syntax::{self, ast::Edition};

/// What is done with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// It is parsed.
    Parse,
    /// It is formatted.
    Format,
    /// It is compiled as far as the engines, and what is wrong with it is rendered.
    Compile,
    /// The same, and machine code is made of it.
    Machine,
}

impl Work {
    /// By its name on the command line.
    #[must_use]
    pub fn of(name: &str) -> Option<Work> {
        match name {
            "parse" => Some(Work::Parse),
            "format" => Some(Work::Format),
            "compile" => Some(Work::Compile),
            "machine" => Some(Work::Machine),
            _ => None,
        }
    }

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Work::Parse => "parse",
            Work::Format => "format",
            Work::Compile => "compile",
            Work::Machine => "machine",
        }
    }
}

/// Works on a text. Callgrind finds this function by its name, and writes down after each call what was counted.
#[inline(never)]
pub fn written_work(work: Work, text: &str, edition: Edition, schema: &FileSchema) -> usize {
    stay_on_one_processor();
    std::hint::black_box(counted_work(work, text, edition, schema))
}

/// The same; callgrind counts in here. (One function cannot be both to it.)
#[inline(never)]
fn counted_work(work: Work, text: &str, edition: Edition, schema: &FileSchema) -> usize {
    match work {
        Work::Parse => std::hint::black_box(syntax::parse_as(FileId(0), text, edition)).1.len(),
        Work::Format => std::hint::black_box(syntax::format(text, edition)).map_or(0, |f| f.text.len()),
        Work::Compile => compile(text, edition, schema, false),
        Work::Machine => compile(text, edition, schema, true),
    }
}

/// Runs over events, on this thread; gives the entries of the first histogram. Callgrind finds it as it finds
/// [`written_work`].
///
/// # Errors
/// What the run fails of, in words.
#[inline(never)]
pub fn written_work_of_events(job: &Job<'_>) -> Result<u64, String> {
    std::hint::black_box(counted_work_of_events(job))
}

#[inline(never)]
fn counted_work_of_events(job: &Job<'_>) -> Result<u64, String> {
    let outcome = adl_runtime::run::run(job).map_err(|e| e.to_string())?;
    Ok(outcome.histograms.first().map_or(0, |h| h.entries))
}

/// Machine code is made on as many threads as there are processors, and callgrind counts on one.
fn stay_on_one_processor() {
    #[cfg(target_os = "linux")]
    if let Ok(all) = rustix::thread::sched_getaffinity(None)
        && let Some(first) = (0..rustix::thread::CpuSet::MAX_CPU).find(|n| all.is_set(*n))
    {
        let mut one = rustix::thread::CpuSet::new();
        one.set(first);
        // Where that is not allowed, fewer steps are counted.
        _ = rustix::thread::sched_setaffinity(None, &one);
    }
}

/// The length of what is said.
fn compile(text: &str, edition: Edition, schema: &FileSchema, to_machine: bool) -> usize {
    let reading = Reading { undeclared: edition, is_told: true, ..Reading::default() };
    let parsed = adlc::parse_as("a.adl", text, reading, &mut |_, _| Err("there is no such file".to_owned()));
    let Some(binding) = adlc::bind(&parsed, schema) else { return 0 };
    let (analysis, found) = adlc::check(&parsed, &binding);
    let mut messages = parsed.messages.clone();
    messages.extend(found);
    let levels = adlc::lint::levels::Levels::default();
    let messages = adlc::lint::levels::settle(messages, &parsed.sources, &levels, true);
    let shown: usize = messages.iter().map(|m| adlc::render::text(m, &parsed.sources, false).len()).sum();
    if !messages.iter().any(|m| m.is_error())
        && let Ok(placed) = std::hint::black_box(adlc::place(&analysis, &binding))
        && to_machine
    {
        _ = std::hint::black_box(adlc::kernel(&placed, false));
    }
    shown
}

/// The steps of each call of [`written_work`] in a program, in the order of the calls.
///
/// # Errors
/// If valgrind is absent or the program fails, in words.
pub fn count(program: &Path, arguments: &[String], folder: &Path) -> Result<Vec<u64>, String> {
    _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let out = folder.join("steps");
    let status = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet", "--main-stacksize=67108864", "--collect-atstart=no"])
        .args(["--toggle-collect=*counted_work*", "--dump-after=*written_work*"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program)
        .args(arguments)
        .output()
        .map_err(|e| format!("valgrind: {e}"))?;
    if !status.status.success() {
        let said = String::from_utf8_lossy(&status.stderr).into_owned();
        return Err(format!("{} {}: {}\n{said}", program.display(), arguments.join(" "), status.status));
    }
    let entries = std::fs::read_dir(folder).map_err(|e| e.to_string())?;
    let mut parts: Vec<(u64, PathBuf)> = Vec::new();
    for path in entries.flatten().map(|e| e.path()) {
        let number = path.extension().and_then(|e| e.to_str()).and_then(|e| e.parse().ok());
        parts.extend(number.map(|n| (n, path)));
    }
    parts.sort();
    let steps = parts.iter().map(|(_, path)| total(path));
    steps.collect()
}

fn total(path: &Path) -> Result<u64, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let line = text.lines().find_map(|l| l.strip_prefix("totals:").or_else(|| l.strip_prefix("summary:")));
    line.and_then(|l| l.trim().parse().ok()).ok_or_else(|| format!("{}: no total", path.display()))
}

/// What twice the text may multiply the steps by.
pub const MOST: f64 = 2.3;

/// By what the steps multiply, those of the empty text set aside: of the empty text, a text, and one twice as long.
#[must_use]
pub fn factor(steps: &[u64]) -> f64 {
    let [empty, once, twice, ..] = steps else { return f64::INFINITY };
    twice.saturating_sub(*empty) as f64 / once.saturating_sub(*empty).max(1) as f64
}
