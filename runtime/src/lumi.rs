//! Luminosity sections: masks of certified ones, and those that a run has processed. Both are files of the CMS form
//! `{"297050": [[12, 137], [193, 776]]}`: by run, ranges of sections that include both ends (the "golden JSON" of
//! <https://twiki.cern.ch/twiki/bin/view/CMSPublic/SWGuideGoodLumiSectionsJSONFile>).

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::chain::whole_numbers;
use crate::reader::{FileReader, ReadClass, ReadError, Scratch};
use crate::schema::Shape;

/// Certified sections: which events count.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LumiMask {
    /// By run: ranges with both ends, in order, that do not overlap.
    runs: BTreeMap<u32, Vec<(u32, u32)>>,
}

impl LumiMask {
    /// Reads a mask.
    ///
    /// # Errors
    /// In words, with the line: what is no mask, a run that is no number or is there twice, a range that is no range, and
    /// ranges that overlap.
    pub fn parse(text: &str) -> Result<LumiMask, String> {
        let mut reader = Reader { text: text.as_bytes(), at: 0 };
        reader.mask().map_err(|what| {
            let read = reader.text.get(..reader.at).unwrap_or_default();
            let line = 1 + read.iter().filter(|b| **b == b'\n').count();
            format!("line {line}: {what}")
        })
    }

    /// Whether a section is certified.
    #[must_use]
    pub fn contains(&self, run: i64, section: i64) -> bool {
        let (Ok(run), Ok(section)) = (u32::try_from(run), u32::try_from(section)) else { return false };
        let ranges = self.runs.get(&run).map_or(&[][..], Vec::as_slice);
        let after = ranges.partition_point(|(first, _)| *first <= section);
        after.checked_sub(1).and_then(|n| ranges.get(n)).is_some_and(|(_, last)| section <= *last)
    }

    /// The first and the last run; none of an empty mask.
    #[must_use]
    pub fn runs(&self) -> Option<(u32, u32)> {
        Some((*self.runs.keys().next()?, *self.runs.keys().next_back()?))
    }
}

/// Reads the one form that a mask has; nothing in it nests deeper.
struct Reader<'t> {
    text: &'t [u8],
    at: usize,
}

