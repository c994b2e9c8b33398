//! One part as a Cranelift function: the loop over events and the structure of operations. Values are in `values`,
//! loops in `loops`, lists and tables in `lists`, everything that leaves the part in `effects`.
//!
//! Registers are SSA values in a scope; accumulators, and lists while they are made, are Cranelift variables. What is
//! pure (constants, arithmetic, loads of columns and of the frame's tables) may be emitted anywhere above its use:
//! Cranelift computes it once, where it is needed, and moves it out of loops.

use std::collections::{HashMap, HashSet};
use std::mem::offset_of;

use adl_runtime::kernel::Frame;
use cranelift::codegen::ir::{BlockArg, FuncRef, Function, UserFuncName};
use cranelift::codegen::isa::{CallConv, TargetIsa};
use cranelift::prelude::types::I64;
use cranelift::prelude::*;

use super::Whole;
use super::ahead::{Appended, AtOnce, Flat, Keeps, at_hand, begun_with, filled_once, is_short};
use super::effects::Cursor;
use super::helpers::SAVING;
use super::marks::Marks;
use super::scope::Scoped;
use crate::exec::registers::Registers;
use crate::plan::placed::Op;
use crate::plan::{HistogramId, List, ListNode, Node, Plan, Ty, Value as Register};

/// A load from memory that does not change while the part runs, is aligned and readable: Cranelift may move it.
pub(super) const CONSTANT: MemFlagsData = MemFlagsData::trusted().with_readonly().with_can_move();
/// A load of one of the frame's pointers, which stay the same too. It stays where it is used: loading it again is as
/// cheap as keeping it, and takes no register.
pub(super) const POINTER: MemFlagsData = MemFlagsData::trusted().with_readonly();
/// A load or store of memory that changes.
pub(super) const MEMORY: MemFlagsData = MemFlagsData::trusted();

/// A list that is complete: address and number of elements.
#[derive(Clone, Copy)]
pub(super) struct Made {
    pub(super) words: Value,
    pub(super) len: Value,
}

/// A list that is being made.
#[derive(Clone, Copy)]
pub(super) struct Making {
    pub(super) words: Variable,
    pub(super) len: Variable,
    pub(super) capacity: Variable,
}

/// The variables of an accumulator.
#[derive(Clone)]
pub(super) enum Accumulator {
    /// Of a `Reduce`.
    One(Variable),
    /// Of a `Best`.
    Best { found: Variable, keys: Vec<Variable>, words: Vec<Variable> },
}

/// The state of a part's emission.
pub(super) struct Emit<'a> {
    pub(super) f: FunctionBuilder<'a>,
    pub(super) plan: &'a Plan,
    pub(super) loops: &'a Registers,
    /// Per input: address of the event's value, or of its first element.
    pub(super) starts: Scoped<Value>,
    /// Per collection: first element of the event, and number of them.
    pub(super) extents: Scoped<(Value, Value)>,
    /// Histograms that are filled in the current block and whose buffers have room.
    pub(super) roomy: Vec<HistogramId>,
    /// Histograms with one fill operation in the part.
    filled_once: HashSet<HistogramId>,
    /// The buffers that are kept at hand while the part runs.
    pub(super) cursors: Vec<(HistogramId, Cursor)>,
    /// True in a loop over elements.
    pub(super) in_loop: bool,
    pub(super) registers: Scoped<Value>,
    pub(super) accumulators: Scoped<Accumulator>,
    pub(super) lists: Scoped<Made>,
    pub(super) tables: Scoped<Made>,
    pub(super) making: HashMap<List, Making>,
    /// Variables of accumulators, by their value.
    pub(super) variables: HashMap<Register, Accumulator>,
    pub(super) frame: Value,
    /// The event's number in the batch, as I64.
    pub(super) event: Value,
    /// The numbers of the events that the part runs over, and their count.
    pub(super) events: [Value; 2],
    /// The Rust functions that the part calls.
    pub(super) helpers: [Option<FuncRef>; SAVING + 1],
    pub(super) convention: CallConv,
    /// Of a program for a profile.
    pub(super) marks: Option<Marks<'a>>,
}

