//! Look-ups that can fall outside of their table, and links of lists that can lead beyond the end of their collection, with
//! the condition under which the text comes to each: behind `and`, `or`, `? :`, `where` and the cuts before, once per
//! element in loops. A table with `outside error` fails the run there, one with a value counts the look-ups, and links
//! are counted. Values of the Plan are total, so that these are steps of their own.

use std::collections::HashSet;
use std::rc::Rc;

use adl_runtime::nested::{self, Level};

use super::super::{Binary, CounterId, Leaf, List, Reduction, Site, SiteId, Step, Unary, Value};
use super::region::Trie;
use super::{Body, Lower, Scalar};
use crate::hir::{self, Analysis, Collection, Expr, ExprId, Lookup, Object, ObjectId, Outside, RegionStep};

/// Something that has look-ups in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Part {
    /// An expression.
    Expr(ExprId),
    /// An object.
    Object(ObjectId),
    /// A collection.
    Collection(hir::CollectionId),
}

/// A look-up that can fall outside, and when the text comes to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Reach {
    what: What,
    /// Real.
    arguments: Vec<Value>,
    /// Bool: they are outside of the table, or of the collection.
    outside: Value,
    /// Bool: it comes to the loops.
    before: Value,
    /// The loops around it, outermost first; each deeper than the one before.
    loops: Vec<(List, u8)>,
    /// Bool: it comes to it for an element of these.
    within: Value,
}

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum What {
    /// A row of a table.
    Table(ExprId),
    /// An entry of a collection, by a link of a list.
    Link(hir::CollectionId),
}

/// What has been looked up before in a region.
pub(super) type Path = HashSet<Reach>;

/// True if a table of the analysis fails or is counted outside of its rows, or a list of it has links.
pub(super) fn possible(analysis: &Analysis) -> bool {
    let is_table = |e: &hir::ExprNode| matches!(&e.expr, Expr::Lookup(l) if l.outside != Outside::Clamps);
    let is_list = |c: &hir::CollectionNode| match &c.collection {
        Collection::Linked { .. } => true,
        Collection::Members(of) => of.iter().any(|o| link(analysis, *o).is_some()),
        Collection::Slice { from: Some(from), to: Some(_), .. } => is_position(analysis, *from),
        _ => false,
    };
    analysis.exprs.iter().any(is_table) || analysis.collections.iter().any(is_list)
}

/// The collection and the position of an object that a column leads to.
fn link(analysis: &Analysis, object: ObjectId) -> Option<(hir::CollectionId, ExprId)> {
    match analysis.object(object).object {
        Object::At(of, at) if is_position(analysis, at) => Some((of, at)),
        _ => None,
    }
}

/// True for a position that a column holds. Where the lists of lists of lists begin is made with them, and right.
fn is_position(analysis: &Analysis, e: ExprId) -> bool {
    let Expr::Attribute(column, _) = analysis.expr(e).expr else { return false };
    analysis.columns.get(column.0 as usize).is_some_and(|c| !matches!(nested::level(&c.name).1, Some(Level::Begins)))
}

