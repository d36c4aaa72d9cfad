//! Fields of headers in patterns: constants, runs of bytes, names to bind, header parameters.

use super::body::Body;
use super::facts::hull;
use super::ranges::show;
use crate::hir::{
    ExprKind, FieldPattern, HeaderArg, HeaderId, Input, Layer, LocalId, Row, RunLen, Type, Wire,
};
use crate::route;
use crate::syntax::ast::{self, LitKind, PatternKind};
use syrup_diag::{Code, Diagnostic, Span, limits};
use syrup_ir::{Base, Interval};

impl Body<'_, '_> {
    /// `quic.Short[cid_len]`: what a header's parameter is, where it has one.
    pub(super) fn header_arg(
        &mut self,
        header: HeaderId,
        span: Span,
        index: Option<&ast::Expr>,
    ) -> Option<Option<HeaderArg>> {
        let Some(value) = self.header_arg_value(header, span, index)? else { return Some(None) };
        let kind = match &value.kind {
            ExprKind::Convert(inner) => &inner.kind,
            kind => kind,
        };
        let arg = match kind {
            ExprKind::Param(id) => HeaderArg::Param(*id),
            _ if value.range.lo == value.range.hi => HeaderArg::Number(value.range.lo),
            _ => {
                let message = "a header's parameter is a number, a constant or a parameter";
                self.report(Diagnostic::error(Code::E0117, value.span, message));
                return None;
            }
        };
        if let Some(param) = self.cx.program.headers[header.idx()].param.clone()
            && (value.range.lo < param.range.lo || value.range.hi > param.range.hi)
        {
            let (is, range) = (show(value.range), show(param.range));
            let message = format!("this is {is}, outside {range}");
            let diagnostic = Diagnostic::error(Code::E0406, value.span, message);
            let help = "a value of the range, or a wider range";
            self.report(diagnostic.also(param.span, "the range").help(help));
            return None;
        }
        Some(Some(arg))
    }

    /// The value between the brackets, checked against the parameter's declaration.
    pub(super) fn header_arg_value(
        &mut self,
        header: HeaderId,
        span: Span,
        index: Option<&ast::Expr>,
    ) -> Option<Option<crate::hir::Expr>> {
        let decl = &self.cx.program.headers[header.idx()];
        let (name, declared) = (decl.name.clone(), decl.span);
        let Some(param) = decl.param.clone() else {
            let Some(index) = index else { return Some(None) };
            let message = format!("the header `{name}` has no parameter");
            let diagnostic = Diagnostic::error(Code::E0110, index.span, message);
            self.report(diagnostic.also(declared, "declared here"));
            return None;
        };
        let Some(index) = index else {
            let message = format!("the header `{name}` needs its parameter `{}`", param.name);
            let diagnostic = Diagnostic::error(Code::E0110, span, message);
            let help = format!("write `{name}[...]`");
            self.report(diagnostic.also(param.span, "declared here").help(help));
            return None;
        };
        if param.ty == Type::Error {
            return None;
        }
        let value = self.expr(index, Some(&param.ty));
        let value = self.coerce(value, &param.ty);
        if value.ty == Type::Error {
            return None;
        }
        Some(Some(value))
    }

    /// `op: SCAN`, `user`
    pub(super) fn field_pattern(
        &mut self,
        header: HeaderId,
        field: &ast::PatternField,
        first_local: usize,
    ) -> Option<FieldPattern> {
        let (idx, ty) = self.cx.field_of(header, &field.name)?;
        if ty == Type::Error {
            return None;
        }
        let made = |ranges, bytes, bind| FieldPattern {
            field: idx,
            ranges,
            bytes,
            bind,
            span: field.span,
        };
        if let Some(pattern) = &field.pattern {
            return Some(match ty {
                Type::Bytes(_) => made(Vec::new(), self.run_constants(header, idx, pattern)?, None),
                _ => made(self.numbers(pattern, &ty)?, Vec::new(), None),
            });
        }
        let local = self.bind_field(header, idx, &field.name, first_local)?;
        Some(made(Vec::new(), Vec::new(), Some(local)))
    }

