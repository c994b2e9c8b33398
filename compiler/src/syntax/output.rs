//! `print`, `save` and `counts`: from their parts to the AST, with the processes of a `countsformat`.

use super::ast::{Count, Counts, Print, Process, Save, SaveColumn, SaveFormat, Uncertainty};
use super::error;
use super::expression::{Builder, text_of};
use super::grammar::Rule;
use super::statement::{Built, meaningful};
use crate::source::Span;
use pest::iterators::{Pair, Pairs};

impl Builder {
    /// `print E , ...`
    pub(super) fn print(self, parts: Pairs<'_, Rule>, span: Span) -> Built<Print> {
        let values = meaningful(parts).into_iter().map(|part| self.expr(part)).collect::<Built<_>>()?;
        Ok(Print { values, span })
    }

    /// `save NAME [format] [column , ...]`
    pub(super) fn save(self, parts: Pairs<'_, Rule>, span: Span) -> Built<Save> {
        let (mut name, mut format, mut columns) = (None, None, Vec::new());
        for part in meaningful(parts) {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::format => {
                    let place = self.span_of(&part);
                    format = part.into_inner().next().map(|word| match word.as_rule() {
                        Rule::csv_word => (SaveFormat::Csv, place),
                        Rule::root_word => (SaveFormat::Root, place),
                        Rule::rntuple_word => (SaveFormat::Ntuple, place),
                        _ => (SaveFormat::Parquet, place),
                    });
                }
                _ => columns.push(self.save_column(part)?),
            }
        }
        let name = name.ok_or_else(|| error::internal(span))?;
        Ok(Save { name, format, columns, span })
    }

    fn save_column(self, pair: Pair<'_, Rule>) -> Built<SaveColumn> {
        let span = self.span_of(&pair);
        let (mut name, mut value) = (None, None);
        for part in meaningful(pair.into_inner()) {
            match part.as_rule() {
                Rule::argument_name => name = part.into_inner().next().map(|n| self.name(&n)),
                _ => value = Some(self.expr(part)?),
            }
        }
        let value = value.ok_or_else(|| error::internal(span))?;
        Ok(SaveColumn { name, value })
    }

    /// `counts NAME COUNT , ...`
    pub(super) fn counts(self, parts: Pairs<'_, Rule>, span: Span) -> Built<Counts> {
        let (mut format, mut values) = (None, Vec::new());
        for part in meaningful(parts) {
            match part.as_rule() {
                Rule::name => format = Some(self.name(&part)),
                _ => values.push(self.count(part)?),
            }
        }
        let format = format.ok_or_else(|| error::internal(span))?;
        Ok(Counts { format, values, span })
    }

    fn count(self, pair: Pair<'_, Rule>) -> Built<Count> {
        let span = self.span_of(&pair);
        let (mut value, mut errors) = (None, Vec::new());
        for part in pair.into_inner() {
            if part.as_rule() == Rule::signed {
                value = Some(self.number(&part)?);
                continue;
            }
            let sizes = part.into_inner().map(|size| self.number(&size)).collect::<Built<Vec<_>>>()?;
            if let [stat_up, syst_up, stat_down, syst_down] = sizes.as_slice() {
                errors.push((*stat_up, *stat_down));
                errors.push((*syst_up, *syst_down));
            } else if let (Some(up), Some(down)) = (sizes.first(), sizes.last()) {
                errors.push((*up, *down));
            }
        }
        let value = value.ok_or_else(|| error::internal(span))?;
        Ok(Count { value, errors, span })
    }

    /// `process ID, "title", stat, syst`
    pub(super) fn process(self, parts: Pairs<'_, Rule>, span: Span) -> Built<Process> {
        let (mut name, mut title, mut uncertainties) = (None, String::new(), Vec::new());
        for part in meaningful(parts) {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::string => title = text_of(&part),
                Rule::stat_word => uncertainties.push(Uncertainty::Stat),
                _ => uncertainties.push(Uncertainty::Syst),
            }
        }
        let name = name.ok_or_else(|| error::internal(span))?;
        Ok(Process { name, title, uncertainties, span })
    }
}
