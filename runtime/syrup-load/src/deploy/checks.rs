//! Whether a deployment can be, before anything is made.
//!
//! In: the artifact, the sockets found, what is deployed already. Out: nothing, or one sentence.

use super::DeployRequest;
use super::group::alive_cookies;
use crate::attach::At;
use crate::error::{LayoutConflict, LoadError};
use crate::pins::PinRoot;
use crate::pins::shared::layout_text;
use crate::pins::stored::Stored;
use crate::sockets::Found;
use syrup_wire::artifact::{Artifact, MapRole};

/// The set that the sockets fill; `None` for a policy without executors.
pub(super) fn check_policy(artifact: &Artifact) -> Result<Option<u32>, LoadError> {
    let policy = &artifact.policy;
    if artifact.hook != At::HOOK {
        return Err(LoadError::Invalid(format!(
            "policy `{policy}` was compiled for hook `{}` and this place is `{}`: compile it with \
             `--hook {}`",
            artifact.hook,
            At::HOOK,
            At::HOOK
        )));
    }
    match artifact.sets.as_slice() {
        [] => Ok(None),
        [one] if one.kind == "socket" => Ok(Some(0)),
        [one] => Err(LoadError::Invalid(format!(
            "policy `{policy}` chooses among `{}` executors and this place has sockets",
            one.kind
        ))),
        _ => Err(LoadError::Invalid(format!(
            "policy `{policy}` has several executor sets, and a port has the sockets of one"
        ))),
    }
}

pub(super) fn check_capacity(
    artifact: &Artifact,
    set: Option<u32>,
    found: &[Found],
) -> Result<(), LoadError> {
    let Some(spec) = set.and_then(|set| artifact.sets.get(set as usize)) else { return Ok(()) };
    if found.len() <= spec.capacity as usize {
        return Ok(());
    }
    Err(LoadError::Invalid(format!(
        "the port has {} sockets and executor set `{}` has {} slots: declare it as \
         `socket[{}]` or larger",
        found.len(),
        spec.name,
        spec.capacity,
        found.len()
    )))
}

/// What to do about a deployment that is there: nothing if it may be replaced, an error if not.
/// One whose sockets are all closed is only pins, and is removed.
pub(super) fn settle_old(
    root: &PinRoot,
    old: Option<Stored>,
    request: &DeployRequest,
    found: &[Found],
) -> Result<Option<Stored>, LoadError> {
    let Some(old) = old else { return Ok(None) };
    let Stored { id, record, interrupted, .. } = &old;
    let policy = &record.artifact.policy;
    let alive = alive_cookies(&old)?;
    if !request.replace {
        if alive.is_empty() {
            root.remove(&old)?;
            return Ok(None);
        }
        let how = if *interrupted { "an interrupted deployment of" } else { "the" };
        return Err(LoadError::Busy(format!(
            "{how} policy `{policy}` is at {}: replace it with `--replace`, or undeploy {id} first",
            request.at
        )));
    }
    let same_group = alive.is_empty() || found.iter().any(|found| alive.contains(&found.cookie));
    if same_group {
        return Ok(Some(old));
    }
    Err(LoadError::Busy(format!(
        "policy `{policy}` steers other sockets at {}: undeploy {id} first",
        request.at
    )))
}

/// A socket can be in one map of executors only, so a replacement takes over the map. With
/// another map there would be a time in which sockets are in neither.
pub(super) fn require_same_executors(artifact: &Artifact, old: &Stored) -> Result<(), LoadError> {
    if alive_cookies(old)?.is_empty() {
        return Ok(());
    }
    let is_executors = |role: &MapRole| matches!(role, MapRole::Executors { .. });
    let wanted = artifact.map_by(is_executors).map(|(_, spec)| spec);
    let there = old.record.artifact.map_by(is_executors).map(|(_, spec)| spec);
    // A policy without executors needs no map, and one that follows it finds the sockets in none.
    let (Some(new), Some(old_map)) = (wanted, there) else { return Ok(()) };
    if (&new.name, new.layout_hash) == (&old_map.name, old_map.layout_hash) {
        return Ok(());
    }
    Err(LoadError::Layout(Box::new(LayoutConflict {
        map: old_map.name.clone(),
        wanted: layout_text(new),
        there: layout_text(old_map),
        advice: format!("undeploy {} first", old.id),
    })))
}
