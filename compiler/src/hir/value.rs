//! Values of the HIR: expressions, objects and collections, each with every loop and reduction explicit.

use super::{CollectionId, ColumnId, ExprId, ObjectId, QuantityId, RegionId, SourceId, Var};
use crate::plan::Intrinsic;
use crate::plan::intrinsic::Grouping;
use crate::source::Span;

/// The type of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ty {
    /// True, false or missing.
    Bool,
    /// An integer, or missing.
    Int,
    /// A real number; NaN is missing.
    Real,
    /// A string, or missing.
    Text,
}

/// An expression with what is known about it.
#[derive(Clone, Debug)]
pub struct ExprNode {
    /// What it is.
    pub expr: Expr,
    /// Its type.
    pub ty: Ty,
    /// The variables it uses from outside, in order.
    pub free: Vec<Var>,
    /// Where it was first written.
    pub span: Span,
}

/// An object with the variables it uses.
#[derive(Clone, Debug)]
pub struct ObjectNode {
    /// What it is.
    pub object: Object,
    /// The variables it uses from outside, in order.
    pub free: Vec<Var>,
}

/// A collection with the variables it uses.
#[derive(Clone, Debug)]
pub struct CollectionNode {
    /// What it is.
    pub collection: Collection,
    /// The variables it uses from outside, in order.
    pub free: Vec<Var>,
    /// Its name in messages: the block's, or the text.
    pub name: String,
}

/// An expression: one value per event (and per element of the variables it uses).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Expr {
    /// `true`
    Bool(bool),
    /// `30`
    Int(i64),
    /// `2.5`, by its bits
    Real(u64),
    /// `"mu"`
    Text(String),
    /// `HLT_IsoMu24`: an event's own column.
    Column(ColumnId),
    /// `jet.pt`: a column of the object's input collection.
    Attribute(ColumnId, ObjectId),
    /// `HT`, `jet.tagged`: a quantity at these arguments.
    Quantity(QuantityId, Vec<ObjectId>),
    /// An attribute of an element of a union: by the input collection it comes from.
    Dispatch(ObjectId, Vec<(SourceId, ExprId)>),
    /// `-x`, `abs(x)`, `sqrt(x)`, `floor(x)`; Int to Real.
    Unary(Unary, ExprId),
    /// Arithmetic on two Ints or two Reals.
    Binary(Binary, ExprId, ExprId),
    /// A comparison of two Ints, Reals, Texts or Bools (the latter two: `Eq`, `Ne`).
    Compare(Compare, ExprId, ExprId),
    /// Kleene logic.
    And(ExprId, ExprId),
    /// Kleene logic.
    Or(ExprId, ExprId),
    /// Kleene logic: not missing is missing.
    Not(ExprId),
    /// `reject`: true unless the operand is true.
    NotTrue(ExprId),
    /// `cond ? a : b`
    Select(ExprId, ExprId, ExprId),
    /// A primitive function.
    Call(Intrinsic, Vec<ExprId>),
    /// `sum(...)`, `any(...)`, ...
    Reduce {
        /// How bodies combine.
        op: Reduction,
        /// The loops, outermost first.
        over: Vec<(Var, CollectionId)>,
        /// Which elements, if not all.
        keep: Option<ExprId>,
        /// What is combined.
        body: ExprId,
    },
    /// A division of a collection in two, as bits: see `adl_runtime::math::grouping`. Missing if there is none.
    Grouping {
        /// How it is divided.
        how: Grouping,
        /// The loop.
        over: (Var, CollectionId),
        /// px, py, pz, energy of an element.
        momenta: [ExprId; 4],
    },
    /// The sum of a Real or Int over the elements of one group.
    GroupSum {
        /// The division.
        grouping: ExprId,
        /// The second group rather than the first.
        second: bool,
        /// The loop: over the collection that is divided.
        over: (Var, CollectionId),
        /// What is summed.
        body: ExprId,
    },
    /// A component of an element of [`Collection::Made`]: its value for each of the vectors.
    Component(ObjectId, Vec<ExprId>),
    /// `size(jets)`
    Size(CollectionId),
    /// `defined(x)`
    Defined(ExprId),
    /// `defined(Z)`
    Present(ObjectId),
    /// `index(jet)`: the position of the entry in its collection of the input, Int.
    Entry(ObjectId),
    /// `a == b` for objects: the same entries of the same input collections.
    Same(ObjectId, ObjectId),
    /// `x in tightMuons`
    Contains(CollectionId, ObjectId),
    /// A region's selections, as a condition.
    Passes(RegionId),
    /// `random()`, `normal()`: a keyed draw; `label` tells draws apart.
    Draw {
        /// Standard normal rather than uniform.
        normal: bool,
        /// Hash of the enclosing name and position, or of the label.
        label: i64,
        /// The event's own numbers (run, lumi, event), where the input has them.
        event: Vec<ExprId>,
        /// The current object, if any.
        of: Option<ObjectId>,
    },
    /// A look-up in a table of the text.
    Lookup(Box<Lookup>),
}

/// A look-up in a table: the first row whose ranges hold all arguments.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lookup {
    /// The table's name.
    pub table: String,
    /// Arguments, one per axis.
    pub arguments: Vec<ExprId>,
    /// The rows, in the order of the text.
    pub rows: Vec<TableRow>,
    /// The upper end of a range belongs to it, as the lower end always does.
    pub closed: bool,
    /// What holds outside of all rows.
    pub outside: Outside,
}

