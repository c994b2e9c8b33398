//! Small Plans by hand: what folding, tabulation and placement make of them, as text; what `verify` finds in broken ones;
//! and how placement grows with the Plan.

mod build;
mod lists;
mod parts;
mod place;
mod scale;
mod unite;
mod verify;

use adl_runtime::histogram::{Axis, Content, Layout};
use adl_runtime::schema::ElementType;

use super::dag::{Binary, CollectionId, InputId, List, Reduction, Ty, Value};
use super::placed::Program;
use super::{Collection, CounterId, HistogramId, Input, Plan, Step, SumId, print, tabulate};

/// A Plan being written.
#[derive(Default)]
struct Build {
    plan: Plan,
}

impl Build {
    fn collection(&mut self, name: &str) -> CollectionId {
        self.plan.collections.push(Collection { name: name.into(), column: format!("n{name}") });
        CollectionId(self.plan.collections.len() as u32 - 1)
    }

    fn input(&mut self, column: &str, collection: Option<CollectionId>) -> InputId {
        self.plan.inputs.push(Input { column: column.into(), element: ElementType::F32, collection });
        self.plan.dag.input(Ty::Real, collection)
    }

    /// A column of the event.
    fn column(&mut self, column: &str) -> Value {
        let input = self.input(column, None);
        self.plan.dag.column(input)
    }

    /// A column of the element of a loop.
    fn of_item(&mut self, input: InputId, list: List, depth: u8, word: u8) -> Value {
        let item = self.plan.dag.item(list, depth, word);
        self.plan.dag.load(input, item)
    }

    fn above(&mut self, value: Value, limit: f64) -> Value {
        let limit = self.plan.dag.real(limit);
        self.plan.dag.binary(Binary::Lt, limit, value)
    }

    /// The elements with a column above a limit.
    fn filtered(&mut self, input: InputId, of: List, limit: f64) -> List {
        let value = self.of_item(input, of, 0, 0);
        let keep = self.above(value, limit);
        self.plan.dag.filter(of, 0, keep)
    }

    /// The sum of a column over a list.
    fn sum_of(&mut self, input: InputId, list: List) -> Value {
        let (yes, value) = (self.plan.dag.bool(true), self.of_item(input, list, 0, 0));
        self.plan.dag.reduce(Reduction::Sum, list, 0, yes, value)
    }

    fn count(&mut self) -> Step {
        self.plan.counters += 1;
        Step::Count(CounterId(self.plan.counters - 1))
    }

    fn sum(&mut self, weight: Value) -> Step {
        self.plan.sums += 1;
        Step::Sum { sum: SumId(self.plan.sums - 1), weight }
    }

    fn fill(&mut self, axis: Value) -> Step {
        let axes = vec![Axis::Regular { bins: 10, low: 0.0, high: 1.0 }];
        self.plan.histograms.push(Layout { axes, content: Content::Weights, weighted: false });
        let histogram = HistogramId(self.plan.histograms.len() as u32 - 1);
        Step::Fill { histogram, axes: vec![axis], weight: None }
    }

    /// Checks, places and checks again.
    fn program(&mut self) -> Program {
        super::verify::plan(&self.plan).expect("a Plan");
        let program = super::place::place(&mut self.plan).expect("a program");
        super::verify::program(&self.plan, &program).expect("a placed program");
        program
    }

    /// The placed program as text.
    fn placed(&mut self) -> String {
        let program = self.program();
        print::program(&self.plan, &program)
    }

    fn tabulate(&mut self) {
        let plan = std::mem::take(&mut self.plan);
        self.plan = tabulate::tabulate(plan);
    }
}

fn cut(keep: Value, then: Vec<Step>) -> Step {
    Step::Cut { keep, then, otherwise: Vec::new() }
}

/// Compares text without its common indentation.
fn expect(found: &str, wanted: &str) {
    let lines: Vec<&str> = wanted.trim_matches('\n').trim_end().lines().collect();
    let indent = lines.iter().map(|l| l.len() - l.trim_start().len()).min().unwrap_or(0);
    let wanted: Vec<&str> = lines.iter().map(|l| l.get(indent..).unwrap_or("")).collect();
    assert!(found.trim_end() == wanted.join("\n"), "found:\n{found}");
}
