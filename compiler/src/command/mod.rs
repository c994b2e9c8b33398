//! What the commands share: the failure that ends a command, reading an analysis, opening its inputs.

pub mod check;
pub mod doc;
pub mod duplicates;
pub mod explain;
pub mod files;
pub mod fix;
pub mod fmt;
pub mod lumi;
pub mod metadata;
pub mod overlap;
pub mod plan;
pub mod profile;
pub mod run;
pub mod schema;
pub mod stats;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use adl_runtime::chain;
use adl_runtime::reader::{self, FileReader, ReadClass, ReadError};
use adl_runtime::remote::{self, Access, Patience, Template};
use adl_runtime::schema::FileSchema;
use adlc::error::Message;
use adlc::hir::Analysis;
use adlc::hir::chain::{Chain, Conflict};
use adlc::hir::schema::Binding;
use adlc::legacy::Reading;
use adlc::lint::levels::Levels;
use adlc::syntax::ast;
use adlc::{Parsed, render};

/// The end of a command: its exit code, and what is still to be said.
pub struct Failure {
    /// As listed in `adlc --help`.
    pub code: u8,
    /// One line, or nothing if all was said.
    pub message: String,
}

impl Failure {
    /// The analysis is wrong; its messages are printed.
    pub fn analysis() -> Failure {
        Failure { code: 3, message: String::new() }
    }

    /// A bug of adlc.
    pub fn internal(message: impl std::fmt::Display) -> Failure {
        Failure { code: 1, message: format!("internal error: {message}. Please report it") }
    }

    /// In the form of a message of the compiler, which has the place that this one does not have.
    pub fn json(&self) -> serde_json::Value {
        let name = match self.code {
            2 => "usage",
            3 => "analysis",
            4 => "input_schema",
            5 => "input_open",
            6 => "merge",
            8 => "output",
            9 => "input_damaged",
            _ => "internal",
        };
        serde_json::json!({
            "code": format!("adl::{name}"), "severity": "error", "title": self.message, "labels": [], "help": null,
            "fixes": [], "exit_code": self.code,
        })
    }

    /// With a code and a message.
    pub fn new(code: u8, message: impl std::fmt::Display) -> Failure {
        Failure { code, message: message.to_string() }
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Failure {
        Failure::new(error.class.exit_code(), error)
    }
}

/// Prints a line to stdout. A closed pipe (`adlc schema f | head`) is no error.
pub fn say(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Prints a line to stderr, if somebody listens.
pub fn tell(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// A number of things: `1 thread`, `2 threads`.
pub fn number(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

/// Reads and parses an analysis with the files it includes.
pub fn read_analysis(path: &Path, input: &crate::Input) -> Result<Parsed, Failure> {
    let edition = input.edition;
    let text = read_text(path).map_err(|e| Failure::new(3, format!("{}: {e}", path.display())))?;
    let undeclared = match edition {
        Some(crate::Edition::E2026) => ast::Edition::E2026,
        Some(crate::Edition::Legacy) | None => ast::Edition::Legacy,
    };
    let reading =
        Reading { undeclared, is_told: edition.is_some(), compat: input.compat.is_some(), ..Reading::default() };
    Ok(adlc::parse_as(&path.display().to_string(), &text, reading, &mut included))
}

/// The text of an included file and the one name it has, however it is written.
pub fn included(written: &str, from: &str) -> Result<(String, String), String> {
    let folder = Path::new(from).parent().unwrap_or(Path::new("."));
    let path = folder.join(written);
    let text = read_text(&path)?;
    let name = path.canonicalize().map_err(|e| e.to_string())?;
    let here = std::env::current_dir().ok().and_then(|d| name.strip_prefix(d).ok().map(Path::to_path_buf));
    Ok((here.unwrap_or(name).display().to_string(), text))
}

fn read_text(path: &Path) -> Result<String, String> {
    let bytes = std::fs::read(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        _ => format!("cannot be read: {e}"),
    })?;
    if bytes.starts_with(b"root") || bytes.starts_with(b"PAR1") {
        return Err("is a data file; the analysis comes first: adlc run ANALYSIS.adl INPUT".to_owned());
    }
    String::from_utf8(bytes).map_err(|_| "is not a text file (not UTF-8)".to_owned())
}

/// Writes a text file at once, by a rename. What is there is replaced: a link is followed, and permissions are kept.
pub fn write_whole(path: &Path, text: &str) -> std::io::Result<()> {
    let path = if path.exists() { path.canonicalize()? } else { path.to_path_buf() };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}", std::process::id()));
    let permissions = std::fs::metadata(&path).ok().map(|m| m.permissions());
    if permissions.as_ref().is_some_and(std::fs::Permissions::readonly) {
        return Err(std::io::Error::new(std::io::ErrorKind::PermissionDenied, "is read-only"));
    }
    let written = std::fs::OpenOptions::new().write(true).create_new(true).open(&beside).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        if let Some(permissions) = permissions {
            file.set_permissions(permissions)?;
        }
        file.sync_all()?;
        std::fs::rename(&beside, &path)
    });
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}

