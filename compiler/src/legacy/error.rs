//! What is said about legacy files: one note per form that 2026 writes differently, warnings where CutLang's reading
//! surprises, and the errors of files that declare no edition.

use std::collections::BTreeMap;

use crate::error::Message;
use crate::source::Span;
use crate::syntax::ast::{Bin, Edition, File, Name, Number};
use crate::syntax::print_expr;

/// A form of the legacy edition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// `{x}pT`
    Braces,
    /// `m(a b)`
    Side,
    /// `|x|`
    Bars,
    /// `jets_0`, `jets_`
    Underscore,
    /// `jets[0:2]` has three elements.
    Slice,
    /// `bTag(jet) == 1`
    BoolAsNumber,
    /// `c ? a`
    NoElse,
    /// A statement as a branch.
    Action,
    /// A region's name on a line of its own.
    Parent,
    /// `select baseline`
    SelectRegion,
    /// `select LEPsf`
    Factor,
    /// `bin MET 100 200`
    EdgeBins,
    /// `sort` in a region.
    Sort,
    /// `~=`
    Search,
    /// `comb(...)`
    Comb,
    /// Several `take` lines.
    ManyTakes,
    /// `object MET take MissingET`
    VectorObject,
    /// `select fmegajets(jets) == 2`
    MadeCollection,
    /// `applyPTF`
    ScaledPt,
    /// A table without `outside`.
    TableOutside,
    /// A collection that is summed.
    Sum,
    /// `TRGe = 1`
    Setting,
    /// Under `--compat`: an element by its place.
    CompatIndex,
    /// Under `--compat`: a slice without one of its limits.
    CompatSlice,
    /// Under `--compat`: a sort.
    CompatSort,
    /// Under `--compat`: a search.
    CompatSearch,
    /// `select size(jets) >= 0`
    Filler,
    /// `Count(jets)`
    Spelling,
    /// The current element under the name of its source's source.
    Ancestor,
    /// An object or define that is defined again below a region.
    DefinedAgain,
}

impl Form {
    /// What is there, and what 2026 writes or what it means.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Form::Braces => ("an attribute written `{x}f`", "2026 writes f(x)"),
            Form::Side => ("a sum written side by side", "2026 writes a + b"),
            Form::Bars => ("an absolute value between bars", "2026 writes abs(x)"),
            Form::Underscore => ("an index after an underscore", "2026 writes x[0], or x for the whole collection"),
            Form::Slice => ("a slice with its last element", "[a:b] ends with b here; 2026 ends before it: [a:b + 1]"),
            Form::BoolAsNumber => ("a condition compared with 0 or 1", "2026 writes the condition, or `not` and it"),
            Form::NoElse => ("a `?` without `:`", "the row passes where the test is false: 2026 writes `: true`"),
            Form::Action => {
                ("a statement after `?`", "2026 books the histogram with `where`; a print there does nothing")
            }
            Form::Parent => ("a region inherited by its name", "2026 writes `take` before it"),
            Form::SelectRegion => ("a region inherited by `select`", "2026 writes `take`"),
            Form::Factor => ("a scale factor after `select`", "2026 writes `weight`"),
            Form::EdgeBins => {
                ("a bin with edges", "n edges make n + 1 bins here; 2026 writes the conditions, or `bins`")
            }
            Form::Sort => {
                ("a `sort` of a collection", "it holds for the rest of this region; 2026 defines a sorted one")
            }
            Form::Search => ("a search with `~=`", "2026 names the result with `best`; without one the event fails"),
            Form::Comb => ("a `comb` of collections", "2026 writes a composite with `disjoint`"),
            Form::ManyTakes => ("a block with several `take` lines", "they are one collection, sorted by pt"),
            Form::VectorObject => ("an object of which an event has one", "2026 defines it: define met = MET"),
            Form::MadeCollection => ("a collection made by a `select`", "2026 takes it: take megajets(jets)"),
            Form::ScaledPt => ("a scaled pt", "2026 redefines pt; eta, phi and mass stay what they are"),
            Form::TableOutside => ("a table that says nothing of values outside", "it gives 0 there: `outside 0`"),
            Form::Sum => ("a collection without an index", "its sum is taken, as CutLang does"),
            Form::Filler => ("a row that holds for every event", "objects are there when they are used: leave it out"),
            Form::Spelling => ("an older name of a function", "2026 writes size, mean, any, all, sum, pt"),
            Form::Ancestor => (
                "a collection of which the source of this block is a part",
                "it means the current element here: 2026 writes `this`, or the attribute alone",
            ),
            Form::DefinedAgain => (
                "a name that is defined again below a region",
                "each statement means the last definition above it: 2026 has a name for each",
            ),
            Form::CompatIndex => {
                ("an element by its place", "where there is none CutLang has a zero vector; here it is missing")
            }
            Form::CompatSlice => {
                ("a slice without one of its limits", "CutLang reads [:b] as none and [a:] as all; here as written")
            }
            Form::CompatSort => {
                ("a sort", "CutLang sorts by whole numbers, for later regions too; here by the key, here only")
            }
            Form::CompatSearch => ("a search", "CutLang passes events without a combination; here they fail"),
            Form::Setting => ("a line for the CutLang program", "it says nothing about the analysis and is ignored"),
        }
    }
}

