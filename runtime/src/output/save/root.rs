//! Tables and whole events as trees or RNTuples of a ROOT file. A list has a branch with its length before it; what is missing is
//! NaN, so a column of integers or conditions of which some are missing is one of real numbers.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use adl_root::Element;
use adl_root::write::{Branch, Column, Directory, Error, FileWriter, Lists, NtupleWriter, TreeWriter};

use super::carry::carry;
use super::skim::{Gathered, Inputs, Origin, Sizes, SkimColumn};
use crate::rows::{Cells, Format, Kind, Rows, Table};
use crate::schema::{ElementType, Shape};
use crate::values::Buffer;

/// Events in a cluster of a table.
pub(super) const CLUSTER: usize = 1 << 13;

pub(super) type Output = FileWriter<BufWriter<File>>;

/// What entries are written into.
pub(super) enum Entries {
    Tree(TreeWriter),
    Ntuple(NtupleWriter),
}

impl Entries {
    pub(super) fn begin(format: Format, name: &str, title: &str, mut branches: Vec<Branch>) -> Result<Entries, Error> {
        if format == Format::Ntuple {
            let mut names = Vec::new();
            for branch in &mut branches {
                branch.name = field_of(&branch.name, &mut names);
            }
            return NtupleWriter::new(Directory::TOP, name, title, branches).map(Entries::Ntuple);
        }
        TreeWriter::new(Directory::TOP, name, title, branches).map(Entries::Tree)
    }

    pub(super) fn fill(&mut self, file: &mut Output, columns: &[Column<'_>]) -> Result<(), Error> {
        match self {
            Entries::Tree(tree) => tree.fill(file, columns),
            Entries::Ntuple(ntuple) => ntuple.fill(file, columns),
        }
    }

    pub(super) fn finish(self, file: &mut Output) -> Result<(), Error> {
        match self {
            Entries::Tree(tree) => tree.finish(file),
            Entries::Ntuple(ntuple) => ntuple.finish(file),
        }
    }
}

/// The tree or RNTuple of a table.
pub(super) struct RootTable {
    /// The name of the tree.
    name: String,
    file: Output,
    entries: Entries,
    format: Format,
    branches: Vec<Source>,
    /// Per branch: values that wait for their cluster.
    waiting: Vec<Buffer>,
    /// Per branch of lists: the lengths of the lists that wait.
    lengths: Vec<Vec<usize>>,
    events: usize,
}

/// Where the values of a branch come from.
#[derive(Clone, Copy)]
enum Source {
    /// The lengths of the lists of a column.
    Lengths(usize),
    /// A column.
    Column(usize),
}

impl std::fmt::Debug for RootTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RootTable").field("events", &self.events).finish_non_exhaustive()
    }
}

impl RootTable {
    /// Begins the file: its tree has the name of the table.
    pub(super) fn begin(path: &Path, table: &Table) -> Result<RootTable, Error> {
        let (mut branches, mut sources, mut counters) = (Vec::new(), Vec::new(), Vec::new());
        let mut names = Vec::new();
        for (number, column) in table.columns.iter().enumerate() {
            let own = name_of(&column.name, &mut names);
            let mut lists = Lists::None;
            if column.record != table.record {
                let known = counters.iter().find(|(record, _)| *record == column.record).map(|(_, branch)| *branch);
                lists = Lists::Counted(known.unwrap_or_else(|| {
                    let name = name_of(&format!("n_{own}"), &mut names);
                    branches.push(Branch { name, element: Element::I32, lists: Lists::None });
                    sources.push(Source::Lengths(number));
                    counters.push((column.record, branches.len() - 1));
                    branches.len() - 1
                }));
            }
            let element = match column.kind {
                Kind::Bool if column.present.is_none() => Element::Bool,
                Kind::Int if column.present.is_none() => Element::I64,
                Kind::Bool | Kind::Int | Kind::Real | Kind::Text => Element::F64,
            };
            branches.push(Branch { name: own, element, lists });
            sources.push(Source::Column(number));
        }
        let waiting = branches.iter().map(|b| Buffer::new(stored(b.element))).collect();
        let lengths = vec![Vec::new(); branches.len()];
        let title = format!("{}, region {}", table.name, table.region);
        let entries = Entries::begin(table.format, &table.name, &title, branches)?;
        let (name, format, file) = (table.name.clone(), table.format, FileWriter::create(path)?);
        Ok(RootTable { name, file, entries, format, branches: sources, waiting, lengths, events: 0 })
    }

