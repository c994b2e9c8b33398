//! `print` and `save`: which values of the events that come to a region's statement are kept. `counts` as well: the
//! published numbers of a region's row or bin.

use adl_runtime::rows::Format;

use super::super::{
    BinAxis, Counts, CountsFormat, CountsOf, FormatId, Process, Region, RegionStep, Save, SaveColumn, Ty, error,
};
use super::{Checker, Scope};
use crate::source::Span;
use crate::syntax::ast;

impl<'a> Checker<'a> {
    /// `print E, ...`
    pub(super) fn print(&mut self, p: &'a ast::Print, region: &mut Region, scope: &Scope<'a>) {
        let mut columns = Vec::new();
        for value in &p.values {
            // A text labels what follows it.
            let is_label = matches!(value.kind, ast::ExprKind::Text(_));
            let name = if is_label { String::new() } else { self.text(value.span) };
            columns.extend(self.save_column(name, value, scope));
        }
        if columns.len() == p.values.len() {
            let save = Save { name: String::new(), format: Format::Print, columns, span: p.span };
            region.steps.push(RegionStep::Save(save));
        }
    }

    /// `save NAME [format] [columns]`
    pub(super) fn save(&mut self, s: &'a ast::Save, region: &mut Region, scope: &Scope<'a>) {
        let mut columns: Vec<SaveColumn> = Vec::new();
        for column in &s.columns {
            let name = column.name.as_ref().map_or_else(|| self.text(column.value.span), |n| n.text.clone());
            let place = column.name.as_ref().map_or(column.value.span, |n| n.span);
            if let Some(first) = columns.iter().find(|c| c.name == name) {
                let message = error::duplicate("column", &name, place, first.span);
                self.report(message.help(format!("give one of them another name: {name}2 = ...")));
                return;
            }
            let Some(mut checked) = self.save_column(name, &column.value, scope) else { return };
            checked.span = place;
            columns.push(checked);
        }
        let format = match s.format.map(|f| f.0) {
            Some(ast::SaveFormat::Csv) => Format::Csv,
            Some(ast::SaveFormat::Parquet) | None => Format::Parquet,
            Some(ast::SaveFormat::Root) => Format::Root,
            Some(ast::SaveFormat::Ntuple) => Format::Ntuple,
        };
        if let (Format::Csv, [], Some((_, span))) = (format, columns.as_slice(), s.format) {
            self.report(error::csv_without_columns(&s.name.text, span));
            return;
        }
        let in_root = matches!(format, Format::Root | Format::Ntuple);
        let text = columns.iter().find(|c| in_root && self.ty(c.value) == Ty::Text);
        if let Some(column) = text {
            self.report(error::text_in_tree(column.span));
            return;
        }
        let same = region.steps.iter().find_map(|step| match step {
            RegionStep::Save(other) if other.name == s.name.text && other.format != Format::Print => Some(other.span),
            _ => None,
        });
        if let Some(first) = same {
            self.report(error::duplicate("file", &s.name.text, s.name.span, first));
            return;
        }
        region.steps.push(RegionStep::Save(Save { name: s.name.text.clone(), format, columns, span: s.span }));
    }

    /// One value per event, or a list of values: one per element of the one collection it is about.
    fn save_column(&mut self, name: String, value: &'a ast::Expr, scope: &Scope<'a>) -> Option<SaveColumn> {
        let (id, axes) = self.framed(|c| {
            let meaning = c.expr(value, scope)?;
            c.scalar(meaning, value.span)
        });
        self.lost(id.is_none(), value.span);
        let id = id?;
        if let [(_, a, _), (_, b, _), ..] = axes.as_slice() {
            let (a, b) = (self.analysis.class(*a).name.clone(), self.analysis.class(*b).name.clone());
            self.report(error::two_axes(&a, &b, value.span));
            return None;
        }
        Some(SaveColumn { name, value: id, over: axes.first().map(|(c, _, v)| (*v, *c)), span: value.span })
    }

    /// A `countsformat` block.
    pub(super) fn counts_format(&mut self, block: &'a ast::CountsFormat) {
        if let Some(first) = self.analysis.formats.iter().find(|f| f.name == block.name.text) {
            let message = error::duplicate("countsformat", &block.name.text, block.name.span, first.span);
            return self.report(message);
        }
        let mut processes: Vec<Process> = Vec::new();
        for (number, process) in block.processes.iter().enumerate() {
            let name = &process.name;
            let same = block.processes.iter().take(number).find(|p| p.name.text == name.text);
            if let Some(first) = same {
                self.report(error::duplicate("process", &name.text, name.span, first.name.span));
            }
            let word = |u: &ast::Uncertainty| match u {
                ast::Uncertainty::Stat => "stat",
                ast::Uncertainty::Syst => "syst",
            };
            let uncertainties = process.uncertainties.iter().map(word).collect();
            processes.push(Process { name: name.text.clone(), title: process.title.clone(), uncertainties });
        }
        let format = CountsFormat { name: block.name.text.clone(), processes, span: block.name.span };
        self.analysis.formats.push(format);
    }

