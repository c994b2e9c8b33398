//! Sums of the legacy edition: `a b`, `jets[-1] + jets[-1]`, the charge of a sum. Used by `expr` and `search`.

use super::error;
use super::expr::{Place, integer};
use super::{Slot, World, names};
use crate::source::Span;
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, UnaryOp};
use crate::syntax::ast_legacy::LegacyExpr;
use crate::syntax::walk::{call, minus, name, plus};

impl World<'_> {
    /// A sum of terms, in which equal elements to be found are different ones.
    pub(super) fn sum(&mut self, terms: &[&Expr], span: Span, at: &Place<'_>) -> Expr {
        let mut seen: Vec<(String, i64)> = Vec::new();
        let mut total: Option<Expr> = None;
        for term in terms {
            let value = match self.slot(term) {
                Some(slot) => {
                    let nth = seen.iter().filter(|(c, n)| *c == slot.collection && *n == slot.number).count();
                    seen.push((slot.collection.clone(), slot.number));
                    self.found(&Slot { nth, ..slot }, term.span, at)
                }
                None => self.expr(term, at),
            };
            total = Some(match total {
                None => value,
                // `m(a -b)`: a sign of its own is a difference.
                Some(total) => match value.kind {
                    ExprKind::Unary(UnaryOp::Neg, of) => minus(total, *of),
                    _ => plus(total, value),
                },
            });
        }
        total.map_or_else(|| name("true", span), |total| Expr { span, ..total })
    }

    /// What an element to be found is called here.
    pub(super) fn found(&mut self, slot: &Slot, span: Span, at: &Place<'_>) -> Expr {
        match at.slots.iter().rev().find(|(s, _)| s == slot) {
            Some((_, e)) => Expr { span, ..e.clone() },
            None => {
                self.messages.push(error::free_index(&slot.collection, slot.number, span));
                let (of, index) = (Box::new(name(&slot.collection, span)), Box::new(integer(0, span)));
                Expr { kind: ExprKind::Index { of, index }, span }
            }
        }
    }

    /// The objects that a sum adds, through the defines that name it; one for what is no sum.
    pub(super) fn members_of_sum(&self, e: &Expr, depth: usize) -> Vec<Expr> {
        // Deeper ones are rare, and each level could double the members.
        if let ExprKind::Name(word) = &e.kind
            && depth < 6
            && let Some(define) = self.defines.get(word).filter(|d| d.parameters.is_empty())
        {
            let members = self.members_of_sum(&define.value, depth + 1);
            return if members.len() > 1 { members } else { vec![e.clone()] };
        }
        let parts = side_by_side(e);
        if parts.is_empty() {
            return vec![e.clone()];
        }
        parts.into_iter().flat_map(|part| self.members_of_sum(part, depth)).collect()
    }

    /// The sum of an attribute of several objects, in which equal elements to be found are different ones.
    pub(super) fn sum_of_calls(&mut self, calls: &[Expr], span: Span, at: &Place<'_>) -> Expr {
        let mut seen: Vec<Slot> = Vec::new();
        let mut total: Option<Expr> = None;
        for one in calls {
            let ExprKind::Call { function, arguments } = &one.kind else { continue };
            let slot = arguments.first().and_then(|a| self.slot(&a.value));
            let value = match slot {
                Some(slot) => {
                    let nth = seen.iter().filter(|s| **s == slot).count();
                    seen.push(slot.clone());
                    let found = self.found(&Slot { nth, ..slot }, one.span, at);
                    let new =
                        names::function(&function.text).map_or_else(|| self.attribute(&function.text), str::to_owned);
                    call(&new, vec![found], span)
                }
                None => self.expr(one, at),
            };
            total = Some(match total {
                None => value,
                Some(total) => plus(total, value),
            });
        }
        total.unwrap_or_else(|| name("true", span))
    }
}

/// An element to be found, as it is written.
pub(super) fn free(slot: &Slot, span: Span) -> Expr {
    let (of, index) = (Box::new(name(&slot.collection, span)), Box::new(integer(slot.number, span)));
    Expr { kind: ExprKind::Index { of, index }, span }
}

/// The terms of a sum, from left to right.
pub(super) fn terms(e: &Expr) -> Vec<&Expr> {
    let mut found = Vec::new();
    let mut left = e;
    while let ExprKind::Binary(BinaryOp::Add, a, b) = &left.kind {
        found.push(&**b);
        left = a;
    }
    found.push(left);
    found.reverse();
    found
}

/// The terms of a sum, with `+` or side by side; none of what is no sum.
pub(super) fn side_by_side(e: &Expr) -> Vec<&Expr> {
    match &e.kind {
        ExprKind::Legacy(form) => match &**form {
            LegacyExpr::Side(items) => items.iter().collect(),
            _ => Vec::new(),
        },
        ExprKind::Binary(BinaryOp::Add, ..) => terms(e),
        _ => Vec::new(),
    }
}
