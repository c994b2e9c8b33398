//! From the parts of an expression to its AST. Depth is counted on the way up, so that no expression is deeper than
//! later stages can follow.

use super::ast::{Argument, BinaryOp, CompareOp, Expr, ExprKind, Name, Number, UnaryOp};
use super::ast_legacy::BitOp;
use super::error;
use super::grammar::{self, Rule};
use crate::error::Message;
use crate::source::{FileId, Span};
use pest::iterators::{Pair, Pairs};

/// Operations may stand inside one another this deep: `a + b + c` is two deep.
pub(super) const MAX_DEPTH: u32 = 500;

/// Where the text of a statement lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Builder {
    pub(super) file: FileId,
    /// The place of the statement's first byte in the file.
    pub(super) base: usize,
}

/// An expression and how deep it is.
pub(super) struct Tree {
    pub(super) expr: Expr,
    pub(super) depth: u32,
}

type Built<T> = Result<T, Message>;

impl Builder {
    /// The place of bytes `start..end` of the statement in the file.
    pub(super) fn span(self, start: usize, end: usize) -> Span {
        Span { file: self.file, start: (self.base + start) as u32, end: (self.base + end) as u32 }
    }

    pub(super) fn span_of(self, pair: &Pair<'_, Rule>) -> Span {
        let span = pair.as_span();
        let blanks = span.as_str().len() - span.as_str().trim_end().len();
        self.span(span.start(), span.end() - blanks)
    }

    pub(super) fn name(self, pair: &Pair<'_, Rule>) -> Name {
        Name { text: pair.as_str().to_owned(), span: self.span_of(pair) }
    }

