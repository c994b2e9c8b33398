//! What is made of what, in layers: collections of the input, objects by how many steps they are made in, regions by how
//! many regions they take. The order within a layer follows the neighbours (the barycentre method of K. Sugiyama,
//! S. Tagawa and M. Toda, IEEE Trans. Syst. Man Cybern. 11 (1981) 109).

use std::collections::{BTreeSet, HashMap};

use super::Documented;
use super::regions::taken;
use crate::syntax::ast::{Block, Define, Expr, ExprKind, Object, ObjectStatement, Region, RegionStatement, Source};
use crate::syntax::walk;

/// What a box stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A collection of the input.
    Input,
    /// An object, a composite, or the best candidate.
    Object,
    /// A region.
    Region,
    /// A bend of a line that crosses a layer.
    Bend,
}

/// A box.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    /// Its name.
    pub(super) name: String,
    /// What it stands for.
    pub(super) kind: Kind,
    /// Its layer, from 0.
    pub(super) layer: usize,
}

/// A line between two boxes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Edge {
    /// The boxes on the way, from the source: the ends, and a bend in every layer between.
    pub(super) path: Vec<usize>,
    /// Is made of, or takes; otherwise, is asked about in a condition.
    pub(super) is_source: bool,
}

/// Boxes and lines.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Graph {
    /// The boxes.
    pub(super) nodes: Vec<Node>,
    /// The lines.
    pub(super) edges: Vec<Edge>,
    /// The boxes of each layer, from top to bottom.
    pub(super) layers: Vec<Vec<usize>>,
}

/// Functions whose arguments are objects or collections, whatever their names.
const OF_OBJECTS: [&str; 15] =
    ["pt", "eta", "phi", "mass", "energy", "charge", "rapidity", "px", "py", "pz", "dr", "dphi", "deta", "size", "mt"];

/// What is known while names are collected.
struct Names<'a> {
    of: &'a Documented<'a>,
    by_name: HashMap<String, usize>,
    defines: HashMap<&'a str, &'a Define>,
    graph: Graph,
}

/// The graph of an analysis, its layers ordered.
pub(super) fn graph(of: &Documented<'_>) -> Graph {
    let mut defines = HashMap::new();
    for block in of.blocks() {
        if let Block::Define(d) = block {
            defines.insert(d.name.text.as_str(), d);
        }
    }
    let mut names = Names { of, by_name: HashMap::new(), defines, graph: Graph::default() };
    for block in of.blocks() {
        match block {
            Block::Object(o) | Block::Composite(o) => _ = names.node(&o.name.text, Kind::Object),
            Block::Best(b) => _ = names.node(&b.name.text, Kind::Object),
            _ => {}
        }
    }
    for block in of.blocks() {
        match block {
            Block::Object(o) | Block::Composite(o) => names.object(o),
            Block::Best(b) => {
                let Some(to) = names.by_name.get(&b.name.text).copied() else { continue };
                names.source(&b.from, to);
                let mut used = BTreeSet::new();
                b.keys.iter().chain(&b.filter).for_each(|e| names.used(e, &mut used, 0));
                names.uses(used, to, false);
            }
            _ => {}
        }
    }
    names.regions();
    let mut graph = names.graph;
    set_layers(&mut graph);
    bend(&mut graph);
    order(&mut graph);
    graph
}

