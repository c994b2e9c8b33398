//! Saved events: the rows of the chunks, whatever the order in which the chunks are done, go into the files of their
//! tables in the order of the files and events. A thread that is far ahead of the others waits, so that few rows do.

mod carry;
mod csv;
mod lines;
mod parquet;
mod root;
mod skim;

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use self::csv::CsvFile;
use self::lines::Lines;
use self::parquet::ParquetTable;
use self::root::RootTable;
use self::skim::Chosen;
pub use self::skim::{Inputs, copied};
use super::OutputError;
use crate::rows::{Format, Rows, Table, Tables};

/// The folder of the saved files in that of the results.
pub const FOLDER: &str = "saved";

/// The file of the results with what was printed; there is none if nothing is.
pub const PRINTED: &str = "printed.txt";

/// How many chunks may wait for one before them.
const AHEAD: usize = 128;

/// The tables of a job being written.
#[derive(Debug)]
pub struct Save {
    state: Mutex<State>,
    turn: Condvar,
}

/// A table that has been written.
#[derive(Clone, Debug, PartialEq)]
pub struct Saved {
    /// The file, in the folder of the results.
    pub path: PathBuf,
    /// Its events.
    pub events: u64,
    /// Columns that not all inputs have alike, and that were left out.
    pub left_out: Vec<String>,
}

#[derive(Debug)]
struct State {
    tables: Tables,
    /// One per table.
    files: Vec<Open>,
    /// If anything is printed.
    lines: Option<Lines>,
    /// The chunk whose turn it is.
    next: usize,
    waiting: BTreeMap<usize, Rows>,
    /// What was processed: files and ranges of events, in order.
    processed: Vec<(usize, Range<u64>)>,
    stopped: bool,
}

/// A table's file.
#[derive(Debug)]
struct Open {
    format: Format,
    path: PathBuf,
    staged: PathBuf,
    shown: PathBuf,
    events: u64,
    writer: Writer,
}

#[derive(Debug)]
enum Writer {
    /// Goes to [`Lines`].
    Lines,
    Csv(Box<CsvFile>),
    Parquet(Box<ParquetTable>),
    Root(Box<RootTable>),
    /// Whole events, which are copied at the end.
    Events(Chosen),
}

impl Save {
    /// Begins the files of all tables in a folder of results, which will be at `target` when it is whole. `files` are
    /// the names of the job's files. Of each `print`, `most` events are printed; all if there is no such number.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn begin(
        folder: &super::folder::Folder,
        tables: Tables,
        files: Vec<String>,
        most: Option<u64>,
    ) -> Result<Save, OutputError> {
        let mut open = Vec::new();
        for table in &tables.tables {
            open.push(begin(folder, table)?);
        }
        let prints = tables.tables.iter().any(|t| t.format == Format::Print);
        let lines = prints.then(|| Lines::begin(&folder.path(PRINTED), &tables, files, most)).transpose();
        let lines = lines.map_err(|e| failed(Path::new(PRINTED), e))?;
        let state = State {
            tables,
            files: open,
            lines,
            next: 0,
            waiting: BTreeMap::new(),
            processed: Vec::new(),
            stopped: false,
        };
        Ok(Save { state: Mutex::new(state), turn: Condvar::new() })
    }

    /// Takes the rows of a chunk.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn put(&self, chunk: usize, rows: Rows) -> Result<(), OutputError> {
        let mut state = self.lock();
        while chunk > state.next + AHEAD && !state.stopped {
            state = self.turn.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.stopped {
            return Ok(());
        }
        state.waiting.insert(chunk, rows);
        loop {
            let turn = state.next;
            let Some(rows) = state.waiting.remove(&turn) else { break };
            state.write(&rows)?;
            state.next += 1;
        }
        self.turn.notify_all();
        Ok(())
    }

    /// Takes no more: the run has failed.
    pub fn stop(&self) {
        let mut state = self.lock();
        state.stopped = true;
        state.waiting.clear();
        self.turn.notify_all();
    }

    /// Ends the files, copies whole events from the inputs, and gives what the files are.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn finish(self, inputs: &Inputs<'_>) -> Result<Vec<Saved>, OutputError> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut saved = Vec::new();
        for file in state.files {
            let mut left_out = Vec::new();
            match file.writer {
                Writer::Lines => continue,
                Writer::Csv(csv) => csv.finish().map_err(|e| failed(&file.path, e))?,
                Writer::Root(root) => root.finish(inputs).map_err(|e| failed(&file.path, e))?,
                Writer::Parquet(parquet) => parquet.finish(inputs).map_err(|e| failed(&file.path, e))?,
                Writer::Events(chosen) => {
                    left_out = chosen.write(&file.staged, file.format, inputs, &state.processed)?
                }
            }
            saved.push(Saved { path: file.shown, events: file.events, left_out });
        }
        if let Some(lines) = state.lines {
            lines.finish().map_err(|e| failed(Path::new(PRINTED), e))?;
        }
        Ok(saved)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Writes the rows of the chunk whose turn it is.
    fn write(&mut self, rows: &Rows) -> Result<(), OutputError> {
        for (table, file) in self.tables.tables.iter().zip(&mut self.files) {
            let events = rows.events(table);
            file.events += events.len() as u64;
            let texts = &self.tables.texts;
            match &mut file.writer {
                Writer::Lines => {}
                _ if events.is_empty() => {}
                Writer::Csv(csv) => csv.write(table, texts, rows).map_err(|e| failed(&file.path, e))?,
                Writer::Events(chosen) => chosen.add(rows.file, &events),
                Writer::Root(root) => root.write(table, rows).map_err(|e| failed(&file.path, e))?,
                Writer::Parquet(parquet) => parquet.write(table, texts, rows).map_err(|e| failed(&file.path, e))?,
            }
        }
        match self.processed.last_mut() {
            Some((file, range)) if *file == rows.file && range.end == rows.events.start => range.end = rows.events.end,
            _ => self.processed.push((rows.file, rows.events.clone())),
        }
        if let Some(lines) = &mut self.lines {
            lines.write(&self.tables, rows).map_err(|e| failed(Path::new(PRINTED), e))?;
        }
        Ok(())
    }
}

fn failed(path: &Path, error: impl std::fmt::Display) -> OutputError {
    OutputError::new(path, format!("cannot be written: {error}"))
}

fn begin(folder: &super::folder::Folder, table: &Table) -> Result<Open, OutputError> {
    let shown = Path::new(FOLDER).join(&table.region).join(format!("{}.{}", table.name, table.format.ending()));
    let staged = folder.path(&shown.to_string_lossy());
    let path = folder.target().join(&shown);
    let writer = match table.format {
        Format::Print => Writer::Lines,
        Format::Csv | Format::Parquet | Format::Root | Format::Ntuple => {
            let parent = staged.parent().unwrap_or(&staged);
            fs::create_dir_all(parent).map_err(|e| failed(&path, e))?;
            if table.columns.is_empty() {
                Writer::Events(Chosen::default())
            } else if table.format == Format::Csv {
                Writer::Csv(Box::new(CsvFile::begin(&staged, table).map_err(|e| failed(&path, e))?))
            } else if matches!(table.format, Format::Root | Format::Ntuple) {
                Writer::Root(Box::new(RootTable::begin(&staged, table).map_err(|e| failed(&path, e))?))
            } else {
                let parquet = ParquetTable::begin(&staged, table).map_err(|e| failed(&path, e))?;
                Writer::Parquet(Box::new(parquet))
            }
        }
    };
    Ok(Open { format: table.format, path, staged, shown, events: 0, writer })
}
