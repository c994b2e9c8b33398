//! An allocator that counts: a file of a few kilobytes that makes the reader ask for more than [`MOST`] bytes is a finding.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, RefCell};
use std::sync::Once;

/// Bytes that one execution may have at a time.
const MOST: isize = 256 << 20;

#[global_allocator]
static COUNTED: Counted = Counted;

thread_local! {
    static IN_USE: Cell<isize> = const { Cell::new(0) };
    static LIMIT: Cell<isize> = const { Cell::new(isize::MAX) };
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

struct Counted;

fn add(bytes: isize) {
    let _ = IN_USE.try_with(|n| n.set(n.get() + bytes));
    let over = IN_USE.try_with(Cell::get).unwrap_or(0) > LIMIT.try_with(Cell::get).unwrap_or(isize::MAX);
    if over {
        let _ = LIMIT.try_with(|n| n.set(isize::MAX));
        eprintln!("{}", std::backtrace::Backtrace::force_capture());
        eprintln!("more than {MOST} bytes of memory, {bytes} of them at once");
        std::process::abort();
    }
}

// SAFETY: all is left to the system's allocator.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        add(layout.size() as isize);
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        add(size as isize - layout.size() as isize);
        unsafe { System.realloc(at, layout, size) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        add(-(layout.size() as isize));
        unsafe { System.dealloc(at, layout) }
    }
}

/// Runs one execution within the limit. Panics that are caught inside it are no findings: the Parquet library panics on some
/// damaged files, and the reader makes errors of that.
pub fn bounded(step: impl FnOnce()) {
    static QUIET: Once = Once::new();
    // libFuzzer's own hook ends the process at any panic.
    QUIET.call_once(|| {
        std::panic::set_hook(Box::new(|info| {
            let words = info.to_string();
            LAST.with_borrow_mut(|last| *last = words);
        }));
    });
    let before = IN_USE.with(Cell::get);
    LIMIT.with(|n| n.set(before + MOST));
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(step));
    LIMIT.with(|n| n.set(isize::MAX));
    if ended.is_err() {
        LAST.with_borrow(|last| eprintln!("{last}"));
        std::process::abort();
    }
}
