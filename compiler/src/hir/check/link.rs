//! Links: what an object has in another collection, as the schema says. One object is the entry at a position, missing
//! where there is none; a list is a collection of its own for each object, inside the object's axis.

use super::super::links::{BoundLink, LinkedBy};
use super::super::{Binary, ClassBase, Collection, Compare, Expr, Object, SourceId, Ty, error};
use super::{Checker, ClassId, CollectionId, ElementType, ExprId, Meaning, ObjectId, Scope};
use crate::source::Span;
use crate::syntax::ast;

/// What `ancestors` and `descendants` follow, by preference.
const UPWARDS: [&str; 2] = ["mothers", "mother"];
const DOWNWARDS: [&str; 1] = ["daughters"];

impl<'a> Checker<'a> {
    /// A link of an object of an input collection.
    pub(super) fn follow(
        &mut self,
        link: &BoundLink,
        name: &str,
        object: ObjectId,
        of: SourceId,
        span: Span,
    ) -> Option<Meaning> {
        let key = (of, name.to_owned(), object);
        if let Some(known) = self.links.get(&key) {
            return Some(known.clone());
        }
        let found = self.followed(link, name, object, of, span)?;
        self.links.insert(key, found.clone());
        Some(found)
    }

    fn followed(
        &mut self,
        link: &BoundLink,
        name: &str,
        object: ObjectId,
        of: SourceId,
        span: Span,
    ) -> Option<Meaning> {
        let own = self.analysis.sources[of.0 as usize].name.clone();
        let (to, class) = self.linked_collection(&link.to, span)?;
        let called = format!("{own}.{name}");
        let collection = match &link.by {
            LinkedBy::Absent(why) => {
                self.report(error::no_link(&called, why, span));
                return None;
            }
            LinkedBy::Positions(columns) => {
                let mut entries = Vec::new();
                for column in columns {
                    let at = self.position(&own, of, column, object, span)?;
                    entries.push(self.add_object(Object::At(to, at)));
                }
                if let (false, [entry]) = (link.many, entries.as_slice()) {
                    return Some(Meaning::Object(*entry, class));
                }
                Collection::Members(entries)
            }
            LinkedBy::References { column, list, to } => {
                let (all, class) = self.one_after_another(to, span)?;
                let Some(list) = list else {
                    let column = self.column(column, ElementType::I32, Some(of), span);
                    let at = self.add(Expr::Attribute(column, object), Ty::Int, span);
                    return Some(Meaning::Object(self.add_object(Object::At(all, at)), class));
                };
                let Meaning::Collection(positions, number) = self.array(list, name, object, of, span)? else {
                    return None;
                };
                let var = self.var();
                let one = self.add_object(Object::Var(var));
                let at = self.plain(Meaning::Object(one, number), span);
                let at = self.scalar(at, span)?;
                let entry = self.add_object(Object::At(all, at));
                let linked = Collection::Linked { of: positions, var, to: entry };
                return Some(Meaning::Collection(self.add_collection(linked, &called), class));
            }
            LinkedBy::Inverse(inverted) => {
                let source = self.binding.sources.get(&link.to)?;
                let back = source.links.get(inverted)?.clone();
                let (id, _) = self.source(&link.to, &source.sizes_of);
                let var = self.var();
                let one = self.add_object(Object::Var(var));
                let keep = match self.follow(&back, inverted, one, id, span)? {
                    Meaning::Object(there, _) => self.add(Expr::Same(there, object), Ty::Bool, span),
                    Meaning::Collection(all, _) => self.add(Expr::Contains(all, object), Ty::Bool, span),
                    Meaning::Scalar(_) | Meaning::Vector(..) | Meaning::Record(_) | Meaning::Region(_) => return None,
                };
                Collection::Filter { of: to, var, keep }
            }
            LinkedBy::Range { first, last, inclusive, via } => {
                let first = self.position(&own, of, first, object, span)?;
                let last = self.position(&own, of, last, object, span)?;
                match via {
                    None => self.range(to, first, last, *inclusive, &called, span),
                    Some((through, index)) => {
                        let sizes_of = self.binding.sources.get(through)?.sizes_of.clone();
                        let (id, _) = self.source(through, &sizes_of);
                        let all = self.add_collection(Collection::Source(id), through);
                        let range = self.range(all, first, last, *inclusive, &called, span);
                        let range = self.add_collection(range, &called);
                        let var = self.var();
                        let one = self.add_object(Object::Var(var));
                        let at = self.position(through, id, index, one, span)?;
                        let entry = self.add_object(Object::At(to, at));
                        Collection::Linked { of: range, var, to: entry }
                    }
                }
            }
        };
        Some(Meaning::Collection(self.add_collection(collection, &called), class))
    }

