//! Large and deep input: 1 MiB of one thing, and nesting without end.

use crate::survives;
use syrup_diag::limits::SOURCE_BYTES_MAX;
use syrup_tests::memory::Memory;

/// Declarations that bodies use.
const HEAD: &str = "edition 2026;\nexecutors workers: socket[64] else pass;\n\
                    map m: Array<Atomic<u32>, workers>;\n";

/// A text of about `size` bytes: `open` and `close` around `core` as often as fits.
fn repeated(size: usize, [head, open, core, close, tail]: [&str; 5]) -> String {
    let rest = size - head.len() - core.len() - tail.len();
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
        for size in [2_000, SOURCE_BYTES_MAX] {
            let head = format!("{HEAD}policy p(pkt: Packet) -> workers {{ let x: u32 = ");
            let text = repeated(size, [&head, open, "1", close, "; workers[0] }"]);
            survives(&text, &Memory::default());
        }
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
        survives(&repeated(SOURCE_BYTES_MAX / 4, [HEAD, text, "", "", ""]), &Memory::default());
    }
}

/// How many different names the next tests declare.
const N_NAMES: usize = 2_000;

/// Declarations of different names: nothing is a repetition that could be dropped.
fn names(each: impl Fn(usize) -> String) -> String {
    std::iter::once(HEAD.to_owned()).chain((0..N_NAMES).map(each)).collect()
}

/// A policy with a line for each of many names, and an end.
fn body(start: &str, each: impl Fn(usize) -> String, end: &str) -> String {
    let lines: String = (0..N_NAMES).map(each).collect();
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
