//! Regions of the AST: cuts, weights, bins, histograms, and what is printed, saved and counted.

use super::{Best, Define, Expr, Name, Number, Reserved};
use crate::source::Span;
use crate::syntax::ast_legacy::LegacyStatement;

/// A `region` block.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// Its name.
    pub name: Name,
    /// The statements, in order.
    pub statements: Vec<RegionStatement>,
    /// The header line.
    pub span: Span,
}

/// A statement of a region block.
#[derive(Clone, Debug, PartialEq)]
pub enum RegionStatement {
    /// `take baseline`
    Take(Name),
    /// `select size(jets) >= 2`
    Select(Expr),
    /// `reject size(electrons) > 0`
    Reject(Expr),
    /// `define x = ...`, indented: this region and its children only.
    Define(Define),
    /// `best ...`, indented.
    Best(Best),
    /// `weight pileup puWeight [where COND]`
    Weight(Weight),
    /// `bin "4mu" nMu == 4`
    Bin(Bin),
    /// `bins MET 100 200 300 overflow`
    Bins(Bins),
    /// `histo ...` or `profile ...`
    Histogram(Histogram),
    /// `histo plots`: books all histograms of a histoList here.
    UseList(Name),
    /// `blind [COND]`
    Blind(Option<Expr>, Span),
    /// `print MET, size(jets)`
    Print(Print),
    /// `save leptons csv MET, pt(leptons)`
    Save(Save),
    /// `counts results 997 +- 32 +- 40, 933`
    Counts(Counts),
    /// A statement of the legacy edition; none is left after `legacy::translate`.
    Legacy(LegacyStatement),
    /// A statement of the language that this version does not have.
    Reserved(Reserved),
}

/// `print E [, E ...]`
#[derive(Clone, Debug, PartialEq)]
pub struct Print {
    /// What is printed of every event that comes here; texts as they are.
    pub values: Vec<Expr>,
    /// The statement.
    pub span: Span,
}

/// `save NAME [csv | parquet | root | rntuple] [[COLUMN =] E , ...]`
#[derive(Clone, Debug, PartialEq)]
pub struct Save {
    /// The name of the file.
    pub name: Name,
    /// The format; none is written out in the 2026 edition only, and means Parquet.
    pub format: Option<(SaveFormat, Span)>,
    /// The columns; none means the whole event as it was read.
    pub columns: Vec<SaveColumn>,
    /// The statement.
    pub span: Span,
}

/// A file format of saved events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveFormat {
    /// A line of text per event.
    Csv,
    /// An Apache Parquet file.
    Parquet,
    /// A ROOT file with a `TTree`.
    Root,
    /// A ROOT file with an `RNTuple`.
    Ntuple,
}

/// A column of a `save`.
#[derive(Clone, Debug, PartialEq)]
pub struct SaveColumn {
    /// Its name, if one is given; else its text is its name.
    pub name: Option<Name>,
    /// Its value.
    pub value: Expr,
}

/// `countsformat NAME` / `process ID, "title", stat, syst`: the columns of published counts.
#[derive(Clone, Debug, PartialEq)]
pub struct CountsFormat {
    /// Its name.
    pub name: Name,
    /// The processes, in the order of the counts.
    pub processes: Vec<Process>,
    /// The header line.
    pub span: Span,
}

/// `process ID, "title" [, stat] [, syst]`
#[derive(Clone, Debug, PartialEq)]
pub struct Process {
    /// Its name.
    pub name: Name,
    /// What it is.
    pub title: String,
    /// Which uncertainties its counts have, in their order.
    pub uncertainties: Vec<Uncertainty>,
    /// The statement.
    pub span: Span,
}

/// A kind of uncertainty of a published count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uncertainty {
    /// Statistical.
    Stat,
    /// Systematic.
    Syst,
}

/// `counts NAME COUNT , ...`: published counts for the row or bin before it; never compared with the run.
#[derive(Clone, Debug, PartialEq)]
pub struct Counts {
    /// The `countsformat` they are in.
    pub format: Name,
    /// One per process.
    pub values: Vec<Count>,
    /// The statement.
    pub span: Span,
}

