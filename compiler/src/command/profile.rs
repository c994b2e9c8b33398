//! `adlc profile`: runs an analysis without writing results, and says where the time goes: stages, columns, and lines of the
//! text.

mod table;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use adl_runtime::job::{CHUNK, Job};
use adl_runtime::kernel::Now;
use adl_runtime::partial::{Outcome, Performance};
use adl_runtime::sampling::Samples;
use adl_runtime::spent::ColumnSpent;
use adlc::lines::{Line, Lines};
use adlc::source::Sources;
use serde_json::{Value, json};

use super::{Checked, Failure, checked, files, lumi, run, say};

/// What a profile has.
struct Profile {
    analysis: PathBuf,
    files: usize,
    /// What the segments of the first file's columns are called.
    segments: &'static str,
    events: u64,
    threads: usize,
    wall: Duration,
    peak_memory: u64,
    /// Before the first event.
    start: Vec<(&'static str, Duration)>,
    /// Of the event loop, summed over threads.
    stages: Vec<(&'static str, Duration)>,
    columns: Vec<ColumnSpent>,
    /// Of the lines of the analyst's texts, the share of computing and filling.
    lines: BTreeMap<Line, f64>,
    /// The share that is of no line.
    elsewhere: f64,
    /// Samples taken while something was computed or filled.
    samples: u64,
    sources: Sources,
}

/// Profiles an analysis.
pub fn profile(options: &crate::Profile) -> Result<(), Failure> {
    if options.input.inputs.is_empty() {
        return Err(Failure::new(2, "no input files: a profile needs events"));
    }
    let begin = Instant::now();
    let mut checked = checked(&options.analysis, &options.input, options.json, true)?;
    let masks = lumi::masks(&mut checked, options.lumi_mask.as_deref(), options.json)?;
    let front = begin.elapsed();
    let begin = Instant::now();
    let placed = adlc::place(&checked.analysis, &checked.binding).map_err(Failure::internal)?;
    files::check_columns(&checked, &placed, options.json)?;
    let planned = begin.elapsed();
    let begin = Instant::now();
    let lines = Lines::of(&placed, &checked.parsed.sources);
    let kernel = adlc::marked_kernel(&placed, &lines).map_err(Failure::internal)?;
    let compiled = begin.elapsed();
    let job = Job {
        chunk: CHUNK,
        threads: options.threads,
        max_events: options.max_events,
        lumi: masks.as_ref().map(|m| m.job.clone()),
        sampled: true,
        progress: !options.json,
        ..Job::new(kernel.as_ref(), checked.readers.clone())
    };
    let outcome = adl_runtime::run::run(&job).map_err(|e| run::failed(&e, &checked, &placed, options.json))?;
    let start = vec![("read the analysis, open inputs, check", front), ("plan", planned), ("compile", compiled)];
    let profile = gather(options, checked, start, outcome, &lines);
    if options.json {
        say(profile.json());
    } else {
        say(table::text(&profile).trim_end());
    }
    Ok(())
}

fn gather(
    options: &crate::Profile,
    checked: Checked,
    start: Vec<(&'static str, Duration)>,
    outcome: Outcome,
    lines: &Lines,
) -> Profile {
    let format = checked.readers.first().map_or("", |reader| reader.schema().format);
    let segments = match format {
        "TTree" => "baskets",
        _ => "slices",
    };
    let stages = stages(&outcome.performance);
    let Performance { wall, threads, peak_memory, mut columns, samples, .. } = outcome.performance;
    let counted = count(&samples, lines);
    columns.sort_by_key(|column| std::cmp::Reverse((column.time(), column.spent.bytes)));
    Profile {
        analysis: options.analysis.clone(),
        files: checked.readers.len(),
        segments,
        events: outcome.events,
        threads,
        wall,
        peak_memory,
        start,
        stages,
        columns,
        lines: counted.lines,
        elsewhere: counted.elsewhere,
        samples: counted.samples,
        sources: checked.parsed.sources,
    }
}

/// The samples that were taken while something was computed or filled.
struct Counted {
    lines: BTreeMap<Line, f64>,
    elsewhere: f64,
    samples: u64,
}

fn count(samples: &Samples, lines: &Lines) -> Counted {
    let inside = samples.iter().filter(|(place, _)| **place != Now::OUTSIDE);
    let all: u64 = inside.clone().map(|(_, n)| n).sum();
    let mut counted = Counted { lines: BTreeMap::new(), elsewhere: 0.0, samples: all };
    for (place, n) in inside {
        let share = *n as f64 / all as f64;
        match lines.line(*place) {
            Some(line) => *counted.lines.entry(line).or_default() += share,
            None => counted.elsewhere += share,
        }
    }
    counted
}

/// The stages of the event loop.
fn stages(took: &Performance) -> Vec<(&'static str, Duration)> {
    let of_columns = |time: fn(&ColumnSpent) -> Duration| took.columns.iter().map(time).sum::<Duration>();
    let known = took.read + took.kernel + took.fill + took.merge;
    vec![
        ("read", of_columns(|c| c.spent.reading)),
        ("decompress", of_columns(|c| c.spent.unpacking)),
        ("decode", of_columns(|c| c.decoding)),
        ("compute", took.kernel),
        ("fill", took.fill),
        ("merge", took.merge),
        ("other", took.busy.saturating_sub(known)),
    ]
}

impl Profile {
    /// The text of a line.
    fn text_of(&self, line: Line) -> &str {
        let source = self.sources.get(line.file);
        source.and_then(|s| s.text.lines().nth(line.line.saturating_sub(1))).unwrap_or("")
    }

    fn json(&self) -> Value {
        let seconds = |all: &[(&'static str, Duration)]| -> Value {
            all.iter().map(|(stage, time)| json!({ "stage": stage, "seconds": time.as_secs_f64() })).collect()
        };
        let column = |column: &ColumnSpent| {
            json!({
                "column": column.name,
                "segments": column.segments,
                "skipped": column.skipped,
                "bytes_read": column.spent.bytes,
                "bytes_skipped": column.skipped_bytes,
                "bytes_decompressed": column.spent.unpacked,
                "pieces_read": column.spent.pieces,
                "seconds": {
                    "read": column.spent.reading.as_secs_f64(),
                    "decompress": column.spent.unpacking.as_secs_f64(),
                    "decode": column.decoding.as_secs_f64(),
                },
            })
        };
        let line = |(line, share): (&Line, &f64)| {
            let file = self.sources.get(line.file).map_or("", |source| source.name.as_str());
            json!({ "file": file, "line": line.line, "text": self.text_of(*line).trim(), "share": share })
        };
        json!({
            "analysis": self.analysis,
            "files": self.files,
            "segments_are": self.segments,
            "events": self.events,
            "threads": self.threads,
            "seconds": self.wall.as_secs_f64(),
            "peak_memory": self.peak_memory,
            "start": seconds(&self.start),
            "loop": seconds(&self.stages),
            "columns": self.columns.iter().map(column).collect::<Value>(),
            "samples": self.samples,
            "lines": self.lines.iter().map(line).collect::<Value>(),
            "no_line": self.elsewhere,
        })
    }
}
