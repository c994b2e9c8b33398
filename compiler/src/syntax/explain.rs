//! From the place where a statement departs from its rule to a message in the analyst's words.

use super::error;
use super::expression::Builder;
use super::grammar::{Failure, Rule};
use super::keyword::{self, Keyword, Room};
use super::wanted::{self, Wanted};
use crate::error::Message;

/// A statement that could not be read.
pub(super) struct Statement<'t> {
    pub(super) builder: Builder,
    pub(super) keyword: Keyword,
    pub(super) room: Room,
    pub(super) text: &'t str,
}

/// What stands where the statement could not be read on.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Found<'t> {
    Word(&'t str),
    Text(&'t str),
    Sign(&'t str),
    End,
}

impl Statement<'_> {
    pub(super) fn explain(&self, failure: &Failure) -> Message {
        let at = failure.at.min(self.text.len());
        let found = self.found(at);
        let here = self.builder.span(at, at + found.len());
        if failure.gave_up {
            return error::too_long(here);
        }
        let mut wanted: Vec<Wanted> = failure.expected.iter().filter_map(|rule| wanted::words(*rule)).collect();
        wanted.sort();
        wanted.dedup();
        if let Some(message) = self.known_sign(at, found, &wanted) {
            return message;
        }
        if failure.expected.iter().any(|r| matches!(r, Rule::upper | Rule::legacy_upper))
            || self.before(at).ends_with("[]")
        {
            return self.range_limits(at);
        }
        if let Some(message) = self.known_place(at, found, &wanted) {
            return message;
        }
        self.plain(&wanted, found, here)
    }

    /// Signs of other languages, and of the legacy edition.
    fn known_sign(&self, at: usize, found: Found<'_>, wanted: &[Wanted]) -> Option<Message> {
        let Found::Sign(sign) = found else {
            return None;
        };
        let rest = self.text.get(at..).unwrap_or("");
        let before = self.before(at);
        let here = self.builder.span(at, at + sign.len());
        let instead = |word: &str, example: &str| {
            let title = format!("`{sign}` is written `{word}`");
            Message::error("other_spelling", title, here, format!("write `{word}`"))
                .help(format!("for example: {example}"))
                .fix(here, word)
        };
        match sign {
            "&&" => Some(instead("and", "select pt > 30 and abs(eta) < 2.4")),
            "||" => Some(instead("or", "select pt > 30 or tightId")),
            "!" => Some(instead("not", "select not tightId")),
            "*" if before.ends_with('*') => {
                let here = self.builder.span(before.len() - 1, at + 1);
                let message = Message::error("other_spelling", "`**` is written `^`", here, "write `^`");
                Some(message.help("for example: define squared = pt^2").fix(here, "^"))
            }
            "=" if rest.starts_with("=<") || rest.starts_with("=>") => {
                let here = self.builder.span(at, at + 2);
                let (wrong, right) = if rest.starts_with("=<") { ("=<", "<=") } else { ("=>", ">=") };
                let message = Message::error("other_spelling", format!("`{wrong}` is written `{right}`"), here, "");
                Some(message.help(format!("for example: select size(jets) {right} 2")).fix(here, right))
            }
            "=" if wanted.contains(&Wanted::Operator) => {
                let title = "expected a comparison, found `=`";
                let help = "`==` compares; `=` only names a value: define HT = sum(pt(jets))";
                Some(Message::error("syntax", title, here, "expected a comparison").help(help).fix(here, "=="))
            }
            "~=" | "~!" => Some(
                Message::error("other_spelling", format!("`{sign}` belongs to the legacy edition"), here, "").help(
                    "the nearest candidate is a `best`:\nbest Z by abs(mass - 91.2) from disjoint(muons a, muons b)",
                ),
            ),
            "|" => {
                let inner = rest.get(1..).and_then(|r| r.split_once('|')).map(|(inner, _)| inner.trim());
                let inner = inner.filter(|i| !i.is_empty() && i.len() < 40 && !i.contains('\n'));
                let whole = inner.and_then(|_| rest.get(1..)?.find('|')).map_or(1, |n| n + 2);
                let place = self.builder.span(at, at + whole);
                let help = format!("write abs({})", inner.unwrap_or("x"));
                let message = Message::error("other_spelling", "an absolute value is written with `abs`", place, "");
                Some(match inner {
                    Some(inner) => message.help(help).fix(place, format!("abs({inner})")),
                    None => message.help(help),
                })
            }
            "&" => Some(
                Message::error("other_spelling", "one bit of a number is read by `bit`", here, "")
                    .help("for example: select bit(jetId, 2)"),
            ),
            _ => None,
        }
    }

    /// A range whose second limit is missing, or both.
    fn range_limits(&self, at: usize) -> Message {
        let before = self.before(at);
        let start = before.rfind("[]").max(before.rfind("][")).map_or(before.len(), |n| n + 2);
        let written = before.get(start..).unwrap_or("");
        let limit = written.trim();
        let start = start + (written.len() - written.trim_start().len());
        let here = self.builder.span(start, start + limit.len());
        if limit.is_empty() {
            return Message::error("range_limits", "the range has no limits", here, "expected two limits")
                .help("a range: select mass [] 60 120\none element: jets[0]");
        }
        let message = Message::error("range_limits", "the range has only one limit", here, "the only limit");
        match limit.split_once(" -").or_else(|| limit.split_once(" +")) {
            Some((low, high)) if !low.is_empty() && !limit.contains(['(', '\n']) => {
                let sign = limit.get(low.len() + 1..low.len() + 2).unwrap_or("-");
                let two = format!("{low}, {}", if sign == "-" { format!("-{high}") } else { high.to_owned() });
                let help = format!("this is one number; a comma makes two limits of it:\nmass [] {two}");
                message.help(help).fix(here, two)
            }
            _ => message.help("for example: select mass [] 60 120"),
        }
    }

    fn before(&self, at: usize) -> &str {
        self.text.get(..at).unwrap_or("").trim_end()
    }

    /// Faults that a statement's kind, or what stands before, explains.
    fn known_place(&self, at: usize, found: Found<'_>, wanted: &[Wanted]) -> Option<Message> {
        let here = self.builder.span(at, at + found.len());
        let before = self.before(at);
        match (self.keyword, found) {
            (_, Found::Word(word)) if word.eq_ignore_ascii_case("not") && !self.text.trim().ends_with(word) => {
                let message =
                    Message::error("syntax", "`not` is looser than the operator before it", here, "needs parentheses");
                return Some(message.help("put it in parentheses: select tight == (not loose)"));
            }
            (Keyword::Define, Found::Sign(sign @ (":" | "=="))) if !before.contains('=') => {
                let title = format!("expected `=`, found `{sign}`");
                return Some(Message::error("syntax", title, here, "expected `=`").help(self.example()).fix(here, "="));
            }
            (Keyword::Object, Found::Sign(":" | "=")) => {
                let message = Message::error("syntax", "an object is taken on a line of its own", here, "");
                return Some(message.help("for example:\nobject jets\n  take Jet"));
            }
            (Keyword::Region, Found::Sign(":") | Found::Word(_)) if wanted.contains(&Wanted::End) => {
                let message = Message::error("syntax", "a region is taken on a line of its own", here, "");
                return Some(message.help("for example:\nregion SR\n  take baseline"));
            }
            (Keyword::Weight, Found::End)
                if wanted.contains(&Wanted::Value) && before.split_whitespace().count() == 2 =>
            {
                let message = Message::error("syntax", "a weight has a name and a value", here, "expected a value");
                return Some(message.help(self.example()));
            }
            (Keyword::Bins, Found::Sign("<" | ">" | "<=" | ">=" | "==" | "!=" | "?" | "[]" | "][")) => {
                let title = "a condition as an axis of bins needs a name";
                let message = Message::error("syntax", title, here, "expected edges");
                return Some(
                    message.help(
                        "for example:\ndefine central = abs(eta(jets[0])) < 1\nbins central, MET 100 200 overflow",
                    ),
                );
            }
            _ => {}
        }
        if let Found::Word(word) = found {
            let own_line = keyword::is_reserved(word) || keyword::find(self.room.words(), word).is_some();
            if own_line && wanted.contains(&Wanted::End) {
                let title = format!("`{word}` begins a line of its own");
                let message = Message::error("syntax", title, here, "put this on the next line");
                return Some(message.help("one statement on each line"));
            }
        }
        let begins_value = match found {
            Found::Word(_) | Found::Text(_) => true,
            Found::Sign(sign) => sign == "(",
            Found::End => false,
        };
        let ends_value = before.ends_with(|c: char| c.is_ascii_alphanumeric() || "_)]\"".contains(c));
        if begins_value && ends_value && wanted.contains(&Wanted::Operator) && call_around(before) {
            let message = Message::error("side_by_side", "two values stand side by side", here, "expected `+` or `,`");
            let end = self.builder.span(before.len(), before.len());
            return Some(message.help("a sum of objects is written with +: mass(a + b)").fix(end, " +"));
        }
        None
    }

    fn plain(&self, wanted: &[Wanted], found: Found<'_>, here: crate::source::Span) -> Message {
        let found_words = match found {
            Found::Word(word) => format!("`{word}`"),
            Found::Sign(sign) => format!("`{}`", sign.escape_debug()),
            Found::Text(_) => "a string".to_owned(),
            Found::End => "the end of the statement".to_owned(),
        };
        let mut names: Vec<String> = Vec::new();
        for want in wanted {
            let name = match want {
                Wanted::Value => "a value".to_owned(),
                Wanted::Name => "a name".to_owned(),
                Wanted::Number => "a number".to_owned(),
                Wanted::Text => "a text in quotes".to_owned(),
                Wanted::Column => "the name of a column".to_owned(),
                Wanted::Stored => "a stored type such as `f32`, or `f32[]` for a list per event".to_owned(),
                Wanted::Word(word) => format!("`{word}`"),
                Wanted::Operator => "an operator".to_owned(),
                Wanted::End => "the end of the statement".to_owned(),
            };
            names.push(name);
        }
        // After a whole value almost everything may follow: what is missing, or the usual continuations, say enough.
        let missing = ["`:`", "`from`", "`by`", "`=`"];
        if names.iter().any(|n| missing.contains(&n.as_str())) {
            names.retain(|n| missing.contains(&n.as_str()));
        } else if wanted.contains(&Wanted::Operator) {
            let usual = ["an operator", "the end of the statement", "a number", "`)`"];
            names.retain(|n| usual.contains(&n.as_str()));
        } else if wanted.contains(&Wanted::Value) {
            names.truncate(1);
        }
        names.truncate(3);
        let expected = match names.as_slice() {
            [] if found == Found::End => "more".to_owned(),
            [] => "something else".to_owned(),
            [only] => only.clone(),
            [first @ .., last] => format!("{} or {last}", first.join(", ")),
        };
        let title = format!("expected {expected}, found {found_words}");
        let message = Message::error("syntax", title, here, format!("expected {expected}"));
        let structural = wanted
            .iter()
            .any(|w| matches!(w, Wanted::Name | Wanted::Number | Wanted::Text | Wanted::Column | Wanted::Word(_)));
        let keyword_alone = !self.text.trim().contains(char::is_whitespace);
        if expected == "`:`" {
            return message.help("a choice has two values: define scale = isMC ? 1.02 : 1");
        }
        if (structural && !wanted.contains(&Wanted::Operator)) || keyword_alone || expected == "`from`" {
            return message.help(self.example());
        }
        message
    }

    fn example(&self) -> String {
        format!("for example: {}", self.keyword.example())
    }

    fn found(&self, at: usize) -> Found<'_> {
        let rest = self.text.get(at..).unwrap_or("");
        let Some(first) = rest.chars().next() else {
            return Found::End;
        };
        let letters = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        if letters > 0 {
            let is_number = rest.bytes().take(letters).all(|b| b.is_ascii_digit());
            let more = rest.get(letters..).filter(|r| is_number && r.starts_with('.')).unwrap_or("");
            let decimals = more.bytes().skip(1).take_while(u8::is_ascii_digit).count();
            let point = usize::from(decimals > 0);
            return Found::Word(rest.get(..letters + point + decimals).unwrap_or(""));
        }
        if first == '"' {
            let end = rest.get(1..).and_then(|r| r.find('"')).map_or(rest.len(), |n| n + 2);
            return Found::Text(rest.get(..end).unwrap_or(""));
        }
        let double = ["&&", "||", "<=", ">=", "==", "!=", "[]", "][", "~=", "~!"];
        let size = double.iter().find(|d| rest.starts_with(**d)).map_or(first.len_utf8(), |d| d.len());
        Found::Sign(rest.get(..size).unwrap_or(""))
    }
}

impl Found<'_> {
    fn len(&self) -> usize {
        match self {
            Found::Word(text) | Found::Text(text) | Found::Sign(text) => text.len(),
            Found::End => 0,
        }
    }
}

/// True if the innermost bracket that is open at the end of `before` is that of a call.
fn call_around(before: &str) -> bool {
    let mut depth = 0;
    let bytes = before.as_bytes();
    for (i, byte) in bytes.iter().enumerate().rev() {
        match byte {
            b')' | b']' => depth += 1,
            b'(' | b'[' if depth > 0 => depth -= 1,
            b'(' => {
                let name = before.get(..i).unwrap_or("").trim_end();
                return name.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
            }
            b'[' => return false,
            _ => {}
        }
    }
    false
}
