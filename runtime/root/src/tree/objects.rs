//! The objects of a tree record: `TTree`, its `TBranch`es, `TLeaf`s and embedded `TBasket`s, as the file has them.
//!
//! Member orders are those of ROOT's dictionaries (`TTree` 16-20, `TBranch` 10-13, `TBranchElement` 8-10, `TLeaf` 1-2);
//! what a later class version adds at the end of a class is skipped by its byte count.

mod friends;

use std::collections::HashMap;
use std::ops::Range;

pub use friends::Friend;

use super::basket_head::BasketHead;
use super::pointer::{Pointer, Pointers, advance, array_head};
use crate::cursor::Cursor;
use crate::error::Error;

/// Branches in branches in branches: real files have fewer than ten levels.
const MAX_DEPTH: usize = 64;

/// A `TTree` record.
#[derive(Debug, Default)]
pub(crate) struct RawTree {
    pub title: String,
    pub entries: i64,
    /// Indices into `branches` of the top branches.
    pub top: Vec<usize>,
    pub branches: Vec<RawBranch>,
    pub leaves: Vec<RawLeaf>,
    pub friends: Vec<Friend>,
}

/// A `TBranch` or a class derived from it.
#[derive(Debug, Default)]
pub(crate) struct RawBranch {
    pub class: String,
    pub name: String,
    pub title: String,
    pub compress: i32,
    pub entry_offset_len: i32,
    pub write_basket: usize,
    pub entry_number: i64,
    pub entries: i64,
    pub first_entry: i64,
    pub total_bytes: i64,
    pub zip_bytes: i64,
    pub branches: Vec<usize>,
    pub leaves: Vec<usize>,
    /// Baskets inside the tree record, with their slot.
    pub embedded: Vec<(usize, Embedded)>,
    pub basket_bytes: Vec<i32>,
    pub basket_entry: Vec<i64>,
    pub basket_seek: Vec<i64>,
    /// Another file that holds the baskets; empty for this one.
    pub file_name: String,
    pub element: Option<RawElement>,
    /// The class of the objects of a `TBranchObject`.
    pub object_class: String,
    /// Members that could not be read, in words.
    pub problem: Option<String>,
}

/// What `TBranchElement` adds.
#[derive(Debug)]
pub(crate) struct RawElement {
    pub class_name: String,
    pub clones_name: String,
    pub check_sum: u32,
    pub class_version: i32,
    pub id: i32,
    pub kind: i32,
    pub streamer_type: i32,
    pub count: Option<usize>,
}

/// A `TLeaf` of any type.
#[derive(Debug, Default)]
pub(crate) struct RawLeaf {
    pub class: String,
    pub name: String,
    pub title: String,
    pub len: i32,
    pub unsigned: bool,
    /// It has a pointer to a leaf with the count.
    pub counted: bool,
    /// That leaf, if it is in the tree.
    pub count: Option<usize>,
    /// The branch whose list of leaves has it.
    pub branch: Option<usize>,
}

/// A basket inside the tree record: positions are in the record.
#[derive(Clone, Debug)]
pub(crate) struct Embedded {
    pub entries: usize,
    pub key_bytes: usize,
    pub data: Range<usize>,
    /// Big-endian 32-bit entry offsets.
    pub offsets: Option<Range<usize>>,
    /// The offsets are sizes (`kGenerateOffsetMap`).
    pub sizes: bool,
}

#[derive(Clone, Copy)]
enum Object {
    Branch(usize),
    Leaf(usize),
    Basket(usize),
    Other,
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    pointers: Pointers,
    objects: HashMap<usize, Object>,
    tree: RawTree,
    baskets: Vec<Embedded>,
}

/// The number of entries of a tree record, without reading its branches.
pub(crate) fn read_entries(cursor: &mut Cursor<'_>, class: &str) -> Result<i64, Error> {
    if class != "TTree" {
        cursor.head()?;
    }
    let head = cursor.head()?;
    check_tree_version(cursor, head.version)?;
    cursor.named()?;
    for base in ["TAttLine", "TAttFill", "TAttMarker"] {
        cursor.skip_object(base)?;
    }
    cursor.i64()
}

