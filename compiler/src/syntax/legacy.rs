//! From the parts of legacy statements (`grammar/legacy.pest`) to their AST: the forms that edition 2026 does not have.

use super::ast::{Argument, Bin, Expr, ExprKind, Name, Number, RegionStatement, Source};
use super::ast_legacy::{BitOp, LegacyExpr, LegacyStatement};
use super::error;
use super::expression::{Builder, Tree, above, text_of};
use super::grammar::Rule;
use super::histogram::Histo;
use super::statement::{Built, clause, meaningful};
use crate::source::Span;
use pest::iterators::{Pair, Pairs};

/// A legacy form over parts of that depth.
fn form(kind: LegacyExpr, span: Span, depth: u32) -> Built<Tree> {
    above(ExprKind::Legacy(Box::new(kind)), span, depth)
}

fn is_action(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Legacy(form) if matches!(**form, LegacyExpr::Action(_)))
}

impl Builder {
    /// `a b`: operands side by side, or one.
    pub(super) fn side(self, pair: Pair<'_, Rule>) -> Built<Tree> {
        let span = self.span_of(&pair);
        let (mut items, mut depth) = (Vec::new(), 0);
        for part in pair.into_inner() {
            let tree = self.tree(part)?;
            depth = depth.max(tree.depth);
            items.push(tree.expr);
        }
        match items.pop() {
            Some(expr) if items.is_empty() => Ok(Tree { expr, depth }),
            Some(last) => {
                items.push(last);
                form(LegacyExpr::Side(items), span, depth)
            }
            None => Err(error::internal(span)),
        }
    }

    /// `c ? a : b`, where `: b` may be absent, and branches may be statements.
    pub(super) fn legacy_ternary(self, parts: Pairs<'_, Rule>, whole: Span) -> Built<Tree> {
        // A condition, then `? yes` or `? yes : no` for each further one; the last `no` holds what follows.
        let mut links: Vec<(Tree, Tree)> = Vec::new();
        let mut last: Option<Tree> = None;
        let mut parts = parts.peekable();
        while let Some(part) = parts.next() {
            match part.as_rule() {
                Rule::question => {
                    let action = last.is_none().then(|| links.last().map(|(_, yes)| yes)).flatten().or(last.as_ref());
                    if let Some(action) = action.filter(|t| is_action(&t.expr)) {
                        return Err(error::action_asked(action.expr.span));
                    }
                    let condition = last.take().ok_or_else(|| error::internal(whole))?;
                    let yes = parts.next().ok_or_else(|| error::internal(whole))?;
                    links.push((condition, self.tree(yes)?));
                }
                Rule::colon => {}
                _ => last = Some(self.tree(part)?),
            }
        }
        while let Some((condition, yes)) = links.pop() {
            let mut depth = condition.depth.max(yes.depth);
            let mut span = condition.expr.span.to(yes.expr.span);
            if let Some(no) = &last {
                depth = depth.max(no.depth);
                span = condition.expr.span.to(no.expr.span);
            }
            let kind = ExprKind::Ternary {
                condition: Box::new(condition.expr),
                yes: Box::new(yes.expr),
                no: last.map(|t| Box::new(t.expr)),
            };
            last = Some(above(kind, span, depth)?);
        }
        last.ok_or_else(|| error::internal(whole))
    }

    /// `histo h, "t", 10, 0, 100, MET` or `print MET` as a branch.
    pub(super) fn action(self, pair: Pair<'_, Rule>) -> Built<Tree> {
        let span = self.span_of(&pair);
        let parts = pair.into_inner();
        if parts.clone().any(|p| p.as_rule() == Rule::print_word) {
            return form(LegacyExpr::Action(None), span, 0);
        }
        let statement = match self.histo(super::ast::HistogramKind::Histo, parts, span)? {
            Histo::List(name) => RegionStatement::UseList(name),
            Histo::Histogram(histogram) => RegionStatement::Histogram(*histogram),
        };
        form(LegacyExpr::Action(Some(statement)), span, 0)
    }

    /// `e ~= t`, `e ~! t`
    pub(super) fn near(self, value: Tree, target: Tree, farthest: bool) -> Built<Tree> {
        let (span, depth) = (value.expr.span.to(target.expr.span), value.depth.max(target.depth));
        form(LegacyExpr::Near { value: value.expr, target: target.expr, farthest }, span, depth)
    }

    pub(super) fn bits(self, op: BitOp, left: Tree, right: Tree) -> Built<Tree> {
        let (span, depth) = (left.expr.span.to(right.expr.span), left.depth.max(right.depth));
        form(LegacyExpr::Bits(op, left.expr, right.expr), span, depth)
    }

