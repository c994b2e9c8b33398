//! From the objects of the file to what a branch holds: element type, shape, and how an entry is laid out.

use std::sync::Arc;

use super::object::{Classes, Found, Number};
use super::objects::{RawBranch, RawElement, RawLeaf, RawTree};
use super::packed::{Packing, packing};
use super::streamers::Streamers;
use super::types::{basic, collection_of, is_text, stored, stored_as};
use crate::branch::{BranchId, Element, Shape};
use crate::texts::TextLayout;
use crate::walk::Walk;

/// How the values of an entry are laid out in a basket.
#[derive(Clone, Debug)]
pub(crate) enum Layout {
    /// `per` values in every entry.
    Fixed { per: u32 },
    /// `per` times the counter's value, after `skip` bytes that are no values.
    Counted { counter: BranchId, per: u32, skip: u32 },
    /// A byte count, a version and a 32-bit count (10 bytes), then the values.
    Vector,
    /// A byte count, a version, a 32-bit count, then for each inner list a 32-bit count and the values.
    Nested,
    /// One leaf of several in a branch: every entry has `stride` bytes, the values are at `offset` of them.
    Leaf { offset: u32, stride: u32, per: u32 },
    /// `TObject::fBits`: 4 bytes, and 2 more if the object is referenced; one value per count, or one per entry.
    Bits { counter: Option<BranchId> },
    /// In objects that are not split; of a split collection those that the counter says.
    Walk { counter: Option<BranchId>, walk: Arc<Walk> },
    /// Of each object of a split collection, of which there are as many as the counter says: a byte that says whether there
    /// is an array, and one of as many values as another member of the object says, which is the branch `sizes`.
    Arrays { counter: BranchId, sizes: BranchId },
    /// Texts: the values are their bytes.
    Texts(TextLayout),
}

impl Layout {
    /// Whether the entry offsets of a basket are needed, or checked, where it has them.
    pub(crate) fn has_use_of_offsets(&self) -> bool {
        match self {
            Layout::Counted { .. } | Layout::Bits { counter: Some(_) } | Layout::Walk { .. } => true,
            Layout::Fixed { .. }
            | Layout::Vector
            | Layout::Nested
            | Layout::Leaf { .. }
            | Layout::Arrays { .. }
            | Layout::Texts(_)
            | Layout::Bits { counter: None } => false,
        }
    }
}

/// What a branch holds and how.
#[derive(Clone, Debug)]
pub(crate) struct Described {
    pub element: Element,
    pub shape: Shape,
    pub layout: Layout,
    /// For `Double32_t` and `Float16_t`.
    pub packing: Option<Packing>,
}

impl Described {
    /// Bytes of a value in the file.
    pub(crate) fn width(&self) -> usize {
        self.packing.map_or(self.element.width(), Packing::width)
    }
}

/// Numbers of members that are collections, of old files apart.
const COLLECTIONS: std::ops::Range<i32> = 300..400;

/// What a description is made from.
pub(super) struct Source<'a> {
    pub tree: &'a RawTree,
    pub streamers: &'a Streamers,
    /// The same, for the objects that are not split.
    pub classes: &'a Classes<'a>,
    /// The final number of each branch of `tree`.
    pub ids: &'a [Option<BranchId>],
}

