//! Sets of numbers: unions of intervals, each end open or closed. What a condition such as `MET [] 100 200 or MET > 300`
//! leaves of one quantity.

use std::cmp::Ordering;

/// The end of an interval: just before a number, or just after it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// The number.
    pub value: f64,
    /// After it rather than before.
    pub after: bool,
}

impl Edge {
    /// The place just before a number: as a lower end, the number belongs to the interval.
    #[must_use]
    pub fn before(value: f64) -> Edge {
        Edge { value, after: false }
    }

    /// The place just after a number: as a lower end, the number does not belong to the interval.
    #[must_use]
    pub fn after(value: f64) -> Edge {
        Edge { value, after: true }
    }

    /// The order of edges. Their numbers are no NaN.
    #[must_use]
    pub fn order(self, other: Edge) -> Ordering {
        self.value.partial_cmp(&other.value).unwrap_or(Ordering::Equal).then(self.after.cmp(&other.after))
    }

    fn is_below(self, other: Edge) -> bool {
        self.order(other) == Ordering::Less
    }

    fn max(self, other: Edge) -> Edge {
        if self.is_below(other) { other } else { self }
    }

    fn min(self, other: Edge) -> Edge {
        if other.is_below(self) { other } else { self }
    }
}

/// An interval: its lower and its upper end.
type Interval = (Edge, Edge);

/// A set of numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Set(Intervals);

/// Intervals in increasing order that do not touch. Most sets have one, which needs no memory of its own.
#[derive(Clone, Debug, PartialEq)]
enum Intervals {
    None,
    One([Interval; 1]),
    Many(Vec<Interval>),
}

impl Set {
    /// Adds an interval above the others.
    fn push(&mut self, interval: Interval) {
        match &mut self.0 {
            Intervals::None => self.0 = Intervals::One([interval]),
            Intervals::One([first]) => self.0 = Intervals::Many(vec![*first, interval]),
            Intervals::Many(all) => all.push(interval),
        }
    }

    /// Adds an interval that begins no earlier than the others.
    fn join(&mut self, (low, high): Interval) {
        match self.last_mut() {
            Some(last) if !last.1.is_below(low) => last.1 = last.1.max(high),
            _ => self.push((low, high)),
        }
    }

    fn last_mut(&mut self) -> Option<&mut Interval> {
        match &mut self.0 {
            Intervals::None => None,
            Intervals::One([last]) => Some(last),
            Intervals::Many(all) => all.last_mut(),
        }
    }

    /// Every number, the infinities included.
    #[must_use]
    pub fn all() -> Set {
        Set::from(Edge::before(f64::NEG_INFINITY), Edge::after(f64::INFINITY))
    }

    /// No number.
    #[must_use]
    pub fn none() -> Set {
        Set(Intervals::None)
    }

    /// One interval; nothing if its ends are in the wrong order.
    #[must_use]
    pub fn from(low: Edge, high: Edge) -> Set {
        Set(if low.is_below(high) { Intervals::One([(low, high)]) } else { Intervals::None })
    }

    /// From `low` to `high`, both included.
    #[must_use]
    pub fn closed(low: f64, high: f64) -> Set {
        Set::from(Edge::before(low), Edge::after(high))
    }

    /// One number.
    #[must_use]
    pub fn point(value: f64) -> Set {
        Set::closed(value, value)
    }

    /// The numbers up to an edge.
    #[must_use]
    pub fn below(edge: Edge) -> Set {
        Set::from(Edge::before(f64::NEG_INFINITY), edge)
    }

    /// The numbers from an edge on.
    #[must_use]
    pub fn above(edge: Edge) -> Set {
        Set::from(edge, Edge::after(f64::INFINITY))
    }

    /// Its intervals, in order.
    #[must_use]
    pub fn ranges(&self) -> &[(Edge, Edge)] {
        match &self.0 {
            Intervals::None => &[],
            Intervals::One(one) => one,
            Intervals::Many(all) => all,
        }
    }

