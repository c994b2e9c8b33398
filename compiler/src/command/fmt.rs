//! `adlc fmt`: analyses in their canonical form.

use std::io::{Read, Write};

use adlc::syntax::ast::Edition;
use adlc::syntax::{self, Formatted};

use super::{Failure, number, say, tell};

/// The exit code of `--check` where a file is not in its canonical form: a comparison that fails.
const NOT_CANONICAL: u8 = 7;

/// Rewrites the files, or lists (`check`) or prints (`stdout`) what would be written.
pub fn fmt(files: &[std::path::PathBuf], check: bool, stdout: bool) -> Result<(), Failure> {
    let mut changed = false;
    for path in files {
        let is_input = path.as_os_str() == "-";
        let name = if is_input { "<stdin>".to_owned() } else { path.display().to_string() };
        let text = if is_input { read_input() } else { super::read_text(path) };
        let text = text.map_err(|e| Failure::new(3, format!("{name}: {e}")))?;
        // A file of no declared edition is legacy: its keywords stay as they are spelt.
        let Formatted { text: new, unread, is_left } =
            syntax::format(&text, Edition::Legacy).map_err(|e| Failure::internal(format!("{name}: {e}")))?;
        if unread > 0 {
            let them = match unread {
                _ if is_left => "so the file is left as it is",
                1 => "is left as it is",
                _ => "are left as they are",
            };
            let and = if is_left { "," } else { " and" };
            tell(format!("note: {name}: {} cannot be read{and} {them}; see adlc check", number(unread, "statement")));
        }
        if stdout || (is_input && !check) {
            print(&new)?;
        } else if new != text {
            changed = true;
            if !check {
                super::write_whole(path, &new)
                    .map_err(|e| Failure::new(adl_runtime::output::OutputError::EXIT_CODE, format!("{name}: {e}")))?;
            }
            say(name);
        }
    }
    if check && changed {
        return Err(Failure { code: NOT_CANONICAL, message: String::new() });
    }
    Ok(())
}

fn read_input() -> Result<String, String> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).map_err(|e| format!("cannot be read: {e}"))?;
    String::from_utf8(bytes).map_err(|_| "is not a text (not UTF-8)".to_owned())
}

/// A closed pipe is no error.
pub fn print(text: &str) -> Result<(), Failure> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::new(adl_runtime::output::OutputError::EXIT_CODE, format!("cannot be written: {e}")))
        }
        _ => Ok(()),
    }
}
