//! Traps: where a statement or a block ends, and which words are keywords.

use super::super::ast::*;
use super::super::parse;
use super::read;
use crate::source::FileId;

/// The kinds of the blocks with the number of statements in each.
fn blocks(text: &str) -> Vec<String> {
    let show = |b: &Block| match b {
        Block::Info(i) => format!("info {}", i.fields.len()),
        Block::Include(_) => "include".to_owned(),
        Block::Define(d) => format!("define {}", d.name.text),
        Block::Best(b) => format!("best {}", b.name.text),
        Block::Object(o) | Block::Composite(o) => {
            format!("object {}", o.takes.len() + o.statements.len())
        }
        Block::Region(r) => format!("region {}", r.statements.len()),
        Block::HistoList(l) => format!("list {}", l.histograms.len()),
        Block::CountsFormat(c) => format!("countsformat {}", c.processes.len()),
        Block::Table(t) => format!("table {}+{}", t.rows.len(), t.reserved.len()),
        Block::Schema(s) => format!("schema {}", s.statements.len()),
        Block::Optional(o) => format!("optional {}", o.name.text),
        Block::Reserved(r) | Block::Setting(r) => format!("later {}", r.keyword.text),
    };
    read(text).blocks.iter().map(show).collect()
}

/// The codes of the messages, with their lines.
fn faults(text: &str) -> Vec<(usize, &'static str)> {
    let line = |at: u32| text[..at as usize].matches('\n').count() + 1;
    parse(FileId(0), text).1.iter().map(|m| (line(m.labels[0].span.start), m.code)).collect()
}

#[test]
fn the_column_decides_whose_define_it_is() {
    assert_eq!(blocks("object a\n  take b\n  define c = 1\n  select c"), ["object 3"]);
    assert_eq!(blocks("object a\n  take b\ndefine c = 1"), ["object 1", "define c"]);
    assert_eq!(blocks("  object a\n    take b\n  define c = 1"), ["object 1", "define c"]);
    assert_eq!(blocks("  object a\n  take b\n define c = 1"), ["object 1", "define c"]);
    assert_eq!(blocks("\tobject a\n        define c = 1"), ["object 0", "define c"]);
    assert_eq!(blocks("\tobject a\n\t define c = 1"), ["object 1"]);
    assert_eq!(blocks("region a\n best b by c from d\nbest e by f from g"), ["region 1", "best e"]);
    assert_eq!(blocks("define a = 1\n  define b = 2"), ["define a", "define b"]);
    assert_eq!(blocks("object a\ntake b\nselect c"), ["object 2"]);
    assert_eq!(blocks("info a\n  define of terms\n  b c"), ["info 2"]);
}

#[test]
fn lines_without_a_keyword_continue_the_statement() {
    assert_eq!(
        blocks("region a\n weight pileup\n  puWeight\n  where isMC\n select b\n  and c\n  # remark\n\n  or d"),
        ["region 2"]
    );
    assert_eq!(blocks("define a =\n  b ? c\n  : d\n  + e"), ["define a"]);
    assert_eq!(blocks("define a = f(b,\nregion,\nselect and c\n)"), ["define a"]);
    assert_eq!(blocks("define a = b +\n weight"), ["define a"]);
    assert_eq!(blocks("object\n a\n take\n b c"), ["object 1"]);
    assert_eq!(blocks("region a\n bins b\n  1 2\n  3 overflow\n histo c,\n \"t\", 1\n 2 3, d\n per bin"), ["region 2"]);
    assert_eq!(blocks("schema a\n detect b,\n  c\n  without d"), ["schema 1"]);
}

#[test]
fn keywords_depend_on_the_block() {
    assert_eq!(
        blocks("define tree = 1\ndefine event = tree\ndefine unit = 1\ndefine file = 2"),
        ["define tree", "define event", "define unit", "define file"]
    );
    assert_eq!(
        blocks("object MET\n take Jet\nobject jet\n take Jet\n select weight > 3 and bin == 2"),
        ["object 1", "object 2"]
    );
    assert_eq!(blocks("REGION a\n SELECT b\nHistolist c\n HISTO d, \"\", 1, 2, 3, e\n IN a"), ["region 1", "list 1"]);
    assert_eq!(blocks("table a\n 1 2\n systematic b\nsystematic c\n vary d"), ["table 1+1", "later systematic"]);
    assert_eq!(blocks("schema a\n optional b = 1\noptional c = 2"), ["schema 1", "optional c"]);
    assert_eq!(blocks("estimate a\n take b\n define c = (\n into d\ndefine e = 1"), ["later estimate", "define e"]);
    assert_eq!(blocks("composite a\n object b = c + d\nobject e\n take f"), ["object 1", "object 1"]);
    assert_eq!(blocks("region a\n trigger (b\n sort c +- 3\n select d"), ["region 3"]);
}

#[test]
fn statement_keywords_name_nothing() {
    for text in
        ["define weight = 3", "object bin", "define f(select) = 1", "object a\n take b bin", "best region by a from b"]
    {
        assert_eq!(faults(text).iter().map(|f| f.1).collect::<Vec<_>>(), ["keyword_as_name"], "{text}");
    }
    assert!(faults("region r\n weight weight weight\n histo bin, \"\", 1, 2, 3, bin").is_empty());
}

#[test]
fn one_fault_is_one_message() {
    assert_eq!(faults("object a\n take b\n select (c > 1\n select d\nregion e\n select f"), [(3, "unclosed_bracket")]);
    assert_eq!(faults("define a = f(b\ndefine c = 1"), [(1, "unclosed_bracket")]);
    assert_eq!(faults("regin a\n take b\n weight c d\n select e"), [(1, "unknown_keyword")]);
    assert_eq!(faults("region\n select e\n histo h, \"\", 1, 2, 3, x"), [(1, "syntax")]);
    assert_eq!(faults("region a\n select b\ndefine c = 1\n select d\n select e"), [(4, "misplaced_statement")]);
    assert_eq!(faults("object a\n take b\n weight c\n select d"), [(3, "misplaced_statement")]);
    assert_eq!(
        faults("region a\n selct b\n select =\n select c\n rejct d"),
        [(2, "unknown_keyword"), (3, "syntax"), (5, "unknown_keyword")]
    );
    assert_eq!(faults("this is\nno ADL\nat all"), [(1, "unknown_keyword")]);
    assert_eq!(faults("adl legacy\nobject a : b\n cmd {c}pt"), []);
}

#[test]
fn what_can_be_read_is_given_beside_the_faults() {
    let (file, messages) = parse(FileId(0), "region a\n select b\n select\n select c\ndefine\ndefine d = 1");
    assert_eq!((file.blocks.len(), messages.len()), (2, 2));
    let Block::Region(region) = &file.blocks[0] else { panic!() };
    assert_eq!(region.statements.len(), 2);
}
