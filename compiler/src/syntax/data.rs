//! From the lines of `table` and `schema` blocks to their AST.

use super::ast::{
    Link, LinkBy, Literal, Metadata, MetadataPlace, Name, Number, Optional, Outside, SchemaStatement, Table,
};
use super::error;
use super::expression::{Builder, text_of};
use super::grammar::Rule;
use super::keyword::Keyword;
use super::statement::{Built, meaningful};
use crate::source::Span;
use pest::iterators::{Pair, Pairs};

impl Builder {
    /// Adds a line to a table; a setting may stand only once.
    pub(super) fn table_line(self, table: &mut Table, key: Keyword, parts: Pairs<'_, Rule>, span: Span) -> Built<()> {
        let parts = meaningful(parts);
        if key == Keyword::Row {
            table.rows.push(parts.iter().map(|p| self.number(p)).collect::<Built<Vec<Number>>>()?);
            return Ok(());
        }
        let Some(part) = parts.into_iter().next() else {
            return Err(error::internal(span));
        };
        let at = self.span_of(&part);
        let word = part.as_str();
        let again = match key {
            Keyword::Nvars => table.nvars.replace(self.number(&part)?).map(|n| n.span),
            Keyword::Errors => table.errors.replace((part.as_rule() == Rule::true_word, at)).map(|e| e.1),
            Keyword::TableType => table.tabletype.replace(Name { text: word.to_owned(), span: at }).map(|n| n.span),
            _ => {
                let outside = match part.as_rule() {
                    Rule::error_word => Outside::Error,
                    Rule::clamp_word => Outside::Clamp,
                    _ => Outside::Value(self.number(&part)?.value),
                };
                table.outside.replace((outside, at)).map(|o| o.1)
            }
        };
        again.map_or(Ok(()), |first| Err(error::said_twice(at, first)))
    }

    pub(super) fn schema_line(self, key: Keyword, parts: Pairs<'_, Rule>, span: Span) -> Built<SchemaStatement> {
        match key {
            Keyword::Optional => return Ok(SchemaStatement::Optional(self.optional(parts, span)?)),
            Keyword::Metadata => return Ok(SchemaStatement::Metadata(self.metadata(parts, span)?)),
            _ => {}
        }
        let mut lists: Vec<Vec<Name>> = Vec::new();
        let (mut single, mut size, mut pairs, mut constants) = (Vec::new(), None, Vec::new(), Vec::new());
        let mut after_size = false;
        let (mut many, mut by) = (false, None);
        for part in parts {
            match part.as_rule() {
                Rule::links_word => many = true,
                Rule::by | Rule::inverse | Rule::from | Rule::reference => by = Some(self.link_by(part)?),
                Rule::columns => lists.push(meaningful(part.into_inner()).iter().map(|c| self.column(c)).collect()),
                Rule::size_word => after_size = true,
                Rule::column if after_size => {
                    size = Some(self.column(&part));
                    after_size = false;
                }
                Rule::column => single.push(self.column(&part)),
                Rule::name => single.push(self.name(&part)),
                Rule::stored_as => {
                    single.push(Name { text: part.as_str().to_owned(), span: self.span_of(&part) });
                }
                Rule::synonym => {
                    let mut sides = meaningful(part.into_inner()).into_iter();
                    let (Some(new), Some(old)) = (sides.next(), sides.next()) else {
                        return Err(error::internal(span));
                    };
                    pairs.push((self.column(&new), self.column(&old)));
                }
                Rule::constant => {
                    let mut sides = meaningful(part.into_inner()).into_iter();
                    let (Some(name), Some(value)) = (sides.next(), sides.next()) else {
                        return Err(error::internal(span));
                    };
                    constants.push((self.name(&name), self.expr(value)?));
                }
                _ => {}
            }
        }
        let mut lists = lists.into_iter();
        let first = lists.next().unwrap_or_default();
        let mut single = single.into_iter();
        let statement = match (key, single.next(), single.next()) {
            (Keyword::Link, Some(name), to) => {
                let (Some((of, name)), Some(by)) = (self.of_collection(&name), by) else {
                    return Err(error::link_name(&name));
                };
                let to = if first.is_empty() { to.into_iter().collect() } else { first };
                let is_one = matches!(&by, LinkBy::Columns(names) if names.len() == 1)
                    || matches!(&by, LinkBy::Reference { .. });
                if !many && !is_one {
                    return Err(error::link_of_several(&format!("{}.{}", of.text, name.text), span));
                }
                SchemaStatement::Link(Link { many, of, name, to, by })
            }
            (Keyword::Columns, Some(stored), _) => SchemaStatement::Columns { stored, names: first },
            (Keyword::Tree, ..) => SchemaStatement::Tree(first),
            (Keyword::Detect, ..) => SchemaStatement::Detect { with: first, without: lists.next().unwrap_or_default() },
            (Keyword::Event, sections, _) => SchemaStatement::Event { columns: first, sections },
            (Keyword::Collection, Some(name), Some(attribute)) => SchemaStatement::Collection { name, size, attribute },
            (Keyword::Particle, ..) => SchemaStatement::Particle { names: first, with: constants },
            (Keyword::Single, ..) => SchemaStatement::Single(first),
            (Keyword::Transverse, ..) => SchemaStatement::Transverse(first),
            (Keyword::Alias, ..) => SchemaStatement::Alias(pairs),
            (Keyword::Simulation, ..) => SchemaStatement::Simulation(first),
            (Keyword::Unit, Some(unit), _) => SchemaStatement::Unit { unit, of: first },
            _ => return Err(error::internal(span)),
        };
        Ok(statement)
    }

