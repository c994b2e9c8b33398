//! A name that is defined again below a region: each statement means the last definition above it, as in a text that is
//! read from top to bottom. The later definitions get names of their own, in the translated files.

use std::collections::{HashMap, HashSet};

use super::error::Form;
use crate::source::Span;
use crate::syntax::ast::{
    Best, BinAxis, Block, Define, Expr, ExprKind, File, Histogram, Name, Object, ObjectStatement, Region,
    RegionStatement, SaveColumn, Source, Take,
};
use crate::syntax::walk;

/// The definitions of names that have several: where each begins, and what it is called.
type Definitions = HashMap<String, Vec<(u32, String)>>;

/// Gives the later definitions of a file names of their own; notes each.
pub(super) fn apart(file: File, forms: &mut Vec<(Form, Span)>) -> File {
    let definitions = definitions(&file, forms);
    if definitions.is_empty() {
        return file;
    }
    let scope = Scope { definitions };
    File { blocks: file.blocks.iter().map(|b| scope.block(b)).collect(), ..file }
}

/// What objects and defines are called that a region separates from an earlier one of the same name.
fn definitions(file: &File, forms: &mut Vec<(Form, Span)>) -> Definitions {
    let named = |b: &Block| match b {
        Block::Object(o) | Block::Composite(o) => Some(o.name.clone()),
        Block::Define(d) => Some(d.name.clone()),
        Block::Best(b) => Some(b.name.clone()),
        Block::Region(r) => Some(r.name.clone()),
        Block::HistoList(l) => Some(l.name.clone()),
        Block::Table(t) => Some(t.name.clone()),
        _ => None,
    };
    let mut taken: HashSet<String> = file.blocks.iter().filter_map(named).map(|n| n.text).collect();
    let mut all = Definitions::new();
    let mut regions = 0;
    let mut defined_after: HashMap<String, usize> = HashMap::new();
    for block in &file.blocks {
        let name = match block {
            Block::Region(_) => {
                regions += 1;
                continue;
            }
            Block::Object(o) | Block::Composite(o) => &o.name,
            Block::Define(d) => &d.name,
            _ => continue,
        };
        match defined_after.insert(name.text.clone(), regions) {
            Some(before) if before < regions => {}
            // Twice without a region between them: an error of the check.
            _ => {
                all.entry(name.text.clone()).or_insert_with(|| vec![(name.span.start, name.text.clone())]);
                continue;
            }
        }
        let Some(known) = all.get_mut(&name.text) else { continue };
        let new = (known.len() + 1..).map(|n| format!("{}_{n}", name.text)).find(|n| !taken.contains(n));
        let new = new.unwrap_or_default();
        taken.insert(new.clone());
        known.push((name.span.start, new));
        forms.push((Form::DefinedAgain, name.span));
    }
    all.retain(|_, known| known.len() > 1);
    all
}

struct Scope {
    definitions: Definitions,
}

impl Scope {
    /// What a name is called at a place: by the last definition that begins there or above it.
    fn called(&self, name: &str, at: Span) -> Option<&str> {
        let known = self.definitions.get(name)?;
        let last = known.iter().rev().find(|(start, _)| *start <= at.start).or(known.first())?;
        Some(&last.1)
    }

    fn name(&self, name: &Name) -> Name {
        let text = self.called(&name.text, name.span).unwrap_or(&name.text).to_owned();
        Name { text, span: name.span }
    }

    fn expr(&self, e: &Expr) -> Expr {
        match &e.kind {
            ExprKind::Name(text) => match self.called(text, e.span) {
                Some(new) => Expr { kind: ExprKind::Name(new.to_owned()), span: e.span },
                None => e.clone(),
            },
            _ => {
                let mut new = walk::with_parts(e, &mut |part| self.expr(part));
                if let ExprKind::Call { function, .. } = &mut new.kind {
                    *function = self.name(function);
                }
                new
            }
        }
    }

    fn maybe(&self, e: Option<&Expr>) -> Option<Expr> {
        e.map(|e| self.expr(e))
    }

    fn exprs(&self, of: &[Expr]) -> Vec<Expr> {
        of.iter().map(|e| self.expr(e)).collect()
    }

    fn define(&self, d: &Define) -> Define {
        Define { value: self.expr(&d.value), ..d.clone() }
    }