    /// The collections that references lead to.
    fn one_after_another(&mut self, names: &[String], span: Span) -> Option<(CollectionId, ClassId)> {
        let all = names.iter().map(|name| self.linked_collection(name, span)).collect::<Option<Vec<_>>>()?;
        if let [one] = all.as_slice() {
            return Some(*one);
        }
        let (collections, classes): (Vec<CollectionId>, Vec<ClassId>) = all.into_iter().unzip();
        let name = names.join(", ");
        let class = self.add_class(&name, ClassBase::Union(classes), None);
        let collection = self.add_collection(Collection::Union(collections), &name);
        Some((collection, self.remembered_class(collection, class)))
    }

    /// The collection that a link leads to, with the attributes that the profile defines for all of it.
    fn linked_collection(&mut self, name: &str, span: Span) -> Option<(CollectionId, ClassId)> {
        let sizes_of = self.binding.sources.get(name).map(|s| s.sizes_of.clone()).unwrap_or_default();
        let (id, class) = self.source(name, &sizes_of);
        let all = self.add_collection(Collection::Source(id), name);
        let object = self.global(name, true).filter(|id| self.is_value(*id) && !self.checking.contains(id));
        if let Some(declared) = object
            && let Some(super::Declared::Meaning(Meaning::Collection(same, class))) = self.declared(declared, span)
            && same == all
        {
            return Some((all, class));
        }
        Some((all, class))
    }

    /// An attribute that holds a position.
    fn position(
        &mut self,
        name: &str,
        source: SourceId,
        attribute: &str,
        object: ObjectId,
        span: Span,
    ) -> Option<ExprId> {
        let (column, element) = self.binding.sources.get(name)?.column(attribute)?;
        let ty = super::name::type_of(element);
        let id = self.column(&column, element, Some(source), span);
        if ty != Ty::Int {
            let why = format!("the column `{column}` does not hold whole numbers");
            self.report(error::no_link(&format!("{name}.{attribute}"), &why, span));
            return None;
        }
        Some(self.add(Expr::Attribute(id, object), Ty::Int, span))
    }

    /// The entries from a position to another.
    fn range(
        &mut self,
        of: CollectionId,
        first: ExprId,
        last: ExprId,
        inclusive: bool,
        called: &str,
        span: Span,
    ) -> Collection {
        if !inclusive {
            return Collection::Slice { of, from: Some(first), to: Some(last) };
        }
        // As generators write it (Pythia 8, "Particle Properties", daughters and mothers): first..last, both included;
        // no last is the first alone; a last before the first is a second one; no first is none.
        let int = |c: &mut Self, value| c.add(Expr::Int(value), Ty::Int, span);
        let (none, zero, one) = (int(self, -1), int(self, 0), int(self, 1));
        let is_none = self.compare(Compare::Lt, first, zero, span);
        let backwards = self.compare(Compare::Lt, last, first, span);
        let behind_first = self.arithmetic(Binary::Add, first, one, span);
        let behind_last = self.arithmetic(Binary::Add, last, one, span);
        let to = self.add(Expr::Select(backwards, behind_first, behind_last), Ty::Int, span);
        let to = self.add(Expr::Select(is_none, zero, to), Ty::Int, span);
        let second = self.add(Expr::Select(backwards, last, none), Ty::Int, span);
        let second = self.add(Expr::Select(is_none, none, second), Ty::Int, span);
        let range = self.add_collection(Collection::Slice { of, from: Some(first), to: Some(to) }, called);
        let second = self.add_object(Object::At(of, second));
        let second = self.add_collection(Collection::Members(vec![second]), called);
        Collection::Union(vec![range, second])
    }

