//! Values of several numbers: structs, values that may be missing, fixed runs of bytes.
//!
//! In: typed expressions and locals. Out: numbers in the order of the type's parts. A local with
//! parts stands in the environment as the numbers of its hidden locals, so that joins and loops
//! see plain numbers only.

use super::expr::Exit;
use super::{Low, Lower};
use crate::hir::{Expr, ExprKind, LocalId, Type};
use syrup_diag::{Span, bug};
use syrup_ir::{Block, CmpOp, Layout, Op, Ty, Value};

impl Lower<'_> {
    /// Several numbers as one value.
    pub(super) fn parts(&mut self, values: Vec<Value>) -> Low {
        self.parts.push(values);
        Low::Parts(self.parts.len() - 1)
    }

    /// The numbers of a value; of a run of bytes, those of up to eight bytes that a map keeps.
    pub(super) fn numbers(&mut self, low: Low) -> Vec<Value> {
        match low {
            Low::Unit | Low::Packet => Vec::new(),
            Low::Run(at) => {
                let run = self.runs[at];
                self.run_numbers(&run, self.policy.span)
            }
            Low::Value(value) => vec![value],
            Low::Parts(at) => self.parts[at].clone(),
        }
    }

    /// The types of a value's numbers.
    pub(super) fn number_types(&self, low: Low) -> Vec<Ty> {
        match low {
            Low::Run(at) => {
                let pieces = Layout::Bytes(self.runs[at].max).pieces();
                pieces.iter().map(|piece| Ty::Int(piece.bits)).collect()
            }
            Low::Parts(at) => self.parts[at].iter().map(|value| self.f.ty(*value)).collect(),
            Low::Value(value) => vec![self.f.ty(value)],
            Low::Unit | Low::Packet => Vec::new(),
        }
    }

    /// Numbers as a value of a type.
    fn low_of(&mut self, values: Vec<Value>, ty: &Type) -> Low {
        match ty {
            Type::Unit => Low::Unit,
            Type::Struct(_) | Type::Option(_) | Type::Bytes(_) => self.parts(values),
            _ => match values.first() {
                Some(value) => Low::Value(*value),
                None => bug!("a value of {ty:?} has no number"),
            },
        }
    }

    /// The types of a type's parts, in order.
    pub(super) fn part_types(&self, ty: &Type) -> Vec<Ty> {
        match ty {
            Type::Struct(id) => {
                let fields = &self.program.structs[id.idx()].fields;
                let read = |ty| self.program.read_type(ty);
                fields.iter().flat_map(|field| self.part_types(&read(&field.ty))).collect()
            }
            Type::Option(inner) => {
                let inner = self.part_types(inner);
                std::iter::once(Ty::BOOL).chain(inner).collect()
            }
            Type::Bytes(len) => {
                let pieces = Layout::Bytes(*len).pieces();
                pieces.iter().map(|piece| Ty::Int(piece.bits)).collect()
            }
            Type::Exec(set) => vec![Ty::Exec(self.used.set(*set))],
            Type::Task => vec![Ty::Task],
            ty => ty.bits(self.program).map(Ty::Int).into_iter().collect(),
        }
    }

    /// The plain numbers that a local is made of, itself where it is one.
    pub(super) fn leaves(&self, local: LocalId) -> Vec<LocalId> {
        let decl = &self.locals[local.idx()];
        match decl.ty {
            Type::Unit => Vec::new(),
            _ if decl.parts.is_empty() => vec![local],
            _ => decl.parts.iter().flat_map(|part| self.leaves(*part)).collect(),
        }
    }

    /// Gives a local its value.
    pub(super) fn bind(&mut self, local: LocalId, low: Low) {
        if self.locals[local.idx()].parts.is_empty() {
            self.env.insert(local, low);
            return;
        }
        let values = self.numbers(low);
        for (leaf, value) in self.leaves(local).into_iter().zip(values) {
            self.env.insert(leaf, Low::Value(value));
        }
    }

    /// The value of a local: unit has none that is kept.
    pub(super) fn local(&mut self, local: LocalId, span: Span) -> Low {
        if self.locals.get(local.idx()).is_none_or(|decl| decl.parts.is_empty()) {
            return match self.env.get(&local) {
                Some(low) => *low,
                None if self.locals.get(local.idx()).is_some_and(|l| l.ty == Type::Unit) => {
                    Low::Unit
                }
                None => bug!("a local is used before it is bound at {span:?}"),
            };
        }
        let mut values = Vec::new();
        for leaf in self.leaves(local) {
            let low = self.local(leaf, span);
            values.extend(self.numbers(low));
        }
        let ty = self.locals[local.idx()].ty.clone();
        self.low_of(values, &ty)
    }

    /// `Bucket(rate: 1, burst: 2)`
    pub(super) fn struct_value(&mut self, fields: &[Expr]) -> Option<Low> {
        let mut values = Vec::new();
        for field in fields {
            let low = self.expr(field)?;
            values.extend(self.numbers(low));
        }
        Some(self.parts(values))
    }

    /// A field of a struct's value.
    pub(super) fn field(&mut self, base: &Expr, idx: u32) -> Option<Low> {
        let Type::Struct(id) = base.ty else { bug!("no struct at {:?}", base.span) };
        let low = self.expr(base)?;
        let values = self.numbers(low);
        let types: Vec<Type> = self.program.structs[id.idx()]
            .fields
            .iter()
            .map(|field| self.program.read_type(&field.ty))
            .collect();
        let n = |ty: &Type| self.part_types(ty).len();
        let start: usize = types[..idx as usize].iter().map(n).sum();
        let ty = &types[idx as usize];
        let mine = values[start..start + n(ty)].to_vec();
        Some(self.low_of(mine, ty))
    }

    /// A value that may be missing, kept as whether it is there and its numbers.
    pub(super) fn option_value(&mut self, expr: &Expr) -> Option<Low> {
        let Type::Option(inner) = &expr.ty else { bug!("no option at {:?}", expr.span) };
        let none = self.f.block();
        let before = self.env.clone();
        let mut exits = Vec::new();
        if let Some(found) = self.option(expr, none) {
            let yes = self.f.constant(1, 1, expr.span);
            let values = std::iter::once(yes).chain(self.numbers(found)).collect();
            let low = self.parts(values);
            exits.push(Exit { block: self.f.current(), low, env: self.env.clone() });
        }
        self.env = before;
        self.f.switch_to(none);
        let low = self.missing_value(inner, expr.span);
        exits.push(Exit { block: none, low, env: self.env.clone() });
        self.join(exits, None, expr.span)
    }

    /// A value where an option is kept.
    pub(super) fn some(&mut self, inner: &Expr) -> Option<Low> {
        let low = self.expr(inner)?;
        let yes = self.f.constant(1, 1, inner.span);
        let values = std::iter::once(yes).chain(self.numbers(low)).collect();
        Some(self.parts(values))
    }

    /// `none` where an option is kept.
    pub(super) fn none(&mut self, expr: &Expr) -> Option<Low> {
        let Type::Option(inner) = &expr.ty else { bug!("no option at {:?}", expr.span) };
        Some(self.missing_value(inner, expr.span))
    }

    /// No value of a type.
    fn missing_value(&mut self, inner: &Type, span: Span) -> Low {
        let mut values = vec![self.f.constant(0, 1, span)];
        for ty in self.part_types(inner) {
            values.push(match ty {
                Ty::Int(bits) => self.f.constant(0, bits, span),
                Ty::Exec(set) => {
                    let slot = self.f.constant(0, 32, span);
                    self.f.op(Op::Executor(set, slot), ty, span)
                }
                Ty::View | Ty::Cell(_) | Ty::Task => bug!("no value of {ty}"),
            });
        }
        self.parts(values)
    }

    /// A kept option: goes on where it is there, to `none` where it is not.
    pub(super) fn kept_option(&mut self, expr: &Expr, none: Block) -> Option<Low> {
        let Type::Option(inner) = &expr.ty else { return self.expr(expr) };
        let low = self.expr(expr)?;
        let values = self.numbers(low);
        let Some((&there, values)) = values.split_first() else {
            bug!("an option at {:?} has no parts", expr.span)
        };
        let rest = self.f.block();
        self.f.branch(there, rest, none, expr.span);
        self.f.switch_to(rest);
        Some(self.low_of(values.to_vec(), inner))
    }

    /// Branches on whether two values of several numbers are the same.
    pub(super) fn same_parts(&mut self, left: &Expr, right: &Expr, yes: Block, no: Block) {
        let Some(left_low) = self.expr(left) else { return };
        let Some(right_low) = self.expr(right) else { return };
        for (a, b) in self.numbers(left_low).into_iter().zip(self.numbers(right_low)) {
            let next = self.f.block();
            let same = self.compare(CmpOp::Eq, a, b, left.span);
            self.f.branch(same, next, no, left.span);
            self.f.switch_to(next);
        }
        self.f.jump(yes, Vec::new(), left.span);
    }
}

/// Whether an expression is lowered by the ways it can take to a value or to none.
pub(super) fn branches(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Flow | ExprKind::Choose(_, crate::hir::Choice::There(_)) => true,
        ExprKind::Read(_)
        | ExprKind::Pick(_)
        | ExprKind::Insert(..)
        | ExprKind::Else(..)
        | ExprKind::CellOp(..) => {
            matches!(expr.ty, Type::Option(_))
        }
        _ => false,
    }
}
