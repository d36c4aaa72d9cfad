//! The report as JSON.
//!
//! In: a report. Out: `policy`, `default` and `syrup` with medians over the seeds, the settings,
//! and `runs` with the figures of each seed.

use serde_json::{Value, json};

use super::{Measured, Place, Report, Summary};
use crate::options::Executor;

/// The report as a JSON object.
pub(super) fn render(report: &Report) -> Value {
    let runs: Vec<Value> = report
        .runs
        .iter()
        .map(|run| {
            json!({
                "seed": run.seed,
                "default": Summary::of(&run.default),
                "syrup": Summary::of(&run.syrup),
            })
        })
        .collect();
    json!({
        "policy": report.scenario.name,
        "place": match report.place {
            Place::Kernel => "kernel",
            Place::Process => "process",
        },
        "executor": match report.executor {
            Executor::Emulated => "emulated",
            Executor::Spin => "spin",
        },
        "scale": report.scale,
        "seconds": report.seconds,
        "load": report.load,
        "realtime": report.runs.iter().all(|run| is_realtime(&run.default, &run.syrup)),
        "kept_awake": report.machine.kept_awake,
        "processors": report.machine.n_processors,
        "default": report.default_summary(),
        "syrup": report.syrup_summary(),
        "runs": runs,
    })
}

fn is_realtime(default: &Measured, syrup: &Measured) -> bool {
    default.realtime && syrup.realtime
}
