//! Lists of objects: object by object, or member by member (`TClass::GetCollectionProxy`, `TClonesArray`).

use super::Walker;
use crate::cursor::{BYTE_COUNT, Head};
use crate::error::Error;
use crate::tree::{Each, List, ListHead, Step, Way};

/// Set in the version of a collection whose objects are stored member by member (`kStreamedMemberWise`).
const MEMBER_WISE: u16 = 1 << 14;
/// `TClonesArray::kBypassStreamer` among the flags of a `TClonesArray`: its objects are stored member by member.
const BYPASS_STREAMER: u32 = 1 << 12;
impl Walker<'_> {
    /// What a member of `n` objects takes if they are stored member by member: collections have one frame together.
    pub(super) fn steps(&mut self, step: &Step, n: usize, level: usize) -> Result<(), Error> {
        self.check_count(n)?;
        match step {
            Step::SkipCollection if n == 0 => self.empty_frame(),
            Step::List(list) if n == 0 && list.head == ListHead::Framed => self.empty_frame(),
            Step::SkipCollection => self.step(step, level),
            Step::List(list) if list.head == ListHead::Framed => {
                let (head, member_wise) = self.frame(list)?;
                (0..n).try_for_each(|_| self.elements(list, member_wise, true, level))?;
                self.cursor.finish(head, "a list")
            }
            Step::SkipBase { members, is_complete: true } => {
                members.iter().try_for_each(|step| self.steps(step, n, level))
            }
            Step::SkipBase { is_complete: false, .. } => {
                Err(Error::unsupported(self.cursor.place(), "a base class that the file does not describe"))
            }
            Step::Base(way) => self.member_wise(way, n, false, level),
            step => (0..n).try_for_each(|_| self.step(step, level)),
        }
    }

    /// The frame of the collections of no objects, which some versions of ROOT write and others do not: a version, and if
    /// their objects are stored member by member that of their class. Nothing else is so short.
    fn empty_frame(&mut self) -> Result<(), Error> {
        let mut ahead = self.cursor.clone();
        let bytes = match (ahead.u32(), ahead.u16()) {
            (Ok(word), Ok(version)) if word & BYTE_COUNT != 0 => match (word & !BYTE_COUNT, version & MEMBER_WISE) {
                (2, _) => 6,
                (bytes @ (4 | 8), MEMBER_WISE) => 4 + bytes as usize,
                (_, _) => 0,
            },
            (_, _) => 0,
        };
        self.cursor.skip(bytes)
    }

    pub(super) fn list(&mut self, list: &List, level: usize) -> Result<(), Error> {
        match list.head {
            ListHead::Bare => self.elements(list, false, false, level),
            ListHead::Framed => {
                let (head, member_wise) = self.frame(list)?;
                self.elements(list, member_wise, false, level)?;
                self.cursor.finish(head, "a list")
            }
            ListHead::Clones => self.clones(list, level),
        }
    }

    /// The frame of a list, and whether its objects are stored member by member.
    fn frame(&mut self, list: &List) -> Result<(Head, bool), Error> {
        let head = self.cursor.head()?;
        let member_wise = head.version & MEMBER_WISE != 0;
        if member_wise {
            let version = self.cursor.u16()?;
            if let Each::Object(way) = &list.each {
                self.check_version(way, version)?;
            }
        }
        Ok((head, member_wise))
    }

    /// The number of elements and the elements; to their end if another list follows.
    fn elements(&mut self, list: &List, member_wise: bool, to_the_end: bool, level: usize) -> Result<(), Error> {
        let n = self.cursor.size("the size of a list")?;
        self.check_count(n)?;
        match &list.each {
            Each::Number => self.take(n)?,
            Each::List(inner) => (0..n).try_for_each(|_| self.list(inner, level + 1))?,
            Each::Object(way) if member_wise => self.member_wise(way, n, to_the_end, level + 1)?,
            Each::Object(way) => (0..n).try_for_each(|_| self.object(way, level + 1))?,
        }
        self.close(level);
        Ok(())
    }

    /// `TClonesArray::Streamer`: an object, its name, the class of its elements, their number, the first index, then the
    /// elements; one by one behind a byte that says whether it is there, or member by member.
    fn clones(&mut self, list: &List, level: usize) -> Result<(), Error> {
        let head = self.cursor.head()?;
        let (_, flags) = self.tobject()?;
        self.cursor.string()?;
        self.cursor.string()?;
        let n = self.cursor.i32()?.unsigned_abs() as usize;
        self.cursor.skip(4)?;
        self.check_count(n)?;
        if let Each::Object(way) = &list.each {
            match flags & BYPASS_STREAMER {
                0 => {
                    for _ in 0..n {
                        if self.cursor.bool()? {
                            self.object(way, level + 1)?;
                        }
                    }
                }
                _ => self.member_wise(way, n, false, level + 1)?,
            }
        }
        self.close(level);
        self.cursor.finish(head, "a TClonesArray")
    }

    /// Objects stored member by member: the first member of all of them, the second of all, and so on; up to the wanted
    /// one, or to the end.
    fn member_wise(&mut self, way: &Way, n: usize, to_the_end: bool, level: usize) -> Result<(), Error> {
        if to_the_end && !way.is_complete {
            return Err(self.cursor.corrupt(format!("the end of a {} cannot be found", way.class)));
        }
        let outer = std::mem::take(&mut self.counts);
        for step in way.members.iter().take(way.before) {
            self.one_of_each(step, n, level)?;
        }
        match &way.wanted {
            Step::Base(base) => self.member_wise(base, n, to_the_end, level)?,
            wanted => self.one_of_each(wanted, n, level)?,
        }
        if to_the_end {
            for step in way.members.iter().skip(way.before + 1) {
                self.one_of_each(step, n, level)?;
            }
        }
        self.counts = outer;
        Ok(())
    }

    /// The same member of `n` objects.
    fn one_of_each(&mut self, step: &Step, n: usize, level: usize) -> Result<(), Error> {
        // The sizes of the arrays of all of them stand together, those of the first counter before those of the second.
        let of = |count: usize, object: usize| count * n + object;
        match step {
            Step::SkipArray { count, width } => (0..n).try_for_each(|i| self.skip_array(of(*count, i), *width)),
            Step::Array { count } => (0..n).try_for_each(|i| self.array(of(*count, i), level)),
            step => self.steps(step, n, level),
        }
    }
}
