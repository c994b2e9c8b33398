//! What a Plan means, evaluated as it is written: event by event, without placement. The oracle of `tabulate` and
//! `place`: whatever they do, the results are these, bit for bit.

use std::cmp::Ordering;
use std::collections::HashMap;

use adl_runtime::histogram::Layout;
use adl_runtime::math;

use super::build::number_at;
use super::dag::{Binary, CollectionId, InputId, List, ListNode, Node, Reduction, Ty, Unary, Value};
use super::{Intrinsic, Plan, Step};

/// The input: some events.
#[derive(Clone, Debug, Default)]
pub struct Events {
    /// Number of events.
    pub count: usize,
    /// Per input: its values one after the other, promoted (bits of an f64, an i64, a bool as 0 or 1), and any one
    /// behind the last.
    pub columns: Vec<Vec<u64>>,
    /// Per collection: where each event's elements begin, and where the last one's end.
    pub offsets: Vec<Vec<u32>>,
}

/// What the steps did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The counters.
    pub counters: Vec<u64>,
    /// The sums, of weights and of squared weights in turn.
    pub sums: Vec<f64>,
    /// Per histogram: its records, one after the other.
    pub fills: Vec<Vec<f64>>,
    /// Per record: its rows, one after the other: the event's number, then the values, a word each.
    pub records: Vec<Vec<u64>>,
    /// The earliest event with a failed check.
    pub fault: Option<u32>,
}

/// Evaluates a Plan.
#[must_use]
pub fn evaluate(plan: &Plan, events: &Events) -> Outcome {
    let outcome = Outcome {
        counters: vec![0; plan.counters as usize],
        sums: vec![0.0; 2 * plan.sums as usize],
        fills: vec![Vec::new(); plan.histograms.len()],
        records: vec![Vec::new(); plan.records.len()],
        fault: None,
    };
    let mut machine =
        Machine { plan, events, event: 0, loops: Vec::new(), values: HashMap::new(), lists: HashMap::new(), outcome };
    for event in 0..events.count {
        machine.event = event;
        machine.values.clear();
        machine.lists.clear();
        machine.steps(&plan.steps);
    }
    machine.outcome
}

/// The element of a loop.
struct Bound {
    list: List,
    depth: u8,
    words: Vec<i64>,
    position: usize,
}

/// The winner of a `Best`.
#[derive(Clone)]
struct Winner {
    keys: Vec<f64>,
    words: Vec<i64>,
}

struct Machine<'a> {
    plan: &'a Plan,
    events: &'a Events,
    event: usize,
    loops: Vec<Bound>,
    /// Values of this event that depend on no loop: only to save time.
    values: HashMap<Value, u64>,
    lists: HashMap<List, Vec<Vec<i64>>>,
    outcome: Outcome,
}

