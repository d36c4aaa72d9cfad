//! `syrupc compile`: a policy at any stage on its way.

use crate::args::{Compile, Emit, Format};
use crate::exit::{Exit, Failure};
use crate::pipeline;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use syrup_backend::EmitOptions;
use syrup_ir::text::{PrintOptions, print};
use syrupc::syntax;

/// Compiles a policy and writes what was asked for.
pub fn run(cmd: &Compile, format: Format) -> Result<Exit, Failure> {
    if matches!(cmd.emit, Emit::Tokens | Emit::Ast) {
        return syntax_only(cmd, format);
    }
    let mut analysis = pipeline::analyze(&cmd.file, format)?;
    if cmd.emit == Emit::Hir {
        let text = format!("{:#?}\n", analysis.program);
        return write(cmd, text.as_bytes(), None);
    }
    let policy = pipeline::choose_policy(&analysis, cmd.choice.policy.as_deref())?;
    let hook = pipeline::choose_hook(&mut analysis, policy, cmd.choice.hook.as_deref())?;
    let target = pipeline::choose_target(&cmd.choice.target)?;
    if cmd.emit == Emit::Ir {
        let lowered = syrupc::lower::lower(&analysis.program, policy, &hook);
        let module = lowered.map_err(|list| pipeline::refuse(list, &analysis, format))?;
        return write(cmd, print(&module, PrintOptions::default()).as_bytes(), None);
    }
    let options = EmitOptions { counters: cmd.counters, twin: cmd.twin };
    let compiled = pipeline::compile(&analysis, policy, &hook, &target, options, format)?;
    let artifact = &compiled.artifact;
    match cmd.emit {
        Emit::Opt => {
            let text = print(compiled.checked.module(), PrintOptions::default());
            write(cmd, text.as_bytes(), None)
        }
        Emit::Asm => write(cmd, syrup_ebpf::asm(artifact, &analysis.sources).as_bytes(), None),
        Emit::Carray => write(cmd, syrup_ebpf::carray(artifact).as_bytes(), None),
        Emit::Artifact => write(cmd, format!("{}\n", artifact.to_json()).as_bytes(), None),
        Emit::Btf => write_binary(cmd, &artifact.btf, "btf", &artifact.policy),
        Emit::Obj => write_binary(cmd, &syrup_ebpf::elf(artifact), "o", &artifact.policy),
        Emit::Tokens | Emit::Ast | Emit::Hir | Emit::Ir => Ok(Exit::Done),
    }
}

/// The stages that need no meaning, of a file that may be broken.
fn syntax_only(cmd: &Compile, format: Format) -> Result<Exit, Failure> {
    let text = crate::input::read_policy(&cmd.file)?;
    let mut sources = syrup_diag::Sources::new();
    let mut diags = syrup_diag::Diagnostics::new();
    let id = sources.add(cmd.file.to_string_lossy(), text.as_str());
    let file = syntax::parse(id, &text, &mut diags);
    let out = match cmd.emit {
        Emit::Tokens => syntax::dump_tokens(&file, &text),
        _ => syntax::dump_ast(&file),
    };
    write(cmd, out.as_bytes(), None)?;
    if diags.has_errors() {
        let n_dropped = diags.n_dropped();
        crate::output::diagnostics(&diags.into_sorted(), n_dropped, &sources, format);
        return Ok(Exit::Diagnostics);
    }
    Ok(Exit::Done)
}

fn write_binary(cmd: &Compile, bytes: &[u8], ending: &str, name: &str) -> Result<Exit, Failure> {
    let default = PathBuf::from(format!("{name}.{ending}"));
    write(cmd, bytes, Some(&default))
}

/// Writes to the file that was named, else to `default`, else to standard output.
fn write(cmd: &Compile, bytes: &[u8], default: Option<&Path>) -> Result<Exit, Failure> {
    let path = cmd.output.as_deref().or(default);
    let to_stdout = path.is_none_or(|path| path == Path::new("-"));
    if to_stdout {
        let mut out = std::io::stdout().lock();
        if default.is_some() && out.is_terminal() {
            return Err(Failure::usage("this is binary: name a file with -o"));
        }
        out.write_all(bytes).map_err(|e| Failure::usage(format!("cannot write: {e}")))?;
        return Ok(Exit::Done);
    }
    let path = path.unwrap_or(Path::new("-"));
    std::fs::write(path, bytes)
        .map_err(|e| Failure::usage(format!("cannot write {}: {e}", path.display())))?;
    if cmd.output.is_none() {
        eprintln!("wrote {}", path.display());
    }
    Ok(Exit::Done)
}