    /// The local that a field is bound to: a new one, or that of another alternative.
    pub(super) fn bind_field(
        &mut self,
        header: HeaderId,
        idx: u32,
        name: &ast::Name,
        first_local: usize,
    ) -> Option<LocalId> {
        let field = &self.cx.program.headers[header.idx()].fields[idx as usize];
        let (ty, range) = (field.ty.clone(), field.range);
        let known = self.local(&name.text).filter(|local| local.idx() >= first_local);
        let Some(local) = known else { return Some(self.declare(name, ty, range)) };
        let decl = &mut self.locals[local.idx()];
        match (&mut decl.ty, &ty) {
            (Type::Bytes(max), Type::Bytes(other)) => *max = (*max).max(*other),
            (a, b) if a == b => {}
            (a, _) => {
                let first = a.display(&self.cx.program);
                let span = decl.span;
                let message = format!(
                    "`{}` is {} here, and {first} in another alternative",
                    name.text,
                    ty.display(&self.cx.program)
                );
                let diagnostic = Diagnostic::error(Code::E0202, name.span, message);
                self.report(diagnostic.also(span, "bound here"));
                return None;
            }
        }
        Some(local)
    }

    /// What the locals that a layer binds may be: of a run, the length that the header's parameter
    /// and the other fields of the pattern leave. Names from `n_before` on are new in this layer;
    /// the others may also be what another alternative made them.
    pub(super) fn bound_ranges(
        &mut self,
        header: HeaderId,
        arg: Option<HeaderArg>,
        fields: &[FieldPattern],
        n_before: usize,
    ) {
        let decl = &self.cx.program.headers[header.idx()];
        let of_input = |input: Input| match input {
            Input::Param => Some(match arg? {
                HeaderArg::Number(number) => Interval { lo: number, hi: number },
                HeaderArg::Param(id) => self.cx.program.params[id.idx()].range,
            }),
            Input::Field(at) => {
                let asked = fields.iter().find(|pattern| pattern.field == at)?;
                asked.ranges.iter().copied().reduce(hull)
            }
        };
        for pattern in fields {
            let Some(local) = pattern.bind else { continue };
            let field = &decl.fields[pattern.field as usize];
            let range = match &field.wire {
                Wire::Run { len: RunLen::Formula(formula), .. } => {
                    super::formulas::interval(&formula.expr, &|local| {
                        let input = formula.inputs.iter().find(|(named, _)| *named == local)?;
                        of_input(input.1)
                    })
                }
                _ => field.range,
            };
            let local_decl = &mut self.locals[local.idx()];
            let is_new = local.idx() >= n_before;
            local_decl.range = if is_new { range } else { hull(local_decl.range, range) };
        }
    }

    /// The bytes that a run must be, one of several.
    fn run_constants(
        &mut self,
        header: HeaderId,
        field: u32,
        pattern: &ast::Pattern,
    ) -> Option<Vec<Vec<u8>>> {
        let decl = &self.cx.program.headers[header.idx()].fields[field as usize];
        let (range, declared) = (decl.range, decl.span);
        let until = match &decl.wire {
            Wire::Run { len: RunLen::Until { byte, .. }, .. } => Some(*byte),
            _ => None,
        };
        let mut found = Vec::new();
        for stack in &pattern.stacks {
            if let [ast::PatternAtom { kind: PatternKind::Any, .. }] = stack.layers.as_slice() {
                return Some(Vec::new());
            }
            let bytes = match stack.layers.as_slice() {
                [ast::PatternAtom { kind: PatternKind::Lit(lit), span }]
                    if !matches!(lit.kind, LitKind::Int(_) | LitKind::Duration(_)) =>
                {
                    let value = self.literal(*span, &lit.kind, Some(&Type::Bytes(0)));
                    match value.kind {
                        ExprKind::Bytes(bytes) => bytes,
                        ExprKind::Error => return None,
                        _ => return self.not_bytes(*span),
                    }
                }
                _ => return self.not_bytes(stack.span),
            };
            let len = bytes.len() as u64;
            if len < range.lo || len > range.hi {
                let field = super::ranges::show(range);
                let message = format!("these are {len} bytes, and the field has {field}");
                let diagnostic = Diagnostic::error(Code::E0202, stack.span, message);
                self.report(diagnostic.also(declared, "the field"));
                return None;
            }
            if let Some(byte) = until
                && bytes.iter().position(|b| *b == byte) != Some(bytes.len() - 1)
            {
                let message = format!("the field ends with its first byte {byte}, these do not");
                let diagnostic = Diagnostic::error(Code::E0202, stack.span, message);
                self.report(diagnostic.also(declared, "the field"));
                return None;
            }
            found.push(bytes);
        }
        Some(found)
    }

