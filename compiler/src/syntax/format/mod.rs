//! The formatter: the canonical text of a file. It moves blanks, line ends and, in the edition 2026, spells keywords in
//! one way; names, numbers, parentheses, comments and the order of things stay as written, and so does a statement that
//! cannot be read; so does a whole file in which such a statement would be read as something else.
//!
//! `reader` says where the statements are, `tokens` what a statement is made of, `statement` how it is broken into
//! lines, `layout` how lines stand below one another.

mod layout;
mod statement;
mod tokens;

use super::ast::Edition;
use super::print;
use super::reader::{self, Outlined};
use crate::error::Message;

/// A formatted file.
#[derive(Clone, Debug, PartialEq)]
pub struct Formatted {
    /// Its canonical text.
    pub text: String,
    /// How many statements cannot be read, and are left as they are.
    pub unread: usize,
    /// The whole file is left as it is: what is wrong in it would be read as something else.
    pub is_left: bool,
}

/// The canonical text of a file, which means the same. A file that declares no edition is read as `undeclared`.
///
/// # Errors
/// A fault of adlc, in words: the result would not have the statements of the text.
pub fn format(text: &str, undeclared: Edition) -> Result<Formatted, String> {
    let before = reader::outline(text, undeclared);
    let (formatted, unread) = layout::layout(text, &before.statements, before.edition);
    let after = reader::outline(&formatted, undeclared);
    let same = |(a, b): (&Outlined, &Outlined)| {
        (a.keyword, a.room, a.at_margin, a.is_broken) == (b.keyword, b.room, b.at_margin, b.is_broken)
    };
    let (here, there) = (&before.statements, &after.statements);
    let is_same = before.edition == after.edition && here.len() == there.len() && here.iter().zip(there).all(same);
    let is_faulty = before.messages.iter().any(Message::is_error);
    if !is_faulty && !is_same {
        let different = here.iter().zip(there).position(|p| !same(p)).unwrap_or(here.len().min(there.len()));
        let start = here.get(different).or(here.last()).map_or(0, |s| s.start);
        let line = text.get(..start).unwrap_or("").matches('\n').count() + 1;
        return Err(format!("the formatted text would be read differently from line {line} on"));
    }
    let is_settled = || {
        let again = layout::layout(&formatted, there, after.edition).0;
        again == formatted && print(&before.file) == print(&after.file)
    };
    if !is_faulty || is_same && is_settled() {
        return Ok(Formatted { text: formatted, unread, is_left: false });
    }
    Ok(Formatted { text: text.to_owned(), unread: unread.max(1), is_left: true })
}
