//! The messages of the HIR: names, types, shapes, cycles. One function per message, so that to read the function is to
//! read the message.

use crate::error::Message;
use crate::source::Span;
use crate::syntax::ast;

/// The nearest of some names, if it is near: at most a third of the letters differ.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let limit = (name.chars().count() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        if candidate.len().abs_diff(name.len()) > limit + 1 {
            continue;
        }
        let d = distance(&name.to_lowercase(), &candidate.to_lowercase());
        if d <= limit && best.is_none_or(|(b, c)| d < b || d == b && candidate < c) {
            best = Some((d, candidate));
        }
    }
    best.map(|(_, c)| c.to_owned())
}

/// Optimal string alignment distance (insertions, deletions, changes, swaps of neighbours).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut d = change.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                d = d.min(rows[i - 2][j - 2] + 1);
            }
            row.push(d);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

fn similar(message: Message, near: Option<String>, span: Span) -> Message {
    match near {
        Some(near) => message.help(format!("a similar name exists: `{near}`")).fix(span, near),
        None => message,
    }
}

/// A name that is nothing.
#[must_use]
pub fn unknown_name(name: &str, span: Span, near: Option<String>) -> Message {
    similar(
        Message::error("unknown_name", format!("`{name}` is not defined"), span, "not a column, object or define"),
        near,
        span,
    )
}

/// `optional Jte.puId = 7`
#[must_use]
pub fn optional_of_nothing(name: &ast::Name) -> Message {
    let of = name.text.split('.').next().unwrap_or("");
    let title = format!("the input has no `{of}`, so there is no `{}` to give a value to", name.text);
    Message::error("optional_of_nothing", title, name.span, "not a collection of the input").help(
        "the default of an attribute: optional Jet.puId = 7\nof a column of the events: optional HLT_IsoMu24 = false",
    )
}

/// `lumimask(5)`
#[must_use]
pub fn lumi_mask_name(span: Span) -> Message {
    Message::error("lumi_mask", "a lumi mask is named by its file", span, "not the name of a file in quotes")
        .help("for example: select lumimask(\"golden.json\")")
}

/// A file that is no lumi mask.
#[must_use]
pub fn lumi_mask_file(what: &str, span: Span) -> Message {
    Message::error("lumi_mask", "the lumi mask cannot be read", span, what)
        .help("a mask is JSON: by run, ranges of luminosity sections:\n{\"297050\": [[12, 137], [193, 776]]}")
}

/// `lumimask` where there are no luminosity sections.
#[must_use]
pub fn no_lumi_sections(what: &str, span: Span) -> Message {
    Message::error("no_lumi_sections", "a lumi mask needs the run and luminosity section of each event", span, what)
        .help("a schema names them: event run, luminosityBlock, event")
}

/// `lumimask` on simulation.
#[must_use]
pub fn lumi_mask_of_simulation(span: Span) -> Message {
    Message::note(
        "lumi_mask_of_simulation",
        "these events are simulated: all pass the lumi mask",
        span,
        "always true here",
    )
    .help("masks certify sections of data taking; simulation has none")
}

/// A default of another kind than the column.
#[must_use]
pub fn optional_value(name: &str, kind: &str, span: Span) -> Message {
    let title = format!("the values of `{name}` are {kind}, and its default is not");
    Message::error("optional_value", title, span, "another kind of value")
        .help("defaults: optional HLT_IsoMu24 = false\noptional Jet.puId = 7\noptional puWeight = 1.0")
}

/// An attribute where no object is meant.
#[must_use]
pub fn attribute_without_object(name: &str, of: &str, span: Span) -> Message {
    let title = format!("`{name}` is not defined here");
    Message::error("unknown_name", title, span, format!("an attribute of `{of}`"))
        .help(format!("say of what: {name}({of}) of each, {name}({of}[0]) of the first"))
}