    /// True if nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges().is_empty()
    }

    /// True if it has exactly one number.
    #[must_use]
    pub fn is_point(&self) -> bool {
        matches!(self.ranges(), [(low, high)] if low.value == high.value)
    }

    /// True if a number is in it.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        let at = (Edge::before(value), Edge::after(value));
        self.ranges().iter().any(|(low, high)| !at.0.is_below(*low) && !high.is_below(at.1))
    }

    /// Its ends.
    #[must_use]
    pub fn hull(&self) -> Option<(Edge, Edge)> {
        Some((self.ranges().first()?.0, self.ranges().last()?.1))
    }

    /// What is in both.
    #[must_use]
    pub fn and(&self, other: &Set) -> Set {
        let mut both = Set::none();
        let (mut i, mut j) = (0, 0);
        while let (Some(a), Some(b)) = (self.ranges().get(i), other.ranges().get(j)) {
            let (low, high) = (a.0.max(b.0), a.1.min(b.1));
            if low.is_below(high) {
                both.push((low, high));
            }
            if a.1.is_below(b.1) { i += 1 } else { j += 1 }
        }
        both
    }

    /// What is in one of them.
    #[must_use]
    pub fn or(&self, other: &Set) -> Set {
        let mut all = Set::none();
        let (mut first, mut second) = (self.ranges().iter().peekable(), other.ranges().iter().peekable());
        loop {
            let next = match (first.peek(), second.peek()) {
                (Some(a), Some(b)) if b.0.is_below(a.0) => second.next(),
                (Some(_), _) => first.next(),
                (None, _) => second.next(),
            };
            let Some(next) = next else { return all };
            all.join(*next);
        }
    }

    /// What is not in it.
    #[must_use]
    pub fn not(&self) -> Set {
        let mut outside = Set::none();
        let mut from = Edge::before(f64::NEG_INFINITY);
        for (low, high) in self.ranges() {
            if from.is_below(*low) {
                outside.push((from, *low));
            }
            from = *high;
        }
        let end = Edge::after(f64::INFINITY);
        if from.is_below(end) {
            outside.push((from, end));
        }
        outside
    }

    /// The negatives of its numbers.
    #[must_use]
    pub fn negative(&self) -> Set {
        let flip = |e: Edge| Edge { value: -e.value, after: !e.after };
        let mut negative = Set::none();
        self.ranges().iter().rev().for_each(|(low, high)| negative.push((flip(*high), flip(*low))));
        negative
    }

    /// The intervals with their ends moved; an increasing function of the ends.
    #[must_use]
    pub fn map(&self, f: impl Fn(f64) -> f64) -> Set {
        let ends = |e: Edge| Edge { value: f(e.value), ..e };
        let ranges = self.ranges().iter().map(|(low, high)| (ends(*low), ends(*high)));
        let mut moved = Set::none();
        for (low, high) in ranges {
            if !low.value.is_nan() && !high.value.is_nan() && low.is_below(high) {
                moved.join((low, high));
            }
        }
        moved
    }

    /// A little larger on both sides of each interval: what arithmetic with rounding may have moved is in it.
    #[must_use]
    pub fn widened(&self) -> Set {
        let by = |x: f64| if x.is_finite() { x.abs() * 1e-12 } else { 0.0 };
        let mut wider = Set::none();
        for (low, high) in self.ranges() {
            wider.join((Edge::before(low.value - by(low.value)), Edge::after(high.value + by(high.value))));
        }
        wider
    }

    /// Its integers, as closed intervals; neighbours are joined.
    #[must_use]
    pub fn integers(&self) -> Set {
        let mut integers = Set::none();
        for (low, high) in self.ranges() {
            let first = if low.after { low.value.floor() + 1.0 } else { low.value.ceil() };
            let last = if high.after { high.value.floor() } else { high.value.ceil() - 1.0 };
            if first > last {
                continue;
            }
            match integers.last_mut() {
                Some(before) if first - before.1.value <= 1.0 => before.1 = Edge::after(last),
                _ => integers.push((Edge::before(first), Edge::after(last))),
            }
        }
        integers
    }

    /// A number in it that is easy to read.
    #[must_use]
    pub fn sample(&self) -> Option<f64> {
        if self.contains(0.0) && self.ranges().iter().any(|(l, h)| l.value < 0.0 && h.value > 0.0) {
            return Some(0.0);
        }
        // Prefer values above 0: a momentum, a mass, a number of jets.
        let (low, high) = *self.ranges().iter().find(|(_, h)| h.value > 0.0).or(self.ranges().last())?;
        let inside = |x: f64| Set::from(low, high).contains(x);
        let (from, to) = (low.value, high.value);
        let wish = match (from.is_finite(), to.is_finite()) {
            (true, true) => 0.5 * (from + to),
            (true, false) if from > 0.0 => 1.25 * from,
            (true, false) => from + 1.0,
            (false, true) if to > 0.0 => 0.5 * to,
            (false, true) => 1.25 * to - 1.0,
            (false, false) => 0.0,
        };
        let rounded = (1..16).map(|digits| round_to(wish, digits)).find(|x| inside(*x));
        rounded.or_else(|| [wish, from, to].into_iter().find(|x| inside(*x)))
    }

    /// The set as conditions on a name: `100 <= MET < 200`.
    #[must_use]
    pub fn text(&self, name: &str) -> String {
        let one = |(low, high): &(Edge, Edge)| {
            if low.value == high.value {
                return format!("{name} == {}", low.value);
            }
            let above = if low.after { ">" } else { ">=" };
            let below = if high.after { "<=" } else { "<" };
            let turned = if low.after { "<" } else { "<=" };
            match (low.value.is_finite(), high.value.is_finite()) {
                (true, true) => format!("{} {turned} {name} {below} {}", low.value, high.value),
                (true, false) => format!("{name} {above} {}", low.value),
                (false, true) => format!("{name} {below} {}", high.value),
                (false, false) => format!("any {name}"),
            }
        };
        match self.ranges() {
            [] => format!("no {name}"),
            ranges => ranges.iter().map(one).collect::<Vec<_>>().join(" or "),
        }
    }
}

