//! References: numbers by which objects of an event are known, such as those of ROOT (TRef, TRefArray). Where files are
//! read they become positions in the collections of these objects, one collection after the other, as links are.
//!
//! An object that is referred to has its number in the lowest 24 bits of its `fUniqueID`, and references have the same
//! bits; those above say which process gave the number (ROOT Reference Guide, class TRef). The numbers are those of one
//! event: Delphes gives them anew in each.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use adl_root::Values as Slice;

use crate::cache::overlapping;
use crate::reader::{FileReader, ReadClass, ReadError, Scratch, Segment};
use crate::schema::ElementType;
use crate::values::{Buffer, part_of};

/// The bits of a number that say which object it is.
const NUMBER: i64 = 0xff_ffff;

/// The position of a reference that leads nowhere by intention: its number is 0.
pub const NONE: i32 = -1;

/// The position of a reference to an object that is not there: beyond the end of any collection.
pub const LOST: i32 = i32::MAX;

/// The positions that the references of a segment of column `numbers` lead to, among the objects that the columns
/// `known_by` have, one column after the other: [`NONE`] and [`LOST`] where there are none.
pub(crate) fn positions(
    file: &dyn FileReader,
    numbers: usize,
    known_by: &[usize],
    segment: usize,
    scratch: &mut Scratch,
) -> Result<Segment, ReadError> {
    let wrong = |what: &str| ReadError::new(ReadClass::Corrupt, file.path(), what);
    let refers = file.decode(numbers, segment, scratch)?;
    let wanted = whole(file, refers.values())?;
    let mut objects = Vec::new();
    for column in known_by {
        objects.push(numbers_of(file, *column, &refers, scratch)?);
    }
    let mut made = Vec::with_capacity(wanted.len());
    let mut known: Vec<(i64, i32)> = Vec::new();
    for event in 0..refers.events {
        known.clear();
        for lists in &objects {
            for number in lists.get(event).map_or(&[][..], Vec::as_slice) {
                let position = i32::try_from(known.len()).map_err(|_| wrong("far too many objects in an event"))?;
                known.push((number & NUMBER, position));
            }
        }
        // Of several with one number the first.
        known.sort_unstable();
        for number in wanted.get(refers.start(event)..refers.start(event + 1)).unwrap_or_default() {
            let number = number & NUMBER;
            let found = known.get(known.partition_point(|(n, _)| *n < number));
            made.push(match found {
                _ if number == 0 => NONE,
                Some((n, position)) if *n == number => *position,
                _ => LOST,
            });
        }
    }
    refers.with_values(Buffer::I32(made)).ok_or_else(|| wrong("references that do not follow each other"))
}

/// The collection that the links of a file lead to: the key of the first that was read, 0 before that.
#[derive(Clone, Debug, Default)]
pub struct OneKey(Arc<AtomicI64>);