    /// `counts NAME v +- s, ...`, for the row or bin of the statement before.
    pub(super) fn counts(&mut self, c: &'a ast::Counts, before: CountsOf, region: &mut Region) {
        let Some(number) = self.analysis.formats.iter().position(|f| f.name == c.format.text) else {
            let near = error::nearest(&c.format.text, self.analysis.formats.iter().map(|f| f.name.as_str()));
            return self.report(error::no_such("countsformat", &c.format.text, c.format.span, near));
        };
        let format = &self.analysis.formats[number];
        if let Some(message) = misshapen(c, format) {
            return self.report(message);
        }
        let id = FormatId(number as u32);
        // One line after another after `bins`: one for each of its bins.
        let same = |place: CountsOf| region.counts.iter().any(|k| k.format == id && k.of == place);
        let place = match before {
            CountsOf::Bin { bins, .. } => {
                let all = region.bins.get(bins).map_or(0, |b| b.axes.iter().map(BinAxis::bins).product());
                (0..all).map(|number| CountsOf::Bin { bins, number }).find(|place| !same(*place))
            }
            of => Some(of).filter(|of| !same(*of)),
        };
        let Some(of) = place else {
            let title = format!("counts `{}` for the same row or bin again", c.format.text);
            return self.report(error::counts_place(title, c.span));
        };
        let value =
            |v: &ast::Count| (v.value.value, v.errors.iter().map(|(up, down)| (up.value, down.value)).collect());
        region.counts.push(Counts { format: id, of, values: c.values.iter().map(value).collect(), span: c.span });
    }

    /// What counts after a statement would be counts of, where that is another thing than before.
    pub(super) fn counted(statement: &ast::RegionStatement, region: &Region) -> Option<CountsOf> {
        let row = |span: Span| Some(CountsOf::Row(span));
        match statement {
            ast::RegionStatement::Select(e) | ast::RegionStatement::Reject(e) => row(e.span),
            ast::RegionStatement::Weight(w) => row(w.span),
            ast::RegionStatement::Take(_) => region.steps.iter().rev().find_map(|step| match step {
                RegionStep::Cut { span, .. } | RegionStep::Weight { span, .. } => row(*span),
                RegionStep::Fill(_) | RegionStep::Save(_) => None,
            }),
            ast::RegionStatement::Bin(_) | ast::RegionStatement::Bins(_) => {
                region.bins.len().checked_sub(1).map(|bins| CountsOf::Bin { bins, number: 0 })
            }
            _ => None,
        }
    }
}

/// What does not fit the processes.
fn misshapen(c: &ast::Counts, format: &CountsFormat) -> Option<crate::error::Message> {
    let (wanted, given) = (format.processes.len(), c.values.len());
    if wanted != given {
        let title = format!("`{}` has {}, but {}", format.name, number_of(wanted, "process"), given_of(given, "count"));
        return Some(error::counts_shape(title, c.span, given_of(given, "count"), format.span));
    }
    for (value, process) in c.values.iter().zip(&format.processes) {
        let (wanted, given) = (process.uncertainties.len(), value.errors.len());
        if wanted != given {
            let has = match process.uncertainties.as_slice() {
                [] => "has no uncertainty".to_owned(),
                words => format!("has {} ({})", number_of(wanted, "uncertainty"), words.join(", ")),
            };
            let title = format!("`{}` {has}, but {}", process.name, given_of(given, "uncertainty"));
            return Some(error::counts_shape(title, value.span, given_of(given, "uncertainty"), format.span));
        }
    }
    None
}

fn number_of(count: usize, thing: &str) -> String {
    let several = match thing {
        "process" => "processes".to_owned(),
        "uncertainty" => "uncertainties".to_owned(),
        thing => format!("{thing}s"),
    };
    format!("{count} {}", if count == 1 { thing } else { &several })
}

fn given_of(count: usize, thing: &str) -> String {
    format!("{} {} given", number_of(count, thing), if count == 1 { "is" } else { "are" })
}