    /// Appends the events of a chunk.
    pub(super) fn write(&mut self, table: &Table, rows: &Rows) -> Result<(), Error> {
        let cells: Vec<Cells> = table.columns.iter().map(|c| rows.cells(table, c)).collect();
        for (number, source) in self.branches.iter().enumerate() {
            let (Source::Lengths(column) | Source::Column(column)) = *source;
            let (Some(cells), Some(waiting)) = (cells.get(column), self.waiting.get_mut(number)) else { continue };
            let lengths: Vec<usize> = cells.offsets.iter().flat_map(|o| o.windows(2)).map(|o| o[1] - o[0]).collect();
            match (source, waiting) {
                (Source::Lengths(_), Buffer::I32(to)) => to.extend(lengths.iter().map(|n| *n as i32)),
                (Source::Column(_), Buffer::Bool(to)) => {
                    to.extend(cells.values.iter().map(|w| u8::from(*w == Some(1))))
                }
                (Source::Column(_), Buffer::I64(to)) => {
                    to.extend(cells.values.iter().map(|w| w.unwrap_or(0).cast_signed()));
                }
                (Source::Column(_), Buffer::F64(to)) => {
                    let kind = table.columns.get(column).map_or(Kind::Real, |c| c.kind);
                    to.extend(cells.values.iter().map(|w| w.map_or(f64::NAN, |w| real(kind, w))));
                }
                _ => {}
            }
            if let (Source::Column(_), Some(to)) = (source, self.lengths.get_mut(number)) {
                to.extend(lengths);
            }
        }
        self.events += rows.events(table).len();
        while self.events >= CLUSTER {
            self.fill(CLUSTER)?;
        }
        Ok(())
    }

    /// Ends the file.
    pub(super) fn finish(mut self, inputs: &Inputs<'_>) -> Result<(), Error> {
        if self.events > 0 {
            self.fill(self.events)?;
        }
        self.entries.finish(&mut self.file)?;
        carry(&mut self.file, self.format, &[&self.name], inputs)?;
        self.file.finish().map(drop)
    }

    /// Writes the first events that wait as a cluster.
    fn fill(&mut self, events: usize) -> Result<(), Error> {
        let ends: Vec<usize> = self
            .lengths
            .iter()
            .map(|lengths| if lengths.is_empty() { events } else { lengths.iter().take(events).sum() })
            .collect();
        let columns: Vec<_> =
            self.waiting.iter().zip(&ends).map(|(values, end)| values.slice(0..*end).into()).collect();
        self.entries.fill(&mut self.file, &columns)?;
        for ((waiting, lengths), end) in self.waiting.iter_mut().zip(&mut self.lengths).zip(ends) {
            let mut rest = Buffer::new(waiting.element());
            // Of the same type, so that all of them are.
            let whole = rest.append(waiting.slice(end..waiting.len()));
            debug_assert!(whole);
            *waiting = rest;
            lengths.drain(..events.min(lengths.len()));
        }
        self.events -= events;
        Ok(())
    }
}

/// The tree or RNTuple of whole events.
pub(super) struct RootEvents {
    /// The name of the tree.
    name: String,
    file: Output,
    entries: Entries,
    format: Format,
    /// What the branches are: a column, or the lengths of its lists.
    branches: Vec<Source>,
    origin: Origin,
}

impl RootEvents {
    /// Begins the file: its tree has the name of the input's. Branches of one number per event come first.
    pub(super) fn begin(
        path: &Path,
        format: Format,
        tree: &str,
        columns: &[SkimColumn],
        origin: &Origin,
    ) -> Result<RootEvents, Error> {
        let (mut branches, mut sources) = (Vec::new(), Vec::new());
        for (number, column) in columns.iter().enumerate().filter(|(_, c)| c.shape == Shape::Scalar) {
            branches.push(Branch { name: column.name.clone(), element: element(column.element), lists: Lists::None });
            sources.push(Source::Column(number));
        }
        for (number, column) in columns.iter().enumerate().filter(|(_, c)| c.shape != Shape::Scalar) {
            if column.shape == Shape::Lists {
                let (name, element) = (column.name.clone(), element(column.element));
                branches.push(Branch { name, element, lists: Lists::Nested });
                sources.push(Source::Column(number));
                continue;
            }
            let counts = |b: &Branch| b.lists == Lists::None && Some(&b.name) == column.counter.as_ref();
            let counter = branches.iter().position(counts).unwrap_or_else(|| {
                let mut name = format!("n{}", column.name);
                while columns.iter().any(|c| c.name == name) {
                    name.push('_');
                }
                branches.push(Branch { name, element: Element::I32, lists: Lists::None });
                sources.push(Source::Lengths(number));
                branches.len() - 1
            });
            branches.push(Branch {
                name: column.name.clone(),
                element: element(column.element),
                lists: Lists::Counted(counter),
            });
            sources.push(Source::Column(number));
        }
        let name = if tree.is_empty() { "Events" } else { tree.rsplit('/').next().unwrap_or(tree) };
        let entries = Entries::begin(format, name, "", branches)?;
        let (name, file, origin) = (name.to_string(), FileWriter::create(path)?, origin.clone());
        Ok(RootEvents { name, file, entries, format, branches: sources, origin })
    }

