//! What the parts of the daemon say to each other: the front to the loading process, by way of
//! the supervisor, which adds who it is for.

use crate::artifact::Artifact;
use crate::protocol::{Deployment, Holder};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Who a job is for, as the supervisor read it from the client's connection.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tenant {
    /// The user.
    pub uid: u32,
    /// The kernel's cookie of the network namespace.
    pub network: u64,
    /// Where this tenant's pins are.
    pub pin_root: PathBuf,
}

/// One job of a loading process.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "do", deny_unknown_fields)]
pub enum Job {
    /// Deploy among the sockets that come with the job.
    Deploy(Box<DeployJob>),
    /// Undeploy; sockets of the group come with the job.
    Undeploy {
        /// The deployment.
        deployment: String,
    },
    /// Say what is deployed.
    Status {},
    /// Open a map.
    OpenMap {
        /// `rocksdb/doing`, or deployment and name.
        map: String,
    },
}

/// A compiled policy and where it belongs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeployJob {
    /// What the compiler made.
    pub artifact: Artifact,
    /// The place.
    pub at: String,
    /// Values of parameters by name.
    pub params: BTreeMap<String, u64>,
    /// Whether a policy that is there may be replaced.
    pub replace: bool,
    /// Whether only to check.
    pub check: bool,
    /// Where each socket is held.
    pub holders: Vec<Holder>,
    /// Fingerprint of the source text.
    pub source_hash: u64,
}

/// What the supervisor is asked about every tenant, for metrics.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantStatus {
    /// The user.
    pub uid: u32,
    /// The network namespace.
    pub network: u64,
    /// What is deployed.
    pub deployments: Vec<Deployment>,
}
