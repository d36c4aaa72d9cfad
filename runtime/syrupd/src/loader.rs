//! A loader: one job for one tenant, with two capabilities, and then the end.
//!
//! In: on standard input, who it is for and the job, with its sockets. Out: one reply.

use crate::sys::identity::{Ids, standard_input};
use std::fs::{self, Permissions};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};
use syrup_load::pins::PinRoot;
use syrup_load::sockets::{given, network_of};
use syrup_load::{
    At, DeployRequest, Found, LoadError, deploy_among, frame, list, open_map, open_pinned,
    undeploy_through,
};
use syrup_wire::artifact::{Artifact, MapRole, ProgramRole, UserAccess};
use syrup_wire::job::{DeployJob, Job, Tenant};
use syrup_wire::limits::{
    JOB_BYTES_MAX, LOADER_MS_MAX, TENANT_DEPLOYMENTS_MAX, TENANT_MAP_BYTES_MAX, TENANT_MAPS_MAX,
};
use syrup_wire::protocol::{Deployed, FailureKind, Outcome, Reply};

/// A reply with the descriptors it names.
type Answer = (Outcome, Vec<OwnedFd>);

/// Why a job was not done.
struct Failure(FailureKind, String);

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Failure {
        let kind = match &error {
            LoadError::NotFound(_) => FailureKind::NotFound,
            LoadError::Busy(_) => FailureKind::Busy,
            LoadError::NotPermitted(_) => FailureKind::NotPermitted,
            LoadError::Ambiguous(_) | LoadError::Invalid(_) => FailureKind::Invalid,
            LoadError::Layout(_) => FailureKind::Layout,
            LoadError::TooSlow { .. } => FailureKind::Budget,
            LoadError::Refused(_) => FailureKind::Refused,
            LoadError::NoPrivilege(_)
            | LoadError::NoBpffs(_)
            | LoadError::OldKernel { .. }
            | LoadError::Io { .. } => FailureKind::System,
        };
        Failure(kind, error.to_string())
    }
}

/// Does the job on standard input.
///
/// # Errors
/// No job there, or nobody to answer.
pub fn run() -> Result<(), String> {
    let socket = standard_input().map_err(|e| e.to_string())?;
    let socket = UnixStream::from(socket);
    let deadline = Instant::now() + Duration::from_millis(LOADER_MS_MAX);
    let read = || frame::read(&socket, JOB_BYTES_MAX, deadline).map_err(|e| e.to_string());
    let tenant: Tenant = serde_json::from_slice(&read()?.body).map_err(|e| e.to_string())?;
    let job = read()?;
    let answer = match serde_json::from_slice::<Job>(&job.body) {
        Ok(parsed) => perform(&tenant, parsed, job.fds),
        Err(error) => Err(Failure(FailureKind::Protocol, format!("no job: {error}"))),
    };
    let (outcome, fds) = answer
        .unwrap_or_else(|Failure(kind, message)| (Outcome::Failed { kind, message }, Vec::new()));
    own_and_open(&tenant.pin_root, None);
    let body = serde_json::to_vec(&Reply::of(outcome)).map_err(|e| e.to_string())?;
    let fds: Vec<_> = fds.iter().map(AsFd::as_fd).collect();
    frame::write(&socket, &body, &fds).map_err(|e| e.to_string())
}

fn perform(tenant: &Tenant, job: Job, sockets: Vec<OwnedFd>) -> Result<Answer, Failure> {
    match job {
        Job::Deploy(job) => deploy(tenant, *job, sockets),
        Job::Undeploy { deployment } => {
            // The sockets only show which group is meant; wrong ones show nothing.
            let found = at_of(tenant, &deployment)?
                .and_then(|at| given(sockets, &[], at.protocol, at.port).ok());
            let found = found.unwrap_or_default();
            check_owner(tenant, &found)?;
            let undeployed = undeploy_through(&tenant.pin_root, &deployment, &found)?;
            let (policy, detached) = (undeployed.record.artifact.policy, undeployed.detached);
            Ok((Outcome::Undeployed { id: deployment, policy, detached }, Vec::new()))
        }
        Job::Status {} => {
            let deployments = list(&tenant.pin_root)?;
            let deployments = deployments.into_iter().map(|one| one.to_wire()).collect();
            Ok((Outcome::Status { deployments }, Vec::new()))
        }
        Job::OpenMap { map } => {
            let (map, spec) = match map.split_once(':') {
                Some((id, name)) => {
                    let (map, spec) = open_map(&tenant.pin_root, id, name)?;
                    (map, Some(spec))
                }
                None => open_pinned(&tenant.pin_root, &map)?,
            };
            if !spec.as_ref().is_some_and(|spec| is_of_the_tenant(&spec.role)) {
                let message = "this map belongs to Syrup itself".to_owned();
                return Err(Failure(FailureKind::NotPermitted, message));
            }
            let fd = map.as_fd().try_clone_to_owned();
            let fd = fd.map_err(|e| Failure(FailureKind::System, e.to_string()))?;
            Ok((Outcome::Map { spec: spec.map(Box::new) }, vec![fd]))
        }
    }
}

