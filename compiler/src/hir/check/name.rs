//! Names to meanings: locals and parameters, attributes of the current element, declarations (checked on demand),
//! collections and columns of the input. In this order; a bare attribute that hides a global define is an error.

use super::super::{ClassId, Collection, CollectionId, Expr, Object, Template, Ty, error};
use super::{Checker, Decl, DeclId, Declared, Entry, Meaning, Scope, State};
use crate::source::Span;
use crate::syntax::ast;

/// Attributes that every object with a four-momentum has, in a block by their bare names.
const KINEMATIC: [&str; 13] =
    ["pt", "eta", "phi", "mass", "energy", "px", "py", "pz", "p", "charge", "rapidity", "theta", "abseta"];

impl<'a> Checker<'a> {
    /// What a bare name means here.
    pub(super) fn name(&mut self, text: &str, span: Span, scope: &Scope<'a>) -> Option<Meaning> {
        let mut node = scope.node.clone();
        while let Some(n) = node {
            match &n.entry {
                Entry::This(object, class) if text == "this" => return Some(Meaning::Object(*object, *class)),
                Entry::This(object, class) | Entry::Bare(object, class) => {
                    let (object, class) = (*object, *class);
                    if let Some(meaning) = self.bare_attribute(text, object, class, span, scope)? {
                        return Some(meaning);
                    }
                }
                Entry::OwnSource(collection, class) if n.name == text => {
                    // Inside a reducer the source is the whole collection, a second axis.
                    if self.frames.len() > 1 {
                        return Some(Meaning::Collection(*collection, *class));
                    }
                    self.report(error::own_source(text, span));
                    return None;
                }
                // In a reducer of a block that is called like its source, the name is that of the source.
                Entry::Declared(declared) if n.name == text && !(self.frames.len() > 1 && is_source(&n, text)) => {
                    let declared = declared.clone();
                    return Some(self.use_declared(&declared));
                }
                Entry::Closure(argument, of) if n.name == text => {
                    let (argument, of) = (*argument, of.clone());
                    let calling = std::mem::take(&mut self.calling);
                    let meaning = self.expr(argument, &of);
                    self.calling = calling;
                    return meaning;
                }
                Entry::OwnSource(..) | Entry::Declared(_) | Entry::Closure(..) => {}
            }
            node = n.outer.clone();
        }
        if let Some(meaning) = self.global_value(text, scope.stdlib, span) {
            return meaning;
        }
        match self.binding.aliases.get(text) {
            Some(other) => match self.global_value(other, true, span) {
                Some(meaning) => meaning,
                None => self.input_name(other, text, span, scope),
            },
            None => self.input_name(text, text, span, scope),
        }
    }

    /// What an event has one of, by its name; without a message if it is something else.
    pub(super) fn record_named(&mut self, text: &str, span: Span, scope: &Scope<'a>) -> Option<Meaning> {
        let other = self.binding.aliases.get(text).map_or(text, String::as_str);
        let is_single = |n: &str| self.binding.singles.contains_key(n) || self.binding.transverse.contains(n);
        let is_declared = self.user_names.contains_key(text) || !is_single(other);
        if is_declared { None } else { self.name(text, span, scope) }
    }

    /// The meaning of a declared name; none if it is not declared. An object of a profile that takes a collection of its
    /// own name takes that of the input.
    fn global_value(&mut self, text: &str, stdlib: bool, span: Span) -> Option<Option<Meaning>> {
        let id = self.global(text, stdlib).filter(|id| self.is_value(*id) && !self.is_absent(*id))?;
        if stdlib && self.checking.last() == Some(&id) {
            return None;
        }
        Some(self.declared(id, span).map(|d| self.use_declared(&d)))
    }

    /// True for declarations that a name alone can mean: not functions, tables or histoLists.
    pub(super) fn is_value(&self, id: DeclId) -> bool {
        match self.decls[id] {
            Decl::Define(d) => d.parameters.is_empty(),
            Decl::Best(_) | Decl::Object(_) | Decl::Composite(_) | Decl::Region(_) => true,
            Decl::HistoList(_) | Decl::Table(_) => false,
        }
    }

