//! Printer: the canonical ADL text of an AST, which reads back to the same AST.

use super::ast::{
    Axis, Best, BinAxis, Block, Combinator, Count, CountsFormat, Define, Edition, Expr, File, HistoList, Histogram,
    HistogramKind, Link, LinkBy, ListRegions, Literal, Metadata, MetadataPlace, Name, Number, Object, ObjectStatement,
    Optional, Outside, Region, RegionStatement, Save, SaveColumn, SaveFormat, Schema, SchemaStatement, Source, Table,
    Uncertainty,
};
use super::ast_legacy::LegacyStatement;
use super::print_expr::expr;
use crate::source::Span;
use std::fmt::Write;

/// The canonical text of a file.
#[must_use]
pub fn print(file: &File) -> String {
    let mut out = String::new();
    if let Some(line) = &file.edition {
        out.push_str(match line.edition {
            Edition::E2026 => "adl 2026\n",
            Edition::Legacy => "adl legacy\n",
        });
    }
    for (i, block) in file.blocks.iter().enumerate() {
        let one_line = |b: &Block| matches!(b, Block::Define(_) | Block::Best(_) | Block::Include(_));
        let together = i > 0 && one_line(block) && file.blocks.get(i - 1).is_some_and(one_line);
        if !together && !out.is_empty() {
            out.push('\n');
        }
        for piece in pieces(block) {
            out.push_str(&piece.text);
            out.push('\n');
        }
    }
    out
}

/// A line of canonical text and the statement that it is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// A place inside the statement.
    pub span: Span,
    /// The line; statements of blocks are indented by two.
    pub text: String,
}

/// The canonical lines of a block.
#[must_use]
pub fn pieces(block: &Block) -> Vec<Piece> {
    let mut out = Vec::new();
    print_block(&mut out, block);
    out
}

fn print_block(out: &mut Vec<Piece>, block: &Block) {
    match block {
        Block::Info(info) => {
            line(out, info.span, &format!("info {}", info.name.text));
            for (name, text) in &info.fields {
                let quote = if text.contains('"') { "" } else { "\"" };
                line(out, name.span, &format!("  {} {quote}{text}{quote}", name.text));
            }
        }
        Block::Include(include) => line(out, include.span, &format!("include \"{}\"", include.path)),
        Block::Define(d) => line(out, d.span, &define(d)),
        Block::Best(b) => line(out, b.span, &best(b)),
        Block::Object(object) => print_object(out, "object", object),
        Block::Composite(object) => print_object(out, "composite", object),
        Block::Region(region) => print_region(out, region),
        Block::HistoList(list) => print_histo_list(out, list),
        Block::CountsFormat(format) => print_counts_format(out, format),
        Block::Table(table) => print_table(out, table),
        Block::Schema(schema) => print_schema(out, schema),
        Block::Optional(o) => line(out, o.span, &optional(o)),
        Block::Reserved(reserved) => line(out, reserved.span, &reserved.keyword.text),
        Block::Setting(reserved) => line(out, reserved.span, &setting(&reserved.keyword.text)),
    }
}

/// A line for the CutLang program. Its value means nothing here, and is not kept.
fn setting(word: &str) -> String {
    match word {
        _ if word.eq_ignore_ascii_case("systematic") => format!("{word} on"),
        _ if super::keyword::is_setting(word) => format!("{word} ="),
        _ => word.to_owned(),
    }
}

fn print_object(out: &mut Vec<Piece>, keyword: &str, object: &Object) {
    line(out, object.span, &format!("{keyword} {}", object.name.text));
    for take in &object.takes {
        line(out, take.span, &format!("  take {}{}", source(&take.source), filter(take.filter.as_ref())));
    }
    for statement in &object.statements {
        let text = match statement {
            ObjectStatement::Select(e) => format!("select {}", expr(e)),
            ObjectStatement::Reject(e) => format!("reject {}", expr(e)),
            ObjectStatement::Define(d) => define(d),
            ObjectStatement::Best(b) => best(b),
            ObjectStatement::Derived(d) => format!("object {} = {}", d.name.text, expr(&d.value)),
            ObjectStatement::Reserved(reserved) => setting(&reserved.keyword.text),
        };
        let place = match statement {
            ObjectStatement::Select(e) | ObjectStatement::Reject(e) => e.span,
            ObjectStatement::Define(d) | ObjectStatement::Derived(d) => d.span,
            ObjectStatement::Best(b) => b.span,
            ObjectStatement::Reserved(reserved) => reserved.span,
        };
        line(out, place, &format!("  {text}"));
    }
}

