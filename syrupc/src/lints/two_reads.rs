//! `two-reads`: one comparison reads the same cell twice.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::Context;
use super::{Group, Lint};
use crate::analyze::walk;
use crate::hir::ExprKind;
use syrup_diag::{Code, Diagnostic, Severity};
use syrup_ir::MapKind;

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0402,
    name: "two-reads",
    group: Group::Race,
    level: Severity::Warning,
    fix: None,
    finds: "One comparison reads the same cell twice.",
    why: "Each mention is a read of its own, and another CPU may write between them. Bind it \
          once with `let`.",
    bad: r#"
edition 2026;
@user(write)
map load: Array<u32, 8>;
@hooks(socket_select)
policy p(pkt: Packet) -> verdict {
    match pkt {
        udp if load[1] > 5 && load[1] < 9 => drop,
        _                                 => pass,
    }
}
"#,
    good: r#"
edition 2026;
@user(write)
map load: Array<u32, 8>;
@hooks(socket_select)
policy p(pkt: Packet) -> verdict {
    match pkt {
        udp => { let l = load[1]; if l > 5 && l < 9 { drop } else { pass } },
        _   => pass,
    }
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for (_, policy) in cx.policies() {
        let all = cx.evaluated(policy);
        let conditions = all.iter().flat_map(|expr| match &expr.kind {
            ExprKind::If(cond, ..) => vec![&**cond],
            ExprKind::Match(inner) => {
                inner.arms.iter().filter_map(|arm| arm.guard.as_ref()).collect()
            }
            _ => Vec::new(),
        });
        for condition in conditions {
            let mut seen: Vec<&str> = Vec::new();
            walk(condition, &mut |expr| {
                let ExprKind::Read(place) = &expr.kind else { return };
                let map = &cx.program.maps[place.map.idx()];
                let own = matches!(
                    map.kind,
                    MapKind::PerCpuState | MapKind::PerCpuArray | MapKind::Maglev(_)
                );
                let text = cx.slice(place.span);
                if seen.contains(&text) && !own {
                    let found = LINT.at(place.span, format!("`{text}` is read twice here"));
                    let found = found.note("another CPU may write between the two");
                    out.push(found.help(format!("bind it once: `let x = {text};`")));
                }
                seen.push(text);
            });
        }
    }
}
