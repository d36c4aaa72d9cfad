//! What a policy is told of an input at the true hook, and the interpreter as judge of what it
//! makes of that.

use crate::group::{FAMILIES, Group, TARGETS};
use syrup_backend::EmitOptions;
use syrup_ir::interp::{self, Decision, Packet, SetState, State};
use syrup_load::testing::in_namespace;
use syrup_tests::emit;
use syrupc::testing::{Playing, Scripted};

/// The slot that the interpreter gives a flow.
fn slot_of(policy: &syrup_ir::Checked, flow_hash: u32, n_workers: u32) -> usize {
    let mut state = State::new(policy.module());
    state.sets[0] = SetState::full(n_workers);
    let packet = Packet { frame: vec![0; 42], transport: 34, flow_hash, ..Packet::default() };
    let script = Scripted { now: 0, draws: Vec::new() };
    let mut world = Playing::new(&script);
    let outcome = interp::run(policy, &mut state, &packet, &mut world);
    let Decision::Slot(_, slot) = outcome.decision else { panic!("{outcome:?}") };
    slot as usize
}

#[test]
fn facts_and_the_choice_by_them_are_those_of_the_interpreter() {
    in_namespace(|| {
        let path = syrup_tests::root().join("tests/kernel/policies/facts.syr");
        for target in TARGETS {
            let target = emit::target(target);
            let (policy, _) = emit::build(&path, &target);
            let options = EmitOptions { counters: true, twin: false };
            let artifact = emit::artifact(&path, &target, options);
            for ip in FAMILIES {
                let group = Group::udp(&artifact, &[], ip, 7);
                for length in [0, 1, 20, 1400, 9000, 40_000] {
                    let got = group.ask(&group.client(), &vec![3; length]);
                    let hash = group.state("hash") as u32;
                    assert_eq!(got, slot_of(&policy, hash, 7), "hash {hash:#x}");
                    // The length counts from the transport header on.
                    assert_eq!(group.state("length"), 8 + length as u64);
                    assert_eq!(group.state("transport"), 17);
                }
            }
        }
    });
}

#[test]
fn connections_are_told_apart_from_datagrams() {
    in_namespace(|| {
        let path = syrup_tests::root().join("tests/kernel/policies/facts.syr");
        let target = emit::target("host");
        let (policy, _) = emit::build(&path, &target);
        let options = EmitOptions { counters: true, twin: false };
        let artifact = emit::artifact(&path, &target, options);
        for ip in FAMILIES {
            let group = Group::tcp(&artifact, &[], ip, 5);
            for _ in 0..8 {
                let got = group.connect();
                assert_eq!(got, slot_of(&policy, group.state("hash") as u32, 5));
                assert_eq!(group.state("transport"), 0);
            }
            assert_eq!(group.n_seen(), 8);
        }
    });
}
