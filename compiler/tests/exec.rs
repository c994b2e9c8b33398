//! Small placed programs by hand, run by the interpreter and by compiled code: their outcomes are the same bit for bit,
//! and the ones expected.

#![allow(clippy::panic)] // A test fails.

mod engines;

use adl_runtime::histogram::{Axis, Content, Layout};
use adl_runtime::schema::ElementType::*;
use adlc::exec;
use adlc::exec::memory::{Column, Events};
use adlc::plan::intrinsic::INTRINSICS;
use adlc::plan::placed::{Op, SelectionId, SlotId};
use adlc::plan::*;
use adlc::source::{FileId, Span};
use engines::{Build, bits, both, reals};

const SPECIAL: [f64; 12] = [
    0.0,
    -0.0,
    1.0,
    -1.5,
    2.5,
    1e300,
    -1e-300,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    std::f64::consts::PI,
    -700.0,
];
const WHOLE: [i64; 9] = [0, 1, -1, 63, 64, -64, 1 << 40, i64::MAX, i64::MIN];

#[test]
fn every_stored_type_is_promoted() {
    let mut b = Build::default();
    let values = [0, 1, -1, 127, -128, 40000, -40000, 1 << 31, 1 << 40, i64::MAX];
    let mut columns = Vec::new();
    let mut wanted: Vec<Vec<u64>> = Vec::new();
    for element in [I8, U8, I16, U16, I32, U32, I64, U64] {
        b.input(element, None);
        columns.push(Column::integers(element, &values));
        let promote = |v: &i64| match element {
            I8 => *v as i8 as i64,
            U8 => *v as u8 as i64,
            I16 => *v as i16 as i64,
            U16 => *v as u16 as i64,
            I32 => *v as i32 as i64,
            U32 => *v as u32 as i64,
            _ => *v,
        };
        wanted.push(values.iter().map(|v| promote(v) as u64).collect());
    }
    b.input(Bool, None);
    let flags = [0, 1, 2, 255, 0, 1, 1, 0, 128, 0];
    columns.push(Column::integers(Bool, &flags));
    wanted.push(flags.iter().map(|v| u64::from(*v != 0)).collect());
    let numbers = [0.1, -0.0, f64::INFINITY, f64::NAN, 1e-45, 1e40, 3.0, -7.25, 1e10, 0.3];
    for element in [F32, F64] {
        b.input(element, None);
        columns.push(Column::reals(element, &numbers));
        let promote = |v: &f64| if element == F32 { f64::from(*v as f32) } else { *v };
        wanted.push(numbers.iter().map(|v| promote(v).to_bits()).collect());
    }
    let loads: Vec<Value> = (0..columns.len() as u32).map(|i| b.node(Node::Column(InputId(i)))).collect();
    let body = b.keep(&loads);
    let outcome = b.run(body, &Events { count: values.len(), sizes: vec![], columns });
    for (slot, wanted) in outcome.slots.iter().zip(&wanted) {
        assert_eq!(bits(&reals(slot)), bits(&reals(wanted)));
    }
}

