//! Cells against a plain evaluation: where a condition of a random text is true, false, not true or not false for an
//! event, the event is in a cell; and pairs of regions.

#![allow(clippy::panic)] // A test that cannot be run fails.

use adl_runtime::schema::{Column, ElementType, FileSchema, Shape};

use super::overlap::{self, Pair, Verdict};
use super::{Cell, Coordinate, Range, Space, Want};
use crate::Parsed;
use crate::hir::{Analysis, Binary, Compare, Expr, ExprId, Object, RegionStep, Unary};

/// Columns x, y (real), n (integer), flag (true or false), and Jet with pt.
pub fn schema() -> FileSchema {
    let column = |name: &str, element, shape| Column {
        name: name.to_owned(),
        element,
        shape,
        counter: None,
        title: String::new(),
        codec: "none".to_owned(),
    };
    let columns = vec![
        column("x", ElementType::F64, Shape::Scalar),
        column("y", ElementType::F64, Shape::Scalar),
        column("n", ElementType::I32, Shape::Scalar),
        column("flag", ElementType::Bool, Shape::Scalar),
        column("nJet", ElementType::I32, Shape::Scalar),
        column("Jet_pt", ElementType::F64, Shape::List),
    ];
    FileSchema { format: "memory", tree: "Events".to_owned(), events: 0, columns: columns.into() }
}

fn analysis(text: &str) -> (Parsed, Analysis) {
    let parsed = crate::parse("a.adl", &format!("adl 2026\n{text}"), &mut |_, _| Err(String::new()));
    let binding = crate::bind(&parsed, &schema()).unwrap_or_default();
    let (analysis, messages) = crate::check(&parsed, &binding);
    let errors: Vec<_> = parsed.messages.iter().chain(&messages).filter(|m| m.is_error()).collect();
    assert!(errors.is_empty(), "{text}\n{errors:?}");
    (parsed, analysis)
}

/// One event. None is missing.
#[derive(Clone, Debug)]
struct Event {
    x: Option<f64>,
    y: Option<f64>,
    n: f64,
    flag: bool,
    jets: Vec<f64>,
}

/// Numbers from a seed.
struct Seed(u64);

impl Seed {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn one<'s>(&mut self, of: &[&'s str]) -> &'s str {
        of[self.below(of.len() as u64) as usize]
    }

    fn value(&mut self) -> f64 {
        self.below(11) as f64 * 0.5 - 2.0
    }

    fn event(&mut self) -> Event {
        let real = |s: &mut Seed| (s.below(8) > 0).then(|| if s.below(4) == 0 { s.value() * 0.51 } else { s.value() });
        let (x, y) = (real(self), real(self));
        let jets = (0..self.below(4)).map(|_| self.value()).collect();
        Event { x, y, n: self.below(6) as f64 - 1.0, flag: self.below(2) == 0, jets }
    }

    fn condition(&mut self, depth: u32) -> String {
        if depth == 0 || self.below(4) == 0 {
            return self.comparison();
        }
        let (a, b) = (self.condition(depth - 1), self.condition(depth - 1));
        match self.below(6) {
            0 | 1 => format!("({a} and {b})"),
            2 | 3 => format!("({a} or {b})"),
            4 => format!("not ({a})"),
            _ => format!("({} ? {a} : {b})", self.comparison()),
        }
    }

    fn comparison(&mut self) -> String {
        let op = self.one(&["<", "<=", ">", ">=", "==", "!="]);
        let (v, w) = (self.value(), self.value());
        let (low, high, count) = (v.min(w), v.max(w), self.below(4));
        let number = self.one(&[
            "x",
            "y",
            "-y",
            "abs(x)",
            "2 * x + 1",
            "3 - x",
            "x / 4",
            "x * -0.3",
            "x + y",
            "x - y",
            "max(x, y)",
            "min(x, y)",
            "pt(Jet[0])",
            "pt(Jet[1])",
            "abs(pt(Jet[1]))",
            "x * x",
            "alias",
            "abs(alias - 1)",
            "sqrt(x)",
            "x * y",
        ]);
        let whole = self.one(&["size(Jet)", "n", "n + 1", "2 * n", "n + size(Jet)", "size(hard)", "abs(n)", "1 - n"]);
        match self.below(9) {
            0 | 1 => format!("{number} {op} {v}"),
            2 => format!("{v} {op} {number}"),
            3 => format!("{number} [] {low} {high}"),
            4 => format!("{number} ][ {low} {high}"),
            5 | 6 => format!("{whole} {op} {count}"),
            7 => format!("{low} < {number} <= {high}"),
            _ => self
                .one(&["flag", "x < y", "x >= pt(Jet[0])", "defined(x)", "defined(pt(Jet[1]))", "y == x"])
                .to_owned(),
        }
    }
}

