//! An allocator that counts the bytes in use. A test that takes it has one test at a time.

#![allow(unsafe_code, dead_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Counts the bytes in use, and the most of them.
pub struct Counting;

static IN_USE: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);
static ALONE: Mutex<()> = Mutex::new(());

// SAFETY: all work is done by the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, bytes: Layout) -> *mut u8 {
        let now = IN_USE.fetch_add(bytes.size(), Ordering::Relaxed) + bytes.size();
        MOST.fetch_max(now, Ordering::Relaxed);
        unsafe { System.alloc(bytes) }
    }

    unsafe fn alloc_zeroed(&self, bytes: Layout) -> *mut u8 {
        let now = IN_USE.fetch_add(bytes.size(), Ordering::Relaxed) + bytes.size();
        MOST.fetch_max(now, Ordering::Relaxed);
        unsafe { System.alloc_zeroed(bytes) }
    }

    unsafe fn dealloc(&self, at: *mut u8, bytes: Layout) {
        IN_USE.fetch_sub(bytes.size(), Ordering::Relaxed);
        unsafe { System.dealloc(at, bytes) }
    }
}

/// No other test of the program runs while this lives.
pub fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The most bytes that are in use during some work, beside those before it.
pub fn most<T>(work: impl FnOnce() -> T) -> (usize, T) {
    let before = IN_USE.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    let done = work();
    (MOST.load(Ordering::Relaxed) - before, done)
}

/// The bytes that are in use after some work, beside those before it.
pub fn kept<T>(work: impl FnOnce() -> T) -> (usize, T) {
    let before = IN_USE.load(Ordering::Relaxed);
    let done = work();
    (IN_USE.load(Ordering::Relaxed).saturating_sub(before), done)
}
