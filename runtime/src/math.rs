//! The one mathematics of adlc: the scalar source of every primitive function, used by the interpreter, by compiled
//! code and by column kernels alike. Pure Rust over the `libm` crate (FreeBSD's msun), whose hardware paths are only
//! the exactly rounded operations (`sqrt`, `floor`): no platform libm, no fused multiply-add, no reassociation, so the
//! same bits on every machine. NaN in, NaN out; its payload and sign mean nothing.

pub mod grouping;
pub mod lanes;
pub mod mt2;

use std::f64::consts::PI;

pub use grouping::{Grouping, grouping};
pub use mt2::mt2;

/// The circle, 2 pi rounded.
pub const TURN: f64 = 2.0 * PI;

/// Where [`wrap`] needs more than one turn.
pub const THREE_PI: f64 = 3.0 * PI;

/// The largest number below pi: the upper end of [`wrap`].
pub const BELOW_PI: f64 = PI.next_down();

/// Increment of SplitMix64: 2^64 divided by the golden ratio, odd.
const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

/// Sine of an angle in radians.
pub extern "C" fn sin(x: f64) -> f64 {
    libm::sin(x)
}

/// Cosine of an angle in radians.
pub extern "C" fn cos(x: f64) -> f64 {
    libm::cos(x)
}

/// Tangent of an angle in radians.
pub extern "C" fn tan(x: f64) -> f64 {
    libm::tan(x)
}

/// Angle in [-pi/2, pi/2] with this sine; NaN outside of [-1, 1].
pub extern "C" fn asin(x: f64) -> f64 {
    libm::asin(x)
}

/// Angle in [0, pi] with this cosine; NaN outside of [-1, 1].
pub extern "C" fn acos(x: f64) -> f64 {
    libm::acos(x)
}

/// Angle in [-pi/2, pi/2] with this tangent.
pub extern "C" fn atan(x: f64) -> f64 {
    libm::atan(x)
}

/// Angle in [-pi, pi] of the point (x, y).
pub extern "C" fn atan2(y: f64, x: f64) -> f64 {
    libm::atan2(y, x)
}

/// Hyperbolic sine: its Taylor series (to x^19, beyond the last bit) below 1, `(e^x - e^-x) / 2` from there on. It is
/// called for every object whose momentum is needed, and this form is several times faster than one over `expm1`.
pub extern "C" fn sinh(x: f64) -> f64 {
    let a = x.abs();
    if a < 1.0 {
        sinh_series(x)
    } else if a < 22.0 {
        let e = libm::exp(a);
        let half = 0.5 * (e - 1.0 / e);
        if x < 0.0 { -half } else { half }
    } else {
        libm::sinh(x)
    }
}

/// The Taylor series of [`sinh`] below 1.
#[inline(always)]
fn sinh_series(x: f64) -> f64 {
    let z = x * x;
    let mut sum = 0.0;
    // 1/19!, 1/17!, ... 1/3!, for Horner's scheme in x^2.
    for c in [
        8.220_635_246_624_33e-18,
        2.811_457_254_345_520_6e-15,
        7.647_163_731_819_816e-13,
        1.605_904_383_682_161_3e-10,
        2.505_210_838_544_172e-8,
        2.755_731_922_398_589e-6,
        1.984_126_984_126_984e-4,
        8.333_333_333_333_333e-3,
        1.666_666_666_666_666_6e-1,
    ] {
        sum = sum * z + c;
    }
    x + x * (z * sum)
}

/// Hyperbolic cosine.
pub extern "C" fn cosh(x: f64) -> f64 {
    libm::cosh(x)
}

/// Hyperbolic tangent.
pub extern "C" fn tanh(x: f64) -> f64 {
    libm::tanh(x)
}

/// Inverse of the hyperbolic sine.
pub extern "C" fn asinh(x: f64) -> f64 {
    libm::asinh(x)
}

/// Exponential function.
pub extern "C" fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// Natural logarithm; -inf at 0, NaN below.
pub extern "C" fn log(x: f64) -> f64 {
    libm::log(x)
}

/// Logarithm to base 10; -inf at 0, NaN below.
pub extern "C" fn log10(x: f64) -> f64 {
    libm::log10(x)
}

/// `x` to the power of `y`. As everywhere NaN in, NaN out: `pow(NaN, 0)` and `pow(1, NaN)` too, unlike in C.
pub extern "C" fn pow(x: f64, y: f64) -> f64 {
    if x.is_nan() || y.is_nan() { f64::NAN } else { libm::pow(x, y) }
}

