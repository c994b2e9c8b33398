//! The short way for numbers and lists of numbers: the values of pages go straight to the segment's vector, and the levels
//! become starts, without the arrays of Arrow between. What it does not read goes the long way, with the same results.

use parquet::basic::Type as Physical;
use parquet::file::metadata::ParquetMetaData;
use parquet::schema::types::SchemaDescriptor;

use super::bytes::Bytes;
use super::chunk::{Chunk, Next, Unpacker};
use super::page::{Current, Levels, Taken, Unread};
use super::{Piece, Unfit};
use crate::schema::{Column, ElementType, Shape};
use crate::values::Buffer;

/// Values that room is made for before they are seen.
const ROOM: usize = 1 << 20;

/// What a column is read from.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub bytes: &'a Bytes,
    pub metadata: &'a ParquetMetaData,
    pub leaf: usize,
}

/// A reader of one column that stands somewhere in a row group.
pub(super) struct Direct {
    levels: Levels,
    chunk: Chunk,
    page: Current,
    /// The row group, how many of its events are not read yet, and whether one of them is.
    group: usize,
    left: usize,
    is_begun: bool,
}

/// What was read of a segment.
pub(super) struct Found {
    pub events: usize,
    pub offsets: Option<Vec<u32>>,
    pub values: Buffer,
    pub null_lists: u64,
    pub null_values: u64,
}

/// Whether a column is read this way.
pub(super) fn reads(column: &Column, schema: &SchemaDescriptor, leaf: usize) -> bool {
    let shape = match column.shape {
        Shape::Scalar => 0,
        Shape::List => 1,
        Shape::Lists | Shape::Unsupported(_) => return false,
    };
    let Some(descriptor) = schema.columns().get(leaf) else { return false };
    let is_plain = matches!(
        (column.element, descriptor.physical_type()),
        (ElementType::Bool, Physical::BOOLEAN)
            | (ElementType::F32, Physical::FLOAT)
            | (ElementType::F64, Physical::DOUBLE)
            | (ElementType::I32 | ElementType::U32, Physical::INT32)
            | (ElementType::I64 | ElementType::U64, Physical::INT64)
    );
    is_plain && descriptor.max_rep_level() == shape
}

impl Direct {
    /// A reader at the beginning of a piece; another that is not needed any more gives it its memory.
    pub(super) fn new(
        place: Place,
        piece: &Piece,
        before: Option<Direct>,
        unpacker: &mut Unpacker,
    ) -> Result<Direct, Stop> {
        let schema = place.metadata.file_metadata().schema_descr();
        let levels = schema.columns().get(place.leaf).and_then(|descriptor| Levels::of(descriptor));
        let levels = levels.ok_or_else(|| Stop::Said("there is no such column".to_string()))?;
        let mut page = before.map_or_else(|| Current::new(levels), |before| before.page);
        page.forget();
        let (chunk, left) = open(place, piece.groups.0)?;
        let mut direct = Direct { levels, chunk, page, group: piece.groups.0, left, is_begun: false };
        let mut skip = usize::try_from(piece.skip).map_err(|e| Stop::Said(e.to_string()))?;
        direct.left = direct.left.saturating_sub(skip);
        while skip > 0 {
            let passed = match direct.page.left() {
                0 => direct.chunk.pass(skip, levels.is_list, unpacker)?,
                _ => direct.page.take(skip).events,
            };
            direct.is_begun |= passed > 0;
            skip -= passed;
            if skip > 0 && direct.page.left() == 0 && !direct.load(unpacker)? {
                return Err(Stop::End(0));
            }
        }
        direct.lead(None, unpacker)?;
        Ok(direct)
    }

    /// Reads the events of a piece.
    pub(super) fn read(
        &mut self,
        place: Place,
        piece: &Piece,
        element: ElementType,
        unpacker: &mut Unpacker,
    ) -> Result<Found, Stop> {
        let rows = usize::try_from(piece.rows).map_err(|e| Stop::Said(e.to_string()))?;
        let groups = place.metadata.row_groups().get(piece.groups.0..piece.groups.1).unwrap_or_default();
        let stored: i64 = groups.iter().filter_map(|g| g.columns().get(place.leaf)).map(|c| c.num_values()).sum();
        let of: i64 = groups.iter().map(|g| g.num_rows()).sum();
        let expected = (stored.max(0) as f64 / of.max(1) as f64 * rows as f64 * 1.05) as usize;
        let mut found = Found {
            events: 0,
            offsets: self.levels.is_list.then(|| Vec::with_capacity(rows + 1)),
            values: Buffer::with_capacity(element, expected.clamp(rows.min(ROOM), ROOM)),
            null_lists: 0,
            null_values: 0,
        };
        while found.events < rows {
            if self.left == 0 {
                self.group += 1;
                if self.group >= piece.groups.1 {
                    return Err(Stop::End(found.events));
                }
                (self.chunk, self.left) = open(place, self.group)?;
                self.is_begun = false;
                self.page.forget();
                continue;
            }
            if self.page.left() == 0 && !self.load(unpacker)? {
                return Err(Stop::End(found.events));
            }
            let taken = self.page.take(self.left.min(rows - found.events));
            found.push(&taken)?;
            self.left -= taken.events;
            self.is_begun |= taken.events > 0;
            self.lead(Some(&mut found), unpacker)?;
        }
        if let Some(offsets) = &mut found.offsets {
            offsets.push(u32::try_from(found.values.len()).map_err(|_| Stop::Unfit(TOO_MANY))?);
        }
        Ok(found)
    }

