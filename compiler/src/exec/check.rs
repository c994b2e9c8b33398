//! What both engines rely on to stay inside the frame's memory: every number of a program is in range and every record
//! has its length. `plan::verify` checks the meaning; this is the last look before unsafe code.

use std::collections::HashSet;

use crate::plan::placed::{Op, Part, Program, SelectionId, SlotId};
use crate::plan::{Intrinsic, List, ListNode, Node, Plan, Value};
use adl_runtime::histogram::Content;

/// Checks a program.
pub(super) fn check(plan: &Plan, program: &Program) -> Result<(), String> {
    let mut selected = HashSet::from([SelectionId(0)]);
    let mut stored = HashSet::new();
    for input in &plan.inputs {
        within("collection", input.collection.map_or(0, |c| c.0 + 1), plan.collections.len() + 1)?;
    }
    for (number, part) in program.parts.iter().enumerate() {
        let mut check = Check { plan, program, part, stored: &mut stored, selects: HashSet::new() };
        let checked = if selected.contains(&part.selection) {
            check.part()
        } else {
            Err(format!("its selection {} is made later", part.selection.0))
        };
        checked.map_err(|reason| format!("part {number} of the placed program: {reason}"))?;
        let selects = check.selects;
        selected.extend(selects);
    }
    Ok(())
}

struct Check<'a> {
    plan: &'a Plan,
    program: &'a Program,
    part: &'a Part,
    stored: &'a mut HashSet<SlotId>,
    selects: HashSet<SelectionId>,
}

