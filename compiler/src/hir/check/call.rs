//! Calls: reducers, user functions (expanded at each call), attributes written as functions, tables.

use super::super::{Expr, Ty, error};
use super::{Checker, Decl, DeclId, Entry, Meaning, Scope};
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
