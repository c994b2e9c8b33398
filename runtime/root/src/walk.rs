//! Goes through the objects of a basket, entry by entry, and takes one number out of each (see `tree::object`).
//!
//! Sizes are checked where they are met: a count asks for no more elements than there are bytes left, and every level of
//! lists grows by what was read.

mod lists;

use std::sync::Arc;

use crate::cursor::{BYTE_COUNT, Cursor};
use crate::decode::{Parts, Raw, byte_starts, push};
use crate::error::Error;
use crate::tree::{Described, Each, Step, Way};
use crate::values::Buffer;

/// `TObject::kIsReferenced`: a process number follows the flags.
const IS_REFERENCED: u32 = 1 << 4;

/// How the entries of a branch of objects are gone through.
#[derive(Clone, Debug)]
pub(crate) struct Walk {
    /// What is done for each entry, or for each object of the split collection.
    pub step: Step,
    /// There is a split collection, with a counter.
    pub is_counted: bool,
    /// Lists that the number is in, that of the split collection included.
    pub levels: usize,
    /// Values at a time, if that makes a further level of lists.
    pub group: Option<u32>,
    /// The levels become one.
    pub is_deep: bool,
}

/// The numbers of all entries of a basket; the error says what is wrong with it.
pub(crate) fn walk(raw: &Raw<'_>, what: &Described, walk: &Walk) -> Result<Parts, String> {
    let mut walker = Walker {
        cursor: Cursor::in_record(raw.data, 0),
        what,
        buffer: Buffer::with_capacity(what.element, 0),
        values: 0,
        levels: vec![vec![0]; walk.levels],
        counts: vec![],
    };
    // Objects without a size end where the next entry begins.
    let bounds = if raw.offsets.is_some() { Some(byte_starts(raw, 0, 0)?) } else { None };
    let is_open = matches!(&walk.step, Step::Members(_)) && bounds.is_some();
    for entry in 0..raw.entries {
        let objects = raw.counts.and_then(|counts| counts.get(entry)).copied().unwrap_or(0);
        let end = bounds.as_ref().and_then(|b| b.get(entry + 1)).map(|end| *end as usize);
        let done = walker.entry(walk, objects, is_open).and_then(|()| walker.leave(end, is_open));
        done.map_err(|e| format!("entry {entry} of the basket is no {}: {}", kind(walk), said(e)))?;
    }
    match walker.cursor.remaining() {
        0 => (),
        n => return Err(format!("{n} bytes are left over in a basket of objects")),
    }
    let Walker { buffer, mut levels, values, .. } = walker;
    if let Some(per) = walk.group.filter(|per| *per > 0) {
        if let Some(last) = levels.last_mut() {
            last.iter_mut().for_each(|at| *at /= per);
        }
        levels.push((0..=values / per).map(|i| i * per).collect());
    }
    if walk.is_deep {
        levels = vec![flat(levels)];
    }
    let mut levels = levels.into_iter().map(Arc::new);
    Ok(Parts { buffer, starts: levels.next(), inner: levels.next() })
}

/// The starts of entries in the values, through all levels.
fn flat(levels: Vec<Vec<u32>>) -> Vec<u32> {
    let mut levels = levels.into_iter();
    let first = levels.next().unwrap_or_default();
    levels.fold(first, |starts, below| {
        starts.into_iter().map(|at| below.get(at as usize).copied().unwrap_or_default()).collect()
    })
}

/// What an entry should be, for messages.
fn kind(walk: &Walk) -> &str {
    match &walk.step {
        Step::Object(way) | Step::Members(way) => &way.class,
        Step::List(list) => match &list.each {
            Each::Object(way) => &way.class,
            Each::Number | Each::List(_) => "list",
        },
        _ => "object",
    }
}

/// The words of an error without its place, which is in the decompressed basket and helps nobody.
fn said(error: Error) -> String {
    match error {
        Error::Corrupt { what, .. } | Error::Truncated { what, .. } | Error::Unsupported { what, .. } => what,
        other => other.to_string(),
    }
}

