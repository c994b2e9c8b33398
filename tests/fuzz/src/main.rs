//! `adl-fuzz`: random texts in number, and the steps of texts that grow. See `tests/fuzz/README.md`.

use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use adl_fuzz::steps::{self, Work};
use adl_fuzz::{grow, input, large, mutate, seeds, target};
use adlc::syntax::ast::Edition;

const USAGE: &str = "\
adl-fuzz front|whole EXECUTIONS [SEED]    random texts: parsed, printed and formatted, or compiled
adl-fuzz steps parse|format|compile [SIZE] [WAY]    steps of texts of sizes SIZE and 2 SIZE, by valgrind
adl-fuzz read FILE...    puts these texts through both
adl-fuzz large 2026|legacy REGIONS    prints a large analysis
adl-fuzz time 2026|legacy REGIONS     compiles it, and prints how long each stage takes";

/// Bytes of stack, as `adlc` has.
const STACK: usize = 512 << 20;
/// A text that takes longer hangs.
const LONGEST: Duration = Duration::from_secs(20);

/// Executions begun, for the watch.
static BEGUN: AtomicU64 = AtomicU64::new(0);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let worker = std::thread::Builder::new().stack_size(STACK).spawn(move || command(&arguments));
    let ended = worker.map_err(|e| e.to_string()).and_then(|w| w.join().map_err(|_| "a panic".to_owned()));
    match ended.and_then(|result| result) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn command(arguments: &[String]) -> Result<(), String> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<u64>().map_err(|e| format!("{text}: {e}"));
    match words.as_slice() {
        ["front", n, rest @ ..] => fuzz(false, number(n)?, number(rest.first().unwrap_or(&"1"))?),
        ["whole", n, rest @ ..] => fuzz(true, number(n)?, number(rest.first().unwrap_or(&"1"))?),
        ["steps", work, rest @ ..] => {
            let work = Work::of(work).ok_or(USAGE)?;
            table(work, number(rest.first().unwrap_or(&"4"))? as usize, rest.get(1).copied().unwrap_or(""))
        }
        ["counted", work, edition, size, ways] => {
            counted(Work::of(work).ok_or(USAGE)?, self::edition(edition)?, number(size)? as usize, ways);
            Ok(())
        }
        ["counted-large", edition, sizes @ ..] => {
            let edition = self::edition(edition)?;
            for size in sizes {
                let text = large::analysis(edition, number(size)? as usize);
                steps::written_work(Work::Compile, &text, edition, &input::schema());
            }
            Ok(())
        }
        ["large", edition, regions] => {
            print!("{}", large::analysis(self::edition(edition)?, number(regions)? as usize));
            Ok(())
        }
        ["read", files @ ..] => read(files),
        ["time", edition, regions] => time(self::edition(edition)?, number(regions)? as usize),
        _ => Err(USAGE.to_owned()),
    }
}

fn edition(name: &str) -> Result<Edition, String> {
    match name {
        "2026" => Ok(Edition::E2026),
        "legacy" => Ok(Edition::Legacy),
        _ => Err(USAGE.to_owned()),
    }
}

/// Changes texts at random; a finding is kept in `target/fuzz`, and ends nothing unless the program dies of it.
fn fuzz(whole: bool, executions: u64, seed: u64) -> Result<(), String> {
    let mut texts = seeds::all()?;
    let given = texts.len();
    let schema = input::schema();
    let folder = seeds::root().join("target/fuzz");
    std::fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    let last = folder.join(format!("last-{}-{seed}.adl", if whole { "whole" } else { "front" }));
    let mut file = std::fs::File::create(&last).map_err(|e| e.to_string())?;
    let panicked = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    let seen = panicked.clone();
    std::panic::set_hook(Box::new(move |info| {
        if let Ok(mut text) = seen.lock() {
            *text = info.to_string();
        }
    }));
    let watched = last.clone();
    std::thread::spawn(move || watch(&watched));
    let mut random = mutate::Sequence(seed);
    let mut kinds: std::collections::BTreeMap<String, u64> = std::collections::BTreeMap::new();
    let mut answers = std::collections::HashSet::new();
    let (begin, mut findings) = (Instant::now(), 0_u64);
    for n in 0..executions {
        let longest = if random.below(50) == 0 { 3000 } else { 250 };
        let text = mutate::changed(&texts, longest, &mut random);
        let edition = if random.below(2) == 0 { Edition::E2026 } else { Edition::Legacy };
        // What kills the program is in this file.
        rewrite(&mut file, &text, edition).map_err(|e| e.to_string())?;
        BEGUN.fetch_add(1, Ordering::Relaxed);
        let ended = std::panic::catch_unwind(|| {
            if whole { target::whole(&text, edition, &schema) } else { target::front(&text, edition) }
        });
        let fault = match ended {
            Ok(Ok(answer)) => {
                // A text that is answered in a new way is changed further.
                if answers.insert(answer) && texts.len() < given + 20_000 && text.len() < 2000 {
                    texts.push(text.clone());
                }
                None
            }
            Ok(Err(fault)) => Some(fault),
            Err(_) => Some(panicked.lock().map(|t| t.clone()).unwrap_or_default()),
        };
        if let Some(fault) = fault {
            findings += 1;
            let kind: String = fault.lines().next().unwrap_or("").chars().filter(|c| !c.is_ascii_digit()).collect();
            let times = kinds.entry(kind).or_insert(0);
            *times += 1;
            if *times <= 3 {
                let path = folder.join(format!("finding-{}-{seed}-{n}.adl", if whole { "whole" } else { "front" }));
                std::fs::write(&path, written(&text, edition)).map_err(|e| e.to_string())?;
                println!("{}: {}", path.display(), fault.lines().next().unwrap_or(""));
            }
        }
        if (n + 1) % 100_000 == 0 {
            let rate = (n + 1) as f64 / begin.elapsed().as_secs_f64();
            println!("{} executions, {findings} findings, {} texts, {rate:.0} a second", n + 1, texts.len());
        }
    }
    println!("{executions} executions, {findings} findings");
    for (kind, times) in &kinds {
        println!("{times}: {kind}");
    }
    if findings == 0 { Ok(()) } else { Err("there are findings".to_owned()) }
}

