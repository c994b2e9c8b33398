//! A kernel over columns that are in memory, without files and without a driver: for tests of the engines and of the
//! language. Everything that a kernel leaves behind is in the [`Outcome`], to be compared bit for bit.

use std::ffi::c_void;

use adl_runtime::kernel::{BATCH, Fills, Frame, Kernel, KernelDescription, Now};
use adl_runtime::schema::ElementType;

/// The values of a column.
#[derive(Clone, Debug)]
pub struct Column {
    element: ElementType,
    len: usize,
    /// The stored values, one after the other, with a value's room behind the last.
    bytes: Vec<u64>,
}

/// Some events.
#[derive(Clone, Debug, Default)]
pub struct Events {
    /// Number of events, at most [`BATCH`].
    pub count: usize,
    /// Per collection of the kernel: the sizes in the events.
    pub sizes: Vec<Vec<u32>>,
    /// Per input of the kernel: its values, of all events.
    pub columns: Vec<Column>,
}

/// How tight the driver is.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Entries that a fill buffer has room for.
    pub fills: usize,
    /// Bytes of room that are given at a time, unless more is asked for.
    pub room: usize,
}

/// What a kernel leaves behind.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Per slot: one word per event; 0 where nothing was stored.
    pub slots: Vec<Vec<u64>>,
    /// Per selection: its events.
    pub selections: Vec<Vec<u32>>,
    /// The counters.
    pub counters: Vec<u64>,
    /// The sums, of weights and of squared weights in turn.
    pub sums: Vec<f64>,
    /// Per histogram: its records, one after the other.
    pub fills: Vec<Vec<f64>>,
    /// Per record: its rows, one after the other, a word each.
    pub records: Vec<Vec<u64>>,
    /// Event and site of the earliest failed check.
    pub fault: Option<(u32, u32)>,
    /// The values that its message shows, those of its site first.
    pub fault_values: Vec<f64>,
    /// Of a kernel for a profile: per line, [`BATCH`] bytes, 1 for each event that comes to the line.
    pub reached: Vec<u8>,
}

impl Column {
    /// Floating-point values, stored as `F32` or `F64`.
    #[must_use]
    pub fn reals(element: ElementType, values: &[f64]) -> Column {
        Column::new(element, values, |value| match element {
            ElementType::F32 => u64::from((value as f32).to_bits()),
            _ => value.to_bits(),
        })
    }

    /// Integers or Bools, stored in any other type, cut off to its width.
    #[must_use]
    pub fn integers(element: ElementType, values: &[i64]) -> Column {
        Column::new(element, values, |value| value as u64)
    }

    /// The values as the Plan sees them: bits of an f64, an i64, a bool as 0 or 1; and the one behind the last.
    #[must_use]
    pub fn promoted(&self) -> Vec<u64> {
        let size = self.element.size();
        let byte = |i: usize| self.bytes.get(i / 8).map_or(0, |word| word >> (8 * (i % 8)) & 0xff);
        let raw = |i: usize| (0..size).fold(0, |word, k| word | byte(i * size + k) << (8 * k));
        let promote = |raw: u64| match self.element {
            ElementType::Bool => u64::from(raw != 0),
            ElementType::I8 => i64::from(raw as i8) as u64,
            ElementType::I16 => i64::from(raw as i16) as u64,
            ElementType::I32 => i64::from(raw as i32) as u64,
            ElementType::F32 => f64::from(f32::from_bits(raw as u32)).to_bits(),
            ElementType::U8
            | ElementType::U16
            | ElementType::U32
            | ElementType::I64
            | ElementType::U64
            | ElementType::F64 => raw,
        };
        (0..=self.len).map(|i| promote(raw(i))).collect()
    }

    /// Floating-point values.
    fn numbers(&self) -> Vec<f64> {
        self.promoted().into_iter().map(f64::from_bits).collect()
    }

    fn new<T: Copy>(element: ElementType, values: &[T], bits: impl Fn(T) -> u64) -> Column {
        let mut raw = Vec::with_capacity((values.len() + 1) * 8);
        for value in values {
            raw.extend_from_slice(&bits(*value).to_le_bytes()[..element.size()]);
        }
        raw.resize((raw.len() + 8).next_multiple_of(8), 0);
        let bytes = raw.chunks_exact(8).map(|c| c.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)));
        Column { element, len: values.len(), bytes: bytes.collect() }
    }
}

