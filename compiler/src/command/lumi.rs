//! Lumi masks: that of the command line, and those that the text names; and which columns of the inputs they need.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use adl_runtime::chain::{Extra, Source, with_extras};
use adl_runtime::job::LumiJob;
use adl_runtime::lumi::{self, Carried, LumiMask, Sections};
use adl_runtime::output::digest;
use adl_runtime::partial::Outcome;
use adl_runtime::reader::{self, FileReader, ReadClass};
use adl_runtime::rows::{Format, Table, Tables};
use adl_runtime::schema::{ElementType, Shape};
use adlc::hir::error;

use super::{Checked, Failure, number, report, say, tell};

/// What a run does by luminosity section.
pub struct Masks {
    /// For the driver.
    pub job: LumiJob,
    /// The files of the masks as given, and SHA-256 digests of them.
    pub files: Vec<(String, String)>,
    /// The mask of the command line.
    pub given: Option<String>,
}

/// Reads all masks and gives the inputs the columns that the text's need. None where there is no mask.
pub fn masks(checked: &mut Checked, given: Option<&Path>, json: bool) -> Result<Option<Masks>, Failure> {
    if given.is_none() && checked.analysis.masks.is_empty() {
        return Ok(None);
    }
    let mut files = Vec::new();
    let mask = match given {
        Some(path) => {
            if checked.binding.simulated {
                let text =
                    "the events are simulated: a lumi mask certifies data, and simulation has no sections to certify";
                return Err(Failure::new(2, format!("--lumi-mask {}: {text}", path.display())));
            }
            let wrong = |what: String| Failure::new(2, format!("--lumi-mask {}: {what}", path.display()));
            let (mask, digest) = read(path).map_err(wrong)?;
            files.push((path.display().to_string(), digest));
            Some(Arc::new(mask))
        }
        None => None,
    };
    let columns = checked.binding.sections().map_err(|what| Failure::new(4, format!("a lumi mask: {what}")))?;
    check_sections(checked, &columns)?;
    let (mut of_analysis, mut messages) = (Vec::new(), Vec::new());
    for named in checked.analysis.masks.clone() {
        let from = checked.parsed.sources.get(named.span.file).map_or(PathBuf::new(), |s| PathBuf::from(&s.name));
        let path = from.parent().unwrap_or(Path::new("")).join(&named.path);
        match read(&path) {
            Ok((mask, digest)) => {
                files.push((named.path.clone(), digest));
                of_analysis.push((named.column.clone(), Arc::new(mask)));
            }
            Err(what) => messages.push(error::lumi_mask_file(&what, named.span)),
        }
    }
    report(&messages, &checked.parsed, json, false)?;
    checked.readers = masked(&checked.readers, &columns, &of_analysis);
    let of_analysis = of_analysis.into_iter().map(|(_, mask)| mask).collect();
    let given = given.map(|path| path.display().to_string());
    Ok(Some(Masks { job: LumiJob { columns, mask, of_analysis }, files, given }))
}

fn read(path: &Path) -> Result<(LumiMask, String), String> {
    let text = super::read_text(path)?;
    Ok((LumiMask::parse(&text)?, digest::sha256(text.as_bytes())))
}

/// The sections that each file lists, also those without events, as far as they count; none of a file that lists none.
fn listed(
    checked: &Checked,
    columns: &[String; 2],
    counts: &dyn Fn(i64, i64) -> bool,
) -> Result<Vec<Option<Sections>>, Failure> {
    let Some(tree) = &checked.binding.section_tree else { return Ok(vec![None; checked.files.len()]) };
    let of = |file: &Arc<dyn FileReader>| {
        let file = &reader::opened(file)?;
        // A file without trees has one table, and a file that is elsewhere is not opened again.
        if file.schema().tree.is_empty() {
            return lumi::noted(&**file, counts);
        }
        match file.tree(tree).unwrap_or_else(|| reader::open(file.path(), Some(tree), &[])) {
            Ok(sections) => lumi::listed(&*sections, columns, counts).map(Some),
            Err(error) if error.class == ReadClass::Schema => Ok(None),
            Err(error) => Err(error),
        }
    };
    Ok(checked.files.iter().map(of).collect::<Result<_, _>>()?)
}

/// The sections that each file lists and the masks have.
pub fn masked_sections(checked: &Checked, masks: &Masks) -> Result<Vec<Sections>, Failure> {
    let job = &masks.job;
    let all = listed(checked, &job.columns, &|run, section| job.counts(run, section))?;
    Ok(all.into_iter().map(Option::unwrap_or_default).collect())
}

