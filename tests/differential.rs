//! The interpreter against this machine's kernel and against native code: each policy of the
//! repository that compiles, on datagrams of every short length with chance contents.
//!
//! In: the examples, `tests/run`, the standard library. Out: the first difference in verdict, maps
//! or number of draws. The same inputs every time. Without the privilege to load, the tests of the
//! kernel are skipped, or fail when `SYRUP_REQUIRE` says so.

use syrup_backend::Backend;
use syrup_diag::{RenderOptions, render};
use syrup_engine::{Kernel, Native};
use syrup_ir::interp::{Packet, SetState, State};
use syrup_ir::{Checked, Map, MapKind};
use syrup_load::testing::{privileged, skip};
use syrup_tests::emit::{analyze, policies, target};
use syrup_tests::listing::policies_below;
use syrupc::DEFAULT_HOOK;
use syrupc::testing::{Engine, Interp, Rng, Scripted, run_tests};

/// What compiles for the kernel.
const BACKENDS: &[&dyn Backend] = &[&syrup_ebpf::Ebpf];

/// Bytes of the network header of every packet.
const NETWORK_BYTES: usize = 20;

/// The longest datagram that is cut at every byte.
const LENGTH_MAX: usize = 64;

/// A number that is often small or at an end of its range.
fn odd(rng: &mut Rng, (low, high): (u64, u64)) -> u64 {
    let span = high - low;
    let number = match rng.next_u64() % 5 {
        0 => rng.next_u64() % 4,
        1 => span - (rng.next_u64() % 3).min(span),
        2 => 1 << (rng.next_u64() % 64),
        _ => rng.next_u64(),
    };
    low + if span == u64::MAX { number } else { number % (span + 1) }
}

/// A state with some executors and some contents of maps.
fn state(policy: &Checked, rng: &mut Rng) -> State {
    let module = policy.module();
    let mut state = State::new(module);
    for (param, value) in module.params.iter().zip(&mut state.params) {
        *value = odd(rng, param.range);
    }
    for (decl, set) in module.sets.iter().zip(&mut state.sets) {
        let n = rng.next_u64() % u64::from(decl.capacity.min(9) + 1);
        // Now and then a slot holds nothing.
        let generation = |rng: &mut Rng| (rng.next_u64() % 5) as u32;
        *set = SetState { generations: (0..n).map(|_| generation(rng)).collect() };
    }
    for (decl, contents) in module.maps.iter().zip(&mut state.maps) {
        if matches!(decl.kind, MapKind::Maglev(_)) {
            // Any slot, also none of the set: user space fills the table.
            let slot = |rng: &mut Rng| odd(rng, (0, u64::from(u32::MAX))) as u32;
            contents.set_ring((0..decl.entries).flat_map(|_| slot(rng).to_le_bytes()).collect());
            continue;
        }
        if decl.kind == MapKind::Log {
            // Only policies write it.
            continue;
        }
        let n = u64::from(decl.entries).min(24);
        for entry in 0..n / 2 {
            let key = if decl.kind == MapKind::Array { rng.next_u64() % n } else { entry };
            let mut key = key.to_le_bytes().to_vec();
            key.resize(decl.key.size() as usize, 0);
            contents.set(&key, 0, &value(decl, rng));
        }
    }
    state
}

/// A value as user space may write one: plain small numbers.
fn value(decl: &Map, rng: &mut Rng) -> Vec<u8> {
    let mut bytes = vec![0; decl.value.size() as usize];
    for piece in decl.value.pieces() {
        let most = (1u64 << piece.bits.min(2)) - 1;
        bytes[piece.offset as usize] = (rng.next_u64() % (most + 1)) as u8;
    }
    bytes
}

/// A datagram of a length behind a network header, and what the hook would know of it.
fn packet(length: usize, rng: &mut Rng) -> Packet {
    let mut frame: Vec<u8> =
        (0..NETWORK_BYTES + length).map(|_| odd(rng, (0, 255)) as u8).collect();
    // The fields of `Request`: a small operation and user, where the datagram is long enough.
    let request = [1 + (rng.next_u64() % 3) as u8, 0, 0, 0, 0, 0, 0, 0];
    let user = [(rng.next_u64() % 12) as u8, 0, 0, 0];
    let fields = request.iter().chain(&user);
    if !rng.next_u64().is_multiple_of(4) {
        for (byte, field) in frame.iter_mut().skip(NETWORK_BYTES + 8).zip(fields) {
            *byte = *field;
        }
    }
    Packet {
        frame,
        net: 0,
        transport: NETWORK_BYTES as u32,
        eth_protocol: [0x0800, 0x86dd, 0x0806][(rng.next_u64() % 3) as usize],
        ip_protocol: [17, 17, 17, 6, 0][(rng.next_u64() % 5) as usize],
        flow_hash: odd(rng, (0, u64::from(u32::MAX))) as u32,
        rx_queue: 0,
        interface: 0,
    }
}

fn world(rng: &mut Rng) -> Scripted {
    let draws = (0..24).map(|_| odd(rng, (0, u64::from(u32::MAX))) as u32).collect();
    Scripted { now: odd(rng, (0, u64::MAX)), draws }
}

