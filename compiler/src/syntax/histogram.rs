//! `histo` and `profile`: which of the items after the title are axes and which are filled.

use super::ast::{Axis, Expr, Histogram, HistogramKind, Name, Number};
use super::error;
use super::expression::{Builder, text_of};
use super::grammar::Rule;
use super::statement::{Built, clause, meaningful};
use crate::source::Span;
use pest::iterators::{Pair, Pairs};

/// A `histo` line: a histogram, or the name of a histoList.
pub(super) enum Histo {
    List(Name),
    Histogram(Box<Histogram>),
}

/// What stands between two commas.
enum Item {
    Edges(Vec<Number>, Span),
    Number(Number),
    Value(Expr),
}

impl Builder {
    pub(super) fn histo(self, kind: HistogramKind, parts: Pairs<'_, Rule>, span: Span) -> Built<Histo> {
        let (mut name, mut title, mut items) = (None, None, Vec::new());
        let (mut weighted, mut filter, mut per_bin) = (None, None, false);
        for part in meaningful(parts) {
            match part.as_rule() {
                Rule::name | Rule::hyphened => name = Some(self.name(&part)),
                Rule::string => title = Some(text_of(&part)),
                Rule::weighted => weighted = Some(clause(self, part)?),
                Rule::filter => filter = Some(clause(self, part)?),
                Rule::per_bin => per_bin = true,
                _ => items.push(self.item(part)?),
            }
        }
        let name = name.ok_or_else(|| error::internal(span))?;
        let Some(title) = title else {
            return Ok(Histo::List(name));
        };
        let (axes, values) = split(kind, items, name.span)?;
        let histogram = Histogram { kind, name, title, axes, values, weighted, filter, per_bin, span };
        Ok(Histo::Histogram(Box::new(histogram)))
    }

    fn item(self, pair: Pair<'_, Rule>) -> Built<Item> {
        let span = self.span_of(&pair);
        let inner = pair.into_inner().next().ok_or_else(|| error::internal(span))?;
        match inner.as_rule() {
            Rule::edges => {
                let edges = inner.into_inner().filter(|p| p.as_rule() == Rule::signed);
                Ok(Item::Edges(edges.map(|e| self.number(&e)).collect::<Built<_>>()?, span))
            }
            Rule::limits | Rule::limits_in_branch => match inner.into_inner().next() {
                Some(number) => Ok(Item::Number(self.number(&number)?)),
                None => Err(error::internal(span)),
            },
            _ => Ok(Item::Value(self.expr(inner)?)),
        }
    }
}

/// As many axes as values, or one fewer for a profile: of all ways to read the numbers as axes, the one that fits.
fn split(kind: HistogramKind, items: Vec<Item>, at: Span) -> Built<(Vec<Axis>, Vec<Expr>)> {
    let mut axes = Vec::new();
    // Items used up by the first n axes.
    let mut used = vec![0];
    let mut next = 0;
    loop {
        match items.get(next..).unwrap_or(&[]) {
            [Item::Edges(edges, _), ..] => {
                axes.push(Axis::Edges(edges.clone()));
                next += 1;
            }
            [Item::Number(bins), Item::Number(low), Item::Number(high), ..] => {
                axes.push(Axis::Regular { bins: *bins, low: *low, high: *high });
                next += 3;
            }
            _ => break,
        }
        used.push(next);
    }
    let extra = usize::from(kind == HistogramKind::Profile);
    let fits = (1..used.len()).rev().find(|n| used.get(*n).is_some_and(|u| items.len() - u == n + extra));
    let Some(count) = fits else {
        let values = items.get(next..).unwrap_or(&[]);
        if let Some(Item::Number(number)) = values.first().filter(|_| values.len() > axes.len() + extra) {
            return Err(error::axis_of_three(number.span));
        }
        let place = values.iter().map(Item::span).reduce(Span::to).unwrap_or(at);
        return Err(error::axes_and_values(kind, axes.len(), values.len(), place));
    };
    axes.truncate(count);
    let first = used.get(count).copied().unwrap_or(0);
    let values = items.into_iter().skip(first).map(Item::value).collect::<Built<_>>()?;
    Ok((axes, values))
}

impl Item {
    fn span(&self) -> Span {
        match self {
            Item::Edges(_, span) => *span,
            Item::Number(number) => number.span,
            Item::Value(expr) => expr.span,
        }
    }

    /// A number may be filled like any value; a list of edges may not.
    fn value(self) -> Built<Expr> {
        match self {
            Item::Value(expr) => Ok(expr),
            Item::Edges(_, span) => Err(error::edges_after_values(span)),
            Item::Number(number) => Ok(number.expr()),
        }
    }
}
