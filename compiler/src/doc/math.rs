//! Expressions as mathematics: Unicode text for Markdown and pictures, or LaTeX.

use super::Documented;
use super::escape;
use super::units;
use crate::syntax::ast::{Argument, BinaryOp, CompareOp, Expr, ExprKind, Number, UnaryOp};
use crate::syntax::{self, Level};

/// A notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Unicode text.
    Text,
    /// LaTeX, in mathematics mode.
    Latex,
}

/// Words of the field: attribute or function, as text, as LaTeX.
const SYMBOLS: [(&str, &str, &str); 24] = [
    ("pt", "pT", r"p_{\mathrm{T}}"),
    ("eta", "η", r"\eta"),
    ("phi", "φ", r"\phi"),
    ("theta", "θ", r"\theta"),
    ("mass", "m", "m"),
    ("energy", "E", "E"),
    ("charge", "q", "q"),
    ("rapidity", "y", "y"),
    ("rap", "y", "y"),
    ("px", "px", "p_x"),
    ("py", "py", "p_y"),
    ("pz", "pz", "p_z"),
    ("dr", "ΔR", r"\Delta R"),
    ("dphi", "Δφ", r"\Delta\phi"),
    ("deta", "Δη", r"\Delta\eta"),
    ("met", "MET", r"E_{\mathrm{T}}^{\mathrm{miss}}"),
    ("ht", "HT", r"H_{\mathrm{T}}"),
    ("st", "ST", r"S_{\mathrm{T}}"),
    ("mt", "mT", r"m_{\mathrm{T}}"),
    ("mt2", "mT2", r"m_{\mathrm{T2}}"),
    ("size", "N", "N"),
    ("sum", "Σ", r"\sum"),
    ("product", "Π", r"\prod"),
    ("pi", "π", r"\pi"),
];

/// Functions that LaTeX sets by itself.
const LATEX_FUNCTIONS: [&str; 12] =
    ["sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "log", "min", "max", "arg", "det"];

/// What a condition asks of a quantity.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Limit {
    /// `≥ 2`
    pub(super) text: String,
    /// The operator and the number, if that is all.
    bound: Option<(CompareOp, f64)>,
}

impl Limit {
    /// True if what passes this limit passes the other one.
    pub(super) fn implies(&self, other: &Limit) -> bool {
        use CompareOp::{Ge, Gt, Le, Lt};
        match (self.bound, other.bound) {
            (Some((Gt, a)), Some((Ge | Gt, b))) => a >= b,
            (Some((Ge, a)), Some((Ge, b))) => a >= b,
            (Some((Ge, a)), Some((Gt, b))) => a > b,
            (Some((Lt, a)), Some((Le | Lt, b))) => a <= b,
            (Some((Le, a)), Some((Le, b))) => a <= b,
            (Some((Le, a)), Some((Lt, b))) => a < b,
            _ => self.text == other.text,
        }
    }
}

/// What writes expressions.
#[derive(Clone, Copy)]
pub(super) struct Math<'a> {
    /// The notation.
    pub(super) style: Style,
    /// The analysis, for the units of its quantities.
    pub(super) of: &'a Documented<'a>,
}

