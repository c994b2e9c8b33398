//! A decoded basket: the values of a run of entries of one branch.

use std::sync::Arc;
use std::time::Instant;

use crate::codec::Codec;
use crate::cursor::Cursor;
use crate::decode::{Parts, Raw, decode};
use crate::error::{Error, Place};
use crate::key::Key;
use crate::ntuple::PageEnds;
use crate::spent::Spent;
use crate::tree::objects::Embedded;
use crate::tree::{BasketHead, BasketPlace, Described, Layout};
use crate::values::{Buffer, Values};
use crate::{BranchId, BranchKind, Decompressor, Element, Shape, Tree, pool};

/// The values of a run of entries of one branch, decoded, in memory of its own.
#[derive(Clone, Debug)]
pub struct Basket {
    pub(crate) first_entry: u64,
    pub(crate) entries: usize,
    pub(crate) element: Element,
    pub(crate) len: usize,
    pub(crate) buffer: Buffer,
    pub(crate) per_entry: u32,
    pub(crate) starts: Option<Ends>,
    pub(crate) inner: Option<Ends>,
    pub(crate) is_counted: bool,
}

/// Zero and the ends of lists: the same for all members of a collection in an RNTuple, so shared.
pub(crate) type Ends = Arc<Vec<u32>>;

impl Basket {
    /// The first entry of the tree that it holds.
    pub fn first_entry(&self) -> u64 {
        self.first_entry
    }

    /// The number of entries that it holds.
    pub fn entries(&self) -> usize {
        self.entries
    }

    /// The type of a value.
    pub fn element(&self) -> Element {
        self.element
    }

    /// The number of values.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it holds no value.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The values, in native byte order.
    pub fn values(&self) -> Values<'_> {
        self.buffer.values(self.len)
    }

    /// Where the first value is, for compiled code: aligned for the element, followed after the last value by
    /// [`crate::MARGIN`] zero bytes of the same allocation. Valid as long as the basket lives.
    pub fn as_ptr(&self) -> *const u8 {
        self.buffer.as_ptr()
    }

    /// For jagged branches: `entries + 1` indices; the values of entry `i` are `starts[i]..starts[i + 1]` (for
    /// [`crate::Shape::Nested`] these index into [`Basket::inner_starts`]). Increasing, first 0, last the number of
    /// values: checked when the basket was decoded. None for [`crate::Shape::Scalar`] and [`crate::Shape::Fixed`].
    pub fn starts(&self) -> Option<&[u32]> {
        self.starts.as_deref().map(Vec::as_slice)
    }

    /// True if [`Basket::starts`] were made of the counter of [`crate::Shape::Counted`], one value for each that it counts:
    /// they do not need to be compared with it. False says nothing.
    pub fn is_counted(&self) -> bool {
        self.is_counted
    }

    /// For [`crate::Shape::Nested`]: the values of inner list `j` are `inner[j]..inner[j + 1]`.
    pub fn inner_starts(&self) -> Option<&[u32]> {
        self.inner.as_deref().map(Vec::as_slice)
    }

    /// The index of the first value of an entry, of any shape; past the last entry, the number of values.
    pub fn start(&self, entry_in_basket: usize) -> u32 {
        match &self.starts {
            Some(starts) => starts.get(entry_in_basket.min(self.entries)).copied().unwrap_or(0),
            None => entry_in_basket.min(self.entries) as u32 * self.per_entry,
        }
    }
}

impl Drop for Basket {
    /// Its memory is that of a later one.
    fn drop(&mut self) {
        pool::give(std::mem::replace(&mut self.buffer, Buffer::U8(Vec::new())));
    }
}

impl Tree {
    /// Reads and decodes one basket of a branch. Baskets are numbered as in [`Tree::borders`].
    ///
    /// # Errors
    /// [`Error::Missing`] for a number out of range, [`Error::Unsupported`] with the branch's reason for a branch that
    /// is not read, [`Error::Truncated`] and [`Error::Corrupt`] for damage.
    pub fn read_basket(&self, branch: BranchId, basket: usize, scratch: &mut Scratch) -> Result<Basket, Error> {
        self.values_of(branch)?;
        self.read_basket_inner(branch, basket, scratch).map_err(|e| {
            let name = self.branches().get(branch.index()).map_or("?", |b| b.path.as_str());
            e.in_branch(name).in_file(self.file().path())
        })
    }

