//! The graph of an analysis as SVG: layers from left to right, readable on light and on dark paper.

use super::escape::xml;
use super::graph::{Graph, Kind};
use std::fmt::Write;

/// Sizes in pixels.
const MARGIN: f64 = 20.0;
const HEAD: f64 = 34.0;
const BOX: f64 = 28.0;
const BEND: f64 = 6.0;
const GAP: f64 = 14.0;
const BETWEEN: f64 = 70.0;
const LETTER: f64 = 7.4;

const STYLE: &str = "
  text { font: 13px Helvetica, Arial, sans-serif; fill: #1b1f24; }
  .head { font-size: 12px; fill: #6a737d; }
  .input { fill: #e8f0fe; stroke: #4a78b8; }
  .object { fill: #e9f6ec; stroke: #3f8f55; }
  .region { fill: #fdf1e3; stroke: #c0761a; }
  path { fill: none; stroke: #8a929c; stroke-width: 1.4; }
  .uses { stroke: #a9b0b8; stroke-width: 1; stroke-dasharray: 4 3; }
  .tip { fill: #8a929c; stroke: none; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e8eaed; }
    .head { fill: #9aa3ad; }
    .input { fill: #1c2c47; }
    .object { fill: #1b3523; }
    .region { fill: #3d2b14; }
  }
";

/// The picture.
pub(super) fn draw(graph: &Graph) -> String {
    let (x, widths) = columns(graph);
    let y = rows(graph);
    let right = x.iter().zip(&widths).map(|(x, w)| x + w).fold(0.0, f64::max);
    let bottom = y.iter().enumerate().map(|(i, y)| y + height(graph, i) / 2.0).fold(HEAD, f64::max);
    let (width, height) = (right + MARGIN, bottom + MARGIN);
    let mut out = String::new();
    // Writing into a string does not fail.
    _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\">"
    );
    _ = writeln!(out, "<title>What is made of what</title>\n<style>{STYLE}</style>");
    heads(graph, &x, &mut out);
    let at = |node: usize| {
        let layer = graph.nodes.get(node).map_or(0, |n| n.layer);
        (
            x.get(layer).copied().unwrap_or(0.0),
            widths.get(layer).copied().unwrap_or(0.0),
            y.get(node).copied().unwrap_or(0.0),
        )
    };
    for edge in &graph.edges {
        let mut path = String::new();
        let mut end = (0.0, 0.0);
        for (i, node) in edge.path.iter().enumerate() {
            let (x, width, y) = at(*node);
            let (own, is_last) = (box_width(graph, *node), i + 1 == edge.path.len());
            if i == 0 {
                _ = write!(path, "M{:.1} {y:.1}", x + own);
                end = (x + own, y);
                // Past the wider boxes of its layer.
                if own < width {
                    _ = write!(path, " H{:.1}", x + width);
                    end = (x + width, y);
                }
                continue;
            }
            let stop = if is_last { x - 7.0 } else { x };
            let middle = f64::midpoint(end.0, stop);
            _ = write!(path, " C{middle:.1} {:.1} {middle:.1} {y:.1} {stop:.1} {y:.1}", end.1);
            end = (stop, y);
            if !is_last {
                _ = write!(path, " H{:.1}", x + width);
                end = (x + width, y);
            }
        }
        let class = if edge.is_source { "takes" } else { "uses" };
        _ = writeln!(out, "<path class=\"{class}\" d=\"{path}\"/>");
        let (tip, y) = end;
        _ = writeln!(
            out,
            "<path class=\"tip\" d=\"M{:.1} {y:.1} L{:.1} {:.1} L{:.1} {:.1} Z\"/>",
            tip + 7.0,
            tip,
            y - 3.5,
            tip,
            y + 3.5
        );
    }
    for (i, node) in graph.nodes.iter().enumerate() {
        let class = match node.kind {
            Kind::Input => "input",
            Kind::Object => "object",
            Kind::Region => "region",
            Kind::Bend => continue,
        };
        let ((x, _, y), width) = (at(i), box_width(graph, i));
        let top = y - BOX / 2.0;
        _ = writeln!(
            out,
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{BOX}\" rx=\"5\"/>"
        );
        let (middle, line) = (x + width / 2.0, y + 4.5);
        _ = writeln!(out, "<text x=\"{middle:.1}\" y=\"{line:.1}\" text-anchor=\"middle\">{}</text>", xml(&node.name));
    }
    out.push_str("</svg>\n");
    out
}

fn box_width(graph: &Graph, node: usize) -> f64 {
    let letters = graph.nodes.get(node).map_or(0, |n| n.name.chars().count());
    letters as f64 * LETTER + 20.0
}

fn height(graph: &Graph, node: usize) -> f64 {
    if graph.nodes.get(node).is_some_and(|n| n.kind == Kind::Bend) { BEND } else { BOX }
}

/// Left edge and width of each layer.
fn columns(graph: &Graph) -> (Vec<f64>, Vec<f64>) {
    let mut left = MARGIN;
    let (mut x, mut widths) = (Vec::new(), Vec::new());
    for layer in &graph.layers {
        let boxes = layer.iter().filter(|n| graph.nodes.get(**n).is_some_and(|n| n.kind != Kind::Bend));
        let width = boxes.map(|n| box_width(graph, *n)).fold(0.0, f64::max);
        x.push(left);
        widths.push(width);
        left += width + BETWEEN;
    }
    (x, widths)
}

/// What the layers are, above the first of each kind.
fn heads(graph: &Graph, x: &[f64], out: &mut String) {
    for (kind, head) in [(Kind::Input, "input"), (Kind::Object, "objects"), (Kind::Region, "regions")] {
        let layer = graph.nodes.iter().filter(|n| n.kind == kind).map(|n| n.layer).min();
        if let Some(left) = layer.and_then(|l| x.get(l)) {
            _ = writeln!(out, "<text class=\"head\" x=\"{left:.1}\" y=\"{MARGIN}\">{head}</text>");
        }
    }
}

/// The middle of each box: near its neighbours, in the order of its layer, without overlap.
fn rows(graph: &Graph) -> Vec<f64> {
    let height = |n: usize| height(graph, n);
    let mut y = vec![0.0; graph.nodes.len()];
    let set = |y: &mut Vec<f64>, node: usize, value: f64| {
        if let Some(place) = y.get_mut(node) {
            *place = value;
        }
    };
    for layer in &graph.layers {
        let mut top = 0.0;
        for node in layer {
            set(&mut y, *node, top + height(*node) / 2.0);
            top += height(*node) + GAP;
        }
    }
    let mut neighbours: Vec<Vec<usize>> = vec![Vec::new(); graph.nodes.len()];
    for pair in graph.edges.iter().flat_map(|e| e.path.windows(2)) {
        if let [a, b] = pair {
            for (from, to) in [(*a, *b), (*b, *a)] {
                if let Some(n) = neighbours.get_mut(from) {
                    n.push(to);
                }
            }
        }
    }
    for _ in 0..16 {
        for layer in &graph.layers {
            let wanted: Vec<f64> = layer
                .iter()
                .map(|node| {
                    let near: Vec<f64> =
                        neighbours.get(*node).into_iter().flatten().filter_map(|n| y.get(*n).copied()).collect();
                    let own = y.get(*node).copied().unwrap_or(0.0);
                    if near.is_empty() { own } else { near.iter().sum::<f64>() / near.len() as f64 }
                })
                .collect();
            for (node, place) in layer.iter().zip(spread(layer, &wanted, &height)) {
                set(&mut y, *node, place);
            }
        }
    }
    let top = graph.nodes.iter().enumerate().map(|(i, _)| y.get(i).copied().unwrap_or(0.0) - height(i) / 2.0);
    let top = top.fold(f64::INFINITY, f64::min);
    y.iter().map(|y| y - top + HEAD).collect()
}

/// Places as near to the wanted ones as the boxes allow: the middle between pushing all down and pushing all up.
fn spread(layer: &[usize], wanted: &[f64], height: &impl Fn(usize) -> f64) -> Vec<f64> {
    let apart = |a: usize, b: usize| (height(a) + height(b)) / 2.0 + GAP;
    let mut down = wanted.to_vec();
    for i in 1..down.len() {
        if let (Some(before), Some(place), Some(a), Some(b)) =
            (down.get(i - 1).copied(), down.get_mut(i), layer.get(i - 1), layer.get(i))
        {
            *place = place.max(before + apart(*a, *b));
        }
    }
    let mut up = wanted.to_vec();
    for i in (1..up.len()).rev() {
        if let (Some(behind), Some(place), Some(a), Some(b)) =
            (up.get(i).copied(), up.get_mut(i - 1), layer.get(i - 1), layer.get(i))
        {
            *place = place.min(behind - apart(*a, *b));
        }
    }
    down.iter().zip(&up).map(|(a, b)| f64::midpoint(*a, *b)).collect()
}
