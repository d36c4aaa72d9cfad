//! Each rule of the judge on the smallest program that breaks it, beside one that is fine.
//!
//! In: words by hand, as RFC 9669 numbers them. Out: the rules that each program breaks.

use syrup_bytecode_lint::{Map, Program, Reloc, Rule, lint};

const SK_REUSEPORT: u32 = 21;
const XDP: u32 = 6;

/// `opcode dst src offset imm`.
fn w(opcode: u8, dst: u64, src: u64, offset: i16, imm: i32) -> u64 {
    u64::from(opcode)
        | dst << 8
        | src << 12
        | u64::from(offset as u16) << 16
        | u64::from(imm as u32) << 32
}

fn set(dst: u64, imm: i32) -> u64 {
    w(0xb7, dst, 0, 0, imm)
}

fn copy(dst: u64, src: u64) -> u64 {
    w(0xbf, dst, src, 0, 0)
}

fn add(dst: u64, imm: i32) -> u64 {
    w(0x07, dst, 0, 0, imm)
}

/// `dst = *(u64 *)(base + offset)`.
fn load(dst: u64, base: u64, offset: i16) -> u64 {
    w(0x79, dst, base, offset, 0)
}

/// `dst = *(u8 *)(base + offset)`.
fn load_byte(dst: u64, base: u64, offset: i16) -> u64 {
    w(0x71, dst, base, offset, 0)
}

/// `*(u64 *)(base + offset) = src`.
fn store(base: u64, offset: i16, src: u64) -> u64 {
    w(0x7b, base, src, offset, 0)
}

fn call(function: i32) -> u64 {
    w(0x85, 0, 0, 0, function)
}

/// `if dst == 0 goto`.
fn if_zero(dst: u64, by: i16) -> u64 {
    w(0x15, dst, 0, by, 0)
}

const EXIT: u64 = 0x95;

/// A hash of 4 to 16 bytes with a lock in its last four, and a value of 8 bytes to read only.
const MAPS: [Map; 2] = [
    Map { kind: 1, key_bytes: 4, value_bytes: 16, read_only: false, lock: Some(12) },
    Map { kind: 2, key_bytes: 4, value_bytes: 8, read_only: true, lock: None },
];

fn broken_as(kind: u32, words: &[u64], relocs: &[Reloc]) -> Vec<Rule> {
    let findings = lint(&Program { kind, words, relocs, maps: &MAPS });
    findings.into_iter().map(|finding| finding.rule).collect()
}

fn broken(words: &[u64]) -> Vec<Rule> {
    broken_as(SK_REUSEPORT, words, &[])
}

/// `r0 = map_lookup_elem(map 0, key on the stack)`, 8 words, with the relocation.
fn lookup() -> (Vec<u64>, [Reloc; 1]) {
    let words =
        vec![w(0x62, 10, 0, -4, 7), w(0x18, 1, 1, 0, 0), 0, copy(2, 10), add(2, -4), call(1)];
    (words, [Reloc { insn: 1, map: 0, value_offset: None }])
}

/// What follows a lookup.
fn after_lookup(rest: &[u64]) -> Vec<Rule> {
    let (mut words, relocs) = lookup();
    words.extend(rest);
    broken_as(SK_REUSEPORT, &words, &relocs)
}

#[test]
fn what_policies_do_is_fine() {
    assert_eq!(broken(&[set(0, 1), EXIT]), []);
    assert_eq!(after_lookup(&[if_zero(0, 1), load(0, 0, 0), set(0, 1), EXIT]), []);
    let packet = [
        load(2, 1, 0),
        load(3, 1, 8),
        add(2, 9),
        set(0, 1),
        // if r2 > r3 goto exit
        w(0x2d, 2, 3, 1, 0),
        load_byte(0, 2, -1),
        EXIT,
    ];
    assert_eq!(broken(&packet), []);
}

#[test]
fn encodings_and_jumps() {
    assert_eq!(broken(&[w(0xb7, 11, 0, 0, 0), EXIT]), [Rule::Encoding]);
    assert_eq!(broken(&[w(0xb7, 0, 0, 4, 0), EXIT]), [Rule::Encoding]);
    assert_eq!(broken(&[set(10, 0), EXIT]), [Rule::Encoding]);
    assert_eq!(broken(&[set(0, 1), w(0x67, 0, 0, 0, 64), EXIT]), [Rule::Encoding]);
    assert_eq!(broken(&[set(0, 1), w(0x37, 0, 0, 0, 0), EXIT]), [Rule::Encoding]);
    assert_eq!(broken(&[set(0, 1)]), [Rule::NoExit]);
    assert_eq!(broken(&[set(0, 1), if_zero(0, 5), EXIT]), [Rule::JumpTarget]);
    assert_eq!(broken(&[set(0, 1), EXIT, EXIT]), [Rule::Unreachable]);
}

