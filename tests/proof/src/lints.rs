//! `lint`: the judge on every emitted program.
//!
//! In: the corpus. Out: findings, each with its program.

use crate::corpus::Case;
use crate::judge;
use syrup_backend::EmitOptions;
use syrup_diag::limits;
use syrup_ebpf::{Choices, Manner, PacketAccess, emit_with};

/// What the judge found.
#[derive(Default)]
pub struct Outcome {
    /// Programs that were judged.
    pub n_programs: u32,
    /// Their words.
    pub n_words: u64,
    /// Findings, each with its program.
    pub findings: Vec<String>,
}

/// Every way in which a program is made.
pub fn manners() -> Vec<Manner> {
    let choices = [Choices::Jumps, Choices::Straight];
    let accesses = [PacketAccess::DirectFirst, PacketAccess::HelperOnly];
    let with = |access| choices.map(|choices| Manner { access, choices, forget: false });
    let plain: Vec<Manner> = accesses.into_iter().flat_map(with).collect();
    let forgetful = plain.iter().map(|manner| Manner { forget: true, ..*manner });
    plain.iter().copied().chain(forgetful).collect()
}

/// Judges every program of policies, made in these ways, with and without counters.
pub fn run(cases: &[Case], manners: &[Manner]) -> Outcome {
    let mut outcome = Outcome::default();
    for case in cases {
        for (manner, counters) in manners.iter().flat_map(|&m| [(m, false), (m, true)]) {
            let options = EmitOptions { counters, twin: true };
            let (policy, target) = (&case.policy, &case.target);
            let Ok(artifact) = emit_with(policy, target, options, &case.sources, manner) else {
                continue;
            };
            let maps = judge::maps(&artifact, policy);
            for program in &artifact.programs {
                outcome.n_programs += 1;
                outcome.n_words += program.insns.len() as u64;
                let found = judge::findings(program, &maps);
                let of =
                    |finding| format!("{}, {}, {manner:?}: {finding}", case.name, program.name);
                outcome.findings.extend(found.into_iter().map(of));
            }
        }
        if outcome.findings.len() > limits::DIAGNOSTICS_MAX {
            break;
        }
    }
    outcome
}
