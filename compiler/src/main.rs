//! The command line of adlc: `schema`, `check`, `run`, `fmt`, `doc`, `plan`. Reads files, prints reports, exits; everything else is in
//! the library.

mod command;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use command::{say, tell};

const AFTER: &str = "\
Exit codes:
  0 ok
  1 internal error: a bug of adlc
  2 wrong usage
  3 the analysis is wrong, or uses a name that the first input does not have
  4 an input does not have what the analysis reads
  5 an input cannot be opened (may work later)
  7 of `fmt --check`: a file is not in its canonical form
  8 the results cannot be written (may work later)
  9 an input is damaged, or an event fails a check

Example:
  adlc run examples/zmumu.adl examples/data/dy.root -o out";

const FMT: &str = "\
Examples:
  adlc fmt analysis.adl             rewrites the file
  adlc fmt --check *.adl            for continuous integration
  adlc fmt - < analysis.adl         for editors";

const OVERLAP: &str = "\
What is understood: comparisons of numbers with constants and with each other, ranges, and, or, not, choices; numbers of
elements, also of collections that select from others; elements that must exist (pt(jets[1]) > 30 needs two jets);
strings, columns that are true or false, defines, regions as conditions. Other conditions, such as any(...) and all(...),
are quantities of their own: the same one in two regions agrees with itself. They are listed below the table.

Example:
  adlc overlap examples/ttbar.adl --schema NanoAOD";

const DOC: &str = "\
Examples:
  adlc doc analysis.adl --schema NanoAOD               prints Markdown
  adlc doc analysis.adl events.root -o selection.tex   LaTeX, with the units of the file
  adlc doc analysis.adl -o pages/                      all formats";

const PROFILE: &str = "\
Stages: of the event loop, added up over threads. Times are by the clock: other programs on the same cores lengthen them.
A local ROOT file is mapped into memory: reading it from a disk is part of `decompress`. `other` is cutting columns into
batches, making the text of what is printed and saved, and threads that wait for each other. Nothing is written.

Columns: the most expensive first, in baskets (of a tree) or slices of clusters and row groups (of RNTuples and Parquet).
One is skipped, neither read nor decompressed, if none of its events comes to where the column is used: cuts on columns
that are cheap come first, and what only the survivors need is skipped. The numbers of elements of a list count for the
list that needs them first.

Lines: the share that each line of the text has of computing and filling, by samples (about 2000 per second). A line has
what it says itself: a cut has the time of its condition, a define that of the define where it is first needed, a histogram
that of its entries. What several lines ask for is computed once, for the first of them; what the standard library does
is for the line that calls it. Beside it stand the events that come to the line, those that pass it if it is a cut, and
how many combinations its loops in loops look at: these are counted.

Hints: what would make the analysis faster, where these numbers prove it.

Example:
  adlc profile examples/zmumu.adl examples/data/dy.root
prints, among others:
    share     events     passed combinations  line
                3167                            21    weight generator genWeight    # the sign of the event; nothing is weighted unless it says so
                3167        969                 22    select HLT_IsoMu24
                 969        469                 23    select size(goodMuons) >= 2
                 469        465                 24    select pt(goodMuons[0]) > 26  # above the threshold of the trigger
                 465        465                 25    select defined(Z)
                 465        456                 26    select mass(Z) [] 60 120";

/// Bytes of stack; only what is used takes memory.
const STACK: usize = 512 << 20;

