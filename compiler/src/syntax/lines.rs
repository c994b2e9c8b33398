//! Lines: the text of a statement, found by strings, comments, brackets and line ends alone. A line ends outside
//! brackets; what its first word says is decided in `reader`.

use super::keyword;

/// Brackets, bars, and `?` before its `:`, may stand inside one another this deep.
pub(super) const MAX_NESTING: usize = 64;

/// The beginning of a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head<'t> {
    /// Its first byte that is no blank.
    pub(super) start: usize,
    /// How far it is indented; a tab goes on to the next multiple of 8.
    pub(super) column: usize,
    /// Its first word; empty if it begins with something else.
    pub(super) word: &'t str,
}

/// A line without blanks and comments at its ends.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// One past its last byte.
    pub(super) end: usize,
    /// What is wrong with its brackets, strings or characters: the first such fault.
    pub(super) fault: Option<Fault>,
}

/// What can be wrong with a line before it is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fault {
    /// A bracket that is never closed.
    Unclosed { open: usize, bracket: u8 },
    /// A closing bracket that was never opened.
    Unopened { at: usize, bracket: u8 },
    /// `(` closed by `]`.
    Mismatched { open: usize, bracket: u8, close: usize, found: u8 },
    /// A string that does not end on its line.
    UnclosedString { start: usize, end: usize },
    /// A character that means nothing in ADL.
    Unexpected { at: usize, found: char },
    /// More than [`MAX_NESTING`] brackets.
    TooDeep { at: usize },
}

