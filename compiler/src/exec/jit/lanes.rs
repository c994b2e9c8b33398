//! Loops over objects that call sin, cos or sinh of each: the arguments of all objects first, then one call for several
//! objects at once, then the rest of the loop's body. The results are the same bits as those of one call per object.

use std::collections::{HashMap, HashSet};

use adl_runtime::math::lanes::LANES;
use cranelift::codegen::ir::BlockArg;
use cranelift::prelude::types::{F64, F64X2, I64};
use cranelift::prelude::*;

use super::emit::{Emit, MEMORY};
use super::helpers::{COS_LANES, SIN_COS_LANES, SIN_LANES, SINH_LANES};
use crate::exec::describe::each;
use crate::plan::placed::Op;
use crate::plan::walk::{Item, operands};
use crate::plan::{Intrinsic, List, Node, Plan, Ty, Value as Register};

/// Bytes of the numbers that are taken together.
const BLOCK: i64 = 8 * LANES as i64;

/// A loop's body in two: what is done for every object before the calls, and after them.
pub(super) struct Split {
    before: Vec<Op>,
    calls: Vec<Call>,
    after: Vec<Op>,
}

/// A function of a register of the loop.
struct Call {
    helper: usize,
    argument: Register,
    /// The second one of a function with two.
    results: Vec<Register>,
}

/// The columns that the calls of a loop filled.
struct Filled {
    /// Each register, and the address of its column.
    columns: Vec<(Register, Value)>,
    room: [Value; 2],
}

impl Split {
    /// Of a body that calls them for every object, and makes no lists: those would be made behind the columns, which
    /// are given back.
    pub(super) fn of(plan: &Plan, body: &[Op]) -> Option<Split> {
        let mut makes = false;
        each(body, &mut |op| {
            makes |= matches!(op, Op::Begin(_) | Op::BeginTable(_) | Op::Push { .. } | Op::Reach { .. });
        });
        if makes {
            return None;
        }
        let mut calls: Vec<(Intrinsic, Register, Register)> = Vec::new();
        // What depends on a call is not known before it, nor what the body accumulates or chooses.
        let mut late = HashSet::new();
        each(body, &mut |op| match op {
            Op::Copy { to, .. } => _ = late.insert(*to),
            Op::Start(value) | Op::Update(value) | Op::Fetch(_, value) | Op::FetchBest(_, value) => {
                late.insert(*value);
            }
            _ => {}
        });
        for op in body {
            let Op::Let(value) = op else { continue };
            let mut is_late = false;
            operands(&plan.dag, *value, &mut |item| is_late |= matches!(item, Item::Value(v) if late.contains(&v)));
            if let Node::Call(function @ (Intrinsic::Sin | Intrinsic::Cos | Intrinsic::Sinh), arguments) =
                plan.dag.node(*value)
                && let ([argument], false) = (arguments.as_slice(), is_late)
            {
                calls.push((*function, *argument, *value));
                is_late = true;
            }
            if is_late {
                late.insert(*value);
            }
        }
        if calls.is_empty() {
            return None;
        }
        let results: HashSet<Register> = calls.iter().map(|(_, _, result)| *result).collect();
        let after = body.iter().filter(|op| !matches!(op, Op::Let(v) if results.contains(v))).cloned().collect();
        let mut needed: HashSet<Register> = calls.iter().map(|(_, argument, _)| *argument).collect();
        let mut before: Vec<Op> = Vec::new();
        for op in body.iter().rev() {
            if let Op::Let(value) = op
                && needed.contains(value)
            {
                operands(&plan.dag, *value, &mut |item| {
                    if let Item::Value(operand) = item {
                        needed.insert(operand);
                    }
                });
                before.push(op.clone());
            }
        }
        before.reverse();
        Some(Split { before, calls: joined(calls), after })
    }

    /// Columns that the calls fill.
    fn columns(&self) -> i64 {
        self.calls.iter().map(|call| call.results.len() as i64).sum()
    }
}

/// Sine and cosine of one argument as one call.
fn joined(calls: Vec<(Intrinsic, Register, Register)>) -> Vec<Call> {
    let mut made: Vec<Call> = Vec::new();
    let mut angles: HashMap<Register, usize> = HashMap::new();
    for (function, argument, result) in calls {
        let (helper, other) = match function {
            Intrinsic::Sin => (SIN_LANES, COS_LANES),
            Intrinsic::Cos => (COS_LANES, SIN_LANES),
            _ => (SINH_LANES, SINH_LANES),
        };
        match angles.get(&argument).and_then(|at| made.get_mut(*at)) {
            Some(call) if helper != SINH_LANES && call.helper == other => {
                let at = usize::from(helper == COS_LANES);
                call.results.insert(at, result);
                call.helper = SIN_COS_LANES;
            }
            _ => {
                if helper != SINH_LANES {
                    angles.insert(argument, made.len());
                }
                made.push(Call { helper, argument, results: vec![result] });
            }
        }
    }
    made
}

