//! Many seeds: does any run break a rule?

use super::{Subject, again};
use crate::args::{Format, Sim};
use crate::exit::{Exit, Failure};
use crate::output;
use serde_json::json;
use syrup_agent::{Chosen, Refused};
use syrup_sim::Races;

/// Runs a policy through everything at once, once for each seed.
pub fn run(cmd: &Sim, subject: &Subject, n_seeds: u64, format: Format) -> Result<Exit, Failure> {
    let maps: Vec<u32> = subject.maps.iter().map(|map| map.map).collect();
    let (mut n_broken, mut n_events, mut trace) = (0_u64, 0_u64, 0_u64);
    let mut races = Races::default();
    let mut first = None;
    for seed in cmd.seed..cmd.seed.saturating_add(n_seeds) {
        let mut failed = None;
        let mut make = |n_cores, n_threads| match subject.instance(n_cores, n_threads, seed) {
            Ok(policy) => policy,
            Err(Refused(message)) => {
                failed = Some(message);
                Box::new(syrup_agent::Nothing)
            }
        };
        let conserves = !cmd.reserves_cores;
        let outcome = syrup_sim::chaos(&mut make, &maps, conserves, seed, Chosen::default());
        if let Some(message) = failed {
            return Err(Failure::usage(message));
        }
        n_events += outcome.n_events;
        trace = trace.rotate_left(1) ^ outcome.trace;
        races.add(&outcome.races);
        if !outcome.violations.is_empty() {
            n_broken += 1;
            first = first.or(Some((seed, outcome)));
        }
    }
    match format {
        Format::Json => {
            let report = json!({
                "format": syrup_wire::limits::FORMAT, "policy": subject.name, "seeds": n_seeds,
                "broken": n_broken, "events": n_events, "trace": format!("{trace:016x}"),
                "first_broken_seed": first.as_ref().map(|(seed, _)| seed),
                "violations": first.as_ref().map(|(_, outcome)| {
                    let rows = outcome.violations.iter();
                    let rows = rows.map(|v| json!({
                        "at_ns": v.at_ns, "rule": v.oracle, "message": v.message,
                    }));
                    rows.collect::<Vec<_>>()
                }),
            });
            println!("{}", output::json(&report));
        }
        Format::Human => {
            println!(
                "{}: {n_seeds} seeds, {n_broken} with violations, {n_events} events, trace \
                 {trace:016x}",
                subject.name
            );
            println!("  races: {races}");
            if let Some((seed, outcome)) = &first {
                for violation in &outcome.violations {
                    let (at_us, rule) = (violation.at_ns / 1000, violation.oracle);
                    println!("  seed {seed}, at {at_us} us, {rule}: {}", violation.message);
                }
                outcome.notes.iter().for_each(|note| println!("    {note}"));
                println!("  again: {}", again(&cmd.file, cmd, *seed));
            }
        }
    }
    Ok(if n_broken == 0 { Exit::Done } else { Exit::Diagnostics })
}
