//! What the outputs are made of: regions with the rows of their cutflows and their histograms. The program that knows
//! the analysis builds it from an [`crate::partial::Outcome`]; `output` writes it.

use crate::histogram::{Contents, Layout};

/// The results of an analysis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// The regions, in the order of the text.
    pub regions: Vec<RegionReport>,
}

/// The results of a region.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RegionReport {
    /// Its name.
    pub name: String,
    /// Its cutflow, in the order of the text. The first row is what efficiencies refer to.
    pub rows: Vec<Row>,
    /// Its histograms, in the order of the text.
    pub histograms: Vec<HistogramReport>,
    /// The published counts of its rows and bins, by format.
    pub published: Vec<Published>,
}

/// Published counts: what a paper says of rows and bins of a region, kept beside what was counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Published {
    /// The name of the format.
    pub format: String,
    /// What they are counts of: the texts of rows, the labels of bins.
    pub of: Vec<String>,
    /// The processes.
    pub processes: Vec<PublishedProcess>,
}

/// The published counts of a process.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PublishedProcess {
    /// Its name.
    pub name: String,
    /// What it is.
    pub title: String,
    /// The names of its uncertainties: `stat`, `syst`.
    pub uncertainties: Vec<String>,
    /// Per row or bin: the count, and its uncertainties (up, down).
    pub counts: Vec<(f64, Vec<(f64, f64)>)>,
}

/// A row of a cutflow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// What was written: `select size(jets) >= 2`.
    pub text: String,
    /// The line of the source it was written on, from 1; 0 for a row that is not in the text.
    pub line: u32,
    /// Events that came this far.
    pub events: u64,
    /// The sum of their weights.
    pub sumw: f64,
    /// The sum of their squared weights.
    pub sumw2: f64,
    /// Events that failed here because a value was missing.
    pub missing: u64,
    /// Events that came this far with weight 0.
    pub zero_weight: u64,
    /// Look-ups, here and up to the next row, in tables of which no row holds their arguments and which then give a
    /// value of their own (`outside 0`).
    pub outside_table: u64,
    /// Links of lists, here and up to the next row, that lead to entries that are not there, and are left out.
    pub lost_links: u64,
}

/// A histogram.
#[derive(Clone, Debug, PartialEq)]
pub struct HistogramReport {
    /// Its name, unique in the region; varied ones with their variation: `pt__jesUp`.
    pub name: String,
    /// Its title.
    pub title: String,
    /// The titles of the axes, and behind them that of the contents; those that are left out are empty.
    pub axis_titles: Vec<String>,
    /// Its axes.
    pub layout: Layout,
    /// What was filled.
    pub contents: Contents,
}

impl HistogramReport {
    /// The title of an axis; that of the contents after the last one.
    #[must_use]
    pub fn axis_title(&self, axis: usize) -> &str {
        self.axis_titles.get(axis).map_or("", String::as_str)
    }
}