    /// The number of a `signed` pair.
    pub(super) fn number(self, pair: &Pair<'_, Rule>) -> Built<Number> {
        let span = self.span_of(pair);
        match pair.as_str().parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Number { value, span }),
            Ok(_) | Err(_) => Err(error::number_too_large(span)),
        }
    }

    pub(super) fn expr(self, pair: Pair<'_, Rule>) -> Built<Expr> {
        Ok(self.tree(pair)?.expr)
    }

    pub(super) fn tree(self, pair: Pair<'_, Rule>) -> Built<Tree> {
        let whole = self.span_of(&pair);
        match pair.as_rule() {
            Rule::expr | Rule::index => self.ternary(pair.into_inner(), whole),
            Rule::legacy_expr => self.legacy_ternary(pair.into_inner(), whole),
            Rule::legacy_side | Rule::legacy_value => self.side(pair),
            Rule::legacy_action => self.action(pair),
            Rule::condition | Rule::index_condition | Rule::legacy_condition => {
                self.condition(pair.into_inner(), whole)
            }
            Rule::comparison | Rule::index_comparison | Rule::legacy_comparison => {
                self.comparison(pair.into_inner(), whole)
            }
            Rule::sum
            | Rule::limit
            | Rule::upper
            | Rule::legacy_sum
            | Rule::barred_sum
            | Rule::legacy_limit
            | Rule::legacy_upper => self.sum(pair.into_inner(), whole),
            Rule::operand | Rule::legacy_operand => self.operand(pair.into_inner(), whole),
            _ => Err(error::internal(whole)),
        }
    }

    /// `c1 ? a : c2 ? b : d`, built from the last branch.
    fn ternary(self, parts: Pairs<'_, Rule>, whole: Span) -> Built<Tree> {
        let mut parts = parts.filter(|p| !matches!(p.as_rule(), Rule::question | Rule::colon)).rev();
        let Some(last) = parts.next() else {
            return Err(error::internal(whole));
        };
        let mut tree = self.tree(last)?;
        while let (Some(yes), Some(condition)) = (parts.next(), parts.next()) {
            let (yes, condition) = (self.tree(yes)?, self.tree(condition)?);
            let depth = tree.depth.max(yes.depth).max(condition.depth);
            let span = condition.expr.span.to(tree.expr.span);
            let kind = ExprKind::Ternary {
                condition: Box::new(condition.expr),
                yes: Box::new(yes.expr),
                no: Some(Box::new(tree.expr)),
            };
            tree = above(kind, span, depth)?;
        }
        Ok(tree)
    }

    fn condition(self, parts: Pairs<'_, Rule>, whole: Span) -> Built<Tree> {
        short_enough(&parts, whole)?;
        grammar::CONDITION
            .map_primary(|pair| self.tree(pair))
            .map_prefix(|not, of| {
                let of = of?;
                let span = self.span_of(&not).to(of.expr.span);
                above(ExprKind::Unary(UnaryOp::Not, Box::new(of.expr)), span, of.depth)
            })
            .map_infix(|left, word, right| {
                let (left, right) = (left?, right?);
                let (span, depth) = (left.expr.span.to(right.expr.span), left.depth.max(right.depth));
                let (a, b) = (Box::new(left.expr), Box::new(right.expr));
                let kind = if matches!(word.as_rule(), Rule::or_word | Rule::legacy_or) {
                    ExprKind::Or(a, b)
                } else {
                    ExprKind::And(a, b)
                };
                above(kind, span, depth)
            })
            .parse(parts)
    }

    fn comparison(self, mut parts: Pairs<'_, Rule>, whole: Span) -> Built<Tree> {
        let Some(first) = parts.next() else {
            return Err(error::internal(whole));
        };
        let first = self.tree(first)?;
        let mut depth = first.depth;
        let start = first.expr.span;
        let Some(next) = parts.peek() else {
            return Ok(first);
        };
        match next.as_rule() {
            Rule::range | Rule::legacy_range => self.range(first, next.into_inner(), whole),
            Rule::member | Rule::legacy_member => self.member(first, next.into_inner(), whole),
            _ => {
                let mut rest = Vec::new();
                let mut first = first;
                while let (Some(op), Some(right)) = (parts.next(), parts.next()) {
                    let right = self.tree(right)?;
                    if let sign @ ("~=" | "~!") = op.as_str() {
                        first = self.near(first, right, sign == "~!")?;
                        depth = depth.max(first.depth);
                        continue;
                    }
                    depth = depth.max(right.depth);
                    rest.push((compare_op(op.as_str()), right.expr));
                }
                if rest.is_empty() {
                    return Ok(first);
                }
                let span = rest.last().map_or(start, |(_, e)| start.to(e.span));
                above(ExprKind::Compare { first: Box::new(first.expr), rest }, span, depth)
            }
        }
    }

    fn range(self, value: Tree, parts: Pairs<'_, Rule>, whole: Span) -> Built<Tree> {
        let mut parts = parts.filter(|p| p.as_rule() != Rule::comma);
        let (Some(op), Some(low), Some(high)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(error::internal(whole));
        };
        let (low, high) = (self.tree(low)?, self.tree(high)?);
        let span = value.expr.span.to(high.expr.span);
        let depth = value.depth.max(low.depth).max(high.depth);
        let kind = ExprKind::Range {
            inside: op.as_rule() == Rule::inside,
            value: Box::new(value.expr),
            low: Box::new(low.expr),
            high: Box::new(high.expr),
        };
        above(kind, span, depth)
    }

    fn member(self, value: Tree, parts: Pairs<'_, Rule>, whole: Span) -> Built<Tree> {
        let Some(of) = parts.last() else {
            return Err(error::internal(whole));
        };
        if let Some(list) = list_of_values(of.clone()) {
            let span = value.expr.span.to(self.span_of(&list));
            let mut depth = value.depth;
            let mut values = Vec::new();
            let is_value = |p: &Pair<'_, Rule>| matches!(p.as_rule(), Rule::expr | Rule::legacy_side);
            for item in list.into_inner().filter(is_value) {
                let item = self.tree(item)?;
                depth = depth.max(item.depth);
                values.push(item.expr);
            }
            return above(ExprKind::InValues { value: Box::new(value.expr), values }, span, depth);
        }
        let of = self.tree(of)?;
        let (span, depth) = (value.expr.span.to(of.expr.span), value.depth.max(of.depth));
        above(ExprKind::In { value: Box::new(value.expr), of: Box::new(of.expr) }, span, depth)
    }

    fn sum(self, parts: Pairs<'_, Rule>, whole: Span) -> Built<Tree> {
        short_enough(&parts, whole)?;
        grammar::SUM
            .map_primary(|pair| self.tree(pair))
            .map_prefix(|minus, of| {
                let of = of?;
                let span = self.span_of(&minus).to(of.expr.span);
                above(ExprKind::Unary(UnaryOp::Neg, Box::new(of.expr)), span, of.depth)
            })
            .map_infix(|left, op, right| {
                let (left, right) = (left?, right?);
                if let Some(op) = bit_op(op.as_str()) {
                    return self.bits(op, left, right);
                }
                let (span, depth) = (left.expr.span.to(right.expr.span), left.depth.max(right.depth));
                let kind = ExprKind::Binary(binary_op(op.as_rule()), Box::new(left.expr), Box::new(right.expr));
                above(kind, span, depth)
            })
            .parse(parts)
    }

    fn operand(self, mut parts: Pairs<'_, Rule>, whole: Span) -> Built<Tree> {
        short_enough(&parts, whole)?;
        let Some(first) = parts.next() else {
            return Err(error::internal(whole));
        };
        let mut tree = self.primary(first)?;
        for part in parts {
            let span = tree.expr.span.to(self.span_of(&part));
            let mut depth = tree.depth;
            let of = Box::new(tree.expr);
            let kind = if part.as_rule() == Rule::attribute {
                let Some(name) = part.into_inner().next() else {
                    return Err(error::internal(span));
                };
                ExprKind::Attribute { of, name: self.name(&name) }
            } else {
                let (mut from, mut to, mut colon) = (None, None, false);
                for piece in part.into_inner() {
                    if piece.as_rule() == Rule::colon {
                        colon = true;
                        continue;
                    }
                    let piece = self.tree(piece)?;
                    depth = depth.max(piece.depth);
                    *(if colon { &mut to } else { &mut from }) = Some(Box::new(piece.expr));
                }
                match (colon, from) {
                    (false, Some(index)) => ExprKind::Index { of, index },
                    (_, from) => ExprKind::Slice { of, from, to },
                }
            };
            tree = above(kind, span, depth)?;
        }
        Ok(tree)
    }

    fn primary(self, pair: Pair<'_, Rule>) -> Built<Tree> {
        let span = self.span_of(&pair);
        let leaf = |kind| Ok(Tree { expr: Expr { kind, span }, depth: 0 });
        match pair.as_rule() {
            Rule::number => {
                let text = pair.as_str();
                if text.bytes().all(|b| b.is_ascii_digit()) {
                    return text
                        .parse()
                        .map_or_else(|_| Err(error::number_too_large(span)), |n| leaf(ExprKind::Int(n)));
                }
                leaf(ExprKind::Real(self.number(&pair)?.value))
            }
            Rule::string => leaf(ExprKind::Text(text_of(&pair))),
            Rule::name => leaf(ExprKind::Name(pair.as_str().to_owned())),
            Rule::call | Rule::legacy_call | Rule::quoted_call => self.call(pair),
            Rule::free_slot => leaf(ExprKind::Name(pair.as_str().to_owned())),
            Rule::braces | Rule::bars | Rule::trigger => self.legacy_primary(pair),
            Rule::group | Rule::legacy_group => {
                let mut parts = pair.into_inner();
                let only = parts.next().filter(|_| !parts.any(|p| p.as_rule() == Rule::comma));
                let tree = self.tree(only.ok_or_else(|| error::list_of_values(span))?)?;
                Ok(Tree { expr: Expr { span, ..tree.expr }, depth: tree.depth })
            }
            _ => Err(error::internal(span)),
        }
    }

    fn call(self, pair: Pair<'_, Rule>) -> Built<Tree> {
        let span = self.span_of(&pair);
        let mut parts = pair.into_inner();
        let Some(function) = parts.next() else {
            return Err(error::internal(span));
        };
        let mut depth = 0;
        let mut arguments = Vec::new();
        for part in parts.filter(|p| matches!(p.as_rule(), Rule::argument | Rule::legacy_argument)) {
            let at = self.span_of(&part);
            let (mut name, mut value, mut filter) = (None, None, None);
            for piece in part.into_inner() {
                match piece.as_rule() {
                    Rule::argument_name => name = piece.into_inner().next().map(|n| self.name(&n)),
                    Rule::assign => {}
                    Rule::filter => {
                        let Some(condition) = piece.into_inner().last() else {
                            return Err(error::internal(at));
                        };
                        let condition = self.tree(condition)?;
                        depth = depth.max(condition.depth);
                        filter = Some(condition.expr);
                    }
                    _ => {
                        let tree = self.tree(piece)?;
                        depth = depth.max(tree.depth);
                        value = Some(tree.expr);
                    }
                }
            }
            let Some(value) = value else {
                return Err(error::internal(at));
            };
            arguments.push(Argument { name, value, filter });
        }
        let text = text_of(&function);
        above(ExprKind::Call { function: Name { text, ..self.name(&function) }, arguments }, span, depth)
    }
}

