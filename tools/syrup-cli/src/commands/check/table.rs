//! `syrupc check --hook all`: where a policy runs, and what stands in the way elsewhere.
//!
//! In: policy files. Out: a table for each policy, hooks by targets, and under it each reason with
//! its line and what to write instead. A hook that a policy names and that cannot run it makes the
//! command fail.

use crate::args::{Check, Format};
use crate::backends;
use crate::exit::{Exit, Failure};
use crate::output;
use crate::pipeline;
use serde_json::{Value, json};
use syrup_backend::EmitOptions;
use syrup_diag::{Diagnostic, Severity};
use syrup_ir::Profile;
use syrup_ir::opt::Passes;
use syrup_wire::limits::FORMAT;
use syrupc::Analysis;
use syrupc::hir::{Hook, PolicyId};

/// The name that stands for every hook.
pub const ALL: &str = "all";

/// The hook whose policies become rules of a card, and how many queues that card has here.
const NIC_RULES: &str = "nic_rules";
const NIC_QUEUES: u32 = 8;

/// Whether a policy runs at a hook on a target.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Yes,
    /// The policy may run there, and nothing emits programs for the hook yet.
    NotBuilt,
    No,
}

impl Answer {
    const fn text(self) -> &'static str {
        match self {
            Answer::Yes => "yes",
            Answer::NotBuilt => "not built",
            Answer::No => "no",
        }
    }
}

/// Why not, once for all targets that say so.
struct Reason {
    hook: String,
    targets: Vec<String>,
    diagnostic: Diagnostic,
}

/// Checks every policy of the files for every hook and target.
pub fn run(cmd: &Check, format: Format) -> Result<Exit, Failure> {
    let mut exit = Exit::Done;
    let mut rows = Vec::new();
    let targets = targets()?;
    let hooks: Vec<&str> = syrup_stdlib::folder("hooks").map(|(name, _)| name).collect();
    for path in &cmd.files {
        let mut analysis = pipeline::analyze(path, format)?;
        for at in 0..analysis.program.policies.len() as u32 {
            let policy = PolicyId(at);
            let mut table = Table { answers: Vec::new(), reasons: Vec::new() };
            for name in &hooks {
                let hook = pipeline::named_hook(&mut analysis, name)?;
                table.add(&analysis, policy, &hook, &targets);
            }
            let decl = &analysis.program.policies[policy.idx()];
            let is_named = |name: &str| decl.hooks.iter().any(|(hook, _)| &**hook == name);
            let fails = table
                .answers
                .iter()
                .any(|(hook, answers)| is_named(hook) && answers.contains(&Answer::No));
            if fails {
                exit = Exit::Diagnostics;
            }
            match format {
                Format::Human => table.show(&analysis, policy, &targets),
                Format::Json => rows.extend(table.to_json(&analysis, policy, &targets)),
            }
        }
    }
    if format == Format::Json {
        println!("{}", output::json(&json!({"format": FORMAT, "rows": rows})));
    }
    Ok(exit)
}

/// Every target of the standard library, and this machine.
fn targets() -> Result<Vec<Profile>, Failure> {
    let names = syrup_stdlib::folder("targets").map(|(name, _)| name);
    names.chain(["host"]).map(pipeline::choose_target).collect()
}

/// Makes the policy for a hook and a target, as far as that is built.
fn ask(
    analysis: &Analysis,
    policy: PolicyId,
    hook: &Hook,
    target: &Profile,
) -> Result<Answer, Vec<Diagnostic>> {
    let build = |passes| syrupc::build(&analysis.program, policy, hook, target, passes);
    if *hook.name == *NIC_RULES {
        // Rules compare numbers as they stand on the wire.
        syrup_nic::plan(&build(Passes::ALL.without(Passes::BYTE_ORDER))?, NIC_QUEUES)?;
        return Ok(Answer::Yes);
    }
    let checked = build(Passes::ALL)?;
    let Some(backend) = backends::for_hook(&hook.name) else { return Ok(Answer::NotBuilt) };
    backend.emit(&checked, target, EmitOptions::default(), &analysis.sources)?;
    Ok(Answer::Yes)
}

