//! Placed and tabulated plans do what the plan says: random plans, against the evaluation of the plan as it is written.

#![allow(clippy::expect_used, clippy::panic)] // A test that cannot be run fails.

mod engines;

use adlc::exec::memory::{Events, Limits, run};
use adlc::plan::evaluate::{self, evaluate};
use adlc::plan::place::place;
use adlc::plan::tabulate::tabulate;
use adlc::plan::{Plan, print, verify};
use engines::bits;
use engines::random::case;

fn columns(events: &Events) -> evaluate::Events {
    evaluate::Events {
        count: events.count,
        columns: events.columns.iter().map(|c| c.promoted()).collect(),
        offsets: events
            .sizes
            .iter()
            .map(|sizes| {
                let ends = sizes.iter().scan(0, |end, size| {
                    *end += size;
                    Some(*end)
                });
                std::iter::once(0).chain(ends).collect()
            })
            .collect(),
    }
}

/// Places and interprets a plan.
fn placed(plan: &Plan, events: &Events) -> evaluate::Outcome {
    let mut plan = plan.clone();
    let program = place(&mut plan).expect("placed");
    if let Err(reason) = verify::program(&plan, &program) {
        println!("{}", print::program(&plan, &program));
        panic!("{reason}");
    }
    let kernel = adlc::exec::interpret(&plan, &program).expect("a program");
    let outcome = run(&*kernel, events, Limits { fills: 10, room: 1000 }).expect("an outcome");
    evaluate::Outcome {
        counters: outcome.counters,
        sums: outcome.sums,
        fills: outcome.fills,
        records: outcome.records,
        fault: outcome.fault.map(|(event, _)| event),
    }
}

fn compare(seed: u64, what: &str, plan: &Plan, found: &evaluate::Outcome, wanted: &evaluate::Outcome) {
    let numbers = |o: &evaluate::Outcome| -> Vec<Vec<u64>> {
        std::iter::once(&o.sums).chain(&o.fills).map(|n| bits(n)).collect()
    };
    let rows = |o: &evaluate::Outcome| -> Vec<Vec<u64>> {
        o.records.iter().map(|r| bits(&r.iter().map(|w| f64::from_bits(*w)).collect::<Vec<_>>())).collect()
    };
    let same = found.counters == wanted.counters
        && found.fault == wanted.fault
        && numbers(found) == numbers(wanted)
        && rows(found) == rows(wanted);
    if !same {
        let mut copy = plan.clone();
        println!("{}", print::plan(plan));
        let program = place(&mut copy).expect("placed");
        println!("{}", print::program(&copy, &program));
        println!("found {found:?}\nwanted {wanted:?}");
    }
    assert!(same, "seed {seed}, {what}");
}

#[test]
fn random_plans_are_placed_and_tabulated_without_a_change() {
    let seeds = std::env::var("SEEDS").ok().and_then(|s| s.parse().ok()).unwrap_or(300);
    for seed in 0..seeds {
        let case = case(seed);
        println!("seed {seed}");
        assert_eq!(verify::plan(&case.plan), Ok(()), "seed {seed}");
        let wanted = evaluate(&case.plan, &columns(&case.events));
        compare(seed, "placed", &case.plan, &placed(&case.plan, &case.events), &wanted);
        let tabulated = tabulate(case.plan);
        assert_eq!(verify::plan(&tabulated), Ok(()), "seed {seed}");
        let evaluated = evaluate(&tabulated, &columns(&case.events));
        compare(seed, "tabulated", &tabulated, &evaluated, &wanted);
        compare(seed, "tabulated and placed", &tabulated, &placed(&tabulated, &case.events), &wanted);
    }
}
