//! The transverse mass of two particles with one invisible daughter each, MT2: the smallest value, over all ways to
//! share the missing momentum between the two, of the larger of their transverse masses (C. G. Lester and D. J. Summers,
//! hep-ph/9906349). Found by bisection of the mass, as in H.-C. Cheng and Z. Han, arXiv:0810.5178: a mass is possible if
//! two regions of the plane of one invisible momentum, each bounded by a conic, have a point in common. Whether they do
//! is read off the roots of a cubic, as in C. G. Lester and B. Nachman, arXiv:1411.4312.

/// Halvings of the mass interval at most: a 64-bit number has 53 bits, and some for leading zeros.
const HALVINGS: u32 = 120;

/// One visible particle: momentum, mass, energy, all transverse.
#[derive(Clone, Copy)]
struct Visible {
    px: f64,
    py: f64,
    mass: f64,
    /// `sqrt(mass^2 + px^2 + py^2)`
    energy: f64,
}

/// MT2 of visible particles of masses `mass_a`, `mass_b` (a negative one, of rounding, is 0), with missing momentum
/// `(px, py)` and invisible particles of mass `invisible` each. All in one unit, which is the unit of the result.
///
/// NaN if an argument is NaN or infinite, or `invisible` negative. Exact to 1e-12 of the largest argument, where not two
/// massless particles fly in one direction and `invisible` is not 0: to 1e-6 there.
#[allow(clippy::too_many_arguments)] // As compiled code calls it.
pub extern "C" fn mt2(
    mass_a: f64,
    px_a: f64,
    py_a: f64,
    mass_b: f64,
    px_b: f64,
    py_b: f64,
    px: f64,
    py: f64,
    invisible: f64,
) -> f64 {
    let all = [mass_a, px_a, py_a, mass_b, px_b, py_b, px, py, invisible];
    if all.iter().any(|x| !x.is_finite()) || invisible < 0.0 {
        return f64::NAN;
    }
    let scale = all.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
    if scale == 0.0 {
        return 0.0;
    }
    let visible = |mass: f64, px: f64, py: f64| {
        let (mass, px, py) = (mass.max(0.0) / scale, px / scale, py / scale);
        Visible { px, py, mass, energy: (mass * mass + px * px + py * py).sqrt() }
    };
    let (a, b) = (visible(mass_a, px_a, py_a), visible(mass_b, px_b, py_b));
    // The heavier one first; the rest makes the order of the arguments irrelevant to the last bit.
    let (a, b) = if (b.mass, b.px, b.py) > (a.mass, a.px, a.py) { (b, a) } else { (a, b) };
    scale * scaled(a, b, (px / scale, py / scale), invisible / scale)
}

/// MT2 with `a` the heavier one and no number above 1.
fn scaled(a: Visible, b: Visible, met: (f64, f64), invisible: f64) -> f64 {
    let lowest = a.mass + invisible;
    if is_lowest(a, b, met, invisible) {
        return lowest;
    }
    // What any sharing gives is an upper limit.
    let shares = [(0.0, 0.0), met, (0.5 * met.0, 0.5 * met.1), at_rest(a, invisible)];
    let at = |q: (f64, f64)| {
        let rest = (met.0 - q.0, met.1 - q.1);
        transverse_mass(a, q, invisible).max(transverse_mass(b, rest, invisible))
    };
    let mut high = shares.iter().fold(f64::INFINITY, |least, q| least.min(at(*q)));
    let mut low = lowest;
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if is_possible(a, b, met, invisible, middle) { high = middle } else { low = middle }
    }
    high
}

/// The invisible momentum at which the transverse mass is smallest: both fly together. Any, for a massless particle.
fn at_rest(a: Visible, invisible: f64) -> (f64, f64) {
    if a.mass > 0.0 { (a.px * invisible / a.mass, a.py * invisible / a.mass) } else { (0.0, 0.0) }
}

