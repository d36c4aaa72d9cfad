//! Words to operations, by the tables of RFC 9669.
//!
//! In: a program. Out: an operation for each first word, or what is no operation.

use crate::{Finding, Program, Rule};

/// A right operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// A register.
    Reg(usize),
    /// A number, sign-extended.
    Imm(i32),
}

/// Two-operand arithmetic and moves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Alu {
    /// Sum.
    Add,
    /// Difference.
    Sub,
    /// What needs no names here: the result of two numbers is a number.
    Other,
    /// Bits of both.
    And,
    /// Left shift.
    Shl,
    /// Right shift.
    Shr,
    /// Copy.
    Mov,
}

/// How two numbers are compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Test {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// Unsigned `>`
    Gt,
    /// Unsigned `>=`
    Ge,
    /// Unsigned `<`
    Lt,
    /// Unsigned `<=`
    Le,
    /// Signed, or of bits: says nothing about pointers.
    Other,
}

/// An operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Op {
    /// The second word of a wide load.
    Second,
    /// `dst = dst op src` on 64 bits or the lower 32.
    Alu { op: Alu, wide: bool, dst: usize, src: Source },
    /// Negates or swaps the bytes of a number.
    Unary { dst: usize },
    /// A number of 64 bits.
    Number { dst: usize, value: u64 },
    /// A map, or a byte of its only value.
    Map { dst: usize, map: u32, value_offset: Option<u32> },
    /// Reads memory.
    Load { dst: usize, base: usize, offset: i32, bytes: u32 },
    /// Writes memory.
    Store { base: usize, offset: i32, bytes: u32, src: Source },
    /// Changes memory indivisibly; `old` is the register that the old value comes to.
    Atomic { base: usize, offset: i32, bytes: u32, src: usize, old: Option<usize>, asks: bool },
    /// Jumps always.
    Goto(i32),
    /// Jumps where a condition holds.
    If { test: Test, wide: bool, lhs: usize, rhs: Source, by: i32 },
    /// Jumps when the kernel has counted enough turns.
    MayGoto(i32),
    /// Calls a function of the kernel.
    Call(u32),
    /// Returns `r0`.
    Exit,
}

struct Word {
    class: u8,
    code: u8,
    is_reg: bool,
    dst: usize,
    src: usize,
    offset: i32,
    imm: i32,
}

/// Takes a word apart.
fn word(word: u64) -> Word {
    let opcode = word as u8;
    Word {
        class: opcode & 7,
        code: opcode & 0xf0,
        is_reg: opcode & 8 != 0,
        dst: (word >> 8 & 15) as usize,
        src: (word >> 12 & 15) as usize,
        offset: i32::from((word >> 16) as i16),
        imm: (word >> 32) as i32,
    }
}

/// The operations of a program, one a word.
///
/// # Errors
/// Words that are none.
pub fn decode(program: &Program<'_>) -> Result<Vec<Op>, Vec<Finding>> {
    let (mut ops, mut findings) = (Vec::new(), Vec::new());
    while ops.len() < program.words.len() {
        let at = ops.len();
        match one(program, at) {
            Ok(op) => {
                ops.push(op);
                if matches!(op, Op::Number { .. } | Op::Map { .. }) {
                    ops.push(Op::Second);
                }
            }
            Err(message) => {
                let rule = Rule::Encoding;
                findings.push(Finding { at: at as u32, rule, message: message.to_owned() });
                ops.push(Op::Exit);
            }
        }
    }
    if ops.is_empty() {
        let message = "a program needs an instruction".to_owned();
        findings.push(Finding { at: 0, rule: Rule::Encoding, message });
    }
    if findings.is_empty() { Ok(ops) } else { Err(findings) }
}

fn one(program: &Program<'_>, at: usize) -> Result<Op, &'static str> {
    let raw = program.words[at];
    let w = word(raw);
    if w.dst > 10 || w.src > 10 && w.class != 5 {
        return Err("a register above r10");
    }
    let op = match w.class {
        0 => wide_load(program, at, &w)?,
        1 if raw as u8 & 0xe0 == 0x60 => {
            expect(w.imm == 0)?;
            Op::Load { dst: w.dst, base: w.src, offset: w.offset, bytes: bytes(raw) }
        }
        2 if raw as u8 & 0xe0 == 0x60 => {
            expect(w.src == 0)?;
            let src = Source::Imm(w.imm);
            Op::Store { base: w.dst, offset: w.offset, bytes: bytes(raw), src }
        }
        3 if raw as u8 & 0xe0 == 0x60 => {
            expect(w.imm == 0)?;
            let src = Source::Reg(w.src);
            Op::Store { base: w.dst, offset: w.offset, bytes: bytes(raw), src }
        }
        3 if raw as u8 & 0xe0 == 0xc0 => atomic(raw, &w)?,
        4 | 7 => arithmetic(&w)?,
        5 | 6 => jump(&w)?,
        _ => return Err("no operation of this machine"),
    };
    if written(&op) == Some(10) {
        return Err("the frame pointer is read-only");
    }
    Ok(op)
}

/// The register that an operation writes, calls aside.
pub fn written(op: &Op) -> Option<usize> {
    match *op {
        Op::Alu { dst, .. }
        | Op::Unary { dst }
        | Op::Number { dst, .. }
        | Op::Map { dst, .. }
        | Op::Load { dst, .. } => Some(dst),
        Op::Atomic { old, .. } => old,
        Op::Second
        | Op::Store { .. }
        | Op::Goto(_)
        | Op::If { .. }
        | Op::MayGoto(_)
        | Op::Call(_)
        | Op::Exit => None,
    }
}

fn expect(holds: bool) -> Result<(), &'static str> {
    if holds { Ok(()) } else { Err("a field that must be 0 is not") }
}

