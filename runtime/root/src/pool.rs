//! The memory of values that nobody needs any more, for those that are decoded next. Memory that is fresh from the system
//! costs a page fault per 4 kB, which for large baskets and clusters takes as long as half of the decoding.

use std::sync::{Mutex, PoisonError};

use crate::Element;
use crate::values::Buffer;

/// Smaller buffers are kept by the allocator itself.
const LEAST: usize = 64 << 10;
/// Bytes that are kept at most.
const MOST: usize = 48 << 20;

/// The oldest first.
static KEPT: Mutex<Vec<Buffer>> = Mutex::new(Vec::new());

/// The number of values that room is made for where `len` are needed: somewhat more for many, so that memory fits for the
/// next values, which are about as many.
pub(crate) fn rounded(element: Element, len: usize) -> usize {
    match len.checked_mul(element.width()) {
        Some(bytes) if (LEAST..=MOST).contains(&bytes) => len.next_multiple_of(len.next_power_of_two() / 8),
        _ => len,
    }
}

/// An empty buffer with room for `len` values and not for many more, if one is kept.
pub(crate) fn take(element: Element, len: usize) -> Option<Buffer> {
    let bytes = len.checked_mul(element.width())?;
    if bytes < LEAST {
        return None;
    }
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let fits =
        |buffer: &Buffer| buffer.element() == element && (bytes..=bytes.saturating_mul(2)).contains(&buffer.capacity());
    let at = kept.iter().rposition(fits)?;
    Some(kept.remove(at))
}

/// Keeps a buffer that is not needed any more, or lets it go.
pub(crate) fn give(mut buffer: Buffer) {
    let bytes = buffer.capacity();
    if !(LEAST..=MOST).contains(&bytes) {
        return;
    }
    buffer.clear();
    keep(&KEPT, buffer, Buffer::capacity);
}

/// Keeps the memory of one more; of all at most [`MOST`] bytes.
fn keep<T>(all: &Mutex<Vec<T>>, one: T, capacity: impl Fn(&T) -> usize) {
    let mut kept = all.lock().unwrap_or_else(PoisonError::into_inner);
    kept.push(one);
    let mut sum: usize = kept.iter().map(&capacity).sum();
    // Outside of the lock, the system takes back what is too much.
    let mut too_much = Vec::new();
    while sum > MOST {
        let oldest = kept.remove(0);
        sum -= capacity(&oldest);
        too_much.push(oldest);
    }
    drop(kept);
}

/// Bytes that are kept, each as long as it was used, so that it is not zeroed again. The oldest first.
static BYTES: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());
/// Smaller ones are not kept: of these there would be many to look through.
const LEAST_BYTES: usize = 64 << 10;

/// Bytes of any content, of which `len` are needed; none if none are kept of about this length.
pub(crate) fn take_bytes(len: usize) -> Vec<u8> {
    if len < LEAST_BYTES {
        return Vec::new();
    }
    let mut kept = BYTES.lock().unwrap_or_else(PoisonError::into_inner);
    let at = kept.iter().rposition(|bytes| (len..=len.saturating_mul(2)).contains(&bytes.len()));
    at.map(|at| kept.remove(at)).unwrap_or_default()
}

/// Keeps bytes that are not needed any more, or lets them go.
pub(crate) fn give_bytes(bytes: Vec<u8>) {
    if !(LEAST_BYTES..=MOST).contains(&bytes.capacity()) {
        return;
    }
    keep(&BYTES, bytes, Vec::capacity);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_is_taken_again_and_no_more_is_kept_than_said() {
        // A type that no other test has in such length.
        let with_room = |len| Buffer::U16(Vec::with_capacity(len));
        assert!(take(Element::U16, 1 << 20).is_none());
        let mut buffer = with_room(1 << 20);
        buffer.push_zeros(7);
        give(buffer);
        assert!(take(Element::U16, 1 << 10).is_none());
        assert!(take(Element::U16, 1 << 21).is_none());
        assert!(take(Element::I16, 1 << 20).is_none());
        let again = take(Element::U16, 1_000_000).map(|buffer| (buffer.capacity(), buffer.values(usize::MAX).len()));
        assert_eq!(again, Some((2 << 20, 0)));
        for _ in 0..100 {
            give(with_room(1 << 20));
        }
        let kept: usize = std::iter::from_fn(|| take(Element::U16, 1 << 20)).map(|buffer| buffer.capacity()).sum();
        assert!((1 << 21..=MOST).contains(&kept), "{kept}");
    }

    #[test]
    fn bytes_keep_their_length() {
        // A length that no other test has.
        let len = 3_333_333;
        assert!(take_bytes(len).is_empty());
        give_bytes(vec![7; len]);
        assert!(take_bytes(len / 3).is_empty() && take_bytes(len + 1).is_empty());
        assert_eq!(take_bytes(len - 1), vec![7; len]);
        assert!(take_bytes(len).is_empty());
        (0..100).for_each(|_| give_bytes(vec![0; len]));
        let kept: usize = std::iter::from_fn(|| Some(take_bytes(len)).filter(|b| !b.is_empty())).map(|b| b.len()).sum();
        assert!((len..=MOST).contains(&kept), "{kept}");
    }
}
