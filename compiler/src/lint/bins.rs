//! Bins of a region: those that share events, those that no event reaches, values that fall between them.

use super::Lint;
use crate::error::Message;
use crate::hir::{Bin, BinAxis, Region};
use crate::phasespace::region;
use crate::phasespace::{Cell, Cells, Coordinate, Edge, Range, Set, Space, Want};
use crate::source::Span;

/// How many parts of phase space the search for gaps looks at.
const MAX_PARTS: u32 = 20_000;

/// A line of bins in phase space.
struct Known {
    /// Its number in the region.
    bin: usize,
    cells: Cells,
}

/// The bins of all regions.
pub(super) fn bins(lint: &mut Lint<'_>) {
    let analysis = lint.analysis;
    for region in analysis.regions.iter().filter(|r| !r.bins.is_empty()) {
        let rows = region::rows(&mut lint.space, region);
        let passing = region::left(&mut lint.space, &rows.iter().collect::<Vec<_>>());
        if passing.is_empty() {
            continue;
        }
        let mut known = Vec::new();
        for (i, bin) in region.bins.iter().enumerate() {
            known.push(Known { bin: i, cells: cells(&mut lint.space, bin) });
        }
        overlaps(lint, region, &known);
        for (line, bin) in known.iter().zip(&region.bins) {
            empty(lint, bin, line, &passing, &rows);
        }
        gaps(lint, region, &known, &passing);
    }
}

/// Where an event is in one of the bins of a line.
fn cells(space: &mut Space<'_>, bin: &Bin) -> Cells {
    let mut all = match bin.condition {
        Some(condition) => (*space.cells(condition, Want::True)).clone(),
        None => Cells::all(),
    };
    for axis in &bin.axes {
        let axis = match axis {
            BinAxis::Edges { value, edges, underflow, overflow, .. } => {
                let (Some(first), Some(last)) = (edges.first(), edges.last()) else { continue };
                let low = if *underflow { f64::NEG_INFINITY } else { *first };
                let high = if *overflow { Edge::after(f64::INFINITY) } else { Edge::before(*last) };
                space.number_in(*value, Set::from(Edge::before(low), high))
            }
            BinAxis::Values(values) => {
                let mut any = Cells::none();
                for (_, condition) in values {
                    any = any.or(&space.cells(*condition, Want::True));
                }
                any
            }
        };
        all = space.both(&all, &axis);
    }
    all
}

/// Bins that share events: the first of them takes these.
fn overlaps(lint: &mut Lint<'_>, region: &Region, known: &[Known]) {
    let boxes: Vec<(usize, &Cell)> =
        known.iter().filter(|k| !k.cells.is_coarse).flat_map(|k| k.cells.cells.iter().map(|c| (k.bin, c))).collect();
    let mut first: Vec<Option<usize>> = vec![None; region.bins.len()];
    for (i, j) in sharing(&mut lint.space, &boxes) {
        if let Some(known) = first.get_mut(j) {
            *known = Some(known.map_or(i, |k| k.min(i)));
        }
    }
    for (j, i) in first.iter().enumerate().filter_map(|(j, i)| Some((j, (*i)?))) {
        let (Some(a), Some(b)) = (region.bins.get(i), region.bins.get(j)) else { continue };
        // Legacy bins by edges: all bins of a line have its place.
        let by_edges = |bin: &Bin| region.bins.iter().filter(|other| other.span == bin.span).count() > 1;
        let message = if by_edges(a) && by_edges(b) && a.span != b.span {
            let title = "these bins overlap those of an earlier line, which takes all their events";
            let message = Message::warning("bins_overlap", title, b.span, "no event is left for these");
            message.help("a grid of both is written in 2026, in one line: bins MET 100 200, HT 300 500")
        } else if a.axes.is_empty() || b.axes.is_empty() {
            let title = "two bins overlap: events that are in both count in the first one only";
            Message::warning("bins_overlap", title, b.span, "overlaps").help("give the second one the missing limit")
        } else {
            let title = "these bins overlap those of an earlier line, which takes all their events";
            let message = Message::error("bins_overlap", title, b.span, "no event is left for these");
            message.help("for a grid write both axes in one line: bins MET 100 200, HT 300 500")
        };
        lint.report(message.and(a.span, "with this one"));
    }
}

