//! What is known of a part before it is emitted.

use std::collections::{HashMap, HashSet};

use adl_runtime::schema::ElementType;

use crate::exec::describe::each;
use crate::plan::placed::Op;
use crate::plan::{Binary, CollectionId, CounterId, Dag, HistogramId, InputId, List, ListNode, Node, Plan, Value};

/// Operations of a short block besides its effects, at most.
const SHORT: usize = 4;

/// Effects of a short block, at most.
const EFFECTS: usize = 3;

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

/// What a part does for all of its events at once.
#[derive(Default)]
pub(super) struct AtOnce {
    /// Counters of every event.
    pub(super) counters: Vec<CounterId>,
    /// Histograms that are filled with a column of floats as it is, in every event or for every object of it.
    pub(super) columns: Vec<(HistogramId, InputId)>,
    /// What it does event by event.
    pub(super) rest: Vec<Op>,
}

impl AtOnce {
    /// Of a part's body, with its histograms with one fill operation.
    pub(super) fn of(plan: &Plan, body: &[Op], once: &HashSet<HistogramId>) -> AtOnce {
        let mut found = AtOnce::default();
        for op in body {
            match op {
                Op::Count(counter) => found.counters.push(*counter),
                // The driver notes it.
                Op::Reached(_) => {}
                Op::For { over, depth, after: None, before: None, until: None, body } => {
                    let mut filled = Vec::new();
                    let mut rest = body.clone();
                    rest.retain(|op| {
                        let column = column_of(plan, op, Some((*over, *depth)), once);
                        filled.extend(column);
                        column.is_none()
                    });
                    if filled.is_empty() {
                        found.rest.push(op.clone());
                    } else if !only_computes(&rest) {
                        let (over, depth) = (*over, *depth);
                        found.rest.push(Op::For { over, depth, after: None, before: None, until: None, body: rest });
                    }
                    found.columns.extend(filled);
                }
                op => match column_of(plan, op, None, once) {
                    Some(column) => found.columns.push(column),
                    None => found.rest.push(op.clone()),
                },
            }
        }
        if !found.columns.is_empty() && only_computes(&found.rest) {
            found.rest.clear();
        }
        found
    }
}

fn only_computes(body: &[Op]) -> bool {
    body.iter().all(|op| matches!(op, Op::Let(_)))
}

/// The histogram and the column of a fill with nothing but that column: of the event, or of the object of a loop.
fn column_of(
    plan: &Plan,
    op: &Op,
    of: Option<(List, u8)>,
    once: &HashSet<HistogramId>,
) -> Option<(HistogramId, InputId)> {
    let Op::Fill { histogram, axes, weight: None } = op else { return None };
    let [axis] = axes.as_slice() else { return None };
    if plan.histograms[histogram.0 as usize].record() != 1 || !once.contains(histogram) {
        return None;
    }
    let input = match (plan.dag.node(*axis), of) {
        (Node::Column(input), None) => *input,
        (Node::Load { input, at }, Some((over, depth))) => {
            let ListNode::All(collection) = *plan.dag.list(over) else { return None };
            let is_of_object = *plan.dag.node(*at) == (Node::Item { list: over, depth, word: 0 });
            let is_its_column = plan.inputs[input.0 as usize].collection == Some(collection);
            (is_of_object && is_its_column).then_some(*input)?
        }
        _ => return None,
    };
    let is_float = matches!(plan.inputs[input.0 as usize].element, ElementType::F32 | ElementType::F64);
    is_float.then_some((*histogram, input))
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

/// The tables that are begun one after the other, a first one included, and have as many places.
pub(super) fn begun_with(dag: &Dag, first: Value, behind: &[Op]) -> Vec<Value> {
    let room = |table: Value| match dag.node(table) {
        Node::Table { over, place, .. } => Some((*over, place.map(|place| place.room))),
        _ => None,
    };
    let others = behind.iter().map_while(|op| match op {
        Op::BeginTable(table) if room(*table) == room(first) => Some(*table),
        _ => None,
    });
    std::iter::once(first).chain(others).collect()
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
                    Node::Number { .. } | Node::Unary(..) | Node::Binary(..) | Node::Select(..) | Node::Call(..) => {
                        true
                    }
                    _ => false,
                },
                _ => false,
            };
        });
        alone.then_some(Flat { collection, looping })
    }
}

/// What a block appends to.
#[derive(Clone, Copy)]
pub(super) enum Appended {
    Histogram(HistogramId),
    List(List),
}

/// True if a block is so short that it is done always, and its effects made void if its condition does not hold.
pub(super) fn is_short(plan: &Plan, block: &[Op], takes_void: impl Fn(Appended) -> bool) -> bool {
    let simple = |op: &Op| match op {
        Op::Let(value) => match plan.dag.node(*value) {
            Node::Load { .. } | Node::Column(_) | Node::Unary(..) => true,
            Node::Binary(op, ..) => *op != Binary::Div,
            _ => false,
        },
        Op::Copy { .. } => true,
        _ => false,
    };
    let effect = |op: &Op| match op {
        Op::Select(_) | Op::Count(_) => true,
        Op::Fill { histogram, .. } => takes_void(Appended::Histogram(*histogram)),
        Op::Push { list, .. } => takes_void(Appended::List(*list)),
        Op::Update(value) => matches!(plan.dag.node(*value), Node::Reduce { .. }),
        _ => false,
    };
    let count = |is: &dyn Fn(&Op) -> bool| block.iter().filter(|op| is(op)).count();
    let noted = |op: &Op| matches!(op, Op::Reached(_));
    let (effects, notes) = (count(&effect), count(&noted));
    block.last().is_some_and(effect)
        && effects <= EFFECTS
        && block.len() - effects - notes <= SHORT
        && block.iter().all(|op| simple(op) || effect(op) || noted(op))
}
