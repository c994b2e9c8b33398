//! Walks over the graph: the operands of values and lists, and everything that steps need, operands first. No walk
//! recurses along operands, so that a sum of ten thousand terms needs no deep stack.

use super::Step;
use super::dag::{Dag, List, ListNode, Node, Value};

/// A value or a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// A value.
    Value(Value),
    /// A list.
    List(List),
}

/// The direct operands of a value.
pub fn operands(dag: &Dag, value: Value, take: &mut dyn FnMut(Item)) {
    let (v, l) = (Item::Value, Item::List);
    match dag.node(value) {
        Node::Bool(_) | Node::Int(_) | Node::Real(_) | Node::Column(_) => {}
        Node::Item { .. } | Node::Position { .. } => {}
        Node::Load { at: of, .. }
        | Node::Number { at: of, .. }
        | Node::Unary(_, of)
        | Node::Found(of)
        | Node::Winner { best: of, .. } => take(v(*of)),
        Node::Binary(_, a, b) => [a, b].into_iter().for_each(|x| take(v(*x))),
        Node::Select(a, b, c) => [a, b, c].into_iter().for_each(|x| take(v(*x))),
        Node::Call(_, args) => args.iter().for_each(|x| take(v(*x))),
        Node::Size(list) => take(l(*list)),
        Node::At { list, position, .. } => {
            take(l(*list));
            take(v(*position));
        }
        Node::Reduce { over, keep, body, .. } => {
            take(l(*over));
            take(v(*keep));
            take(v(*body));
        }
        Node::Best { over, keep, keys, .. } => {
            take(l(*over));
            take(v(*keep));
            keys.iter().for_each(|k| take(v(*k)));
        }
        Node::Table { over, body, place, .. } => {
            take(l(*over));
            take(v(*body));
            place.iter().for_each(|place| [place.at, place.room].into_iter().for_each(|x| take(v(x))));
        }
        Node::Grouping { momenta, .. } => momenta.iter().for_each(|table| take(v(*table))),
        Node::TableAt { table, position } => {
            take(v(*table));
            take(v(*position));
        }
    }
}

/// The direct operands of a list.
pub fn list_operands(dag: &Dag, list: List, take: &mut dyn FnMut(Item)) {
    let (v, l) = (Item::Value, Item::List);
    match dag.list(list) {
        ListNode::All(_) => {}
        ListNode::Filter { of, keep: e, .. } | ListNode::Sort { of, key: e, .. } => {
            take(l(*of));
            take(v(*e));
        }
        ListNode::Slice { of, from, to } => {
            take(l(*of));
            take(v(*from));
            take(v(*to));
        }
        ListNode::Union(of) => of.iter().for_each(|x| take(l(*x))),
        ListNode::Combine { of, keep, .. } => {
            of.iter().for_each(|x| take(l(*x)));
            take(v(*keep));
        }
        ListNode::Map { of, present, words, .. } => {
            take(l(*of));
            take(v(*present));
            words.iter().for_each(|w| take(v(*w)));
        }
        ListNode::Reach { of, from, present, next, .. } => {
            take(l(*of));
            take(v(*from));
            take(v(*present));
            take(l(*next));
        }
        ListNode::Elements(elements) => {
            for e in elements {
                take(v(e.present));
                e.words.iter().for_each(|w| take(v(*w)));
            }
        }
    }
}

/// The direct operands of a value or list.
pub fn item_operands(dag: &Dag, item: Item, take: &mut dyn FnMut(Item)) {
    match item {
        Item::Value(v) => operands(dag, v, take),
        Item::List(l) => list_operands(dag, l, take),
    }
}

/// What the steps use themselves, those inside of them included, in the order of the steps.
pub fn of_steps(steps: &[Step], take: &mut dyn FnMut(Item)) {
    for step in steps {
        match step {
            Step::Count(_) => {}
            Step::Sum { weight, .. } => take(Item::Value(*weight)),
            Step::Fill { axes, weight, .. } => axes.iter().chain(weight).for_each(|v| take(Item::Value(*v))),
            Step::Record { values, .. } => values.iter().for_each(|v| take(Item::Value(*v))),
            Step::Check { ok, values, .. } => {
                std::iter::once(ok).chain(values).for_each(|v| take(Item::Value(*v)));
            }
            Step::ForEach { over, body, .. } => {
                take(Item::List(*over));
                of_steps(body, take);
            }
            Step::Cut { keep, then, otherwise } => {
                take(Item::Value(*keep));
                of_steps(then, take);
                of_steps(otherwise, take);
            }
        }
    }
}

/// A set of values and lists.
#[derive(Clone, Debug, Default)]
pub struct Items {
    values: Vec<bool>,
    lists: Vec<bool>,
}

impl Items {
    /// Adds an item; true if it is new.
    pub fn insert(&mut self, item: Item) -> bool {
        let (set, at) = match item {
            Item::Value(v) => (&mut self.values, v.0 as usize),
            Item::List(l) => (&mut self.lists, l.0 as usize),
        };
        if set.len() <= at {
            set.resize(at + 1, false);
        }
        !std::mem::replace(&mut set[at], true)
    }
}

/// Everything that the given items need, themselves included, every operand before its users.
#[must_use]
pub fn order(dag: &Dag, roots: impl IntoIterator<Item = Item>) -> Vec<Item> {
    order_within(dag, roots, &mut |_| true)
}

/// The same, without what `enter` refuses and what only that needs.
pub fn order_within(
    dag: &Dag,
    roots: impl IntoIterator<Item = Item>,
    enter: &mut dyn FnMut(Item) -> bool,
) -> Vec<Item> {
    let mut seen = Items::default();
    let mut order = Vec::new();
    let mut pending: Vec<(Item, bool)> = Vec::new();
    for root in roots {
        pending.push((root, false));
        while let Some((item, done)) = pending.pop() {
            if done {
                order.push(item);
                continue;
            }
            if !enter(item) || !seen.insert(item) {
                continue;
            }
            pending.push((item, true));
            let first = pending.len();
            item_operands(dag, item, &mut |i| pending.push((i, false)));
            pending[first..].reverse();
        }
    }
    order
}
