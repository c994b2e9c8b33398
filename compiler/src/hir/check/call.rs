//! Calls: reducers and the few built-in forms, user functions (expanded at each call), attributes written as functions,
//! tables.

use super::super::schema::RecordColumn;
use super::super::{Binary, Collection, Expr, Mask, ObjectId, Ty, Unary, error};
use super::{Checker, ClassId, Decl, DeclId, Entry, Meaning, Scope, VectorKind};
use crate::plan::intrinsic::INTRINSICS;
use crate::source::Span;
use crate::syntax::ast::{self, ExprKind};
use crate::syntax::walk;

/// Functions may call each other at most this deep.
const MAX_CALLS: usize = 100;

/// The built-in forms that are not reducers.
const FORMS: [&str; 31] = [
    "size",
    "count",
    "sort",
    "union",
    "members",
    "ancestors",
    "descendants",
    "defined",
    "p4",
    "p4xyz",
    "p3",
    "vec",
    "transverse",
    "dot",
    "cross",
    "norm",
    "boost",
    "abs",
    "sqrt",
    "floor",
    "bit",
    "bitAnd",
    "bitOr",
    "shiftLeft",
    "shiftRight",
    "random",
    "normal",
    "lumimask",
    "disjoint",
    "cartesian",
    "old",
];

/// The reducers.
const REDUCERS: [&str; 10] = ["sum", "product", "min", "max", "mean", "any", "all", "count", "argmin", "argmax"];

/// Functions of the language that a later version brings.
const LATER: [&str; 1] = ["sumw"];

/// The left side of a comparison.
fn compared(e: &ast::Expr) -> Option<Span> {
    match &e.kind {
        ExprKind::Compare { first, .. } => Some(first.span),
        ExprKind::Range { value, .. } => Some(value.span),
        _ => None,
    }
}

/// True for the name of a reducer or built-in form.
pub(super) fn is_reducer(name: &str) -> bool {
    REDUCERS.contains(&name) || FORMS.contains(&name)
}

impl<'a> Checker<'a> {
    /// `function(arguments)`
    pub(super) fn call(
        &mut self,
        function: &'a ast::Name,
        arguments: &'a [ast::Argument],
        span: Span,
        scope: &Scope<'a>,
    ) -> Option<Meaning> {
        let name = function.text.as_str();
        let user = if scope.stdlib { None } else { self.user_names.get(name).copied() };
        if let Some(id) = user {
            match self.decls[id] {
                Decl::Define(d) if !d.parameters.is_empty() => return self.call_define(id, d, arguments, span, scope),
                Decl::Table(t) => return self.lookup(t, arguments, span, scope).map(Meaning::Scalar),
                _ => {}
            }
        }
        if let Some(named) = arguments.iter().find_map(|a| a.name.as_ref()) {
            self.report(error::plain(
                "named_argument",
                format!("`{name}` takes its arguments by position"),
                named.span,
                "named argument",
                "give the values alone, in the order of the definition",
            ));
            return None;
        }
        let single = (REDUCERS.contains(&name)) && (arguments.len() == 1 || !matches!(name, "min" | "max"));
        if single {
            return self.reducer(name, arguments, span, scope);
        }
        if let Some(filtered) = arguments.iter().find_map(|a| a.filter.as_ref()).filter(|_| name != "size") {
            self.report(error::plain(
                "where_in_call",
                format!("`where` belongs in a reducer, and `{name}` is none"),
                filtered.span,
                "not in a reducer",
                "reducers: sum min max mean product any all count argmin argmax",
            ));
            return None;
        }
        if name == "partition" && scope.stdlib {
            return self.partition(arguments, span, scope);
        }
        if matches!(name, "min" | "max") || FORMS.contains(&name) {
            return self.form(name, arguments, span, scope);
        }
        if LATER.contains(&name) {
            self.report(error::reserved(name, function.span));
            return None;
        }
        let std = self.std_function(name, arguments.len());
        if let [argument] = arguments {
            // An attribute written as a function comes before a function of that name.
            let meaning = self.expr(&argument.value, scope)?;
            if let Some(found) = self.own_attribute(&meaning, name, function.span) {
                return Some(found);
            }
            if self.is_said(&meaning, name, function.span) {
                return None;
            }
            if name == "index"
                && let Some(entry) = self.entry(&meaning, span)
            {
                return Some(entry);
            }
            if let Some(id) = std {
                return self.call_with(id, vec![meaning], &[&argument.value], span, scope);
            }
            let has = match &meaning {
                Meaning::Object(_, class) | Meaning::Collection(_, class) => Some(self.attribute_names(*class)),
                Meaning::Record(_) => Some(std::collections::BTreeSet::new()),
                Meaning::Scalar(_) | Meaning::Vector(..) | Meaning::Region(_) => None,
            };
            // A name near to a function's, and to no attribute, is a misspelt function.
            let attribute = has.filter(|names| {
                error::nearest(name, names.iter().map(String::as_str)).is_some() || self.near_function(name).is_none()
            });
            if attribute.is_some() {
                return self.attribute_or_function(meaning, name, function.span);
            }
        } else if let Some(id) = std
            && let Decl::Define(d) = self.decls[id]
        {
            return self.call_define(id, d, arguments, span, scope);
        }
        let near = self.near_function(name);
        self.report(error::unknown_function(name, function.span, near));
        None
    }

