//! What can stop a demo, each as one sentence for the person at the terminal.

use std::{fmt, io};

/// Why a demo ended without a report.
#[derive(Debug)]
pub enum Error {
    /// An option is outside its range.
    Option(String),
    /// The server's sockets or threads could not be set up.
    Server(String, io::Error),
    /// The caller's steering refused to attach, to decide or to take feedback.
    Steering(String),
    /// The load generator could not be started or did not finish.
    Loadgen(String),
    /// The drawing could not be made or written.
    Svg(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option(what) => write!(f, "{what}"),
            Self::Server(what, cause) => write!(f, "the demo's server cannot {what}: {cause}"),
            Self::Steering(what) => write!(f, "the policy cannot steer the demo: {what}"),
            Self::Loadgen(what) => write!(f, "the demo's load generator failed: {what}"),
            Self::Svg(what) => write!(f, "the drawing cannot be written: {what}"),
        }
    }
}

impl std::error::Error for Error {}
