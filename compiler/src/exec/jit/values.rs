//! The values of compiled code: what each node of the graph becomes. Every instruction does to the bits what
//! `interp::values` does.

use std::f64::consts::PI;
use std::mem::offset_of;

use adl_runtime::kernel::Frame;
use adl_runtime::math::{BELOW_PI, THREE_PI, TURN};
use adl_runtime::schema::ElementType;
use cranelift::codegen::ir::BlockArg;
use cranelift::prelude::types::{F32, F64, I8, I16, I32, I64};
use cranelift::prelude::*;

use super::emit::{Accumulator, CONSTANT, Emit, POINTER};
use super::helpers::of_intrinsic;
use crate::exec::registers::in_bounds;
use crate::plan::{Binary, CollectionId, Input, InputId, Intrinsic, Node, Ty, Unary, Value as Register};

/// The Cranelift type of a register.
pub(super) fn clif_type(ty: Ty) -> Result<Type, String> {
    match ty {
        Ty::Bool => Ok(I8),
        Ty::Int => Ok(I64),
        Ty::Real => Ok(F64),
        Ty::Winner | Ty::Table => Err(format!("a {ty:?} is no register")),
    }
}

impl Emit<'_> {
    /// The content of a node whose operands are set.
    pub(super) fn value(&mut self, value: Register) -> Result<Value, String> {
        let plan = self.plan;
        let dag = &plan.dag;
        match dag.node(value) {
            Node::Bool(content) => Ok(self.f.ins().iconst(I8, i64::from(*content))),
            Node::Int(content) => Ok(self.int(*content)),
            Node::Real(bits) => Ok(self.f.ins().f64const(f64::from_bits(*bits))),
            Node::Number { of, at } => {
                let numbers = dag.numbers(*of);
                let position = self.read(*at, Ty::Int)?;
                let position = self.f.ins().band_imm_s(position, numbers.len() as i64 - 1);
                // The kernel keeps them.
                let start = self.int(numbers.as_ptr() as i64);
                let at = self.element(start, position, 3);
                Ok(self.f.ins().load(F64, CONSTANT, at, 0))
            }
            Node::Column(input) => {
                let start = self.start_of(*input);
                Ok(self.load(*input, start))
            }
            Node::Load { input, at } => {
                let mut position = self.read(*at, Ty::Int)?;
                if !in_bounds(plan, *input, *at)
                    && let Some(collection) = plan.inputs[input.0 as usize].collection
                {
                    let size = self.extent(collection).1;
                    position = self.f.ins().umin(position, size);
                }
                let start = self.start_of(*input);
                let element = plan.inputs[input.0 as usize].element;
                let at = self.element(start, position, i64::from(element.size().trailing_zeros()));
                Ok(self.load(*input, at))
            }
            Node::Unary(op, of) => {
                let operand = self.read(*of, dag.ty(*of))?;
                self.unary(*op, dag.ty(*of), operand)
            }
            Node::Binary(op, left, right) => {
                let ty = dag.ty(*left);
                let (left, right) = (self.read(*left, ty)?, self.read(*right, ty)?);
                self.binary(*op, ty, left, right)
            }
            Node::Select(cond, yes, no) => {
                let ty = dag.ty(*yes);
                let cond = self.read(*cond, Ty::Bool)?;
                let (minus, no) = (*dag.node(*yes) == Node::Unary(Unary::Neg, *no), self.read(*no, ty)?);
                if minus && ty == Ty::Real {
                    return Ok(self.negated_if(cond, no));
                }
                let yes = self.read(*yes, ty)?;
                clif_type(ty)?;
                Ok(self.select(cond, ty, yes, no))
            }
            Node::Call(intrinsic, arguments) => self.intrinsic(*intrinsic, arguments),
            Node::Size(list) => self.size(*list),
            Node::At { list, position, word } => {
                let position = self.read(*position, Ty::Int)?;
                let size = self.size(*list)?;
                // Of an empty list word 0 is read all the same: there always is one, and it is not used.
                let inside = self.f.ins().icmp(IntCC::UnsignedLessThan, position, size);
                let zero = self.int(0);
                let position = self.f.ins().select(inside, position, zero);
                let content = self.word(*list, position, *word as usize)?;
                Ok(self.f.ins().select(inside, content, zero))
            }
            Node::Found(best) => match self.accumulators.get(best.0) {
                Some(Accumulator::Best { found, .. }) => Ok(self.f.use_var(found)),
                _ => Err(format!("the winner v{} is read before it is set", best.0)),
            },
            Node::Winner { best, word } => match self.accumulators.get(best.0) {
                Some(Accumulator::Best { words, .. }) if words.len() > *word as usize => {
                    Ok(self.f.use_var(words[*word as usize]))
                }
                _ => Err(format!("the winner v{} is read before it is set", best.0)),
            },
            Node::Grouping { how, momenta } => self.grouping(*how, *momenta),
            Node::TableAt { table, position } => self.table_at(*table, *position),
            node @ (Node::Item { .. }
            | Node::Position { .. }
            | Node::Reduce { .. }
            | Node::Best { .. }
            | Node::Table { .. }) => Err(format!("v{} is no value to evaluate: {node:?}", value.0)),
        }
    }

    /// Address of the event's value of a column, or of its first element.
    pub(super) fn start_of(&mut self, input: InputId) -> Value {
        if let Some(start) = self.starts.get(input.0) {
            return start;
        }
        let Input { element, collection, .. } = self.plan.inputs[input.0 as usize];
        let index = collection.map_or(self.event, |collection| self.extent(collection).0);
        let column = self.table_entry(offset_of!(Frame, columns), input.0);
        let start = self.element(column, index, i64::from(element.size().trailing_zeros()));
        self.starts.set(input.0, start);
        start
    }

    /// First element of the event in a collection, and number of them.
    pub(super) fn extent(&mut self, collection: CollectionId) -> (Value, Value) {
        if let Some(extent) = self.extents.get(collection.0) {
            return extent;
        }
        let offsets = self.table_entry(offset_of!(Frame, offsets), collection.0);
        let at = self.element(offsets, self.event, 2);
        let first = self.f.ins().uload32(POINTER, at, 0);
        let end = self.f.ins().uload32(POINTER, at, 4);
        let extent = (first, self.f.ins().isub(end, first));
        self.extents.set(collection.0, extent);
        extent
    }

    /// The value of a column at an address, promoted.
    fn load(&mut self, input: InputId, at: Value) -> Value {
        let element = self.plan.inputs[input.0 as usize].element;
        let stored = match element {
            ElementType::Bool | ElementType::I8 | ElementType::U8 => I8,
            ElementType::I16 | ElementType::U16 => I16,
            ElementType::I32 | ElementType::U32 => I32,
            ElementType::I64 | ElementType::U64 => I64,
            ElementType::F32 => F32,
            ElementType::F64 => F64,
        };
        let content = self.f.ins().load(stored, CONSTANT, at, 0);
        match element {
            ElementType::Bool => self.f.ins().icmp_imm_u(IntCC::NotEqual, content, 0),
            ElementType::I8 | ElementType::I16 | ElementType::I32 => self.f.ins().sextend(I64, content),
            ElementType::U8 | ElementType::U16 | ElementType::U32 => self.f.ins().uextend(I64, content),
            ElementType::F32 => self.f.ins().fpromote(F64, content),
            ElementType::I64 | ElementType::U64 | ElementType::F64 => content,
        }
    }

    fn unary(&mut self, op: Unary, ty: Ty, operand: Value) -> Result<Value, String> {
        let ins = self.f.ins();
        Ok(match (op, ty) {
            (Unary::Neg, Ty::Real) => ins.fneg(operand),
            (Unary::Neg, Ty::Int) => ins.ineg(operand),
            (Unary::Not, Ty::Bool) => ins.bxor_imm_u(operand, 1),
            (Unary::Abs, Ty::Real) => ins.fabs(operand),
            (Unary::Abs, Ty::Int) => ins.iabs(operand),
            (Unary::Sqrt, Ty::Real) => ins.sqrt(operand),
            (Unary::Floor, Ty::Real) => ins.floor(operand),
            (Unary::ToReal, Ty::Int) => ins.fcvt_from_sint(F64, operand),
            (Unary::ToInt, Ty::Bool) => ins.uextend(I64, operand),
            (Unary::IsNan, Ty::Real) => ins.fcmp(FloatCC::Unordered, operand, operand),
            (Unary::IsFinite, Ty::Real) => {
                let size = ins.fabs(operand);
                let infinity = self.f.ins().f64const(f64::INFINITY);
                self.f.ins().fcmp(FloatCC::LessThan, size, infinity)
            }
            _ => return Err(format!("there is no {op:?} of a {ty:?}")),
        })
    }

    fn binary(&mut self, op: Binary, ty: Ty, a: Value, b: Value) -> Result<Value, String> {
        let ins = self.f.ins();
        Ok(match (op, ty) {
            (Binary::Add, Ty::Real) => ins.fadd(a, b),
            (Binary::Sub, Ty::Real) => ins.fsub(a, b),
            (Binary::Mul, Ty::Real) => ins.fmul(a, b),
            (Binary::Div, Ty::Real) => ins.fdiv(a, b),
            (Binary::Min, Ty::Real) => self.smaller(a, b),
            (Binary::Max, Ty::Real) => self.larger(a, b),
            (Binary::Lt, Ty::Real) => ins.fcmp(FloatCC::LessThan, a, b),
            (Binary::Le, Ty::Real) => ins.fcmp(FloatCC::LessThanOrEqual, a, b),
            (Binary::Eq, Ty::Real) => ins.fcmp(FloatCC::Equal, a, b),
            (Binary::Ne, Ty::Real) => ins.fcmp(FloatCC::OrderedNotEqual, a, b),
            (Binary::Add, Ty::Int) => ins.iadd(a, b),
            (Binary::Sub, Ty::Int) => ins.isub(a, b),
            (Binary::Mul, Ty::Int) => ins.imul(a, b),
            (Binary::Lt, Ty::Int) => ins.icmp(IntCC::SignedLessThan, a, b),
            (Binary::Le, Ty::Int) => ins.icmp(IntCC::SignedLessThanOrEqual, a, b),
            (Binary::Eq, Ty::Int | Ty::Bool) => ins.icmp(IntCC::Equal, a, b),
            (Binary::Ne, Ty::Int | Ty::Bool) => ins.icmp(IntCC::NotEqual, a, b),
            (Binary::And, Ty::Bool) | (Binary::BitAnd, Ty::Int) => ins.band(a, b),
            (Binary::Or, Ty::Bool) | (Binary::BitOr, Ty::Int) => ins.bor(a, b),
            // Cranelift takes the shift modulo 64.
            (Binary::Shl, Ty::Int) => ins.ishl(a, b),
            (Binary::Shr, Ty::Int) => ins.sshr(a, b),
            _ => return Err(format!("there is no {op:?} of {ty:?}s")),
        })
    }

    /// `math::min`: `b` if it is NaN or smaller, else `a`. The inner choice is one instruction on x86-64.
    pub(super) fn smaller(&mut self, a: Value, b: Value) -> Value {
        let less = self.f.ins().fcmp(FloatCC::LessThan, b, a);
        let chosen = self.f.ins().select(less, b, a);
        self.unless_nan(b, chosen)
    }

    /// `math::max`: `b` if it is NaN or larger, else `a`.
    pub(super) fn larger(&mut self, a: Value, b: Value) -> Value {
        let less = self.f.ins().fcmp(FloatCC::LessThan, a, b);
        let chosen = self.f.ins().select(less, b, a);
        self.unless_nan(b, chosen)
    }

    fn unless_nan(&mut self, number: Value, chosen: Value) -> Value {
        let nan = self.f.ins().fcmp(FloatCC::Unordered, number, number);
        self.f.ins().select(nan, number, chosen)
    }

    /// One of two values. Of Reals without the jump that Cranelift makes of `select` on x86-64: cuts are random.
    pub(super) fn select(&mut self, cond: Value, ty: Ty, yes: Value, no: Value) -> Value {
        if ty == Ty::Real && cfg!(target_arch = "x86_64") {
            let mask = self.f.ins().bmask(I64, cond);
            let mask = self.f.ins().bitcast(F64, MemFlagsData::new(), mask);
            self.f.ins().bitselect(mask, yes, no)
        } else {
            self.f.ins().select(cond, yes, no)
        }
    }

    /// A Real, or minus it: the condition is the sign that changes.
    fn negated_if(&mut self, cond: Value, number: Value) -> Value {
        let bit = self.f.ins().uextend(I64, cond);
        let bit = self.f.ins().ishl_imm_u(bit, 63);
        let bit = self.f.ins().bitcast(F64, MemFlagsData::new(), bit);
        self.f.ins().bxor(number, bit)
    }

    fn intrinsic(&mut self, intrinsic: Intrinsic, arguments: &[Register]) -> Result<Value, String> {
        let keyed = matches!(intrinsic, Intrinsic::Uniform | Intrinsic::Normal);
        let ty = if keyed { Ty::Int } else { Ty::Real };
        let arguments = arguments.iter().map(|argument| self.read(*argument, ty)).collect::<Result<Vec<_>, _>>()?;
        let missing = || format!("there is no function {}", intrinsic.name());
        if keyed {
            let bytes = 8 * arguments.len().max(1) as u32;
            let slot = self.f.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, bytes, 3));
            for (index, argument) in arguments.iter().enumerate() {
                self.f.ins().stack_store(I64, *argument, slot, 8 * index as i32);
            }
            let keys = self.f.ins().stack_addr(I64, slot, 0);
            let count = self.int(arguments.len() as i64);
            let helper = of_intrinsic(intrinsic).ok_or_else(missing)?;
            return self.call(helper, &[keys, count]).ok_or_else(missing);
        }
        match (intrinsic, arguments.as_slice()) {
            (Intrinsic::Hypot, [x, y]) => {
                let (xx, yy) = (self.f.ins().fmul(*x, *x), self.f.ins().fmul(*y, *y));
                let square = self.f.ins().fadd(xx, yy);
                Ok(self.f.ins().sqrt(square))
            }
            (Intrinsic::Wrap, [x]) => Ok(self.wrap(*x)),
            _ => self.call(of_intrinsic(intrinsic).ok_or_else(missing)?, &arguments).ok_or_else(missing),
        }
    }

    /// `math::wrap`, operation by operation; what is farther than one turn away is rare.
    fn wrap(&mut self, x: Value) -> Value {
        let [low, pi, turn, high, three] = [-PI, PI, TURN, BELOW_PI, THREE_PI].map(|c| self.f.ins().f64const(c));
        let step = self.f.ins().fcopysign(turn, x);
        let nearer = self.f.ins().fsub(x, step);
        let size = self.f.ins().fabs(x);
        let near = self.f.ins().fcmp(FloatCC::LessThan, size, three);
        let (rare, on) = (self.f.create_block(), self.f.create_block());
        let turned = self.f.append_block_param(on, F64);
        self.f.set_cold_block(rare);
        self.f.ins().brif(near, on, &[BlockArg::Value(nearer)], rare, &[]);
        self.f.seal_block(rare);
        self.f.switch_to_block(rare);
        let shifted = self.f.ins().fadd(x, pi);
        let turns = self.f.ins().fdiv(shifted, turn);
        let whole = self.f.ins().floor(turns);
        let away = self.f.ins().fmul(turn, whole);
        let far = self.f.ins().fsub(x, away);
        self.f.ins().jump(on, &[BlockArg::Value(far)]);
        self.f.seal_block(on);
        self.f.switch_to_block(on);
        let below = self.f.ins().fcmp(FloatCC::LessThan, turned, low);
        let turned = self.f.ins().select(below, low, turned);
        let above = self.f.ins().fcmp(FloatCC::LessThan, high, turned);
        let turned = self.f.ins().select(above, high, turned);
        let from = self.f.ins().fcmp(FloatCC::LessThanOrEqual, low, x);
        let to = self.f.ins().fcmp(FloatCC::LessThan, x, pi);
        let inside = self.f.ins().band(from, to);
        self.select(inside, Ty::Real, x, turned)
    }

    /// A stored word as the content of a register.
    pub(super) fn stored_word(&mut self, ty: Ty, address: Value) -> Result<Value, String> {
        let content = self.f.ins().load(if ty == Ty::Real { F64 } else { I64 }, CONSTANT, address, 0);
        Ok(match clif_type(ty)? {
            I8 => self.f.ins().ireduce(I8, content),
            _ => content,
        })
    }

    /// The content of a register as a word to store.
    pub(super) fn word_to_store(&mut self, content: Value) -> Value {
        if self.f.func.dfg.value_type(content) == I8 { self.f.ins().uextend(I64, content) } else { content }
    }
}
