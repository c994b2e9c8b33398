//! Cuts that accept everything or nothing: alone, or after the cuts before them.

use std::collections::BTreeSet;

use super::Lint;
use crate::error::Message;
use crate::hir::{Collection, Expr, ExprId};
use crate::phasespace::region::{self, Row};
use crate::phasespace::{Coordinate, Left, Want};
use crate::source::Span;

/// The cuts of all regions, each where it is first made.
pub(super) fn regions(lint: &mut Lint<'_>) {
    let analysis = lint.analysis;
    let mut seen: BTreeSet<Span> = BTreeSet::new();
    let mut explained: BTreeSet<Vec<Span>> = BTreeSet::new();
    for region in &analysis.regions {
        let rows = region::rows(&mut lint.space, region);
        let mut left = Left::all();
        for (i, row) in rows.iter().enumerate() {
            let is_new = seen.insert(row.span);
            if is_new && alone(lint, row) {
                if row.cells.is_empty() {
                    break;
                }
                continue;
            }
            let after = lint.space.after(&left, row.condition, row.reject);
            let earlier: Vec<&Row> = rows.iter().take(i + 1).collect();
            if after.cells.is_empty() {
                if !row.cells.is_empty() {
                    let reasons = region::reasons(&mut lint.space, &earlier);
                    let spans: Vec<Span> = reasons.iter().map(|r| r.span).collect();
                    if explained.insert(spans.clone()) {
                        lint.report(empty_region(&region.name, row, region.span, &spans));
                    }
                }
                break;
            }
            // `select true` is a placeholder.
            if is_new && !matches!(analysis.expr(row.condition).expr, Expr::Bool(_)) {
                let failing = lint.space.row(row.condition, row.reject, false);
                if lint.space.both(&left.cells, &failing).is_empty() {
                    let not = Row { cells: failing, reject: !row.reject, ..row.clone() };
                    let mut with: Vec<&Row> = earlier.clone();
                    if let Some(last) = with.last_mut() {
                        *last = &not;
                    }
                    let reasons = region::reasons(&mut lint.space, &with);
                    lint.report(redundant(row, reasons.iter().map(|r| r.span).filter(|s| *s != row.span)));
                }
            }
            left = after;
        }
    }
}

fn empty_region(name: &str, row: &Row, region: Span, spans: &[Span]) -> Message {
    let title = format!("no event can pass `{name}`: this cut contradicts earlier ones");
    let mut message = Message::warning("empty_region", title, row.span, "nothing is left after this cut");
    for span in spans.iter().filter(|s| **s != row.span) {
        message = message.and(*span, "excludes it");
    }
    if row.span.start < region.start || row.span.file != region.file {
        message = message.and(region, "the region that makes both cuts");
    }
    message.help("loosen one of these cuts, or take another region")
}

fn redundant(row: &Row, because: impl Iterator<Item = Span>) -> Message {
    let title = "this cut removes nothing: the cuts before it imply it";
    let mut message = Message::note("redundant_cut", title, row.span, "is true for every event that comes here");
    for span in because {
        message = message.and(span, "because of this cut");
    }
    message.help("remove it, or put it first if the cutflow should show both steps")
}

/// Reports what a row says by itself; true if something was said.
fn alone(lint: &mut Lint<'_>, row: &Row) -> bool {
    if lint.is_reported(row.span) {
        return true;
    }
    let verdict = constant(lint, row.condition, row.reject);
    match verdict {
        Some(constancy) => {
            let message = said(lint, row.condition, row.span, constancy, row.reject);
            lint.report(message);
            true
        }
        None => parts(lint, row.condition),
    }
}

/// Reports the parts of a condition that are always true or never; true if there are any.
fn parts(lint: &mut Lint<'_>, condition: ExprId) -> bool {
    let analysis = lint.analysis;
    let mut open = vec![condition];
    let mut found = false;
    while let Some(id) = open.pop() {
        let node = analysis.expr(id);
        match &node.expr {
            // The two limits of a range are one part.
            Expr::And(a, b) | Expr::Or(a, b) if analysis.expr(*a).span != analysis.expr(*b).span => {
                open.extend([*b, *a]);
                continue;
            }
            Expr::Not(x) | Expr::NotTrue(x) => {
                open.push(*x);
                continue;
            }
            _ => {}
        }
        if id == condition || !lint.is_own(node.span) || lint.is_reported(node.span) {
            continue;
        }
        if let Some(constancy) = constant(lint, id, false) {
            let message = said(lint, id, node.span, constancy, false);
            lint.report(message);
            found = true;
        }
    }
    found
}

