//! Statements and blocks.

use super::maker::{Ex, FieldDecl, Kind, Local, Maker, MapDecl, Ty, full};

impl Maker<'_> {
    /// `{ ... verdict }` with some statements.
    pub(super) fn body(&mut self, n_statements: u64, depth: u32) -> String {
        self.scoped(|maker| {
            let mut text = "{\n".to_owned();
            for _ in 0..n_statements {
                if maker.budget > 0
                    && let Some(statement) = maker.statement(depth)
                {
                    text += &statement;
                    text.push('\n');
                }
            }
            let verdict = maker.verdict(depth);
            format!("{text}{}\n}}", unwrapped(&verdict.text))
        })
    }

    /// A block of statements without a value.
    pub(super) fn block(&mut self, n_statements: u64, depth: u32) -> String {
        self.scoped(|maker| {
            let mut text = "{\n".to_owned();
            for _ in 0..n_statements {
                if let Some(statement) = maker.statement(depth) {
                    text += &statement;
                    text.push('\n');
                }
            }
            text + "}"
        })
    }

    /// A block of one statement or none.
    pub(super) fn small_block(&mut self, depth: u32) -> String {
        if self.budget <= 0 || depth == 0 {
            return "{ }".to_owned();
        }
        self.block(1, depth - 1)
    }

    /// A statement; nothing where the one that was drawn cannot stand here.
    pub(super) fn statement(&mut self, depth: u32) -> Option<String> {
        if !self.spend() {
            return None;
        }
        let depth = depth.min(4);
        match self.choose(&[
            ("statement.let", 6),
            ("statement.var", 4),
            ("statement.assign", 5),
            ("statement.change", 9),
            ("statement.if", 4),
            ("statement.for", 3),
            ("statement.match", 2),
            ("statement.return", 1),
            ("statement.let_else", 3),
            ("statement.update", 2),
        ]) {
            "statement.let" => Some(self.let_statement(depth)),
            "statement.var" => Some(self.var_statement(depth)),
            "statement.assign" => self.assign(depth),
            "statement.change" => self.change(depth),
            "statement.if" if depth > 0 => Some(self.if_statement(depth - 1)),
            "statement.for" if depth > 0 => self.for_statement(depth - 1),
            "statement.match" if depth > 0 => Some(self.match_statement(depth - 1)),
            "statement.return" if depth > 0 => self.return_statement(depth),
            "statement.let_else" => self.let_else(depth),
            "statement.update" if depth > 0 && self.place.has_packet => {
                let control = self.control;
                let maps = self.maps_where(|map| {
                    matches!(map.kind, Kind::Hash | Kind::Array)
                        && matches!(map.value, Ty::Struct(_))
                        && map.bit & control == 0
                });
                let map = self.one_of(&maps)?;
                self.update(&map, depth - 1)
            }
            _ => None,
        }
    }

    fn let_statement(&mut self, depth: u32) -> String {
        let name = self.fresh("a");
        let way = self.choose(&[
            ("let.number", 6),
            ("let.bool", 2),
            ("let.struct", 2),
            ("let.executor", 3),
            ("let.enum", 1),
            ("let.time", 1),
            ("let.bytes", 2),
        ]);
        let (ty, value) = match way {
            "let.bool" => (Ty::Bool, self.condition(depth)),
            "let.struct" if !self.structs.is_empty() => {
                let at = self.below(self.structs.len() as u64) as usize;
                let ty = Ty::Struct(at);
                let value = match self.once_in(2) {
                    true => self.read(ty, depth),
                    false => None,
                };
                (ty, value.unwrap_or_else(|| self.struct_value(at, depth)))
            }
            "let.executor" if !self.sets.is_empty() && !self.place.is_pure => {
                let set = self.below(self.sets.len() as u64) as usize;
                (Ty::Exec(set), self.executor(set, depth))
            }
            "let.enum" if !self.enums.is_empty() => {
                let at = self.below(self.enums.len() as u64) as usize;
                (Ty::Enum(at), self.enum_value(at, depth))
            }
            "let.time" => match self.once_in(2) {
                true => (Ty::Time, self.time(depth)),
                false => (Ty::Duration, self.duration(depth)),
            },
            "let.bytes" if !self.locals(Ty::Bytes).is_empty() => {
                let value = self.part();
                self.declare(&name, Ty::Bytes, &value);
                return format!("let {name} = {};", value.text);
            }
            _ => {
                let bits = self.width();
                (Ty::Int(bits), self.number(bits, depth))
            }
        };
        let written = match ty {
            Ty::Struct(_) | Ty::Exec(_) => String::new(),
            ty => format!(": {}", self.type_text(ty)),
        };
        self.declare(&name, ty, &value);
        format!("let {name}{written} = {};", value.text)
    }

    fn part(&mut self) -> Ex {
        let locals = self.locals(Ty::Bytes);
        let Some(local) = self.one_of(&locals) else { return self.bytes_literal(3) };
        let i = self.below(local.lo + 1);
        Ex::new(format!("{}[{i}..]", local.name), local.lo - i, local.hi - i).with(local.from)
    }

    fn var_statement(&mut self, depth: u32) -> String {
        let name = self.fresh("v");
        if !self.structs.is_empty() && self.once_in(4) {
            self.count("var.struct");
            let at = self.below(self.structs.len() as u64) as usize;
            let value = self.struct_value(at, depth);
            self.declare(&name, Ty::Struct(at), &value);
            if let Some(local) = self.scope.last_mut() {
                local.is_var = true;
            }
            return format!("var {name} = {};", value.text);
        }
        let bits = self.width();
        let hi = if self.once_in(4) { self.constant(1, full(bits)) } else { full(bits) };
        let value = self.number_below(bits, hi, depth);
        let ty = if hi == full(bits) { format!("u{bits}") } else { format!("u{bits} in 0..={hi}") };
        let from = value.from;
        let local = Local { name, ty: Ty::Int(bits), lo: 0, hi, from, is_var: true };
        let text = format!("var {}: {ty} = {};", local.name, value.text);
        self.scope.push(local);
        text
    }

    /// Gives a `var`, or a field of one, another value.
    fn assign(&mut self, depth: u32) -> Option<String> {
        let vars: Vec<usize> = (0..self.scope.len()).filter(|at| self.scope[*at].is_var).collect();
        let at = self.one_of(&vars)?;
        let local = self.scope[at].clone();
        let (target, value) = match local.ty {
            Ty::Int(bits) => (local.name, self.number_below(bits, local.hi, depth)),
            Ty::Struct(decl) => {
                let fields: Vec<FieldDecl> = self.structs[decl].fields.clone();
                let fields: Vec<_> =
                    fields.into_iter().filter(|f| !matches!(f.ty, Ty::Exec(_))).collect();
                let field = self.one_of(&fields)?;
                self.count("assign.field");
                let value = self.field_value(&field, depth);
                (format!("{}.{}", local.name, field.name), value)
            }
            _ => return None,
        };
        self.scope[at].from |= value.from | self.control;
        Some(format!("{target} = {};", value.text))
    }

    /// A condition, and names that it says more about where it holds.
    pub(super) fn learning_condition(&mut self, depth: u32) -> (Ex, Vec<Local>) {
        // Of what an event gives, and of fields, the compiler learns nothing.
        let fixed = |local: &&Local| {
            let is_name = !local.is_var && !local.name.contains('.');
            is_name && matches!(local.ty, Ty::Int(_) | Ty::Bytes)
        };
        let locals: Vec<Local> = self.scope.iter().filter(fixed).cloned().collect();
        let learns = self.choose(&[("condition.plain", 3), ("condition.learn", 2)]);
        let local = self.one_of(&locals);
        let (Some(local), "condition.learn") = (local, learns) else {
            return (self.condition(depth), Vec::new());
        };
        let (lo, hi) = (local.lo, local.hi);
        let bound = self.constant(lo, hi.min(lo.saturating_add(300)));
        let name = match local.ty {
            Ty::Bytes => format!("{}.len", local.name),
            _ => local.name.clone(),
        };
        let (sign, lo, hi) = match (local.ty, self.below(2)) {
            (Ty::Bytes, _) | (_, 0) => (">=", bound, hi),
            _ => ("<=", lo, bound),
        };
        let text = format!("{name} {sign} {bound}");
        let text = match self.once_in(3) {
            true => format!("{text} && {}", self.condition(depth.min(1)).text),
            false => text,
        };
        // What stands behind `&&` was not looked at for its sources: all maps may be.
        let from = if text.contains("&&") { u64::MAX } else { local.from };
        (Ex::new(text, 0, 1).with(from), vec![Local { lo, hi, ..local }])
    }

    /// Does something where more is known of some names.
    pub(super) fn knowing<T>(
        &mut self,
        learnt: Vec<Local>,
        make: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let before = self.scope.clone();
        for local in learnt {
            self.scope.retain(|other| other.name != local.name);
            self.scope.push(local);
        }
        let made = make(self);
        self.scope = before;
        made
    }

    fn if_statement(&mut self, depth: u32) -> String {
        self.scoped(|maker| {
            let (cond, learnt) = maker.learning_condition(depth.min(3));
            maker.control |= cond.from;
            let then = maker.scoped(|maker| {
                maker.count("if.then");
                let n = 1 + maker.below(2);
                maker.knowing(learnt, |maker| maker.block(n, depth))
            });
            let text = format!("if {} {then}", cond.text);
            if maker.choose(&[("if.else", 1), ("if.only", 1)]) == "if.only" {
                return text;
            }
            let other = maker.block(1, depth);
            format!("{text} else {other}")
        })
    }

    fn match_statement(&mut self, depth: u32) -> String {
        let bits = self.width();
        let asked = self.number(bits, 2);
        let asked = self.typed(asked, bits);
        self.scoped(|maker| {
            maker.control |= asked.from;
            let mut text = format!("match {} {{\n", asked.text);
            for _ in 0..=maker.below(2) {
                let pattern = maker.number_pattern(bits);
                text += &format!("{pattern} => {},\n", maker.block(1, depth));
            }
            format!("{text}_ => {},\n}}", maker.small_block(depth))
        })
    }

    fn for_statement(&mut self, depth: u32) -> Option<String> {
        let (start, end, lo, trips) = self.loop_bounds()?;
        if self.work < trips.saturating_mul(12) || self.place.loops >= 2 {
            return None;
        }
        let (work, name) = (self.work, self.fresh("i"));
        self.work /= trips.max(1);
        let text = self.scoped(|maker| {
            maker.place.loops += 1;
            let index = Ex::new("", lo, (lo + trips).saturating_sub(1).max(lo));
            maker.declare(&name, Ty::Int(32), &index);
            let n = 1 + maker.below(3);
            let body = maker.block(n, depth);
            format!("for {name} in {start}..{end} {body}")
        });
        self.work = work;
        Some(text)
    }

    /// Start and end of a loop, its first index and its most trips.
    fn loop_bounds(&mut self) -> Option<(String, String, u64, u64)> {
        match self.choose(&[
            ("for.constant", 4),
            ("for.param", 1),
            ("for.set", 1),
            ("for.bytes", 2),
            ("for.number", 2),
        ]) {
            "for.param" => {
                let fits = |param: &&FieldDecl| param.ty == Ty::Int(32) && param.hi <= 32;
                let params: Vec<_> = self.params.iter().filter(fits).cloned().collect();
                let param = self.one_of(&params)?;
                Some(("0".to_owned(), param.name, 0, param.hi))
            }
            "for.set" if !self.place.is_pure => {
                let set = self.below(self.sets.len() as u64) as usize;
                let set = self.sets.get(set)?;
                Some(("0".to_owned(), format!("{}.len", set.name), 0, set.capacity))
            }
            "for.bytes" => {
                let locals = self.locals(Ty::Bytes);
                let local = self.one_of(&locals)?;
                Some(("0".to_owned(), format!("{}.len", local.name), 0, local.hi))
            }
            "for.number" => {
                let lo = self.below(4);
                let end = self.number_below(32, lo + 9, 1);
                Some((lo.to_string(), end.text, lo, 9))
            }
            _ => {
                let (lo, n) = (self.below(3), 1 + self.below(8));
                Some((lo.to_string(), (lo + n).to_string(), lo, n))
            }
        }
    }

    fn return_statement(&mut self, depth: u32) -> Option<String> {
        if !self.place.returns {
            return None;
        }
        let (cond, _) = self.learning_condition(depth.min(2));
        let verdict = self.short_verdict(2);
        // What comes after it rests on the condition as well.
        self.control |= cond.from;
        Some(format!("if {} {{ return {}; }}", cond.text, verdict.text))
    }

    /// `let x = m[k] else return pass;`
    fn let_else(&mut self, depth: u32) -> Option<String> {
        if self.place.is_pure {
            return None;
        }
        let maps = self.maps_where(MapDecl::may_miss);
        let map = self.one_of(&maps)?;
        let cell = self.cell(&map, depth)?;
        let from = cell.from | map.source();
        let name = self.fresh("o");
        let hi = if let Ty::Int(bits) = map.value { full(bits) } else { 0 };
        let otherwise = match self.place.returns && self.once_in(2) {
            true => format!("return {}", self.plain_verdict()),
            false => {
                let value = self.value_of(map.value, 1);
                match map.value {
                    Ty::Int(bits) => self.typed(value, bits).text,
                    _ => value.text,
                }
            }
        };
        self.declare(&name, map.value, &Ex::new("", 0, hi).with(from));
        Some(format!("let {name} = {} else {otherwise};", cell.text))
    }
}

/// What a block ends with: no block of its own may stand there, but what is in it may.
pub(super) fn unwrapped(verdict: &str) -> &str {
    let inner = verdict.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    inner.map_or(verdict, str::trim)
}
