//! Deploys a policy at a device, replaces it, and takes it away again.
//!
//! The steps, and what a crash after each leaves:
//!
//! ```text
//! find device and executors, load, fill the slots   nothing: all dies with the process
//! pin in a directory beside the place               nothing: the next writer sweeps it
//! put the directory in place                        an interrupted deployment
//! make the link and pin it, or update the old one   an interrupted deployment
//! say so in the directory                           the new deployment
//! ```

use super::workers::{self, Queues, Worker};
use super::{DeviceAt, DeviceHook, XdpMode, cores};
use crate::deploy::{Deployment, Undeployed, kept_names, load_over};
use crate::error::LoadError;
use crate::executors::state::SetState;
use crate::load::{KeptMap, Loaded, params};
use crate::pins::PinRoot;
use crate::pins::stored::{Stored, summary};
use crate::probe::probe;
use crate::sys::device::{self, DeviceInfo, XdpHolder};
use crate::sys::link::{self, LinkInfo};
use crate::sys::{bpf, bpf::ProgInfo};
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};
use syrup_wire::artifact::{Artifact, MapRole, ProgramRole};
use syrup_wire::limits::FORMAT;
use syrup_wire::maglev;
use syrup_wire::record::{ExecutorRecord, Record};

/// `XDP_FLAGS_SKB_MODE` and `XDP_FLAGS_DRV_MODE`, include/uapi/linux/if_link.h.
const GENERIC: u32 = 1 << 1;
const NATIVE: u32 = 1 << 2;

/// What to deploy at which device.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeviceRequest {
    /// The place.
    pub at: DeviceAt,
    /// Where in the receive path.
    pub mode: XdpMode,
    /// The process whose AF_XDP sockets are meant; `None` for the only one that has any.
    pub pid: Option<u32>,
    /// The cores to choose among, in the order of their slots; empty for all that are online.
    pub cores: Vec<u32>,
    /// Values of the parameters in the artifact's order; empty for the defaults.
    pub params: Vec<u64>,
    /// Whether a policy that is there may be replaced.
    pub replace: bool,
    /// Where pins are kept: [`crate::PIN_ROOT`] unless another place is wanted.
    pub pin_root: PathBuf,
    /// Fingerprint of the policy's source text, for the record.
    pub source_hash: u64,
}

/// What was deployed at a device.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OnDevice {
    /// As at any place.
    pub deployment: Deployment,
    /// Whether it runs in the driver, and not behind it.
    pub native: bool,
}

/// What fills the slots.
enum Executors {
    None,
    Cores(Vec<u32>),
    Workers(Vec<Worker>),
}

/// A policy of ours that is at the place.
struct Old {
    stored: Stored,
    link: OwnedFd,
    /// The program that the link should hold; `None` where the last change did not come to its
    /// end, so that either may be there.
    program: Option<OwnedFd>,
}

/// Deploys a policy at a device.
///
/// # Errors
/// Anything that is missing, in one sentence. Nothing is attached, pinned or changed then.
pub fn deploy_at_device(
    artifact: &Artifact,
    request: &DeviceRequest,
) -> Result<OnDevice, LoadError> {
    let set = check_policy(artifact, &request.at)?;
    params::values(artifact, &request.params)?;
    probe()?.require_load()?;
    let name = &request.at.device;
    let interface = device::index(name).ok_or_else(|| {
        LoadError::NotFound(format!(
            "there is no device `{name}` in this network namespace: `ip link` lists those there are"
        ))
    })?;
    let info =
        device::info(interface).map_err(|e| LoadError::io(format!("ask about {name}"), e))?;
    let executors = find_executors(artifact, set, request, interface, &info)?;
    let root = PinRoot::lock(&request.pin_root)?;
    let old = settle_old(&root, request, interface)?;
    require_free(&request.at, &info, old.as_ref())?;
    let keep = old.as_ref().map(|old| maps_to_keep(&old.stored)).transpose()?;
    let loaded = load_over(&root, artifact, &request.params, keep.unwrap_or_default())?;
    match (&executors, set) {
        (Executors::Cores(list), Some(set)) => cores::fill(&loaded, set, list)?,
        (Executors::Workers(list), Some(set)) => workers::fill(&loaded, set, list)?,
        (Executors::None, _) | (_, None) => {}
    }
    let put = put_in_place(&root, request, &loaded, &executors, interface, old.as_ref())?;
    let pins = old.into_iter().flat_map(|old| old.stored.record.artifact.maps);
    root.release_shared(pins.filter_map(|spec| spec.pin))?;
    Ok(put)
}

/// Takes a policy away from its device.
///
/// # Errors
/// What the kernel answers.
pub(crate) fn undeploy(root: &PinRoot, stored: Stored) -> Result<Undeployed, LoadError> {
    root.mark_leaving(&stored)?;
    let mut detached = false;
    if let Some((link, info)) = open_link(&stored)?
        && info.interface != 0
    {
        link::detach(link.as_fd()).map_err(|e| LoadError::io("detach the policy", e))?;
        detached = true;
    }
    root.remove(&stored)?;
    let Stored { record, .. } = stored;
    let pins = record.artifact.maps.iter().filter_map(|spec| spec.pin.clone());
    root.release_shared(pins)?;
    Ok(Undeployed { record, detached })
}

