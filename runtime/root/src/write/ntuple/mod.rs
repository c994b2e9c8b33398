//! RNTuples (format version 1.0.0.0): every [`NtupleWriter::fill`] is a cluster, whose pages are written at once; header,
//! list of pages, footer and anchor follow at the end. After `tree/ntuple/doc/BinaryFormatSpecification.md` of ROOT.

mod bytes;
mod pages;
mod schema;

use std::io::{Seek, Write};

use twox_hash::XxHash3_64;

use self::bytes::{Block, Bytes};
use self::pages::{Zstd, encode, encode_ends};
use self::schema::{Origin, Schema};
use super::Error;
use super::buffer::Buffer;
use super::columns::{Branch, Column, Given, check_branches, check_columns};
use super::file::{Directory, FileWriter};
use crate::Values;

/// Elements of a page at most: 512 KiB of the widest.
const PAGE: usize = 1 << 16;
/// Longer blocks would have to be in several records: 1 GiB, as in ROOT.
const MAX_KEY: u64 = 1 << 30;
/// Bytes of the anchor: byte count and class version, then what its checksum covers.
const ANCHOR: (usize, usize) = (6, 64);

/// An RNTuple that is being written into a file.
pub struct NtupleWriter {
    directory: Directory,
    name: String,
    title: String,
    branches: Vec<Branch>,
    schema: Schema,
    zstd: Option<Zstd>,
    clusters: Vec<Cluster>,
    /// Elements written of each column.
    elements: Vec<u64>,
}

/// What was written of a cluster.
struct Cluster {
    first: u64,
    entries: u64,
    /// Per column: its first element, and its pages with their numbers of elements.
    columns: Vec<(u64, Vec<(u32, Block)>)>,
}

impl NtupleWriter {
    /// Begins an RNTuple with the fields of these branches: a branch of lists as a vector, its counter as the sizes of
    /// the lists, a branch of lists of lists as a vector of vectors.
    ///
    /// # Errors
    ///
    /// [`Error::Tree`] if a counter is none, two branches have one name, or a name is none for a field.
    pub fn new(directory: Directory, name: &str, title: &str, branches: Vec<Branch>) -> Result<NtupleWriter, Error> {
        check_branches(name, &branches)?;
        // "Naming specification"
        let forbidden = |c: char| c.is_control() || matches!(c, '.' | ' ' | '/' | '\\');
        if let Some(branch) = branches.iter().find(|b| b.name.is_empty() || b.name.contains(forbidden)) {
            let what =
                format!("{:?} cannot be the name of a field: dots, spaces and slashes cannot be in it", branch.name);
            return Err(Error::Tree { name: name.to_string(), what });
        }
        let schema = Schema::of(&branches);
        let elements = vec![0; schema.columns.len()];
        let (name, title) = (name.to_string(), title.to_string());
        Ok(NtupleWriter { directory, name, title, branches, schema, zstd: None, clusters: Vec::new(), elements })
    }