impl Math<'_> {
    /// An expression.
    pub(super) fn expr(&self, e: &Expr) -> String {
        self.at(e, Level::Ternary)
    }

    /// A name of the analysis or of the field.
    pub(super) fn name(&self, name: &str) -> String {
        let known = SYMBOLS.iter().find(|(word, ..)| word.eq_ignore_ascii_case(name));
        match (self.style, known) {
            (Style::Text, Some((_, text, _))) => (*text).to_owned(),
            (Style::Text, None) => name.to_owned(),
            (Style::Latex, Some((.., latex))) => (*latex).to_owned(),
            (Style::Latex, None) if name.len() == 1 => name.to_owned(),
            (Style::Latex, None) => format!(r"\mathrm{{{}}}", escape::latex(name)),
        }
    }

    /// Words between formulas.
    pub(super) fn words(&self, words: &str) -> String {
        match self.style {
            Style::Text => words.to_owned(),
            Style::Latex => format!(r"\text{{{}}}", escape::latex(words)),
        }
    }

    fn pick(&self, text: &'static str, latex: &'static str) -> &'static str {
        match self.style {
            Style::Text => text,
            Style::Latex => latex,
        }
    }

    fn at(&self, e: &Expr, level: Level) -> String {
        let text = self.bare(e);
        if level_of(e) < level { self.in_parentheses(&text) } else { text }
    }

    fn in_parentheses(&self, text: &str) -> String {
        match self.style {
            Style::Text => format!("({text})"),
            Style::Latex => format!(r"\left({text}\right)"),
        }
    }

    fn bare(&self, e: &Expr) -> String {
        match &e.kind {
            ExprKind::Int(n) => n.to_string(),
            ExprKind::Real(x) => self.number(*x),
            ExprKind::Text(text) => match self.style {
                Style::Text => format!("\"{text}\""),
                Style::Latex => format!(r"\text{{``{}''}}", escape::latex(text)),
            },
            ExprKind::Name(name) => self.name(name),
            ExprKind::Intrinsic => self.words("a function of adlc"),
            ExprKind::Call { function, arguments } => self.call(&function.text, arguments),
            ExprKind::Attribute { of, name } => {
                let is_symbol = SYMBOLS.iter().any(|(word, ..)| word.eq_ignore_ascii_case(&name.text));
                let of = self.at(of, Level::Operand);
                if is_symbol {
                    format!("{}({of})", self.name(&name.text))
                } else {
                    format!("{of}.{}", self.name(&name.text))
                }
            }
            ExprKind::Index { of, index } => {
                let place = match &index.kind {
                    ExprKind::Int(i) => i.saturating_add(1).to_string(),
                    _ => format!("{}+1", self.at(index, Level::Sum)),
                };
                self.subscript(&self.at(of, Level::Operand), &place)
            }
            ExprKind::Slice { of, from, to } => {
                let limit = |e: &Expr, more: i64| match &e.kind {
                    ExprKind::Int(i) => i.saturating_add(more).to_string(),
                    _ if more == 1 => format!("{}+1", self.at(e, Level::Sum)),
                    _ => self.at(e, Level::Sum),
                };
                let from = from.as_deref().map_or_else(|| "1".to_owned(), |e| limit(e, 1));
                let to = to.as_deref().map_or_else(String::new, |e| limit(e, 0));
                let dots = self.pick("…", r"\ldots ");
                self.subscript(&self.at(of, Level::Operand), &format!("{from}{dots}{to}"))
            }
            ExprKind::Unary(UnaryOp::Neg, of) => format!("{}{}", self.pick("−", "-"), self.at(of, Level::Minus)),
            ExprKind::Unary(UnaryOp::Not, of) => format!("{}{}", self.joint("not "), self.at(of, Level::Not)),
            ExprKind::Binary(op, a, b) => self.binary(*op, a, b),
            ExprKind::And(a, b) => {
                format!("{}{}{}", self.at(a, Level::And), self.joint(" and "), self.at(b, Level::Not))
            }
            ExprKind::Or(a, b) => format!("{}{}{}", self.at(a, Level::Or), self.joint(" or "), self.at(b, Level::And)),
            ExprKind::Compare { first, rest } => {
                let mut text = self.at(first, Level::Sum);
                let unit = std::iter::once(first.as_ref()).chain(rest.iter().map(|r| &r.1)).find_map(|e| self.unit(e));
                for (i, (op, e)) in rest.iter().enumerate() {
                    text.push_str(self.sign(*op));
                    text.push_str(&self.at(e, Level::Sum));
                    if i + 1 == rest.len() && (is_number(e) || (is_number(first) && i == 0 && rest.len() == 1)) {
                        text.push_str(&self.with_unit(unit.as_deref().filter(|_| is_number(e))));
                    }
                }
                text
            }
            ExprKind::Range { inside, value, low, high } => {
                format!("{} {}", self.at(value, Level::Sum), self.interval(*inside, value, low, high))
            }
            ExprKind::InValues { value, values } => {
                let list: Vec<String> = values.iter().map(|v| self.expr(v)).collect();
                let (open, close) = (self.pick("{", r"\{"), self.pick("}", r"\}"));
                let sign = self.pick(" ∈ ", r" \in ");
                format!("{}{sign}{open}{}{close}", self.at(value, Level::Sum), list.join(", "))
            }
            ExprKind::In { value, of } => {
                format!("{}{}{}", self.at(value, Level::Sum), self.pick(" ∈ ", r" \in "), self.at(of, Level::Sum))
            }
            ExprKind::Ternary { condition, yes, no } => {
                let yes = self.at(yes, Level::Or);
                let test = format!("{yes}{}{}", self.joint(" if "), self.at(condition, Level::Or));
                match no {
                    Some(no) => format!("{test}{}{}", self.joint(", else "), self.at(no, Level::Ternary)),
                    None => test,
                }
            }
            // Only a file that could not be translated has them: shown as written.
            ExprKind::Legacy(_) => self.words(&crate::syntax::print_expr(e)),
        }
    }

    /// What a comparison with numbers says about a quantity: the quantity, and the limit. Nothing for other conditions.
    pub(super) fn quantity(&self, e: &Expr) -> Option<(String, Limit)> {
        let (of, text, bound) = match &e.kind {
            ExprKind::Compare { first, rest } => match rest.as_slice() {
                [(op, limit)] if is_number(limit) && !is_number(first) => {
                    let unit = self.with_unit(self.unit(first).as_deref());
                    let text = format!("{}{}{unit}", self.sign(*op).trim_start(), self.at(limit, Level::Sum));
                    (first, text, Some((*op, value(limit))))
                }
                _ => return None,
            },
            ExprKind::Range { inside, value, low, high } if is_number(low) && is_number(high) => {
                (value, self.interval(*inside, value, low, high), None)
            }
            _ => return None,
        };
        Some((self.at(of, Level::Sum), Limit { text, bound }))
    }

    /// `∈ [60, 120] GeV`, `∉ (80, 100) GeV`: the limits belong to both.
    fn interval(&self, inside: bool, value: &Expr, low: &Expr, high: &Expr) -> String {
        let unit = self.unit(value).filter(|_| is_number(low) && is_number(high));
        let (sign, open, close) = match inside {
            true => (self.pick("∈ ", r"\in "), "[", "]"),
            false => (self.pick("∉ ", r"\notin "), "(", ")"),
        };
        let (low, high) = (self.at(low, Level::Sum), self.at(high, Level::Sum));
        format!("{sign}{open}{low}, {high}{close}{}", self.with_unit(unit.as_deref()))
    }

    fn binary(&self, op: BinaryOp, a: &Expr, b: &Expr) -> String {
        let (sign, left, right) = match op {
            BinaryOp::Add => (" + ", Level::Sum, Level::Product),
            BinaryOp::Sub => (self.pick(" − ", " - "), Level::Sum, Level::Product),
            BinaryOp::Mul => (self.pick(" · ", r" \cdot "), Level::Product, Level::Minus),
            BinaryOp::Div => {
                let (top, bottom) = (self.expr(a), self.expr(b));
                if self.style == Style::Latex && top.len() < 60 && bottom.len() < 60 {
                    return format!(r"\frac{{{top}}}{{{bottom}}}");
                }
                (" / ", Level::Product, Level::Minus)
            }
            BinaryOp::Pow => {
                let (base, power) = (self.at(a, Level::Operand), self.expr(b));
                return match self.style {
                    Style::Latex => format!("{}^{{{power}}}", grouped(&base)),
                    Style::Text => match power.chars().map(superscript).collect::<Option<String>>() {
                        Some(power) => format!("{base}{power}"),
                        None => format!("{base}^{}", self.at(b, Level::Operand)),
                    },
                };
            }
        };
        format!("{}{sign}{}", self.at(a, left), self.at(b, right))
    }

    fn call(&self, function: &str, arguments: &[Argument]) -> String {
        let plain = arguments.iter().all(|a| a.name.is_none() && a.filter.is_none());
        let values: Vec<&Expr> = arguments.iter().map(|a| &a.value).collect();
        let lower = function.to_ascii_lowercase();
        if plain {
            match (lower.as_str(), values.as_slice()) {
                ("abs", [x]) => {
                    let (open, close) = (self.pick("|", r"\left|"), self.pick("|", r"\right|"));
                    return format!("{open}{}{close}", self.expr(x));
                }
                ("abseta", [x]) => return format!("|{}({})|", self.name("eta"), self.expr(x)),
                ("sqrt", [x]) => {
                    let x = self.expr(x);
                    return if self.style == Style::Latex { format!(r"\sqrt{{{x}}}") } else { format!("√({x})") };
                }
                ("sum" | "product", [x]) if level_of(x) == Level::Operand => {
                    return format!("{}{}{}", self.name(&lower), self.pick(" ", r"\,"), self.expr(x));
                }
                ("defined", [x]) => return format!("{}{}", self.expr(x), self.joint(" exists")),
                ("bit", [x, n]) => {
                    return format!("{}{}{}{}", self.joint("bit "), self.expr(n), self.joint(" of "), self.expr(x));
                }
                ("union", all) if all.len() > 1 => {
                    let all: Vec<String> = all.iter().map(|x| self.at(x, Level::Operand)).collect();
                    return all.join(self.pick(" ∪ ", r" \cup "));
                }
                ("sort", [of, key, order]) if matches!(&order.kind, ExprKind::Name(_)) => {
                    let falls = matches!(&order.kind, ExprKind::Name(n) if n.to_ascii_lowercase().starts_with("desc"));
                    let first = if falls { ", largest first" } else { ", smallest first" };
                    return format!(
                        "{}{}{}{}",
                        self.expr(of),
                        self.joint(" sorted by "),
                        self.expr(key),
                        self.joint(first)
                    );
                }
                _ => {}
            }
        }
        let inside: Vec<String> = arguments.iter().map(|a| self.argument(a)).collect();
        let is_symbol = SYMBOLS.iter().any(|(word, ..)| *word == lower);
        let name = match self.style {
            Style::Latex if !is_symbol && LATEX_FUNCTIONS.contains(&lower.as_str()) => format!("\\{lower}"),
            _ => self.name(function),
        };
        match self.style {
            Style::Text => format!("{name}({})", inside.join(", ")),
            Style::Latex => format!(r"{name}\left({}\right)", inside.join(", ")),
        }
    }

    fn argument(&self, a: &Argument) -> String {
        let name = a.name.as_ref().map_or(String::new(), |n| format!("{} = ", self.name(&n.text)));
        let filter = a.filter.as_ref().map(|f| format!("{}{}", self.joint(" where "), self.expr(f)));
        format!("{name}{}{}", self.expr(&a.value), filter.unwrap_or_default())
    }

    /// Words that join formulas, with the spaces around them.
    pub(super) fn joint(&self, words: &'static str) -> String {
        match self.style {
            Style::Text => self.words(words),
            // A line may end behind them.
            Style::Latex => format!(r"{}\allowbreak ", self.words(words)),
        }
    }

    fn subscript(&self, base: &str, index: &str) -> String {
        match self.style {
            Style::Latex => format!("{}_{{{index}}}", grouped(base)),
            Style::Text => match index.chars().map(lowered).collect::<Option<String>>() {
                Some(index) => format!("{base}{index}"),
                None => format!("{base}[{index}]"),
            },
        }
    }

    fn sign(&self, op: CompareOp) -> &'static str {
        match op {
            CompareOp::Lt => " < ",
            CompareOp::Le => self.pick(" ≤ ", r" \leq "),
            CompareOp::Gt => " > ",
            CompareOp::Ge => self.pick(" ≥ ", r" \geq "),
            CompareOp::Eq => " = ",
            CompareOp::Ne => self.pick(" ≠ ", r" \neq "),
        }
    }

    /// A number of the text.
    pub(super) fn number(&self, x: f64) -> String {
        let text = format!("{x:?}");
        let text = text.strip_suffix(".0").unwrap_or(&text);
        match (self.style, text.split_once('e')) {
            (Style::Latex, Some((number, power))) => format!(r"{number} \times 10^{{{power}}}"),
            _ => text.to_owned(),
        }
    }

    /// The edges of an axis: the first and the last, or all if they are few.
    pub(super) fn numbers(&self, numbers: &[Number]) -> String {
        numbers.iter().map(|n| self.number(n.value)).collect::<Vec<_>>().join(", ")
    }

    fn unit(&self, e: &Expr) -> Option<String> {
        units::unit(self.of, e)
    }

    /// The unit behind a number.
    pub(super) fn with_unit(&self, unit: Option<&str>) -> String {
        let Some((unit, power)) = unit.map(|u| u.split_once('^').unwrap_or((u, ""))) else { return String::new() };
        match self.style {
            Style::Text => match power.chars().map(superscript).collect::<Option<String>>() {
                Some(power) => format!(" {unit}{power}"),
                None => format!(" {unit}^{power}"),
            },
            Style::Latex if power.is_empty() => format!(r"~\mathrm{{{}}}", escape::latex(unit)),
            Style::Latex => format!(r"~\mathrm{{{}}}^{{{power}}}", escape::latex(unit)),
        }
    }
}

