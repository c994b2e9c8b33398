//! Rows: the values that a kernel records event by event, and the tables that are made of them. A table has a row per
//! event, from the one record with a row per event; its list columns are in records with a row per element.

use std::ops::Range;

/// What is made of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Lines on the terminal.
    Print,
    /// A text file: one line per event, commas between the values.
    Csv,
    /// An Apache Parquet file.
    Parquet,
    /// A ROOT file with a `TTree`.
    Root,
    /// A ROOT file with an `RNTuple`.
    Ntuple,
}

impl Format {
    /// Its word in the language.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Format::Print => "print",
            Format::Csv => "csv",
            Format::Parquet => "parquet",
            Format::Root => "root",
            Format::Ntuple => "rntuple",
        }
    }

    /// The ending of its files.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Format::Ntuple => "root",
            Format::Print | Format::Csv | Format::Parquet | Format::Root => self.name(),
        }
    }
}

/// The type of the values of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 0 or 1.
    Bool,
    /// An i64.
    Int,
    /// Bits of an f64; NaN is missing.
    Real,
    /// Index into [`Tables::texts`].
    Text,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name; empty for a text that is only printed.
    pub name: String,
    /// What its values are.
    pub kind: Kind,
    /// The record they are in: the table's own, or one with a row per element.
    pub record: usize,
    /// Which value of a row.
    pub value: usize,
    /// The value of the row that says whether this one is there (a bool); none if it always is.
    pub present: Option<usize>,
}

/// A table of values of events.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The region it belongs to.
    pub region: String,
    /// Its name in the region; empty for a `print`.
    pub name: String,
    /// What is made of it.
    pub format: Format,
    /// The record with one row per event.
    pub record: usize,
    /// Its columns; none means the whole event as it was read.
    pub columns: Vec<Column>,
}

/// All tables of a job.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tables {
    /// In the order of the text.
    pub tables: Vec<Table>,
    /// The texts that values of [`Kind::Text`] stand for.
    pub texts: Vec<String>,
}

/// What a kernel has recorded of a chunk of events.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// Number of the file in the job.
    pub file: usize,
    /// The events of the chunk in that file.
    pub events: Range<u64>,
    /// Per record of the kernel: the words of a row.
    pub widths: Vec<usize>,
    /// Per record: its rows, one after the other, in the order of the events: the event's number in the file, then the
    /// values.
    pub records: Vec<Vec<u64>>,
}

/// The values of a column for the events of a chunk: as words, none where missing.
#[derive(Clone, Debug, PartialEq)]
pub struct Cells {
    /// For a list column: where each event's values begin, and where the last one's end.
    pub offsets: Option<Vec<usize>>,
    /// The values.
    pub values: Vec<Option<u64>>,
}

impl Cells {
    /// The values of an event's list; none for a column of single values.
    #[must_use]
    pub fn list(&self, event: usize) -> Option<&[Option<u64>]> {
        let offsets = self.offsets.as_ref()?;
        let (from, to) = (offsets.get(event)?, offsets.get(event + 1)?);
        self.values.get(*from..*to)
    }
}

impl Rows {
    /// The rows of a record: the event's number, and the values.
    fn rows(&self, record: usize) -> impl Iterator<Item = (u64, &[u64])> {
        let width = self.widths.get(record).copied().unwrap_or(1).max(1);
        let words = self.records.get(record).map_or(&[][..], Vec::as_slice);
        words.chunks_exact(width).filter_map(|row| row.split_first().map(|(event, values)| (*event, values)))
    }

    /// The numbers of the events of a table, in order.
    #[must_use]
    pub fn events(&self, table: &Table) -> Vec<u64> {
        self.rows(table.record).map(|(event, _)| event).collect()
    }

    /// The values of a column of a table.
    #[must_use]
    pub fn cells(&self, table: &Table, column: &Column) -> Cells {
        let word = |values: &[u64]| {
            let there = column.present.is_none_or(|p| values.get(p).is_some_and(|word| *word != 0));
            let word = values.get(column.value).copied().filter(|_| there)?;
            (column.kind != Kind::Real || !f64::from_bits(word).is_nan()).then_some(word)
        };
        if column.record == table.record {
            return Cells { offsets: None, values: self.rows(column.record).map(|(_, values)| word(values)).collect() };
        }
        let mut elements = self.rows(column.record).peekable();
        let (mut offsets, mut values) = (vec![0], Vec::new());
        for (event, _) in self.rows(table.record) {
            while let Some((_, row)) = elements.next_if(|(of, _)| *of == event) {
                values.push(word(row));
            }
            offsets.push(values.len());
        }
        Cells { offsets: Some(offsets), values }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_go_to_their_events() {
        let real = f64::to_bits;
        let rows = Rows {
            file: 0,
            events: 10..14,
            widths: vec![3, 2],
            records: vec![vec![10, 7, 1, 12, 8, 0, 13, 9, 1], vec![10, real(0.5), 10, real(f64::NAN), 13, real(2.5)]],
        };
        let column = |record, kind, present| Column { name: "c".to_string(), kind, record, value: 0, present };
        let mut table = Table {
            region: "SR".to_string(),
            name: "t".to_string(),
            format: Format::Csv,
            record: 0,
            columns: vec![column(0, Kind::Int, Some(1)), column(1, Kind::Real, None)],
        };
        assert_eq!(rows.events(&table), [10, 12, 13]);
        let scalars = rows.cells(&table, &table.columns[0]);
        assert_eq!(scalars, Cells { offsets: None, values: vec![Some(7), None, Some(9)] });
        let lists = rows.cells(&table, &table.columns[1]);
        assert_eq!(lists.offsets, Some(vec![0, 2, 2, 3]));
        assert_eq!(lists.values, [Some(real(0.5)), None, Some(real(2.5))]);
        table.columns[0].present = None;
        assert_eq!(rows.cells(&table, &table.columns[0]).values, [Some(7), Some(8), Some(9)]);
    }
}
