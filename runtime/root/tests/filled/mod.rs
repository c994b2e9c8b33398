//! Histograms of every kind, filled here entry by entry, with the entries as JSON so that ROOT can fill its own.

use adl_root::write::{Axis, Bins, Directory, Error, FileWriter, Histogram, Profile, cells};
use serde_json::{Value, json};

/// An object of the test file.
pub enum Object {
    Histogram(Histogram),
    Profile(Profile),
    Text(&'static str, String),
}

/// The test file: path of the directory, object, and the entries x, ... w it was filled with.
pub struct Filled {
    pub directory: &'static str,
    pub object: Object,
    fills: Vec<Vec<f64>>,
}

pub fn axis(title: &str, bins: Bins) -> Axis {
    Axis { title: title.to_string(), bins }
}

pub fn labels(labels: &[&str]) -> Bins {
    Bins::Labels(labels.iter().map(|label| label.to_string()).collect())
}

/// Objects of every class, with equal bins, edges and labels, weights and flow, in the top and in nested directories.
pub fn objects() -> Vec<Filled> {
    let pt = || axis("p_{T} [GeV]", Bins::Regular { n: 7, lo: 0.0, hi: 70.0 });
    let eta = || axis("#eta", Bins::Edges(vec![-2.5, -1.0, 0.25, 1.0, 2.5]));
    let cut = || axis("cut", labels(&["all", "preselection", "MET > 200 GeV", "µ"]));
    let fine = || axis("m [GeV]", Bins::Regular { n: 100, lo: 80.0, hi: 100.0 });
    let mut list = vec![
        histogram("", "pt", vec![pt()]),
        histogram("", "cutflow", vec![cut()]),
        histogram("SR", "eta", vec![eta()]),
        histogram("SR/bin 1", "pt_eta", vec![pt(), eta()]),
        histogram("SR/bin 1", "cut_pt", vec![cut(), pt()]),
        histogram("SR/bin 1", "pt_cut", vec![pt(), cut()]),
        histogram("SR/bin 1", "cut_cut", vec![cut(), cut()]),
        profile("CR", "profile_eta_cut", vec![eta(), cut()]),
        profile("CR", "profile_cut_eta", vec![cut(), eta()]),
        histogram("SR/bin 1/deep", "pt_eta_cut", vec![pt(), eta(), cut()]),
        histogram("CR", "mass", vec![fine()]),
        histogram("CR", &"long".repeat(80), vec![pt()]),
        profile("CR", "profile", vec![pt()]),
        profile("CR", "profile_cut", vec![cut()]),
        profile("CR", "profile2", vec![eta(), pt()]),
        profile("CR", "profile3", vec![eta(), pt(), cut()]),
    ];
    let mut empty = histogram("CR", "empty", vec![pt(), pt()]);
    if let Object::Histogram(h) = &mut empty.object {
        *h = Histogram { entries: 0.0, stats: vec![0.0; 7], ..h.clone() };
        h.sumw.fill(0.0);
        h.sumw2.fill(0.0);
    }
    empty.fills.clear();
    list.push(empty);
    let texts = [("note", "region SR\n  select µ > 1\n".to_string()), ("long", "text ".repeat(1000))];
    list.extend(texts.map(|(name, text)| Filled {
        directory: "about",
        object: Object::Text(name, text),
        fills: Vec::new(),
    }));
    list
}

/// Writes the objects.
pub fn write<W: std::io::Write + std::io::Seek>(writer: &mut FileWriter<W>, objects: &[Filled]) -> Result<(), Error> {
    for filled in objects {
        let directory = match filled.directory {
            "" => Directory::TOP,
            path => writer.directory(path)?,
        };
        match &filled.object {
            Object::Histogram(h) => writer.histogram(directory, h)?,
            Object::Profile(p) => writer.profile(directory, p)?,
            Object::Text(name, text) => writer.text(directory, name, text)?,
        }
    }
    Ok(())
}

/// What `check_histograms.py` expects to find.
pub fn expected(objects: &[Filled]) -> Value {
    objects.iter().map(expected_one).collect()
}

fn expected_one(filled: &Filled) -> Value {
    let path = |name: &str| match filled.directory {
        "" => name.to_string(),
        directory => format!("{directory}/{name}"),
    };
    match &filled.object {
        Object::Text(name, text) => {
            json!({"path": path(name), "class": "TObjString", "text": text})
        }
        Object::Histogram(h) => json!({
            "path": path(&h.name), "class": h.class(), "title": h.title, "axes": axes(&h.axes),
            "content_title": h.content_title, "contents": h.sumw, "sumw2": h.sumw2,
            "entries": h.entries, "stats": h.stats, "fills": filled.fills,
        }),
        Object::Profile(p) => json!({
            "path": path(&p.name), "class": p.class(), "title": p.title, "axes": axes(&p.axes),
            "content_title": p.content_title, "contents": p.sumwv, "sumw2": p.sumwv2,
            "bin_entries": p.sumw, "bin_sumw2": p.sumw2,
            "entries": p.entries, "stats": p.stats, "fills": filled.fills,
        }),
    }
}

fn axes(axes: &[Axis]) -> Value {
    let bins = |bins: &Bins| match bins {
        Bins::Regular { n, lo, hi } => json!({"n": n, "lo": lo, "hi": hi}),
        Bins::Edges(edges) => json!({"edges": edges}),
        Bins::Labels(labels) => {
            json!({"n": labels.len(), "lo": 0, "hi": labels.len(), "labels": labels})
        }
    };
    axes.iter().map(|a| json!({"title": a.title, "bins": bins(&a.bins)})).collect()
}

fn histogram(directory: &'static str, name: &str, axes: Vec<Axis>) -> Filled {
    let n = cells(&axes).unwrap();
    let (fills, dimensions) = (fills(&axes, name), axes.len());
    let mut sums = [vec![0.0; n], vec![0.0; n]];
    let mut stats = vec![0.0; [4, 7, 11][dimensions - 1]];
    for fill in &fills {
        let (point, w) = (&fill[..dimensions], fill[dimensions + 1]);
        let (cell, inside) = find(&axes, point);
        sums[0][cell] += w;
        sums[1][cell] += w * w;
        if inside {
            add(&mut stats, point, w);
        }
    }
    let [sumw, sumw2] = sums;
    let object = Object::Histogram(Histogram {
        name: name.to_string(),
        title: format!("title of {name}; not an axis"),
        content_title: if dimensions < 3 { "Events".to_string() } else { String::new() },
        axes,
        sumw,
        sumw2,
        entries: fills.len() as f64,
        stats,
    });
    Filled { directory, object, fills }
}

fn profile(directory: &'static str, name: &str, axes: Vec<Axis>) -> Filled {
    let n = cells(&axes).unwrap();
    let (fills, dimensions) = (fills(&axes, name), axes.len());
    let mut sums = [vec![0.0; n], vec![0.0; n], vec![0.0; n], vec![0.0; n]];
    let count = [4, 7, 11][dimensions - 1];
    let mut stats = vec![0.0; count + 2];
    for fill in &fills {
        let (point, v, w) = (&fill[..dimensions], fill[dimensions], fill[dimensions + 1]);
        let (cell, inside) = find(&axes, point);
        for (sums, x) in sums.iter_mut().zip([w, w * w, w * v, w * v * v]) {
            sums[cell] += x;
        }
        if inside {
            add(&mut stats[..count], point, w);
            stats[count] += w * v;
            stats[count + 1] += w * v * v;
        }
    }
    let [sumw, sumw2, sumwv, sumwv2] = sums;
    let object = Object::Profile(Profile {
        name: name.to_string(),
        title: format!("title of {name}"),
        content_title: if dimensions < 3 { "mean of v".to_string() } else { String::new() },
        axes,
        sumw,
        sumw2,
        sumwv,
        sumwv2,
        entries: fills.len() as f64,
        stats,
    });
    Filled { directory, object, fills }
}

/// Entries of x, [y, [z]], v, w; some outside of the axes, some of negative weight.
fn fills(axes: &[Axis], seed: &str) -> Vec<Vec<f64>> {
    let mut state = seed.bytes().fold(88_172_645_463_325_252_u64, |s, b| s.wrapping_mul(31) + u64::from(b));
    let mut uniform = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut one = || -> Vec<f64> {
        let point = axes.iter().map(|axis| match &axis.bins {
            Bins::Regular { lo, hi, .. } => lo + (hi - lo) * (1.3 * uniform() - 0.15),
            Bins::Edges(edges) => 1.2 * (edges[0] + (edges[edges.len() - 1] - edges[0]) * uniform()),
            Bins::Labels(labels) => (labels.len() as f64 * uniform()).floor() + 0.5,
        });
        let mut entry: Vec<f64> = point.collect();
        entry.push(10.0 * uniform());
        entry.push(1.5 * uniform() - 0.2);
        entry
    };
    (0..500).map(|_| one()).collect()
}

/// The cell of a point, and whether it is in range on every axis.
fn find(axes: &[Axis], point: &[f64]) -> (usize, bool) {
    let (mut cell, mut stride, mut inside) = (0, 1, true);
    for (axis, &x) in axes.iter().zip(point) {
        let n = axis.bins.count();
        let bin = match &axis.bins {
            Bins::Regular { lo, hi, .. } if x >= *lo && x < *hi => 1 + ((x - lo) / (hi - lo) * n as f64) as usize,
            Bins::Regular { lo, .. } => {
                if x < *lo {
                    0
                } else {
                    n + 1
                }
            }
            Bins::Edges(edges) => edges.iter().filter(|&&edge| edge <= x).count(),
            Bins::Labels(_) => 1 + x as usize,
        };
        inside &= bin > 0 && bin <= n;
        cell += stride * bin;
        stride *= n + 2;
    }
    (cell, inside)
}

/// Adds to the statistics of `TH1::GetStats`.
fn add(stats: &mut [f64], point: &[f64], w: f64) {
    let x = point[0];
    let mut terms = vec![w, w * w, w * x, w * x * x];
    if let [_, y, ..] = *point {
        terms.extend([w * y, w * y * y, w * x * y]);
        if let [_, _, z] = *point {
            terms.extend([w * z, w * z * z, w * x * z, w * y * z]);
        }
    }
    for (sum, term) in stats.iter_mut().zip(terms) {
        *sum += term;
    }
}
