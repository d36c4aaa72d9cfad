//! Checked IR to Cranelift's, one function at a time.
//!
//! In: a function of a checked module, the arena's layout, options. Out: a Cranelift function of
//! the signature `u64 (struct syrup_env *, const u64 *inputs)`.
//!
//! Every value is 64 bits wide here: an integer zero-extended from its width, an executor its
//! slot, a thread its id, a view the byte of the frame where it starts, a cell the arena offset of
//! its value. What an operation gives is cut to its width again wherever it could have grown.
//!
//! Claim: code made here reaches nothing but its own stack, the environment, the arena and the
//! packet. An arena access is `arena + (offset & mask)`, where the mask keeps it inside and
//! aligned, so no access crosses the end; a packet access lies in a view, which was granted by a
//! comparison with the packet's end; a call goes through the environment's table of imports.

mod arith;
mod cells;
mod control;
mod packet;
mod threads;

use crate::abi::{self, Env, Import, Imports};
use crate::defect::Chosen;
use crate::layout::Layout;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{
    self, AbiParam, Endianness, InstBuilder, MemFlagsData, Signature, StackSlot, StackSlotData,
    StackSlotKind, Type, types,
};
use cranelift_codegen::isa::{CallConv, TargetFrontendConfig};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use std::mem::offset_of;
use syrup_diag::bug;
use syrup_ir::{
    Block, Checked, Func, Inst, Module, Op, SetId, Term, ThreadVerdict, Ty, Value, Verdict,
};

/// What code is made with besides the policy.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Mode {
    /// Count the IR's steps into the environment.
    pub(crate) steps: bool,
    /// A mistake on purpose.
    pub(crate) defect: Chosen,
}

/// The signature of every function.
pub(crate) fn signature(call_conv: CallConv) -> Signature {
    let mut signature = Signature::new(call_conv);
    signature.params.extend([AbiParam::new(I64), AbiParam::new(I64)]);
    signature.returns.push(AbiParam::new(I64));
    signature
}

/// Fills a Cranelift function with what an IR function does.
pub(crate) fn function(
    policy: &Checked,
    func: &Func,
    layout: &Layout,
    mode: Mode,
    config: TargetFrontendConfig,
    into: &mut ir::Function,
) {
    let mut context = FunctionBuilderContext::new();
    let module = policy.module();
    into.signature = signature(config.default_call_conv);
    let mut b = FunctionBuilder::new(into, &mut context);
    let entry = b.create_block();
    b.append_block_params_for_function_params(entry);
    let (env, inputs) = (b.block_params(entry)[0], b.block_params(entry)[1]);
    let blocks: Vec<ir::Block> = func.blocks.iter().map(|_| b.create_block()).collect();
    let mut values = vec![None; func.values.len()];
    for (data, &block) in func.blocks.iter().zip(&blocks) {
        for param in &data.params {
            values[param.idx()] = Some(b.append_block_param(block, I64));
        }
    }
    let call_conv = config.default_call_conv;
    let lens = vec![None; module.sets.len()];
    let buffers = [None; 2];
    let mut lower =
        Lower { module, func, layout, mode, call_conv, b, env, blocks, values, lens, buffers };
    lower.entry(entry, inputs);
    for block in order(func) {
        lower.block(block);
    }
    lower.b.seal_all_blocks();
    lower.b.finalize(config);
}

/// The blocks so that each comes after those that dominate it: depth first, last finished first.
fn order(func: &Func) -> Vec<Block> {
    let mut order = Vec::with_capacity(func.blocks.len());
    let mut seen = vec![false; func.blocks.len()];
    let mut stack = vec![(Block(0), func.block(Block(0)).term.successors())];
    seen[0] = true;
    while let Some((block, ahead)) = stack.last_mut() {
        match ahead.next() {
            Some(next) if seen[next.idx()] => {}
            Some(next) => {
                seen[next.idx()] = true;
                stack.push((next, func.block(next).term.successors()));
            }
            None => {
                order.push(*block);
                stack.pop();
            }
        }
    }
    order.reverse();
    order
}

/// One function while it is lowered.
struct Lower<'a, 'b> {
    module: &'a Module,
    func: &'a Func,
    layout: &'a Layout,
    mode: Mode,
    call_conv: CallConv,
    b: FunctionBuilder<'b>,
    env: ir::Value,
    blocks: Vec<ir::Block>,
    values: Vec<Option<ir::Value>>,
    /// The length of each set that matters, read once.
    lens: Vec<Option<ir::Value>>,
    /// Where keys and values are built for imports: one place each, because a call is over before
    /// the next one's are built.
    buffers: [Option<StackSlot>; 2],
}

