//! `unused-import`: a `use` brings a name that the file does not write.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::Context;
use super::{Group, Lint, Safety};
use crate::syntax::ast::ItemKind;
use std::collections::BTreeSet;
use syrup_diag::{Code, Diagnostic, Severity, Span};

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0111,
    name: "unused-import",
    group: Group::Style,
    level: Severity::Warning,
    fix: Some(Safety::Safe),
    finds: "A `use` brings a name that the file does not write.",
    why: "Remove it.",
    bad: r#"
edition 2026;
use std.dns;
@hooks(socket_select)
policy p(pkt: Packet) -> verdict {
    match pkt {
        udp => drop,
        _   => pass,
    }
}
"#,
    good: r#"
edition 2026;
use std.dns;
@hooks(socket_select)
policy p(pkt: Packet) -> verdict {
    match pkt {
        udp / dns.Header(qr: 1) => drop,
        _                       => pass,
    }
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let words: BTreeSet<&str> = {
        let seen = cx.file.tokens.iter().filter(|token| !token.kind.is_trivia());
        let imports = |span: Span| {
            let items = cx.file.items.iter().filter(|item| matches!(item.kind, ItemKind::Use(_)));
            items.into_iter().any(|item| item.span.contains(span))
        };
        seen.filter(|token| !imports(token.span)).map(|token| cx.slice(token.span)).collect()
    };
    for item in &cx.file.items {
        let ItemKind::Use(path) = &item.kind else { continue };
        let Some(name) = path.parts.last() else { continue };
        // The cases of an enum come with it.
        let cases = cx.program.enums.iter().filter(|def| *def.info.name == name.text);
        let mut cases = cases.flat_map(|def| def.info.cases.iter());
        if words.contains(name.text.as_str()) || cases.any(|case| words.contains(&*case.0)) {
            continue;
        }
        let rest = cx.text.get(item.span.end as usize..).unwrap_or("");
        let n_blanks = rest.len() - rest.trim_start_matches([' ', '\n', '\r']).len();
        let n_blanks = rest[..n_blanks].find('\n').map_or(n_blanks, |at| at + 1);
        let span = Span { end: item.span.end + n_blanks as u32, ..item.span };
        let message = format!("`{}` is not used", name.text);
        out.push(LINT.at(path.span, message).replace("remove it", span, ""));
    }
}
