//! Constants fold with every bit; nothing else changes.

use super::super::dag::{Binary, Dag, ListNode, Node, POSITION_MASK, Reduction, TAG_SHIFT, Ty, Unary};
use crate::plan::{CollectionId, Intrinsic};

#[test]
fn only_identities_that_keep_every_bit_are_used() {
    let mut d = Dag::new();
    let input = d.input(Ty::Real, None);
    let x = d.column(input);
    let (zero, negative_zero, one, nan) = (d.real(0.0), d.real(-0.0), d.real(1.0), d.real(f64::NAN));
    assert_eq!(d.binary(Binary::Mul, x, one), x);
    assert_eq!(d.binary(Binary::Div, x, one), x);
    for (op, other) in [(Binary::Add, zero), (Binary::Mul, zero), (Binary::Sub, zero), (Binary::Add, negative_zero)] {
        assert_ne!(d.binary(op, x, other), x);
    }
    assert!(matches!(d.node(zero), Node::Real(0)) && zero != negative_zero);
    for op in [Binary::Lt, Binary::Le, Binary::Eq, Binary::Ne] {
        let compared = d.binary(op, nan, one);
        assert!(d.is_false(compared), "{op:?}");
        let same = d.binary(op, x, x);
        assert!(!d.is_true(same) && !d.is_false(same), "{op:?} of a number that may be missing");
    }
    let (a, b) = (d.real(0.1), d.real(0.2));
    let sum = d.binary(Binary::Add, a, b);
    assert_eq!(*d.node(sum), Node::Real((0.1f64 + 0.2).to_bits()));
    let smallest = d.binary(Binary::Min, nan, one);
    assert_eq!(smallest, nan);
    let negated = d.unary(Unary::Neg, nan);
    assert_eq!(negated, nan, "all NaNs are one");
}

#[test]
fn integers_wrap_and_shifts_are_masked() {
    let mut d = Dag::new();
    let (max, one, many) = (d.int(i64::MAX), d.int(1), d.int(65));
    let wrapped = d.binary(Binary::Add, max, one);
    assert_eq!(*d.node(wrapped), Node::Int(i64::MIN));
    let shifted = d.binary(Binary::Shl, one, many);
    assert_eq!(*d.node(shifted), Node::Int(2));
}

#[test]
fn conditions_simplify() {
    let mut d = Dag::new();
    let input = d.input(Ty::Bool, None);
    let (x, yes, no) = (d.column(input), d.bool(true), d.bool(false));
    let not = d.not(x);
    assert_eq!(d.not(not), x);
    assert_eq!((d.and(x, yes), d.and(yes, x), d.and(x, no), d.or(x, no), d.or(x, yes)), (x, x, no, x, yes));
    assert_eq!((d.or(x, not), d.select(yes, x, no), d.select(x, yes, no), d.select(x, no, yes)), (yes, x, x, not));
}

#[test]
fn lists_that_keep_all_are_their_source() {
    let mut d = Dag::new();
    let all = d.all(CollectionId(0));
    let (yes, no) = (d.bool(true), d.bool(false));
    assert_eq!((d.filter(all, 0, yes), d.union(vec![all])), (all, all));
    let (zero, size) = (d.int(0), d.size(all));
    assert_eq!(d.slice(all, zero, size), all);
    let nothing = d.reduce(Reduction::Sum, all, 0, no, zero);
    assert_eq!(nothing, zero);
    let input = d.input(Ty::Real, Some(CollectionId(0)));
    let item = d.item(all, 0, 0);
    let key = d.load(input, item);
    let sorted = d.sort(all, 0, key, true);
    assert!(matches!(d.list(sorted), ListNode::Sort { .. }));
    assert_eq!(d.size(sorted), size, "order does not change the number");
}

#[test]
fn what_a_tagged_word_holds_is_known_where_its_collection_is() {
    let mut d = Dag::new();
    let lists = [CollectionId(0), CollectionId(3)].map(|c| d.all(c));
    let both = d.union(lists.to_vec());
    let (shift, mask) = (d.int(TAG_SHIFT), d.int(POSITION_MASK));
    for (list, number) in lists.into_iter().zip([0, 3]) {
        let leaf = d.leaves(list)[0].clone();
        let item = d.item(list, 0, 0);
        let word = d.tagged(item, &leaf);
        let (tag, number) = (d.binary(Binary::Shr, word, shift), d.int(number));
        assert_eq!((tag, d.binary(Binary::BitAnd, word, mask)), (number, item));
    }
    let unknown = d.item(both, 0, 0);
    assert_ne!(d.binary(Binary::BitAnd, unknown, mask), unknown);
}