/// A region or histoList that does not exist.
#[must_use]
pub fn no_such(what: &str, name: &str, span: Span, near: Option<String>) -> Message {
    similar(
        Message::error("unknown_name", format!("there is no {what} `{name}`"), span, format!("not a {what}")),
        near,
        span,
    )
}

/// An attribute that the object does not have.
#[must_use]
pub fn unknown_attribute(name: &str, of: &str, span: Span, near: Option<String>) -> Message {
    let message = Message::error(
        "unknown_attribute",
        format!("`{of}` has no attribute `{name}`"),
        span,
        format!("not an attribute of `{of}`"),
    );
    similar(message, near, span)
}

/// How a column is declared that the files have, but the format does not know.
#[must_use]
pub fn declare(profile: &str, stored: &str, column: &str) -> String {
    format!(
        "if your files have it, check with one of them, or declare it:\nschema {profile}\n  columns {stored} {column}"
    )
}

/// A function that does not exist.
#[must_use]
pub fn unknown_function(name: &str, span: Span, near: Option<String>) -> Message {
    similar(
        Message::error(
            "unknown_function",
            format!("there is no function `{name}`"),
            span,
            "not a function, attribute or table",
        ),
        near,
        span,
    )
}

/// A column that exists but cannot be read.
#[must_use]
pub fn unreadable_column(name: &str, reason: &str, span: Span) -> Message {
    Message::error("unreadable_column", format!("column `{name}` cannot be read"), span, reason.to_owned())
}

/// The wrong number of arguments.
#[must_use]
pub fn arity(name: &str, expected: &str, found: usize, span: Span) -> Message {
    let given = if found == 1 { "1 is given".to_owned() } else { format!("{found} are given") };
    Message::error("arity", format!("`{name}` takes {expected}, but {given}"), span, format!("takes {expected}"))
}

/// Sums of objects, such as megajets, among objects of the input.
#[must_use]
pub fn sums_in_union(name: &str, span: Span) -> Message {
    let title = format!("`{name}` has sums of objects, which are in no collection with others");
    Message::error("sums_in_union", title, span, "has sums of objects").help("use each collection by itself")
}

/// Something of one kind where another is needed.
#[must_use]
pub fn kind(needed: &str, found: &str, span: Span) -> Message {
    Message::error(
        "wrong_kind",
        format!("{needed} is needed here, but this is {found}"),
        span,
        format!("this is {found}"),
    )
}

/// A number where a condition is needed.
#[must_use]
pub fn not_a_condition(text: &str, span: Span) -> Message {
    Message::error("not_a_condition", "a condition is needed here, but this is a number", span, "this is a number")
        .help(format!("compare it with something, for example: {text} > 0"))
}

/// A Bool where a number is needed.
#[must_use]
pub fn not_a_number(text: &str, span: Span) -> Message {
    Message::error("not_a_number", "a number is needed here, but this is a condition", span, "this is true or false")
        .help(format!("to count with it, write: {text} ? 1 : 0"))
}

/// `abs(eta < 2.4)`
#[must_use]
pub fn misplaced_bracket(function: &str, argument: Span, call: Span, instead: &str) -> Message {
    let title = format!("the comparison stands inside the brackets of `{function}`");
    Message::error("misplaced_bracket", title, argument, "a condition, not a number")
        .help(format!("write: {instead}"))
        .fix(call, instead)
}

/// A region condition with a value per element.
#[must_use]
pub fn unreduced(collection: &str, text: &str, is_condition: bool, span: Span) -> Message {
    let what = if is_condition { "condition" } else { "expression" };
    let message = Message::error(
        "unreduced_collection",
        format!("one value per event is needed, but this {what} has one per element of `{collection}`"),
        span,
        format!("one value per element of `{collection}`"),
    );
    if is_condition {
        message
            .help(format!(
                "reduce it to one value per event, for example\n  any({text})    at least one passes\n  all({text})    every one passes\nor take one element: {collection}[0]"
            ))
            .fix(span, format!("any({text})"))
            .fix(span, format!("all({text})"))
    } else {
        message
            .help(format!("reduce it to one value per event, for example\n  sum({text})\n  max({text})\nor take one element: {collection}[0]"))
            .fix(span, format!("sum({text})"))
            .fix(span, format!("max({text})"))
    }
}

