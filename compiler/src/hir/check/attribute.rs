//! Attributes: what `x.pt`, `pt(x)` and a bare `pt` in a block mean for an object of a class.

use std::collections::BTreeSet;

use adl_runtime::nested::Level;
use adl_runtime::schema::ElementType;

use super::super::links::BoundLink;
use super::super::schema::{BoundArray, BoundSource, Each, NUMBER, RecordColumn};
use super::super::{ClassBase, ClassId, Collection, Expr, MadeVector, Object, ObjectId, SourceId, Template, Ty, error};
use super::{Checker, Meaning, Scope, VectorKind};
use crate::source::Span;
use crate::syntax::ast;

/// The components of a four-vector.
const COMPONENTS: [&str; 4] = ["px", "py", "pz", "energy"];

/// How an attribute of an entry of one input collection is found.
#[derive(Clone, Debug, PartialEq)]
enum Found {
    Column(String, super::ElementType),
    Constant(u64),
    Define(Template),
    Link(BoundLink),
    Array(BoundArray),
}

impl<'a> Checker<'a> {
    /// `of.name`
    pub(super) fn attribute(&mut self, of: &'a ast::Expr, name: &ast::Name, scope: &Scope<'a>) -> Option<Meaning> {
        if let Some(found) = self.dotted(of, name, scope) {
            return found;
        }
        let meaning = self.expr(of, scope)?;
        self.attribute_or_function(meaning, &name.text, name.span)
    }

    /// `GhostTrack.m_persIndex` of a jet, `METAssoc.calpx` of the event: what files have under a name with a dot in it, where
    /// the first part of it is nothing by itself. None if it is something else.
    fn dotted(&mut self, of: &'a ast::Expr, name: &ast::Name, scope: &Scope<'a>) -> Option<Option<Meaning>> {
        let path = format!("{}.{}", path(of)?, name.text);
        let first = path.split('.').next()?;
        let (is_read, unread) = (self.binding.sources.contains_key(&path), self.binding.unsupported.get(&path));
        if (is_read || unread.is_some()) && !self.binding.knows(first) && self.global(first, scope.stdlib).is_none() {
            let span = of.span.to(name.span);
            let Some(reason) = unread else { return Some(self.name(&path, span, scope)) };
            self.report(error::unreadable_column(&path, reason, span));
            return Some(None);
        }
        let ast::ExprKind::Attribute { of, name: begin } = &of.kind else { return None };
        let both = format!("{}.{}", begin.text, name.text);
        let has = |s: &BoundSource| s.attributes.contains_key(&both) || s.arrays.contains_key(&both);
        if !self.binding.sources.values().any(has) {
            return None;
        }
        let meaning = self.expr(of, scope)?;
        let (Meaning::Object(_, class) | Meaning::Collection(_, class)) = meaning else { return None };
        let is_whole = self.find(class, &begin.text).is_none() && self.find(class, &both).is_some();
        is_whole.then(|| self.attribute_or_function(meaning, &both, begin.span.to(name.span)))
    }

    /// An attribute or component, or else the function of that name.
    pub(super) fn attribute_or_function(&mut self, meaning: Meaning, name: &str, span: Span) -> Option<Meaning> {
        if let Some(found) = self.own_attribute(&meaning, name, span) {
            return Some(found);
        }
        if let Meaning::Collection(collection, class) = meaning {
            let object = self.element(collection, class);
            return self.attribute_or_function(Meaning::Object(object, class), name, span);
        }
        if self.is_said(&meaning, name, span) {
            return None;
        }
        if let Some(function) = self.unary_function(name) {
            return self.apply(function, vec![meaning], span);
        }
        if let Meaning::Object(_, class) = &meaning
            && let Some(column) = self.link_column(*class, name)
        {
            let of = self.analysis.class(*class).name.clone();
            self.report(error::undeclared_link(name, &of, &column, span));
            return None;
        }
        if let Some((column, reason)) = self.unreadable(&meaning, name) {
            self.report(error::unreadable_column(&column, &reason, span));
            return None;
        }
        let (of, near) = match &meaning {
            Meaning::Object(_, class) => {
                let names = self.attribute_names(*class);
                (self.analysis.class(*class).name.clone(), error::nearest(name, names.iter().map(String::as_str)))
            }
            Meaning::Record(record) => {
                let names = self.binding.record_names(record);
                (record.clone(), error::nearest(name, names))
            }
            other => (self.describe(other), None),
        };
        let mut message = error::unknown_attribute(name, &of, span, near);
        if let (Meaning::Object(_, class), true) = (&meaning, self.binding.is_listed)
            && let Some(column) = self.would_be(*class, name)
        {
            message = message.also(&error::declare(&self.binding.profile, "f32[]", &column));
        }
        self.report(message);
        None
    }

