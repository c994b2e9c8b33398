//! `partition(C, SEED, ASSOCIATION)`, the form behind `megajets` and `hemispheres` of the standard library: the elements
//! of a collection divided in two, as a collection of the sums of both groups.

use super::super::{ClassBase, Collection, Compare, Expr, MadeVector, Object, Ty, error};
use super::{Checker, CollectionId, ExprId, Meaning, Scope, Var};
use crate::plan::intrinsic::Grouping;
use crate::source::Span;
use crate::syntax::ast;

impl<'a> Checker<'a> {
    /// `partition(C, SEED, ASSOCIATION)`
    pub(super) fn partition(
        &mut self,
        arguments: &'a [ast::Argument],
        span: Span,
        scope: &Scope<'a>,
    ) -> Option<Meaning> {
        let [of, seed, association] = arguments else {
            self.report(error::arity("partition", "3 arguments", arguments.len(), span));
            return None;
        };
        let (collection, class) = self.collection_expr(&of.value, scope)?;
        let name = self.analysis.collection(collection).name.clone();
        if !self.has_momentum(class) {
            let found = format!("the collection `{name}`");
            self.report(error::kind("a collection of objects with a momentum", &found, span));
            return None;
        }
        let mut numbers = [0; 2];
        for (number, argument) in numbers.iter_mut().zip([seed, association]) {
            let id = self.number_expr(&argument.value, scope)?;
            *number = self.literal_int(id).unwrap_or(-1);
        }
        let Some(how) = Grouping::new(numbers[0], numbers[1]) else {
            self.report(error::plain(
                "hemisphere_method",
                "there is no such way to form hemispheres",
                span,
                "not a seed and an association",
                "seeds: 1 momentum, 2 invariant mass, 3 transverse mass\n\
                 associations: 1 longitudinal momentum, 2 mass, 3 Lund distance\n\
                 for example: hemispheres(jets, 2, 3)",
            ));
            return None;
        };
        let var = self.var();
        let element = Meaning::Object(self.add_object(Object::Var(var)), class);
        let momenta = self.components(&element, &["px", "py", "pz", "energy"], span)?;
        let momenta: [ExprId; 4] = momenta.try_into().ok()?;
        let over = (var, collection);
        let grouping = self.add(Expr::Grouping { how, over, momenta }, Ty::Int, span);
        if !self.analysis.expr(grouping).free.is_empty() {
            self.report(error::plain(
                "partition_of_part",
                format!("`{name}` is another collection for every element of an outer one"),
                span,
                "must be a collection of the event",
                "divide a collection of the event, for example: megajets(jets)",
            ));
            return None;
        }
        let word = if how == Grouping::SmallestMasses { "megajets" } else { "hemispheres" };
        let vectors = [false, true].map(|second| self.group(grouping, second, over, momenta, span));
        let name = format!("{word}({name})");
        let made = self.add_collection(Collection::Made(vectors.to_vec()), &name);
        let class = self.add_class(&name, ClassBase::Made(vectors.to_vec()), None);
        Some(Meaning::Collection(made, self.remembered_class(made, class)))
    }

    /// The sum of one group, which is there if the group has an element.
    fn group(
        &mut self,
        grouping: ExprId,
        second: bool,
        over: (Var, CollectionId),
        momenta: [ExprId; 4],
        span: Span,
    ) -> MadeVector {
        let sum = |c: &mut Self, body, ty| c.add(Expr::GroupSum { grouping, second, over, body }, ty, span);
        let components = momenta.map(|body| sum(self, body, Ty::Real));
        let (zero, one) = (self.add(Expr::Int(0), Ty::Int, span), self.add(Expr::Int(1), Ty::Int, span));
        let count = sum(self, one, Ty::Int);
        let (divided, filled) =
            (self.compare(Compare::Le, zero, grouping, span), self.compare(Compare::Lt, zero, count, span));
        MadeVector { present: self.and(divided, filled, span), components }
    }
}
