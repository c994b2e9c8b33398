//! Regions as selection tables: those that take one another stand side by side, and a row is a quantity or a condition.

use std::collections::HashMap;

use super::Documented;
use super::math::{Limit, Math};
use crate::syntax::ast::{Block, Expr, ExprKind, Region, RegionStatement};

/// Regions that take one another, in the order of the text.
#[derive(Debug)]
pub(super) struct Family<'a> {
    /// The regions.
    pub(super) regions: Vec<&'a Region>,
    /// What they select.
    pub(super) rows: Vec<Row>,
}

/// A row of the table of a family.
#[derive(Debug, PartialEq)]
pub(super) struct Row {
    /// The quantity, or the whole condition.
    pub(super) what: String,
    /// What each region asks of it, as formulas.
    pub(super) cells: Vec<Cell>,
}

/// What a region asks of a quantity.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Cell {
    /// `≥ 2`, and whether it is refused rather than asked for; empty for a whole condition.
    limits: Vec<(bool, Limit)>,
    /// True if the region asks for something.
    pub(super) is_asked: bool,
    /// True if the region itself says so, rather than one that it takes.
    pub(super) is_own: bool,
}

impl Cell {
    /// The limits as formulas.
    pub(super) fn texts(&self, math: Math<'_>) -> Vec<String> {
        let text = |(is_veto, l): &(bool, Limit)| match is_veto {
            true => format!("{}{}", math.joint("not "), l.text),
            false => l.text.clone(),
        };
        self.limits.iter().map(text).collect()
    }
}

/// All families, in the order of their first regions.
pub(super) fn families<'a>(of: &Documented<'a>, math: Math<'_>) -> Vec<Family<'a>> {
    let regions: Vec<&Region> =
        of.blocks().filter_map(|b| if let Block::Region(r) = b { Some(r) } else { None }).collect();
    let by_name: HashMap<&str, usize> = regions.iter().enumerate().map(|(i, r)| (r.name.text.as_str(), i)).collect();
    let parents = |i: usize| taken(regions.get(i).copied()).filter_map(|name| by_name.get(name).copied());
    let mut family_of: Vec<usize> = (0..regions.len()).collect();
    for i in 0..regions.len() {
        for parent in parents(i).collect::<Vec<_>>() {
            let (Some(a), Some(b)) = (family_of.get(i).copied(), family_of.get(parent).copied()) else { continue };
            for family in &mut family_of {
                if *family == a.max(b) {
                    *family = a.min(b);
                }
            }
        }
    }
    let mut families = Vec::new();
    for first in 0..regions.len() {
        let members: Vec<&Region> =
            regions.iter().zip(&family_of).filter(|(_, f)| **f == first).map(|(r, _)| *r).collect();
        if !members.is_empty() {
            families.push(Family { rows: rows(&members, &regions, &by_name, math), regions: members });
        }
    }
    families
}

/// What a region takes, and the names that it asks for as they are, which may be those of regions.
pub(super) fn taken(region: Option<&Region>) -> impl Iterator<Item = &str> {
    region.into_iter().flat_map(|r| &r.statements).flat_map(|s| match s {
        RegionStatement::Take(name) => vec![name.text.as_str()],
        RegionStatement::Select(e) => conjuncts(e).into_iter().filter_map(plain_name).collect(),
        _ => Vec::new(),
    })
}

fn plain_name(e: &Expr) -> Option<&str> {
    if let ExprKind::Name(name) = &e.kind { Some(name) } else { None }
}

/// A condition of a region, and whether an event must fail it.
struct Cut<'a> {
    condition: &'a Expr,
    is_veto: bool,
    is_own: bool,
}

fn rows(members: &[&Region], all: &[&Region], by_name: &HashMap<&str, usize>, math: Math<'_>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let side_by_side = members.len() > 1;
    for (column, region) in members.iter().enumerate() {
        let mut cuts = Vec::new();
        let mut seen = Vec::new();
        collect(region, true, all, by_name, &mut seen, &mut cuts);
        let mut place = 0;
        for cut in cuts {
            let quantity = math.quantity(cut.condition).filter(|_| side_by_side);
            let (what, limit) = match quantity {
                Some((what, limit)) => (what, Some((cut.is_veto, limit))),
                None if cut.is_veto => (format!("{}{}", math.joint("not "), in_brackets(cut.condition, math)), None),
                None => (math.expr(cut.condition), None),
            };
            let at = rows.iter().position(|r| r.what == what).unwrap_or_else(|| {
                // Behind the row of the cut before, so that a region's own cuts stand where it has them.
                let at = place.min(rows.len());
                rows.insert(at, Row { what, cells: vec![Cell::default(); members.len()] });
                at
            });
            place = at + 1;
            if let Some(cell) = rows.get_mut(at).and_then(|r| r.cells.get_mut(column)) {
                cell.is_asked = true;
                cell.is_own |= cut.is_own;
                let Some((is_veto, limit)) = limit else { continue };
                let implied = |a: &(bool, Limit), b: &Limit| !is_veto && !a.0 && a.1.implies(b);
                if !cell.limits.iter().any(|l| implied(l, &limit)) {
                    cell.limits.retain(|l| is_veto || l.0 || !limit.implies(&l.1));
                    cell.limits.push((is_veto, limit));
                }
            }
        }
    }
    rows
}

/// A condition that is refused: a comparison needs no brackets.
pub(super) fn in_brackets(condition: &Expr, math: Math<'_>) -> String {
    let text = math.expr(condition);
    match condition.kind {
        ExprKind::And(..) | ExprKind::Or(..) | ExprKind::Ternary { .. } => format!("({text})"),
        _ => text,
    }
}

/// The cuts of a region, those of the regions that it takes in their place.
fn collect<'a>(
    region: &'a Region,
    is_own: bool,
    all: &[&'a Region],
    by_name: &HashMap<&str, usize>,
    seen: &mut Vec<&'a str>,
    cuts: &mut Vec<Cut<'a>>,
) {
    // Once, even if it is taken in two ways, or by itself, which is wrong.
    if seen.contains(&region.name.text.as_str()) {
        return;
    }
    seen.push(&region.name.text);
    let region_of = |name: &str| by_name.get(name).and_then(|i| all.get(*i));
    for statement in &region.statements {
        match statement {
            RegionStatement::Take(name) => {
                if let Some(parent) = region_of(&name.text) {
                    collect(parent, false, all, by_name, seen, cuts);
                }
            }
            RegionStatement::Select(condition) => {
                for condition in conjuncts(condition).into_iter().filter(|c| !is_trivial(c)) {
                    match plain_name(condition).and_then(region_of) {
                        // An event of that region.
                        Some(other) => collect(other, false, all, by_name, seen, cuts),
                        None => cuts.push(Cut { condition, is_veto: false, is_own }),
                    }
                }
            }
            RegionStatement::Reject(condition) => cuts.push(Cut { condition, is_veto: true, is_own }),
            _ => {}
        }
    }
}

/// The conditions that `and` joins; a chain of comparisons stays one.
pub(super) fn conjuncts(e: &Expr) -> Vec<&Expr> {
    match &e.kind {
        ExprKind::And(a, b) => {
            let mut all = conjuncts(a);
            all.extend(conjuncts(b));
            all
        }
        _ => vec![e],
    }
}

/// True for conditions that always hold, which tables leave out.
fn is_trivial(e: &Expr) -> bool {
    matches!(&e.kind, ExprKind::Name(n) if n.eq_ignore_ascii_case("true") || n.eq_ignore_ascii_case("all"))
}
