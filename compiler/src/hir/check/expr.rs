//! Expressions: operators, comparisons, literals, indices. Gives `None` when something is wrong and was reported, so
//! that one mistake is one message.

use super::super::{Binary, Collection, Compare, Expr, Object, Ty, error};
use super::{Checker, ExprId, Meaning, Scope, VectorKind};
use crate::plan::Intrinsic;
use crate::source::Span;
use crate::syntax::ast::{self, ExprKind};

/// Expressions nested deeper than this are refused.
const MAX_DEPTH: u32 = 400;

impl<'a> Checker<'a> {
    /// What an expression stands for.
    pub(super) fn expr(&mut self, e: &'a ast::Expr, scope: &Scope<'a>) -> Option<Meaning> {
        if self.depth >= MAX_DEPTH {
            self.report(error::plain(
                "too_deep",
                "this expression is nested too deeply",
                e.span,
                "too deep",
                "define parts of it",
            ));
            return None;
        }
        self.depth += 1;
        let meaning = self.expr_inner(e, scope);
        self.depth -= 1;
        meaning
    }

    fn expr_inner(&mut self, e: &'a ast::Expr, scope: &Scope<'a>) -> Option<Meaning> {
        let span = e.span;
        let id = match &e.kind {
            ExprKind::Int(i) => self.add(Expr::Int(*i), Ty::Int, span),
            ExprKind::Real(r) => self.constant(*r, span),
            ExprKind::Text(t) => self.add(Expr::Text(t.clone()), Ty::Text, span),
            ExprKind::Name(name) => return self.name(name, span, scope),
            ExprKind::Call { function, arguments } => return self.call(function, arguments, span, scope),
            ExprKind::Attribute { of, name } => return self.attribute(of, name, scope),
            ExprKind::Index { of, index } => return self.index(of, index, scope),
            ExprKind::Slice { of, from, to } => return self.slice(of, from.as_deref(), to.as_deref(), span, scope),
            ExprKind::Unary(ast::UnaryOp::Neg, of) => return self.negate(of, span, scope),
            ExprKind::Unary(ast::UnaryOp::Not, of) => {
                let of = self.condition(of, scope)?;
                self.add(Expr::Not(of), Ty::Bool, span)
            }
            ExprKind::Binary(op, left, right) => return self.binary(*op, left, right, span, scope),
            ExprKind::And(left, right) => {
                let (left, right) = (self.condition(left, scope), self.condition(right, scope));
                self.add(Expr::And(left?, right?), Ty::Bool, span)
            }
            ExprKind::Or(left, right) => {
                let (left, right) = (self.condition(left, scope), self.condition(right, scope));
                self.add(Expr::Or(left?, right?), Ty::Bool, span)
            }
            ExprKind::Compare { first, rest } => self.comparison(first, rest, scope)?,
            ExprKind::Range { inside, value, low, high } => {
                let value = self.number_expr(value, scope);
                let (low, high) = (self.number_expr(low, scope), self.number_expr(high, scope));
                let (value, low, high) = (value?, low?, high?);
                if let (Some(l), Some(h)) = (self.literal(low), self.literal(high))
                    && l > h
                {
                    let order = format!("write the smaller limit first: [] {h} {l}");
                    self.report(error::plain(
                        "empty_range",
                        "the lower limit is above the upper one",
                        span,
                        "nothing lies in this range",
                        &order,
                    ));
                    return None;
                }
                let (above, below) =
                    if *inside { ((low, value), (value, high)) } else { ((value, low), (high, value)) };
                let above = self.compare(Compare::Le, above.0, above.1, span);
                let below = self.compare(Compare::Le, below.0, below.1, span);
                let both = if *inside { Expr::And(above, below) } else { Expr::Or(above, below) };
                self.add(both, Ty::Bool, span)
            }
            ExprKind::InValues { value, values } => self.in_values(value, values, span, scope)?,
            ExprKind::In { value, of } => self.contains(value, of, span, scope)?,
            ExprKind::Ternary { condition, yes, no } => {
                return self.ternary(condition, yes, no.as_deref(), span, scope);
            }
            ExprKind::Legacy(_) => {
                self.report(error::untranslated(span));
                return None;
            }
            ExprKind::Intrinsic => {
                self.report(error::plain(
                    "intrinsic",
                    "`intrinsic` is for the standard library only",
                    span,
                    "not an expression",
                    "",
                ));
                return None;
            }
        };
        Some(Meaning::Scalar(id))
    }

