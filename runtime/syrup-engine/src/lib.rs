//! Engines for tests: the kernel, as a policy's twin through `BPF_PROG_TEST_RUN`, and [`Native`].
//!
//! In: a policy, a state, a packet, a scripted world. Out: the kernel's verdict, and the state as
//! the kernel left it. Maps are written before each run and read back behind it. [`host`] gives
//! this machine's kernel as a compile target.

pub mod host;
mod native;
mod open;
mod state;

pub use native::Native;
pub use open::Open;

use std::collections::BTreeMap;
use std::fmt;
use syrup_backend::{Backend, EmitOptions};
use syrup_diag::{Diagnostic, Sources};
use syrup_ir::interp::{self, Decision, Packet, State, World};
use syrup_ir::{Base, Checked, Profile, SetId, Term, Ty, Verdict};
use syrup_load::{LoadOptions, Loaded, Twin};
use syrup_wire::artifact::ProgramRole;
use syrup_wire::script::{Script, TwinVerdict, WINDOW_OFFSET};
use syrupc::testing::{Engine, Playing, Ran, Scripted};

/// Runs policies in this machine's kernel.
pub struct Kernel {
    target: Profile,
    sources: Sources,
    backends: &'static [&'static dyn Backend],
    loaded: BTreeMap<(String, Vec<u64>), Loaded>,
}

impl Kernel {
    /// For policies compiled for a target by the first of `backends` that has their hook.
    ///
    /// # Errors
    /// No privilege to load programs.
    pub fn new(
        target: Profile,
        sources: Sources,
        backends: &'static [&'static dyn Backend],
    ) -> Result<Kernel, syrup_load::LoadError> {
        syrup_load::probe()?.require_load()?;
        Ok(Kernel { target, sources, backends, loaded: BTreeMap::new() })
    }

    fn load(&self, policy: &Checked, params: &[u64]) -> Result<Loaded, NotLoaded> {
        let hook = &*policy.module().hook.name;
        let backend = self.backends.iter().find(|backend| backend.hooks().contains(&hook));
        let none = || NotLoaded::Failed(format!("hook {hook} is not built"));
        let backend = backend.ok_or_else(none)?;
        let options = EmitOptions { counters: false, twin: true };
        let emitted = backend.emit(policy, &self.target, options, &self.sources);
        let artifact = emitted.map_err(NotLoaded::Refused)?;
        let roles = [ProgramRole::Twin];
        let options = LoadOptions { params, roles: &roles, ..LoadOptions::default() };
        let loaded = syrup_load::load(&artifact, &options);
        loaded.map_err(|error| NotLoaded::Failed(error.to_string()))
    }
}

/// Why a policy is not in the kernel.
#[derive(Clone, Debug)]
pub enum NotLoaded {
    /// The backend refuses it, and says so to its author.
    Refused(Vec<Diagnostic>),
    /// The kernel does, or has no room, in one sentence.
    Failed(String),
}

impl fmt::Display for NotLoaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotLoaded::Refused(list) => {
                f.write_str(list.first().map_or("", |first| first.message.as_str()))
            }
            NotLoaded::Failed(why) => f.write_str(why),
        }
    }
}

impl Engine for Kernel {
    fn name(&self) -> &'static str {
        "ebpf"
    }

    fn run(
        &mut self,
        policy: &Checked,
        state: &mut State,
        packet: &Packet,
        world: &Scripted,
    ) -> Result<Ran, String> {
        let key = (policy.module().name.to_string(), state.params.clone());
        if !self.loaded.contains_key(&key) {
            let loaded = self.load(policy, &state.params).map_err(|why| why.to_string())?;
            self.loaded.insert(key.clone(), loaded);
        }
        let loaded = &self.loaded[&key];
        state::write(policy, loaded, state)?;
        let twin = Twin::of(loaded).map_err(|error| error.to_string())?;
        let draws = draws(policy, state, packet, world);
        let base = policy.module().hook.window;
        let (script, network, window) = stage(packet, base, world.now, draws);
        let run = twin.run(&script, network, window).map_err(|error| error.to_string())?;
        state::read(policy, loaded, state)?;
        let decision = match run.verdict {
            TwinVerdict::Pass => Decision::Pass,
            TwinVerdict::Drop => Decision::Drop,
            TwinVerdict::Slot(slot) => Decision::Slot(steered_set(policy), slot),
        };
        Ok(Ran { decision, n_draws: run.n_draws as usize })
    }
}

/// A scripted world that remembers what it answered.
pub struct Recorder<'s> {
    playing: Playing<'s>,
    /// What draws returned so far, in order.
    pub draws: Vec<u32>,
}

impl<'s> Recorder<'s> {
    /// Answers by a script.
    pub fn new(script: &'s Scripted) -> Recorder<'s> {
        Recorder { playing: Playing::new(script), draws: Vec::new() }
    }
}

impl World for Recorder<'_> {
    fn now(&mut self) -> u64 {
        self.playing.now()
    }

    fn random(&mut self, below: Option<u32>) -> u32 {
        let draw = self.playing.random(below);
        self.draws.push(draw);
        draw
    }

    fn cpu(&mut self) -> u32 {
        self.playing.cpu()
    }
}

/// The draws as a twin wants them: brought into the range that the policy asks for, which only a
/// run tells. Those that the interpreter does not take stay as they are.
fn draws(policy: &Checked, state: &State, packet: &Packet, world: &Scripted) -> Vec<u32> {
    let mut recorder = Recorder::new(world);
    interp::run(policy, &mut state.clone(), packet, &mut recorder);
    let mut draws = recorder.draws;
    draws.extend(world.draws.iter().skip(draws.len()));
    draws
}

/// A packet and a world as a twin is shown them: script, network header, window.
fn stage(packet: &Packet, base: Base, now: u64, draws: Vec<u32>) -> (Script, &[u8], &[u8]) {
    let (net, start) = match base {
        // Everything stands in the window.
        Base::Frame => (0, 0),
        Base::Net => (packet.net, packet.net),
        Base::Transport => (packet.net, packet.transport),
    };
    let window = packet.frame.get(start as usize..).unwrap_or_default();
    let network = packet.frame.get(net as usize..start as usize).unwrap_or_default();
    let script = Script {
        now,
        flow_hash: packet.flow_hash,
        eth_protocol: u32::from(packet.eth_protocol),
        ip_protocol: u32::from(packet.ip_protocol),
        rx_queue: packet.rx_queue,
        interface: packet.interface,
        cpu: 0,
        net_offset: WINDOW_OFFSET.saturating_sub(network.len()) as u32,
        draws,
    };
    (script, network, window)
}

/// The set a policy steers to: the type of what its verdicts name.
fn steered_set(policy: &Checked) -> SetId {
    let func = &policy.module().funcs[0];
    let steered = func.blocks.iter().find_map(|block| match block.term {
        Term::Return { verdict: Verdict::Steer(value), .. } => Some(value),
        _ => None,
    });
    match steered.map(|value| func.ty(value)) {
        Some(Ty::Exec(set)) => set,
        _ => SetId(0),
    }
}
