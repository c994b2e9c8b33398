//! Published counts, as `counts.json` and as ROOT histograms: a `TH1D` per process with a bin per row or bin of the region,
//! and two with all uncertainties up and down.

use adl_root::write::{Axis, Bins, Histogram};
use serde_json::{Map, Value, json};

use crate::report::{Published, PublishedProcess, Report};

/// True if there is something to write.
#[must_use]
pub fn any(report: &Report) -> bool {
    report.regions.iter().any(|region| !region.published.is_empty())
}

/// The document: `{"counts_schema": 1, "regions": {region: {format: {"of": [...], "processes": {...}}}}}`. A process has a
/// title, its values, and its uncertainties, each with `up` and `down`, in the order of `of`.
#[must_use]
pub fn json(report: &Report) -> String {
    let mut regions = Map::new();
    for region in report.regions.iter().filter(|r| !r.published.is_empty()) {
        let mut formats = Map::new();
        for published in &region.published {
            let processes: Map<String, Value> =
                published.processes.iter().map(|p| (p.name.clone(), process(p))).collect();
            formats.insert(published.format.clone(), json!({ "of": published.of, "processes": processes }));
        }
        regions.insert(region.name.clone(), formats.into());
    }
    let document = json!({ "counts_schema": 1, "regions": regions });
    format!("{document:#}\n")
}

fn process(process: &PublishedProcess) -> Value {
    let values: Vec<f64> = process.counts.iter().map(|c| c.0).collect();
    let mut document = Map::from_iter([("title".to_string(), process.title.clone().into())]);
    document.insert("values".to_string(), values.into());
    for (number, name) in process.uncertainties.iter().enumerate() {
        let side = |of: fn(&(f64, f64)) -> f64| -> Vec<f64> {
            process.counts.iter().map(|c| c.1.get(number).map_or(0.0, of)).collect()
        };
        document.insert(name.clone(), json!({ "up": side(|e| e.0), "down": side(|e| e.1) }));
    }
    document.into()
}

/// The histograms of a format: of each process the counts, with the mean of all uncertainties up and down as error, then
/// `NAME_up` and `NAME_down` with the square root of the sum of squares of each.
#[must_use]
pub fn histograms(published: &Published) -> Vec<Histogram> {
    let mut all = Vec::new();
    for process in &published.processes {
        let total = |of: fn(&(f64, f64)) -> f64| -> Vec<f64> {
            process.counts.iter().map(|c| c.1.iter().map(|e| of(e).powi(2)).sum::<f64>().sqrt()).collect()
        };
        let (up, down) = (total(|e| e.0), total(|e| e.1));
        let counts: Vec<f64> = process.counts.iter().map(|c| c.0).collect();
        let squares = up.iter().zip(&down).map(|(up, down)| ((up + down) / 2.0).powi(2)).collect();
        let none = vec![0.0; counts.len()];
        all.push(histogram(published, &process.name, &process.title, counts, squares));
        if !process.uncertainties.is_empty() {
            for (side, sizes) in [("up", up), ("down", down)] {
                let (name, title) = (format!("{}_{side}", process.name), format!("{}, {side}", process.title));
                all.push(histogram(published, &name, &title, sizes, none.clone()));
            }
        }
    }
    all
}

fn histogram(published: &Published, name: &str, title: &str, sumw: Vec<f64>, sumw2: Vec<f64>) -> Histogram {
    let mut labels: Vec<String> = Vec::new();
    for text in &published.of {
        let repeated = labels.contains(text).then(|| format!("{text} ({})", labels.len() + 1));
        labels.push(repeated.unwrap_or_else(|| text.clone()));
    }
    let flow = |values: &[f64]| [&[0.0], values, &[0.0]].concat();
    let sum = |f: fn(f64) -> f64| sumw.iter().enumerate().map(|(i, w)| w * f(i as f64 + 0.5)).sum::<f64>();
    Histogram {
        name: name.to_string(),
        title: title.to_string(),
        axes: vec![Axis { title: String::new(), bins: Bins::Labels(labels) }],
        content_title: "published".to_string(),
        entries: sumw.len() as f64,
        stats: vec![sum(|_| 1.0), sumw2.iter().sum(), sum(|x| x), sum(|x| x * x)],
        sumw: flow(&sumw),
        sumw2: flow(&sumw2),
    }
}
