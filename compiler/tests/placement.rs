//! Placed and tabulated plans do what the plan says: random plans, against the evaluation of the plan as it is written.

#![allow(clippy::expect_used, clippy::panic)] // A test that cannot be run fails.

mod engines;

use adl_runtime::histogram::{Axis, Content, Layout};
use adl_runtime::schema::ElementType;
use adlc::exec::memory::{Events, Limits, run};
use adlc::plan::evaluate::{self, evaluate};
use adlc::plan::place::place;
use adlc::plan::placed::Op;
use adlc::plan::tabulate::tabulate;
use adlc::plan::{Binary, Collection, CollectionId, HistogramId, Input, Plan, Step, Ty, print, verify};
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

/// The fills of the longest loop, and of all.
fn looped(ops: &[Op]) -> (usize, usize) {
    let (mut longest, mut all) = (0, 0);
    for op in ops {
        let (most, within) = match op {
            Op::For { body, .. } => {
                let (_, within) = looped(body);
                (within, within)
            }
            Op::If { then, otherwise, .. } => {
                let (a, b) = (looped(then), looped(otherwise));
                (a.0.max(b.0), a.1 + b.1)
            }
            Op::Fill { .. } => (0, 1),
            _ => (0, 0),
        };
        longest = longest.max(most);
        all += within;
    }
    (longest, all)
}

#[test]
fn many_fills_of_one_collection_are_several_loops() {
    let mut plan = Plan::default();
    let jets = CollectionId(0);
    plan.collections.push(Collection { name: "Jet".to_owned(), column: "nJet".to_owned() });
    let input = |plan: &mut Plan, column: &str, collection| {
        plan.inputs.push(Input { column: column.to_owned(), element: ElementType::F64, collection });
        plan.dag.input(Ty::Real, collection)
    };
    let (pt, weight) = (input(&mut plan, "Jet_pt", Some(jets)), input(&mut plan, "weight", None));
    let all = plan.dag.all(jets);
    let item = plan.dag.item(all, 0, 0);
    let (pt, weight) = (plan.dag.load(pt, item), plan.dag.column(weight));
    for number in 0..300 {
        plan.histograms.push(Layout {
            axes: vec![Axis::Regular { bins: 10, low: 0.0, high: 100.0 }],
            content: Content::Weights,
            weighted: true,
        });
        let factor = plan.dag.real(f64::from(number));
        let weight = plan.dag.binary(Binary::Mul, factor, weight);
        let fill = Step::Fill { histogram: HistogramId(number), axes: vec![pt], weight: Some(weight) };
        plan.steps.push(Step::ForEach { over: all, depth: 0, body: vec![fill] });
    }
    let program = place(&mut plan).expect("placed");
    verify::program(&plan, &program).expect("a program");
    let loops: Vec<(usize, usize)> = program.parts.iter().map(|part| looped(&part.body)).collect();
    assert_eq!(loops.iter().map(|(_, all)| all).sum::<usize>(), 300);
    assert_eq!(loops.iter().map(|(longest, _)| *longest).max(), Some(64));
    // So that no function is long either.
    assert!(program.parts.len() > 1);
}