/// Pairs of lines whose boxes share more than a border. Boxes are parted along one quantity after the other, so that few
/// of them are compared.
fn sharing(space: &mut Space<'_>, boxes: &[(usize, &Cell)]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let mut open: Vec<Vec<(usize, &Cell)>> = vec![boxes.to_vec()];
    while let Some(group) = open.pop() {
        let Some((_, one)) = group.first() else { continue };
        let common = one.ranges.keys().filter(|c| group.iter().all(|(_, cell)| cell.ranges.contains_key(c)));
        let parted = common.map(|c| parts(space, &group, *c)).find(|parts| parts.len() > 1);
        if let Some(parts) = parted {
            open.extend(parts);
            continue;
        }
        for (n, (j, second)) in group.iter().enumerate() {
            for (i, first) in group.iter().take(n) {
                space.steps += 1;
                if i != j && share(space, first, second) {
                    pairs.push((*i.min(j), *i.max(j)));
                }
            }
        }
    }
    pairs
}

/// A group of boxes in parts that do not overlap along a quantity.
fn parts<'c>(space: &mut Space<'_>, group: &[(usize, &'c Cell)], along: Coordinate) -> Vec<Vec<(usize, &'c Cell)>> {
    let mut placed: Vec<(Edge, Edge, (usize, &Cell))> = Vec::new();
    for member in group {
        space.steps += 1;
        let hull = member.1.ranges.get(&along).and_then(|r| r.set.hull());
        placed.extend(hull.map(|(low, high)| (low, high, *member)));
    }
    placed.sort_by(|a, b| a.0.order(b.0));
    let mut parts: Vec<(Edge, Vec<(usize, &Cell)>)> = Vec::new();
    for (low, high, member) in placed {
        match parts.last_mut() {
            Some((end, part)) if low.order(*end).is_lt() => {
                part.push(member);
                if end.order(high).is_lt() {
                    *end = high;
                }
            }
            _ => parts.push((high, vec![member])),
        }
    }
    parts.into_iter().map(|(_, part)| part).collect()
}

/// True if two boxes share more than a border. Quantities that only one of them limits are shared, but for conditions
/// that are not looked into: two of these may exclude each other.
fn share(space: &mut Space<'_>, first: &Cell, second: &Cell) -> bool {
    let opaque = |a: &Cell, b: &Cell| {
        a.ranges.keys().any(|c| matches!(c, Coordinate::Truth(_) | Coordinate::Order(..)) && !b.ranges.contains_key(c))
    };
    if opaque(first, second) || opaque(second, first) {
        return false;
    }
    first.ranges.iter().all(|(c, a)| {
        let Some(b) = second.ranges.get(c) else { return true };
        let both = a.and(b);
        let border = both.set.is_point() && !space.is_integer(*c) && !a.set.is_point() && !b.set.is_point();
        !both.is_empty() && (!border || both.missing)
    }) && first.and(second).is_some_and(|mut cell| space.is_possible(&mut cell))
}

/// Bins that the cuts of the region exclude.
fn empty(lint: &mut Lint<'_>, bin: &Bin, line: &Known, passing: &Cells, rows: &[region::Row]) {
    let why = |lint: &mut Lint<'_>, cells: &Cells| {
        let row = rows.iter().find(|r| lint.space.both(cells, &r.cells).is_empty());
        row.map(|r| r.span)
    };
    if line.cells.is_empty() || lint.space.both(&line.cells, passing).is_empty() {
        let title = "no event of this region is in this bin";
        let mut message = Message::warning("empty_bin", title, bin.span, "always empty");
        if let Some(span) = why(lint, &line.cells) {
            message = message.and(span, "this cut excludes it");
        }
        lint.report(message.help("change its limits, or remove it"));
        return;
    }
    for axis in &bin.axes {
        let BinAxis::Edges { value, name, edges, .. } = axis else { continue };
        let mut excluded: Vec<(f64, f64, Cells)> = Vec::new();
        for pair in edges.windows(2) {
            let [low, high] = pair else { continue };
            let one = lint.space.number_in(*value, Set::from(Edge::before(*low), Edge::before(*high)));
            if lint.space.both(&one, passing).is_empty() {
                excluded.push((*low, *high, one));
            }
        }
        let Some((low, _, cells)) = excluded.first() else { continue };
        let (low, high) = (*low, excluded.iter().map(|(_, h, _)| *h).fold(f64::NEG_INFINITY, f64::max));
        let title = format!("no event of this region is in the bins of {name} from {low} to {high}");
        let mut message = Message::warning("empty_bin", title, bin.span, "has bins that are always empty");
        if let Some(span) = why(lint, cells) {
            message = message.and(span, "this cut excludes them");
        }
        lint.report(message.help("leave these edges out"));
    }
}

