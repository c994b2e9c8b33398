//! Texts that nobody writes: read without a panic, in steps linear in their length, on a small stack. How many steps is
//! counted by `tests/fuzz`; here a text whose steps are not linear would not end.

use super::super::ast::Edition;
use super::super::{parse, parse_as, print, print_expr};
use super::{render, sample_files, value};
use crate::source::FileId;

const MANY: usize = 100_000;

/// The codes of all messages.
fn codes(text: &str) -> Vec<&'static str> {
    parse(FileId(0), text).1.iter().map(|m| m.code).collect()
}

fn legacy_codes(text: &str) -> Vec<&'static str> {
    parse_as(FileId(0), text, Edition::Legacy).1.iter().map(|m| m.code).collect()
}

fn of(before: &str, many: &str, after: &str) -> String {
    format!("define x = {before}{}{after}\ndefine y = 1\n", many.repeat(MANY))
}

#[test]
fn long_chains_and_deep_nests_give_one_message() {
    let deep = vec!["nested_too_deep"];
    assert_eq!(codes(&format!("define x = {}a{}", "(".repeat(MANY), ")".repeat(MANY))), deep);
    assert_eq!(codes(&format!("define x = {}a{}", "f(".repeat(MANY), ")".repeat(MANY))), deep);
    assert_eq!(codes(&format!("define x = {}a{}", "a[".repeat(MANY), "]".repeat(MANY))), deep);
    assert_eq!(codes(&format!("define x = {}a{}", "a ? ".repeat(MANY), " : b".repeat(MANY))), deep);
    assert_eq!(codes(&of("a", " + a", "")), deep);
    assert_eq!(codes(&of("a", " - -a", "")), deep);
    assert_eq!(codes(&of("a", " and a", "")), deep);
    assert_eq!(codes(&of("a", "^2", "")), deep);
    assert_eq!(codes(&of("a", ".b", "")), deep);
    assert_eq!(codes(&of("a", "[0]", "")), deep);
    assert_eq!(codes(&of("", "- ", "a")), deep);
    assert_eq!(codes(&of("", "not ", "a")), deep);
    assert_eq!(codes(&of("", "a ? b : ", "c")), deep);
    assert_eq!(codes(&format!("region r\n bins {}a 1 2", "-".repeat(MANY))), deep);
    assert_eq!(codes(&of("", "(", "")), ["nested_too_deep"]);
    assert_eq!(codes(&of("", ")", "")), ["unopened_bracket"]);
    assert_eq!(codes(&of("a", " < a", "")), [""; 0]);
    assert_eq!(codes(&of("f(a", ", a", ")")), [""; 0]);
    assert_eq!(codes(&of("a in (1", ", 2", ")")), [""; 0]);
    assert_eq!(codes(&format!("table t\n{}", " 1 2 3\n".repeat(MANY))), [""; 0]);
    assert_eq!(codes(&format!("histoList l\n histo h, \"h\",{} 1, x", " 1".repeat(MANY))), [""; 0]);
}

#[test]
fn depth_up_to_the_limit_is_read_printed_and_dropped() {
    let nests = |open: &str, close: &str| format!("{}a{}", open.repeat(60), close.repeat(60));
    for text in [
        nests("(", ")"),
        nests("f(", ")"),
        nests("(b in ", ")"),
        nests("a[", "]"),
        nests("(1 - -b^", ")"),
        nests("not (b ? c : ", ")"),
        nests("(b [] 1, ", ")"),
        nests("c ? ", " : d"),
        format!("a{}", " + a".repeat(490)),
        format!("a{}", "^a".repeat(490)),
        format!("{}a", "-".repeat(490)),
        format!("{}a", "not ".repeat(490)),
        format!("{}a", "c ? b : ".repeat(490)),
    ] {
        let expr = value(&text);
        assert_eq!(print_expr(&value(&print_expr(&expr))), print_expr(&expr));
    }
}

/// Each pair of brackets is read once: nests that could be read in two ways do not double the time.
#[test]
fn faulty_nests_take_linear_time() {
    for (open, close) in [
        ("(", ")"),
        ("f(", ")"),
        ("f(a, ", ")"),
        ("a[0][", "]"),
        ("a[b ][", "]"),
        ("a in (", ")"),
        ("a [] (", ")"),
        ("a ][ (", ")"),
        ("a ][ 1, (", ")"),
        ("f(n = ", ")"),
        ("f(a where ", ")"),
        ("(a ? ", " : b)"),
    ] {
        let text = format!("region r\n select {}a a{}\n", open.repeat(60), close.repeat(60));
        assert_eq!(codes(&text).len(), 1, "{open}");
        let text = format!("object o\n take {}a a{}\n", open.repeat(60), close.repeat(60));
        codes(&text);
        let text = format!("region r\n bins {} a a{}\n", open.repeat(60), close.repeat(60));
        codes(&text);
        let text = format!("region r\n histo h, \"\", {} a a{}\n", open.repeat(60), close.repeat(60));
        codes(&text);
    }
}

