//! What went wrong in the loading child, in terms of the policy.
//!
//! In: the command that failed and the kernel's answer. Out: a [`LoadError`].

use super::draft::Purpose;
use super::refusal;
use crate::error::LoadError;
use crate::sys::child::Failure;
use crate::sys::plan::StepIdx;
use std::collections::BTreeMap;
use std::io;
use syrup_wire::artifact::{Artifact, MapSpec};

pub(super) fn failure(
    artifact: &Artifact,
    steps: &BTreeMap<usize, Purpose>,
    failure: Failure,
    limit_ms: u64,
) -> LoadError {
    let purpose = |step: StepIdx| steps.get(&step.0).copied().unwrap_or(Purpose::Btf);
    match failure {
        Failure::Step(step, error, log) => match purpose(step) {
            Purpose::Load(i) => refusal::explain(artifact, &artifact.programs[i], &error, log),
            other @ (Purpose::Btf
            | Purpose::CreateMap(_)
            | Purpose::SetValue(_)
            | Purpose::Freeze(_)) => refused_map(artifact, other, error, log),
        },
        Failure::Capabilities(error) => LoadError::NoPrivilege(format!(
            "CAP_BPF and CAP_NET_ADMIN are not both permitted, {error}"
        )),
        Failure::Budget(step) => match purpose(step) {
            Purpose::Load(_) => LoadError::TooSlow { policy: artifact.policy.clone(), limit_ms },
            other @ (Purpose::Btf
            | Purpose::CreateMap(_)
            | Purpose::SetValue(_)
            | Purpose::Freeze(_)) => {
                let error = io::Error::from(io::ErrorKind::TimedOut);
                LoadError::io(describe(artifact, other), error)
            }
        },
        Failure::Child(error) => LoadError::io("run the loading child", error),
    }
}

fn refused_map(artifact: &Artifact, purpose: Purpose, error: io::Error, log: String) -> LoadError {
    let doing = describe(artifact, purpose);
    match error.raw_os_error() {
        Some(libc::EPERM) => LoadError::NoPrivilege(format!("the kernel does not let it {doing}")),
        // A form that the kernel does not take, which the compiler should not have made.
        Some(errno @ libc::EINVAL) => {
            LoadError::Refused(Box::new(refusal::of(artifact, doing, errno, log, None)))
        }
        _ => LoadError::io(doing, error),
    }
}

fn describe(artifact: &Artifact, purpose: Purpose) -> String {
    let map = |i: usize| &artifact.maps[i];
    match purpose {
        Purpose::Btf => "load the policy's type information".to_owned(),
        Purpose::CreateMap(i) => {
            let MapSpec { name, entries, value_bytes, .. } = map(i);
            format!("create map `{name}` of {entries} entries of {value_bytes} bytes")
        }
        Purpose::SetValue(i) => format!("set the first value of map `{}`", map(i).name),
        Purpose::Freeze(i) => format!("freeze map `{}`", map(i).name),
        Purpose::Load(i) => format!("load program `{}`", artifact.programs[i].name),
    }
}
