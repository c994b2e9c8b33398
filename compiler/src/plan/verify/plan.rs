//! The Plan: types, handles, loops and steps.

use std::collections::{BTreeSet, HashMap, HashSet};

use adl_runtime::histogram::Content;
use adl_runtime::schema::ElementType;

use super::super::dag::{Binary, Dag, InputId, Leaf, List, ListNode, Node, Reduction, Ty, Unary, Value};
use super::super::intrinsic::{INTRINSICS, Intrinsic};
use super::super::walk::{Item, item_operands, of_steps, order};
use super::super::{Plan, Step};
use super::{PLAN_DEPTHS, ensure, within};

/// Checks a Plan.
///
/// # Errors
/// What is wrong, in words.
pub fn plan(plan: &Plan) -> Result<(), String> {
    for (number, input) in plan.inputs.iter().enumerate() {
        let id = InputId(number as u32);
        let ty = match input.element {
            ElementType::Bool => Ty::Bool,
            ElementType::F32 | ElementType::F64 => Ty::Real,
            _ => Ty::Int,
        };
        let same = plan.dag.input_type(id) == ty && plan.dag.collection_of(id) == input.collection;
        ensure(same, || format!("the column {} is not what the graph takes it for", input.column))?;
        input.collection.map_or(Ok(()), |c| within("collection", c.0, plan.collections.len()))?;
    }
    let mut roots = Vec::new();
    of_steps(&plan.steps, &mut |item| roots.push(item));
    let mut check = Check {
        plan,
        unbound: HashMap::new(),
        sums: HashSet::new(),
        histograms: HashSet::new(),
        records: HashSet::new(),
    };
    for item in order(&plan.dag, roots) {
        match item {
            Item::Value(v) => check.node(v).map_err(|e| format!("v{}: {e}: {:?}", v.0, plan.dag.node(v)))?,
            Item::List(l) => check.list(l).map_err(|e| format!("l{}: {e}: {:?}", l.0, plan.dag.list(l)))?,
        }
        check.loops(item)?;
    }
    check.steps(&plan.steps, &mut Vec::new())
}

type Loop = (List, u8);

struct Check<'a> {
    plan: &'a Plan,
    /// The loops outside of an item whose elements it uses.
    unbound: HashMap<Item, BTreeSet<Loop>>,
    sums: HashSet<u32>,
    histograms: HashSet<u32>,
    records: HashSet<u32>,
}

