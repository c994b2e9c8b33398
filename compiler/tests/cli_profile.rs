//! `adlc profile`: the tables, the JSON, and counters that are exact.

#![allow(clippy::unwrap_used)] // A test that cannot be run fails.

mod binary;

use std::path::Path;

use adl_root::write::{Branch, Directory, FileWriter, Lists, TreeWriter};
use adl_root::{Element, Values};
use binary::{Bench, example, root};
use serde_json::Value;

/// Events of the made-up files.
const EVENTS: usize = 40 * 1024;

/// Two cuts, and a column behind each.
const BEHIND: &str = "\
adl 2026
region rare
  select trigger == 1
  histo far, \"far\", 10, 0, 1, far
  select near > 0.5
  histo last, \"last\", 10, 0, 1, last
";

/// A JSON document without times, memory and paths.
fn masked(mut document: Value) -> Value {
    match &mut document {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                match name.as_str() {
                    "seconds" | "cpu_seconds" | "loop_cpu_seconds" if value.is_number() => *value = Value::from("TIME"),
                    "read" | "decompress" | "decode" if value.is_number() => *value = Value::from("TIME"),
                    "share" | "samples" | "no_line" => *value = Value::from("SAMPLED"),
                    "peak_memory" => *value = Value::from("MEMORY"),
                    "analysis" => *value = Value::from("ANALYSIS"),
                    _ => *value = masked(value.take()),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = masked(item.take())),
        _ => {}
    }
    document
}

fn profile(bench: &Bench, arguments: &[&str]) -> Value {
    let arguments = [&["profile"], arguments, &["--json"]].concat();
    serde_json::from_str(&bench.succeeds(&arguments).out).unwrap()
}

/// A field of a column of a profile.
fn of_column(profile: &Value, column: &str, field: &str) -> u64 {
    let columns = profile["columns"].as_array().unwrap();
    let found = columns.iter().find(|c| c["column"] == column);
    found.unwrap()[field].as_u64().unwrap()
}

