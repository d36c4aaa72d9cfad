//! Changes of cells: which race with other CPUs, and what to write instead.

use super::body::Body;
use super::items::{error_expr, full};
use crate::hir::{CellOp, Expr, ExprKind, MapId, Place, Type};
use crate::syntax::ast;
use syrup_diag::{Code, Diagnostic, Span};
use syrup_ir::MapKind;

impl Body<'_, '_> {
    /// `place = value;`
    pub(crate) fn assign(&mut self, span: Span, place: &ast::Expr, value: &ast::Expr) -> Expr {
        if let Some(local) = place.as_name().and_then(|name| self.local(name)) {
            let declared = self.locals[local.idx()].span;
            return self.assign_local(span, local, value, declared);
        }
        if let ast::ExprKind::Field { base, name } = &place.kind
            && let Some(done) = self.assign_field(span, base, name, value)
        {
            return done;
        }
        let place = match self.place(place) {
            Some(Ok(place)) => place,
            Some(Err(())) => {
                self.expr(value, Some(&Type::Error));
                return error_expr(span);
            }
            None => {
                let message = "this cannot be assigned";
                return self.fail(
                    Diagnostic::error(Code::E0115, place.span, message)
                        .note("a `var`, a cell of a map and a state can be assigned"),
                );
            }
        };
        self.assign_place(span, place, value)
    }

    /// Replaces a cell, or a field of one.
    pub(super) fn assign_place(&mut self, span: Span, place: Place, value: &ast::Expr) -> Expr {
        let decl = &self.cx.program.maps[place.map.idx()];
        let (ty, atomic, kind, name) =
            (decl.value.clone(), decl.atomic, decl.kind, decl.name.clone());
        if matches!(kind, MapKind::Maglev(_)) {
            let message = format!("`{name}` follows its executor set and cannot be written");
            let declared = self.cx.program.maps[place.map.idx()].span;
            let diagnostic = Diagnostic::error(Code::E0115, span, message);
            return self
                .fail(diagnostic.also(declared, "filled by Syrup whenever the set changes"));
        }
        let field = self.place_field(&place);
        let ty = field.as_ref().map_or(ty, |field| field.ty.clone());
        let value = self.expr(value, Some(&ty));
        let ty = self.cx.program.read_type(&ty);
        let value = self.coerce(value, &ty);
        match &field {
            Some(field) => self.fits(&value, field.range, field.span),
            None => {
                let declared = self.cx.program.maps[place.map.idx()].span;
                self.fits_value(&value, &ty, declared);
            }
        }
        let testing = self.mode == super::body::Mode::Test;
        if !testing {
            self.effect(span);
            if atomic {
                let message = format!("`{name}` is atomic and cannot simply be replaced");
                return self.fail(
                    Diagnostic::error(Code::E0501, span, message)
                        .help("use `add`, `sub`, `fetch_add` or `exchange`"),
                );
            }
            if kind == MapKind::Lpm {
                let message = format!("how many bits of the address count in `{name}`?");
                return self.fail(
                    Diagnostic::error(Code::E0302, span, message)
                        .help(format!("{name}.insert(address, 24, value) else ...")),
                );
            }
            if field.is_some() && matches!(kind, MapKind::Hash | MapKind::LruHash) {
                return self.field_of_missing(&place, &name);
            }
            if kind == MapKind::Hash {
                let message = format!("`{name}` may be full, and then this is lost");
                return self.fail(
                    Diagnostic::error(Code::E0302, span, message)
                        .label("a Hash refuses entries beyond its size")
                        .help(format!(
                            "say what happens then: `{name}.insert(key, value) else ...`"
                        ))
                        .help("use an LruHash, which makes room by itself"),
                );
            }
            self.check_replace(&place, &value);
        }
        let kind = ExprKind::Assign(Box::new(place), Box::new(value));
        Expr { ty: Type::Unit, range: full(64), span, kind }
    }

    /// A field is replaced of an entry that may be missing.
    fn field_of_missing(&mut self, place: &Place, name: &str) -> Expr {
        let decl = &self.cx.program.maps[place.map.idx()];
        let whole = match decl.kind {
            MapKind::LruHash => format!("{name}[key] = value;"),
            _ => format!("{name}.insert(key, value) else ..."),
        };
        let declared = decl.span;
        self.fail(
            Diagnostic::error(Code::E0301, place.span, "this entry may be missing")
                .label("a field of an entry or of nothing")
                .also(declared, "a key is absent until someone writes it")
                .help(format!("write the whole entry: `{whole}`")),
        )
    }

