//! Blocks: a whole statement is read by its rule and put into the block it stands in.

use super::ast::{
    Block, CountsFormat, Edition, HistoList, HistogramKind, Info, ListRegions, Name, Object, ObjectStatement, Region,
    RegionStatement, Reserved, Schema, SchemaStatement, Table,
};
use super::error;
use super::explain::Statement;
use super::expression::Builder;
use super::grammar::{self, Rule, rule_of};
use super::histogram::Histo;
use super::keyword::{Keyword, Room};
use super::reader::{Open, Reader};
use super::statement::Built;
use crate::source::Span;
use pest::iterators::Pairs;

impl Reader<'_> {
    /// Reads a statement and puts it into its block.
    pub(super) fn statement(&mut self, keyword: Keyword, open: &Open) -> Built<()> {
        let builder = self.builder(open.start);
        let text = self.text.get(open.start..open.end).unwrap_or("");
        let span = builder.span(0, text.len());
        if let Some(fault) = open.fault {
            return Err(error::fault(fault, |start, end| self.builder(0).span(start, end)));
        }
        let word = || Name {
            text: text.get(..(open.word.end - open.word.start) as usize).unwrap_or("").to_owned(),
            span: open.word,
        };
        match keyword {
            Keyword::Field => return self.field(builder, text),
            Keyword::LaterBlock => {
                self.block = Some(Block::Reserved(Reserved { keyword: word(), span }));
                return Ok(());
            }
            Keyword::Later => {
                self.later(Reserved { keyword: word(), span });
                return Ok(());
            }
            _ => {}
        }
        if keyword == Keyword::Setting {
            self.setting(Reserved { keyword: word(), span });
            self.result.statements.push(span);
            return Ok(());
        }
        let Some(rule) = rule_of(keyword, self.room, self.edition) else {
            return Err(error::internal(span));
        };
        match grammar::read(rule, text) {
            Ok(parts) => {
                self.build(keyword, builder, parts, span)?;
                self.result.statements.push(span);
                Ok(())
            }
            Err(failure) => {
                let room = self.room;
                Err(Statement { builder, keyword, room, text }.explain(&failure))
            }
        }
    }

    /// Builds what was read and puts it into its block.
    fn build(&mut self, keyword: Keyword, b: Builder, parts: Pairs<'_, Rule>, span: Span) -> Built<()> {
        match keyword {
            Keyword::Adl => {
                let edition = b.edition(parts, span)?;
                // The first statement alone says how the file is read.
                if self.outline.len() > 1 {
                    return Err(error::edition_not_first(span));
                }
                self.result.edition = Some(edition);
            }
            Keyword::Include => self.result.blocks.push(Block::Include(b.include(parts, span)?)),
            Keyword::Info => {
                self.block = Some(Block::Info(Info { name: b.header(parts, span)?, fields: Vec::new(), span }));
            }
            Keyword::Object | Keyword::Composite => {
                let name = b.new_header(parts.clone(), span)?;
                let takes = b.inline_take(parts, span)?.into_iter().collect();
                let object = Object { name, takes, statements: Vec::new(), span };
                let is_object = keyword == Keyword::Object;
                self.block = Some(if is_object { Block::Object(object) } else { Block::Composite(object) });
            }
            Keyword::Region => {
                let name = b.new_header(parts, span)?;
                self.block = Some(Block::Region(Region { name, statements: Vec::new(), span }));
            }
            Keyword::HistoList => {
                let name = b.header(parts, span)?;
                self.block = Some(Block::HistoList(HistoList { name, histograms: Vec::new(), regions: None, span }));
            }
            Keyword::CountsFormat => {
                let name = b.header(parts, span)?;
                self.block = Some(Block::CountsFormat(CountsFormat { name, processes: Vec::new(), span }));
            }
            Keyword::Table => {
                let name = b.new_header(parts, span)?;
                let table = Table {
                    name,
                    nvars: None,
                    errors: None,
                    outside: None,
                    tabletype: None,
                    rows: Vec::new(),
                    closed: false,
                    reserved: Vec::new(),
                    span,
                };
                self.block = Some(Block::Table(table));
            }
            Keyword::Schema => {
                let name = b.header(parts, span)?;
                self.block = Some(Block::Schema(Schema { name, statements: Vec::new(), span }));
            }
            Keyword::Define if self.room == Room::File => {
                self.result.blocks.push(Block::Define(b.define(parts, span)?));
            }
            Keyword::Optional if self.room == Room::File => {
                self.result.blocks.push(Block::Optional(b.optional(parts, span)?));
            }
            Keyword::Best if self.room == Room::File => self.result.blocks.push(Block::Best(b.best(parts, span)?)),
            _ => return self.inner(keyword, b, parts, span),
        }
        Ok(())
    }

    /// A statement of a block.
    fn inner(&mut self, keyword: Keyword, b: Builder, parts: Pairs<'_, Rule>, span: Span) -> Built<()> {
        match self.room {
            Room::Object | Room::Composite => {
                if keyword == Keyword::Take {
                    let take = b.take(parts, span)?;
                    if let Some(Block::Object(object) | Block::Composite(object)) = &mut self.block {
                        object.takes.push(take);
                    }
                    return Ok(());
                }
                let statement = match keyword {
                    Keyword::Select => ObjectStatement::Select(b.cut(parts, span)?),
                    Keyword::Reject => ObjectStatement::Reject(b.cut(parts, span)?),
                    Keyword::Define => ObjectStatement::Define(b.define(parts, span)?),
                    Keyword::Best => ObjectStatement::Best(b.best(parts, span)?),
                    Keyword::Derived => ObjectStatement::Derived(b.define(parts, span)?),
                    _ => return Err(error::internal(span)),
                };
                if let Some(Block::Object(object) | Block::Composite(object)) = &mut self.block {
                    object.statements.push(statement);
                }
            }
            Room::Region => {
                let statement = match keyword {
                    Keyword::Take => RegionStatement::Take(b.header(parts, span)?),
                    Keyword::Select => RegionStatement::Select(b.cut(parts, span)?),
                    Keyword::Reject => RegionStatement::Reject(b.cut(parts, span)?),
                    Keyword::Define => RegionStatement::Define(b.define(parts, span)?),
                    Keyword::Best => RegionStatement::Best(b.best(parts, span)?),
                    Keyword::Weight => RegionStatement::Weight(b.weight(parts, span)?),
                    Keyword::Bin if self.edition == Edition::Legacy => b.legacy_bin(parts, span)?,
                    Keyword::Bin => RegionStatement::Bin(b.bin(parts, span)?),
                    Keyword::Sort => b.sort(parts, span)?,
                    Keyword::Parents => b.parents(parts),
                    Keyword::Bins => RegionStatement::Bins(b.bins(parts, span)?),
                    Keyword::Blind => RegionStatement::Blind(b.blind(parts)?, span),
                    Keyword::Print => RegionStatement::Print(b.print(parts, span)?),
                    Keyword::Save => RegionStatement::Save(b.save(parts, span)?),
                    Keyword::Counts => RegionStatement::Counts(b.counts(parts, span)?),
                    Keyword::Histo | Keyword::Profile => match b.histo(kind_of(keyword), parts, span)? {
                        Histo::List(name) => RegionStatement::UseList(name),
                        Histo::Histogram(histogram) => RegionStatement::Histogram(*histogram),
                    },
                    _ => return Err(error::internal(span)),
                };
                if let Some(Block::Region(region)) = &mut self.block {
                    region.statements.push(statement);
                }
            }
            Room::HistoList => {
                if keyword == Keyword::In {
                    let regions = b.list_regions(parts);
                    if let Some(Block::HistoList(list)) = &mut self.block {
                        list.regions = Some(regions);
                    }
                    return Ok(());
                }
                match b.histo(kind_of(keyword), parts, span)? {
                    Histo::List(name) => return Err(error::list_in_list(&name)),
                    Histo::Histogram(histogram) => {
                        if let Some(Block::HistoList(list)) = &mut self.block {
                            list.histograms.push(*histogram);
                        }
                    }
                }
            }
            Room::CountsFormat => {
                let process = b.process(parts, span)?;
                if let Some(Block::CountsFormat(format)) = &mut self.block {
                    format.processes.push(process);
                }
            }
            Room::Table => {
                if let Some(Block::Table(table)) = &mut self.block {
                    return b.table_line(table, keyword, parts, span);
                }
            }
            Room::Schema => {
                let statement = b.schema_line(keyword, parts, span)?;
                if let Some(Block::Schema(schema)) = &mut self.block {
                    schema.statements.push(statement);
                }
            }
            Room::File | Room::Info | Room::Later => return Err(error::internal(span)),
        }
        Ok(())
    }

    /// `title  Search for something  # a comment`
    fn field(&mut self, b: Builder, text: &str) -> Built<()> {
        let size = text.find([' ', '\t']).unwrap_or(text.len());
        let (word, rest) = text.split_at_checked(size).unwrap_or((text, ""));
        let rest = rest.trim();
        let quoted = rest.strip_prefix('"').and_then(|r| r.split_once('"'));
        let value = match quoted {
            Some((inner, after)) if after.trim().is_empty() || after.trim_start().starts_with('#') => inner,
            _ if rest.starts_with('#') => "",
            _ => rest.find(" #").or_else(|| rest.find("\t#")).and_then(|n| rest.get(..n)).unwrap_or(rest).trim_end(),
        };
        if let Some(Block::Info(info)) = &mut self.block {
            info.fields.push((Name { text: word.to_owned(), span: b.span(0, size) }, value.to_owned()));
        }
        Ok(())
    }

    /// A line for the CutLang program: it says nothing about the analysis.
    fn setting(&mut self, reserved: Reserved) {
        match &mut self.block {
            Some(Block::Object(object) | Block::Composite(object)) => {
                object.statements.push(ObjectStatement::Reserved(reserved));
            }
            Some(Block::Reserved(_)) => {
                self.end_block();
                self.result.blocks.push(Block::Setting(reserved));
            }
            _ => self.result.blocks.push(Block::Setting(reserved)),
        }
    }

    fn later(&mut self, reserved: Reserved) {
        match &mut self.block {
            Some(Block::Region(region)) => region.statements.push(RegionStatement::Reserved(reserved)),
            Some(Block::Table(table)) => table.reserved.push(reserved),
            Some(Block::Schema(schema)) => schema.statements.push(SchemaStatement::Reserved(reserved)),
            _ => {}
        }
    }
}

impl Builder {
    /// `in SR, CR`, `in all`
    fn list_regions(self, parts: Pairs<'_, Rule>) -> ListRegions {
        let names: Vec<Name> = parts.filter(|p| p.as_rule() == Rule::name).map(|p| self.name(&p)).collect();
        match names.as_slice() {
            [only] if only.text.eq_ignore_ascii_case("all") => ListRegions::All(only.span),
            _ => ListRegions::Named(names),
        }
    }
}

fn kind_of(keyword: Keyword) -> HistogramKind {
    if keyword == Keyword::Profile { HistogramKind::Profile } else { HistogramKind::Histo }
}
