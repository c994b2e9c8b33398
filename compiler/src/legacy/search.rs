//! Searches: `chi2 ~= 0` looks for the elements with negative numbers that bring `chi2` nearest to 0, and what follows in
//! the region means them (language reference, 3.8). In 2026 it is a `best`.

use std::rc::Rc;

use super::error::Form;
use super::expr::{Place, negative};
use super::sum::side_by_side;
use super::{Slot, World, names};
use crate::source::Span;
use crate::syntax::ast::{
    Best, Binding, Combinator, CompareOp, Expr, ExprKind, Name, RegionStatement, Source, UnaryOp,
};
use crate::syntax::ast_legacy::LegacyExpr;
use crate::syntax::walk;
use crate::syntax::walk::{and, attribute, call, compare, minus, name};

/// A search as written: `VALUE ~= TARGET`, perhaps only where a condition holds.
pub(super) struct Search<'e> {
    pub(super) value: &'e Expr,
    target: &'e Expr,
    farthest: bool,
    condition: Option<&'e Expr>,
    span: Span,
}

/// The search that a `select` makes.
pub(super) fn search(e: &Expr) -> Option<Search<'_>> {
    match &e.kind {
        ExprKind::Legacy(form) => match &**form {
            LegacyExpr::Near { value, target, farthest } => {
                Some(Search { value, target, farthest: *farthest, condition: None, span: e.span })
            }
            _ => None,
        },
        ExprKind::Ternary { condition, yes, .. } => {
            search(yes).map(|found| Search { condition: Some(&**condition), span: e.span, ..found })
        }
        _ => None,
    }
}

