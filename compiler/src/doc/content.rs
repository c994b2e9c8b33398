//! What there is to tell of an analysis: headings and tables, their cells in the notation of the page.

use super::Documented;
use super::escape;
use super::math::{Math, Style};
use super::published;
use super::regions::{self, Family};
use crate::syntax::ast::{
    Axis, Best, BinAxis, Block, Combinator, Define, Expr, ExprKind, Histogram, HistogramKind, ListRegions, Object,
    ObjectStatement, Outside, Region, RegionStatement, SaveFormat, Source, Table as AdlTable,
};

/// A part of a page.
#[derive(Debug, PartialEq)]
pub(super) enum Piece {
    /// A heading of this level; 1 is a section.
    Heading(usize, String),
    /// A paragraph.
    Text(String),
    /// A table.
    Table(Table),
}

/// A table of ready cells.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Table {
    /// The columns.
    pub(super) columns: Vec<Column>,
    /// The cells; a cell has one line or more.
    pub(super) rows: Vec<Vec<Vec<String>>>,
}

/// A column of a table.
#[derive(Debug, PartialEq)]
pub(super) struct Column {
    /// What stands above it.
    pub(super) title: String,
    /// Which part of the width its text may take; 0 for what its words need.
    pub(super) share: f32,
    /// In the middle rather than at the left.
    pub(super) is_centred: bool,
}

pub(super) fn column(title: &str, share: f32) -> Column {
    Column { title: title.to_owned(), share, is_centred: false }
}

/// Adds a table if it has rows, without columns that are empty.
pub(super) fn table(pieces: &mut Vec<Piece>, mut columns: Vec<Column>, mut rows: Vec<Vec<Vec<String>>>) {
    let is_said = |lines: &Vec<String>| lines.iter().any(|l| !l.is_empty());
    for i in (0..columns.len()).rev() {
        if !rows.iter().any(|r| r.get(i).is_some_and(is_said)) {
            columns.remove(i);
            rows.iter_mut().filter(|r| i < r.len()).for_each(|r| drop(r.remove(i)));
        }
    }
    if !rows.is_empty() && !columns.is_empty() {
        pieces.push(Piece::Table(Table { columns, rows }));
    }
}

/// What writes the cells.
#[derive(Clone, Copy)]
pub(super) struct Notation<'a> {
    /// Expressions.
    pub(super) math: Math<'a>,
}

impl<'a> Notation<'a> {
    pub(super) fn new(style: Style, of: &'a Documented<'a>) -> Notation<'a> {
        Notation { math: Math { style, of } }
    }

    /// Words as they are.
    pub(super) fn text(self, text: &str) -> String {
        match self.math.style {
            Style::Text => escape::markdown(text),
            Style::Latex => escape::latex(text),
        }
    }

    /// A formula.
    pub(super) fn formula(self, formula: &str) -> String {
        match self.math.style {
            Style::Text => escape::markdown_math(formula),
            Style::Latex => format!("${formula}$"),
        }
    }

    pub(super) fn expr(self, e: &Expr) -> String {
        self.formula(&self.math.expr(e))
    }

    /// Conditions that all hold, one per line.
    fn conditions(self, e: &Expr) -> Vec<String> {
        regions::conjuncts(e).into_iter().map(|c| self.expr(c)).collect()
    }

    fn strong(self, text: &str) -> String {
        match self.math.style {
            Style::Text => format!("**{text}**"),
            Style::Latex => format!(r"{{\boldmath\textbf{{{text}}}}}"),
        }
    }
}

/// The page of an analysis, without its title.
pub(super) fn pieces(of: &Documented<'_>, to: Notation<'_>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    infos(of, to, &mut pieces);
    objects(of, to, &mut pieces);
    variables(of, to, &mut pieces);
    selection(of, to, &mut pieces);
    region_tables(of, to, &mut pieces);
    histograms(of, to, &mut pieces);
    published::counts(of, to, &mut pieces);
    for block in of.blocks() {
        if let Block::Table(t) = block {
            lookup_table(t, to, &mut pieces);
        }
    }
    pieces
}

fn infos(of: &Documented<'_>, to: Notation<'_>, pieces: &mut Vec<Piece>) {
    let title = of.title();
    let mut rows = Vec::new();
    for (name, text) in of.infos().flat_map(|i| &i.fields) {
        let is_title = name.text.eq_ignore_ascii_case("title") && Some(text.as_str()) == title;
        if !is_title && !text.is_empty() {
            rows.push(vec![vec![to.text(&name.text)], vec![to.text(text)]]);
        }
    }
    table(pieces, vec![column("", 0.0), column("", 0.7)], rows);
}

