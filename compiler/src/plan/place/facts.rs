//! What operations read: columns, registers, lists. Parts are cut, and handed what they need, by these facts.

use std::collections::{BTreeSet, HashMap};

use super::super::dag::{CollectionId, Dag, InputId, List, ListNode, Node, Value};
use super::super::placed::Op;
use super::super::walk::{Item, operands};
use super::super::{HistogramId, RecordId};
use super::Built;

/// Columns and collection sizes.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    pub inputs: BTreeSet<InputId>,
    pub collections: BTreeSet<CollectionId>,
}

impl Columns {
    /// True if the other's are among these.
    pub fn cover(&self, other: &Columns) -> bool {
        other.inputs.is_subset(&self.inputs) && other.collections.is_subset(&self.collections)
    }

    /// These and the other's.
    pub fn and(&self, other: &Columns) -> Columns {
        Columns {
            inputs: self.inputs.union(&other.inputs).copied().collect(),
            collections: self.collections.union(&other.collections).copied().collect(),
        }
    }

    /// Adds what an operation reads.
    pub fn read(&mut self, dag: &Dag, op: &Op) {
        match op {
            Op::Let(value) => {
                self.item(dag, Item::Value(*value));
                if let Node::Size(list) | Node::At { list, .. } = dag.node(*value) {
                    self.item(dag, Item::List(*list));
                }
            }
            Op::For { over, body, .. } => {
                self.item(dag, Item::List(*over));
                body.iter().for_each(|op| self.read(dag, op));
            }
            Op::BeginTable(table) => {
                if let Node::Table { over, .. } = dag.node(*table) {
                    self.item(dag, Item::List(*over));
                }
            }
            Op::Begin(list) => {
                if let ListNode::Reach { of, .. } = dag.list(*list) {
                    self.item(dag, Item::List(*of));
                }
            }
            Op::Reach { body, .. } => body.iter().for_each(|op| self.read(dag, op)),
            Op::If { then, otherwise, .. } => then.iter().chain(otherwise).for_each(|op| self.read(dag, op)),
            _ => {}
        }
    }

    /// Adds what a value or list itself reads.
    pub fn item(&mut self, dag: &Dag, item: Item) {
        match item {
            Item::Value(value) => match *dag.node(value) {
                Node::Column(input) => {
                    self.inputs.insert(input);
                }
                Node::Load { input, .. } => {
                    self.inputs.insert(input);
                    self.collections.extend(dag.collection_of(input));
                }
                _ => {}
            },
            Item::List(list) => {
                if let ListNode::All(collection) = dag.list(list) {
                    self.collections.insert(*collection);
                }
            }
        }
    }
}

/// A block's own operations: what they read, and how many they are.
pub(super) fn direct(dag: &Dag, block: &[Built]) -> (Columns, usize) {
    let mut columns = Columns::default();
    let mut count = 0;
    for built in block {
        match built {
            Built::Op(op) => {
                columns.read(dag, op);
                count += length(op);
            }
            Built::Cut { .. } => count += 1,
        }
    }
    (columns, count)
}

/// Number of operations, those inside of it included.
pub(super) fn length(op: &Op) -> usize {
    match op {
        Op::If { then, otherwise, .. } => 1 + then.iter().chain(otherwise).map(length).sum::<usize>(),
        Op::For { body, .. } | Op::Reach { body, .. } => 1 + body.iter().map(length).sum::<usize>(),
        _ => 1,
    }
}

/// What several operations of a block do together: a list, a reduction, the entries of a histogram or record, which keep
/// their order when a union is run through list by list.
#[derive(PartialEq, Eq, Hash)]
enum Whole {
    Item(Item),
    Fill(HistogramId),
    Record(RecordId),
}

/// Per operation of a block, the place of the last one that completes what was begun before it.
pub(super) fn whole(block: &[Built]) -> Vec<usize> {
    let mut last: HashMap<Whole, usize> = HashMap::new();
    for (place, built) in block.iter().enumerate() {
        if let Built::Op(op) = built {
            completes(op, &mut |whole| {
                last.insert(whole, place);
            });
        }
    }
    let mut end = 0;
    let mut ends = Vec::with_capacity(block.len());
    for built in block {
        ends.push(end);
        let mut begins = |whole| end = end.max(last.get(&whole).copied().unwrap_or(0));
        match built {
            Built::Op(Op::Begin(list)) => begins(Whole::Item(Item::List(*list))),
            Built::Op(Op::Start(value) | Op::BeginTable(value)) => begins(Whole::Item(Item::Value(*value))),
            Built::Op(op) => completes(op, &mut |whole| {
                if !matches!(whole, Whole::Item(_)) {
                    begins(whole);
                }
            }),
            Built::Cut { .. } => {}
        }
    }
    ends
}

