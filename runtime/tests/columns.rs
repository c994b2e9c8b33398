//! Columns that the driver bins as they are: what a kernel would have filled, value by value.

#![allow(unsafe_code, clippy::unwrap_used)]

mod common;

use std::sync::Arc;

use adl_runtime::histogram::{Axis, Content, Layout};
use adl_runtime::job::Job;
use adl_runtime::kernel::{CollectionDescription, Frame, InputDescription, Kernel, KernelDescription, PartDescription};
use adl_runtime::memory::MemoryFile;
use adl_runtime::run::run;
use adl_runtime::schema::ElementType;
use common::Random;

/// Part 0 selects; part 1 fills every input into two histograms: number 2 i value by value, number 2 i + 1 as a column.
struct Twice {
    description: KernelDescription,
    selects: fn(u32) -> bool,
}

impl Twice {
    fn new(selects: fn(u32) -> bool) -> Twice {
        let input =
            |column: &str, element, collection| InputDescription { column: column.to_owned(), element, collection };
        let inputs = vec![
            input("x", ElementType::F64, None),
            input("y", ElementType::F32, None),
            input("jet_pt", ElementType::F32, Some(0)),
        ];
        let axis = |high| Axis::Regular { bins: 60, low: 0.0, high };
        let layout = |high| Layout { axes: vec![axis(high)], content: Content::Weights, weighted: false };
        let part = |selection, inputs| PartDescription { selection, inputs, collections: vec![0], reached: vec![] };
        let description = KernelDescription {
            inputs,
            collections: vec![CollectionDescription { name: "jet".to_owned(), column: "jet_pt".to_owned() }],
            parts: vec![part(0, vec![]), part(1, vec![0, 1, 2])],
            selections: 2,
            histograms: [1.0, 1.0, 3.0, 3.0, 150.0, 150.0].map(layout).to_vec(),
            ..KernelDescription::default()
        };
        Twice { description, selects }
    }
}

unsafe fn fill(frame: *mut Frame, histogram: usize, x: f64) {
    unsafe {
        let fills = (*frame).fills.add(histogram);
        if (*fills).len == (*fills).capacity {
            ((*frame).drain)(frame, histogram as u32);
        }
        *(*fills).values.add((*fills).len as usize) = x;
        (*fills).len += 1;
    }
}

impl Kernel for Twice {
    fn description(&self) -> &KernelDescription {
        &self.description
    }

    unsafe fn run(&self, part: usize, frame: *mut Frame, events: *const u32, count: usize) {
        unsafe {
            let numbers = std::slice::from_raw_parts(events, count);
            if part == 0 {
                for event in numbers.iter().filter(|event| (self.selects)(**event)) {
                    let selected = (*frame).selected.add(1);
                    *(*(*frame).selections.add(1)).add(*selected as usize) = *event;
                    *selected += 1;
                }
                return;
            }
            (0..3).for_each(|input| ((*frame).fill)(frame, 2 * input + 1, input, events, count as u64));
            let offsets = *(*frame).offsets;
            for event in numbers.iter().map(|event| *event as usize) {
                fill(frame, 0, *(*(*frame).columns).cast::<f64>().add(event));
                fill(frame, 2, f64::from(*(*(*frame).columns.add(1)).cast::<f32>().add(event)));
                for jet in *offsets.add(event)..*offsets.add(event + 1) {
                    fill(frame, 4, f64::from(*(*(*frame).columns.add(2)).cast::<f32>().add(jet as usize)));
                }
            }
        }
    }
}

#[test]
fn a_column_is_binned_as_its_values_are() {
    let mut random = Random(11);
    let count = 5000;
    let mut numbers = |high: f64| -> Vec<f64> {
        (0..count).map(|_| if random.unit() < 0.02 { f64::NAN } else { high * random.unit() }).collect()
    };
    let (x, y) = (numbers(1.1), numbers(3.3));
    let jets: Vec<Vec<f64>> =
        (0..count).map(|_| (0..random.next() % 6).map(|_| 160.0 * random.unit()).collect()).collect();
    let file = MemoryFile::new("a.root")
        .scalar("x", ElementType::F64, &x)
        .segments(&[700, 2500])
        .scalar("y", ElementType::F32, &y)
        .list("jet_pt", ElementType::F32, &jets)
        .segments(&[900]);
    let file = Arc::new(file);
    // All, none, every third, runs of some length, and one stretch.
    let selections: [fn(u32) -> bool; 5] =
        [|_| true, |_| false, |e| e % 3 == 1, |e| e % 90 < 70, |e| (100..200).contains(&e)];
    for (number, selects) in selections.into_iter().enumerate() {
        let kernel = Twice::new(selects);
        let job = Job { chunk: 2048, threads: 2, ..Job::new(&kernel, vec![file.clone()]) };
        let found = run(&job).unwrap().histograms;
        for pair in found.chunks(2) {
            assert_eq!(pair[0], pair[1], "selection {number}");
        }
        assert_eq!(found[4].entries == 0, number == 1);
        assert_eq!(found[0].missing > 0, number != 1);
    }
}
