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
pub mod schema;

use std::collections::HashMap;

use adl_runtime::histogram::Axis;
use adl_runtime::rows::Format;
use adl_runtime::schema::ElementType;

use crate::plan::Intrinsic;
use crate::plan::intrinsic::Grouping;
use crate::source::{FileId, Span};

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

/// A region: everything that happens to an event, in order.
#[derive(Clone, Debug)]
pub struct Region {
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub span: Span,
    /// Data for which one of these holds reach no output (only for input that is not simulated).
    pub blind: Vec<ExprId>,
    /// The rows and fills, those of the regions it takes first.
    pub steps: Vec<RegionStep>,
    /// The bins, first match wins.
    pub bins: Vec<Bin>,
    /// Published counts of its rows and bins.
    pub counts: Vec<Counts>,
}

/// Published counts: kept, and not compared with the run.
#[derive(Clone, Debug)]
pub struct Counts {
    /// The `countsformat`.
    pub format: FormatId,
    /// What they are counts of.
    pub of: CountsOf,
    /// Per process: the count and its uncertainties (up, down).
    pub values: Vec<(f64, Vec<(f64, f64)>)>,
    /// The statement.
    pub span: Span,
}

/// What published counts are counts of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountsOf {
    /// All events.
    All,
    /// The row of the statement with this span.
    Row(Span),
    /// A bin of one of [`Region::bins`].
    Bin {
        /// Index into the region's `bins`.
        bins: usize,
        /// Which bin of that statement.
        number: usize,
    },
}

/// The columns of published counts.
#[derive(Clone, Debug)]
pub struct CountsFormat {
    /// Its name.
    pub name: String,
    /// The processes.
    pub processes: Vec<Process>,
    /// Where it is declared.
    pub span: Span,
}

/// A column of published counts.
#[derive(Clone, Debug)]
pub struct Process {
    /// Its name.
    pub name: String,
    /// What it is.
    pub title: String,
    /// Its uncertainties, in order: `stat`, `syst`.
    pub uncertainties: Vec<&'static str>,
}

/// A step of a region.
#[derive(Clone, Debug)]
pub enum RegionStep {
    /// A row that events pass or not.
    Cut {
        /// The condition as written.
        condition: ExprId,
        /// `reject` rather than `select`.
        reject: bool,
        /// The statement.
        span: Span,
    },
    /// A row that multiplies the weight.
    Weight {
        /// Its name.
        name: String,
        /// The factor (Real), 1 where the `where` condition is not true.
        factor: ExprId,
        /// The statement.
        span: Span,
    },
    /// A histogram, filled here with the weight so far.
    Fill(Fill),
    /// Values of the events that come here, printed or saved.
    Save(Save),
}

/// Values of events that are printed, or saved in a file.
#[derive(Clone, Debug)]
pub struct Save {
    /// The name of the file; empty for `print`.
    pub name: String,
    /// What is made of them.
    pub format: Format,
    /// The columns; none means the whole event as it was read.
    pub columns: Vec<SaveColumn>,
    /// The statement.
    pub span: Span,
}

/// A column of saved values.
#[derive(Clone, Debug)]
pub struct SaveColumn {
    /// Its name; empty for a text that is printed.
    pub name: String,
    /// Its value, of any type.
    pub value: ExprId,
    /// One value per element of this loop, or one per event.
    pub over: Option<(Var, CollectionId)>,
    /// Where it was written.
    pub span: Span,
}

/// A histogram and what fills it.
#[derive(Clone, Debug)]
pub struct Fill {
    /// Its name in the region.
    pub name: String,
    /// Title; axis titles.
    pub title: String,
    /// `profile` rather than `histo`.
    pub profile: bool,
    /// The axes.
    pub axes: Vec<Axis>,
    /// What is filled, Real (for a profile the averaged quantity last).
    pub values: Vec<ExprId>,
    /// One entry per element of these loops, each inside the one before it; none for one per event.
    pub over: Vec<(Var, CollectionId)>,
    /// A factor on the weight, Real.
    pub weighted: Option<ExprId>,
    /// Which entries.
    pub filter: Option<ExprId>,
    /// Also one copy per bin of the region.
    pub per_bin: bool,
    /// The statement.
    pub span: Span,
}

/// Some bins of a region: one condition with a label, or the product of axes.
#[derive(Clone, Debug)]
pub struct Bin {
    /// Label of the bin, or prefix of the labels.
    pub label: String,
    /// Events that belong to these bins, if not all.
    pub condition: Option<ExprId>,
    /// The axes; none for a single bin.
    pub axes: Vec<BinAxis>,
    /// The statement.
    pub span: Span,
}

/// One axis of `bins`.
#[derive(Clone, Debug)]
pub enum BinAxis {
    /// Half-open ranges of a Real.
    Edges {
        /// The quantity.
        value: ExprId,
        /// Its name in labels.
        name: String,
        /// Increasing.
        edges: Vec<f64>,
        /// A bin below.
        underflow: bool,
        /// A bin above.
        overflow: bool,
    },
    /// One bin per condition, with its label.
    Values(Vec<(String, ExprId)>),
}

impl RegionStep {
    /// The place in the text.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            RegionStep::Cut { span, .. } | RegionStep::Weight { span, .. } => *span,
            RegionStep::Fill(fill) => fill.span,
            RegionStep::Save(save) => save.span,
        }
    }
}

impl BinAxis {
    /// The number of bins on it.
    #[must_use]
    pub fn bins(&self) -> usize {
        match self {
            BinAxis::Edges { edges, underflow, overflow, .. } => {
                edges.len().saturating_sub(1) + usize::from(*underflow) + usize::from(*overflow)
            }
            BinAxis::Values(values) => values.len(),
        }
    }
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
