//! Object and composite blocks, `best`, tables: each makes a collection or object from others.

use super::super::{ClassBase, Collection, Expr, Lookup, Object, Outside, Reduction, TableRow, Ty, error};
use super::{Checker, ClassId, CollectionId, Declared, Entry, ExprId, Meaning, ObjectId, Scope, Var};
use crate::source::Span;
use crate::syntax::ast;

/// A block under construction: its current element, and the scope of its next statement.
struct Building<'a> {
    name: String,
    object: ObjectId,
    class: ClassId,
    var: Var,
    scope: Scope<'a>,
    keep: Option<ExprId>,
}

impl<'a> Building<'a> {
    fn scope(&self) -> Scope<'a> {
        let block = Meaning::Object(self.object, self.class);
        self.scope.with_element(self.object, self.class).with_meaning(&self.name, block)
    }
}

/// What a block runs over.
enum Over {
    Elements(CollectionId),
    Tuples(Vec<CollectionId>, bool),
}

impl<'a> Checker<'a> {
    /// An `object` or `composite` block.
    pub(super) fn object(&mut self, block: &'a ast::Object, composite: bool, scope: &Scope<'a>) -> Option<Declared> {
        let word = if composite { "composite" } else { "object" };
        let take = match block.takes.as_slice() {
            [take] => take,
            [] => {
                self.report(error::plain(
                    "no_take",
                    format!("the {word} `{}` takes nothing", block.name.text),
                    block.name.span,
                    "has no `take` line",
                    "begin it with the collection it selects from:\n  take Jet",
                ));
                return None;
            }
            [_, second, ..] => {
                self.report(error::plain(
                    "two_takes",
                    format!("the {word} `{}` takes twice", block.name.text),
                    second.span,
                    "a second `take`",
                    "take one collection: take union(a, b)",
                ));
                return None;
            }
        };
        let name = block.name.text.clone();
        let (over, mut building) = self.begin(&name, &take.source, scope)?;
        if let Some(filter) = &take.filter {
            self.select(&mut building, filter, false);
        }
        for statement in &block.statements {
            match statement {
                ast::ObjectStatement::Select(e) => self.select(&mut building, e, false),
                ast::ObjectStatement::Reject(e) => self.select(&mut building, e, true),
                ast::ObjectStatement::Define(d) | ast::ObjectStatement::Derived(d) => {
                    self.block_define(&mut building, d)
                }
                ast::ObjectStatement::Best(b) => self.block_best(&mut building, b),
                ast::ObjectStatement::Reserved(r) => self.report(error::reserved(&r.keyword.text, r.keyword.span)),
            }
        }
        let collection = self.finish(over, &building);
        let class = self.add_class(&name, ClassBase::Of(building.class), None);
        self.analysis.blocks.push((name, collection, class));
        Some(Declared::Meaning(Meaning::Collection(collection, class)))
    }

    /// The source of a block, its element and the scope of its first statement.
    fn begin(&mut self, name: &str, source: &'a ast::Source, scope: &Scope<'a>) -> Option<(Over, Building<'a>)> {
        let var = self.var();
        let object = self.add_object(Object::Var(var));
        match source {
            ast::Source::Collection { of, alias } => {
                let (collection, class) = self.taken(of, scope)?;
                let mut scope = scope.clone();
                if let ast::ExprKind::Name(own) = &of.kind {
                    scope = scope.with(own, Entry::OwnSource(collection, class));
                }
                if let Some(alias) = alias {
                    scope = scope.with_meaning(&alias.text, Meaning::Object(object, class));
                }
                let class = self.add_class(name, ClassBase::Of(class), None);
                let building = Building { name: name.to_owned(), object, class, var, scope, keep: None };
                Some((Over::Elements(collection), building))
            }
            ast::Source::Comb { span, .. } => {
                self.report(error::untranslated(*span));
                None
            }
            ast::Source::Combination { kind, members, span } => {
                let mut collections = Vec::new();
                let mut classes = Vec::new();
                for member in members {
                    let (collection, class) = self.taken(&member.of, scope)?;
                    if let Some((first, _)) =
                        classes.iter().zip(members).find(|((n, _), _): &(&(String, ClassId), _)| *n == member.name.text)
                    {
                        let _: &(String, ClassId) = first;
                        self.report(error::plain(
                            "duplicate_name",
                            format!("two members are called `{}`", member.name.text),
                            member.name.span,
                            "again here",
                            "give each member a name of its own",
                        ));
                        return None;
                    }
                    collections.push(collection);
                    classes.push((member.name.text.clone(), class));
                }
                if collections.len() < 2 {
                    self.report(error::plain(
                        "one_member",
                        "a combination needs at least two members",
                        *span,
                        "one member",
                        "for single objects: take jets",
                    ));
                    return None;
                }
                let class = self.add_class(name, ClassBase::Tuple(classes.clone()), None);
                let mut scope = scope.clone();
                let mut first = 0;
                for (member, class) in classes {
                    let leaves = self.analysis.width(class);
                    let part = self.add_object(Object::Member { of: object, first, leaves });
                    scope = scope.with_meaning(&member, Meaning::Object(part, class));
                    first += leaves;
                }
                let disjoint = *kind == ast::Combinator::Disjoint;
                let building = Building { name: name.to_owned(), object, class, var, scope, keep: None };
                Some((Over::Tuples(collections, disjoint), building))
            }
        }
    }

