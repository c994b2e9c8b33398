//! The built-in forms: sizes, vectors, roots and bits, random numbers, members of candidates.

use super::super::schema::RecordColumn;
use super::super::{Binary, Collection, Expr, Mask, ObjectId, Ty, Unary, error};
use super::{Checker, ClassId, Meaning, Scope, VectorKind};
use crate::source::Span;
use crate::syntax::ast::{self, ExprKind};

impl<'a> Checker<'a> {
    /// The built-in forms.
    pub(super) fn form(
        &mut self,
        name: &str,
        arguments: &'a [ast::Argument],
        span: Span,
        scope: &Scope<'a>,
    ) -> Option<Meaning> {
        let expected = match name {
            "lumimask" | "size" | "ancestors" | "descendants" | "defined" | "p3" | "transverse" | "norm" | "abs"
            | "sqrt" | "floor" => 1..=1,
            "dot" | "cross" | "boost" | "bit" | "bitAnd" | "bitOr" | "shiftLeft" | "shiftRight" => 2..=2,
            "vec" => 3..=3,
            "p4xyz" => 4..=4,
            "p4" => 1..=4,
            "sort" => 2..=3,
            "random" | "normal" => 0..=1,
            _ => 1..=usize::MAX,
        };
        if !expected.contains(&arguments.len()) || name == "p4" && !matches!(arguments.len(), 1 | 4) {
            let words = match (name, *expected.start(), *expected.end()) {
                ("p4", ..) => "1 or 4 arguments".to_owned(),
                (_, 1, 1) => "1 argument".to_owned(),
                (_, a, b) if a == b => format!("{a} arguments"),
                (_, a, b) if b < 9 => format!("{a} or {b} arguments"),
                (_, a, _) => format!("at least {a} arguments"),
            };
            self.report(error::arity(name, &words, arguments.len(), span));
            return None;
        }
        match name {
            "size" => self.size(&arguments[0], span, scope),
            "sort" => self.sort(arguments, span, scope),
            "union" => self.union(arguments, span, scope),
            "members" => self.members(arguments, span, scope),
            "ancestors" | "descendants" => self.relatives(name, &arguments[0], span, scope),
            "defined" => self.defined(&arguments[0], span, scope),
            "lumimask" => self.lumimask(&arguments[0], span),
            "random" | "normal" => self.draw(name == "normal", arguments.first(), span, scope),
            "disjoint" | "cartesian" => {
                let help = format!("form it in a block:\n  composite pairs\n    take {name}(jets a, jets b)");
                self.report(error::plain(
                    "combination_here",
                    format!("`{name}` belongs in `take` or `best`"),
                    span,
                    "not a value",
                    &help,
                ));
                None
            }
            "old" => {
                self.report(error::reserved("old", span));
                None
            }
            _ => self.arithmetic_form(name, arguments, span, scope),
        }
    }

