//! Printed events: a line per event and `print`, in the order of the events; of each `print` the first ones only, and
//! how many more there are. The lines go into a file, which is shown when the run is whole.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::rows::{Cells, Column, Format, Kind, Rows, Table, Tables};

/// What the prints of a job have printed so far.
#[derive(Debug)]
pub(super) struct Lines {
    out: BufWriter<File>,
    files: Vec<String>,
    most: Option<u64>,
    /// Per table: events that came to it.
    events: Vec<u64>,
    /// Per table: what its last line says.
    ends: Vec<Option<String>>,
}

impl Lines {
    /// Begins the file.
    pub(super) fn begin(path: &Path, tables: &Tables, files: Vec<String>, most: Option<u64>) -> io::Result<Lines> {
        let out = BufWriter::new(File::create(path)?);
        let end = |table: &Table| (table.format == Format::Print).then(|| format!("{}: {}", table.region, what(table)));
        let ends = tables.tables.iter().map(end).collect();
        Ok(Lines { out, files, most, events: vec![0; tables.tables.len()], ends })
    }

    /// Takes the rows of a chunk.
    pub(super) fn write(&mut self, tables: &Tables, rows: &Rows) -> io::Result<()> {
        let mut lines: BTreeMap<(u64, usize), String> = BTreeMap::new();
        for (number, table) in tables.tables.iter().enumerate().filter(|(_, t)| t.format == Format::Print) {
            let events = rows.events(table);
            let left = self.most.map_or(u64::MAX, |most| most.saturating_sub(self.events[number]));
            self.events[number] += events.len() as u64;
            if left == 0 || events.is_empty() {
                continue;
            }
            let columns: Vec<(&Column, Cells)> = table.columns.iter().map(|c| (c, rows.cells(table, c))).collect();
            for (place, event) in events.iter().enumerate().take(usize::try_from(left).unwrap_or(usize::MAX)) {
                lines.insert((*event, number), line(&columns, place, &tables.texts));
            }
        }
        let file = if self.files.len() > 1 { self.files.get(rows.file) } else { None };
        let of = file.map_or(String::new(), |name| format!(" of {name}"));
        for ((event, number), line) in lines {
            let region = tables.tables.get(number).map_or("", |t| t.region.as_str());
            writeln!(self.out, "{region} event {event}{of}: {line}")?;
        }
        Ok(())
    }

    /// Says what was left out, and ends the file.
    pub(super) fn finish(mut self) -> io::Result<()> {
        for (events, end) in self.events.iter().zip(&self.ends) {
            let more = self.most.map_or(0, |most| events.saturating_sub(most));
            if let (Some(end), true) = (end, more > 0) {
                writeln!(self.out, "{end}: {more} more events")?;
            }
        }
        self.out.flush()
    }
}

/// What a `print` prints, in short.
fn what(table: &Table) -> String {
    let names: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).filter(|n| !n.is_empty()).collect();
    format!("print {}", names.join(", "))
}

/// `met 34.5, size(jets) = 2, pt(jets) = [30.5, 20.1]`: a text labels the value behind it.
fn line(columns: &[(&Column, Cells)], event: usize, texts: &[String]) -> String {
    let mut line = String::new();
    let mut labelled = true;
    for (column, cells) in columns {
        if !line.is_empty() {
            line.push_str(if labelled { " " } else { ", " });
        }
        let value = |word: &Option<u64>| word.map_or_else(|| "missing".to_string(), |w| text_of(column.kind, w, texts));
        let text = match cells.list(event) {
            None => cells.values.get(event).map_or(String::new(), value),
            Some(list) => format!("[{}]", list.iter().map(value).collect::<Vec<_>>().join(", ")),
        };
        let name = if labelled && !line.is_empty() { "" } else { column.name.as_str() };
        // Writing into a string does not fail.
        _ = if name.is_empty() { write!(line, "{text}") } else { write!(line, "{name} = {text}") };
        labelled = column.name.is_empty();
    }
    line
}

/// A value as text: of a real number the shortest text that reads back to it.
pub(super) fn text_of(kind: Kind, word: u64, texts: &[String]) -> String {
    match kind {
        Kind::Bool => (word != 0).to_string(),
        Kind::Int => word.cast_signed().to_string(),
        Kind::Real => {
            let text = format!("{:?}", f64::from_bits(word));
            text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_string)
        }
        Kind::Text => usize::try_from(word).ok().and_then(|i| texts.get(i)).cloned().unwrap_or_default(),
    }
}
