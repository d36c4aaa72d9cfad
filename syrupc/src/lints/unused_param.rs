//! `unused-param`: a parameter is declared and no policy reads it.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::Context;
use super::{Group, Lint};
use crate::hir::{ExprKind, HeaderArg, ParamId, Row};
use std::collections::BTreeSet;
use syrup_diag::{Code, Diagnostic, Severity};

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0110,
    name: "unused-param",
    group: Group::Bug,
    level: Severity::Warning,
    fix: None,
    finds: "A parameter is declared and no policy reads it.",
    why: "Whoever sets it expects something to change. Remove it, or use it.",
    bad: r#"
edition 2026;
param draws: u32 in 1..=8 = 2;
executors workers: socket[8] else pass;
@hooks(socket_select)
policy p(pkt: Packet) -> workers {
    match pkt {
        udp => workers.random(),
        _   => pass,
    }
}
"#,
    good: r#"
edition 2026;
param draws: u32 in 1..=8 = 2;
executors workers: socket[8] else pass;
@hooks(socket_select)
policy p(pkt: Packet) -> workers {
    match pkt {
        udp => pick w from workers.sample(draws) least w.index,
        _   => pass,
    }
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    if cx.policies().next().is_none() {
        return;
    }
    let mut read = BTreeSet::new();
    for expr in cx.all_evaluated() {
        match &expr.kind {
            ExprKind::Param(id) => _ = read.insert(*id),
            ExprKind::Match(inner) => {
                for row in inner.arms.iter().flat_map(|arm| &arm.rows) {
                    let Row::Layers(layers) = row else { continue };
                    for layer in layers {
                        if let Some(HeaderArg::Param(id)) = layer.arg {
                            read.insert(id);
                        }
                    }
                }
            }
            _ => {}
        }
    }
    for (at, param) in cx.program.params.iter().enumerate() {
        let is_public = cx.item(&param.name).is_some_and(|item| item.public.is_some());
        if cx.is_own(param.span) && !is_public && !read.contains(&ParamId(at as u32)) {
            let message = format!("no policy reads `{}`", param.name);
            out.push(LINT.at(param.span, message).help("remove it"));
        }
    }
}
