//! Generated policies on every engine, many in a row.
//!
//! In: a seed, numbers. Out: a report, and the first disagreements with what is needed to see them
//! again. A program is compared as it is lowered (the reference), as it is optimized, and with one
//! of the passes left out, a different one from program to program.

use crate::accept::{self, Refused};
use crate::engines::{self, Difference};
use crate::generate::{self, Over, Policy, Weights};
use crate::inputs::{self, FILLINGS};
use crate::report::Report;
use crate::{events, seeds};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::mpsc;
use syrup_backend::Backend;
use syrup_engine::Kernel;
use syrup_ir::opt::Passes;
use syrup_ir::{Checked, Profile};

/// What compiles for the kernel.
pub(crate) const BACKENDS: &[&dyn Backend] = &[&syrup_ebpf::Ebpf];

/// Programs that wait for an engine.
const WAITING: usize = 64;

/// What to do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How many programs.
    pub n_programs: u64,
    /// How many inputs for each.
    pub n_inputs: usize,
    /// The seed of the run.
    pub seed: u64,
    /// Programs at once.
    pub n_jobs: usize,
    /// Only the program of this number.
    pub only: Option<u64>,
    /// The largest program.
    pub size_max: u32,
}

/// A program of a run that engines disagree on.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Its number within the run.
    pub program: u64,
    /// Its text.
    pub source: String,
    /// The seed of its inputs.
    pub seed: u64,
    /// How many inputs it was shown.
    pub n_inputs: usize,
    /// The passes that were left out.
    pub form: usize,
    /// What differs.
    pub difference: Difference,
}

/// The engines there are.
pub struct Engines {
    /// This machine's kernel, where it may be used.
    pub kernel: Option<Kernel>,
    /// What policies are compiled for.
    pub target: Profile,
}

impl Engines {
    /// Those of this machine.
    pub fn of_this_machine() -> Engines {
        let target = syrup_engine::host::profile();
        let sources = syrup_diag::Sources::default();
        let kernel = Kernel::new(target.clone(), sources, BACKENDS).ok();
        Engines { kernel, target }
    }
}

/// The passes of a form of a program: all, all but one, none.
pub fn passes(form: usize) -> Passes {
    let n_passes = Passes::NAMES.len();
    match Passes::NAMES.get(form % (n_passes + 1)) {
        Some((pass, _)) => Passes::ALL.without(*pass),
        None => Passes::NONE,
    }
}

/// Makes programs and compares them, several at once. Disagreements end up in the report.
pub fn run(plan: &Plan) -> Report {
    let report = Mutex::new(Report::default());
    let (send, receive) = mpsc::sync_channel::<(u64, Policy)>(WAITING);
    let receive = Mutex::new(receive);
    std::thread::scope(|scope| {
        for _ in 0..plan.n_jobs.max(1) {
            scope.spawn(|| {
                let engines = Engines::of_this_machine();
                let mut own = Report { has_kernel: engines.kernel.is_some(), ..Report::default() };
                loop {
                    let next = match receive.lock() {
                        Ok(receive) => receive.recv(),
                        Err(_) => break,
                    };
                    let Ok((at, policy)) = next else { break };
                    one(plan, &engines, at, &policy, &mut own);
                }
                if let Ok(mut report) = report.lock() {
                    report.add(own);
                }
            });
        }
        let mut weights = Weights::default();
        for at in 0..plan.n_programs {
            let seed = seeds::of(plan.seed, at);
            let size = generate::size_of(seed).min(plan.size_max);
            let policy = generate::policy_with(seed, size, &weights);
            weights.learn(&policy.used);
            let is_wanted = plan.only.is_none_or(|only| only == at);
            if is_wanted && send.send((at, policy)).is_err() {
                break;
            }
        }
        drop(send);
        if let Ok(mut report) = report.lock() {
            report.constructs = weights.rows().collect();
        }
    });
    report.into_inner().unwrap_or_default()
}

/// Compares one program.
fn one(plan: &Plan, engines: &Engines, at: u64, policy: &Policy, report: &mut Report) {
    report.n_programs += 1;
    let seed = seeds::of(plan.seed ^ 0x1e57, at);
    let form = at as usize;
    let look = || look(engines, &policy.source, policy.over, seed, plan.n_inputs, form);
    let difference = match quietly(look) {
        Ok(Ok(looked)) => {
            report.learn(&looked);
            return;
        }
        Ok(Err(Outcome::Refused(refused))) => {
            report.refuse(at, &refused);
            return;
        }
        Ok(Err(Outcome::Differs(difference))) => difference,
        Err(what) => Difference { engine: "compiler", input: None, what },
    };
    report.findings.push(Finding {
        program: at,
        source: policy.source.clone(),
        seed,
        n_inputs: plan.n_inputs,
        form,
        difference,
    });
}

