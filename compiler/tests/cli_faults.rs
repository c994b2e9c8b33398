//! Inputs that are missing, damaged or not what they should be, analyses that are wrong, folders that cannot be written:
//! each ends with its exit code and a message that names the file, never with a panic and never with a result.

#![allow(clippy::unwrap_used)] // A test that cannot be run fails.

mod binary;

use binary::{Bench, example};

fn dy() -> String {
    example("data/dy.root")
}

fn zmumu() -> String {
    example("zmumu.adl")
}

const COUNT: &str = "adl 2026\nregion all\n  histo met, \"met;MET [GeV]\", 40, 0, 200, MET\n";

#[test]
fn what_is_no_data_file() {
    let bench = Bench::new("no-data");
    let zmumu = zmumu();
    bench.write("empty.root", "");
    bench.write("short.root", "root");
    bench.write("text.root", "not a data file, but a text\n".repeat(100));
    bench.write("list.txt", dy());
    std::fs::create_dir(bench.path("folder")).unwrap();
    bench.fails(5, &["run", &zmumu, "nothing.root"], &["nothing.root: there is no such file"]);
    bench.fails(5, &["run", &zmumu, "folder"], &["folder: is a folder"]);
    bench.fails(9, &["run", &zmumu, "empty.root"], &["empty.root: the file is empty"]);
    bench.fails(9, &["run", &zmumu, "short.root"], &["short.root: "]);
    bench.fails(9, &["run", &zmumu, "text.root"], &["text.root: is neither a ROOT nor a Parquet file"]);
    bench.fails(9, &["run", &zmumu, "list.txt"], &["list.txt: is neither a ROOT nor a Parquet file"]);
    bench.fails(9, &["run", &zmumu, &zmumu], &["is neither a ROOT nor a Parquet file"]);
    // The second file is looked at before the first is run.
    bench.fails(9, &["run", &zmumu, &dy(), "text.root"], &["text.root: is neither"]);
}

#[test]
fn what_is_no_analysis() {
    let bench = Bench::new("no-analysis");
    bench.fails(3, &["run", &dy(), &zmumu()], &["is a data file; the analysis comes first"]);
    bench.fails(3, &["run", "nothing.adl", &dy()], &["nothing.adl: there is no such file"]);
    bench.write("binary.adl", [0xff, 0xfe, 0x00, 0x80]);
    bench.fails(3, &["run", "binary.adl", &dy()], &["binary.adl: is not a text file"]);
    bench.write("empty.adl", "");
    bench.fails(3, &["run", "empty.adl", &dy()], &["adl 2026"]);
    bench.write("include.adl", "adl 2026\ninclude \"other.adl\"\n");
    bench.fails(3, &["run", "include.adl", &dy()], &["include.adl:2:", "other.adl"]);
    bench.write("self.adl", format!("{COUNT}include \"self.adl\"\n"));
    bench.succeeds(&["check", "self.adl", &dy()]);
}

/// One analysis, several kinds of error: all are said at once, with their places.
#[test]
fn every_kind_of_error_at_once() {
    let bench = Bench::new("errors");
    let text = "\
adl 2026
object jets
  take Jte
object muons
  take Muon
  select ptt > 20
  select charge + mediumId > 0
region all
  select pt(muons) > 20
  select sise(muons) > 1
  weight w undefinedWeight
  histo met, \"met\", 40, 200, 0, MET
";
    bench.write("wrong.adl", text);
    let run = bench.fails(
        3,
        &["run", "wrong.adl", &dy()],
        &["wrong.adl:3:", "wrong.adl:6:", "wrong.adl:9:", "wrong.adl:10:"],
    );
    for part in ["Jte", "ptt", "sise", "undefinedWeight", "errors in this analysis", "names are those of"] {
        assert!(run.err.contains(part), "{part}: {}", run.err);
    }
    bench.write("syntax.adl", "adl 2026\nregion all\n  select (MET > 10\n  slect MET > 20\n");
    bench.fails(3, &["run", "syntax.adl", &dy()], &["syntax.adl:3:"]);
}

