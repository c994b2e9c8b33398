//! The bytes of files that are written: header, records, lists of keys; equality; refusals.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod filled;

use std::collections::BTreeMap;
use std::io::Cursor;

use adl_root::write::{Axis, Bins, Datime, Directory, Error, FileWriter, Histogram, Options, Profile};

fn writer() -> FileWriter<Cursor<Vec<u8>>> {
    FileWriter::new(Cursor::new(Vec::new())).unwrap()
}

fn bytes_of(options: Options) -> Vec<u8> {
    let mut writer = FileWriter::with_options(Cursor::new(Vec::new()), options).unwrap();
    filled::write(&mut writer, &filled::objects()).unwrap();
    writer.finish().unwrap().into_inner()
}

fn named(name: &str) -> Histogram {
    Histogram {
        name: name.to_string(),
        axes: vec![Axis::default()],
        sumw: vec![0.0; 3],
        sumw2: vec![0.0; 3],
        stats: vec![0.0; 4],
        ..Histogram::default()
    }
}

fn number(bytes: &[u8], at: usize) -> usize {
    u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
}

/// A key as the file has it.
#[derive(Debug, PartialEq)]
struct Key {
    bytes: usize,
    object: usize,
    length: usize,
    seek: usize,
    directory: usize,
    strings: [String; 3],
}

fn key(bytes: &[u8], at: usize) -> Key {
    let half = |at: usize| usize::from(u16::from_be_bytes(bytes[at..at + 2].try_into().unwrap()));
    assert_eq!(half(at + 4), 4, "version of the key");
    let mut end = at + 26;
    let strings = std::array::from_fn(|_| {
        let (head, length) = match bytes[end] {
            255 => (5, number(bytes, end + 1)),
            short => (1, usize::from(short)),
        };
        let text = &bytes[end + head..end + head + length];
        end += head + length;
        String::from_utf8(text.to_vec()).unwrap()
    });
    let length = half(at + 14);
    assert_eq!(end, at + length, "length of the key of {strings:?}");
    Key {
        bytes: number(bytes, at),
        object: number(bytes, at + 6),
        length,
        seek: number(bytes, at + 18),
        directory: number(bytes, at + 22),
        strings,
    }
}

/// All records, from the first to the end of the file, by where they begin.
fn records(bytes: &[u8]) -> BTreeMap<usize, Key> {
    let (mut at, mut records) = (number(bytes, 8), BTreeMap::new());
    while at < bytes.len() {
        let key = key(bytes, at);
        assert_eq!(key.seek, at);
        let next = at + key.bytes;
        records.insert(at, key);
        at = next;
    }
    assert_eq!(at, bytes.len());
    records
}

/// Paths and records of the objects that the directory whose body is at a byte lists, and those below.
fn listed(bytes: &[u8], body: usize, path: &str, found: &mut Vec<(String, usize)>) {
    let (seek, list) = (number(bytes, body + 18), number(bytes, body + 26));
    assert_eq!(key(bytes, list).bytes, number(bytes, body + 10));
    let mut at = list + key(bytes, list).length;
    let count = number(bytes, at);
    at += 4;
    for _ in 0..count {
        let listed_key = key(bytes, at);
        assert_eq!(listed_key, key(bytes, listed_key.seek), "key in list and record");
        assert_eq!(listed_key.directory, seek);
        let path = format!("{path}{}", listed_key.strings[1]);
        if listed_key.strings[0] == "TDirectory" {
            let below = listed_key.seek + listed_key.length;
            assert_eq!(number(bytes, below + 22), seek, "parent of {path}");
            listed(bytes, below, &format!("{path}/"), found);
        } else {
            found.push((path, listed_key.seek));
        }
        at += listed_key.length;
    }
}

