//! The JIT: placed Plan -> machine code, one function per part, by Cranelift. Parts are compiled on all cores and put
//! into one module, whose memory is freed with the kernel.

mod ahead;
mod calls;
mod effects;
mod emit;
mod fours;
mod helpers;
mod lanes;
mod lists;
mod loops;
mod marks;
mod scope;
mod values;

use std::fmt::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use adl_runtime::kernel::{Frame, Kernel, KernelDescription};
use cranelift::codegen::Context;
use cranelift::codegen::control::ControlPlane;
use cranelift::codegen::isa::OwnedTargetIsa;
use cranelift::prelude::{Configurable, FunctionBuilderContext, settings};
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{FuncId, Linkage, Module, ModuleError, ModuleReloc, default_libcall_names};

use crate::plan::Plan;
use crate::plan::placed::Program;

use super::Places;
use super::describe::{describe, each};
use super::registers::Registers;
use helpers::{HELPERS, SAVING};

/// Operations from which on parts are compiled by several threads: starting one costs as much as compiling some 50.
const PARALLEL: usize = 200;

/// The signature of a compiled part.
type PartFunction = unsafe extern "C" fn(frame: *mut Frame, events: *const u32, count: u64);

/// A program as machine code.
pub(super) struct Compiled {
    description: KernelDescription,
    functions: Vec<PartFunction>,
    /// What the code reads of them is at addresses that are written into it.
    _numbers: Vec<Arc<[f64]>>,
    /// Owns the code; a mutex because a module may be sent to another thread, but not shared.
    module: Mutex<Option<JITModule>>,
}

/// A compiled part before it is put in its place.
struct Code {
    bytes: Vec<u8>,
    alignment: u64,
    relocations: Vec<ModuleReloc>,
}

impl Compiled {
    /// Compiles a program that `check` accepts.
    pub(super) fn new(plan: &Plan, program: &Program, places: Option<Places<'_>>) -> Result<Compiled, String> {
        let isa = isa()?;
        let codes = compile_parts(plan, program, places, &isa)?;
        let mut builder = JITBuilder::with_isa(isa, default_libcall_names());
        builder.symbols(HELPERS.iter().map(|helper| (helper.name, (helper.address)())));
        let mut module = JITModule::new(builder);
        let functions =
            define(&mut module, &codes).map_err(|error| format!("compiled code cannot be put into memory: {error}"))?;
        let (description, numbers) = (describe(plan, program), plan.dag.all_numbers().to_vec());
        Ok(Compiled { description, functions, _numbers: numbers, module: Mutex::new(Some(module)) })
    }
}

impl Kernel for Compiled {
    fn description(&self) -> &KernelDescription {
        &self.description
    }

    unsafe fn run(&self, part: usize, frame: *mut Frame, events: *const u32, count: usize) {
        if let Some(function) = self.functions.get(part) {
            // SAFETY: the code is alive while `self` is, and does what the part says to a frame as the caller promises.
            unsafe { function(frame, events, count as u64) };
        }
    }
}

impl Drop for Compiled {
    fn drop(&mut self) {
        self.functions.clear();
        if let Some(module) = self.module.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
            // SAFETY: the functions were only reachable through `self`, which nobody uses any more.
            unsafe { module.free_memory() };
        }
    }
}

/// What all parts are compiled of.
#[derive(Clone, Copy)]
struct Whole<'a> {
    plan: &'a Plan,
    program: &'a Program,
    registers: &'a Registers,
    /// The numbers of the places in the text, for a profile.
    places: Option<Places<'a>>,
}

/// The Cranelift IR of all parts.
pub(super) fn clif(plan: &Plan, program: &Program) -> Result<String, String> {
    let isa = isa()?;
    let registers = Registers::new(plan, program);
    let mut text = String::new();
    let mut context = Context::new();
    let mut builder = FunctionBuilderContext::new();
    for part in 0..program.parts.len() {
        context.clear();
        let whole = Whole { plan, program, registers: &registers, places: None };
        emit::emit(whole, part, &*isa, &mut context.func, &mut builder)?;
        let _ = writeln!(text, "; part {part}");
        for (_, name) in context.func.params.user_named_funcs().iter() {
            if let Some(helper) = HELPERS.get(name.index as usize) {
                let _ = writeln!(text, "; {name} is {}", helper.name);
            }
        }
        let _ = writeln!(text, "{}", context.func.display());
    }
    Ok(text)
}

