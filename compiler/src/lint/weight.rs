//! A factor that weights an event twice: under two names in a region and those it takes, or again in a histogram.

use super::Lint;
use crate::error::Message;
use crate::hir::{Binary, Expr, ExprId, RegionStep};
use crate::source::Span;

/// The weights of all regions.
pub(super) fn weights(lint: &mut Lint<'_>) {
    let analysis = lint.analysis;
    for region in &analysis.regions {
        let mut known: Vec<(ExprId, String, Span)> = Vec::new();
        for step in &region.steps {
            let (factor, span, name) = match step {
                RegionStep::Weight { name, factor, span } => (*factor, *span, Some(name)),
                RegionStep::Fill(fill) => match fill.weighted {
                    Some(weighted) => (weighted, fill.span, None),
                    None => continue,
                },
                _ => continue,
            };
            let factors = factors(lint, factor);
            let twice = factors.iter().find_map(|f| known.iter().find(|(k, _, _)| k == f));
            if let Some((_, other, first)) = twice.filter(|(_, _, first)| *first != span) {
                let message = match name {
                    Some(name) => {
                        let title =
                            format!("the weights `{other}` and `{name}` of `{}` have a common factor", region.name);
                        Message::warning("weight_twice", title, span, "weights the event again")
                    }
                    None => {
                        let title = format!("the events have the weight `{other}` already");
                        Message::warning("weight_twice", title, span, "weights the entry again")
                    }
                };
                lint.report(message.and(*first, "first here").help("remove one of them"));
            }
            if let Some(name) = name {
                known.extend(factors.into_iter().map(|f| (f, name.clone(), span)));
            }
        }
    }
}

/// The factors of a product that are not constants.
fn factors(lint: &Lint<'_>, id: ExprId) -> Vec<ExprId> {
    let mut factors = Vec::new();
    let mut open = vec![id];
    while let Some(id) = open.pop() {
        let id = lint.space.body_of(id);
        match lint.analysis.expr(id).expr {
            Expr::Binary(Binary::Mul, a, b) => open.extend([a, b]),
            _ if lint.space.number(id).is_some() => {}
            // A factor that applies to some events only: compared as a whole.
            _ => factors.push(id),
        }
    }
    factors
}
