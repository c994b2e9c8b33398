//! The values and lists of the Plan, interned: equal content is the equal handle. Smart constructors fold constants
//! with bit-exact identities only; there is no other common-subexpression pass.
//!
//! Loops are numbered, not named. A loop that binds an element has a *depth*: one more than the largest depth that its
//! body uses from outside, 0 if it uses none. So `sum(pt(jets))` is one node wherever it is written, and a value that
//! ignores its surrounding loop does not mention it.

use std::collections::HashMap;

use super::intrinsic::{Grouping, Intrinsic};
use crate::source::Span;

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

/// The interned values and lists.
#[derive(Clone, Debug, Default)]
pub struct Dag {
    nodes: Vec<Node>,
    types: Vec<Ty>,
    free: Vec<u64>,
    lists: Vec<ListNode>,
    leaves: Vec<Vec<Leaf>>,
    list_free: Vec<u64>,
    known: HashMap<Node, Value>,
    known_lists: HashMap<ListNode, List>,
    input_types: Vec<Ty>,
    input_collections: Vec<Option<CollectionId>>,
    /// The places of the text that the values and the lists are for.
    places: Vec<Span>,
    list_places: Vec<Span>,
    here: Span,
}

impl Dag {
    /// An empty graph over inputs of these types.
    #[must_use]
    pub fn new() -> Dag {
        Dag::default()
    }

    /// What is new from now on is for this place of the text; gives the place before.
    pub fn set_place(&mut self, place: Span) -> Span {
        std::mem::replace(&mut self.here, place)
    }

    /// The place of the text that what is new is for.
    #[must_use]
    pub fn here(&self) -> Span {
        self.here
    }

    /// The place of the text that asks for a value first; [`Span::NOWHERE`] for what the compiler needs for itself.
    #[must_use]
    pub fn place(&self, value: Value) -> Span {
        self.places[value.0 as usize]
    }

    /// The same of a list.
    #[must_use]
    pub fn list_place(&self, list: List) -> Span {
        self.list_places[list.0 as usize]
    }

    /// Declares the next input column's type (Bool, Int or Real) and collection, and gives its id.
    pub fn input(&mut self, ty: Ty, collection: Option<CollectionId>) -> InputId {
        self.input_types.push(ty);
        self.input_collections.push(collection);
        InputId(self.input_types.len() as u32 - 1)
    }

    /// The type of an input column.
    #[must_use]
    pub fn input_type(&self, input: InputId) -> Ty {
        self.input_types.get(input.0 as usize).copied().unwrap_or(Ty::Real)
    }

    /// The collection of an input column; none for an event's own.
    #[must_use]
    pub fn collection_of(&self, input: InputId) -> Option<CollectionId> {
        self.input_collections.get(input.0 as usize).copied().flatten()
    }

    /// The node behind a value.
    #[must_use]
    pub fn node(&self, value: Value) -> &Node {
        &self.nodes[value.0 as usize]
    }

    /// The node behind a list.
    #[must_use]
    pub fn list(&self, list: List) -> &ListNode {
        &self.lists[list.0 as usize]
    }

    /// A value's type.
    #[must_use]
    pub fn ty(&self, value: Value) -> Ty {
        self.types[value.0 as usize]
    }

    /// The depths of the loops that a value uses from outside of itself, one bit each.
    #[must_use]
    pub fn free(&self, value: Value) -> u64 {
        self.free[value.0 as usize]
    }

    /// The depths of the loops that a list uses from outside of itself, one bit each.
    #[must_use]
    pub fn list_free(&self, list: List) -> u64 {
        self.list_free[list.0 as usize]
    }

    /// What the words of a list's elements point at: one leaf per word.
    #[must_use]
    pub fn leaves(&self, list: List) -> &[Leaf] {
        &self.leaves[list.0 as usize]
    }

    /// Number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// True if there is no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Number of lists.
    #[must_use]
    pub fn list_len(&self) -> usize {
        self.lists.len()
    }