    /// Appends events as a cluster: a column each.
    pub(super) fn write(&mut self, columns: &[Gathered]) -> Result<(), Error> {
        let length = |column: &usize| -> Buffer {
            match columns.get(*column).map(|c| &c.sizes) {
                Some(Sizes::Lists(lengths)) => Buffer::I32(lengths.iter().map(|n| n.cast_signed()).collect()),
                Some(Sizes::None | Sizes::Nested { .. }) | None => Buffer::I32(Vec::new()),
            }
        };
        let made: Vec<Option<Buffer>> = self
            .branches
            .iter()
            .map(|source| if let Source::Lengths(column) = source { Some(length(column)) } else { None })
            .collect();
        let values: Vec<_> = self
            .branches
            .iter()
            .zip(&made)
            .filter_map(|(source, made)| match (source, made) {
                (_, Some(lengths)) => Some(lengths.slice(0..lengths.len()).into()),
                (Source::Column(column) | Source::Lengths(column), None) => {
                    let Gathered { sizes, values } = columns.get(*column)?;
                    let values = values.slice(0..values.len());
                    Some(match sizes {
                        Sizes::None | Sizes::Lists(_) => values.into(),
                        Sizes::Nested { lists, sizes } => Column::Nested { lists, sizes, values },
                    })
                }
            })
            .collect();
        self.entries.fill(&mut self.file, &values)
    }

    /// Ends the file, with what is known of the events that the skim comes from as the one entry of the tree `origin`.
    pub(super) fn finish(mut self, inputs: &Inputs<'_>) -> Result<(), Error> {
        self.entries.finish(&mut self.file)?;
        carry(&mut self.file, self.format, &[&self.name, "origin"], inputs)?;
        let branch = |name: String, element| Branch { name, element, lists: Lists::None };
        let mut branches = vec![branch("events".to_string(), Element::I64)];
        let mut values = vec![Buffer::I64(vec![self.origin.events.cast_signed()])];
        for (column, sum, squares) in &self.origin.sums {
            for (name, value) in [(format!("sum_{column}"), sum), (format!("sum2_{column}"), squares)] {
                branches.push(branch(name, Element::F64));
                values.push(Buffer::F64(vec![*value]));
            }
        }
        let mut origin = Entries::begin(self.format, "origin", "all events that were processed", branches)?;
        let columns: Vec<_> = values.iter().map(|v| v.slice(0..1).into()).collect();
        origin.fill(&mut self.file, &columns)?;
        origin.finish(&mut self.file)?;
        self.file.finish().map(drop)
    }
}

/// A value as a real number.
fn real(kind: Kind, word: u64) -> f64 {
    match kind {
        Kind::Bool => f64::from(u8::from(word != 0)),
        Kind::Int => word.cast_signed() as f64,
        Kind::Real => f64::from_bits(word),
        Kind::Text => f64::NAN,
    }
}

/// The name of a column as one of a branch: letters, digits and `_`, and no name twice.
fn name_of(column: &str, names: &mut Vec<String>) -> String {
    let mut plain = String::new();
    for c in column.chars() {
        if c.is_ascii_alphanumeric() || c == '_' {
            plain.push(c);
        } else if !plain.ends_with('_') {
            plain.push('_');
        }
    }
    let plain = plain.trim_matches('_').to_string();
    let plain = if plain.is_empty() { "column".to_string() } else { plain };
    let mut name = plain.clone();
    let mut number = 2;
    while names.contains(&name) {
        name = format!("{plain}_{number}");
        number += 1;
    }
    names.push(name.clone());
    name
}

/// The name of a branch as one of a field, in which ROOT allows no dots, spaces and slashes; no name twice.
fn field_of(branch: &str, names: &mut Vec<String>) -> String {
    let mut name = branch.replace(|c: char| c.is_control() || matches!(c, '.' | ' ' | '/' | '\\'), "_");
    while names.contains(&name) {
        name.push('_');
    }
    names.push(name.clone());
    name
}

fn stored(element: Element) -> ElementType {
    match element {
        Element::Bool => ElementType::Bool,
        Element::I32 => ElementType::I32,
        Element::I64 => ElementType::I64,
        _ => ElementType::F64,
    }
}

fn element(of: ElementType) -> Element {
    match of {
        ElementType::Bool => Element::Bool,
        ElementType::I8 => Element::I8,
        ElementType::U8 => Element::U8,
        ElementType::I16 => Element::I16,
        ElementType::U16 => Element::U16,
        ElementType::I32 => Element::I32,
        ElementType::U32 => Element::U32,
        ElementType::I64 => Element::I64,
        ElementType::U64 => Element::U64,
        ElementType::F32 => Element::F32,
        ElementType::F64 => Element::F64,
    }
}
