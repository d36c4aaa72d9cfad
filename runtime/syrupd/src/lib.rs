//! The daemon: tenants send the source of policies, and it deploys them among their sockets.
//!
//! In: requests on a Unix socket (`syrup_wire::protocol`). Out: deployments, as pins of the
//! kernel. No packet meets the daemon: killing it changes nothing for policies that are deployed.
//!
//! ```text
//! client --socket--> front --stdin--> compiler      no privilege, limits, fence, filter
//!                      |
//!                      +--------> supervisor --> loader      one for each job, two capabilities
//! ```
//!
//! | process | runs as | may |
//! | --- | --- | --- |
//! | `supervisor` | root, few capabilities | start, kill, give pins to their user |
//! | `front` | the daemon's user | listen, check, count, start the compiler |
//! | `compiler` | the daemon's user, confined | read standard input, write standard output |
//! | `loader` | the daemon's user, two capabilities | one job; killed at its budget |
//!
//! The user and the network of a job are read by the supervisor from the client's own connection.

mod audit;
mod compiler;
mod front;
mod hand_over;
mod loader;
mod options;
mod quota;
mod service;
mod supervisor;
mod sys;
mod versions;

use options::{Mode, Options};
use std::process::ExitCode;

/// Runs the daemon with this process' arguments; ends when it is told to, or cannot go on.
pub fn run() -> ExitCode {
    let options = match Options::of_arguments() {
        Ok(Some(options)) => options,
        Ok(None) => return ExitCode::SUCCESS,
        Err(message) => return fail(&message, 2),
    };
    let ended = match options.mode {
        Mode::Serve => supervisor::run(&options),
        Mode::Recover => supervisor::recover(&options),
        Mode::Front => front::run(&options),
        Mode::Load => loader::run(),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => fail(&message, 1),
    }
}

fn fail(message: &str, code: u8) -> ExitCode {
    eprintln!("syrupd: {message}");
    ExitCode::from(code)
}
