//! The interpreter: every operation of `plan::placed` as it is described there, one event and one operation at a time.
//! It is the oracle of the JIT, so it is plain before it is fast; `values` holds the arithmetic.

mod values;

use std::collections::{HashMap, HashSet};

use adl_runtime::kernel::{BATCH, Frame, Kernel, KernelDescription};
use adl_runtime::math;

use crate::plan::placed::{Op, Program};
use crate::plan::{List, ListNode, Node, Plan, Reduction, Ty, Value};

use super::describe::describe;
use super::registers::Registers;
use super::room::take;
use super::sort;

/// A placed program and what it takes to run it.
pub(super) struct Interpreter {
    plan: Plan,
    program: Program,
    registers: Registers,
    /// What the registers hold before an event: the constants, which need no operation to be set.
    constants: Vec<u64>,
    description: KernelDescription,
}

impl Interpreter {
    /// For a program that `check` accepts.
    pub(super) fn new(plan: &Plan, program: &Program) -> Interpreter {
        let registers = Registers::new(plan, program);
        let mut constants = vec![0; registers.len];
        for (value, content) in constants.iter_mut().enumerate().take(plan.dag.len()) {
            *content = match plan.dag.node(Value(value as u32)) {
                Node::Bool(constant) => u64::from(*constant),
                Node::Int(constant) => *constant as u64,
                Node::Real(bits) => *bits,
                _ => 0,
            };
        }
        Interpreter {
            registers,
            constants,
            description: describe(plan, program),
            plan: plan.clone(),
            program: program.clone(),
        }
    }
}

impl Kernel for Interpreter {
    fn description(&self) -> &KernelDescription {
        &self.description
    }

    unsafe fn run(&self, part: usize, frame: *mut Frame, events: *const u32, count: usize) {
        let Some(part) = self.program.parts.get(part) else { return };
        let mut machine = Machine {
            plan: &self.plan,
            loops: &self.registers,
            frame,
            event: 0,
            registers: self.constants.clone(),
            lists: vec![Made::default(); self.plan.dag.list_len()],
            bests: HashMap::new(),
            tables: HashMap::new(),
        };
        for index in 0..count {
            // SAFETY: `events` points at `count` numbers, by the promise of `Kernel::run`.
            machine.event = unsafe { *events.add(index) } as usize;
            machine.block(&part.body);
        }
    }
}

/// The state of a part. `frame` is valid as `Kernel::run` demands, and `event` one of its batch; `check` has seen that
/// every number of the program is in range. All `SAFETY` comments below stand on these three.
struct Machine<'a> {
    plan: &'a Plan,
    loops: &'a Registers,
    frame: *mut Frame,
    event: usize,
    registers: Vec<u64>,
    lists: Vec<Made>,
    bests: HashMap<Value, Best>,
    tables: HashMap<Value, Vec<f64>>,
}

/// A list: while it is made in vectors, then in the frame's room.
#[derive(Clone, Default)]
struct Made {
    words: Vec<u32>,
    keys: Vec<f64>,
    /// Of a `Reach`: the entries that it has.
    reached: HashSet<u32>,
    address: u64,
    len: u64,
}

/// The best element so far.
#[derive(Default)]
struct Best {
    found: bool,
    keys: Vec<f64>,
    words: Vec<u64>,
}