/// What is built on the stack.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Buffer {
    Key,
    Value,
}

impl Lower<'_, '_> {
    /// What comes before the first block: the version, the lengths of sets, the inputs.
    fn entry(&mut self, entry: ir::Block, inputs: ir::Value) {
        self.b.switch_to_block(entry);
        let abi = self.env_field(offset_of!(Env, abi), types::I32);
        let ours = self.number(abi::VERSION.into());
        let is_ours = self.b.ins().icmp(IntCC::Equal, abi, ours);
        let (go, refuse) = (self.b.create_block(), self.b.create_block());
        self.b.ins().brif(is_ours, go, &[], refuse, &[]);
        self.b.switch_to_block(refuse);
        let answer = self.number(abi::WRONG_ABI_ANSWER);
        self.b.ins().return_(&[answer]);
        self.b.switch_to_block(go);
        for set in self.sets_asked() {
            let len = self.set_len(set);
            self.lens[set.idx()] = Some(len);
        }
        let n_inputs = self.func.block(Block(0)).params.len();
        let flags = MemFlagsData::trusted().with_endianness(Endianness::Little);
        let load = |at: usize| self.b.ins().load(I64, flags, inputs, (8 * at) as i32);
        let inputs: Vec<ir::BlockArg> = (0..n_inputs).map(load).map(Into::into).collect();
        self.b.ins().jump(self.blocks[0], &inputs);
    }

    /// The sets whose length the function asks for, itself or to carry out a verdict.
    fn sets_asked(&self) -> Vec<SetId> {
        let func = self.func;
        let lens =
            func.blocks.iter().flat_map(|block| &block.insts).filter_map(|inst| match inst.op {
                Op::SetLen(set) | Op::Generation(set, _) => Some(set),
                _ => None,
            });
        let steered = func.blocks.iter().filter_map(|block| {
            let executor = match block.term {
                Term::Return { verdict: Verdict::Steer(executor), .. } => executor,
                Term::Return { verdict: Verdict::Thread(ThreadVerdict::Preempt(core)), .. } => core,
                _ => return None,
            };
            match func.ty(executor) {
                Ty::Exec(set) => Some(set),
                Ty::Int(_) | Ty::Task | Ty::View | Ty::Cell(_) => None,
            }
        });
        let mut sets: Vec<SetId> = lens.chain(steered).collect();
        sets.sort();
        sets.dedup();
        sets
    }

    fn block(&mut self, block: Block) {
        let data = self.func.block(block);
        self.b.switch_to_block(self.blocks[block.idx()]);
        if self.mode.steps {
            let insts: u32 = data.insts.iter().map(|inst| inst.op.info().steps).sum();
            self.count(insts + data.term.steps(&self.module.maps));
        }
        for inst in &data.insts {
            self.inst(inst);
        }
        self.term(block, &data.term);
    }

    fn inst(&mut self, inst: &Inst) {
        let made = match &inst.op {
            Op::Const(_) | Op::Bin(..) | Op::Cmp(..) | Op::Select(..) | Op::Convert(_) => {
                Some(self.arith(inst))
            }
            Op::ByteSwap(_) | Op::Reduce(..) => Some(self.arith(inst)),
            // An executor is its slot; the set is in the type.
            Op::Executor(_, slot) | Op::SlotOf(slot) => Some(self.value(*slot)),
            Op::Load { view, offset, order } => {
                let bits = self.bits_of_result(inst);
                Some(self.load(*view, *offset, *order, bits))
            }
            Op::Meta(meta) => Some(self.meta(*meta)),
            Op::Now => Some(self.env_field(offset_of!(Env, now_ns), I64)),
            Op::Cpu => Some(self.cpu()),
            Op::Random(bound) => Some(self.random(*bound)),
            Op::SetLen(set) => Some(self.len(*set)),
            Op::Param(param) => Some(self.param(*param)),
            Op::StateCell(map) => Some(self.state_cell(*map)),
            Op::Read { cell, offset } => {
                let bits = self.bits_of_result(inst);
                Some(self.read(*cell, *offset, bits))
            }
            Op::Write { cell, offset, value } => {
                self.write(*cell, *offset, *value);
                None
            }
            Op::Atomic { op, cell, offset, value } => {
                Some(self.atomic(*op, *cell, *offset, *value))
            }
            Op::Insert { map, key, value } => Some(self.insert(*map, key, value)),
            Op::Remove { map, key } => Some(self.remove(*map, key)),
            Op::Thread(op) => Some(self.thread_op(*op)),
            Op::Lock(cell) => {
                self.lock(*cell);
                None
            }
            Op::Unlock(cell) => {
                self.unlock(*cell);
                None
            }
            Op::Generation(set, slot) => {
                let slot = self.value(*slot);
                Some(self.generation(*set, slot))
            }
        };
        if let (Some(result), Some(made)) = (inst.result, made) {
            self.values[result.idx()] = Some(made);
        }
    }

