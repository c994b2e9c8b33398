//! Results as files: they appear whole or not at all, equal results are equal bytes, and other tools read them.

#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/python.rs"]
mod python;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use adl_runtime::histogram::{Axis, Content, Contents, Layout};
use adl_runtime::job::Job;
use adl_runtime::kernel::Kernel;
use adl_runtime::output::folder::Folder;
use adl_runtime::output::job::JobRecord;
use adl_runtime::output::{FILES, write};
use adl_runtime::partial::Outcome;
use adl_runtime::reader::FileReader;
use adl_runtime::remote::Total;
use adl_runtime::report::{HistogramReport, RegionReport, Report, Row};
use adl_runtime::run::run;
use common::{ByHand, Events};

/// A folder of a test's own, removed at its end.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Place {
        let path = std::env::temp_dir().join(format!("adl-runtime-output-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Place(path)
    }

    fn names(&self) -> Vec<String> {
        let names =
            fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().to_string());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn results(threads: usize) -> (Outcome, Report) {
    let kernel = ByHand::new(0.3);
    let files = vec![Events::random(2, 3000, 0.0).file("a.root", 1) as Arc<dyn FileReader>];
    let outcome = run(&Job { threads, chunk: 500, ..Job::new(&kernel, files) }).unwrap();
    let layouts = &kernel.description().histograms;
    let histogram = |number: usize, name: &str| HistogramReport {
        name: name.to_string(),
        title: format!("title of {name}"),
        axis_titles: vec!["x [GeV]".to_string(), "y".to_string()],
        layout: layouts[number].clone(),
        contents: outcome.histograms[number].clone(),
    };
    let mut histograms = vec![histogram(0, "x"), histogram(1, "pt"), histogram(2, "profile"), histogram(3, "never")];
    histograms.extend(made());
    let row = |text: &str, events: u64| Row { text: text.to_string(), events, sumw: events as f64, ..Row::default() };
    let rows = vec![row("all", outcome.counters[0]), row("x > 0.3", outcome.counters[1])];
    let region = RegionReport { name: "SR".to_string(), rows, histograms, ..RegionReport::default() };
    (outcome, Report { regions: vec![region] })
}

/// Histograms of several axes: labels by regular by edges, with the number of the bin as its content.
fn made() -> Vec<HistogramReport> {
    let labels = Axis::Labels(vec!["ee".to_string(), "mm".to_string()]);
    let regular = Axis::Regular { bins: 3, low: 0.0, high: 3.0 };
    let edges = Axis::Edges(vec![0.0, 1.0, 10.0]);
    let all = [vec![labels.clone(), regular.clone()], vec![labels, regular, edges]];
    let make = |axes: Vec<Axis>| {
        let layout = Layout { axes, content: Content::Weights, weighted: true };
        let mut contents = Contents::empty(&layout);
        for (cell, (w, w2)) in contents.sumw.iter_mut().zip(&mut contents.sumw2).enumerate() {
            (*w, *w2) = (cell as f64, 2.0 * cell as f64);
        }
        let name = format!("axes{}", layout.axes.len());
        HistogramReport { name, title: String::new(), axis_titles: vec![], layout, contents }
    };
    all.into_iter().map(make).collect()
}

fn record(outcome: &Outcome) -> JobRecord<'_> {
    let sources = vec![("a.adl".to_string(), adl_runtime::output::digest::sha256(b"region SR"))];
    JobRecord {
        sources,
        options: vec![],
        compile: Duration::ZERO,
        open: Duration::ZERO,
        remote: Total::default(),
        outcome,
        defaults: vec![],
        masks: vec![],
        metadata: vec![],
    }
}

#[test]
fn equal_results_are_equal_bytes() {
    let place = Place::new("bytes");
    let folders = [1, 3].map(|threads| {
        let (outcome, report) = results(threads);
        let target = place.0.join(format!("out{threads}"));
        assert!(write(&target, &report, &record(&outcome)).unwrap().is_empty());
        target
    });
    for name in ["histograms.json", "histograms.root", "cutflow.json"] {
        assert!(fs::read(folders[0].join(name)).unwrap() == fs::read(folders[1].join(name)).unwrap(), "{name}");
    }
    let mut names: Vec<String> = FILES.map(str::to_string).to_vec();
    names.sort();
    assert_eq!(Place(folders[0].clone()).names(), names);
    assert_eq!(place.names(), ["out3"]);
}

#[test]
fn a_folder_appears_whole_or_not_at_all() {
    let place = Place::new("folder");
    let target = place.0.join("out");
    let (outcome, report) = results(1);
    let folder = Folder::begin(&target).unwrap();
    folder.write("cutflow.json", |out| out.write_all(b"{}")).unwrap();
    assert!(!target.exists());
    drop(folder);
    assert!(place.names().is_empty());
    // An existing result is replaced by a whole one only.
    write(&target, &report, &record(&outcome)).unwrap();
    let before = fs::read(target.join("histograms.json")).unwrap();
    let mut bad = report.clone();
    bad.regions[0].histograms[0].contents.sumw[3] = f64::INFINITY;
    let error = write(&target, &bad, &record(&outcome)).unwrap_err();
    let expected = "cannot be written: histogram SR/x: the sum of w in bin 3 is not a finite number";
    assert_eq!(error.to_string(), format!("{}: {expected}", target.join("histograms.json").display()));
    assert_eq!(fs::read(target.join("histograms.json")).unwrap(), before);
    fs::write(target.join("old"), "").unwrap();
    write(&target, &report, &record(&outcome)).unwrap();
    assert!(!target.join("old").exists());
    assert_eq!(place.names(), ["out"]);
}

