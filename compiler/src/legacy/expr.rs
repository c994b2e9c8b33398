//! Expressions of the legacy edition in 2026: spellings, indices, slices, sums side by side, conditions as numbers.

use super::error::{self, Form};
use super::sum::{free, terms};
use super::{Slot, World, names};
use crate::source::Span;
use crate::syntax::ast::{Argument, Best, BinaryOp, CompareOp, Expr, ExprKind, Name, Source, UnaryOp};
use crate::syntax::ast_legacy::{BitOp, LegacyExpr};
use crate::syntax::walk::{self, attribute, call, compare, name, not, plus, with_parts};

/// Where an expression stands.
#[derive(Clone, Default)]
pub(super) struct Place<'p> {
    /// Names that stand for the current element: of the block, its source, its source's source.
    pub(super) own: &'p [String],
    /// Inside an object or composite block, attributes can be named alone.
    pub(super) in_block: bool,
    /// Inside a reducer over the block's own collection, whose name there is the whole collection.
    pub(super) whole: bool,
    /// What the elements to be found are called here.
    pub(super) slots: &'p [(Slot, Expr)],
    /// Collections that have another name here: after a `sort` in a region.
    pub(super) renamed: &'p [(String, String)],
    /// Defines over elements to be found are written out.
    pub(super) inline: bool,
    /// Names of a function's parameters, and local names.
    pub(super) parameters: &'p [Name],
    /// In a histoList, whose names may be given in the regions that use it.
    pub(super) is_listed: bool,
}

