//! What files say of all events that they come from, before any selection: numbers of events and sums of generator
//! weights, as sums over the entries of a tree beside that of the events (NanoAOD: `Runs`, one entry per run and merged
//! file), one number among others in its lists (ATLAS: `CutBookkeepers`), or a bin of histograms. Which trees, columns and
//! histograms these are is told by the caller. Sums are exact until they are written.

mod bookkeeping;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::exact::ExactSums;
use crate::partial::Ledger;
use crate::reader::{FileReader, ReadClass, ReadError, Scratch, Segment};
use crate::schema::{ElementType, Shape};
use crate::values::{Buffer, part_of};

/// Values that an entry's list may have, at most.
const MOST: usize = 1 << 16;

/// What is to be read. Of several of one name the first is taken that a file has.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// What it is called.
    pub name: String,
    /// Where it is.
    pub place: Place,
}

/// Where a file says something of all its events.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// In a column of the events, the first of these that is there: each has the value of its whole sample.
    Sample(Vec<String>),
    /// In the entries of a tree.
    Tree(Entries),
    /// In a bin of all histograms whose path fits a pattern with one `*`; the first bin of the axis is 1.
    Bin(String, usize),
}

/// A column of a tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Entries {
    /// The tree.
    pub tree: String,
    /// The column: the first of these that is there.
    pub columns: Vec<String>,
    /// Columns with which each entry is multiplied before it is added: the first of these that is there.
    pub times: Option<Vec<String>>,
    /// Which element of lists; without, lists are added place by place.
    pub choice: Option<Choice>,
}

/// Which element of a list is meant.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The one whose text in each of these columns is one of those.
    pub texts: Vec<(String, Vec<String>)>,
    /// Of several the one with the largest value in this column.
    pub largest: Option<String>,
}

/// What was read.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A sum of whole numbers.
    Whole(i128),
    /// A sum of real numbers.
    Real(ExactSums),
    /// Sums of the values of lists, place by place.
    List(ExactSums),
    /// The one value of a sample.
    Same(f64),
    /// It has no one value, for this reason.
    Unclear(String),
}

/// What is known of a file, by name.
pub type Metadata = BTreeMap<String, Value>;

impl Value {
    /// Adds what another file says.
    pub fn add(&mut self, other: &Value) {
        let sum = match (&mut *self, other) {
            (Value::Whole(a), Value::Whole(b)) => a.checked_add(*b).map(Value::Whole),
            (Value::Real(a), Value::Real(b)) => {
                a.merge(b);
                return;
            }
            (Value::List(a), Value::List(b)) if a.len() == b.len() => {
                a.merge(b);
                return;
            }
            (Value::Same(a), Value::Same(b)) if a == b => return,
            (Value::Same(_), Value::Same(_)) => Some(Value::Unclear("the files are of different samples".to_string())),
            (Value::Unclear(_), _) => return,
            (_, Value::Unclear(why)) => Some(Value::Unclear(why.clone())),
            _ => None,
        };
        *self = sum.unwrap_or_else(|| Value::Unclear("it is of different kinds in different files".to_string()));
    }

    /// As JSON: a number, a list of numbers, or the reason why there is none.
    #[must_use]
    pub fn json(&self) -> Json {
        match self {
            Value::Whole(sum) => i64::try_from(*sum).map_or_else(|_| json!(sum.to_string()), |sum| json!(sum)),
            Value::Real(sum) => json!(sum.value(0)),
            Value::List(sums) => json!(sums.values()),
            Value::Same(value) => json!(value),
            Value::Unclear(why) => json!({ "unclear": why }),
        }
    }

    /// For a line of text.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Value::Whole(sum) => sum.to_string(),
            Value::Real(sum) => format!("{:?}", sum.value(0)),
            Value::List(sums) => format!("({} values)", sums.len()),
            Value::Same(value) => format!("{value:?}"),
            Value::Unclear(why) => format!("(unclear: {why})"),
        }
    }
}

/// Opens another tree of the file at a path.
pub type OpenTree<'a> = &'a dyn Fn(&Path, &str) -> Result<Arc<dyn FileReader>, ReadError>;

/// Reads what a file says of itself.
///
/// # Errors
/// Damage. A tree or column that is not there is no error: its value is absent.
pub fn read(file: &dyn FileReader, wanted: &[Wanted], open: OpenTree<'_>) -> Result<Metadata, ReadError> {
    let mut trees: BTreeMap<&str, Option<Arc<dyn FileReader>>> = BTreeMap::new();
    let mut found = Metadata::new();
    for one in wanted {
        if found.contains_key(&one.name) {
            continue;
        }
        let value = match &one.place {
            Place::Sample(columns) => sample_value(file, columns)?,
            // A file without trees has one table: that of the events.
            Place::Tree(_) | Place::Bin(..) if file.schema().tree.is_empty() => noted(file, &one.name),
            Place::Bin(pattern, bin) => binned(file, pattern, *bin)?,
            Place::Tree(entries) => {
                if !trees.contains_key(entries.tree.as_str()) {
                    let opened = match open(file.path(), &entries.tree) {
                        Ok(reader) => Some(reader),
                        Err(error) if error.class == ReadClass::Schema => None,
                        Err(error) => return Err(error),
                    };
                    trees.insert(&entries.tree, opened);
                }
                match trees.get(entries.tree.as_str()) {
                    Some(Some(reader)) => summed(&**reader, entries)?,
                    _ => None,
                }
            }
        };
        if let Some(value) = value {
            found.insert(one.name.clone(), value);
        }
    }
    Ok(found)
}

