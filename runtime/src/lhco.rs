//! LHCO files, the text format of the LHC Olympics, as columns: a collection for photons, electrons, muons, taus and jets
//! each, and the missing momentum. A segment is up to 4096 events, read and parsed as a whole when its first column is asked
//! for.
//!
//! The format (LHC Olympics 2006; as PGS 4 and the `root2lhco` of Delphes write it): `#` begins a comment line; an event
//! begins with a line `0 number trigger`; each of its objects is a line `1..N type eta phi pt mass ntrk btag had/em` and
//! two unused columns. Types are 0 photon, 1 electron, 2 muon, 3 hadronic tau, 4 jet, 6 missing momentum. The sign of
//! `ntrk` is the charge of leptons. Momenta and masses are in GeV.
//!
//! A file that gzip has packed is unpacked into the temporary folder, line by line: what is no LHCO text ends that soon.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use adl_root::Spent;
use flate2::bufread::MultiGzDecoder;

use crate::reader::{FileReader, ReadClass, ReadError, Scratch, Segment};
use crate::remote::Folder;
use crate::schema::{Column, ElementType, FileSchema, Shape};
use crate::values::Buffer;

/// Events in a segment.
const SLICE: u64 = 4096;
/// Bytes in a line, at most.
const LINE: u64 = 4096;
/// Bytes in a segment, at most, but for its last event.
const SLICE_BYTES: u64 = 16 << 20;
/// Bytes of an event, at most.
const LONGEST: u64 = 1 << 20;
/// The first bytes of a file that gzip has packed (RFC 1952, section 2.3.1).
pub(crate) const GZIP: [u8; 2] = [0x1f, 0x8b];
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
    /// The text; of a packed file its unpacked copy, in a folder of its own.
    text: Mutex<File>,
    _folder: Option<Folder>,
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
    let mut packed = BufReader::new(file);
    let is_packed = packed.fill_buf().is_ok_and(|begin| begin.starts_with(&GZIP));
    let text: Box<dyn Read> = if is_packed { Box::new(MultiGzDecoder::new(packed)) } else { Box::new(packed) };
    let mut lines = Lines::new(BufReader::new(text.take(65_536)), 0);
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
        LhcoFile::of(path, File::open(path).map_err(unopened)?)
    }

    /// The same of an opened file; `path` stands for it in messages.
    pub(crate) fn of(path: &Path, mut file: File) -> Result<LhcoFile, ReadError> {
        let fail = |message: String| ReadError::new(ReadClass::Open, path, message);
        let unread = |e: std::io::Error| fail(format!("cannot be read: {e}"));
        let size = file.metadata().map_err(unread)?.len();
        let mut begin = [0; GZIP.len()];
        let is_packed = file.read_exact(&mut begin).is_ok() && begin == GZIP;
        file.rewind().map_err(unread)?;
        if !is_packed {
            let text = file.try_clone().map_err(unread)?;
            let (schema, borders, places) = index(path, Lines::new(BufReader::new(file), 0))?;
            let (path, text) = (path.to_path_buf(), Mutex::new(text));
            return Ok(LhcoFile { path, size, schema, borders, places, text, _folder: None, parked: Mutex::default() });
        }
        let folder = Folder::new().map_err(fail)?;
        let unwritten = |e: std::io::Error| fail(format!("its unpacked copy cannot be written: {e}"));
        let to = folder.file("");
        let copy = File::options().read(true).write(true).create_new(true).open(&to).map_err(unwritten)?;
        let text = copy.try_clone().map_err(unwritten)?;
        let packed = MultiGzDecoder::new(BufReader::new(file));
        let room = folder.free() / 2;
        let copying = Copying { packed, copy, written: 0, room };
        let (schema, borders, places) = index(path, Lines::new(BufReader::new(copying), 0))?;
        let (path, text, folder) = (path.to_path_buf(), Mutex::new(text), Some(folder));
        Ok(LhcoFile { path, size, schema, borders, places, text, _folder: folder, parked: Mutex::default() })
    }

    /// Parses a segment: all of its columns.
    fn parse(&self, number: usize, spent: &mut Spent) -> Result<Vec<Option<Segment>>, ReadError> {
        let unread = |e: std::io::Error| ReadError::new(ReadClass::Open, &self.path, format!("cannot be read: {e}"));
        let (Some(place), Some(&first), Some(&end)) =
            (self.places.get(number), self.borders.get(number), self.borders.get(number + 1))
        else {
            return Err(ReadError::new(ReadClass::Corrupt, &self.path, "there is no such segment"));
        };
        let mut text = Vec::new();
        {
            let mut file = self.text.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(place.byte)).map_err(unread)?;
            let more = self.places.get(number + 1).map_or(u64::MAX, |next| next.byte - place.byte);
            Read::by_ref(&mut *file).take(more).read_to_end(&mut text).map_err(unread)?;
        }
        let mut lines = Lines::new(text.as_slice(), place.line - 1);
        let mut found = Found::default();
        while let Some(line) = lines.next().map_err(|e| e.of(&self.path))? {
            let Some(line) = significant(line) else { continue };
            let added = found.add(line);
            added.map_err(|why| lines.wrong(why).of(&self.path))?;
        }
        found.finish();
        if found.scalars.len() as u64 != end - first {
            return Err(ReadError::new(ReadClass::Corrupt, &self.path, "the file has changed while it was read"));
        }
        spent.pieces += 1;
        spent.bytes += lines.byte;
        Ok(found.segments(first))
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

    fn decode(&self, column: usize, segment: usize, scratch: &mut Scratch) -> Result<Segment, ReadError> {
        let lock = || self.parked.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = lock().get_mut(&segment).and_then(|s| s.get_mut(column)?.take());
        if let Some(found) = waiting {
            return Ok(found);
        }
        let mut parsed = self.parse(segment, &mut scratch.spent)?;
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

/// What a text holds: the borders of its segments, and where they begin.
fn index(path: &Path, mut lines: Lines<impl BufRead>) -> Result<(FileSchema, Vec<u64>, Vec<Place>), ReadError> {
    let (mut events, mut event_byte) = (0, 0);
    let (mut borders, mut places): (Vec<u64>, Vec<Place>) = (Vec::new(), Vec::new());
    loop {
        let byte = lines.byte;
        let Some(line) = lines.next().map_err(|e| e.of(path))? else { break };
        let first = significant(line).map(|line| line.split_ascii_whitespace().next().and_then(whole));
        if first == Some(Some(0)) {
            let is_full = |(first, place): (&u64, &Place)| events - first >= SLICE || byte - place.byte >= SLICE_BYTES;
            if borders.last().zip(places.last()).is_none_or(is_full) {
                borders.push(events);
                places.push(Place { byte, line: lines.line });
            }
            (events, event_byte) = (events + 1, byte);
        } else if events == 0 && first.is_some() {
            return Err(lines.wrong("an object stands before the first event").of(path));
        } else if events > 0 && lines.byte - event_byte > LONGEST {
            return Err(lines.wrong(format!("the event has more than {LONGEST} characters")).of(path));
        }
    }
    borders.push(events);
    let schema = FileSchema { format: "LHCO", tree: String::new(), events, columns: columns().into() };
    Ok((schema, borders, places))
}

/// Unpacks, and keeps what it gives.
struct Copying<R> {
    packed: MultiGzDecoder<R>,
    copy: File,
    written: u64,
    /// Bytes that may be written.
    room: u64,
}

impl<R: BufRead> Read for Copying<R> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let n = self.packed.read(to).map_err(|e| match e.kind() {
            std::io::ErrorKind::UnexpectedEof => std::io::Error::new(e.kind(), "the packed data end too early"),
            _ => e,
        })?;
        self.written += n as u64;
        if self.written > self.room {
            return Err(std::io::Error::other(format!(
                "unpacked it takes more than {} bytes, half of what is free in the temporary folder (TMPDIR)",
                self.room
            )));
        }
        self.copy
            .write_all(to.get(..n).unwrap_or_default())
            .map_err(|e| std::io::Error::other(format!("its unpacked copy cannot be written: {e}")))?;
        Ok(n)
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
        let read = read.map_err(|e| {
            use std::io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
            // Of a packed file: what gzip says of damage.
            let is_damage = matches!(e.kind(), InvalidData | InvalidInput | UnexpectedEof);
            let class = if is_damage { ReadClass::Corrupt } else { ReadClass::Open };
            Wrong { class, message: format!("cannot be read: {e}") }
        })? as u64;
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
