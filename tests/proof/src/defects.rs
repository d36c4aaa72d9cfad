//! `defects`: each wrong lowering in turn; the judge, the kernel or a comparison must notice.
//!
//! In: the corpus. Out: for each mistake, who noticed it first and after how many programs.

use crate::corpus::Case;
use crate::{agree, judge};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use syrup_backend::{Backend, EmitOptions};
use syrup_ebpf::defect::{self, Defect};
use syrup_ir::MapKind;
use syrup_load::{LoadError, LoadOptions};
use syrup_wire::artifact::{Artifact, ProgramRole};

/// Who noticed a mistake.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Oracle {
    /// The compiler's own checks stopped it.
    Compiler,
    /// The bytecode judge.
    Judge,
    /// The kernel refused the program.
    Kernel,
    /// The kernel's run differed from the interpreter's.
    Comparison,
}

/// When a mistake was noticed.
#[derive(Clone, Debug)]
pub struct Caught {
    /// Programs until then, that one counted.
    pub n_programs: u32,
    /// By whom.
    pub by: Oracle,
    /// On which policy.
    pub on: String,
}

/// What was tried.
pub struct Outcome {
    /// Each mistake and when it was noticed.
    pub caught: Vec<(Defect, Option<Caught>)>,
}

impl Outcome {
    /// Mistakes that nobody noticed.
    pub fn missed(&self) -> Vec<Defect> {
        let missed = self.caught.iter().filter(|(_, caught)| caught.is_none());
        missed.map(|(defect, _)| *defect).collect()
    }

    /// One line for machines.
    pub fn json(&self) -> Value {
        let mut programs: Vec<u32> = self
            .caught
            .iter()
            .filter_map(|(_, caught)| Some(caught.as_ref()?.n_programs))
            .collect();
        programs.sort_unstable();
        let mut by: BTreeMap<String, u32> = BTreeMap::new();
        for (_, caught) in &self.caught {
            if let Some(caught) = caught {
                *by.entry(format!("{:?}", caught.by).to_lowercase()).or_default() += 1;
            }
        }
        json!({
            "defects": self.caught.len(),
            "caught": programs.len(),
            "programs_to_catch": {
                "median": programs.get(programs.len() / 2),
                "most": programs.last(),
            },
            "noticed_by": by,
        })
    }
}

/// The manners in which a program is compared.
fn manners() -> [&'static [&'static dyn Backend]; 3] {
    [agree::DIRECT, agree::COPYING, agree::STRAIGHT]
}

/// Entries of an array in a policy that mistakes are tried on.
const ENTRIES_MAX: u32 = 1024;

const OPTIONS: EmitOptions = EmitOptions { counters: false, twin: true };

/// A policy with what it becomes when nothing is wrong, in every manner.
pub struct Prepared<'c> {
    case: &'c Case,
    right: Vec<Option<Artifact>>,
}

/// Prepares policies: those that the backend takes and whose runs can be compared.
pub fn prepare(cases: &[Case]) -> Vec<Prepared<'_>> {
    // Every run fills every map, so large ones cost more than they show.
    let is_small = |case: &&Case| {
        let maps = &case.policy.module().maps;
        maps.iter().all(|map| map.entries <= ENTRIES_MAX || map.kind != MapKind::Array)
            && !maps.iter().any(|map| matches!(map.kind, MapKind::Maglev(_)))
    };
    let comparable = cases.iter().filter(|case| agree::is_comparable(&case.policy));
    let comparable = comparable.filter(is_small);
    let prepared = comparable.map(|case| {
        let emit = |backends: &[&dyn Backend]| {
            backends[0].emit(&case.policy, &case.target, OPTIONS, &case.sources).ok()
        };
        Prepared { case, right: manners().into_iter().map(emit).collect() }
    });
    prepared.filter(|prepared| prepared.right.iter().any(Option::is_some)).collect()
}

/// Tries mistakes on policies, in their order; stops each at the first notice.
pub fn run(
    prepared: &[Prepared<'_>],
    defects: &[Defect],
    n_seeds: u64,
    tell: &mut dyn FnMut(Defect, Option<&Caught>),
) -> Outcome {
    // A mistake may trip the compiler's own checks, whose message is of no use here.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let caught = defects.iter().map(|&wrong| {
        let caught = first_notice(prepared, wrong, n_seeds);
        tell(wrong, caught.as_ref());
        (wrong, caught)
    });
    let caught = caught.collect();
    std::panic::set_hook(hook);
    Outcome { caught }
}

fn first_notice(prepared: &[Prepared<'_>], wrong: Defect, n_seeds: u64) -> Option<Caught> {
    (1..).zip(prepared).find_map(|(n_programs, prepared)| {
        let by = defect::with(wrong, || notice(prepared, n_seeds))?;
        Some(Caught { n_programs, by, on: prepared.case.name.clone() })
    })
}

/// Who notices a mistake in what a policy becomes.
fn notice(prepared: &Prepared<'_>, n_seeds: u64) -> Option<Oracle> {
    let case = prepared.case;
    manners().into_iter().zip(&prepared.right).find_map(|(backends, right)| {
        let right = right.as_ref()?;
        let emit = || backends[0].emit(&case.policy, &case.target, OPTIONS, &case.sources);
        let made = match catch_unwind(AssertUnwindSafe(emit)) {
            Ok(Ok(made)) => made,
            Ok(Err(_)) | Err(_) => return Some(Oracle::Compiler),
        };
        let is_right = made
            .programs
            .iter()
            .zip(&right.programs)
            .all(|(one, two)| one.insns == two.insns && one.relocs == two.relocs);
        if is_right {
            return None;
        }
        let maps = judge::maps(&made, &case.policy);
        let judged = made.programs.iter().find(|p| !judge::findings(p, &maps).is_empty());
        if judged.is_some() {
            return Some(Oracle::Judge);
        }
        let roles = [ProgramRole::Policy, ProgramRole::Twin];
        let load = LoadOptions { roles: &roles, ..LoadOptions::default() };
        match syrup_load::load(&made, &load) {
            Ok(_) => {}
            Err(LoadError::Refused(_) | LoadError::TooSlow { .. }) => return Some(Oracle::Kernel),
            Err(_) => return None,
        }
        let differs = |seed| match agree::difference(case, backends, seed, 2) {
            Ok(difference) => difference.is_some(),
            Err(_) => false,
        };
        (1..=n_seeds).any(differs).then_some(Oracle::Comparison)
    })
}