/// A number with so many digits.
fn round_to(x: f64, digits: usize) -> f64 {
    format!("{x:.*e}", digits - 1).parse().unwrap_or(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn below(x: f64) -> Set {
        Set::below(Edge::before(x))
    }

    fn from(x: f64) -> Set {
        Set::above(Edge::before(x))
    }

    #[test]
    fn ends_are_open_or_closed() {
        assert!(below(2.0).and(&from(2.0)).is_empty());
        let touch = Set::closed(1.0, 2.0).and(&Set::closed(2.0, 3.0));
        assert!(touch.is_point() && touch.contains(2.0));
        assert_eq!(below(2.0).or(&from(2.0)), Set::all());
        let hole = below(2.0).or(&Set::above(Edge::after(2.0)));
        assert!(!hole.contains(2.0) && hole.contains(2.0_f64.next_up()));
        assert_eq!(hole.not(), Set::point(2.0));
        assert_eq!(Set::all().not(), Set::none());
        assert_eq!(Set::none().not(), Set::all());
        assert!(Set::all().contains(f64::INFINITY) && Set::all().contains(f64::NEG_INFINITY));
    }

    #[test]
    fn negatives_keep_their_ends() {
        let set = Set::from(Edge::before(1.0), Edge::before(2.0));
        let negative = set.negative();
        assert!(negative.contains(-1.0) && !negative.contains(-2.0));
        assert_eq!(negative.negative(), set);
    }

    #[test]
    fn integers_close_open_ends() {
        let set = Set::from(Edge::after(1.0), Edge::before(4.0)).integers();
        assert_eq!(set, Set::closed(2.0, 3.0));
        assert!(Set::from(Edge::after(1.0), Edge::before(2.0)).integers().is_empty());
        assert_eq!(Set::closed(0.0, 1.0).or(&Set::closed(2.0, 3.0)).integers(), Set::closed(0.0, 3.0));
        assert_eq!(below(3.0).integers(), Set::below(Edge::after(2.0)));
    }

    /// Every operation agrees with membership, for many small sets.
    #[test]
    fn operations_are_those_of_sets() {
        let ends: Vec<Edge> = (0..4).flat_map(|v| [Edge::before(f64::from(v)), Edge::after(f64::from(v))]).collect();
        let mut sets = vec![Set::none(), Set::all()];
        for (i, a) in ends.iter().enumerate() {
            for b in &ends[i + 1..] {
                sets.push(Set::from(*a, *b));
                sets.push(Set::from(*a, *b).or(&Set::point(2.0)));
                sets.push(Set::from(*a, *b).not());
            }
        }
        let points: Vec<f64> = (-2..10).map(|x| f64::from(x) * 0.5).collect();
        for a in &sets {
            for b in &sets {
                for x in &points {
                    assert_eq!(a.and(b).contains(*x), a.contains(*x) && b.contains(*x), "{a:?} {b:?} {x}");
                    assert_eq!(a.or(b).contains(*x), a.contains(*x) || b.contains(*x), "{a:?} {b:?} {x}");
                    assert_eq!(a.not().contains(*x), !a.contains(*x), "{a:?} {x}");
                    assert_eq!(a.negative().contains(-*x), a.contains(*x), "{a:?} {x}");
                }
            }
            assert_eq!(a.is_empty(), a.sample().is_none(), "{a:?}");
            assert!(a.sample().is_none_or(|x| a.contains(x)), "{a:?}");
        }
    }

    #[test]
    fn text_reads_as_conditions() {
        assert_eq!(Set::closed(100.0, 200.0).text("MET"), "100 <= MET <= 200");
        assert_eq!(Set::above(Edge::after(300.0)).text("MET"), "MET > 300");
        assert_eq!(Set::point(2.0).text("size(jets)"), "size(jets) == 2");
        assert_eq!(below(1.0).or(&from(2.0)).text("x"), "x < 1 or x >= 2");
    }
}
