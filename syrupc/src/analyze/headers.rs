//! Headers: where each field lies, what it must hold, and how the header is reached.
//!
//! Fields lie one after the other without padding. A field of fewer than 8 bits, or one that does
//! not start at a byte, is counted from the most significant bit, as RFCs draw it.

use super::Analyzer;
use super::body::{Body, Mode};
use super::items::full;
use super::scope::Def;
use crate::hir::{Computed, Expr, HeaderField, HeaderId, Route, Type, Wire};
use crate::syntax::ast::{self, PatternKind};
use std::sync::Arc;
use syrup_diag::{Code, Diagnostic, Span, limits};
use syrup_ir::{Interval, Order};

/// A field's type as it is written.
enum Written {
    /// A number in a byte order.
    Ordered(Type, u8, Order),
    /// A number of bits in the network's order.
    Bits(u8),
    /// A run of bytes.
    Bytes(u32),
    /// A run of bytes whose length other fields give.
    Computed,
}

impl Analyzer<'_> {
    pub(crate) fn define_header(&mut self, unit: usize, id: HeaderId, decl: &ast::Header) {
        if let Some(param) = decl.params.first() {
            self.later(param.span, "a header with parameters");
        }
        let mut fields: Vec<HeaderField> = Vec::new();
        let mut bits = 0u32;
        let (mut open, mut whole) = (false, true);
        for field in &decl.fields {
            if open {
                self.later(field.span, "a field behind one of computed length");
                break;
            }
            let Some(made) = self.header_field(unit, field, bits, &fields) else {
                whole = false;
                fields.push(broken_field(&field.name, bits / 8));
                continue;
            };
            if fields.iter().any(|other| other.name == made.0.name) {
                let message = format!("the field `{}` is declared twice", made.0.name);
                self.diags.push(Diagnostic::error(Code::E0102, field.name.span, message));
                continue;
            }
            open = matches!(made.0.wire, Wire::Computed { .. });
            bits += made.1;
            fields.push(made.0);
        }
        if whole && !bits.is_multiple_of(8) {
            let message = format!("the header `{}` ends within a byte", decl.name.text);
            self.diags.push(
                Diagnostic::error(Code::E0205, decl.name.span, message)
                    .label(format!("its fields take {bits} bits"))
                    .help("add a field for the bits that are left"),
            );
        }
        if bits / 8 > limits::VIEW_BYTES_MAX {
            let message = format!("a header has at most {} bytes", limits::VIEW_BYTES_MAX);
            self.diags.push(Diagnostic::error(Code::E0114, decl.name.span, message));
        }
        let header = &mut self.program.headers[id.idx()];
        header.fields = fields;
        header.fixed_bytes = bits / 8;
        let after: Vec<_> = decl.after.iter().filter_map(|s| self.route(unit, s)).collect();
        self.program.headers[id.idx()].after = after;
    }

    /// A field that starts at a bit, and how many bits it takes.
    fn header_field(
        &mut self,
        unit: usize,
        field: &ast::Field,
        at: u32,
        before: &[HeaderField],
    ) -> Option<(HeaderField, u32)> {
        let written = self.wire_type(unit, &field.ty.ty)?;
        let (ty, wire, bits) = match written {
            Written::Ordered(ty, width, order) => {
                if !at.is_multiple_of(8) {
                    let message = "a number with a byte order starts at a byte";
                    self.diags.push(Diagnostic::error(Code::E0205, field.span, message));
                    return None;
                }
                let wire = Wire::Number { offset: at / 8, bytes: width / 8, order };
                (ty, wire, u32::from(width))
            }
            Written::Bits(width) => {
                (Type::Int(width), self.bits_wire(field.span, at, width)?, u32::from(width))
            }
            Written::Bytes(len) => (Type::Bytes(len), Wire::Bytes { offset: at / 8, len }, len * 8),
            Written::Computed => {
                let len = Box::new(self.computed_len(unit, field, before)?);
                (Type::Bytes(limits::FIELD_BYTES_MAX), Wire::Computed { offset: at / 8, len }, 0)
            }
        };
        let range = self.field_range(unit, field, &ty);
        let name: Arc<str> = field.name.text.as_str().into();
        let computed = self.computed(field);
        Some((HeaderField { name, wire, ty, range, computed, span: field.name.span }, bits))
    }

    /// The length of a run of bytes, from the fields before it, each as a `u32`.
    fn computed_len(
        &mut self,
        unit: usize,
        field: &ast::Field,
        before: &[HeaderField],
    ) -> Option<Expr> {
        let Some(ast::Index::At(len)) = field.ty.ty.index.as_deref() else {
            self.later(field.span, "a run of bytes of any length");
            return None;
        };
        let mut body = Body::new(self, unit, Mode::Fn);
        for other in before {
            let ty = match other.ty.bits(&body.cx.program) {
                Some(bits) if bits <= 32 => Type::Int(32),
                _ => other.ty.clone(),
            };
            let name = ast::Name { text: other.name.to_string(), span: other.span };
            body.declare(&name, ty, other.range);
        }
        let len = body.expr(len, Some(&Type::Int(32)));
        let len = body.coerce(len, &Type::Int(32));
        if len.ty == Type::Error {
            return None;
        }
        let most = u64::from(limits::FIELD_BYTES_MAX);
        if len.range.hi > most {
            let message = format!("this length can reach {}", len.range.hi);
            self.diags.push(
                Diagnostic::error(Code::E0114, len.span, message)
                    .label(format!("a field has at most {most} bytes"))
                    .help("give the field it comes from a range"),
            );
            return None;
        }
        Some(len)
    }

    /// The values a field must have for its header to match.
    fn field_range(&mut self, unit: usize, field: &ast::Field, ty: &Type) -> Interval {
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
    fn bits_wire(&mut self, span: Span, at: u32, bits: u8) -> Option<Wire> {
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
        let offset = last.saturating_sub(bytes).min(first);
        let shift = (offset + bytes) * 8 - end;
        Some(Wire::Bits { offset, bytes: bytes as u8, shift: shift as u8, bits })
    }

    fn wire_type(&mut self, unit: usize, ty: &ast::Type) -> Option<Written> {
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
            Some(ast::Index::At(_) | ast::Index::Range(_)) => Some(Written::Computed),
            None => {
                let message = "how many bytes?";
                self.diags.push(
                    Diagnostic::error(Code::E0205, ty.span, message).help("write `bytes[6]`"),
                );
                None
            }
        }
    }

    /// `@computed(length)`: what a built packet puts there.
    fn computed(&mut self, field: &ast::Field) -> Option<Computed> {
        let attr = field.attrs.first()?;
        let word = match attr.args.as_slice() {
            [arg] => arg.value.as_name().unwrap_or(""),
            _ => "",
        };
        match (attr.name.text.as_str(), word) {
            ("computed", "length") => Some(Computed::Length),
            ("computed", "payload_length") => Some(Computed::PayloadLength),
            ("computed", "checksum") => Some(Computed::Checksum),
            _ => {
                let message = "a field knows `@computed(length)`, `@computed(payload_length)` and \
                               `@computed(checksum)`";
                self.diags.push(Diagnostic::error(Code::E0105, attr.span, message));
                None
            }
        }
    }

    /// `ipv4(protocol: 17)`: the header before, and the fields that announce this one.
    fn route(&mut self, unit: usize, stack: &ast::Stack) -> Option<Route> {
        let [layer] = stack.layers.as_slice() else {
            self.later(stack.span, "a route over several headers");
            return None;
        };
        let PatternKind::Named { path, fields, .. } = &layer.kind else {
            let message = "a header follows other headers";
            self.diags.push(Diagnostic::error(Code::E0205, layer.span, message));
            return None;
        };
        let header = match self.resolve(unit, path)? {
            Def::Header(header) => header,
            other => {
                let message = format!("this is {}, not a header", other.noun());
                self.diags.push(Diagnostic::error(Code::E0205, path.span, message));
                return None;
            }
        };
        let mut found = Vec::new();
        for field in fields.iter().flatten() {
            let (idx, ty) = self.field_of(header, &field.name)?;
            let value = match field.pattern.as_ref().map(single_lit) {
                Some(Some(number)) => number,
                _ => {
                    let message = "a route names the number the field has";
                    self.diags.push(Diagnostic::error(Code::E0205, field.span, message));
                    return None;
                }
            };
            let all = full(ty.bits(&self.program).unwrap_or(0));
            self.check_range(field.span, value, all, field.span);
            found.push((idx, value));
        }
        Some(Route { header, fields: found, span: stack.span })
    }

    /// A field of a header by name.
    pub(crate) fn field_of(&mut self, id: HeaderId, name: &ast::Name) -> Option<(u32, Type)> {
        let header = &self.program.headers[id.idx()];
        if let Some(at) = header.fields.iter().position(|f| *f.name == name.text) {
            return Some((at as u32, header.fields[at].ty.clone()));
        }
        let message = format!("the header `{}` has no field `{}`", header.name, name.text);
        let mut diagnostic = Diagnostic::error(Code::E0104, name.span, message);
        let names = || header.fields.iter().map(|field| &*field.name);
        if let Some(near) = super::names::nearest(&name.text, names()) {
            diagnostic = diagnostic.replace(format!("did you mean `{near}`?"), name.span, near);
        } else {
            diagnostic =
                diagnostic.note(format!("it has: {}", names().collect::<Vec<_>>().join(", ")));
        }
        self.diags.push(diagnostic);
        None
    }
}

/// A field whose error was reported: its uses stay silent.
fn broken_field(name: &ast::Name, offset: u32) -> HeaderField {
    HeaderField {
        name: name.text.as_str().into(),
        wire: Wire::Bytes { offset, len: 0 },
        ty: Type::Error,
        range: full(64),
        computed: None,
        span: name.span,
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

/// The number of a pattern that is one number.
fn single_lit(pattern: &ast::Pattern) -> Option<u64> {
    let [stack] = pattern.stacks.as_slice() else { return None };
    let [layer] = stack.layers.as_slice() else { return None };
    match &layer.kind {
        PatternKind::Lit(ast::Lit { kind: ast::LitKind::Int(number), .. }) => Some(*number),
        _ => None,
    }
}