fn at_of(tenant: &Tenant, id: &str) -> Result<Option<At>, Failure> {
    let stored = PinRoot::open(&tenant.pin_root).stored(id)?;
    Ok(stored.and_then(|stored| stored.record.at.parse().ok()))
}

fn deploy(tenant: &Tenant, job: DeployJob, sockets: Vec<OwnedFd>) -> Result<Answer, Failure> {
    let DeployJob { artifact, at, params, replace, check, holders, source_hash } = job;
    let at: At = at.parse()?;
    let holders: Vec<(u32, u32)> = holders.iter().map(|one| (one.pid, one.fd)).collect();
    let found = given(sockets, &holders, at.protocol, at.port)?;
    check_owner(tenant, &found)?;
    check_quota(tenant, &artifact, &at.id())?;
    let params = values_of(&artifact, &params)?;
    if check {
        return Ok((plan(&artifact, &found), Vec::new()));
    }
    let pin_root = tenant.pin_root.clone();
    let request = DeployRequest { at, pid: None, params, replace, pin_root, source_hash };
    let deployment = deploy_among(&artifact, &request, &found)?;
    let stored = PinRoot::open(&tenant.pin_root).stored(&deployment.id)?;
    let program = stored.map(|stored| stored.program()).transpose()?;
    let deployed = Deployed {
        id: deployment.id,
        record: deployment.record,
        verified_insns: deployment.verified_insns,
        replaced: deployment.replaced,
        kept_maps: deployment.kept_maps,
    };
    Ok((Outcome::Deployed(Box::new(deployed)), program.into_iter().collect()))
}

fn plan(artifact: &Artifact, found: &[Found]) -> Outcome {
    let program = artifact.program(ProgramRole::Policy);
    Outcome::Checked {
        policy: artifact.policy.clone(),
        insns: program.map_or(0, |program| program.insns.len() as u32),
        verifier_insns: artifact.verifier_insns,
        map_bytes: map_bytes(artifact),
        sockets: found.len() as u32,
    }
}

/// A tenant deploys among sockets that it made, in the network that it speaks from.
fn check_owner(tenant: &Tenant, found: &[Found]) -> Result<(), Failure> {
    for one in found {
        if tenant.uid != 0 && one.uid != tenant.uid {
            let message = format!(
                "a socket bound to {} was made by user {}, and user {} asks: only who made the \
                 sockets may deploy among them",
                one.local, one.uid, tenant.uid
            );
            return Err(Failure(FailureKind::NotPermitted, message));
        }
        if network_of(one.socket.as_fd()) != tenant.network {
            let message = format!(
                "the socket bound to {} is in another network namespace than the caller: ask from \
                 that one",
                one.local
            );
            return Err(Failure(FailureKind::NotPermitted, message));
        }
    }
    Ok(())
}

/// Counts what the tenant would have, the deployment that is replaced left out.
fn check_quota(tenant: &Tenant, artifact: &Artifact, id: &str) -> Result<(), Failure> {
    let root = PinRoot::open(&tenant.pin_root);
    let (mut n, mut maps, mut bytes) = (1, artifact.maps.len(), map_bytes(artifact));
    for other in root.ids()?.into_iter().filter(|other| other != id) {
        if let Some(stored) = root.stored(&other)? {
            n += 1;
            maps += stored.record.artifact.maps.len();
            bytes = bytes.saturating_add(map_bytes(&stored.record.artifact));
        }
    }
    let over = |what: &str, wanted: u64, most: u64| {
        let message = format!(
            "user {} would have {wanted} {what} here, and {most} are the most: undeploy something, \
             or declare smaller maps",
            tenant.uid
        );
        Err(Failure(FailureKind::Quota, message))
    };
    if n > TENANT_DEPLOYMENTS_MAX {
        return over("deployments", n as u64, TENANT_DEPLOYMENTS_MAX as u64);
    }
    if maps > TENANT_MAPS_MAX {
        return over("maps", maps as u64, TENANT_MAPS_MAX as u64);
    }
    if bytes > TENANT_MAP_BYTES_MAX {
        return over("bytes of maps", bytes, TENANT_MAP_BYTES_MAX);
    }
    Ok(())
}