/// True if the smallest mass of the heavier particle alone is possible for the other one too.
fn is_lowest(a: Visible, b: Visible, met: (f64, f64), invisible: f64) -> bool {
    if a.energy == 0.0 || b.energy == 0.0 {
        return true;
    }
    if a.mass > 0.0 {
        let q = at_rest(a, invisible);
        return transverse_mass(b, (met.0 - q.0, met.1 - q.1), invisible) <= a.mass + invisible;
    }
    // Both massless: the mass is reached only along the two momenta, and in the limit of large invisible momenta if
    // these are back to back.
    let cross = a.px * b.py - a.py * b.px;
    let (along_a, along_b) = (met.0 * b.py - met.1 * b.px, a.px * met.1 - a.py * met.0);
    if cross == 0.0 {
        let opposite = a.px * b.px + a.py * b.py < 0.0;
        return opposite || invisible == 0.0 && along_a == 0.0 && met.0 * a.px + met.1 * a.py >= 0.0;
    }
    invisible == 0.0 && along_a * cross >= 0.0 && along_b * cross >= 0.0
}

fn transverse_mass(v: Visible, q: (f64, f64), invisible: f64) -> f64 {
    let energy = (invisible * invisible + q.0 * q.0 + q.1 * q.1).sqrt();
    let square = v.mass * v.mass + invisible * invisible + 2.0 * (v.energy * energy - v.px * q.0 - v.py * q.1);
    square.max(0.0).sqrt()
}

/// A symmetric 3x3 matrix `[[xx, xy, x], [xy, yy, y], [x, y, one]]`: of a conic, or of its dual.
#[derive(Clone, Copy)]
struct Conic {
    xx: f64,
    xy: f64,
    yy: f64,
    x: f64,
    y: f64,
    one: f64,
}

/// The invisible momenta q at which a transverse mass is at most M: `E sqrt(chi^2 + q^2) <= k + p q`, squared, with
/// `k = (M^2 - m^2 - chi^2) / 2`; its adjugate, divided by `E^2`; and its determinant, divided by `-E^2`.
fn region(v: Visible, invisible: f64, mass: f64) -> (Conic, Conic, f64) {
    let (m2, chi2) = (v.mass * v.mass, invisible * invisible);
    // M^2 - (m + chi)^2 without cancellation near the smallest mass.
    let above = (mass - (v.mass + invisible)) * (mass + (v.mass + invisible));
    let (mchi, e2) = (v.mass * invisible, v.energy * v.energy);
    let k = 0.5 * above + mchi;
    // k^2 - m^2 chi^2
    let size = 0.5 * above * (0.5 * above + 2.0 * mchi);
    let conic = Conic {
        xx: m2 + v.py * v.py,
        xy: -v.px * v.py,
        yy: m2 + v.px * v.px,
        x: -k * v.px,
        y: -k * v.py,
        one: (v.px * v.px + v.py * v.py) * chi2 - size,
    };
    let dual = Conic {
        xx: v.px * v.px * chi2 - size,
        xy: v.px * v.py * chi2,
        yy: v.py * v.py * chi2 - size,
        x: k * v.px,
        y: k * v.py,
        one: m2,
    };
    (conic, dual, e2 * size)
}

impl Conic {
    /// The conic of the points `met - q` for the points q of this one.
    fn reflected(self, met: (f64, f64)) -> Conic {
        let (qx, qy) = (self.xx * met.0 + self.xy * met.1, self.xy * met.0 + self.yy * met.1);
        let one = met.0 * qx + met.1 * qy + 2.0 * (self.x * met.0 + self.y * met.1) + self.one;
        Conic { x: -(qx + self.x), y: -(qy + self.y), one, ..self }
    }

    /// The same for a dual conic.
    fn reflected_dual(self, met: (f64, f64)) -> Conic {
        let (u, v) = met;
        Conic {
            xx: self.xx - 2.0 * u * self.x + u * u * self.one,
            xy: self.xy - u * self.y - v * self.x + u * v * self.one,
            yy: self.yy - 2.0 * v * self.y + v * v * self.one,
            x: u * self.one - self.x,
            y: v * self.one - self.y,
            one: self.one,
        }
    }

