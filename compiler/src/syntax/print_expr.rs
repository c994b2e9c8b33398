//! Printer of expressions: only the parentheses that the precedence of the operators asks for.

use super::ast::{Argument, BinaryOp, CompareOp, Expr, ExprKind, UnaryOp};
use super::ast_legacy::{BitOp, LegacyExpr};

/// The canonical text of an expression.
#[must_use]
pub fn print_expr(e: &Expr) -> String {
    expr(e)
}

/// How tightly an expression holds together, loosest first; see the precedence table of `grammar/README.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Legacy: `a b`
    Side,
    /// `c ? a : b`
    Ternary,
    /// `a or b`
    Or,
    /// `a and b`
    And,
    /// `not a`
    Not,
    /// `a < b`, `a [] b c`, `a in b`
    Compare,
    /// `a + b`
    Sum,
    /// `a * b`
    Product,
    /// `-a`
    Minus,
    /// `a^b`
    Power,
    /// What needs no parentheses.
    Operand,
}

pub(super) fn expr(e: &Expr) -> String {
    at(e, Level::Ternary)
}

/// As a source or a member of a combination.
pub(super) fn operand(e: &Expr) -> String {
    at(e, Level::Operand)
}

/// As an axis of bins.
pub(super) fn limit(e: &Expr) -> String {
    at(e, Level::Sum)
}

/// In parentheses if it is looser than `level`.
fn at(e: &Expr, level: Level) -> String {
    let text = bare(e);
    if level_of(e) < level { format!("({text})") } else { text }
}

/// How tightly an expression holds together.
#[must_use]
pub fn level_of(e: &Expr) -> Level {
    match &e.kind {
        ExprKind::Ternary { .. } => Level::Ternary,
        ExprKind::Or(..) => Level::Or,
        ExprKind::And(..) => Level::And,
        ExprKind::Unary(UnaryOp::Not, _) => Level::Not,
        ExprKind::Compare { .. } | ExprKind::Range { .. } | ExprKind::InValues { .. } | ExprKind::In { .. } => {
            Level::Compare
        }
        ExprKind::Binary(BinaryOp::Add | BinaryOp::Sub, ..) => Level::Sum,
        ExprKind::Binary(BinaryOp::Mul | BinaryOp::Div, ..) => Level::Product,
        ExprKind::Unary(UnaryOp::Neg, _) => Level::Minus,
        ExprKind::Binary(BinaryOp::Pow, ..) => Level::Power,
        ExprKind::Int(_)
        | ExprKind::Real(_)
        | ExprKind::Text(_)
        | ExprKind::Name(_)
        | ExprKind::Call { .. }
        | ExprKind::Attribute { .. }
        | ExprKind::Index { .. }
        | ExprKind::Slice { .. }
        | ExprKind::Intrinsic => Level::Operand,
        ExprKind::Legacy(legacy) => match &**legacy {
            LegacyExpr::Braces(..) | LegacyExpr::Bars(_) => Level::Operand,
            LegacyExpr::Near { .. } | LegacyExpr::Bits(..) => Level::Compare,
            LegacyExpr::Action(_) => Level::Ternary,
            LegacyExpr::Side(_) => Level::Side,
        },
    }
}

fn bare_legacy(e: &LegacyExpr) -> String {
    let list = |items: &[Expr], between: &str| items.iter().map(expr).collect::<Vec<_>>().join(between);
    match e {
        LegacyExpr::Side(items) => side_by_side(items),
        LegacyExpr::Braces(items, name) => {
            format!("{{{}}}{}", list(items, ", "), name.as_ref().map_or("", |n| n.text.as_str()))
        }
        LegacyExpr::Bars(of) => format!("|{}|", at(of, Level::Sum)),
        LegacyExpr::Near { value, target, farthest } => {
            format!("{} {} {}", at(value, Level::Sum), if *farthest { "~!" } else { "~=" }, at(target, Level::Sum))
        }
        LegacyExpr::Bits(op, a, b) => {
            let sign = match op {
                BitOp::And => "&",
                BitOp::Or => "|",
                BitOp::Left => "<<",
                BitOp::Right => ">>",
            };
            format!("{} {sign} {}", operand(a), operand(b))
        }
        LegacyExpr::Action(Some(statement)) => super::print::region_statement(statement),
        LegacyExpr::Action(None) => "ALL".to_owned(),
    }
}

