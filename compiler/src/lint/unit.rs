//! Units: degrees where radians are meant, MeV where GeV are meant, sums of different units. Units come from the `unit`
//! lines of the schema.

use std::collections::HashMap;
use std::f64::consts::TAU;

use adl_runtime::histogram::Axis;

use super::Lint;
use crate::error::Message;
use crate::hir::schema::Binding;
use crate::hir::{BinAxis, Binary, Compare, Expr, ExprId, QuantityBody, Reduction, RegionStep, Unary};
use crate::plan::Intrinsic;
use crate::source::Span;

/// No momentum, mass or sum of them at the LHC is larger: the energy of its collisions, in GeV.
const COLLISION_ENERGY: f64 = 14_000.0;

/// Expressions are followed this deep.
const DEPTH: u32 = 24;

/// The units that can be mixed up.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Unit {
    Gev,
    Mev,
    Radian,
    Degree,
}

impl Unit {
    fn of(word: &str) -> Option<Unit> {
        Some(match word.to_ascii_lowercase().as_str() {
            "gev" => Unit::Gev,
            "mev" => Unit::Mev,
            "rad" | "radian" | "radians" => Unit::Radian,
            "deg" | "degree" | "degrees" => Unit::Degree,
            _ => return None,
        })
    }

    fn word(self) -> &'static str {
        match self {
            Unit::Gev => "GeV",
            Unit::Mev => "MeV",
            Unit::Radian => "radians",
            Unit::Degree => "degrees",
        }
    }
}

/// Units that were looked for before: definitions that take others twice are followed once.
type Known = HashMap<ExprId, Option<Unit>>;

/// Comparisons, sums, bins and histograms.
pub(super) fn units(lint: &mut Lint<'_>) {
    let analysis = lint.analysis;
    let known = &mut Known::new();
    for node in analysis.exprs.iter().filter(|n| lint.sources.get(n.span.file).is_some_and(|s| !s.is_stdlib)) {
        match &node.expr {
            Expr::Compare(op, a, b) => {
                let sides = [(*a, *b), (*b, *a)];
                for (value, limit) in sides {
                    let Some(number) = lint.space.number(limit) else { continue };
                    let strange = unit(lint, value, DEPTH, known).and_then(|u| strange(u, number, *op == Compare::Eq));
                    if let Some((what, help)) = strange {
                        report(lint, node.span, what, help);
                    }
                }
                mixed(lint, known, [*a, *b], node.span, "compared");
            }
            Expr::Binary(Binary::Add | Binary::Sub | Binary::Min | Binary::Max, a, b) => {
                mixed(lint, known, [*a, *b], node.span, "added");
            }
            _ => {}
        }
    }
    for region in &analysis.regions {
        for bin in &region.bins {
            for axis in &bin.axes {
                let BinAxis::Edges { value, edges, .. } = axis else { continue };
                let Some(last) = edges.last() else { continue };
                if let Some((what, help)) = unit(lint, *value, DEPTH, known).and_then(|u| strange(u, *last, false)) {
                    report(lint, bin.span, what, help);
                }
            }
        }
        for step in &region.steps {
            let RegionStep::Fill(fill) = step else { continue };
            for (value, axis) in fill.values.iter().zip(&fill.axes) {
                let last = match axis {
                    Axis::Regular { high, .. } => *high,
                    Axis::Edges(edges) => edges.last().copied().unwrap_or(0.0),
                    Axis::Labels(_) => continue,
                };
                // A range may be wider than what is in it: only a scale that is wrong throughout counts.
                let wrong = unit(lint, *value, DEPTH, known).filter(|u| *u != Unit::Radian || last > 100.0);
                if let Some((what, help)) = wrong.and_then(|u| strange(u, last, false)) {
                    report(lint, fill.span, what, help);
                }
            }
        }
    }
}

fn report(lint: &mut Lint<'_>, span: Span, title: String, help: String) {
    if !lint.is_reported(span) {
        lint.report(Message::warning("unit_mixup", title, span, "looks like another unit").help(help));
    }
}

