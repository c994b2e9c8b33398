//! The Plan and the placed program as text, for `adlc plan` and golden tests. Values and lists are numbered as they
//! appear; constants, elements and whole collections stand where they are used: `Jet@0` is the element of the loop over
//! `Jet` at depth 0, `Jet@0.position` its position, `l2@1.0` the first word of an element of the list `l2`.

use std::collections::HashMap;
use std::fmt::Write;

use super::dag::{Binary, CollectionId, Leaf, List, ListNode, Node, Reduction, Unary, Value};
use super::placed::{Op, Program, SlotId};
use super::walk::{Item, of_steps, order};
use super::{InputId, Plan, Step};

/// The Plan: its columns, the values and lists that its steps use, the steps.
#[must_use]
pub fn plan(plan: &Plan) -> String {
    let mut print = Print::new(plan);
    let mut roots = Vec::new();
    of_steps(&plan.steps, &mut |item| roots.push(item));
    for item in order(&plan.dag, roots) {
        match item {
            Item::Value(v) if !print.stands_for_itself(v) => {
                let (name, what) = (print.name(v), print.value(v));
                print.line(0, format_args!("{name} = {what}"));
            }
            Item::List(l) if !matches!(plan.dag.list(l), ListNode::All(_)) => {
                let (name, what) = (print.list_name(l), print.list(l));
                print.line(0, format_args!("{name} = {what}"));
            }
            Item::Value(_) | Item::List(_) => {}
        }
    }
    print.steps(&plan.steps, 0);
    print.out
}

/// The placed program, part by part.
#[must_use]
pub fn program(plan: &Plan, program: &Program) -> String {
    let mut print = Print::new(plan);
    for (number, part) in program.parts.iter().enumerate() {
        let mut head = format!("part {number}");
        if part.selection.0 > 0 {
            let _ = write!(head, " of selection {}", part.selection.0);
        }
        let inputs = part.inputs.iter().map(|i| print.column(*i));
        let sizes = part.collections.iter().map(|c| format!("size({})", print.collection(*c)));
        let reads: Vec<String> = inputs.chain(sizes).collect();
        if !reads.is_empty() {
            let _ = write!(head, " reads {}", reads.join(", "));
        }
        print.line(0, format_args!("{head}"));
        print.ops(&part.body, 1);
    }
    print.out
}

struct Print<'a> {
    plan: &'a Plan,
    values: HashMap<Value, usize>,
    lists: HashMap<List, usize>,
    out: String,
}

