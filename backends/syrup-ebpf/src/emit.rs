//! Encoding: placed blocks to instruction words, relocations and source lines.
//!
//! In: [`Placed`] blocks. Out: [`Encoded`]. `bpf-ins` encodes what it has constructors for; 32-bit
//! jumps, byte swaps and atomics are words of our own, because it has none for them. Formats: RFC
//! 9669, section 3.

use crate::defect::{Defect, has};
use crate::insn::{AluOp, Base, Cond, FRAME, FetchOp, Helper, Insn, Reg, Rhs, Size, Test, Width};
use crate::layout::{End, Placed};
use bpf_ins::Register;
use bpf_ins::{ArithmeticOperation, Instruction, JumpOperation, MemoryOpLoadType, MemoryOpSize};
use syrup_diag::{Span, bug};
use syrup_wire::artifact::Reloc;

/// A program in the kernel's form.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Encoded {
    /// `struct bpf_insn`, little-endian.
    pub words: Vec<u64>,
    /// Where maps are named.
    pub relocs: Vec<Reloc>,
    /// The source of each word.
    pub spans: Vec<Span>,
}

/// A jump that is further than an instruction can say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct JumpTooFar {
    /// Where it stands in the source.
    pub span: Span,
}

/// Encodes a program.
///
/// # Errors
/// Jumps over more than 32,767 words.
pub fn encode(blocks: &[Placed]) -> Result<Encoded, JumpTooFar> {
    let mut starts = Vec::with_capacity(blocks.len());
    let mut at = 0u32;
    for block in blocks {
        starts.push(at);
        at += block.insns.iter().map(|(insn, _)| n_words(insn)).sum::<u32>();
        at += match block.end {
            End::Fall => 0,
            End::Goto(_) | End::If(..) | End::Exit => 1,
            End::IfElse(..) => 2,
        };
    }
    let mut out = Encoded::default();
    for block in blocks {
        for (insn, span) in &block.insns {
            if let Insn::LoadMap { map, value_offset, .. } = insn {
                let (insn, map) = (out.words.len() as u32, *map);
                out.relocs.push(Reloc { insn, map, value_offset: *value_offset });
            }
            for word in words(insn) {
                out.push(word, *span);
            }
        }
        let span = block.span;
        match &block.end {
            End::Fall => {}
            End::Goto(to) => out.goto(starts[*to as usize], span)?,
            End::If(cond, to) => out.branch(cond, starts[*to as usize], span)?,
            End::IfElse(cond, yes, no) => {
                out.branch(cond, starts[*yes as usize], span)?;
                out.goto(starts[*no as usize], span)?;
            }
            End::Exit => out.push(Instruction::exit().encode().0, span),
        }
    }
    Ok(out)
}

impl Encoded {
    fn push(&mut self, word: u64, span: Span) {
        self.words.push(word);
        self.spans.push(span);
    }

    /// Words between the one after this and a place.
    fn distance(&self, to: u32, span: Span) -> Result<i16, JumpTooFar> {
        let distance = i64::from(to) - (self.words.len() as i64 + 1);
        i16::try_from(distance).map_err(|_| JumpTooFar { span })
    }

    fn goto(&mut self, to: u32, span: Span) -> Result<(), JumpTooFar> {
        let distance = self.distance(to, span)?;
        let distance = distance - i16::from(has(Defect::GotoTooShort));
        self.push(Instruction::jmp_abs(distance).encode().0, span);
        Ok(())
    }

    fn branch(&mut self, cond: &Cond<Reg>, to: u32, span: Span) -> Result<(), JumpTooFar> {
        let distance = self.distance(to, span)?;
        let distance = distance + i16::from(has(Defect::JumpTooFarByOne));
        self.push(jump(cond, distance), span);
        Ok(())
    }
}

