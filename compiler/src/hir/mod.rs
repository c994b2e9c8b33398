//! The HIR: what the analysis means. Names are resolved, every value is typed, every loop and reduction is explicit.
//! Made by `check` from the AST and the schema of the input, read by `plan::lower`.
//!
//! Invariants:
//! - there are no names and no implicit loops: a [`Var`] is bound by exactly one loop, block or parameter;
//! - what can be varied (a column, a define, an attribute) is referred to by its id, never copied into its users;
//! - a region carries all its rows, those of the regions it takes included, in order.

pub mod chain;
pub mod check;
pub mod error;
pub mod links;
pub mod print;
mod region;
pub mod schema;
mod value;

use std::collections::HashMap;

use adl_runtime::schema::ElementType;

use crate::source::{FileId, Span};

pub use region::*;
pub use value::*;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);
    )*};
}
ids!(
    /// An expression of the analysis.
    ExprId,
    /// An object: one element of a collection, or one candidate.
    ObjectId,
    /// A collection.
    CollectionId,
    /// A column of the input.
    ColumnId,
    /// A collection of the input.
    SourceId,
    /// What attributes an object has.
    ClassId,
    /// A define, or an attribute that a block defines.
    QuantityId,
    /// A region.
    RegionId,
    /// A `countsformat`.
    FormatId,
    /// A variable: the element of a loop, or a parameter of a quantity.
    Var
);

/// The checked analysis.
#[derive(Clone, Debug, Default)]
pub struct Analysis {
    /// The first text that is the analyst's: those before it are the standard library.
    pub own: FileId,
    /// Columns of the input that the analysis mentions.
    pub columns: Vec<Column>,
    /// Collections of the input that it mentions.
    pub sources: Vec<Source>,
    /// Expressions, interned.
    pub exprs: Vec<ExprNode>,
    /// Objects, interned.
    pub objects: Vec<ObjectNode>,
    /// Collections, interned.
    pub collections: Vec<CollectionNode>,
    /// Classes of objects.
    pub classes: Vec<Class>,
    /// Defines and block attributes.
    pub quantities: Vec<Quantity>,
    /// The regions, in the order of the text.
    pub regions: Vec<Region>,
    /// The formats of published counts.
    pub formats: Vec<CountsFormat>,
    /// Where the arguments of look-ups were first written, for messages.
    pub written: HashMap<ExprId, Vec<Span>>,
    /// Named blocks, for listings: name, collection, class.
    pub blocks: Vec<(String, CollectionId, ClassId)>,
    /// The lumi masks that it names.
    pub masks: Vec<Mask>,
}

/// `lumimask("golden.json")`: a column of the events that is made where files are read.
#[derive(Clone, Debug, PartialEq)]
pub struct Mask {
    /// The path as written, relative to the file of the text.
    pub path: String,
    /// The name of the column.
    pub column: String,
    /// The string.
    pub span: Span,
}

/// A column of the input.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name in the file.
    pub name: String,
    /// What is stored.
    pub element: ElementType,
    /// The input collection it belongs to; none for an event's own column.
    pub source: Option<SourceId>,
    /// The first place in the text that reads it.
    pub span: Span,
}

/// A collection of the input.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Its name, such as `Jet`.
    pub name: String,
    /// A list column of it, from which its sizes are known.
    pub sizes_of: String,
}

/// What attributes an object has.
#[derive(Clone, Debug)]
pub struct Class {
    /// In messages.
    pub name: String,
    /// What it is made from.
    pub base: ClassBase,
    /// An attribute that its block defines.
    pub define: Option<(String, Template)>,
}

/// What a class is made from.
#[derive(Clone, Debug, PartialEq)]
pub enum ClassBase {
    /// An entry of an input collection.
    Source(SourceId),
    /// The same object, with what this class adds.
    Of(ClassId),
    /// An entry of one of several.
    Union(Vec<ClassId>),
    /// A candidate with named members.
    Tuple(Vec<(String, ClassId)>),
    /// One of these vectors of the event.
    Made(Vec<MadeVector>),
}

/// What a define or attribute stands for, once its parameters are given.
#[derive(Clone, Debug, PartialEq)]
pub enum Template {
    /// A number, condition or string.
    Scalar(QuantityId),
    /// A vector, by its components.
    Vector(VectorKind, Vec<QuantityId>),
    /// An object of a class.
    Object(QuantityId, ClassId),
}

/// Kinds of vectors and their components.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VectorKind {
    /// px, py, pz, energy
    P4,
    /// x, y, z
    V3,
    /// x, y
    Transverse,
}

/// A define, or an attribute that a block defines: what a variation can replace.
#[derive(Clone, Debug)]
pub struct Quantity {
    /// `HT`, `jets.tagged`, `nu.px`
    pub name: String,
    /// The objects it is a function of: none for an event's quantity.
    pub parameters: Vec<Var>,
    /// What it is.
    pub body: QuantityBody,
    /// Where it is defined.
    pub span: Span,
}

/// The content of a quantity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum QuantityBody {
    /// A number, condition or string.
    Scalar(ExprId),
    /// An object.
    Object(ObjectId),
}

impl Analysis {
    /// An expression.
    #[must_use]
    pub fn expr(&self, id: ExprId) -> &ExprNode {
        &self.exprs[id.0 as usize]
    }

    /// An object.
    #[must_use]
    pub fn object(&self, id: ObjectId) -> &ObjectNode {
        &self.objects[id.0 as usize]
    }

    /// A collection.
    #[must_use]
    pub fn collection(&self, id: CollectionId) -> &CollectionNode {
        &self.collections[id.0 as usize]
    }

    /// A class.
    #[must_use]
    pub fn class(&self, id: ClassId) -> &Class {
        &self.classes[id.0 as usize]
    }

    /// Leaf objects in an object of this class: 1 for an entry of an input collection.
    #[must_use]
    pub fn width(&self, id: ClassId) -> u32 {
        match &self.class(id).base {
            ClassBase::Source(_) | ClassBase::Union(_) | ClassBase::Made(_) => 1,
            ClassBase::Of(of) => self.width(*of),
            ClassBase::Tuple(members) => members.iter().map(|(_, c)| self.width(*c)).sum(),
        }
    }
}