fn print_region(out: &mut Vec<Piece>, region: &Region) {
    line(out, region.span, &format!("region {}", region.name.text));
    for statement in &region.statements {
        let text = region_statement(statement);
        line(out, place_of(statement, region.span), &format!("  {text}"));
    }
}

/// A statement of a region, without indentation.
pub(super) fn region_statement(statement: &RegionStatement) -> String {
    match statement {
        RegionStatement::Take(name) => format!("take {}", name.text),
        RegionStatement::Select(e) => format!("select {}", expr(e)),
        RegionStatement::Reject(e) => format!("reject {}", expr(e)),
        RegionStatement::Define(d) => define(d),
        RegionStatement::Best(b) => best(b),
        RegionStatement::Weight(w) => {
            format!("weight {} {}{}", w.name.text, expr(&w.value), filter(w.filter.as_ref()))
        }
        RegionStatement::Bin(b) => {
            format!("bin {}{}", binned(b.label.as_ref(), expr(&b.condition)), filter(b.filter.as_ref()))
        }
        RegionStatement::Bins(b) => {
            let axes: Vec<String> = b.axes.iter().map(bin_axis).collect();
            format!("bins {}{}{}", label(b.label.as_ref()), axes.join(", "), filter(b.filter.as_ref()))
        }
        RegionStatement::Histogram(h) => histogram(h),
        RegionStatement::UseList(name) => format!("histo {}", name.text),
        RegionStatement::Blind(None, _) => "blind".to_owned(),
        RegionStatement::Blind(Some(e), _) => format!("blind {}", expr(e)),
        RegionStatement::Print(p) => {
            let values: Vec<String> = p.values.iter().map(expr).collect();
            format!("print {}", values.join(", "))
        }
        RegionStatement::Save(s) => save(s),
        RegionStatement::Counts(c) => {
            let values: Vec<String> = c.values.iter().map(count).collect();
            format!("counts {} {}", c.format.text, values.join(", "))
        }
        RegionStatement::Legacy(LegacyStatement::Parents(names)) => {
            names.iter().map(|n| n.text.as_str()).collect::<Vec<_>>().join(" ")
        }
        RegionStatement::Legacy(LegacyStatement::Edges(b, edges)) => {
            let condition = super::print_expr::limit(&b.condition);
            format!("bin {} {}", binned(b.label.as_ref(), condition), numbers(edges))
        }
        RegionStatement::Legacy(LegacyStatement::Sort { key, descending, .. }) => {
            format!("sort {} {}", expr(key), if *descending { "descend" } else { "ascend" })
        }
        RegionStatement::Reserved(reserved) => reserved.keyword.text.clone(),
    }
}

fn print_histo_list(out: &mut Vec<Piece>, list: &HistoList) {
    line(out, list.span, &format!("histoList {}", list.name.text));
    for h in &list.histograms {
        line(out, h.span, &format!("  {}", histogram(h)));
    }
    match &list.regions {
        None => {}
        Some(ListRegions::All(span)) => line(out, *span, "  in all"),
        Some(ListRegions::Named(names)) => {
            let place = names.first().map_or(list.span, |n| n.span);
            let names: Vec<&str> = names.iter().map(|n| n.text.as_str()).collect();
            line(out, place, &format!("  in {}", names.join(", ")));
        }
    }
}

