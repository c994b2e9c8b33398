//! From fill buffers to bins: a [`Binner`] per histogram knows its axes, [`Bins`] are the sums of one chunk in plain
//! doubles and in the order of the fills, [`ExactBins`] the sums of all chunks.
//!
//! The edges define the bins; the arithmetic of a regular axis only guesses, and is corrected by the edges. An entry
//! with a NaN on an axis, or with a profiled quantity that is not finite, is not filled and is counted as missing.

use crate::exact::ExactSums;
use crate::histogram::{Axis, Content, Contents, Layout, Statistics};

/// Records whose bins are found together.
const BLOCK: usize = 8;

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

/// Finds the bin on an axis.
#[derive(Clone, Debug)]
enum Finder {
    Regular(Regular),
    Edges(Vec<f64>),
    Labels(usize),
}

impl Finder {
    fn new(axis: &Axis) -> Finder {
        match axis {
            Axis::Regular { bins, low, high } => Finder::Regular(Regular::new(*bins, *low, *high)),
            Axis::Edges(edges) => Finder::Edges(edges.clone()),
            Axis::Labels(labels) => Finder::Labels(labels.len()),
        }
    }

    /// Number of bins, flow included.
    fn cells(&self) -> usize {
        match self {
            Finder::Regular(axis) => axis.bins as usize + 2,
            Finder::Edges(edges) => edges.len() + 1,
            Finder::Labels(count) => *count,
        }
    }

    /// The bin, and whether it is in range; none for NaN.
    #[inline]
    fn find(&self, x: f64) -> Option<(usize, bool)> {
        match self {
            Finder::Regular(axis) => axis.find(x),
            Finder::Edges(edges) => variable(edges, x),
            Finder::Labels(count) => {
                let label = x as usize;
                (x >= 0.0 && label < *count).then_some((label, true))
            }
        }
    }

    /// The coordinate for the statistics.
    #[inline]
    fn coordinate(&self, x: f64) -> f64 {
        if let Finder::Labels(_) = self { x + 0.5 } else { x }
    }
}

/// A regular axis. Its edges are computed, by the definition in [`Axis::Regular`]: a table of them would be as large as
/// the bins, and what is read of it at random no faster.
#[derive(Clone, Copy, Debug)]
struct Regular {
    bins: u32,
    low: f64,
    high: f64,
    width: f64,
    scale: f64,
    /// As [`Regular::doubt`] says.
    doubt: f64,
}

impl Regular {
    fn new(bins: u32, low: f64, high: f64) -> Regular {
        let (width, scale) = ((high - low) / f64::from(bins), f64::from(bins) / (high - low));
        let axis = Regular { bins, low, high, width, scale, doubt: 1.0 };
        Regular { doubt: axis.doubt(), ..axis }
    }

    /// How near to a whole number `(x - low) * scale` leaves a doubt on which side of the edge there x is; 1 if always.
    /// Twice the largest distance of an edge from its whole number, and the errors of that expression and of
    /// [`Regular::certain`], which are a few of the last digits of the number of bins.
    fn doubt(&self) -> f64 {
        let edges = (0..self.bins).map(|bin| (bin, self.edge(bin))).chain([(self.bins, self.high)]);
        let away = edges.map(|(bin, edge)| ((edge - self.low) * self.scale - f64::from(bin)).abs());
        let doubt = 2.0 * away.fold(0.0, f64::max) + 8.0 * (f64::from(self.bins) + 1.0) * f64::EPSILON;
        if doubt < 0.25 && self.bins < 1_000_000_000 { doubt } else { 1.0 }
    }

    /// Every edge but the last one, which is `high`.
    #[inline]
    fn edge(&self, bin: u32) -> f64 {
        self.low + f64::from(bin) * self.width
    }

    #[inline]
    fn find(&self, x: f64) -> Option<(usize, bool)> {
        if x < self.low {
            return Some((0, false));
        }
        if x >= self.high {
            return Some((self.bins as usize + 1, false));
        }
        if x.is_nan() {
            return None;
        }
        let last = self.bins - 1;
        let mut bin = (((x - self.low) * self.scale) as u32).min(last);
        while x < self.edge(bin) {
            bin -= 1;
        }
        while bin < last && x >= self.edge(bin + 1) {
            bin += 1;
        }
        Some((bin as usize + 1, true))
    }

    /// The bins of several numbers, if there is no doubt about any.
    #[inline(always)]
    fn certain(&self, numbers: &[f64; BLOCK]) -> Option<Found> {
        /// Added to a small number, it leaves no digits behind the point, and the whole number in the lowest bits.
        const WHOLE: f64 = 4_503_599_627_370_496.0;
        let (low, bins, scale) = (self.low, f64::from(self.bins), self.scale);
        let mut found = Found { cells: [0; BLOCK], inside: [false; BLOCK] };
        let mut sure = true;
        for (lane, x) in numbers.iter().enumerate() {
            let place = (x - low) * scale;
            // Far outside, the middle of a bin there; NaN stays what it is.
            let near = if place > bins + 0.25 { bins + 0.5 } else { place };
            let near = if near < -0.25 { -0.5 } else { near };
            let flow = near + 1.0;
            let shifted = flow + WHOLE;
            let part = flow - (shifted - WHOLE);
            found.cells[lane] = (shifted.to_bits() as u32).wrapping_sub(u32::from(part < 0.0));
            found.inside[lane] = (place > 0.0) & (place < bins);
            sure &= part.abs() > self.doubt;
        }
        sure.then_some(found)
    }
}

/// The bins of several numbers.
struct Found {
    cells: [u32; BLOCK],
    inside: [bool; BLOCK],
}

