//! Sums of the values of branches, and how they agree with those that uproot made (`branch-sums.json`).
#![allow(clippy::unwrap_used)]

use adl_root::Values;
use serde_json::Value;

/// Count, sum, minimum, maximum of the finite values, and the number of others.
pub type Summary = (usize, f64, f64, f64, usize);

/// Of no values.
const NOTHING: Summary = (0, 0.0, f64::INFINITY, f64::NEG_INFINITY, 0);

/// Of the values of a branch.
pub fn summary(values: &Values<'_>) -> Summary {
    let (mut sum, mut min, mut max, mut other) = (0.0, f64::INFINITY, f64::NEG_INFINITY, 0);
    for i in 0..values.len() {
        let x = values.get_f64(i).unwrap();
        if x.is_finite() {
            sum += x;
            min = min.min(x);
            max = max.max(x);
        } else {
            other += 1;
        }
    }
    (values.len(), sum, min, max, other)
}

/// Of several branches together.
pub fn together(parts: impl Iterator<Item = Summary>) -> Summary {
    parts.fold(NOTHING, |a, b| (a.0 + b.0, a.1 + b.1, a.2.min(b.2), a.3.max(b.3), a.4 + b.4))
}

/// Whether they are as expected: an array of count, sum, minimum, maximum and the number of other values.
pub fn agree((count, sum, min, max, other): Summary, expected: &Value) -> Result<(), String> {
    let number = |i: usize| expected.get(i).and_then(Value::as_f64);
    let close = |a: f64, b: Option<f64>| b.is_none_or(|b| (a - b).abs() <= 1e-9 * a.abs().max(b.abs()));
    // A sum of cancelling terms is exact only relative to the terms.
    let scale = 1e-9 * count as f64 * min.abs().max(max.abs()).max(f64::MIN_POSITIVE);
    let sum_close =
        number(1).is_none_or(|b| (sum - b).abs() <= scale.min(1e-6 * b.abs().max(scale)).max(1e-9 * b.abs()));
    let good = number(0) == Some(count as f64)
        && sum_close
        && close(min, number(2))
        && close(max, number(3))
        && number(4).is_none_or(|n| n == other as f64);
    if good { Ok(()) } else { Err(format!("[{count}, {sum}, {min}, {max}, {other}] instead of {expected}")) }
}
