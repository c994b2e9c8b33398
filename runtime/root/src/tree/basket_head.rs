//! What a basket adds to the key of its record, in the file and in the tree record (`TBasket::Streamer`).

use crate::cursor::Cursor;
use crate::error::Error;

/// What `TBasket` adds to its key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BasketHead {
    pub version: u16,
    pub entries: usize,
    /// The end of the values, counted from the start of the key.
    pub last: usize,
    /// `kGenerateOffsetMap`: entry offsets are absent or stored as sizes.
    pub sizes: bool,
    flag: u8,
}

impl BasketHead {
    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<BasketHead, Error> {
        const GENERATE_OFFSET_MAP: u8 = 1;
        let version = cursor.u16()?;
        cursor.skip(4)?;
        let mut io_bits = 0;
        if cursor.i32()? < 0 {
            io_bits = cursor.u8()?;
        }
        if io_bits & !GENERATE_OFFSET_MAP != 0 {
            return Err(Error::unsupported(cursor.place(), format!("basket features {io_bits:#x}")));
        }
        let entries = cursor.size("the number of entries of a basket")?;
        let last = cursor.size("the end of a basket")?;
        let flag = cursor.u8()?;
        Ok(BasketHead { version, entries, last, sizes: io_bits != 0, flag })
    }

    /// The layout number without the mark "make the offsets from the counter".
    pub(super) fn layout(self) -> u8 {
        if self.flag >= 80 { self.flag - 80 } else { self.flag }
    }

    /// Whether an embedded basket has entry offsets in the tree record.
    pub(super) fn has_offsets(self) -> bool {
        self.flag < 80 && self.flag != 0 && self.flag % 10 != 2
    }
}