    /// The codec that a basket is stored with, whatever the branch asks for; [`Codec::None`] if it is not compressed.
    ///
    /// # Errors
    /// [`Error::Missing`] for a number out of range, [`Error::Truncated`] and [`Error::Corrupt`] for damage.
    pub fn basket_codec(&self, branch: BranchId, basket: usize) -> Result<Codec, Error> {
        let place = self.column(branch).and_then(|c| c.baskets.places.get(basket));
        match place {
            None => Err(Error::missing(format!("branch number {} has no basket {basket}", branch.index()))),
            Some(BasketPlace::Embedded(_) | BasketPlace::Absent) => Ok(Codec::None),
            Some(BasketPlace::Record { offset, .. }) => {
                let record = self.file().source().record(*offset, "a basket")?;
                let key = Key::read(&mut Cursor::in_file(&record, *offset), "")?;
                Key { offset: *offset, ..key }.codec(&record)
            }
        }
    }

    /// The bytes of the file that a basket takes, as its branch says; none if it is in the tree record, which is read
    /// already, or if there is no such basket. For reading ahead: [`Tree::read_basket`] goes by the record itself.
    pub fn basket_bytes(&self, branch: BranchId, basket: usize) -> Option<std::ops::Range<u64>> {
        match self.column(branch)?.baskets.places.get(basket)? {
            BasketPlace::Embedded(_) | BasketPlace::Absent => None,
            BasketPlace::Record { offset, bytes } => Some(*offset..offset.saturating_add(u64::from(*bytes))),
        }
    }

    /// The element and shape of a branch, or why it is not read.
    pub(crate) fn values_of(&self, branch: BranchId) -> Result<(Element, Shape), Error> {
        match self.branches().get(branch.index()).map(|b| (&b.path, &b.kind)) {
            Some((_, BranchKind::Values { element, shape })) => Ok((*element, *shape)),
            Some((path, BranchKind::Texts { .. })) => {
                Err(Error::unsupported(Place::default(), "it holds text").in_branch(path).in_file(self.file().path()))
            }
            Some((path, BranchKind::Unsupported(why))) => {
                Err(Error::unsupported(Place::default(), why.clone()).in_branch(path).in_file(self.file().path()))
            }
            None => Err(Error::missing(format!("tree {:?} has no branch number {}", self.path(), branch.0))),
        }
    }

    /// The same of any branch that is described, of texts too.
    pub(crate) fn read_basket_inner(
        &self,
        branch: BranchId,
        basket: usize,
        scratch: &mut Scratch,
    ) -> Result<Basket, Error> {
        let name = || self.branches().get(branch.index()).map_or("?", |b| b.path.as_str());
        let missing = || Error::missing(format!("branch {} has no basket {basket}", name()));
        let column = self.column(branch).ok_or_else(missing)?;
        let (Some(described), Some(place), Some([first, end])) = (
            &column.described,
            column.baskets.places.get(basket),
            column.baskets.borders.get(basket..).and_then(|b| b.first_chunk()),
        ) else {
            return Err(missing());
        };
        let run = Run { first: *first, entries: usize::try_from(end - first).map_err(|_| missing())? };
        let (parts, is_counted) = match place {
            BasketPlace::Record { offset, .. } => self.read_record(*offset, described, run, scratch)?,
            BasketPlace::Embedded(embedded) => (self.read_embedded(embedded, described, run, scratch)?, false),
            BasketPlace::Absent => (absent(described, run.entries), false),
        };
        let Parts { mut buffer, starts, inner } = parts;
        let len = buffer.seal();
        let per_entry = match described.shape {
            Shape::Scalar => 1,
            Shape::Fixed(per) => per,
            Shape::Counted { .. } | Shape::Vector | Shape::Nested | Shape::Deep => 0,
        };
        let (first_entry, entries, element) = (run.first, run.entries, described.element);
        Ok(Basket { first_entry, entries, element, len, buffer, per_entry, starts, inner, is_counted })
    }

