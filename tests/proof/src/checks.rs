//! `checks`: takes out each guard of each program in turn; the judge or the kernel must refuse
//! what is left.
//!
//! In: the corpus. Out: one JSON line, and the guards that nobody missed.

use crate::corpus::Case;
use crate::{judge, mutate};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use syrup_backend::{Backend, EmitOptions};
use syrup_bytecode_lint::{GuardKind, Rule};
use syrup_ebpf::Ebpf;
use syrup_load::{LoadError, LoadOptions};
use syrup_wire::artifact::{Artifact, Program};

/// How often guards of one kind were missed, and by whom.
#[derive(Clone, Copy, Default)]
struct Count {
    removed: u32,
    by_judge: u32,
    by_kernel: u32,
    by_nobody: u32,
}

/// What taking out guards showed.
#[derive(Default)]
pub struct Outcome {
    counts: BTreeMap<&'static str, Count>,
    n_programs: u32,
    /// Guards that nobody missed.
    pub missed: Vec<String>,
}

impl Outcome {
    /// One line for machines.
    pub fn json(&self, asks_kernel: bool) -> Value {
        let kinds = self.counts.iter().map(|(kind, count)| {
            let by_kernel = asks_kernel.then_some(count.by_kernel);
            let value = json!({
                "removed": count.removed,
                "refused_by_judge": count.by_judge,
                "refused_by_kernel": by_kernel,
                "refused_by_nobody": count.by_nobody,
            });
            ((*kind).to_owned(), value)
        });
        let kinds: serde_json::Map<String, Value> = kinds.collect();
        json!({ "programs": self.n_programs, "guards": kinds })
    }

    /// How many guards were taken out.
    pub fn n_removed(&self) -> u32 {
        self.counts.values().map(|count| count.removed).sum()
    }
}

/// Takes out the guards of policies.
///
/// # Errors
/// A program that is not fine to begin with, or a kernel that does not answer.
pub fn run(cases: &[Case], asks_kernel: bool) -> Result<Outcome, String> {
    let mut outcome = Outcome::default();
    for case in cases {
        let options = EmitOptions { counters: true, twin: true };
        let Ok(artifact) = Ebpf.emit(&case.policy, &case.target, options, &case.sources) else {
            continue;
        };
        let maps = judge::maps(&artifact, &case.policy);
        for program in &artifact.programs {
            outcome.n_programs += 1;
            if let Some(finding) = judge::findings(program, &maps).first() {
                return Err(format!("{}, {}: {finding}", case.name, program.name));
            }
            for guard in judge::guards_of(program, &maps) {
                let left = mutate::without(program, &guard);
                let findings = judge::findings(&left, &maps);
                let by_judge = findings.iter().any(|found| found.rule != Rule::Unreachable);
                let by_kernel = asks_kernel && refused(&artifact, left)?;
                let count = outcome.counts.entry(name_of(guard.kind)).or_default();
                count.removed += 1;
                count.by_judge += u32::from(by_judge);
                count.by_kernel += u32::from(by_kernel);
                if !by_judge && !by_kernel {
                    count.by_nobody += 1;
                    let at = format!("{}, {}, {guard:?}", case.name, program.name);
                    outcome.missed.push(at);
                }
            }
        }
    }
    Ok(outcome)
}

/// What the output calls a kind.
fn name_of(kind: GuardKind) -> &'static str {
    match kind {
        GuardKind::PacketEnd => "end_of_packet",
        GuardKind::Null(_) => "lookup_found",
        GuardKind::Copy(_) => "copy_succeeded",
        GuardKind::Turns => "loop_turns",
    }
}

/// Whether the kernel refuses a program.
fn refused(artifact: &Artifact, program: Program) -> Result<bool, String> {
    let role = program.role;
    let artifact = Artifact { programs: vec![program], ..artifact.clone() };
    let roles = [role];
    let options = LoadOptions { roles: &roles, ..LoadOptions::default() };
    match syrup_load::load(&artifact, &options) {
        Ok(_) => Ok(false),
        Err(LoadError::Refused(refusal)) if refusal.log.contains("unreachable insn") => {
            Err(format!("a guard was taken out badly: {}", refusal.log))
        }
        Err(LoadError::Refused(_) | LoadError::TooSlow { .. }) => Ok(true),
        Err(LoadError::OldKernel { .. }) => Ok(false),
        Err(error) => Err(error.to_string()),
    }
}
