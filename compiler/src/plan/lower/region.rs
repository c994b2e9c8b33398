//! Regions to steps. Regions that begin with equal cuts share them: the cuts of all regions form a trie keyed by their
//! values, and each region's counts, weights and fills hang on its nodes.

use std::collections::HashMap;

use adl_runtime::histogram::{Axis, Content, Layout};
use adl_runtime::rows::Table;

use super::super::{Binary, CounterId, HistogramId, Site, SiteId, Step, SumId, Unary, Value};
use super::bins::{RegionBins, region_bins};
use super::outside::{Path, Reach, look_up};
use super::save::save;
use super::{Body, Booked, BookedCounts, BookedRegion, CountsOf, Lower, Outside, Row, RowKind};
use crate::hir::{self, Bin, BinAxis, Fill, Region, RegionStep};
use crate::source::Span;

/// A node of the trie: the events that passed the same cuts.
#[derive(Default)]
struct Node {
    steps: Vec<Hanging>,
    children: HashMap<Value, usize>,
    counter: Option<CounterId>,
    sums: HashMap<Value, SumId>,
    missing: HashMap<Value, CounterId>,
    zero: HashMap<Value, CounterId>,
    checks: HashMap<Value, SiteId>,
    /// Look-ups that can fall outside, with the counters of those that count.
    looked: HashMap<Reach, Option<CounterId>>,
    /// Effects on the events that fail the cut of this node.
    otherwise: Vec<Step>,
}

/// What hangs on a node.
enum Hanging {
    Effect(Step),
    Cut(Value, usize),
}

/// Lowers all regions into the Plan's steps; gives what they book, in the order of the text.
pub(super) fn regions(lower: &mut Lower<'_>, simulated: bool) -> (Vec<BookedRegion>, Vec<Table>) {
    let mut trie = Trie { nodes: vec![Node::default()] };
    let mut body = Body::default();
    let mut order: Vec<&Region> = lower.a.regions.iter().collect();
    order.sort_by_key(|r| (r.span.file, r.span.start));
    let mut tables = Vec::new();
    let mut booked = Vec::new();
    for r in order {
        lower.plan.dag.set_place(r.span);
        booked.push(region(lower, &mut trie, &mut body, r, simulated, &mut tables));
    }
    lower.plan.dag.set_place(Span::NOWHERE);
    lower.plan.steps = trie.steps(0);
    (booked, tables)
}

pub(super) struct Trie {
    nodes: Vec<Node>,
}

impl Trie {
    /// The node of the events of `node` with `keep`.
    fn descend(&mut self, node: usize, keep: Value) -> usize {
        if let Some(child) = self.nodes[node].children.get(&keep) {
            return *child;
        }
        let child = self.nodes.len();
        self.nodes.push(Node::default());
        self.nodes[node].children.insert(keep, child);
        self.nodes[node].steps.push(Hanging::Cut(keep, child));
        child
    }

    pub(super) fn effect(&mut self, node: usize, step: Step) {
        self.nodes[node].steps.push(Hanging::Effect(step));
    }

    /// The steps of a node, its cuts included.
    fn steps(&mut self, node: usize) -> Vec<Step> {
        let hanging = std::mem::take(&mut self.nodes[node].steps);
        let mut steps = Vec::with_capacity(hanging.len());
        for h in hanging {
            steps.push(match h {
                Hanging::Effect(step) => step,
                Hanging::Cut(keep, child) => {
                    let then = self.steps(child);
                    let otherwise = std::mem::take(&mut self.nodes[child].otherwise);
                    Step::Cut { keep, then, otherwise }
                }
            });
        }
        steps
    }

    /// Notes a look-up of a node; false if it was noted before.
    pub(super) fn is_new(&mut self, node: usize, reach: &Reach, counter: Option<CounterId>) -> bool {
        self.nodes[node].looked.insert(reach.clone(), counter).is_none()
    }

    /// The counter of a look-up of a node.
    pub(super) fn counted(&self, node: usize, reach: &Reach) -> Option<CounterId> {
        self.nodes[node].looked.get(reach).copied().flatten()
    }

