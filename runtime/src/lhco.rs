//! LHCO files, the text format of the LHC Olympics, as columns: a collection for photons, electrons, muons, taus and jets
//! each, and the missing momentum. A segment is 4096 events, read and parsed as a whole when its first column is asked
//! for.
//!
//! The format (LHC Olympics 2006; as PGS 4 and the `root2lhco` of Delphes write it): `#` begins a comment line; an event
//! begins with a line `0 number trigger`; each of its objects is a line `1..N type eta phi pt mass ntrk btag had/em` and
//! two unused columns. Types are 0 photon, 1 electron, 2 muon, 3 hadronic tau, 4 jet, 6 missing momentum. The sign of
//! `ntrk` is the charge of leptons. Momenta and masses are in GeV.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::reader::{FileReader, ReadClass, ReadError, Scratch, Segment};
use crate::schema::{Column, ElementType, FileSchema, Shape};
use crate::values::Buffer;

/// Events in a segment.
const SLICE: u64 = 4096;
/// Bytes in a line, at most.
const LINE: u64 = 4096;
/// Parsed segments that wait for their other columns to be asked for, at most.
const PARKED: usize = 16;

/// Collections by the number of their type.
const KINDS: [(i64, &str); 5] = [(0, "Photon"), (1, "Electron"), (2, "Muon"), (3, "Tau"), (4, "Jet")];
/// The type of the missing momentum.
const MISSING: i64 = 6;
/// Attributes in the order of a line, after the type.
const ATTRIBUTES: [&str; 7] = ["eta", "phi", "pt", "mass", "ntrk", "btag", "hadem"];
/// The first columns, one value per event.
const SCALARS: [(&str, ElementType); 4] = [
    ("event", ElementType::I64),
    ("trigger", ElementType::I64),
    ("MET_pt", ElementType::F64),
    ("MET_phi", ElementType::F64),
];

/// An open LHCO file.
pub struct LhcoFile {
    path: PathBuf,
    size: u64,
    schema: FileSchema,
    borders: Vec<u64>,
    places: Vec<Place>,
    parked: Mutex<BTreeMap<usize, Vec<Option<Segment>>>>,
}

/// Where a segment begins.
#[derive(Clone, Copy)]
struct Place {
    byte: u64,
    /// The number of its first line, from 1.
    line: u64,
}

/// True if the content begins as an LHCO file does: after comments, with the line of an event.
#[must_use]
pub fn begins(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    let mut lines = Lines::new(BufReader::new(file.take(65_536)), 0);
    while let Ok(Some(line)) = lines.next() {
        if let Some(fields) = significant(line) {
            let first: Vec<Option<i64>> = fields.split_ascii_whitespace().map(whole).collect();
            return matches!(first.as_slice(), [Some(0), Some(_), Some(_)]);
        }
    }
    false
}

impl LhcoFile {
    /// Opens a file and finds its events.
    ///
    /// # Errors
    /// `Open` if it cannot be read; `Corrupt`, with the number of the line, where it does not begin with an event.
    pub fn open(path: &Path) -> Result<LhcoFile, ReadError> {
        let unopened = |e: std::io::Error| ReadError::new(ReadClass::Open, path, format!("cannot be opened: {e}"));
        let file = File::open(path).map_err(unopened)?;
        let size = file.metadata().map_err(unopened)?.len();
        let mut lines = Lines::new(BufReader::new(file), 0);
        let (mut events, mut places) = (0, Vec::new());
        loop {
            let byte = lines.byte;
            let Some(line) = lines.next().map_err(|e| e.of(path))? else { break };
            let Some(line) = significant(line) else { continue };
            let begins = line.split_ascii_whitespace().next().and_then(whole) == Some(0);
            if begins && events % SLICE == 0 {
                places.push(Place { byte, line: lines.line });
            }
            if begins {
                events += 1;
            } else if events == 0 {
                return Err(lines.wrong("an object stands before the first event").of(path));
            }
        }
        let mut borders: Vec<u64> = (0..places.len() as u64).map(|i| i * SLICE).collect();
        borders.push(events);
        let schema = FileSchema { format: "LHCO", tree: String::new(), events, columns: columns() };
        Ok(LhcoFile { path: path.to_path_buf(), size, schema, borders, places, parked: Mutex::default() })
    }

