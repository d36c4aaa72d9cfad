//! Visiting typed expressions.

use crate::hir::{self, Expr, ExprKind, StmtKind};

/// Visits an expression and everything it is made of.
pub(crate) fn walk<'e>(expr: &'e Expr, visit: &mut impl FnMut(&'e Expr)) {
    visit(expr);
    each_child(expr, &mut |child| walk(child, visit));
}

/// Visits an expression and everything it is made of, for those outside of the compiler.
pub fn each<'e>(expr: &'e Expr, visit: &mut dyn FnMut(&'e Expr)) {
    visit(expr);
    each_child(expr, &mut |child| each(child, visit));
}

/// Visits every expression of statements.
pub(crate) fn walk_stmts<'e>(stmts: &'e [hir::Stmt], visit: &mut impl FnMut(&'e Expr)) {
    for stmt in stmts {
        stmt_children(&stmt.kind, &mut |child| walk(child, visit));
    }
}

/// Calls a function on every expression right below one.
pub(crate) fn each_child<'e>(expr: &'e Expr, f: &mut dyn FnMut(&'e Expr)) {
    match &expr.kind {
        ExprKind::Int(_) | ExprKind::Param(_) | ExprKind::Local(_) | ExprKind::Now => {}
        ExprKind::Flow => {}
        ExprKind::Random | ExprKind::Records(_) | ExprKind::Meta(_) | ExprKind::Verdict(_) => {}
        ExprKind::None | ExprKind::Error | ExprKind::Bytes(_) => {}
        ExprKind::Binary(_, a, b)
        | ExprKind::Compare(_, a, b)
        | ExprKind::Else(a, b)
        | ExprKind::Wrapping(_, a, b)
        | ExprKind::Byte(a, b) => {
            f(a);
            f(b);
        }
        ExprKind::Slice(run, start, end) => {
            f(run);
            start.iter().for_each(|e| f(e));
            end.iter().for_each(|e| f(e));
        }
        ExprKind::Logic { left, right, .. } => {
            f(left);
            f(right);
        }
        ExprKind::Prefix { address, n_bits } => {
            f(address);
            f(n_bits);
        }
        ExprKind::Not(a) | ExprKind::Convert(a) | ExprKind::HighHalf(a) => f(a),
        ExprKind::SlotOf(a) | ExprKind::SetLocal(_, a) | ExprKind::Return(a) => f(a),
        ExprKind::Run(_, a) | ExprKind::Some(a) | ExprKind::Field(a, _) => f(a),
        ExprKind::Len(a) | ExprKind::Lower(a) | ExprKind::Hash(a) => f(a),
        ExprKind::Thread(inner) => inner.children().into_iter().for_each(f),
        ExprKind::SetLen(set) => set_children(set, f),
        ExprKind::Choose(set, choice) => {
            set_children(set, f);
            match choice {
                hir::Choice::At(e) | hir::Choice::There(e) => f(e),
                hir::Choice::Hash(e) | hir::Choice::Wrap(e) => f(e),
                hir::Choice::Random => {}
            }
        }
        ExprKind::Pick(pick) => {
            set_children(&pick.set, f);
            pick.sample.iter().chain(&pick.filter).for_each(&mut *f);
            if let Some((_, by)) = &pick.order {
                f(by);
            }
        }
        ExprKind::Read(place) | ExprKind::Remove(place) => place.key.iter().for_each(f),
        ExprKind::CellOp(_, place, value)
        | ExprKind::Take(place, value)
        | ExprKind::Insert(place, value)
        | ExprKind::Assign(place, value) => {
            place.key.iter().for_each(&mut *f);
            f(value);
        }
        ExprKind::Update(update) => {
            update.place.key.iter().for_each(&mut *f);
            f(&update.body);
            update.otherwise.iter().for_each(f);
        }
        ExprKind::If(cond, then, otherwise) => {
            f(cond);
            f(then);
            if let Some(otherwise) = otherwise {
                f(otherwise);
            }
        }
        ExprKind::Match(inner) => {
            f(&inner.scrutinee);
            for arm in &inner.arms {
                arm.guard.iter().for_each(&mut *f);
                f(&arm.body);
            }
        }
        ExprKind::Block(stmts, value) => {
            stmts.iter().for_each(|stmt| stmt_children(&stmt.kind, f));
            if let Some(value) = value {
                f(value);
            }
        }
        ExprKind::Call(_, args) | ExprKind::List(args) | ExprKind::Struct(args) => {
            args.iter().for_each(f)
        }
        ExprKind::Packet(layers) => {
            for layer in layers {
                match layer {
                    hir::LayerValue::Header { arg, fields, .. } => {
                        arg.iter().for_each(|arg| f(arg));
                        fields.iter().for_each(|(_, value)| f(value));
                    }
                    hir::LayerValue::Packet(inner) => f(inner),
                    hir::LayerValue::Bytes(_) => {}
                }
            }
        }
    }
}

fn set_children<'e>(set: &'e hir::SetExpr, f: &mut dyn FnMut(&'e Expr)) {
    if let Some(start) = &set.start {
        f(start);
    }
    if let Some(end) = &set.end {
        f(end);
    }
}

fn stmt_children<'e>(stmt: &'e StmtKind, f: &mut dyn FnMut(&'e Expr)) {
    match stmt {
        StmtKind::Let(_, e) | StmtKind::Expr(e) | StmtKind::Expect(e) => f(e),
        StmtKind::For { start, end, body, .. } => {
            f(start);
            f(end);
            f(body);
        }
        StmtKind::Given(given) => match given {
            hir::Given::Executors(_, e) | hir::Given::Now(e) | hir::Given::Param(_, e) => f(e),
            hir::Given::Random(list) => list.iter().for_each(f),
        },
    }
}