    /// A basket that is a record of the file: key, basket sizes, then values and entry offsets, mostly compressed. And
    /// whether its counter has told the starts.
    fn read_record(
        &self,
        offset: u64,
        what: &Described,
        run: Run,
        scratch: &mut Scratch,
    ) -> Result<(Parts, bool), Error> {
        let begin = Instant::now();
        let record = self.file().source().record(offset, "a basket")?;
        scratch.decompressor.spent.read(record.len(), begin);
        let cursor = &mut Cursor::in_file(&record, offset);
        let key = Key { offset, ..Key::read_nameless(cursor)? };
        let head = BasketHead::read(cursor)?;
        let corrupt = |what: String| Error::corrupt(Place::at(offset), what);
        if head.entries != run.entries {
            return Err(corrupt(format!("a basket of {} entries where {} are expected", head.entries, run.entries)));
        }
        let Some(used) = head.last.checked_sub(usize::from(key.key_bytes)) else {
            return Err(corrupt("a basket ends before it begins".to_string()));
        };
        let has_offsets = (key.object_bytes as usize) > used.saturating_add(4);
        // Where a counter is, the entry offsets say nothing new: half of such a basket is not even decompressed.
        let stops = has_offsets && key.can_stop(&record, used)?;
        let starts = if has_offsets { self.counted_starts(what, used, run, stops, scratch) } else { None };
        let wanted = if starts.is_some() || !what.layout.has_use_of_offsets() { used } else { usize::MAX };
        let counts = self.counts(what, has_offsets, run, scratch)?;
        let arrays = self.arrays(what, run, scratch)?;
        let payload = key.object_first(&record, wanted, &mut scratch.decompressor)?;
        let Some((data, rest)) = payload.split_at_checked(used) else {
            return Err(corrupt(format!("a basket of {} bytes where {used} are expected", payload.len())));
        };
        let offsets = match rest.split_first_chunk::<4>() {
            Some((n, array)) if has_offsets && wanted > used => {
                let n = u32::from_be_bytes(*n) as usize;
                Some(array.get(..n.saturating_mul(4)).ok_or_else(|| corrupt("entry offsets are cut off".to_string()))?)
            }
            Some(_) | None => None,
        };
        let key_bytes = u32::from(key.key_bytes);
        let (entries, sizes) = (run.entries, head.sizes);
        let (counts, arrays) = (counts.as_deref(), arrays.as_deref());
        let is_counted = starts.is_some() && matches!(what.layout, Layout::Counted { per: 1, .. });
        let raw = Raw { data, offsets, sizes, key_bytes, entries, counts, arrays, starts };
        decode(&raw, what).map(|parts| (parts, is_counted)).map_err(corrupt)
    }

    /// A basket inside the tree record.
    fn read_embedded(&self, at: &Embedded, what: &Described, run: Run, scratch: &mut Scratch) -> Result<Parts, Error> {
        let (record, offset) = self.record();
        let counts = self.counts(what, at.offsets.is_some(), run, scratch)?;
        let arrays = self.arrays(what, run, scratch)?;
        let slice = |range: &std::ops::Range<usize>| record.get(range.clone());
        let raw = Raw {
            data: slice(&at.data).unwrap_or_default(),
            offsets: at.offsets.as_ref().and_then(slice),
            sizes: at.sizes,
            key_bytes: at.key_bytes as u32,
            entries: run.entries,
            counts: counts.as_deref(),
            starts: None,
            arrays: arrays.as_deref(),
        };
        decode(&raw, what).map_err(|what| Error::corrupt(Place::at(offset), what))
    }

    /// The counter's values for a run of entries, if the basket has no entry offsets and needs them.
    fn counts(
        &self,
        what: &Described,
        has_offsets: bool,
        run: Run,
        scratch: &mut Scratch,
    ) -> Result<Option<Vec<u32>>, Error> {
        let counter = match what.layout {
            Layout::Counted { counter, .. } | Layout::Bits { counter: Some(counter) } if !has_offsets => counter,
            Layout::Walk { counter: Some(counter), .. } | Layout::Arrays { counter, .. } => counter,
            Layout::Walk { counter: None, .. }
            | Layout::Counted { .. }
            | Layout::Fixed { .. }
            | Layout::Vector
            | Layout::Nested
            | Layout::Leaf { .. }
            | Layout::Texts(_)
            | Layout::Bits { .. } => return Ok(None),
        };
        self.counts_of(counter, run, scratch).map(Some)
    }

    /// A counter's values for a run of entries.
    fn counts_of(&self, counter: BranchId, run: Run, scratch: &mut Scratch) -> Result<Vec<u32>, Error> {
        let borders = self.borders(counter);
        let end = run.first + run.entries as u64;
        let mut counts = Vec::new();
        let mut basket = borders.partition_point(|b| *b <= run.first).saturating_sub(1);
        while (counts.len() as u64) < end - run.first {
            let part = self.counter_basket(counter, basket, scratch)?;
            let from = (run.first + counts.len() as u64 - part.first_entry) as usize;
            let to = part.entries.min((end - part.first_entry) as usize);
            let values = part.values();
            for i in from..to {
                let n = values.get_i64(i).and_then(|n| u32::try_from(n).ok());
                counts.push(n.ok_or_else(|| {
                    let what = format!("the number of values of entry {} is negative", part.first_entry + i as u64);
                    Error::corrupt(Place::default(), what)
                })?);
            }
            basket += 1;
        }
        Ok(counts)
    }

