//! The eight tasks as loops written by hand over arrays in memory, with the shortcuts that somebody who knows the task
//! would take: squared masses where they do, momenta once per object, no selection kept for later.

use std::f64::consts::PI;
use std::ops::Range;

use super::arrays::{Arrays, Collection};

/// A regular histogram of counts.
#[derive(Clone, Debug)]
pub struct Histogram {
    low: f64,
    high: f64,
    /// Underflow, the bins, overflow.
    pub cells: Vec<u64>,
}

/// The bins of every histogram.
const BINS: usize = 100;

impl Histogram {
    fn new(low: f64, high: f64) -> Histogram {
        Histogram { low, high, cells: vec![0; BINS + 2] }
    }

    #[inline]
    fn fill(&mut self, x: f64) {
        let cell = if x < self.low {
            0
        } else if x < self.high {
            1 + (BINS as f64 * (x - self.low) / (self.high - self.low)) as usize
        } else {
            BINS + 1
        };
        self.cells[cell] += 1;
    }
}

/// The histograms of a task.
#[must_use]
pub fn run(task: usize, arrays: &Arrays) -> Vec<Histogram> {
    match task {
        1 => task1(arrays),
        2 => task2(arrays),
        3 => task3(arrays),
        4 => task4(arrays),
        5 => task5(arrays),
        6 => task6(arrays),
        7 => task7(arrays),
        _ => task8(arrays),
    }
}

/// The objects of each event.
fn objects(collection: &Collection) -> impl Iterator<Item = Range<usize>> {
    collection.starts.windows(2).map(|pair| pair[0] as usize..pair[1] as usize)
}

fn task1(a: &Arrays) -> Vec<Histogram> {
    let mut h = Histogram::new(0.0, 200.0);
    a.met.iter().for_each(|&met| h.fill(f64::from(met)));
    vec![h]
}

fn task2(a: &Arrays) -> Vec<Histogram> {
    let mut h = Histogram::new(15.0, 60.0);
    a.jets.pt.iter().for_each(|&pt| h.fill(f64::from(pt)));
    vec![h]
}

fn task3(a: &Arrays) -> Vec<Histogram> {
    let mut h = Histogram::new(15.0, 60.0);
    for (&pt, eta) in a.jets.pt.iter().zip(&a.jets.eta) {
        if eta.abs() < 1.0 {
            h.fill(f64::from(pt));
        }
    }
    vec![h]
}

fn task4(a: &Arrays) -> Vec<Histogram> {
    let mut h = Histogram::new(0.0, 200.0);
    for (jets, &met) in objects(&a.jets).zip(&a.met) {
        if a.jets.pt[jets].iter().filter(|&&pt| pt > 40.0).count() >= 2 {
            h.fill(f64::from(met));
        }
    }
    vec![h]
}

fn task5(a: &Arrays) -> Vec<Histogram> {
    let mut h = Histogram::new(0.0, 200.0);
    for (muons, &met) in objects(&a.muons).zip(&a.met) {
        let pair = |i: usize| {
            (i + 1..muons.end).any(|j| {
                let opposite = a.muons.charge[i] != a.muons.charge[j];
                let mass2 = || Momentum::of(&a.muons, i).plus(&Momentum::of(&a.muons, j)).mass2();
                opposite && (60.0 * 60.0..120.0 * 120.0).contains(&mass2())
            })
        };
        if muons.len() >= 2 && muons.clone().any(pair) {
            h.fill(f64::from(met));
        }
    }
    vec![h]
}

/// With m² of three as m² of two, m² of the third, and twice the product of both.
fn task6(a: &Arrays) -> Vec<Histogram> {
    let (mut h_pt, mut h_btag) = (Histogram::new(15.0, 40.0), Histogram::new(0.0, 1.0));
    let mut momenta = Vec::new();
    for jets in objects(&a.jets).filter(|jets| jets.len() >= 3) {
        momenta.clear();
        momenta.extend(jets.clone().map(|i| Momentum::of(&a.jets, i)));
        let mut best = (f64::INFINITY, [0; 3]);
        for (i, first) in momenta.iter().enumerate() {
            for (j, second) in momenta.iter().enumerate().skip(i + 1) {
                let two = first.plus(second);
                let mass2 = two.mass2();
                for (k, third) in momenta.iter().enumerate().skip(j + 1) {
                    let product = two.e * third.e - two.x * third.x - two.y * third.y - two.z * third.z;
                    let distance = ((mass2 + third.rest + 2.0 * product).sqrt() - 172.5).abs();
                    if distance < best.0 {
                        best = (distance, [i, j, k]);
                    }
                }
            }
        }
        let [i, j, k] = best.1;
        let three = momenta[i].plus(&momenta[j]).plus(&momenta[k]);
        h_pt.fill(three.x.hypot(three.y));
        let btags = &a.jets.btag[jets];
        h_btag.fill(f64::from(btags[i].max(btags[j]).max(btags[k])));
    }
    vec![h_pt, h_btag]
}

