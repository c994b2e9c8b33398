//! What README.md shows is what happens: its program is `examples/zmumu.adl`, its outputs are those of real runs.
//! `ADL_UPDATE=1` rewrites them.

#![allow(clippy::unwrap_used)] // A test that cannot be run fails.

mod binary;

use binary::{Bench, example, root};

/// The line that says how long the run took.
const TIMES: &str = " events in ";

#[test]
fn the_readme_shows_what_happens() {
    let bench = Bench::new("readme");
    std::fs::create_dir_all(bench.path("examples/data")).unwrap();
    std::fs::copy(example("data/dy.root"), bench.path("examples/data/dy.root")).unwrap();
    let program = std::fs::read_to_string(example("zmumu.adl")).unwrap();
    bench.write("examples/zmumu.adl", &program);
    let run = bench.succeeds(&["run", "examples/zmumu.adl", "examples/data/dy.root", "--draw", "dimuon/mass"]);
    assert_eq!(run.err, "", "the example says nothing but its result");

    let wrong =
        program.replace("pfRelIso04_all", "pfRelIso4_all").replace("pt(goodMuons[0]) > 26", "pt(goodMuons) > 26");
    bench.write("examples/zmumu.adl", wrong);
    let messages = bench.adlc(&["check", "examples/zmumu.adl", "examples/data/dy.root"]);
    assert_eq!(messages.code, 3);

    let path = root().join("README.md");
    let mut readme = std::fs::read_to_string(&path).unwrap();
    let shown = [("```text\n", 0, run.out), ("```adl\n", 0, program), ("```text\n", 1, messages.err)];
    for (fence, number, expected) in shown {
        let (begin, end) = block(&readme, fence, number);
        let expected = tidy(&expected);
        if std::env::var_os("ADL_UPDATE").is_some() {
            readme.replace_range(begin..end, &expected);
        } else {
            let timeless =
                |text: &str| text.lines().filter(|l| !l.contains(TIMES)).map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(timeless(&readme[begin..end]), timeless(&expected), "run this test with ADL_UPDATE=1");
        }
    }
    if std::env::var_os("ADL_UPDATE").is_some() {
        std::fs::write(path, readme).unwrap();
    }
}

#[test]
fn the_exit_codes_are_those_of_the_help() {
    let help = Bench::new("readme-codes").succeeds(&["--help"]).out;
    let said: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Exit codes:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .map(|line| line.trim().trim_end_matches(" (may work later)"))
        .collect();
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let shown: Vec<String> = readme
        .lines()
        .skip_while(|line| !line.starts_with("| exit code |"))
        .skip(2)
        .take_while(|line| line.starts_with("| "))
        .map(|line| line.split('|').map(str::trim).collect::<Vec<_>>()[1..3].join(" "))
        .collect();
    assert_eq!(said, shown);
}

/// Functions of the standard library that are parts of others.
const PARTS: [&str; 9] = [
    "shape",
    "neutrinoShare",
    "signedRoot",
    "mt2OfComponents",
    "relativeResolution",
    "angularResolution",
    "variance",
    "covarianceMixed",
    "significance",
];

#[test]
fn every_function_is_in_the_list() {
    let list = std::fs::read_to_string(root().join("grammar/README.md")).unwrap();
    let mut functions = 0;
    for (file, text) in adlc::stdlib::FUNCTIONS {
        for definition in text.lines().filter_map(|line| line.strip_prefix("define ")) {
            let name: String = definition.chars().take_while(char::is_ascii_alphanumeric).collect();
            if PARTS.iter().any(|part| name.starts_with(part)) {
                continue;
            }
            functions += 1;
            let listed = list.contains(&format!("`{name}`")) || list.contains(&format!("`{name}("));
            assert!(listed, "{name} of {file} is not in the functions of grammar/README.md");
        }
    }
    assert!(functions > 40, "only {functions} functions");
}

/// Without spaces at the ends of lines, and without empty lines at either end.
fn tidy(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    format!("{}\n", lines.join("\n").trim_matches('\n'))
}

/// Where the text of a fenced block is.
fn block(text: &str, fence: &str, number: usize) -> (usize, usize) {
    let begin = text.match_indices(fence).nth(number).unwrap().0 + fence.len();
    (begin, begin + text[begin..].find("```").unwrap())
}
