//! Analysis of a file in which somebody is typing: what is not broken stays whole.
//!
//! In: a file of every kind of declaration, and a table of half-typed text put into a policy or
//! between declarations. Out: a failure where a declaration, the type of a local, a diagnostic
//! of another policy or a test is lost, where something new is wrong outside of the typed text, or
//! where what stands before the cursor is forgotten.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use syrup_diag::{FileId, Severity};
use syrupc::Analysis;
use syrupc::hir::Program;
use syrupc::testing::{Interp, Ready, run_tests};

/// What stands before the typed text.
const BEFORE: &str = "edition 2026;
enum Op: u64 { GET = 1, SCAN = 2 }
struct Bucket { rate: u32 in 1..=9, left: u32 }
header Request { op: le<Op>, user: le<u32> }
executors workers: socket[8] else pass;
map tokens: Hash<u32, u32, 100>;
state turn: Atomic<u32>;
param limit: u32 in 1..=9 = 3;
const N: u32 = 4;
fn twice(x: u32) -> u32 { let y = x +% x; y }

policy early(pkt: Packet) -> workers { let n = twice(N); workers.wrap(n) }

";

/// What stands behind it.
const BEHIND: &str = "

/// Has nothing to do with it.
policy good(pkt: Packet) -> workers {
    match pkt {
        udp / Request(op: SCAN) => workers[0],
        udp / Request(user) => { let n = twice(user); workers.wrap(n) },
        _ => drop,
    }
}
policy wrong(pkt: Packet) -> workers { let x = nowhere; workers[0] }
test \"good\" { expect good(tcp()) == drop; }
test \"sampled\" forall n: u32 { expect good(udp() / Request(op: SCAN, user: n)) == workers[0]; }
";

/// Where the text is typed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In a policy, behind `let n = twice(N);` and before `workers.wrap(n)`.
    Policy,
    /// Between two declarations.
    Items,
}
use Place::{Items, Policy};

/// A name, where, the text up to the cursor, and what of it must survive: `local m: u32` of the
/// policy, or the kind and name of a declaration.
const TABLE: &[(&str, Place, &str, &[&str])] = &[
    ("a word", Policy, "wor", &["local n: u32"]),
    ("behind a dot", Policy, "workers.", &["local n: u32"]),
    ("an open call", Policy, "workers.hash(", &["local n: u32"]),
    ("an open call with an argument", Policy, "workers.hash(n", &["local n: u32"]),
    ("an open index", Policy, "tokens[", &["local n: u32"]),
    ("let", Policy, "let ", &["local n: u32"]),
    ("let without a value", Policy, "let m =", &["local n: u32"]),
    ("let with half a value", Policy, "let k = n;\n    let m = k +", &["local k: u32"]),
    ("var with half a type", Policy, "var m: ", &["local n: u32"]),
    ("if", Policy, "if ", &["local n: u32"]),
    ("if with half a condition", Policy, "if n ==", &["local n: u32"]),
    ("if with an open block", Policy, "if n == 1 {", &["local n: u32"]),
    ("else", Policy, "if n == 1 { return pass; } else", &["local n: u32"]),
    ("a value or", Policy, "let m = tokens[n] else", &["local n: u32"]),
    ("match", Policy, "match pkt", &["local n: u32"]),
    ("match with an open block", Policy, "match pkt {", &["local n: u32"]),
    ("half a stack", Policy, "match pkt { udp /", &["local n: u32"]),
    ("an open pattern", Policy, "match pkt { udp / Request(", &["local n: u32"]),
    ("half a field", Policy, "match pkt { udp / Request(op:", &["local n: u32"]),
    ("a pattern", Policy, "match pkt { udp / Request(op: SCAN)", &["local n: u32"]),
    ("half a guard", Policy, "match pkt { udp if", &["local n: u32"]),
    ("an arrow", Policy, "match pkt { udp =>", &["local n: u32"]),
    ("return", Policy, "return", &["local n: u32"]),
    ("pick", Policy, "pick w from", &["local n: u32"]),
    ("pick with half a condition", Policy, "pick w from workers where", &["local n: u32"]),
    ("for", Policy, "for i in", &["local n: u32"]),
    ("for with half a range", Policy, "for i in 0..", &["local n: u32"]),
    ("half an assignment", Policy, "tokens[1] =", &["local n: u32"]),
    ("half a comparison", Policy, "let m = n <", &["local n: u32"]),
    ("an open string", Policy, "let s = \"abc", &["local n: u32"]),
    ("policy", Items, "policy", &[]),
    ("a policy's name", Items, "policy typed", &[]),
    ("a policy's open input", Items, "policy typed(pkt", &[]),
    ("a policy's arrow", Items, "policy typed(pkt: Packet) ->", &[]),
    ("a policy's open body", Items, "policy typed(pkt: Packet) -> workers {", &["policy typed"]),
    ("map", Items, "map", &[]),
    ("a map's name", Items, "map m", &[]),
    ("a map's open type", Items, "map m: Hash<", &[]),
    ("half a map's type", Items, "map m: Hash<u32,", &[]),
    ("an open header", Items, "header H {", &["header H"]),
    ("half a header's field", Items, "header H { a: u8, b:", &["header H"]),
    ("half a struct's field", Items, "struct S { a: u8, b:", &["struct S"]),
    ("half an enum's case", Items, "enum E: u8 { A = 1, B =", &["enum E"]),
    ("half a constant", Items, "const C: u32 =", &["const C"]),
    ("half a parameter", Items, "param q: u32 in 1..", &["param q"]),
    ("use", Items, "use", &[]),
    ("half a path", Items, "use std.", &[]),
    ("half a set", Items, "executors w: socket[", &["set w"]),
    ("a function's open input", Items, "fn f(x:", &[]),
    ("a function's open body", Items, "fn f(x: u32) -> u32 {", &["fn f"]),
    ("an open test", Items, "test \"t\" {", &["test t"]),
    ("half an expectation", Items, "test \"t\" { expect", &["test t"]),
    ("half a property", Items, "test \"t\" forall n:", &[]),
];

