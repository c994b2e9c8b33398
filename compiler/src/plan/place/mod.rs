//! Plan to parts: where each value is computed, which lists are made, and where the program is cut into parts.
//!
//! 1. `blocks` makes the tree of cuts: a conjunction becomes nested cuts, equal cuts of one block become one.
//! 2. `uses` finds, for every value and list, the lowest block that all its uses lie in, the loops it depends on, and how
//!    lists are consumed.
//! 3. `emit` walks the blocks and computes each value at its first need: in that block if it is the same for the whole
//!    event, else in the innermost loop it depends on.
//! 4. `parts` cuts the result where columns are first needed behind a cut, or a function would grow too large.

mod blocks;
mod emit;
mod lists;
mod parts;
mod uses;

use super::Plan;
use super::dag::{Dag, List, Value};
use super::placed::{Op, Program};

/// A block of effects: the events that passed the same cuts.
#[derive(Debug, Default)]
struct Block {
    parent: usize,
    depth: u32,
    steps: Vec<BlockStep>,
}

/// A step of a block.
#[derive(Debug)]
enum BlockStep {
    Effect(super::Step),
    /// Value, block if true, block if false.
    Cut(Value, usize, Option<usize>),
}

/// The emitted form of a block: cuts are kept apart, since parts begin there.
#[derive(Debug)]
enum Built {
    Op(Op),
    Cut { cond: Value, then: Vec<Built>, otherwise: Vec<Built> },
}

/// The direct operands of a value, values and lists apart.
pub fn operands(dag: &Dag, value: Value, values: &mut dyn FnMut(Value), lists: &mut dyn FnMut(List)) {
    uses::operands(dag, value, &mut |i| match i {
        uses::Item::Value(v) => values(v),
        uses::Item::List(l) => lists(l),
    });
}

/// The direct operands of a list, values and lists apart.
pub fn list_operands(dag: &Dag, list: List, values: &mut dyn FnMut(Value), lists: &mut dyn FnMut(List)) {
    uses::list_operands(dag, list, &mut |i| match i {
        uses::Item::Value(v) => values(v),
        uses::Item::List(l) => lists(l),
    });
}

/// Places a Plan. Nodes that only placement needs (bounds of slices, tags of unions) are added to its graph.
pub fn place(plan: &mut Plan) -> Program {
    let steps = std::mem::take(&mut plan.steps);
    let blocks = blocks::blocks(&plan.dag, &steps);
    plan.steps = steps;
    let uses = uses::uses(&plan.dag, &blocks);
    let built = emit::emit(&mut plan.dag, &blocks, uses);
    parts::parts(&plan.dag, built)
}
