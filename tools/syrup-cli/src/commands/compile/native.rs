//! `syrupc compile --target native`: code of this machine's processor.
//!
//! In: a policy and its hook. Out: an object file with its C header beside it, or its listing.

use super::Out;
use crate::args::{Emit, Format};
use crate::exit::{Exit, Failure};
use crate::pipeline;
use std::path::Path;
use syrup_ir::Profile;
use syrup_ir::opt::Passes;
use syrup_ir::text::{PrintOptions, print};
use syrup_native::{Object, Options};
use syrupc::Analysis;
use syrupc::hir::{Hook, PolicyId};

/// The target's name.
pub(super) const TARGET: &str = "native";

/// Compiles a policy and writes what was asked for.
pub(super) fn run(
    out: &Out<'_>,
    analysis: &Analysis,
    policy: PolicyId,
    hook: &Hook,
    target: &Profile,
) -> Result<Exit, Failure> {
    if out.cmd.counters || out.cmd.twin {
        return Err(Failure::usage("native code has no counters and no twin"));
    }
    let refuse = |list| pipeline::refuse(list, analysis, out.format);
    let built = syrupc::build(&analysis.program, policy, hook, target, Passes::ALL);
    let checked = built.map_err(refuse)?;
    if out.cmd.emit == Emit::Opt {
        return out.text(&print(checked.module(), PrintOptions::default()), &[]);
    }
    let object = syrup_native::object(&checked, Options::default()).map_err(refuse)?;
    match out.cmd.emit {
        Emit::Asm => out.text(&object.asm, &[]),
        Emit::Header => out.text(&object.header, &[]),
        Emit::Obj => files(out, &object, &checked.module().name),
        Emit::Btf | Emit::Carray | Emit::Artifact => {
            let message = format!("native code has no `{}`", out.stage());
            Err(Failure::usage(message))
        }
        Emit::Tokens | Emit::Ast | Emit::Hir | Emit::Ir | Emit::Opt => Ok(Exit::Done),
    }
}

/// The object file, and beside it the header; to standard output the object alone.
fn files(out: &Out<'_>, object: &Object, name: &str) -> Result<Exit, Failure> {
    let default = format!("{name}.o");
    let done = out.binary(&object.bytes, &default)?;
    if let Some(path) = out.file(Some(Path::new(&default))) {
        let path = path.with_extension("h");
        std::fs::write(&path, &object.header)
            .map_err(|e| Failure::usage(format!("cannot write {}: {e}", path.display())))?;
        if out.format == Format::Human && out.cmd.output.is_none() {
            eprintln!("wrote {}", path.display());
        }
    }
    Ok(done)
}
