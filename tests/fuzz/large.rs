//! Large and deep input: 1 MiB of one thing, and nesting without end.

use crate::survives;
use syrup_diag::limits::SOURCE_BYTES_MAX;
use syrup_tests::memory::Memory;

/// Declarations that bodies use.
const HEAD: &str = "edition 2026;\nexecutors workers: socket[64] else pass;\n\
                    map m: Array<Atomic<u32>, workers>;\n";

/// A text of about `n_bytes`: `open` and `close` around `core` as often as fits.
fn repeated(n_bytes: usize, [head, open, core, close, tail]: [&str; 5]) -> String {
    let rest = n_bytes - head.len() - core.len() - tail.len();
    let n = rest / (open.len() + close.len());
    [head, &open.repeat(n), core, &close.repeat(n), tail].concat()
}

#[test]
fn deep_expressions() {
    let pairs = [
        ("(", ")"),
        ("!", ""),
        ("~", ""),
        ("min(1, ", ")"),
        ("1 + ", ""),
        ("1 +% ", ""),
        ("true || ", ""),
        ("pkt.", ""),
        ("workers[", "]"),
        ("m[workers[", "]]"),
        ("if true { ", "} else { 1 }"),
        ("if true { 1 } else ", ""),
        ("match 1 { _ => ", "}"),
        ("m[workers[0]] else ", ""),
        ("pick w from workers where ", ""),
        ("u32(", ")"),
    ];
    for (open, close) in pairs {
        let head = format!("{HEAD}policy p(pkt: Packet) -> workers {{ let x: u32 = ");
        for n_bytes in [500, 700, 2_000, 40_000] {
            let text = repeated(n_bytes, [&head, open, "1", close, "; workers[0] }"]);
            survives(&text, &Memory::default());
        }
    }
}

#[test]
fn a_mebibyte() {
    for (open, close) in [("(", ")"), ("1 +% ", ""), ("pkt.", "")] {
        let head = format!("{HEAD}policy p(pkt: Packet) -> workers {{ let x: u32 = ");
        let text = repeated(SOURCE_BYTES_MAX, [&head, open, "1", close, "; workers[0] }"]);
        survives(&text, &Memory::default());
    }
}

#[test]
fn many_declarations() {
    let each = [
        "const A: u32 = 1;\n",
        "state s: Atomic<u32>;\n",
        "map a: Array<u32, 8>;\n",
        "header h after udp(dst_port: 1) { a: u8 }\n",
        "struct s { a: u32, b: u64 }\n",
        "use std.udp;\n",
        "policy p(pkt: Packet) -> workers { workers[0] }\n",
        "test \"t\" { expect 1 == 1; }\n",
        "@hooks(xdp, socket_select) ",
    ];
    for text in each {
        survives(&repeated(SOURCE_BYTES_MAX / 16, [HEAD, text, "", "", ""]), &Memory::default());
    }
}

/// How many different names the next tests declare.
const N_NAMES: usize = 2_000;

/// Declarations of different names: nothing is a repetition that could be dropped.
fn names(each: impl Fn(usize) -> String) -> String {
    std::iter::once(HEAD.to_owned()).chain((0..N_NAMES).map(each)).collect()
}

/// How many lines the bodies of the next tests have: enough for thousands of operations.
const N_LINES: usize = 300;

/// A policy with a start, many lines and an end.
fn body(start: &str, each: impl Fn(usize) -> String, end: &str) -> String {
    let lines: String = (0..N_LINES).map(each).collect();
    format!("{HEAD}policy p(pkt: Packet) -> workers {{ {start} {lines} {end} }}")
}

#[test]
fn many_constants() {
    survives(&names(|n| format!("const A{n}: u32 = {n};\n")), &Memory::default());
    survives(&names(|n| format!("const A{n}: u32 = A{};\n", n + 1)), &Memory::default());
    survives(&names(|n| format!("const A{}: u32 = A{n};\n", n + 1)), &Memory::default());
}

#[test]
fn many_headers_and_cases() {
    let header = |n| format!("header h{n} after h{} {{ a: u8 }}\n", n / 2);
    survives(&names(header), &Memory::default());
    let cases: String = (0..N_NAMES).map(|n| format!("C{n} = {n}, ")).collect();
    survives(&format!("{HEAD}enum Op: u64 {{ {cases} }}"), &Memory::default());
}

