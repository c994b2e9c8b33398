//! Emission on demand: every value is computed at its first need, in the scope it belongs to. The scopes under
//! construction form a stack; an inner operation joins its parent's only when it is complete, so that what is computed
//! in an outer scope meanwhile comes before it.

use std::collections::{HashMap, HashSet};

use super::super::Step;
use super::super::dag::{Dag, List, Node, Value};
use super::super::placed::Op;
use super::super::walk::{Item, of_steps, operands, order_within};
use super::blocks::conjuncts;
use super::rename::Names;
use super::uses::{Loop, Uses};
use super::{Block, BlockStep, Built};

/// The first depth that no loop of a Plan has: loops that placement makes are numbered from here.
const FRESH: u8 = 32;

/// Operations from which on a condition is tested only where the others hold.
const COSTLY: usize = 12;

/// A scope under construction.
#[derive(Default)]
pub(super) struct Scope {
    pub(super) built: Vec<Built>,
    values: HashSet<Value>,
    pub(super) lists: HashSet<List>,
    /// The block, for the outermost scope of one.
    block: Option<usize>,
    /// The loop whose elements are bound by this scope.
    of: Option<Loop>,
    /// What the elements of lists that are not made are called here.
    names: Option<Names>,
}

/// The state of emission.
pub(super) struct Emit<'a> {
    pub(super) dag: &'a mut Dag,
    blocks: &'a [Block],
    pub(super) uses: Uses,
    pub(super) scopes: Vec<Scope>,
    /// The place of each open block's scope.
    open: HashMap<usize, usize>,
    fresh: u8,
    too_deep: bool,
}

/// Emits all blocks.
pub(super) fn emit(dag: &mut Dag, blocks: &[Block], uses: Uses) -> Result<Vec<Built>, String> {
    let mut emit = Emit { dag, blocks, uses, scopes: Vec::new(), open: HashMap::new(), fresh: FRESH, too_deep: false };
    let built = emit.block(0);
    if emit.too_deep { Err("loops are nested too deeply to be placed".to_owned()) } else { Ok(built) }
}

