//! `histograms.root`: a directory per region, with a `TH1D`, `TH2D`, `TH3D` or profile per histogram, and the cutflow as a
//! histogram with labels; in a directory per format, the published counts.

use std::path::Path;

use adl_root::write::{Axis as RootAxis, Bins, FileWriter, Histogram, Profile, cells};

use super::{OutputError, counts};
use crate::histogram::{Axis, Content, Statistics};
use crate::report::{HistogramReport, RegionReport, Report};

/// The cutflow's name in its region's directory.
const CUTFLOW: &str = "cutflow";

/// Writes a report. Returns what was left out, in words: ROOT has no class for four axes.
///
/// # Errors
/// If the file cannot be written.
pub fn write(path: &Path, report: &Report) -> Result<Vec<String>, OutputError> {
    let failed = |e: adl_root::write::Error| OutputError::new(path, e);
    let mut notes = Vec::new();
    let mut file = FileWriter::create(path).map_err(failed)?;
    for region in &report.regions {
        let directory = file.directory(&region.name).map_err(failed)?;
        if !region.rows.is_empty() && region.histograms.iter().all(|h| h.name != CUTFLOW) {
            file.histogram(directory, &cutflow(region)).map_err(failed)?;
        }
        for published in &region.published {
            let inside = file.directory(&format!("{}/{}", region.name, published.format)).map_err(failed)?;
            for histogram in counts::histograms(published) {
                file.histogram(inside, &histogram).map_err(failed)?;
            }
        }
        for histogram in &region.histograms {
            // One of several for the bins of a region, `low MET/top`, has a directory of its own.
            let (inner, name) = histogram.name.rsplit_once('/').map_or(("", histogram.name.as_str()), |names| names);
            let directory = match inner {
                "" => directory,
                _ => file.directory(&format!("{}/{inner}", region.name)).map_err(failed)?,
            };
            if histogram.layout.axes.len() > 3 {
                let name = format!("{}/{}", region.name, histogram.name);
                notes.push(format!(
                    "{name} has more than 3 axes and is only in histograms.json: ROOT has no class for it"
                ));
                continue;
            }
            match histogram.layout.content {
                Content::Weights => file.histogram(directory, &plain(name, histogram)).map_err(failed)?,
                Content::Profile => file.profile(directory, &profile(name, histogram)).map_err(failed)?,
            }
        }
    }
    file.finish().map_err(failed)?;
    Ok(notes)
}

fn plain(name: &str, histogram: &HistogramReport) -> Histogram {
    let contents = &histogram.contents;
    let axes = axes(histogram);
    let order = order(histogram, &axes);
    Histogram {
        name: name.to_string(),
        title: histogram.title.clone(),
        sumw: spread(&order, |cell| contents.weight(cell)),
        sumw2: spread(&order, |cell| contents.weight2(cell)),
        content_title: histogram.axis_title(axes.len()).to_string(),
        entries: contents.entries as f64,
        stats: statistics(&contents.statistics),
        axes,
    }
}

fn profile(name: &str, histogram: &HistogramReport) -> Profile {
    let contents = &histogram.contents;
    let axes = axes(histogram);
    let order = order(histogram, &axes);
    let mut stats = statistics(&contents.statistics);
    stats.extend([contents.statistics.wy, contents.statistics.wy2]);
    Profile {
        name: name.to_string(),
        title: histogram.title.clone(),
        sumw: spread(&order, |cell| contents.weight(cell)),
        sumw2: spread(&order, |cell| contents.weight2(cell)),
        sumwv: spread(&order, |cell| contents.sumwy.get(cell).copied().unwrap_or(0.0)),
        sumwv2: spread(&order, |cell| contents.sumwy2.get(cell).copied().unwrap_or(0.0)),
        content_title: histogram.axis_title(axes.len()).to_string(),
        entries: contents.entries as f64,
        stats,
        axes,
    }
}

/// The cutflow as `TH1D`: a bin per row with the sum of weights. Labels are the texts, numbered where they repeat.
fn cutflow(region: &RegionReport) -> Histogram {
    let mut labels: Vec<String> = Vec::new();
    for row in &region.rows {
        let repeated = labels.contains(&row.text).then(|| format!("{} ({})", row.text, labels.len() + 1));
        labels.push(repeated.unwrap_or_else(|| row.text.clone()));
    }
    let flow = |values: Vec<f64>| [&[0.0], values.as_slice(), &[0.0]].concat();
    let sum = |f: fn(f64, f64) -> f64| {
        let rows = region.rows.iter().enumerate();
        rows.map(|(i, row)| f(i as f64 + 0.5, row.sumw)).sum::<f64>()
    };
    let w2 = region.rows.iter().map(|row| row.sumw2).sum();
    Histogram {
        name: CUTFLOW.to_string(),
        title: format!("cutflow of {}", region.name),
        axes: vec![RootAxis { title: String::new(), bins: Bins::Labels(labels) }],
        content_title: "sum of weights".to_string(),
        sumw: flow(region.rows.iter().map(|row| row.sumw).collect()),
        sumw2: flow(region.rows.iter().map(|row| row.sumw2).collect()),
        entries: region.rows.iter().map(|row| row.events as f64).sum(),
        stats: vec![sum(|_, w| w), w2, sum(|x, w| w * x), sum(|x, w| w * x * x)],
    }
}

fn axes(histogram: &HistogramReport) -> Vec<RootAxis> {
    let bins = |axis: &Axis| match axis {
        Axis::Regular { bins, low, high } => Bins::Regular { n: *bins, lo: *low, hi: *high },
        Axis::Edges(edges) => Bins::Edges(edges.clone()),
        Axis::Labels(labels) => Bins::Labels(labels.clone()),
    };
    let all = histogram.layout.axes.iter().enumerate();
    all.map(|(i, axis)| RootAxis { title: histogram.axis_title(i).to_string(), bins: bins(axis) }).collect()
}

/// For each of ROOT's cells, x fastest and with flow on every axis, the number of ours, last axis fastest and with no
/// flow of labels; none where we have none.
fn order(histogram: &HistogramReport, axes: &[RootAxis]) -> Vec<Option<usize>> {
    let all = cells(axes).unwrap_or(0);
    let place = |mut cell: usize| {
        let mut bins = Vec::with_capacity(3);
        for axis in &histogram.layout.axes {
            let size = axis.bins() + 2;
            let bin = cell % size;
            cell /= size;
            bins.push(match (axis.flow(), bin) {
                (true, bin) => bin,
                (false, bin) => bin.checked_sub(1).filter(|&bin| bin < axis.bins())?,
            });
        }
        let sizes = histogram.layout.axes.iter().map(Axis::cells);
        Some(bins.into_iter().zip(sizes).fold(0, |number, (bin, size)| number * size + bin))
    };
    (0..all).map(place).collect()
}

fn spread(order: &[Option<usize>], value: impl Fn(usize) -> f64) -> Vec<f64> {
    order.iter().map(|cell| cell.map_or(0.0, &value)).collect()
}

/// In the order of `TH1::GetStats`: w, w^2, wx, wx^2, wy, wy^2, wxy, wz, wz^2, wxz, wyz.
fn statistics(s: &Statistics) -> Vec<f64> {
    let mut stats = vec![s.w, s.w2];
    for (axis, (wx, wx2)) in s.wx.iter().zip(&s.wx2).enumerate() {
        stats.extend([wx, wx2]);
        // Pairs with the axes before, of which there are (0,1), (0,2), (1,2).
        stats.extend((0..axis).filter_map(|other| s.wxx.get(other + axis - 1)));
    }
    stats
}