#[test]
fn a_missing_column() {
    let bench = Bench::new("missing");
    // In the first file: the name means nothing.
    bench.write("name.adl", "adl 2026\nregion all\n  select HLT_IsoMu27\n");
    let said = ["name.adl:3:", "`HLT_IsoMu27` is not defined", "names are those of", "dy.root, tree Events"];
    bench.fails(3, &["run", "name.adl", &dy()], &said);
    // In another tree of the file.
    bench.write("tree.adl", "adl 2026\nregion all\n  histo n, \"n\", 10, 0, 10, genEventCount\n");
    bench.fails(3, &["run", "tree.adl", &dy()], &["genEventCount"]);
    bench.succeeds(&["run", "tree.adl", &dy(), "--tree", "Runs", "-o", "runs"]);
    bench.fails(4, &["run", "tree.adl", &dy(), "--tree", "Ruins"], &["no tree \"Ruins\"; it has Events, Runs"]);
}

#[test]
fn a_chain_with_a_file_of_another_kind() {
    let bench = Bench::new("chain");
    let other = with_another_column(&bench);
    let run = bench.fails(
        4,
        &["run", &zmumu(), &dy(), &other],
        &[
            "is missing in 1 of 2 files",
            "Muon_pfRelIso04_all: missing in 1 of 2: other.parquet",
            "there: Muon_pfRelIso03_all",
        ],
    );
    assert!(run.err.contains("zmumu.adl:"), "{}", run.err);
}

/// A file of which one column has another name: the same bytes but for a letter in the name of a branch. Its metadata
/// are stored without compression.
fn with_another_column(bench: &Bench) -> String {
    let mut bytes = std::fs::read(example("data/dy.parquet")).unwrap();
    let (from, to) = (b"Muon_pfRelIso04_all", b"Muon_pfRelIso03_all");
    let mut found = 0;
    for at in 0..bytes.len() - from.len() {
        if &bytes[at..at + from.len()] == from {
            bytes[at..at + to.len()].copy_from_slice(to);
            found += 1;
        }
    }
    assert!(found > 0);
    bench.write("other.parquet", bytes);
    "other.parquet".to_owned()
}

/// A file cut short at many places: an error that names it, and no result. Where only what is not read is cut off,
/// the result is that of the whole file.
#[test]
fn truncated_files() {
    let bench = Bench::new("truncated");
    let zmumu = zmumu();
    for (file, whole) in [("cut.root", dy()), ("cut.parquet", example("data/dy.parquet"))] {
        let bytes = std::fs::read(&whole).unwrap();
        bench.succeeds(&["run", &zmumu, &whole, "-q", "-o", "whole"]);
        let expected = bench.bytes("whole/histograms.json");
        let mut lengths: Vec<usize> = (1..40).map(|i| bytes.len() * i / 40).collect();
        lengths.extend([
            1,
            3,
            4,
            5,
            8,
            60,
            100,
            101,
            300,
            301,
            1000,
            bytes.len() - 1,
            bytes.len() - 4,
            bytes.len() - 9,
        ]);
        for length in lengths {
            bench.write(file, &bytes[..length]);
            let run = bench.adlc(&["run", &zmumu, file]);
            if run.code == 0 {
                assert!(bench.bytes("out/histograms.json") == expected, "{file}, {length} bytes: another result");
                std::fs::remove_dir_all(bench.path("out")).unwrap();
                continue;
            }
            assert_eq!(run.code, 9, "{file}, {length} bytes: {}", run.err);
            assert!(run.err.contains(&format!("{file}: ")), "{file}, {length} bytes: {}", run.err);
            assert!(!bench.path("out").exists(), "{file}, {length} bytes: results of a damaged file");
        }
    }
}