fn objects(of: &Documented<'_>, to: Notation<'_>, pieces: &mut Vec<Piece>) {
    let mut rows = Vec::new();
    for block in of.blocks() {
        match block {
            Block::Object(o) | Block::Composite(o) => rows.push(object(o, to)),
            Block::Best(b) => rows.push(best(b, to)),
            _ => {}
        }
    }
    if rows.is_empty() {
        return;
    }
    pieces.push(Piece::Heading(1, "Objects".to_owned()));
    table(pieces, vec![column("object", 0.0), column("taken from", 0.25), column("selection", 0.5)], rows);
}

fn object(o: &Object, to: Notation<'_>) -> Vec<Vec<String>> {
    let mut selection = Vec::new();
    let mut from = Vec::new();
    for take in &o.takes {
        from.extend(source(&take.source, to));
        selection.extend(take.filter.iter().flat_map(|f| to.conditions(f)));
    }
    for statement in &o.statements {
        match statement {
            ObjectStatement::Select(e) => selection.extend(to.conditions(e)),
            ObjectStatement::Reject(e) => {
                let text = format!("{}{}", to.math.joint("not "), regions::in_brackets(e, to.math));
                selection.push(to.formula(&text));
            }
            ObjectStatement::Define(d) | ObjectStatement::Derived(d) => selection.push(definition(d, to)),
            ObjectStatement::Best(b) => {
                let [name, from, how] = best_parts(b, to);
                selection.push(format!("{name}: {from}; {how}"));
            }
            ObjectStatement::Reserved(_) => {}
        }
    }
    vec![vec![to.text(&o.name.text)], from, selection]
}

fn best(b: &Best, to: Notation<'_>) -> Vec<Vec<String>> {
    let [name, from, how] = best_parts(b, to);
    let mut selection = vec![how];
    selection.extend(b.filter.iter().flat_map(|f| to.conditions(f)));
    vec![vec![name], vec![from], selection]
}

fn best_parts(b: &Best, to: Notation<'_>) -> [String; 3] {
    let keys: Vec<String> = b.keys.iter().map(|k| key(k, to)).collect();
    [to.text(&b.name.text), source(&b.from, to).join(", "), format!("the one with the {}", keys.join(", then the "))]
}

/// The smallest `-pt` is the largest `pt`.
fn key(e: &Expr, to: Notation<'_>) -> String {
    match &e.kind {
        ExprKind::Unary(crate::syntax::ast::UnaryOp::Neg, of) => format!("largest {}", to.expr(of)),
        _ => format!("smallest {}", to.expr(e)),
    }
}

fn source(from: &Source, to: Notation<'_>) -> Vec<String> {
    match from {
        Source::Collection { of, alias: None } => vec![to.expr(of)],
        Source::Collection { of, alias: Some(alias) } => vec![format!("{} ({})", to.expr(of), to.text(&alias.text))],
        Source::Combination { kind, members, .. } => {
            let members: Vec<String> = members
                .iter()
                .map(|m| format!("{} {}", to.expr(&m.of), to.formula(&to.math.name(&m.name.text))))
                .collect();
            match kind {
                Combinator::Disjoint => vec![members.join(", "), "no object twice".to_owned()],
                Combinator::Cartesian => vec![members.join(", "), "all combinations".to_owned()],
            }
        }
        Source::Comb { .. } => Vec::new(),
    }
}

fn definition(d: &Define, to: Notation<'_>) -> String {
    let parameters: Vec<String> = d.parameters.iter().map(|p| to.math.name(&p.text)).collect();
    let parameters = if parameters.is_empty() { String::new() } else { format!("({})", parameters.join(", ")) };
    to.formula(&format!("{}{parameters} = {}", to.math.name(&d.name.text), to.math.expr(&d.value)))
}