/// One note per form.
pub fn notes(forms: &BTreeMap<Form, (Span, usize)>) -> Vec<Message> {
    let mut messages = Vec::new();
    for (form, (span, count)) in forms {
        let (what, meaning) = form.words();
        let title = match count {
            1 => format!("legacy: {what}"),
            n => format!("legacy: {n} times {what}"),
        };
        let label = if *count == 1 { "here" } else { "the first one" };
        let message = match form {
            Form::Sum => Message::warning("legacy_sum", title, *span, label),
            Form::CompatIndex | Form::CompatSlice | Form::CompatSort | Form::CompatSearch => {
                let title = title.replace("legacy: ", "not as CutLang: ");
                Message::note("compat_differs", title, *span, label)
            }
            _ => Message::note("legacy_form", title, *span, label),
        };
        messages.push(message.help(meaning));
    }
    messages
}

/// A file that declares no edition is read as legacy.
pub fn undeclared(file: &File) -> Option<Message> {
    let first = file.statements.first()?;
    let start = Span { end: first.start, ..*first };
    let message = Message::note(
        "no_edition",
        "this file does not say which edition of ADL it is written in: it is read as legacy",
        *first,
        "the first statement",
    );
    let help = "begin it with `adl legacy`, or bring it to `adl 2026` with:\nadlc fix --edition 2026 FILE";
    Some(message.help(help).fix(start, "adl legacy\n"))
}

/// Files of one analysis have one edition.
pub fn other_edition(path: &str, edition: Edition, span: Span) -> Message {
    let (here, there) = match edition {
        Edition::E2026 => ("2026", "legacy"),
        Edition::Legacy => ("legacy", "2026"),
    };
    Message::error("other_edition", format!("\"{path}\" is of another edition than this file"), span, there)
        .help(format!("all files of an analysis have one edition; this one is read as {here}.\nadlc fix --edition 2026 brings a file to 2026"))
}

/// A file without a statement.
pub fn nothing(file: crate::source::FileId) -> Message {
    let span = Span { file, start: 0, end: 0 };
    Message::error("no_analysis", "this file has no statement: there is nothing to do", span, "empty")
        .help("the smallest analysis:\nadl 2026\nregion all\n  select true")
}

/// A slice means different elements in the two editions.
pub fn slice_without_edition(span: Span, to: Option<Span>) -> Message {
    let title = "this slice means different elements in the two editions of ADL";
    let help = match to {
        Some(_) => {
            "[a:b] ends with b in the legacy edition, and before it in 2026:\nbegin the file with `adl legacy` or `adl 2026`"
        }
        None => "begin the file with `adl legacy` or `adl 2026`",
    };
    edition_fixes(Message::error("slice_edition", title, span, "with its last element, or without?").help(help), span)
}

