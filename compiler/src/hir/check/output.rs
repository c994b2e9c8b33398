//! `print` and `save`: which values of the events that come to a region's statement are kept. `counts` as well: the
//! published numbers of a region's row or bin.

use adl_runtime::rows::Format;

use super::super::{Region, RegionStep, Save, SaveColumn, error};
use super::{Checker, Scope};
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
        };
        if let (Format::Csv, [], Some((_, span))) = (format, columns.as_slice(), s.format) {
            self.report(error::csv_without_columns(&s.name.text, span));
            return;
        }
        if columns.is_empty() {
            self.report(error::reserved("save", s.span).help("until then: save NAME with columns"));
            return;
        }
        if let (Format::Root, Some((_, span))) = (format, s.format) {
            self.report(error::reserved("root", span).help("until then: save NAME parquet, or csv with columns"));
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
}
