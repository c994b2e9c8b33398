//! Pointers in a record: null, an object seen before, or a new object (`TBufferFile::ReadObjectAny`).
//!
//! Objects and classes are referred to by the position where they were, counted from the start of the record's key.

use std::collections::HashMap;

use crate::cursor::{BYTE_COUNT, Cursor};
use crate::error::Error;

const NEW_CLASS: u32 = 0xffff_ffff;
const CLASS_MASK: u32 = 0x8000_0000;
/// ROOT adds 2 to positions, because 0 and 1 mean null and "the object itself".
const MAP_OFFSET: usize = 2;

/// What a pointer points to.
pub(super) enum Pointer {
    Null,
    /// The object that got this number when it was new.
    Seen(usize),
    /// An object that follows here, and where it ends if that is known.
    New {
        class: String,
        number: usize,
        end: Option<usize>,
    },
}

/// The classes that a record has named so far.
pub(super) struct Pointers {
    key_bytes: usize,
    classes: HashMap<usize, String>,
}

impl Pointers {
    pub(super) fn new(key_bytes: usize) -> Pointers {
        Pointers { key_bytes, classes: HashMap::new() }
    }

    /// Reads a pointer; the cursor is left at the new object, if there is one, else after the pointer.
    pub(super) fn next(&mut self, cursor: &mut Cursor<'_>) -> Result<Pointer, Error> {
        let start = cursor.pos();
        let first = cursor.u32()?;
        let (tag_at, tag, end) = match first & BYTE_COUNT != 0 && first != NEW_CLASS {
            true => {
                let end = start + 4 + (first & !BYTE_COUNT) as usize;
                (cursor.pos(), cursor.u32()?, Some(end))
            }
            false => (start, first, None),
        };
        if tag & CLASS_MASK == 0 {
            if let Some(end) = end {
                advance(cursor, end)?;
            }
            return Ok(if tag == 0 { Pointer::Null } else { Pointer::Seen(tag as usize) });
        }
        let class = match tag {
            NEW_CLASS => {
                let class = cursor.c_string()?.to_string();
                self.classes.insert(tag_at + self.key_bytes + MAP_OFFSET, class.clone());
                class
            }
            tag => match self.classes.get(&((tag & !CLASS_MASK) as usize)) {
                Some(class) => class.clone(),
                None => return Err(cursor.corrupt("an object of a class that is not named before")),
            },
        };
        Ok(Pointer::New { class, number: start + self.key_bytes + MAP_OFFSET, end })
    }
}

/// Moves to the end of an object; never back, so that reading always ends.
pub(super) fn advance(cursor: &mut Cursor<'_>, end: usize) -> Result<(), Error> {
    match end < cursor.pos() {
        true => Err(cursor.corrupt("an object is longer than its byte count")),
        false => cursor.seek(end),
    }
}

/// The head of a `TObjArray`, up to its objects: where it ends and how many slots it has.
pub(super) fn array_head(cursor: &mut Cursor<'_>) -> Result<(crate::cursor::Head, usize), Error> {
    let head = cursor.head()?;
    if head.version > 2 {
        cursor.skip_tobject()?;
    }
    if head.version > 1 {
        cursor.string()?;
    }
    let count = cursor.size("the length of a list")?;
    cursor.skip(4)?;
    Ok((head, count))
}
