//! The Plan: what to compute for one event. Pure values and lists in an interned graph (`dag`), effects in a small
//! tree (`Step`). Made by `lower` from the HIR; `tabulate` keeps what a nest of loops would compute again; `place`
//! turns it into parts (`placed`) that the interpreter and the JIT run.
//!
//! Invariants, checked by `verify`:
//! - operands exist before their users; types agree; a value used in a step has no free loop except those of enclosing
//!   `ForEach` steps;
//! - every `Item` and `Position` is under a binder of its list and depth;
//! - values are pure and total: evaluating one that is not needed changes nothing and cannot fail;
//! - a missing Real is NaN; a missing Int, Bool or element carries its presence in a value of its own, made by `lower`;
//! - only steps have effects, and no step is above a cut it was written behind; each sum, histogram and record is in one step;
//! - a loop's depth is above those of all loops that its body uses, and below `verify::PLAN_DEPTHS`.

pub mod build;
pub mod dag;
pub mod evaluate;
pub mod intrinsic;
pub mod lower;
mod missing;
mod node;
pub mod place;
pub mod placed;
pub mod print;
mod roots;
pub mod tabulate;
pub mod verify;
pub mod walk;

#[cfg(test)]
#[allow(clippy::expect_used)] // A test that cannot be built fails.
mod tests;

pub use dag::{
    Binary, CollectionId, Dag, Element, InputId, Leaf, List, ListNode, Node, NumbersId, Place, Reduction, Ty, Unary,
    Value,
};
pub use intrinsic::{Grouping, Intrinsic};

use adl_runtime::histogram::Layout;
use adl_runtime::schema::ElementType;

use crate::source::Span;

/// What to compute.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The columns that are read, by [`InputId`]; nothing else is ever decoded.
    pub inputs: Vec<Input>,
    /// The collections of the input whose sizes are read, by [`CollectionId`].
    pub collections: Vec<Collection>,
    /// The values and lists.
    pub dag: Dag,
    /// What happens in every event, in order.
    pub steps: Vec<Step>,
    /// Number of event counters.
    pub counters: u32,
    /// Number of weight sums (each a sum of weights and of squared weights).
    pub sums: u32,
    /// The histograms, by [`HistogramId`].
    pub histograms: Vec<Layout>,
    /// The records, by [`RecordId`]: the types of a row's values (Bool, Int or Real).
    pub records: Vec<Vec<Ty>>,
    /// The places where a run can fail on data, by [`SiteId`].
    pub sites: Vec<Site>,
    /// Where the text asks for the effects.
    pub places: Places,
}

/// The places of the text that effects are for, by their numbers; a [`Site`] has its own.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Of counters: the rows of the cutflow.
    pub counters: Vec<Span>,
    /// Of sums: the same.
    pub sums: Vec<Span>,
    /// Of histograms.
    pub histograms: Vec<Span>,
    /// Of records.
    pub records: Vec<Span>,
}

/// A column that is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Its name in the file.
    pub column: String,
    /// What is stored.
    pub element: ElementType,
    /// The collection it belongs to; none for an event's own column.
    pub collection: Option<CollectionId>,
}

/// A collection of the input whose sizes are read.
#[derive(Clone, Debug, PartialEq)]
pub struct Collection {
    /// Its name, such as `Jet`.
    pub name: String,
    /// A list column of it: the sizes are this column's (its counter is read instead, where there is one).
    pub column: String,
}

/// A histogram of the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HistogramId(pub u32);

/// A table of values of events, kept row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId(pub u32);

/// A counter of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CounterId(pub u32);

/// A sum of weights and of squared weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SumId(pub u32);

/// A place where a run can fail on data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SiteId(pub u32);

/// What a failed check says.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// The place in the text.
    pub span: Span,
    /// What is wrong, for the message: "the weight `pileup` is not a finite number".
    pub title: String,
    /// The texts of the values that the message also shows, those of the check's `values`.
    pub shown: Vec<Span>,
}

/// An effect.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// `then` for the events (or elements, inside `ForEach`) with `keep`, `otherwise` for the others.
    Cut {
        /// Bool.
        keep: Value,
        /// What follows if it is true.
        then: Vec<Step>,
        /// What follows if it is false; mostly empty, or the count of missing operands.
        otherwise: Vec<Step>,
    },
    /// Counts the event.
    Count(CounterId),
    /// Adds the weight and its square.
    Sum {
        /// Where.
        sum: SumId,
        /// Real.
        weight: Value,
    },
    /// Fills a histogram. An entry with a NaN axis value is not filled, and is counted.
    Fill {
        /// Which.
        histogram: HistogramId,
        /// Real, one per axis (and, for a profile, the averaged quantity last).
        axes: Vec<Value>,
        /// Real; none is 1, and then no entry of this histogram has a weight.
        weight: Option<Value>,
    },
    /// Appends a row to a record: the event's number, then these values.
    Record {
        /// Which.
        record: RecordId,
        /// Bool, Int or Real, as the record's types say.
        values: Vec<Value>,
    },
    /// The steps once per element of a list.
    ForEach {
        /// The list.
        over: List,
        /// Depth of the loop.
        depth: u8,
        /// What happens for each element.
        body: Vec<Step>,
    },
    /// Fails the event if `ok` is false.
    Check {
        /// Bool.
        ok: Value,
        /// What is said.
        site: SiteId,
        /// Real, shown in the message: one per name in [`Site::shown`].
        values: Vec<Value>,
    },
}
