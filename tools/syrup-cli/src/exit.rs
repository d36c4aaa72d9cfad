//! How the program ends: codes, and one sentence for each failure.

use crate::args::Format;
use std::process::ExitCode;
use syrup_load::LoadError;

/// An exit code with a meaning; `docs/reference` lists them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// All went well.
    Done = 0,
    /// The policy has errors, or a test does not hold.
    Diagnostics = 1,
    /// Wrong usage, or something outside could not be read, written or found.
    Usage = 2,
    /// The kernel refused what the compiler accepted.
    Refused = 3,
    /// A bug of ours.
    Bug = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// What stops a command.
#[derive(Debug)]
pub struct Failure {
    /// How the program ends.
    pub exit: Exit,
    /// One sentence, or nothing where diagnostics were already shown.
    pub message: String,
}

impl Failure {
    /// Something outside is not as it must be.
    pub fn usage(message: impl Into<String>) -> Failure {
        Failure { exit: Exit::Usage, message: message.into() }
    }

    /// Diagnostics were shown.
    pub fn shown() -> Failure {
        Failure { exit: Exit::Diagnostics, message: String::new() }
    }

    /// Writes the sentence and gives the code.
    pub fn report(&self, format: Format) -> Exit {
        if !self.message.is_empty() {
            match format {
                Format::Human => eprintln!("error: {}", self.message),
                Format::Json => {
                    let value = serde_json::json!({
                        "format": syrup_wire::limits::FORMAT,
                        "error": self.message,
                        "exit": self.exit as u8,
                    });
                    println!("{value}");
                }
            }
        }
        self.exit
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Failure {
        let exit = if error.is_our_bug() { Exit::Refused } else { Exit::Usage };
        Failure { exit, message: error.to_string() }
    }
}

/// Makes a panic what it is: a bug of ours, with its own exit code and a plea for a report.
pub fn report_panics() {
    std::panic::set_hook(Box::new(|info| {
        let payload = info.payload();
        let text = payload
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| payload.downcast_ref::<&str>().copied())
            .unwrap_or("unknown");
        // `println!` panics where it cannot write (library/std/src/io/stdio.rs), which is no bug.
        if let Some(why) = text.strip_prefix("failed printing to stdout: ") {
            // A reader who closed the pipe has seen enough.
            if !why.contains("Broken pipe") {
                eprintln!("error: cannot write: {why}");
            }
            std::process::exit(i32::from(Exit::Usage as u8));
        }
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        eprintln!("error: {text}");
        eprintln!("  at {place} in syrupc {}", env!("CARGO_PKG_VERSION"));
        eprintln!("  please report it with the policy that led here");
        std::process::exit(i32::from(Exit::Bug as u8));
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use syrup_load::Refusal;

    #[test]
    fn what_the_kernel_refuses_has_a_code_of_its_own() {
        let refusal = Refusal {
            policy: "p".to_owned(),
            what: "load program p".to_owned(),
            kernel: "6.1.0".to_owned(),
            log: "R0 !read_ok".to_owned(),
            errno: 13,
            place: None,
        };
        let refused = Failure::from(LoadError::Refused(Box::new(refusal)));
        assert_eq!(refused.exit, Exit::Refused);
        assert!(refused.message.contains("this is a bug in syrupc"), "{}", refused.message);
        let slow = Failure::from(LoadError::TooSlow { policy: "p".to_owned(), limit_ms: 5 });
        assert_eq!(slow.exit, Exit::Refused);
        let missing = Failure::from(LoadError::NotFound("it is not there".to_owned()));
        assert_eq!((missing.exit, missing.message.as_str()), (Exit::Usage, "it is not there"));
    }
}