#[test]
fn arithmetic_is_that_of_the_definitions() {
    let mut b = Build::default();
    let [x, y] = [F64, F64].map(|e| b.input(e, None)).map(|i| b.node(Node::Column(i)));
    let [i, j] = [I64, I64].map(|e| b.input(e, None)).map(|i| b.node(Node::Column(i)));
    let pairs = |n: usize| (0..n).flat_map(move |a| (0..n).map(move |b| (a, b)));
    let real: Vec<(f64, f64)> = pairs(SPECIAL.len()).map(|(a, b)| (SPECIAL[a], SPECIAL[b])).collect();
    let whole: Vec<(i64, i64)> =
        pairs(WHOLE.len()).map(|(a, b)| (WHOLE[a], WHOLE[b])).cycle().take(real.len()).collect();
    let mut values = vec![x, y, i, j];
    use adlc::plan::Binary::*;
    let compare = [Lt, Le, Eq, Ne];
    for op in [Add, Sub, Mul, Div, Min, Max].into_iter().chain(compare) {
        values.push(b.node(Node::Binary(op, x, y)));
    }
    let flags = values[10..].to_vec();
    for op in [Add, Sub, Mul, BitAnd, BitOr, Shl, Shr].into_iter().chain(compare) {
        values.push(b.node(Node::Binary(op, i, j)));
    }
    for op in [And, Or] {
        values.push(b.node(Node::Binary(op, flags[0], flags[3])));
    }
    for op in [Unary::Neg, Unary::Abs] {
        values.push(b.node(Node::Unary(op, x)));
        values.push(b.node(Node::Unary(op, i)));
    }
    for op in [Unary::Sqrt, Unary::Floor, Unary::IsNan, Unary::IsFinite] {
        values.push(b.node(Node::Unary(op, x)));
    }
    values.push(b.node(Node::Unary(Unary::ToReal, i)));
    for op in [Unary::Not, Unary::ToInt] {
        values.push(b.node(Node::Unary(op, flags[0])));
    }
    for (a, c) in [(x, y), (i, j), (flags[1], flags[2])] {
        values.push(b.node(Node::Select(flags[0], a, c)));
    }
    let of = b.plan.dag.keep_numbers(vec![2.5, -0.0, 7.0]);
    let number = b.node(Node::Number { of, at: i });
    values.push(number);
    let body = b.keep(&values);
    let columns = vec![
        Column::reals(F64, &real.iter().map(|p| p.0).collect::<Vec<_>>()),
        Column::reals(F64, &real.iter().map(|p| p.1).collect::<Vec<_>>()),
        Column::integers(I64, &whole.iter().map(|p| p.0).collect::<Vec<_>>()),
        Column::integers(I64, &whole.iter().map(|p| p.1).collect::<Vec<_>>()),
    ];
    let outcome = b.run(body, &Events { count: real.len(), sizes: vec![], columns });
    let expect = |index: usize, f: &dyn Fn(f64, f64) -> f64| {
        let wanted: Vec<f64> = real.iter().map(|(a, b)| f(*a, *b)).collect();
        assert_eq!(bits(&reals(&outcome.slots[index])), bits(&wanted), "value {index}");
    };
    expect(4, &|a, b| a + b);
    expect(7, &|a, b| a / b);
    expect(8, &|a, b| {
        if a.is_nan() || b.is_nan() {
            f64::NAN
        } else if b < a {
            b
        } else {
            a
        }
    });
    expect(9, &|a, b| {
        if a.is_nan() || b.is_nan() {
            f64::NAN
        } else if b > a {
            b
        } else {
            a
        }
    });
    let ne: Vec<u64> = real.iter().map(|(a, b)| u64::from(a != b && !a.is_nan() && !b.is_nan())).collect();
    assert_eq!(outcome.slots[13], ne);
    // Three numbers are four: the last is there twice.
    let numbers: Vec<f64> = whole.iter().map(|p| [2.5, -0.0, 7.0, 7.0][p.0.rem_euclid(4) as usize]).collect();
    assert_eq!(bits(&reals(&outcome.slots[values.len() - 1])), bits(&numbers));
}

#[test]
fn primitive_functions_are_the_same_in_both_engines() {
    let mut b = Build::default();
    let [x, y] = [F64, F64].map(|e| b.input(e, None)).map(|i| b.node(Node::Column(i)));
    let k = b.input(I64, None);
    let k = b.node(Node::Column(k));
    let mut values = Vec::new();
    for (intrinsic, _, arity) in INTRINSICS {
        values.push(b.node(Node::Call(intrinsic, (0..arity).map(|i| [x, y][i % 2]).collect())));
    }
    let two = b.node(Node::Int(2));
    for keys in [vec![], vec![k], vec![k, two, k]] {
        values.push(b.node(Node::Call(Intrinsic::Uniform, keys.clone())));
        values.push(b.node(Node::Call(Intrinsic::Normal, keys)));
    }
    let mut body = vec![Op::Let(x), Op::Let(y), Op::Let(k), Op::Let(two)];
    body.extend(b.keep(&values));
    let n = 1000;
    let x: Vec<f64> = (0..n).map(|i| if i < 12 { SPECIAL[i] } else { (i as f64 - 500.0) * 0.037 }).collect();
    let y: Vec<f64> = (0..n).map(|i| SPECIAL[i % 12] * if i < 100 { 1.0 } else { 0.01 * i as f64 }).collect();
    let k: Vec<i64> = (0..n as i64).collect();
    let columns = vec![Column::reals(F64, &x), Column::reals(F64, &y), Column::integers(I64, &k)];
    let outcome = b.run(body, &Events { count: n, sizes: vec![], columns });
    assert_eq!(reals(&outcome.slots[0])[100], adl_runtime::math::sin(x[100]));
    assert_eq!(reals(&outcome.slots[17])[700], adl_runtime::math::wrap(x[700]));
}

