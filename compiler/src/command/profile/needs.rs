//! What needs what: the lines that use each column, and the cuts of each region with the lines and columns that their
//! conditions are computed from. The hints of a profile are drawn from it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use adlc::exec::reached::place_of;
use adlc::lines::{Line, Lines};
use adlc::plan::placed::Op;
use adlc::plan::walk::{Item, operands, order};
use adlc::plan::{CounterId, Node, Plan, Step, Value};
use adlc::source::{Sources, Span};

use super::Text;

/// What the lines of an analysis need.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// The lines that use each column.
    pub columns: BTreeMap<String, BTreeSet<Line>>,
    /// Of each region, its cuts that nothing but cuts stands between: each group in order.
    pub cuts: Vec<Vec<Cut>>,
}

/// A cut of a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Its line.
    pub line: Line,
    /// The lines that its condition is computed from, its own included.
    pub lines: BTreeSet<Line>,
    /// The columns.
    pub columns: BTreeSet<String>,
    /// How many events come to it, and pass it.
    pub counters: [CounterId; 2],
}

/// Of an analysis.
pub fn needs(text: &Text<'_>, sources: &Sources) -> Needs {
    let plan = &text.placed.plan;
    let line = |span: Span| Lines::line_of(span, sources);
    let mut columns: BTreeMap<String, BTreeSet<Line>> = BTreeMap::new();
    for part in &text.placed.program.parts {
        uses(plan, &part.body, &mut |column, span| {
            columns.entry(column).or_default().extend(line(span));
        });
    }
    let mut conditions = HashMap::new();
    conditions_of(&plan.steps, &mut conditions);
    let mut cuts = Vec::new();
    let mut end = |group: &mut Vec<Cut>| cuts.extend(Some(std::mem::take(group)).filter(|group| group.len() > 1));
    for region in &text.placed.regions {
        let mut group: Vec<Cut> = Vec::new();
        for [before, row] in region.rows.array_windows() {
            let found = row.span.and_then(line).zip(conditions.get(&row.count));
            let Some((line_of_row, Condition { keep, only_cuts })) = found else {
                end(&mut group);
                continue;
            };
            let (lines, columns) = computed_from(plan, *keep, &line);
            let counters = [before.count, row.count];
            group.push(Cut { line: line_of_row, lines, columns, counters });
            if !only_cuts {
                end(&mut group);
            }
        }
        end(&mut group);
    }
    Needs { columns, cuts }
}

/// Gives each column that operations use, with the place of what uses it.
fn uses(plan: &Plan, body: &[Op], take: &mut impl FnMut(String, Span)) {
    for op in body {
        let mut values: Vec<Value> = Vec::new();
        match op {
            Op::Let(v) | Op::Update(v) | Op::PutTable(v) => operands(&plan.dag, *v, &mut |item| {
                if let Item::Value(operand) = item {
                    values.push(operand);
                }
            }),
            Op::Fill { axes, weight, .. } => values.extend(axes.iter().chain(weight)),
            Op::Record { values: row, .. } => values.extend(row),
            Op::Sum { weight, .. } => values.push(*weight),
            Op::If { cond, then, otherwise } => {
                values.push(*cond);
                uses(plan, then, take);
                uses(plan, otherwise, take);
            }
            Op::For { body, .. } | Op::Reach { body, .. } => uses(plan, body, take),
            Op::Push { words, key, .. } => values.extend(words.iter().chain(key)),
            _ => {}
        }
        for value in values {
            if let Node::Column(input) | Node::Load { input, .. } = plan.dag.node(value)
                && let Some(input) = plan.inputs.get(input.0 as usize)
            {
                take(input.column.clone(), place_of(plan, op));
            }
        }
    }
}

/// The condition of a cut, by the counter of the events that pass it.
struct Condition {
    keep: Value,
    /// Whether those events come to nothing but further cuts, counts, sums and checks.
    only_cuts: bool,
}

fn conditions_of(steps: &[Step], found: &mut HashMap<CounterId, Condition>) {
    for step in steps {
        let Step::Cut { keep, then, .. } = step else { continue };
        let is_effect = |step: &Step| matches!(step, Step::Fill { .. } | Step::Record { .. } | Step::ForEach { .. });
        let only_cuts = !then.iter().any(is_effect);
        for counter in then {
            if let Step::Count(counter) = counter {
                found.insert(*counter, Condition { keep: *keep, only_cuts });
            }
        }
        conditions_of(then, found);
    }
}

/// The lines and columns that a value is computed from.
fn computed_from(
    plan: &Plan,
    value: Value,
    line: &impl Fn(Span) -> Option<Line>,
) -> (BTreeSet<Line>, BTreeSet<String>) {
    let (mut lines, mut columns) = (BTreeSet::new(), BTreeSet::new());
    for item in order(&plan.dag, [Item::Value(value)]) {
        let place = match item {
            Item::Value(value) => {
                if let Node::Column(input) | Node::Load { input, .. } = plan.dag.node(value) {
                    columns.extend(plan.inputs.get(input.0 as usize).map(|input| input.column.clone()));
                    // Its line is the first that reads it, whatever that computes.
                    continue;
                }
                plan.dag.place(value)
            }
            Item::List(list) => plan.dag.list_place(list),
        };
        lines.extend(line(place));
    }
    (lines, columns)
}