/// How many words an instruction takes.
pub fn n_words(insn: &Insn<Reg>) -> u32 {
    match insn {
        Insn::Entry { .. } => 0,
        Insn::LoadImm64 { .. } | Insn::LoadMap { .. } => 2,
        Insn::FrameAddr { offset: 0, .. } => 1,
        Insn::FrameAddr { .. } => 2,
        Insn::Mov { .. }
        | Insn::Alu { .. }
        | Insn::Neg { .. }
        | Insn::ToBig { .. }
        | Insn::Load { .. }
        | Insn::Store { .. }
        | Insn::AtomicAdd { .. }
        | Insn::AtomicFetch { .. }
        | Insn::CompareExchange { .. }
        | Insn::Call { .. } => 1,
    }
}

/// `opcode dst src offset imm`, RFC 9669 section 3.1.
fn word(opcode: u8, dst: Reg, src: Reg, offset: i16, imm: i32) -> u64 {
    u64::from(opcode)
        | u64::from(dst.0) << 8
        | u64::from(src.0) << 12
        | u64::from(offset as u16) << 16
        | u64::from(imm as u32) << 32
}

fn register(reg: Reg) -> Register {
    match Register::from_num(reg.0) {
        Ok(register) => register,
        Err(_) => bug!("r{} does not exist", reg.0),
    }
}

fn words(insn: &Insn<Reg>) -> Vec<u64> {
    let one = |instruction: Instruction| vec![instruction.encode().0];
    match insn {
        Insn::Entry { .. } => vec![],
        Insn::Mov { width, dst, src } => one(mov(*width, register(*dst), src)),
        Insn::LoadImm64 { dst, imm } => {
            let size = MemoryOpSize::DoubleWord;
            wide(Instruction::load(register(*dst), *imm as i64, size))
        }
        Insn::LoadMap { dst, value_offset, .. } => {
            // BPF_PSEUDO_MAP_FD with descriptor 0, or BPF_PSEUDO_MAP_VALUE with the offset in the
            // second word: the loader fills in the rest.
            let (kind, offset) = match value_offset {
                None => (MemoryOpLoadType::Map, 0),
                Some(offset) => (MemoryOpLoadType::MapValue, i64::from(*offset)),
            };
            wide(Instruction::loadtype(register(*dst), offset << 32, kind))
        }
        Insn::FrameAddr { dst, offset } => {
            let dst = register(*dst);
            let mut words = one(Instruction::movx64(dst, register(FRAME)));
            if *offset != 0 {
                let offset = *offset + if has(Defect::FrameMisplaced) { 8 } else { 0 };
                words.extend(one(Instruction::add64(dst, offset.into())));
            }
            words
        }
        Insn::Alu { op, width, dst, lhs, rhs } => {
            same_register(*dst, *lhs);
            let wide = has(Defect::SumNotExtended) && *op == AluOp::Add;
            let width = if wide { Width::W64 } else { *width };
            one(alu(arithmetic(*op), width, register(*dst), rhs))
        }
        Insn::Neg { width, dst, src } => {
            same_register(*dst, *src);
            one(alu(ArithmeticOperation::Neg, *width, register(*dst), &Rhs::Imm(0)))
        }
        Insn::ToBig { bits, dst, src } => {
            same_register(*dst, *src);
            vec![to_big(*dst, *bits)]
        }
        Insn::Load { size, dst, base, offset } => {
            let narrow = *size == Size::B4 && has(Defect::LoadTooNarrow);
            let size = if narrow { Size::B2 } else { *size };
            let (dst, base) = (register(*dst), register(base_register(base)));
            one(Instruction::loadx(dst, base, *offset, memory_size(size)))
        }
        Insn::Store { size, base, offset, src } => {
            let size = if has(Defect::StoreTooWide) { Size::B8 } else { *size };
            let (base, size) = (register(base_register(base)), memory_size(size));
            one(match src {
                Rhs::Imm(imm) => Instruction::store(base, *offset, (*imm).into(), size),
                Rhs::Reg(src) => Instruction::storex(base, *offset, register(*src), size),
            })
        }
        Insn::AtomicAdd { size, base, offset, src } => {
            vec![word(atomic(*size), *base, *src, *offset, 0)]
        }
        Insn::AtomicFetch { op, size, dst, base, offset, src } => {
            same_register(*dst, *src);
            vec![atomic_fetch(*op, *size, (*base, *offset), *src)]
        }
        // BPF_CMPXCHG: compares with r0 and gives the old value there.
        Insn::CompareExchange { size, base, offset, src, .. } => {
            vec![word(atomic(*size), *base, *src, *offset, 0xf1)]
        }
        Insn::Call { helper, .. } => one(Instruction::call(called(*helper) as u32)),
    }
}

