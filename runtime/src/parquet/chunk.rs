//! The pages of a column in a row group, read and unpacked one after the other into memory that is used again. What is
//! packed in ways that are seldom comes from the Parquet library.

use std::ops::Range;
use std::time::Instant;

use adl_root::Spent;
use parquet::basic::{Compression, Encoding};
use parquet::column::page::{Page, PageReader};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};

use super::bytes::{self, Bytes};
use super::pages::{Claims, Pages};
use super::thrift::{Data, Head, Kind};

/// What is kept for unpacking.
#[derive(Default)]
pub struct Unpacker {
    zstd: Option<zstd_safe::DCtx<'static>>,
    packed: Vec<u8>,
    head: Vec<u8>,
    /// So far.
    pub(crate) spent: Spent,
}

/// The pages that are left.
pub(super) struct Chunk {
    source: Source,
    claims: Claims,
}

enum Source {
    Here {
        bytes: Bytes,
        left: Range<u64>,
        codec: Codec,
    },
    /// And how many bytes of the file there are for one that is unpacked.
    Library(Box<Pages>, f64),
}

#[derive(Clone, Copy, PartialEq)]
enum Codec {
    None,
    Zstd,
}

/// An unpacked page.
pub(super) enum Next {
    End,
    /// A dictionary of so many values.
    Dictionary(usize),
    Data(Layout),
}

/// What is where in an unpacked page.
pub(super) struct Layout {
    pub data: Data,
    /// Levels by their lengths, if these are known; else each has its length before it.
    pub levels: Option<[usize; 2]>,
}

impl Chunk {
    pub(super) fn new(bytes: &Bytes, metadata: &ParquetMetaData, group: usize, leaf: usize) -> Result<Chunk, String> {
        let missing = "there is no such column";
        let described = metadata.row_groups().get(group).ok_or(missing)?;
        let chunk = described.columns().get(leaf).ok_or(missing)?;
        let claims = Claims::new(described, leaf).map_err(|e| e.to_string())?;
        let codec = match chunk.compression() {
            Compression::UNCOMPRESSED => Some(Codec::None),
            Compression::ZSTD(_) => Some(Codec::Zstd),
            _ => None,
        };
        let source = match codec {
            Some(codec) => Source::Here { bytes: bytes.clone(), left: Chunk::place(chunk, bytes)?, codec },
            None => {
                let pages = Pages::new(bytes, metadata, group, leaf).map_err(|e| e.to_string())?;
                let packed = chunk.compressed_size() as f64 / chunk.uncompressed_size().max(1) as f64;
                Source::Library(Box::new(pages), packed)
            }
        };
        Ok(Chunk { source, claims })
    }

    fn place(chunk: &ColumnChunkMetaData, bytes: &Bytes) -> Result<Range<u64>, String> {
        let place = bytes::place(chunk).filter(|place| place.end <= bytes.size());
        place.ok_or_else(|| "its bytes are outside of the file".to_string())
    }

    /// Whether no page is left.
    pub(super) fn is_at_end(&mut self) -> Result<bool, String> {
        match &mut self.source {
            Source::Here { left, .. } => Ok(left.is_empty()),
            Source::Library(pages, _) => Ok(pages.peek_next_page().map_err(|e| e.to_string())?.is_none()),
        }
    }

    /// Passes over pages of at most so many events, if they can be told without unpacking; how many events they have.
    pub(super) fn pass(&mut self, most: usize, is_list: bool, unpacker: &mut Unpacker) -> Result<usize, String> {
        let mut passed = 0;
        while let Source::Here { bytes, left, .. } = &mut self.source
            && !left.is_empty()
        {
            let head = bytes.head(left.clone(), &mut unpacker.head)?;
            let data = match head.kind {
                Kind::First(data) | Kind::Second { data, .. } => data,
                Kind::Dictionary(_) | Kind::Other => break,
            };
            let rows = match (data.rows, is_list) {
                (_, false) => data.n as usize,
                (Some(rows), true) => rows as usize,
                (None, true) => break,
            };
            if passed + rows > most {
                break;
            }
            self.claims.data(u64::from(data.n), u64::from(head.unpacked))?;
            left.start += head.length as u64 + u64::from(head.packed);
            passed += rows;
        }
        Ok(passed)
    }

