//! What a kernel tells the driver about itself, from the Plan and its placed program; the same for both engines.

use std::collections::BTreeSet;

use adl_runtime::kernel::{CollectionDescription, InputDescription, KernelDescription, PartDescription};

use crate::plan::placed::{Op, Part, Program};
use crate::plan::{CollectionId, InputId, List, ListNode, Node, Plan};

/// The description of the kernel of a program.
pub(super) fn describe(plan: &Plan, program: &Program) -> KernelDescription {
    let (counters, lines) = counted(plan, program);
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
        counters: counters as usize,
        lines: lines as usize,
        sums: plan.sums as usize,
        histograms: plan.histograms.clone(),
        records: plan.records.iter().map(Vec::len).collect(),
        fault_values: plan.sites.iter().map(|site| site.shown.len()).max().unwrap_or(0),
    }
}

fn describe_part(plan: &Plan, part: &Part) -> PartDescription {
    let mut reads = Reads::of(plan, &part.body);
    part.inputs.iter().for_each(|input| reads.input(plan, *input));
    reads.collections.extend(part.collections.iter().copied());
    PartDescription {
        selection: part.selection.0 as usize,
        inputs: reads.inputs.into_iter().map(|input| input.0 as usize).collect(),
        collections: reads.collections.into_iter().map(|collection| collection.0 as usize).collect(),
        reached: part
            .body
            .iter()
            .filter_map(|op| if let Op::Reached(line) = op { Some(line.0 as usize) } else { None })
            .collect(),
    }
}

/// Counters, those of the plan and of a program for a profile further ones; and the lines that such a program counts.
fn counted(plan: &Plan, program: &Program) -> (u32, u32) {
    let (mut counters, mut lines) = (plan.counters, 0);
    let mut see = |op: &Op| match op {
        Op::Count(counter) => counters = counters.max(counter.0 + 1),
        Op::Reached(line) => lines = lines.max(line.0 + 1),
        _ => {}
    };
    program.parts.iter().for_each(|part| each(&part.body, &mut see));
    (counters, lines)
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
            Op::For { body, .. } | Op::Reach { body, .. } => each(body, visit),
            _ => {}
        }
    }
}

/// The columns and sizes that operations read, whatever a part says: what is not loaded must not be read.
#[derive(Default)]
pub(super) struct Reads {
    /// The columns.
    pub(super) inputs: BTreeSet<InputId>,
    /// The collections whose sizes are read, those of the columns included.
    pub(super) collections: BTreeSet<CollectionId>,
}

impl Reads {
    /// What a body reads.
    pub(super) fn of(plan: &Plan, body: &[Op]) -> Reads {
        let mut reads = Reads::default();
        each(body, &mut |op| reads.op(plan, op));
        reads
    }

    fn op(&mut self, plan: &Plan, op: &Op) {
        match op {
            Op::Let(value) => match plan.dag.node(*value) {
                Node::Column(input) | Node::Load { input, .. } => self.input(plan, *input),
                Node::Size(list) | Node::At { list, .. } => self.list(plan, *list),
                _ => {}
            },
            Op::For { over, .. } => self.list(plan, *over),
            Op::Begin(list) => {
                if let ListNode::Reach { of, .. } = plan.dag.list(*list) {
                    self.list(plan, *of);
                }
            }
            Op::BeginTable(table) => {
                if let Node::Table { over, .. } = plan.dag.node(*table) {
                    self.list(plan, *over);
                }
            }
            _ => {}
        }
    }

    fn input(&mut self, plan: &Plan, input: InputId) {
        self.inputs.insert(input);
        self.collections.extend(plan.inputs[input.0 as usize].collection);
    }

    fn list(&mut self, plan: &Plan, list: List) {
        if let ListNode::All(collection) = plan.dag.list(list) {
            self.collections.insert(*collection);
        }
    }
}