    /// True for an object of the profile whose collection the input does not have.
    fn is_absent(&self, id: DeclId) -> bool {
        let Decl::Object(object) = self.decls[id] else { return false };
        let [ast::Take { source: ast::Source::Collection { of, .. }, .. }] = object.takes.as_slice() else {
            return false;
        };
        let ast::ExprKind::Name(taken) = &of.kind else { return false };
        if !self.is_stdlib(id) || self.binding.sources.contains_key(taken) {
            return false;
        }
        let other = self.binding.aliases.get(taken).map_or(taken, |n| n);
        match self.std_names.get(other) {
            Some(next) if *next != id => self.is_absent(*next),
            _ => !self.binding.sources.contains_key(other),
        }
    }

    /// The declaration of a name.
    pub(super) fn global(&self, text: &str, stdlib: bool) -> Option<DeclId> {
        let user = if stdlib { None } else { self.user_names.get(text) };
        user.or_else(|| self.std_names.get(text)).copied()
    }

    /// A name as an attribute of the current element; `Some(None)` if it is none.
    fn bare_attribute(
        &mut self,
        text: &str,
        object: super::ObjectId,
        class: ClassId,
        span: Span,
        scope: &Scope<'a>,
    ) -> Option<Option<Meaning>> {
        let shadowed = self.user_names.contains_key(text) && !scope.stdlib;
        // `muons` in a block of jets is the analysis's own collection, not the links that the profile calls so.
        if shadowed && self.links_of(class, text).is_some() {
            return Some(None);
        }
        let own = self.attribute_of(object, class, text, span);
        if let Some(meaning) = own {
            let hidden = self.user_names.get(text).map(|id| self.decls[*id]);
            if let Some(Decl::Define(d)) = hidden.filter(|_| !scope.stdlib)
                && d.parameters.is_empty()
            {
                let of = self.analysis.class(class).name.clone();
                let global = d.name.span;
                self.report(error::ambiguous(text, &of, span, global));
                return None;
            }
            return Some(Some(meaning));
        }
        // What is wrong with a link has been said.
        if self.links_of(class, text).is_some() {
            return None;
        }
        if KINEMATIC.contains(&text) && !shadowed && self.has_momentum(class) {
            let function = self.global(text, true)?;
            return self.apply(function, vec![Meaning::Object(object, class)], span).map(Some);
        }
        Some(None)
    }

    /// A declaration, checked now if it was not.
    pub(super) fn declared(&mut self, id: DeclId, span: Span) -> Option<Declared> {
        self.declaration(id);
        match &self.states[id] {
            State::Done(done) => done.clone(),
            State::New => None,
            State::Checking => {
                let from = self.checking.iter().position(|c| *c == id).unwrap_or(0);
                let mut path: Vec<(String, Span)> = Vec::new();
                for c in &self.checking[from..] {
                    let name = self.decls[*c].name();
                    path.push((name.text.clone(), name.span));
                }
                if path.is_empty() {
                    path.push((self.decls[id].name().text.clone(), span));
                }
                self.report(error::cycle(&path));
                None
            }
        }
    }

    /// Checks a declaration if it is new.
    pub(super) fn declaration(&mut self, id: DeclId) {
        if !matches!(self.states[id], State::New) {
            return;
        }
        self.states[id] = State::Checking;
        self.checking.push(id);
        let frames = std::mem::take(&mut self.frames);
        let calling = std::mem::take(&mut self.calling);
        let decl = self.decls[id];
        let draws = std::mem::replace(&mut self.draws, (decl.name().text.clone(), 0));
        let stdlib = self.is_stdlib(id);
        let scope = Scope { node: None, stdlib };
        let done = match decl {
            Decl::Define(d) if d.parameters.is_empty() => self.define(&d.name, &d.value, d.span, &scope),
            // A function is checked at each call; `declared` is asked for plain names only.
            Decl::Define(_) => None,
            Decl::Best(b) => self.best(b, &scope),
            Decl::Object(o) => self.object(o, false, &scope),
            Decl::Composite(o) => self.object(o, true, &scope),
            Decl::Region(r) => self.region(id, r),
            Decl::HistoList(_) | Decl::Table(_) => None,
        };
        self.draws = draws;
        self.calling = calling;
        self.frames = frames;
        self.checking.pop();
        self.states[id] = State::Done(done);
    }

