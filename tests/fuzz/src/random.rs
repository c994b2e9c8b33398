//! Random texts in number: each is parsed, and some are printed and formatted, or compiled. What adlc does wrong with one
//! is kept in `target/fuzz`.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use adl_runtime::schema::FileSchema;
use adlc::syntax::ast::Edition;

use crate::mutate::{Sequence, changed};
use crate::{input, seeds, target};

/// A text that takes longer hangs.
const LONGEST: Duration = Duration::from_secs(20);
/// Texts are made of so many bytes, but for one of fifty.
const SHORT: std::ops::Range<usize> = 20..250;
/// Bytes of the one of fifty.
const LONG: usize = 3000;
/// Texts changed further, besides the first ones.
const KEPT: usize = 20_000;

/// Executions begun, for the watch.
static BEGUN: AtomicU64 = AtomicU64::new(0);

/// How many of the texts are put through what; each is parsed.
#[derive(Clone, Copy, Debug)]
pub struct Shares {
    /// One of so many is printed and formatted.
    pub printed: u64,
    /// One of so many is compiled.
    pub compiled: u64,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default)]
struct Done {
    parsed: u64,
    printed: u64,
    compiled: u64,
    findings: u64,
}

impl std::fmt::Display for Done {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Done { parsed, printed, compiled, findings } = self;
        write!(f, "{parsed} parsed, {printed} printed and formatted, {compiled} compiled: {findings} findings")
    }
}

/// What a text did wrong, and what it is answered by.
struct Ended {
    fault: Option<String>,
    answer: String,
}

/// Changes texts at random; the same seed gives the same texts. A finding ends nothing unless the program dies of it.
///
/// # Errors
/// If there are findings, or a file cannot be written, in words.
pub fn run(executions: u64, seed: u64, shares: Shares) -> Result<(), String> {
    let mut texts = seeds::all()?;
    let given = texts.len();
    let schema = input::schema();
    let folder = seeds::root().join("target/fuzz");
    std::fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    let last = folder.join(format!("last-{seed}-{}-{}.adl", shares.printed, shares.compiled));
    let mut file = File::create(&last).map_err(|e| e.to_string())?;
    let panicked = heard();
    std::thread::spawn(move || watch(&last));
    let mut random = Sequence(seed);
    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    let mut answers = HashSet::new();
    let (begin, mut slowest, mut done) = (Instant::now(), Duration::ZERO, Done::default());
    println!("seed {seed}, {given} texts");
    for n in 0..executions {
        let short = SHORT.start + random.below(SHORT.len());
        let longest = if random.below(50) == 0 { LONG } else { short };
        let text = changed(&texts, longest, &mut random);
        let edition = if random.below(2) == 0 { Edition::E2026 } else { Edition::Legacy };
        // What kills the program is in this file.
        rewrite(&mut file, &text, edition).map_err(|e| e.to_string())?;
        BEGUN.fetch_add(1, Ordering::Relaxed);
        let start = Instant::now();
        let ended = executed(&text, edition, (n, shares), &schema, &panicked, &mut done);
        slowest = slowest.max(start.elapsed());
        // A text that is answered in a new way is changed further.
        if ended.fault.is_none() && texts.len() < given + KEPT && text.len() < 2000 {
            let new = ended.answer.lines().filter(|line| answers.insert((*line).to_owned())).count();
            if new > 0 {
                texts.push(text.clone());
            }
        }
        if let Some(fault) = ended.fault {
            done.findings += 1;
            let kind: String = fault.lines().next().unwrap_or("").chars().filter(|c| !c.is_ascii_digit()).collect();
            let times = kinds.entry(kind).or_insert(0);
            *times += 1;
            if *times <= 3 {
                let path: PathBuf = folder.join(format!("finding-{seed}-{n}.adl"));
                std::fs::write(&path, written(&text, edition)).map_err(|e| e.to_string())?;
                println!("{}: {}", path.display(), fault.lines().next().unwrap_or(""));
            }
        }
        if (n + 1) % 100_000 == 0 {
            let rate = (n + 1) as f64 / begin.elapsed().as_secs_f64();
            println!("{done}; {} texts, {rate:.0} a second, the slowest took {slowest:.0?}", texts.len());
        }
    }
    println!("seed {seed}: {done}");
    for (kind, times) in &kinds {
        println!("{times}: {kind}");
    }
    if done.findings == 0 { Ok(()) } else { Err("there are findings".to_owned()) }
}

/// Puts a text through what it is the turn of.
fn executed(
    text: &str,
    edition: Edition,
    (n, shares): (u64, Shares),
    schema: &FileSchema,
    panicked: &Mutex<String>,
    done: &mut Done,
) -> Ended {
    let mut ended = Ended { fault: None, answer: String::new() };
    let mut put = |times: &mut u64, what: &(dyn Fn() -> Result<String, String> + std::panic::RefUnwindSafe)| {
        *times += 1;
        match catch_unwind(what) {
            Ok(Ok(answer)) => ended.answer += &(answer + "\n"),
            Ok(Err(fault)) => ended.fault = ended.fault.take().or(Some(fault)),
            Err(_) => ended.fault = Some(panicked.lock().map(|t| t.clone()).unwrap_or_default()),
        }
    };
    if n % shares.printed == 0 {
        done.parsed += 1;
        put(&mut done.printed, &|| target::front(text, edition));
    } else {
        put(&mut done.parsed, &|| target::parse(text, edition));
    }
    if n % shares.compiled == 0 {
        put(&mut done.compiled, &|| target::whole(text, edition, schema));
    }
    ended
}

/// What the last panic said.
fn heard() -> Arc<Mutex<String>> {
    let panicked = Arc::new(Mutex::new(String::new()));
    let seen = panicked.clone();
    std::panic::set_hook(Box::new(move |info| {
        if let Ok(mut text) = seen.lock() {
            *text = info.to_string();
        }
    }));
    panicked
}

/// The text before a comment that says how it is read.
fn written(text: &str, edition: Edition) -> String {
    format!("{text}\n# fuzz: {edition:?}\n")
}

fn rewrite(file: &mut File, text: &str, edition: Edition) -> std::io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    let text = written(text, edition);
    file.write_all(text.as_bytes())?;
    file.set_len(text.len() as u64)
}

/// Ends the program when one text takes too long.
fn watch(last: &Path) {
    let (mut before, mut since) = (0, Instant::now());
    loop {
        std::thread::sleep(Duration::from_millis(500));
        let now = BEGUN.load(Ordering::Relaxed);
        if now != before {
            (before, since) = (now, Instant::now());
        } else if since.elapsed() > LONGEST && now > 0 {
            println!("{}: takes more than {LONGEST:?}", last.display());
            std::process::exit(1);
        }
    }
}
