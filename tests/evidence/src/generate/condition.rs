//! Conditions, and values of the other small types: enums, times, durations, structs.

use super::maker::{Ex, Maker, Ty, full};

/// Signs that compare.
const SIGNS: [&str; 6] = ["==", "!=", "<", "<=", ">", ">="];

impl Maker<'_> {
    /// A condition.
    pub(super) fn condition(&mut self, depth: u32) -> Ex {
        if depth == 0 || !self.spend() {
            return self.simple_condition();
        }
        let way = self.choose(&[
            ("condition.compare", 8),
            ("condition.and", 2),
            ("condition.or", 2),
            ("condition.not", 1),
            ("condition.local", 2),
            ("condition.enum", 2),
            ("condition.time", 1),
            ("condition.before", 1),
            ("condition.bytes", 3),
            ("condition.struct", 1),
            ("condition.exec", 1),
            ("condition.read", 2),
            ("condition.literal", 1),
            ("condition.idle", 1),
        ]);
        let made = match way {
            "condition.and" => Some(self.logic("&&", depth - 1)),
            "condition.or" => Some(self.logic("||", depth - 1)),
            "condition.not" => {
                let a = self.condition(depth - 1);
                Some(Ex { text: format!("!{}", wrapped(&a.text)), ..a })
            }
            "condition.local" => self.bool_local(),
            "condition.enum" => self.compare_enums(depth - 1),
            "condition.time" => Some(self.compare_times(depth - 1)),
            "condition.before" => Some(self.before(depth - 1)),
            "condition.bytes" => self.compare_bytes(depth - 1),
            "condition.struct" => self.compare_structs(depth - 1),
            "condition.exec" => self.compare_executors(),
            "condition.read" => self.read(Ty::Bool, depth - 1),
            "condition.idle" => self.idle(),
            "condition.literal" => {
                let text = if self.once_in(2) { "true" } else { "false" };
                Some(Ex::new(text, 0, 1))
            }
            _ => None,
        };
        made.unwrap_or_else(|| self.compare(depth - 1))
    }

    fn simple_condition(&mut self) -> Ex {
        match self.bool_local() {
            Some(local) if self.once_in(2) => local,
            _ => self.compare(0),
        }
    }

    fn bool_local(&mut self) -> Option<Ex> {
        let locals = self.locals(Ty::Bool);
        let local = self.one_of(&locals)?;
        Some(Ex::new(local.name, 0, 1).with(local.from))
    }

    /// A comparison of numbers.
    pub(super) fn compare(&mut self, depth: u32) -> Ex {
        let bits = self.width();
        let a = self.number(bits, depth);
        let (a, b) = (self.typed(a, bits), self.number(bits, depth));
        // A literal near what the other side can be says more than one it never is.
        let b = if b.bare { self.literal(a.lo, a.hi) } else { b };
        let sign = self.one_of(&SIGNS).unwrap_or("==");
        Ex::new(format!("({} {sign} {})", a.text, b.text), 0, 1).with(a.from | b.from)
    }

    fn logic(&mut self, sign: &str, depth: u32) -> Ex {
        let a = self.condition(depth);
        let b = self.condition(depth);
        Ex::new(format!("({} {sign} {})", a.text, b.text), 0, 1).with(a.from | b.from)
    }

    fn compare_enums(&mut self, depth: u32) -> Option<Ex> {
        let at = self.below(self.enums.len() as u64) as usize;
        let cases = self.enums.get(at)?.cases.clone();
        let a = self.enum_value(at, depth);
        let (case, _) = self.one_of(&cases)?;
        let sign = if self.once_in(2) { "==" } else { "!=" };
        Some(Ex::new(format!("({} {sign} {case})", a.text), 0, 1).with(a.from))
    }

    /// A value of an enum.
    pub(super) fn enum_value(&mut self, at: usize, depth: u32) -> Ex {
        let ty = Ty::Enum(at);
        let locals = self.locals(ty);
        match self.below(3) {
            0 if depth > 0 => {
                if let Some(read) = self.read(ty, depth - 1) {
                    return read;
                }
            }
            1 | 2 if !locals.is_empty() => {
                let local = &locals[self.below(locals.len() as u64) as usize];
                return Ex::new(local.name.clone(), 0, full(64)).with(local.from);
            }
            _ => {}
        }
        let cases = self.enums[at].cases.clone();
        let (case, _) = self.one_of(&cases).unwrap_or_default();
        Ex::new(case, 0, full(64))
    }

    fn compare_times(&mut self, depth: u32) -> Ex {
        let sign = self.one_of(&SIGNS).unwrap_or("<");
        if self.once_in(2) {
            let (a, b) = (self.time(depth), self.time(depth));
            if !a.bare {
                let text = format!("({} {sign} {})", a.text, b.text);
                return Ex::new(text, 0, 1).with(a.from | b.from);
            }
        }
        let (a, b) = (self.duration(depth), self.duration(depth));
        if a.bare && b.bare {
            return Ex::new(format!("(max({}, 3ns) {sign} 5us)", a.text), 0, 1);
        }
        let (a, b) = if a.bare { (b, a) } else { (a, b) };
        Ex::new(format!("({} {sign} {})", a.text, b.text), 0, 1).with(a.from | b.from)
    }

    fn before(&mut self, depth: u32) -> Ex {
        let bits = self.width();
        let a = self.number(bits, depth);
        let (a, b) = (self.typed(a, bits), self.number(bits, depth));
        Ex::new(format!("before({}, {})", a.text, b.text), 0, 1).with(a.from | b.from)
    }

    fn compare_structs(&mut self, depth: u32) -> Option<Ex> {
        let at = self.below(self.structs.len() as u64) as usize;
        let decl = self.structs.get(at)?;
        if decl.fields.iter().any(|field| matches!(field.ty, Ty::Exec(_))) {
            return None;
        }
        let locals = self.locals(Ty::Struct(at));
        let a = self.one_of(&locals)?;
        let b = match (self.one_of(&locals), self.below(2)) {
            (Some(b), 0) => Ex::new(b.name, 0, 0).with(b.from),
            _ => self.struct_value(at, depth),
        };
        let sign = if self.once_in(2) { "==" } else { "!=" };
        Some(Ex::new(format!("({} {sign} {})", a.name, b.text), 0, 1).with(a.from | b.from))
    }

    fn compare_executors(&mut self) -> Option<Ex> {
        let set = self.below(self.sets.len() as u64) as usize;
        let locals = self.locals(Ty::Exec(set));
        let (a, b) = (self.one_of(&locals)?, self.one_of(&locals)?);
        let sign = if self.once_in(2) { "==" } else { "!=" };
        Some(Ex::new(format!("({} {sign} {})", a.name, b.name), 0, 1).with(a.from | b.from))
    }

    /// A point in time; bare only where it is a literal.
    pub(super) fn time(&mut self, depth: u32) -> Ex {
        let locals = self.locals(Ty::Time);
        let local = self.one_of(&locals);
        match (self.below(5), local) {
            (0..=1, Some(local)) => Ex::new(local.name, 0, u64::MAX).with(local.from),
            (2, _) if depth > 0 && !self.place.is_pure => {
                let sign = if self.once_in(2) { "+|" } else { "-|" };
                let by = self.duration(0);
                Ex::new(format!("(now() {sign} {})", by.text), 0, u64::MAX).with(by.from)
            }
            (3, _) if depth > 0 => match self.read(Ty::Time, depth - 1) {
                Some(read) => read,
                None => self.duration_literal(),
            },
            (4, _) if !self.place.is_pure => {
                self.count("world.now");
                Ex::new("now()", 0, u64::MAX)
            }
            _ => self.duration_literal(),
        }
    }

    fn duration_literal(&mut self) -> Ex {
        let n = self.constant(0, 5000);
        let (unit, by) =
            self.one_of(&[("ns", 1), ("us", 1000), ("ms", 1_000_000)]).unwrap_or(("ns", 1));
        Ex { bare: true, ..Ex::new(format!("{n}{unit}"), n * by, n * by) }
    }

    /// A duration; bare only where it is a literal.
    pub(super) fn duration(&mut self, depth: u32) -> Ex {
        let locals = self.locals(Ty::Duration);
        let local = self.one_of(&locals);
        match (self.below(5), local) {
            (0 | 1, Some(local)) => Ex::new(local.name, local.lo, local.hi).with(local.from),
            (2, _) if depth > 0 => {
                let (a, b) = (self.time(depth - 1), self.time(depth - 1));
                if a.bare || b.bare {
                    return self.duration_literal();
                }
                self.count("op.since");
                let text = format!("({} - {})", a.text, b.text);
                Ex::new(text, 0, u64::MAX).with(a.from | b.from)
            }
            (3, _) if depth > 0 => match self.read(Ty::Duration, depth - 1) {
                Some(read) => read,
                None => self.duration_literal(),
            },
            _ => self.duration_literal(),
        }
    }
}

/// An operand for `!`.
fn wrapped(text: &str) -> String {
    if text.starts_with('(') || !text.contains(' ') { text.to_owned() } else { format!("({text})") }
}
