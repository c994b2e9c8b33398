//! What the graph of the Plan is made of: values and lists, each with the handles of those that it is made from.

use super::intrinsic::{Grouping, Intrinsic};

/// A pure value of the current event (and of the loops it uses).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value(pub u32);

/// The elements of a collection in the current event, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct List(pub u32);

/// A column that is read; an index into `Plan::inputs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InputId(pub u32);

/// A collection of the input files; an index into `Plan::collections`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CollectionId(pub u32);

/// Numbers that are the same in all events, such as the values of a table of the analysis: see `Dag::numbers`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NumbersId(pub u32);

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ty {
    /// True or false.
    Bool,
    /// 64-bit integer, wrapping.
    Int,
    /// 64-bit float; NaN is *missing*.
    Real,
    /// The winner of a [`Node::Best`]: read through `Found` and `Winner`.
    Winner,
    /// One real number per element of a list: read through `TableAt` and `Grouping`.
    Table,
}

/// Prefix operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unary {
    /// Sign of an Int or Real.
    Neg,
    /// Logical not.
    Not,
    /// Magnitude of an Int or Real.
    Abs,
    /// IEEE square root.
    Sqrt,
    /// Largest integer not above, as a Real.
    Floor,
    /// Int to Real, rounded to nearest.
    ToReal,
    /// Bool to Int, 0 or 1.
    ToInt,
    /// True if a Real is NaN.
    IsNan,
    /// True if a Real is neither NaN nor infinite.
    IsFinite,
}

/// Operations on two values of one type. Comparisons with NaN are false, `RealNe` included (it means `<` or `>`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binary {
    /// Sum, Int or Real.
    Add,
    /// Difference, Int or Real.
    Sub,
    /// Product, Int or Real.
    Mul,
    /// Quotient, Real.
    Div,
    /// `a < b`, Int or Real.
    Lt,
    /// `a <= b`, Int or Real.
    Le,
    /// `a == b`, Int or Real.
    Eq,
    /// `a != b`, Int, or Real (ordered: false with NaN).
    Ne,
    /// Logical and.
    And,
    /// Logical or.
    Or,
    /// The smaller Real; NaN if either is NaN; the first if they are equal.
    Min,
    /// The larger Real; NaN if either is NaN; the first if they are equal.
    Max,
    /// Bits of both, Int.
    BitAnd,
    /// Bits of either, Int.
    BitOr,
    /// Shift left by 0..=63 (the count is masked to 6 bits), Int.
    Shl,
    /// Arithmetic shift right by 0..=63 (the count is masked to 6 bits), Int.
    Shr,
}

/// How a reduction combines its bodies, in list order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reduction {
    /// Sum of Int or Real; 0 of nothing. Real sums start at 0.0 and add in order.
    Sum,
    /// Product of Int or Real; 1 of nothing.
    Product,
    /// Smallest Real (`Binary::Min` in order); +inf of nothing.
    Min,
    /// Largest Real (`Binary::Max` in order); -inf of nothing.
    Max,
    /// Or of Bools; false of nothing.
    Any,
    /// And of Bools; true of nothing.
    All,
    /// Number of bodies that are true, as Int.
    Count,
}

/// A pure value. No node names a variable, so equal meaning is equal content.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// A constant.
    Bool(bool),
    /// A constant.
    Int(i64),
    /// A constant, by its bits.
    Real(u64),
    /// One of some numbers, Real.
    Number {
        /// The numbers; as many as a power of two.
        of: NumbersId,
        /// Which one (Int), counted modulo how many there are.
        at: Value,
    },
    /// An event's own column: `MET_pt`. Promoted to Bool, Int or Real.
    Column(InputId),
    /// A collection's column at element `at` (Int, position in the event). Total: an `at` outside of the event's
    /// elements must be guarded by the reader of the value, but never faults for 0 <= at <= size.
    Load {
        /// The column.
        input: InputId,
        /// Position in the event.
        at: Value,
    },
    /// Word `word` of the current element of the loop over `list` at `depth`, as Int. For an element of one input
    /// collection the word is its position there; see [`Leaf`].
    Item {
        /// What is looped over.
        list: List,
        /// Which loop.
        depth: u8,
        /// Which word of the element.
        word: u8,
    },
    /// Position of that element in `list`, as Int.
    Position {
        /// What is looped over.
        list: List,
        /// Which loop.
        depth: u8,
    },
    /// One operand.
    Unary(Unary, Value),
    /// Two operands of one type.
    Binary(Binary, Value, Value),
    /// `Select(c, a, b)`: a if c, else b.
    Select(Value, Value, Value),
    /// A primitive function.
    Call(Intrinsic, Vec<Value>),
    /// Number of elements, Int.
    Size(List),
    /// Word `word` of the element at `position` (Int); 0 when there is none.
    At {
        /// The list.
        list: List,
        /// Position in the list.
        position: Value,
        /// Which word of the element.
        word: u8,
    },
    /// `op` over the elements for which `keep` is true, in order; `keep` and `body` may use the loop at `depth`.
    Reduce {
        /// How bodies combine.
        op: Reduction,
        /// What is looped over.
        over: List,
        /// The loop's depth.
        depth: u8,
        /// Which elements.
        keep: Value,
        /// What is combined.
        body: Value,
    },
    /// The element with the smallest keys (Real, lexicographic) among those with `keep`; a NaN key comes last, the first
    /// of equals wins.
    Best {
        /// What is looped over.
        over: List,
        /// The loop's depth.
        depth: u8,
        /// Which elements.
        keep: Value,
        /// First key, second key, ...
        keys: Vec<Value>,
    },
    /// True if a `Best` has a winner.
    Found(Value),
    /// Word of a `Best`'s winner; 0 when there is none.
    Winner {
        /// The `Best`.
        best: Value,
        /// Which word.
        word: u8,
    },
    /// `body` (Real) for every element of a list, kept for repeated look-up; only read where the list has two elements
    /// at least. Introduced by `plan::tabulate`, and for `Grouping`.
    Table {
        /// The list.
        over: List,
        /// The loop's depth.
        depth: u8,
        /// What is kept.
        body: Value,
        /// Where the entry of an element is; none is at its position in the list.
        place: Option<Place>,
    },
    /// A division of the elements of a list in two, by the tables of their momenta (px, py, pz, energy): bit i is set if
    /// element i is in the second group; negative if there is none, see `adl_runtime::math::grouping`.
    Grouping {
        /// How they are divided.
        how: Grouping,
        /// Four `Table`s over one list.
        momenta: [Value; 4],
    },
    /// Entry of a `Table` at a position in its list, or at the place of an element; NaN behind the last place.
    TableAt {
        /// The `Table`.
        table: Value,
        /// Position in its list, or place.
        position: Value,
    },
}