    /// The value of a node, if there is one.
    #[must_use]
    pub fn find(&self, node: &Node) -> Option<Value> {
        self.known.get(node).copied()
    }

    /// Interns a node as it is. Prefer the constructors in `plan::build`, which fold.
    pub fn add(&mut self, node: Node) -> Value {
        if let Some(value) = self.known.get(&node) {
            return *value;
        }
        let value = Value(self.nodes.len() as u32);
        self.types.push(self.type_of(&node));
        self.free.push(self.free_of(&node));
        self.known.insert(node.clone(), value);
        self.nodes.push(node);
        self.places.push(self.here);
        value
    }

    /// Interns a list.
    pub fn add_list(&mut self, node: ListNode) -> List {
        if let Some(list) = self.known_lists.get(&node) {
            return *list;
        }
        let list = List(self.lists.len() as u32);
        self.leaves.push(self.leaves_of(&node));
        self.list_free.push(self.free_of_list(&node));
        self.known_lists.insert(node.clone(), list);
        self.lists.push(node);
        self.list_places.push(self.here);
        list
    }

    fn type_of(&self, node: &Node) -> Ty {
        match node {
            Node::Bool(_) | Node::Found(_) => Ty::Bool,
            Node::Int(_)
            | Node::Item { .. }
            | Node::Position { .. }
            | Node::Size(_)
            | Node::At { .. }
            | Node::Winner { .. }
            | Node::Grouping { .. } => Ty::Int,
            Node::Real(_) | Node::TableAt { .. } => Ty::Real,
            Node::Column(input) | Node::Load { input, .. } => self.input_types[input.0 as usize],
            Node::Unary(op, of) => match op {
                Unary::Neg | Unary::Abs => self.ty(*of),
                Unary::Not | Unary::IsNan | Unary::IsFinite => Ty::Bool,
                Unary::Sqrt | Unary::Floor | Unary::ToReal => Ty::Real,
                Unary::ToInt => Ty::Int,
            },
            Node::Binary(op, left, _) => match op {
                Binary::Add | Binary::Sub | Binary::Mul | Binary::Min | Binary::Max => self.ty(*left),
                Binary::Div => Ty::Real,
                Binary::Lt | Binary::Le | Binary::Eq | Binary::Ne | Binary::And | Binary::Or => Ty::Bool,
                Binary::BitAnd | Binary::BitOr | Binary::Shl | Binary::Shr => Ty::Int,
            },
            Node::Select(_, yes, _) => self.ty(*yes),
            Node::Call(intrinsic, _) => intrinsic.result(),
            Node::Reduce { op, body, .. } => match op {
                Reduction::Sum | Reduction::Product => self.ty(*body),
                Reduction::Min | Reduction::Max => Ty::Real,
                Reduction::Any | Reduction::All => Ty::Bool,
                Reduction::Count => Ty::Int,
            },
            Node::Best { .. } => Ty::Winner,
            Node::Table { .. } => Ty::Table,
        }
    }

    fn free_of(&self, node: &Node) -> u64 {
        match node {
            Node::Bool(_) | Node::Int(_) | Node::Real(_) | Node::Column(_) => 0,
            Node::Item { depth, .. } | Node::Position { depth, .. } => 1 << depth,
            Node::Load { at: of, .. } | Node::Unary(_, of) | Node::Found(of) | Node::Winner { best: of, .. } => {
                self.free(*of)
            }
            Node::Binary(_, a, b) => self.free(*a) | self.free(*b),
            Node::Select(a, b, c) => self.free(*a) | self.free(*b) | self.free(*c),
            Node::Call(_, args) => args.iter().fold(0, |f, a| f | self.free(*a)),
            Node::Size(list) => self.list_free(*list),
            Node::At { list, position, .. } => self.list_free(*list) | self.free(*position),
            Node::Reduce { over, depth, keep, body, .. } => {
                self.list_free(*over) | ((self.free(*keep) | self.free(*body)) & !(1 << depth))
            }
            Node::Best { over, depth, keep, keys } => {
                let inner = keys.iter().fold(self.free(*keep), |f, k| f | self.free(*k));
                self.list_free(*over) | (inner & !(1 << depth))
            }
            Node::Table { over, depth, body, place } => {
                let inner = place.iter().fold(self.free(*body), |f, p| f | self.free(p.at) | self.free(p.room));
                self.list_free(*over) | (inner & !(1 << depth))
            }
            Node::Grouping { momenta, .. } => momenta.iter().fold(0, |f, table| f | self.free(*table)),
            Node::TableAt { table, position } => self.free(*table) | self.free(*position),
        }
    }