/// Values that fall into no bin, though there are bins on both sides of them, or bins on one and a cut on the other.
fn gaps(lint: &mut Lint<'_>, region: &Region, known: &[Known], passing: &Cells) {
    if known.len() < 2 && region.bins.iter().all(|b| b.axes.is_empty()) || passing.is_coarse {
        return;
    }
    let boxes: Vec<&Cell> = known.iter().flat_map(|k| &k.cells.cells).collect();
    let mut left = MAX_PARTS;
    let mut limits = Vec::new();
    // What the cuts leave may be in several parts, `MET < 100 or MET > 200`: a gap lies within one of them.
    let found = passing.cells.iter().any(|start| {
        limits.clear();
        search(&mut lint.space, &boxes, &boxes, start, &mut limits, &mut left) == Some(true)
    });
    if !found {
        return;
    }
    let texts: Vec<String> =
        limits.iter().map(|(c, set)| lint.space.limit_text(*c, &Range { set: set.clone(), missing: false })).collect();
    let Some(last) = region.bins.last() else { return };
    let title = format!("events with {} are in no bin of `{}`", texts.join(", "), region.name);
    let span: Span = region.bins.first().map_or(last.span, |b| b.span);
    let mut message = Message::note("bins_gap", title, last.span, "between the bins of this region");
    if span != last.span {
        message = message.and(span, "the first of them");
    }
    lint.report(message.help("add a bin, or move a limit, if they are to be counted"));
}

/// Looks for values in none of `boxes`, those of `all` bins that fit the limits so far, one quantity after the other: `Some(true)` with their limits, `Some(false)` if there are
/// none, nothing if that takes too long.
fn search(
    space: &mut Space<'_>,
    all: &[&Cell],
    boxes: &[&Cell],
    start: &Cell,
    limits: &mut Vec<(Coordinate, Set)>,
    left: &mut u32,
) -> Option<bool> {
    let done = |c: &Coordinate, limits: &[(Coordinate, Set)]| limits.iter().any(|(known, _)| known == c);
    let next = boxes.iter().flat_map(|b| b.ranges.keys()).find(|c| !done(c, limits)).copied();
    let Some(along) = next else { return Some(boxes.is_empty()) };
    // Conditions that are not looked into, and what is missing, make no gap.
    if !matches!(along, Coordinate::Number(_) | Coordinate::Size(_)) {
        return Some(false);
    }
    let cut = start.ranges.get(&along).map_or(Set::all(), |r| r.set.clone());
    let is_integer = space.is_integer(along);
    let mut edges: Vec<Edge> = Vec::new();
    for b in all {
        let ranges = b.ranges.get(&along).map(|r| r.set.ranges().to_vec()).unwrap_or_default();
        edges.extend(ranges.iter().flat_map(|(low, high)| [*low, *high]));
    }
    // Beyond all bins there is a gap only up to a cut of the region.
    let natural = space.natural(along);
    if let (Some((low, high)), Some((first, last))) = (cut.hull(), natural.hull()) {
        edges.extend([low].into_iter().filter(|e| first.order(*e).is_lt()));
        edges.extend([high].into_iter().filter(|e| e.order(last).is_lt()));
    }
    edges.sort_by(|a, b| a.order(*b));
    edges.dedup();
    for pair in edges.windows(2) {
        let [low, high] = pair else { continue };
        let part = Set::from(*low, *high).and(&cut);
        let part = if is_integer { part.integers() } else { part };
        if part.is_empty() {
            continue;
        }
        *left = left.checked_sub(1)?;
        space.steps += 1;
        let inside: Vec<&Cell> = boxes
            .iter()
            .filter(|b| b.ranges.get(&along).is_none_or(|r| !r.set.and(&part).is_empty()))
            .copied()
            .collect();
        limits.push((along, part));
        if inside.is_empty() || search(space, all, &inside, start, limits, left)? {
            return Some(true);
        }
        limits.pop();
    }
    Some(false)
}
