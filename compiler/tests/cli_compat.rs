//! `--compat cutlang` on the command line.

#![allow(clippy::unwrap_used)] // A test that cannot be run fails.

mod binary;

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
