//! Running a placed Plan: the interpreter and the JIT, one `Kernel` each, with the same results bit for bit. Stands
//! between `plan::place` and the driver in `adl_runtime`, which cannot tell the two apart.

#![allow(unsafe_code)] // Kernels work on the driver's memory through the pointers of a `Frame`.

pub mod memory;

mod check;
mod describe;
mod interp;
mod jit;
pub mod reached;
mod registers;
mod room;
mod sort;

use std::collections::BTreeSet;

use adl_runtime::kernel::Kernel;

use crate::plan::Plan;
use crate::plan::placed::Program;
use crate::source::Span;
use reached::{Counted, Looped, counted};

/// The number of the line of a place in the text, as [`crate::lines::Lines`] has it.
pub type Places<'a> = &'a (dyn Fn(Span) -> u32 + Sync);

/// Compiles every part to machine code of this computer.
///
/// # Errors
/// In words, if the program is not well-formed or this computer is not supported: never for what `verify` accepts.
pub fn compile(plan: &Plan, program: &Program) -> Result<Box<dyn Kernel>, String> {
    check::check(plan, program)?;
    Ok(Box::new(jit::Compiled::new(plan, program, None)?))
}

/// A kernel for a profile.
pub struct Marked {
    /// Its counters behind those of the plan are those of `loops`.
    pub kernel: Box<dyn Kernel>,
    /// The numbers of the lines that it works for.
    pub lines: BTreeSet<u32>,
    /// The loops in loops.
    pub loops: Vec<Looped>,
}

/// The same with code that says, while it runs, for which line of the text it works, and counts the events that come to
/// each.
///
/// # Errors
/// As for [`compile`].
pub fn compile_marked(plan: &Plan, program: &Program, places: Places<'_>) -> Result<Marked, String> {
    check::check(plan, program)?;
    let Counted { program, lines, loops } = counted(plan, program, places);
    Ok(Marked { kernel: Box::new(jit::Compiled::new(plan, &program, Some(places))?), lines, loops })
}

/// The same without machine code: it counts, but does not say for which line it works.
///
/// # Errors
/// As for [`interpret`].
pub fn interpret_marked(plan: &Plan, program: &Program, places: Places<'_>) -> Result<Marked, String> {
    check::check(plan, program)?;
    let Counted { program, lines, loops } = counted(plan, program, places);
    Ok(Marked { kernel: Box::new(interp::Interpreter::new(plan, &program)), lines, loops })
}

/// The same kernel without machine code: slower, and plainly what `plan::placed` says.
///
/// # Errors
/// In words, if the program is not well-formed: never for what `verify` accepts.
pub fn interpret(plan: &Plan, program: &Program) -> Result<Box<dyn Kernel>, String> {
    check::check(plan, program)?;
    Ok(Box::new(interp::Interpreter::new(plan, program)))
}

/// What the JIT hands to Cranelift, as text: one function per part.
///
/// # Errors
/// As for [`compile`].
pub fn clif(plan: &Plan, program: &Program) -> Result<String, String> {
    check::check(plan, program)?;
    jit::clif(plan, program)
}
