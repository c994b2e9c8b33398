//! Keeps per object what a nest of loops would compute again and again: px of a jet inside a loop over triples of jets
//! becomes a look-up in a table with one entry per jet. The table holds the same bits, so results do not change.
//!
//! Tables are for tuples with two members of one list, which are formed only where it has two elements: `place` does not
//! fill a table over fewer. They run over the whole collection; over the list itself where it has entries of several.

use std::collections::HashMap;

use super::dag::{CollectionId, Dag, Element, Leaf, List, ListNode, Node, Ty, Unary, Value};
use super::walk::{Item, operands, order_within};
use super::{Plan, Step};

/// Members of one collection in a tuple from which on a table pays even if the tuple does not run over all of it.
const MANY: usize = 3;

/// Rewrites a Plan.
#[must_use]
pub fn tabulate(plan: Plan) -> Plan {
    let mut dag = Dag::new();
    for i in 0..plan.inputs.len() {
        let input = super::InputId(i as u32);
        dag.input(plan.dag.input_type(input), plan.dag.collection_of(input));
    }
    let mut rewrite = Rewrite {
        old: &plan.dag,
        new: dag,
        values: HashMap::new(),
        lists: HashMap::new(),
        nests: vec![Nest::default()],
        seen: HashMap::new(),
        in_table: false,
    };
    let steps = plan.steps.iter().map(|s| rewrite.step(s)).collect();
    let dag = rewrite.new;
    Plan { dag, steps, ..plan }
}

/// A tuple that is being formed; the first nest is that outside of any.
#[derive(Default)]
struct Nest {
    /// Its member loops.
    loops: Vec<(List, u8)>,
    /// Collections of which it has two different entries.
    paired: Vec<CollectionId>,
    /// Lists of which it has two members in order.
    paired_lists: Vec<List>,
}

/// What a table has an entry for.
#[derive(Clone, Copy)]
enum Over {
    /// Every object of a collection.
    Collection(CollectionId),
    /// Every element of the list that is looped over at a depth.
    List(List, u8),
}

struct Rewrite<'a> {
    old: &'a Dag,
    new: Dag,
    values: HashMap<(Value, usize), Value>,
    lists: HashMap<List, List>,
    nests: Vec<Nest>,
    seen: HashMap<Value, Seen>,
    /// Inside of a table's body there are no further tables.
    in_table: bool,
}

