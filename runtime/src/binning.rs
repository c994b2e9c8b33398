//! From fill buffers to bins: a [`Binner`] per histogram knows its axes, [`Bins`] are the sums of one chunk in plain
//! doubles and in the order of the fills, [`ExactBins`] the sums of all chunks.
//!
//! The edges define the bins; the arithmetic of a regular axis only guesses, and is corrected by the edges. An entry
//! with a NaN on an axis, or with a profiled quantity that is not finite, is not filled and is counted as missing.

mod axis;
mod many;

use adl_root::Values;

use self::axis::{Finder, Regular};
use self::many::{Counts, Plane, Profiles, Sums, Weights};
use crate::exact::ExactSums;
use crate::histogram::{Content, Contents, Layout, Statistics};

/// Bins of which all are looked at for those that have an entry.
const FEW: usize = 256;
/// Entries that are worth looking at together.
const MANY: usize = 8;

/// Finds the bins of a histogram.
#[derive(Clone, Debug)]
pub struct Binner {
    axes: Vec<Finder>,
    record: usize,
    /// Numbers per bin: the count, then w and w^2 if weighted, then w y and w y^2 of a profile.
    stride: usize,
    weighted: bool,
    profile: bool,
    cells: usize,
}

/// The sums of one chunk.
#[derive(Clone, Debug, Default)]
pub struct Bins {
    /// Of a histogram of unweighted entries: their number per bin.
    counts: Box<[u64]>,
    /// Of others: per bin what [`Binner`] says.
    sums: Box<[f64]>,
    touched: Touched,
    statistics: Box<[f64]>,
    entries: u64,
    missing: u64,
}

/// The bins that have an entry: a bit each, and of many bins the list of the words of bits that are not 0, so that neither
/// much memory nor many bins without an entry are looked at.
#[derive(Clone, Debug, Default)]
struct Touched {
    bits: Box<[u64]>,
    words: Vec<u32>,
}

/// Words of bits that are looked at without a list of them.
const FEW_WORDS: usize = 64;

impl Touched {
    #[inline]
    fn add(&mut self, cell: usize) {
        let is_listed = self.bits.len() > FEW_WORDS;
        let word = &mut self.bits[cell / 64];
        if is_listed && *word == 0 {
            self.words.push((cell / 64) as u32);
        }
        *word |= 1 << (cell % 64);
    }

    /// Calls `each` for every bin, and forgets them.
    fn drain(&mut self, mut each: impl FnMut(usize)) {
        let mut word = |word: usize, bits: &mut u64| {
            let mut bits = std::mem::take(bits);
            while bits != 0 {
                each(word * 64 + bits.trailing_zeros() as usize);
                bits &= bits - 1;
            }
        };
        if self.bits.len() > FEW_WORDS {
            self.words.drain(..).for_each(|at| word(at as usize, &mut self.bits[at as usize]));
        } else {
            self.bits.iter_mut().enumerate().for_each(|(at, bits)| word(at, bits));
        }
    }
}

impl Binner {
    /// For a histogram; none if [`Layout::problem`] has something to say.
    #[must_use]
    pub fn new(layout: &Layout) -> Option<Binner> {
        if layout.problem().is_some() {
            return None;
        }
        let profile = layout.content == Content::Profile;
        let stride =
            1 + if layout.weighted || profile { 2 } else { 0 } + if layout.weighted && profile { 2 } else { 0 };
        Some(Binner {
            axes: layout.axes.iter().map(Finder::new).collect(),
            record: layout.record(),
            stride,
            weighted: layout.weighted,
            profile,
            cells: layout.cells()?,
        })
    }

    /// Numbers per entry.
    #[must_use]
    pub fn record(&self) -> usize {
        self.record
    }

    /// Adds the entries of a buffer to the sums of a chunk, in order.
    pub fn fill(&self, records: &[f64], bins: &mut Bins) {
        self.prepare(bins);
        match (self.weighted, self.profile) {
            (false, false) => self.fill_as::<false, false>(records, bins),
            (true, false) => self.fill_as::<true, false>(records, bins),
            (false, true) => self.fill_as::<false, true>(records, bins),
            (true, true) => self.fill_as::<true, true>(records, bins),
        }
    }

