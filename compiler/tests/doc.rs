//! `adlc doc`: what it prints for the examples is kept in `tests/doc/` and in README.md (`ADL_UPDATE=1` rewrites it);
//! names and texts that are markup elsewhere; exit codes.

#![allow(clippy::unwrap_used)] // A test that cannot be run fails.

mod binary;

use binary::{Bench, example, root};

/// Names and texts with what Markdown, LaTeX and XML read as markup.
const ODD: &str = r#"adl 2026
info analysis
  title  "50 % of <b>_names_</b> & | $x$ {a} ~ ^ \ #1"
  experiment  A|B
countsformat pub_1
  process est, "S & B_1", stat, syst
  process obs, "observed"
define a_b = (MET^2 - 4 * HT) / (2 * sqrt(MET)) + 2e-5
define MET2 = MET * MET
define f(x, y_z) = x^y_z - (x - y_z)
table eff
  errors true
  outside clamp
  0.85  0.1 0.2  20  50
  0.9   0.1 0.2  50 100
composite Zs
  take disjoint(Muon m1, Muon m2)
  select mass ][ 80 100 and m1.pt > 20
  reject m1.charge == m2.charge or mass < 4
region r_1
  select 10 < MET < 100
  select any(pt(Muon[:2]) > 30 where abs(eta(Muon[:2])) < 2.4)
  select abs(Muon[0].eta) in (1, 2) ? true : MET > 3
  select MET2 > 100
  counts pub_1 6.5 + 3.6 - 0.6 +- 1.1, 5
  print "met %", MET
  select pt(Muon)[0]^2 > 3
  weight w_1 eff(pt(Muon[0])) where isMC
  bin "a & b < c" MET > 100
  bins HT 0 100 200 underflow
  counts pub_1 1 +- 0.5 +- 0.1, 2
  counts pub_1 3 +- 0.5 +- 0.1, 4
  blind MET > 100
  save skim csv MET
  histo h_1, "E_{T}^{miss} & #mu_{a_b}%;x", 10, 0, 100, MET weighted w where MET > 3
"#;

fn kept(name: &str, text: &str) {
    let path = root().join("tests/doc").join(name);
    if std::env::var_os("ADL_UPDATE").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(&path).unwrap_or_default(), "{name}: run this test with ADL_UPDATE=1");
}

#[test]
fn each_format_is_what_it_was() {
    let bench = Bench::new("doc");
    let ttbar = example("ttbar.adl");
    let written = bench.succeeds(&["doc", &ttbar, "--schema", "NanoAOD", "-o", "pages/"]);
    assert_eq!(written.out, "pages/ttbar.md\npages/ttbar.tex\npages/ttbar.svg\n");
    for name in ["ttbar.md", "ttbar.tex", "ttbar.svg"] {
        let text = bench.text(&format!("pages/{name}"));
        kept(name, &text);
        // The same again, and by the name of the file.
        bench.succeeds(&["doc", &ttbar, "--schema", "nanoaod", "-o", name]);
        assert_eq!(bench.text(name), text);
    }
    // A file gives the same units as its schema.
    let of_file = bench.succeeds(&["doc", &ttbar, &example("data/ttbar.root")]).out;
    assert_eq!(of_file, bench.text("ttbar.md"));
    // Without either there are none.
    let bare = bench.succeeds(&["doc", &ttbar]).out;
    assert!(bare.contains("pT > 30<br>") && !bare.contains("GeV"), "{bare}");
}

#[test]
fn the_readme_shows_what_happens() {
    let bench = Bench::new("doc-readme");
    let page = bench.succeeds(&["doc", &example("zmumu.adl"), "--schema", "NanoAOD"]).out;
    let begin = page.find("## Objects").unwrap();
    let end = page.find("## Weights").unwrap();
    let expected = page[begin..end].trim_end();
    let path = root().join("README.md");
    let mut readme = std::fs::read_to_string(&path).unwrap();
    let begin = readme.find("```markdown\n").unwrap() + "```markdown\n".len();
    let end = begin + readme[begin..].find("\n```").unwrap();
    if std::env::var_os("ADL_UPDATE").is_some() {
        readme.replace_range(begin..end, expected);
        std::fs::write(path, readme).unwrap();
    } else {
        assert_eq!(&readme[begin..end], expected, "run this test with ADL_UPDATE=1");
    }
}

#[test]
fn markup_in_names_and_texts_is_escaped() {
    let bench = Bench::new("doc-odd");
    bench.write("odd.adl", ODD);
    bench.succeeds(&["doc", "odd.adl", "--schema", "NanoAOD", "-o", "./"]);
    for name in ["odd.md", "odd.tex", "odd.svg"] {
        kept(name, &bench.text(name));
    }
    let page = bench.text("odd.md");
    assert!(page.starts_with("# 50 % of &lt;b>\\_names\\_&lt;/b> & \\| \\$x\\$ {a} \\~ ^ \\\\ #1\n"), "{page}");
    // Bars in cells are escaped: every row of a table has as many cells as its first.
    let mut cells = 0;
    for line in page.lines() {
        let bars = line.replace("\\|", "").matches('|').count();
        assert!(cells == 0 || bars == 0 || bars == cells, "{line}");
        cells = bars;
    }
    let svg = bench.text("odd.svg");
    assert!(!svg.contains("<b>") && svg.matches('<').count() == svg.matches('>').count(), "{svg}");
}