/// The files that the inputs name: themselves, those that fit a pattern, those in a list.
pub fn expand(inputs: &[String]) -> Result<Vec<PathBuf>, Failure> {
    expand_in(inputs, &mut Vec::new())
}

/// The same within lists.
fn expand_in(inputs: &[String], within: &mut Vec<String>) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for input in inputs {
        if let Some(list) = input.strip_prefix('@') {
            if within.iter().any(|l| l == list) {
                return Err(Failure::new(2, format!("{list}: lists itself")));
            }
            let text = read_text(Path::new(list)).map_err(|e| Failure::new(5, format!("{list}: {e}")))?;
            let lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
            let lines: Vec<String> = lines.map(str::to_owned).collect();
            if lines.is_empty() {
                return Err(Failure::new(5, format!("{list}: lists no files")));
            }
            within.push(list.to_owned());
            files.extend(expand_in(&lines, within)?);
            within.pop();
        } else if let Some(path) = input.strip_prefix("file://") {
            files.push(PathBuf::from(path.strip_prefix("localhost").unwrap_or(path)));
        } else if remote::is_remote(Path::new(input)) || Path::new(input).exists() || !input.contains(['*', '?', '[']) {
            files.push(PathBuf::from(input));
        } else {
            let paths = glob::glob(input).map_err(|e| Failure::new(2, format!("{input}: {e}")))?;
            let before = files.len();
            files.extend(paths.filter_map(Result::ok));
            if files.len() == before {
                return Err(Failure::new(5, format!("{input}: no file fits this pattern")));
            }
        }
    }
    Ok(files)
}

/// A file in a message: of a remote one without what is secret in its name.
pub fn named(file: &Path) -> String {
    if remote::is_remote(file) { remote::shown(file) } else { file.to_path_buf() }.display().to_string()
}

/// The way to remote files.
pub fn access(options: &crate::Remote) -> Result<Arc<Access>, Failure> {
    let command = options.fetch_cmd.as_deref().map(Template::read).transpose();
    let command = command.map_err(|e| Failure::new(2, format!("--fetch-cmd: {e}")))?;
    let timeout = Duration::from_secs(options.timeout);
    let patience = Patience { retries: options.retries, timeout, ..Patience::default() };
    Ok(Access::new(patience, command, Box::new(|name| std::env::var(name).ok())))
}

/// Opens data files; each is checked by its header, and all that cannot be opened are named.
pub fn open(
    parsed: &Parsed,
    files: &[PathBuf],
    tree: Option<&str>,
    progress: bool,
    access: &Arc<Access>,
) -> Result<Vec<Arc<dyn FileReader>>, Failure> {
    let profiles = parsed.profiles();
    let trees = adlc::hir::schema::trees(&profiles);
    let (access, tree) = (access.clone(), tree.map(str::to_owned));
    let open = move |file: &Path| {
        let candidates: Vec<&str> = trees.iter().map(String::as_str).collect();
        open_one(&access, file, tree.as_deref(), &candidates)
    };
    let opened = chain::open_all(files, progress, open);
    opened.map_err(|errors| files::unopened(&errors, files.len()))
}

/// Opens a data file, here or elsewhere.
pub fn open_one(
    access: &Arc<Access>,
    file: &Path,
    tree: Option<&str>,
    candidates: &[&str],
) -> Result<Arc<dyn FileReader>, ReadError> {
    if remote::is_remote(file) { access.open(file, tree, candidates) } else { reader::open(file, tree, candidates) }
}

