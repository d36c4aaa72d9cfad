//! `syrupc completions`: what lets a shell complete commands and options.

use crate::args::{Args, Completions};
use crate::exit::{Exit, Failure};
use clap::CommandFactory;
use std::io::Write;

/// Prints the script.
pub fn run(cmd: &Completions) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(cmd.shell, &mut Args::command(), "syrupc", &mut script);
    let mut out = std::io::stdout().lock();
    let written = out.write_all(&script).and_then(|()| out.flush());
    written.map_err(|error| Failure::usage(format!("cannot write: {error}")))?;
    Ok(Exit::Done)
}