    /// Goes to the next page with data; false if there is none.
    fn load(&mut self, unpacker: &mut Unpacker) -> Result<bool, Stop> {
        loop {
            match self.chunk.next(unpacker, &mut self.page.page)? {
                Next::End => return Ok(false),
                Next::Dictionary(n) => self.page.set_dictionary(n),
                Next::Data(layout) => {
                    self.page.decode(&layout).map_err(|unread| match unread {
                        Unread::Foreign => Stop::Foreign,
                        Unread::Damaged(why) => Stop::Said(why.to_string()),
                    })?;
                    if !self.is_begun && self.levels.is_list && self.page.lead().elements > 0 {
                        return Err(Stop::Said("a row group begins within an event".to_string()));
                    }
                    return Ok(true);
                }
            }
        }
    }

    /// At the end of a page of lists: goes on to the next one, which may begin with further elements of the last list.
    fn lead(&mut self, mut found: Option<&mut Found>, unpacker: &mut Unpacker) -> Result<(), Stop> {
        while self.levels.is_list && self.page.is_used() && self.page.left() == 0 && !self.chunk.is_at_end()? {
            if !self.load(unpacker)? {
                return Ok(());
            }
            let lead = self.page.lead();
            if let Some(found) = &mut found {
                found.push(&lead)?;
            }
        }
        Ok(())
    }
}

impl Found {
    fn push(&mut self, taken: &Taken) -> Result<(), Stop> {
        if let Some(null) = taken.null {
            return Err(Stop::Unfit(Unfit::Null(self.events + null)));
        }
        if let Some(offsets) = &mut self.offsets {
            let base = self.values.len();
            let end = u32::try_from(base + taken.elements).map_err(|_| Stop::Unfit(TOO_MANY))?;
            let shift = end.wrapping_sub(taken.elements as u32).wrapping_sub(taken.first as u32);
            offsets.extend(taken.starts.iter().map(|start| start.wrapping_add(shift)));
        }
        let bytes = taken.bytes;
        match &mut self.values {
            Buffer::Bool(to) => to.extend_from_slice(bytes),
            Buffer::F32(to) => to.extend(bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b))),
            Buffer::I32(to) => to.extend(bytes.as_chunks().0.iter().map(|b| i32::from_le_bytes(*b))),
            Buffer::U32(to) => to.extend(bytes.as_chunks().0.iter().map(|b| u32::from_le_bytes(*b))),
            Buffer::F64(to) => to.extend(bytes.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b))),
            Buffer::I64(to) => to.extend(bytes.as_chunks().0.iter().map(|b| i64::from_le_bytes(*b))),
            Buffer::U64(to) => to.extend(bytes.as_chunks().0.iter().map(|b| u64::from_le_bytes(*b))),
            Buffer::I8(_) | Buffer::U8(_) | Buffer::I16(_) | Buffer::U16(_) => {
                return Err(Stop::Unfit(Unfit::Other(super::TYPE_CHANGED)));
            }
        }
        self.events += taken.events;
        self.null_lists += taken.null_lists;
        self.null_values += taken.null_values;
        Ok(())
    }
}

/// Why reading stopped.
pub(super) enum Stop {
    /// A page is encoded in a way that is not read here.
    Foreign,
    /// After so many events of the piece.
    End(usize),
    Unfit(Unfit),
    Said(String),
}

impl From<String> for Stop {
    fn from(what: String) -> Stop {
        Stop::Said(what)
    }
}

impl Stop {
    /// In words; the piece begins at event `first`.
    pub(super) fn at(self, first: u64) -> String {
        match self {
            Stop::Foreign => "it is encoded in a way that is not read".to_string(),
            Stop::End(events) => format!("it ends after event {}", first + events as u64),
            Stop::Unfit(unfit) => unfit.at(first),
            Stop::Said(what) => what,
        }
    }
}

const TOO_MANY: Unfit = Unfit::Other("more than 4 billion values in 65536 events");

/// A column of a row group, and the number of events there.
fn open(place: Place, group: usize) -> Result<(Chunk, usize), String> {
    let rows = place.metadata.row_groups().get(group).ok_or("there is no such row group")?.num_rows();
    let chunk = Chunk::new(place.bytes, place.metadata, group, place.leaf)?;
    Ok((chunk, usize::try_from(rows).map_err(|e| e.to_string())?))
}
