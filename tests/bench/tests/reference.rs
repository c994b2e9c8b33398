//! The eight tasks on a large file against the answers of other programs, in every bin.
//!
//! Takes seconds and a file that is no part of the repository, so it runs where both are named: `ADL_BENCH_FILE`, the
//! events, and `ADL_BENCH_REFERENCE`, a JSON document with `{task: {"root_binning": {"n", "lo", "hi", "contents"}}}`,
//! tasks `1` to `8` with `6a` and `6b`, and underflow and overflow in the contents.

#![allow(clippy::unwrap_used)] // A test that cannot be run fails.

use adl_bench::floor::FloorRunner;
use adl_runtime::report::HistogramReport;
use serde_json::Value;

#[test]
fn every_bin_is_that_of_the_reference() {
    let named = adl_bench::big_file().zip(std::env::var_os("ADL_BENCH_REFERENCE"));
    let Some((file, reference)) = named else {
        println!("skipped: ADL_BENCH_FILE and ADL_BENCH_REFERENCE do not name events and answers");
        return;
    };
    let reference: Value = serde_json::from_str(&std::fs::read_to_string(reference).unwrap()).unwrap();
    for task in 1..=adl_bench::TASKS {
        let (report, _) = adl_bench::run(task, &file, 0).unwrap();
        let histograms = &report.regions[0].histograms;
        let names = if task == 6 { vec!["6a".to_owned(), "6b".to_owned()] } else { vec![task.to_string()] };
        assert_eq!(histograms.len(), names.len(), "task {task}");
        for (histogram, name) in histograms.iter().zip(names) {
            let expected: Vec<f64> =
                serde_json::from_value(reference[&name]["root_binning"]["contents"].clone()).unwrap();
            let found: Vec<f64> = (0..expected.len()).map(|cell| histogram.contents.weight(cell)).collect();
            assert_eq!(found, expected, "task {name}");
        }
    }
    println!("counted: reference: {} tasks agree in every bin", adl_bench::TASKS);
}

/// What it takes is measured by `measure.py`; here, that every task compiles and runs on the sample events, with the same
/// answers as the loops of the floor, which are written by hand.
#[test]
fn every_task_runs() {
    let file = adl_bench::root().join("examples/data/dy.root");
    let mut floor = FloorRunner::new().unwrap();
    for task in 1..=adl_bench::TASKS {
        let (report, took) = adl_bench::run(task, &file, 1).unwrap();
        assert_eq!(report.regions[0].rows[0].events, 3167);
        assert!(took.wall >= took.compile);
        let by_hand = floor.run(task, std::slice::from_ref(&file)).unwrap();
        let weights = |h: &HistogramReport| (0..102).map(|cell| h.contents.weight(cell) as u64).collect::<Vec<_>>();
        let contents: Vec<_> = report.regions[0].histograms.iter().map(weights).collect();
        assert_eq!(contents, by_hand.histograms, "task {task}");
        assert!(contents.iter().flatten().sum::<u64>() > 0, "task {task} fills nothing");
        assert!(by_hand.packed > 0 && by_hand.packed < by_hand.unpacked, "task {task}");
    }
}
