//! From the parts of a statement to its AST: file, object and region statements. Tables and schemas are in `data`.

use super::ast::{
    Best, Bin, BinAxis, Binding, Bins, Combinator, Define, Edition, EditionLine, Expr, ExprKind, Include, Name, Number,
    Source, Take, Weight,
};
use super::error;
use super::expression::{Builder, text_of};
use super::grammar::Rule;
use super::keyword;
use crate::error::Message;
use crate::source::Span;
use pest::iterators::{Pair, Pairs};

pub(super) type Built<T> = Result<T, Message>;

/// The parts that mean something: without keywords, punctuation and the end of the text.
pub(super) fn meaningful(parts: Pairs<'_, Rule>) -> Vec<Pair<'_, Rule>> {
    parts.filter(|p| !is_word(p.as_rule())).collect()
}

/// The inner part of `weighted E` and `where E`.
pub(super) fn clause(builder: Builder, pair: Pair<'_, Rule>) -> Built<Expr> {
    let span = builder.span_of(&pair);
    match pair.into_inner().last() {
        Some(expr) => builder.expr(expr),
        None => Err(error::internal(span)),
    }
}

impl Builder {
    /// A name that is defined here; a keyword cannot be one.
    pub(super) fn new_name(self, pair: &Pair<'_, Rule>) -> Built<Name> {
        let name = self.name(pair);
        if keyword::is_reserved(&name.text) { Err(error::keyword_as_name(&name)) } else { Ok(name) }
    }

    /// The name of a block, `info analysis`.
    pub(super) fn header(self, parts: Pairs<'_, Rule>, span: Span) -> Built<Name> {
        let name = meaningful(parts).into_iter().next().ok_or_else(|| error::internal(span))?;
        Ok(self.name(&name))
    }

    /// The name of a block that defines a value, `object jets`.
    pub(super) fn new_header(self, parts: Pairs<'_, Rule>, span: Span) -> Built<Name> {
        let name = meaningful(parts).into_iter().next().ok_or_else(|| error::internal(span))?;
        self.new_name(&name)
    }

    pub(super) fn edition(self, parts: Pairs<'_, Rule>, span: Span) -> Built<EditionLine> {
        let word = meaningful(parts).into_iter().next().ok_or_else(|| error::internal(span))?;
        match word.as_str() {
            "2026" => Ok(EditionLine { edition: Edition::E2026, span }),
            text if text.eq_ignore_ascii_case("legacy") => Ok(EditionLine { edition: Edition::Legacy, span }),
            text => Err(error::unknown_edition(text, self.span_of(&word))),
        }
    }

    pub(super) fn include(self, parts: Pairs<'_, Rule>, span: Span) -> Built<Include> {
        let path = meaningful(parts).into_iter().next().ok_or_else(|| error::internal(span))?;
        Ok(Include { path: text_of(&path), span: self.span_of(&path) })
    }

    pub(super) fn define(self, parts: Pairs<'_, Rule>, span: Span) -> Built<Define> {
        let (mut name, mut parameters, mut value) = (None, Vec::new(), None);
        for part in meaningful(parts) {
            match part.as_rule() {
                Rule::name => name = Some(self.new_name(&part)?),
                Rule::parameters => {
                    for parameter in meaningful(part.into_inner()) {
                        parameters.push(self.new_name(&parameter)?);
                    }
                }
                Rule::intrinsic => {
                    value = Some(Expr { kind: ExprKind::Intrinsic, span: self.span_of(&part) });
                }
                _ => value = Some(self.expr(part)?),
            }
        }
        match (name, value) {
            (Some(name), Some(value)) => Ok(Define { name, parameters, value, span }),
            _ => Err(error::internal(span)),
        }
    }

    pub(super) fn best(self, parts: Pairs<'_, Rule>, span: Span) -> Built<Best> {
        let (mut name, mut keys, mut from, mut filter) = (None, Vec::new(), None, None);
        for part in meaningful(parts) {
            match part.as_rule() {
                Rule::name => name = Some(self.new_name(&part)?),
                Rule::keys => {
                    for key in meaningful(part.into_inner()) {
                        keys.push(self.expr(key)?);
                    }
                }
                Rule::source => from = Some(self.source(part)?),
                _ => filter = Some(clause(self, part)?),
            }
        }
        match (name, from) {
            (Some(name), Some(from)) => Ok(Best { name, keys, from, filter, span }),
            _ => Err(error::internal(span)),
        }
    }

    /// The source in the header of a legacy block, `object jets : JET`.
    pub(super) fn inline_take(self, parts: Pairs<'_, Rule>, span: Span) -> Built<Option<Take>> {
        let source = parts.into_iter().find(|p| p.as_rule() == Rule::legacy_source);
        let source = source.map(|pair| self.source(pair)).transpose()?;
        Ok(source.map(|source| Take { source, filter: None, span }))
    }

    pub(super) fn take(self, parts: Pairs<'_, Rule>, span: Span) -> Built<Take> {
        let (mut source, mut filter) = (None, None);
        for part in meaningful(parts) {
            match part.as_rule() {
                Rule::source | Rule::legacy_source => source = Some(self.source(part)?),
                _ => filter = Some(clause(self, part)?),
            }
        }
        let source = source.ok_or_else(|| error::internal(span))?;
        Ok(Take { source, filter, span })
    }

    fn source(self, pair: Pair<'_, Rule>) -> Built<Source> {
        let span = self.span_of(&pair);
        let (mut of, mut names) = (None, Vec::new());
        for part in meaningful(pair.into_inner()) {
            match part.as_rule() {
                Rule::combination => return self.combination(part),
                Rule::legacy_comb => return self.comb(part),
                Rule::alias_word => {}
                Rule::name => names.push(self.new_name(&part)?),
                _ => of = Some(self.expr(part)?),
            }
        }
        let of = of.ok_or_else(|| error::internal(span))?;
        if names.len() > 1 {
            let members = names.into_iter().map(|name| Binding { of: of.clone(), name }).collect();
            return Ok(Source::Combination { kind: Combinator::Disjoint, members, span });
        }
        Ok(Source::Collection { of, alias: names.pop() })
    }

    fn combination(self, pair: Pair<'_, Rule>) -> Built<Source> {
        let span = self.span_of(&pair);
        let mut kind = Combinator::Disjoint;
        let mut members = Vec::new();
        for part in meaningful(pair.into_inner()) {
            if part.as_rule() == Rule::combinator {
                let cartesian = part.into_inner().any(|p| p.as_rule() == Rule::cartesian_word);
                kind = if cartesian { Combinator::Cartesian } else { Combinator::Disjoint };
                continue;
            }
            let mut binding = part.into_inner();
            let (Some(of), Some(name)) = (binding.next(), binding.next()) else {
                return Err(error::internal(span));
            };
            members.push(Binding { of: self.expr(of)?, name: self.new_name(&name)? });
        }
        Ok(Source::Combination { kind, members, span })
    }

    /// `select E`, `reject E`.
    pub(super) fn cut(self, parts: Pairs<'_, Rule>, span: Span) -> Built<Expr> {
        match meaningful(parts).into_iter().next() {
            Some(expr) => self.expr(expr),
            None => Err(error::internal(span)),
        }
    }

    pub(super) fn blind(self, parts: Pairs<'_, Rule>) -> Built<Option<Expr>> {
        meaningful(parts).into_iter().next().map(|expr| self.expr(expr)).transpose()
    }

    pub(super) fn weight(self, parts: Pairs<'_, Rule>, span: Span) -> Built<Weight> {
        let (mut name, mut value, mut filter) = (None, None, None);
        for part in meaningful(parts) {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::filter => filter = Some(clause(self, part)?),
                _ => value = Some(self.expr(part)?),
            }
        }
        match (name, value) {
            (Some(name), Some(value)) => Ok(Weight { name, value, filter, span }),
            _ => Err(error::internal(span)),
        }
    }

    pub(super) fn bin(self, parts: Pairs<'_, Rule>, span: Span) -> Built<Bin> {
        let (mut label, mut condition, mut filter) = (None, None, None);
        for part in meaningful(parts) {
            match part.as_rule() {
                Rule::string => label = Some(text_of(&part)),
                Rule::filter => filter = Some(clause(self, part)?),
                _ => condition = Some(self.expr(part)?),
            }
        }
        let condition = condition.ok_or_else(|| error::internal(span))?;
        Ok(Bin { label, condition, filter, span })
    }

    pub(super) fn bins(self, parts: Pairs<'_, Rule>, span: Span) -> Built<Bins> {
        let (mut label, mut axes, mut filter) = (None, Vec::new(), None);
        for part in meaningful(parts) {
            match part.as_rule() {
                Rule::string => label = Some(text_of(&part)),
                Rule::filter => filter = Some(clause(self, part)?),
                _ => axes.push(self.bin_axis(part)?),
            }
        }
        Ok(Bins { label, axes, filter, span })
    }

    fn bin_axis(self, pair: Pair<'_, Rule>) -> Built<BinAxis> {
        let span = self.span_of(&pair);
        let (mut value, mut edges): (_, Vec<Number>) = (None, Vec::new());
        let (mut underflow, mut overflow) = (false, false);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::signed => edges.push(self.number(&part)?),
                Rule::underflow_word => underflow = true,
                Rule::overflow_word => overflow = true,
                _ => value = Some(self.expr(part)?),
            }
        }
        let value = value.ok_or_else(|| error::internal(span))?;
        Ok(BinAxis { value, edges, underflow, overflow, span })
    }
}

