//! The registers of a program: one per value of the graph, and one for each word and position of a loop that no value
//! names (a `Best` keeps them all the same).

use std::collections::HashMap;

use crate::plan::placed::{Op, Program};
use crate::plan::{CollectionId, Dag, InputId, Leaf, List, ListNode, Node, Plan, Value};

use super::describe::each;

/// The registers that loops set.
pub(super) struct Registers {
    /// Number of registers.
    pub(super) len: usize,
    loops: HashMap<(List, u8), Loop>,
}

/// The registers that one loop sets.
#[derive(Clone, Default)]
pub(super) struct Loop {
    /// One per word of the element.
    pub(super) words: Vec<u32>,
    /// The position in the list, if a value names it.
    pub(super) position: Option<u32>,
}

impl Registers {
    /// Numbers the registers of a program.
    pub(super) fn new(plan: &Plan, program: &Program) -> Registers {
        let mut registers = Registers { len: plan.dag.len(), loops: HashMap::new() };
        for part in &program.parts {
            each(&part.body, &mut |op| match op {
                Op::For { over, depth, .. } => registers.add(&plan.dag, *over, *depth),
                Op::Reach { list, .. } => {
                    if let ListNode::Reach { of, depth, .. } = plan.dag.list(*list) {
                        registers.add(&plan.dag, *of, *depth);
                    }
                }
                Op::Start(value) | Op::FetchBest(_, value) | Op::StoreBest(_, value) => {
                    if let Node::Best { over, depth, .. } = plan.dag.node(*value) {
                        registers.add(&plan.dag, *over, *depth);
                    }
                }
                _ => {}
            });
        }
        for index in 0..plan.dag.len() as u32 {
            match plan.dag.node(Value(index)) {
                Node::Item { list, depth, word } => {
                    registers.add(&plan.dag, *list, *depth);
                    let found = registers.loops.get_mut(&(*list, *depth)).and_then(|l| l.words.get_mut(*word as usize));
                    if let Some(register) = found {
                        *register = index;
                    }
                }
                Node::Position { list, depth } => {
                    registers.add(&plan.dag, *list, *depth);
                    if let Some(found) = registers.loops.get_mut(&(*list, *depth)) {
                        found.position = Some(index);
                    }
                }
                _ => {}
            }
        }
        registers
    }

    /// The registers of the loop over a list at a depth.
    pub(super) fn of(&self, list: List, depth: u8) -> Loop {
        self.loops.get(&(list, depth)).cloned().unwrap_or_default()
    }

    fn add(&mut self, dag: &Dag, list: List, depth: u8) {
        let next = self.len as u32;
        let count = &mut self.len;
        self.loops.entry((list, depth)).or_insert_with(|| {
            let words = next..next + dag.leaves(list).len() as u32;
            *count += words.len();
            Loop { words: words.collect(), position: None }
        });
    }
}

/// True if `at` cannot be beyond the end of the event's elements of the input's collection: it is a word that points
/// into it. Other positions are cut off there, so that no evaluation that nobody needs reads wild.
pub(super) fn in_bounds(plan: &Plan, input: InputId, at: Value) -> bool {
    let target = target(&plan.dag, at);
    target.is_some() && target == plan.inputs[input.0 as usize].collection
}

/// True if `at` cannot be beyond the last place of a table: it is a position in its list, or a word that points into the
/// collection that has a place for each of its entries.
pub(super) fn in_table(dag: &Dag, table: Value, at: Value) -> bool {
    let Node::Table { over, place, .. } = *dag.node(table) else { return false };
    let all = match (place, dag.node(at)) {
        (Some(place), _) => match dag.node(place.room) {
            Node::Size(list) => *list,
            _ => return false,
        },
        (None, Node::Position { list, .. }) if *list == over => return true,
        (None, _) => over,
    };
    matches!(dag.list(all), ListNode::All(collection) if target(dag, at) == Some(*collection))
}

/// The collection that a value is a position in, or 0 if there is none.
fn target(dag: &Dag, at: Value) -> Option<CollectionId> {
    let points = |list: List, word: u8| -> Option<CollectionId> {
        match dag.leaves(list).get(word as usize) {
            Some(Leaf::One(collection)) => Some(*collection),
            _ => None,
        }
    };
    match dag.node(at) {
        Node::Item { list, word, .. } | Node::At { list, word, .. } => points(*list, *word),
        Node::Winner { best, word } => match dag.node(*best) {
            Node::Best { over, .. } => points(*over, *word),
            _ => None,
        },
        Node::Position { list, .. } => match dag.list(*list) {
            ListNode::All(collection) => Some(*collection),
            _ => None,
        },
        _ => None,
    }
}