/// Compiles analyses written in ADL, the Analysis Description Language, and runs them over ROOT and Parquet files.
#[derive(Parser)]
#[command(version, about, after_help = AFTER, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show what a data file holds: collections, attributes, types, units, events
    ///
    /// The names printed are those an analysis can use: a collection such as Jet, its attributes, and the events' own
    /// columns. Without a file, those that files of a profile's format have; without a profile, the profiles.
    Schema {
        /// A ROOT, Parquet or LHCO file, or the URL of one
        file: Option<PathBuf>,
        /// The schema profile, instead of the one that fits the file: its name, or an analysis with a schema block
        #[arg(long, value_name = "PROFILE")]
        profile: Option<String>,
        /// The tree to read, if the file has several
        #[arg(long)]
        tree: Option<String>,
        /// Read every column of every tree, and print how many values it has, their sum, smallest and largest value, and
        /// how many are not finite
        ///
        /// Integers are added exactly, floats as f64 in entry order; sum, smallest and largest value are those of the
        /// finite values.
        #[arg(long, requires = "file")]
        stats: bool,
        #[command(flatten)]
        remote: Remote,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Check every name, type and shape of an analysis before a single event is read
    ///
    /// With an input, names are checked against its columns, and the exact list of columns that a run would read is
    /// printed. Without one, they are checked against the columns that files of a format have: that of `--schema`, or
    /// the one that the analysis names in its info block (`inputformat delphes`).
    Check {
        /// The analysis
        analysis: PathBuf,
        #[command(flatten)]
        input: Input,
        #[command(flatten)]
        events: Events,
        /// Print messages and columns as JSON, one value per line
        #[arg(long)]
        json: bool,
    },
    /// Explain a message: what it means, an example, what to write instead; without a name, list all messages
    ExplainCode {
        /// The code of a message, such as bins_overlap
        name: Option<String>,
    },
    /// Run an analysis over data files and write its histograms and cutflow
    ///
    /// The results are written into a folder that appears only when the run is whole: histograms.root,
    /// histograms.json (UHI), cutflow.json, job.json, and what the analysis
    /// saves and publishes.
    Run(Run),
    /// Run an analysis and say where its time goes: stages, columns, lines of the text; writes no results
    #[command(after_help = PROFILE)]
    Profile(Profile),
    /// Write analyses in their canonical form: indentation, spaces, keywords, columns of tables
    ///
    /// The files are rewritten in place, each at once or not at all, and those that changed are listed. What a file means
    /// does not change, nor do its comments, names, numbers and parentheses; a statement that cannot be read is left as
    /// it is. The keywords of a file of `adl legacy`, or of no declared edition, stay as they are spelt.
    ///
    /// Blocks begin at the margin, with an empty line between them; their statements are indented by 2, lines that
    /// continue a statement by 4 more; lines longer than 120 are broken before `and`, `or` and the like, or after commas.
    #[command(after_help = FMT)]
    Fmt {
        /// Analyses; `-` reads one from the standard input and prints its canonical form
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
        /// Change nothing; list the files that would change, and exit with 7 if there are any
        #[arg(long, conflicts_with = "stdout")]
        check: bool,
        /// Change nothing; print the canonical form
        #[arg(long)]
        stdout: bool,
    },
    /// Rewrite an analysis of the legacy edition in edition 2026
    ///
    /// Every statement that 2026 writes differently gets its 2026 form; the rest of the text, comments included, stays as
    /// it is. What changes in meaning is printed, and both texts are compiled and compared. Without --write, the new text
    /// goes to stdout. Names are those of the input, or of --schema.
    ///
    /// Example: adlc fix --edition 2026 old.adl --schema delphes > new.adl
    Fix {
        /// The analysis
        analysis: PathBuf,
        #[command(flatten)]
        input: Input,
        /// Replace the file, and the legacy files that it includes
        #[arg(short, long)]
        write: bool,
    },
    /// Compare regions: which exclude each other, and by which cuts; which overlap, and for which values
    ///
    /// For each pair of regions: `disjoint` if no event can be in both, with the cuts that exclude each other; `overlap`
    /// with the values of an event that is in both; `within` if one makes all cuts of the other; `unknown` if neither
    /// could be shown. No event is read. Only what is certain is called disjoint.
    #[command(after_help = OVERLAP)]
    Overlap {
        /// The analysis
        analysis: PathBuf,
        #[command(flatten)]
        input: Input,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show an analysis as people read it: tables of objects, selections, histograms; a picture of what is made of what
    ///
    /// Markdown for a page, LaTeX for a paper (booktabs), SVG for the picture. Cuts are written as mathematics; their units
    /// are those that the schema of the input gives to its columns, so they need an INPUT or --schema. Elements count from
    /// 1, as in papers. No event is read, and a file of the legacy edition is shown as the compiler understands it.
    #[command(after_help = DOC)]
    Doc {
        /// The analysis
        analysis: PathBuf,
        #[command(flatten)]
        input: Input,
        /// The format; markdown, if the name of the output does not say it
        #[arg(long, value_enum)]
        format: Option<Format>,
        /// Write a file, or all formats into a folder (an existing one, or a name that ends with /)
        #[arg(short, long)]
        output: Option<PathBuf>,
    },
    /// Show what the compiler makes of an analysis, stage by stage
    Plan {
        /// The analysis
        analysis: PathBuf,
        #[command(flatten)]
        input: Input,
        /// Which stage
        #[arg(long, value_enum, default_value_t = Stage::Plan)]
        stage: Stage,
    },
}

/// Data files.
#[derive(Args, Clone)]
struct Input {
    /// ROOT, Parquet or LHCO files, patterns such as 'data/*.root', URLs, or @list.txt with one of these per line. Copies
    /// of one file are joined by |: 'https://a.org/f.root|https://b.org/f.root'
    #[arg(value_name = "INPUT")]
    inputs: Vec<String>,
    #[command(flatten)]
    remote: Remote,
    /// The tree to read, if a file has several
    #[arg(long)]
    tree: Option<String>,
    /// How to read a file that does not say which edition of ADL it is written in
    #[arg(long, value_enum)]
    edition: Option<Edition>,
    /// The schema profile: of the files, instead of the one that fits them; without files, the names to check against.
    /// A file's own columns if it is the path of a data file
    #[arg(long, value_name = "PROFILE")]
    schema: Option<String>,
    /// Compute a legacy analysis as that program does where it documents it, for validation; says where it does not
    #[arg(long, value_enum, value_name = "PROGRAM")]
    compat: Option<Compat>,
    /// Do not show this warning or note; `adlc explain-code` lists them
    #[arg(long, value_name = "LINT")]
    allow: Vec<String>,
    /// Make this warning or note an error; `warnings` for every warning
    #[arg(long, value_name = "LINT|warnings")]
    deny: Vec<String>,
}

/// What is asked of the events as a whole.
#[derive(Args, Clone, Default)]
struct Events {
    /// Read only events of certified luminosity sections: JSON as {"297050": [[12, 137], [193, 776]]}, by run, with both
    /// ends. The sections that were processed are written to lumis.json
    #[arg(long, value_name = "FILE")]
    lumi_mask: Option<PathBuf>,
    /// Fail if an event (run, luminosity section, number) is there twice; reads these columns of all events first
    #[arg(long)]
    check_duplicates: bool,
}

/// How remote files are read.
#[derive(Args, Clone)]
struct Remote {
    /// The command that copies a file of another protocol than http and https to this machine, without a shell:
    /// 'xrdcp -s {url} {path}' for root://
    #[arg(long, value_name = "COMMAND", help_heading = REMOTE)]
    fetch_cmd: Option<String>,
    /// How often a server that fails is asked again, after pauses of 0.5 s, 1 s, 2 s and so on
    #[arg(long, value_name = "N", default_value_t = 4, help_heading = REMOTE)]
    retries: u32,
    /// A server that is silent for so many seconds has failed
    #[arg(long, value_name = "SECONDS", default_value_t = 30, help_heading = REMOTE, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
}

/// Where the options of [`Remote`] stand in the help.
const REMOTE: &str = "Remote files";

#[derive(Args)]
struct Run {
    /// The analysis
    analysis: PathBuf,
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    events: Events,
    /// Folder for the results; replaced if it exists
    #[arg(short, long, default_value = "out")]
    output: PathBuf,
    /// Threads; 0 takes all cores
    #[arg(short = 'j', long, default_value_t = 0)]
    threads: usize,
    /// Read only this many events
    #[arg(short = 'e', long, value_name = "N")]
    max_events: Option<u64>,
    /// Interpret instead of compiling: slow, for comparison (the results have the same bits)
    #[arg(long)]
    no_jit: bool,
    /// Print how long each stage takes
    #[arg(long)]
    timings: bool,
    /// Draw this histogram in the terminal afterwards: REGION/NAME
    #[arg(long, value_name = "REGION/NAME")]
    draw: Vec<String>,
    /// Print all events that come to a `print`, not only the first 100
    #[arg(long)]
    print_all: bool,
    /// Print nothing but errors
    #[arg(short, long)]
    quiet: bool,
    /// Print messages and the cutflow as JSON, one value per line
    #[arg(long)]
    json: bool,
    /// Events in a chunk: the unit of scheduling and of sums
    #[arg(long, hide = true)]
    chunk: Option<u64>,
}

#[derive(Args)]
struct Profile {
    /// The analysis
    analysis: PathBuf,
    #[command(flatten)]
    input: Input,
    /// Read only events of certified luminosity sections, as `adlc run` does
    #[arg(long, value_name = "FILE")]
    lumi_mask: Option<PathBuf>,
    /// Threads; 0 takes all cores. Times are added up over threads, and are truest with one
    #[arg(short = 'j', long, default_value_t = 1)]
    threads: usize,
    /// Read only this many events
    #[arg(short = 'e', long, value_name = "N")]
    max_events: Option<u64>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A program to be validated against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Compat {
    /// CutLang 2.15
    Cutlang,
}

/// An edition of ADL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Edition {
    /// The strict language of `adl 2026`
    #[value(name = "2026")]
    E2026,
    /// The language of CutLang, as `adl legacy`
    Legacy,
}

/// How an analysis is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A page of tables
    Markdown,
    /// A document of tables
    Latex,
    /// A picture: what is made of what
    Svg,
}

