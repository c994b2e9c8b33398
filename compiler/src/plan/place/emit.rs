//! Emission on demand: every value is computed at its first need, in the scope it belongs to. The scopes under
//! construction form a stack; an inner operation joins its parent's only when it is complete, so that what is computed
//! in an outer scope meanwhile comes before it.

use std::collections::HashSet;

use super::super::Step;
use super::super::dag::{Binary, Dag, List, Node, Reduction, Value};
use super::super::placed::Op;
use super::uses::{Item, Loop, Uses, operands};
use super::{Block, BlockStep, Built};

/// A scope under construction.
#[derive(Default)]
pub(super) struct Scope {
    built: Vec<Built>,
    values: HashSet<Value>,
    pub(super) lists: HashSet<List>,
    /// The block, for the outermost scope of one.
    block: Option<usize>,
    /// The loops whose elements are bound by this scope.
    pub(super) loops: Vec<Loop>,
}

/// The state of emission.
pub(super) struct Emit<'a> {
    pub(super) dag: &'a mut Dag,
    blocks: &'a [Block],
    pub(super) uses: Uses,
    pub(super) scopes: Vec<Scope>,
    /// Reductions and tables whose loops are under construction.
    computing: Vec<Value>,
    /// Lists that were streamed around a loop of the same name as one of theirs.
    pub(super) clashes: HashSet<List>,
}

/// Emits all blocks; again, with more lists made, as long as the names of loops clash.
pub(super) fn emit(dag: &mut Dag, blocks: &[Block], mut uses: Uses) -> Vec<Built> {
    loop {
        let mut emit =
            Emit { dag, blocks, uses, scopes: Vec::new(), computing: Vec::new(), clashes: HashSet::new() };
        let built = emit.block(0);
        let (clashes, known) = (emit.clashes, emit.uses.made.len());
        uses = emit.uses;
        uses.made.extend(clashes);
        if uses.made.len() == known {
            return built;
        }
    }
}