fn isa() -> Result<OwnedTargetIsa, String> {
    let mut flags = settings::builder();
    let verifier = if cfg!(debug_assertions) { "true" } else { "false" };
    for (name, value) in [
        ("opt_level", "speed"),
        ("is_pic", "false"),
        ("use_colocated_libcalls", "false"),
        ("enable_verifier", verifier),
        ("unwind_info", "false"),
        ("enable_probestack", "false"),
        ("machine_code_cfg_info", "false"),
    ] {
        flags.set(name, value).map_err(|error| format!("the code generator has no setting {name}: {error}"))?;
    }
    let builder = cranelift_native::builder().map_err(|reason| format!("no code for this computer: {reason}"))?;
    builder.finish(settings::Flags::new(flags)).map_err(|error| format!("no code for this computer: {error}"))
}

/// Compiles all parts and, behind them, [`SAVING`]: on several threads if it is worth it.
fn compile_parts(
    plan: &Plan,
    program: &Program,
    places: Option<Places<'_>>,
    isa: &OwnedTargetIsa,
) -> Result<Vec<Code>, String> {
    let registers = Registers::new(plan, program);
    let whole = Whole { plan, program, registers: &registers, places };
    let parts = program.parts.len();
    let mut sizes = vec![0; parts + 1];
    for (part, size) in program.parts.iter().zip(&mut sizes) {
        each(&part.body, &mut |_| *size += 1);
    }
    // The largest first, so that no thread is left with it at the end.
    let mut order: Vec<usize> = (0..=parts).collect();
    order.sort_by_key(|part| std::cmp::Reverse(sizes[*part]));
    let next = AtomicUsize::new(0);
    let work = || -> Vec<(usize, Result<Code, String>)> {
        let mut context = Context::new();
        let mut builder = FunctionBuilderContext::new();
        let mut done = Vec::new();
        loop {
            let Some(part) = order.get(next.fetch_add(1, Ordering::Relaxed)).copied() else { return done };
            let code = compile_part(whole, part, isa, &mut context, &mut builder);
            done.push((part, code));
        }
    };
    let mut codes = if parts > 1 && sizes.iter().sum::<usize>() > PARALLEL {
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(parts);
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            let mut codes = work();
            for other in others {
                codes.extend(other.join().map_err(|_| "the code generator failed".to_owned())?);
            }
            Ok::<_, String>(codes)
        })?
    } else {
        work()
    };
    codes.sort_by_key(|(part, _)| *part);
    codes.into_iter().map(|(_, code)| code).collect()
}

/// Compiles a part; the number behind the last is [`SAVING`].
fn compile_part(
    whole: Whole<'_>,
    part: usize,
    isa: &OwnedTargetIsa,
    context: &mut Context,
    builder: &mut FunctionBuilderContext,
) -> Result<Code, String> {
    context.clear();
    let id = if part < whole.program.parts.len() {
        if let Err(reason) = emit::emit(whole, part, &**isa, &mut context.func, builder) {
            *builder = FunctionBuilderContext::new();
            return Err(reason);
        }
        SAVING + 1 + part
    } else {
        calls::emit_saving(&**isa, &mut context.func, builder);
        SAVING
    };
    context
        .compile(&**isa, &mut ControlPlane::default())
        .map_err(|error| format!("the code generator rejects part {part} of the program: {:?}", error.inner))?;
    let Some(code) = context.compiled_code() else {
        return Err(format!("the code generator gives nothing for part {part} of the program"));
    };
    let id = FuncId::from_u32(id as u32);
    let relocations = code.buffer.relocs();
    Ok(Code {
        bytes: code.code_buffer().to_vec(),
        alignment: u64::from(code.buffer.alignment),
        relocations: relocations.iter().map(|r| ModuleReloc::from_mach_reloc(r, &context.func, id)).collect(),
    })
}

/// Puts the parts into executable memory: the functions of the module are the helpers, [`SAVING`], and the parts.
fn define(module: &mut JITModule, codes: &[Code]) -> Result<Vec<PartFunction>, Box<ModuleError>> {
    let convention = module.isa().default_call_conv();
    for helper in &HELPERS {
        module.declare_function(helper.name, Linkage::Import, &helper.signature(convention)).map_err(Box::new)?;
    }
    let signature = emit::signature(convention);
    let mut ids = Vec::new();
    // The code of `SAVING` is the last.
    for code in codes.iter().rev().take(1).chain(codes.iter().take(codes.len().saturating_sub(1))) {
        let signature = if ids.is_empty() { &calls::saving_signature() } else { &signature };
        let id = module.declare_anonymous_function(signature).map_err(Box::new)?;
        module.define_function_bytes(id, code.alignment, &code.bytes, &code.relocations).map_err(Box::new)?;
        ids.push(id);
    }
    module.finalize_definitions().map_err(Box::new)?;
    let address = |id: &FuncId| module.get_finalized_function(*id);
    // SAFETY: the code was compiled with this signature.
    Ok(ids[1..].iter().map(|id| unsafe { std::mem::transmute::<*const u8, PartFunction>(address(id)) }).collect())
}
