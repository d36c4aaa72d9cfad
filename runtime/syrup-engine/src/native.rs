//! Native code in this process as an engine for tests.
//!
//! In: a policy, a state, a packet or an event, a scripted world. Out: the verdict, and the state
//! as the code left it. Each policy is compiled once and keeps its arena.

use std::sync::Arc;
use syrup_ir::Checked;
use syrup_ir::interp::{Happening, Packet, State};
use syrup_native::{Instance, Options, Program};
use syrupc::testing::{Engine, Playing, Ran, Scripted};

/// Runs policies as code of this processor.
#[derive(Default)]
pub struct Native {
    ready: Vec<Instance>,
}

impl Native {
    /// The instance of a policy.
    fn instance(&mut self, policy: &Checked) -> Result<&Instance, String> {
        let at = match self.ready.iter().position(|instance| instance.policy() == policy) {
            Some(at) => at,
            None => {
                // A test stays on one CPU, the first.
                let options = Options { n_cpus: 1, ..Options::default() };
                let program = Program::new(policy, options);
                let program = program.map_err(|list| {
                    list.first().map_or_else(String::new, |first| first.message.clone())
                })?;
                let instance = Instance::new(Arc::new(program));
                let instance = instance.map_err(|error| format!("no memory: {error}"))?;
                self.ready.push(instance);
                self.ready.len() - 1
            }
        };
        Ok(&self.ready[at])
    }
}

impl Engine for Native {
    fn name(&self) -> &'static str {
        "native"
    }

    fn run(
        &mut self,
        policy: &Checked,
        state: &mut State,
        packet: &Packet,
        world: &Scripted,
    ) -> Result<Ran, String> {
        let instance = self.instance(policy)?;
        instance.load(state);
        let mut playing = Playing::new(world);
        let outcome = instance.run(packet, &mut playing);
        instance.save(state);
        Ok(Ran { decision: outcome.decision, n_draws: playing.n_draws })
    }

    fn has_threads(&self) -> bool {
        true
    }

    fn happen(
        &mut self,
        policy: &Checked,
        state: &mut State,
        happening: &Happening,
        world: &Scripted,
    ) -> Result<Ran, String> {
        let instance = self.instance(policy)?;
        instance.load(state);
        let mut playing = Playing::new(world);
        let Some(outcome) = instance.run_event(happening, &mut playing) else {
            let (name, event) = (&policy.module().name, happening.event.name());
            return Err(format!("`{name}` does not handle `{event}`"));
        };
        instance.save(state);
        Ok(Ran { decision: outcome.decision, n_draws: playing.n_draws })
    }
}