/// Whether a deployment's program is at its device.
pub(crate) fn is_attached(stored: &Stored) -> Result<bool, LoadError> {
    Ok(open_link(stored)?.is_some_and(|(_, info)| info.interface != 0))
}

/// The set that executors fill; `None` for a policy without executors.
fn check_policy(artifact: &Artifact, at: &DeviceAt) -> Result<Option<u32>, LoadError> {
    let (policy, hook) = (&artifact.policy, at.hook.name());
    if artifact.hook != hook {
        return Err(LoadError::Invalid(format!(
            "policy `{policy}` was compiled for hook `{}` and this place is `{hook}`: compile it \
             with `--hook {hook}`",
            artifact.hook
        )));
    }
    match artifact.sets.as_slice() {
        [] => Ok(None),
        [_] => Ok(Some(0)),
        _ => Err(LoadError::Invalid(format!(
            "policy `{policy}` has several executor sets, and a device has the {}s of one",
            at.hook.executors()
        ))),
    }
}

fn find_executors(
    artifact: &Artifact,
    set: Option<u32>,
    request: &DeviceRequest,
    interface: u32,
    info: &DeviceInfo,
) -> Result<Executors, LoadError> {
    let Some(spec) = set.and_then(|set| artifact.sets.get(set as usize)) else {
        return Ok(Executors::None);
    };
    let device = request.at.device.as_str();
    match request.at.hook {
        DeviceHook::CpuRedirect => Ok(Executors::Cores(cores::choose(spec, &request.cores)?)),
        DeviceHook::Xdp => {
            let count = device::rx_queues(device, info)
                .map_err(|error| LoadError::io(format!("ask for the queues of {device}"), error))?;
            let workers = workers::find(request.pid, Queues { device, interface, count })?;
            workers::check(spec, &workers)?;
            Ok(Executors::Workers(workers))
        }
    }
}

/// What to do about a policy of ours that is there: nothing if it may be replaced, an error if
/// not. One that is at no device any more is only pins, and is removed.
fn settle_old(
    root: &PinRoot,
    request: &DeviceRequest,
    interface: u32,
) -> Result<Option<Old>, LoadError> {
    let Some(stored) = root.stored(&request.at.id())? else { return Ok(None) };
    let link = open_link(&stored)?.filter(|(_, info)| info.interface == interface);
    let Some((link, _)) = link else {
        root.remove(&stored)?;
        return Ok(None);
    };
    if request.replace {
        let program = if stored.interrupted { None } else { Some(stored.program()?) };
        return Ok(Some(Old { stored, link, program }));
    }
    Err(LoadError::Busy(format!(
        "the policy `{}` is at {}: replace it with `--replace`, or undeploy {} first",
        stored.record.artifact.policy, request.at, stored.id
    )))
}

/// Succeeds when the device's XDP hook is free, or has the policy that is to be replaced.
fn require_free(at: &DeviceAt, info: &DeviceInfo, old: Option<&Old>) -> Result<(), LoadError> {
    let Some(XdpHolder { program, native }) = info.xdp else { return Ok(()) };
    if old.is_some() {
        return Ok(());
    }
    // Only root may look at the programs of others.
    let name = link::program_by_id(program).and_then(|fd| bpf::prog_info(fd.as_fd()));
    let name = name.map_or(String::new(), |ProgInfo { name, .. }| format!(" `{name}`"));
    let place = if native { "in its driver" } else { "in generic mode" };
    Err(LoadError::Busy(format!(
        "{} has an XDP program already: number {program}{name}, {place}; a device has one, so \
         ask whoever put it there (`bpftool net show dev {}` tells more)",
        at.device, at.device
    )))
}

/// The maps of the old policy whose contents are the author's own. Executors are put into new
/// maps, so that what runs meanwhile has those it began with.
fn maps_to_keep(old: &Stored) -> Result<Vec<KeptMap>, LoadError> {
    let specs = &old.record.artifact.maps;
    let mut keep = old.maps_to_keep()?;
    keep.retain(|kept| {
        let spec = specs.iter().find(|spec| spec.name == kept.name);
        spec.is_some_and(|spec| match spec.role {
            MapRole::User { .. } | MapRole::State { .. } | MapRole::Log { .. } => true,
            MapRole::Params | MapRole::Executors { .. } | MapRole::Ring { .. } => false,
            MapRole::Sets | MapRole::Generations { .. } | MapRole::Cores { .. } => false,
            MapRole::Counters | MapRole::Script => false,
        })
    });
    Ok(keep)
}

