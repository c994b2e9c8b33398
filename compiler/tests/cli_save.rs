//! `print` and `save`: what is printed and saved does not depend on threads, chunks or engine, is what the histograms
//! count, and is not there after a run that failed.

#![allow(clippy::unwrap_used)] // A test that cannot be run fails.

mod binary;

use adl_root::write::{Branch, Column, Directory, FileWriter, Lists, TreeWriter};
use adl_root::{Element, Values};
use adl_runtime::schema::ElementType;
use adl_runtime::values::Buffer;
use binary::{Bench, example};

const TEXT: &str = "\
adl 2026
object jets
  take Jet
  select pt > 30
define channel = size(Muon) >= 1 ? \"mu, or more\" : \"other\"
region SR
  select size(jets) >= 2
  print \"met\", MET, n = size(jets), charge(Muon), pt(Muon[0])
  save table csv nJets = size(jets), MET, pt(jets), channel, third = pt(jets[2]), charge(Muon[0]), MET > 30
  save table2 nJets = size(jets), MET, pt(jets), channel, third = pt(jets[2]), charge(Muon[0]), MET > 30
  histo met, \"met\", 40, 0, 200, MET
region few
  select MET > 100
  print MET
  save few csv MET
";

fn text() -> String {
    TEXT.replace("n = size(jets), ", "size(jets), ")
}

fn inputs() -> [String; 2] {
    [example("data/ttbar.root"), example("data/dy.parquet")]
}

const FILES: [&str; 4] =
    ["out/saved/SR/table.csv", "out/saved/few/few.csv", "out/printed.txt", "out/saved/SR/table2.parquet"];

#[test]
fn the_same_whatever_threads_chunks_and_engine() {
    let bench = Bench::new("save-same");
    bench.write("a.adl", text());
    let [ttbar, dy] = inputs();
    let mut first: Option<Vec<Vec<u8>>> = None;
    for options in [
        &["-j", "1"][..],
        &["-j", "4", "--chunk", "100"],
        &["-j", "3", "--chunk", "7"],
        &["--no-jit", "--chunk", "100"],
    ] {
        let run = bench.succeeds(&[&["run", "a.adl", &ttbar, &dy], options].concat());
        assert!(run.out.contains("events saved in out/saved/SR/table.csv"), "{}", run.out);
        assert!(run.out.starts_with("SR event "), "{}", run.out);
        let chunked = options.contains(&"--chunk");
        // The pages of a Parquet file depend on what is written at a time, their content does not.
        let files: Vec<Vec<u8>> = FILES[..if chunked { 3 } else { 4 }].iter().map(|f| bench.bytes(f)).collect();
        match &first {
            None => first = Some(files),
            Some(first) => assert!(first[..3] == files[..3], "{options:?}"),
        }
        assert_eq!(columns(&bench), columns_of_csv(&bench), "{options:?}");
    }
}

/// The numbers of the Parquet table, column by column, NaN where missing.
fn columns(bench: &Bench) -> Vec<Vec<String>> {
    let path = bench.path("out/saved/SR/table2.parquet");
    let file = adl_runtime::reader::open(&path, None, &[]).unwrap();
    let names: Vec<&str> = file.schema().columns.iter().map(|c| c.name.as_str()).collect();
    let mut scratch = adl_runtime::reader::Scratch::default();
    let mut numbers = |name: &str| {
        let column = names.iter().position(|n| *n == name).unwrap();
        let mut texts = Vec::new();
        for segment in 0..file.borders(column).len() - 1 {
            let segment = file.decode(column, segment, &mut scratch).unwrap();
            let (mut reals, mut whole) = (Buffer::new(ElementType::F64), Buffer::new(ElementType::I64));
            assert!(reals.append(segment.values()) || whole.append(segment.values()));
            let all: Vec<f64> = match (reals, whole) {
                (Buffer::F64(reals), Buffer::I64(whole)) => {
                    reals.into_iter().chain(whole.into_iter().map(|n| n as f64)).collect()
                }
                _ => Vec::new(),
            };
            for event in 0..segment.events {
                let values = &all[segment.start(event)..segment.start(event + 1)];
                texts.push(values.iter().map(f64::to_string).collect::<Vec<_>>().join(" "));
            }
        }
        texts
    };
    ["nJets", "MET", "pt(jets)", "third"].map(&mut numbers).to_vec()
}