    // What every part needs.

    fn value(&self, value: Value) -> ir::Value {
        match self.values[value.idx()] {
            Some(made) => made,
            None => bug!("{}: {value} is used before it is made", self.func.name),
        }
    }

    fn bits(&self, value: Value) -> u8 {
        match self.func.ty(value) {
            Ty::Int(bits) => bits,
            other => bug!("{value} is {other}, not an integer"),
        }
    }

    fn bits_of_result(&self, inst: &Inst) -> u8 {
        match inst.result {
            Some(result) => self.bits(result),
            None => bug!("{:?} gives a value that nobody names", inst.op),
        }
    }

    fn number(&mut self, number: u64) -> ir::Value {
        self.b.ins().iconst(I64, number as i64)
    }

    /// A field of the environment, zero-extended.
    fn env_field(&mut self, offset: usize, ty: Type) -> ir::Value {
        // Nobody changes the environment while the code runs, except its step count.
        let flags = MemFlagsData::trusted().with_readonly().with_endianness(Endianness::Little);
        let loaded = self.b.ins().load(ty, flags, self.env, offset as i32);
        self.widened(loaded, ty)
    }

    fn widened(&mut self, value: ir::Value, ty: Type) -> ir::Value {
        if ty == I64 { value } else { self.b.ins().uextend(I64, value) }
    }

    /// A 0 or 1 as the IR's `u1`.
    fn boolean(&mut self, flag: ir::Value) -> ir::Value {
        self.b.ins().uextend(I64, flag)
    }

    fn count(&mut self, steps: u32) {
        let offset = offset_of!(Env, steps) as i32;
        let flags = MemFlagsData::trusted().with_endianness(Endianness::Little);
        let before = self.b.ins().load(I64, flags, self.env, offset);
        let by = self.number(steps.into());
        let after = self.b.ins().iadd(before, by);
        self.b.ins().store(flags, after, self.env, offset);
    }

    /// Calls an import with the runtime's context and these arguments, each with its type.
    fn call(&mut self, import: Import, args: &[(ir::Value, Type)]) -> ir::Value {
        let mut signature = Signature::new(self.call_conv);
        signature.params.push(AbiParam::new(I64));
        signature.params.extend(args.iter().map(|(_, ty)| AbiParam::new(*ty)));
        signature.returns.push(AbiParam::new(I64));
        let signature = self.b.import_signature(signature);
        let table = self.env_field(offset_of!(Env, imports), I64);
        let flags = MemFlagsData::trusted().with_readonly();
        const { assert!(size_of::<Imports>() < i32::MAX as usize) };
        let callee = self.b.ins().load(I64, flags, table, import.offset() as i32);
        let context = self.env_field(offset_of!(Env, context), I64);
        let mut passed = vec![context];
        for (arg, ty) in args {
            passed.push(if *ty == I64 { *arg } else { self.b.ins().ireduce(*ty, *arg) });
        }
        let call = self.b.ins().call_indirect(signature, callee, &passed);
        self.b.inst_results(call)[0]
    }

    /// The address of the place for a key or a value, with its first bytes zero.
    fn buffer(&mut self, which: Buffer, bytes: u32) -> ir::Value {
        let slot = match self.buffers[which as usize] {
            Some(slot) => slot,
            None => {
                let sizes = self.module.maps.iter().map(|map| match which {
                    Buffer::Key => map.key.size(),
                    Buffer::Value => map.value.size(),
                });
                let most = sizes.max().unwrap_or(0).max(1).next_multiple_of(8);
                let slot = StackSlotData::new(StackSlotKind::ExplicitSlot, most, 3);
                *self.buffers[which as usize].insert(self.b.create_sized_stack_slot(slot))
            }
        };
        let address = self.b.ins().stack_addr(I64, slot, 0);
        let zero = self.number(0);
        for word in 0..bytes.div_ceil(8) {
            self.b.ins().store(MemFlagsData::trusted(), zero, address, 8 * word as i32);
        }
        address
    }
}
