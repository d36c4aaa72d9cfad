//! Calls, methods and fields.

use super::body::{Body, Mode};
use super::items::{error_expr, full};
use super::scope::Def;
use crate::hir::{self, Expr, ExprKind, Type};
use crate::syntax::ast;
use syrup_diag::{Code, Diagnostic, Edit, Span};
use syrup_ir::{BinOp, Interval, Meta};
impl Body<'_, '_> {
    /// Checks the number of arguments, and that none is named.
    pub(crate) fn n_args(
        &mut self,
        span: Span,
        name: &str,
        args: &[ast::Arg],
        n_args: usize,
    ) -> bool {
        if let Some(named) = args.iter().find_map(|arg| arg.name.as_ref()) {
            let message = format!("the arguments of `{name}` have no names");
            self.report(Diagnostic::error(Code::E0110, named.span, message));
            return false;
        }
        if args.len() == n_args {
            return true;
        }
        let plural = if n_args == 1 { "" } else { "s" };
        let message = format!("`{name}` takes {n_args} argument{plural}, not {}", args.len());
        self.report(Diagnostic::error(Code::E0110, span, message));
        false
    }

    /// `callee(args)`
    pub(crate) fn call(
        &mut self,
        whole: &ast::Expr,
        callee: &ast::Expr,
        args: &[ast::Arg],
        want: Option<&Type>,
    ) -> Expr {
        let span = whole.span;
        if self.mode == Mode::Test && self.is_packet(whole) {
            return self.packet(whole);
        }
        match &callee.kind {
            ast::ExprKind::Name(name) => self.function(span, callee.span, name, args, want),
            ast::ExprKind::Field { base, name } => self.method(span, base, name, args),
            _ => {
                let message = "this cannot be called";
                self.fail(Diagnostic::error(Code::E0402, callee.span, message))
            }
        }
    }

    fn function(
        &mut self,
        span: Span,
        name_span: Span,
        name: &str,
        args: &[ast::Arg],
        want: Option<&Type>,
    ) -> Expr {
        match self.cx.lookup(self.unit, name) {
            Some(Def::Policy(id)) => return self.run_policy(span, id, name, args),
            Some(Def::Fn(id)) => return self.call_fn(span, id, args),
            Some(Def::Struct(id)) => return self.struct_literal(span, id, args),
            // A file that is used may have the name of a function of the language: `hash`.
            Some(Def::Unit(_)) if name == "hash" => {}
            Some(other) => {
                let message = format!("`{name}` is {} and cannot be called", other.noun());
                return self.fail(Diagnostic::error(Code::E0402, name_span, message));
            }
            None => {}
        }
        if let Some(bits) = name.strip_prefix('u').and_then(|bits| bits.parse::<u8>().ok())
            && (1..=64).contains(&bits)
        {
            if !self.n_args(span, name, args, 1) {
                return error_expr(span);
            }
            let wide = Type::Int(bits);
            let value = self.expr(&args[0].value, Some(&wide));
            return self.convert(span, value, bits);
        }
        match name {
            "now" => {
                self.n_args(span, name, args, 0);
                Expr { ty: Type::Time, range: full(64), span, kind: ExprKind::Now }
            }
            "random" => {
                self.n_args(span, name, args, 0);
                Expr { ty: Type::Int(32), range: full(32), span, kind: ExprKind::Random }
            }
            "min" | "max" | "mul_sat" => self.two_numbers(span, name, args, want),
            "low32" | "high32" => self.half(span, name, args),
            "some" if self.mode == Mode::Test => {
                if !self.n_args(span, name, args, 1) {
                    return error_expr(span);
                }
                let inner = match want {
                    Some(Type::Option(inner)) => Some(&**inner),
                    other => other,
                };
                let value = self.expr(&args[0].value, inner);
                let ty = Type::Option(Box::new(value.ty.clone()));
                Expr { ty, range: value.range, span, kind: ExprKind::Some(Box::new(value)) }
            }
            "hash" | "hash32" => self.hash(span, name, args),
            "before" | "later" => self.wrap_order(span, name, args, want),
            "preempt" | "requeue" | "task" | "ThreadId" => self.thread_function(span, name, args),
            _ => {
                let message = format!("there is no function `{name}`");
                self.cx.unknown(self.unit, Code::E0101, name_span, message, name);
                error_expr(span)
            }
        }
    }