/// An entry of a map: CPU, key, value; or a record of a log, by its position. When it was last
/// used is no part of it.
type Entry = (u32, Vec<u8>, Vec<u8>);

/// What the maps hold.
fn contents(state: &State) -> Vec<Vec<Entry>> {
    let of_map = |map: &syrup_ir::interp::MapState| {
        let entries = map.entries().map(|(cpu, key, value)| (cpu, key.to_vec(), value.to_vec()));
        let records = (0..).zip(map.records()).map(|(at, record)| (at, vec![], record.clone()));
        entries.chain(records).collect()
    };
    state.maps.iter().map(of_map).collect()
}

/// Compares runs of a policy on datagrams of every length, with one state from first to last.
fn compare(name: &str, policy: &Checked, engines: &mut [&mut dyn Engine], seed: u64) {
    let mut rng = Rng::new(seed);
    let mut state = state(policy, &mut rng);
    for length in 0..=LENGTH_MAX {
        let (packet, world) = (packet(length, &mut rng), world(&mut rng));
        let before = state.clone();
        let wanted = Interp.run(policy, &mut state, &packet, &world).unwrap();
        for engine in &mut *engines {
            let mut other = before.clone();
            let found = engine.run(policy, &mut other, &packet, &world);
            let of = format!("{name} on {}, seed {seed}, length {length}", engine.name());
            let found = found.unwrap_or_else(|error| panic!("{of}: {error}"));
            assert_eq!(found, wanted, "{of}: {packet:?} {world:?}");
            assert_eq!(contents(&other), contents(&state), "{of}: the maps differ");
            let inputs = (&state.sets, &state.params);
            assert_eq!((&other.sets, &other.params), inputs, "{of}: the inputs differ");
        }
    }
}

fn has_lru(policy: &Checked) -> bool {
    policy.module().maps.iter().any(|map| map.kind == MapKind::LruHash)
}

#[test]
fn policies_mean_the_same_in_the_kernel_and_as_native_code() {
    if let Err(reason) = privileged() {
        return skip("policies_mean_the_same_in_the_kernel_and_as_native_code", &reason);
    }
    let mut n_policies = 0;
    for name in ["kernel-6.1", "host"] {
        let target = target(name);
        for (name, policy, sources) in policies(&target) {
            // Which entry a full map forgets is the kernel's own affair.
            if has_lru(&policy) {
                continue;
            }
            n_policies += 1;
            let mut kernel = Kernel::new(target.clone(), sources, BACKENDS).unwrap();
            let mut native = Native::default();
            for seed in 1..=3 {
                compare(&name, &policy, &mut [&mut kernel, &mut native], seed);
            }
        }
    }
    assert!(n_policies >= 20, "only {n_policies} policies were compared");
}

#[test]
fn policies_mean_the_same_as_native_code() {
    let target = target("kernel-6.1");
    let mut n_policies = 0;
    for (name, policy, _) in policies(&target) {
        n_policies += 1;
        let mut native = Native::default();
        (1..=3).for_each(|seed| compare(&name, &policy, &mut [&mut native], seed));
    }
    assert!(n_policies >= 20, "only {n_policies} policies were compared");
}

#[test]
fn in_file_tests_hold_as_native_code() {
    let mut n_tests = 0;
    for path in ["examples", "tests/run"].into_iter().flat_map(policies_below) {
        let mut analysis = analyze(&path);
        let ready = syrup_tests::build_all(&mut analysis, DEFAULT_HOOK);
        for result in run_tests(&analysis.program, &ready, &mut Native::default()) {
            n_tests += 1;
            if let Some(failure) = result.failure {
                let text = render(&failure, &analysis.sources, RenderOptions::default());
                panic!("{}: {}\n{text}", path.display(), result.name);
            }
        }
    }
    assert!(n_tests >= 19, "only {n_tests} tests were found");
}

#[test]
fn in_file_tests_hold_in_the_kernel() {
    if let Err(reason) = privileged() {
        return skip("in_file_tests_hold_in_the_kernel", &reason);
    }
    let (mut n_tests, mut n_skipped) = (0, 0);
    for path in ["examples", "tests/run", "stdlib/headers", "stdlib/functions", "stdlib/policies"]
        .into_iter()
        .flat_map(policies_below)
    {
        let mut analysis = analyze(&path);
        if !syrup_tests::all_run_at(&analysis, DEFAULT_HOOK) {
            continue;
        }
        let ready = syrup_tests::build_all(&mut analysis, DEFAULT_HOOK);
        let mut kernel = Kernel::new(target("host"), analysis.sources.clone(), BACKENDS).unwrap();
        for result in run_tests(&analysis.program, &ready, &mut kernel) {
            if let Some(why) = result.skipped {
                n_skipped += 1;
                println!("skipped: {}: {}: {why}", path.display(), result.name);
                continue;
            }
            n_tests += 1;
            if let Some(failure) = result.failure {
                let text = render(&failure, &analysis.sources, RenderOptions::default());
                panic!("{}: {}\n{text}", path.display(), result.name);
            }
        }
    }
    println!("{n_tests} tests, {n_skipped} skipped");
    assert!(n_tests >= 19, "only {n_tests} tests were found");
}