impl World<'_> {
    /// The expression in edition 2026.
    pub(super) fn expr(&mut self, e: &Expr, at: &Place<'_>) -> Expr {
        let span = e.span;
        match &e.kind {
            ExprKind::Name(word) => self.name(word, span, at),
            ExprKind::Call { function, arguments } => self.call(function, arguments, span, at),
            ExprKind::Attribute { of, name: word } => self.attribute_of(of, word, span, at),
            ExprKind::Index { of, index } => self.index(of, index, span, at),
            ExprKind::Slice { of, from, to } => self.slice(of, from.as_deref(), to.as_deref(), span, at),
            ExprKind::Unary(UnaryOp::Neg, of) => {
                let inner = self.negated(of, at);
                Expr { kind: ExprKind::Unary(UnaryOp::Neg, Box::new(inner)), span }
            }
            ExprKind::Binary(BinaryOp::Add, ..) => self.sum(&terms(e), span, at),
            ExprKind::Compare { first, rest } => {
                if rest.len() == 1
                    && let Some(all) = marker(e)
                {
                    let plain = with_parts(e, &mut unmarked);
                    return call(if all { "all" } else { "any" }, vec![self.expr(&plain, at)], span);
                }
                let first = self.counted(first, at);
                let rest: Vec<_> = rest.iter().map(|(op, e)| (*op, self.counted(e, at))).collect();
                self.comparison(first, rest, span, at)
            }
            ExprKind::Ternary { condition, yes, no } => {
                let no = match no {
                    Some(no) => self.expr(no, at),
                    None => {
                        self.saw(Form::NoElse, span);
                        name("true", Span { start: span.end, ..span })
                    }
                };
                let kind = ExprKind::Ternary {
                    condition: Box::new(self.expr(condition, at)),
                    yes: Box::new(self.expr(yes, at)),
                    no: Some(Box::new(no)),
                };
                Expr { kind, span }
            }
            ExprKind::Legacy(form) => self.form(form, span, at),
            _ => with_parts(e, &mut |part| self.expr(part, at)),
        }
    }

    /// A side of a comparison: `daughters(GEN) > 1` is about their number.
    fn counted(&mut self, e: &Expr, at: &Place<'_>) -> Expr {
        let new = self.expr(e, at);
        let is_list = matches!(&e.kind, ExprKind::Call { function, arguments }
            if arguments.len() == 1 && is_list(&function.text) && !self.is_users(&function.text));
        if is_list { call("size", vec![new], e.span) } else { new }
    }

    /// What `-` stands before: the missing momentum as a vector, a collection as its sum.
    fn negated(&mut self, of: &Expr, at: &Place<'_>) -> Expr {
        let word = match &of.kind {
            ExprKind::Name(word) => Some(names::underscore(word).map_or(word.as_str(), |(left, _)| left)),
            ExprKind::Index { of, .. } => match &of.kind {
                ExprKind::Name(word) if self.is_vector(word) => Some(word.as_str()),
                _ => None,
            },
            _ => None,
        };
        let whole = |w: &str| matches!(&of.kind, ExprKind::Name(word) if word == w || *word == format!("{w}_"));
        match word {
            Some(word) if self.is_vector(word) && !self.totals.contains(word) => {
                let vector = self.expr(of, at);
                call("transverse", vec![vector], of.span)
            }
            Some(word) if whole(word) && self.collection(word).is_some() && !at.own.iter().any(|o| o == word) => {
                let all = self.expr(of, at);
                call("sum", vec![all], of.span)
            }
            _ => self.expr(of, at),
        }
    }

    fn form(&mut self, form: &LegacyExpr, span: Span, at: &Place<'_>) -> Expr {
        match form {
            LegacyExpr::Side(items) => {
                if let [of, Expr { kind: ExprKind::Name(word), .. }] = items.as_slice()
                    && is_list(word)
                {
                    let of = self.expr(of, at);
                    return attribute(of, &word.to_ascii_lowercase(), span);
                }
                self.saw(Form::Side, span);
                self.sum(&items.iter().collect::<Vec<_>>(), span, at)
            }
            LegacyExpr::Braces(items, Some(function)) => {
                self.saw(Form::Braces, span);
                let arguments: Vec<Argument> =
                    items.iter().map(|e| Argument { name: None, value: e.clone(), filter: None }).collect();
                self.call(function, &arguments, span, at)
            }
            LegacyExpr::Braces(_, None) => {
                self.messages.push(error::value_list(span));
                name("true", span)
            }
            LegacyExpr::Bars(of) => {
                self.saw(Form::Bars, span);
                call("abs", vec![self.expr(of, at)], span)
            }
            // Without anything to find it is a test; see `search` for the others.
            LegacyExpr::Near { value, target, .. } => {
                compare(self.expr(value, at), CompareOp::Eq, self.expr(target, at))
            }
            LegacyExpr::Bits(op, a, b) => {
                let function = match op {
                    BitOp::And => "bitAnd",
                    BitOp::Or => "bitOr",
                    BitOp::Left => "shiftLeft",
                    BitOp::Right => "shiftRight",
                };
                call(function, vec![self.expr(a, at), self.expr(b, at)], span)
            }
            LegacyExpr::Action(_) => {
                self.saw(Form::Action, span);
                name("true", span)
            }
        }
    }

    fn name(&mut self, word: &str, span: Span, at: &Place<'_>) -> Expr {
        if at.parameters.iter().any(|p| p.text == word) {
            return name(word, span);
        }
        if self.is_own(word, at.own) {
            if at.whole {
                return name(&self.spelling(word), span);
            }
            self.note_ancestor(word, span, at);
            return name("this", span);
        }
        if let Some(define) = self.defines.get(word).copied() {
            let free = self.slots_of(word);
            if at.inline && !free.is_empty() {
                return self.expr(&define.value, at);
            }
            let unknown = free.iter().find(|slot| !at.slots.iter().any(|(known, _)| known == *slot));
            if let Some(slot) = unknown.filter(|_| !at.is_listed) {
                self.messages.push(error::free_index(&slot.collection, slot.number, span));
            }
            return name(word, span);
        }
        if let Some(collection) = self.collection(word) {
            if let Some((_, new)) = at.renamed.iter().rev().find(|(old, _)| *old == collection) {
                return name(new, span);
            }
            return name(&self.spelling(word), span);
        }
        if self.is_users(word) {
            return name(word, span);
        }
        if self.is_vector(word) {
            return name(&self.spelling(word), span);
        }
        if let Some(constant) = names::constant(word) {
            return name(constant, span);
        }
        if let Some((left, number)) = names::underscore(word)
            && (self.collection(left).is_some() || self.is_vector(left))
            && !self.binding.event.contains_key(word)
        {
            self.saw(Form::Underscore, span);
            let of = Expr { kind: ExprKind::Name(left.to_owned()), span };
            return match number {
                None => self.expr(&of, at),
                Some(n) => self.index(&of, &integer(n, span), span, at),
            };
        }
        if at.in_block && self.is_attribute(word) {
            return name(&self.attribute(word), span);
        }
        match names::event_word(word) {
            Some(canonical) if !self.binding.event.contains_key(word) => name(canonical, span),
            _ => name(word, span),
        }
    }

    /// Says so if the current element goes by the name of a collection that its source was made from.
    fn note_ancestor(&mut self, word: &str, span: Span, at: &Place<'_>) {
        let Some(block) = at.own.first() else { return };
        let collection = self.collection(word);
        let takes = self.objects.get(block).into_iter().flatten();
        let is_source = takes.map(|w| self.collection(w)).any(|c| c == collection);
        if collection.is_some_and(|c| c != *block) && !is_source {
            self.saw(Form::Ancestor, span);
        }
    }

    fn call(&mut self, function: &Name, arguments: &[Argument], span: Span, at: &Place<'_>) -> Expr {
        let word = function.text.as_str();
        if let Some(special) = self.special(word, arguments, span, at) {
            return special;
        }
        let is_users = self.is_users(word);
        let new = if is_users {
            word.to_owned()
        } else if self.attributes.contains_key(word) && !names::is_of_collections(word) {
            self.attribute(word)
        } else {
            names::function(word).map_or_else(|| self.attribute(word), str::to_owned)
        };
        if !is_users && names::is_older(word) {
            self.saw(Form::Spelling, function.span);
        }
        // The charge of a sum is the sum of the charges.
        if let ([Argument { name: None, value, filter: None }], "charge" | "pdgId" | "pdgID" | "pdgid") =
            (arguments, new.as_str())
            && !is_users
        {
            let own = matches!(&value.kind, ExprKind::Name(word) if at.own.iter().any(|o| o == word));
            let members = if own && at.in_block && !at.slots.is_empty() {
                at.slots.iter().map(|(slot, _)| free(slot, value.span)).collect()
            } else {
                self.members_of_sum(value, 0)
            };
            if members.len() > 1 {
                let each =
                    members.into_iter().map(|m| rename_call(&function.text, vec![argument(m)], function.span, span));
                let each: Vec<Expr> = each.collect();
                return self.sum_of_calls(&each, span, at);
            }
        }
        // `pT(Jet)` in the block that takes `Jet` is its attribute.
        if let [Argument { name: None, value: Expr { kind: ExprKind::Name(own), .. }, filter: None }] = arguments
            && at.in_block
            && !at.whole
            && at.own.iter().any(|o| o == own)
            && (self.attributes.contains_key(&new) || ["pt", "eta", "phi", "mass"].contains(&new.as_str()))
            && !self.is_users(&new)
        {
            self.note_ancestor(own, arguments.first().map_or(span, |a| a.value.span), at);
            return name(&new, span);
        }
        // Inside a reducer that mentions nothing else, the block's own collection is meant as a whole.
        let reduces = names::is_of_collections(&new) && !is_users;
        let whole = at.whole || reduces && at.in_block && !self.mentions_others(arguments, at);
        let inner = Place { whole, ..at.clone() };
        let arguments: Vec<Argument> = arguments
            .iter()
            .map(|a| Argument {
                name: a.name.clone(),
                value: self.expr(&a.value, &inner),
                filter: a.filter.as_ref().map(|f| self.expr(f, &inner)),
            })
            .collect();
        if let ("hstep", [only]) = (new.as_str(), arguments.as_slice())
            && self.is_condition(&only.value, at)
        {
            let (yes, no) = (Box::new(integer(1, span)), Some(Box::new(integer(0, span))));
            return Expr { kind: ExprKind::Ternary { condition: Box::new(only.value.clone()), yes, no }, span };
        }
        if let ("sum", [only]) = (new.as_str(), arguments.as_slice())
            && self.is_condition(&only.value, at)
        {
            return rename_call("count", arguments, function.span, span);
        }
        rename_call(&new, arguments, function.span, span)
    }

    /// Calls that are something else in 2026.
    fn special(&mut self, word: &str, arguments: &[Argument], span: Span, at: &Place<'_>) -> Option<Expr> {
        if self.is_users(word) {
            return None;
        }
        let first = arguments.first().map(|a| &a.value);
        match (word.to_ascii_lowercase().as_str(), first) {
            ("abseta", Some(of)) if !self.attributes.contains_key(word) => {
                let of = self.expr(of, at);
                Some(call("abs", vec![call("eta", vec![of], span)], span))
            }
            ("hlt", Some(Expr { kind: ExprKind::Text(path), span })) => {
                if !self.binding.event.contains_key(path) {
                    self.messages.push(error::no_trigger(path, *span, self.binding.event.keys()));
                    return Some(name("true", *span));
                }
                Some(name(path, *span))
            }
            ("fttrr", _) => {
                self.messages.push(error::reweighting(word, span));
                Some(integer(1, span))
            }
            ("ome", _) => {
                self.messages.push(crate::hir::error::reserved("OME", span));
                Some(integer(0, span))
            }
            // `m(a, b)` is `m(a + b)`.
            (_, Some(_)) if arguments.len() > 1 && names::is_of_one(word) => {
                self.messages.push(error::sum_of_arguments(word, span));
                Some(integer(0, span))
            }
            ("applyhm", Some(Expr { kind: ExprKind::Compare { first, rest }, .. })) => {
                let [(CompareOp::Eq, Expr { kind: ExprKind::Int(polarity @ (0 | 1)), .. })] = rest.as_slice() else {
                    return None;
                };
                let op = if *polarity == 1 { CompareOp::Lt } else { CompareOp::Ge };
                let draw = call("random", Vec::new(), Span { end: span.start, ..span });
                Some(Expr { span, ..compare(draw, op, self.expr(first, at)) })
            }
            // There is one missing momentum.
            ("size" | "count" | "numof", Some(Expr { kind: ExprKind::Name(word), .. })) if self.is_vector(word) => {
                Some(integer(1, span))
            }
            // `dPhi(a.phi, b.phi)`, of angles: the same of the objects.
            ("dphi", Some(a)) if arguments.len() == 2 => {
                let (a, b) = (angle(a)?, angle(&arguments.get(1)?.value)?);
                Some(call("dphi", vec![self.expr(a, at), self.expr(b, at)], span))
            }
            ("fmll", Some(a)) => {
                let (a, b) = (self.expr(a, at), self.expr(&arguments.get(1)?.value, at));
                Some(call("mass", vec![plus(a, b)], span))
            }
            ("constituents" | "daughters", Some(of)) if arguments.len() == 1 => {
                let of = self.expr(of, at);
                Some(attribute(of, &word.to_ascii_lowercase(), span))
            }
            ("daughters", Some(of)) if arguments.len() == 2 => {
                let slot = self.slot(&arguments.get(1)?.value)?;
                let collection = self.candidates(of)?;
                let members = self.members.get(&collection)?;
                let member = members.iter().find(|(s, _)| *s == slot)?.1.clone();
                let of = self.expr(of, at);
                Some(attribute(of, &member, span))
            }
            _ => None,
        }
    }

    /// The composite that an expression is an element of.
    fn candidates(&self, e: &Expr) -> Option<String> {
        match &e.kind {
            ExprKind::Name(word) => {
                let left = names::underscore(word).map_or(word.as_str(), |(left, _)| left);
                [word.as_str(), left].into_iter().find(|w| self.members.contains_key(*w)).map(str::to_owned)
            }
            ExprKind::Index { of, .. } => self.candidates(of),
            _ => None,
        }
    }

    fn attribute_of(&mut self, of: &Expr, word: &Name, span: Span, at: &Place<'_>) -> Expr {
        let of = self.expr(of, at);
        if word.text.eq_ignore_ascii_case("size") {
            return call("size", vec![of], span);
        }
        let is_vector = matches!(&of.kind, ExprKind::Name(word) if self.is_vector(word));
        if let (true, Some(component)) = (is_vector, names::function(&word.text)) {
            return attribute(of, component, span);
        }
        attribute(of, &self.attribute(&word.text), span)
    }

    fn index(&mut self, of: &Expr, index: &Expr, span: Span, at: &Place<'_>) -> Expr {
        let whole = Expr { kind: ExprKind::Index { of: Box::new(of.clone()), index: Box::new(index.clone()) }, span };
        if let Some(slot) = self.slot(&whole) {
            return self.found(&slot, span, at);
        }
        if let ExprKind::Name(word) = &of.kind
            && self.is_vector(word)
        {
            return self.expr(of, at);
        }
        self.differs(Form::CompatIndex, span);
        // The block's own name with an index is the whole collection.
        let place = Place { whole: true, ..at.clone() };
        let kind = ExprKind::Index { of: Box::new(self.expr(of, &place)), index: Box::new(self.expr(index, at)) };
        Expr { kind, span }
    }

    /// Closed: `jets[0:2]` has three elements.
    fn slice(&mut self, of: &Expr, from: Option<&Expr>, to: Option<&Expr>, span: Span, at: &Place<'_>) -> Expr {
        if from.is_some() != to.is_some() {
            self.differs(Form::CompatSlice, span);
        }
        if (from.is_some() || to.is_some()) && !self.declared {
            let to = to.map(|e| e.span);
            self.messages.push(error::slice_without_edition(span, to));
        }
        let place = Place { whole: true, ..at.clone() };
        let of = self.expr(of, &place);
        let from = from.map(|e| self.expr(e, at)).filter(|e| e.kind != ExprKind::Int(0));
        let to = to.map(|e| match &self.expr(e, at) {
            Expr { kind: ExprKind::Int(n), span } => integer(n.saturating_add(1), *span),
            e => plus(e.clone(), integer(1, e.span)),
        });
        if to.is_some() && self.declared {
            self.saw(Form::Slice, span);
        }
        Expr { kind: ExprKind::Slice { of: Box::new(of), from: from.map(Box::new), to: to.map(Box::new) }, span }
    }

    /// `bTag(jet) == 1`: a condition compared with 1 or 0 is the condition, or its contrary.
    fn comparison(&mut self, first: Expr, rest: Vec<(CompareOp, Expr)>, span: Span, at: &Place<'_>) -> Expr {
        if let [(op, right)] = rest.as_slice()
            && let Some(n) = zero_or_one(right)
            && self.is_condition(&first, at)
        {
            let holds = match (op, n) {
                (CompareOp::Eq | CompareOp::Ge, 1) | (CompareOp::Ne | CompareOp::Gt, 0) => Some(true),
                (CompareOp::Ne | CompareOp::Lt, 1) | (CompareOp::Eq | CompareOp::Le, 0) => Some(false),
                _ => None,
            };
            if let Some(holds) = holds {
                self.saw(Form::BoolAsNumber, span);
                return Expr { span, ..if holds { first } else { not(first) } };
            }
        }
        Expr { kind: ExprKind::Compare { first: Box::new(first), rest }, span }
    }

    /// True if a translated expression is a condition for certain.
    fn is_condition(&self, e: &Expr, at: &Place<'_>) -> bool {
        self.is_condition_at(e, at, 0)
    }

    /// The same, some defines deep; a circle ends.
    fn is_condition_at(&self, e: &Expr, at: &Place<'_>, depth: usize) -> bool {
        let condition = |word: &str| self.attributes.get(word).copied().unwrap_or(false);
        match &e.kind {
            ExprKind::Compare { .. } | ExprKind::Range { .. } | ExprKind::And(..) | ExprKind::Or(..) => true,
            ExprKind::Unary(UnaryOp::Not, _) => true,
            ExprKind::Attribute { name, .. } => condition(&name.text),
            ExprKind::Call { function, arguments } => arguments.len() == 1 && condition(&function.text),
            ExprKind::Name(word) => match self.defines.get(word) {
                Some(_) if depth > 100 => false,
                Some(define) => self.is_condition_at(&define.value, &Place::default(), depth + 1),
                None if at.in_block && condition(word) => true,
                None => self.binding.event_column(word) == Some(adl_runtime::schema::ElementType::Bool),
            },
            _ => false,
        }
    }

    /// A `best` of edition 2026 in a legacy file.
    pub(super) fn best(&mut self, b: &Best, at: &Place<'_>) -> Best {
        let mut names = super::object::bindings(&b.from);
        names.extend_from_slice(at.parameters);
        let inner = Place { in_block: true, parameters: &names, ..at.clone() };
        let keys = b.keys.iter().map(|k| self.expr(k, &inner)).collect();
        let filter = b.filter.as_ref().map(|f| self.expr(f, &inner));
        Best { keys, filter, from: self.source(&b.from, at), ..b.clone() }
    }

    /// A source whose names are spelt as in 2026.
    pub(super) fn source(&mut self, source: &Source, at: &Place<'_>) -> Source {
        match source {
            Source::Collection { of, alias } => Source::Collection { of: self.expr(of, at), alias: alias.clone() },
            Source::Combination { kind, members, span } => {
                let members = members.iter().map(|m| {
                    let of = self.expr(&m.of, at);
                    crate::syntax::ast::Binding { of, name: m.name.clone() }
                });
                Source::Combination { kind: *kind, members: members.collect(), span: *span }
            }
            Source::Comb { .. } => source.clone(),
        }
    }
}

