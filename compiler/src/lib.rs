//! The compiler of ADL, the Analysis Description Language. A pure library: it reads no files, no clock and no
//! environment; `main` does.
//!
#![doc = include_str!("../../ARCHITECTURE.md")]

pub mod doc;
mod elsewhere;
pub mod error;
pub mod exec;
pub mod hir;
pub mod legacy;
pub mod lines;
pub mod lint;
pub mod pages;
pub mod phasespace;
pub mod plan;
mod profiles;
pub mod render;
pub mod results;
pub mod source;
pub mod stdlib;
pub mod syntax;

use adl_runtime::kernel::Kernel;
use adl_runtime::rows::Tables;
use adl_runtime::schema::FileSchema;

use error::Message;
use hir::chain::Chain;
use hir::schema::Binding;
use hir::{Analysis, CountsFormat};
use plan::Plan;
use plan::lower::BookedRegion;
use plan::placed::Program;
use source::{Source, Sources, Span};
use syntax::ast;

/// An analysis as text: its files, those it includes, and the standard library.
#[derive(Debug, Default)]
pub struct Parsed {
    /// All texts.
    pub sources: Sources,
    /// The functions of the standard library.
    pub functions: Vec<ast::File>,
    /// The profiles of the standard library.
    known: Vec<profiles::Known>,
    /// The analysis, included files first.
    pub files: Vec<ast::File>,
    /// What is wrong with the text.
    pub messages: Vec<Message>,
    /// How files that are not of edition 2026 are read.
    pub reading: legacy::Reading,
}

/// Gives the text of an included file: from the path as written and the name of the including file to the file's own
/// name (one name for one file, however it is written) and its text, or to the reason why it cannot be had.
pub type Include<'a> = &'a mut dyn FnMut(&str, &str) -> Result<(String, String), String>;

/// Parses an analysis, the files it includes, and the standard library.
pub fn parse(name: &str, text: &str, include: Include<'_>) -> Parsed {
    parse_as(name, text, legacy::Reading::default(), include)
}

/// The same; files that declare no edition are read as told.
pub fn parse_as(name: &str, text: &str, reading: legacy::Reading, include: Include<'_>) -> Parsed {
    let mut parsed = Parsed { reading, ..Parsed::default() };
    let source =
        |file: &str, text: &str| Source { name: format!("<stdlib>/{file}"), text: text.into(), is_stdlib: true };
    for (file, text) in &stdlib::FUNCTIONS {
        let (ast, messages) = syntax::parse(parsed.sources.add(source(file, text)), text);
        parsed.functions.push(ast);
        parsed.messages.extend(messages);
    }
    for (file, text) in &stdlib::PROFILES {
        let id = parsed.sources.add(source(file, text));
        parsed.known.push(profiles::Known::new(id, text));
    }
    let mut seen = vec![name.to_owned()];
    parse_file(&mut parsed, (name, text), None, include, &mut seen);
    profiles::extend(&mut parsed);
    parsed
}

/// Parses a file and those that it includes; an included file that declares no edition has that of the file around it.
fn parse_file(
    parsed: &mut Parsed,
    (name, text): (&str, &str),
    around: Option<&ast::EditionLine>,
    include: Include<'_>,
    seen: &mut Vec<String>,
) {
    let id = parsed.sources.add(Source { name: name.to_owned(), text: text.into(), is_stdlib: false });
    let undeclared = around.map_or(parsed.reading.undeclared, |e| e.edition);
    let (mut ast, messages) = syntax::parse_as(id, text, undeclared);
    ast.edition = ast.edition.or_else(|| around.cloned());
    if ast.blocks.is_empty() && messages.is_empty() && around.is_none() {
        parsed.messages.push(legacy::error::nothing(id));
    }
    parsed.messages.extend(messages);
    let edition = ast.edition_or(parsed.reading.undeclared);
    for block in &ast.blocks {
        let ast::Block::Include(line) = block else { continue };
        match include(&line.path, name) {
            Ok((included, text)) => {
                if !seen.contains(&included) {
                    seen.push(included.clone());
                    parse_file(parsed, (&included, &text), ast.edition.as_ref(), include, seen);
                    let undeclared = parsed.reading.undeclared;
                    if parsed.files.last().is_some_and(|f| f.edition_or(undeclared) != edition) {
                        parsed.messages.push(legacy::error::other_edition(&line.path, edition, line.span));
                    }
                }
            }
            Err(reason) => {
                let title = format!("the included file \"{}\" cannot be read", line.path);
                parsed.messages.push(Message::error("include", title, line.span, reason));
            }
        }
    }
    parsed.files.push(ast);
}

/// What the names of an input mean: the profile that fits it, applied to its columns.
#[must_use]
pub fn bind(parsed: &Parsed, file: &FileSchema) -> Option<Binding> {
    let profile = hir::schema::detect(file, &parsed.profiles())?;
    Some(bind_as(parsed, file, profile))
}

/// What the names of an input mean by this profile.
#[must_use]
pub fn bind_as(parsed: &Parsed, file: &FileSchema, profile: &ast::Schema) -> Binding {
    join(parsed, &[file], profile).binding
}

/// Several files as one input, by this profile.
#[must_use]
pub fn join(parsed: &Parsed, files: &[&FileSchema], profile: &ast::Schema) -> Chain {
    let blocks = parsed.files.iter().flat_map(|f| &f.blocks);
    let optionals: Vec<&ast::Optional> =
        blocks.filter_map(|b| if let ast::Block::Optional(o) = b { Some(o) } else { None }).collect();
    let mut chain = hir::chain::join(files, parsed.whole(profile), &optionals);
    let library = parsed.library(chain.binding.text);
    chain.binding.add_objects(&library);
    chain
}

