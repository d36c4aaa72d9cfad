//! The rules of a network card against the interpreter.
//!
//! In: policies, and frames made by chance. Out: the first frame for which the model of a card,
//! which goes through the rules one by one, decides otherwise than the policy does at `xdp`.

use crate::raw;
use std::collections::BTreeSet;
use syrup_evidence::frames;
use syrup_ir::Checked;
use syrup_ir::interp::{Decision, Packet, SetState, State, run_checking_facts};
use syrup_ir::opt::Passes;
use syrup_nic::{Action, Cube, Field, Plan};
use syrupc::hir::PolicyId;
use syrupc::testing::{Playing, Rng, Scripted};

/// Frames for each policy.
const FRAMES: usize = 3000;
const QUEUES: u32 = 12;

/// Bodies of policies; `q` has 16 slots, of which the card has 12.
const BODIES: &[&str] = &[
    "match pkt { udp(dst_port: 9) => q[1], tcp(dst_port: 9 | 53) => drop, _ => pass }",
    "match pkt {
        ipv4(src: 0x0a00_0000..=0x0a00_0001) / udp(dst_port: 9) => q[1],
        ipv4(src: 0x0a00_0002) => drop,
        ipv6 / udp(dst_port) if dst_port > 9 && dst_port < 4790 => q[2],
        udp => q[4..].hash(pkt.flow_hash),
        ipv6 => q[13],
        _ => pass,
    }",
    "match pkt {
        udp(dst_port, src_port) if dst_port <= 53 || src_port & 1 == 1 => q[3],
        tcp(src_port) if src_port >> 8 == 0 => q[limit],
        ipv4(ttl: 1) => drop,
        ipv4 => drop,
        _ => q.hash(pkt.flow_hash),
    }",
    "match pkt {
        ipv4(tos: 1..=9) / tcp => q[1],
        ipv6(class: 0) => q[2],
        _ => pass,
    }",
];

fn text(body: &str) -> String {
    format!(
        "edition 2026;\nexecutors q: queue | socket [16] else drop;\n\
         param limit: u32 in 0..=15 = 5;\n\
         @hooks(nic_rules, xdp)\npolicy p(pkt: Packet) -> q {{ {body} }}\n"
    )
}

fn build(body: &str, hook: &str, passes: Passes) -> Checked {
    let mut analysis = syrupc::analyze("rules.syr", &text(body), &syrupc::NoFiles);
    assert!(!analysis.diags.has_errors(), "{}", syrup_tests::rendered(&analysis));
    let target = syrupc::profile(syrupc::DEFAULT_TARGET).expect("the default target exists");
    let hook = analysis.hook(hook).expect("the hook exists");
    let built = syrupc::build(&analysis.program, PolicyId(0), &hook, &target, passes);
    built.unwrap_or_else(|list| panic!("{body}: {list:?}"))
}

fn plan(body: &str) -> Plan {
    let passes = Passes::ALL.without(Passes::BYTE_ORDER);
    let planned = syrup_nic::plan(&build(body, "nic_rules", passes), QUEUES);
    planned.unwrap_or_else(|list| panic!("{body}: {list:?}"))
}

fn decide(policy: &Checked, frame: &[u8]) -> Decision {
    let mut state = State::new(policy.module());
    state.sets[0] = SetState::full(QUEUES);
    let script = Scripted::default();
    run_checking_facts(policy, &mut state, &raw(frame), &mut Playing::new(&script)).decision
}

/// What a card finds in a frame that the kernel delivers.
pub fn fields(packet: &Packet) -> Cube {
    let number = |at: u32, n_bytes: usize| {
        let bytes = &packet.frame[at as usize..at as usize + n_bytes];
        bytes.iter().fold(0u128, |number, byte| number << 8 | u128::from(*byte))
    };
    let (net, transport) = (packet.net, packet.transport);
    let ip = match packet.eth_protocol {
        0x0800 => [
            (Field::TrafficClass, number(net + 1, 1)),
            (Field::SrcV4, number(net + 12, 4)),
            (Field::DstV4, number(net + 16, 4)),
        ],
        _ => [
            (Field::TrafficClass, number(net, 2) >> 4 & 0xff),
            (Field::SrcV6, number(net + 8, 16)),
            (Field::DstV6, number(net + 24, 16)),
        ],
    };
    let others = [
        (Field::Ethertype, packet.eth_protocol.into()),
        (Field::Protocol, packet.ip_protocol.into()),
        (Field::Whole, 1),
        (Field::SrcPort, number(transport, 2)),
        (Field::DstPort, number(transport + 2, 2)),
    ];
    ip.into_iter().chain(others).fold(Cube::default(), |cube, (field, value)| {
        cube.and(&Cube::exactly(field, value)).expect("each field comes once")
    })
}

