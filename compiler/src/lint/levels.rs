//! The levels of lints: what comments and options allow is dropped, what options deny becomes an error.

use super::allow;
use crate::error::{Message, Severity};
use crate::source::Sources;

/// What the options of a command say about lints.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Levels {
    /// Lints that are not shown.
    pub allow: Vec<String>,
    /// Lints that are errors; `warnings` for every warning.
    pub deny: Vec<String>,
}

impl Levels {
    /// The first name that is no lint, and what to do about it.
    #[must_use]
    pub fn unknown(&self) -> Option<allow::Unknown> {
        let denied = self.deny.iter().filter(|n| *n != "warnings");
        self.allow.iter().chain(denied).find_map(|n| allow::unknown(n))
    }
}

/// The messages that are to be shown. `complete` says that the whole analysis was checked, so that a comment that
/// allows nothing is known to be idle.
#[must_use]
pub fn settle(messages: Vec<Message>, sources: &Sources, levels: &Levels, complete: bool) -> Vec<Message> {
    let (allows, wrong) = allow::read(sources);
    let mut idle = vec![true; allows.len()];
    let mut kept = Vec::new();
    for message in messages.into_iter().chain(wrong) {
        if message.is_error() {
            kept.push(message);
            continue;
        }
        let place = message.labels.first().map(|l| l.span);
        let mut allowed = levels.allow.iter().any(|n| n == message.code);
        for (allow, idle) in allows.iter().zip(&mut idle) {
            let here = place
                .is_some_and(|p| p.file == allow.over.file && (allow.over.start..=allow.over.end).contains(&p.start));
            if allow.name == message.code && here {
                (*idle, allowed) = (false, true);
            }
        }
        if !allowed {
            kept.push(message);
        }
    }
    let has_errors = kept.iter().any(Message::is_error);
    if complete && !has_errors {
        for (allow, _) in allows.iter().zip(idle).filter(|(_, idle)| *idle) {
            let title = format!("`{}` is allowed here, but nothing of that kind is found", allow.name);
            let note = Message::note("unused_allow", title, allow.span, "silences nothing");
            if !levels.allow.iter().any(|n| n == note.code) {
                kept.push(note.help("remove it, or move it to the statement that it is about"));
            }
        }
    }
    for message in &mut kept {
        let denied = |n: &String| n == message.code || n == "warnings" && message.severity == Severity::Warning;
        if levels.deny.iter().any(denied) {
            message.severity = Severity::Error;
        }
    }
    kept
}