const DEFINES: &str = "define alias = x\nobject hard\n  take Jet\n  select pt > 0.5\n";

fn number(a: &Analysis, e: ExprId, event: &Event) -> Option<f64> {
    let of = |e: &ExprId| number(a, *e, event);
    match &a.expr(e).expr {
        Expr::Int(i) => Some(*i as f64),
        Expr::Real(bits) => Some(f64::from_bits(*bits)),
        Expr::Column(c) => match a.columns[c.0 as usize].name.as_str() {
            "x" => event.x,
            "y" => event.y,
            "n" => Some(event.n),
            other => panic!("{other}"),
        },
        Expr::Attribute(_, object) => match a.object(*object).object {
            Object::At(_, index) => event.jets.get(of(&index)? as usize).copied(),
            _ => panic!("not an element"),
        },
        Expr::Quantity(q, _) => match a.quantities[q.0 as usize].body {
            crate::hir::QuantityBody::Scalar(body) => of(&body),
            crate::hir::QuantityBody::Object(_) => panic!("an object"),
        },
        Expr::Unary(op, x) => {
            let x = of(x)?;
            let value = match op {
                Unary::Neg => -x,
                Unary::Abs => x.abs(),
                Unary::Sqrt => x.sqrt(),
                Unary::Floor => x.floor(),
                Unary::ToReal => x,
            };
            (!value.is_nan()).then_some(value)
        }
        Expr::Binary(op, x, y) => {
            let (x, y) = (of(x)?, of(y)?);
            Some(match op {
                Binary::Add => x + y,
                Binary::Sub => x - y,
                Binary::Mul => x * y,
                Binary::Div => x / y,
                Binary::Min => x.min(y),
                Binary::Max => x.max(y),
                other => panic!("{other:?}"),
            })
        }
        Expr::Size(c) => Some(if a.collection(*c).name == "hard" {
            event.jets.iter().filter(|pt| **pt > 0.5).count() as f64
        } else {
            event.jets.len() as f64
        }),
        other => panic!("{other:?}"),
    }
}

/// Kleene logic; None is missing.
fn truth(a: &Analysis, e: ExprId, event: &Event) -> Option<bool> {
    let of = |e: &ExprId| truth(a, *e, event);
    match &a.expr(e).expr {
        Expr::Bool(b) => Some(*b),
        Expr::Column(_) => Some(event.flag),
        Expr::And(x, y) => match (of(x), of(y)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        },
        Expr::Or(x, y) => match (of(x), of(y)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        },
        Expr::Not(x) => of(x).map(|b| !b),
        Expr::NotTrue(x) => Some(of(x) != Some(true)),
        Expr::Select(c, x, y) => match of(c) {
            Some(true) => of(x),
            Some(false) => of(y),
            None => None,
        },
        Expr::Compare(op, x, y) => {
            let (x, y) = (number(a, *x, event)?, number(a, *y, event)?);
            Some(match op {
                Compare::Lt => x < y,
                Compare::Le => x <= y,
                Compare::Eq => x == y,
                Compare::Ne => x != y,
            })
        }
        Expr::Defined(x) => Some(number(a, *x, event).is_some()),
        other => panic!("{other:?}"),
    }
}

