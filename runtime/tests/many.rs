//! Many histograms: memory grows with what is filled, and is a small multiple of the plain bins; so does the time.

#![allow(unsafe_code, clippy::unwrap_used)]

#[path = "common/counting.rs"]
mod counting;

use std::sync::Arc;

use adl_runtime::histogram::{Axis, Content, Layout};
use adl_runtime::job::Job;
use adl_runtime::kernel::{Frame, InputDescription, Kernel, KernelDescription, PartDescription};
use adl_runtime::memory::MemoryFile;
use adl_runtime::run::run;
use adl_runtime::schema::ElementType;
use counting::Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Histograms of 100 bins, so many to a part; of these the first `filled` of each part are filled, all their bins.
struct Many {
    description: KernelDescription,
    filled: usize,
}

/// Histograms in a part.
const TOGETHER: usize = 100;

impl Many {
    fn new(histograms: usize, filled: usize, weighted: bool) -> Many {
        let layout = |number: usize| Layout {
            axes: vec![Axis::Regular { bins: 100, low: 0.0, high: 100.0 + number as f64 * 1e-3 }],
            content: Content::Weights,
            weighted,
        };
        let part = || PartDescription { selection: 0, inputs: vec![0], collections: vec![], reached: vec![] };
        let x = InputDescription { column: "x".to_owned(), element: ElementType::F64, collection: None };
        let description = KernelDescription {
            inputs: vec![x],
            parts: (0..histograms / TOGETHER).map(|_| part()).collect(),
            selections: 1,
            histograms: (0..histograms).map(layout).collect(),
            ..KernelDescription::default()
        };
        Many { description, filled }
    }

    /// The plain bins: a count, and two sums if there are weights; and six sums over all bins, the statistics.
    fn plain(&self) -> usize {
        let words = |l: &Layout| l.cells().unwrap() * if l.weighted { 3 } else { 1 } + 6;
        self.description.histograms.iter().map(words).sum::<usize>() * 8
    }
}

impl Kernel for Many {
    fn description(&self) -> &KernelDescription {
        &self.description
    }

    unsafe fn run(&self, part: usize, frame: *mut Frame, events: *const u32, count: usize) {
        unsafe {
            let x = (*(*frame).columns).cast::<f64>();
            for histogram in part * TOGETHER..part * TOGETHER + self.filled {
                let weighted = self.description.histograms[histogram].weighted;
                for &event in std::slice::from_raw_parts(events, count) {
                    let fills = (*frame).fills.add(histogram);
                    if (*fills).len == (*fills).capacity {
                        ((*frame).drain)(frame, histogram as u32);
                    }
                    let at = (*fills).values.add((*fills).len as usize * (1 + usize::from(weighted)));
                    *at = *x.add(event as usize) + histogram as f64 % 7.0;
                    if weighted {
                        *at.add(1) = 0.3;
                    }
                    (*fills).len += 1;
                }
            }
        }
    }
}

fn events(number: usize) -> Arc<MemoryFile> {
    let x: Vec<f64> = (0..number).map(|e| (e * 7 % 104) as f64 - 5.0).collect();
    Arc::new(MemoryFile::new("a.root").scalar("x", ElementType::F64, &x))
}

/// The most memory that a run needs beside its kernel and its input.
fn most(kernel: &Many, threads: usize) -> usize {
    let file = events(2048);
    let job = Job { chunk: 256, threads, ..Job::new(kernel, vec![file]) };
    let (most, outcome) = counting::most(|| run(&job).unwrap());
    assert_eq!(outcome.histograms[0].entries, 2048);
    most
}

#[test]
fn memory_is_a_small_multiple_of_the_plain_bins() {
    let _alone = counting::alone();
    for weighted in [false, true] {
        let kernel = Many::new(10_000, TOGETHER, weighted);
        // What more threads have of a histogram besides is a tenth of its bins.
        for threads in [1, 2] {
            let (most, plain) = (most(&kernel, threads), kernel.plain());
            let times = most as f64 / plain as f64;
            println!("{threads} threads, weighted {weighted}: {times:.2} times the plain bins, {plain} bytes");
            assert!(times < threads as f64 + 2.0, "{threads} threads, weighted {weighted}: {times:.2}");
        }
    }
}

#[test]
fn what_is_not_filled_takes_the_bins_of_its_result_and_no_more() {
    let _alone = counting::alone();
    let kernel = Many::new(10_000, 1, true);
    let times = most(&kernel, 4) as f64 / kernel.plain() as f64;
    println!("1 of {TOGETHER} filled, 4 threads: {times:.2} times the plain bins");
    assert!(times < 1.5, "{times:.2}");
}