impl Emit<'_> {
    fn block(&mut self, block: usize) -> Vec<Built> {
        self.open.insert(block, self.scopes.len());
        self.scopes.push(Scope { block: Some(block), ..Scope::default() });
        let blocks = self.blocks;
        for step in &blocks[block].steps {
            match step {
                BlockStep::Effect(step) => self.step(step),
                BlockStep::Cut(keep, then, otherwise) => {
                    self.require(*keep);
                    let then = self.block(*then);
                    let otherwise = otherwise.map_or_else(Vec::new, |b| self.block(b));
                    self.top().built.push(Built::Cut { cond: *keep, then, otherwise });
                }
            }
        }
        self.open.remove(&block);
        self.scopes.pop().map_or_else(Vec::new, |s| s.built)
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Count(counter) => self.push(Op::Count(*counter)),
            Step::Sum { sum, weight } => {
                let weight = self.value(*weight);
                self.push(Op::Sum { sum: *sum, weight });
            }
            Step::Fill { histogram, axes, weight } => {
                let axes = axes.iter().map(|v| self.value(*v)).collect();
                let weight = weight.map(|w| self.value(w));
                self.push(Op::Fill { histogram: *histogram, axes, weight });
            }
            Step::Record { record, values } => {
                let values = values.iter().map(|v| self.value(*v)).collect();
                self.push(Op::Record { record: *record, values });
            }
            Step::Check { ok, site, values } => {
                let ok = self.value(*ok);
                let values = values.iter().map(|v| self.value(*v)).collect();
                self.push(Op::Check { ok, site: *site, values });
            }
            Step::ForEach { over, depth, body } => {
                let over = self.rename_list(*over);
                self.each(over, *depth, None, None, &mut |e| {
                    if body.len() > 1 {
                        let mut arms: Vec<Vec<Value>> = body.iter().map(guarded).collect();
                        arms.push(body.iter().flat_map(unguarded).collect());
                        e.share(&arms);
                    }
                    body.iter().for_each(|s| e.step(s));
                });
            }
            Step::Cut { keep, then, otherwise } => {
                let cond = self.rename(*keep);
                if otherwise.is_empty() {
                    return self.when(cond, &mut |e| then.iter().for_each(|s| e.step(s)));
                }
                self.require(cond);
                let then = self.inside(None, |e| then.iter().for_each(|s| e.step(s)));
                let otherwise = self.inside(None, |e| otherwise.iter().for_each(|s| e.step(s)));
                self.push(Op::If { cond, then, otherwise });
            }
        }
    }

    pub(super) fn top(&mut self) -> &mut Scope {
        if self.scopes.is_empty() {
            self.scopes.push(Scope::default());
        }
        let last = self.scopes.len() - 1;
        &mut self.scopes[last]
    }

    /// Appends an operation to the innermost scope.
    pub(super) fn push(&mut self, op: Op) {
        self.top().built.push(Built::Op(op));
    }

    /// Marks a register as set in the innermost scope.
    pub(super) fn set(&mut self, value: Value) {
        self.top().values.insert(value);
    }

    /// Operations of an inner scope, which may bind the elements of a loop.
    pub(super) fn inside(&mut self, of: Option<Loop>, body: impl FnOnce(&mut Self)) -> Vec<Op> {
        let names = of.and_then(|(_, depth)| {
            let outer = self.scopes.iter().rev().find_map(|s| s.names.as_ref())?;
            (!outer.are_outside_of(depth)).then(|| outer.inside_of(depth, []))
        });
        self.scopes.push(Scope { of, names, ..Scope::default() });
        body(self);
        let built = self.scopes.pop().map_or_else(Vec::new, |s| s.built);
        built.into_iter().map(flat).collect()
    }

    /// The names of elements that are known here.
    pub(super) fn names(&self) -> Names {
        self.scopes.iter().rev().find_map(|s| s.names.clone()).unwrap_or_default()
    }

    /// Runs the body under other names.
    pub(super) fn named(&mut self, names: Names, body: impl FnOnce(&mut Self)) {
        let before = self.top().names.replace(names);
        body(self);
        self.top().names = before;
    }

    fn rename_item(&mut self, item: Item) -> Item {
        let Some(scope) = self.scopes.iter_mut().rev().find(|s| s.names.is_some()) else { return item };
        let Some(names) = &mut scope.names else { return item };
        names.of(self.dag, &mut self.uses, item)
    }

    /// The name of a value here.
    pub(super) fn rename(&mut self, value: Value) -> Value {
        if let Item::Value(v) = self.rename_item(Item::Value(value)) { v } else { value }
    }

    /// The name of a list here.
    pub(super) fn rename_list(&mut self, list: List) -> List {
        if let Item::List(l) = self.rename_item(Item::List(list)) { l } else { list }
    }

    /// Computes a value; gives its register.
    pub(super) fn value(&mut self, value: Value) -> Value {
        let name = self.rename(value);
        self.require(name);
        name
    }

    /// Depths of loops that placement makes; to be given back with [`Emit::release`].
    pub(super) fn take_depths(&mut self, count: usize) -> u8 {
        let first = self.fresh;
        match u8::try_from(count).ok().and_then(|n| first.checked_add(n)).filter(|end| *end <= 64) {
            Some(end) => {
                self.fresh = end;
                first
            }
            None => {
                self.too_deep = true;
                FRESH
            }
        }
    }

    /// Gives depths back: the loops are complete.
    pub(super) fn release(&mut self, first: u8) {
        self.fresh = first;
    }

    /// Runs the body under a condition. Conjuncts that cost much are tested where the others hold.
    pub(super) fn when(&mut self, condition: Value, body: &mut dyn FnMut(&mut Self)) {
        let mut all = Vec::new();
        conjuncts(self.dag, condition, &mut all);
        if all.len() > 1 && all.iter().any(|v| self.costs(*v)) {
            return self.when_all(&all, body);
        }
        self.test(condition, body);
    }

    /// Runs the body where all conditions hold: the cheap ones are tested together, then each of the others with those
    /// that cost little once it is known.
    pub(super) fn when_all(&mut self, all: &[Value], body: &mut dyn FnMut(&mut Self)) {
        let (mut costly, mut cheap): (Vec<Value>, Vec<Value>) = all.iter().partition(|v| self.costs(**v));
        if cheap.is_empty() && !costly.is_empty() {
            let first = costly.remove(0);
            self.require(first);
            (costly, cheap) = costly.iter().partition(|v| self.costs(**v));
            cheap.insert(0, first);
        }
        match cheap.into_iter().reduce(|a, b| self.dag.and(a, b)) {
            Some(together) => self.test(together, &mut |e| e.when_all(&costly, body)),
            None => body(self),
        }
    }

    fn test(&mut self, condition: Value, body: &mut dyn FnMut(&mut Self)) {
        if self.dag.is_true(condition) {
            return body(self);
        }
        if self.dag.is_false(condition) {
            return;
        }
        self.require(condition);
        let then = self.inside(None, |e| body(e));
        self.push(Op::If { cond: condition, then, otherwise: Vec::new() });
    }

    /// True if computing a value here takes a loop, a call or more than some operations.
    fn costs(&mut self, value: Value) -> bool {
        let mut pending = vec![value];
        let mut count = 0;
        while let Some(v) = pending.pop() {
            if self.is_set(v) {
                continue;
            }
            count += 1;
            if is_heavy(self.dag, v)
                || matches!(self.dag.node(v), Node::Call(..) | Node::Grouping { .. } | Node::At { .. })
                || count > COSTLY
            {
                return true;
            }
            operands(self.dag, v, &mut |i| match i {
                Item::Value(v) => pending.push(v),
                Item::List(_) => {}
            });
        }
        false
    }

    /// Computes, before the arms of a loop's body, what several of them need: cheap values of the loop's element.
    pub(super) fn share(&mut self, arms: &[Vec<Value>]) {
        let Some(of) = self.scopes.iter().rev().find_map(|s| s.of) else { return };
        let mut count: HashMap<Value, u32> = HashMap::new();
        let mut several = Vec::new();
        for arm in arms {
            let roots: Vec<Item> = arm.iter().map(|v| Item::Value(self.rename(*v))).collect();
            let Emit { dag, uses, scopes, .. } = self;
            let needed = order_within(dag, roots, &mut |item| match item {
                Item::Value(v) => {
                    !is_heavy(dag, v)
                        && uses.loops_of(dag, item).contains(&of)
                        && !scopes.iter().any(|s| s.values.contains(&v))
                }
                Item::List(_) => false,
            });
            for item in needed {
                let Item::Value(value) = item else { continue };
                let count = count.entry(value).or_default();
                *count += 1;
                if *count == 2 {
                    several.push(value);
                }
            }
        }
        several.into_iter().for_each(|v| self.require(v));
    }

    /// The scope that something belongs to: the innermost that binds a loop it depends on, with the conditions inside
    /// of it; or its block.
    pub(super) fn target(&mut self, item: Item) -> usize {
        let loops = self.uses.loops_of(self.dag, item);
        if loops.is_empty() {
            let light = matches!(item, Item::Value(value) if self.uses.light(value));
            let own = self.uses.block(item).and_then(|b| self.open.get(&b)).copied();
            // What placement made has no block of its own, what is light belongs to each that needs it: the innermost.
            return own
                .filter(|place| !light && *place < self.scopes.len())
                .or_else(|| self.scopes.iter().rposition(|s| s.block.is_some()))
                .unwrap_or(0);
        }
        let binding = self.scopes.iter().rposition(|s| s.of.is_some_and(|of| loops.contains(&of)));
        let mut place = binding.unwrap_or(self.scopes.len().saturating_sub(1));
        while let Some(next) = self.scopes.get(place + 1) {
            if next.of.is_some() || next.block.is_some() {
                break;
            }
            place += 1;
        }
        place
    }

    /// Runs the body with the stack cut down to a scope.
    pub(super) fn at(&mut self, scope: usize, body: impl FnOnce(&mut Self)) {
        let inner = self.scopes.split_off((scope + 1).min(self.scopes.len()));
        body(self);
        self.scopes.extend(inner);
    }

    /// True if a register is set here. Constants are set everywhere.
    pub(super) fn is_set(&mut self, value: Value) -> bool {
        if self.dag.is_constant(value) {
            return true;
        }
        if self.dag.free(value) == 0 && !self.uses.light(value) {
            let place = self.target(Item::Value(value));
            return self.scopes.get(place).is_some_and(|s| s.values.contains(&value));
        }
        self.scopes.iter().rev().any(|s| s.values.contains(&value))
    }

    /// Makes sure that a value's register is set here. Operands first, without recursion except into loops and lists.
    pub(super) fn require(&mut self, value: Value) {
        let mut pending = vec![(value, false)];
        while let Some((next, ready)) = pending.pop() {
            if self.is_set(next) {
                continue;
            }
            if ready || is_heavy(self.dag, next) {
                let target = self.target(Item::Value(next));
                self.at(target, |e| e.compute(next));
                continue;
            }
            pending.push((next, true));
            let first = pending.len();
            operands(self.dag, next, &mut |i| match i {
                Item::Value(v) => pending.push((v, false)),
                Item::List(_) => {}
            });
            pending[first..].reverse();
        }
    }

    /// Computes a value in the innermost scope. The values that it needs are set.
    fn compute(&mut self, value: Value) {
        match self.dag.node(value).clone() {
            // Set by the loop that binds it.
            Node::Item { .. } | Node::Position { .. } => {}
            Node::Reduce { over, depth, .. } | Node::Best { over, depth, .. } | Node::Table { over, depth, .. } => {
                self.reductions(value, over, depth);
            }
            Node::Size(list) if self.uses.streams(self.dag, list) && self.count(value, list) => {}
            _ => {
                let mut lists = Vec::new();
                operands(self.dag, value, &mut |i| match i {
                    Item::Value(_) => {}
                    Item::List(l) => lists.push(l),
                });
                lists.into_iter().for_each(|l| self.require_list(l));
                self.push(Op::Let(value));
                self.set(value);
            }
        }
    }

    /// Counts a list that is not made; false if there is no loop for that.
    fn count(&mut self, size: Value, list: List) -> bool {
        let Some(count) = self.uses.count(size) else { return false };
        let Node::Reduce { op, depth, keep, body, .. } = *self.dag.node(count) else { return false };
        let own = self.dag.add(Node::Reduce { op, over: list, depth, keep, body });
        self.uses.renamed(Item::Value(own), Item::Value(count));
        self.require(own);
        self.push(Op::Copy { to: size, from: own });
        self.set(size);
        true
    }
}

