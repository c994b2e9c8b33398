//! The values of the interpreter: what each node of the graph gives, as a 64-bit word.

use std::cmp::Ordering;

use adl_runtime::math;
use adl_runtime::schema::ElementType;

use crate::plan::build::number_at;
use crate::plan::{Binary, CollectionId, InputId, Intrinsic, List, ListNode, Node, Ty, Unary, Value};

use super::Machine;
use crate::exec::registers::in_bounds;

impl Machine<'_> {
    /// The content of a node whose operands are in their registers.
    pub(super) fn value(&self, value: Value) -> u64 {
        let dag = &self.plan.dag;
        match dag.node(value) {
            Node::Bool(content) => u64::from(*content),
            Node::Int(content) => *content as u64,
            Node::Real(bits) => *bits,
            Node::Number { of, at } => number_at(dag.numbers(*of), self.word(*at)).to_bits(),
            Node::Column(input) => self.load(*input, self.event as u64),
            Node::Load { input, at } => {
                let Some(collection) = self.plan.inputs[input.0 as usize].collection else { return 0 };
                let (first, size) = self.extent(collection);
                let position = self.word(*at);
                let position = if in_bounds(self.plan, *input, *at) { position } else { position.min(size) };
                self.load(*input, first + position)
            }
            Node::Unary(op, of) => self.unary(*op, dag.ty(*of), *of),
            Node::Binary(op, left, right) => self.binary(*op, dag.ty(*left), *left, *right),
            Node::Select(cond, yes, no) => self.word(if self.bool(*cond) { *yes } else { *no }),
            Node::Call(intrinsic, arguments) => self.call(*intrinsic, arguments).to_bits(),
            Node::Size(list) => self.size(*list),
            Node::At { list, position, word } => {
                let position = self.word(*position);
                if position < self.size(*list) { self.element(*list, position, *word as usize) } else { 0 }
            }
            Node::Found(best) => self.bests.get(best).map_or(0, |best| u64::from(best.found)),
            Node::Winner { best, word } => {
                self.bests.get(best).and_then(|best| best.words.get(*word as usize)).copied().unwrap_or(0)
            }
            Node::Grouping { how, momenta } => {
                let column = |i: usize| self.tables.get(&momenta[i]).map_or(&[][..], Vec::as_slice);
                math::grouping(*how, [column(0), column(1), column(2), column(3)]) as u64
            }
            Node::TableAt { table, position } => {
                let entry = self.tables.get(table).and_then(|table| table.get(self.word(*position) as usize));
                entry.copied().unwrap_or(f64::NAN).to_bits()
            }
            // Set by the operations that make them.
            Node::Item { .. }
            | Node::Position { .. }
            | Node::Reduce { .. }
            | Node::Best { .. }
            | Node::Table { .. } => self.word(value),
        }
    }

    /// Number of elements of a list.
    pub(super) fn size(&self, list: List) -> u64 {
        match self.plan.dag.list(list) {
            ListNode::All(collection) => self.extent(*collection).1,
            _ => self.lists[list.0 as usize].len,
        }
    }

    /// A word of the element at a position below the list's size.
    pub(super) fn element(&self, list: List, position: u64, word: usize) -> u64 {
        if matches!(self.plan.dag.list(list), ListNode::All(_)) {
            return position;
        }
        let width = self.plan.dag.leaves(list).len();
        // SAFETY: a list that was made or fetched has `len` elements at its address, for as long as the batch lasts.
        unsafe { u64::from(*(self.lists[list.0 as usize].address as *const u32).add(position as usize * width + word)) }
    }

    /// First element in the batch and number of elements of the event.
    fn extent(&self, collection: CollectionId) -> (u64, u64) {
        // SAFETY: the part's collections are loaded: one offset more than there are events.
        let (first, end) = unsafe {
            let offsets = (*(*self.frame).offsets.add(collection.0 as usize)).add(self.event);
            (*offsets, *offsets.add(1))
        };
        (u64::from(first), u64::from(end) - u64::from(first))
    }

    fn load(&self, input: InputId, index: u64) -> u64 {
        let index = index as usize;
        // SAFETY: the part's inputs are loaded, as the description says, with one value readable beyond the last.
        unsafe {
            let column = *(*self.frame).columns.add(input.0 as usize);
            match self.plan.inputs[input.0 as usize].element {
                ElementType::Bool => u64::from(*column.add(index) != 0),
                ElementType::I8 => i64::from(*column.cast::<i8>().add(index)) as u64,
                ElementType::U8 => u64::from(*column.add(index)),
                ElementType::I16 => i64::from(*column.cast::<i16>().add(index)) as u64,
                ElementType::U16 => u64::from(*column.cast::<u16>().add(index)),
                ElementType::I32 => i64::from(*column.cast::<i32>().add(index)) as u64,
                ElementType::U32 => u64::from(*column.cast::<u32>().add(index)),
                ElementType::I64 | ElementType::U64 | ElementType::F64 => *column.cast::<u64>().add(index),
                ElementType::F32 => f64::from(*column.cast::<f32>().add(index)).to_bits(),
            }
        }
    }

    fn unary(&self, op: Unary, ty: Ty, of: Value) -> u64 {
        let real = ty == Ty::Real;
        match op {
            Unary::Neg if real => (-self.real(of)).to_bits(),
            Unary::Neg => self.int(of).wrapping_neg() as u64,
            Unary::Not => u64::from(!self.bool(of)),
            Unary::Abs if real => self.real(of).abs().to_bits(),
            Unary::Abs => self.int(of).wrapping_abs() as u64,
            Unary::Sqrt => self.real(of).sqrt().to_bits(),
            Unary::Floor => math::floor(self.real(of)).to_bits(),
            Unary::ToReal => (self.int(of) as f64).to_bits(),
            Unary::ToInt => self.word(of),
            Unary::IsNan => u64::from(self.real(of).is_nan()),
            Unary::IsFinite => u64::from(self.real(of).is_finite()),
        }
    }

    fn binary(&self, op: Binary, ty: Ty, left: Value, right: Value) -> u64 {
        if ty == Ty::Real {
            let (a, b) = (self.real(left), self.real(right));
            return match op {
                Binary::Add => (a + b).to_bits(),
                Binary::Sub => (a - b).to_bits(),
                Binary::Mul => (a * b).to_bits(),
                Binary::Div => (a / b).to_bits(),
                Binary::Min => math::min(a, b).to_bits(),
                Binary::Max => math::max(a, b).to_bits(),
                Binary::Lt => u64::from(a < b),
                Binary::Le => u64::from(a <= b),
                Binary::Eq => u64::from(a == b),
                Binary::Ne => u64::from(a.partial_cmp(&b).is_some_and(Ordering::is_ne)),
                // Not operations on reals.
                Binary::And | Binary::Or | Binary::BitAnd | Binary::BitOr | Binary::Shl | Binary::Shr => 0,
            };
        }
        let (a, b) = (self.int(left), self.int(right));
        match op {
            Binary::Add => a.wrapping_add(b) as u64,
            Binary::Sub => a.wrapping_sub(b) as u64,
            Binary::Mul => a.wrapping_mul(b) as u64,
            Binary::Lt => u64::from(a < b),
            Binary::Le => u64::from(a <= b),
            Binary::Eq => u64::from(a == b),
            Binary::Ne => u64::from(a != b),
            Binary::And | Binary::BitAnd => (a & b) as u64,
            Binary::Or | Binary::BitOr => (a | b) as u64,
            Binary::Shl => a.wrapping_shl(b as u32 & 63) as u64,
            Binary::Shr => a.wrapping_shr(b as u32 & 63) as u64,
            // Not operations on integers.
            Binary::Div | Binary::Min | Binary::Max => 0,
        }
    }

    fn call(&self, intrinsic: Intrinsic, arguments: &[Value]) -> f64 {
        let real = |index: usize| arguments.get(index).map_or(f64::NAN, |argument| self.real(*argument));
        let keys = || -> Vec<i64> { arguments.iter().map(|argument| self.int(*argument)).collect() };
        intrinsic.of(&real, &keys)
    }
}
