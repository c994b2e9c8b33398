//! `histograms.json`: all histograms in the interchange format of scikit-hep (UHI schema 1), keyed `region/histogram`.
//! `json.load` with `uhi.io.json.object_hook` and `hist.Hist(d["SR/pt"])` read it back.
//!
//! Contents are stored as `weighted` (sum of weights, sum of squared weights), profiles as `weighted_mean` or, without
//! weights, as `mean`, whose variance is that of the sample. JSON has no NaN: where a mean or variance is not defined
//! (no entry, or a single one) it is 0. There is no path, time or host in it: equal results are equal bytes.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::histogram::{Axis, Content, Contents};
use crate::report::{HistogramReport, Report};

/// Writes all histograms of a report.
///
/// # Errors
/// If `out` fails, or a sum is not a finite number.
pub fn write(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let all = report.regions.iter().flat_map(|region| region.histograms.iter().map(move |h| (&region.name, h)));
    write!(out, "{{")?;
    for (number, (region, histogram)) in all.enumerate() {
        let separator = if number == 0 { "\n" } else { ",\n" };
        let key = format!("{region}/{}", histogram.name);
        if let Some(problem) = histogram.contents.not_finite() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("histogram {key}: {problem}")));
        }
        write!(out, "{separator}{}: ", Value::from(key))?;
        write_histogram(out, histogram)?;
    }
    writeln!(out, "\n}}")
}

fn write_histogram(out: &mut dyn Write, histogram: &HistogramReport) -> io::Result<()> {
    let HistogramReport { name, title, layout, contents, .. } = histogram;
    let metadata = json!({ "name": name, "label": title, "entries": contents.entries, "missing": contents.missing });
    let axes: Vec<Value> = layout.axes.iter().enumerate().map(|(i, a)| axis(a, histogram.axis_title(i))).collect();
    let writer = json!({ "adlc": { "version": env!("CARGO_PKG_VERSION") } });
    writeln!(out, "{{\"uhi_schema\": 1, \"writer_info\": {writer}, \"metadata\": {metadata},")?;
    writeln!(out, "  \"axes\": {},", Value::from(axes))?;
    let shape: Vec<usize> = layout.axes.iter().map(Axis::cells).collect();
    let mut arrays = match (layout.content, layout.weighted) {
        (Content::Weights, _) => {
            write!(out, "  \"storage\": {{\"type\": \"weighted\"")?;
            Arrays { out, shape: &shape }
        }
        (Content::Profile, true) => {
            write!(out, "  \"storage\": {{\"type\": \"weighted_mean\"")?;
            let mut arrays = Arrays { out, shape: &shape };
            arrays.write("sum_of_weights", |cell| contents.weight(cell))?;
            arrays.write("sum_of_weights_squared", |cell| contents.weight2(cell))?;
            arrays
        }
        (Content::Profile, false) => {
            write!(out, "  \"storage\": {{\"type\": \"mean\"")?;
            let mut arrays = Arrays { out, shape: &shape };
            arrays.write("counts", |cell| contents.weight(cell))?;
            arrays
        }
    };
    match layout.content {
        Content::Weights => {
            arrays.write("values", |cell| contents.weight(cell))?;
            arrays.write("variances", |cell| contents.weight2(cell))?;
        }
        Content::Profile => {
            arrays.write("values", |cell| mean(contents, cell))?;
            arrays.write("variances", |cell| variance(contents, cell))?;
        }
    }
    write!(out, "}}}}")
}

fn axis(axis: &Axis, title: &str) -> Value {
    let metadata = json!({ "label": title });
    match axis {
        Axis::Regular { bins, low, high } => json!({
            "type": "regular", "lower": low, "upper": high, "bins": bins,
            "underflow": true, "overflow": true, "circular": false, "metadata": metadata,
        }),
        Axis::Edges(edges) => json!({
            "type": "variable", "edges": edges,
            "underflow": true, "overflow": true, "circular": false, "metadata": metadata,
        }),
        Axis::Labels(labels) => {
            json!({ "type": "category_str", "categories": labels, "flow": false, "metadata": metadata })
        }
    }
}

/// The mean of a profile's bin, or 0 if it is not defined.
pub(crate) fn mean(contents: &Contents, cell: usize) -> f64 {
    let mean = contents.sumwy.get(cell).copied().unwrap_or(0.0) / contents.weight(cell);
    if mean.is_finite() { mean } else { 0.0 }
}

/// The sample variance of a profile's bin, as Boost.Histogram defines it: the weighted sum of squared deviations over
/// sum w - sum w^2 / sum w; 0 if it is not defined.
fn variance(contents: &Contents, cell: usize) -> f64 {
    let (w, w2) = (contents.weight(cell), contents.weight2(cell));
    let mean = mean(contents, cell);
    let deviations = contents.sumwy2.get(cell).copied().unwrap_or(0.0) - w * mean * mean;
    let variance = deviations / (w - w2 / w);
    if variance.is_finite() { variance } else { 0.0 }
}

/// Writes arrays of numbers, nested like the axes.
struct Arrays<'a> {
    out: &'a mut dyn Write,
    shape: &'a [usize],
}

impl Arrays<'_> {
    fn write(&mut self, name: &str, value: impl Fn(usize) -> f64) -> io::Result<()> {
        write!(self.out, ",\n    \"{name}\": ")?;
        self.nest(0, 0, &value)
    }

    fn nest(&mut self, axis: usize, first: usize, value: &dyn Fn(usize) -> f64) -> io::Result<()> {
        let Some(&size) = self.shape.get(axis) else {
            return serde_json::to_writer(&mut *self.out, &value(first)).map_err(io::Error::from);
        };
        for i in 0..size {
            self.out.write_all(if i == 0 { b"[" } else { b", " })?;
            self.nest(axis + 1, first * size.max(1) + i, value)?;
        }
        self.out.write_all(if size == 0 { b"[]" } else { b"]" })
    }
}
