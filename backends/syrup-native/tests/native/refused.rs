//! What becomes no native code is refused in the author's words.

use crate::common::{options, profile};
use std::fmt::Write;
use syrup_diag::Code;
use syrup_ir::Checked;
use syrup_ir::check::check;
use syrup_ir::text::parse;
use syrup_native::{Program, object};

fn policy(maps: &str, body: &str) -> Checked {
    let text = format!(
        "module m\nhook socket_select window frame caps all\nlicence \"Apache-2.0\"\n\
         {maps}\nfunc packet @0:1..2 {{\nb0:\n{body}    return pass\n}}\n"
    );
    let module = parse(&text).unwrap_or_else(|problem| panic!("{problem}\n{text}"));
    check(module, &profile()).expect("the module is fine")
}

/// A policy that keeps `n` old values of a counter until it has all of them.
fn keeping(n: u32) -> Checked {
    let mut body = "    v0: cell m0 = state m0\n    v1: u64 = const 3\n".to_owned();
    for at in 0..n {
        writeln!(body, "    v{}: u64 = atomic_add v0 + 0, v1", 2 + at).unwrap();
    }
    for at in 0..n {
        let (result, before, kept) = (2 + n + at, 1 + n + at, 1 + n - at);
        writeln!(body, "    v{result}: u64 = xor v{before}, v{kept}").unwrap();
    }
    writeln!(body, "    write v0 + 0, v{}", 1 + 2 * n).unwrap();
    policy("map m0 a: state[1] key u32 value u64", &body)
}

/// Code and message of the refusal, of code in memory and as an object.
fn refusals(policy: &Checked) -> [Option<(Code, String)>; 2] {
    let first = |list: Vec<syrup_diag::Diagnostic>| (list[0].code, list[0].message.clone());
    let program = Program::new(policy, options()).err().map(first);
    [program, object(policy, options()).err().map(first)]
}

#[test]
fn a_frame_may_be_large_and_not_huge() {
    assert_eq!(refusals(&keeping(500)), [None, None]);
    for refusal in refusals(&keeping(1_300)) {
        let (code, message) = refusal.expect("it is refused");
        assert_eq!(code, Code::E0601);
        assert!(message.starts_with("this policy keeps too much at once"), "{message}");
    }
}

#[test]
fn maps_have_one_place_on_the_stack() {
    let maps = "map m0 a: hash[4] key u64 value struct V[256, 8] { a + 0: u64, b + 248: u64 }";
    let mut body = "    v0: u64 = const 1\n".to_owned();
    for at in 1..=100 {
        writeln!(body, "    v{at}: u1 = insert m0 [v0] = [v0, v0]").unwrap();
    }
    assert_eq!(refusals(&policy(maps, &body)), [None, None]);
}

#[test]
fn maps_beyond_the_arena_are_refused() {
    let maps: String = (0..2)
        .map(|at| {
            let value = "struct V[256, 8] { a + 0: u64 }";
            format!("map m{at} large{at}: array[16777216] key u32 value {value}\n")
        })
        .collect();
    for refusal in refusals(&policy(&maps, "")) {
        let (code, message) = refusal.expect("it is refused");
        assert_eq!(code, Code::E0413);
        assert_eq!(message, "with `large1`, the maps take more than 4096 MiB");
    }
}