/// A place in the text and what is open there.
#[derive(Clone, Debug)]
pub(super) struct Lines<'t> {
    text: &'t str,
    at: usize,
    open: Vec<(u8, usize)>,
    brackets: usize,
    /// In the legacy edition there are braces and bars.
    is_legacy: bool,
    /// A value ends here, so that a bar closes a pair or joins two values; else it opens a pair.
    after_value: bool,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str, is_legacy: bool) -> Lines<'t> {
        let at = text.len() - text.trim_start_matches('\u{feff}').len();
        Lines { text, at, open: Vec::new(), brackets: 0, is_legacy, after_value: false }
    }

    /// Forgets what the statement before left open.
    pub(super) fn begin_statement(&mut self) {
        self.open.clear();
        self.brackets = 0;
        self.after_value = false;
    }

    /// The next line that says something; stays before it.
    pub(super) fn head(&mut self) -> Option<Head<'t>> {
        loop {
            let (start, column) = self.indent(self.at)?;
            match self.byte(start)? {
                b'\n' => self.at = start + 1,
                b'#' => self.at = self.line_end(start),
                _ => {
                    self.at = start;
                    return Some(Head { start, column, word: self.word(start) });
                }
            }
        }
    }

    /// Takes the rest of the line whatever it holds.
    pub(super) fn free(&mut self) -> Line {
        let end = self.line_end(self.at);
        let line = self.text.get(self.at..end).unwrap_or("").trim_end();
        let end_of_words = self.at + line.len();
        self.at = end;
        Line { end: end_of_words, fault: None }
    }

    /// Takes the line: to the next line end outside brackets, strings and comments.
    pub(super) fn code(&mut self) -> Line {
        let mut end = self.at;
        let mut fault: Option<Fault> = None;
        while let Some(byte) = self.byte(self.at) {
            let here = self.at;
            let mut size = 1;
            let mut found = None;
            match byte {
                b'\n' if self.brackets == 0 => break,
                b'\n' if self.statement_follows(here + 1) => break,
                b' ' | b'\t' | b'\r' | b'\n' => {
                    self.at += 1;
                    continue;
                }
                b'#' => {
                    self.at = self.line_end(here);
                    continue;
                }
                b'"' => match self.string_end(here) {
                    Ok(after) => size = after - here,
                    Err(line_end) => {
                        found = Some(Fault::UnclosedString { start: here, end: line_end });
                        self.begin_statement();
                        size = line_end - here;
                    }
                },
                b'[' if self.byte(here + 1) == Some(b']') => size = 2,
                b']' if self.byte(here + 1) == Some(b'[') && !self.is_open(b'[') => size = 2,
                b'(' | b'[' => {
                    self.open.push((byte, here));
                    self.brackets += 1;
                }
                b'{' if self.is_legacy => {
                    self.open.push((byte, here));
                    self.brackets += 1;
                }
                b'}' if self.is_legacy => found = self.close(byte, here),
                b'?' => self.open.push((byte, here)),
                b'|' if self.is_legacy && !self.after_value => self.open.push((byte, here)),
                b'|' if self.is_legacy && self.open.last().is_some_and(|(b, _)| *b == b'|') => _ = self.open.pop(),
                b'|' if self.is_legacy && self.byte(here + 1) == Some(b'|') => size = 2,
                b':' if self.open.last().is_some_and(|(b, _)| *b == b'?') => _ = self.open.pop(),
                b')' | b']' => found = self.close(byte, here),
                byte if byte.is_ascii_alphanumeric() || b"_+-*/^<>=!:,.&|~".contains(&byte) => {}
                _ => {
                    let letter = self.text.get(here..).and_then(|t| t.chars().next()).unwrap_or('?');
                    size = letter.len_utf8();
                    found = Some(Fault::Unexpected { at: here, found: letter });
                }
            }
            if self.open.len() > MAX_NESTING && found.is_none() {
                found = self.open.get(MAX_NESTING).map(|(_, at)| Fault::TooDeep { at: *at });
            }
            fault = fault.or(found);
            // A bar that closes a pair is taken as one that joins: what follows is a value in either case.
            self.after_value = size == 1 && (byte.is_ascii_alphanumeric() || b"_.)]}".contains(&byte)) || byte == b'"';
            self.at = here + size;
            end = self.at;
        }
        if self.brackets > 0 {
            let unclosed = self.open.iter().rev().find(|(b, _)| is_bracket(*b));
            fault = fault.or(unclosed.map(|(bracket, open)| Fault::Unclosed { open: *open, bracket: *bracket }));
            self.begin_statement();
        }
        Line { end, fault }
    }

    /// True if the innermost open bracket is `bracket`. Below more `?` than may be nested it does not matter.
    fn is_open(&self, bracket: u8) -> bool {
        self.open.iter().rev().take(MAX_NESTING + 1).find(|(b, _)| is_bracket(*b)).is_some_and(|(b, _)| *b == bracket)
    }

    fn close(&mut self, found: u8, close: usize) -> Option<Fault> {
        while self.open.last().is_some_and(|(b, _)| !is_bracket(*b)) && self.brackets > 0 {
            self.open.pop();
        }
        if self.brackets == 0 {
            return Some(Fault::Unopened { at: close, bracket: found });
        }
        self.brackets -= 1;
        let (bracket, open) = self.open.pop()?;
        let fits = match found {
            b')' => bracket == b'(',
            b'}' => bracket == b'{',
            _ => bracket == b'[',
        };
        if fits { None } else { Some(Fault::Mismatched { open, bracket, close, found }) }
    }

    /// True if a line inside brackets can only be the next statement, so that a bracket before it was never closed:
    /// it begins with a keyword, and another word, string or bracket follows with no operator between.
    fn statement_follows(&self, line: usize) -> bool {
        let Some((start, _)) = self.indent(line) else {
            return false;
        };
        let word = self.word(start);
        if word.is_empty() || !keyword::is_reserved(word) {
            return false;
        }
        let Some((next, _)) = self.indent(start + word.len()) else {
            return false;
        };
        let after = self.word(next);
        let joins = ["and", "or", "in", "where"].iter().any(|w| w.eq_ignore_ascii_case(after));
        next > start + word.len() && !joins && (!after.is_empty() || matches!(self.byte(next), Some(b'"' | b'(')))
    }

    /// The first byte from `from` on that is no blank, and how far the blanks indent it.
    fn indent(&self, from: usize) -> Option<(usize, usize)> {
        let mut at = from;
        let mut column = 0;
        loop {
            match self.byte(at)? {
                b' ' => column += 1,
                b'\t' => column += 8 - column % 8,
                b'\r' => {}
                _ => return Some((at, column)),
            }
            at += 1;
        }
    }

    fn word(&self, start: usize) -> &'t str {
        let rest = self.text.get(start..).unwrap_or("");
        let size = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        rest.get(..size).unwrap_or("")
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn line_end(&self, from: usize) -> usize {
        let rest = self.text.get(from..).unwrap_or("");
        rest.find('\n').map_or(self.text.len(), |n| from + n)
    }

    /// One past the closing quote, or the end of the line.
    fn string_end(&self, start: usize) -> Result<usize, usize> {
        let rest = self.text.get(start + 1..).unwrap_or("");
        let end = rest.find(['"', '\n']).unwrap_or(rest.len());
        match rest.get(end..end + 1) {
            Some("\"") => Ok(start + end + 2),
            _ => Err(start + 1 + rest.get(..end).unwrap_or("").trim_end().len()),
        }
    }
}

fn is_bracket(open: u8) -> bool {
    !matches!(open, b'?' | b'|')
}
