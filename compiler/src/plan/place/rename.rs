//! The element of a list that is not made goes by the name it has in the list's source: so the condition of the list
//! and what is computed of its elements share their values, and what needs only one member of a tuple is computed
//! outside of the other members' loops.

use std::collections::HashMap;

use super::super::dag::{Dag, Element, List, ListNode, Node, Place, Value};
use super::super::walk::{Item, item_operands};
use super::uses::{Loop, Uses};

/// The names of elements, by the loop that they stand for.
#[derive(Clone, Default)]
pub(super) struct Names {
    elements: HashMap<Loop, Vec<Value>>,
    /// The position in the list of a loop, where its source has one.
    positions: HashMap<Loop, Value>,
    /// The depths of these loops, one bit each.
    mask: u64,
    contexts: Vec<Context>,
    known: HashMap<(Item, usize), Item>,
}

/// The loops around a value inside of what is renamed. A loop at a depth hides those outside at that depth and above.
#[derive(Clone, PartialEq)]
struct Context {
    limit: u8,
    /// Inner loops whose list has a new name.
    lists: Vec<(Loop, List)>,
}

impl Names {
    /// The names that are seen inside of a loop at a depth, and those of more loops.
    pub fn inside_of(&self, depth: u8, more: impl IntoIterator<Item = (Loop, Vec<Value>, Option<Value>)>) -> Names {
        let mut names = Names { contexts: vec![Context { limit: u8::MAX, lists: Vec::new() }], ..Names::default() };
        let outer = self.elements.iter().filter(|((_, d), _)| *d < depth);
        names.elements = outer.map(|(of, words)| (*of, words.clone())).collect();
        names.positions = self.positions.iter().filter(|((_, d), _)| *d < depth).map(|(of, p)| (*of, *p)).collect();
        for (of, words, position) in more {
            names.elements.insert(of, words);
            names.positions.extend(position.map(|p| (of, p)));
        }
        names.mask = names.elements.keys().fold(0, |mask, (_, depth)| mask | 1 << depth);
        names
    }

    /// True if a loop at a depth hides none of these names.
    pub fn are_outside_of(&self, depth: u8) -> bool {
        self.mask >> depth == 0
    }

    /// A value or list under its names here.
    pub fn of(&mut self, dag: &mut Dag, uses: &mut Uses, item: Item) -> Item {
        let free = match item {
            Item::Value(v) => dag.free(v),
            Item::List(l) => dag.list_free(l),
        };
        if free & self.mask == 0 { item } else { self.item(dag, uses, item, 0) }
    }

    fn value(&mut self, dag: &mut Dag, uses: &mut Uses, value: Value, context: usize) -> Value {
        if let Item::Value(v) = self.item(dag, uses, Item::Value(value), context) { v } else { value }
    }

    fn list(&mut self, dag: &mut Dag, uses: &mut Uses, list: List, context: usize) -> List {
        if let Item::List(l) = self.item(dag, uses, Item::List(list), context) { l } else { list }
    }

    /// An item in a context. Operands first, without recursion except into loops.
    fn item(&mut self, dag: &mut Dag, uses: &mut Uses, item: Item, context: usize) -> Item {
        let mut pending = vec![(item, false)];
        while let Some((next, ready)) = pending.pop() {
            if self.known.contains_key(&(next, context)) || !self.depends(dag, uses, next, context) {
                continue;
            }
            if !ready && !has_loop(dag, next) {
                pending.push((next, true));
                item_operands(dag, next, &mut |i| pending.push((i, false)));
                continue;
            }
            let before = dag.set_place(match next {
                Item::Value(v) => dag.place(v),
                Item::List(l) => dag.list_place(l),
            });
            let new = match next {
                Item::Value(v) => Item::Value(self.value_again(dag, uses, v, context)),
                Item::List(l) => Item::List(self.list_again(dag, uses, l, context)),
            };
            dag.set_place(before);
            if is_known_by_origin(dag, next) {
                uses.renamed(new, next);
            }
            self.known.insert((next, context), new);
        }
        self.known.get(&(item, context)).copied().unwrap_or(item)
    }

