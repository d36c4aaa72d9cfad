//! Executors and verdicts: every way to choose one.

use super::maker::{Ex, Kind, Maker, Ty, full};

impl Maker<'_> {
    /// A verdict that needs no executor.
    pub(super) fn plain_verdict(&mut self) -> &'static str {
        if self.once_in(2) { "pass" } else { "drop" }
    }

    /// An executor of a set.
    pub(super) fn executor(&mut self, set: usize, depth: u32) -> Ex {
        let decl = self.sets[set].clone();
        let name = &decl.name;
        let locals = self.locals(Ty::Exec(set));
        let way = self.choose(&[
            ("executor.slot", 5),
            ("executor.hash", 3),
            ("executor.wrap", 3),
            ("executor.random", 2),
            ("executor.part", 2),
            ("executor.local", 5),
            ("executor.least", 3),
            ("executor.ring", 2),
        ]);
        let depth = depth.min(3);
        match way {
            "executor.hash" => {
                let h = self.number(32, depth);
                Ex::new(format!("{name}.hash({})", h.text), 0, 0).with(h.from)
            }
            "executor.wrap" => {
                let i = self.number(32, depth);
                Ex::new(format!("{name}.wrap({})", i.text), 0, 0).with(i.from)
            }
            "executor.random" if !self.place.reads_only => {
                Ex::new(format!("{name}.random()"), 0, 0)
            }
            "executor.part" => {
                let a = self.below(decl.capacity);
                let b = a + 1 + self.below(decl.capacity - a);
                let part = match self.below(3) {
                    0 => format!("{name}[{a}..]"),
                    1 => format!("{name}[..{b}]"),
                    _ => format!("{name}[{a}..{b}]"),
                };
                let how = if self.once_in(2) { "wrap" } else { "hash" };
                let i = self.number(32, depth);
                Ex::new(format!("{part}.{how}({})", i.text), 0, 0).with(i.from)
            }
            "executor.local" if !locals.is_empty() => {
                let local = &locals[self.below(locals.len() as u64) as usize];
                Ex::new(local.name.clone(), 0, 0).with(local.from)
            }
            "executor.least" => self.pick(set, false).unwrap_or_else(|| self.slot(set, depth)),
            "executor.ring" => self.ring(set, depth).unwrap_or_else(|| self.slot(set, depth)),
            _ => self.slot(set, depth),
        }
    }

    /// `set[i]`, with an index that may lie outside the set, but is not known to.
    fn slot(&mut self, set: usize, depth: u32) -> Ex {
        let decl = self.sets[set].clone();
        let numbers = |local: &&super::maker::Local| {
            let is_any = matches!(local.ty, Ty::Int(bits) if local.hi == full(bits));
            // What is kept of a `let` may be less than its type says, and known to the compiler.
            is_any && local.lo == 0 && !local.is_var && !local.name.starts_with('a')
        };
        let locals: Vec<_> = self.scope.iter().filter(numbers).cloned().collect();
        if let (Some(local), true) = (self.one_of(&locals), self.once_in(2)) {
            let by = if decl.capacity > 3 { self.below(3) } else { 0 };
            let text = match by {
                0 => format!("{}[{}]", decl.name, local.name),
                _ => format!("{}[{} ^ {}]", decl.name, local.name, by.min(local.hi)),
            };
            return Ex::new(text, 0, 0).with(local.from);
        }
        let bits = self.one_of(&[8, 16, 32, 32, 64]).unwrap_or(32);
        let index = self.number_below(bits, (decl.capacity - 1).min(full(bits)), depth);
        let index = self.typed(index, bits);
        Ex::new(format!("{}[{}]", decl.name, index.text), 0, 0).with(index.from)
    }

    fn ring(&mut self, set: usize, depth: u32) -> Option<Ex> {
        if self.place.is_pure {
            return None;
        }
        let rings = self.maps_where(|map| map.kind == Kind::Maglev(set));
        let ring = self.one_of(&rings)?;
        let h = self.number(32, depth);
        Some(Ex::new(format!("{}[{}]", ring.name, h.text), 0, 0).with(h.from | ring.bit))
    }

    /// `pick w from set where ... least ...`; with a condition it may find none.
    pub(super) fn pick(&mut self, set: usize, asks: bool) -> Option<Ex> {
        if self.place.is_pure || self.place.reads_only {
            return None;
        }
        let decl = self.sets[set].clone();
        let draws = (decl.capacity > 16 || self.once_in(3)).then(|| 1 + self.below(4));
        let trips = draws.unwrap_or(decl.capacity);
        if self.work < trips * 20 {
            return None;
        }
        let work = self.work;
        self.work /= trips * 4;
        let from = match draws {
            Some(n) => {
                self.count("pick.sample");
                format!("{}.sample({n})", decl.name)
            }
            None => decl.name.clone(),
        };
        let name = self.fresh("w");
        let (tail, source) = self.scoped(|maker| {
            maker.declare(&name, Ty::Exec(set), &Ex::new("", 0, 0));
            maker.reading(|maker| maker.pick_asks(set, asks))
        });
        self.work = work;
        Some(Ex::new(format!("(pick {name} from {from}{tail})"), 0, 0).with(source))
    }

    fn pick_asks(&mut self, set: usize, asks: bool) -> (String, u64) {
        let (mut tail, mut from) = (String::new(), 0);
        if asks {
            self.count("pick.where");
            let condition = self.condition(2);
            tail += &format!(" where {}", condition.text);
            from |= condition.from;
        }
        if !asks || self.once_in(2) {
            let order = match self.choose(&[("pick.least", 2), ("pick.most", 1)]) {
                "pick.least" => "least",
                _ => "most",
            };
            let bits = self.one_of(&[32, 64, 16]).unwrap_or(32);
            // What is kept of each executor makes the difference.
            let about = self
                .maps_where(|map| map.kind == Kind::BySlot(set) && matches!(map.value, Ty::Int(_)));
            let value = match self.one_of(&about) {
                Some(map) => self.read(map.value, 0).unwrap_or_else(|| self.number(bits, 1)),
                None => self.number(bits, 1),
            };
            let value = self.typed(value, bits);
            tail += &format!(" {order} {}", value.text);
            from |= value.from;
        }
        (tail, from)
    }

    /// An executor that may be missing: kept in a map, or picked by a condition.
    pub(super) fn maybe_executor(&mut self, set: usize, depth: u32) -> Option<Ex> {
        if self.once_in(2) {
            return self.pick(set, true);
        }
        if self.place.is_pure {
            return None;
        }
        let fits = self.maps_where(|map| map.value == Ty::Exec(set));
        let map = self.one_of(&fits)?;
        self.count("executor.kept");
        let cell = self.cell(&map, depth)?;
        Some(Ex::new(cell.text, 0, 0).with(cell.from | map.source()))
    }

    /// A verdict of the policy, several lines long.
    pub(super) fn verdict(&mut self, depth: u32) -> Ex {
        if depth == 0 || !self.spend() {
            return self.short_verdict(1);
        }
        let way = self.choose(&[
            ("verdict.short", 5),
            ("verdict.if", 5),
            ("verdict.match", 3),
            ("verdict.else", 4),
            ("verdict.block", 3),
            ("verdict.packet", 5),
            ("verdict.enum", 2),
            ("verdict.update", 2),
        ]);
        let made = match way {
            "verdict.if" => Some(self.either_verdict(depth - 1)),
            "verdict.match" => Some(self.match_verdict(depth - 1)),
            "verdict.else" => self.else_verdict(depth - 1),
            "verdict.block" => {
                let n = 1 + self.below(3);
                Some(Ex::new(self.body(n, depth - 1), 0, 0))
            }
            "verdict.packet" => self.packet_verdict(depth - 1),
            "verdict.enum" => self.enum_verdict(depth - 1),
            "verdict.update" => self.update_verdict(depth - 1),
            _ => None,
        };
        made.unwrap_or_else(|| self.short_verdict(depth.min(3)))
    }

    /// A verdict in one line.
    pub(super) fn short_verdict(&mut self, depth: u32) -> Ex {
        let is_plain = self.once_in(5);
        match self.steers {
            Some(set) if !is_plain => self.executor(set, depth),
            _ => Ex::new(self.plain_verdict(), 0, 0),
        }
    }

    fn either_verdict(&mut self, depth: u32) -> Ex {
        self.scoped(|maker| {
            let (cond, learnt) = maker.learning_condition(depth.min(3));
            maker.control |= cond.from;
            let then = maker.knowing(learnt, |maker| maker.body(1, depth));
            let other = maker.body(1, depth);
            Ex::new(format!("if {} {then} else {other}", cond.text), 0, 0)
        })
    }

    fn match_verdict(&mut self, depth: u32) -> Ex {
        let bits = self.width();
        let asked = self.number(bits, 2);
        let asked = self.typed(asked, bits);
        self.scoped(|maker| {
            maker.control |= asked.from;
            let mut text = format!("match {} {{\n", asked.text);
            for _ in 0..=maker.below(3) {
                let pattern = maker.number_pattern(bits);
                let value = maker.verdict(depth.min(2));
                text += &format!("{pattern} => {},\n", value.text);
            }
            let last = maker.verdict(depth.min(2));
            Ex::new(format!("{text}_ => {},\n}}", last.text), 0, 0)
        })
    }

    fn enum_verdict(&mut self, depth: u32) -> Option<Ex> {
        let at = self.below(self.enums.len() as u64) as usize;
        let cases = self.enums.get(at)?.cases.clone();
        let asked = self.enum_value(at, 2);
        // A bare case would be matched with itself.
        let local = cases.iter().any(|case| case.0 == asked.text);
        if local {
            return None;
        }
        Some(self.scoped(|maker| {
            maker.control |= asked.from;
            let mut text = format!("match {} {{\n", asked.text);
            let n = 1 + maker.below(cases.len() as u64) as usize;
            for case in cases.iter().take(n) {
                let value = maker.verdict(depth.min(1));
                text += &format!("{} => {},\n", case.0, value.text);
            }
            let last = maker.verdict(depth.min(1));
            Ex::new(format!("{text}_ => {},\n}}", last.text), 0, 0)
        }))
    }

    /// `m[k] else ...`, `pick ... else ...`
    fn else_verdict(&mut self, depth: u32) -> Option<Ex> {
        let set = self.steers?;
        let first = self.maybe_executor(set, 2)?;
        let rest = match self.below(3) {
            0 => match self.maybe_executor(set, 1) {
                Some(second) => format!("{} else {}", second.text, self.executor(set, 1).text),
                None => self.executor(set, 1).text,
            },
            1 => self.scoped(|maker| {
                maker.control |= first.from;
                maker.body(1, depth.min(2))
            }),
            _ => self.plain_verdict().to_owned(),
        };
        Some(Ex::new(format!("{} else {rest}", first.text), 0, 0).with(first.from))
    }
}