fn rename_call(function: &str, arguments: Vec<Argument>, at: Span, span: Span) -> Expr {
    Expr { kind: ExprKind::Call { function: Name { text: function.to_owned(), span: at }, arguments }, span }
}

pub(super) fn argument(value: Expr) -> Argument {
    Argument { name: None, value, filter: None }
}

pub(super) fn integer(n: i64, span: Span) -> Expr {
    let size = Expr { kind: ExprKind::Int(n.saturating_abs()), span };
    if n < 0 { Expr { kind: ExprKind::Unary(UnaryOp::Neg, Box::new(size)), span } } else { size }
}

/// The object of `x.phi` or `phi(x)`.
fn angle(e: &Expr) -> Option<&Expr> {
    match &e.kind {
        ExprKind::Attribute { of, name } if name.text.eq_ignore_ascii_case("phi") => Some(of),
        ExprKind::Call { function, arguments } if function.text.eq_ignore_ascii_case("phi") => {
            arguments.first().map(|a| &a.value)
        }
        _ => None,
    }
}

/// `allof(MUO)` in an argument asks for all, `anyof(MUO)` for any; so do they around a value of each constituent.
fn marker(e: &Expr) -> Option<bool> {
    let mut found = None;
    walk::all(e, &mut |part| {
        if let Some((all, _)) = marked(part) {
            found = Some(all);
        }
    });
    found
}

