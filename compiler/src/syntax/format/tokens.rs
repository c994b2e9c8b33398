//! The tokens of a statement, as its rule of the grammar reads it, with what the spaces around each of them have to be.

use std::collections::HashSet;

use super::super::ast::Edition;
use super::super::grammar::{self, Rule};
use super::super::wanted::{self, Wanted};
use pest::iterators::{Pair, Pairs};

/// A token of a statement.
#[derive(Clone, Debug)]
pub(super) struct Token<'t> {
    /// How it is to be spelt.
    pub(super) text: &'t str,
    /// Where it begins in the text of the statement.
    pub(super) start: usize,
    /// Where it ends there.
    pub(super) end: usize,
    /// No space before it.
    glued_left: bool,
    /// No space after it.
    glued_right: bool,
    /// How good a place it is to begin a line with, if it is one: brackets around it, then looseness.
    pub(super) breaks: Option<(usize, u8)>,
}

/// The tokens of a statement; nothing if its rule does not read it.
pub(super) fn tokens(rule: Rule, text: &str, edition: Edition) -> Option<Vec<Token<'_>>> {
    let mut marks = Marks::default();
    for pair in grammar::read(rule, text).ok()? {
        marks.take(pair, rule);
    }
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut at = 0;
    for leaf in &marks.leaves {
        between(text, at, leaf.start, &marks, &mut tokens);
        let spelling = spelling(leaf.rule).filter(|_| edition == Edition::E2026);
        let written = text.get(leaf.start..leaf.end).unwrap_or("");
        let both = leaf.rule == Rule::power || leaf.is_slice_colon;
        let is_prefix = matches!(leaf.rule, Rule::negate | Rule::sign | Rule::legacy_not);
        tokens.push(Token {
            text: spelling.unwrap_or(written),
            start: leaf.start,
            end: leaf.end,
            glued_left: both
                || matches!(leaf.rule, Rule::comma | Rule::close)
                || marks.glued_left.contains(&leaf.start),
            glued_right: both || is_prefix,
            breaks: rank(leaf, edition).map(|rank| (0, rank)),
        });
        at = leaf.end;
    }
    between(text, at, text.len(), &marks, &mut tokens);
    find_breaks(&mut tokens, edition, &marks);
    Some(tokens)
}

/// The tokens in one line, with the spaces between them.
pub(super) fn joined(tokens: &[Token<'_>]) -> String {
    let mut line = String::new();
    let mut before: Option<&Token<'_>> = None;
    for token in tokens {
        if before.is_some_and(|b| is_spaced(b, token)) {
            line.push(' ');
        }
        line.push_str(token.text);
        before = Some(token);
    }
    line
}

/// True if a space stands between two tokens.
pub(super) fn is_spaced(before: &Token<'_>, token: &Token<'_>) -> bool {
    !before.glued_right && !token.glued_left
}

/// True if two texts are the same statement, up to spaces, comments and the spelling of keywords.
pub(super) fn same_reading(rule: Rule, a: &str, b: &str) -> bool {
    match (grammar::read(rule, a), grammar::read(rule, b)) {
        (Ok(a), Ok(b)) => same_pairs(a, b),
        _ => false,
    }
}

fn same_pairs(mut a: Pairs<'_, Rule>, mut b: Pairs<'_, Rule>) -> bool {
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a.as_rule() == b.as_rule() => {
                let (inside_a, inside_b) = (a.clone().into_inner(), b.clone().into_inner());
                let is_leaf = inside_a.peek().is_none() && inside_b.peek().is_none();
                let free = spelling(a.as_rule()).is_some() || a.as_rule() == Rule::EOI;
                let same = if is_leaf { free || same_leaves(&a, &b) } else { same_pairs(inside_a, inside_b) };
                if !same {
                    return false;
                }
            }
            _ => return false,
        }
    }
}

fn same_leaves(a: &Pair<'_, Rule>, b: &Pair<'_, Rule>) -> bool {
    let (a_text, b_text) = (a.as_str(), b.as_str());
    if a.as_rule() == Rule::text { a_text == b_text } else { said(a_text) == said(b_text) }
}

/// A leaf without the blanks and comments that a rule such as `"=" ~ !"="` takes with it.
fn said(leaf: &str) -> &str {
    leaf.split(|c: char| c.is_whitespace() || c == '#').next().unwrap_or("")
}

/// How a keyword is spelt in the edition 2026.
fn spelling(rule: Rule) -> Option<&'static str> {
    match rule {
        Rule::and_word => Some("and"),
        Rule::or_word => Some("or"),
        Rule::not_word => Some("not"),
        Rule::edition_name => None,
        _ => match wanted::words(rule)? {
            Wanted::Word(word) => Some(word).filter(|w| w.bytes().all(|b| b.is_ascii_alphabetic())),
            _ => None,
        },
    }
}

