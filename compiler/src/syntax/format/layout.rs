//! The layout of a file: indentation, empty lines, columns of numbers, trailing comments.

use super::super::ast::Edition;
use super::super::keyword::{Keyword, Room};
use super::super::reader::Outlined;
use super::statement;

/// How far a statement of a block is indented, and a line that continues one beyond that.
const STEP: usize = 2;
const CONTINUATION: usize = 4;

/// Trailing comments below one another stand in one column, except behind code that is longer than this.
const ALIGNED: usize = 60;

/// A line of the result.
#[derive(Clone, Debug)]
struct Row {
    indent: usize,
    /// Empty for a comment on a line of its own, and for an empty line.
    code: String,
    comment: Option<String>,
    /// The statement it belongs to, by its number.
    statement: Option<usize>,
    /// Stays as it is.
    is_raw: bool,
    /// Begins a block: what stands in the block is aligned without it.
    is_head: bool,
}

impl Row {
    fn is_empty(&self) -> bool {
        self.code.is_empty() && self.comment.is_none()
    }

    /// How wide its last line is: a statement that is left as it is has all its lines in one row.
    fn width(&self) -> usize {
        match self.code.rsplit_once('\n') {
            Some((_, last)) => last.chars().count(),
            None => self.indent + self.code.chars().count(),
        }
    }
}

/// The text of a file from its statements, and how many of them cannot be read and stay as they are.
pub(super) fn layout(text: &str, outline: &[Outlined], edition: Edition) -> (String, usize) {
    let mut unread = 0;
    let mut rows: Vec<Row> = Vec::new();
    let mut at = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut before: Option<&Outlined> = None;
    for (number, of) in outline.iter().enumerate() {
        gap(text.get(at..of.start).unwrap_or(""), before, Some(of), &mut rows);
        let is_read = statement_rows(text, number, of, edition, &mut rows);
        unread += usize::from(!is_read);
        at = of.end;
        before = Some(of);
    }
    gap(text.get(at..).unwrap_or(""), before, None, &mut rows);
    align_fields(outline, &mut rows);
    align_tables(outline, &mut rows);
    (written(&rows), unread)
}

/// The lines of a statement; false if it stays as it is.
fn statement_rows(text: &str, number: usize, of: &Outlined, edition: Edition, rows: &mut Vec<Row>) -> bool {
    let first = if of.at_margin || of.room == Room::File { 0 } else { STEP };
    // The lines of a block of a later version are its statements, as far as anybody knows.
    let rest = first + if of.room == Room::Later { STEP } else { CONTINUATION };
    let whole = text.get(of.start..of.end).unwrap_or("");
    let is_head = of.at_margin && of.room != Room::File;
    let lines = statement::lines(whole, of, edition, first, rest);
    let is_raw = lines.is_none();
    let row = |indent, code, comment| Row { indent, code, comment, statement: Some(number), is_raw, is_head };
    match lines {
        Some(lines) => {
            for (i, line) in lines.into_iter().enumerate() {
                rows.push(row(if i == 0 { first } else { rest }, line.code, line.comment));
            }
        }
        None => {
            let lines: Vec<&str> = whole.split('\n').map(|l| l.trim_end_matches('\r')).collect();
            rows.push(row(first, lines.join("\n"), None));
        }
    }
    !is_raw
}

/// What stands between two statements: comments and empty lines.
fn gap(text: &str, before: Option<&Outlined>, after: Option<&Outlined>, rows: &mut Vec<Row>) {
    let begin = rows.len();
    let mut lines = text.split('\n');
    // Behind the statement.
    if let Some(statement) = before
        && let Some(comment) = lines.next().map(str::trim).filter(|l| !l.is_empty())
        && let Some(row) = rows.last_mut()
    {
        row.comment = Some(comment.to_owned());
        row.is_head |= statement.at_margin && statement.room != Room::File;
    }
    let block = before.filter(|b| b.room != Room::File);
    let in_block = after.is_some_and(|a| !a.at_margin && a.room != Room::File);
    let mut lines: Vec<&str> = lines.collect();
    // The indentation of the next statement; at the end of a file, what follows its last line end.
    if after.is_some() || lines.last().is_some_and(|l| l.trim().is_empty()) {
        lines.pop();
    }
    for line in lines {
        let comment = Some(line.trim()).filter(|l| !l.is_empty()).map(str::to_owned);
        let belongs_to_block = in_block || block.is_some_and(|b| column(line) > b.column);
        let indent = if belongs_to_block { STEP } else { 0 };
        rows.push(Row { indent, code: String::new(), comment, statement: None, is_raw: false, is_head: false });
    }
    let Some(before) = before else { return };
    let is_block_end = !in_block && before.room != Room::File;
    let begins_block = after.is_some_and(|a| a.at_margin && a.room != Room::File);
    let is_edition = before.keyword == Some(Keyword::Adl) && after.is_some();
    let gap = rows.get(begin..).unwrap_or(&[]);
    let has_empty = gap.iter().any(Row::is_empty);
    let outside = gap.iter().position(|r| r.comment.is_some() && r.indent == 0);
    // A comment at the margin is no longer the block's.
    let crowded = is_block_end && outside.is_some_and(|at| gap.iter().take(at).all(|r| !r.is_empty()));
    let wanted = after.is_some() && (is_block_end || begins_block || is_edition);
    if crowded || (wanted && !has_empty) {
        let at = begin + outside.filter(|_| !in_block).unwrap_or(gap.len());
        rows.insert(
            at,
            Row { indent: 0, code: String::new(), comment: None, statement: None, is_raw: false, is_head: false },
        );
    }
}

