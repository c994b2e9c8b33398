//! Reader: from lines to statements and blocks. The first word of a line says whether it begins a statement, by the
//! block it stands in and, for `define` and `best`, by its column; any other line continues the statement before.

use super::ast::{Block, Edition, EditionLine, File};
use super::error;
use super::expression::Builder;
use super::grammar::{self, rule_of};
use super::keyword::{self, BLOCKS, Keyword, Room};
use super::lines::{Fault, Head, Line, Lines};
use crate::error::Message;
use crate::source::{FileId, Span};
use std::collections::HashSet;

/// Reads a whole file.
pub(super) fn read(file: FileId, text: &str, undeclared: Edition) -> (File, Vec<Message>) {
    let reader = read_all(file, text, undeclared);
    (reader.result, reader.messages)
}

/// The statements of a file, without the comments around them.
pub(super) fn statements(file: FileId, text: &str, undeclared: Edition) -> Vec<Span> {
    let reader = read_all(file, text, undeclared);
    reader.outline.iter().map(|s| reader.builder(s.start).span(0, s.end.saturating_sub(s.start))).collect()
}

/// A file and where its statements stand, faulty ones too.
pub(super) struct Outline {
    pub(super) edition: Edition,
    pub(super) statements: Vec<Outlined>,
    pub(super) file: File,
    pub(super) messages: Vec<Message>,
}

/// Reads a file.
pub(super) fn outline(text: &str, undeclared: Edition) -> Outline {
    let reader = read_all(FileId(0), text, undeclared);
    let Reader { edition, outline, result, messages, .. } = reader;
    Outline { edition, statements: outline, file: result, messages }
}

/// Where a statement stands, without the comments around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Outlined {
    /// `None` for a line that begins no statement.
    pub(super) keyword: Option<Keyword>,
    /// The block it stands in; for the first line of a block, that block.
    pub(super) room: Room,
    /// Where the keyword of that block stands.
    pub(super) column: usize,
    /// True if it begins a block or is global.
    pub(super) at_margin: bool,
    /// Its first byte.
    pub(super) start: usize,
    /// One past its last byte.
    pub(super) end: usize,
    /// True if it cannot be read for its brackets, strings or characters.
    pub(super) is_broken: bool,
}

fn read_all(file: FileId, text: &str, undeclared: Edition) -> Reader<'_> {
    let declared = declared(text);
    let edition = declared.unwrap_or(undeclared);
    let is_legacy = edition == Edition::Legacy;
    let mut reader = Reader {
        file,
        text,
        edition,
        parents: if is_legacy { parents(text) } else { HashSet::new() },
        lines: Lines::new(text, is_legacy),
        room: Room::File,
        column: 0,
        block: None,
        ended_by: None,
        statement: None,
        result: File::default(),
        messages: Vec::new(),
        outline: Vec::new(),
    };
    if text.len() > 1 << 30 {
        reader.messages.push(error::too_large(reader.builder(0).span(0, 0)));
        return reader;
    }
    while let Some(head) = reader.lines.head() {
        reader.line(head);
    }
    reader.end_statement();
    reader.end_block();
    // The text was read in the edition that its first line names, even if that line has a fault.
    if let (Some(edition), None) = (declared, &reader.result.edition) {
        let (start, end) = reader.outline.first().map_or((0, 0), |first| (first.start, first.end));
        let span = reader.builder(0).span(start, end);
        reader.result.edition = Some(EditionLine { edition, span });
    }
    reader
}

/// The edition that the first line of a text names.
fn declared(text: &str) -> Option<Edition> {
    let head = Lines::new(text, true).head()?;
    let line = text.get(head.start..)?.lines().next()?;
    let rest = line.get(head.word.len()..)?.split('#').next()?.trim();
    match (head.word.eq_ignore_ascii_case("adl"), rest) {
        (true, rest) if rest.eq_ignore_ascii_case("legacy") => Some(Edition::Legacy),
        (true, _) => Some(Edition::E2026),
        (false, _) => None,
    }
}