impl Lower<'_> {
    /// The look-ups of an expression.
    pub(super) fn reaches(&mut self, e: ExprId, body: &mut Body) -> Vec<Reach> {
        self.of(Part::Expr(e), body).to_vec()
    }

    /// The look-ups of a collection.
    pub(super) fn reaches_of_collection(&mut self, c: hir::CollectionId, body: &mut Body) -> Vec<Reach> {
        self.of(Part::Collection(c), body).to_vec()
    }

    /// Those that stand behind a condition.
    pub(super) fn behind(&mut self, condition: Value, mut reaches: Vec<Reach>) -> Vec<Reach> {
        for reach in &mut reaches {
            reach.before = self.plan.dag.and(condition, reach.before);
        }
        reaches.retain(|r| !self.plan.dag.is_false(r.before));
        reaches
    }

    /// Both; where the same look-up is in both, it is reached if either comes to it.
    pub(super) fn together(&mut self, mut all: Vec<Reach>, more: Vec<Reach>) -> Vec<Reach> {
        let dag = &mut self.plan.dag;
        for new in more {
            let same = all.iter_mut().find(|old| {
                (old.what, &old.arguments, &old.loops) == (new.what, &new.arguments, &new.loops)
                    && (old.before == new.before || old.within == new.within)
            });
            match same {
                Some(old) => {
                    old.before = dag.or(old.before, new.before);
                    old.within = dag.or(old.within, new.within);
                }
                None => all.push(new),
            }
        }
        all
    }

    /// Those of the body of a loop over a list, as seen from outside of it.
    pub(super) fn looped(&mut self, list: List, depth: u8, reaches: Vec<Reach>) -> Vec<Reach> {
        let yes = self.plan.dag.bool(true);
        let mut all = Vec::new();
        for mut reach in reaches {
            let dag = &mut self.plan.dag;
            let mut used = reach.arguments.iter().fold(dag.free(reach.within), |f, a| f | dag.free(*a));
            used = reach.loops.iter().fold(used, |f, (l, _)| f | dag.list_free(*l));
            // A loop that does not use this one may have its depth.
            let outer = reach.loops.first().is_none_or(|(_, inner)| *inner > depth);
            if outer && used & (1 << depth) != 0 {
                reach.within = dag.and(reach.before, reach.within);
                reach.before = yes;
                reach.loops.insert(0, (list, depth));
            } else {
                reach.before = match dag.is_true(reach.before) {
                    true => {
                        let (none, size) = (dag.int(0), dag.size(list));
                        dag.binary(Binary::Lt, none, size)
                    }
                    false => dag.reduce(Reduction::Any, list, depth, yes, reach.before),
                };
            }
            all = self.together(all, vec![reach]);
        }
        all
    }

    fn of(&mut self, part: Part, body: &mut Body) -> Rc<[Reach]> {
        if !self.can_fall_outside {
            return Rc::from([]);
        }
        if let Some(known) = body.reaches.get(&part) {
            return known.clone();
        }
        let found: Rc<[Reach]> = match part {
            Part::Expr(e) => self.of_expr(e, body),
            Part::Object(o) => self.of_object(o, body),
            Part::Collection(c) => self.of_collection(c, body),
        }
        .into();
        body.reaches.insert(part, found.clone());
        found
    }

    fn all_of(&mut self, parts: impl IntoIterator<Item = Part>, body: &mut Body) -> Vec<Reach> {
        let mut all = Vec::new();
        for part in parts {
            let more = self.of(part, body).to_vec();
            all = self.together(all, more);
        }
        all
    }

    fn of_expr(&mut self, id: ExprId, body: &mut Body) -> Vec<Reach> {
        let node = self.a.expr(id);
        let (e, o, c) = (Part::Expr, Part::Object, Part::Collection);
        match &node.expr {
            Expr::Bool(_) | Expr::Int(_) | Expr::Real(_) | Expr::Text(_) | Expr::Column(_) => Vec::new(),
            Expr::Attribute(_, of) | Expr::Present(of) | Expr::Entry(of) => self.all_of([o(*of)], body),
            Expr::Quantity(quantity, arguments) => self.of_quantity(*quantity, arguments, body),
            Expr::Dispatch(of, arms) => {
                let mut all = self.all_of([o(*of)], body);
                let elem = self.object(*of, body);
                let (Some(word), Some(leaf)) = (elem.words.first(), elem.leaves.first()) else { return all };
                for (source, arm) in arms {
                    let is = match leaf {
                        Leaf::One(collection) => {
                            let is = self.collection_of(*source) == *collection;
                            self.plan.dag.bool(is)
                        }
                        Leaf::Any(_) | Leaf::Made(_) => self.is_from(*word, *source),
                    };
                    let here = self.plan.dag.and(elem.present, is);
                    let of_arm = self.reaches(*arm, body);
                    let of_arm = self.behind(here, of_arm);
                    all = self.together(all, of_arm);
                }
                all
            }
            Expr::Unary(_, x) | Expr::Not(x) | Expr::NotTrue(x) | Expr::Defined(x) => self.all_of([e(*x)], body),
            Expr::Binary(_, x, y) | Expr::Compare(_, x, y) => self.all_of([e(*x), e(*y)], body),
            Expr::And(x, y) => {
                let (_, is_false) = self.condition(*x, body);
                let on = self.plan.dag.not(is_false);
                self.first_then(*x, on, *y, body)
            }
            Expr::Or(x, y) => {
                let (is_true, _) = self.condition(*x, body);
                let on = self.plan.dag.not(is_true);
                self.first_then(*x, on, *y, body)
            }
            Expr::Select(test, x, y) => {
                let (is_true, is_false) = self.condition(*test, body);
                let all = self.first_then(*test, is_true, *x, body);
                let otherwise = self.reaches(*y, body);
                let otherwise = self.behind(is_false, otherwise);
                self.together(all, otherwise)
            }
            Expr::Call(_, arguments) => self.all_of(arguments.iter().map(|a| e(*a)), body),
            Expr::Reduce { over, keep, body: inner, .. } => {
                let mut loops = Vec::new();
                let first = self.depth(&node.free, body);
                for (depth, (var, collection)) in (first..).zip(over) {
                    let list = self.collection(*collection, body);
                    let item = self.item(list, depth);
                    body.bind(*var, item);
                    loops.push((list, depth, *collection));
                }
                let mut all = self.kept(*keep, &[*inner], body);
                for (list, depth, collection) in loops.into_iter().rev() {
                    all = self.looped(list, depth, all);
                    let first = self.all_of([c(collection)], body);
                    all = self.together(first, all);
                }
                all
            }
            Expr::Grouping { over: (var, of), momenta, .. } => self.over(*var, *of, &node.free, None, momenta, body),
            Expr::GroupSum { grouping, over: (var, of), body: inner, .. } => {
                let all = self.all_of([e(*grouping)], body);
                let more = self.over(*var, *of, &node.free, None, &[*inner], body);
                self.together(all, more)
            }
            Expr::Component(of, values) => {
                let mut all = self.all_of([o(*of)], body);
                let elem = self.object(*of, body);
                let Some(word) = elem.words.first() else { return all };
                for (number, value) in values.iter().enumerate() {
                    let number = self.plan.dag.int(number as i64);
                    let is = self.plan.dag.binary(Binary::Eq, *word, number);
                    let here = self.plan.dag.and(elem.present, is);
                    let of_value = self.reaches(*value, body);
                    let of_value = self.behind(here, of_value);
                    all = self.together(all, of_value);
                }
                all
            }
            Expr::Size(of) => self.all_of([c(*of)], body),
            Expr::Same(x, y) => self.all_of([o(*x), o(*y)], body),
            Expr::Contains(collection, of) => self.all_of([c(*collection), o(*of)], body),
            Expr::Passes(region) => {
                let (mut all, mut here) = (Vec::new(), self.plan.dag.bool(true));
                for step in &self.a.regions[region.0 as usize].steps {
                    if let RegionStep::Cut { condition, reject, .. } = step {
                        let more = self.reaches(*condition, body);
                        let more = self.behind(here, more);
                        all = self.together(all, more);
                        let (is_true, _) = self.condition(*condition, body);
                        let keep = if *reject { self.plan.dag.not(is_true) } else { is_true };
                        here = self.plan.dag.and(here, keep);
                    }
                }
                all
            }
            Expr::Draw { event, of, .. } => {
                self.all_of(event.iter().map(|x| e(*x)).chain(of.iter().map(|x| o(*x))), body)
            }
            Expr::Lookup(lookup) => self.of_lookup(id, lookup, body),
        }
    }

    fn of_lookup(&mut self, id: ExprId, lookup: &Lookup, body: &mut Body) -> Vec<Reach> {
        let mut all = self.all_of(lookup.arguments.iter().map(|a| Part::Expr(*a)), body);
        let looked = self.lookup(lookup, body);
        if lookup.outside != Outside::Clamps && !self.plan.dag.is_false(looked.outside) {
            let yes = self.plan.dag.bool(true);
            let (arguments, outside) = (looked.arguments, looked.outside);
            let what = What::Table(id);
            all.push(Reach { what, arguments, outside, before: yes, loops: Vec::new(), within: yes });
        }
        all
    }

    /// Those of an expression, and of another that is looked at if `on` holds.
    fn first_then(&mut self, first: ExprId, on: Value, second: ExprId, body: &mut Body) -> Vec<Reach> {
        let all = self.reaches(first, body);
        let more = self.reaches(second, body);
        let more = self.behind(on, more);
        self.together(all, more)
    }

    /// Those of a `where` condition, and of expressions that are looked at where it holds.
    pub(super) fn kept(&mut self, keep: Option<ExprId>, inner: &[ExprId], body: &mut Body) -> Vec<Reach> {
        let more = self.all_of(inner.iter().map(|e| Part::Expr(*e)), body);
        let Some(keep) = keep else { return more };
        let all = self.reaches(keep, body);
        let (is_true, _) = self.condition(keep, body);
        let more = self.behind(is_true, more);
        self.together(all, more)
    }

    /// Those of a collection, and of expressions about each of its elements.
    fn over(
        &mut self,
        var: hir::Var,
        of: hir::CollectionId,
        free: &[hir::Var],
        keep: Option<ExprId>,
        inner: &[ExprId],
        body: &mut Body,
    ) -> Vec<Reach> {
        let all = self.all_of([Part::Collection(of)], body);
        let list = self.collection(of, body);
        let depth = self.depth(free, body);
        let item = self.item(list, depth);
        body.bind(var, item);
        let more = self.kept(keep, inner, body);
        let more = self.looped(list, depth, more);
        self.together(all, more)
    }

    fn of_quantity(&mut self, id: hir::QuantityId, arguments: &[ObjectId], body: &mut Body) -> Vec<Reach> {
        let all = self.all_of(arguments.iter().map(|o| Part::Object(*o)), body);
        let key = (id, arguments.iter().map(|o| self.object(*o, body)).collect::<Vec<_>>());
        let of_body = match self.reaches.get(&key) {
            Some(known) => known.clone(),
            None => {
                let quantity = &self.a.quantities[id.0 as usize];
                let mut inside = Body::default();
                for (var, elem) in quantity.parameters.iter().zip(&key.1) {
                    inside.bind(*var, elem.clone());
                }
                let found = match quantity.body {
                    hir::QuantityBody::Scalar(e) => self.of(Part::Expr(e), &mut inside),
                    hir::QuantityBody::Object(o) => self.of(Part::Object(o), &mut inside),
                };
                self.reaches.insert(key, found.clone());
                found
            }
        };
        self.together(all, of_body.to_vec())
    }

    fn of_object(&mut self, id: ObjectId, body: &mut Body) -> Vec<Reach> {
        let node = self.a.object(id);
        match &node.object {
            Object::Var(_) => Vec::new(),
            Object::At(collection, index) => self.all_of([Part::Collection(*collection), Part::Expr(*index)], body),
            Object::Best { over: (var, of), keep, keys } => self.over(*var, *of, &node.free, *keep, keys, body),
            Object::Member { of, .. } => self.all_of([Part::Object(*of)], body),
            Object::Select(test, x, y) => {
                let mut all = self.reaches(*test, body);
                let (is_true, is_false) = self.condition(*test, body);
                for (chosen, object) in [(is_true, x), (is_false, y)] {
                    let more = self.all_of([Part::Object(*object)], body);
                    let more = self.behind(chosen, more);
                    all = self.together(all, more);
                }
                all
            }
            Object::Quantity(quantity, arguments) => self.of_quantity(*quantity, arguments, body),
        }
    }

    fn of_collection(&mut self, id: hir::CollectionId, body: &mut Body) -> Vec<Reach> {
        let node = self.a.collection(id);
        match &node.collection {
            Collection::Source(_) => Vec::new(),
            Collection::Filter { of, var, keep: inner } | Collection::Sort { of, var, key: inner, .. } => {
                self.over(*var, *of, &node.free, None, &[*inner], body)
            }
            Collection::Slice { of, from, to } => {
                let bounds = from.iter().chain(to).map(|e| Part::Expr(*e));
                let all = self.all_of(std::iter::once(Part::Collection(*of)).chain(bounds), body);
                match (from, to) {
                    (Some(from), Some(to)) if is_position(self.a, *from) => {
                        // The entry before the end of the range.
                        let beyond = self.beyond(id, *of, *to, 1, body);
                        self.together(all, beyond)
                    }
                    _ => all,
                }
            }
            Collection::Union(of) => self.all_of(of.iter().map(|c| Part::Collection(*c)), body),
            Collection::Combine { members, var, disjoint, keep } => {
                let all = self.all_of(members.iter().map(|c| Part::Collection(*c)), body);
                let Some(keep) = keep else { return all };
                let tuples = self.tuples(members, *var, *disjoint, &node.free, body);
                let mut here = tuples.distinct;
                for (k, after) in tuples.after.iter().enumerate() {
                    let Some(j) = after.map(usize::from) else { continue };
                    let place = |at: usize| (tuples.lists[at], tuples.depth + at as u8);
                    let ((first, outer), (second, inner)) = (place(j), place(k));
                    let dag = &mut self.plan.dag;
                    let (first, second) = (dag.position(first, outer), dag.position(second, inner));
                    let ordered = dag.binary(Binary::Lt, first, second);
                    here = dag.and(here, ordered);
                }
                let more = self.reaches(*keep, body);
                let mut more = self.behind(here, more);
                for (member, list) in tuples.lists.iter().enumerate().rev() {
                    more = self.looped(*list, tuples.depth + member as u8, more);
                }
                self.together(all, more)
            }
            Collection::Members(of) => {
                let mut all = self.all_of(of.iter().map(|o| Part::Object(*o)), body);
                for (to, at) in of.iter().filter_map(|o| link(self.a, *o)) {
                    let beyond = self.beyond(id, to, at, 0, body);
                    all = self.together(all, beyond);
                }
                all
            }
            Collection::Linked { of, var, to } => {
                let all = self.all_of([Part::Collection(*of)], body);
                let Object::At(to, at) = self.a.object(*to).object else { return all };
                let list = self.collection(*of, body);
                let depth = self.depth(&node.free, body);
                let item = self.item(list, depth);
                body.bind(*var, item);
                let beyond = self.beyond(id, to, at, 0, body);
                let beyond = self.looped(list, depth, beyond);
                self.together(all, beyond)
            }
            Collection::Reached { from, .. } => self.all_of([Part::Object(*from)], body),
            Collection::Made(vectors) => self.all_of(vectors.iter().map(|v| Part::Expr(v.present)), body),
        }
    }

    /// A link to a position of a collection, less `shift`, which may be beyond its end. (A position below 0 says that there
    /// is none.)
    fn beyond(
        &mut self,
        id: hir::CollectionId,
        to: hir::CollectionId,
        at: ExprId,
        shift: i64,
        body: &mut Body,
    ) -> Vec<Reach> {
        let Scalar::Int(position, present) = self.expr(at, body) else { return Vec::new() };
        let list = self.collection(to, body);
        let dag = &mut self.plan.dag;
        let shift = dag.int(shift);
        let position = dag.binary(Binary::Sub, position, shift);
        let size = dag.size(list);
        let fits = dag.binary(Binary::Lt, position, size);
        let beyond = dag.not(fits);
        let outside = dag.and(present, beyond);
        let (what, yes) = (What::Link(id), dag.bool(true));
        let arguments = vec![dag.unary(Unary::ToReal, position)];
        vec![Reach { what, arguments, outside, before: yes, loops: Vec::new(), within: yes }]
    }

    /// The step of a look-up: it fails, or is counted.
    fn step(&mut self, reach: &Reach, what: Step) -> Step {
        let cut = |lower: &Self, keep: Value, step: Step| match lower.plan.dag.is_true(keep) {
            true => step,
            false => Step::Cut { keep, then: vec![step], otherwise: Vec::new() },
        };
        let mut step = cut(self, reach.within, what);
        for (list, depth) in reach.loops.iter().rev() {
            step = Step::ForEach { over: *list, depth: *depth, body: vec![step] };
        }
        cut(self, reach.before, step)
    }

    fn site(&mut self, lookup: ExprId) -> SiteId {
        if let Some(site) = self.sites.get(&lookup) {
            return *site;
        }
        let site = SiteId(self.plan.sites.len() as u32);
        let node = self.a.expr(lookup);
        let Expr::Lookup(l) = &node.expr else { return site };
        let title = format!("the table `{}` has no row", l.table);
        let shown = self.a.written.get(&lookup).cloned().unwrap_or_else(|| vec![node.span; l.arguments.len()]);
        self.plan.sites.push(Site { span: node.span, title, shown });
        self.sites.insert(lookup, site);
        site
    }
}

