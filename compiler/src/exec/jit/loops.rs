//! The loops over the elements of a list: position by position, or as `lanes` and `fours` take them.

use cranelift::codegen::ir::BlockArg;
use cranelift::prelude::types::I64;
use cranelift::prelude::*;

use super::emit::{Emit, MEMORY};
use super::fours::Fours;
use super::lanes::Split;
use crate::exec::describe::Reads;
use crate::plan::placed::Op;
use crate::plan::{List, ListNode, Node, Ty, Value as Register};

impl Emit<'_> {
    /// A loop over the positions of a list.
    pub(super) fn for_each(
        &mut self,
        (over, depth): (List, u8),
        [after, before]: [Option<Register>; 2],
        until: Option<(Register, bool)>,
        body: &[Op],
    ) -> Result<(), String> {
        if !self.in_loop {
            self.locate(&Reads::of(self.plan, body));
        }
        if let (None, None, Some(fours)) = (after, before, Fours::of(self.plan, (over, depth), body)) {
            let (has_fours, said) = (self.has_fours(&fours), self.said());
            return self.branch(
                has_fours,
                |emit| emit.count_in_fours(&fours, until),
                |emit| {
                    emit.mark_again(said);
                    emit.one_by_one((over, depth), [after, before], until, body)?;
                    emit.mark_again(None);
                    Ok(())
                },
            );
        }
        self.one_by_one((over, depth), [after, before], until, body)
    }

    /// The loop, position by position; tested at its end.
    fn one_by_one(
        &mut self,
        (over, depth): (List, u8),
        [after, before]: [Option<Register>; 2],
        until: Option<(Register, bool)>,
        body: &[Op],
    ) -> Result<(), String> {
        let first = match after {
            None => self.int(0),
            Some(after) => {
                let content = self.read(after, Ty::Int)?;
                let content = if matches!(self.plan.dag.node(after), Node::Position { .. }) {
                    content
                } else {
                    let before = self.int(-1);
                    self.f.ins().smax(content, before)
                };
                self.f.ins().iadd_imm_s(content, 1)
            }
        };
        let outermost = !self.in_loop;
        let mut size = self.size(over)?;
        if let Some(before) = before {
            let (before, zero) = (self.read(before, Ty::Int)?, self.int(0));
            let end = self.f.ins().smax(before, zero);
            size = self.f.ins().smin(size, end);
        }
        self.in_loop = true;
        let (start, exit) = (self.f.create_block(), self.f.create_block());
        let position = self.f.append_block_param(start, I64);
        let some = self.f.ins().icmp(IntCC::UnsignedLessThan, first, size);
        if let (Some(split), None, None, None) = (Split::of(self.plan, body), after, before, until) {
            self.for_each_in_lanes((over, depth), size, &split, [some, position], [start, exit])?;
            self.in_loop = !outermost;
            return Ok(());
        }
        self.f.ins().brif(some, start, &[BlockArg::Value(first)], exit, &[]);
        self.f.switch_to_block(start);
        self.mark_loop(body);
        let mark = self.registers.enter();
        self.set_element((over, depth), position)?;
        self.block(body)?;
        self.registers.leave(mark);
        self.in_loop = !outermost;
        let next = self.f.ins().iadd_imm_s(position, 1);
        let more = self.f.ins().icmp(IntCC::UnsignedLessThan, next, size);
        let go = self.unless_known(more, until)?;
        self.f.ins().brif(go, start, &[BlockArg::Value(next)], exit, &[]);
        self.f.seal_block(start);
        self.f.switch_to_block(exit);
        self.f.seal_block(exit);
        Ok(())
    }

    /// Whether a loop goes on that has `more`, and may end as soon as an accumulator has a content.
    pub(super) fn unless_known(&mut self, more: Value, until: Option<(Register, bool)>) -> Result<Value, String> {
        let Some((accumulator, content)) = until else { return Ok(more) };
        let mut open = self.read(accumulator, Ty::Bool)?;
        if content {
            open = self.f.ins().bxor_imm_u(open, 1);
        }
        Ok(self.f.ins().band(more, open))
    }

    /// Sets the registers of a loop's element.
    pub(super) fn set_element(&mut self, (over, depth): (List, u8), position: Value) -> Result<(), String> {
        let registers = self.loops.of(over, depth);
        for (word, register) in registers.words.iter().enumerate() {
            let content = self.word(over, position, word)?;
            self.registers.set(*register, content);
        }
        if let Some(register) = registers.position {
            self.registers.set(register, position);
        }
        Ok(())
    }

    /// A loop over the entries of a list that its body appends to.
    pub(super) fn reach(&mut self, list: List, body: &[Op]) -> Result<(), String> {
        let ListNode::Reach { of, from, depth, .. } = *self.plan.dag.list(list) else {
            return Err(format!("the list l{} is not made by reaching", list.0));
        };
        let from = self.read(from, Ty::Int)?;
        let making = self.append_new(list, from)?;
        let outermost = !self.in_loop;
        if outermost {
            self.locate(&Reads::of(self.plan, body));
        }
        self.in_loop = true;
        let [room, room_end] = self.room();
        let (start, inside, exit) = (self.f.create_block(), self.f.create_block(), self.f.create_block());
        let position = self.f.append_block_param(start, I64);
        let zero = self.int(0);
        self.f.ins().jump(start, &[BlockArg::Value(zero)]);
        self.f.switch_to_block(start);
        let len = self.f.use_var(making.len);
        let more = self.f.ins().icmp(IntCC::UnsignedLessThan, position, len);
        self.f.ins().brif(more, inside, &[], exit, &[]);
        self.f.seal_block(inside);
        self.f.switch_to_block(inside);
        let words = self.f.use_var(making.words);
        let at = self.element(words, position, 2);
        let word = self.f.ins().uload32(MEMORY, at, 0);
        let mark = self.registers.enter();
        let registers = self.loops.of(of, depth);
        for register in registers.words.iter().chain(&registers.position) {
            self.registers.set(*register, word);
        }
        self.mark_loop(body);
        self.block(body)?;
        self.registers.leave(mark);
        self.in_loop = !outermost;
        let next = self.f.ins().iadd_imm_s(position, 1);
        self.f.ins().jump(start, &[BlockArg::Value(next)]);
        self.f.seal_block(start);
        self.f.seal_block(exit);
        self.f.switch_to_block(exit);
        // What the body made is not read behind it.
        self.give_back(room, room_end);
        Ok(())
    }

    /// Finds the event in columns, above a loop that reads them.
    fn locate(&mut self, reads: &Reads) {
        reads.collections.iter().for_each(|collection| _ = self.extent(*collection));
        reads.inputs.iter().for_each(|input| _ = self.start_of(*input));
    }
}
