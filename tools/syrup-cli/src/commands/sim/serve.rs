//! A simulated server under load, with the policy and with first come, first served.

use super::Subject;
use crate::args::{Format, ServerLoad, Sim};
use crate::exit::{Exit, Failure};
use crate::output;
use serde_json::{Value, json};
use syrup_agent::Refused;
use syrup_sim::{Class, Report, ServerSpec, Steering};

/// The requests of a workload.
fn classes(load: ServerLoad) -> Vec<Class> {
    let class = |name: &str, share, service_us: u64| Class {
        name: name.to_owned(),
        share,
        service_ns: service_us * 1000,
    };
    match load {
        ServerLoad::Half => vec![class("GET", 0.5, 10), class("SCAN", 0.5, 700)],
        ServerLoad::Rare => vec![class("GET", 0.995, 10), class("SCAN", 0.005, 700)],
        ServerLoad::Shinjuku => vec![class("GET", 0.995, 4), class("SCAN", 0.005, 10_000)],
        ServerLoad::Alike => vec![class("GET", 1.0, 10)],
    }
}

/// Serves, twice, and compares.
pub fn run(
    cmd: &Sim,
    subject: &Subject,
    _: &mut syrupc::Analysis,
    format: Format,
) -> Result<Exit, Failure> {
    let is_share = cmd.load > 0.0 && cmd.load <= 1.5;
    if !is_share {
        return Err(Failure::usage("--load is a share of what the cores can serve: 0.7"));
    }
    if cmd.cores == 0 || cmd.cores > subject.cores_max() {
        let message = format!("--cores is 1 to {} for this policy", subject.cores_max());
        return Err(Failure::usage(message));
    }
    if cmd.threads == 0 || cmd.threads > 512 || cmd.requests == 0 {
        return Err(Failure::usage("--threads is 1 to 512, and --requests is not 0"));
    }
    let baseline = Subject::first_come(cmd, format)?;
    let classes = classes(cmd.workload);
    let mut rows = Vec::new();
    for subject in [&baseline, subject] {
        rows.push((subject.name.clone(), serve(cmd, subject, &classes)?));
    }
    match format {
        Format::Json => println!("{}", output::json(&report(cmd, &classes, &rows))),
        Format::Human => show(cmd, &classes, &rows),
    }
    let is_whole = rows.iter().all(|(_, report)| report.outcome.violations.is_empty());
    Ok(if is_whole { Exit::Done } else { Exit::Diagnostics })
}

fn serve(cmd: &Sim, subject: &Subject, classes: &[Class]) -> Result<Report, Failure> {
    let mean_ns: f64 = classes.iter().map(|class| class.share * class.service_ns as f64).sum();
    let spec = ServerSpec {
        rate: cmd.load * f64::from(cmd.cores) * 1e9 / mean_ns,
        classes: classes.to_vec(),
        n_threads: cmd.threads,
        n_requests: cmd.requests,
        n_warm: cmd.requests / 10,
        mark: subject.maps.first().map(|map| map.map),
        steering: Steering::Shared,
    };
    let mut failed = None;
    let mut make = |n_cores, n_threads| match subject.instance(n_cores, n_threads, cmd.seed) {
        Ok(policy) => policy,
        Err(Refused(message)) => {
            failed = Some(message);
            Box::new(syrup_agent::Nothing)
        }
    };
    let report = syrup_sim::serve(&mut make, spec, cmd.cores + 1, cmd.seed);
    failed.map_or(Ok(report), |message| Err(Failure::usage(message)))
}

/// The latencies that are shown: per mille, and their names.
const SHOWN: [(u64, &str); 4] = [(500, "p50"), (900, "p90"), (990, "p99"), (999, "p99.9")];

fn show(cmd: &Sim, classes: &[Class], rows: &[(String, Report)]) {
    println!(
        "{} cores, {} threads, load {}, {} requests, seed {}; latency in us",
        cmd.cores, cmd.threads, cmd.load, cmd.requests, cmd.seed
    );
    println!(
        "{:<24} {:<6} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "policy", "class", "served", "p50", "p90", "p99", "p99.9"
    );
    for (name, report) in rows {
        for (class, latencies) in classes.iter().zip(&report.latencies) {
            let us = SHOWN.map(|(share, _)| latencies.per_mille(share) as f64 / 1000.0);
            println!(
                "{name:<24} {:<6} {:>9} {:>9.1} {:>9.1} {:>9.1} {:>9.1}",
                class.name,
                latencies.len(),
                us[0],
                us[1],
                us[2],
                us[3]
            );
        }
        for violation in &report.outcome.violations {
            println!("  {name}: {}: {}", violation.oracle, violation.message);
        }
    }
}

fn report(cmd: &Sim, classes: &[Class], rows: &[(String, Report)]) -> Value {
    let rows = rows.iter().map(|(name, report)| {
        let by_class = classes.iter().zip(&report.latencies).map(|(class, latencies)| {
            let mut row = json!({ "class": class.name, "served": latencies.len() });
            for (share, shown) in SHOWN {
                row[format!("{shown}_us")] = (latencies.per_mille(share) as f64 / 1000.0).into();
            }
            row
        });
        json!({
            "policy": name,
            "classes": by_class.collect::<Vec<_>>(),
            "violations": report.outcome.violations.len(),
            "simulated_events": report.outcome.n_events,
            "decisions": report.outcome.counters.decisions,
        })
    });
    json!({
        "format": syrup_wire::limits::FORMAT, "cores": cmd.cores, "threads": cmd.threads,
        "load": cmd.load, "seed": cmd.seed, "policies": rows.collect::<Vec<_>>(),
    })
}