impl Names<'_> {
    fn node(&mut self, name: &str, kind: Kind) -> usize {
        if let Some(node) = self.by_name.get(name) {
            return *node;
        }
        let node = self.graph.nodes.len();
        self.graph.nodes.push(Node { name: name.to_owned(), kind, layer: 0 });
        self.by_name.insert(name.to_owned(), node);
        node
    }

    fn edge(&mut self, from: usize, to: usize, is_source: bool) {
        let known = self.graph.edges.iter_mut().find(|e| e.path == [from, to]);
        match known {
            Some(edge) => edge.is_source |= is_source,
            None if from != to => self.graph.edges.push(Edge { path: vec![from, to], is_source }),
            None => {}
        }
    }

    fn object(&mut self, o: &Object) {
        let Some(to) = self.by_name.get(&o.name.text).copied() else { return };
        let mut used = BTreeSet::new();
        for take in &o.takes {
            self.source(&take.source, to);
            take.filter.iter().for_each(|f| self.used(f, &mut used, 0));
        }
        for statement in &o.statements {
            match statement {
                ObjectStatement::Select(e) | ObjectStatement::Reject(e) => self.used(e, &mut used, 0),
                ObjectStatement::Define(d) | ObjectStatement::Derived(d) => self.used(&d.value, &mut used, 0),
                ObjectStatement::Best(b) => {
                    b.keys.iter().chain(&b.filter).for_each(|e| self.used(e, &mut used, 0));
                    self.source(&b.from, to);
                }
                ObjectStatement::Reserved(_) => {}
            }
        }
        self.uses(used, to, false);
    }

    /// The collections that something is made of.
    fn source(&mut self, from: &Source, to: usize) {
        let mut found = Vec::new();
        match from {
            Source::Collection { of, .. } => collections(of, &mut found),
            Source::Combination { members, .. } => members.iter().for_each(|m| collections(&m.of, &mut found)),
            Source::Comb { members, .. } => members.iter().for_each(|m| collections(m, &mut found)),
        }
        for name in found {
            // A name for a collection.
            if let Some(define) = self.defines.get(name).copied().filter(|_| !self.by_name.contains_key(name)) {
                let mut used = BTreeSet::new();
                self.used(&define.value, &mut used, 0);
                self.uses(used, to, true);
                continue;
            }
            let node = self.node(name, Kind::Input);
            self.edge(node, to, true);
        }
    }

    fn uses(&mut self, used: BTreeSet<String>, to: usize, is_source: bool) {
        for name in used {
            let node = self.node(&name, Kind::Input);
            self.edge(node, to, is_source);
        }
    }

    /// The objects and collections that an expression asks about, those in its defines too.
    fn used(&self, e: &Expr, found: &mut BTreeSet<String>, depth: usize) {
        // Defines that name one another do not end.
        if depth > 500 {
            return;
        }
        if let ExprKind::Name(name) = &e.kind {
            if self.by_name.contains_key(name) || self.is_collection(name) {
                found.insert(name.clone());
            } else if let Some(define) = self.defines.get(name.as_str()).filter(|d| d.parameters.is_empty())
                && depth < 40
            {
                self.used(&define.value, found, depth + 10);
            }
            return;
        }
        if let ExprKind::Call { function, arguments } = &e.kind
            && OF_OBJECTS.contains(&function.text.to_ascii_lowercase().as_str())
        {
            for argument in arguments {
                if let ExprKind::Name(name) = &base(&argument.value).kind
                    && name != "this"
                    && !self.defines.contains_key(name.as_str())
                    && !self.is_part(name)
                {
                    found.insert(name.clone());
                }
            }
        }
        walk::parts(e, &mut |part| self.used(part, found, depth));
    }

    /// True for a name of the input that is a collection.
    fn is_collection(&self, name: &str) -> bool {
        self.of.binding.is_some_and(|b| b.sources.contains_key(name))
    }

    /// True for the name of a member, of an alias, or of something that a block defines.
    fn is_part(&self, name: &str) -> bool {
        let in_source = |s: &Source| match s {
            Source::Collection { alias, .. } => alias.as_ref().is_some_and(|a| a.text == name),
            Source::Combination { members, .. } => members.iter().any(|m| m.name.text == name),
            Source::Comb { alias, .. } => alias.as_ref().is_some_and(|a| a.text == name),
        };
        self.of.blocks().any(|block| match block {
            Block::Best(b) => in_source(&b.from),
            Block::Object(o) | Block::Composite(o) => {
                o.takes.iter().any(|t| in_source(&t.source))
                    || o.statements.iter().any(|s| match s {
                        ObjectStatement::Define(d) | ObjectStatement::Derived(d) => d.name.text == name,
                        ObjectStatement::Best(b) => b.name.text == name || in_source(&b.from),
                        _ => false,
                    })
            }
            Block::Region(r) => r.statements.iter().any(|s| match s {
                RegionStatement::Define(d) => d.name.text == name,
                RegionStatement::Best(b) => b.name.text == name || in_source(&b.from),
                _ => false,
            }),
            Block::Define(d) => d.parameters.iter().any(|p| p.text == name),
            _ => false,
        })
    }

    fn regions(&mut self) {
        let regions: Vec<&Region> =
            self.of.blocks().filter_map(|b| if let Block::Region(r) = b { Some(r) } else { None }).collect();
        // A region may be called like an object.
        let mut nodes: HashMap<&str, usize> = HashMap::new();
        let mut used_by: HashMap<usize, BTreeSet<String>> = HashMap::new();
        for region in &regions {
            let node = self.graph.nodes.len();
            self.graph.nodes.push(Node { name: region.name.text.clone(), kind: Kind::Region, layer: 0 });
            nodes.insert(&region.name.text, node);
        }
        for region in &regions {
            let Some(to) = nodes.get(region.name.text.as_str()).copied() else { continue };
            let mut used = BTreeSet::new();
            for statement in &region.statements {
                expressions(statement).into_iter().for_each(|e| self.used(e, &mut used, 0));
            }
            for name in taken(Some(region)) {
                let Some(parent) = nodes.get(name).copied() else { continue };
                self.edge(parent, to, true);
                // What a region asks about is not drawn again for those that take it.
                if let Some(above) = used_by.get(&parent) {
                    used = used.difference(above).cloned().collect();
                }
            }
            let mut all = used.clone();
            for name in taken(Some(region)) {
                all.extend(nodes.get(name).and_then(|p| used_by.get(p)).into_iter().flatten().cloned());
            }
            used_by.insert(to, all);
            self.uses(used, to, false);
        }
    }
}

