//! What a demo measured, and what it says about it.
//!
//! In: the runs of all seeds. Out: medians over them, as text, as JSON, as a drawing.

mod json;
mod summary;
mod svg;
mod text;

use std::path::Path;

use crate::{
    error::Error,
    latency::Latencies,
    options::{Executor, Options},
    request::{GET, SCAN},
    scenario::{Class, Load, Scenario},
    server::Served,
};

pub use summary::{Summary, UserSummary};

/// Where the policy ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the kernel, at the server's sockets.
    Kernel,
    /// In the server's process, because the kernel would not have it.
    Process,
}

/// What a demo measured.
#[derive(Clone, Debug)]
pub struct Report {
    scenario: Scenario,
    load: Load,
    executor: Executor,
    scale: f64,
    seconds: f64,
    place: Place,
    machine: Machine,
    runs: Vec<RunPair>,
}

/// What the report says about the machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Machine {
    /// Processors that this process may use.
    pub(crate) n_processors: usize,
    /// Whether they were kept from halting.
    pub(crate) kept_awake: bool,
}

/// The two runs of one seed.
#[derive(Clone, Debug)]
pub(crate) struct RunPair {
    pub(crate) seed: u64,
    pub(crate) default: Measured,
    pub(crate) syrup: Measured,
}

/// One run.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    pub(crate) classes: Vec<ClassMeasured>,
    pub(crate) workers: Vec<Served>,
    pub(crate) queue_drops: u64,
    pub(crate) unserved: u64,
    pub(crate) n_replies_lost: u64,
    pub(crate) lateness: Latencies,
    pub(crate) realtime: bool,
}

/// One class of requests in one run.
#[derive(Clone, Debug)]
pub(crate) struct ClassMeasured {
    pub(crate) class: Class,
    pub(crate) n_sent: u64,
    pub(crate) latencies: Latencies,
}

impl Report {
    pub(crate) fn new(
        scenario: &Scenario,
        options: &Options,
        place: Place,
        machine: Machine,
        runs: Vec<RunPair>,
    ) -> Self {
        Self {
            scenario: *scenario,
            load: scenario.load(options.scale),
            executor: options.executor,
            scale: options.scale,
            seconds: options.seconds,
            place,
            machine,
            runs,
        }
    }

    /// Medians over the seeds with the kernel's default.
    pub fn default_summary(&self) -> Summary {
        let runs: Vec<Summary> = self.runs.iter().map(|run| Summary::of(&run.default)).collect();
        Summary::median(&runs)
    }

    /// Medians over the seeds with the policy.
    pub fn syrup_summary(&self) -> Summary {
        let runs: Vec<Summary> = self.runs.iter().map(|run| Summary::of(&run.syrup)).collect();
        Summary::median(&runs)
    }

    /// The report for people.
    #[must_use]
    pub fn to_text(&self) -> String {
        text::render(self)
    }

    /// The report for programs.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        json::render(self)
    }

    /// A drawing: latency by percentile, with the default and with the policy.
    pub fn to_svg(&self) -> Result<String, Error> {
        svg::render(self)
    }

    /// Writes the drawing into a file.
    pub fn write_svg(&self, path: &Path) -> Result<(), Error> {
        std::fs::write(path, self.to_svg()?)
            .map_err(|error| Error::Svg(format!("{}: {error}", path.display())))
    }

    /// The latencies of one operation over all seeds, default's and policy's.
    fn merged(&self, op: u64) -> (Latencies, Latencies) {
        let (mut default, mut syrup) = (Latencies::new(), Latencies::new());
        for run in &self.runs {
            default.merge(&run.default.latencies(|class| class.op == op));
            syrup.merge(&run.syrup.latencies(|class| class.op == op));
        }
        (default, syrup)
    }
}

impl Measured {
    /// The latencies of some classes together.
    fn latencies(&self, select: impl Fn(&Class) -> bool) -> Latencies {
        let mut all = Latencies::new();
        for class in self.classes.iter().filter(|measured| select(&measured.class)) {
            all.merge(&class.latencies);
        }
        all
    }
}

/// The name of an operation in reports.
fn op_name(op: u64) -> &'static str {
    match op {
        GET => "GET",
        SCAN => "SCAN",
        _ => "other",
    }
}

#[cfg(test)]
mod tests;