#[test]
fn header_records_and_lists_agree() {
    for compress in [false, true] {
        let options = Options { compress, ..Options::default() };
        let bytes = bytes_of(options);
        assert!(bytes.starts_with(b"root"));
        let header = [4, 8, 12].map(|at| number(&bytes, at));
        assert_eq!(header, [62400, 100, bytes.len()]);
        assert_eq!((bytes[32], number(&bytes, 33)), (4, if compress { 101 } else { 0 }));
        let records = records(&bytes);
        let (free, info) = (number(&bytes, 16), number(&bytes, 37));
        assert_eq!(records[&free].bytes, number(&bytes, 20));
        assert_eq!(number(&bytes, free + records[&free].length + 2), bytes.len());
        assert_eq!(records[&info].bytes, number(&bytes, 41));
        assert_eq!(records[&info].strings[1], "StreamerInfo");
        let mut found = Vec::new();
        listed(&bytes, 100 + number(&bytes, 28), "", &mut found);
        let expected = filled::expected(&filled::objects());
        let paths = expected.as_array().unwrap().iter().map(|e| e["path"].as_str().unwrap());
        let (mut paths, mut names): (Vec<_>, Vec<_>) =
            (paths.collect(), found.iter().map(|(path, _)| path.as_str()).collect());
        paths.sort_unstable();
        names.sort_unstable();
        assert_eq!(names, paths);
        let packed = records.values().filter(|key| key.bytes - key.length < key.object).count();
        assert_eq!(packed > 10, compress);
    }
}

#[test]
fn contents_are_where_root_has_them() {
    let options = Options { compress: false, ..Options::default() };
    let mut writer = FileWriter::with_options(Cursor::new(Vec::new()), options).unwrap();
    let h = Histogram {
        sumw: vec![0.5, -1.5, 2.5],
        sumw2: vec![0.25, 2.25, 6.25],
        entries: 3.0,
        stats: vec![-1.5, 2.25, 0.125, 0.0625],
        ..named("h")
    };
    writer.histogram(Directory::TOP, &h).unwrap();
    let bytes = writer.finish().unwrap().into_inner();
    let mut found = Vec::new();
    listed(&bytes, 100 + number(&bytes, 28), "", &mut found);
    let (path, seek) = &found[0];
    assert_eq!(path, "h");
    let h1 = key(&bytes, *seek);
    let object = &bytes[seek + h1.length..seek + h1.bytes];
    // A TH1D ends with its TArrayD: the number of cells, and the contents.
    let doubles = |values: &[f64]| -> Vec<u8> { values.iter().flat_map(|x| x.to_be_bytes()).collect() };
    assert!(object.ends_with(&[&[0, 0, 0, 3], &doubles(&h.sumw)[..]].concat()));
    let sums = doubles(&[&[h.entries][..], &h.stats, &[-1111.0, -1111.0, 0.0]].concat());
    let errors = [&[0, 0, 0, 0, 0, 0, 0, 3], &doubles(&h.sumw2)[..]].concat();
    let both = [sums, errors].concat();
    assert!(object.windows(both.len()).any(|window| window == both));
    assert_eq!(number(object, 0), 0x4000_0000 | (object.len() - 4));
}

#[test]
fn equal_contents_give_equal_bytes() {
    let bytes = bytes_of(Options::default());
    assert_eq!(bytes, bytes_of(Options::default()));
    let datime = Datime::new(2024, 2, 29, 23, 59, 59).unwrap();
    assert_ne!(bytes, bytes_of(Options { datime, ..Options::default() }));
    assert_eq!(Datime::new(1994, 1, 1, 0, 0, 0), None);
    assert_eq!(Datime::new(2000, 1, 1, 0, 0, 0), Some(Datime::default()));
    // The UUID tells different contents apart.
    let uuid = |name: &str| {
        let mut writer = writer();
        writer.histogram(Directory::TOP, &named(name)).unwrap();
        writer.finish().unwrap().into_inner()[47..63].to_vec()
    };
    assert_eq!(uuid("a"), uuid("a"));
    assert_ne!(uuid("a"), uuid("b"));
}

#[test]
fn an_unfinished_file_is_none() {
    let mut out = Cursor::new(Vec::new());
    let mut writer = FileWriter::new(&mut out).unwrap();
    filled::write(&mut writer, &filled::objects()).unwrap();
    drop(writer);
    assert_eq!(out.into_inner()[..100], [0; 100]);
}

