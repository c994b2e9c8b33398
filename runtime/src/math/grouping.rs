//! Dividing the objects of an event in two: into the pseudo-jets ("megajets") of the razor variables, and into the
//! hemispheres of CMS. One function, called by the interpreter and by compiled code alike.

use super::{asinh, atan2, hypot, wrap};

/// How objects are divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Grouping {
    /// So that the sum of both groups' squared masses is smallest (CMS, arXiv:1107.1279).
    SmallestMasses,
    /// By the hemisphere algorithm (CMS Physics TDR volume II, CERN-LHCC-2006-021, section 13.4): two seeds, and every
    /// object associated to one of them until none moves.
    Hemispheres(Seed, Association),
}

/// The two objects from which hemispheres grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Seed {
    /// 1: that of largest momentum, and that of largest momentum times distance (eta, phi) to it, beyond 0.5.
    Momentum,
    /// 2: the pair of largest invariant mass.
    Mass,
    /// 3: the pair of largest transverse mass.
    TransverseMass,
}

/// To which of two hemispheres an object belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Association {
    /// 1: that along whose axis its momentum is larger.
    Longitudinal,
    /// 2: that whose mass it raises less. Seeds do not move.
    Mass,
    /// 3: that of the smaller Lund distance. Seeds do not move.
    Lund,
}

/// Objects of which all divisions are tried; further ones, in the order of their transverse momenta, join the group whose
/// mass they raise less.
const TRIED: usize = 20;

/// Objects in an event at most: one bit each, and the sign.
const MOST: usize = 63;

/// Rounds of the association at most, as in the program of CMS.
const ROUNDS: usize = 100;

/// Second seeds are at least this far from the first.
const APART: f64 = 0.5;

/// Below this momentum (GeV) a hemisphere keeps the axis it had.
const NO_MOMENTUM: f64 = 1e-4;

impl Grouping {
    /// By the numbers of CMS for seed and association; 0 and 0 are the smallest masses. None for other numbers.
    #[must_use]
    pub fn new(seed: i64, association: i64) -> Option<Grouping> {
        let seed = match (seed, association) {
            (0, 0) => return Some(Grouping::SmallestMasses),
            (1, _) => Seed::Momentum,
            (2, _) => Seed::Mass,
            (3, _) => Seed::TransverseMass,
            _ => return None,
        };
        let association = match association {
            1 => Association::Longitudinal,
            2 => Association::Mass,
            3 => Association::Lund,
            _ => return None,
        };
        Some(Grouping::Hemispheres(seed, association))
    }

    /// The numbers of seed and association.
    #[must_use]
    pub fn numbers(self) -> (i64, i64) {
        match self {
            Grouping::SmallestMasses => (0, 0),
            Grouping::Hemispheres(seed, association) => (seed as i64 + 1, association as i64 + 1),
        }
    }
}

/// A four-momentum: px, py, pz, energy.
type P4 = [f64; 4];

fn plus(a: P4, b: P4) -> P4 {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]]
}

fn minus(a: P4, b: P4) -> P4 {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2], a[3] - b[3]]
}

fn dot3(a: P4, b: P4) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn momentum(a: P4) -> f64 {
    dot3(a, a).sqrt()
}

fn mass2(a: P4) -> f64 {
    a[3] * a[3] - dot3(a, a)
}

/// The division of an event's objects, given by the columns of their momenta (px, py, pz, energy, of equal length): bit i
/// is set if object i is in the second group. Fewer than two objects are not looked at: 0. Negative if there is no
/// division: a momentum is missing or infinite, there are more than 63 objects, or no two of them can be seeds.
#[must_use]
pub fn grouping(how: Grouping, momenta: [&[f64]; 4]) -> i64 {
    let n = momenta.iter().map(|column| column.len()).min().unwrap_or(0);
    if n < 2 {
        return 0;
    }
    if n > MOST {
        return -1;
    }
    let [x, y, z, e] = momenta;
    let objects: Vec<P4> = x.iter().zip(y).zip(z.iter().zip(e)).map(|((x, y), (z, e))| [*x, *y, *z, *e]).collect();
    if objects.iter().flatten().any(|c| !c.is_finite()) {
        return -1;
    }
    match how {
        Grouping::SmallestMasses => smallest_masses(&objects),
        Grouping::Hemispheres(seed, association) => match seeds(&objects, seed) {
            Some(seeds) => hemispheres(&objects, seeds, association),
            None => -1,
        },
    }
}