    /// The meaning of a declaration at this place: its axes become the current elements of the innermost frame.
    pub(super) fn use_declared(&mut self, declared: &Declared) -> Meaning {
        match declared {
            Declared::Meaning(meaning) => meaning.clone(),
            Declared::Axes(axes, template) => {
                let arguments = axes.iter().map(|(c, k)| self.element(*c, *k)).collect();
                self.instantiate(template, arguments)
            }
        }
    }

    /// A template at these arguments.
    pub(super) fn instantiate(&mut self, template: &Template, arguments: Vec<super::ObjectId>) -> Meaning {
        let mut scalar = |id: super::super::QuantityId| {
            let (ty, span) = match self.analysis.quantities[id.0 as usize].body {
                super::super::QuantityBody::Scalar(e) => (self.ty(e), self.analysis.expr(e).span),
                super::super::QuantityBody::Object(_) => (Ty::Bool, self.analysis.quantities[id.0 as usize].span),
            };
            self.add(Expr::Quantity(id, arguments.clone()), ty, span)
        };
        match template {
            Template::Scalar(id) => Meaning::Scalar(scalar(*id)),
            Template::Vector(kind, ids) => Meaning::Vector(*kind, ids.iter().map(|id| scalar(*id)).collect()),
            Template::Object(id, class) => Meaning::Object(self.add_object(Object::Quantity(*id, arguments)), *class),
        }
    }

    /// A name of the input: collection, event column, prefix of event columns; `written` is it, or another name of it.
    fn input_name(&mut self, text: &str, written: &str, span: Span, scope: &Scope<'a>) -> Option<Meaning> {
        let is_vector = self.binding.transverse.contains(text) && self.binding.records.contains_key(text);
        if is_vector || self.binding.singles.contains_key(text) {
            return Some(Meaning::Record(text.to_owned()));
        }
        // `EventNo`, another name of `Event.Number`.
        if let Some((of, attribute)) = text.split_once('.')
            && let Some(column) = self.binding.record_column(of, attribute)
        {
            return Some(Meaning::Scalar(self.record_value(&column, span)));
        }
        if let Some(source) = self.binding.sources.get(text) {
            let (id, class) = self.source(text, &source.sizes_of);
            let collection = self.add_collection(Collection::Source(id), text);
            return Some(Meaning::Collection(collection, class));
        }
        match text.to_ascii_lowercase().as_str() {
            "true" | "all" => return Some(Meaning::Scalar(self.add(Expr::Bool(true), Ty::Bool, span))),
            "false" | "none" => return Some(Meaning::Scalar(self.add(Expr::Bool(false), Ty::Bool, span))),
            _ => {}
        }
        if let Some(element) = self.binding.event_column(text) {
            return Some(Meaning::Scalar(self.event_column(text, element, span)));
        }
        if let Some(reason) = self.binding.unsupported.get(text) {
            self.report(error::unreadable_column(text, reason, span));
            return None;
        }
        if self.binding.is_record(text) {
            return Some(Meaning::Record(text.to_owned()));
        }
        if text == "sample" {
            self.report(error::reserved(text, span));
            return None;
        }
        if text == "this" {
            self.report(error::plain(
                "no_this",
                "`this` is the current element of an object block, and there is none here",
                span,
                "not in an object block",
                "name a collection and reduce it, or take one element: jets[0]",
            ));
            return None;
        }
        let declared = self.global(text, scope.stdlib).filter(|id| !self.is_absent(*id)).map(|id| self.decls[id]);
        if matches!(declared, Some(Decl::HistoList(_))) {
            self.report(error::kind("a value", "a histoList", span));
            return None;
        }
        if declared.is_some() || super::call::is_reducer(text) {
            let example = match declared {
                Some(Decl::Define(d)) => {
                    let names: Vec<&str> = d.parameters.iter().map(|p| p.text.as_str()).collect();
                    format!("write {text}({})", names.join(", "))
                }
                Some(_) => format!("write {text}(...) with a value for each of its axes"),
                None => format!("for example: {text}(pt(jets))"),
            };
            self.report(error::plain(
                "function_without_arguments",
                format!("`{text}` is a function and needs arguments"),
                span,
                "a function",
                &example,
            ));
            return None;
        }
        if let Some((object, class)) = scope.this()
            && let Some((column, reason)) = self.unreadable(&Meaning::Object(object, class), text)
        {
            self.report(error::unreadable_column(&column, &reason, span));
            return None;
        }
        if let Some((_, class)) = scope.this()
            && let Some(column) = self.link_column(class, text)
        {
            let of = self.analysis.class(class).name.clone();
            self.report(error::undeclared_link(text, &of, &column, span));
            return None;
        }
        if let Some(owner) = self.owner(written) {
            self.report(error::attribute_without_object(written, &owner, span));
            return None;
        }
        let near = self.near(written, scope);
        let is_near = near.is_some();
        let mut message = error::unknown_name(written, span, near);
        if self.binding.is_listed && !is_near {
            message = message.also(&error::declare(&self.binding.profile, "f32", written));
        }
        self.report(message);
        None
    }