fn marked(e: &Expr) -> Option<(bool, &Expr)> {
    let ExprKind::Call { function, arguments } = &e.kind else { return None };
    let [Argument { value, .. }] = arguments.as_slice() else { return None };
    let all = match function.text.to_ascii_lowercase().as_str() {
        "allof" => true,
        "anyof" => false,
        _ => return None,
    };
    (matches!(value.kind, ExprKind::Name(_)) || of_list(value)).then_some((all, value))
}

/// True for what there is one of for each constituent: `pt(JET constituents)`.
fn of_list(e: &Expr) -> bool {
    let mut found = false;
    walk::all(e, &mut |part| {
        if let ExprKind::Legacy(form) = &part.kind
            && let LegacyExpr::Side(items) = form.as_ref()
        {
            found |= matches!(items.last().map(|i| &i.kind), Some(ExprKind::Name(word)) if is_list(word));
        }
    });
    found
}

/// The expression without its markers.
fn unmarked(e: &Expr) -> Expr {
    match marked(e) {
        Some((_, of)) => of.clone(),
        None => with_parts(e, &mut unmarked),
    }
}

/// 0 or 1, however it is written.
fn zero_or_one(e: &Expr) -> Option<i64> {
    match e.kind {
        ExprKind::Int(n @ (0 | 1)) => Some(n),
        ExprKind::Real(0.0) => Some(0),
        ExprKind::Real(1.0) => Some(1),
        _ => None,
    }
}

/// The number of a negative index.
pub(super) fn negative(index: &Expr) -> Option<i64> {
    let ExprKind::Unary(UnaryOp::Neg, of) = &index.kind else { return None };
    let ExprKind::Int(n) = &of.kind else { return None };
    (*n > 0).then_some(-*n)
}

/// True for the lists that CutLang's jets and particles have.
fn is_list(word: &str) -> bool {
    ["constituents", "daughters"].iter().any(|w| w.eq_ignore_ascii_case(word))
}
