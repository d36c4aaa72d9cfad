//! What is known of a deployment: stored beside its pins, shown by `status`.

use crate::artifact::Artifact;
use serde::{Deserialize, Serialize};

/// One deployed policy. The kernel's objects are the truth; this says what they are for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// [`crate::limits::FORMAT`].
    pub format: u32,
    /// Where it is attached, as given to `--at`: `socket_select:udp:9000`.
    pub at: String,
    /// Name, hook, sets, parameters and counters; programs and BTF left out.
    pub artifact: Artifact,
    /// Values of the parameters, in the artifact's order.
    pub params: Vec<u64>,
    /// The executors, by set and slot.
    pub executors: Vec<Vec<ExecutorRecord>>,
    /// Fingerprint of the source text.
    pub source_hash: u64,
    /// Seconds since 1970 at which it was deployed.
    pub deployed_at: u64,
}

/// What fills a slot.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum ExecutorRecord {
    /// A socket of a process.
    Socket {
        /// The process.
        pid: u32,
        /// The descriptor in that process.
        fd: u32,
        /// The kernel's cookie of the socket.
        cookie: u64,
    },
    /// A core.
    Core {
        /// Its number.
        cpu: u32,
    },
    /// The AF_XDP sockets of one worker, one for each receive queue of the device.
    Xsk {
        /// The process.
        pid: u32,
        /// Their descriptors in that process, by queue.
        fds: Vec<u32>,
    },
}
