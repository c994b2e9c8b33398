//! Lints: what is allowed and probably not meant, found in the HIR of an analysis that has no errors. `levels` lets
//! the analyst allow or deny them, `allow` reads the comments that do.

pub mod allow;
pub mod levels;
