//! The cut into parts. A part ends at a cut behind which columns are first needed, or where the function would grow too
//! large; what later parts need of it goes through slots.

use std::collections::{BTreeSet, HashMap};

use super::super::dag::{CollectionId, Dag, InputId, List, ListNode, Node, Ty, Value};
use super::super::placed::{Op, Part, Program, SelectionId, SlotId};
use super::Built;
use super::uses::{Item, operands};

/// Operations in one function, about.
const LARGE: usize = 800;

/// Cuts the built program into parts.
pub(super) fn parts(dag: &Dag, built: Vec<Built>) -> Program {
    let mut cutter = Cutter { dag, drafts: Vec::new(), selections: 1 };
    let first = cutter.part(built, SelectionId(0), &Columns::default());
    let mut linker = Linker { dag, drafts: cutter.drafts, slots: HashMap::new(), count: 0, parts: Vec::new() };
    linker.link(first);
    let (slots, parts) = (linker.count, linker.parts);
    Program { parts, selections: cutter.selections, slots }
}

/// Columns and collection sizes.
#[derive(Clone, Debug, Default, PartialEq)]
struct Columns {
    inputs: BTreeSet<InputId>,
    collections: BTreeSet<CollectionId>,
}

impl Columns {
    fn covers(&self, other: &Columns) -> bool {
        other.inputs.is_subset(&self.inputs) && other.collections.is_subset(&self.collections)
    }

    fn add(&mut self, other: &Columns) {
        self.inputs.extend(&other.inputs);
        self.collections.extend(&other.collections);
    }
}

/// A part whose slots are not yet known. `Begins(i)` stands where draft i is selected.
struct Draft {
    selection: SelectionId,
    body: Vec<Piece>,
}

/// A piece of a draft's body.
enum Piece {
    Op(Op),
    If(Value, Vec<Piece>, Vec<Piece>),
    /// Another part begins here, for the events that reach this place.
    Begins(usize),
}

struct Cutter<'a> {
    dag: &'a Dag,
    drafts: Vec<Option<Draft>>,
    selections: u32,
}

impl Cutter<'_> {
    /// Makes a part of a block; gives its number.
    fn part(&mut self, block: Vec<Built>, selection: SelectionId, loaded: &Columns) -> usize {
        let number = self.drafts.len();
        self.drafts.push(None);
        let mut loaded = loaded.clone();
        loaded.add(&self.direct(&block));
        let mut size = 0;
        let mut body = Vec::new();
        let mut limit = LARGE;
        let mut open: BTreeSet<Name> = BTreeSet::new();
        let mut rest = block;
        rest.reverse();
        while let Some(built) = rest.pop() {
            if size > limit && open.is_empty() {
                rest.push(built);
                // The same events go on in another function, unless it would need a table of this one.
                rest.reverse();
                if !self.needs_outer_table(&rest) {
                    let continued = self.part(rest, selection, &loaded);
                    body.push(Piece::Begins(continued));
                    break;
                }
                rest.reverse();
                limit = size + LARGE;
                continue;
            }
            if let Built::Op(op) = &built {
                progress(op, &mut open);
            }
            self.piece(built, &loaded, &mut size, &mut body);
        }
        self.drafts[number] = Some(Draft { selection, body });
        number
    }

    fn piece(&mut self, built: Built, loaded: &Columns, size: &mut usize, body: &mut Vec<Piece>) {
        match built {
            Built::Op(op) => {
                *size += length(&op);
                body.push(Piece::Op(op));
            }
            Built::Cut { cond, then, otherwise } => {
                let then = self.branch(then, loaded, size);
                let otherwise = self.branch(otherwise, loaded, size);
                body.push(Piece::If(cond, then, otherwise));
            }
        }
    }

    /// A branch of a cut: inline, or a part of its own.
    fn branch(&mut self, block: Vec<Built>, loaded: &Columns, size: &mut usize) -> Vec<Piece> {
        if block.is_empty() {
            return Vec::new();
        }
        let needs = self.direct(&block);
        let own: usize = block.iter().map(|b| if let Built::Op(op) = b { length(op) } else { 1 }).sum();
        let tables = self.needs_outer_table(&block);
        if !tables && (!loaded.covers(&needs) || *size + own > LARGE) {
            let selection = SelectionId(self.selections);
            self.selections += 1;
            return vec![Piece::Begins(self.part(block, selection, loaded))];
        }
        let mut loaded = loaded.clone();
        loaded.add(&needs);
        let mut body = Vec::new();
        for built in block {
            self.piece(built, &loaded, size, &mut body);
        }
        body
    }

    /// The columns that a block reads itself, not behind further cuts.
    fn direct(&self, block: &[Built]) -> Columns {
        let mut columns = Columns::default();
        for built in block {
            if let Built::Op(op) = built {
                read(self.dag, op, &mut columns);
            }
        }
        columns
    }

    /// True if a block uses a table that is made outside of it: tables do not cross parts.
    fn needs_outer_table(&self, block: &[Built]) -> bool {
        let mut facts = Facts::default();
        for built in block {
            built_facts(self.dag, built, &mut facts);
        }
        facts.used.difference(&facts.set).any(|n| matches!(n, Name::Value(v) if self.dag.ty(*v) == Ty::Table))
    }
}