/// The first of these columns that is there and can be read.
fn first(reader: &dyn FileReader, names: &[String]) -> Option<(usize, bool)> {
    names.iter().find_map(|name| {
        let place = reader.schema().columns.iter().position(|c| c.name == *name)?;
        match reader.schema().columns.get(place)?.shape {
            Shape::Scalar => Some((place, false)),
            Shape::List => Some((place, true)),
            Shape::Lists | Shape::Unsupported(_) => None,
        }
    })
}

/// All segments of a column, one after the other.
fn segments(reader: &dyn FileReader, column: usize, mut each: impl FnMut(&Segment)) -> Result<(), ReadError> {
    let mut scratch = Scratch::default();
    for number in 0..reader.borders(column).len().saturating_sub(1) {
        each(&reader.decode(column, number, &mut scratch)?);
    }
    Ok(())
}

/// The sum over all entries.
fn summed(reader: &dyn FileReader, wanted: &Entries) -> Result<Option<Value>, ReadError> {
    let Some((column, is_list)) = first(reader, &wanted.columns) else { return Ok(None) };
    // What is one number in each entry was chosen before: skims have it so.
    if let Some(choice) = wanted.choice.as_ref().filter(|_| is_list) {
        return bookkeeping::chosen(reader, column, choice);
    }
    let factors = match &wanted.times {
        None => None,
        Some(names) => match first(reader, names) {
            Some((column, false)) => Some(reals(reader, column)?),
            _ => return Ok(None),
        },
    };
    let unclear = |why: &str| Ok(Some(Value::Unclear(why.to_string())));
    if !is_list && factors.is_none() {
        let (mut whole, mut is_whole) = (0_i128, true);
        segments(reader, column, |segment| {
            let mut numbers = Buffer::new(ElementType::I64);
            let all = segment.values();
            if let adl_root::Values::U64(values) = &all {
                whole += values.iter().map(|v| i128::from(*v)).sum::<i128>();
            } else if numbers.append(all) {
                if let Buffer::I64(numbers) = &numbers {
                    whole += numbers.iter().map(|v| i128::from(*v)).sum::<i128>();
                }
            } else {
                is_whole = false;
            }
        })?;
        if is_whole {
            return Ok(Some(Value::Whole(whole)));
        }
    }
    let mut sums: Option<ExactSums> = None;
    let mut wrong = None;
    segments(reader, column, |segment| {
        for entry in 0..segment.events {
            let (from, to) = (segment.start(entry), segment.start(entry + 1));
            if to - from > MOST {
                wrong = Some("its lists are far too long");
                return;
            }
            let mut values = Buffer::new(ElementType::F64);
            let added = values.append(part_of(&segment.values(), from..to));
            let Buffer::F64(values) = values else { return };
            let sums = sums.get_or_insert_with(|| ExactSums::new(values.len()));
            if !added || values.len() != sums.len() {
                wrong = Some(if added { "its lists have different lengths" } else { "it holds no real numbers" });
                return;
            }
            let factor = match &factors {
                None => 1.0,
                Some(factors) => factors.get(segment.first as usize + entry).copied().unwrap_or(f64::NAN),
            };
            for (place, value) in values.into_iter().enumerate() {
                sums.add(place, value * factor);
            }
        }
    })?;
    match (wrong, sums) {
        (Some(why), _) => unclear(why),
        (None, Some(sums)) if is_list => Ok(Some(Value::List(sums))),
        (None, Some(sums)) => Ok(Some(Value::Real(sums))),
        // A tree without entries.
        (None, None) if is_list => Ok(None),
        (None, None) => Ok(Some(Value::Real(ExactSums::new(1)))),
    }
}

/// The sum of a bin of all histograms that fit.
fn binned(file: &dyn FileReader, pattern: &str, bin: usize) -> Result<Option<Value>, ReadError> {
    let fits = |path: &str| match pattern.split_once('*') {
        Some((before, after)) => {
            path.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).is_some_and(|inner| !inner.is_empty())
        }
        None => path == pattern,
    };
    let mut sum = None;
    for contents in file.histograms(&fits)? {
        let Some(content) = contents.get(bin).filter(|_| bin > 0 && bin + 1 < contents.len()) else {
            return Ok(Some(Value::Unclear(format!("a histogram has no bin {bin}"))));
        };
        sum.get_or_insert_with(|| ExactSums::new(1)).add(0, *content);
    }
    Ok(sum.map(Value::Real))
}