/// The names of the regions and histoLists of a text.
fn parents(text: &str) -> HashSet<&str> {
    let names = text.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let opens = keyword::find(BLOCKS, words.next()?)?;
        let name = words.next().filter(|_| matches!(opens, Keyword::Region | Keyword::HistoList))?;
        name.split('#').next()
    });
    names.collect()
}

/// As many lines of a statement are looked at one by one for a word that can only be misspelt: each look reads the
/// statement from its beginning. Those of a longer list are taken as they come.
const LINES_LOOKED_AT: usize = 32;

/// A statement whose end is not known yet.
pub(super) struct Open {
    /// `None` for a line that begins no statement: its message is made already.
    keyword: Option<Keyword>,
    pub(super) word: Span,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) fault: Option<Fault>,
    /// True if it begins a block or is global.
    at_margin: bool,
    /// How many of its lines were looked at.
    looks: usize,
}

/// What has been read so far.
pub(super) struct Reader<'t> {
    file: FileId,
    pub(super) text: &'t str,
    /// The edition it is read in.
    pub(super) edition: Edition,
    /// Legacy: what a line of names in a region may name.
    parents: HashSet<&'t str>,
    lines: Lines<'t>,
    pub(super) room: Room,
    /// Where the keyword of the current block stands.
    column: usize,
    /// The current block; `None` outside of blocks, and in one whose first line could not be read.
    pub(super) block: Option<Block>,
    /// The global statement that ended the last block.
    ended_by: Option<Span>,
    statement: Option<Open>,
    pub(super) result: File,
    pub(super) messages: Vec<Message>,
    /// The statements so far.
    pub(super) outline: Vec<Outlined>,
}