    fn count(&mut self, lower: &mut Lower<'_>, node: usize) -> CounterId {
        if let Some(counter) = self.nodes[node].counter {
            return counter;
        }
        let counter = new_counter(lower);
        self.nodes[node].counter = Some(counter);
        self.effect(node, Step::Count(counter));
        counter
    }

    fn sum(&mut self, lower: &mut Lower<'_>, node: usize, weight: Option<Value>) -> Option<SumId> {
        let weight = weight?;
        if let Some(sum) = self.nodes[node].sums.get(&weight) {
            return Some(*sum);
        }
        let sum = SumId(lower.plan.sums);
        lower.plan.sums += 1;
        lower.plan.places.sums.push(lower.plan.dag.here());
        self.nodes[node].sums.insert(weight, sum);
        self.effect(node, Step::Sum { sum, weight });
        Some(sum)
    }

    /// Fails events of a node for which a value is not finite.
    fn check(&mut self, lower: &mut Lower<'_>, node: usize, value: Value, span: Span, title: String) {
        if let Some(step) = finite(lower, value, span, title, &mut self.nodes[node].checks) {
            self.effect(node, step);
        }
    }
}

fn finite(
    lower: &mut Lower<'_>,
    value: Value,
    span: Span,
    title: String,
    known: &mut HashMap<Value, SiteId>,
) -> Option<Step> {
    let ok = lower.plan.dag.unary(Unary::IsFinite, value);
    if lower.plan.dag.is_true(ok) || known.contains_key(&value) {
        return None;
    }
    let site = SiteId(lower.plan.sites.len() as u32);
    lower.plan.sites.push(Site { span, title, shown: Vec::new() });
    known.insert(value, site);
    Some(Step::Check { ok, site, values: Vec::new() })
}

fn new_counter(lower: &mut Lower<'_>) -> CounterId {
    lower.plan.counters += 1;
    lower.plan.places.counters.push(lower.plan.dag.here());
    CounterId(lower.plan.counters - 1)
}

fn new_histogram(lower: &mut Lower<'_>, layout: Layout) -> HistogramId {
    lower.plan.histograms.push(layout);
    lower.plan.places.histograms.push(lower.plan.dag.here());
    HistogramId(lower.plan.histograms.len() as u32 - 1)
}

fn counting(keep: Value, counter: CounterId) -> Step {
    Step::Cut { keep, then: vec![Step::Count(counter)], otherwise: Vec::new() }
}