    /// Appends entries: a column for every branch.
    ///
    /// # Errors
    ///
    /// [`Error::Tree`] if the columns do not fit the branches or each other, [`Error::FileTooLarge`],
    /// [`Error::ObjectTooLarge`], [`Error::Io`].
    pub fn fill<W: Write + Seek>(&mut self, file: &mut FileWriter<W>, columns: &[Column<'_>]) -> Result<(), Error> {
        let Given { entries, counts } = check_columns(&self.name, self.branches.iter(), columns)?;
        if entries == 0 {
            return Ok(());
        }
        let split = self.prepare(file);
        let mut blocks = Blocks { zstd: self.zstd.as_mut(), bytes: Vec::new() };
        let mut written = Vec::new();
        for ((_, _, from), total) in self.schema.columns.iter().zip(&mut self.elements) {
            let mut pages = Vec::new();
            let elements = match from {
                Origin::Branch(number) => {
                    let Some(values) = columns.get(*number).map(Column::values) else { continue };
                    for begin in (0..values.len()).step_by(PAGE) {
                        let part = part(&values, begin..values.len().min(begin + PAGE));
                        pages.push((part.len() as u32, blocks.add(&encode(&part, split), true)));
                    }
                    values.len()
                }
                Origin::Lists(number) => {
                    let sizes = counts.get(*number).and_then(Option::as_ref).into_iter().flatten();
                    blocks.ends(sizes.map(|size| size.unsigned_abs()), split, &mut pages)
                }
                Origin::Outer(number) | Origin::Inner(number) => {
                    let Some(Column::Nested { lists, sizes, .. }) = columns.get(*number) else { continue };
                    let sizes = if matches!(from, Origin::Outer(_)) { lists } else { sizes };
                    blocks.ends(sizes.iter().map(|size| u64::from(*size)), split, &mut pages)
                }
            };
            written.push((*total, pages));
            *total += elements as u64;
        }
        let begin = file.append_blob(&self.name, &blocks.bytes)?;
        for (_, block) in written.iter_mut().flat_map(|(_, pages)| pages) {
            block.offset += begin;
        }
        self.clusters.push(Cluster { first: self.entries(), entries: entries as u64, columns: written });
        Ok(())
    }

    /// The entries so far.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.clusters.last().map_or(0, |cluster| cluster.first + cluster.entries)
    }

    /// Writes what describes the RNTuple.
    ///
    /// # Errors
    ///
    /// [`Error::Name`], [`Error::Duplicate`], [`Error::ObjectTooLarge`], [`Error::FileTooLarge`], [`Error::Io`].
    pub fn finish<W: Write + Seek>(mut self, file: &mut FileWriter<W>) -> Result<(), Error> {
        let split = self.prepare(file);
        let settings = if split { Zstd::SETTINGS } else { 0 };
        let (header, header_sum) = Bytes::envelope(1, |bytes| {
            // No feature that readers would have to know.
            bytes.u64(0);
            bytes.string(&self.name);
            bytes.string(&self.title);
            bytes.string(concat!("adl-root ", env!("CARGO_PKG_VERSION")));
            self.schema.write(bytes, split);
        });
        let header = self.envelope(file, &header)?;
        let (pages, _) = Bytes::envelope(3, |bytes| {
            bytes.u64(header_sum);
            bytes.list(&self.clusters, |bytes, cluster| {
                bytes.record(|bytes| {
                    bytes.u64(cluster.first);
                    bytes.u64(cluster.entries);
                });
            });
            bytes.list(&self.clusters, |bytes, cluster| {
                bytes.list(&cluster.columns, |bytes, (first, pages)| {
                    let page = |bytes: &mut Bytes, (elements, block): &(u32, Block)| {
                        // Negative: a checksum stands behind the page.
                        bytes.i32(-(*elements as i32));
                        bytes.locator(*block);
                    };
                    bytes.list_and(pages, page, |bytes| {
                        bytes.i64(*first as i64);
                        bytes.u32(settings);
                    });
                });
            });
        });
        let pages = self.envelope(file, &pages)?;
        let (footer, _) = Bytes::envelope(2, |bytes| {
            bytes.u64(0);
            bytes.u64(header_sum);
            Schema::write_extension(bytes);
            bytes.list(&[()], |bytes, ()| {
                bytes.record(|bytes| {
                    bytes.u64(0);
                    bytes.u64(self.entries());
                    bytes.u32(self.clusters.len() as u32);
                    bytes.u64(u64::from(pages.size));
                    bytes.locator(pages);
                });
            });
        });
        let footer = self.envelope(file, &footer)?;
        let (name, directory) = (self.name, self.directory);
        file.object(directory, "ROOT::RNTuple", &name, "", 0, |buffer| anchor(buffer, header, footer))
    }