fn task7(a: &Arrays) -> Vec<Histogram> {
    let mut h = Histogram::new(15.0, 200.0);
    let near = |leptons: &Collection, event: usize, eta: f64, phi: f64| {
        (leptons.starts[event] as usize..leptons.starts[event + 1] as usize).any(|l| {
            let (d_eta, d_phi) = (eta - f64::from(leptons.eta[l]), (phi - f64::from(leptons.phi[l])).abs());
            let d_phi = if d_phi > PI { 2.0 * PI - d_phi } else { d_phi };
            leptons.pt[l] > 10.0 && d_eta * d_eta + d_phi * d_phi < 0.4 * 0.4
        })
    };
    for (event, jets) in objects(&a.jets).enumerate() {
        let mut sum = None;
        for j in jets.filter(|&j| a.jets.pt[j] > 30.0) {
            let (eta, phi) = (f64::from(a.jets.eta[j]), f64::from(a.jets.phi[j]));
            if !near(&a.muons, event, eta, phi) && !near(&a.electrons, event, eta, phi) {
                sum = Some(sum.unwrap_or(0.0) + f64::from(a.jets.pt[j]));
            }
        }
        if let Some(sum) = sum {
            h.fill(sum);
        }
    }
    vec![h]
}

fn task8(a: &Arrays) -> Vec<Histogram> {
    let mut h = Histogram::new(0.0, 200.0);
    let (mut momenta, mut leptons) = (Vec::new(), Vec::new());
    for (event, (muons, electrons)) in objects(&a.muons).zip(objects(&a.electrons)).enumerate() {
        if muons.len() + electrons.len() < 3 {
            continue;
        }
        momenta.clear();
        leptons.clear();
        let flavours = [(&a.muons, muons.clone()), (&a.electrons, electrons)];
        for (from, index) in flavours.iter().flat_map(|(from, range)| range.clone().map(move |i| (from, i))) {
            momenta.push(Momentum::of(from, index));
            leptons.push((f64::from(from.pt[index]), f64::from(from.phi[index]), from.charge[index]));
        }
        let mut best = (f64::INFINITY, None);
        for same in [0..muons.len(), muons.len()..leptons.len()] {
            for i in same.clone() {
                for j in (i + 1..same.end).filter(|&j| leptons[i].2 != leptons[j].2) {
                    let distance = (momenta[i].plus(&momenta[j]).mass2().max(0.0).sqrt() - 91.2).abs();
                    if distance < best.0 {
                        best = (distance, Some((i, j)));
                    }
                }
            }
        }
        let Some((i, j)) = best.1 else { continue };
        let mut hardest: Option<&(f64, f64, i32)> = None;
        for (_, lepton) in leptons.iter().enumerate().filter(|(l, _)| *l != i && *l != j) {
            if hardest.is_none_or(|h| lepton.0 > h.0) {
                hardest = Some(lepton);
            }
        }
        if let Some((pt, phi, _)) = hardest {
            let (met, met_phi) = (f64::from(a.met[event]), f64::from(a.met_phi[event]));
            h.fill((2.0 * pt * met * (1.0 - (met_phi - phi).cos())).sqrt());
        }
    }
    vec![h]
}

/// A four-momentum in GeV, with the square of its mass where it comes from a particle.
#[derive(Clone, Copy, Debug)]
struct Momentum {
    x: f64,
    y: f64,
    z: f64,
    e: f64,
    rest: f64,
}

impl Momentum {
    #[inline]
    fn of(from: &Collection, i: usize) -> Momentum {
        let (pt, eta) = (f64::from(from.pt[i]), f64::from(from.eta[i]));
        let (phi, mass) = (f64::from(from.phi[i]), f64::from(from.mass[i]));
        let exp = eta.exp();
        let (x, y, z) = (pt * phi.cos(), pt * phi.sin(), pt * 0.5 * (exp - 1.0 / exp));
        let rest = mass * mass;
        Momentum { x, y, z, e: (pt * pt + z * z + rest).sqrt(), rest }
    }

    #[inline]
    fn plus(&self, other: &Momentum) -> Momentum {
        let Momentum { x, y, z, e, .. } = *other;
        Momentum { x: self.x + x, y: self.y + y, z: self.z + z, e: self.e + e, rest: 0.0 }
    }

    #[inline]
    fn mass2(&self) -> f64 {
        self.e * self.e - self.x * self.x - self.y * self.y - self.z * self.z
    }
}
