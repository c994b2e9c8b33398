//! What the tests share: cases in text files, analyses compiled and run, outcomes compared bit by bit.

pub mod case;
pub mod columns;
pub mod compile;
pub mod events;
pub mod show;