/// How a part is called: frame, event numbers, their count.
pub(super) fn signature(convention: CallConv) -> Signature {
    let mut signature = Signature::new(convention);
    signature.params.extend([AbiParam::new(I64); 3]);
    signature
}

/// Fills `function` with part `part`.
pub(super) fn emit(
    Whole { plan, program, registers, places }: Whole<'_>,
    part: usize,
    isa: &dyn TargetIsa,
    function: &mut Function,
    context: &mut FunctionBuilderContext,
) -> Result<(), String> {
    let convention = isa.default_call_conv();
    function.signature = signature(convention);
    function.name = UserFuncName::user(0, (SAVING + 1 + part) as u32);
    let mut f = FunctionBuilder::new(function, context);
    let entry = f.create_block();
    f.append_block_params_for_function_params(entry);
    f.switch_to_block(entry);
    f.seal_block(entry);
    let (frame, events, count) = (f.block_params(entry)[0], f.block_params(entry)[1], f.block_params(entry)[2]);
    let mut emit = Emit {
        f,
        plan,
        loops: registers,
        starts: Scoped::new(plan.inputs.len()),
        extents: Scoped::new(plan.collections.len()),
        roomy: Vec::new(),
        filled_once: filled_once(&program.parts[part].body),
        cursors: Vec::new(),
        in_loop: false,
        registers: Scoped::new(registers.len),
        accumulators: Scoped::new(plan.dag.len()),
        lists: Scoped::new(plan.dag.list_len()),
        tables: Scoped::new(plan.dag.len()),
        making: HashMap::new(),
        variables: HashMap::new(),
        frame,
        event: frame,
        events: [events, count],
        helpers: [None; SAVING + 1],
        convention,
        marks: places.map(Marks::new),
    };
    let body = &program.parts[part].body;
    emit.part(body).map_err(|reason| format!("part {part} of the placed program: {reason}"))?;
    emit.f.finalize(isa.frontend_config());
    Ok(())
}

