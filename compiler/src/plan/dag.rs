//! The values and lists of the Plan, interned: equal content is the equal handle. Smart constructors fold constants
//! with bit-exact identities only; there is no other common-subexpression pass.
//!
//! Loops are numbered, not named. A loop that binds an element has a *depth*: one more than the largest depth that its
//! body uses from outside, 0 if it uses none. So `sum(pt(jets))` is one node wherever it is written, and a value that
//! ignores its surrounding loop does not mention it.

use std::collections::HashMap;
use std::sync::Arc;

pub use super::node::{
    Binary, CollectionId, Element, InputId, Leaf, List, ListNode, Node, NumbersId, POSITION_MASK, Place, Reduction,
    TAG_SHIFT, Ty, Unary, Value,
};
use crate::source::Span;

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
    numbers: Vec<Arc<[f64]>>,
    known_numbers: HashMap<Vec<u64>, NumbersId>,
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

    /// The id of numbers that are the same in all events; the last is repeated until there are a power of two.
    pub fn keep_numbers(&mut self, mut numbers: Vec<f64>) -> NumbersId {
        let last = numbers.last().copied().unwrap_or(f64::NAN);
        numbers.resize(numbers.len().next_power_of_two(), last);
        let bits = numbers.iter().map(|x| x.to_bits()).collect();
        let next = NumbersId(self.numbers.len() as u32);
        let id = *self.known_numbers.entry(bits).or_insert(next);
        if id == next {
            self.numbers.push(numbers.into());
        }
        id
    }

    /// Numbers that are the same in all events.
    #[must_use]
    pub fn numbers(&self, of: NumbersId) -> &[f64] {
        self.numbers.get(of.0 as usize).map_or(&[], |numbers| numbers)
    }

    /// All of them, by their ids.
    #[must_use]
    pub fn all_numbers(&self) -> &[Arc<[f64]>] {
        &self.numbers
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
            Node::Real(_) | Node::Number { .. } | Node::TableAt { .. } => Ty::Real,
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
            Node::Load { at: of, .. }
            | Node::Number { at: of, .. }
            | Node::Unary(_, of)
            | Node::Found(of)
            | Node::Winner { best: of, .. } => self.free(*of),
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
