//! Room for lists and tables: the bump allocation of a frame, shared by the interpreter and by compiled code.

use adl_runtime::kernel::Frame;

/// A list that compiled code is making, as it stands in that function's stack while it grows.
#[repr(C)]
pub(super) struct Growing {
    /// Its words, and behind the room for them the keys of a sort.
    pub(super) words: *mut u32,
    /// Elements that it holds.
    pub(super) len: u64,
    /// Elements that it has room for.
    pub(super) capacity: u64,
}

/// Elements that the first growth makes room for, at least.
const FIRST: u64 = 8;

/// Bytes of the words of so many elements, a multiple of 8.
pub(super) fn word_bytes(elements: u64, width: u64) -> u64 {
    (elements * width * 4).next_multiple_of(8)
}

/// Takes `bytes` bytes of the frame's room, aligned to 8.
///
/// # Safety
/// The frame is as `Kernel::run` demands.
pub(super) unsafe fn take(frame: *mut Frame, bytes: u64) -> *mut u8 {
    // At least one word, so that the address of an empty list is readable.
    let bytes = bytes.next_multiple_of(8).max(8);
    // SAFETY: the frame is valid; room and room_end are the ends of one allocation, and `reserve` keeps it so.
    unsafe {
        if ((*frame).room_end as usize - (*frame).room as usize) < bytes as usize {
            ((*frame).reserve)(frame, bytes);
        }
        let taken = (*frame).room;
        (*frame).room = taken.add(bytes as usize);
        taken
    }
}

/// Moves a list that is full to twice the room.
///
/// # Safety
/// The frame is as `Kernel::run` demands; `list` describes a block of it, of `capacity` elements of `width` words, with
/// one key each if `keyed` is not 0.
pub(super) unsafe extern "C" fn grow_list(frame: *mut Frame, list: *mut Growing, width: u64, keyed: u64) {
    // SAFETY: by the caller's promise the old block holds `len` elements; the new one is larger and does not overlap.
    unsafe {
        let Growing { words, len, capacity } = *list;
        let larger = (2 * capacity).max(FIRST);
        let old_keys = words.cast::<u8>().add(word_bytes(capacity, width) as usize);
        let bytes = word_bytes(larger, width);
        let moved = take(frame, bytes + if keyed == 0 { 0 } else { larger * 8 });
        std::ptr::copy_nonoverlapping(words, moved.cast::<u32>(), (len * width) as usize);
        if keyed != 0 {
            let keys = moved.add(bytes as usize);
            std::ptr::copy_nonoverlapping(old_keys, keys, (len * 8) as usize);
        }
        (*list).words = moved.cast::<u32>();
        (*list).capacity = larger;
    }
}
