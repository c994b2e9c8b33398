//! The messages of this room, apart from those made of a parse failure, which are in `explain`.

use super::ast::{HistogramKind, Name};
use super::expression::MAX_DEPTH;
use super::keyword::{BLOCKS, Keyword, Room, Words};
use super::lines::{Fault, MAX_NESTING};
use crate::error::Message;
use crate::source::Span;

/// A fault of adlc: the grammar and the code that reads its parts disagree.
pub(super) fn internal(span: Span) -> Message {
    Message::error("internal", "adlc cannot follow its own grammar here", span, "")
        .help("this is a fault of adlc: please report it with this line")
}

/// `c ? histo h, "t", 10, 0, 100, x ? ...`
pub(super) fn action_asked(span: Span) -> Message {
    Message::error("syntax", "a `?` follows what is neither true nor false", span, "something that is done")
        .help("end the first choice before the next one: n > 1 ? print n : ALL\nor write each on a line of its own")
}

pub(super) fn number_too_large(span: Span) -> Message {
    Message::error("not_a_number", "the number is too large", span, "too large to be held").help(
        "integers reach to 9.2e18, real numbers to 1.7e308;\na large number that need not be whole is written 1e20",
    )
}

pub(super) fn list_of_values(span: Span) -> Message {
    Message::error("value_list", "a list of values stands only after `in`", span, "a list of values")
        .help("for example: select abs(pdgId) in (11, 13)")
}

pub(super) fn too_long(span: Span) -> Message {
    let title = format!("more than {MAX_DEPTH} operations depend on one another");
    Message::error("nested_too_deep", title, span, "too long for one expression")
        .help("give parts of it names: define HT = sum(pt(jets))")
}

pub(super) fn too_large(span: Span) -> Message {
    Message::error("file_too_large", "the file is larger than 1 GiB", span, "")
}

pub(super) fn unknown_edition(word: &str, span: Span) -> Message {
    Message::error("edition", format!("there is no edition `{word}` of ADL"), span, "not an edition")
        .help("the edition of today is: adl 2026")
        .fix(span, "2026")
}

pub(super) fn edition_not_first(span: Span) -> Message {
    Message::error("edition", "the edition is the first statement of a file", span, "stands too late")
        .help("move it to the first line: adl 2026")
}

pub(super) fn keyword_as_name(name: &Name) -> Message {
    let word = &name.text;
    Message::error("keyword_as_name", format!("`{word}` is a keyword, so it cannot be a name"), name.span, "a keyword")
        .help("a line that begins with it is a statement: choose another name")
}

pub(super) fn axis_of_three(span: Span) -> Message {
    Message::error("histogram_axes", "an axis is three numbers, or a list of edges", span, "not a whole axis").help(
        "bins, low, high: histo met, \"MET\", 50, 0, 500, MET\nor all edges: histo met, \"MET\", 0 50 100 200 500, MET",
    )
}

pub(super) fn edges_after_values(span: Span) -> Message {
    Message::error("histogram_axes", "the axes stand before the values", span, "edges after a value")
        .help("for example: histo met, \"MET\", 0 50 100 200 500, MET")
}

pub(super) fn axes_and_values(kind: HistogramKind, axes: usize, values: usize, span: Span) -> Message {
    let count = |n: usize, one: &str, more: &str| match n {
        0 => format!("no {one}"),
        1 => format!("one {one}"),
        2 => format!("two {more}"),
        3 => format!("three {more}"),
        n => format!("{n} {more}"),
    };
    let label = if values == 0 { "nothing is filled" } else { "the values" };
    let (word, help) = match kind {
        HistogramKind::Histo => (
            "histogram",
            "one value for each axis: histo met, \"MET\", 50, 0, 500, MET\nan axis is `bins, low, high` or a list of edges: 0 50 100 500",
        ),
        HistogramKind::Profile => (
            "profile",
            "one value for each axis, and what is averaged:\nprofile eff, \"tight\", 24, -2.4, 2.4, eta(muons), tightId(muons)",
        ),
    };
    let title = format!("the {word} has {} and {}", count(axes, "axis", "axes"), count(values, "value", "values"));
    Message::error("histogram_axes", title, span, label).help(help)
}

