//! The tree of cuts: nested cuts for a conjunction, one cut for equal ones in a block, one loop for equal `ForEach`s. A cut
//! on the number of objects that are chosen by loops over others is behind one that costs no such loop.
//! That moves effects only within the events that they are for; each histogram, sum and record has one step in a
//! Plan, so its entries keep their order.

use std::collections::HashMap;

use super::super::Step;
use super::super::dag::{Binary, Dag, List, ListNode, Node, Unary, Value};
use super::super::walk::{Item, order_within};
use super::{Block, BlockStep};

/// Steps behind a failed cut up to which they are written behind each of its conjuncts.
const MANY_STEPS: usize = 8;

/// Steps of one loop that are put together from several, at most. The search for registers takes more than twice as long for
/// twice as many, and so many buffers that are filled in turn do not stay in the nearest cache.
const MANY_LOOPED: usize = 64;

/// Nodes of a condition that are looked at to simplify it.
const LOOK: u32 = 100;

/// The blocks of the steps; the first is that of all events.
pub(super) fn blocks(dag: &mut Dag, steps: &[Step]) -> Vec<Block> {
    let mut making = Making {
        dag,
        blocks: vec![Block::default()],
        cuts: HashMap::new(),
        loops: HashMap::new(),
        weaker: HashMap::new(),
    };
    making.fill(steps, 0, &Known::new());
    making.blocks
}

/// What is known of conditions where steps are written: under a failed conjunct it is false, those before it are true.
type Known = HashMap<Value, bool>;

struct Making<'a> {
    dag: &'a mut Dag,
    blocks: Vec<Block>,
    /// The place of a cut in its block.
    cuts: HashMap<(usize, Value), usize>,
    /// The place of a loop in its block.
    loops: HashMap<(usize, List, u8), usize>,
    /// What is known of conditions, see [`Making::weaker`].
    weaker: HashMap<Value, Option<Value>>,
}

impl Making<'_> {
    fn fill(&mut self, steps: &[Step], block: usize, known: &Known) {
        for step in steps {
            match step {
                Step::Cut { keep, then, otherwise } => self.cut(*keep, then, otherwise, block, known),
                Step::ForEach { over, depth, body } => {
                    let place = self.loops.get(&(block, *over, *depth)).copied();
                    if let Some(BlockStep::Effect(Step::ForEach { body: before, .. })) =
                        place.and_then(|p| self.blocks[block].steps.get_mut(p))
                        && before.len() + body.len() <= MANY_LOOPED
                    {
                        before.extend(body.iter().cloned());
                    } else {
                        self.loops.insert((block, *over, *depth), self.blocks[block].steps.len());
                        self.blocks[block].steps.push(BlockStep::Effect(step.clone()));
                    }
                }
                Step::Count(_) | Step::Sum { .. } | Step::Fill { .. } | Step::Record { .. } | Step::Check { .. } => {
                    self.blocks[block].steps.push(BlockStep::Effect(step.clone()));
                }
            }
        }
    }

    /// A cut on `a and b` is a cut on `b` inside of one on `a`; what is to happen otherwise is written behind both.
    fn cut(&mut self, keep: Value, then: &[Step], otherwise: &[Step], block: usize, known: &Known) {
        let keep = self.simple(keep, known);
        let mut conditions = Vec::new();
        conjuncts(self.dag, keep, &mut conditions);
        for condition in std::mem::take(&mut conditions) {
            let weaker = self.weaker(condition).filter(|weaker| !conditions.contains(weaker));
            conditions.extend(weaker);
            conditions.push(condition);
        }
        if conditions.len() > 1 && (size(otherwise) > MANY_STEPS || !only_counts(otherwise)) {
            conditions = vec![keep];
        }
        let mut known = known.clone();
        let mut block = block;
        for condition in conditions {
            if self.dag.is_true(condition) {
                continue;
            }
            if self.dag.is_false(condition) {
                return self.fill(otherwise, block, &known);
            }
            let (place, child) = self.child(block, condition);
            if !otherwise.is_empty() {
                let other = self.other(block, place);
                let mut failed = known.clone();
                learn(self.dag, &mut failed, condition, false);
                self.fill(otherwise, other, &failed);
                learn(self.dag, &mut known, condition, true);
            }
            block = child;
        }
        // Below, the same events and more cuts: what was learnt here only matters behind these conjuncts.
        self.fill(then, block, &Known::new());
    }

    /// A condition that costs less and holds wherever this one does: of so many objects that are chosen by loops over
    /// others, as many are chosen by what is known without them. Two jets away from leptons are two jets.
    fn weaker(&mut self, condition: Value) -> Option<Value> {
        if let Some(known) = self.weaker.get(&condition) {
            return *known;
        }
        let weaker = self.weaker_again(condition);
        self.weaker.insert(condition, weaker);
        weaker
    }

    fn weaker_again(&mut self, condition: Value) -> Option<Value> {
        let Node::Binary(op @ (Binary::Lt | Binary::Le), least, size) = *self.dag.node(condition) else { return None };
        let (Node::Int(number), Node::Size(list)) = (self.dag.node(least), self.dag.node(size)) else { return None };
        // No objects there are always.
        if *number < i64::from(op == Binary::Le) {
            return None;
        }
        let list = self.chosen_without_loops(*list)?;
        let size = self.dag.size(list);
        Some(self.dag.binary(op, least, size))
    }

    /// The list that one is chosen from by the conditions that take a loop, if it has such.
    fn chosen_without_loops(&mut self, list: List) -> Option<List> {
        let ListNode::Filter { of, depth, keep } = *self.dag.list(list) else { return None };
        let source = self.chosen_without_loops(of);
        let mut all = Vec::new();
        conjuncts(self.dag, keep, &mut all);
        let (looping, simple): (Vec<Value>, Vec<Value>) = all.into_iter().partition(|v| has_loop(self.dag, *v));
        // The conditions on what is chosen by loops are not known without them.
        if looping.is_empty() || source.is_some() {
            return source;
        }
        let keep = simple.into_iter().reduce(|a, b| self.dag.and(a, b));
        Some(keep.map_or(of, |keep| self.dag.filter(of, depth, keep)))
    }

    /// The place of a cut in a block, and the block of the events that pass.
    fn child(&mut self, block: usize, condition: Value) -> (usize, usize) {
        if let Some(place) = self.cuts.get(&(block, condition))
            && let Some(BlockStep::Cut(_, child, _)) = self.blocks[block].steps.get(*place)
        {
            return (*place, *child);
        }
        let child = self.block(block);
        let place = self.blocks[block].steps.len();
        self.blocks[block].steps.push(BlockStep::Cut(condition, child, None));
        self.cuts.insert((block, condition), place);
        (place, child)
    }

    /// The block of the events that fail a cut.
    fn other(&mut self, block: usize, place: usize) -> usize {
        if let Some(BlockStep::Cut(_, _, Some(other))) = self.blocks[block].steps.get(place) {
            return *other;
        }
        let new = self.block(block);
        if let Some(BlockStep::Cut(_, _, other)) = self.blocks[block].steps.get_mut(place) {
            *other = Some(new);
        }
        new
    }

    fn block(&mut self, parent: usize) -> usize {
        let depth = self.blocks[parent].depth + 1;
        self.blocks.push(Block { parent, depth, steps: Vec::new() });
        self.blocks.len() - 1
    }

    /// A condition by what is known of its parts.
    fn simple(&mut self, condition: Value, known: &Known) -> Value {
        if known.is_empty() {
            return condition;
        }
        let before = self.dag.set_place(self.dag.place(condition));
        let made = simple(self.dag, condition, known, &mut LOOK.clone());
        self.dag.set_place(before);
        made
    }
}

