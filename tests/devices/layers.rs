//! One policy at every layer: all of them choose the same executor for the same packet.
//!
//! In: the example of a key-value store, requests with keys made by chance. Out: the first request
//! for which two layers, or two engines at one, choose differently.

use crate::pair::{PORT, datagram};
use syrup_backend::Backend;
use syrup_engine::{Kernel, Native};
use syrup_ir::interp::{Decision, Packet, SetState, State};
use syrup_ir::opt::Passes;
use syrup_load::testing::{privileged, skip};
use syrup_tests::emit::target;
use syrupc::hir::PolicyId;
use syrupc::testing::{Engine, Interp, Rng, Scripted};

const BACKENDS: &[&dyn Backend] = &[&syrup_ebpf::Ebpf];

/// The layers, and whether the kernel can run a policy there.
const HOOKS: [(&str, bool); 4] =
    [("socket_select", true), ("xdp", true), ("cpu_redirect", true), ("nic_queue", false)];

/// How many requests are made.
const REQUESTS: usize = 300;

/// A MICA GET request with the hash of a key; the header is that of `stdlib/headers/mica.syr`.
fn request(rng: &mut Rng) -> Vec<u8> {
    let mut payload: Vec<u8> = (0..64).map(|_| rng.next_u64() as u8).collect();
    // The header's mark, one request, GET.
    (payload[0], payload[1], payload[6]) = (0x78, 1, 5);
    // Now and then one that is too short to be a request.
    if rng.next_u64().is_multiple_of(10) {
        payload.truncate((rng.next_u64() % 24) as usize);
    }
    datagram(rng.next_u64() as u16, &payload)
}

/// The frame as each hook is shown it: what the kernel knows of it by then.
fn packet(frame: &[u8]) -> Packet {
    Packet {
        frame: frame.to_vec(),
        net: 14,
        transport: 34,
        eth_protocol: 0x0800,
        ip_protocol: 17,
        ..Packet::default()
    }
}

#[test]
fn every_layer_chooses_the_same_executor_for_a_key() {
    if let Err(reason) = privileged() {
        return skip("every_layer_chooses_the_same_executor_for_a_key", &reason);
    }
    let path = syrup_tests::root().join("examples/mica/policy.syr");
    let mut analysis = syrup_tests::analyze_file(&path);
    let target = target("kernel-6.1");
    let mut layers = Vec::new();
    for (name, in_kernel) in HOOKS {
        let hook = analysis.hook(name).expect("the hook exists");
        let built =
            syrupc::build(&analysis.program, PolicyId(0), &hook, &target, Passes::ALL).unwrap();
        let mut engines: Vec<Box<dyn Engine>> = vec![Box::new(Interp), Box::new(Native::default())];
        if in_kernel {
            let kernel = Kernel::new(target.clone(), analysis.sources.clone(), BACKENDS).unwrap();
            engines.push(Box::new(kernel));
        }
        layers.push((name, built, engines));
    }
    let (mut rng, script) = (Rng::new(3), Scripted::default());
    let mut seen = std::collections::BTreeSet::new();
    assert_eq!(PORT, 9000);
    for n in 0..REQUESTS {
        let frame = request(&mut rng);
        let n_workers = 1 + (n % 9) as u32;
        let mut wanted = None;
        for (name, policy, engines) in &mut layers {
            for engine in engines {
                let mut state = State::new(policy.module());
                state.sets[0] = SetState::full(n_workers);
                let ran = engine.run(policy, &mut state, &packet(&frame), &script).unwrap();
                let first = wanted.get_or_insert(ran.decision);
                assert_eq!(ran.decision, *first, "{name} on {}: {frame:02x?}", engine.name());
            }
        }
        seen.extend(wanted.map(|decision| match decision {
            Decision::Slot(_, slot) => Some(slot),
            _ => None,
        }));
    }
    assert!(seen.len() > 8 && seen.contains(&None), "{seen:?}");
}
