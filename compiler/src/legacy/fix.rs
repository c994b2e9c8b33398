//! `adlc fix --edition 2026`: the text of a legacy file with each statement that 2026 writes differently in its 2026
//! form. Everything else, comments and layout included, stays as it is.

use std::collections::BTreeMap;

use super::{Reading, translate};
use crate::error::Message;
use crate::hir::schema::Binding;
use crate::source::{FileId, Sources, Span};
use crate::syntax::ast::{Block, Edition, File};
use crate::syntax::{self, Piece};

/// A file in its new form.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// Which file.
    pub file: FileId,
    /// Its text in edition 2026.
    pub text: String,
}

/// The files that are not of edition 2026, rewritten, and what that changes or cannot keep.
#[must_use]
pub fn fix(files: &[File], sources: &Sources, binding: &Binding) -> (Vec<Fixed>, Vec<Message>) {
    let reading = Reading { undeclared: Edition::Legacy, is_told: true, compat: false, copy_parents: false };
    let (translated, messages) = translate(files, binding, reading);
    let mut fixed = Vec::new();
    for (old, new) in files.iter().zip(translated.iter()) {
        if old.edition_or(Edition::Legacy) == Edition::E2026 {
            continue;
        }
        let Some(file) = old.statements.first().map(|s| s.file) else { continue };
        let Some(source) = sources.get(file) else { continue };
        let text = Rewriting { text: &source.text, file, old, new }.text();
        fixed.push(Fixed { file, text });
    }
    (fixed, messages)
}

/// What stands around a statement: the first line of its block, in a form that both editions read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Around {
    /// It is itself the first line of a block, or global.
    Nothing,
    Object,
    Composite,
    Region,
    HistoList,
    Table,
}

struct Rewriting<'t> {
    text: &'t str,
    file: FileId,
    old: &'t File,
    new: &'t File,
}

/// A replacement of a part of the text.
struct Edit {
    start: usize,
    end: usize,
    text: String,
}

impl Rewriting<'_> {
    fn text(&self) -> String {
        let mut known: BTreeMap<usize, (Around, usize)> = BTreeMap::new();
        for block in &self.old.blocks {
            let Some((around, pieces)) = lines(block) else { continue };
            let header = pieces.first().and_then(|p| self.owner(p.span));
            let column = header.map_or(0, |h| self.column(self.statement(h).start as usize));
            for (n, piece) in pieces.iter().enumerate() {
                let Some(owner) = self.owner(piece.span) else { continue };
                let around = if n == 0 || Some(owner) == header { Around::Nothing } else { around };
                known.entry(owner).or_insert((around, column));
            }
        }
        let mut groups: BTreeMap<usize, Vec<Piece>> = BTreeMap::new();
        let mut further = String::new();
        for block in &self.new.blocks {
            let Some((_, pieces)) = lines(block) else { continue };
            let first = pieces.first().and_then(|p| self.owner(p.span));
            let own = first.and_then(|o| known.get(&o)).is_some_and(|(around, _)| *around == Around::Nothing);
            if !own {
                further.push('\n');
                for piece in &pieces {
                    further.push_str(&piece.text);
                    further.push('\n');
                }
                continue;
            }
            for piece in pieces {
                if let Some(owner) = self.owner(piece.span) {
                    groups.entry(owner).or_default().push(piece);
                }
            }
        }
        let mut edits = Vec::new();
        for (owner, (around, column)) in known {
            let span = self.statement(owner);
            let (start, end) = (span.start as usize, span.end as usize);
            let written = self.text.get(start..end).unwrap_or("");
            match groups.remove(&owner) {
                None => edits.push(self.removal(start, end)),
                Some(pieces) if stands(written, around, &pieces) => {}
                Some(pieces) => {
                    edits.push(Edit { start, end, text: self.layout(start, written, column, around, &pieces) })
                }
            }
        }
        let removes = edits.iter().any(|e| e.text.is_empty());
        let mut out = self.apply(edits);
        while removes && out.contains("\n\n\n") {
            out = out.replace("\n\n\n", "\n\n");
        }
        match &self.old.edition {
            Some(_) => {}
            None => out.insert_str(if out.starts_with('\u{feff}') { 3 } else { 0 }, "adl 2026\n"),
        }
        if !further.is_empty() {
            if !out.ends_with('\n') {
                out.push('\n');
            }
            out.push_str(&further);
        }
        out
    }

    fn apply(&self, mut edits: Vec<Edit>) -> String {
        if let Some(line) = self.old.edition.as_ref().filter(|e| e.span.file == self.file) {
            let (start, end) = (line.span.start as usize, line.span.end as usize);
            edits.push(Edit { start, end, text: "adl 2026".to_owned() });
        }
        edits.sort_by_key(|e| e.start);
        let (mut out, mut at) = (String::new(), 0);
        for edit in edits {
            if edit.start < at {
                continue;
            }
            out.push_str(self.text.get(at..edit.start).unwrap_or(""));
            out.push_str(&edit.text);
            at = edit.end;
        }
        out.push_str(self.text.get(at..).unwrap_or(""));
        out
    }

    fn statement(&self, owner: usize) -> Span {
        self.old.statements.get(owner).copied().unwrap_or(Span { file: self.file, start: 0, end: 0 })
    }

    /// The statement that a place is in.
    fn owner(&self, place: Span) -> Option<usize> {
        let at = self.old.statements.partition_point(|s| s.start <= place.start);
        let index = at.checked_sub(1)?;
        let statement = self.old.statements.get(index)?;
        (place.file == self.file && place.start < statement.end).then_some(index)
    }

    fn column(&self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or("");
        before.len() - before.rfind('\n').map_or(0, |n| n + 1)
    }

    /// Takes a statement out, with its line if nothing else is on it.
    fn removal(&self, start: usize, end: usize) -> Edit {
        let before = self.text.get(..start).unwrap_or("");
        let line = before.rfind('\n').map_or(0, |n| n + 1);
        let blank = self.text.get(line..start).is_some_and(|t| t.trim().is_empty());
        let rest = self.text.get(end..).unwrap_or("");
        let next = rest.find('\n').map_or(rest.len(), |n| n + 1);
        if blank && rest.get(..next).is_some_and(|t| t.trim().is_empty()) {
            return Edit { start: line, end: end + next, text: String::new() };
        }
        Edit { start, end, text: String::new() }
    }

    /// The new lines, indented like the statement; comments inside it go before it.
    fn layout(&self, start: usize, written: &str, header: usize, around: Around, pieces: &[Piece]) -> String {
        let line = self.text.get(..start).unwrap_or("").rfind('\n').map_or(0, |n| n + 1);
        let lead = self.text.get(line..start).unwrap_or("");
        let lead = if lead.trim().is_empty() { lead.to_owned() } else { " ".repeat(lead.len()) };
        let base = pieces.first().map_or(0, |p| p.text.len() - p.text.trim_start().len());
        let mut lines: Vec<String> = comments(written);
        for piece in pieces {
            let text = piece.text.trim_start();
            let deeper = (piece.text.len() - text.len()).saturating_sub(base);
            // A define in the column of the block keyword would end the block; other statements are seen to be inside.
            let inside = around != Around::Nothing && self.column(start) <= header;
            lines.push(format!("{}{text}", " ".repeat(deeper + if inside { 2 } else { 0 })));
        }
        lines.join(&format!("\n{lead}"))
    }
}