/// Spreads the Maglev tables over a set's slots, and fills its table of generations.
pub(super) fn spread(
    loaded: &Loaded,
    state: &SetState,
    set: u32,
    n_slots: u32,
) -> Result<(), LoadError> {
    state.fill_table()?;
    let slots: Vec<u32> = (0..n_slots).collect();
    for ring in loaded.maps_by(|role| *role == MapRole::Ring { set }) {
        let written = ring.write_cells(&maglev::table(&slots, ring.info().entries));
        written.map_err(|error| state.failed("fill a Maglev table", error))?;
    }
    Ok(())
}

/// Pins and attaches; on an error both are undone.
fn put_in_place(
    root: &PinRoot,
    request: &DeviceRequest,
    loaded: &Loaded,
    executors: &Executors,
    interface: u32,
    old: Option<&Old>,
) -> Result<OnDevice, LoadError> {
    let program = loaded.program(ProgramRole::Policy)?;
    let deployment = Deployment {
        id: request.at.id(),
        record: make_record(loaded, request, executors),
        verified_insns: program.info()?.verified_insns,
        replaced: old.is_some(),
        kept_maps: kept_names(loaded),
    };
    let mut building = root.build(&deployment.id, loaded, &deployment.record)?;
    if let Some(old) = old {
        building.pin_link(old.link.as_fd())?;
    }
    let shared = root.publish_shared(&loaded.artifact, &loaded.maps)?;
    building.place(old.is_some())?;
    match old {
        Some(Old { stored: _, link, program: expected }) => {
            let expected = expected.as_ref().map(AsFd::as_fd);
            let updated = link::update(link.as_fd(), program.as_fd(), expected);
            updated
                .map_err(|e| LoadError::io(format!("replace the policy at {}", request.at), e))?;
        }
        None => building.pin_link(attach(request, program.as_fd(), interface)?.as_fd())?,
    }
    shared.keep();
    building.finish()?;
    let info = device::info(interface);
    let native = info.is_ok_and(|info| info.xdp.is_some_and(|holder| holder.native));
    Ok(OnDevice { deployment, native })
}

fn attach(
    request: &DeviceRequest,
    program: std::os::fd::BorrowedFd<'_>,
    interface: u32,
) -> Result<OwnedFd, LoadError> {
    let create = |flags| link::create(program, interface, link::ATTACH_XDP, flags);
    let DeviceAt { device, .. } = &request.at;
    let created = match request.mode {
        XdpMode::Generic => create(GENERIC),
        XdpMode::Native => create(NATIVE),
        XdpMode::Any => match request.at.hook {
            // Drivers say in several ways that they cannot.
            DeviceHook::Xdp => create(NATIVE).or_else(|_| create(GENERIC)),
            // Behind the driver, kernels from 6.9 on lose what is redirected to a core wherever
            // the packet had to be copied first: `skb_pp_cow_data` (net/core/skbuff.c) leaves
            // `mac_len` behind, by which `cpu_map_generic_redirect` finds the network header.
            // Seen on 6.18.
            DeviceHook::CpuRedirect => create(NATIVE),
        },
    };
    created.map_err(|error| match (error.raw_os_error(), request.mode) {
        (Some(libc::EOPNOTSUPP | libc::EINVAL), XdpMode::Native | XdpMode::Any) => {
            LoadError::Invalid(match request.at.hook {
                DeviceHook::Xdp => format!(
                    "the driver of {device} cannot run XDP programs: leave `--mode native` out \
                     to run it behind the driver, which is slower"
                ),
                DeviceHook::CpuRedirect => format!(
                    "the driver of {device} cannot run XDP programs, and behind the driver Linux \
                     6.9 and later lose packets that are sent to another core: choose another \
                     device, or insist with `--mode generic`"
                ),
            })
        }
        (Some(libc::EBUSY | libc::EEXIST), _) => LoadError::Busy(format!(
            "{device} got another XDP program meanwhile: `bpftool net show dev {device}` tells \
             whose"
        )),
        _ => LoadError::io(format!("attach the policy at {}", request.at), error),
    })
}

fn make_record(loaded: &Loaded, request: &DeviceRequest, executors: &Executors) -> Record {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let list = match executors {
        Executors::None => Vec::new(),
        Executors::Cores(list) => list.iter().map(|&cpu| ExecutorRecord::Core { cpu }).collect(),
        Executors::Workers(list) => list.iter().map(Worker::record).collect(),
    };
    Record {
        format: FORMAT,
        at: request.at.to_string(),
        artifact: summary(&loaded.artifact),
        params: loaded.params.clone(),
        executors: vec![list],
        source_hash: request.source_hash,
        deployed_at: now.as_secs(),
    }
}

fn open_link(stored: &Stored) -> Result<Option<(OwnedFd, LinkInfo)>, LoadError> {
    let Some(link) = stored.link()? else { return Ok(None) };
    let info = link::info(link.as_fd());
    let info = info.map_err(|error| LoadError::io("ask about a link", error))?;
    Ok(Some((link, info)))
}
