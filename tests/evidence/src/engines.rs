//! One policy on every engine: the same packets, the same answers of the outside, from the same
//! state.
//!
//! In: a policy without optimization, which the interpreter gives its meaning, and other forms of
//! it; inputs. Out: the first difference in verdict, number of draws, map contents or bound of
//! steps.

use crate::accept;
use crate::differ::Outcome;
use crate::inputs::Input;
use std::sync::Arc;
use syrup_engine::{Kernel, NotLoaded, Open, Recorder};
use syrup_ir::interp::{self, Decision, Packet, State};
use syrup_ir::{Checked, MapKind};
use syrup_native::{Instance, Options, Program};
use syrupc::testing::{Playing, Scripted};

/// Draws that a twin's script holds.
const SCRIPT_DRAWS: usize = syrup_wire::limits::SCRIPT_DRAWS_MAX;

/// What one evaluation gave, as far as engines must agree on it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The verdict as it is carried out.
    pub decision: Decision,
    /// How many draws were taken.
    pub n_draws: usize,
}

/// What the reference says: an answer for each input, the draws it took, the state behind all.
#[derive(Clone, Debug)]
pub struct Reference {
    /// For each input.
    pub answers: Vec<Answer>,
    /// The draws of each input, in the ranges that were asked for.
    pub draws: Vec<Vec<u32>>,
    /// Behind the last input.
    pub state: State,
}

/// Where an engine and the reference part.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// The engine.
    pub engine: &'static str,
    /// The input, where a verdict differs; nothing where only what is left in the maps does.
    pub input: Option<usize>,
    /// What differs.
    pub what: String,
}

/// Evaluates once on the interpreter, with every fact checked.
fn interpret(
    policy: &Checked,
    state: &mut State,
    packet: &Packet,
    world: &Scripted,
) -> Result<(Answer, Vec<u32>), String> {
    let mut recorder = Recorder::new(world);
    let outcome = interp::run_checking_facts(policy, state, packet, &mut recorder);
    let bound = policy.facts().funcs.first().map_or(0, |facts| facts.steps_max);
    if outcome.steps > bound {
        return Err(format!("took {} steps, and at most {bound} were promised", outcome.steps));
    }
    let answer = Answer { decision: outcome.decision, n_draws: recorder.draws.len() };
    Ok((answer, recorder.draws))
}

/// What a policy means.
///
/// # Errors
/// The bound of steps does not hold.
pub fn reference(
    policy: &Checked,
    state: &State,
    inputs: &[Input],
) -> Result<Reference, Difference> {
    let mut state = state.clone();
    let (mut answers, mut all_draws) = (Vec::new(), Vec::new());
    for (at, input) in inputs.iter().enumerate() {
        let done = interpret(policy, &mut state, &input.packet, &input.world);
        let (answer, draws) =
            done.map_err(|what| Difference { engine: "interp", input: Some(at), what })?;
        answers.push(answer);
        all_draws.push(draws);
    }
    Ok(Reference { answers, draws: all_draws, state })
}

/// Whether another form of the policy means the same on the interpreter.
///
/// # Errors
/// It does not.
pub fn on_interpreter(
    policy: &Checked,
    state: &State,
    inputs: &[Input],
    reference: &Reference,
) -> Result<(), Difference> {
    let found = self::reference(policy, state, inputs)?;
    for (at, (found, wanted)) in found.answers.iter().zip(&reference.answers).enumerate() {
        same_answer("interp", at, found, wanted)?;
    }
    same_state("interp", &found.state, &reference.state)
}

/// Whether native code means the same.
///
/// # Errors
/// It does not, or it cannot be made.
pub fn on_native(
    policy: &Checked,
    state: &State,
    inputs: &[Input],
    reference: &Reference,
) -> Result<(), Difference> {
    let engine = "native";
    let failed = |what: String| Difference { engine, input: None, what };
    let instance = instance(policy).map_err(failed)?;
    instance.load(state);
    let bound = policy.facts().funcs.first().map_or(0, |facts| facts.steps_max);
    for (at, (input, wanted)) in inputs.iter().zip(&reference.answers).enumerate() {
        let mut playing = Playing::new(&input.world);
        let outcome = instance.run(&input.packet, &mut playing);
        let found = Answer { decision: outcome.decision, n_draws: playing.n_draws };
        same_answer(engine, at, &found, wanted)?;
        if outcome.steps > bound {
            let what = format!("took {} steps, and {bound} were promised", outcome.steps);
            return Err(Difference { engine, input: Some(at), what });
        }
    }
    let mut left = state.clone();
    instance.save(&mut left);
    same_state(engine, &left, &reference.state)
}