/// Bytes changed all over a file. Where they are read, there is an error that names the file, or a checksum of the
/// format does not exist and the values differ; where they are not, the result is the same. Never a panic.
#[test]
fn flipped_bytes() {
    let bench = Bench::new("flipped");
    bench.write("met.adl", COUNT);
    for (file, whole) in [
        ("dy.root", dy()),
        ("ttbar.root", example("data/ttbar.root")),
        ("dy.parquet", example("data/dy.parquet")),
        ("nested.parquet", example("data/dy_nested.parquet")),
    ] {
        let bytes = std::fs::read(&whole).unwrap();
        let (mut errors, mut state) = (0, 88_172_645_463_325_252_u64);
        for _ in 0..60 {
            // xorshift: the same places every time.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let mut damaged = bytes.clone();
            let at = (state % bytes.len() as u64) as usize;
            damaged[at] ^= 1 << (state >> 60 & 7);
            bench.write(file, &damaged);
            let run = bench.adlc(&["run", &zmumu(), file, "-q"]);
            match run.code {
                0 => std::fs::remove_dir_all(bench.path("out")).unwrap(),
                3 | 4 | 9 => {
                    errors += 1;
                    assert!(run.err.contains(file), "{file}, byte {at}: {}", run.err);
                    assert!(!bench.path("out").exists(), "{file}, byte {at}: results of a damaged file");
                }
                code => assert_eq!(code, 0, "{file}, byte {at}: {}", run.err),
            }
        }
        assert!(errors > 0, "{file}: nothing was noticed");
    }
}

/// Bytes changed inside the compressed baskets of a column that is read: zlib and zstd notice.
#[test]
fn flipped_bytes_in_a_basket_that_is_read() {
    let bench = Bench::new("basket");
    bench.write("met.adl", COUNT);
    for file in ["dy.root", "ttbar.root"] {
        let bytes = std::fs::read(example(&format!("data/{file}"))).unwrap();
        let places = baskets(&bytes, b"MET_pt");
        assert!(places.len() > 1, "{file}: {places:?}");
        for (begin, end) in places {
            // Past the frame's header; what a flip in a literal gives is found by the checksum, or by the count.
            for part in 1..8 {
                let mut damaged = bytes.clone();
                let at = begin + 9 + (end - begin - 9) * part / 8;
                damaged[at] ^= 0xff;
                bench.write(file, &damaged);
                let run = bench.adlc(&["run", "met.adl", file]);
                if run.code == 0 {
                    std::fs::remove_dir_all(bench.path("out")).unwrap();
                    assert!(!has_checksum(&bytes[begin..end]), "{file}, byte {at}: not noticed");
                    continue;
                }
                assert_eq!(run.code, 9, "{file}, byte {at}: {}", run.err);
                assert!(run.err.contains(&format!("{file}: ")) && run.err.contains("MET_pt"), "{}", run.err);
                assert!(!bench.path("out").exists());
            }
        }
    }
}

/// zlib ends with Adler-32; ROOT writes zstd without a checksum.
fn has_checksum(frame: &[u8]) -> bool {
    frame.starts_with(b"ZL")
}

/// Where the compressed baskets of a branch are: the payloads of records of class TBasket with its name.
fn baskets(bytes: &[u8], branch: &[u8]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 100;
    while at + 18 <= bytes.len() {
        let number = |at: usize| i32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let size = number(at);
        if size <= 0 {
            at += size.unsigned_abs().max(1) as usize;
            continue;
        }
        let size = size as usize;
        let header = u16::from_be_bytes([bytes[at + 14], bytes[at + 15]]) as usize;
        let key = &bytes[at..at + header.min(size)];
        let named = |name: &[u8]| {
            let mut text = vec![name.len() as u8];
            text.extend(name);
            key.windows(text.len()).any(|w| w == text)
        };
        if named(b"TBasket") && named(branch) {
            found.push((at + header, at + size));
        }
        at += size;
    }
    found
}