    /// The column of an attribute that is in the files and cannot be read, and why.
    pub(super) fn unreadable(&self, of: &Meaning, name: &str) -> Option<(String, String)> {
        let columns = match of {
            Meaning::Object(_, class) => vec![self.would_be(*class, name)?],
            Meaning::Record(record) => vec![format!("{record}_{name}"), format!("{record}.{name}")],
            Meaning::Scalar(_) | Meaning::Vector(..) | Meaning::Collection(..) | Meaning::Region(_) => return None,
        };
        columns
            .iter()
            .find_map(|column| self.binding.unsupported.get_key_value(column))
            .map(|(c, r)| (c.clone(), r.clone()))
    }

    /// What a column of this attribute would be called: like the others of the collection that the object is from.
    fn would_be(&self, class: ClassId, name: &str) -> Option<String> {
        match &self.analysis.class(class).base {
            super::super::ClassBase::Of(of) => self.would_be(*of, name),
            super::super::ClassBase::Source(source) => {
                let source = &self.analysis.sources[source.0 as usize].name;
                let attributes = &self.binding.sources.get(source)?.attributes;
                attributes
                    .iter()
                    .find_map(|(own, (column, _))| Some(format!("{}{name}", column.strip_suffix(own.as_str())?)))
            }
            super::super::ClassBase::Union(_)
            | super::super::ClassBase::Tuple(_)
            | super::super::ClassBase::Made(_) => None,
        }
    }

    /// True if an attribute that could not be had is there nevertheless: all parts of a union have it, and what is
    /// wrong with it has been said, or is said now.
    pub(super) fn is_said(&mut self, meaning: &Meaning, name: &str, span: Span) -> bool {
        let (Meaning::Object(_, class) | Meaning::Collection(_, class)) = meaning else { return false };
        if self.is_tuple(*class) || !self.attribute_names(*class).contains(name) {
            return false;
        }
        if self.find(*class, name).is_none() {
            let title = format!("`{name}` was redefined in one part of this union and not in another");
            let help = "redefine it after the union, for all parts";
            self.report(error::plain("union_attribute", title, span, "has two values for one input object", help));
        }
        true
    }

    /// The index column of a link that the schema does not declare: `genPartIdx` for `genPart`, `muonIdx1` for
    /// `muon1`, `subJetIdx1` for `subjets`.
    pub(super) fn link_column(&self, class: ClassId, name: &str) -> Option<String> {
        let stem = name.to_lowercase();
        let word = stem.trim_end_matches(|c: char| c.is_ascii_digit());
        let number = stem.strip_prefix(word).unwrap_or("");
        let word = word.strip_suffix('s').unwrap_or(word);
        let is_index =
            |n: &str| n.strip_prefix(word).and_then(|r| r.strip_prefix("idx")).is_some_and(|r| r.starts_with(number));
        self.attribute_names(class).into_iter().find(|n| is_index(&n.to_lowercase()))
    }

    /// A function of one parameter.
    fn unary_function(&self, name: &str) -> Option<super::DeclId> {
        let id = self.global(name, false)?;
        match self.decls[id] {
            super::Decl::Define(d) if d.parameters.len() == 1 => Some(id),
            _ => None,
        }
    }