impl Rewrite<'_> {
    fn step(&mut self, step: &Step) -> Step {
        let mut many = |steps: &[Step]| steps.iter().map(|s| self.step(s)).collect::<Vec<Step>>();
        match step {
            Step::Count(c) => Step::Count(*c),
            Step::Cut { keep, then, otherwise } => {
                let (then, otherwise) = (many(then), many(otherwise));
                Step::Cut { keep: self.value(*keep, 0), then, otherwise }
            }
            Step::Sum { sum, weight } => Step::Sum { sum: *sum, weight: self.value(*weight, 0) },
            Step::Fill { histogram, axes, weight } => Step::Fill {
                histogram: *histogram,
                axes: axes.iter().map(|v| self.value(*v, 0)).collect(),
                weight: weight.map(|w| self.value(w, 0)),
            },
            Step::Record { record, values } => {
                Step::Record { record: *record, values: values.iter().map(|v| self.value(*v, 0)).collect() }
            }
            Step::ForEach { over, depth, body } => {
                let body = many(body);
                Step::ForEach { over: self.list(*over), depth: *depth, body }
            }
            Step::Check { ok, site, values } => Step::Check {
                ok: self.value(*ok, 0),
                site: *site,
                values: values.iter().map(|v| self.value(*v, 0)).collect(),
            },
        }
    }

    /// A value in a nest. Operands first, without recursion except into loops and lists.
    fn value(&mut self, value: Value, nest: usize) -> Value {
        let mut pending = vec![(value, false)];
        while let Some((next, ready)) = pending.pop() {
            if self.values.contains_key(&(next, nest)) {
                continue;
            }
            let table = self.table_for(next, nest);
            if table.is_none() && !ready && !has_loop(self.old, next) {
                pending.push((next, true));
                operands(self.old, next, &mut |i| match i {
                    Item::Value(v) => pending.push((v, false)),
                    Item::List(_) => {}
                });
                continue;
            }
            let new = match table {
                Some((item, over)) => self.look_up(next, item, over),
                None => self.copy(next, nest),
            };
            self.values.insert((next, nest), new);
        }
        self.values.get(&(value, nest)).copied().unwrap_or(value)
    }

    /// The one tuple member that an expensive value depends on, if a table pays for it.
    fn table_for(&mut self, value: Value, nest: usize) -> Option<(Value, Over)> {
        if self.in_table || self.old.ty(value) != Ty::Real || self.old.free(value).count_ones() != 1 {
            return None;
        }
        let seen = self.seen(value);
        if !seen.expensive || !seen.plain {
            return None;
        }
        let Items::One(item) = seen.items else { return None };
        let Node::Item { list, depth, word } = *self.old.node(item) else { return None };
        let tuple = self.old.leaves(list);
        let collection = match tuple.get(word as usize)? {
            Leaf::One(collection) => *collection,
            Leaf::Any(_) if tuple.len() == 1 => {
                let Nest { loops, paired_lists, .. } = &self.nests[nest];
                let in_nest = loops.contains(&(list, depth)) && paired_lists.contains(&list);
                return in_nest.then_some((item, Over::List(list, depth)));
            }
            Leaf::Any(_) | Leaf::Made(_) => return None,
        };
        if tuple.len() > 1 {
            let same = tuple.iter().filter(|l| **l == Leaf::One(collection)).count();
            let pays = self.is_paired(list, collection) && (same >= MANY || self.runs_over_all(list));
            return pays.then_some((item, Over::Collection(collection)));
        }
        let Nest { loops, paired, .. } = &self.nests[nest];
        let same = loops.iter().filter(|(l, _)| *l == list).count();
        let in_nest = loops.contains(&(list, depth)) && paired.contains(&collection);
        let all = matches!(self.old.list(list), ListNode::All(_));
        (in_nest && (same >= MANY || all)).then_some((item, Over::Collection(collection)))
    }

    /// What a value contains.
    fn seen(&mut self, value: Value) -> Seen {
        let dag = self.old;
        let unseen = order_within(dag, [Item::Value(value)], &mut |item| match item {
            Item::Value(v) => !self.seen.contains_key(&v),
            Item::List(_) => false,
        });
        for item in unseen {
            let Item::Value(v) = item else { continue };
            let mut seen = Seen::of(dag, v);
            operands(dag, v, &mut |i| {
                if let Item::Value(operand) = i {
                    seen = self.seen.get(&operand).map_or(seen, |of_operand| seen.and(*of_operand));
                }
            });
            self.seen.insert(v, seen);
        }
        self.seen.get(&value).copied().unwrap_or_else(|| Seen::of(dag, value))
    }

    /// True if a tuple list is made of whole collections.
    fn runs_over_all(&self, list: List) -> bool {
        match self.old.list(list) {
            ListNode::Combine { of, .. } => of.iter().all(|l| matches!(self.old.list(*l), ListNode::All(_))),
            ListNode::Filter { of, .. } | ListNode::Sort { of, .. } | ListNode::Slice { of, .. } => {
                self.runs_over_all(*of)
            }
            ListNode::All(_)
            | ListNode::Union(_)
            | ListNode::Elements(_)
            | ListNode::Map { .. }
            | ListNode::Reach { .. } => false,
        }
    }

    /// True if every tuple of a list has two different entries of a collection.
    fn is_paired(&self, list: List, collection: CollectionId) -> bool {
        match self.old.list(list) {
            ListNode::Combine { of, after, .. } => self.paired(of, after).contains(&collection),
            ListNode::Filter { of, .. } | ListNode::Sort { of, .. } | ListNode::Slice { of, .. } => {
                self.is_paired(*of, collection)
            }
            ListNode::All(_)
            | ListNode::Union(_)
            | ListNode::Elements(_)
            | ListNode::Map { .. }
            | ListNode::Reach { .. } => false,
        }
    }

    /// The collections of which tuples have two different entries: members in order in one list of different entries.
    fn paired(&self, of: &[List], after: &[Option<u8>]) -> Vec<CollectionId> {
        let ordered = of.iter().zip(after).filter(|(_, after)| after.is_some());
        ordered.filter_map(|(list, _)| self.entries_of(*list)).collect()
    }

    /// The collection of a list in which no entry is twice.
    fn entries_of(&self, list: List) -> Option<CollectionId> {
        match self.old.list(list) {
            ListNode::All(collection) => Some(*collection),
            ListNode::Filter { of, .. } | ListNode::Sort { of, .. } | ListNode::Slice { of, .. } => {
                self.entries_of(*of)
            }
            ListNode::Union(_)
            | ListNode::Combine { .. }
            | ListNode::Elements(_)
            | ListNode::Map { .. }
            | ListNode::Reach { .. } => None,
        }
    }

    /// The value as an entry of a table.
    fn look_up(&mut self, value: Value, item: Value, over: Over) -> Value {
        let list = match over {
            Over::Collection(collection) => self.new.all(collection),
            Over::List(list, _) => self.list(list),
        };
        let entry = self.new.item(list, 0, 0);
        let mut inner = Rewrite {
            old: self.old,
            new: std::mem::take(&mut self.new),
            values: HashMap::from([((item, 0), entry)]),
            lists: HashMap::new(),
            nests: vec![Nest::default()],
            seen: HashMap::new(),
            in_table: true,
        };
        let body = inner.value(value, 0);
        self.new = inner.new;
        let table = self.new.add(Node::Table { over: list, depth: 0, body });
        let position = match over {
            Over::Collection(_) => self.copy(item, 0),
            Over::List(_, depth) => self.new.position(list, depth),
        };
        self.new.add(Node::TableAt { table, position })
    }

    fn copy(&mut self, value: Value, nest: usize) -> Value {
        let node = match self.old.node(value).clone() {
            node @ (Node::Bool(_) | Node::Int(_) | Node::Real(_) | Node::Column(_)) => node,
            Node::Load { input, at } => Node::Load { input, at: self.value(at, nest) },
            Node::Item { list, depth, word } => Node::Item { list: self.list(list), depth, word },
            Node::Position { list, depth } => Node::Position { list: self.list(list), depth },
            Node::Unary(op, of) => Node::Unary(op, self.value(of, nest)),
            Node::Binary(op, a, b) => Node::Binary(op, self.value(a, nest), self.value(b, nest)),
            Node::Select(c, a, b) => Node::Select(self.value(c, nest), self.value(a, nest), self.value(b, nest)),
            Node::Call(f, args) => Node::Call(f, args.iter().map(|a| self.value(*a, nest)).collect()),
            Node::Size(list) => Node::Size(self.list(list)),
            Node::At { list, position, word } => {
                Node::At { list: self.list(list), position: self.value(position, nest), word }
            }
            Node::Reduce { op, over, depth, keep, body } => Node::Reduce {
                op,
                over: self.list(over),
                depth,
                keep: self.value(keep, nest),
                body: self.value(body, nest),
            },
            Node::Best { over, depth, keep, keys } => Node::Best {
                over: self.list(over),
                depth,
                keep: self.value(keep, nest),
                keys: keys.iter().map(|k| self.value(*k, nest)).collect(),
            },
            Node::Found(of) => Node::Found(self.value(of, nest)),
            Node::Winner { best, word } => Node::Winner { best: self.value(best, nest), word },
            Node::Table { over, depth, body } => {
                Node::Table { over: self.list(over), depth, body: self.value(body, nest) }
            }
            Node::Grouping { how, momenta } => Node::Grouping { how, momenta: momenta.map(|t| self.value(t, nest)) },
            Node::TableAt { table, position } => {
                Node::TableAt { table: self.value(table, nest), position: self.value(position, nest) }
            }
        };
        self.new.add(node)
    }

    fn list(&mut self, list: List) -> List {
        if let Some(known) = self.lists.get(&list) {
            return *known;
        }
        let new = match self.old.list(list).clone() {
            node @ ListNode::All(_) => self.new.add_list(node),
            ListNode::Filter { of, depth, keep } => {
                let node = ListNode::Filter { of: self.list(of), depth, keep: self.value(keep, 0) };
                self.new.add_list(node)
            }
            ListNode::Sort { of, depth, key, descending } => {
                let node = ListNode::Sort { of: self.list(of), depth, key: self.value(key, 0), descending };
                self.new.add_list(node)
            }
            ListNode::Slice { of, from, to } => {
                let node = ListNode::Slice { of: self.list(of), from: self.value(from, 0), to: self.value(to, 0) };
                self.new.add_list(node)
            }
            ListNode::Union(of) => {
                let node = ListNode::Union(of.iter().map(|l| self.list(*l)).collect());
                self.new.add_list(node)
            }
            ListNode::Combine { of, depth, after, keep } => {
                let loops = (depth..).zip(&of).map(|(d, l)| (*l, d)).collect();
                let paired = self.paired(&of, &after);
                let ordered = of.iter().zip(&after).filter(|(_, after)| after.is_some());
                let paired_lists = ordered.map(|(list, _)| *list).collect();
                self.nests.push(Nest { loops, paired, paired_lists });
                let keep = self.value(keep, self.nests.len() - 1);
                let node = ListNode::Combine { of: of.iter().map(|l| self.list(*l)).collect(), depth, after, keep };
                self.new.add_list(node)
            }
            ListNode::Map { of, depth, present, words } => {
                let leaves = self.old.leaves(list).to_vec();
                let (of, present) = (self.list(of), self.value(present, 0));
                let words = words.iter().map(|w| self.value(*w, 0)).collect();
                self.new.add_map(of, depth, present, words, leaves)
            }
            ListNode::Reach { of, from, present, depth, next } => {
                let (of, next) = (self.list(of), self.list(next));
                let (from, present) = (self.value(from, 0), self.value(present, 0));
                self.new.add_list(ListNode::Reach { of, from, present, depth, next })
            }
            ListNode::Elements(elements) => {
                let leaves = self.old.leaves(list).to_vec();
                let elements = elements.iter().map(|e| Element {
                    present: self.value(e.present, 0),
                    words: e.words.iter().map(|w| self.value(*w, 0)).collect(),
                });
                let elements = elements.collect();
                self.new.add_elements(elements, leaves)
            }
        };
        self.lists.insert(list, new);
        new
    }
}