/// A link that is of no collection.
pub(super) fn link_name(name: &Name) -> Message {
    let title = format!("`{}` does not say which collection has it", name.text);
    Message::error("schema_link", title, name.span, "expected COLLECTION.NAME")
        .help(format!("name the collection first, a dot between them: Jet.{}", name.text))
}

/// `link` with what gives several objects.
pub(super) fn link_of_several(name: &str, span: Span) -> Message {
    let title = format!("`link` leads to one object, by one column; `{name}` can have several");
    Message::error("schema_link", title, span, "several objects").help("write `links` in front")
}

pub(super) fn list_in_list(name: &Name) -> Message {
    let title = format!("`{}` has no title, axes and values", name.text);
    Message::error("syntax", title, name.span, "expected a histogram")
        .help("a histoList holds whole histograms:\nhisto met, \"MET [GeV]\", 50, 0, 500, MET")
}

pub(super) fn said_twice(again: Span, first: Span) -> Message {
    Message::error("said_twice", "a table says this only once", again, "said again")
        .and(first, "said here first")
        .help("remove one of the two lines")
}

/// A line whose first word is no keyword here, and which cannot continue the statement before it; `rest` follows the
/// word on its line.
pub(super) fn unknown_keyword(
    word: &str,
    rest: &str,
    span: Span,
    room: Room,
    nearest: Option<&'static str>,
) -> Message {
    let title = if word.is_empty() {
        "a statement begins with a keyword".to_owned()
    } else {
        format!("no statement begins with `{word}`")
    };
    let message = Message::error("unknown_keyword", title, span, "not a keyword");
    let before = Span { end: span.start, ..span };
    if let Some(nearest) = nearest {
        return message.help(format!("a similar keyword exists: `{nearest}`")).fix(span, nearest);
    }
    if !word.is_empty() && rest.starts_with('=') && !rest.starts_with("==") {
        return message.help("a value is named with `define`: define HT = sum(pt(jets))").fix(before, "define ");
    }
    if !word.is_empty() && room == Room::Region && rest.is_empty() {
        return message.help(format!("another region is taken with: take {word}")).fix(before, "take ");
    }
    if word.eq_ignore_ascii_case("sort") {
        return message.help("a sorted collection is taken: take sort(Jet, pt, descend)");
    }
    let mut words = first_spellings(room.words());
    if room.has_defines() {
        words.extend(["define", "best"]);
    }
    if words.is_empty() {
        words = first_spellings(BLOCKS);
    }
    let mut help = format!("the statements of {}:", room.in_words());
    let mut width = help.len();
    for (i, word) in words.iter().enumerate() {
        let comma = if i + 1 < words.len() { "," } else { "" };
        let wraps = width > 55;
        help.push_str(if wraps { "\n  " } else { " " });
        width = if wraps { 2 } else { width + 1 } + word.len() + comma.len();
        help.push_str(word);
        help.push_str(comma);
    }
    message.help(help)
}

/// One word for each statement of this version.
fn first_spellings(words: Words) -> Vec<&'static str> {
    let mut found: Vec<(&str, Keyword)> = Vec::new();
    for (word, keyword) in words {
        let later = matches!(keyword, Keyword::Later | Keyword::LaterBlock);
        if !later && found.iter().all(|(_, k)| k != keyword) {
            found.push((word, *keyword));
        }
    }
    found.into_iter().map(|(word, _)| word).collect()
}

/// A statement of regions or objects in a block that does not have it.
pub(super) fn misplaced(word: &str, span: Span, room: Room, ended_by: Option<Span>) -> Message {
    let word = word.to_ascii_lowercase();
    let place = match word.as_str() {
        "take" | "using" | "select" | "cut" | "cmd" | "reject" => "an object, composite or region block",
        "histo" | "profile" => "a region or a histoList",
        _ => "a region",
    };
    let title = match room {
        Room::File => format!("`{word}` stands outside of any block"),
        _ => format!("`{word}` does not belong in {}", room.in_words()),
    };
    let message = Message::error("misplaced_statement", title, span, format!("belongs in {place}"));
    match ended_by {
        Some(end) => message
            .and(end, "this ended the block: it stands in the column of the block's keyword")
            .help("indent that line to keep it in the block,\nor move it above the block"),
        None => message.help(format!("move it into {place}")),
    }
}

