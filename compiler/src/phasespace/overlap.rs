//! Overlap: for each pair of regions, whether an event can be in both.

use super::cell::{Cell, Cells, Coordinate, Range};
use super::condition::Space;
use super::region::{self, Row};
use super::set::{Edge, Set};
use crate::hir::{Binary, Collection, Expr, ExprId, RegionId, Unary};
use crate::source::Span;

/// What is known about two regions.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// No event can be in both: these cuts exclude each other. Each with the region that makes it.
    Disjoint(Vec<(RegionId, Span)>),
    /// Some events are in both, as far as the cuts are understood: quantities and values of one.
    Overlap(Vec<(String, String)>),
    /// Neither could be shown; an example of what is understood, if there is one.
    Unknown(Vec<(String, String)>),
}

/// Two regions.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The first.
    pub first: RegionId,
    /// The second.
    pub second: RegionId,
    /// Of the two, the one whose events are all in the other, because it makes all cuts of the other.
    pub within: Option<RegionId>,
    /// What is known.
    pub verdict: Verdict,
    /// Cuts that were not understood, and taken to accept any event.
    pub free: Vec<Span>,
}

/// All pairs of regions.
pub fn pairs(space: &mut Space<'_>) -> Vec<Pair> {
    let used = region::used_as_conditions(space);
    let analysis = space.analysis;
    let mut regions: Vec<(RegionId, Vec<Row>, Cells)> = Vec::new();
    for (i, region) in analysis.regions.iter().enumerate() {
        let rows = region::rows(space, region);
        let start = Cells::one(region::passed(space, &rows, &used));
        let cells = region::left(space, &rows.iter().collect::<Vec<_>>());
        let cells = space.both(&start, &cells);
        regions.push((RegionId(i as u32), rows, cells));
    }
    let mut pairs = Vec::new();
    for (i, first) in regions.iter().enumerate() {
        for second in regions.iter().skip(i + 1) {
            pairs.push(pair(space, first, second, &used));
        }
    }
    pairs
}

type Known = (RegionId, Vec<Row>, Cells);

fn pair(space: &mut Space<'_>, first: &Known, second: &Known, used: &[RegionId]) -> Pair {
    let both = space.both(&first.2, &second.2);
    let has_all = |of: &[Row], rows: &[Row]| of.iter().all(|r| rows.iter().any(|o| o.span == r.span));
    let within = match (has_all(&second.1, &first.1), has_all(&first.1, &second.1)) {
        (true, _) => Some(first.0),
        (false, true) => Some(second.0),
        (false, false) => None,
    };
    let shared = |row: &Row| first.1.iter().any(|r| r.span == row.span) && second.1.iter().any(|r| r.span == row.span);
    let mut free: Vec<Span> = Vec::new();
    let mut open_in = [false, false];
    for (i, rows) in [&first.1, &second.1].into_iter().enumerate() {
        for row in rows.iter().filter(|r| !is_understood(space, &r.cells)) {
            if !free.contains(&row.span) {
                free.push(row.span);
            }
            open_in[i] |= !shared(row);
        }
    }
    let verdict = if both.is_empty() {
        Verdict::Disjoint(excluding(space, first, second, used))
    } else {
        match both.cells.iter().find_map(|cell| example(space, cell)) {
            // Two cuts that are not understood may exclude each other.
            Some(example) if !both.is_coarse && open_in != [true, true] => Verdict::Overlap(example),
            example => Verdict::Unknown(example.unwrap_or_default()),
        }
    };
    Pair { first: first.0, second: second.0, within, verdict, free }
}

/// The cuts that exclude each other, with the region of each.
fn excluding(space: &mut Space<'_>, first: &Known, second: &Known, used: &[RegionId]) -> Vec<(RegionId, Span)> {
    // A region that is a condition of the other: its own cuts need not be looked into.
    for (here, there) in [(first, second), (second, first)] {
        let passed = Cells::one(region::passed(space, &here.1, used));
        if let Some(row) = there.1.iter().find(|r| !r.cells.is_empty() && space.both(&passed, &r.cells).is_empty()) {
            return vec![(there.0, row.span)];
        }
    }
    let owner = |row: &Row| if first.1.iter().any(|r| r.span == row.span) { first.0 } else { second.0 };
    let mut rows: Vec<&Row> = first.1.iter().collect();
    rows.extend(second.1.iter().filter(|r| !first.1.iter().any(|o| o.span == r.span)));
    region::reasons(space, &rows).into_iter().map(|r| (owner(r), r.span)).collect()
}