/// `sqrt(x * x + y * y)` as it stands, without C's rescaling: momenta do not overflow.
pub extern "C" fn hypot(x: f64, y: f64) -> f64 {
    (x * x + y * y).sqrt()
}

/// Remainder of `x / y` with the sign of `x`; NaN if `y` is 0 or `x` infinite.
pub extern "C" fn fmod(x: f64, y: f64) -> f64 {
    libm::fmod(x, y)
}

/// Largest integer not above `x`.
pub extern "C" fn floor(x: f64) -> f64 {
    libm::floor(x)
}

/// An angle into [-pi, pi): itself if it is there, 2 pi less or more up to 3 pi, else
/// `x - 2 pi floor((x + pi) / 2 pi)`; moved to the nearer end where rounding leaves the range. NaN of an infinity.
pub extern "C" fn wrap(x: f64) -> f64 {
    if (-PI..PI).contains(&x) {
        return x;
    }
    if x.abs() < THREE_PI {
        return (x - TURN.copysign(x)).clamp(-PI, BELOW_PI);
    }
    (x - TURN * libm::floor((x + PI) / TURN)).clamp(-PI, BELOW_PI)
}

/// The smaller; NaN if either is NaN; the first if they are equal.
#[must_use]
pub fn min(a: f64, b: f64) -> f64 {
    if b.is_nan() || b < a { b } else { a }
}

/// The larger; NaN if either is NaN; the first if they are equal.
#[must_use]
pub fn max(a: f64, b: f64) -> f64 {
    if b.is_nan() || b > a { b } else { a }
}

/// Uniform in [0, 1) from a key: the top 53 bits of its hash, times 2^-53.
#[must_use]
pub fn uniform(keys: &[i64]) -> f64 {
    unit(mix(hash(keys)))
}

/// Standard normal from a key, by the transform of Box and Muller (Ann. Math. Stat. 29 (1958) 610) of the first two
/// numbers of a SplitMix64 stream seeded with the key's hash.
#[must_use]
pub fn normal(keys: &[i64]) -> f64 {
    let seed = hash(keys);
    let first = mix(seed.wrapping_add(GAMMA));
    let second = mix(seed.wrapping_add(GAMMA.wrapping_mul(2)));
    // 1 - u is in (0, 1]: the logarithm is finite, and the largest result 8.6.
    let radius = (-2.0 * libm::log(1.0 - unit(first))).sqrt();
    radius * libm::cos(TURN * unit(second))
}

/// 64 bits that depend on every bit of every key, on their order and on their number.
fn hash(keys: &[i64]) -> u64 {
    let start = mix(GAMMA.wrapping_mul(keys.len() as u64 + 1));
    keys.iter().fold(start, |state, key| mix(state.wrapping_add(GAMMA) ^ mix((*key as u64).wrapping_add(GAMMA))))
}

