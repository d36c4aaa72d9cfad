//! Every limit of `syrup-diag/src/limits.rs`, at it and one past it.
//!
//! In: a table with a row for each limit. Out: a failure for a limit without a row, a policy at its
//! limit that is refused, or one past it without a diagnostic that names the limit. What reaches
//! the kernel is also loaded, at the limit, where this process may.

mod texts;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use syrup_backend::{Backend, EmitOptions};
use syrup_diag::{Code, Diagnostic, RenderOptions, Sources, limits, render_all};
use syrup_ir::Profile;
use syrup_load::LoadOptions;
use syrup_load::testing::{privileged, skip};
use syrup_tests::emit::target;
use syrup_tests::memory::Memory;
use syrupc::hir::PolicyId;
use syrupc::testing::{Interp, Ready, run_tests};

/// What is tried for a limit.
enum Try {
    /// A policy as large as a number says: the limit is accepted, the next number is not.
    Exactly(Case),
    /// The same where the number is only in proportion to what is limited: the largest number of
    /// the range that is accepted is looked for, and the next one names the limit.
    Somewhere(Case, (u64, u64)),
    /// Something else, with a check of its own.
    Special(fn()),
    /// No policy reaches it, for this reason.
    Unreached(&'static str),
}

/// Policies by size, and the diagnostic past the limit.
struct Case {
    /// Makes one of a size.
    make: fn(u64) -> Vec<(String, String)>,
    /// The largest size that is accepted, where it is known.
    at: u64,
    /// What is said past it.
    code: Code,
    /// Part of the message.
    says: String,
    /// How far it goes.
    stage: Stage,
}

/// How far a policy goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It is lowered and checked; what it costs a kernel is another limit.
    Checked,
    /// It is compiled, loaded where this process may, and its tests run.
    Whole,
}

type Make = fn(u64) -> Vec<(String, String)>;

fn exactly(make: Make, at: u64, code: Code, says: impl ToString) -> Try {
    Try::Exactly(Case { make, at, code, says: says.to_string(), stage: Stage::Whole })
}

fn checked(make: Make, at: u64, code: Code, says: impl ToString) -> Try {
    Try::Exactly(Case { make, at, code, says: says.to_string(), stage: Stage::Checked })
}

fn somewhere(stage: Stage, make: Make, range: (u64, u64), code: Code, says: impl ToString) -> Try {
    Try::Somewhere(Case { make, at: 0, code, says: says.to_string(), stage }, range)
}

const AGENT: &str = "memory that an agent makes for itself; its own tests try it";
/// More of them, and the packet is not one that the pattern knows.
const LAYERS: &str = "it bounds packets, not policies; tests/run looks behind as many";
const NO_POLICY: &str = "an optimizer stops there, and the policy is as good without";
const THREADS: &str = "it bounds what agents tell a policy; what follows from it is in tests/run";
const TREES: &str = "larger matches are asked in order, and tests/run tries both";

