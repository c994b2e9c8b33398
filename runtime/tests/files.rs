//! Opening files: what is said of those that cannot be read, and that the same events are the same in every format.

#![allow(clippy::unwrap_used)]

#[path = "common/shared.rs"]
mod shared;

use std::fs;
use std::path::{Path, PathBuf};

use adl_runtime::reader::{ReadClass, open};
use adl_runtime::schema::Shape;
use shared::{data, doubles, read};

/// A folder of this test's own, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("adl-runtime-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn refused(path: &Path) -> (ReadClass, String) {
    let error = open(path, None, &[]).err().unwrap();
    let text = error.to_string();
    let front = format!("{}: ", path.display());
    assert!(text.starts_with(&front), "{text}");
    (error.class, text[front.len()..].to_string())
}

#[test]
fn what_is_no_data_file_is_said_in_words() {
    let folder = Folder::new("no-data");
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.0.join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let missing = refused(&folder.0.join("missing.root"));
    assert_eq!(missing, (ReadClass::Open, "there is no such file".to_string()));
    let directory = refused(&folder.0);
    assert_eq!(directory, (ReadClass::Open, "is a folder, not a data file; name the files in it".to_string()));
    let empty = refused(&file("empty.root", b""));
    assert_eq!(empty, (ReadClass::Corrupt, "the file is empty (0 bytes)".to_string()));
    let other = refused(&file("page.root", b"<!DOCTYPE html><html>"));
    assert_eq!(other, (ReadClass::Corrupt, "is neither a ROOT nor a Parquet file".to_string()));
    for (name, bytes) in [("cut.parquet", b"PAR1".as_slice()), ("footer.parquet", b"PAR1....\xff\xff\xff\x7fPAR1")] {
        let (class, text) = refused(&file(name, bytes));
        assert_eq!(class, ReadClass::Corrupt);
        assert!(text.starts_with("the file is truncated or damaged: "), "{text}");
    }
    assert_eq!(refused(&file("cut.root", b"root\0\0\xf2")).0, ReadClass::Corrupt);
}

#[test]
fn a_truncated_copy_is_corrupt() {
    let Some(data) = data() else { return };
    let folder = Folder::new("truncated");
    for name in ["run2012b-small/events_flat.parquet", "run2012b-small/events_zstd.root"] {
        let bytes = fs::read(data.join(name)).unwrap();
        for part in [5, 500, bytes.len() / 2, bytes.len() - 1] {
            let path = folder.0.join("copy");
            fs::write(&path, &bytes[..part]).unwrap();
            let error = open(&path, None, &[]).and_then(|file| {
                let columns = 0..file.schema().columns.len();
                for column in columns.filter(|&c| !file.borders(c).is_empty()) {
                    for segment in 0..file.borders(column).len() - 1 {
                        file.decode(column, segment, &mut Default::default())?;
                    }
                }
                Ok(())
            });
            // The last byte of a ROOT file is its free-segment list, which a reader does not need.
            if !(name.ends_with("root") && part == bytes.len() - 1) {
                assert_eq!(error.unwrap_err().class, ReadClass::Corrupt, "{name} {part}");
            }
        }
    }
}

#[test]
fn damaged_parquet_bytes_never_end_the_process() {
    let Some(data) = data() else { return };
    let folder = Folder::new("damaged");
    let bytes = fs::read(data.join("run2012b-small/events_flat_snappy.parquet")).unwrap();
    for seed in 0..40_usize {
        let mut copy = bytes.clone();
        for hit in 0..20 {
            let at = (seed * 7919 + hit * 104_729 + hit * hit * 31) % copy.len();
            copy[at] ^= 1 << (hit % 8);
        }
        let path = folder.0.join("copy");
        fs::write(&path, &copy).unwrap();
        let Ok(file) = open(&path, None, &[]) else { continue };
        for column in 0..file.schema().columns.len() {
            for segment in 0..file.borders(column).len().saturating_sub(1) {
                let _ = file.decode(column, segment, &mut Default::default());
            }
        }
    }
}

#[test]
fn parquet_flat_and_nested_and_root_are_the_same_events() {
    let Some(data) = data() else { return };
    let folder = data.join("run2012b-small");
    let names = [
        "events_zstd.root",
        "events_manybaskets.root",
        "events_flat_snappy.parquet",
        "events_flat_plain_rg100.parquet",
    ];
    let reference = open(&folder.join("events_flat.parquet"), None, &[]).unwrap();
    for name in names.into_iter().chain(["events_restructured.parquet"]) {
        let file = open(&folder.join(name), None, &["Events"]).unwrap();
        assert_eq!(file.schema().events, 1000);
        let mut compared = 0;
        for column in &file.schema().columns {
            // Nested files have no counters.
            if reference.schema().column(&column.name).is_none() {
                continue;
            }
            let (ours, theirs) = (read(&*file, &column.name).unwrap(), read(&*reference, &column.name).unwrap());
            assert_eq!(ours.values.element(), theirs.values.element(), "{name} {}", column.name);
            assert!(ours.bits() == theirs.bits(), "{name} {}", column.name);
            compared += 1;
        }
        assert!(compared >= 70, "{name}: only {compared} columns");
    }
}