/// Jets with a momentum: sizes 0 to 40, with ties, NaN and infinities among the momenta.
fn jets() -> (Build, CollectionId, InputId, Events) {
    let mut b = Build::default();
    let collection = b.collection("Jet");
    let pt = b.input(F32, Some(collection));
    let sizes: Vec<u32> = (0..60u32).map(|e| if e % 7 == 0 { 0 } else { e * 11 % 41 }).collect();
    let total: u32 = sizes.iter().sum();
    let values: Vec<f64> = (0..total)
        .map(|i| match i % 17 {
            3 => f64::NAN,
            8 => f64::INFINITY,
            k => f64::from((i * 7 + k) % 10) * 10.0,
        })
        .collect();
    let events = Events { count: 60, sizes: vec![sizes], columns: vec![Column::reals(F32, &values)] };
    (b, collection, pt, events)
}

fn each(over: List, depth: u8, body: Vec<Op>) -> Op {
    Op::For { over, depth, after: None, before: None, until: None, body }
}

#[test]
fn lists_are_filtered_sorted_and_read_across_parts() {
    let (mut b, collection, pt, events) = jets();
    b.plan.histograms.push(Layout {
        axes: vec![Axis::Labels(vec![]), Axis::Labels(vec![])],
        content: Content::Weights,
        weighted: false,
    });
    let all = b.list(ListNode::All(collection));
    let item = b.item(all, 0);
    let momentum = b.node(Node::Load { input: pt, at: item });
    let twenty = b.real(20.0);
    let keep = b.node(Node::Binary(Binary::Le, twenty, momentum));
    let hard = b.list(ListNode::Filter { of: all, depth: 0, keep });
    let hard_item = b.item(hard, 0);
    let hard_momentum = b.node(Node::Load { input: pt, at: hard_item });
    let sort = |of, key, descending| ListNode::Sort { of, depth: 0, key, descending };
    let falling = b.list(sort(hard, hard_momentum, true));
    let rising = b.list(sort(all, momentum, false));
    let slots = [b.slot(), b.slot(), b.slot(), b.slot()];
    let push = |list, word, key| Op::Push { list, words: vec![word], key };
    let loads = || vec![Op::Let(momentum), Op::Let(twenty), Op::Let(keep)];
    let mut filter = loads();
    filter.push(Op::If { cond: keep, then: vec![push(hard, item, None)], otherwise: vec![] });
    let body = vec![
        Op::Begin(hard),
        each(all, 0, filter),
        Op::End(hard),
        Op::Begin(falling),
        Op::Begin(rising),
        each(hard, 0, vec![Op::Let(hard_momentum), push(falling, hard_item, Some(hard_momentum))]),
        each(all, 0, vec![Op::Let(momentum), push(rising, item, Some(momentum))]),
        Op::End(rising),
        Op::End(falling),
        Op::StoreList([slots[0], slots[1]], falling),
        Op::StoreList([slots[2], slots[3]], rising),
    ];
    // The second part reads what the first has made.
    let falling_item = b.item(falling, 0);
    let falling_position = b.node(Node::Position { list: falling, depth: 0 });
    let as_real = b.node(Node::Unary(Unary::ToReal, falling_item));
    let position = b.node(Node::Unary(Unary::ToReal, falling_position));
    let mut second = vec![
        Op::FetchList([slots[0], slots[1]], falling),
        Op::FetchList([slots[2], slots[3]], rising),
        each(
            falling,
            0,
            vec![
                Op::Let(as_real),
                Op::Let(position),
                Op::Fill { histogram: HistogramId(0), axes: vec![as_real, position], weight: None },
            ],
        ),
    ];
    let size = b.node(Node::Size(falling));
    let mut values = vec![size];
    for position in [0, 1, -1, 39, 1000, i64::MIN] {
        let position = b.node(Node::Int(position));
        for list in [falling, rising, all] {
            values.push(b.node(Node::At { list, position, word: 0 }));
        }
    }
    second.extend(b.keep(&values));
    let program = b.program(vec![b.part(body), b.part(second)]);
    let outcome = both(&b.plan, &program, &events, &[slots[0], slots[2]]);
    assert_eq!(outcome.slots[3], events.sizes[0].iter().map(|s| u64::from(*s)).collect::<Vec<_>>());
    assert!(outcome.slots[1].iter().zip(&outcome.slots[3]).all(|(hard, all)| hard <= all));
    assert!(outcome.slots[1].iter().any(|hard| *hard > 20));
    assert_eq!(outcome.fills[0].len() as u64, 2 * outcome.slots[1].iter().sum::<u64>());
}