/// What is begun and not complete after an operation: lists, accumulators, tables. No part ends in between.
fn progress(op: &Op, open: &mut BTreeSet<Name>) {
    match op {
        Op::Begin(list) => {
            open.insert(Name::List(*list));
        }
        Op::End(list) => {
            open.remove(&Name::List(*list));
        }
        Op::Start(value) | Op::BeginTable(value) => {
            open.insert(Name::Value(*value));
        }
        Op::Update(value) | Op::PutTable(value) => {
            open.remove(&Name::Value(*value));
        }
        Op::For { body, .. } => body.iter().for_each(|op| progress(op, open)),
        Op::If { then, otherwise, .. } => then.iter().chain(otherwise).for_each(|op| progress(op, open)),
        _ => {}
    }
}

fn built_facts(dag: &Dag, built: &Built, facts: &mut Facts) {
    match built {
        Built::Op(op) => op_facts(dag, op, facts),
        Built::Cut { cond, then, otherwise } => {
            facts.used.insert(Name::Value(*cond));
            then.iter().chain(otherwise).for_each(|b| built_facts(dag, b, facts));
        }
    }
}

/// Number of operations, those inside of it included.
fn length(op: &Op) -> usize {
    match op {
        Op::If { then, otherwise, .. } => 1 + then.iter().chain(otherwise).map(length).sum::<usize>(),
        Op::For { body, .. } => 1 + body.iter().map(length).sum::<usize>(),
        _ => 1,
    }
}

/// The columns that an operation reads.
fn read(dag: &Dag, op: &Op, columns: &mut Columns) {
    let mut list = |l: &List| {
        if let ListNode::All(c) = dag.list(*l) {
            columns.collections.insert(*c);
        }
    };
    match op {
        Op::Let(value) => match dag.node(*value) {
            Node::Column(input) | Node::Load { input, .. } => {
                columns.inputs.insert(*input);
            }
            Node::Size(l) | Node::At { list: l, .. } => list(l),
            _ => {}
        },
        Op::For { over, body, .. } => {
            list(over);
            body.iter().for_each(|op| read(dag, op, columns));
        }
        Op::BeginTable(table) => {
            if let Node::Table { over, .. } = dag.node(*table) {
                list(over);
            }
        }
        Op::If { then, otherwise, .. } => then.iter().chain(otherwise).for_each(|op| read(dag, op, columns)),
        _ => {}
    }
}

/// A register or a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Name {
    Value(Value),
    List(List),
}

/// Names that operations use and set.
#[derive(Default)]
struct Facts {
    used: BTreeSet<Name>,
    set: BTreeSet<Name>,
}

