//! Cuts side by side that need the same further columns get one cut above them, on the events that pass any of them:
//! what they share is computed, and its columns are read, for those events only.

use std::collections::{HashMap, HashSet};

use super::super::Step;
use super::super::dag::{Binary, Dag, Value};
use super::super::walk::{Item, item_operands};
use super::facts::Columns;
use super::uses::{Uses, needs, uses};
use super::{Block, BlockStep};

/// The blocks with common cuts where they save columns, and what is known of their values.
pub(super) fn unite(dag: &mut Dag, mut blocks: Vec<Block>) -> (Vec<Block>, Uses) {
    let known = uses(dag, &blocks);
    let saving = saving(dag, &blocks, &known);
    if saving.is_empty() {
        return (blocks, known);
    }
    for block in saving {
        put_above(dag, &mut blocks, block);
    }
    let uses = uses(dag, &blocks);
    (blocks, uses)
}

/// The blocks whose cuts share columns that neither their events nor their conditions need otherwise.
fn saving(dag: &Dag, blocks: &[Block], uses: &Uses) -> Vec<usize> {
    let mut items: HashMap<usize, Vec<Item>> = HashMap::new();
    for (item, block) in uses.placed() {
        items.entry(block).or_default().push(item);
    }
    let mut saving = Vec::new();
    let mut pending = vec![(0, Columns::default())];
    while let Some((number, before)) = pending.pop() {
        let Some(block) = blocks.get(number) else { continue };
        let items = items.remove(&number).unwrap_or_default();
        let own = own(dag, block, number, uses);
        let (mut loaded, mut shared) = (before, Columns::default());
        for item in items {
            let columns = if own.contains(&item) { &mut loaded } else { &mut shared };
            columns.item(dag, item);
        }
        if !loaded.cover(&shared) && may_unite(block) {
            saving.push(number);
        }
        let loaded = loaded.and(&shared);
        pending.extend(children(block).map(|child| (child, loaded.clone())));
    }
    saving
}

/// What the steps of a block itself and its conditions need, of what is computed in it.
fn own(dag: &Dag, block: &Block, number: usize, uses: &Uses) -> HashSet<Item> {
    let mut pending = Vec::new();
    needs(block, &mut |item| pending.push(item));
    let mut own = HashSet::new();
    while let Some(item) = pending.pop() {
        if uses.block(item) == Some(number) && own.insert(item) {
            item_operands(dag, item, &mut |operand| pending.push(operand));
        }
    }
    own
}

/// The blocks behind the cuts of a block.
fn children(block: &Block) -> impl Iterator<Item = usize> {
    let cuts = block.steps.iter().filter_map(|step| match step {
        BlockStep::Cut(_, then, otherwise) => Some([Some(*then), *otherwise]),
        BlockStep::Effect(_) => None,
    });
    cuts.flatten().flatten()
}

/// True if a block has several cuts of which nothing is to happen otherwise, and no check between them: the first fault
/// of an event stays the first.
fn may_unite(block: &Block) -> bool {
    let cuts = || block.steps.iter().enumerate().filter(|(_, step)| is_plain(step)).map(|(place, _)| place);
    let between = cuts().next().zip(cuts().next_back()).and_then(|(first, last)| block.steps.get(first..last));
    cuts().count() > 1 && between.is_some_and(|steps| !steps.iter().any(checks))
}

fn is_plain(step: &BlockStep) -> bool {
    matches!(step, BlockStep::Cut(_, _, None))
}

fn checks(step: &BlockStep) -> bool {
    fn within(step: &Step) -> bool {
        match step {
            Step::Check { .. } => true,
            Step::ForEach { body, .. } => body.iter().any(within),
            Step::Cut { then, otherwise, .. } => then.iter().chain(otherwise).any(within),
            Step::Count(_) | Step::Sum { .. } | Step::Fill { .. } | Step::Record { .. } => false,
        }
    }
    matches!(step, BlockStep::Effect(step) if within(step))
}

/// Moves the plain cuts of a block into one on the events that pass any of them.
fn put_above(dag: &mut Dag, blocks: &mut Vec<Block>, number: usize) {
    let new = blocks.len();
    let Some(block) = blocks.get_mut(number) else { return };
    let Some(place) = block.steps.iter().position(is_plain) else { return };
    let (cuts, mut rest): (Vec<_>, Vec<_>) = std::mem::take(&mut block.steps).into_iter().partition(is_plain);
    let conditions: Vec<Value> = cuts.iter().filter_map(condition).collect();
    let Some(any) = conditions.into_iter().reduce(|a, b| dag.binary(Binary::Or, a, b)) else { return };
    rest.insert(place, BlockStep::Cut(any, new, None));
    block.steps = rest;
    blocks.push(Block { steps: cuts, ..Block::default() });
    deepen(blocks, new, number);
}

fn condition(step: &BlockStep) -> Option<Value> {
    if let BlockStep::Cut(keep, ..) = step { Some(*keep) } else { None }
}

/// Sets the parents of a block's children, and the depths of everything below it.
fn deepen(blocks: &mut [Block], new: usize, parent: usize) {
    let mut pending = vec![(new, parent)];
    while let Some((number, parent)) = pending.pop() {
        let depth = blocks.get(parent).map_or(0, |p| p.depth + 1);
        let Some(block) = blocks.get_mut(number) else { continue };
        (block.parent, block.depth) = (parent, depth);
        pending.extend(children(block).map(|child| (child, number)));
    }
}
