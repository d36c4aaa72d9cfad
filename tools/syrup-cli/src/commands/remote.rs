//! Commands that the daemon carries out: the same words and the same meaning as in this process.
//!
//! In: a command and a daemon. Out: what the daemon did, told as if it had been done here.

use super::deploy;
use crate::args::{Deploy, Format};
use crate::exit::{Exit, Failure};
use crate::output;
use serde_json::json;
use syrup::{Client, Error, deploy_call};
use syrup_load::Deployment;
use syrup_wire::artifact::Artifact;
use syrup_wire::limits::FORMAT;
use syrup_wire::protocol::{Deployed, Outcome};

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::usage(error.message)
    }
}

/// Has a policy deployed, or only checked; the artifact is this process' own, for its words.
pub fn deploy(
    client: &Client,
    cmd: &Deploy,
    artifact: &Artifact,
    params: &[u64],
    format: Format,
) -> Result<Exit, Failure> {
    let mut call = deploy_call(&cmd.file, &cmd.at)?;
    let names = artifact.params.iter().map(|param| param.name.clone());
    call.params = names.zip(params.iter().copied()).collect();
    call.policy = Some(artifact.policy.clone());
    (call.replace, call.counters) = (cmd.replace, !cmd.no_counters);
    if cmd.check || cmd.dry_run {
        let outcome = client.check(call, cmd.pid)?;
        show_plan(&outcome, &cmd.at, format);
        return Ok(Exit::Done);
    }
    let (deployed, _program) = client.deploy(call, cmd.pid)?;
    deploy::report(&as_deployment(deployed), artifact, "", format);
    Ok(Exit::Done)
}

/// What the daemon deployed, as the loader says it.
pub fn as_deployment(deployed: Deployed) -> Deployment {
    let Deployed { id, record, verified_insns, replaced, kept_maps } = deployed;
    Deployment { id, record, verified_insns, replaced, kept_maps }
}

fn show_plan(outcome: &Outcome, at: &str, format: Format) {
    let Outcome::Checked { policy, insns, verifier_insns, map_bytes, sockets } = outcome else {
        return;
    };
    match format {
        Format::Json => println!("{}", output::json(&json!({"format": FORMAT, "plan": outcome}))),
        Format::Human => {
            println!("would deploy {policy} at {at}: {sockets} sockets");
            println!("  {insns} instructions, at most {verifier_insns} steps to check them");
            println!("  {map_bytes} bytes of maps");
        }
    }
}
