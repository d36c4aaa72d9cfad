//! `syrupc rollback`: puts the version back that was there before the last deployment.

use super::{deploy, remote};
use crate::args::{Format, Rollback};
use crate::exit::{Exit, Failure};
use syrup_load::At;

/// Asks the daemon, which keeps the version before the one that is deployed.
pub fn run(cmd: &Rollback, format: Format) -> Result<Exit, Failure> {
    let id = match cmd.deployment.parse::<At>() {
        Ok(at) => at.id(),
        Err(_) => cmd.deployment.clone(),
    };
    let Some(client) = cmd.pins.daemon() else {
        let message = "only the daemon keeps versions to roll back to, and none runs: deploy the \
                       older policy with `--replace`";
        return Err(Failure::usage(message));
    };
    let deployment = remote::as_deployment(client.rollback(&id)?);
    let artifact = deployment.record.artifact.clone();
    deploy::report(&deployment, &artifact, "", format);
    Ok(Exit::Done)
}