fn value(a: &Analysis, coordinate: Coordinate, event: &Event) -> Option<f64> {
    match coordinate {
        Coordinate::Number(e) => number(a, e, event),
        Coordinate::Size(c) => {
            let hard = a.collection(c).name == "hard";
            Some(event.jets.iter().filter(|pt| !hard || **pt > 0.5).count() as f64)
        }
        Coordinate::Order(x, y) => {
            let (x, y) = (number(a, x, event)?, number(a, y, event)?);
            Some(if x < y {
                -1.0
            } else if x > y {
                1.0
            } else {
                0.0
            })
        }
        Coordinate::Truth(e) => truth(a, e, event).map(|b| if b { 1.0 } else { 0.0 }),
        Coordinate::Text(_) | Coordinate::Passes(_) => panic!("not in these tests"),
    }
}

fn holds(a: &Analysis, cell: &Cell, event: &Event) -> bool {
    let within = |(c, r): (&Coordinate, &Range)| match value(a, *c, event) {
        Some(value) => r.set.contains(value),
        None => r.missing,
    };
    cell.ranges.iter().all(within)
}

fn cut(a: &Analysis, region: usize) -> ExprId {
    match &a.regions[region].steps[0] {
        RegionStep::Cut { condition, .. } => *condition,
        _ => panic!("no cut"),
    }
}

#[test]
fn an_event_is_in_a_cell_of_what_is_true_for_it() {
    let mut seed = Seed(7);
    let (mut inside, mut outside) = (0, 0);
    for round in 0..400 {
        let text = seed.condition(1 + round % 4);
        let (parsed, a) = analysis(&format!("{DEFINES}region r\n  select {text}\n"));
        let condition = cut(&a, 0);
        let mut space = Space::new(&a, &parsed.sources);
        for _ in 0..60 {
            let event = seed.event();
            let truth = truth(&a, condition, &event);
            for (want, is) in [
                (Want::True, truth == Some(true)),
                (Want::False, truth == Some(false)),
                (Want::NotTrue, truth != Some(true)),
                (Want::NotFalse, truth != Some(false)),
            ] {
                let cells = space.cells(condition, want);
                let found = cells.cells.iter().any(|c| holds(&a, c, &event));
                assert!(found || !is, "{text}\n{want:?} for {event:?}\n{cells:?}");
                if !is {
                    if found { inside += 1 } else { outside += 1 }
                }
            }
        }
    }
    // The cells say something: most events for which a condition does not hold are outside.
    assert!(outside > 4 * inside, "{outside} outside, {inside} inside");
}

#[test]
fn verdicts_on_pairs_are_right() {
    let mut seed = Seed(11);
    let (mut disjoint, mut overlapping) = (0, 0);
    for _ in 0..300 {
        let (first, second) = (seed.condition(2), seed.condition(2));
        let (parsed, a) = analysis(&format!("{DEFINES}region r\n  select {first}\nregion s\n  reject {second}\n"));
        let mut space = Space::new(&a, &parsed.sources);
        let pairs = overlap::pairs(&mut space);
        let [Pair { verdict, .. }] = pairs.as_slice() else { panic!("one pair") };
        let found = (0..400)
            .map(|_| seed.event())
            .find(|event| truth(&a, cut(&a, 0), event) == Some(true) && truth(&a, cut(&a, 1), event) != Some(true));
        match verdict {
            Verdict::Disjoint(cuts) => {
                disjoint += 1;
                assert!(found.is_none(), "{first}\n{second}\nboth for {found:?}");
                assert!(!cuts.is_empty());
            }
            Verdict::Overlap(_) | Verdict::Unknown(_) => overlapping += usize::from(found.is_some()),
        }
    }
    assert!(disjoint > 20 && overlapping > 100, "{disjoint} {overlapping}");
}

fn pair(text: &str) -> Pair {
    let (parsed, a) = analysis(text);
    let mut space = Space::new(&a, &parsed.sources);
    let mut pairs = overlap::pairs(&mut space);
    assert_eq!(pairs.len(), 1);
    pairs.remove(0)
}

fn example(verdict: &Verdict) -> Vec<String> {
    match verdict {
        Verdict::Overlap(e) | Verdict::Unknown(e) => e.iter().map(|(n, v)| format!("{n} = {v}")).collect(),
        Verdict::Disjoint(_) => panic!("disjoint"),
    }
}

