//! Needs: which elements of collections must exist for a number to have a value. `pt(jets[1]) > 30` holds only in events
//! with two jets.

use super::condition::Space;
use crate::hir::{Collection, CollectionId, Expr, ExprId, Object, ObjectId, QuantityBody};
use crate::plan::Intrinsic;

/// Expressions are followed this deep.
const DEPTH: u32 = 24;

impl Space<'_> {
    /// The elements that a number needs: collection and position.
    pub(super) fn needs(&self, id: ExprId) -> Vec<(CollectionId, i64)> {
        let mut objects = Vec::new();
        self.objects_of(id, DEPTH, &mut objects);
        let mut needs = Vec::new();
        for object in objects {
            self.elements_of(object, DEPTH, &mut needs);
        }
        needs
    }

    /// The elements that an object needs to exist.
    pub(super) fn elements(&self, object: ObjectId) -> Vec<(CollectionId, i64)> {
        let mut needs = Vec::new();
        self.elements_of(object, DEPTH, &mut needs);
        needs
    }

    /// The objects without which an expression has no value.
    fn objects_of(&self, id: ExprId, depth: u32, found: &mut Vec<ObjectId>) {
        let Some(depth) = depth.checked_sub(1) else { return };
        let follow = |e: &ExprId, found: &mut Vec<ObjectId>| self.objects_of(*e, depth, found);
        match &self.analysis.expr(id).expr {
            Expr::Attribute(_, of) | Expr::Dispatch(of, _) if !found.contains(of) => found.push(*of),
            Expr::Quantity(q, arguments) => {
                let Some(quantity) = self.analysis.quantities.get(q.0 as usize) else { return };
                let QuantityBody::Scalar(body) = quantity.body else { return };
                let mut inside = Vec::new();
                self.objects_of(body, depth, &mut inside);
                for object in inside {
                    let parameter = match self.analysis.object(object).object {
                        Object::Var(v) => quantity.parameters.iter().position(|p| *p == v),
                        _ => None,
                    };
                    let given = match parameter {
                        Some(place) => arguments.get(place).copied(),
                        None => self.analysis.object(object).free.is_empty().then_some(object),
                    };
                    found.extend(given.filter(|o| !found.contains(o)));
                }
            }
            Expr::Unary(_, x) => follow(x, found),
            // The minimum of a number and a missing one is left open here.
            Expr::Binary(op, x, y) if !matches!(op, crate::hir::Binary::Min | crate::hir::Binary::Max) => {
                follow(x, found);
                follow(y, found);
            }
            Expr::Compare(_, x, y) => {
                follow(x, found);
                follow(y, found);
            }
            // pow(x, 0) and hypot(x, inf) have values without x.
            Expr::Call(f, arguments) if !matches!(f, Intrinsic::Pow | Intrinsic::Hypot | Intrinsic::Atan2) => {
                arguments.iter().for_each(|x| follow(x, found));
            }
            _ => {}
        }
    }

    fn elements_of(&self, object: ObjectId, depth: u32, needs: &mut Vec<(CollectionId, i64)>) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match &self.analysis.object(object).object {
            Object::At(collection, index) => {
                if let Expr::Int(i) = self.analysis.expr(*index).expr
                    && self.analysis.collection(*collection).free.is_empty()
                {
                    needs.push((*collection, i));
                }
            }
            Object::Best { over, .. } if self.analysis.collection(over.1).free.is_empty() => needs.push((over.1, 0)),
            Object::Member { of, .. } => self.elements_of(*of, depth, needs),
            Object::Quantity(q, arguments) if arguments.is_empty() => {
                if let Some(QuantityBody::Object(body)) = self.analysis.quantities.get(q.0 as usize).map(|q| q.body) {
                    self.elements_of(body, depth, needs);
                }
            }
            Object::Best { .. } | Object::Var(_) | Object::Select(..) | Object::Quantity(..) => {}
        }
    }

    /// The collection whose number of elements a collection has.
    pub(super) fn sized_as(&self, collection: CollectionId) -> CollectionId {
        match &self.analysis.collection(collection).collection {
            Collection::Sort { of, .. } => self.sized_as(*of),
            _ => collection,
        }
    }

    /// Collections that must have elements if this one has `count`, and how many.
    pub(super) fn larger(&self, collection: CollectionId, count: f64) -> Vec<(CollectionId, f64)> {
        let literal = |e: &Option<ExprId>| match e.map(|e| &self.analysis.expr(e).expr) {
            None => Some(0.0),
            Some(Expr::Int(i)) => Some(*i as f64),
            Some(_) => None,
        };
        match &self.analysis.collection(collection).collection {
            Collection::Filter { of, .. } | Collection::Sort { of, .. } => vec![(*of, count)],
            Collection::Slice { of, from, .. } => {
                let skipped = literal(from).unwrap_or(0.0);
                vec![(*of, if count > 0.0 { count + skipped } else { 0.0 })]
            }
            Collection::Combine { members, disjoint, .. } if count > 0.0 => {
                let same = |c: &CollectionId| members.iter().filter(|m| *m == c).count() as f64;
                members.iter().map(|c| (*c, if *disjoint { same(c) } else { 1.0 })).collect()
            }
            Collection::Combine { .. }
            | Collection::Source(_)
            | Collection::Union(_)
            | Collection::Members(_)
            | Collection::Linked { .. }
            | Collection::Reached { .. }
            | Collection::Made(_) => Vec::new(),
        }
    }

    /// Collections that have at most as many elements as this one.
    pub(super) fn smaller(&self, collection: CollectionId) -> Vec<CollectionId> {
        match &self.analysis.collection(collection).collection {
            Collection::Union(of) => of.clone(),
            _ => Vec::new(),
        }
    }
}