/// Limits by name.
type Rows = Vec<(&'static str, Try)>;

fn table() -> Rows {
    declarations().into_iter().chain(bodies()).collect()
}

/// What a file and its declarations are bounded by.
fn declarations() -> Rows {
    use texts::*;
    let executors = u64::from(limits::EXECUTORS_MAX);
    let entries = u64::from(limits::MAP_ENTRIES_MAX);
    let value_bytes = u64::from(limits::MAP_VALUE_BYTES_MAX);
    let key_bytes = u64::from(limits::MAP_KEY_BYTES_MAX);
    let maps = limits::MAPS_MAX as u64;
    let view = u64::from(limits::VIEW_BYTES_MAX);
    let field = u64::from(limits::FIELD_BYTES_MAX);
    let trips = u64::from(limits::LOOP_TRIPS_MAX);
    let files = limits::FILES_MAX as u64;
    let source = limits::SOURCE_BYTES_MAX as u64;
    let nesting = u64::from(limits::NESTING_MAX);
    let rows = limits::PATTERN_ROWS_MAX as u64;
    vec![
        ("SOURCE_BYTES_MAX", exactly(long_text, source, Code::E0006, source)),
        ("NESTING_MAX", somewhere(Stage::Checked, nested, (20, 2 * nesting), Code::E0004, nesting)),
        ("DIAGNOSTICS_MAX", Try::Special(many_errors)),
        (
            "FILES_MAX",
            somewhere(Stage::Checked, many_files, (files / 2, 2 * files), Code::E0114, files),
        ),
        ("EXECUTORS_MAX", exactly(large_set, executors, Code::E0114, executors)),
        ("MAP_ENTRIES_MAX", exactly(large_map, entries, Code::E0114, entries)),
        ("MAP_VALUE_BYTES_MAX", exactly(large_value, value_bytes, Code::E0114, value_bytes)),
        ("MAP_KEY_BYTES_MAX", exactly(large_key, key_bytes, Code::E0114, key_bytes)),
        ("MAPS_MAX", exactly(many_maps, maps, Code::E0114, maps)),
        (
            "STACK_BYTES_MAX",
            somewhere(Stage::Whole, many_values, (4, 200), Code::E0601, "bytes of stack"),
        ),
        ("LOG_BYTES_MIN", exactly(small_log, 0, Code::E0406, limits::LOG_BYTES_MIN)),
        ("LOG_BYTES_MAX", exactly(large_log, 12, Code::E0406, limits::LOG_BYTES_MAX)),
        ("VIEW_BYTES_MAX", exactly(large_header, view, Code::E0114, view)),
        ("FIELD_BYTES_MAX", exactly(long_field, field, Code::E0114, field)),
        (
            "HEADER_SEGMENTS_MAX",
            somewhere(Stage::Checked, many_runs, (2, 20), Code::E0114, "runs of computed length"),
        ),
        ("PATTERN_ROWS_MAX", checked(alternatives, rows, Code::E0114, rows)),
        ("LOOP_TRIPS_MAX", checked(long_loop, trips, Code::E0114, trips)),
    ]
}

/// What policies and tests are bounded by.
fn bodies() -> Rows {
    use texts::*;
    let depth = u64::from(limits::CALL_DEPTH_MAX);
    let (queues, waiting) = (limits::QUEUES_MAX as u64, u64::from(limits::QUEUE_THREADS_MAX));
    vec![
        (
            "PATH_STEPS_MAX",
            somewhere(Stage::Checked, nested_loops, (50, 400), Code::E0601, limits::PATH_STEPS_MAX),
        ),
        (
            "FUNCTION_OPS_MAX",
            somewhere(
                Stage::Checked,
                many_operations,
                (32_600, 32_800),
                Code::E0114,
                limits::FUNCTION_OPS_MAX,
            ),
        ),
        (
            "CALLS_MAX",
            checked(many_calls, limits::CALLS_MAX as u64, Code::E0114, limits::CALLS_MAX),
        ),
        ("OPTIMIZER_UNROLL_OPS_MAX", Try::Unreached(NO_POLICY)),
        ("BACKEND_UNROLL_OPS_MAX", Try::Unreached(NO_POLICY)),
        ("CALL_DEPTH_MAX", exactly(deep_calls, depth, Code::E0114, depth)),
        (
            "VERIFIER_INSNS_MAX",
            somewhere(
                Stage::Whole,
                many_paths,
                (120, 3000),
                Code::E0601,
                limits::VERIFIER_INSNS_MAX,
            ),
        ),
        ("FORALL_SAMPLES", Try::Special(samples)),
        ("SHRINK_RUNS_MAX", Try::Unreached("the search ends and shows the smallest case so far")),
        (
            "TEST_STEPS_MAX",
            somewhere(Stage::Whole, long_test, (790, 810), Code::E0802, "too many steps"),
        ),
        (
            "TEST_PACKET_BYTES_MAX",
            exactly(long_packet, limits::TEST_PACKET_BYTES_MAX as u64, Code::E0802, 9216),
        ),
        ("NATIVE_ARENA_BYTES_MAX", Try::Unreached(AGENT)),
        ("NATIVE_CPUS", Try::Unreached(AGENT)),
        ("NATIVE_TASKS_MAX", Try::Unreached(AGENT)),
        (
            "LINT_MAP_BYTES_MAX",
            Try::Unreached("no limit of policies; the lint has its own examples"),
        ),
        ("NIC_RULES_MAX", Try::Unreached("rules of a card; tests/frames/rules.rs tries it")),
        ("NATIVE_FRAME_BYTES_MAX", Try::Unreached("native code; its own tests try it")),
        ("VLAN_TAGS_MAX", Try::Unreached(LAYERS)),
        ("IPV6_EXTENSIONS_MAX", Try::Unreached(LAYERS)),
        ("TREE_DECISIONS", Try::Unreached(TREES)),
        ("TREE_ROWS_MAX", Try::Unreached(TREES)),
        ("QUEUES_MAX", checked(many_queues, queues, Code::E0114, queues)),
        ("QUEUE_THREADS_MAX", checked(long_queue, waiting, Code::E0114, waiting)),
        ("THREAD_RAN_NS_MAX", Try::Unreached(THREADS)),
        ("THREAD_WEIGHT_MAX", Try::Unreached(THREADS)),
        ("THREAD_WEIGHT", Try::Unreached("a default, no bound")),
    ]
}

/// Compiles files, loads what comes out and runs its tests.
fn outcome(case: &Case, n: u64, loads: bool) -> Result<(), (Vec<Diagnostic>, Sources)> {
    let files = Memory((case.make)(n).into_iter().collect());
    let text = files.0["policy.syr"].clone();
    let mut analysis = syrupc::analyze("policy.syr", &text, &files);
    if analysis.diags.has_errors() {
        return Err((analysis.diags.into_sorted(), analysis.sources));
    }
    let policies = &analysis.program.policies;
    let name = policies.first().map_or(syrupc::DEFAULT_HOOK, |policy| policy.default_hook());
    let hook = analysis.hook(name).expect("the hook exists");
    let target: Profile = match loads {
        true => target("host"),
        false => target("kernel-6.12"),
    };
    let mut ready = BTreeMap::new();
    for id in (0..analysis.program.policies.len() as u32).map(PolicyId) {
        if case.stage == Stage::Checked {
            let module = syrupc::lower::lower(&analysis.program, id, &hook);
            let checked = module.and_then(|module| syrup_ir::check::check(module, &target));
            checked.map_err(|list| (list, analysis.sources.clone()))?;
            continue;
        }
        let built = Ready::build(&analysis.program, id, &hook, &target);
        let built = built.map_err(|list| (list, analysis.sources.clone()))?;
        let options = EmitOptions { counters: false, twin: false };
        let made = syrup_ebpf::Ebpf.emit(&built.policy, &target, options, &analysis.sources);
        let made = made.map_err(|list| (list, analysis.sources.clone()))?;
        if loads {
            let loaded = syrup_load::load(&made, &LoadOptions::default());
            loaded.unwrap_or_else(|error| panic!("accepted, and refused by the kernel: {error}"));
        }
        ready.insert(id, built);
    }
    if case.stage == Stage::Checked {
        return Ok(());
    }
    let results = run_tests(&analysis.program, &ready, &mut Interp);
    let failures: Vec<_> = results.into_iter().filter_map(|result| result.failure).collect();
    if failures.is_empty() { Ok(()) } else { Err((failures, analysis.sources)) }
}

/// A policy that must be accepted, and one that must be refused with words of the limit.
fn check_edge(case: &Case, at: u64, loads: bool) {
    if let Err((list, sources)) = outcome(case, at, loads) {
        panic!("{at}: {}", render_all(&list, &sources, RenderOptions::default()));
    }
    let Err((list, sources)) = outcome(case, at + 1, false) else {
        panic!("{} is accepted", at + 1)
    };
    let text = render_all(&list, &sources, RenderOptions::default());
    let plain = text.replace('_', "");
    let names = list.iter().any(|d| d.code == case.code) && plain.contains(&case.says);
    assert!(names, "{}: no {} that says {}:\n{text}", at + 1, case.code, case.says);
}

/// The largest number of a range that is accepted; both ends are what they should be.
fn largest(case: &Case, (mut accepted, mut refused): (u64, u64)) -> u64 {
    assert!(outcome(case, accepted, false).is_ok(), "{accepted} is refused");
    assert!(outcome(case, refused, false).is_err(), "{refused} is accepted");
    while refused - accepted > 1 {
        let middle = accepted + (refused - accepted) / 2;
        match outcome(case, middle, false) {
            Ok(()) => accepted = middle,
            Err(_) => refused = middle,
        }
    }
    accepted
}

fn many_errors() {
    let n_max = limits::DIAGNOSTICS_MAX;
    for (n, n_dropped) in [(n_max, 0), (n_max + 1, 1)] {
        let analysis = syrupc::analyze("policy.syr", &texts::errors(n), &syrupc::NoFiles);
        let found = (analysis.diags.len(), analysis.diags.n_dropped());
        assert_eq!(found, (n_max, n_dropped));
    }
}

fn samples() {
    let text = "edition 2026;\ntest \"t\" forall n: u8 { expect n == n; }\n";
    let analysis = syrupc::analyze("policy.syr", text, &syrupc::NoFiles);
    let results = run_tests(&analysis.program, &BTreeMap::new(), &mut Interp);
    // Both ends of every range come on top.
    assert_eq!(results[0].n_cases, limits::FORALL_SAMPLES + 2);
}

/// The names of the limits in the file that holds them.
fn names() -> Vec<String> {
    let path = syrup_tests::root().join("syrup-diag/src/limits.rs");
    let text = std::fs::read_to_string(path).expect("the file is there");
    let name = |line: &str| Some(line.strip_prefix("pub const ")?.split(':').next()?.to_owned());
    text.lines().filter_map(name).collect()
}

#[test]
fn every_limit_has_a_row() {
    let mut rows: Vec<_> = table().into_iter().map(|row| row.0.to_owned()).collect();
    let mut names = names();
    assert!(names.len() > 20, "only {names:?}");
    rows.sort();
    names.sort();
    assert_eq!(rows, names);
}

/// No limit of its own: such a match only must not exhaust the stack of a thread.
#[test]
fn a_match_of_many_arms_is_taken() {
    let case = Case {
        make: texts::many_arms,
        at: 1500,
        code: Code::E0114,
        says: String::new(),
        stage: Stage::Checked,
    };
    if let Err((list, sources)) = outcome(&case, case.at, false) {
        panic!("{}", render_all(&list, &sources, RenderOptions::default()));
    }
}

#[test]
fn limits_hold_and_are_named() {
    let loads = match privileged() {
        Ok(()) => true,
        Err(why) => {
            skip("limits_hold_and_are_named: loading", &why);
            false
        }
    };
    let mut wrong = Vec::new();
    for (name, row) in table() {
        let check = || match &row {
            Try::Exactly(case) => check_edge(case, case.at, loads),
            Try::Somewhere(case, range) => check_edge(case, largest(case, *range), loads),
            Try::Special(check) => check(),
            Try::Unreached(why) => assert!(!why.is_empty()),
        };
        if let Err(panic) = catch_unwind(AssertUnwindSafe(check)) {
            let text = panic.downcast_ref::<String>().cloned().unwrap_or_default();
            wrong.push(format!("{name}: {text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
