//! Cores as executors: which core is in which slot of a `cpu_redirect` policy.
//!
//! In: a loaded policy, numbers of cores. Out: the kernel's map of cores, the table of cores by
//! slot, and the set's length and generations.

use crate::error::LoadError;
use crate::executors::state::SetState;
use crate::load::Loaded;
use crate::sys::map::Update;
use std::io;
use syrup_wire::artifact::{MapRole, SetSpec};

/// Frames that may wait for a core: `struct bpf_cpumap_val`; the kernel allows 16384
/// (`__cpu_map_entry_alloc` and its caller, kernel/bpf/cpumap.c).
const QUEUE_FRAMES: u32 = 2048;

/// The cores that are online, in order.
///
/// # Errors
/// The system does not tell.
pub fn online() -> Result<Vec<u32>, LoadError> {
    let path = "/sys/devices/system/cpu/online";
    let doing = || format!("read {path}");
    let text = std::fs::read_to_string(path).map_err(|error| LoadError::io(doing(), error))?;
    let list = parse_list(&text);
    list.ok_or_else(|| LoadError::io(doing(), io::Error::from(io::ErrorKind::InvalidData)))
}

/// `0-3,5` as numbers.
fn parse_list(text: &str) -> Option<Vec<u32>> {
    let mut cores = Vec::new();
    for part in text.trim().split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        cores.extend(first.parse::<u32>().ok()?..=last.parse::<u32>().ok()?);
    }
    Some(cores)
}

/// The cores for a set: those asked for, or as many of the online ones as it has slots.
///
/// # Errors
/// A core that is not there, offline or named twice, or more cores than slots.
pub(super) fn choose(spec: &SetSpec, asked: &[u32]) -> Result<Vec<u32>, LoadError> {
    let online = online()?;
    if asked.is_empty() {
        return Ok(online.into_iter().take(spec.capacity as usize).collect());
    }
    for (at, core) in asked.iter().enumerate() {
        if !online.contains(core) {
            let first = online.first().copied().unwrap_or(0);
            let last = online.last().copied().unwrap_or(0);
            return Err(LoadError::Invalid(format!(
                "core {core} is not online: choose among cores {first} to {last}, or bring it up \
                 by writing 1 to /sys/devices/system/cpu/cpu{core}/online"
            )));
        }
        if asked[..at].contains(core) {
            return Err(LoadError::Invalid(format!("core {core} is named twice")));
        }
    }
    if asked.len() > spec.capacity as usize {
        return Err(LoadError::Invalid(format!(
            "{} cores were named and executor set `{}` has {} slots: declare it as `core[{}]` or \
             larger",
            asked.len(),
            spec.name,
            spec.capacity,
            asked.len()
        )));
    }
    Ok(asked.to_vec())
}

/// Puts cores into the slots of a set that no program uses yet.
///
/// # Errors
/// What the kernel answers.
pub(super) fn fill(loaded: &Loaded, set: u32, cores: &[u32]) -> Result<(), LoadError> {
    let state = SetState::of(loaded, set)?;
    let slots = loaded.map_by(|role| *role == MapRole::Executors { set });
    let table = loaded.map_by(|role| *role == MapRole::Cores { set });
    let (Some(slots), Some(table)) = (slots, table) else {
        return Err(crate::executors::state::missing(loaded, set));
    };
    for (slot, core) in (0u32..).zip(cores) {
        let failed = |error| LoadError::io(format!("make core {core} an executor"), error);
        let value = u64::from(QUEUE_FRAMES).to_ne_bytes();
        slots.update(&core.to_ne_bytes(), &[&value], Update::Any).map_err(failed)?;
        let number = (core + 1).to_ne_bytes();
        table.update(&slot.to_ne_bytes(), &[&number], Update::Any).map_err(failed)?;
        state.set_generation(slot, core + 1)?;
    }
    state.set_len(cores.len() as u32)?;
    super::deploy::spread(loaded, &state, set, cores.len() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read() {
        assert_eq!(parse_list("0-3,5,7-8\n"), Some(vec![0, 1, 2, 3, 5, 7, 8]));
        assert_eq!(parse_list("0"), Some(vec![0]));
        assert_eq!(parse_list("x"), None);
    }

    #[test]
    fn cores_that_cannot_be_are_refused() {
        let spec = SetSpec {
            name: "c".to_owned(),
            kind: "core".to_owned(),
            capacity: 1,
            or_else: "pass".to_owned(),
            len_offset: 0,
            generations_offset: 4,
        };
        let text = |asked: &[u32]| choose(&spec, asked).unwrap_err().to_string();
        assert!(text(&[9999]).contains("core 9999 is not online: choose among"));
        assert!(text(&[0, 0]).contains("named twice"));
        assert_eq!(choose(&spec, &[]).unwrap(), [0]);
    }
}
