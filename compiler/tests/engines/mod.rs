//! A plan being built by hand, and both engines run on it and compared.

#![allow(clippy::expect_used)] // A test that cannot be run fails.
#![allow(dead_code)] // Each test uses a part of it.

pub mod random;

use adl_runtime::kernel::BATCH;
use adl_runtime::schema::ElementType::{self, *};
use adlc::exec;
use adlc::exec::memory::{Events, Limits, Outcome, run};
use adlc::plan::placed::{Op, Part, Program, SelectionId, SlotId};
use adlc::plan::*;
use adlc::source::{FileId, Span};

/// A plan with inputs, being built.
#[derive(Default)]
pub struct Build {
    pub plan: Plan,
    pub slots: u32,
}

impl Build {
    pub fn collection(&mut self, name: &str) -> CollectionId {
        self.plan.collections.push(Collection { name: name.into(), column: format!("n{name}") });
        CollectionId(self.plan.collections.len() as u32 - 1)
    }

    pub fn input(&mut self, element: ElementType, collection: Option<CollectionId>) -> InputId {
        self.plan.inputs.push(Input { column: format!("c{}", self.plan.inputs.len()), element, collection });
        let ty = match element {
            Bool => Ty::Bool,
            F32 | F64 => Ty::Real,
            _ => Ty::Int,
        };
        self.plan.dag.input(ty, collection)
    }

    pub fn node(&mut self, node: Node) -> Value {
        // As if there were three nodes on each line of a text.
        let start = self.plan.dag.len() as u32 / 3;
        self.plan.dag.set_place(Span { file: FileId(0), start, end: start });
        self.plan.dag.add(node)
    }

    pub fn real(&mut self, content: f64) -> Value {
        self.node(Node::Real(content.to_bits()))
    }

    pub fn list(&mut self, node: ListNode) -> List {
        self.plan.dag.add_list(node)
    }

    pub fn item(&mut self, list: List, depth: u8) -> Value {
        self.node(Node::Item { list, depth, word: 0 })
    }

    pub fn slot(&mut self) -> SlotId {
        self.slots += 1;
        SlotId(self.slots - 1)
    }

    /// Evaluates and keeps values.
    pub fn keep(&mut self, values: &[Value]) -> Vec<Op> {
        values.iter().flat_map(|v| [Op::Let(*v), Op::Store(self.slot(), *v)]).collect()
    }

    pub fn part(&self, body: Vec<Op>) -> Part {
        Part { selection: SelectionId(0), inputs: vec![], collections: vec![], body }
    }

    pub fn program(&self, parts: Vec<Part>) -> Program {
        Program { parts, selections: 3, slots: self.slots }
    }

    pub fn run(&self, body: Vec<Op>, events: &Events) -> Outcome {
        both(&self.plan, &self.program(vec![self.part(body)]), events, &[])
    }
}

pub fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|v| if v.is_nan() { f64::NAN.to_bits() } else { v.to_bits() }).collect()
}

/// Runs both engines, and compiled code for a profile, with much and with little room, compares all but the slots `addresses`, and gives the outcome.
pub fn both(plan: &Plan, program: &Program, events: &Events, addresses: &[SlotId]) -> Outcome {
    let interpreter = exec::interpret(plan, program).expect("interpreted");
    let compiled = exec::compile(plan, program).expect("compiled");
    let number = |span: Span| if span == Span::NOWHERE { 1 } else { 2 + span.start % 5 };
    let exec::Marked { kernel: marked, loops, .. } =
        exec::compile_marked(plan, program, &number).expect("compiled for a profile");
    let counting = exec::interpret_marked(plan, program, &number).expect("interpreted for a profile").kernel;
    assert!(exec::clif(plan, program).expect("printed").contains("function"));
    let mut first: Option<Outcome> = None;
    let mut profiled: Option<[Vec<u64>; 2]> = None;
    for limits in [Limits { fills: 1000, room: 1 << 16 }, Limits { fills: 1, room: 8 }, Limits { fills: 3, room: 100 }]
    {
        for kernel in [&interpreter, &compiled, &marked, &counting] {
            let mut outcome = run(&**kernel, events, limits).expect("run");
            let loops_run = outcome.counters.split_off(plan.counters as usize);
            if !outcome.reached.is_empty() || !loops_run.is_empty() {
                let events_of = |line: &[u8]| line.iter().map(|mark| u64::from(*mark)).sum();
                let counts = [outcome.reached.chunks(BATCH).map(events_of).collect(), loops_run];
                assert_eq!(counts[1].len(), loops.len());
                assert_eq!(*profiled.get_or_insert_with(|| counts.clone()), counts);
            }
            for slot in addresses {
                outcome.slots[slot.0 as usize].clear();
            }
            let Some(first) = &first else {
                first = Some(outcome);
                continue;
            };
            let canonical = |o: &Outcome| -> Vec<Vec<u64>> {
                o.slots.iter().map(|s| bits(&s.iter().map(|w| f64::from_bits(*w)).collect::<Vec<_>>())).collect()
            };
            for (slot, (a, b)) in canonical(first).iter().zip(canonical(&outcome)).enumerate() {
                assert_eq!(*a, b, "slot {slot}");
            }
            assert_eq!(first.selections, outcome.selections);
            assert_eq!(first.counters, outcome.counters);
            assert_eq!(bits(&first.sums), bits(&outcome.sums));
            let rows = |o: &Outcome| -> Vec<Vec<u64>> {
                o.records.iter().map(|r| bits(&r.iter().map(|w| f64::from_bits(*w)).collect::<Vec<_>>())).collect()
            };
            assert_eq!(rows(first), rows(&outcome));
            assert_eq!(first.fault, outcome.fault);
            assert_eq!(bits(&first.fault_values), bits(&outcome.fault_values));
            for (a, b) in first.fills.iter().zip(&outcome.fills) {
                assert_eq!(bits(a), bits(b));
            }
        }
    }
    first.expect("an outcome")
}

pub fn reals(slot: &[u64]) -> Vec<f64> {
    slot.iter().map(|w| f64::from_bits(*w)).collect()
}
