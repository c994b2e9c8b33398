//! `adlc profile`: runs an analysis without writing results, and says where the time goes: stages, columns, and lines of the
//! text, with the events that come to each.

mod counts;
mod hints;
mod needs;
mod table;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use adl_runtime::clock;
use adl_runtime::job::{self, CHUNK, Job};
use adl_runtime::kernel::Now;
use adl_runtime::partial::{Outcome, Performance};
use adl_runtime::reader::FileReader;
use adl_runtime::sampling::Samples;
use adl_runtime::spent::ColumnSpent;
use adlc::Placed;
use adlc::exec::Marked;
use adlc::lines::{Line, Lines};
use adlc::plan::CounterId;
use adlc::source::Sources;
use serde_json::{Value, json};

use self::counts::Count;
use self::needs::Needs;
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
    /// Before the first event: by the clock, and of processors.
    start: Vec<(&'static str, [Duration; 2])>,
    /// Of the event loop, summed over threads.
    stages: Vec<(&'static str, Duration)>,
    /// Of processors, for all of these.
    cpu: Duration,
    columns: Vec<ColumnSpent>,
    /// Of the lines of the analyst's texts, the share of computing and filling.
    lines: BTreeMap<Line, f64>,
    /// Of the same lines, how often.
    counts: BTreeMap<Line, Count>,
    /// The share that is of no line.
    elsewhere: f64,
    /// What lines and cuts need.
    needs: Needs,
    counters: Vec<u64>,
    /// The threads that were asked for.
    wanted_threads: usize,
    readers: Vec<Arc<dyn FileReader>>,
    /// Samples taken while something was computed or filled.
    samples: u64,
    sources: Sources,
}

/// Profiles an analysis.
pub fn profile(options: &crate::Profile) -> Result<(), Failure> {
    if options.input.inputs.is_empty() {
        return Err(Failure::new(2, "no input files: a profile needs events"));
    }
    let watch = Watch::new();
    let mut checked = checked(&options.analysis, &options.input, options.json, true)?;
    let masks = lumi::masks(&mut checked, options.lumi_mask.as_deref(), options.json)?;
    let front = watch.time();
    let watch = Watch::new();
    let placed = adlc::place(&checked.analysis, &checked.binding).map_err(Failure::internal)?;
    files::check_columns(&checked, &placed, options.json)?;
    let planned = watch.time();
    let watch = Watch::new();
    let lines = Lines::of(&placed, &checked.parsed.sources);
    let marked = adlc::marked_kernel(&placed, &lines).map_err(Failure::internal)?;
    let compiled = watch.time();
    let job = Job {
        chunk: CHUNK,
        threads: options.threads,
        max_events: options.max_events,
        lumi: masks.as_ref().map(|m| m.job.clone()),
        sampled: true,
        progress: !options.json,
        ..Job::new(marked.kernel.as_ref(), checked.readers.clone())
    };
    let outcome = adl_runtime::run::run(&job).map_err(|e| run::failed(&e, &checked, &placed, options.json))?;
    let start = vec![("read the analysis, open inputs, check", front), ("plan", planned), ("compile", compiled)];
    let text = Text { placed: &placed, marked: &marked, lines: &lines };
    let profile = gather(options, checked, start, outcome, &text);
    if options.json {
        say(profile.json());
    } else {
        say(table::text(&profile).trim_end());
    }
    Ok(())
}

/// Times something that several threads may work at.
struct Watch {
    begin: Instant,
    cpu: Duration,
}

impl Watch {
    fn new() -> Watch {
        Watch { begin: Instant::now(), cpu: clock::of_process() }
    }

    /// By the clock, and of processors.
    fn time(&self) -> [Duration; 2] {
        [self.begin.elapsed(), clock::of_process().saturating_sub(self.cpu)]
    }
}

/// What the text became.
struct Text<'a> {
    placed: &'a Placed,
    marked: &'a Marked,
    lines: &'a Lines,
}

