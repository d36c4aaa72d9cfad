//! `syrupc sim`: a policy over threads on a simulated machine.
//!
//! In: a policy file. Out: with `--seeds`, whether any run broke a rule, and how to see it again;
//! without, how long the requests of a simulated server took, beside first come, first served.

mod seeds;
mod serve;

use crate::args::{Engine, Format, Sim};
use crate::exit::{Exit, Failure};
use crate::input::Disk;
use crate::pipeline;
use std::path::Path;
use std::sync::Arc;
use syrup_agent::{HintMap, InterpretedPolicy, NativePolicy, Policy, Refused};
use syrup_ir::{Checked, Module};
use syrup_native::Program;
use syrupc::hir::{PolicyId, THREAD_HOOK};

/// What the policy is compared with: one queue, and nobody is ever interrupted.
const FIRST_COME: &str = "edition 2026;
executors cores: core[256] else pass;
queue runq: Fifo<65_536>;
@hooks(thread)
policy first_come -> cores {
    on runnable(t) { pick c from cores where c.idle else runq }
    on available(c) { runq.pop() else idle }
}
";

/// Runs a policy.
pub fn run(cmd: &Sim, format: Format) -> Result<Exit, Failure> {
    let mut analysis = pipeline::analyze(&cmd.file, format)?;
    let subject = Subject::of(cmd, &mut analysis, format)?;
    match cmd.seeds {
        Some(n_seeds) => seeds::run(cmd, &subject, n_seeds, format),
        None => serve::run(cmd, &subject, &mut analysis, format),
    }
}

/// A policy that is ready to be simulated.
pub struct Subject {
    /// Its name.
    pub name: String,
    checked: Arc<Checked>,
    /// The native code, unless the interpreter is asked for.
    program: Option<Arc<Program>>,
    params: Vec<u64>,
    /// The maps that applications mark threads in.
    pub maps: Vec<HintMap>,
}

impl Subject {
    /// The policy that the command names.
    fn of(cmd: &Sim, analysis: &mut syrupc::Analysis, format: Format) -> Result<Subject, Failure> {
        let policy = choose(analysis, cmd.policy.as_deref())?;
        let hook = pipeline::choose_hook(analysis, policy, Some(THREAD_HOOK), format)?;
        let target = syrup_native::profile();
        let checked = pipeline::build(analysis, policy, &hook, &target, format)?;
        let params = params(checked.module(), &cmd.set)?;
        Subject::ready(checked, params, cmd.engine)
    }

    /// What every policy is compared with.
    fn first_come(cmd: &Sim, format: Format) -> Result<Subject, Failure> {
        let mut analysis = syrupc::analyze("first_come.syr", FIRST_COME, &Disk);
        let hook = pipeline::choose_hook(&mut analysis, PolicyId(0), Some(THREAD_HOOK), format)?;
        let target = syrup_native::profile();
        let checked = pipeline::build(&analysis, PolicyId(0), &hook, &target, format)?;
        Subject::ready(checked, Vec::new(), cmd.engine)
    }

    fn ready(checked: Checked, params: Vec<u64>, engine: Engine) -> Result<Subject, Failure> {
        let refused = |Refused(message)| Failure::usage(message);
        syrup_agent::supported(checked.module()).map_err(refused)?;
        let program = match engine {
            Engine::Native => Some(NativePolicy::compile(&checked).map_err(refused)?),
            Engine::Interp => None,
            Engine::Ebpf => {
                let message = "an agent runs policies as native code or on the interpreter";
                return Err(Failure::usage(message));
            }
        };
        let name = checked.module().name.to_string();
        let maps = HintMap::all(checked.module());
        Ok(Subject { name, checked: Arc::new(checked), program, params, maps })
    }

    /// A fresh instance, for so many cores and threads.
    ///
    /// # Errors
    /// There is no memory.
    pub fn instance(
        &self,
        n_cores: u32,
        n_threads: u32,
        seed: u64,
    ) -> Result<Box<dyn Policy>, Refused> {
        match &self.program {
            Some(program) => {
                let (program, params) = (program.clone(), &self.params);
                let policy = NativePolicy::new(program, n_cores, n_threads, params, seed)?;
                Ok(Box::new(policy))
            }
            None => {
                let checked = self.checked.clone();
                let policy = InterpretedPolicy::new(checked, n_cores, &self.params, seed)?;
                Ok(Box::new(policy))
            }
        }
    }

    /// The most cores of its executor set.
    pub fn cores_max(&self) -> u32 {
        self.checked.module().sets.first().map_or(0, |set| set.capacity)
    }
}

/// The policy that is meant: the named one, or the only one over threads.
fn choose(analysis: &syrupc::Analysis, name: Option<&str>) -> Result<PolicyId, Failure> {
    let policies = (0..).zip(&analysis.program.policies);
    let mut over_threads = policies.filter(|(_, policy)| policy.default_hook() == THREAD_HOOK);
    match (name, over_threads.next(), over_threads.next()) {
        (None, Some((at, _)), None) => Ok(PolicyId(at)),
        (None, None, _) => {
            let message = "no policy of the file is over threads: one has `on runnable(t)`";
            Err(Failure::usage(message))
        }
        (name, _, _) => pipeline::choose_policy(analysis, name),
    }
}

/// The values of the parameters, those not given by their defaults.
fn params(module: &Module, given: &[String]) -> Result<Vec<u64>, Failure> {
    let mut values: Vec<u64> = module.params.iter().map(|param| param.default).collect();
    for text in given {
        let Some((name, value)) = text.split_once('=') else {
            return Err(Failure::usage(format!("write --set PARAM=VALUE, not `{text}`")));
        };
        let Some(at) = module.params.iter().position(|param| &*param.name == name) else {
            let known: Vec<&str> = module.params.iter().map(|param| &*param.name).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let message = format!("the policy has no parameter `{name}`; it has: {known}");
            return Err(Failure::usage(message));
        };
        let Some(number) = number(value) else {
            let message = format!("`{value}` is no number or duration; write 20, 30us, 2ms");
            return Err(Failure::usage(message));
        };
        let (low, high) = module.params[at].range;
        if number < low || number > high {
            return Err(Failure::usage(format!("`{name}` is {low} to {high}, not {number}")));
        }
        values[at] = number;
    }
    Ok(values)
}

/// A number, or a duration in nanoseconds.
fn number(text: &str) -> Option<u64> {
    let units = [("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000)];
    let unit = units.iter().find(|(unit, _)| text.ends_with(unit));
    let (digits, scale) = match unit {
        Some((unit, scale)) => (&text[..text.len() - unit.len()], *scale),
        None => (text, 1),
    };
    digits.replace('_', "").parse::<u64>().ok()?.checked_mul(scale)
}

/// How to run the same again.
pub fn again(path: &Path, cmd: &Sim, seed: u64) -> String {
    let set: String = cmd.set.iter().map(|set| format!(" --set {set}")).collect();
    let reserves = if cmd.reserves_cores { " --reserves-cores" } else { "" };
    let policy = cmd.policy.as_ref().map_or(String::new(), |name| format!(" --policy {name}"));
    format!("syrupc sim {}{policy}{set}{reserves} --seeds 1 --seed {seed}", path.display())
}