/// The same of the text.
fn columns_of_csv(bench: &Bench) -> Vec<Vec<String>> {
    let text = bench.text("out/saved/SR/table.csv");
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("nJets,MET,pt(jets),channel,third,charge(Muon[0]),MET > 30"));
    let mut columns = vec![Vec::new(); 4];
    for line in lines {
        let (numbers, rest) = line.split_once(",\"mu, or more\",").or_else(|| line.split_once(",other,")).unwrap();
        let (third, rest) = rest.split_once(',').unwrap();
        let third = if third.is_empty() { "NaN" } else { third };
        assert!(["true", "false"].contains(&rest.split_once(',').unwrap().1), "{line}");
        for (column, cell) in columns.iter_mut().zip(numbers.split(',').chain([third])) {
            column.push(cell.to_owned());
        }
    }
    columns
}

#[test]
fn rows_are_those_that_the_cutflow_counts() {
    let bench = Bench::new("save-rows");
    bench.write("a.adl", text());
    let [ttbar, dy] = inputs();
    let run = bench.succeeds(&["run", "a.adl", &ttbar, &dy]);
    let cutflow = bench.json("out/cutflow.json");
    for (region, file) in [("SR", FILES[0]), ("few", FILES[1])] {
        let events = cutflow["regions"][region][1]["events"].as_u64().unwrap() as usize;
        assert!(events > 100);
        assert_eq!(bench.text(file).lines().count(), events + 1);
        let lines = run.out.lines().filter(|l| l.starts_with(&format!("{region} event "))).count();
        assert_eq!(lines, 100, "the first 100 events of a print");
        let more = run.out.lines().find(|l| l.starts_with(&format!("{region}: print MET"))).unwrap();
        assert!(more.ends_with(&format!(": {} more events", events - 100)), "{more}");
    }
    let all = bench.succeeds(&["run", "a.adl", &ttbar, &dy, "--print-all"]).out;
    let events = cutflow["regions"]["few"][1]["events"].as_u64().unwrap() as usize;
    assert_eq!(all.lines().filter(|l| l.starts_with("few event ")).count(), events);
    assert!(!all.contains("more events"), "{all}");
    let line = all.lines().next().unwrap();
    assert!(line.contains(&format!(" of {ttbar}: met ")) && line.contains(", size(jets) = "), "{line}");
    assert!(all.contains("pt(Muon[0]) = missing"), "{all}");
    // One file needs no name; quiet is quiet.
    assert!(bench.succeeds(&["run", "a.adl", &ttbar]).out.starts_with("SR event 0: met "));
    assert_eq!(bench.succeeds(&["run", "a.adl", &ttbar, "-q"]).out, "");
}

#[test]
fn a_run_that_fails_leaves_nothing() {
    let bench = Bench::new("save-fails");
    let fault = "region bad\n  select MET > 150\n  weight w 1 / (MET - MET)\n";
    bench.write("a.adl", format!("{}{fault}", text()));
    let [ttbar, dy] = inputs();
    for options in [&["-j", "1"][..], &["-j", "4", "--chunk", "10"]] {
        let run = bench.fails(9, &[&["run", "a.adl", &ttbar, &dy], options].concat(), &["weight `w`"]);
        assert_eq!(run.out, "");
    }
}

const SKIM: &str = "\
adl 2026
object jets
  take Jet
  select pt > 30
region SR
  select size(jets) >= 4
  save skim
  histo met, \"met\", 40, 0, 200, MET
  histo pts, \"pt\", 40, 0, 200, pt(jets)
  histo muons, \"pt\", 40, 0, 200, pt(Muon)
";

