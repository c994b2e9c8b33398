//! `job.json`: what was run, on what, and what it took. The file by which a folder of results is known.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::metadata::Metadata;
use crate::partial::{FileRecord, Ledger, Outcome};
use crate::remote::Total;

/// What is to be recorded of a job.
#[derive(Clone, Debug)]
pub struct JobRecord<'a> {
    /// The analysis and what it includes: paths as given, and SHA-256 digests of the texts.
    pub sources: Vec<(String, String)>,
    /// Options that differ from their defaults, as given.
    pub options: Vec<(String, String)>,
    /// Time to compile the analysis.
    pub compile: Duration,
    /// Time to open the files.
    pub open: Duration,
    /// What was read from servers.
    pub remote: Total,
    /// The result.
    pub outcome: &'a Outcome,
    /// Columns that some files do not have: the column, the value that stood for it, the files.
    pub defaults: Vec<(String, String, Vec<String>)>,
    /// What files are asked for of all events that they come from.
    pub metadata: Vec<String>,
    /// Lumi masks: paths as given, and SHA-256 digests.
    pub masks: Vec<(String, String)>,
}

/// The document.
#[must_use]
pub fn json(job: &JobRecord<'_>) -> String {
    let pairs = |pairs: &[(String, String)]| -> Map<String, Value> {
        pairs.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect()
    };
    let took = &job.outcome.performance;
    let files: Vec<Value> =
        job.outcome.ledger.files.iter().map(|((path, tree), record)| file(path, tree, record)).collect();
    let default = |(column, value, files): &(String, String, Vec<String>)| {
        // A value that is no JSON stands as its text.
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value.as_str()));
        (column.clone(), json!({ "value": value, "files": files }))
    };
    let defaults: Map<String, Value> = job.defaults.iter().map(default).collect();
    let missing: Map<String, Value> =
        missing(&job.outcome.ledger, &job.metadata).into_iter().map(|(name, files)| (name, json!(files))).collect();
    let lumi = match job.masks.is_empty() {
        true => Value::Null,
        false => json!({ "events": job.outcome.lumi.kept, "sections": job.outcome.lumi.processed.count() }),
    };
    let document = json!({
        "job_schema": 1,
        "adlc": env!("CARGO_PKG_VERSION"),
        "status": "done",
        "sources": pairs(&job.sources),
        "options": pairs(&job.options),
        "events": job.outcome.events,
        "files": files,
        "defaults": defaults,
        "metadata": { "total": named(&job.outcome.ledger.metadata()), "missing": missing },
        "lumi_masks": pairs(&job.masks),
        "lumi": lumi,
        "threads": took.threads,
        "seconds": {
            "compile": job.compile.as_secs_f64(),
            "open": job.open.as_secs_f64(),
            "run": took.wall.as_secs_f64(),
            "read_all_threads": took.read.as_secs_f64(),
            "kernel_all_threads": took.kernel.as_secs_f64(),
            "fill_all_threads": took.fill.as_secs_f64(),
            "merge_all_threads": took.merge.as_secs_f64(),
        },
        "bytes_read": took.bytes_read,
        "remote": {
            "requests": job.remote.requests,
            "bytes": job.remote.bytes,
            "repeated": job.remote.repeated,
            "fetched_files": job.remote.fetched,
        },
        "peak_memory": took.peak_memory,
        "null_lists": took.null_lists,
    });
    format!("{document:#}\n")
}

/// What files do not say, and which of them.
#[must_use]
pub fn missing(ledger: &Ledger, names: &[String]) -> Vec<(String, Vec<String>)> {
    let lacking = |name: &String| {
        let files = ledger.files.iter().filter(|(_, record)| !record.metadata.contains_key(name));
        (name.clone(), files.map(|((path, _), _)| path.clone()).collect::<Vec<String>>())
    };
    names.iter().map(lacking).filter(|(_, files)| !files.is_empty()).collect()
}

fn named(metadata: &Metadata) -> Map<String, Value> {
    metadata.iter().map(|(name, value)| (name.clone(), value.json())).collect()
}

fn file(path: &str, tree: &str, record: &FileRecord) -> Value {
    let ranges: Vec<Value> = record.processed.iter().map(|range| json!([range.start, range.end])).collect();
    json!({
        "path": path,
        "tree": tree,
        "uuid": record.uuid,
        "bytes": record.size,
        "events": record.events,
        "metadata": named(&record.metadata),
        "chunks": record.chunks,
        "processed": ranges,
    })
}

/// The document for a job that failed, for those who watch many: what went wrong, and whether trying again may help.
#[must_use]
pub fn failure_json(exit_code: u8, message: &str, file: Option<&str>, retryable: bool) -> String {
    let document = json!({
        "job_schema": 1,
        "adlc": env!("CARGO_PKG_VERSION"),
        "status": "failed",
        "exit_code": exit_code,
        "message": message,
        "file": file,
        "retryable": retryable,
    });
    format!("{document:#}\n")
}