    /// Braces, bars, calls of quoted names, triggers.
    pub(super) fn legacy_primary(self, pair: Pair<'_, Rule>) -> Built<Tree> {
        let span = self.span_of(&pair);
        match pair.as_rule() {
            Rule::braces => {
                let (mut items, mut name, mut depth) = (Vec::new(), None, 0);
                for part in meaningful(pair.into_inner()) {
                    if part.as_rule() == Rule::name {
                        name = Some(self.name(&part));
                        continue;
                    }
                    let tree = self.tree(part)?;
                    depth = depth.max(tree.depth);
                    items.push(tree.expr);
                }
                form(LegacyExpr::Braces(items, name), span, depth)
            }
            Rule::bars => {
                let inner = pair.into_inner().next().ok_or_else(|| error::internal(span))?;
                let tree = self.tree(inner)?;
                form(LegacyExpr::Bars(tree.expr), span, tree.depth)
            }
            Rule::trigger => {
                let path = pair.into_inner().find(|p| p.as_rule() == Rule::string);
                let path = path.ok_or_else(|| error::internal(span))?;
                let value = Expr { kind: ExprKind::Text(text_of(&path)), span: self.span_of(&path) };
                let function = Name { text: "HLT".to_owned(), span };
                let arguments = vec![Argument { name: None, value, filter: None }];
                above(ExprKind::Call { function, arguments }, span, 0)
            }
            _ => Err(error::internal(span)),
        }
    }

    /// `comb(a[-1] b[-2]) alias ab`
    pub(super) fn comb(self, pair: Pair<'_, Rule>) -> Built<Source> {
        let span = self.span_of(&pair);
        let (mut members, mut alias) = (Vec::new(), None);
        for part in meaningful(pair.into_inner()) {
            match part.as_rule() {
                Rule::name => alias = Some(self.new_name(&part)?),
                Rule::legacy_side => match self.expr(part)? {
                    Expr { kind: ExprKind::Legacy(form), span } => match *form {
                        LegacyExpr::Side(items) => members.extend(items),
                        other => members.push(Expr { kind: ExprKind::Legacy(Box::new(other)), span }),
                    },
                    expr => members.push(expr),
                },
                _ => {}
            }
        }
        Ok(Source::Comb { members, alias, span })
    }

    /// `bin ["label"] E n1 n2 ...` or `bin ["label"] COND`
    pub(super) fn legacy_bin(self, parts: Pairs<'_, Rule>, span: Span) -> Built<RegionStatement> {
        let (mut label, mut condition, mut filter, mut edges) = (None, None, None, Vec::new());
        for part in meaningful(parts) {
            match part.as_rule() {
                Rule::string => label = Some(text_of(&part)),
                Rule::filter => filter = Some(clause(self, part)?),
                Rule::legacy_edges => {
                    for piece in meaningful(part.into_inner()) {
                        match piece.as_rule() {
                            Rule::signed => edges.push(self.number(&piece)?),
                            _ => condition = Some(self.expr(piece)?),
                        }
                    }
                }
                _ => condition = Some(self.expr(part)?),
            }
        }
        let condition = condition.ok_or_else(|| error::internal(span))?;
        let bin = Bin { label, condition, filter, span };
        if edges.is_empty() { Ok(RegionStatement::Bin(bin)) } else { Ok(edge_bins(bin, edges)) }
    }

    /// `sort E [ascend | descend]`
    pub(super) fn sort(self, parts: Pairs<'_, Rule>, span: Span) -> Built<RegionStatement> {
        let (mut key, mut descending) = (None, false);
        for part in meaningful(parts) {
            match part.as_rule() {
                Rule::descend_word => descending = true,
                Rule::legacy_expr => key = Some(self.expr(part)?),
                _ => {}
            }
        }
        let key = key.ok_or_else(|| error::internal(span))?;
        Ok(RegionStatement::Legacy(LegacyStatement::Sort { key, descending, span }))
    }

    /// A line of names.
    pub(super) fn parents(self, parts: Pairs<'_, Rule>) -> RegionStatement {
        let names = parts.filter(|p| p.as_rule() == Rule::hyphened).map(|p| self.name(&p)).collect();
        RegionStatement::Legacy(LegacyStatement::Parents(names))
    }
}

fn edge_bins(bin: Bin, edges: Vec<Number>) -> RegionStatement {
    RegionStatement::Legacy(LegacyStatement::Edges(bin, edges))
}