#[test]
fn a_skim_gives_what_its_input_gives() {
    let bench = Bench::new("save-skim");
    bench.write("a.adl", SKIM);
    let inputs = [example("data/ttbar.root"), example("data/dy.root")];
    let mut files = Vec::new();
    for options in [&["-j", "1"][..], &["-j", "4", "--chunk", "100"], &["--no-jit", "--chunk", "7"]] {
        let run = bench.succeeds(&[&["run", "a.adl", &inputs[0], &inputs[1]], options].concat());
        assert!(run.out.contains("events saved in out/saved/SR/skim.parquet"), "{}", run.out);
        files.push(bench.bytes("out/saved/SR/skim.parquet"));
    }
    assert!(files[1] == files[0] && files[2] == files[0], "a skim is the same whatever threads and chunks");
    let histograms = bench.text("out/histograms.json");
    let events = bench.json("out/cutflow.json")["regions"]["SR"][1]["events"].as_u64().unwrap();
    bench.write("skim.parquet", &files[0]);
    bench.succeeds(&["run", "a.adl", "skim.parquet", "-o", "again", "-q"]);
    assert_eq!(bench.text("again/histograms.json"), histograms);
    let cutflow = bench.json("again/cutflow.json");
    assert_eq!(
        (&cutflow["regions"]["SR"][0]["events"], &cutflow["regions"]["SR"][1]["events"]),
        (&events.into(), &events.into())
    );
    // Every column of the input is there, with its type.
    let listed = |input: &str| -> serde_json::Value {
        serde_json::from_str(&bench.succeeds(&["schema", input, "--json"]).out).unwrap()
    };
    let (before, after) = (listed(&inputs[0]), listed("skim.parquet"));
    let types = |listed: &serde_json::Value| -> Vec<[serde_json::Value; 3]> {
        listed["columns"].as_array().unwrap().iter().map(|c| ["name", "type", "shape"].map(|k| c[k].clone())).collect()
    };
    assert_eq!(types(&before), types(&after));
    // The same as a tree, and as an RNTuple.
    let sizes = |listed: &serde_json::Value| listed["collections"]["Muon"]["sizes"].clone();
    for (format, stored) in [("root", "TTree"), ("rntuple", "RNTuple")] {
        let saves = format!("save skim {format}\n  save rows {format} MET, pt(jets), n = size(jets)");
        bench.write("tree.adl", SKIM.replace("save skim", &saves));
        for chunk in ["7", "16384"] {
            bench.succeeds(&["run", "tree.adl", &inputs[0], &inputs[1], "--chunk", chunk, "-q"]);
            let tree = bench.bytes("out/saved/SR/skim.root");
            bench.write("skim.root", &tree);
            bench.succeeds(&["run", "a.adl", "skim.root", "-o", "again", "-q"]);
            assert_eq!(bench.text("again/histograms.json"), histograms, "{format}");
            let rows = bench.bytes("out/saved/SR/rows.root");
            bench.write(&format!("rows-{chunk}.root"), &rows);
            bench.write(&format!("skim-{chunk}.root"), &tree);
        }
        let same =
            |a: &str, b: &str| assert!(bench.bytes(a) == bench.bytes(b), "{format}: the same whatever the chunks");
        same("rows-7.root", "rows-16384.root");
        same("skim-7.root", "skim-16384.root");
        let after = listed("skim.root");
        assert_eq!((sizes(&after), &after["format"]), (sizes(&before), &serde_json::json!(stored)));
    }
    // A skim of no events is one.
    bench.write("none.adl", SKIM.replace(">= 4", ">= 400"));
    bench.succeeds(&["run", "none.adl", &inputs[0], "-q"]);
    bench.succeeds(&["run", "a.adl", "out/saved/SR/skim.parquet", "-o", "again", "-q"]);
    assert_eq!(bench.json("again/cutflow.json")["regions"]["SR"][0]["events"], 0);
}