#[test]
fn pairs_tables_and_winners() {
    let (mut b, collection, pt, events) = jets();
    let all = b.list(ListNode::All(collection));
    let (first, second) = (b.item(all, 0), b.item(all, 1));
    let (at, other) = (b.node(Node::Position { list: all, depth: 0 }), b.node(Node::Position { list: all, depth: 1 }));
    let momentum = b.node(Node::Load { input: pt, at: first });
    let root = b.node(Node::Unary(Unary::Sqrt, momentum));
    let table = b.node(Node::Table { over: all, depth: 0, body: root, place: None });
    let left = b.node(Node::TableAt { table, position: at });
    let right = b.node(Node::TableAt { table, position: other });
    let wild = b.node(Node::Int(100_000));
    let beyond = b.node(Node::TableAt { table, position: wild });
    let sum = b.node(Node::Binary(Binary::Add, left, right));
    let five = b.real(5.0);
    let keep = b.node(Node::Binary(Binary::Le, five, sum));
    let pairs = b.list(ListNode::Combine { of: vec![all, all], depth: 0, after: vec![None, Some(0)], keep });
    let [one, two] = [0, 1].map(|word| b.node(Node::Item { list: pairs, depth: 0, word }));
    let product = b.node(Node::Binary(Binary::Mul, one, two));
    let yes = b.node(Node::Bool(true));
    let total = b.node(Node::Reduce { op: Reduction::Sum, over: pairs, depth: 0, keep: yes, body: product });
    let [pt1, pt2] = [one, two].map(|at| b.node(Node::Load { input: pt, at }));
    let far = b.node(Node::Binary(Binary::Sub, pt1, pt2));
    let best = b.node(Node::Best { over: pairs, depth: 0, keep: yes, keys: vec![far, pt1] });
    let found = b.node(Node::Found(best));
    let [won1, won2] = [0, 1].map(|word| b.node(Node::Winner { best, word }));
    let size = b.node(Node::Size(pairs));
    let push = Op::Push { list: pairs, words: vec![first, second], key: None };
    let mut body = vec![
        Op::BeginTable(table),
        each(all, 0, vec![Op::Let(momentum), Op::Let(root), Op::PutTable(table)]),
        Op::Begin(pairs),
        each(
            all,
            0,
            vec![
                Op::Let(left),
                Op::For {
                    over: all,
                    depth: 1,
                    after: Some(at),
                    before: None,
                    until: None,
                    body: vec![
                        Op::Let(right),
                        Op::Let(sum),
                        Op::Let(keep),
                        Op::If { cond: keep, then: vec![push], otherwise: vec![] },
                    ],
                },
            ],
        ),
        Op::End(pairs),
        Op::Start(total),
        Op::Start(best),
        each(
            pairs,
            0,
            vec![Op::Let(product), Op::Update(total), Op::Let(pt1), Op::Let(pt2), Op::Let(far), Op::Update(best)],
        ),
        Op::Store(b.slot(), total),
    ];
    let slots: Vec<SlotId> = (0..3).map(|_| b.slot()).collect();
    body.extend(b.keep(&[size, beyond, found, won1, won2]));
    body.push(Op::StoreBest(slots.clone(), best));
    let mut later = vec![Op::FetchBest(slots, best)];
    later.extend(b.keep(&[found, won1, won2]));
    let program = b.program(vec![b.part(body), b.part(later)]);
    let outcome = both(&b.plan, &program, &events, &[]);
    assert!(outcome.slots[4].iter().any(|pairs| *pairs > 300));
    assert!(reals(&outcome.slots[5]).iter().all(|entry| entry.is_nan()));
    assert_eq!(outcome.slots[6], outcome.slots[9]);
    assert_eq!(outcome.slots[8], outcome.slots[11]);
}

