//! Elements by their position: `jets[2]` where the cuts guarantee two jets only, or allow two at most; a weight that
//! needs an element that nothing guarantees.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::Lint;
use crate::error::Message;
use crate::hir::{CollectionId, Compare, Expr, ExprId, RegionStep};
use crate::phasespace::{Cells, Coordinate, Left, Want};
use crate::source::Span;

/// What is done with a value: what a missing element does to it.
#[derive(Clone, Copy, PartialEq)]
enum Use {
    /// An event without it fails the cut, or is in no bin.
    Cut,
    /// It stops the run.
    Weight,
    /// Nothing happens.
    Silent,
}

/// Sizes that a region cuts on: the smallest that passes, and where that is said.
type Guards = HashMap<CollectionId, (f64, Span)>;

/// The events for which an expression is evaluated: intersected only where that is asked for.
enum Events<'e> {
    /// Those that pass some cuts.
    Left(Rc<Cells>),
    /// Of others, those for which a condition is as wanted.
    Where(&'e Events<'e>, ExprId, Want, OnceCell<Rc<Cells>>),
}

impl<'e> Events<'e> {
    fn and(&'e self, condition: ExprId, want: Want) -> Events<'e> {
        Events::Where(self, condition, want, OnceCell::new())
    }

    fn cells(&self, lint: &mut Lint<'_>) -> Rc<Cells> {
        match self {
            Events::Left(cells) => cells.clone(),
            Events::Where(of, condition, want, known) => {
                if let Some(known) = known.get() {
                    return known.clone();
                }
                let (of, condition) = (of.cells(lint), lint.space.cells(*condition, *want));
                let cells = Rc::new(lint.space.both(&of, &condition));
                known.get_or_init(|| cells).clone()
            }
        }
    }
}

/// The elements that the regions use.
pub(super) fn indices(lint: &mut Lint<'_>) {
    let analysis = lint.analysis;
    let events = |left: &Left| Events::Left(left.cells.clone());
    for region in &analysis.regions {
        let mut left = Left::all();
        let mut guards = Guards::new();
        for step in &region.steps {
            match step {
                RegionStep::Cut { condition, reject, span } => {
                    let how = if *reject { Use::Silent } else { Use::Cut };
                    visit(lint, *condition, &events(&left), &mut guards, how, *span);
                    left = lint.space.after(&left, *condition, *reject);
                    if left.cells.is_empty() {
                        break;
                    }
                }
                RegionStep::Weight { factor, span, .. } => {
                    visit(lint, *factor, &events(&left), &mut guards.clone(), Use::Weight, *span);
                }
                RegionStep::Fill(fill) => {
                    for value in &fill.values {
                        visit(lint, *value, &events(&left), &mut guards.clone(), Use::Silent, fill.span);
                    }
                }
                RegionStep::Save(save) => {
                    for column in &save.columns {
                        visit(lint, column.value, &events(&left), &mut guards.clone(), Use::Silent, column.span);
                    }
                }
            }
        }
        if left.cells.is_empty() {
            continue;
        }
        for bin in &region.bins {
            if let Some(condition) = bin.condition {
                visit(lint, condition, &events(&left), &mut guards.clone(), Use::Cut, bin.span);
            }
        }
    }
}

/// Looks at an expression that is evaluated for events in `left`.
fn visit(lint: &mut Lint<'_>, id: ExprId, left: &Events<'_>, guards: &mut Guards, how: Use, span: Span) {
    let analysis = lint.analysis;
    match &analysis.expr(id).expr {
        Expr::And(a, b) => {
            visit(lint, *a, left, guards, how, span);
            visit(lint, *b, &left.and(*a, Want::True), guards, how, span);
        }
        Expr::Or(a, b) => {
            visit(lint, *a, left, &mut guards.clone(), Use::Silent, span);
            visit(lint, *b, &left.and(*a, Want::NotTrue), &mut guards.clone(), Use::Silent, span);
        }
        Expr::Not(x) | Expr::NotTrue(x) => visit(lint, *x, left, &mut guards.clone(), Use::Silent, span),
        Expr::Select(c, a, b) => {
            visit(lint, *c, left, &mut guards.clone(), Use::Silent, span);
            visit(lint, *a, &left.and(*c, Want::True), &mut guards.clone(), how, span);
            visit(lint, *b, &left.and(*c, Want::NotTrue), &mut guards.clone(), how, span);
        }
        Expr::Quantity(..) => match lint.space.body(id) {
            Some(body) => visit(lint, body, left, guards, how, span),
            None => elements(lint, id, left, guards, how, span),
        },
        Expr::Defined(_) | Expr::Present(_) => {}
        Expr::Binary(_, a, b) if how == Use::Weight => {
            visit(lint, *a, left, guards, how, span);
            visit(lint, *b, left, guards, how, span);
        }
        Expr::Compare(op, a, b) => {
            guard(lint, id, (*op, *a, *b), guards, span);
            elements(lint, id, left, guards, how, span);
        }
        _ => elements(lint, id, left, guards, how, span),
    }
}

/// Remembers a cut on a size.
fn guard(lint: &mut Lint<'_>, id: ExprId, (op, a, b): (Compare, ExprId, ExprId), guards: &mut Guards, span: Span) {
    let sized = [a, b].into_iter().find_map(|e| lint.space.size_of(e));
    let Some(collection) = sized.filter(|_| op != Compare::Ne) else { return };
    let cells = lint.space.cells(id, Want::True);
    let range = cells.range(Coordinate::Size(collection));
    let Some((low, _)) = range.and_then(|r| r.set.hull()) else { return };
    let entry = guards.entry(collection).or_insert((low.value, span));
    if low.value > entry.0 {
        *entry = (low.value, span);
    }
}

/// The elements that an expression needs.
fn elements(lint: &mut Lint<'_>, id: ExprId, left: &Events<'_>, guards: &Guards, how: Use, span: Span) {
    let needed = lint.space.elements_needed(id);
    if needed.is_empty() || lint.is_reported(span) {
        return;
    }
    let left = left.cells(lint);
    if left.is_empty() {
        return;
    }
    for (collection, index) in needed {
        let sized = lint.space.size_coordinate(collection);
        let Coordinate::Size(of) = sized else { continue };
        let hull = left.range(sized).and_then(|r| r.set.hull());
        let (low, high) = hull.map_or((0.0, f64::INFINITY), |(low, high)| (low.value.max(0.0), high.value));
        let name = &lint.analysis.collection(collection).name;
        let element = format!("{name}[{index}]");
        let needed = index as f64 + 1.0;
        let guard = guards.get(&of);
        if high < needed {
            let title = format!("`{element}` is never there: at most {high} of `{name}` pass the cuts before");
            let mut message = Message::warning("index_beyond_size", title, span, "has no value in any event");
            if let Some((_, cut)) = guard.filter(|(_, cut)| *cut != span) {
                message = message.and(*cut, "limits the number");
            }
            lint.report(message.help("indices count from 0: the first element is [0]"));
        } else if low >= needed {
            continue;
        } else if how == Use::Weight {
            let title = format!("this weight needs `{element}`, which not every event has here");
            let message = Message::warning("index_beyond_size", title, span, "a missing weight stops the run");
            let help = format!("cut on size({name}) >= {needed} before, or add: where size({name}) >= {needed}");
            lint.report(message.help(help));
        } else if let Some((count, cut)) = guard.filter(|(count, _)| how == Use::Cut && *count >= 1.0) {
            let title = format!("`{element}` is element number {needed}, but the cuts before guarantee {count} only");
            let mut message = Message::warning("index_beyond_size", title, span, "fails where there are fewer");
            if *cut != span {
                message = message.and(*cut, format!("guarantees {count}"));
            }
            lint.report(message.help(format!("indices count from 0; if it is meant, cut on size({name}) >= {needed}")));
        }
        if lint.is_reported(span) {
            return;
        }
    }
}
