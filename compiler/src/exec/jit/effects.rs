//! Accumulators and effects of compiled code: what operations leave behind in variables, slots, selections, counters,
//! sums and fill buffers.

use std::mem::offset_of;

use adl_runtime::kernel::{BATCH, Fills, Frame};
use cranelift::codegen::ir::BlockArg;
use cranelift::prelude::types::{F64, I8, I32, I64};
use cranelift::prelude::*;

use super::emit::{Accumulator, Emit, MEMORY, POINTER};
use super::helpers::DRAIN_FULL;
use super::values::clif_type;
use crate::plan::placed::{LineId, SelectionId, SlotId};
use crate::plan::{CounterId, HistogramId, InputId, Node, RecordId, Reduction, SiteId, SumId, Ty, Value as Register};

/// Offset of a field of a histogram's buffer. The buffers of records follow those of the histograms, and are numbered on.
fn fills_field(histogram: HistogramId, field: usize) -> i32 {
    histogram.0 as i32 * size_of::<Fills>() as i32 + field as i32
}

/// The buffer of a histogram at hand.
#[derive(Clone, Copy)]
pub(super) struct Cursor {
    /// Address of the next record.
    next: Variable,
    /// Address behind the last one that has room.
    end: Variable,
    /// Bytes of a record.
    size: i64,
}