/// Puts texts through both targets, in both editions.
fn read(files: &[&str]) -> Result<(), String> {
    let schema = input::schema();
    for file in files {
        let text = std::fs::read_to_string(file).map_err(|e| format!("{file}: {e}"))?;
        for edition in target::EDITIONS {
            let begin = Instant::now();
            let answers = (target::front(&text, edition), target::whole(&text, edition, &schema));
            println!("{file}, {edition:?}, {:?}: {answers:?}", begin.elapsed());
        }
    }
    Ok(())
}

/// The text after a comment that says how it is read.
fn written(text: &str, edition: Edition) -> String {
    format!("{text}\n# fuzz: {edition:?}\n")
}

fn rewrite(file: &mut std::fs::File, text: &str, edition: Edition) -> std::io::Result<()> {
    use std::io::Seek;
    file.seek(std::io::SeekFrom::Start(0))?;
    let text = written(text, edition);
    file.write_all(text.as_bytes())?;
    file.set_len(text.len() as u64)
}

/// Ends the program when one text takes too long.
fn watch(last: &std::path::Path) {
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

/// The texts of a size and of twice that, of the ways named or of all; the empty text first.
fn counted(work: Work, edition: Edition, size: usize, ways: &str) {
    let schema = input::schema();
    steps::written_work(work, "", edition, &schema);
    let named = |g: &&grow::Growth| ways.is_empty() || ways.split(';').any(|name| name == g.name);
    for growth in grow::WAYS.iter().filter(named) {
        for times in [1, 2] {
            let text = (growth.text)(growth.unit * size * times);
            steps::written_work(work, &text, edition, &schema);
        }
    }
}

/// The steps of all ways to grow, and by what they multiply when a text is twice as long.
fn table(work: Work, size: usize, way: &str) -> Result<(), String> {
    let program = std::env::current_exe().map_err(|e| e.to_string())?;
    let folder = std::env::temp_dir().join(format!("adl-fuzz-{}", std::process::id()));
    let mut worst = 0.0_f64;
    for edition in ["2026", "legacy"] {
        for growth in grow::WAYS.iter().filter(|g| g.name.contains(way)) {
            let arguments = ["counted", work.name(), edition, &size.to_string(), growth.name].map(str::to_owned);
            match steps::count(&program, &arguments, &folder) {
                Ok(steps) => {
                    let factor = steps::factor(&steps);
                    worst = worst.max(factor);
                    let [_, once, twice, ..] = steps.as_slice() else { return Err(format!("{steps:?}")) };
                    println!("{edition} {:34} {once:12} {twice:12} {factor:.2}", growth.name);
                }
                Err(error) => println!("{edition} {:34} {error}", growth.name),
            }
        }
    }
    _ = std::fs::remove_dir_all(&folder);
    println!("at most {worst:.2}");
    if worst <= steps::MOST { Ok(()) } else { Err(format!("more than {}", steps::MOST)) }
}

fn time(edition: Edition, regions: usize) -> Result<(), String> {
    let text = large::analysis(edition, regions);
    let schema = input::schema();
    for _ in 0..5 {
        let mut stages = String::new();
        let begin = Instant::now();
        let mut last = begin;
        let mut stage = |name: &str| {
            let now = Instant::now();
            stages += &format!("  {name} {:.1}", (now - last).as_secs_f64() * 1e3);
            last = now;
        };
        let parsed = adlc::parse("large.adl", &text, &mut |_, _| Err(String::new()));
        stage("parse");
        let binding = adlc::bind(&parsed, &schema).ok_or("no schema profile fits the columns")?;
        let (analysis, messages) = adlc::check(&parsed, &binding);
        stage("check");
        if let Some(error) = parsed.messages.iter().chain(&messages).find(|m| m.is_error()) {
            return Err(adlc::render::text(error, &parsed.sources, false));
        }
        let placed = adlc::place(&analysis, &binding)?;
        stage("place");
        let kernel = adlc::kernel(&placed, false)?;
        stage("compile");
        drop(kernel);
        println!("{:.1} ms:{stages}", begin.elapsed().as_secs_f64() * 1e3);
    }
    Ok(())
}
