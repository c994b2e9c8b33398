//! Vectors by their components: four-vectors, three-vectors, transverse vectors. What has a momentum (an object, a
//! candidate, `MET`) is a vector where one is needed.

use super::super::{Binary, ClassBase, ClassId, Expr, Ty, Unary, error};
use super::{Checker, ExprId, Meaning, VectorKind};
use crate::source::Span;
use crate::syntax::ast::BinaryOp;

impl Checker<'_> {
    /// The vector that a meaning is without being asked to be one: a vector, an object, a transverse record.
    pub(super) fn vector_like(&mut self, meaning: &Meaning, span: Span) -> Option<(VectorKind, Vec<ExprId>)> {
        match meaning {
            Meaning::Vector(kind, parts) => Some((*kind, parts.clone())),
            Meaning::Object(_, class) | Meaning::Collection(_, class) if self.has_momentum(*class) => {
                Some((VectorKind::P4, self.components(meaning, &["px", "py", "pz", "energy"], span)?))
            }
            _ => None,
        }
    }

    /// Attributes of a thing, as Real.
    pub(super) fn components(&mut self, of: &Meaning, names: &[&str], span: Span) -> Option<Vec<ExprId>> {
        let mut parts = Vec::new();
        for name in names {
            let part = self.attribute_or_function(of.clone(), name, span)?;
            let part = self.number(part, span)?;
            parts.push(self.real(part));
        }
        Some(parts)
    }

    /// A thing as a vector of a kind: missing components are 0, a transverse vector has the energy of its magnitude.
    pub(super) fn as_kind(&mut self, meaning: &Meaning, kind: VectorKind, span: Span) -> Option<Vec<ExprId>> {
        if let Meaning::Vector(VectorKind::V3, parts) = meaning {
            return match kind {
                VectorKind::V3 => Some(parts.clone()),
                VectorKind::Transverse => Some(parts[..2].to_vec()),
                VectorKind::P4 => {
                    self.report(error::kind("a four-vector", "a three-vector", span));
                    None
                }
            };
        }
        let names: &[&str] = match kind {
            VectorKind::P4 => &["px", "py", "pz", "energy"],
            VectorKind::V3 => &["px", "py", "pz"],
            VectorKind::Transverse => &["px", "py"],
        };
        let ok = match meaning {
            Meaning::Object(_, class) | Meaning::Collection(_, class) => self.has_momentum(*class),
            Meaning::Vector(..) => true,
            Meaning::Record(name) => self.binding.transverse.contains(name),
            Meaning::Scalar(_) | Meaning::Region(_) => false,
        };
        if !ok {
            let found = self.describe(meaning);
            self.report(error::kind("something with a momentum", &found, span));
            return None;
        }
        self.components(meaning, names, span)
    }

    /// `sqrt(x^2 + y^2 [+ z^2])`
    pub(super) fn magnitude(&mut self, parts: &[ExprId], span: Span) -> Option<ExprId> {
        let mut sum: Option<ExprId> = None;
        for part in parts {
            let square = self.arithmetic(Binary::Mul, *part, *part, span);
            sum = Some(match sum {
                Some(sum) => self.arithmetic(Binary::Add, sum, square, span),
                None => square,
            });
        }
        sum.map(|s| self.add(Expr::Unary(Unary::Sqrt, s), Ty::Real, span))
    }

    /// Arithmetic in which a vector takes part; `Some(None)` if none does.
    pub(super) fn vector_arithmetic(
        &mut self,
        op: BinaryOp,
        a: &Meaning,
        b: &Meaning,
        a_span: Span,
        b_span: Span,
        span: Span,
    ) -> Option<Option<Meaning>> {
        let is_vector = |c: &Self, m: &Meaning| match m {
            Meaning::Vector(..) => true,
            Meaning::Object(_, class) | Meaning::Collection(_, class) => c.has_momentum(*class),
            _ => false,
        };
        let transverse = |c: &Self, m: &Meaning| matches!(m, Meaning::Record(n) if c.binding.transverse.contains(n));
        let (va, vb) = (is_vector(self, a), is_vector(self, b));
        match op {
            BinaryOp::Add | BinaryOp::Sub => {
                let both = (va || transverse(self, a)) && (vb || transverse(self, b));
                if !both || !(va || vb || transverse(self, a) && transverse(self, b)) {
                    return Some(None);
                }
                // A vector and a transverse record add as vectors; a number and a record as numbers.
                let kind_of = |m: &Meaning| match m {
                    Meaning::Vector(kind, _) => *kind,
                    Meaning::Record(_) => VectorKind::Transverse,
                    _ => VectorKind::P4,
                };
                let kind = match (kind_of(a), kind_of(b)) {
                    (x, y) if x == y => x,
                    (VectorKind::V3, VectorKind::P4) | (VectorKind::P4, VectorKind::V3) => {
                        self.report(error::plain(
                            "vector_kinds",
                            "a three-vector and a four-vector cannot be added",
                            span,
                            "of different kinds",
                            "make them of one kind: p3(x) or p4(x)",
                        ));
                        return None;
                    }
                    (VectorKind::V3, _) | (_, VectorKind::V3) => VectorKind::V3,
                    _ => VectorKind::P4,
                };
                let (x, y) = (self.as_kind(a, kind, a_span)?, self.as_kind(b, kind, b_span)?);
                let op = if op == BinaryOp::Add { Binary::Add } else { Binary::Sub };
                let parts = x.into_iter().zip(y).map(|(x, y)| self.arithmetic(op, x, y, span)).collect();
                Some(Some(Meaning::Vector(kind, parts)))
            }
            BinaryOp::Mul | BinaryOp::Div => {
                let (vector, vector_span, number, number_span) = match (va, vb) {
                    (true, false) => (a, a_span, b, b_span),
                    (false, true) if op == BinaryOp::Mul => (b, b_span, a, a_span),
                    (true, true) if op == BinaryOp::Mul => {
                        self.report(error::plain(
                            "vector_product",
                            "which product of two vectors?",
                            span,
                            "ambiguous",
                            "write dot(a, b) or cross(a, b)",
                        ));
                        return None;
                    }
                    _ => return Some(None),
                };
                let Some((kind, parts)) = self.vector_like(vector, vector_span) else { return Some(None) };
                let factor = self.number(number.clone(), number_span)?;
                let op = if op == BinaryOp::Mul { Binary::Mul } else { Binary::Div };
                let parts = parts.into_iter().map(|p| self.arithmetic(op, p, factor, span)).collect();
                Some(Some(Meaning::Vector(kind, parts)))
            }
            BinaryOp::Pow => Some(None),
        }
    }

    /// A class for an object that may be of either: the same, or a union.
    pub(super) fn common_class(&mut self, a: ClassId, b: ClassId, span: Span) -> Option<ClassId> {
        if a == b {
            return Some(a);
        }
        if self.is_tuple(a) || self.is_tuple(b) || self.made(a).is_some() || self.made(b).is_some() {
            self.report(error::plain(
                "branches",
                "the branches are candidates or sums of different kinds",
                span,
                "not of one kind",
                "",
            ));
            return None;
        }
        let name = format!("{} or {}", self.analysis.class(a).name, self.analysis.class(b).name);
        Some(self.add_class(&name, ClassBase::Union(vec![a, b]), None))
    }
}