/// Tries all divisions into two groups with an object each; the first of equals wins.
fn smallest_masses(objects: &[P4]) -> i64 {
    let mut order: Vec<usize> = (0..objects.len()).collect();
    if objects.len() > TRIED {
        let pt = |i: usize| hypot(objects[i][0], objects[i][1]);
        order.sort_by(|a, b| pt(*b).total_cmp(&pt(*a)));
    }
    let (tried, rest) = order.split_at(objects.len().min(TRIED));
    let all = tried.iter().fold([0.0; 4], |sum, i| plus(sum, objects[*i]));
    // The first object stays in the first group. In the order of Gray's code, one object changes its group at a time.
    let (mut second, mut groups) = ([0.0; 4], 0u64);
    let mut best = (f64::INFINITY, 0u64, second);
    for step in 1u64..1 << (tried.len() - 1) {
        let flipped = step.trailing_zeros();
        let object = objects[tried[flipped as usize + 1]];
        groups ^= 1 << flipped;
        second = if groups >> flipped & 1 == 1 { plus(second, object) } else { minus(second, object) };
        let masses = mass2(minus(all, second)) + mass2(second);
        if masses < best.0 {
            best = (masses, groups, second);
        }
    }
    let (_, groups, mut second) = best;
    let mut first = minus(all, second);
    let mut mask = 0;
    for (place, object) in tried.iter().enumerate().skip(1) {
        mask |= ((groups >> (place - 1) & 1) as i64) << object;
    }
    for i in rest {
        let object = objects[*i];
        let (in_first, in_second) = (plus(first, object), plus(second, object));
        if mass2(in_first) + mass2(second) <= mass2(first) + mass2(in_second) {
            first = in_first;
        } else {
            second = in_second;
            mask |= 1 << i;
        }
    }
    mask
}

/// The two seeds; none if there are no two that qualify.
fn seeds(objects: &[P4], seed: Seed) -> Option<(usize, usize)> {
    let largest = |values: &mut dyn Iterator<Item = ((usize, usize), f64)>| {
        let mut best = (None, 0.0);
        for (pair, value) in values {
            if value > best.1 {
                best = (Some(pair), value);
            }
        }
        best.0
    };
    let pairs = || (0..objects.len()).flat_map(|i| (i + 1..objects.len()).map(move |j| (i, j)));
    match seed {
        Seed::Momentum => {
            let (first, _) = largest(&mut objects.iter().enumerate().map(|(i, p)| ((i, i), momentum(*p))))?;
            let weighted = |j: usize| {
                let apart = distance(objects[first], objects[j]);
                if apart > APART { apart * momentum(objects[j]) } else { 0.0 }
            };
            largest(&mut (0..objects.len()).map(|j| ((first, j), weighted(j))))
        }
        Seed::Mass => largest(&mut pairs().map(|(i, j)| ((i, j), mass2(plus(objects[i], objects[j]))))),
        Seed::TransverseMass => largest(&mut pairs().map(|(i, j)| {
            let (a, b) = (objects[i], objects[j]);
            ((i, j), 2.0 * (hypot(a[0], a[1]) * hypot(b[0], b[1]) - a[0] * b[0] - a[1] * b[1]))
        })),
    }
}

/// Distance in eta and phi.
fn distance(a: P4, b: P4) -> f64 {
    let eta = |p: P4| asinh(p[2] / hypot(p[0], p[1]));
    let phi = |p: P4| atan2(p[1], p[0]);
    hypot(eta(a) - eta(b), wrap(phi(a) - phi(b)))
}

/// Associates objects to hemispheres until none moves. In the first round all are associated to the seeds; then, for the
/// second and third association, one at most moves in a round.
fn hemispheres(objects: &[P4], seeds: (usize, usize), association: Association) -> i64 {
    let mut axes = [objects[seeds.0], objects[seeds.1]];
    let mut groups: Vec<Option<usize>> = vec![None; objects.len()];
    for round in 0..ROUNDS {
        let mut moved = false;
        let mut sums = [[0.0; 4]; 2];
        for (i, object) in objects.iter().enumerate() {
            let group = match (association, groups[i]) {
                (Association::Longitudinal, _) => {
                    let along = axes.map(|axis| dot3(*object, axis) / momentum(axis));
                    usize::from(along[0] < along[1])
                }
                _ if i == seeds.0 => 0,
                _ if i == seeds.1 => 1,
                (_, Some(stays)) if moved => stays,
                (_, now) => nearest(axes, *object, now, association),
            };
            moved |= groups[i].is_some_and(|now| now != group);
            groups[i] = Some(group);
            sums[group] = plus(sums[group], *object);
        }
        for (axis, sum) in axes.iter_mut().zip(sums) {
            if momentum(sum) >= NO_MOMENTUM {
                *axis = sum;
            }
        }
        if !moved && round > 0 {
            break;
        }
    }
    groups.iter().enumerate().fold(0, |mask, (i, group)| mask | (i64::from(*group == Some(1)) << i))
}

