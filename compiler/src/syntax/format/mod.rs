//! The formatter: the canonical text of a file. It moves blanks, line ends and, in the edition 2026, spells keywords in
//! one way; names, numbers, parentheses, comments and the order of things stay as written, and so does a statement that
//! cannot be read.
//!
//! `reader` says where the statements are, `tokens` what a statement is made of, `statement` how it is broken into
//! lines, `layout` how lines stand below one another.

mod layout;
mod statement;
mod tokens;

use super::ast::Edition;
use super::reader;

/// A formatted file.
#[derive(Clone, Debug, PartialEq)]
pub struct Formatted {
    /// Its canonical text.
    pub text: String,
    /// How many statements cannot be read, and are left as they are.
    pub unread: usize,
}

/// The canonical text of a file, which means the same. A file that declares no edition is read as `undeclared`.
///
/// # Errors
/// A fault of adlc, in words: the result would not have the statements of the text.
pub fn format(text: &str, undeclared: Edition) -> Result<Formatted, String> {
    let (edition, outline) = reader::outline(text, undeclared);
    let (formatted, unread) = layout::layout(text, &outline, edition);
    let (_, after) = reader::outline(&formatted, undeclared);
    let same = |(a, b): (&reader::Outlined, &reader::Outlined)| {
        (a.keyword, a.room, a.at_margin, a.is_broken) == (b.keyword, b.room, b.at_margin, b.is_broken)
    };
    if outline.len() == after.len() && outline.iter().zip(&after).all(same) {
        return Ok(Formatted { text: formatted, unread });
    }
    let different = outline.iter().zip(&after).position(|pair| !same(pair)).unwrap_or(outline.len().min(after.len()));
    let start = outline.get(different).or(outline.last()).map_or(0, |s| s.start);
    let line = text.get(..start).unwrap_or("").matches('\n').count() + 1;
    Err(format!("the formatted text would be read differently from line {line} on"))
}