    fn not_bytes<T>(&mut self, span: Span) -> Option<T> {
        let message = "a run of bytes is matched by bytes";
        let help = "write `b\"...\"` or `hex\"...\"`, or bind it and test it in a guard";
        self.report(Diagnostic::error(Code::E0202, span, message).help(help));
        None
    }

    /// Rows in which every run of bytes has one constant at most: alternatives become rows.
    pub(super) fn spread(&mut self, rows: Vec<Row>, span: Span) -> Vec<Row> {
        let mut spread = Vec::new();
        for row in rows {
            match row {
                Row::Layers(layers) => {
                    let mut made: Vec<Vec<Layer>> = vec![Vec::new()];
                    for layer in layers {
                        let choices = choices(&layer);
                        made = made
                            .iter()
                            .flat_map(|row| {
                                choices.iter().map(move |layer| {
                                    row.iter().cloned().chain([layer.clone()]).collect()
                                })
                            })
                            .take(limits::PATTERN_ROWS_MAX + 1)
                            .collect();
                    }
                    spread.extend(made.into_iter().map(Row::Layers));
                }
                other => spread.push(other),
            }
        }
        if spread.len() > limits::PATTERN_ROWS_MAX {
            let most = limits::PATTERN_ROWS_MAX;
            let message = format!("this pattern has more than {most} alternatives");
            self.report(Diagnostic::error(Code::E0114, span, message).help("split it"));
            spread.truncate(most);
        }
        spread
    }

    /// Reports a run of bytes that alternatives bind in different parts of a packet.
    pub(super) fn same_part(&mut self, rows: &[Row]) {
        let mut parts: std::collections::BTreeMap<LocalId, Base> = Default::default();
        let layers = rows.iter().filter_map(|row| match row {
            Row::Layers(layers) => Some(layers),
            _ => None,
        });
        let mut apart = Vec::new();
        for layer in layers.flatten() {
            let program = &self.cx.program;
            let base = match route::level(program, layer.header) {
                Some(base @ (Base::Net | Base::Frame)) => base,
                Some(Base::Transport) | None => Base::Transport,
            };
            let decl = &program.headers[layer.header.idx()];
            let runs = layer.fields.iter().filter(|field| {
                let wire = &decl.fields[field.field as usize].wire;
                matches!(wire, Wire::Bytes { .. } | Wire::Run { .. })
            });
            for (local, span) in runs.filter_map(|field| Some((field.bind?, field.span))) {
                if *parts.entry(local).or_insert(base) != base {
                    apart.push((local, span));
                }
            }
        }
        for (local, span) in apart {
            let decl = &self.locals[local.idx()];
            let message = format!("`{}` lies in another layer in another alternative", decl.name);
            let diagnostic = Diagnostic::error(Code::E0202, span, message);
            let diagnostic = diagnostic.also(decl.span, "bound here");
            self.report(diagnostic.help("write an arm for each"));
        }
    }
}

/// A layer once for each way to choose a constant for its runs of bytes.
fn choices(layer: &Layer) -> Vec<Layer> {
    let mut made = vec![Layer { fields: Vec::new(), ..layer.clone() }];
    for field in &layer.fields {
        let one = |bytes: Vec<Vec<u8>>| FieldPattern { bytes, ..field.clone() };
        let ways: Vec<FieldPattern> = match field.bytes.as_slice() {
            [] => vec![field.clone()],
            several => several.iter().map(|bytes| one(vec![bytes.clone()])).collect(),
        };
        made = made
            .iter()
            .flat_map(|layer| {
                ways.iter().map(|way| {
                    let fields = layer.fields.iter().cloned().chain([way.clone()]).collect();
                    Layer { fields, ..layer.clone() }
                })
            })
            .take(limits::PATTERN_ROWS_MAX + 1)
            .collect();
    }
    made
}
