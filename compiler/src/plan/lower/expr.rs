//! Expressions to values.

use super::super::{Binary, Intrinsic, Leaf, Reduction, Ty, Unary, Value};
use super::{Body, Done, Elem, Lower, Scalar};
use crate::hir::{self, Compare, Expr, ExprId, ObjectId, RegionStep, SourceId};

impl Lower<'_> {
    /// An expression.
    pub(super) fn expr(&mut self, id: ExprId, body: &mut Body) -> Scalar {
        if let Some(known) = body.exprs.get(&id) {
            return *known;
        }
        let scalar = self.asked_at(self.a.expr(id).span, |lower| lower.expr_new(id, body));
        body.exprs.insert(id, scalar);
        scalar
    }

    /// A Real expression.
    pub(super) fn real(&mut self, id: ExprId, body: &mut Body) -> Value {
        match self.expr(id, body) {
            Scalar::Real(value) => value,
            Scalar::Int(value, present) => {
                let real = self.plan.dag.unary(Unary::ToReal, value);
                self.present_or_nan(present, real)
            }
            Scalar::Bool(..) | Scalar::Text(..) => self.nan(),
        }
    }

    /// A condition: is true, is false.
    pub(super) fn condition(&mut self, id: ExprId, body: &mut Body) -> (Value, Value) {
        match self.expr(id, body) {
            Scalar::Bool(t, f) => (t, f),
            Scalar::Int(..) | Scalar::Real(_) | Scalar::Text(..) => {
                let no = self.plan.dag.bool(false);
                (no, no)
            }
        }
    }

    fn present_or_nan(&mut self, present: Value, value: Value) -> Value {
        let nan = self.nan();
        self.plan.dag.select(present, value, nan)
    }

    /// A condition that is never missing.
    fn two_valued(&mut self, is_true: Value) -> Scalar {
        let is_false = self.plan.dag.not(is_true);
        Scalar::Bool(is_true, is_false)
    }

    fn expr_new(&mut self, id: ExprId, body: &mut Body) -> Scalar {
        let node = self.a.expr(id);
        let yes = self.plan.dag.bool(true);
        match &node.expr {
            Expr::Bool(b) => {
                let value = self.plan.dag.bool(*b);
                self.two_valued(value)
            }
            Expr::Int(i) => Scalar::Int(self.plan.dag.int(*i), yes),
            Expr::Real(bits) => Scalar::Real(self.plan.dag.real(f64::from_bits(*bits))),
            Expr::Text(text) => Scalar::Text(self.text(text), yes),
            Expr::Column(column) => {
                let input = self.input(*column);
                let value = self.plan.dag.column(input);
                match self.plan.dag.ty(value) {
                    Ty::Bool => self.two_valued(value),
                    Ty::Int => Scalar::Int(value, yes),
                    Ty::Real | Ty::Winner | Ty::Table => Scalar::Real(value),
                }
            }
            Expr::Attribute(column, of) => {
                let elem = self.object(*of, body);
                self.attribute(*column, &elem)
            }
            Expr::Quantity(quantity, arguments) => {
                let arguments = arguments.iter().map(|o| self.object(*o, body)).collect();
                match self.quantity(*quantity, arguments) {
                    Done::Scalar(scalar) => scalar,
                    Done::Object(_) => Scalar::Real(self.nan()),
                }
            }
            Expr::Dispatch(of, arms) => self.dispatch(*of, arms, body),
            Expr::Unary(op, of) => self.unary(*op, *of, body),
            Expr::Binary(op, a, b) => self.binary(*op, *a, *b, body),
            Expr::Compare(op, a, b) => self.compare(*op, *a, *b, body),
            Expr::And(a, b) => {
                let ((ta, fa), (tb, fb)) = (self.condition(*a, body), self.condition(*b, body));
                Scalar::Bool(self.plan.dag.and(ta, tb), self.plan.dag.or(fa, fb))
            }
            Expr::Or(a, b) => {
                let ((ta, fa), (tb, fb)) = (self.condition(*a, body), self.condition(*b, body));
                Scalar::Bool(self.plan.dag.or(ta, tb), self.plan.dag.and(fa, fb))
            }
            Expr::Not(of) => {
                let (t, f) = self.condition(*of, body);
                Scalar::Bool(f, t)
            }
            Expr::NotTrue(of) => {
                let (t, _) = self.condition(*of, body);
                Scalar::Bool(self.plan.dag.not(t), t)
            }
            Expr::Select(c, a, b) => {
                let test = self.condition(*c, body);
                let (a, b) = (self.expr(*a, body), self.expr(*b, body));
                self.select(test, a, b)
            }
            Expr::Call(intrinsic, arguments) => {
                let arguments = arguments.iter().map(|e| self.real(*e, body)).collect();
                Scalar::Real(self.plan.dag.call(*intrinsic, arguments))
            }
            Expr::Reduce { op, over, keep, body: inner } => self.reduce(id, *op, over, *keep, *inner, body),
            Expr::Grouping { how, over: (var, of), momenta } => {
                let list = self.collection(*of, body);
                let depth = self.depth(&node.free, body);
                let item = self.item(list, depth);
                body.bind(*var, item);
                let momenta = momenta.map(|e| self.real(e, body));
                let dag = &mut self.plan.dag;
                let (bits, zero) = (dag.grouping(*how, list, depth, momenta), dag.int(0));
                Scalar::Int(bits, dag.binary(Binary::Le, zero, bits))
            }
            Expr::GroupSum { grouping, second, over: (var, of), body: inner } => {
                let Scalar::Int(bits, present) = self.expr(*grouping, body) else { return Scalar::Real(self.nan()) };
                let list = self.collection(*of, body);
                let depth = self.depth(&node.free, body);
                let item = self.item(list, depth);
                body.bind(*var, item);
                let summed = self.expr(*inner, body);
                let dag = &mut self.plan.dag;
                let position = dag.position(list, depth);
                let (shifted, one) = (dag.binary(Binary::Shr, bits, position), dag.int(1));
                let (bit, group) = (dag.binary(Binary::BitAnd, shifted, one), dag.int(i64::from(*second)));
                let keep = dag.binary(Binary::Eq, bit, group);
                match summed {
                    Scalar::Int(value, _) => Scalar::Int(dag.reduce(Reduction::Sum, list, depth, keep, value), present),
                    Scalar::Real(value) => Scalar::Real(dag.reduce(Reduction::Sum, list, depth, keep, value)),
                    Scalar::Bool(..) | Scalar::Text(..) => Scalar::Real(self.nan()),
                }
            }
            Expr::Component(of, values) => {
                let elem = self.object(*of, body);
                let values: Vec<Value> = values.iter().map(|e| self.real(*e, body)).collect();
                let mut chosen = self.nan();
                let Some(word) = elem.words.first() else { return Scalar::Real(chosen) };
                for (number, value) in values.into_iter().enumerate().rev() {
                    let number = self.plan.dag.int(number as i64);
                    let is = self.plan.dag.binary(Binary::Eq, *word, number);
                    chosen = self.plan.dag.select(is, value, chosen);
                }
                Scalar::Real(self.present_or_nan(elem.present, chosen))
            }
            Expr::Size(collection) => {
                let list = self.collection(*collection, body);
                Scalar::Int(self.plan.dag.size(list), yes)
            }
            Expr::Defined(of) => {
                let defined = match self.expr(*of, body) {
                    Scalar::Real(value) => {
                        let nan = self.plan.dag.unary(Unary::IsNan, value);
                        self.plan.dag.not(nan)
                    }
                    Scalar::Int(_, present) | Scalar::Text(_, present) => present,
                    Scalar::Bool(t, f) => self.plan.dag.or(t, f),
                };
                self.two_valued(defined)
            }
            Expr::Present(of) => {
                let elem = self.object(*of, body);
                self.two_valued(elem.present)
            }
            Expr::Entry(of) => {
                let elem = self.object(*of, body);
                let (Some(word), Some(leaf)) = (elem.words.first(), elem.leaves.first()) else {
                    let none = self.plan.dag.int(0);
                    return Scalar::Int(none, elem.present);
                };
                Scalar::Int(self.plan.dag.untag(*word, leaf), elem.present)
            }
            Expr::Same(a, b) => {
                let (a, b) = (self.object(*a, body), self.object(*b, body));
                let present = self.plan.dag.and(a.present, b.present);
                let same = self.same(&a, &b);
                self.if_present(present, same)
            }
            Expr::Contains(collection, of) => {
                let elem = self.object(*of, body);
                let list = self.collection(*collection, body);
                let depth = self.depth(&node.free, body);
                let item = self.item(list, depth);
                let same = self.same(&elem, &item);
                let any = self.plan.dag.reduce(Reduction::Any, list, depth, yes, same);
                self.if_present(elem.present, any)
            }
            Expr::Passes(region) => {
                let mut all = yes;
                for step in &self.a.regions[region.0 as usize].steps {
                    if let RegionStep::Cut { condition, reject, .. } = step {
                        let (t, _) = self.condition(*condition, body);
                        let keep = if *reject { self.plan.dag.not(t) } else { t };
                        all = self.plan.dag.and(all, keep);
                    }
                }
                self.two_valued(all)
            }
            Expr::Draw { normal, label, event, of } => {
                let mut keys = vec![self.plan.dag.int(*label)];
                for e in event {
                    if let Scalar::Int(value, _) = self.expr(*e, body) {
                        keys.push(value);
                    }
                }
                if let Some(of) = of {
                    let elem = self.object(*of, body);
                    for (word, leaf) in elem.words.iter().zip(&elem.leaves) {
                        let key = self.plan.dag.tagged(*word, leaf);
                        keys.push(key);
                    }
                }
                let intrinsic = if *normal { Intrinsic::Normal } else { Intrinsic::Uniform };
                Scalar::Real(self.plan.dag.call(intrinsic, keys))
            }
            Expr::Lookup(lookup) => Scalar::Real(self.lookup(lookup, body).value),
        }
    }

    fn if_present(&mut self, present: Value, is_true: Value) -> Scalar {
        let not = self.plan.dag.not(is_true);
        Scalar::Bool(self.plan.dag.and(present, is_true), self.plan.dag.and(present, not))
    }

    /// Two objects are the same entries of the same collections (both taken to be there).
    pub(super) fn same(&mut self, a: &Elem, b: &Elem) -> Value {
        if a.words.len() != b.words.len() {
            return self.plan.dag.bool(false);
        }
        let mut all = self.plan.dag.bool(true);
        for i in 0..a.words.len() {
            let one = self.same_word((a.words[i], &a.leaves[i]), (b.words[i], &b.leaves[i]));
            all = self.plan.dag.and(all, one);
        }
        all
    }

    /// Two words point at the same entry.
    pub(super) fn same_word(&mut self, a: (Value, &Leaf), b: (Value, &Leaf)) -> Value {
        match (a.1, b.1) {
            (Leaf::One(x), Leaf::One(y)) if x == y => self.plan.dag.binary(Binary::Eq, a.0, b.0),
            (Leaf::One(_), Leaf::One(_)) => self.plan.dag.bool(false),
            _ => {
                let (x, y) = (self.plan.dag.tagged(a.0, a.1), self.plan.dag.tagged(b.0, b.1));
                self.plan.dag.binary(Binary::Eq, x, y)
            }
        }
    }

    /// A column of the collection that the object comes from.
    fn attribute(&mut self, column: hir::ColumnId, elem: &Elem) -> Scalar {
        let input = self.input(column);
        let source = self.a.columns[column.0 as usize].source;
        let (Some(word), Some(leaf)) = (elem.words.first(), elem.leaves.first()) else {
            return Scalar::Real(self.nan());
        };
        let at = match (leaf, source) {
            (Leaf::Any(_), Some(source)) => {
                // Where the entry is of another collection its position may be out of range here: read entry 0 instead.
                let is = self.is_from(*word, source);
                let position = self.plan.dag.untag(*word, leaf);
                let zero = self.plan.dag.int(0);
                self.plan.dag.select(is, position, zero)
            }
            _ => *word,
        };
        let value = self.plan.dag.load(input, at);
        match self.plan.dag.ty(value) {
            Ty::Bool => self.if_present(elem.present, value),
            Ty::Int => Scalar::Int(value, elem.present),
            Ty::Real | Ty::Winner | Ty::Table => Scalar::Real(self.present_or_nan(elem.present, value)),
        }
    }

    /// True if a tagged word points into the collection of a source.
    pub(super) fn is_from(&mut self, word: Value, source: SourceId) -> Value {
        let collection = self.collection_of(source);
        let shift = self.plan.dag.int(super::super::dag::TAG_SHIFT);
        let tag = self.plan.dag.binary(Binary::Shr, word, shift);
        let number = self.plan.dag.int(i64::from(collection.0));
        self.plan.dag.binary(Binary::Eq, tag, number)
    }

    fn dispatch(&mut self, of: ObjectId, arms: &[(SourceId, ExprId)], body: &mut Body) -> Scalar {
        let elem = self.object(of, body);
        if let Some(Leaf::One(collection)) = elem.leaves.first() {
            let arm = arms.iter().find(|(s, _)| self.sources.get(s) == Some(collection));
            if let Some((_, e)) = arm {
                return self.expr(*e, body);
            }
        }
        let Some(word) = elem.words.first().copied() else { return Scalar::Real(self.nan()) };
        let mut result: Option<Scalar> = None;
        for (source, e) in arms.iter().rev() {
            let value = self.expr(*e, body);
            result = Some(match result {
                None => value,
                Some(other) => {
                    let is = self.is_from(word, *source);
                    let not = self.plan.dag.not(is);
                    self.select((is, not), value, other)
                }
            });
        }
        result.unwrap_or(Scalar::Real(word))
    }

    /// `test ? a : b`; missing if the test is.
    fn select(&mut self, (t, f): (Value, Value), a: Scalar, b: Scalar) -> Scalar {
        let not = self.plan.dag.not(t);
        let total = f == not;
        let no = self.plan.dag.bool(false);
        let dag = &mut self.plan.dag;
        let mut choose = |x: Value, y: Value, missing: Value| {
            if total {
                dag.select(t, x, y)
            } else {
                let rest = dag.select(f, y, missing);
                dag.select(t, x, rest)
            }
        };
        match (a, b) {
            (Scalar::Real(x), Scalar::Real(y)) => {
                let nan = self.plan.dag.real(f64::NAN);
                let value = if total {
                    self.plan.dag.select(t, x, y)
                } else {
                    let rest = self.plan.dag.select(f, y, nan);
                    self.plan.dag.select(t, x, rest)
                };
                Scalar::Real(value)
            }
            (Scalar::Int(x, px), Scalar::Int(y, py)) => {
                let present = choose(px, py, no);
                Scalar::Int(self.plan.dag.select(t, x, y), present)
            }
            (Scalar::Text(x, px), Scalar::Text(y, py)) => {
                let present = choose(px, py, no);
                Scalar::Text(self.plan.dag.select(t, x, y), present)
            }
            (Scalar::Bool(tx, fx), Scalar::Bool(ty, fy)) => {
                let is_true = choose(tx, ty, no);
                let is_false = choose(fx, fy, no);
                Scalar::Bool(is_true, is_false)
            }
            _ => Scalar::Real(self.nan()),
        }
    }

    fn unary(&mut self, op: hir::Unary, of: ExprId, body: &mut Body) -> Scalar {
        let of = self.expr(of, body);
        let dag = &mut self.plan.dag;
        match (op, of) {
            (hir::Unary::Neg, Scalar::Int(v, p)) => Scalar::Int(dag.unary(Unary::Neg, v), p),
            (hir::Unary::Abs, Scalar::Int(v, p)) => Scalar::Int(dag.unary(Unary::Abs, v), p),
            (hir::Unary::Neg, Scalar::Real(v)) => Scalar::Real(dag.unary(Unary::Neg, v)),
            (hir::Unary::Abs, Scalar::Real(v)) => Scalar::Real(dag.unary(Unary::Abs, v)),
            (hir::Unary::Sqrt, Scalar::Real(v)) => Scalar::Real(dag.unary(Unary::Sqrt, v)),
            (hir::Unary::Floor, Scalar::Real(v)) => Scalar::Real(dag.unary(Unary::Floor, v)),
            (hir::Unary::ToReal, Scalar::Int(v, p)) => {
                let real = dag.unary(Unary::ToReal, v);
                Scalar::Real(self.present_or_nan(p, real))
            }
            (_, other) => other,
        }
    }

    fn binary(&mut self, op: hir::Binary, a: ExprId, b: ExprId, body: &mut Body) -> Scalar {
        let (a, b) = (self.expr(a, body), self.expr(b, body));
        let dag = &mut self.plan.dag;
        let plain = match op {
            hir::Binary::Add => Binary::Add,
            hir::Binary::Sub => Binary::Sub,
            hir::Binary::Mul => Binary::Mul,
            hir::Binary::Div => Binary::Div,
            hir::Binary::Min => Binary::Min,
            hir::Binary::Max => Binary::Max,
            hir::Binary::Bit | hir::Binary::ShiftRight => Binary::Shr,
            hir::Binary::ShiftLeft => Binary::Shl,
            hir::Binary::BitAnd => Binary::BitAnd,
            hir::Binary::BitOr => Binary::BitOr,
        };
        match (a, b) {
            (Scalar::Int(x, px), Scalar::Int(y, py)) => {
                let mut value = dag.binary(plain, x, y);
                if op == hir::Binary::Bit {
                    let one = dag.int(1);
                    value = dag.binary(Binary::BitAnd, value, one);
                }
                let mut present = dag.and(px, py);
                if matches!(op, hir::Binary::ShiftLeft | hir::Binary::ShiftRight) {
                    let (none, all) = (dag.int(0), dag.int(63));
                    let (low, high) = (dag.binary(Binary::Le, none, y), dag.binary(Binary::Le, y, all));
                    let inside = dag.and(low, high);
                    present = dag.and(present, inside);
                }
                Scalar::Int(value, present)
            }
            (Scalar::Real(x), Scalar::Real(y)) => Scalar::Real(dag.binary(plain, x, y)),
            _ => Scalar::Real(self.nan()),
        }
    }

    fn compare(&mut self, op: Compare, a: ExprId, b: ExprId, body: &mut Body) -> Scalar {
        let (a, b) = (self.expr(a, body), self.expr(b, body));
        let dag = &mut self.plan.dag;
        match (a, b) {
            (Scalar::Real(x), Scalar::Real(y)) => {
                let (t, f) = match op {
                    Compare::Lt => (dag.binary(Binary::Lt, x, y), dag.binary(Binary::Le, y, x)),
                    Compare::Le => (dag.binary(Binary::Le, x, y), dag.binary(Binary::Lt, y, x)),
                    Compare::Eq => (dag.binary(Binary::Eq, x, y), dag.binary(Binary::Ne, x, y)),
                    Compare::Ne => (dag.binary(Binary::Ne, x, y), dag.binary(Binary::Eq, x, y)),
                };
                Scalar::Bool(t, f)
            }
            (Scalar::Int(x, px), Scalar::Int(y, py)) | (Scalar::Text(x, px), Scalar::Text(y, py)) => {
                let op = match op {
                    Compare::Lt => Binary::Lt,
                    Compare::Le => Binary::Le,
                    Compare::Eq => Binary::Eq,
                    Compare::Ne => Binary::Ne,
                };
                let (present, is) = (dag.and(px, py), dag.binary(op, x, y));
                self.if_present(present, is)
            }
            (Scalar::Bool(ta, fa), Scalar::Bool(tb, fb)) => {
                let (tt, ff) = (dag.and(ta, tb), dag.and(fa, fb));
                let (tf, ft) = (dag.and(ta, fb), dag.and(fa, tb));
                let (equal, differ) = (dag.or(tt, ff), dag.or(tf, ft));
                if op == Compare::Ne { Scalar::Bool(differ, equal) } else { Scalar::Bool(equal, differ) }
            }
            _ => {
                let no = dag.bool(false);
                Scalar::Bool(no, no)
            }
        }
    }

    fn reduce(
        &mut self,
        id: ExprId,
        op: hir::Reduction,
        over: &[(hir::Var, hir::CollectionId)],
        keep: Option<ExprId>,
        inner: ExprId,
        body: &mut Body,
    ) -> Scalar {
        let mut loops = Vec::new();
        let first = self.depth(&self.a.expr(id).free, body);
        for (depth, (var, collection)) in (first..).zip(over) {
            let list = self.collection(*collection, body);
            let item = self.item(list, depth);
            body.bind(*var, item);
            loops.push((list, depth));
        }
        let yes = self.plan.dag.bool(true);
        let keep = keep.map_or(yes, |k| self.condition(k, body).0);
        let value = self.expr(inner, body);
        // The innermost loop tests `keep`; the outer ones combine what it gives.
        let dag = &mut self.plan.dag;
        let mut nest = |op: Reduction, value: Value| {
            let mut result = value;
            let mut op = op;
            let mut keep = keep;
            for (list, depth) in loops.iter().rev() {
                result = dag.reduce(op, *list, *depth, keep, result);
                keep = yes;
                if op == Reduction::Count {
                    op = Reduction::Sum;
                }
            }
            result
        };
        match (op, value) {
            (hir::Reduction::Sum, Scalar::Real(v)) => Scalar::Real(nest(Reduction::Sum, v)),
            (hir::Reduction::Product, Scalar::Real(v)) => Scalar::Real(nest(Reduction::Product, v)),
            (hir::Reduction::Sum, Scalar::Int(v, p)) => Scalar::Int(nest(Reduction::Sum, v), nest(Reduction::All, p)),
            (hir::Reduction::Product, Scalar::Int(v, p)) => {
                Scalar::Int(nest(Reduction::Product, v), nest(Reduction::All, p))
            }
            (hir::Reduction::Min, Scalar::Real(v)) => Scalar::Real(nest(Reduction::Min, v)),
            (hir::Reduction::Max, Scalar::Real(v)) => Scalar::Real(nest(Reduction::Max, v)),
            (hir::Reduction::Mean, Scalar::Real(v)) => {
                let (sum, count) = (nest(Reduction::Sum, v), nest(Reduction::Count, yes));
                let count = self.plan.dag.unary(Unary::ToReal, count);
                Scalar::Real(self.plan.dag.binary(Binary::Div, sum, count))
            }
            (hir::Reduction::Any, Scalar::Bool(t, f)) => Scalar::Bool(nest(Reduction::Any, t), nest(Reduction::All, f)),
            (hir::Reduction::All, Scalar::Bool(t, f)) => Scalar::Bool(nest(Reduction::All, t), nest(Reduction::Any, f)),
            (hir::Reduction::Count, Scalar::Bool(t, _)) => Scalar::Int(nest(Reduction::Count, t), yes),
            _ => Scalar::Real(self.nan()),
        }
    }
}