fn completes(op: &Op, take: &mut dyn FnMut(Whole)) {
    match op {
        Op::If { then, otherwise, .. } => then.iter().chain(otherwise).for_each(|op| completes(op, take)),
        Op::For { body, .. } | Op::Reach { body, .. } => body.iter().for_each(|op| completes(op, take)),
        Op::Update(value) | Op::PutTable(value) => take(Whole::Item(Item::Value(*value))),
        Op::End(list) => take(Whole::Item(Item::List(*list))),
        Op::Fill { histogram, .. } => take(Whole::Fill(*histogram)),
        Op::Record { record, .. } => take(Whole::Record(*record)),
        _ => {}
    }
}

/// Names that operations use and set: registers (of values, winners and tables) and made lists.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub used: BTreeSet<Item>,
    pub set: BTreeSet<Item>,
}

impl Facts {
    /// Notes a register that is read. Constants are set everywhere, elements by their loop.
    pub fn value(&mut self, dag: &Dag, value: Value) {
        if !matches!(
            dag.node(value),
            Node::Bool(_) | Node::Int(_) | Node::Real(_) | Node::Item { .. } | Node::Position { .. }
        ) {
            self.used.insert(Item::Value(value));
        }
    }

    fn list(&mut self, dag: &Dag, list: List) {
        if !matches!(dag.list(list), ListNode::All(_)) {
            self.used.insert(Item::List(list));
        }
    }

    /// Notes what an operation does.
    pub fn op(&mut self, dag: &Dag, op: &Op) {
        match op {
            Op::Let(value) => {
                operands(dag, *value, &mut |i| match i {
                    Item::Value(v) => self.value(dag, v),
                    Item::List(l) => self.list(dag, l),
                });
                self.set.insert(Item::Value(*value));
            }
            Op::Copy { to, from } => {
                self.value(dag, *from);
                self.set.insert(Item::Value(*to));
            }
            Op::If { cond, then, otherwise } => {
                self.value(dag, *cond);
                then.iter().chain(otherwise).for_each(|op| self.op(dag, op));
            }
            Op::For { over, after, before, body, .. } => {
                self.list(dag, *over);
                after.iter().chain(before).for_each(|v| self.value(dag, *v));
                body.iter().for_each(|op| self.op(dag, op));
            }
            Op::Start(value) => {
                self.set.insert(Item::Value(*value));
            }
            Op::Update(value) => match dag.node(*value) {
                Node::Reduce { body, .. } => self.value(dag, *body),
                Node::Best { keys, .. } => keys.iter().for_each(|k| self.value(dag, *k)),
                _ => {}
            },
            Op::Begin(list) => {
                self.set.insert(Item::List(*list));
            }
            Op::Reach { list, body } => {
                if let ListNode::Reach { from, .. } = dag.list(*list) {
                    self.value(dag, *from);
                }
                body.iter().for_each(|op| self.op(dag, op));
            }
            Op::Push { words, key, .. } => words.iter().chain(key).for_each(|v| self.value(dag, *v)),
            Op::BeginTable(table) => {
                if let Node::Table { over, place, .. } = dag.node(*table) {
                    self.list(dag, *over);
                    place.iter().for_each(|place| self.value(dag, place.room));
                }
                self.set.insert(Item::Value(*table));
            }
            Op::PutTable(table) => {
                if let Node::Table { body, place, .. } = dag.node(*table) {
                    self.value(dag, *body);
                    place.iter().for_each(|place| self.value(dag, place.at));
                }
            }
            Op::Sum { weight, .. } => self.value(dag, *weight),
            Op::Check { ok, values, .. } => std::iter::once(ok).chain(values).for_each(|v| self.value(dag, *v)),
            Op::Fill { axes, weight, .. } => axes.iter().chain(weight).for_each(|v| self.value(dag, *v)),
            Op::Record { values, .. } => values.iter().for_each(|v| self.value(dag, *v)),
            Op::End(_)
            | Op::Count(_)
            | Op::Select(_)
            | Op::Reached(_)
            | Op::Store(..)
            | Op::Fetch(..)
            | Op::StoreList(..)
            | Op::FetchList(..)
            | Op::StoreBest(..)
            | Op::FetchBest(..)
            | Op::StoreTable(..)
            | Op::FetchTable(..) => {}
        }
    }
}
