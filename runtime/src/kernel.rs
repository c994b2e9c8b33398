//! The ABI between the driver (`run`) and a kernel: one function per part, called once per batch with the numbers of
//! the selected events. Compiled code and the interpreter implement the same [`Kernel`]; it never reads files, never
//! bins; it calls back only for room (`reserve`), to have a full fill buffer drained (`drain`), and to have a column binned
//! as it is (`fill`).

#![allow(unsafe_code)] // The one unsafe declaration of the crate: running a kernel.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::histogram::Layout;
use crate::schema::ElementType;

/// Events in a batch, at most.
pub const BATCH: usize = 1024;

/// The buffer of entries of one histogram: records of the axis values (for a profile the averaged quantity last), then
/// the weight if the histogram is weighted, all f64. Or that of one record: rows of the event's number in the batch (a
/// u64), then the values (bits of an f64, an i64, a bool as 0 or 1), a word each.
#[repr(C)]
#[derive(Debug)]
pub struct Fills {
    /// Room for `capacity` records. Null with capacity 0 before the first `drain`.
    pub values: *mut f64,
    /// Records in it.
    pub len: u64,
    /// Records it has room for. Before appending with `len == capacity`, `drain` is called.
    pub capacity: u64,
}

/// What a part sees of a batch.
#[repr(C)]
#[derive(Debug)]
pub struct Frame {
    /// Per input: the value of the batch's first event (an event's column), or the batch's first element (a list's).
    /// Stored as in [`InputDescription::element`]; one value beyond the last is readable.
    pub columns: *const *const u8,
    /// Per collection: `events + 1` offsets, in elements from the batch's first.
    pub offsets: *const *const u32,
    /// Per selection: room for [`BATCH`] event numbers.
    pub selections: *const *mut u32,
    /// Per selection: how many events are in it.
    pub selected: *mut u32,
    /// Per slot: [`BATCH`] words (bits of an f64, an i64, a bool as 0 or 1, an address).
    pub slots: *const *mut u64,
    /// Per counter of the chunk.
    pub counters: *mut u64,
    /// Per sum of the chunk: sum of weights, sum of squared weights.
    pub sums: *mut f64,
    /// Per histogram, then per record.
    pub fills: *mut Fills,
    /// Next free byte of the batch's room for lists and tables, 8-byte aligned. Used and advanced by the kernel;
    /// addresses stay valid until the batch ends.
    pub room: *mut u8,
    /// End of the room.
    pub room_end: *mut u8,
    /// Gives at least `bytes` contiguous bytes of fresh room: sets `room` and `room_end`. What was taken stays valid.
    pub reserve: extern "C" fn(frame: *mut Frame, bytes: u64),
    /// Drains a buffer (number in `fills`), or gives it its first room: afterwards `len < capacity`.
    pub drain: extern "C" fn(frame: *mut Frame, buffer: u32),
    /// Fills an unweighted histogram on one axis with an input of floats, in order: the value of each of the `count` events
    /// at `events` (increasing numbers in the batch), or the values of their objects. Nothing is in its buffer.
    pub fill: extern "C" fn(frame: *mut Frame, histogram: u32, input: u32, events: *const u32, count: u64),
    /// Number in the batch of the earliest event with a failed check; `u32::MAX` if none.
    pub fault_event: u32,
    /// The site of that check.
    pub fault_site: u32,
    /// The values that its message shows: room for [`KernelDescription::fault_values`].
    pub fault_values: *mut f64,
    /// The driver's own.
    pub context: *mut std::ffi::c_void,
    /// Where a kernel that was made for a profile says what it works for.
    pub now: *const Now,
    /// Of a kernel for a profile: per line, a byte for each of [`BATCH`] events, 1 if the event comes to the line.
    pub reached: *mut u8,
}

/// What a thread works for at a moment: read by the thread that takes the samples of a profile.
#[repr(C)]
#[derive(Debug, Default)]
pub struct Now {
    /// A number that the kernel's maker knows, above [`Now::KERNEL`]; or one of those below.
    pub place: AtomicU32,
    /// The kernel's own: storing a value here makes it be computed before the place changes.
    pub value: AtomicU64,
}

impl Now {
    /// Not in a kernel.
    pub const OUTSIDE: u32 = 0;
    /// In a kernel that does not say for what.
    pub const KERNEL: u32 = 1;
    /// Filling the histogram, or taking the rows of the record, whose number in [`Frame::fills`] is added.
    pub const FILLS: u32 = 1 << 31;

    /// From now on the thread works for this; gives what it worked for before.
    pub(crate) fn set(&self, place: u32) -> u32 {
        let before = self.place.load(Ordering::Relaxed);
        self.place.store(place, Ordering::Relaxed);
        before
    }
}

/// A column that is read.
#[derive(Clone, Debug, PartialEq)]
pub struct InputDescription {
    /// Its name in the files.
    pub column: String,
    /// How the kernel expects it; a file that stores another type is converted at load.
    pub element: ElementType,
    /// Index of its collection; none for an event's own column.
    pub collection: Option<usize>,
}

/// A collection whose sizes are read.
#[derive(Clone, Debug, PartialEq)]
pub struct CollectionDescription {
    /// Its name.
    pub name: String,
    /// The list column whose sizes they are.
    pub column: String,
}

/// What a part needs.
#[derive(Clone, Debug, PartialEq)]
pub struct PartDescription {
    /// The selection it runs over; 0 is all events of the batch.
    pub selection: usize,
    /// Inputs it reads.
    pub inputs: Vec<usize>,
    /// Collections whose sizes it reads (those of its list inputs included).
    pub collections: Vec<usize>,
    /// Of a kernel for a profile: the lines that all of its events come to. The driver notes them.
    pub reached: Vec<usize>,
}

/// What a kernel reads and writes.
#[derive(Clone, Debug, Default)]
pub struct KernelDescription {
    /// The columns, in the order of `Frame::columns`.
    pub inputs: Vec<InputDescription>,
    /// The collections, in the order of `Frame::offsets`.
    pub collections: Vec<CollectionDescription>,
    /// The parts, in the order they run.
    pub parts: Vec<PartDescription>,
    /// Number of selections.
    pub selections: usize,
    /// Number of slots.
    pub slots: usize,
    /// Of a kernel for a profile: number of lines.
    pub lines: usize,
    /// Number of counters.
    pub counters: usize,
    /// Number of sums.
    pub sums: usize,
    /// The histograms.
    pub histograms: Vec<Layout>,
    /// The records: values of a row, without the event's number.
    pub records: Vec<usize>,
    /// Values that the message of a failed check shows, at most.
    pub fault_values: usize,
}

/// A compiled or interpreted program.
pub trait Kernel: Send + Sync {
    /// What it reads and writes.
    fn description(&self) -> &KernelDescription;

    /// Runs part `part` over the `count` events at `events` (increasing numbers in the batch).
    ///
    /// # Safety
    /// Every pointer of the frame is valid for what the description says; the inputs and collections of the part are
    /// loaded; slots and lists that it fetches were stored by an earlier part for these events in this batch.
    unsafe fn run(&self, part: usize, frame: *mut Frame, events: *const u32, count: usize);
}
