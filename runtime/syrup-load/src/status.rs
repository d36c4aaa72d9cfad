//! What is deployed, and how it fares.
//!
//! In: where pins are kept. Out: each deployment with its executors and counters, and its maps.

use crate::deploy::group::alive_cookies;
use crate::device::{self, DeviceAt};
use crate::error::LoadError;
use crate::pins::PinRoot;
use crate::pins::stored::Stored;
use crate::sys::bpf::ProgInfo;
use crate::sys::map::Map;
use std::path::Path;
use syrup_wire::artifact::{CounterSpec, MapRole, MapSpec};
use syrup_wire::protocol as wire;
use syrup_wire::record::Record;

/// One deployment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Status {
    /// Its name.
    pub id: String,
    /// What it is.
    pub record: Record,
    /// Whether it is in effect.
    pub state: DeploymentState,
    /// The slots of each set.
    pub executors: Vec<Vec<SlotStatus>>,
    /// What was counted, summed over CPUs.
    pub counters: Vec<(CounterSpec, u64)>,
    /// What the kernel tells about the program.
    pub program: ProgInfo,
}

/// Whether a deployment is in effect.
///
/// The kernel does not tell which program a reuseport group has, so this is told by the sockets:
/// a group keeps its program as long as one of its sockets is open, or until someone detaches it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeploymentState {
    /// Sockets are open, or the program is at its device.
    Active,
    /// All sockets are closed, or the device is gone; only pins are left.
    Gone,
    /// Deploying or undeploying it did not come to its end: do it again.
    Interrupted,
}

/// One slot of a set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SlotStatus {
    /// The slot.
    pub slot: u32,
    /// The cookie of the open socket in it, at a device its generation; `None` when it holds
    /// nothing.
    pub cookie: Option<u64>,
    /// Its generation; 0 for a slot that holds nothing.
    pub generation: u32,
}

impl Status {
    /// The same as other processes are told.
    pub fn to_wire(self) -> wire::Deployment {
        let slot = |slot: SlotStatus| wire::Slot { slot: slot.slot, cookie: slot.cookie };
        let state = match self.state {
            DeploymentState::Active => wire::State::Active,
            DeploymentState::Gone => wire::State::Gone,
            DeploymentState::Interrupted => wire::State::Interrupted,
        };
        let sets = self.executors.into_iter();
        wire::Deployment {
            id: self.id,
            state,
            record: self.record,
            executors: sets.map(|slots| slots.into_iter().map(slot).collect()).collect(),
            counters: self.counters,
        }
    }
}

/// Every deployment, in order of names.
///
/// # Errors
/// Pins that cannot be read.
pub fn list(pin_root: &Path) -> Result<Vec<Status>, LoadError> {
    let root = PinRoot::open(pin_root);
    let mut found = Vec::new();
    for id in root.ids()? {
        // One that is undeployed at this moment is not there any more.
        if let Some(stored) = root.stored(&id)? {
            found.push(status(stored)?);
        }
    }
    Ok(found)
}

/// Opens a map by its declared name in a deployment.
///
/// # Errors
/// No such deployment or map, or what the kernel answers.
pub fn open_map(pin_root: &Path, id: &str, map: &str) -> Result<(Map, MapSpec), LoadError> {
    let stored = PinRoot::open(pin_root).stored(id)?.ok_or_else(|| {
        let id = id.escape_default();
        LoadError::NotFound(format!("there is no deployment `{id}`: `syrupc status` lists them"))
    })?;
    let (map, spec) = stored.map(map)?;
    Ok((map, spec.clone()))
}

/// Opens a map by the name that its policy pins it under: `rocksdb/doing`.
///
/// # Errors
/// No such pin, or what the kernel answers.
pub fn open_pinned(pin_root: &Path, pin: &str) -> Result<(Map, Option<MapSpec>), LoadError> {
    PinRoot::open(pin_root).shared(pin)?.ok_or_else(|| {
        LoadError::NotFound(format!(
            "no map is pinned as `{}`: deploy the policy that declares it first",
            pin.escape_default()
        ))
    })
}

/// Opens a map by the path of its pin.
///
/// # Errors
/// Nothing there, no permission, or an object that is no map.
pub fn open_path(path: &Path) -> Result<Map, LoadError> {
    let opened = crate::sys::bpf::open_pin(path).and_then(Map::new);
    opened.map_err(|error| LoadError::io(format!("open {}", path.display()), error))
}

/// Sums counters over CPUs, by index.
///
/// # Errors
/// What the kernel answers.
pub fn sum_counters(
    map: &Map,
    specs: &[CounterSpec],
) -> Result<Vec<(CounterSpec, u64)>, LoadError> {
    let mut counters = Vec::with_capacity(specs.len());
    for (i, spec) in (0u32..).zip(specs) {
        let values = map.lookup(&i.to_ne_bytes());
        let values = values.map_err(|error| LoadError::io("read a counter", error))?;
        let numbers = values.iter().flatten().filter_map(|value| value.first_chunk::<8>());
        let sum = numbers.map(|bytes| u64::from_ne_bytes(*bytes)).fold(0, u64::wrapping_add);
        counters.push((spec.clone(), sum));
    }
    Ok(counters)
}

fn status(stored: Stored) -> Result<Status, LoadError> {
    let at_device = stored.record.at.parse::<DeviceAt>().is_ok();
    let is_alive = match at_device {
        true => device::is_attached(&stored)?,
        false => !alive_cookies(&stored)?.is_empty(),
    };
    let state = match (stored.interrupted, is_alive) {
        (true, _) => DeploymentState::Interrupted,
        (false, false) => DeploymentState::Gone,
        (false, true) => DeploymentState::Active,
    };
    let n_sets = stored.record.artifact.sets.len() as u32;
    let slots = if at_device { device_slots } else { slots };
    let executors = (0..n_sets).map(|set| slots(&stored, set)).collect::<Result<_, _>>()?;
    let counters = match stored.map_by(|role| *role == MapRole::Counters)? {
        Some(map) => sum_counters(&map, &stored.record.artifact.counters)?,
        None => Vec::new(),
    };
    let program = stored.program_info()?;
    let Stored { id, record, .. } = stored;
    Ok(Status { id, record, state, executors, counters, program })
}

fn slots(stored: &Stored, set: u32) -> Result<Vec<SlotStatus>, LoadError> {
    let executors = stored.executors(set)?;
    let cookies = executors.cookies()?;
    let sets = executors.state();
    let n_slots = sets.n_slots()?.min(sets.spec().capacity);
    let slots = (0..n_slots)
        .zip(cookies)
        .map(|(slot, cookie)| Ok(SlotStatus { slot, cookie, generation: sets.generation(slot)? }));
    slots.collect()
}

/// The slots of a set at a device: the kernel does not show the sockets in them.
fn device_slots(stored: &Stored, set: u32) -> Result<Vec<SlotStatus>, LoadError> {
    let state = stored.set_state(set)?;
    let slots = (0..state.n_slots()?.min(state.spec().capacity)).map(|slot| {
        let generation = state.generation(slot)?;
        let cookie = (generation != 0).then_some(u64::from(generation));
        Ok(SlotStatus { slot, cookie, generation })
    });
    slots.collect()
}