    /// Whether columns are split: if the objects of the file are compressed.
    fn prepare<W: Write + Seek>(&mut self, file: &FileWriter<W>) -> bool {
        if file.options.compress && self.zstd.is_none() {
            self.zstd = Zstd::new();
        }
        self.zstd.is_some()
    }

    fn envelope<W: Write + Seek>(&mut self, file: &mut FileWriter<W>, envelope: &[u8]) -> Result<Block, Error> {
        if envelope.len() as u64 > MAX_KEY {
            return Err(Error::ObjectTooLarge { name: self.name.clone() });
        }
        let mut blocks = Blocks { zstd: self.zstd.as_mut(), bytes: Vec::new() };
        let block = blocks.add(envelope, false);
        let begin = file.append_blob(&self.name, &blocks.bytes)?;
        Ok(Block { offset: block.offset + begin, ..block })
    }
}

/// Blocks that are written in one record.
struct Blocks<'a> {
    zstd: Option<&'a mut Zstd>,
    bytes: Vec<u8>,
}

impl Blocks<'_> {
    /// Compresses the ends of lists of these sizes as pages; how many there are.
    fn ends(&mut self, sizes: impl Iterator<Item = u64>, split: bool, pages: &mut Vec<(u32, Block)>) -> usize {
        let ends = sizes.scan(0, |end, size| {
            *end += size;
            Some(*end)
        });
        let ends: Vec<u64> = ends.collect();
        for page in ends.chunks(PAGE) {
            pages.push((page.len() as u32, self.add(&encode_ends(page, split), true)));
        }
        ends.len()
    }

    /// Compresses a block, if that makes it shorter; its position is counted from the first. A checksum may follow it.
    fn add(&mut self, block: &[u8], checked: bool) -> Block {
        let packed = self.zstd.as_mut().and_then(|zstd| zstd.pack(block)).unwrap_or(block);
        let place = Block { offset: self.bytes.len() as u64, packed: packed.len() as u32, size: block.len() as u32 };
        self.bytes.extend(packed);
        if checked {
            self.bytes.extend(XxHash3_64::oneshot(packed).to_le_bytes());
        }
        place
    }
}

/// The anchor, class version 2: big-endian, as all objects in a directory. Its checksum lies behind the end that its byte
/// count gives.
fn anchor(buffer: &mut Buffer, header: Block, footer: Block) {
    buffer.versioned(2, |buffer| {
        buffer.i16s(&[1, 0, 0, 0]);
        for block in [header, footer] {
            buffer.i64s(&[block.offset as i64, i64::from(block.packed), i64::from(block.size)]);
        }
        buffer.i64s(&[MAX_KEY as i64]);
    });
    let (begin, size) = ANCHOR;
    let checksum = XxHash3_64::oneshot(buffer.bytes().get(begin..begin + size).unwrap_or_default());
    buffer.i64s(&[checksum.cast_signed()]);
}

/// Some of the values.
fn part<'a>(values: &Values<'a>, range: std::ops::Range<usize>) -> Values<'a> {
    match values {
        Values::Bool(v) => Values::Bool(v.get(range).unwrap_or_default()),
        Values::I8(v) => Values::I8(v.get(range).unwrap_or_default()),
        Values::U8(v) => Values::U8(v.get(range).unwrap_or_default()),
        Values::I16(v) => Values::I16(v.get(range).unwrap_or_default()),
        Values::U16(v) => Values::U16(v.get(range).unwrap_or_default()),
        Values::I32(v) => Values::I32(v.get(range).unwrap_or_default()),
        Values::U32(v) => Values::U32(v.get(range).unwrap_or_default()),
        Values::I64(v) => Values::I64(v.get(range).unwrap_or_default()),
        Values::U64(v) => Values::U64(v.get(range).unwrap_or_default()),
        Values::F32(v) => Values::F32(v.get(range).unwrap_or_default()),
        Values::F64(v) => Values::F64(v.get(range).unwrap_or_default()),
    }
}