/// A part of a statement that has no parts of its own.
struct Leaf {
    rule: Rule,
    start: usize,
    end: usize,
    is_slice_colon: bool,
}

/// What the grammar says about the places of a statement.
#[derive(Default)]
struct Marks {
    leaves: Vec<Leaf>,
    /// Ends of what is called: the bracket that follows touches it.
    callee_ends: HashSet<usize>,
    /// Begins of what touches the token before it.
    glued_left: HashSet<usize>,
    /// Where the parameters of a function stand.
    parameters: Option<(usize, usize)>,
    /// The second bars of `|x|`.
    closing_bars: HashSet<usize>,
}

impl Marks {
    fn take(&mut self, pair: Pair<'_, Rule>, parent: Rule) {
        let rule = pair.as_rule();
        let (start, end) = (pair.as_span().start(), pair.as_span().end());
        let parts = || pair.clone().into_inner();
        match rule {
            Rule::call | Rule::legacy_call | Rule::quoted_call | Rule::combination | Rule::legacy_comb => {
                self.callee_ends.extend(parts().next().map(|callee| callee.as_span().end()));
            }
            Rule::parameters => {
                self.glued_left.insert(start);
                self.parameters = Some((start, end));
            }
            // `{jets[0]}pT`
            Rule::braces => {
                let function = parts().last().filter(|last| last.as_rule() == Rule::name);
                self.glued_left.extend(function.map(|f| f.as_span().start()));
            }
            Rule::bars => _ = self.closing_bars.insert(end.saturating_sub(1)),
            _ => {}
        }
        let is_atom = matches!(rule, Rule::string | Rule::column);
        if rule == Rule::EOI || (start == end && parts().peek().is_none()) {
            return;
        }
        if is_atom || parts().peek().is_none() {
            let is_slice_colon = rule == Rule::colon && matches!(parent, Rule::position | Rule::legacy_position);
            let end = if is_atom { end } else { start + said(pair.as_str()).len() };
            self.leaves.push(Leaf { rule, start, end, is_slice_colon });
            return;
        }
        for part in parts() {
            self.take(part, rule);
        }
    }
}

/// Tokens of what the grammar does not name: brackets, points, bars.
fn between<'t>(text: &'t str, from: usize, to: usize, marks: &Marks, tokens: &mut Vec<Token<'t>>) {
    let mut at = from;
    while let Some(c) = text.get(at..to).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..to).unwrap_or("");
        if c == '#' {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        // `+-` is one sign.
        let signs = rest.bytes().take_while(|b| b"+-".contains(b)).count();
        let end = at + if signs > 0 { signs } else { c.len_utf8() };
        let called = tokens.last().is_some_and(|t| marks.callee_ends.contains(&t.end));
        let closes = matches!(c, ')' | ']' | '}') || marks.closing_bars.contains(&at);
        tokens.push(Token {
            text: text.get(at..end).unwrap_or(""),
            start: at,
            end,
            glued_left: closes || matches!(c, '.' | '[') || (c == '(' && called) || marks.glued_left.contains(&at),
            glued_right: matches!(c, '(' | '[' | '{' | '.') || (c == '|' && !closes),
            breaks: None,
        });
        at = end;
    }
}

/// How loosely a token binds that may begin a line; 0 is the loosest.
fn rank(leaf: &Leaf, edition: Edition) -> Option<u8> {
    match leaf.rule {
        Rule::or_word | Rule::legacy_or => Some(3),
        Rule::and_word | Rule::legacy_and => Some(4),
        // A legacy line that begins with a name may be a line of parents.
        _ if edition == Edition::Legacy => None,
        Rule::where_word | Rule::from_word | Rule::weighted_word | Rule::per_word => Some(0),
        Rule::question | Rule::colon if !leaf.is_slice_colon => Some(2),
        Rule::plus | Rule::minus => Some(5),
        Rule::times | Rule::divide => Some(6),
        _ => None,
    }
}

/// Adds the places behind commas, and how deep in brackets all places are.
fn find_breaks(tokens: &mut [Token<'_>], edition: Edition, marks: &Marks) {
    let mut depth = 0_usize;
    let mut after_comma = false;
    for token in tokens {
        if matches!(token.text, ")" | "]" | "}") {
            depth = depth.saturating_sub(1);
        }
        let rank = token.breaks.map(|(_, rank)| rank);
        let in_parameters = marks.parameters.is_some_and(|(start, end)| (start..end).contains(&token.start));
        let rank = rank.or(Some(1).filter(|_| after_comma && !in_parameters && edition == Edition::E2026));
        token.breaks = rank.map(|rank| (depth, rank));
        if matches!(token.text, "(" | "[" | "{") {
            depth += 1;
        }
        after_comma = token.text == ",";
    }
}