#[test]
fn what_adlc_did_not_write_is_left_alone() {
    let place = Place::new("foreign");
    let foreign = place.0.join("thesis");
    fs::create_dir(&foreign).unwrap();
    fs::write(foreign.join("chapter1.tex"), "").unwrap();
    let text = Folder::begin(&foreign).unwrap_err().to_string();
    assert!(text.ends_with("is a folder with other files (it has no job.json), and is left as it is"), "{text}");
    let text = Folder::begin(&foreign.join("chapter1.tex")).unwrap_err().to_string();
    assert!(text.ends_with("is a file; results are written into a folder"), "{text}");
    assert!(Folder::begin(&foreign.join("chapter1.tex/out")).is_err());
    assert!(Folder::begin(Path::new("/")).is_err());
}

#[test]
fn four_axes_are_left_out_of_the_root_file_and_said_to_be() {
    let place = Place::new("axes");
    let (outcome, mut report) = results(1);
    let axis = Axis::Regular { bins: 2, low: 0.0, high: 1.0 };
    let layout = Layout { axes: vec![axis; 4], content: Content::Weights, weighted: false };
    let contents = Contents::empty(&layout);
    let (name, title, axis_titles) = ("many".to_string(), String::new(), vec![]);
    report.regions[0].histograms.push(HistogramReport { name, title, axis_titles, layout, contents });
    let notes = write(&place.0.join("out"), &report, &record(&outcome)).unwrap();
    assert_eq!(notes, ["SR/many has more than 3 axes and is only in histograms.json: ROOT has no class for it"]);
}

#[test]
fn scikit_hep_reads_the_histograms() {
    let place = Place::new("uhi");
    let target = place.0.join("out");
    let (outcome, report) = results(2);
    write(&target, &report, &record(&outcome)).unwrap();
    let script = r#"
import sys, json, uhi.schema, uhi.io.json, hist, numpy
path = sys.argv[1]
text = open(path).read()
uhi.schema.validate(json.loads(text))
read = {name: hist.Hist(h) for name, h in json.loads(text, object_hook=uhi.io.json.object_hook).items()}
for name, h in read.items():
    again = hist.Hist(json.loads(json.dumps(h, default=uhi.io.json.default), object_hook=uhi.io.json.object_hook))
    assert numpy.array_equal(again.values(flow=True), h.values(flow=True)), name
x = read["SR/x"]
print(repr(x.values(flow=True)[0]), repr(x.variances(flow=True)[41]), x.axes[0].label, x.label)
profile = read["SR/profile"]
print(repr(float(profile.values()[0])), repr(float(profile.view().variance[0])))
print(read["SR/axes2"].values(flow=True).tolist())
"#;
    let Some(text) = python::run("uhi.schema, hist, fastjsonschema", script, &[&target.join(FILES[0])]) else { return };
    let contents = &report.regions[0].histograms;
    let lines: Vec<&str> = text.lines().collect();
    let (x, profile) = (&contents[0].contents, &contents[2].contents);
    assert_eq!(lines[0], format!("np.float64({}) np.float64({}) x [GeV] title of x", x.sumw[0], x.sumw2[41]));
    let mean = profile.sumwy[1] / profile.sumw[1];
    let numbers: Vec<f64> = lines[1].split(' ').map(|n| n.parse().unwrap()).collect();
    assert_eq!(numbers[0], mean);
    assert!(numbers[1] > 0.0 && numbers[1] < 1.0);
    assert_eq!(lines[2], "[[0.0, 1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0, 9.0]]");
}

#[test]
fn uproot_reads_the_root_file() {
    let place = Place::new("uproot");
    let target = place.0.join("out");
    let (outcome, report) = results(2);
    write(&target, &report, &record(&outcome)).unwrap();
    let script = r#"
import sys, uproot
f = uproot.open(sys.argv[1])
x = f["SR/x"]
print(x.classname, repr(float(x.values(flow=True)[41])), x.member("fTsumw"), x.member("fTsumwx2"), x.member("fEntries"))
print(f["SR/pt"].classname, f["SR/profile"].classname, repr(float(f["SR/profile"].values()[0])))
print(f["SR/cutflow"].axis().labels(), f["SR/cutflow"].values().tolist())
h = f["SR/axes3"]
print(h.classname, h.values(flow=True)[1, 2, 3], h.values(flow=True)[2, 4, 0], h.values(flow=True)[0].sum(), h.variances(flow=True)[2, 1, 1])
"#;
    let Some(text) = python::run("uproot, numpy", script, &[&target.join("histograms.root")]) else { return };
    let histograms = &report.regions[0].histograms;
    let (x, profile) = (&histograms[0].contents, &histograms[2].contents);
    let lines: Vec<&str> = text.lines().collect();
    let s = &x.statistics;
    assert_eq!(lines[0], format!("TH1D {} {} {} {}.0", x.sumw[41], s.w, s.wx2[0], x.entries));
    assert_eq!(lines[1], format!("TH1D TProfile {}", profile.sumwy[1] / profile.sumw[1]));
    let passed = outcome.counters[1];
    assert_eq!(lines[2], format!("['all', 'x > 0.3'] [3000.0, {passed}.0]"));
    // Labels come first, without flow in our numbers: (0, 2, 3) is 2 * 4 + 3, (1, 4, 0) is 20 + 16, (1, 1, 1) is 20 + 5.
    assert_eq!(lines[3], "TH3D 11.0 36.0 0.0 50.0");
}
