//! `syrupc undeploy`: gives the choice back to the kernel.

use crate::args::{Format, Undeploy};
use crate::exit::{Exit, Failure};
use crate::output;
use serde_json::json;
use syrup_load::Place;

/// Detaches a policy and removes its pins.
pub fn run(cmd: &Undeploy, format: Format) -> Result<Exit, Failure> {
    let id = match cmd.deployment.parse::<Place>() {
        Ok(at) => at.id(),
        Err(_) => cmd.deployment.clone(),
    };
    // What root deployed without the daemon, such as at devices, goes without it too.
    let here = syrup_load::list(&cmd.pins.pin_root).unwrap_or_default();
    let is_here = here.iter().any(|status| status.id == id);
    let (policy, at, detached) = match cmd.pins.daemon().filter(|_| !is_here) {
        Some(client) => {
            let (policy, detached) = client.undeploy(&id)?;
            (policy, id.replace('-', ":"), detached)
        }
        None => {
            let undeployed = syrup_load::undeploy(&cmd.pins.pin_root, &id)?;
            let record = undeployed.record;
            (record.artifact.policy, record.at, undeployed.detached)
        }
    };
    match format {
        Format::Human if detached => {
            println!("undeployed {policy} from {at}: the kernel chooses again");
        }
        Format::Human => {
            println!("removed {policy}: its sockets or its device were gone already");
        }
        Format::Json => {
            let format = syrup_wire::limits::FORMAT;
            let report = json!({
                "format": format, "id": id, "policy": policy, "detached": detached,
            });
            println!("{}", output::json(&report));
        }
    }
    Ok(Exit::Done)
}