    /// An attribute that the thing itself has: column, define, member, component.
    pub(super) fn own_attribute(&mut self, meaning: &Meaning, name: &str, span: Span) -> Option<Meaning> {
        match meaning {
            Meaning::Object(object, class) => self.attribute_of(*object, *class, name, span),
            Meaning::Collection(collection, class) => {
                // Only where it exists: otherwise the caller decides.
                self.resolves(*class, name)
                    .then(|| self.element(*collection, *class))
                    .and_then(|object| self.attribute_of(object, *class, name, span))
            }
            Meaning::Vector(kind, parts) => {
                let zero = |c: &mut Self| Some(Meaning::Scalar(c.constant(0.0, span)));
                let part = |i: usize| parts.get(i).map(|e| Meaning::Scalar(*e));
                match (name, kind) {
                    ("px" | "x", _) => part(0),
                    ("py" | "y", _) => part(1),
                    ("pz" | "z", VectorKind::P4 | VectorKind::V3) => part(2),
                    ("energy", VectorKind::P4) => part(3),
                    ("pz" | "eta" | "mass", VectorKind::Transverse) => zero(self),
                    _ => None,
                }
            }
            Meaning::Record(record) => {
                if let Some(column) = self.binding.record_column(record, name) {
                    return Some(Meaning::Scalar(self.record_value(&column, span)));
                }
                let flat = self.binding.transverse.contains(record) && matches!(name, "eta" | "mass" | "pz");
                flat.then(|| Meaning::Scalar(self.constant(0.0, span)))
            }
            Meaning::Scalar(_) | Meaning::Region(_) => None,
        }
    }

    /// An attribute of what an event has one of.
    pub(super) fn record_value(&mut self, column: &RecordColumn, span: Span) -> super::ExprId {
        let (source, column, element) = match column {
            RecordColumn::Event(column, element) => return self.event_column(column, *element, span),
            RecordColumn::Entry(source, column, element) => (source, column, *element),
        };
        let sizes_of = self.binding.singles.get(source).map_or("", |s| s.sizes_of.as_str());
        let (id, _) = self.source(source, sizes_of);
        let entries = self.add_collection(Collection::Source(id), source);
        let first = self.add(Expr::Int(0), Ty::Int, span);
        let entry = self.add_object(Object::At(entries, first));
        let column_id = self.column(column, element, Some(id), span);
        let value = self.add(Expr::Attribute(column_id, entry), super::name::type_of(element), span);
        self.in_gev(column, value, span)
    }

    /// True if objects of the class have this attribute of their own.
    fn resolves(&self, class: ClassId, name: &str) -> bool {
        self.is_tuple(class)
            && (matches!(name, "px" | "py" | "pz" | "energy" | "charge") || self.member(class, name).is_some())
            || self.made(class).is_some() && COMPONENTS.contains(&name)
            || self.find(class, name).is_some()
    }

    /// An attribute of an object: a define of its block, a column, a member, a component of a candidate's sum.
    pub(super) fn attribute_of(&mut self, object: ObjectId, class: ClassId, name: &str, span: Span) -> Option<Meaning> {
        if let Some(template) = self.defined_in(class, name) {
            return Some(self.instantiate(&template, vec![object]));
        }
        if self.is_tuple(class) {
            if let Some((first, member)) = self.member(class, name) {
                let leaves = self.analysis.width(member);
                return Some(Meaning::Object(self.add_object(Object::Member { of: object, first, leaves }), member));
            }
            if matches!(name, "px" | "py" | "pz" | "energy" | "charge") {
                return self.sum_of_members(object, class, name, span);
            }
            return None;
        }
        if let Some(vectors) = self.made(class) {
            let i = COMPONENTS.iter().position(|c| *c == name)?;
            let values = vectors.iter().map(|v| v.components[i]).collect();
            return Some(Meaning::Scalar(self.add(Expr::Component(object, values), Ty::Real, span)));
        }
        let found = self.find(class, name)?;
        if let [(_, only)] = found.as_slice() {
            return self.found(only, name, object, found[0].0, span);
        }
        if found.iter().all(|(_, f)| *f == found[0].1)
            && let Found::Define(template) = &found[0].1
        {
            return Some(self.instantiate(template, vec![object]));
        }
        let links: Vec<(SourceId, BoundLink)> = found.iter().filter_map(link_of).collect();
        if links.len() == found.len() {
            return self.follow_one_of(&links, name, object, span);
        }
        self.dispatch(&found, object, name, span)
    }

    /// The links of this name, if objects of the class have one: of each input collection that they may come from.
    pub(super) fn links_of(&self, class: ClassId, name: &str) -> Option<Vec<(SourceId, BoundLink)>> {
        self.find(class, name)?.iter().map(link_of).collect()
    }

