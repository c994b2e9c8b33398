//! Comparisons of a square root with a constant, without the root: `sqrt(x) < 0.4` holds exactly for the numbers `x`
//! below the least one whose root is 0.4 or more. Called by `build`; saves the root in every cut on a distance or mass.

use super::dag::{Binary, Dag, Node, Unary, Value};
use super::intrinsic::Intrinsic;

/// Constants whose squares are far from the ends of the range of numbers.
const USUAL: std::ops::RangeInclusive<f64> = 1e-140..=1e140;

/// What a value is the root of.
enum Root {
    /// Of a number that is not negative.
    Plain(Value),
    /// Of a number that may be negative: then there is no root.
    Partial(Value),
    /// `x < 0 ? -sqrt(abs(x)) : sqrt(abs(x))`.
    Signed(Value),
}

impl Dag {
    /// `a < b` or `a <= b` of a root and a positive constant, as a comparison of what is under the root. A NaN there makes
    /// either false.
    pub(super) fn compare_root(&mut self, op: Binary, a: Value, b: Value) -> Option<Value> {
        let strict = match op {
            Binary::Lt => true,
            Binary::Le => false,
            _ => return None,
        };
        if let Some(c) = self.constant_real(b).filter(|c| USUAL.contains(c)) {
            let (Root::Plain(x) | Root::Signed(x)) = self.root(a)? else { return None };
            let limit = least_with_root(if strict { c } else { c.next_up() });
            let limit = self.real(limit);
            return Some(self.binary(Binary::Lt, x, limit));
        }
        let c = self.constant_real(a).filter(|c| USUAL.contains(c))?;
        let (Root::Plain(x) | Root::Signed(x) | Root::Partial(x)) = self.root(b)?;
        let limit = least_with_root(if strict { c.next_up() } else { c });
        let limit = self.real(limit);
        Some(self.binary(Binary::Le, limit, x))
    }

    fn root(&mut self, value: Value) -> Option<Root> {
        if let Some((present, content)) = self.guarded(value) {
            let root = self.root(content)?;
            let (Root::Plain(x) | Root::Partial(x) | Root::Signed(x)) = root;
            let x = self.where_present(present, x);
            return Some(match root {
                Root::Plain(_) => Root::Plain(x),
                Root::Partial(_) => Root::Partial(x),
                Root::Signed(_) => Root::Signed(x),
            });
        }
        match *self.node(value) {
            Node::Unary(Unary::Sqrt, x) => {
                Some(if self.is_not_negative(x, 8) { Root::Plain(x) } else { Root::Partial(x) })
            }
            Node::Select(condition, minus, root) => {
                let Node::Unary(Unary::Sqrt, size) = *self.node(root) else { return None };
                let Node::Unary(Unary::Abs, x) = *self.node(size) else { return None };
                let Node::Binary(Binary::Lt, left, zero) = *self.node(condition) else { return None };
                let signed = *self.node(minus) == Node::Unary(Unary::Neg, root)
                    && left == x
                    && self.constant_real(zero) == Some(0.0);
                signed.then_some(Root::Signed(x))
            }
            Node::Call(Intrinsic::Hypot, ref sides) => {
                let [x, y] = *sides.as_slice() else { return None };
                let (xx, yy) = (self.binary(Binary::Mul, x, x), self.binary(Binary::Mul, y, y));
                Some(Root::Plain(self.binary(Binary::Add, xx, yy)))
            }
            _ => None,
        }
    }

    /// True if a value is a sum of squares or the like, as far as is seen in so many steps.
    fn is_not_negative(&self, value: Value, steps: u32) -> bool {
        let Some(steps) = steps.checked_sub(1) else { return false };
        match self.node(value) {
            Node::Unary(Unary::Abs, _) => true,
            Node::Binary(Binary::Mul, a, b) => a == b,
            Node::Binary(Binary::Add, a, b) => self.is_not_negative(*a, steps) && self.is_not_negative(*b, steps),
            Node::Real(bits) => f64::from_bits(*bits) >= 0.0,
            _ => false,
        }
    }
}

/// The least number whose root, rounded, is at least this one, which is positive and [`USUAL`].
fn least_with_root(root: f64) -> f64 {
    let mut least = root * root;
    while least.sqrt() < root {
        least = least.next_up();
    }
    while least.next_down().sqrt() >= root {
        least = least.next_down();
    }
    least
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_number_with_a_root_is_exact() {
        let mut roots = vec![0.4, 0.4f64.next_up(), 60.0, 120.0, 1.0, 2.0, 91.2, 1e-140, 1e140, 1e140f64.next_up()];
        roots.extend((1..10_000).map(|i| f64::from(i) * 0.013));
        for root in roots {
            let least = least_with_root(root);
            assert!(least.sqrt() >= root && least.next_down().sqrt() < root, "{root:e}: {least:e}");
        }
    }
}
