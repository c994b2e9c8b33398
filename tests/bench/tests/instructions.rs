//! Instructions that adlc executes for each task, counted by valgrind, against the numbers of `instructions.json`: a gate
//! against code that becomes slower, which a busy machine does not disturb.
//!
//! What is counted is the program of the release profile, `target/release/adlc`, which `tests/run.sh` builds before the tests
//! (`cargo build --release -p adlc`). Each task runs on the sample events once (`start`: beginning, compiling, and the output
//! are most of it) and on nine copies of them; the difference is what eight more copies take (`events`). Valgrind knows AVX2
//! and not AVX-512, so that this is the path that is counted, on all processors that have AVX2.
//!
//! To accept new numbers: `ADL_UPDATE=1 cargo test -p adl-bench --test instructions`.

#![allow(clippy::unwrap_used, clippy::panic)] // A test that cannot be run fails.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use adl_bench::{TASKS, root, task};
use serde_json::{Value, json};

/// More than this is too much, in per cent: with the compiler that the numbers are of, and with another one.
const TOO_MUCH: [f64; 2] = [2.0, 10.0];
/// The same for a start, which allocates and hashes more than it computes: its count is another one every time.
const TOO_MUCH_OF_START: [f64; 2] = [4.0, 10.0];
const COPIES: usize = 9;
/// Of so many runs the least counts: threads that wait for each other take a few more instructions at times.
const RUNS: usize = 2;
/// The sample events, and the tasks that are counted on them.
const SAMPLES: [(&str, &[&str], &[usize]); 2] =
    [("root", &["dy.root", "ttbar.root"], &[1, 2, 3, 4, 5, 6, 7, 8]), ("parquet", &["dy.parquet"], &[2, 5, 6])];

#[test]
fn no_task_takes_more_instructions() {
    let program = match ready() {
        Ok(program) => program,
        Err(reason) => {
            println!("skipped: instructions of the tasks: {reason}");
            return;
        }
    };
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("instructions");
    prepare(&folder);
    let found = count_all(&program, &folder);
    let path = root().join("tests/bench/instructions.json");
    let compiler = compiler();
    if std::env::var_os("ADL_UPDATE").is_some() {
        let text = serde_json::to_string_pretty(&json!({ "rustc": compiler, "instructions": found })).unwrap();
        fs::write(&path, text + "\n").unwrap();
        return;
    }
    let expected: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let same = expected["rustc"] == compiler.as_str();
    let which = usize::from(!same);
    let mut wrong = Vec::new();
    let mut fewer = 0;
    for (what, &count) in &found {
        let Some(before) = expected["instructions"][what].as_u64() else {
            wrong.push(format!("{what}: {count}, and no number to compare with"));
            continue;
        };
        let more = 100.0 * (count as f64 / before as f64 - 1.0);
        let limit = if what.ends_with("start") { TOO_MUCH_OF_START[which] } else { TOO_MUCH[which] };
        if more > limit {
            wrong.push(format!("{what}: {count} instructions, {before} before ({more:+.1} %)"));
        }
        fewer += usize::from(more < -TOO_MUCH[0]);
    }
    println!(
        "counted: instructions: {} counts, at most {} % and, of starts, {} % above their numbers, {fewer} far below them",
        found.len(),
        TOO_MUCH[which],
        TOO_MUCH_OF_START[which]
    );
    assert!(
        wrong.is_empty(),
        "more instructions than before; if that is meant, ADL_UPDATE=1 accepts them\n{}",
        wrong.join("\n")
    );
}

/// The program to count, or why it cannot be.
fn ready() -> Result<PathBuf, String> {
    if !avx2() {
        return Err("this processor has no AVX2".to_owned());
    }
    let version = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
    if !version.is_ok_and(|status| status.success()) {
        return Err("there is no valgrind".to_owned());
    }
    let program = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("release/adlc");
    let build = "build it with cargo build --release -p adlc";
    let Ok(built) = fs::metadata(&program).and_then(|m| m.modified()) else {
        return Err(format!("there is no adlc of the release profile: {build}"));
    };
    let sources = ["compiler", "runtime", "stdlib", "grammar", "Cargo.lock", "Cargo.toml"];
    match sources.iter().map(|name| newest(&root().join(name))).max() {
        Some(changed) if changed > built => {
            Err(format!("adlc of the release profile is older than the sources: {build}"))
        }
        _ => Ok(program),
    }
}

#[cfg(target_arch = "x86_64")]
fn avx2() -> bool {
    std::arch::is_x86_feature_detected!("avx2")
}

#[cfg(not(target_arch = "x86_64"))]
fn avx2() -> bool {
    false
}

/// When a file, or the last of the sources in a folder, was changed.
fn newest(path: &Path) -> SystemTime {
    let changed = |path: &Path| fs::metadata(path).and_then(|m| m.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    let Ok(entries) = fs::read_dir(path) else { return changed(path) };
    let source = |path: &PathBuf| {
        let ends = ["rs", "adl", "pest", "toml"];
        let is_test = path.file_name().is_some_and(|name| name == "tests" || name == "pages" || name == "examples");
        !is_test && (path.is_dir() || path.extension().is_some_and(|e| ends.iter().any(|end| e == *end)))
    };
    let inside = entries.flatten().map(|entry| entry.path()).filter(source);
    inside.map(|path| newest(&path)).max().unwrap_or(SystemTime::UNIX_EPOCH)
}

/// Copies of the sample events, and the tasks with the b tag that these have.
fn prepare(folder: &Path) {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).unwrap();
    for name in SAMPLES.iter().flat_map(|(_, names, _)| *names) {
        for copy in 0..COPIES {
            fs::copy(root().join("examples/data").join(name), folder.join(format!("{copy}_{name}"))).unwrap();
        }
    }
    for number in 1..=TASKS {
        let (name, text) = task(number).unwrap();
        fs::write(folder.join(name), text.replace("btag(", "btagDeepFlavB(")).unwrap();
    }
}

/// All counts by name, two at a time.
fn count_all(program: &Path, folder: &Path) -> BTreeMap<String, u64> {
    let jobs: Vec<_> = SAMPLES.iter().flat_map(|sample| sample.2.iter().map(move |task| (sample, *task))).collect();
    let (next, counts) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(((kind, names, _), task)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let least = |copies| (0..RUNS).map(|_| count(program, folder, kind, names, *task, copies)).min();
                    let [start, all] = [1, COPIES].map(|copies| least(copies).unwrap_or(0));
                    let mut counts = counts.lock().unwrap();
                    counts.insert(format!("task{task} {kind} start"), start);
                    counts.insert(format!("task{task} {kind} events"), all.checked_sub(start).unwrap());
                }
            });
        }
    });
    counts.into_inner().unwrap()
}

/// The instructions of one run.
fn count(program: &Path, folder: &Path, kind: &str, names: &[&str], task: usize, copies: usize) -> u64 {
    let out = format!("out_{kind}_{task}_{copies}");
    let _ = fs::remove_dir_all(folder.join(&out));
    let files = (0..copies).flat_map(|copy| names.iter().map(move |name| format!("{copy}_{name}")));
    let run = Command::new("valgrind")
        .current_dir(folder)
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["run", &format!("task{task}.adl"), "-j", "1", "-o", &out])
        .args(files)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "task {task} under valgrind: {said}");
    let collected = said.lines().find_map(|line| line.split_once("Collected :")).map(|(_, number)| number.trim());
    collected.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("valgrind has no count: {said}"))
}

/// The version of the compiler.
fn compiler() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