/// Why a program was not found alike.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The compiler refuses it.
    Refused(Refused),
    /// Engines differ.
    Differs(Difference),
}

/// What was seen of a program.
#[derive(Clone, Debug, Default)]
pub struct Looked {
    /// The optimized policies, one a hook.
    pub built: Vec<Checked>,
    /// How many evaluations were compared on each engine.
    pub n_native: u64,
    /// The same of the kernel.
    pub n_kernel: u64,
    /// Blocks of the reference, and those that some input entered.
    pub n_blocks: (u64, u64),
}

/// Compares a program on every engine, at each hook it names.
///
/// # Errors
/// The compiler refuses it, or engines differ.
pub fn look(
    engines: &Engines,
    source: &str,
    over: Over,
    seed: u64,
    n_inputs: usize,
    form: usize,
) -> Result<Looked, Outcome> {
    let mut analysis = accept::analyzed(source).map_err(Outcome::Refused)?;
    let mut looked = Looked::default();
    if over == Over::Threads {
        events::look(engines, &mut analysis, seed, n_inputs, form, &mut looked)?;
        return Ok(looked);
    }
    let policy = analysis.program.policies.first();
    let hooks = policy.map_or(Vec::new(), |policy| policy.hooks.clone());
    let mut hooks: Vec<String> = hooks.into_iter().map(|(name, _)| name.to_string()).collect();
    if hooks.is_empty() {
        hooks.push(syrupc::DEFAULT_HOOK.to_owned());
    }
    for hook in hooks {
        let mut build = |passes| {
            accept::built(&mut analysis, &hook, &engines.target, passes).map_err(Outcome::Refused)
        };
        let plain = build(Passes::NONE)?;
        let forms = [build(Passes::ALL)?, build(passes(form))?];
        let state = inputs::state(&plain, FILLINGS[form % FILLINGS.len()], seed);
        let inputs = inputs::for_policy(&analysis.program, &plain, seed, n_inputs);
        let reference = engines::reference(&plain, &state, &inputs).map_err(Outcome::Differs)?;
        looked.n_blocks = engines::blocks_entered(&plain, &state, &inputs);
        for policy in &forms {
            engines::on_interpreter(policy, &state, &inputs, &reference)
                .map_err(Outcome::Differs)?;
            engines::on_native(policy, &state, &inputs, &reference).map_err(Outcome::Differs)?;
            looked.n_native += inputs.len() as u64;
            if let Some(kernel) = &engines.kernel {
                match engines::on_kernel(kernel, policy, &state, &inputs, &reference) {
                    Ok(()) => looked.n_kernel += inputs.len() as u64,
                    // Finding the layers of a frame takes most of what a hook allows.
                    Err(Outcome::Refused(_)) if hook != syrupc::DEFAULT_HOOK => {}
                    Err(outcome) => return Err(outcome),
                }
            }
        }
        looked.built.extend(forms.into_iter().take(1));
    }
    Ok(looked)
}

/// Does something that may panic; the message of the panic where it does.
pub fn quietly<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        let text = payload.downcast_ref::<String>().cloned();
        let text = text.or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        format!("panicked: {}", text.unwrap_or_default())
    })
}

/// What a text is over.
pub(crate) fn over(source: &str) -> Over {
    if source.contains("on runnable") { Over::Threads } else { Over::Packets }
}

/// The kind of a disagreement: what stays the same while its text gets smaller.
fn kind(difference: &Difference) -> String {
    let letters = difference.what.chars().filter(|c| c.is_alphabetic() || *c == ' ');
    let words: Vec<String> =
        letters.collect::<String>().split(' ').take(14).map(str::to_owned).collect();
    format!("{} {}", difference.engine, words.join(" "))
}

/// The smallest text that engines disagree on in the same way.
pub fn small(finding: &Finding) -> String {
    let engines = Engines::of_this_machine();
    let over = over(&finding.source);
    let wanted = kind(&finding.difference);
    crate::minimise::minimise(&finding.source, &mut |source| {
        let look = || look(&engines, source, over, finding.seed, finding.n_inputs, finding.form);
        match quietly(look) {
            Ok(Ok(_) | Err(Outcome::Refused(_))) => false,
            Ok(Err(Outcome::Differs(difference))) => kind(&difference) == wanted,
            Err(what) => kind(&Difference { engine: "compiler", input: None, what }) == wanted,
        }
    })
}