impl Emit<'_> {
    /// A loop over the positions of a list up to `size`, if there are `some`.
    pub(super) fn for_each_in_lanes(
        &mut self,
        element: (List, u8),
        size: Value,
        split: &Split,
        [some, position]: [Value; 2],
        [start, exit]: [Block; 2],
    ) -> Result<(), String> {
        let (fill, end) = (self.f.create_block(), self.f.create_block());
        self.f.ins().brif(some, fill, &[], exit, &[]);
        self.f.seal_block(fill);
        self.f.switch_to_block(fill);
        let filled = self.fill_lanes(element, size, split)?;
        let zero = self.int(0);
        self.f.ins().jump(start, &[BlockArg::Value(zero)]);
        self.f.switch_to_block(start);
        let mark = self.registers.enter();
        self.set_element(element, position)?;
        for (register, column) in &filled.columns {
            let at = self.element(*column, position, 3);
            let content = self.f.ins().load(F64, MEMORY, at, 0);
            self.registers.set(register.0, content);
        }
        self.mark_loop(&split.after);
        self.block(&split.after)?;
        self.registers.leave(mark);
        let next = self.f.ins().iadd_imm_s(position, 1);
        let more = self.f.ins().icmp(IntCC::UnsignedLessThan, next, size);
        self.f.ins().brif(more, start, &[BlockArg::Value(next)], end, &[]);
        self.f.seal_block(start);
        self.f.seal_block(end);
        self.f.switch_to_block(end);
        let [room, room_end] = filled.room;
        self.give_back(room, room_end);
        self.f.ins().jump(exit, &[]);
        self.f.seal_block(exit);
        self.f.switch_to_block(exit);
        Ok(())
    }

    /// The arguments of every element, and the calls. There is an element.
    fn fill_lanes(&mut self, (over, depth): (List, u8), size: Value, split: &Split) -> Result<Filled, String> {
        let room = self.room();
        let blocks = self.f.ins().iadd_imm_s(size, LANES as i64 - 1);
        let blocks = self.f.ins().ushr_imm_u(blocks, i64::from(LANES.trailing_zeros()));
        let bytes = self.f.ins().imul_imm_s(blocks, BLOCK);
        let all = self.f.ins().imul_imm_s(bytes, split.columns());
        let mut column = self.take(all);
        let mut columns = Vec::new();
        for call in &split.calls {
            for result in &call.results {
                columns.push((*result, column));
                column = self.f.ins().iadd(column, bytes);
            }
        }
        // A call takes whole blocks: the numbers behind the last element are zeros.
        let none = self.f.ins().f64const(0.0);
        let none = self.f.ins().splat(F64X2, none);
        let arguments: Vec<(Register, Value)> = split
            .calls
            .iter()
            .filter_map(|call| columns.iter().find(|(r, _)| *r == call.results[0]))
            .copied()
            .collect();
        for (_, column) in &arguments {
            let behind = self.f.ins().iadd(*column, bytes);
            for at in (1..=BLOCK / 16).map(|pair| -16 * pair) {
                self.f.ins().store(MemFlagsData::new().with_notrap(), none, behind, at as i32);
            }
        }
        let (start, exit) = (self.f.create_block(), self.f.create_block());
        let position = self.f.append_block_param(start, I64);
        let zero = self.int(0);
        self.f.ins().jump(start, &[BlockArg::Value(zero)]);
        self.f.switch_to_block(start);
        let mark = self.registers.enter();
        self.set_element((over, depth), position)?;
        self.mark_loop(&split.before);
        for op in &split.before {
            self.op(op)?;
        }
        for (call, (_, column)) in split.calls.iter().zip(&arguments) {
            let content = self.read(call.argument, Ty::Real)?;
            let at = self.element(*column, position, 3);
            self.f.ins().store(MEMORY, content, at, 0);
        }
        self.registers.leave(mark);
        let next = self.f.ins().iadd_imm_s(position, 1);
        let more = self.f.ins().icmp(IntCC::UnsignedLessThan, next, size);
        self.f.ins().brif(more, start, &[BlockArg::Value(next)], exit, &[]);
        self.f.seal_block(start);
        self.f.switch_to_block(exit);
        self.f.seal_block(exit);
        for (call, (_, column)) in split.calls.iter().zip(&arguments) {
            // The second column of a call is behind its first.
            let second = self.f.ins().iadd(*column, bytes);
            self.mark_value(call.results[0]);
            self.call(call.helper, &[*column, second, blocks]);
        }
        Ok(Filled { columns, room })
    }
}