/// Lists of lists are copied in every form, with empty lists and without events.
#[test]
fn skims_have_lists_of_lists() {
    let bench = Bench::new("save-nested");
    let mut file = FileWriter::create(&bench.path("data.root")).unwrap();
    let branch = |name: &str, element, lists| Branch { name: name.to_owned(), element, lists };
    let branches = vec![
        branch("MET", Element::F32, Lists::None),
        branch("x", Element::F32, Lists::Nested),
        branch("Hit.id[3]", Element::U16, Lists::Nested),
    ];
    let mut tree = TreeWriter::new(Directory::TOP, "Events", "", branches).unwrap();
    for cluster in 0..3_u32 {
        let met: Vec<f32> = (0..50).map(|e| (e * 7 % 50) as f32).collect();
        let lists: Vec<u32> = (0..50).map(|e| (e + cluster) % 4).collect();
        let sizes: Vec<u32> = (0..lists.iter().sum()).map(|list| list * list % 5).collect();
        let count = sizes.iter().sum::<u32>();
        let x: Vec<f32> = (0..count).map(|i| i as f32 / 8.0 - 3.0).collect();
        let id: Vec<u16> = (0..count).map(|i| (i * 911) as u16).collect();
        let nested = |values| Column::Nested { lists: &lists, sizes: &sizes, values };
        let columns = [Values::F32(&met).into(), nested(Values::F32(&x)), nested(Values::U16(&id))];
        tree.fill(&mut file, &columns).unwrap();
    }
    tree.finish(&mut file).unwrap();
    file.finish().unwrap();
    let analysis = "adl 2026\nregion SR\n  select MET > 10\n  save tree root\n  save ntuple rntuple\n  save flat parquet\n  \
                    histo all, \"x\", 50, -5, 45, x\n  histo second, \"x\", 50, -5, 45, x[1]\n  histo size, \"n\", 5, 0, 5, size(x)\n";
    bench.write("a.adl", analysis);
    let of = |input: &str| {
        bench.succeeds(&["run", "a.adl", input, "-o", "again", "-q"]);
        let listed = bench.succeeds(&["schema", input, "--stats", "--json"]).out;
        let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
        let columns = listed["trees"][0]["columns"].as_array().unwrap().iter();
        let nested = columns.filter(|c| c["shape"] == "lists").map(|c| {
            let name = c["name"].as_str().unwrap().replace('.', "_");
            let of = |key: &str| c[key].clone();
            (name, of("type"), ["count", "sum", "min", "max"].map(of))
        });
        (bench.text("again/histograms.json"), nested.collect::<Vec<_>>())
    };
    bench.succeeds(&["run", "a.adl", "data.root", "-j", "2", "--chunk", "20", "-q"]);
    let (histograms, _) = of("data.root");
    assert_eq!(bench.text("out/histograms.json"), histograms);
    let skims = ["out/saved/SR/tree.root", "out/saved/SR/ntuple.root", "out/saved/SR/flat.parquet"].map(of);
    for (found, nested) in &skims {
        assert_eq!(found, &histograms);
        assert_eq!((nested.len(), nested), (2, &skims[0].1));
    }
    let [as_tree, ..] = skims;
    assert!(as_tree.1.iter().all(|(_, _, stats)| stats[1].is_number()), "{as_tree:?}");
    bench.write("none.adl", analysis.replace("> 10", "> 1000"));
    bench.succeeds(&["run", "none.adl", "data.root", "-q"]);
    for skim in ["tree.root", "ntuple.root", "flat.parquet"] {
        of(&format!("out/saved/SR/{skim}"));
        assert_eq!(bench.json("again/cutflow.json")["regions"]["SR"][0]["events"], 0, "{skim}");
    }
}

/// A region that takes another saves its own events only: those of the other are in its file.
#[test]
fn legacy_regions_do_not_save_again() {
    let bench = Bench::new("save-legacy");
    let text = "adl legacy\nregion a\n  select MET > 20\n  print MET\n  save one csv MET\nregion b\n  a\n  select MET > 40\n  save two csv MET\n";
    bench.write("a.adl", text);
    bench.succeeds(&["run", "a.adl", &example("data/dy.root"), "-q"]);
    let saved = |region: &str| {
        let entries = std::fs::read_dir(bench.path(&format!("out/saved/{region}"))).unwrap();
        entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect::<Vec<_>>()
    };
    assert_eq!((saved("a"), saved("b")), (vec!["one.csv".to_owned()], vec!["two.csv".to_owned()]));
}

/// `check` lists what a skim copies.
#[test]
fn copied_columns_are_listed() {
    let bench = Bench::new("save-check");
    bench.write("a.adl", "adl 2026\nregion a\n  select MET > 20\n  save skim\n");
    let dy = example("data/dy.root");
    let listed = bench.succeeds(&["check", "a.adl", &dy, "--json"]).out;
    let listed: serde_json::Value = serde_json::from_str(listed.trim()).unwrap();
    bench.succeeds(&["run", "a.adl", &dy, "-q"]);
    let columns: Vec<&str> = listed["columns"].as_array().unwrap().iter().map(|c| c.as_str().unwrap()).collect();
    for column in ["MET_pt", "Muon_pt", "nMuon", "event"] {
        assert!(columns.contains(&column), "{columns:?}");
    }
    bench.write("b.adl", "adl 2026\nregion a\n  select MET > 20\n");
    let fewer = bench.succeeds(&["check", "b.adl", &dy, "--json"]).out;
    assert!(!fewer.contains("Muon_pt"), "{fewer}");
}