/// Hangs look-ups on a node of the cuts; gives the counters of those that count and were not counted before.
pub(super) fn look_up(
    lower: &mut Lower<'_>,
    trie: &mut Trie,
    node: usize,
    path: &mut Path,
    reaches: Vec<Reach>,
) -> super::Outside {
    let yes = lower.plan.dag.bool(true);
    let mut counters = super::Outside::default();
    for reach in reaches {
        // What was looked up whatever came before is looked up no more.
        if !path.insert(reach.clone()) || path.contains(&Reach { before: yes, ..reach.clone() }) && reach.before != yes
        {
            continue;
        }
        let counters = match reach.what {
            What::Table(lookup) => {
                let Expr::Lookup(table) = &lower.a.expr(lookup).expr else { continue };
                if table.outside == Outside::Fails {
                    if trie.is_new(node, &reach, None) {
                        let ok = lower.plan.dag.not(reach.outside);
                        let check = Step::Check { ok, site: lower.site(lookup), values: reach.arguments.clone() };
                        let step = lower.step(&reach, check);
                        trie.effect(node, step);
                    }
                    continue;
                }
                &mut counters.tables
            }
            What::Link(_) => &mut counters.links,
        };
        if let Some(known) = trie.counted(node, &reach) {
            counters.push(known);
            continue;
        }
        let counter = CounterId(lower.plan.counters);
        lower.plan.counters += 1;
        lower.plan.places.counters.push(lower.plan.dag.here());
        trie.is_new(node, &reach, Some(counter));
        let count = Step::Cut { keep: reach.outside, then: vec![Step::Count(counter)], otherwise: Vec::new() };
        let step = lower.step(&reach, count);
        trie.effect(node, step);
        counters.push(counter);
    }
    counters
}
