//! Published counts: a table per `countsformat`, a row per `counts`, a column per process.

use super::Documented;
use super::content::{Column, Notation, Piece, column, table};
use super::math::Style;
use crate::syntax::ast::{Block, Count, CountsFormat, Region, RegionStatement};

/// The tables of all formats that have counts.
pub(super) fn counts(of: &Documented<'_>, to: Notation<'_>, pieces: &mut Vec<Piece>) {
    for block in of.blocks() {
        let Block::CountsFormat(format) = block else { continue };
        let mut rows = Vec::new();
        for block in of.blocks() {
            if let Block::Region(region) = block {
                region_counts(region, format, to, &mut rows);
            }
        }
        if rows.is_empty() {
            continue;
        }
        pieces.push(Piece::Heading(1, format!("Published counts {}", to.text(&format.name.text))));
        let mut columns = vec![column("region", 0.0), column("of", 0.3)];
        columns.extend(format.processes.iter().map(|p| {
            let title = if p.title.is_empty() { &p.name.text } else { &p.title };
            Column { title: to.text(title), share: 0.0, is_centred: true }
        }));
        table(pieces, columns, rows);
    }
}

/// The counts of a region: each of the row or bin before it; further ones after `bins` are of its next bins.
fn region_counts(region: &Region, format: &CountsFormat, to: Notation<'_>, rows: &mut Vec<Vec<Vec<String>>>) {
    let (mut of, mut number, mut many) = ("all events".to_owned(), 0, false);
    for statement in &region.statements {
        match statement {
            RegionStatement::Select(e) => (of, number, many) = (to.expr(e), 0, false),
            RegionStatement::Reject(e) => (of, number, many) = (format!("not {}", to.expr(e)), 0, false),
            RegionStatement::Weight(w) => (of, number, many) = (to.text(&w.name.text), 0, false),
            RegionStatement::Bin(b) => {
                let label = b.label.as_ref().map_or_else(|| to.expr(&b.condition), |l| to.text(l));
                (of, number, many) = (label, 0, false);
            }
            RegionStatement::Bins(b) => {
                let axes: Vec<String> = b.axes.iter().map(|a| to.expr(&a.value)).collect();
                (of, number, many) = (axes.join(", "), 0, true);
            }
            RegionStatement::Counts(c) if c.format.text == format.name.text => {
                number += 1;
                let what = if many { format!("{of}, bin {number}") } else { of.clone() };
                let mut row = vec![vec![to.text(&region.name.text)], vec![what]];
                row.extend(c.values.iter().map(|v| vec![to.formula(&count(v, to))]));
                rows.push(row);
            }
            _ => {}
        }
    }
}

/// `997 ± 32`, `6 +3.6 −0.6`
fn count(c: &Count, to: Notation<'_>) -> String {
    let number = |x: f64| to.math.number(x);
    let mut text = number(c.value.value);
    for (up, down) in &c.errors {
        let (up, down) = (up.value, down.value);
        text.push_str(&match (up == down, to.math.style) {
            (true, Style::Latex) => format!(r" \pm {}", number(up)),
            (true, Style::Text) => format!(" ± {}", number(up)),
            (false, Style::Latex) => format!("^{{+{}}}_{{-{}}}", number(up), number(down)),
            (false, Style::Text) => format!(" +{} −{}", number(up), number(down)),
        });
    }
    text
}
