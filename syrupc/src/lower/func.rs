//! One function: before its first operation, when it is done, and the order of numbers that wrap.

use super::{Lower, Used, arms};
use crate::hir::{self, Program, WrapOrder};
use std::collections::BTreeMap;
use syrup_diag::{Code, Diagnostic, Span, bug};
use syrup_ir::builder::FuncBuilder;
use syrup_ir::{BinOp, CmpOp, Op, Ty, Value};

impl<'a> Lower<'a> {
    /// Before the first operation.
    pub(super) fn new(
        program: &'a Program,
        policy: &'a hir::Policy,
        hook: &hir::Hook,
        used: &'a Used,
        f: FuncBuilder,
        locals: &'a [hir::Local],
    ) -> Lower<'a> {
        Lower {
            program,
            policy,
            begins: hook.begins,
            found: None,
            used,
            f,
            parts: Vec::new(),
            env: BTreeMap::new(),
            locals,
            lens: BTreeMap::new(),
            exits: BTreeMap::new(),
            held: None,
            now: None,
            spots: Vec::new(),
            layers: Vec::new(),
            literals: Vec::new(),
            runs: Vec::new(),
            n_calls: 0,
            arms: arms::Arms::new(),
            placed: None,
            core: None,
            too_large: None,
        }
    }

    /// The function, unless something in it grew beyond a limit; its arms are added to `all`.
    pub(super) fn finish(
        self,
        position: usize,
        all: &mut arms::Arms,
    ) -> Result<syrup_ir::Func, Vec<Diagnostic>> {
        if let Some((span, message)) = self.too_large {
            return Err(vec![Diagnostic::error(Code::E0114, span, message).help("split it")]);
        }
        let (func, ids) = self.f.finish_with_ids();
        arms::collect(all, self.arms, position, &ids);
        Ok(func)
    }
}

impl Lower<'_> {
    /// The order of two numbers that wrap.
    pub(super) fn wrapping(&mut self, order: WrapOrder, a: Value, b: Value, span: Span) -> Value {
        let Ty::Int(bits) = self.f.ty(a) else {
            bug!("only numbers wrap: {span:?}");
        };
        let apart = self.binary(BinOp::Sub, a, b, span);
        let half = self.f.constant(1 << (bits - 1), bits, span);
        let before = self.compare(CmpOp::Le, half, apart, span);
        match order {
            WrapOrder::Before => before,
            WrapOrder::Later => self.f.op(Op::Select(before, b, a), Ty::Int(bits), span),
        }
    }
}
