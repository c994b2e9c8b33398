//! From the text of an analysis to kernels and outcomes.

use std::sync::Arc;

use adl_runtime::job::{Job, RunError};
use adl_runtime::kernel::Kernel;
use adl_runtime::partial::Outcome;
use adl_runtime::reader::FileReader;
use adl_runtime::schema::FileSchema;
use adlc::error::Message;
use adlc::hir::schema::Binding;
use adlc::{Parsed, Placed};

/// An analysis that was checked, and compiled if nothing is wrong with it.
pub struct Compiled {
    /// Its texts.
    pub parsed: Parsed,
    /// Everything that was said.
    pub messages: Vec<Message>,
    /// What to run; none if a message is an error.
    pub placed: Option<Placed>,
}

/// Compiles a text against the columns of an input. `files` are those that it may include: name and text.
///
/// # Errors
/// A bug of the compiler, in words.
pub fn compile(name: &str, text: &str, files: &[(String, String)], schema: &FileSchema) -> Result<Compiled, String> {
    let mut include = |path: &str, _: &str| {
        let found = files.iter().find(|(name, _)| name == path.trim_start_matches("./"));
        found.cloned().ok_or_else(|| "there is no such file".to_owned())
    };
    let parsed = adlc::parse(name, text, &mut include);
    let mut messages = parsed.messages.clone();
    if messages.iter().any(Message::is_error) {
        return Ok(Compiled { parsed, messages, placed: None });
    }
    let binding: Binding = adlc::bind(&parsed, schema).ok_or("no schema profile fits the columns")?;
    let (analysis, found) = adlc::check(&parsed, &binding);
    messages.extend(found);
    messages = adlc::lint::levels::settle(messages, &parsed.sources, &adlc::lint::levels::Levels::default(), true);
    let placed = match messages.iter().any(Message::is_error) {
        true => None,
        false => Some(adlc::place(&analysis, &binding)?),
    };
    Ok(Compiled { parsed, messages, placed })
}

/// The interpreter and compiled code, by name.
pub type Engines = [(&'static str, Box<dyn Kernel>); 2];

/// The two engines: the interpreter and compiled code.
///
/// # Errors
/// A bug of the compiler, in words.
pub fn kernels(placed: &Placed) -> Result<Engines, String> {
    let interpreter = adlc::kernel(placed, true).map_err(|e| format!("interpreter: {e}"))?;
    let jit = adlc::kernel(placed, false).map_err(|e| format!("jit: {e}"))?;
    Ok([("interpreter", interpreter), ("jit", jit)])
}

/// Runs a kernel.
///
/// # Errors
/// As `adl_runtime::run::run`.
pub fn run(
    kernel: &dyn Kernel,
    files: Vec<Arc<dyn FileReader>>,
    threads: usize,
    chunk: u64,
) -> Result<Outcome, RunError> {
    adl_runtime::run::run(&Job { threads, chunk, ..Job::new(kernel, files) })
}

/// Everything that an outcome says about physics, as words to be compared.
#[must_use]
pub fn bits(outcome: &Outcome) -> Vec<u64> {
    let mut words = vec![outcome.events];
    words.extend(&outcome.counters);
    words.extend(outcome.sums.iter().flat_map(|s| [s.w.to_bits(), s.w2.to_bits()]));
    for h in &outcome.histograms {
        words.extend(&h.counts);
        let s = &h.statistics;
        let sums = [&h.sumw, &h.sumw2, &h.sumwy, &h.sumwy2, &s.wx, &s.wx2, &s.wxx];
        words.extend(sums.into_iter().flatten().map(|x| x.to_bits()));
        words.extend([s.w, s.w2, s.wy, s.wy2].map(f64::to_bits));
        words.extend([h.entries, h.missing]);
    }
    words
}

/// What does not depend on the size of the chunks: events, counters, entries per bin.
#[must_use]
pub fn counts(outcome: &Outcome) -> Vec<u64> {
    let mut words = vec![outcome.events];
    words.extend(&outcome.counters);
    for h in &outcome.histograms {
        words.extend(&h.counts);
        words.extend([h.entries, h.missing]);
    }
    words
}
