//! The memory of values that nobody needs any more, for those that are decoded next. Memory that is fresh from the system
//! costs a page fault per 4 kB, which for large baskets and clusters takes as long as half of the decoding.

use std::sync::{Mutex, PoisonError};

use crate::Element;
use crate::values::Buffer;

/// Smaller buffers are kept by the allocator itself.
const LEAST: usize = 256 << 10;
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
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    kept.push(buffer);
    let mut sum: usize = kept.iter().map(Buffer::capacity).sum();
    // Outside of the lock, the system takes back what is too much.
    let mut too_much = Vec::new();
    while sum > MOST {
        let oldest = kept.remove(0);
        sum -= oldest.capacity();
        too_much.push(oldest);
    }
    drop(kept);
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
}
