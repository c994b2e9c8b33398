//! Messages as text for people (by miette) and as JSON for machines.

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents,
};
use serde_json::{Value, json};

use crate::error::{Label, Message, Severity};
use crate::source::{FileId, Sources};

/// A message with its text, as miette wants it.
#[derive(Debug)]
struct Shown<'a> {
    message: &'a Message,
    title: String,
    labels: Vec<LabeledSpan>,
    source: Option<Excerpts<'a>>,
    related: Vec<Shown<'a>>,
}

/// A text of which the lines around a place are shown. They are looked up: miette would read the text from its
/// beginning for every label.
#[derive(Debug)]
struct Excerpts<'a> {
    name: &'a str,
    text: &'a str,
    lines: &'a [usize],
}

/// Places that are no more lines apart are shown in one excerpt, with the lines between them.
const NEAR: usize = 12;

impl SourceCode for Excerpts<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let line_of = |at: usize| self.lines.partition_point(|start| *start <= at).saturating_sub(1);
        let first = line_of(span.offset()).saturating_sub(before + 1);
        let start = self.lines.get(first).copied().unwrap_or(0);
        let end = self.lines.get(line_of(span.offset() + span.len()) + after + 2).copied().unwrap_or(self.text.len());
        let around = self.text.get(start..end).ok_or(MietteError::OutOfBounds)?;
        let here = around.read_span(&(span.offset() - start, span.len()).into(), before, after)?;
        let place = (here.span().offset() + start, here.span().len()).into();
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.to_owned(),
            here.data(),
            place,
            here.line() + first,
            here.column(),
            here.line_count() - here.line().min(here.line_count()) + NEAR,
        )))
    }
}

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.title)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        Some(Box::new(format!("adl::{}", self.message.code)))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.message.severity {
            Severity::Note => miette::Severity::Advice,
            Severity::Warning => miette::Severity::Warning,
            Severity::Error => miette::Severity::Error,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        let is_part = self.title != self.message.title;
        self.message.help.as_ref().filter(|_| !is_part).map(|h| Box::new(h) as Box<dyn std::fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|s| s as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        if self.related.is_empty() {
            return None;
        }
        Some(Box::new(self.related.iter().map(|r| r as &dyn Diagnostic)))
    }
}

fn shown<'a>(message: &'a Message, title: String, file: FileId, sources: &'a Sources) -> Shown<'a> {
    let here = |l: &&Label| l.span.file == file;
    let labels = message.labels.iter().filter(here).enumerate().map(|(i, l)| {
        let (start, len) = (l.span.start as usize, (l.span.end - l.span.start.min(l.span.end)) as usize);
        let text = (!l.text.is_empty()).then(|| l.text.clone());
        if i == 0 { LabeledSpan::new_primary_with_span(text, (start, len)) } else { LabeledSpan::new(text, start, len) }
    });
    let source = sources.get(file).map(|s| Excerpts { name: &s.name, text: &s.text, lines: sources.lines(file) });
    Shown { message, title, labels: labels.collect(), source, related: Vec::new() }
}

/// A message as text; in colour if wished.
#[must_use]
pub fn text(message: &Message, sources: &Sources, colour: bool) -> String {
    let first = message.labels.first().map_or(FileId(0), |l| l.span.file);
    let mut diagnostic = shown(message, message.title.clone(), first, sources);
    let mut files: Vec<FileId> = Vec::new();
    for label in &message.labels {
        if label.span.file != first && !files.contains(&label.span.file) {
            files.push(label.span.file);
            diagnostic.related.push(shown(message, "seen from here".to_owned(), label.span.file, sources));
        }
    }
    let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(100).with_links(false);
    let mut out = String::new();
    match handler.render_report(&mut out, &diagnostic) {
        Ok(()) => out,
        Err(_) => format!("{}\n", message.title),
    }
}

/// A message as JSON: code, severity, title, labels (the primary one first), help, fixes. A place has its file, the
/// bytes `start..end`, and lines and columns counted from 1, columns in characters, the end one past the last.
#[must_use]
pub fn json(message: &Message, sources: &Sources) -> Value {
    let place = |span: crate::source::Span| {
        let (line, column) = sources.line_column(span);
        let (end_line, end_column) = sources.line_column(crate::source::Span { start: span.end, ..span });
        let file = sources.get(span.file).map_or("", |s| s.name.as_str());
        json!({ "file": file, "line": line, "column": column, "end_line": end_line, "end_column": end_column,
            "start": span.start, "end": span.end })
    };
    let labels: Vec<Value> = message.labels.iter().map(|l| json!({ "place": place(l.span), "text": l.text })).collect();
    let fixes: Vec<Value> = message.fixes.iter().map(|f| json!({ "place": place(f.span), "text": f.text })).collect();
    json!({
        "code": format!("adl::{}", message.code),
        "severity": crate::pages::level(message.severity),
        "title": message.title,
        "labels": labels,
        "help": message.help,
        "fixes": fixes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Source, Span};

    #[test]
    fn places_far_apart_are_shown_without_what_is_between() {
        let text: String = (1..=80).map(|n| format!("line{n:02}\n")).collect();
        let mut sources = Sources::default();
        let file = sources.add(Source { name: "a.adl".to_owned(), text: text.as_str().into(), is_stdlib: false });
        let line = |n: u32| Span { file, start: 7 * (n - 1), end: 7 * (n - 1) + 6 };
        let shown = |other: u32| {
            let message = Message::note("redundant_cut", "title", line(70), "here").and(line(other), "because");
            super::text(&message, &sources, false)
        };
        let far = shown(3);
        assert!(far.contains("line03") && far.contains("line70") && !far.contains("line20"), "{far}");
        assert!(shown(63).contains("line66"), "{}", shown(63));
    }
}
