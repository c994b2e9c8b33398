//! The invariants of the Plan and of the placed program, checked after each pass in tests and debug builds. What passes
//! here, a backend never panics on. An error names the value, list or operation: it is a bug of the compiler.

mod plan;
mod program;

pub use plan::plan;
pub use program::program;

/// The first depth that no loop of a Plan has; placement numbers loops of its own from here to [`DEPTHS`].
pub const PLAN_DEPTHS: u8 = 32;
/// One more than the largest depth of a loop.
pub const DEPTHS: u8 = 64;

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

fn within(what: &str, number: u32, limit: usize) -> Result<(), String> {
    ensure((number as usize) < limit, || format!("{what} {number} of {limit}"))
}