    /// The collection that a block takes: one for the event, or for the object of the block around it.
    fn taken(&mut self, of: &'a ast::Expr, scope: &Scope<'a>) -> Option<(CollectionId, ClassId)> {
        let (taken, axes) = self.framed(|c| c.collection_expr(of, scope));
        let (collection, class) = taken?;
        let free = &self.analysis.collection(collection).free;
        let needed: Vec<_> = axes.into_iter().filter(|(_, _, v)| free.contains(v)).collect();
        if !needed.is_empty() {
            let parent = self.axis_name(&needed);
            self.one_for_each(collection, &parent, of.span);
            return None;
        }
        Some((collection, class))
    }

    fn finish(&mut self, over: Over, building: &Building<'a>) -> CollectionId {
        match over {
            Over::Elements(of) => match building.keep {
                None => of,
                Some(keep) => self.add_collection(Collection::Filter { of, var: building.var, keep }, &building.name),
            },
            Over::Tuples(members, disjoint) => {
                let combine = Collection::Combine { members, var: building.var, disjoint, keep: building.keep };
                self.add_collection(combine, &building.name)
            }
        }
    }

    /// `select` or `reject` in a block.
    fn select(&mut self, building: &mut Building<'a>, e: &'a ast::Expr, reject: bool) {
        let scope = building.scope();
        let (condition, axes) = self.framed(|c| c.condition(e, &scope));
        self.lost(condition.is_none(), e.span);
        let Some(mut condition) = condition else { return };
        if !axes.is_empty() {
            if self.compares_identity(condition, &axes) {
                let name = self.axis_name(&axes);
                self.report(error::plain(
                    "identity_of_many",
                    format!("is the current object one of `{name}`? `==` compares with one object"),
                    e.span,
                    format!("one value per element of `{name}`"),
                    &format!("write: this in {name}"),
                ));
                return;
            }
            // Each collection has a quantifier of its own, as narrow as it can be: an empty one must not hide another.
            for axis in &axes {
                let one = std::slice::from_ref(axis);
                condition = self.quantify(condition, one, if reject { Reduction::Any } else { Reduction::All });
            }
        }
        let node = self.analysis.expr(condition);
        if !node.free.contains(&building.var) && !matches!(node.expr, Expr::Bool(_)) {
            self.report(error::plain(
                "not_about_element",
                format!("this condition is about the event, not about one element of `{}`", building.name),
                e.span,
                "the same for every element",
                "put it in a region, or use an attribute of the element",
            ));
            return;
        }
        if reject {
            condition = self.add(Expr::NotTrue(condition), Ty::Bool, e.span);
        }
        building.keep = Some(self.and_also(building.keep, condition, e.span));
    }

    /// True if a condition compares objects through the axes.
    fn compares_identity(&self, condition: ExprId, axes: &[(CollectionId, ClassId, Var)]) -> bool {
        let over = |o: ObjectId| self.analysis.object(o).free.iter().any(|v| axes.iter().any(|(_, _, a)| a == v));
        match &self.analysis.expr(condition).expr {
            Expr::Same(a, b) => over(*a) || over(*b),
            Expr::Not(e) | Expr::NotTrue(e) => self.compares_identity(*e, axes),
            Expr::And(a, b) | Expr::Or(a, b) => self.compares_identity(*a, axes) || self.compares_identity(*b, axes),
            _ => false,
        }
    }