    fn arithmetic_form(
        &mut self,
        name: &str,
        arguments: &'a [ast::Argument],
        span: Span,
        scope: &Scope<'a>,
    ) -> Option<Meaning> {
        let mut given = Vec::new();
        for argument in arguments {
            given.push((self.expr(&argument.value, scope), argument.value.span));
        }
        let given: Vec<(Meaning, Span)> = given.into_iter().map(|(m, s)| m.map(|m| (m, s))).collect::<Option<_>>()?;
        if let ([(Meaning::Scalar(e), _)], [argument]) = (given.as_slice(), arguments)
            && self.ty(*e) == Ty::Bool
            && let Some(left) = compared(&argument.value)
        {
            let (all, left) = (self.texts.slice(argument.value.span), self.texts.slice(left));
            let rest = all.strip_prefix(left).unwrap_or("").trim_start();
            let instead = format!("{name}({left}) {rest}");
            self.report(error::misplaced_bracket(name, argument.value.span, span, &instead));
            return None;
        }
        let scalar = |id| Some(Meaning::Scalar(id));
        match name {
            "min" | "max" => {
                let op = if name == "min" { Binary::Min } else { Binary::Max };
                let mut result: Option<super::ExprId> = None;
                for (m, s) in given {
                    let number = self.number(m, s)?;
                    let number = self.real(number);
                    result = Some(result.map_or(number, |r| self.add(Expr::Binary(op, r, number), Ty::Real, span)));
                }
                result.map(Meaning::Scalar)
            }
            "abs" => {
                let (m, s) = given.into_iter().next()?;
                let number = self.number(m, s)?;
                let ty = self.ty(number);
                scalar(self.add(Expr::Unary(Unary::Abs, number), ty, span))
            }
            "sqrt" | "floor" => {
                let (m, s) = given.into_iter().next()?;
                let number = self.number(m, s)?;
                let number = self.real(number);
                let op = if name == "sqrt" { Unary::Sqrt } else { Unary::Floor };
                scalar(self.add(Expr::Unary(op, number), Ty::Real, span))
            }
            "bit" | "bitAnd" | "bitOr" | "shiftLeft" | "shiftRight" => {
                let mut ints = Vec::new();
                for (m, s) in given {
                    let number = self.number(m, s)?;
                    if self.ty(number) != Ty::Int {
                        self.report(error::kind("a whole number", "a real number", s));
                        return None;
                    }
                    ints.push(number);
                }
                let op = match name {
                    "bitAnd" => Binary::BitAnd,
                    "bitOr" => Binary::BitOr,
                    "shiftLeft" => Binary::ShiftLeft,
                    "shiftRight" => Binary::ShiftRight,
                    _ => Binary::Bit,
                };
                let bit = self.add(Expr::Binary(op, ints[0], ints[1]), Ty::Int, span);
                if op != Binary::Bit {
                    return scalar(bit);
                }
                let zero = self.add(Expr::Int(0), Ty::Int, span);
                scalar(self.compare(super::super::Compare::Ne, bit, zero, span))
            }
            "p4" if given.len() == 1 => {
                let parts = self.as_kind(&given[0].0, VectorKind::P4, given[0].1)?;
                Some(Meaning::Vector(VectorKind::P4, parts))
            }
            "p4" => {
                let mut parts = Vec::new();
                for (m, s) in given {
                    let number = self.number(m, s)?;
                    parts.push(self.real(number));
                }
                self.polar_p4(&parts, span)
            }
            "p4xyz" | "vec" => {
                let mut parts = Vec::new();
                for (m, s) in given {
                    let number = self.number(m, s)?;
                    parts.push(self.real(number));
                }
                let kind = if name == "vec" { VectorKind::V3 } else { VectorKind::P4 };
                Some(Meaning::Vector(kind, parts))
            }
            "p3" | "transverse" => {
                let kind = if name == "p3" { VectorKind::V3 } else { VectorKind::Transverse };
                let parts = self.as_kind(&given[0].0, kind, given[0].1)?;
                Some(Meaning::Vector(kind, parts))
            }
            "norm" => {
                let parts = match &given[0].0 {
                    Meaning::Vector(VectorKind::Transverse | VectorKind::V3, parts) => parts.clone(),
                    m => self.as_kind(m, VectorKind::V3, given[0].1)?,
                };
                self.magnitude(&parts, span).map(Meaning::Scalar)
            }
            "dot" => {
                let flat = |m: &Meaning| matches!(m, Meaning::Vector(VectorKind::Transverse, _) | Meaning::Record(_));
                let kind = if given.iter().any(|(m, _)| flat(m)) { VectorKind::Transverse } else { VectorKind::V3 };
                let (a, b) =
                    (self.as_kind(&given[0].0, kind, given[0].1)?, self.as_kind(&given[1].0, kind, given[1].1)?);
                let mut sum: Option<super::ExprId> = None;
                for (x, y) in a.into_iter().zip(b) {
                    let product = self.arithmetic(Binary::Mul, x, y, span);
                    sum = Some(sum.map_or(product, |s| self.arithmetic(Binary::Add, s, product, span)));
                }
                sum.map(Meaning::Scalar)
            }
            "cross" => {
                let a = self.as_kind(&given[0].0, VectorKind::V3, given[0].1)?;
                let b = self.as_kind(&given[1].0, VectorKind::V3, given[1].1)?;
                let parts = [(1, 2), (2, 0), (0, 1)].map(|(i, j)| {
                    let (x, y) = (
                        self.arithmetic(Binary::Mul, a[i], b[j], span),
                        self.arithmetic(Binary::Mul, a[j], b[i], span),
                    );
                    self.arithmetic(Binary::Sub, x, y, span)
                });
                Some(Meaning::Vector(VectorKind::V3, parts.to_vec()))
            }
            _ => {
                let v = self.as_kind(&given[0].0, VectorKind::P4, given[0].1)?;
                let beta = self.as_kind(&given[1].0, VectorKind::V3, given[1].1)?;
                Some(self.boost(&v, &beta, span))
            }
        }
    }