fn print_counts_format(out: &mut Vec<Piece>, format: &CountsFormat) {
    line(out, format.span, &format!("countsformat {}", format.name.text));
    for process in &format.processes {
        let mut text = format!("  process {}, \"{}\"", process.name.text, process.title);
        for uncertainty in &process.uncertainties {
            text.push_str(match uncertainty {
                Uncertainty::Stat => ", stat",
                Uncertainty::Syst => ", syst",
            });
        }
        line(out, process.span, &text);
    }
}

fn save(s: &Save) -> String {
    let format = match s.format {
        None => "",
        Some((SaveFormat::Csv, _)) => " csv",
        Some((SaveFormat::Parquet, _)) => " parquet",
        Some((SaveFormat::Root, _)) => " root",
        Some((SaveFormat::Ntuple, _)) => " rntuple",
    };
    let column = |c: &SaveColumn| match &c.name {
        Some(name) => format!("{} = {}", name.text, expr(&c.value)),
        None => expr(&c.value),
    };
    let columns: Vec<String> = s.columns.iter().map(column).collect();
    format!("save {}{format} {}", s.name.text, columns.join(", ")).trim_end().to_owned()
}

fn count(c: &Count) -> String {
    let mut text = number(c.value);
    for (up, down) in &c.errors {
        // Writing into a string does not fail.
        _ = if up.value == down.value {
            write!(text, " +- {}", number(*up))
        } else {
            write!(text, " + {} - {}", number(*up), number(*down))
        };
    }
    text
}

fn print_table(out: &mut Vec<Piece>, table: &Table) {
    line(out, table.span, &format!("table {}", table.name.text));
    if let Some(word) = &table.tabletype {
        line(out, word.span, &format!("  tabletype {}", word.text));
    }
    if let Some(n) = &table.nvars {
        line(out, n.span, &format!("  nvars {}", number(*n)));
    }
    if let Some((errors, at)) = &table.errors {
        line(out, *at, &format!("  errors {errors}"));
    }
    match &table.outside {
        None => {}
        Some((Outside::Error, span)) => line(out, *span, "  outside error"),
        Some((Outside::Clamp, span)) => line(out, *span, "  outside clamp"),
        Some((Outside::Value(v), span)) => {
            line(out, *span, &format!("  outside {}", number(Number { value: *v, span: *span })));
        }
    }
    for row in &table.rows {
        line(out, row.first().map_or(table.span, |n| n.span), &format!("  {}", numbers(row)));
    }
    for reserved in &table.reserved {
        line(out, reserved.span, &format!("  {}", reserved.keyword.text));
    }
}

fn print_schema(out: &mut Vec<Piece>, schema: &Schema) {
    line(out, schema.span, &format!("schema {}", schema.name.text));
    for statement in &schema.statements {
        let text = match statement {
            SchemaStatement::Tree(names) => format!("tree {}", columns(names)),
            SchemaStatement::Detect { with, without } if without.is_empty() => {
                format!("detect {}", columns(with))
            }
            SchemaStatement::Detect { with, without } => {
                format!("detect {} without {}", columns(with), columns(without))
            }
            SchemaStatement::Event { columns: names, sections } => {
                let sections = sections.as_ref().map_or(String::new(), |s| format!(" sections {}", column(s)));
                format!("event {}{sections}", columns(names))
            }
            SchemaStatement::Collection { name, size, attribute } => {
                let size = size.as_ref().map_or(String::new(), |s| format!(" size {}", column(s)));
                format!("collection {}{size} attribute {}", column(name), column(attribute))
            }
            SchemaStatement::Particle { names, with } => {
                let constants: Vec<String> = with.iter().map(|(n, e)| format!("{} = {}", n.text, expr(e))).collect();
                let with = if constants.is_empty() { "" } else { " with " };
                format!("particle {}{with}{}", columns(names), constants.join(", "))
            }
            SchemaStatement::Single(names) => format!("single {}", columns(names)),
            SchemaStatement::Transverse(names) => format!("transverse {}", columns(names)),
            SchemaStatement::Alias(pairs) => {
                let pairs: Vec<String> = pairs.iter().map(|(n, o)| format!("{} = {}", column(n), column(o))).collect();
                format!("alias {}", pairs.join(", "))
            }
            SchemaStatement::Simulation(names) => format!("simulation {}", columns(names)),
            SchemaStatement::Unit { unit, of } => format!("unit {} {}", unit.text, columns(of)),
            SchemaStatement::Columns { stored, names } => format!("columns {} {}", stored.text, columns(names)),
            SchemaStatement::Optional(o) => optional(o),
            SchemaStatement::Metadata(m) => metadata(m),
            SchemaStatement::Link(link) => self::link(link),
            SchemaStatement::Reserved(reserved) => reserved.keyword.text.clone(),
        };
        line(out, schema.span, &format!("  {text}"));
    }
}