    /// The same for entries of one number each, as a column of floats has them.
    pub fn fill_column(&self, values: &Values<'_>, bins: &mut Bins) {
        let (axes, is_plain) = (self.axes.as_slice(), !self.weighted && !self.profile);
        match (values, axes) {
            (Values::F32(values), [Finder::Regular(axis)]) if is_plain && axis.is_even && values.len() >= MANY => {
                self.prepare(bins);
                self.fill_many(values.len(), bins, |to| many::count_column(axis, values, to), |_| ());
            }
            (Values::F32(values), [Finder::Edges(axis)]) if is_plain && values.len() >= MANY => {
                self.prepare(bins);
                self.fill_many(values.len(), bins, |to| many::count_edges_column(axis, values, to), |_| ());
            }
            (Values::F32(values), [_]) if is_plain => {
                for values in values.chunks(MANY) {
                    let mut records = [0.0; MANY];
                    records.iter_mut().zip(values).for_each(|(to, x)| *to = f64::from(*x));
                    self.fill(&records[..values.len()], bins);
                }
            }
            (Values::F64(values), [_]) if is_plain => self.fill(values, bins),
            // No other histogram has such entries.
            _ => (),
        }
    }

    /// Makes room for the sums of a chunk.
    fn prepare(&self, bins: &mut Bins) {
        if !bins.statistics.is_empty() {
            return;
        }
        bins.statistics = vec![0.0; Statistics::count(self.axes.len())].into();
        match self.stride {
            1 => bins.counts = vec![0; self.cells].into(),
            stride => bins.sums = vec![0.0; self.cells * stride].into(),
        }
        if self.stride > 1 || self.cells > FEW {
            bins.touched.bits = vec![0; self.cells.div_ceil(64)].into();
        }
    }

    /// `fill`, compiled for what is accumulated.
    fn fill_as<const WEIGHTED: bool, const PROFILE: bool>(&self, records: &[f64], bins: &mut Bins) {
        let are_many = records.len() >= MANY * self.record;
        match self.axes.as_slice() {
            [Finder::Regular(axis)] if PROFILE && axis.is_even && are_many => {
                let plain = |to: &mut Profiles<'_, 3>| many::profile(axis, records.as_chunks().0, to);
                let weigh = |to: &mut Profiles<'_, 5>| many::weigh_profile(axis, records.as_chunks().0, to);
                self.fill_profile(records.len() / self.record, bins, plain, weigh);
            }
            [Finder::Edges(axis)] if PROFILE && are_many => {
                let plain = |to: &mut Profiles<'_, 3>| many::profile_edges(axis, records.as_chunks().0, to);
                let weigh = |to: &mut Profiles<'_, 5>| many::weigh_profile_edges(axis, records.as_chunks().0, to);
                self.fill_profile(records.len() / self.record, bins, plain, weigh);
            }
            [Finder::Edges(axis)] if are_many => {
                let count = |to: &mut Counts<'_>| many::count_edges(axis, records, to);
                let weigh = |to: &mut Weights<'_>| many::weigh_edges(axis, records.as_chunks().0, to);
                self.fill_many(records.len() / self.record, bins, count, weigh);
            }
            [Finder::Regular(axis)] if !PROFILE && axis.is_even && are_many => {
                let count = |to: &mut Counts<'_>| many::count(axis, records, to);
                let weigh = |to: &mut Weights<'_>| many::weigh(axis, records.as_chunks().0, to);
                self.fill_many(records.len() / self.record, bins, count, weigh);
            }
            [Finder::Regular(x), Finder::Regular(y)] if !PROFILE && x.is_even && y.is_even && are_many => {
                self.fill_plane([x, y], records, bins);
            }
            [Finder::Regular(axis)] => {
                self.each::<WEIGHTED, PROFILE, true>(records, bins, |record| axis.find(record[0]));
            }
            [Finder::Edges(axis)] => {
                self.each::<WEIGHTED, PROFILE, true>(records, bins, |record| axis.find(record[0]));
            }
            axes => self.each::<WEIGHTED, PROFILE, false>(records, bins, |record| {
                let mut place = (0, true);
                for (axis, &x) in axes.iter().zip(record) {
                    let (bin, inside) = axis.find(x)?;
                    place = (place.0 * axis.cells() + bin, place.1 && inside);
                }
                Some(place)
            }),
        }
    }

