//! What a branch holds: the description that a reader of columns binds to.
//!
//! Branches come out of `tree/` as a flat list, parents before children. A branch that cannot be read stays in the
//! list with the reason, so that one strange branch never hides the others.

use std::fmt;

use crate::Codec;

/// The number of a branch in [`crate::Tree::branches`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BranchId(pub u32);

impl BranchId {
    /// The index into [`crate::Tree::branches`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The type of one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Element {
    /// `Bool_t`: one byte, 0 or 1.
    Bool,
    /// `Char_t`, `int8_t`.
    I8,
    /// `UChar_t`, `uint8_t`.
    U8,
    /// `Short_t`.
    I16,
    /// `UShort_t`.
    U16,
    /// `Int_t`.
    I32,
    /// `UInt_t`.
    U32,
    /// `Long64_t`, `Long_t`.
    I64,
    /// `ULong64_t`, `ULong_t`.
    U64,
    /// `Float_t`, and `Float16_t` once decoded.
    F32,
    /// `Double_t`, and `Double32_t` once decoded.
    F64,
}

impl Element {
    /// Bytes of one decoded value.
    pub fn width(self) -> usize {
        match self {
            Element::Bool | Element::I8 | Element::U8 => 1,
            Element::I16 | Element::U16 => 2,
            Element::I32 | Element::U32 | Element::F32 => 4,
            Element::I64 | Element::U64 | Element::F64 => 8,
        }
    }

    /// The Rust name of the type.
    pub fn name(self) -> &'static str {
        match self {
            Element::Bool => "bool",
            Element::I8 => "i8",
            Element::U8 => "u8",
            Element::I16 => "i16",
            Element::U16 => "u16",
            Element::I32 => "i32",
            Element::U32 => "u32",
            Element::I64 => "i64",
            Element::U64 => "u64",
            Element::F32 => "f32",
            Element::F64 => "f64",
        }
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How many values an entry has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Shape {
    /// One.
    Scalar,
    /// This many in every entry: `x[3]`, `x[2][2]` (row-major).
    Fixed(u32),
    /// `per` times the value of an integer branch of the same tree: `Jet_pt[nJet]`, `x[n][3]`, and the members of a
    /// split collection (`Jet.PT` with `Jet_`).
    Counted {
        /// The branch that holds the count.
        counter: BranchId,
        /// Values per count, row-major.
        per: u32,
    },
    /// Any number, with no branch that counts: `std::vector<T>` and other collections of numbers.
    Vector,
    /// A list of lists: `std::vector<std::vector<T>>`. [`crate::Basket::starts`] index into
    /// [`crate::Basket::inner_starts`], which index into the values.
    Nested,
    /// Lists more than two deep: [`crate::Basket::starts`] index into the values; where the inner lists begin is not kept.
    Deep,
}

impl Shape {
    /// Whether entries differ in the number of their values.
    pub fn is_jagged(self) -> bool {
        match self {
            Shape::Scalar | Shape::Fixed(_) => false,
            Shape::Counted { .. } | Shape::Vector | Shape::Nested | Shape::Deep => true,
        }
    }
}

/// What a branch holds, as far as this crate can read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BranchKind {
    /// Numbers.
    Values {
        /// The type of one value.
        element: Element,
        /// How many values an entry has.
        shape: Shape,
    },
    /// Texts, one in each entry ([`Shape::Scalar`]) or a list of them ([`Shape::Vector`]): read with
    /// [`crate::Tree::read_texts`] or [`crate::Ntuple::read_texts`].
    Texts {
        /// How many texts an entry has.
        shape: Shape,
    },
    /// Something else, and why it is not read, in words.
    Unsupported(String),
}

/// One branch of a tree.
#[derive(Clone, Debug)]
pub struct Branch {
    /// Its number in the tree.
    pub id: BranchId,
    /// ROOT's name of it: `Jet_pt`, `Jet.PT`, `Particle.momentum.x`.
    pub name: String,
    /// The names from the top branch down to this one, joined by `/`: `Jet/Jet.PT`. For a top branch, the name.
    pub path: String,
    /// ROOT's title: a description in NanoAOD, else the leaf list.
    pub title: String,
    /// The C++ type as the file names it (`Float_t`, `vector<float>`), for messages.
    pub type_name: String,
    /// The branch above, of which this one is a member.
    pub parent: Option<BranchId>,
    /// What it holds.
    pub kind: BranchKind,
    /// The codec that the branch asks for; single baskets may be stored otherwise.
    pub codec: Codec,
    /// Bytes of all its baskets in the file, as the file counts them.
    pub packed_bytes: u64,
    /// Bytes of all its baskets once decompressed, as the file counts them.
    pub unpacked_bytes: u64,
}

impl Branch {
    /// The type of one value and the shape of an entry, if the branch can be read.
    pub fn values(&self) -> Option<(Element, Shape)> {
        match self.kind {
            BranchKind::Values { element, shape } => Some((element, shape)),
            BranchKind::Texts { .. } | BranchKind::Unsupported(_) => None,
        }
    }

    /// How many texts an entry has, if the branch holds texts.
    pub fn texts(&self) -> Option<Shape> {
        match self.kind {
            BranchKind::Texts { shape } => Some(shape),
            BranchKind::Values { .. } | BranchKind::Unsupported(_) => None,
        }
    }
}
