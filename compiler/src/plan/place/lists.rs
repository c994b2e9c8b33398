//! Loops over lists, and the making of lists. A filtered or combined list with one consumer is not made: its loop runs
//! where the elements are needed.

use super::super::dag::{Binary, Leaf, List, ListNode, Node, Value};
use super::super::placed::Op;
use super::emit::Emit;
use super::uses::Loop;

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
        self.find_clash((list, depth));
        let here = self.scopes.len() - 1;
        let streams = after.is_none() && self.uses.streams(self.dag, list) && self.list_target(list) == here;
        match self.dag.list(list).clone() {
            ListNode::Filter { of, depth: inner, keep } if streams => {
                self.each(of, inner, None, until, &mut |e| {
                    e.when(keep, &mut |e| {
                        let from = e.words(of, inner);
                        e.bind((list, depth), &from, body);
                    });
                });
            }
            ListNode::Combine { of, depth: inner, after: order, keep } if streams => {
                self.tuples(&of, inner, &order, keep, &mut |e| {
                    let from = e.member_words(&of, inner);
                    e.bind((list, depth), &from, body);
                });
            }
            _ => {
                self.require_list(list);
                let loops = vec![(list, depth)];
                let items: Vec<Value> = self.words(list, depth);
                let position = self.dag.position(list, depth);
                let body = self.inside_loop(loops, |e| {
                    items.iter().for_each(|i| e.set(*i));
                    e.set(position);
                    body(e);
                });
                self.push(Op::For { over: list, depth, after, until, body });
            }
        }
    }

    /// The loop may be one of those that a list is streamed by (loops over its elements do not mention those, so that
    /// their bodies may number a loop the same): then that list has to be made.
    fn find_clash(&mut self, inner: Loop) {
        let Some(around) = self.scopes.iter().position(|s| s.loops.contains(&inner)) else { return };
        let bound: Vec<List> = self.scopes[around..].iter().flat_map(|s| &s.loops).map(|(list, _)| *list).collect();
        self.clashes.extend(bound.into_iter().filter(|list| match self.dag.list(*list) {
            ListNode::Filter { of, depth, .. } => (*of, *depth) == inner,
            ListNode::Combine { of, depth, .. } => (*depth..).zip(of).any(|(d, l)| (*l, d) == inner),
            _ => false,
        }));
    }

    /// Names the words in `from` as the element of a loop, and runs the body. The innermost scope then binds that loop.
    fn bind(&mut self, of: Loop, from: &[Value], body: &mut dyn FnMut(&mut Self)) {
        let last = self.scopes.len() - 1;
        self.scopes[last].loops.push(of);
        let items = self.words(of.0, of.1);
        for (item, word) in items.into_iter().zip(from) {
            self.push(Op::Copy { to: item, from: *word });
            self.set(item);
        }
        body(self);
    }

    /// Nested loops over the members of tuples; conditions are tested as soon as their members are there.
    fn tuples(&mut self, of: &[List], depth: u8, after: &[Option<u8>], keep: Value, body: &mut dyn FnMut(&mut Self)) {
        let mut conditions: Vec<Vec<Value>> = vec![Vec::new(); of.len()];
        let mut pending = vec![keep];
        let mut ordered = Vec::new();
        while let Some(v) = pending.pop() {
            match self.dag.node(v) {
                Node::Binary(Binary::And, a, b) => pending.extend([*b, *a]),
                Node::Bool(true) => {}
                _ => ordered.push(v),
            }
        }
        for v in ordered {
            let loops = self.uses.loops_of(self.dag, v);
            let level = (0..of.len()).rev().find(|k| loops.contains(&(of[*k], depth + *k as u8))).unwrap_or(0);
            conditions[level].push(v);
        }
        self.tuple_level(0, of, depth, after, &conditions, body);
    }

    fn tuple_level(
        &mut self,
        level: usize,
        of: &[List],
        depth: u8,
        after: &[Option<u8>],
        conditions: &[Vec<Value>],
        body: &mut dyn FnMut(&mut Self),
    ) {
        if level == of.len() {
            return body(self);
        }
        let start = after[level].map(|k| {
            let k = k as usize;
            self.dag.position(of[k], depth + k as u8)
        });
        let mut inner = |e: &mut Self| {
            e.each(of[level], depth + level as u8, start, None, &mut |e| {
                e.all(&conditions[level], &mut |e| e.tuple_level(level + 1, of, depth, after, conditions, body));
            });
        };
        // What the inner loop needs of the outer element is not computed where there is no inner element.
        match start {
            Some(start) => {
                let (one, size) = (self.dag.int(1), self.dag.size(of[level]));
                let next = self.dag.binary(Binary::Add, start, one);
                let more = self.dag.binary(Binary::Lt, next, size);
                self.when(more, &mut inner);
            }
            None => inner(self),
        }
    }

    fn all(&mut self, conditions: &[Value], body: &mut dyn FnMut(&mut Self)) {
        match conditions {
            [] => body(self),
            [first, rest @ ..] => self.when(*first, &mut |e| e.all(rest, body)),
        }
    }

    /// The registers of a loop's element.
    fn words(&mut self, list: List, depth: u8) -> Vec<Value> {
        let n = self.dag.leaves(list).len();
        (0..n).map(|w| self.dag.item(list, depth, w as u8)).collect()
    }

    fn member_words(&mut self, of: &[List], depth: u8) -> Vec<Value> {
        of.iter().enumerate().flat_map(|(k, l)| self.words(*l, depth + k as u8)).collect()
    }

    fn list_target(&mut self, list: List) -> usize {
        let loops = self.uses.loops_of_list(self.dag, list);
        self.target(&loops, self.uses.list_block.get(&list).copied())
    }

    /// Makes sure that a list is made here.
    pub(super) fn require_list(&mut self, list: List) {
        if matches!(self.dag.list(list), ListNode::All(_)) || self.scopes.iter().any(|s| s.lists.contains(&list)) {
            return;
        }
        let target = self.list_target(list);
        self.at(target, |e| {
            e.make(list);
            let last = e.scopes.len() - 1;
            e.scopes[last].lists.insert(list);
        });
    }

    fn make(&mut self, list: List) {
        match self.dag.list(list).clone() {
            ListNode::All(_) => {}
            ListNode::Filter { of, depth, keep } => self.making(list, |e| {
                e.each(of, depth, None, None, &mut |e| {
                    e.when(keep, &mut |e| {
                        let words = e.words(of, depth);
                        e.push(Op::Push { list, words, key: None });
                    });
                });
            }),
            ListNode::Sort { of, depth, key, .. } => self.making(list, |e| {
                e.each(of, depth, None, None, &mut |e| {
                    e.require(key);
                    let words = e.words(of, depth);
                    e.push(Op::Push { list, words, key: Some(key) });
                });
            }),
            ListNode::Slice { of, from, to } => {
                self.require(from);
                self.require(to);
                self.making(list, |e| {
                    let depth = e.free_depth(list);
                    let position = e.dag.position(of, depth);
                    let (begun, before) =
                        (e.dag.binary(Binary::Le, from, position), e.dag.binary(Binary::Lt, position, to));
                    let inside = e.dag.and(begun, before);
                    e.each(of, depth, None, None, &mut |e| {
                        e.when(inside, &mut |e| {
                            let words = e.words(of, depth);
                            e.push(Op::Push { list, words, key: None });
                        });
                    });
                });
            }
            ListNode::Union(parts) => self.making(list, |e| {
                let depth = e.free_depth(list);
                let tag = matches!(e.dag.leaves(list), [Leaf::Any(_)]);
                for part in parts {
                    let leaf = e.dag.leaves(part).first().cloned();
                    e.each(part, depth, None, None, &mut |e| {
                        let mut words = e.words(part, depth);
                        if let (true, [word], Some(leaf)) = (tag, words.as_mut_slice(), &leaf) {
                            *word = e.dag.tagged(*word, leaf);
                        }
                        words.iter().for_each(|w| e.require(*w));
                        e.push(Op::Push { list, words, key: None });
                    });
                }
            }),
            ListNode::Combine { of, depth, after, keep } => self.making(list, |e| {
                e.tuples(&of, depth, &after, keep, &mut |e| {
                    let words = e.member_words(&of, depth);
                    e.push(Op::Push { list, words, key: None });
                });
            }),
            ListNode::Elements(elements) => self.making(list, |e| {
                for element in elements {
                    e.when(element.present, &mut |e| {
                        element.words.iter().for_each(|w| e.require(*w));
                        e.push(Op::Push { list, words: element.words.clone(), key: None });
                    });
                }
            }),
        }
    }

    fn making(&mut self, list: List, body: impl FnOnce(&mut Self)) {
        self.push(Op::Begin(list));
        body(self);
        self.push(Op::End(list));
    }

    /// A depth that no loop around a list has.
    fn free_depth(&self, list: List) -> u8 {
        (64 - self.dag.list_free(list).leading_zeros()) as u8
    }
}
