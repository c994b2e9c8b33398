//! How compiled code calls Rust: helpers by name, and the frame's own functions by address.

use cranelift::codegen::ir::{ExtFuncData, ExternalName, FuncRef, Function, UserExternalName, UserFuncName};
use cranelift::codegen::isa::{CallConv, TargetIsa};
use cranelift::prelude::types::I64;
use cranelift::prelude::*;

use super::emit::{Emit, MEMORY};
use super::helpers::{HELPERS, SAVING};

/// How [`SAVING`] is called: the function, and four numbers for it.
pub(super) fn saving_signature() -> Signature {
    let mut signature = Signature::new(CallConv::PreserveAll);
    signature.params.extend([AbiParam::new(I64); 5]);
    signature
}

/// Fills `function` with [`SAVING`]. A function that takes fewer numbers does not look at the others.
pub(super) fn emit_saving(isa: &dyn TargetIsa, function: &mut Function, context: &mut FunctionBuilderContext) {
    function.signature = saving_signature();
    function.name = UserFuncName::user(0, SAVING as u32);
    let mut f = FunctionBuilder::new(function, context);
    let entry = f.create_block();
    f.append_block_params_for_function_params(entry);
    f.switch_to_block(entry);
    f.seal_block(entry);
    let mut signature = Signature::new(isa.default_call_conv());
    signature.params.extend([AbiParam::new(I64); 4]);
    let signature = f.import_signature(signature);
    let parameters = f.block_params(entry).to_vec();
    f.ins().call_indirect(signature, parameters[0], &parameters[1..]);
    f.ins().return_(&[]);
    f.finalize(isa.frontend_config());
}

impl Emit<'_> {
    /// Calls a Rust function.
    pub(super) fn call(&mut self, helper: usize, arguments: &[Value]) -> Option<Value> {
        let function = self.helper(helper);
        let call = self.f.ins().call(function, arguments);
        self.f.inst_results(call).first().copied()
    }

    /// Calls a Rust function of up to four numbers that is rarely needed.
    pub(super) fn call_rarely(&mut self, helper: usize, arguments: &[Value]) {
        let function = self.helper(helper);
        let address = self.f.ins().func_addr(I64, function);
        self.call_saving(address, arguments);
    }

    /// Calls one of the frame's own functions: of the frame, and of one number.
    pub(super) fn call_frame(&mut self, function: usize, argument: Value) {
        let address = self.field(MEMORY, function);
        self.call_saving(address, &[self.frame, argument]);
    }

    fn call_saving(&mut self, address: Value, arguments: &[Value]) {
        let saving = self.helper(SAVING);
        let mut all = vec![address];
        all.extend(arguments);
        all.resize_with(5, || self.int(0));
        self.f.ins().call(saving, &all);
    }

    fn helper(&mut self, helper: usize) -> FuncRef {
        if let Some(function) = self.helpers[helper] {
            return function;
        }
        let signature = match HELPERS.get(helper) {
            Some(helper) => helper.signature(self.convention),
            None => saving_signature(),
        };
        let signature = self.f.import_signature(signature);
        let name = self.f.func.declare_imported_user_function(UserExternalName::new(0, helper as u32));
        let data = ExtFuncData { name: ExternalName::user(name), signature, colocated: false, patchable: false };
        let function = self.f.import_function(data);
        self.helpers[helper] = Some(function);
        function
    }
}
