//! Random plans from a seed: values, lists and effects of every kind, nested, over collections that are often empty and
//! columns with infinities and missing values.

use adl_runtime::histogram::{Axis, Content, Layout};
use adl_runtime::kernel::BATCH;
use adl_runtime::schema::ElementType::{self, *};
use adlc::exec::memory::{Column, Events};
use adlc::plan::*;
use adlc::source::{FileId, Span};

use super::Build;

/// A plan and events for it.
pub struct Case {
    pub plan: Plan,
    pub events: Events,
}

/// The case of a seed.
pub fn case(seed: u64) -> Case {
    let mut random = Random { b: Build::default(), state: seed, inputs: Vec::new(), loops: Vec::new(), fuel: 0 };
    random.inputs();
    let events = random.events(seed);
    let steps = random.steps(3);
    random.b.plan.steps = steps;
    Case { plan: random.b.plan, events }
}

struct Random {
    b: Build,
    state: u64,
    inputs: Vec<(InputId, ElementType, Option<CollectionId>)>,
    /// The loops around the current place, by depth.
    loops: Vec<List>,
    /// How many more loops may be made in the current step.
    fuel: u32,
}

/// Tuples that a list may have, with at most four elements in a collection.
const LARGEST: u64 = 100;

impl Random {
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        let index = self.below(of.len());
        of[index].clone()
    }

    fn inputs(&mut self) {
        let mut owners = vec![None];
        for name in ["A", "B", "C"] {
            owners.push(Some(self.b.collection(name)));
        }
        for owner in owners {
            let element = self.pick(&[F32, F64]);
            self.input(element, owner);
            let whole = self.pick(&[I8, U8, I16, U16, I32, U32, I64, U64]);
            self.input(whole, owner);
            self.input(Bool, owner);
            if self.below(2) == 0 {
                self.input(F32, owner);
            }
        }
    }

    fn input(&mut self, element: ElementType, owner: Option<CollectionId>) {
        let input = self.b.input(element, owner);
        self.inputs.push((input, element, owner));
    }

    fn events(&mut self, seed: u64) -> Events {
        let count = if seed.is_multiple_of(16) { BATCH } else { self.below(40) };
        let sizes: Vec<Vec<u32>> =
            (0..3).map(|_| (0..count).map(|_| self.below(6).saturating_sub(1) as u32).collect()).collect();
        let mut columns = Vec::new();
        for (_, element, owner) in self.inputs.clone() {
            let len = owner.map_or(count, |c| sizes[c.0 as usize].iter().map(|s| *s as usize).sum());
            columns.push(if matches!(element, F32 | F64) {
                Column::reals(element, &(0..len).map(|_| self.number()).collect::<Vec<_>>())
            } else {
                Column::integers(element, &(0..len).map(|_| self.whole()).collect::<Vec<_>>())
            });
        }
        Events { count, sizes, columns }
    }

    fn number(&mut self) -> f64 {
        match self.below(16) {
            0 => f64::NAN,
            1 => f64::INFINITY,
            2 => f64::NEG_INFINITY,
            3 => -0.0,
            4 => 0.0,
            5 | 6 => self.below(5) as f64,
            _ => (self.below(2_000_000) as f64 - 1_000_000.0) / 10_000.0,
        }
    }

    fn whole(&mut self) -> i64 {
        match self.below(20) {
            0 => i64::MAX,
            1 => i64::MIN,
            2 => -1,
            _ => self.below(8) as i64 - 2,
        }
    }

    /// Effects; every counter, sum and histogram is used in one place, so that the order of events is kept.
    fn steps(&mut self, levels: u32) -> Vec<Step> {
        let mut steps = Vec::new();
        for _ in 0..1 + self.below(4) {
            self.fuel = 6;
            let in_loop = !self.loops.is_empty();
            steps.push(match self.below(8) {
                0 => self.count(),
                1 => self.sum(),
                2 | 3 => self.fill(),
                4 => {
                    let span = Span { file: FileId(0), start: 0, end: 0 };
                    self.b.plan.sites.push(Site { span, title: "random".into() });
                    Step::Check { ok: self.bool(3), site: SiteId(self.b.plan.sites.len() as u32 - 1) }
                }
                5 if !in_loop => {
                    let over = self.list(2);
                    self.loops.push(over);
                    let body = self.steps(1);
                    self.loops.pop();
                    Step::ForEach { over, depth: 0, body }
                }
                _ if levels > 0 => {
                    let keep = self.bool(4);
                    let then = self.steps(levels - 1);
                    let otherwise = if self.below(3) == 0 { self.steps(levels - 1) } else { Vec::new() };
                    Step::Cut { keep, then, otherwise }
                }
                _ => self.fill(),
            });
        }
        steps
    }

    fn count(&mut self) -> Step {
        self.b.plan.counters += 1;
        Step::Count(CounterId(self.b.plan.counters - 1))
    }

    fn sum(&mut self) -> Step {
        self.b.plan.sums += 1;
        Step::Sum { sum: SumId(self.b.plan.sums - 1), weight: self.real(3) }
    }

    fn fill(&mut self) -> Step {
        let profile = usize::from(self.below(4) == 0);
        let axes = 1 + self.below(2);
        let weighted = self.below(2) == 0;
        let content = if profile == 1 { Content::Profile } else { Content::Weights };
        let layout = Layout { axes: vec![Axis::Labels(Vec::new()); axes], content, weighted };
        self.b.plan.histograms.push(layout);
        let weight = if weighted && self.below(4) > 0 { Some(self.real(2)) } else { None };
        let axes = (0..axes + profile).map(|_| self.real(4)).collect();
        Step::Fill { histogram: HistogramId(self.b.plan.histograms.len() as u32 - 1), axes, weight }
    }

    /// A loop over a list: the body sees some of the outer loops, and the new one below them.
    fn within<T>(&mut self, over: List, members: usize, body: impl FnOnce(&mut Random, u8) -> T) -> (u8, T) {
        let depth = self.below(self.loops.len() + 1);
        let hidden = self.loops.split_off(depth);
        self.loops.extend(std::iter::repeat_n(over, members));
        let made = body(self, depth as u8);
        self.loops.truncate(depth);
        self.loops.extend(hidden);
        (depth as u8, made)
    }

    fn may_loop(&mut self) -> bool {
        self.fuel = self.fuel.saturating_sub(1);
        self.fuel > 0 && self.loops.len() < 3
    }

    fn real(&mut self, levels: u32) -> Value {
        if levels == 0 {
            return match self.below(3) {
                0 => {
                    let content = self.number();
                    self.b.plan.dag.real(content)
                }
                _ => self.stored(&[F32, F64]),
            };
        }
        let levels = levels - 1;
        match self.below(13) {
            0 | 1 => self.real(0),
            2 => {
                let (op, of) = (self.pick(&[Unary::Neg, Unary::Abs, Unary::Sqrt, Unary::Floor]), self.real(levels));
                self.b.plan.dag.unary(op, of)
            }
            3..=5 => {
                use Binary::*;
                let op = self.pick(&[Add, Sub, Mul, Div, Min, Max]);
                let (a, b) = (self.real(levels), self.real(levels));
                self.b.plan.dag.binary(op, a, b)
            }
            6 => {
                let (c, a, b) = (self.bool(levels), self.real(levels), self.real(levels));
                self.b.plan.dag.select(c, a, b)
            }
            7 => {
                let (intrinsic, _, arity) = self.pick(&intrinsic::INTRINSICS);
                let arguments = (0..arity).map(|_| self.real(levels)).collect();
                self.b.plan.dag.call(intrinsic, arguments)
            }
            8 => {
                let keys = (0..self.below(3)).map(|_| self.int(levels)).collect();
                let intrinsic = self.pick(&[Intrinsic::Uniform, Intrinsic::Normal]);
                self.b.plan.dag.call(intrinsic, keys)
            }
            9 => {
                let of = self.int(levels);
                self.b.plan.dag.unary(Unary::ToReal, of)
            }
            10 | 11 if self.may_loop() => {
                use Reduction::*;
                let op = self.pick(&[Sum, Product, Min, Max]);
                self.reduce(op, levels, Ty::Real)
            }
            12 if self.may_loop() => self.chosen(levels),
            _ => self.stored(&[F32, F64]),
        }
    }

    fn int(&mut self, levels: u32) -> Value {
        if levels == 0 {
            return match self.below(3) {
                0 => {
                    let content = self.whole();
                    self.b.plan.dag.int(content)
                }
                _ => self.stored(&[I8, U8, I16, U16, I32, U32, I64, U64]),
            };
        }
        let levels = levels - 1;
        match self.below(10) {
            0 | 1 => self.int(0),
            2 => {
                let (op, of) = (self.pick(&[Unary::Neg, Unary::Abs]), self.int(levels));
                self.b.plan.dag.unary(op, of)
            }
            3 | 4 => {
                use Binary::*;
                let op = self.pick(&[Add, Sub, Mul, BitAnd, BitOr, Shl, Shr]);
                let (a, b) = (self.int(levels), self.int(levels));
                self.b.plan.dag.binary(op, a, b)
            }
            5 => {
                let of = self.bool(levels);
                self.b.plan.dag.unary(Unary::ToInt, of)
            }
            6 if self.may_loop() => {
                let list = self.list(levels);
                self.b.plan.dag.size(list)
            }
            7 if self.may_loop() => {
                let op = self.pick(&[Reduction::Sum, Reduction::Product, Reduction::Count]);
                self.reduce(op, levels, if op == Reduction::Count { Ty::Bool } else { Ty::Int })
            }
            8 if !self.loops.is_empty() => {
                let depth = self.below(self.loops.len());
                self.b.plan.dag.position(self.loops[depth], depth as u8)
            }
            9 if self.may_loop() => {
                let (list, position) = (self.list(levels), self.int(levels));
                let word = self.below(self.b.plan.dag.leaves(list).len());
                self.b.plan.dag.at(list, position, word as u8)
            }
            _ => self.int(0),
        }
    }

    fn bool(&mut self, levels: u32) -> Value {
        if levels == 0 {
            return match self.below(6) {
                0 => {
                    let content = self.below(2) == 0;
                    self.b.plan.dag.bool(content)
                }
                _ => self.stored(&[Bool]),
            };
        }
        let levels = levels - 1;
        use Binary::*;
        match self.below(10) {
            0 => self.bool(0),
            1..=3 => {
                let op = self.pick(&[Lt, Le, Eq, Ne]);
                let (a, b) = (self.real(levels), self.real(levels));
                self.b.plan.dag.binary(op, a, b)
            }
            4 => {
                let op = self.pick(&[Lt, Le, Eq, Ne]);
                let (a, b) = (self.int(levels), self.int(levels));
                self.b.plan.dag.binary(op, a, b)
            }
            5 | 6 => {
                let op = self.pick(&[And, Or]);
                let (a, b) = (self.bool(levels), self.bool(levels));
                self.b.plan.dag.binary(op, a, b)
            }
            7 => {
                let of = self.real(levels);
                let op = self.pick(&[Unary::IsNan, Unary::IsFinite]);
                let is = self.b.plan.dag.unary(op, of);
                if self.below(2) == 0 { is } else { self.b.plan.dag.not(is) }
            }
            8 if self.may_loop() => {
                let op = self.pick(&[Reduction::Any, Reduction::All]);
                self.reduce(op, levels, Ty::Bool)
            }
            9 if self.may_loop() => {
                let (_, best) = self.best(levels);
                self.b.plan.dag.found(best)
            }
            _ => self.bool(0),
        }
    }

    fn of_type(&mut self, ty: Ty, levels: u32) -> Value {
        match ty {
            Ty::Int => self.int(levels),
            Ty::Bool => self.bool(levels),
            _ => self.real(levels),
        }
    }

    fn reduce(&mut self, op: Reduction, levels: u32, ty: Ty) -> Value {
        let over = self.list(levels);
        let (depth, (keep, body)) = self.within(over, 1, |r, _| (r.bool(levels.min(2)), r.of_type(ty, levels)));
        self.b.plan.dag.reduce(op, over, depth, keep, body)
    }

    fn best(&mut self, levels: u32) -> (List, Value) {
        let over = self.list(levels);
        let (depth, (keep, keys)) =
            self.within(over, 1, |r, _| (r.bool(levels.min(1)), (0..1 + r.below(2)).map(|_| r.real(levels)).collect()));
        (over, self.b.plan.dag.best(over, depth, keep, keys))
    }

    /// A column of the winner of a `Best`, or of the element at a position; NaN if there is none.
    fn chosen(&mut self, levels: u32) -> Value {
        let (list, present, word, index) = if self.below(2) == 0 {
            let (list, best) = self.best(levels);
            let index = self.below(self.b.plan.dag.leaves(list).len());
            let word = self.b.plan.dag.winner(best, index as u8);
            (list, self.b.plan.dag.found(best), word, index)
        } else {
            let (list, position) = (self.list(levels), self.int(levels));
            let index = self.below(self.b.plan.dag.leaves(list).len());
            let word = self.b.plan.dag.at(list, position, index as u8);
            (list, self.inside(list, position), word, index)
        };
        let leaf = self.b.plan.dag.leaves(list)[index].clone();
        let nan = self.b.plan.dag.real(f64::NAN);
        match self.attribute(word, &leaf, &[F32, F64]) {
            Some(content) => self.b.plan.dag.select(present, content, nan),
            None => nan,
        }
    }

    fn inside(&mut self, list: List, position: Value) -> Value {
        let dag = &mut self.b.plan.dag;
        let (zero, size) = (dag.int(0), dag.size(list));
        let (from, to) = (dag.binary(Binary::Le, zero, position), dag.binary(Binary::Lt, position, size));
        dag.and(from, to)
    }

    /// A column of the event, or of the element of a loop around the current place.
    fn stored(&mut self, elements: &[ElementType]) -> Value {
        if !self.loops.is_empty() && self.below(4) > 0 {
            let depth = self.below(self.loops.len());
            let list = self.loops[depth];
            let word = self.below(self.b.plan.dag.leaves(list).len());
            let leaf = self.b.plan.dag.leaves(list)[word].clone();
            let item = self.b.plan.dag.item(list, depth as u8, word as u8);
            if let Some(content) = self.attribute(item, &leaf, elements) {
                return content;
            }
        }
        let columns: Vec<InputId> =
            self.inputs.iter().filter(|(_, e, c)| c.is_none() && elements.contains(e)).map(|(i, _, _)| *i).collect();
        let input = self.pick(&columns);
        self.b.plan.dag.column(input)
    }

    /// A column of the element that a word points at.
    fn attribute(&mut self, word: Value, leaf: &Leaf, elements: &[ElementType]) -> Option<Value> {
        let collections = match leaf {
            Leaf::One(collection) => std::slice::from_ref(collection),
            Leaf::Any(collections) => collections,
        };
        let mut content = None;
        for collection in collections {
            let columns: Vec<InputId> = self
                .inputs
                .iter()
                .filter(|(_, e, c)| *c == Some(*collection) && elements.contains(e))
                .map(|(i, _, _)| *i)
                .collect();
            if columns.is_empty() {
                return None;
            }
            let input = self.pick(&columns);
            let dag = &mut self.b.plan.dag;
            if let Leaf::One(_) = leaf {
                return Some(dag.load(input, word));
            }
            let shift = dag.int(dag::TAG_SHIFT);
            let tag = dag.binary(Binary::Shr, word, shift);
            let number = dag.int(i64::from(collection.0));
            let here = dag.binary(Binary::Eq, tag, number);
            let position = dag.untag(word, leaf);
            let zero = dag.int(0);
            let position = dag.select(here, position, zero);
            let loaded = dag.load(input, position);
            content = Some(match content {
                None => {
                    let otherwise = match dag.ty(loaded) {
                        Ty::Bool => dag.bool(false),
                        Ty::Int => dag.int(7),
                        _ => dag.real(f64::NAN),
                    };
                    dag.select(here, loaded, otherwise)
                }
                Some(before) => dag.select(here, loaded, before),
            });
        }
        content
    }

    /// How many elements a list can have when a collection has four.
    fn largest(&self, list: List) -> u64 {
        match self.b.plan.dag.list(list) {
            ListNode::All(_) => 4,
            ListNode::Filter { of, .. } | ListNode::Sort { of, .. } | ListNode::Slice { of, .. } => self.largest(*of),
            ListNode::Union(of) => of.iter().map(|l| self.largest(*l)).sum(),
            ListNode::Combine { of, .. } => of.iter().map(|l| self.largest(*l)).product(),
            ListNode::Elements(elements) => elements.len() as u64,
        }
    }

    fn list(&mut self, levels: u32) -> List {
        let collection = CollectionId(self.below(3) as u32);
        let all = self.b.plan.dag.all(collection);
        if levels == 0 || !self.may_loop() {
            return all;
        }
        let levels = levels - 1;
        match self.below(9) {
            0..=2 => {
                let of = self.list(levels);
                let (depth, keep) = self.within(of, 1, |r, _| r.bool(levels.max(1)));
                self.b.plan.dag.filter(of, depth, keep)
            }
            3 | 4 => {
                let of = self.list(levels);
                let (depth, key) = self.within(of, 1, |r, _| r.real(levels.min(2)));
                let descending = self.below(2) == 0;
                self.b.plan.dag.sort(of, depth, key, descending)
            }
            5 => {
                let of = self.list(levels);
                let (from, to) = (self.int(levels.min(1)), self.int(levels.min(1)));
                self.b.plan.dag.slice(of, from, to)
            }
            6 => {
                let of: Vec<List> = (0..1 + self.below(3)).map(|_| self.list(levels)).collect();
                let narrow = of.iter().all(|l| self.b.plan.dag.leaves(*l).len() == 1);
                let small = of.iter().map(|l| self.largest(*l)).sum::<u64>() <= LARGEST;
                if narrow && small { self.b.plan.dag.union(of) } else { all }
            }
            7 => self.tuples(all, levels),
            _ => self.members(all, levels),
        }
    }

    fn tuples(&mut self, all: List, levels: u32) -> List {
        let mut of = vec![self.list(levels)];
        let mut after = vec![None];
        while of.len() < 3 && self.below(4) > 0 {
            if self.below(2) == 0 {
                after.push(Some(of.len() as u8 - 1));
                of.push(of[of.len() - 1]);
            } else {
                after.push(None);
                let list = self.list(levels);
                of.push(list);
            }
        }
        let independent = of.iter().all(|l| self.b.plan.dag.list_free(*l) == 0);
        if of.iter().map(|l| self.largest(*l)).product::<u64>() > LARGEST || !independent {
            return all;
        }
        let depth = self.below(self.loops.len() + 1);
        let hidden = self.loops.split_off(depth);
        self.loops.extend(&of);
        let keep = self.bool(levels.min(2));
        self.loops.truncate(depth);
        self.loops.extend(hidden);
        self.b.plan.dag.combine(of, depth as u8, after, keep)
    }

    /// `Elements`: winners and elements at positions, of the same leaves.
    fn members(&mut self, all: List, levels: u32) -> List {
        let list = self.list(levels);
        let leaves = self.b.plan.dag.leaves(list).to_vec();
        let mut elements = Vec::new();
        for _ in 0..1 + self.below(3) {
            if !self.may_loop() {
                return all;
            }
            let position = self.int(1);
            let present = self.inside(list, position);
            let words = (0..leaves.len()).map(|w| self.b.plan.dag.at(list, position, w as u8)).collect();
            elements.push(Element { present, words });
        }
        self.b.plan.dag.add_elements(elements, leaves)
    }
}
