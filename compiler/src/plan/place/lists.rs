//! Loops over lists, and the making of lists. A list with one consumer is not made: its loop runs where the elements
//! are needed.

use super::super::dag::{Binary, Leaf, List, ListNode, Node, Value};
use super::super::placed::Op;
use super::super::walk::Item;
use super::blocks::conjuncts;
use super::emit::Emit;
use super::rename::Names;
use super::uses::Loop;

/// Lists of a union that are not put together, at most: the body is written once for each.
pub(super) const ARMS: usize = 2;

/// Given elements that are not made a list, at most: the same.
pub(super) const GIVEN: usize = 4;

/// Tuples whose loops are being made.
struct Tuples<'a> {
    of: &'a [List],
    /// Depth of the first member in the graph.
    depth: u8,
    after: &'a [Option<u8>],
    /// Per member, the conditions that can be tested when it is there.
    conditions: Vec<Vec<Value>>,
    /// Depth of the first member's loop.
    first: u8,
    names: Names,
}

impl Emit<'_> {
    /// Runs the body for each element of a list at a depth, in the innermost scope.
    pub(super) fn each(
        &mut self,
        list: List,
        depth: u8,
        after: Option<Value>,
        until: Option<(Value, bool)>,
        body: &mut dyn FnMut(&mut Self),
    ) {
        let here = self.scopes.len() - 1;
        let streams = after.is_none() && self.uses.streams(self.dag, list) && self.target(Item::List(list)) == here;
        match self.dag.list(list).clone() {
            ListNode::Filter { of, depth: inner, keep } if streams => {
                let outer = self.names();
                let fresh = self.take_depths(1);
                let own = if inner == depth { depth } else { fresh };
                self.each(of, own, None, until, &mut |e| {
                    let words = e.words(of, own);
                    let position = e.dag.position(of, own);
                    let within = outer.inside_of(inner, [((of, inner), words.clone(), Some(position))]);
                    let names = outer.inside_of(depth, [((list, depth), words, None)]);
                    e.named(within, |e| {
                        let keep = e.rename(keep);
                        e.when(keep, &mut |e| e.named(names.clone(), |e| body(e)));
                    });
                });
                self.release(fresh);
            }
            ListNode::Map { of, depth: inner, present, words } if streams => {
                let outer = self.names();
                let fresh = self.take_depths(1);
                let own = if inner == depth { depth } else { fresh };
                self.each(of, own, None, until, &mut |e| {
                    let source = e.words(of, own);
                    let position = e.dag.position(of, own);
                    let within = outer.inside_of(inner, [((of, inner), source, Some(position))]);
                    e.named(within, |e| {
                        let present = e.rename(present);
                        let words = words.iter().map(|w| e.rename(*w)).collect();
                        let names = outer.inside_of(depth, [((list, depth), words, None)]);
                        e.when(present, &mut |e| e.named(names.clone(), |e| body(e)));
                    });
                });
                self.release(fresh);
            }
            ListNode::Elements(elements) if streams && elements.len() <= GIVEN => {
                let outer = self.names();
                for element in elements {
                    let names = outer.inside_of(depth, [((list, depth), element.words, None)]);
                    self.when(element.present, &mut |e| e.named(names.clone(), |e| body(e)));
                }
            }
            ListNode::Slice { of, from, to } if streams => {
                let outer = self.names();
                let fresh = self.take_depths(1);
                self.range(of, fresh, [from, to], until, &mut |e| {
                    let words = e.words(of, fresh);
                    let names = outer.inside_of(depth, [((list, depth), words, None)]);
                    e.named(names, |e| body(e));
                });
                self.release(fresh);
            }
            ListNode::Combine { of, depth: inner, after: order, keep } if streams => {
                let outer = self.names();
                self.tuples(&of, inner, &order, keep, &mut |e, words| {
                    let names = outer.inside_of(depth, [((list, depth), words, None)]);
                    e.named(names, |e| body(e));
                });
            }
            _ => match self.parts(list).filter(|_| after.is_none()) {
                Some(parts) => {
                    let outer = self.names();
                    self.members_of_union(list, &parts, until, &mut |e, words| {
                        let names = outer.inside_of(depth, [((list, depth), words, None)]);
                        e.named(names, |e| body(e));
                    });
                }
                None => {
                    self.require_list(list);
                    let body = self.loop_body(list, depth, body);
                    self.push(Op::For { over: list, depth, after, before: None, until, body });
                }
            },
        }
    }

    /// The lists that a list consists of, one after the other, if it is a union or chosen from one and nothing needs it as
    /// a whole: what is made of each is as good, and says which collection an element is from.
    fn parts(&mut self, list: List) -> Option<Vec<List>> {
        if self.uses.is_made(list) {
            return None;
        }
        match self.dag.list(list).clone() {
            ListNode::Union(of) if of.len() <= ARMS => Some(of),
            ListNode::Filter { of, depth, keep } => {
                let parts = self.parts(of)?;
                Some(parts.into_iter().filter_map(|part| self.part(list, (of, depth), keep, part)).collect())
            }
            _ => None,
        }
    }

    /// Those of a part of a union that are chosen from the union, if there can be one.
    fn part(&mut self, chosen: List, (union, depth): Loop, keep: Value, part: List) -> Option<List> {
        let word = self.dag.item(part, depth, 0);
        let word = self.as_in_union(union, part, word);
        let mut names = Names::default().inside_of(depth, [((union, depth), vec![word], None)]);
        let keep = match names.of(self.dag, &mut self.uses, Item::Value(keep)) {
            Item::Value(keep) => keep,
            Item::List(_) => keep,
        };
        if self.dag.is_false(keep) {
            return None;
        }
        let new = self.dag.filter(part, depth, keep);
        if new != part {
            self.uses.renamed(Item::List(new), Item::List(chosen));
        }
        Some(new)
    }

    /// The word of an element of a part of a union as it is in the union.
    fn as_in_union(&mut self, union: List, part: List, word: Value) -> Value {
        match (self.dag.leaves(union), self.dag.leaves(part).first().cloned()) {
            ([Leaf::Any(_)], Some(leaf)) => self.dag.tagged(word, &leaf),
            _ => word,
        }
    }

    /// The body of a loop, in which its element is known.
    fn loop_body(&mut self, list: List, depth: u8, body: &mut dyn FnMut(&mut Self)) -> Vec<Op> {
        let items = self.items(list, depth);
        let position = self.dag.position(list, depth);
        self.inside(Some((list, depth)), |e| {
            items.iter().for_each(|i| e.set(*i));
            e.set(position);
            body(e);
        })
    }

    /// Runs the body for the elements of a list from a position to before another.
    fn range(
        &mut self,
        list: List,
        depth: u8,
        [from, to]: [Value; 2],
        until: Option<(Value, bool)>,
        body: &mut dyn FnMut(&mut Self),
    ) {
        let after = match self.dag.node(from) {
            Node::Int(from) if *from <= 0 => None,
            _ => {
                // Of the smallest number there is no number before it.
                let (zero, one, none) = (self.dag.int(0), self.dag.int(1), self.dag.int(-1));
                let first = self.dag.binary(Binary::Le, from, zero);
                let before = self.dag.binary(Binary::Sub, from, one);
                Some(self.dag.select(first, none, before))
            }
        };
        after.iter().chain([&to]).for_each(|v| self.require(*v));
        self.require_list(list);
        let body = self.loop_body(list, depth, body);
        self.push(Op::For { over: list, depth, after, before: Some(to), until, body });
    }

    /// Nested loops over the members of tuples, for a body that gets their words.
    fn tuples(
        &mut self,
        of: &[List],
        depth: u8,
        after: &[Option<u8>],
        keep: Value,
        body: &mut dyn FnMut(&mut Self, Vec<Value>),
    ) {
        let mut all = Vec::new();
        conjuncts(self.dag, keep, &mut all);
        let mut conditions: Vec<Vec<Value>> = vec![Vec::new(); of.len()];
        for condition in all {
            let loops = self.uses.loops_of(self.dag, Item::Value(condition));
            let last = (0..of.len()).rev().find(|k| loops.contains(&(of[*k], depth + *k as u8)));
            if let Some(conditions) = conditions.get_mut(last.unwrap_or(0)) {
                conditions.push(condition);
            }
        }
        let first = self.take_depths(of.len());
        let names = self.names();
        self.member(0, &Tuples { of, depth, after, conditions, first, names }, body);
        self.release(first);
    }

    /// The loop of one member, with those of the later ones.
    fn member(&mut self, k: usize, tuples: &Tuples<'_>, body: &mut dyn FnMut(&mut Self, Vec<Value>)) {
        let Tuples { of, first, .. } = *tuples;
        let own = |k: usize| first.saturating_add(k as u8);
        if k == of.len() {
            let words = (0..k).flat_map(|k| self.items(of[k], own(k))).collect();
            return body(self, words);
        }
        let start = tuples.after.get(k).copied().flatten().map(|j| j as usize).filter(|j| *j < k);
        let start = start.map(|j| self.dag.position(of[j], own(j)));
        let mut inner = |e: &mut Self| e.each_member(k, start, tuples, body);
        // What the loop needs of the members outside of it is not computed where it has no element.
        match start {
            Some(start) => {
                let one = self.dag.int(1);
                let size = self.dag.add(Node::Size(of[k]));
                let next = self.dag.binary(Binary::Add, start, one);
                let more = self.dag.binary(Binary::Lt, next, size);
                self.when(more, &mut inner);
            }
            None => inner(self),
        }
    }

    fn each_member(
        &mut self,
        k: usize,
        start: Option<Value>,
        tuples: &Tuples<'_>,
        body: &mut dyn FnMut(&mut Self, Vec<Value>),
    ) {
        let Tuples { of, depth, first, .. } = *tuples;
        let own = |k: usize| first.saturating_add(k as u8);
        self.each(of[k], own(k), start, None, &mut |e| {
            let members: Vec<_> = (0..=k)
                .map(|j| {
                    let position = e.dag.position(of[j], own(j));
                    ((of[j], depth + j as u8), e.items(of[j], own(j)), Some(position))
                })
                .collect();
            e.named(tuples.names.inside_of(depth, members), |e| {
                let conditions: Vec<Value> = tuples.conditions[k].iter().map(|c| e.rename(*c)).collect();
                e.when_all(&conditions, &mut |e| e.member(k + 1, tuples, body));
            });
        });
    }

    /// One loop per list of a union, for a body that gets the element's words.
    fn members_of_union(
        &mut self,
        union: List,
        of: &[List],
        until: Option<(Value, bool)>,
        body: &mut dyn FnMut(&mut Self, Vec<Value>),
    ) {
        for (number, part) in of.iter().enumerate() {
            let depth = self.take_depths(1);
            let mut run = |e: &mut Self| {
                e.each(*part, depth, None, until, &mut |e| {
                    let mut words = e.words(*part, depth);
                    if let [word] = words.as_mut_slice() {
                        *word = e.as_in_union(union, *part, *word);
                    }
                    body(e, words);
                });
            };
            match until {
                // A loop tests this after its first element only.
                Some((cond, content)) if number > 0 => {
                    let open = self.inside(None, run);
                    let (then, otherwise) = if content { (Vec::new(), open) } else { (open, Vec::new()) };
                    self.push(Op::If { cond, then, otherwise });
                }
                _ => run(self),
            }
            self.release(depth);
        }
    }

    /// The registers of a loop's element.
    pub(super) fn items(&mut self, list: List, depth: u8) -> Vec<Value> {
        let n = self.dag.leaves(list).len();
        (0..n).map(|w| self.dag.item(list, depth, w as u8)).collect()
    }

    /// The words of a loop's element as they are called here.
    fn words(&mut self, list: List, depth: u8) -> Vec<Value> {
        self.items(list, depth).into_iter().map(|i| self.rename(i)).collect()
    }

    /// Makes sure that a list is made here.
    pub(super) fn require_list(&mut self, list: List) {
        if matches!(self.dag.list(list), ListNode::All(_)) || self.scopes.iter().any(|s| s.lists.contains(&list)) {
            return;
        }
        let target = self.target(Item::List(list));
        self.at(target, |e| {
            e.make(list);
            e.top().lists.insert(list);
        });
    }

    fn make(&mut self, list: List) {
        match self.dag.list(list).clone() {
            ListNode::All(_) => {}
            ListNode::Filter { of, depth, keep } => self.making(list, |e| {
                e.each(of, depth, None, None, &mut |e| {
                    let keep = e.rename(keep);
                    e.when(keep, &mut |e| {
                        let words = e.words(of, depth);
                        e.append(list, words, None);
                    });
                });
            }),
            ListNode::Sort { of, depth, key, .. } => self.making(list, |e| {
                e.each(of, depth, None, None, &mut |e| {
                    let key = e.value(key);
                    let words = e.words(of, depth);
                    e.append(list, words, Some(key));
                });
            }),
            ListNode::Slice { of, from, to } => {
                self.making(list, |e| {
                    let depth = e.take_depths(1);
                    e.range(of, depth, [from, to], None, &mut |e| {
                        let words = e.words(of, depth);
                        e.append(list, words, None);
                    });
                    e.release(depth);
                });
            }
            ListNode::Union(of) => self.making(list, |e| {
                e.members_of_union(list, &of, None, &mut |e, words| e.append(list, words, None));
            }),
            ListNode::Combine { of, depth, after, keep } => self.making(list, |e| {
                e.tuples(&of, depth, &after, keep, &mut |e, words| e.append(list, words, None));
            }),
            ListNode::Map { of, depth, present, words } => self.making(list, |e| {
                e.each(of, depth, None, None, &mut |e| {
                    let present = e.rename(present);
                    e.when(present, &mut |e| {
                        let words = words.iter().map(|w| e.rename(*w)).collect();
                        e.append(list, words, None);
                    });
                });
            }),
            ListNode::Reach { of, from, present, depth, next } => self.making(list, |e| {
                e.when(present, &mut |e| {
                    e.require(from);
                    let body = e.loop_body(of, depth, &mut |e| {
                        let inner = e.take_depths(1);
                        e.each(next, inner, None, None, &mut |e| {
                            let words = e.words(next, inner);
                            e.append(list, words, None);
                        });
                        e.release(inner);
                    });
                    e.push(Op::Reach { list, body });
                });
            }),
            ListNode::Elements(elements) => self.making(list, |e| {
                for element in elements {
                    e.when(element.present, &mut |e| e.append(list, element.words.clone(), None));
                }
            }),
        }
    }

    fn making(&mut self, list: List, body: impl FnOnce(&mut Self)) {
        self.push(Op::Begin(list));
        body(self);
        self.push(Op::End(list));
    }

    fn append(&mut self, list: List, words: Vec<Value>, key: Option<Value>) {
        words.iter().for_each(|w| self.require(*w));
        self.push(Op::Push { list, words, key });
    }
}
