//! Histograms: their axes, and their contents when all is summed. `binning` fills them.

/// Bins of a histogram at most, flow bins included, so that a slip in the text does not ask for all memory.
const MOST_CELLS: usize = 1 << 28;

/// An axis.
#[derive(Clone, Debug, PartialEq)]
pub enum Axis {
    /// `bins` bins of equal width. Edge i is `low + i * ((high - low) / bins)`, the last edge exactly `high`; bin i is
    /// [edge i, edge i + 1). Below is underflow (bin 0), at or above `high` overflow (bin n + 1).
    Regular {
        /// Number of bins.
        bins: u32,
        /// Lower edge.
        low: f64,
        /// Upper edge.
        high: f64,
    },
    /// Bins between increasing edges, half-open.
    Edges(Vec<f64>),
    /// One bin per label; the filled value is the label's number. No flow: other values do not occur.
    Labels(Vec<String>),
}

impl Axis {
    /// Number of bins, without flow.
    #[must_use]
    pub fn bins(&self) -> usize {
        match self {
            Axis::Regular { bins, .. } => *bins as usize,
            Axis::Edges(edges) => edges.len().saturating_sub(1),
            Axis::Labels(labels) => labels.len(),
        }
    }

    /// Whether it has an underflow and an overflow bin.
    #[must_use]
    pub fn flow(&self) -> bool {
        !matches!(self, Axis::Labels(_))
    }

    /// Number of bins, flow included.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.bins() + if self.flow() { 2 } else { 0 }
    }

    /// The edges of the bins; of labels 0, 1, ... n.
    #[must_use]
    pub fn edges(&self) -> Vec<f64> {
        match self {
            Axis::Regular { bins, low, high } => {
                let width = (high - low) / f64::from(*bins);
                let inner = (0..*bins).map(|i| low + f64::from(i) * width);
                inner.chain([*high]).collect()
            }
            Axis::Edges(edges) => edges.clone(),
            Axis::Labels(labels) => (0..=labels.len()).map(|i| i as f64).collect(),
        }
    }

    /// What is wrong with it, in words.
    fn problem(&self) -> Option<&'static str> {
        match self {
            Axis::Regular { bins: 0, .. } => Some("an axis has no bins"),
            Axis::Regular { low, high, .. } if !low.is_finite() || !(high - low).is_finite() => {
                Some("an axis has a limit that is not a finite number")
            }
            Axis::Regular { low, high, .. } if low >= high => Some("an axis ends at or below its beginning"),
            Axis::Regular { .. } => None,
            Axis::Edges(edges) if edges.len() < 2 => Some("an axis has fewer than two edges"),
            Axis::Edges(edges) if edges.iter().any(|e| !e.is_finite()) => {
                Some("an axis has an edge that is not a finite number")
            }
            Axis::Edges(edges) if edges.windows(2).any(|pair| pair[0] >= pair[1]) => {
                Some("the edges of an axis do not increase")
            }
            Axis::Edges(_) => None,
            Axis::Labels(labels) if labels.is_empty() => Some("an axis has no bins"),
            Axis::Labels(_) => None,
        }
    }
}

/// What is accumulated per bin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Sum of weights and of squared weights.
    Weights,
    /// The same, and the sums of w y and w y^2 of the averaged quantity y.
    Profile,
}

/// A histogram as the kernel and the driver see it.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// The axes, 1 to 4 (per-bin copies add one of labels in front).
    pub axes: Vec<Axis>,
    /// What is accumulated.
    pub content: Content,
    /// Entries carry a weight; otherwise every weight is 1.
    pub weighted: bool,
}

impl Layout {
    /// Numbers per entry in a fill buffer.
    #[must_use]
    pub fn record(&self) -> usize {
        self.axes.len() + usize::from(self.content == Content::Profile) + usize::from(self.weighted)
    }

    /// Number of bins, flow included, of all axes together; none if that is more than memory can hold. Bins are
    /// numbered with the last axis fastest.
    #[must_use]
    pub fn cells(&self) -> Option<usize> {
        let product = self.axes.iter().try_fold(1_usize, |n, axis| n.checked_mul(axis.cells()))?;
        (product <= MOST_CELLS).then_some(product)
    }

    /// What is wrong with it, in words; none for a histogram that can be filled.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        if self.axes.is_empty() {
            return Some("a histogram has no axis".to_string());
        }
        if let Some(problem) = self.axes.iter().find_map(Axis::problem) {
            return Some(problem.to_string());
        }
        if self.cells().is_none() {
            let bins: Vec<String> = self.axes.iter().map(|axis| axis.cells().to_string()).collect();
            return Some(format!("a histogram has {} bins, more than {MOST_CELLS}", bins.join(" x ")));
        }
        None
    }
}

