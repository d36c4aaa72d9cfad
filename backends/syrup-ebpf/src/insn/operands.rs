//! Which registers an instruction reads and writes.
//!
//! In: an instruction. Out: its operands, in one fixed order that `regalloc.rs` relies on.

use super::{Base, Cond, Insn, Rhs, Target, Term};

/// The most arguments of a call: `r1` to `r5`.
const ARGS_MAX: usize = 5;

/// The most operands of an instruction: a call's arguments and its result.
const OPERANDS_MAX: usize = ARGS_MAX + 1;

/// What a call passes, `r1` first.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Args<R>([Option<R>; ARGS_MAX]);

impl<R: Copy> Args<R> {
    /// These.
    pub fn new(args: &[R]) -> Args<R> {
        if args.len() > ARGS_MAX {
            syrup_diag::bug!("a call passes {} arguments", args.len());
        }
        Args(std::array::from_fn(|at| args.get(at).copied()))
    }
}

/// How an operand is used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Read, any register.
    Use,
    /// Read, this register.
    UseFixed(u8),
    /// Written, any register.
    Def,
    /// Written, this register.
    DefFixed(u8),
    /// Written to the register of the operand at this index.
    DefReuse(usize),
}

impl<R: Copy> Rhs<R> {
    fn visit(&mut self, f: &mut impl FnMut(&mut R, Role)) {
        match self {
            Rhs::Reg(reg) => f(reg, Role::Use),
            Rhs::Imm(_) => {}
        }
    }
}

impl<R: Copy> Base<R> {
    fn visit(&mut self, f: &mut impl FnMut(&mut R, Role)) {
        match self {
            Base::Reg(reg) => f(reg, Role::Use),
            Base::Frame => {}
        }
    }
}

impl<R: Copy> Cond<R> {
    /// Visits each register operand, uses only.
    pub fn visit(&mut self, f: &mut impl FnMut(&mut R, Role)) {
        f(&mut self.lhs, Role::Use);
        self.rhs.visit(f);
    }
}

impl<R: Copy> Term<R> {
    /// Visits each register operand; the arguments of targets are not operands.
    pub fn visit(&mut self, f: &mut impl FnMut(&mut R, Role)) {
        match self {
            Term::Jump(_) => {}
            Term::Branch { cond, .. } => cond.visit(f),
            Term::Exit { value } => f(value, Role::UseFixed(0)),
        }
    }
}

impl<R: Copy> Insn<R> {
    /// Visits each register operand, uses before definitions.
    pub fn visit(&mut self, f: &mut impl FnMut(&mut R, Role)) {
        match self {
            Insn::Entry { ctx } => f(ctx, Role::DefFixed(1)),
            Insn::Mov { dst, src, .. } => {
                src.visit(f);
                f(dst, Role::Def);
            }
            Insn::LoadImm64 { dst, .. }
            | Insn::LoadMap { dst, .. }
            | Insn::FrameAddr { dst, .. } => f(dst, Role::Def),
            Insn::Alu { dst, lhs, rhs, .. } => {
                f(lhs, Role::Use);
                rhs.visit(f);
                f(dst, Role::DefReuse(0));
            }
            Insn::Neg { dst, src, .. } | Insn::ToBig { dst, src, .. } => {
                f(src, Role::Use);
                f(dst, Role::DefReuse(0));
            }
            Insn::Load { dst, base, .. } => {
                base.visit(f);
                f(dst, Role::Def);
            }
            Insn::Store { base, src, .. } => {
                base.visit(f);
                src.visit(f);
            }
            Insn::AtomicAdd { base, src, .. } => {
                f(base, Role::Use);
                f(src, Role::Use);
            }
            Insn::AtomicFetch { dst, base, src, .. } => {
                f(src, Role::Use);
                f(base, Role::Use);
                f(dst, Role::DefReuse(0));
            }
            Insn::CompareExchange { old, base, expected, src, .. } => {
                f(base, Role::Use);
                f(src, Role::Use);
                f(expected, Role::UseFixed(0));
                f(old, Role::DefFixed(0));
            }
            Insn::Call { args, dst, .. } => {
                for (arg, reg) in args.0.iter_mut().flatten().zip(1..) {
                    f(arg, Role::UseFixed(reg));
                }
                if let Some(dst) = dst {
                    f(dst, Role::DefFixed(0));
                }
            }
        }
    }