/// The expressions of a statement of a region.
fn expressions(statement: &RegionStatement) -> Vec<&Expr> {
    match statement {
        RegionStatement::Select(e) | RegionStatement::Reject(e) => vec![e],
        RegionStatement::Define(d) => vec![&d.value],
        RegionStatement::Best(b) => b.keys.iter().chain(&b.filter).collect(),
        RegionStatement::Weight(w) => std::iter::once(&w.value).chain(&w.filter).collect(),
        RegionStatement::Bin(b) => std::iter::once(&b.condition).chain(&b.filter).collect(),
        RegionStatement::Bins(b) => b.axes.iter().map(|a| &a.value).chain(&b.filter).collect(),
        RegionStatement::Histogram(h) => h.values.iter().chain(&h.weighted).chain(&h.filter).collect(),
        _ => Vec::new(),
    }
}

/// The collections that a source names: those sorted, joined, sliced.
fn collections<'e>(e: &'e Expr, found: &mut Vec<&'e str>) {
    match &e.kind {
        ExprKind::Name(name) => found.push(name),
        ExprKind::Call { function, arguments } if function.text.eq_ignore_ascii_case("sort") => {
            arguments.first().into_iter().for_each(|a| collections(&a.value, found));
        }
        ExprKind::Call { arguments, .. } => arguments.iter().for_each(|a| collections(&a.value, found)),
        ExprKind::Attribute { of, .. } | ExprKind::Index { of, .. } | ExprKind::Slice { of, .. } => {
            collections(of, found);
        }
        ExprKind::Ternary { yes, no, .. } => {
            collections(yes, found);
            no.iter().for_each(|no| collections(no, found));
        }
        _ => {}
    }
}

/// What an element, slice or attribute is of.
fn base(e: &Expr) -> &Expr {
    match &e.kind {
        ExprKind::Attribute { of, .. } | ExprKind::Index { of, .. } | ExprKind::Slice { of, .. } => base(of),
        _ => e,
    }
}