    /// `define` in a block: an attribute for the following lines and for users of the block.
    fn block_define(&mut self, building: &mut Building<'a>, define: &'a ast::Define) {
        if !define.parameters.is_empty() {
            self.report(error::plain(
                "function_in_block",
                "a function belongs outside of the blocks",
                define.name.span,
                "has parameters",
                "write it in the column of the block keywords",
            ));
            return;
        }
        let scope = building.scope();
        let draws = std::mem::replace(&mut self.draws, (format!("{}.{}", building.name, define.name.text), 0));
        let (meaning, axes) = self.framed(|c| c.expr(&define.value, &scope));
        self.draws = draws;
        self.lost(meaning.is_none(), define.span);
        let Some(meaning) = meaning else {
            self.wrong.insert(define.name.text.clone());
            return;
        };
        if !axes.is_empty() {
            self.wrong.insert(define.name.text.clone());
            let (name, text) = (self.axis_name(&axes), self.text(define.value.span));
            let condition = matches!(&meaning, Meaning::Scalar(e) if self.ty(*e) == Ty::Bool);
            self.report(error::unreduced(&name, &text, condition, define.value.span));
            return;
        }
        self.add_attribute(building, &define.name.text, &meaning, define.span);
    }

    fn block_best(&mut self, building: &mut Building<'a>, best: &'a ast::Best) {
        let scope = building.scope();
        if let Some((object, class)) = self.best_object(best, &scope) {
            self.add_attribute(building, &best.name.text, &Meaning::Object(object, class), best.span);
        } else {
            self.wrong.insert(best.name.text.clone());
        }
    }

    fn add_attribute(&mut self, building: &mut Building<'a>, name: &str, meaning: &Meaning, span: Span) {
        let full = format!("{}.{name}", building.name);
        if let Some(template) = self.template(&full, meaning, vec![building.var], span) {
            let block = building.name.clone();
            building.class = self.add_class(&block, ClassBase::Of(building.class), Some((name.to_owned(), template)));
        }
    }

    /// A global or regional `best`.
    pub(super) fn best(&mut self, best: &'a ast::Best, scope: &Scope<'a>) -> Option<Declared> {
        let (object, class) = self.best_object(best, scope)?;
        let template = self.template(&best.name.text, &Meaning::Object(object, class), Vec::new(), best.span)?;
        Some(Declared::Meaning(self.instantiate(&template, Vec::new())))
    }

    /// `best NAME by KEYS from SOURCE where COND`: the object.
    fn best_object(&mut self, best: &'a ast::Best, scope: &Scope<'a>) -> Option<(ObjectId, ClassId)> {
        let (over, mut building) = self.begin(&best.name.text, &best.from, scope)?;
        let errors = self.messages.len();
        if let Some(filter) = &best.filter {
            self.select(&mut building, filter, false);
        }
        if self.messages.iter().skip(errors).any(crate::error::Message::is_error) {
            return None;
        }
        let collection = self.finish(over, &building);
        let var = self.var();
        let object = self.add_object(Object::Var(var));
        // The keys are about the winner: the same names, another variable.
        let mut scope = scope.clone();
        let class = building.class;
        match &best.from {
            ast::Source::Collection { of, alias } => {
                if let ast::ExprKind::Name(own) = &of.kind {
                    scope = scope.with(own, Entry::OwnSource(collection, class));
                }
                if let Some(alias) = alias {
                    scope = scope.with_meaning(&alias.text, Meaning::Object(object, class));
                }
            }
            ast::Source::Comb { .. } => {}
            ast::Source::Combination { members, .. } => {
                let mut first = 0;
                for member in members {
                    let Some((_, of)) = self.member_class(class, &member.name.text) else { continue };
                    let leaves = self.analysis.width(of);
                    let part = self.add_object(Object::Member { of: object, first, leaves });
                    scope = scope.with_meaning(&member.name.text, Meaning::Object(part, of));
                    first += leaves;
                }
            }
        }
        let scope = scope.with_element(object, class);
        let mut keys = Vec::new();
        for key in &best.keys {
            let (id, axes) = self.framed(|c| c.real_expr(key, &scope));
            if !axes.is_empty() {
                let (name, text) = (self.axis_name(&axes), self.text(key.span));
                self.report(error::unreduced(&name, &text, false, key.span));
                return None;
            }
            keys.push(id?);
        }
        let winner = Object::Best { over: (var, collection), keep: None, keys };
        Some((self.add_object(winner), class))
    }

