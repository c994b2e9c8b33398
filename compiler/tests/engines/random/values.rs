//! Random values.

use adl_runtime::math::Grouping;
use adl_runtime::schema::ElementType::{self, *};
use adlc::plan::*;

use super::Random;

impl Random {
    pub(super) fn real(&mut self, levels: u32) -> Value {
        if levels == 0 {
            return match self.below(3) {
                0 => {
                    let content = self.number();
                    self.b.plan.dag.real(content)
                }
                _ => self.stored(&[F32, F64]),
            };
        }
        let levels = levels - 1;
        match self.below(14) {
            0 | 1 => self.real(0),
            2 => {
                let (op, of) = (self.pick(&[Unary::Neg, Unary::Abs, Unary::Sqrt, Unary::Floor]), self.real(levels));
                self.b.plan.dag.unary(op, of)
            }
            3..=5 => {
                use Binary::*;
                let op = self.pick(&[Add, Sub, Mul, Div, Min, Max]);
                let (a, b) = (self.real(levels), self.real(levels));
                self.b.plan.dag.binary(op, a, b)
            }
            6 => {
                let (c, a, b) = (self.bool(levels), self.real(levels), self.real(levels));
                self.b.plan.dag.select(c, a, b)
            }
            7 => {
                let (intrinsic, _, arity) = self.pick(&intrinsic::INTRINSICS);
                let arguments = (0..arity).map(|_| self.real(levels)).collect();
                self.b.plan.dag.call(intrinsic, arguments)
            }
            8 => {
                let keys = (0..self.below(3)).map(|_| self.int(levels)).collect();
                let intrinsic = self.pick(&[Intrinsic::Uniform, Intrinsic::Normal]);
                self.b.plan.dag.call(intrinsic, keys)
            }
            9 => {
                let of = self.int(levels);
                self.b.plan.dag.unary(Unary::ToReal, of)
            }
            10 | 11 if self.may_loop() => {
                use Reduction::*;
                let op = self.pick(&[Sum, Product, Min, Max]);
                self.reduce(op, levels, Ty::Real)
            }
            12 if self.may_loop() => self.chosen(levels),
            13 => {
                let numbers = (0..=self.below(5)).map(|_| self.number()).collect();
                let (of, at) = (self.b.plan.dag.keep_numbers(numbers), self.int(levels));
                self.b.plan.dag.number(of, at)
            }
            _ => self.stored(&[F32, F64]),
        }
    }

    pub(super) fn int(&mut self, levels: u32) -> Value {
        if levels == 0 {
            return match self.below(3) {
                0 => {
                    let content = self.whole();
                    self.b.plan.dag.int(content)
                }
                _ => self.stored(&[I8, U8, I16, U16, I32, U32, I64, U64]),
            };
        }
        let levels = levels - 1;
        match self.below(11) {
            0 | 1 => self.int(0),
            2 => {
                let (op, of) = (self.pick(&[Unary::Neg, Unary::Abs]), self.int(levels));
                self.b.plan.dag.unary(op, of)
            }
            3 | 4 => {
                use Binary::*;
                let op = self.pick(&[Add, Sub, Mul, BitAnd, BitOr, Shl, Shr]);
                let (a, b) = (self.int(levels), self.int(levels));
                self.b.plan.dag.binary(op, a, b)
            }
            5 => {
                let of = self.bool(levels);
                self.b.plan.dag.unary(Unary::ToInt, of)
            }
            6 if self.may_loop() => {
                let list = self.list(levels);
                self.b.plan.dag.size(list)
            }
            7 if self.may_loop() => {
                let op = self.pick(&[Reduction::Sum, Reduction::Product, Reduction::Count]);
                self.reduce(op, levels, if op == Reduction::Count { Ty::Bool } else { Ty::Int })
            }
            8 if !self.loops.is_empty() => {
                let depth = self.below(self.loops.len());
                self.b.plan.dag.position(self.loops[depth], depth as u8)
            }
            9 if self.may_loop() => {
                let (list, position) = (self.list(levels), self.int(levels));
                let word = self.below(self.b.plan.dag.leaves(list).len());
                self.b.plan.dag.at(list, position, word as u8)
            }
            10 if self.may_loop() => self.grouping(levels),
            _ => self.int(0),
        }
    }

    /// A division of a list in two, which is not so large that trying takes long.
    fn grouping(&mut self, levels: u32) -> Value {
        let over = self.list(levels);
        if self.largest(over) > 12 {
            return self.int(0);
        }
        let how = self.pick(&[(0, 0), (1, 1), (2, 2), (2, 3), (3, 3)]);
        let how = Grouping::new(how.0, how.1).unwrap_or(Grouping::SmallestMasses);
        let (depth, momenta) = self.within(over, 1, |r, _| [0; 4].map(|_| r.real(levels)));
        self.b.plan.dag.grouping(how, over, depth, momenta)
    }

