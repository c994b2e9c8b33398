//! A table as text: a line with the names of the columns, then a line per event. A missing value is an empty cell; the
//! values of a list stand in one cell, separated by spaces, and those missing among them are `nan`.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::lines::text_of;
use crate::rows::{Cells, Kind, Rows, Table};

/// The file.
#[derive(Debug)]
pub(super) struct CsvFile {
    out: BufWriter<File>,
}

impl CsvFile {
    /// Writes the names of the columns.
    pub(super) fn begin(path: &Path, table: &Table) -> io::Result<CsvFile> {
        let mut out = BufWriter::new(File::create(path)?);
        let names: Vec<String> = table.columns.iter().map(|c| quoted(&c.name)).collect();
        writeln!(out, "{}", names.join(","))?;
        Ok(CsvFile { out })
    }

    /// Writes a line per event.
    pub(super) fn write(&mut self, table: &Table, texts: &[String], rows: &Rows) -> io::Result<()> {
        let columns: Vec<(Kind, Cells)> = table.columns.iter().map(|c| (c.kind, rows.cells(table, c))).collect();
        let mut line = String::new();
        for event in 0..rows.events(table).len() {
            line.clear();
            for (number, (kind, cells)) in columns.iter().enumerate() {
                if number > 0 {
                    line.push(',');
                }
                cell(&mut line, *kind, cells, event, texts);
            }
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }

    /// Ends the file.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn cell(line: &mut String, kind: Kind, cells: &Cells, event: usize, texts: &[String]) {
    match cells.list(event) {
        None => {
            if let Some(Some(word)) = cells.values.get(event) {
                line.push_str(&quoted(&text_of(kind, *word, texts)));
            }
        }
        Some(list) => {
            let values = list.iter().map(|word| word.map_or_else(|| "nan".to_string(), |w| text_of(kind, w, texts)));
            line.push_str(&quoted(&values.collect::<Vec<_>>().join(" ")));
        }
    }
}

/// A text that is one cell, by RFC 4180.
fn quoted(text: &str) -> String {
    if !text.contains([',', '"', '\n', '\r']) {
        return text.to_string();
    }
    let mut cell = String::new();
    // Writing into a string does not fail.
    _ = write!(cell, "\"{}\"", text.replace('"', "\"\""));
    cell
}