    fn member_class(&self, class: ClassId, name: &str) -> Option<(usize, ClassId)> {
        match &self.analysis.class(class).base {
            ClassBase::Of(of) => self.member_class(*of, name),
            ClassBase::Tuple(members) => members.iter().position(|(n, _)| n == name).map(|i| (i, members[i].1)),
            ClassBase::Source(_) | ClassBase::Union(_) | ClassBase::Made(_) => None,
        }
    }

    /// A table with the shape that a call with `arguments` arguments needs.
    pub(super) fn table(&mut self, table: &ast::Table, arguments: usize, call: Span) -> Option<Lookup> {
        if let Some(reserved) = table.reserved.first() {
            self.report(error::reserved(&reserved.keyword.text, reserved.keyword.span));
            return None;
        }
        let name = &table.name;
        let errors = table.errors.is_some_and(|(e, _)| e);
        let first = table.rows.first().map_or(0, Vec::len);
        let fixed = if errors { 3 } else { 1 };
        let declared = table.nvars.map(|n| n.value as usize);
        let axes = declared.unwrap_or(first.saturating_sub(fixed) / 2).max(1);
        if table.rows.is_empty() {
            self.report(error::plain(
                "table_shape",
                format!("the table `{}` has no rows", name.text),
                name.span,
                "empty",
                "a row is: value, lower and upper end, for example\n  0.95  20 50",
            ));
            return None;
        }
        let width = axes.saturating_mul(2).saturating_add(fixed);
        if let Some(row) = table.rows.iter().find(|r| r.len() != width) {
            let span = row.first().map_or(name.span, |n| row.last().map_or(n.span, |l| n.span.to(l.span)));
            let kind = if errors { "value, two errors" } else { "value" };
            self.report(error::plain(
                "table_shape",
                format!("a row of `{}` has {} numbers instead of {width}", name.text, row.len()),
                span,
                format!("{} numbers", row.len()),
                &format!("a row is: {kind}, then lower and upper end on each axis"),
            ));
            return None;
        }
        let ranges = table.rows.iter().flat_map(|r| r.get(fixed..).unwrap_or_default().chunks_exact(2));
        // A closed row may hold for one value only.
        let is_empty = |l: f64, h: f64| if table.closed { l > h } else { l >= h };
        if let Some([low, high]) = ranges.into_iter().find(|pair| matches!(pair, [l, h] if is_empty(l.value, h.value)))
        {
            self.report(error::plain(
                "table_shape",
                format!("a row of `{}` has an empty range", name.text),
                low.span.to(high.span),
                format!("{} is not below {}", low.value, high.value),
                "the lower end comes first",
            ));
            return None;
        }
        if arguments != axes {
            let expected = if axes == 1 { "1 argument".to_owned() } else { format!("{axes} arguments") };
            self.report(error::arity(&name.text, &expected, arguments, call).and(name.span, "the table"));
            return None;
        }
        let outside = match table.outside {
            Some((ast::Outside::Clamp, _)) => Outside::Clamps,
            Some((ast::Outside::Value(v), _)) => Outside::Gives(v.to_bits()),
            Some((ast::Outside::Error, _)) => Outside::Fails,
            None => {
                self.report(error::plain(
                    "table_outside",
                    format!("what does `{}` give outside of its rows?", name.text),
                    name.span,
                    "does not say",
                    "add a line:  outside clamp,  outside 0,  or outside error to stop the run",
                ));
                return None;
            }
        };
        let pair = |pair: &[ast::Number]| (pair[0].value.to_bits(), pair[1].value.to_bits());
        let rows = table.rows.iter().map(|r| TableRow {
            value: r[0].value.to_bits(),
            errors: table.row_errors(r).map(|(down, up)| (down.to_bits(), up.to_bits())),
            ranges: r[fixed..].chunks_exact(2).map(pair).collect(),
        });
        let (table, closed) = (name.text.clone(), table.closed);
        Some(Lookup { table, arguments: Vec::new(), rows: rows.collect(), closed, outside })
    }
}