/// The output function of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014; constants of Stafford's variant 13).
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Distance in units in the last place; 0 for two NaN.
    fn ulps(a: f64, b: f64) -> u64 {
        if a.is_nan() && b.is_nan() {
            return 0;
        }
        let line = |x: f64| {
            let bits = x.to_bits() as i64;
            if bits < 0 { i64::MIN - bits } else { bits }
        };
        if a.is_nan() || b.is_nan() { u64::MAX } else { line(a).abs_diff(line(b)) }
    }

    /// Random points, keyed by their number: mostly of moderate size, some of any exponent, some special.
    fn points(seed: i64, low: f64, high: f64) -> impl Iterator<Item = f64> {
        let special = [0.0, -0.0, 1.0, -1.0, PI, -PI, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, f64::MIN_POSITIVE];
        (0..20_000).map(move |i| match i % 10 {
            0 => f64::from_bits(mix(hash(&[seed, i]))),
            1 => special[i as usize / 10 % special.len()],
            _ => low + (high - low) * uniform(&[seed, i]),
        })
    }

    #[test]
    fn functions_of_one_number_are_within_two_ulps_of_the_platform() {
        type Function = extern "C" fn(f64) -> f64;
        type Case = (&'static str, Function, fn(f64) -> f64, f64, f64);
        let table: [Case; 14] = [
            ("sin", sin, f64::sin, -10.0, 10.0),
            ("cos", cos, f64::cos, -10.0, 10.0),
            ("tan", tan, f64::tan, -10.0, 10.0),
            ("asin", asin, f64::asin, -1.0, 1.0),
            ("acos", acos, f64::acos, -1.0, 1.0),
            ("atan", atan, f64::atan, -20.0, 20.0),
            ("sinh", sinh, f64::sinh, -8.0, 8.0),
            ("cosh", cosh, f64::cosh, -8.0, 8.0),
            ("tanh", tanh, f64::tanh, -5.0, 5.0),
            ("exp", exp, f64::exp, -50.0, 50.0),
            ("log", log, f64::ln, 0.0, 1000.0),
            ("log10", log10, f64::log10, 0.0, 1000.0),
            ("floor", floor, f64::floor, -1000.0, 1000.0),
            ("asinh", asinh, f64::asinh, -100.0, 100.0),
        ];
        for (seed, (name, ours, reference, low, high)) in table.into_iter().enumerate() {
            for x in points(seed as i64, low, high) {
                if name == "asinh" && x.abs() > 1e300 {
                    continue; // std overflows there.
                }
                let (a, b) = (ours(x), reference(x));
                assert!(ulps(a, b) <= 2, "{name}({x:e}) = {a:e}, reference {b:e}");
            }
        }
    }

    #[test]
    fn functions_of_two_numbers_are_within_two_ulps_of_the_platform() {
        for (x, y) in points(1, -30.0, 30.0).zip(points(2, -30.0, 30.0)) {
            assert!(ulps(atan2(y, x), y.atan2(x)) <= 2, "atan2({y:e}, {x:e})");
            assert_eq!(ulps(fmod(x, y), x % y), 0, "fmod({x:e}, {y:e})");
            if !x.is_nan() && !y.is_nan() {
                assert!(ulps(pow(x, y), x.powf(y)) <= 2, "pow({x:e}, {y:e})");
            }
        }
        assert!(pow(f64::NAN, 0.0).is_nan() && pow(1.0, f64::NAN).is_nan());
        assert_eq!(hypot(3.0, 4.0), 5.0);
    }

    #[test]
    fn a_wrapped_angle_is_in_range_and_the_same_angle() {
        for x in points(3, -50.0, 50.0) {
            let y = wrap(x);
            if !x.is_finite() {
                assert!(y.is_nan());
                continue;
            }
            assert!((-PI..PI).contains(&y), "wrap({x:e}) = {y:e}");
            if x.abs() < 100.0 {
                assert!((x.sin() - y.sin()).abs() < 1e-13 && (x.cos() - y.cos()).abs() < 1e-13, "wrap({x}) = {y}");
            }
        }
        assert_eq!(wrap(PI), -PI);
        assert_eq!(wrap(-PI), -PI);
        assert_eq!(wrap(BELOW_PI), BELOW_PI);
        assert_eq!(wrap(-0.0).to_bits(), (-0.0f64).to_bits());
    }

    #[test]
    fn the_first_of_equals_is_the_smaller_and_the_larger() {
        for pick in [min, max] {
            assert_eq!(pick(0.0, -0.0).to_bits(), 0.0f64.to_bits());
            assert_eq!(pick(-0.0, 0.0).to_bits(), (-0.0f64).to_bits());
            assert!(pick(f64::NAN, 1.0).is_nan() && pick(1.0, f64::NAN).is_nan());
        }
        assert_eq!((min(1.0, 2.0), max(1.0, 2.0)), (1.0, 2.0));
    }

    #[test]
    fn keyed_numbers_have_the_right_moments_and_depend_on_every_key() {
        let n = 200_000;
        let moments = |draw: fn(&[i64]) -> f64| {
            let (sum, square) = (0..n).fold((0.0, 0.0), |(s, q), i| {
                let x = draw(&[1, i, 7]);
                (s + x, q + x * x)
            });
            let mean = sum / n as f64;
            (mean, square / n as f64 - mean * mean)
        };
        let (mean, variance) = moments(uniform);
        assert!((mean - 0.5).abs() < 0.004 && (variance - 1.0 / 12.0).abs() < 0.001, "{mean} {variance}");
        let (mean, variance) = moments(normal);
        assert!(mean.abs() < 0.012 && (variance - 1.0).abs() < 0.015, "{mean} {variance}");
        let keys: [&[i64]; 6] = [&[], &[0], &[0, 0], &[1, 0], &[0, 1], &[1, 1]];
        for (i, a) in keys.iter().enumerate() {
            for b in &keys[..i] {
                assert_ne!(uniform(a), uniform(b));
                assert_ne!(normal(a), normal(b));
            }
        }
        // The generator is part of the definition of results: it does not change.
        assert_eq!(uniform(&[1, 2, 3]).to_bits(), 0x3fdd_a776_1f31_6ffe);
        assert_eq!(normal(&[1, 2, 3]).to_bits(), 0x3fdc_0427_6087_34e1);
    }
}
