//! Compiled code in memory: never writable and executable at once, gone with the value.

use crate::abi::Env;
use crate::program::{Refusal, within_frame};
use cranelift_codegen::ir;
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{FuncId, Module};
use std::sync::Mutex;

/// A function as C calls it.
type Entry = unsafe extern "C" fn(*mut Env, *const u64) -> u64;

/// The functions of one policy.
///
/// INVARIANT(code): each of `entries` points to finished code of `module`, whose memory is freed
/// only on drop.
pub(crate) struct Code {
    entries: Vec<(Entry, u32)>,
    module: Mutex<Option<JITModule>>,
}

impl Code {
    /// Compiles functions; with each the number of inputs that it reads.
    pub(crate) fn new(
        isa: cranelift_codegen::isa::OwnedTargetIsa,
        functions: impl Iterator<Item = (ir::Function, u32)>,
    ) -> Result<Code, Refusal> {
        // There is nothing to find by name, and so no way to.
        let nameless = |call: ir::LibCall| format!("no library call: {call}");
        let mut module = JITModule::new(JITBuilder::with_isa(isa, Box::new(nameless)));
        match define(&mut module, functions) {
            Ok(ids) => {
                let entries = ids.into_iter().map(|(id, n_inputs)| {
                    let code = module.get_finalized_function(id);
                    // SAFETY: finished code whose signature is `lower::signature`'s, which is
                    // `Entry`'s.
                    (unsafe { std::mem::transmute::<*const u8, Entry>(code) }, n_inputs)
                });
                Ok(Code { entries: entries.collect(), module: Mutex::new(Some(module)) })
            }
            Err(error) => {
                // SAFETY: nobody has a pointer to any of its functions.
                unsafe { module.free_memory() };
                Err(error)
            }
        }
    }

    /// A function's address, for tests of where it lies.
    #[cfg(test)]
    pub(super) fn address(&self, func: usize) -> usize {
        self.entries[func].0 as usize
    }

    /// How many inputs a function reads.
    pub(super) fn n_inputs(&self, func: usize) -> usize {
        self.entries[func].1 as usize
    }

    /// Calls a function.
    ///
    /// # Safety
    /// The environment's pointers are valid for what the ABI says of them, and `inputs` holds as
    /// many numbers as the function reads.
    pub(super) unsafe fn call(&self, func: usize, env: &mut Env, inputs: &[u64]) -> u64 {
        let (entry, _) = self.entries[func];
        // SAFETY: by INVARIANT(code) this is code; the caller vouches for the rest.
        unsafe { entry(env, inputs.as_ptr()) }
    }
}

fn define(
    module: &mut JITModule,
    functions: impl Iterator<Item = (ir::Function, u32)>,
) -> Result<Vec<(FuncId, u32)>, Refusal> {
    let mut ids = Vec::new();
    for (function, n_inputs) in functions {
        let id = module.declare_anonymous_function(&function.signature)?;
        let mut context = cranelift_codegen::Context::for_function(function);
        module.define_function(id, &mut context)?;
        within_frame(&context)?;
        ids.push((id, n_inputs));
    }
    module.finalize_definitions()?;
    Ok(ids)
}

impl Drop for Code {
    fn drop(&mut self) {
        let module = self.module.get_mut().map(Option::take);
        if let Ok(Some(module)) = module {
            // SAFETY: by INVARIANT(code) only `entries` point into it, which go with this value;
            // a call borrows the value, so none is running.
            unsafe { module.free_memory() };
        }
    }
}
