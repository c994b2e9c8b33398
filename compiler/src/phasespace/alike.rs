//! Expressions that mean the same: `any(pt(jets) > 30)` in two regions loops with two variables, but is one quantity.

use std::collections::HashMap;

use crate::hir::{Analysis, Expr, ExprId, Object, ObjectId, Ty, Var};

/// For each expression the first one that means the same.
pub(super) fn first_alike(a: &Analysis) -> Vec<ExprId> {
    let mut first: Vec<ExprId> = Vec::with_capacity(a.exprs.len());
    let mut known: HashMap<(Expr, Ty), ExprId> = HashMap::new();
    let mut loops: HashMap<(Ty, usize), Vec<ExprId>> = HashMap::new();
    for (i, node) in a.exprs.iter().enumerate() {
        let id = ExprId(i as u32);
        let same = match &node.expr {
            Expr::Reduce { over, .. } => {
                let similar = loops.entry((node.ty, over.len())).or_default();
                let same = similar.iter().find(|s| alike(a, **s, id, &mut Vec::new())).copied();
                if same.is_none() {
                    similar.push(id);
                }
                same.unwrap_or(id)
            }
            other => {
                let mut expr = other.clone();
                // Parts are older than the whole.
                for part in parts(&mut expr) {
                    *part = first.get(part.0 as usize).copied().unwrap_or(*part);
                }
                *known.entry((expr, node.ty)).or_insert(id)
            }
        };
        first.push(same);
    }
    first
}

/// True if two expressions are equal but for the names of their loops' variables.
fn alike(a: &Analysis, x: ExprId, y: ExprId, names: &mut Vec<(Var, Var)>) -> bool {
    if x == y {
        return a.expr(x).free.iter().all(|v| !names.iter().any(|(p, q)| (p == v) != (q == v)));
    }
    if a.expr(x).ty != a.expr(y).ty {
        return false;
    }
    let mut both = |p: &ExprId, q: &ExprId| alike(a, *p, *q, names);
    match (&a.expr(x).expr, &a.expr(y).expr) {
        (Expr::Attribute(c, o), Expr::Attribute(d, p)) => c == d && same_object(a, *o, *p, names),
        (Expr::Quantity(q, o), Expr::Quantity(r, p)) => {
            q == r && o.len() == p.len() && o.iter().zip(p).all(|(o, p)| same_object(a, *o, *p, names))
        }
        (Expr::Unary(f, p), Expr::Unary(g, q)) => f == g && both(p, q),
        (Expr::Binary(f, p, r), Expr::Binary(g, q, s)) => f == g && both(p, q) && both(r, s),
        (Expr::Compare(f, p, r), Expr::Compare(g, q, s)) => f == g && both(p, q) && both(r, s),
        (Expr::And(p, r), Expr::And(q, s)) | (Expr::Or(p, r), Expr::Or(q, s)) => both(p, q) && both(r, s),
        (Expr::Not(p), Expr::Not(q)) | (Expr::NotTrue(p), Expr::NotTrue(q)) => both(p, q),
        (Expr::Select(c, p, r), Expr::Select(d, q, s)) => both(c, d) && both(p, q) && both(r, s),
        (Expr::Call(f, p), Expr::Call(g, q)) => {
            f == g && p.len() == q.len() && p.iter().zip(q).all(|(p, q)| both(p, q))
        }
        (Expr::Same(o, p), Expr::Same(q, r)) => same_object(a, *o, *q, names) && same_object(a, *p, *r, names),
        (Expr::Contains(c, o), Expr::Contains(d, p)) => c == d && same_object(a, *o, *p, names),
        (Expr::Reduce { op, over, keep, body }, Expr::Reduce { op: other, over: others, keep: kept, body: inner }) => {
            if op != other || over.len() != others.len() || keep.is_some() != kept.is_some() {
                return false;
            }
            // Collections of a loop may not depend on the loops around it here.
            if !over.iter().zip(others).all(|((_, c), (_, d))| c == d) {
                return false;
            }
            let before = names.len();
            names.extend(over.iter().zip(others).map(|((v, _), (w, _))| (*v, *w)));
            let keeps = keep.iter().zip(kept).all(|(p, q)| alike(a, *p, *q, names));
            let same = keeps && alike(a, *body, *inner, names);
            names.truncate(before);
            same
        }
        _ => false,
    }
}

fn same_object(a: &Analysis, x: ObjectId, y: ObjectId, names: &[(Var, Var)]) -> bool {
    match (&a.object(x).object, &a.object(y).object) {
        (Object::Var(v), Object::Var(w)) => match names.iter().rev().find(|(p, q)| p == v || q == w) {
            Some(pair) => *pair == (*v, *w),
            None => v == w,
        },
        (Object::Member { of, first, leaves }, Object::Member { of: o, first: f, leaves: l }) => {
            first == f && leaves == l && same_object(a, *of, *o, names)
        }
        _ => x == y && a.object(x).free.iter().all(|v| !names.iter().any(|(p, q)| (p == v) != (q == v))),
    }
}

/// The numbers and conditions that an expression is made of.
fn parts(expr: &mut Expr) -> Vec<&mut ExprId> {
    match expr {
        Expr::Unary(_, x) | Expr::Not(x) | Expr::NotTrue(x) | Expr::Defined(x) => vec![x],
        Expr::Binary(_, x, y) | Expr::Compare(_, x, y) | Expr::And(x, y) | Expr::Or(x, y) => vec![x, y],
        Expr::Select(c, x, y) => vec![c, x, y],
        Expr::Call(_, arguments) => arguments.iter_mut().collect(),
        Expr::Lookup(lookup) => lookup.arguments.iter_mut().collect(),
        _ => Vec::new(),
    }
}