/// The driver's side of a frame.
struct Driver {
    limits: Limits,
    chunks: Vec<Vec<u64>>,
    buffers: Vec<Vec<f64>>,
    widths: Vec<usize>,
    drained: Vec<Vec<f64>>,
    /// Per input: its collection, and its values.
    inputs: Vec<(Option<usize>, Vec<f64>)>,
}

/// Runs all parts of a kernel over one batch.
///
/// # Errors
/// If the events are not what the kernel reads.
pub fn run(kernel: &dyn Kernel, events: &Events, limits: Limits) -> Result<Outcome, String> {
    let description = kernel.description();
    check(description, events)?;
    let offsets: Vec<Vec<u32>> = events.sizes.iter().map(|sizes| offsets(sizes)).collect();
    let mut outcome = Outcome {
        slots: vec![vec![0; BATCH]; description.slots],
        selections: vec![vec![0; BATCH]; description.selections],
        counters: vec![0; description.counters],
        sums: vec![0.0; 2 * description.sums],
        fills: Vec::new(),
        records: Vec::new(),
        fault: None,
        fault_values: vec![0.0; description.fault_values],
        reached: vec![0; description.lines * BATCH],
    };
    let widths: Vec<usize> =
        description.histograms.iter().map(record_width).chain(description.records.iter().map(|n| n + 1)).collect();
    let mut driver = Driver {
        limits,
        chunks: Vec::new(),
        buffers: vec![Vec::new(); widths.len()],
        drained: vec![Vec::new(); widths.len()],
        widths,
        inputs: description.inputs.iter().zip(&events.columns).map(|(i, c)| (i.collection, c.numbers())).collect(),
    };
    let columns: Vec<*const u8> = events.columns.iter().map(|column| column.bytes.as_ptr().cast()).collect();
    let offset_pointers: Vec<*const u32> = offsets.iter().map(Vec::as_ptr).collect();
    let selections: Vec<*mut u32> = outcome.selections.iter_mut().map(Vec::as_mut_ptr).collect();
    let slots: Vec<*mut u64> = outcome.slots.iter_mut().map(Vec::as_mut_ptr).collect();
    let mut selected = vec![0; description.selections];
    let mut fills: Vec<Fills> =
        driver.widths.iter().map(|_| Fills { values: std::ptr::null_mut(), len: 0, capacity: 0 }).collect();
    let now = Now::default();
    let mut frame = Frame {
        columns: columns.as_ptr(),
        offsets: offset_pointers.as_ptr(),
        selections: selections.as_ptr(),
        selected: selected.as_mut_ptr(),
        slots: slots.as_ptr(),
        counters: outcome.counters.as_mut_ptr(),
        sums: outcome.sums.as_mut_ptr(),
        fills: fills.as_mut_ptr(),
        room: std::ptr::null_mut(),
        room_end: std::ptr::null_mut(),
        reserve,
        drain,
        fill,
        fault_event: u32::MAX,
        fault_site: 0,
        fault_values: outcome.fault_values.as_mut_ptr(),
        context: (&raw mut driver).cast::<c_void>(),
        now: &raw const now,
        reached: outcome.reached.as_mut_ptr(),
    };
    let all: Vec<u32> = (0..events.count as u32).collect();
    for (number, part) in description.parts.iter().enumerate() {
        let (chosen, count) = match part.selection {
            0 => (all.as_ptr(), all.len()),
            selection => {
                // SAFETY: the kernel's selections are those of the description, with their lengths.
                unsafe { ((*frame.selections.add(selection)).cast_const(), *frame.selected.add(selection) as usize) }
            }
        };
        for line in &part.reached {
            for index in 0..count {
                // SAFETY: there is a byte per line and event, and `count` events at `chosen`.
                unsafe { *frame.reached.add(line * BATCH + *chosen.add(index) as usize) = 1 };
            }
        }
        // SAFETY: the pointers of the frame are to vectors that outlive it, sized by the description; `check` has seen
        // that all columns and sizes are there; the parts run in order.
        unsafe { kernel.run(number, &raw mut frame, chosen, count) };
    }
    (0..fills.len() as u32).for_each(|histogram| drain(&raw mut frame, histogram));
    outcome.fault = (frame.fault_event != u32::MAX).then_some((frame.fault_event, frame.fault_site));
    for (selection, count) in outcome.selections.iter_mut().zip(selected) {
        selection.truncate(count as usize);
    }
    outcome.slots.iter_mut().for_each(|slot| slot.truncate(events.count));
    let records = driver.drained.split_off(description.histograms.len());
    outcome.records = records.iter().map(|rows| rows.iter().map(|word| word.to_bits()).collect()).collect();
    outcome.fills = driver.drained;
    Ok(outcome)
}