fn region(
    lower: &mut Lower<'_>,
    trie: &mut Trie,
    body: &mut Body,
    region: &Region,
    simulated: bool,
    tables: &mut Vec<Table>,
) -> BookedRegion {
    let mut node = 0;
    let mut weight: Option<Value> = None;
    let count = trie.count(lower, node);
    let mut path = Path::new();
    let mut outside = Outside::default();
    let (span, kind) = (None, RowKind::All);
    let all = Row { span, kind, count, sum: None, missing: None, zero: None, outside: Outside::default() };
    let mut booked =
        BookedRegion { name: region.name.clone(), rows: vec![all], histograms: Vec::new(), counts: Vec::new() };
    if !simulated {
        for blind in &region.blind {
            let reaches = lower.reaches(*blind, body);
            outside.add(look_up(lower, trie, node, &mut path, reaches));
            let (is_true, _) = lower.condition(*blind, body);
            let keep = lower.plan.dag.not(is_true);
            node = trie.descend(node, keep);
        }
    }
    booked.rows[0].outside = outside;
    let bins = region_bins(lower, body, region);
    for step in &region.steps {
        lower.plan.dag.set_place(step.span());
        match step {
            RegionStep::Cut { condition, reject, span } => {
                let reaches = lower.reaches(*condition, body);
                let outside = look_up(lower, trie, node, &mut path, reaches);
                let (is_true, is_false) = lower.condition(*condition, body);
                let dag = &mut lower.plan.dag;
                let either = dag.or(is_true, is_false);
                let missing = dag.not(either);
                let keep = if *reject { dag.not(is_true) } else { is_true };
                let can_miss = !two_valued(lower, is_true, is_false);
                node = trie.descend(node, keep);
                let counter = can_miss.then(|| count_missing(lower, trie, node, missing, *reject));
                let kind = if *reject { RowKind::Reject } else { RowKind::Select };
                let count = trie.count(lower, node);
                let sum = trie.sum(lower, node, weight);
                booked.rows.push(Row { span: Some(*span), kind, count, sum, missing: counter, zero: None, outside });
            }
            RegionStep::Weight { name, factor, span } => {
                let reaches = lower.reaches(*factor, body);
                let outside = look_up(lower, trie, node, &mut path, reaches);
                let factor = lower.real(*factor, body);
                let title = format!("the weight `{name}` is missing or not finite");
                trie.check(lower, node, factor, *span, title);
                let dag = &mut lower.plan.dag;
                let product = weight.map_or(factor, |w| dag.binary(Binary::Mul, w, factor));
                weight = Some(product);
                let none = dag.real(0.0);
                let is_zero = dag.binary(Binary::Eq, product, none);
                let zero = (!lower.plan.dag.is_false(is_zero)).then(|| {
                    if let Some(known) = trie.nodes[node].zero.get(&is_zero) {
                        return *known;
                    }
                    let counter = new_counter(lower);
                    trie.nodes[node].zero.insert(is_zero, counter);
                    trie.effect(node, counting(is_zero, counter));
                    counter
                });
                let count = trie.count(lower, node);
                let sum = trie.sum(lower, node, weight);
                let kind = RowKind::Weight;
                booked.rows.push(Row { span: Some(*span), kind, count, sum, missing: None, zero, outside });
            }
            RegionStep::Save(s) => {
                let (table, steps, reaches) = save(lower, body, &region.name, s);
                behind_row(&mut booked, look_up(lower, trie, node, &mut path, reaches));
                steps.into_iter().for_each(|step| trie.effect(node, step));
                tables.push(table);
            }
            RegionStep::Fill(f) => {
                let reaches = fill_reaches(lower, body, f);
                behind_row(&mut booked, look_up(lower, trie, node, &mut path, reaches));
                let id = fill(lower, trie, body, node, f, weight);
                booked.histograms.push(histogram(f, f.name.clone(), id));
                if let (true, Some(RegionBins { number, labels, reaches })) = (f.per_bin, &bins) {
                    behind_row(&mut booked, look_up(lower, trie, node, &mut path, reaches.clone()));
                    for (i, label) in labels.iter().enumerate() {
                        let here = lower.plan.dag.int(i as i64);
                        let keep = lower.plan.dag.binary(Binary::Eq, *number, here);
                        let child = trie.descend(node, keep);
                        let id = fill(lower, trie, body, child, f, weight);
                        booked.histograms.push(histogram(f, format!("{label}/{}", f.name), id));
                    }
                }
            }
        }
    }
    booked.counts = counts(region, bins.as_ref().map_or(&[][..], |b| &b.labels));
    if let Some(RegionBins { number, labels, reaches }) = bins {
        lower.plan.dag.set_place(region.bins.first().map_or(region.span, |bin| bin.span));
        behind_row(&mut booked, look_up(lower, trie, node, &mut path, reaches));
        let axes = vec![Axis::Labels(labels)];
        let id = new_histogram(lower, Layout { axes, content: Content::Weights, weighted: weight.is_some() });
        let fill = Step::Fill { histogram: id, axes: vec![lower.plan.dag.unary(Unary::ToReal, number)], weight };
        let step = in_a_bin(lower, number, vec![fill]);
        trie.effect(node, step);
        let (name, title) = ("bins".to_owned(), format!("bins of {}", region.name));
        booked.histograms.push(Booked { name, title, id });
    }
    booked
}

/// Counts look-ups of what stands behind a row with it.
fn behind_row(booked: &mut BookedRegion, counters: Outside) {
    if let Some(row) = booked.rows.last_mut() {
        row.outside.add(counters);
    }
}

/// The look-ups of a histogram.
fn fill_reaches(lower: &mut Lower<'_>, body: &mut Body, f: &Fill) -> Vec<Reach> {
    let values: Vec<hir::ExprId> = f.weighted.iter().chain(&f.values).copied().collect();
    let mut loops = Vec::new();
    for (depth, (var, collection)) in (0u8..).zip(&f.over) {
        let of_list = lower.reaches_of_collection(*collection, body);
        let list = lower.collection(*collection, body);
        let item = lower.item(list, depth);
        body.bind(*var, item);
        loops.push((list, depth, of_list));
    }
    let mut all = lower.kept(f.filter, &values, body);
    for (list, depth, of_list) in loops.into_iter().rev() {
        all = lower.looped(list, depth, all);
        all = lower.together(of_list, all);
    }
    all
}

