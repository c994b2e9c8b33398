//! Units of quantities: those that the schema gives to columns and attributes, carried through the arithmetic.

use super::Documented;
use crate::syntax::ast::{BinaryOp, Define, Expr, ExprKind, UnaryOp};

/// Defines are followed this deep.
const DEPTH: usize = 32;

/// A unit and its power; a number has the power 0.
#[derive(Clone, Debug, PartialEq)]
struct Dimension {
    unit: String,
    power: f64,
}

/// The unit of a quantity, `GeV` or `GeV^2`; nothing if it has none, or if it is not known.
pub(super) fn unit(of: &Documented<'_>, e: &Expr) -> Option<String> {
    let Dimension { unit, power } = dimension(of, e, DEPTH)?;
    match power {
        0.0 => None,
        1.0 => Some(unit),
        power => Some(format!("{unit}^{power}")),
    }
}

fn dimension(of: &Documented<'_>, e: &Expr, depth: usize) -> Option<Dimension> {
    let depth = depth.checked_sub(1)?;
    let number = || Some(Dimension { unit: String::new(), power: 0.0 });
    match &e.kind {
        ExprKind::Int(_) | ExprKind::Real(_) => number(),
        ExprKind::Name(name) => named(of, name).or_else(|| defined(of, name, 0, depth)),
        ExprKind::Attribute { name, .. } => named(of, &name.text).or_else(|| defined(of, &name.text, 0, depth)),
        ExprKind::Index { of: base, .. } | ExprKind::Slice { of: base, .. } => dimension(of, base, depth),
        ExprKind::Unary(UnaryOp::Neg, x) => dimension(of, x, depth),
        ExprKind::Binary(op, a, b) => {
            let left = dimension(of, a, depth)?;
            match op {
                BinaryOp::Pow => match b.kind {
                    ExprKind::Int(n) => Some(Dimension { power: left.power * n as f64, ..left }),
                    _ => None,
                },
                BinaryOp::Add | BinaryOp::Sub => dimension(of, b, depth).filter(|right| *right == left),
                BinaryOp::Mul => product(left, dimension(of, b, depth)?, 1.0),
                BinaryOp::Div => product(left, dimension(of, b, depth)?, -1.0),
            }
        }
        ExprKind::Ternary { yes, .. } => dimension(of, yes, depth),
        ExprKind::Call { function, arguments } => {
            let first = || arguments.first().and_then(|a| dimension(of, &a.value, depth));
            match function.text.to_ascii_lowercase().as_str() {
                "sum" | "min" | "max" | "abs" => first(),
                "sqrt" => first().map(|d| Dimension { power: d.power / 2.0, ..d }),
                "hypot" => first(),
                "cos" | "sin" | "tan" | "exp" | "log" | "size" | "count" | "dr" | "dphi" | "deta" => number(),
                _ => named(of, &function.text).or_else(|| defined(of, &function.text, arguments.len(), depth)),
            }
        }
        _ => None,
    }
}

fn product(a: Dimension, b: Dimension, sign: f64) -> Option<Dimension> {
    if a.power == 0.0 {
        return Some(Dimension { power: sign * b.power, ..b });
    }
    (b.power == 0.0 || a.unit == b.unit).then_some(Dimension { power: a.power + sign * b.power, ..a })
}

/// The unit of a column, an attribute, or a vector in the transverse plane, which stands for its magnitude.
fn named(of: &Documented<'_>, name: &str) -> Option<Dimension> {
    let binding = of.binding?;
    let name = binding.aliases.get(name).map_or(name, String::as_str);
    let unit = binding.unit(name, name);
    let unit = unit.or_else(|| binding.unit("pt", "pt").filter(|_| binding.transverse.contains(name)))?;
    // An analysis has all energies in GeV, however a file stores them.
    let unit = if ["keV", "MeV", "TeV"].contains(&unit) { "GeV" } else { unit };
    Some(Dimension { unit: unit.to_owned(), power: 1.0 })
}

/// The unit of what the analysis or the standard library defines.
fn defined(of: &Documented<'_>, name: &str, arguments: usize, depth: usize) -> Option<Dimension> {
    let fits = |d: &&&Define| d.name.text == name && d.parameters.len() == arguments;
    let define = of.defines.iter().rev().find(fits)?;
    dimension(of, &define.value, depth)
}
