//! Numbers that are missing where a condition does not hold: what is computed of them is missing there too, so that one
//! choice at the end does for all steps of the computation. Called by `build`.

use super::dag::{Binary, Dag, Node, Value};

impl Dag {
    /// The condition and the content of a number that is missing where a condition does not hold.
    pub(super) fn guarded(&self, value: Value) -> Option<(Value, Value)> {
        match *self.node(value) {
            Node::Select(present, content, none) if self.is_nan(none) => Some((present, content)),
            _ => None,
        }
    }

    /// The contents of operands of which one at least is missing where a condition does not hold, and the condition: what
    /// is computed of them is missing there too. Not if one of them changes in a loop that another does not depend on.
    pub(super) fn present(&self, operands: &[Value]) -> Option<(Value, Vec<Value>)> {
        let (guarded, present) = operands.iter().find_map(|v| Some((*v, self.guarded(*v)?.0)))?;
        let mut contents = Vec::new();
        for operand in operands {
            let wider = self.free(*operand) & !self.free(guarded) != 0;
            let content = match self.guarded(*operand) {
                Some((other, content)) => {
                    (other == present && self.free(*operand) == self.free(guarded)).then_some(content)
                }
                None => (!wider).then_some(*operand),
            };
            contents.push(content?);
        }
        Some((present, contents))
    }

    /// A number that is missing where a condition does not hold.
    pub(super) fn where_present(&mut self, present: Value, content: Value) -> Value {
        let none = self.real(f64::NAN);
        self.select(present, content, none)
    }

    /// A comparison where a condition holds.
    pub(super) fn where_known(&mut self, comparison: Value, present: Value) -> Value {
        let Node::Binary(op @ (Binary::Lt | Binary::Le | Binary::Eq | Binary::Ne), a, b) = *self.node(comparison)
        else {
            return comparison;
        };
        let [x, y] = [a, b].map(|v| match self.guarded(v) {
            Some((other, content)) if other == present => content,
            _ => v,
        });
        if (x, y) == (a, b) { comparison } else { self.binary(op, x, y) }
    }
}