/// Why a number cannot be meant in a unit, and what would be.
fn strange(unit: Unit, number: f64, equal: bool) -> Option<(String, String)> {
    let size = number.abs();
    if !size.is_finite() || equal && number == 0.0 {
        return None;
    }
    match unit {
        Unit::Radian if size > TAU => Some((
            format!("no angle reaches {number} radians"),
            format!("{number} degrees are written {number} * pi / 180"),
        )),
        Unit::Gev if size > COLLISION_ENERGY => Some((
            format!("{number} GeV is more than the energy of an LHC collision"),
            format!("{number} MeV are written {}", number / 1000.0),
        )),
        Unit::Mev if size > 0.0 && size < 500.0 => Some((
            format!(
                "a quantity in MeV is compared with {number}: less than {} GeV",
                (size / 1000.0 * 1e6).ceil() / 1e6
            ),
            format!("{number} GeV are written {}", number * 1000.0),
        )),
        Unit::Radian | Unit::Gev | Unit::Mev | Unit::Degree => None,
    }
}

fn mixed(lint: &mut Lint<'_>, known: &mut Known, [a, b]: [ExprId; 2], span: Span, what: &str) {
    let (Some(x), Some(y)) = (unit(lint, a, DEPTH, known), unit(lint, b, DEPTH, known)) else { return };
    if x == y || lint.is_reported(span) {
        return;
    }
    let title = format!("{} and {} are {what}", x.word(), y.word());
    let message = Message::warning("unit_mixup", title, span, "different units");
    lint.report(message.help("convert one of them; units are those of the schema, which `adlc schema` lists"));
}

/// The unit of a number, where it is known.
fn unit(lint: &Lint<'_>, id: ExprId, depth: u32, known: &mut Known) -> Option<Unit> {
    let depth = depth.checked_sub(1)?;
    if let Some(unit) = known.get(&id) {
        return *unit;
    }
    let unit = find(lint, id, depth, known);
    known.insert(id, unit);
    unit
}

fn find(lint: &Lint<'_>, id: ExprId, depth: u32, known: &mut Known) -> Option<Unit> {
    let mut of = |e: &ExprId| unit(lint, *e, depth, known);
    // What two numbers have in common, or the one that is known.
    let mut both = |a: &ExprId, b: &ExprId| match (of(a), of(b)) {
        (Some(x), Some(y)) => (x == y).then_some(x),
        (x, y) => x.or(y).filter(|_| [a, b].into_iter().any(|e| lint.space.number(*e).is_some())),
    };
    match &lint.analysis.expr(id).expr {
        Expr::Column(c) | Expr::Attribute(c, _) => {
            let column = lint.analysis.columns.get(c.0 as usize)?;
            let attribute = attribute(lint.binding, &column.name);
            Unit::of(lint.binding.unit(&column.name, attribute)?)
        }
        Expr::Quantity(q, _) => match lint.analysis.quantities.get(q.0 as usize)?.body {
            QuantityBody::Scalar(body) => of(&body),
            QuantityBody::Object(_) => None,
        },
        Expr::Dispatch(_, arms) => arms.first().and_then(|(_, e)| of(e)),
        Expr::Unary(Unary::Neg | Unary::Abs | Unary::ToReal | Unary::Floor, x) => of(x),
        Expr::Unary(Unary::Sqrt, _) => None,
        Expr::Binary(Binary::Add | Binary::Sub | Binary::Min | Binary::Max, a, b) => both(a, b),
        Expr::Select(_, a, b) => both(a, b),
        Expr::Call(Intrinsic::Wrap | Intrinsic::Atan2 | Intrinsic::Acos | Intrinsic::Asin | Intrinsic::Atan, _) => {
            Some(Unit::Radian)
        }
        Expr::Call(Intrinsic::Hypot, arguments) => match arguments.as_slice() {
            [a, b] => both(a, b),
            _ => None,
        },
        Expr::Reduce { op: Reduction::Sum | Reduction::Min | Reduction::Max | Reduction::Mean, body, .. } => of(body),
        _ => None,
    }
}

/// The attribute that a column holds: `pt` for `Jet_pt`, and for `MET_pt` of a transverse vector.
fn attribute<'n>(binding: &'n Binding, column: &'n str) -> &'n str {
    let own = binding.sources.values().flat_map(|s| &s.attributes).find(|(_, (c, _))| c == column);
    match own {
        Some((attribute, _)) => attribute,
        None => {
            let vector = binding.transverse.iter().find_map(|v| column.strip_prefix(v.as_str())?.strip_prefix('_'));
            vector.unwrap_or(column)
        }
    }
}
