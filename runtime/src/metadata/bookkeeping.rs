//! Numbers among others in lists: which of the elements of an entry is meant is told by texts beside it, and by the
//! largest of a number (ATLAS `CutBookkeepers`: the one called `AllExecutedEvents`, of the last cycle of processing).

use super::{Choice, MOST, Value, segments};
use crate::exact::ExactSums;
use crate::reader::{FileReader, ReadError, Scratch};
use crate::schema::{ElementType, Shape};
use crate::values::{Buffer, part_of};

/// More entries than this are no description of a file.
const MOST_ENTRIES: u64 = 1 << 16;

/// The sum over all entries of the chosen elements of a column.
pub(super) fn chosen(reader: &dyn FileReader, column: usize, choice: &Choice) -> Result<Option<Value>, ReadError> {
    let unclear = |why: String| Ok(Some(Value::Unclear(why)));
    let schema = reader.schema();
    if schema.events > MOST_ENTRIES {
        return unclear(format!("the tree {} has {} entries", schema.tree, schema.events));
    }
    let number = |name: &str| schema.columns.iter().position(|c| c.name == name);
    let entries = schema.events as usize;
    // The elements that are left, by entry.
    let Some(sizes) = numbers(reader, column)? else { return unclear("its lists are far too long".to_string()) };
    let mut left: Vec<Vec<usize>> = sizes.sizes().map(|n| (0..n).collect()).collect();
    for (name, wanted) in &choice.texts {
        let Some(of) = number(name).filter(|n| !reader.text_borders(*n).is_empty()) else {
            return unclear(format!("it has no texts {name}"));
        };
        let mut scratch = Scratch::default();
        for segment in 0..reader.text_borders(of).len().saturating_sub(1) {
            let texts = reader.texts(of, segment, &mut scratch)?;
            for entry in 0..texts.entries() {
                let fits: Vec<bool> = texts.of(entry).map(|text| wanted.iter().any(|w| *w == text)).collect();
                if let Some(left) = left.get_mut(texts.first_entry() as usize + entry) {
                    left.retain(|place| fits.get(*place).copied().unwrap_or(false));
                }
            }
        }
    }
    let largest = match &choice.largest {
        None => None,
        Some(name) => match number(name) {
            Some(of) if schema.columns.get(of).is_some_and(|c| c.shape == Shape::List) => numbers(reader, of)?,
            _ => return unclear(format!("it has no list {name}")),
        },
    };
    let mut sum = sizes.zero();
    for entry in 0..entries {
        let places = left.get(entry).map_or(&[][..], Vec::as_slice);
        let of = |place: usize| largest.as_ref().and_then(|l| l.at(entry, place)).unwrap_or(f64::NEG_INFINITY);
        // Of several that are equal the first.
        let place = match (places, &largest) {
            ([], _) => return unclear(format!("entry {entry} of the tree {} has none of these", schema.tree)),
            ([one], _) => *one,
            ([_, ..], None) => return unclear(format!("entry {entry} of the tree {} has several", schema.tree)),
            ([first, rest @ ..], Some(_)) => rest.iter().fold(*first, |a, b| if of(*b) > of(a) { *b } else { a }),
        };
        sizes.add(entry, place, &mut sum);
    }
    Ok(Some(sum))
}

/// The lists of a column.
struct Numbers {
    starts: Vec<usize>,
    values: Buffer,
}

fn numbers(reader: &dyn FileReader, column: usize) -> Result<Option<Numbers>, ReadError> {
    let element = reader.schema().columns.get(column).map_or(ElementType::F64, |c| c.element);
    let stored =
        if matches!(element, ElementType::F32 | ElementType::F64) { ElementType::F64 } else { ElementType::I64 };
    let (mut starts, mut values, mut good) = (vec![0], Buffer::new(stored), true);
    segments(reader, column, |segment| {
        for entry in 0..segment.events {
            let range = segment.start(entry)..segment.start(entry + 1);
            good &= range.len() <= MOST && values.append(part_of(&segment.values(), range));
            starts.push(values.len());
        }
    })?;
    Ok(good.then_some(Numbers { starts, values }))
}

impl Numbers {
    fn sizes(&self) -> impl Iterator<Item = usize> {
        self.starts.windows(2).map(|pair| pair[1] - pair[0])
    }

    /// A sum of none of them.
    fn zero(&self) -> Value {
        match self.values {
            Buffer::F64(_) => Value::Real(ExactSums::new(1)),
            _ => Value::Whole(0),
        }
    }

    fn index(&self, entry: usize, place: usize) -> Option<usize> {
        let (start, end) = (self.starts.get(entry)?, self.starts.get(entry + 1)?);
        Some(start + place).filter(|at| at < end)
    }

    fn at(&self, entry: usize, place: usize) -> Option<f64> {
        let at = self.index(entry, place)?;
        match &self.values {
            Buffer::F64(values) => values.get(at).copied(),
            Buffer::I64(values) => values.get(at).map(|v| *v as f64),
            _ => None,
        }
    }

    /// Adds an element to a sum that [`Numbers::zero`] began.
    fn add(&self, entry: usize, place: usize, sum: &mut Value) {
        let at = self.index(entry, place);
        match (&self.values, sum) {
            (Buffer::F64(values), Value::Real(sum)) => {
                sum.add(0, at.and_then(|at| values.get(at)).copied().unwrap_or(f64::NAN));
            }
            (Buffer::I64(values), Value::Whole(sum)) => {
                *sum += at.and_then(|at| values.get(at)).map_or(0, |v| i128::from(*v));
            }
            _ => {}
        }
    }
}