/// The values of a column as real numbers.
fn reals(reader: &dyn FileReader, column: usize) -> Result<Vec<f64>, ReadError> {
    let mut values = Buffer::new(ElementType::F64);
    let mut whole = true;
    segments(reader, column, |segment| whole &= values.append(segment.values()))?;
    match values {
        Buffer::F64(values) if whole => Ok(values),
        _ => Ok(Vec::new()),
    }
}

/// The value that every event has, by the first stretch of events.
fn sample_value(file: &dyn FileReader, names: &[String]) -> Result<Option<Value>, ReadError> {
    let Some((column, false)) = first(file, names) else { return Ok(None) };
    if file.borders(column).len() < 2 {
        return Ok(None);
    }
    let segment = file.decode(column, 0, &mut Scratch::default())?;
    let mut values = Buffer::new(ElementType::F64);
    if !values.append(segment.values()) {
        return Ok(Some(Value::Unclear("it holds no real numbers".to_string())));
    }
    let Buffer::F64(values) = values else { return Ok(None) };
    Ok(values.first().map(|one| match values.iter().all(|v| v == one) {
        true => Value::Same(*one),
        false => Value::Unclear("it differs from event to event".to_string()),
    }))
}

/// A total that a skim carries along, so that it is as well known of its origin as what it is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Carried {
    /// What it is called.
    pub name: String,
    /// Where it is, where there are trees.
    pub place: CarriedTo,
    /// The total.
    pub value: Total,
    /// What a list is multiplied with when it is read again, entry by entry.
    pub times: Option<f64>,
}

/// Where a total is carried to.
#[derive(Clone, Debug, PartialEq)]
pub enum CarriedTo {
    /// A tree, and its column there.
    Tree(String, String),
    /// A histogram, and its bin there.
    Bin(String, usize),
}

/// A total as it is written.
#[derive(Clone, Debug, PartialEq)]
pub enum Total {
    /// A whole number.
    Whole(i64),
    /// A real number.
    Real(f64),
    /// Several.
    List(Vec<f64>),
}

/// What stands for the samples in the name of a histogram with the sums of all.
const ALL: &str = "all";

/// What a skim of all events of some files carries along: the totals that all files know.
#[must_use]
pub fn carried(wanted: &[Wanted], ledger: &Ledger) -> Vec<Carried> {
    let total = ledger.metadata();
    let known = |name: &str| ledger.files.values().all(|f| f.metadata.contains_key(name));
    let mut carried: Vec<Carried> = Vec::new();
    for one in wanted.iter().filter(|w| known(&w.name)) {
        if carried.iter().any(|c| c.name == one.name) {
            continue;
        }
        let (place, times, tree) = match &one.place {
            Place::Sample(_) => continue,
            Place::Bin(pattern, bin) => (CarriedTo::Bin(pattern.replacen('*', ALL, 1), *bin), None, None),
            Place::Tree(entries) => match entries.columns.first() {
                Some(column) => {
                    let place = CarriedTo::Tree(entries.tree.clone(), column.clone());
                    (place, entries.times.as_ref(), Some(&entries.tree))
                }
                None => continue,
            },
        };
        let Some(value) = total.get(&one.name) else { continue };
        let value = match value {
            Value::Whole(sum) => i64::try_from(*sum).ok().map(Total::Whole),
            Value::Real(sum) => Some(Total::Real(sum.value(0))),
            Value::List(sums) => Some(Total::List(sums.values())),
            Value::Same(_) | Value::Unclear(_) => None,
        };
        let factor = times.map(|names| {
            let is_it =
                |w: &&Wanted| matches!(&w.place, Place::Tree(e) if e.columns == *names && Some(&e.tree) == tree);
            let other = wanted.iter().find(is_it);
            other.and_then(|w| total.get(&w.name)).map_or(f64::NAN, |v| v.json().as_f64().unwrap_or(f64::NAN))
        });
        // Without the factor the entries could not be read again.
        if factor.is_some_and(|f| !f.is_finite() || f == 0.0) {
            continue;
        }
        if let Some(value) = value {
            carried.push(Carried { name: one.name.clone(), place, value, times: factor });
        }
    }
    carried
}

/// The prefix of the notes of a file without trees that hold what a tree would.
pub const NOTE: &str = "adlc.metadata.";

/// What a file without trees notes.
fn noted(file: &dyn FileReader, name: &str) -> Option<Value> {
    let key = format!("{NOTE}{name}");
    let text = file.notes().iter().find(|(k, _)| *k == key).map(|(_, text)| text)?;
    if let Ok(whole) = text.parse::<i128>() {
        return Some(Value::Whole(whole));
    }
    let real = |value: f64| {
        let mut sum = ExactSums::new(1);
        sum.add(0, value);
        sum
    };
    match serde_json::from_str::<Json>(text) {
        Ok(Json::Array(values)) if values.len() <= MOST => {
            let mut sums = ExactSums::new(values.len());
            for (place, value) in values.iter().enumerate() {
                sums.add(place, value.as_f64()?);
            }
            Some(Value::List(sums))
        }
        Ok(value) => value.as_f64().map(|v| Value::Real(real(v))),
        Err(_) => None,
    }
}