    /// An expression that must be a condition.
    pub(super) fn condition(&mut self, e: &'a ast::Expr, scope: &Scope<'a>) -> Option<ExprId> {
        let meaning = self.expr(e, scope)?;
        match self.plain(meaning, e.span) {
            Meaning::Region(id) => Some(self.add(Expr::Passes(id), Ty::Bool, e.span)),
            Meaning::Scalar(id) if self.ty(id) == Ty::Bool => Some(id),
            other => {
                let text = self.text(e.span);
                let number = matches!(&other, Meaning::Scalar(id) if self.ty(*id) != Ty::Text)
                    || matches!(other, Meaning::Record(_));
                let message = if number {
                    error::not_a_condition(&text, e.span)
                } else {
                    error::kind("a condition", &self.describe(&other), e.span)
                };
                self.report(message);
                None
            }
        }
    }

    /// An expression that must be a number.
    pub(super) fn number_expr(&mut self, e: &'a ast::Expr, scope: &Scope<'a>) -> Option<ExprId> {
        let meaning = self.expr(e, scope)?;
        self.number(meaning, e.span)
    }

    /// An expression that must be a number, as Real.
    pub(super) fn real_expr(&mut self, e: &'a ast::Expr, scope: &Scope<'a>) -> Option<ExprId> {
        let id = self.number_expr(e, scope)?;
        Some(self.real(id))
    }

    /// A number, condition or string; a transverse vector is its magnitude.
    pub(super) fn scalar(&mut self, meaning: Meaning, span: Span) -> Option<ExprId> {
        match self.plain(meaning, span) {
            Meaning::Scalar(id) => Some(id),
            Meaning::Region(id) => Some(self.add(Expr::Passes(id), Ty::Bool, span)),
            Meaning::Vector(VectorKind::Transverse, parts) => self.magnitude(&parts, span),
            Meaning::Record(name) if self.binding.transverse.contains(&name) => {
                let pt = self.attribute_or_function(Meaning::Record(name), "pt", span)?;
                self.scalar(pt, span)
            }
            other => {
                let found = self.describe(&other);
                let mut message = error::kind("a number", &found, span);
                if let Meaning::Collection(c, _) = other {
                    let name = self.analysis.collection(c).name.clone();
                    message =
                        message.help(format!("its number of elements is size({name}), an attribute is pt({name})"));
                }
                self.report(message);
                None
            }
        }
    }

    /// An Int or Real.
    pub(super) fn number(&mut self, meaning: Meaning, span: Span) -> Option<ExprId> {
        let id = self.scalar(meaning, span)?;
        match self.ty(id) {
            Ty::Int | Ty::Real => Some(id),
            Ty::Bool => {
                let text = self.text(span);
                self.report(error::not_a_number(&text, span));
                None
            }
            Ty::Text => {
                self.report(error::kind("a number", "a string", span));
                None
            }
        }
    }

    fn negate(&mut self, of: &'a ast::Expr, span: Span, scope: &Scope<'a>) -> Option<Meaning> {
        let meaning = self.expr(of, scope)?;
        if let Some((kind, parts)) = self.vector_like(&meaning, of.span) {
            let parts = parts.into_iter().map(|p| self.negative(p, span)).collect();
            return Some(Meaning::Vector(kind, parts));
        }
        let of = self.number(meaning, of.span)?;
        Some(Meaning::Scalar(self.negative(of, span)))
    }