    fn polar_p4(&mut self, parts: &[super::ExprId], span: Span) -> Option<Meaning> {
        use crate::plan::Intrinsic;
        let [pt, eta, phi, mass] = parts else { return None };
        let call = |c: &mut Self, f, x| c.add(Expr::Call(f, vec![x]), Ty::Real, span);
        let (cos, sin, sinh) =
            (call(self, Intrinsic::Cos, *phi), call(self, Intrinsic::Sin, *phi), call(self, Intrinsic::Sinh, *eta));
        let px = self.arithmetic(Binary::Mul, *pt, cos, span);
        let py = self.arithmetic(Binary::Mul, *pt, sin, span);
        let pz = self.arithmetic(Binary::Mul, *pt, sinh, span);
        let energy = self.magnitude(&[*pt, pz, *mass], span)?;
        Some(Meaning::Vector(VectorKind::P4, vec![px, py, pz, energy]))
    }

    /// A Lorentz boost of (px, py, pz, E) by a velocity.
    fn boost(&mut self, v: &[super::ExprId], beta: &[super::ExprId], span: Span) -> Meaning {
        let dot = |c: &mut Self, a: &[super::ExprId], b: &[super::ExprId]| {
            let products: Vec<_> = (0..3).map(|i| c.arithmetic(Binary::Mul, a[i], b[i], span)).collect();
            let sum = c.arithmetic(Binary::Add, products[0], products[1], span);
            c.arithmetic(Binary::Add, sum, products[2], span)
        };
        let (beta2, bp) = (dot(self, beta, beta), dot(self, beta, v));
        let one = self.constant(1.0, span);
        let inside = self.arithmetic(Binary::Sub, one, beta2, span);
        let root = self.add(Expr::Unary(Unary::Sqrt, inside), Ty::Real, span);
        let gamma = self.arithmetic(Binary::Div, one, root, span);
        // p' = p + b (gamma^2 / (gamma + 1) (b.p) + gamma E), E' = gamma (E + b.p)
        let g1 = self.arithmetic(Binary::Add, gamma, one, span);
        let g2 = self.arithmetic(Binary::Mul, gamma, gamma, span);
        let ratio = self.arithmetic(Binary::Div, g2, g1, span);
        let first = self.arithmetic(Binary::Mul, ratio, bp, span);
        let second = self.arithmetic(Binary::Mul, gamma, v[3], span);
        let along = self.arithmetic(Binary::Add, first, second, span);
        let mut parts: Vec<_> = (0..3)
            .map(|i| {
                let shift = self.arithmetic(Binary::Mul, beta[i], along, span);
                self.arithmetic(Binary::Add, v[i], shift, span)
            })
            .collect();
        let sum = self.arithmetic(Binary::Add, v[3], bp, span);
        parts.push(self.arithmetic(Binary::Mul, gamma, sum, span));
        Meaning::Vector(VectorKind::P4, parts)
    }

    fn defined(&mut self, argument: &'a ast::Argument, span: Span, scope: &Scope<'a>) -> Option<Meaning> {
        let id = match self.expr(&argument.value, scope)? {
            Meaning::Object(object, _) => self.add(Expr::Present(object), Ty::Bool, span),
            Meaning::Vector(_, parts) => {
                let mut all = None;
                for part in parts {
                    let one = self.add(Expr::Defined(part), Ty::Bool, span);
                    all = Some(self.and_also(all, one, span));
                }
                all?
            }
            other => {
                let scalar = self.scalar(other, argument.value.span)?;
                self.add(Expr::Defined(scalar), Ty::Bool, span)
            }
        };
        Some(Meaning::Scalar(id))
    }

    /// `index(x)`: the position of an object in its collection of the input; of sums and candidates there is none.
    pub(super) fn entry(&mut self, of: &Meaning, span: Span) -> Option<Meaning> {
        let (object, class) = match of {
            Meaning::Object(object, class) => (*object, *class),
            Meaning::Collection(collection, class) => (self.element(*collection, *class), *class),
            Meaning::Scalar(_) | Meaning::Vector(..) | Meaning::Record(_) | Meaning::Region(_) => return None,
        };
        if self.is_tuple(class) || self.made(class).is_some() {
            return None;
        }
        Some(Meaning::Scalar(self.add(Expr::Entry(object), Ty::Int, span)))
    }