fn simple(dag: &mut Dag, value: Value, known: &Known, look: &mut u32) -> Value {
    if let Some(content) = known.get(&value) {
        return dag.bool(*content);
    }
    if *look == 0 {
        return value;
    }
    *look -= 1;
    match *dag.node(value) {
        Node::Unary(Unary::Not, of) => {
            let of = simple(dag, of, known, look);
            dag.not(of)
        }
        Node::Binary(op @ (Binary::And | Binary::Or), a, b) => {
            let (a, b) = (simple(dag, a, known, look), simple(dag, b, known, look));
            dag.binary(op, a, b)
        }
        _ => value,
    }
}

fn learn(dag: &Dag, known: &mut Known, condition: Value, content: bool) {
    known.insert(condition, content);
    if let Node::Unary(Unary::Not, of) = *dag.node(condition) {
        known.insert(of, !content);
    }
}

/// The conditions that are all true where this one is.
pub(super) fn conjuncts(dag: &mut Dag, condition: Value, conditions: &mut Vec<Value>) {
    let mut pending = vec![condition];
    while let Some(value) = pending.pop() {
        match *dag.node(value) {
            Node::Binary(Binary::And, a, b) => pending.extend([b, a]),
            Node::Unary(Unary::Not, of) => match *dag.node(of) {
                Node::Binary(Binary::Or, a, b) => pending.extend([dag.not(b), dag.not(a)]),
                _ => conditions.push(value),
            },
            _ if conditions.contains(&value) => {}
            _ => conditions.push(value),
        }
    }
}

/// True if computing a value takes a loop.
fn has_loop(dag: &Dag, value: Value) -> bool {
    let values = order_within(dag, [Item::Value(value)], &mut |item| matches!(item, Item::Value(_)));
    values.iter().any(|item| match item {
        Item::Value(v) => matches!(dag.node(*v), Node::Reduce { .. } | Node::Best { .. } | Node::Grouping { .. }),
        Item::List(_) => false,
    })
}

/// True if steps may be written in several places: counting is exact in any order of the events.
fn only_counts(steps: &[Step]) -> bool {
    steps.iter().all(|step| match step {
        Step::Count(_) => true,
        Step::Cut { then, otherwise, .. } => only_counts(then) && only_counts(otherwise),
        Step::Sum { .. } | Step::Fill { .. } | Step::Record { .. } | Step::ForEach { .. } | Step::Check { .. } => false,
    })
}

fn size(steps: &[Step]) -> usize {
    let of = |step: &Step| match step {
        Step::Cut { then, otherwise, .. } => 1 + size(then) + size(otherwise),
        Step::ForEach { body, .. } => 1 + size(body),
        Step::Count(_) | Step::Sum { .. } | Step::Fill { .. } | Step::Record { .. } | Step::Check { .. } => 1,
    };
    steps.iter().map(of).sum()
}