impl Check<'_> {
    fn part(&mut self) -> Result<(), String> {
        within("selection", self.part.selection.0, self.program.selections as usize)?;
        for input in &self.part.inputs {
            within("input", input.0, self.plan.inputs.len())?;
        }
        for collection in &self.part.collections {
            within("collection", collection.0, self.plan.collections.len())?;
        }
        self.block(&self.part.body, false)
    }

    fn block(&mut self, body: &[Op], in_loop: bool) -> Result<(), String> {
        body.iter().try_for_each(|op| self.op(op, in_loop))
    }

    fn op(&mut self, op: &Op, in_loop: bool) -> Result<(), String> {
        let plan = self.plan;
        match op {
            Op::Let(value) => self.node(*value),
            Op::Copy { to, from } => self.values(&[*to, *from]),
            Op::If { cond, then, otherwise } => {
                self.value(*cond)?;
                self.block(then, in_loop)?;
                self.block(otherwise, in_loop)
            }
            Op::For { over, after, before, until, body, .. } => {
                self.list(*over)?;
                after.iter().chain(before).chain(until.iter().map(|(v, _)| v)).try_for_each(|v| self.value(*v))?;
                self.block(body, true)
            }
            Op::Start(value) | Op::Update(value) => {
                self.value(*value)?;
                match plan.dag.node(*value) {
                    Node::Reduce { .. } => Ok(()),
                    Node::Best { over, .. } => self.list(*over),
                    _ => Err(format!("v{} is no accumulator", value.0)),
                }
            }
            Op::Begin(list) | Op::End(list) => self.made(*list),
            Op::Reach { list, body } => {
                self.made(*list)?;
                let ListNode::Reach { of, from, .. } = *plan.dag.list(*list) else {
                    return Err(format!("list l{} is not made by reaching", list.0));
                };
                self.list(of)?;
                self.value(from)?;
                self.block(body, true)
            }
            Op::Push { list, words, key } => {
                self.made(*list)?;
                words.iter().chain(key).try_for_each(|v| self.value(*v))?;
                let sorts = matches!(plan.dag.list(*list), ListNode::Sort { .. });
                if words.len() != plan.dag.leaves(*list).len() || key.is_some() != sorts {
                    return Err(format!("an element of list l{} has not its words", list.0));
                }
                Ok(())
            }
            Op::BeginTable(table) | Op::PutTable(table) => self.table(*table),
            Op::Count(counter) => within("counter", counter.0, plan.counters as usize),
            Op::Sum { sum, weight } => {
                self.value(*weight)?;
                within("sum", sum.0, plan.sums as usize)
            }
            Op::Fill { histogram, axes, weight } => {
                within("histogram", histogram.0, plan.histograms.len())?;
                axes.iter().chain(weight).try_for_each(|v| self.value(*v))?;
                let layout = &plan.histograms[histogram.0 as usize];
                let profile = usize::from(layout.content == Content::Profile);
                if axes.len() != layout.axes.len() + profile || (weight.is_some() && !layout.weighted) {
                    return Err(format!("an entry of histogram {} has not its values", histogram.0));
                }
                Ok(())
            }
            Op::Record { record, values } => {
                within("record", record.0, plan.records.len())?;
                if values.len() != plan.records[record.0 as usize].len() {
                    return Err(format!("a row of record {} has not its values", record.0));
                }
                self.values(values)
            }
            Op::Check { ok, site, values } => {
                self.value(*ok)?;
                within("site", site.0, plan.sites.len())?;
                if values.len() != plan.sites[site.0 as usize].shown.len() {
                    return Err(format!("a check of site {} has not its values", site.0));
                }
                self.values(values)
            }
            Op::Select(selection) => {
                within("selection", selection.0, self.program.selections as usize)?;
                if in_loop || *selection == SelectionId(0) || *selection == self.part.selection {
                    return Err(format!("selection {} is appended to in a wrong place", selection.0));
                }
                self.selects.insert(*selection);
                Ok(())
            }
            Op::Reached(_) => Err("an ordinary program counts lines".to_owned()),
            Op::Store(slot, value) => {
                self.value(*value)?;
                self.store(&[*slot])
            }
            Op::Fetch(slot, value) => {
                self.value(*value)?;
                self.fetch(&[*slot])
            }
            Op::StoreList(slots, list) => {
                self.made(*list)?;
                self.store(slots)
            }
            Op::FetchList(slots, list) => {
                self.made(*list)?;
                self.fetch(slots)
            }
            Op::StoreTable(slots, table) => {
                self.table(*table)?;
                self.store(slots)
            }
            Op::FetchTable(slots, table) => {
                self.table(*table)?;
                self.fetch(slots)
            }
            Op::StoreBest(slots, best) => {
                self.best(*best, slots.len())?;
                self.store(slots)
            }
            Op::FetchBest(slots, best) => {
                self.best(*best, slots.len())?;
                self.fetch(slots)
            }
        }
    }

    fn node(&self, value: Value) -> Result<(), String> {
        self.value(value)?;
        let inputs = &self.plan.inputs;
        match self.plan.dag.node(value) {
            Node::Column(input) => {
                within("input", input.0, inputs.len())?;
                shape(inputs[input.0 as usize].collection.is_none(), value)
            }
            Node::Load { input, .. } => {
                within("input", input.0, inputs.len())?;
                shape(inputs[input.0 as usize].collection.is_some(), value)
            }
            Node::Number { of, .. } => shape(self.plan.dag.numbers(*of).len().is_power_of_two(), value),
            Node::Size(list) => self.list(*list),
            Node::At { list, word, .. } => {
                self.list(*list)?;
                within("word", u32::from(*word), self.plan.dag.leaves(*list).len())
            }
            Node::Winner { best, word } => match self.plan.dag.node(*best) {
                Node::Best { over, .. } => within("word", u32::from(*word), self.plan.dag.leaves(*over).len()),
                _ => shape(false, value),
            },
            Node::Found(best) => shape(matches!(self.plan.dag.node(*best), Node::Best { .. }), value),
            Node::Grouping { momenta, .. } => {
                let tables = momenta.iter().all(|table| matches!(self.plan.dag.node(*table), Node::Table { .. }));
                shape(tables, value)
            }
            Node::TableAt { table, .. } => shape(matches!(self.plan.dag.node(*table), Node::Table { .. }), value),
            Node::Call(intrinsic, arguments) => {
                let wanted = match intrinsic {
                    Intrinsic::Atan2 | Intrinsic::Pow | Intrinsic::Hypot | Intrinsic::Mod => 2,
                    Intrinsic::Uniform | Intrinsic::Normal => arguments.len(),
                    Intrinsic::Mt2 => 9,
                    _ => 1,
                };
                shape(arguments.len() == wanted, value)
            }
            _ => Ok(()),
        }
    }

    fn value(&self, value: Value) -> Result<(), String> {
        within("value", value.0, self.plan.dag.len())
    }

    fn values(&self, values: &[Value]) -> Result<(), String> {
        values.iter().try_for_each(|v| self.value(*v))
    }

    fn list(&self, list: List) -> Result<(), String> {
        within("list", list.0, self.plan.dag.list_len())?;
        if self.plan.dag.leaves(list).is_empty() {
            return Err(format!("the elements of list l{} have no words", list.0));
        }
        match self.plan.dag.list(list) {
            ListNode::All(collection) => within("collection", collection.0, self.plan.collections.len()),
            _ => Ok(()),
        }
    }

    fn made(&self, list: List) -> Result<(), String> {
        self.list(list)?;
        match self.plan.dag.list(list) {
            ListNode::All(_) => Err(format!("list l{} is the input's and is made", list.0)),
            _ => Ok(()),
        }
    }

    fn best(&self, best: Value, slots: usize) -> Result<(), String> {
        self.value(best)?;
        match self.plan.dag.node(best) {
            Node::Best { over, .. } if slots == 1 + self.plan.dag.leaves(*over).len() => Ok(()),
            _ => Err(format!("v{} is no winner of {slots} slots", best.0)),
        }
    }

    fn table(&self, table: Value) -> Result<(), String> {
        self.value(table)?;
        match self.plan.dag.node(table) {
            Node::Table { over, place, .. } => {
                place.iter().try_for_each(|place| self.values(&[place.at, place.room]))?;
                self.list(*over)
            }
            _ => Err(format!("v{} is no table", table.0)),
        }
    }

    fn store(&mut self, slots: &[SlotId]) -> Result<(), String> {
        slots.iter().try_for_each(|slot| within("slot", slot.0, self.program.slots as usize))?;
        self.stored.extend(slots);
        Ok(())
    }

    fn fetch(&self, slots: &[SlotId]) -> Result<(), String> {
        match slots.iter().find(|slot| !self.stored.contains(slot)) {
            Some(slot) => Err(format!("slot {} is read before it is written", slot.0)),
            None => Ok(()),
        }
    }
}

fn within(what: &str, number: u32, limit: usize) -> Result<(), String> {
    if (number as usize) < limit { Ok(()) } else { Err(format!("{what} {number} of {limit}")) }
}

fn shape(holds: bool, value: Value) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("v{} has operands of a wrong kind", value.0)) }
}