/// How far a line is indented.
fn column(line: &str) -> usize {
    let blanks = line.bytes().take_while(|b| b.is_ascii_whitespace());
    blanks.fold(0, |column, b| match b {
        b'\t' => column + 8 - column % 8,
        b' ' => column + 1,
        _ => column,
    })
}

/// Puts the texts of an info block below one another.
fn align_fields(outline: &[Outlined], rows: &mut [Row]) {
    let is_field =
        |r: &Row| r.statement.and_then(|s| outline.get(s)).is_some_and(|s| s.keyword == Some(Keyword::Field));
    for block in rows.split_mut(|r| r.is_head) {
        let word = |r: &Row| r.code.find([' ', '\t']).unwrap_or(r.code.len());
        let width = block.iter().filter(|r| is_field(r)).map(word).max().unwrap_or(0);
        for row in block.iter_mut().filter(|r| is_field(r)) {
            if let Some((word, text)) = row.code.split_at_checked(word(row)).filter(|(_, text)| !text.is_empty()) {
                row.code = format!("{word:width$}  {}", text.trim_start());
            }
        }
    }
}

/// Puts the numbers of a table below one another, by their decimal points.
fn align_tables(outline: &[Outlined], rows: &mut [Row]) {
    let is_row = |r: &Row| {
        let of = r.statement.and_then(|s| outline.get(s));
        of.is_some_and(|s| s.keyword == Some(Keyword::Row)) && !r.is_raw && !r.code.is_empty()
    };
    for table in rows.split_mut(|r| r.is_head) {
        let mut widths: Vec<(usize, usize)> = Vec::new();
        for row in table.iter().filter(|r| is_row(r)) {
            for (i, number) in row.code.split(' ').enumerate() {
                let (whole, rest) = at_point(number);
                match widths.get_mut(i) {
                    Some((w, r)) => (*w, *r) = ((*w).max(whole.len()), (*r).max(rest.len())),
                    None => widths.push((whole.len(), rest.len())),
                }
            }
        }
        for row in table.iter_mut().filter(|r| is_row(r)) {
            let cells = row.code.split(' ').zip(&widths).map(|(number, (w, r))| {
                let (whole, rest) = at_point(number);
                format!("{whole:>w$}{rest:r$}")
            });
            row.code = cells.collect::<Vec<_>>().join("  ").trim_end().to_owned();
        }
    }
}

/// A number before its decimal point, and from there on.
fn at_point(number: &str) -> (&str, &str) {
    number.split_at_checked(number.find('.').unwrap_or(number.len())).unwrap_or((number, ""))
}

/// The rows as a text: trailing comments aligned, one empty line at most.
fn written(rows: &[Row]) -> String {
    let mut out = String::new();
    let mut empty = false;
    let starts_run = |r: &Row| r.code.is_empty() || r.is_head;
    let mut column = None;
    for (i, row) in rows.iter().enumerate() {
        if row.is_empty() {
            empty = !out.is_empty();
            continue;
        }
        if std::mem::take(&mut empty) {
            out.push('\n');
        }
        if starts_run(row) || i.checked_sub(1).and_then(|b| rows.get(b)).is_none_or(starts_run) {
            let run = rows.get(i..).unwrap_or(&[]);
            let length = 1 + run.iter().skip(1).take_while(|r| !starts_run(r)).count();
            let length = if starts_run(row) { 1 } else { length };
            let commented = run.iter().take(length).filter(|r| r.comment.is_some());
            column = commented.map(Row::width).filter(|w| *w <= ALIGNED).max();
        }
        let begin = out.len();
        if !row.code.is_empty() {
            out.extend(std::iter::repeat_n(' ', row.indent));
            out.push_str(&row.code);
        }
        if let Some(comment) = &row.comment {
            let to = if row.code.is_empty() { row.indent } else { column.unwrap_or(0).max(row.width()) + 2 };
            let last = out.get(begin..).and_then(|lines| lines.rsplit('\n').next());
            let width = last.map_or(0, |line| line.chars().count());
            out.extend(std::iter::repeat_n(' ', to.saturating_sub(width)));
            out.push_str(comment);
        }
        out.push('\n');
    }
    out
}