impl Reader<'_> {
    fn mask(&mut self) -> Result<LumiMask, String> {
        if self.text.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'<') {
            return Err("this is XML; a mask is JSON such as {\"297050\": [[12, 137], [193, 776]]}".to_string());
        }
        let mut mask = LumiMask::default();
        self.sign(b'{', "a mask begins with `{`")?;
        if !self.found(b'}') {
            loop {
                let run = self.run()?;
                self.sign(b':', "after a run stands `:`")?;
                let ranges = self.ranges(run)?;
                if mask.runs.insert(run, ranges).is_some() {
                    return Err(format!("run {run} is there twice"));
                }
                if !self.found(b',') {
                    break;
                }
            }
            self.sign(b'}', "after the ranges of a run stands `,` or `}`")?;
        }
        self.blank();
        if self.at < self.text.len() { Err("the mask ends, and more follows".to_string()) } else { Ok(mask) }
    }

    /// `"297050"`
    fn run(&mut self) -> Result<u32, String> {
        self.sign(b'"', "a run is a number in quotes: \"297050\"")?;
        let rest = self.text.get(self.at..).unwrap_or_default();
        let size = rest.iter().position(|b| *b == b'"').filter(|n| *n <= 20);
        let word = size.and_then(|n| rest.get(..n)).unwrap_or_default();
        let digits = !word.is_empty() && word.iter().all(u8::is_ascii_digit);
        let number = std::str::from_utf8(word).ok().filter(|_| digits).and_then(|w| w.parse::<u32>().ok());
        let Some(number) = number else {
            let word: String = String::from_utf8_lossy(rest.get(..20.min(size.unwrap_or(20))).unwrap_or(rest)).into();
            return Err(format!("{word:?} is not the number of a run"));
        };
        self.at += word.len() + 1;
        Ok(number)
    }

    /// `[[12, 137], [193, 776]]`
    fn ranges(&mut self, run: u32) -> Result<Vec<(u32, u32)>, String> {
        let form = format!("run {run}: expected ranges of sections such as [[12, 137], [193, 776]]");
        let mut ranges = Vec::new();
        self.sign(b'[', &form)?;
        if !self.found(b']') {
            loop {
                self.sign(b'[', &form)?;
                let first = self.section(run)?;
                self.sign(b',', &format!("run {run}: a range has a first and a last section: [12, 137]"))?;
                let last = self.section(run)?;
                self.sign(b']', &format!("run {run}: a range has two sections: [12, 137]"))?;
                if last < first {
                    return Err(format!("run {run}: the range [{first}, {last}] ends before it begins"));
                }
                ranges.push((first, last));
                if !self.found(b',') {
                    break;
                }
            }
            self.sign(b']', &form)?;
        }
        ranges.sort_unstable();
        if let Some(pair) = ranges.windows(2).find(|pair| pair[1].0 <= pair[0].1) {
            let ((a, b), (c, d)) = (pair[0], pair[1]);
            return Err(format!("run {run}: the ranges [{a}, {b}] and [{c}, {d}] overlap"));
        }
        Ok(ranges)
    }

    fn section(&mut self, run: u32) -> Result<u32, String> {
        self.blank();
        let rest = self.text.get(self.at..).unwrap_or_default();
        let end = rest.iter().position(|b| b",]\n".contains(b)).unwrap_or(rest.len()).min(20);
        let word = rest.get(..end).unwrap_or_default().trim_ascii();
        let digits = !word.is_empty() && word.iter().all(u8::is_ascii_digit);
        let number = std::str::from_utf8(word).ok().filter(|_| digits).and_then(|w| w.parse::<u32>().ok());
        let number = number
            .ok_or_else(|| format!("run {run}: {:?} is not the number of a section", String::from_utf8_lossy(word)))?;
        self.at += word.len();
        Ok(number)
    }

    fn blank(&mut self) {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    fn found(&mut self, sign: u8) -> bool {
        self.blank();
        let found = self.text.get(self.at) == Some(&sign);
        self.at += usize::from(found);
        found
    }

    fn sign(&mut self, sign: u8, else_what: &str) -> Result<(), String> {
        if self.found(sign) {
            return Ok(());
        }
        match self.text.get(self.at) {
            None => Err(format!("the file ends too early: {else_what}")),
            Some(_) => Err(else_what.to_string()),
        }
    }
}

/// Sections that were processed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sections {
    /// By run: ranges with both ends, in order, that neither overlap nor touch.
    runs: BTreeMap<u32, Vec<(u32, u32)>>,
}

impl Sections {
    /// Adds one; false for numbers that no section has.
    pub fn add(&mut self, run: i64, section: i64) -> bool {
        let (Ok(run), Ok(section)) = (u32::try_from(run), u32::try_from(section)) else { return false };
        self.add_range(run, (section, section));
        true
    }

    /// Adds those of others.
    pub fn merge(&mut self, other: &Sections) {
        for (run, ranges) in &other.runs {
            for range in ranges {
                self.add_range(*run, *range);
            }
        }
    }

    fn add_range(&mut self, run: u32, (first, last): (u32, u32)) {
        let ranges = self.runs.entry(run).or_default();
        // Those that overlap or touch become one.
        let from = ranges.partition_point(|(_, end)| end.saturating_add(1) < first);
        let to = ranges.partition_point(|(begin, _)| *begin <= last.saturating_add(1));
        if from >= to {
            ranges.insert(from, (first, last));
            return;
        }
        let begin = ranges.get(from).map_or(first, |r| r.0.min(first));
        let end = to.checked_sub(1).and_then(|n| ranges.get(n)).map_or(last, |r| r.1.max(last));
        ranges.splice(from..to, [(begin, end)]);
    }

    /// Reads what [`Sections::json`] writes.
    ///
    /// # Errors
    /// As [`LumiMask::parse`].
    pub fn parse(text: &str) -> Result<Sections, String> {
        let mut sections = Sections::default();
        for (run, ranges) in LumiMask::parse(text)?.runs {
            ranges.into_iter().for_each(|range| sections.add_range(run, range));
        }
        Ok(sections)
    }