/// Checks the types of the operands of a node. `ty` gives a type.
pub(super) fn types(dag: &Dag, value: Value) -> Result<(), String> {
    let is =
        |v: Value, ty: Ty| ensure(dag.ty(v) == ty, || format!("operand v{} is {:?} instead of {ty:?}", v.0, dag.ty(v)));
    let number =
        |v: Value| ensure(matches!(dag.ty(v), Ty::Int | Ty::Real), || format!("operand v{} is {:?}", v.0, dag.ty(v)));
    match dag.node(value) {
        Node::Bool(_)
        | Node::Int(_)
        | Node::Real(_)
        | Node::Column(_)
        | Node::Item { .. }
        | Node::Position { .. }
        | Node::Size(_) => Ok(()),
        Node::Load { at: of, .. } | Node::At { position: of, .. } => is(*of, Ty::Int),
        Node::Number { of, at } => {
            ensure(dag.numbers(*of).len().is_power_of_two(), || format!("there are no numbers {}", of.0))?;
            is(*at, Ty::Int)
        }
        Node::Unary(op, of) => match op {
            Unary::Neg | Unary::Abs => number(*of),
            Unary::Not | Unary::ToInt => is(*of, Ty::Bool),
            Unary::Sqrt | Unary::Floor | Unary::IsNan | Unary::IsFinite => is(*of, Ty::Real),
            Unary::ToReal => is(*of, Ty::Int),
        },
        Node::Binary(op, a, b) => {
            is(*b, dag.ty(*a))?;
            match op {
                Binary::Add | Binary::Sub | Binary::Mul | Binary::Lt | Binary::Le | Binary::Eq | Binary::Ne => {
                    number(*a)
                }
                Binary::Div | Binary::Min | Binary::Max => is(*a, Ty::Real),
                Binary::And | Binary::Or => is(*a, Ty::Bool),
                Binary::BitAnd | Binary::BitOr | Binary::Shl | Binary::Shr => is(*a, Ty::Int),
            }
        }
        Node::Select(c, a, b) => {
            is(*c, Ty::Bool)?;
            ensure(matches!(dag.ty(*a), Ty::Bool | Ty::Int | Ty::Real), || format!("it chooses v{}", a.0))?;
            is(*b, dag.ty(*a))
        }
        Node::Call(intrinsic @ (Intrinsic::Uniform | Intrinsic::Normal), arguments) => {
            let _ = intrinsic;
            arguments.iter().try_for_each(|a| is(*a, Ty::Int))
        }
        Node::Call(intrinsic, arguments) => {
            let arity = INTRINSICS.iter().find(|(i, _, _)| i == intrinsic).map_or(0, |(_, _, n)| *n);
            ensure(arguments.len() == arity, || format!("{} takes {arity} arguments", intrinsic.name()))?;
            arguments.iter().try_for_each(|a| is(*a, Ty::Real))
        }
        Node::Reduce { op, keep, body, .. } => {
            is(*keep, Ty::Bool)?;
            match op {
                Reduction::Sum | Reduction::Product => number(*body),
                Reduction::Min | Reduction::Max => is(*body, Ty::Real),
                Reduction::Any | Reduction::All | Reduction::Count => is(*body, Ty::Bool),
            }
        }
        Node::Best { keep, keys, .. } => {
            is(*keep, Ty::Bool)?;
            ensure(!keys.is_empty(), || "it has no key".to_owned())?;
            keys.iter().try_for_each(|k| is(*k, Ty::Real))
        }
        Node::Found(best) | Node::Winner { best, .. } => is(*best, Ty::Winner),
        Node::Table { body, place, .. } => {
            is(*body, Ty::Real)?;
            place.iter().try_for_each(|place| is(place.at, Ty::Int).and_then(|()| is(place.room, Ty::Int)))
        }
        Node::Grouping { momenta, .. } => {
            momenta.iter().try_for_each(|table| is(*table, Ty::Table))?;
            let over = momenta.map(|table| match dag.node(table) {
                Node::Table { over, place: None, .. } => Some(*over),
                _ => None,
            });
            ensure(over[0].is_some() && over.iter().all(|list| *list == over[0]), || {
                "its tables are not of one list, in its order".to_owned()
            })
        }
        Node::TableAt { table, position } => {
            is(*table, Ty::Table)?;
            is(*position, Ty::Int)
        }
    }
}

