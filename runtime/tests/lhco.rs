//! LHCO texts: what their lines become, across the borders of segments, and what is said of lines that cannot be read.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // A test that cannot be run fails.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use adl_root::Values;
use adl_runtime::reader::{FileReader, ReadClass, ReadError, Scratch, open};
use adl_runtime::schema::Shape;

const TWO_EVENTS: &str = "\
# a comment
   0     7     3586
   1    1    1.112    1.608   52.50    0.00   -1.0    0.0    0.02    0.0    0.0
   2    4   -0.624   -1.450  118.34    7.12   10.0    1.0    1.04    0.0    0.0
   3    4    1.726    0.525   85.77   10.92    7.0    0.0    2.30

   4    6    0.000   -1.412   14.87    0.00    0.0    0.0    0.00    0.0    0.0
   0     8        0
   1    3    0.100    0.200   30.00    1.50    3.0    0.0    0.50    0.0    0.0
";

/// A file that is removed at the end.
struct Text(PathBuf);

impl Text {
    fn new(name: &str, text: impl AsRef<[u8]>) -> Text {
        let path = std::env::temp_dir().join(format!("adl-lhco-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Text(path)
    }

    fn open(&self) -> Result<Arc<dyn FileReader>, ReadError> {
        open(&self.0, None, &[])
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// All values of a column, and the sizes of its lists.
fn column(reader: &dyn FileReader, name: &str) -> Result<(Vec<f64>, Vec<usize>), ReadError> {
    let number = reader.schema().columns.iter().position(|c| c.name == name).unwrap();
    let (mut values, mut sizes) = (Vec::new(), Vec::new());
    for segment in 0..reader.borders(number).len() - 1 {
        let read = reader.decode(number, segment, &mut Scratch::default())?;
        assert_eq!(read.first, reader.borders(number)[segment]);
        match read.values() {
            Values::F64(all) => values.extend_from_slice(all),
            Values::I64(all) => values.extend(all.iter().map(|v| *v as f64)),
            Values::I32(all) => values.extend(all.iter().map(|v| f64::from(*v))),
            other => panic!("{other:?}"),
        }
        sizes.extend((0..read.events).map(|e| read.start(e + 1) - read.start(e)));
    }
    Ok((values, sizes))
}

/// The class of the first error and its text without the path: of opening, or of reading a column.
fn refused(text: impl AsRef<[u8]>) -> (ReadClass, String) {
    let file = Text::new("refused.lhco", text);
    let error = file.open().and_then(|r| column(r.as_ref(), "Jet_pt").map(|_| ())).unwrap_err();
    (error.class, error.message)
}

#[test]
fn lines_become_columns() {
    let file = Text::new("events.txt", TWO_EVENTS);
    let reader = file.open().unwrap();
    assert_eq!((reader.schema().format, reader.schema().events), ("LHCO", 2));
    let read = |name: &str| column(reader.as_ref(), name).unwrap();
    assert_eq!(read("event").0, [7.0, 8.0]);
    assert_eq!(read("trigger").0, [3586.0, 0.0]);
    assert_eq!(read("MET_pt").0[0], 14.87);
    assert_eq!(read("MET_phi").0[0], -1.412);
    // Without a line of type 6 there is none.
    assert!(read("MET_pt").0[1].is_nan());
    assert_eq!(read("nJet").0, [2.0, 0.0]);
    assert_eq!(read("Jet_pt"), (vec![118.34, 85.77], vec![2, 0]));
    assert_eq!(read("Jet_btag").0, [1.0, 0.0]);
    assert_eq!(read("Jet_hadem").0, [1.04, 2.30]);
    assert_eq!(read("Electron_charge"), (vec![-1.0], vec![1, 0]));
    assert_eq!(read("Tau_charge"), (vec![1.0], vec![0, 1]));
    assert_eq!(read("Tau_mass").0, [1.5]);
    assert_eq!(read("Photon_eta"), (vec![], vec![0, 0]));
    assert!(reader.schema().columns.iter().all(|c| !matches!(c.shape, Shape::Unsupported(_))));
}

#[test]
fn segments_follow_each_other() {
    let events = 10_000;
    let mut text = String::new();
    for event in 0..events {
        writeln!(text, "0 {event} 1").unwrap();
        for jet in 0..event % 3 {
            writeln!(text, "{} 4 0.5 0.5 {} 5 3 0 1 0 0", jet + 1, event * 10 + jet).unwrap();
        }
    }
    let file = Text::new("long.lhco", text);
    let reader = file.open().unwrap();
    let (pt, sizes) = column(reader.as_ref(), "Jet_pt").unwrap();
    let expected: Vec<f64> = (0..events).flat_map(|e| (0..e % 3).map(move |j| f64::from(e * 10 + j))).collect();
    assert_eq!(pt, expected);
    assert_eq!(sizes, (0..events as usize).map(|e| e % 3).collect::<Vec<_>>());
    assert_eq!(column(reader.as_ref(), "event").unwrap().0.len(), events as usize);
}

#[test]
fn lines_that_cannot_be_read_are_named() {
    let of = |line: &str| refused(format!("{TWO_EVENTS}{line}\n"));
    let corrupt = |text: &str| (ReadClass::Corrupt, text.to_owned());
    assert_eq!(of("1 4 0.1 0.2 30.0"), corrupt("line 10: mass is missing"));
    assert_eq!(of("1 4 0.1 0.2 3O.0 5 1 0 0 0 0"), corrupt("line 10: `3O.0` is not a number"));
    let known = "(0 photon, 1 electron, 2 muon, 3 tau, 4 jet, 6 missing momentum)";
    assert_eq!(of("1 5 0.1 0.2 30 5 1 0 0 0 0"), corrupt(&format!("line 10: there is no type 5 {known}")));
    assert_eq!(of("0 9"), corrupt("line 10: the trigger word is missing"));
    assert_eq!(of("x 4 0 0 1 1 1 1 1"), corrupt("line 10: `x` is not a whole number"));
    let twice = "1 6 0 0.2 30 0 0 0 0 0 0\n2 6 0 0.2 30 0 0 0 0 0 0";
    assert_eq!(of(twice), corrupt("line 11: the event has a second missing momentum"));
    assert_eq!(refused("1 4 0 0 1 1 1 1 1\n"), corrupt("line 1: an object stands before the first event"));
    assert_eq!(refused(format!("0 1 1\n{}", "4 ".repeat(5000))).1, "line 2: it has more than 4096 characters");
    assert_eq!(refused(b"0 1 1\n1 4 \xff\n"), corrupt("line 2: it is no text"));
    assert_eq!(refused(b"\x1f\x8b\x08\x00").1, "is compressed with gzip: unpack it first");
}

/// Packed with gzip.
fn packed(text: impl AsRef<[u8]>) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(text.as_ref()).unwrap();
    packed.finish().unwrap()
}

#[test]
fn packed_files_are_those_that_were_packed() {
    let mut long = String::new();
    for event in 0..10_000 {
        writeln!(long, "0 {event} 1\n1 4 0.5 0.5 {event} 5 3 0 1 0 0").unwrap();
    }
    let parts = [packed(&long[..100_000]), packed(&long[100_000..])].concat();
    for (name, text, bytes) in [
        ("a.lhco.gz", TWO_EVENTS, packed(TWO_EVENTS)),
        ("by_content.gz", TWO_EVENTS, packed(TWO_EVENTS)),
        ("parts.lhco.gz", &long, parts),
    ] {
        let (plain, file) = (Text::new("plain.lhco", text), Text::new(name, &bytes));
        let (plain, file) = (plain.open().unwrap(), file.open().unwrap());
        assert_eq!((file.schema(), file.size()), (plain.schema(), bytes.len() as u64));
        for column in &plain.schema().columns {
            let (a, b) = (self::column(plain.as_ref(), &column.name), self::column(file.as_ref(), &column.name));
            assert_eq!(format!("{:?}", a.unwrap()), format!("{:?}", b.unwrap()), "{name} {}", column.name);
        }
    }
}

#[test]
fn hostile_packed_files_are_refused() {
    let whole = packed(TWO_EVENTS);
    for end in 3..whole.len() {
        let (class, message) = refused_packed(&whole[..end]);
        assert_eq!(class, ReadClass::Corrupt, "{end}: {message}");
    }
    let mut changed = 0;
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        let file = Text::new("changed.lhco.gz", &bytes);
        changed += usize::from(file.open().and_then(|r| column(r.as_ref(), "Jet_pt").map(|_| ())).is_err());
    }
    // What differs in the date or the name of the packed file is no damage.
    assert!(changed + 10 > whole.len() && changed < whole.len(), "{changed} of {}", whole.len());
    // Much in little ends at its first line; so does an event without an end.
    let begin = std::time::Instant::now();
    let (class, message) = refused_packed(&packed(vec![b'0'; 64 << 20]));
    assert_eq!((class, message.as_str()), (ReadClass::Corrupt, "line 1: it has more than 4096 characters"));
    let endless = format!("0 1 1\n{}", "1 4 0.5 0.5 1 5 3 0 1 0 0\n".repeat(1_000_000));
    let (class, message) = refused_packed(&packed(endless));
    assert_eq!(class, ReadClass::Corrupt);
    assert!(message.ends_with(": the event has more than 1048576 characters"), "{message}");
    let (_, message) = refused_packed(&packed(format!("0 1 1\n{}", "# nothing\n".repeat(200_000))));
    assert!(message.ends_with(": the event has more than 1048576 characters"), "{message}");
    assert!(begin.elapsed() < std::time::Duration::from_secs(120));
    assert_eq!(refused_packed(&packed("no events")).1, "line 1: an object stands before the first event");
    let other = Text::new("other.gz", packed("no events"));
    assert_eq!(other.open().err().unwrap().message, "is compressed with gzip: unpack it first");
}

fn refused_packed(bytes: &[u8]) -> (ReadClass, String) {
    let file = Text::new("refused.lhco.gz", bytes);
    let error = file.open().and_then(|r| column(r.as_ref(), "Jet_pt").map(|_| ())).unwrap_err();
    (error.class, error.message)
}

#[test]
fn damage_is_an_error_or_a_number() {
    let mut state = 1u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let (mut read, mut failed) = (0, 0);
    for _ in 0..500 {
        let mut bytes = TWO_EVENTS.as_bytes().to_vec();
        for _ in 0..=random(4) {
            let place = random(bytes.len());
            match random(3) {
                0 => bytes[place] = random(256) as u8,
                1 => bytes.truncate(place.max(1)),
                _ => bytes.insert(place, b" \n0-9e#."[random(8)]),
            }
        }
        let file = Text::new("damaged.lhco", bytes);
        match file.open().and_then(|r| column(r.as_ref(), "Jet_pt")) {
            Ok(_) => read += 1,
            Err(_) => failed += 1,
        }
    }
    assert!(read > 50 && failed > 50, "{read} and {failed}");
}
