//! Object blocks, tables and histograms of the legacy edition in 2026.

use super::error::Form;
use super::expr::Place;
use super::{Slot, World, names, taken};
use crate::source::Span;
use crate::syntax::ast::{
    Argument, Binding, Block, Combinator, Define, Expr, ExprKind, Histogram, Name, Object, ObjectStatement, Outside,
    Source, Table, Take,
};
use crate::syntax::walk;
use crate::syntax::walk::{call, name};

impl<'a> World<'a> {
    /// Gives the members of a `comb` block their names.
    pub(super) fn name_members(&mut self, block: &'a Block) {
        let (Block::Object(o) | Block::Composite(o)) = block else { return };
        for take in &o.takes {
            let Source::Comb { members, .. } = &take.source else { continue };
            let mut named: Vec<(Slot, String)> = Vec::new();
            for member in members {
                let Some(mut slot) = self.slot(member) else { continue };
                let same = |s: &Slot| s.collection == slot.collection && s.number == slot.number;
                slot.nth = named.iter().filter(|(s, _)| same(s)).count();
                let name = self.free_name(&format!("{}{}", slot.collection, named.len() + 1));
                named.push((slot, name));
            }
            self.members.insert(o.name.text.clone(), named);
        }
    }

    /// A name that the text does not define.
    pub(super) fn free_name(&self, wish: &str) -> String {
        let mut name = wish.to_owned();
        while self.is_users(&name) || self.is_attribute(&name) {
            name.push('_');
        }
        name
    }

    /// An object block; none is left of one that only gives the missing momentum its own name.
    pub(super) fn object(&mut self, o: &'a Object, is_composite: bool) -> Option<Block> {
        if self.vectors.contains(&o.name.text) {
            return self.vector(o);
        }
        let own = self.own_names(o);
        let mut slots = Vec::new();
        if let Some(members) = self.members.get(&o.name.text) {
            slots.extend(members.iter().map(|(slot, m)| (slot.clone(), name(m, o.span))));
        }
        let names: Vec<Name> = o.takes.iter().flat_map(|t| bindings(&t.source)).collect();
        let at = Place { own: &own, in_block: true, slots: &slots, parameters: &names, ..Place::default() };
        let mut statements = Vec::new();
        let mut takes = Vec::new();
        for take in &o.takes {
            let source = match &take.source {
                Source::Comb { span, .. } => self.combination(&o.name.text, *span),
                source => self.source(source, &Place::default()),
            };
            let filter = take.filter.as_ref().map(|f| self.expr(f, &at));
            takes.push(Take { source, filter, span: take.span });
        }
        for statement in &o.statements {
            statements.extend(self.object_statement(statement, &at, &mut takes));
        }
        let takes = self.one_take(takes);
        let is_composite = is_composite || takes.iter().any(|t| matches!(t.source, Source::Combination { .. }));
        let object = Object { takes, statements, ..o.clone() };
        Some(if is_composite { Block::Composite(object) } else { Block::Object(object) })
    }

    /// `object met take MissingET` is `define met = MissingET`; under the name it has anyway it is nothing.
    fn vector(&mut self, o: &Object) -> Option<Block> {
        if let Some((of, negative)) = summed(o) {
            self.saw(Form::VectorObject, o.span);
            let of = self.expr(&of, &Place::default());
            let total = call("sum", vec![of], o.span);
            let kind = ExprKind::Unary(crate::syntax::ast::UnaryOp::Neg, Box::new(total.clone()));
            let value = if negative { Expr { kind, span: o.span } } else { total };
            return Some(Block::Define(Define { name: o.name.clone(), parameters: Vec::new(), value, span: o.span }));
        }
        let of = o.takes.iter().find_map(|t| match &t.source {
            Source::Collection { of, .. } => taken(of).into_iter().next(),
            _ => None,
        })?;
        if o.name.text == of || self.binding.transverse.contains(&o.name.text) {
            return None;
        }
        if self.binding.aliases.contains_key(&o.name.text) {
            return None;
        }
        self.saw(Form::VectorObject, o.span);
        let value = name(&self.input_name(&of).unwrap_or(of), o.span);
        Some(Block::Define(Define { name: o.name.clone(), parameters: Vec::new(), value, span: o.span }))
    }