    /// All of them as run and section, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, u32)> {
        let of = |(run, ranges): (&u32, &Vec<(u32, u32)>)| {
            let run = *run;
            ranges.clone().into_iter().flat_map(move |(first, last)| (first..=last).map(move |section| (run, section)))
        };
        self.runs.iter().flat_map(of)
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.runs.values().flatten().map(|(first, last)| u64::from(last - first) + 1).sum()
    }

    /// The first and the last run.
    #[must_use]
    pub fn runs(&self) -> Option<(u32, u32)> {
        Some((*self.runs.keys().next()?, *self.runs.keys().next_back()?))
    }

    /// As a file of the form of masks.
    #[must_use]
    pub fn json(&self) -> String {
        let mut text = String::from("{");
        for (number, (run, ranges)) in self.runs.iter().enumerate() {
            let ranges: Vec<String> = ranges.iter().map(|(first, last)| format!("[{first}, {last}]")).collect();
            let comma = if number > 0 { "," } else { "" };
            let _ = write!(text, "{comma}\n  \"{run}\": [{}]", ranges.join(", "));
        }
        text.push_str(if self.runs.is_empty() { "}\n" } else { "\n}\n" });
        text
    }
}

/// The sections that a tree beside that of the events lists, also those of which no event is there, as far as they count.
///
/// # Errors
/// Damage. A tree without these columns lists none.
pub fn listed(
    tree: &dyn FileReader,
    columns: &[String; 2],
    counts: &dyn Fn(i64, i64) -> bool,
) -> Result<Sections, ReadError> {
    let mut listed = Sections::default();
    let place = |name: &String| tree.schema().columns.iter().position(|c| c.name == *name && c.shape == Shape::Scalar);
    let (Some(run), Some(section)) = (place(&columns[0]), place(&columns[1])) else { return Ok(listed) };
    let mut scratch = Scratch::default();
    for stretch in tree.borders(run).windows(2) {
        let [first, end] = *stretch else { continue };
        let runs = whole_numbers(tree, run, &(first..end), &mut scratch)?;
        let sections = whole_numbers(tree, section, &(first..end), &mut scratch)?;
        for (run, section) in runs.into_iter().zip(sections) {
            if counts(run, section) {
                listed.add(run, section);
            }
        }
    }
    Ok(listed)
}

/// The note of a file without trees that holds what a tree of sections would: [`Sections::json`].
pub const NOTE: &str = "adlc.sections";

/// Sections that a file may note, at most: more than any experiment has taken.
const MOST_NOTED: u64 = 1 << 24;

/// The sections that a file without trees notes, as far as they count; none if it notes none.
///
/// # Errors
/// `Corrupt` for a note that is none.
pub fn noted(file: &dyn FileReader, counts: &dyn Fn(i64, i64) -> bool) -> Result<Option<Sections>, ReadError> {
    let Some((_, text)) = file.notes().iter().find(|(key, _)| key == NOTE) else { return Ok(None) };
    let wrong = |what: String| ReadError::new(ReadClass::Corrupt, file.path(), format!("its note {NOTE}: {what}"));
    let all = Sections::parse(text).map_err(wrong)?;
    if all.count() > MOST_NOTED {
        return Err(wrong(format!("it lists {} luminosity sections", all.count())));
    }
    let mut noted = Sections::default();
    for (run, section) in all.iter().filter(|(run, section)| counts(i64::from(*run), i64::from(*section))) {
        noted.add(i64::from(run), i64::from(section));
    }
    Ok(Some(noted))
}

/// The sections that a skim carries along, as its inputs list them.
#[derive(Clone, Debug, PartialEq)]
pub struct Carried {
    /// The tree that lists them.
    pub tree: String,
    /// Its columns: run and section.
    pub columns: [String; 2],
    /// The sections.
    pub sections: Sections,
}

/// What a run has seen of luminosity sections.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Events that the mask of the run let through.
    pub kept: u64,
    /// The sections of the events that were processed: of those that the mask let through, and that one of the
    /// analysis's own masks has, if it has any.
    pub processed: Sections,
    /// The first and the last run, whether in a mask or not.
    pub runs: Option<(i64, i64)>,
}

impl Tally {
    /// Notes the run of an event.
    pub fn see(&mut self, run: i64) {
        let (first, last) = self.runs.unwrap_or((run, run));
        self.runs = Some((first.min(run), last.max(run)));
    }