/// True if the quantities of a condition are numbers, sizes, strings and columns.
fn is_understood(space: &Space<'_>, cells: &Cells) -> bool {
    let known = |c: &Coordinate| match c {
        Coordinate::Truth(e) => matches!(
            space.analysis.expr(*e).expr,
            Expr::Column(_) | Expr::Attribute(..) | Expr::Quantity(..) | Expr::Bool(_)
        ),
        Coordinate::Number(_)
        | Coordinate::Size(_)
        | Coordinate::Text(_)
        | Coordinate::Order(..)
        | Coordinate::Passes(_) => true,
    };
    !cells.is_coarse && cells.cells.iter().flat_map(|c| c.ranges.keys()).all(known)
}

/// Values of an event in a cell: each quantity with what it is.
fn example(space: &Space<'_>, cell: &Cell) -> Option<Vec<(String, String)>> {
    let mut values: Vec<(Coordinate, Option<f64>)> = Vec::new();
    let composed = |c: &Coordinate| match c {
        Coordinate::Number(e) => matches!(space.analysis.expr(*e).expr, Expr::Binary(..) | Expr::Unary(..)),
        _ => false,
    };
    let (later, simple): (Vec<_>, Vec<_>) = cell.ranges.iter().partition(|(c, _)| composed(c));
    for (coordinate, range) in simple {
        values.push((*coordinate, sample(space, *coordinate, range)));
    }
    fill_unions(space, cell, &mut values);
    put_in_order(space, cell, &mut values);
    for (coordinate, range) in later {
        let Coordinate::Number(e) = coordinate else { continue };
        let value = match computed(space, *e, &values, 16) {
            // The parts are known: so is the whole, and it must fit.
            Some(value) if range.set.widened().contains(value) => Some(value),
            Some(_) => return None,
            None => sample(space, *coordinate, range),
        };
        values.push((*coordinate, value));
    }
    let mut shown = Vec::new();
    for (coordinate, value) in values {
        let name = space.name(coordinate);
        let text = match (coordinate, value) {
            (_, None) => "missing".to_owned(),
            (Coordinate::Number(_) | Coordinate::Size(_), Some(x)) => x.to_string(),
            (Coordinate::Text(_), Some(x)) => format!("\"{}\"", space.text_of(x)),
            (Coordinate::Truth(_) | Coordinate::Passes(_), Some(x)) => (x != 0.0).to_string(),
            (Coordinate::Order(..), Some(x)) => space
                .limit_text(coordinate, &Range { set: Set::point(x), missing: false })
                .starts_with(&name)
                .to_string(),
        };
        // Sizes that nothing asks for are left out.
        if is_asked_for(space, coordinate) && !shown.iter().any(|(n, _)| *n == name) {
            shown.push((name, text));
        }
    }
    Some(shown)
}

/// True for a size that the analysis mentions.
fn is_asked_for(space: &Space<'_>, coordinate: Coordinate) -> bool {
    let Coordinate::Size(c) = coordinate else { return true };
    space.analysis.exprs.iter().any(|n| matches!(n.expr, Expr::Size(of) if space.sized_as(of) == c))
}

fn sample(space: &Space<'_>, coordinate: Coordinate, range: &Range) -> Option<f64> {
    if !space.is_integer(coordinate) {
        return range.set.sample();
    }
    let integers = range.set.integers();
    let (low, high) = integers.hull()?;
    match coordinate {
        // Conditions are true where they can be; of strings, one that the analysis names.
        Coordinate::Truth(_) | Coordinate::Passes(_) if integers.contains(1.0) => Some(1.0),
        Coordinate::Text(_) if !low.value.is_finite() => (0..1000).map(f64::from).find(|x| integers.contains(*x)),
        _ if low.value.is_finite() => Some(low.value),
        _ if integers.contains(0.0) => Some(0.0),
        _ => high.value.is_finite().then_some(high.value),
    }
}