    /// An event's own column as an expression.
    pub(super) fn event_column(&mut self, name: &str, element: super::ElementType, span: Span) -> super::ExprId {
        let column = self.column(name, element, None, span);
        let value = self.add(Expr::Column(column), type_of(element), span);
        self.in_gev(name, value, span)
    }

    /// The value of a column in GeV, if it is stored in another unit of energy.
    pub(super) fn in_gev(&mut self, column: &str, value: super::ExprId, span: Span) -> super::ExprId {
        let Some(per_gev) = self.binding.per_gev.get(column) else { return value };
        let (value, factor) = (self.real(value), self.constant(*per_gev, span));
        self.add(Expr::Binary(super::super::Binary::Div, value, factor), Ty::Real, span)
    }

    /// The nearest of all names that could stand here.
    fn near(&self, text: &str, scope: &Scope<'a>) -> Option<String> {
        let mut names: Vec<&str> = Vec::new();
        let mut locals: Vec<String> = Vec::new();
        let mut node = scope.node.clone();
        while let Some(n) = node {
            if let Entry::This(_, class) | Entry::Bare(_, class) = n.entry {
                locals.extend(self.attribute_names(class));
            } else {
                locals.push(n.name.clone());
            }
            node = n.outer.clone();
        }
        names.extend(locals.iter().map(String::as_str));
        names.extend(
            self.decls.iter().filter(|d| self.user_names.contains_key(&d.name().text)).map(|d| d.name().text.as_str()),
        );
        names.extend(self.binding.sources.keys().map(String::as_str));
        names.extend(self.binding.event.keys().map(String::as_str));
        let there = |name: &str| self.binding.knows(name);
        names.extend(self.binding.transverse.iter().map(String::as_str).filter(|n| there(n)));
        names.extend(self.binding.aliases.iter().filter(|(_, old)| there(old)).map(|(new, _)| new.as_str()));
        names.extend(self.binding.objects.keys().map(String::as_str));
        names.extend(self.binding.singles.keys().map(String::as_str));
        error::nearest(text, names)
    }

    /// A collection with an attribute of this name: one of the analysis, else of the input.
    fn owner(&self, attribute: &str) -> Option<String> {
        let defines = |object: &ast::Object| {
            object.statements.iter().any(|s| matches!(s, ast::ObjectStatement::Define(d) if d.name.text == attribute))
        };
        let own = self.user_names.iter().filter_map(|(name, id)| match self.decls[*id] {
            Decl::Object(object) if defines(object) => Some(name),
            _ => None,
        });
        let input = || {
            let named = self.binding.sources.iter().filter(|(name, _)| !name.contains(['#', '.']));
            named.filter(|(_, source)| source.attributes.contains_key(attribute)).map(|(name, _)| name)
        };
        own.min().or_else(|| input().next()).cloned()
    }

    /// A collection by the name of its block, for `take`.
    pub(super) fn as_collection(&mut self, meaning: Meaning, span: Span) -> Option<(CollectionId, ClassId)> {
        match meaning {
            Meaning::Collection(collection, class) => Some((collection, class)),
            // An element of lists of lists.
            Meaning::Object(object, class)
                if self.is_number(class)
                    && let Meaning::Collection(own, class) = self.plain(Meaning::Object(object, class), span) =>
            {
                Some((own, class))
            }
            other => {
                let found = self.describe(&other);
                self.report(error::kind("a collection", &found, span));
                None
            }
        }
    }