#[test]
fn the_layouts_of_the_benchmark_file_agree() {
    let Some(data) = data() else { return };
    let prefix = "hep-iris-benchmark-jsoniq__Run2012B_SingleMu";
    let flat = open(&data.join(format!("{prefix}-1000.parquet")), None, &[]).unwrap();
    let nested = open(&data.join(format!("{prefix}-restructured-1000.parquet")), None, &[]).unwrap();
    let root = open(&data.join("func_adl_uproot__Run2012B_SingleMu_1000.root"), None, &["Events"]).unwrap();
    let mut compared = 0;
    for column in &flat.schema().columns {
        let ours = read(&*flat, &column.name).unwrap();
        for other in [&nested, &root] {
            if other.schema().column(&column.name).is_some() {
                let whole = read(&**other, &column.name).unwrap();
                assert!(whole.bits() == ours.bits(), "{}", column.name);
                compared += 1;
            }
        }
    }
    assert!(compared > 140, "only {compared} columns");
}

#[test]
fn a_nested_file_has_no_counters_and_names_its_fields() {
    let Some(data) = data() else { return };
    let path = data.join("run2012b-small/events_restructured.parquet");
    let file = open(&path, None, &[]).unwrap();
    let schema = file.schema();
    assert!(schema.columns.iter().all(|c| c.counter.is_none()));
    assert_eq!(schema.column("Muon_pt").map(|c| &c.shape), Some(&Shape::List));
    assert_eq!(schema.column("MET_pt").map(|c| &c.shape), Some(&Shape::Scalar));
    assert!(schema.column("nMuon").is_none());
}

#[test]
fn every_real_file_opens_and_lists() {
    let Some(data) = data() else { return };
    let mut opened = 0;
    let mut paths: Vec<PathBuf> = fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy().to_string();
        if !(name.ends_with(".root") || name.ends_with(".parquet")) {
            continue;
        }
        match open(&path, None, &["Events", "events", "Delphes"]) {
            Ok(file) => {
                opened += 1;
                let readable = |c: &&adl_runtime::schema::Column| !matches!(c.shape, Shape::Unsupported(_));
                let columns = &file.schema().columns;
                let count = columns.iter().filter(readable).count();
                println!("{name}: {} of {} columns, {} events", count, columns.len(), file.schema().events);
            }
            Err(error) => {
                println!("{error}");
                assert_eq!(error.class, ReadClass::Schema, "{error}");
            }
        }
    }
    assert!(opened >= 31, "only {opened} files opened");
    let nano = open(&data.join("coffea__nano_dy.parquet"), None, &[]).unwrap();
    assert_eq!(nano.schema().events, 40);
    assert_eq!(read(&*nano, "Jet_pt").unwrap().sizes.len(), 40);
}

#[test]
fn several_trees_and_no_name_are_an_error_that_lists_them() {
    let Some(data) = data() else { return };
    let path = data.join("POET__myoutput_b.root");
    let error = open(&path, None, &["Muons"]).err().unwrap();
    assert_eq!(error.class, ReadClass::Schema);
    assert!(error.message.contains("several trees") && error.message.contains("myelectrons/Events"), "{error}");
    assert!(open(&path, Some("myelectrons/Events"), &[]).is_ok());
    let error = open(&path, Some("nothing"), &[]).err().unwrap();
    assert_eq!(error.class, ReadClass::Schema, "{error}");
    let one = open(&data.join("scikit-hep-testdata__uproot-HZZ-zstd.root"), None, &["Events"]).unwrap();
    assert_eq!(one.schema().tree, "events");
}

#[test]
fn counters_are_columns_and_say_the_sizes() {
    let Some(data) = data() else { return };
    for (name, least) in [
        ("tmp_debug_RDataFrame__delphes.root", 200),
        ("coffea__nano_dy.root", 300),
        ("scikit-hep-testdata__uproot-HZZ-zstd.root", 20),
        ("scikit-hep-testdata__uproot-small-dy-nooffsets.root", 4),
    ] {
        let file = open(&data.join(name), None, &["Events", "Delphes"]).unwrap();
        let mut compared = 0;
        for column in &file.schema().columns {
            let Some(counter) = &column.counter else { continue };
            let counts = read(&*file, counter).unwrap();
            assert!(counts.sizes.is_empty(), "{counter}");
            let sizes: Vec<usize> = doubles(&counts.values).into_iter().map(|n| n as usize).collect();
            assert_eq!(read(&*file, &column.name).unwrap().sizes, sizes, "{name} {}", column.name);
            compared += 1;
        }
        assert!(compared >= least, "{name}: only {compared} columns");
    }
}
