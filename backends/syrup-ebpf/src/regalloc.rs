//! Register allocation by regalloc2.
//!
//! In: [`Code`] over virtual registers, in SSA form. Out: the same over machine registers, with the
//! moves the allocator wants, or how many bytes the frame would need. Critical edges are split
//! first, because that is where the moves of an edge go. `r10` is the frame pointer and not
//! allocated; calls take `r1` to `r5` and lose `r0` to `r5`. Spills are 8 bytes, aligned: the
//! verifier keeps what it knows of a register for no other kind (`check_stack_write_fixed_off`).

use crate::defect::{Defect, has};
use crate::insn::{
    Base, BasicBlock, Code, FRAME, Insn, Reg, Rhs, Role, Size, Target, Term, VReg, Width,
};
use regalloc2 as ra;
use syrup_diag::limits::STACK_BYTES_MAX;
use syrup_diag::{Span, bug};

/// Bytes of stack that the kernel keeps a count of turns in (16 where it is timed, Linux 6.15).
const TURNS_BYTES: u32 = 16;

/// A program that needs more stack than there is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FrameTooLarge {
    /// What it needs.
    pub bytes: u32,
}

/// Allocates registers.
///
/// # Errors
/// A frame above [`STACK_BYTES_MAX`].
pub fn allocate(mut code: Code<VReg>) -> Result<Code<Reg>, FrameTooLarge> {
    split_critical_edges(&mut code);
    let input = Input::new(&code);
    let env = machine();
    let options = ra::RegallocOptions {
        verbose_log: false,
        validate_ssa: cfg!(debug_assertions),
        algorithm: ra::Algorithm::Ion,
    };
    let output = match ra::run(&input, &env, &options) {
        Ok(output) => output,
        Err(error) => bug!("register allocation failed: {error}"),
    };
    #[cfg(debug_assertions)]
    {
        let mut checker = ra::checker::Checker::new(&input, &env);
        checker.prepare(&output);
        if let Err(errors) = checker.run() {
            bug!("register allocation is wrong: {errors:?}");
        }
    }
    let scratch_bytes = code.frame_bytes;
    let bytes = scratch_bytes + 8 * output.num_spillslots as u32;
    let turns = code.turns;
    let kernel_bytes = if turns > 0 { TURNS_BYTES } else { 0 };
    if bytes + kernel_bytes > STACK_BYTES_MAX {
        return Err(FrameTooLarge { bytes });
    }
    let blocks = rewrite(&code, &input, &output);
    Ok(Code { blocks, n_vregs: 0, frame_bytes: bytes, turns })
}

fn machine() -> ra::MachineEnv {
    let regs = |range: std::ops::RangeInclusive<usize>| {
        range.map(preg).fold(ra::PRegSet::empty(), ra::PRegSet::with)
    };
    ra::MachineEnv {
        preferred_regs_by_class: [regs(0..=5), ra::PRegSet::empty(), ra::PRegSet::empty()],
        non_preferred_regs_by_class: [regs(6..=9), ra::PRegSet::empty(), ra::PRegSet::empty()],
        scratch_by_class: [None, None, None],
        fixed_stack_slots: vec![],
    }
}

fn preg(number: usize) -> ra::PReg {
    ra::PReg::new(number, ra::RegClass::Int)
}

fn vreg(reg: VReg) -> ra::VReg {
    ra::VReg::new(reg.0 as usize, ra::RegClass::Int)
}

/// Puts an empty block on each edge from a choice to a join.
fn split_critical_edges(code: &mut Code<VReg>) {
    let mut n_preds = vec![0u32; code.blocks.len()];
    for block in &code.blocks {
        for target in block.term.targets() {
            n_preds[target.block as usize] += 1;
        }
    }
    let mut added: Vec<BasicBlock<VReg>> = Vec::new();
    let n = code.blocks.len() as u32;
    for block in &mut code.blocks {
        let (span, cold) = (block.span, block.cold);
        if !matches!(block.term, Term::Branch { .. }) {
            continue;
        }
        for target in block.term.targets_mut() {
            if n_preds[target.block as usize] < 2 && target.args.is_empty() {
                continue;
            }
            let own = Target::to(n + added.len() as u32);
            let onward = std::mem::replace(target, own);
            added.push(BasicBlock {
                params: vec![],
                insns: vec![],
                term: Term::Jump(onward),
                span,
                cold,
            });
        }
    }
    code.blocks.extend(added);
}