impl PartialEq for OneKey {
    fn eq(&self, other: &OneKey) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl OneKey {
    /// False if this is another key than before.
    fn is(&self, key: i64) -> bool {
        match self.0.compare_exchange(0, key, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => true,
            Err(known) => known == key,
        }
    }
}

/// The positions of element links (ATLAS: `ElementLink`, class AthLinks/ElementLink, which is stored as `m_persIndex`, a
/// position in a collection, and `m_persKey`, the hash of the collection's name, 0 if it leads nowhere): of a segment of
/// column `index`, [`NONE`] where column `key` has 0. A name cannot be told from its hash.
///
/// # Errors
/// `Schema` if not all lead to one collection.
pub(crate) fn keyed(
    file: &dyn FileReader,
    [index, key]: [usize; 2],
    one: &OneKey,
    segment: usize,
    scratch: &mut Scratch,
) -> Result<Segment, ReadError> {
    let links = file.decode(index, segment, scratch)?;
    let keys: Vec<i64> = numbers_of(file, key, &links, scratch)?.concat();
    let positions = whole(file, links.values())?;
    let name = |column: usize| file.schema().columns.get(column).map_or("", |c| c.name.as_str());
    if keys.len() != positions.len() {
        let message = format!("the columns `{}` and `{}` have lists of different sizes", name(index), name(key));
        return Err(ReadError::new(ReadClass::Corrupt, file.path(), message));
    }
    let mut made = Vec::with_capacity(positions.len());
    for (position, key_of) in positions.into_iter().zip(keys) {
        if key_of != 0 && !one.is(key_of) {
            let message = format!(
                "the links of column `{}` lead into several collections, and which one is meant cannot be told: `{}` has \
                 several numbers",
                name(index),
                name(key)
            );
            return Err(ReadError::new(ReadClass::Schema, file.path(), message));
        }
        made.push(if key_of == 0 { NONE } else { i32::try_from(position).unwrap_or(LOST) });
    }
    links.with_values(Buffer::I32(made)).ok_or_else(|| {
        ReadError::new(ReadClass::Corrupt, file.path(), format!("the lists of column `{}` are damaged", name(index)))
    })
}

/// What a column of lists has in each of the events of a segment of another.
fn numbers_of(
    file: &dyn FileReader,
    column: usize,
    like: &Segment,
    scratch: &mut Scratch,
) -> Result<Vec<Vec<i64>>, ReadError> {
    let events = like.first..like.first + like.events as u64;
    let mut lists = Vec::with_capacity(like.events);
    for number in overlapping(file.borders(column), &events) {
        let segment = file.decode(column, number, scratch)?;
        let from = events.start.saturating_sub(segment.first) as usize;
        let to = (events.end.saturating_sub(segment.first) as usize).min(segment.events);
        let values = segment.values();
        for event in from..to {
            lists.push(whole(file, part_of(&values, segment.start(event)..segment.start(event + 1)))?);
        }
    }
    match lists.len() == like.events {
        true => Ok(lists),
        false => Err(ReadError::new(ReadClass::Corrupt, file.path(), "a column of references ends early")),
    }
}

/// Whole numbers as they are, or why they are none.
fn whole(file: &dyn FileReader, values: Slice<'_>) -> Result<Vec<i64>, ReadError> {
    let mut made = Buffer::new(ElementType::I64);
    match (made.append(values), made) {
        (true, Buffer::I64(made)) => Ok(made),
        _ => Err(ReadError::new(ReadClass::Schema, file.path(), "references are whole numbers, and a column is not")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::MemoryFile;

    #[test]
    fn element_links_lead_to_one_collection_or_nowhere() {
        let file = MemoryFile::new("events")
            .list("link.m_persIndex", ElementType::U32, &[vec![3.0, 0.0], vec![], vec![4_294_967_295.0, 1.0]])
            .segments(&[2])
            .list("link.m_persKey", ElementType::U32, &[vec![7.0, 0.0], vec![], vec![0.0, 7.0]])
            .list("other", ElementType::U32, &[vec![7.0, 0.0], vec![], vec![0.0, 8.0]])
            .list("short", ElementType::U32, &[vec![7.0], vec![], vec![0.0, 8.0]]);
        let found = |key, one: &OneKey, segment| {
            let segment = keyed(&file, [0, key], one, segment, &mut Scratch::default());
            segment.map(|s| whole(&file, s.values())).map_err(|e| (e.class, e.message))
        };
        let (one, none) = (OneKey::default(), i64::from(NONE));
        assert_eq!(found(1, &one, 0), Ok(Ok(vec![3, none])));
        assert_eq!(found(1, &one, 1), Ok(Ok(vec![none, 1])));
        // In another segment than the first.
        let one = OneKey::default();
        assert_eq!(found(2, &one, 0), Ok(Ok(vec![3, none])));
        let mixed = found(2, &one, 1).err();
        let says = |message: &str| message.contains("`link.m_persIndex` lead into several collections");
        assert!(mixed.as_ref().is_some_and(|(class, m)| *class == ReadClass::Schema && says(m)), "{mixed:?}");
        assert_eq!(found(3, &OneKey::default(), 0).err().map(|(class, _)| class), Some(ReadClass::Corrupt));
    }

    #[test]
    fn references_are_positions_in_one_collection_after_the_other() {
        let process = f64::from(1 << 24);
        let known = |numbers: &[f64]| numbers.iter().map(|n| n + process).collect::<Vec<f64>>();
        let jets = [vec![vec![3.0, 9.0], vec![]], vec![], vec![vec![7.0, 0.0, 5.0], vec![3.0]]];
        let file = MemoryFile::new("events")
            .lists("Jet.Parts", ElementType::U32, &jets)
            .segments(&[1])
            .list("Track.fUniqueID", ElementType::U32, &[known(&[9.0]), vec![], known(&[2.0, 5.0])])
            .list("Tower.fUniqueID", ElementType::U32, &[known(&[4.0, 3.0]), known(&[3.0]), known(&[7.0])])
            .segments(&[2])
            .list("Muon.Part", ElementType::I32, &[vec![3.0], vec![4.0], vec![]]);
        let found = |numbers, segment| {
            let made = positions(&file, numbers, &[1, 2], segment, &mut Scratch::default());
            made.map(|s| (whole(&file, s.values()), (0..=s.events).map(|e| s.start(e)).collect::<Vec<_>>()))
        };
        assert_eq!(found(0, 0), Ok((Ok(vec![2, 0]), vec![0, 2])));
        let (none, lost) = (i64::from(NONE), i64::from(LOST));
        assert_eq!(found(0, 1), Ok((Ok(vec![2, none, 1, lost]), vec![0, 0, 4])));
        assert_eq!(found(3, 0), Ok((Ok(vec![2, lost]), vec![0, 1, 2, 2])));
    }

    #[test]
    fn a_column_that_ends_early_is_damage() {
        let file = MemoryFile::new("events").list("Muon.Part", ElementType::I32, &[vec![3.0], vec![4.0]]).list(
            "Track.fUniqueID",
            ElementType::U32,
            &[vec![3.0]],
        );
        let made = positions(&file, 0, &[1], 0, &mut Scratch::default());
        assert!(made.is_err_and(|e| e.class == ReadClass::Corrupt));
    }
}