/// What is always the same about a condition.
#[derive(Clone, Copy, PartialEq)]
enum Constancy {
    /// It accepts every event.
    Always,
    /// It accepts every event in which its quantities exist.
    WhereDefined,
    /// It accepts none.
    Never,
}

fn constant(lint: &mut Lint<'_>, condition: ExprId, reject: bool) -> Option<Constancy> {
    // `true` and `false` are written on purpose, as placeholders.
    if let Expr::Bool(_) = lint.analysis.expr(condition).expr {
        return None;
    }
    if lint.space.row(condition, reject, true).is_empty() {
        return Some(Constancy::Never);
    }
    if lint.space.row(condition, reject, false).is_empty() {
        return Some(Constancy::Always);
    }
    let is_false = !reject && lint.space.cells(condition, Want::False).is_empty();
    // A trivial condition on what may be missing is one way to ask whether it is there.
    is_false.then_some(Constancy::WhereDefined)
}

fn said(lint: &mut Lint<'_>, condition: ExprId, span: Span, constancy: Constancy, reject: bool) -> Message {
    // `size(jets) >= 0`
    let size = match lint.analysis.expr(condition).expr {
        Expr::Compare(_, a, b) if !reject => [a, b].into_iter().find_map(|e| lint.space.size_of(e)),
        _ => None,
    };
    let size = size.map(|c| lint.space.name(Coordinate::Size(c)));
    match constancy {
        Constancy::Never => {
            let title = if reject { "this rejects every event" } else { "this condition is never true" };
            Message::warning("always_false", title, span, "no value of its quantities makes it true")
                .help("check the limits and the direction of the comparison")
        }
        Constancy::Always => {
            let title = if reject { "this rejects nothing" } else { "this condition is always true" };
            let message = Message::warning("always_true", title, span, "every event passes");
            match size {
                Some(size) => message.help(format!("a number of elements is never below 0; did you mean {size} >= 1?")),
                None => message.help("remove it, or check the limits and the direction of the comparison"),
            }
        }
        Constancy::WhereDefined => {
            let title = "this condition is true wherever it has a value";
            Message::note("always_true", title, span, "only what is missing fails")
                .help("to ask whether something exists write defined(...)")
        }
    }
}

/// The cuts of object and composite blocks.
pub(super) fn objects(lint: &mut Lint<'_>) {
    let analysis = lint.analysis;
    for node in &analysis.collections {
        let keep = match &node.collection {
            Collection::Filter { keep, .. } => *keep,
            Collection::Combine { keep: Some(keep), .. } => *keep,
            _ => continue,
        };
        let mut terms = Vec::new();
        let mut open = vec![keep];
        while let Some(id) = open.pop() {
            match &analysis.expr(id).expr {
                Expr::And(a, b) if analysis.expr(*a).span != analysis.expr(*b).span => open.extend([*b, *a]),
                _ => terms.push(id),
            }
        }
        let mut rows: Vec<Row> = Vec::new();
        for id in terms {
            let span = analysis.expr(id).span;
            if !lint.is_own(span) || lint.is_reported(span) {
                continue;
            }
            let cells = lint.space.row(id, false, true);
            let row = Row { condition: id, reject: false, span, cells };
            let (inner, reject) = match analysis.expr(id).expr {
                Expr::NotTrue(x) => (x, true),
                _ => (id, false),
            };
            if let Some(constancy) = constant(lint, inner, reject) {
                let message = said(lint, inner, span, constancy, reject);
                lint.report(message);
                continue;
            }
            rows.push(row);
            let all: Vec<&Row> = rows.iter().collect();
            if region::left(&mut lint.space, &all).is_empty() {
                let reasons = region::reasons(&mut lint.space, &all);
                let title = format!("nothing can be in `{}`: this cut contradicts earlier ones", node.name);
                let mut message = Message::warning("empty_object", title, span, "nothing is left after this cut");
                for reason in reasons.iter().filter(|r| r.span != span) {
                    message = message.and(reason.span, "excludes it");
                }
                lint.report(message.help("loosen one of these cuts"));
                break;
            }
        }
    }
}