    /// The nearest name of a function or table.
    fn near_function(&self, name: &str) -> Option<String> {
        let callable = |d: &&Decl<'_>| match d {
            Decl::Define(f) => !f.parameters.is_empty(),
            Decl::Table(_) => true,
            Decl::Best(_) | Decl::Object(_) | Decl::Composite(_) | Decl::Region(_) | Decl::HistoList(_) => false,
        };
        let declared = self.decls.iter().filter(callable).map(|d| d.name().text.as_str());
        error::nearest(name, REDUCERS.iter().chain(&FORMS).copied().chain(declared))
    }

    fn call_define(
        &mut self,
        id: DeclId,
        define: &'a ast::Define,
        arguments: &'a [ast::Argument],
        span: Span,
        scope: &Scope<'a>,
    ) -> Option<Meaning> {
        if define.parameters.len() != arguments.len() {
            let expected = self.expected_arguments(id);
            self.report(
                error::arity(&define.name.text, &expected, arguments.len(), span).and(define.name.span, "defined here"),
            );
            return None;
        }
        let mut meanings = Vec::new();
        for argument in arguments {
            meanings.push(self.expr(&argument.value, scope));
        }
        let meanings: Vec<Meaning> = meanings.into_iter().collect::<Option<_>>()?;
        let texts: Vec<&'a ast::Expr> = arguments.iter().map(|a| &a.value).collect();
        self.call_with(id, meanings, &texts, span, scope)
    }

    /// Calls a function with checked arguments; those with a value per element are checked again where they are used.
    fn call_with(
        &mut self,
        id: DeclId,
        arguments: Vec<Meaning>,
        texts: &[&'a ast::Expr],
        span: Span,
        scope: &Scope<'a>,
    ) -> Option<Meaning> {
        let Decl::Define(define) = self.decls[id] else { return None };
        let own: Vec<super::Var> =
            self.frames.last().map(|f| f.axes.iter().map(|(_, _, v)| *v).collect()).unwrap_or_default();
        let per_element = |c: &Self, m: &Meaning| match m {
            Meaning::Scalar(e) => c.analysis.expr(*e).free.iter().any(|v| own.contains(v)),
            Meaning::Vector(_, parts) => parts.iter().any(|e| c.analysis.expr(*e).free.iter().any(|v| own.contains(v))),
            _ => false,
        };
        let reduces = contains_reducer(&define.value);
        if !reduces || !arguments.iter().any(|m| per_element(self, m)) {
            return self.apply(id, arguments, span);
        }
        let mut inner = Scope { node: None, stdlib: self.is_stdlib(id) };
        for ((parameter, meaning), text) in define.parameters.iter().zip(arguments).zip(texts) {
            inner = if per_element(self, &meaning) {
                inner.with(&parameter.text, Entry::Closure(text, scope.clone()))
            } else {
                inner.with_meaning(&parameter.text, meaning)
            };
        }
        let before = self.messages.len();
        let result = self.enter(id, span, |c| c.expr(&define.value, &inner));
        if inner.stdlib && result.is_none() {
            self.point_at_call(before, span);
        }
        result
    }

    /// A function of the standard library: the one with this number of arguments, or else the first of its name.
    fn std_function(&self, name: &str, arguments: usize) -> Option<DeclId> {
        let exact = self.std_functions.get(&(name.to_owned(), arguments));
        exact.or_else(|| self.std_names.get(name)).copied()
    }

    /// True for a function or constant of the standard library.
    pub(super) fn is_stdlib(&self, id: DeclId) -> bool {
        let decl = &self.decls[id];
        let name = &decl.name().text;
        self.std_functions.get(&(name.clone(), decl.parameters())) == Some(&id) || self.std_names.get(name) == Some(&id)
    }

    /// The numbers of arguments that a function can have, in words.
    fn expected_arguments(&self, id: DeclId) -> String {
        let decl = &self.decls[id];
        let mut numbers = vec![decl.parameters()];
        if self.is_stdlib(id) {
            numbers = self.std_functions.keys().filter(|(n, _)| *n == decl.name().text).map(|(_, n)| *n).collect();
            numbers.sort_unstable();
        }
        let words = numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(" or ");
        if words == "1" { "1 argument".to_owned() } else { format!("{words} arguments") }
    }

    fn enter(&mut self, id: DeclId, span: Span, body: impl FnOnce(&mut Self) -> Option<Meaning>) -> Option<Meaning> {
        if self.calling.contains(&id) || self.calling.len() >= MAX_CALLS {
            let name = self.decls[id].name().text.clone();
            self.report(error::plain(
                "recursion",
                format!("the function `{name}` calls itself"),
                span,
                "calls itself",
                "functions cannot be recursive",
            ));
            return None;
        }
        self.calling.push(id);
        let result = body(self);
        self.calling.pop();
        result
    }

    /// A function at checked arguments.
    pub(super) fn apply(&mut self, id: DeclId, arguments: Vec<Meaning>, span: Span) -> Option<Meaning> {
        let Decl::Define(define) = self.decls[id] else { return None };
        let name = define.name.text.as_str();
        if define.parameters.len() != arguments.len() {
            self.report(error::arity(name, &self.expected_arguments(id), arguments.len(), span));
            return None;
        }
        let stdlib = self.is_stdlib(id);
        if stdlib && matches!(define.value.kind, ExprKind::Intrinsic) {
            let (intrinsic, _, _) = *INTRINSICS.iter().find(|(_, n, _)| *n == name)?;
            let mut reals = Vec::new();
            for argument in arguments {
                let number = self.number(argument, span)?;
                reals.push(self.real(number));
            }
            return Some(Meaning::Scalar(self.add(Expr::Call(intrinsic, reals), Ty::Real, span)));
        }
        if stdlib && self.calling.contains(&id) {
            // pt from px, px from pt: the thing has neither.
            let of = arguments.first().map_or(String::new(), |m| match m {
                Meaning::Object(_, class) | Meaning::Collection(_, class) => self.analysis.class(*class).name.clone(),
                Meaning::Record(r) => r.clone(),
                other => self.describe(other),
            });
            self.report(error::unknown_attribute(name, &of, span, None));
            return None;
        }
        // A collection stands for its current element in the innermost frame.
        let plain = arguments.iter().all(|m| !matches!(m, Meaning::Collection(..)));
        let frame = if plain { 0 } else { self.frames.last().map_or(0, |f| f.number) };
        let key = (id, format!("{frame} {arguments:?}"));
        let remember = !contains_draw(&define.value);
        if remember && let Some(known) = self.expanded.get(&key) {
            return known.clone();
        }
        let mut scope = Scope { node: None, stdlib };
        for (parameter, meaning) in define.parameters.iter().zip(arguments) {
            scope = scope.with_meaning(&parameter.text, meaning);
        }
        let before = self.messages.len();
        let result = self.enter(id, span, |c| c.expr(&define.value, &scope));
        if stdlib && result.is_none() {
            self.point_at_call(before, span);
        }
        if remember {
            self.expanded.insert(key, result.clone());
        }
        result
    }

    /// The standard library is right; what it was given is not: of the messages from `first` on that are about its text,
    /// the first is about the call instead, and the others follow from it.
    fn point_at_call(&mut self, first: usize, call: Span) {
        let mut said = false;
        for mut message in self.messages.split_off(first.min(self.messages.len())) {
            if let Some(label) = message.labels.first_mut()
                && self.texts.get(label.span.file).is_some_and(|s| s.is_stdlib)
            {
                label.span = call;
                message.fixes.clear();
                if said {
                    continue;
                }
                said = true;
            }
            self.report(message);
        }
    }

    /// The built-in forms.
    fn form(&mut self, name: &str, arguments: &'a [ast::Argument], span: Span, scope: &Scope<'a>) -> Option<Meaning> {
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
    fn entry(&mut self, of: &Meaning, span: Span) -> Option<Meaning> {
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

    /// A table at these arguments.
    fn lookup(
        &mut self,
        table: &'a ast::Table,
        arguments: &'a [ast::Argument],
        span: Span,
        scope: &Scope<'a>,
    ) -> Option<super::ExprId> {
        let checked = self.table(table, arguments.len(), span)?;
        let mut ids = Vec::new();
        for argument in arguments {
            ids.push(self.real_expr(&argument.value, scope)?);
        }
        let lookup = super::super::Lookup { arguments: ids, ..checked };
        let id = self.add(Expr::Lookup(Box::new(lookup)), Ty::Real, span);
        let written = || arguments.iter().map(|a| a.value.span).collect();
        self.analysis.written.entry(id).or_insert_with(written);
        Some(id)
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

/// A stable hash of a text (FNV-1a), for keys of random draws.
fn hash(text: &str) -> i64 {
    let mut h: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in text.bytes() {
        h = (h ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    h as i64
}

/// True if an expression calls a reducer (or a function that might).
fn contains_reducer(e: &ast::Expr) -> bool {
    any_call(e, &|name| REDUCERS.contains(&name) || name == "size")
}

fn contains_draw(e: &ast::Expr) -> bool {
    any_call(e, &|name| matches!(name, "random" | "normal"))
}

fn any_call(e: &ast::Expr, test: &dyn Fn(&str) -> bool) -> bool {
    let mut found = false;
    walk::all(e, &mut |part| found |= matches!(&part.kind, ExprKind::Call { function, .. } if test(&function.text)));
    found
}
