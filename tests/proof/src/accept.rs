//! `accept`: what the compiler takes, the running kernel takes, and in no more steps than the
//! compiler said.
//!
//! In: policies. Out: for each hook, how many programs were loaded and how much the kernel did for
//! each; what it refused, and where the compiler's bound was too low.
//!
//! The loader gives up every capability but CAP_BPF and CAP_NET_ADMIN before it loads. Each
//! program is loaded four times: plainly, with the upper halves of registers filled with chance
//! bits wherever the verifier thinks nobody reads them (`BPF_F_TEST_RND_HI32`), with a state kept
//! at every instruction (`BPF_F_TEST_STATE_FREQ`), and with both.

use crate::corpus::{Case, Made};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Instant;
use syrup_backend::{Backend, EmitOptions};
use syrup_ebpf::Ebpf;
use syrup_load::{LoadError, LoadOptions};
use syrup_wire::artifact::{Artifact, ProgramRole};

/// `BPF_F_TEST_RND_HI32` (Linux 5.3), include/uapi/linux/bpf.h.
const RND_HI32: u32 = 1 << 2;

/// `BPF_F_TEST_STATE_FREQ` (Linux 5.4).
const STATE_FREQ: u32 = 1 << 3;

/// How programs are loaded; the first way is how they are deployed.
const FLAGS: [u32; 4] = [0, RND_HI32, STATE_FREQ, RND_HI32 | STATE_FREQ];

/// What was seen at a hook.
#[derive(Clone, Default)]
pub struct Hook {
    /// Programs that were loaded, the policy's own and its twin.
    pub n_programs: u64,
    /// Instructions of each policy's own program.
    pub insns: Vec<u64>,
    /// Instructions that the kernel processed for it.
    pub verified: Vec<u64>,
    /// The compiler's bound in hundredths of what the kernel processed.
    pub percent: Vec<u64>,
    /// Nanoseconds of all loads.
    pub load_ns: u128,
}

/// What was seen.
#[derive(Default)]
pub struct Outcome {
    /// By hook.
    pub hooks: BTreeMap<String, Hook>,
    /// Policies that the backend refused with a diagnostic.
    pub n_diagnosed: u64,
    /// Policies on which the compiler broke down.
    pub broken: Vec<String>,
    /// Programs that the kernel refused, each with the reason.
    pub refused: Vec<String>,
    /// Bounds that were too low.
    pub too_low: Vec<String>,
}

/// The middle of a list, or nothing.
pub fn median(list: &[u64]) -> Option<u64> {
    let mut list = list.to_vec();
    list.sort_unstable();
    list.get(list.len() / 2).copied()
}

impl Outcome {
    /// Loads what a policy becomes.
    ///
    /// # Errors
    /// The kernel does not answer at all.
    pub fn add(&mut self, made: &Made) -> Result<(), String> {
        let case = match made {
            Made::Case(case) => case,
            Made::Refused => {
                self.n_diagnosed += 1;
                return Ok(());
            }
            Made::Broken(how) => {
                self.broken.push(how.clone());
                return Ok(());
            }
        };
        let options = EmitOptions { counters: true, twin: true };
        let made = Ebpf.emit(&case.policy, &case.target, options, &case.sources);
        let Ok(made) = made else {
            self.n_diagnosed += 1;
            return Ok(());
        };
        for flags in FLAGS {
            self.load(case, &made, flags)?;
        }
        Ok(())
    }

    fn load(&mut self, case: &Case, made: &Artifact, flags: u32) -> Result<(), String> {
        let roles = [ProgramRole::Policy, ProgramRole::Twin];
        let options = LoadOptions { roles: &roles, flags, ..LoadOptions::default() };
        let started = Instant::now();
        let loaded = match syrup_load::load(made, &options) {
            Ok(loaded) => loaded,
            Err(LoadError::Refused(refusal)) => {
                let last: Vec<&str> = refusal.log.lines().rev().take(3).collect();
                let why = last.into_iter().rev().collect::<Vec<_>>().join(" / ");
                self.refused.push(format!("{}, flags {flags:#x}: {why}", case.name));
                return Ok(());
            }
            Err(error @ LoadError::TooSlow { .. }) => {
                self.refused.push(format!("{}, flags {flags:#x}: {error}", case.name));
                return Ok(());
            }
            Err(error) => return Err(format!("{}: {error}", case.name)),
        };
        let hook = self.hooks.entry(made.hook.clone()).or_default();
        hook.load_ns += started.elapsed().as_nanos();
        hook.n_programs += loaded.programs.len() as u64;
        if flags == 0 {
            let program = loaded.program(ProgramRole::Policy).map_err(|error| error.to_string())?;
            let info = program.info().map_err(|error| error.to_string())?;
            let verified = u64::from(info.verified_insns);
            hook.insns.push(made.programs.first().map_or(0, |first| first.insns.len() as u64));
            hook.verified.push(verified);
            hook.percent.push(made.verifier_insns * 100 / verified.max(1));
            if made.verifier_insns < verified {
                let bound = made.verifier_insns;
                self.too_low.push(format!("{}: {verified} of {bound}", case.name));
            }
        }
        Ok(())
    }

    /// The lines of a failure; none where all is as it should be.
    pub fn failures(&self) -> Vec<String> {
        let refused = self.refused.iter().map(|line| format!("refused: {line}"));
        let too_low = self.too_low.iter().map(|line| format!("bound too low: {line}"));
        refused.chain(too_low).chain(self.broken.iter().cloned()).collect()
    }

    /// One line for machines.
    pub fn json(&self) -> Value {
        let all = |of: fn(&Hook) -> &Vec<u64>| -> Vec<u64> {
            self.hooks.values().flat_map(of).copied().collect()
        };
        let percent = all(|hook| &hook.percent);
        let hundredths = |percent: Option<u64>| percent.map(|n| n as f64 / 100.0);
        let hooks = self.hooks.iter().map(|(name, hook)| (name.clone(), hook.json()));
        let hooks: serde_json::Map<String, Value> = hooks.collect();
        json!({
            "policies": percent.len(),
            "diagnosed": self.n_diagnosed,
            "loads": self.hooks.values().map(|hook| hook.n_programs).sum::<u64>(),
            "broken": self.broken.len(),
            "refused": self.refused.len(),
            "bound_too_low": self.too_low.len(),
            "bound_to_verified": {
                "least": hundredths(percent.iter().min().copied()),
                "median": hundredths(median(&percent)),
                "most": hundredths(percent.iter().max().copied()),
            },
            "verified_most": all(|hook| &hook.verified).iter().max(),
            "hooks": hooks,
        })
    }
}

impl Hook {
    fn json(&self) -> Value {
        json!({
            "loads": self.n_programs,
            "insns_median": median(&self.insns),
            "verified_median": median(&self.verified),
            "load_ms": (self.load_ns / 1_000_000) as u64,
        })
    }
}
