//! Loops that count the objects of a collection which pass cuts on their columns: four objects at a time, without a jump
//! for any of them. Most lists are so short that the loop is run through once, which the processor guesses right.
//!
//! Comparisons are made in the type that is stored. Against a constant that says the same as comparing in 64 bits, which
//! the analysis asks for, because the constant is moved to the next stored number on the side where that changes nothing.

use std::collections::HashMap;
use std::mem::offset_of;

use adl_runtime::kernel::Frame;
use adl_runtime::schema::ElementType;
use cranelift::codegen::ir::condcodes::CondCode;
use cranelift::codegen::ir::{BlockArg, Endianness};
use cranelift::prelude::types::{F32X4, I8X16, I32, I32X4, I64};
use cranelift::prelude::*;

use super::emit::{Accumulator, CONSTANT, Emit};
use crate::exec::describe::each;
use crate::plan::placed::Op;
use crate::plan::{
    Binary, CollectionId, Input, InputId, List, ListNode, Node, Plan, Reduction, Unary, Value as Register,
};

/// Objects that are looked at together.
const FOUR: i64 = 4;

/// Operations of a loop that is emitted twice, at most; conditions are no deeper either.
const MOST: usize = 1000;

/// A loop that only counts.
pub(super) struct Fours {
    collection: CollectionId,
    /// The position of an object.
    object: Node,
    counts: Vec<Counted>,
    /// What is known of every object.
    lanes: HashMap<Register, Lanes>,
}

/// An accumulator of the loop.
struct Counted {
    accumulator: Register,
    op: Reduction,
    /// All of them hold for the objects that it looks at.
    chosen: Vec<Register>,
    /// What it counts of those; all, if there is none.
    body: Option<Register>,
}

/// A register of the loop's body, for four objects at a time.
#[derive(Clone, Copy)]
enum Lanes {
    /// A column of bytes that are true or false.
    Flags(InputId),
    /// A column of 32-bit floats.
    Floats(InputId),
    /// A column of integers that 32 bits with a sign hold.
    Integers(InputId),
    /// Of 32-bit floats.
    Abs(Register),
    /// Of 32-bit floats.
    Neg(Register),
    Not(Register),
    Both(Register, Register),
    Either(Register, Register),
    /// A float against another.
    Float(FloatCC, Register, Register),
    /// A float against a constant.
    FloatTo(FloatCC, Register, f32),
    /// An integer against another.
    Integer(IntCC, Register, Register),
    /// An integer against a constant.
    IntegerTo(IntCC, Register, i32),
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Flag,
    Float,
    Integer,
}

impl Lanes {
    fn kind(self) -> Kind {
        match self {
            Lanes::Floats(_) | Lanes::Abs(_) | Lanes::Neg(_) => Kind::Float,
            Lanes::Integers(_) => Kind::Integer,
            Lanes::Flags(_)
            | Lanes::Not(_)
            | Lanes::Both(..)
            | Lanes::Either(..)
            | Lanes::Float(..)
            | Lanes::FloatTo(..)
            | Lanes::Integer(..)
            | Lanes::IntegerTo(..) => Kind::Flag,
        }
    }
}

impl Fours {
    /// Of the body of a loop over all objects of a collection, if it only counts by what this file can compare.
    pub(super) fn of(plan: &Plan, (over, depth): (List, u8), body: &[Op]) -> Option<Fours> {
        let ListNode::All(collection) = *plan.dag.list(over) else { return None };
        let mut operations = 0;
        each(body, &mut |_| operations += 1);
        if operations > MOST {
            return None;
        }
        let object = Node::Item { list: over, depth, word: 0 };
        let mut fours = Fours { collection, object, counts: Vec::new(), lanes: HashMap::new() };
        fours.collect(plan, body, &mut Vec::new())?;
        (!fours.counts.is_empty()).then_some(fours)
    }

    /// Notes what a block counts of the objects that are chosen; none if it does anything else.
    fn collect(&mut self, plan: &Plan, body: &[Op], chosen: &mut Vec<Register>) -> Option<()> {
        for op in body {
            match op {
                // What is not counted by is not needed.
                Op::Let(_) => {}
                Op::If { cond, then, otherwise } if otherwise.is_empty() => {
                    self.flag(plan, *cond)?;
                    chosen.push(*cond);
                    self.collect(plan, then, chosen)?;
                    chosen.pop();
                }
                Op::Update(accumulator) => {
                    let Node::Reduce { op: op @ (Reduction::Count | Reduction::Any | Reduction::All), body, .. } =
                        plan.dag.node(*accumulator)
                    else {
                        return None;
                    };
                    let body = match plan.dag.node(*body) {
                        Node::Bool(true) if *op != Reduction::All => None,
                        _ => {
                            self.flag(plan, *body)?;
                            Some(*body)
                        }
                    };
                    self.counts.push(Counted { accumulator: *accumulator, op: *op, chosen: chosen.clone(), body });
                }
                _ => return None,
            }
        }
        Some(())
    }