/// The published counts, with the labels of the bins.
fn counts(region: &Region, labels: &[String]) -> Vec<BookedCounts> {
    let size = |bin: &Bin| bin.axes.iter().map(BinAxis::bins).product::<usize>();
    let of = |of: hir::CountsOf| match of {
        hir::CountsOf::All => CountsOf::All,
        hir::CountsOf::Row(span) => CountsOf::Row(span),
        hir::CountsOf::Bin { bins, number } => {
            let first: usize = region.bins.iter().take(bins).map(size).sum();
            CountsOf::Bin(labels.get(first + number).cloned().unwrap_or_default())
        }
    };
    let booked = |c: &hir::Counts| BookedCounts { format: c.format.0 as usize, of: of(c.of), values: c.values.clone() };
    region.counts.iter().map(booked).collect()
}

fn histogram(f: &Fill, name: String, id: HistogramId) -> Booked {
    Booked { name, title: f.title.clone(), id }
}

/// True if a condition is never missing.
fn two_valued(lower: &mut Lower<'_>, is_true: Value, is_false: Value) -> bool {
    let dag = &mut lower.plan.dag;
    is_false == dag.not(is_true) || is_true == dag.not(is_false)
}

/// Counts the events of a row for which an operand was missing: `select` drops them, `reject` keeps them.
fn count_missing(lower: &mut Lower<'_>, trie: &mut Trie, node: usize, missing: Value, reject: bool) -> CounterId {
    if let Some(counter) = trie.nodes[node].missing.get(&missing) {
        return *counter;
    }
    let counter = new_counter(lower);
    trie.nodes[node].missing.insert(missing, counter);
    if reject {
        trie.effect(node, counting(missing, counter));
    } else {
        trie.nodes[node].otherwise.push(counting(missing, counter));
    }
    counter
}

fn in_a_bin(lower: &mut Lower<'_>, number: Value, then: Vec<Step>) -> Step {
    let zero = lower.plan.dag.int(0);
    let keep = lower.plan.dag.binary(Binary::Le, zero, number);
    Step::Cut { keep, then, otherwise: Vec::new() }
}

/// Books a histogram and hangs its filling on a node.
fn fill(
    lower: &mut Lower<'_>,
    trie: &mut Trie,
    body: &mut Body,
    node: usize,
    f: &Fill,
    weight: Option<Value>,
) -> HistogramId {
    let mut loops = Vec::new();
    for (depth, (var, collection)) in (0u8..).zip(&f.over) {
        let list = lower.collection(*collection, body);
        let item = lower.item(list, depth);
        body.bind(*var, item);
        loops.push((list, depth));
    }
    let values: Vec<Value> = f.values.iter().map(|v| lower.real(*v, body)).collect();
    let factor = f.weighted.map(|w| lower.real(w, body));
    let filter = f.filter.map(|c| lower.condition(c, body).0);
    let dag = &mut lower.plan.dag;
    let weight = match (weight, factor) {
        (Some(w), Some(f)) => Some(dag.binary(Binary::Mul, w, f)),
        (w, f) => w.or(f),
    };
    let axes = f.axes.clone();
    let content = if f.profile { Content::Profile } else { Content::Weights };
    let id = new_histogram(lower, Layout { axes, content, weighted: weight.is_some() });
    let mut steps = Vec::new();
    if let Some(factor) = factor {
        let title = format!("the weight of an entry of `{}` is missing or not finite", f.name);
        steps.extend(finite(lower, factor, f.span, title, &mut HashMap::new()));
    }
    steps.push(Step::Fill { histogram: id, axes: values, weight });
    if let Some(keep) = filter
        && !lower.plan.dag.is_true(keep)
    {
        steps = vec![Step::Cut { keep, then: steps, otherwise: Vec::new() }];
    }
    for (over, depth) in loops.into_iter().rev() {
        steps = vec![Step::ForEach { over, depth, body: steps }];
    }
    for step in steps {
        trie.effect(node, step);
    }
    id
}
