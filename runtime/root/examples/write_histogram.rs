//! Writes a histogram and a note: `cargo run -p adl-root --example write_histogram -- out.root`.

use std::path::Path;

use adl_root::write::{Axis, Bins, Directory, Error, FileWriter, Histogram};

fn main() -> Result<(), Error> {
    let path = std::env::args().nth(1).unwrap_or("histogram.root".to_string());
    let (n, lo, hi) = (10, 0.0, 100.0);
    // As adl-root sees it, filling is the caller's work: sums per bin, underflow first and overflow last...
    let (mut sumw, mut sumw2) = (vec![0.0; 12], vec![0.0; 12]);
    // ... and the sums of w, w^2, w x, w x^2 over entries in range.
    let mut stats = vec![0.0; 4];
    let entries = [(12.5, 1.0), (47.0, 0.5), (48.0, 2.0), (250.0, 1.0)];
    for (x, w) in entries {
        let bin = if x < lo { 0 } else { n.min(((x - lo) / (hi - lo) * f64::from(n)) as u32) + 1 };
        sumw[bin as usize] += w;
        sumw2[bin as usize] += w * w;
        if x >= lo && x < hi {
            let terms = [w, w * w, w * x, w * x * x];
            stats.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
        }
    }
    let histogram = Histogram {
        name: "met".to_string(),
        title: "missing transverse momentum".to_string(),
        axes: vec![Axis { title: "p_{T}^{miss} [GeV]".to_string(), bins: Bins::Regular { n, lo, hi } }],
        content_title: "Events".to_string(),
        sumw,
        sumw2,
        entries: entries.len() as f64,
        stats,
    };
    let mut file = FileWriter::create(Path::new(&path))?;
    let region = file.directory("SR")?;
    file.histogram(region, &histogram)?;
    file.text(Directory::TOP, "note", "made by an example")?;
    file.finish()?;
    println!("{path}: SR/met, note");
    Ok(())
}
