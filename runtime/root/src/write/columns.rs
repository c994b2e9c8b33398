//! What is given to a tree or an RNTuple to be written: whether branches and columns fit each other.

use super::Error;
use super::tree::Branch;
use crate::{Element, Values};

/// Fails if a counter is none, or two branches have one name.
pub(super) fn check_branches(name: &str, branches: &[Branch]) -> Result<(), Error> {
    let wrong = |what: String| Error::Tree { name: name.to_string(), what };
    for (number, branch) in branches.iter().enumerate() {
        if branches.iter().take(number).any(|b| b.name == branch.name) {
            return Err(wrong(format!("it has two branches {:?}", branch.name)));
        }
        let Some(counter) = branch.counter else { continue };
        let fits =
            |b: &Branch| b.counter.is_none() && !matches!(b.element, Element::Bool | Element::F32 | Element::F64);
        if counter >= number || !branches.get(counter).is_some_and(fits) {
            return Err(wrong(format!("branch {:?} has no counter before it", branch.name)));
        }
    }
    Ok(())
}

/// The entries that the columns of some branches have, and of each branch that counts its values.
pub(super) struct Given {
    pub(super) entries: usize,
    pub(super) counts: Vec<Option<Vec<i64>>>,
}

/// Fails if the columns do not fit the branches or each other.
pub(super) fn check_columns<'a>(
    name: &str,
    branches: impl Iterator<Item = &'a Branch> + Clone,
    columns: &[Values<'_>],
) -> Result<Given, Error> {
    let wrong = |what: String| Error::Tree { name: name.to_string(), what };
    let number = branches.clone().count();
    if columns.len() != number {
        return Err(wrong(format!("it has {number} branches, and {} columns are given", columns.len())));
    }
    let single = branches.clone().zip(columns).find(|(b, _)| b.counter.is_none());
    let entries = single.map_or(0, |(_, values)| values.len());
    let mut counts: Vec<Option<Vec<i64>>> = vec![None; number];
    for counter in branches.clone().filter_map(|b| b.counter) {
        if let (Some(counts @ None), Some(values)) = (counts.get_mut(counter), columns.get(counter)) {
            *counts = integers(values);
        }
    }
    for (Branch { name, element, counter }, values) in branches.zip(columns) {
        let counted = counter.and_then(|c| counts.get(c)).and_then(Option::as_ref);
        let expected = match counted {
            None => entries as i64,
            Some(lengths) if lengths.iter().all(|n| *n >= 0) => lengths.iter().sum(),
            Some(_) => -1,
        };
        if values.element() != *element || values.len() as i64 != expected {
            let what = format!("branch {name:?} is given other values than {expected} of type {}", element.name());
            return Err(wrong(what));
        }
    }
    Ok(Given { entries, counts })
}

/// The values as numbers of elements; none if they are no integers.
fn integers(values: &Values<'_>) -> Option<Vec<i64>> {
    Some(match values {
        Values::Bool(_) | Values::F32(_) | Values::F64(_) => return None,
        Values::I8(v) => v.iter().map(|x| i64::from(*x)).collect(),
        Values::U8(v) => v.iter().map(|x| i64::from(*x)).collect(),
        Values::I16(v) => v.iter().map(|x| i64::from(*x)).collect(),
        Values::U16(v) => v.iter().map(|x| i64::from(*x)).collect(),
        Values::I32(v) => v.iter().map(|x| i64::from(*x)).collect(),
        Values::U32(v) => v.iter().map(|x| i64::from(*x)).collect(),
        Values::I64(v) => v.to_vec(),
        Values::U64(v) => v.iter().map(|x| i64::try_from(*x).unwrap_or(-1)).collect(),
    })
}