fn optional(o: &Optional) -> String {
    let value = match o.value {
        Literal::Bool(value) => value.to_string(),
        Literal::Int(value) => value.to_string(),
        Literal::Real(value) => format!("{value:?}"),
    };
    format!("optional {} = {value}", column(&o.name))
}

fn metadata(m: &Metadata) -> String {
    let word =
        |word: &str, name: &Option<Name>| name.as_ref().map_or(String::new(), |n| format!(" {word} {}", column(n)));
    let place = match &m.place {
        MetadataPlace::Bin { histogram, bin } => format!(" histogram {} bin {bin}", column(histogram)),
        MetadataPlace::Column { tree, columns: of, times, texts, largest } => {
            let quoted = |n: &Name| format!("\"{}\"", n.text);
            let quoted = |names: &[Name]| names.iter().map(quoted).collect::<Vec<String>>().join(", ");
            let texts = texts.iter().map(|(name, texts)| format!("{} in {}", column(name), quoted(texts)));
            let texts = texts.collect::<Vec<String>>().join(" and ");
            let filter = if texts.is_empty() { String::new() } else { format!(" where {texts}") };
            let (tree, times, largest) = (word("tree", tree), word("times", times), word("largest", largest));
            format!("{tree} column {}{times}{filter}{largest}", columns(of))
        }
    };
    format!("metadata {}{place}", m.name.text)
}

fn link(link: &Link) -> String {
    let joined = |a: &Name, b: &Name| column(&Name { text: format!("{}.{}", a.text, b.text), span: a.span });
    let by = match &link.by {
        LinkBy::Columns(names) => format!("by {}", columns(names)),
        LinkBy::Inverse(name) => format!("inverse {}", column(name)),
        LinkBy::Reference { numbers, known_by } => {
            format!("by reference {} to {}", column(numbers), column(known_by))
        }
        LinkBy::Range { first, last, inclusive, via } => {
            let word = if *inclusive { "through" } else { "until" };
            let via = via.as_ref().map_or(String::new(), |(of, index)| format!(" via {}", joined(of, index)));
            format!("from {} {word} {}{via}", column(first), column(last))
        }
    };
    let word = if link.many { "links" } else { "link" };
    format!("{word} {} to {} {by}", joined(&link.of, &link.name), columns(&link.to))
}

fn define(d: &Define) -> String {
    let names: Vec<&str> = d.parameters.iter().map(|p| p.text.as_str()).collect();
    let parameters = if names.is_empty() { String::new() } else { format!("({})", names.join(", ")) };
    format!("define {}{parameters} = {}", d.name.text, expr(&d.value))
}

fn best(b: &Best) -> String {
    let keys: Vec<String> = b.keys.iter().map(expr).collect();
    format!("best {} by {} from {}{}", b.name.text, keys.join(", "), source(&b.from), filter(b.filter.as_ref()))
}

fn source(from: &Source) -> String {
    match from {
        Source::Collection { of, alias: None } => super::print_expr::operand(of),
        Source::Collection { of, alias: Some(alias) } => format!("{} {}", super::print_expr::operand(of), alias.text),
        Source::Combination { kind, members, .. } => {
            let word = match kind {
                Combinator::Disjoint => "disjoint",
                Combinator::Cartesian => "cartesian",
            };
            let members: Vec<String> =
                members.iter().map(|m| format!("{} {}", super::print_expr::operand(&m.of), m.name.text)).collect();
            format!("{word}({})", members.join(", "))
        }
        Source::Comb { members, alias, .. } => {
            let members: Vec<String> = members.iter().map(expr).collect();
            let alias = alias.as_ref().map_or(String::new(), |a| format!(" alias {}", a.text));
            format!("comb({}){alias}", members.join(" "))
        }
    }
}

