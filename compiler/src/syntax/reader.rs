//! Reader: from lines to statements and blocks. The first word of a line says whether it begins a statement, by the
//! block it stands in and, for `define` and `best`, by its column; any other line continues the statement before.

use super::ast::{
    Block, Edition, File, HistoList, HistogramKind, Info, ListRegions, Name, Object,
    ObjectStatement,
};
use super::ast::{Region, RegionStatement, Reserved, Schema, SchemaStatement, Table};
use super::error;
use super::explain::Statement;
use super::expression::Builder;
use super::grammar::{self, Failure, Rule};
use super::histogram::Histo;
use super::keyword::{self, BLOCKS, Keyword, Room};
use super::lines::{Fault, Head, Line, Lines};
use super::statement::Built;
use crate::error::Message;
use crate::source::{FileId, Span};
use pest::iterators::Pairs;

/// Reads a whole file.
pub(super) fn read(file: FileId, text: &str) -> (File, Vec<Message>) {
    let mut reader = Reader {
        file,
        text,
        lines: Lines::new(text),
        room: Room::File,
        column: 0,
        block: None,
        ended_by: None,
        statement: None,
        result: File::default(),
        messages: Vec::new(),
    };
    if text.len() > 1 << 30 {
        reader
            .messages
            .push(error::too_large(reader.builder(0).span(0, 0)));
        return (reader.result, reader.messages);
    }
    while let Some(head) = reader.lines.head() {
        reader.line(head);
        if reader
            .result
            .edition
            .as_ref()
            .is_some_and(|e| e.edition == Edition::Legacy)
        {
            return (reader.result, reader.messages);
        }
    }
    reader.end_statement();
    reader.end_block();
    (reader.result, reader.messages)
}

/// A statement whose end is not known yet.
struct Open {
    /// `None` for a line that begins no statement: its message is made already.
    keyword: Option<Keyword>,
    word: Span,
    start: usize,
    end: usize,
    fault: Option<Fault>,
}

struct Reader<'t> {
    file: FileId,
    text: &'t str,
    lines: Lines<'t>,
    room: Room,
    /// Where the keyword of the current block stands.
    column: usize,
    /// The current block; `None` outside of blocks, and in one whose first line could not be read.
    block: Option<Block>,
    /// The global statement that ended the last block.
    ended_by: Option<Span>,
    statement: Option<Open>,
    result: File,
    messages: Vec<Message>,
}