/// The meaning of an input's names, by the profile of this name or by the one that fits.
pub fn bind(parsed: &Parsed, reader: &dyn FileReader, profile: Option<&str>) -> Result<Binding, Failure> {
    if let Some(name) = profile {
        let profile = wanted(parsed, name)?;
        let binding = adlc::bind_as(parsed, reader.schema(), profile);
        let is_collection = |s: &ast::SchemaStatement| matches!(s, ast::SchemaStatement::Collection { .. });
        let has_none = binding.sources.values().all(|s| s.numbers) && binding.singles.is_empty();
        if has_none && profile.statements.iter().any(is_collection) {
            let own = adlc::bind(parsed, reader.schema()).map(|b| b.profile);
            let own = own.map_or(String::new(), |own| format!("; its columns are those of {own}"));
            let text =
                format!("{}: has no collection of the profile {}{own}", reader.path().display(), binding.profile);
            return Err(Failure::new(ReadClass::Schema.exit_code(), text));
        }
        return Ok(binding);
    }
    adlc::bind(parsed, reader.schema()).ok_or_else(|| {
        let text = format!("{}: no schema profile fits its columns", reader.path().display());
        Failure::new(ReadClass::Schema.exit_code(), text)
    })
}

/// Files that are one input.
struct Joined {
    readers: Vec<Arc<dyn FileReader>>,
    chain: Chain,
}

/// Makes one input of files, by the profile of this name or by the one that fits.
fn join(parsed: &Parsed, readers: Vec<Arc<dyn FileReader>>, profile: Option<&str>) -> Result<Joined, Failure> {
    let schemas: Vec<&FileSchema> = readers.iter().map(|r| r.schema()).collect();
    let profile = match profile {
        Some(name) => wanted(parsed, name)?,
        None => adlc::fitting(parsed, &schemas).ok_or_else(|| no_profile(&readers))?,
    };
    let chain = adlc::join(parsed, &schemas, profile);
    let readers = chain::with_extras(readers.iter().cloned().zip(chain.extras.iter().cloned()));
    Ok(Joined { readers, chain })
}

fn no_profile(readers: &[Arc<dyn FileReader>]) -> Failure {
    let path = readers.first().map(|r| r.path().display().to_string()).unwrap_or_default();
    Failure::new(ReadClass::Schema.exit_code(), format!("{path}: no schema profile fits its columns"))
}

/// The profile of this name.
pub fn wanted<'a>(parsed: &'a Parsed, name: &str) -> Result<&'a ast::Schema, Failure> {
    let profiles = parsed.profiles();
    adlc::hir::schema::named(name, &profiles).map(|profile| parsed.whole(profile)).ok_or_else(|| {
        let names = profiles.iter().flat_map(|p| adlc::hir::schema::names_of(p));
        let near = adlc::hir::error::nearest(name, names).map_or(String::new(), |n| format!("; did you mean {n}?"));
        Failure::new(
            2,
            format!("--schema {name}: there is no such profile or data file{near}\n{}", profile_list(parsed)),
        )
    })
}

/// The profiles that list columns, with their other names.
pub fn profile_list(parsed: &Parsed) -> String {
    let mut lines = vec!["profiles:".to_owned()];
    let profiles = parsed.profiles().into_iter().map(|profile| parsed.whole(profile));
    for profile in profiles.filter(|p| !adlc::listed(p).columns.is_empty()) {
        let names = adlc::hir::schema::names_of(profile);
        let other = names.get(1..).filter(|o| !o.is_empty()).map_or(String::new(), |o| format!(" ({})", o.join(", ")));
        lines.push(format!("  {}{other}", profile.name.text));
    }
    lines.join("\n")
}

/// The messages to be shown, by what options and comments say about lints. `complete` as in `settle`.
pub fn settle(
    messages: Vec<Message>,
    parsed: &Parsed,
    input: &crate::Input,
    complete: bool,
) -> Result<Vec<Message>, Failure> {
    let levels = Levels { allow: input.allow.clone(), deny: input.deny.clone() };
    if let Some(unknown) = levels.unknown() {
        return Err(Failure::new(2, format!("{}; {}", unknown.title(), unknown.advice())));
    }
    Ok(adlc::lint::levels::settle(messages, &parsed.sources, &levels, complete))
}

/// Prints messages to stderr, errors last; fails if there is an error.
pub fn report(messages: &[Message], parsed: &Parsed, json: bool, quiet: bool) -> Result<(), Failure> {
    let mut ordered: Vec<&Message> = messages.iter().filter(|m| m.is_error() || !quiet).collect();
    ordered.sort_by_key(|m| (m.severity, m.labels.first().map(|l| l.span)));
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    for message in ordered {
        if json {
            say(render::json(message, &parsed.sources));
        } else {
            tell(render::text(message, &parsed.sources, colour));
        }
    }
    let errors = messages.iter().filter(|m| m.is_error()).count();
    if errors == 0 {
        return Ok(());
    }
    if !json {
        tell(format!("{} in this analysis", number(errors, "error")));
    }
    Err(Failure::analysis())
}