    /// The names that stand for the current element in a block: its own, its alias, its source's, and so on upwards.
    fn own_names(&self, o: &Object) -> Vec<String> {
        let mut own = vec![o.name.text.clone()];
        for take in &o.takes {
            match &take.source {
                Source::Collection { alias, .. } | Source::Comb { alias, .. } => {
                    own.extend(alias.iter().map(|a| a.text.clone()));
                }
                Source::Combination { .. } => {}
            }
        }
        let mut at = 0;
        let mut blocks = vec![o.name.text.clone()];
        while let Some(block) = blocks.get(at).cloned() {
            for source in self.objects.get(&block).into_iter().flatten() {
                if !blocks.contains(source) {
                    blocks.push(source.clone());
                }
            }
            at += 1;
        }
        own.extend(blocks.into_iter().skip(1));
        // All spellings of a collection of the input: `JET`, `Jet`.
        let targets: Vec<String> = own.iter().filter_map(|w| self.collection(w)).collect();
        for (alias, target) in &self.binding.aliases {
            if targets.contains(target) && !self.is_users(alias) {
                own.push(alias.clone());
            }
        }
        own.extend(targets);
        own.dedup();
        own
    }

    /// True if the arguments mention a collection that is not the block's own.
    pub(super) fn mentions_others(&self, arguments: &[Argument], at: &Place<'_>) -> bool {
        let mut found = false;
        for argument in arguments {
            walk::all(&argument.value, &mut |e| match &e.kind {
                ExprKind::Name(word) if !self.is_own(word, at.own) => {
                    let left = names::underscore(word).map_or(word.as_str(), |(left, _)| left);
                    found |= self.collection(word).is_some() || self.collection(left).is_some();
                    found |= word.eq_ignore_ascii_case("constituents") || word.eq_ignore_ascii_case("daughters");
                }
                _ => {}
            });
        }
        found
    }

    /// The combination of a `comb` block.
    fn combination(&mut self, block: &str, span: Span) -> Source {
        let named = self.members.get(block).cloned().unwrap_or_default();
        let members = named.iter().map(|(slot, member)| Binding {
            of: name(&slot.collection, span),
            name: Name { text: member.clone(), span },
        });
        self.saw(Form::Comb, span);
        Source::Combination { kind: Combinator::Disjoint, members: members.collect(), span }
    }

    /// Several takes are one collection in order of decreasing pt, as adl2tnm has it.
    fn one_take(&mut self, takes: Vec<Take>) -> Vec<Take> {
        if takes.len() < 2 {
            return takes;
        }
        let (Some(first), Some(last)) = (takes.first(), takes.last()) else { return takes };
        let span = first.span.to(last.span);
        let mut collections = Vec::new();
        for take in &takes {
            let Source::Collection { of, alias: None } = &take.source else { return takes };
            collections.push(of.clone());
        }
        self.saw(Form::ManyTakes, span);
        let union = call("union", collections, span);
        let of = call("sort", vec![union, name("pt", span), name("descend", span)], span);
        vec![Take { source: Source::Collection { of, alias: None }, filter: None, span }]
    }

    fn object_statement(
        &mut self,
        statement: &'a ObjectStatement,
        at: &Place<'_>,
        takes: &mut [Take],
    ) -> Option<ObjectStatement> {
        Some(match statement {
            ObjectStatement::Select(e) => {
                if let Some(source) = self.made_collection(e, at) {
                    if let Some(take) = takes.first_mut() {
                        take.source = Source::Collection { of: source, alias: None };
                    }
                    return None;
                }
                if let Some(scaled) = self.scaled(e, at) {
                    return Some(scaled);
                }
                ObjectStatement::Select(self.expr(e, at))
            }
            ObjectStatement::Reject(e) => ObjectStatement::Reject(self.rejected(e, at)),
            ObjectStatement::Define(d) => {
                ObjectStatement::Define(Define { value: self.expr(&d.value, at), ..d.clone() })
            }
            ObjectStatement::Best(b) => ObjectStatement::Best(self.best(b, at)),
            ObjectStatement::Derived(d) => {
                ObjectStatement::Derived(Define { value: self.expr(&d.value, at), ..d.clone() })
            }
            ObjectStatement::Reserved(line) => {
                self.saw(Form::Setting, line.span);
                return None;
            }
        })
    }

    /// The condition of a `reject`; where an `else` is missing, the row passes.
    pub(super) fn rejected(&mut self, e: &Expr, at: &Place<'_>) -> Expr {
        let mut e = e.clone();
        if let ExprKind::Ternary { no: no @ None, .. } = &mut e.kind {
            self.saw(Form::NoElse, e.span);
            *no = Some(Box::new(name("false", Span { start: e.span.end, ..e.span })));
        }
        self.expr(&e, at)
    }

