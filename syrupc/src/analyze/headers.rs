//! Headers: segments of fields one behind the other, and how the header is reached.
//!
//! Fields lie one after the other without padding. A field of fewer than 8 bits, or one that does
//! not start at a byte, is counted from the most significant bit, as RFCs draw it. Behind a run of
//! bytes of computed length a new segment begins.

use super::Analyzer;
use super::items::full;
use super::scope::Def;
use super::wire::Written;
use crate::hir::{
    Computed, Header, HeaderField, HeaderId, HeaderParam, Route, RunLen, Segment, Type, Wire,
};
use crate::syntax::ast::{self, PatternKind};
use syrup_diag::{Code, Diagnostic, limits};
use syrup_ir::Interval;

/// A header as far as its fields are read.
pub(super) struct Building {
    pub param: Option<HeaderParam>,
    pub fields: Vec<HeaderField>,
    pub segments: Vec<Segment>,
    /// Bits of the open segment.
    pub bits: u32,
    /// Whether a run takes all that is left of the packet.
    pub takes_rest: bool,
}

impl Analyzer<'_> {
    pub(crate) fn define_header(&mut self, unit: usize, id: HeaderId, decl: &ast::Header) {
        let mut building = Building {
            param: self.header_param(unit, decl),
            fields: Vec::new(),
            segments: Vec::new(),
            bits: 0,
            takes_rest: false,
        };
        let mut whole = true;
        for field in &decl.fields {
            if building.fields.iter().any(|other| *other.name == field.name.text) {
                let message = format!("the field `{}` is declared twice", field.name.text);
                self.diags.push(Diagnostic::error(Code::E0102, field.name.span, message));
                continue;
            }
            if building.takes_rest {
                let message = "nothing stands behind the rest of a packet";
                self.diags.push(Diagnostic::error(Code::E0205, field.span, message));
                break;
            }
            whole &= self.header_field(unit, field, &mut building);
        }
        if building.segments.is_empty() || building.bits > 0 {
            self.check_end(decl, building.bits, whole);
            building.segments.push(Segment { fixed_bytes: building.bits / 8, run: None });
        }
        if building.segments.iter().any(|part| part.fixed_bytes > limits::VIEW_BYTES_MAX) {
            let message = format!("a header has at most {} bytes", limits::VIEW_BYTES_MAX);
            self.diags.push(Diagnostic::error(Code::E0114, decl.name.span, message));
        }
        if building.segments.len() > limits::HEADER_SEGMENTS_MAX {
            let message = format!(
                "a header has at most {} runs of computed length",
                limits::HEADER_SEGMENTS_MAX
            );
            self.diags.push(Diagnostic::error(Code::E0114, decl.name.span, message));
        }
        let header = &mut self.program.headers[id.idx()];
        let Header { param, fields, segments, .. } = header;
        *param = building.param;
        *fields = building.fields;
        *segments = building.segments;
        let after: Vec<_> = decl.after.iter().filter_map(|s| self.route(unit, s)).collect();
        self.program.headers[id.idx()].after = after;
        self.check_runs(id);
    }

    /// Reports a run that reads on to the packet's end in a header that a hook may stand behind.
    fn check_runs(&mut self, id: HeaderId) {
        if crate::route::level(&self.program, id).is_none() {
            return;
        }
        for field in &self.program.headers[id.idx()].fields {
            if matches!(
                field.wire,
                Wire::Run { len: RunLen::Until { .. } | RunLen::Rest { .. }, .. }
            ) {
                let message = "only a header behind UDP or TCP has such a length";
                self.diags.push(Diagnostic::error(Code::E0205, field.span, message));
            }
        }
    }

    /// `[n: u8]`
    fn header_param(&mut self, unit: usize, decl: &ast::Header) -> Option<HeaderParam> {
        if let [_, second, ..] = decl.params.as_slice() {
            let message = "a header has at most one parameter";
            self.diags.push(Diagnostic::error(Code::E0114, second.span, message));
        }
        let param = decl.params.first()?;
        let (ty, range) = self.field_type(unit, &param.ty);
        if !matches!(ty, Type::Int(1..=32) | Type::Error) {
            let message = "the parameter of a header is a number of at most 32 bits";
            self.diags.push(Diagnostic::error(Code::E0205, param.ty.span, message));
        }
        let name = param.name.text.as_str().into();
        Some(HeaderParam { name, ty, range, span: param.name.span })
    }

    /// Reports a header that ends within a byte.
    fn check_end(&mut self, decl: &ast::Header, bits: u32, whole: bool) {
        if whole && !bits.is_multiple_of(8) {
            let message = format!("the header `{}` ends within a byte", decl.name.text);
            self.diags.push(
                Diagnostic::error(Code::E0205, decl.name.span, message)
                    .label(format!("its fields take {bits} bits"))
                    .help("add a field for the bits that are left"),
            );
        }
    }

    /// Adds a field; whether it is whole.
    fn header_field(&mut self, unit: usize, field: &ast::Field, to: &mut Building) -> bool {
        let made = match self.is_derived(field, to) {
            true => self.derived_field(unit, field, to),
            false => self.wire_field(unit, field, to),
        };
        let whole = made.is_some();
        let offset = to.bits / 8;
        let (ty, wire, range, bits) =
            made.unwrap_or((Type::Error, Wire::Bytes { offset, len: 0 }, full(64), 0));
        to.fields.push(HeaderField {
            name: field.name.text.as_str().into(),
            segment: to.segments.len() as u32,
            ty,
            range,
            computed: self.computed(field),
            span: field.name.span,
            wire,
        });
        to.bits += bits;
        if let Some(HeaderField { wire: Wire::Run { len, .. }, .. }) = to.fields.last() {
            to.takes_rest = matches!(len, RunLen::Rest { .. });
            let run = Some(to.fields.len() as u32 - 1);
            to.segments.push(Segment { fixed_bytes: to.bits / 8, run });
            to.bits = 0;
        }
        whole
    }

    /// A field that takes bytes: its type, place, values and bits.
    fn wire_field(
        &mut self,
        unit: usize,
        field: &ast::Field,
        to: &Building,
    ) -> Option<(Type, Wire, Interval, u32)> {
        let (at, offset) = (to.bits, to.bits / 8);
        let written = self.wire_type(unit, &field.ty.ty)?;
        if !at.is_multiple_of(8) && !matches!(written, Written::Bits(_)) {
            let message = match written {
                Written::Ordered(..) => "a number with a byte order starts at a byte",
                _ => "a run of bytes starts at a byte",
            };
            self.diags.push(Diagnostic::error(Code::E0205, field.span, message));
            return None;
        }
        let (ty, wire, bits) = match written {
            Written::Ordered(ty, width, order) => {
                (ty, Wire::Number { offset, bytes: width / 8, order }, u32::from(width))
            }
            Written::Bits(width) => {
                (Type::Int(width), self.bits_wire(field.span, at, width)?, u32::from(width))
            }
            Written::Bytes(len) => (Type::Bytes(len), Wire::Bytes { offset, len }, len * 8),
            Written::Computed => {
                let (len, range) = self.run_len(unit, field, to)?;
                self.no_run_values(field);
                let ty = Type::Bytes(range.hi as u32);
                return Some((ty, Wire::Run { offset, len }, range, 0));
            }
        };
        if let Wire::Bytes { len, .. } = wire {
            self.no_run_values(field);
            let len = u64::from(len);
            return Some((ty, wire, Interval { lo: len, hi: len }, bits));
        }
        let range = self.field_range(unit, field, &ty);
        Some((ty, wire, range, bits))
    }

    /// Reports a range or a value of a run of bytes.
    fn no_run_values(&mut self, field: &ast::Field) {
        let range = field.ty.range.as_ref().map(|range| range.span);
        if let Some(span) = range.or(field.equals.as_ref().map(|equals| equals.span)) {
            let message = "only numbers have a range";
            self.diags.push(
                Diagnostic::error(Code::E0402, span, message)
                    .help("compare the bytes in the pattern"),
            );
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

    /// `udp(dst_port: 443) / Long`: the headers before, and the fields that announce this one.
    fn route(&mut self, unit: usize, stack: &ast::Stack) -> Option<Route> {
        let mut outer = Vec::new();
        for layer in &stack.layers {
            outer.push(self.route_layer(unit, layer)?);
        }
        let (header, fields) = outer.pop()?;
        Some(Route { outer, header, fields, span: stack.span })
    }

    /// One header of a route.
    fn route_layer(
        &mut self,
        unit: usize,
        layer: &ast::PatternAtom,
    ) -> Option<(HeaderId, Vec<(u32, u64)>)> {
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
                Some(Some(number)) if ty.bits(&self.program).is_some() => number,
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
        Some((header, found))
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

/// The number of a pattern that is one number.
fn single_lit(pattern: &ast::Pattern) -> Option<u64> {
    let [stack] = pattern.stacks.as_slice() else { return None };
    let [layer] = stack.layers.as_slice() else { return None };
    match &layer.kind {
        PatternKind::Lit(ast::Lit { kind: ast::LitKind::Int(number), .. }) => Some(*number),
        _ => None,
    }
}