/// An indented `define` or `best` in a block that has none.
pub(super) fn no_defines(word: &str, span: Span, room: Room) -> Message {
    let title = format!("{} has no `{word}`", room.in_words());
    Message::error("misplaced_statement", title, span, "indented, so it belongs to the block above")
        .help(format!("begin the line in the column of the block's keyword:\nthen `{word}` holds for the whole file"))
}

/// A fault of brackets, strings or characters; `span` makes places of the file.
pub(super) fn fault(fault: Fault, span: impl Fn(usize, usize) -> Span) -> Message {
    match fault {
        Fault::Unclosed { open, bracket } => {
            let (this, other) = (char::from(bracket), partner(bracket));
            Message::error("unclosed_bracket", format!("`{this}` is never closed"), span(open, open + 1), "opened here")
                .help(format!("put `{other}` where it ends"))
        }
        Fault::Unopened { at, bracket } => {
            let (this, other) = (char::from(bracket), partner(bracket));
            let title = format!("`{this}` closes nothing");
            Message::error("unopened_bracket", title, span(at, at + 1), format!("no `{other}` is open here"))
                .help(format!("remove it, or put `{other}` where it begins"))
                .fix(span(at, at + 1), "")
        }
        Fault::Mismatched { open, bracket, close, found } => {
            let (open_bracket, found, right) = (char::from(bracket), char::from(found), partner(bracket));
            let title = format!("`{open_bracket}` is closed by `{found}`");
            Message::error("unclosed_bracket", title, span(close, close + 1), format!("should be `{right}`"))
                .and(span(open, open + 1), "opened here")
                .help(format!("close `{open_bracket}` with `{right}`"))
                .fix(span(close, close + 1), right.to_string())
        }
        Fault::UnclosedString { start, end } => {
            Message::error("unclosed_string", "the string does not end on its line", span(start, end), "begins here")
                .help("end it with \"")
                .fix(span(end, end), "\"")
        }
        Fault::Unexpected { at, found } => {
            let title = format!("unexpected character `{}`", visible(found));
            let message =
                Message::error("unexpected_character", title, span(at, at + found.len_utf8()), "not used in ADL");
            match about_character(found) {
                Some(help) => message.help(help),
                None => message,
            }
        }
        Fault::TooDeep { at } => {
            let title = format!("nested deeper than {MAX_NESTING} brackets");
            Message::error("nested_too_deep", title, span(at, at + 1), "one too many")
                .help("give parts of it names: define HT = sum(pt(jets))")
        }
    }
}

fn partner(bracket: u8) -> char {
    match bracket {
        b'(' => ')',
        b')' => '(',
        b'[' => ']',
        _ => '[',
    }
}

/// A character as it can be shown.
fn visible(found: char) -> String {
    if found.is_control() || found.is_whitespace() { found.escape_unicode().to_string() } else { found.to_string() }
}

fn about_character(found: char) -> Option<&'static str> {
    match found {
        '\'' | '\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}' | '`' => {
            Some("strings stand in double quotes: \"SR\"")
        }
        ';' => Some("a statement ends with its line: remove the `;`"),
        '\\' => Some("a statement goes on by itself on the next line: remove the `\\`"),
        '{' | '}' => Some("an attribute is written pt(jets) or jets.pt"),
        '%' => Some("the remainder is written mod(x, n)"),
        '\u{2264}' => Some("written <="),
        '\u{2265}' => Some("written >="),
        '\u{2260}' => Some("written !="),
        '\u{2212}' | '\u{2013}' => Some("written - (this is a dash of another kind)"),
        '\u{b7}' | '\u{d7}' => Some("written *"),
        '\u{a0}' => Some("this is a blank of another kind: type it again"),
        _ if found.is_alphabetic() => Some("names are made of a to z, A to Z, digits and _"),
        _ => None,
    }
}
