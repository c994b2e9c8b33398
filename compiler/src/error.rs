//! The one model of a message: code, title, labelled spans, help. Each room makes its own messages (`syntax::error`,
//! `hir::error`, ...); `main` renders them with miette or as JSON.

use crate::source::Span;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Something the analyst should know.
    Note,
    /// Something that is probably wrong.
    Warning,
    /// The analysis cannot be run.
    Error,
}

/// A remark at a place in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is to be said there, in one short line; may be empty.
    pub text: String,
}

/// A replacement of text that would mend the fault.
#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    /// What is replaced (an empty span inserts).
    pub span: Span,
    /// The new text.
    pub text: String,
}

/// A message to the analyst.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Stable name, such as `unknown_name`; shown as `adl::unknown_name`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in the analyst's words: one line, no full stop.
    pub title: String,
    /// The first label is the primary one: the smallest span to change. The others say *because of this*.
    pub labels: Vec<Label>,
    /// What to do, if possible with ADL that would compile. Lines under 70 columns.
    pub help: Option<String>,
    /// Replacements that an editor could apply, one alternative each.
    pub fixes: Vec<Fix>,
}

impl Message {
    /// An error with its primary label.
    #[must_use]
    pub fn error(code: &'static str, title: impl Into<String>, span: Span, label: impl Into<String>) -> Message {
        Message {
            code,
            severity: Severity::Error,
            title: title.into(),
            labels: vec![Label { span, text: label.into() }],
            help: None,
            fixes: Vec::new(),
        }
    }

    /// A warning with its primary label.
    #[must_use]
    pub fn warning(code: &'static str, title: impl Into<String>, span: Span, label: impl Into<String>) -> Message {
        Message { severity: Severity::Warning, ..Message::error(code, title, span, label) }
    }

    /// A note with its primary label.
    #[must_use]
    pub fn note(code: &'static str, title: impl Into<String>, span: Span, label: impl Into<String>) -> Message {
        Message { severity: Severity::Note, ..Message::error(code, title, span, label) }
    }

    /// Adds a further label.
    #[must_use]
    pub fn and(mut self, span: Span, label: impl Into<String>) -> Message {
        self.labels.push(Label { span, text: label.into() });
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Message {
        self.help = Some(text.into());
        self
    }

    /// Adds to what could be done.
    #[must_use]
    pub fn also(mut self, text: &str) -> Message {
        self.help = Some(self.help.map_or_else(|| text.to_owned(), |before| format!("{before}\n{text}")));
        self
    }

    /// Adds a replacement an editor could apply.
    #[must_use]
    pub fn fix(mut self, span: Span, text: impl Into<String>) -> Message {
        self.fixes.push(Fix { span, text: text.into() });
        self
    }

    /// True for errors.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
