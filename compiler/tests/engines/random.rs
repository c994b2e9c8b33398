//! Random plans from a seed: values, lists and effects of every kind, nested, over collections that are often empty and
//! columns with infinities and missing values.

use adl_runtime::histogram::{Axis, Content, Layout};
use adl_runtime::kernel::BATCH;
use adl_runtime::schema::ElementType::{self, *};
use adlc::exec::memory::{Column, Events};
use adlc::plan::*;
use adlc::source::{FileId, Span};

use super::Build;

mod lists;
mod values;

/// A plan and events for it.
pub struct Case {
    pub plan: Plan,
    pub events: Events,
}

/// The case of a seed.
pub fn case(seed: u64) -> Case {
    let mut random = Random { b: Build::default(), state: seed, inputs: Vec::new(), loops: Vec::new(), fuel: 0 };
    random.inputs();
    let events = random.events(seed);
    let steps = random.steps(3);
    random.b.plan.steps = steps;
    Case { plan: random.b.plan, events }
}

struct Random {
    b: Build,
    state: u64,
    inputs: Vec<(InputId, ElementType, Option<CollectionId>)>,
    /// The loops around the current place, by depth.
    loops: Vec<List>,
    /// How many more loops may be made in the current step.
    fuel: u32,
}

impl Random {
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        let index = self.below(of.len());
        of[index].clone()
    }

    fn inputs(&mut self) {
        let mut owners = vec![None];
        for name in ["A", "B", "C"] {
            owners.push(Some(self.b.collection(name)));
        }
        for owner in owners {
            let element = self.pick(&[F32, F64]);
            self.input(element, owner);
            let whole = self.pick(&[I8, U8, I16, U16, I32, U32, I64, U64]);
            self.input(whole, owner);
            self.input(Bool, owner);
            if self.below(2) == 0 {
                self.input(F32, owner);
            }
        }
    }

    fn input(&mut self, element: ElementType, owner: Option<CollectionId>) {
        let input = self.b.input(element, owner);
        self.inputs.push((input, element, owner));
    }

    fn events(&mut self, seed: u64) -> Events {
        let count = if seed.is_multiple_of(16) { BATCH } else { self.below(40) };
        let sizes: Vec<Vec<u32>> =
            (0..3).map(|_| (0..count).map(|_| self.below(6).saturating_sub(1) as u32).collect()).collect();
        let mut columns = Vec::new();
        for (_, element, owner) in self.inputs.clone() {
            let len = owner.map_or(count, |c| sizes[c.0 as usize].iter().map(|s| *s as usize).sum());
            columns.push(if matches!(element, F32 | F64) {
                Column::reals(element, &(0..len).map(|_| self.number()).collect::<Vec<_>>())
            } else {
                Column::integers(element, &(0..len).map(|_| self.whole()).collect::<Vec<_>>())
            });
        }
        Events { count, sizes, columns }
    }

    fn number(&mut self) -> f64 {
        match self.below(16) {
            0 => f64::NAN,
            1 => f64::INFINITY,
            2 => f64::NEG_INFINITY,
            3 => -0.0,
            4 => 0.0,
            5 | 6 => self.below(5) as f64,
            _ => (self.below(2_000_000) as f64 - 1_000_000.0) / 10_000.0,
        }
    }

    fn whole(&mut self) -> i64 {
        match self.below(20) {
            0 => i64::MAX,
            1 => i64::MIN,
            2 => -1,
            _ => self.below(8) as i64 - 2,
        }
    }

    /// Effects; every counter, sum and histogram is used in one place, so that the order of events is kept.
    fn steps(&mut self, levels: u32) -> Vec<Step> {
        let mut steps = Vec::new();
        for _ in 0..1 + self.below(4) {
            self.fuel = 6;
            let in_loop = !self.loops.is_empty();
            steps.push(match self.below(9) {
                0 => self.count(),
                1 => self.sum(),
                2 | 3 => self.fill(),
                4 => {
                    let span = Span { file: FileId(0), start: 0, end: 0 };
                    let values: Vec<Value> = (0..self.below(3)).map(|_| self.real(2)).collect();
                    let shown = vec![span; values.len()];
                    self.b.plan.sites.push(Site { span, title: "random".into(), shown });
                    Step::Check { ok: self.bool(3), site: SiteId(self.b.plan.sites.len() as u32 - 1), values }
                }
                5 => self.record(),
                6 if !in_loop => {
                    let over = self.list(2);
                    self.loops.push(over);
                    let body = self.steps(1);
                    self.loops.pop();
                    Step::ForEach { over, depth: 0, body }
                }
                _ if levels > 0 => {
                    let keep = self.bool(4);
                    let then = self.steps(levels - 1);
                    let otherwise = if self.below(3) == 0 { self.steps(levels - 1) } else { Vec::new() };
                    Step::Cut { keep, then, otherwise }
                }
                _ => self.fill(),
            });
        }
        steps
    }

    fn count(&mut self) -> Step {
        self.b.plan.counters += 1;
        Step::Count(CounterId(self.b.plan.counters - 1))
    }

    fn sum(&mut self) -> Step {
        self.b.plan.sums += 1;
        Step::Sum { sum: SumId(self.b.plan.sums - 1), weight: self.real(3) }
    }

    fn fill(&mut self) -> Step {
        let profile = usize::from(self.below(4) == 0);
        let axes = 1 + self.below(2);
        let weighted = self.below(2) == 0;
        let content = if profile == 1 { Content::Profile } else { Content::Weights };
        let layout = Layout { axes: vec![Axis::Labels(Vec::new()); axes], content, weighted };
        self.b.plan.histograms.push(layout);
        let weight = if weighted && self.below(4) > 0 { Some(self.real(2)) } else { None };
        let axes = (0..axes + profile).map(|_| self.real(4)).collect();
        Step::Fill { histogram: HistogramId(self.b.plan.histograms.len() as u32 - 1), axes, weight }
    }

    fn record(&mut self) -> Step {
        let count = self.below(4);
        let values: Vec<Value> = (0..count)
            .map(|_| match self.below(3) {
                0 => self.bool(2),
                1 => self.int(2),
                _ => self.real(2),
            })
            .collect();
        self.b.plan.records.push(values.iter().map(|v| self.b.plan.dag.ty(*v)).collect());
        Step::Record { record: RecordId(self.b.plan.records.len() as u32 - 1), values }
    }

    /// A loop over a list: the body sees some of the outer loops, and the new one below them.
    fn within<T>(&mut self, over: List, members: usize, body: impl FnOnce(&mut Random, u8) -> T) -> (u8, T) {
        let depth = self.below(self.loops.len() + 1);
        let hidden = self.loops.split_off(depth);
        self.loops.extend(std::iter::repeat_n(over, members));
        let made = body(self, depth as u8);
        self.loops.truncate(depth);
        self.loops.extend(hidden);
        (depth as u8, made)
    }

    fn may_loop(&mut self) -> bool {
        self.fuel = self.fuel.saturating_sub(1);
        self.fuel > 0 && self.loops.len() < 3
    }
}
