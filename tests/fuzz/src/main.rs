//! `adl-fuzz`: random texts in number, and the steps of texts that grow. See `tests/fuzz/README.md`.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use adl_fuzz::random::{self, Shares};
use adl_fuzz::steps::{self, Work};
use adl_fuzz::{grow, input, large, target};
use adl_runtime::job::Job;
use adl_runtime::memory::MemoryFile;
use adl_runtime::reader::FileReader;
use adl_runtime::schema::ElementType;
use adlc::syntax::ast::Edition;

const USAGE: &str = "\
adl-fuzz parse EXECUTIONS [SEED]    random texts: parsed, and some printed and formatted, some compiled
adl-fuzz front|whole EXECUTIONS [SEED]    the same: all printed and formatted, or all compiled
adl-fuzz steps parse|format|compile [SIZE] [WAY]    steps of texts of sizes SIZE and 2 SIZE, by valgrind
adl-fuzz read FILE...    puts these texts through both
adl-fuzz large 2026|legacy REGIONS     prints a large analysis
adl-fuzz histograms REGIONS EACH       prints an analysis of so many regions with so many histograms each
adl-fuzz time 2026|legacy REGIONS      compiles a large analysis, and prints how many milliseconds each stage takes
adl-fuzz time histograms REGIONS EACH  the same, of one of many histograms";

/// Bytes of stack, as `adlc` has.
const STACK: usize = 512 << 20;

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
        [name @ ("parse" | "front" | "whole"), n, rest @ ..] => {
            let shares = match *name {
                "parse" => Shares { printed: 32, compiled: 1024 },
                "front" => Shares { printed: 1, compiled: u64::MAX },
                _ => Shares { printed: u64::MAX, compiled: 1 },
            };
            random::run(number(n)?, number(rest.first().unwrap_or(&"1"))?, shares)
        }
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
                steps::written_work(Work::Machine, &text, edition, &input::schema());
            }
            Ok(())
        }
        ["large", edition, regions] => {
            print!("{}", large::analysis(self::edition(edition)?, number(regions)? as usize));
            Ok(())
        }
        ["histograms", regions, each] => {
            print!("{}", large::histograms(number(regions)? as usize, number(each)? as usize));
            Ok(())
        }
        ["counted-histograms", regions, each @ ..] => {
            for each in each {
                let text = large::histograms(number(regions)? as usize, number(each)? as usize);
                steps::written_work(Work::Machine, &text, Edition::E2026, &input::schema());
            }
            Ok(())
        }
        ["counted-events", booked, events @ ..] => {
            let text = large::booked(number(booked)? as usize);
            events.iter().try_for_each(|events| counted_events(&text, number(events)? as usize))
        }
        ["read", files @ ..] => read(files),
        ["time", "histograms", regions, each] => {
            time(&large::histograms(number(regions)? as usize, number(each)? as usize))
        }
        ["time", edition, regions] => time(&large::analysis(self::edition(edition)?, number(regions)? as usize)),
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

/// Runs a compiled analysis of MET over events.
fn counted_events(text: &str, events: usize) -> Result<(), String> {
    let values: Vec<f64> = (0..events).map(|event| (event % 230) as f64).collect();
    let file = MemoryFile::new("a.root").scalar("MET_pt", ElementType::F32, &values);
    let parsed = adlc::parse("booked.adl", text, &mut |_, _| Err(String::new()));
    let profile = parsed.profile("NanoAOD").ok_or("there is no profile NanoAOD")?;
    let binding = adlc::bind_as(&parsed, file.schema(), profile);
    let (analysis, messages) = adlc::check(&parsed, &binding);
    if let Some(error) = messages.iter().find(|m| m.is_error()) {
        return Err(adlc::render::text(error, &parsed.sources, false));
    }
    let kernel = adlc::kernel(&adlc::place(&analysis, &binding)?, false)?;
    let job = Job { threads: 1, ..Job::new(kernel.as_ref(), vec![Arc::new(file)]) };
    let filled = steps::written_work_of_events(&job)?;
    if filled == events as u64 { Ok(()) } else { Err(format!("{filled} of {events} entries")) }
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

/// Compiles a large analysis a few times, and prints how long that takes the processor, which a busy machine changes
/// less than the clock.
fn time(text: &str) -> Result<(), String> {
    let schema = input::schema();
    let lines = |word: &str| text.lines().filter(|l| l.trim_start().starts_with(word)).count();
    println!("{} bytes, {} bins, {} histograms", text.len(), lines("bin "), lines("histo "));
    for _ in 0..5 {
        let mut stages = String::new();
        let (begin, clock) = (processor_time(), Instant::now());
        let mut last = begin;
        let mut stage = |name: &str| {
            let now = processor_time();
            stages += &format!("  {name} {:.1}", (now - last) * 1e3);
            last = now;
        };
        let parsed = adlc::parse("large.adl", text, &mut |_, _| Err(String::new()));
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
        let (all, passed) = ((processor_time() - begin) * 1e3, clock.elapsed().as_secs_f64() * 1e3);
        println!("{all:.1} ms of the processor, {passed:.1} ms by the clock:{stages}");
    }
    Ok(())
}

/// Seconds that the processor spent on this program.
fn processor_time() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}
