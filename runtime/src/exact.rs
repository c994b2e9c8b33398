//! Sums that do not depend on the order of their terms: exact while they are made, rounded once when they are read.
//!
//! A sum is a pair (high, low) whose exact sum is the value, kept by error-free additions (Knuth's two-sum; Shewchuk,
//! "Adaptive Precision Floating-Point Arithmetic", 1997). What the pair cannot hold goes to a wide number (`wide`) on the
//! side, which few sums ever need. Equal values have equal pairs after [`ExactSums::terms`].
//!
//! Terms are finite by the time they come here: an infinite or missing weight is a fault of its event. Products such as
//! w² may still overflow; a term that is not finite makes the sum what IEEE 754 says in every order: NaN after a NaN or
//! after infinities of both signs, else that infinity.

use std::collections::BTreeMap;

use crate::wide::Wide;

/// A row of exact sums, all 0 at first.
#[derive(Clone, Debug, Default)]
pub struct ExactSums {
    high: Vec<f64>,
    low: Vec<f64>,
    rest: BTreeMap<usize, Rest>,
}

/// What is not in a pair.
#[derive(Clone, Debug, Default)]
struct Rest {
    wide: Wide,
    /// The sum of the terms that were not finite, or 0.
    not_finite: f64,
}

/// `a + b` as the nearest number and the exact error.
#[inline]
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let s = a + b;
    let t = s - a;
    (s, (a - (s - t)) + (b - t))
}

impl ExactSums {
    /// This many sums.
    #[must_use]
    pub fn new(len: usize) -> ExactSums {
        ExactSums { high: vec![0.0; len], low: vec![0.0; len], rest: BTreeMap::new() }
    }

    /// Their number.
    #[must_use]
    pub fn len(&self) -> usize {
        self.high.len()
    }

    /// True if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.high.is_empty()
    }

    /// Adds a term to a sum; nothing happens if there is no sum of this number.
    #[inline]
    pub fn add(&mut self, index: usize, term: f64) {
        let (Some(high), Some(low)) = (self.high.get_mut(index), self.low.get_mut(index)) else { return };
        let (s, lowest) = two_sum(*low, term);
        let (h, l) = two_sum(*high, s);
        let (l, over) = two_sum(l, lowest);
        let (h, l) = two_sum(h, l);
        if h.is_finite() && over == 0.0 {
            (*high, *low) = (h, l);
        } else {
            let rest = self.rest.entry(index).or_default();
            match (term.is_finite(), h.is_finite()) {
                (false, _) => rest.not_finite += term,
                (true, true) => {
                    (*high, *low) = (h, l);
                    rest.wide.add(over);
                }
                // The pair would overflow on the way to a sum that may be finite.
                (true, false) => rest.wide.add(term),
            }
        }
    }

    /// A sum, rounded to the nearest number (ties to even).
    #[must_use]
    pub fn value(&self, index: usize) -> f64 {
        self.terms(index).0
    }

    /// All sums, rounded.
    #[must_use]
    pub fn values(&self) -> Vec<f64> {
        (0..self.len()).map(|index| self.value(index)).collect()
    }

    /// The canonical form of a sum: its rounded value, then the rounded rest, and so on until nothing is left. Two sums
    /// are equal exactly if their terms are. A sum that is not finite has one term.
    #[must_use]
    pub fn terms(&self, index: usize) -> (f64, Vec<f64>) {
        let high = self.high.get(index).copied().unwrap_or(0.0);
        let low = self.low.get(index).copied().unwrap_or(0.0);
        let Some(rest) = self.rest.get(&index) else {
            return (high, if low == 0.0 { Vec::new() } else { vec![low] });
        };
        if rest.not_finite != 0.0 {
            return (rest.not_finite, Vec::new());
        }
        let mut wide = rest.wide.clone();
        wide.add(high);
        wide.add(low);
        let first = wide.round();
        let mut terms = Vec::new();
        let mut term = first;
        while term.is_finite() {
            wide.add(-term);
            term = wide.round();
            if term == 0.0 {
                break;
            }
            terms.push(term);
        }
        (first, terms)
    }

    /// Adds the sums of another row, one by one. Order and grouping of merges do not matter.
    pub fn merge(&mut self, other: &ExactSums) {
        for (index, (&high, &low)) in other.high.iter().zip(&other.low).enumerate() {
            if high != 0.0 {
                self.add(index, high);
            }
            if low != 0.0 {
                self.add(index, low);
            }
        }
        for (&index, theirs) in &other.rest {
            let ours = self.rest.entry(index).or_default();
            ours.wide.merge(&theirs.wide);
            ours.not_finite += theirs.not_finite;
        }
    }
}