fn op_facts(dag: &Dag, op: &Op, facts: &mut Facts) {
    let list = |l: List, facts: &mut Facts| {
        if !matches!(dag.list(l), ListNode::All(_)) {
            facts.used.insert(Name::List(l));
        }
    };
    match op {
        Op::Let(value) => {
            operands(dag, *value, &mut |i| match i {
                Item::Value(v) => {
                    facts.used.insert(Name::Value(v));
                }
                Item::List(l) => list(l, facts),
            });
            facts.set.insert(Name::Value(*value));
        }
        Op::Copy { to, from } => {
            facts.used.insert(Name::Value(*from));
            facts.set.insert(Name::Value(*to));
        }
        Op::If { cond, then, otherwise } => {
            facts.used.insert(Name::Value(*cond));
            then.iter().chain(otherwise).for_each(|op| op_facts(dag, op, facts));
        }
        Op::For { over, depth, after, body, .. } => {
            list(*over, facts);
            facts.used.extend(after.map(Name::Value));
            // The element's registers: recognised by their loop, so that no mutable graph is needed here.
            let mut inner = Facts::default();
            body.iter().for_each(|op| op_facts(dag, op, &mut inner));
            let bound = |n: &Name| match n {
                Name::Value(v) => {
                    matches!(dag.node(*v), Node::Item { list, depth: d, .. } | Node::Position { list, depth: d } if list == over && d == depth)
                }
                Name::List(_) => false,
            };
            facts.used.extend(inner.used.into_iter().filter(|n| !bound(n)));
            facts.set.extend(inner.set);
        }
        Op::Start(value) => {
            facts.set.insert(Name::Value(*value));
        }
        Op::Update(value) => {
            facts.used.insert(Name::Value(*value));
            match dag.node(*value) {
                Node::Reduce { body, .. } => {
                    facts.used.insert(Name::Value(*body));
                }
                Node::Best { keys, .. } => facts.used.extend(keys.iter().map(|k| Name::Value(*k))),
                _ => {}
            }
        }
        Op::Begin(l) => {
            facts.set.insert(Name::List(*l));
        }
        Op::Push { words, key, .. } => facts.used.extend(words.iter().chain(key).map(|v| Name::Value(*v))),
        Op::End(_) | Op::Count(_) => {}
        Op::BeginTable(table) => {
            if let Node::Table { over, .. } = dag.node(*table) {
                list(*over, facts);
            }
            facts.set.insert(Name::Value(*table));
        }
        Op::PutTable(table) => {
            facts.used.insert(Name::Value(*table));
            if let Node::Table { body, .. } = dag.node(*table) {
                facts.used.insert(Name::Value(*body));
            }
        }
        Op::Sum { weight, .. } => {
            facts.used.insert(Name::Value(*weight));
        }
        Op::Fill { axes, weight, .. } => facts.used.extend(axes.iter().chain(weight).map(|v| Name::Value(*v))),
        Op::Check { ok, .. } => {
            facts.used.insert(Name::Value(*ok));
        }
        Op::Select(_)
        | Op::Store(..)
        | Op::Fetch(..)
        | Op::StoreList(..)
        | Op::FetchList(..)
        | Op::StoreBest(..)
        | Op::FetchBest(..) => {}
    }
}

struct Linker<'a> {
    dag: &'a Dag,
    drafts: Vec<Option<Draft>>,
    slots: HashMap<Name, Vec<SlotId>>,
    count: u32,
    parts: Vec<Part>,
}

