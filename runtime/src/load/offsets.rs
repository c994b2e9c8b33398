//! The offsets of the lists of a batch: from a counter, or from the lists themselves; and whether both say the same.

use adl_root::Values as Slice;

use super::Stretch;

/// True if the lists of a batch have the sizes that the offsets say. Says false where it cannot tell quickly.
pub(super) fn agree(offsets: &[u32], stretches: &[Stretch]) -> bool {
    let mut done = 0;
    for stretch in stretches {
        let events = &stretch.events;
        let starts = stretch.starts().and_then(|s| s.get(events.start..=events.end));
        let (Some(starts), Some(sizes)) = (starts, offsets.get(done..=done + events.len())) else { return false };
        let shift = sizes[0].wrapping_sub(starts[0]);
        let differs = starts.iter().zip(sizes).fold(0, |d, (a, b)| d | (a.wrapping_add(shift) ^ b));
        if differs != 0 {
            return false;
        }
        done += events.len();
    }
    done + 1 == offsets.len()
}

/// Appends an event's number of elements to offsets; false if there is none, or the sum is beyond their type.
fn push(offsets: &mut Vec<u32>, size: Option<u32>) -> bool {
    let end = size.zip(offsets.last()).and_then(|(size, end)| end.checked_add(size));
    end.map(|end| offsets.push(end)).is_some()
}

/// Appends the sizes of the lists of a stretch; up to the first that cannot be.
pub(super) fn push_sizes(offsets: &mut Vec<u32>, stretch: &Stretch) -> bool {
    let events = &stretch.events;
    let before = offsets.last().copied().unwrap_or_default();
    if let Some([begin, ends @ ..]) = stretch.starts().and_then(|starts| starts.get(events.start..=events.end))
        && let Some(end) = ends.last().and_then(|end| end.checked_sub(*begin))
        && before.checked_add(end).is_some()
    {
        let shift = before.wrapping_sub(*begin);
        offsets.extend(ends.iter().map(|end| end.wrapping_add(shift)));
        return true;
    }
    events.clone().all(|e| push(offsets, (stretch.start(e + 1) - stretch.start(e)).try_into().ok()))
}

/// Appends the numbers of elements that a counter column says; up to the first that cannot be.
pub(super) fn push_counts(offsets: &mut Vec<u32>, counts: &Slice<'_>) -> bool {
    match counts {
        Slice::F32(_) | Slice::F64(_) | Slice::Bool(_) => false,
        Slice::I8(v) => push_all(offsets, v, |n| n.try_into().ok()),
        Slice::U8(v) => push_all(offsets, v, |n| Some(n.into())),
        Slice::I16(v) => push_all(offsets, v, |n| n.try_into().ok()),
        Slice::U16(v) => push_all(offsets, v, |n| Some(n.into())),
        Slice::I32(v) => push_all(offsets, v, |n| n.try_into().ok()),
        Slice::U32(v) => push_all(offsets, v, Some),
        Slice::I64(v) => push_all(offsets, v, |n| n.try_into().ok()),
        Slice::U64(v) => push_all(offsets, v, |n| n.try_into().ok()),
    }
}

fn push_all<T: Copy>(offsets: &mut Vec<u32>, counts: &[T], size: impl Fn(T) -> Option<u32>) -> bool {
    let (before, mut end) = (offsets.len(), u64::from(offsets.last().copied().unwrap_or_default()));
    let mut good = true;
    offsets.resize(before + counts.len(), 0);
    for (offset, &count) in offsets.iter_mut().skip(before).zip(counts) {
        let size = size(count);
        good &= size.is_some();
        end += u64::from(size.unwrap_or_default());
        *offset = end as u32;
    }
    if good && u32::try_from(end).is_ok() {
        return true;
    }
    // One of them is wrong: again, up to it.
    offsets.truncate(before);
    counts.iter().all(|&count| push(offsets, size(count)))
}