#[test]
fn circles_need_an_end() {
    // The middle word is `may_goto +1` once and `if r0 == 0 goto +1` once.
    let round = |leave| [set(0, 1), leave, w(0x05, 0, 0, -2, 0), EXIT];
    assert_eq!(broken(&round(w(0xe5, 0, 0, 1, 0))), []);
    assert_eq!(broken(&round(if_zero(0, 1))), [Rule::EndlessLoop]);
}

#[test]
fn what_is_read_was_written() {
    assert_eq!(broken(&[copy(0, 6), EXIT]), [Rule::Register, Rule::Return]);
    assert_eq!(broken(&[EXIT]), [Rule::Return]);
    assert_eq!(broken(&[load(0, 10, -8), EXIT]), [Rule::Stack]);
    assert_eq!(broken(&[set(0, 1), store(10, -520, 0), EXIT]), [Rule::Stack]);
    assert_eq!(broken(&[set(0, 1), store(10, -12, 0), EXIT]), [Rule::Stack]);
    // A call loses r1 to r5.
    assert_eq!(broken(&[call(8), copy(0, 1), EXIT]), [Rule::Register, Rule::Return]);
    // One side of a branch does not write r6.
    let words = [set(0, 1), if_zero(0, 1), set(6, 2), copy(0, 6), EXIT];
    assert_eq!(broken(&words), [Rule::Register, Rule::Return]);
}

#[test]
fn words_of_the_stack_stay_whole() {
    let words = [set(0, 1), store(10, -8, 0), w(0x63, 10, 0, -8, 0), EXIT];
    assert_eq!(broken(&words), [Rule::TornWord]);
}

#[test]
fn contexts_have_fields() {
    assert_eq!(broken(&[w(0x61, 0, 1, 16, 0), EXIT]), []);
    assert_eq!(broken(&[load(0, 1, 16), set(0, 1), EXIT]), [Rule::Context]);
    assert_eq!(broken_as(XDP, &[w(0x61, 0, 1, 16, 0), EXIT], &[]), []);
    assert_eq!(broken_as(XDP, &[w(0x61, 0, 1, 32, 0), EXIT], &[]), [Rule::Context]);
}

#[test]
fn packets_are_read_behind_their_check() {
    let read = |n: i32, at: i16| {
        let check = w(0x2d, 2, 3, 1, 0);
        let words =
            [load(2, 1, 0), load(3, 1, 8), add(2, n), set(0, 1), check, load_byte(0, 2, at), EXIT];
        broken(&words)
    };
    assert_eq!(read(9, -9), []);
    assert_eq!(read(9, 0), [Rule::PacketBounds]);
    assert_eq!(read(9, -10), [Rule::PacketBounds]);
    // Without the comparison, and on its other side.
    assert_eq!(broken(&[load(2, 1, 0), load_byte(0, 2, 0), EXIT]), [Rule::PacketBounds]);
    let other_side = [
        load(2, 1, 0),
        load(3, 1, 8),
        add(2, 9),
        set(0, 1),
        w(0xbd, 2, 3, 1, 0),
        load_byte(0, 2, -1),
        EXIT,
    ];
    assert_eq!(broken(&other_side), [Rule::PacketBounds]);
}

#[test]
fn copies_are_read_when_they_succeeded() {
    let copied = |test: u64| {
        let words = [
            set(2, 3),
            copy(3, 10),
            add(3, -8),
            set(4, 1),
            call(26),
            test,
            load_byte(0, 10, -8),
            EXIT,
        ];
        broken(&words)
    };
    // if r0 != 0 goto exit, a 32-bit comparison
    assert_eq!(copied(w(0x56, 0, 0, 1, 0)), []);
    assert_eq!(copied(w(0x16, 0, 0, 1, 0)), [Rule::UncheckedCopy]);
    assert_eq!(copied(set(0, 0)), [Rule::UncheckedCopy]);
}