impl Source<'_> {
    /// Describes a branch; the error is the reason, in words, why it cannot be read.
    pub(super) fn describe(&self, branch: &RawBranch) -> Result<Described, String> {
        if let Some(problem) = &branch.problem {
            return Err(problem.clone());
        }
        let leaf = match branch.leaves.as_slice() {
            [] if branch.branches.is_empty() => {
                return Err(format!("a {} without leaves", branch.class));
            }
            [] => return Err("it only groups the branches below it".to_string()),
            [leaf] => &self.tree.leaves[*leaf],
            _ => return Err("it only groups its leaves, which are listed below it".to_string()),
        };
        match (&branch.element, branch.class.as_str()) {
            (Some(element), _) => self.element(branch, element, leaf),
            (None, "TBranch") => self.leaf(leaf),
            (None, class) => Err(format!("a {class}")),
        }
    }

    /// Describes leaf `n` of a branch with several: each entry has the leaves one after the other.
    pub(super) fn describe_leaf_of(&self, branch: &RawBranch, n: usize) -> Result<Described, String> {
        let (mut offset, mut stride, mut found) = (0, 0_u32, None);
        for (i, leaf) in branch.leaves.iter().enumerate() {
            let described = self.leaf(&self.tree.leaves[*leaf])?;
            let Layout::Fixed { per } = described.layout else {
                return Err("leaves of variable length in one branch".to_string());
            };
            if i == n {
                (offset, found) = (stride, Some((described.clone(), per)));
            }
            stride = stride.saturating_add(per.saturating_mul(described.width() as u32));
        }
        match found {
            Some((described, per)) => Ok(Described { layout: Layout::Leaf { offset, stride, per }, ..described }),
            None => Err("there is no such leaf".to_string()),
        }
    }

    /// A leaf of a plain `TBranch`, which says everything.
    fn leaf(&self, leaf: &RawLeaf) -> Result<Described, String> {
        let (element, packing) = match (leaf.class.as_str(), leaf.unsigned) {
            ("TLeafO", _) => (Element::Bool, None),
            ("TLeafB", false) => (Element::I8, None),
            ("TLeafB", true) => (Element::U8, None),
            ("TLeafS", false) => (Element::I16, None),
            ("TLeafS", true) => (Element::U16, None),
            ("TLeafI", false) => (Element::I32, None),
            ("TLeafI", true) => (Element::U32, None),
            ("TLeafL" | "TLeafG", false) => (Element::I64, None),
            ("TLeafL" | "TLeafG", true) => (Element::U64, None),
            ("TLeafF", _) => (Element::F32, None),
            ("TLeafD", _) => (Element::F64, None),
            ("TLeafF16", _) => (Element::F32, Some(packing(&leaf.title, true)?)),
            ("TLeafD32", _) => (Element::F64, Some(packing(&leaf.title, false)?)),
            ("TLeafC", _) => return Ok(texts(TextLayout::Bare)),
            (class, _) => return Err(format!("a leaf of class {class}")),
        };
        let per = values_per(leaf)?;
        let described = match leaf.counted {
            true => self.counted(leaf, element, per, 0)?,
            false => fixed(element, per),
        };
        Ok(Described { packing, ..described })
    }

    /// A branch of class `TBranchElement`: `fType` says what the branch is in its split object, `fStreamerType` how
    /// the member is stored.
    fn element(&self, branch: &RawBranch, info: &RawElement, leaf: &RawLeaf) -> Result<Described, String> {
        match info.kind {
            // The head of a split TClonesArray (3) or STL collection (4): its baskets hold the sizes.
            3 | 4 => return Ok(fixed(Element::I32, 1)),
            -1 | 0 | 31 | 41 => (),
            1 | 2 => {
                return Err(format!("a {}, split into the branches below it", info.class_name));
            }
            kind => {
                return Err(format!("a {} with a streamer of its own (kind {kind})", info.class_name));
            }
        }
        if !branch.branches.is_empty() {
            return Err(format!("a {}, split into the branches below it", info.class_name));
        }
        let in_collection = is_in_collection(info);
        let stored_as = info.streamer_type;
        if stored_as == stored_as::BITS {
            let counter = if in_collection { Some(self.collection(info)?) } else { None };
            let shape = counter.map_or(Shape::Scalar, |counter| Shape::Counted { counter, per: 1 });
            return Ok(Described { element: Element::U32, shape, layout: Layout::Bits { counter }, packing: None });
        }
        let is_array = (stored_as::ARRAY..stored_as::POINTER).contains(&stored_as);
        if let Some((element, reduced)) = basic(stored_as - if is_array { stored_as::ARRAY } else { 0 }) {
            let per = if in_collection && !is_array { 1 } else { values_per(leaf)? };
            let packing = match (reduced, self.member(info)) {
                (false, _) => None,
                (true, Some(member)) => Some(packing(&member.title, element == Element::F32)?),
                (true, None) => {
                    return Err("the file does not describe its reduced floats".to_string());
                }
            };
            let described = match in_collection {
                true => counted_by(self.collection(info)?, element, per, 0),
                false => fixed(element, per),
            };
            return Ok(Described { packing, ..described });
        }
        match (basic(stored_as.saturating_sub(stored_as::POINTER)), in_collection) {
            (Some((element, reduced)), true) => return self.arrays(branch, info, element, reduced),
            (Some((element, false)), false) => return self.counted(leaf, element, 1, 1),
            (Some((_, true)), false) | (None, _) => (),
        }
        if let Some(layout) = self.text_layout(info) {
            return Ok(texts(layout));
        }
        let type_name = self.type_of(info);
        match collection_of(type_name) {
            Some(inside) if !in_collection && is_collection(stored_as) => list(type_name, inside),
            Some(_) | None => Err(format!("a {type_name}")),
        }
    }

    /// Whether other branches have as many values as a branch says.
    pub(super) fn is_counter(&self, branch: &RawBranch) -> bool {
        let counts = |leaf: &usize| self.tree.leaves.iter().any(|other| other.count == Some(*leaf));
        branch.element.as_ref().is_some_and(|info| matches!(info.kind, 3 | 4)) || branch.leaves.iter().any(counts)
    }

    /// The numbers in the objects of a branch that is not split; nothing for a branch of numbers.
    pub(super) fn inside(&self, branch: &RawBranch) -> Vec<Found> {
        let (Some(info), [_]) = (&branch.element, branch.leaves.as_slice()) else {
            return match (branch.class.as_str(), &branch.problem) {
                ("TBranchObject", None) => self.classes.of_named(&branch.object_class),
                (_, _) => vec![],
            };
        };
        let is_one = matches!(info.kind, -1 | 0 | 31 | 41) && branch.branches.is_empty() && branch.problem.is_none();
        let stored_as = info.streamer_type;
        let is_array = (stored_as::ARRAY..stored_as::POINTER).contains(&stored_as);
        let is_basic = stored_as == stored_as::BITS
            || basic(stored_as - if is_array { stored_as::ARRAY } else { 0 }).is_some()
            || basic(stored_as.saturating_sub(stored_as::POINTER)).is_some();
        if !is_one || is_basic || self.text_layout(info).is_some() {
            return vec![];
        }
        let type_name = self.type_of(info);
        let is_list = collection_of(type_name).is_some() && is_collection(stored_as);
        match self.member(info).filter(|_| info.id >= 0) {
            _ if is_list
                && !is_in_collection(info)
                && collection_of(type_name).is_some_and(|inside| list(type_name, inside).is_ok()) =>
            {
                vec![]
            }
            Some(member) => {
                let mut found = self.classes.of_member(member);
                // Their names begin with the member's, which is the branch's.
                for found in &mut found {
                    let inner = found.name.strip_prefix(&member.name).unwrap_or(&found.name);
                    found.name = inner.trim_start_matches('.').to_string();
                }
                found
            }
            None => self.classes.of_type(type_name, &info.clones_name, info.kind == -1),
        }
    }

    /// Describes a number inside the objects of a branch.
    pub(super) fn describe_inside(&self, branch: &RawBranch, found: &Found) -> Result<Described, String> {
        let number = found.what.clone()?;
        let counter = match &branch.element {
            Some(info) if is_in_collection(info) => Some(self.collection(info)?),
            Some(_) | None => None,
        };
        let in_collection = counter.is_some();
        let Number { step, element, packing, levels, per } = number;
        let levels = levels + usize::from(in_collection);
        let (shape, group) = match (levels, counter) {
            (0, _) if per == 1 => (Shape::Scalar, None),
            (0, _) => (Shape::Fixed(per), None),
            (1, Some(counter)) => (Shape::Counted { counter, per }, None),
            (1, None) if per == 1 => (Shape::Vector, None),
            (1, None) => (Shape::Nested, Some(per)),
            (2, _) if per == 1 => (Shape::Nested, None),
            (_, _) => (Shape::Deep, None),
        };
        let is_deep = shape == Shape::Deep;
        let walk = Walk { step, is_counted: in_collection, levels, group, is_deep };
        Ok(Described { element, shape, layout: Layout::Walk { counter, walk: Arc::new(walk) }, packing })
    }

    /// An array of variable size in each object of a split collection. Its size is a member of the same object, which is a
    /// branch of the same collection.
    fn arrays(
        &self,
        branch: &RawBranch,
        info: &RawElement,
        element: Element,
        reduced: bool,
    ) -> Result<Described, String> {
        let unknown = || "an array of unknown size in each object of a collection".to_string();
        let member = self.member(info).ok_or_else(unknown)?;
        let packing = reduced.then(|| packing(&member.title, element == Element::F32)).transpose()?;
        let before = branch.name.rfind('.').map_or("", |at| &branch.name[..=at]);
        let wanted = format!("{before}{}", member.count_name);
        let is_it = |other: &RawBranch| {
            let same = |other: &RawElement| is_in_collection(other) && other.count == info.count;
            other.name == wanted && other.element.as_ref().is_some_and(same)
        };
        let sizes = self.tree.branches.iter().position(is_it).and_then(|at| *self.ids.get(at)?).ok_or_else(unknown)?;
        let layout = Layout::Arrays { counter: self.collection(info)?, sizes };
        Ok(Described { element, shape: Shape::Nested, layout, packing })
    }

    /// How the texts of a branch are stored, if it holds texts.
    fn text_layout(&self, info: &RawElement) -> Option<TextLayout> {
        let type_name = self.type_of(info);
        let may_be_list = is_collection(info.streamer_type);
        match (is_in_collection(info), is_text(type_name), info.streamer_type) {
            (false, true, stored_as::TSTRING | stored_as::NOTHING) => Some(TextLayout::Bare),
            (false, true, _) if may_be_list => Some(TextLayout::Framed),
            (true, true, _) if may_be_list && type_name != "TString" => Some(TextLayout::Members),
            (false, false, _) if may_be_list && collection_of(type_name).is_some_and(is_text) => Some(TextLayout::List),
            _ => None,
        }
    }

    fn member(&self, info: &RawElement) -> Option<&super::streamers::Member> {
        self.streamers.member(&info.class_name, info.class_version, info.check_sum, info.id)
    }

    /// The C++ type of a member; for a branch that is no member its class.
    fn type_of<'a>(&'a self, info: &'a RawElement) -> &'a str {
        match self.member(info) {
            Some(member) if info.id >= 0 => &member.type_name,
            Some(_) | None => &info.class_name,
        }
    }

    /// The C++ type of a branch as the file names it.
    pub(super) fn type_name(&self, branch: &RawBranch) -> String {
        match (&branch.element, branch.leaves.first().and_then(|leaf| self.tree.leaves.get(*leaf))) {
            (Some(info), _) if info.clones_name.is_empty() => self.type_of(info).to_string(),
            (Some(info), _) => format!("{} of {}", info.class_name, info.clones_name),
            (None, Some(leaf)) => leaf.class.clone(),
            (None, None) => branch.class.clone(),
        }
    }

    /// A leaf with a pointer to the leaf that counts. The pointer decides, not the name in the title.
    fn counted(&self, leaf: &RawLeaf, element: Element, per: u32, skip: u32) -> Result<Described, String> {
        let branch = leaf.count.and_then(|count| self.tree.leaves.get(count)?.branch);
        match branch.and_then(|b| *self.ids.get(b)?) {
            Some(counter) => Ok(counted_by(counter, element, per, skip)),
            None => Err("the branch with its number of values is not in the tree".to_string()),
        }
    }

    /// The branch with the sizes of the split collection that a branch is a member of.
    fn collection(&self, info: &RawElement) -> Result<BranchId, String> {
        let missing = || "the branch with the size of its collection is not in the tree".to_string();
        info.count.and_then(|b| *self.ids.get(b)?).ok_or_else(missing)
    }
}

