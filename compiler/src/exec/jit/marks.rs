//! Code for a profile: before a part works for another place of the text it says for which, in [`Now::place`], where the
//! driver's samples find it. Without places nothing of this is emitted.
//!
//! Cranelift computes what is pure where it is first used. So that a value is computed under its own place, one that is
//! not an operand there is stored ([`Now::value`]) before the place changes.

use std::mem::offset_of;

use adl_runtime::kernel::{Frame, Now};
use cranelift::prelude::types::I32;
use cranelift::prelude::*;

use super::emit::{Emit, MEMORY, POINTER};
use crate::exec::Places;
use crate::exec::describe::each;
use crate::exec::reached::place_of;
use crate::plan::placed::Op;
use crate::plan::walk::{Item, operands};
use crate::plan::{Node, Plan, Ty, Value as Register};

/// The state of the marks while a part is emitted.
pub(super) struct Marks<'a> {
    number: Places<'a>,
    /// The place that the code has said last, whichever way it came; none if that depends on the way.
    said: Option<u32>,
    /// Values of this place that no other value of it needs.
    open: Vec<(Register, Value)>,
}

impl<'a> Marks<'a> {
    pub(super) fn new(number: Places<'a>) -> Marks<'a> {
        Marks { number, said: None, open: Vec::new() }
    }

    /// The number of the place that an operation works for; none if it works for that of the operation before.
    fn of(&self, plan: &Plan, op: &Op) -> Option<u32> {
        let place = place_of(plan, op);
        Some((self.number)(place)).filter(|number| *number > Now::KERNEL)
    }

    /// The one place that all operations of a loop work for, if it is one.
    fn only(&self, plan: &Plan, body: &[Op]) -> Option<u32> {
        let mut found = None;
        let mut is_one = true;
        each(body, &mut |op| {
            if let Some(place) = self.of(plan, op) {
                is_one &= found.is_none_or(|other| other == place);
                found = Some(place);
            }
        });
        found.filter(|_| is_one)
    }
}

impl Emit<'_> {
    /// Says what an operation works for.
    pub(super) fn mark(&mut self, op: &Op) {
        let Some(marks) = &self.marks else { return };
        match op {
            Op::For { body, .. } | Op::Reach { body, .. } => {
                let only = marks.only(self.plan, body);
                self.compute_open();
                match only {
                    Some(place) => self.say(place),
                    None => self.unsaid(),
                }
            }
            Op::If { .. } => {
                if let Some(place) = marks.of(self.plan, op) {
                    self.say(place);
                }
                self.compute_open();
            }
            op => {
                if let Some(place) = marks.of(self.plan, op) {
                    self.say(place);
                }
            }
        }
    }

    /// Says that calls for a value follow.
    pub(super) fn mark_value(&mut self, value: Register) {
        self.mark(&Op::Let(value));
    }

    /// Where a loop's body begins: its first operation comes after its last one, too.
    pub(super) fn mark_loop(&mut self, body: &[Op]) {
        if let Some(marks) = &self.marks
            && (marks.said.is_none() || marks.only(self.plan, body) != marks.said)
        {
            self.unsaid();
        }
    }

    /// What is said last here, to be given back to [`Emit::mark_again`] where another way leads on from here.
    pub(super) fn said(&self) -> Option<u32> {
        self.marks.as_ref().and_then(|marks| marks.said)
    }

    /// Goes on where this was said last.
    pub(super) fn mark_again(&mut self, said: Option<u32>) {
        if let Some(marks) = &mut self.marks {
            marks.said = said;
            marks.open.clear();
        }
    }

    /// A value was computed.
    pub(super) fn computed(&mut self, register: Register, content: Value) {
        let Some(marks) = &mut self.marks else { return };
        operands(&self.plan.dag, register, &mut |item| {
            if let Item::Value(operand) = item {
                marks.open.retain(|(open, _)| *open != operand);
            }
        });
        let is_cheap = matches!(
            self.plan.dag.node(register),
            Node::Int(_) | Node::Real(_) | Node::Item { .. } | Node::Position { .. }
        );
        if matches!(self.plan.dag.ty(register), Ty::Int | Ty::Real) && !is_cheap {
            marks.open.push((register, content));
        }
    }

    fn unsaid(&mut self) {
        self.mark_again(None);
    }

    /// Has the values of this place computed.
    fn compute_open(&mut self) {
        let Some(open) = self.marks.as_mut().map(|marks| std::mem::take(&mut marks.open)) else { return };
        for (_, content) in open {
            let now = self.field(POINTER, offset_of!(Frame, now));
            self.f.ins().store(MEMORY, content, now, offset_of!(Now, value) as i32);
        }
    }

    fn say(&mut self, place: u32) {
        if self.said() == Some(place) {
            return;
        }
        self.compute_open();
        let now = self.field(POINTER, offset_of!(Frame, now));
        let number = self.f.ins().iconst(I32, i64::from(place));
        self.f.ins().store(MEMORY, number, now, offset_of!(Now, place) as i32);
        if let Some(marks) = &mut self.marks {
            marks.said = Some(place);
        }
    }
}