    /// `random()`, `normal()`: keyed by the event's numbers, the current object, the enclosing name and the position of
    /// the draw in it, or by a label.
    fn draw(
        &mut self,
        normal: bool,
        label: Option<&'a ast::Argument>,
        span: Span,
        scope: &Scope<'a>,
    ) -> Option<Meaning> {
        let text = match label {
            Some(argument) => match &argument.value.kind {
                ExprKind::Text(t) => format!("label {t}"),
                _ => {
                    self.report(error::plain(
                        "draw_label",
                        "the label of a random number is a string",
                        argument.value.span,
                        "not a string",
                        "for example: random(\"id\")",
                    ));
                    return None;
                }
            },
            None => {
                self.draws.1 += 1;
                format!("{} {}", self.draws.0, self.draws.1)
            }
        };
        let mut event = Vec::new();
        for name in &self.binding.event_numbers {
            let column = match name.split_once('.') {
                Some((of, attribute)) => self.binding.record_column(of, attribute),
                None => self.binding.event_column(name).map(|e| RecordColumn::Event(name.clone(), e)),
            };
            if let Some(column) = column {
                event.push(self.record_value(&column, span));
            }
        }
        let of = scope.this().map(|(object, _)| object);
        let draw = Expr::Draw { normal, label: hash(&text), event, of };
        Some(Meaning::Scalar(self.add(draw, Ty::Real, span)))
    }

    /// `lumimask("golden.json")`: a column of conditions that is made of run and luminosity section where files are read.
    /// Simulated events have no sections to be certified: they all pass.
    fn lumimask(&mut self, argument: &'a ast::Argument, span: Span) -> Option<Meaning> {
        let ExprKind::Text(path) = &argument.value.kind else {
            self.report(error::lumi_mask_name(argument.value.span));
            return None;
        };
        if self.binding.simulated {
            self.report(error::lumi_mask_of_simulation(span));
            return Some(Meaning::Scalar(self.add(Expr::Bool(true), Ty::Bool, span)));
        }
        if let Err(what) = self.binding.sections() {
            self.report(error::no_lumi_sections(&what, span));
            return None;
        }
        let column = format!("lumimask(\"{path}\")");
        let value = self.event_column(&column, super::ElementType::Bool, span);
        if !self.analysis.masks.iter().any(|m| m.column == column) {
            self.analysis.masks.push(Mask { path: path.clone(), column, span: argument.value.span });
        }
        Some(Meaning::Scalar(value))
    }

    /// `members(T, ...)`: the leaf objects of candidates.
    fn members(&mut self, arguments: &'a [ast::Argument], span: Span, scope: &Scope<'a>) -> Option<Meaning> {
        let mut leaves: Vec<(ObjectId, ClassId)> = Vec::new();
        for argument in arguments {
            match self.expr(&argument.value, scope)? {
                Meaning::Object(object, class) => leaves.extend(self.leaves(object, class)),
                Meaning::Collection(collection, class) => {
                    let object = self.element(collection, class);
                    leaves.extend(self.leaves(object, class));
                }
                other => {
                    let found = self.describe(&other);
                    self.report(error::kind("a candidate", &found, argument.value.span));
                    return None;
                }
            }
        }
        let mut classes: Vec<ClassId> = Vec::new();
        for (_, class) in &leaves {
            if !classes.contains(class) {
                classes.push(*class);
            }
        }
        let name = self.text(span);
        if classes.len() > 1 && classes.iter().any(|class| self.made(*class).is_some()) {
            self.report(error::sums_in_union(&name, span));
            return None;
        }
        let class = match classes.as_slice() {
            [one] => *one,
            _ => self.add_class(&name, super::super::ClassBase::Union(classes), None),
        };
        let objects = leaves.into_iter().map(|(o, _)| o).collect();
        let collection = self.add_collection(Collection::Members(objects), &name);
        let class = self.remembered_class(collection, class);
        Some(Meaning::Collection(collection, class))
    }

    /// The same inline collection is the same axis: it keeps the class it had first.
    pub(super) fn remembered_class(&mut self, collection: super::CollectionId, class: ClassId) -> ClassId {
        let known = self.analysis.blocks.iter().find(|(n, c, _)| n.is_empty() && *c == collection).map(|(_, _, k)| *k);
        known.unwrap_or_else(|| {
            self.analysis.blocks.push((String::new(), collection, class));
            class
        })
    }
}

/// The left side of a comparison.
fn compared(e: &ast::Expr) -> Option<Span> {
    match &e.kind {
        ExprKind::Compare { first, .. } => Some(first.span),
        ExprKind::Range { value, .. } => Some(value.span),
        _ => None,
    }
}

/// A stable hash of a text (FNV-1a), for keys of random draws.
fn hash(text: &str) -> i64 {
    let mut h: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in text.bytes() {
        h = (h ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    h as i64
}
