//! From the place where a statement departs from its rule to a message in the analyst's words.

use super::error;
use super::expression::Builder;
use super::grammar::{Failure, Rule};
use super::keyword::{self, Keyword, Room};
use crate::error::Message;

/// A statement that could not be read.
pub(super) struct Statement<'t> {
    pub(super) builder: Builder,
    pub(super) keyword: Keyword,
    pub(super) room: Room,
    pub(super) text: &'t str,
}

/// What may stand somewhere, in the order in which it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Wanted {
    Value,
    Name,
    Number,
    Text,
    Column,
    Word(&'static str),
    Operator,
    End,
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
        let mut wanted: Vec<Wanted> = failure
            .expected
            .iter()
            .filter_map(|rule| words(*rule))
            .collect();
        wanted.sort();
        wanted.dedup();
        if let Some(message) = self.known_sign(at, found) {
            return message;
        }
        if failure.expected.contains(&Rule::upper) {
            let at = self.builder.span(at, at);
            return Message::error("range_limits", "the range has only one limit", at, "the second limit is missing")
                .help("two limits, with a comma if they are not plain numbers:\nselect mass [] 60 120, or select mass [] low, -high");
        }
        if let Some(message) = self.known_place(at, found, &wanted) {
            return message;
        }
        self.plain(&wanted, found, here)
    }

    /// Signs of other languages, and of the legacy edition.
    fn known_sign(&self, at: usize, found: Found<'_>) -> Option<Message> {
        let Found::Sign(sign) = found else {
            return None;
        };
        let rest = self.text.get(at..).unwrap_or("");
        let before = self.text.get(..at).unwrap_or("").trim_end();
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
            "=" if self.keyword != Keyword::Object && self.keyword.opens() != Some(Room::Region) => {
                let title = "expected a comparison, found `=`";
                let help = "`==` compares; `=` only names a value: define HT = sum(pt(jets))";
                Some(Message::error("syntax", title, here, "expected a comparison").help(help).fix(here, "=="))
            }
            "~=" | "~!" => Some(
                Message::error("other_spelling", format!("`{sign}` belongs to the legacy edition"), here, "")
                    .help("the nearest candidate is a `best`:\nbest Z by abs(mass - 91.2) from disjoint(muons a, muons b)"),
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

    /// Faults that a statement's kind, or what stands before, explains.
    fn known_place(&self, at: usize, found: Found<'_>, wanted: &[Wanted]) -> Option<Message> {
        let here = self.builder.span(at, at + found.len());
        let before = self.text.get(..at).unwrap_or("").trim_end();
        match (self.keyword, found) {
            (Keyword::Define, Found::Sign(sign @ (":" | "=="))) if !before.contains('=') => {
                let title = format!("expected `=`, found `{sign}`");
                return Some(
                    Message::error("syntax", title, here, "expected `=`")
                        .help(self.example())
                        .fix(here, "="),
                );
            }
            (Keyword::Object, Found::Sign(":" | "=")) => {
                let message = Message::error(
                    "syntax",
                    "an object is taken on a line of its own",
                    here,
                    "",
                );
                return Some(message.help("for example:\nobject jets\n  take Jet"));
            }
            (Keyword::Region, Found::Sign(":") | Found::Word(_))
                if wanted.contains(&Wanted::End) =>
            {
                let message =
                    Message::error("syntax", "a region is taken on a line of its own", here, "");
                return Some(message.help("for example:\nregion SR\n  take baseline"));
            }
            (Keyword::Weight, Found::End)
                if wanted.contains(&Wanted::Value) && before.split_whitespace().count() == 2 =>
            {
                let message = Message::error(
                    "syntax",
                    "a weight has a name and a value",
                    here,
                    "expected a value",
                );
                return Some(message.help(self.example()));
            }
            (
                Keyword::Bins,
                Found::Sign("<" | ">" | "<=" | ">=" | "==" | "!=" | "?" | "[]" | "]["),
            ) => {
                let title = "a condition as an axis of bins needs a name";
                let message = Message::error("syntax", title, here, "expected edges");
                return Some(message.help("for example:\ndefine central = abs(eta(jets[0])) < 1\nbins central, MET 100 200 overflow"));
            }
            _ => {}
        }
        if let Found::Word(word) = found {
            let own_line =
                keyword::is_reserved(word) || keyword::find(self.room.words(), word).is_some();
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
        let ends_value =
            before.ends_with(|c: char| c.is_ascii_alphanumeric() || "_)]\"".contains(c));
        if begins_value && ends_value && wanted.contains(&Wanted::Operator) && call_around(before) {
            let message = Message::error(
                "side_by_side",
                "two values stand side by side",
                here,
                "expected `+` or `,`",
            );
            let end = self.builder.span(before.len(), before.len());
            return Some(
                message
                    .help("a sum of objects is written with +: mass(a + b)")
                    .fix(end, " +"),
            );
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
                Wanted::Word(word) => format!("`{word}`"),
                Wanted::Operator => "an operator".to_owned(),
                Wanted::End => "the end of the statement".to_owned(),
            };
            names.push(name);
        }
        // After a whole value almost everything may follow: the two usual continuations say enough.
        if wanted.contains(&Wanted::Operator) {
            names.retain(|n| {
                n == "an operator" || n == "the end of the statement" || n == "a number"
            });
        }
        if wanted.contains(&Wanted::Value) {
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
        let structural = wanted.iter().any(|w| {
            matches!(
                w,
                Wanted::Name | Wanted::Number | Wanted::Text | Wanted::Column | Wanted::Word(_)
            )
        });
        let keyword_alone = !self.text.trim().contains(char::is_whitespace);
        if (structural && !wanted.contains(&Wanted::Operator)) || keyword_alone {
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
        let letters = rest
            .bytes()
            .take_while(|b| b.is_ascii_alphanumeric() || *b == b'_')
            .count();
        if letters > 0 {
            return Found::Word(rest.get(..letters).unwrap_or(""));
        }
        if first == '"' {
            let end = rest
                .get(1..)
                .and_then(|r| r.find('"'))
                .map_or(rest.len(), |n| n + 2);
            return Found::Text(rest.get(..end).unwrap_or(""));
        }
        let double = ["&&", "||", "<=", ">=", "==", "!=", "[]", "][", "~=", "~!"];
        let size = double
            .iter()
            .find(|d| rest.starts_with(**d))
            .map_or(first.len_utf8(), |d| d.len());
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

/// What a rule is called when it is expected; nothing for rules that only group others.
fn words(rule: Rule) -> Option<Wanted> {
    let wanted = match rule {
        Rule::expr
        | Rule::condition
        | Rule::comparison
        | Rule::sum
        | Rule::limit
        | Rule::upper
        | Rule::operand
        | Rule::group
        | Rule::call
        | Rule::argument
        | Rule::index
        | Rule::index_condition
        | Rule::index_comparison
        | Rule::negate
        | Rule::not_word
        | Rule::item
        | Rule::axis
        | Rule::keys
        | Rule::source
        | Rule::combination
        | Rule::combinator
        | Rule::binding
        | Rule::intrinsic => Wanted::Value,
        Rule::name | Rule::argument_name | Rule::constant | Rule::synonym => Wanted::Name,
        Rule::number | Rule::signed | Rule::sign | Rule::edges | Rule::limits | Rule::row => {
            Wanted::Number
        }
        Rule::string | Rule::text => Wanted::Text,
        Rule::column | Rule::columns | Rule::pattern => Wanted::Column,
        Rule::EOI => Wanted::End,
        Rule::compare
        | Rule::range
        | Rule::inside
        | Rule::outside_of
        | Rule::member
        | Rule::plus
        | Rule::minus
        | Rule::times
        | Rule::divide
        | Rule::power
        | Rule::question
        | Rule::and_word
        | Rule::or_word
        | Rule::attribute
        | Rule::position => Wanted::Operator,
        Rule::colon => Wanted::Word(":"),
        Rule::comma => Wanted::Word(","),
        Rule::parameters => Wanted::Word("("),
        Rule::edition_name => Wanted::Word("2026"),
        Rule::filter | Rule::where_word => Wanted::Word("where"),
        Rule::weighted | Rule::weighted_word => Wanted::Word("weighted"),
        Rule::per_bin | Rule::per_word => Wanted::Word("per bin"),
        Rule::adl_word => Wanted::Word("adl"),
        Rule::info_word => Wanted::Word("info"),
        Rule::include_word => Wanted::Word("include"),
        Rule::define_word => Wanted::Word("define"),
        Rule::intrinsic_word => Wanted::Word("intrinsic"),
        Rule::best_word => Wanted::Word("best"),
        Rule::by_word => Wanted::Word("by"),
        Rule::from_word => Wanted::Word("from"),
        Rule::object_word => Wanted::Word("object"),
        Rule::composite_word => Wanted::Word("composite"),
        Rule::take_word => Wanted::Word("take"),
        Rule::disjoint_word => Wanted::Word("disjoint"),
        Rule::cartesian_word => Wanted::Word("cartesian"),
        Rule::select_word => Wanted::Word("select"),
        Rule::reject_word => Wanted::Word("reject"),
        Rule::region_word => Wanted::Word("region"),
        Rule::weight_word => Wanted::Word("weight"),
        Rule::bin_word => Wanted::Word("bin"),
        Rule::bins_word => Wanted::Word("bins"),
        Rule::underflow_word => Wanted::Word("underflow"),
        Rule::overflow_word => Wanted::Word("overflow"),
        Rule::histo_word => Wanted::Word("histo"),
        Rule::profile_word => Wanted::Word("profile"),
        Rule::blind_word => Wanted::Word("blind"),
        Rule::histo_list_word => Wanted::Word("histoList"),
        Rule::in_word => Wanted::Word("in"),
        Rule::table_word => Wanted::Word("table"),
        Rule::nvars_word => Wanted::Word("nvars"),
        Rule::errors_word => Wanted::Word("errors"),
        Rule::true_word => Wanted::Word("true"),
        Rule::false_word => Wanted::Word("false"),
        Rule::outside_word => Wanted::Word("outside"),
        Rule::error_word => Wanted::Word("error"),
        Rule::clamp_word => Wanted::Word("clamp"),
        Rule::table_type_word => Wanted::Word("tabletype"),
        Rule::schema_word => Wanted::Word("schema"),
        Rule::tree_word => Wanted::Word("tree"),
        Rule::detect_word => Wanted::Word("detect"),
        Rule::without_word => Wanted::Word("without"),
        Rule::event_word => Wanted::Word("event"),
        Rule::collection_word => Wanted::Word("collection"),
        Rule::size_word => Wanted::Word("size"),
        Rule::attribute_word => Wanted::Word("attribute"),
        Rule::particle_word => Wanted::Word("particle"),
        Rule::with_word => Wanted::Word("with"),
        Rule::transverse_word => Wanted::Word("transverse"),
        Rule::alias_word => Wanted::Word("alias"),
        Rule::simulation_word => Wanted::Word("simulation"),
        Rule::unit_word => Wanted::Word("unit"),
        Rule::WHITESPACE
        | Rule::COMMENT
        | Rule::gap
        | Rule::digit
        | Rule::letter
        | Rule::exponent
        | Rule::joining
        | Rule::item_end
        | Rule::combination_start
        | Rule::limit_step
        | Rule::contents
        | Rule::edition
        | Rule::info
        | Rule::include
        | Rule::define
        | Rule::best
        | Rule::object
        | Rule::composite
        | Rule::take
        | Rule::select
        | Rule::reject
        | Rule::derived
        | Rule::region
        | Rule::take_region
        | Rule::weight
        | Rule::bin
        | Rule::bins
        | Rule::histo
        | Rule::profile
        | Rule::blind
        | Rule::histo_list
        | Rule::in_regions
        | Rule::table
        | Rule::nvars
        | Rule::errors
        | Rule::outside
        | Rule::table_type
        | Rule::schema
        | Rule::tree
        | Rule::detect
        | Rule::event
        | Rule::collection
        | Rule::particle
        | Rule::transverse
        | Rule::alias
        | Rule::simulation
        | Rule::unit => return None,
    };
    Some(wanted)
}