impl Linker<'_> {
    /// Finishes a draft and those that begin in it; gives what they need from outside.
    fn link(&mut self, number: usize) -> BTreeSet<Name> {
        let Some(draft) = self.drafts.get_mut(number).and_then(Option::take) else { return BTreeSet::new() };
        let place = self.parts.len();
        self.parts.push(Part {
            selection: draft.selection,
            inputs: Vec::new(),
            collections: Vec::new(),
            body: Vec::new(),
        });
        let mut own = Facts::default();
        piece_facts(self.dag, &draft.body, &mut own);
        let mut needed = BTreeSet::new();
        let mut body = self.pieces(draft.body, draft.selection, &own.set, &mut needed);
        // Computed again where that is cheaper than a slot; fetched otherwise.
        let mut head = Vec::new();
        let mut local: BTreeSet<Name> = BTreeSet::new();
        for name in own.used.difference(&own.set) {
            if !self.again(*name, &mut head, &mut local) {
                self.fetch(*name, &mut head);
                needed.insert(*name);
            }
        }
        needed.retain(|n| !own.set.contains(n));
        head.append(&mut body);
        let mut columns = Columns::default();
        head.iter().for_each(|op| read(self.dag, op, &mut columns));
        // The collections of list columns are needed to find the elements.
        let of_loads = loads(self.dag, &head);
        self.parts[place] = Part {
            selection: draft.selection,
            inputs: columns.inputs.into_iter().collect(),
            collections: columns.collections.union(&of_loads).copied().collect(),
            body: head,
        };
        needed
    }

    fn pieces(
        &mut self,
        pieces: Vec<Piece>,
        selection: SelectionId,
        set: &BTreeSet<Name>,
        needed: &mut BTreeSet<Name>,
    ) -> Vec<Op> {
        let mut ops = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Op(op) => ops.push(op),
                Piece::If(cond, then, otherwise) => {
                    let then = self.pieces(then, selection, set, needed);
                    let otherwise = self.pieces(otherwise, selection, set, needed);
                    ops.push(Op::If { cond, then, otherwise });
                }
                Piece::Begins(number) => {
                    let begins = self.drafts.get(number).and_then(Option::as_ref).map(|d| d.selection);
                    let outer = self.link(number);
                    for name in &outer {
                        if set.contains(name) {
                            self.store(*name, &mut ops);
                        }
                    }
                    needed.extend(outer);
                    if let Some(other) = begins.filter(|s| *s != selection) {
                        ops.push(Op::Select(other));
                    }
                }
            }
        }
        ops
    }

    /// Emits a value again at the head of a part, if it is a constant, a column or a size of the input.
    fn again(&self, name: Name, head: &mut Vec<Op>, local: &mut BTreeSet<Name>) -> bool {
        let Name::Value(value) = name else { return false };
        let cheap = match self.dag.node(value) {
            Node::Bool(_) | Node::Int(_) | Node::Real(_) | Node::Column(_) => true,
            Node::Size(list) => matches!(self.dag.list(*list), ListNode::All(_)),
            _ => false,
        };
        if cheap && local.insert(name) {
            head.push(Op::Let(value));
        }
        cheap
    }

    fn slots(&mut self, name: Name) -> Vec<SlotId> {
        if let Some(slots) = self.slots.get(&name) {
            return slots.clone();
        }
        let n = match name {
            Name::List(_) => 2,
            Name::Value(v) => match self.dag.node(v) {
                Node::Best { over, .. } => 1 + self.dag.leaves(*over).len() as u32,
                _ => 1,
            },
        };
        let slots: Vec<SlotId> = (self.count..self.count + n).map(SlotId).collect();
        self.count += n;
        self.slots.insert(name, slots.clone());
        slots
    }

    fn store(&mut self, name: Name, ops: &mut Vec<Op>) {
        let slots = self.slots(name);
        ops.push(match (name, slots.as_slice()) {
            (Name::List(l), [a, b]) => Op::StoreList([*a, *b], l),
            (Name::Value(v), [slot]) if self.dag.ty(v) != Ty::Winner => Op::Store(*slot, v),
            (Name::Value(v), _) => Op::StoreBest(slots, v),
            (Name::List(_), _) => return,
        });
    }

    fn fetch(&mut self, name: Name, ops: &mut Vec<Op>) {
        let slots = self.slots(name);
        ops.push(match (name, slots.as_slice()) {
            (Name::List(l), [a, b]) => Op::FetchList([*a, *b], l),
            (Name::Value(v), [slot]) if self.dag.ty(v) != Ty::Winner => Op::Fetch(*slot, v),
            (Name::Value(v), _) => Op::FetchBest(slots, v),
            (Name::List(_), _) => return,
        });
    }
}

fn piece_facts(dag: &Dag, pieces: &[Piece], facts: &mut Facts) {
    for piece in pieces {
        match piece {
            Piece::Op(op) => op_facts(dag, op, facts),
            Piece::If(cond, then, otherwise) => {
                facts.used.insert(Name::Value(*cond));
                piece_facts(dag, then, facts);
                piece_facts(dag, otherwise, facts);
            }
            Piece::Begins(_) => {}
        }
    }
}

/// The collections whose columns are loaded by position.
fn loads(dag: &Dag, ops: &[Op]) -> BTreeSet<CollectionId> {
    let mut found = BTreeSet::new();
    for op in ops {
        match op {
            Op::Let(value) => {
                if let Node::Load { input, .. } = dag.node(*value) {
                    found.extend(dag.collection_of(*input));
                }
            }
            Op::For { body, .. } => found.extend(loads(dag, body)),
            Op::If { then, otherwise, .. } => {
                found.extend(loads(dag, then));
                found.extend(loads(dag, otherwise));
            }
            _ => {}
        }
    }
    found
}
