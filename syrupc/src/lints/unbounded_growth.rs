//! `unbounded-growth`: policies insert into a `Hash` and nothing removes entries.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::Context;
use super::{Group, Lint, Safety};
use crate::hir::{ExprKind, MapId};
use crate::syntax::ast::ItemKind;
use syrup_diag::{Code, Diagnostic, Severity};
use syrup_ir::{Access, MapKind};

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0301,
    name: "unbounded-growth",
    group: Group::Bug,
    level: Severity::Warning,
    fix: Some(Safety::Unsafe),
    finds: "Policies insert into a `Hash` and nothing removes entries.",
    why: "It fills up and then refuses, and whoever sends packets decides with what. An \
          `LruHash` forgets the least recently used; otherwise remove entries, or let user \
          space do so with `@user(write)`.",
    bad: r#"
edition 2026;
map seen: Hash<u32, u64, 1_000>;
@hooks(xdp)
policy p(pkt: Packet) -> verdict {
    match pkt {
        ipv4(src) / udp => { seen.insert(src, 1) else return drop; pass },
        _               => pass,
    }
}
"#,
    good: r#"
edition 2026;
map seen: LruHash<u32, u64, 1_000>;
@hooks(xdp)
policy p(pkt: Packet) -> verdict {
    match pkt {
        ipv4(src) / udp => { seen.insert(src, 1) else return drop; pass },
        _               => pass,
    }
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let all = cx.all_evaluated();
    for (at, map) in cx.program.maps.iter().enumerate() {
        let id = MapId(at as u32);
        let inserted = all.iter().find(|expr| match &expr.kind {
            ExprKind::Insert(place, _) => place.map == id,
            _ => false,
        });
        let removed = all.iter().any(|expr| match &expr.kind {
            ExprKind::Remove(place) => place.map == id,
            _ => false,
        });
        let Some(inserted) = inserted.filter(|_| map.kind == MapKind::Hash && !removed) else {
            continue;
        };
        if matches!(map.user, Access::Write) || !cx.is_own(map.span) {
            continue;
        }
        let message = format!("nothing removes entries of `{}`", map.name);
        let found = LINT.at(map.span, message).also(inserted.span, "inserted here");
        out.push(match cx.item(&map.name).map(|item| &item.kind) {
            Some(ItemKind::Map(def)) => {
                found.replace("write `LruHash`, which forgets", def.ty.path.span, "LruHash")
            }
            _ => found.help("use an `LruHash`"),
        });
    }
}
