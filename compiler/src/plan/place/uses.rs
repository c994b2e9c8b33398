//! What is known of values and lists before they are emitted: the block they belong to, the loops they depend on, who
//! shares a loop with whom, and how lists are consumed.

use std::collections::{HashMap, HashSet};

use super::super::Step;
use super::super::dag::{Dag, List, ListNode, Node, Reduction, Unary, Value};
use super::super::walk::{Item, item_operands, list_operands, of_steps, operands, order};
use super::lists::{ARMS, GIVEN};
use super::{Block, BlockStep};

/// A loop: the list it runs over and its depth.
pub(super) type Loop = (List, u8);

/// Reductions that run in one loop, at most.
const TOGETHER: usize = 64;

/// What is known of the reachable values and lists. Values that emission renames are known by their origin.
#[derive(Default)]
pub(super) struct Uses {
    pub(super) blocks: HashMap<Item, usize>,
    /// Values whose block was found to be above those that need them, and does not itself.
    raised: HashSet<Value>,
    /// Values that are computed again in each block that needs them: a register takes more than the operation.
    light: HashSet<Value>,
    loops: HashMap<Item, Vec<Loop>>,
    /// What runs in one loop: the same list, depth, block and outer loops, and none needs another.
    groups: Vec<Vec<Value>>,
    group: HashMap<Value, usize>,
    /// Lists whose elements are looked up by position, or run through too often.
    pub(super) made: HashSet<List>,
    /// How many loops run over a list.
    pub(super) consumers: HashMap<List, usize>,
    /// The loop that counts a list which is not made, by the value that is its size.
    counts: HashMap<Value, Value>,
    origins: HashMap<Item, Item>,
}

/// What reductions of one loop have in common. The level is the number of loops and lists that one needs before it, so
/// that two of the same level do not need each other.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Site {
    pub(super) over: List,
    pub(super) depth: u8,
    pub(super) block: usize,
    pub(super) outer: Vec<Loop>,
    pub(super) level: u32,
    /// Tables are filled by loops of their own, which have a condition.
    pub(super) table: bool,
}

/// Looks at everything that the blocks need.
pub(super) fn uses(dag: &mut Dag, blocks: &[Block]) -> Uses {
    let mut roots: Vec<(Item, usize)> = Vec::new();
    for (number, block) in blocks.iter().enumerate() {
        needs(block, &mut |item| roots.push((item, number)));
    }
    let order = order(dag, roots.iter().map(|(item, _)| *item));
    let mut uses = Uses::default();
    for (item, block) in roots {
        uses.used(blocks, item, block);
    }
    // Users before operands: the block of a value is known when its operands are looked at.
    for item in order.iter().rev() {
        let Some(block) = uses.blocks.get(item).copied() else { continue };
        item_operands(dag, *item, &mut |operand| uses.used(blocks, operand, block));
    }
    for item in &order {
        uses.loops_of(dag, *item);
        if let Item::Value(value) = *item
            && uses.is_light(dag, value)
        {
            uses.light.insert(value);
        }
    }
    uses.consumers(dag, blocks, &order);
    uses
}

