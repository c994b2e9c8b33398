//! Hints: what would make an analysis faster, said only where the numbers of the profile prove it.

use std::collections::BTreeSet;
use std::time::Duration;

use adl_runtime::job::CHUNK;
use adl_runtime::kernel::BATCH;
use adl_runtime::spent::ColumnSpent;
use adlc::lines::Line;

use super::Profile;
use super::needs::Cut;

/// A column is worth a word from this share of the bytes that are read.
const LARGE: f64 = 0.2;
/// A cut is worth moving if what it spares takes this share of the event loop.
const SPARED: f64 = 0.1;
/// A slow codec is worth a word from this share of the event loop.
const UNPACKING: f64 = 0.4;
/// A loop over combinations is, from this share of the event loop,
const COMBINING: f64 = 0.3;
/// and this many combinations per event.
const COMBINATIONS: f64 = 3.0;
/// Bytes of a basket below which its head and its call cost as much as its content, and so many baskets.
const SMALL: [u64; 2] = [2048, 1000];
/// Shares of an event loop are worth a word if it takes processors this long.
const LONG: Duration = Duration::from_millis(10);
/// What a cut is said to spare takes this share, and sparing so much more is worth standing higher up.
const WORTH: f64 = 0.05;
/// Events of a basket above which it is large.
const MANY: u64 = 16_384;

/// All hints.
pub fn hints(profile: &Profile) -> Vec<String> {
    let mut hints = columns(profile);
    if profile.cpu >= LONG {
        hints.extend(cuts(profile));
        hints.extend(combinations(profile));
        hints.extend(codecs(profile.in_loop(), &profile.columns, &|name| profile.codec(name)));
    }
    hints.extend(small_pieces(profile.segments, &profile.columns));
    hints.extend(idle(profile.threads, profile.wanted_threads, profile.events));
    hints
}

/// A share in percent, of something that is there.
fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

fn share(part: Duration, whole: Duration) -> f64 {
    part.as_secs_f64() / whole.as_secs_f64().max(1e-9)
}

