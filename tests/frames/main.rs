//! One policy, two hooks: on whole frames at `xdp`, and on what the kernel would deliver of them at
//! `socket_select`.
//!
//! In: frames made by chance and cut at every byte. Out: the first whose verdicts differ, of those
//! that an independent parser says the kernel delivers. The same frames every time.

mod engines;
mod rules;

use std::collections::BTreeMap;
use syrup_diag::{RenderOptions, render};
use syrup_evidence::frames;
use syrup_ir::Checked;
use syrup_ir::interp::{Decision, Packet, SetState, State, run_checking_facts};
use syrup_ir::opt::Passes;
use syrupc::hir::PolicyId;
use syrupc::testing::{Interp, Playing, Rng, Scripted, run_tests};

/// How many frames are made.
const FRAMES: usize = 6000;

/// One frame in so many is cut at every byte besides.
const CUT_EVERY: usize = 40;

/// Names addresses, options, extension headers, layers within a tunnel and runs to the end.
const POLICY: &str = "edition 2026;
executors w: socket[32] else pass;

header Request { op: be<u16>, user: u8 }
header Text { size: u8 in 0..=4, text: bytes[size], last: u8 }
header Tail { rest: bytes[..6] }
header Word { word: bytes[until(2, 6)] }

@hooks(socket_select, xdp)
policy p(pkt: Packet) -> w {
    match pkt {
        ipv4(ttl: 1, src) / udp / Request => w[src & 1],
        ipv4(options: hex\"94 04 00 00\") / tcp(ack: 1) => w[2],
        ipv6 / hop_by_hop(length: 0) / udp / Request(op: 1) => w[3],
        ipv6 / routing / destination_options / udp => w[4],
        ipv6 / fragment(id) / tcp => w[5 + (id & 1)],
        udp / vxlan(vni: 7) / eth / ipv4 / tcp => w[7],
        udp / vxlan / eth / vlan / ipv6 / udp => w[8],
        udp(dst_port: 9) / Request(op: 1, user) => w[9 + u32(user & 3)],
        udp(dst_port: 9) / Text(size, last: 1) => w[13 + u32(size)],
        udp(dst_port: 10) / Tail(rest) => w[18 + rest.len],
        udp(dst_port: 53) / Word(word) => w[18 + word.len],
        tcp / Request(op: 2) | udp / Request(op: 2) => w[25],
        tcp(data_offset: 5) => w[26],
        tcp => w[27],
        udp => w[28],
        ipv6(next: 0) => w[29],
        ipv4 => w[30],
        _ => drop,
    }
}";

/// Keeps flows apart by all that `pkt.flow` says of them.
const FLOWS: &str = "edition 2026;
executors w: socket[32] else pass;

@hooks(socket_select, xdp)
policy p(pkt: Packet) -> w {
    let flow = pkt.flow else return drop;
    w.hash(hash(flow))
}";

fn build(text: &str, hook: &str) -> Checked {
    let mut analysis = syrupc::analyze("frames.syr", text, &syrupc::NoFiles);
    assert!(analysis.diags.is_empty(), "{}", syrup_tests::rendered(&analysis));
    let target = syrupc::profile(syrupc::DEFAULT_TARGET).expect("the default target exists");
    let hook = analysis.hook(hook).expect("the hook exists");
    syrupc::build(&analysis.program, PolicyId(0), &hook, &target, Passes::ALL)
        .expect("the policy builds")
}

fn decide(policy: &Checked, packet: &Packet) -> Decision {
    let mut state = State::new(policy.module());
    state.sets[0] = SetState::full(32);
    let script = Scripted::default();
    run_checking_facts(policy, &mut state, packet, &mut Playing::new(&script)).decision
}

/// A frame as a hook sees it that begins there: what else a packet has must not matter.
fn raw(frame: &[u8]) -> Packet {
    Packet {
        frame: frame.to_vec(),
        net: 3,
        transport: 5,
        eth_protocol: 0x0800,
        ip_protocol: 17,
        ..Packet::default()
    }
}

#[test]
fn stacks_from_the_frame_on() {
    let mut analysis =
        syrup_tests::analyze_file(&syrup_tests::root().join("tests/frames/stacks.syr"));
    let ready = syrup_tests::build_named(&mut analysis, 0);
    let results = run_tests(&analysis.program, &ready, &mut Interp);
    assert!(results.len() >= 11, "only {} tests", results.len());
    let failures = results.iter().filter_map(|result| result.failure.as_ref());
    let text: String = failures
        .map(|failure| render(failure, &analysis.sources, RenderOptions::default()))
        .collect();
    assert!(text.is_empty(), "{text}");
}

#[test]
fn a_policy_means_the_same_at_both_hooks() {
    let (at_frame, at_socket) = (build(POLICY, "xdp"), build(POLICY, "socket_select"));
    let flows = (build(FLOWS, "xdp"), build(FLOWS, "socket_select"));
    let mut n_flows = 0;
    let mut rng = Rng::new(7);
    let mut seen: BTreeMap<u32, u32> = BTreeMap::new();
    let mut n_refused = 0;
    for n in 0..FRAMES {
        let frame = frames::frame(&mut rng);
        let shortest = if n % CUT_EVERY == 0 { 0 } else { frame.len() };
        for end in (shortest..=frame.len()).rev() {
            let frame = &frame[..end];
            let decision = decide(&at_frame, &raw(frame));
            let Some(packet) = frames::deliver(frame) else {
                n_refused += 1;
                continue;
            };
            let expected = decide(&at_socket, &packet);
            assert_eq!(decision, expected, "frame {n} cut to {end} bytes: {frame:02x?}");
            let Decision::Slot(_, slot) = expected else { panic!("no arm: {frame:02x?}") };
            *seen.entry(slot).or_insert(0) += 1;
            let flow = decide(&flows.0, &raw(frame));
            assert_eq!(flow, decide(&flows.1, &packet), "frame {n}, {end} bytes: {frame:02x?}");
            n_flows += usize::from(matches!(flow, Decision::Slot(..)));
        }
    }
    // Every arm that a socket's packet can reach.
    let missing: Vec<_> = (0..=28).filter(|slot| !seen.contains_key(slot)).collect();
    assert!(missing.is_empty(), "{missing:?} of {seen:?}");
    assert!(n_flows > FRAMES / 2, "{n_flows} flows");
    assert!(n_refused > FRAMES, "{n_refused} refused frames");
}
