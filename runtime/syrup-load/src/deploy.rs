//! Deploys a policy to the sockets of a port, replaces it, and takes it away again.
//!
//! In: an artifact and where it belongs. Out: the policy chooses among the sockets and its pins
//! say so; or one error, and everything is as it was.
//!
//! The steps of a deployment, and what a crash after each leaves:
//!
//! ```text
//! find the sockets, load, fill the slots    nothing: all dies with the process
//! pin in a directory beside the place       nothing: the next writer sweeps it
//! put the directory in place                an interrupted deployment, the old choice still made
//! attach, which swaps programs              an interrupted deployment, the new choice made
//! say so in the directory                   the new deployment
//! ```

mod checks;
pub(crate) mod group;
mod recover;

use crate::attach::{self, At};
use crate::device::{self, DeviceAt};
use crate::error::LoadError;
use crate::executors::{Added, Executors};
use crate::load::{KeptMap, LoadOptions, Loaded, load, params};
use crate::pins::PinRoot;
use crate::pins::stored::Stored;
use crate::probe::probe;
use crate::sockets::{Found, find_reuseport_sockets};
pub use recover::recover;

use checks::{check_capacity, check_policy, require_same_executors, settle_old};
use group::{add_patiently, make_record, socket_of_group};
use std::collections::BTreeSet;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};
use syrup_wire::artifact::{Artifact, ProgramRole};
use syrup_wire::limits::VERIFY_MS_MAX;
use syrup_wire::record::Record;

/// What to deploy where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeployRequest {
    /// The place.
    pub at: At,
    /// The process whose sockets are meant; `None` for the only one that has any.
    pub pid: Option<u32>,
    /// Values of the parameters in the artifact's order; empty for the defaults.
    pub params: Vec<u64>,
    /// Whether a policy that is there may be replaced.
    pub replace: bool,
    /// Where pins are kept: [`crate::PIN_ROOT`] unless another place is wanted.
    pub pin_root: PathBuf,
    /// Fingerprint of the policy's source text, for the record.
    pub source_hash: u64,
}

/// What was deployed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deployment {
    /// Its name, for `undeploy`.
    pub id: String,
    /// What its pins say.
    pub record: Record,
    /// Instructions that the kernel's verifier processed; 0 when the kernel does not tell.
    pub verified_insns: u32,
    /// Whether another policy was replaced.
    pub replaced: bool,
    /// Names of the maps that were there before and keep their contents.
    pub kept_maps: Vec<String>,
}

/// What was taken away.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Undeployed {
    /// What its pins said.
    pub record: Record,
    /// Whether sockets were there to be given back to the kernel's own choice.
    pub detached: bool,
}

/// Deploys a policy.
///
/// # Errors
/// Anything that is missing, in one sentence. Nothing is attached, pinned or changed then.
pub fn deploy(artifact: &Artifact, request: &DeployRequest) -> Result<Deployment, LoadError> {
    check_policy(artifact)?;
    params::values(artifact, &request.params)?;
    probe()?.require_load()?;
    let found = find_reuseport_sockets(request.pid, request.at.protocol, request.at.port)?;
    deploy_among(artifact, request, &found)
}

