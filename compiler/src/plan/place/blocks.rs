//! The tree of cuts.

use std::collections::HashMap;

use super::super::Step;
use super::super::dag::{Binary, Dag, Node, Value};
use super::{Block, BlockStep};

/// The blocks of the steps; the first is that of all events.
pub(super) fn blocks(dag: &Dag, steps: &[Step]) -> Vec<Block> {
    let mut blocks = vec![Block::default()];
    fill(dag, steps, 0, &mut blocks);
    blocks
}

fn fill(dag: &Dag, steps: &[Step], block: usize, blocks: &mut Vec<Block>) {
    let mut known: HashMap<Value, usize> = HashMap::new();
    for step in steps {
        match step {
            Step::Cut { keep, then, otherwise } => cut(dag, *keep, then, otherwise, block, &mut known, blocks),
            Step::Count(_) | Step::Sum { .. } | Step::Fill { .. } | Step::ForEach { .. } | Step::Check { .. } => {
                blocks[block].steps.push(BlockStep::Effect(step.clone()));
            }
        }
    }
}

/// True for steps that only count events: they may stand in several places, since their order does not matter.
fn only_counts(step: &Step) -> bool {
    match step {
        Step::Count(_) => true,
        Step::Cut { then, otherwise, .. } => then.iter().chain(otherwise).all(only_counts),
        Step::Sum { .. } | Step::Fill { .. } | Step::ForEach { .. } | Step::Check { .. } => false,
    }
}

/// A cut; one on `a and b` is a cut on `b` inside of one on `a`, if what is done otherwise may stand in both.
fn cut(
    dag: &Dag,
    keep: Value,
    then: &[Step],
    otherwise: &[Step],
    block: usize,
    known: &mut HashMap<Value, usize>,
    blocks: &mut Vec<Block>,
) {
    if let (Node::Binary(Binary::And, a, b), true) = (dag.node(keep), otherwise.iter().all(only_counts)) {
        let inner = Step::Cut { keep: *b, then: then.to_vec(), otherwise: otherwise.to_vec() };
        return cut(dag, *a, std::slice::from_ref(&inner), otherwise, block, known, blocks);
    }
    let place = match known.get(&keep) {
        Some(place) => *place,
        None => {
            let child = new_block(block, blocks);
            blocks[block].steps.push(BlockStep::Cut(keep, child, None));
            let place = blocks[block].steps.len() - 1;
            known.insert(keep, place);
            place
        }
    };
    let BlockStep::Cut(_, child, other) = blocks[block].steps[place] else { return };
    fill(dag, then, child, blocks);
    if !otherwise.is_empty() {
        let other = other.unwrap_or_else(|| new_block(block, blocks));
        blocks[block].steps[place] = BlockStep::Cut(keep, child, Some(other));
        fill(dag, otherwise, other, blocks);
    }
}

fn new_block(parent: usize, blocks: &mut Vec<Block>) -> usize {
    let depth = blocks[parent].depth + 1;
    blocks.push(Block { parent, depth, steps: Vec::new() });
    blocks.len() - 1
}