/// The text between the quotes of a `string` pair.
pub(super) fn text_of(pair: &Pair<'_, Rule>) -> String {
    let text = pair.as_str();
    text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text).to_owned()
}

pub(super) fn above(kind: ExprKind, span: Span, depth: u32) -> Built<Tree> {
    if depth >= MAX_DEPTH {
        return Err(error::too_long(span));
    }
    Ok(Tree { expr: Expr { kind, span }, depth: depth + 1 })
}

/// Bounds the recursion over `-`, `not`, `^` and the depth of a chain before anything is built.
fn short_enough(parts: &Pairs<'_, Rule>, whole: Span) -> Built<()> {
    if parts.len() > 2 * MAX_DEPTH as usize + 1 { Err(error::too_long(whole)) } else { Ok(()) }
}

/// The brackets of `(11, 13)`, if that is all of a sum.
fn list_of_values(sum: Pair<'_, Rule>) -> Option<Pair<'_, Rule>> {
    let operand = only(sum.into_inner())?;
    let is_group = |p: &Pair<'_, Rule>| matches!(p.as_rule(), Rule::group | Rule::legacy_group);
    let group = only(operand.into_inner()).filter(is_group)?;
    let is_list = group.clone().into_inner().any(|p| p.as_rule() == Rule::comma);
    is_list.then_some(group)
}

fn only<'t>(mut parts: Pairs<'t, Rule>) -> Option<Pair<'t, Rule>> {
    let first = parts.next()?;
    parts.next().is_none().then_some(first)
}

fn binary_op(rule: Rule) -> BinaryOp {
    match rule {
        Rule::minus => BinaryOp::Sub,
        Rule::times => BinaryOp::Mul,
        Rule::divide => BinaryOp::Div,
        Rule::power => BinaryOp::Pow,
        _ => BinaryOp::Add,
    }
}

fn bit_op(sign: &str) -> Option<BitOp> {
    match sign {
        "&" => Some(BitOp::And),
        "|" => Some(BitOp::Or),
        "<<" => Some(BitOp::Left),
        ">>" => Some(BitOp::Right),
        _ => None,
    }
}

fn compare_op(text: &str) -> CompareOp {
    match text.to_ascii_lowercase().as_str() {
        "<" | "lt" => CompareOp::Lt,
        "<=" | "=<" | "le" => CompareOp::Le,
        ">" | "gt" => CompareOp::Gt,
        ">=" | "=>" | "ge" => CompareOp::Ge,
        "!=" | "ne" => CompareOp::Ne,
        _ => CompareOp::Eq,
    }
}