/// The hemisphere, without the object itself, to which it is nearer: by the mass that it adds, as massless,
/// `E_h - p_h . p / |p|`; or by the Lund distance, that times `E_h / (E_h + E)^2`.
fn nearest(axes: [P4; 2], object: P4, now: Option<usize>, association: Association) -> usize {
    let mut far = [0.0; 2];
    for (group, axis) in axes.into_iter().enumerate() {
        let axis = if now == Some(group) { minus(axis, object) } else { axis };
        let energy = axis[3] + object[3];
        far[group] = axis[3] - dot3(axis, object) / momentum(object);
        if association == Association::Lund {
            far[group] *= axis[3] / (energy * energy);
        }
    }
    if far[0] < far[1] { 0 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::super::uniform;
    use super::*;

    /// Momenta of `n` objects, massless or not.
    fn event(seed: i64, n: usize) -> Vec<P4> {
        (0..n as i64)
            .map(|i| {
                let [x, y, z] = [0, 1, 2].map(|k| 200.0 * (uniform(&[seed, i, k]) - 0.5));
                let mass = if seed % 2 == 0 { 0.0 } else { 20.0 * uniform(&[seed, i, 3]) };
                [x, y, z, (x * x + y * y + z * z + mass * mass).sqrt()]
            })
            .collect()
    }

    fn divided(how: Grouping, objects: &[P4]) -> i64 {
        let columns = [0, 1, 2, 3].map(|k| objects.iter().map(|p| p[k]).collect::<Vec<f64>>());
        grouping(how, [&columns[0], &columns[1], &columns[2], &columns[3]])
    }

    fn masses(objects: &[P4], mask: i64) -> f64 {
        let sum = |group: i64| {
            let members = objects.iter().enumerate().filter(|(i, _)| mask >> i & 1 == group);
            members.fold([0.0; 4], |sum, (_, p)| plus(sum, *p))
        };
        mass2(sum(0)) + mass2(sum(1))
    }

    #[test]
    fn no_division_has_smaller_masses() {
        for seed in 0..200 {
            let objects = event(seed, 2 + seed as usize % 7);
            let found = divided(Grouping::SmallestMasses, &objects);
            let least = (1..(1 << objects.len()) - 1).map(|m| masses(&objects, m)).fold(f64::INFINITY, f64::min);
            let sum = masses(&objects, found);
            assert!((sum - least).abs() < 1e-9 * least.abs().max(1.0), "{seed}: {sum} instead of {least}");
            assert!(found > 0 && found & 1 == 0, "both groups have an object, the first is in the first");
        }
    }

    #[test]
    fn many_objects_join_what_the_first_twenty_form() {
        let mut objects = event(1, 20);
        objects.sort_by(|a, b| hypot(b[0], b[1]).total_cmp(&hypot(a[0], a[1])));
        let twenty = divided(Grouping::SmallestMasses, &objects);
        objects.extend([[0.0, 0.0, 0.0, 0.0], [1e-3, 0.0, 0.0, 1e-3]]);
        let all = divided(Grouping::SmallestMasses, &objects);
        assert_eq!(all & ((1 << 20) - 1), twenty);
        let other = all ^ 1 << 21;
        assert!(masses(&objects, all) <= masses(&objects, other));
    }

    #[test]
    fn two_objects_are_two_groups() {
        for (seed, association) in [(0, 0), (1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3), (3, 1), (3, 2), (3, 3)] {
            let how = Grouping::new(seed, association).unwrap_or(Grouping::SmallestMasses);
            assert_eq!(how.numbers(), (seed, association));
            let back_to_back = [[10.0, 0.0, 0.0, 10.0], [-9.0, 1.0, 0.0, 10.0]];
            assert_eq!(divided(how, &back_to_back), 2, "{how:?}");
            assert_eq!(divided(how, &back_to_back[..1]), 0);
            assert_eq!(divided(how, &[]), 0);
            assert_eq!(divided(how, &[back_to_back[0], [f64::NAN, 0.0, 0.0, 1.0]]), -1);
            assert_eq!(divided(how, &event(0, 64)), -1);
        }
        for (seed, association) in [(0, 1), (4, 1), (1, 0), (2, 4), (-1, 1)] {
            assert_eq!(Grouping::new(seed, association), None);
        }
    }

    #[test]
    fn hemispheres_are_stable() {
        for seed in 0..300 {
            let objects = event(seed, 3 + seed as usize % 9);
            for how in [Seed::Momentum, Seed::Mass, Seed::TransverseMass] {
                let Some(start) = seeds(&objects, how) else { continue };
                for association in [Association::Longitudinal, Association::Mass, Association::Lund] {
                    let mask = hemispheres(&objects, start, association);
                    let mut axes = [[0.0; 4]; 2];
                    for (i, p) in objects.iter().enumerate() {
                        let group = (mask >> i & 1) as usize;
                        axes[group] = plus(axes[group], *p);
                    }
                    for (i, p) in objects.iter().enumerate() {
                        let group = (mask >> i & 1) as usize;
                        let nearer = match association {
                            Association::Longitudinal => usize::from(
                                dot3(*p, axes[0]) / momentum(axes[0]) < dot3(*p, axes[1]) / momentum(axes[1]),
                            ),
                            _ if i == start.0 || i == start.1 => continue,
                            _ => nearest(axes, *p, Some(group), association),
                        };
                        assert_eq!(nearer, group, "{seed} {how:?} {association:?}: object {i}");
                    }
                }
            }
        }
    }
}