/// Bytes of an artifact's maps by keys, values and entries; the kernel adds to each entry of a
/// hash map, and the copies for each CPU.
fn map_bytes(artifact: &Artifact) -> u64 {
    let bytes = |spec: &syrup_wire::artifact::MapSpec| {
        let entry = u64::from(spec.key_bytes) + u64::from(spec.value_bytes).next_multiple_of(8);
        match spec.role {
            // A log's entries are its bytes.
            MapRole::Log { .. } => u64::from(spec.entries),
            _ => entry.saturating_mul(u64::from(spec.entries)),
        }
    };
    artifact.maps.iter().map(bytes).fold(0, u64::saturating_add)
}

fn values_of(
    artifact: &Artifact,
    given: &std::collections::BTreeMap<String, u64>,
) -> Result<Vec<u64>, Failure> {
    if let Some(name) = given.keys().find(|name| artifact.params.iter().all(|p| p.name != **name)) {
        let message = format!("the policy has no parameter `{}`", name.escape_default());
        return Err(Failure(FailureKind::Invalid, message));
    }
    let value = |param: &syrup_wire::artifact::ParamSpec| {
        given.get(&param.name).copied().unwrap_or(param.default)
    };
    Ok(artifact.params.iter().map(value).collect())
}

/// What a tenant may have a descriptor of.
fn is_of_the_tenant(role: &MapRole) -> bool {
    matches!(role, MapRole::User { .. } | MapRole::State { .. } | MapRole::Log { .. })
}

/// Sets the modes of a tenant's pins: the owner of a map may write it unless the policy says
/// otherwise, the daemon's group may in any case. Directories let everybody pass and nobody look:
/// who can open a directory can lock it. `ids` also makes them the daemon's, after a recovery that
/// ran as root.
pub fn own_and_open(root: &Path, ids: Option<Ids>) {
    let Some(me) = ids.map(|ids| ids.uid).or(Some(syrup_load::user())) else { return };
    let set = |path: &Path, mode: u32| {
        let Ok(there) = fs::symlink_metadata(path) else { return };
        if let (Some(ids), 0) = (ids, there.uid()) {
            // It stays root's, and the next loader says that it may not.
            let _given = chown(path, Some(ids.uid), Some(ids.gid));
        }
        let is_ours = there.uid() == me || (ids.is_some() && there.uid() == 0);
        if is_ours && there.mode() & 0o777 != mode {
            let _set = fs::set_permissions(path, Permissions::from_mode(mode));
        }
    };
    set(root, 0o711);
    let pins = PinRoot::open(root);
    for folder in ["maps", "layouts"] {
        each_file(&root.join(folder), 2, &mut |path, is_directory| {
            set(path, if is_directory { 0o711 } else { 0o660 });
        });
    }
    for id in pins.ids().unwrap_or_default() {
        let artifact = pins.stored(&id).ok().flatten().map(|stored| stored.record.artifact);
        each_file(&root.join(&id), 1, &mut |path, is_directory| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let is_map = path.parent().is_some_and(|parent| parent.ends_with("maps"));
            let mode = match (is_directory, is_map, name) {
                (true, _, _) => 0o711,
                (false, false, "policy" | "link") => 0o600,
                (false, false, _) => 0o440,
                (false, true, _) => mode_of_map(artifact.as_ref(), name),
            };
            set(path, mode);
        });
    }
}

fn mode_of_map(artifact: Option<&Artifact>, name: &str) -> u32 {
    let named = |artifact: &Artifact| {
        artifact.maps.iter().find(|spec| spec.name == name).map(|spec| spec.role.clone())
    };
    match (artifact.and_then(named), name) {
        (Some(MapRole::User { user: UserAccess::Read, .. }), _) => 0o460,
        (None, "@params" | "@counters") => 0o460,
        (Some(_), _) | (None, _) => 0o660,
    }
}

/// Calls `act` for a directory and all in it, down to a depth.
fn each_file(path: &Path, depth: usize, act: &mut dyn FnMut(&Path, bool)) {
    let Ok(entries) = fs::read_dir(path) else { return };
    act(path, true);
    for entry in entries.flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth > 0 => each_file(&entry.path(), depth - 1, act),
            Ok(kind) if kind.is_file() => act(&entry.path(), false),
            _ => {}
        }
    }
}