impl Reader<'_> {
    fn line(&mut self, head: Head<'_>) {
        if let Some(keyword) = self.begins(head) {
            self.end_statement();
            return self.begin(head, keyword);
        }
        let Some(open) = &self.statement else {
            return self.unknown(head);
        };
        if open.keyword.is_some() && self.is_unknown(head) {
            self.end_statement();
            return self.unknown(head);
        }
        let line = self.take_line();
        if let Some(open) = &mut self.statement {
            open.end = line.end;
            open.fault = open.fault.or(line.fault);
        }
    }

    /// What statement the line begins, if any.
    fn begins(&self, head: Head<'_>) -> Option<Keyword> {
        let deeper = head.column > self.column && self.room != Room::File;
        let own = keyword::find(self.room.words(), head.word);
        let block = keyword::find(BLOCKS, head.word);
        match block {
            Some(Keyword::Define | Keyword::Best) if deeper && self.room == Room::Info => {
                Some(Keyword::Field)
            }
            Some(_) if deeper && self.room == Room::Later && self.stays_in_later_block(block) => {
                None
            }
            Some(Keyword::Object) if self.room == Room::Composite && self.is_derived(head) => {
                Some(Keyword::Derived)
            }
            Some(Keyword::LaterBlock) if deeper && own.is_some() => own,
            Some(keyword) => Some(keyword),
            None if self.room == Room::Info => Some(Keyword::Field),
            None if self.room == Room::Table && own.is_none() && self.begins_row(head) => {
                Some(Keyword::Row)
            }
            None => own,
        }
    }

    /// `define`, `best` and words such as `optional` may be statements of a block of a later version.
    fn stays_in_later_block(&self, block: Option<Keyword>) -> bool {
        matches!(
            block,
            Some(Keyword::Define | Keyword::Best | Keyword::LaterBlock)
        )
    }

    /// `object NAME =`
    fn is_derived(&self, head: Head<'_>) -> bool {
        let rest = self
            .text
            .get(head.start + head.word.len()..)
            .unwrap_or("")
            .trim_start();
        let rest = rest
            .trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_')
            .trim_start();
        rest.starts_with('=')
    }

    fn begins_row(&self, head: Head<'_>) -> bool {
        let first = self.text.as_bytes().get(head.start).copied().unwrap_or(0);
        let header = self
            .statement
            .as_ref()
            .is_some_and(|s| s.keyword == Some(Keyword::Table) && s.end <= s.start + 5);
        !header && (first.is_ascii_digit() || b"+-.".contains(&first))
    }

    /// True if the statement is whole without this line, and cannot go on with it.
    fn is_unknown(&mut self, head: Head<'_>) -> bool {
        let Some(open) = &self.statement else {
            return false;
        };
        let (Some(keyword), Some(rule)) = (
            open.keyword,
            open.keyword.and_then(|k| rule_of(k, self.room)),
        ) else {
            return false;
        };
        let before = self.text.get(open.start..open.end).unwrap_or("");
        let joins = [
            "and",
            "or",
            "in",
            "where",
            "from",
            "by",
            "weighted",
            "per",
            "underflow",
            "overflow",
            "with",
        ];
        let operator = |c: char| !c.is_ascii_alphanumeric() && !"_)]\"*".contains(c);
        if open.fault.is_some()
            || head.word.is_empty()
            || joins.iter().any(|w| w.eq_ignore_ascii_case(head.word))
            || (before.ends_with(operator) && keyword != Keyword::Field)
        {
            return false;
        }
        match grammar::read(rule, before) {
            // The statement waits for more: this line gives it.
            Err(failure) if failure.at >= before.len() => return false,
            Err(_) => {
                return keyword::is_statement(head.word)
                    || keyword::nearest(self.room, head.word).is_some();
            }
            Ok(_) => {}
        }
        let start = open.start;
        let mut ahead = self.lines.clone();
        let line = ahead.code();
        line.fault.is_some()
            || grammar::read(rule, self.text.get(start..line.end).unwrap_or("")).is_err()
    }

    /// A line that begins no statement and continues none.
    fn unknown(&mut self, head: Head<'_>) {
        let span = self
            .builder(head.start)
            .span(0, head.word.len().max(1).min(self.text.len() - head.start));
        let misplaced = keyword::is_statement(head.word);
        let nearest = keyword::nearest(self.room, head.word).filter(|_| !misplaced);
        self.messages.push(if misplaced {
            error::misplaced(
                head.word,
                span,
                self.room,
                self.ended_by.filter(|_| self.room == Room::File),
            )
        } else {
            error::unknown_keyword(head.word, span, self.room, nearest.map(|(word, _)| word))
        });
        // What follows a misspelt `region` is read as a region.
        if let Some(room) = nearest.and_then(|(_, k)| k.opens()) {
            let local = room == Room::File && head.column > self.column && self.room.has_defines();
            if !local {
                self.end_block();
                (self.room, self.column, self.ended_by) = (room, head.column, None);
            }
        }
        self.lines.begin_statement();
        let line = self.lines.code();
        self.statement = Some(Open {
            keyword: None,
            word: span,
            start: head.start,
            end: line.end,
            fault: None,
        });
    }

    fn begin(&mut self, head: Head<'_>, keyword: Keyword) {
        let word = self.builder(head.start).span(0, head.word.len());
        let deeper = head.column > self.column;
        let local =
            deeper && self.room.has_defines() && matches!(keyword, Keyword::Define | Keyword::Best);
        let mut known = Some(keyword);
        if let Some(room) = keyword.opens().filter(|_| !local) {
            let misplaced = room == Room::File
                && deeper
                && matches!(keyword, Keyword::Define | Keyword::Best)
                && matches!(self.room, Room::HistoList | Room::Table | Room::Schema);
            if misplaced {
                self.messages
                    .push(error::no_defines(head.word, word, self.room));
                known = None;
            } else {
                let was_block = !matches!(self.room, Room::File);
                self.end_block();
                if room != Room::File {
                    self.ended_by = None;
                } else if was_block {
                    self.ended_by = Some(word);
                }
                (self.room, self.column) = (room, head.column);
            }
        }
        self.lines.begin_statement();
        self.statement = Some(Open {
            keyword: known,
            word,
            start: head.start,
            end: head.start,
            fault: None,
        });
        let line = self.take_line();
        if let Some(open) = &mut self.statement {
            (open.end, open.fault) = (line.end, line.fault);
        }
    }

    /// Takes the line at hand the way its statement wants it.
    fn take_line(&mut self) -> Line {
        let keyword = self.statement.as_ref().and_then(|s| s.keyword);
        match keyword {
            Some(Keyword::Field | Keyword::Later | Keyword::LaterBlock) => self.lines.free(),
            _ => self.lines.code(),
        }
    }

    fn end_statement(&mut self) {
        let Some(open) = self.statement.take() else {
            return;
        };
        let Some(keyword) = open.keyword else { return };
        if let Err(message) = self.statement(keyword, &open) {
            self.messages.push(message);
        }
    }

    fn statement(&mut self, keyword: Keyword, open: &Open) -> Built<()> {
        let builder = self.builder(open.start);
        let text = self.text.get(open.start..open.end).unwrap_or("");
        let span = builder.span(0, text.len());
        if let Some(fault) = open.fault {
            return Err(error::fault(fault, |start, end| {
                self.builder(0).span(start, end)
            }));
        }
        let word = || Name {
            text: text
                .get(..(open.word.end - open.word.start) as usize)
                .unwrap_or("")
                .to_owned(),
            span: open.word,
        };
        match keyword {
            Keyword::Field => return self.field(builder, text),
            Keyword::LaterBlock => {
                self.block = Some(Block::Reserved(Reserved {
                    keyword: word(),
                    span,
                }));
                return Ok(());
            }
            Keyword::Later => {
                self.later(Reserved {
                    keyword: word(),
                    span,
                });
                return Ok(());
            }
            _ => {}
        }
        let Some(rule) = rule_of(keyword, self.room) else {
            return Err(error::internal(span));
        };
        match grammar::read(rule, text) {
            Ok(parts) => self.build(keyword, builder, parts, span),
            Err(failure) => Err(self.explain(builder, keyword, text, &failure)),
        }
    }

    fn explain(
        &self,
        builder: Builder,
        keyword: Keyword,
        text: &str,
        failure: &Failure,
    ) -> Message {
        Statement {
            builder,
            keyword,
            room: self.room,
            text,
        }
        .explain(failure)
    }

    /// Builds what was read and puts it into its block.
    fn build(
        &mut self,
        keyword: Keyword,
        b: Builder,
        parts: Pairs<'_, Rule>,
        span: Span,
    ) -> Built<()> {
        match keyword {
            Keyword::Adl => {
                let edition = b.edition(parts, span)?;
                if self.result.edition.is_some() || !self.result.blocks.is_empty() {
                    return Err(error::edition_not_first(span));
                }
                if edition.edition == Edition::Legacy {
                    self.messages.push(error::legacy_edition(span));
                }
                self.result.edition = Some(edition);
            }
            Keyword::Include => self
                .result
                .blocks
                .push(Block::Include(b.include(parts, span)?)),
            Keyword::Info => {
                self.block = Some(Block::Info(Info {
                    name: b.header(parts, span)?,
                    fields: Vec::new(),
                    span,
                }));
            }
            Keyword::Object | Keyword::Composite => {
                let name = b.new_header(parts, span)?;
                let object = Object {
                    name,
                    takes: Vec::new(),
                    statements: Vec::new(),
                    span,
                };
                let is_object = keyword == Keyword::Object;
                self.block = Some(if is_object {
                    Block::Object(object)
                } else {
                    Block::Composite(object)
                });
            }
            Keyword::Region => {
                let name = b.new_header(parts, span)?;
                self.block = Some(Block::Region(Region {
                    name,
                    statements: Vec::new(),
                    span,
                }));
            }
            Keyword::HistoList => {
                let name = b.header(parts, span)?;
                self.block = Some(Block::HistoList(HistoList {
                    name,
                    histograms: Vec::new(),
                    regions: None,
                    span,
                }));
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
                    reserved: Vec::new(),
                    span,
                };
                self.block = Some(Block::Table(table));
            }
            Keyword::Schema => {
                let name = b.header(parts, span)?;
                self.block = Some(Block::Schema(Schema {
                    name,
                    statements: Vec::new(),
                    span,
                }));
            }
            Keyword::Define if self.room == Room::File => {
                self.result
                    .blocks
                    .push(Block::Define(b.define(parts, span)?));
            }
            Keyword::Best if self.room == Room::File => {
                self.result.blocks.push(Block::Best(b.best(parts, span)?))
            }
            _ => return self.inner(keyword, b, parts, span),
        }
        Ok(())
    }

    /// A statement of a block.
    fn inner(
        &mut self,
        keyword: Keyword,
        b: Builder,
        parts: Pairs<'_, Rule>,
        span: Span,
    ) -> Built<()> {
        match self.room {
            Room::Object | Room::Composite => {
                if keyword == Keyword::Take {
                    let take = b.take(parts, span)?;
                    if let Some(Block::Object(object) | Block::Composite(object)) = &mut self.block
                    {
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
                    Keyword::Bin => RegionStatement::Bin(b.bin(parts, span)?),
                    Keyword::Bins => RegionStatement::Bins(b.bins(parts, span)?),
                    Keyword::Blind => RegionStatement::Blind(b.blind(parts)?, span),
                    Keyword::Histo | Keyword::Profile => {
                        match b.histo(kind_of(keyword), parts, span)? {
                            Histo::List(name) => RegionStatement::UseList(name),
                            Histo::Histogram(histogram) => RegionStatement::Histogram(*histogram),
                        }
                    }
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
            Some((inner, after))
                if after.trim().is_empty() || after.trim_start().starts_with('#') =>
            {
                inner
            }
            _ if rest.starts_with('#') => "",
            _ => rest
                .find(" #")
                .or_else(|| rest.find("\t#"))
                .and_then(|n| rest.get(..n))
                .unwrap_or(rest)
                .trim_end(),
        };
        if let Some(Block::Info(info)) = &mut self.block {
            info.fields.push((
                Name {
                    text: word.to_owned(),
                    span: b.span(0, size),
                },
                value.to_owned(),
            ));
        }
        Ok(())
    }

    fn later(&mut self, reserved: Reserved) {
        match &mut self.block {
            Some(Block::Region(region)) => {
                region.statements.push(RegionStatement::Reserved(reserved))
            }
            Some(Block::Table(table)) => table.reserved.push(reserved),
            Some(Block::Schema(schema)) => {
                schema.statements.push(SchemaStatement::Reserved(reserved))
            }
            _ => {}
        }
    }

    fn end_block(&mut self) {
        self.result.blocks.extend(self.block.take());
    }

    fn builder(&self, base: usize) -> Builder {
        Builder {
            file: self.file,
            base,
        }
    }
}

impl Builder {
    /// `in SR, CR`, `in all`
    fn list_regions(self, parts: Pairs<'_, Rule>) -> ListRegions {
        let names: Vec<Name> = parts
            .filter(|p| p.as_rule() == Rule::name)
            .map(|p| self.name(&p))
            .collect();
        match names.as_slice() {
            [only] if only.text.eq_ignore_ascii_case("all") => ListRegions::All(only.span),
            _ => ListRegions::Named(names),
        }
    }
}

fn kind_of(keyword: Keyword) -> HistogramKind {
    if keyword == Keyword::Profile {
        HistogramKind::Profile
    } else {
        HistogramKind::Histo
    }
}

/// The grammar's rule for a statement.
fn rule_of(keyword: Keyword, room: Room) -> Option<Rule> {
    Some(match keyword {
        Keyword::Adl => Rule::edition,
        Keyword::Include => Rule::include,
        Keyword::Info => Rule::info,
        Keyword::Define => Rule::define,
        Keyword::Best => Rule::best,
        Keyword::Object => Rule::object,
        Keyword::Composite => Rule::composite,
        Keyword::Region => Rule::region,
        Keyword::HistoList => Rule::histo_list,
        Keyword::Table => Rule::table,
        Keyword::Schema => Rule::schema,
        Keyword::LaterBlock | Keyword::Later | Keyword::Field => return None,
        Keyword::Take if room == Room::Region => Rule::take_region,
        Keyword::Take => Rule::take,
        Keyword::Select => Rule::select,
        Keyword::Reject => Rule::reject,
        Keyword::Derived => Rule::derived,
        Keyword::Weight => Rule::weight,
        Keyword::Bin => Rule::bin,
        Keyword::Bins => Rule::bins,
        Keyword::Histo => Rule::histo,
        Keyword::Profile => Rule::profile,
        Keyword::Blind => Rule::blind,
        Keyword::In => Rule::in_regions,
        Keyword::Nvars => Rule::nvars,
        Keyword::Errors => Rule::errors,
        Keyword::Outside => Rule::outside,
        Keyword::TableType => Rule::table_type,
        Keyword::Row => Rule::row,
        Keyword::Tree => Rule::tree,
        Keyword::Detect => Rule::detect,
        Keyword::Event => Rule::event,
        Keyword::Collection => Rule::collection,
        Keyword::Particle => Rule::particle,
        Keyword::Transverse => Rule::transverse,
        Keyword::Alias => Rule::alias,
        Keyword::Simulation => Rule::simulation,
        Keyword::Unit => Rule::unit,
    })
}
