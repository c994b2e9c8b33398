//! The command that fetches files of other protocols: `xrdcp -s {url} {path}`. Its words are fixed before names are put
//! in, and no shell reads them: whatever a file is called, it is one word.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::request::Fault;
use super::url::without_secrets;

/// A command that brings nothing for so long is ended.
const STALLED: Duration = Duration::from_secs(300);
/// Of what a command says, the end is shown.
const SAID: usize = 600;

/// A command line with places for names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    words: Vec<String>,
}

impl Template {
    /// Reads a command line. Words are separated by spaces; quotes keep them together.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(text: &str) -> Result<Template, String> {
        let words = words(text)?;
        let Some(program) = words.first() else { return Err("the command is empty".to_string()) };
        if program.contains("{url}") || program.contains("{path}") {
            return Err("the command begins with a program, not with a name".to_string());
        }
        for place in ["{url}", "{path}"] {
            if !words.iter().any(|word| word.contains(place)) {
                return Err(format!("the command does not say where {place} goes, as in 'xrdcp -s {{url}} {{path}}'"));
            }
        }
        Ok(Template { words })
    }

    /// The command line for a file. What replaces `{url}` is not searched for `{path}`.
    fn filled(&self, url: &str, path: &Path) -> Vec<String> {
        let path = path.display().to_string();
        let fill = |word: &String| {
            let parts: Vec<String> = word.split("{url}").map(|part| part.replace("{path}", &path)).collect();
            parts.join(url)
        };
        self.words.iter().map(fill).collect()
    }

    /// Fetches a file to a path, in one attempt.
    ///
    /// # Errors
    /// What the command says, as a fault that may pass, or as one that will not.
    pub fn fetch(&self, url: &str, path: &Path) -> Result<(), Fault> {
        let words = self.filled(url, path);
        let Some((program, rest)) = words.split_first() else { return Err(Fault::Gone("no command".to_string())) };
        let errors = path.with_extension("stderr");
        let gone = |e: std::io::Error| Fault::Gone(format!("the temporary folder cannot be used: {e}"));
        let to = std::fs::File::create(&errors).map_err(gone)?;
        let begun = Command::new(program).args(rest).stdin(Stdio::null()).stdout(Stdio::null()).stderr(to).spawn();
        let child = begun.map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => Fault::Gone(format!("--fetch-cmd: there is no program {program}")),
            _ => Fault::Gone(format!("--fetch-cmd: {program} cannot be started: {e}")),
        })?;
        let ended = wait(child, path);
        let said = std::fs::read(&errors).unwrap_or_default();
        let _ = std::fs::remove_file(&errors);
        let said = said_without_secrets(&String::from_utf8_lossy(&said), url);
        let said = if said.is_empty() { String::new() } else { format!(": {said}") };
        match ended {
            Err(what) => Err(Fault::Again(format!("{program} {what}{said}"), None)),
            Ok(()) if !path.is_file() => {
                Err(Fault::Again(format!("{program} ended well and left no file{said}"), None))
            }
            Ok(()) => Ok(()),
        }
    }
}

/// Waits for a command, as long as its file grows.
fn wait(mut child: Child, path: &Path) -> Result<(), String> {
    let size = || std::fs::metadata(path).map_or(0, |m| m.len());
    let (mut seen, mut since, mut pause) = (0, Instant::now(), Duration::from_millis(2));
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("failed ({status})")),
            Ok(None) => {}
            Err(e) => return Err(format!("cannot be waited for: {e}")),
        }
        let now = size();
        if now != seen {
            (seen, since) = (now, Instant::now());
        }
        if since.elapsed() > STALLED {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("brought nothing for {} minutes and was ended", STALLED.as_secs() / 60));
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(100));
    }
}

/// The end of what a command said, on one line, without what is secret in its URL.
fn said_without_secrets(said: &str, url: &str) -> String {
    let mut said = said.replace(url, &without_secrets(url));
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let shown = without_secrets(url);
    for value in query.split('&').map(|pair| pair.split_once('=').map_or(pair, |(_, value)| value)) {
        if !value.is_empty() && !shown.contains(value) {
            said = said.replace(value, "...");
        }
    }
    let words: Vec<&str> = said.split_whitespace().collect();
    let line: String = words.join(" ").chars().filter(|c| !c.is_control()).collect();
    match line.char_indices().nth_back(SAID) {
        Some((at, _)) => format!("...{}", line.get(at..).unwrap_or_default()),
        None => line,
    }
}

/// The words of a command line.
fn words(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in text.chars() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return Err("the command has a quote that does not end".to_string());
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_stay_one_word() {
        let template = Template::read("xrdcp -s  '{url}?a b' \"--to={path}\"").unwrap();
        let words = template.filled("root://h//x; rm -rf {path} $(id)", Path::new("/tmp/a b"));
        assert_eq!(words, ["xrdcp", "-s", "root://h//x; rm -rf {path} $(id)?a b", "--to=/tmp/a b"]);
    }

    #[test]
    fn commands_that_cannot_work_are_refused() {
        for (text, says) in [
            ("", "empty"),
            ("xrdcp {url}", "{path}"),
            ("xrdcp {path}", "{url}"),
            ("{url} {path}", "program"),
            ("xrdcp '{url} {path}", "quote"),
        ] {
            let error = Template::read(text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn what_a_command_says_is_short_and_holds_no_secret() {
        let url = "root://h//x?authz=abcdef123&n=7";
        let said = format!("[ERROR] cannot open {url}\n token abcdef123 expired\x1b[0m n=7 {}", "long ".repeat(10));
        let shown = said_without_secrets(&said, url);
        assert!(
            shown.starts_with("[ERROR] cannot open root://h//x?authz=...&n=7 token ... expired[0m n=7 long"),
            "{shown}"
        );
        assert!(said_without_secrets(&"x ".repeat(10_000), url).len() < SAID + 10);
    }
}
