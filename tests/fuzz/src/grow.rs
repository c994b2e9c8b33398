//! Texts that grow in one way: `n` brackets, `n` lines, `n` errors. Twice the text may take twice the steps, and hardly
//! more.

/// A way to grow.
pub struct Growth {
    /// What grows.
    pub name: &'static str,
    /// The text of a size, without its edition.
    pub text: fn(usize) -> String,
    /// Sizes are counted in units of this, so that all ways take about the same number of steps.
    pub unit: usize,
}

const fn growth(name: &'static str, unit: usize, text: fn(usize) -> String) -> Growth {
    Growth { name, text, unit }
}

fn around(before: &str, open: &str, inner: &str, close: &str, n: usize) -> String {
    format!("{before}{}{inner}{}\n", open.repeat(n), close.repeat(n))
}

fn define(many: &str, n: usize) -> String {
    format!("define x = a{}\n", many.repeat(n))
}

fn lines(first: &str, line: &str, n: usize) -> String {
    format!("{first}\n{}", format!("{line}\n").repeat(n))
}

fn each(n: usize, line: impl Fn(usize) -> String) -> String {
    (0..n).map(|i| line(i) + "\n").collect()
}

/// All ways.
pub const WAYS: &[Growth] = &[
    growth("round brackets", 100, |n| around("define x = ", "(", "a", ")", n)),
    growth("calls", 100, |n| around("define x = ", "f(", "a", ")", n)),
    growth("square brackets", 100, |n| around("define x = ", "a[", "a", "]", n)),
    growth("curly brackets", 100, |n| around("define x = ", "{", "a", "}", n)),
    growth("bars", 100, |n| around("define x = ", "| ", "a", " |", n)),
    growth("bars side by side", 100, |n| define(" |a|", n)),
    growth("questions", 100, |n| around("define x = ", "a ? ", "a", " : a", n)),
    growth("questions in a row", 100, |n| define(" ? a : a", n)),
    growth("questions before brackets", 100, |n| format!("define x = {}{}\n", "a ? ".repeat(n), "][".repeat(n))),
    growth("unclosed round", 100, |n| around("define x = ", "(", "a", "", n)),
    growth("unclosed calls", 100, |n| around("define x = ", "f(", "a", "", n)),
    growth("unclosed square", 100, |n| around("define x = ", "a[", "a", "", n)),
    growth("unclosed curly", 100, |n| around("define x = ", "{", "a", "", n)),
    growth("unclosed bars", 100, |n| around("define x = ", "| ", "a", "", n)),
    growth("unopened brackets", 100, |n| around("define x = ", "", "a", ")", n)),
    growth("unclosed statements", 100, |n| lines("adl", "define x = (", n)),
    growth("unclosed strings", 100, |n| lines("adl", "define x = \"", n)),
    growth("strings in a line", 100, |n| format!("define x = f(a{})\n", ", \"t\"".repeat(n))),
    growth("sums", 100, |n| define(" + a", n)),
    growth("short sums", 20, |n| each(n, |i| format!("define x{i} = 1{}", " + MET_pt".repeat(50)))),
    growth("powers", 100, |n| define("^a", n)),
    growth("signs", 100, |n| define(" - - a", n)),
    growth("negations", 100, |n| format!("define x = {}a\n", "not ".repeat(n))),
    growth("conditions", 100, |n| define(" and a", n)),
    growth("alternatives", 100, |n| define(" or a < a", n)),
    growth("comparisons", 100, |n| define(" < a", n)),
    growth("attributes", 100, |n| define(".a", n)),
    growth("positions", 100, |n| define("[0]", n)),
    growth("values side by side", 100, |n| define(" a", n)),
    growth("arguments", 100, |n| format!("define x = f(a{})\n", ", a".repeat(n))),
    growth("values of a list", 100, |n| format!("define x = a in (1{})\n", ", 2".repeat(n))),
    growth("edges", 100, |n| format!("histoList l\n  histo h, \"h\",{} 1, MET_pt\n", " 1".repeat(n))),
    growth("edges, one in a line", 100, |n| lines("region r\n  bins MET_pt", "    1", n)),
    growth("arguments, one in a line", 100, |n| format!("define x = f(a{})\n", ",\n  a".repeat(n))),
    growth("names, one in a line", 100, |n| lines("region r\n  bins MET_pt", "    a", n)),
    growth("sums, one in a line", 100, |n| lines("define x = a", "  + a", n)),
    growth("waiting lines", 100, |n| lines("define x = a", "  a where", n)),
    growth("rows", 100, |n| lines("table t\n  nvars 1\n  outside clamp", "  1 2 3", n)),
    growth("unknown lines", 100, |n| lines("region r\n  select MET_pt > 1", "  selct MET_pt > 1", n)),
    growth("unknown words", 100, |n| lines("adl", "regin a", n)),
    growth("misplaced lines", 100, |n| lines("object o\n  take Jet", "  weight w 1", n)),
    growth("broken lines", 100, |n| lines("object o\n  take Jet", "  select pt >", n)),
    growth("broken blocks", 100, |n| lines("adl", "object\n  take\n  select", n)),
    growth("unexpected characters", 100, |n| lines("adl", "define x = $ + 1", n)),
    growth("blank lines", 1000, |n| lines("adl", "", n)),
    growth("comments", 1000, |n| lines("adl", "# (", n)),
    growth("blanks", 1000, |n| format!("define x = MET_pt {}+ 1\n", " ".repeat(n))),
    growth("comments in a statement", 100, |n| format!("define x = f(\n{}a)\n", "# a\n".repeat(n))),
    growth("long names", 1000, |n| format!("define {0} = 1\ndefine y = {0} + {0}b\n", "a".repeat(n))),
    growth("long texts", 1000, |n| format!("region r\n  histo h, \"{}\", 10, 0, 1, MET_pt\n", "a".repeat(n))),
    growth("unknown names", 20, |n| each(n, |i| format!("define x{i} = unknown{i} + 1"))),
    growth("the same definition", 20, |n| lines("adl", "define x = MET_pt", n)),
    growth("definitions", 20, |n| each(n, |i| format!("define x{i} = MET_pt + {i}"))),
    growth("definitions of each other", 10, |n| {
        let first = "define x0 = MET_pt\n".to_owned();
        first + &each(n, |i| format!("define x{} = x{i} + x{i}", i + 1))
    }),
    growth("definitions in a circle", 10, |n| each(n, |i| format!("define x{i} = x{} + 1", (i + 1) % n))),
    growth("functions of each other", 5, |n| {
        let first = "define f0(a) = a + MET_pt\n".to_owned();
        let all = each(n, |i| format!("define f{}(a) = f{i}(a + 1)", i + 1));
        format!("{first}{all}region r\n  select f{n}(1) > 2\n")
    }),
    growth("objects of each other", 5, |n| {
        let first = "object o0\n  take Jet\n".to_owned();
        let all = each(n, |i| format!("object o{}\n  take o{i}\n  select pt > {i}", i + 1));
        format!("{first}{all}region r\n  select size(o{n}) > 2\n")
    }),
    growth("objects", 10, |n| each(n, |i| format!("object o{i}\n  take Jet\n  select pt > {i}"))),
    growth("cuts", 20, |n| "region r\n".to_owned() + &each(n, |i| format!("  select MET_pt > {i}"))),
    growth("cuts on objects", 10, |n| {
        let cuts = each(n, |i| format!("  select size(o) > {i} and pt(o[{}]) > {i}", i % 7));
        format!("object o\n  take Jet\n  select pt > 30\nregion r\n{cuts}")
    }),
    growth("rejections of near objects", 5, |n| {
        "object o\n  take Jet\n".to_owned() + &each(n, |i| format!("  reject any(dR(this, Muon) < 0.{i})"))
    }),
    growth("weights", 20, |n| "region r\n".to_owned() + &each(n, |i| format!("  weight w{i} MET_pt + {i}"))),
    growth("histograms", 10, |n| {
        "region r\n".to_owned() + &each(n, |i| format!("  histo h{i}, \"h\", 10, 0, 100, MET_pt + {i}"))
    }),
    growth("bins", 10, |n| "region r\n".to_owned() + &each(n, |i| format!("  bin \"b{i}\" MET_pt [] {i} {}", i + 1))),
    growth("regions", 10, |n| each(n, |i| format!("region r{i}\n  select MET_pt > {i}\n  select size(Jet) > 2"))),
    growth("regions of one", 10, |n| {
        let all = each(n, |i| format!("region r{i}\n  take base\n  select MET_pt > {i}"));
        format!("region base\n  select size(Jet) > 2\n  select size(Muon) == 0\n{all}")
    }),
    growth("regions of each other", 5, |n| {
        let first = "region r0\n  select size(Jet) > 2\n".to_owned();
        first + &each(n, |i| format!("region r{}\n  take r{i}\n  select MET_pt > {i}", i + 1))
    }),
    growth("combinations", 5, |n| {
        each(n, |i| format!("composite c{i}\n  take disjoint(Muon a, Muon b)\n  select mass(a + b) > {i}"))
    }),
    growth("searches", 3, |n| {
        let all = each(n, |i| format!("  select mass(Jet[-1] + Jet[-{}]) ~= 91.{i}", i % 3 + 2));
        format!("region r\n{all}")
    }),
    growth("slots", 1, |n| {
        let all: String = (0..n).map(|i| format!(" Jet[-{}]", i + 1)).collect();
        format!("region r\n  select {{{all} }}m ~= 91\n")
    }),
    growth("combs", 3, |n| each(n, |i| format!("object c{i}\n  take comb(Jet[-1] Jet[-2]) alias d{i}"))),
    growth("schemas", 20, |n| each(n, |i| format!("schema s{i}\n  detect c{i}\n  collection X attribute X_*"))),
    growth("allowed lints", 20, |n| lines("region r\n  select MET_pt > 1", "  # adlc: allow bins_overlap", n)),
];