/// A union has as many elements as its parts together.
fn fill_unions(space: &Space<'_>, cell: &Cell, values: &mut [(Coordinate, Option<f64>)]) {
    let of = |values: &[(Coordinate, Option<f64>)], c: Coordinate| {
        values.iter().position(|(k, _)| *k == c).and_then(|i| values[i].1.map(|v| (i, v)))
    };
    for coordinate in cell.ranges.keys() {
        let Coordinate::Size(c) = coordinate else { continue };
        let Collection::Union(parts) = &space.analysis.collection(*c).collection else { continue };
        let Some((whole, total)) = of(values, *coordinate) else { continue };
        let known: Vec<(usize, f64)> =
            parts.iter().filter_map(|p| of(values, Coordinate::Size(space.sized_as(*p)))).collect();
        let sum: f64 = known.iter().map(|(_, v)| v).sum();
        if sum > total {
            let fits = cell.ranges.get(coordinate).is_some_and(|r| r.set.contains(sum));
            values[whole].1 = Some(if fits { sum } else { total });
        } else if known.len() == parts.len() && sum < total {
            let mut missing = total - sum;
            for (i, value) in known {
                let wish = value + missing;
                if cell.ranges.get(&values[i].0).is_some_and(|r| r.set.contains(wish)) {
                    values[i].1 = Some(wish);
                    missing = 0.0;
                }
            }
        }
    }
}

/// Makes numbers agree with their order.
fn put_in_order(space: &Space<'_>, cell: &Cell, values: &mut [(Coordinate, Option<f64>)]) {
    for (coordinate, range) in &cell.ranges {
        let Coordinate::Order(a, b) = coordinate else { continue };
        let sign = values.iter().find(|(c, _)| c == coordinate).and_then(|(_, v)| *v);
        let place = |e: ExprId| values.iter().position(|(c, _)| *c == space.coordinate(e));
        let (Some(sign), Some(i), Some(j)) = (sign, place(*a), place(*b)) else { continue };
        let (Some(x), Some(y)) = (values[i].1, values[j].1) else { continue };
        if range.set.contains(x.partial_cmp(&y).map_or(0.0, |o| f64::from(o as i8))) {
            continue;
        }
        let side = |at: f64, sign: f64| match sign {
            s if s < 0.0 => Set::below(Edge::before(at)),
            s if s > 0.0 => Set::above(Edge::after(at)),
            _ => Set::point(at),
        };
        let limited = |i: usize, set: &Set| {
            let range = cell.ranges.get(&values[i].0)?;
            sample(space, values[i].0, &Range { set: range.set.and(set), missing: false })
        };
        if let Some(x) = limited(i, &side(y, sign)) {
            values[i].1 = Some(x);
        } else if let Some(y) = limited(j, &side(x, -sign)) {
            values[j].1 = Some(y);
        }
    }
}

/// The value of an expression of known parts.
fn computed(space: &Space<'_>, id: ExprId, values: &[(Coordinate, Option<f64>)], depth: u32) -> Option<f64> {
    let depth = depth.checked_sub(1)?;
    let of = |e: &ExprId| -> Option<f64> {
        let coordinate = space.coordinate(*e);
        match values.iter().find(|(c, _)| *c == coordinate) {
            Some((_, value)) => *value,
            None => space.constant(*e).or_else(|| computed(space, space.unwrapped(*e), values, depth)),
        }
    };
    Some(match &space.analysis.expr(id).expr {
        Expr::Unary(Unary::Neg, x) => -of(x)?,
        Expr::Unary(Unary::Abs, x) => of(x)?.abs(),
        Expr::Unary(Unary::Sqrt, x) => of(x)?.sqrt(),
        Expr::Unary(Unary::Floor, x) => of(x)?.floor(),
        Expr::Unary(Unary::ToReal, x) => of(x)?,
        Expr::Binary(op, a, b) => {
            let (a, b) = (of(a)?, of(b)?);
            match op {
                Binary::Add => a + b,
                Binary::Sub => a - b,
                Binary::Mul => a * b,
                Binary::Div => a / b,
                Binary::Min => a.min(b),
                Binary::Max => a.max(b),
                _ => return None,
            }
        }
        _ => return None,
    })
}