/// An analysis checked against its inputs.
pub struct Checked {
    /// The texts.
    pub parsed: Parsed,
    /// The open inputs; none where an analysis is checked without data.
    pub readers: Vec<Arc<dyn FileReader>>,
    /// The same as they are, without the columns that a chain gives them.
    pub files: Vec<Arc<dyn FileReader>>,
    /// The way to those that are remote.
    pub access: Arc<Access>,
    /// The columns that names were checked against.
    pub schema: FileSchema,
    /// The meaning of their names.
    pub binding: Binding,
    /// Columns that are of different kinds in different files.
    pub conflicts: Vec<Conflict>,
    /// The analysis.
    pub analysis: Analysis,
}

/// Reads an analysis, opens its inputs and checks it against the first of them; prints all messages. Without inputs it
/// is checked against a profile.
pub fn checked(path: &Path, input: &crate::Input, json: bool, quiet: bool) -> Result<Checked, Failure> {
    let parsed = read_analysis(path, input)?;
    let is_2026 = |f: &ast::File| f.edition_or(ast::Edition::Legacy) == ast::Edition::E2026;
    if input.compat.is_some() && parsed.files.iter().all(is_2026) {
        return Err(Failure::new(2, "--compat cutlang is for legacy analyses: an analysis of 2026 has one meaning"));
    }
    if input.compat.is_some() && !quiet && !json {
        tell(adlc::legacy::compat::CONVENTIONS);
    }
    let syntax_is_wrong = parsed.messages.iter().any(Message::is_error);
    if syntax_is_wrong {
        report(&parsed.messages, &parsed, json, quiet)?;
    }
    let files = expand(&input.inputs)?;
    files::check_distinct(&files)?;
    // Without inputs, a data file can say what the columns are.
    let example = input.schema.as_ref().filter(|s| files.is_empty() && Path::new(s).is_file());
    let opened: Vec<PathBuf> = if let Some(path) = example { vec![PathBuf::from(path)] } else { files };
    let access = access(&input.remote)?;
    let readers = open(&parsed, &opened, input.tree.as_deref(), !quiet && !json, &access)?;
    let files = readers.clone();
    let Joined { readers, chain } = match readers.first() {
        Some(_) => join(&parsed, readers, input.schema.as_deref().filter(|_| example.is_none()))?,
        None => Joined { readers, chain: without_data(&parsed, input)? },
    };
    let Chain { schema, binding, conflicts, .. } = chain;
    let (analysis, found) = adlc::check(&parsed, &binding);
    let is_unknown = |m: &Message| m.is_error() && m.code.starts_with("unknown");
    let names_are_unknown = found.iter().any(is_unknown);
    let mut messages = parsed.messages.clone();
    messages.extend(found);
    let messages = settle(messages, &parsed, input, true)?;
    let reported = report(&messages, &parsed, json, quiet);
    if names_are_unknown && !json {
        let tree = Some(&schema.tree).filter(|t| !t.is_empty()).map_or(String::new(), |t| format!(", tree {t}"));
        let of = match readers.first() {
            Some(first) => {
                let (path, profile) = (first.path().display(), &binding.profile);
                format!("{path}{tree}, profile {profile}, which `adlc schema` lists")
            }
            None => format!("the profile {0}, which `adlc schema --profile {0}` lists", binding.profile),
        };
        tell(format!("names are those of {of}"));
    }
    reported?;
    for reader in readers.iter().filter(|r| r.schema().events == 0 && !json && !quiet) {
        tell(format!("note: {} has no events", reader.path().display()));
    }
    files::check_alike(&parsed, &binding.profile, &files, &analysis, quiet || json)?;
    Ok(Checked { parsed, readers, files, access, schema, binding, conflicts, analysis })
}

/// The meaning of names where there is no input: that of a profile's listed columns.
fn without_data(parsed: &Parsed, input: &crate::Input) -> Result<Chain, Failure> {
    let profile = match (&input.schema, adlc::implied(parsed)) {
        (Some(name), _) => wanted(parsed, name)?,
        (None, Some(profile)) => profile,
        (None, None) => {
            let text = "no input files and no profile: give a data file, --schema PROFILE, or a line such as \
                        `inputformat delphes` in the info block";
            return Err(Failure::new(2, format!("{text}\n{}", profile_list(parsed))));
        }
    };
    let schema = adlc::listed(profile);
    if schema.columns.is_empty() {
        let name = &profile.name.text;
        let text = format!("the schema {name} lists no columns: add lines such as `columns f32[] Jet_pt, Jet_eta`");
        return Err(Failure::new(3, text));
    }
    Ok(adlc::join(parsed, &[&schema], profile))
}
