//! Names of quantities in messages: the text as the analyst wrote it.

use super::cell::{Coordinate, Range};
use super::condition::Space;
use crate::hir::{Expr, ExprId, Ty, print};

impl Space<'_> {
    /// Remembers how a quantity was first written. `said` is a comparison, and whether the quantity is its right side.
    pub(super) fn name_it(&mut self, coordinate: Coordinate, id: ExprId, said: Option<(ExprId, bool)>) {
        if self.names.contains_key(&coordinate) {
            return;
        }
        let name = self.written(id, said);
        self.names.insert(coordinate, name);
    }

    fn written(&self, id: ExprId, said: Option<(ExprId, bool)>) -> String {
        if let Expr::Quantity(q, _) = self.analysis.expr(id).expr
            && self.plain(id).is_some()
            && let Some(quantity) = self.analysis.quantities.get(q.0 as usize)
        {
            return quantity.name.clone();
        }
        let side = said.and_then(|(comparison, right)| self.side(comparison, right));
        if let Some(side) = side {
            return side;
        }
        if self.is_written(id) {
            return self.text(id);
        }
        print::expression(self.analysis, id)
    }

    /// The text of an expression on one line.
    fn text(&self, id: ExprId) -> String {
        let text = self.sources.slice(self.analysis.expr(id).span);
        let lines = text.lines().map(|l| l.split(" #").next().unwrap_or("").trim());
        lines.collect::<Vec<_>>().join(" ")
    }

    /// True if an expression was first written in the analysis, as a whole: not in the standard library, and not as the
    /// name of an attribute of something.
    pub(super) fn is_written(&self, id: ExprId) -> bool {
        let node = self.analysis.expr(id);
        let is_own = self.sources.get(node.span.file).is_some_and(|s| !s.is_stdlib);
        is_own && !matches!(node.expr, Expr::Attribute(..) | Expr::Dispatch(..) | Expr::Call(..))
    }

    /// One side of a comparison as it is written.
    fn side(&self, comparison: ExprId, right: bool) -> Option<String> {
        let node = self.analysis.expr(comparison);
        if self.sources.get(node.span.file).is_none_or(|s| s.is_stdlib) {
            return None;
        }
        let text = self.text(comparison);
        let mut depth = 0_i32;
        let mut found: Option<(usize, usize)> = None;
        for (i, c) in text.char_indices() {
            let ranges = text.get(i..i + 2).is_some_and(|t| t == "[]" || t == "][");
            match c {
                _ if depth == 0 && ranges && found.is_none() => found = Some((i, i + 2)),
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth -= 1,
                '<' | '>' | '=' | '!' if depth == 0 => match &mut found {
                    Some((_, end)) if *end == i => *end = i + 1,
                    // Two comparisons: this text is not one of them.
                    Some(_) => return None,
                    None => found = Some((i, i + 1)),
                },
                _ => {}
            }
        }
        let (start, end) = found?;
        let is_range = text.get(start..end).is_some_and(|t| t == "[]" || t == "][");
        let sides = (text.get(..start)?.trim(), text.get(end..)?.trim());
        // `a > b` is kept as `b < a`.
        let greater = text.get(start..end).is_some_and(|t| t.starts_with('>'));
        let side = if is_range || right == greater { sides.0 } else { sides.1 };
        let is_whole =
            !side.is_empty() && side.parse::<f64>().is_err() && side.matches('(').count() == side.matches(')').count();
        is_whole.then(|| side.to_owned())
    }

    /// How a quantity is called.
    #[must_use]
    pub fn name(&self, coordinate: Coordinate) -> String {
        self.names.get(&coordinate).cloned().unwrap_or_else(|| match coordinate {
            Coordinate::Size(c) => format!("size({})", self.analysis.collection(c).name),
            Coordinate::Number(e) | Coordinate::Text(e) | Coordinate::Truth(e) | Coordinate::Order(e, _) => {
                self.written(e, None)
            }
            Coordinate::Passes(r) => self.analysis.regions.get(r.0 as usize).map_or(String::new(), |r| r.name.clone()),
        })
    }

    /// True if a quantity is a whole number.
    #[must_use]
    pub fn is_integer(&self, coordinate: Coordinate) -> bool {
        match coordinate {
            Coordinate::Number(e) => self.analysis.expr(e).ty == Ty::Int,
            Coordinate::Size(_) | Coordinate::Text(_) | Coordinate::Truth(_) | Coordinate::Passes(_) => true,
            Coordinate::Order(..) => false,
        }
    }

    /// A limit as a condition: `MET > 300`, `HLT_IsoMu24`, `channel == "mu"`.
    #[must_use]
    pub fn limit_text(&self, coordinate: Coordinate, range: &Range) -> String {
        let name = self.name(coordinate);
        let missing = if range.missing { " or missing" } else { "" };
        if range.set.is_empty() {
            return format!("{name} missing");
        }
        let text = match coordinate {
            Coordinate::Number(_) | Coordinate::Size(_) => range.set.text(&name),
            Coordinate::Truth(_) | Coordinate::Passes(_) => {
                if range.set.contains(1.0) {
                    name
                } else {
                    format!("not ({name})")
                }
            }
            Coordinate::Text(_) => match range.set.ranges() {
                [(low, _)] if range.set.is_point() => format!("{name} == \"{}\"", self.text_of(low.value)),
                _ => format!("another {name}"),
            },
            // An order is called by the first comparison that mentions it.
            Coordinate::Order(..) => match self.orders.get(&coordinate) {
                Some(signs) if range.set.and(&signs.not()).is_empty() => name,
                _ => format!("not ({name})"),
            },
        };
        format!("{text}{missing}")
    }
}