/// The source of a block, named inside of it.
#[must_use]
pub fn own_source(name: &str, span: Span) -> Message {
    Message::error(
        "own_source",
        format!("`{name}` is the collection that this block takes; its current element is `this`"),
        span,
        format!("means every element of `{name}`, not the current one"),
    )
    .help("name the attribute alone (pt > 30), or write `this`")
    .fix(span, "this")
}

/// A note: which quantifier was inserted.
#[must_use]
pub fn quantifier(word: &str, collection: &str, text: &str, span: Span) -> Message {
    Message::note(
        "implicit_quantifier",
        format!("read as {word}({text})"),
        span,
        format!("has one value per element of `{collection}`"),
    )
    .help(format!("write {word}(...) to say so"))
    .fix(span, format!("{word}({text})"))
}

/// Two different loops in a fill.
#[must_use]
pub fn two_axes(first: &str, second: &str, span: Span) -> Message {
    Message::error(
        "two_collections",
        format!("one entry per element of `{first}` or of `{second}`? A fill can loop over one collection only"),
        span,
        format!("uses elements of `{first}` and of `{second}`"),
    )
    .help("reduce one of them, or form pairs in a composite block")
}

/// A definition that needs itself.
#[must_use]
pub fn cycle(path: &[(String, Span)]) -> Message {
    let names: Vec<&str> = path.iter().map(|(n, _)| n.as_str()).chain(path.first().map(|(n, _)| n.as_str())).collect();
    let span = path.first().map_or(Span { file: crate::source::FileId(0), start: 0, end: 0 }, |(_, s)| *s);
    if let [(name, span)] = path {
        return Message::error("cycle", format!("`{name}` is defined by itself"), *span, "needs itself")
            .help("rename it, or use something else in its definition");
    }
    let needs = |i: usize| format!("needs `{}`", names.get(i + 1).unwrap_or(&""));
    let title = format!("definitions need each other in a circle: {}", names.join(" -> "));
    let mut message = Message::error("cycle", title, span, needs(0));
    for (i, (_, span)) in path.iter().enumerate().skip(1) {
        message = message.and(*span, needs(i));
    }
    message.help("define one of them without the other")
}

/// The same name twice.
#[must_use]
pub fn duplicate(what: &str, name: &str, span: Span, first: Span) -> Message {
    Message::error("duplicate_name", format!("the {what} `{name}` is defined twice"), span, "defined again here")
        .and(first, "first defined here")
        .help("rename or remove one of them")
}

/// A bare name that is both an attribute and a global define.
#[must_use]
pub fn ambiguous(name: &str, of: &str, span: Span, global: Span) -> Message {
    Message::error(
        "ambiguous_name",
        format!("`{name}` is both an attribute of `{of}` and a define"),
        span,
        format!("the attribute of `{of}`, or the define?"),
    )
    .and(global, "the define")
    .help(format!("write this.{name} for the attribute, or rename the define"))
    .fix(span, format!("this.{name}"))
}

/// A construct of a later version.
#[must_use]
pub fn reserved(keyword: &str, span: Span) -> Message {
    Message::error(
        "not_yet",
        format!("`{keyword}` belongs to ADL, but this version of adlc cannot run it yet"),
        span,
        "a later version brings it",
    )
}

/// A form of the legacy edition that its translation left: a bug of adlc.
#[must_use]
pub fn untranslated(span: Span) -> Message {
    Message::error("internal", "internal error: this legacy form was not translated", span, "please report it")
}

/// A link that cannot be followed in this input.
#[must_use]
pub fn no_link(link: &str, why: &str, span: Span) -> Message {
    let title = format!("`{link}` cannot be followed in this input: {why}");
    Message::error("no_link", title, span, "a link of the schema").help("`adlc schema FILE` lists what a file has")
}

