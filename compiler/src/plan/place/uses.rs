//! What is known of values and lists before they are emitted: block, loops, consumers.

use std::collections::{HashMap, HashSet};

use super::super::Step;
use super::super::dag::{Dag, List, ListNode, Node, Value};
use super::{Block, BlockStep};

/// A loop: the list it runs over and its depth.
pub(super) type Loop = (List, u8);

/// What is known of the reachable values and lists.
#[derive(Default)]
pub(super) struct Uses {
    /// The lowest block that all uses of a value lie in.
    pub block: HashMap<Value, usize>,
    /// The same for lists.
    pub list_block: HashMap<List, usize>,
    /// Reductions by (list, depth), to be fused.
    pub reductions: HashMap<Loop, Vec<Value>>,
    /// Tables by (list, depth), to be filled in one loop.
    pub tables: HashMap<Loop, Vec<Value>>,
    /// Lists whose elements are needed by position, by size or more than once inside of other loops.
    pub made: HashSet<List>,
    /// Loops over a list, by depth and block.
    loops: HashMap<List, HashSet<(u8, usize)>>,
    /// Lists whose size is needed.
    pub sized: HashSet<List>,
    value_loops: HashMap<Value, Vec<Loop>>,
    list_loops: HashMap<List, Vec<Loop>>,
}

/// Looks at everything that the blocks need.
pub(super) fn uses(dag: &Dag, blocks: &[Block]) -> Uses {
    let mut uses = Uses::default();
    let mut pending: Vec<(Item, usize)> = Vec::new();
    for (b, block) in blocks.iter().enumerate() {
        for step in &block.steps {
            match step {
                BlockStep::Cut(keep, ..) => pending.push((Item::Value(*keep), b)),
                BlockStep::Effect(step) => of_step(step, b, &mut pending),
            }
        }
    }
    while let Some((item, block)) = pending.pop() {
        let known = match item {
            Item::Value(v) => uses.block.get(&v).copied(),
            Item::List(l) => uses.list_block.get(&l).copied(),
        };
        let lowest = known.map_or(block, |k| common(blocks, k, block));
        if known == Some(lowest) {
            continue;
        }
        match item {
            Item::Value(v) => {
                uses.block.insert(v, lowest);
                operands(dag, v, &mut |i| pending.push((i, lowest)));
            }
            Item::List(l) => {
                uses.list_block.insert(l, lowest);
                list_operands(dag, l, &mut |i| pending.push((i, lowest)));
            }
        }
    }
    consumers(dag, blocks, &mut uses);
    uses
}

/// A value or a list.
#[derive(Clone, Copy)]
pub(super) enum Item {
    Value(Value),
    List(List),
}

fn of_step(step: &Step, block: usize, pending: &mut Vec<(Item, usize)>) {
    match step {
        Step::Count(_) => {}
        Step::Sum { weight, .. } => pending.push((Item::Value(*weight), block)),
        Step::Fill { axes, weight, .. } => {
            pending.extend(axes.iter().chain(weight).map(|v| (Item::Value(*v), block)));
        }
        Step::Check { ok, .. } => pending.push((Item::Value(*ok), block)),
        Step::ForEach { over, body, .. } => {
            pending.push((Item::List(*over), block));
            body.iter().for_each(|s| of_step(s, block, pending));
        }
        Step::Cut { keep, then, otherwise } => {
            pending.push((Item::Value(*keep), block));
            then.iter().chain(otherwise).for_each(|s| of_step(s, block, pending));
        }
    }
}

fn common(blocks: &[Block], a: usize, b: usize) -> usize {
    let (mut a, mut b) = (a, b);
    while a != b {
        if blocks[a].depth >= blocks[b].depth {
            a = blocks[a].parent;
        } else {
            b = blocks[b].parent;
        }
    }
    a
}

/// The direct operands of a value.
pub(super) fn operands(dag: &Dag, value: Value, take: &mut dyn FnMut(Item)) {
    let (v, l) = (Item::Value, Item::List);
    match dag.node(value) {
        Node::Bool(_) | Node::Int(_) | Node::Real(_) | Node::Column(_) => {}
        Node::Item { .. } | Node::Position { .. } => {}
        Node::Load { at: of, .. } | Node::Unary(_, of) | Node::Found(of) | Node::Winner { best: of, .. } => {
            take(v(*of))
        }
        Node::Binary(_, a, b) => [a, b].into_iter().for_each(|x| take(v(*x))),
        Node::Select(a, b, c) => [a, b, c].into_iter().for_each(|x| take(v(*x))),
        Node::Call(_, args) => args.iter().for_each(|x| take(v(*x))),
        Node::Size(list) => take(l(*list)),
        Node::At { list, position, .. } => {
            take(l(*list));
            take(v(*position));
        }
        Node::Reduce { over, keep, body, .. } => {
            take(l(*over));
            take(v(*keep));
            take(v(*body));
        }
        Node::Best { over, keep, keys, .. } => {
            take(l(*over));
            take(v(*keep));
            keys.iter().for_each(|k| take(v(*k)));
        }
        Node::Table { over, body, .. } => {
            take(l(*over));
            take(v(*body));
        }
        Node::TableAt { table, position } => {
            take(v(*table));
            take(v(*position));
        }
    }
}

