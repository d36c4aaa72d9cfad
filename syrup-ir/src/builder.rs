//! Builds a function block by block, with types and spans given as the values are made.
//!
//! In: the calls of a lowering, in any order of blocks. Out: a [`Func`] whose blocks are all
//! reachable and whose ids are dense. It numbers and links; whether the result is well-formed is
//! for [`verify`](crate::check::verify) to say.
//!
//! ```
//! use syrup_diag::Span;
//! use syrup_ir::{BinOp, Cause, FuncBuilder, Op, SetId, Term, Ty, Verdict};
//!
//! let span = Span::default();
//! let mut f = FuncBuilder::new("packet", span);
//! let hash = f.op(Op::Meta(syrup_ir::Meta::FlowHash), Ty::U32, span);
//! let len = f.op(Op::SetLen(SetId(0)), Ty::U32, span);
//! let slot = f.op(Op::Bin(BinOp::Rem, hash, len), Ty::U32, span);
//! let exec = f.op(Op::Executor(SetId(0), slot), Ty::Exec(SetId(0)), span);
//! f.terminate(Term::Return { verdict: Verdict::Steer(exec), cause: Cause::Written }, span);
//! assert_eq!(f.finish().blocks.len(), 1);
//! ```

use crate::layout::max_of;
use crate::{Block, BlockData, Edge, Func, Inst, Op, Term, Ty, Value, ValueData, ValueDef};
use std::sync::Arc;
use syrup_diag::{Span, bug};

/// A function under construction.
#[derive(Clone, Debug)]
pub struct FuncBuilder {
    name: Arc<str>,
    span: Span,
    blocks: Vec<OpenBlock>,
    values: Vec<ValueData>,
    current: Block,
}

#[derive(Clone, Debug, Default)]
struct OpenBlock {
    params: Vec<Value>,
    insts: Vec<Inst>,
    term: Option<(Term, Span)>,
}

impl FuncBuilder {
    /// A function with an empty entry block `b0`, which is the current block.
    pub fn new(name: impl Into<Arc<str>>, span: Span) -> FuncBuilder {
        FuncBuilder {
            name: name.into(),
            span,
            blocks: vec![OpenBlock::default()],
            values: Vec::new(),
            current: Block(0),
        }
    }

    /// A new block, empty and without terminator; the current block stays the same.
    pub fn block(&mut self) -> Block {
        self.blocks.push(OpenBlock::default());
        Block(self.blocks.len() as u32 - 1)
    }

    /// Adds a parameter to a block, after those it has.
    ///
    /// The parameter that a `view`, `lookup` or `loop` terminator binds has to be the first.
    pub fn param(&mut self, block: Block, ty: Ty, span: Span) -> Value {
        let position = self.blocks[block.idx()].params.len() as u32;
        let value = self.value(ty, ValueDef::Param(block, position), span);
        self.blocks[block.idx()].params.push(value);
        value
    }

    /// Makes a block the one that operations and terminators are added to.
    pub fn switch_to(&mut self, block: Block) {
        self.current = block;
    }

    /// The block that operations are added to.
    pub fn current(&self) -> Block {
        self.current
    }

    /// Appends an operation that gives a value.
    pub fn op(&mut self, op: Op, ty: Ty, span: Span) -> Value {
        let position = self.blocks[self.current.idx()].insts.len() as u32;
        let value = self.value(ty, ValueDef::Inst(self.current, position), span);
        self.push(Inst { result: Some(value), op, span });
        value
    }

    /// Appends an operation for its effect only.
    pub fn effect(&mut self, op: Op, span: Span) {
        self.push(Inst { result: None, op, span });
    }

    /// Appends a constant, cut to `bits`.
    pub fn constant(&mut self, number: u64, bits: u8, span: Span) -> Value {
        self.op(Op::Const(number & max_of(bits)), Ty::Int(bits), span)
    }

    /// Ends the current block; the next block is the caller's to choose.
    pub fn terminate(&mut self, term: Term, span: Span) {
        let block = &mut self.blocks[self.current.idx()];
        if let Some((old, _)) = &block.term {
            bug!("{} already ends in {old:?}, cannot end in {term:?}", self.current);
        }
        block.term = Some((term, span));
    }

    /// Ends the current block with a jump that passes `args`.
    pub fn jump(&mut self, block: Block, args: Vec<Value>, span: Span) {
        self.terminate(Term::Jump(Edge { block, args }), span);
    }

    /// Ends the current block with a choice by a `u1`, passing nothing.
    pub fn branch(&mut self, cond: Value, yes: Block, no: Block, span: Span) {
        self.terminate(Term::Branch { cond, yes: Edge::to(yes), no: Edge::to(no) }, span);
    }

    /// Whether the current block has its terminator.
    pub fn is_terminated(&self) -> bool {
        self.blocks[self.current.idx()].term.is_some()
    }

    /// The type of a value.
    pub fn ty(&self, value: Value) -> Ty {
        self.values[value.idx()].ty
    }

    /// The span of a value.
    pub fn span(&self, value: Value) -> Span {
        self.values[value.idx()].span
    }

    /// Whether a value is a parameter of this block.
    pub fn is_param_of(&self, value: Value, block: Block) -> bool {
        matches!(self.values[value.idx()].def, ValueDef::Param(owner, _) if owner == block)
    }

    /// The constant a value is, where an instruction says so.
    pub fn as_constant(&self, value: Value) -> Option<u64> {
        match self.values[value.idx()].def {
            ValueDef::Param(..) => None,
            ValueDef::Inst(block, at) => match self.blocks[block.idx()].insts[at as usize].op {
                Op::Const(number) => Some(number),
                _ => None,
            },
        }
    }

    /// The function. Blocks that nothing reaches are left out, so code after a `return` may be
    /// lowered without care and may even lack its terminator; ids are made dense again.
    pub fn finish(self) -> Func {
        self.finish_with_ids().0
    }

    /// Ends the function like [`FuncBuilder::finish`], and gives what each block is called in it:
    /// blocks that nothing reaches are left out, which renumbers those behind.
    pub fn finish_with_ids(self) -> (Func, Vec<Option<Block>>) {
        let mut reached = vec![false; self.blocks.len()];
        let mut work = vec![Block(0)];
        while let Some(block) = work.pop() {
            if !std::mem::replace(&mut reached[block.idx()], true) {
                match &self.blocks[block.idx()].term {
                    Some((term, _)) => work.extend(term.successors()),
                    None => bug!("{block} of function {} has no terminator", self.name),
                }
            }
        }
        let span = self.span;
        let blocks = self.blocks.into_iter().map(|block| {
            let unreached = (Term::Jump(Edge::to(Block(0))), span);
            let (term, span) = block.term.unwrap_or(unreached);
            BlockData { params: block.params, insts: block.insts, term, span }
        });
        let blocks = blocks.collect();
        let mut func = Func { name: self.name, blocks, values: self.values, span };
        func.compact();
        let mut n_kept = 0;
        let mut id = |is_reached: bool| {
            n_kept += u32::from(is_reached);
            is_reached.then(|| Block(n_kept - 1))
        };
        (func, reached.into_iter().map(&mut id).collect())
    }

    fn value(&mut self, ty: Ty, def: ValueDef, span: Span) -> Value {
        self.values.push(ValueData { ty, def, span });
        Value(self.values.len() as u32 - 1)
    }

    fn push(&mut self, inst: Inst) {
        let block = &mut self.blocks[self.current.idx()];
        if let Some((term, _)) = &block.term {
            bug!("{} already ends in {term:?}, cannot take {inst:?}", self.current);
        }
        block.insts.push(inst);
    }
}
