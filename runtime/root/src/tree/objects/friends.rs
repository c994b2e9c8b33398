//! The friends of a tree: what its record says of them, behind its branches.

use super::Reader;
use crate::error::Error;
use crate::tree::pointer::{Pointer, advance};

/// A tree whose entries belong to those of the same number of this one (`TFriendElement`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Friend {
    /// What its branches are called by where their own names are not unique.
    pub name: String,
    /// Its path in its file.
    pub tree: String,
    /// The path of its file as it was written; empty for the file of this tree.
    pub file: String,
}

impl Reader<'_> {
    /// The members after the branches, up to `fFriends`.
    pub(super) fn friends(&mut self) -> Result<Vec<Friend>, Error> {
        self.array(0)?;
        let _aliases = self.object(0)?;
        for width in [8, 4] {
            let n = self.cursor.size("the size of an index")?;
            self.cursor.skip(n.saturating_mul(width))?;
        }
        let _index = self.object(0)?;
        let mut friends = Vec::new();
        let Pointer::New { class, .. } = self.pointers.next(&mut self.cursor)? else { return Ok(friends) };
        if class != "TList" {
            return Ok(friends);
        }
        self.cursor.head()?;
        self.cursor.skip_tobject()?;
        self.cursor.string()?;
        let count = self.cursor.size("the number of friends")?;
        for _ in 0..count {
            match self.pointers.next(&mut self.cursor)? {
                Pointer::New { class, end: Some(end), .. } => {
                    if class == "TFriendElement" {
                        self.cursor.head()?;
                        let (name, file) = self.cursor.named()?;
                        friends.push(Friend { name, tree: self.cursor.string()?, file });
                    }
                    advance(&mut self.cursor, end)?;
                }
                Pointer::New { end: None, .. } => return Ok(friends),
                Pointer::Null | Pointer::Seen(_) => (),
            }
            let option = usize::from(self.cursor.u8()?);
            self.cursor.skip(option)?;
        }
        Ok(friends)
    }
}
