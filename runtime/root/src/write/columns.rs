//! What is given to a tree or an RNTuple to be written: whether branches and columns fit each other.

use super::Error;
use crate::{Element, Values};

/// A branch to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// Its name, and that of its leaf.
    pub name: String,
    /// The type of its values.
    pub element: Element,
    /// Whether it has lists.
    pub lists: Lists,
}

/// The lists of a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lists {
    /// It has one number per entry.
    None,
    /// It has a list per entry, whose length another branch has: an index into the branches of the tree, before this one,
    /// of integers with one value per entry.
    Counted(usize),
    /// It has a list of lists per entry, which say their lengths themselves.
    Nested,
}

impl Branch {
    /// The branch with the lengths of its lists.
    #[must_use]
    pub fn counter(&self) -> Option<usize> {
        match self.lists {
            Lists::Counted(counter) => Some(counter),
            Lists::None | Lists::Nested => None,
        }
    }
}

/// What a branch gets for some entries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Column<'a> {
    /// A value per entry, or those of the lists one after the other.
    Values(Values<'a>),
    /// Of lists of lists.
    Nested {
        /// The number of lists of each entry.
        lists: &'a [u32],
        /// The number of values of each list.
        sizes: &'a [u32],
        /// The values one after the other.
        values: Values<'a>,
    },
}

impl<'a> Column<'a> {
    /// All values.
    #[must_use]
    pub fn values(&self) -> Values<'a> {
        match *self {
            Column::Values(values) | Column::Nested { values, .. } => values,
        }
    }

    /// The number of entries, if it is not the values of lists that another branch counts.
    fn entries(&self) -> usize {
        match self {
            Column::Values(values) => values.len(),
            Column::Nested { lists, .. } => lists.len(),
        }
    }
}

impl<'a> From<Values<'a>> for Column<'a> {
    fn from(values: Values<'a>) -> Column<'a> {
        Column::Values(values)
    }
}

/// Fails if a counter is none, or two branches have one name.
pub(super) fn check_branches(name: &str, branches: &[Branch]) -> Result<(), Error> {
    let wrong = |what: String| Error::Tree { name: name.to_string(), what };
    for (number, branch) in branches.iter().enumerate() {
        if branches.iter().take(number).any(|b| b.name == branch.name) {
            return Err(wrong(format!("it has two branches {:?}", branch.name)));
        }
        let Some(counter) = branch.counter() else { continue };
        let fits =
            |b: &Branch| b.lists == Lists::None && !matches!(b.element, Element::Bool | Element::F32 | Element::F64);
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
    columns: &[Column<'_>],
) -> Result<Given, Error> {
    let wrong = |what: String| Error::Tree { name: name.to_string(), what };
    let number = branches.clone().count();
    if columns.len() != number {
        return Err(wrong(format!("it has {number} branches, and {} columns are given", columns.len())));
    }
    let single = branches.clone().zip(columns).find(|(b, _)| b.counter().is_none());
    let entries = single.map_or(0, |(_, column)| column.entries());
    let mut counts: Vec<Option<Vec<i64>>> = vec![None; number];
    for counter in branches.clone().filter_map(Branch::counter) {
        if let (Some(counts @ None), Some(Column::Values(values))) = (counts.get_mut(counter), columns.get(counter)) {
            *counts = integers(values);
        }
    }
    for (Branch { name, element, lists }, column) in branches.zip(columns) {
        let expected: Option<u64> = match (lists, column) {
            (Lists::None, Column::Values(_)) => Some(entries as u64),
            (Lists::Counted(counter), Column::Values(_)) => {
                let lengths = counts.get(*counter).and_then(Option::as_ref);
                lengths.and_then(|all| all.iter().map(|n| u64::try_from(*n).ok()).sum())
            }
            (Lists::Nested, Column::Nested { lists, sizes, .. }) => {
                let sum = |sizes: &[u32]| sizes.iter().map(|n| u64::from(*n)).sum::<u64>();
                (lists.len() == entries && sum(lists) == sizes.len() as u64).then(|| sum(sizes))
            }
            (Lists::None | Lists::Counted(_), Column::Nested { .. }) | (Lists::Nested, Column::Values(_)) => None,
        };
        let Some(expected) = expected else {
            return Err(wrong(format!("branch {name:?} is given lists that it cannot have")));
        };
        let values = column.values();
        if values.element() != *element || values.len() as u64 != expected {
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
