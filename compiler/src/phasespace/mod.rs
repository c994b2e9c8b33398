//! Phase space: which values of its quantities an event can have where a condition holds. Read from the HIR by `lint`
//! and by `adlc overlap`.
//!
//! A [`Cell`] limits some quantities, each to a set of numbers; a condition is a union of cells. Cells are never too
//! small: a condition that is not understood limits nothing, arithmetic with rounding gets a margin. So *no event has
//! these values* is a proof, and nothing else is.

mod alike;
mod bounds;
mod cell;
mod condition;
mod name;
mod natural;
mod needs;
pub mod overlap;
pub mod region;
pub mod set;
#[cfg(test)]
pub mod tests;

pub use cell::{Cell, Cells, Coordinate, Range};
pub use condition::{Space, Want};
pub use region::Left;
pub use set::{Edge, Set};
