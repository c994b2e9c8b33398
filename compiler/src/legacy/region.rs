//! Regions of the legacy edition in 2026: parents by name, searches, sorts, bins by edges.

use std::collections::HashSet;

use super::error::{self, Form};
use super::expr::Place;
use super::object::plain;
use super::search::search;
use super::{Slot, World};
use crate::source::Span;
use crate::syntax::ast::{
    Bin, BinAxis, Bins, CompareOp, Define, Expr, ExprKind, HistoList, Histogram, Name, Number, Print, Region,
    RegionStatement, Save, SaveColumn, SaveFormat, Weight,
};
use crate::syntax::ast_legacy::{LegacyExpr, LegacyStatement};
use crate::syntax::print_expr;
use crate::syntax::walk;
use crate::syntax::walk::{call, compare, name};

/// What names mean at a line of a region.
#[derive(Default)]
struct Flow {
    /// Elements that searches have found.
    slots: Vec<(Slot, Expr)>,
    /// Collections that have been sorted.
    renamed: Vec<(String, String)>,
    /// Defines that have a copy in the region.
    copied: Vec<String>,
    /// Names that the region defines.
    locals: Vec<Name>,
    /// Regions whose text is in it.
    within: Vec<String>,
    /// Regions whose text is being put in.
    around: Vec<String>,
    /// The region itself.
    region: String,
}

impl Flow {
    fn place(&self) -> Place<'_> {
        Place { slots: &self.slots, renamed: &self.renamed, parameters: &self.locals, ..Place::default() }
    }
}

impl<'a> World<'a> {
    pub(super) fn region(&mut self, region: &'a Region) -> Region {
        let mut flow = Flow { within: vec![region.name.text.clone()], ..Flow::default() };
        flow.around.clone_from(&flow.within);
        flow.region.clone_from(&region.name.text);
        let mut statements = Vec::new();
        for statement in &region.statements {
            self.statement(statement, &mut flow, &mut statements);
        }
        let statements = self.tell_apart(statements);
        Region { name: plain(&region.name), statements, span: region.span }
    }

    /// Histograms that are booked a second time in a region get a number: `hpt_2`.
    fn tell_apart(&mut self, statements: Vec<RegionStatement>) -> Vec<RegionStatement> {
        let mut booked: Vec<String> = Vec::new();
        let mut out = Vec::new();
        for statement in statements {
            match statement {
                RegionStatement::UseList(list) => {
                    let names = self.lists.get(&list.text).map(|l| &l.histograms);
                    let names: Vec<String> = names.into_iter().flatten().map(|h| plain(&h.name).text).collect();
                    if names.iter().any(|n| booked.contains(n)) {
                        let place = Place { is_listed: true, ..Place::default() };
                        let of = self.lists.get(&list.text).copied();
                        for h in of.into_iter().flat_map(|l| &l.histograms) {
                            let h = Histogram { span: list.span, ..self.histogram(h, &place) };
                            out.push(RegionStatement::Histogram(numbered(h, &mut booked)));
                        }
                        continue;
                    }
                    booked.extend(names);
                    out.push(RegionStatement::UseList(list));
                }
                RegionStatement::Histogram(h) => out.push(RegionStatement::Histogram(numbered(h, &mut booked))),
                other => out.push(other),
            }
        }
        out
    }

