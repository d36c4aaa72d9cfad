//! `magic-number`: a number above 255 stands twice in the declarations of a file.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::Context;
use super::{Group, Lint};
use crate::syntax::ast::ItemKind;
use crate::syntax::token::TokenKind;
use syrup_diag::{Code, Diagnostic, Severity, Span};

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0703,
    name: "magic-number",
    group: Group::Pedantic,
    level: Severity::Note,
    fix: None,
    finds: "A number above 255 stands twice in the declarations of a file.",
    why: "Whoever changes one forgets the other. Give it a name with `const`, or let it be set \
          with `param`.",
    bad: r#"
edition 2026;
executors workers: socket[8] else pass;
@hooks(socket_select)
policy p(pkt: Packet) -> workers {
    match pkt {
        udp(dst_port: 9000) => workers[0],
        tcp(dst_port: 9000) => workers[1],
        _                   => pass,
    }
}
"#,
    good: r#"
edition 2026;
const PORT: u16 = 9000;
executors workers: socket[8] else pass;
@hooks(socket_select)
policy p(pkt: Packet) -> workers {
    match pkt {
        udp(dst_port: PORT) => workers[0],
        tcp(dst_port: PORT) => workers[1],
        _                   => pass,
    }
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    const SMALL: u64 = 255;
    let mut seen: Vec<(&str, Span)> = Vec::new();
    let mut told: Vec<&str> = Vec::new();
    for item in &cx.file.items {
        let counts = matches!(item.kind, ItemKind::Policy(_) | ItemKind::Fn(_));
        let tokens = cx.file.tokens.iter().filter(|token| {
            counts && token.kind == TokenKind::Int && item.span.contains(token.span)
        });
        for token in tokens {
            let text = cx.slice(token.span);
            let plain: String = text.chars().filter(|c| *c != '_').collect();
            let number = match plain.strip_prefix("0x") {
                Some(hex) => u64::from_str_radix(hex, 16),
                None => plain.parse(),
            };
            if number.is_ok_and(|number| number <= SMALL) {
                continue;
            }
            let before = seen.iter().find(|row| row.0 == text).copied();
            if let Some((_, first)) = before.filter(|_| !told.contains(&text)) {
                told.push(text);
                let found = LINT.at(token.span, format!("{text} stands here again"));
                out.push(found.also(first, "first here").help("give it a name with `const`"));
            }
            seen.push((text, token.span));
        }
    }
}
