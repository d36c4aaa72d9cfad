//! The language server: what editors ask about policies, answered by the compiler.
//!
//! In: messages of the Language Server Protocol 3.17. Out: answers and diagnostics. One thread
//! answers in the order of the messages; what a message brings is analysed whole, which takes
//! milliseconds. A request that fails is answered with an error and ends nothing.

mod actions;
mod complete;
mod documents;
mod hints;
mod hover;
mod navigate;
mod place;
mod problems;
mod server;
mod shape;
mod symbols;
mod tokens;

pub use server::serve;

use lsp_server::Connection;

/// Serves an editor on standard input and output until it says goodbye.
///
/// # Errors
/// One sentence where the connection breaks.
pub fn run() -> Result<(), String> {
    let (connection, threads) = Connection::stdio();
    serve(&connection)?;
    // The writer ends when nobody can send any more.
    drop(connection);
    threads.join().map_err(|error| error.to_string())
}