    /// The operands as a list.
    pub fn operands(&self) -> impl Iterator<Item = (R, Role)> {
        let (mut list, mut n) = ([None; OPERANDS_MAX], 0);
        let mut copy = *self;
        copy.visit(&mut |reg, role| {
            list[n] = Some((*reg, role));
            n += 1;
        });
        list.into_iter().flatten()
    }

    /// Whether it does nothing but define its result.
    pub fn is_pure(&self) -> bool {
        match self {
            Insn::Mov { .. }
            | Insn::LoadImm64 { .. }
            | Insn::LoadMap { .. }
            | Insn::FrameAddr { .. }
            | Insn::Alu { .. }
            | Insn::Neg { .. }
            | Insn::ToBig { .. }
            | Insn::Load { .. } => true,
            Insn::Entry { .. }
            | Insn::Store { .. }
            | Insn::AtomicAdd { .. }
            | Insn::AtomicFetch { .. }
            | Insn::CompareExchange { .. }
            | Insn::Call { .. } => false,
        }
    }
}

impl<R: Copy> Rhs<R> {
    fn map<S>(&self, f: &mut dyn FnMut() -> S) -> Rhs<S> {
        match self {
            Rhs::Reg(_) => Rhs::Reg(f()),
            Rhs::Imm(imm) => Rhs::Imm(*imm),
        }
    }
}

impl<R: Copy> Base<R> {
    fn map<S>(&self, f: &mut dyn FnMut() -> S) -> Base<S> {
        match self {
            Base::Reg(_) => Base::Reg(f()),
            Base::Frame => Base::Frame,
        }
    }
}

impl<R: Copy> Insn<R> {
    /// The same instruction with registers from `f`, which is asked in the order of
    /// [`Insn::visit`]; fields are written in that order here.
    pub fn map<S>(&self, f: &mut dyn FnMut() -> S) -> Insn<S> {
        match *self {
            Insn::Entry { .. } => Insn::Entry { ctx: f() },
            Insn::Mov { width, ref src, .. } => Insn::Mov { src: src.map(f), dst: f(), width },
            Insn::LoadImm64 { imm, .. } => Insn::LoadImm64 { dst: f(), imm },
            Insn::LoadMap { map, value_offset, .. } => {
                Insn::LoadMap { dst: f(), map, value_offset }
            }
            Insn::FrameAddr { offset, .. } => Insn::FrameAddr { dst: f(), offset },
            Insn::Alu { op, width, ref rhs, .. } => {
                Insn::Alu { lhs: f(), rhs: rhs.map(f), dst: f(), op, width }
            }
            Insn::Neg { width, .. } => Insn::Neg { src: f(), dst: f(), width },
            Insn::ToBig { bits, .. } => Insn::ToBig { src: f(), dst: f(), bits },
            Insn::Load { size, ref base, offset, .. } => {
                Insn::Load { base: base.map(f), dst: f(), size, offset }
            }
            Insn::Store { size, ref base, offset, ref src } => {
                Insn::Store { base: base.map(f), src: src.map(f), size, offset }
            }
            Insn::AtomicAdd { size, offset, .. } => {
                Insn::AtomicAdd { base: f(), src: f(), size, offset }
            }
            Insn::AtomicFetch { op, size, offset, .. } => {
                Insn::AtomicFetch { src: f(), base: f(), dst: f(), op, size, offset }
            }
            Insn::CompareExchange { size, offset, .. } => {
                Insn::CompareExchange { base: f(), src: f(), expected: f(), old: f(), size, offset }
            }
            Insn::Call { helper, ref args, dst } => {
                let args = Args(args.0.map(|arg| arg.map(|_| f())));
                Insn::Call { args, dst: dst.map(|_| f()), helper }
            }
        }
    }
}

impl<R: Copy> Term<R> {
    /// The same with registers from `f` and blocks by `block`; arguments are dropped.
    pub fn map<S>(&self, f: &mut dyn FnMut() -> S, block: &mut dyn FnMut(u32) -> u32) -> Term<S> {
        match self {
            Term::Jump(target) => Term::Jump(Target::to(block(target.block))),
            Term::Branch { cond, yes, no } => {
                let lhs = f();
                let rhs = cond.rhs.map(f);
                let cond = Cond { test: cond.test, width: cond.width, lhs, rhs };
                let (yes, no) = (Target::to(block(yes.block)), Target::to(block(no.block)));
                Term::Branch { cond, yes, no }
            }
            Term::Exit { .. } => Term::Exit { value: f() },
        }
    }
}