/// Every declaration, and every local of the policies with its type.
fn declared(program: &Program) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut add = |kind: &str, name: &str| _ = found.insert(format!("{kind} {name}"));
    program.consts.iter().for_each(|it| add("const", &format!("{} = {}", it.name, it.value)));
    program.consts.iter().for_each(|it| add("const", &it.name));
    program.params.iter().for_each(|it| add("param", &it.name));
    program.enums.iter().for_each(|it| add("enum", &it.info.name));
    program.structs.iter().for_each(|it| add("struct", &it.name));
    program.headers.iter().for_each(|it| add("header", &it.name));
    program.sets.iter().for_each(|it| add("set", &it.name));
    program.maps.iter().for_each(|it| add("map", &it.name));
    program.fns.iter().for_each(|it| add("fn", &it.name));
    program.policies.iter().for_each(|it| add("policy", &it.name));
    program.tests.iter().for_each(|it| add("test", &it.name));
    for map in &program.maps {
        add("map", &format!("{}: {}", map.name, map.value.display(program)));
    }
    for header in &program.headers {
        for field in &header.fields {
            let ty = field.ty.display(program);
            add("field", &format!("{} of {}: {ty}", field.name, header.name));
        }
    }
    let bodies = program.policies.iter().map(|it| (&it.name, &it.locals));
    for (name, locals) in bodies.chain(program.fns.iter().map(|it| (&it.name, &it.locals))) {
        for local in locals {
            add("local", &format!("{}: {} in {name}", local.name, local.ty.display(program)));
        }
    }
    found
}

/// Messages with the text they speak of, warnings left out.
fn errors(analysis: &Analysis) -> Vec<(u32, String)> {
    let of_file = |d: &&syrup_diag::Diagnostic| {
        d.primary.span.file == FileId(0) && d.severity == Severity::Error
    };
    let shown = |d: &syrup_diag::Diagnostic| (d.primary.span.start, d.message.clone());
    analysis.diags.iter().filter(of_file).map(shown).collect()
}

fn analyze(typed: &str) -> Analysis {
    let text = format!("{BEFORE}{typed}{BEHIND}");
    syrupc::analyze("typed.syr", &text, &syrupc::NoFiles)
}

/// Builds a policy of an analysis by name, with the tests' results that it gives.
fn works(analysis: &mut Analysis, name: &str) {
    let hook = analysis.hook(syrupc::DEFAULT_HOOK).expect("the hook exists");
    let program = &analysis.program;
    let (id, policy) = program.policy(name).unwrap_or_else(|| panic!("`{name}` is lost"));
    assert!(!policy.broken, "`{name}` is broken");
    let target = syrupc::profile(syrupc::DEFAULT_TARGET).expect("the target exists");
    let built = Ready::build(program, id, &hook, &target);
    let ready = [(id, built.unwrap_or_else(|list| panic!("`{name}`: {list:?}")))];
    let about = |name: &str| ["good", "sampled"].contains(&name);
    let results = run_tests(program, &ready.into(), &mut Interp);
    let results: Vec<_> = results.iter().filter(|result| about(&result.name)).collect();
    assert_eq!(results.len(), 2, "a test is lost");
    if name == "good" {
        assert!(results.iter().all(|result| result.failure.is_none()), "{results:?}");
    }
}

fn check(place: Place, text: &str, keeps: &[&str]) {
    let typed = match place {
        Policy => format!(
            "policy typed(pkt: Packet) -> workers {{\n    let n = twice(N);\n    {text}\n    \
             workers.wrap(n)\n}}"
        ),
        Items => text.to_owned(),
    };
    let (whole, mut analysis) = (analyze(""), analyze(&typed));
    let found = declared(&analysis.program);
    for name in declared(&whole.program) {
        assert!(found.contains(&name), "`{name}` is lost");
    }
    let mut keeps: Vec<String> = keeps.iter().map(|keep| (*keep).to_owned()).collect();
    if place == Policy {
        keeps.iter_mut().for_each(|keep| keep.push_str(" in typed"));
        keeps.push("policy typed".to_owned());
    }
    for keep in keeps {
        assert!(found.contains(&keep), "`{keep}` is lost: {found:?}");
    }
    works(&mut analysis, "early");
    works(&mut analysis, "good");
    // One cause, and nothing wrong but what is typed; the other policy's error is still there.
    let (start, end) = (BEFORE.len(), BEFORE.len() + typed.len());
    let (here, elsewhere): (Vec<_>, Vec<_>) =
        errors(&analysis).into_iter().partition(|row| (start..=end).contains(&(row.0 as usize)));
    let messages =
        |list: &[(u32, String)]| -> Vec<String> { list.iter().map(|row| row.1.clone()).collect() };
    assert_eq!(messages(&elsewhere), messages(&errors(&whole)), "elsewhere");
    assert!((1..=2).contains(&here.len()), "{} errors: {here:?}", here.len());
}

#[test]
fn what_is_not_broken_stays() {
    assert!(TABLE.len() >= 30);
    let mut wrong = Vec::new();
    for (name, place, text, keeps) in TABLE {
        let run = || check(*place, text, keeps);
        if let Err(panic) = catch_unwind(AssertUnwindSafe(run)) {
            let why = panic.downcast_ref::<String>().cloned();
            wrong.push(format!("{name} (`{text}`): {}", why.unwrap_or_default()));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), TABLE.len(), wrong.join("\n"));
}
