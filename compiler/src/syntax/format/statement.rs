//! A statement as lines: the line ends as written, and more of them where a line would be too long.

use super::super::ast::Edition;
use super::super::grammar::{Rule, rule_of};
use super::super::keyword::{self, BLOCKS, Keyword, Room};
use super::super::reader::Outlined;
use super::tokens::{self, Token};

/// Lines are not longer, where they can be broken.
const WIDTH: usize = 120;

/// A line of a statement.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Line {
    /// Its tokens; empty for a line that has only a comment, or nothing.
    pub(super) code: String,
    /// Its comment, from the `#`.
    pub(super) comment: Option<String>,
}

/// The lines of a statement without their indentation, which is `first` for the first line and `rest` for the others;
/// nothing if the statement has to stay as it is.
pub(super) fn lines(text: &str, of: &Outlined, edition: Edition, first: usize, rest: usize) -> Option<Vec<Line>> {
    let keyword = of.keyword?;
    if of.is_broken {
        return None;
    }
    if keyword == Keyword::Field || of.room == Room::Later {
        return Some(text.lines().map(|l| Line { code: trimmed(l).to_owned(), comment: None }).collect());
    }
    let Some(rule) = rule_of(keyword, of.room, edition) else {
        // Nothing is known about the parts of such a line.
        return Some(text.lines().map(|l| Line { code: trimmed(l).to_owned(), comment: None }).collect());
    };
    let tokens = tokens::tokens(rule, text, edition)?;
    let may_break = !matches!(keyword, Keyword::Row);
    let broken = as_lines(text, &tokens, Some(of.room).filter(|_| may_break), first, rest);
    if reads_the_same(rule, text, &broken) {
        return Some(broken);
    }
    let whole = as_lines(text, &tokens, None, first, rest);
    Some(whole).filter(|lines| reads_the_same(rule, text, lines))
}

/// A line without the blanks that ADL knows before it: others begin a word.
fn trimmed(line: &str) -> &str {
    line.trim_start_matches([' ', '\t', '\r']).trim_end()
}

fn reads_the_same(rule: Rule, text: &str, lines: &[Line]) -> bool {
    let code: Vec<&str> = lines.iter().map(|l| l.code.as_str()).collect();
    tokens::same_reading(rule, text, &code.join("\n"))
}

/// The tokens on the lines where they stand; too long lines of statements of `breaking` are broken.
fn as_lines(text: &str, tokens: &[Token<'_>], breaking: Option<Room>, first: usize, rest: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut tokens = tokens;
    let mut begin = 0;
    for written in text.split('\n') {
        let end = begin + written.len();
        let count = tokens.iter().take_while(|t| t.start < end).count();
        let (here, others) = tokens.split_at_checked(count).unwrap_or((tokens, &[]));
        tokens = others;
        let after = here.last().map_or(begin, |t| t.end);
        let comment = text.get(after..end).unwrap_or("").trim();
        let comment = comment.starts_with('#').then(|| comment.to_owned());
        let mut pieces: Vec<&[Token<'_>]> = vec![here];
        if let Some(room) = breaking {
            while let Some(last) = pieces.pop() {
                let indent = if lines.is_empty() && pieces.is_empty() { first } else { rest };
                match break_at(last, indent, room).and_then(|at| last.split_at_checked(at)) {
                    Some((a, b)) => pieces.extend([a, b]),
                    None => {
                        pieces.push(last);
                        break;
                    }
                }
            }
        }
        lines.extend(pieces.iter().map(|p| Line { code: tokens::joined(p), comment: None }));
        if let Some(last) = lines.last_mut() {
            last.comment = comment;
        }
        begin = end + 1;
    }
    lines
}

/// The token that begins the second line, if a line is too long: of the loosest places that fit, the last one.
fn break_at(tokens: &[Token<'_>], indent: usize, room: Room) -> Option<usize> {
    let mut best: Option<((usize, u8), usize)> = None;
    let mut width = indent;
    for (i, token) in tokens.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|b| tokens.get(b));
        let space = before.is_some_and(|b| tokens::is_spaced(b, token));
        let place = token.breaks.filter(|_| i > 0 && !begins_statement(token.text, room));
        if width > WIDTH && place.is_some() {
            return best.map(|b| b.1).or(Some(i));
        }
        if let Some(place) = place
            && best.is_none_or(|(b, _)| place <= b)
        {
            best = Some((place, i));
        }
        width += usize::from(space) + token.text.chars().count();
        if width > WIDTH && best.is_some() {
            return best.map(|b| b.1);
        }
    }
    None
}

/// True for a token that, at the beginning of a line, could be read as a statement.
fn begins_statement(text: &str, room: Room) -> bool {
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let known = keyword::find(BLOCKS, text).or_else(|| keyword::find(room.words(), text)).is_some();
    is_word && (known || keyword::is_statement(text) || keyword::nearest(room, text).is_some())
}