    /// Parses a segment: all of its columns.
    fn parse(&self, number: usize) -> Result<Vec<Option<Segment>>, ReadError> {
        let unread = |e: std::io::Error| ReadError::new(ReadClass::Open, &self.path, format!("cannot be read: {e}"));
        let (Some(place), Some(&first), Some(&end)) =
            (self.places.get(number), self.borders.get(number), self.borders.get(number + 1))
        else {
            return Err(ReadError::new(ReadClass::Corrupt, &self.path, "there is no such segment"));
        };
        let mut file = File::open(&self.path).map_err(unread)?;
        file.seek(SeekFrom::Start(place.byte)).map_err(unread)?;
        let mut lines = Lines::new(BufReader::new(file), place.line - 1);
        let mut found = Found::default();
        let more = self.places.get(number + 1).map_or(u64::MAX, |next| next.byte - place.byte);
        while lines.byte < more {
            let Some(line) = lines.next().map_err(|e| e.of(&self.path))? else { break };
            let Some(line) = significant(line) else { continue };
            let added = found.add(line);
            added.map_err(|why| lines.wrong(why).of(&self.path))?;
        }
        found.finish();
        if found.scalars.len() as u64 != end - first {
            return Err(ReadError::new(ReadClass::Corrupt, &self.path, "the file has changed while it was read"));
        }
        let bytes = lines.byte / self.schema.columns.len().max(1) as u64;
        let mut segments = found.segments(first);
        segments.iter_mut().flatten().for_each(|s| s.bytes = bytes);
        Ok(segments)
    }
}

impl FileReader for LhcoFile {
    fn path(&self) -> &Path {
        &self.path
    }

    fn size(&self) -> u64 {
        self.size
    }

    fn uuid(&self) -> &str {
        ""
    }

    fn schema(&self) -> &FileSchema {
        &self.schema
    }

    fn borders(&self, _: usize) -> &[u64] {
        &self.borders
    }

    fn decode(&self, column: usize, segment: usize, _: &mut Scratch) -> Result<Segment, ReadError> {
        let lock = || self.parked.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = lock().get_mut(&segment).and_then(|s| s.get_mut(column)?.take());
        if let Some(found) = waiting {
            return Ok(found);
        }
        let mut parsed = self.parse(segment)?;
        let found = parsed.get_mut(column).and_then(Option::take);
        let mut parked = lock();
        parked.insert(segment, parsed);
        if parked.len() > PARKED {
            // Segments are asked for in their order.
            parked.pop_first();
        }
        found
            .ok_or_else(|| ReadError::new(ReadClass::Schema, &self.path, format!("there is no column number {column}")))
    }
}

/// The columns of every LHCO file.
fn columns() -> Vec<Column> {
    let column = |name: String, element, shape, counter, title: &str| Column {
        name,
        element,
        shape,
        counter,
        title: title.to_owned(),
        codec: "none".to_owned(),
    };
    let mut columns: Vec<Column> =
        SCALARS.iter().map(|(name, element)| column((*name).to_owned(), *element, Shape::Scalar, None, "")).collect();
    for (kind, name) in KINDS {
        let counter = format!("n{name}");
        columns.push(column(counter.clone(), ElementType::I32, Shape::Scalar, None, ""));
        for attribute in ATTRIBUTES {
            let title = match attribute {
                "ntrk" if is_charged(kind) => "tracks times charge",
                "ntrk" => "number of tracks",
                "btag" if kind == 4 => "not 0: tagged",
                "hadem" if kind == 2 => "isolation: sum of pt before, ratio of E_T behind the point",
                "hadem" => "hadronic over electromagnetic energy",
                _ => "",
            };
            let name = format!("{name}_{attribute}");
            columns.push(column(name, ElementType::F64, Shape::List, Some(counter.clone()), title));
        }
        if is_charged(kind) {
            columns.push(column(
                format!("{name}_charge"),
                ElementType::I32,
                Shape::List,
                Some(counter),
                "sign of ntrk",
            ));
        }
    }
    columns
}

/// True for objects with a charge: the sign of `ntrk`.
fn is_charged(kind: i64) -> bool {
    matches!(kind, 1..=3)
}

/// The events of a segment, as far as they are read.
#[derive(Default)]
struct Found {
    scalars: Vec<Scalars>,
    collections: [Objects; KINDS.len()],
}

/// What an event has one of.
#[derive(Clone, Copy)]
struct Scalars {
    event: i64,
    trigger: i64,
    /// Missing momentum, pt and phi: NaN without one.
    missing: Option<(f64, f64)>,
}

/// Objects of one type.
#[derive(Default)]
struct Objects {
    /// Where each event ends.
    ends: Vec<u32>,
    attributes: [Vec<f64>; ATTRIBUTES.len()],
}

impl Found {
    /// Adds a line.
    fn add(&mut self, line: &str) -> Result<(), String> {
        let mut fields = line.split_ascii_whitespace();
        let mut next = |what: &str| fields.next().ok_or_else(|| format!("{what} is missing"));
        let number = integer(next("the number of the object")?)?;
        if number == 0 {
            let event = integer(next("the number of the event")?)?;
            let trigger = integer(next("the trigger word")?)?;
            self.finish();
            self.scalars.push(Scalars { event, trigger, missing: None });
            return Ok(());
        }
        let kind = integer(next("the type")?)?;
        let mut values = [0.0; ATTRIBUTES.len()];
        for (value, name) in values.iter_mut().zip(ATTRIBUTES) {
            let text = next(name)?;
            *value = text.parse().map_err(|_| format!("`{text}` is not a number"))?;
        }
        let [_, phi, pt, ..] = values;
        if kind == MISSING {
            let Some(event) = self.scalars.last_mut() else { return Ok(()) };
            return match event.missing.replace((pt, phi)) {
                None => Ok(()),
                Some(_) => Err("the event has a second missing momentum".to_owned()),
            };
        }
        let Some(place) = KINDS.iter().position(|(k, _)| *k == kind) else {
            let known = "0 photon, 1 electron, 2 muon, 3 tau, 4 jet, 6 missing momentum";
            return Err(format!("there is no type {kind} ({known})"));
        };
        let Some(objects) = self.collections.get_mut(place) else { return Ok(()) };
        objects.attributes.iter_mut().zip(values).for_each(|(all, value)| all.push(value));
        Ok(())
    }

