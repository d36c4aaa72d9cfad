//! A policy in the kernel over many packets: maps are written once, read when asked.
//!
//! In: a policy, a state, packets with the answers of the outside. Out: verdicts, and the state
//! when it is asked for. What one packet leaves in the maps is there for the next one, as in use.

use crate::{Kernel, NotLoaded, stage, state, steered_set};
use syrup_ir::Checked;
use syrup_ir::interp::{Decision, Packet, State};
use syrup_load::{Loaded, Twin};
use syrup_wire::script::TwinVerdict;
use syrupc::testing::Ran;

/// A policy loaded for one run.
pub struct Open<'p> {
    policy: &'p Checked,
    loaded: Loaded,
}

impl Kernel {
    /// Loads a policy with the parameters of a state, and writes its maps.
    ///
    /// # Errors
    /// What the backend or the kernel refuses.
    pub fn open<'p>(&self, policy: &'p Checked, state: &State) -> Result<Open<'p>, NotLoaded> {
        let loaded = self.load(policy, &state.params)?;
        let open = Open { policy, loaded };
        open.write(state).map_err(NotLoaded::Failed)?;
        Ok(open)
    }
}

impl<'p> Open<'p> {
    /// A policy that was loaded elsewhere. Only one with a twin can be run.
    pub fn of(policy: &'p Checked, loaded: Loaded) -> Open<'p> {
        Open { policy, loaded }
    }

    /// Makes the maps and sets what a state says. Its parameters must be those of the load.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn write(&self, state: &State) -> Result<(), String> {
        state::write(self.policy, &self.loaded, state)
    }

    /// Makes a state what the maps say; it should say what they said before the last packets.
    ///
    /// # Errors
    /// What the kernel answers, or a map that no state can be.
    pub fn read(&self, state: &mut State) -> Result<(), String> {
        state::read(self.policy, &self.loaded, state)
    }

    /// Shows the policy a packet. `draws` are in the ranges that the policy asks for.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn run(&self, packet: &Packet, now: u64, draws: Vec<u32>) -> Result<Ran, String> {
        let twin = Twin::of(&self.loaded).map_err(|error| error.to_string())?;
        let base = self.policy.module().hook.window;
        let (script, network, window) = stage(packet, base, now, draws);
        let run = twin.run(&script, network, window).map_err(|error| error.to_string())?;
        let decision = match run.verdict {
            TwinVerdict::Pass => Decision::Pass,
            TwinVerdict::Drop => Decision::Drop,
            TwinVerdict::Slot(slot) => Decision::Slot(steered_set(self.policy), slot),
        };
        Ok(Ran { decision, n_draws: run.n_draws as usize })
    }
}
