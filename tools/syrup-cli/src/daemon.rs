//! `syrupd`: the daemon's binary.
//!
//! In: arguments and, from a service manager, a socket. Out: an exit code. Everything is in the
//! crate `syrupd`.

use std::process::ExitCode;

fn main() -> ExitCode {
    syrupd::run()
}
