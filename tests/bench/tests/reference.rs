//! The eight tasks on a large file against the answers of other programs, in every bin.
//!
//! Takes seconds and a file that is no part of the repository, so it runs where both are named: `ADL_BENCH_FILE`, the
//! events, and `ADL_BENCH_REFERENCE`, a JSON document with `{task: {"root_binning": {"n", "lo", "hi", "contents"}}}`,
//! tasks `1` to `8` with `6a` and `6b`, and underflow and overflow in the contents.

#![allow(clippy::unwrap_used)] // A test that cannot be run fails.

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

/// What compiling takes is measured by `cargo bench`; here, that every task compiles and runs on the sample events.
#[test]
fn every_task_runs() {
    let file = adl_bench::root().join("examples/data/dy.root");
    for task in 1..=adl_bench::TASKS {
        let (report, took) = adl_bench::run(task, &file, 1).unwrap();
        assert_eq!(report.regions[0].rows[0].events, 3167);
        assert!(took.wall >= took.compile);
    }
}