fn variables(of: &Documented<'_>, to: Notation<'_>, pieces: &mut Vec<Piece>) {
    let mut rows = Vec::new();
    for block in of.blocks() {
        if let Block::Define(d) = block {
            let unit = super::units::unit(of, &d.value).filter(|_| !super::math::is_number(&d.value));
            rows.push(vec![
                vec![definition(d, to)],
                vec![
                    unit.map_or(String::new(), |u| {
                        to.formula(to.math.with_unit(Some(&u)).trim_start_matches([' ', '~']))
                    }),
                ],
            ]);
        }
    }
    if rows.is_empty() {
        return;
    }
    pieces.push(Piece::Heading(1, "Quantities".to_owned()));
    table(pieces, vec![column("definition", 0.8), column("unit", 0.0)], rows);
}

/// Most regions that stand side by side.
const ABREAST: usize = 6;

fn selection(of: &Documented<'_>, to: Notation<'_>, pieces: &mut Vec<Piece>) {
    let families = regions::families(of, to.math);
    if families.is_empty() {
        return;
    }
    pieces.push(Piece::Heading(1, "Event selection".to_owned()));
    if families.iter().any(|f| f.regions.len() > 1) {
        pieces.push(Piece::Text(format!(
            "What a region itself asks for is {}, the rest it takes from another; {} stands for a condition that has to hold.",
            to.strong("bold"),
            mark(to)
        )));
    }
    for family in &families {
        if let [region] = family.regions.as_slice() {
            let rows: Vec<Vec<Vec<String>>> = family.rows.iter().map(|r| vec![vec![to.formula(&r.what)]]).collect();
            if rows.is_empty() {
                pieces.push(Piece::Text(format!("{}: all events", to.text(&region.name.text))));
            }
            table(pieces, vec![column(&to.text(&region.name.text), 0.9)], rows);
            continue;
        }
        let count = family.regions.len();
        for from in (0..count).step_by(ABREAST) {
            abreast(family, from, (from + ABREAST).min(count), to, pieces);
        }
    }
}

