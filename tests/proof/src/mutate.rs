//! Takes one guard out of a program and leaves a program whose control is sound, so that whoever
//! refuses it does so for the access that lost its guard.
//!
//! In: a program, a guard. Out: the program in which what was guarded is always reached, without
//! the code that nothing reaches any more.

use syrup_bytecode_lint::{Guard, GuardKind};
use syrup_wire::artifact::Program;

/// `goto +offset`: class `BPF_JMP`, operation `BPF_JA` (RFC 9669, section 4.3).
fn goto(by: i16) -> u64 {
    0x05 | u64::from(by as u16) << 16
}

fn offset(word: u64) -> i16 {
    (word >> 16) as i16
}

/// A jump of any kind, calls and `exit` aside: its class is 5 or 6.
fn is_jump(word: u64) -> bool {
    let (class, code) = (word & 7, word & 0xf0);
    (class == 5 || class == 6) && !(class == 5 && (code == 0x80 || code == 0x90))
}

fn is_goto(word: u64) -> bool {
    word as u8 == 0x05
}

fn is_exit(word: u64) -> bool {
    word as u8 == 0x95
}

fn is_wide(word: u64) -> bool {
    word as u8 == 0x18
}

/// The program without a guard.
pub fn without(program: &Program, guard: &Guard) -> Program {
    let mut changed = program.clone();
    let at = guard.at as usize;
    let to_guarded = guard.guards_jump && guard.kind != GuardKind::Turns;
    changed.insns[at] = goto(if to_guarded { offset(program.insns[at]) } else { 0 });
    // Places in the source and types are by instruction; the kernel does without.
    changed.lines.clear();
    changed.func_type = 0;
    drop_unreached(changed)
}

/// Takes out what no path reaches and brings every distance up to date.
fn drop_unreached(program: Program) -> Program {
    let words = &program.insns;
    let target = |at: usize| (at as i64 + 1 + i64::from(offset(words[at]))) as usize;
    let (mut reached, mut work) = (vec![false; words.len()], vec![0usize]);
    while let Some(at) = work.pop() {
        if at >= words.len() || std::mem::replace(&mut reached[at], true) {
            continue;
        }
        let word = words[at];
        if is_jump(word) {
            work.push(target(at));
        }
        if is_wide(word) {
            reached[at + 1] = true;
            work.push(at + 2);
        } else if !is_goto(word) && !is_exit(word) {
            work.push(at + 1);
        }
    }
    // A jump to the next instruction is nothing, and the kernel would only take it out itself.
    for at in 0..words.len() {
        if reached[at]
            && is_goto(words[at])
            && (at + 1..target(at)).all(|between| !reached[between])
        {
            reached[at] = target(at) <= at;
        }
    }
    let mut place = Vec::with_capacity(words.len());
    let mut n_kept = 0i64;
    for &kept in &reached {
        place.push(n_kept);
        n_kept += i64::from(kept);
    }
    let mut out = program.clone();
    out.insns.clear();
    let mut is_second = false;
    for (at, &word) in words.iter().enumerate() {
        let is_first = !is_second && is_wide(word);
        if reached[at] {
            let moved = is_jump(word) && !is_second;
            let by = if moved { place[target(at)] - place[at] - 1 } else { 0 };
            let jump = word & !0xffff_0000 | u64::from(by as i16 as u16) << 16;
            out.insns.push(if moved { jump } else { word });
        }
        is_second = is_first;
    }
    out.relocs.retain(|reloc| reached[reloc.insn as usize]);
    for reloc in &mut out.relocs {
        reloc.insn = place[reloc.insn as usize] as u32;
    }
    out
}
