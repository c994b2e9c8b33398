//! `--check-duplicates`: no event may be there twice, in one file or in several.

use adl_runtime::duplicates::{Duplicates, find};
use adl_runtime::schema::Shape;

use super::{Checked, Failure, number};

/// The columns that identify an event: those of the profile that every input has.
pub fn numbers(checked: &Checked) -> Result<Vec<String>, Failure> {
    let has = |name: &&String| {
        let scalar = |c: &adl_runtime::schema::Column| c.shape == Shape::Scalar;
        match checked.readers.is_empty() {
            true => checked.schema.column(name).is_some_and(scalar),
            false => checked.readers.iter().all(|r| r.schema().column(name).is_some_and(scalar)),
        }
    };
    let names = &checked.binding.event_names;
    let found: Vec<String> = names.iter().filter(has).cloned().collect();
    // Without the event's own number, which stands last, nothing tells events apart.
    match names.last() {
        Some(last) if found.contains(last) => Ok(found),
        Some(last) => Err(Failure::new(
            4,
            format!("--check-duplicates: not every input has a column `{last}` with one number per event"),
        )),
        None => {
            let profile = &checked.binding.profile;
            Err(Failure::new(4, format!("--check-duplicates: the profile {profile} knows no numbers of events")))
        }
    }
}

/// Fails if an event is there twice, and names the first few.
pub fn check(checked: &Checked, threads: usize, progress: bool) -> Result<(), Failure> {
    let numbers = numbers(checked)?;
    let Duplicates { events, first } = find(&checked.readers, &numbers, threads, progress)?;
    if events == 0 {
        return Ok(());
    }
    let mut lines = vec![format!(
        "{} there more than once",
        match events {
            1 => "1 event is".to_owned(),
            n => format!("{} are", number(n as usize, "event")),
        }
    )];
    for duplicate in &first {
        let named: Vec<String> = numbers.iter().zip(&duplicate.numbers).map(|(n, v)| format!("{n} {v}")).collect();
        let place = |(file, entry): &(usize, u64)| {
            let path = checked.readers.get(*file).map(|r| r.path().display().to_string()).unwrap_or_default();
            format!("{path} (entry {entry})")
        };
        let places: Vec<String> = duplicate.places.iter().map(place).collect();
        lines.push(format!("{}: {}", named.join(", "), places.join(", ")));
    }
    if events > first.len() as u64 {
        lines.push(format!("and {} more", events - first.len() as u64));
    }
    Err(Failure::new(9, lines.join("\n  ")))
}
