//! The placed program: registers set before they are used, lists made before they are read, slots stored before they
//! are fetched, selections made before parts run over them.

use std::collections::{HashMap, HashSet};

use super::super::Plan;
use super::super::dag::{List, ListNode, Node, Ty, Value};
use super::super::placed::{Op, Part, Program, SelectionId, SlotId};
use super::super::walk::{Item, operands};
use super::plan::types;
use super::{DEPTHS, ensure, within};

/// Checks a placed program.
///
/// # Errors
/// What is wrong, in words.
pub fn program(plan: &Plan, program: &Program) -> Result<(), String> {
    let mut check = Check {
        plan,
        program,
        part: None,
        set: HashSet::new(),
        order: Vec::new(),
        making: HashSet::new(),
        selections: HashSet::from([SelectionId(0)]),
        slots: HashMap::new(),
        loops: 0,
    };
    for (number, part) in program.parts.iter().enumerate() {
        check.part = Some(part);
        let known = check.selections.contains(&part.selection);
        let result = if known { check.block(&part.body) } else { Err("its selection is made later".to_owned()) };
        result.map_err(|e| format!("part {number}: {e}"))?;
    }
    Ok(())
}

struct Check<'a> {
    plan: &'a Plan,
    program: &'a Program,
    part: Option<&'a Part>,
    /// Registers that are set and lists that are made, here.
    set: HashSet<Item>,
    order: Vec<Item>,
    making: HashSet<List>,
    selections: HashSet<SelectionId>,
    /// What slots hold, and the place in it.
    slots: HashMap<SlotId, (Item, usize)>,
    loops: u32,
}