impl Reader<'_> {
    fn line(&mut self, head: Head<'_>) {
        if let Some(keyword) = self.begins(head) {
            self.end_statement();
            return self.begin(head, keyword);
        }
        let Some(open) = &self.statement else {
            return self.unknown(head);
        };
        if open.keyword.is_some() && open.looks < LINES_LOOKED_AT && self.is_unknown(head) {
            self.end_statement();
            return self.unknown(head);
        }
        let line = self.take_line();
        if let Some(open) = &mut self.statement {
            open.end = line.end;
            open.fault = open.fault.or(line.fault);
        }
    }

    /// What statement the line begins, if any.
    fn begins(&self, head: Head<'_>) -> Option<Keyword> {
        if self.is_part_of_a_list(head) {
            return None;
        }
        let deeper = head.column > self.column && self.room != Room::File;
        if self.edition == Edition::Legacy
            && let Some(keyword) = self.begins_legacy(head)
        {
            return Some(keyword);
        }
        let own = keyword::find(self.room.words(), head.word);
        let block = keyword::find(BLOCKS, head.word);
        match block {
            Some(Keyword::Define | Keyword::Best) if deeper && self.room == Room::Info => Some(Keyword::Field),
            Some(_) if deeper && self.room == Room::Later && self.stays_in_later_block(block) => None,
            Some(Keyword::Object) if self.room == Room::Composite && self.is_derived(head) => Some(Keyword::Derived),
            Some(Keyword::LaterBlock | Keyword::Optional) if deeper && own.is_some() => own,
            Some(keyword) => Some(keyword),
            None if self.room == Room::Info => Some(Keyword::Field),
            None if self.room == Room::Table && own.is_none() && self.begins_row(head) => Some(Keyword::Row),
            None => own,
        }
    }

    /// True where a word that may be a keyword goes on as no keyword does: `Event.size`, and in the lists of a schema
    /// `Event*` and `event, run`.
    fn is_part_of_a_list(&self, head: Head<'_>) -> bool {
        if head.word.is_empty() || self.statement.is_none() || self.room == Room::Info {
            return false;
        }
        let rest = self.text.get(head.start + head.word.len()..).unwrap_or("").as_bytes();
        let dotted = rest.first() == Some(&b'.') && rest.get(1).is_some_and(u8::is_ascii_alphabetic);
        let next = rest.iter().find(|b| !matches!(b, b' ' | b'\t'));
        dotted || self.room == Room::Schema && (rest.first() == Some(&b'*') || next == Some(&b','))
    }

    /// What statement of the legacy edition alone the line begins.
    fn begins_legacy(&self, head: Head<'_>) -> Option<Keyword> {
        let rest = self.text.get(head.start + head.word.len()..).unwrap_or("").trim_start_matches([' ', '\t']);
        let next: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
        let switch = next.eq_ignore_ascii_case("on") || next.eq_ignore_ascii_case("off");
        match self.room {
            Room::Object | Room::Composite if head.word.is_empty() && rest.starts_with(':') => Some(Keyword::Take),
            _ if keyword::is_setting(head.word) && rest.starts_with('=') => Some(Keyword::Setting),
            _ if head.word.eq_ignore_ascii_case("systematic") && switch => Some(Keyword::Setting),
            Room::Region if self.are_parents(head) => Some(Keyword::Parents),
            room => keyword::find(room.legacy_words(), head.word),
        }
    }

    /// A line of names right after the first line of a region or after another such line, or of names that a region or histoList has.
    fn are_parents(&self, head: Head<'_>) -> bool {
        let line = self.text.get(head.start..).unwrap_or("").lines().next().unwrap_or("");
        let line = line.split('#').next().unwrap_or("").trim();
        let is_name = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
        let begins = keyword::is_statement(head.word)
            || keyword::is_block(head.word)
            || keyword::find(self.room.legacy_words(), head.word).is_some();
        if begins || !line.split_whitespace().all(is_name) {
            return false;
        }
        let before = self.statement.as_ref().and_then(|s| s.keyword);
        let first = matches!(before, Some(Keyword::Region | Keyword::Parents));
        first || line.split_whitespace().all(|w| self.parents.contains(w))
    }

    /// `define`, `best` and words such as `optional` may be statements of a block of a later version.
    fn stays_in_later_block(&self, block: Option<Keyword>) -> bool {
        matches!(block, Some(Keyword::Define | Keyword::Best | Keyword::Optional | Keyword::LaterBlock))
    }

    /// `object NAME =`
    fn is_derived(&self, head: Head<'_>) -> bool {
        let rest = self.text.get(head.start + head.word.len()..).unwrap_or("").trim_start();
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_').trim_start();
        rest.starts_with('=')
    }

    fn begins_row(&self, head: Head<'_>) -> bool {
        let first = self.text.as_bytes().get(head.start).copied().unwrap_or(0);
        let header = self.statement.as_ref().is_some_and(|s| s.keyword == Some(Keyword::Table) && s.end <= s.start + 5);
        !header && (first.is_ascii_digit() || b"+-.".contains(&first))
    }

    /// True if the statement is whole without this line, and cannot go on with it.
    fn is_unknown(&mut self, head: Head<'_>) -> bool {
        let Some(open) = &self.statement else {
            return false;
        };
        let (Some(keyword), Some(rule)) =
            (open.keyword, open.keyword.and_then(|k| rule_of(k, self.room, self.edition)))
        else {
            return false;
        };
        let (start, before) = (open.start, self.text.get(open.start..open.end).unwrap_or(""));
        let joins = ["and", "or", "in", "where", "from", "by", "weighted", "per", "underflow", "overflow", "with"];
        let operator = |c: char| !c.is_ascii_alphanumeric() && !"_)]\"*".contains(c);
        if open.fault.is_some()
            || head.word.is_empty()
            || joins.iter().any(|w| w.eq_ignore_ascii_case(head.word))
            || (before.ends_with(operator) && keyword != Keyword::Field)
        {
            return false;
        }
        if let Some(open) = &mut self.statement {
            open.looks += 1;
        }
        match grammar::read(rule, before) {
            // The statement waits for more: this line gives it.
            Err(failure) if failure.at >= before.len() => return false,
            Err(_) => {
                return keyword::is_statement(head.word) || keyword::nearest(self.room, head.word).is_some();
            }
            Ok(_) => {}
        }
        let mut ahead = self.lines.clone();
        let line = ahead.code();
        line.fault.is_some() || grammar::read(rule, self.text.get(start..line.end).unwrap_or("")).is_err()
    }

    /// A line that begins no statement and continues none.
    fn unknown(&mut self, head: Head<'_>) {
        let first = self.text.get(head.start..).and_then(|t| t.chars().next());
        let size = head.word.len().max(first.map_or(0, char::len_utf8));
        let span = self.builder(head.start).span(0, size);
        let misplaced = keyword::is_statement(head.word);
        let rest = self.text.get(head.start + head.word.len()..).unwrap_or("");
        let rest = rest.lines().next().unwrap_or("");
        let rest = rest.split('#').next().unwrap_or("");
        let nearest = keyword::nearest(self.room, head.word).filter(|_| !misplaced);
        self.messages.push(if misplaced {
            error::misplaced(head.word, span, self.room, self.ended_by.filter(|_| self.room == Room::File))
        } else {
            error::unknown_keyword(head.word, rest.trim(), span, self.room, nearest.map(|(word, _)| word))
        });
        let mut at_margin = false;
        // What follows a misspelt `region` is read as a region.
        if let Some(room) = nearest.and_then(|(_, k)| k.opens()) {
            let local = room == Room::File && head.column > self.column && self.room.has_defines();
            if !local {
                self.end_block();
                (self.room, self.column, self.ended_by) = (room, head.column, None);
                at_margin = true;
            }
        }
        self.lines.begin_statement();
        let line = self.lines.code();
        let (start, end) = (head.start, line.end);
        let open = Open { keyword: None, word: span, start, end, fault: None, at_margin, looks: 0 };
        self.statement = Some(open);
    }

    fn begin(&mut self, head: Head<'_>, keyword: Keyword) {
        let word = self.builder(head.start).span(0, head.word.len());
        let deeper = head.column > self.column;
        let local = match keyword {
            Keyword::Define | Keyword::Best => deeper && self.room.has_defines(),
            Keyword::Optional => deeper && self.room == Room::Schema,
            _ => false,
        };
        let mut known = Some(keyword);
        let mut at_margin = false;
        if let Some(room) = keyword.opens().filter(|_| !local) {
            let misplaced = room == Room::File
                && deeper
                && matches!(keyword, Keyword::Define | Keyword::Best)
                && matches!(self.room, Room::HistoList | Room::CountsFormat | Room::Table | Room::Schema);
            if misplaced {
                self.messages.push(error::no_defines(head.word, word, self.room));
                known = None;
            } else {
                let was_block = !matches!(self.room, Room::File);
                self.end_block();
                if room != Room::File {
                    self.ended_by = None;
                } else if was_block {
                    self.ended_by = Some(word);
                }
                (self.room, self.column) = (room, head.column);
                at_margin = true;
            }
        }
        self.lines.begin_statement();
        let (start, end) = (head.start, head.start);
        self.statement = Some(Open { keyword: known, word, start, end, fault: None, at_margin, looks: 0 });
        let line = self.take_line();
        if let Some(open) = &mut self.statement {
            (open.end, open.fault) = (line.end, line.fault);
        }
    }

    /// Takes the line at hand the way its statement wants it.
    fn take_line(&mut self) -> Line {
        let keyword = self.statement.as_ref().and_then(|s| s.keyword);
        match keyword {
            Some(Keyword::Field | Keyword::Later | Keyword::LaterBlock | Keyword::Setting) => self.lines.free(),
            _ => self.lines.code(),
        }
    }

    fn end_statement(&mut self) {
        let Some(open) = self.statement.take() else {
            return;
        };
        self.outline.push(Outlined {
            keyword: open.keyword,
            room: self.room,
            column: self.column,
            at_margin: open.at_margin,
            start: open.start,
            end: open.end,
            is_broken: open.fault.is_some(),
        });
        let Some(keyword) = open.keyword else { return };
        if let Err(message) = self.statement(keyword, &open) {
            self.messages.push(message);
        }
    }

    pub(super) fn end_block(&mut self) {
        self.result.blocks.extend(self.block.take());
    }

    pub(super) fn builder(&self, base: usize) -> Builder {
        Builder { file: self.file, base }
    }
}
