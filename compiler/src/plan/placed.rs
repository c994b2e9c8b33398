//! The placed Plan: a list of *parts*, each a small structured program over the selected events of one batch. Made by
//! `place`; the interpreter and the JIT implement exactly these operations, so that they agree bit for bit.
//!
//! Inside a part, a [`Value`] names a register: it is set by the operation that computes it and read by operations that
//! follow in the same or an inner block. What a block sets is not read outside of it, except accumulators. The
//! registers of constants are set everywhere.

use super::dag::{CollectionId, InputId, List, Value};
use super::{CounterId, HistogramId, RecordId, SiteId, SumId};

/// A set of events of the current batch, as an increasing list of their numbers; `SelectionId(0)` is all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SelectionId(pub u32);

/// A line of the text, of a program for a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineId(pub u32);

/// One 64-bit word per event of the batch, kept for later parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotId(pub u32);

/// The whole program: its parts run in order, each over its selection, for every batch.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// The parts.
    pub parts: Vec<Part>,
    /// Number of selections, the one of all events included.
    pub selections: u32,
    /// Number of slots.
    pub slots: u32,
}

/// One compiled function.
#[derive(Clone, Debug)]
pub struct Part {
    /// The events it runs over.
    pub selection: SelectionId,
    /// Columns that it reads and that no earlier part on its way has loaded are loaded before it runs; this is the list
    /// of all that it reads.
    pub inputs: Vec<InputId>,
    /// Collections whose sizes it reads.
    pub collections: Vec<CollectionId>,
    /// What it does for each event.
    pub body: Vec<Op>,
}

/// An operation.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Evaluates a node whose operands are set: Column, Load, Unary, Binary, Select, Call, Size, At, Found, Winner,
    /// TableAt. (Item, Position are set by `For`; Reduce, Best, Table by the operations below.)
    Let(Value),
    /// Sets register `to` to the content of register `from` (both Bool, Int or Real).
    Copy {
        /// The register that is set.
        to: Value,
        /// The register that is read.
        from: Value,
    },
    /// One of two blocks.
    If {
        /// Bool.
        cond: Value,
        /// If true.
        then: Vec<Op>,
        /// If false.
        otherwise: Vec<Op>,
    },
    /// For each element of a list, in order: sets `Item { list: over, depth, word }` for every word, and
    /// `Position { list: over, depth }`, then runs the body. `over` is `All`, or was made before.
    For {
        /// The list.
        over: List,
        /// The loop's depth.
        depth: u8,
        /// Start after this position (Int register) instead of at 0.
        after: Option<Value>,
        /// Stop before this position (Int register).
        before: Option<Value>,
        /// Leave the loop as soon as this accumulator (Bool) has this content, tested after each body.
        until: Option<(Value, bool)>,
        /// What is done for each element.
        body: Vec<Op>,
    },
    /// Sets the accumulator of a `Reduce` to its neutral element, or that of a `Best` to "none".
    Start(Value),
    /// Accumulates: for a `Reduce` the content of its `body` register; for a `Best` the `Item { list: over, depth, .. }`
    /// registers with its `keys` registers. (`keep` was tested by an `If` around it.) After its loops the accumulator
    /// is read under the name of the `Reduce` itself, or by `Found` and `Winner` of the `Best`.
    Update(Value),
    /// Starts making a list: empty. With keys if it is a `Sort`.
    Begin(List),
    /// Makes a `Reach`: appends the entry it begins with, then for each entry of the list being made, those that the body
    /// appends included, sets `Item { list: of, depth }` and `Position { list: of, depth }` and runs the body. (Whether
    /// the first is there was tested by an `If` around it.)
    Reach {
        /// The list.
        list: List,
        /// Appends what is next to an entry.
        body: Vec<Op>,
    },
    /// Appends an element to the list being made: its words (Int registers), and its key for a `Sort`. To a `Reach` only
    /// an entry of its collection that it does not have yet.
    Push {
        /// The list.
        list: List,
        /// One register per word.
        words: Vec<Value>,
        /// The key register, exactly for a `Sort`.
        key: Option<Value>,
    },
    /// Ends making a list; a `Sort` is put in order here (stable, NaN keys last), a `Reach` loses its first entry.
    End(List),
    /// Gives a `Table` room for the elements of its list, which is `All` or made.
    BeginTable(Value),
    /// Stores the content of a `Table`'s body register at `Position { list: over, depth }`.
    PutTable(Value),
    /// Adds 1 to a counter.
    Count(CounterId),
    /// Adds a weight register, and its square, to a sum.
    Sum {
        /// The sum.
        sum: SumId,
        /// Real register.
        weight: Value,
    },
    /// Appends an entry to a histogram's buffer: its axis values, then its weight if the histogram is weighted.
    Fill {
        /// The histogram.
        histogram: HistogramId,
        /// Real registers.
        axes: Vec<Value>,
        /// Real register.
        weight: Option<Value>,
    },
    /// Appends a row to a record's buffer: the event's number in the batch, then the registers, a word each.
    Record {
        /// The record.
        record: RecordId,
        /// Bool, Int or Real registers.
        values: Vec<Value>,
    },
    /// Records a fault of this event if `ok` is false and no earlier event of the batch has one; goes on.
    Check {
        /// Bool register.
        ok: Value,
        /// What is said.
        site: SiteId,
        /// Real registers, kept for the message.
        values: Vec<Value>,
    },
    /// Appends the event to a selection.
    Select(SelectionId),
    /// Notes that the event comes to a line. Only in programs for profiles; what all events of a part come to is noted by
    /// the driver.
    Reached(LineId),
    /// Keeps a register for later parts.
    Store(SlotId, Value),
    /// Sets a register from an earlier part.
    Fetch(SlotId, Value),
    /// Keeps a made list for later parts (two slots: address and length).
    StoreList([SlotId; 2], List),
    /// Makes a list of an earlier part known to this one.
    FetchList([SlotId; 2], List),
    /// Keeps the winner of a `Best`: its "found" flag, then its words, one slot each.
    StoreBest(Vec<SlotId>, Value),
    /// Makes the winner of an earlier part's `Best` known to this one.
    FetchBest(Vec<SlotId>, Value),
    /// Keeps a table for later parts (two slots: address and length).
    StoreTable([SlotId; 2], Value),
    /// Makes a table of an earlier part known to this one.
    FetchTable([SlotId; 2], Value),
}
