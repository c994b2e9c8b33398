//! Interning of HIR nodes: equal content gets the equal id; each node knows the variables it uses from outside.

use std::collections::HashMap;

use super::super::{
    Binary, Class, ClassBase, ClassId, Collection, CollectionId, CollectionNode, Column, ColumnId, Compare, Expr,
    ExprId, ExprNode, Object, ObjectId, ObjectNode, Quantity, QuantityBody, QuantityId, Source, SourceId, Template, Ty,
    Unary, Var,
};
use super::Checker;
use crate::source::Span;

/// What is already there.
#[derive(Default)]
pub struct Known {
    exprs: HashMap<(Expr, Ty), ExprId>,
    objects: HashMap<Object, ObjectId>,
    collections: HashMap<Collection, CollectionId>,
    columns: HashMap<String, ColumnId>,
    sources: HashMap<String, SourceId>,
    source_classes: HashMap<SourceId, ClassId>,
    next_var: u32,
}

fn merge(into: &mut Vec<Var>, from: &[Var]) {
    for var in from {
        if let Err(place) = into.binary_search(var) {
            into.insert(place, *var);
        }
    }
}

fn without(mut free: Vec<Var>, bound: &[Var]) -> Vec<Var> {
    free.retain(|v| !bound.contains(v));
    free
}