#[inline]
fn variable(edges: &[f64], x: f64) -> Option<(usize, bool)> {
    if x.is_nan() {
        return None;
    }
    let bin = edges.partition_point(|&edge| edge <= x);
    Some((bin, bin > 0 && bin < edges.len()))
}

/// The sums of one chunk.
#[derive(Clone, Debug, Default)]
pub struct Bins {
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
const FEW: usize = 64;

impl Touched {
    #[inline]
    fn add(&mut self, cell: usize) {
        let is_listed = self.bits.len() > FEW;
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
        if self.bits.len() > FEW {
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
        if bins.sums.is_empty() {
            bins.sums = vec![0.0; self.cells * self.stride].into();
            bins.statistics = vec![0.0; Statistics::count(self.axes.len())].into();
            bins.touched.bits = vec![0; self.cells.div_ceil(64)].into();
        }
        match (self.weighted, self.profile) {
            (false, false) => self.fill_as::<false, false>(records, bins),
            (true, false) => self.fill_as::<true, false>(records, bins),
            (false, true) => self.fill_as::<false, true>(records, bins),
            (true, true) => self.fill_as::<true, true>(records, bins),
        }
    }

    /// `fill`, compiled for what is accumulated.
    fn fill_as<const WEIGHTED: bool, const PROFILE: bool>(&self, records: &[f64], bins: &mut Bins) {
        match self.axes.as_slice() {
            [Finder::Regular(axis)] => self.each::<WEIGHTED, PROFILE, true>(
                records,
                bins,
                |numbers| axis.certain(numbers),
                |r| axis.find(r[0]),
            ),
            [Finder::Edges(edges)] => {
                self.each::<WEIGHTED, PROFILE, true>(records, bins, |_| None, |r| variable(edges, r[0]));
            }
            axes => self.each::<WEIGHTED, PROFILE, false>(
                records,
                bins,
                |_| None,
                |record| {
                    let mut place = (0, true);
                    for (axis, &x) in axes.iter().zip(record) {
                        let (bin, inside) = axis.find(x)?;
                        place = (place.0 * axis.cells() + bin, place.1 && inside);
                    }
                    Some(place)
                },
            ),
        }
    }

    /// `SINGLE`: there is one axis, and its coordinate is the value. `certain` finds the bins of several records at once,
    /// or says that each is to be looked at.
    #[inline]
    fn each<const WEIGHTED: bool, const PROFILE: bool, const SINGLE: bool>(
        &self,
        records: &[f64],
        bins: &mut Bins,
        certain: impl Fn(&[f64; BLOCK]) -> Option<Found>,
        find: impl Fn(&[f64]) -> Option<(usize, bool)>,
    ) {
        let axes = if SINGLE { 1 } else { self.axes.len() };
        let size = axes + usize::from(PROFILE) + usize::from(WEIGHTED);
        // The statistics of a single axis stay in registers.
        let mut single = [0.0; 6];
        if SINGLE {
            single.copy_from_slice(&bins.statistics);
        }
        for block in records.chunks(size * BLOCK) {
            let mut numbers = [f64::NAN; BLOCK];
            if SINGLE {
                numbers.iter_mut().zip(block.chunks_exact(size)).for_each(|(number, record)| *number = record[0]);
            }
            match certain(&numbers) {
                Some(found) if SINGLE && !PROFILE => {
                    self.add_certain::<WEIGHTED>(block, &found, bins, &mut single);
                }
                _ => {
                    for record in block.chunks_exact(size) {
                        self.add::<WEIGHTED, PROFILE, SINGLE>(record, find(record), bins, &mut single);
                    }
                }
            }
        }
        if SINGLE {
            bins.statistics.copy_from_slice(&single);
        }
    }

    /// Adds records with one number to their bins. What is outside adds nothing to the statistics: 0, as these sums begin
    /// at +0 and never become -0.
    #[inline(always)]
    fn add_certain<const WEIGHTED: bool>(&self, block: &[f64], found: &Found, bins: &mut Bins, single: &mut [f64; 6]) {
        let (size, stride) = (1 + usize::from(WEIGHTED), 1 + 2 * usize::from(WEIGHTED));
        let Bins { sums, touched, .. } = bins;
        for (lane, record) in block.chunks_exact(size).enumerate() {
            let cell = found.cells[lane % BLOCK];
            let sums = &mut sums[cell as usize * stride..][..stride];
            if sums[0] == 0.0 {
                touched.add(cell as usize);
            }
            sums[0] += 1.0;
            let (x, w) = (record[0], if WEIGHTED { record[size - 1] } else { 1.0 });
            if WEIGHTED {
                sums[1] += w;
                sums[2] += w * w;
            }
            let inside = found.inside[lane % BLOCK];
            let term = |term: f64| if inside { term } else { 0.0 };
            if WEIGHTED {
                single[0] += term(w);
                single[1] += term(w * w);
            }
            single[2] += term(w * x);
            single[3] += term(w * x * x);
        }
        bins.entries += BLOCK as u64;
        if !WEIGHTED {
            // As that many ones: whole numbers are exact.
            let inside = found.inside.iter().map(|&inside| f64::from(u8::from(inside))).sum::<f64>();
            single[0] += inside;
            single[1] += inside;
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
        let Bins { sums: all, touched, .. } = bins;
        touched.drain(|cell| {
            let sums = &mut all[cell * stride..(cell + 1) * stride];
            self.counts[cell] += sums[0] as u64;
            for (i, &sum) in sums.iter().skip(1).enumerate() {
                self.sums.add(cell * own + i, sum);
            }
            sums.fill(0.0);
        });
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