    /// The sum of an attribute over a candidate's leaf objects.
    fn sum_of_members(&mut self, object: ObjectId, class: ClassId, name: &str, span: Span) -> Option<Meaning> {
        let mut sum: Option<super::ExprId> = None;
        for (leaf, leaf_class) in self.leaves(object, class) {
            let part = self.attribute_or_function(Meaning::Object(leaf, leaf_class), name, span)?;
            let part = self.number(part, span)?;
            sum = Some(match sum {
                None => part,
                Some(sum) => self.arithmetic(super::super::Binary::Add, sum, part, span),
            });
        }
        sum.map(Meaning::Scalar)
    }

    /// The leaf objects of an object, with their classes: itself, or a candidate's, in order.
    pub(super) fn leaves(&mut self, object: ObjectId, class: ClassId) -> Vec<(ObjectId, ClassId)> {
        let own = class;
        let mut class = class;
        loop {
            match self.analysis.class(class).base.clone() {
                ClassBase::Of(of) => class = of,
                ClassBase::Source(_) | ClassBase::Union(_) | ClassBase::Made(_) => return vec![(object, own)],
                ClassBase::Tuple(members) => {
                    let mut all = Vec::new();
                    let mut first = 0;
                    for (_, member) in members {
                        let leaves = self.analysis.width(member);
                        let part = self.add_object(Object::Member { of: object, first, leaves });
                        all.extend(self.leaves(part, member));
                        first += leaves;
                    }
                    return all;
                }
            }
        }
    }

    /// True for candidates.
    pub(super) fn is_tuple(&self, class: ClassId) -> bool {
        match &self.analysis.class(class).base {
            ClassBase::Tuple(_) => true,
            ClassBase::Of(of) => self.is_tuple(*of),
            ClassBase::Source(_) | ClassBase::Union(_) | ClassBase::Made(_) => false,
        }
    }

    /// True if objects of the class have a four-momentum.
    pub(super) fn has_momentum(&self, class: ClassId) -> bool {
        self.is_tuple(class)
            || self.made(class).is_some()
            || self.find(class, "pt").is_some() && self.find(class, "phi").is_some()
            || self.find(class, "px").is_some() && self.find(class, "py").is_some()
    }

    /// The vectors that objects of the class are, if the analysis makes them.
    pub(super) fn made(&self, class: ClassId) -> Option<Vec<MadeVector>> {
        match &self.analysis.class(class).base {
            ClassBase::Made(vectors) => Some(vectors.clone()),
            ClassBase::Of(of) => self.made(*of),
            ClassBase::Source(_) | ClassBase::Union(_) | ClassBase::Tuple(_) => None,
        }
    }

    /// A named member of a candidate: leaves before it, and its class.
    fn member(&self, class: ClassId, name: &str) -> Option<(u32, ClassId)> {
        match &self.analysis.class(class).base {
            ClassBase::Of(of) => self.member(*of, name),
            ClassBase::Tuple(members) => {
                let mut first = 0;
                for (member, of) in members {
                    if member == name {
                        return Some((first, *of));
                    }
                    first += self.analysis.width(*of);
                }
                None
            }
            ClassBase::Source(_) | ClassBase::Union(_) | ClassBase::Made(_) => None,
        }
    }

    /// The define of an attribute that holds for the class as a whole.
    pub(super) fn defined_in(&self, class: ClassId, name: &str) -> Option<Template> {
        let class = self.analysis.class(class);
        match &class.define {
            Some((attribute, template)) if attribute == name => Some(template.clone()),
            _ => match &class.base {
                ClassBase::Of(of) => self.defined_in(*of, name),
                _ => None,
            },
        }
    }

