//! What is known of a part before it is emitted.

use std::collections::{HashMap, HashSet};

use crate::exec::describe::each;
use crate::plan::placed::Op;
use crate::plan::{Binary, CollectionId, HistogramId, ListNode, Node, Plan};

/// Operations before the effect of a short block, at most.
const SHORT: usize = 4;

/// Histograms whose buffers a part keeps at hand, at most: each takes two registers.
const AT_HAND: usize = 4;

/// Of the histograms with one fill operation those whose buffers are kept at hand: first those that are filled in loops.
pub(super) fn at_hand(body: &[Op], once: &HashSet<HistogramId>) -> Vec<(HistogramId, usize)> {
    let mut found = Vec::new();
    let of = |ops: &[Op], found: &mut Vec<(HistogramId, usize)>| {
        each(ops, &mut |op| {
            if let Op::Fill { histogram, axes, .. } = op
                && once.contains(histogram)
                && found.iter().all(|(known, _)| known != histogram)
            {
                found.push((*histogram, axes.len()));
            }
        });
    };
    each(body, &mut |op| {
        if let Op::For { body, .. } = op {
            of(body, &mut found);
        }
    });
    of(body, &mut found);
    found.truncate(AT_HAND);
    found
}

/// The histograms with one fill operation.
pub(super) fn filled_once(body: &[Op]) -> HashSet<HistogramId> {
    let mut counts: HashMap<HistogramId, u32> = HashMap::new();
    each(body, &mut |op| {
        if let Op::Fill { histogram, .. } = op {
            *counts.entry(*histogram).or_default() += 1;
        }
    });
    counts.retain(|_, count| *count == 1);
    counts.into_keys().collect()
}

/// What becomes of the lists and tables that a part makes.
#[derive(PartialEq)]
pub(super) enum Keeps {
    /// It makes none.
    Nothing,
    /// They are used in the part only.
    Scratch,
    /// Some are kept for later parts.
    Some,
}

impl Keeps {
    /// Of a part's body.
    pub(super) fn of(body: &[Op]) -> Keeps {
        let mut keeps = Keeps::Nothing;
        each(body, &mut |op| match op {
            Op::StoreList(..) | Op::StoreTable(..) => keeps = Keeps::Some,
            Op::Begin(_) | Op::BeginTable(_) if keeps == Keeps::Nothing => keeps = Keeps::Scratch,
            _ => {}
        });
        keeps
    }
}

/// A part that is one loop over all objects of a collection, of which each is looked at alone.
pub(super) struct Flat<'a> {
    pub(super) collection: CollectionId,
    /// The loop.
    pub(super) looping: &'a Op,
}

impl<'a> Flat<'a> {
    /// Of a part's body, if it is such.
    pub(super) fn of(plan: &Plan, body: &'a [Op]) -> Option<Flat<'a>> {
        let [looping] = body else { return None };
        let Op::For { over, depth, after: None, before: None, until: None, body } = looping else { return None };
        let ListNode::All(collection) = *plan.dag.list(*over) else { return None };
        let mut alone = true;
        each(body, &mut |op| {
            alone &= match op {
                Op::If { .. } | Op::Fill { .. } => true,
                Op::Let(value) => match plan.dag.node(*value) {
                    // Only the columns of this collection have the objects of all events in the same order.
                    Node::Load { input, at } => {
                        plan.inputs[input.0 as usize].collection == Some(collection)
                            && *plan.dag.node(*at) == (Node::Item { list: *over, depth: *depth, word: 0 })
                    }
                    Node::Unary(..) | Node::Binary(..) | Node::Select(..) | Node::Call(..) => true,
                    _ => false,
                },
                _ => false,
            };
        });
        alone.then_some(Flat { collection, looping })
    }
}

/// True if a block is so short that it is done always, and its effect made void if its condition does not hold.
pub(super) fn is_short(plan: &Plan, block: &[Op], at_hand: impl Fn(HistogramId) -> bool) -> bool {
    let Some((last, before)) = block.split_last() else { return false };
    let simple = |op: &Op| match op {
        Op::Let(value) => match plan.dag.node(*value) {
            Node::Load { .. } | Node::Column(_) | Node::Unary(..) => true,
            Node::Binary(op, ..) => *op != Binary::Div,
            _ => false,
        },
        _ => false,
    };
    let effect = match last {
        Op::Select(_) | Op::Count(_) => true,
        Op::Fill { histogram, .. } => at_hand(*histogram),
        Op::Update(value) => matches!(plan.dag.node(*value), Node::Reduce { .. }),
        _ => false,
    };
    effect && before.len() <= SHORT && before.iter().all(simple)
}
