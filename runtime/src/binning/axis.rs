//! The bin of a number on an axis: by the edges, which define the bins. On a regular axis arithmetic guesses an edge that
//! is next to the number, and the comparison with that edge decides.

use super::many::STRETCH;
use crate::histogram::Axis;

/// Finds the bin on an axis.
#[derive(Clone, Debug)]
pub(super) enum Finder {
    Regular(Regular),
    Edges(Edges),
    Labels(usize),
}

impl Finder {
    pub(super) fn new(axis: &Axis) -> Finder {
        match axis {
            Axis::Regular { bins, low, high } => Finder::Regular(Regular::new(*bins, *low, *high)),
            Axis::Edges(edges) => Finder::Edges(Edges { edges: edges.clone() }),
            Axis::Labels(labels) => Finder::Labels(labels.len()),
        }
    }

    /// Number of bins, flow included.
    pub(super) fn cells(&self) -> usize {
        match self {
            Finder::Regular(axis) => axis.cells() as usize,
            Finder::Edges(axis) => axis.edges.len() + 1,
            Finder::Labels(count) => *count,
        }
    }

    /// The bin, and whether it is in range; none for NaN.
    #[inline]
    pub(super) fn find(&self, x: f64) -> Option<(usize, bool)> {
        match self {
            Finder::Regular(axis) => axis.find(x),
            Finder::Edges(axis) => axis.find(x),
            Finder::Labels(count) => {
                let label = x as usize;
                (x >= 0.0 && label < *count).then_some((label, true))
            }
        }
    }

    /// The coordinate for the statistics.
    #[inline]
    pub(super) fn coordinate(&self, x: f64) -> f64 {
        if let Finder::Labels(_) = self { x + 0.5 } else { x }
    }
}

/// An axis on which many numbers are looked for together.
pub(super) trait Many {
    /// What is known of the numbers before each is asked for.
    type Found;

    /// Looks for all of them.
    fn find_all(&self, numbers: impl Iterator<Item = f64>) -> Self::Found;

    /// The bin of number `at`, which is x, and whether it is in range: [`NO_CELL`] and out of range for NaN.
    fn cell_of(&self, found: &Self::Found, at: usize, x: f64) -> (u32, bool);
}

/// An axis of bins of any widths.
#[derive(Clone, Debug)]
pub(super) struct Edges {
    edges: Vec<f64>,
}

/// Edges up to which a number is compared with each of them: by vectors, that is faster than choosing among them.
const FEW_EDGES: usize = 24;

impl Edges {
    #[inline]
    pub(super) fn find(&self, x: f64) -> Option<(usize, bool)> {
        if x.is_nan() {
            return None;
        }
        let bin = self.edges.partition_point(|&edge| edge <= x);
        Some((bin, bin > 0 && bin < self.edges.len()))
    }
}

impl Many for Edges {
    /// The edges at or below each number.
    type Found = [u64; STRETCH];

    #[inline(always)]
    fn find_all(&self, numbers: impl Iterator<Item = f64>) -> [u64; STRETCH] {
        let (mut all, mut found) = ([f64::NAN; STRETCH], [0; STRETCH]);
        all.iter_mut().zip(numbers).for_each(|(to, x)| *to = x);
        if self.edges.len() <= FEW_EDGES {
            for &edge in &self.edges {
                found.iter_mut().zip(&all).for_each(|(bin, &x)| *bin += u64::from(edge <= x));
            }
        } else {
            let find = |x: f64| self.edges.partition_point(|&edge| edge <= x) as u64;
            found.iter_mut().zip(all).for_each(|(bin, x)| *bin = find(x));
        }
        found
    }

    #[inline(always)]
    fn cell_of(&self, found: &[u64; STRETCH], at: usize, x: f64) -> (u32, bool) {
        let bin = found[at % STRETCH] as u32;
        (if x.is_nan() { NO_CELL } else { bin }, (bin > 0) & (bin < self.edges.len() as u32))
    }
}

impl Many for Regular {
    type Found = ();

    #[inline(always)]
    fn find_all(&self, _numbers: impl Iterator<Item = f64>) {}

    #[inline(always)]
    fn cell_of(&self, _found: &(), _at: usize, x: f64) -> (u32, bool) {
        self.cell(x)
    }
}

/// A regular axis. Its edges are computed, by the definition in [`Axis::Regular`]: a table of them would be as large as
/// the bins, and what is read of it at random no faster.
#[derive(Clone, Copy, Debug)]
pub(super) struct Regular {
    bins: u32,
    low: f64,
    high: f64,
    width: f64,
    scale: f64,
    /// Whether [`Regular::cell`] can be asked.
    pub(super) is_even: bool,
}

impl Regular {
    fn new(bins: u32, low: f64, high: f64) -> Regular {
        let (width, scale) = ((high - low) / f64::from(bins), f64::from(bins) / (high - low));
        let axis = Regular { bins, low, high, width, scale, is_even: false };
        Regular { is_even: axis.is_even(), ..axis }
    }

    /// Number of bins, flow included.
    pub(super) fn cells(&self) -> u32 {
        self.bins.saturating_add(2)
    }

    /// Whether `(x - low) * scale` of each edge is near its number. That expression never decreases with x, so it is then
    /// for an x between two edges at most a quarter outside of their numbers, and the whole number next to it is one of them.
    fn is_even(&self) -> bool {
        let edges = (0..self.bins).map(|bin| (bin, self.edge(bin))).chain([(self.bins, self.high)]);
        let mut away = edges.map(|(bin, edge)| ((edge - self.low) * self.scale - f64::from(bin)).abs());
        away.all(|away| away <= 0.25)
    }

    /// Every edge but the last one, which is `high`.
    #[inline]
    fn edge(&self, bin: u32) -> f64 {
        self.low + f64::from(bin) * self.width
    }

    #[inline]
    pub(super) fn find(&self, x: f64) -> Option<(usize, bool)> {
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

    /// The same without a branch, on an even axis: [`NO_CELL`] and out of range for NaN.
    #[inline(always)]
    pub(super) fn cell(&self, x: f64) -> (u32, bool) {
        /// Added to a small number, it leaves no digits behind the point, and the whole number in the lowest bits.
        const WHOLE: f64 = 4_503_599_627_370_496.0;
        let bins = f64::from(self.bins);
        let place = (x - self.low) * self.scale;
        let place = if place < bins { place } else { bins };
        let place = if place > 0.0 { place } else { 0.0 };
        let shifted = place + WHOLE;
        let number = shifted - WHOLE;
        let edge = if number == bins { self.high } else { self.low + number * self.width };
        let cell = (shifted.to_bits() as u32).wrapping_add(u32::from(x >= edge));
        (if x.is_nan() { NO_CELL } else { cell }, (x >= self.low) & (x < self.high))
    }
}

/// No bin has this number.
pub(super) const NO_CELL: u32 = u32::MAX;
