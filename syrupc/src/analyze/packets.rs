//! What only tests say: packets as values, and the world a policy runs in.

use super::body::{Body, Mode};
use super::items::{error_expr, full};
use super::scope::Def;
use crate::hir::{
    Expr, ExprKind, Formula, Given, HeaderField, HeaderId, Input, LayerValue, StmtKind, Type, Wire,
};
use crate::syntax::ast::{self, BinaryOp, LitKind};
use syrup_diag::{Code, Diagnostic, Span};

impl Body<'_, '_> {
    /// Whether an expression is a packet: it begins with a header.
    pub(crate) fn is_packet(&mut self, expr: &ast::Expr) -> bool {
        match &expr.kind {
            ast::ExprKind::Binary { op: BinaryOp::Div, left, .. } => self.begins_packet(left),
            ast::ExprKind::Call { callee, .. } => self.header_named(callee).is_some(),
            ast::ExprKind::Index { .. } => self.header_named(expr).is_some(),
            ast::ExprKind::Name(name) => match self.local(name) {
                Some(local) => self.locals[local.idx()].ty == Type::Packet,
                None => self.header_named(expr).is_some(),
            },
            ast::ExprKind::Field { .. } => self.header_named(expr).is_some(),
            ast::ExprKind::Paren(inner) => self.is_packet(inner),
            _ => false,
        }
    }

    /// Whether what stands before a `/` begins a packet; bytes do, for they are never divided.
    pub(crate) fn begins_packet(&mut self, left: &ast::Expr) -> bool {
        matches!(left.kind, ast::ExprKind::Lit(LitKind::Hex(_) | LitKind::Bytes(_)))
            || self.is_packet(left)
    }

    /// The header a name or path stands for; silent where there is none.
    fn header_named(&mut self, expr: &ast::Expr) -> Option<HeaderId> {
        let def = match &expr.kind {
            ast::ExprKind::Index { base, index } if matches!(**index, ast::Index::At(_)) => {
                return self.header_named(base);
            }
            ast::ExprKind::Name(name) if self.local(name).is_none() => {
                self.cx.lookup(self.unit, name)?
            }
            ast::ExprKind::Field { base, name } => {
                let Def::Unit(unit) = self.cx.lookup(self.unit, base.as_name()?)? else {
                    return None;
                };
                self.cx.ensure_declared(unit);
                self.cx.units.list[unit].scope.get(&name.text).filter(|s| s.public)?.def
            }
            _ => return None,
        };
        match def {
            Def::Header(header) => Some(header),
            _ => None,
        }
    }

    /// `udp() / Request(op: SCAN) / hex"00"`
    pub(crate) fn packet(&mut self, expr: &ast::Expr) -> Expr {
        let mut layers = Vec::new();
        let whole = self.packet_layers(expr, &mut layers);
        if !whole {
            return error_expr(expr.span);
        }
        let kind = ExprKind::Packet(layers);
        Expr { ty: Type::Packet, range: full(64), span: expr.span, kind }
    }

    /// A header's name alone: all its fields by default.
    pub(crate) fn packet_name(&mut self, span: Span, name: &str) -> Expr {
        let expr = ast::Expr::new(span, 1, ast::ExprKind::Name(name.to_owned()));
        self.packet(&expr)
    }

    fn packet_layers(&mut self, expr: &ast::Expr, layers: &mut Vec<LayerValue>) -> bool {
        match &expr.kind {
            ast::ExprKind::Binary { op: BinaryOp::Div, left, right, .. } => {
                self.packet_layers(left, layers) && self.packet_layers(right, layers)
            }
            ast::ExprKind::Paren(inner) => self.packet_layers(inner, layers),
            ast::ExprKind::Lit(LitKind::Hex(bytes) | LitKind::Bytes(bytes)) => {
                layers.push(LayerValue::Bytes(bytes.clone()));
                true
            }
            ast::ExprKind::Call { callee, args } => {
                let Some(header) = self.header_named(callee) else {
                    return self.not_a_layer(expr.span);
                };
                let Some(arg) = self.layer_arg(header, callee) else { return false };
                let Some(fields) = self.layer_fields(header, args) else { return false };
                layers.push(LayerValue::Header { header, arg, fields, span: expr.span });
                true
            }
            ast::ExprKind::Name(name) if self.local(name).is_some() => {
                let value = self.expr(expr, Some(&Type::Packet));
                if !matches!(value.ty, Type::Packet | Type::Bytes(_)) {
                    return self.not_a_layer(expr.span);
                }
                layers.push(LayerValue::Packet(Box::new(value)));
                true
            }
            ast::ExprKind::Name(_) | ast::ExprKind::Field { .. } | ast::ExprKind::Index { .. } => {
                let Some(header) = self.header_named(expr) else {
                    return self.not_a_layer(expr.span);
                };
                let Some(arg) = self.layer_arg(header, expr) else { return false };
                let (fields, span) = (Vec::new(), expr.span);
                layers.push(LayerValue::Header { header, arg, fields, span });
                true
            }
            _ => self.not_a_layer(expr.span),
        }
    }