/// Inputs first, an object behind what it is made of, all regions behind all objects.
fn set_layers(graph: &mut Graph) {
    let of_kind = |graph: &Graph, kind: Kind| graph.nodes.iter().filter(|n| n.kind == kind).map(|n| n.layer).max();
    let has_inputs = usize::from(of_kind(graph, Kind::Input).is_some());
    for (kind, first) in [(Kind::Object, has_inputs), (Kind::Region, usize::MAX)] {
        let first = first.min(of_kind(graph, Kind::Object).map_or(has_inputs, |l| l + 1));
        for node in graph.nodes.iter_mut().filter(|n| n.kind == kind) {
            node.layer = first;
        }
        // As often as there are nodes: longer chains would be circles, which are wrong.
        for _ in 0..graph.nodes.len() {
            let mut moved = false;
            for edge in &graph.edges {
                let (Some(from), Some(to)) = (edge.path.first(), edge.path.last()) else { continue };
                let (Some(a), Some(b)) = (graph.nodes.get(*from).cloned(), graph.nodes.get_mut(*to)) else { continue };
                if a.kind == kind && b.kind == kind && b.layer <= a.layer && a.layer < 200 {
                    b.layer = a.layer + 1;
                    moved = true;
                }
            }
            if !moved {
                break;
            }
        }
    }
}

/// A bend in every layer that a line crosses.
fn bend(graph: &mut Graph) {
    let mut edges = std::mem::take(&mut graph.edges);
    for edge in &mut edges {
        let layer = |n: Option<&usize>| n.and_then(|n| graph.nodes.get(*n)).map_or(0, |n| n.layer);
        let (from, to) = (layer(edge.path.first()), layer(edge.path.last()));
        for (i, layer) in (from + 1..to).enumerate() {
            edge.path.insert(i + 1, graph.nodes.len());
            graph.nodes.push(Node { name: String::new(), kind: Kind::Bend, layer });
        }
    }
    graph.edges = edges;
    let count = graph.nodes.iter().map(|n| n.layer + 1).max().unwrap_or(0);
    graph.layers = vec![Vec::new(); count];
    for (i, node) in graph.nodes.iter().enumerate() {
        if let Some(layer) = graph.layers.get_mut(node.layer) {
            layer.push(i);
        }
    }
}

/// Each box near the middle of its neighbours in the layer before, then in the layer behind, and again.
fn order(graph: &mut Graph) {
    let mut neighbours: Vec<Vec<usize>> = vec![Vec::new(); graph.nodes.len()];
    for pair in graph.edges.iter().flat_map(|e| e.path.windows(2)) {
        let [a, b] = pair else { continue };
        if let Some(n) = neighbours.get_mut(*a) {
            n.push(*b);
        }
        if let Some(n) = neighbours.get_mut(*b) {
            n.push(*a);
        }
    }
    let count = graph.layers.len();
    for round in 0..12 {
        let forward = round % 2 == 0;
        let sequence: Vec<usize> =
            if forward { (1..count).collect() } else { (0..count.saturating_sub(1)).rev().collect() };
        for at in sequence {
            let fixed = if forward { at.checked_sub(1) } else { Some(at + 1) };
            let Some(fixed) = fixed.and_then(|f| graph.layers.get(f)) else { continue };
            let place: HashMap<usize, f64> = fixed.iter().enumerate().map(|(i, n)| (*n, i as f64)).collect();
            let Some(layer) = graph.layers.get(at) else { continue };
            let mut placed: Vec<(f64, usize)> = layer
                .iter()
                .enumerate()
                .map(|(i, node)| {
                    let near: Vec<f64> =
                        neighbours.get(*node).into_iter().flatten().filter_map(|n| place.get(n).copied()).collect();
                    let middle = if near.is_empty() { i as f64 } else { near.iter().sum::<f64>() / near.len() as f64 };
                    (middle, *node)
                })
                .collect();
            placed.sort_by(|a, b| a.0.total_cmp(&b.0));
            if let Some(layer) = graph.layers.get_mut(at) {
                *layer = placed.into_iter().map(|p| p.1).collect();
            }
        }
    }
}