/// Deploys a policy to sockets that are at hand: those of one group, as
/// [`crate::sockets::given`] checks.
///
/// # Errors
/// As for [`deploy`].
pub fn deploy_among(
    artifact: &Artifact,
    request: &DeployRequest,
    found: &[Found],
) -> Result<Deployment, LoadError> {
    let set = check_policy(artifact)?;
    params::values(artifact, &request.params)?;
    probe()?.require_load()?;
    check_capacity(artifact, set, found)?;
    let root = PinRoot::lock(&request.pin_root)?;
    let old = root.stored(&request.at.id())?;
    let old = settle_old(&root, old, request, found)?;
    let mut keep = Vec::new();
    if let Some(old) = &old {
        require_same_executors(artifact, old)?;
        keep = old.maps_to_keep()?;
    }
    let loaded = load_over(&root, artifact, &request.params, keep)?;
    let executors = set.map(|set| Executors::of(&loaded, set)).transpose()?;
    let sockets: Vec<(u64, BorrowedFd<'_>)> =
        found.iter().map(|found| (found.cookie, found.socket.as_fd())).collect();
    let added = executors.as_ref().map(|set| add_patiently(set, &sockets)).transpose()?;
    let put = put_in_place(&root, request, &loaded, found, executors.as_ref(), old.is_some());
    finish(&root, put, executors, added, old, found)
}

/// Takes a deployment away: the kernel chooses again, and the pins are gone. A deployment whose
/// process is gone is only unpinned.
///
/// # Errors
/// No such deployment, or sockets that live on in a process this user may not look into.
pub fn undeploy(pin_root: &Path, id: &str) -> Result<Undeployed, LoadError> {
    undeploy_through(pin_root, id, &[])
}

/// The same with sockets at hand, of which one is the deployment's: for a caller who may not look
/// into the process that holds them.
///
/// # Errors
/// As for [`undeploy`].
pub fn undeploy_through(
    pin_root: &Path,
    id: &str,
    sockets: &[Found],
) -> Result<Undeployed, LoadError> {
    let no_such = || {
        let id = id.escape_default();
        LoadError::NotFound(format!("there is no deployment `{id}`: `syrupc status` lists them"))
    };
    if PinRoot::open(pin_root).stored(id)?.is_none() {
        return Err(no_such());
    }
    let root = PinRoot::lock(pin_root)?;
    let stored = root.stored(id)?.ok_or_else(no_such)?;
    if stored.record.at.parse::<DeviceAt>().is_ok() {
        return device::undeploy(&root, stored);
    }
    root.mark_leaving(&stored)?;
    let at: At = stored.record.at.parse()?;
    let socket = socket_of_group(&stored, sockets)?;
    let detached = socket.is_some();
    if let Some(socket) = socket {
        attach::detach(at, socket.as_fd())?;
    }
    // The maps go a moment after their last pin. Emptied now, the sockets are free at once.
    for set in 0..stored.record.artifact.sets.len() as u32 {
        stored.executors(set)?.clear()?;
    }
    root.remove(&stored)?;
    let Stored { record, .. } = stored;
    let pins = record.artifact.maps.iter().filter_map(|spec| spec.pin.clone());
    root.release_shared(pins)?;
    Ok(Undeployed { record, detached })
}

/// Loads a policy, with maps of the old one and those that are pinned by name.
pub(crate) fn load_over(
    root: &PinRoot,
    artifact: &Artifact,
    params: &[u64],
    old: Vec<KeptMap>,
) -> Result<Loaded, LoadError> {
    let mut keep = Vec::new();
    for spec in &artifact.maps {
        if let Some(map) = root.shared_for(spec)? {
            let (name, layout_hash) = (spec.name.clone(), spec.layout_hash);
            keep.push(KeptMap { name, layout_hash, map });
        }
    }
    keep.extend(old);
    let options =
        LoadOptions { params, keep: &keep, verify_ms: VERIFY_MS_MAX, ..LoadOptions::default() };
    load(artifact, &options)
}

pub(crate) fn kept_names(loaded: &Loaded) -> Vec<String> {
    let maps = loaded.artifact.maps.iter().zip(&loaded.kept);
    maps.filter(|(_, kept)| **kept).map(|(spec, _)| spec.name.clone()).collect()
}

/// Pins and attaches; on an error both are undone.
fn put_in_place(
    root: &PinRoot,
    request: &DeployRequest,
    loaded: &Loaded,
    found: &[Found],
    executors: Option<&Executors>,
    replaced: bool,
) -> Result<Deployment, LoadError> {
    let program = loaded.program(ProgramRole::Policy)?;
    let deployment = Deployment {
        id: request.at.id(),
        record: make_record(loaded, request, executors, found)?,
        verified_insns: program.info()?.verified_insns,
        replaced,
        kept_maps: kept_names(loaded),
    };
    let mut building = root.build(&deployment.id, loaded, &deployment.record)?;
    let shared = root.publish_shared(&loaded.artifact, &loaded.maps)?;
    building.place(replaced)?;
    // Any socket of the group will do.
    if let Some(first) = found.first() {
        attach::attach(request.at, first.socket.as_fd(), program.as_fd())?;
    }
    shared.keep();
    building.finish()?;
    Ok(deployment)
}

/// Drops executors that do not belong: the added ones after an error, else those that are gone.
fn finish(
    root: &PinRoot,
    put: Result<Deployment, LoadError>,
    executors: Option<Executors>,
    added: Option<Added>,
    old: Option<Stored>,
    found: &[Found],
) -> Result<Deployment, LoadError> {
    if let (Err(_), Some(executors), Some(added)) = (&put, &executors, added) {
        executors.take_back(added)?;
    }
    let deployment = put?;
    if let Some(executors) = executors {
        let wanted: BTreeSet<u64> = found.iter().map(|found| found.cookie).collect();
        executors.retain(|cookie| wanted.contains(&cookie))?;
    }
    let pins = old.into_iter().flat_map(|old| old.record.artifact.maps);
    root.release_shared(pins.filter_map(|spec| spec.pin))?;
    Ok(deployment)
}
