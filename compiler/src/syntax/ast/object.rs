//! Objects of the AST, and what is defined beside them.

use super::{Expr, Name, Reserved};
use crate::source::Span;

/// `define NAME = E`, or `define f(a, b) = E`.
#[derive(Clone, Debug, PartialEq)]
pub struct Define {
    /// What is defined.
    pub name: Name,
    /// Empty for a plain define.
    pub parameters: Vec<Name>,
    /// The right-hand side.
    pub value: Expr,
    /// The statement.
    pub span: Span,
}

/// `best NAME by KEY [, KEY ...] from SOURCE [where COND]`
#[derive(Clone, Debug, PartialEq)]
pub struct Best {
    /// The winner's name.
    pub name: Name,
    /// Smallest first key, then the next key, then order.
    pub keys: Vec<Expr>,
    /// Where the candidates come from.
    pub from: Source,
    /// Which candidates count.
    pub filter: Option<Expr>,
    /// The statement.
    pub span: Span,
}

/// Where objects or candidates come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// `take Jet`, `take sort(union(a, b), pt, descend)`, `from jets j`
    Collection {
        /// The collection.
        of: Expr,
        /// A name for its current element.
        alias: Option<Name>,
    },
    /// `take disjoint(Muon m1, Muon m2)`, `take cartesian(muons mu, taus tau)`
    Combination {
        /// Which combinations are formed.
        kind: Combinator,
        /// The members, in order.
        members: Vec<Binding>,
        /// The whole call.
        span: Span,
    },
    /// Legacy: `comb(jets[-1] jets[-2]) alias jj`; the elements with negative numbers are the members.
    Comb {
        /// The members, in order.
        members: Vec<Expr>,
        /// A name for the current candidate.
        alias: Option<Name>,
        /// The whole call.
        span: Span,
    },
}

/// Which tuples a combination forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combinator {
    /// No input object twice; bindings of one collection run i < j.
    Disjoint,
    /// All ordered tuples.
    Cartesian,
}

/// One member of a combination: `Muon m1`.
#[derive(Clone, Debug, PartialEq)]
pub struct Binding {
    /// The collection it runs over.
    pub of: Expr,
    /// The member's name.
    pub name: Name,
}

/// An `object` or `composite` block.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// The new collection.
    pub name: Name,
    /// Its `take` lines (2026 allows exactly one; checked in `hir`); the legacy edition also has `object a : B`.
    pub takes: Vec<Take>,
    /// The other statements, in order.
    pub statements: Vec<ObjectStatement>,
    /// The header line.
    pub span: Span,
}

/// `take SOURCE [where COND]`
#[derive(Clone, Debug, PartialEq)]
pub struct Take {
    /// What is taken.
    pub source: Source,
    /// Which elements.
    pub filter: Option<Expr>,
    /// The statement.
    pub span: Span,
}

/// A statement of an object or composite block.
#[derive(Clone, Debug, PartialEq)]
pub enum ObjectStatement {
    /// `select pt > 30`
    Select(Expr),
    /// `reject dR(this, electrons) < 0.4`
    Reject(Expr),
    /// `define tagged = btag > 0.5`, indented deeper than the block keyword.
    Define(Define),
    /// `best near by dR(this, j) from jets j`, indented.
    Best(Best),
    /// `object ZaSwap = Z1.p + Z2.m`: a derived candidate.
    Derived(Define),
    /// A statement of the language that this version does not have.
    Reserved(Reserved),
}
