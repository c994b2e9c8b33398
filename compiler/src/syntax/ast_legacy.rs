//! The AST of what only the legacy edition writes. Made by `syntax::legacy`, turned into edition 2026 by `legacy`.

use super::ast::{Bin, Expr, Name, Number, RegionStatement};
use crate::source::Span;

/// Expressions of the legacy edition.
#[derive(Clone, Debug, PartialEq)]
pub enum LegacyExpr {
    /// Operands side by side are added: `m(a b)`.
    Side(Vec<Expr>),
    /// `{jets[0]}pT`, `{a, b}dR`; without a name a list of values.
    Braces(Vec<Expr>, Option<Name>),
    /// `|eta|`
    Bars(Expr),
    /// `chi2 ~= 0`: finds the elements with negative numbers that bring the value nearest to the target.
    Near {
        /// The value.
        value: Expr,
        /// The target.
        target: Expr,
        /// `~!`: farthest instead.
        farthest: bool,
    },
    /// `5 & 9`: on the bits of whole numbers.
    Bits(BitOp, Expr, Expr),
    /// A statement as a branch of `? :`; none for `print`, which does nothing there.
    Action(Option<RegionStatement>),
}

/// Operators on the bits of whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BitOp {
    /// `&`
    And,
    /// `|`
    Or,
    /// `<<`
    Left,
    /// `>>`
    Right,
}

/// Statements of a region in the legacy edition.
#[derive(Clone, Debug, PartialEq)]
pub enum LegacyStatement {
    /// A line of names: regions whose text is taken, or a histoList.
    Parents(Vec<Name>),
    /// `bin MET 100 200`, which makes three bins; the condition of the bin is the quantity.
    Edges(Bin, Vec<Number>),
    /// `sort pT(jets) descend`, for the rest of the region.
    Sort {
        /// The key, which names the collection.
        key: Expr,
        /// Largest first.
        descending: bool,
        /// The statement.
        span: Span,
    },
}
