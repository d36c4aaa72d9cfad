//! How compile time grows with a policy: each shape at 1, 10 and 100 times its size.
//!
//! `cargo bench -p syrup-bench --bench large` prints medians; ten times the size should take about
//! ten times as long, and no more memory than that (`max alloc`, in bytes held at once).

use syrup_backend::{Backend, EmitOptions};
use syrupc::hir::PolicyId;

/// Counts what is held at once.
#[global_allocator]
static ALLOCATOR: divan::AllocProfiler = divan::AllocProfiler::system();

/// How many times the size.
const TIMES: [usize; 3] = [1, 10, 100];

fn main() {
    divan::main();
}

/// A policy of declarations and a body, compiled from text to eBPF.
fn compile(bencher: divan::Bencher<'_, '_>, declarations: &str, body: &str) {
    let text = format!(
        "edition 2026;\nexecutors workers: socket[64] else pass;\n\
         @user(add) map load: Array<Atomic<u32>, workers>;\n{declarations}\
         @hooks(socket_select)\npolicy p(pkt: Packet) -> workers {{\n{body}\n}}\n"
    );
    bencher.bench(|| {
        let mut analysis = syrupc::analyze("large.syr", &text, &syrup_tests::Disk);
        assert!(!analysis.diags.has_errors());
        let hook = analysis.hook(syrupc::DEFAULT_HOOK).expect("a hook");
        let target = syrupc::profile(syrupc::DEFAULT_TARGET).expect("a target");
        let passes = syrup_tests::all_passes();
        let checked = syrupc::build(&analysis.program, PolicyId(0), &hook, &target, passes);
        let checked = checked.expect("the policy is within the limits");
        syrup_ebpf::Ebpf.emit(&checked, &target, EmitOptions::default(), &analysis.sources)
    });
}

/// So many lines.
fn lines(n: usize, line: impl Fn(usize) -> String) -> String {
    (0..n).map(line).collect()
}

/// Tests of one value, each with its own way out.
#[divan::bench(args = TIMES)]
fn ifs(bencher: divan::Bencher<'_, '_>, times: usize) {
    let ifs = lines(10 * times, |n| format!("if pkt.len == {n} {{ return drop; }}\n"));
    compile(bencher, "", &format!("{ifs}pass"));
}

/// Arms of a `match` on a number.
#[divan::bench(args = TIMES)]
fn arms(bencher: divan::Bencher<'_, '_>, times: usize) {
    let arms = lines(10 * times, |n| format!("{n} => drop,\n"));
    compile(bencher, "", &format!("match pkt.len {{\n{arms}_ => pass }}"));
}

/// Arms of a `match` on a packet.
#[divan::bench(args = TIMES)]
fn packet_arms(bencher: divan::Bencher<'_, '_>, times: usize) {
    let arms = lines(10 * times, |n| format!("udp(dst_port: {n}) => drop,\n"));
    compile(bencher, "", &format!("match pkt {{\n{arms}_ => pass }}"));
}

/// Arithmetic in a row.
#[divan::bench(args = TIMES)]
fn sums(bencher: divan::Bencher<'_, '_>, times: usize) {
    let sums = lines(10 * times, |n| format!("x = x *% {} ^ x >> 3;\n", 2 * n + 3));
    compile(bencher, "", &format!("var x: u32 = pkt.len;\n{sums}workers.wrap(x)"));
}

/// Functions, each called once.
#[divan::bench(args = TIMES)]
fn functions(bencher: divan::Bencher<'_, '_>, times: usize) {
    let fns = lines(10 * times, |n| format!("fn f{n}(x: u32) -> u32 {{ x *% {} }}\n", 2 * n + 3));
    let calls = lines(10 * times, |n| format!("x = f{n}(x);\n"));
    compile(bencher, &fns, &format!("var x: u32 = pkt.len;\n{calls}workers.wrap(x)"));
}

/// Changes of a map's entries.
#[divan::bench(args = TIMES)]
fn map_entries(bencher: divan::Bencher<'_, '_>, times: usize) {
    let adds = lines(10 * times, |_| "load[workers[0]].add(1);\n".to_owned());
    compile(bencher, "", &format!("{adds}pass"));
}

/// Declarations that nothing uses.
#[divan::bench(args = TIMES)]
fn declarations(bencher: divan::Bencher<'_, '_>, times: usize) {
    let constants = lines(10 * times, |n| format!("const C{n}: u32 = {n};\n"));
    let headers = lines(10 * times, |n| format!("header H{n} {{ a: be<u16>, b: be<u32> }}\n"));
    compile(bencher, &format!("{constants}{headers}"), "pass");
}
