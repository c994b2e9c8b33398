//! A kernel written by hand, and events for it.

#![allow(unsafe_code, dead_code, clippy::unwrap_used)]

use std::sync::Arc;

use adl_runtime::histogram::{Axis, Content, Layout};
use adl_runtime::kernel::{CollectionDescription, Frame, InputDescription, Kernel, KernelDescription, PartDescription};
use adl_runtime::memory::MemoryFile;
use adl_runtime::schema::ElementType;

/// Part 0: counts, sums w and fills x with weight w; selects x > `cut` and keeps 2 x. Part 1, behind that: fills the jets'
/// pt, and the profile of 2 x over pt with weight w; keeps the pts in a room; fails where `bad` has a given value.
pub struct ByHand {
    description: KernelDescription,
    cut: f64,
    bad: i32,
}

impl ByHand {
    pub fn new(cut: f64) -> ByHand {
        ByHand::reading(["x", "w", "jet_pt", "bad"], cut, 1)
    }

    /// The same with other names of the columns x, w, pt and bad, and another value that fails.
    pub fn reading(columns: [&str; 4], cut: f64, bad: i32) -> ByHand {
        let input =
            |column: &str, element, collection| InputDescription { column: column.to_string(), element, collection };
        let axis = Axis::Regular { bins: 40, low: 0.0, high: 1.0 };
        let pt = Axis::Regular { bins: 25, low: 20.0, high: 120.0 };
        let layout = |axes, content, weighted| Layout { axes, content, weighted };
        ByHand {
            cut,
            bad,
            description: KernelDescription {
                inputs: vec![
                    input(columns[0], ElementType::F64, None),
                    input(columns[1], ElementType::F64, None),
                    input(columns[2], ElementType::F64, Some(0)),
                    input(columns[3], ElementType::I32, None),
                ],
                collections: vec![CollectionDescription { name: "jet".to_string(), column: columns[2].to_string() }],
                parts: vec![
                    PartDescription { selection: 0, inputs: vec![0, 1], collections: vec![], reached: vec![] },
                    PartDescription { selection: 1, inputs: vec![1, 2, 3], collections: vec![0], reached: vec![] },
                ],
                selections: 2,
                slots: 1,
                lines: 0,
                counters: 2,
                sums: 1,
                histograms: vec![
                    layout(vec![axis], Content::Weights, true),
                    layout(vec![pt.clone()], Content::Weights, false),
                    layout(vec![pt], Content::Profile, true),
                    layout(vec![Axis::Labels(vec!["never".to_string()])], Content::Weights, false),
                ],
                records: vec![],
                fault_values: 1,
            },
        }
    }
}

impl ByHand {
    /// Expects another type of an input.
    pub fn expect(&mut self, input: usize, element: ElementType) {
        self.description.inputs[input].element = element;
    }
}

unsafe fn fill(frame: *mut Frame, histogram: usize, record: &[f64]) {
    unsafe {
        let fills = (*frame).fills.add(histogram);
        if (*fills).len == (*fills).capacity {
            ((*frame).drain)(frame, histogram as u32);
        }
        let at = (*fills).values.add((*fills).len as usize * record.len());
        std::ptr::copy_nonoverlapping(record.as_ptr(), at, record.len());
        (*fills).len += 1;
    }
}

impl Kernel for ByHand {
    fn description(&self) -> &KernelDescription {
        &self.description
    }

    unsafe fn run(&self, part: usize, frame: *mut Frame, events: *const u32, count: usize) {
        unsafe {
            let columns = (*frame).columns;
            let column = |input: usize| *columns.add(input);
            let slot = (*(*frame).slots).cast::<f64>();
            let w = column(1).cast::<f64>();
            for &event in std::slice::from_raw_parts(events, count) {
                let e = event as usize;
                *(*frame).counters.add(part) += 1;
                if part == 0 {
                    let x = *column(0).cast::<f64>().add(e);
                    *(*frame).sums += *w.add(e);
                    *(*frame).sums.add(1) += *w.add(e) * *w.add(e);
                    fill(frame, 0, &[x, *w.add(e)]);
                    if x > self.cut {
                        let selected = (*frame).selected.add(1);
                        *(*(*frame).selections.add(1)).add(*selected as usize) = event;
                        *selected += 1;
                        *slot.add(e) = 2.0 * x;
                    }
                    continue;
                }
                let offsets = *(*frame).offsets;
                let (begin, end) = (*offsets.add(e) as usize, *offsets.add(e + 1) as usize);
                let bytes = 8 * (end - begin);
                if (*frame).room.addr() + bytes > (*frame).room_end.addr() {
                    ((*frame).reserve)(frame, bytes as u64);
                }
                let kept = (*frame).room.cast::<f64>();
                (*frame).room = (*frame).room.add(bytes);
                std::ptr::copy_nonoverlapping(column(2).cast::<f64>().add(begin), kept, end - begin);
                for i in 0..end - begin {
                    let pt = *kept.add(i);
                    fill(frame, 1, &[pt]);
                    fill(frame, 2, &[pt, *slot.add(e), *w.add(e)]);
                }
                if *column(3).cast::<i32>().add(e) == self.bad && event < (*frame).fault_event {
                    (*frame).fault_event = event;
                    (*frame).fault_site = 7;
                    *(*frame).fault_values = f64::from(event);
                }
            }
        }
    }
}

/// A generator of repeatable numbers (SplitMix64).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Plain columns of events.
#[derive(Clone, Default)]
pub struct Events {
    pub x: Vec<f64>,
    pub w: Vec<f64>,
    pub jet_pt: Vec<Vec<f64>>,
    pub bad: Vec<f64>,
}

impl Events {
    /// With weights that are multiples of `step`, or any weights for 0.
    pub fn random(seed: u64, count: usize, step: f64) -> Events {
        let mut random = Random(seed);
        let mut events = Events::default();
        for _ in 0..count {
            events.x.push(random.unit() * 1.1 - 0.05);
            let w = random.unit() * 2.0 - 0.3;
            events.w.push(if step > 0.0 { (w / step).round() * step } else { w });
            let jets = random.next() % 5;
            events.jet_pt.push((0..jets).map(|_| f64::from((random.unit() * 150.0) as f32)).collect());
            events.bad.push(0.0);
        }
        events
    }

    /// In a file, with segments that begin at random.
    pub fn file(&self, path: &str, seed: u64) -> Arc<MemoryFile> {
        let mut random = Random(seed);
        let count = self.x.len() as u64;
        let mut borders = |n: u64| -> Vec<u64> { (0..n).map(|_| random.next() % count.max(1)).collect() };
        let sizes: Vec<f64> = self.jet_pt.iter().map(|l| l.len() as f64).collect();
        Arc::new(
            MemoryFile::new(path)
                .scalar("x", ElementType::F64, &self.x)
                .segments(&borders(4))
                .scalar("w", ElementType::F64, &self.w)
                .segments(&borders(count / 50))
                .list("jet_pt", ElementType::F32, &self.jet_pt)
                .counted_by("njet")
                .segments(&borders(9))
                .scalar("bad", ElementType::I8, &self.bad)
                .segments(&borders(2))
                .scalar("njet", ElementType::U16, &sizes)
                .segments(&borders(20)),
        )
    }
}