/// A link that the schema does not declare, where the file has an index that looks like one.
#[must_use]
pub fn undeclared_link(name: &str, of: &str, column: &str, span: Span) -> Message {
    let title = format!("`{of}` has no link `{name}`, but an index `{column}`");
    let help = format!(
        "use the index: COLLECTION[{column}], with the collection that it counts in\nor declare the link in the schema:\nlink {of}.{name} to COLLECTION by {column}"
    );
    Message::error("no_link", title, span, "not in the schema").help(help)
}

/// `ancestors` or `descendants` of what has none.
#[must_use]
pub fn no_relatives(function: &str, of: &str, words: &[&str], span: Span) -> Message {
    let words: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
    let title = format!("`{of}` has no {function}: the schema gives it no link {}", words.join(" or "));
    Message::error("no_link", title, span, "not a particle with a history")
        .help("they are of generator particles, for example: ancestors(GenPart[0])")
}

/// A collection that there is one of for each element of another, where one for the event is needed.
#[must_use]
pub fn one_for_each(name: &str, parent: &str, text: &str, span: Span) -> Message {
    let title = format!("`{name}` is a collection for each element of `{parent}`, not one for the event");
    let own = name.rsplit('.').next().unwrap_or(name);
    let help = format!(
        "use it where it is reduced: sum(pt({text})), size({text})\nor give it a name with a parameter: define those(x) = x.{own}\nor take that of one element: {parent}[0].{own}"
    );
    Message::error("one_for_each", title, span, format!("one for each element of `{parent}`")).help(help)
}

/// A negative literal index.
#[must_use]
pub fn negative_index(span: Span) -> Message {
    Message::error("negative_index", "an index counts from 0 at the front; there is no index below 0", span, "below 0")
        .help("for the smallest or largest of something use argmin(...) or argmax(...)")
}

/// Bin edges out of order.
#[must_use]
pub fn edges(previous: f64, edge: f64, span: Span, sorted: &[f64]) -> Message {
    let order: Vec<String> = sorted.iter().map(f64::to_string).collect();
    Message::error("bin_edges", "bin edges must increase", span, format!("{previous} is not below {edge}"))
        .help(format!("edges in order would read: {}", order.join(" ")))
}

/// A text as a branch.
#[must_use]
pub fn text_in_tree(span: Span) -> Message {
    Message::error("save_columns", "a tree of a ROOT file keeps numbers, and this is a text", span, "a text")
        .help("save it as csv or parquet, or a number instead of it")
}

/// Published counts that do not fit their processes.
#[must_use]
pub fn counts_shape(title: String, span: Span, label: String, format: Span) -> Message {
    Message::error("counts_shape", title, span, label)
        .and(format, "the processes and their uncertainties")
        .help("for two processes, the first with stat and syst:\ncounts results 6.0 + 3.6 - 0.6 +- 1.1, 5")
}

/// Published counts twice of the same.
#[must_use]
pub fn counts_place(title: String, span: Span) -> Message {
    Message::error("counts_place", title, span, "said before").help(
        "counts belong to the row or bin before them, one line for each;\nafter `bins` one line for each of its bins",
    )
}

/// Whole events as text.
#[must_use]
pub fn csv_without_columns(name: &str, span: Span) -> Message {
    Message::error("save_columns", "a csv file needs its columns; whole events are no table", span, "without columns")
        .help(format!(
            "name the columns: save {name} csv MET, nJets = size(jets)\nor save whole events: save {name} parquet"
        ))
}

/// Anything else that is wrong, with a help line.
#[must_use]
pub fn plain(
    code: &'static str,
    title: impl Into<String>,
    span: Span,
    label: impl Into<String>,
    help: &str,
) -> Message {
    let message = Message::error(code, title, span, label);
    if help.is_empty() { message } else { message.help(help) }
}