/// The direct operands of a list.
pub(super) fn list_operands(dag: &Dag, list: List, take: &mut dyn FnMut(Item)) {
    let (v, l) = (Item::Value, Item::List);
    match dag.list(list) {
        ListNode::All(_) => {}
        ListNode::Filter { of, keep: e, .. } | ListNode::Sort { of, key: e, .. } => {
            take(l(*of));
            take(v(*e));
        }
        ListNode::Slice { of, from, to } => {
            take(l(*of));
            take(v(*from));
            take(v(*to));
        }
        ListNode::Union(of) => of.iter().for_each(|x| take(l(*x))),
        ListNode::Combine { of, keep, .. } => {
            of.iter().for_each(|x| take(l(*x)));
            take(v(*keep));
        }
        ListNode::Elements(elements) => {
            for e in elements {
                take(v(e.present));
                e.words.iter().for_each(|w| take(v(*w)));
            }
        }
    }
}

/// How lists are consumed, and which reductions run over which loop.
fn consumers(dag: &Dag, blocks: &[Block], uses: &mut Uses) {
    let mut values: Vec<(Value, usize)> = uses.block.iter().map(|(v, b)| (*v, *b)).collect();
    values.sort_unstable();
    for (value, block) in values {
        match dag.node(value) {
            Node::Size(list) => {
                uses.sized.insert(*list);
            }
            Node::At { list, .. } | Node::Position { list, .. } => {
                uses.made.insert(*list);
            }
            Node::Reduce { over, depth, .. } | Node::Best { over, depth, .. } => {
                uses.loops.entry(*over).or_default().insert((*depth, block));
                uses.reductions.entry((*over, *depth)).or_default().push(value);
            }
            Node::Table { over, depth, .. } => {
                uses.made.insert(*over);
                uses.tables.entry((*over, *depth)).or_default().push(value);
            }
            _ => {}
        }
    }
    let mut lists: Vec<(List, usize)> = uses.list_block.iter().map(|(l, b)| (*l, *b)).collect();
    lists.sort_unstable();
    for (list, block) in lists {
        match dag.list(list) {
            ListNode::Filter { of, depth, .. } | ListNode::Sort { of, depth, .. } => {
                uses.loops.entry(*of).or_default().insert((*depth, block));
            }
            // Loops of these have no depth of their own in the graph, need positions, or run many times.
            ListNode::Slice { of, .. } => {
                uses.made.insert(*of);
            }
            ListNode::Union(of) | ListNode::Combine { of, .. } => uses.made.extend(of),
            ListNode::All(_) | ListNode::Elements(_) => {}
        }
    }
    for (b, block) in blocks.iter().enumerate() {
        for step in &block.steps {
            if let BlockStep::Effect(Step::ForEach { over, depth, .. }) = step {
                // Each is a loop of its own.
                let n = uses.loops.entry(*over).or_default().len();
                let key = if n == 0 { (*depth, b) } else { (u8::MAX, usize::MAX - n) };
                uses.loops.entry(*over).or_default().insert(key);
            }
        }
    }
}

impl Uses {
    /// True if a list is better run over where it is needed than made.
    pub fn streams(&self, dag: &Dag, list: List) -> bool {
        let loops = self.loops.get(&list).map_or(0, HashSet::len);
        let limit = match dag.list(list) {
            ListNode::Filter { .. } => 1,
            ListNode::Combine { .. } => 2,
            _ => return false,
        };
        if self.made.contains(&list) {
            return false;
        }
        // Its size alone is counted by a loop; with other uses it comes for free when the list is made.
        if self.sized.contains(&list) { loops == 0 } else { loops <= limit }
    }

    /// The loops outside of a value that it depends on.
    pub fn loops_of(&mut self, dag: &Dag, value: Value) -> Vec<Loop> {
        if dag.free(value) == 0 {
            return Vec::new();
        }
        if let Some(known) = self.value_loops.get(&value) {
            return known.clone();
        }
        let mut loops: Vec<Loop> = Vec::new();
        match dag.node(value) {
            Node::Item { list, depth, .. } | Node::Position { list, depth } => loops.push((*list, *depth)),
            node => {
                let bound = match node {
                    Node::Reduce { over, depth, .. }
                    | Node::Best { over, depth, .. }
                    | Node::Table { over, depth, .. } => {
                        vec![(*over, *depth)]
                    }
                    _ => Vec::new(),
                };
                self.gather(dag, |take| operands(dag, value, take), &bound, &mut loops);
            }
        }
        self.value_loops.insert(value, loops.clone());
        loops
    }

    /// The loops outside of a list that it depends on.
    pub fn loops_of_list(&mut self, dag: &Dag, list: List) -> Vec<Loop> {
        if dag.list_free(list) == 0 {
            return Vec::new();
        }
        if let Some(known) = self.list_loops.get(&list) {
            return known.clone();
        }
        let bound: Vec<Loop> = match dag.list(list) {
            ListNode::Filter { of, depth, .. } | ListNode::Sort { of, depth, .. } => vec![(*of, *depth)],
            ListNode::Combine { of, depth, .. } => (*depth..).zip(of).map(|(d, l)| (*l, d)).collect(),
            ListNode::All(_) | ListNode::Slice { .. } | ListNode::Union(_) | ListNode::Elements(_) => Vec::new(),
        };
        let mut loops = Vec::new();
        self.gather(dag, |take| list_operands(dag, list, take), &bound, &mut loops);
        self.list_loops.insert(list, loops.clone());
        loops
    }

    fn gather(&mut self, dag: &Dag, each: impl FnOnce(&mut dyn FnMut(Item)), bound: &[Loop], loops: &mut Vec<Loop>) {
        let mut items = Vec::new();
        each(&mut |i| items.push(i));
        for item in items {
            let inner = match item {
                Item::Value(v) => self.loops_of(dag, v),
                Item::List(l) => self.loops_of_list(dag, l),
            };
            for one in inner {
                if !bound.contains(&one) && !loops.contains(&one) {
                    loops.push(one);
                }
            }
        }
    }
}