#[test]
fn ten_thousand_histograms() {
    let mut writer = writer();
    for i in 0..10_000 {
        let directory = writer.directory(&format!("SR{}/deep", i % 100)).unwrap();
        writer.histogram(directory, &named(&format!("h{i}"))).unwrap();
    }
    let bytes = writer.finish().unwrap().into_inner();
    let mut found = Vec::new();
    listed(&bytes, 100 + number(&bytes, 28), "", &mut found);
    assert_eq!(found.len(), 10_000);
}

#[test]
fn refuses_what_root_cannot_find_again() {
    let mut writer = writer();
    let mut refused = |name: &str| writer.histogram(Directory::TOP, &named(name)).unwrap_err().to_string();
    let start = |name: &str| format!("{name:?} cannot be the name of an object in a ROOT file: ");
    assert_eq!(refused(""), start("") + "it is empty");
    assert_eq!(refused("a/b"), start("a/b") + "it contains / or ; or a zero byte");
    assert_eq!(refused("a;1"), start("a;1") + "it contains / or ; or a zero byte");
    let long = refused(&"x".repeat(40_000));
    assert_eq!(long, start(&"x".repeat(40)) + "name and title together are longer than 32700 bytes");
    let directory = writer.directory("SR/a").unwrap();
    writer.text(directory, "h", "").unwrap();
    let twice = writer.histogram(directory, &named("h")).unwrap_err();
    assert_eq!(twice.to_string(), "the ROOT file has two objects named \"SR/a/h\"");
    assert!(matches!(writer.directory("SR/a/h"), Err(Error::Duplicate { .. })));
    assert!(matches!(writer.directory("SR//a"), Err(Error::Name { .. })));
    assert_eq!(writer.directory("SR/a").unwrap(), directory);
    assert_eq!(writer.directory("").unwrap(), Directory::TOP);
    // A refused object leaves nothing behind.
    let bytes = writer.finish().unwrap().into_inner();
    assert_eq!(records(&bytes).len(), 4 + 3 + 2);
}

#[test]
fn refuses_sums_that_do_not_fit() {
    let problem = |axes: Vec<Axis>, cells: usize, stats: usize| {
        let sums = vec![0.0; cells];
        let h = Histogram { axes, sumw: sums.clone(), sumw2: sums, stats: vec![0.0; stats], ..named("h") };
        match h.check() {
            Ok(()) => String::new(),
            Err(e) => e.to_string().replace("histogram \"h\" cannot be written: ", ""),
        }
    };
    let x = |bins: Bins| vec![filled::axis("", bins)];
    let regular = |n, lo, hi| x(Bins::Regular { n, lo, hi });
    assert_eq!(problem(regular(1, 0.0, 1.0), 3, 4), "");
    assert_eq!(problem(Vec::new(), 1, 0), "it has 0 axes, and ROOT has classes for 1, 2 or 3");
    assert_eq!(problem(regular(0, 0.0, 1.0), 2, 4), "the x axis has no bins");
    assert_eq!(problem(regular(1, 0.0, 0.0), 3, 4), "the x axis cannot range from 0 to 0");
    assert_eq!(problem(regular(1, 0.0, f64::NAN), 3, 4), "the x axis cannot range from 0 to NaN");
    let edges = problem(x(Bins::Edges(vec![0.0, 2.0, 1.0])), 4, 4);
    assert_eq!(edges, "the x axis has edges that do not increase");
    assert_eq!(problem(x(filled::labels(&["a", "a"])), 4, 4), "the x axis has the label \"a\" twice");
    assert_eq!(problem(regular(4, 0.0, 1.0), 4, 4), "sumw has 4 values for 6 bins");
    assert_eq!(problem(regular(1, 0.0, 1.0), 3, 7), "stats has 7 values, not 4");
    let huge = [regular(u32::MAX, 0.0, 1.0), regular(u32::MAX, 0.0, 1.0)].concat();
    assert_eq!(problem(huge, 3, 7), "it has more bins than ROOT can number");
    let profile = Profile { axes: regular(1, 0.0, 1.0), sumw: vec![0.0; 3], ..Profile::default() };
    assert!(profile.check().unwrap_err().to_string().ends_with("sumw2 has 0 values for 3 bins"));
}