#[test]
fn latex_is_whole() {
    let bench = Bench::new("doc-latex");
    bench.write("odd.adl", ODD);
    for analysis in ["odd.adl", &example("ttbar.adl"), &example("zmumu.adl"), &example("benchmarks/task8.adl")] {
        let text = bench.succeeds(&["doc", analysis, "--schema", "NanoAOD", "--format", "latex"]).out;
        let mut open = Vec::new();
        for part in text.split('\\') {
            if let Some(name) = part.strip_prefix("begin{") {
                open.push(name.split('}').next().unwrap().to_owned());
            } else if let Some(name) = part.strip_prefix("end{") {
                assert_eq!(open.pop().unwrap(), name.split('}').next().unwrap(), "{text}");
            }
        }
        assert!(open.is_empty(), "{open:?}");
        for line in text.lines() {
            let plain = line.replace("\\\\", "").replace("\\{", "").replace("\\}", "").replace("\\$", "");
            assert_eq!(plain.matches('{').count(), plain.matches('}').count(), "{line}");
            assert_eq!(plain.matches('$').count() % 2, 0, "{line}");
            assert_eq!(plain.matches("\\left").count(), plain.matches("\\right").count(), "{line}");
            assert!(!plain.replace("\\%", "").contains('%'), "{line}");
            // One index and one power each.
            assert!(!line.contains("}}^{\\mathrm{miss}}^"), "{line}");
        }
        let rows = |t: &str| {
            t.lines()
                .filter(|l| l.ends_with("\\\\"))
                .map(|l| l.replace("\\&", "").matches('&').count())
                .collect::<Vec<_>>()
        };
        for table in text.split("\\begin{tabular}").skip(1) {
            let rows = rows(table.split("\\end{tabular}").next().unwrap());
            assert!(rows.windows(2).all(|w| w[0] == w[1]), "{table}");
        }
    }
}

/// A file may store MeV; the numbers of an analysis are GeV.
#[test]
fn units_are_those_of_the_analysis() {
    let bench = Bench::new("doc-units");
    let schema = "schema Mine\n  unit MeV pt\n  unit mm d0\n";
    bench.write(
        "mine.adl",
        format!("adl 2026\n{schema}object jets\n  take Jet\n  select pt > 30 and d0 < 1 and sqrt(pt * pt) > 5\n"),
    );
    let page = bench.succeeds(&["doc", "mine.adl", "--schema", "Mine"]).out;
    assert!(page.contains("pT > 30 GeV<br>d0 < 1 mm<br>√(pT · pT) > 5 GeV"), "{page}");
}

#[test]
fn legacy_files_are_shown_in_edition_2026() {
    let bench = Bench::new("doc-legacy");
    bench.write(
        "old.adl",
        "object jets : JET\n  cmd {JET_}Pt > 30 && |{JET_}Eta| < 2.4\nalgo pre\n  cmd Size(jets) >= 2\nalgo SR\n  pre\n  cmd MET > 100\n",
    );
    let page = bench.succeeds(&["doc", "old.adl"]).out;
    for part in ["| jets ", "| pT", "< 2.4", "| N(jets) | **≥ 2** | ≥ 2       |", "| MET     |         | **> 100** |"]
    {
        assert!(page.contains(part), "{page}");
    }
}

/// What it prints as LaTeX is a document, where there is a pdflatex to try it.
#[test]
fn latex_compiles() {
    let bench = Bench::new("doc-latex-compiles");
    let has_it = std::process::Command::new("pdflatex").arg("--version").output().is_ok_and(|o| o.status.success());
    if !has_it {
        println!("skipped: there is no pdflatex");
        return;
    }
    for name in ["odd.tex", "ttbar.tex"] {
        let text = std::fs::read(root().join("tests/doc").join(name)).unwrap();
        bench.write(name, text);
        let mut latex = std::process::Command::new("pdflatex");
        latex.current_dir(&bench.folder).args(["-interaction=nonstopmode", "-halt-on-error", name]);
        let said = String::from_utf8_lossy(&latex.output().unwrap().stdout).into_owned();
        assert!(said.contains("Output written on"), "{name}: {said}");
        assert!(!said.contains("Missing character"), "{name}: {said}");
    }
}

#[test]
fn faults_end_it() {
    let bench = Bench::new("doc-faults");
    bench.write("wrong.adl", "adl 2026\nregion SR\n  select MET >\n");
    bench.fails(3, &["doc", "wrong.adl"], &["1 error in this analysis"]);
    bench.write("names.adl", "adl 2026\nregion SR\n  select METT > 3\n");
    bench.fails(3, &["doc", "names.adl", &example("data/dy.root"), "-o", "out"], &["METT"]);
    bench.write("right.adl", "adl 2026\nregion SR\n  select MET > 3\n");
    bench.fails(2, &["doc", "right.adl", "--schema", "Nothing"], &["there is no such profile"]);
    bench.fails(8, &["doc", "right.adl", "-o", "absent/page.md"], &["absent/page.md"]);
    bench.fails(3, &["doc", "absent.adl"], &["there is no such file"]);
    // A region that takes itself, and defines that name one another, are refused elsewhere; here they end.
    bench.write(
        "circles.adl",
        "adl 2026\ndefine a = b + 1\ndefine b = a\nobject x\n  take y\nobject y\n  take x\nregion r\n  take s\n  select a > 1\nregion s\n  take r\n",
    );
    bench.succeeds(&["doc", "circles.adl", "--schema", "NanoAOD", "-o", "circles/"]);
}