/// A row of a table; its numbers by their bits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TableRow {
    /// The value in these ranges.
    pub value: u64,
    /// Its errors, down and up, both positive: kept, not used in the look-up.
    pub errors: Option<(u64, u64)>,
    /// Lower and upper end on each axis.
    pub ranges: Vec<(u64, u64)>,
}

/// What a look-up outside of all rows gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outside {
    /// It fails the run.
    Fails,
    /// The nearest row, by moving the arguments into the table.
    Clamps,
    /// This value, by its bits; such look-ups are counted.
    Gives(u64),
}

/// Prefix operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unary {
    /// `-x`
    Neg,
    /// `abs(x)`
    Abs,
    /// `sqrt(x)`
    Sqrt,
    /// `floor(x)`
    Floor,
    /// Int to Real.
    ToReal,
}

/// Arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binary {
    /// `a + b`
    Add,
    /// `a - b`
    Sub,
    /// `a * b`
    Mul,
    /// `a / b`, Real
    Div,
    /// `min(a, b)`, Real
    Min,
    /// `max(a, b)`, Real
    Max,
    /// Bit n of an Int, as 0 or 1: `bit(x, n)`
    Bit,
    /// Bits of both Ints: `bitAnd(a, b)`
    BitAnd,
    /// Bits of either Int: `bitOr(a, b)`
    BitOr,
    /// `shiftLeft(x, n)`: missing unless n is in 0..=63
    ShiftLeft,
    /// `shiftRight(x, n)`, keeps the sign: missing unless n is in 0..=63
    ShiftRight,
}

/// Comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Compare {
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `==`
    Eq,
    /// `!=`
    Ne,
}

/// Reducers that give a number or a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reduction {
    /// `sum`
    Sum,
    /// `product`
    Product,
    /// `min`
    Min,
    /// `max`
    Max,
    /// `mean`: missing of nothing
    Mean,
    /// `any`
    Any,
    /// `all`
    All,
    /// `count`
    Count,
}

/// An object.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Object {
    /// The element of a loop, or a parameter.
    Var(Var),
    /// `jets[0]`; missing when there is none.
    At(CollectionId, ExprId),
    /// `best`, `argmin`, `argmax`: the element with the smallest keys; missing if there is none.
    Best {
        /// The loop.
        over: (Var, CollectionId),
        /// Which elements, if not all.
        keep: Option<ExprId>,
        /// Real keys.
        keys: Vec<ExprId>,
    },
    /// Member `index` of a candidate; `width` leaf objects before it, `leaves` in it.
    Member {
        /// The candidate.
        of: ObjectId,
        /// Leaf objects of the members before it.
        first: u32,
        /// Leaf objects in it.
        leaves: u32,
    },
    /// `cond ? a : b`
    Select(ExprId, ObjectId, ObjectId),
    /// A define or attribute that is an object.
    Quantity(QuantityId, Vec<ObjectId>),
}

/// A collection: its elements in an event, in order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Collection {
    /// A collection of the input.
    Source(SourceId),
    /// Elements for which `keep` is true.
    Filter {
        /// The source.
        of: CollectionId,
        /// Its element in `keep`.
        var: Var,
        /// Which.
        keep: ExprId,
    },
    /// Stable order by a Real key, missing keys last.
    Sort {
        /// The source.
        of: CollectionId,
        /// Its element in `key`.
        var: Var,
        /// The key.
        key: ExprId,
        /// Largest first.
        descending: bool,
    },
    /// Half-open and clipped.
    Slice {
        /// The source.
        of: CollectionId,
        /// First position.
        from: Option<ExprId>,
        /// One past the last.
        to: Option<ExprId>,
    },
    /// One after the other.
    Union(Vec<CollectionId>),
    /// Tuples.
    Combine {
        /// What its members run over.
        members: Vec<CollectionId>,
        /// The candidate in `keep`.
        var: Var,
        /// No leaf object twice, and i < j for members of one collection.
        disjoint: bool,
        /// Which.
        keep: Option<ExprId>,
    },
    /// `members(Z1, Z2)`: the leaf objects of these, those that are present: each an object and one of its leaves.
    Members(Vec<ObjectId>),
    /// What the elements of a collection are linked to, where it is there.
    Linked {
        /// The source.
        of: CollectionId,
        /// Its element in `to`.
        var: Var,
        /// An entry of one input collection.
        to: ObjectId,
    },
    /// The entries of an input collection that lie behind an object along links: the nearest first, each once, without
    /// the object itself.
    Reached {
        /// The input collection.
        of: CollectionId,
        /// Where to begin.
        from: ObjectId,
        /// An entry in `next`.
        var: Var,
        /// Where its links lead.
        next: CollectionId,
    },
    /// Vectors of the event, those that are present: `megajets(jets)`.
    Made(Vec<MadeVector>),
}

/// A vector in a [`Collection::Made`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MadeVector {
    /// Whether it is there, Bool.
    pub present: ExprId,
    /// px, py, pz, energy, Real.
    pub components: [ExprId; 4],
}