impl Emit<'_> {
    fn block(&mut self, block: usize) -> Vec<Built> {
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
        self.scopes.pop().map_or_else(Vec::new, |s| s.built)
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Count(counter) => self.push(Op::Count(*counter)),
            Step::Sum { sum, weight } => {
                self.require(*weight);
                self.push(Op::Sum { sum: *sum, weight: *weight });
            }
            Step::Fill { histogram, axes, weight } => {
                axes.iter().chain(weight).for_each(|v| self.require(*v));
                self.push(Op::Fill { histogram: *histogram, axes: axes.clone(), weight: *weight });
            }
            Step::Check { ok, site } => {
                self.require(*ok);
                self.push(Op::Check { ok: *ok, site: *site });
            }
            Step::ForEach { over, depth, body } => {
                self.each(*over, *depth, None, None, &mut |e| body.iter().for_each(|s| e.step(s)));
            }
            Step::Cut { keep, then, otherwise } => {
                self.require(*keep);
                let then = self.inside(|e| then.iter().for_each(|s| e.step(s)));
                let otherwise = self.inside(|e| otherwise.iter().for_each(|s| e.step(s)));
                self.push(Op::If { cond: *keep, then, otherwise });
            }
        }
    }

    fn top(&mut self) -> &mut Scope {
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

    /// Operations of an inner scope.
    pub(super) fn inside(&mut self, body: impl FnOnce(&mut Self)) -> Vec<Op> {
        self.inside_loop(Vec::new(), body)
    }

    /// Operations of a scope that binds the elements of a loop.
    pub(super) fn inside_loop(&mut self, loops: Vec<Loop>, body: impl FnOnce(&mut Self)) -> Vec<Op> {
        self.scopes.push(Scope { loops, ..Scope::default() });
        body(self);
        let built = self.scopes.pop().map_or_else(Vec::new, |s| s.built);
        built.into_iter().map(flat).collect()
    }

    /// Runs the body under a condition: conjuncts one inside the other where the later ones cost much.
    pub(super) fn when(&mut self, condition: Value, body: &mut dyn FnMut(&mut Self)) {
        if self.dag.is_true(condition) {
            return body(self);
        }
        if let Node::Binary(Binary::And, a, b) = *self.dag.node(condition)
            && self.costs(b, 12)
        {
            return self.when(a, &mut |e| e.when(b, body));
        }
        self.require(condition);
        let then = self.inside(|e| body(e));
        self.push(Op::If { cond: condition, then, otherwise: Vec::new() });
    }

    /// True if computing a value takes a loop, a call or more than some operations.
    fn costs(&self, value: Value, limit: usize) -> bool {
        let mut pending = vec![value];
        let mut count = 0;
        while let Some(v) = pending.pop() {
            let heavy = matches!(
                self.dag.node(v),
                Node::Reduce { .. } | Node::Best { .. } | Node::Table { .. } | Node::Call(..) | Node::At { .. }
            );
            count += 1;
            if heavy || count > limit {
                return true;
            }
            operands(self.dag, v, &mut |i| match i {
                Item::Value(v) => pending.push(v),
                Item::List(_) => {}
            });
        }
        false
    }

    /// The scope that something belongs to: the innermost that binds a loop it depends on, with the conditions inside of
    /// it; or its block.
    pub(super) fn target(&self, loops: &[Loop], block: Option<usize>) -> usize {
        if loops.is_empty() {
            let own = self.scopes.iter().rposition(|s| s.block.is_some() && s.block == block);
            // A node that placement made has no block of its own: the innermost.
            return own.or_else(|| self.scopes.iter().rposition(|s| s.block.is_some())).unwrap_or(0);
        }
        let binding = self.scopes.iter().rposition(|s| s.loops.iter().any(|l| loops.contains(l)));
        let mut place = binding.unwrap_or(self.scopes.len() - 1);
        while let Some(next) = self.scopes.get(place + 1) {
            if !next.loops.is_empty() || next.block.is_some() {
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

    /// Makes sure that a value's register is set here.
    pub(super) fn require(&mut self, value: Value) {
        if self.scopes.iter().any(|s| s.values.contains(&value)) {
            return;
        }
        let loops = self.uses.loops_of(self.dag, value);
        let block = self.uses.block.get(&value).copied();
        let target = if self.is_constant(value) { self.scopes.len() - 1 } else { self.target(&loops, block) };
        self.at(target, |e| e.compute(value));
    }

    fn is_constant(&self, value: Value) -> bool {
        matches!(self.dag.node(value), Node::Bool(_) | Node::Int(_) | Node::Real(_))
    }

    /// Computes a value in the innermost scope.
    fn compute(&mut self, value: Value) {
        match self.dag.node(value).clone() {
            // Set by the loop that binds it.
            Node::Item { .. } | Node::Position { .. } => {}
            Node::Reduce { over, depth, .. } | Node::Best { over, depth, .. } => self.reductions(value, over, depth),
            Node::Table { over, depth, .. } => {
                let tables = self.uses.tables.get(&(over, depth)).cloned().unwrap_or_default();
                let group = self.group(value, tables);
                self.require_list(over);
                for member in &group {
                    self.push(Op::BeginTable(*member));
                }
                // See `tabulate`: where the list has fewer than two elements, no tuple reads the tables.
                let (two, size) = (self.dag.int(2), self.dag.size(over));
                let read = self.dag.binary(Binary::Le, two, size);
                self.when(read, &mut |e| {
                    e.each(over, depth, None, None, &mut |e| {
                        for member in &group {
                            let Node::Table { body, .. } = *e.dag.node(*member) else { continue };
                            e.require(body);
                            e.push(Op::PutTable(*member));
                        }
                    });
                });
                self.finish(group);
            }
            Node::Size(list) if self.uses.streams(self.dag, list) => {
                let yes = self.dag.bool(true);
                let depth = (64 - self.dag.list_free(list).leading_zeros()) as u8;
                // Counted by a loop of its own: the list is not made for its size alone.
                let count =
                    self.dag.add(Node::Reduce { op: Reduction::Count, over: list, depth, keep: yes, body: yes });
                self.require(count);
                self.push(Op::Copy { to: value, from: count });
                self.set(value);
            }
            _ => {
                let mut items = Vec::new();
                operands(self.dag, value, &mut |i| items.push(i));
                for item in items {
                    match item {
                        Item::Value(v) => self.require(v),
                        Item::List(l) => self.require_list(l),
                    }
                }
                self.push(Op::Let(value));
                self.set(value);
            }
        }
    }

    /// A reduction, with all others over the same loop that can run with it.
    fn reductions(&mut self, value: Value, over: List, depth: u8) {
        let candidates = self.uses.reductions.get(&(over, depth)).cloned().unwrap_or_default();
        let group = self.group(value, candidates);
        for member in &group {
            self.push(Op::Start(*member));
        }
        let until = match (group.as_slice(), self.dag.node(value)) {
            ([_], Node::Reduce { op: Reduction::Any, .. }) => Some((value, true)),
            ([_], Node::Reduce { op: Reduction::All, .. }) => Some((value, false)),
            _ => None,
        };
        self.each(over, depth, None, until, &mut |e| {
            let mut done = vec![false; group.len()];
            for i in 0..group.len() {
                if done[i] {
                    continue;
                }
                let keep = e.keep(group[i]);
                let together: Vec<Value> =
                    (i..group.len()).filter(|j| e.keep(group[*j]) == keep).map(|j| group[j]).collect();
                for j in i..group.len() {
                    done[j] = done[j] || together.contains(&group[j]);
                }
                e.when(keep, &mut |e| together.iter().for_each(|m| e.update(*m)));
            }
        });
        self.finish(group);
    }

    fn keep(&self, value: Value) -> Value {
        match self.dag.node(value) {
            Node::Reduce { keep, .. } | Node::Best { keep, .. } => *keep,
            _ => value,
        }
    }

    fn update(&mut self, value: Value) {
        match self.dag.node(value).clone() {
            Node::Reduce { body, .. } => self.require(body),
            Node::Best { keys, .. } => keys.iter().for_each(|k| self.require(*k)),
            _ => {}
        }
        self.push(Op::Update(value));
    }

    /// Those of the candidates over one loop that run together with this one: of the same block and outer loops, not yet
    /// computed, and not needing one another.
    fn group(&mut self, value: Value, candidates: Vec<Value>) -> Vec<Value> {
        let block = self.uses.block.get(&value).copied();
        let loops = self.uses.loops_of(self.dag, value);
        let mut group = vec![value];
        for candidate in candidates {
            let waits = |e: &Self| e.computing.iter().any(|c| e.needs(candidate, *c));
            let ready = candidate != value
                && self.uses.block.get(&candidate).copied() == block
                && self.uses.loops_of(self.dag, candidate) == loops
                && !self.scopes.iter().any(|s| s.values.contains(&candidate));
            if ready
                && group.len() < 64
                && !waits(self)
                && !group.iter().any(|g| self.needs(candidate, *g) || self.needs(*g, candidate))
            {
                group.push(candidate);
            }
        }
        group.sort_unstable();
        self.computing.extend(&group);
        group
    }

    /// Their loops are complete: the registers of a group can be read.
    fn finish(&mut self, group: Vec<Value>) {
        self.computing.truncate(self.computing.len().saturating_sub(group.len()));
        for member in group {
            self.set(member);
        }
    }

    /// True if a value depends on another that is not yet computed. (Gives up, on the safe side, on large graphs.)
    fn needs(&self, value: Value, other: Value) -> bool {
        let mut pending = vec![Item::Value(value)];
        let mut seen: HashSet<Value> = HashSet::new();
        let mut seen_lists: HashSet<List> = HashSet::new();
        while let Some(item) = pending.pop() {
            match item {
                Item::Value(v) => {
                    if v == other || seen.len() > 2000 {
                        return true;
                    }
                    // Operands are made before their users.
                    if v > other && seen.insert(v) {
                        operands(self.dag, v, &mut |i| pending.push(i));
                    }
                }
                Item::List(l) => {
                    if seen_lists.insert(l) {
                        super::uses::list_operands(self.dag, l, &mut |i| pending.push(i));
                    }
                }
            }
        }
        false
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
