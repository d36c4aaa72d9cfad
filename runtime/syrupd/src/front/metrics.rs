//! Metrics for Prometheus: what is deployed, and what was counted.
//!
//! In: a request for anything, by HTTP. Out: the text format
//! (https://prometheus.io/docs/instrumenting/exposition_formats/), read from the pins when it is
//! asked for.

use super::Front;
use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;
use syrup_load::frame::Frame;
use syrup_wire::artifact::CounterSpec;
use syrup_wire::job::TenantStatus;
use syrup_wire::protocol::State;

/// Answers one asker after the other.
pub(super) fn serve(listener: &TcpListener, front: &Front) {
    for asker in listener.incoming().flatten() {
        // One who does not ask in time, or goes, gets nothing.
        let _answered = answer(asker, front);
    }
}

fn answer(mut asker: TcpStream, front: &Front) -> io::Result<()> {
    let timeout = Some(Duration::from_secs(1));
    asker.set_read_timeout(timeout)?;
    asker.set_write_timeout(timeout)?;
    // The first bytes are enough: whatever is asked for, there is one answer.
    let _n_bytes = asker.read(&mut [0; 1024])?;
    let frame = front.ask(None, &Frame { body: Vec::new(), fds: Vec::new() })?;
    let tenants: Vec<TenantStatus> = serde_json::from_slice(&frame.body)?;
    let body = text(&tenants);
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nConnection: close";
    write!(asker, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// The metrics of all tenants.
fn text(tenants: &[TenantStatus]) -> String {
    let mut out = String::from(
        "# HELP syrup_deployment_active Whether a deployment is in effect.\n\
         # TYPE syrup_deployment_active gauge\n",
    );
    let mut inputs = String::from(
        "# HELP syrup_inputs_total Inputs by what the policy did with them.\n\
         # TYPE syrup_inputs_total counter\n",
    );
    let mut executors = String::from(
        "# HELP syrup_executors Executors that a policy chooses among.\n\
         # TYPE syrup_executors gauge\n",
    );
    for tenant in tenants {
        for one in &tenant.deployments {
            let artifact = &one.record.artifact;
            let labels = format!(
                "uid=\"{}\",network=\"{}\",deployment=\"{}\",policy=\"{}\"",
                tenant.uid, tenant.network, one.id, artifact.policy
            );
            let active = u8::from(one.state == State::Active);
            let _ = writeln!(out, "syrup_deployment_active{{{labels}}} {active}");
            let name = |set: u32| artifact.sets.get(set as usize).map_or("", |set| &set.name);
            for (set, slots) in (0..).zip(&one.executors) {
                let n = slots.iter().filter(|slot| slot.cookie.is_some()).count();
                let set = name(set);
                let _ = writeln!(executors, "syrup_executors{{{labels},set=\"{set}\"}} {n}");
            }
            for (counter, count) in &one.counters {
                let what = counter_labels(counter, &name);
                let _ = writeln!(inputs, "syrup_inputs_total{{{labels},{what}}} {count}");
            }
        }
    }
    out + &executors + &inputs
}

fn counter_labels<'a>(counter: &CounterSpec, name: &impl Fn(u32) -> &'a str) -> String {
    match counter {
        CounterSpec::Pass => "verdict=\"pass\"".to_owned(),
        CounterSpec::Drop => "verdict=\"drop\"".to_owned(),
        CounterSpec::EmptySet { set } => {
            format!("verdict=\"fell_through\",reason=\"empty_set\",set=\"{}\"", name(*set))
        }
        CounterSpec::NoSlot { set } => {
            format!("verdict=\"fell_through\",reason=\"no_slot\",set=\"{}\"", name(*set))
        }
        CounterSpec::EmptySlot { set } => {
            format!("verdict=\"fell_through\",reason=\"empty_slot\",set=\"{}\"", name(*set))
        }
        CounterSpec::Steered { set, slot } => {
            format!("verdict=\"steered\",set=\"{}\",slot=\"{slot}\"", name(*set))
        }
    }
}