#[test]
fn many_faulty_lines_take_linear_time() {
    let many = 20_000;
    assert_eq!(codes(&format!("object a\n{}", " select pt >\n".repeat(many))).len(), many);
    codes(&format!("object a\n take\n{}", " selct pt\n".repeat(many)));
    codes(&format!("region a\n weight\n{}", " selct\n".repeat(many)));
    codes(&format!("region a\n select a\n{}", " selct a\n".repeat(many)));
    codes(&format!("region a\n select a\n{}", " b\n".repeat(many)));
    codes(&format!("define x = a\n{}", " + weigth\n".repeat(many)));
    codes(&format!("region a\n bins x\n{}", " 1\n select_ 2\n".repeat(many)));
    codes(&"regin a\n".repeat(many));
    codes(&"(\n".repeat(many));
    codes(&"define x = (\n".repeat(many));
    codes(&"define x = \"\n".repeat(many));
}

/// What edition 2026 has no word for: bars and braces nest like brackets, and a call or a branch that cannot be read is
/// not read a second time as something else.
#[test]
fn legacy_nests_take_linear_time() {
    let deep = vec!["nested_too_deep"];
    let around = |open: &str, inner: &str, close: &str, many: usize| {
        format!("define x = {}{inner}{}\n", open.repeat(many), close.repeat(many))
    };
    for (open, close) in [("| ", " |"), ("|", "|"), ("| a + ", " |"), ("|(a|b) * ", " |"), ("{", "}"), ("f(", ")")] {
        assert_eq!(legacy_codes(&around(open, "a", close, MANY)), deep, "{open}");
    }
    for (open, close) in [("f(", ")"), ("\"f\"(", ")"), ("f({", "}m)"), ("(a ? print (", "))"), ("{|a[", "]|}m")] {
        assert_eq!(legacy_codes(&around(open, "a +", close, 30)).len(), 1, "{open}");
    }
    assert_eq!(legacy_codes(&format!("define x = a in (1{})\n", ", 2".repeat(MANY))), [""; 0]);
    // Strings in one line, more `?` than may be nested before signs that end ranges, and lines of one statement.
    codes(&format!("define x = f(a{})\n", ", \"t\"".repeat(MANY)));
    assert_eq!(codes(&format!("define x = {}{}\n", "a ? ".repeat(MANY), "][".repeat(MANY))), deep);
    assert_eq!(codes(&format!("region r\n  bins x{}\n", "\n    1".repeat(MANY))), [""; 0]);
}

#[test]
fn odd_texts_are_read() {
    for text in [
        "",
        "\n",
        "\r\n",
        "#",
        "\"",
        "\u{feff}",
        "\u{feff}adl 2026\r\nobject a\r\n\ttake b\r\n",
        "adl",
        "(",
        "\0",
        "\\",
        "é",
    ] {
        let (file, _) = parse(FileId(0), text);
        _ = print(&file);
    }
    assert!(codes("\u{feff}adl 2026\r\nobject a\r\n\ttake b\r\n").is_empty());
}

/// A fixed sequence of pseudo-random numbers (Knuth's MMIX generator).
pub(super) struct Sequence(pub(super) u64);

impl Sequence {
    pub(super) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n.max(1)
    }
}

#[test]
fn mutated_texts_never_panic_and_their_labels_fit() {
    let mut texts: Vec<String> = sample_files().into_iter().map(|(_, text)| text).collect();
    texts.push(super::constructs::EVERYTHING.to_owned());
    let pieces = [
        "(", ")", "[", "]", "][", "[]", "\"", "#", "\n", "\n  ", "\t", "?", ":", ",", "=", "==", "&&", "|", "!", "-",
        "1e5", ".5", "5.", "é", "\u{a0}", " and ", " not ", " in ", " where ", "object ", "region ", "define ",
        "select ", "bins ", "histo ", "schema ", "per bin", "'", "\0", "~=", "{", "*", "^", " . ",
    ];
    let mut random = Sequence(2026);
    for round in 0..20_000 {
        let text = &texts[round % texts.len()];
        let mut bytes = text.as_bytes().to_vec();
        // A window of the text, so that the rounds are short.
        let from = random.below(bytes.len());
        let to = (from + 300).min(bytes.len());
        bytes = bytes[from..to].to_vec();
        for _ in 0..=random.below(6) {
            let at = random.below(bytes.len());
            match random.below(4) {
                0 => drop(bytes.splice(at..at, pieces[random.below(pieces.len())].bytes())),
                1 => drop(bytes.drain(at..(at + random.below(20)).min(bytes.len()))),
                2 if !bytes.is_empty() => bytes[at] = random.below(256) as u8,
                _ => {
                    let end = (at + random.below(40)).min(bytes.len());
                    let copy = bytes[at..end].to_vec();
                    let to = random.below(bytes.len());
                    drop(bytes.splice(to..to, copy));
                }
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        let (file, messages) = parse(FileId(0), &text);
        for message in &messages {
            assert_ne!(message.code, "internal", "{text}");
            for label in &message.labels {
                assert!(text.get(label.span.start as usize..label.span.end as usize).is_some(), "{text}\n{message:?}");
            }
        }
        // What could be read prints as a text without faults, which reads back to the same.
        let printed = print(&file);
        let (again, faults) = parse(FileId(0), &printed);
        assert!(faults.is_empty(), "{text}\n---\n{printed}\n{}", render(&printed, &faults));
        assert_eq!(print(&again), printed, "{text}");
        if round % 20 == 0 {
            assert_eq!(super::without_spans(&file), super::without_spans(&again), "{text}\n---\n{printed}");
        }
    }
}