/// Bins by edges are k + 1 in the legacy edition, and are not written so in 2026.
pub fn bins_without_edition(bin: &Bin, edges: &[Number]) -> Message {
    let count = edges.len();
    let title =
        format!("{count} edges make {} bins in the legacy edition, {} in 2026", count + 1, count.saturating_sub(1));
    let text: Vec<String> = edges.iter().map(|n| n.value.to_string()).collect();
    let help = format!(
        "begin the file with `adl legacy`, or write in 2026:\nbins {} {}",
        print_expr(&bin.condition),
        text.join(" ")
    );
    let bins = format!("bins {} {}", print_expr(&bin.condition), text.join(" "));
    let start = Span { start: 0, end: 0, ..bin.span };
    Message::error("bin_edition", title, bin.span, "which bins?")
        .help(help)
        .fix(start, "adl legacy\n")
        .fix(bin.span, bins)
}

fn edition_fixes(message: Message, at: Span) -> Message {
    let start = Span { start: 0, end: 0, ..at };
    message.fix(start, "adl legacy\n").fix(start, "adl 2026\n")
}

/// A negative index that no search binds.
pub fn free_index(collection: &str, number: i64, span: Span) -> Message {
    let title = format!("`{collection}[{number}]` is an element to be found, and nothing has found it");
    Message::error("free_index", title, span, "no `~=` before this line").help(format!(
        "search for it first: select mass({collection}[{number}]) ~= 91.2\nthe first element is {collection}[0]"
    ))
}

/// `{ a b c }`: the inputs of a neural network.
pub fn value_list(span: Span) -> Message {
    crate::hir::error::reserved("OME", span).help("lists of inputs are for neural networks, which come later")
}

/// `fTTrr`: weights that CutLang reads from a file of its own.
pub fn reweighting(word: &str, span: Span) -> Message {
    let title = format!("`{word}` needs the weights of top pairs in a file that comes with CutLang");
    Message::error("unknown_function", title, span, "its weights are not in the text")
        .help("write them as a table: weight nnlo nnloWeights(pt(top))")
}

/// A collection where a number is wanted.
pub fn bare_collection(span: Span) -> Message {
    Message::error("legacy_collection", "a whole collection is no number", span, "which attribute of it?")
        .help("for example: sum(pt(jets)), size(jets), pt(jets[0])")
}

/// A sort whose key names no collection.
pub fn sort_of_nothing(span: Span) -> Message {
    Message::error("sort_of_nothing", "the key of this sort names no collection", span, "sort what?")
        .help("for example: sort pt(jets) descend")
}

/// In 2026 a region inherits selections and weights only.
pub fn not_inherited(region: &str, parent: &Name, count: usize) -> Message {
    let what = if count == 1 {
        "1 histogram, bin or printout".to_owned()
    } else {
        format!("{count} histograms, bins or printouts")
    };
    let title = format!("`{region}` had {what} of `{}`, which it does not have in 2026", parent.text);
    Message::warning("fix_inherits", title, parent.span, "inherits selections and weights only")
        .help(format!("those of `{}` itself stay; repeat here what this region needs", parent.text))
}

/// Rows of a table are half-open in 2026.
pub fn half_open(table: &Name) -> Message {
    let title = format!("the rows of `{}` include their upper ends in the legacy edition, not in 2026", table.text);
    Message::warning("fix_table", title, table.span, "a value on an edge belongs to the upper row")
        .help("only values that are exactly on an edge are concerned")
}

/// A trigger that the input does not have.
pub fn no_trigger<'a>(path: &str, span: Span, columns: impl Iterator<Item = &'a String>) -> Message {
    let triggers: Vec<&str> = columns.map(String::as_str).filter(|c| c.starts_with("HLT_")).collect();
    if triggers.is_empty() {
        return Message::error("no_trigger", "this input has no trigger information", span, "which trigger?")
            .help("its columns have no name that begins with HLT_: leave this row out");
    }
    let message =
        Message::error("no_trigger", format!("this input has no trigger `{path}`"), span, "not among its columns");
    match crate::hir::error::nearest(path, triggers) {
        Some(near) => message.help(format!("a similar name exists: `{near}`")).fix(span, format!("\"{near}\"")),
        None => message.help("triggers are the columns that begin with HLT_: adlc schema FILE"),
    }
}

/// `m(a, b)`
pub fn sum_of_arguments(word: &str, span: Span) -> Message {
    Message::error("sum_of_arguments", format!("`{word}` is of one object, or of one sum"), span, "of which one?")
        .help(format!("for the sum of two: {word}(a + b)"))
}