    /// True if an item contains an element with another name.
    fn depends(&self, dag: &Dag, uses: &mut Uses, item: Item, context: usize) -> bool {
        let Context { limit, lists } = &self.contexts[context];
        uses.loops_of(dag, item).iter().any(|of| {
            (of.1 < *limit && self.elements.contains_key(of)) || lists.iter().any(|(changed, _)| changed == of)
        })
    }

    /// The context inside of a loop.
    fn inside(&mut self, context: usize, loops: &[(Loop, List)]) -> usize {
        let mut inner = self.contexts[context].clone();
        let Some(depth) = loops.iter().map(|((_, depth), _)| *depth).min() else { return context };
        inner.limit = inner.limit.min(depth);
        inner.lists.retain(|((_, d), _)| *d < depth);
        inner.lists.extend(loops.iter().filter(|((old, _), new)| old != new));
        if let Some(known) = self.contexts.iter().position(|c| *c == inner) {
            return known;
        }
        self.contexts.push(inner);
        self.contexts.len() - 1
    }

    /// The name of a loop's list in a context.
    fn list_of_loop(&self, of: Loop, context: usize) -> List {
        self.contexts[context].lists.iter().find(|(changed, _)| *changed == of).map_or(of.0, |(_, new)| *new)
    }

    fn hidden(&self, of: Loop, context: usize) -> bool {
        of.1 >= self.contexts[context].limit
    }

    fn value_again(&mut self, dag: &mut Dag, uses: &mut Uses, value: Value, context: usize) -> Value {
        let node = match dag.node(value).clone() {
            node @ (Node::Bool(_) | Node::Int(_) | Node::Real(_) | Node::Column(_)) => node,
            Node::Item { list, depth, word } => {
                let of = (list, depth);
                let named = self.elements.get(&of).and_then(|words| words.get(word as usize)).copied();
                match named.filter(|_| !self.hidden(of, context)) {
                    Some(named) => return named,
                    None => Node::Item { list: self.list_of_loop(of, context), depth, word },
                }
            }
            Node::Position { list, depth } => {
                let of = (list, depth);
                match self.positions.get(&of).copied().filter(|_| !self.hidden(of, context)) {
                    Some(named) => return named,
                    None => Node::Position { list: self.list_of_loop(of, context), depth },
                }
            }
            Node::Load { input, at } => Node::Load { input, at: self.value(dag, uses, at, context) },
            Node::Number { of, at } => {
                let at = self.value(dag, uses, at, context);
                return dag.number(of, at);
            }
            // These fold: which collection an element of a union is from is known in the loop over its part.
            Node::Unary(op, of) => {
                let of = self.value(dag, uses, of, context);
                return dag.unary(op, of);
            }
            Node::Binary(op, a, b) => {
                let [a, b] = [a, b].map(|v| self.value(dag, uses, v, context));
                return dag.binary(op, a, b);
            }
            Node::Select(c, a, b) => {
                let [c, a, b] = [c, a, b].map(|v| self.value(dag, uses, v, context));
                return dag.select(c, a, b);
            }
            Node::Call(f, args) => Node::Call(f, self.values(dag, uses, &args, context)),
            Node::Size(list) => Node::Size(self.list(dag, uses, list, context)),
            Node::At { list, position, word } => {
                let list = self.list(dag, uses, list, context);
                Node::At { list, position: self.value(dag, uses, position, context), word }
            }
            Node::Reduce { op, over, depth, keep, body } => {
                let (over, inner) = self.enter(dag, uses, over, depth, context);
                let [keep, body] = [keep, body].map(|v| self.value(dag, uses, v, inner));
                Node::Reduce { op, over, depth, keep, body }
            }
            Node::Best { over, depth, keep, keys } => {
                let (over, inner) = self.enter(dag, uses, over, depth, context);
                let keep = self.value(dag, uses, keep, inner);
                Node::Best { over, depth, keep, keys: self.values(dag, uses, &keys, inner) }
            }
            Node::Found(of) => Node::Found(self.value(dag, uses, of, context)),
            Node::Winner { best, word } => Node::Winner { best: self.value(dag, uses, best, context), word },
            Node::Table { over, depth, body, place } => {
                let (over, inner) = self.enter(dag, uses, over, depth, context);
                let body = self.value(dag, uses, body, inner);
                let place = place.map(|p| {
                    let [at, room] = [p.at, p.room].map(|v| self.value(dag, uses, v, inner));
                    Place { at, room }
                });
                Node::Table { over, depth, body, place }
            }
            Node::Grouping { how, momenta } => {
                Node::Grouping { how, momenta: momenta.map(|v| self.value(dag, uses, v, context)) }
            }
            Node::TableAt { table, position } => {
                let [table, position] = [table, position].map(|v| self.value(dag, uses, v, context));
                Node::TableAt { table, position }
            }
        };
        dag.add(node)
    }