    /// Unpacks the next page.
    pub(super) fn next(&mut self, unpacker: &mut Unpacker, to: &mut Vec<u8>) -> Result<Next, String> {
        loop {
            let (kind, size) = match &mut self.source {
                Source::Library(pages, packed) => {
                    let begin = Instant::now();
                    let Some(page) = pages.get_next_page().map_err(|e| e.to_string())? else { return Ok(Next::End) };
                    let size = page.buffer().len() as u64;
                    unpacker.spent.pieces += 1;
                    unpacker.spent.bytes += (size as f64 * *packed) as u64;
                    unpacker.spent.unpacked += size;
                    unpacker.spent.unpacking += begin.elapsed();
                    to.clear();
                    to.extend_from_slice(page.buffer());
                    (of_library(&page), size)
                }
                Source::Here { left, .. } if left.is_empty() => return Ok(Next::End),
                Source::Here { bytes, left, codec } => {
                    let head = bytes.head(left.clone(), &mut unpacker.head)?;
                    let begin = left.start + head.length as u64;
                    let page = begin..begin + u64::from(head.packed);
                    if page.end > left.end {
                        return Err("a page is longer than its column".to_string());
                    }
                    left.start = page.end;
                    if head.kind == Kind::Other {
                        continue;
                    }
                    unpack(bytes, page, *codec, &head, unpacker, to)?;
                    (head.kind, u64::from(head.unpacked))
                }
            };
            return match kind {
                Kind::Dictionary(n) => {
                    self.claims.dictionary(u64::from(n), size)?;
                    Ok(Next::Dictionary(n as usize))
                }
                Kind::First(data) => {
                    self.claims.data(u64::from(data.n), size)?;
                    Ok(Next::Data(Layout { data, levels: None }))
                }
                Kind::Second { data, repetition, definition, .. } => {
                    self.claims.data(u64::from(data.n), size)?;
                    Ok(Next::Data(Layout { data, levels: Some([repetition as usize, definition as usize]) }))
                }
                Kind::Other => continue,
            };
        }
    }
}

fn unpack(
    bytes: &Bytes,
    page: Range<u64>,
    codec: Codec,
    head: &Head,
    unpacker: &mut Unpacker,
    to: &mut Vec<u8>,
) -> Result<(), String> {
    let damaged = || "a page does not decompress".to_string();
    let size = head.unpacked as usize;
    // Levels that are not packed.
    let (before, is_packed) = match head.kind {
        Kind::Second { repetition, definition, is_packed, .. } => {
            ((repetition as usize) + (definition as usize), is_packed)
        }
        Kind::Dictionary(_) | Kind::First(_) | Kind::Other => (0, true),
    };
    if codec == Codec::None || !is_packed {
        if head.packed != head.unpacked {
            return Err(damaged());
        }
        to.resize(size, 0);
        let begin = Instant::now();
        bytes.read_at(page.start, to).map_err(|e| e.to_string())?;
        unpacker.spent.read(size, begin);
        return Ok(());
    }
    if !head.is_possible() {
        return Err("a page announces far more than its bytes can hold".to_string());
    }
    unpacker.packed.resize(head.packed as usize, 0);
    let begin = Instant::now();
    bytes.read_at(page.start, &mut unpacker.packed).map_err(|e| e.to_string())?;
    unpacker.spent.read(head.packed as usize, begin);
    let begin = Instant::now();
    let (levels, packed) = unpacker.packed.split_at_checked(before).ok_or_else(damaged)?;
    let zstd = match unpacker.zstd.take() {
        Some(zstd) => unpacker.zstd.insert(zstd),
        None => unpacker.zstd.insert(zstd_safe::DCtx::try_create().ok_or_else(damaged)?),
    };
    // As long as it was for the page before: what is written over is not zeroed first.
    to.try_reserve(size.saturating_sub(to.len())).map_err(|e| e.to_string())?;
    to.resize(size, 0);
    let (to_levels, values) = to.split_at_mut_checked(before).ok_or_else(damaged)?;
    to_levels.copy_from_slice(levels);
    // Without values, nothing is there.
    if !values.is_empty() && zstd.decompress(values, packed) != Ok(values.len()) {
        return Err(damaged());
    }
    unpacker.spent.unpacked += size as u64;
    unpacker.spent.unpacking += begin.elapsed();
    Ok(())
}

/// What the library says of a page.
fn of_library(page: &Page) -> Kind {
    let encoding = match page.encoding() {
        Encoding::PLAIN => 0,
        Encoding::PLAIN_DICTIONARY => 2,
        Encoding::RLE => 3,
        Encoding::RLE_DICTIONARY => 8,
        Encoding::BYTE_STREAM_SPLIT => 9,
        _ => -1,
    };
    let n = page.num_values();
    match page {
        Page::DictionaryPage { .. } => Kind::Dictionary(n),
        Page::DataPage { def_level_encoding, rep_level_encoding, .. } => {
            let has_runs = *def_level_encoding == Encoding::RLE && *rep_level_encoding == Encoding::RLE;
            Kind::First(Data { n, encoding, has_runs, rows: None })
        }
        Page::DataPageV2 { num_rows, def_levels_byte_len, rep_levels_byte_len, .. } => Kind::Second {
            data: Data { n, encoding, has_runs: true, rows: Some(*num_rows) },
            repetition: *rep_levels_byte_len,
            definition: *def_levels_byte_len,
            is_packed: false,
        },
    }
}
