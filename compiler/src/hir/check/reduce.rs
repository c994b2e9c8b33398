//! Reducers, and the forms that take a collection: size, sort, union. A reducer removes the axes of its argument: each
//! collection named in it becomes a loop.

use super::super::{ClassBase, Collection, Expr, Object, Reduction, Ty, error};
use super::{Checker, ClassId, CollectionId, ExprId, Meaning, Scope, Var};
use crate::source::Span;
use crate::syntax::ast::{self, ExprKind};

impl<'a> Checker<'a> {
    /// `sum(E where COND)` and its relatives.
    pub(super) fn reducer(
        &mut self,
        name: &str,
        arguments: &'a [ast::Argument],
        span: Span,
        scope: &Scope<'a>,
    ) -> Option<Meaning> {
        let [argument] = arguments else {
            self.report(error::arity(name, "1 argument", arguments.len(), span));
            return None;
        };
        let ((body, keep), axes) = self.framed(|c| {
            let body = c.expr(&argument.value, scope).map(|m| c.iterate(m, argument.value.span));
            let keep = argument.filter.as_ref().map(|f| c.condition(f, scope));
            (body, keep)
        });
        let (body, keep) = (body?, keep.map_or(Some(None), |k| k.map(Some))?);
        let at = argument.value.span;
        if axes.is_empty() {
            let found = self.describe(&body);
            let help = match name {
                "min" | "max" => format!("of two numbers it is {name}(a, b), of a collection {name}(pt(jets))"),
                "any" | "all" | "count" => format!("it needs a condition on each element: {name}(pt(jets) > 30)"),
                _ => format!("it needs a value of each element: {name}(pt(jets))"),
            };
            self.report(error::plain(
                "nothing_to_reduce",
                format!("`{name}` reduces a collection, but this is {found}"),
                at,
                "one value per event already",
                &help,
            ));
            return None;
        }
        let over: Vec<(Var, CollectionId)> = axes.iter().map(|(c, _, v)| (*v, *c)).collect();
        let reduce = |c: &mut Self, op, body, ty| c.add(Expr::Reduce { op, over: over.clone(), keep, body }, ty, span);
        let scalar = |id| Some(Meaning::Scalar(id));
        match name {
            "any" | "all" | "count" => {
                let body = match body {
                    Meaning::Scalar(id) if self.ty(id) == Ty::Bool => id,
                    Meaning::Region(_) | Meaning::Scalar(_) | Meaning::Vector(..) | Meaning::Record(_) => {
                        let text = self.text(at);
                        self.report(error::not_a_condition(&text, at));
                        return None;
                    }
                    Meaning::Object(..) | Meaning::Collection(..) => {
                        let help = if name == "count" { "the number of elements is size(...)" } else { "" };
                        self.report(error::plain(
                            "not_a_condition",
                            format!("`{name}` needs a condition, but this is an object"),
                            at,
                            "an object",
                            help,
                        ));
                        return None;
                    }
                };
                match name {
                    "any" => scalar(reduce(self, Reduction::Any, body, Ty::Bool)),
                    "all" => scalar(reduce(self, Reduction::All, body, Ty::Bool)),
                    _ => scalar(reduce(self, Reduction::Count, body, Ty::Int)),
                }
            }
            "argmin" | "argmax" => {
                let [(collection, class, var)] = axes.as_slice() else {
                    let text = self.text(at);
                    self.report(error::plain(
                        "two_collections",
                        format!("`{name}` gives an element of one collection, but this uses {}", axes.len()),
                        at,
                        format!("which collection is `{text}` about?"),
                        "reduce the others inside, for example with min(...)",
                    ));
                    return None;
                };
                let key = self.number(body, at)?;
                let mut key = self.real(key);
                if name == "argmax" {
                    key = self.negative(key, span);
                }
                let best = Object::Best { over: (*var, *collection), keep, keys: vec![key] };
                let found = Meaning::Object(self.add_object(best), *class);
                Some(self.plain(found, span))
            }
            "sum" => {
                if let Some((kind, parts)) = self.vector_like(&body, at) {
                    let parts = parts.into_iter().map(|p| reduce(self, Reduction::Sum, p, Ty::Real)).collect();
                    return Some(Meaning::Vector(kind, parts));
                }
                if matches!(&body, Meaning::Scalar(id) if self.ty(*id) == Ty::Bool) {
                    let text = self.text(at);
                    self.report(
                        error::not_a_number(&text, at).help(format!("the number of elements is count({text})")),
                    );
                    return None;
                }
                let body = self.number(body, at)?;
                let ty = self.ty(body);
                scalar(reduce(self, Reduction::Sum, body, ty))
            }
            "product" => {
                let body = self.number(body, at)?;
                let ty = self.ty(body);
                scalar(reduce(self, Reduction::Product, body, ty))
            }
            _ => {
                let op = match name {
                    "min" => Reduction::Min,
                    "max" => Reduction::Max,
                    _ => Reduction::Mean,
                };
                let body = self.number(body, at)?;
                let body = self.real(body);
                scalar(reduce(self, op, body, Ty::Real))
            }
        }
    }

