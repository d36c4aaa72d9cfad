//! How long a decision takes at the hooks of a frame, against an XDP program that does nothing.
//!
//! `cargo bench -p syrup-bench --bench hooks` prints a row for each example and hook: words of the
//! program, nanoseconds a run as the kernel measures `BPF_PROG_TEST_RUN`, and how many of them are
//! more than the empty program takes. Each is the least of several series, because the machine may
//! be busy. Without the privilege to load, it says so and ends.

use syrup_backend::{Backend, EmitOptions};
use syrup_load::{LoadOptions, Loaded, SetState, Update, load};
use syrup_wire::artifact::{Artifact, MapRole, ProgramRole};
use syrupc::hir::PolicyId;

/// Examples whose policies may run at a frame.
const EXAMPLES: &[&str] = &["mica", "hash", "round_robin", "sita", "scan_avoid", "token", "jsq"];

const HOOKS: &[&str] = &["xdp", "cpu_redirect"];

/// Runs of one series, and series.
const RUNS: u32 = 200_000;
const SERIES: usize = 9;

const EMPTY: &str = "edition 2026;
@hooks(xdp)
policy empty(pkt: Packet) -> verdict { pass }";

fn main() {
    if let Err(error) = syrup_load::probe().and_then(|found| found.require_load()) {
        println!("not measured: {error}");
        return;
    }
    let empty = least_ns(&compile("empty.syr", EMPTY, "xdp"));
    println!("{:<14}{:<14}{:>6}{:>8}{:>12}", "policy", "hook", "words", "ns", "over empty");
    println!("{:<14}{:<14}{:>6}{:>8}", "(empty)", "xdp", "", empty);
    for name in EXAMPLES {
        let path = syrup_tests::root().join(format!("examples/{name}/policy.syr"));
        let text = std::fs::read_to_string(&path).expect("the example is there");
        for hook in HOOKS {
            let artifact = compile(&path.to_string_lossy(), &text, hook);
            let words =
                artifact.program(ProgramRole::Policy).map_or(0, |program| program.insns.len());
            let ns = least_ns(&artifact);
            println!("{name:<14}{hook:<14}{words:>6}{ns:>8}{:>12}", ns.saturating_sub(empty));
        }
    }
}

fn compile(name: &str, text: &str, hook: &str) -> Artifact {
    let mut analysis = syrupc::analyze(name, text, &syrup_tests::Disk);
    assert!(!analysis.diags.has_errors());
    let hook = analysis.hook(hook).expect("a hook");
    let target = syrupc::profile(syrupc::DEFAULT_TARGET).expect("a target");
    let passes = syrup_tests::all_passes();
    let checked = syrupc::build(&analysis.program, PolicyId(0), &hook, &target, passes)
        .expect("an example compiles");
    let options = EmitOptions::default();
    syrup_ebpf::Ebpf
        .emit(&checked, &target, options, &analysis.sources)
        .expect("an example is emitted")
}

/// A request as the examples know them: UDP to port 9000, zeros with a 1 in front.
fn frame() -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x00];
    frame.extend([0x45, 0, 0, 92, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1]);
    frame.extend([0, 7, 0x23, 0x28, 0, 72, 0, 0, 1]);
    frame.resize(14 + 92, 0);
    frame
}

fn least_ns(artifact: &Artifact) -> u32 {
    let loaded = load(artifact, &LoadOptions::default()).expect("an example loads");
    fill(&loaded);
    let program = loaded.program(ProgramRole::Policy).expect("it was loaded");
    let series = (0..SERIES).map(|_| program.test_run(&frame(), None, RUNS).expect("it runs"));
    series.map(|run| run.duration_ns).min().unwrap_or(0)
}

/// One core as the executor in every slot, where executors are cores.
fn fill(loaded: &Loaded) {
    for set in 0..loaded.artifact.sets.len() as u32 {
        let state = SetState::of(loaded, set).expect("the set is there");
        let n_slots = state.spec().capacity.min(6);
        if let Some(table) = loaded.map_by(|role| *role == MapRole::Cores { set }) {
            let cores = loaded.map_by(|role| *role == MapRole::Executors { set });
            let cores = cores.expect("the map of cores is there");
            let value = 64u64.to_ne_bytes();
            cores.update(&0u32.to_ne_bytes(), &[&value], Update::Any).expect("core 0 is there");
            for slot in 0..n_slots {
                let number = 1u32.to_ne_bytes();
                table.update(&slot.to_ne_bytes(), &[&number], Update::Any).expect("a slot");
            }
        }
        for slot in 0..n_slots {
            state.set_generation(slot, 1).expect("a slot");
        }
        state.set_len(n_slots).expect("a length");
    }
}