impl Print<'_> {
    fn new(plan: &Plan) -> Print<'_> {
        Print { plan, values: HashMap::new(), lists: HashMap::new(), out: String::new() }
    }

    fn line(&mut self, indent: usize, text: std::fmt::Arguments<'_>) {
        let _ = writeln!(self.out, "{}{text}", "  ".repeat(indent));
    }

    fn column(&self, input: InputId) -> String {
        self.plan.inputs.get(input.0 as usize).map_or_else(|| format!("column {}", input.0), |i| i.column.clone())
    }

    fn collection(&self, c: CollectionId) -> String {
        self.plan.collections.get(c.0 as usize).map_or_else(|| format!("collection {}", c.0), |c| c.name.clone())
    }

    fn stands_for_itself(&self, v: Value) -> bool {
        matches!(
            self.plan.dag.node(v),
            Node::Bool(_) | Node::Int(_) | Node::Real(_) | Node::Item { .. } | Node::Position { .. }
        )
    }

    fn name(&mut self, v: Value) -> String {
        match *self.plan.dag.node(v) {
            Node::Bool(b) => b.to_string(),
            Node::Int(i) => i.to_string(),
            Node::Real(bits) => format!("{:?}", f64::from_bits(bits)),
            Node::Item { list, depth, word } => {
                let word = if self.plan.dag.leaves(list).len() > 1 { format!(".{word}") } else { String::new() };
                format!("{}{word}", self.loop_name(list, depth))
            }
            Node::Position { list, depth } => format!("{}.position", self.loop_name(list, depth)),
            _ => {
                let next = self.values.len();
                format!("v{}", self.values.entry(v).or_insert(next))
            }
        }
    }

    fn names(&mut self, of: &[Value]) -> String {
        of.iter().map(|v| self.name(*v)).collect::<Vec<_>>().join(", ")
    }

    fn list_name(&mut self, l: List) -> String {
        if let ListNode::All(collection) = self.plan.dag.list(l) {
            return self.collection(*collection);
        }
        let next = self.lists.len();
        format!("l{}", self.lists.entry(l).or_insert(next))
    }

    fn loop_name(&mut self, l: List, depth: u8) -> String {
        format!("{}@{depth}", self.list_name(l))
    }

    fn condition(&mut self, keep: Value) -> String {
        if self.plan.dag.is_true(keep) { String::new() } else { format!(" if {}", self.name(keep)) }
    }

    fn value(&mut self, v: Value) -> String {
        let plan = self.plan;
        match plan.dag.node(v) {
            Node::Bool(_) | Node::Int(_) | Node::Real(_) | Node::Item { .. } | Node::Position { .. } => self.name(v),
            Node::Column(input) => self.column(*input),
            Node::Number { of, at } => {
                format!("{} numbers[{}]", plan.dag.numbers(*of).len(), self.name(*at))
            }
            Node::Load { input, at } => format!("{}[{}]", self.column(*input), self.name(*at)),
            Node::Unary(op, of) => {
                let of = self.name(*of);
                match op {
                    Unary::Neg => format!("-{of}"),
                    Unary::Not => format!("not {of}"),
                    Unary::Abs => format!("abs({of})"),
                    Unary::Sqrt => format!("sqrt({of})"),
                    Unary::Floor => format!("floor({of})"),
                    Unary::ToReal => format!("real({of})"),
                    Unary::ToInt => format!("int({of})"),
                    Unary::IsNan => format!("isnan({of})"),
                    Unary::IsFinite => format!("isfinite({of})"),
                }
            }
            Node::Binary(op, a, b) => {
                let (a, b) = (self.name(*a), self.name(*b));
                let sign = match op {
                    Binary::Min => return format!("min({a}, {b})"),
                    Binary::Max => return format!("max({a}, {b})"),
                    Binary::Add => "+",
                    Binary::Sub => "-",
                    Binary::Mul => "*",
                    Binary::Div => "/",
                    Binary::Lt => "<",
                    Binary::Le => "<=",
                    Binary::Eq => "==",
                    Binary::Ne => "!=",
                    Binary::And => "and",
                    Binary::Or => "or",
                    Binary::BitAnd => "&",
                    Binary::BitOr => "|",
                    Binary::Shl => "<<",
                    Binary::Shr => ">>",
                };
                format!("{a} {sign} {b}")
            }
            Node::Select(c, a, b) => format!("{} ? {} : {}", self.name(*c), self.name(*a), self.name(*b)),
            Node::Call(f, arguments) => format!("{}({})", f.name(), self.names(arguments)),
            Node::Size(l) => format!("size({})", self.list_name(*l)),
            Node::At { list, position, word } => {
                let word = if plan.dag.leaves(*list).len() > 1 { format!(".{word}") } else { String::new() };
                format!("{}[{}]{word}", self.list_name(*list), self.name(*position))
            }
            Node::Reduce { op, over, depth, keep, body } => {
                let op = match op {
                    Reduction::Sum => "sum",
                    Reduction::Product => "product",
                    Reduction::Min => "min",
                    Reduction::Max => "max",
                    Reduction::Any => "any",
                    Reduction::All => "all",
                    Reduction::Count => "count",
                };
                let (of, keep) = (self.loop_name(*over, *depth), self.condition(*keep));
                format!("{op} over {of} of {}{keep}", self.name(*body))
            }
            Node::Best { over, depth, keep, keys } => {
                let (of, keep) = (self.loop_name(*over, *depth), self.condition(*keep));
                format!("best over {of} by {}{keep}", self.names(keys))
            }
            Node::Found(best) => format!("found {}", self.name(*best)),
            Node::Winner { best, word } => format!("winner {}.{word}", self.name(*best)),
            Node::Table { over, depth, body, place } => {
                let of = self.loop_name(*over, *depth);
                let at =
                    place.map_or_else(String::new, |p| format!(" at {} of {}", self.name(p.at), self.name(p.room)));
                format!("table over {of} of {}{at}", self.name(*body))
            }
            Node::Grouping { how, momenta } => format!("grouping {:?} of {}", how.numbers(), self.names(momenta)),
            Node::TableAt { table, position } => format!("{}[{}]", self.name(*table), self.name(*position)),
        }
    }

    fn list(&mut self, l: List) -> String {
        let plan = self.plan;
        match plan.dag.list(l) {
            ListNode::All(collection) => self.collection(*collection),
            ListNode::Filter { of, depth, keep } => {
                format!("{} if {}", self.loop_name(*of, *depth), self.name(*keep))
            }
            ListNode::Sort { of, depth, key, descending } => {
                let order = if *descending { "descending" } else { "ascending" };
                format!("{} by {} {order}", self.loop_name(*of, *depth), self.name(*key))
            }
            ListNode::Slice { of, from, to } => {
                format!("{}[{} : {}]", self.list_name(*of), self.name(*from), self.name(*to))
            }
            ListNode::Union(of) => {
                let leaves = self.leaves(l);
                let of: Vec<String> = of.iter().map(|l| self.list_name(*l)).collect();
                format!("union of {}{leaves}", of.join(", "))
            }
            ListNode::Combine { of, depth, after, keep } => {
                let members: Vec<String> = (*depth..)
                    .zip(of.iter().zip(after))
                    .map(|(d, (l, after))| {
                        let after = after.map_or(String::new(), |k| format!(" after {k}"));
                        format!("{}{after}", self.loop_name(*l, d))
                    })
                    .collect();
                format!("combine {}{}", members.join(", "), self.condition(*keep))
            }
            ListNode::Map { of, depth, present, words } => {
                let (of, words) = (self.loop_name(*of, *depth), self.names(words));
                format!("map {of} to ({words}){}{}", self.condition(*present), self.leaves(l))
            }
            ListNode::Reach { of, from, present, depth, next } => {
                let (of, from) = (self.loop_name(*of, *depth), self.name(*from));
                format!("reach {of} from {from}{} along {}", self.condition(*present), self.list_name(*next))
            }
            ListNode::Elements(elements) => {
                let leaves = self.leaves(l);
                let each: Vec<String> = elements
                    .iter()
                    .map(|e| format!("({}){}", self.names(&e.words), self.condition(e.present)))
                    .collect();
                format!("elements {}{leaves}", each.join(", "))
            }
        }
    }

    /// What the words point at, where that cannot be seen otherwise.
    fn leaves(&self, l: List) -> String {
        let leaves = self.plan.dag.leaves(l).iter().map(|leaf| match leaf {
            Leaf::One(c) => self.collection(*c),
            Leaf::Any(cs) => cs.iter().map(|c| self.collection(*c)).collect::<Vec<_>>().join("|"),
            Leaf::Made(number) => format!("made {number}"),
        });
        format!("  # {}", leaves.collect::<Vec<_>>().join(", "))
    }

    fn steps(&mut self, steps: &[Step], indent: usize) {
        for step in steps {
            match step {
                Step::Cut { keep, then, otherwise } => {
                    let keep = self.name(*keep);
                    self.line(indent, format_args!("cut {keep}"));
                    self.steps(then, indent + 1);
                    if !otherwise.is_empty() {
                        self.line(indent, format_args!("otherwise"));
                        self.steps(otherwise, indent + 1);
                    }
                }
                Step::Count(counter) => self.line(indent, format_args!("count c{}", counter.0)),
                Step::Sum { sum, weight } => {
                    let weight = self.name(*weight);
                    self.line(indent, format_args!("sum s{} of {weight}", sum.0));
                }
                Step::Fill { histogram, axes, weight } => self.fill(histogram.0, axes, *weight, indent),
                Step::ForEach { over, depth, body } => {
                    let of = self.loop_name(*over, *depth);
                    self.line(indent, format_args!("for each {of}"));
                    self.steps(body, indent + 1);
                }
                Step::Record { record, values } => self.record(record.0, values, indent),
                Step::Check { ok, site, .. } => {
                    let ok = self.name(*ok);
                    self.line(indent, format_args!("check {ok} site {}", site.0));
                }
            }
        }
    }

    fn fill(&mut self, histogram: u32, axes: &[Value], weight: Option<Value>, indent: usize) {
        let (axes, weight) = (self.names(axes), weight.map_or(String::new(), |w| format!(" weight {}", self.name(w))));
        self.line(indent, format_args!("fill h{histogram} with {axes}{weight}"));
    }

    fn record(&mut self, record: u32, values: &[Value], indent: usize) {
        let values = self.names(values);
        self.line(indent, format_args!("record r{record}: {values}"));
    }

    fn ops(&mut self, ops: &[Op], indent: usize) {
        for op in ops {
            self.op(op, indent);
        }
    }

    fn op(&mut self, op: &Op, indent: usize) {
        let text = match op {
            Op::Let(v) => format!("{} = {}", self.name(*v), self.value(*v)),
            Op::Copy { to, from } => format!("{} = {}", self.name(*to), self.name(*from)),
            Op::If { cond, then, otherwise } => {
                let cond = self.name(*cond);
                self.line(indent, format_args!("if {cond}"));
                self.ops(then, indent + 1);
                if !otherwise.is_empty() {
                    self.line(indent, format_args!("else"));
                    self.ops(otherwise, indent + 1);
                }
                return;
            }
            Op::For { over, depth, after, before, until, body } => {
                let of = self.loop_name(*over, *depth);
                let after = after.map_or(String::new(), |a| format!(" after {}", self.name(a)));
                let before = before.map_or(String::new(), |b| format!(" before {}", self.name(b)));
                let until = until.map_or(String::new(), |(a, is)| format!(" until {} is {is}", self.name(a)));
                self.line(indent, format_args!("for {of}{after}{before}{until}"));
                return self.ops(body, indent + 1);
            }
            Op::Start(v) => format!("start {}: {}", self.name(*v), self.value(*v)),
            Op::Update(v) => format!("update {}", self.name(*v)),
            Op::Reach { list, body } => {
                let of = self.list_name(*list);
                self.line(indent, format_args!("reach {of}"));
                return self.ops(body, indent + 1);
            }
            Op::Begin(l) => format!("begin {}: {}", self.list_name(*l), self.list(*l)),
            Op::Push { list, words, key } => {
                let key = key.map_or(String::new(), |k| format!(" key {}", self.name(k)));
                format!("push {} {}{key}", self.list_name(*list), self.names(words))
            }
            Op::End(l) => format!("end {}", self.list_name(*l)),
            Op::BeginTable(v) => format!("begin {}: {}", self.name(*v), self.value(*v)),
            Op::PutTable(v) => format!("put {}", self.name(*v)),
            Op::Count(counter) => format!("count c{}", counter.0),
            Op::Sum { sum, weight } => format!("sum s{} of {}", sum.0, self.name(*weight)),
            Op::Fill { histogram, axes, weight } => return self.fill(histogram.0, axes, *weight, indent),
            Op::Record { record, values } => return self.record(record.0, values, indent),
            Op::Check { ok, site, .. } => format!("check {} site {}", self.name(*ok), site.0),
            Op::Reached(line) => format!("reached {}", line.0),
            Op::Select(selection) => format!("select {}", selection.0),
            Op::Store(slot, v) => format!("store {} in {}", self.name(*v), slots(&[*slot])),
            Op::Fetch(slot, v) => format!("fetch {} from {}", self.name(*v), slots(&[*slot])),
            Op::StoreList(s, l) => format!("store {} in {}", self.list_name(*l), slots(s)),
            Op::FetchList(s, l) => format!("fetch {} from {}", self.list_name(*l), slots(s)),
            Op::StoreTable(s, v) => format!("store {} in {}", self.name(*v), slots(s)),
            Op::FetchTable(s, v) => format!("fetch {} from {}", self.name(*v), slots(s)),
            Op::StoreBest(s, v) => format!("store {} in {}", self.name(*v), slots(s)),
            Op::FetchBest(s, v) => format!("fetch {} from {}", self.name(*v), slots(s)),
        };
        self.line(indent, format_args!("{text}"));
    }
}

fn slots(slots: &[SlotId]) -> String {
    let names: Vec<String> = slots.iter().map(|s| format!("s{}", s.0)).collect();
    names.join(" ")
}
