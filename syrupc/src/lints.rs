//! Lints: code that is legal and probably wrong.
//!
//! In: an analysis without errors. Out: findings. Each lint is one file of this folder with its
//! documentation, a policy that it finds something in, one that it does not, and its check; tests
//! run both and apply every fix. Safety is never a lint.

mod allow;
mod biased_reduction;
mod big_pick;
mod constant_executor;
mod contended_atomic;
mod context;
mod drop_by_default;
mod encrypted_payload;
mod flaky_test;
mod flow_split;
mod hash_of_constant;
mod index_mostly_out_of_range;
mod lost_task;
mod magic_number;
mod map_too_big;
mod map_type_conflict;
mod missing_doc;
mod never_steers;
mod no_progress_bound;
mod not_work_conserving;
mod per_packet_division;
mod percpu_read_as_global;
mod port_not_checked;
mod racy_two_writes;
mod read_never_written;
mod segment_assumption;
mod shadowed_constant;
mod stale_load;
mod starvation;
mod todo_fallback;
mod two_reads;
mod unbounded_growth;
mod unknown_lint;
mod unreachable_arm;
mod untested_policy;
mod unused_allow;
mod unused_binding;
mod unused_import;
mod unused_map;
mod unused_param;
mod v4_only;
mod write_only_map;

use crate::analyze::Analysis;
use context::Context;
use syrup_diag::{Code, Diagnostic, Severity, Span};

/// A lint.
pub struct Lint {
    /// Its code.
    pub code: Code,
    /// Its name, as `@allow` has it with `_` for `-`.
    pub name: &'static str,
    /// What it is about.
    pub group: Group,
    /// How bad a finding is.
    pub level: Severity,
    /// Whether its first fix may be applied without a person.
    pub fix: Option<Safety>,
    /// What it finds, one sentence.
    pub finds: &'static str,
    /// Why that is probably wrong, and what to write instead.
    pub why: &'static str,
    /// A policy in which it finds something.
    pub bad: &'static str,
    /// The policy as it should be.
    pub good: &'static str,
    /// Looks for it.
    check: fn(&Context<'_>, &mut Vec<Diagnostic>),
}

/// What a lint is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Group {
    /// It most likely does not do what was meant.
    Bug,
    /// Several processors come between each other.
    Race,
    /// It costs more than it needs to.
    Perf,
    /// It depends on where it runs.
    Portability,
    /// It could be said more clearly.
    Style,
    /// For those who want everything said.
    Pedantic,
}

impl Group {
    /// Every group, in order.
    pub const ALL: [Group; 6] =
        [Group::Bug, Group::Race, Group::Perf, Group::Portability, Group::Style, Group::Pedantic];

    /// Its name on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Group::Bug => "bug",
            Group::Race => "race",
            Group::Perf => "perf",
            Group::Portability => "portability",
            Group::Style => "style",
            Group::Pedantic => "pedantic",
        }
    }

    /// Whether its lints run unless they are asked for.
    pub const fn is_default(self) -> bool {
        !matches!(self, Group::Pedantic)
    }
}

/// Whether a fix keeps what a policy does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Safety {
    /// It does the same afterwards.
    Safe,
    /// It does what was most likely meant.
    Unsafe,
}

/// What a lint found.
#[derive(Clone)]
pub struct Finding {
    /// The lint.
    pub lint: &'static Lint,
    /// What to tell the author.
    pub diagnostic: Diagnostic,
}

impl Lint {
    /// A finding at a place.
    fn at(&self, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: self.level, ..Diagnostic::error(self.code, span, message) }
    }

    fn finding(&'static self, diagnostic: Diagnostic) -> Finding {
        Finding { lint: self, diagnostic }
    }
}

/// Every lint, in order of its code.
pub static ALL: &[&Lint] = &[
    &constant_executor::LINT,
    &unreachable_arm::LINT,
    &never_steers::LINT,
    &drop_by_default::LINT,
    &unused_binding::LINT,
    &index_mostly_out_of_range::LINT,
    &shadowed_constant::LINT,
    &unused_map::LINT,
    &unused_param::LINT,
    &unused_import::LINT,
    &hash_of_constant::LINT,
    &biased_reduction::LINT,
    &flow_split::LINT,
    &segment_assumption::LINT,
    &encrypted_payload::LINT,
    &port_not_checked::LINT,
    &v4_only::LINT,
    &unbounded_growth::LINT,
    &map_too_big::LINT,
    &map_type_conflict::LINT,
    &write_only_map::LINT,
    &read_never_written::LINT,
    &racy_two_writes::LINT,
    &two_reads::LINT,
    &contended_atomic::LINT,
    &percpu_read_as_global::LINT,
    &stale_load::LINT,
    &per_packet_division::LINT,
    &big_pick::LINT,
    &starvation::LINT,
    &not_work_conserving::LINT,
    &lost_task::LINT,
    &no_progress_bound::LINT,
    &untested_policy::LINT,
    &flaky_test::LINT,
    &magic_number::LINT,
    &missing_doc::LINT,
    &todo_fallback::LINT,
    &unused_allow::LINT,
    &unknown_lint::LINT,
];

/// The lint of a name, written with `-` or `_`.
pub fn by_name(name: &str) -> Option<&'static Lint> {
    let name = name.replace('_', "-");
    ALL.iter().copied().find(|lint| lint.name == name)
}

/// The lint of a code.
pub fn by_code(code: Code) -> Option<&'static Lint> {
    ALL.iter().copied().find(|lint| lint.code == code)
}

/// What lints of some groups find in the file itself, by place; what `@allow` names is left out.
/// A policy with errors is not looked at.
pub fn run(analysis: &Analysis, groups: &[Group]) -> Vec<Finding> {
    let cx = Context::new(analysis);
    let mut found = Vec::new();
    for lint in ALL {
        let mut list = Vec::new();
        (lint.check)(&cx, &mut list);
        list.dedup();
        found.extend(list.into_iter().map(|diagnostic| lint.finding(diagnostic)));
    }
    found.retain(|finding| cx.is_own(finding.diagnostic.primary.span));
    let mut left = allow::apply(&cx, found);
    left.retain(|finding| groups.contains(&finding.lint.group));
    left.sort_by_key(|finding| (finding.diagnostic.primary.span, finding.lint.code));
    left
}

/// The page of a lint, as `syrupc explain` shows it.
pub fn page(lint: &Lint) -> String {
    let level = match lint.level {
        Severity::Error => "an error, which `@allow` can silence",
        Severity::Warning => "a warning",
        Severity::Note => "a note",
    };
    let fix = match lint.fix {
        Some(Safety::Safe) => "`syrupc lint --fix` does it",
        Some(Safety::Unsafe) => "`syrupc lint --unsafe-fixes` does it, where that is what you mean",
        None => "by hand",
    };
    let Lint { code, name, group, finds, why, bad, good, .. } = lint;
    format!(
        "# {code}: {name}\n\n{finds}\n\n{why}\n\n\
         - group: {}\n- level: {level}\n- fix: {fix}\n\n\
         ## Found\n\n```syrup\n{}\n```\n\n## Not found\n\n```syrup\n{}\n```\n",
        group.as_str(),
        bad.trim(),
        good.trim(),
    )
}