fn agree(action: Action, decision: Decision) -> bool {
    match (action, decision) {
        (Action::Default, Decision::Pass) | (Action::Drop, Decision::Drop) => true,
        (Action::Queue(queue), Decision::Slot(_, slot)) => queue == slot,
        // Which of them is the card's own hash to say.
        (Action::Spread { start, count }, Decision::Slot(_, slot)) => {
            (start..start + count).contains(&slot)
        }
        _ => false,
    }
}

#[test]
fn a_card_decides_as_the_policy() {
    for body in BODIES {
        let (plan, policy) = (plan(body), build(body, "xdp", Passes::ALL));
        let mut rng = Rng::new(11);
        let mut seen = BTreeSet::new();
        for n in 0..FRAMES {
            let frame = frames::frame(&mut rng);
            let Some(packet) = frames::deliver(&frame) else { continue };
            let action = plan.decide(&fields(&packet));
            let decision = decide(&policy, &frame);
            assert!(
                agree(action, decision),
                "{body}\nframe {n}: the card {action:?}, the policy {decision:?}\n\
                 {frame:02x?}\n{plan:#?}"
            );
            seen.insert(action);
        }
        assert!(seen.len() >= 2, "{body}: only {seen:?}");
    }
}

#[test]
fn frames_without_ports_are_what_they_are() {
    let plan = plan(BODIES[3]);
    let of = |kind| Cube::exactly(Field::Ethertype, kind);
    assert_eq!(plan.decide(&of(0x88cc)), Action::Default);
    // A fragment has addresses and a class, no protocol that a rule may name, and no ports.
    let class = Cube::exactly(Field::TrafficClass, 0);
    let fragment = of(0x86dd).and(&class).expect("they fit");
    assert_eq!(plan.decide(&fragment), Action::Queue(2));
}

#[test]
fn what_a_card_cannot_do_is_said() {
    for (body, says) in [
        ("match pkt { udp / Op(op: 1) => q[1], _ => pass }", "cannot ask this"),
        ("q.random()", "nic_rules cannot draw"),
        ("match pkt { udp(dst_port) => q.wrap(u32(dst_port)), _ => pass }", "nic_rules"),
        (
            "match pkt { udp(dst_port) => q.hash(u32(dst_port) *% 0x9e37_79b1), _ => pass }",
            "compute a queue",
        ),
        ("match pkt { ipv4(ttl: 1) => q[1], _ => pass }", "cannot ask this"),
    ] {
        let source = text(body).replace("@hooks", "header Op { op: u8 }\n@hooks");
        let mut analysis = syrupc::analyze("rules.syr", &source, &syrupc::NoFiles);
        let target = syrupc::profile(syrupc::DEFAULT_TARGET).expect("the default target exists");
        let hook = analysis.hook("nic_rules").expect("the hook exists");
        let passes = Passes::ALL.without(Passes::BYTE_ORDER);
        let refused = match analysis.diags.has_errors() {
            true => Err(analysis.diags.into_sorted()),
            false => syrupc::build(&analysis.program, PolicyId(0), &hook, &target, passes)
                .and_then(|checked| syrup_nic::plan(&checked, QUEUES).map(drop)),
        };
        let list = refused.expect_err(body);
        let text = syrup_diag::render_all(&list, &analysis.sources, Default::default());
        assert!(text.contains(says), "{body}:\n{text}");
    }
}

#[test]
fn a_card_has_room_for_so_many_rules() {
    let passes = Passes::ALL.without(Passes::BYTE_ORDER);
    // Ports that make no range together, each a rule, and the last rule for all others.
    let planned = |n: usize| {
        let ports: String = (0..n).map(|at| format!("u32({}), ", at * 3 + 1)).collect();
        let arms = ports.replace("u32(", "udp(dst_port: ").replace(", ", " => q[1], ");
        syrup_nic::plan(
            &build(&format!("match pkt {{ {arms} _ => pass }}"), "nic_rules", passes),
            2,
        )
    };
    let most = syrup_diag::limits::NIC_RULES_MAX;
    let plan = planned(most - 2).unwrap_or_else(|list| panic!("{list:?}"));
    // One for each version of IP; what is left of UDP, and all else, took one each on the way.
    assert_eq!(plan.rules.len(), 2 * (most - 2));
    let list = planned(most).expect_err("one rule more");
    assert!(list[0].message.contains(&most.to_string()), "{list:?}");
}
