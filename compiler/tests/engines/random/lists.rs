//! Random lists.

use adlc::plan::*;

use super::Random;

/// Tuples that a list may have, with at most four elements in a collection.
const LARGEST: u64 = 100;

impl Random {
    /// How many elements a list can have when a collection has four.
    pub(super) fn largest(&self, list: List) -> u64 {
        match self.b.plan.dag.list(list) {
            ListNode::All(_) => 4,
            ListNode::Filter { of, .. }
            | ListNode::Sort { of, .. }
            | ListNode::Slice { of, .. }
            | ListNode::Map { of, .. }
            | ListNode::Reach { of, .. } => self.largest(*of),
            ListNode::Union(of) => of.iter().map(|l| self.largest(*l)).sum(),
            ListNode::Combine { of, .. } => of.iter().map(|l| self.largest(*l)).product(),
            ListNode::Elements(elements) => elements.len() as u64,
        }
    }

    pub(super) fn list(&mut self, levels: u32) -> List {
        let collection = CollectionId(self.below(3) as u32);
        let all = self.b.plan.dag.all(collection);
        if levels == 0 || !self.may_loop() {
            return all;
        }
        let levels = levels - 1;
        match self.below(12) {
            0..=2 => {
                let of = self.list(levels);
                let (depth, keep) = self.within(of, 1, |r, _| r.bool(levels.max(1)));
                self.b.plan.dag.filter(of, depth, keep)
            }
            3 | 4 => {
                let of = self.list(levels);
                let (depth, key) = self.within(of, 1, |r, _| r.real(levels.min(2)));
                let descending = self.below(2) == 0;
                self.b.plan.dag.sort(of, depth, key, descending)
            }
            5 => {
                let of = self.list(levels);
                let (from, to) = (self.int(levels.min(1)), self.int(levels.min(1)));
                self.b.plan.dag.slice(of, from, to)
            }
            6 => {
                let of: Vec<List> = (0..1 + self.below(3)).map(|_| self.list(levels)).collect();
                let narrow = of.iter().all(|l| self.b.plan.dag.leaves(*l).len() == 1);
                let small = of.iter().map(|l| self.largest(*l)).sum::<u64>() <= LARGEST;
                let made = of.iter().any(|l| matches!(self.b.plan.dag.leaves(*l), [Leaf::Made(_)]));
                if narrow && small && !made { self.b.plan.dag.union(of) } else { all }
            }
            7 => self.tuples(all, levels),
            8 => self.mapped(levels),
            9 | 10 => self.reached(all, levels),
            _ => self.members(all, levels),
        }
    }

    pub(super) fn tuples(&mut self, all: List, levels: u32) -> List {
        let mut of = vec![self.list(levels)];
        let mut after = vec![None];
        while of.len() < 3 && self.below(4) > 0 {
            if self.below(2) == 0 {
                after.push(Some(of.len() as u8 - 1));
                of.push(of[of.len() - 1]);
            } else {
                after.push(None);
                let list = self.list(levels);
                of.push(list);
            }
        }
        if of.iter().map(|l| self.largest(*l)).product::<u64>() > LARGEST {
            return all;
        }
        let depth = self.below(self.loops.len() + 1);
        let hidden = self.loops.split_off(depth);
        self.loops.extend(&of);
        let keep = self.bool(levels.min(2));
        self.loops.truncate(depth);
        self.loops.extend(hidden);
        self.b.plan.dag.combine(of, depth as u8, after, keep)
    }

    /// `Elements`: winners and elements at positions, of the same leaves; or made ones, which have numbers.
    pub(super) fn members(&mut self, all: List, levels: u32) -> List {
        if self.below(4) == 0 {
            let made = 1 + self.below(3) as u32;
            let elements = (0..made).map(|number| {
                let present = self.bool(levels.min(2));
                Element { present, words: vec![self.b.plan.dag.int(i64::from(number))] }
            });
            let elements = elements.collect();
            return self.b.plan.dag.add_elements(elements, vec![Leaf::Made(made)]);
        }
        let list = self.list(levels);
        let leaves = self.b.plan.dag.leaves(list).to_vec();
        let mut elements = Vec::new();
        for _ in 0..1 + self.below(3) {
            if !self.may_loop() {
                return all;
            }
            let position = self.int(1);
            let present = self.inside(list, position);
            let words = (0..leaves.len()).map(|w| self.b.plan.dag.at(list, position, w as u8)).collect();
            elements.push(Element { present, words });
        }
        self.b.plan.dag.add_elements(elements, leaves)
    }

    /// `Map`: to each element of a list an element of another, or the element itself.
    pub(super) fn mapped(&mut self, levels: u32) -> List {
        let of = self.list(levels);
        let ((depth, (present, words)), leaves) = if self.below(3) == 0 {
            let leaves = self.b.plan.dag.leaves(of).to_vec();
            let width = leaves.len();
            let made = self.within(of, 1, |r, depth| {
                let present = r.bool(levels.min(2));
                (present, (0..width).map(|w| r.b.plan.dag.item(of, depth, w as u8)).collect::<Vec<_>>())
            });
            (made, leaves)
        } else {
            let to = self.list(levels.min(1));
            let leaves = self.b.plan.dag.leaves(to).to_vec();
            // What the other list uses of outer loops must not be hidden by the new one.
            let free = (64 - self.b.plan.dag.list_free(to).leading_zeros()) as usize;
            if free < self.loops.len() {
                return of;
            }
            let width = leaves.len();
            let depth = self.loops.len();
            self.loops.push(of);
            let position = self.int(1);
            let present = self.inside(to, position);
            let words = (0..width).map(|w| self.b.plan.dag.at(to, position, w as u8)).collect::<Vec<_>>();
            self.loops.truncate(depth);
            ((depth as u8, (present, words)), leaves)
        };
        self.b.plan.dag.add_map(of, depth, present, words, leaves)
    }

    /// `Reach`: along given entries, filtered ones, or those of a slice.
    pub(super) fn reached(&mut self, all: List, levels: u32) -> List {
        let depth = self.loops.len();
        let from = self.int(levels.min(1));
        let present = self.bool(levels.min(1));
        self.loops.push(all);
        let next = match self.below(4) {
            0 => {
                let (inner, keep) = self.within(all, 1, |r, _| r.bool(levels.max(1)));
                self.b.plan.dag.filter(all, inner, keep)
            }
            1 => {
                let (from, to) = (self.int(1), self.int(1));
                self.b.plan.dag.slice(all, from, to)
            }
            _ => {
                let leaves = self.b.plan.dag.leaves(all).to_vec();
                let mut elements = Vec::new();
                for _ in 0..1 + self.below(3) {
                    let position = self.int(1);
                    let present = self.inside(all, position);
                    elements.push(Element { present, words: vec![self.b.plan.dag.at(all, position, 0)] });
                }
                self.b.plan.dag.add_elements(elements, leaves)
            }
        };
        self.loops.truncate(depth);
        self.b.plan.dag.reach(all, from, present, depth as u8, next)
    }
}
