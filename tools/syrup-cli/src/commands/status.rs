//! `syrupc status`: what is deployed, and how it fares.

use crate::args::{Format, Pins, Status};
use crate::exit::{Exit, Failure};
use crate::output;
use serde_json::json;
use syrup_wire::artifact::{Artifact, CounterSpec};
use syrup_wire::protocol::{Deployment, State};

/// Shows every deployment.
pub fn run(cmd: &Status, format: Format) -> Result<Exit, Failure> {
    let list = deployments(&cmd.pins)?;
    match format {
        Format::Json => {
            let rows: Vec<_> = list.iter().map(to_json).collect();
            let format = syrup_wire::limits::FORMAT;
            println!("{}", output::json(&json!({"format": format, "deployments": rows})));
        }
        Format::Human if list.is_empty() => println!("nothing is deployed"),
        Format::Human => list.iter().for_each(show),
    }
    Ok(Exit::Done)
}

/// Every deployment of this user, from the daemon or from the pins.
pub(super) fn deployments(pins: &Pins) -> Result<Vec<Deployment>, Failure> {
    match pins.daemon() {
        Some(client) => {
            let mut list = client.status()?;
            // What root deployed without the daemon, such as at devices, where it may be seen.
            let others = syrup_load::list(&pins.pin_root).unwrap_or_default();
            list.extend(others.into_iter().map(syrup_load::Status::to_wire));
            Ok(list)
        }
        None => {
            let list = syrup_load::list(&pins.pin_root)?;
            Ok(list.into_iter().map(syrup_load::Status::to_wire).collect())
        }
    }
}

fn state_name(state: State) -> &'static str {
    match state {
        State::Active => "active",
        State::Gone => "gone: its sockets are closed or its device is gone, undeploy it",
        State::Interrupted => "interrupted: deploy or undeploy it again",
    }
}

fn show(status: &Deployment) {
    let artifact = &status.record.artifact;
    println!("{}", status.id);
    println!(
        "  policy   {} at {}, {}",
        artifact.policy,
        status.record.at,
        state_name(status.state)
    );
    for (spec, slots) in artifact.sets.iter().zip(&status.executors) {
        let filled = slots.iter().filter(|slot| slot.cookie.is_some()).count();
        println!("  {}  {filled} of {} {}s", spec.name, slots.len(), spec.kind);
    }
    for (param, value) in artifact.params.iter().zip(&status.record.params) {
        println!("  {} = {value}", param.name);
    }
    if !status.counters.is_empty() {
        let n_inputs: u64 = status.counters.iter().map(|(_, count)| count).sum();
        println!("  {n_inputs:>12}  inputs in all");
    }
    for (counter, count) in &status.counters {
        if *count > 0 {
            println!("  {count:>12}  {}", counter_name(artifact, counter));
        }
    }
}

/// What a counter counts, in the policy's words.
fn counter_name(artifact: &Artifact, counter: &CounterSpec) -> String {
    let set = |at: u32| artifact.sets.get(at as usize).map_or("?", |set| set.name.as_str());
    match *counter {
        CounterSpec::Pass => "passed by the policy".to_owned(),
        CounterSpec::Drop => "dropped by the policy".to_owned(),
        CounterSpec::EmptySet { set: at } => format!("fell through: `{}` was empty", set(at)),
        CounterSpec::NoSlot { set: at } => {
            format!("fell through: no such slot of `{}`", set(at))
        }
        CounterSpec::EmptySlot { set: at } => {
            format!("fell through: the chosen slot of `{}` held nothing", set(at))
        }
        CounterSpec::Steered { set: at, slot } => format!("to {}[{slot}]", set(at)),
    }
}

fn to_json(status: &Deployment) -> serde_json::Value {
    let artifact = &status.record.artifact;
    let counters: Vec<_> = status
        .counters
        .iter()
        .map(|(counter, count)| json!({"counter": counter, "count": count}))
        .collect();
    let executors: Vec<_> = status
        .executors
        .iter()
        .map(|slots| {
            let filled = slots.iter().filter(|slot| slot.cookie.is_some());
            filled.map(|slot| json!({"slot": slot.slot, "cookie": slot.cookie})).collect::<Vec<_>>()
        })
        .collect();
    let state = match status.state {
        State::Active => "active",
        State::Gone => "gone",
        State::Interrupted => "interrupted",
    };
    json!({
        "id": status.id,
        "policy": artifact.policy,
        "at": status.record.at,
        "state": state,
        "params": status.record.params,
        "sets": artifact.sets,
        "executors": executors,
        "counters": counters,
        "deployed_at": status.record.deployed_at,
    })
}