/// Where the entries of a [`Node::Table`] are, by what is known of an element wherever it is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// Where that of an element is (Int, not below 0 and below `room`); uses the table's loop. Elements with one
    /// place have one entry.
    pub at: Value,
    /// Number of places (Int).
    pub room: Value,
}

/// The elements of a collection in this event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ListNode {
    /// All elements of an input collection.
    All(CollectionId),
    /// Those for which `keep` is true; `keep` uses `Item { list: of, depth }`.
    Filter {
        /// The source.
        of: List,
        /// Depth of its loop.
        depth: u8,
        /// Which elements.
        keep: Value,
    },
    /// Stable order by a Real key; NaN keys last, in both directions.
    Sort {
        /// The source.
        of: List,
        /// Depth of the loop that evaluates the keys.
        depth: u8,
        /// The key, using `Item { list: of, depth }`.
        key: Value,
        /// Largest first.
        descending: bool,
    },
    /// Elements `from..to` (Int), clipped to the list.
    Slice {
        /// The source.
        of: List,
        /// First position; below 0 is 0.
        from: Value,
        /// One past the last position; beyond the end is the end.
        to: Value,
    },
    /// One list after the other. Elements of one word each; words are tagged with their collection.
    Union(Vec<List>),
    /// Tuples: member k loops over `of[k]` at depth `depth + k`, from after member `after[k]`'s position if given.
    Combine {
        /// One list per member.
        of: Vec<List>,
        /// Depth of the first member's loop.
        depth: u8,
        /// For each member the earlier member of the same list that it must follow.
        after: Vec<Option<u8>>,
        /// Which tuples; uses `Item { list: of[k], depth: depth + k }`.
        keep: Value,
    },
    /// For each element of a list another one, where it is present.
    Map {
        /// The source.
        of: List,
        /// Depth of its loop.
        depth: u8,
        /// Whether it is there; uses `Item { list: of, depth }`.
        present: Value,
        /// Its words; the same.
        words: Vec<Value>,
    },
    /// The entries of an input collection that are reached from one of them: what `next` says of the one reached first,
    /// then of the second, and so on; each once, and the one it begins with not at all.
    Reach {
        /// The collection, an `All`.
        of: List,
        /// Where it begins: an entry (Int).
        from: Value,
        /// Whether that is there.
        present: Value,
        /// Depth of the loop over the entries.
        depth: u8,
        /// Entries next to one; uses `Item { list: of, depth }`. Words that are no entry's count for nothing.
        next: List,
    },
    /// The given elements (all of the same leaves), those that are present, in order: `members(Z1, Z2)`.
    Elements(Vec<Element>),
}

/// One given element of a [`ListNode::Elements`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Element {
    /// Whether it is there.
    pub present: Value,
    /// Its words.
    pub words: Vec<Value>,
}

/// What one word of an element points at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Leaf {
    /// An entry of this collection: the word is the position in the event.
    One(CollectionId),
    /// An entry of one of several: the word is `collection << 24 | position`.
    Any(Vec<CollectionId>),
    /// A vector that the analysis makes: the number of the list of these, the word says which.
    Made(u32),
}

/// Bits of a tagged word below the collection's number.
pub const TAG_SHIFT: i64 = 24;

/// Mask of the position in a tagged word.
pub const POSITION_MASK: i64 = (1 << TAG_SHIFT) - 1;
