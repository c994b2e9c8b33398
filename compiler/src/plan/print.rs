//! The Plan and the placed program as text, for `adlc plan` and golden tests.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::dag::{Dag, Leaf, List, ListNode, Node, Value};
use super::placed::{Op, Program};
use super::{Plan, Step};

/// The Plan: its columns, the values and lists that its steps use, the steps.
#[must_use]
pub fn plan(plan: &Plan) -> String {
    let mut out = inputs(plan);
    let mut seen = Seen::default();
    for step in &plan.steps {
        seen.step(&plan.dag, step);
    }
    for item in &seen.order {
        let _ = match item {
            Item::Value(v) => writeln!(out, "v{} = {}", v.0, value(plan, *v)),
            Item::List(l) => writeln!(out, "l{} = {}", l.0, list(plan, *l)),
        };
    }
    steps(&plan.steps, 0, &mut out);
    out
}

/// The placed program, part by part.
#[must_use]
pub fn program(plan: &Plan, program: &Program) -> String {
    let mut out = inputs(plan);
    for (i, part) in program.parts.iter().enumerate() {
        let inputs: Vec<&str> =
            part.inputs.iter().filter_map(|n| plan.inputs.get(n.0 as usize)).map(|n| n.column.as_str()).collect();
        let _ = writeln!(out, "part {i} of selection {}, reads {}", part.selection.0, inputs.join(" "));
        ops(plan, &part.body, 1, &mut out);
    }
    out
}