impl Check<'_> {
    fn node(&self, value: Value) -> Result<(), String> {
        let dag = &self.plan.dag;
        types(dag, value)?;
        let word = |list: List, word: u8| within("word", u32::from(word), dag.leaves(list).len());
        match dag.node(value) {
            Node::Column(input) => {
                within("input", input.0, self.plan.inputs.len())?;
                ensure(dag.collection_of(*input).is_none(), || "the column is not the event's".to_owned())
            }
            Node::Load { input, .. } => {
                within("input", input.0, self.plan.inputs.len())?;
                ensure(dag.collection_of(*input).is_some(), || "the column is the event's".to_owned())
            }
            Node::Item { list, depth, word: w } => {
                word(*list, *w)?;
                self.depth(*depth, 1)
            }
            Node::At { list, word: w, .. } => word(*list, *w),
            Node::Winner { best, word: w } => match dag.node(*best) {
                Node::Best { over, .. } => word(*over, *w),
                _ => Err("it is not of a `Best`".to_owned()),
            },
            Node::Position { depth, .. }
            | Node::Reduce { depth, .. }
            | Node::Best { depth, .. }
            | Node::Table { depth, .. } => self.depth(*depth, 1),
            _ => Ok(()),
        }
    }

    fn depth(&self, depth: u8, loops: usize) -> Result<(), String> {
        ensure(usize::from(depth) + loops <= usize::from(PLAN_DEPTHS), || "its loop is nested too deeply".to_owned())
    }

    fn list(&self, list: List) -> Result<(), String> {
        let dag = &self.plan.dag;
        let is =
            |v: Value, ty: Ty| ensure(dag.ty(v) == ty, || format!("v{} is {:?} instead of {ty:?}", v.0, dag.ty(v)));
        ensure(!dag.leaves(list).is_empty(), || "its elements have no words".to_owned())?;
        match dag.list(list) {
            ListNode::All(collection) => within("collection", collection.0, self.plan.collections.len()),
            ListNode::Filter { depth, keep, .. } => {
                self.depth(*depth, 1)?;
                is(*keep, Ty::Bool)
            }
            ListNode::Sort { depth, key, .. } => {
                self.depth(*depth, 1)?;
                is(*key, Ty::Real)
            }
            ListNode::Slice { from, to, .. } => {
                is(*from, Ty::Int)?;
                is(*to, Ty::Int)
            }
            ListNode::Union(of) => {
                let single = of.iter().all(|l| dag.leaves(*l).len() == 1);
                ensure(single && !of.is_empty(), || "its lists are not of single objects".to_owned())?;
                let made = of.iter().any(|l| matches!(dag.leaves(*l), [Leaf::Made(_)]));
                ensure(!made || of.len() == 1, || "made vectors are in no union".to_owned())
            }
            ListNode::Combine { of, depth, after, keep } => {
                self.depth(*depth, of.len())?;
                is(*keep, Ty::Bool)?;
                let ordered = after
                    .iter()
                    .enumerate()
                    .all(|(k, after)| after.is_none_or(|j| usize::from(j) < k && of.get(usize::from(j)) == of.get(k)));
                ensure(after.len() == of.len() && ordered, || "its members are not in order".to_owned())
            }
            ListNode::Map { depth, present, words, .. } => {
                self.depth(*depth, 1)?;
                is(*present, Ty::Bool)?;
                ensure(words.len() == dag.leaves(list).len(), || "an element has not its words".to_owned())?;
                words.iter().try_for_each(|w| is(*w, Ty::Int))
            }
            ListNode::Reach { of, from, present, depth, next } => {
                self.depth(*depth, 1)?;
                is(*from, Ty::Int)?;
                is(*present, Ty::Bool)?;
                ensure(matches!(dag.list(*of), ListNode::All(_)), || "it is not of an input collection".to_owned())?;
                ensure(dag.leaves(*next) == dag.leaves(*of), || "it leads out of its collection".to_owned())
            }
            ListNode::Elements(elements) => elements.iter().try_for_each(|e| {
                is(e.present, Ty::Bool)?;
                ensure(e.words.len() == dag.leaves(list).len(), || "an element has not its words".to_owned())?;
                e.words.iter().try_for_each(|w| is(*w, Ty::Int))
            }),
        }
    }

    /// Finds the loops that an item needs around it: those of its operands, without its own.
    fn loops(&mut self, item: Item) -> Result<(), String> {
        let dag = &self.plan.dag;
        let bound: Vec<Loop> = match item {
            Item::Value(v) => match dag.node(v) {
                Node::Item { list, depth, .. } | Node::Position { list, depth } => {
                    self.unbound.insert(item, BTreeSet::from([(*list, *depth)]));
                    return Ok(());
                }
                Node::Reduce { over, depth, .. } | Node::Best { over, depth, .. } | Node::Table { over, depth, .. } => {
                    vec![(*over, *depth)]
                }
                _ => Vec::new(),
            },
            Item::List(l) => match dag.list(l) {
                ListNode::Filter { of, depth, .. }
                | ListNode::Sort { of, depth, .. }
                | ListNode::Map { of, depth, .. }
                | ListNode::Reach { of, depth, .. } => vec![(*of, *depth)],
                ListNode::Combine { of, depth, .. } => of.iter().copied().zip(*depth..).collect(),
                ListNode::All(_) | ListNode::Slice { .. } | ListNode::Union(_) | ListNode::Elements(_) => Vec::new(),
            },
        };
        let next = match item {
            Item::List(l) => match dag.list(l) {
                ListNode::Reach { next, .. } => Some(*next),
                _ => None,
            },
            Item::Value(_) => None,
        };
        let mut unbound = BTreeSet::new();
        let mut hidden = None;
        let first = bound.iter().map(|(_, depth)| *depth).min();
        item_operands(dag, item, &mut |operand| {
            let of_operand = self.unbound.get(&operand).into_iter().flatten();
            for of in of_operand.filter(|of| !bound.contains(of)) {
                // The lists of a loop are outside of it; its values are inside, where outer loops have lower depths.
                let inside = match operand {
                    Item::Value(_) => true,
                    Item::List(l) => Some(l) == next,
                };
                if inside && first.is_some_and(|first| of.1 >= first) {
                    hidden = Some(*of);
                }
                unbound.insert(*of);
            }
        });
        let mask = unbound.iter().fold(0u64, |mask, (_, depth)| mask | 1 << depth);
        let (name, free) = match item {
            Item::Value(v) => (format!("v{}", v.0), dag.free(v)),
            Item::List(l) => (format!("l{}", l.0), dag.list_free(l)),
        };
        if let Some((list, depth)) = hidden {
            return Err(format!("{name} hides the loop over l{} at depth {depth}, which it uses", list.0));
        }
        ensure(mask == free, || format!("{name} uses loops {mask:b} instead of {free:b}"))?;
        self.unbound.insert(item, unbound);
        Ok(())
    }

    fn steps(&mut self, steps: &[Step], loops: &mut Vec<Loop>) -> Result<(), String> {
        for step in steps {
            match step {
                Step::Cut { keep, then, otherwise } => {
                    self.used(*keep, Ty::Bool, loops)?;
                    self.steps(then, loops)?;
                    self.steps(otherwise, loops)?;
                }
                Step::Count(counter) => within("counter", counter.0, self.plan.counters as usize)?,
                Step::Sum { sum, weight } => {
                    within("sum", sum.0, self.plan.sums as usize)?;
                    self.used(*weight, Ty::Real, loops)?;
                    ensure(self.sums.insert(sum.0), || format!("sum {} is in two places", sum.0))?;
                }
                Step::Fill { histogram, axes, weight } => {
                    within("histogram", histogram.0, self.plan.histograms.len())?;
                    axes.iter().chain(weight).try_for_each(|v| self.used(*v, Ty::Real, loops))?;
                    let layout = &self.plan.histograms[histogram.0 as usize];
                    let length = layout.axes.len() + usize::from(layout.content == Content::Profile);
                    let fits = axes.len() == length && (layout.weighted || weight.is_none());
                    ensure(fits, || format!("an entry of histogram {} has not its values", histogram.0))?;
                    ensure(self.histograms.insert(histogram.0), || {
                        format!("histogram {} is filled in two places", histogram.0)
                    })?;
                }
                Step::Record { record, values } => {
                    within("record", record.0, self.plan.records.len())?;
                    let types = &self.plan.records[record.0 as usize];
                    ensure(types.len() == values.len(), || format!("a row of record {} has not its values", record.0))?;
                    for (value, ty) in values.iter().zip(types) {
                        let kept = matches!(ty, Ty::Bool | Ty::Int | Ty::Real);
                        ensure(kept, || format!("record {} keeps a {ty:?}", record.0))?;
                        self.used(*value, *ty, loops)?;
                    }
                    ensure(self.records.insert(record.0), || format!("record {} is in two places", record.0))?;
                }
                Step::ForEach { over, depth, body } => {
                    self.depth(*depth, 1)?;
                    self.bound(Item::List(*over), loops)?;
                    loops.push((*over, *depth));
                    self.steps(body, loops)?;
                    loops.pop();
                }
                Step::Check { ok, site, values } => {
                    self.used(*ok, Ty::Bool, loops)?;
                    within("site", site.0, self.plan.sites.len())?;
                    let shown = self.plan.sites[site.0 as usize].shown.len();
                    ensure(shown == values.len(), || format!("a check of site {} has not its values", site.0))?;
                    values.iter().try_for_each(|v| self.used(*v, Ty::Real, loops))?;
                }
            }
        }
        Ok(())
    }

    fn used(&self, value: Value, ty: Ty, loops: &[Loop]) -> Result<(), String> {
        let found = self.plan.dag.ty(value);
        ensure(found == ty, || format!("a step uses v{}, which is {found:?} instead of {ty:?}", value.0))?;
        self.bound(Item::Value(value), loops)
    }

    fn bound(&self, item: Item, loops: &[Loop]) -> Result<(), String> {
        let unbound = self.unbound.get(&item).into_iter().flatten().find(|of| !loops.contains(of));
        unbound.map_or(Ok(()), |(list, depth)| {
            Err(format!("a step uses {item:?} outside of the loop over l{} at depth {depth}", list.0))
        })
    }
}
