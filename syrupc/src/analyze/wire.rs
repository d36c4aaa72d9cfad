//! The fields of a header that take bytes: types, byte orders, bits.

use super::Analyzer;
use super::items::full;
use crate::hir::{Type, Wire};
use crate::syntax::ast;
use syrup_diag::{Code, Diagnostic, Span, limits};
use syrup_ir::{Interval, Order};

/// A field's type as it is written.
pub(super) enum Written {
    /// A number in a byte order.
    Ordered(Type, u8, Order),
    /// A number of bits in the network's order.
    Bits(u8),
    /// A run of bytes.
    Bytes(u32),
    /// A run of bytes whose length is computed.
    Computed,
}

impl Analyzer<'_> {
    /// The values a field must have for its header to match.
    pub(super) fn field_range(&mut self, unit: usize, field: &ast::Field, ty: &Type) -> Interval {
        let all = full(ty.bits(&self.program).unwrap_or(64));
        let mut range = match &field.ty.range {
            Some(range) if ty.bits(&self.program).is_some() => {
                self.const_range(unit, range, ty, all)
            }
            Some(range) => {
                let message = "only numbers have a range";
                self.diags.push(Diagnostic::error(Code::E0402, range.span, message));
                all
            }
            None => all,
        };
        if let Some(equals) = &field.equals
            && let Some(value) = self.constant(unit, equals, ty)
        {
            range = Interval { lo: value, hi: value };
        }
        range
    }

    /// Bits that lie within eight bytes.
    pub(super) fn bits_wire(&mut self, span: Span, at: u32, bits: u8) -> Option<Wire> {
        let first = at / 8;
        let end = at + u32::from(bits);
        let bytes = (end.div_ceil(8) - first).next_power_of_two();
        if bytes > 8 {
            let message = "a bit field lies within eight bytes";
            self.diags.push(Diagnostic::error(Code::E0205, span, message));
            return None;
        }
        if at.is_multiple_of(8) && matches!(bits, 8 | 16 | 32 | 64) {
            return Some(Wire::Number { offset: first, bytes: bits / 8, order: Order::Big });
        }
        // Reading a power of two of bytes must not reach past the field's own last byte, or a
        // header could ask for bytes that it does not have: reach back instead where it can.
        let last = end.div_ceil(8);
        if last < bytes {
            // Nothing stands before it: it is read in parts.
            let (bytes, shift) = (last - first, last * 8 - end);
            return Some(Wire::Bits {
                offset: first,
                bytes: bytes as u8,
                shift: shift as u8,
                bits,
            });
        }
        let offset = last.saturating_sub(bytes).min(first);
        let shift = (offset + bytes) * 8 - end;
        Some(Wire::Bits { offset, bytes: bytes as u8, shift: shift as u8, bits })
    }

    pub(super) fn wire_type(&mut self, unit: usize, ty: &ast::Type) -> Option<Written> {
        let name = ty.path.parts[0].text.as_str();
        let order = match name {
            "be" => Order::Big,
            "le" => Order::Little,
            "bytes" => return self.wire_bytes(unit, ty),
            _ => {
                return match self.value_type(unit, ty) {
                    Type::Int(bits) if bits <= 32 || matches!(bits, 48 | 64) => {
                        if bits > 8 && matches!(bits, 16 | 32 | 64) {
                            self.no_order(ty, name);
                            return None;
                        }
                        Some(Written::Bits(bits))
                    }
                    Type::Error => None,
                    Type::Enum(id)
                        if matches!(self.program.enums[id.idx()].bits, 8 | 16 | 32 | 64) =>
                    {
                        self.no_order(ty, name);
                        None
                    }
                    _ => {
                        let message = format!("`{name}` cannot lie in a header");
                        self.diags.push(
                            Diagnostic::error(Code::E0205, ty.span, message)
                                .note("a flag is a `u1`")
                                .note(
                                    "a header has numbers of 1 to 32, 48 or 64 bits and `bytes[n]`",
                                ),
                        );
                        None
                    }
                };
            }
        };
        let inner = match ty.args.as_slice() {
            [ast::TypeArg::Type(inner)] => self.value_type(unit, inner),
            _ => Type::Error,
        };
        match inner.bits(&self.program) {
            Some(bits @ (8 | 16 | 32 | 64)) => Some(Written::Ordered(inner, bits, order)),
            _ => {
                let message = format!("`{name}` needs a number of 8, 16, 32 or 64 bits");
                self.diags.push(
                    Diagnostic::error(Code::E0205, ty.span, message)
                        .help(format!("write `{name}<u16>`")),
                );
                None
            }
        }
    }

    fn no_order(&mut self, ty: &ast::Type, name: &str) {
        let message = format!("the byte order of `{name}` is missing");
        self.diags.push(
            Diagnostic::error(Code::E0205, ty.span, message)
                .replace(
                    format!("the network's order: `be<{name}>`"),
                    ty.span,
                    format!("be<{name}>"),
                )
                .replace(
                    format!("the least significant byte first: `le<{name}>`"),
                    ty.span,
                    format!("le<{name}>"),
                ),
        );
    }

    fn wire_bytes(&mut self, unit: usize, ty: &ast::Type) -> Option<Written> {
        match ty.index.as_deref() {
            Some(ast::Index::At(len)) if !mentions_name(len) => {
                let len = self.constant(unit, len, &Type::Int(32))?;
                if len == 0 || len > u64::from(limits::FIELD_BYTES_MAX) {
                    let message = format!("a field has 1 to {} bytes", limits::FIELD_BYTES_MAX);
                    self.diags.push(Diagnostic::error(Code::E0114, ty.span, message));
                    return None;
                }
                Some(Written::Bytes(len as u32))
            }
            Some(ast::Index::At(_) | ast::Index::Range(_)) | None => Some(Written::Computed),
        }
    }
}

/// Whether an expression is more than numbers.
fn mentions_name(expr: &ast::Expr) -> bool {
    match &expr.kind {
        ast::ExprKind::Lit(_) => false,
        ast::ExprKind::Binary { left, right, .. } => mentions_name(left) || mentions_name(right),
        ast::ExprKind::Paren(inner) => mentions_name(inner),
        _ => true,
    }
}