/// Whether a branch is a member of the objects of a split TClonesArray (31) or STL collection (41).
fn is_in_collection(info: &RawElement) -> bool {
    matches!(info.kind, 31 | 41)
}

/// Whether this way of storing, of a branch or a member, may be that of an STL collection.
fn is_collection(stored_as: i32) -> bool {
    stored_as < 0 || COLLECTIONS.contains(&stored_as) || stored_as == stored_as::CUSTOM
}

fn fixed(element: Element, per: u32) -> Described {
    let shape = if per == 1 { Shape::Scalar } else { Shape::Fixed(per) };
    Described { element, shape, layout: Layout::Fixed { per }, packing: None }
}

fn counted_by(counter: BranchId, element: Element, per: u32, skip: u32) -> Described {
    let layout = Layout::Counted { counter, per, skip };
    Described { element, shape: Shape::Counted { counter, per }, layout, packing: None }
}

/// Bytes of texts.
fn texts(layout: TextLayout) -> Described {
    let shape = if layout.is_list() { Shape::Nested } else { Shape::Vector };
    Described { element: Element::U8, shape, layout: Layout::Texts(layout), packing: None }
}

/// A list of `inside`: numbers, or lists of numbers.
fn list(type_name: &str, inside: &str) -> Result<Described, String> {
    let flat = stored(inside).map(|stored| (stored, Shape::Vector, Layout::Vector));
    let nested = || collection_of(inside).and_then(stored).map(|stored| (stored, Shape::Nested, Layout::Nested));
    match flat.or_else(nested) {
        Some(((element, packing), shape, layout)) => Ok(Described { element, shape, layout, packing }),
        None => Err(format!("a {type_name}")),
    }
}

fn values_per(leaf: &RawLeaf) -> Result<u32, String> {
    match u32::try_from(leaf.len) {
        Ok(n @ 1..=0x00ff_ffff) => Ok(n),
        _ => Err(format!("{} values per entry", leaf.len)),
    }
}