    fn statement(&mut self, statement: &'a RegionStatement, flow: &mut Flow, out: &mut Vec<RegionStatement>) {
        let new = match statement {
            RegionStatement::Take(parent) => return self.parent(parent, flow, out),
            RegionStatement::Legacy(LegacyStatement::Parents(names)) => {
                for parent in names {
                    self.saw(Form::Parent, parent.span);
                    self.parent(parent, flow, out);
                }
                return;
            }
            RegionStatement::Select(e) => return self.select(e, flow, out),
            RegionStatement::Reject(e) => {
                self.copy_defines(e, flow, out);
                let e = self.rejected(e, &flow.place());
                RegionStatement::Reject(self.reduced(e))
            }
            RegionStatement::Define(d) => {
                self.copy_defines(&d.value, flow, out);
                let value = self.expr(&d.value, &Place { inline: true, ..flow.place() });
                flow.locals.push(d.name.clone());
                RegionStatement::Define(Define { value, ..d.clone() })
            }
            RegionStatement::Best(b) => {
                let best = self.best(b, &flow.place());
                flow.locals.push(b.name.clone());
                RegionStatement::Best(best)
            }
            RegionStatement::Weight(w) => {
                let value = self.value(&w.value, flow, out);
                let value = self.kept_constant(value);
                let filter = w.filter.as_ref().map(|f| self.value(f, flow, out));
                RegionStatement::Weight(Weight { value, filter, ..w.clone() })
            }
            RegionStatement::Bin(b) => {
                let condition = self.value(&b.condition, flow, out);
                let filter = b.filter.as_ref().map(|f| self.value(f, flow, out));
                RegionStatement::Bin(Bin { condition, filter, ..b.clone() })
            }
            RegionStatement::Bins(b) => {
                let mut axes = Vec::new();
                for axis in &b.axes {
                    axes.push(BinAxis { value: self.value(&axis.value, flow, out), ..axis.clone() });
                }
                let filter = b.filter.as_ref().map(|f| self.value(f, flow, out));
                RegionStatement::Bins(Bins { axes, filter, ..b.clone() })
            }
            RegionStatement::Legacy(LegacyStatement::Edges(bin, edges)) => {
                return self.edges(bin, edges, flow, out);
            }
            RegionStatement::Legacy(LegacyStatement::Sort { key, descending, span }) => {
                return self.sort(key, *descending, *span, flow, out);
            }
            RegionStatement::Histogram(h) => {
                self.copy_for_histogram(h, h.span, flow, out);
                RegionStatement::Histogram(self.histogram(h, &flow.place()))
            }
            RegionStatement::UseList(list) => return self.list(list, flow, out),
            RegionStatement::Blind(condition, span) => {
                RegionStatement::Blind(condition.as_ref().map(|c| self.value(c, flow, out)), *span)
            }
            RegionStatement::Print(p) => {
                let values = p.values.iter().filter(|e| !matches!(e.kind, ExprKind::Text(_)));
                let values: Vec<Expr> = values.map(|e| self.value(e, flow, out)).collect();
                if values.is_empty() {
                    return;
                }
                RegionStatement::Print(Print { values, ..p.clone() })
            }
            RegionStatement::Save(s) => {
                let mut columns = Vec::new();
                for column in &s.columns {
                    columns.push(SaveColumn { value: self.value(&column.value, flow, out), name: column.name.clone() });
                }
                let format = s.format.or(Some((SaveFormat::Root, s.name.span)));
                RegionStatement::Save(Save { columns, format, ..s.clone() })
            }
            RegionStatement::Counts(_) | RegionStatement::Reserved(_) => statement.clone(),
        };
        out.push(new);
    }

    /// A value of a row: with what it needs defined before it, and sums written.
    fn value(&mut self, e: &Expr, flow: &mut Flow, out: &mut Vec<RegionStatement>) -> Expr {
        self.copy_defines(e, flow, out);
        let e = self.expr(e, &flow.place());
        self.reduced(e)
    }

    /// A region whose text is taken, or a histoList.
    fn parent(&mut self, parent: &Name, flow: &mut Flow, out: &mut Vec<RegionStatement>) {
        let Some(region) = self.regions.get(&parent.text).copied() else {
            if self.lists.contains_key(&parent.text) {
                return self.list(parent, flow, out);
            }
            out.push(RegionStatement::Take(plain(parent)));
            return;
        };
        if flow.around.contains(&parent.text) {
            // A circle: the check finds it and says so.
            out.push(RegionStatement::Take(plain(parent)));
            return;
        }
        if flow.within.contains(&parent.text) {
            return;
        }
        flow.within.push(parent.text.clone());
        flow.around.push(parent.text.clone());
        let mut copied = Vec::new();
        for statement in &region.statements {
            self.statement(statement, flow, &mut copied);
        }
        flow.around.pop();
        if self.copy_parents {
            // The same events would be printed, and saved in a second file.
            let repeats = |s: &RegionStatement| matches!(s, RegionStatement::Print(_) | RegionStatement::Save(_));
            out.extend(copied.into_iter().filter(|s| !repeats(s)));
        } else {
            let effects = copied.iter().filter(|s| has_effect(s)).count();
            if effects > 0 {
                self.messages.push(error::not_inherited(&flow.region, parent, effects));
            }
            out.push(RegionStatement::Take(plain(parent)));
        }
    }