/// Values side by side: one that begins with a sign would be joined with that before it, and a name before a bracket
/// would be called.
fn side_by_side(items: &[Expr]) -> String {
    let mut text = String::new();
    for (place, item) in items.iter().enumerate() {
        let mut next = at(item, if place == 0 { Level::Ternary } else { Level::Sum });
        // Behind braces a name is that of an attribute.
        let is_attribute = text.ends_with('}') && next.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if place > 0 && (next.starts_with(['-', '|']) || is_attribute) {
            next = format!("({next})");
        }
        if next.starts_with('(') && text.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '"') {
            text = format!("({text})");
        }
        if place > 0 {
            text.push(' ');
        }
        text.push_str(&next);
    }
    text
}

fn bare(e: &Expr) -> String {
    match &e.kind {
        ExprKind::Int(n) => n.to_string(),
        ExprKind::Real(x) => format!("{x:?}"),
        ExprKind::Text(text) => format!("\"{text}\""),
        ExprKind::Name(name) => name.clone(),
        ExprKind::Intrinsic => "intrinsic".to_owned(),
        ExprKind::Legacy(legacy) => bare_legacy(legacy),
        ExprKind::Call { function, arguments } => {
            let arguments: Vec<String> = arguments.iter().map(argument).collect();
            format!("{}({})", function.text, arguments.join(", "))
        }
        ExprKind::Attribute { of, name } => format!("{}.{}", operand(of), name.text),
        ExprKind::Index { of, index: i } => format!("{}[{}]", operand(of), index(i)),
        ExprKind::Slice { of, from, to } => {
            let limit = |e: &Option<Box<Expr>>| e.as_ref().map_or(String::new(), |e| index(e));
            format!("{}[{}:{}]", operand(of), limit(from), limit(to))
        }
        ExprKind::Unary(UnaryOp::Neg, of) => format!("-{}", at(of, Level::Minus)),
        ExprKind::Unary(UnaryOp::Not, of) => format!("not {}", at(of, Level::Not)),
        ExprKind::Binary(op, a, b) => {
            let (sign, left, right) = match op {
                BinaryOp::Add => (" + ", Level::Sum, Level::Product),
                BinaryOp::Sub => (" - ", Level::Sum, Level::Product),
                BinaryOp::Mul => (" * ", Level::Product, Level::Minus),
                BinaryOp::Div => (" / ", Level::Product, Level::Minus),
                BinaryOp::Pow => ("^", Level::Operand, Level::Minus),
            };
            format!("{}{sign}{}", at(a, left), at(b, right))
        }
        ExprKind::And(a, b) => format!("{} and {}", at(a, Level::And), at(b, Level::Not)),
        ExprKind::Or(a, b) => format!("{} or {}", at(a, Level::Or), at(b, Level::And)),
        ExprKind::Compare { first, rest } => {
            let mut text = at(first, Level::Sum);
            for (op, e) in rest {
                text.push_str(sign_of(*op));
                text.push_str(&at(e, Level::Sum));
            }
            text
        }
        ExprKind::Range { inside, value, low, high } => {
            let sign = if *inside { "[]" } else { "][" };
            let comma = if is_number(low) && is_number(high) { "" } else { "," };
            format!("{} {sign} {}{comma} {}", at(value, Level::Sum), at(low, Level::Sum), at(high, Level::Sum))
        }
        ExprKind::InValues { value, values } => {
            let list: Vec<String> = values.iter().map(expr).collect();
            let comma = if list.len() == 1 { "," } else { "" };
            format!("{} in ({}{comma})", at(value, Level::Sum), list.join(", "))
        }
        ExprKind::In { value, of } => {
            format!("{} in {}", at(value, Level::Sum), at(of, Level::Sum))
        }
        ExprKind::Ternary { condition, yes, no } => {
            let mut text = format!("{} ? {}", at(condition, Level::Or), at(yes, Level::Ternary));
            if let Some(no) = no {
                text.push_str(" : ");
                text.push_str(&at(no, Level::Ternary));
            }
            text
        }
    }
}

fn argument(a: &Argument) -> String {
    let name = a.name.as_ref().map_or(String::new(), |n| format!("{} = ", n.text));
    let filter = a.filter.as_ref().map_or(String::new(), |f| format!(" where {}", expr(f)));
    format!("{name}{}{filter}", expr(&a.value))
}

/// In brackets, where `][` cannot stand free.
fn index(e: &Expr) -> String {
    if level_of(e) >= Level::Sum { expr(e) } else { format!("({})", expr(e)) }
}

fn is_number(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Int(_) | ExprKind::Real(_) => true,
        ExprKind::Unary(UnaryOp::Neg, of) => {
            matches!(of.kind, ExprKind::Int(_) | ExprKind::Real(_))
        }
        _ => false,
    }
}

fn sign_of(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Lt => " < ",
        CompareOp::Le => " <= ",
        CompareOp::Gt => " > ",
        CompareOp::Ge => " >= ",
        CompareOp::Eq => " == ",
        CompareOp::Ne => " != ",
    }
}