    /// `ancestors(g)`, `descendants(g)`: along the links of the particle's collection to itself.
    pub(super) fn relatives(
        &mut self,
        name: &str,
        argument: &'a ast::Argument,
        span: Span,
        scope: &Scope<'a>,
    ) -> Option<Meaning> {
        let (object, class) = match self.expr(&argument.value, scope)? {
            Meaning::Object(object, class) => (object, class),
            Meaning::Collection(collection, class) => (self.element(collection, class), class),
            other => {
                let found = self.describe(&other);
                self.report(error::kind("a particle", &found, argument.value.span));
                return None;
            }
        };
        let words: &[&str] = if name == "ancestors" { &UPWARDS } else { &DOWNWARDS };
        let found = words.iter().find_map(|word| match self.links_of(class, word)?.as_slice() {
            [(source, link)] => Some((*word, *source, link.clone())),
            _ => None,
        });
        let Some((word, source, link)) = found else {
            let of = self.analysis.class(class).name.clone();
            self.report(error::no_relatives(name, &of, words, argument.value.span));
            return None;
        };
        let key = (source, format!("{name}()"), object);
        if let Some(known) = self.links.get(&key) {
            return Some(known.clone());
        }
        let own = self.analysis.sources[source.0 as usize].name.clone();
        if link.to != own {
            let why = format!("it leads to `{}`, and {name} are of one collection", link.to);
            self.report(error::no_link(&format!("{own}.{word}"), &why, argument.value.span));
            return None;
        }
        let var = self.var();
        let each = self.add_object(Object::Var(var));
        let called = format!("{name}({own})");
        let (next, of_entries) = match self.follow(&link, word, each, source, span)? {
            Meaning::Object(one, class) => (self.add_collection(Collection::Members(vec![one]), &called), class),
            Meaning::Collection(all, class) => (all, class),
            Meaning::Scalar(_) | Meaning::Vector(..) | Meaning::Record(_) | Meaning::Region(_) => return None,
        };
        let (of, _) = self.linked_collection(&own, span)?;
        let reached = Collection::Reached { of, from: object, var, next };
        let meaning = Meaning::Collection(self.add_collection(reached, &called), of_entries);
        self.links.insert(key, meaning.clone());
        Some(meaning)
    }

    /// A link of an entry of a union: the position by the collection it comes from, if all lead to one collection.
    pub(super) fn follow_one_of(
        &mut self,
        links: &[(SourceId, BoundLink)],
        name: &str,
        object: ObjectId,
        span: Span,
    ) -> Option<Meaning> {
        let (_, first) = links.first()?;
        let mut arms = Vec::new();
        for (source, link) in links {
            let own = self.analysis.sources[source.0 as usize].name.clone();
            match &link.by {
                LinkedBy::Positions(columns) if !link.many && columns.len() == 1 && link.to == first.to => {
                    arms.push((*source, self.position(&own, *source, &columns[0], object, span)?));
                }
                LinkedBy::References { column, list: None, to } if to.len() == 1 && link.to == first.to => {
                    let column = self.column(column, ElementType::I32, Some(*source), span);
                    arms.push((*source, self.add(Expr::Attribute(column, object), Ty::Int, span)));
                }
                LinkedBy::Absent(why) => {
                    self.report(error::no_link(&format!("{own}.{name}"), why, span));
                    return None;
                }
                LinkedBy::Positions(_)
                | LinkedBy::Inverse(_)
                | LinkedBy::Range { .. }
                | LinkedBy::References { .. } => {
                    let title = format!("`{name}` leads to different things in the parts of this union");
                    let help = "take the parts one by one";
                    self.report(error::plain("union_attribute", title, span, "not one object for all parts", help));
                    return None;
                }
            }
        }
        let (to, class) = self.linked_collection(&first.to, span)?;
        let at = self.add(Expr::Dispatch(object, arms), Ty::Int, span);
        Some(Meaning::Object(self.add_object(Object::At(to, at)), class))
    }

    /// Reports a collection that there is one of for each element of others, where one for the event is needed.
    pub(super) fn one_for_each(&mut self, collection: CollectionId, parent: &str, span: Span) {
        let name = self.analysis.collection(collection).name.clone();
        let text = self.text(span);
        self.report(error::one_for_each(&name, parent, &text, span));
    }
}