    /// A collection as its current element.
    fn iterate(&mut self, meaning: Meaning, span: Span) -> Meaning {
        match self.plain(meaning, span) {
            Meaning::Collection(c, k) => Meaning::Object(self.element(c, k), k),
            other => other,
        }
    }

    /// `size(C)`, `size(C where COND)`
    pub(super) fn size(&mut self, argument: &'a ast::Argument, span: Span, scope: &Scope<'a>) -> Option<Meaning> {
        let (collection, class) = self.collection_expr(&argument.value, scope)?;
        let Some(filter) = &argument.filter else {
            return Some(Meaning::Scalar(self.add(Expr::Size(collection), Ty::Int, span)));
        };
        // Of a nested collection the elements that it belongs to stay what they are.
        let free = self.analysis.collection(collection).free.clone();
        let mut axes = self.frames.last().map(|f| f.axes.clone()).unwrap_or_default();
        axes.retain(|(_, _, v)| free.contains(v));
        let outer = axes.len();
        let frame = self.frame(axes);
        self.frames.push(frame);
        self.element(collection, class);
        let keep = self.condition(filter, scope);
        let axes = self.frames.pop().unwrap_or_default().axes;
        let keep = keep?;
        let over = axes.iter().skip(outer).map(|(c, _, v)| (*v, *c)).collect();
        let count = Expr::Reduce { op: Reduction::Count, over, keep: None, body: keep };
        Some(Meaning::Scalar(self.add(count, Ty::Int, span)))
    }