    fn not_a_layer(&mut self, span: Span) -> bool {
        let message = "a packet is made of headers and bytes";
        self.report(
            Diagnostic::error(Code::E0402, span, message)
                .help("write `udp() / Request(op: SCAN)` or `udp() / hex\"02 00\"`"),
        );
        false
    }

    /// What stands in brackets behind a header's name.
    fn layer_arg(&mut self, header: HeaderId, named: &ast::Expr) -> Option<Option<Box<Expr>>> {
        let index = match &named.kind {
            ast::ExprKind::Index { index, .. } => match &**index {
                ast::Index::At(at) => Some(at),
                ast::Index::Range(_) => None,
            },
            _ => None,
        };
        Some(self.header_arg_value(header, named.span, index)?.map(Box::new))
    }

    fn layer_fields(&mut self, header: HeaderId, args: &[ast::Arg]) -> Option<Vec<(u32, Expr)>> {
        let mut fields: Vec<(u32, Expr)> = Vec::new();
        for arg in args {
            let Some(name) = &arg.name else {
                let message = "a header's fields are given by name";
                self.report(
                    Diagnostic::error(Code::E0110, arg.span, message).help("write `field: value`"),
                );
                return None;
            };
            let (idx, ty) = self.cx.field_of(header, name)?;
            if ty == Type::Error {
                return None;
            }
            let field = self.cx.program.headers[header.idx()].fields[idx as usize].clone();
            if let Wire::Derived(formula) = &field.wire {
                self.derived_given(header, &field, formula, name.span);
                return None;
            }
            if fields.iter().any(|(other, _)| *other == idx) {
                let message = format!("`{}` is given twice", name.text);
                self.report(Diagnostic::error(Code::E0102, name.span, message));
                return None;
            }
            let value = self.expr(&arg.value, Some(&ty));
            let value = self.coerce(value, &ty);
            if value.ty != Type::Error && matches!(ty, Type::Bytes(_)) {
                self.fits(&value, field.range, field.span);
            }
            fields.push((idx, value));
        }
        Some(fields)
    }

    /// Reports a field that takes no bytes: the fields it is computed from can be given.
    fn derived_given(
        &mut self,
        header: HeaderId,
        field: &HeaderField,
        formula: &Formula,
        span: Span,
    ) {
        let decl = &self.cx.program.headers[header.idx()];
        let from: Vec<_> = formula
            .inputs
            .iter()
            .filter_map(|(_, input)| match input {
                Input::Field(at) => Some(format!("`{}`", decl.fields[*at as usize].name)),
                Input::Param => None,
            })
            .collect();
        let message = format!("`{}` takes no bytes: it is computed", field.name);
        let diagnostic = Diagnostic::error(Code::E0116, span, message);
        let diagnostic = diagnostic.also(field.span, "computed here");
        self.report(diagnostic.help(format!("give {} instead", from.join(" and "))));
    }

    /// `given workers: 3;`
    pub(crate) fn given(
        &mut self,
        span: Span,
        name: &ast::Name,
        value: &ast::Expr,
    ) -> Option<StmtKind> {
        if self.mode != Mode::Test {
            let message = "`given` belongs in a test";
            self.report(Diagnostic::error(Code::E0116, span, message));
            return None;
        }
        let given = match name.text.as_str() {
            "random" => {
                let ast::ExprKind::List(items) = &value.kind else {
                    let message = "draws are given as a list";
                    self.report(
                        Diagnostic::error(Code::E0402, value.span, message).help("[0, 1, 2]"),
                    );
                    return None;
                };
                let draw = |item| {
                    let value = self.expr(item, Some(&Type::Int(32)));
                    self.coerce(value, &Type::Int(32))
                };
                Given::Random(items.iter().map(draw).collect())
            }
            "now" => {
                let value = self.expr(value, Some(&Type::Time));
                if !matches!(value.ty, Type::Duration | Type::Time | Type::Error) {
                    let message = "a time is given as a duration since the machine started";
                    self.report(Diagnostic::error(Code::E0402, value.span, message));
                    return None;
                }
                Given::Now(value)
            }
            other => match self.cx.lookup(self.unit, other) {
                Some(Def::Set(set)) => {
                    let value = self.expr(value, Some(&Type::Int(32)));
                    Given::Executors(set, self.coerce(value, &Type::Int(32)))
                }
                Some(Def::Param(param)) => {
                    let ty = self.cx.program.params[param.idx()].ty.clone();
                    let value = self.expr(value, Some(&ty));
                    Given::Param(param, self.coerce(value, &ty))
                }
                _ => {
                    let message = format!("`{other}` cannot be given");
                    self.report(
                        Diagnostic::error(Code::E0116, name.span, message)
                            .note("an executor set, a parameter, `random` and `now` can be given"),
                    );
                    return None;
                }
            },
        };
        Some(StmtKind::Given(given))
    }
}
