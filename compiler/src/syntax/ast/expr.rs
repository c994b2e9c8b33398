//! Expressions of the AST.

use super::Name;
use crate::source::Span;
use crate::syntax::ast_legacy::LegacyExpr;

/// A number with its sign, as written in an edge list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    /// Its value.
    pub value: f64,
    /// Where it stands.
    pub span: Span,
}

impl Number {
    /// The same as an expression.
    #[must_use]
    pub fn expr(self) -> Expr {
        let Number { value, span } = self;
        let whole = value.fract() == 0.0 && value.abs() < 9.0e15;
        let size = if whole { ExprKind::Int(value.abs() as i64) } else { ExprKind::Real(value.abs()) };
        let size = Expr { kind: size, span };
        if value < 0.0 { Expr { kind: ExprKind::Unary(UnaryOp::Neg, Box::new(size)), span } } else { size }
    }
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `30`
    Int(i64),
    /// `2.5`
    Real(f64),
    /// `"2018"`
    Text(String),
    /// `MET`, `this`, `true`, `pt`
    Name(String),
    /// `dR(this, jets)`, `sum(pt(jets) where tagged)`, `sf(eta = abs(eta))`
    Call {
        /// The function.
        function: Name,
        /// Its arguments.
        arguments: Vec<Argument>,
    },
    /// `Z.l1`
    Attribute {
        /// The object.
        of: Box<Expr>,
        /// The attribute or member.
        name: Name,
    },
    /// `jets[0]`
    Index {
        /// The collection.
        of: Box<Expr>,
        /// The position.
        index: Box<Expr>,
    },
    /// `jets[:4]`
    Slice {
        /// The collection.
        of: Box<Expr>,
        /// First position.
        from: Option<Box<Expr>>,
        /// One past the last position.
        to: Option<Box<Expr>>,
    },
    /// `-x`, `not x`
    Unary(UnaryOp, Box<Expr>),
    /// `a + b`
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `a and b`
    And(Box<Expr>, Box<Expr>),
    /// `a or b`
    Or(Box<Expr>, Box<Expr>),
    /// `10 < MET < 100`: a chain of comparisons.
    Compare {
        /// The first operand.
        first: Box<Expr>,
        /// Operator and next operand.
        rest: Vec<(CompareOp, Expr)>,
    },
    /// `mass [] 60 120` (inside, both ends included) or `mass ][ 80 100` (outside, both ends included).
    Range {
        /// `[]` rather than `][`.
        inside: bool,
        /// What is tested.
        value: Box<Expr>,
        /// Lower limit.
        low: Box<Expr>,
        /// Upper limit.
        high: Box<Expr>,
    },
    /// `abs(pdgId) in (11, 13)`
    InValues {
        /// What is tested.
        value: Box<Expr>,
        /// The values.
        values: Vec<Expr>,
    },
    /// `this in Z`
    In {
        /// What is tested.
        value: Box<Expr>,
        /// A collection or candidate.
        of: Box<Expr>,
    },
    /// `cond ? a : b`
    Ternary {
        /// The test.
        condition: Box<Expr>,
        /// If true.
        yes: Box<Expr>,
        /// If false; absent only in the legacy edition.
        no: Option<Box<Expr>>,
    },
    /// `all` of nothing written: the body of an intrinsic of the standard library, `define sin(x) = intrinsic`.
    Intrinsic,
    /// A form of the legacy edition; none is left after `legacy::translate`.
    Legacy(Box<LegacyExpr>),
}

/// An argument of a call: `[NAME =] EXPR [where COND]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// For `sf(eta = abs(eta))`.
    pub name: Option<Name>,
    /// Its value.
    pub value: Expr,
    /// For reducers: `count(tagged(jets) where pt(jets) > 30)`.
    pub filter: Option<Expr>,
}

/// Prefix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`
    Neg,
    /// `not`
    Not,
}

/// Arithmetic operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `^`
    Pow,
}

/// Comparison operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareOp {
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `==`
    Eq,
    /// `!=`
    Ne,
}
