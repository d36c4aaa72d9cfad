//! From an artifact to loaded programs and maps, or to one error and nothing left behind.
//!
//! In: an artifact, values of its parameters, maps to reuse. Out: [`Loaded`], whose descriptors
//! keep everything alive. Nothing is attached or pinned here.

mod draft;
mod explain;
pub mod params;
pub mod refusal;
pub mod validate;

use crate::error::LoadError;
use crate::probe;
use crate::sys::bpf::{self, ProgInfo, TestRun};
use crate::sys::child::{self, Made};
use crate::sys::map::Map;
use crate::sys::plan::{Slot, StepIdx};
use draft::{Draft, MapSlot};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;
use syrup_wire::artifact::{Artifact, MapRole, ProgramRole};
use syrup_wire::limits::{VERIFIER_LOG_BYTES, VERIFY_MS_MAX};

/// How to load.
#[derive(Clone, Copy, Debug)]
pub struct LoadOptions<'a> {
    /// Values of the parameters in the artifact's order; empty for the defaults.
    pub params: &'a [u64],
    /// Which of the programs to load.
    pub roles: &'a [ProgramRole],
    /// Whether the verifier's log is wanted when all goes well, too.
    pub log: bool,
    /// Maps to reuse where name and layout are the same.
    pub keep: &'a [KeptMap],
    /// `BPF_F_...` flags of `BPF_PROG_LOAD`: those by which tests make the kernel look harder.
    pub flags: u32,
    /// Milliseconds of processor time that the kernel may take to check one program.
    pub verify_ms: u64,
}

/// A map that is there already.
#[derive(Debug)]
pub struct KeptMap {
    /// Its name as declared.
    pub name: String,
    /// Its layout's fingerprint.
    pub layout_hash: u64,
    /// The map.
    pub map: Map,
}

/// What was loaded.
#[derive(Debug)]
pub struct Loaded {
    /// What it was loaded from.
    pub artifact: Artifact,
    /// The value of every parameter.
    pub params: Vec<u64>,
    /// The maps by index; `None` for those that only programs left out would use.
    pub maps: Vec<Option<Map>>,
    /// Which of them were there before.
    pub kept: Vec<bool>,
    /// The programs, in the artifact's order.
    pub programs: Vec<LoadedProgram>,
}

/// A loaded program.
#[derive(Debug)]
pub struct LoadedProgram {
    /// What it is for.
    pub role: ProgramRole,
    /// What the verifier wrote, when [`LoadOptions::log`] asked for it.
    pub log: Option<String>,
    fd: OwnedFd,
}

impl Default for LoadOptions<'_> {
    fn default() -> Self {
        LoadOptions {
            params: &[],
            roles: &[ProgramRole::Policy],
            log: false,
            keep: &[],
            flags: 0,
            verify_ms: VERIFY_MS_MAX,
        }
    }
}

/// Creates the maps of an artifact and loads its programs.
///
/// # Errors
/// An artifact or parameter that cannot be, no privilege, an older kernel than the target, or a
/// kernel that refuses. Whatever was made is gone again.
pub fn load(artifact: &Artifact, options: &LoadOptions<'_>) -> Result<Loaded, LoadError> {
    validate::artifact(artifact)?;
    let params = params::values(artifact, options.params)?;
    probe::kernel()?.require_target(&artifact.target)?;
    let draft = Draft::new(artifact, &params, options)?;
    let Draft { plan, steps, slots, programs } = draft;
    let budget = Duration::from_millis(options.verify_ms);
    let made = child::run(plan, budget, VERIFIER_LOG_BYTES)
        .map_err(|failure| explain::failure(artifact, &steps, failure, options.verify_ms))?;
    collect(artifact, params, &slots, &programs, made)
}

fn collect(
    artifact: &Artifact,
    params: Vec<u64>,
    slots: &[MapSlot],
    programs: &[(usize, Slot, StepIdx)],
    mut made: Made,
) -> Result<Loaded, LoadError> {
    let answer = |error| LoadError::io("read what was loaded", error);
    let missing = || answer(io::Error::other("the loading child sent no descriptor"));
    let mut loaded = Loaded {
        artifact: artifact.clone(),
        params,
        maps: Vec::new(),
        kept: Vec::new(),
        programs: Vec::new(),
    };
    for slot in slots {
        let map = match slot {
            MapSlot::Absent => None,
            MapSlot::Kept(_, map) => Some(map.try_clone().map_err(answer)?),
            MapSlot::New(slot) => {
                Some(Map::new(made.take(*slot).ok_or_else(missing)?).map_err(answer)?)
            }
        };
        loaded.kept.push(matches!(slot, MapSlot::Kept(..)));
        loaded.maps.push(map);
    }
    for (i, slot, step) in programs {
        loaded.programs.push(LoadedProgram {
            role: artifact.programs[*i].role,
            log: made.take_log(*step).filter(|log| !log.is_empty()),
            fd: made.take(*slot).ok_or_else(missing)?,
        });
    }
    Ok(loaded)
}

impl Loaded {
    /// The program of a role.
    ///
    /// # Errors
    /// It was not loaded.
    pub fn program(&self, role: ProgramRole) -> Result<&LoadedProgram, LoadError> {
        self.programs.iter().find(|program| program.role == role).ok_or_else(|| {
            let policy = &self.artifact.policy;
            let what = match role {
                ProgramRole::Policy => "program for its hook",
                ProgramRole::Twin => "twin for tests",
            };
            LoadError::NotFound(format!("policy `{policy}` was loaded without a {what}"))
        })
    }

    /// The map with a role.
    pub fn map_by(&self, is: impl Fn(&MapRole) -> bool) -> Option<&Map> {
        let (i, _) = self.artifact.map_by(is)?;
        self.maps.get(i)?.as_ref()
    }

    /// Every map with a role.
    pub fn maps_by(&self, is: impl Fn(&MapRole) -> bool) -> impl Iterator<Item = &Map> {
        let specs = self.artifact.maps.iter().zip(&self.maps);
        specs.filter(move |(spec, _)| is(&spec.role)).filter_map(|(_, map)| map.as_ref())
    }

    /// The map with a name.
    pub fn map_named(&self, name: &str) -> Option<&Map> {
        let i = self.artifact.maps.iter().position(|spec| spec.name == name)?;
        self.maps.get(i)?.as_ref()
    }
}

impl LoadedProgram {
    /// What the kernel tells about it: instructions verified, runs, machine code.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn info(&self) -> Result<ProgInfo, LoadError> {
        bpf::prog_info(self.as_fd()).map_err(|e| LoadError::io("ask about a program", e))
    }

    /// Runs it on bytes; hooks such as socket select have no such run (`ENOTSUPP`).
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn test_run(
        &self,
        data: &[u8],
        context: Option<&[u8]>,
        repeat: u32,
    ) -> Result<TestRun, LoadError> {
        bpf::test_run(self.as_fd(), data, context, repeat)
            .map_err(|error| LoadError::io("run a program on test input", error))
    }
}

impl AsFd for LoadedProgram {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}
