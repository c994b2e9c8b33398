//! The cut into parts. A part ends at a cut behind which columns are first needed, or where the function would grow too
//! large.

use super::super::dag::{Dag, Value};
use super::super::placed::{Op, Program, SelectionId};
use super::Built;
use super::facts::{Columns, direct, length, whole};
use super::link::link;

/// Operations in one function, about: the search for registers takes more than twice as long for twice as many.
const LARGE: usize = 400;

/// A part whose slots are not yet known.
pub(super) struct Draft {
    pub selection: SelectionId,
    pub body: Vec<Piece>,
}

/// A piece of a draft's body.
pub(super) enum Piece {
    Op(Op),
    If(Value, Vec<Piece>, Vec<Piece>),
    /// Another part begins here, for the events that reach this place.
    Begins(usize),
}

/// Cuts the built program into parts.
pub(super) fn parts(dag: &Dag, built: Vec<Built>) -> Program {
    let mut cutter = Cutter { dag, drafts: Vec::new(), selections: 1 };
    let (needs, _) = direct(dag, &built);
    let first = cutter.part(built, SelectionId(0), &needs);
    let (parts, slots) = link(dag, cutter.drafts, first);
    Program { parts, selections: cutter.selections, slots }
}

struct Cutter<'a> {
    dag: &'a Dag,
    drafts: Vec<Option<Draft>>,
    selections: u32,
}

impl Cutter<'_> {
    /// Makes parts of a block whose own columns are loaded; gives the number of the first. Each but the first goes on
    /// with the same events where the one before it grew too large.
    fn part(&mut self, block: Vec<Built>, selection: SelectionId, loaded: &Columns) -> usize {
        let first = self.drafts.len();
        let mut number = first;
        self.drafts.push(None);
        let (mut size, mut body) = (0, Vec::new());
        let whole = whole(&block);
        for (place, built) in block.into_iter().enumerate() {
            if size > LARGE && whole.get(place).is_none_or(|end| *end < place) {
                let next = self.drafts.len();
                self.drafts.push(None);
                body.push(Piece::Begins(next));
                self.drafts[number] = Some(Draft { selection, body: std::mem::take(&mut body) });
                (number, size) = (next, 0);
            }
            self.piece(built, loaded, &mut size, &mut body);
        }
        self.drafts[number] = Some(Draft { selection, body });
        first
    }

    fn piece(&mut self, built: Built, loaded: &Columns, size: &mut usize, body: &mut Vec<Piece>) {
        match built {
            Built::Op(op) => {
                *size += length(&op);
                body.push(Piece::Op(op));
            }
            Built::Cut { cond, then, otherwise } => {
                *size += 1;
                let then = self.branch(then, loaded, size);
                let otherwise = self.branch(otherwise, loaded, size);
                body.push(Piece::If(cond, then, otherwise));
            }
        }
    }

    /// A branch of a cut: inline, or a part of its own.
    fn branch(&mut self, block: Vec<Built>, loaded: &Columns, size: &mut usize) -> Vec<Piece> {
        if block.is_empty() {
            return Vec::new();
        }
        let (needs, own) = direct(self.dag, &block);
        let covered = loaded.cover(&needs);
        if !covered || *size + own > LARGE {
            let selection = SelectionId(self.selections);
            self.selections += 1;
            let part = if covered {
                self.part(block, selection, loaded)
            } else {
                self.part(block, selection, &loaded.and(&needs))
            };
            return vec![Piece::Begins(part)];
        }
        let mut body = Vec::new();
        for built in block {
            self.piece(built, loaded, size, &mut body);
        }
        body
    }
}