struct Walker<'a> {
    cursor: Cursor<'a>,
    what: &'a Described,
    buffer: Buffer,
    values: u32,
    /// Where the lists of each level begin: in the next level, or in the values.
    levels: Vec<Vec<u32>>,
    /// The sizes of arrays that the object has told so far.
    counts: Vec<usize>,
}

impl Walker<'_> {
    fn entry(&mut self, walk: &Walk, objects: u32, is_open: bool) -> Result<(), Error> {
        match (&walk.step, walk.is_counted) {
            (Step::Members(way), false) => self.members(way, !is_open, 0),
            (step, false) => self.step(step, 0),
            (step, true) => {
                self.steps(step, objects as usize, 1)?;
                self.close(0);
                Ok(())
            }
        }
    }

    /// Goes on to the next entry, if it is known where that begins.
    fn leave(&mut self, end: Option<usize>, is_open: bool) -> Result<(), Error> {
        match end {
            Some(end) if self.cursor.pos() > end || (!is_open && self.cursor.pos() < end) => {
                Err(self.cursor.corrupt("it is not as long as it should be"))
            }
            Some(end) => self.cursor.seek(end),
            None => Ok(()),
        }
    }

    /// Every element takes a byte at least, so that forged counts end soon.
    fn check_count(&self, n: usize) -> Result<(), Error> {
        match n <= self.cursor.remaining() {
            true => Ok(()),
            false => Err(self.cursor.corrupt(format!("{n} elements in {} bytes", self.cursor.remaining()))),
        }
    }

    /// The end of a list of a level.
    fn close(&mut self, level: usize) {
        let at = match self.levels.get(level + 1) {
            Some(below) => below.len() as u32 - 1,
            None => self.values,
        };
        if let Some(starts) = self.levels.get_mut(level) {
            starts.push(at);
        }
    }

    fn take(&mut self, n: usize) -> Result<(), Error> {
        let size = n.checked_mul(self.what.width()).ok_or_else(|| self.cursor.corrupt("an array is too long"))?;
        push(&mut self.buffer, self.cursor.take(size)?, self.what);
        self.values += n as u32;
        Ok(())
    }

    fn word(&mut self, word: u32) {
        push(&mut self.buffer, &word.to_be_bytes(), self.what);
        self.values += 1;
    }

    /// The id and the flags of a `TObject`.
    fn tobject(&mut self) -> Result<(u32, u32), Error> {
        let head = self.cursor.head()?;
        let (id, flags) = (self.cursor.u32()?, self.cursor.u32()?);
        if flags & IS_REFERENCED != 0 {
            self.cursor.skip(2)?;
        }
        self.cursor.finish(head, "TObject")?;
        Ok((id, flags))
    }

    fn step(&mut self, step: &Step, level: usize) -> Result<(), Error> {
        match step {
            Step::Skip(n) => self.cursor.skip(*n as usize),
            Step::SkipFramed | Step::SkipCollection | Step::SkipBase { .. } => self.cursor.skip_object("a member"),
            Step::Named(step) => {
                self.named()?;
                self.step(step, level)
            }
            Step::SkipText => self.cursor.string().map(|_| ()),
            Step::SkipChars => {
                let n = self.cursor.size("a text length")?;
                self.cursor.skip(n)
            }
            Step::SkipTObject => self.tobject().map(|_| ()),
            Step::SkipReference => self.reference().map(|_| ()),
            Step::SkipPointer => {
                let tag = self.cursor.u32()?;
                let follows = tag & BYTE_COUNT != 0 && tag != u32::MAX;
                self.cursor.skip(if follows { (tag & !BYTE_COUNT) as usize } else { 0 })
            }
            Step::SkipCounted { width } => {
                let n = self.cursor.size("the size of an array")?;
                self.cursor.skip(n.saturating_mul(*width as usize))
            }
            Step::Count => {
                let n = self.cursor.size("the size of an array")?;
                self.counts.push(n);
                Ok(())
            }
            Step::SkipArray { count, width } => self.skip_array(*count, *width),
            Step::Repeat { times, step } => (0..*times).try_for_each(|_| self.step(step, level)),
            Step::Values { per } => self.take(*per as usize),
            Step::Array { count } => self.array(*count, level),
            Step::UniqueId => self.tobject().map(|(id, _)| self.word(id)),
            Step::Flags => self.tobject().map(|(_, flags)| self.word(flags)),
            Step::Reference => self.reference().map(|id| self.word(id)),
            Step::References => self.references(level),
            Step::Object(way) | Step::Base(way) => self.object(way, level),
            Step::Members(way) => self.members(way, true, level),
            Step::List(list) => self.list(list, level),
        }
    }

    /// The class name before an object (`TLeafObject`): its length, the letters, a zero byte.
    fn named(&mut self) -> Result<(), Error> {
        let n = usize::from(self.cursor.u8()?);
        self.cursor.skip(n + 1)
    }

    /// The size of an array that an earlier member told, 0 if the array is not there.
    fn counted(&mut self, count: usize) -> Result<usize, Error> {
        let n = self.counts.get(count).copied();
        match (self.cursor.u8()?, n) {
            (0, _) => Ok(0),
            (_, Some(n)) => Ok(n),
            (_, None) => Err(self.cursor.corrupt("an array whose size is not stored before it")),
        }
    }

    /// An array that is not wanted, by the place of its size among those that were told.
    fn skip_array(&mut self, count: usize, width: u32) -> Result<(), Error> {
        let n = self.counted(count)?;
        self.cursor.skip(n.saturating_mul(width as usize))
    }

    /// An array that is.
    fn array(&mut self, count: usize, level: usize) -> Result<(), Error> {
        let n = self.counted(count)?;
        self.take(n)?;
        self.close(level);
        Ok(())
    }

    /// `TRef::Streamer`: the object with the id of what it refers to, then a process number, or a text with a UUID.
    fn reference(&mut self) -> Result<u32, Error> {
        const HAS_UUID: u32 = 1 << 5;
        let (id, flags) = self.tobject()?;
        match flags & HAS_UUID {
            0 => self.cursor.skip(2)?,
            _ => self.cursor.string().map(|_| ())?,
        }
        Ok(id)
    }

    /// `TRefArray::Streamer`: an object, its name, the number of ids, the first index, a process number, the ids.
    fn references(&mut self, level: usize) -> Result<(), Error> {
        let head = self.cursor.head()?;
        self.tobject()?;
        self.cursor.string()?;
        let n = self.cursor.size("the number of references")?;
        self.cursor.skip(4 + 2)?;
        self.take(n)?;
        self.close(level);
        self.cursor.finish(head, "TRefArray")
    }

    fn object(&mut self, way: &Way, level: usize) -> Result<(), Error> {
        let head = self.cursor.head()?;
        if head.end.is_none() {
            return Err(self.cursor.corrupt(format!("a {} without its size", way.class)));
        }
        self.check_version(way, head.version)?;
        self.members(way, false, level)?;
        self.cursor.finish(head, &way.class)
    }

    /// The members of an object up to the wanted one, or all.
    fn members(&mut self, way: &Way, to_the_end: bool, level: usize) -> Result<(), Error> {
        let outer = std::mem::take(&mut self.counts);
        for step in way.members.iter().take(way.before) {
            self.step(step, level)?;
        }
        self.step(&way.wanted, level)?;
        if to_the_end {
            if !way.is_complete {
                return Err(self.cursor.corrupt(format!("the end of a {} cannot be found", way.class)));
            }
            for step in way.members.iter().skip(way.before + 1) {
                self.step(step, level)?;
            }
        }
        self.counts = outer;
        Ok(())
    }

    /// An object must be of the version that the way was made for. Version 0 is that of a class without one, which is
    /// known by its checksum.
    fn check_version(&mut self, way: &Way, version: u16) -> Result<(), Error> {
        let same = match version {
            0 => self.cursor.u32()? == way.check_sum,
            version => i32::from(version) == way.version,
        };
        match same {
            true => Ok(()),
            false => Err(self.cursor.corrupt(format!("it is a {} of another version", way.class))),
        }
    }
}
