//! Random plans, placed: the interpreter and compiled code agree bit for bit, with much room and with little. (That the
//! interpreter agrees with the plan as it is written is tested in `placement`.)

#![allow(clippy::expect_used)] // A test that cannot be run fails.

mod engines;

use adlc::plan::place::place;
use adlc::plan::placed::{Op, SlotId};
use adlc::plan::tabulate::tabulate;
use engines::both;
use engines::random::case;

fn addresses(body: &[Op], slots: &mut Vec<SlotId>) {
    for op in body {
        match op {
            Op::StoreList([address, _], _) | Op::StoreTable([address, _], _) => slots.push(*address),
            Op::If { then, otherwise, .. } => {
                addresses(then, slots);
                addresses(otherwise, slots);
            }
            Op::For { body, .. } | Op::Reach { body, .. } => addresses(body, slots),
            _ => {}
        }
    }
}

#[test]
fn engines_agree_on_random_plans() {
    let seeds = std::env::var("SEEDS").ok().and_then(|s| s.parse().ok()).unwrap_or(300);
    for seed in 0..seeds {
        let case = case(seed);
        for mut plan in [case.plan.clone(), tabulate(case.plan)] {
            let program = place(&mut plan).expect("placed");
            let mut slots = Vec::new();
            program.parts.iter().for_each(|part| addresses(&part.body, &mut slots));
            println!("seed {seed}: {} values, {} parts", plan.dag.len(), program.parts.len());
            both(&plan, &program, &case.events, &slots);
        }
    }
}