    /// `optional Jet.puId = 7`
    pub(super) fn optional(self, parts: Pairs<'_, Rule>, span: Span) -> Built<Optional> {
        let (mut name, mut value) = (None, None);
        for part in parts {
            match part.as_rule() {
                Rule::column => name = Some(self.column(&part)),
                Rule::literal => value = part.into_inner().next(),
                _ => {}
            }
        }
        let (Some(name), Some(value)) = (name, value) else { return Err(error::internal(span)) };
        let at = self.span_of(&value);
        let value = match value.as_rule() {
            Rule::true_word => Literal::Bool(true),
            Rule::false_word => Literal::Bool(false),
            _ => match value.as_str().parse::<i64>() {
                Ok(whole) => Literal::Int(whole),
                Err(_) => Literal::Real(self.number(&value)?.value),
            },
        };
        Ok(Optional { name, value, at, span })
    }

    /// `metadata sumw tree Runs column genEventSumw times genEventCount`
    fn metadata(self, parts: Pairs<'_, Rule>, span: Span) -> Built<Metadata> {
        let (mut name, mut tree, mut columns, mut times) = (None, None, Vec::new(), None);
        let (mut texts, mut largest, mut histogram, mut bin) = (Vec::new(), None, None, None);
        let names = |part: Pair<'_, Rule>| -> Vec<Name> {
            meaningful(part.into_inner()).iter().map(|c| self.column(c)).collect()
        };
        let mut after = Rule::tree_word;
        for part in parts {
            match (part.as_rule(), after) {
                (Rule::name, _) => name = Some(self.name(&part)),
                (Rule::columns, _) => columns = names(part),
                (Rule::among, _) => {
                    let (mut column, mut of) = (None, Vec::new());
                    for inner in part.into_inner() {
                        match inner.as_rule() {
                            Rule::column => column = Some(self.column(&inner)),
                            Rule::columns => of = names(inner),
                            _ => {}
                        }
                    }
                    texts.extend(column.map(|column| (column, of)));
                }
                (Rule::column, Rule::times_word) => times = Some(self.column(&part)),
                (Rule::column, Rule::largest_word) => largest = Some(self.column(&part)),
                (Rule::column, Rule::histogram_word) => histogram = Some(self.column(&part)),
                (Rule::column, _) => tree = Some(self.column(&part)),
                (Rule::bin_number, _) => bin = part.as_str().parse::<usize>().ok(),
                (word @ (Rule::times_word | Rule::largest_word | Rule::histogram_word), _) => after = word,
                _ => {}
            }
        }
        let Some(name) = name else { return Err(error::internal(span)) };
        let place = match (histogram, bin) {
            (Some(histogram), Some(bin)) => MetadataPlace::Bin { histogram, bin },
            _ => MetadataPlace::Column { tree, columns, times, texts, largest },
        };
        Ok(Metadata { name, place, span })
    }

    /// How a link is found.
    fn link_by(self, part: Pair<'_, Rule>) -> Built<LinkBy> {
        let (rule, span) = (part.as_rule(), self.span_of(&part));
        let (mut names, mut inclusive, mut columns) = (Vec::new(), false, Vec::new());
        for inner in part.into_inner() {
            match inner.as_rule() {
                Rule::columns => columns = meaningful(inner.into_inner()).iter().map(|c| self.column(c)).collect(),
                Rule::column => names.push(self.column(&inner)),
                Rule::through_word => inclusive = true,
                _ => {}
            }
        }
        let mut names = names.into_iter();
        match (rule, names.next(), names.next(), names.next()) {
            (Rule::by, ..) => Ok(LinkBy::Columns(columns)),
            (Rule::inverse, Some(name), ..) => Ok(LinkBy::Inverse(name)),
            (Rule::reference, Some(numbers), Some(known_by), _) => Ok(LinkBy::Reference { numbers, known_by }),
            (Rule::from, Some(first), Some(last), via) => {
                let via = match via {
                    Some(via) => Some(self.of_collection(&via).ok_or_else(|| error::link_name(&via))?),
                    None => None,
                };
                Ok(LinkBy::Range { first, last, inclusive, via })
            }
            _ => Err(error::internal(span)),
        }
    }

    /// `Jet.muon1`: the collection, and what it has.
    fn of_collection(self, name: &Name) -> Option<(Name, Name)> {
        let (of, own) = name.text.rsplit_once('.').filter(|(of, own)| !of.is_empty() && !own.is_empty())?;
        let part = |text: &str| Name { text: text.to_owned(), span: name.span };
        Some((part(of), part(own)))
    }

    /// The name of a column, with or without quotes.
    fn column(self, pair: &Pair<'_, Rule>) -> Name {
        let span = self.span_of(pair);
        let text = match pair.clone().into_inner().next() {
            Some(string) if string.as_rule() == Rule::string => text_of(&string),
            _ => pair.as_str().to_owned(),
        };
        Name { text, span }
    }
}
