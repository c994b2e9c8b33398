//! Keeps per object what a nest of loops would compute again and again: px of a jet inside a loop over triples of jets
//! becomes a look-up in a table with one entry per jet. The table holds the same bits, so results do not change.
//!
//! Tables are for tuples with two members of one list, which are formed only where it has two elements: `place` does not
//! fill a table over fewer. They run over that list, and have a place for each object of its collections, so that an
//! object is found in the tuple as well as in the list.

mod seen;
mod tuples;

use std::collections::{HashMap, HashSet};

use super::dag::{Binary, CollectionId, Dag, Element, Leaf, List, ListNode, Node, Place, TAG_SHIFT, Ty, Value};
use super::walk::{Item, operands, order_within};
use super::{Plan, Step};
use seen::{Items, Seen};

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
    for numbers in plan.dag.all_numbers() {
        dag.keep_numbers(numbers.to_vec());
    }
    let mut rewrite = Rewrite {
        old: &plan.dag,
        new: dag,
        values: HashMap::new(),
        lists: HashMap::new(),
        nests: vec![Nest::default()],
        seen: HashMap::new(),
        tables: HashSet::new(),
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
    /// Not a tuple, but what is only needed where this `Best` has a winner.
    found: Option<Value>,
}

/// What a table has an entry for.
#[derive(Clone, Copy)]
enum Over {
    /// Every object of a collection.
    Collection(CollectionId),
    /// Every element of a list of objects.
    List(List),
}

