//! What a policy says it runs at: whether each hook it names can run it.
//!
//! Claim: a policy without errors lowers for every packet hook it names, as far as that hook is
//! built. What an operation needs of a hook is checked on the IR, where every operation is known.

use super::Analyzer;
use super::walk::walk;
use crate::hir::{Expr, ExprKind, Hook, Layer, Policy, Program, Row};
use crate::route::{self, RouteError};
use syrup_diag::{Code, Diagnostic, Severity, Span, limits};
use syrup_ir::{ExecutorKind, Meta};

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
            hooks.push((policy.default_hook().to_owned(), policy.span));
        }
        for (name, span) in hooks {
            let Some(hook) = self.hook(&name).cloned() else { continue };
            let found = misfits(&self.program, &self.program.policies[idx], &hook, span);
            if found.iter().any(|d| d.severity == Severity::Error) {
                self.program.policies[idx].broken = true;
            }
            for diagnostic in found {
                self.diags.push(diagnostic);
            }
        }
    }
}

/// What of a policy a hook cannot run, or runs otherwise than it says; `span` asks for the hook.
pub(crate) fn misfits(
    program: &Program,
    policy: &Policy,
    hook: &Hook,
    span: Span,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if hook.packet == policy.is_thread() {
        let (of_hook, own) =
            if hook.packet { ("packets", "threads") } else { ("threads", "packets") };
        let message = format!("`{}` chooses for {of_hook}, and this policy for {own}", hook.name);
        found.push(Diagnostic::error(Code::E0412, span, message));
        return found;
    }
    found.extend(wrong_executors(program, policy, hook, span));
    let mut look = |expr: &Expr| match &expr.kind {
        ExprKind::Meta(meta) if !hook.knows.contains(meta) => {
            found.push(unknown(*meta, expr.span, hook, span));
        }
        ExprKind::Match(inner) => {
            for row in inner.arms.iter().flat_map(|arm| &arm.rows) {
                if let Row::Layers(layers) = row {
                    found.extend(no_route(program, layers, hook));
                }
            }
        }
        _ => {}
    };
    policy.bodies().for_each(|body| walk(body, &mut look));
    found
}

fn wrong_executors(
    program: &Program,
    policy: &Policy,
    hook: &Hook,
    span: Span,
) -> Option<Diagnostic> {
    let set = &program.sets[policy.set?.idx()];
    if set.kinds.is_empty() || set.kinds.iter().any(|kind| hook.executors.contains(kind)) {
        return None;
    }
    let has: Vec<_> = hook.executors.iter().map(|kind| kind_name(*kind)).collect();
    let message = format!("`{}` chooses among {}s", hook.name, has.join(" or "));
    // Not an error: the hook decides what the slots hold, and the policy's meaning is the same.
    Some(
        Diagnostic::warning(Code::E0602, span, message)
            .also(set.span, format!("`{}` is declared to hold something else", set.name))
            .help(format!("declare `executors {}: ... | {} [...]`", set.name, has[0])),
    )
}

/// What a hook does not know of a packet.
fn unknown(meta: Meta, at: Span, hook: &Hook, span: Span) -> Diagnostic {
    let what = match meta {
        Meta::FlowHash => "the hash of a packet's flow",
        Meta::Len => "the length of a packet",
        Meta::EthProtocol => "a packet's EtherType",
        Meta::IpProtocol => "a packet's protocol",
        Meta::RxQueue => "the queue a packet came by",
        Meta::Interface => "the interface a packet came by",
    };
    let message = format!("hook {} does not know {what}", hook.name);
    Diagnostic::error(Code::E0412, at, message).also(span, "asked for here")
}

/// Why the layers of a pattern cannot be reached, if they cannot.
fn no_route(program: &Program, layers: &[Layer], hook: &Hook) -> Option<Diagnostic> {
    let (at, why) = route::place(program, hook.begins, layers).err()?;
    let decl = &program.headers[layers[at].header.idx()];
    let (span, name) = (layers[at].span, &decl.name);
    let above = at.checked_sub(1).map(|at| &program.headers[layers[at].header.idx()]);
    let above_name = above.map_or("", |above| &above.name);
    let whole = layers.iter().map(|layer| layer.span).reduce(Span::to).unwrap_or(span);
    Some(match why {
        RouteError::Behind => {
            let message = format!("{} no longer sees `{name}`", hook.name);
            Diagnostic::error(Code::E0412, span, message).label("the packet begins behind it")
        }
        RouteError::NoRoute if at == 0 && decl.after.is_empty() => {
            let message = format!("nothing says where `{name}` begins");
            Diagnostic::error(Code::E0204, span, message)
                .also(decl.span, "declared without `after`")
                .replace("name the header before it: `udp / ...`", span.before(), "udp / ")
        }
        RouteError::NoRoute if at == 0 => {
            let message = format!("`{name}` cannot be the first of a pattern");
            Diagnostic::error(Code::E0204, span, message)
                .also(decl.span, "what it follows leads to no packet")
                .help("name the headers before it")
        }
        RouteError::NoRoute => {
            let message = format!("`{name}` does not follow `{above_name}`");
            Diagnostic::error(Code::E0204, span, message)
                .also(decl.span, "declared to follow other headers")
        }
        RouteError::AfterRest => {
            let message = format!("nothing follows `{above_name}`");
            let above = above.map_or(span, |above| above.span);
            Diagnostic::error(Code::E0204, span, message)
                .also(above, "takes all that is left of the packet")
        }
        RouteError::ManyTags => {
            let message =
                format!("a policy looks behind at most {} VLAN tags", limits::VLAN_TAGS_MAX);
            Diagnostic::error(Code::E0114, span, message)
        }
        RouteError::ManyExtensions => {
            let most = limits::IPV6_EXTENSIONS_MAX;
            let message = format!("a policy looks behind at most {most} IPv6 extension headers");
            Diagnostic::error(Code::E0114, span, message)
        }
        RouteError::ManyWays => {
            let most = limits::PATTERN_ROWS_MAX;
            let message = format!("there are more than {most} ways to reach these headers");
            Diagnostic::error(Code::E0114, whole, message)
                .help("name more of the headers before them")
        }
    })
}
