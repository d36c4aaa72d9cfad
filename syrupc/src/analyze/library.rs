//! Calls of another file's functions: `hash.fnv1a(x)`, and `dns.name("example.com")`.

use super::body::Body;
use super::items::error_expr;
use super::scope::Def;
use crate::hir::{Expr, Type};
use crate::syntax::ast;
use syrup_diag::{Code, Diagnostic, Span};

/// Bytes of a label: the upper two bits of its length byte mean something else (RFC 1035, section
/// 2.3.4).
const LABEL_BYTES_MAX: usize = 63;

/// Bytes of a name, length bytes included (RFC 1035, section 2.3.4).
const NAME_BYTES_MAX: usize = 255;

impl Body<'_, '_> {
    /// A call of what another file declares; nothing where the base is no file.
    pub(super) fn library_call(
        &mut self,
        span: Span,
        base: &ast::Expr,
        name: &ast::Name,
        args: &[ast::Arg],
    ) -> Option<Expr> {
        let file = base.as_name().filter(|file| self.local(file).is_none())?;
        let Some(Def::Unit(unit)) = self.cx.lookup(self.unit, file) else { return None };
        if name.text == "name" && self.cx.units.list[unit].path == "std/headers/dns.syr" {
            return Some(self.dns_name(span, args));
        }
        Some(match self.cx.member(unit, name) {
            Some(Def::Fn(id)) => self.call_fn(span, id, args),
            Some(Def::Struct(id)) => self.struct_literal(span, id, args),
            Some(Def::Policy(id)) => self.run_policy(span, id, &name.text, args),
            None => error_expr(span),
            Some(other) => {
                let message = format!("`{}` is {} and cannot be called", name.text, other.noun());
                self.fail(Diagnostic::error(Code::E0402, name.span, message))
            }
        })
    }

    /// `dns.name("example.com")`: a text as DNS sends it, each label behind its length, and an
    /// empty label at the end (RFC 1035, section 3.1).
    fn dns_name(&mut self, span: Span, args: &[ast::Arg]) -> Expr {
        if !self.n_args(span, "dns.name", args, 1) {
            return error_expr(span);
        }
        let arg = &args[0].value;
        let ast::ExprKind::Lit(ast::LitKind::Str(text)) = &arg.kind else {
            let message = "`dns.name` takes a name in quotes";
            let diagnostic = Diagnostic::error(Code::E0402, arg.span, message);
            return self.fail(diagnostic.help("write `dns.name(\"example.com\")`"));
        };
        let text = text.strip_suffix('.').unwrap_or(text);
        let labels: Vec<&str> = match text {
            "" => Vec::new(),
            _ => text.split('.').collect(),
        };
        let mut wire = Vec::new();
        for label in labels {
            if label.is_empty() || label.len() > LABEL_BYTES_MAX {
                let n = label.len();
                let message = format!("a part of a name has 1 to {LABEL_BYTES_MAX} bytes, not {n}");
                return self.fail(
                    Diagnostic::error(Code::E0406, arg.span, message)
                        .help("parts joined by single dots: `\"www.example.org\"`"),
                );
            }
            wire.push(label.len() as u8);
            wire.extend(label.as_bytes());
        }
        wire.push(0);
        if wire.len() > NAME_BYTES_MAX {
            let n = wire.len();
            let message =
                format!("a name has at most {NAME_BYTES_MAX} bytes as it is sent, not {n}");
            return self.fail(Diagnostic::error(Code::E0406, arg.span, message));
        }
        let literal = self.bytes_literal(span, &wire);
        debug_assert!(matches!(literal.ty, Type::Bytes(_)));
        literal
    }
}