fn called(helper: Helper) -> Helper {
    match helper {
        Helper::MapUpdate if has(Defect::UpdateDeletes) => Helper::MapDelete,
        helper => helper,
    }
}

/// BPF_ALU | BPF_END | BPF_TO_BE: 0xdc.
fn to_big(dst: Reg, bits: u8) -> u64 {
    let too_wide = bits == 16 && has(Defect::SwapTooWide);
    let bits = if too_wide { 32 } else { bits };
    let opcode = if has(Defect::SwapToLittle) { 0xd4 } else { 0xdc };
    word(opcode, dst, Reg(0), 0, bits.into())
}

fn atomic_fetch(op: FetchOp, size: Size, (base, offset): (Reg, i16), src: Reg) -> u64 {
    let swapped = has(Defect::AtomicOperandsSwapped);
    let (base, src) = if swapped { (src, base) } else { (base, src) };
    let offset = if has(Defect::AtomicMisplaced) { 0 } else { offset };
    word(atomic(size), base, src, offset, fetch(op))
}

fn mov(width: Width, dst: Register, src: &Rhs<Reg>) -> Instruction {
    let wide = match src {
        Rhs::Imm(_) => has(Defect::NumberSignExtended),
        Rhs::Reg(_) => has(Defect::CopyNotCut),
    };
    let width = if wide { Width::W64 } else { width };
    match (width, src) {
        (Width::W32, Rhs::Imm(imm)) => Instruction::mov32(dst, *imm),
        (Width::W64, Rhs::Imm(imm)) => Instruction::mov64(dst, *imm),
        (Width::W32, Rhs::Reg(src)) => Instruction::movx32(dst, register(*src)),
        (Width::W64, Rhs::Reg(src)) => Instruction::movx64(dst, register(*src)),
    }
}

fn alu(op: ArithmeticOperation, width: Width, dst: Register, rhs: &Rhs<Reg>) -> Instruction {
    match (width, rhs) {
        (Width::W32, Rhs::Imm(imm)) => Instruction::alu32(dst, *imm, op),
        (Width::W64, Rhs::Imm(imm)) => Instruction::alu64(dst, *imm, op),
        (Width::W32, Rhs::Reg(src)) => Instruction::alux32(dst, register(*src), op),
        (Width::W64, Rhs::Reg(src)) => Instruction::alux64(dst, register(*src), op),
    }
}

/// BPF_ADD | BPF_FETCH and BPF_XCHG, RFC 9669 section 5.3.
fn fetch(op: FetchOp) -> i32 {
    match op {
        FetchOp::Add if has(Defect::FetchLost) => 0x00,
        FetchOp::Exchange if has(Defect::ExchangeAdds) => 0x01,
        FetchOp::Add => 0x01,
        FetchOp::Exchange => 0xe1,
    }
}

fn wide(instruction: Instruction) -> Vec<u64> {
    let (first, second) = instruction.encode();
    vec![first, second.unwrap_or_default()]
}

fn same_register(dst: Reg, src: Reg) {
    if dst != src {
        bug!("r{} and r{} should be one register", dst.0, src.0);
    }
}

fn base_register(base: &Base<Reg>) -> Reg {
    match base {
        Base::Reg(reg) => *reg,
        Base::Frame => FRAME,
    }
}

fn memory_size(size: Size) -> MemoryOpSize {
    match size {
        Size::B1 => MemoryOpSize::Byte,
        Size::B2 => MemoryOpSize::HalfWord,
        Size::B4 => MemoryOpSize::Word,
        Size::B8 => MemoryOpSize::DoubleWord,
    }
}

/// BPF_STX | BPF_ATOMIC | size.
fn atomic(size: Size) -> u8 {
    match size {
        Size::B4 => 0xc3,
        Size::B8 => 0xdb,
        Size::B1 | Size::B2 => bug!("atomics have four or eight bytes"),
    }
}