/// Whether what is saved can list the sections of its inputs.
pub fn saves_sections(checked: &Checked, tables: &Tables) -> bool {
    let is_file = |table: &Table| matches!(table.format, Format::Parquet | Format::Root | Format::Ntuple);
    checked.binding.section_tree.is_some() && tables.tables.iter().any(is_file)
}

/// The sections that what is saved carries along: those that all files list, and that the mask of the command line has.
/// Masks of the text are conditions of regions, as others.
pub fn carried(checked: &Checked, masks: Option<&Masks>, tables: &Tables) -> Result<Option<Carried>, Failure> {
    let (Some(tree), Ok(columns)) = (&checked.binding.section_tree, checked.binding.sections()) else {
        return Ok(None);
    };
    if !saves_sections(checked, tables) {
        return Ok(None);
    }
    let mask = masks.and_then(|m| m.job.mask.as_ref());
    let all = listed(checked, &columns, &|run, section| mask.is_none_or(|m| m.contains(run, section)))?;
    let without = all.iter().filter(|sections| sections.is_none()).count();
    if without > 0 {
        if without < all.len() {
            let count = format!("{without} of {}", number(all.len(), "file"));
            tell(format!(
                "note: what is saved lists no luminosity sections: {count} do not list theirs in a tree {tree}"
            ));
        }
        return Ok(None);
    }
    let mut sections = Sections::default();
    all.iter().flatten().for_each(|own| sections.merge(own));
    Ok(Some(Carried { tree: tree.clone(), columns, sections }))
}

/// Fails if a file does not say the run and luminosity section of its events.
fn check_sections(checked: &Checked, columns: &[String; 2]) -> Result<(), Failure> {
    let lacks = |column: &String, reader: &Arc<dyn FileReader>| {
        reader.schema().column(column).is_none_or(|c| c.shape != Shape::Scalar)
    };
    let mut lines = Vec::new();
    for column in columns {
        let without = checked.readers.iter().filter(|r| lacks(column, r));
        let paths: Vec<String> = without.map(|r| r.path().display().to_string()).collect();
        if !paths.is_empty() {
            lines.push(format!("a lumi mask needs the column `{column}`, which is missing in {}", paths.join(", ")));
        }
    }
    if lines.is_empty() { Ok(()) } else { Err(Failure::new(ReadClass::Schema.exit_code(), lines.join("\n"))) }
}

/// The files with a column for each mask of the analysis.
fn masked(
    readers: &[Arc<dyn FileReader>],
    [run, section]: &[String; 2],
    masks: &[(String, Arc<LumiMask>)],
) -> Vec<Arc<dyn FileReader>> {
    let extras = |reader: &Arc<dyn FileReader>| {
        let place = |name: &String| reader.schema().columns.iter().position(|c| c.name == *name);
        let (Some(run), Some(section)) = (place(run), place(section)) else { return Vec::new() };
        let extra = |(name, mask): &(String, Arc<LumiMask>)| Extra {
            name: name.clone(),
            element: ElementType::Bool,
            source: Source::Mask { mask: mask.clone(), run, section },
        };
        masks.iter().map(extra).collect()
    };
    with_extras(readers.iter().map(|reader| (reader.clone(), extras(reader))))
}

/// Says what the masks let through.
pub fn summary(masks: &Masks, outcome: &Outcome, output: &Path) {
    let tally = &outcome.lumi;
    if let Some(name) = &masks.given {
        say(format!("lumi mask {name}: {} of {} pass", tally.kept, number(outcome.events as usize, "event")));
    }
    let sections = number(tally.processed.count() as usize, "luminosity section");
    say(format!("{sections} processed; listed in {}", output.join(adl_runtime::output::LUMIS).display()));
}

/// Warns where a mask and the inputs have nothing in common.
pub fn warn(masks: &Masks, outcome: &Outcome) {
    let all = masks.job.mask.iter().chain(&masks.job.of_analysis).filter_map(|m| m.runs());
    let of_masks = all.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    let (Some((first, last)), true) = (outcome.lumi.runs, outcome.lumi.processed.count() == 0) else { return };
    let known = of_masks.map_or("none".to_owned(), |(a, b)| format!("{a} to {b}"));
    let hint = if (first, last) == (1, 1) { "; run 1 is what simulation has" } else { "" };
    tell(format!(
        "warning: no event is in the lumi mask: its runs are {known}, those of the input {first} to {last}{hint}"
    ));
}
