//! Every construct of the edition, read and printed.

use super::super::ast::*;
use super::{read, round_trip, value};
use crate::syntax::print_expr;

/// One of everything.
pub(super) const EVERYTHING: &str = r#"adl 2026
# a comment
info analysis
  title  Search for something  # not this
  arXiv  "1234.5678 # this"
  objects-like  words
include "objects.adl"
define mZ = 91.1876
define near(a, b) = dR(a, b) < 0.4
define sine(x) = intrinsic
object muons
  TAKE Muon
  select pt > .5e1 and abs(eta) < 2.4 OR Not tight
  cut charge == 1
  cmd mass [] 60 120
  reject dR(this, jets) < 0.4
  define tagged = btag > 5.
  best near by dR(this, j), -pt from jets j where j.pt > 20
obj leptons
  using sort(union(muons, electrons), pt, descend) lep where lep.pt > 10
composite quads
  take disjoint(Zs Z1, leptons[:4] Z2) where Z1.pt > 2
  object swapped = Z1.p + Z2.m
  select mass ][ 80 100
composite pairs
  take cartesian(muons mu, taus tau)
best Z by abs(mass - mZ) from disjoint(leptons a, leptons b)
  where a.charge != b.charge
histoList plots
  histo m, "m;x;y", 10, 0, 100, mass(Z) weighted 1 / 2 where pt(Z) > 3 per bin
  profile eff, "e", 24, -2.4, 2.4, eta(muons), tagged(muons)
  in SR, CR
histoList more
  in all
region 4j1b
  take baseline
  select size(jets) >= 2 ? any(pt(jets) > 3) : false
  reject hadronic
  define x = 3
  best y by pt from jets
  weight pileup puWeight where sample.isMC
  bin "4mu" nMu == 4 where x > 2
  bin nMu == 2
  bins "1b " MR 300 500 -700 1e3 underflow overflow, R2 -1.5 0 2 overflow where nB == 1
  bins flavour, nB 0 1 2 overflow
  bins abs(eta) - 1 0 1
  histo plane, "t", 40, 40, 120, 10 20 30 -40, mass(ZZ.Z1), -1
  histo plots
  profile p, "", 1 2, x, y
  blind
  blind MET > 300
  counts published 5, 4.1 +- 1.1, 6. + 3.6 - .6 -+ 1, -2 +0.5-0.25
  print "met", MET, size(jets)
  save skim
  save skim root
  save hadvars CSV nj = size(jets), HT, csv = pt(jets)
  save hadvars parquet csv
  trigger (unbalanced
algo second
algorithm third
countsformat published
  process obs, "Observed data"
  process est, "Total, estimated", stat, syst
table eff
  tabletype efficiency
  nvars 2
  errors TRUE
  outside error
  0.62 0.03 0.03 10 20 0 1.5
  -0.5 +2 .5 5. 1e3
  file "eff.csv"
  systematic effUp
table eff2
  outside -1.5
systematic jes for s in ("a", "b")
  vary Jet.pt up nominal * (1 + unc(s) down nominal
  optional
optional HLT_X = false
schema NanoAOD
  tree Events, "odd name"
  detect nMuon, Muon_* without nTau
  event run, luminosityBlock, event
  collection * size n* attribute *_*
  collection "a b" attribute x.y/*
  particle Jet, Muon with mass = 0.1057, charge = -1
  transverse MET
  single EventHeader
  alias missingET = MET, jets = Jet, Jet.pt = PT, *.phi = "odd phi"
  simulation genWeight
  unit GeV pt, mass, *_pt
  columns f32[] Jet_pt, Jet_eta, "Jet_tau[5]"
  columns bool HLT_*
  link Jet.muon1 to Muon by muonIdx1
  optional HLT_Y = false
  optional Jet.puId = -1
  metadata sumw tree Runs column genEventSumw, genEventSumw_
  metadata sumwPdf tree "a b" column LHEPdfSumw times sumw
  metadata all column sum_of_weights
  event run, luminosityBlock, event sections LuminosityBlocks
  metadata events tree MetaData column Keepers.events where Keepers.name in "All Events" and Keepers.stream in "A", "B"
      largest Keepers.cycle
  metadata events histogram "Keeper_*_NOSYS" bin 2
"#;

#[test]
fn everything_is_read_and_printed() {
    round_trip(EVERYTHING);
    let file = read(EVERYTHING);
    assert_eq!(file.edition.as_ref().map(|e| e.edition), Some(Edition::E2026));
    assert_eq!(file.blocks.len(), 21);
    let Block::Info(info) = &file.blocks[0] else { panic!() };
    let fields: Vec<&str> = info.fields.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(fields, ["Search for something", "1234.5678 # this", "words"]);
    let Block::Region(region) = &file.blocks[12] else { panic!("{:?}", file.blocks[12]) };
    assert_eq!(region.name.text, "4j1b");
    assert_eq!(region.statements.len(), 23);
    let RegionStatement::Bins(bins) = &region.statements[8] else { panic!() };
    let edges = |axis: usize| bins.axes[axis].edges.iter().map(|n| n.value).collect::<Vec<_>>();
    assert_eq!(edges(0), [300.0, 500.0, -700.0, 1000.0]);
    assert_eq!(edges(1), [-1.5, 0.0, 2.0]);
    assert_eq!((bins.axes[0].underflow, bins.axes[1].underflow), (true, false));
    let RegionStatement::Histogram(plane) = &region.statements[11] else { panic!() };
    assert_eq!((plane.axes.len(), plane.values.len()), (2, 2));
    let RegionStatement::Counts(counts) = &region.statements[16] else { panic!() };
    let errors = |i: usize| counts.values[i].errors.iter().map(|(up, down)| (up.value, down.value)).collect::<Vec<_>>();
    assert_eq!(counts.values.iter().map(|c| c.value.value).collect::<Vec<_>>(), [5.0, 4.1, 6.0, -2.0]);
    assert_eq!((errors(0), errors(1)), (vec![], vec![(1.1, 1.1)]));
    assert_eq!((errors(2), errors(3)), (vec![(3.6, 0.6), (1.0, 1.0)], vec![(0.5, 0.25)]));
    let saves = region.statements.iter().filter_map(|s| if let RegionStatement::Save(s) = s { Some(s) } else { None });
    let shapes: Vec<_> = saves.map(|s| (s.format.map(|f| f.0), s.columns.len())).collect();
    let (csv, root, parquet) = (Some(SaveFormat::Csv), Some(SaveFormat::Root), Some(SaveFormat::Parquet));
    assert_eq!(shapes, [(None, 0), (root, 0), (csv, 3), (parquet, 1)]);
}

/// What an expression means, with every pair of parentheses written.
fn shape(text: &str) -> String {
    fn show(e: &Expr) -> String {
        match &e.kind {
            ExprKind::Int(n) => n.to_string(),
            ExprKind::Real(x) => format!("{x:?}"),
            ExprKind::Name(n) => n.clone(),
            ExprKind::Unary(op, a) => format!("({op:?} {})", show(a)),
            ExprKind::Binary(op, a, b) => format!("({} {op:?} {})", show(a), show(b)),
            ExprKind::And(a, b) => format!("({} And {})", show(a), show(b)),
            ExprKind::Or(a, b) => format!("({} Or {})", show(a), show(b)),
            ExprKind::Compare { first, rest } => {
                let rest: Vec<String> = rest.iter().map(|(op, e)| format!("{op:?} {}", show(e))).collect();
                format!("({} {})", show(first), rest.join(" "))
            }
            ExprKind::Range { inside, value, low, high } => {
                let word = if *inside { "inside" } else { "outside" };
                format!("({} {word} {} .. {})", show(value), show(low), show(high))
            }
            ExprKind::In { value, of } => format!("({} in {})", show(value), show(of)),
            ExprKind::InValues { value, values } => {
                format!("({} in {:?})", show(value), values.iter().map(show).collect::<Vec<_>>())
            }
            ExprKind::Ternary { condition, yes, no } => {
                format!("({} ? {} : {})", show(condition), show(yes), no.as_ref().map_or(String::new(), |n| show(n)))
            }
            ExprKind::Attribute { of, name } => format!("{}.{}", show(of), name.text),
            ExprKind::Index { of, index } => format!("{}[{}]", show(of), show(index)),
            ExprKind::Slice { of, from, to } => {
                let limit = |e: &Option<Box<Expr>>| e.as_ref().map_or(String::new(), |e| show(e));
                format!("{}[{}:{}]", show(of), limit(from), limit(to))
            }
            ExprKind::Call { .. } | ExprKind::Text(_) | ExprKind::Intrinsic | ExprKind::Legacy(_) => print_expr(e),
        }
    }
    let expr = value(text);
    let printed = print_expr(&expr);
    assert_eq!(show(&value(&printed)), show(&expr), "{text} was printed as {printed}");
    show(&expr)
}

#[test]
fn precedence() {
    for (text, meaning) in [
        ("a or b and not c == d + e * -f^2", "(a Or (b And (Not (c Eq (d Add (e Mul (Neg (f Pow 2))))))))"),
        ("-2^2", "(Neg (2 Pow 2))"),
        ("2^-3*4", "((2 Pow (Neg 3)) Mul 4)"),
        ("2^3^4", "(2 Pow (3 Pow 4))"),
        ("(2^3)^4", "((2 Pow 3) Pow 4)"),
        ("-a.b[0]^2", "(Neg (a.b[0] Pow 2))"),
        ("(-a)^2", "((Neg a) Pow 2)"),
        ("a - b - c", "((a Sub b) Sub c)"),
        ("a - (b - c)", "(a Sub (b Sub c))"),
        ("a / b * c", "((a Div b) Mul c)"),
        ("a-1", "(a Sub 1)"),
        ("x -2", "(x Sub 2)"),
        ("10 < MET < 100", "(10 Lt MET Lt 100)"),
        ("(a < b) == c", "((a Lt b) Eq c)"),
        ("not a and b", "((Not a) And b)"),
        ("not (a and b)", "(Not (a And b))"),
        ("NOT not a", "(Not (Not a))"),
        ("a ? b : c ? d : e", "(a ? b : (c ? d : e))"),
        ("a ? b ? c : d : e", "(a ? (b ? c : d) : e)"),
        ("(a ? b : c) ? d : e", "((a ? b : c) ? d : e)"),
        ("a or b ? c or d : e or f", "((a Or b) ? (c Or d) : (e Or f))"),
        ("(a or b) and c", "((a Or b) And c)"),
        ("a or (b or c)", "(a Or (b Or c))"),
        ("jets[:4]", "jets[:4]"),
        ("jets[i + 1:]", "jets[(i Add 1):]"),
        ("jets[:]", "jets[:]"),
        ("jets[a ? 0 : 1]", "jets[(a ? 0 : 1)]"),
        ("jets[a ? 0 : 1 : 2]", "jets[(a ? 0 : 1):2]"),
        ("a[0][1]", "a[0][1]"),
        ("a[0][1 ] ][ 2 3", "(a[0][1] outside 2 .. 3)"),
        ("a[(b ][ 1 2) ? 0 : 1]", "a[((b outside 1 .. 2) ? 0 : 1)]"),
        ("ZZ.Z1 . p.pt", "ZZ.Z1.p.pt"),
        ("(a + b).pt", "(a Add b).pt"),
        ("f(a)[0].b", "f(a)[0].b"),
    ] {
        assert_eq!(shape(text), meaning, "{text}");
    }
}

#[test]
fn ranges_and_membership() {
    for (text, meaning) in [
        ("m [] 60 120", "(m inside 60 .. 120)"),
        ("m [] -2 -1", "(m inside (Neg 2) .. (Neg 1))"),
        ("m [] 10 -5", "(m inside 10 .. (Neg 5))"),
        ("m [] a - 5 b", "(m inside (a Sub 5) .. b)"),
        ("m [] a-5 b", "(m inside (a Sub 5) .. b)"),
        ("m [] a -5", "(m inside a .. (Neg 5))"),
        ("m [] a, -b", "(m inside a .. (Neg b))"),
        ("m [] 10*2 30+1", "(m inside (10 Mul 2) .. (30 Add 1))"),
        ("m [] f(x) a.b[0]", "(m inside f(x) .. a.b[0])"),
        ("m [] -a b", "(m inside (Neg a) .. b)"),
        ("a + b ][ 80 100 and c", "(((a Add b) outside 80 .. 100) And c)"),
        ("not m [] 1 2", "(Not (m inside 1 .. 2))"),
        ("m [] 1 2 ? 3 : 4", "((m inside 1 .. 2) ? 3 : 4)"),
        ("m [] 1 # first\n 2", "(m inside 1 .. 2)"),
        ("abs(pdgId) in (11, 13)", "(abs(pdgId) in [\"11\", \"13\"])"),
        ("a in (b)", "(a in b)"),
        ("a in (b,)", "(a in [\"b\"])"),
        ("a in b and not c in d", "((a in b) And (Not (c in d)))"),
        ("this in Z", "(this in Z)"),
    ] {
        assert_eq!(shape(text), meaning, "{text}");
    }
}

#[test]
fn numbers_and_names() {
    for (text, meaning) in [
        ("1e5", "100000.0"),
        (".5", "0.5"),
        ("5.", "5.0"),
        ("2.5e-3", "0.0025"),
        ("1E+2", "100.0"),
        ("30", "30"),
        ("4j1b", "4j1b"),
        ("1e5x", "1e5x"),
        ("2e", "2e"),
        ("2e - x", "(2e Sub x)"),
        ("true", "true"),
        ("Muon_pfRelIso04_all", "Muon_pfRelIso04_all"),
        ("from + by + weighted", "((from Add by) Add weighted)"),
        ("android or inside", "(android Or inside)"),
    ] {
        assert_eq!(shape(text), meaning, "{text}");
    }
}

#[test]
fn arguments() {
    let ExprKind::Call { function, arguments } = value("sf(eta = abs(eta), x where pt(x) > 30 and y, \"a # b\")").kind
    else {
        panic!()
    };
    assert_eq!(function.text, "sf");
    assert_eq!(arguments[0].name.as_ref().map(|n| n.text.as_str()), Some("eta"));
    assert!(arguments[1].name.is_none() && arguments[1].filter.is_some());
    assert_eq!(arguments[2].value.kind, ExprKind::Text("a # b".to_owned()));
    round_trip("define x = f() + g (a) + h(a == b, n = a == b)");
}

#[test]
fn axes_are_told_from_values() {
    let axes_and_values = |line: &str| {
        let mut file = read(&format!("region r\n {line}"));
        let Block::Region(mut region) = file.blocks.remove(0) else { panic!() };
        let RegionStatement::Histogram(h) = region.statements.remove(0) else { panic!() };
        (h.axes.len(), h.values.len())
    };
    assert_eq!(axes_and_values("histo h, \"\", 10, 0, 1, x"), (1, 1));
    assert_eq!(axes_and_values("histo h, \"\", 10, 0, 1, 0.5"), (1, 1));
    assert_eq!(axes_and_values("histo h, \"\", 10, 0, 1, 5, -2, +2, x, y"), (2, 2));
    assert_eq!(axes_and_values("histo h, \"\", 10, 0, 1, 5, 0, 2, 1 2 3, x, y, z"), (3, 3));
    assert_eq!(axes_and_values("histo h, \"\", -1 0 1, x"), (1, 1));
    assert_eq!(axes_and_values("histo h, \"\", 1, 0, 2, 1 weighted w where a"), (1, 1));
}

#[test]
fn spans_mark_the_words() {
    let text = "object jets\n  take Jet # all\n  select (pt + 1) * 2  >  30 # cut\n";
    let file = read(text);
    let Block::Object(object) = &file.blocks[0] else { panic!() };
    let slice = |span: crate::source::Span| &text[span.start as usize..span.end as usize];
    assert_eq!(slice(object.span), "object jets");
    assert_eq!(slice(object.takes[0].span), "take Jet");
    let ObjectStatement::Select(e) = &object.statements[0] else { panic!() };
    assert_eq!(slice(e.span), "(pt + 1) * 2  >  30");
    let ExprKind::Compare { first, rest } = &e.kind else { panic!() };
    assert_eq!((slice(first.span), slice(rest[0].1.span)), ("(pt + 1) * 2", "30"));
}