/// True if a value takes a loop of its own.
fn is_heavy(dag: &Dag, value: Value) -> bool {
    matches!(dag.node(value), Node::Reduce { .. } | Node::Best { .. } | Node::Table { .. })
}

/// The values that a step needs behind conditions.
fn guarded(step: &Step) -> Vec<Value> {
    let mut values = Vec::new();
    if let Step::Cut { then, otherwise, .. } = step {
        for steps in [then, otherwise] {
            of_steps(steps, &mut |i| match i {
                Item::Value(v) => values.push(v),
                Item::List(_) => {}
            });
        }
    }
    values
}

/// The values that it needs in any case.
fn unguarded(step: &Step) -> Vec<Value> {
    match step {
        Step::Cut { keep, .. } => vec![*keep],
        Step::Sum { weight, .. } => vec![*weight],
        Step::Check { ok, values, .. } => std::iter::once(ok).chain(values).copied().collect(),
        Step::Fill { axes, weight, .. } => axes.iter().chain(weight).copied().collect(),
        Step::Record { values, .. } => values.clone(),
        Step::Count(_) | Step::ForEach { .. } => Vec::new(),
    }
}

fn flat(built: Built) -> Op {
    match built {
        Built::Op(op) => op,
        Built::Cut { cond, then, otherwise } => Op::If {
            cond,
            then: then.into_iter().map(flat).collect(),
            otherwise: otherwise.into_iter().map(flat).collect(),
        },
    }
}