#[test]
fn reductions_start_neutral_and_stop_early() {
    let (mut b, collection, pt, events) = jets();
    let all = b.list(ListNode::All(collection));
    let item = b.item(all, 0);
    let momentum = b.node(Node::Load { input: pt, at: item });
    let fifty = b.real(50.0);
    let above = b.node(Node::Binary(Binary::Lt, fifty, momentum));
    let mut body = Vec::new();
    let mut kept = Vec::new();
    use Reduction::*;
    for (op, of) in [
        (Sum, momentum),
        (Sum, item),
        (Product, momentum),
        (Product, item),
        (Min, momentum),
        (Max, momentum),
        (Any, above),
        (All, above),
        (Count, above),
    ] {
        let yes = b.node(Node::Bool(true));
        let reduce = b.node(Node::Reduce { op, over: all, depth: 0, keep: yes, body: of });
        let until = match op {
            Any => Some((reduce, true)),
            All => Some((reduce, false)),
            _ => None,
        };
        let inner = vec![Op::Let(momentum), Op::Let(fifty), Op::Let(above), Op::Update(reduce)];
        body.push(Op::Start(reduce));
        body.push(Op::For { over: all, depth: 0, after: None, before: None, until, body: inner });
        kept.push(reduce);
    }
    for reduce in kept {
        body.push(Op::Store(b.slot(), reduce));
    }
    let outcome = b.run(body, &events);
    let empty: Vec<u64> = outcome.slots.iter().map(|slot| slot[0]).collect();
    let (one, inf) = (1f64.to_bits(), f64::INFINITY.to_bits());
    assert_eq!(empty, [0, 0, one, 1, inf, f64::NEG_INFINITY.to_bits(), 0, 1, 0]);
}