fn check_tree_version(cursor: &Cursor<'_>, version: u16) -> Result<(), Error> {
    match version {
        16.. => Ok(()),
        version => Err(Error::unsupported(cursor.place(), format!("TTree version {version} (ROOT 4 or older)"))),
    }
}

/// Reads the object of a tree key: a `TTree`, or a class that begins with one.
pub(crate) fn read_tree(cursor: Cursor<'_>, key_bytes: usize, class: &str) -> Result<RawTree, Error> {
    let mut reader = Reader {
        cursor,
        pointers: Pointers::new(key_bytes),
        objects: HashMap::new(),
        tree: RawTree::default(),
        baskets: Vec::new(),
    };
    if class != "TTree" {
        reader.cursor.head()?;
    }
    reader.tree()?;
    Ok(reader.tree)
}

impl Reader<'_> {
    fn tree(&mut self) -> Result<(), Error> {
        let head = self.cursor.head()?;
        let v = head.version;
        check_tree_version(&self.cursor, v)?;
        self.tree.title = self.cursor.named()?.1;
        for base in ["TAttLine", "TAttFill", "TAttMarker"] {
            self.cursor.skip_object(base)?;
        }
        self.tree.entries = self.cursor.i64()?;
        // fTotBytes, fZipBytes, fSavedBytes, then fFlushedBytes, fWeight, fTimerInterval, fScanField, fUpdate.
        self.cursor.skip(24 + if v >= 18 { 8 } else { 0 } + 8 + 12)?;
        self.cursor.skip(if v >= 17 { 4 } else { 0 })?;
        let ranges = if v >= 19 { self.cursor.size("the number of cluster ranges")? } else { 0 };
        // fMaxEntries, fMaxEntryLoop, fMaxVirtualSize, fAutoSave, fAutoFlush, fEstimate.
        self.cursor.skip(32 + if v >= 18 { 8 } else { 0 } + 8)?;
        if v >= 19 {
            self.cursor.counted_array(ranges, 8)?;
            self.cursor.counted_array(ranges, 8)?;
        }
        if v >= 20 {
            self.cursor.skip_object("TIOFeatures")?;
        }
        self.tree.top = self.branches(0)?;
        // What follows is of use only for friends; without it the tree is still whole.
        self.tree.friends = self.friends().unwrap_or_default();
        Ok(())
    }

    /// A `TObjArray`: the slots that are not null.
    fn array(&mut self, depth: usize) -> Result<Vec<(usize, Object)>, Error> {
        let (head, count) = array_head(&mut self.cursor)?;
        let mut objects = Vec::new();
        for slot in 0..count {
            if let Some(object) = self.object(depth)? {
                objects.push((slot, object));
            }
        }
        self.cursor.finish(head, "TObjArray")?;
        Ok(objects)
    }

    fn branches(&mut self, depth: usize) -> Result<Vec<usize>, Error> {
        let objects = self.array(depth)?.into_iter();
        Ok(objects.filter_map(|(_, o)| if let Object::Branch(i) = o { Some(i) } else { None }).collect())
    }

    /// A pointer: none if null.
    fn object(&mut self, depth: usize) -> Result<Option<Object>, Error> {
        let (class, number, end) = match self.pointers.next(&mut self.cursor)? {
            Pointer::Null => return Ok(None),
            Pointer::Seen(number) => {
                return Ok(Some(self.objects.get(&number).copied().unwrap_or(Object::Other)));
            }
            Pointer::New { class, number, end } => (class, number, end),
        };
        if depth >= MAX_DEPTH {
            return Err(Error::unsupported(self.cursor.place(), "objects nested more than 64 deep"));
        }
        let object = self.reserve(&class);
        self.objects.insert(number, object);
        let result = self.fill(object, class, end, depth + 1);
        let Some(end) = end else {
            return result.map(|()| Some(object));
        };
        match (result, object) {
            (Ok(()), _) => advance(&mut self.cursor, end)?,
            // The rest of the tree is still good if this branch's byte count is.
            (Err(problem), Object::Branch(i)) if advance(&mut self.cursor, end).is_ok() => {
                self.tree.branches[i].problem.get_or_insert(problem.to_string());
            }
            (Err(problem), _) => return Err(problem),
        }
        Ok(Some(object))
    }

    /// Makes room for an object before it is read, so that it can be pointed to from inside.
    fn reserve(&mut self, class: &str) -> Object {
        if class.starts_with("TBranch") {
            self.tree.branches.push(RawBranch::default());
            Object::Branch(self.tree.branches.len() - 1)
        } else if class.starts_with("TLeaf") {
            self.tree.leaves.push(RawLeaf::default());
            Object::Leaf(self.tree.leaves.len() - 1)
        } else if class == "TBasket" {
            let nothing = Embedded { entries: 0, key_bytes: 0, data: 0..0, offsets: None, sizes: false };
            self.baskets.push(nothing);
            Object::Basket(self.baskets.len() - 1)
        } else {
            Object::Other
        }
    }

    fn fill(&mut self, object: Object, class: String, end: Option<usize>, depth: usize) -> Result<(), Error> {
        match object {
            Object::Branch(i) => self.branch(i, class, depth),
            Object::Leaf(i) => self.leaf(i, class, depth),
            Object::Basket(i) => {
                self.baskets[i] = self.basket()?;
                Ok(())
            }
            Object::Other if end.is_some() => Ok(()),
            Object::Other => {
                Err(Error::unsupported(self.cursor.place(), format!("an object of class {class} without a byte count")))
            }
        }
    }

    fn branch(&mut self, index: usize, class: String, depth: usize) -> Result<(), Error> {
        self.tree.branches[index].class.clone_from(&class);
        let outer = match class.as_str() {
            "TBranch" => None,
            _ => Some(self.cursor.head()?),
        };
        self.branch_base(index, depth)?;
        if class == "TBranchElement" {
            let version = outer.map_or(0, |head| head.version);
            let element = self.branch_element(version, depth)?;
            self.tree.branches[index].element = Some(element);
        }
        if class == "TBranchObject" {
            self.tree.branches[index].object_class = self.cursor.string()?;
        }
        match outer {
            Some(head) => self.cursor.finish(head, &class),
            None => Ok(()),
        }
    }

    fn branch_base(&mut self, index: usize, depth: usize) -> Result<(), Error> {
        let head = self.cursor.head()?;
        let v = head.version;
        let (name, title) = self.cursor.named()?;
        let branch = &mut self.tree.branches[index];
        (branch.name, branch.title) = (name, title);
        if v < 10 {
            return Err(Error::unsupported(self.cursor.place(), format!("TBranch version {v} (ROOT 4 or older)")));
        }
        self.cursor.skip_object("TAttFill")?;
        branch.compress = self.cursor.i32()?;
        self.cursor.skip(4)?;
        branch.entry_offset_len = self.cursor.i32()?;
        branch.write_basket = self.cursor.size("the number of baskets")?;
        branch.entry_number = self.cursor.i64()?;
        if v >= 13 {
            self.cursor.skip_object("TIOFeatures")?;
        }
        self.cursor.skip(4)?;
        let max_baskets = self.cursor.size("the room for baskets")?;
        self.cursor.skip(4)?;
        branch.entries = self.cursor.i64()?;
        branch.first_entry = if v >= 11 { self.cursor.i64()? } else { 0 };
        branch.total_bytes = self.cursor.i64()?;
        branch.zip_bytes = self.cursor.i64()?;
        let branches = self.branches(depth)?;
        let leaves = self.array(depth)?;
        let baskets = self.array(depth)?;
        let bytes = self.cursor.counted_array(max_baskets, 4)?;
        let entry = self.cursor.counted_array(max_baskets, 8)?;
        let seek = self.cursor.counted_array(max_baskets, 8)?;
        let file_name = self.cursor.string()?;
        self.cursor.finish(head, "TBranch")?;
        for (_, leaf) in &leaves {
            if let Object::Leaf(leaf) = leaf {
                self.tree.leaves[*leaf].branch = Some(index);
            }
        }
        let branch = &mut self.tree.branches[index];
        branch.branches = branches;
        branch.leaves =
            leaves.iter().filter_map(|(_, o)| if let Object::Leaf(i) = o { Some(*i) } else { None }).collect();
        branch.embedded = (baskets.iter())
            .filter_map(
                |(slot, o)| {
                    if let Object::Basket(i) = o { Some((*slot, self.baskets[*i].clone())) } else { None }
                },
            )
            .collect();
        // Only the first `fWriteBasket` slots are real; the next one says where the following basket begins.
        let used = branch.write_basket.saturating_add(1);
        branch.basket_bytes = bytes.as_chunks().0.iter().take(used).map(|b| i32::from_be_bytes(*b)).collect();
        branch.basket_entry = entry.as_chunks().0.iter().take(used).map(|b| i64::from_be_bytes(*b)).collect();
        branch.basket_seek = seek.as_chunks().0.iter().take(used).map(|b| i64::from_be_bytes(*b)).collect();
        branch.file_name = file_name;
        Ok(())
    }

    fn branch_element(&mut self, version: u16, depth: usize) -> Result<RawElement, Error> {
        let class_name = self.cursor.string()?;
        let _parent_name = self.cursor.string()?;
        let clones_name = self.cursor.string()?;
        let check_sum = self.cursor.u32()?;
        let class_version = if version >= 10 { i32::from(self.cursor.i16()?) } else { self.cursor.i32()? };
        let id = self.cursor.i32()?;
        let kind = self.cursor.i32()?;
        let streamer_type = self.cursor.i32()?;
        self.cursor.skip(4)?;
        let count = match self.object(depth)? {
            Some(Object::Branch(i)) => Some(i),
            Some(Object::Leaf(_) | Object::Basket(_) | Object::Other) | None => None,
        };
        Ok(RawElement { class_name, clones_name, check_sum, class_version, id, kind, streamer_type, count })
    }

    fn leaf(&mut self, index: usize, class: String, depth: usize) -> Result<(), Error> {
        let outer = if class == "TLeaf" { None } else { Some(self.cursor.head()?) };
        let head = self.cursor.head()?;
        let (name, title) = self.cursor.named()?;
        let len = self.cursor.i32()?;
        // fLenType and fOffset.
        self.cursor.skip(8)?;
        let _is_range = self.cursor.bool()?;
        let unsigned = self.cursor.bool()?;
        let (counted, count) = match self.object(depth)? {
            None => (false, None),
            Some(Object::Leaf(i)) => (true, Some(i)),
            Some(Object::Branch(_) | Object::Basket(_) | Object::Other) => (true, None),
        };
        self.cursor.finish(head, "TLeaf")?;
        if let Some(outer) = outer {
            match outer.end {
                Some(_) => self.cursor.finish(outer, &class)?,
                None => {
                    return Err(Error::unsupported(self.cursor.place(), format!("a {class} without a byte count")));
                }
            }
        }
        let branch = self.tree.leaves[index].branch;
        self.tree.leaves[index] = RawLeaf { class, name, title, len, unsigned, counted, count, branch };
        Ok(())
    }

    /// A `TBasket` in the tree record (`TBasket::Streamer`): key, sizes, then entry offsets and the whole buffer.
    fn basket(&mut self) -> Result<Embedded, Error> {
        let key = crate::key::Key::read(&mut self.cursor, "")?;
        let shape = BasketHead::read(&mut self.cursor)?;
        let mut offsets = None;
        if shape.has_offsets() {
            if shape.entries > 0 {
                offsets = Some(self.int_array()?);
            }
            if shape.layout() > 40 {
                self.int_array()?;
            }
        }
        let key_bytes = usize::from(key.key_bytes);
        let data = match shape.layout() {
            1 | 11.. => {
                let start = self.cursor.pos();
                let used = if shape.version > 1 { shape.last } else { self.cursor.size("a basket's size")? };
                self.cursor.skip(used)?;
                let start = start + if shape.version > 1 { 0 } else { 4 };
                (start + key_bytes.min(used))..(start + used)
            }
            _ => 0..0,
        };
        Ok(Embedded { entries: shape.entries, key_bytes, data, offsets, sizes: shape.sizes })
    }

    fn int_array(&mut self) -> Result<Range<usize>, Error> {
        let n = self.cursor.size("the length of an array of entry offsets")?;
        let start = self.cursor.pos();
        self.cursor.skip(n.saturating_mul(4))?;
        Ok(start..self.cursor.pos())
    }
}