    fn binary(
        &mut self,
        op: ast::BinaryOp,
        left: &'a ast::Expr,
        right: &'a ast::Expr,
        span: Span,
        scope: &Scope<'a>,
    ) -> Option<Meaning> {
        let (a, b) = (self.expr(left, scope), self.expr(right, scope));
        let (a, b) = (a?, b?);
        if let Some(vector) = self.vector_arithmetic(op, &a, &b, left.span, right.span, span)? {
            return Some(vector);
        }
        let (a, b) = (self.number(a, left.span), self.number(b, right.span));
        let (a, b) = (a?, b?);
        let op = match op {
            ast::BinaryOp::Add => Binary::Add,
            ast::BinaryOp::Sub => Binary::Sub,
            ast::BinaryOp::Mul => Binary::Mul,
            ast::BinaryOp::Div => Binary::Div,
            ast::BinaryOp::Pow => return Some(Meaning::Scalar(self.power(a, b, span))),
        };
        Some(Meaning::Scalar(self.arithmetic(op, a, b, span)))
    }

    /// `a ^ b`, real; a literal exponent 2, 3 or 4 is repeated multiplication.
    fn power(&mut self, a: ExprId, b: ExprId, span: Span) -> ExprId {
        let a = self.real(a);
        let exponent = self.literal(b);
        let times = |c: &mut Self, x, y| c.arithmetic(Binary::Mul, x, y, span);
        if exponent == Some(2.0) {
            return times(self, a, a);
        }
        if exponent == Some(3.0) {
            let square = times(self, a, a);
            return times(self, square, a);
        }
        if exponent == Some(4.0) {
            let square = times(self, a, a);
            return times(self, square, square);
        }
        let b = self.real(b);
        self.add(Expr::Call(Intrinsic::Pow, vec![a, b]), Ty::Real, span)
    }

    fn comparison(
        &mut self,
        first: &'a ast::Expr,
        rest: &'a [(ast::CompareOp, ast::Expr)],
        scope: &Scope<'a>,
    ) -> Option<ExprId> {
        let mut left = (self.expr(first, scope), first.span);
        let mut all: Option<ExprId> = None;
        for (op, next) in rest {
            let right = (self.expr(next, scope), next.span);
            let (a, b) = (left.0.clone()?, right.0.clone()?);
            let one = self.compare_two(*op, a, left.1, b, right.1)?;
            all = Some(self.and_also(all, one, left.1.to(right.1)));
            left = right;
        }
        all
    }

    fn compare_two(
        &mut self,
        op: ast::CompareOp,
        a: Meaning,
        a_span: Span,
        b: Meaning,
        b_span: Span,
    ) -> Option<ExprId> {
        let span = a_span.to(b_span);
        let (a, b) = (self.plain(a, a_span), self.plain(b, b_span));
        let equality = matches!(op, ast::CompareOp::Eq | ast::CompareOp::Ne);
        let is_object = |m: &Meaning| matches!(m, Meaning::Object(..) | Meaning::Collection(..));
        if is_object(&a) && is_object(&b) {
            if !equality {
                self.report(error::plain(
                    "compare_objects",
                    "objects have no order",
                    span,
                    "compare an attribute instead",
                    "for example: pt(a) > pt(b)",
                ));
                return None;
            }
            let (a, b) = (self.object_of(a), self.object_of(b));
            let same = self.add(Expr::Same(a, b), Ty::Bool, span);
            return Some(if op == ast::CompareOp::Ne { self.add(Expr::Not(same), Ty::Bool, span) } else { same });
        }
        let (a, b) = (self.scalar(a, a_span), self.scalar(b, b_span));
        let (a, b) = (a?, b?);
        let (ta, tb) = (self.ty(a), self.ty(b));
        let number = |t: Ty| matches!(t, Ty::Int | Ty::Real);
        if !(number(ta) && number(tb) || ta == tb && equality) {
            let (found, at) = if number(tb) { (ta, a_span) } else { (tb, b_span) };
            let message = match found {
                Ty::Bool if ta != tb => error::plain(
                    "compare_condition",
                    "a condition is compared with a number",
                    at,
                    "this is true or false",
                    "write the condition alone, or `not` in front of it",
                ),
                Ty::Text if ta != tb => error::kind("a number", "a string", at),
                _ => error::plain(
                    "compare_order",
                    "only numbers have an order",
                    span,
                    "can be tested with == and != only",
                    "",
                ),
            };
            self.report(message);
            return None;
        }
        Some(match op {
            ast::CompareOp::Lt => self.compare(Compare::Lt, a, b, span),
            ast::CompareOp::Le => self.compare(Compare::Le, a, b, span),
            ast::CompareOp::Gt => self.compare(Compare::Lt, b, a, span),
            ast::CompareOp::Ge => self.compare(Compare::Le, b, a, span),
            ast::CompareOp::Eq => self.compare(Compare::Eq, a, b, span),
            ast::CompareOp::Ne => self.compare(Compare::Ne, a, b, span),
        })
    }

