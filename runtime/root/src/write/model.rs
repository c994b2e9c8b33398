//! What can be written: histograms and profiles as plain sums, with their axes. `encode` makes ROOT objects of them.

use super::Error;

/// An axis: its title and its bins (`TAxis` version 10).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// `fTitle`: what is drawn along the axis.
    pub title: String,
    /// The bins.
    pub bins: Bins,
}

/// The bins of an axis. Every axis of a ROOT file also has an underflow bin in front and an overflow bin behind.
#[derive(Clone, Debug, PartialEq)]
pub enum Bins {
    /// Bins of equal width (`fXbins` is empty).
    Regular {
        /// Number of bins, at least 1.
        n: u32,
        /// Lower edge of the first bin.
        lo: f64,
        /// Upper edge of the last bin, above `lo`.
        hi: f64,
    },
    /// Increasing edges (`fXbins`), one more than there are bins.
    Edges(Vec<f64>),
    /// One bin per label, bin i from i - 1 to i; all labels differ (`fLabels`, `TAxis::SetBinLabel`).
    Labels(Vec<String>),
}

impl Default for Bins {
    /// One bin from 0 to 1, as ROOT gives an axis that is not used.
    fn default() -> Bins {
        Bins::Regular { n: 1, lo: 0.0, hi: 1.0 }
    }
}

impl Bins {
    /// Number of bins without flow.
    #[must_use]
    pub fn count(&self) -> usize {
        match self {
            Bins::Regular { n, .. } => *n as usize,
            Bins::Edges(edges) => edges.len().saturating_sub(1),
            Bins::Labels(labels) => labels.len(),
        }
    }
}

/// A histogram of one, two or three axes: `TH1D` version 3, `TH2D` version 4, `TH3D` version 4.
///
/// The arrays hold every cell, flow included, with x fastest: cell ix + (nx + 2) * (iy + (ny + 2) * iz), where 0 is
/// underflow and n + 1 overflow (`TH1::GetBin`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    /// `fName`: neither empty nor with `/` or `;`, which have a meaning in ROOT's paths.
    pub name: String,
    /// `fTitle`.
    pub title: String,
    /// The axes x, y, z: one to three.
    pub axes: Vec<Axis>,
    /// Title of the axis along which contents are drawn: y of a `TH1D`, z of a `TH2D`; a `TH3D` has none.
    pub content_title: String,
    /// Sum of w per cell (`fArray`).
    pub sumw: Vec<f64>,
    /// Sum of w^2 per cell (`fSumw2`); its square root is the error.
    pub sumw2: Vec<f64>,
    /// Number of fills, flow included (`fEntries`).
    pub entries: f64,
    /// Sums over the fills that are in range on every axis, in the order of `TH1::GetStats`: of w, w^2, wx, wx^2;
    /// with a second axis wy, wy^2, wxy; with a third wz, wz^2, wxz, wyz. So 4, 7 or 11 numbers.
    pub stats: Vec<f64>,
}

/// A profile, the average of a quantity v in bins of one, two or three axes: `TProfile` version 7, `TProfile2D`
/// version 8, `TProfile3D` version 8. Cells are numbered as in [`Histogram`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// `fName`, as in [`Histogram`].
    pub name: String,
    /// `fTitle`.
    pub title: String,
    /// The axes x, y, z: one to three.
    pub axes: Vec<Axis>,
    /// Title of the averaged quantity's axis: y of a `TProfile`, z of a `TProfile2D`; a `TProfile3D` has none.
    pub content_title: String,
    /// Sum of w per cell (`fBinEntries`).
    pub sumw: Vec<f64>,
    /// Sum of w^2 per cell (`fBinSumw2`).
    pub sumw2: Vec<f64>,
    /// Sum of w v per cell (`fArray`).
    pub sumwv: Vec<f64>,
    /// Sum of w v^2 per cell (`fSumw2`).
    pub sumwv2: Vec<f64>,
    /// Number of fills, flow included (`fEntries`).
    pub entries: f64,
    /// Sums over the fills in range, in the order of `TProfile::GetStats`: those of a [`Histogram`] of the same axes,
    /// then of wv and wv^2. So 6, 9 or 13 numbers.
    pub stats: Vec<f64>,
}

