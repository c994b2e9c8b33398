//! The order of sorted lists and of winners, shared by the interpreter and by compiled code.

use std::cmp::Ordering;

/// Lists up to this length are sorted by insertion.
const SHORT: usize = 32;

/// The order of keys: numbers by size, then NaN; zeros are equal.
pub(super) fn compare(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

/// The order of sorted lists: [`compare`], or largest first; NaN last in both.
fn compare_directed(a: f64, b: f64, descending: bool) -> Ordering {
    if descending && !a.is_nan() && !b.is_nan() { compare(b, a) } else { compare(a, b) }
}

/// Puts `n` elements of `width` words in the order of their keys, stably. The keys are left in any order.
///
/// # Safety
/// `words` points at `n * width` words, `keys` at `n` numbers; nothing else refers to them.
pub(super) unsafe extern "C" fn sort_list(words: *mut u32, width: u64, keys: *mut f64, n: u64, descending: u64) {
    if n < 2 || width == 0 {
        return;
    }
    let (n, width) = (n as usize, width as usize);
    // SAFETY: by the caller's promise; both are not null, for n is not 0.
    let (words, keys) =
        unsafe { (std::slice::from_raw_parts_mut(words, n * width), std::slice::from_raw_parts_mut(keys, n)) };
    sort(words, width, keys, descending != 0);
}

/// [`sort_list`] on slices.
pub(super) fn sort(words: &mut [u32], width: usize, keys: &mut [f64], descending: bool) {
    if width == 1 && sort_few(words, keys, descending) {
        return;
    }
    if keys.len() <= SHORT {
        insertion(words, width, keys, descending);
        return;
    }
    let mut order: Vec<u32> = (0..keys.len() as u32).collect();
    order.sort_by(|a, b| compare_directed(keys[*a as usize], keys[*b as usize], descending));
    let before = words.to_vec();
    for (to, from) in words.chunks_exact_mut(width).zip(order) {
        let from = from as usize * width;
        to.copy_from_slice(&before[from..from + width]);
    }
}

/// Sorts a short list of single words; false if it is longer.
fn sort_few(words: &mut [u32], keys: &[f64], descending: bool) -> bool {
    match keys.len() {
        2 => by_rank::<2>(words, keys, descending),
        3 => by_rank::<3>(words, keys, descending),
        4 => by_rank::<4>(words, keys, descending),
        5 => by_rank::<5>(words, keys, descending),
        6 => by_rank::<6>(words, keys, descending),
        7 => by_rank::<7>(words, keys, descending),
        8 => by_rank::<8>(words, keys, descending),
        _ => false,
    }
}

/// Puts each of `N` elements where the number of those that come before it says: without a jump that depends on the keys.
fn by_rank<const N: usize>(words: &mut [u32], keys: &[f64], descending: bool) -> bool {
    let (Some(words), Some(keys)) = (words.first_chunk_mut::<N>(), keys.first_chunk::<N>()) else { return false };
    // Largest first is smallest first of the negative keys; NaN stays NaN.
    let keys = keys.map(|key| if descending { -key } else { key });
    // As `compare` says.
    let is_less = |a: f64, b: f64| (a < b) | (b.is_nan() & !a.is_nan());
    if (1..N).fold(true, |sorted, later| sorted & !is_less(keys[later], keys[later - 1])) {
        return true;
    }
    let mut ranks = [0; N];
    for later in 1..N {
        for earlier in 0..later {
            let before = is_less(keys[later], keys[earlier]);
            ranks[earlier] += usize::from(before);
            ranks[later] += usize::from(!before);
        }
    }
    let before = *words;
    for (word, rank) in before.into_iter().zip(ranks) {
        words[rank] = word;
    }
    true
}

fn insertion(words: &mut [u32], width: usize, keys: &mut [f64], descending: bool) {
    for end in 1..keys.len() {
        let mut at = end;
        while at > 0 && compare_directed(keys[at], keys[at - 1], descending) == Ordering::Less {
            keys.swap(at, at - 1);
            for word in 0..width {
                words.swap(at * width + word, (at - 1) * width + word);
            }
            at -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorting_is_stable_and_nan_comes_last_in_both_directions() {
        for n in [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 31, 32, 33, 100, 1000] {
            for descending in [false, true] {
                let key = |i: usize| match (i * 7919 + n) % 11 {
                    0 => f64::NAN,
                    1 => -0.0,
                    2 => 0.0,
                    3 => f64::INFINITY,
                    k => (k as f64 - 6.0) * 1.5,
                };
                let mut keys: Vec<f64> = (0..n).map(key).collect();
                let mut words: Vec<u32> = (0..n as u32).flat_map(|i| [i, i + 5000]).collect();
                sort(&mut words, 2, &mut keys, descending);
                let sorted: Vec<usize> = words.chunks(2).map(|w| w[0] as usize).collect();
                assert!(words.chunks(2).all(|w| w[1] == w[0] + 5000));
                let mut keys: Vec<f64> = (0..n).map(key).collect();
                let mut words: Vec<u32> = (0..n as u32).collect();
                sort(&mut words, 1, &mut keys, descending);
                assert!(words.iter().map(|w| *w as usize).eq(sorted.iter().copied()));
                for pair in sorted.windows(2) {
                    let (a, b) = (key(pair[0]), key(pair[1]));
                    let in_order = if descending { a > b } else { a < b };
                    let equal = a == b || (a.is_nan() && b.is_nan());
                    assert!((equal && pair[0] < pair[1]) || in_order || (b.is_nan() && !a.is_nan()), "{a} {b}");
                }
            }
        }
    }
}