    /// A meaning in words.
    pub(super) fn describe(&self, meaning: &Meaning) -> String {
        match meaning {
            Meaning::Scalar(id) => match self.ty(*id) {
                Ty::Bool => "a condition".to_owned(),
                Ty::Int | Ty::Real => "a number".to_owned(),
                Ty::Text => "a string".to_owned(),
            },
            Meaning::Vector(..) => "a vector".to_owned(),
            Meaning::Object(_, class) => format!("one `{}`", self.analysis.class(*class).name),
            Meaning::Collection(c, class) => {
                // A block that takes all of its source is the source's collection under a name of its own.
                let collection = self.analysis.collection(*c);
                let whole = matches!(collection.collection, Collection::Source(_));
                format!("the collection `{}`", if whole { &self.analysis.class(*class).name } else { &collection.name })
            }
            Meaning::Record(name) => format!("`{name}`"),
            Meaning::Region(id) => format!("the region `{}`", self.analysis.regions[id.0 as usize].name),
        }
    }

    /// Checks the value of a `define` and makes it a quantity.
    pub(super) fn define(
        &mut self,
        name: &ast::Name,
        value: &'a ast::Expr,
        span: Span,
        scope: &Scope<'a>,
    ) -> Option<Declared> {
        let (meaning, axes) = self.framed(|c| c.expr(value, scope));
        let meaning = meaning?;
        if let (Meaning::Collection(collection, _), false) = (&meaning, axes.is_empty()) {
            let parent = self.axis_name(&axes);
            self.one_for_each(*collection, &parent, value.span);
            return None;
        }
        if matches!(meaning, Meaning::Collection(..) | Meaning::Record(_) | Meaning::Region(_)) {
            return Some(Declared::Meaning(meaning));
        }
        let parameters: Vec<super::Var> = axes.iter().map(|(_, _, v)| *v).collect();
        let template = self.template(&name.text, &meaning, parameters, span)?;
        if axes.is_empty() {
            return Some(Declared::Meaning(self.instantiate(&template, Vec::new())));
        }
        Some(Declared::Axes(axes.into_iter().map(|(c, k, _)| (c, k)).collect(), template))
    }

    /// Quantities for a meaning, as a function of some variables.
    pub(super) fn template(
        &mut self,
        name: &str,
        meaning: &Meaning,
        parameters: Vec<super::Var>,
        span: Span,
    ) -> Option<Template> {
        use super::super::QuantityBody;
        match meaning {
            Meaning::Scalar(e) => {
                Some(Template::Scalar(self.add_quantity(name, parameters, QuantityBody::Scalar(*e), span)))
            }
            Meaning::Vector(kind, components) => {
                let names = match kind {
                    super::VectorKind::P4 => ["px", "py", "pz", "energy"],
                    _ => ["x", "y", "z", ""],
                };
                let ids = components.iter().zip(names).map(|(e, n)| {
                    self.add_quantity(&format!("{name}.{n}"), parameters.clone(), QuantityBody::Scalar(*e), span)
                });
                Some(Template::Vector(*kind, ids.collect()))
            }
            Meaning::Object(o, class) => {
                let id = self.add_quantity(name, parameters, QuantityBody::Object(*o), span);
                Some(Template::Object(id, *class))
            }
            other => {
                let found = self.describe(other);
                self.report(error::kind("a number, condition, vector or object", &found, span));
                None
            }
        }
    }
}

/// The type of a column's values in expressions.
pub(super) fn type_of(element: super::ElementType) -> Ty {
    use super::ElementType as E;
    match element {
        E::Bool => Ty::Bool,
        E::I8 | E::U8 | E::I16 | E::U16 | E::I32 | E::U32 | E::I64 | E::U64 => Ty::Int,
        E::F32 | E::F64 => Ty::Real,
    }
}

/// True if the name is, further out, that of the source of a block.
fn is_source(node: &super::ScopeNode<'_>, text: &str) -> bool {
    let mut outer = node.outer.as_deref();
    while let Some(n) = outer {
        if n.name == text && matches!(n.entry, Entry::OwnSource(..)) {
            return true;
        }
        outer = n.outer.as_deref();
    }
    false
}
