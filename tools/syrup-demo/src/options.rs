//! What a person can choose about a demo.
//!
//! In: values from a command line. Out: the same, within their ranges.

use std::{ffi::OsString, path::PathBuf};

use crate::error::Error;

/// How a worker spends the service time of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Executor {
    /// It sleeps until `max(arrival, previous end) + service time`.
    Emulated,
    /// It keeps a processor busy for the service time; needs a core per worker.
    Spin,
}

/// How the load generator's process is started.
#[derive(Clone, Debug)]
pub struct LoadgenCommand {
    /// The program that ends up in [`crate::loadgen_main`]; normally the one that runs.
    pub program: PathBuf,
    /// The arguments that lead it there.
    pub args: Vec<OsString>,
}

/// The choices of one demo.
#[derive(Clone, Debug)]
pub struct Options {
    /// Length of each run; a seed has two. In `0.05..=3600`.
    pub seconds: f64,
    /// How many seeds are measured; medians are over these. In `1..=1000`.
    pub n_seeds: u32,
    /// The first seed, others follow it.
    pub first_seed: u64,
    /// Stretch of all times against the paper's. In `0.1..=10000`.
    pub scale: f64,
    /// How workers spend service times.
    pub executor: Executor,
    /// Draw a progress bar on standard error, if that is a terminal.
    pub progress: bool,
    /// How the load generator is started.
    pub loadgen: LoadgenCommand,
}

impl Options {
    /// The defaults: one seed, 10 s a run, stretched 30-fold, emulated executors.
    pub fn new(loadgen: LoadgenCommand) -> Self {
        Self {
            seconds: 10.0,
            n_seeds: 1,
            first_seed: 1,
            scale: 30.0,
            executor: Executor::Emulated,
            progress: true,
            loadgen,
        }
    }

    /// Refuses what is out of range, as [`crate::run`] does before it starts anything.
    ///
    /// # Errors
    /// [`Error::Option`], which names the range.
    pub fn check(&self) -> Result<(), Error> {
        let refuse = |what: &str, range: &str| {
            Err(Error::Option(format!("the demo's {what} must be in {range}")))
        };
        if !(0.05..=3600.0).contains(&self.seconds) {
            return refuse("length in seconds", "0.05..=3600");
        }
        if !(1..=1000).contains(&self.n_seeds) {
            return refuse("number of seeds", "1..=1000");
        }
        if !(0.1..=10_000.0).contains(&self.scale) {
            return refuse("scale", "0.1..=10000");
        }
        Ok(())
    }
}

impl LoadgenCommand {
    /// The running program with these arguments, which must lead to [`crate::loadgen_main`].
    pub fn this_program<I, A>(args: I) -> Result<Self, Error>
    where
        I: IntoIterator<Item = A>,
        A: Into<OsString>,
    {
        let program = std::env::current_exe()
            .map_err(|error| Error::Loadgen(format!("this program cannot be found: {error}")))?;
        Ok(Self { program, args: args.into_iter().map(Into::into).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_kept() {
        let command = LoadgenCommand { program: PathBuf::new(), args: Vec::new() };
        let defaults = Options::new(command);
        assert!(defaults.check().is_ok());
        let cases = [
            Options { seconds: f64::NAN, ..defaults.clone() },
            Options { seconds: 0.0, ..defaults.clone() },
            Options { n_seeds: 0, ..defaults.clone() },
            Options { scale: f64::INFINITY, ..defaults.clone() },
            Options { scale: -1.0, ..defaults },
        ];
        for options in cases {
            assert!(matches!(options.check(), Err(Error::Option(_))), "{options:?}");
        }
    }
}