impl Emit<'_> {
    /// The part.
    fn part(&mut self, body: &[Op]) -> Result<(), String> {
        let [events, count] = self.events;
        let AtOnce { counters, columns, rest } = AtOnce::of(self.plan, body, &self.filled_once);
        let body = rest.as_slice();
        for (histogram, axes) in at_hand(body, &self.filled_once) {
            self.take_in_hand(histogram, axes);
        }
        let (some, exit) = (self.f.create_block(), self.f.create_block());
        self.f.ins().brif(count, some, &[], exit, &[]);
        self.f.seal_block(some);
        self.f.switch_to_block(some);
        for counter in counters {
            self.count(counter, count);
        }
        for (histogram, input) in columns {
            self.fill_with_column(histogram, input, [events, count]);
        }
        match Flat::of(self.plan, body) {
            Some(flat) => {
                let last = self.f.ins().iadd_imm_s(count, -1);
                let [first_event, last_event] = [None, Some(last)].map(|index| {
                    let at = index.map_or(events, |index| self.element(events, index, 2));
                    self.f.ins().uload32(MEMORY, at, 0)
                });
                let stretch = self.f.ins().isub(last_event, first_event);
                let gapless = self.f.ins().icmp(IntCC::Equal, stretch, last);
                self.branch(gapless, |emit| emit.objects(&flat, first_event, count), |emit| emit.each_event(body))?;
            }
            None if body.is_empty() => {}
            None => self.each_event(body)?,
        }
        self.f.ins().jump(exit, &[]);
        self.f.seal_block(exit);
        self.f.switch_to_block(exit);
        self.put_back_all();
        self.f.ins().return_(&[]);
        Ok(())
    }

    /// One loop over the objects of `count` events from `first` on.
    fn objects(&mut self, flat: &Flat<'_>, first: Value, count: Value) -> Result<(), String> {
        let (starts, extents) = (self.starts.enter(), self.extents.enter());
        self.event = first;
        let begin = self.extent(flat.collection).0;
        let offsets = self.table_entry(offset_of!(Frame, offsets), flat.collection.0);
        let behind = self.f.ins().iadd(first, count);
        let at = self.element(offsets, behind, 2);
        let end = self.f.ins().uload32(POINTER, at, 0);
        let size = self.f.ins().isub(end, begin);
        self.extents.set(flat.collection.0, (begin, size));
        self.op(flat.looping)?;
        self.starts.leave(starts);
        self.extents.leave(extents);
        Ok(())
    }

    /// The loop over the events, of which there is one at least.
    fn each_event(&mut self, body: &[Op]) -> Result<(), String> {
        let [events, count] = self.events;
        self.mark_again(None);
        let (start, exit) = (self.f.create_block(), self.f.create_block());
        let index = self.f.append_block_param(start, I64);
        let zero = self.int(0);
        self.f.ins().jump(start, &[BlockArg::Value(zero)]);
        self.f.switch_to_block(start);
        let at = self.element(events, index, 2);
        self.event = self.f.ins().uload32(MEMORY, at, 0);
        self.mark_loop(body);
        let keeps = Keeps::of(body);
        let room = (keeps == Keeps::Scratch).then(|| self.room());
        self.block(body)?;
        if let Some([room, room_end]) = room {
            // No list outlives its event.
            self.give_back(room, room_end);
        }
        let next = self.f.ins().iadd_imm_s(index, 1);
        let more = self.f.ins().icmp(IntCC::UnsignedLessThan, next, count);
        self.f.ins().brif(more, start, &[BlockArg::Value(next)], exit, &[]);
        self.f.seal_block(start);
        self.f.switch_to_block(exit);
        self.f.seal_block(exit);
        Ok(())
    }

    pub(super) fn block(&mut self, body: &[Op]) -> Result<(), String> {
        let marks = [self.registers.enter(), self.accumulators.enter(), self.lists.enter(), self.tables.enter()];
        let located = [self.starts.enter(), self.extents.enter()];
        let roomy = std::mem::take(&mut self.roomy);
        let mut rest = body;
        while let Some((op, behind)) = rest.split_first() {
            rest = behind;
            match op {
                Op::BeginTable(first) => {
                    let tables = begun_with(&self.plan.dag, *first, behind);
                    rest = behind.get(tables.len() - 1..).unwrap_or_default();
                    self.begin_tables(&tables)?;
                }
                _ => {
                    if matches!(op, Op::Fill { .. }) && self.roomy.is_empty() {
                        self.make_room_for(body)?;
                    }
                    self.op(op)?;
                }
            }
        }
        self.mark_again(self.said());
        self.roomy = roomy;
        self.registers.leave(marks[0]);
        self.accumulators.leave(marks[1]);
        self.lists.leave(marks[2]);
        self.tables.leave(marks[3]);
        self.starts.leave(located[0]);
        self.extents.leave(located[1]);
        Ok(())
    }

    /// Makes room for the fills of a block together, if there are several and nothing else in the part fills them.
    fn make_room_for(&mut self, body: &[Op]) -> Result<(), String> {
        let fills =
            body.iter().filter_map(|op| if let Op::Fill { histogram, .. } = op { Some(*histogram) } else { None });
        let in_hand = |h: HistogramId| self.cursors.iter().any(|(cursor, _)| *cursor == h);
        let mut together: Vec<HistogramId> =
            fills.filter(|histogram| self.filled_once.contains(histogram) && !in_hand(*histogram)).collect();
        if together.len() > 1 {
            together.sort();
            self.make_room(&together)?;
            self.roomy = together;
        }
        Ok(())
    }

    pub(super) fn op(&mut self, op: &Op) -> Result<(), String> {
        self.mark(op);
        match op {
            Op::Let(value) => {
                let content = self.value(*value)?;
                self.registers.set(value.0, content);
                self.computed(*value, content);
                Ok(())
            }
            Op::Copy { to, from } => {
                let content = self.read(*from, self.plan.dag.ty(*from))?;
                self.registers.set(to.0, content);
                Ok(())
            }
            Op::If { cond, then, otherwise } => {
                let cond = self.read(*cond, Ty::Bool)?;
                if otherwise.is_empty() && is_short(self.plan, then, |to| self.takes_void(to)) {
                    return self.short(cond, then);
                }
                let (said, mut same) = (self.said(), true);
                let otherwise = |emit: &mut Self| {
                    same &= emit.said() == said;
                    emit.mark_again(said);
                    emit.block(otherwise)
                };
                self.branch(cond, |emit| emit.block(then), otherwise)?;
                let said = said.filter(|said| same && self.said() == Some(*said));
                self.mark_again(said);
                Ok(())
            }
            Op::For { over, depth, after, before, until, body } => {
                self.for_each((*over, *depth), [*after, *before], *until, body)?;
                self.mark_loop(body);
                Ok(())
            }
            Op::Start(value) => self.start(*value),
            Op::Update(value) => self.update(*value, None),
            Op::Begin(list) => self.begin_list(*list),
            Op::Reach { list, body } => {
                self.reach(*list, body)?;
                self.mark_loop(body);
                Ok(())
            }
            Op::Push { list, words, key } => self.push(*list, words, *key, None),
            Op::End(list) => self.end_list(*list),
            Op::BeginTable(table) => self.begin_tables(&[*table]),
            Op::PutTable(table) => self.put_table(*table),
            Op::Count(counter) => {
                let one = self.int(1);
                self.count(*counter, one);
                Ok(())
            }
            Op::Sum { sum, weight } => self.sum(*sum, *weight),
            Op::Fill { histogram, axes, weight } => self.fill(*histogram, axes, *weight, None),
            Op::Record { record, values } => self.record(*record, values),
            Op::Check { ok, site, values } => self.check(*ok, *site, values),
            Op::Select(selection) => {
                self.select_event(*selection, None);
                Ok(())
            }
            Op::Reached(line) => {
                self.reached(*line, None);
                Ok(())
            }
            Op::Store(slot, value) => self.store(*slot, *value),
            Op::Fetch(slot, value) => self.fetch(*slot, *value),
            Op::StoreList(slots, list) => self.store_list(*slots, *list),
            Op::FetchList(slots, list) => {
                self.fetch_list(*slots, *list);
                Ok(())
            }
            Op::StoreTable(slots, table) => self.store_table(*slots, *table),
            Op::FetchTable(slots, table) => {
                self.fetch_table(*slots, *table);
                Ok(())
            }
            Op::StoreBest(slots, best) => self.store_best(slots, *best),
            Op::FetchBest(slots, best) => self.fetch_best(slots, *best),
        }
    }

    /// True if what is appended can be made void by a condition.
    fn takes_void(&self, to: Appended) -> bool {
        match to {
            Appended::Histogram(histogram) => self.cursors.iter().any(|(cursor, _)| *cursor == histogram),
            Appended::List(list) => !matches!(self.plan.dag.list(list), ListNode::Reach { .. }),
        }
    }

    /// A short block that is done always: cuts are random, and a jump that is guessed wrong costs more.
    fn short(&mut self, cond: Value, then: &[Op]) -> Result<(), String> {
        let mark = self.registers.enter();
        for op in then {
            self.mark(op);
            match op {
                Op::Count(counter) => {
                    let one = self.f.ins().uextend(I64, cond);
                    self.count(*counter, one);
                }
                Op::Fill { histogram, axes, weight } => self.fill(*histogram, axes, *weight, Some(cond))?,
                Op::Select(selection) => self.select_event(*selection, Some(cond)),
                Op::Reached(line) => self.reached(*line, Some(cond)),
                Op::Update(value) => self.update(*value, Some(cond))?,
                Op::Push { list, words, key } => self.push(*list, words, *key, Some(cond))?,
                op => self.op(op)?,
            }
        }
        self.registers.leave(mark);
        Ok(())
    }

    /// The frame's room: where it begins and ends.
    pub(super) fn room(&mut self) -> [Value; 2] {
        [offset_of!(Frame, room), offset_of!(Frame, room_end)].map(|offset| self.field(MEMORY, offset))
    }

    /// Gives back what was taken since, unless the room was replaced by a new one.
    pub(super) fn give_back(&mut self, room: Value, room_end: Value) {
        let [room_now, end_now] = self.room();
        let same = self.f.ins().icmp(IntCC::Equal, room_end, end_now);
        let room = self.f.ins().select(same, room, room_now);
        self.f.ins().store(MEMORY, room, self.frame, offset_of!(Frame, room) as i32);
    }

    /// One of two blocks, then on.
    pub(super) fn branch(
        &mut self,
        cond: Value,
        then: impl FnOnce(&mut Self) -> Result<(), String>,
        otherwise: impl FnOnce(&mut Self) -> Result<(), String>,
    ) -> Result<(), String> {
        let (yes, no, on) = (self.f.create_block(), self.f.create_block(), self.f.create_block());
        self.f.ins().brif(cond, yes, &[], no, &[]);
        for block in [yes, no] {
            self.f.seal_block(block);
        }
        self.f.switch_to_block(yes);
        then(self)?;
        self.f.ins().jump(on, &[]);
        self.f.switch_to_block(no);
        otherwise(self)?;
        self.f.ins().jump(on, &[]);
        self.f.seal_block(on);
        self.f.switch_to_block(on);
        Ok(())
    }

    /// A block that is rarely run, then on.
    pub(super) fn rarely(
        &mut self,
        cond: Value,
        then: impl FnOnce(&mut Self) -> Result<(), String>,
    ) -> Result<(), String> {
        let (rare, on) = (self.f.create_block(), self.f.create_block());
        self.f.set_cold_block(rare);
        self.f.ins().brif(cond, rare, &[], on, &[]);
        self.f.seal_block(rare);
        self.f.switch_to_block(rare);
        then(self)?;
        self.f.ins().jump(on, &[]);
        self.f.seal_block(on);
        self.f.switch_to_block(on);
        Ok(())
    }

    /// The content of a register of this type.
    pub(super) fn read(&mut self, register: Register, ty: Ty) -> Result<Value, String> {
        let dag = &self.plan.dag;
        if dag.ty(register) != ty {
            return Err(format!("v{} is not {ty:?}", register.0));
        }
        if let Some(content) = self.registers.get(register.0) {
            return Ok(content);
        }
        if let Some(Accumulator::One(variable)) = self.accumulators.get(register.0) {
            return Ok(self.f.use_var(variable));
        }
        match dag.node(register) {
            Node::Bool(_) | Node::Int(_) | Node::Real(_) => self.value(register),
            node => Err(format!("v{} is read before it is set: {node:?}", register.0)),
        }
    }

    /// A word of the frame.
    pub(super) fn field(&mut self, flags: MemFlagsData, offset: usize) -> Value {
        self.f.ins().load(I64, flags, self.frame, offset as i32)
    }

    /// Entry `index` of one of the frame's tables of pointers.
    pub(super) fn table_entry(&mut self, table: usize, index: u32) -> Value {
        let table = self.field(POINTER, table);
        self.f.ins().load(I64, POINTER, table, (index * 8) as i32)
    }

    /// `base + (index << shift)`.
    pub(super) fn element(&mut self, base: Value, index: Value, shift: i64) -> Value {
        if shift == 0 {
            return self.f.ins().iadd(base, index);
        }
        let offset = self.f.ins().ishl_imm_u(index, shift);
        self.f.ins().iadd(base, offset)
    }

    /// An Int constant.
    pub(super) fn int(&mut self, content: i64) -> Value {
        self.f.ins().iconst(I64, content)
    }
}
