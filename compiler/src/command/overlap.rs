//! `adlc overlap`: for each pair of regions, whether an event can be in both.

use std::path::Path;

use adlc::phasespace::Space;
use adlc::phasespace::overlap::{self, Pair, Verdict};
use adlc::source::{Sources, Span};
use serde_json::{Value, json};

use super::{Checked, Failure, number, say};

/// Compares the regions of an analysis.
pub fn overlap(analysis: &Path, input: &crate::Input, json: bool) -> Result<(), Failure> {
    let checked = super::checked(analysis, input, json, true)?;
    let mut space = Space::new(&checked.analysis, &checked.parsed.sources);
    let pairs = overlap::pairs(&mut space);
    if json {
        say(machine(&checked, &pairs));
        return Ok(());
    }
    let regions = checked.analysis.regions.len();
    if pairs.is_empty() {
        say(format!("{}: {}, nothing to compare", analysis.display(), number(regions, "region")));
        return Ok(());
    }
    let title = |p: &Pair| format!("{} and {}", region(&checked, p.first.0), region(&checked, p.second.0));
    let width = pairs.iter().map(|p| title(p).chars().count()).max().unwrap_or(0);
    for pair in &pairs {
        say(format!("{:width$}  {:8}  {}", title(pair), word(pair), reason(&checked, pair)));
    }
    let count = |w: &str| pairs.iter().filter(|p| word(p) == w).count();
    let words = ["disjoint", "overlap", "within", "unknown"];
    let counts: Vec<String> = words.iter().filter(|w| count(w) > 0).map(|w| format!("{} {w}", count(w))).collect();
    say(format!("\n{}: {}", number(pairs.len(), "pair"), counts.join(", ")));
    let free = free(&pairs);
    if !free.is_empty() {
        say(
            "\nThese cuts are not understood, and taken to accept any event (conditions on the elements of a collection, such\n\
            as `any` and `all`, are compared only where they are the same):",
        );
        for span in free {
            say(format!("  {}", cut(&checked.parsed.sources, span)));
        }
    }
    Ok(())
}

fn region(checked: &Checked, id: u32) -> &str {
    checked.analysis.regions.get(id as usize).map_or("", |r| r.name.as_str())
}

fn word(pair: &Pair) -> &'static str {
    match (&pair.verdict, pair.within) {
        (Verdict::Disjoint(_), _) => "disjoint",
        (_, Some(_)) => "within",
        (Verdict::Overlap(_), None) => "overlap",
        (Verdict::Unknown(_), None) => "unknown",
    }
}

/// Why.
fn reason(checked: &Checked, pair: &Pair) -> String {
    match (&pair.verdict, pair.within) {
        (Verdict::Disjoint(cuts), _) => {
            let cuts: Vec<String> = cuts.iter().map(|(_, span)| cut(&checked.parsed.sources, *span)).collect();
            match cuts.as_slice() {
                [one] => format!("{one} leaves nothing"),
                [one, other] => format!("{one} excludes {other}"),
                cuts => format!("{} exclude each other", cuts.join(", ")),
            }
        }
        (_, Some(inner)) => {
            let outer = if inner == pair.first { pair.second } else { pair.first };
            format!("{} makes all cuts of {}", region(checked, inner.0), region(checked, outer.0))
        }
        (Verdict::Overlap(example), None) => format!("for example {}", values(example)),
        (Verdict::Unknown(example), None) if example.is_empty() => "too many cases".to_owned(),
        (Verdict::Unknown(example), None) => format!("as far as is understood, {}", values(example)),
    }
}

fn values(example: &[(String, String)]) -> String {
    if example.is_empty() {
        return "any event".to_owned();
    }
    let one = |(name, value): &(String, String)| match value.as_str() {
        "true" => name.clone(),
        "false" => format!("not ({name})"),
        value => format!("{name} = {value}"),
    };
    example.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// A cut with its keyword and its line.
fn cut(sources: &Sources, span: Span) -> String {
    let text: Vec<&str> = sources.slice(span).split_whitespace().collect();
    let before = sources.get(span.file).and_then(|s| s.text.get(..span.start as usize)).unwrap_or("");
    let keyword = before.split_whitespace().next_back().unwrap_or("");
    format!("`{keyword} {}` (line {})", text.join(" "), sources.line_column(span).0)
}

/// All cuts that were not understood, in the order of the text.
fn free(pairs: &[Pair]) -> Vec<Span> {
    let mut free: Vec<Span> = pairs.iter().flat_map(|p| p.free.iter().copied()).collect();
    free.sort();
    free.dedup();
    free
}

fn machine(checked: &Checked, pairs: &[Pair]) -> Value {
    let sources = &checked.parsed.sources;
    let place = |span: Span| {
        let (line, column) = sources.line_column(span);
        let file = sources.get(span.file).map_or("", |s| s.name.as_str());
        json!({ "text": sources.slice(span), "file": file, "line": line, "column": column,
            "start": span.start, "end": span.end })
    };
    let value = |text: &str| match text {
        "missing" => Value::Null,
        "true" => true.into(),
        "false" => false.into(),
        text => text.parse::<f64>().map_or_else(|_| text.trim_matches('"').into(), Value::from),
    };
    let pair = |p: &Pair| {
        let (cuts, example) = match &p.verdict {
            Verdict::Disjoint(cuts) => (cuts.as_slice(), None),
            Verdict::Overlap(example) | Verdict::Unknown(example) => (&[][..], Some(example)),
        };
        let cuts: Vec<Value> =
            cuts.iter().map(|(r, span)| json!({ "region": region(checked, r.0), "cut": place(*span) })).collect();
        let example: Option<serde_json::Map<String, Value>> =
            example.map(|e| e.iter().map(|(name, v)| (name.clone(), value(v))).collect());
        json!({
            "regions": [region(checked, p.first.0), region(checked, p.second.0)],
            "verdict": match p.verdict {
                Verdict::Disjoint(_) => "disjoint",
                Verdict::Overlap(_) => "overlap",
                Verdict::Unknown(_) => "unknown",
            },
            "within": p.within.map(|r| region(checked, r.0)),
            "cuts": cuts,
            "example": example,
            "free": p.free.iter().map(|s| place(*s)).collect::<Vec<_>>(),
        })
    };
    let names: Vec<&str> = checked.analysis.regions.iter().map(|r| r.name.as_str()).collect();
    json!({ "regions": names, "pairs": pairs.iter().map(pair).collect::<Vec<_>>() })
}