    pub(super) fn bool(&mut self, levels: u32) -> Value {
        if levels == 0 {
            return match self.below(6) {
                0 => {
                    let content = self.below(2) == 0;
                    self.b.plan.dag.bool(content)
                }
                _ => self.stored(&[Bool]),
            };
        }
        let levels = levels - 1;
        use Binary::*;
        match self.below(10) {
            0 => self.bool(0),
            1..=3 => {
                let op = self.pick(&[Lt, Le, Eq, Ne]);
                let (a, b) = (self.real(levels), self.real(levels));
                self.b.plan.dag.binary(op, a, b)
            }
            4 => {
                let op = self.pick(&[Lt, Le, Eq, Ne]);
                let (a, b) = (self.int(levels), self.int(levels));
                self.b.plan.dag.binary(op, a, b)
            }
            5 | 6 => {
                let op = self.pick(&[And, Or]);
                let (a, b) = (self.bool(levels), self.bool(levels));
                self.b.plan.dag.binary(op, a, b)
            }
            7 => {
                let of = self.real(levels);
                let op = self.pick(&[Unary::IsNan, Unary::IsFinite]);
                let is = self.b.plan.dag.unary(op, of);
                if self.below(2) == 0 { is } else { self.b.plan.dag.not(is) }
            }
            8 if self.may_loop() => {
                let op = self.pick(&[Reduction::Any, Reduction::All]);
                self.reduce(op, levels, Ty::Bool)
            }
            9 if self.may_loop() => {
                let (_, best) = self.best(levels);
                self.b.plan.dag.found(best)
            }
            _ => self.bool(0),
        }
    }

    pub(super) fn of_type(&mut self, ty: Ty, levels: u32) -> Value {
        match ty {
            Ty::Int => self.int(levels),
            Ty::Bool => self.bool(levels),
            _ => self.real(levels),
        }
    }

    pub(super) fn reduce(&mut self, op: Reduction, levels: u32, ty: Ty) -> Value {
        let over = self.list(levels);
        let (depth, (keep, body)) = self.within(over, 1, |r, _| (r.bool(levels.min(2)), r.of_type(ty, levels)));
        self.b.plan.dag.reduce(op, over, depth, keep, body)
    }

    pub(super) fn best(&mut self, levels: u32) -> (List, Value) {
        let over = self.list(levels);
        let (depth, (keep, keys)) =
            self.within(over, 1, |r, _| (r.bool(levels.min(1)), (0..1 + r.below(2)).map(|_| r.real(levels)).collect()));
        (over, self.b.plan.dag.best(over, depth, keep, keys))
    }

    /// A column of the winner of a `Best`, or of the element at a position; NaN if there is none.
    pub(super) fn chosen(&mut self, levels: u32) -> Value {
        let (list, present, word, index) = if self.below(2) == 0 {
            let (list, best) = self.best(levels);
            let index = self.below(self.b.plan.dag.leaves(list).len());
            let word = self.b.plan.dag.winner(best, index as u8);
            (list, self.b.plan.dag.found(best), word, index)
        } else {
            let (list, position) = (self.list(levels), self.int(levels));
            let index = self.below(self.b.plan.dag.leaves(list).len());
            let word = self.b.plan.dag.at(list, position, index as u8);
            (list, self.inside(list, position), word, index)
        };
        let leaf = self.b.plan.dag.leaves(list)[index].clone();
        let nan = self.b.plan.dag.real(f64::NAN);
        match self.attribute(word, &leaf, &[F32, F64]) {
            Some(content) => self.b.plan.dag.select(present, content, nan),
            None => nan,
        }
    }

    pub(super) fn inside(&mut self, list: List, position: Value) -> Value {
        let dag = &mut self.b.plan.dag;
        let (zero, size) = (dag.int(0), dag.size(list));
        let (from, to) = (dag.binary(Binary::Le, zero, position), dag.binary(Binary::Lt, position, size));
        dag.and(from, to)
    }

    /// A column of the event, or of the element of a loop around the current place.
    pub(super) fn stored(&mut self, elements: &[ElementType]) -> Value {
        if !self.loops.is_empty() && self.below(4) > 0 {
            let depth = self.below(self.loops.len());
            let list = self.loops[depth];
            let word = self.below(self.b.plan.dag.leaves(list).len());
            let leaf = self.b.plan.dag.leaves(list)[word].clone();
            let item = self.b.plan.dag.item(list, depth as u8, word as u8);
            if let Some(content) = self.attribute(item, &leaf, elements) {
                return content;
            }
        }
        let columns: Vec<InputId> =
            self.inputs.iter().filter(|(_, e, c)| c.is_none() && elements.contains(e)).map(|(i, _, _)| *i).collect();
        let input = self.pick(&columns);
        self.b.plan.dag.column(input)
    }

    /// A column of the element that a word points at.
    pub(super) fn attribute(&mut self, word: Value, leaf: &Leaf, elements: &[ElementType]) -> Option<Value> {
        let collections = match leaf {
            Leaf::One(collection) => std::slice::from_ref(collection),
            Leaf::Any(collections) => collections,
            Leaf::Made(_) => return None,
        };
        let mut content = None;
        for collection in collections {
            let columns: Vec<InputId> = self
                .inputs
                .iter()
                .filter(|(_, e, c)| *c == Some(*collection) && elements.contains(e))
                .map(|(i, _, _)| *i)
                .collect();
            if columns.is_empty() {
                return None;
            }
            let input = self.pick(&columns);
            let dag = &mut self.b.plan.dag;
            if let Leaf::One(_) = leaf {
                return Some(dag.load(input, word));
            }
            let shift = dag.int(dag::TAG_SHIFT);
            let tag = dag.binary(Binary::Shr, word, shift);
            let number = dag.int(i64::from(collection.0));
            let here = dag.binary(Binary::Eq, tag, number);
            let position = dag.untag(word, leaf);
            let zero = dag.int(0);
            let position = dag.select(here, position, zero);
            let loaded = dag.load(input, position);
            content = Some(match content {
                None => {
                    let otherwise = match dag.ty(loaded) {
                        Ty::Bool => dag.bool(false),
                        Ty::Int => dag.int(7),
                        _ => dag.real(f64::NAN),
                    };
                    dag.select(here, loaded, otherwise)
                }
                Some(before) => dag.select(here, loaded, before),
            });
        }
        content
    }
}