    /// Adds what others have seen.
    pub fn merge(&mut self, other: &Tally) {
        self.kept += other.kept;
        self.processed.merge(&other.processed);
        for run in other.runs.into_iter().flat_map(|(a, b)| [a, b]) {
            self.see(run);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_mask_includes_both_ends() {
        let mask =
            LumiMask::parse("{\"297050\": [[193, 776], [12, 137]],\n \"5\": [], \"7\": [[1,1],[2,3]]}\n").unwrap();
        for section in [12, 13, 137, 193, 776] {
            assert!(mask.contains(297_050, section), "{section}");
        }
        for (run, section) in
            [(297_050, 11), (297_050, 138), (297_050, 777), (5, 1), (6, 1), (-1, 1), (1 << 40, 1), (7, 4)]
        {
            assert!(!mask.contains(run, section), "{run} {section}");
        }
        assert_eq!(mask.runs(), Some((5, 297_050)));
        assert_eq!(LumiMask::parse(" { } ").unwrap(), LumiMask::default());
    }

    #[test]
    fn what_is_no_mask_is_said() {
        for (text, said) in [
            ("", "ends too early"),
            ("[]", "begins with `{`"),
            ("<NamedLumiRange>", "XML"),
            ("{297050: []}", "a number in quotes"),
            ("{\"29x\": []}", "\"29x\" is not the number of a run"),
            ("{\"-1\": []}", "not the number of a run"),
            ("{\"99999999999\": []}", "not the number of a run"),
            ("{\"1", "not the number of a run"),
            ("{\"1\": [[1, 2]], \"1\": []}", "run 1 is there twice"),
            ("{\"1\": [1, 2]}", "expected ranges"),
            ("{\"1\": 7}", "expected ranges"),
            ("{\"1\": null}", "expected ranges"),
            ("{\"1\": [[1]]}", "a first and a last"),
            ("{\"1\": [[1, 2, 3]]}", "has two sections"),
            ("{\"1\": [[1, \"2\"]]}", "is not the number of a section"),
            ("{\"1\": [[1, 2.5]]}", "\"2.5\" is not the number"),
            ("{\"1\": [[-1, 2]]}", "\"-1\" is not the number"),
            ("{\"1\": [[1, 1e9]]}", "not the number"),
            ("{\"1\":\n [[137, 12]]}", "line 2: run 1: the range [137, 12] ends before it begins"),
            ("{\"1\": [[1, 5], [5, 9]]}", "[1, 5] and [5, 9] overlap"),
            ("{\"1\": [[1, 5]]", "ends too early"),
            ("{\"1\": [[1, 5]]} x", "more follows"),
            ("{\"1\": [[[[[[", "not the number"),
        ] {
            let error = LumiMask::parse(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn every_text_is_read_or_refused() {
        let whole = "{\"297050\": [[12, 137], [193, 776]], \"3\": [[1, 2]]}";
        let signs = b"{}[]\",:0919 \n\x00\xff-e";
        let mut seed = 1_u64;
        for _ in 0..20_000 {
            let mut bytes = whole.as_bytes().to_vec();
            for _ in 0..3 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let (at, sign) = ((seed >> 33) as usize % bytes.len(), signs[(seed >> 20) as usize % signs.len()]);
                bytes[at] = sign;
            }
            let _ = LumiMask::parse(&String::from_utf8_lossy(&bytes));
        }
        for size in 0..whole.len() {
            assert!(LumiMask::parse(&whole[..size]).is_err(), "{size}");
        }
    }

    #[test]
    fn processed_sections_are_a_mask_again() {
        let mut sections = Sections::default();
        for (run, section) in [(9, 5), (9, 7), (9, 6), (1, 1), (9, 5), (9, 20)] {
            assert!(sections.add(run, section));
        }
        assert!(!sections.add(-1, 1) && !sections.add(1, 1 << 40));
        assert_eq!(sections.json(), "{\n  \"1\": [[1, 1]],\n  \"9\": [[5, 7], [20, 20]]\n}\n");
        assert_eq!((sections.count(), sections.runs()), (5, Some((1, 9))));
        let mut other = Sections::default();
        for section in [4, 8, 19, 30, u32::MAX] {
            other.add(9, section.into());
        }
        sections.merge(&other);
        let mask = LumiMask::parse(&sections.json()).unwrap();
        assert_eq!(mask.runs[&9], [(4, 8), (19, 20), (30, 30), (u32::MAX, u32::MAX)]);
        assert_eq!(LumiMask::parse(&Sections::default().json()).unwrap().runs(), None);
    }
}
