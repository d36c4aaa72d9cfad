//! What code can reach: guards, masks, pages; and that nothing stays behind.

use super::calls::{Answered, Evaluation, Runtime, evaluate};
use super::{Arena, GUARD_BYTES};
use crate::abi::{self, Answer, Question};
use crate::{Options, Program};
use std::fs;
use syrup_ir::check::check;
use syrup_ir::interp::{Decision, Packet};
use syrup_ir::text::parse;
use syrup_ir::{Caps, Cause, Profile};

/// Looks something up, reads and changes what was found, and copies it to the first cell.
const POLICY: &str = r#"
module m
hook socket_select window frame caps all
licence "Apache-2.0"
map m0 seen: state[1] key u32 value u64
map m1 table: hash[8] key u32 value u64
map m2 mine: per_cpu_state[1] key u32 value u64

func packet @0:1..2 {
b0:
    v0: u32 = meta flow_hash
    v1: cell m0 = state m0
    v2: u64 = const 7
    v3: cell m2 = state m2
    write v3 + 0, v2
    lookup m1 [v0], b1 else b2
b1(v4: cell m1):
    v5: u64 = read v4 + 0
    write v1 + 0, v5
    write v4 + 0, v2
    v6: u64 = atomic_add v4 + 0, v2
    return drop
b2:
    return pass
}
"#;

fn program() -> Program {
    let target = Profile {
        name: "test".into(),
        caps: Caps::ALL,
        isa: 3,
        may_goto: true,
        verifier_insns_max: 100_000,
    };
    let module = parse(POLICY).expect("the module parses");
    let policy = check(module, &target).expect("the module is fine");
    let options = Options { n_cpus: 2, ..Options::default() };
    Program::new(&policy, options).unwrap_or_else(|list| panic!("{list:?}"))
}

/// A runtime that finds every key at one place, wherever that is.
struct Liar(u64);

impl Runtime for Liar {
    fn sizes(&self, _map: u32) -> (usize, usize) {
        (4, 8)
    }

    fn lookup(&mut self, _map: u32, _key: &[u8]) -> Option<u64> {
        Some(self.0)
    }

    fn insert(&mut self, _map: u32, _key: &[u8], _value: &[u8]) -> bool {
        true
    }

    fn remove(&mut self, _map: u32, _key: &[u8]) -> bool {
        true
    }

    fn random(&mut self, _below: u64) -> u64 {
        u64::MAX
    }

    fn thread(&mut self, _question: Question, _which: u32, _slot: u32) -> u64 {
        u64::MAX
    }
}

#[test]
fn no_offset_leads_out_of_the_arena() {
    let program = program();
    let arena = Arena::new(program.layout().bytes).expect("there is room");
    let packet = Packet::default();
    // Neighbours, far places, the address of something real, and CPUs there are none of.
    let ours = 0x5eed_u64;
    let real = (&raw const ours) as u64;
    let far = [0, 8, 4095, 4096, 1 << 16, 1 << 32, 1 << 63, u64::MAX - 8, real];
    for offset in far.into_iter().chain([real.wrapping_sub(arena.as_ptr() as u64)]) {
        for cpu in [0, 1, 2, 1 << 20, u32::MAX] {
            let evaluation =
                Evaluation { func: 0, inputs: &[], cpu, now_ns: 0, packet: &packet, task: None };
            let Answered { answer, .. } =
                evaluate(program.code(), &arena, &evaluation, &mut Liar(offset));
            let decided = Answer::Decided(Decision::Drop, Cause::Written);
            assert_eq!(abi::decode(answer), Some(decided), "{offset:#x} on CPU {cpu}");
        }
    }
    // A guard page would have ended the process, and what lies behind the guards is as it was.
    assert_eq!(ours, 0x5eed);
}

#[test]
fn a_lie_about_an_offset_lands_inside() {
    let program = program();
    let arena = Arena::new(program.layout().bytes).expect("there is room");
    let seen = program.layout().maps[0].start;
    let last = arena.bytes() - 8;
    arena.store(last, 8, 30);
    let packet = Packet::default();
    let evaluation =
        Evaluation { func: 0, inputs: &[], cpu: 0, now_ns: 0, packet: &packet, task: None };
    // All bits set but one, which the check of the runtime's answer keeps for itself.
    evaluate(program.code(), &arena, &evaluation, &mut Liar(u64::MAX - 1));
    assert_eq!(arena.load(seen, 8), 30);
    assert_eq!(arena.load(last, 8), 14);
}

/// The lines of this process's mappings: first address, one past the last, permissions.
fn mappings() -> Vec<(usize, usize, String)> {
    let maps = fs::read_to_string("/proc/self/maps").expect("the kernel tells its mappings");
    let parse = |line: &str| {
        let (range, rest) = line.split_once(' ')?;
        let (start, end) = range.split_once('-')?;
        let number = |hex| usize::from_str_radix(hex, 16).ok();
        Some((number(start)?, number(end)?, rest[..4].to_owned()))
    };
    maps.lines().filter_map(parse).collect()
}

fn permissions(address: usize) -> Option<String> {
    let found = mappings().into_iter().find(|row| (row.0..row.1).contains(&address));
    found.map(|row| row.2)
}

#[test]
fn no_page_is_writable_and_executable() {
    let program = program();
    assert_eq!(permissions(program.code().address(0)).as_deref(), Some("r-xp"));
    for (start, end, permissions) in mappings() {
        let both = permissions.contains('w') && permissions.contains('x');
        assert!(!both, "{start:#x} to {end:#x} is {permissions}");
    }
}

#[test]
fn guards_stand_around_an_arena() {
    let arena = Arena::new(4096).expect("there is room");
    let start = arena.as_ptr() as usize;
    assert_eq!(permissions(start).as_deref(), Some("rw-p"));
    assert_eq!(permissions(start - 1).as_deref(), Some("---p"));
    assert_eq!(permissions(start - GUARD_BYTES).as_deref(), Some("---p"));
    assert_eq!(permissions(start + 4096).as_deref(), Some("---p"));
    assert_eq!(permissions(start + 4096 + GUARD_BYTES - 1).as_deref(), Some("---p"));
}

#[test]
fn numbers_and_bytes_come_back() {
    let arena = Arena::new(4096).expect("there is room");
    arena.write(16, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    assert_eq!(arena.read(16, 11), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    assert_eq!((arena.load(16, 2), arena.load(20, 4)), (0x0201, 0x0807_0605));
    arena.store(24, 1, 0x1ff);
    assert_eq!((arena.load(24, 1), arena.load(25, 1)), (0xff, 10));
}

#[test]
#[should_panic(expected = "outside an arena")]
fn rust_is_kept_inside_too() {
    let arena = Arena::new(4096).expect("there is room");
    arena.load(4096, 8);
}