impl World<'_> {
    /// An element to be found: `jets[-1]`, `jets_-1`.
    pub(super) fn slot(&self, e: &Expr) -> Option<Slot> {
        let (word, number) = match &e.kind {
            ExprKind::Name(word) if !self.is_users(word) => {
                let (left, number) = names::underscore(word)?;
                (left, number.filter(|n| *n < 0)?)
            }
            ExprKind::Index { of, index } => match &of.kind {
                ExprKind::Name(word) => (word.as_str(), negative(index)?),
                _ => return None,
            },
            _ => return None,
        };
        let collection = self.collection(word)?;
        Some(Slot { collection, number, nth: 0 })
    }

    /// The elements to be found in an expression and in the defines that it uses, in order.
    pub(super) fn slots(&self, e: &Expr) -> Vec<Slot> {
        let mut found = Vec::new();
        self.find_slots(e, &mut found);
        found
    }

    /// The elements to be found in a define; found once.
    pub(super) fn slots_of(&self, word: &str) -> Rc<[Slot]> {
        if let Some(known) = self.known_slots.borrow().get(word) {
            return known.clone();
        }
        let Some(define) = self.defines.get(word) else { return Rc::new([]) };
        // A circle has none of its own.
        self.known_slots.borrow_mut().insert(word.to_owned(), Rc::new([]));
        let found: Rc<[Slot]> = self.slots(&define.value).into();
        self.known_slots.borrow_mut().insert(word.to_owned(), found.clone());
        found
    }

    fn find_slots(&self, e: &Expr, found: &mut Vec<Slot>) {
        if let Some(slot) = self.slot(e) {
            return add(found, slot);
        }
        match &e.kind {
            ExprKind::Name(word) => {
                for slot in self.slots_of(word).iter() {
                    add(found, slot.clone());
                }
            }
            // A member of a candidate, `daughters(Zs[0], mu[-1])`, is none to be found.
            ExprKind::Call { function, arguments }
                if function.text.eq_ignore_ascii_case("daughters") && arguments.len() == 2 =>
            {
                if let Some(of) = arguments.first() {
                    self.find_slots(&of.value, found);
                }
            }
            _ => {
                let terms = side_by_side(e);
                let mut seen: Vec<Slot> = Vec::new();
                for term in &terms {
                    match self.slot(term) {
                        Some(slot) => {
                            let nth = seen.iter().filter(|s| **s == slot).count();
                            seen.push(slot.clone());
                            add(found, Slot { nth, ..slot });
                        }
                        None => self.find_slots(term, found),
                    }
                }
                if terms.is_empty() {
                    walk::parts(e, &mut |part| self.find_slots(part, found));
                }
            }
        }
    }

    /// `best` for a search, and the row that asks for its result; the found elements get their names in `slots`.
    pub(super) fn best_of(
        &mut self,
        search: &Search<'_>,
        free: &[Slot],
        slots: &mut Vec<(Slot, Expr)>,
        renamed: &[(String, String)],
    ) -> Vec<RegionStatement> {
        let span = search.span;
        self.saw(Form::Search, span);
        self.differs(Form::CompatSearch, span);
        let before: std::collections::BTreeSet<&str> = slots.iter().filter_map(|(_, e)| root(e)).collect();
        let number = if before.is_empty() { String::new() } else { (before.len() + 1).to_string() };
        let winner = self.free_name(&format!("found{number}"));
        let (mut members, mut inner, mut conditions) = (Vec::new(), slots.clone(), None);
        let outer = Place { slots: &slots.clone(), renamed, ..Place::default() };
        let mut fixed = Vec::new();
        self.fixed(search.value, &mut fixed, 0);
        let in_any_order = in_any_order(free);
        for (k, slot) in free.iter().enumerate() {
            let member = self.free_name(&format!("{}{}", slot.collection, k + 1));
            // Elements of one collection with one number may be swapped; those with different numbers may not.
            let earlier = free.iter().take(k).filter(|s| s.collection == slot.collection && s.number != slot.number);
            let copies = earlier.map(|s| s.number).collect::<std::collections::BTreeSet<_>>().len();
            let copies = if in_any_order { 0 } else { copies };
            let own = renamed.iter().rev().find(|(c, _)| *c == slot.collection).map(|(_, new)| new.clone());
            let of = another(name(&own.unwrap_or_else(|| slot.collection.clone()), span), copies);
            let element = name(&member, span);
            for (taken, e) in slots.iter() {
                if taken.collection == slot.collection {
                    conditions = Some(and(conditions, compare(element.clone(), CompareOp::Ne, e.clone())));
                }
            }
            for (_, index) in fixed.iter().filter(|(collection, _)| *collection == slot.collection) {
                let index = self.expr(index, &outer);
                conditions = Some(and(conditions, compare(element.clone(), CompareOp::Ne, index)));
            }
            for other in members.iter().filter(|_| in_any_order) {
                let other: &Binding = other;
                let other = name(&other.name.text, span);
                conditions = Some(and(conditions, compare(element.clone(), CompareOp::Ne, other)));
            }
            inner.push((slot.clone(), element));
            members.push(Binding { of, name: Name { text: member, span } });
        }
        let at = Place { slots: &inner, renamed, inline: true, ..Place::default() };
        let value = self.expr(search.value, &at);
        let target = self.expr(search.target, &at);
        let far = if target.kind == ExprKind::Int(0) { value } else { minus(value, target) };
        let mut key = call("abs", vec![far], span);
        if search.farthest {
            key = Expr { kind: ExprKind::Unary(UnaryOp::Neg, Box::new(key)), span };
        }
        let asked = search.condition.map(|c| self.expr(c, &outer));
        // Where the condition is false nothing is found; a `where` is about the elements, so it names one.
        if let (Some(asked), Some(member)) = (&asked, members.first()) {
            let element = call("defined", vec![name(&member.name.text, span)], span);
            conditions =
                Some(and(Some(and(Some(asked.clone()), element)), conditions.unwrap_or_else(|| name("true", span))));
        }
        let is_one = members.len() == 1;
        for (slot, binding) in free.iter().zip(&members) {
            let found = name(&winner, span);
            let found = if is_one { found } else { attribute(found, &binding.name.text, span) };
            slots.push((slot.clone(), found));
        }
        let from = match (is_one, members.pop()) {
            (true, Some(only)) => Source::Collection { of: only.of, alias: Some(only.name) },
            (_, last) => {
                members.extend(last);
                let kind = if in_any_order { Combinator::Cartesian } else { Combinator::Disjoint };
                Source::Combination { kind, members, span }
            }
        };
        let found = Name { text: winner.clone(), span };
        let best = Best { name: found, keys: vec![key], from, filter: conditions, span };
        let defined = call("defined", vec![name(&winner, span)], span);
        let row = match asked {
            None => defined,
            Some(condition) => {
                let (yes, no) = (Box::new(defined), Some(Box::new(name("true", span))));
                Expr { kind: ExprKind::Ternary { condition: Box::new(condition), yes, no }, span }
            }
        };
        vec![RegionStatement::Best(best), RegionStatement::Select(row)]
    }

    /// The elements that an expression, or a define that it uses, names by their place, and their collections: a search
    /// leaves them out.
    fn fixed(&self, e: &Expr, found: &mut Vec<(String, Expr)>, depth: usize) {
        walk::all(e, &mut |e| {
            let collection = match &e.kind {
                ExprKind::Index { of, index } => match (&of.kind, &index.kind) {
                    (ExprKind::Name(word), ExprKind::Int(_)) => self.collection(word),
                    _ => None,
                },
                ExprKind::Name(word) => match self.defines.get(word) {
                    Some(define) if depth < 64 => return self.fixed(&define.value, found, depth + 1),
                    Some(_) => None,
                    None => match names::underscore(word) {
                        Some((left, Some(0..))) if !self.is_users(word) => self.collection(left),
                        _ => None,
                    },
                },
                _ => None,
            };
            let Some(collection) = collection else { return };
            if !found.iter().any(|(_, f)| f.kind == e.kind) {
                found.push((collection, e.clone()));
            }
        });
    }
}

/// True for several elements of one collection of which no two may be swapped: all ordered tuples are tried.
fn in_any_order(free: &[Slot]) -> bool {
    let [first, rest @ ..] = free else { return false };
    let numbers: std::collections::BTreeSet<i64> = free.iter().map(|s| s.number).collect();
    !rest.is_empty() && rest.iter().all(|s| s.collection == first.collection) && numbers.len() == free.len()
}

/// The same elements as another collection, so that a combination takes two of them in any order: `jets[0:]`.
fn another(of: Expr, number: usize) -> Expr {
    (0..number).fold(of, |of, _| {
        let span = of.span;
        let from = Some(Box::new(Expr { kind: ExprKind::Int(0), span }));
        Expr { kind: ExprKind::Slice { of: Box::new(of), from, to: None }, span }
    })
}

fn root(e: &Expr) -> Option<&str> {
    match &e.kind {
        ExprKind::Name(word) => Some(word),
        ExprKind::Attribute { of, .. } => root(of),
        _ => None,
    }
}

fn add(found: &mut Vec<Slot>, slot: Slot) {
    if !found.contains(&slot) {
        found.push(slot);
    }
}