/// A policy as code of this processor.
pub(crate) fn instance(policy: &Checked) -> Result<Instance, String> {
    let options = Options { n_cpus: 1, ..Options::default() };
    let program = Program::new(policy, options);
    let program = program.map_err(|list| {
        let first = list.first().map_or_else(String::new, |first| first.message.clone());
        format!("refused: {first}")
    })?;
    Instance::new(Arc::new(program)).map_err(|error| format!("no memory: {error}"))
}

/// Whether the kernel means the same.
///
/// # Errors
/// It does not, or it does not take the program.
pub fn on_kernel(
    kernel: &Kernel,
    policy: &Checked,
    state: &State,
    inputs: &[Input],
    reference: &Reference,
) -> Result<(), Outcome> {
    let open = match kernel.open(policy, state) {
        Ok(open) => open,
        Err(NotLoaded::Refused(list)) => return Err(Outcome::Refused(accept::emitted(&list))),
        Err(NotLoaded::Failed(what)) => {
            return Err(Outcome::Differs(Difference { engine: "ebpf", input: None, what }));
        }
    };
    on_open(&open, policy, state, inputs, reference).map_err(Outcome::Differs)
}

fn on_open(
    open: &Open<'_>,
    policy: &Checked,
    state: &State,
    inputs: &[Input],
    reference: &Reference,
) -> Result<(), Difference> {
    let engine = "ebpf";
    let failed = |input, what: String| Difference { engine, input, what };
    let mut left = state.clone();
    // This thread may move to another CPU between two packets, and then it finds other copies.
    let is_per_cpu = policy
        .module()
        .maps
        .iter()
        .any(|map| matches!(map.kind, MapKind::PerCpuState | MapKind::PerCpuArray));
    for (at, (input, wanted)) in inputs.iter().zip(&reference.answers).enumerate() {
        let mut draws = reference.draws[at].clone();
        draws.truncate(SCRIPT_DRAWS);
        let found = open.run(&input.packet, input.world.now, draws);
        let found = found.map_err(|what| failed(Some(at), what))?;
        let found = Answer { decision: found.decision, n_draws: found.n_draws };
        same_answer(engine, at, &found, wanted)?;
        if is_per_cpu {
            open.read(&mut left).map_err(|what| failed(Some(at), what))?;
            open.write(&left).map_err(|what| failed(Some(at), what))?;
        }
    }
    open.read(&mut left).map_err(|what| failed(None, what))?;
    same_state(engine, &left, &reference.state)
}

/// How many blocks a policy has, and how many of them the inputs enter.
pub fn blocks_entered(policy: &Checked, state: &State, inputs: &[Input]) -> (u64, u64) {
    let mut state = state.clone();
    let mut all: Vec<bool> = Vec::new();
    for input in inputs {
        let mut playing = Playing::new(&input.world);
        let (_, entered) = interp::run_tracing(policy, &mut state, &input.packet, &mut playing);
        all.resize(entered.len(), false);
        all.iter_mut().zip(entered).for_each(|(all, entered)| *all |= entered);
    }
    (all.len() as u64, all.iter().filter(|entered| **entered).count() as u64)
}

fn same_answer(
    engine: &'static str,
    at: usize,
    found: &Answer,
    wanted: &Answer,
) -> Result<(), Difference> {
    if found == wanted {
        return Ok(());
    }
    let what = format!("{found:?}, and the interpreter {wanted:?}");
    Err(Difference { engine, input: Some(at), what })
}

/// An entry of a map: CPU, key, value; or a record of a log, by its position. When it was last
/// used is no part of it.
type Entry = (u32, Vec<u8>, Vec<u8>);

/// What the maps of a state hold.
pub fn contents(state: &State) -> Vec<Vec<Entry>> {
    let of_map = |map: &interp::MapState| {
        let entries = map.entries().map(|(cpu, key, value)| (cpu, key.to_vec(), value.to_vec()));
        let records = (0..).zip(map.records()).map(|(at, record)| (at, vec![], record.clone()));
        entries.chain(records).collect()
    };
    state.maps.iter().map(of_map).collect()
}

fn same_state(engine: &'static str, found: &State, wanted: &State) -> Result<(), Difference> {
    let differ = |what| Err(Difference { engine, input: None, what });
    for (at, (found, wanted)) in contents(found).iter().zip(contents(wanted)).enumerate() {
        if *found != wanted {
            let (extra, missing) = apart(found, &wanted);
            return differ(format!("map {at} holds {extra:02x?} instead of {missing:02x?}"));
        }
    }
    if found.threads != wanted.threads {
        return differ("queues or idle cores differ".to_owned());
    }
    Ok(())
}

/// The first entries that only one of two maps has.
fn apart<'a>(a: &'a [Entry], b: &'a [Entry]) -> (Option<&'a Entry>, Option<&'a Entry>) {
    (a.iter().find(|entry| !b.contains(entry)), b.iter().find(|entry| !a.contains(entry)))
}
