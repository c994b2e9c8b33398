//! Messages: each with the text that is shown. Read them aloud.

use super::super::parse;
use super::render;
use crate::source::FileId;

/// A text and its messages: line and column, code, title; the marked text and its label; help.
const CASES: &[(&str, &str)] = &[
    (
        r#"object j
  selct pt > 30"#,
        r#"2:3 unknown_keyword: no statement begins with `selct`
  |selct| not a keyword
  help: a similar keyword exists: `select`"#,
    ),
    (
        r#"regin SR"#,
        r#"1:1 unknown_keyword: no statement begins with `regin`
  |regin| not a keyword
  help: a similar keyword exists: `region`"#,
    ),
    (
        r#"object j
  take Jet
  sort pt descend"#,
        r#"3:3 unknown_keyword: no statement begins with `sort`
  |sort| not a keyword
  help: a sorted collection is taken: take sort(Jet, pt, descend)"#,
    ),
    (
        r#"region SR
  baseline"#,
        r#"2:3 unknown_keyword: no statement begins with `baseline`
  |baseline| not a keyword
  help: another region is taken with: take baseline"#,
    ),
    (
        r#"region SR
  x = 5"#,
        r#"2:3 unknown_keyword: no statement begins with `x`
  |x| not a keyword
  help: a value is named with `define`: define HT = sum(pt(jets))"#,
    ),
    (
        r#"region SR
  jets more"#,
        r#"2:3 unknown_keyword: no statement begins with `jets`
  |jets| not a keyword
  help: the statements of a region: take, select, reject, weight,
  help:   bin, bins, histo, profile, blind, print, save, counts,
  help:   define, best"#,
    ),
    (
        r#"adl legacy
region SR
  select n > 1 ? histo h, "h", 2, 0, 5, n ? print n : ALL"#,
        r#"3:18 syntax: a `?` follows what is neither true nor false
  |histo h, "h", 2, 0, 5, n| something that is done
  help: end the first choice before the next one: n > 1 ? print n : ALL
  help: or write each on a line of its own"#,
    ),
    (
        r#"foo"#,
        r#"1:1 unknown_keyword: no statement begins with `foo`
  |foo| not a keyword
  help: the statements of a file: adl, include, info, define, best,
  help:   object, composite, region, histoList, countsformat, table,
  help:   schema, optional"#,
    ),
    (
        r#"( a"#,
        r#"1:1 unknown_keyword: a statement begins with a keyword
  |(| not a keyword
  help: the statements of a file: adl, include, info, define, best,
  help:   object, composite, region, histoList, countsformat, table,
  help:   schema, optional"#,
    ),
    (
        r#"region a
  select b
define c = 1
  select d"#,
        r#"4:3 misplaced_statement: `select` stands outside of any block
  |select| belongs in an object, composite or region block
  |define| at 3:1 this ended the block: it stands in the column of the block's keyword
  help: indent that line to keep it in the block,
  help: or move it above the block"#,
    ),
    (
        r#"object a
  take b
  weight c d"#,
        r#"3:3 misplaced_statement: `weight` does not belong in an object block
  |weight| belongs in a region
  help: move it into a region"#,
    ),
    (
        r#"histoList a
  define b = 1"#,
        r#"2:3 misplaced_statement: a histoList has no `define`
  |define| indented, so it belongs to the block above
  help: begin the line in the column of the block's keyword:
  help: then `define` holds for the whole file"#,
    ),
    (
        r#"object j
  select pt = 30"#,
        r#"2:13 syntax: expected a comparison, found `=`
  |=| expected a comparison
  help: `==` compares; `=` only names a value: define HT = sum(pt(jets))"#,
    ),
    (
        r#"object j
  select pt > 30 && abs(eta) < 2.4"#,
        r#"2:18 other_spelling: `&&` is written `and`
  |&&| write `and`
  help: for example: select pt > 30 and abs(eta) < 2.4"#,
    ),
    (
        r#"object j
  select a || b"#,
        r#"2:12 other_spelling: `||` is written `or`
  |||| write `or`
  help: for example: select pt > 30 or tightId"#,
    ),
    (
        r#"object j
  select !tight"#,
        r#"2:10 other_spelling: `!` is written `not`
  |!| write `not`
  help: for example: select not tightId"#,
    ),
    (
        r#"object j
  select |eta| < 2.4"#,
        r#"2:10 other_spelling: an absolute value is written with `abs`
  ||eta|| 
  help: write abs(eta)"#,
    ),
    (
        r#"object j
  select a =< 3"#,
        r#"2:12 other_spelling: `=<` is written `<=`
  |=<| 
  help: for example: select size(jets) <= 2"#,
    ),
    (
        r#"object j
  select id & 3"#,
        r#"2:13 other_spelling: one bit of a number is read by `bit`
  |&| 
  help: for example: select bit(jetId, 2)"#,
    ),
    (
        r#"define a = b ** 2"#,
        r#"1:14 other_spelling: `**` is written `^`
  |**| write `^`
  help: for example: define squared = pt^2"#,
    ),
    (
        r#"define a = b ~= c"#,
        r#"1:14 other_spelling: `~=` belongs to the legacy edition
  |~=| 
  help: the nearest candidate is a `best`:
  help: best Z by abs(mass - 91.2) from disjoint(muons a, muons b)"#,
    ),
    (
        r#"object j
  select mass [] a -b"#,
        r#"2:18 range_limits: the range has only one limit
  |a -b| the only limit
  help: this is one number; a comma makes two limits of it:
  help: mass [] a, -b"#,
    ),
    (
        r#"object j
  select mass [] 60 and pt > 3"#,
        r#"2:18 range_limits: the range has only one limit
  |60| the only limit
  help: for example: select mass [] 60 120"#,
    ),
    (
        r#"define a = jets[]"#,
        r#"1:18 range_limits: the range has no limits
  || expected two limits
  help: a range: select mass [] 60 120
  help: one element: jets[0]"#,
    ),
    (
        r#"define a = mass(b c)"#,
        r#"1:19 side_by_side: two values stand side by side
  |c| expected `+` or `,`
  help: a sum of objects is written with +: mass(a + b)"#,
    ),
    (
        r#"define a = (b c)"#,
        r#"1:15 syntax: expected an operator or `)`, found `c`
  |c| expected an operator or `)`"#,
    ),
    (
        r#"define a = b c"#,
        r#"1:14 syntax: expected an operator or the end of the statement, found `c`
  |c| expected an operator or the end of the statement"#,
    ),
    (
        r#"define a = f(b,)"#,
        r#"1:16 syntax: expected a value, found `)`
  |)| expected a value"#,
    ),
    (
        r#"define a = b +"#,
        r#"1:15 syntax: expected a value, found the end of the statement
  || expected a value"#,
    ),
    (
        r#"define a = + b"#,
        r#"1:12 syntax: expected a value, found `+`
  |+| expected a value
  help: for example: define HT = sum(pt(jets))"#,
    ),
    (
        r#"define a = b == not c"#,
        r#"1:17 syntax: `not` is looser than the operator before it
  |not| needs parentheses
  help: put it in parentheses: select tight == (not loose)"#,
    ),
    (
        r#"define a = b ? c"#,
        r#"1:17 syntax: expected `:`, found the end of the statement
  || expected `:`
  help: a choice has two values: define scale = isMC ? 1.02 : 1"#,
    ),
    (
        r#"define a = (1, 2)"#,
        r#"1:12 value_list: a list of values stands only after `in`
  |(1, 2)| a list of values
  help: for example: select abs(pdgId) in (11, 13)"#,
    ),
    (
        r#"define a"#,
        r#"1:9 syntax: expected `=`, found the end of the statement
  || expected `=`
  help: for example: define HT = sum(pt(jets))"#,
    ),
    (
        r#"define a : b"#,
        r#"1:10 syntax: expected `=`, found `:`
  |:| expected `=`
  help: for example: define HT = sum(pt(jets))"#,
    ),
    (
        r#"define a == b"#,
        r#"1:10 syntax: expected `=`, found `==`
  |==| expected `=`
  help: for example: define HT = sum(pt(jets))"#,
    ),
    (
        r#"define 5 = a"#,
        r#"1:8 syntax: expected a name, found `5`
  |5| expected a name
  help: for example: define HT = sum(pt(jets))"#,
    ),
    (
        r#"define weight = 3"#,
        r#"1:8 keyword_as_name: `weight` is a keyword, so it cannot be a name
  |weight| a keyword
  help: a line that begins with it is a statement: choose another name"#,
    ),
    (
        r#"define a = 99999999999999999999"#,
        r#"1:12 not_a_number: the number is too large
  |99999999999999999999| too large to be held
  help: integers reach to 9.2e18, real numbers to 1.7e308;
  help: a large number that need not be whole is written 1e20"#,
    ),
    (
        r#"object j : Jet"#,
        r#"1:10 syntax: an object is taken on a line of its own
  |:| 
  help: for example:
  help: object jets
  help:   take Jet"#,
    ),
    (
        r#"object j take Jet"#,
        r#"1:10 syntax: `take` begins a line of its own
  |take| put this on the next line
  help: one statement on each line"#,
    ),
    (
        r#"object j
  take Jet a b"#,
        r#"2:14 syntax: expected `where` or the end of the statement, found `b`
  |b| expected `where` or the end of the statement
  help: for example: take Jet"#,
    ),
    (
        r#"object"#,
        r#"1:7 syntax: expected a name, found the end of the statement
  || expected a name
  help: for example: object jets"#,
    ),
    (
        r#"region SR : base"#,
        r#"1:11 syntax: a region is taken on a line of its own
  |:| 
  help: for example:
  help: region SR
  help:   take baseline"#,
    ),
    (
        r#"region SR
  select"#,
        r#"2:9 syntax: expected a value, found the end of the statement
  || expected a value
  help: for example: select pt > 30 and abs(eta) < 2.4"#,
    ),
    (
        r#"region SR
  weight pileup"#,
        r#"2:16 syntax: a weight has a name and a value
  || expected a value
  help: for example: weight pileup puWeight"#,
    ),
    (
        r#"region SR
  weight 2.0"#,
        r#"2:10 syntax: expected a name, found `2.0`
  |2.0| expected a name
  help: for example: weight pileup puWeight"#,
    ),
    (
        r#"region SR
  histo met, 100, 0, 200, MET"#,
        r#"2:14 syntax: expected a text in quotes, found `100`
  |100| expected a text in quotes
  help: for example: histo met, "MET [GeV]", 50, 0, 500, MET"#,
    ),
    (
        r#"region SR
  histo met "MET", 100, 0, 200, MET"#,
        r#"2:13 syntax: expected `,` or the end of the statement, found a string
  |"MET"| expected `,` or the end of the statement
  help: for example: histo met, "MET [GeV]", 50, 0, 500, MET"#,
    ),
    (
        r#"region SR
  histo met, "MET", 100, 0, MET"#,
        r#"2:21 histogram_axes: an axis is three numbers, or a list of edges
  |100| not a whole axis
  help: bins, low, high: histo met, "MET", 50, 0, 500, MET
  help: or all edges: histo met, "MET", 0 50 100 200 500, MET"#,
    ),
    (
        r#"region SR
  histo met, "MET", 100, 0, 200"#,
        r#"2:9 histogram_axes: the histogram has one axis and no value
  |met| nothing is filled
  help: one value for each axis: histo met, "MET", 50, 0, 500, MET
  help: an axis is `bins, low, high` or a list of edges: 0 50 100 500"#,
    ),
    (
        r#"region SR
  histo met, "MET", 100, 0, 200, MET, HT"#,
        r#"2:34 histogram_axes: the histogram has one axis and two values
  |MET, HT| the values
  help: one value for each axis: histo met, "MET", 50, 0, 500, MET
  help: an axis is `bins, low, high` or a list of edges: 0 50 100 500"#,
    ),
    (
        r#"region SR
  histo met, "MET", MET, 0 100 200"#,
        r#"2:21 histogram_axes: the histogram has no axis and two values
  |MET, 0 100 200| the values
  help: one value for each axis: histo met, "MET", 50, 0, 500, MET
  help: an axis is `bins, low, high` or a list of edges: 0 50 100 500"#,
    ),
    (
        r#"region SR
  profile eff, "e", 100, 0, 200, MET"#,
        r#"2:34 histogram_axes: the profile has one axis and one value
  |MET| the values
  help: one value for each axis, and what is averaged:
  help: profile eff, "tight", 24, -2.4, 2.4, eta(muons), tightId(muons)"#,
    ),
    (
        r#"region SR
  bins MET > 300"#,
        r#"2:12 syntax: a condition as an axis of bins needs a name
  |>| expected edges
  help: for example:
  help: define central = abs(eta(jets[0])) < 1
  help: bins central, MET 100 200 overflow"#,
    ),
    (
        r#"histoList a
  histo b"#,
        r#"2:9 syntax: `b` has no title, axes and values
  |b| expected a histogram
  help: a histoList holds whole histograms:
  help: histo met, "MET [GeV]", 50, 0, 500, MET"#,
    ),
    (
        r#"best Z by pt disjoint(a b, c d)"#,
        r#"1:14 syntax: expected `from`, found `disjoint`
  |disjoint| expected `from`
  help: for example: best Z by abs(mass - 91.2) from disjoint(Muon a, Muon b)"#,
    ),
    (
        r#"best Z pt from a"#,
        r#"1:8 syntax: expected `by`, found `pt`
  |pt| expected `by`
  help: for example: best Z by abs(mass - 91.2) from disjoint(Muon a, Muon b)"#,
    ),
    (
        r#"table t
  nvars two"#,
        r#"2:9 syntax: expected a number, found `two`
  |two| expected a number
  help: for example: nvars 2"#,
    ),
    (
        r#"table t
  errors maybe"#,
        r#"2:10 syntax: expected `false` or `true`, found `maybe`
  |maybe| expected `false` or `true`
  help: for example: errors true"#,
    ),
    (
        r#"table t
  1, 2"#,
        r#"2:4 syntax: expected a number or the end of the statement, found `,`
  |,| expected a number or the end of the statement
  help: for example: 0.85 20 50"#,
    ),
    (
        r#"table t
  nvars 1
  nvars 2"#,
        r#"3:9 said_twice: a table says this only once
  |2| said again
  |1| at 2:9 said here first
  help: remove one of the two lines"#,
    ),
    (
        r#"schema s
  alias a"#,
        r#"2:10 syntax: expected `=`, found the end of the statement
  || expected `=`
  help: for example: alias missingET = MET"#,
    ),
    (
        r#"schema s
  collection a b"#,
        r#"2:16 syntax: expected `attribute` or `size`, found `b`
  |b| expected `attribute` or `size`
  help: for example: collection * size n* attribute *_*"#,
    ),
    (
        r#"include objects.adl"#,
        r#"1:9 syntax: expected a text in quotes, found `objects`
  |objects| expected a text in quotes
  help: for example: include "objects.adl""#,
    ),
    (
        r#"define a = (b + c"#,
        r#"1:12 unclosed_bracket: `(` is never closed
  |(| opened here
  help: put `)` where it ends"#,
    ),
    (
        r#"define a = b)"#,
        r#"1:13 unopened_bracket: `)` closes nothing
  |)| no `(` is open here
  help: remove it, or put `(` where it begins"#,
    ),
    (
        r#"define a = f(b]"#,
        r#"1:15 unclosed_bracket: `(` is closed by `]`
  |]| should be `)`
  |(| at 1:13 opened here
  help: close `(` with `)`"#,
    ),
    (
        r#"define a = "b"#,
        r#"1:12 unclosed_string: the string does not end on its line
  |"b| begins here
  help: end it with ""#,
    ),
    (
        r#"define a = 'b'"#,
        r#"1:12 unexpected_character: unexpected character `'`
  |'| not used in ADL
  help: strings stand in double quotes: "SR""#,
    ),
    (
        r#"define a = b;"#,
        r#"1:13 unexpected_character: unexpected character `;`
  |;| not used in ADL
  help: a statement ends with its line: remove the `;`"#,
    ),
    (
        r#"define a = é"#,
        r#"1:12 unexpected_character: unexpected character `é`
  |é| not used in ADL
  help: names are made of a to z, A to Z, digits and _"#,
    ),
    (
        r#"define a = b {c}"#,
        r#"1:14 unexpected_character: unexpected character `{`
  |{| not used in ADL
  help: an attribute is written pt(jets) or jets.pt"#,
    ),
    (
        r#"adl 2027"#,
        r#"1:5 edition: there is no edition `2027` of ADL
  |2027| not an edition
  help: the edition of today is: adl 2026"#,
    ),
    (
        r#"define a = 1
adl 2026"#,
        r#"2:1 edition: the edition is the first statement of a file
  |adl 2026| stands too late
  help: move it to the first line: adl 2026"#,
    ),
];

#[test]
fn messages_read_as_written_here() {
    for (text, expected) in CASES {
        let (_, messages) = parse(FileId(0), text);
        assert_eq!(render(text, &messages).trim_end(), *expected, "\n{text}\n");
        for line in messages.iter().filter_map(|m| m.help.as_ref()).flat_map(|h| h.lines()) {
            assert!(line.chars().count() <= 70, "{line}");
        }
    }
}

/// What a fix leaves has no such fault any more.
#[test]
fn fixes_mend() {
    let mut mended = 0;
    for (text, _) in CASES {
        let (_, messages) = parse(FileId(0), text);
        for message in &messages {
            for fix in &message.fixes {
                let (before, after) = (&text[..fix.span.start as usize], &text[fix.span.end as usize..]);
                let fixed = format!("{before}{}{after}", fix.text);
                let (_, again) = parse(FileId(0), &fixed);
                assert!(again.is_empty(), "{text}\n{fixed}\n{}", render(&fixed, &again));
                mended += 1;
            }
        }
    }
    assert!(mended > 15);
}