#[test]
fn a_choice_that_covers_all_numbers_needs_no_third_case() {
    let mut d = Dag::new();
    let input = d.input(Ty::Real, None);
    let (x, zero, nan, other) = (d.column(input), d.real(0.0), d.real(f64::NAN), d.real(2.0));
    let (below, above) = (d.binary(Binary::Lt, x, zero), d.binary(Binary::Le, zero, x));
    let (minus, root) = (d.unary(Unary::Neg, x), d.unary(Unary::Sqrt, x));
    let inner = d.select(above, root, nan);
    let chosen = d.select(below, minus, inner);
    assert_eq!(*d.node(chosen), Node::Select(below, minus, root), "the root of NaN is NaN anyway");
    let inner = d.select(above, other, nan);
    let chosen = d.select(below, minus, inner);
    assert_eq!(*d.node(chosen), Node::Select(below, minus, inner), "2 is not NaN where x is");
}

#[test]
fn a_root_is_not_needed_to_compare_it_with_a_constant() {
    let mut d = Dag::new();
    let input = d.input(Ty::Real, None);
    let (x, limit, zero) = (d.column(input), d.real(3.0), d.real(0.0));
    let square = d.binary(Binary::Mul, x, x);
    let nine = d.real(9.0);
    let root = d.unary(Unary::Sqrt, square);
    let less = d.binary(Binary::Lt, root, limit);
    assert_eq!(*d.node(less), Node::Binary(Binary::Lt, square, nine));
    let at_least = d.binary(Binary::Le, limit, root);
    assert_eq!(*d.node(at_least), Node::Binary(Binary::Le, nine, square));
    // Of what may be negative there may be no root, which is not less than anything.
    let root = d.unary(Unary::Sqrt, x);
    let less = d.binary(Binary::Lt, root, limit);
    assert_eq!(*d.node(less), Node::Binary(Binary::Lt, root, limit));
    let more = d.binary(Binary::Le, limit, root);
    assert_eq!(*d.node(more), Node::Binary(Binary::Le, nine, x));
    let size = d.unary(Unary::Abs, x);
    let (root, negative) = (d.unary(Unary::Sqrt, size), d.binary(Binary::Lt, x, zero));
    let minus = d.unary(Unary::Neg, root);
    let mass = d.select(negative, minus, root);
    let light = d.binary(Binary::Lt, mass, limit);
    assert_eq!(*d.node(light), Node::Binary(Binary::Lt, x, nine), "a negative square is of a negative mass");
}

#[test]
fn what_is_computed_of_what_is_missing_is_missing_too() {
    let mut d = Dag::new();
    let (input, flag) = (d.input(Ty::Real, None), d.input(Ty::Bool, None));
    let (x, there, nan, two) = (d.column(input), d.column(flag), d.real(f64::NAN), d.real(2.0));
    let given = d.select(there, x, nan);
    let (double, root) = (d.binary(Binary::Mul, given, two), d.unary(Unary::Sqrt, given));
    let sum = d.binary(Binary::Add, double, root);
    let (x_double, x_root) = (d.binary(Binary::Mul, x, two), d.unary(Unary::Sqrt, x));
    let of_x = d.binary(Binary::Add, x_double, x_root);
    assert_eq!(*d.node(sum), Node::Select(there, of_x, nan), "one choice at the end");
    let sine = d.call(Intrinsic::Sin, vec![given]);
    let of_x = d.call(Intrinsic::Sin, vec![x]);
    assert_eq!(*d.node(sine), Node::Select(there, of_x, nan));
    // Not every function of what is missing is, and a comparison is false.
    let power = d.call(Intrinsic::Pow, vec![given, two]);
    assert_eq!(*d.node(power), Node::Call(Intrinsic::Pow, vec![given, two]));
    let less = d.binary(Binary::Lt, given, two);
    assert_eq!(*d.node(less), Node::Binary(Binary::Lt, given, two));
    // The choice of an event is not made again for every object.
    let jets = d.all(CollectionId(0));
    let pt = d.input(Ty::Real, Some(CollectionId(0)));
    let item = d.item(jets, 0, 0);
    let pt = d.load(pt, item);
    let difference = d.binary(Binary::Sub, pt, given);
    assert_eq!(*d.node(difference), Node::Binary(Binary::Sub, pt, given));
    // The root of a missing square needs no root to be compared, nor does a signed one.
    let (square, nine, zero, limit) = (d.binary(Binary::Mul, given, given), d.real(9.0), d.real(0.0), d.real(3.0));
    let root = d.unary(Unary::Sqrt, square);
    let less = d.binary(Binary::Lt, root, limit);
    assert_eq!(*d.node(less), Node::Binary(Binary::Lt, square, nine));
    let size = d.unary(Unary::Abs, given);
    let (root, negative) = (d.unary(Unary::Sqrt, size), d.binary(Binary::Lt, given, zero));
    let minus = d.unary(Unary::Neg, root);
    let mass = d.select(negative, minus, root);
    let light = d.binary(Binary::Lt, mass, limit);
    assert_eq!(*d.node(light), Node::Binary(Binary::Lt, given, nine));
}
