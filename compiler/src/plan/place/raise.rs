//! Reductions behind further cuts that are computed before them: with the others of their list, which then is not made.

use std::collections::{BTreeMap, HashSet};

use super::super::dag::{Binary, Dag, InputId, List, Node, Unary, Value};
use super::super::walk::{Item, order};
use super::uses::{Site, Uses, may_stream};

/// Reductions of a list that are computed before a cut they are behind, at most.
const RAISED: usize = 4;

/// Values that such a reduction has per element, at most.
const FEW: usize = 12;

impl Uses {
    /// Lets all reductions of a list run in one loop if they cost no more than making the list, which is made for all of
    /// their events: those behind further cuts are then computed before these.
    pub(super) fn raise(&mut self, dag: &Dag, found: &mut [(Value, Site)]) {
        let mut loops: BTreeMap<List, Vec<usize>> = BTreeMap::new();
        for (number, (_, site)) in found.iter().enumerate() {
            loops.entry(site.over).or_default().push(number);
        }
        for (list, numbers) in loops {
            let Some(home) = self.blocks.get(&Item::List(list)).copied() else { continue };
            let Some((_, first)) = numbers.first().and_then(|n| found.get(*n)) else { continue };
            let alone = may_stream(dag, list) && !self.made.contains(&list) && !self.consumers.contains_key(&list);
            let in_one_loop = |site: &Site| {
                (site.depth, &site.outer, site.level, site.table) == (first.depth, &first.outer, first.level, false)
            };
            let inputs = inputs(dag, list);
            let mut raised = Vec::new();
            let all = numbers.iter().filter_map(|n| found.get(*n)).all(|(member, site)| {
                if site.block != home {
                    raised.push(*member);
                }
                in_one_loop(site) && (site.block == home || is_cheap(dag, *member, &inputs))
            });
            if !alone || !all || raised.is_empty() || raised.len() > RAISED {
                continue;
            }
            for number in numbers {
                if let Some((member, site)) = found.get_mut(number) {
                    site.block = home;
                    self.blocks.insert(Item::Value(*member), home);
                }
            }
        }
    }
}

/// The columns that making a list reads.
fn inputs(dag: &Dag, list: List) -> HashSet<InputId> {
    let input = |item: &Item| match item {
        Item::Value(v) => match dag.node(*v) {
            Node::Column(input) | Node::Load { input, .. } => Some(*input),
            _ => None,
        },
        Item::List(_) => None,
    };
    order(dag, [Item::List(list)]).iter().filter_map(input).collect()
}

/// True if a reduction takes a few operations per element, all on what the elements have in the columns given.
fn is_cheap(dag: &Dag, reduction: Value, inputs: &HashSet<InputId>) -> bool {
    let Node::Reduce { keep, body, .. } = *dag.node(reduction) else { return false };
    let values = order(dag, [Item::Value(keep), Item::Value(body)]);
    values.len() <= FEW
        && values.iter().all(|item| match item {
            Item::Value(v) => match dag.node(*v) {
                Node::Bool(_) | Node::Int(_) | Node::Real(_) | Node::Item { .. } => true,
                Node::Load { input, .. } => inputs.contains(input),
                Node::Unary(op, _) => *op != Unary::Sqrt && dag.free(*v) != 0,
                Node::Binary(op, ..) => *op != Binary::Div && dag.free(*v) != 0,
                Node::Select(..) => dag.free(*v) != 0,
                _ => false,
            },
            Item::List(_) => false,
        })
}
