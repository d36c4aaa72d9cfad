//! `syrupc lsp`: the language server.

use crate::exit::{Exit, Failure};

/// Serves one editor.
pub fn run() -> Result<Exit, Failure> {
    // A request that fails is answered so and must not end the program, as a panic does otherwise;
    // what it says goes to the editor's log.
    std::panic::set_hook(Box::new(|info| eprintln!("{info}")));
    syrup_lsp::run().map_err(Failure::usage)?;
    Ok(Exit::Done)
}
