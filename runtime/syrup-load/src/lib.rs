//! Loads policies into the kernel: the only crate that speaks bpf(2).
//!
//! In: an [`Artifact`](syrup_wire::artifact::Artifact) and where it belongs. Out: loaded programs
//! and maps, attached and pinned, or one sentence that says what is wrong and what to do. No
//! daemon, no threads, no global state; every descriptor is owned and closed on exec.
//!
//! | what | where |
//! | --- | --- |
//! | may this process load policies here? | [`probe()`] |
//! | an artifact to programs and maps, in a child with two capabilities | [`load()`] |
//! | a kernel that refuses what the compiler accepted | [`LoadError::Refused`], [`write_bundle`] |
//! | running a policy's twin on given bytes | [`Twin`] |
//! | sockets into slots | [`Executors`] |
//! | the sockets of a port, of any process | [`find_reuseport_sockets`] |
//! | a program to a reuseport group and back | [`attach()`], [`detach`] |
//! | a program to a network device | [`deploy_at_device`] |
//! | the records of a log | [`Records`] |
//! | all of it, with pins and undo | [`deploy()`], [`undeploy`], [`list`], [`open_map`] |

pub mod error;
pub mod frame;
pub mod probe;
mod sys;

pub mod load;

pub mod attach;
pub mod executors;
pub mod sockets;
pub mod twin;

pub mod deploy;
pub mod device;
pub mod pins;
pub mod place;
pub mod status;

#[cfg(feature = "testing")]
pub mod testing;

pub use attach::{At, attach, detach};
pub use deploy::{
    DeployRequest, Deployment, Undeployed, deploy, deploy_among, recover, undeploy,
    undeploy_through,
};
pub use device::{DeviceAt, DeviceHook, DeviceRequest, OnDevice, XdpMode, deploy_at_device};
pub use error::{LayoutConflict, LoadError, Refusal, SourcePlace};
pub use executors::Executors;
pub use executors::state::SetState;
pub use load::refusal::write_bundle;
pub use load::{KeptMap, LoadOptions, Loaded, LoadedProgram, load};
pub use pins::PIN_ROOT;
pub use place::Place;
pub use probe::{Capabilities, probe};
pub use sockets::{Found, Protocol, find_reuseport_sockets, network};
pub use status::{DeploymentState, SlotStatus, Status, list, open_map, open_path, open_pinned};
pub use sys::bpf::{MapInfo, ObjectList, ProgInfo, TestRun, enable_stats, object_ids};
pub use sys::cells::Cells;
pub use sys::map::{Map, Update, possible_cpus};
pub use sys::process::user;
pub use sys::records::Records;
pub use twin::{Twin, TwinRun};
