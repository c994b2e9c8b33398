//! The types of class members, from the `TStreamerInfo`s that the file carries.
//!
//! Needed only for members of split classes whose type the branch does not tell: collections, `Double32_t`. Classes and
//! members that cannot be read are skipped; what depends on them is refused with a reason.

use std::collections::HashMap;

use super::pointer::{Pointer, Pointers, advance, array_head};
use crate::cursor::Cursor;
use crate::error::Error;

/// A data member or base class.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub title: String,
    pub type_name: String,
}

/// One version of a class.
#[derive(Debug)]
struct Class {
    version: i32,
    check_sum: u32,
    members: Vec<Option<Member>>,
}

/// The classes of a file.
#[derive(Debug, Default)]
pub(crate) struct Streamers {
    /// By name; each in one or more versions.
    classes: HashMap<String, Vec<Class>>,
}

impl Streamers {
    /// Member `id` of a class, as a branch names it.
    pub(crate) fn member(&self, class: &str, version: i32, check_sum: u32, id: i32) -> Option<&Member> {
        let versions = self.classes.get(class)?;
        let exact = versions.iter().find(|c| c.version == version && c.check_sum == check_sum);
        let found = exact.or_else(|| versions.iter().find(|c| c.version == version)).or_else(|| versions.first())?;
        found.members.get(usize::try_from(id).ok()?)?.as_ref()
    }

    /// Reads the list of `TStreamerInfo`s: a `TList`.
    pub(crate) fn read(cursor: &mut Cursor<'_>, key_bytes: usize) -> Result<Streamers, Error> {
        let mut pointers = Pointers::new(key_bytes);
        let mut streamers = Streamers::default();
        cursor.head()?;
        cursor.skip_tobject()?;
        cursor.string()?;
        let count = cursor.size("the number of classes")?;
        for _ in 0..count {
            if let Pointer::New { class, end, .. } = pointers.next(cursor)? {
                if class == "TStreamerInfo" {
                    streamers.class(cursor, &mut pointers)?;
                }
                if let Some(end) = end {
                    advance(cursor, end)?;
                }
            }
            // The option of the list's link, which is empty.
            let option = usize::from(cursor.u8()?);
            cursor.skip(option)?;
        }
        Ok(streamers)
    }

    fn class(&mut self, cursor: &mut Cursor<'_>, pointers: &mut Pointers) -> Result<(), Error> {
        let head = cursor.head()?;
        let (name, _) = cursor.named()?;
        let check_sum = cursor.u32()?;
        let version = cursor.i32()?;
        let mut members = vec![];
        if let Pointer::New { class, end, .. } = pointers.next(cursor)?
            && class == "TObjArray"
        {
            let (_, count) = array_head(cursor)?;
            for _ in 0..count {
                if let Pointer::New { class, end: Some(end), .. } = pointers.next(cursor)? {
                    // A member that cannot be read keeps its place, because branches number members.
                    members.push(member(cursor, &class).ok());
                    cursor.seek(end)?;
                }
            }
            if let Some(end) = end {
                advance(cursor, end)?;
            }
        }
        cursor.finish(head, "TStreamerInfo")?;
        self.classes.entry(name).or_default().push(Class { version, check_sum, members });
        Ok(())
    }
}

/// A `TStreamerElement` of any kind: the head of the derived class, then the base.
fn member(cursor: &mut Cursor<'_>, class: &str) -> Result<Member, Error> {
    cursor.head()?;
    if class == "TStreamerSTLstring" {
        cursor.head()?;
    }
    let base = cursor.head()?;
    let (_, title) = cursor.named()?;
    // fType, fSize, fArrayLength, fArrayDim, then fMaxIndex[5], which version 1 stores with a length.
    cursor.skip(16 + 20 + if base.version == 1 { 4 } else { 0 })?;
    let type_name = cursor.string()?;
    Ok(Member { title, type_name })
}