impl Machine<'_> {
    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            match step {
                Step::Count(counter) => self.outcome.counters[counter.0 as usize] += 1,
                Step::Cut { keep, then, otherwise } => {
                    let steps = if self.bool(*keep) { then } else { otherwise };
                    self.steps(steps);
                }
                Step::Sum { sum, weight } => {
                    let weight = self.real(*weight);
                    self.outcome.sums[2 * sum.0 as usize] += weight;
                    self.outcome.sums[2 * sum.0 as usize + 1] += weight * weight;
                }
                Step::Fill { histogram, axes, weight } => {
                    let mut record: Vec<f64> = axes.iter().map(|v| self.real(*v)).collect();
                    let Layout { weighted, .. } = self.plan.histograms[histogram.0 as usize];
                    if weighted {
                        record.push(weight.map_or(1.0, |w| self.real(w)));
                    }
                    self.outcome.fills[histogram.0 as usize].extend(record);
                }
                Step::Record { record, values } => {
                    let row: Vec<u64> = values.iter().map(|v| self.value(*v)).collect();
                    let record = &mut self.outcome.records[record.0 as usize];
                    record.push(self.event as u64);
                    record.extend(row);
                }
                Step::ForEach { over, depth, body } => {
                    for (position, words) in self.list(*over).into_iter().enumerate() {
                        self.loops.push(Bound { list: *over, depth: *depth, words, position });
                        self.steps(body);
                        self.loops.pop();
                    }
                }
                Step::Check { ok, .. } => {
                    if !self.bool(*ok) && self.outcome.fault.is_none() {
                        self.outcome.fault = Some(self.event as u32);
                    }
                }
            }
        }
    }

    fn bool(&mut self, value: Value) -> bool {
        self.value(value) != 0
    }

    fn int(&mut self, value: Value) -> i64 {
        self.value(value) as i64
    }

    fn real(&mut self, value: Value) -> f64 {
        f64::from_bits(self.value(value))
    }

    fn value(&mut self, value: Value) -> u64 {
        let plan = self.plan;
        let once = plan.dag.free(value) == 0;
        if let (true, Some(known)) = (once, self.values.get(&value)) {
            return *known;
        }
        let content = match plan.dag.node(value) {
            Node::Bool(b) => u64::from(*b),
            Node::Int(i) => *i as u64,
            Node::Real(bits) => *bits,
            Node::Number { of, at } => number_at(plan.dag.numbers(*of), self.int(*at) as u64).to_bits(),
            Node::Column(input) => self.load(*input, self.event),
            Node::Load { input, at } => {
                let at = self.value(*at);
                let (first, size) = plan.dag.collection_of(*input).map_or((0, 0), |c| self.extent(c));
                self.load(*input, first + at.min(size as u64) as usize)
            }
            Node::Item { list, depth, word } => {
                self.bound(*list, *depth).and_then(|b| b.words.get(*word as usize)).map_or(0, |w| *w as u64)
            }
            Node::Position { list, depth } => self.bound(*list, *depth).map_or(0, |b| b.position as u64),
            Node::Unary(op, of) => self.unary(*op, *of),
            Node::Binary(op, a, b) => self.binary(*op, *a, *b),
            Node::Select(c, a, b) => {
                let chosen = if self.bool(*c) { a } else { b };
                self.value(*chosen)
            }
            Node::Call(intrinsic, arguments) => self.call(*intrinsic, arguments).to_bits(),
            Node::Size(list) => self.list(*list).len() as u64,
            Node::At { list, position, word } => {
                let position = usize::try_from(self.int(*position)).ok();
                let list = self.list(*list);
                let element = position.and_then(|p| list.get(p));
                element.and_then(|e| e.get(*word as usize)).map_or(0, |w| *w as u64)
            }
            Node::Reduce { op, over, depth, keep, body } => self.reduce(*op, *over, *depth, *keep, *body),
            Node::Best { .. } => u64::from(self.best(value).is_some()),
            Node::Found(best) => self.value(*best),
            Node::Winner { best, word } => {
                self.best(*best).and_then(|w| w.words.get(*word as usize).copied()).map_or(0, |w| w as u64)
            }
            Node::Table { .. } => 0,
            Node::Grouping { how, momenta } => {
                let columns = momenta.map(|table| self.column(table));
                math::grouping(*how, [&columns[0], &columns[1], &columns[2], &columns[3]]) as u64
            }
            Node::TableAt { table, position } => {
                let position = self.int(*position);
                self.table_at(*table, position).to_bits()
            }
        };
        if once {
            self.values.insert(value, content);
        }
        content
    }

    fn bound(&self, list: List, depth: u8) -> Option<&Bound> {
        self.loops.iter().rev().find(|b| b.list == list && b.depth == depth)
    }

    fn extent(&self, collection: CollectionId) -> (usize, usize) {
        let offsets = &self.events.offsets[collection.0 as usize];
        let (first, end) = (offsets[self.event] as usize, offsets[self.event + 1] as usize);
        (first, end - first)
    }

    fn load(&self, input: InputId, at: usize) -> u64 {
        self.events.columns[input.0 as usize].get(at).copied().unwrap_or(0)
    }

    /// The body for every element of the list with `keep`.
    fn over<T>(&mut self, list: List, depth: u8, keep: Value, mut body: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let mut results = Vec::new();
        for (position, words) in self.list(list).into_iter().enumerate() {
            self.loops.push(Bound { list, depth, words, position });
            if self.bool(keep) {
                results.push(body(self));
            }
            self.loops.pop();
        }
        results
    }

    fn reduce(&mut self, op: Reduction, over: List, depth: u8, keep: Value, body: Value) -> u64 {
        let contents = self.over(over, depth, keep, |m| m.value(body));
        let real = self.plan.dag.ty(body) == Ty::Real;
        let reals = contents.iter().map(|c| f64::from_bits(*c));
        let ints = contents.iter().map(|c| *c as i64);
        match op {
            Reduction::Sum if real => reals.fold(0.0, |a, b| a + b).to_bits(),
            Reduction::Product if real => reals.fold(1.0, |a, b| a * b).to_bits(),
            Reduction::Sum => ints.fold(0, i64::wrapping_add) as u64,
            Reduction::Product => ints.fold(1, i64::wrapping_mul) as u64,
            Reduction::Min => reals.fold(f64::INFINITY, math::min).to_bits(),
            Reduction::Max => reals.fold(f64::NEG_INFINITY, math::max).to_bits(),
            Reduction::Any => u64::from(contents.iter().any(|c| *c != 0)),
            Reduction::All => u64::from(contents.iter().all(|c| *c != 0)),
            Reduction::Count => contents.iter().filter(|c| **c != 0).count() as u64,
        }
    }

    fn best(&mut self, best: Value) -> Option<Winner> {
        let Node::Best { over, depth, keep, keys } = self.plan.dag.node(best) else { return None };
        let candidates = self.over(*over, *depth, *keep, |m| {
            let keys = keys.iter().map(|k| m.real(*k)).collect();
            Winner { keys, words: m.bound(*over, *depth).map_or_else(Vec::new, |b| b.words.clone()) }
        });
        let smaller = |a: &Winner, b: &Winner| {
            let first = a.keys.iter().zip(&b.keys).map(|(a, b)| by_size(*a, *b)).find(|o| o.is_ne());
            first == Some(Ordering::Less)
        };
        candidates.into_iter().reduce(|best, next| if smaller(&next, &best) { next } else { best })
    }

    /// All entries of a table.
    fn column(&mut self, table: Value) -> Vec<f64> {
        let Node::Table { over, .. } = self.plan.dag.node(table) else { return Vec::new() };
        let len = self.list(*over).len() as i64;
        (0..len).map(|position| self.table_at(table, position)).collect()
    }

    fn table_at(&mut self, table: Value, position: i64) -> f64 {
        let Node::Table { over, depth, body, place } = self.plan.dag.node(table) else { return f64::NAN };
        for (number, words) in self.list(*over).into_iter().enumerate() {
            self.loops.push(Bound { list: *over, depth: *depth, words, position: number });
            let at = place.map_or(number as i64, |place| self.int(place.at));
            let content = (at == position).then(|| self.real(*body));
            self.loops.pop();
            if let Some(content) = content {
                return content;
            }
        }
        f64::NAN
    }

    fn list(&mut self, list: List) -> Vec<Vec<i64>> {
        let plan = self.plan;
        let once = plan.dag.list_free(list) == 0;
        if let (true, Some(known)) = (once, self.lists.get(&list)) {
            return known.clone();
        }
        let elements = match plan.dag.list(list) {
            ListNode::All(collection) => (0..self.extent(*collection).1 as i64).map(|p| vec![p]).collect(),
            ListNode::Filter { of, depth, keep } => {
                self.over(*of, *depth, *keep, |m| m.bound(*of, *depth).map_or_else(Vec::new, |b| b.words.clone()))
            }
            ListNode::Sort { of, depth, key, descending } => {
                let mut keyed = Vec::new();
                for (position, words) in self.list(*of).into_iter().enumerate() {
                    self.loops.push(Bound { list: *of, depth: *depth, words: words.clone(), position });
                    keyed.push((self.real(*key), words));
                    self.loops.pop();
                }
                keyed.sort_by(|(a, _), (b, _)| {
                    let reversed = *descending && !a.is_nan() && !b.is_nan();
                    if reversed { by_size(*b, *a) } else { by_size(*a, *b) }
                });
                keyed.into_iter().map(|(_, words)| words).collect()
            }
            ListNode::Slice { of, from, to } => {
                let (from, to) = (self.int(*from), self.int(*to));
                let all = self.list(*of).into_iter().zip(0i64..);
                all.filter(|(_, p)| from <= *p && *p < to).map(|(words, _)| words).collect()
            }
            ListNode::Union(of) => {
                let tagged = matches!(plan.dag.leaves(list), [super::Leaf::Any(_)]);
                let mut all = Vec::new();
                for part in of {
                    let tag = match plan.dag.leaves(*part) {
                        [super::Leaf::One(c)] if tagged => i64::from(c.0) << super::dag::TAG_SHIFT,
                        _ => 0,
                    };
                    all.extend(self.list(*part).into_iter().map(|w| w.iter().map(|w| w | tag).collect()));
                }
                all
            }
            ListNode::Combine { of, depth, after, keep } => {
                let mut tuples = Vec::new();
                self.tuples(of, *depth, after, *keep, 0, &mut tuples);
                tuples
            }
            ListNode::Map { of, depth, present, words } => {
                self.over(*of, *depth, *present, |m| words.iter().map(|w| m.int(*w)).collect())
            }
            ListNode::Reach { of, from, present, depth, next } => {
                let entries = self.list(*of).len() as i64;
                let mut reached: Vec<i64> = Vec::new();
                if self.bool(*present) {
                    reached.extend(Some(self.int(*from)).filter(|w| (0..entries).contains(w)));
                }
                let mut at = 0;
                while let Some(word) = reached.get(at).copied() {
                    let position = word as usize;
                    self.loops.push(Bound { list: *of, depth: *depth, words: vec![word], position });
                    for element in self.list(*next) {
                        let new = element.first().filter(|w| (0..entries).contains(*w) && !reached.contains(*w));
                        reached.extend(new.copied());
                    }
                    self.loops.pop();
                    at += 1;
                }
                reached.into_iter().skip(1).map(|w| vec![w]).collect()
            }
            ListNode::Elements(elements) => {
                let mut all = Vec::new();
                for element in elements {
                    if self.bool(element.present) {
                        all.push(element.words.iter().map(|w| self.int(*w)).collect());
                    }
                }
                all
            }
        };
        if once {
            self.lists.insert(list, elements.clone());
        }
        elements
    }

    fn tuples(
        &mut self,
        of: &[List],
        depth: u8,
        after: &[Option<u8>],
        keep: Value,
        member: usize,
        tuples: &mut Vec<Vec<i64>>,
    ) {
        let first = self.loops.len() - member;
        if member == of.len() {
            if self.bool(keep) {
                tuples.push(self.loops[first..].iter().flat_map(|b| b.words.clone()).collect());
            }
            return;
        }
        let skipped = after[member].map_or(0, |m| self.loops[first + m as usize].position + 1);
        for (position, words) in self.list(of[member]).into_iter().enumerate().skip(skipped) {
            self.loops.push(Bound { list: of[member], depth: depth + member as u8, words, position });
            self.tuples(of, depth, after, keep, member + 1, tuples);
            self.loops.pop();
        }
    }

    fn unary(&mut self, op: Unary, of: Value) -> u64 {
        let real = self.plan.dag.ty(of) == Ty::Real;
        let (content, x) = (self.value(of), self.real(of));
        match op {
            Unary::Neg if real => (-x).to_bits(),
            Unary::Neg => (content as i64).wrapping_neg() as u64,
            Unary::Not => u64::from(content == 0),
            Unary::Abs if real => x.abs().to_bits(),
            Unary::Abs => (content as i64).wrapping_abs() as u64,
            Unary::Sqrt => x.sqrt().to_bits(),
            Unary::Floor => math::floor(x).to_bits(),
            Unary::ToReal => (content as i64 as f64).to_bits(),
            Unary::ToInt => content,
            Unary::IsNan => u64::from(x.is_nan()),
            Unary::IsFinite => u64::from(x.is_finite()),
        }
    }

    fn binary(&mut self, op: Binary, a: Value, b: Value) -> u64 {
        let real = self.plan.dag.ty(a) == Ty::Real;
        let (x, y) = (self.real(a), self.real(b));
        let (a, b) = (self.int(a), self.int(b));
        let compare = if real { x.partial_cmp(&y) } else { Some(a.cmp(&b)) };
        match op {
            Binary::Add if real => (x + y).to_bits(),
            Binary::Sub if real => (x - y).to_bits(),
            Binary::Mul if real => (x * y).to_bits(),
            Binary::Add => a.wrapping_add(b) as u64,
            Binary::Sub => a.wrapping_sub(b) as u64,
            Binary::Mul => a.wrapping_mul(b) as u64,
            Binary::Div => (x / y).to_bits(),
            Binary::Min => math::min(x, y).to_bits(),
            Binary::Max => math::max(x, y).to_bits(),
            Binary::Lt => u64::from(compare == Some(Ordering::Less)),
            Binary::Le => u64::from(compare.is_some_and(Ordering::is_le)),
            Binary::Eq => u64::from(compare == Some(Ordering::Equal)),
            Binary::Ne => u64::from(compare.is_some_and(Ordering::is_ne)),
            Binary::And | Binary::BitAnd => (a & b) as u64,
            Binary::Or | Binary::BitOr => (a | b) as u64,
            Binary::Shl => a.wrapping_shl(b as u32 & 63) as u64,
            Binary::Shr => a.wrapping_shr(b as u32 & 63) as u64,
        }
    }

    fn call(&mut self, intrinsic: Intrinsic, arguments: &[Value]) -> f64 {
        let contents: Vec<u64> = arguments.iter().map(|a| self.value(*a)).collect();
        let keys = || contents.iter().map(|c| *c as i64).collect::<Vec<_>>();
        let real = |i: usize| contents.get(i).map_or(f64::NAN, |c| f64::from_bits(*c));
        intrinsic.of(&real, &keys)
    }
}

/// Numbers by size, then NaN; zeros are equal.
fn by_size(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}