    fn flag(&mut self, plan: &Plan, register: Register) -> Option<()> {
        self.lanes(plan, register).filter(|kind| *kind == Kind::Flag).map(|_| ())
    }

    /// Notes what a register is, and those that it is made of.
    fn lanes(&mut self, plan: &Plan, register: Register) -> Option<Kind> {
        if let Some(lanes) = self.lanes.get(&register) {
            return Some(lanes.kind());
        }
        let dag = &plan.dag;
        let lanes = match *dag.node(register) {
            Node::Load { input, at } => {
                let Input { element, collection, .. } = plan.inputs[input.0 as usize];
                if *dag.node(at) != self.object || collection != Some(self.collection) {
                    return None;
                }
                match element {
                    ElementType::Bool => Lanes::Flags(input),
                    ElementType::F32 => Lanes::Floats(input),
                    ElementType::I8 | ElementType::U8 | ElementType::I16 | ElementType::U16 | ElementType::I32 => {
                        Lanes::Integers(input)
                    }
                    ElementType::U32 | ElementType::I64 | ElementType::U64 | ElementType::F64 => return None,
                }
            }
            Node::Unary(op, of) => match (op, self.lanes(plan, of)?) {
                (Unary::Abs, Kind::Float) => Lanes::Abs(of),
                (Unary::Neg, Kind::Float) => Lanes::Neg(of),
                (Unary::Not, Kind::Flag) => Lanes::Not(of),
                _ => return None,
            },
            Node::Binary(op @ (Binary::And | Binary::Or), a, b) => {
                self.flag(plan, a)?;
                self.flag(plan, b)?;
                if op == Binary::And { Lanes::Both(a, b) } else { Lanes::Either(a, b) }
            }
            Node::Binary(op, a, b) => self.comparison(plan, (op, a, b))?,
            _ => return None,
        };
        self.lanes.insert(register, lanes);
        Some(lanes.kind())
    }

    fn comparison(&mut self, plan: &Plan, (op, a, b): (Binary, Register, Register)) -> Option<Lanes> {
        match (plan.dag.node(a), plan.dag.node(b)) {
            (Node::Real(bits), _) => self.float_to(plan, float_order(op)?.swap_args(), b, f64::from_bits(*bits)),
            (_, Node::Real(bits)) => self.float_to(plan, float_order(op)?, a, f64::from_bits(*bits)),
            (Node::Int(number), _) => self.integer_to(plan, integer_order(op)?.swap_args(), b, *number),
            (_, Node::Int(number)) => self.integer_to(plan, integer_order(op)?, a, *number),
            _ => match (self.lanes(plan, a)?, self.lanes(plan, b)?) {
                (Kind::Float, Kind::Float) => Some(Lanes::Float(float_order(op)?, a, b)),
                (Kind::Integer, Kind::Integer) => Some(Lanes::Integer(integer_order(op)?, a, b)),
                _ => None,
            },
        }
    }

    fn float_to(&mut self, plan: &Plan, order: FloatCC, of: Register, number: f64) -> Option<Lanes> {
        let to = stored(order, number)?;
        (self.lanes(plan, of)? == Kind::Float).then_some(Lanes::FloatTo(order, of, to))
    }

    fn integer_to(&mut self, plan: &Plan, order: IntCC, of: Register, number: i64) -> Option<Lanes> {
        let to = i32::try_from(number).ok()?;
        (self.lanes(plan, of)? == Kind::Integer).then_some(Lanes::IntegerTo(order, of, to))
    }
}

fn float_order(op: Binary) -> Option<FloatCC> {
    match op {
        Binary::Lt => Some(FloatCC::LessThan),
        Binary::Le => Some(FloatCC::LessThanOrEqual),
        Binary::Eq => Some(FloatCC::Equal),
        _ => None,
    }
}

fn integer_order(op: Binary) -> Option<IntCC> {
    match op {
        Binary::Lt => Some(IntCC::SignedLessThan),
        Binary::Le => Some(IntCC::SignedLessThanOrEqual),
        Binary::Eq => Some(IntCC::Equal),
        Binary::Ne => Some(IntCC::NotEqual),
        _ => None,
    }
}

