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
    let undeployed = syrup_load::undeploy(&cmd.pins.pin_root, &id)?;
    let policy = &undeployed.record.artifact.policy;
    match format {
        Format::Human if undeployed.detached => {
            println!("undeployed {policy} from {}: the kernel chooses again", undeployed.record.at);
        }
        Format::Human => {
            println!("removed {policy}: its sockets or its device were gone already");
        }
        Format::Json => {
            let format = syrup_wire::limits::FORMAT;
            let report = json!({
                "format": format, "id": id, "policy": policy, "detached": undeployed.detached,
            });
            println!("{}", output::json(&report));
        }
    }
    Ok(Exit::Done)
}