impl Check<'_> {
    fn block(&mut self, ops: &[Op]) -> Result<(), String> {
        let before = self.order.len();
        ops.iter().try_for_each(|op| self.op(op))?;
        for item in self.order.split_off(before) {
            self.set.remove(&item);
        }
        Ok(())
    }

    fn sets(&mut self, item: Item) {
        if self.set.insert(item) {
            self.order.push(item);
        }
    }

    fn value(&self, value: Value, ty: Ty) -> Result<(), String> {
        let dag = &self.plan.dag;
        within("value", value.0, dag.len())?;
        ensure(dag.is_constant(value) || self.set.contains(&Item::Value(value)), || {
            format!("v{} is read before it is set: {:?}", value.0, dag.node(value))
        })?;
        ensure(dag.ty(value) == ty, || format!("v{} is {:?} instead of {ty:?}", value.0, dag.ty(value)))
    }

    /// A list that is read.
    fn list(&self, list: List) -> Result<(), String> {
        within("list", list.0, self.plan.dag.list_len())?;
        if let ListNode::All(collection) = self.plan.dag.list(list) {
            within("collection", collection.0, self.plan.collections.len())?;
            let loaded = self.part.is_some_and(|p| p.collections.contains(collection));
            return ensure(loaded, || format!("the sizes of collection {} are not loaded", collection.0));
        }
        ensure(self.set.contains(&Item::List(list)), || format!("l{} is read before it is made", list.0))
    }

    fn op(&mut self, op: &Op) -> Result<(), String> {
        let dag = &self.plan.dag;
        match op {
            Op::Let(value) => self.evaluates(*value)?,
            Op::Copy { to, from } => {
                within("value", to.0, dag.len())?;
                let ty = dag.ty(*to);
                ensure(matches!(ty, Ty::Bool | Ty::Int | Ty::Real), || format!("v{} is copied", to.0))?;
                self.value(*from, ty)?;
                self.sets(Item::Value(*to));
            }
            Op::If { cond, then, otherwise } => {
                self.value(*cond, Ty::Bool)?;
                self.block(then)?;
                self.block(otherwise)?;
            }
            Op::For { over, depth, after, before, until, body } => {
                self.list(*over)?;
                ensure(*depth < DEPTHS, || "a loop is nested too deeply".to_owned())?;
                after.iter().chain(before).try_for_each(|v| self.value(*v, Ty::Int))?;
                until.map_or(Ok(()), |(v, _)| self.value(v, Ty::Bool))?;
                self.loop_over(*over, *depth, body)?;
            }
            Op::Start(value) => {
                let accumulates = matches!(dag.node(*value), Node::Reduce { .. } | Node::Best { .. });
                ensure(accumulates, || format!("v{} is no accumulator", value.0))?;
                self.sets(Item::Value(*value));
            }
            Op::Update(value) => self.updates(*value)?,
            Op::Begin(list) => {
                ensure(!matches!(dag.list(*list), ListNode::All(_)), || format!("l{} is the input's", list.0))?;
                ensure(self.making.insert(*list), || format!("l{} is begun twice", list.0))?;
                if let ListNode::Reach { of, .. } = dag.list(*list) {
                    self.list(*of)?;
                }
            }
            Op::Reach { list, body } => {
                ensure(self.making.contains(list), || format!("l{} is not being made", list.0))?;
                let ListNode::Reach { of, from, depth, .. } = *dag.list(*list) else {
                    return Err(format!("l{} is not made by reaching", list.0));
                };
                self.value(from, Ty::Int)?;
                ensure(depth < DEPTHS, || "a loop is nested too deeply".to_owned())?;
                self.loop_over(of, depth, body)?;
            }
            Op::Push { list, words, key } => {
                ensure(self.making.contains(list), || format!("l{} is not being made", list.0))?;
                ensure(words.len() == dag.leaves(*list).len(), || {
                    format!("an element of l{} has not its words", list.0)
                })?;
                words.iter().try_for_each(|w| self.value(*w, Ty::Int))?;
                let sorts = matches!(dag.list(*list), ListNode::Sort { .. });
                ensure(key.is_some() == sorts, || format!("an element of l{} has a key or lacks one", list.0))?;
                key.map_or(Ok(()), |k| self.value(k, Ty::Real))?;
            }
            Op::End(list) => {
                ensure(self.making.remove(list), || format!("l{} is ended before it is begun", list.0))?;
                self.sets(Item::List(*list));
            }
            Op::BeginTable(table) => {
                let Node::Table { over, place, .. } = dag.node(*table) else {
                    return Err(format!("v{} is no table", table.0));
                };
                self.list(*over)?;
                place.iter().try_for_each(|place| self.value(place.room, Ty::Int))?;
                self.sets(Item::Value(*table));
            }
            Op::PutTable(table) => {
                let Node::Table { body, over, depth, place } = *dag.node(*table) else {
                    return Err(format!("v{} is no table", table.0));
                };
                self.value(*table, Ty::Table)?;
                self.value(body, Ty::Real)?;
                place.iter().try_for_each(|place| self.value(place.at, Ty::Int))?;
                ensure(self.is_in_loop(over, depth), || {
                    format!("the table v{} is filled outside of its loop", table.0)
                })?;
            }
            Op::Count(counter) => within("counter", counter.0, self.plan.counters as usize)?,
            Op::Sum { sum, weight } => {
                within("sum", sum.0, self.plan.sums as usize)?;
                self.value(*weight, Ty::Real)?;
            }
            Op::Fill { histogram, axes, weight } => {
                within("histogram", histogram.0, self.plan.histograms.len())?;
                axes.iter().chain(weight).try_for_each(|v| self.value(*v, Ty::Real))?;
            }
            Op::Record { record, values } => {
                within("record", record.0, self.plan.records.len())?;
                let types = &self.plan.records[record.0 as usize];
                ensure(types.len() == values.len(), || format!("a row of record {} has not its values", record.0))?;
                values.iter().zip(types).try_for_each(|(v, ty)| self.value(*v, *ty))?;
            }
            Op::Check { ok, site, values } => {
                within("site", site.0, self.plan.sites.len())?;
                self.value(*ok, Ty::Bool)?;
                let shown = self.plan.sites[site.0 as usize].shown.len();
                ensure(shown == values.len(), || format!("a check of site {} has not its values", site.0))?;
                values.iter().try_for_each(|v| self.value(*v, Ty::Real))?;
            }
            Op::Select(selection) => {
                within("selection", selection.0, self.program.selections as usize)?;
                ensure(self.loops == 0, || "an event is selected in a loop".to_owned())?;
                ensure(self.selections.insert(*selection), || format!("selection {} is made twice", selection.0))?;
            }
            Op::Reached(_) => return Err("an ordinary program counts lines".to_owned()),
            Op::Store(slot, value) => {
                self.value(*value, dag.ty(*value))?;
                self.store(&[*slot], Item::Value(*value))?;
            }
            Op::Fetch(slot, value) => self.fetch(&[*slot], Item::Value(*value))?,
            Op::StoreList(slots, list) => {
                self.list(*list)?;
                self.store(slots, Item::List(*list))?;
            }
            Op::FetchList(slots, list) => self.fetch(slots, Item::List(*list))?,
            Op::StoreBest(slots, value) => {
                self.value(*value, Ty::Winner)?;
                self.store(slots, Item::Value(*value))?;
            }
            Op::StoreTable(slots, value) => {
                self.value(*value, Ty::Table)?;
                self.store(slots, Item::Value(*value))?;
            }
            Op::FetchBest(slots, value) => self.fetch(slots, Item::Value(*value))?,
            Op::FetchTable(slots, value) => self.fetch(slots, Item::Value(*value))?,
        }
        Ok(())
    }

    fn evaluates(&mut self, value: Value) -> Result<(), String> {
        let dag = &self.plan.dag;
        within("value", value.0, dag.len())?;
        types(dag, value).map_err(|e| format!("v{}: {e}", value.0))?;
        let mut items = Vec::new();
        match dag.node(value) {
            Node::Item { .. }
            | Node::Position { .. }
            | Node::Reduce { .. }
            | Node::Best { .. }
            | Node::Table { .. } => {
                return Err(format!("v{} is not evaluated by itself: {:?}", value.0, dag.node(value)));
            }
            Node::Column(input) | Node::Load { input, .. } => {
                within("input", input.0, self.plan.inputs.len())?;
                let loaded = self.part.is_some_and(|p| {
                    p.inputs.contains(input) && dag.collection_of(*input).is_none_or(|c| p.collections.contains(&c))
                });
                ensure(loaded, || format!("column {} is not loaded", input.0))?;
            }
            _ => {}
        }
        operands(dag, value, &mut |i| items.push(i));
        for item in items {
            match item {
                Item::Value(v) => self.value(v, dag.ty(v))?,
                Item::List(l) => self.list(l)?,
            }
        }
        self.sets(Item::Value(value));
        Ok(())
    }

    fn updates(&mut self, value: Value) -> Result<(), String> {
        let dag = &self.plan.dag;
        self.value(value, dag.ty(value))?;
        match dag.node(value) {
            Node::Reduce { body, .. } => self.value(*body, dag.ty(*body)),
            Node::Best { over, depth, keys, .. } => {
                keys.iter().try_for_each(|k| self.value(*k, Ty::Real))?;
                ensure(self.is_in_loop(*over, *depth) || self.is_named(*over, *depth), || {
                    format!("v{} is updated outside of its loop", value.0)
                })
            }
            _ => Err(format!("v{} is no accumulator", value.0)),
        }
    }

    /// The element of a loop is known by its words and position.
    fn loop_over(&mut self, over: List, depth: u8, body: &[Op]) -> Result<(), String> {
        let before = self.order.len();
        for item in self.elements(over, depth) {
            self.sets(item);
        }
        self.loops += 1;
        self.block(body)?;
        self.loops -= 1;
        for item in self.order.split_off(before) {
            self.set.remove(&item);
        }
        Ok(())
    }

    fn elements(&self, over: List, depth: u8) -> Vec<Item> {
        let dag = &self.plan.dag;
        let word = |w: usize| dag.find(&Node::Item { list: over, depth, word: w as u8 });
        let words = (0..dag.leaves(over).len()).filter_map(word);
        words.chain(dag.find(&Node::Position { list: over, depth })).map(Item::Value).collect()
    }

    fn is_in_loop(&self, over: List, depth: u8) -> bool {
        let position = self.plan.dag.find(&Node::Position { list: over, depth });
        position.is_some_and(|p| self.set.contains(&Item::Value(p)))
    }

    /// True if every word of an element is set by a copy.
    fn is_named(&self, over: List, depth: u8) -> bool {
        let dag = &self.plan.dag;
        (0..dag.leaves(over).len()).all(|w| {
            dag.find(&Node::Item { list: over, depth, word: w as u8 })
                .is_some_and(|v| self.set.contains(&Item::Value(v)))
        })
    }

    fn store(&mut self, slots: &[SlotId], item: Item) -> Result<(), String> {
        for (place, slot) in slots.iter().enumerate() {
            within("slot", slot.0, self.program.slots as usize)?;
            let held = *self.slots.entry(*slot).or_insert((item, place));
            ensure(held == (item, place), || format!("slot {} holds two things", slot.0))?;
        }
        Ok(())
    }

    fn fetch(&mut self, slots: &[SlotId], item: Item) -> Result<(), String> {
        for (place, slot) in slots.iter().enumerate() {
            let held = self.slots.get(slot) == Some(&(item, place));
            ensure(held, || format!("slot {} is fetched as {item:?}, which it does not hold", slot.0))?;
        }
        self.sets(item);
        Ok(())
    }
}