    /// Trace of the product of two matrices.
    fn trace(self, other: Conic) -> f64 {
        let diagonal = self.xx * other.xx + self.yy * other.yy + self.one * other.one;
        diagonal + 2.0 * (self.xy * other.xy + self.x * other.x + self.y * other.y)
    }
}

/// True if a mass above the smallest is possible: if the regions of both sides have a point in common. They have none
/// exactly if `det(t A + B)` has two different positive roots t (W. Wang, J. Wang, M.-S. Kim, Comput. Aided Geom. Des. 18
/// (2001) 531); the third is negative.
fn is_possible(a: Visible, b: Visible, met: (f64, f64), invisible: f64, mass: f64) -> bool {
    let (conic_a, dual_a, det_a) = region(a, invisible, mass);
    let (conic_b, dual_b, det_b) = region(b, invisible, mass);
    let (conic_b, dual_b) = (conic_b.reflected(met), dual_b.reflected_dual(met));
    // t^3 + 3 c2 t^2 + 3 c1 t + c0; det A = -E_a^2 det_a, adj A = E_a^2 dual_a.
    let (e2a, e2b) = (a.energy * a.energy, b.energy * b.energy);
    let c2 = -dual_a.trace(conic_b) / (3.0 * det_a);
    let c1 = -(e2b * dual_b.trace(conic_a)) / (3.0 * e2a * det_a);
    let c0 = (e2b * det_b) / (e2a * det_a);
    if c2 >= 0.0 && c1 >= 0.0 {
        return true;
    }
    // The discriminant over 27.
    let discriminant =
        3.0 * (c1 * c2) * (c1 * c2) + 6.0 * c0 * c1 * c2 - 4.0 * c0 * c2 * c2 * c2 - 4.0 * c1 * c1 * c1 - c0 * c0;
    discriminant <= 0.0
}

#[cfg(test)]
mod tests {
    use super::super::uniform;
    use super::*;

    /// Argument sets with the result of PyPI `mt2` 1.3.1 (Lester's program):
    /// `mt2.mt2(*arguments, invisible)` of the nine arguments.
    const KNOWN: [([f64; 9], f64); 4] = [
        ([100.0, 410.0, 20.0, 150.0, -210.0, -300.0, -200.0, 280.0, 100.0], 412.62766845821943),
        ([5.0, 42.0, 10.0, 5.0, -30.0, 20.0, -12.0, -30.0, 0.0], 32.30368589025696),
        ([4.7, 120.0, 30.0, 4.7, -80.0, -60.0, 10.0, 80.0, 80.4], 109.15934228789587),
        ([0.105, 45.0, 10.0, 0.000511, -20.0, -40.0, 60.0, 5.0, 0.0], 0.163856746731864),
    ];

    fn of([a, ax, ay, b, bx, by, x, y, chi]: [f64; 9]) -> f64 {
        mt2(a, ax, ay, b, bx, by, x, y, chi)
    }

    #[test]
    fn known_values() {
        for (arguments, expected) in KNOWN {
            let found = of(arguments);
            assert!((found - expected).abs() < 1e-11 * expected.max(1.0), "{found} instead of {expected}");
            let [a, ax, ay, b, bx, by, x, y, chi] = arguments;
            assert_eq!(found, of([b, bx, by, a, ax, ay, x, y, chi]), "the order of the particles");
            let large = of(arguments.map(|x| x * 1e200));
            assert!((large * 1e-200 / expected - 1.0).abs() < 1e-9, "any unit");
        }
    }