    fn free_of_list(&self, node: &ListNode) -> u64 {
        match node {
            ListNode::All(_) => 0,
            ListNode::Filter { of, depth, keep: inner } | ListNode::Sort { of, depth, key: inner, .. } => {
                self.list_free(*of) | (self.free(*inner) & !(1 << depth))
            }
            ListNode::Slice { of, from, to } => self.list_free(*of) | self.free(*from) | self.free(*to),
            ListNode::Map { of, depth, present, words } => {
                let inner = words.iter().fold(self.free(*present), |f, w| f | self.free(*w));
                self.list_free(*of) | (inner & !(1 << depth))
            }
            ListNode::Reach { of, from, present, depth, next } => {
                let outer = self.list_free(*of) | self.free(*from) | self.free(*present);
                outer | (self.list_free(*next) & !(1 << depth))
            }
            ListNode::Union(of) => of.iter().fold(0, |f, l| f | self.list_free(*l)),
            ListNode::Combine { of, depth, keep, .. } => {
                let bound = ((1u64 << of.len()) - 1) << depth;
                of.iter().fold(self.free(*keep) & !bound, |f, l| f | self.list_free(*l))
            }
            ListNode::Elements(elements) => {
                elements.iter().fold(0, |f, e| e.words.iter().fold(f | self.free(e.present), |f, w| f | self.free(*w)))
            }
        }
    }

    fn leaves_of(&self, node: &ListNode) -> Vec<Leaf> {
        match node {
            ListNode::All(collection) => vec![Leaf::One(*collection)],
            ListNode::Filter { of, .. }
            | ListNode::Sort { of, .. }
            | ListNode::Slice { of, .. }
            | ListNode::Reach { of, .. } => self.leaves(*of).to_vec(),
            ListNode::Union(of) => {
                let mut all: Vec<CollectionId> = Vec::new();
                for list in of {
                    for leaf in self.leaves(*list) {
                        let these = match leaf {
                            Leaf::One(c) => std::slice::from_ref(c),
                            Leaf::Any(cs) => cs.as_slice(),
                            Leaf::Made(_) => return vec![leaf.clone()],
                        };
                        for c in these {
                            if !all.contains(c) {
                                all.push(*c);
                            }
                        }
                    }
                }
                if let [one] = all.as_slice() { vec![Leaf::One(*one)] } else { vec![Leaf::Any(all)] }
            }
            ListNode::Combine { of, .. } => of.iter().flat_map(|l| self.leaves(*l).to_vec()).collect(),
            // Recorded by `add_elements` and `add_map`.
            ListNode::Elements(_) | ListNode::Map { .. } => Vec::new(),
        }
    }

    /// Interns a list of given elements, whose words point at `leaves`.
    pub fn add_elements(&mut self, elements: Vec<Element>, leaves: Vec<Leaf>) -> List {
        self.add_with_leaves(ListNode::Elements(elements), leaves)
    }

    /// Interns a list with an element for each of another, whose words point at `leaves`.
    pub fn add_map(&mut self, of: List, depth: u8, present: Value, words: Vec<Value>, leaves: Vec<Leaf>) -> List {
        self.add_with_leaves(ListNode::Map { of, depth, present, words }, leaves)
    }

    fn add_with_leaves(&mut self, node: ListNode, leaves: Vec<Leaf>) -> List {
        let before = self.lists.len();
        let list = self.add_list(node);
        if self.lists.len() > before {
            self.leaves[list.0 as usize] = leaves;
        }
        list
    }
}