fn inputs(plan: &Plan) -> String {
    let mut out = String::new();
    for input in &plan.inputs {
        let _ = writeln!(out, "column {} : {}", input.column, input.element.name());
    }
    for collection in &plan.collections {
        let _ = writeln!(out, "sizes {} of {}", collection.name, collection.column);
    }
    out
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Item {
    Value(Value),
    List(List),
}

#[derive(Default)]
struct Seen {
    known: BTreeSet<Item>,
    order: Vec<Item>,
}

impl Seen {
    fn step(&mut self, dag: &Dag, step: &Step) {
        match step {
            Step::Count(_) => {}
            Step::Sum { weight, .. } => self.value(dag, *weight),
            Step::Fill { axes, weight, .. } => axes.iter().chain(weight).for_each(|v| self.value(dag, *v)),
            Step::Check { ok, .. } => self.value(dag, *ok),
            Step::Cut { keep, then, otherwise } => {
                self.value(dag, *keep);
                then.iter().chain(otherwise).for_each(|s| self.step(dag, s));
            }
            Step::ForEach { over, body, .. } => {
                self.list(dag, *over);
                body.iter().for_each(|s| self.step(dag, s));
            }
        }
    }

    fn value(&mut self, dag: &Dag, value: Value) {
        if self.known.insert(Item::Value(value)) {
            super::place::operands(dag, value, &mut |v| self.value(dag, v), &mut |_| {});
            let mut lists = Vec::new();
            super::place::operands(dag, value, &mut |_| {}, &mut |l| lists.push(l));
            lists.into_iter().for_each(|l| self.list(dag, l));
            self.order.push(Item::Value(value));
        }
    }

    fn list(&mut self, dag: &Dag, list: List) {
        if self.known.insert(Item::List(list)) {
            let (mut values, mut lists) = (Vec::new(), Vec::new());
            super::place::list_operands(dag, list, &mut |v| values.push(v), &mut |l| lists.push(l));
            lists.into_iter().for_each(|l| self.list(dag, l));
            values.into_iter().for_each(|v| self.value(dag, v));
            self.order.push(Item::List(list));
        }
    }
}

fn values(of: &[Value]) -> String {
    of.iter().map(|v| format!("v{}", v.0)).collect::<Vec<_>>().join(", ")
}

fn column(plan: &Plan, input: super::InputId) -> &str {
    plan.inputs.get(input.0 as usize).map_or("?", |i| i.column.as_str())
}

fn value(plan: &Plan, v: Value) -> String {
    match plan.dag.node(v) {
        Node::Bool(b) => b.to_string(),
        Node::Int(i) => i.to_string(),
        Node::Real(bits) => format!("{:?}", f64::from_bits(*bits)),
        Node::Column(input) => column(plan, *input).to_owned(),
        Node::Load { input, at } => format!("{}[v{}]", column(plan, *input), at.0),
        Node::Item { list, depth, word } => format!("item l{} @{depth}.{word}", list.0),
        Node::Position { list, depth } => format!("position l{} @{depth}", list.0),
        Node::Unary(op, of) => format!("{op:?} v{}", of.0).to_lowercase(),
        Node::Binary(op, a, b) => format!("{op:?} v{} v{}", a.0, b.0).to_lowercase(),
        Node::Select(c, a, b) => format!("v{} ? v{} : v{}", c.0, a.0, b.0),
        Node::Call(f, args) => format!("{}({})", f.name(), values(args)),
        Node::Size(l) => format!("size l{}", l.0),
        Node::At { list, position, word } => format!("l{}[v{}].{word}", list.0, position.0),
        Node::Reduce { op, over, depth, keep, body } => {
            let op = format!("{op:?}").to_lowercase();
            format!("{op} of v{} over l{} @{depth} if v{}", body.0, over.0, keep.0)
        }
        Node::Best { over, depth, keep, keys } => {
            format!("best by {} over l{} @{depth} if v{}", values(keys), over.0, keep.0)
        }
        Node::Found(b) => format!("found v{}", b.0),
        Node::Winner { best, word } => format!("winner v{}.{word}", best.0),
        Node::Table { over, depth, body } => format!("table of v{} over l{} @{depth}", body.0, over.0),
        Node::TableAt { table, position } => format!("v{}[v{}]", table.0, position.0),
    }
}

fn list(plan: &Plan, l: List) -> String {
    let lists = |of: &[List]| of.iter().map(|l| format!("l{}", l.0)).collect::<Vec<_>>().join(", ");
    let leaves: Vec<String> = plan
        .dag
        .leaves(l)
        .iter()
        .map(|leaf| {
            let name = |c: &super::CollectionId| {
                plan.collections.get(c.0 as usize).map_or("?", |c| c.name.as_str()).to_owned()
            };
            match leaf {
                Leaf::One(c) => name(c),
                Leaf::Any(cs) => cs.iter().map(name).collect::<Vec<_>>().join("|"),
            }
        })
        .collect();
    let what = match plan.dag.list(l) {
        ListNode::All(_) => "all".to_owned(),
        ListNode::Filter { of, depth, keep } => format!("l{} @{depth} if v{}", of.0, keep.0),
        ListNode::Sort { of, depth, key, descending } => {
            format!("sort l{} @{depth} by v{} {}", of.0, key.0, if *descending { "descend" } else { "ascend" })
        }
        ListNode::Slice { of, from, to } => format!("l{}[v{}:v{}]", of.0, from.0, to.0),
        ListNode::Union(of) => format!("union {}", lists(of)),
        ListNode::Combine { of, depth, after, keep } => {
            let after: Vec<String> = after.iter().map(|a| a.map_or("-".to_owned(), |a| a.to_string())).collect();
            format!("combine {} @{depth} after {} if v{}", lists(of), after.join(" "), keep.0)
        }
        ListNode::Elements(elements) => {
            let each = elements.iter().map(|e| format!("{} if v{}", values(&e.words), e.present.0));
            format!("elements {}", each.collect::<Vec<_>>().join("; "))
        }
    };
    format!("{what}  # {}", leaves.join(", "))
}

fn steps(all: &[Step], indent: usize, out: &mut String) {
    let pad = "  ".repeat(indent);
    for step in all {
        let _ = match step {
            Step::Cut { keep, then, otherwise } => {
                let _ = writeln!(out, "{pad}cut v{}", keep.0);
                steps(then, indent + 1, out);
                if !otherwise.is_empty() {
                    let _ = writeln!(out, "{pad}otherwise");
                    steps(otherwise, indent + 1, out);
                }
                Ok(())
            }
            Step::Count(c) => writeln!(out, "{pad}count c{}", c.0),
            Step::Sum { sum, weight } => writeln!(out, "{pad}sum s{} of v{}", sum.0, weight.0),
            Step::Fill { histogram, axes, weight } => {
                let weight = weight.map_or(String::new(), |w| format!(" weight v{}", w.0));
                writeln!(out, "{pad}fill h{} with {}{weight}", histogram.0, values(axes))
            }
            Step::ForEach { over, depth, body } => {
                let _ = writeln!(out, "{pad}for each of l{} @{depth}", over.0);
                steps(body, indent + 1, out);
                Ok(())
            }
            Step::Check { ok, site } => writeln!(out, "{pad}check v{} site {}", ok.0, site.0),
        };
    }
}

fn ops(plan: &Plan, all: &[Op], indent: usize, out: &mut String) {
    let pad = "  ".repeat(indent);
    for op in all {
        let _ = match op {
            Op::Let(v) => writeln!(out, "{pad}v{} = {}", v.0, value(plan, *v)),
            Op::Copy { to, from } => writeln!(out, "{pad}v{} = v{}", to.0, from.0),
            Op::If { cond, then, otherwise } => {
                let _ = writeln!(out, "{pad}if v{}", cond.0);
                ops(plan, then, indent + 1, out);
                if !otherwise.is_empty() {
                    let _ = writeln!(out, "{pad}else");
                    ops(plan, otherwise, indent + 1, out);
                }
                Ok(())
            }
            Op::For { over, depth, after, until, body } => {
                let after = after.map_or(String::new(), |a| format!(" after v{}", a.0));
                let until = until.map_or(String::new(), |(a, b)| format!(" until v{} is {b}", a.0));
                let _ = writeln!(out, "{pad}for l{} @{depth}{after}{until}  # {}", over.0, list(plan, *over));
                ops(plan, body, indent + 1, out);
                Ok(())
            }
            Op::Start(v) => writeln!(out, "{pad}start v{}: {}", v.0, value(plan, *v)),
            Op::Update(v) => writeln!(out, "{pad}update v{}", v.0),
            Op::Begin(l) => writeln!(out, "{pad}begin l{}: {}", l.0, list(plan, *l)),
            Op::Push { list, words, key } => {
                let key = key.map_or(String::new(), |k| format!(" key v{}", k.0));
                writeln!(out, "{pad}push l{} {}{key}", list.0, values(words))
            }
            Op::End(l) => writeln!(out, "{pad}end l{}", l.0),
            Op::BeginTable(v) => writeln!(out, "{pad}begin v{}: {}", v.0, value(plan, *v)),
            Op::PutTable(v) => writeln!(out, "{pad}put v{}", v.0),
            Op::Count(c) => writeln!(out, "{pad}count c{}", c.0),
            Op::Sum { sum, weight } => writeln!(out, "{pad}sum s{} of v{}", sum.0, weight.0),
            Op::Fill { histogram, axes, weight } => {
                let weight = weight.map_or(String::new(), |w| format!(" weight v{}", w.0));
                writeln!(out, "{pad}fill h{} with {}{weight}", histogram.0, values(axes))
            }
            Op::Check { ok, site } => writeln!(out, "{pad}check v{} site {}", ok.0, site.0),
            Op::Select(s) => writeln!(out, "{pad}select into selection {}", s.0),
            Op::Store(s, v) => writeln!(out, "{pad}store v{} in slot {}", v.0, s.0),
            Op::Fetch(s, v) => writeln!(out, "{pad}fetch v{} from slot {}", v.0, s.0),
            Op::StoreList(s, l) => writeln!(out, "{pad}store l{} in slots {} {}", l.0, s[0].0, s[1].0),
            Op::FetchList(s, l) => writeln!(out, "{pad}fetch l{} from slots {} {}", l.0, s[0].0, s[1].0),
            Op::StoreBest(s, v) => {
                writeln!(out, "{pad}store best v{} in {} slots from {}", v.0, s.len(), s.first().map_or(0, |s| s.0))
            }
            Op::FetchBest(s, v) => {
                writeln!(out, "{pad}fetch best v{} from {} slots from {}", v.0, s.len(), s.first().map_or(0, |s| s.0))
            }
        };
    }
}