/// What the steps of a block use themselves, and its conditions.
pub(super) fn needs(block: &Block, take: &mut dyn FnMut(Item)) {
    for step in &block.steps {
        match step {
            BlockStep::Cut(keep, ..) => take(Item::Value(*keep)),
            BlockStep::Effect(step) => of_steps(std::slice::from_ref(step), take),
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

impl Uses {
    fn used(&mut self, blocks: &[Block], item: Item, block: usize) {
        let Some(known) = self.blocks.get_mut(&item) else {
            self.blocks.insert(item, block);
            return;
        };
        let above = common(blocks, *known, block);
        if let Item::Value(value) = item {
            if above == block {
                self.raised.remove(&value);
            } else if above != *known {
                self.raised.insert(value);
            }
        }
        *known = above;
    }

    /// True for one operation on constants and at most one other value, which is not light itself: so that as many are
    /// computed again as there are uses in the analysis, and none keeps more registers alive than it saves.
    fn is_light(&self, dag: &Dag, value: Value) -> bool {
        let of = match *dag.node(value) {
            Node::Unary(op, of) if op != Unary::Sqrt => [of, of],
            Node::Binary(_, a, b) => [a, b],
            _ => return false,
        };
        let mut others = of.into_iter().filter(|v| !dag.is_constant(*v));
        let other = others.next();
        self.raised.contains(&value)
            && dag.free(value) == 0
            && others.all(|v| Some(v) == other)
            && other.is_none_or(|v| !self.light.contains(&v))
    }

    /// True if a value is computed in each block that needs it.
    pub fn light(&self, value: Value) -> bool {
        self.light.contains(&value)
    }

    fn consumers(&mut self, dag: &mut Dag, blocks: &[Block], order: &[Item]) {
        let mut levels: HashMap<Item, u32> = HashMap::new();
        let mut found: Vec<(Value, Site)> = Vec::new();
        for item in order {
            let mut level = 0;
            item_operands(dag, *item, &mut |operand| {
                level = level.max(levels.get(&operand).copied().unwrap_or(0));
            });
            let value = match item {
                Item::Value(value) => *value,
                Item::List(list) => {
                    self.consumed_by_list(dag, *list);
                    levels.insert(*item, level + u32::from(!matches!(dag.list(*list), ListNode::All(_))));
                    continue;
                }
            };
            let (member, over, depth) = match *dag.node(value) {
                Node::Reduce { over, depth, .. } | Node::Best { over, depth, .. } => (value, over, depth),
                Node::Table { over, depth, .. } => {
                    self.made.insert(over);
                    (value, over, depth)
                }
                Node::Size(list) if may_stream(dag, list) => {
                    let depth = free_depth(dag, list);
                    let yes = dag.bool(true);
                    let count = dag.add(Node::Reduce { op: Reduction::Count, over: list, depth, keep: yes, body: yes });
                    self.counts.insert(value, count);
                    if let Some(block) = self.blocks.get(item).copied() {
                        self.used(blocks, Item::Value(count), block);
                    }
                    (count, list, depth)
                }
                Node::At { list, .. } | Node::Position { list, .. } => {
                    self.made.insert(list);
                    levels.insert(*item, level);
                    continue;
                }
                _ => {
                    levels.insert(*item, level);
                    continue;
                }
            };
            levels.insert(*item, level + 1);
            let block = self.blocks.get(item).copied().unwrap_or(0);
            let outer = self.loops_of(dag, Item::Value(member));
            let table = member == value && matches!(dag.node(value), Node::Table { .. });
            found.push((member, Site { over, depth, block, outer, level, table }));
        }
        for block in blocks {
            for step in &block.steps {
                if let BlockStep::Effect(step) = step {
                    self.consumed_by_steps(std::slice::from_ref(step));
                }
            }
        }
        self.raise(dag, &mut found);
        let mut sites = HashMap::new();
        for (member, site) in found {
            self.join(&mut sites, member, site);
        }
        // A loop over a union is one over each of its parts, unless it is made.
        for item in order.iter().rev() {
            if let Item::List(list) = item
                && let ListNode::Union(of) = dag.list(*list)
                && of.len() <= ARMS
                && !self.made.contains(list)
                && let Some(more) = self.consumers.get(list).and_then(|loops| loops.checked_sub(1))
            {
                of.iter().for_each(|part| *self.consumers.entry(*part).or_default() += more);
            }
        }
    }

    fn join(&mut self, sites: &mut HashMap<Site, usize>, member: Value, site: Site) {
        if self.group.contains_key(&member) {
            return;
        }
        let over = site.over;
        let next = self.groups.len();
        let group = sites.entry(site).or_insert(next);
        if self.groups.get(*group).is_some_and(|members| members.len() >= TOGETHER) {
            *group = next;
        }
        match self.groups.get_mut(*group) {
            Some(members) => members.push(member),
            None => {
                self.groups.push(vec![member]);
                *self.consumers.entry(over).or_default() += 1;
            }
        }
        self.group.insert(member, *group);
    }

    fn consumed_by_list(&mut self, dag: &Dag, list: List) {
        match dag.list(list) {
            ListNode::Filter { of, .. }
            | ListNode::Sort { of, .. }
            | ListNode::Map { of, .. }
            | ListNode::Reach { next: of, .. } => *self.consumers.entry(*of).or_default() += 1,
            ListNode::Union(of) => of.iter().for_each(|l| *self.consumers.entry(*l).or_default() += 1),
            // These need positions, or run through the list many times.
            ListNode::Slice { of, .. } => {
                self.made.insert(*of);
            }
            ListNode::Combine { of, .. } => self.made.extend(of),
            ListNode::All(_) | ListNode::Elements(_) => {}
        }
    }

    fn consumed_by_steps(&mut self, steps: &[Step]) {
        for step in steps {
            match step {
                Step::ForEach { over, body, .. } => {
                    *self.consumers.entry(*over).or_default() += 1;
                    self.consumed_by_steps(body);
                }
                Step::Cut { then, otherwise, .. } => {
                    self.consumed_by_steps(then);
                    self.consumed_by_steps(otherwise);
                }
                Step::Count(_) | Step::Sum { .. } | Step::Fill { .. } | Step::Record { .. } | Step::Check { .. } => {}
            }
        }
    }

    /// Notes that an item is another one under new names.
    pub fn renamed(&mut self, new: Item, from: Item) {
        let origin = self.origin(from);
        let known = match new {
            Item::Value(v) => self.group.contains_key(&v) || self.counts.contains_key(&v),
            Item::List(_) => self.blocks.contains_key(&new),
        };
        if new != origin && !known {
            self.origins.entry(new).or_insert(origin);
        }
    }

    fn origin(&self, item: Item) -> Item {
        self.origins.get(&item).copied().unwrap_or(item)
    }

    fn origin_list(&self, list: List) -> List {
        if let Item::List(origin) = self.origin(Item::List(list)) { origin } else { list }
    }

    /// All values and lists that the steps need, and their blocks.
    pub fn placed(&self) -> impl Iterator<Item = (Item, usize)> {
        self.blocks.iter().map(|(item, block)| (*item, *block))
    }

    /// The block of a value or list; none if placement made it.
    pub fn block(&self, item: Item) -> Option<usize> {
        self.blocks.get(&self.origin(item)).copied()
    }

    /// What may run in one loop with a value, itself included.
    pub fn together(&self, value: Value) -> Vec<Value> {
        let Item::Value(origin) = self.origin(Item::Value(value)) else { return vec![value] };
        self.group.get(&origin).map_or_else(|| vec![value], |group| self.groups[*group].clone())
    }

    /// The loop that counts a list, by the value that is its size.
    pub fn count(&self, size: Value) -> Option<Value> {
        let Item::Value(origin) = self.origin(Item::Value(size)) else { return None };
        self.counts.get(&origin).copied()
    }

    /// True if a value counts a list on behalf of its size.
    pub fn counts(&self, dag: &Dag, value: Value) -> Option<List> {
        match *dag.node(value) {
            Node::Reduce { op: Reduction::Count, over, keep, body, .. } if dag.is_true(keep) && dag.is_true(body) => {
                Some(over)
            }
            _ => None,
        }
    }

    /// True if a list is needed as a whole, in its order.
    pub fn is_made(&self, list: List) -> bool {
        self.made.contains(&self.origin_list(list))
    }

    /// True if a list is better run through where it is needed than made.
    pub fn streams(&self, dag: &Dag, list: List) -> bool {
        let list = self.origin_list(list);
        let limit = match dag.list(list) {
            ListNode::Combine { .. } => 2,
            _ => 1,
        };
        may_stream(dag, list)
            && !self.made.contains(&list)
            && self.consumers.get(&list).is_none_or(|loops| *loops <= limit)
    }

    /// The loops outside of an item that it depends on.
    pub fn loops_of(&mut self, dag: &Dag, item: Item) -> Vec<Loop> {
        let free = match item {
            Item::Value(v) => dag.free(v),
            Item::List(l) => dag.list_free(l),
        };
        if free == 0 {
            return Vec::new();
        }
        if let Some(known) = self.loops.get(&item) {
            return known.clone();
        }
        let mut loops: Vec<Loop> = Vec::new();
        let bound = match item {
            Item::Value(v) => match dag.node(v) {
                Node::Item { list, depth, .. } | Node::Position { list, depth } => {
                    loops.push((*list, *depth));
                    Vec::new()
                }
                Node::Reduce { over, depth, .. } | Node::Best { over, depth, .. } | Node::Table { over, depth, .. } => {
                    vec![(*over, *depth)]
                }
                _ => Vec::new(),
            },
            Item::List(l) => binds(dag, l),
        };
        let mut items = Vec::new();
        match item {
            Item::Value(v) => operands(dag, v, &mut |i| items.push(i)),
            Item::List(l) => list_operands(dag, l, &mut |i| items.push(i)),
        }
        for inner in items {
            for one in self.loops_of(dag, inner) {
                if !bound.contains(&one) && !loops.contains(&one) {
                    loops.push(one);
                }
            }
        }
        self.loops.insert(item, loops.clone());
        loops
    }
}

/// The loops in which a list evaluates its values.
pub(super) fn binds(dag: &Dag, list: List) -> Vec<Loop> {
    match dag.list(list) {
        ListNode::Filter { of, depth, .. }
        | ListNode::Sort { of, depth, .. }
        | ListNode::Map { of, depth, .. }
        | ListNode::Reach { of, depth, .. } => vec![(*of, *depth)],
        ListNode::Combine { of, depth, .. } => (*depth..).zip(of).map(|(d, l)| (*l, d)).collect(),
        ListNode::All(_) | ListNode::Slice { .. } | ListNode::Union(_) | ListNode::Elements(_) => Vec::new(),
    }
}

pub(super) fn may_stream(dag: &Dag, list: List) -> bool {
    match dag.list(list) {
        ListNode::Filter { .. }
        | ListNode::Combine { .. }
        | ListNode::Union(_)
        | ListNode::Map { .. }
        | ListNode::Slice { .. } => true,
        ListNode::Elements(elements) => elements.len() <= GIVEN,
        ListNode::All(_) | ListNode::Sort { .. } | ListNode::Reach { .. } => false,
    }
}

/// The least depth above all loops that a list depends on.
fn free_depth(dag: &Dag, list: List) -> u8 {
    (64 - dag.list_free(list).leading_zeros()) as u8
}