/// "line 3", "lines 3 and 7".
fn lines_of(lines: &[Line]) -> String {
    let numbers: Vec<String> = lines.iter().map(|line| line.line.to_string()).collect();
    match numbers.split_last() {
        Some((last, [])) => format!("line {last}"),
        Some((last, others)) => format!("lines {} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// Large columns that are read whole for few events.
fn columns(profile: &Profile) -> Vec<String> {
    let mut hints = Vec::new();
    let bytes: u64 = profile.columns.iter().map(|column| column.spent.bytes).sum();
    for column in profile.columns.iter().filter(|column| column.spent.bytes as f64 >= LARGE * bytes as f64) {
        let ColumnSpent { name, segments, skipped, spent, .. } = column;
        if *segments == 0 || 10 * skipped > *segments || profile.events == 0 {
            continue;
        }
        let Some(users) = profile.needs.columns.get(name) else { continue };
        let events_of = |line: &Line| profile.counts.get(line).map_or(profile.events, |count| count.events);
        let (early, late): (Vec<Line>, Vec<Line>) =
            users.iter().partition(|line| 10 * events_of(line) >= 9 * profile.events);
        let most = late.iter().map(events_of).max().unwrap_or(0);
        if late.is_empty() {
            continue;
        }
        let part = percent(spent.bytes as f64 / bytes as f64);
        let of_segment = (profile.events / segments).max(1);
        // An event needs the baskets of its batch.
        let needed = most * (BATCH as u64).div_ceil(of_segment).saturating_add(1);
        if !early.is_empty() && early.len() < 3 && 2 * needed <= *segments {
            hints.push(format!(
                "`{name}`, {part} of the bytes that are read, is read for all events because of {}; {} {} only {most} of \
                 them. Used only there, it would be read in at most {needed} of its {segments} {}.",
                lines_of(&early),
                lines_of(&late),
                if late.len() == 1 { "needs" } else { "need" },
                profile.segments,
            ));
        }
        let in_smaller = most * MANY;
        if early.is_empty() && of_segment >= MANY && 2 * in_smaller <= profile.events {
            hints.push(format!(
                "`{name}`, {part} of the bytes that are read, is needed for at most {most} events ({}), but each of its {} \
                 holds {of_segment}: in a file with smaller ones, most would be skipped.",
                lines_of(&late),
                profile.segments,
            ));
        }
    }
    hints
}

/// Cuts that spare others when they come first.
fn cuts(profile: &Profile) -> Vec<String> {
    let mut hints: Vec<String> = Vec::new();
    for group in &profile.needs.cuts {
        // The one that spares most, and where it would stand.
        let mut best: Option<(f64, String)> = None;
        for late in 1..group.len() {
            for early in (0..late).rev() {
                if let Some((spared, hint)) = moved(profile, group, early, late)
                    && best.as_ref().is_none_or(|(most, _)| spared > most + WORTH)
                {
                    best = Some((spared, hint));
                }
            }
        }
        hints.extend(best.map(|(_, hint)| hint).filter(|hint| !hints.contains(hint)));
    }
    hints
}

/// What a cut spares above an earlier one.
fn moved(profile: &Profile, group: &[Cut], early: usize, late: usize) -> Option<(f64, String)> {
    let cut = group.get(late)?;
    let [before, between] = [group.get(..early)?, group.get(early..late)?];
    let first = between.first()?;
    let [comes, passes] = cut.counters.map(|counter| profile.counter(counter));
    let rejected = comes.saturating_sub(passes);
    let all = profile.counter(first.counters[0]);
    if all == 0 || rejected == 0 {
        return None;
    }
    // What it needs is read for all events anyway, and no file says otherwise.
    let is_read = |name: &String| profile.columns.iter().any(|c| c.name == *name && c.skipped == 0);
    if !cut.columns.iter().all(is_read) {
        return None;
    }
    let known: BTreeSet<Line> = before.iter().flat_map(|cut| cut.lines.iter().copied()).collect();
    let share_of = |line: &Line| profile.share_of_loop(*line);
    let own: f64 =
        cut.lines.difference(&known).filter(|l| between.iter().all(|c| !c.lines.contains(l))).map(share_of).sum();
    let spared_lines: Vec<Line> = between
        .iter()
        .flat_map(|cut| cut.lines.iter().copied())
        .collect::<BTreeSet<Line>>()
        .into_iter()
        .filter(|line| !cut.lines.contains(line) && !known.contains(line))
        // What more events come to is needed elsewhere too.
        .filter(|line| profile.counts.get(line).is_some_and(|count| count.events <= all))
        .filter(|line| share_of(line) >= WORTH)
        .collect();
    let takes: f64 = spared_lines.iter().map(share_of).sum();
    let spared = takes * rejected as f64 / all as f64;
    let dearer = own * (all as f64 / comes.max(1) as f64 - 1.0);
    (spared >= SPARED && dearer <= spared / 2.0).then(|| {
        let hint = format!(
            "line {} rejects {rejected} of the {comes} events that come to it, and every column that it needs is read for all \
             events: above line {} it would spare these events {}, {} of the event loop for {all} events. The rows of the \
             cutflow would change, the events that pass them all would not.",
            cut.line.line,
            first.line.line,
            lines_of(&spared_lines),
            percent(takes),
        );
        (spared, hint)
    })
}

/// Lines that spend the time on combinations.
fn combinations(profile: &Profile) -> Vec<String> {
    let mut hints = Vec::new();
    for (line, count) in &profile.counts {
        let (takes, events) = (profile.share_of_loop(*line), count.events.max(1));
        let Some(all) = count.combinations else { continue };
        let each = all as f64 / events as f64;
        if takes >= COMBINING && each >= COMBINATIONS {
            let what = match count.nested {
                2 => "pairs",
                3 => "triples",
                _ => "combinations",
            };
            hints.push(format!(
                "line {} takes {} of the event loop for {all} {what}, {each:.1} in each of the {} events that come to it: \
                 fewer objects (a cut in their block, `[:n]` of a sorted collection), or a cut on their number above it, would \
                 spare most.",
                line.line,
                percent(takes),
                count.events,
            ));
        }
    }
    hints
}

/// Codecs that are slow to decompress.
fn codecs(whole: Duration, columns: &[ColumnSpent], codec: &dyn Fn(&str) -> String) -> Vec<String> {
    let mut hints = Vec::new();
    for slow in ["lzma", "zlib", "deflate", "gzip", "brotli"] {
        let of_codec = columns.iter().filter(|column| codec(&column.name).eq_ignore_ascii_case(slow));
        let takes = share(of_codec.map(|column| column.spent.unpacking).sum(), whole);
        if takes >= UNPACKING {
            hints.push(format!(
                "decompressing {slow} takes {} of the event loop. What is read often is read faster from a file compressed with \
                 zstd: `save NAME parquet` or `save NAME rntuple` in a region writes one of the events that come there.",
                percent(takes),
            ));
        }
    }
    hints
}

/// Files in very small pieces.
fn small_pieces(pieces: &str, columns: &[ColumnSpent]) -> Option<String> {
    let count: u64 = columns.iter().map(|column| column.spent.pieces).sum();
    let bytes: u64 = columns.iter().map(|column| column.spent.bytes).sum();
    let [small, many] = SMALL;
    (count >= many && bytes < small * count).then(|| {
        format!(
            "what is read comes in {count} pieces ({pieces}, pages) of {} bytes on average: in larger ones, as `save` writes \
             them, it compresses better and is read faster.",
            bytes / count,
        )
    })
}

/// Threads without work.
fn idle(threads: usize, wanted: usize, events: u64) -> Option<String> {
    (threads < wanted).then(|| {
        format!(
            "{events} events are work for {threads} of {wanted} threads: a thread takes {CHUNK} at a time. More files in one run \
             keep more threads busy."
        )
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use adl_root::Spent;

    fn column(name: &str, [pieces, bytes]: [u64; 2], unpacking: u64) -> ColumnSpent {
        let unpacking = Duration::from_millis(unpacking);
        ColumnSpent {
            name: name.to_owned(),
            spent: Spent { pieces, bytes, unpacking, ..Spent::default() },
            ..ColumnSpent::default()
        }
    }

    #[test]
    fn slow_codecs_are_named_where_they_take_the_time() {
        let columns = [column("a", [1, 1], 45), column("b", [1, 1], 30), column("c", [1, 1], 39)];
        let codec = |name: &str| ["lzma", "zstd", "ZLIB"][usize::from(name.as_bytes()[0] - b'a')].to_owned();
        let found = codecs(Duration::from_millis(100), &columns, &codec);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("decompressing lzma takes 45 % of the event loop"), "{found:?}");
        assert!(codecs(Duration::from_millis(200), &columns, &codec).is_empty());
        let both = codecs(Duration::from_millis(95), &columns, &codec);
        assert!(both.len() == 2 && both[1].contains("zlib takes 41 %"), "{both:?}");
    }

    #[test]
    fn small_pieces_are_named_if_there_are_many() {
        let of =
            |pieces, bytes| small_pieces("baskets", &[column("a", [pieces, bytes], 0), column("b", [600, 600], 0)]);
        assert!(of(400, 400_000).unwrap().contains("1000 pieces (baskets, pages) of 400 bytes"));
        assert_eq!(of(399, 1), None);
        assert_eq!(of(400, 2048 * 1000), None);
    }

    #[test]
    fn threads_without_work_are_counted() {
        assert!(idle(2, 8, 20_000).unwrap().starts_with("20000 events are work for 2 of 8 threads"));
        assert_eq!(idle(8, 8, 1_000_000), None);
    }
}
