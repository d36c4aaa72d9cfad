//! Several threads on one instance: atomic operations lose nothing, entries stay whole.

use crate::common::{Script, instance, options, profile};
use std::thread;
use syrup_ir::check::check;
use syrup_ir::interp::{Packet, State};
use syrup_ir::text::parse;
use syrup_native::Instance;

/// Counts in a state cell of 32 and one of 64 bits, and replaces an entry both of whose halves
/// are the same number; drops a packet that finds them different.
const POLICY: &str = r#"
module m
hook socket_select window frame caps all
licence "Apache-2.0"
map m0 wide: state[1] key u32 value u64
map m1 narrow: state[1] key u32 value u32
map m2 pair: hash[4] key u32 value struct Pair[16, 8] { a + 0: u64, b + 8: u64 }

func packet @0:1..2 {
b0:
    v0: u32 = meta flow_hash
    v1: u64 = const 1
    v2: u32 = const 3
    v3: cell m0 = state m0
    v4: u64 = atomic_add v3 + 0, v1
    v5: cell m1 = state m1
    v6: u32 = atomic_sub v5 + 0, v2
    v7: u64 = convert v0
    v8: u32 = const 0
    lookup m2 [v8], b1 else b3
b1(v9: cell m2):
    v10: u64 = read v9 + 0
    v11: u1 = insert m2 [v8] = [v7, v7]
    v12: u64 = read v9 + 8
    v13: u1 = eq v10, v12
    br v13, b2, b4
b2:
    return pass
b3:
    v14: u1 = insert m2 [v8] = [v7, v7]
    return pass
b4:
    return drop
}
"#;

const THREADS: u32 = 4;
const RUNS: u32 = 5_000;

fn evaluate(instance: &Instance, thread: u32) -> u32 {
    let mut n_torn = 0;
    for run in 0..RUNS {
        let packet = Packet { flow_hash: thread * RUNS + run, ..Packet::default() };
        let outcome = instance.run(&packet, &mut Script::new(1));
        n_torn += u32::from(outcome.decision != syrup_ir::interp::Decision::Pass);
    }
    n_torn
}

#[test]
fn threads_share_an_instance() {
    let policy = check(parse(POLICY).expect("the module parses"), &profile());
    let instance = instance(&policy.expect("the module is fine"), options());
    let n_torn: u32 = thread::scope(|scope| {
        let running: Vec<_> = (0..THREADS)
            .map(|at| {
                scope.spawn({
                    let i = &instance;
                    move || evaluate(i, at)
                })
            })
            .collect();
        running.into_iter().map(|thread| thread.join().expect("it ends")).sum()
    });
    assert_eq!(n_torn, 0, "an entry changed under the evaluation that held it");
    let mut state = State::new(instance.module());
    instance.save(&mut state);
    assert_eq!(state.maps[0].get_number(&[], 0, 0, 8), Some(u64::from(THREADS * RUNS)));
    let narrow = (THREADS * RUNS).wrapping_mul(3).wrapping_neg();
    assert_eq!(state.maps[1].get_number(&[], 0, 0, 4), Some(narrow.into()));
    assert_eq!(state.maps[2].entries().count(), 1);
}

/// Reads, changes and writes two halves of a value under its lock; drops where they differ.
const LOCKED: &str = r#"
module m
hook socket_select window frame caps all
licence "Apache-2.0"
map m0 a: array[1] key u32 value struct S[24, 8] { _lock + 0: lock u32, n + 8: u64, m + 16: u64 }

func packet @0:1..2 {
b0:
    v0: u32 = const 0
    v1: u64 = const 1
    lookup m0 [v0], b1 else b3
b1(v2: cell m0):
    lock v2
    v3: u64 = read v2 + 8
    v4: u64 = read v2 + 16
    v5: u64 = add v3, v1
    write v2 + 8, v5
    v6: u64 = add v4, v1
    write v2 + 16, v6
    unlock v2
    v7: u1 = eq v3, v4
    br v7, b2, b3
b2:
    return pass
b3:
    return drop
}
"#;

#[test]
fn a_lock_keeps_others_out() {
    let policy = check(parse(LOCKED).expect("the module parses"), &profile());
    let instance = instance(&policy.expect("the module is fine"), options());
    let n_torn: u32 = thread::scope(|scope| {
        let shared = &instance;
        let running: Vec<_> =
            (0..THREADS).map(|at| scope.spawn(move || evaluate(shared, at))).collect();
        running.into_iter().map(|thread| thread.join().expect("it ends")).sum()
    });
    assert_eq!(n_torn, 0, "an evaluation saw half a change");
    let mut state = State::new(instance.module());
    instance.save(&mut state);
    assert_eq!(state.maps[0].get_number(&[0; 4], 0, 8, 8), Some(u64::from(THREADS * RUNS)));
}