/// Cuts on the objects of a collection, as conditions of what is counted and as what is asked of each: of every stored
/// type, against numbers that it has and that it has not.
#[test]
fn objects_are_counted_by_cuts_on_columns_of_every_type() {
    let (mut b, collection, pt, events) = jets();
    let total = events.sizes[0].iter().sum::<u32>() as usize;
    let mut columns = events.columns;
    let nearly: Vec<f64> = (0..total).map(|i| [0.1, -2.4, 2.4, 0.0, -0.0, f64::NAN, 1e30][i * 5 % 7]).collect();
    columns.push(Column::reals(F32, &nearly));
    let whole = [0, 1, -1, 2, 127, -128, 200, 40000, -32768, i64::from(i32::MIN), i64::from(u32::MAX), i64::MAX];
    let values: Vec<i64> = (0..total).map(|i| whole[i * 7 % whole.len()]).collect();
    let integers = [I8, U8, I16, U16, I32, U32, I64, U64];
    columns.extend(integers.map(|element| Column::integers(element, &values)));
    columns.push(Column::integers(Bool, &(0..total as i64).map(|i| i % 3).collect::<Vec<_>>()));
    let all = b.list(ListNode::All(collection));
    let item = b.item(all, 0);
    let inputs = [F32].iter().chain(&integers).chain(&[Bool]).map(|element| b.input(*element, Some(collection)));
    let inputs: Vec<InputId> = [pt].into_iter().chain(inputs).collect();
    let loads: Vec<Value> = inputs.iter().map(|input| b.node(Node::Load { input: *input, at: item })).collect();
    let (pt, eta, ids, tight) = (loads[0], loads[1], &loads[2..10], loads[10]);
    let (abs, neg) = (b.node(Node::Unary(Unary::Abs, eta)), b.node(Node::Unary(Unary::Neg, eta)));
    let mut pairs = Vec::new();
    for number in [30.0, 0.1, 2.4, -2.4, 1e300, -1e300, f64::INFINITY, f64::NAN] {
        let number = b.real(number);
        pairs.extend([pt, eta, abs, neg].map(|of| (of, number)));
    }
    for number in [1, 200, -32768, i64::from(u32::MAX)] {
        let number = b.node(Node::Int(number));
        pairs.extend(ids.iter().map(|of| (*of, number)));
    }
    pairs.extend([(pt, eta), (ids[0], ids[1])]);
    // Each with one of the comparisons and in one of the orders.
    let mut flags: Vec<Value> = (0..)
        .zip(pairs)
        .map(|(n, (a, c))| {
            let op = [Binary::Lt, Binary::Le, Binary::Eq, Binary::Ne][n % 5 % 4];
            b.node(if n % 3 == 0 { Node::Binary(op, c, a) } else { Node::Binary(op, a, c) })
        })
        .collect();
    let number = b.real(2.4);
    let central = b.node(Node::Binary(Binary::Lt, abs, number));
    let both = b.node(Node::Binary(Binary::And, central, flags[3]));
    let either = b.node(Node::Binary(Binary::Or, flags[5], tight));
    let neither = b.node(Node::Unary(Unary::Not, either));
    flags.extend([central, tight, both, either, neither]);
    let made = [loads.clone(), vec![abs, neg], flags.clone()].concat();
    let yes = b.node(Node::Bool(true));
    let mut outcomes = Vec::new();
    for flag in &flags {
        let mut reduce = |op, body| b.node(Node::Reduce { op, over: all, depth: 0, keep: yes, body });
        let [count, any, every] =
            [reduce(Reduction::Count, yes), reduce(Reduction::Any, *flag), reduce(Reduction::All, *flag)];
        let mut body: Vec<Op> = [count, any, every].map(Op::Start).to_vec();
        let lets = || made.iter().map(|value| Op::Let(*value));
        let tight_and = |op: Op| Op::If { cond: tight, then: vec![op], otherwise: vec![] };
        let counted = Op::If { cond: *flag, then: vec![Op::Update(count)], otherwise: vec![] };
        body.push(each(all, 0, lets().chain([tight_and(counted), Op::Update(every)]).collect()));
        let asked = lets().chain([tight_and(Op::Update(any))]).collect();
        body.push(Op::For { over: all, depth: 0, after: None, before: None, until: Some((any, true)), body: asked });
        b.slots = 0;
        body.extend([count, any, every].map(|reduce| Op::Store(b.slot(), reduce)));
        let events = Events { count: events.count, sizes: events.sizes.clone(), columns: columns.clone() };
        outcomes.push(b.run(body, &events));
    }
    // The float that 2.4 is stored as is above it.
    let at = flags.iter().take_while(|flag| **flag != central).count();
    let outcome = &outcomes[at];
    let mut next = 0;
    for (event, size) in events.sizes[0].iter().enumerate() {
        let jets = next..next + *size as usize;
        next = jets.end;
        let is_central = |i: usize| nearly[i].abs() < 2.3;
        let counted = jets.clone().filter(|i| is_central(*i) && i % 3 != 0).count();
        assert_eq!(outcome.slots[0][event], counted as u64);
        assert_eq!(outcome.slots[1][event], u64::from(counted > 0));
        assert_eq!(outcome.slots[2][event], u64::from(jets.clone().all(is_central)));
    }
}

