//! Runs a policy's twin: the policy's body behind a prologue that a test can call.
//!
//! In: a loaded twin, a script, the bytes the hook would show. Out: the verdict and the frame
//! after the run. The frame is [`WINDOW_OFFSET`] bytes of prefix, which may hold the network
//! header at `Script::net_offset`, then the window.

use crate::error::LoadError;
use crate::load::{Loaded, LoadedProgram};
use crate::sys::map::{Map, Update};
use syrup_wire::artifact::{MapRole, ProgramRole};
use syrup_wire::script::{Script, TwinVerdict, WINDOW_OFFSET, offset};

/// A twin ready to run.
#[derive(Debug)]
pub struct Twin<'a> {
    program: &'a LoadedProgram,
    script: &'a Map,
}

/// What a run gave.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TwinRun {
    /// The verdict.
    pub verdict: TwinVerdict,
    /// How many draws were taken.
    pub n_draws: u32,
    /// Nanoseconds, as the kernel measured them.
    pub duration_ns: u32,
}

impl<'a> Twin<'a> {
    /// The twin of a policy loaded with [`ProgramRole::Twin`].
    ///
    /// # Errors
    /// It was loaded or compiled without.
    pub fn of(loaded: &'a Loaded) -> Result<Twin<'a>, LoadError> {
        let program = loaded.program(ProgramRole::Twin)?;
        let script = loaded.map_by(|role| *role == MapRole::Script).ok_or_else(|| {
            let policy = &loaded.artifact.policy;
            LoadError::NotFound(format!("policy `{policy}` has a twin without a script"))
        })?;
        Ok(Twin { program, script })
    }

    /// Runs it once. `network_header` is put at `script.net_offset` of the frame's prefix and may
    /// be empty.
    ///
    /// # Errors
    /// Too many draws, a network header outside the prefix, or what the kernel answers.
    pub fn run(
        &self,
        script: &Script,
        network_header: &[u8],
        window: &[u8],
    ) -> Result<TwinRun, LoadError> {
        let mut frame = vec![0u8; WINDOW_OFFSET];
        let start = script.net_offset as usize;
        let place = start
            .checked_add(network_header.len())
            .and_then(|end| frame.get_mut(start..end))
            .ok_or_else(|| {
                LoadError::Invalid(format!(
                    "a network header of {} bytes at {start} does not fit the {WINDOW_OFFSET} \
                     bytes before the window",
                    network_header.len()
                ))
            })?;
        place.copy_from_slice(network_header);
        frame.extend(window);
        let script = script.encode().map_err(LoadError::Invalid)?;
        let answer = |error| LoadError::io("write a twin's script", error);
        self.script.update(&[0; 4], &[&script], Update::Any).map_err(answer)?;
        let run = self.program.test_run(&frame, None, 1)?;
        Ok(TwinRun {
            verdict: TwinVerdict::decode(run.retval),
            n_draws: self.draws_taken()?,
            duration_ns: run.duration_ns,
        })
    }

    fn draws_taken(&self) -> Result<u32, LoadError> {
        let values = self.script.lookup(&[0; 4]);
        let values = values.map_err(|error| LoadError::io("read a twin's script", error))?;
        let value = values.and_then(|values| values.into_iter().next()).unwrap_or_default();
        let bytes = value.get(offset::NEXT_DRAW as usize..).and_then(|rest| rest.first_chunk());
        Ok(bytes.map_or(0, |bytes| u32::from_ne_bytes(*bytes)))
    }
}