/// `997 +- 32 +- 40`, `6.0 + 3.6 - 0.6 +- 1.1`
#[derive(Clone, Debug, PartialEq)]
pub struct Count {
    /// The count.
    pub value: Number,
    /// Its uncertainties: how far it may lie above, and below (no sign).
    pub errors: Vec<(Number, Number)>,
    /// All of it.
    pub span: Span,
}

/// `weight NAME E [where COND]`
#[derive(Clone, Debug, PartialEq)]
pub struct Weight {
    /// The weight's name.
    pub name: Name,
    /// The factor.
    pub value: Expr,
    /// Where it applies; 1 elsewhere.
    pub filter: Option<Expr>,
    /// The statement.
    pub span: Span,
}

/// `bin ["label"] COND [where COND]`
#[derive(Clone, Debug, PartialEq)]
pub struct Bin {
    /// The label, if one is given.
    pub label: Option<String>,
    /// Events that belong to it.
    pub condition: Expr,
    /// A further condition.
    pub filter: Option<Expr>,
    /// The statement.
    pub span: Span,
}

/// `bins ["label"] AXIS [, AXIS ...] [where COND]`
#[derive(Clone, Debug, PartialEq)]
pub struct Bins {
    /// Prefix of the bins' labels.
    pub label: Option<String>,
    /// The axes; the bins are their product, the last axis fastest.
    pub axes: Vec<BinAxis>,
    /// A condition for all of them.
    pub filter: Option<Expr>,
    /// The statement.
    pub span: Span,
}

/// `EXPR edge edge ... [underflow] [overflow]`; without edges a string or Bool define, one bin per value.
#[derive(Clone, Debug, PartialEq)]
pub struct BinAxis {
    /// The binned quantity.
    pub value: Expr,
    /// Edges as written, with their places.
    pub edges: Vec<Number>,
    /// A bin below the first edge.
    pub underflow: bool,
    /// A bin from the last edge on.
    pub overflow: bool,
    /// The whole axis.
    pub span: Span,
}

/// `histo NAME, "title;x;y", AXES, EXPRS [weighted E] [where COND] [per bin]`, or `profile ...`
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// `histo` or `profile`.
    pub kind: HistogramKind,
    /// Its name.
    pub name: Name,
    /// Title and axis titles, separated by `;`.
    pub title: String,
    /// One axis per filled expression (for a profile: one less than expressions).
    pub axes: Vec<Axis>,
    /// What is filled.
    pub values: Vec<Expr>,
    /// Factor on the event weight of each entry.
    pub weighted: Option<Expr>,
    /// Which entries.
    pub filter: Option<Expr>,
    /// Also one copy per bin of the region.
    pub per_bin: bool,
    /// The statement.
    pub span: Span,
}

/// What a histogram accumulates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistogramKind {
    /// Sums of weights.
    Histo,
    /// The mean of the last expression.
    Profile,
}

/// An axis of a histogram as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Axis {
    /// `100, 0, 200`
    Regular {
        /// Number of bins as written (checked to be a positive integer in `hir`).
        bins: Number,
        /// Lower edge.
        low: Number,
        /// Upper edge.
        high: Number,
    },
    /// `10 20 30 40 60 100`
    Edges(Vec<Number>),
}

/// `histoList plots` ... `[in SR, CR | all]`
#[derive(Clone, Debug, PartialEq)]
pub struct HistoList {
    /// Its name.
    pub name: Name,
    /// The histograms.
    pub histograms: Vec<Histogram>,
    /// Regions it is booked in, at their end.
    pub regions: Option<ListRegions>,
    /// The header line.
    pub span: Span,
}

/// The `in` line of a histoList.
#[derive(Clone, Debug, PartialEq)]
pub enum ListRegions {
    /// `in all`
    All(Span),
    /// `in SR, CR`
    Named(Vec<Name>),
}