fn histogram(h: &Histogram) -> String {
    let word = match h.kind {
        HistogramKind::Histo => "histo",
        HistogramKind::Profile => "profile",
    };
    let mut text = format!("{word} {}, \"{}\"", h.name.text, h.title);
    for axis in &h.axes {
        // Writing into a string does not fail.
        _ = match axis {
            Axis::Regular { bins, low, high } => {
                write!(text, ", {}, {}, {}", number(*bins), number(*low), number(*high))
            }
            Axis::Edges(edges) => write!(text, ", {}", numbers(edges)),
        };
    }
    for value in &h.values {
        text.push_str(", ");
        text.push_str(&expr(value));
    }
    if let Some(w) = &h.weighted {
        text.push_str(" weighted ");
        text.push_str(&expr(w));
    }
    text.push_str(&filter(h.filter.as_ref()));
    if h.per_bin {
        text.push_str(" per bin");
    }
    text
}

fn bin_axis(axis: &BinAxis) -> String {
    let mut text = super::print_expr::limit(&axis.value);
    if !axis.edges.is_empty() {
        text.push(' ');
        text.push_str(&numbers(&axis.edges));
    }
    if axis.underflow {
        text.push_str(" underflow");
    }
    if axis.overflow {
        text.push_str(" overflow");
    }
    text
}

fn filter(condition: Option<&Expr>) -> String {
    condition.map_or(String::new(), |e| format!(" where {}", expr(e)))
}

fn label(text: Option<&String>) -> String {
    text.map_or(String::new(), |t| format!("\"{t}\" "))
}

/// A bin's label and condition. A string that begins a condition is no label.
fn binned(text: Option<&String>, condition: String) -> String {
    match text {
        None if condition.starts_with('"') => format!("({condition})"),
        None => condition,
        Some(_) => label(text) + &condition,
    }
}

fn number(n: Number) -> String {
    let text = format!("{:?}", n.value);
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

fn numbers(list: &[Number]) -> String {
    let list: Vec<String> = list.iter().map(|n| number(*n)).collect();
    list.join(" ")
}

fn columns(names: &[Name]) -> String {
    let names: Vec<String> = names.iter().map(column).collect();
    names.join(", ")
}

fn column(name: &Name) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_*./:-".contains(&b);
    if !name.text.is_empty() && name.text.bytes().all(plain) { name.text.clone() } else { format!("\"{}\"", name.text) }
}

fn line(out: &mut Vec<Piece>, span: Span, text: &str) {
    out.push(Piece { span, text: text.to_owned() });
}

/// A place inside a statement of a region.
fn place_of(statement: &RegionStatement, region: Span) -> Span {
    match statement {
        RegionStatement::Take(name) | RegionStatement::UseList(name) => name.span,
        RegionStatement::Select(e) | RegionStatement::Reject(e) => e.span,
        RegionStatement::Define(d) => d.span,
        RegionStatement::Best(b) => b.span,
        RegionStatement::Weight(w) => w.span,
        RegionStatement::Bin(b) => b.span,
        RegionStatement::Bins(b) => b.span,
        RegionStatement::Histogram(h) => h.span,
        RegionStatement::Blind(_, span) => *span,
        RegionStatement::Print(p) => p.span,
        RegionStatement::Save(s) => s.span,
        RegionStatement::Counts(c) => c.span,
        RegionStatement::Legacy(LegacyStatement::Parents(names)) => names.first().map_or(region, |n| n.span),
        RegionStatement::Legacy(LegacyStatement::Edges(bin, _)) => bin.span,
        RegionStatement::Legacy(LegacyStatement::Sort { span, .. }) => *span,
        RegionStatement::Reserved(reserved) => reserved.span,
    }
}
