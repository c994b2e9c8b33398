//! Sine, cosine and hyperbolic sine of many numbers at once, for compiled loops over the objects of an event: the same
//! bits as the functions of one number in [`super`], several numbers per instruction. What is outside of the usual range
//! of angles and rapidities is left to those functions.
//!
//! The arithmetic is that of the `libm` crate (FreeBSD's `s_sin.c`, `k_sin.c`, `k_cos.c`, `e_rem_pio2.c`, `e_exp.c`)
//! written without branches; the compiler makes vector instructions of it, once per instruction set. Their results are
//! the same: every operation is one of IEEE 754, in the same order, and none is fused.

#![allow(unsafe_code)] // Functions for instruction sets, called where the processor has been asked for them.

/// Numbers that are taken together.
pub const LANES: usize = 8;

/// As many numbers.
pub type Lanes = [f64; LANES];

/// The first 33 bits of pi/2, and what is left.
const HALF_PI: [f64; 2] = [1.570_796_326_734_125_6, 6.077_100_506_506_192e-11];
/// The upper words of |x| up to which x is reduced by 0, 1, 2, 3 and 4 times pi/2.
const REDUCED: [u64; 5] = [0x3fe9_21fb, 0x4002_d97c, 0x400f_6a7a, 0x4015_fdbc, 0x401c_463b];
/// Those near to multiples of pi/2, where a reduction in one step loses digits.
const NEAR: [u64; 4] = [0x3ff9_21fb, 0x4009_21fb, 0x4012_d97c, 0x4019_21fb];
/// ln 2 with 33 bits less, what is left, and 1/ln 2.
const LN2: [f64; 3] = [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10, std::f64::consts::LOG2_E];

/// Sine of every number.
pub fn sin(values: &mut [Lanes]) {
    run(values, &mut [], Function::Sin);
}

/// Cosine of every number.
pub fn cos(values: &mut [Lanes]) {
    run(values, &mut [], Function::Cos);
}

/// Sine of every number, and its cosine in a second place as long.
pub fn sin_cos(values: &mut [Lanes], cosines: &mut [Lanes]) {
    run(values, cosines, Function::SinCos);
}

/// Hyperbolic sine of every number.
pub fn sinh(values: &mut [Lanes]) {
    run(values, &mut [], Function::Sinh);
}

#[derive(Clone, Copy)]
enum Function {
    Sin,
    Cos,
    SinCos,
    Sinh,
}

fn run(values: &mut [Lanes], cosines: &mut [Lanes], function: Function) {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq") {
            // SAFETY: the processor has these instructions.
            return unsafe { run_avx512(values, cosines, function) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has these instructions.
            return unsafe { run_avx2(values, cosines, function) };
        }
    }
    run_as(values, cosines, function);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq")]
