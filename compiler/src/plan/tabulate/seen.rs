//! What an expression contains, as far as it decides whether a table pays.

use super::super::dag::{Dag, Node, Unary, Value};

/// What an expression contains.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Seen {
    pub(super) items: Items,
    /// Only arithmetic of objects: what has loops of its own stays where it is.
    pub(super) plain: bool,
    pub(super) expensive: bool,
}

/// The elements of loops, and the winners, that an expression uses.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Items {
    None,
    One(Value),
    Several,
}

impl Seen {
    pub(super) fn of(dag: &Dag, value: Value) -> Seen {
        let (mut items, mut plain, mut expensive) = (Items::None, true, false);
        match dag.node(value) {
            Node::Reduce { .. }
            | Node::Best { .. }
            | Node::Position { .. }
            | Node::At { .. }
            | Node::Size(_)
            | Node::Table { .. } => plain = false,
            Node::Item { .. } | Node::Winner { .. } => items = Items::One(value),
            Node::Call(..) | Node::Unary(Unary::Sqrt, _) => expensive = true,
            _ => {}
        }
        Seen { items, plain, expensive }
    }

    pub(super) fn and(self, other: Seen) -> Seen {
        let items = match (self.items, other.items) {
            (items, Items::None) | (Items::None, items) => items,
            (Items::One(a), Items::One(b)) if a == b => self.items,
            _ => Items::Several,
        };
        Seen { items, plain: self.plain && other.plain, expensive: self.expensive || other.expensive }
    }
}