#[test]
fn map_values_have_bounds() {
    let access = |word: u64| after_lookup(&[if_zero(0, 1), word, set(0, 1), EXIT]);
    assert_eq!(access(load_byte(0, 0, 11)), []);
    assert_eq!(access(load_byte(0, 0, 16)), [Rule::ValueBounds]);
    assert_eq!(access(load_byte(0, 0, -1)), [Rule::ValueBounds]);
    assert_eq!(access(load_byte(0, 0, 12)), [Rule::Lock]);
    assert_eq!(after_lookup(&[load(0, 0, 0), EXIT]), [Rule::NullCheck]);
    // The other side of the test.
    let there = w(0x55, 0, 0, 1, 0);
    let words = [there, load(0, 0, 0), set(0, 1), EXIT];
    assert_eq!(after_lookup(&words), [Rule::PointerArithmetic]);
    // A value that may only be read.
    let words = [w(0x18, 1, 2, 0, 0), 0, set(0, 1), store(1, 0, 0), EXIT];
    let relocs = [Reloc { insn: 0, map: 1, value_offset: Some(0) }];
    assert_eq!(broken_as(SK_REUSEPORT, &words, &relocs), [Rule::ReadOnly]);
}

#[test]
fn pointers_stay_what_they_are() {
    assert_eq!(broken(&[copy(0, 1), EXIT]), [Rule::PointerLeak]);
    assert_eq!(
        after_lookup(&[if_zero(0, 1), store(0, 0, 10), set(0, 1), EXIT]),
        [Rule::Lock, Rule::PointerLeak]
    );
    let moved = [w(0x61, 2, 1, 16, 0), copy(3, 10), w(0x0f, 3, 2, 0, 0), set(0, 1), EXIT];
    assert_eq!(broken(&moved), [Rule::PointerArithmetic]);
    // if r10 > r1 goto +0
    assert_eq!(broken(&[set(0, 1), w(0x2d, 10, 1, 0, 0), EXIT]), [Rule::PointerComparison]);
    // The lower half of a pointer.
    assert_eq!(broken(&[w(0xbc, 0, 1, 0, 0), EXIT]), [Rule::PointerLeak]);
}

#[test]
fn functions_take_what_they_take() {
    assert_eq!(broken(&[call(6), EXIT]), [Rule::Function]);
    assert_eq!(broken_as(XDP, &[call(82), EXIT], &[]), [Rule::Function]);
    // The key was never written.
    let words = [w(0x18, 1, 1, 0, 0), 0, copy(2, 10), add(2, -4), call(1), set(0, 1), EXIT];
    let relocs = [Reloc { insn: 0, map: 0, value_offset: None }];
    assert_eq!(broken_as(SK_REUSEPORT, &words, &relocs), [Rule::Stack]);
    // A length that does not fit the stack, and one that nobody knows.
    let copy_of = |length: u64| {
        broken(&[set(2, 0), copy(3, 10), add(3, -8), length, call(26), set(0, 1), EXIT])
    };
    assert_eq!(copy_of(set(4, 8)), []);
    assert_eq!(copy_of(set(4, 9)), [Rule::Stack]);
    assert!(copy_of(w(0x61, 4, 1, 16, 0)).contains(&Rule::Argument));
}

#[test]
fn locks_are_taken_and_given_back() {
    let locked = |unlock: &[u64]| {
        let mut rest = vec![copy(6, 0), set(0, 1), if_zero(6, 3 + unlock.len() as i16)];
        rest.extend([copy(1, 6), add(1, 12), call(93)]);
        rest.extend(unlock);
        rest.extend([set(0, 1), EXIT]);
        after_lookup(&rest)
    };
    let unlock = [copy(1, 6), add(1, 12), call(94)];
    assert_eq!(locked(&unlock), []);
    assert_eq!(locked(&[]), [Rule::Lock]);
    // A function that is called in between.
    assert_eq!(locked(&[call(8), copy(1, 6), add(1, 12), call(94)]), [Rule::Lock]);
    // A value with a lock is written without it, and with it.
    let write = after_lookup(&[if_zero(0, 1), w(0x72, 0, 0, 3, 1), set(0, 1), EXIT]);
    assert_eq!(write, [Rule::Lock]);
    let inside = [w(0x72, 6, 0, 3, 1), copy(1, 6), add(1, 12), call(94)];
    assert_eq!(locked(&inside), []);
}

#[test]
fn entries_with_a_lock_are_replaced_under_it() {
    let replaced = |flags: i32| {
        let words = [
            w(0x62, 10, 0, -4, 7),
            set(0, 1),
            store(10, -24, 0),
            store(10, -16, 0),
            w(0x18, 1, 1, 0, 0),
            0,
            copy(2, 10),
            add(2, -4),
            copy(3, 10),
            add(3, -24),
            set(4, flags),
            call(2),
            EXIT,
        ];
        broken_as(SK_REUSEPORT, &words, &[Reloc { insn: 4, map: 0, value_offset: None }])
    };
    assert_eq!(replaced(4), []);
    assert_eq!(replaced(0), [Rule::Lock]);
    assert_eq!(replaced(16), [Rule::Argument]);
}
