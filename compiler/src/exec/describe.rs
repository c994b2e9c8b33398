//! What a kernel tells the driver about itself, from the Plan and its placed program; the same for both engines.

use std::collections::BTreeSet;

use adl_runtime::kernel::{CollectionDescription, InputDescription, KernelDescription, PartDescription};

use crate::plan::placed::{Op, Part, Program};
use crate::plan::{InputId, List, ListNode, Node, Plan};

/// The description of the kernel of a program.
pub(super) fn describe(plan: &Plan, program: &Program) -> KernelDescription {
    KernelDescription {
        inputs: plan
            .inputs
            .iter()
            .map(|input| InputDescription {
                column: input.column.clone(),
                element: input.element,
                collection: input.collection.map(|c| c.0 as usize),
            })
            .collect(),
        collections: plan
            .collections
            .iter()
            .map(|collection| CollectionDescription {
                name: collection.name.clone(),
                column: collection.column.clone(),
            })
            .collect(),
        parts: program.parts.iter().map(|part| describe_part(plan, part)).collect(),
        selections: program.selections as usize,
        slots: program.slots as usize,
        counters: plan.counters as usize,
        sums: plan.sums as usize,
        histograms: plan.histograms.clone(),
    }
}

/// What a part needs.
pub(super) fn describe_part(plan: &Plan, part: &Part) -> PartDescription {
    let mut reads = Reads { plan, inputs: BTreeSet::new(), collections: BTreeSet::new() };
    part.inputs.iter().for_each(|input| reads.input(*input));
    reads.collections.extend(part.collections.iter().map(|c| c.0 as usize));
    each(&part.body, &mut |op| reads.op(op));
    PartDescription {
        selection: part.selection.0 as usize,
        inputs: reads.inputs.into_iter().collect(),
        collections: reads.collections.into_iter().collect(),
    }
}

/// Calls `visit` for every operation of a body, those inside others included, in the order of the text.
pub(super) fn each(body: &[Op], visit: &mut impl FnMut(&Op)) {
    for op in body {
        visit(op);
        match op {
            Op::If { then, otherwise, .. } => {
                each(then, visit);
                each(otherwise, visit);
            }
            Op::For { body, .. } => each(body, visit),
            _ => {}
        }
    }
}

/// The columns and sizes that operations read, whatever the part says: what is not loaded must not be read.
struct Reads<'a> {
    plan: &'a Plan,
    inputs: BTreeSet<usize>,
    collections: BTreeSet<usize>,
}

impl Reads<'_> {
    fn op(&mut self, op: &Op) {
        match op {
            Op::Let(value) => match self.plan.dag.node(*value) {
                Node::Column(input) | Node::Load { input, .. } => self.input(*input),
                Node::Size(list) | Node::At { list, .. } => self.list(*list),
                _ => {}
            },
            Op::For { over, .. } => self.list(*over),
            Op::BeginTable(table) => {
                if let Node::Table { over, .. } = self.plan.dag.node(*table) {
                    self.list(*over);
                }
            }
            _ => {}
        }
    }

    fn input(&mut self, input: InputId) {
        self.inputs.insert(input.0 as usize);
        if let Some(collection) = self.plan.inputs[input.0 as usize].collection {
            self.collections.insert(collection.0 as usize);
        }
    }

    fn list(&mut self, list: List) {
        if let ListNode::All(collection) = self.plan.dag.list(list) {
            self.collections.insert(collection.0 as usize);
        }
    }
}