    /// Zero and the sums of a counter's values for a run of entries; none if they cannot be had.
    fn starts_of(&self, counter: BranchId, run: Run, scratch: &mut Scratch) -> Option<Vec<u32>> {
        let borders = self.borders(counter);
        let end = run.first + run.entries as u64;
        let mut starts = vec![0];
        let mut sum = 0_u64;
        let mut basket = borders.partition_point(|b| *b <= run.first).saturating_sub(1);
        while starts.len() <= run.entries {
            let part = self.counter_basket(counter, basket, scratch).ok()?;
            let from = (run.first + starts.len() as u64 - 1 - part.first_entry) as usize;
            let to = part.entries.min((end - part.first_entry) as usize);
            match part.values() {
                Values::I32(counts) => {
                    let counts = counts.get(from..to)?;
                    // Folded without an early exit, so that it is vectorised.
                    if counts.iter().fold(0, |all, n| all | n) < 0 {
                        return None;
                    }
                    push_sums(&mut starts, &mut sum, counts.iter().map(|n| n.cast_unsigned()));
                }
                Values::U32(counts) => push_sums(&mut starts, &mut sum, counts.get(from..to)?.iter().copied()),
                counts => {
                    for entry in from..to {
                        sum = sum.checked_add(u64::try_from(counts.get_i64(entry)?).ok()?)?;
                        starts.push(sum as u32);
                    }
                }
            }
            basket += 1;
        }
        u32::try_from(sum).ok()?;
        Some(starts)
    }

    /// The starts of the values of a run of entries by their counter, if they fill a basket of `used` bytes. None where
    /// the counter says something else, or there is none: then the entry offsets decide. What is not known yet is read
    /// if that pays, and where it can be had for nothing.
    fn counted_starts(
        &self,
        what: &Described,
        used: usize,
        run: Run,
        pays: bool,
        scratch: &mut Scratch,
    ) -> Option<Ends> {
        let Layout::Counted { counter, per, skip: 0 } = what.layout else { return None };
        let id = (self.serial(), counter, run.first, run.entries);
        let starts = match scratch.starts.get(&id) {
            Some(starts) => starts,
            None if pays && self.file().source().is_at_hand() => {
                let starts = Arc::new(self.starts_of(counter, run, scratch)?);
                scratch.starts.keep(id, &starts);
                starts
            }
            None => return None,
        };
        let values = starts.last()?.checked_mul(per)?;
        let fills = (values as usize).checked_mul(what.width()) == Some(used);
        match per {
            _ if !fills => None,
            1 => Some(starts),
            per => Some(Arc::new(starts.iter().map(|at| at * per).collect())),
        }
    }

    /// The sizes of the arrays that the objects of a run of entries have, if each has one.
    fn arrays(&self, what: &Described, run: Run, scratch: &mut Scratch) -> Result<Option<Vec<u32>>, Error> {
        let Layout::Arrays { sizes, .. } = what.layout else { return Ok(None) };
        let borders = self.borders(sizes);
        let end = run.first + run.entries as u64;
        let mut all = Vec::new();
        let mut at = run.first;
        let mut basket = borders.partition_point(|b| *b <= run.first).saturating_sub(1);
        while at < end {
            let part = self.counter_basket(sizes, basket, scratch)?;
            let from = part.start((at - part.first_entry) as usize);
            let to = part.start((end - part.first_entry).min(part.entries as u64) as usize);
            for i in from..to {
                let n = part.values().get_i64(i as usize).and_then(|n| u32::try_from(n).ok());
                // What is negative counts as nothing (`TStreamerInfo::WriteBuffer`).
                all.push(n.unwrap_or(0));
            }
            at = part.first_entry + part.entries as u64;
            basket += 1;
        }
        Ok(Some(all))
    }