    /// How the attribute is found, for every input collection that an object of the class may come from.
    fn find(&self, class: ClassId, name: &str) -> Option<Vec<(SourceId, Found)>> {
        if let Some(template) = self.defined_in(class, name) {
            let sources = self.sources_of(class);
            return Some(sources.into_iter().map(|s| (s, Found::Define(template.clone()))).collect());
        }
        match &self.analysis.class(class).base {
            ClassBase::Source(id) => {
                let source = self.binding.sources.get(&self.analysis.sources[id.0 as usize].name)?;
                if let Some((column, element)) = source.column(name) {
                    return Some(vec![(*id, Found::Column(column, element))]);
                }
                if let Some(array) = source.arrays.get(name) {
                    return Some(vec![(*id, Found::Array(array.clone()))]);
                }
                if let Some(link) = source.links.get(name) {
                    return Some(vec![(*id, Found::Link(link.clone()))]);
                }
                source.constants.get(name).map(|c| vec![(*id, Found::Constant(c.to_bits()))])
            }
            ClassBase::Of(of) => self.find(*of, name),
            ClassBase::Union(of) => {
                let mut all: Vec<(SourceId, Found)> = Vec::new();
                for part in of {
                    for (source, found) in self.find(*part, name)? {
                        match all.iter().find(|(s, _)| *s == source) {
                            Some((_, other)) if *other != found => return None,
                            Some(_) => {}
                            None => all.push((source, found)),
                        }
                    }
                }
                Some(all)
            }
            ClassBase::Tuple(_) | ClassBase::Made(_) => None,
        }
    }

    fn sources_of(&self, class: ClassId) -> Vec<SourceId> {
        match &self.analysis.class(class).base {
            ClassBase::Made(_) => Vec::new(),
            ClassBase::Source(id) => vec![*id],
            ClassBase::Of(of) => self.sources_of(*of),
            ClassBase::Union(of) => {
                let all: BTreeSet<SourceId> = of.iter().flat_map(|c| self.sources_of(*c)).collect();
                all.into_iter().collect()
            }
            ClassBase::Tuple(members) => {
                let all: BTreeSet<SourceId> = members.iter().flat_map(|(_, c)| self.sources_of(*c)).collect();
                all.into_iter().collect()
            }
        }
    }

    fn found(&mut self, found: &Found, name: &str, object: ObjectId, source: SourceId, span: Span) -> Option<Meaning> {
        Some(match found {
            Found::Link(link) => return self.follow(link, name, object, source, span),
            Found::Array(array) => return self.array(array, name, object, source, span),
            Found::Column(stored, element) => {
                let column = self.column(stored, *element, Some(source), span);
                let ty = super::name::type_of(*element);
                let value = self.add(Expr::Attribute(column, object), ty, span);
                Meaning::Scalar(self.in_gev(stored, value, span))
            }
            Found::Constant(bits) => Meaning::Scalar(self.add(Expr::Real(*bits), Ty::Real, span)),
            Found::Define(template) => self.instantiate(template, vec![object]),
        })
    }

    /// The numbers that an object has several of: a stretch of those of all objects.
    pub(super) fn array(
        &mut self,
        array: &BoundArray,
        name: &str,
        object: ObjectId,
        of: SourceId,
        span: Span,
    ) -> Option<Meaning> {
        use super::super::Binary;
        let sizes_of = self.binding.sources.get(&array.numbers)?.sizes_of.clone();
        let (id, class) = self.source(&array.numbers, &sizes_of);
        let numbers = self.add_collection(Collection::Source(id), &array.numbers);
        let (from, to) = match &array.each {
            Each::Fixed(each) => {
                let each = self.add(Expr::Int(i64::from(*each)), Ty::Int, span);
                let entry = self.add(Expr::Entry(object), Ty::Int, span);
                let from = self.arithmetic(Binary::Mul, entry, each, span);
                (from, self.arithmetic(Binary::Add, from, each, span))
            }
            Each::List(column) => {
                let mut place = |level: Level| {
                    let column = self.column(&level.of(column), ElementType::U32, Some(of), span);
                    self.add(Expr::Attribute(column, object), Ty::Int, span)
                };
                (place(Level::Begins), place(Level::Ends))
            }
        };
        let own = Collection::Slice { of: numbers, from: Some(from), to: Some(to) };
        let called = match (&array.each, name == NUMBER) {
            (Each::List(column), true) => column.clone(),
            (Each::List(_), false) => format!("{}.{name}", self.analysis.sources[of.0 as usize].name),
            (Each::Fixed(_), _) => array.numbers.clone(),
        };
        Some(Meaning::Collection(self.add_collection(own, &called), class))
    }

    /// An element of a list of numbers as its value, one of lists of lists as its list; anything else as it is.
    pub(super) fn plain(&mut self, meaning: Meaning, span: Span) -> Meaning {
        match meaning {
            Meaning::Object(object, class) if self.is_number(class) => {
                self.attribute_of(object, class, NUMBER, span).unwrap_or(Meaning::Object(object, class))
            }
            Meaning::Collection(collection, class) if self.is_number(class) => {
                let element = Meaning::Object(self.element(collection, class), class);
                match self.plain(element, span) {
                    own @ Meaning::Collection(..) => self.plain(own, span),
                    number => number,
                }
            }
            other => other,
        }
    }