/// The program as the allocator reads it: reachable blocks only, one terminator each.
struct Input {
    /// For each block here, the index in the code.
    blocks: Vec<u32>,
    ranges: Vec<ra::InstRange>,
    succs: Vec<Vec<ra::Block>>,
    preds: Vec<Vec<ra::Block>>,
    params: Vec<Vec<ra::VReg>>,
    args: Vec<Vec<Vec<ra::VReg>>>,
    operands: Vec<Vec<ra::Operand>>,
    clobbers: Vec<ra::PRegSet>,
    kinds: Vec<Kind>,
    n_vregs: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Branch,
    Return,
}

impl Input {
    fn new(code: &Code<VReg>) -> Input {
        let blocks = reachable(code);
        let mut numbers = vec![usize::MAX; code.blocks.len()];
        for (number, &block) in blocks.iter().enumerate() {
            numbers[block as usize] = number;
        }
        let n = blocks.len();
        let mut input = Input {
            blocks: blocks.clone(),
            ranges: Vec::with_capacity(n),
            succs: vec![vec![]; n],
            preds: vec![vec![]; n],
            params: Vec::with_capacity(n),
            args: vec![vec![]; n],
            operands: vec![],
            clobbers: vec![],
            kinds: vec![],
            n_vregs: code.n_vregs as usize,
        };
        for (number, &block) in blocks.iter().enumerate() {
            let block = &code.blocks[block as usize];
            let first = input.operands.len();
            for (insn, _) in &block.insns {
                input.instruction(insn);
            }
            input.terminator(&block.term);
            let range =
                ra::InstRange::new(ra::Inst::new(first), ra::Inst::new(input.operands.len()));
            input.ranges.push(range);
            input.params.push(block.params.iter().copied().map(vreg).collect());
            for target in block.term.targets() {
                let succ = numbers[target.block as usize];
                input.succs[number].push(ra::Block::new(succ));
                input.preds[succ].push(ra::Block::new(number));
                input.args[number].push(target.args.iter().copied().map(vreg).collect());
            }
        }
        input
    }

    fn instruction(&mut self, insn: &Insn<VReg>) {
        self.operands.push(insn.operands().map(|(reg, role)| operand(reg, role)).collect());
        let mut clobbers = ra::PRegSet::empty();
        if let Insn::Call { dst, .. } = insn {
            let first = if dst.is_some() { 1 } else { 0 };
            let last = if has(Defect::CallKeepsFive) { 4 } else { 5 };
            clobbers = (first..=last).map(preg).fold(clobbers, ra::PRegSet::with);
        }
        self.clobbers.push(clobbers);
        self.kinds.push(Kind::Plain);
    }

    fn terminator(&mut self, term: &Term<VReg>) {
        let mut operands = Vec::new();
        term.clone().visit(&mut |reg, role| operands.push(operand(*reg, role)));
        self.operands.push(operands);
        self.clobbers.push(ra::PRegSet::empty());
        self.kinds.push(match term {
            Term::Jump(_) | Term::Branch { .. } => Kind::Branch,
            Term::Exit { .. } => Kind::Return,
        });
    }
}

fn operand(reg: VReg, role: Role) -> ra::Operand {
    let reg = vreg(reg);
    match role {
        Role::Use => ra::Operand::reg_use(reg),
        Role::UseFixed(number) => ra::Operand::reg_fixed_use(reg, preg(number.into())),
        Role::Def => ra::Operand::reg_def(reg),
        Role::DefFixed(number) => ra::Operand::reg_fixed_def(reg, preg(number.into())),
        Role::DefReuse(idx) => ra::Operand::reg_reuse_def(reg, idx),
    }
}

fn reachable(code: &Code<VReg>) -> Vec<u32> {
    let mut seen = vec![false; code.blocks.len()];
    let (mut order, mut stack) = (vec![], vec![0u32]);
    while let Some(block) = stack.pop() {
        if std::mem::replace(&mut seen[block as usize], true) {
            continue;
        }
        order.push(block);
        let targets = code.blocks[block as usize].term.targets();
        stack.extend(targets.rev().map(|target| target.block));
    }
    order
}

impl ra::Function for Input {
    fn num_insts(&self) -> usize {
        self.operands.len()
    }
    fn num_blocks(&self) -> usize {
        self.blocks.len()
    }
    fn entry_block(&self) -> ra::Block {
        ra::Block::new(0)
    }
    fn block_insns(&self, block: ra::Block) -> ra::InstRange {
        self.ranges[block.index()]
    }
    fn block_succs(&self, block: ra::Block) -> &[ra::Block] {
        &self.succs[block.index()]
    }
    fn block_preds(&self, block: ra::Block) -> &[ra::Block] {
        &self.preds[block.index()]
    }
    fn block_params(&self, block: ra::Block) -> &[ra::VReg] {
        &self.params[block.index()]
    }
    fn is_ret(&self, insn: ra::Inst) -> bool {
        self.kinds[insn.index()] == Kind::Return
    }
    fn is_branch(&self, insn: ra::Inst) -> bool {
        self.kinds[insn.index()] == Kind::Branch
    }
    fn branch_blockparams(&self, block: ra::Block, _insn: ra::Inst, succ: usize) -> &[ra::VReg] {
        &self.args[block.index()][succ]
    }
    fn inst_operands(&self, insn: ra::Inst) -> &[ra::Operand] {
        &self.operands[insn.index()]
    }
    fn inst_clobbers(&self, insn: ra::Inst) -> ra::PRegSet {
        self.clobbers[insn.index()]
    }
    fn num_vregs(&self) -> usize {
        self.n_vregs
    }
    fn spillslot_size(&self, _class: ra::RegClass) -> usize {
        1
    }
}

