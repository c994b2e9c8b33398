//! What one part hands to later ones: values, winners, tables and lists go through slots, except what is read again
//! more cheaply than kept.

use std::collections::{BTreeSet, HashMap};

use super::super::dag::{Dag, ListNode, Node, Ty};
use super::super::placed::{Op, Part, SelectionId, SlotId};
use super::super::walk::Item;
use super::facts::{Columns, Facts};
use super::parts::{Draft, Piece};

/// The finished parts in the order they run, and the number of slots.
pub(super) fn link(dag: &Dag, drafts: Vec<Option<Draft>>, first: usize) -> (Vec<Part>, u32) {
    let mut linker = Linker { dag, drafts, slots: HashMap::new(), count: 0, parts: Vec::new() };
    linker.part(first);
    (linker.parts, linker.count)
}

struct Linker<'a> {
    dag: &'a Dag,
    drafts: Vec<Option<Draft>>,
    slots: HashMap<Item, Vec<SlotId>>,
    count: u32,
    parts: Vec<Part>,
}

impl Linker<'_> {
    /// Finishes a draft and those that begin in it; gives what they need from outside.
    fn part(&mut self, number: usize) -> BTreeSet<Item> {
        let Some(draft) = self.drafts.get_mut(number).and_then(Option::take) else { return BTreeSet::new() };
        let place = self.parts.len();
        let selection = draft.selection;
        self.parts.push(Part { selection, inputs: Vec::new(), collections: Vec::new(), body: Vec::new() });
        let mut own = Facts::default();
        facts(self.dag, &draft.body, &mut own);
        let (mut body, mut needed) = self.level(draft.body, selection);
        let mut head = Vec::new();
        for item in own.used.difference(&own.set) {
            if let Some(op) = self.again(*item) {
                head.push(op);
            } else {
                head.extend(self.fetch(*item));
                needed.insert(*item);
            }
        }
        head.append(&mut body);
        let mut columns = Columns::default();
        head.iter().for_each(|op| columns.read(self.dag, op));
        self.parts[place] = Part {
            selection,
            inputs: columns.inputs.into_iter().collect(),
            collections: columns.collections.into_iter().collect(),
            body: head,
        };
        needed
    }

    /// The operations of a level of a part, and what the parts that begin in it need from outside of it. What they need
    /// of this level is kept once, before the first of them.
    fn level(&mut self, pieces: Vec<Piece>, selection: SelectionId) -> (Vec<Op>, BTreeSet<Item>) {
        let mut ops = Vec::new();
        let (mut here, mut needed) = (Facts::default(), BTreeSet::new());
        let mut kept: BTreeSet<Item> = BTreeSet::new();
        for piece in pieces {
            let (next, wanted) = match piece {
                Piece::Op(op) => {
                    here.op(self.dag, &op);
                    ops.push(op);
                    continue;
                }
                Piece::If(cond, then, otherwise) => {
                    let (then, mut wanted) = self.level(then, selection);
                    let (otherwise, also) = self.level(otherwise, selection);
                    wanted.extend(also);
                    (Some(Op::If { cond, then, otherwise }), wanted)
                }
                Piece::Begins(number) => {
                    let begins = self.drafts.get(number).and_then(Option::as_ref).map(|d| d.selection);
                    (begins.filter(|s| *s != selection).map(Op::Select), self.part(number))
                }
            };
            for item in wanted {
                if !here.set.contains(&item) {
                    needed.insert(item);
                } else if kept.insert(item) {
                    ops.extend(self.store(item));
                }
            }
            ops.extend(next);
        }
        (ops, needed)
    }

    /// Reads a value again at the head of a part, if it is a column or a size of the input.
    fn again(&self, item: Item) -> Option<Op> {
        let Item::Value(value) = item else { return None };
        let cheap = match self.dag.node(value) {
            Node::Column(_) => true,
            Node::Size(list) => matches!(self.dag.list(*list), ListNode::All(_)),
            _ => false,
        };
        cheap.then_some(Op::Let(value))
    }

    fn slots(&mut self, item: Item) -> Vec<SlotId> {
        if let Some(slots) = self.slots.get(&item) {
            return slots.clone();
        }
        let n = match item {
            Item::List(_) => 2,
            Item::Value(v) => match self.dag.node(v) {
                Node::Best { over, .. } => 1 + self.dag.leaves(*over).len() as u32,
                Node::Table { .. } => 2,
                _ => 1,
            },
        };
        let slots: Vec<SlotId> = (self.count..self.count + n).map(SlotId).collect();
        self.count += n;
        self.slots.insert(item, slots.clone());
        slots
    }

    fn store(&mut self, item: Item) -> Option<Op> {
        let slots = self.slots(item);
        match (item, slots.as_slice()) {
            (Item::List(l), [a, b]) => Some(Op::StoreList([*a, *b], l)),
            (Item::Value(v), [a, b]) if self.dag.ty(v) == Ty::Table => Some(Op::StoreTable([*a, *b], v)),
            (Item::Value(v), _) if self.dag.ty(v) == Ty::Winner => Some(Op::StoreBest(slots, v)),
            (Item::Value(v), [slot]) => Some(Op::Store(*slot, v)),
            _ => None,
        }
    }

    fn fetch(&mut self, item: Item) -> Option<Op> {
        let slots = self.slots(item);
        match (item, slots.as_slice()) {
            (Item::List(l), [a, b]) => Some(Op::FetchList([*a, *b], l)),
            (Item::Value(v), [a, b]) if self.dag.ty(v) == Ty::Table => Some(Op::FetchTable([*a, *b], v)),
            (Item::Value(v), _) if self.dag.ty(v) == Ty::Winner => Some(Op::FetchBest(slots, v)),
            (Item::Value(v), [slot]) => Some(Op::Fetch(*slot, v)),
            _ => None,
        }
    }
}

fn facts(dag: &Dag, pieces: &[Piece], all: &mut Facts) {
    for piece in pieces {
        match piece {
            Piece::Op(op) => all.op(dag, op),
            Piece::If(cond, then, otherwise) => {
                all.value(dag, *cond);
                facts(dag, then, all);
                facts(dag, otherwise, all);
            }
            Piece::Begins(_) => {}
        }
    }
}
