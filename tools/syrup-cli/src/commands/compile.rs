//! `syrupc compile`: a policy at any stage on its way.

mod native;

use crate::args::{Compile, Emit, Format};
use crate::exit::{Exit, Failure};
use crate::pipeline;
use clap::ValueEnum;
use serde_json::json;
use std::io::{ErrorKind, IsTerminal, Write};
use std::path::Path;
use syrup_backend::EmitOptions;
use syrup_ir::text::{PrintOptions, print};
use syrup_wire::diagnostic as wire;
use syrup_wire::limits::FORMAT;
use syrupc::syntax;

/// Compiles a policy and writes what was asked for.
pub fn run(cmd: &Compile, format: Format) -> Result<Exit, Failure> {
    let out = Out { cmd, format };
    if matches!(cmd.emit, Emit::Tokens | Emit::Ast) {
        return syntax_only(&out);
    }
    let mut analysis = match cmd.bundle {
        true => pipeline::analyze_bundle(&cmd.file, format)?,
        false => pipeline::analyze(&cmd.file, format)?,
    };
    if cmd.emit == Emit::Hir {
        return out.text(&format!("{:#?}\n", analysis.program), &[]);
    }
    let policy = pipeline::choose_policy(&analysis, cmd.choice.policy.as_deref())?;
    let hook = pipeline::choose_hook(&mut analysis, policy, cmd.choice.hook.as_deref(), format)?;
    let is_native = cmd.choice.target == native::TARGET;
    let target = match is_native {
        true => syrup_native::profile(),
        false => pipeline::choose_target(&cmd.choice.target)?,
    };
    if cmd.emit == Emit::Ir {
        let lowered = syrupc::lower::lower(&analysis.program, policy, &hook);
        let module = lowered.map_err(|list| pipeline::refuse(list, &analysis, format))?;
        return out.text(&print(&module, PrintOptions::default()), &[]);
    }
    if is_native {
        return native::run(&out, &analysis, policy, &hook, &target);
    }
    if cmd.emit == Emit::Opt {
        let checked = pipeline::build(&analysis, policy, &hook, &target, format)?;
        return out.text(&print(checked.module(), PrintOptions::default()), &[]);
    }
    let options = EmitOptions { counters: cmd.counters, twin: cmd.twin };
    let compiled = pipeline::compile(&analysis, policy, &hook, &target, options, format)?;
    let artifact = &compiled.artifact;
    match cmd.emit {
        Emit::Asm => out.text(&syrup_ebpf::asm(artifact, &analysis.sources), &[]),
        Emit::Carray => out.text(&syrup_ebpf::carray(artifact), &[]),
        // It is JSON in any case.
        Emit::Artifact => {
            Out { cmd, format: Format::Human }.text(&(artifact.to_json() + "\n"), &[])
        }
        Emit::Btf => out.binary(&artifact.btf, &format!("{}.btf", artifact.policy)),
        Emit::Obj => out.binary(&syrup_ebpf::elf(artifact), &format!("{}.o", artifact.policy)),
        Emit::Header => Err(Failure::usage("a header is for `--target native`")),
        Emit::Tokens | Emit::Ast | Emit::Hir | Emit::Ir | Emit::Opt => Ok(Exit::Done),
    }
}

/// The stages that need no meaning, of a file that may be broken.
fn syntax_only(out: &Out<'_>) -> Result<Exit, Failure> {
    let (cmd, format) = (out.cmd, out.format);
    let text = crate::input::read_policy(&cmd.file)?;
    let mut sources = syrup_diag::Sources::new();
    let mut diags = syrup_diag::Diagnostics::new();
    let id = sources.add(cmd.file.to_string_lossy(), text.as_str());
    let file = syntax::parse(id, &text, &mut diags);
    let stage = match cmd.emit {
        Emit::Tokens => syntax::dump_tokens(&file, &text),
        _ => syntax::dump_ast(&file),
    };
    let (failed, n_dropped) = (diags.has_errors(), diags.n_dropped());
    let list = diags.into_sorted();
    out.text(&stage, &crate::output::report(&list, &sources).diagnostics)?;
    if format == Format::Human {
        crate::output::diagnostics(&list, n_dropped, &sources, format);
    }
    Ok(if failed { Exit::Diagnostics } else { Exit::Done })
}

/// Where a stage is written, and how.
struct Out<'c> {
    cmd: &'c Compile,
    format: Format,
}

impl Out<'_> {
    /// Text: to the file that was named, else to standard output.
    fn text(&self, text: &str, diagnostics: &[wire::Diagnostic]) -> Result<Exit, Failure> {
        match (self.file(None), self.format) {
            (Some(path), _) => self.to_file(path, text.as_bytes(), diagnostics),
            (None, Format::Human) => to_stdout(text.as_bytes()),
            (None, Format::Json) => {
                let mut value = json!({"format": FORMAT, "emit": self.stage(), "text": text});
                if matches!(self.cmd.emit, Emit::Tokens | Emit::Ast) {
                    value["diagnostics"] = json!(diagnostics);
                }
                to_stdout(format!("{}\n", crate::output::json(&value)).as_bytes())
            }
        }
    }

    /// Bytes: to the file that was named, else to `default`; to a pipe with `-o -`.
    fn binary(&self, bytes: &[u8], default: &str) -> Result<Exit, Failure> {
        match self.file(Some(Path::new(default))) {
            Some(path) => self.to_file(path, bytes, &[]),
            None if self.format == Format::Json || std::io::stdout().is_terminal() => {
                Err(Failure::usage("this is binary: name a file with -o"))
            }
            None => to_stdout(bytes),
        }
    }

    /// The file to write; `None` for standard output.
    fn file<'p>(&'p self, default: Option<&'p Path>) -> Option<&'p Path> {
        self.cmd.output.as_deref().or(default).filter(|path| *path != Path::new("-"))
    }

    fn to_file(
        &self,
        path: &Path,
        bytes: &[u8],
        diagnostics: &[wire::Diagnostic],
    ) -> Result<Exit, Failure> {
        std::fs::write(path, bytes)
            .map_err(|e| Failure::usage(format!("cannot write {}: {e}", path.display())))?;
        match self.format {
            Format::Human if self.cmd.output.is_none() => eprintln!("wrote {}", path.display()),
            Format::Human => {}
            Format::Json => {
                let value = json!({
                    "format": FORMAT, "emit": self.stage(), "output": path, "bytes": bytes.len(),
                    "diagnostics": diagnostics,
                });
                println!("{}", crate::output::json(&value));
            }
        }
        Ok(Exit::Done)
    }

    /// The stage as it is named on the command line.
    fn stage(&self) -> String {
        let value = self.cmd.emit.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

fn to_stdout(bytes: &[u8]) -> Result<Exit, Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => Ok(Exit::Done),
        // A reader who closed the pipe has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Failure::usage("")),
        Err(error) => Err(Failure::usage(format!("cannot write: {error}"))),
    }
}