/// What an expression contains.
#[derive(Clone, Copy, PartialEq)]
struct Seen {
    items: Items,
    /// Only arithmetic of objects: what has loops of its own stays where it is.
    plain: bool,
    expensive: bool,
}

/// The elements of loops that an expression uses.
#[derive(Clone, Copy, PartialEq)]
enum Items {
    None,
    One(Value),
    Several,
}

impl Seen {
    fn of(dag: &Dag, value: Value) -> Seen {
        let (mut items, mut plain, mut expensive) = (Items::None, true, false);
        match dag.node(value) {
            Node::Reduce { .. }
            | Node::Best { .. }
            | Node::Position { .. }
            | Node::At { .. }
            | Node::Size(_)
            | Node::Table { .. } => plain = false,
            Node::Item { .. } => items = Items::One(value),
            Node::Call(..) | Node::Unary(Unary::Sqrt, _) => expensive = true,
            _ => {}
        }
        Seen { items, plain, expensive }
    }

    fn and(self, other: Seen) -> Seen {
        let items = match (self.items, other.items) {
            (items, Items::None) | (Items::None, items) => items,
            (Items::One(a), Items::One(b)) if a == b => self.items,
            _ => Items::Several,
        };
        Seen { items, plain: self.plain && other.plain, expensive: self.expensive || other.expensive }
    }
}

fn has_loop(dag: &Dag, value: Value) -> bool {
    matches!(dag.node(value), Node::Reduce { .. } | Node::Best { .. } | Node::Table { .. })
}