/// How tightly an expression holds together where it is read: some calls are a sentence, or a sum of sets.
fn level_of(e: &Expr) -> Level {
    match &e.kind {
        ExprKind::Call { function, .. } if ["sort", "union", "defined", "bit"].contains(&function.text.as_str()) => {
            Level::Compare
        }
        _ => syntax::level_of(e),
    }
}

/// True for a number, with or without a sign.
pub(super) fn is_number(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Int(_) | ExprKind::Real(_) => true,
        ExprKind::Unary(UnaryOp::Neg, of) => is_number(of),
        _ => false,
    }
}

/// In braces if it has an index or a power of its own: LaTeX allows one of each.
fn grouped(base: &str) -> String {
    if base.contains(['_', '^']) { format!("{{{base}}}") } else { base.to_owned() }
}

/// The value of a number.
fn value(e: &Expr) -> f64 {
    match &e.kind {
        ExprKind::Int(n) => *n as f64,
        ExprKind::Real(x) => *x,
        ExprKind::Unary(UnaryOp::Neg, of) => -value(of),
        _ => f64::NAN,
    }
}

fn superscript(c: char) -> Option<char> {
    "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth(c.to_digit(10)? as usize)
}

fn lowered(c: char) -> Option<char> {
    match c {
        '…' => Some('…'),
        _ => "₀₁₂₃₄₅₆₇₈₉".chars().nth(c.to_digit(10)? as usize),
    }
}