fn record_width(layout: &adl_runtime::histogram::Layout) -> usize {
    let profile = layout.content == adl_runtime::histogram::Content::Profile;
    layout.axes.len() + usize::from(profile) + usize::from(layout.weighted)
}

fn offsets(sizes: &[u32]) -> Vec<u32> {
    let mut all = vec![0];
    all.extend(sizes.iter().scan(0, |end, size| {
        *end += size;
        Some(*end)
    }));
    all
}

fn check(description: &KernelDescription, events: &Events) -> Result<(), String> {
    if events.count > BATCH || events.sizes.len() != description.collections.len() {
        return Err("too many events, or not the collections of the kernel".to_owned());
    }
    if events.sizes.iter().any(|sizes| sizes.len() != events.count) {
        return Err("a collection has not one size per event".to_owned());
    }
    if events.columns.len() != description.inputs.len() {
        return Err("not the columns of the kernel".to_owned());
    }
    for (column, input) in events.columns.iter().zip(&description.inputs) {
        let wanted = match input.collection {
            None => events.count,
            Some(collection) => events.sizes[collection].iter().map(|size| *size as usize).sum(),
        };
        if column.element != input.element || column.len != wanted {
            return Err(format!("the column {} has not its type or its values", input.column));
        }
    }
    Ok(())
}

extern "C" fn reserve(frame: *mut Frame, bytes: u64) {
    // SAFETY: `context` is the driver of `run`, which nobody else uses while a kernel runs.
    unsafe {
        let driver = &mut *(*frame).context.cast::<Driver>();
        let mut chunk = vec![u64::MAX; driver.limits.room.max(bytes as usize).div_ceil(8)];
        (*frame).room = chunk.as_mut_ptr().cast();
        (*frame).room_end = (*frame).room.add(chunk.len() * 8);
        driver.chunks.push(chunk);
    }
}

extern "C" fn drain(frame: *mut Frame, histogram: u32) {
    let index = histogram as usize;
    // SAFETY: as for `reserve`; the kernel has written `len` records.
    unsafe {
        let driver = &mut *(*frame).context.cast::<Driver>();
        let fills = &mut *(*frame).fills.add(index);
        let width = driver.widths[index];
        if fills.capacity == 0 {
            driver.buffers[index] = vec![0.0; width * driver.limits.fills.max(1)];
            fills.values = driver.buffers[index].as_mut_ptr();
            fills.capacity = driver.limits.fills.max(1) as u64;
        } else {
            let records = std::slice::from_raw_parts(fills.values, fills.len as usize * width);
            driver.drained[index].extend_from_slice(records);
        }
        fills.len = 0;
    }
}

extern "C" fn fill(frame: *mut Frame, histogram: u32, input: u32, events: *const u32, count: u64) {
    // What earlier parts have filled comes first.
    drain(frame, histogram);
    // SAFETY: as for `reserve`; the kernel passes the events that it was called for, and the sizes of the collections of
    // its inputs are there.
    unsafe {
        let driver = &mut *(*frame).context.cast::<Driver>();
        let (collection, numbers) = &driver.inputs[input as usize];
        for event in std::slice::from_raw_parts(events, count as usize) {
            let event = *event as usize;
            let range = collection.map_or(event..event + 1, |collection| {
                let offsets = *(*frame).offsets.add(collection);
                *offsets.add(event) as usize..*offsets.add(event + 1) as usize
            });
            driver.drained[histogram as usize].extend_from_slice(&numbers[range]);
        }
    }
}