/// The sums that ROOT keeps per histogram (`fTsumw`, ...) over the entries that are in range on every axis, for means
/// and widths without binning. A label counts as its bin's centre.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statistics {
    /// Sum of w.
    pub w: f64,
    /// Sum of w^2.
    pub w2: f64,
    /// Per axis: sum of w x.
    pub wx: Vec<f64>,
    /// Per axis: sum of w x^2.
    pub wx2: Vec<f64>,
    /// Per pair of axes, (0,1), (0,2), ... (1,2), ...: sum of w x x'.
    pub wxx: Vec<f64>,
    /// Sum of w y of a profile's averaged quantity, else 0.
    pub wy: f64,
    /// Sum of w y^2, else 0.
    pub wy2: f64,
}

impl Statistics {
    /// How many sums there are for this many axes (those of y included).
    pub(crate) fn count(axes: usize) -> usize {
        2 + 2 * axes + axes * axes.saturating_sub(1) / 2 + 2
    }

    /// From the sums in the order w, w2, (wx, wx2) per axis, pairs, wy, wy2.
    pub(crate) fn from_sums(axes: usize, sums: &[f64]) -> Statistics {
        let at = |i: usize| sums.get(i).copied().unwrap_or(0.0);
        let pairs = axes * axes.saturating_sub(1) / 2;
        let (first, after) = (2 + 2 * axes, 2 + 2 * axes + pairs);
        Statistics {
            w: at(0),
            w2: at(1),
            wx: (0..axes).map(|i| at(2 + 2 * i)).collect(),
            wx2: (0..axes).map(|i| at(3 + 2 * i)).collect(),
            wxx: (first..after).map(at).collect(),
            wy: at(after),
            wy2: at(after + 1),
        }
    }
}

/// A filled histogram. Bins are numbered with the last axis fastest, underflow first on an axis with flow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contents {
    /// Entries per bin.
    pub counts: Vec<u64>,
    /// Sum of weights per bin; empty if the layout is not weighted (then it is the count).
    pub sumw: Vec<f64>,
    /// Sum of squared weights per bin; empty like `sumw`.
    pub sumw2: Vec<f64>,
    /// Of a profile: sum of w y per bin.
    pub sumwy: Vec<f64>,
    /// Of a profile: sum of w y^2 per bin.
    pub sumwy2: Vec<f64>,
    /// Sums over the entries in range.
    pub statistics: Statistics,
    /// Entries, those in flow bins included.
    pub entries: u64,
    /// Entries that were not filled because an axis value (or the averaged quantity) is missing.
    pub missing: u64,
}

impl Contents {
    /// Nothing filled.
    #[must_use]
    pub fn empty(layout: &Layout) -> Contents {
        let cells = layout.cells().unwrap_or(0);
        let (weights, profile) =
            (if layout.weighted { cells } else { 0 }, if layout.content == Content::Profile { cells } else { 0 });
        Contents {
            counts: vec![0; cells],
            sumw: vec![0.0; weights],
            sumw2: vec![0.0; weights],
            sumwy: vec![0.0; profile],
            sumwy2: vec![0.0; profile],
            statistics: Statistics::from_sums(layout.axes.len(), &[]),
            entries: 0,
            missing: 0,
        }
    }

    /// The sum of weights in a bin.
    #[must_use]
    pub fn weight(&self, cell: usize) -> f64 {
        self.sumw.get(cell).copied().unwrap_or_else(|| self.counts.get(cell).map_or(0.0, |&n| n as f64))
    }

    /// The sum of squared weights in a bin.
    #[must_use]
    pub fn weight2(&self, cell: usize) -> f64 {
        self.sumw2.get(cell).copied().unwrap_or_else(|| self.counts.get(cell).map_or(0.0, |&n| n as f64))
    }

    /// The first sum that is not a finite number, in words; such contents cannot be written.
    #[must_use]
    pub fn not_finite(&self) -> Option<String> {
        let named = [("w", &self.sumw), ("w^2", &self.sumw2), ("w y", &self.sumwy), ("w y^2", &self.sumwy2)];
        let (name, cell) =
            named.iter().find_map(|(name, sums)| sums.iter().position(|s| !s.is_finite()).map(|cell| (name, cell)))?;
        Some(format!("the sum of {name} in bin {cell} is not a finite number"))
    }
}