    /// Adds so many entries on one axis by one of these.
    #[inline]
    fn fill_many(
        &self,
        entries: usize,
        bins: &mut Bins,
        count: impl FnOnce(&mut Counts<'_>),
        weigh: impl FnOnce(&mut Weights<'_>),
    ) {
        let Bins { counts, sums, touched, statistics, .. } = bins;
        let Some([w, w2, wx, wx2]) = statistics.first_chunk_mut() else { return };
        let single = Sums { w: *w, w2: *w2, wx: *wx, wx2: *wx2, missing: 0 };
        let single = if self.weighted {
            let mut to = Weights { bins: sums.as_chunks_mut().0, touched, sums: single };
            weigh(&mut to);
            to.sums
        } else {
            let is_listed = self.cells > FEW;
            let mut to = Counts { counts, touched: is_listed.then_some(touched), sums: single };
            count(&mut to);
            to.sums
        };
        (*w, *w2, *wx, *wx2) = (single.w, single.w2, single.wx, single.wx2);
        bins.missing += single.missing;
        bins.entries += entries as u64 - single.missing;
    }

    /// The same of a profile.
    #[inline]
    fn fill_profile(
        &self,
        entries: usize,
        bins: &mut Bins,
        plain: impl FnOnce(&mut Profiles<'_, 3>),
        weigh: impl FnOnce(&mut Profiles<'_, 5>),
    ) {
        let Bins { sums: all, touched, statistics, .. } = bins;
        let Some(single) = statistics.first_chunk_mut() else { return };
        let missing = if self.weighted {
            let mut to = Profiles { bins: all.as_chunks_mut().0, touched, sums: *single, missing: 0 };
            weigh(&mut to);
            *single = to.sums;
            to.missing
        } else {
            let mut to = Profiles { bins: all.as_chunks_mut().0, touched, sums: *single, missing: 0 };
            plain(&mut to);
            *single = to.sums;
            to.missing
        };
        bins.missing += missing;
        bins.entries += entries as u64 - missing;
    }

    /// The same on two axes.
    fn fill_plane(&self, axes: [&Regular; 2], records: &[f64], bins: &mut Bins) {
        let Bins { counts, sums, touched, statistics, .. } = bins;
        let Some(all) = statistics.first_chunk_mut() else { return };
        let is_listed = self.weighted || self.cells > FEW;
        let touched = is_listed.then_some(touched);
        let mut to = Plane { counts, bins: sums.as_chunks_mut().0, touched, sums: *all, missing: 0 };
        match self.weighted {
            true => many::weigh_plane(axes, records.as_chunks().0, &mut to),
            false => many::count_plane(axes, records.as_chunks().0, &mut to),
        }
        let missing = to.missing;
        *all = to.sums;
        bins.missing += missing;
        bins.entries += (records.len() / self.record) as u64 - missing;
    }

    /// `SINGLE`: there is one axis, and its coordinate is the value.
    #[inline]
    fn each<const WEIGHTED: bool, const PROFILE: bool, const SINGLE: bool>(
        &self,
        records: &[f64],
        bins: &mut Bins,
        find: impl Fn(&[f64]) -> Option<(usize, bool)>,
    ) {
        let axes = if SINGLE { 1 } else { self.axes.len() };
        let size = axes + usize::from(PROFILE) + usize::from(WEIGHTED);
        // The statistics of a single axis stay in registers.
        let mut single = [0.0; 6];
        if SINGLE {
            single.copy_from_slice(&bins.statistics);
        }
        for record in records.chunks_exact(size) {
            self.add::<WEIGHTED, PROFILE, SINGLE>(record, find(record), bins, &mut single);
        }
        if SINGLE {
            bins.statistics.copy_from_slice(&single);
        }
    }

    /// Adds a record to its bin.
    #[inline(always)]
    fn add<const WEIGHTED: bool, const PROFILE: bool, const SINGLE: bool>(
        &self,
        record: &[f64],
        place: Option<(usize, bool)>,
        bins: &mut Bins,
        single: &mut [f64; 6],
    ) {
        let axes = if SINGLE { 1 } else { self.axes.len() };
        let stride = 1 + 2 * usize::from(WEIGHTED || PROFILE) + 2 * usize::from(WEIGHTED && PROFILE);
        let y = if PROFILE { record[axes] } else { 0.0 };
        let Some((cell, inside)) = place.filter(|_| y.is_finite()) else {
            bins.missing += 1;
            return;
        };
        let w = if WEIGHTED { record[record.len() - 1] } else { 1.0 };
        if stride == 1 {
            let count = &mut bins.counts[cell];
            if *count == 0 && self.cells > FEW {
                bins.touched.add(cell);
            }
            *count += 1;
        } else {
            let sums = &mut bins.sums[cell * stride..][..stride];
            if sums[0] == 0.0 {
                bins.touched.add(cell);
            }
            sums[0] += 1.0;
            if WEIGHTED {
                sums[1] += w;
                sums[2] += w * w;
            }
            if PROFILE {
                sums[stride - 2] += w * y;
                sums[stride - 1] += w * y * y;
            }
        }
        bins.entries += 1;
        if !inside {
            return;
        }
        if SINGLE {
            let x = record[0];
            let terms = [w, w * w, w * x, w * x * x, w * y, w * y * y];
            let count = if PROFILE { 6 } else { 4 };
            single.iter_mut().zip(terms).take(count).for_each(|(sum, term)| *sum += term);
        } else {
            self.statistics(&mut bins.statistics, record, w, y);
        }
    }

    /// Adds an entry to the statistics, in the order of [`Statistics::from_sums`]; products as in ROOT's `TH1::Fill`.
    #[inline]
    fn statistics(&self, sums: &mut [f64], record: &[f64], w: f64, y: f64) {
        sums[0] += w;
        sums[1] += w * w;
        let mut pair = 2 + 2 * self.axes.len();
        for (i, axis) in self.axes.iter().enumerate() {
            let x = axis.coordinate(record[i]);
            sums[2 + 2 * i] += w * x;
            sums[3 + 2 * i] += w * x * x;
            for (other, &value) in self.axes.iter().zip(record).skip(i + 1) {
                sums[pair] += w * x * other.coordinate(value);
                pair += 1;
            }
        }
        if self.profile {
            sums[pair] += w * y;
            sums[pair + 1] += w * y * y;
        }
    }
}

/// The sums of all chunks, exact. Order and grouping of chunks do not matter.
#[derive(Clone, Debug, PartialEq)]
pub struct ExactBins {
    counts: Vec<u64>,
    /// Those of the bins, then the statistics.
    sums: ExactSums,
    entries: u64,
    missing: u64,
}

impl ExactBins {
    /// Nothing filled.
    #[must_use]
    pub fn new(binner: &Binner) -> ExactBins {
        ExactBins {
            counts: vec![0; binner.cells],
            sums: ExactSums::new(binner.cells * (binner.stride - 1) + Statistics::count(binner.axes.len())),
            entries: 0,
            missing: 0,
        }
    }

    /// Moves the sums of a chunk over; afterwards those are 0.
    pub fn absorb(&mut self, binner: &Binner, bins: &mut Bins) {
        let (stride, own) = (binner.stride, binner.stride - 1);
        let Bins { counts, sums: all, touched, .. } = bins;
        match own {
            0 if binner.cells <= FEW => {
                let pairs = self.counts.iter_mut().zip(counts);
                pairs.for_each(|(ours, theirs)| *ours += std::mem::take(theirs));
            }
            0 => touched.drain(|cell| self.counts[cell] += std::mem::take(&mut counts[cell])),
            _ => touched.drain(|cell| {
                let sums = &mut all[cell * stride..(cell + 1) * stride];
                self.counts[cell] += sums[0] as u64;
                for (i, &sum) in sums.iter().skip(1).enumerate() {
                    self.sums.add(cell * own + i, sum);
                }
                sums.fill(0.0);
            }),
        }
        for (i, sum) in bins.statistics.iter_mut().enumerate() {
            self.sums.add(binner.cells * own + i, std::mem::take(sum));
        }
        self.entries += std::mem::take(&mut bins.entries);
        self.missing += std::mem::take(&mut bins.missing);
    }

    /// Adds those of other chunks. Both must be of the same histogram.
    pub fn merge(&mut self, other: &ExactBins) {
        for (ours, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *ours += theirs;
        }
        self.sums.merge(&other.sums);
        self.entries += other.entries;
        self.missing += other.missing;
    }

    /// Rounded, for output.
    #[must_use]
    pub fn contents(&self, binner: &Binner) -> Contents {
        let own = binner.stride - 1;
        let every = |offset: usize| (0..binner.cells).map(|cell| self.sums.value(cell * own + offset)).collect();
        let (mut sumw, mut sumw2, mut sumwy, mut sumwy2) = (vec![], vec![], vec![], vec![]);
        if binner.weighted {
            (sumw, sumw2) = (every(0), every(1));
        }
        if binner.profile {
            (sumwy, sumwy2) = (every(own - 2), every(own - 1));
        }
        let statistics: Vec<f64> = (binner.cells * own..self.sums.len()).map(|i| self.sums.value(i)).collect();
        let statistics = Statistics::from_sums(binner.axes.len(), &statistics);
        let (counts, entries, missing) = (self.counts.clone(), self.entries, self.missing);
        Contents { counts, sumw, sumw2, sumwy, sumwy2, statistics, entries, missing }
    }
}

impl Bins {
    /// Whether nothing was filled since they were absorbed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries == 0 && self.missing == 0
    }
}