fn run_avx512(values: &mut [Lanes], cosines: &mut [Lanes], function: Function) {
    run_as(values, cosines, function);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn run_avx2(values: &mut [Lanes], cosines: &mut [Lanes], function: Function) {
    run_as(values, cosines, function);
}

#[inline(always)]
fn run_as(values: &mut [Lanes], cosines: &mut [Lanes], function: Function) {
    match function {
        Function::Sin => each(values, sin_lane, is_usual_angle, super::sin),
        Function::Cos => each(values, cos_lane, is_usual_angle, super::cos),
        Function::Sinh => each(values, sinh_lane, is_usual_rapidity, super::sinh),
        Function::SinCos => {
            for (sines, cosines) in values.iter_mut().zip(cosines) {
                let angles = *sines;
                let mut usual = true;
                for lane in 0..LANES {
                    (sines[lane], cosines[lane]) = sin_cos_lane(angles[lane]);
                    usual &= is_usual_angle(angles[lane]);
                }
                if !usual {
                    for lane in 0..LANES {
                        if !is_usual_angle(angles[lane]) {
                            (sines[lane], cosines[lane]) = (super::sin(angles[lane]), super::cos(angles[lane]));
                        }
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn each(
    values: &mut [Lanes],
    function: impl Fn(f64) -> f64,
    is_usual: impl Fn(f64) -> bool,
    of_one: extern "C" fn(f64) -> f64,
) {
    for values in values {
        let before = *values;
        let mut usual = true;
        for lane in 0..LANES {
            values[lane] = function(before[lane]);
            usual &= is_usual(before[lane]);
        }
        if !usual {
            for lane in 0..LANES {
                if !is_usual(before[lane]) {
                    values[lane] = of_one(before[lane]);
                }
            }
        }
    }
}

#[inline(always)]
fn upper(x: f64) -> u64 {
    (x.to_bits() >> 32) & 0x7fff_ffff
}

/// An angle up to 9/4 pi that is not near to a multiple of pi/2.
#[inline(always)]
fn is_usual_angle(x: f64) -> bool {
    let upper = upper(x);
    (upper <= REDUCED[4]) & (upper != NEAR[0]) & (upper != NEAR[1]) & (upper != NEAR[2]) & (upper != NEAR[3])
}

/// Below 22, from where on `sinh` is half of an exponential.
#[inline(always)]
fn is_usual_rapidity(x: f64) -> bool {
    x.abs() < 22.0
}

/// A usual angle as a multiple of pi/2 (without its sign) and two numbers that add up to the rest.
#[inline(always)]
fn reduce(x: f64) -> (f64, f64, f64) {
    let upper = upper(x);
    let step = |limit: u64| if upper > limit { 1.0 } else { 0.0 };
    let multiple = step(REDUCED[0]) + step(REDUCED[1]) + step(REDUCED[2]) + step(REDUCED[3]);
    let signed = f64::copysign(multiple, x);
    let (r, w) = (x - signed * HALF_PI[0], signed * HALF_PI[1]);
    let high = r - w;
    (multiple, high, (r - high) - w)
}

/// Sine of `x + y`, small numbers: `k_sin` of libm with `iy` 1, and with 0.
#[inline(always)]
fn sin_small(x: f64, y: f64) -> (f64, f64) {
    const S: [f64; 6] = [
        -0.166_666_666_666_666_32,
        0.008_333_333_333_322_49,
        -0.000_198_412_698_298_579_5,
        2.755_731_370_707_006_8e-6,
        -2.505_076_025_340_686_3e-8,
        1.589_690_995_211_55e-10,
    ];
    let z = x * x;
    let w = z * z;
    let r = S[1] + z * (S[2] + z * S[3]) + z * w * (S[4] + z * S[5]);
    let v = z * x;
    (x - ((z * (0.5 * y - v * r) - y) - v * S[0]), x + v * (S[0] + z * r))
}

/// Cosine of `x + y`, small numbers: `k_cos` of libm.
#[inline(always)]
fn cos_small(x: f64, y: f64) -> f64 {
    const C: [f64; 6] = [
        0.041_666_666_666_666_6,
        -0.001_388_888_888_887_411,
        2.480_158_728_947_673e-5,
        -2.755_731_435_139_066_3e-7,
        2.087_572_321_298_175e-9,
        -1.135_964_755_778_819_5e-11,
    ];
    let z = x * x;
    let w = z * z;
    let r = z * (C[0] + z * (C[1] + z * C[2])) + w * w * (C[3] + z * (C[4] + z * C[5]));
    let half = 0.5 * z;
    let w = 1.0 - half;
    w + (((1.0 - w) - half) + (z * r - x * y))
}

#[inline(always)]
fn sin_lane(x: f64) -> f64 {
    sin_cos_lane(x).0
}

#[inline(always)]
fn cos_lane(x: f64) -> f64 {
    sin_cos_lane(x).1
}

#[inline(always)]
fn sin_cos_lane(x: f64) -> (f64, f64) {
    let (multiple, high, low) = reduce(x);
    let (sin_two, sin_one) = sin_small(high, low);
    let (sin_part, cos_part) = (if multiple == 0.0 { sin_one } else { sin_two }, cos_small(high, low));
    let odd = (multiple == 1.0) | (multiple == 3.0);
    // The quadrant of a negative angle is that of the positive one from the other side.
    let positive = x > 0.0;
    let (one, three) = (multiple == 1.0, multiple == 3.0);
    let sin_down = (multiple == 2.0) | (positive & three) | (!positive & one);
    let cos_down = (multiple == 2.0) | (positive & one) | (!positive & three);
    let (sine, cosine) = if odd { (cos_part, sin_part) } else { (sin_part, cos_part) };
    let sine = if sin_down { -sine } else { sine };
    let cosine = if cos_down { -cosine } else { cosine };
    // Below 2^-26 the sine is the angle; so -0 stays -0.
    (if x.abs() < f64::from_bits(0x3e50_0000_0000_0000) { x } else { sine }, cosine)
}

#[inline(always)]
fn sinh_lane(x: f64) -> f64 {
    let a = x.abs();
    let e = exp_from_one(a);
    let half = 0.5 * (e - 1.0 / e);
    let far = if x < 0.0 { -half } else { half };
    if a < 1.0 { super::sinh_series(x) } else { far }
}

/// `exp` of libm from 1 to 22.
#[inline(always)]
fn exp_from_one(x: f64) -> f64 {
    const P: [f64; 5] = [
        0.166_666_666_666_666_02,
        -0.002_777_777_777_701_559_3,
        6.613_756_321_437_934e-5,
        -1.653_390_220_546_525_2e-6,
        4.138_136_797_057_238_5e-8,
    ];
    let k = (LN2[2] * x + 0.5).floor();
    let high = x - k * LN2[0];
    let low = k * LN2[1];
    let x = high - low;
    let xx = x * x;
    let c = x - xx * (P[0] + xx * (P[1] + xx * (P[2] + xx * (P[3] + xx * P[4]))));
    let y = 1.0 + (x * c / (2.0 - c) - low + high);
    // 2^k: adding 1.5 * 2^52 puts the integer k into the lowest bits.
    let bits = (k + 6_755_399_441_055_744.0).to_bits();
    y * f64::from_bits((bits << 52).wrapping_add(1023 << 52))
}

#[cfg(test)]
mod tests {
    use super::super::uniform;
    use super::*;

    /// Numbers of all kinds, in blocks.
    fn points() -> Vec<Lanes> {
        let mut points =
            vec![0.0, -0.0, 1e-9, -1e-9, 1e-300, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1.0, -1.0, 22.0, 709.0];
        for limit in REDUCED.iter().chain(&NEAR).chain(&[0x3e50_0000, 0x3fd6_2e42, 0x3ff0_a2b2, 0x4036_0000]) {
            for bits in [(limit << 32) - 1, limit << 32, (limit << 32) | 0xffff_ffff, (limit + 1) << 32] {
                points.extend([f64::from_bits(bits), -f64::from_bits(bits)]);
            }
        }
        points.extend((0..200_000).map(|i| match i % 4 {
            0 => 14.4 * uniform(&[1, i]) - 7.2,
            1 => 2.0 * uniform(&[2, i]) - 1.0,
            2 => 60.0 * uniform(&[3, i]) - 30.0,
            _ => f64::from((8.0 * uniform(&[4, i]) - 4.0) as f32),
        }));
        points.chunks_exact(LANES).map(|chunk| std::array::from_fn(|lane| chunk[lane])).collect()
    }

    fn same(a: f64, b: f64) -> bool {
        a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
    }

    #[test]
    fn many_at_once_are_the_same_bits_as_one() {
        type One = extern "C" fn(f64) -> f64;
        let table: [(&str, Function, One); 3] = [
            ("sin", Function::Sin, super::super::sin),
            ("cos", Function::Cos, super::super::cos),
            ("sinh", Function::Sinh, super::super::sinh),
        ];
        let points = points();
        for (name, function, one) in table {
            let (mut fast, mut plain) = (points.clone(), points.clone());
            run(&mut fast, &mut [], function);
            run_as(&mut plain, &mut [], function);
            for ((x, y), z) in points.as_flattened().iter().zip(fast.as_flattened()).zip(plain.as_flattened()) {
                let expected = one(*x);
                assert!(same(*y, expected) && same(*z, expected), "{name}({x:e}) = {y:e}, {z:e}, alone {expected:e}");
            }
        }
        let (mut sines, mut cosines) = (points.clone(), points.clone());
        sin_cos(&mut sines, &mut cosines);
        for ((x, s), c) in points.as_flattened().iter().zip(sines.as_flattened()).zip(cosines.as_flattened()) {
            assert!(same(*s, super::super::sin(*x)) && same(*c, super::super::cos(*x)), "sin and cos of {x:e}");
        }
    }
}
