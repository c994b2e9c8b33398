//! Whole branches at once, for small trees, tests and tools.

use crate::values::{Buffer, Values};
use crate::{Basket, BranchId, Element, Error, Scratch, Shape, Tree};

/// A whole branch: the values of all entries of a tree or an RNTuple.
#[derive(Clone, Debug)]
pub struct Column {
    element: Element,
    buffer: Buffer,
    len: usize,
    entries: u64,
    per_entry: u64,
    starts: Option<Vec<u64>>,
    inner: Option<Vec<u64>>,
}

impl Column {
    /// The values of all entries, one after the other.
    pub fn values(&self) -> Values<'_> {
        self.buffer.values(self.len)
    }

    /// The type of a value.
    pub fn element(&self) -> Element {
        self.element
    }

    /// The number of entries.
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// For jagged branches `entries + 1` indices: the values of entry `i` are `starts[i]..starts[i + 1]` (for
    /// [`crate::Shape::Nested`] these index into [`Column::inner_starts`]).
    pub fn starts(&self) -> Option<&[u64]> {
        self.starts.as_deref()
    }

    /// For [`crate::Shape::Nested`]: the values of inner list `j` are `inner[j]..inner[j + 1]`.
    pub fn inner_starts(&self) -> Option<&[u64]> {
        self.inner.as_deref()
    }

    /// The range of an entry in [`Column::values`] (for nested lists, in [`Column::inner_starts`]).
    pub fn range(&self, entry: u64) -> std::ops::Range<usize> {
        let entry = entry.min(self.entries);
        let at = |i: u64| match &self.starts {
            Some(starts) => starts.get(i as usize).copied().unwrap_or(self.len as u64) as usize,
            None => (i * self.per_entry) as usize,
        };
        at(entry)..at((entry + 1).min(self.entries))
    }
}

/// Puts the `parts` of a branch together.
pub(crate) fn gather(
    (element, shape): (Element, Shape),
    entries: u64,
    parts: usize,
    mut read: impl FnMut(usize) -> Result<Basket, Error>,
) -> Result<Column, Error> {
    let mut buffer = Buffer::with_capacity(element, 0);
    let mut starts = shape.is_jagged().then(|| vec![0_u64]);
    let mut inner = matches!(shape, Shape::Nested).then(|| vec![0_u64]);
    let mut per_entry = 0;
    let mut len = 0;
    for i in 0..parts {
        let basket = read(i)?;
        if let (Some(all), Some(new)) = (&mut starts, basket.starts()) {
            let base = all.last().copied().unwrap_or(0);
            all.extend(new.iter().skip(1).map(|s| base + u64::from(*s)));
        }
        if let (Some(all), Some(new)) = (&mut inner, basket.inner_starts()) {
            let base = all.last().copied().unwrap_or(0);
            all.extend(new.iter().skip(1).map(|s| base + u64::from(*s)));
        }
        per_entry = u64::from(basket.per_entry);
        len += basket.len();
        buffer.append(&basket.values());
    }
    Ok(Column { element, buffer, len, entries, per_entry, starts, inner })
}

impl Tree {
    /// Reads a whole branch.
    ///
    /// # Errors
    /// Those of [`Tree::read_basket`].
    pub fn read_branch(&self, branch: BranchId) -> Result<Column, Error> {
        let mut scratch = Scratch::default();
        let baskets = self.borders(branch).len() - 1;
        let values = self.values_of(branch)?;
        gather(values, self.entries(), baskets, |i| self.read_basket(branch, i, &mut scratch))
    }

    /// A branch of one number per entry as `f64`, such as the sums of a `Runs` tree.
    ///
    /// # Errors
    /// Those of [`Tree::read_basket`], [`Error::Missing`] if there is no such branch.
    pub fn read_f64(&self, name: &str) -> Result<Vec<f64>, Error> {
        let values = self.read_branch(self.require(name)?)?;
        let values = values.values();
        Ok((0..values.len()).filter_map(|i| values.get_f64(i)).collect())
    }

    /// A branch of integers as `i64`.
    ///
    /// # Errors
    /// As [`Tree::read_f64`], and [`Error::Unsupported`] for floats and for values beyond 2^63.
    pub fn read_i64(&self, name: &str) -> Result<Vec<i64>, Error> {
        let values = self.read_branch(self.require(name)?)?;
        let values = values.values();
        let wrong = || Error::missing(format!("branch {name} has values that are no 64-bit signed integers"));
        (0..values.len()).map(|i| values.get_i64(i).ok_or_else(wrong)).collect()
    }

    fn require(&self, name: &str) -> Result<BranchId, Error> {
        match self.branch(name) {
            Some(branch) => Ok(branch.id),
            None => Err(Error::missing(format!("tree {:?} has no branch {name:?}", self.path()))),
        }
    }
}
