//! `adlc explain-code`: what a message means, and what to write instead.

use adlc::error::Severity;
use adlc::hir::error::nearest;
use adlc::pages;

use super::{Failure, say};

/// The page of a message; without a code, one line for each message.
pub fn explain(code: Option<&str>) -> Result<(), Failure> {
    let Some(code) = code else {
        list();
        return Ok(());
    };
    if let Some(page) = pages::find(code) {
        say(page.text.trim_end());
        if page.level != Severity::Error {
            say(format!(
                "\nTo allow it, write this in the file, on the statement or before it:\n\n    # adlc: allow {}",
                page.code
            ));
        }
        return Ok(());
    }
    let code = code.strip_prefix("adl::").unwrap_or(code);
    let near = nearest(code, pages::all().map(|p| p.code));
    let near = near.map_or("`adlc explain-code` lists them".to_owned(), |n| format!("did you mean {n}?"));
    Err(Failure::new(2, format!("there is no message `{code}`; {near}")))
}

fn list() {
    let width = pages::all().map(|p| p.code.len()).max().unwrap_or(0);
    let levels = [
        (Severity::Error, "Errors: the analysis cannot be run"),
        (Severity::Warning, "Warnings: probably not meant; `--deny warnings` makes them errors"),
        (Severity::Note, "Notes: worth knowing"),
    ];
    for (level, title) in levels {
        say(format!("{title}\n"));
        for page in pages::all().filter(|p| p.level == level) {
            say(format!("  {:width$}  {}", page.code, page.line));
        }
        say("");
    }
    say("`adlc explain-code NAME` shows the page of one of them.");
}
