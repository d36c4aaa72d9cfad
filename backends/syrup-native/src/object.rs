//! A policy as an object file with a C interface.
//!
//! In: a checked module. Out: the object's bytes, the header for it, and its code to read. The
//! object exports one function for each of the policy's and imports nothing.

use crate::header::header;
use crate::layout::Layout;
use crate::program::{self, Options, Refusal, within_frame};
use cranelift_codegen::{Context, ir};
use cranelift_module::{Linkage, Module as _, default_libcall_names};
use cranelift_object::{ObjectBuilder, ObjectModule};
use std::fmt::Write;
use syrup_diag::{Diagnostic, bug};
use syrup_ir::Checked;

/// A policy as files.
pub struct Object {
    /// A relocatable ELF object.
    pub bytes: Vec<u8>,
    /// The C header that declares what is in it.
    pub header: String,
    /// The code as Cranelift prints it.
    pub asm: String,
    /// The arena it wants.
    pub layout: Layout,
}

/// The name of a function in an object: `syrup_<policy>_<function>`.
pub(crate) fn symbol(policy: &Checked, func: usize) -> String {
    let module = policy.module();
    format!("syrup_{}_{}", identifier(&module.name), identifier(&module.funcs[func].name))
}

/// A name as C takes it.
pub(crate) fn identifier(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// Compiles a policy into an object file: the same bytes every time.
///
/// # Errors
/// What native code cannot do, in the policy's own terms.
pub fn object(policy: &Checked, options: Options) -> Result<Object, Vec<Diagnostic>> {
    let isa = program::target(true, policy)?;
    let (layout, functions) = program::functions(policy, options, &isa)?;
    let name = format!("{}.o", policy.module().name);
    let made = ObjectBuilder::new(isa, name, default_libcall_names());
    let mut module = match made {
        Ok(builder) => ObjectModule::new(builder),
        Err(error) => return Err(vec![program::refused(policy, &error.into())]),
    };
    let defined = define(&mut module, policy, functions);
    let asm = defined.map_err(|error| vec![program::refused(policy, &error)])?;
    match module.finish().emit() {
        Ok(bytes) => {
            let header = header(policy, &layout);
            Ok(Object { bytes, header, asm, layout })
        }
        Err(error) => bug!("{} becomes no object file: {error}", policy.module().name),
    }
}

/// Defines every function; gives their code to read.
fn define(
    module: &mut ObjectModule,
    policy: &Checked,
    functions: Vec<ir::Function>,
) -> Result<String, Refusal> {
    let mut asm = String::new();
    for (at, function) in functions.into_iter().enumerate() {
        let name = symbol(policy, at);
        let id = module.declare_function(&name, Linkage::Export, &function.signature)?;
        let mut context = Context::for_function(function);
        context.set_disasm(true);
        module.define_function(id, &mut context)?;
        within_frame(&context)?;
        let code = context.compiled_code();
        let Some((code, text)) = code.and_then(|code| Some((code, code.vcode.as_ref()?))) else {
            bug!("{name} was compiled without its listing");
        };
        if !code.buffer.relocs().is_empty() {
            bug!("{name} refers to something outside itself");
        }
        // Writing to a string cannot fail.
        let _ = writeln!(asm, "{name}:  # {} bytes\n{text}", code.code_info().total_size);
    }
    Ok(asm)
}