    #[test]
    fn limits() {
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        for i in 0..9 {
            for wrong in [nan, inf, -inf] {
                let mut arguments = KNOWN[0].0;
                arguments[i] = wrong;
                assert!(of(arguments).is_nan());
            }
        }
        assert!(of([1.0, 30.0, 0.0, 1.0, 20.0, 5.0, 3.0, 4.0, -1.0]).is_nan());
        assert_eq!(of([0.0; 9]), 0.0);
        // Massless and back to back; missing momentum between two massless; at rest.
        assert_eq!(of([0.0, 30.0, 0.0, 0.0, -30.0, 0.0, 0.0, 0.0, 0.0]), 0.0);
        assert_eq!(of([0.0, 30.0, 0.0, 0.0, -20.0, 0.0, 0.0, 7.0, 0.0]), 0.0);
        assert_eq!(of([0.0, 30.0, 0.0, 0.0, 0.0, 30.0, 5.0, 9.0, 0.0]), 0.0);
        assert_eq!(of([0.0, 30.0, 0.0, 0.0, 20.0, 0.0, 5.0, 0.0, 0.0]), 0.0);
        assert_eq!(of([0.0, 0.0, 0.0, 5.0, 3.0, 4.0, 1.0, 1.0, 2.0]), 7.0);
        assert_eq!(of([3.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 1.0]), 4.0);
        // Massless, at right angles, with missing momentum against both: shared evenly between x and y, sqrt(2).
        assert!((of([0.0, 1.0, 0.0, 0.0, 0.0, 1.0, -1.0, -1.0, 0.0]) - 2f64.sqrt()).abs() < 1e-15);
        // A mass that rounding made negative is none.
        assert_eq!(
            of([-1e-3, 1.0, 0.0, -1e-3, 0.0, 1.0, -1.0, -1.0, 0.0]),
            of([0.0, 1.0, 0.0, 0.0, 0.0, 1.0, -1.0, -1.0, 0.0])
        );
        // Nothing hangs and nothing is negative where numbers differ by many orders of magnitude.
        for i in 0..20_000 {
            let number = |k: i64| (uniform(&[i, k]) - 0.5) * 10f64.powf(600.0 * (uniform(&[i, k, 1]) - 0.5));
            let found =
                mt2(number(0), number(1), number(2), number(3), number(4), number(5), number(6), number(7), 0.0);
            assert!(found >= 0.0, "{i}: {found}");
        }
    }

    /// The least value of a function with one valley, on [-14, 14].
    fn least(f: &dyn Fn(f64) -> f64) -> f64 {
        let (mut low, mut high) = (-14.0, 14.0);
        for _ in 0..90 {
            let (a, b) = ((2.0 * low + high) / 3.0, (low + 2.0 * high) / 3.0);
            if f(a) <= f(b) { high = b } else { low = a }
        }
        f(0.5 * (low + high))
    }

    /// MT2 as it is defined: both transverse masses are convex, so one valley in y of every x, and one in x. The
    /// coordinates are hyperbolic sines, to reach far.
    fn as_defined(a: Visible, b: Visible, met: (f64, f64), chi: f64) -> f64 {
        let at = |x: f64, y: f64| transverse_mass(a, (x, y), chi).max(transverse_mass(b, (met.0 - x, met.1 - y), chi));
        least(&|u| least(&|v| at(u.sinh(), v.sinh())))
    }

    #[test]
    fn the_smallest_mass_of_all_sharings() {
        for i in 0..120 {
            let draw = |k: i64, low: f64, high: f64| low + (high - low) * uniform(&[7, i, k]);
            let visible = |k: i64| {
                let (mass, px, py) = (draw(k, 0.01, 0.5), draw(k + 1, -1.0, 1.0), draw(k + 2, -1.0, 1.0));
                Visible { px, py, mass, energy: (mass * mass + px * px + py * py).sqrt() }
            };
            let (a, b) = (visible(0), visible(3));
            let met = (draw(6, -1.0, 1.0), draw(7, -1.0, 1.0));
            let chi = if i % 2 == 0 { 0.0 } else { draw(8, 0.0, 1.0) };
            let found = mt2(a.mass, a.px, a.py, b.mass, b.px, b.py, met.0, met.1, chi);
            let defined = as_defined(a, b, met, chi);
            assert!((found - defined).abs() < 1e-6, "{i}: {found} instead of {defined}");
        }
    }
}