    /// Replaces what a local holds; its range was declared at `range_at`.
    pub(super) fn assign_local(
        &mut self,
        span: Span,
        local: crate::hir::LocalId,
        value: &ast::Expr,
        range_at: Span,
    ) -> Expr {
        let decl = self.locals[local.idx()].clone();
        let value = self.expr(value, Some(&decl.ty));
        let value = self.coerce(value, &decl.ty);
        if !decl.mutable {
            // A field is named with what it belongs to; that is what was declared.
            let name = decl.name.split('.').next().unwrap_or(&decl.name);
            let message = format!("`{name}` cannot be assigned again");
            let diagnostic = Diagnostic::error(Code::E0115, span, message);
            let before = &self.cx.sources.get(decl.span.file).text()[..decl.span.start as usize];
            let word = before.trim_end();
            if !word.ends_with("let") {
                let diagnostic = diagnostic.also(decl.span, "declared here");
                return self.fail(diagnostic.note("only a `var` can be assigned again"));
            }
            let end = word.len() as u32;
            let keyword = Span::new(decl.span.file, end - 3, end);
            return self.fail(diagnostic.also(decl.span, "declared with `let`").replace(
                format!("declare it `var {name}`"),
                keyword,
                "var",
            ));
        }
        self.fits(&value, decl.range, range_at);
        for leaf in self.leaves(local) {
            self.facts.forget(leaf);
        }
        self.learn(local, &value);
        Expr {
            ty: Type::Unit,
            range: full(64),
            span,
            kind: ExprKind::SetLocal(local, Box::new(value)),
        }
    }

    /// Refuses `m[k] = m[k] + 1` on a cell that other CPUs see.
    fn check_replace(&mut self, place: &Place, value: &Expr) {
        let kind = self.cx.program.maps[place.map.idx()].kind;
        // A thread's own cell is touched by events of that thread only, one after the other.
        if matches!(kind, MapKind::PerCpuState | MapKind::PerCpuArray | MapKind::PerTask) {
            return;
        }
        let from = self.depends(value);
        let Some((_, read)) = from.into_iter().find(|(map, _)| *map == place.map) else { return };
        let decl = &self.cx.program.maps[place.map.idx()];
        let message = "read, then written: another CPU can come between";
        let diagnostic = Diagnostic::error(Code::E0501, place.span, message)
            .label("written here")
            .also(read, "read here")
            .also(decl.span, "every CPU shares these cells")
            .help(match decl.value {
                Type::Struct(_) => "change all fields at once with `update`",
                _ => "declare the cells `Atomic<...>` and use `add` or `sub`",
            });
        self.report(diagnostic);
    }

    /// An operation on an atomic cell: `turn.fetch_add(1)`.
    pub(crate) fn cell_op(
        &mut self,
        span: Span,
        place: Place,
        method: &ast::Name,
        args: &[ast::Arg],
    ) -> Expr {
        let decl = &self.cx.program.maps[place.map.idx()];
        let (value, atomic, kind) = (decl.value.clone(), decl.atomic, decl.kind);
        let op = match method.text.as_str() {
            "load" => None,
            "add" => Some(CellOp::Add),
            "sub" => Some(CellOp::Sub),
            "fetch_add" => Some(CellOp::FetchAdd),
            "exchange" => Some(CellOp::Exchange),
            "raise_to" => Some(CellOp::RaiseTo),
            _ => {
                let message = format!("a cell has no `{}`", method.text);
                return self.fail(
                    Diagnostic::error(Code::E0112, method.span, message)
                        .note("atomic cells know load, add, sub, fetch_add, exchange, raise_to"),
                );
            }
        };
        if !atomic {
            let message = "these cells are not atomic";
            let span = self.cx.program.maps[place.map.idx()].span;
            return self.fail(
                Diagnostic::error(Code::E0501, method.span, message)
                    .also(span, "declare the cells `Atomic<...>`")
                    .help("`Atomic<u32>` or `Atomic<u64>` where the map is declared"),
            );
        }
        let Some(op) = op else {
            self.n_args(span, &method.text, args, 0);
            return Expr { span, ..self.read_place(place) };
        };
        if !self.n_args(span, &method.text, args, 1) {
            return error_expr(span);
        }
        self.effect(span);
        let operand = self.expr(&args[0].value, Some(&value));
        let operand = self.coerce(operand, &value);
        self.check_guard(place.map, span);
        let gives = matches!(op, CellOp::FetchAdd | CellOp::Exchange);
        let bits = value.bits(&self.cx.program).unwrap_or(64);
        let ty = if gives { value } else { Type::Unit };
        // In a test an entry that is missing ends the test.
        let may_miss = matches!(kind, MapKind::Hash | MapKind::LruHash | MapKind::Lpm);
        let ty = match may_miss && self.mode != super::body::Mode::Test {
            true => Type::Option(Box::new(ty)),
            false => ty,
        };
        let kind = ExprKind::CellOp(op, Box::new(place), Box::new(operand));
        Expr { ty, range: full(bits), span, kind }
    }