    /// A basket of a counter, of which the last few are kept: its borders differ from those of what it counts.
    fn counter_basket(&self, counter: BranchId, basket: usize, scratch: &mut Scratch) -> Result<Arc<Basket>, Error> {
        let wanted = (self.serial(), counter, basket);
        if let Some(found) = scratch.counters.get(&wanted) {
            return Ok(found);
        }
        let found = Arc::new(self.read_basket(counter, basket, scratch)?);
        scratch.counters.keep(wanted, &found);
        Ok(found)
    }
}

/// Appends the sums of numbers and what there was before.
fn push_sums(starts: &mut Vec<u32>, sum: &mut u64, counts: impl ExactSizeIterator<Item = u32>) {
    let (before, mut end) = (starts.len(), *sum);
    starts.resize(before + counts.len(), 0);
    for (start, n) in starts.iter_mut().skip(before).zip(counts) {
        end += u64::from(n);
        *start = end as u32;
    }
    *sum = end;
}

/// What stands for entries before the first that a branch has: empty lists, and NaN.
fn absent(what: &Described, entries: usize) -> Parts {
    let mut buffer = Buffer::with_capacity(what.element, 0);
    let per = match what.shape {
        Shape::Scalar => 1,
        Shape::Fixed(per) => per as usize,
        Shape::Counted { .. } | Shape::Vector | Shape::Nested | Shape::Deep => {
            let inner = (what.shape == Shape::Nested).then(|| Arc::new(vec![0]));
            return Parts { buffer, starts: Some(Arc::new(vec![0; entries + 1])), inner };
        }
    };
    let n = entries.saturating_mul(per);
    match &mut buffer {
        Buffer::F32(values) => values.resize(n, f32::NAN),
        Buffer::F64(values) => values.resize(n, f64::NAN),
        // Others are read only if they count what other branches have.
        counts => counts.push_zeros(n),
    }
    Parts { buffer, starts: None, inner: None }
}

/// A run of entries.
#[derive(Clone, Copy)]
struct Run {
    first: u64,
    entries: usize,
}

/// Memory and decompressor state that a thread keeps between baskets.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(crate) decompressor: Decompressor,
    /// Baskets of counters, whose borders differ from those of what they count: by tree, branch and number.
    counters: Lately<(u64, BranchId, usize), Arc<Basket>>,
    /// The starts of lists by their counter: by tree, counter, first entry and number of entries.
    starts: Lately<(u64, BranchId, u64, usize), Ends>,
    /// The ends of lists: by RNTuple, column, cluster and page.
    pub(crate) ends: Lately<(u64, usize, usize, usize), Arc<PageEnds>>,
    /// The starts of some lists of a cluster, the first one and all counted from it: by RNTuple, column, cluster and which.
    pub(crate) starts_of_lists: Lately<(u64, usize, usize, Cut), (usize, Ends)>,
    /// Where the thread began to read one entry after the other.
    pub(crate) begin: u64,
}

/// Some lists of a cluster: the first, one past the last, and how many values an end counts.
pub(crate) type Cut = (usize, usize, u32);

impl Scratch {
    /// Lets go of all that is kept of files: others are read from now on.
    pub fn rest(&mut self) {
        self.counters = Lately::default();
        self.starts = Lately::default();
        self.ends = Lately::default();
        self.starts_of_lists = Lately::default();
    }

    /// From now on, what is read is from this entry on, and others read what is before.
    pub fn begin_at(&mut self, entry: u64) {
        self.begin = entry;
    }

    /// What was spent with it so far.
    pub fn spent(&self) -> Spent {
        self.decompressor.spent
    }
}

/// What was used lately, the last at the end: many branches need the same.
#[derive(Debug)]
pub(crate) struct Lately<K, V> {
    kept: Vec<(K, V)>,
}

impl<K, V> Default for Lately<K, V> {
    fn default() -> Self {
        Lately { kept: Vec::new() }
    }
}

impl<K: PartialEq, V: Clone> Lately<K, V> {
    /// As many are kept: an analysis has about so many collections.
    const KEEP: usize = 16;

    pub(crate) fn get(&mut self, key: &K) -> Option<V> {
        let at = self.kept.iter().rposition(|(kept, _)| kept == key)?;
        let found = self.kept.remove(at);
        let value = found.1.clone();
        self.kept.push(found);
        Some(value)
    }

    pub(crate) fn keep(&mut self, key: K, value: &V) {
        if self.kept.len() == Self::KEEP {
            self.kept.remove(0);
        }
        self.kept.push((key, value.clone()));
    }

    pub(crate) fn forget(&mut self, is_past: impl Fn(&K) -> bool) {
        self.kept.retain(|(key, _)| !is_past(key));
    }
}