    fn values(&mut self, dag: &mut Dag, uses: &mut Uses, values: &[Value], context: usize) -> Vec<Value> {
        values.iter().map(|v| self.value(dag, uses, *v, context)).collect()
    }

    /// The list of a loop, and the context inside of the loop.
    fn enter(&mut self, dag: &mut Dag, uses: &mut Uses, over: List, depth: u8, context: usize) -> (List, usize) {
        let new = self.list(dag, uses, over, context);
        (new, self.inside(context, &[((over, depth), new)]))
    }

    fn list_again(&mut self, dag: &mut Dag, uses: &mut Uses, list: List, context: usize) -> List {
        let node = match dag.list(list).clone() {
            node @ ListNode::All(_) => node,
            ListNode::Filter { of, depth, keep } => {
                let (of, inner) = self.enter(dag, uses, of, depth, context);
                ListNode::Filter { of, depth, keep: self.value(dag, uses, keep, inner) }
            }
            ListNode::Sort { of, depth, key, descending } => {
                let (of, inner) = self.enter(dag, uses, of, depth, context);
                ListNode::Sort { of, depth, key: self.value(dag, uses, key, inner), descending }
            }
            ListNode::Slice { of, from, to } => {
                let of = self.list(dag, uses, of, context);
                let [from, to] = [from, to].map(|v| self.value(dag, uses, v, context));
                ListNode::Slice { of, from, to }
            }
            ListNode::Map { of, depth, present, words } => {
                let leaves = dag.leaves(list).to_vec();
                let (of, inner) = self.enter(dag, uses, of, depth, context);
                let present = self.value(dag, uses, present, inner);
                let words = self.values(dag, uses, &words, inner);
                return dag.add_map(of, depth, present, words, leaves);
            }
            ListNode::Reach { of, from, present, depth, next } => {
                let [from, present] = [from, present].map(|v| self.value(dag, uses, v, context));
                let (of, inner) = self.enter(dag, uses, of, depth, context);
                ListNode::Reach { of, from, present, depth, next: self.list(dag, uses, next, inner) }
            }
            ListNode::Union(of) => ListNode::Union(of.iter().map(|l| self.list(dag, uses, *l, context)).collect()),
            ListNode::Combine { of, depth, after, keep } => {
                let new: Vec<List> = of.iter().map(|l| self.list(dag, uses, *l, context)).collect();
                let loops: Vec<(Loop, List)> =
                    (depth..).zip(of.iter().zip(&new)).map(|(d, (l, n))| ((*l, d), *n)).collect();
                let inner = self.inside(context, &loops);
                ListNode::Combine { of: new, depth, after, keep: self.value(dag, uses, keep, inner) }
            }
            ListNode::Elements(elements) => {
                let leaves = dag.leaves(list).to_vec();
                let elements = elements
                    .iter()
                    .map(|e| Element {
                        present: self.value(dag, uses, e.present, context),
                        words: self.values(dag, uses, &e.words, context),
                    })
                    .collect();
                return dag.add_elements(elements, leaves);
            }
        };
        dag.add_list(node)
    }
}

fn is_known_by_origin(dag: &Dag, item: Item) -> bool {
    match item {
        Item::Value(v) => has_loop(dag, item) || matches!(dag.node(v), Node::Size(_)),
        Item::List(_) => true,
    }
}

/// True if an item evaluates some of its operands in a loop of its own.
fn has_loop(dag: &Dag, item: Item) -> bool {
    match item {
        Item::Value(v) => matches!(dag.node(v), Node::Reduce { .. } | Node::Best { .. } | Node::Table { .. }),
        Item::List(l) => {
            matches!(
                dag.list(l),
                ListNode::Filter { .. }
                    | ListNode::Sort { .. }
                    | ListNode::Combine { .. }
                    | ListNode::Map { .. }
                    | ListNode::Reach { .. }
            )
        }
    }
}