    /// Reports a change of an entry that may be missing, where nothing says what happens then.
    pub(super) fn change_may_miss(&mut self, expr: &Expr, place: &Place) {
        let declared = self.cx.program.maps[place.map.idx()].span;
        let diagnostic = Diagnostic::error(Code::E0301, place.span, "this entry may be missing")
            .label("a cell or nothing")
            .also(declared, "a key is absent until someone writes it");
        let unit = Type::Option(Box::new(Type::Unit));
        self.report(if expr.ty == unit {
            diagnostic
                .fix("do nothing then: `else { }`", super::call::append(expr.span, " else { }"))
                .help("create it then: `else { m.insert(key, 1) else { } }`")
        } else {
            diagnostic.help("`add` and `sub` change it where nobody asks for the old value")
        });
    }

    /// Refuses a change of a cell on the strength of an earlier read of it.
    pub(crate) fn check_guard(&mut self, map: MapId, span: Span) {
        let Some(&(_, read)) = self.guards.iter().find(|(guard, _)| *guard == map) else { return };
        let decl = &self.cx.program.maps[map.idx()];
        let keyed = decl.key != Type::Unit;
        let (key, rest) = if keyed { ("key, ", "Empty | Missing") } else { ("", "_") };
        let name = decl.name.clone();
        let is_struct = matches!(decl.value, Type::Struct(_));
        let message = "checked, then changed: another CPU can come between";
        let diagnostic = Diagnostic::error(Code::E0502, span, message)
            .label("changed here, on the strength of what was read")
            .also(read, "read here");
        if is_struct {
            let help =
                format!("read and change it in one step: update {name}[key] as entry {{ ... }}");
            return self.report(diagnostic.help(help));
        }
        self.report(
            diagnostic
                .note("two CPUs that both read the last one take it twice")
                .note("count what is left, and take from it in one step")
                .help(format!("match {name}.take({key}1) {{ Taken => ..., {rest} => ... }}")),
        );
    }

    /// `tokens.take(user, 1)`
    pub(crate) fn take(&mut self, span: Span, map: MapId, args: &[ast::Arg]) -> Expr {
        let decl = &self.cx.program.maps[map.idx()];
        let (atomic, value, keyed, name) =
            (decl.atomic, decl.value.clone(), decl.key != Type::Unit, decl.name.clone());
        if value == Type::Error {
            return error_expr(span);
        }
        if !atomic {
            let message = format!("`take` needs atomic cells, and those of `{name}` are not");
            let declared = self.cx.program.maps[map.idx()].span;
            return self.fail(
                Diagnostic::error(Code::E0501, span, message)
                    .also(declared, "declare the cells `Atomic<...>`")
                    .help("`Atomic<u32>` or `Atomic<u64>` where the map is declared"),
            );
        }
        let n_args = if keyed { 2 } else { 1 };
        if !self.n_args(span, "take", args, n_args) {
            return error_expr(span);
        }
        self.effect(span);
        let place = if keyed {
            self.cell(span, map, &args[0].value)
        } else {
            Some(Place { map, key: None, field: None, span })
        };
        let Some(amount) = args.last() else { return error_expr(span) };
        let amount = self.expr(&amount.value, Some(&value));
        let amount = self.coerce(amount, &value);
        let Some(place) = place else { return error_expr(span) };
        self.cx.program.maps[map.idx()].taken = true;
        let kind = ExprKind::Take(Box::new(place), Box::new(amount));
        Expr { ty: Type::Take, range: full(64), span, kind }
    }

    /// Refuses an effect where only reading is allowed.
    pub(crate) fn effect(&mut self, span: Span) {
        if let Some(place) = self.read_only {
            let message = format!("{place} only reads");
            self.report(
                Diagnostic::error(Code::E0503, span, message)
                    .label("this changes something")
                    .help("move it into the body"),
            );
        }
    }

    /// The shared cells a value was computed from, with where they were read.
    pub(crate) fn depends(&self, expr: &Expr) -> Vec<(MapId, Span)> {
        let mut found = Vec::new();
        self.collect_sources(expr, &mut found);
        found
    }

    fn collect_sources(&self, expr: &Expr, found: &mut Vec<(MapId, Span)>) {
        match &expr.kind {
            ExprKind::Read(place) => found.push((place.map, expr.span)),
            ExprKind::Call(id, _) => {
                let reads = self.cx.fn_effects(*id).reads;
                found.extend(reads.into_iter().map(|map| (map, expr.span)));
            }
            ExprKind::Local(local) => {
                let span = self.locals[local.idx()].span;
                let maps = self.sources.get(local).into_iter().flatten();
                found.extend(maps.map(|&map| (map, span)));
            }
            // Which executor is chosen depends on the cells; what is then done to them does not
            // rest on their values, as it would behind a test.
            ExprKind::Pick(_) => return,
            _ => {}
        }
        super::walk::each_child(expr, &mut |child| self.collect_sources(child, found));
    }
}
