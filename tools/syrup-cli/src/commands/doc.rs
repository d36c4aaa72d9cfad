//! `syrupc doc`: the documentation of a policy file, made from its declarations.

use crate::args::{Doc, Format};
use crate::exit::{Exit, Failure};
use crate::input::{self, Disk};
use crate::output;
use serde_json::json;
use std::path::Path;
use syrupc::Analysis;

/// Writes the page.
pub fn run(cmd: &Doc, format: Format) -> Result<Exit, Failure> {
    let text = input::read_policy(&cmd.file)?;
    let name = cmd.file.to_string_lossy();
    let mut analysis = syrupc::analyze(&name, &text, &Disk);
    let found: Vec<_> = analysis.diags.iter().cloned().collect();
    if analysis.diags.has_errors() {
        output::diagnostics(&found, 0, &analysis.sources, format);
        return Err(Failure::shown());
    }
    let title = title(&cmd.file, &analysis);
    let page = syrupc::doc::page(&mut analysis, &title);
    let page = if cmd.html { syrupc::doc::html(&page) } else { syrupc::doc::markdown(&page) };
    match (&cmd.output, format) {
        (Some(path), _) => std::fs::write(path, page)
            .map_err(|error| Failure::usage(format!("cannot write {}: {error}", path.display())))?,
        (None, Format::Human) => print!("{page}"),
        (None, Format::Json) => {
            let format = syrup_wire::limits::FORMAT;
            println!("{}", output::json(&json!({"format": format, "page": page})));
        }
    }
    Ok(Exit::Done)
}

/// The only policy's name, else the file's.
fn title(path: &Path, analysis: &Analysis) -> String {
    match analysis.program.policies.as_slice() {
        [policy] => policy.name.to_string(),
        _ => path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
    }
}
