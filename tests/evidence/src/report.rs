//! What a run counted.
//!
//! In: what was seen of each program. Out: one line of JSON.

use crate::accept::Refused;
use crate::differ::{Finding, Looked, Plan};
use std::collections::BTreeMap;
use syrup_ir::Checked;

/// Counts of a run.
#[derive(Default)]
pub struct Report {
    /// Programs that were made.
    pub n_programs: u64,
    /// Programs that the compiler took.
    pub n_accepted: u64,
    /// Evaluations compared with native code.
    pub n_native: u64,
    /// Evaluations compared with the kernel.
    pub n_kernel: u64,
    /// Whether the kernel could be asked.
    pub has_kernel: bool,
    /// Blocks of the programs, and those that some input entered.
    pub n_blocks: (u64, u64),
    /// Refusals by code: how many, and the first.
    pub refused: BTreeMap<String, (u64, String)>,
    /// In how many programs each operation of the IR stood.
    pub operations: BTreeMap<&'static str, u64>,
    /// How often each construct of the language was written.
    pub constructs: BTreeMap<&'static str, u64>,
    /// What engines disagree on.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Adds what was seen of a program.
    pub fn learn(&mut self, looked: &Looked) {
        self.n_accepted += 1;
        self.n_native += looked.n_native;
        self.n_kernel += looked.n_kernel;
        self.n_blocks.0 += looked.n_blocks.0;
        self.n_blocks.1 += looked.n_blocks.1;
        for policy in &looked.built {
            self.count_operations(policy);
        }
    }

    fn count_operations(&mut self, policy: &Checked) {
        let mut names: Vec<&'static str> = Vec::new();
        for block in policy.module().funcs.iter().flat_map(|func| &func.blocks) {
            names.extend(block.insts.iter().map(|inst| inst.op.info().name));
        }
        names.sort_unstable();
        names.dedup();
        for name in names {
            *self.operations.entry(name).or_insert(0) += 1;
        }
    }

    /// Adds a refusal.
    pub fn refuse(&mut self, program: u64, refused: &Refused) {
        let text = format!("program {program}: {}", refused.text);
        self.refused.entry(refused.code.to_string()).or_insert((0, text)).0 += 1;
    }

    /// Adds the counts of another part of the run.
    pub fn add(&mut self, other: Report) {
        self.n_programs += other.n_programs;
        self.n_accepted += other.n_accepted;
        self.n_native += other.n_native;
        self.n_kernel += other.n_kernel;
        self.has_kernel |= other.has_kernel;
        self.n_blocks.0 += other.n_blocks.0;
        self.n_blocks.1 += other.n_blocks.1;
        for (code, (n, text)) in other.refused {
            self.refused.entry(code).or_insert((0, text)).0 += n;
        }
        for (name, n) in other.operations {
            *self.operations.entry(name).or_insert(0) += n;
        }
        self.findings.extend(other.findings);
        self.findings.sort_by_key(|finding| finding.program);
    }

    /// Refused programs.
    pub fn n_refused(&self) -> u64 {
        self.refused.values().map(|row| row.0).sum()
    }

    /// The line. `seconds` is what the run took, `kernel` the release of the kernel that ran.
    pub fn json(&self, plan: &Plan, seconds: f64, kernel: &str) -> serde_json::Value {
        let refused: BTreeMap<_, _> =
            self.refused.iter().map(|(code, row)| (code, row.0)).collect();
        let share = |part: u64, whole: u64| part as f64 / whole.max(1) as f64;
        serde_json::json!({
            "command": "diff",
            "seed": plan.seed,
            "programs": self.n_programs,
            "inputs": plan.n_inputs,
            "accepted": self.n_accepted,
            "refused": refused,
            "refused_share": share(self.n_refused(), self.n_programs),
            "kernel": if self.has_kernel { kernel } else { "not asked" },
            "evaluations_native": self.n_native,
            "evaluations_kernel": self.n_kernel,
            "blocks_entered_share": share(self.n_blocks.1, self.n_blocks.0),
            "disagreements": self.findings.len(),
            "operations": self.operations,
            "constructs": self.constructs,
            "seconds": (seconds * 10.0).round() / 10.0,
        })
    }
}