    fn best(&self, b: &Best) -> Best {
        let filter = self.maybe(b.filter.as_ref());
        Best { keys: self.exprs(&b.keys), from: self.source(&b.from), filter, ..b.clone() }
    }

    fn source(&self, source: &Source) -> Source {
        match source {
            Source::Collection { of, alias } => Source::Collection { of: self.expr(of), alias: alias.clone() },
            Source::Combination { kind, members, span } => {
                let mut members = members.clone();
                members.iter_mut().for_each(|m| m.of = self.expr(&m.of));
                Source::Combination { kind: *kind, members, span: *span }
            }
            Source::Comb { .. } => source.clone(),
        }
    }

    fn block(&self, block: &Block) -> Block {
        match block {
            Block::Define(d) => Block::Define(Define { name: self.name(&d.name), ..self.define(d) }),
            Block::Best(b) => Block::Best(self.best(b)),
            Block::Object(o) => Block::Object(self.object(o)),
            Block::Composite(o) => Block::Composite(self.object(o)),
            Block::Region(r) => {
                let statements = r.statements.iter().map(|s| self.region_statement(s)).collect();
                Block::Region(Region { statements, ..r.clone() })
            }
            Block::HistoList(l) => {
                let mut l = l.clone();
                l.histograms.iter_mut().for_each(|h| *h = self.histogram(h));
                Block::HistoList(l)
            }
            other => other.clone(),
        }
    }

    fn object(&self, o: &Object) -> Object {
        let take =
            |t: &Take| Take { source: self.source(&t.source), filter: self.maybe(t.filter.as_ref()), span: t.span };
        let statement = |s: &ObjectStatement| match s {
            ObjectStatement::Select(e) => ObjectStatement::Select(self.expr(e)),
            ObjectStatement::Reject(e) => ObjectStatement::Reject(self.expr(e)),
            ObjectStatement::Define(d) => ObjectStatement::Define(self.define(d)),
            ObjectStatement::Derived(d) => ObjectStatement::Derived(self.define(d)),
            ObjectStatement::Best(b) => ObjectStatement::Best(self.best(b)),
            ObjectStatement::Reserved(_) => s.clone(),
        };
        Object {
            name: self.name(&o.name),
            takes: o.takes.iter().map(take).collect(),
            statements: o.statements.iter().map(statement).collect(),
            span: o.span,
        }
    }

    fn histogram(&self, h: &Histogram) -> Histogram {
        let (weighted, filter) = (self.maybe(h.weighted.as_ref()), self.maybe(h.filter.as_ref()));
        Histogram { values: self.exprs(&h.values), weighted, filter, ..h.clone() }
    }

    fn region_statement(&self, statement: &RegionStatement) -> RegionStatement {
        use RegionStatement as S;
        match statement {
            S::Select(e) => S::Select(self.expr(e)),
            S::Reject(e) => S::Reject(self.expr(e)),
            S::Define(d) => S::Define(self.define(d)),
            S::Best(b) => S::Best(self.best(b)),
            S::Weight(w) => {
                let mut w = w.clone();
                (w.value, w.filter) = (self.expr(&w.value), self.maybe(w.filter.as_ref()));
                S::Weight(w)
            }
            S::Bin(b) => {
                let mut b = b.clone();
                (b.condition, b.filter) = (self.expr(&b.condition), self.maybe(b.filter.as_ref()));
                S::Bin(b)
            }
            S::Bins(b) => {
                let mut b = b.clone();
                b.axes = b.axes.iter().map(|a| BinAxis { value: self.expr(&a.value), ..a.clone() }).collect();
                b.filter = self.maybe(b.filter.as_ref());
                S::Bins(b)
            }
            S::Histogram(h) => S::Histogram(self.histogram(h)),
            S::Blind(condition, span) => S::Blind(self.maybe(condition.as_ref()), *span),
            S::Print(p) => {
                let mut p = p.clone();
                p.values = self.exprs(&p.values);
                S::Print(p)
            }
            S::Save(s) => {
                let mut s = s.clone();
                s.columns =
                    s.columns.iter().map(|c| SaveColumn { name: c.name.clone(), value: self.expr(&c.value) }).collect();
                S::Save(s)
            }
            S::Take(_) | S::UseList(_) | S::Counts(_) | S::Legacy(_) | S::Reserved(_) => statement.clone(),
        }
    }
}