fn bytes(raw: u64) -> u32 {
    match raw as u8 & 0x18 {
        0x00 => 4,
        0x08 => 2,
        0x10 => 1,
        _ => 8,
    }
}

fn wide_load(program: &Program<'_>, at: usize, w: &Word) -> Result<Op, &'static str> {
    if program.words[at] as u8 != 0x18 {
        return Err("a load of the old kind");
    }
    let Some(&second) = program.words.get(at + 1) else { return Err("a wide load has two words") };
    expect(w.offset == 0 && second as u32 == 0)?;
    let reloc = program.relocs.iter().find(|reloc| reloc.insn as usize == at);
    match (w.src, reloc) {
        (0, None) => {
            let value = u64::from(w.imm as u32) | second & 0xffff_ffff_0000_0000;
            Ok(Op::Number { dst: w.dst, value })
        }
        (1, Some(reloc)) if reloc.value_offset.is_none() => {
            Ok(Op::Map { dst: w.dst, map: reloc.map, value_offset: None })
        }
        (2, Some(reloc)) if reloc.value_offset == Some((second >> 32) as u32) => {
            Ok(Op::Map { dst: w.dst, map: reloc.map, value_offset: reloc.value_offset })
        }
        _ => Err("a wide load and the map it names do not agree"),
    }
}

fn atomic(raw: u64, w: &Word) -> Result<Op, &'static str> {
    const FETCH: i32 = 1;
    let bytes = bytes(raw);
    if bytes < 4 {
        return Err("an atomic operation has four or eight bytes");
    }
    let (old, asks) = match w.imm {
        0x00 => (None, false),
        0x01 | 0xe1 => (Some(w.src), false),
        0xf1 => (Some(0), true),
        imm if imm & FETCH == 0 && matches!(imm, 0x40 | 0x50 | 0xa0) => (None, false),
        0x41 | 0x51 | 0xa1 => (Some(w.src), false),
        _ => return Err("no atomic operation of this machine"),
    };
    Ok(Op::Atomic { base: w.dst, offset: w.offset, bytes, src: w.src, old, asks })
}

fn arithmetic(w: &Word) -> Result<Op, &'static str> {
    let wide = w.class == 7;
    let src = if w.is_reg { Source::Reg(w.src) } else { Source::Imm(w.imm) };
    // Offsets select signed division and sign-extending moves, which are not for every target.
    expect(w.offset == 0)?;
    match w.code {
        0x80 => {
            expect(!w.is_reg && w.src == 0 && w.imm == 0)?;
            return Ok(Op::Unary { dst: w.dst });
        }
        0xd0 => {
            // 0xd7, an unconditional swap, came with Linux 6.6.
            expect(!wide && w.src == 0)?;
            let fits = matches!(w.imm, 16 | 32 | 64);
            return if fits { Ok(Op::Unary { dst: w.dst }) } else { Err("a swap of odd width") };
        }
        _ => {}
    }
    expect(if w.is_reg { w.imm == 0 } else { w.src == 0 })?;
    let imm = if w.is_reg { None } else { Some(w.imm) };
    let op = match w.code {
        0x00 => Alu::Add,
        0x10 => Alu::Sub,
        0x20 | 0x40 | 0xa0 => Alu::Other,
        0x30 | 0x90 if imm == Some(0) => return Err("a division by the number 0"),
        0x30 | 0x90 => Alu::Other,
        0x50 => Alu::And,
        0x60 | 0x70 | 0xc0 => {
            let width = if wide { 64 } else { 32 };
            if imm.is_some_and(|count| !(0..width).contains(&count)) {
                return Err("a shift by the width or more");
            }
            match w.code {
                0x60 => Alu::Shl,
                0x70 => Alu::Shr,
                _ => Alu::Other,
            }
        }
        0xb0 => Alu::Mov,
        _ => return Err("no arithmetic of this machine"),
    };
    Ok(Op::Alu { op, wide, dst: w.dst, src })
}

fn jump(w: &Word) -> Result<Op, &'static str> {
    let wide = w.class == 5;
    let rhs = if w.is_reg { Source::Reg(w.src) } else { Source::Imm(w.imm) };
    let test = match (w.code, wide, w.is_reg) {
        (0x00, true, false) => {
            expect(w.dst == 0 && w.src == 0 && w.imm == 0)?;
            return Ok(Op::Goto(w.offset));
        }
        (0x80, true, false) => {
            expect(w.dst == 0 && w.offset == 0)?;
            // Source 1 calls a function of the program, 2 one that only some kernels have.
            return if w.src == 0 {
                Ok(Op::Call(w.imm as u32))
            } else {
                Err("a call of this kind")
            };
        }
        (0x90, true, false) => {
            expect(w.dst == 0 && w.src == 0 && w.offset == 0 && w.imm == 0)?;
            return Ok(Op::Exit);
        }
        (0xe0, true, false) => {
            expect(w.dst == 0 && w.src == 0 && w.imm == 0)?;
            return Ok(Op::MayGoto(w.offset));
        }
        (0x10, ..) => Test::Eq,
        (0x50, ..) => Test::Ne,
        (0x20, ..) => Test::Gt,
        (0x30, ..) => Test::Ge,
        (0xa0, ..) => Test::Lt,
        (0xb0, ..) => Test::Le,
        (0x40 | 0x60 | 0x70 | 0xc0 | 0xd0, ..) => Test::Other,
        _ => return Err("no jump of this machine"),
    };
    if w.src > 10 {
        return Err("a register above r10");
    }
    expect(if w.is_reg { w.imm == 0 } else { w.src == 0 })?;
    Ok(Op::If { test, wide, lhs: w.dst, rhs, by: w.offset })
}
