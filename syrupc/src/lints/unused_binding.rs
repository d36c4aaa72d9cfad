//! `unused-binding`: a name is given a value that nobody reads.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::Context;
use super::{Group, Lint, Safety};
use crate::analyze::walk;
use crate::hir::{Expr, ExprKind, Local, LocalId, Row, StmtKind};
use std::collections::BTreeSet;
use syrup_diag::{Code, Diagnostic, Severity};

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0106,
    name: "unused-binding",
    group: Group::Bug,
    level: Severity::Warning,
    fix: Some(Safety::Safe),
    finds: "A name is given a value that nobody reads.",
    why: "Another name was probably meant. Remove it, or begin it with `_` to say that it is \
          meant.",
    bad: r#"
edition 2026;
header Request { op: be<u16>, user: be<u32> }
executors workers: socket[8] else pass;
@hooks(socket_select)
policy p(pkt: Packet) -> workers {
    match pkt {
        udp / Request(op, user) => {
            let spread = user >> 3;
            workers.hash(u32(op) ^ user)
        },
        _ => pass,
    }
}
"#,
    good: r#"
edition 2026;
header Request { op: be<u16>, user: be<u32> }
executors workers: socket[8] else pass;
@hooks(socket_select)
policy p(pkt: Packet) -> workers {
    match pkt {
        udp / Request(op, user) => {
            let spread = user >> 3;
            workers.hash(u32(op) ^ spread)
        },
        _ => pass,
    }
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let own = cx.program.fns.iter().filter(|def| cx.is_own(def.span));
    for def in own {
        look(cx, &[&def.body], &def.locals, out);
    }
    for (_, policy) in cx.policies() {
        look(cx, &[&policy.body], &policy.locals, out);
        for handler in &policy.handlers {
            look(cx, &[&handler.body], &handler.locals, out);
        }
    }
    for test in &cx.program.tests {
        let body = Expr {
            ty: crate::hir::Type::Unit,
            range: syrup_ir::Interval::ALL,
            span: test.span,
            kind: ExprKind::Block(test.body.clone(), None),
        };
        look(cx, &[&body], &test.locals, out);
    }
}

/// Reports locals of bodies that are bound and not read.
fn look(cx: &Context<'_>, bodies: &[&Expr], locals: &[Local], out: &mut Vec<Diagnostic>) {
    let (mut bound, mut read) = (Vec::new(), BTreeSet::new());
    for body in bodies {
        walk(body, &mut |expr| match &expr.kind {
            ExprKind::Local(id) => _ = read.insert(*id),
            ExprKind::Block(stmts, _) => {
                for stmt in stmts {
                    if let StmtKind::Let(id, _) = &stmt.kind {
                        bound.push((*id, true));
                    }
                }
            }
            ExprKind::Match(inner) => {
                for arm in &inner.arms {
                    bound.extend(arm.binds.iter().map(|id| (*id, false)));
                    let given = arm.rows.iter().filter_map(|row| match row {
                        Row::Some(id) => *id,
                        _ => None,
                    });
                    bound.extend(given.map(|id| (id, false)));
                }
            }
            _ => {}
        });
    }
    let is_read = |id: LocalId| read.contains(&id);
    for (id, by_let) in bound {
        let local = &locals[id.idx()];
        let used = is_read(id) || local.parts.iter().any(|part| is_read(*part));
        // Hidden locals stand where no name does.
        let named = cx.slice(local.span) == &*local.name && !local.name.starts_with('_');
        if used || !named {
            continue;
        }
        let found = LINT.at(local.span, format!("`{}` is never read", local.name));
        out.push(if by_let {
            let name = format!("_{}", local.name);
            found.replace(format!("write `{name}` where that is meant"), local.span, name)
        } else {
            found.help("remove it from the pattern")
        });
    }
}
