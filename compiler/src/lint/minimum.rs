//! The smallest of nothing: `min(...) > x` passes events that have no element, unless a cut guarantees one.

use std::rc::Rc;

use super::Lint;
use crate::error::Message;
use crate::hir::{Collection, CollectionId, Compare, Expr, ExprId, Reduction, RegionStep};
use crate::phasespace::{Cells, Left, Want};

/// The cuts on minima.
pub(super) fn minima(lint: &mut Lint<'_>) {
    let analysis = lint.analysis;
    for region in &analysis.regions {
        let mut left = Left::all();
        for step in &region.steps {
            let RegionStep::Cut { condition, reject, span } = step else { continue };
            let mut open = vec![*condition];
            let mut before: Vec<ExprId> = Vec::new();
            while let Some(id) = open.pop() {
                match analysis.expr(id).expr {
                    Expr::And(a, b) if !reject => open.extend([b, a]),
                    Expr::Compare(Compare::Lt | Compare::Le, limit, reduced)
                        if !reject && lint.space.number(limit).is_some() =>
                    {
                        let reduced = lint.space.body_of(reduced);
                        let node = analysis.expr(reduced);
                        let within =
                            |s: crate::source::Span| s.file == span.file && s.start >= span.start && s.end <= span.end;
                        if let Expr::Reduce { op: Reduction::Min, over, .. } = &node.expr
                            && let here = before.iter().fold(left.cells.clone(), |here, id| also(lint, &here, *id))
                            && let Some(collection) =
                                over.iter().map(|(_, c)| whole(lint, *c)).find(|c| !is_there(lint, *c, &here))
                        {
                            let name = &analysis.collection(collection).name;
                            let at = if within(node.span) { node.span } else { *span };
                            let title = format!(
                                "events without an element of `{name}` pass this: the minimum of nothing is infinite"
                            );
                            let message = Message::note("minimum_of_nothing", title, at, "infinite if there is none");
                            lint.report(message.help(format!("if that is not meant, cut on size({name}) >= 1 before")));
                        }
                    }
                    _ => {}
                }
                // Within a row, what stands before counts as well.
                if !reject && id != *condition {
                    before.push(id);
                }
            }
            left = lint.space.after(&left, *condition, *reject);
        }
    }
}

/// What is left where a condition is true.
fn also(lint: &mut Lint<'_>, left: &Cells, condition: ExprId) -> Rc<Cells> {
    let cells = lint.space.cells(condition, Want::True);
    Rc::new(lint.space.both(left, &cells))
}

/// The collection that a slice from its front is empty with.
fn whole(lint: &Lint<'_>, collection: CollectionId) -> CollectionId {
    match &lint.analysis.collection(collection).collection {
        Collection::Slice { of, from: None, .. } => whole(lint, *of),
        _ => collection,
    }
}

/// True if the events left have an element; also for a collection of another loop, whose size no cut can be about.
fn is_there(lint: &Lint<'_>, collection: CollectionId, left: &Cells) -> bool {
    let sized = lint.space.size_coordinate(collection);
    let range = left.range(sized);
    left.is_empty() || range.is_some_and(|r| r.set.hull().is_some_and(|(low, _)| low.value >= 1.0))
}