impl Machine<'_> {
    fn block(&mut self, body: &[Op]) {
        for op in body {
            self.op(op);
        }
    }

    fn op(&mut self, op: &Op) {
        match op {
            Op::Let(value) => {
                let content = self.value(*value);
                self.set(*value, content);
            }
            Op::Copy { to, from } => self.set(*to, self.word(*from)),
            Op::If { cond, then, otherwise } => self.block(if self.bool(*cond) { then } else { otherwise }),
            Op::For { over, depth, after, before, until, body } => {
                let first = after.map_or(0, |after| self.int(after).saturating_add(1).max(0) as u64);
                let registers = self.loops.of(*over, *depth);
                let end = before.map_or(i64::MAX, |before| self.int(before)).max(0) as u64;
                for position in first..self.size(*over).min(end) {
                    for (word, register) in registers.words.iter().enumerate() {
                        self.registers[*register as usize] = self.element(*over, position, word);
                    }
                    if let Some(register) = registers.position {
                        self.registers[register as usize] = position;
                    }
                    self.block(body);
                    if until.is_some_and(|(accumulator, content)| self.bool(accumulator) == content) {
                        break;
                    }
                }
            }
            Op::Start(value) => self.start(*value),
            Op::Update(value) => self.update(*value),
            Op::Begin(list) => {
                let made = &mut self.lists[list.0 as usize];
                made.words.clear();
                made.keys.clear();
                made.reached.clear();
            }
            Op::Reach { list, body } => self.reach(*list, body),
            Op::Push { list, words, key } => {
                if let (ListNode::Reach { of, .. }, [word]) = (self.plan.dag.list(*list), words.as_slice()) {
                    return self.reached(*list, *of, *word);
                }
                for word in words {
                    let word = self.int(*word) as u32;
                    self.lists[list.0 as usize].words.push(word);
                }
                if let Some(key) = key {
                    let key = self.real(*key);
                    self.lists[list.0 as usize].keys.push(key);
                }
            }
            Op::End(list) => self.end(*list),
            Op::BeginTable(table) => {
                if let Node::Table { over, place, .. } = self.plan.dag.node(*table) {
                    let entries = place.map_or_else(|| self.size(*over), |place| self.word(place.room));
                    self.tables.insert(*table, vec![f64::NAN; entries as usize]);
                }
            }
            Op::PutTable(table) => {
                if let Node::Table { over, depth, body, place } = self.plan.dag.node(*table)
                    && let Some(register) =
                        place.map_or_else(|| self.loops.of(*over, *depth).position, |p| Some(p.at.0))
                {
                    let (position, content) = (self.registers[register as usize], self.real(*body));
                    if let Some(entry) = self.tables.get_mut(table).and_then(|t| t.get_mut(position as usize)) {
                        *entry = content;
                    }
                }
            }
            Op::Count(counter) => {
                // SAFETY: counters are one per counter of the plan.
                unsafe { *(*self.frame).counters.add(counter.0 as usize) += 1 };
            }
            Op::Sum { sum, weight } => {
                let weight = self.real(*weight);
                // SAFETY: sums are two per sum of the plan.
                unsafe {
                    let sums = (*self.frame).sums.add(2 * sum.0 as usize);
                    *sums += weight;
                    *sums.add(1) += weight * weight;
                }
            }
            Op::Fill { histogram, axes, weight } => {
                let mut record: Vec<f64> = axes.iter().map(|axis| self.real(*axis)).collect();
                if self.plan.histograms[histogram.0 as usize].weighted {
                    record.push(weight.map_or(1.0, |weight| self.real(weight)));
                }
                self.append(histogram.0, &record);
            }
            Op::Record { record, values } => {
                let event = std::iter::once(self.event as u64);
                let row: Vec<f64> = event.chain(values.iter().map(|v| self.word(*v))).map(f64::from_bits).collect();
                self.append(self.plan.histograms.len() as u32 + record.0, &row);
            }
            Op::Check { ok, site, values } => {
                // SAFETY: the frame is valid, and has room for the values of every site.
                let frame = unsafe { &mut *self.frame };
                if !self.bool(*ok) && (self.event as u32) < frame.fault_event {
                    frame.fault_event = self.event as u32;
                    frame.fault_site = site.0;
                    for (i, value) in values.iter().enumerate() {
                        // SAFETY: as above.
                        unsafe { *frame.fault_values.add(i) = self.real(*value) };
                    }
                }
            }
            Op::Select(selection) => {
                // SAFETY: one list and one length per selection; an event is appended once, so the list has room.
                unsafe {
                    let len = (*self.frame).selected.add(selection.0 as usize);
                    let events = *(*self.frame).selections.add(selection.0 as usize);
                    *events.add(*len as usize) = self.event as u32;
                    *len += 1;
                }
            }
            Op::Reached(line) => {
                // SAFETY: there is a byte per line and event.
                unsafe { *(*self.frame).reached.add(line.0 as usize * BATCH + self.event) = 1 };
            }
            Op::Store(slot, value) => self.store(slot.0, self.word(*value)),
            Op::Fetch(slot, value) => self.set(*value, self.fetch(slot.0)),
            Op::StoreList([address, len], list) => {
                let (from, count) = (self.lists[list.0 as usize].address, self.lists[list.0 as usize].len);
                self.store(address.0, from);
                self.store(len.0, count);
            }
            Op::FetchList([address, len], list) => {
                let (from, count) = (self.fetch(address.0), self.fetch(len.0));
                let made = &mut self.lists[list.0 as usize];
                (made.address, made.len) = (from, count);
            }
            Op::StoreTable([address, len], table) => {
                let Some(entries) = self.tables.get(table) else { return };
                // SAFETY: the room taken holds all the entries.
                let room = unsafe {
                    let room = take(self.frame, (entries.len() as u64 + 1) * 8).cast::<f64>();
                    std::ptr::copy_nonoverlapping(entries.as_ptr(), room, entries.len());
                    room as u64
                };
                self.store(address.0, room);
                self.store(len.0, entries.len() as u64);
            }
            Op::FetchTable([address, len], table) => {
                let (from, count) = (self.fetch(address.0), self.fetch(len.0));
                // SAFETY: a stored table has `count` entries at its address, for as long as the batch lasts.
                let entries = unsafe { std::slice::from_raw_parts(from as *const f64, count as usize) };
                self.tables.insert(*table, entries.to_vec());
            }
            Op::StoreBest(slots, best) => {
                let Some(best) = self.bests.get(best) else { return };
                let contents: Vec<u64> = std::iter::once(u64::from(best.found)).chain(best.words.clone()).collect();
                for (slot, content) in slots.iter().zip(contents) {
                    self.store(slot.0, content);
                }
            }
            Op::FetchBest(slots, best) => {
                let contents: Vec<u64> = slots.iter().map(|slot| self.fetch(slot.0)).collect();
                if let [found, words @ ..] = contents.as_slice() {
                    let fetched = Best { found: *found != 0, keys: Vec::new(), words: words.to_vec() };
                    self.bests.insert(*best, fetched);
                }
            }
        }
    }

    /// What is reached from an entry, in the order in which it is found.
    fn reach(&mut self, list: List, body: &[Op]) {
        let ListNode::Reach { of, from, depth, .. } = *self.plan.dag.list(list) else { return };
        self.reached(list, of, from);
        let registers = self.loops.of(of, depth);
        let mut at = 0;
        while let Some(word) = self.lists[list.0 as usize].words.get(at).copied() {
            for register in registers.words.iter().chain(&registers.position) {
                self.registers[*register as usize] = u64::from(word);
            }
            self.block(body);
            at += 1;
        }
    }

    /// Appends an entry that is new.
    fn reached(&mut self, list: List, of: List, word: Value) {
        let (word, entries) = (self.int(word) as u64, self.size(of));
        let made = &mut self.lists[list.0 as usize];
        if word < entries && made.reached.insert(word as u32) {
            made.words.push(word as u32);
        }
    }

    fn start(&mut self, value: Value) {
        let dag = &self.plan.dag;
        match dag.node(value) {
            Node::Best { over, .. } => {
                let words = vec![0; dag.leaves(*over).len()];
                self.bests.insert(value, Best { found: false, keys: Vec::new(), words });
            }
            Node::Reduce { op, .. } => {
                let neutral = match (op, dag.ty(value)) {
                    (Reduction::Sum, Ty::Real) => 0f64.to_bits(),
                    (Reduction::Product, Ty::Real) => 1f64.to_bits(),
                    (Reduction::Product, _) => 1,
                    (Reduction::Min, _) => f64::INFINITY.to_bits(),
                    (Reduction::Max, _) => f64::NEG_INFINITY.to_bits(),
                    (Reduction::All, _) => 1,
                    (Reduction::Sum | Reduction::Any | Reduction::Count, _) => 0,
                };
                self.set(value, neutral);
            }
            _ => {}
        }
    }

    fn update(&mut self, value: Value) {
        match self.plan.dag.node(value) {
            Node::Best { over, depth, keys, .. } => {
                let keys: Vec<f64> = keys.iter().map(|key| self.real(*key)).collect();
                let Some(best) = self.bests.get_mut(&value) else { return };
                let better =
                    keys.iter().zip(&best.keys).map(|(new, old)| sort::compare(*new, *old)).find(|o| o.is_ne());
                if !best.found || better.is_some_and(|order| order.is_lt()) {
                    best.found = true;
                    best.keys = keys;
                    best.words.clear();
                    let registers = self.loops.of(*over, *depth).words;
                    best.words.extend(registers.iter().map(|register| self.registers[*register as usize]));
                }
            }
            Node::Reduce { op, body, .. } => {
                let (old, new) = (self.word(value), self.word(*body));
                let reals = (f64::from_bits(old), f64::from_bits(new));
                let combined = match (op, self.plan.dag.ty(value)) {
                    (Reduction::Sum, Ty::Real) => (reals.0 + reals.1).to_bits(),
                    (Reduction::Product, Ty::Real) => (reals.0 * reals.1).to_bits(),
                    (Reduction::Sum | Reduction::Count, _) => old.wrapping_add(new),
                    (Reduction::Product, _) => old.wrapping_mul(new),
                    (Reduction::Min, _) => math::min(reals.0, reals.1).to_bits(),
                    (Reduction::Max, _) => math::max(reals.0, reals.1).to_bits(),
                    (Reduction::Any, _) => old | new,
                    (Reduction::All, _) => old & new,
                };
                self.set(value, combined);
            }
            _ => {}
        }
    }

    fn end(&mut self, list: List) {
        let made = &mut self.lists[list.0 as usize];
        let width = self.plan.dag.leaves(list).len();
        if let ListNode::Sort { descending, .. } = self.plan.dag.list(list) {
            sort::sort(&mut made.words, width, &mut made.keys, *descending);
        }
        if let (ListNode::Reach { .. }, false) = (self.plan.dag.list(list), made.words.is_empty()) {
            made.words.remove(0);
        }
        // SAFETY: the room taken holds all the words.
        unsafe {
            let room = take(self.frame, made.words.len() as u64 * 4).cast::<u32>();
            std::ptr::copy_nonoverlapping(made.words.as_ptr(), room, made.words.len());
            made.address = room as u64;
        }
        made.len = (made.words.len() / width) as u64;
    }

    fn append(&mut self, buffer: u32, record: &[f64]) {
        // SAFETY: one buffer per histogram and record, of entries of the length that the plan says; `drain` makes room.
        unsafe {
            let fills = (*self.frame).fills.add(buffer as usize);
            if (*fills).len == (*fills).capacity {
                ((*self.frame).drain)(self.frame, buffer);
            }
            let to = (*fills).values.add((*fills).len as usize * record.len());
            std::ptr::copy_nonoverlapping(record.as_ptr(), to, record.len());
            (*fills).len += 1;
        }
    }

    fn store(&self, slot: u32, content: u64) {
        // SAFETY: one word per slot and event.
        unsafe { *(*(*self.frame).slots.add(slot as usize)).add(self.event) = content };
    }

    fn fetch(&self, slot: u32) -> u64 {
        // SAFETY: one word per slot and event.
        unsafe { *(*(*self.frame).slots.add(slot as usize)).add(self.event) }
    }

    fn set(&mut self, value: Value, content: u64) {
        self.registers[value.0 as usize] = content;
    }

    fn word(&self, value: Value) -> u64 {
        self.registers[value.0 as usize]
    }

    fn bool(&self, value: Value) -> bool {
        self.word(value) != 0
    }

    fn int(&self, value: Value) -> i64 {
        self.word(value) as i64
    }

    fn real(&self, value: Value) -> f64 {
        f64::from_bits(self.word(value))
    }
}
