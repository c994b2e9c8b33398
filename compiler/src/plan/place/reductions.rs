//! Reductions, winners and tables: all that can share a loop run in one.

use super::super::dag::{Binary, List, Node, Reduction, Value};
use super::super::placed::Op;
use super::super::walk::Item;
use super::emit::Emit;

impl Emit<'_> {
    /// A reduction, with all others over the same loop that can run with it, in the innermost scope.
    pub(super) fn reductions(&mut self, value: Value, over: List, depth: u8) {
        let group = self.group(value, over, depth);
        if let Node::Table { .. } = self.dag.node(value) {
            return self.tables(&group, over, depth);
        }
        for member in &group {
            self.push(Op::Start(*member));
        }
        let until = match (group.as_slice(), self.dag.node(value)) {
            ([_], Node::Reduce { op: Reduction::Any, .. }) => Some((value, true)),
            ([_], Node::Reduce { op: Reduction::All, .. }) => Some((value, false)),
            _ => None,
        };
        self.each(over, depth, None, until, &mut |e| e.members(&group));
        for member in group {
            self.set(member);
        }
    }

    /// Tables over one list. Where it has fewer than two elements, nothing reads them: see `tabulate`.
    fn tables(&mut self, group: &[Value], over: List, depth: u8) {
        self.require_list(over);
        for member in group {
            if let Node::Table { place: Some(place), .. } = *self.dag.node(*member) {
                self.require(place.room);
            }
            self.push(Op::BeginTable(*member));
        }
        let two = self.dag.int(2);
        let size = self.dag.add(Node::Size(over));
        let read = self.dag.binary(Binary::Le, two, size);
        self.when(read, &mut |e| e.each(over, depth, None, None, &mut |e| e.members(group)));
        for member in group {
            self.set(*member);
        }
    }

    /// The body of the loop: members with equal conditions under one test.
    fn members(&mut self, group: &[Value]) {
        let mut arms: Vec<(Value, Vec<Value>)> = Vec::new();
        for member in group {
            let keep = match *self.dag.node(*member) {
                Node::Reduce { keep, .. } | Node::Best { keep, .. } => self.rename(keep),
                _ => self.dag.bool(true),
            };
            match arms.iter_mut().find(|(k, _)| *k == keep) {
                Some((_, members)) => members.push(*member),
                None => arms.push((keep, vec![*member])),
            }
        }
        if arms.len() > 1 {
            let mut needed: Vec<Vec<Value>> = arms.iter().map(|(_, members)| self.bodies(members)).collect();
            needed.push(arms.iter().map(|(keep, _)| *keep).collect());
            self.share(&needed);
        }
        for (keep, members) in arms {
            self.when(keep, &mut |e| members.iter().for_each(|m| e.update(*m)));
        }
    }

    fn bodies(&self, members: &[Value]) -> Vec<Value> {
        let mut values = Vec::new();
        for member in members {
            match self.dag.node(*member) {
                Node::Reduce { body, .. } => values.push(*body),
                Node::Table { body, place, .. } => {
                    values.push(*body);
                    values.extend(place.map(|place| place.at));
                }
                Node::Best { keys, .. } => values.extend(keys),
                _ => {}
            }
        }
        values
    }

    fn update(&mut self, member: Value) {
        for value in self.bodies(&[member]) {
            self.under_its_name(value);
        }
        match *self.dag.node(member) {
            Node::Best { over, depth, .. } => {
                for item in self.items(over, depth) {
                    self.under_its_name(item);
                }
                self.push(Op::Update(member));
            }
            Node::Table { .. } => self.push(Op::PutTable(member)),
            _ => self.push(Op::Update(member)),
        }
    }

    /// Sets the register of a value that goes by another name here.
    fn under_its_name(&mut self, value: Value) {
        let name = self.rename(value);
        if name != value && self.is_set(value) {
            return;
        }
        self.require(name);
        if name != value {
            self.push(Op::Copy { to: value, from: name });
            self.set(value);
        }
    }

    /// The reductions that run in one loop with this one: of the same loop, block and outer loops, not yet computed, and
    /// not needing one another.
    fn group(&mut self, value: Value, over: List, depth: u8) -> Vec<Value> {
        let loops = self.uses.loops_of(self.dag, Item::Value(value));
        let mut group = vec![value];
        for candidate in self.uses.together(value) {
            let member = self.rename(candidate);
            if group.contains(&member) || self.is_set(member) {
                continue;
            }
            let same = match *self.dag.node(member) {
                Node::Reduce { over: o, depth: d, .. }
                | Node::Best { over: o, depth: d, .. }
                | Node::Table { over: o, depth: d, .. } => (o, d) == (over, depth),
                _ => false,
            };
            // A list that is made gives its size without being counted.
            let idle = self.uses.counts(self.dag, member).is_some_and(|list| !self.uses.streams(self.dag, list));
            if same && !idle && self.uses.loops_of(self.dag, Item::Value(member)) == loops {
                group.push(member);
            }
        }
        group.sort_unstable();
        group
    }
}