    /// `select fmegajets(jets) == 2`: the block is the two megajets.
    fn made_collection(&mut self, e: &Expr, at: &Place<'_>) -> Option<Expr> {
        let ExprKind::Compare { first, rest } = &e.kind else { return None };
        let ExprKind::Call { function, .. } = &first.kind else { return None };
        let makes = ["fmegajets", "fhemisphere"].iter().any(|w| w.eq_ignore_ascii_case(&function.text));
        if !makes || rest.len() != 1 {
            return None;
        }
        self.saw(Form::MadeCollection, e.span);
        Some(self.expr(first, &Place { whole: true, ..at.clone() }))
    }

    /// `select c ? applyPTF(t(...)) : ALL`: a factor on pt.
    fn scaled(&mut self, e: &Expr, at: &Place<'_>) -> Option<ObjectStatement> {
        let (condition, action) = match &e.kind {
            ExprKind::Ternary { condition, yes, .. } => (Some(&**condition), &**yes),
            _ => (None, e),
        };
        let ExprKind::Call { function, arguments } = &action.kind else { return None };
        let [factor] = arguments.as_slice() else { return None };
        if !["applyptf", "scalept"].contains(&function.text.to_ascii_lowercase().as_str()) {
            return None;
        }
        self.saw(Form::ScaledPt, e.span);
        let span = e.span;
        let pt = name("pt", span);
        let scaled = ExprKind::Binary(
            crate::syntax::ast::BinaryOp::Mul,
            Box::new(pt.clone()),
            Box::new(self.expr(&factor.value, at)),
        );
        let scaled = Expr { kind: scaled, span };
        let value = match condition {
            None => scaled,
            Some(condition) => {
                let condition = Box::new(self.expr(condition, at));
                let kind = ExprKind::Ternary { condition, yes: Box::new(scaled), no: Some(Box::new(pt)) };
                Expr { kind, span }
            }
        };
        let name = Name { text: "pt".to_owned(), span };
        Some(ObjectStatement::Define(Define { name, parameters: Vec::new(), value, span }))
    }

    /// A histogram: its name without hyphens, its values in 2026.
    pub(super) fn histogram(&mut self, h: &Histogram, at: &Place<'_>) -> Histogram {
        Histogram {
            name: plain(&h.name),
            axes: h.axes.iter().map(|a| self.kept_axis(a)).collect(),
            values: h.values.iter().map(|e| self.expr(e, at)).collect(),
            weighted: h.weighted.as_ref().map(|e| self.expr(e, at)),
            filter: h.filter.as_ref().map(|e| self.expr(e, at)),
            ..h.clone()
        }
    }

    /// Rows of a legacy table are closed; outside of them it gives 0.
    pub(super) fn table(&mut self, t: &Table) -> Table {
        let at = t.rows.first().and_then(|r| r.first()).map_or(t.span, |n| n.span);
        let outside = t.outside.or_else(|| {
            self.saw(Form::TableOutside, t.span);
            Some((Outside::Value(0.0), at))
        });
        if !self.copy_parents && !t.rows.is_empty() {
            self.messages.push(super::error::half_open(&t.name));
        }
        let rows = t.rows.iter().map(|row| self.kept_all(row)).collect();
        Table { outside, closed: true, rows, ..t.clone() }
    }
}

/// `object MHT take jets select sum(-jets) > 0`: the block is the sum of its source, here with the other sign.
pub(super) fn summed(o: &Object) -> Option<(Expr, bool)> {
    let [Take { source: Source::Collection { of, .. }, .. }] = o.takes.as_slice() else { return None };
    let [ObjectStatement::Select(Expr { kind: ExprKind::Compare { first, .. }, .. })] = o.statements.as_slice() else {
        return None;
    };
    let ExprKind::Call { function, arguments } = &first.kind else { return None };
    let [only] = arguments.as_slice() else { return None };
    let (inner, negative) = match &only.value.kind {
        ExprKind::Unary(crate::syntax::ast::UnaryOp::Neg, inner) => (&**inner, true),
        _ => (&only.value, false),
    };
    let ExprKind::Name(word) = &inner.kind else { return None };
    let is_sum = ["sum", "add"].iter().any(|w| w.eq_ignore_ascii_case(&function.text));
    let own = *word == o.name.text || taken(of).contains(word);
    (is_sum && own).then(|| (of.clone(), negative))
}

/// The names that a source gives to its elements.
pub(super) fn bindings(source: &Source) -> Vec<Name> {
    match source {
        Source::Combination { members, .. } => members.iter().map(|m| m.name.clone()).collect(),
        Source::Collection { .. } | Source::Comb { .. } => Vec::new(),
    }
}

/// A name without hyphens.
pub(super) fn plain(name: &Name) -> Name {
    Name { text: name.text.replace('-', "_"), span: name.span }
}
