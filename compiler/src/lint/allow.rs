//! Comments that allow a lint: `# adlc: allow bins_overlap, unused_define`. On the line of a statement, or before it,
//! they are about that statement; before the first block they are about the whole file.

use crate::error::{Message, Severity};
use crate::hir::error::nearest;
use crate::pages;
use crate::source::{FileId, Sources, Span};
use crate::syntax;

/// One name that a comment allows.
#[derive(Clone, Debug)]
pub struct Allow {
    /// The lint.
    pub name: String,
    /// Where it is named.
    pub span: Span,
    /// Where it is allowed: a statement, or the whole file.
    pub over: Span,
}

/// All allow comments of an analysis, and what is wrong with them.
#[must_use]
pub fn read(sources: &Sources) -> (Vec<Allow>, Vec<Message>) {
    let (mut allows, mut messages) = (Vec::new(), Vec::new());
    for (file, source) in sources.iter().filter(|(_, s)| !s.is_stdlib && s.text.contains("adlc:")) {
        let statements = syntax::statements(file, &source.text);
        let is_edition = |s: &&Span| sources.slice(**s).split_whitespace().next() == Some("adl");
        let first = statements.iter().find(|s| !is_edition(s)).map_or(source.text.len(), |s| s.start as usize);
        let mut at = 0;
        for line in source.text.split_inclusive('\n') {
            if let Some(comment) = comment_start(line) {
                let whole = Span { file, start: 0, end: source.text.len() as u32 };
                let over = if at + comment < first {
                    Some(whole)
                } else {
                    statement_of(at + comment, at, &statements).map(|s| lines_of(s, &source.text))
                };
                let text = line.get(comment + 1..).unwrap_or("");
                let Some(over) = over else {
                    at += line.len();
                    continue;
                };
                names(text, at + comment + 1, file, over, &mut allows, &mut messages);
            }
            at += line.len();
        }
    }
    (allows, messages)
}

/// Where the comment of a line begins: at the first `#` that no string holds.
fn comment_start(line: &str) -> Option<usize> {
    let mut quoted = false;
    line.bytes().position(|b| {
        quoted ^= b == b'"';
        b == b'#' && !quoted
    })
}

/// The statement on whose lines a comment stands, or else the next one.
fn statement_of(comment: usize, line: usize, statements: &[Span]) -> Option<Span> {
    let (comment, line) = (comment as u32, line as u32);
    let here = statements.iter().rev().find(|s| s.start <= comment && s.end > line);
    here.or_else(|| statements.iter().find(|s| s.start > comment)).copied()
}

/// The whole lines that a span touches.
fn lines_of(span: Span, text: &str) -> Span {
    let start = text.get(..span.start as usize).and_then(|t| t.rfind('\n')).map_or(0, |n| n + 1);
    let rest = text.get(span.end as usize..).unwrap_or("");
    let end = rest.find('\n').map_or(text.len(), |n| span.end as usize + n);
    Span { start: start as u32, end: end as u32, ..span }
}

/// The lints that a comment names.
fn names(text: &str, at: usize, file: FileId, over: Span, allows: &mut Vec<Allow>, messages: &mut Vec<Message>) {
    let span_of = |part: &str| {
        let start = at + (part.as_ptr() as usize - text.as_ptr() as usize);
        Span { file, start: start as u32, end: (start + part.len()) as u32 }
    };
    let Some(said) = text.trim_start().strip_prefix("adlc:") else { return };
    let said = said.trim();
    let Some(listed) = said.strip_prefix("allow").filter(|l| l.is_empty() || l.starts_with(char::is_whitespace)) else {
        let word = said.split_whitespace().next().unwrap_or(said);
        let title = "a comment for adlc that it does not understand";
        let message = Message::warning("unknown_lint", title, span_of(word), "only `allow` can stand here");
        messages.push(message.help("for example: # adlc: allow bins_overlap"));
        return;
    };
    for part in listed.split(',') {
        let part = part.trim();
        let name = part.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or("");
        if name.is_empty() {
            let title = "this comment allows nothing";
            let message = Message::warning("unknown_lint", title, span_of(said), "names no lint");
            messages.push(message.help("for example: # adlc: allow bins_overlap"));
            return;
        };
        match unknown(name) {
            None => allows.push(Allow { name: name.to_owned(), span: span_of(name), over }),
            Some(message) => messages.push(message.at(span_of(name))),
        }
        // What follows the last name is the analyst's reason.
        if part != name {
            return;
        }
    }
}

/// Why a lint of this name cannot be allowed or denied.
#[derive(Clone, Debug, PartialEq)]
pub enum Unknown {
    /// There is none.
    Nothing(String, Option<String>),
    /// It is an error.
    Error(String),
}

impl Unknown {
    /// In one line.
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            Unknown::Nothing(name, _) => format!("there is no lint `{name}`"),
            Unknown::Error(name) => format!("`{name}` is an error, which cannot be allowed"),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> String {
        match self {
            Unknown::Nothing(_, Some(near)) => format!("did you mean `{near}`?"),
            Unknown::Nothing(_, None) => "`adlc explain-code` lists them".to_owned(),
            Unknown::Error(name) => format!("`adlc explain-code {name}` says what to write instead"),
        }
    }

    fn at(&self, span: Span) -> Message {
        let label = match self {
            Unknown::Nothing(..) => "not a lint",
            Unknown::Error(_) => "an error",
        };
        let message = Message::warning("unknown_lint", self.title(), span, label).help(self.advice());
        match self {
            Unknown::Nothing(_, Some(near)) => message.fix(span, near.clone()),
            Unknown::Nothing(_, None) | Unknown::Error(_) => message,
        }
    }
}

/// Why a name is not that of a lint; none if it is.
#[must_use]
pub fn unknown(name: &str) -> Option<Unknown> {
    match pages::find(name) {
        Some(page) if page.level == Severity::Error => Some(Unknown::Error(name.to_owned())),
        Some(_) => None,
        None => {
            let lints: Vec<&str> = pages::all().filter(|p| p.level != Severity::Error).map(|p| p.code).collect();
            Some(Unknown::Nothing(name.to_owned(), nearest(name, lints.iter().copied())))
        }
    }
}
