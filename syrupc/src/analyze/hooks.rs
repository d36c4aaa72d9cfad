//! What a policy says it runs at: whether each hook it names can run it.
//!
//! Claim: a policy without errors lowers for every packet hook it names, as far as that hook is
//! built. What an operation needs of a hook is checked on the IR, where every operation is known.

use super::Analyzer;
use super::walk::walk;
use crate::hir::{Expr, ExprKind, Hook, Row};
use crate::route::{self, RouteError};
use syrup_diag::{Code, Diagnostic, Severity, Span};
use syrup_ir::{Base, ExecutorKind, Meta};

/// The hook a policy is checked against when it names none.
const DEFAULT_HOOK: &str = "socket_select";

/// An executor kind as authors write it.
pub(crate) fn kind_name(kind: ExecutorKind) -> &'static str {
    match kind {
        ExecutorKind::Socket => "socket",
        ExecutorKind::Core => "core",
        ExecutorKind::Queue => "queue",
    }
}

impl Analyzer<'_> {
    /// Checks a policy against every hook it names.
    pub(crate) fn check_hooks(&mut self, idx: usize) {
        let policy = &self.program.policies[idx];
        let mut hooks: Vec<_> =
            policy.hooks.iter().map(|(name, span)| (name.to_string(), *span)).collect();
        if hooks.is_empty() {
            hooks.push((DEFAULT_HOOK.to_owned(), policy.span));
        }
        for (name, span) in hooks {
            let Some(hook) = self.hook(&name).cloned() else { continue };
            let mut found = Vec::new();
            if !hook.packet {
                let message = format!("`{name}` chooses for threads, and this policy for packets");
                found.push(Diagnostic::error(Code::E0412, span, message));
            } else {
                self.check_executors(idx, &hook, span, &mut found);
                let policy = &self.program.policies[idx];
                walk(&policy.body, &mut |expr| self.check_expr(expr, &hook, span, &mut found));
            }
            if found.iter().any(|d| d.severity == Severity::Error) {
                self.program.policies[idx].broken = true;
            }
            for diagnostic in found {
                self.diags.push(diagnostic);
            }
        }
    }

    fn check_executors(&self, idx: usize, hook: &Hook, span: Span, found: &mut Vec<Diagnostic>) {
        let policy = &self.program.policies[idx];
        let Some(set) = policy.set.map(|set| &self.program.sets[set.idx()]) else { return };
        if set.kinds.is_empty() || set.kinds.iter().any(|kind| hook.executors.contains(kind)) {
            return;
        }
        let has: Vec<_> = hook.executors.iter().map(|kind| kind_name(*kind)).collect();
        let message = format!("`{}` chooses among {}s", hook.name, has.join(" or "));
        // Not an error: the hook decides what the slots hold, and the policy's meaning is the same.
        found.push(
            Diagnostic::warning(Code::E0602, span, message)
                .also(set.span, format!("`{}` is declared to hold something else", set.name))
                .help(format!("declare `executors {}: ... | {} [...]`", set.name, has[0])),
        );
    }

    fn check_expr(&self, expr: &Expr, hook: &Hook, span: Span, found: &mut Vec<Diagnostic>) {
        match &expr.kind {
            ExprKind::Meta(meta) if !hook.knows.contains(meta) => {
                let what = match meta {
                    Meta::FlowHash => "the hash of a packet's flow",
                    Meta::Len => "the length of a packet",
                    Meta::EthProtocol => "a packet's EtherType",
                    Meta::IpProtocol => "a packet's protocol",
                    Meta::RxQueue => "the queue a packet came by",
                    Meta::Interface => "the interface a packet came by",
                };
                let message = format!("hook {} does not know {what}", hook.name);
                found.push(
                    Diagnostic::error(Code::E0412, expr.span, message).also(span, "asked for here"),
                );
            }
            ExprKind::Match(inner) if hook.begins == Base::Transport => {
                for row in inner.arms.iter().flat_map(|arm| &arm.rows) {
                    if let Row::Layers(layers) = row {
                        self.check_route(layers, hook, found);
                    }
                }
            }
            _ => {}
        }
    }

    fn check_route(&self, layers: &[crate::hir::Layer], hook: &Hook, found: &mut Vec<Diagnostic>) {
        let headers: Vec<_> = layers.iter().map(|layer| layer.header).collect();
        let name = |at: usize| self.program.headers[headers[at].idx()].name.clone();
        let placed = route::place(&self.program, hook.begins, &headers);
        let Err((at, why)) = placed else { return };
        let span = layers[at].span;
        let decl = self.program.headers[headers[at].idx()].span;
        found.push(match why {
            RouteError::Behind => {
                let message = format!("{} no longer sees `{}`", hook.name, name(at));
                Diagnostic::error(Code::E0412, span, message).label("the packet begins behind it")
            }
            RouteError::NoRoute if at == 0 => {
                let message = format!("nothing says where `{}` begins", name(at));
                Diagnostic::error(Code::E0204, span, message)
                    .also(decl, "declared without `after`")
                    .replace("name the header before it: `udp / ...`", span.before(), "udp / ")
            }
            RouteError::NoRoute => {
                let message = format!("`{}` does not follow `{}`", name(at), name(at - 1));
                Diagnostic::error(Code::E0204, span, message)
                    .also(decl, "declared to follow other headers")
            }
            RouteError::AfterRest => {
                let above = name(at - 1);
                let message = format!("nothing follows `{above}`");
                let above = self.program.headers[headers[at - 1].idx()].span;
                Diagnostic::error(Code::E0204, span, message)
                    .also(above, "takes all that is left of the packet")
            }
            RouteError::Later => {
                let message = format!("reaching `{}` from here is not supported yet", name(at));
                Diagnostic::error(Code::E0111, span, message)
            }
        });
    }
}