/// The lines of a block that `fix` rewrites, and what stands around its statements.
fn lines(block: &Block) -> Option<(Around, Vec<Piece>)> {
    let around = match block {
        Block::Define(_) | Block::Best(_) | Block::Setting(_) => Around::Nothing,
        Block::Object(_) => Around::Object,
        Block::Composite(_) => Around::Composite,
        Block::Region(_) => Around::Region,
        Block::HistoList(_) => Around::HistoList,
        Block::Table(_) => Around::Table,
        Block::Info(_)
        | Block::Include(_)
        | Block::CountsFormat(_)
        | Block::Schema(_)
        | Block::Optional(_)
        | Block::Reserved(_) => {
            return None;
        }
    };
    Some((around, syntax::pieces(block)))
}

/// True if a statement means in 2026, as it is written, what it should.
fn stands(written: &str, around: Around, pieces: &[Piece]) -> bool {
    let header = match around {
        Around::Nothing => "",
        Around::Object => "object x\n  ",
        Around::Composite => "composite x\n  ",
        Around::Region => "region x\n  ",
        Around::HistoList => "histoList x\n  ",
        Around::Table => "table x\n  ",
    };
    let text = format!("{header}{written}");
    let file = FileId(0);
    let (read, faults) = syntax::parse_as(file, &text, Edition::E2026);
    let [block] = read.blocks.as_slice() else { return false };
    let printed = syntax::pieces(block);
    let skip = usize::from(around != Around::Nothing);
    let same = printed.iter().skip(skip).map(|p| &p.text).eq(pieces.iter().map(|p| &p.text));
    // `cmd` and `cut` are read in 2026, too, but are not what one would write.
    let word = |t: &str| t.split_whitespace().next().map(str::to_ascii_lowercase);
    let keyword = pieces.first().is_some_and(|p| word(&p.text) == word(written)) || around == Around::Table;
    faults.is_empty() && same && keyword
}

/// The comments of a text, one line each.
fn comments(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut quoted = false;
        for (at, letter) in line.char_indices() {
            match letter {
                '"' => quoted = !quoted,
                '#' if !quoted => {
                    found.push(line.get(at..).unwrap_or("").trim_end().to_owned());
                    break;
                }
                _ => {}
            }
        }
    }
    found
}