#[test]
fn tables_and_json_have_stages_and_columns() {
    let bench = Bench::new("profile");
    let files = [example("zmumu.adl"), example("data/dy.root")];
    let arguments = files.each_ref().map(String::as_str);
    let text = bench.succeeds(&[&["profile"], &arguments[..]].concat()).out;
    for part in ["3167 events of 1 file", "before the first event", "event loop, all threads", "decompress", "Muon_pt"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    let document = masked(profile(&bench, &arguments));
    assert_eq!(document["events"], 3167);
    assert_eq!(document["start"].as_array().unwrap().len(), 3);
    let stages: Vec<&str> = document["loop"].as_array().unwrap().iter().map(|s| s["stage"].as_str().unwrap()).collect();
    assert_eq!(stages, ["read", "decompress", "decode", "compute", "fill", "merge", "other"]);
    assert!(!bench.path("out").exists());
    // The columns of `check` are those that are read, and what their lists are counted by.
    let listed = bench.succeeds(&[&["check"], &arguments[..], &["--json"]].concat()).out;
    for column in document["columns"].as_array().unwrap() {
        let name = column["column"].as_str().unwrap();
        assert!(listed.contains(&format!("\"{name}\"")) || name == "nMuon", "{name}: {listed}");
        assert_eq!(column["seconds"]["decode"], "TIME");
    }
    bench.fails(2, &["profile", &example("zmumu.adl")], &["a profile needs events"]);
}

/// The events of `behind.adl`: the trigger fires in batches 3 and 17, and `near` passes in the latter. Baskets of two
/// batches. `profile/make.py` makes the same in other formats.
fn write_baskets(path: &Path) {
    write_columns(path, EVENTS, 2048, |at| at == 3 * 1024 + 5 || at == 17 * 1024);
}

/// So many events in baskets of so many; the trigger fires in some.
fn write_columns(path: &Path, all: usize, basket: usize, fires: impl Fn(usize) -> bool) {
    let mut file = FileWriter::create(path).unwrap();
    let branch = |name: &str, element| Branch { name: name.to_owned(), element, lists: Lists::None };
    let real = |name| branch(name, Element::F32);
    let branches = vec![branch("trigger", Element::I32), real("far"), real("near"), real("last"), real("never")];
    let mut tree = TreeWriter::new(Directory::TOP, "Events", "", branches).unwrap();
    for first in (0..all).step_by(basket) {
        let events = first..first + basket;
        let trigger: Vec<i32> = events.clone().map(|at| i32::from(fires(at))).collect();
        let near: Vec<f32> = events.clone().map(|at| if at < 10 * 1024 { 0.25 } else { 0.75 }).collect();
        let number: Vec<f32> = events.map(|at| (at * 7 % 16) as f32 / 16.0).collect();
        let [number, near] = [&number, &near].map(|values| Values::F32(values));
        let columns = [Values::I32(&trigger), number, near, number, number];
        tree.fill(&mut file, &columns.map(Into::into)).unwrap();
    }
    tree.finish(&mut file).unwrap();
    file.finish().unwrap();
}

/// Of each column of `behind.adl`: segments, skipped ones, baskets or pages that were read, bytes after decompression.
fn counted(document: &Value) -> [[u64; 4]; 4] {
    ["trigger", "far", "near", "last"].map(|column| {
        let of = |field| of_column(document, column, field);
        assert!(of("bytes_read") > 0 && (of("bytes_skipped") > 0) == (of("skipped") > 0), "{column}: {document:#}");
        ["segments", "skipped", "pieces_read", "bytes_decompressed"].map(of)
    })
}

#[test]
fn what_is_behind_cuts_is_counted() {
    let bench = Bench::new("profile-baskets");
    bench.write("behind.adl", BEHIND);
    write_baskets(&bench.path("behind.root"));
    let made = |name: &str| root().join(name).display().to_string();
    for threads in ["1", "2"] {
        let of = |file: &str| {
            let document = profile(&bench, &["behind.adl", file, "-j", threads]);
            assert!(!document.to_string().contains("never"));
            counted(&document)
        };
        // Events 3077 and 17408 are in the second and the ninth basket.
        let basket = 4 * 2048;
        let expected =
            [[20, 0, 20, 20 * basket], [20, 18, 2, 2 * basket], [20, 18, 2, 2 * basket], [20, 19, 1, basket]];
        assert_eq!(of("behind.root"), expected);
        // Clusters of 30,000 and 10,960 entries, in pages of 4096: the second has no survivor.
        let first = [2, 1, 8, 4 * 30_000];
        assert_eq!(
            of(&made("compiler/tests/profile/behind_ntuple.root")),
            [[2, 0, 8 + 3, 4 * 40_960], first, first, first]
        );
        // One row group, in slices of 65,536 events: the pages of the first.
        let [trigger, far, near, last] = of(&made("compiler/tests/profile/behind.parquet"));
        assert_eq!(
            (&trigger[..2], &far[..2], &near[..2], &last[..2]),
            (&[4, 0][..], &[4, 3][..], &[4, 3][..], &[4, 3][..])
        );
        assert_eq!((trigger[2], far[2]), (50, 16));
    }
}

#[test]
fn the_line_that_costs_most_has_most_samples() {
    let bench = Bench::new("profile-lines");
    write_baskets(&bench.path("behind.root"));
    // One line with sixty sines, between others.
    let heavy = format!("{}last{}", "sin(".repeat(60), ")".repeat(60));
    let text = format!(
        "adl 2026\ndefine half = last / 2\ndefine heavy = {heavy}\nregion all\n  select near > 0\n  \
         histo h, \"h\", 10, -1, 1, heavy\n  histo half, \"half\", 10, 0, 1, half\n"
    );
    bench.write("heavy.adl", text);
    for threads in ["1", "2"] {
        let document = profile(&bench, &["heavy.adl", "behind.root", "-j", threads]);
        let lines = document["lines"].as_array().unwrap();
        let most = lines.iter().max_by(|a, b| a["share"].as_f64().unwrap().total_cmp(&b["share"].as_f64().unwrap()));
        let most = most.unwrap();
        assert_eq!((most["line"].as_u64(), &most["text"].as_str().unwrap()[..13]), (Some(3), "define heavy "));
        assert!(most["share"].as_f64().unwrap() > 0.5, "{document:#}");
        assert!(document["samples"].as_u64().unwrap() > 10, "{document:#}");
        assert!(lines.iter().all(|l| l["file"] == "heavy.adl" && (2..=7).contains(&l["line"].as_u64().unwrap())));
    }
    let printed = bench.succeeds(&["profile", "heavy.adl", "behind.root"]).out;
    assert!(printed.lines().any(|l| l.contains('%') && l.contains("    3  define heavy = sin(sin(")), "{printed}");
}

/// What the made-up files and the examples are counted with.
const COUNTS: &str = "\
adl 2026
object jets
  take Jet
  select pt > 60
  select abs(eta) < 2.4
  reject any(dR(this, Muon) < 0.4)
define HT = sum(pt(jets))
best dijet by abs(mass - 80.4) from disjoint(jets a, jets b)

region loose
  select size(jets) >= 2
  histo ht, \"HT\", 20, 0, 1000, HT

region tight
  select size(jets) >= 2
  select HT > 200
  reject mass(dijet) > 100
  histo mass, \"mass\", 20, 0, 200, mass(dijet)
  histo met, \"MET\", 20, 0, 200, MET
";

/// The cuts of that by other words, and the number of pairs as a weight.
const EXPECTED: &str = "\
adl 2026
object central
  take Jet
  select pt > 60 and abs(eta) < 2.4
object jets
  take central
  reject any(dR(this, Muon) < 0.4)
define HT = sum(pt(jets))
region two
  select size(central) >= 2
region some
  select size(jets) >= 2
  select HT > 200
  weight pairs size(jets) * (size(jets) - 1) / 2
";

/// Of each line: how many events come to it, pass it, and the combinations.
fn counts_of(profile: &Value) -> Vec<(u64, [Option<u64>; 3])> {
    let lines = profile["lines"].as_array().unwrap();
    let of = |line: &Value| ["events", "passed", "combinations"].map(|field| line[field].as_u64());
    lines.iter().map(|line| (line["line"].as_u64().unwrap(), of(line))).collect()
}

#[test]
fn events_of_lines_are_counted() {
    let bench = Bench::new("profile-counts");
    bench.write("behind.adl", BEHIND);
    write_baskets(&bench.path("behind.root"));
    bench.write("counts.adl", COUNTS);
    bench.write("expected.adl", EXPECTED);
    let ttbar = example("data/ttbar.root");
    let expected = counts_of(&profile(&bench, &["expected.adl", &ttbar]));
    let passed = |line: u64| expected.iter().find(|(at, _)| *at == line).unwrap().1[1].unwrap();
    bench.succeeds(&["run", "expected.adl", &ttbar, "-o", "sums"]);
    let rows = bench.json("sums/cutflow.json")["regions"]["some"].clone();
    let pairs = rows.as_array().unwrap().iter().find(|row| row.to_string().contains("weight pairs")).unwrap();
    let mut all = None;
    for threads in ["1", "2", "4"] {
        let made = counts_of(&profile(&bench, &["behind.adl", "behind.root", "-j", threads]));
        let row = |events, passed| [Some(events), passed, None];
        assert_eq!(
            made,
            [
                (2, row(40_960, None)),
                (3, row(40_960, Some(2))),
                (4, row(2, None)),
                (5, row(2, Some(1))),
                (6, row(1, None))
            ]
        );
        let counted = counts_of(&profile(&bench, &["counts.adl", &ttbar, "-j", threads]));
        let of = |line: u64| counted.iter().find(|(at, _)| *at == line).unwrap().1;
        // Every event comes to the first two cuts on jets, which are computed together; those with two jets that pass
        // both, which a region needs, to the third, which loops.
        let events = of(4)[0].unwrap();
        assert_eq!((of(4)[0], of(5)[0], of(6)[0]), (of(11)[0], Some(events), Some(passed(10))));
        assert!(passed(10) < events && passed(12) < events && passed(13) < passed(12));
        assert_eq!((of(11)[1], of(12)[0], of(15)[1]), (Some(passed(12)), Some(passed(12)), Some(passed(12))));
        assert_eq!((of(16)[0], of(16)[1], of(17)[0]), (Some(passed(12)), Some(passed(13)), Some(passed(13))));
        assert_eq!((of(18)[0], of(19)[0]), (of(17)[1], of(17)[1]));
        // The pairs of the events that come to the cut on their best.
        assert_eq!(of(8)[0], Some(passed(13)));
        let number = of(8)[2].unwrap();
        assert_eq!(pairs["sumw"].as_f64(), Some(number as f64), "{pairs}");
        assert_eq!(*all.get_or_insert_with(|| counted.clone()), counted);
    }
}

/// A printed profile without what differs from run to run: times, samples, memory; the columns in the order of their names.
fn masked_text(printed: &str) -> String {
    let timeless =
        |token: &str| if token.contains('.') && token.parse::<f64>().is_ok() { "T" } else { token }.to_owned();
    let mut masked: Vec<String> = Vec::new();
    let mut columns: Vec<String> = Vec::new();
    let mut section = "";
    for line in printed.lines() {
        let starts = ["before the first", "event loop", "column ", "compute and fill", "hints"];
        let heads = starts.iter().find(|start| line.starts_with(**start));
        section = heads.copied().unwrap_or(section);
        let is_head = heads.is_some() || line.is_empty();
        if section == "column " && !is_head && !line.contains("not needed") {
            // Bytes are the same in each run; four times follow.
            let mut tokens: Vec<&str> = line.split_whitespace().collect();
            tokens.truncate(6);
            columns.push(format!("{} T T T T", tokens.join(" ")));
            continue;
        }
        if section == "column " && !is_head {
            columns.push(line.split_whitespace().collect::<Vec<_>>().join(" "));
            continue;
        }
        if !columns.is_empty() {
            let total = columns.iter().position(|row| row.starts_with("total ")).map(|at| columns.remove(at));
            columns.sort();
            masked.append(&mut columns);
            masked.extend(total);
        }
        masked.push(match section {
            "compute and fill" if line.starts_with(section) => {
                line.split_whitespace().map(timeless).collect::<Vec<_>>().join(" ")
            }
            // The name of a file; a share ends with a sign.
            "compute and fill" if line.starts_with("  ") && !line.starts_with("   ") && !line.contains(" % ") => {
                line.to_owned()
            }
            "compute and fill" => line.chars().enumerate().map(|(i, c)| if i < 9 { ' ' } else { c }).collect(),
            "" => line.split_whitespace().map(timeless).collect::<Vec<_>>().join(" "),
            _ => {
                let indent = line.len() - line.trim_start().len();
                format!("{}{}", &line[..indent], line.split_whitespace().map(timeless).collect::<Vec<_>>().join(" "))
            }
        });
    }
    let text = masked.join("\n") + "\n";
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    // "12 MB", "31 samples".
    for at in 1..words.len() {
        if words[at] == "MB" && words[at - 1].parse::<f64>().is_ok() || words[at].starts_with("sample") {
            words[at - 1] = words[at - 1].replace(|c: char| c.is_ascii_digit(), "");
            words[at] = words[at].replace("samples", "sample");
        }
    }
    words.join(" ").lines().map(str::trim_end).collect::<Vec<_>>().join("\n") + "\n"
}

#[test]
fn the_table_is_what_it_was() {
    let bench = Bench::new("profile-table");
    bench.write("counts.adl", COUNTS);
    std::fs::copy(example("data/ttbar.root"), bench.path("ttbar.root")).unwrap();
    let printed = bench.succeeds(&["profile", "counts.adl", "ttbar.root"]).out;
    let masked = masked_text(&printed);
    let path = root().join("compiler/tests/profile/table.txt");
    if std::env::var_os("ADL_UPDATE").is_some() {
        std::fs::write(&path, &masked).unwrap();
    }
    assert_eq!(masked, std::fs::read_to_string(&path).unwrap_or_default(), "run this test with ADL_UPDATE=1");
}

#[test]
fn columns_add_up_to_the_stages() {
    let bench = Bench::new("profile-sums");
    let document = profile(&bench, &[&example("zmumu.adl"), &example("data/dy.root")]);
    for stage in ["read", "decompress", "decode"] {
        let columns = document["columns"].as_array().unwrap();
        let sum: f64 = columns.iter().map(|column| column["seconds"][stage].as_f64().unwrap()).sum();
        let stages = document["loop"].as_array().unwrap();
        let of_stage = stages.iter().find(|s| s["stage"] == stage).unwrap()["seconds"].as_f64().unwrap();
        assert!((sum - of_stage).abs() < 1e-9 && sum > 0.0, "{stage}: {sum} {of_stage}");
    }
    let all: f64 = document["loop"].as_array().unwrap().iter().map(|s| s["seconds"].as_f64().unwrap()).sum();
    let cpu = document["loop_cpu_seconds"].as_f64().unwrap();
    // The clock goes on where a processor works; both are read at slightly different moments.
    assert!(cpu > 0.0 && cpu <= 1.1 * all + 1e-3, "{cpu} {all}");
    assert!(document["start"].as_array().unwrap().iter().all(|s| s["cpu_seconds"].as_f64().unwrap() > 0.0));
}

#[test]
fn a_counter_that_the_lists_tell_is_no_saving() {
    let bench = Bench::new("profile-counter");
    bench.write("save.adl", "adl 2026\nregion all\n  select size(Jet) >= 0\n  save skim rntuple\n");
    bench.write("pt.adl", "adl 2026\nregion all\n  histo pt, \"pt\", 10, 0, 100, pt(Jet)\n");
    bench.write("size.adl", "adl 2026\nregion all\n  histo n, \"n\", 10, 0, 10, size(Jet)\n");
    bench.succeeds(&["run", "save.adl", &example("data/ttbar.root")]);
    let skim = "out/saved/all/skim.root";
    let of = |analysis: &str| {
        let document = profile(&bench, &[analysis, skim]);
        let columns = document["columns"].as_array().unwrap();
        columns.iter().find(|column| column["column"] == "nJet").unwrap().clone()
    };
    let told = of("pt.adl");
    assert_eq!((told["sizes_from"].as_str(), told["pieces_read"].as_u64()), (Some("Jet_pt"), Some(0)), "{told}");
    let read = of("size.adl");
    assert!(read["sizes_from"].is_null() && read["pieces_read"].as_u64().unwrap() > 0, "{read}");
    let printed = bench.succeeds(&["profile", "pt.adl", skim]).out;
    let total = printed.lines().find(|line| line.starts_with("total ")).unwrap();
    assert!(printed.contains("nJet   not needed: the lists of Jet_pt tell their sizes"), "{printed}");
    assert_eq!(total.split_whitespace().nth(2), Some("0"), "{total}");
}

/// The hints of an analysis.
fn hints(bench: &Bench, text: &str, file: &str) -> Vec<String> {
    bench.write("hinted.adl", text);
    let document = profile(bench, &["hinted.adl", file]);
    let hints = document["hints"].as_array().unwrap().iter().map(|hint| hint.as_str().unwrap().to_owned());
    // How long decompressing takes is another matter.
    hints.filter(|hint| !hint.starts_with("decompressing")).collect()
}

/// The hints of a run in which there are some: they rest on samples, of which there are too few where other programs keep
/// the processors busy.
fn sampled(hints: impl Fn() -> Vec<String>) -> Vec<String> {
    (0..10).map(|_| hints()).find(|hints| !hints.is_empty()).unwrap_or_default()
}

#[test]
fn a_column_that_few_events_need_is_hinted_at() {
    let bench = Bench::new("profile-hint-column");
    write_baskets(&bench.path("behind.root"));
    let of = |early: &str, cut: &str| {
        let text = format!(
            "adl 2026\nregion all\n  histo early, \"x\", 10, 0, 1, {early}\nregion rare\n  select {cut}\n  \
             histo late, \"x\", 10, 0, 1, far * last\n"
        );
        hints(&bench, &text, "behind.root")
    };
    let found = of("far", "trigger == 1");
    assert_eq!(found.len(), 1, "{found:?}");
    for part in ["`far`, ", "for all events because of line 3; line 6 needs only 2", "at most 4 of its 20 baskets"] {
        assert!(found[0].contains(part), "{found:?}");
    }
    // Not if many events come there, nor if nothing else needs it.
    assert_eq!(of("far", "near > 0.5"), [""; 0]);
    assert_eq!(of("near", "trigger == 1"), [""; 0]);
}

#[test]
fn baskets_that_are_read_for_one_event_are_hinted_at() {
    let bench = Bench::new("profile-hint-large");
    bench.write("behind.adl", BEHIND);
    let of = |basket: usize, fires: &dyn Fn(usize) -> bool| {
        write_columns(&bench.path("large.root"), 2 * EVENTS, basket, fires);
        hints(&bench, BEHIND, "large.root")
    };
    // One event in each of the two baskets.
    let found = of(EVENTS, &|at| at % EVENTS == 5000);
    let of_far = found.iter().find(|hint| hint.contains("`far`")).unwrap();
    let part = "needed for at most 2 events (line 4), but each of its baskets holds 40960: in a file with smaller";
    assert!(of_far.contains(part), "{found:?}");
    // Not if baskets are small enough to be skipped, nor if many events come there.
    assert_eq!(of(2048, &|at| at % EVENTS == 5000), [""; 0]);
    assert_eq!(of(EVENTS, &|at| at % 4 == 0), [""; 0]);
}

#[test]
fn a_slow_codec_is_hinted_at_whatever_the_format() {
    let bench = Bench::new("profile-hint-codec");
    bench.write("x.adl", "adl 2026\nregion all\n  histo x, \"x\", 10, 0, 1, x\n");
    let profiles = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/profile");
    let of = |file: &str, text: &str| {
        let names: Vec<String> = (0..20).map(|number| format!("{number}.root")).collect();
        for name in &names {
            std::fs::copy(profiles.join(file), bench.path(name)).unwrap();
        }
        let arguments: Vec<&str> = [text].into_iter().chain(names.iter().map(String::as_str)).collect();
        let hints = profile(&bench, &arguments)["hints"].clone();
        hints.as_array().unwrap().iter().any(|hint| hint.as_str().unwrap().starts_with("decompressing lzma takes "))
    };
    assert!(of("lzma_ntuple.root", "x.adl"));
    bench.write("far.adl", "adl 2026\nregion all\n  histo far, \"x\", 10, 0, 1, far\n");
    assert!(!of("behind_ntuple.root", "far.adl"));
}

/// Sixty sines of something.
fn sines(of: &str) -> String {
    format!("{}{of}{}", "sin(".repeat(60), ")".repeat(60))
}

#[test]
fn a_cheap_cut_behind_a_dear_one_is_hinted_at() {
    let bench = Bench::new("profile-hint-cut");
    write_baskets(&bench.path("behind.root"));
    let of = |cuts: [&str; 3]| {
        let cuts = cuts.map(|cut| format!("  {cut}\n")).concat();
        let text = format!(
            "adl 2026\ndefine dear = {}\nregion slow\n{cuts}  histo far, \"x\", 10, 0, 1, far\n",
            sines("last")
        );
        hints(&bench, &text, "behind.root")
    };
    let (dear, cheap, other) = ("select dear > -2", "select trigger == 1", "select near > 0");
    let found = sampled(|| of([other, dear, cheap]));
    assert_eq!(found.len(), 1, "{found:?}");
    for part in ["line 6 rejects 40958 of the 40960 events", "above line 5 it would spare these events line 2,"] {
        assert!(found[0].contains(part), "{found:?}");
    }
    // It stands there already; a histogram stands between; it rejects nothing.
    assert_eq!(of([cheap, dear, other]), [""; 0]);
    assert_eq!(of([dear, "histo all, \"x\", 10, 0, 1, near", cheap]), [""; 0]);
    assert_eq!(of([dear, other, "select near < 2"]), [""; 0]);
}

#[test]
fn loops_over_combinations_are_hinted_at() {
    let bench = Bench::new("profile-hint-loop");
    let of = |cut: &str| {
        let text = format!(
            "adl 2026\nbest three by {} from disjoint(Jet a, Jet b, Jet c)\nregion all\n  select {cut}\n  \
             histo pt, \"pt\", 10, 0, 100, pt(three)\n",
            sines("(a.pt + b.pt * c.eta)")
        );
        hints(&bench, &text, &example("data/ttbar.root"))
    };
    let found = sampled(|| of("size(Jet) >= 3"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("line 2 takes ") && found[0].contains(" triples, "), "{found:?}");
    // One triple in each event.
    assert_eq!(of("size(Jet) == 3"), [""; 0]);
}

#[test]
fn the_readme_and_the_help_show_what_happens() {
    let bench = Bench::new("profile-readme");
    std::fs::create_dir_all(bench.path("examples/data")).unwrap();
    std::fs::copy(example("data/dy.root"), bench.path("examples/data/dy.root")).unwrap();
    std::fs::copy(example("zmumu.adl"), bench.path("examples/zmumu.adl")).unwrap();
    let printed = bench.succeeds(&["profile", "examples/zmumu.adl", "examples/data/dy.root"]).out;
    let begin = printed.find("compute and fill, ").unwrap();
    let path = root().join("README.md");
    let mut readme = std::fs::read_to_string(&path).unwrap();
    let start = readme.find("```text\ncompute and fill, ").unwrap() + "```text\n".len();
    let end = start + readme[start..].find("```").unwrap();
    if std::env::var_os("ADL_UPDATE").is_some() {
        readme.replace_range(start..end, &printed[begin..]);
        std::fs::write(path, readme).unwrap();
    } else {
        assert_eq!(masked_text(&readme[start..end]), masked_text(&printed[begin..]), "run this test with ADL_UPDATE=1");
    }
    let help = bench.succeeds(&["profile", "--help"]).out;
    let shown = help.split("prints, among others:\n").nth(1).unwrap();
    let shown: Vec<&str> = shown.lines().filter(|line| !line.is_empty()).collect();
    assert!(shown.len() >= 6);
    let of_line = |line: &str| line.get(9..).unwrap_or("").trim_end().to_owned();
    for line in &shown[1..] {
        assert!(printed.lines().any(|printed| of_line(printed) == of_line(line)), "{line:?} in\n{printed}");
    }
}