/// The profile that fits files: by the columns that any of them has.
#[must_use]
pub fn fitting<'a>(parsed: &'a Parsed, files: &[&FileSchema]) -> Option<&'a ast::Schema> {
    let profiles = parsed.profiles();
    let mut all = (*files.first()?).clone();
    let mut known: std::collections::HashSet<&str> = all_names(files.first()?);
    for file in files.iter().skip(1) {
        all.columns.extend(file.columns.iter().filter(|c| known.insert(&c.name)).cloned());
    }
    let found = hir::schema::detect(&all, &profiles).or_else(|| hir::schema::detect(files.first()?, &profiles))?;
    Some(parsed.whole(found))
}

fn all_names(file: &FileSchema) -> std::collections::HashSet<&str> {
    file.columns.iter().map(|c| c.name.as_str()).collect()
}

/// The columns that a profile lists: its own, and for one of the standard library those of its list there.
#[must_use]
pub fn listed(profile: &ast::Schema) -> FileSchema {
    let mut listed = hir::schema::listed(profile);
    for (name, text) in stdlib::COLUMNS.iter().filter(|(name, _)| *name == profile.name.text) {
        // Only where it is needed: the lists are long.
        let (file, _) = syntax::parse(source::FileId(0), text);
        for block in &file.blocks {
            if let ast::Block::Schema(list) = block
                && list.name.text == *name
            {
                listed.columns.extend(hir::schema::listed(list).columns.iter().cloned());
            }
        }
    }
    listed
}

/// The profile that the analysis is written for, if an info block names one: `inputformat delphes`.
#[must_use]
pub fn implied(parsed: &Parsed) -> Option<&ast::Schema> {
    let profiles = parsed.profiles();
    let blocks = parsed.files.iter().rev().flat_map(|f| &f.blocks);
    let infos = blocks.filter_map(|b| if let ast::Block::Info(info) = b { Some(info) } else { None });
    let says = |field: &str| FORMAT_FIELDS.iter().any(|f| f.eq_ignore_ascii_case(field));
    let fields = infos.flat_map(|i| &i.fields).filter(|(name, _)| says(&name.text));
    let named = fields.filter_map(|(_, value)| hir::schema::named(value, &profiles)).next();
    named.map(|profile| parsed.whole(profile))
}

/// Fields of an info block that name the format of the events.
const FORMAT_FIELDS: [&str; 4] = ["inputformat", "inputtype", "datatype", "format"];

/// Checks an analysis against an input. It can be compiled if no message is an error.
#[must_use]
pub fn check(parsed: &Parsed, binding: &Binding) -> (Analysis, Vec<Message>) {
    let (files, mut messages) = legacy::translate(&parsed.files, binding, parsed.reading);
    let (analysis, checked) = hir::check::check(&parsed.library(binding.text), &files, binding, &parsed.sources);
    // What the translation refused is not reported a second time as something else.
    let refused: Vec<Span> =
        messages.iter().filter(|m| m.is_error()).flat_map(|m| m.labels.first()).map(|l| l.span).collect();
    messages.extend(binding.problems.iter().cloned());
    messages.extend(checked.into_iter().filter(|m| !m.labels.first().is_some_and(|l| refused.contains(&l.span))));
    let messages = elsewhere::advise(messages, parsed, binding);
    let mut messages = messages;
    if !messages.iter().any(Message::is_error) {
        messages.extend(lint::lint(&analysis, binding, &parsed.files, &parsed.sources));
    }
    (analysis, messages)
}

/// An analysis ready to be compiled or interpreted.
#[derive(Clone, Debug)]
pub struct Placed {
    /// What to compute.
    pub plan: Plan,
    /// In which parts.
    pub program: Program,
    /// What the results stand for.
    pub regions: Vec<BookedRegion>,
    /// What is printed and saved of events.
    pub tables: Tables,
    /// The formats of published counts.
    pub formats: Vec<CountsFormat>,
}

/// From the HIR to the placed Plan.
///
/// # Errors
/// A broken invariant, in words: a bug of the compiler.
pub fn place(analysis: &Analysis, binding: &Binding) -> Result<Placed, String> {
    let lowered = plan::lower::lower(analysis, binding.simulated);
    let sound = |plan: &Plan| if cfg!(debug_assertions) { plan::verify::plan(plan) } else { Ok(()) };
    sound(&lowered.plan)?;
    let mut plan = plan::tabulate::tabulate(lowered.plan);
    sound(&plan)?;
    let program = plan::place::place(&mut plan)?;
    if cfg!(debug_assertions) {
        plan::verify::program(&plan, &program)?;
    }
    Ok(Placed { plan, program, regions: lowered.regions, tables: lowered.tables, formats: lowered.formats })
}

/// Machine code, or the interpreter.
///
/// # Errors
/// What the code generator could not do, in words: a bug of the compiler, or an unsupported machine.
pub fn kernel(placed: &Placed, interpret: bool) -> Result<Box<dyn Kernel>, String> {
    if interpret {
        exec::interpret(&placed.plan, &placed.program)
    } else {
        exec::compile(&placed.plan, &placed.program)
    }
}

/// Machine code that says, while it runs, for which line it works, and that counts. The results are the same, but for
/// further counters behind the others.
///
/// # Errors
/// As for [`kernel`].
pub fn marked_kernel(placed: &Placed, lines: &lines::Lines) -> Result<exec::Marked, String> {
    exec::compile_marked(&placed.plan, &placed.program, &|span| lines.number(span))
}