#[test]
fn folders_that_cannot_be_written() {
    let bench = Bench::new("folders");
    let (zmumu, dy) = (zmumu(), dy());
    bench.write("file", "something");
    bench.fails(8, &["run", &zmumu, &dy, "-o", "file"], &["file: is a file"]);
    bench.fails(8, &["run", &zmumu, &dy, "-o", "file/out"], &["file"]);
    std::fs::create_dir(bench.path("foreign")).unwrap();
    bench.write("foreign/thesis.tex", "years of work");
    bench.fails(8, &["run", &zmumu, &dy, "-o", "foreign"], &["foreign: is a folder with other files", "left as it is"]);
    assert_eq!(bench.text("foreign/thesis.tex"), "years of work");
    bench.fails(8, &["run", &zmumu, &dy, "-o", "/proc/adlc"], &["/proc/adlc"]);
    // An empty folder is taken, and one of an earlier run is replaced.
    std::fs::create_dir(bench.path("new")).unwrap();
    bench.succeeds(&["run", &zmumu, &dy, "-o", "new", "-q"]);
    bench.succeeds(&["run", &zmumu, &dy, "-o", "new", "-q"]);
    bench.succeeds(&["run", &zmumu, &dy, "-o", "deep/er/out", "-q"]);
    assert!(bench.path("deep/er/out/job.json").exists());
    // An earlier result survives a failed run.
    bench.write("damaged.root", &std::fs::read(&dy).unwrap()[..100_000]);
    let before = bench.bytes("new/histograms.root");
    bench.fails(9, &["run", &zmumu, "damaged.root", "-o", "new"], &["damaged.root: "]);
    assert!(bench.bytes("new/histograms.root") == before);
}

#[test]
fn data_faults_name_event_and_place() {
    let bench = Bench::new("faults");
    let text = "adl 2026\nregion all\n  weight w 1 / (MET_pt - MET_pt)\n  histo met, \"met\", 40, 0, 200, MET\n";
    bench.write("infinite.adl", text);
    bench.fails(9, &["run", "infinite.adl", &dy()], &["infinite.adl:3:", "in event 0 of", "dy.root"]);
    bench.write("missing.adl", text.replace("1 / (MET_pt - MET_pt)", "pt(Muon[1])"));
    let (one, four) = (
        bench.fails(9, &["run", "missing.adl", &dy(), "-j", "1", "--chunk", "10"], &["missing.adl:3:", "in event "]),
        bench.fails(9, &["run", "missing.adl", &dy(), "-j", "4", "--chunk", "10"], &["missing.adl:3:"]),
    );
    assert_eq!(one.err, four.err, "the earliest event is reported");
    let interpreted = bench.fails(9, &["run", "missing.adl", &dy(), "--no-jit", "--chunk", "10"], &[]);
    assert_eq!(one.err, interpreted.err);
    // Of a look-up outside of a table its values are shown.
    let text = "adl 2026\ntable sf\n  outside error\n  0.9  0 20  -2.4 2.4\nregion all\n  \
                select any(sf(pt(Muon), eta(Muon)) > 0.5)\n";
    bench.write("outside.adl", text);
    let said =
        ["outside.adl:6:", "the table `sf` has no row for pt(Muon) = ", ", eta(Muon) = ", "in event ", "dy.root"];
    let one = bench.fails(9, &["run", "outside.adl", &dy(), "-j", "1", "--chunk", "10"], &said);
    let dy = dy();
    assert_eq!(one.err, bench.fails(9, &["run", "outside.adl", &dy, "-j", "4", "--chunk", "10"], &[]).err);
    assert_eq!(one.err, bench.fails(9, &["run", "outside.adl", &dy, "--no-jit"], &[]).err);
    assert!(!bench.path("out").exists());
}

#[test]
fn no_events_are_said() {
    let bench = Bench::new("no-events");
    bench.write("met.adl", COUNT);
    let run = bench.succeeds(&["run", "met.adl", &dy(), "-e", "0"]);
    assert!(run.out.contains("0 events"), "{}", run.out);
    assert_eq!(bench.json("out/cutflow.json")["regions"]["all"][0]["events"], 0);
}