    /// An object, or the current element of a collection.
    pub(super) fn object_of(&mut self, meaning: Meaning) -> super::ObjectId {
        match meaning {
            Meaning::Object(object, _) => object,
            Meaning::Collection(c, k) => self.element(c, k),
            Meaning::Scalar(_) | Meaning::Vector(..) | Meaning::Record(_) | Meaning::Region(_) => {
                let var = self.var();
                self.add_object(Object::Var(var))
            }
        }
    }

    fn in_values(
        &mut self,
        value: &'a ast::Expr,
        values: &'a [ast::Expr],
        span: Span,
        scope: &Scope<'a>,
    ) -> Option<ExprId> {
        let left = self.expr(value, scope)?;
        let left = self.scalar(left, value.span)?;
        let mut any: Option<ExprId> = None;
        for v in values {
            let right = self.expr(v, scope)?;
            let one = self.compare_two(ast::CompareOp::Eq, Meaning::Scalar(left), value.span, right, v.span)?;
            any = Some(match any {
                Some(any) => self.add(Expr::Or(any, one), Ty::Bool, span),
                None => one,
            });
        }
        any.or_else(|| Some(self.add(Expr::Bool(false), Ty::Bool, span)))
    }

    /// `x in C`: of a collection, or of a candidate's members.
    fn contains(&mut self, value: &'a ast::Expr, of: &'a ast::Expr, span: Span, scope: &Scope<'a>) -> Option<ExprId> {
        let (value, set) = (self.expr(value, scope).map(|m| (m, value.span)), self.expr(of, scope));
        let ((value, value_span), set) = (value?, set?);
        if !matches!(value, Meaning::Object(..) | Meaning::Collection(..)) {
            let found = self.describe(&value);
            self.report(
                error::kind("an object", &found, value_span).help("values are listed in brackets: x in (11, 13)"),
            );
            return None;
        }
        let object = self.object_of(value);
        match set {
            Meaning::Collection(c, _) => Some(self.add(Expr::Contains(c, object), Ty::Bool, span)),
            Meaning::Object(candidate, class) => {
                let mut any: Option<ExprId> = None;
                for (leaf, _) in self.leaves(candidate, class) {
                    let one = self.add(Expr::Same(object, leaf), Ty::Bool, span);
                    any = Some(match any {
                        Some(any) => self.add(Expr::Or(any, one), Ty::Bool, span),
                        None => one,
                    });
                }
                any
            }
            other => {
                let found = self.describe(&other);
                self.report(error::kind("a collection or candidate", &found, of.span));
                None
            }
        }
    }

