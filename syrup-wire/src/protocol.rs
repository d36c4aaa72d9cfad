//! What clients of the daemon say to it, and what it answers. `docs/reference/protocol.md` is the
//! same for people, `docs/reference/protocol.schema.json` for programs.
//!
//! ```text
//! client -> daemon   u32 length in bytes, little-endian; then a Request as JSON
//!                    sockets as SCM_RIGHTS, with the first byte
//! daemon -> client   the same with a Reply; descriptors that the reply names
//! ```
//!
//! One request a connection. Who asks is what the kernel says of the connection: the user and the
//! network namespace; nothing in a request says it.

use crate::artifact::{CounterSpec, MapSpec};
use crate::record::Record;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A request.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// [`crate::limits::FORMAT`].
    pub format: u32,
    /// What to do.
    pub call: Call,
}

/// What to do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "do", deny_unknown_fields)]
pub enum Call {
    /// Compile a policy and let it choose among the sockets that come with the request.
    Deploy(Deploy),
    /// Give the choice back to the kernel; sockets of the group come with the request.
    Undeploy {
        /// `socket_select-udp-9000`.
        deployment: String,
    },
    /// Deploy the version that was there before the last one; sockets come with the request.
    Rollback {
        /// `socket_select-udp-9000`.
        deployment: String,
        /// Where each socket is held, for people.
        holders: Vec<Holder>,
    },
    /// Say what this user deployed in this network.
    Status {},
    /// Open a map; its descriptor comes with the reply.
    OpenMap {
        /// `rocksdb/doing`, or `socket_select-udp-9000:turn`.
        map: String,
    },
}

/// A policy and where it belongs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deploy {
    /// `socket_select:udp:9000`.
    pub at: String,
    /// The name of the policy's file among `sources`.
    pub main: String,
    /// The text of each file, by its name relative to the folder of the main one.
    pub sources: BTreeMap<String, String>,
    /// The policy, where the file has several.
    #[serde(default)]
    pub policy: Option<String>,
    /// Values of parameters, by name; the others have their defaults.
    #[serde(default)]
    pub params: BTreeMap<String, u64>,
    /// Whether a policy that is there may be replaced.
    #[serde(default)]
    pub replace: bool,
    /// Whether verdicts are counted.
    #[serde(default)]
    pub counters: bool,
    /// Whether only to say what would be done.
    #[serde(default)]
    pub check: bool,
    /// Where each socket is held, for people: the daemon believes the sockets, not this.
    #[serde(default)]
    pub holders: Vec<Holder>,
}

/// Where a socket is held.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holder {
    /// The process.
    pub pid: u32,
    /// Its descriptor there.
    pub fd: u32,
}

/// An answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// [`crate::limits::FORMAT`].
    pub format: u32,
    /// What became of the request.
    pub outcome: Outcome,
}

/// What became of a request.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is", deny_unknown_fields)]
pub enum Outcome {
    /// The policy is deployed; the program's descriptor comes with the reply.
    Deployed(Box<Deployed>),
    /// The policy would be deployed: nothing was changed.
    Checked {
        /// The policy's name.
        policy: String,
        /// Instructions of its program.
        insns: u32,
        /// Bound on the kernel's work to check it, in instructions.
        verifier_insns: u64,
        /// Bytes that its maps would take.
        map_bytes: u64,
        /// How many sockets came with the request.
        sockets: u32,
    },
    /// The policy is gone.
    Undeployed {
        /// The deployment's name.
        id: String,
        /// The policy's name.
        policy: String,
        /// Whether sockets were there to be given back to the kernel's own choice.
        detached: bool,
    },
    /// What is deployed.
    Status {
        /// In order of names.
        deployments: Vec<Deployment>,
    },
    /// The map's descriptor comes with the reply.
    Map {
        /// Its layout, where it is known.
        spec: Option<Box<MapSpec>>,
    },
    /// Nothing was changed.
    Failed {
        /// What kind of failure.
        kind: FailureKind,
        /// One sentence, or what the compiler says about the policy.
        message: String,
    },
}

/// A policy that was deployed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployed {
    /// The deployment's name.
    pub id: String,
    /// What its pins say.
    pub record: Record,
    /// Instructions that the kernel's verifier processed.
    pub verified_insns: u32,
    /// Whether another policy was replaced.
    pub replaced: bool,
    /// Names of the maps that keep their contents.
    pub kept_maps: Vec<String>,
}

/// One deployment and how it fares.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// Its name.
    pub id: String,
    /// Whether it is in effect.
    pub state: State,
    /// What its pins say.
    pub record: Record,
    /// The slots of each set that hold an executor, or nothing.
    pub executors: Vec<Vec<Slot>>,
    /// What was counted, summed over CPUs.
    pub counters: Vec<(CounterSpec, u64)>,
}

/// Whether a deployment is in effect.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It chooses.
    Active,
    /// All sockets are closed; only pins are left.
    Gone,
    /// Deploying or undeploying it did not come to its end.
    Interrupted,
}

/// One slot of a set.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// Its number.
    pub slot: u32,
    /// The cookie of the socket in it.
    pub cookie: Option<u64>,
}

/// Kinds of failure.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The policy has errors; the message is what the compiler says.
    Policy,
    /// The request is not of this protocol.
    Protocol,
    /// This user may have no more of that now.
    Quota,
    /// It took too long and was stopped.
    Budget,
    /// No such deployment, map or socket.
    NotFound,
    /// Another user's.
    NotPermitted,
    /// There is something already.
    Busy,
    /// A name, value or socket that cannot be.
    Invalid,
    /// A map is there with another layout.
    Layout,
    /// The kernel refused what the compiler accepted: a bug of ours.
    Refused,
    /// The system answered something else.
    System,
}

impl Reply {
    /// A reply with an outcome.
    pub fn of(outcome: Outcome) -> Reply {
        Reply { format: crate::limits::FORMAT, outcome }
    }

    /// A failure with one sentence.
    pub fn failed(kind: FailureKind, message: impl Into<String>) -> Reply {
        Reply::of(Outcome::Failed { kind, message: message.into() })
    }
}
