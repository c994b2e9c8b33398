//! `--compat cutlang` on the command line.

#![allow(clippy::unwrap_used)] // A test that cannot be run fails.

mod binary;

/// Draws accept and reject with the probability of the table, to 4 standard deviations over the sample events, per event
/// and per object; the same of them on any number of threads, in any chunks, in both engines.
#[test]
fn random_acceptance_is_the_efficiency() {
    let bench = Bench::new("applyhm");
    let text = "adl legacy
table eff
  tabletype efficiency
  nvars 1
  errors false
  0.3  0 100000
object tagged : JET
  select applyHM( eff(pT(JET)) == 1 )
object untagged : JET
  select applyHM( eff(pT(JET)) == 0 )
region all
  select ALL
  histo jets, \"all\", 1, 0, 100000, pT(JET)
  histo tagged, \"tagged\", 1, 0, 100000, pT(tagged)
  histo untagged, \"untagged\", 1, 0, 100000, pT(untagged)
region accepted
  select applyHM( eff(MET) == 1 )
region refused
  select applyHM( eff(MET) == 0 )
";
    bench.write("hm.adl", text);
    let ttbar = example("data/ttbar.root");
    bench.succeeds(&["run", "hm.adl", &ttbar, "-q", "-o", "one", "-j", "1"]);
    for (name, arguments) in [("many", ["-j", "4", "--chunk", "17"]), ("slow", ["--no-jit", "-q", "-j", "2"])] {
        let run = [&["run", "hm.adl", ttbar.as_str(), "-o", name][..], &arguments[..]].concat();
        bench.succeeds(&run);
        for file in ["cutflow.json", "histograms.json"] {
            assert!(bench.bytes(&format!("one/{file}")) == bench.bytes(&format!("{name}/{file}")), "{name}/{file}");
        }
    }
    let cutflow = bench.json("one/cutflow.json");
    let events = |region: &str, row: usize| cutflow["regions"][region][row]["events"].as_f64().unwrap();
    let histograms = bench.json("one/histograms.json");
    let filled = |name: &str| {
        let values = &histograms[format!("all/{name}")]["storage"]["values"];
        values.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).sum::<f64>()
    };
    for (all, passed, probability) in [
        (events("all", 0), events("accepted", 1), 0.3),
        (events("all", 0), events("refused", 1), 0.7),
        (filled("jets"), filled("tagged"), 0.3),
        (filled("jets"), filled("untagged"), 0.7),
    ] {
        let sigma = f64::sqrt(all * probability * (1.0 - probability));
        assert!(all >= 1000.0, "{all} draws");
        assert!((passed - all * probability).abs() < 4.0 * sigma, "{passed} of {all} instead of {probability}");
    }
}

use binary::{Bench, example};

const ANALYSIS: &str = "adl legacy\nregion r\n  select ALL\n  weight xs 0.0123\n  select pT(Jet[0]) > 0\n";

#[test]
fn weights_are_kept_in_32_bits() {
    let bench = Bench::new("compat");
    bench.write("a.adl", ANALYSIS);
    let dy = example("data/dy.root");
    bench.write("b.adl", "adl 2026\nregion r\n  select MET > 0\n");
    bench.fails(2, &["check", "b.adl", &dy, "--compat", "cutlang"], &["for legacy analyses"]);
    let weight = |options: &[&str]| {
        let arguments = [&["run", "a.adl", &dy, "-o", "out"], options].concat();
        let said = bench.succeeds(&arguments);
        let row = bench.json("out/cutflow.json")["regions"]["r"][2].clone();
        (row["sumw"].as_f64().unwrap() / row["events"].as_f64().unwrap(), said.err)
    };
    let (plain, said) = weight(&[]);
    assert!((plain - 0.0123).abs() < 1e-14, "{plain}");
    assert!(!said.contains("compat"), "{said}");
    let (kept, said) = weight(&["--compat", "cutlang"]);
    assert!((kept - f64::from(0.0123_f32)).abs() < 1e-14, "{kept}");
    for part in ["compat cutlang: constants of weights", "not as CutLang: an element by its place"] {
        assert!(said.contains(part), "{said}");
    }
}
