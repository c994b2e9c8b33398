//! The primitive functions: what ADL text cannot express. One scalar source each, in `adl_runtime::math`, used by the
//! interpreter and by compiled code alike.

pub use adl_runtime::math::Grouping;

use adl_runtime::math;

use super::dag::Ty;

/// A primitive function of Reals (unless said otherwise), total: NaN in, NaN out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Intrinsic {
    /// `sin(x)`
    Sin,
    /// `cos(x)`
    Cos,
    /// `tan(x)`
    Tan,
    /// `asin(x)`
    Asin,
    /// `acos(x)`
    Acos,
    /// `atan(x)`
    Atan,
    /// `atan2(y, x)`
    Atan2,
    /// `sinh(x)`
    Sinh,
    /// `cosh(x)`
    Cosh,
    /// `tanh(x)`
    Tanh,
    /// `asinh(x)`
    Asinh,
    /// `exp(x)`
    Exp,
    /// `log(x)`, natural
    Log,
    /// `log10(x)`
    Log10,
    /// `pow(x, y)`
    Pow,
    /// `hypot(x, y)`: `sqrt(x * x + y * y)`
    Hypot,
    /// `fmod(x, y)`, sign of x
    Mod,
    /// An angle into [-pi, pi): `x - 2 pi floor((x + pi) / 2 pi)`
    Wrap,
    /// MT2 of the masses and transverse momenta of two particles, a missing momentum and an invisible mass
    Mt2,
    /// Uniform in [0, 1) from a key of integers `random(k0, k1, ...)`: Int arguments.
    Uniform,
    /// Standard normal from a key of integers: Int arguments.
    Normal,
}

/// Every intrinsic with the name it has in `define NAME(...) = intrinsic`, and its number of arguments.
pub const INTRINSICS: [(Intrinsic, &str, usize); 19] = [
    (Intrinsic::Sin, "sin", 1),
    (Intrinsic::Cos, "cos", 1),
    (Intrinsic::Tan, "tan", 1),
    (Intrinsic::Asin, "asin", 1),
    (Intrinsic::Acos, "acos", 1),
    (Intrinsic::Atan, "atan", 1),
    (Intrinsic::Atan2, "atan2", 2),
    (Intrinsic::Sinh, "sinh", 1),
    (Intrinsic::Cosh, "cosh", 1),
    (Intrinsic::Tanh, "tanh", 1),
    (Intrinsic::Asinh, "asinh", 1),
    (Intrinsic::Exp, "exp", 1),
    (Intrinsic::Log, "log", 1),
    (Intrinsic::Log10, "log10", 1),
    (Intrinsic::Pow, "pow", 2),
    (Intrinsic::Hypot, "hypot", 2),
    (Intrinsic::Mod, "mod", 2),
    (Intrinsic::Wrap, "wrap", 1),
    (Intrinsic::Mt2, "mt2OfComponents", 9),
];

impl Intrinsic {
    /// The type of its result.
    #[must_use]
    pub fn result(self) -> Ty {
        Ty::Real
    }

    /// Its result: `real` gives the arguments as real numbers, NaN for one that is missing, `keys` all of them as whole ones.
    #[must_use]
    pub fn of(self, real: &dyn Fn(usize) -> f64, keys: &dyn Fn() -> Vec<i64>) -> f64 {
        let x = real(0);
        match self {
            Intrinsic::Sin => math::sin(x),
            Intrinsic::Cos => math::cos(x),
            Intrinsic::Tan => math::tan(x),
            Intrinsic::Asin => math::asin(x),
            Intrinsic::Acos => math::acos(x),
            Intrinsic::Atan => math::atan(x),
            Intrinsic::Atan2 => math::atan2(x, real(1)),
            Intrinsic::Sinh => math::sinh(x),
            Intrinsic::Cosh => math::cosh(x),
            Intrinsic::Tanh => math::tanh(x),
            Intrinsic::Asinh => math::asinh(x),
            Intrinsic::Exp => math::exp(x),
            Intrinsic::Log => math::log(x),
            Intrinsic::Log10 => math::log10(x),
            Intrinsic::Pow => math::pow(x, real(1)),
            Intrinsic::Hypot => math::hypot(x, real(1)),
            Intrinsic::Mod => math::fmod(x, real(1)),
            Intrinsic::Wrap => math::wrap(x),
            Intrinsic::Mt2 => math::mt2(x, real(1), real(2), real(3), real(4), real(5), real(6), real(7), real(8)),
            Intrinsic::Uniform => math::uniform(&keys()),
            Intrinsic::Normal => math::normal(&keys()),
        }
    }

    /// Its name in messages and printed Plans.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Intrinsic::Uniform => "uniform",
            Intrinsic::Normal => "normal",
            _ => INTRINSICS.iter().find(|(i, _, _)| *i == self).map_or("?", |(_, n, _)| n),
        }
    }
}