#[test]
fn disjoint_by_two_cuts() {
    for (first, second) in [
        ("x > 2", "x <= 2"),
        ("x + 1 > 2", "x + 1 <= 2"),
        ("x [] 1 2", "x > 2"),
        ("x ][ 1 2", "x [] 1.2 1.8"),
        ("size(Jet) == 0", "pt(Jet[0]) > 30"),
        ("size(hard) >= 2", "size(Jet) < 2"),
        ("flag", "not flag"),
        ("x < y", "y < x"),
        ("x < y", "x >= y"),
        ("2 * n == 3", "flag"),
        ("any(pt(Jet) > 3)", "size(Jet) == 0"),
        ("any(pt(Jet) > 3)", "not any(pt(Jet) > 3)"),
        ("alias > 3", "x < 3"),
        ("n > 2", "n < 3"),
    ] {
        let found = pair(&format!("{DEFINES}region r\n  select {first}\nregion s\n  select {second}\n"));
        assert!(matches!(found.verdict, Verdict::Disjoint(_)), "{first} and {second}: {:?}", found.verdict);
    }
    // A near miss of each kind: these share events.
    for (first, second) in [
        ("x >= 2", "x <= 2"),
        ("x [] 1 2", "x >= 2"),
        ("x ][ 1 2", "x [] 1.2 2"),
        ("size(Jet) == 1", "pt(Jet[0]) > 30"),
        ("size(Jet) >= 2", "size(hard) < 2"),
        ("x <= y", "y <= x"),
        ("n > 2", "n < 4"),
        ("alias > 3", "y < 3"),
    ] {
        let found = pair(&format!("{DEFINES}region r\n  select {first}\nregion s\n  select {second}\n"));
        assert!(matches!(found.verdict, Verdict::Overlap(_)), "{first} and {second}: {:?}", found.verdict);
    }
}

#[test]
fn what_is_missing_is_not_excluded() {
    // Both rejects keep an event without x.
    let found = pair("region r\n  reject x > 2\nregion s\n  reject x <= 2\n");
    assert_eq!(example(&found.verdict), ["x = missing"]);
    let found = pair("region r\n  select x > 2\nregion s\n  reject x > 1\n");
    assert!(matches!(found.verdict, Verdict::Disjoint(_)));
}

#[test]
fn regions_as_conditions() {
    let found = pair("region r\n  select x > 2\n  select y > 2\nregion s\n  select n > 2\n  reject r\n");
    assert!(matches!(&found.verdict, Verdict::Disjoint(cuts) if cuts.len() == 1), "{:?}", found.verdict);
    let found = pair("region r\n  select x > 2\nregion s\n  take r\n  select n > 2\n");
    assert_eq!(found.within, Some(crate::hir::RegionId(1)));
}

#[test]
fn examples_are_easy_to_read() {
    let found =
        pair("region r\n  select x > 200\n  select size(Jet) >= 2\nregion s\n  select x < 400\n  select n == 3\n");
    assert_eq!(example(&found.verdict), ["x = 300", "n = 3", "size(Jet) = 2"]);
    // The sum fits its parts, and the order its numbers.
    let found = pair("region r\n  select x > 2\n  select 2 * x < 5\nregion s\n  select y > x\n  select y < 2.3\n");
    let values = example(&found.verdict);
    assert!(values.iter().any(|v| v.starts_with("x = 2.")), "{values:?}");
}

#[test]
fn cuts_that_are_not_understood_are_listed() {
    let found = pair("region r\n  select any(pt(Jet) > 3)\nregion s\n  select x > 2\n");
    assert_eq!(found.free.len(), 1);
    assert!(matches!(found.verdict, Verdict::Overlap(_)));
    // Two of them may exclude each other.
    let found = pair("region r\n  select any(pt(Jet) > 3)\nregion s\n  select all(pt(Jet) < 2)\n");
    assert!(matches!(found.verdict, Verdict::Unknown(_)));
}
