//! Thread policies: the same events on the interpreter and as native code.
//!
//! In: a policy over threads, a seed. Out: the first difference in verdicts or in what is left in
//! maps, queues and cores. Threads wake, run, block and are hinted at by chance: engines must agree
//! also on orders of events that no machine would show.

use crate::accept;
use crate::differ::{Engines, Looked, Outcome, passes};
use crate::engines::{self, Difference, contents};
use crate::inputs::{self, FILLINGS, odd};
use std::sync::Arc;
use syrup_ir::interp::{Happening, State, Task, run_event, run_event_checking_facts};
use syrup_ir::opt::Passes;
use syrup_ir::{Checked, Event};
use syrupc::hir::THREAD_HOOK;
use syrupc::testing::{Playing, Rng, Scripted};

/// Events for each input that a policy over packets would be shown.
const EVENTS_PER_INPUT: usize = 4;

/// Threads that there are.
const THREADS: u64 = 6;

/// Compares a policy over threads.
///
/// # Errors
/// The compiler refuses it, or engines differ.
pub fn look(
    engines: &Engines,
    analysis: &mut syrupc::Analysis,
    seed: u64,
    n_inputs: usize,
    form: usize,
    looked: &mut Looked,
) -> Result<(), Outcome> {
    let mut build = |passes| {
        accept::built(analysis, THREAD_HOOK, &engines.target, passes).map_err(Outcome::Refused)
    };
    let plain = build(Passes::NONE)?;
    let forms = [build(Passes::ALL)?, build(passes(form))?];
    let state = inputs::state(&plain, FILLINGS[form % FILLINGS.len()], seed);
    let events = events(&plain, &state, seed, n_inputs * EVENTS_PER_INPUT);
    for policy in &forms {
        compare(&plain, policy, &state, &events).map_err(Outcome::Differs)?;
        looked.n_native += events.len() as u64;
    }
    looked.built.extend(forms.into_iter().take(1));
    Ok(())
}

/// An event and what the outside answers.
type Shown = (Happening, Scripted);

/// Events by chance.
fn events(policy: &Checked, state: &State, seed: u64, n_events: usize) -> Vec<Shown> {
    let mut rng = Rng::new(seed ^ 0xe7e7);
    let handled: Vec<Event> =
        policy.module().funcs.iter().filter_map(syrup_ir::Func::event).collect();
    let n_cores = state.sets.first().map_or(0, |set| set.generations.len()) as u64;
    (0..n_events)
        .map(|_| {
            let event = handled[(rng.next_u64() % handled.len().max(1) as u64) as usize];
            let mut task = Task::new((rng.next_u64() % THREADS) as u32);
            task.ran_ns = odd(&mut rng, (0, 4_000_000_000_000));
            task.weight = odd(&mut rng, (0, 12_000));
            if rng.next_u64().is_multiple_of(3) {
                let cores = (0..n_cores as u32).filter(|_| rng.next_u64().is_multiple_of(2));
                task.cores = Some(Arc::new(cores.collect()));
            }
            let core = (rng.next_u64() % n_cores.max(1)) as u32;
            let ran_ns = odd(&mut rng, (0, 4_000_000_000_000));
            let draws = (0..16).map(|_| odd(&mut rng, (0, u64::from(u32::MAX))) as u32).collect();
            let world = Scripted { now: odd(&mut rng, (0, u64::MAX)), draws };
            (Happening { event, task, core, ran_ns }, world)
        })
        .collect()
}

/// The reference, another form of it on the interpreter, and that form as native code.
fn compare(
    plain: &Checked,
    other: &Checked,
    state: &State,
    events: &[Shown],
) -> Result<(), Difference> {
    let failed = |engine, input, what| Difference { engine, input, what };
    let instance = engines::instance(other).map_err(|what| failed("native", None, what))?;
    instance.load(state);
    let (mut wanted_state, mut found_state) = (state.clone(), state.clone());
    for (at, (happening, world)) in events.iter().enumerate() {
        let mut playing = [(); 3].map(|()| Playing::new(world));
        let [first, second, third] = &mut playing;
        let wanted = run_event_checking_facts(plain, &mut wanted_state, happening, first);
        let found = run_event(other, &mut found_state, happening, second);
        let native = instance.run_event(happening, third);
        for (engine, found) in [("interp", found), ("native", native)] {
            let (found, wanted) = (found.map(|o| o.decision), wanted.map(|o| o.decision));
            if found != wanted {
                let event = happening.event.name();
                let what = format!("`{event}` gives {found:?}, and the interpreter {wanted:?}");
                return Err(failed(engine, Some(at), what));
            }
        }
        let taken = [first.n_draws, second.n_draws, third.n_draws];
        if taken != [taken[0]; 3] {
            return Err(failed("native", Some(at), format!("draws taken: {taken:?}")));
        }
    }
    let mut native_state = state.clone();
    instance.save(&mut native_state);
    for (engine, found) in [("interp", &found_state), ("native", &native_state)] {
        if contents(found) != contents(&wanted_state) {
            return Err(failed(engine, None, "the maps differ".to_owned()));
        }
        if found.threads != wanted_state.threads {
            return Err(failed(engine, None, "queues or idle cores differ".to_owned()));
        }
    }
    Ok(())
}