struct Rewrite<'a> {
    old: &'a Dag,
    new: Dag,
    values: HashMap<(Value, usize), Value>,
    lists: HashMap<List, List>,
    nests: Vec<Nest>,
    seen: HashMap<Value, Seen>,
    /// The tables of the new graph.
    tables: HashSet<Value>,
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
            // A loop that is needed elsewhere too is one loop.
            if self.nests[nest].found.is_some() && has_loop(self.old, next) {
                let new = self.value(next, 0);
                self.values.insert((next, nest), new);
                continue;
            }
            if let Some(new) = self.where_found(next, nest).or_else(|| self.of_winner(next, nest)) {
                self.values.insert((next, nest), new);
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
            let before = self.new.set_place(self.old.place(next));
            let new = match table {
                Some((item, over)) => self.look_up(next, item, over),
                None => self.copy(next, nest),
            };
            self.new.set_place(before);
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
        let leaf = self.old.leaves(list).get(word as usize)?;
        let Nest { loops, paired, paired_lists, .. } = &self.nests[nest];
        let tuple = self.old.leaves(list);
        let own = if tuple.len() > 1 {
            tuples::ordered_member(self.old, list, word)
        } else {
            Some(list).filter(|list| loops.contains(&(*list, depth)) && paired_lists.contains(list))
        };
        // The loop of the tuples may hide a loop that their list depends on.
        let own = own.filter(|own| self.old.list_free(*own) == 0);
        if let (Some(own), Leaf::One(_) | Leaf::Any(_)) = (own, leaf) {
            return Some((item, Over::List(own)));
        }
        let Leaf::One(collection) = *leaf else { return None };
        let pays = if tuple.len() > 1 {
            let same = tuple.iter().filter(|l| *l == leaf).count();
            tuples::is_paired(self.old, list, collection) && (same >= MANY || tuples::runs_over_all(self.old, list))
        } else {
            let same = loops.iter().filter(|(l, _)| *l == list).count();
            let in_nest = loops.contains(&(list, depth)) && paired.contains(&collection);
            in_nest && (same >= MANY || matches!(self.old.list(list), ListNode::All(_)))
        };
        pays.then_some((item, Over::Collection(collection)))
    }

    /// A number that is missing where a `Best` has no winner.
    fn where_found(&mut self, value: Value, nest: usize) -> Option<Value> {
        let Node::Select(found, content, none) = *self.old.node(value) else { return None };
        let missing = matches!(self.old.node(none), Node::Real(bits) if f64::from_bits(*bits).is_nan());
        let Node::Found(best) = *self.old.node(found) else { return None };
        if self.in_table || !missing || self.old.free(value) != 0 || self.nests[nest].found.is_some() {
            return None;
        }
        // The tables of the candidates are known behind this.
        let [found, none] = [found, none].map(|v| self.value(v, nest));
        let inner = self.nests.iter().position(|n| n.found == Some(best)).unwrap_or(self.nests.len());
        if inner == self.nests.len() {
            self.nests.push(Nest { found: Some(best), ..Nest::default() });
        }
        let content = self.value(content, inner);
        Some(self.new.add(Node::Select(found, content, none)))
    }

    /// What is computed of a winner where there is one, if the candidates have a table of that.
    fn of_winner(&mut self, value: Value, nest: usize) -> Option<Value> {
        let best = self.nests[nest].found?;
        if self.in_table || self.old.free(value) != 0 || self.old.ty(value) != Ty::Real {
            return None;
        }
        let seen = self.seen(value);
        let Items::One(winner) = seen.items else { return None };
        let Node::Winner { best: of, word } = *self.old.node(winner) else { return None };
        let Node::Best { over, .. } = *self.old.node(best) else { return None };
        if of != best || !seen.plain || !seen.expensive {
            return None;
        }
        let collection = match self.old.leaves(over).get(word as usize) {
            Some(Leaf::One(collection)) => Some(Over::Collection(*collection)),
            _ => None,
        };
        let member = tuples::ordered_member(self.old, over, word).filter(|own| self.old.list_free(*own) == 0);
        let member = member.map(Over::List);
        for over in member.into_iter().chain(collection) {
            let (table, collections) = self.table(value, winner, over);
            let Node::Table { over: list, place, .. } = *self.new.node(table) else { continue };
            if self.tables.contains(&table) {
                let word = self.value(winner, 0);
                let at = self.place(word, &collections);
                // Behind the last place there is a number in any case.
                let behind = place.map_or_else(|| self.new.size(list), |place| place.room);
                let best = self.value(best, 0);
                let found = self.new.found(best);
                let position = self.new.select(found, at, behind);
                return Some(self.new.add(Node::TableAt { table, position }));
            }
        }
        None
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
                if let (Item::Value(operand), false) = (i, matches!(dag.node(v), Node::Winner { .. })) {
                    seen = self.seen.get(&operand).map_or(seen, |of_operand| seen.and(*of_operand));
                }
            });
            self.seen.insert(v, seen);
        }
        self.seen.get(&value).copied().unwrap_or_else(|| Seen::of(dag, value))
    }

    /// The value as an entry of a table.
    fn look_up(&mut self, value: Value, item: Value, over: Over) -> Value {
        let (table, collections) = self.table(value, item, over);
        self.tables.insert(table);
        let word = self.copy(item, 0);
        let position = self.place(word, &collections);
        self.new.add(Node::TableAt { table, position })
    }

    /// The table of a value of one object; the collections whose objects have places in it, none for all of one.
    fn table(&mut self, value: Value, item: Value, over: Over) -> (Value, Vec<CollectionId>) {
        let list = match over {
            Over::Collection(collection) => self.new.all(collection),
            Over::List(list) => self.list(list),
        };
        let entry = self.new.item(list, 0, 0);
        let mut inner = Rewrite {
            old: self.old,
            new: std::mem::take(&mut self.new),
            values: HashMap::from([((item, 0), entry)]),
            lists: HashMap::new(),
            nests: vec![Nest::default()],
            seen: HashMap::new(),
            tables: HashSet::new(),
            in_table: true,
        };
        let body = inner.value(value, 0);
        self.new = inner.new;
        let leaf = self.new.leaves(list).first().cloned();
        let collections = match (self.new.list(list), leaf) {
            // The position of an object is its place.
            (ListNode::All(_), _) | (_, None | Some(Leaf::Made(_))) => Vec::new(),
            (_, Some(Leaf::One(collection))) => vec![collection],
            (_, Some(Leaf::Any(collections))) => collections,
        };
        let place = (!collections.is_empty())
            .then(|| Place { at: self.place(entry, &collections), room: self.behind(&collections) });
        (self.new.add(Node::Table { over: list, depth: 0, body, place }), collections)
    }

    /// The place of an object among those of some collections, one after the other; one collection's words are that.
    fn place(&mut self, word: Value, collections: &[CollectionId]) -> Value {
        let [_, others @ ..] = collections else { return word };
        if others.is_empty() {
            return word;
        }
        let mut place = self.new.untag(word, &Leaf::Any(collections.to_vec()));
        let shift = self.new.int(TAG_SHIFT);
        let number = self.new.binary(Binary::Shr, word, shift);
        for (k, collection) in collections.iter().enumerate().skip(1) {
            let before = self.behind(&collections[..k]);
            let (none, this) = (self.new.int(0), self.new.int(i64::from(collection.0)));
            let is_of_this = self.new.binary(Binary::Eq, number, this);
            let before = self.new.select(is_of_this, before, none);
            place = self.new.binary(Binary::Add, place, before);
        }
        place
    }

    /// Number of objects of some collections.
    fn behind(&mut self, collections: &[CollectionId]) -> Value {
        let mut sum = self.new.int(0);
        for collection in collections {
            let all = self.new.all(*collection);
            let size = self.new.size(all);
            sum = self.new.binary(Binary::Add, sum, size);
        }
        sum
    }

    fn copy(&mut self, value: Value, nest: usize) -> Value {
        let node = match self.old.node(value).clone() {
            node @ (Node::Bool(_) | Node::Int(_) | Node::Real(_) | Node::Column(_)) => node,
            Node::Load { input, at } => Node::Load { input, at: self.value(at, nest) },
            Node::Number { of, at } => Node::Number { of, at: self.value(at, nest) },
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
            Node::Table { over, depth, body, place } => {
                let place = place.map(|p| Place { at: self.value(p.at, nest), room: self.value(p.room, nest) });
                Node::Table { over: self.list(over), depth, body: self.value(body, nest), place }
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
        let before = self.new.set_place(self.old.list_place(list));
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
                let paired = tuples::paired(self.old, &of, &after);
                let ordered = of.iter().zip(&after).filter(|(_, after)| after.is_some());
                let paired_lists = ordered.map(|(list, _)| *list).collect();
                self.nests.push(Nest { loops, paired, paired_lists, found: None });
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
        self.new.set_place(before);
        self.lists.insert(list, new);
        new
    }
}

fn has_loop(dag: &Dag, value: Value) -> bool {
    matches!(dag.node(value), Node::Reduce { .. } | Node::Best { .. } | Node::Table { .. })
}