impl Histogram {
    /// The C++ class of the object; none for a number of axes that ROOT has no class for.
    #[must_use]
    pub fn class(&self) -> Option<&'static str> {
        match self.axes.len() {
            1 => Some("TH1D"),
            2 => Some("TH2D"),
            3 => Some("TH3D"),
            _ => None,
        }
    }

    /// Whether it can be written: the number of axes, their bins and the lengths of all arrays.
    ///
    /// # Errors
    ///
    /// [`Error::Histogram`], which says what is wrong.
    pub fn check(&self) -> Result<(), Error> {
        let arrays = [("sumw", &self.sumw), ("sumw2", &self.sumw2)];
        check(&self.axes, &arrays, &self.stats, 0).map_err(|what| Error::histogram(&self.name, what))
    }
}

impl Profile {
    /// The C++ class of the object; none for a number of axes that ROOT has no class for.
    #[must_use]
    pub fn class(&self) -> Option<&'static str> {
        match self.axes.len() {
            1 => Some("TProfile"),
            2 => Some("TProfile2D"),
            3 => Some("TProfile3D"),
            _ => None,
        }
    }

    /// Whether it can be written: the number of axes, their bins and the lengths of all arrays.
    ///
    /// # Errors
    ///
    /// [`Error::Histogram`], which says what is wrong.
    pub fn check(&self) -> Result<(), Error> {
        let arrays = [("sumw", &self.sumw), ("sumw2", &self.sumw2), ("sumwv", &self.sumwv), ("sumwv2", &self.sumwv2)];
        check(&self.axes, &arrays, &self.stats, 2).map_err(|what| Error::histogram(&self.name, what))
    }
}

/// Number of cells of these axes, flow included; none if it is beyond ROOT's 32-bit `fNcells`.
#[must_use]
pub fn cells(axes: &[Axis]) -> Option<usize> {
    let product = axes.iter().try_fold(1_usize, |cells, axis| cells.checked_mul(axis.bins.count().checked_add(2)?))?;
    (product <= i32::MAX as usize).then_some(product)
}

fn check(axes: &[Axis], arrays: &[(&str, &Vec<f64>)], stats: &[f64], more_stats: usize) -> Result<(), String> {
    let sums = match axes.len() {
        1 => 4,
        2 => 7,
        3 => 11,
        n => {
            return Err(format!("it has {n} axes, and ROOT has classes for 1, 2 or 3"));
        }
    } + more_stats;
    for (axis, letter) in axes.iter().zip(["x", "y", "z"]) {
        check_bins(&axis.bins).map_err(|what| format!("the {letter} axis {what}"))?;
    }
    let Some(cells) = cells(axes) else {
        return Err("it has more bins than ROOT can number".to_string());
    };
    for (name, array) in arrays {
        if array.len() != cells {
            return Err(format!("{name} has {} values for {cells} bins", array.len()));
        }
    }
    if stats.len() != sums {
        return Err(format!("stats has {} values, not {sums}", stats.len()));
    }
    Ok(())
}

fn check_bins(bins: &Bins) -> Result<(), String> {
    if bins.count() == 0 {
        return Err("has no bins".to_string());
    }
    match bins {
        Bins::Regular { lo, hi, .. } => match lo.is_finite() && hi.is_finite() && lo < hi {
            true => Ok(()),
            false => Err(format!("cannot range from {lo} to {hi}")),
        },
        Bins::Edges(edges) => {
            let increase = edges.windows(2).all(|pair| match pair {
                [a, b] => a < b,
                _ => false,
            });
            match increase && edges.iter().all(|edge| edge.is_finite()) {
                true => Ok(()),
                false => Err("has edges that do not increase".to_string()),
            }
        }
        Bins::Labels(labels) => {
            let mut seen = std::collections::HashSet::new();
            match labels.iter().find(|label| !seen.insert(label.as_str())) {
                None => Ok(()),
                Some(label) => Err(format!("has the label {label:?} twice")),
            }
        }
    }
}
