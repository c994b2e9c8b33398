//! The way to a number inside an object, as steps over the bytes: made by `object`, gone by `walk`.

use std::sync::Arc;

/// One step over the bytes of an object.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// So many bytes.
    Skip(u32),
    /// An object that begins with its size.
    SkipFramed,
    /// A collection that begins with its size; of objects stored member by member, those of all of them.
    SkipCollection,
    /// A base class: in an object it begins with its size; of objects stored member by member its members follow.
    SkipBase { members: Arc<Vec<Step>>, is_complete: bool },
    /// The class name that a `TBranchObject` writes before its object, and the step.
    Named(Arc<Step>),
    /// A `TString`.
    SkipText,
    /// A `char*`: a 32-bit length and the letters.
    SkipChars,
    /// A `TObject`.
    SkipTObject,
    /// A `TRef`.
    SkipReference,
    /// A pointer, with the object if it follows.
    SkipPointer,
    /// A 32-bit count and values of this width.
    SkipCounted { width: u32 },
    /// A 32-bit number that says how long later arrays are; they name it by its place among these.
    Count,
    /// An array of that many values: a byte that says whether it is there, then the values.
    SkipArray { count: usize, width: u32 },
    /// The step, so many times.
    Repeat { times: u32, step: Arc<Step> },
    /// Wanted: so many values.
    Values { per: u32 },
    /// Wanted: an array whose size is an earlier member.
    Array { count: usize },
    /// Wanted: `TObject::fUniqueID`.
    UniqueId,
    /// Wanted: `TObject::fBits`.
    Flags,
    /// Wanted: the id of the object that a `TRef` refers to.
    Reference,
    /// Wanted: the ids of the objects that a `TRefArray` refers to.
    References,
    /// Wanted: something in an object that begins with its size.
    Object(Arc<Way>),
    /// Wanted: something in a base class.
    Base(Arc<Way>),
    /// Wanted: something in an object that is an entry of its own and has no size.
    Members(Arc<Way>),
    /// Wanted: something in each element of a list.
    List(Arc<List>),
}

/// The way to a number inside an object.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    pub class: String,
    pub version: i32,
    pub check_sum: u32,
    /// The steps over all members of the class, shared by the ways to each of them.
    pub members: Arc<Vec<Step>>,
    /// Whether these are all its members.
    pub is_complete: bool,
    /// The number of members before the wanted one.
    pub before: usize,
    pub wanted: Step,
}

/// How a list begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ListHead {
    /// With a byte count and a version, then the number of elements.
    Framed,
    /// With the number of elements: a list inside a list.
    Bare,
    /// As a `TClonesArray` does.
    Clones,
}

/// A list and what is wanted of it.
#[derive(Clone, Debug)]
pub(crate) struct List {
    pub head: ListHead,
    pub each: Each,
}

/// The elements of a list.
#[derive(Clone, Debug)]
pub(crate) enum Each {
    Number,
    Object(Way),
    List(Arc<List>),
}
