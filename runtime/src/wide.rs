//! A fixed-point number wide enough for any sum of doubles (Kulisch's long accumulator): bit 0 is 2^-1074, the smallest
//! double. It backs the few sums of `exact` that a pair of doubles cannot hold.

/// Words: 1074 bits below 1, 1024 above, and 64 or more for 2^64 terms and the sign.
const WORDS: usize = 34;
/// The exponent of bit 0.
const LOWEST: i32 = -1074;

/// A number in two's complement, least significant word first.
#[derive(Clone, Debug, PartialEq)]
pub struct Wide {
    words: Box<[u64; WORDS]>,
}

impl Default for Wide {
    fn default() -> Wide {
        Wide { words: Box::new([0; WORDS]) }
    }
}

impl Wide {
    /// Adds a finite double; others are ignored.
    pub fn add(&mut self, term: f64) {
        let bits = term.to_bits();
        let exponent = (bits >> 52) & 0x7ff;
        let fraction = bits & ((1 << 52) - 1);
        // Subnormal numbers have the exponent of the smallest normal ones and no hidden bit.
        let (mantissa, place) = match exponent {
            0x7ff => return,
            0 => (fraction, 0),
            _ => (fraction | (1 << 52), exponent as usize - 1),
        };
        let shifted = u128::from(mantissa) << (place % 64);
        let (low, high) = (shifted as u64, (shifted >> 64) as u64);
        self.accumulate(place / 64, [low, high], term.is_sign_negative());
    }

    /// Adds another number.
    pub fn merge(&mut self, other: &Wide) {
        let mut carry = false;
        for (word, &theirs) in self.words.iter_mut().zip(other.words.iter()) {
            let (sum, over) = word.overflowing_add(theirs);
            let (sum, again) = sum.overflowing_add(u64::from(carry));
            (*word, carry) = (sum, over || again);
        }
    }

    /// The nearest double, ties to even; beyond the largest an infinity.
    #[must_use]
    pub fn round(&self) -> f64 {
        let negative = self.words.last().is_some_and(|&top| top >> 63 == 1);
        let mut positive = self.clone();
        if negative {
            positive.words.iter_mut().for_each(|word| *word = !*word);
            positive.accumulate(0, [1, 0], false);
        }
        let size = positive.magnitude();
        if negative { -size } else { size }
    }

    /// Adds or subtracts two words at a place.
    fn accumulate(&mut self, place: usize, words: [u64; 2], negative: bool) {
        let mut carry = false;
        let further = words.into_iter().chain(std::iter::repeat(0));
        for (at, (word, term)) in self.words.iter_mut().skip(place).zip(further).enumerate() {
            if at >= 2 && !carry {
                break;
            }
            let (once, twice) = if negative {
                let (difference, under) = word.overflowing_sub(term);
                let (difference, again) = difference.overflowing_sub(u64::from(carry));
                (difference, under || again)
            } else {
                let (sum, over) = word.overflowing_add(term);
                let (sum, again) = sum.overflowing_add(u64::from(carry));
                (sum, over || again)
            };
            (*word, carry) = (once, twice);
        }
    }

    /// The nearest double of a number without sign.
    fn magnitude(&self) -> f64 {
        let Some(top) = self.words.iter().rposition(|&word| word != 0) else { return 0.0 };
        let bits = top * 64 + 64 - self.words[top].leading_zeros() as usize;
        // With at most 53 bits the number is exact; else the last bits are rounded.
        let drop = bits.saturating_sub(53);
        let mut mantissa = self.window(drop);
        if drop > 0 {
            let half = self.bit(drop - 1);
            let below = (0..drop - 1).any(|at| self.bit(at));
            if half && (below || mantissa & 1 == 1) {
                mantissa += 1;
            }
        }
        // mantissa * 2^(drop + LOWEST), where the first product is exact and the second power may be subnormal or
        // overflow; a mantissa of 53 bits with drop 0 is a subnormal or the smallest normal numbers: also exact.
        let exponent = drop as i32 + LOWEST;
        if exponent > 1023 - 52 { f64::INFINITY } else { scale(mantissa, exponent) }
    }

    /// 53 bits from a place on.
    fn window(&self, from: usize) -> u64 {
        let (word, shift) = (from / 64, from % 64);
        let low = self.words.get(word).copied().unwrap_or(0);
        let high = self.words.get(word + 1).copied().unwrap_or(0);
        let both = (u128::from(high) << 64 | u128::from(low)) >> shift;
        both as u64 & ((1 << 53) - 1)
    }

    fn bit(&self, at: usize) -> bool {
        self.words.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }
}

/// `mantissa * 2^exponent` for a mantissa of at most 2^53 and an exponent of at least -1074.
fn scale(mantissa: u64, exponent: i32) -> f64 {
    // Two steps, because 2^exponent alone may be below the normal numbers; both products are exact.
    let step = exponent.max(-1000);
    mantissa as f64 * power_of_two(exponent - step) * power_of_two(step)
}

/// 2^n for n of a normal number.
fn power_of_two(n: i32) -> f64 {
    f64::from_bits(u64::from((n + 1023).clamp(1, 2046).unsigned_abs()) << 52)
}
