//! For a profile: a placed program that says which lines of the text each event comes to, and how often loops in loops
//! go around. An event comes to a line where a block of operations is run that has one of the line, in itself or in its
//! loops: so a line that looks at jets is reached by events without jets, one behind a condition only where it holds.

use std::collections::BTreeSet;

use adl_runtime::kernel::Now;

use super::Places;
use crate::plan::placed::{LineId, Op, Part, Program};
use crate::plan::{CounterId, Plan, Value};
use crate::source::Span;

/// A program that counts.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// The program; its further counters are those of `loops`.
    pub program: Program,
    /// The numbers of the lines that it works for.
    pub lines: BTreeSet<u32>,
    /// The loops in loops.
    pub loops: Vec<Looped>,
}

/// A loop in a loop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looped {
    /// How often its body is run.
    pub counter: CounterId,
    /// Loops around its body: 2 for pairs, 3 for triples.
    pub nested: u8,
    /// The numbers of the lines that its body works for each time.
    pub lines: BTreeSet<u32>,
}

/// The same program, counting.
pub fn counted(plan: &Plan, program: &Program, number: Places<'_>) -> Counted {
    let mut counting = Counting { plan, number, seen: BTreeSet::new(), loops: Vec::new() };
    let parts = program
        .parts
        .iter()
        .map(|part| Part { body: counting.block(&part.body, &BTreeSet::new(), 0), ..part.clone() })
        .collect();
    Counted { program: Program { parts, ..program.clone() }, lines: counting.seen, loops: counting.loops }
}

/// The place of the text that an operation works for; nowhere if it works for that of the operation before.
#[must_use]
pub fn place_of(plan: &Plan, op: &Op) -> Span {
    let known = |places: &[Span], number: u32| places.get(number as usize).copied().unwrap_or(Span::NOWHERE);
    let of = |value: &Value| plan.dag.place(*value);
    match op {
        Op::Let(v) | Op::Start(v) | Op::Update(v) | Op::BeginTable(v) | Op::PutTable(v) => of(v),
        Op::Copy { to: v, .. } | Op::If { cond: v, .. } => of(v),
        Op::Store(_, v) | Op::Fetch(_, v) | Op::StoreTable(_, v) | Op::FetchTable(_, v) => of(v),
        Op::StoreBest(_, v) | Op::FetchBest(_, v) => of(v),
        Op::Begin(list) | Op::Push { list, .. } | Op::End(list) => plan.dag.list_place(*list),
        Op::StoreList(_, list) | Op::FetchList(_, list) => plan.dag.list_place(*list),
        Op::Count(counter) => known(&plan.places.counters, counter.0),
        Op::Sum { sum, .. } => known(&plan.places.sums, sum.0),
        Op::Fill { histogram, .. } => known(&plan.places.histograms, histogram.0),
        Op::Record { record, .. } => known(&plan.places.records, record.0),
        Op::Check { site, .. } => plan.sites.get(site.0 as usize).map_or(Span::NOWHERE, |site| site.span),
        Op::For { .. } | Op::Reach { .. } | Op::Select(_) | Op::Reached(_) => Span::NOWHERE,
    }
}

struct Counting<'a> {
    plan: &'a Plan,
    number: Places<'a>,
    seen: BTreeSet<u32>,
    loops: Vec<Looped>,
}

impl Counting<'_> {
    /// A block of a part or a condition, of which so many loops are around; its events have come to some lines already.
    fn block(&mut self, body: &[Op], known: &BTreeSet<u32>, loops: u8) -> Vec<Op> {
        let own = self.lines(body);
        self.seen.extend(&own);
        let new = own.difference(known).map(|number| Op::Reached(LineId(number - Now::KERNEL - 1)));
        let mut made: Vec<Op> = new.collect();
        let known = known.union(&own).copied().collect();
        made.extend(body.iter().map(|op| self.op(op, &known, loops)));
        made
    }

    fn op(&mut self, op: &Op, known: &BTreeSet<u32>, loops: u8) -> Op {
        let mut made = op.clone();
        match &mut made {
            Op::If { then, otherwise, .. } => {
                *then = self.block(then, known, loops);
                *otherwise = self.block(otherwise, known, loops);
            }
            Op::For { body, .. } | Op::Reach { body, .. } => {
                let mut inner: Vec<Op> = body.iter().map(|op| self.op(op, known, loops + 1)).collect();
                if loops > 0 {
                    let counter = CounterId(self.plan.counters + self.loops.len() as u32);
                    self.loops.push(Looped { counter, nested: loops + 1, lines: self.lines(body) });
                    inner.insert(0, Op::Count(counter));
                }
                *body = inner;
            }
            _ => {}
        }
        made
    }

    /// The lines that the operations of a block and of its loops work for, whatever the values are.
    fn lines(&self, body: &[Op]) -> BTreeSet<u32> {
        let mut lines = BTreeSet::new();
        for op in body {
            match op {
                Op::For { body, .. } | Op::Reach { body, .. } => lines.append(&mut self.lines(body)),
                // It was computed before.
                Op::Fetch(..) | Op::FetchList(..) | Op::FetchTable(..) | Op::FetchBest(..) => {}
                op => lines.extend(Some((self.number)(place_of(self.plan, op))).filter(|n| *n > Now::KERNEL)),
            }
        }
        lines
    }
}
