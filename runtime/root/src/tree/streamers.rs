//! The types of class members, from the `TStreamerInfo`s that the file carries.
//!
//! Needed for members of split classes whose type the branch does not tell (collections, `Double32_t`), and for objects
//! that are not split. Classes and members that cannot be read are skipped; what depends on them is refused with a reason.

use std::collections::HashMap;

use super::pointer::{Pointer, Pointers, advance, array_head};
use crate::cursor::Cursor;
use crate::error::Error;

/// A data member or base class (`TStreamerElement`).
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub name: String,
    pub title: String,
    /// How it is stored, a number of `TStreamerInfo::EReadWrite`.
    pub stored_as: i32,
    /// The number of values of an array of fixed size; 0 for no array.
    pub length: i32,
    pub type_name: String,
    /// For an array whose size is another member: the name of that member.
    pub count_name: String,
}

/// One version of a class.
#[derive(Debug)]
pub(crate) struct Class {
    pub version: i32,
    pub check_sum: u32,
    pub members: Vec<Option<Member>>,
}

/// The classes of a file.
#[derive(Debug, Default)]
pub(crate) struct Streamers {
    /// By name; each in one or more versions.
    classes: HashMap<String, Vec<Class>>,
}

impl Streamers {
    #[cfg(test)]
    pub(super) fn of(classes: impl IntoIterator<Item = (String, Class)>) -> Streamers {
        Streamers { classes: classes.into_iter().map(|(name, class)| (plain(&name), vec![class])).collect() }
    }

    /// Member `id` of a class, as a branch names it.
    pub(crate) fn member(&self, class: &str, version: i32, check_sum: u32, id: i32) -> Option<&Member> {
        let versions = self.classes.get(&plain(class))?;
        let exact = versions.iter().find(|c| c.version == version && c.check_sum == check_sum);
        let found = exact.or_else(|| versions.iter().find(|c| c.version == version)).or_else(|| versions.first())?;
        found.members.get(usize::try_from(id).ok()?)?.as_ref()
    }

    /// The latest version of a class.
    pub(crate) fn class(&self, name: &str) -> Option<&Class> {
        self.classes.get(&plain(name))?.iter().max_by_key(|class| class.version)
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
                    streamers.read_class(cursor, &mut pointers)?;
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

    fn read_class(&mut self, cursor: &mut Cursor<'_>, pointers: &mut Pointers) -> Result<(), Error> {
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
        self.classes.entry(plain(&name)).or_default().push(Class { version, check_sum, members });
        Ok(())
    }
}

/// Longer names than this are damage; they would be copied to every branch that has the member.
const MAX_NAME: usize = 2000;

/// A class name without what may differ between two spellings of it: spaces and `std::`.
fn plain(class: &str) -> String {
    class.replace("std::", "").replace(' ', "")
}

/// A `TStreamerElement` of any kind: the head of the derived class, then the base, then what the derived class adds.
fn member(cursor: &mut Cursor<'_>, class: &str) -> Result<Member, Error> {
    cursor.head()?;
    if class == "TStreamerSTLstring" {
        cursor.head()?;
    }
    let base = cursor.head()?;
    let (name, title) = cursor.named()?;
    let stored_as = cursor.i32()?;
    // fSize.
    cursor.skip(4)?;
    let length = cursor.i32()?;
    // fArrayDim, then fMaxIndex[5], which version 1 stores with a length.
    cursor.skip(4 + 20 + if base.version == 1 { 4 } else { 0 })?;
    let type_name = cursor.string()?;
    cursor.finish(base, "TStreamerElement")?;
    let count_name = match class {
        "TStreamerBasicPointer" | "TStreamerLoop" => {
            cursor.skip(4)?;
            cursor.string()?
        }
        _ => String::new(),
    };
    if [&name, &title, &type_name].iter().any(|text| text.len() > MAX_NAME) {
        return Err(cursor.corrupt("a member with an endless name"));
    }
    Ok(Member { name, title, stored_as, length, type_name, count_name })
}