    fn list(&mut self, list: &Name, flow: &mut Flow, out: &mut Vec<RegionStatement>) {
        if let Some(of) = self.lists.get(&list.text).copied() {
            for h in &of.histograms {
                self.copy_for_histogram(h, list.span, flow, out);
            }
            if self.finds(of) {
                let histograms = of.histograms.iter().map(|h| self.histogram(h, &flow.place()));
                return out.extend(histograms.map(RegionStatement::Histogram));
            }
        }
        out.push(RegionStatement::UseList(list.clone()));
    }

    /// True for a histoList that names elements to be found: its text means something in a region only.
    pub(super) fn finds(&self, list: &HistoList) -> bool {
        let has = |h: &Histogram| h.values.iter().chain(&h.weighted).chain(&h.filter).any(|e| self.names_slots(e));
        list.regions.is_none() && list.histograms.iter().any(has)
    }

    /// True if an expression itself names elements to be found, not through a define.
    fn names_slots(&self, e: &Expr) -> bool {
        let mut found = false;
        walk::all(e, &mut |e| found |= self.slot(e).is_some());
        found
    }

    fn copy_for_histogram(&mut self, h: &Histogram, at: Span, flow: &mut Flow, out: &mut Vec<RegionStatement>) {
        for e in h.values.iter().chain(&h.weighted).chain(&h.filter) {
            self.copy_within(e, at, flow, out);
        }
    }

    fn select(&mut self, e: &'a Expr, flow: &mut Flow, out: &mut Vec<RegionStatement>) {
        if let ExprKind::Name(word) = &e.kind {
            if self.regions.contains_key(word) {
                self.saw(Form::SelectRegion, e.span);
                return self.parent(&Name { text: word.clone(), span: e.span }, flow, out);
            }
            let factor = ["LEPsf", "bTagSF", "XSLumiCorrSF"].contains(&word.as_str());
            if factor && !self.is_users(word) {
                self.saw(Form::Factor, e.span);
                let name = Name { text: word.clone(), span: e.span };
                let value = walk::name(word, e.span);
                return out.push(RegionStatement::Weight(Weight { name, value, filter: None, span: e.span }));
            }
        }
        if let Some(found) = search(e) {
            let free: Vec<Slot> = self.slots(found.value);
            let free: Vec<Slot> =
                free.into_iter().filter(|s| !flow.slots.iter().any(|(known, _)| known == s)).collect();
            if !free.is_empty() {
                self.copy_defines(found.value, flow, out);
                let rows = self.best_of(&found, &free, &mut flow.slots, &flow.renamed);
                if let Some(RegionStatement::Best(best)) = rows.first() {
                    flow.locals.push(best.name.clone());
                }
                out.extend(rows);
                return;
            }
        }
        if let Some(rest) = self.actions(e, flow, out) {
            let value = self.value(&rest, flow, out);
            return out.push(RegionStatement::Select(value));
        }
        let value = self.value(e, flow, out);
        if let ExprKind::Compare { first, rest } = &value.kind
            && let (ExprKind::Call { function, .. }, [(CompareOp::Ge, limit)]) = (&first.kind, rest.as_slice())
            && function.text == "size"
            && limit.kind == ExprKind::Int(0)
        {
            self.saw(Form::Filler, e.span);
        }
        out.push(RegionStatement::Select(value));
    }

