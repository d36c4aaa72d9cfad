//! What a `state` starts as: a number, a struct or a run of bytes that is known beforehand.

use super::Analyzer;
use super::body::{Body, Mode};
use crate::hir::{Expr, ExprKind, Type};
use crate::syntax::ast;
use syrup_diag::{Code, Diagnostic, Span};
use syrup_ir::{Interval, Layout};

impl Analyzer<'_> {
    /// The bytes of an initial value; none where all are zero.
    pub(super) fn initial(
        &mut self,
        unit: usize,
        value: &ast::Expr,
        (ty, declared): (&Type, Span),
        layout: &Layout,
    ) -> Vec<u8> {
        if let Type::Exec(_) = ty {
            let message = "an executor is known only when the policy runs";
            let diagnostic = Diagnostic::error(Code::E0117, value.span, message);
            self.diags.push(diagnostic.help("leave it out: the state reads as none at first"));
            return Vec::new();
        }
        let mut body = Body::new(self, unit, Mode::Const);
        let expr = body.expr(value, Some(ty));
        let expr = body.coerce(expr, ty);
        if let Type::Bytes(n) = ty {
            let range = Interval { lo: u64::from(*n), hi: u64::from(*n) };
            body.fits(&expr, range, declared);
        }
        if expr.ty == Type::Error {
            return Vec::new();
        }
        let mut bytes = vec![0; layout.size() as usize];
        if let Err(unknown) = write(&expr, layout, 0, &mut bytes) {
            let message = "this must be known when the policy is compiled";
            let diagnostic = Diagnostic::error(Code::E0117, unknown, message);
            self.diags.push(diagnostic.help("use numbers and `const` names only"));
        }
        if bytes.iter().all(|&byte| byte == 0) { Vec::new() } else { bytes }
    }
}

/// Writes a value where a layout has its place; gives the part that is not known.
fn write(expr: &Expr, layout: &Layout, at: usize, bytes: &mut [u8]) -> Result<(), Span> {
    match (layout, &expr.kind) {
        // What a literal leaves out is zero, and an executor is none.
        (_, ExprKind::None) => Ok(()),
        (Layout::Struct { .. }, ExprKind::Struct(values)) => {
            let mut parts = values.iter().zip(layout.fields());
            parts.try_for_each(|(value, f)| write(value, &f.layout, at + f.offset as usize, bytes))
        }
        (Layout::Bytes(_), ExprKind::Struct(_)) => Ok(()),
        (Layout::Bytes(_), ExprKind::Bytes(text)) => {
            // Another length was reported.
            let n = text.len().min(bytes.len() - at);
            bytes[at..at + n].copy_from_slice(&text[..n]);
            Ok(())
        }
        (Layout::Scalar(scalar), _) if expr.range.lo == expr.range.hi => {
            let n = usize::from(scalar.bytes);
            bytes[at..at + n].copy_from_slice(&expr.range.lo.to_le_bytes()[..n]);
            Ok(())
        }
        (Layout::Scalar(_) | Layout::Bytes(_) | Layout::Struct { .. }, _) => Err(expr.span),
    }
}