impl PartialEq for ExactSums {
    /// Equal values, whatever the order in which they were summed.
    fn eq(&self, other: &ExactSums) -> bool {
        let bits = |(first, rest): (f64, Vec<f64>)| {
            let first = if first.is_nan() { f64::NAN } else { first };
            (first.to_bits(), rest.into_iter().map(f64::to_bits).collect::<Vec<_>>())
        };
        self.len() == other.len() && (0..self.len()).all(|i| bits(self.terms(i)) == bits(other.terms(i)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A small generator (SplitMix64, Steele et al. 2014), so that failures repeat.
    struct Random(u64);

    impl Random {
        fn next(&mut self) -> u64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        }

        fn shuffle(&mut self, terms: &mut [f64]) {
            for i in (1..terms.len()).rev() {
                terms.swap(i, (self.next() % (i as u64 + 1)) as usize);
            }
        }
    }

    fn sum(terms: &[f64]) -> ExactSums {
        let mut sums = ExactSums::new(1);
        terms.iter().for_each(|&t| sums.add(0, t));
        sums
    }

    #[test]
    fn sums_equal_big_integer_sums() {
        let mut random = Random(1);
        for _ in 0..2000 {
            // Terms are integers times 2^-60, of 53 bits at any of 60 places: an i128 holds their exact sum.
            let count = 1 + random.next() % 200;
            let mut reference = 0_i128;
            let mut terms = Vec::new();
            for _ in 0..count {
                let mantissa = (random.next() >> 11) as i64 - (1_i64 << 52);
                let shift = random.next() % 61;
                reference += i128::from(mantissa) << shift;
                terms.push(mantissa as f64 * (shift as f64 - 60.0).exp2());
            }
            let expected = reference as f64 * (-60_f64).exp2();
            assert_eq!(sum(&terms).value(0).to_bits(), (expected + 0.0).to_bits());
        }
    }

    #[test]
    fn order_and_grouping_do_not_matter() {
        let mut random = Random(2);
        for round in 0..500 {
            let spread = [4, 100, 2000][round % 3];
            let mut terms: Vec<f64> = (0..100)
                .map(|_| {
                    let exponent = (1023 + random.next() % spread).saturating_sub(spread / 2).clamp(1, 2046);
                    f64::from_bits((random.next() << 63) | (exponent << 52) | (random.next() >> 12))
                })
                .collect();
            let reference = sum(&terms);
            for _ in 0..5 {
                random.shuffle(&mut terms);
                let cut = (random.next() % 101) as usize;
                let (left, right) = terms.split_at(cut);
                let mut merged = sum(right);
                merged.merge(&sum(left));
                assert_eq!(merged, reference);
                assert_eq!(sum(&terms).value(0).to_bits(), reference.value(0).to_bits());
            }
        }
    }

    #[test]
    fn cancellation_leaves_what_is_left() {
        assert_eq!(sum(&[1e300, 1.0, 1e-300, -1e300, -1.0]).value(0), 1e-300);
        assert_eq!(sum(&[1.0, 1e-300, -1.0, -1e-300]).terms(0), (0.0, vec![]));
        // Halfway between two numbers, and a little more or less far below.
        let half = f64::EPSILON / 2.0;
        assert_eq!(sum(&[1.0, half]).value(0), 1.0);
        assert_eq!(sum(&[1.0, half, 1e-200, 1e-300]).value(0), 1.0 + f64::EPSILON);
        assert_eq!(sum(&[1.0, half, 1e-200, -1e-199]).value(0), 1.0);
    }

    #[test]
    fn a_sum_may_pass_beyond_the_largest_number() {
        let max = f64::MAX;
        assert_eq!(sum(&[max, max, -max]).value(0), max);
        assert_eq!(sum(&[max, -max, max]), sum(&[max, max, -max]));
        assert_eq!(sum(&[max, max]).value(0), f64::INFINITY);
        assert_eq!(sum(&[-max, -max, -max]).value(0), f64::NEG_INFINITY);
        let (plus, minus) = (f64::INFINITY, f64::NEG_INFINITY);
        assert_eq!(sum(&[1.0, plus, max, 2.0]).value(0), plus);
        assert!(sum(&[plus, 1.0, minus]).value(0).is_nan());
        assert_eq!(sum(&[plus, minus]), sum(&[minus, f64::NAN]));
    }

    #[test]
    fn the_smallest_numbers_count() {
        let tiny = f64::from_bits(1);
        assert_eq!(sum(&[1e308, tiny, -1e308]).value(0), tiny);
        assert_eq!(sum(&[tiny, tiny]).value(0), f64::from_bits(2));
    }
}