#[test]
fn many_statements() {
    let files = Memory::default();
    survives(&body("", |n| format!("let x{n}: u32 = {n};\n"), "workers[0]"), &files);
    survives(&body("", |n| format!("if pkt.len == {n} {{ return drop; }}\n"), "pass"), &files);
    survives(&body("", |_| "m[workers[0]].add(1);\n".to_owned(), "pass"), &files);
}

#[test]
fn many_arms() {
    let files = Memory::default();
    survives(&body("match pkt.len {", |n| format!("{n} => drop,\n"), "_ => pass }"), &files);
    let arm = |n| format!("udp(dst_port: {n}) => drop,\n");
    survives(&body("match pkt {", arm, "_ => pass }"), &files);
}

/// How many arms the next tests have: a text of some hundred kilobytes.
const N_ARMS: usize = 3_000;

/// Tables of thousands of rows are what policies are generated from: looked up by halving, or
/// refused for their size, but never slow.
#[test]
fn tables() {
    let files = Memory::default();
    let arms: [&dyn Fn(usize) -> String; 8] = [
        &|n| format!("udp(dst_port: {n}) => drop,"),
        &|n| format!("udp(dst_port: {n} | {}) => drop,", n + 20_000),
        &|n| format!("udp(dst_port: {n}, src_port) if src_port > {n} => drop,"),
        &|n| format!("udp(dst_port) if dst_port == {n} => drop,"),
        &|n| format!("udp({}: {n}) => drop,", ["dst_port", "src_port"][n % 2]),
        &|n| format!("tcp(dst_port: {n}) | udp(dst_port: {n}) => drop,"),
        &|n| format!("udp(dst_port: {n}..={}) => drop,", n + 2),
        &|n| format!("ipv4(src: {n}) / udp => drop,"),
    ];
    for each in arms {
        // All in one line: places in it are found without reading it from its start.
        let arms: String = (0..N_ARMS).map(each).collect();
        let text = format!(
            "{HEAD}policy p(pkt: Packet) -> workers {{ match pkt {{ {arms} _ => pass }} }}"
        );
        survives(&text, &files);
    }
}

/// Calls are expanded where they stand, so a short text can ask for a very long program.
#[test]
fn functions_upon_functions() {
    let files = Memory::default();
    let policy = "policy p(pkt: Packet) -> workers { workers.wrap(f0(pkt.len)) }";
    let check = |n_fns: usize, each: &dyn Fn(usize) -> String| {
        let last = format!("fn f{n_fns}(x: u32) -> u32 {{ x }}\n");
        let callers_first: String = (0..n_fns).map(each).collect();
        survives(&format!("{HEAD}{callers_first}{last}{policy}"), &files);
        let callees_first: String = (0..n_fns).rev().map(each).collect();
        survives(&format!("{HEAD}{last}{callees_first}{policy}"), &files);
    };
    let next = |n: usize| format!("fn f{n}(x: u32) -> u32 {{ f{}(x) }}\n", n + 1);
    let twice = |n: usize| format!("fn f{n}(x: u32) -> u32 {{ f{0}(x) +% f{0}(x) }}\n", n + 1);
    let circle = |n: usize| format!("fn f{n}(x: u32) -> u32 {{ f{}(x) }}\n", (n + 1) % 1000);
    let deep = |n: usize| {
        let (open, close) = ("(1 +% ".repeat(28), ")".repeat(28));
        format!("fn f{n}(x: u32) -> u32 {{ {open}f{}(x){close} }}\n", n + 1)
    };
    for n_fns in [5, 20, 30, 31, 32, 1_000] {
        check(n_fns, &next);
        check(n_fns, &twice);
        check(n_fns, &circle);
        check(n_fns, &deep);
    }
}

#[test]
fn loops_in_loops() {
    let files = Memory::default();
    for (n_loops, end) in [(2, 64), (8, 2), (8, 9), (30, 1), (60, 4096), (1, 4096), (2, 4096)] {
        let open: String = (0..n_loops).map(|n| format!("for i{n} in 0..{end} {{ ")).collect();
        let close = "} ".repeat(n_loops);
        let text = format!(
            "{HEAD}policy p(pkt: Packet) -> workers {{ var n: u32 = 0; \
             {open} n = n +% 1; {close} workers.wrap(n) }}"
        );
        survives(&text, &files);
    }
}