struct Table {
    /// The answers of each hook, by target.
    answers: Vec<(String, Vec<Answer>)>,
    reasons: Vec<Reason>,
}

impl Table {
    fn add(&mut self, analysis: &Analysis, policy: PolicyId, hook: &Hook, targets: &[Profile]) {
        let mut answers = Vec::new();
        for target in targets {
            let asked = ask(analysis, policy, hook, target);
            answers.push(asked.as_ref().map_or(Answer::No, |answer| *answer));
            let errors = asked.err().unwrap_or_default();
            for diagnostic in errors.into_iter().filter(|d| d.severity == Severity::Error) {
                self.because(hook, target, diagnostic);
            }
        }
        self.answers.push((hook.name.to_string(), answers));
    }

    fn because(&mut self, hook: &Hook, target: &Profile, diagnostic: Diagnostic) {
        let target = target.name.to_string();
        let known = self
            .reasons
            .iter_mut()
            .find(|known| *known.hook == *hook.name && known.diagnostic == diagnostic);
        match known {
            Some(known) => known.targets.push(target),
            None => {
                let (hook, targets) = (hook.name.to_string(), vec![target]);
                self.reasons.push(Reason { hook, targets, diagnostic });
            }
        }
    }

    fn show(&self, analysis: &Analysis, policy: PolicyId, targets: &[Profile]) {
        let decl = &analysis.program.policies[policy.idx()];
        println!("policy {}", decl.name);
        let names = targets.iter().map(|target| format!("{:<13}", target.name));
        println!("{}", format!("  {:<15}{}", "hook", names.collect::<String>()).trim_end());
        for (hook, answers) in &self.answers {
            let cells = answers.iter().map(|answer| format!("{:<13}", answer.text()));
            println!("{}", format!("  {hook:<15}{}", cells.collect::<String>()).trim_end());
        }
        for reason in &self.reasons {
            let (place, text, advice) = reason.parts(analysis);
            let only = match reason.targets.len() == targets.len() {
                true => String::new(),
                false => format!(", {}", reason.targets.join(", ")),
            };
            println!("  {}{only}: {place}: {text}", reason.hook);
            advice.iter().for_each(|line| println!("    {line}"));
        }
    }

    fn to_json(&self, analysis: &Analysis, policy: PolicyId, targets: &[Profile]) -> Vec<Value> {
        let decl = &analysis.program.policies[policy.idx()];
        let mut rows = Vec::new();
        for (hook, answers) in &self.answers {
            for (target, answer) in targets.iter().zip(answers) {
                let mine = |reason: &&Reason| {
                    reason.hook == *hook && reason.targets.iter().any(|name| **name == *target.name)
                };
                let reasons: Vec<Value> = self
                    .reasons
                    .iter()
                    .filter(mine)
                    .map(|reason| {
                        let (place, text, advice) = reason.parts(analysis);
                        let code = reason.diagnostic.code.to_string();
                        json!({"code": code, "at": place, "message": text, "advice": advice})
                    })
                    .collect();
                rows.push(json!({
                    "policy": &*decl.name, "hook": hook, "target": &*target.name,
                    "answer": answer.text(), "reasons": reasons,
                }));
            }
        }
        rows
    }
}

impl Reason {
    /// File and line, what stands in the way, and what to do about it.
    fn parts(&self, analysis: &Analysis) -> (String, String, Vec<String>) {
        let primary = &self.diagnostic.primary;
        let source = analysis.sources.get(primary.span.file);
        let line = source.position(primary.span.start).line;
        let mut text = self.diagnostic.message.clone();
        if !primary.text.is_empty() {
            text = format!("{text}: {}", primary.text);
        }
        let mut advice: Vec<String> = Vec::new();
        for fix in &self.diagnostic.fixes {
            let new: Vec<&str> = fix.edits.iter().map(|edit| edit.text.trim()).collect();
            advice.push(match new.iter().all(|text| text.is_empty()) {
                true => fix.title.clone(),
                false => format!("{}: `{}`", fix.title, new.join(" ")),
            });
        }
        advice.extend(self.diagnostic.notes.iter().cloned());
        (format!("{}:{line}", source.name()), text, advice)
    }
}