    fn ternary(
        &mut self,
        condition: &'a ast::Expr,
        yes: &'a ast::Expr,
        no: Option<&'a ast::Expr>,
        span: Span,
        scope: &Scope<'a>,
    ) -> Option<Meaning> {
        let test = self.condition(condition, scope);
        let Some(no) = no else {
            self.report(error::plain(
                "no_else",
                "`? :` needs both branches",
                span,
                "what if it is false?",
                "write the other branch, for example: : true",
            ));
            return None;
        };
        let (a, b) = (self.expr(yes, scope), self.expr(no, scope));
        let (test, a, b) = (test?, self.plain(a?, yes.span), self.plain(b?, no.span));
        match (a, b) {
            (Meaning::Object(x, kx), Meaning::Object(y, ky)) => {
                let class = self.common_class(kx, ky, span)?;
                Some(Meaning::Object(self.add_object(Object::Select(test, x, y)), class))
            }
            (Meaning::Vector(kx, x), Meaning::Vector(ky, y)) if kx == ky => {
                let select = |c: &mut Self, (x, y)| c.add(Expr::Select(test, x, y), Ty::Real, span);
                let parts = x.into_iter().zip(y).map(|p| select(self, p)).collect();
                Some(Meaning::Vector(kx, parts))
            }
            (a, b) => {
                let (mut a, mut b) = (self.scalar(a, yes.span)?, self.scalar(b, no.span)?);
                if self.ty(a) != self.ty(b) {
                    let number = |t: Ty| matches!(t, Ty::Int | Ty::Real);
                    if !(number(self.ty(a)) && number(self.ty(b))) {
                        let (x, y) = (self.describe(&Meaning::Scalar(a)), self.describe(&Meaning::Scalar(b)));
                        self.report(error::plain(
                            "branches",
                            format!("the branches of `? :` differ: {x} and {y}"),
                            span,
                            "must both be numbers, conditions or strings",
                            "",
                        ));
                        return None;
                    }
                    (a, b) = (self.real(a), self.real(b));
                }
                let ty = self.ty(a);
                Some(Meaning::Scalar(self.add(Expr::Select(test, a, b), ty, span)))
            }
        }
    }

    fn index(&mut self, of: &'a ast::Expr, index: &'a ast::Expr, scope: &Scope<'a>) -> Option<Meaning> {
        // What an event has one of is its own first element: `MET[0]`.
        if let ExprKind::Name(name) = &of.kind
            && matches!(index.kind, ExprKind::Int(0))
            && let Some(Meaning::Record(record)) = self.record_named(name, of.span, scope)
        {
            return Some(Meaning::Record(record));
        }
        let (collection, at) = (self.collection_expr(of, scope), self.number_expr(index, scope));
        let ((collection, class), at) = (collection?, at?);
        if self.ty(at) != Ty::Int {
            self.report(error::kind("a whole number", "a real number", index.span));
            return None;
        }
        if self.literal_int(at).is_some_and(|i| i < 0) {
            self.report(error::negative_index(index.span));
            return None;
        }
        self.lint_index(collection, class, of.span);
        let element = Meaning::Object(self.add_object(Object::At(collection, at)), class);
        Some(self.plain(element, of.span))
    }

    fn slice(
        &mut self,
        of: &'a ast::Expr,
        from: Option<&'a ast::Expr>,
        to: Option<&'a ast::Expr>,
        span: Span,
        scope: &Scope<'a>,
    ) -> Option<Meaning> {
        let (collection, class) = self.collection_expr(of, scope)?;
        let mut bounds = [None, None];
        for (bound, e) in bounds.iter_mut().zip([from, to]) {
            let Some(e) = e else { continue };
            let id = self.number_expr(e, scope)?;
            if self.ty(id) != Ty::Int {
                self.report(error::kind("a whole number", "a real number", e.span));
                return None;
            }
            if self.literal_int(id).is_some_and(|i| i < 0) {
                self.report(error::negative_index(e.span));
                return None;
            }
            *bound = Some(id);
        }
        let name = self.text(span);
        let slice = Collection::Slice { of: collection, from: bounds[0], to: bounds[1] };
        Some(Meaning::Collection(self.add_collection(slice, &name), class))
    }

    /// An expression that must be a collection.
    pub(super) fn collection_expr(
        &mut self,
        e: &'a ast::Expr,
        scope: &Scope<'a>,
    ) -> Option<(super::CollectionId, super::ClassId)> {
        // A block's own source may be named where a whole collection is meant: size(Jet), Jet[0].
        let inherited = self.frames.last().map(|f| f.axes.clone()).unwrap_or_default();
        let frame = self.frame(inherited);
        self.frames.push(frame);
        let meaning = self.expr(e, scope);
        let frame = self.frames.pop().unwrap_or_default();
        if let Some(outer) = self.frames.last_mut() {
            outer.axes = frame.axes;
        }
        self.as_collection(meaning?, e.span)
    }
}