/// The 32-bit float that divides 32-bit floats as a number does, in this order: the nearest one on the number's side of
/// those that hold. None if there is no such.
fn stored(order: FloatCC, number: f64) -> Option<f32> {
    let nearest = number as f32;
    let is_below = f64::from(nearest) < number;
    let is_above = f64::from(nearest) > number;
    match order {
        FloatCC::LessThan | FloatCC::GreaterThanOrEqual if is_below => Some(nearest.next_up()),
        FloatCC::GreaterThan | FloatCC::LessThanOrEqual if is_above => Some(nearest.next_down()),
        FloatCC::Equal if is_below || is_above => None,
        _ if number.is_nan() => None,
        _ => Some(nearest),
    }
}

impl Emit<'_> {
    /// True if there are four objects in memory from each of an event on: of this event, or of others up to the last that
    /// the part runs over.
    pub(super) fn has_fours(&mut self, fours: &Fours) -> Value {
        let [events, count] = self.events;
        let last = self.f.ins().iadd_imm_s(count, -1);
        let last = self.element(events, last, 2);
        let last = self.f.ins().uload32(CONSTANT, last, 0);
        // Once for all events.
        let tables = self.field(CONSTANT, offset_of!(Frame, offsets));
        let offsets = self.f.ins().load(I64, CONSTANT, tables, (fours.collection.0 * 8) as i32);
        let at = self.element(offsets, last, 2);
        let end = self.f.ins().uload32(CONSTANT, at, 4);
        let (first, size) = self.extent(fours.collection);
        let behind = self.f.ins().iadd(first, size);
        let behind = self.f.ins().iadd_imm_s(behind, FOUR);
        self.f.ins().icmp(IntCC::UnsignedLessThanOrEqual, behind, end)
    }

    /// The loop, where there are; `until` is the accumulator and the content at which it ends.
    pub(super) fn count_in_fours(&mut self, fours: &Fours, until: Option<(Register, bool)>) -> Result<(), String> {
        let size = self.extent(fours.collection).1;
        let (start, exit) = (self.f.create_block(), self.f.create_block());
        let position = self.f.append_block_param(start, I64);
        let zero = self.int(0);
        self.f.ins().jump(start, &[BlockArg::Value(zero)]);
        self.f.switch_to_block(start);
        self.mark_again(None);
        let left = self.f.ins().isub(size, position);
        let four = self.int(FOUR);
        let left = self.f.ins().umin(left, four);
        let one = self.int(1);
        let objects = self.f.ins().ishl(one, left);
        let objects = self.f.ins().iadd_imm_s(objects, -1);
        let objects = self.f.ins().ireduce(I32, objects);
        let mut done = HashMap::new();
        for counted in &fours.counts {
            self.mark_value(counted.accumulator);
            self.count_bits(fours, counted, [position, objects], &mut done)?;
        }
        let next = self.f.ins().iadd_imm_s(position, FOUR);
        let more = self.f.ins().icmp(IntCC::UnsignedLessThan, next, size);
        let go = self.unless_known(more, until)?;
        self.f.ins().brif(go, start, &[BlockArg::Value(next)], exit, &[]);
        self.f.seal_block(start);
        self.f.seal_block(exit);
        self.f.switch_to_block(exit);
        self.mark_again(None);
        Ok(())
    }

    /// Counts those of the objects from a position on that have a bit.
    fn count_bits(
        &mut self,
        fours: &Fours,
        counted: &Counted,
        [position, objects]: [Value; 2],
        done: &mut HashMap<Register, Value>,
    ) -> Result<(), String> {
        let mut chosen = objects;
        for flag in &counted.chosen {
            let bits = self.bits(fours, *flag, position, done)?;
            chosen = self.f.ins().band(chosen, bits);
        }
        let body = counted.body.map(|body| self.bits(fours, body, position, done)).transpose()?;
        let Some(Accumulator::One(variable)) = self.accumulators.get(counted.accumulator.0) else {
            return Err(format!("v{} is updated before it is started", counted.accumulator.0));
        };
        let old = self.f.use_var(variable);
        let new = match (counted.op, body) {
            (Reduction::All, Some(body)) => {
                let bad = self.f.ins().band_not(chosen, body);
                let good = self.f.ins().icmp_imm_u(IntCC::Equal, bad, 0);
                self.f.ins().band(old, good)
            }
            (op, body) => {
                let found = body.map_or(chosen, |body| self.f.ins().band(chosen, body));
                if op == Reduction::Any {
                    let some = self.f.ins().icmp_imm_u(IntCC::NotEqual, found, 0);
                    self.f.ins().bor(old, some)
                } else {
                    let number = self.f.ins().popcnt(found);
                    let number = self.f.ins().uextend(I64, number);
                    self.f.ins().iadd(old, number)
                }
            }
        };
        self.f.def_var(variable, new);
        Ok(())
    }

    /// Bit k of a flag for the object k places behind a position.
    fn bits(
        &mut self,
        fours: &Fours,
        flag: Register,
        position: Value,
        done: &mut HashMap<Register, Value>,
    ) -> Result<Value, String> {
        let mask = self.lanes(fours, flag, position, done)?;
        Ok(self.f.ins().vhigh_bits(I32, mask))
    }

    /// A register of four objects: floats, integers, or all bits of those for which it is true.
    fn lanes(
        &mut self,
        fours: &Fours,
        register: Register,
        position: Value,
        done: &mut HashMap<Register, Value>,
    ) -> Result<Value, String> {
        if let Some(known) = done.get(&register) {
            return Ok(*known);
        }
        let Some(lanes) = fours.lanes.get(&register).copied() else {
            return Err(format!("v{} is not known of four objects", register.0));
        };
        let mut of = |emit: &mut Self, register: Register| emit.lanes(fours, register, position, done);
        let content = match lanes {
            Lanes::Floats(input) | Lanes::Integers(input) => self.load_four(input, position),
            Lanes::Flags(input) => {
                let bytes = self.load_four(input, position);
                let zero = self.f.ins().iconst(I32, 0);
                let zeros = self.f.ins().splat(I32X4, zero);
                self.f.ins().icmp(IntCC::NotEqual, bytes, zeros)
            }
            Lanes::Abs(a) => {
                let a = of(self, a)?;
                self.f.ins().fabs(a)
            }
            Lanes::Neg(a) => {
                let a = of(self, a)?;
                self.f.ins().fneg(a)
            }
            Lanes::Not(a) => {
                let a = of(self, a)?;
                self.f.ins().bnot(a)
            }
            Lanes::Both(a, b) => {
                let (a, b) = (of(self, a)?, of(self, b)?);
                self.f.ins().band(a, b)
            }
            Lanes::Either(a, b) => {
                let (a, b) = (of(self, a)?, of(self, b)?);
                self.f.ins().bor(a, b)
            }
            Lanes::Float(order, a, b) => {
                let (a, b) = (of(self, a)?, of(self, b)?);
                self.f.ins().fcmp(order, a, b)
            }
            Lanes::FloatTo(order, a, number) => {
                let a = of(self, a)?;
                let number = self.f.ins().f32const(number);
                let number = self.f.ins().splat(F32X4, number);
                self.f.ins().fcmp(order, a, number)
            }
            Lanes::Integer(order, a, b) => {
                let (a, b) = (of(self, a)?, of(self, b)?);
                self.f.ins().icmp(order, a, b)
            }
            Lanes::IntegerTo(order, a, number) => {
                let a = of(self, a)?;
                let number = self.f.ins().iconst(I32, i64::from(number as u32));
                let number = self.f.ins().splat(I32X4, number);
                self.f.ins().icmp(order, a, number)
            }
        };
        done.insert(register, content);
        Ok(content)
    }

    /// The values of a column for four objects: as 32-bit floats, or as 32-bit integers.
    fn load_four(&mut self, input: InputId, position: Value) -> Value {
        // Not aligned to four values.
        let flags = MemFlagsData::new().with_notrap().with_readonly().with_can_move();
        let element = self.plan.inputs[input.0 as usize].element;
        let start = self.start_of(input);
        let at = self.element(start, position, i64::from(element.size().trailing_zeros()));
        match element {
            ElementType::F32 => self.f.ins().load(F32X4, flags, at, 0),
            ElementType::I16 => self.f.ins().sload16x4(flags, at, 0),
            ElementType::U16 => self.f.ins().uload16x4(flags, at, 0),
            ElementType::Bool | ElementType::I8 | ElementType::U8 => {
                let bytes = self.f.ins().load(I32, flags, at, 0);
                let bytes = self.f.ins().scalar_to_vector(I32X4, bytes);
                let little = MemFlagsData::new().with_endianness(Endianness::Little);
                let bytes = self.f.ins().bitcast(I8X16, little, bytes);
                if element == ElementType::I8 {
                    let pairs = self.f.ins().swiden_low(bytes);
                    self.f.ins().swiden_low(pairs)
                } else {
                    let pairs = self.f.ins().uwiden_low(bytes);
                    self.f.ins().uwiden_low(pairs)
                }
            }
            _ => self.f.ins().load(I32X4, flags, at, 0),
        }
    }
}