    /// `min(a, b)`
    fn two_numbers(
        &mut self,
        span: Span,
        name: &str,
        args: &[ast::Arg],
        want: Option<&Type>,
    ) -> Expr {
        if !self.n_args(span, name, args, 2) {
            return error_expr(span);
        }
        let want = want.filter(|ty| matches!(ty, Type::Int(_) | Type::Time | Type::Duration));
        let literal = matches!(args[0].value.kind, ast::ExprKind::Lit(_));
        let (first, second) = if literal { (1, 0) } else { (0, 1) };
        let a = self.expr(&args[first].value, want);
        let ty = a.ty.clone();
        let b = self.expr(&args[second].value, Some(&ty));
        let (a, b) = if literal { (b, a) } else { (a, b) };
        if a.ty == Type::Error || b.ty == Type::Error {
            return error_expr(span);
        }
        let Some(bits) = a.ty.bits(&self.cx.program) else { return self.not_a_number(a) };
        let b = self.coerce(b, &a.ty.clone());
        let op = match name {
            "min" => BinOp::Min,
            "max" => BinOp::Max,
            _ => BinOp::MulSat,
        };
        let (range, _) = super::ranges::result(op, a.range, b.range, bits);
        let ty = a.ty.clone();
        let op = hir::BinaryOp { op, exact: false };
        let kind = ExprKind::Binary(op, Box::new(a), Box::new(b));
        Expr { ty, range, span, kind }
    }

    /// `low32(x)`, `high32(x)`
    fn half(&mut self, span: Span, name: &str, args: &[ast::Arg]) -> Expr {
        if !self.n_args(span, name, args, 1) {
            return error_expr(span);
        }
        let value = self.expr(&args[0].value, Some(&Type::Int(64)));
        let value = self.coerce(value, &Type::Int(64));
        let value = Box::new(value);
        let kind =
            if name == "low32" { ExprKind::Convert(value) } else { ExprKind::HighHalf(value) };
        Expr { ty: Type::Int(32), range: full(32), span, kind }
    }

    pub(super) fn run_policy(
        &mut self,
        span: Span,
        id: hir::PolicyId,
        name: &str,
        args: &[ast::Arg],
    ) -> Expr {
        if self.mode != Mode::Test {
            let message = format!("`{name}` is a policy; only tests call policies");
            return self.fail(Diagnostic::error(Code::E0116, span, message));
        }
        let policy = &self.cx.program.policies[id.idx()];
        if policy.is_thread() {
            let message = format!("`{name}` is asked by an event: `{name}.runnable(task(1))`");
            return self.fail(Diagnostic::error(Code::E0112, span, message));
        }
        if !self.n_args(span, name, args, 1) {
            return error_expr(span);
        }
        let packet = self.expr(&args[0].value, Some(&Type::Packet));
        let packet = self.coerce(packet, &Type::Packet);
        let ty = match self.cx.program.policies[id.idx()].set {
            Some(set) => Type::Exec(set),
            None => Type::Verdict,
        };
        Expr { ty, range: full(32), span, kind: ExprKind::Run(id, Box::new(packet)) }
    }

    fn method(
        &mut self,
        span: Span,
        base: &ast::Expr,
        method: &ast::Name,
        args: &[ast::Arg],
    ) -> Expr {
        if let Some(place) = self.place(base) {
            return match place {
                Ok(place) if method.text == "take" => {
                    let map = place.map;
                    if place.key.is_none() {
                        return self.take(span, map, args);
                    }
                    let name = self.cx.program.maps[map.idx()].name.clone();
                    let message = "`take` is asked of the map, with the key";
                    self.fail(
                        Diagnostic::error(Code::E0112, method.span, message)
                            .help(format!("{name}.take(key, n)")),
                    )
                }
                Ok(place) => self.cell_op(span, place, method, args),
                Err(()) => error_expr(span),
            };
        }
        if let Some(set) = self.set_expr(base) {
            return match set {
                Ok(set) => self.set_method(span, set, method, args),
                Err(()) => error_expr(span),
            };
        }
        if let Some(map) = self.map_named(base) {
            return match method.text.as_str() {
                "take" => self.take(span, map, args),
                "insert" => self.insert(span, map, args),
                "append" => self.append(span, map, args),
                "remove" => self.remove(span, map, args),
                _ => {
                    let message = format!("a map has no `{}`", method.text);
                    let help = "a cell's methods are asked of the cell: `m[key].add(1)`";
                    let diagnostic = Diagnostic::error(Code::E0112, method.span, message);
                    self.fail(diagnostic.help(help))
                }
            };
        }
        if let Some(queue) = self.queue_named(base) {
            return self.queue_method(span, queue, method, args);
        }
        if let Some(policy) = self.policy_named(base) {
            return self.happen(span, policy, method, args);
        }
        if let Some(result) = self.library_call(span, base, method, args) {
            return result;
        }
        let base = self.expr(base, None);
        if base.ty == Type::Error {
            return error_expr(span);
        }
        if matches!(base.ty, Type::Bytes(_)) {
            return self.bytes_method(span, base, method, args);
        }
        let ty = base.ty.display(&self.cx.program);
        let message = format!("{ty} has no method `{}`", method.text);
        self.fail(Diagnostic::error(Code::E0112, method.span, message))
    }

