//! Objects and collections to words and lists.

use super::super::{Element, Leaf, List, ListNode, Unary, Value};
use super::{Body, Done, Elem, Lower, Scalar};
use crate::hir::{self, Collection, Object, ObjectId};

/// The loops of tuples.
pub(super) struct Tuples {
    /// What members run over.
    pub(super) lists: Vec<List>,
    /// The depth of the first member's loop; the others follow.
    pub(super) depth: u8,
    /// For each member the earlier one of the same list that it must follow.
    pub(super) after: Vec<Option<u8>>,
    /// Bool: the members have nothing in common, if they must not.
    pub(super) distinct: Value,
}

impl Lower<'_> {
    /// An object.
    pub(super) fn object(&mut self, id: ObjectId, body: &mut Body) -> Elem {
        if let Some(known) = body.objects.get(&id) {
            return known.clone();
        }
        let elem = self.object_new(id, body);
        body.objects.insert(id, elem.clone());
        elem
    }

    fn object_new(&mut self, id: ObjectId, body: &mut Body) -> Elem {
        let node = self.a.object(id);
        match &node.object {
            Object::Var(var) => body.env.get(var).cloned().unwrap_or_else(|| self.nothing()),
            Object::At(collection, index) => {
                let list = self.collection(*collection, body);
                let Scalar::Int(position, defined) = self.expr(*index, body) else { return self.nothing() };
                let dag = &mut self.plan.dag;
                let (zero, size) = (dag.int(0), dag.size(list));
                let (above, below) = (
                    dag.binary(super::super::Binary::Le, zero, position),
                    dag.binary(super::super::Binary::Lt, position, size),
                );
                let inside = dag.and(above, below);
                let present = dag.and(defined, inside);
                let leaves = dag.leaves(list).to_vec();
                let words = (0..leaves.len()).map(|word| dag.at(list, position, word as u8)).collect();
                Elem { present, words, leaves }
            }
            Object::Best { over: (var, collection), keep, keys } => {
                let list = self.collection(*collection, body);
                let depth = self.depth(&node.free, body);
                let item = self.item(list, depth);
                body.bind(*var, item);
                let keep = match keep {
                    Some(k) => self.condition(*k, body).0,
                    None => self.plan.dag.bool(true),
                };
                let keys = keys.iter().map(|k| self.real(*k, body)).collect();
                let dag = &mut self.plan.dag;
                let best = dag.best(list, depth, keep, keys);
                let leaves = dag.leaves(list).to_vec();
                let words = (0..leaves.len()).map(|word| dag.winner(best, word as u8)).collect();
                Elem { present: dag.found(best), words, leaves }
            }
            Object::Member { of, first, leaves } => {
                let of = self.object(*of, body);
                let range = *first as usize..(*first + *leaves) as usize;
                match (of.words.get(range.clone()), of.leaves.get(range)) {
                    (Some(words), Some(leaves)) => {
                        Elem { present: of.present, words: words.to_vec(), leaves: leaves.to_vec() }
                    }
                    _ => self.nothing(),
                }
            }
            Object::Select(condition, a, b) => {
                let (t, f) = self.condition(*condition, body);
                let (a, b) = (self.object(*a, body), self.object(*b, body));
                if a.words.len() != b.words.len() {
                    return self.nothing();
                }
                let (a, b) = self.of_one_kind(a, b);
                let dag = &mut self.plan.dag;
                let otherwise = dag.and(f, b.present);
                let present = dag.select(t, a.present, otherwise);
                let words = a.words.iter().zip(&b.words).map(|(x, y)| dag.select(t, *x, *y)).collect();
                Elem { present, words, leaves: a.leaves }
            }
            Object::Quantity(quantity, arguments) => {
                let arguments = arguments.iter().map(|o| self.object(*o, body)).collect();
                match self.quantity(*quantity, arguments) {
                    Done::Object(elem) => elem,
                    Done::Scalar(_) => self.nothing(),
                }
            }
        }
    }

    /// An object that is never there.
    fn nothing(&mut self) -> Elem {
        Elem { present: self.plan.dag.bool(false), words: Vec::new(), leaves: Vec::new() }
    }

    /// Two objects with equal leaves: words that may point into several collections are tagged.
    fn of_one_kind(&mut self, a: Elem, b: Elem) -> (Elem, Elem) {
        if a.leaves == b.leaves {
            return (a, b);
        }
        let leaves: Vec<Leaf> = a.leaves.iter().zip(&b.leaves).map(|(x, y)| common(&[x, y])).collect();
        let mut tag = |elem: Elem| {
            let words = elem.words.iter().zip(&elem.leaves).zip(&leaves);
            let words = words.map(|((w, own), leaf)| if own == leaf { *w } else { self.plan.dag.tagged(*w, own) });
            Elem { present: elem.present, words: words.collect(), leaves: leaves.clone() }
        };
        (tag(a), tag(b))
    }

    /// A collection.
    pub(super) fn collection(&mut self, id: hir::CollectionId, body: &mut Body) -> List {
        if let Some(known) = body.collections.get(&id) {
            return *known;
        }
        let list = self.collection_new(id, body);
        body.collections.insert(id, list);
        list
    }

    fn collection_new(&mut self, id: hir::CollectionId, body: &mut Body) -> List {
        let node = self.a.collection(id);
        match &node.collection {
            Collection::Source(source) => {
                let collection = self.collection_of(*source);
                self.plan.dag.all(collection)
            }
            Collection::Filter { of, var, keep } => {
                let list = self.collection(*of, body);
                let depth = self.depth(&node.free, body);
                let item = self.item(list, depth);
                body.bind(*var, item);
                let place = self.a.expr(*keep).span;
                let (keep, _) = self.condition(*keep, body);
                self.asked_at(place, |lower| lower.plan.dag.filter(list, depth, keep))
            }
            Collection::Sort { of, var, key, descending } => {
                let list = self.collection(*of, body);
                let depth = self.depth(&node.free, body);
                let item = self.item(list, depth);
                body.bind(*var, item);
                let place = self.a.expr(*key).span;
                let key = self.real(*key, body);
                self.asked_at(place, |lower| lower.plan.dag.sort(list, depth, key, *descending))
            }
            Collection::Slice { of, from, to } => {
                let list = self.collection(*of, body);
                let zero = self.plan.dag.int(0);
                let from = from.map_or(zero, |e| self.bound(e, i64::MAX, body));
                let to = match to {
                    Some(e) => self.bound(*e, 0, body),
                    None => self.plan.dag.size(list),
                };
                self.plan.dag.slice(list, from, to)
            }
            Collection::Union(of) => {
                let lists = of.iter().map(|c| self.collection(*c, body)).collect();
                self.plan.dag.union(lists)
            }
            Collection::Combine { members, var, disjoint, keep } => {
                self.combine(members, *var, *disjoint, *keep, &node.free, body)
            }
            Collection::Linked { of, var, to } => {
                let list = self.collection(*of, body);
                let depth = self.depth(&node.free, body);
                let item = self.item(list, depth);
                body.bind(*var, item);
                let to = self.object(*to, body);
                self.plan.dag.add_map(list, depth, to.present, to.words, to.leaves)
            }
            Collection::Reached { of, from, var, next } => {
                let list = self.collection(*of, body);
                let start = self.object(*from, body);
                let (from, present) = self.entry_of(list, &start);
                let depth = self.depth(&node.free, body);
                let item = self.item(list, depth);
                body.bind(*var, item);
                let next = self.collection(*next, body);
                self.plan.dag.reach(list, from, present, depth, next)
            }
            Collection::Made(vectors) => {
                let mut elements = Vec::new();
                for (number, vector) in vectors.iter().enumerate() {
                    let (present, _) = self.condition(vector.present, body);
                    elements.push(Element { present, words: vec![self.plan.dag.int(number as i64)] });
                }
                self.plan.dag.add_elements(elements, vec![Leaf::Made(id.0)])
            }
            Collection::Members(of) => {
                let elems: Vec<Elem> = of.iter().map(|o| self.object(*o, body)).collect();
                let all: Vec<&Leaf> = elems.iter().flat_map(|e| &e.leaves).collect();
                let leaf = common(&all);
                let mut elements = Vec::new();
                for elem in &elems {
                    for (word, own) in elem.words.iter().zip(&elem.leaves) {
                        let word = if *own == leaf { *word } else { self.plan.dag.tagged(*word, own) };
                        elements.push(Element { present: elem.present, words: vec![word] });
                    }
                }
                self.plan.dag.add_elements(elements, vec![leaf])
            }
        }
    }

    /// The position of an object in an input collection, and whether it is there.
    fn entry_of(&mut self, list: List, elem: &Elem) -> (Value, Value) {
        let dag = &mut self.plan.dag;
        let (zero, no) = (dag.int(0), dag.bool(false));
        let (Some(word), Some(leaf)) = (elem.words.first(), elem.leaves.first()) else { return (zero, no) };
        let ListNode::All(collection) = *dag.list(list) else { return (zero, no) };
        match leaf {
            Leaf::One(own) if *own == collection => (*word, elem.present),
            Leaf::One(_) | Leaf::Made(_) => (zero, no),
            Leaf::Any(_) => {
                let shift = dag.int(super::super::dag::TAG_SHIFT);
                let tag = dag.binary(super::super::Binary::Shr, *word, shift);
                let number = dag.int(i64::from(collection.0));
                let is = dag.binary(super::super::Binary::Eq, tag, number);
                (dag.untag(*word, leaf), dag.and(elem.present, is))
            }
        }
    }

    /// A bound of a slice; a missing one makes the slice empty.
    fn bound(&mut self, e: hir::ExprId, if_missing: i64, body: &mut Body) -> Value {
        let instead = self.plan.dag.int(if_missing);
        match self.expr(e, body) {
            Scalar::Int(value, present) => self.plan.dag.select(present, value, instead),
            _ => instead,
        }
    }

    /// Tuples of members: all, or those without a common leaf object and in order where members share a list.
    fn combine(
        &mut self,
        members: &[hir::CollectionId],
        var: hir::Var,
        disjoint: bool,
        keep: Option<hir::ExprId>,
        free: &[hir::Var],
        body: &mut Body,
    ) -> List {
        let Tuples { lists, depth, after, distinct: mut all } = self.tuples(members, var, disjoint, free, body);
        let place = keep.map_or(self.plan.dag.here(), |keep| self.a.expr(keep).span);
        if let Some(keep) = keep {
            let (keep, _) = self.condition(keep, body);
            all = self.plan.dag.and(all, keep);
        }
        self.asked_at(place, |lower| lower.plan.dag.combine(lists, depth, after, all))
    }

    /// The loops of tuples, and which of them there are; binds `var` to the tuple.
    pub(super) fn tuples(
        &mut self,
        members: &[hir::CollectionId],
        var: hir::Var,
        disjoint: bool,
        free: &[hir::Var],
        body: &mut Body,
    ) -> Tuples {
        let lists: Vec<List> = members.iter().map(|c| self.collection(*c, body)).collect();
        let depth = self.depth(free, body);
        let items: Vec<Elem> = lists.iter().enumerate().map(|(i, l)| self.item(*l, depth + i as u8)).collect();
        let mut after = vec![None; lists.len()];
        let mut all = self.plan.dag.bool(true);
        let slices: Vec<usize> = members.iter().map(|c| self.slices(*c)).collect();
        if disjoint {
            for k in 1..lists.len() {
                // The same elements as `jets[0:]` are another collection.
                let same = |j: usize| lists[j] == lists[k] && slices[j] == slices[k];
                after[k] = (0..k).rev().find(|j| same(*j)).map(|j| j as u8);
                for j in 0..k {
                    // Different positions of one list of distinct single objects are different objects.
                    if same(j) && items[k].words.len() == 1 && self.is_distinct(lists[k]) {
                        continue;
                    }
                    let distinct = self.no_common_leaf(&items[j], &items[k]);
                    all = self.plan.dag.and(all, distinct);
                }
            }
        }
        let present = self.plan.dag.bool(true);
        let candidate = Elem {
            present,
            words: items.iter().flat_map(|e| e.words.clone()).collect(),
            leaves: items.iter().flat_map(|e| e.leaves.clone()).collect(),
        };
        body.bind(var, candidate);
        Tuples { lists, depth, after, distinct: all }
    }

    /// How often a collection is written as a slice of all its elements: `jets[0:]`.
    fn slices(&self, of: hir::CollectionId) -> usize {
        let mut count = 0;
        let mut at = of;
        while let Collection::Slice { of, from: Some(from), to: None } = &self.a.collection(at).collection
            && self.a.expr(*from).expr == hir::Expr::Int(0)
        {
            count += 1;
            at = *of;
        }
        count
    }

    fn no_common_leaf(&mut self, a: &Elem, b: &Elem) -> Value {
        let mut all = self.plan.dag.bool(true);
        for (x, leaf_x) in a.words.iter().zip(&a.leaves) {
            for (y, leaf_y) in b.words.iter().zip(&b.leaves) {
                let same = self.same_word((*x, leaf_x), (*y, leaf_y));
                let differ = self.plan.dag.unary(Unary::Not, same);
                all = self.plan.dag.and(all, differ);
            }
        }
        all
    }

    /// True if no entry can be in the list twice.
    fn is_distinct(&self, list: List) -> bool {
        match self.plan.dag.list(list) {
            ListNode::All(_) => true,
            ListNode::Filter { of, .. } | ListNode::Sort { of, .. } | ListNode::Slice { of, .. } => {
                self.is_distinct(*of)
            }
            ListNode::Union(of) => {
                let from: Vec<&Leaf> = of.iter().flat_map(|l| self.plan.dag.leaves(*l)).collect();
                let apart = from
                    .iter()
                    .enumerate()
                    .all(|(i, a)| from[..i].iter().all(|b| matches!((a, b), (Leaf::One(x), Leaf::One(y)) if x != y)));
                apart && of.iter().all(|l| self.is_distinct(*l))
            }
            ListNode::Reach { .. } => true,
            ListNode::Combine { .. } | ListNode::Elements(_) | ListNode::Map { .. } => false,
        }
    }
}

/// A leaf that covers all of these.
fn common(leaves: &[&Leaf]) -> Leaf {
    let mut all = Vec::new();
    for leaf in leaves {
        let these = match leaf {
            Leaf::One(c) => std::slice::from_ref(c),
            Leaf::Any(cs) => cs.as_slice(),
            Leaf::Made(_) => return (*leaf).clone(),
        };
        for c in these {
            if !all.contains(c) {
                all.push(*c);
            }
        }
    }
    if let [one] = all.as_slice() { Leaf::One(*one) } else { Leaf::Any(all) }
}