fn gather(
    options: &crate::Profile,
    checked: Checked,
    start: Vec<(&'static str, [Duration; 2])>,
    outcome: Outcome,
    text: &Text<'_>,
) -> Profile {
    let format = checked.readers.first().map_or("", |reader| reader.schema().format);
    let segments = match format {
        "TTree" => "baskets",
        _ => "slices",
    };
    let stages = stages(&outcome.performance);
    let counts = counts::counts(text, &checked.parsed.sources, &outcome);
    let Performance { wall, cpu, threads, peak_memory, mut columns, samples, .. } = outcome.performance;
    let counted = count(&samples, text.lines);
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
        cpu,
        columns,
        lines: counted.lines,
        counts,
        elsewhere: counted.elsewhere,
        needs: needs::needs(text, &checked.parsed.sources),
        counters: outcome.counters,
        wanted_threads: job::threads(options.threads),
        readers: checked.readers,
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
    /// All of the event loop, by the clock, over all threads.
    fn in_loop(&self) -> Duration {
        self.stages.iter().map(|(_, time)| *time).sum()
    }

    /// Of that, computing and filling.
    fn in_lines(&self) -> Duration {
        self.stages.iter().filter(|(stage, _)| matches!(*stage, "compute" | "fill")).map(|(_, time)| *time).sum()
    }

    /// The share that a line has of the event loop.
    fn share_of_loop(&self, line: Line) -> f64 {
        let of_loop = self.in_lines().as_secs_f64() / self.in_loop().as_secs_f64().max(1e-9);
        self.lines.get(&line).map_or(0.0, |share| share * of_loop)
    }

    fn counter(&self, counter: CounterId) -> u64 {
        self.counters.get(counter.0 as usize).copied().unwrap_or(0)
    }

    /// How a column of the first file is compressed.
    fn codec(&self, column: &str) -> String {
        let Some(reader) = self.readers.first() else { return String::new() };
        let number = reader.schema().columns.iter().position(|c| c.name == column);
        number.map_or(String::new(), |number| reader.codec(number))
    }

    /// The text of a line.
    fn text_of(&self, line: Line) -> &str {
        let source = self.sources.get(line.file);
        source.and_then(|s| s.text.lines().nth(line.line.saturating_sub(1))).unwrap_or("")
    }

    fn json(&self) -> Value {
        let start = |(stage, [time, cpu]): &(&'static str, [Duration; 2])| json!({ "stage": stage, "seconds": time.as_secs_f64(), "cpu_seconds": cpu.as_secs_f64() });
        let stage = |(stage, time): &(&'static str, Duration)| json!({ "stage": stage, "seconds": time.as_secs_f64() });
        let column = |column: &ColumnSpent| {
            json!({
                "column": column.name,
                "segments": column.segments,
                "skipped": column.skipped,
                "sizes_from": column.sizes_from,
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
        let line = |(line, count): (&Line, &Count)| {
            let file = self.sources.get(line.file).map_or("", |source| source.name.as_str());
            json!({
                "file": file,
                "line": line.line,
                "text": self.text_of(*line).trim(),
                "share": self.lines.get(line).copied().unwrap_or(0.0),
                "events": count.events,
                "passed": count.passed,
                "combinations": count.combinations,
            })
        };
        json!({
            "analysis": self.analysis,
            "files": self.files,
            "segments_are": self.segments,
            "events": self.events,
            "threads": self.threads,
            "seconds": self.wall.as_secs_f64(),
            "peak_memory": self.peak_memory,
            "start": self.start.iter().map(start).collect::<Value>(),
            "loop": self.stages.iter().map(stage).collect::<Value>(),
            "loop_cpu_seconds": self.cpu.as_secs_f64(),
            "columns": self.columns.iter().map(column).collect::<Value>(),
            "samples": self.samples,
            "lines": self.counts.iter().map(line).collect::<Value>(),
            "no_line": self.elsewhere,
            "hints": hints::hints(self),
        })
    }
}