    /// A scope in which `object` is the current element, its collection may be named for it, and so may an alias.
    pub(super) fn element_scope(
        &self,
        scope: &Scope<'a>,
        object: super::ObjectId,
        class: ClassId,
        alias: Option<&ast::Name>,
    ) -> Scope<'a> {
        let inner = scope.with_element(object, class);
        match alias {
            Some(alias) => inner.with_meaning(&alias.text, Meaning::Object(object, class)),
            None => inner,
        }
    }

    /// Checks an expression about the element `var` of a collection: bare names are its attributes, the collection's
    /// own name is the element. Other collections must be reduced.
    pub(super) fn about_element<T>(
        &mut self,
        collection: CollectionId,
        class: ClassId,
        var: Var,
        span: Span,
        check: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        let frame = self.frame(vec![(collection, class, var)]);
        self.frames.push(frame);
        let result = check(self);
        let frame = self.frames.pop().unwrap_or_default();
        if let Some((other, _, _)) = frame.axes.get(1) {
            let name = self.analysis.collection(*other).name.clone();
            let text = self.text(span);
            self.report(error::unreduced(&name, &text, false, span));
            return None;
        }
        result
    }

    /// `sort(C, KEY, ascend | descend)`
    pub(super) fn sort(&mut self, arguments: &'a [ast::Argument], span: Span, scope: &Scope<'a>) -> Option<Meaning> {
        let (collection, class) = self.collection_expr(&arguments[0].value, scope)?;
        let descending = match arguments.get(2).map(|a| &a.value) {
            None => {
                self.report(error::plain(
                    "sort_direction",
                    "in which direction?",
                    span,
                    "`sort` needs ascend or descend",
                    "sort(jets, pt, descend)",
                ));
                return None;
            }
            Some(e) => match &e.kind {
                ExprKind::Name(n) if n.eq_ignore_ascii_case("descend") => true,
                ExprKind::Name(n) if n.eq_ignore_ascii_case("ascend") => false,
                _ => {
                    self.report(error::plain(
                        "sort_direction",
                        "the direction is ascend or descend",
                        e.span,
                        "not a direction",
                        "sort(jets, pt, descend)",
                    ));
                    return None;
                }
            },
        };
        let var = self.var();
        let object = self.add_object(Object::Var(var));
        let inner = self.element_scope(scope, object, class, None);
        let key = &arguments[1].value;
        let key = self.about_element(collection, class, var, key.span, |c| c.real_expr(key, &inner))?;
        // A text of the standard library is not the analyst's.
        let name = if scope.stdlib { self.analysis.collection(collection).name.clone() } else { self.text(span) };
        let sort = Collection::Sort { of: collection, var, key, descending };
        Some(Meaning::Collection(self.add_collection(sort, &name), class))
    }

    /// `union(A, B, ...)`
    pub(super) fn union(&mut self, arguments: &'a [ast::Argument], span: Span, scope: &Scope<'a>) -> Option<Meaning> {
        let mut collections = Vec::new();
        let mut classes: Vec<ClassId> = Vec::new();
        for argument in arguments {
            let (collection, class) = self.collection_expr(&argument.value, scope)?;
            if self.is_tuple(class) {
                let name = self.analysis.class(class).name.clone();
                self.report(error::plain(
                    "union_of_candidates",
                    format!("`{name}` holds candidates, and a union takes collections of single objects"),
                    argument.value.span,
                    "candidates",
                    "",
                ));
                return None;
            }
            if self.made(class).is_some() && arguments.len() > 1 {
                let name = self.analysis.collection(collection).name.clone();
                self.report(error::sums_in_union(&name, argument.value.span));
                return None;
            }
            collections.push(collection);
            if !classes.contains(&class) {
                classes.push(class);
            }
        }
        let name = self.text(span);
        let class = match classes.as_slice() {
            [one] => *one,
            _ => self.add_class(&name, ClassBase::Union(classes), None),
        };
        let collection = self.add_collection(Collection::Union(collections), &name);
        let class = self.remembered_class(collection, class);
        Some(Meaning::Collection(collection, class))
    }

    /// The first collection whose element an expression uses through these axes, by name.
    pub(super) fn axis_name(&self, axes: &[(CollectionId, ClassId, Var)]) -> String {
        axes.first().map_or(String::new(), |(_, class, _)| self.analysis.class(*class).name.clone())
    }

    /// Puts `op` (any or all) over the narrowest part of a condition that uses the axes.
    pub(super) fn quantify(
        &mut self,
        condition: ExprId,
        axes: &[(CollectionId, ClassId, Var)],
        op: Reduction,
    ) -> ExprId {
        let uses = |c: &Self, e: ExprId| c.analysis.expr(e).free.iter().any(|v| axes.iter().any(|(_, _, a)| a == v));
        let node = self.analysis.expr(condition).clone();
        let is_and = matches!(node.expr, Expr::And(..));
        if is_and || matches!(node.expr, Expr::Or(..)) {
            let mut parts = Vec::new();
            self.flatten(condition, is_and, &mut parts);
            let (with, free): (Vec<ExprId>, Vec<ExprId>) = parts.into_iter().partition(|e| uses(self, *e));
            let join = |c: &mut Self, parts: Vec<ExprId>| {
                parts.into_iter().reduce(|a, b| {
                    let span = c.analysis.expr(a).span.to(c.analysis.expr(b).span);
                    c.add(if is_and { Expr::And(a, b) } else { Expr::Or(a, b) }, Ty::Bool, span)
                })
            };
            if !free.is_empty() {
                let inner = join(self, with);
                let inner = inner.map(|e| self.quantify(e, axes, op));
                let all = free.into_iter().chain(inner).collect();
                return join(self, all).unwrap_or(condition);
            }
        }
        let used: Vec<(CollectionId, ClassId, Var)> =
            axes.iter().filter(|(_, _, v)| node.free.contains(v)).copied().collect();
        let word = if op == Reduction::Any { "any" } else { "all" };
        let (name, text) = (self.axis_name(&used), self.text(node.span));
        self.report(error::quantifier(word, &name, &text, node.span));
        let over = used.iter().map(|(c, _, v)| (*v, *c)).collect();
        self.add(Expr::Reduce { op, over, keep: None, body: condition }, Ty::Bool, node.span)
    }

    /// The parts of a conjunction (or disjunction), left to right.
    fn flatten(&self, e: ExprId, is_and: bool, parts: &mut Vec<ExprId>) {
        match self.analysis.expr(e).expr {
            Expr::And(a, b) if is_and => {
                self.flatten(a, is_and, parts);
                self.flatten(b, is_and, parts);
            }
            Expr::Or(a, b) if !is_and => {
                self.flatten(a, is_and, parts);
                self.flatten(b, is_and, parts);
            }
            _ => parts.push(e),
        }
    }
}