/// True for what carries nothing that the AST keeps.
fn is_word(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::EOI
            | Rule::comma
            | Rule::close
            | Rule::assign
            | Rule::adl_word
            | Rule::info_word
            | Rule::include_word
            | Rule::define_word
            | Rule::best_word
            | Rule::by_word
            | Rule::from_word
            | Rule::object_word
            | Rule::composite_word
            | Rule::take_word
            | Rule::select_word
            | Rule::reject_word
            | Rule::region_word
            | Rule::weight_word
            | Rule::bin_word
            | Rule::bins_word
            | Rule::histo_word
            | Rule::profile_word
            | Rule::blind_word
            | Rule::save_word
            | Rule::counts_word
            | Rule::counts_format_word
            | Rule::process_word
            | Rule::histo_list_word
            | Rule::in_word
            | Rule::table_word
            | Rule::nvars_word
            | Rule::errors_word
            | Rule::outside_word
            | Rule::table_type_word
            | Rule::schema_word
            | Rule::tree_word
            | Rule::detect_word
            | Rule::event_word
            | Rule::collection_word
            | Rule::size_word
            | Rule::attribute_word
            | Rule::particle_word
            | Rule::with_word
            | Rule::single_word
            | Rule::transverse_word
            | Rule::alias_word
            | Rule::simulation_word
            | Rule::unit_word
            | Rule::columns_word
            | Rule::link_word
            | Rule::to_word
            | Rule::set_word
            | Rule::trigger_word
            | Rule::print_word
            | Rule::sort_word
            | Rule::comb_word
    )
}