#[test]
fn effects_are_in_order_and_the_earliest_fault_is_kept() {
    let mut b = Build::default();
    let weight = b.input(F64, None);
    let weight = b.node(Node::Column(weight));
    b.plan.counters = 2;
    b.plan.sums = 2;
    let axes = || vec![Axis::Regular { bins: 4, low: 0.0, high: 1.0 }];
    for (content, weighted) in [(Content::Weights, false), (Content::Weights, true), (Content::Profile, true)] {
        b.plan.histograms.push(Layout { axes: axes(), content, weighted });
    }
    let span = Span { file: FileId(0), start: 0, end: 0 };
    for title in ["first", "second"] {
        b.plan.sites.push(Site { span, title: title.into(), shown: vec![span; 2] });
    }
    let finite = b.node(Node::Unary(Unary::IsFinite, weight));
    let half = b.real(0.5);
    let small = b.node(Node::Binary(Binary::Lt, weight, half));
    let fill = |histogram, axes, weight| Op::Fill { histogram: HistogramId(histogram), axes, weight };
    let body = vec![
        Op::Let(weight),
        Op::Let(finite),
        Op::Let(half),
        Op::Let(small),
        Op::Count(CounterId(0)),
        Op::Check { ok: small, site: SiteId(1), values: vec![weight, half] },
        Op::Check { ok: finite, site: SiteId(0), values: vec![half, weight] },
        Op::If {
            cond: small,
            then: vec![
                Op::Count(CounterId(1)),
                Op::Sum { sum: SumId(1), weight },
                fill(0, vec![weight], None),
                fill(1, vec![weight], Some(weight)),
                fill(1, vec![weight], None),
                Op::Select(SelectionId(1)),
            ],
            otherwise: vec![fill(2, vec![half, weight], Some(weight)), Op::Select(SelectionId(2))],
        },
    ];
    let mut later = b.part(vec![Op::Sum { sum: SumId(0), weight: half }, Op::Count(CounterId(0))]);
    later.body.insert(0, Op::Let(half));
    later.selection = SelectionId(2);
    let program = b.program(vec![b.part(body), later]);
    let values: Vec<f64> = (0..1000).map(|i| if i == 500 { f64::NAN } else { f64::from(i % 7) / 7.0 }).collect();
    let mut events = Events { count: 1000, sizes: vec![], columns: vec![Column::reals(F64, &values)] };
    let outcome = both(&b.plan, &program, &events, &[]);
    assert_eq!(outcome.fault, Some((4, 1)));
    assert_eq!(outcome.fault_values, [4.0 / 7.0, 0.5], "those of the earliest fault");
    assert_eq!(outcome.counters[1] as usize, outcome.selections[1].len());
    assert_eq!(outcome.counters[0] as usize, 1000 + outcome.selections[2].len());
    assert_eq!(outcome.sums[0], 0.5 * outcome.selections[2].len() as f64);
    assert_eq!(outcome.fills[0].len(), outcome.selections[1].len());
    assert_eq!(outcome.fills[1].len(), 4 * outcome.selections[1].len());
    assert_eq!(outcome.fills[2].len(), 3 * outcome.selections[2].len());
    events = Events { count: 0, sizes: vec![], columns: vec![Column::reals(F64, &[])] };
    assert_eq!(both(&b.plan, &program, &events, &[]).fault, None);
}

#[test]
fn what_is_not_well_formed_is_refused_in_words() {
    let (mut b, collection, pt, _) = jets();
    let all = b.list(ListNode::All(collection));
    let item = b.item(all, 0);
    let momentum = b.node(Node::Load { input: pt, at: item });
    let yes = b.node(Node::Bool(true));
    let hard = b.list(ListNode::Filter { of: all, depth: 0, keep: yes });
    let hard_size = b.node(Node::Size(hard));
    let sum = b.node(Node::Reduce { op: Reduction::Sum, over: all, depth: 0, keep: yes, body: momentum });
    let slot = b.slot();
    let refuse = |body: Vec<Op>, words: &str| {
        let reason = match exec::compile(&b.plan, &b.program(vec![b.part(body)])) {
            Ok(_) => panic!("compiled: {words}"),
            Err(reason) => reason,
        };
        assert!(reason.contains(words), "{reason}");
    };
    refuse(vec![Op::Let(momentum)], "before it is set");
    refuse(vec![Op::Let(hard_size)], "before it is made");
    refuse(vec![each(all, 0, vec![]), Op::Store(slot, item)], "before it is set");
    refuse(vec![Op::Update(sum)], "before it is started");
    refuse(vec![Op::If { cond: hard_size, then: vec![], otherwise: vec![] }], "is not Bool");
    refuse(vec![Op::Count(CounterId(0))], "counter 0 of 0");
    refuse(vec![Op::Store(SlotId(7), yes)], "slot 7 of 1");
    refuse(vec![Op::Fetch(slot, yes)], "before it is written");
    refuse(vec![each(all, 0, vec![Op::Select(SelectionId(1))])], "wrong place");
    refuse(vec![Op::Begin(all)], "is the input's");
    refuse(vec![Op::Push { list: hard, words: vec![], key: None }], "has not its words");
}
