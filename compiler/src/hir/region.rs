//! Regions of the HIR: everything that happens to an event, in order.

use super::{CollectionId, ExprId, FormatId, Var};
use crate::source::Span;
use adl_runtime::histogram::Axis;
use adl_runtime::rows::Format;

/// A region: everything that happens to an event, in order.
#[derive(Clone, Debug)]
pub struct Region {
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub span: Span,
    /// Data for which one of these holds reach no output (only for input that is not simulated).
    pub blind: Vec<ExprId>,
    /// The rows and fills, those of the regions it takes first.
    pub steps: Vec<RegionStep>,
    /// The bins, first match wins.
    pub bins: Vec<Bin>,
    /// Published counts of its rows and bins.
    pub counts: Vec<Counts>,
}

/// Published counts: kept, and not compared with the run.
#[derive(Clone, Debug)]
pub struct Counts {
    /// The `countsformat`.
    pub format: FormatId,
    /// What they are counts of.
    pub of: CountsOf,
    /// Per process: the count and its uncertainties (up, down).
    pub values: Vec<(f64, Vec<(f64, f64)>)>,
    /// The statement.
    pub span: Span,
}

/// What published counts are counts of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountsOf {
    /// All events.
    All,
    /// The row of the statement with this span.
    Row(Span),
    /// A bin of one of [`Region::bins`].
    Bin {
        /// Index into the region's `bins`.
        bins: usize,
        /// Which bin of that statement.
        number: usize,
    },
}

/// The columns of published counts.
#[derive(Clone, Debug)]
pub struct CountsFormat {
    /// Its name.
    pub name: String,
    /// The processes.
    pub processes: Vec<Process>,
    /// Where it is declared.
    pub span: Span,
}

/// A column of published counts.
#[derive(Clone, Debug)]
pub struct Process {
    /// Its name.
    pub name: String,
    /// What it is.
    pub title: String,
    /// Its uncertainties, in order: `stat`, `syst`.
    pub uncertainties: Vec<&'static str>,
}

/// A step of a region.
#[derive(Clone, Debug)]
pub enum RegionStep {
    /// A row that events pass or not.
    Cut {
        /// The condition as written.
        condition: ExprId,
        /// `reject` rather than `select`.
        reject: bool,
        /// The statement.
        span: Span,
    },
    /// A row that multiplies the weight.
    Weight {
        /// Its name.
        name: String,
        /// The factor (Real), 1 where the `where` condition is not true.
        factor: ExprId,
        /// The statement.
        span: Span,
    },
    /// A histogram, filled here with the weight so far.
    Fill(Fill),
    /// Values of the events that come here, printed or saved.
    Save(Save),
}

/// Values of events that are printed, or saved in a file.
#[derive(Clone, Debug)]
pub struct Save {
    /// The name of the file; empty for `print`.
    pub name: String,
    /// What is made of them.
    pub format: Format,
    /// The columns; none means the whole event as it was read.
    pub columns: Vec<SaveColumn>,
    /// The statement.
    pub span: Span,
}

/// A column of saved values.
#[derive(Clone, Debug)]
pub struct SaveColumn {
    /// Its name; empty for a text that is printed.
    pub name: String,
    /// Its value, of any type.
    pub value: ExprId,
    /// One value per element of this loop, or one per event.
    pub over: Option<(Var, CollectionId)>,
    /// Where it was written.
    pub span: Span,
}

/// A histogram and what fills it.
#[derive(Clone, Debug)]
pub struct Fill {
    /// Its name in the region.
    pub name: String,
    /// Title; axis titles.
    pub title: String,
    /// `profile` rather than `histo`.
    pub profile: bool,
    /// The axes.
    pub axes: Vec<Axis>,
    /// What is filled, Real (for a profile the averaged quantity last).
    pub values: Vec<ExprId>,
    /// One entry per element of these loops, each inside the one before it; none for one per event.
    pub over: Vec<(Var, CollectionId)>,
    /// A factor on the weight, Real.
    pub weighted: Option<ExprId>,
    /// Which entries.
    pub filter: Option<ExprId>,
    /// Also one copy per bin of the region.
    pub per_bin: bool,
    /// The statement.
    pub span: Span,
}

/// Some bins of a region: one condition with a label, or the product of axes.
#[derive(Clone, Debug)]
pub struct Bin {
    /// Label of the bin, or prefix of the labels.
    pub label: String,
    /// Events that belong to these bins, if not all.
    pub condition: Option<ExprId>,
    /// The axes; none for a single bin.
    pub axes: Vec<BinAxis>,
    /// The statement.
    pub span: Span,
}

/// One axis of `bins`.
#[derive(Clone, Debug)]
pub enum BinAxis {
    /// Half-open ranges of a Real.
    Edges {
        /// The quantity.
        value: ExprId,
        /// Its name in labels.
        name: String,
        /// Increasing.
        edges: Vec<f64>,
        /// A bin below.
        underflow: bool,
        /// A bin above.
        overflow: bool,
    },
    /// One bin per condition, with its label.
    Values(Vec<(String, ExprId)>),
}

impl RegionStep {
    /// The place in the text.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            RegionStep::Cut { span, .. } | RegionStep::Weight { span, .. } => *span,
            RegionStep::Fill(fill) => fill.span,
            RegionStep::Save(save) => save.span,
        }
    }
}

impl BinAxis {
    /// The number of bins on it.
    #[must_use]
    pub fn bins(&self) -> usize {
        match self {
            BinAxis::Edges { edges, underflow, overflow, .. } => {
                edges.len().saturating_sub(1) + usize::from(*underflow) + usize::from(*overflow)
            }
            BinAxis::Values(values) => values.len(),
        }
    }
}
