//! Plan to parts: where each value is computed, which lists are made, and where the program is cut into parts.
//!
//! 1. `blocks` makes the tree of cuts: a conjunction becomes nested cuts, equal cuts of one block become one; before a cut
//!    on the number of objects that are chosen by loops over others is one on those chosen without.
//!    `unite` puts a cut on the events that pass any of several cuts above them where that saves columns.
//! 2. `uses` finds, for every value and list, the lowest block that all its uses lie in, the loops it depends on, which
//!    reductions share a loop, and how lists are consumed.
//! 3. `emit` walks the blocks and computes each value at its first need: in that block if it is the same for the whole
//!    event, else in the innermost loop it depends on. `reductions` and `lists` make the loops; a list with one consumer
//!    is not made but run through where it is consumed, its element under the name that it has in its source (`rename`);
//!    a union is not made but run through list by list.
//! 4. `parts` cuts the result where columns are first needed behind a cut, or a function would grow too large; `link`
//!    hands over what later parts need (`facts` says what that is).

mod blocks;
mod emit;
mod facts;
mod link;
mod lists;
mod parts;
mod raise;
mod reductions;
mod rename;
mod unite;
mod uses;

use super::Plan;
use super::dag::Value;
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

/// Places a Plan. Nodes that only placement needs (bounds of slices, renamed elements) are added to its graph.
///
/// # Errors
/// In words, if loops are nested deeper than a graph can tell apart.
pub fn place(plan: &mut Plan) -> Result<Program, String> {
    let blocks = blocks::blocks(&mut plan.dag, &plan.steps);
    let (blocks, uses) = unite::unite(&mut plan.dag, blocks);
    let built = emit::emit(&mut plan.dag, &blocks, uses)?;
    Ok(parts::parts(&plan.dag, built))
}