    /// `c ? histo h, ... : B`: the histogram where `c` holds; gives the condition that is left.
    fn actions(&mut self, e: &'a Expr, flow: &mut Flow, out: &mut Vec<RegionStatement>) -> Option<Expr> {
        let ExprKind::Ternary { condition, yes, no } = &e.kind else { return None };
        let histogram = |branch: &'a Expr| match &branch.kind {
            ExprKind::Legacy(form) => match &**form {
                LegacyExpr::Action(Some(RegionStatement::Histogram(h))) => Some(h),
                _ => None,
            },
            _ => None,
        };
        let (first, second) = (histogram(yes), no.as_deref().and_then(histogram));
        if first.is_none() && second.is_none() {
            return None;
        }
        self.saw(Form::Action, e.span);
        let test = self.value(condition, flow, out);
        for (h, filter) in [(first, test.clone()), (second, walk::not(test))] {
            let Some(h) = h else { continue };
            self.copy_for_histogram(h, h.span, flow, out);
            let h = self.histogram(h, &flow.place());
            let filter = Some(walk::and(Some(filter), h.filter.clone().unwrap_or_else(|| name("true", h.span))));
            out.push(RegionStatement::Histogram(Histogram { filter, ..h }));
        }
        let pass = |branch: &Expr| name("true", branch.span);
        let yes = Box::new(if first.is_some() { pass(yes) } else { (**yes).clone() });
        let no = no.as_ref().map(|no| Box::new(if second.is_some() { pass(no) } else { (**no).clone() }));
        let kind = ExprKind::Ternary { condition: condition.clone(), yes, no };
        Some(Expr { kind, span: e.span })
    }

    /// `bin MET 100 200`: up to and with 100, from 100 to 200, from 200; the first that fits.
    fn edges(&mut self, bin: &Bin, edges: &[Number], flow: &mut Flow, out: &mut Vec<RegionStatement>) {
        if self.declared {
            self.saw(Form::EdgeBins, bin.span);
        } else {
            self.messages.push(error::bins_without_edition(bin, edges));
        }
        let value = self.value(&bin.condition, flow, out);
        let edges = self.kept_all(edges);
        if let Some([low, high]) = edges.windows(2).find(|pair| matches!(pair, [a, b] if a.value >= b.value)) {
            let mut sorted: Vec<f64> = edges.iter().map(|n| n.value).collect();
            sorted.sort_by(f64::total_cmp);
            sorted.dedup();
            self.messages.push(crate::hir::error::edges(low.value, high.value, low.span.to(high.span), &sorted));
            return;
        }
        let (Some(first), Some(last)) = (edges.first(), edges.last()) else { return };
        let mut push = |condition: Expr| {
            let text = print_expr(&condition);
            let label = Some(bin.label.as_ref().map_or(text.clone(), |l| format!("{l}: {text}")));
            out.push(RegionStatement::Bin(Bin { label, condition, filter: None, span: bin.span }));
        };
        push(compare(value.clone(), CompareOp::Le, first.expr()));
        for pair in edges.windows(2) {
            let [low, high] = pair else { continue };
            let kind = ExprKind::Range {
                inside: true,
                value: Box::new(value.clone()),
                low: Box::new(low.expr()),
                high: Box::new(high.expr()),
            };
            push(Expr { kind, span: bin.span });
        }
        push(compare(value, CompareOp::Ge, last.expr()));
    }

    /// `sort pT(jets) descend`: from here on, `jets` are the sorted ones.
    fn sort(&mut self, key: &Expr, descending: bool, span: Span, flow: &mut Flow, out: &mut Vec<RegionStatement>) {
        let mut collection = None;
        walk::all(key, &mut |e| {
            if let ExprKind::Name(word) = &e.kind {
                let left = super::names::underscore(word).map_or(word.as_str(), |(left, _)| left);
                collection = collection.take().or_else(|| self.collection(word)).or_else(|| self.collection(left));
            }
        });
        let Some(collection) = collection else {
            self.messages.push(error::sort_of_nothing(span));
            return;
        };
        self.saw(Form::Sort, span);
        self.differs(Form::CompatSort, span);
        let old = flow.renamed.iter().rev().find(|(c, _)| *c == collection).map(|(_, new)| new.clone());
        let of = name(&old.unwrap_or_else(|| collection.clone()), span);
        let key = {
            let mut names = vec![collection.clone()];
            walk::all(key, &mut |e| {
                if let ExprKind::Name(word) = &e.kind
                    && self.collection(word).as_deref() == Some(collection.as_str())
                {
                    names.push(word.clone());
                }
            });
            self.expr(key, &Place { own: &names, in_block: true, ..flow.place() })
        };
        let direction = name(if descending { "descend" } else { "ascend" }, span);
        let count = flow.renamed.iter().filter(|(c, _)| *c == collection).count() + 1;
        let number = if count == 1 { String::new() } else { count.to_string() };
        let new = self.free_name(&format!("{collection}_sorted{number}"));
        let value = call("sort", vec![of, key, direction], span);
        let new = Name { text: new, span };
        flow.renamed.push((collection, new.text.clone()));
        flow.copied.clear();
        flow.locals.push(new.clone());
        out.push(RegionStatement::Define(Define { name: new, parameters: Vec::new(), value, span }));
    }

    /// Defines that mean something else here than in the rest of the file, because they use elements that a search has
    /// found or a collection that was sorted, get a copy in the region.
    fn copy_defines(&mut self, e: &Expr, flow: &mut Flow, out: &mut Vec<RegionStatement>) {
        self.copy_within(e, e.span, flow, out);
    }

    /// The same, for the statement at a place.
    fn copy_within(&mut self, e: &Expr, at: Span, flow: &mut Flow, out: &mut Vec<RegionStatement>) {
        if flow.slots.is_empty() && flow.renamed.is_empty() {
            return;
        }
        let mut names: Vec<String> = Vec::new();
        walk::all(e, &mut |e| {
            if let ExprKind::Name(word) = &e.kind {
                names.push(word.clone());
            }
        });
        for word in names {
            let Some(define) = self.defines.get(&word).copied() else { continue };
            if flow.copied.contains(&word)
                || flow.locals.iter().any(|l| l.text == word)
                || !define.parameters.is_empty()
                || !self.changes(&define.value, flow, &mut HashSet::new())
            {
                continue;
            }
            flow.copied.push(word.clone());
            self.copy_within(&define.value, at, flow, out);
            let value = self.expr(&define.value, &flow.place());
            out.push(RegionStatement::Define(Define { value, span: at, ..define.clone() }));
        }
    }

    /// True if an expression means something else here than in the rest of the file, and all of it has a meaning.
    fn changes<'e>(&'e self, e: &'e Expr, flow: &Flow, seen: &mut HashSet<&'e str>) -> bool {
        let slots = self.slots(e);
        if slots.iter().any(|s| !flow.slots.iter().any(|(known, _)| known == s)) {
            return false;
        }
        if !slots.is_empty() {
            return true;
        }
        let mut changed = false;
        walk::all(e, &mut |e| {
            if let ExprKind::Name(word) = &e.kind {
                changed |= match (self.defines.get(word), self.collection(word)) {
                    (Some(define), _) => seen.insert(word) && self.changes(&define.value, flow, seen),
                    (None, Some(collection)) => flow.renamed.iter().any(|(c, _)| *c == collection),
                    (None, None) => false,
                };
            }
        });
        changed
    }
}

/// True for statements that a region of 2026 does not inherit.
fn has_effect(statement: &RegionStatement) -> bool {
    matches!(
        statement,
        RegionStatement::Histogram(_)
            | RegionStatement::UseList(_)
            | RegionStatement::Bin(_)
            | RegionStatement::Bins(_)
            | RegionStatement::Counts(_)
    )
}

/// A histogram under a name that its region does not have yet.
fn numbered(h: Histogram, booked: &mut Vec<String>) -> Histogram {
    let mut name = h.name.text.clone();
    let mut number = 1;
    while booked.contains(&name) {
        number += 1;
        name = format!("{}_{number}", h.name.text);
    }
    booked.push(name.clone());
    Histogram { name: Name { text: name, span: h.name.span }, ..h }
}