fn mark(to: Notation<'_>) -> &'static str {
    match to.math.style {
        Style::Text => "✓",
        Style::Latex => r"$\surd$",
    }
}

/// Some regions of a family side by side.
fn abreast(family: &Family<'_>, from: usize, to_region: usize, to: Notation<'_>, pieces: &mut Vec<Piece>) {
    let mut columns = vec![column("", 0.3)];
    for region in family.regions.get(from..to_region).unwrap_or(&[]) {
        columns.push(Column { title: to.text(&region.name.text), share: 0.0, is_centred: true });
    }
    let mut rows = Vec::new();
    for row in &family.rows {
        let cells = row.cells.get(from..to_region).unwrap_or(&[]);
        if !cells.iter().any(|c| c.is_asked) {
            continue;
        }
        let mut line = vec![vec![to.formula(&row.what)]];
        for cell in cells {
            let mut texts: Vec<String> = cell.texts(to.math).iter().map(|l| to.formula(l)).collect();
            if texts.is_empty() && cell.is_asked {
                texts.push(mark(to).to_owned());
            }
            let text = texts.join(", ");
            line.push(vec![if cell.is_own { to.strong(&text) } else { text }]);
        }
        rows.push(line);
    }
    table(pieces, columns, rows);
}

/// A printed value; a text stands as it is.
fn printed(e: &Expr, to: Notation<'_>) -> String {
    if let ExprKind::Text(text) = &e.kind { to.text(text) } else { to.expr(e) }
}

/// Bins, weights, blinding and what is printed and saved.
fn region_tables(of: &Documented<'_>, to: Notation<'_>, pieces: &mut Vec<Piece>) {
    let (mut bins, mut weights, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for block in of.blocks() {
        let Block::Region(region) = block else { continue };
        for statement in &region.statements {
            let name = vec![to.text(&region.name.text)];
            let condition = |c: &Option<Expr>| c.as_ref().map_or_else(Vec::new, |c| to.conditions(c));
            match statement {
                RegionStatement::Bin(b) => {
                    let mut what = to.conditions(&b.condition);
                    what.extend(condition(&b.filter));
                    bins.push(vec![name, vec![b.label.as_deref().map_or(String::new(), |l| to.text(l))], what]);
                }
                RegionStatement::Bins(b) => {
                    let mut what: Vec<String> = b.axes.iter().map(|a| bin_axis(a, to)).collect();
                    what.extend(condition(&b.filter));
                    bins.push(vec![name, vec![b.label.as_deref().map_or(String::new(), |l| to.text(l))], what]);
                }
                RegionStatement::Weight(w) => {
                    weights.push(vec![
                        name,
                        vec![to.text(&w.name.text)],
                        vec![to.expr(&w.value)],
                        condition(&w.filter),
                    ]);
                }
                RegionStatement::Best(b) => {
                    let [best, from, how] = best_parts(b, to);
                    others.push(vec![name, vec![format!("{best}: {from}; {how}")]]);
                }
                RegionStatement::Define(d) => others.push(vec![name, vec![definition(d, to)]]),
                RegionStatement::Blind(c, _) => {
                    let when = c.as_ref().map_or_else(String::new, |c| format!(" where {}", to.expr(c)));
                    others.push(vec![name, vec![format!("data are blinded{when}")]]);
                }
                RegionStatement::Save(s) => {
                    let columns: Vec<String> = s.columns.iter().map(|c| to.expr(&c.value)).collect();
                    let what = if columns.is_empty() { "whole events".to_owned() } else { columns.join(", ") };
                    let format = match s.format {
                        Some((SaveFormat::Csv, _)) => "csv",
                        Some((SaveFormat::Root, _)) => "root",
                        Some((SaveFormat::Ntuple, _)) => "rntuple",
                        Some((SaveFormat::Parquet, _)) | None => "parquet",
                    };
                    others.push(vec![name, vec![format!("saved as {}.{format}: {what}", to.text(&s.name.text))]]);
                }
                RegionStatement::Print(p) => {
                    let values: Vec<String> = p.values.iter().map(|v| printed(v, to)).collect();
                    others.push(vec![name, vec![format!("printed: {}", values.join(", "))]]);
                }
                RegionStatement::Take(_)
                | RegionStatement::Select(_)
                | RegionStatement::Reject(_)
                | RegionStatement::Histogram(_)
                | RegionStatement::UseList(_)
                | RegionStatement::Counts(_)
                | RegionStatement::Legacy(_)
                | RegionStatement::Reserved(_) => {}
            }
        }
    }
    let mut section = |heading: &str, columns: Vec<Column>, rows: Vec<Vec<Vec<String>>>| {
        if !rows.is_empty() {
            pieces.push(Piece::Heading(1, heading.to_owned()));
            table(pieces, columns, rows);
        }
    };
    section("Bins", vec![column("region", 0.0), column("label", 0.0), column("bins", 0.55)], bins);
    section(
        "Weights",
        vec![column("region", 0.0), column("weight", 0.0), column("factor", 0.4), column("where", 0.2)],
        weights,
    );
    section("In the regions", vec![column("region", 0.0), column("", 0.7)], others);
}

fn bin_axis(axis: &BinAxis, to: Notation<'_>) -> String {
    let math = to.math;
    let what = math.expr(&axis.value);
    let (Some(first), Some(last)) = (axis.edges.first(), axis.edges.last()) else {
        return format!("{}, one bin per value", to.formula(&what));
    };
    let unit = math.with_unit(super::units::unit(math.of, &axis.value).as_deref());
    let (low, high) = (math.number(first.value), math.number(last.value));
    let mut text = to.formula(&format!("{what}: {}{unit}", math.numbers(&axis.edges)));
    if axis.underflow {
        text.push_str(&format!(", and below {}", to.formula(&low)));
    }
    if axis.overflow {
        text.push_str(&format!(", and from {} on", to.formula(&high)));
    }
    text
}

fn histograms(of: &Documented<'_>, to: Notation<'_>, pieces: &mut Vec<Piece>) {
    let mut rows = Vec::new();
    let users = |list: &str| -> Vec<String> {
        let uses = |r: &Region| r.statements.iter().any(|s| matches!(s, RegionStatement::UseList(n) if n.text == list));
        of.blocks()
            .filter_map(|b| if let Block::Region(r) = b { Some(r) } else { None })
            .filter(|r| uses(r))
            .map(|r| to.text(&r.name.text))
            .collect()
    };
    for block in of.blocks() {
        match block {
            Block::HistoList(list) => {
                let mut regions = users(&list.name.text);
                match &list.regions {
                    Some(ListRegions::All(_)) => regions = vec!["all".to_owned()],
                    Some(ListRegions::Named(names)) => {
                        let more: Vec<String> = names.iter().map(|n| to.text(&n.text)).collect();
                        regions.extend(more.into_iter().filter(|n| !regions.contains(n)).collect::<Vec<_>>());
                    }
                    None => {}
                }
                rows.extend(list.histograms.iter().map(|h| histogram(h, regions.join(", "), to)));
            }
            Block::Region(region) => {
                for statement in &region.statements {
                    if let RegionStatement::Histogram(h) = statement {
                        rows.push(histogram(h, to.text(&region.name.text), to));
                    }
                }
            }
            _ => {}
        }
    }
    if rows.is_empty() {
        return;
    }
    pieces.push(Piece::Heading(1, "Histograms".to_owned()));
    let columns =
        vec![column("regions", 0.15), column("histogram", 0.0), column("quantity", 0.35), column("bins", 0.25)];
    table(pieces, columns, rows);
}

fn histogram(h: &Histogram, regions: String, to: Notation<'_>) -> Vec<Vec<String>> {
    let title = h.title.split(';').next().unwrap_or("");
    let plain = escape::title(title, Style::Text);
    let name = match title.is_empty() || plain == escape::markdown(&h.name.text) {
        true => to.text(&h.name.text),
        false => format!("{}: {}", to.text(&h.name.text), escape::title(title, to.math.style)),
    };
    let axes: Vec<String> = h.axes.iter().map(|a| axis(a, to)).collect();
    let mut values: Vec<String> = h.values.iter().map(|v| to.expr(v)).collect();
    if h.kind == HistogramKind::Profile
        && let Some(mean) = values.pop()
    {
        values.push(format!("mean of {mean}"));
    }
    let mut what = vec![values.join(", ")];
    what.extend(h.weighted.iter().map(|w| format!("weighted by {}", to.expr(w))));
    what.extend(h.filter.iter().map(|f| format!("where {}", to.expr(f))));
    if h.per_bin {
        what.push("in each bin".to_owned());
    }
    vec![vec![regions], vec![name], what, axes]
}

fn axis(axis: &Axis, to: Notation<'_>) -> String {
    let math = to.math;
    match axis {
        Axis::Regular { bins, low, high } => {
            let range = format!("[{}, {})", math.number(low.value), math.number(high.value));
            format!("{} in {}", to.formula(&math.number(bins.value)), to.formula(&range))
        }
        Axis::Edges(edges) => format!("edges {}", to.formula(&math.numbers(edges))),
    }
}

fn lookup_table(t: &AdlTable, to: Notation<'_>, pieces: &mut Vec<Piece>) {
    pieces.push(Piece::Heading(1, format!("Table {}", to.text(&t.name.text))));
    let has_errors = t.errors.as_ref().is_some_and(|(e, _)| *e);
    let fixed = if has_errors { 3 } else { 1 };
    let axes = t.rows.first().map_or(0, |r| r.len().saturating_sub(fixed) / 2);
    let mut columns: Vec<Column> = (1..=axes).map(|n| column(&format!("variable {n}"), 0.0)).collect();
    columns.push(column(t.tabletype.as_ref().map_or("value", |w| w.text.as_str()), 0.0));
    let math = to.math;
    let rows = t.rows.iter().map(|row| {
        let (values, limits) = row.split_at_checked(fixed).unwrap_or((row, &[]));
        let mut cells: Vec<Vec<String>> = Vec::new();
        for pair in limits.chunks(2) {
            let limits: Vec<String> = pair.iter().map(|n| math.number(n.value)).collect();
            let close = if t.closed { "]" } else { ")" };
            cells.push(vec![to.formula(&format!("[{}{close}", limits.join(", ")))]);
        }
        let central = values.first().map_or(String::new(), |v| math.number(v.value));
        let value = match t.row_errors(row) {
            Some((down, up)) if math.style == Style::Latex => {
                format!("{central}^{{+{}}}_{{-{}}}", math.number(up), math.number(down))
            }
            Some((down, up)) => format!("{central} +{} −{}", math.number(up), math.number(down)),
            None => central,
        };
        cells.push(vec![to.formula(&value)]);
        cells
    });
    let rows: Vec<Vec<Vec<String>>> = rows.collect();
    table(pieces, columns, rows);
    let outside = match &t.outside {
        Some((Outside::Error, _)) => "Outside of the rows the run stops.".to_owned(),
        Some((Outside::Clamp, _)) => "Outside of the rows the nearest row holds.".to_owned(),
        Some((Outside::Value(v), _)) => format!("Outside of the rows the value is {}.", to.formula(&math.number(*v))),
        None => return,
    };
    pieces.push(Piece::Text(outside));
}