impl Emit<'_> {
    /// Sets an accumulator to its neutral element.
    pub(super) fn start(&mut self, value: Register) -> Result<(), String> {
        let accumulator = self.accumulator(value)?;
        match (&accumulator, self.plan.dag.node(value)) {
            (Accumulator::Best { found, keys, words }, _) => {
                let (no, zero) = (self.f.ins().iconst(I8, 0), self.int(0));
                let nan = self.f.ins().f64const(f64::NAN);
                self.f.def_var(*found, no);
                keys.iter().for_each(|key| self.f.def_var(*key, nan));
                words.iter().for_each(|word| self.f.def_var(*word, zero));
            }
            (Accumulator::One(variable), Node::Reduce { op, .. }) => {
                let neutral = match (op, self.plan.dag.ty(value)) {
                    (Reduction::Sum, Ty::Real) => self.f.ins().f64const(0.0),
                    (Reduction::Product, Ty::Real) => self.f.ins().f64const(1.0),
                    (Reduction::Min, _) => self.f.ins().f64const(f64::INFINITY),
                    (Reduction::Max, _) => self.f.ins().f64const(f64::NEG_INFINITY),
                    (Reduction::Sum | Reduction::Count, _) => self.int(0),
                    (Reduction::Product, _) => self.int(1),
                    (Reduction::Any, _) => self.f.ins().iconst(I8, 0),
                    (Reduction::All, _) => self.f.ins().iconst(I8, 1),
                };
                self.f.def_var(*variable, neutral);
            }
            _ => return Err(format!("v{} is no accumulator", value.0)),
        }
        self.accumulators.set(value.0, accumulator);
        Ok(())
    }

    /// The variables of an accumulator, declared when it is first asked for.
    fn accumulator(&mut self, value: Register) -> Result<Accumulator, String> {
        if let Some(accumulator) = self.variables.get(&value) {
            return Ok(accumulator.clone());
        }
        let dag = &self.plan.dag;
        let accumulator = match dag.node(value) {
            Node::Best { over, keys, .. } => Accumulator::Best {
                found: self.f.declare_var(I8),
                keys: keys.iter().map(|_| self.f.declare_var(F64)).collect(),
                words: dag.leaves(*over).iter().map(|_| self.f.declare_var(I64)).collect(),
            },
            Node::Reduce { .. } => Accumulator::One(self.f.declare_var(clif_type(dag.ty(value))?)),
            _ => return Err(format!("v{} is no accumulator", value.0)),
        };
        self.variables.insert(value, accumulator.clone());
        Ok(accumulator)
    }

    /// Accumulates; a `Reduce` its neutral element unless a condition holds.
    pub(super) fn update(&mut self, value: Register, cond: Option<Value>) -> Result<(), String> {
        let accumulator = self.accumulators.get(value.0);
        let plan = self.plan;
        match (accumulator, plan.dag.node(value)) {
            (Some(Accumulator::One(variable)), Node::Reduce { op, body, .. }) => {
                let mut new = self.read(*body, plan.dag.ty(*body))?;
                if let Some(cond) = cond {
                    new = self.or_neutral(cond, *op, plan.dag.ty(*body), new);
                }
                let old = self.f.use_var(variable);
                let combined = match (op, plan.dag.ty(*body)) {
                    (Reduction::Sum, Ty::Real) => self.f.ins().fadd(old, new),
                    (Reduction::Product, Ty::Real) => self.f.ins().fmul(old, new),
                    (Reduction::Sum, Ty::Int) => self.f.ins().iadd(old, new),
                    (Reduction::Product, Ty::Int) => self.f.ins().imul(old, new),
                    (Reduction::Min, Ty::Real) => self.smaller(old, new),
                    (Reduction::Max, Ty::Real) => self.larger(old, new),
                    (Reduction::Any, Ty::Bool) => self.f.ins().bor(old, new),
                    (Reduction::All, Ty::Bool) => self.f.ins().band(old, new),
                    (Reduction::Count, Ty::Bool) => {
                        let one = self.f.ins().uextend(I64, new);
                        self.f.ins().iadd(old, one)
                    }
                    (op, ty) => return Err(format!("there is no {op:?} of {ty:?}s")),
                };
                self.f.def_var(variable, combined);
                Ok(())
            }
            (Some(Accumulator::Best { found, keys, words }), Node::Best { over, depth, keys: new, .. }) => {
                let new = new.iter().map(|key| self.read(*key, Ty::Real)).collect::<Result<Vec<_>, _>>()?;
                let registers = self.loops.of(*over, *depth).words;
                let items = registers.iter().map(|register| self.registers.get(*register)).collect::<Option<Vec<_>>>();
                let items = items.ok_or_else(|| format!("v{} is updated outside of its loop", value.0))?;
                // Most are worse by their first key.
                let maybe = match (new.first(), keys.first()) {
                    (Some(new), Some(key)) => {
                        let old = self.f.use_var(*key);
                        self.f.ins().fcmp(FloatCC::UnorderedOrLessThanOrEqual, *new, old)
                    }
                    _ => self.f.ins().iconst(I8, 1),
                };
                self.branch(
                    maybe,
                    |emit| {
                        let better = emit.is_better(found, &keys, &new);
                        emit.branch(
                            better,
                            |emit| {
                                let yes = emit.f.ins().iconst(I8, 1);
                                emit.f.def_var(found, yes);
                                keys.iter().zip(&new).for_each(|(key, new)| emit.f.def_var(*key, *new));
                                words.iter().zip(&items).for_each(|(word, item)| emit.f.def_var(*word, *item));
                                Ok(())
                            },
                            |_| Ok(()),
                        )
                    },
                    |_| Ok(()),
                )
            }
            _ => Err(format!("v{} is updated before it is started", value.0)),
        }
    }

    /// A number that is accumulated, or one that changes nothing: sums begin at +0 and never become -0.
    fn or_neutral(&mut self, cond: Value, op: Reduction, ty: Ty, new: Value) -> Value {
        let neutral = match (op, ty) {
            (Reduction::Any | Reduction::Count, _) => return self.f.ins().band(cond, new),
            (Reduction::All, _) => {
                let not = self.f.ins().bxor_imm_u(cond, 1);
                return self.f.ins().bor(not, new);
            }
            (Reduction::Sum, Ty::Real) => self.f.ins().f64const(0.0),
            (Reduction::Product, Ty::Real) => self.f.ins().f64const(1.0),
            (Reduction::Min, _) => self.f.ins().f64const(f64::INFINITY),
            (Reduction::Max, _) => self.f.ins().f64const(f64::NEG_INFINITY),
            (Reduction::Sum, _) => self.int(0),
            (Reduction::Product, _) => self.int(1),
        };
        self.select(cond, ty, new, neutral)
    }

    /// True if there is no winner, or the new keys are smaller: the first that differs decides, NaN is the largest.
    fn is_better(&mut self, found: Variable, keys: &[Variable], new: &[Value]) -> Value {
        let mut better = self.f.ins().iconst(I8, 0);
        for (key, new) in keys.iter().zip(new).rev() {
            let old = self.f.use_var(*key);
            let less = self.f.ins().fcmp(FloatCC::LessThan, *new, old);
            let old_nan = self.f.ins().fcmp(FloatCC::Unordered, old, old);
            let new_number = self.f.ins().fcmp(FloatCC::Ordered, *new, *new);
            let first_number = self.f.ins().band(old_nan, new_number);
            let less = self.f.ins().bor(less, first_number);
            let equal = self.f.ins().fcmp(FloatCC::Equal, *new, old);
            let new_nan = self.f.ins().fcmp(FloatCC::Unordered, *new, *new);
            let both_nan = self.f.ins().band(old_nan, new_nan);
            let equal = self.f.ins().bor(equal, both_nan);
            let later = self.f.ins().band(equal, better);
            better = self.f.ins().bor(less, later);
        }
        let found = self.f.use_var(found);
        let first = self.f.ins().bxor_imm_u(found, 1);
        self.f.ins().bor(first, better)
    }

    /// Adds to a counter.
    pub(super) fn count(&mut self, counter: CounterId, events: Value) {
        let counters = self.field(POINTER, offset_of!(Frame, counters));
        let offset = (counter.0 * 8) as i32;
        let old = self.f.ins().load(I64, MEMORY, counters, offset);
        let new = self.f.ins().iadd(old, events);
        self.f.ins().store(MEMORY, new, counters, offset);
    }

    /// Adds a weight and its square.
    pub(super) fn sum(&mut self, sum: SumId, weight: Register) -> Result<(), String> {
        let weight = self.read(weight, Ty::Real)?;
        let square = self.f.ins().fmul(weight, weight);
        let sums = self.field(POINTER, offset_of!(Frame, sums));
        for (index, term) in [weight, square].into_iter().enumerate() {
            let offset = (sum.0 * 16) as i32 + 8 * index as i32;
            let old = self.f.ins().load(F64, MEMORY, sums, offset);
            let new = self.f.ins().fadd(old, term);
            self.f.ins().store(MEMORY, new, sums, offset);
        }
        Ok(())
    }

    /// Makes room in the buffers of several histograms that are filled in one block, by one test: `drain_full` for runs of
    /// consecutive numbers if any is full.
    pub(super) fn make_room(&mut self, histograms: &[HistogramId]) -> Result<(), String> {
        let fills = self.field(POINTER, offset_of!(Frame, fills));
        let mut full = None;
        for histogram in histograms {
            let len = self.f.ins().load(I64, MEMORY, fills, fills_field(*histogram, offset_of!(Fills, len)));
            let capacity = self.f.ins().load(I64, MEMORY, fills, fills_field(*histogram, offset_of!(Fills, capacity)));
            let this = self.f.ins().icmp(IntCC::Equal, len, capacity);
            full = Some(full.map_or(this, |others| self.f.ins().bor(this, others)));
        }
        let Some(full) = full else { return Ok(()) };
        self.rarely(full, |emit| {
            for run in histograms.chunk_by(|a, b| a.0 + 1 == b.0) {
                let first = emit.int(run.first().map_or(0, |histogram| i64::from(histogram.0)));
                let count = emit.int(run.len() as i64);
                emit.call_rarely(DRAIN_FULL, &[emit.frame, first, count]);
            }
            Ok(())
        })
    }

    /// Appends an entry to the buffer of a histogram; one at hand only if a condition holds.
    pub(super) fn fill(
        &mut self,
        histogram: HistogramId,
        axes: &[Register],
        weight: Option<Register>,
        cond: Option<Value>,
    ) -> Result<(), String> {
        let mut record = axes.iter().map(|axis| self.read(*axis, Ty::Real)).collect::<Result<Vec<_>, _>>()?;
        match weight {
            Some(weight) => record.push(self.read(weight, Ty::Real)?),
            None if self.plan.histograms[histogram.0 as usize].weighted => record.push(self.f.ins().f64const(1.0)),
            None => {}
        }
        match self.cursors.iter().find(|(cursor, _)| *cursor == histogram) {
            Some((_, cursor)) => self.append_at_hand(histogram, *cursor, &record, cond),
            None => {
                self.append(histogram, record);
                Ok(())
            }
        }
    }

    /// Has the driver fill a histogram with a column, of so many events at an address.
    pub(super) fn fill_with_column(&mut self, histogram: HistogramId, input: InputId, [events, count]: [Value; 2]) {
        let mut signature = Signature::new(self.convention);
        signature.params.extend([I64, I32, I32, I64, I64].map(AbiParam::new));
        let signature = self.f.import_signature(signature);
        let address = self.field(MEMORY, offset_of!(Frame, fill));
        let [histogram, input] = [histogram.0, input.0].map(|number| self.f.ins().iconst(I32, i64::from(number)));
        self.f.ins().call_indirect(signature, address, &[self.frame, histogram, input, events, count]);
    }

    /// Keeps the buffer of a histogram at hand, which is filled with values on so many axes.
    pub(super) fn take_in_hand(&mut self, histogram: HistogramId, axes: usize) {
        let weighted = self.plan.histograms[histogram.0 as usize].weighted;
        let size = 8 * (axes + usize::from(weighted)) as i64;
        let cursor = Cursor { next: self.f.declare_var(I64), end: self.f.declare_var(I64), size };
        self.point(histogram, cursor);
        self.cursors.push((histogram, cursor));
    }

    /// Sets a cursor by its buffer.
    fn point(&mut self, histogram: HistogramId, cursor: Cursor) {
        let fills = self.field(POINTER, offset_of!(Frame, fills));
        let fields = [offset_of!(Fills, values), offset_of!(Fills, len), offset_of!(Fills, capacity)];
        let [values, len, capacity] =
            fields.map(|field| self.f.ins().load(I64, MEMORY, fills, fills_field(histogram, field)));
        for (variable, records) in [(cursor.next, len), (cursor.end, capacity)] {
            let bytes = self.f.ins().imul_imm_s(records, cursor.size);
            let address = self.f.ins().iadd(values, bytes);
            self.f.def_var(variable, address);
        }
    }

    /// Sets the length of a buffer by its cursor.
    fn put_back(&mut self, histogram: HistogramId, cursor: Cursor) {
        let fills = self.field(POINTER, offset_of!(Frame, fills));
        let values = self.f.ins().load(I64, MEMORY, fills, fills_field(histogram, offset_of!(Fills, values)));
        let next = self.f.use_var(cursor.next);
        let bytes = self.f.ins().isub(next, values);
        let size = self.int(cursor.size);
        let len = self.f.ins().udiv(bytes, size);
        self.f.ins().store(MEMORY, len, fills, fills_field(histogram, offset_of!(Fills, len)));
    }

    /// Ends what is kept at hand.
    pub(super) fn put_back_all(&mut self) {
        for (histogram, cursor) in std::mem::take(&mut self.cursors) {
            self.put_back(histogram, cursor);
        }
    }

    /// Appends a record by a cursor: its content is written always, and stays only if a condition holds.
    fn append_at_hand(
        &mut self,
        histogram: HistogramId,
        cursor: Cursor,
        record: &[Value],
        cond: Option<Value>,
    ) -> Result<(), String> {
        let (next, end) = (self.f.use_var(cursor.next), self.f.use_var(cursor.end));
        let full = self.f.ins().icmp(IntCC::Equal, next, end);
        self.rarely(full, |emit| {
            emit.put_back(histogram, cursor);
            let number = emit.int(i64::from(histogram.0));
            emit.call_frame(offset_of!(Frame, drain), number);
            emit.point(histogram, cursor);
            Ok(())
        })?;
        let next = self.f.use_var(cursor.next);
        for (index, content) in record.iter().enumerate() {
            self.f.ins().store(MEMORY, *content, next, 8 * index as i32);
        }
        let behind = match cond {
            None => self.f.ins().iadd_imm_s(next, cursor.size),
            Some(cond) => {
                let mask = self.f.ins().bmask(I64, cond);
                let step = self.f.ins().band_imm_s(mask, cursor.size);
                self.f.ins().iadd(next, step)
            }
        };
        self.f.def_var(cursor.next, behind);
        Ok(())
    }

    /// Appends a row to a record's buffer: the event's number, and the registers.
    pub(super) fn record(&mut self, record: RecordId, values: &[Register]) -> Result<(), String> {
        let mut row = vec![self.event];
        for value in values {
            let content = self.read(*value, self.plan.dag.ty(*value))?;
            row.push(self.word_to_store(content));
        }
        self.append(HistogramId(self.plan.histograms.len() as u32 + record.0), row);
        Ok(())
    }

    /// Appends an entry to a buffer, which is drained first if it is full.
    fn append(&mut self, histogram: HistogramId, record: Vec<Value>) {
        let fills = self.field(POINTER, offset_of!(Frame, fills));
        let at = |field: usize| fills_field(histogram, field);
        let len = self.f.ins().load(I64, MEMORY, fills, at(offset_of!(Fills, len)));
        let free = if self.roomy.contains(&histogram) { len } else { self.room_for_one(histogram, fills, len) };
        let values = self.f.ins().load(I64, MEMORY, fills, at(offset_of!(Fills, values)));
        let offset = self.f.ins().imul_imm_s(free, 8 * record.len() as i64);
        let place = self.f.ins().iadd(values, offset);
        for (index, content) in record.into_iter().enumerate() {
            self.f.ins().store(MEMORY, content, place, 8 * index as i32);
        }
        let next = self.f.ins().iadd_imm_s(free, 1);
        self.f.ins().store(MEMORY, next, fills, at(offset_of!(Fills, len)));
    }

    /// Drains a buffer if it is full, and gives the number of its records.
    fn room_for_one(&mut self, histogram: HistogramId, fills: Value, len: Value) -> Value {
        let at = |field: usize| fills_field(histogram, field);
        let capacity = self.f.ins().load(I64, MEMORY, fills, at(offset_of!(Fills, capacity)));
        let full = self.f.ins().icmp(IntCC::Equal, len, capacity);
        let (rare, on) = (self.f.create_block(), self.f.create_block());
        let free = self.f.append_block_param(on, I64);
        self.f.set_cold_block(rare);
        self.f.ins().brif(full, rare, &[], on, &[BlockArg::Value(len)]);
        self.f.seal_block(rare);
        self.f.switch_to_block(rare);
        let number = self.int(i64::from(histogram.0));
        self.call_frame(offset_of!(Frame, drain), number);
        let len = self.f.ins().load(I64, MEMORY, fills, at(offset_of!(Fills, len)));
        self.f.ins().jump(on, &[BlockArg::Value(len)]);
        self.f.seal_block(on);
        self.f.switch_to_block(on);
        free
    }

    /// Notes the fault of the event if it is the earliest.
    pub(super) fn check(&mut self, ok: Register, site: SiteId, values: &[Register]) -> Result<(), String> {
        let ok = self.read(ok, Ty::Bool)?;
        let values = values.iter().map(|v| self.read(*v, Ty::Real)).collect::<Result<Vec<_>, _>>()?;
        let fails = self.f.ins().bxor_imm_u(ok, 1);
        self.rarely(fails, |emit| {
            let event = emit.f.ins().ireduce(I32, emit.event);
            let earliest = emit.f.ins().load(I32, MEMORY, emit.frame, offset_of!(Frame, fault_event) as i32);
            let earlier = emit.f.ins().icmp(IntCC::UnsignedLessThan, event, earliest);
            emit.rarely(earlier, |emit| {
                let site = emit.f.ins().iconst(I32, i64::from(site.0));
                emit.f.ins().store(MEMORY, event, emit.frame, offset_of!(Frame, fault_event) as i32);
                emit.f.ins().store(MEMORY, site, emit.frame, offset_of!(Frame, fault_site) as i32);
                if !values.is_empty() {
                    let shown = emit.field(POINTER, offset_of!(Frame, fault_values));
                    for (i, value) in values.iter().enumerate() {
                        emit.f.ins().store(MEMORY, *value, shown, 8 * i as i32);
                    }
                }
                Ok(())
            })
        })
    }

    /// Appends the event to a selection; if there is a condition it is written always, and stays only if that holds.
    pub(super) fn select_event(&mut self, selection: SelectionId, cond: Option<Value>) {
        let events = self.table_entry(offset_of!(Frame, selections), selection.0);
        let selected = self.field(POINTER, offset_of!(Frame, selected));
        let offset = (selection.0 * 4) as i32;
        let len = self.f.ins().uload32(MEMORY, selected, offset);
        let at = self.element(events, len, 2);
        self.f.ins().istore32(MEMORY, self.event, at, 0);
        let one = match cond {
            None => self.int(1),
            Some(cond) => self.f.ins().uextend(I64, cond),
        };
        let len = self.f.ins().iadd(len, one);
        self.f.ins().istore32(MEMORY, len, selected, offset);
    }

    /// Notes that the event comes to a line, if a condition holds.
    pub(super) fn reached(&mut self, line: LineId, cond: Option<Value>) {
        let reached = self.field(POINTER, offset_of!(Frame, reached));
        let at = self.f.ins().iadd(reached, self.event);
        let offset = (line.0 as usize * BATCH) as i32;
        let mark = match cond {
            None => self.f.ins().iconst(I8, 1),
            Some(cond) => {
                let before = self.f.ins().load(I8, MEMORY, at, offset);
                self.f.ins().bor(before, cond)
            }
        };
        self.f.ins().store(MEMORY, mark, at, offset);
    }

    /// Address of the event's word of a slot.
    pub(super) fn slot(&mut self, slot: SlotId) -> Value {
        let words = self.table_entry(offset_of!(Frame, slots), slot.0);
        self.element(words, self.event, 3)
    }

    /// Keeps a register.
    pub(super) fn store(&mut self, slot: SlotId, value: Register) -> Result<(), String> {
        let content = self.read(value, self.plan.dag.ty(value))?;
        let content = self.word_to_store(content);
        let at = self.slot(slot);
        self.f.ins().store(MEMORY, content, at, 0);
        Ok(())
    }

    /// Sets a register that was kept.
    pub(super) fn fetch(&mut self, slot: SlotId, value: Register) -> Result<(), String> {
        let at = self.slot(slot);
        let content = self.stored_word(self.plan.dag.ty(value), at)?;
        self.registers.set(value.0, content);
        Ok(())
    }

    /// Keeps a winner.
    pub(super) fn store_best(&mut self, slots: &[SlotId], best: Register) -> Result<(), String> {
        let Some(Accumulator::Best { found, words, .. }) = self.accumulators.get(best.0) else {
            return Err(format!("the winner v{} is kept before it is set", best.0));
        };
        for (slot, variable) in slots.iter().zip(std::iter::once(&found).chain(&words)) {
            let content = self.f.use_var(*variable);
            let content = self.word_to_store(content);
            let at = self.slot(*slot);
            self.f.ins().store(MEMORY, content, at, 0);
        }
        Ok(())
    }

    /// Sets a winner that was kept.
    pub(super) fn fetch_best(&mut self, slots: &[SlotId], best: Register) -> Result<(), String> {
        let accumulator = self.accumulator(best)?;
        let Accumulator::Best { found, words, .. } = &accumulator else {
            return Err(format!("v{} is no winner", best.0));
        };
        for (index, (slot, variable)) in slots.iter().zip(std::iter::once(found).chain(words)).enumerate() {
            let at = self.slot(*slot);
            let content = self.stored_word(if index == 0 { Ty::Bool } else { Ty::Int }, at)?;
            self.f.def_var(*variable, content);
        }
        self.accumulators.set(best.0, accumulator);
        Ok(())
    }
}
