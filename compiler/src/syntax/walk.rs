//! Walking over expressions: every part, or the same expression with other parts.

use super::ast::{Argument, BinaryOp, CompareOp, Expr, ExprKind, Name, RegionStatement, UnaryOp};
use super::ast_legacy::LegacyExpr;
use crate::source::Span;

/// Calls `see` with each direct part of an expression.
pub fn parts<'e>(e: &'e Expr, see: &mut dyn FnMut(&'e Expr)) {
    match &e.kind {
        ExprKind::Int(_) | ExprKind::Real(_) | ExprKind::Text(_) | ExprKind::Name(_) | ExprKind::Intrinsic => {}
        ExprKind::Call { arguments, .. } => {
            for argument in arguments {
                see(&argument.value);
                argument.filter.iter().for_each(&mut *see);
            }
        }
        ExprKind::Attribute { of, .. } | ExprKind::Unary(_, of) => see(of),
        ExprKind::Index { of, index } => {
            see(of);
            see(index);
        }
        ExprKind::Slice { of, from, to } => {
            see(of);
            from.iter().chain(to).for_each(|e| see(e));
        }
        ExprKind::Binary(_, a, b) | ExprKind::And(a, b) | ExprKind::Or(a, b) => {
            see(a);
            see(b);
        }
        ExprKind::Compare { first, rest } => {
            see(first);
            rest.iter().for_each(|(_, e)| see(e));
        }
        ExprKind::Range { value, low, high, .. } => {
            see(value);
            see(low);
            see(high);
        }
        ExprKind::InValues { value, values } => {
            see(value);
            values.iter().for_each(see);
        }
        ExprKind::In { value, of } => {
            see(value);
            see(of);
        }
        ExprKind::Ternary { condition, yes, no } => {
            see(condition);
            see(yes);
            no.iter().for_each(|e| see(e));
        }
        ExprKind::Legacy(form) => match &**form {
            LegacyExpr::Side(items) | LegacyExpr::Braces(items, _) => items.iter().for_each(see),
            LegacyExpr::Bars(of) => see(of),
            LegacyExpr::Near { value, target, .. } => {
                see(value);
                see(target);
            }
            LegacyExpr::Bits(_, a, b) => {
                see(a);
                see(b);
            }
            LegacyExpr::Action(Some(RegionStatement::Histogram(h))) => {
                h.values.iter().chain(&h.weighted).chain(&h.filter).for_each(see);
            }
            LegacyExpr::Action(_) => {}
        },
    }
}

/// Calls `see` with an expression and all its parts, parts of parts included.
pub fn all<'e>(e: &'e Expr, see: &mut dyn FnMut(&'e Expr)) {
    see(e);
    parts(e, &mut |part| all(part, see));
}

/// The expression with each direct part replaced.
pub fn with_parts(e: &Expr, new: &mut dyn FnMut(&Expr) -> Expr) -> Expr {
    let mut boxed = |e: &Expr| Box::new(new(e));
    let kind = match &e.kind {
        ExprKind::Call { function, arguments } => {
            let arguments = arguments.iter().map(|a| Argument {
                name: a.name.clone(),
                value: *boxed(&a.value),
                filter: a.filter.as_ref().map(|f| *boxed(f)),
            });
            ExprKind::Call { function: function.clone(), arguments: arguments.collect() }
        }
        ExprKind::Attribute { of, name } => ExprKind::Attribute { of: boxed(of), name: name.clone() },
        ExprKind::Unary(op, of) => ExprKind::Unary(*op, boxed(of)),
        ExprKind::Index { of, index } => ExprKind::Index { of: boxed(of), index: boxed(index) },
        ExprKind::Slice { of, from, to } => {
            ExprKind::Slice { of: boxed(of), from: from.as_ref().map(|e| boxed(e)), to: to.as_ref().map(|e| boxed(e)) }
        }
        ExprKind::Binary(op, a, b) => ExprKind::Binary(*op, boxed(a), boxed(b)),
        ExprKind::And(a, b) => ExprKind::And(boxed(a), boxed(b)),
        ExprKind::Or(a, b) => ExprKind::Or(boxed(a), boxed(b)),
        ExprKind::Compare { first, rest } => {
            ExprKind::Compare { first: boxed(first), rest: rest.iter().map(|(op, e)| (*op, *boxed(e))).collect() }
        }
        ExprKind::Range { inside, value, low, high } => {
            ExprKind::Range { inside: *inside, value: boxed(value), low: boxed(low), high: boxed(high) }
        }
        ExprKind::InValues { value, values } => {
            ExprKind::InValues { value: boxed(value), values: values.iter().map(|e| *boxed(e)).collect() }
        }
        ExprKind::In { value, of } => ExprKind::In { value: boxed(value), of: boxed(of) },
        ExprKind::Ternary { condition, yes, no } => {
            ExprKind::Ternary { condition: boxed(condition), yes: boxed(yes), no: no.as_ref().map(|e| boxed(e)) }
        }
        kind @ (ExprKind::Int(_)
        | ExprKind::Real(_)
        | ExprKind::Text(_)
        | ExprKind::Name(_)
        | ExprKind::Intrinsic
        | ExprKind::Legacy(_)) => kind.clone(),
    };
    Expr { kind, span: e.span }
}

/// A name as an expression.
pub fn name(text: &str, span: Span) -> Expr {
    Expr { kind: ExprKind::Name(text.to_owned()), span }
}

/// `function(arguments)`
pub fn call(function: &str, arguments: Vec<Expr>, span: Span) -> Expr {
    let arguments = arguments.into_iter().map(|value| Argument { name: None, value, filter: None }).collect();
    Expr { kind: ExprKind::Call { function: Name { text: function.to_owned(), span }, arguments }, span }
}

/// `of.attribute`
pub fn attribute(of: Expr, attribute: &str, span: Span) -> Expr {
    Expr { kind: ExprKind::Attribute { of: Box::new(of), name: Name { text: attribute.to_owned(), span } }, span }
}

/// `a + b`
pub fn plus(a: Expr, b: Expr) -> Expr {
    let span = a.span.to(b.span);
    Expr { kind: ExprKind::Binary(BinaryOp::Add, Box::new(a), Box::new(b)), span }
}

/// `a - b`
pub fn minus(a: Expr, b: Expr) -> Expr {
    let span = a.span.to(b.span);
    Expr { kind: ExprKind::Binary(BinaryOp::Sub, Box::new(a), Box::new(b)), span }
}

/// `a OP b`
pub fn compare(a: Expr, op: CompareOp, b: Expr) -> Expr {
    let span = a.span.to(b.span);
    Expr { kind: ExprKind::Compare { first: Box::new(a), rest: vec![(op, b)] }, span }
}

/// `not e`
pub fn not(e: Expr) -> Expr {
    let span = e.span;
    Expr { kind: ExprKind::Unary(UnaryOp::Not, Box::new(e)), span }
}

/// `a and b`, or what there is of them.
pub fn and(a: Option<Expr>, b: Expr) -> Expr {
    match a {
        None => b,
        Some(a) => {
            let span = a.span.to(b.span);
            Expr { kind: ExprKind::And(Box::new(a), Box::new(b)), span }
        }
    }
}