fn rewrite(code: &Code<VReg>, input: &Input, output: &ra::Output) -> Vec<BasicBlock<Reg>> {
    let mut numbers = vec![u32::MAX; code.blocks.len()];
    for (number, &block) in input.blocks.iter().enumerate() {
        numbers[block as usize] = number as u32;
    }
    let mut blocks = Vec::with_capacity(input.blocks.len());
    for (number, &idx) in input.blocks.iter().enumerate() {
        let block = &code.blocks[idx as usize];
        let first = input.ranges[number].first().index();
        let mut insns: Vec<(Insn<Reg>, Span)> = Vec::new();
        let (mut term, mut at) = (None, 0);
        for item in output.block_insts_and_edits(input, ra::Block::new(number)) {
            match item {
                ra::InstOrEdit::Edit(ra::Edit::Move { to, .. })
                    if to.as_stack().is_some() && has(Defect::SpillLost)
                        || to.as_reg().is_some_and(|reg| reg.hw_enc() > 5)
                            && has(Defect::MoveLost) => {}
                ra::InstOrEdit::Edit(ra::Edit::Move { from, to }) => {
                    let span = block.insns.get(at).map_or(block.span, |(_, span)| *span);
                    insns.push((
                        moved(
                            *from,
                            *to,
                            if has(Defect::SpillOnKeys) { 0 } else { code.frame_bytes },
                        ),
                        span,
                    ));
                }
                ra::InstOrEdit::Inst(inst) => {
                    let regs = output.inst_allocs(inst);
                    at = inst.index() - first + 1;
                    match block.insns.get(at - 1) {
                        Some((insn, span)) => insns.push((placed(insn, regs), *span)),
                        None => term = Some(placed_term(&block.term, regs, &numbers)),
                    }
                }
            }
        }
        let Some(term) = term else { bug!("block {number} lost its terminator") };
        let (span, cold) = (block.span, block.cold);
        blocks.push(BasicBlock { params: vec![], insns, term, span, cold });
    }
    blocks
}

fn register(allocation: ra::Allocation) -> Reg {
    match allocation.as_reg() {
        Some(reg) => Reg(reg.hw_enc() as u8),
        None => bug!("an operand was not given a register"),
    }
}

/// A move between registers, or between a register and a spill slot below the scratch area.
fn moved(from: ra::Allocation, to: ra::Allocation, scratch_bytes: u32) -> Insn<Reg> {
    let place = |slot: ra::SpillSlot| match has(Defect::SpillsShared) {
        true => slot.index() as u32 / 2,
        false => slot.index() as u32,
    };
    let offset = |slot: ra::SpillSlot| -((scratch_bytes + 8 * (place(slot) + 1)) as i16);
    match (from.as_reg(), from.as_stack(), to.as_reg(), to.as_stack()) {
        (Some(_), _, Some(_), _) => {
            Insn::Mov { width: Width::W64, dst: register(to), src: Rhs::Reg(register(from)) }
        }
        (_, Some(slot), Some(_), _) => Insn::Load {
            size: Size::B8,
            dst: register(to),
            base: Base::Frame,
            offset: offset(slot),
        },
        (Some(_), _, _, Some(slot)) => Insn::Store {
            size: Size::B8,
            base: Base::Frame,
            offset: offset(slot),
            src: Rhs::Reg(register(from)),
        },
        _ => bug!("the allocator moved {from} to {to}"),
    }
}

fn placed(insn: &Insn<VReg>, regs: &[ra::Allocation]) -> Insn<Reg> {
    let mut next = regs.iter().map(|&reg| register(reg));
    insn.map(&mut || next.next().unwrap_or(FRAME))
}

fn placed_term(term: &Term<VReg>, regs: &[ra::Allocation], numbers: &[u32]) -> Term<Reg> {
    let mut next = regs.iter().map(|&reg| register(reg));
    term.map(&mut || next.next().unwrap_or(FRAME), &mut |block| numbers[block as usize])
}
