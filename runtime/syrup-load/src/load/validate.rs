//! Whether an artifact holds together, before anything is made of it.
//!
//! In: an artifact, perhaps read from a file that somebody changed. Out: nothing, or what is
//! wrong. Claim: every index that the loader follows is in range and every name that becomes a
//! file name is a plain one. What the programs do is for the kernel's verifier to judge.

use crate::error::LoadError;
use crate::pins;
use crate::sys::attr::{map_flag, map_kind};
use std::collections::BTreeSet;
use syrup_wire::artifact::{Artifact, MapRole, Program};
use syrup_wire::limits::{FORMAT, RX_QUEUES_MAX};

/// Instructions the kernel takes from privileged callers: `BPF_COMPLEXITY_LIMIT_INSNS`.
const INSNS_MAX: usize = 1_000_000;

/// Checks an artifact.
///
/// # Errors
/// [`LoadError::Invalid`] that names the part.
pub fn artifact(artifact: &Artifact) -> Result<(), LoadError> {
    if artifact.format != FORMAT {
        let format = artifact.format;
        return Err(LoadError::Invalid(format!("artifact format {format} is not supported")));
    }
    let (mut names, mut pinned) = (BTreeSet::new(), BTreeSet::new());
    for map in &artifact.maps {
        let name = pins::map_pin_name(map);
        let is_ours = name.starts_with('@');
        require(is_ours || pins::is_plain_name(&name), "a map's name is not a plain name")?;
        require(names.insert(name), "two maps have one name")?;
        if let Some(pin) = &map.pin {
            pins::check_pin_name(pin)?;
            require(pinned.insert(pin), "two maps have one pin")?;
        }
        if let MapRole::Executors { set } = &map.role {
            let spec = artifact.sets.get(*set as usize);
            let fits = spec.is_some_and(|spec| spec.capacity <= map.entries)
                || map.kind == map_kind::CPUMAP && spec.is_some();
            require(fits, "a map of executors does not fit its set")?;
            let entries =
                spec.map_or(0, |spec| u64::from(spec.capacity) * u64::from(RX_QUEUES_MAX));
            let has_queues = map.kind != map_kind::XSKMAP || entries == u64::from(map.entries);
            require(has_queues, "a map of AF_XDP sockets does not fit its set")?;
            // With eight-byte values the kernel tells the cookie of the socket in a slot
            // (bpf_fd_reuseport_array_lookup_elem), which undeploying needs.
            let shows = map.kind != map_kind::REUSEPORT_SOCKARRAY || map.value_bytes == 8;
            require(shows, "a map of executors cannot show its sockets")?;
        }
        if let MapRole::Cores { set } = &map.role {
            let is_array = (map.kind, map.key_bytes, map.value_bytes) == (map_kind::ARRAY, 4, 4);
            let spec = artifact.sets.get(*set as usize);
            let fits = spec.is_some_and(|spec| spec.capacity <= map.entries);
            require(is_array && fits, "a table of cores does not fit its set")?;
        }
        if let MapRole::Ring { set } = &map.role {
            let is_array = (map.kind, map.key_bytes, map.value_bytes) == (map_kind::ARRAY, 4, 4);
            require(is_array && map.flags & map_flag::MMAPABLE != 0, "a ring is no array")?;
            require((*set as usize) < artifact.sets.len(), "a ring is over an unknown set")?;
        }
        if map.role == MapRole::Sets {
            let fits = artifact.sets.iter().all(|set| {
                let end = u64::from(set.generations_offset) + 4 * u64::from(set.capacity);
                let bytes = u64::from(map.value_bytes);
                end <= bytes && u64::from(set.len_offset) + 4 <= bytes
            });
            require(fits, "a set does not fit the map of sets")?;
        }
    }
    artifact.programs.iter().try_for_each(|one| program(artifact, one))
}

fn program(artifact: &Artifact, program: &Program) -> Result<(), LoadError> {
    let n_insns = program.insns.len();
    require(n_insns > 0 && n_insns <= INSNS_MAX, "a program is empty or too long")?;
    for reloc in &program.relocs {
        let has_two_words = (reloc.insn as usize).saturating_add(1) < n_insns;
        require(has_two_words, "a map is named outside its program")?;
        require((reloc.map as usize) < artifact.maps.len(), "a program names an unknown map")?;
    }
    let in_program = program.lines.iter().all(|line| (line.insn as usize) < n_insns);
    require(in_program, "a line names an unknown instruction")
}

fn require(holds: bool, otherwise: &str) -> Result<(), LoadError> {
    if holds {
        return Ok(());
    }
    Err(LoadError::Invalid(format!("the artifact is damaged: {otherwise}; compile it again")))
}