/// A stage of the compiler.
#[derive(Clone, Copy, ValueEnum)]
enum Stage {
    /// What was written
    Ast,
    /// What it means
    Hir,
    /// What to compute
    Plan,
    /// In which parts and order
    Placed,
    /// The intermediate code of each part
    Clif,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let json = match &cli.command {
        Command::Schema { json, .. } | Command::Check { json, .. } => *json,
        Command::Run(run) => run.json,
        Command::Profile(profile) => profile.json,
        Command::Overlap { json, .. } => *json,
        Command::Fmt { .. }
        | Command::Doc { .. }
        | Command::Plan { .. }
        | Command::Fix { .. }
        | Command::ExplainCode { .. } => false,
    };
    // A library may panic on damaged data, and the runtime turns that into an error; what is left is a bug of adlc, said
    // in one line.
    let last: std::sync::Arc<std::sync::Mutex<String>> = std::sync::Arc::default();
    let seen = last.clone();
    std::panic::set_hook(Box::new(move |info| {
        if let Ok(mut text) = seen.lock() {
            *text = info.to_string().replace('\n', " ");
        }
    }));
    // Compilers recurse: a large analysis needs more stack than a main thread has.
    let worker = std::thread::Builder::new().stack_size(STACK).spawn(move || command(&cli.command));
    let ended = worker.map(std::thread::JoinHandle::join);
    let ended = ended.map_err(|e| command::Failure::new(11, format!("no thread can be started: {e}")));
    let result = ended.and_then(|joined| {
        joined.unwrap_or_else(|_| {
            let text = last.lock().map(|t| t.clone()).unwrap_or_default();
            Err(command::Failure::internal(text))
        })
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            match failure.message.as_str() {
                "" => {}
                _ if json => say(failure.json()),
                message => tell(format!("error: {message}")),
            }
            ExitCode::from(failure.code)
        }
    }
}

fn command(command: &Command) -> Result<(), command::Failure> {
    match command {
        Command::Schema { file: Some(file), profile, tree, stats: true, remote, json } => {
            command::stats::stats(file, profile.as_deref(), tree.as_deref(), remote, *json)
        }
        Command::Schema { file, profile, tree, stats: _, remote, json } => {
            command::schema::schema(file.as_deref(), profile.as_deref(), tree.as_deref(), remote, *json)
        }
        Command::Check { analysis, input, events, json } => command::check::check(analysis, input, events, *json),
        Command::Run(run) => command::run::run(run),
        Command::Profile(profile) => command::profile::profile(profile),
        Command::ExplainCode { name } => command::explain::explain(name.as_deref()),
        Command::Doc { analysis, input, format, output } => {
            command::doc::doc(analysis, input, *format, output.as_deref())
        }
        Command::Fmt { files, check, stdout } => command::fmt::fmt(files, *check, *stdout),
        Command::Fix { analysis, input, write } => command::fix::fix(analysis, input, *write),
        Command::Overlap { analysis, input, json } => command::overlap::overlap(analysis, input, *json),
        Command::Plan { analysis, input, stage } => command::plan::plan(analysis, input, *stage),
    }
}
