//! `racy-two-writes`: two fields of one entry are written one after the other.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::Context;
use super::{Group, Lint};
use crate::hir::{Expr, ExprKind, Place, StmtKind};
use syrup_diag::{Code, Diagnostic, Severity};
use syrup_ir::MapKind;

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0401,
    name: "racy-two-writes",
    group: Group::Race,
    level: Severity::Warning,
    fix: None,
    finds: "Two fields of one entry are written one after the other.",
    why: "Another processor can come between and see, or leave behind, one of each. `update \
          m[k] as e { ... }` changes them together.",
    bad: r#"
edition 2026;
struct Last { port: u16, count: u32 }
map last: Array<Last, 8>;
@hooks(socket_select)
policy p(pkt: Packet) -> verdict {
    match pkt {
        udp(src_port) => { last[1].port = src_port; last[1].count = 1; drop },
        _             => if last[1].port > 0 && last[1].count > 0 { pass } else { drop },
    }
}
"#,
    good: r#"
edition 2026;
struct Last { port: u16, count: u32 }
map last: Array<Last, 8>;
@hooks(socket_select)
policy p(pkt: Packet) -> verdict {
    match pkt {
        udp(src_port) => { update last[1] as l { l.port = src_port; l.count = 1; } drop },
        _             => if last[1].port > 0 && last[1].count > 0 { pass } else { drop },
    }
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for (_, policy) in cx.policies() {
        for expr in cx.evaluated(policy) {
            let ExprKind::Block(stmts, _) = &expr.kind else { continue };
            let mut before: Vec<(&Place, String)> = Vec::new();
            for stmt in stmts {
                let StmtKind::Expr(Expr { kind: ExprKind::Assign(place, _), .. }) = &stmt.kind
                else {
                    continue;
                };
                let shared = !matches!(
                    cx.program.maps[place.map.idx()].kind,
                    MapKind::PerCpuState | MapKind::PerCpuArray | MapKind::PerTask
                );
                let key = place.key.as_ref().map_or("", |key| cx.slice(key.span)).to_owned();
                let other = before.iter().find(|(other, of)| {
                    other.map == place.map && *of == key && other.field != place.field
                });
                if let Some((other, _)) = other.filter(|_| shared && place.field.is_some()) {
                    let found = LINT.at(place.span, "written apart from the field before it");
                    let found = found.also(other.span, "another CPU can come between");
                    out.push(found.help("change both in one `update`"));
                    break;
                }
                before.push((place, key));
            }
        }
    }
}