    /// Ends the event.
    fn finish(&mut self) {
        let events = self.scalars.len();
        for objects in &mut self.collections {
            // Before the first event there is nothing to end.
            if objects.ends.len() < events {
                let end = objects.attributes.first().map_or(0, Vec::len);
                objects.ends.push(u32::try_from(end).unwrap_or(u32::MAX));
            }
        }
    }

    /// One segment per column, in the order of the columns; none if there are more values than can be counted.
    fn segments(self, first: u64) -> Vec<Option<Segment>> {
        let scalars = self.scalars;
        let missing = |of: fn((f64, f64)) -> f64| scalars.iter().map(move |s| s.missing.map_or(f64::NAN, of)).collect();
        let mut segments = vec![
            Some(Segment::scalars(first, Buffer::I64(scalars.iter().map(|s| s.event).collect()))),
            Some(Segment::scalars(first, Buffer::I64(scalars.iter().map(|s| s.trigger).collect()))),
            Some(Segment::scalars(first, Buffer::F64(missing(|m| m.0)))),
            Some(Segment::scalars(first, Buffer::F64(missing(|m| m.1)))),
        ];
        for (objects, (kind, _)) in self.collections.into_iter().zip(KINDS) {
            let offsets: Vec<u32> = std::iter::once(0).chain(objects.ends.iter().copied()).collect();
            let sizes = offsets.windows(2).map(|pair| match pair {
                [from, to] => i32::try_from(to.saturating_sub(*from)).unwrap_or(i32::MAX),
                _ => 0,
            });
            segments.push(Some(Segment::scalars(first, Buffer::I32(sizes.collect()))));
            let tracks = objects.attributes.get(4).map(Vec::as_slice).unwrap_or_default();
            let charges: Vec<i32> = tracks.iter().map(|n| sign(*n)).collect();
            for values in objects.attributes {
                segments.push(Segment::lists(first, offsets.clone(), Buffer::F64(values)));
            }
            if is_charged(kind) {
                segments.push(Segment::lists(first, offsets, Buffer::I32(charges)));
            }
        }
        segments
    }
}

/// 1, 0 or -1.
fn sign(value: f64) -> i32 {
    i32::from(value > 0.0) - i32::from(value < 0.0)
}

/// A whole number, also when it is written as `4.0`.
fn whole(text: &str) -> Option<i64> {
    let exact = |value: &f64| value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0;
    text.parse().ok().or_else(|| text.parse::<f64>().ok().filter(exact).map(|value| value as i64))
}

fn integer(text: &str) -> Result<i64, String> {
    whole(text).ok_or_else(|| format!("`{text}` is not a whole number"))
}

/// The content of a line that is neither empty nor a comment.
fn significant(line: &str) -> Option<&str> {
    let line = line.trim();
    (!line.is_empty() && !line.starts_with('#')).then_some(line)
}

/// Lines with their places.
struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    /// The number of the line that was read last.
    line: u64,
    /// Bytes before the next line.
    byte: u64,
}

/// What is wrong with a line.
struct Wrong {
    class: ReadClass,
    message: String,
}

impl Wrong {
    fn of(self, path: &Path) -> ReadError {
        ReadError::new(self.class, path, self.message)
    }
}

impl<R: BufRead> Lines<R> {
    fn new(reader: R, line: u64) -> Lines<R> {
        Lines { reader, buffer: Vec::new(), line, byte: 0 }
    }

    /// The next line; none at the end.
    fn next(&mut self) -> Result<Option<&str>, Wrong> {
        self.buffer.clear();
        let read = self.reader.by_ref().take(LINE).read_until(b'\n', &mut self.buffer);
        let read = read.map_err(|e| Wrong { class: ReadClass::Open, message: format!("cannot be read: {e}") })? as u64;
        self.line += 1;
        self.byte += read;
        if read == LINE && self.buffer.last() != Some(&b'\n') {
            return Err(self.wrong(format!("it has more than {LINE} characters")));
        }
        match std::str::from_utf8(&self.buffer) {
            _ if read == 0 => Ok(None),
            Ok(line) => Ok(Some(line)),
            Err(_) => Err(Wrong { class: ReadClass::Corrupt, message: format!("line {}: it is no text", self.line) }),
        }
    }

    /// An error about the line that was read last.
    fn wrong(&self, why: impl std::fmt::Display) -> Wrong {
        Wrong { class: ReadClass::Corrupt, message: format!("line {}: {why}", self.line) }
    }
}
