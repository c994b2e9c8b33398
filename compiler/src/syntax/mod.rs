//! Syntax: from the text of a file to its AST. `lines` finds the lines, `reader` the statements, `block` the blocks; pest
//! reads each statement by its rule of `grammar/adl.pest`; `statement`, `histogram`, `output`, `data` and `expression` build the AST.
//! `format` gives the canonical text.
//! Every faulty statement gives one message; the others are read all the same.

pub mod ast;
pub mod ast_legacy;
mod block;
mod data;
mod error;
mod explain;
mod expression;
mod format;
mod grammar;
mod histogram;
mod keyword;
mod legacy;
mod lines;
mod output;
mod print;
mod print_expr;
mod reader;
mod statement;
#[cfg(test)]
mod tests;
pub mod walk;
mod wanted;

use crate::error::Message;
use crate::source::{FileId, Span};

pub use format::{Formatted, format};
pub use print::{Piece, pieces, print};
pub use print_expr::{Level, level_of, print_expr};

/// Reads a file: the blocks that could be read, and a message for each statement that could not.
#[must_use]
pub fn parse(file: FileId, text: &str) -> (ast::File, Vec<Message>) {
    reader::read(file, text, ast::Edition::E2026)
}

/// The same; a file that declares no edition is read in the given one.
#[must_use]
pub fn parse_as(file: FileId, text: &str, undeclared: ast::Edition) -> (ast::File, Vec<Message>) {
    reader::read(file, text, undeclared)
}

/// The statements of a file, in order, without the comments around them. Undeclared files are legacy.
#[must_use]
pub fn statements(file: FileId, text: &str) -> Vec<Span> {
    reader::statements(file, text, ast::Edition::Legacy)
}