fn arithmetic(op: AluOp) -> ArithmeticOperation {
    match op {
        AluOp::Add => ArithmeticOperation::Add,
        AluOp::Sub => ArithmeticOperation::Sub,
        AluOp::Mul => ArithmeticOperation::Mul,
        AluOp::Div => ArithmeticOperation::Div,
        AluOp::Mod => ArithmeticOperation::Mod,
        AluOp::And => ArithmeticOperation::And,
        AluOp::Or => ArithmeticOperation::Or,
        AluOp::Xor => ArithmeticOperation::Xor,
        AluOp::Shl => ArithmeticOperation::Lhs,
        AluOp::Shr => ArithmeticOperation::Rhs,
    }
}

fn jump(cond: &Cond<Reg>, distance: i16) -> u64 {
    let test = match cond.test {
        // BPF_JMP | BPF_JCOND with BPF_MAY_GOTO (0) as its source register.
        Test::Exhausted => return word(0xe5, Reg(0), Reg(0), distance, 0),
        Test::Eq => JumpOperation::IfEqual,
        Test::Ne => JumpOperation::IfNotEqual,
        Test::Gt => JumpOperation::IfGreater,
        Test::Ge => JumpOperation::IfGreaterOrEqual,
        Test::Lt => JumpOperation::IfLessThan,
        Test::Le => JumpOperation::IfLessThanOrEqual,
        Test::Set => JumpOperation::IfAnd,
        Test::Slt => JumpOperation::IfSignedLessThan,
        Test::Sge => JumpOperation::IfSignedGreaterOrEqual,
        Test::Sgt => JumpOperation::IfSignedGreater,
        Test::Sle => JumpOperation::IfSignedLessThanOrEqual,
    };
    match (cond.width, cond.rhs) {
        (Width::W64, Rhs::Imm(imm)) => {
            Instruction::jmp_if(register(cond.lhs), test, imm.into(), distance).encode().0
        }
        (Width::W64, Rhs::Reg(rhs)) => {
            Instruction::jmp_ifx(register(cond.lhs), test, register(rhs), distance).encode().0
        }
        // BPF_JMP32 is class 6; BPF_X is 8.
        (Width::W32, Rhs::Imm(imm)) if has(Defect::NarrowTestWide) => {
            word(test as u8 | 5, cond.lhs, Reg(0), distance, imm)
        }
        (Width::W32, Rhs::Imm(imm)) => word(test as u8 | 6, cond.lhs, Reg(0), distance, imm),
        (Width::W32, Rhs::Reg(rhs)) => word(test as u8 | 8 | 6, cond.lhs, rhs, distance, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words as the kernel's tools print them (`bpftool prog dump xlated opcodes`).
    #[test]
    fn encodings_agree_with_the_kernel_headers() {
        let (r1, r2) = (Reg(1), Reg(2));
        let mov = Insn::Mov { width: Width::W64, dst: r1, src: Rhs::Imm(-1) };
        assert_eq!(words(&mov), [0xffff_ffff_0000_01b7]);
        let swap = Insn::ToBig { bits: 16, dst: r2, src: r2 };
        assert_eq!(words(&swap), [0x0000_0010_0000_02dc]);
        let fetch = Insn::AtomicFetch {
            op: FetchOp::Add,
            size: Size::B8,
            dst: r2,
            base: r1,
            offset: 8,
            src: r2,
        };
        assert_eq!(words(&fetch), [0x0000_0001_0008_21db]);
        let map = Insn::LoadMap { dst: r1, map: 0, value_offset: Some(64) };
        assert_eq!(words(&map), [0x0000_0000_0000_2118, 0x0000_0040_0000_0000]);
        let cond = Cond { test: Test::Eq, width: Width::W32, lhs: r1, rhs: Rhs::Imm(-2) };
        assert_eq!(jump(&cond, 3), 0xffff_fffe_0003_0116);
        let cond = Cond { test: Test::Gt, width: Width::W64, lhs: r1, rhs: Rhs::Reg(r2) };
        assert_eq!(jump(&cond, -1), 0x0000_0000_ffff_212d);
    }
}
