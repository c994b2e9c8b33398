//! Warnings about the order of collections, which only the checker knows of: the leading element of a union that is in no
//! order, or of a collection whose pt was redefined. All others are in the room `lint`.

use super::super::{Binary, Collection, CollectionId, Expr, Quantity, QuantityBody, QuantityId, Template};
use super::{Checker, ClassId, ExprId};
use crate::error::Message;
use crate::source::Span;

impl Checker<'_> {
    /// An element taken by its position from a collection in no order: a union that nothing has sorted, or one whose pt
    /// was redefined since.
    pub(super) fn lint_index(&mut self, collection: CollectionId, class: ClassId, span: Span) {
        if !self.is_unsorted_union(collection) {
            return self.lint_old_order(collection, class, span);
        }
        let name = self.analysis.class(class).name.clone();
        let message = Message::warning(
            "unsorted_union",
            format!("`{name}` is a union in no order: this is not its leading element"),
            span,
            "the first of the first collection",
        );
        self.report(message.help(format!("put it in order first: sort({name}, pt, descend)")));
    }

    fn is_unsorted_union(&self, collection: CollectionId) -> bool {
        match &self.analysis.collection(collection).collection {
            Collection::Union(of) => of.len() > 1,
            Collection::Filter { of, .. } | Collection::Slice { of, .. } => self.is_unsorted_union(*of),
            Collection::Source(_)
            | Collection::Sort { .. }
            | Collection::Combine { .. }
            | Collection::Members(_)
            | Collection::Linked { .. }
            | Collection::Reached { .. }
            | Collection::Made(_) => false,
        }
    }

    /// After `define pt = ...` the elements are still in the order of the old pt.
    fn lint_old_order(&mut self, collection: CollectionId, class: ClassId, span: Span) {
        let Some(Template::Scalar(new)) = self.defined_in(class, "pt") else { return };
        let Some(quantity) = self.analysis.quantities.get(new.0 as usize) else { return };
        if self.keeps_order(quantity) || !self.is_in_old_order(collection, new) {
            return;
        }
        let redefined = quantity.span;
        let name = self.analysis.class(class).name.clone();
        let title = format!("`{name}` is in the order of the pt before it was redefined");
        let message = Message::warning("order_lost", title, span, "its first element need not be the leading one");
        let help = format!("put it in order again: sort({name}, pt, descend)");
        self.report(message.and(redefined, "redefined here").help(help));
    }

    /// True for a new pt that is the old one times a positive constant.
    fn keeps_order(&self, pt: &Quantity) -> bool {
        let QuantityBody::Scalar(body) = pt.body else { return false };
        let Expr::Binary(Binary::Mul | Binary::Div, a, b) = self.analysis.expr(body).expr else { return false };
        let is_pt = |e: ExprId| matches!(self.analysis.expr(e).expr, Expr::Attribute(..)) && self.is_pt(e);
        let scales = |e: ExprId| self.literal(e).is_some_and(|x| x > 0.0);
        is_pt(a) && scales(b) || is_pt(b) && scales(a)
    }

    /// True for the pt of an object: a column of that name, or what a block made of it.
    fn is_pt(&self, id: ExprId) -> bool {
        let is = |name: &str| name == "pt" || name.ends_with("_pt") || name.ends_with(".pt");
        match &self.analysis.expr(id).expr {
            Expr::Attribute(c, _) => self.analysis.columns.get(c.0 as usize).is_some_and(|c| is(&c.name)),
            Expr::Quantity(q, _) => self.analysis.quantities.get(q.0 as usize).is_some_and(|q| is(&q.name)),
            _ => false,
        }
    }

    /// True if a collection is in the order of a pt that is not this one. Another order is meant.
    fn is_in_old_order(&self, collection: CollectionId, pt: QuantityId) -> bool {
        match &self.analysis.collection(collection).collection {
            Collection::Source(_) => true,
            Collection::Filter { of, .. } | Collection::Slice { of, .. } => self.is_in_old_order(*of, pt),
            Collection::Sort { key, .. } => {
                let is_new = matches!(&self.analysis.expr(*key).expr, Expr::Quantity(q, _) if *q == pt);
                !is_new && self.is_pt(*key)
            }
            Collection::Union(_)
            | Collection::Combine { .. }
            | Collection::Members(_)
            | Collection::Linked { .. }
            | Collection::Reached { .. }
            | Collection::Made(_) => false,
        }
    }
}