    /// True for the elements of lists of numbers.
    pub(super) fn is_number(&self, class: ClassId) -> bool {
        match &self.analysis.class(class).base {
            ClassBase::Source(id) => {
                let name = &self.analysis.sources[id.0 as usize].name;
                self.binding.sources.get(name).is_some_and(|s| s.numbers)
            }
            ClassBase::Of(of) => self.is_number(*of),
            ClassBase::Union(of) => of.iter().all(|c| self.is_number(*c)),
            ClassBase::Tuple(_) | ClassBase::Made(_) => false,
        }
    }

    /// An attribute of an entry of a union: common to all its collections, found by the one it comes from.
    fn dispatch(&mut self, found: &[(SourceId, Found)], object: ObjectId, name: &str, span: Span) -> Option<Meaning> {
        let mut arms: Vec<(SourceId, super::ExprId)> = Vec::new();
        for (source, how) in found {
            let meaning = self.found(how, name, object, *source, span)?;
            let Meaning::Scalar(e) = meaning else {
                self.report(error::plain(
                    "union_attribute",
                    format!("`{name}` is a vector or object in part of this union"),
                    span,
                    "must be a number, condition or string",
                    "",
                ));
                return None;
            };
            arms.push((*source, e));
        }
        let types: BTreeSet<u8> = arms.iter().map(|(_, e)| self.ty(*e) as u8).collect();
        if types.len() > 1 {
            if arms.iter().any(|(_, e)| !matches!(self.ty(*e), Ty::Int | Ty::Real)) {
                self.report(error::plain(
                    "union_attribute",
                    format!("`{name}` has different types in the parts of this union"),
                    span,
                    "a number in one part, a condition in another",
                    "",
                ));
                return None;
            }
            for arm in &mut arms {
                arm.1 = self.real(arm.1);
            }
        }
        let ty = arms.first().map_or(Ty::Real, |(_, e)| self.ty(*e));
        Some(Meaning::Scalar(self.add(Expr::Dispatch(object, arms), ty, span)))
    }

    /// All names that are attributes of the class, for suggestions.
    pub(super) fn attribute_names(&self, class: ClassId) -> BTreeSet<String> {
        let class = self.analysis.class(class);
        let mut names: BTreeSet<String> = class.define.iter().map(|(n, _)| n.clone()).collect();
        match &class.base {
            ClassBase::Source(id) => {
                if let Some(source) = self.binding.sources.get(&self.analysis.sources[id.0 as usize].name) {
                    names.extend(source.attributes.keys().cloned());
                    names.extend(source.links.keys().cloned());
                    names.extend(source.arrays.keys().cloned());
                    names.extend(source.constants.keys().cloned());
                }
            }
            ClassBase::Of(of) => names.extend(self.attribute_names(*of)),
            ClassBase::Made(_) => names.extend(COMPONENTS.map(str::to_owned)),
            ClassBase::Union(of) => {
                let mut parts = of.iter().map(|c| self.attribute_names(*c));
                if let Some(first) = parts.next() {
                    names.extend(parts.fold(first, |a, b| a.intersection(&b).cloned().collect()));
                }
            }
            ClassBase::Tuple(members) => {
                names.extend(members.iter().map(|(n, _)| n.clone()));
                names.extend(["pt", "eta", "phi", "mass", "energy", "charge"].map(str::to_owned));
            }
        }
        names
    }
}

/// A row of names with dots between them.
fn path(e: &ast::Expr) -> Option<String> {
    match &e.kind {
        ast::ExprKind::Name(name) => Some(name.clone()),
        ast::ExprKind::Attribute { of, name } => Some(format!("{}.{}", path(of)?, name.text)),
        _ => None,
    }
}

fn link_of((source, found): &(SourceId, Found)) -> Option<(SourceId, BoundLink)> {
    match found {
        Found::Link(link) => Some((*source, link.clone())),
        Found::Column(..) | Found::Constant(_) | Found::Define(_) | Found::Array(_) => None,
    }
}