impl Checker<'_> {
    /// A fresh variable.
    pub fn var(&mut self) -> Var {
        self.known.next_var += 1;
        Var(self.known.next_var - 1)
    }

    /// Interns an expression.
    pub fn add(&mut self, expr: Expr, ty: Ty, span: Span) -> ExprId {
        let key = (expr, ty);
        if let Some(id) = self.known.exprs.get(&key) {
            return *id;
        }
        let free = self.free_of_expr(&key.0);
        let id = ExprId(self.analysis.exprs.len() as u32);
        self.analysis.exprs.push(ExprNode { expr: key.0.clone(), ty, free, span });
        self.known.exprs.insert(key, id);
        id
    }

    /// A real constant.
    pub fn constant(&mut self, value: f64, span: Span) -> ExprId {
        self.add(Expr::Real(value.to_bits()), Ty::Real, span)
    }

    /// Interns an object.
    pub fn add_object(&mut self, object: Object) -> ObjectId {
        if let Some(id) = self.known.objects.get(&object) {
            return *id;
        }
        let free = self.free_of_object(&object);
        let id = ObjectId(self.analysis.objects.len() as u32);
        self.analysis.objects.push(ObjectNode { object: object.clone(), free });
        self.known.objects.insert(object, id);
        id
    }

    /// Interns a collection.
    pub fn add_collection(&mut self, collection: Collection, name: &str) -> CollectionId {
        if let Some(id) = self.known.collections.get(&collection) {
            return *id;
        }
        let free = self.free_of_collection(&collection);
        let id = CollectionId(self.analysis.collections.len() as u32);
        self.analysis.collections.push(CollectionNode { collection: collection.clone(), free, name: name.to_owned() });
        self.known.collections.insert(collection, id);
        id
    }

    /// A class.
    pub fn add_class(&mut self, name: &str, base: ClassBase, define: Option<(String, Template)>) -> ClassId {
        self.analysis.classes.push(Class { name: name.to_owned(), base, define });
        ClassId(self.analysis.classes.len() as u32 - 1)
    }

    /// A quantity.
    pub fn add_quantity(&mut self, name: &str, parameters: Vec<Var>, body: QuantityBody, span: Span) -> QuantityId {
        self.analysis.quantities.push(Quantity { name: name.to_owned(), parameters, body, span });
        QuantityId(self.analysis.quantities.len() as u32 - 1)
    }

    /// A column of the input, recorded as read.
    pub fn column(
        &mut self,
        name: &str,
        element: super::ElementType,
        source: Option<SourceId>,
        span: Span,
    ) -> ColumnId {
        if let Some(id) = self.known.columns.get(name) {
            return *id;
        }
        let id = ColumnId(self.analysis.columns.len() as u32);
        self.analysis.columns.push(Column { name: name.to_owned(), element, source, span });
        self.known.columns.insert(name.to_owned(), id);
        id
    }

    /// A collection of the input with its class.
    pub fn source(&mut self, name: &str, sizes_of: &str) -> (SourceId, ClassId) {
        let id = match self.known.sources.get(name) {
            Some(id) => *id,
            None => {
                let id = SourceId(self.analysis.sources.len() as u32);
                self.analysis.sources.push(Source { name: name.to_owned(), sizes_of: sizes_of.to_owned() });
                self.known.sources.insert(name.to_owned(), id);
                id
            }
        };
        let class = match self.known.source_classes.get(&id) {
            Some(class) => *class,
            None => {
                let class = self.add_class(name, ClassBase::Source(id), None);
                self.known.source_classes.insert(id, class);
                class
            }
        };
        (id, class)
    }

    /// The type of an expression.
    pub fn ty(&self, id: ExprId) -> Ty {
        self.analysis.expr(id).ty
    }

    /// The literal integer of an expression, if it is one.
    pub fn literal_int(&self, id: ExprId) -> Option<i64> {
        match &self.analysis.expr(id).expr {
            Expr::Int(i) => Some(*i),
            _ => None,
        }
    }

    /// The literal number of an expression, if it is one.
    pub fn literal(&self, id: ExprId) -> Option<f64> {
        match &self.analysis.expr(id).expr {
            Expr::Int(i) => Some(*i as f64),
            Expr::Real(bits) => Some(f64::from_bits(*bits)),
            _ => None,
        }
    }

    /// An Int or Real as Real.
    pub fn real(&mut self, id: ExprId) -> ExprId {
        let node = self.analysis.expr(id);
        let span = node.span;
        match (&node.expr, node.ty) {
            (Expr::Int(i), _) => {
                let value = *i as f64;
                self.constant(value, span)
            }
            (_, Ty::Int) => self.add(Expr::Unary(Unary::ToReal, id), Ty::Real, span),
            _ => id,
        }
    }

    /// Arithmetic on numbers: Int with Int stays Int (but for `/`), otherwise both become Real.
    pub fn arithmetic(&mut self, op: Binary, left: ExprId, right: ExprId, span: Span) -> ExprId {
        let ints = self.ty(left) == Ty::Int && self.ty(right) == Ty::Int;
        if ints && matches!(op, Binary::Add | Binary::Sub | Binary::Mul | Binary::Bit) {
            return self.add(Expr::Binary(op, left, right), Ty::Int, span);
        }
        let (left, right) = (self.real(left), self.real(right));
        self.add(Expr::Binary(op, left, right), Ty::Real, span)
    }

    /// `-x`
    pub fn negative(&mut self, of: ExprId, span: Span) -> ExprId {
        let (expr, ty) = match &self.analysis.expr(of).expr {
            Expr::Int(i) => (Expr::Int(i.wrapping_neg()), Ty::Int),
            Expr::Real(bits) => (Expr::Real((-f64::from_bits(*bits)).to_bits()), Ty::Real),
            _ => (Expr::Unary(Unary::Neg, of), self.ty(of)),
        };
        self.add(expr, ty, span)
    }

    /// A comparison of numbers, texts or conditions of equal type (numbers are promoted).
    pub fn compare(&mut self, op: Compare, left: ExprId, right: ExprId, span: Span) -> ExprId {
        let (mut left, mut right) = (left, right);
        if self.ty(left) != self.ty(right) {
            (left, right) = (self.real(left), self.real(right));
        }
        self.add(Expr::Compare(op, left, right), Ty::Bool, span)
    }

    /// `a and b`
    pub fn and(&mut self, a: ExprId, b: ExprId, span: Span) -> ExprId {
        self.add(Expr::And(a, b), Ty::Bool, span)
    }

    /// Conjunction of an optional condition with another.
    pub fn and_also(&mut self, a: Option<ExprId>, b: ExprId, span: Span) -> ExprId {
        match a {
            Some(a) => self.and(a, b, span),
            None => b,
        }
    }

    fn free_of_expr(&self, expr: &Expr) -> Vec<Var> {
        let a = &self.analysis;
        let mut free = Vec::new();
        match expr {
            Expr::Bool(_) | Expr::Int(_) | Expr::Real(_) | Expr::Text(_) | Expr::Column(_) | Expr::Passes(_) => {}
            Expr::Attribute(_, of) | Expr::Present(of) | Expr::Entry(of) => merge(&mut free, &a.object(*of).free),
            Expr::Quantity(_, of) => of.iter().for_each(|o| merge(&mut free, &a.object(*o).free)),
            Expr::Dispatch(of, arms) => {
                merge(&mut free, &a.object(*of).free);
                arms.iter().for_each(|(_, e)| merge(&mut free, &a.expr(*e).free));
            }
            Expr::Unary(_, e) | Expr::Not(e) | Expr::NotTrue(e) | Expr::Defined(e) => {
                merge(&mut free, &a.expr(*e).free);
            }
            Expr::Binary(_, x, y) | Expr::Compare(_, x, y) | Expr::And(x, y) | Expr::Or(x, y) => {
                merge(&mut free, &a.expr(*x).free);
                merge(&mut free, &a.expr(*y).free);
            }
            Expr::Select(c, x, y) => [c, x, y].iter().for_each(|e| merge(&mut free, &a.expr(**e).free)),
            Expr::Call(_, args) => args.iter().for_each(|e| merge(&mut free, &a.expr(*e).free)),
            Expr::Reduce { over, keep, body, .. } => {
                merge(&mut free, &a.expr(*body).free);
                keep.iter().for_each(|k| merge(&mut free, &a.expr(*k).free));
                over.iter().for_each(|(_, c)| merge(&mut free, &a.collection(*c).free));
                let bound: Vec<Var> = over.iter().map(|(v, _)| *v).collect();
                free = without(free, &bound);
            }
            Expr::Grouping { over: (var, of), momenta, .. } => {
                momenta.iter().for_each(|e| merge(&mut free, &a.expr(*e).free));
                merge(&mut free, &a.collection(*of).free);
                free = without(free, &[*var]);
            }
            Expr::GroupSum { grouping, over: (var, of), body, .. } => {
                merge(&mut free, &a.expr(*grouping).free);
                merge(&mut free, &a.expr(*body).free);
                merge(&mut free, &a.collection(*of).free);
                free = without(free, &[*var]);
            }
            Expr::Component(of, values) => {
                merge(&mut free, &a.object(*of).free);
                values.iter().for_each(|e| merge(&mut free, &a.expr(*e).free));
            }
            Expr::Size(c) => merge(&mut free, &a.collection(*c).free),
            Expr::Same(x, y) => {
                merge(&mut free, &a.object(*x).free);
                merge(&mut free, &a.object(*y).free);
            }
            Expr::Contains(c, o) => {
                merge(&mut free, &a.collection(*c).free);
                merge(&mut free, &a.object(*o).free);
            }
            Expr::Draw { event, of, .. } => {
                event.iter().for_each(|e| merge(&mut free, &a.expr(*e).free));
                of.iter().for_each(|o| merge(&mut free, &a.object(*o).free));
            }
            Expr::Lookup(l) => l.arguments.iter().for_each(|e| merge(&mut free, &a.expr(*e).free)),
        }
        free
    }

    fn free_of_object(&self, object: &Object) -> Vec<Var> {
        let a = &self.analysis;
        let mut free = Vec::new();
        match object {
            Object::Var(v) => free.push(*v),
            Object::At(c, e) => {
                merge(&mut free, &a.collection(*c).free);
                merge(&mut free, &a.expr(*e).free);
            }
            Object::Best { over, keep, keys } => {
                keys.iter().chain(keep).for_each(|e| merge(&mut free, &a.expr(*e).free));
                free = without(free, &[over.0]);
                merge(&mut free, &a.collection(over.1).free);
            }
            Object::Member { of, .. } => merge(&mut free, &a.object(*of).free),
            Object::Select(c, x, y) => {
                merge(&mut free, &a.expr(*c).free);
                merge(&mut free, &a.object(*x).free);
                merge(&mut free, &a.object(*y).free);
            }
            Object::Quantity(_, of) => of.iter().for_each(|o| merge(&mut free, &a.object(*o).free)),
        }
        free
    }

    fn free_of_collection(&self, collection: &Collection) -> Vec<Var> {
        let a = &self.analysis;
        let mut free = Vec::new();
        match collection {
            Collection::Source(_) => {}
            Collection::Filter { of, var, keep: e } | Collection::Sort { of, var, key: e, .. } => {
                merge(&mut free, &a.expr(*e).free);
                free = without(free, &[*var]);
                merge(&mut free, &a.collection(*of).free);
            }
            Collection::Slice { of, from, to } => {
                merge(&mut free, &a.collection(*of).free);
                from.iter().chain(to).for_each(|e| merge(&mut free, &a.expr(*e).free));
            }
            Collection::Union(of) => of.iter().for_each(|c| merge(&mut free, &a.collection(*c).free)),
            Collection::Combine { members, var, keep, .. } => {
                keep.iter().for_each(|e| merge(&mut free, &a.expr(*e).free));
                free = without(free, &[*var]);
                members.iter().for_each(|c| merge(&mut free, &a.collection(*c).free));
            }
            Collection::Members(of) => of.iter().for_each(|o| merge(&mut free, &a.object(*o).free)),
            Collection::Linked { of, var, to } => {
                merge(&mut free, &a.object(*to).free);
                free = without(free, &[*var]);
                merge(&mut free, &a.collection(*of).free);
            }
            Collection::Reached { of, from, var, next } => {
                merge(&mut free, &a.collection(*next).free);
                free = without(free, &[*var]);
                merge(&mut free, &a.object(*from).free);
                merge(&mut free, &a.collection(*of).free);
            }
            Collection::Made(vectors) => {
                for vector in vectors {
                    merge(&mut free, &a.expr(vector.present).free);
                    vector.components.iter().for_each(|e| merge(&mut free, &a.expr(*e).free));
                }
            }
        }
        free
    }
}