    /// `base.name`
    pub(crate) fn field(&mut self, whole: &ast::Expr, base: &ast::Expr, name: &ast::Name) -> Expr {
        let span = whole.span;
        if let Some(field) = self.whole_field(span, base, name) {
            return field;
        }
        if let Some(set) = self.set_expr(base) {
            let Ok(set) = set else { return error_expr(span) };
            if name.text == "len" {
                let hi = u64::from(self.cx.program.sets[set.set.idx()].capacity);
                let lo = u64::from(set.start.is_none() && set.end.is_none());
                let range = Interval { lo, hi };
                return Expr { ty: Type::Int(32), range, span, kind: ExprKind::SetLen(set) };
            }
            let message = format!("an executor set has no `{}`", name.text);
            let known = ["len", "hash", "wrap", "random", "sample", "at"];
            let diagnostic = Diagnostic::error(Code::E0104, name.span, message);
            return self.fail(near_or_all(diagnostic, name, &known));
        }
        if let Some(queue) = self.queue_named(base) {
            return self.queue_field(span, queue, name);
        }
        if self.mode == Mode::Test && self.is_packet(whole) {
            return self.packet(whole);
        }
        if let Some(member) = self.member_value(span, base, name) {
            return member;
        }
        let value = self.expr(base, None);
        match &value.ty {
            Type::Error => error_expr(span),
            Type::Packet => self.packet_field(span, name),
            Type::Exec(set) if name.text == "index" => {
                let hi = u64::from(self.cx.program.sets[set.idx()].capacity) - 1;
                let range = Interval { lo: 0, hi };
                let kind = ExprKind::SlotOf(Box::new(value));
                Expr { ty: Type::Int(32), range, span, kind }
            }
            Type::Exec(_) if name.text == "idle" => self.is_idle(span, value),
            Type::Task => self.task_field(span, value, name),
            Type::Duration | Type::Time => self.time_field(span, value, name),
            Type::Bytes(_) => self.bytes_field(span, value, name),
            Type::Option(_) => self.missing(value),
            Type::Struct(_) => self.struct_field(span, value, name),
            ty => {
                let ty = ty.display(&self.cx.program);
                let message = format!("{ty} has no field `{}`", name.text);
                self.fail(Diagnostic::error(Code::E0104, name.span, message))
            }
        }
    }

    /// `d.ms`: a duration in a unit, rounded down.
    fn time_field(&mut self, span: Span, value: Expr, name: &ast::Name) -> Expr {
        let unit = match name.text.as_str() {
            "ns" => 1,
            "us" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            _ => {
                let message = format!("a time has no field `{}`", name.text);
                return self.fail(
                    Diagnostic::error(Code::E0104, name.span, message)
                        .note("it has: ns, us, ms, s"),
                );
            }
        };
        let range = Interval { lo: value.range.lo / unit, hi: value.range.hi / unit };
        let nanos = Expr {
            ty: Type::Int(64),
            range: value.range,
            span: value.span,
            kind: ExprKind::Convert(Box::new(value)),
        };
        let divisor = self.number(name.span, unit, Type::Int(64));
        let op = hir::BinaryOp { op: BinOp::Div, exact: false };
        let kind = ExprKind::Binary(op, Box::new(nanos), Box::new(divisor));
        Expr { ty: Type::Int(64), range, span, kind }
    }

    /// `pkt.flow_hash`
    fn packet_field(&mut self, span: Span, name: &ast::Name) -> Expr {
        let meta = match name.text.as_str() {
            "flow_hash" => Meta::FlowHash,
            "len" => Meta::Len,
            "flow" => {
                let Some(flow) = self.cx.flow_type() else { return error_expr(span) };
                let ty = Type::Option(Box::new(flow));
                return Expr { ty, range: full(64), span, kind: ExprKind::Flow };
            }
            _ => {
                let message = format!("a packet has no field `{}`", name.text);
                let diagnostic = Diagnostic::error(Code::E0104, name.span, message);
                return self.fail(
                    near_or_all(diagnostic, name, &["flow_hash", "flow", "len"])
                        .help("read a header's field with `match pkt { udp(dst_port) => ... }`"),
                );
            }
        };
        Expr { ty: Type::Int(32), range: full(32), span, kind: ExprKind::Meta(meta) }
    }
}

/// Adds the known name that was probably meant, or all that there are.
pub(crate) fn near_or_all(diagnostic: Diagnostic, name: &ast::Name, known: &[&str]) -> Diagnostic {
    match super::names::nearest(&name.text, known.iter().copied()) {
        Some(near) => diagnostic.replace(format!("did you mean `{near}`?"), name.span, near),
        None => diagnostic.note(format!("it has: {}", known.join(", "))),
    }
}

/// Edits that write something behind a span.
pub(crate) fn append(span: Span, text: &str) -> Vec<Edit> {
    vec![Edit { span: span.after(), text: text.to_owned() }]
}

/// Edits that put a call around a span: `around(x, "low32(")`.
pub(crate) fn around(span: Span, open: &str) -> Vec<Edit> {
    vec![
        Edit { span: span.before(), text: open.to_owned() },
        Edit { span: span.after(), text: ")".to_owned() },
    ]
}
