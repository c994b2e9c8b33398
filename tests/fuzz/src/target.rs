//! What is done with a text: it is parsed (`parse`), printed and formatted (`front`), and compiled as far as the engines
//! (`whole`). An error is a fault of adlc, in words.

use adl_runtime::schema::FileSchema;
use adlc::error::Message;
use adlc::legacy::Reading;
use adlc::source::FileId;
use adlc::syntax::{self, ast};

/// Both editions.
pub const EDITIONS: [ast::Edition; 2] = [ast::Edition::E2026, ast::Edition::Legacy];

/// Parses a text. Gives what tells its messages from others, a line each.
///
/// # Errors
/// If a message is a bug or points outside the text.
pub fn parse(text: &str, edition: ast::Edition) -> Result<String, String> {
    let (_, messages) = syntax::parse_as(FileId(0), text, edition);
    said(&messages, text)?;
    Ok(answer(&messages))
}

/// Parses, prints and formats a text: what is printed or formatted reads back as the same. Gives what
/// [`parse`] gives.
///
/// # Errors
/// If it does not, or a message is a bug or points outside the text.
pub fn front(text: &str, edition: ast::Edition) -> Result<String, String> {
    let (file, messages) = syntax::parse_as(FileId(0), text, edition);
    said(&messages, text)?;
    let printed = syntax::print(&file);
    // Of a faulty text a part is left, which may mean nothing on its own.
    if messages.is_empty() {
        let (again, faults) = syntax::parse_as(FileId(0), &printed, edition);
        if let Some(fault) = faults.first() {
            return Err(format!("what is printed cannot be read: {}\n{printed}", fault.title));
        }
        let twice = syntax::print(&again);
        if twice != printed {
            return Err(format!("what is printed is read differently:\n{printed}---\n{twice}"));
        }
    }
    let formatted = syntax::format(text, edition)?.text;
    let (same, _) = syntax::parse_as(FileId(0), &formatted, edition);
    let same = syntax::print(&same);
    if same != printed {
        return Err(format!("what is formatted is read differently:\n{formatted}---\n{printed}---\n{same}"));
    }
    let twice = syntax::format(&formatted, edition)?.text;
    if twice != formatted {
        return Err(format!("what is formatted is formatted differently:\n{formatted}---\n{twice}"));
    }
    Ok(answer(&messages))
}

/// Compiles a text for an input, up to the interpreter, and renders what is said. Gives what [`parse`] gives.
///
/// # Errors
/// If an invariant is broken, or a message is a bug.
pub fn whole(text: &str, edition: ast::Edition, schema: &FileSchema) -> Result<String, String> {
    let reading = Reading { undeclared: edition, ..Reading::default() };
    let parsed = adlc::parse_as("fuzz.adl", text, reading, &mut |_, _| Err("there is no such file".to_owned()));
    let binding = adlc::bind(&parsed, schema).ok_or("no schema profile fits the columns")?;
    let (analysis, found) = adlc::check(&parsed, &binding);
    let mut messages = parsed.messages.clone();
    messages.extend(found);
    let messages = adlc::lint::levels::settle(messages, &parsed.sources, &adlc::lint::levels::Levels::default(), true);
    for message in &messages {
        if message.code == "internal" {
            return Err(format!("an internal error: {}", message.title));
        }
        _ = adlc::render::text(message, &parsed.sources, false);
    }
    if messages.iter().any(Message::is_error) {
        return Ok(answer(&messages));
    }
    let placed = adlc::place(&analysis, &binding)?;
    adlc::plan::verify::plan(&placed.plan)?;
    adlc::plan::verify::program(&placed.plan, &placed.program)?;
    adlc::kernel(&placed, true)?;
    Ok(answer(&messages))
}

/// The messages as far as they tell kinds of texts apart: the first title without what it quotes, and pairs of codes.
fn answer(messages: &[Message]) -> String {
    let mut lines: String = messages.first().map_or("", |m| &m.title).split('`').step_by(2).collect();
    lines.retain(|c| !c.is_ascii_digit());
    for pair in messages.windows(2) {
        let [first, second] = pair else { continue };
        lines += &format!("\n{} {}", first.code, second.code);
    }
    lines
}

fn said(messages: &[Message], text: &str) -> Result<(), String> {
    for message in messages {
        if message.code == "internal" {
            return Err(format!("an internal error: {}", message.title));
        }
        for label in &message.labels {
            if text.get(label.span.start as usize..label.span.end as usize).is_none() {
                return Err(format!("a label outside of the text: {message:?}"));
            }
        }
    }
    Ok(())
}
