//! Numbers: every operator, in its exact form only where the intervals prove it.

use super::maker::{Ex, Maker, Ty, full};

/// Widths of numbers, common ones more than once.
const WIDTHS: [u8; 10] = [8, 16, 32, 32, 32, 64, 64, 13, 5, 40];

impl Maker<'_> {
    /// A width of numbers.
    pub(super) fn width(&mut self) -> u8 {
        self.one_of(&WIDTHS).unwrap_or(32)
    }

    /// A number as it is written: small, at an end, beside a power of two, or any.
    pub(super) fn constant(&mut self, lo: u64, hi: u64) -> u64 {
        let span = hi - lo;
        let number = match self.below(6) {
            0 | 1 => self.below(9),
            2 => span - self.below(3).min(span),
            3 => (1u64 << self.below(64)).wrapping_sub(self.below(3)),
            4 => self.below(256),
            _ => self.rng.next_u64(),
        };
        lo + if span == u64::MAX { number } else { number % (span + 1) }
    }

    /// A literal of an interval.
    pub(super) fn literal(&mut self, lo: u64, hi: u64) -> Ex {
        let number = self.constant(lo, hi);
        let text = if self.once_in(5) { format!("{number:#x}") } else { number.to_string() };
        Ex { bare: true, ..Ex::new(text, number, number) }
    }

    /// An expression whose type does not depend on its surroundings.
    pub(super) fn typed(&mut self, ex: Ex, bits: u8) -> Ex {
        if !ex.bare {
            return ex;
        }
        Ex { text: format!("u{bits}({})", ex.text), bare: false, ..ex }
    }

    /// A number of so many bits, at most `most`.
    pub(super) fn number_below(&mut self, bits: u8, most: u64, depth: u32) -> Ex {
        if most == 0 {
            return Ex { bare: true, ..Ex::new("0", 0, 0) };
        }
        if self.once_in(4) {
            return self.literal(0, most);
        }
        let ex = self.number(bits, depth);
        if ex.hi <= most {
            return ex;
        }
        let ex = self.typed(ex, bits);
        let is_mask = most.wrapping_add(1).is_power_of_two() || most == u64::MAX;
        let way = if is_mask { "number.mask" } else { "number.rem" };
        let most_text = most.to_string();
        let (text, lo) = match self.choose(&[(way, 3), ("number.min", 2), ("number.mask_max", 1)]) {
            "number.mask" => (format!("({} & {most_text})", ex.text), 0),
            "number.rem" => (format!("({} % {})", ex.text, most + 1), 0),
            "number.mask_max" => (format!("min({most_text}, {})", ex.text), ex.lo.min(most)),
            _ => (format!("min({}, {most_text})", ex.text), ex.lo.min(most)),
        };
        Ex { text, lo, hi: most, from: ex.from, bare: ex.bare }
    }

    /// A number of so many bits.
    pub(super) fn number(&mut self, bits: u8, depth: u32) -> Ex {
        if depth == 0 || !self.spend() {
            return self.leaf(bits);
        }
        let way = self.choose(&[
            ("number.leaf", 4),
            ("number.local", 8),
            ("number.exact", 5),
            ("number.wrap", 4),
            ("number.saturate", 4),
            ("number.divide", 3),
            ("number.bits", 5),
            ("number.shift", 4),
            ("number.min_max", 3),
            ("number.convert", 5),
            ("number.if", 2),
            ("number.match", 2),
            ("number.read", 6),
            ("number.field", 3),
            ("number.world", 2),
            ("number.hash", 2),
            ("number.later", 1),
            ("number.call", 2),
            ("number.bytes", 3),
            ("number.unit", 1),
            ("number.change", 2),
        ]);
        let made = match way {
            "number.exact" => Some(self.exact(bits, depth - 1)),
            "number.wrap" => Some(self.binary(bits, &["+%", "-%", "*%"], depth - 1)),
            "number.saturate" => Some(self.saturate(bits, depth - 1)),
            "number.divide" => Some(self.divide(bits, depth - 1)),
            "number.bits" => Some(self.bitwise(bits, depth - 1)),
            "number.shift" => Some(self.shift(bits, depth - 1)),
            "number.min_max" => Some(self.min_max(bits, depth - 1)),
            "number.convert" => Some(self.convert(bits, depth - 1)),
            "number.if" => Some(self.either_number(bits, depth - 1)),
            "number.match" => Some(self.match_number(bits, depth - 1)),
            "number.read" => self.read(Ty::Int(bits), depth - 1),
            "number.field" => self.struct_number(bits, depth - 1),
            "number.world" => self.world(bits),
            "number.hash" => self.hash(bits, depth - 1),
            "number.later" => Some(self.later(bits, depth - 1)),
            "number.call" => self.call(Ty::Int(bits), depth - 1),
            "number.bytes" => self.byte(bits, depth - 1),
            "number.unit" => self.unit(bits, depth - 1),
            "number.change" => self.fetched(bits, depth - 1),
            _ => None,
        };
        made.unwrap_or_else(|| self.leaf(bits))
    }

    /// A name or a literal.
    fn leaf(&mut self, bits: u8) -> Ex {
        let locals = self.locals(Ty::Int(bits));
        let params: Vec<_> =
            self.params.iter().filter(|param| param.ty == Ty::Int(bits)).cloned().collect();
        match self.below(8) {
            0 => self.literal(0, full(bits)),
            1 | 2 if !params.is_empty() => {
                self.count("number.param");
                let param = &params[self.below(params.len() as u64) as usize];
                Ex::new(param.name.clone(), param.lo, param.hi)
            }
            _ => match self.one_of(&locals) {
                Some(local) => Ex::new(local.name, local.lo, local.hi).with(local.from),
                None => self.converted(bits).unwrap_or_else(|| self.literal(0, full(bits))),
            },
        }
    }

    /// A name of another width, brought to this one: a literal says less.
    fn converted(&mut self, bits: u8) -> Option<Ex> {
        let numbers = |local: &&super::maker::Local| matches!(local.ty, Ty::Int(_));
        let locals: Vec<_> = self.scope.iter().filter(numbers).cloned().collect();
        let Some(local) = self.one_of(&locals) else {
            return (self.place.has_packet && !self.place.is_pure && bits >= 32).then(|| {
                let name = if self.once_in(2) { "pkt.flow_hash" } else { "pkt.len" };
                let text = if bits == 32 { name.to_owned() } else { format!("u{bits}({name})") };
                Ex::new(text, 0, full(32))
            });
        };
        let most = full(bits);
        if local.hi <= most {
            let text = format!("u{bits}({})", local.name);
            return Some(Ex::new(text, local.lo, local.hi).with(local.from));
        }
        Some(Ex::new(format!("u{bits}({} & {most})", local.name), 0, most).with(local.from))
    }

    /// `+ - * <<` with operands small enough.
    fn exact(&mut self, bits: u8, depth: u32) -> Ex {
        let most = full(bits);
        match self.choose(&[("op.add", 3), ("op.sub", 3), ("op.mul", 2)]) {
            "op.add" => {
                let a = self.number(bits, depth);
                let a = if a.hi == most { self.number_below(bits, most / 2, depth) } else { a };
                let b = self.number_below(bits, most - a.hi, depth);
                self.joined(bits, "+", &a, &b, a.lo + b.lo, a.hi + b.hi)
            }
            "op.sub" => {
                let floor = self.constant(0, most / 2);
                let a = self.number(bits, depth);
                let a = self.typed(a, bits);
                let a = match a.lo < floor {
                    true => Ex {
                        text: format!("max({}, {floor})", a.text),
                        lo: floor,
                        hi: a.hi.max(floor),
                        ..a
                    },
                    false => a,
                };
                let b = self.number_below(bits, a.lo, depth);
                self.joined(bits, "-", &a, &b, a.lo - b.hi, a.hi - b.lo)
            }
            _ => {
                let root = full(bits / 2).max(1);
                let a = self.number_below(bits, root, depth);
                let b = self.number_below(bits, most / a.hi.max(1), depth);
                self.joined(bits, "*", &a, &b, a.lo * b.lo, a.hi * b.hi)
            }
        }
    }

    fn joined(&mut self, bits: u8, op: &str, a: &Ex, b: &Ex, lo: u64, hi: u64) -> Ex {
        let a = if a.bare && b.bare { self.typed(a.clone(), bits) } else { a.clone() };
        let text = format!("({} {op} {})", a.text, b.text);
        Ex { text, lo, hi, from: a.from | b.from, bare: false }
    }

    fn binary(&mut self, bits: u8, ops: &[&'static str], depth: u32) -> Ex {
        let a = self.number(bits, depth);
        let b = self.number(bits, depth);
        let options: Vec<_> = ops.iter().map(|op| (*op, 1)).collect();
        let op = self.choose(&options);
        self.joined(bits, op, &a, &b, 0, full(bits))
    }

    fn saturate(&mut self, bits: u8, depth: u32) -> Ex {
        if self.once_in(3) {
            self.count("op.mul_sat");
            let a = self.number(bits, depth);
            let (a, b) = (self.typed(a, bits), self.number(bits, depth));
            let text = format!("mul_sat({}, {})", a.text, b.text);
            return Ex::new(text, 0, full(bits)).with(a.from | b.from);
        }
        self.binary(bits, &["+|", "-|"], depth)
    }

    fn divide(&mut self, bits: u8, depth: u32) -> Ex {
        let a = self.number(bits, depth);
        let b = self.number(bits, depth);
        let b = match (b.lo, self.below(2)) {
            (0, 0) => self.literal(1, full(bits)),
            (0, _) => Ex { text: format!("max({}, 1)", b.text), lo: 1, hi: b.hi.max(1), ..b },
            _ => b,
        };
        match self.choose(&[("op.div", 1), ("op.rem", 1)]) {
            "op.div" => self.joined(bits, "/", &a, &b, a.lo / b.hi, a.hi / b.lo),
            _ => self.joined(bits, "%", &a, &b, 0, a.hi.min(b.hi - 1)),
        }
    }

    fn bitwise(&mut self, bits: u8, depth: u32) -> Ex {
        let a = self.number(bits, depth);
        let op = self.choose(&[("op.and", 2), ("op.or", 1), ("op.xor", 2), ("op.not", 1)]);
        if op == "op.not" {
            let a = self.typed(a, bits);
            return Ex { text: format!("(~{})", a.text), lo: 0, hi: full(bits), ..a };
        }
        let b = self.number(bits, depth);
        let widest = 64 - (a.hi | b.hi).leading_zeros();
        let (sign, hi) = match op {
            "op.and" => ("&", a.hi.min(b.hi)),
            "op.or" => ("|", full(widest as u8)),
            _ => ("^", full(widest as u8)),
        };
        self.joined(bits, sign, &a, &b, 0, hi)
    }

    fn shift(&mut self, bits: u8, depth: u32) -> Ex {
        let a = self.number(bits, depth);
        let most = u64::from(bits) - 1;
        match self.choose(&[("op.shr", 2), ("op.shl", 1)]) {
            "op.shr" => {
                let n = self.number_below(bits, most, depth);
                self.joined(bits, ">>", &a, &n, 0, a.hi >> n.lo)
            }
            _ => {
                let room = self.below(u64::from(bits));
                let a = self.number_below(bits, full(bits) >> room, depth);
                let n = self.number_below(bits, room, depth);
                let hi = if a.hi == 0 { 0 } else { a.hi << n.hi };
                self.joined(bits, "<<", &a, &n, a.lo, hi)
            }
        }
    }

    fn min_max(&mut self, bits: u8, depth: u32) -> Ex {
        let a = self.number(bits, depth);
        let (a, b) = (self.typed(a, bits), self.number(bits, depth));
        let (name, lo, hi) = match self.choose(&[("op.min", 1), ("op.max", 1)]) {
            "op.min" => ("min", a.lo.min(b.lo), a.hi.min(b.hi)),
            _ => ("max", a.lo.max(b.lo), a.hi.max(b.hi)),
        };
        Ex::new(format!("{name}({}, {})", a.text, b.text), lo, hi).with(a.from | b.from)
    }

    fn later(&mut self, bits: u8, depth: u32) -> Ex {
        let a = self.number(bits, depth);
        let (a, b) = (self.typed(a, bits), self.number(bits, depth));
        let (lo, hi) = (a.lo.min(b.lo), a.hi.max(b.hi));
        Ex::new(format!("later({}, {})", a.text, b.text), lo, hi).with(a.from | b.from)
    }

    /// From another width, an enum or a condition.
    fn convert(&mut self, bits: u8, depth: u32) -> Ex {
        let way = self.choose(&[
            ("convert.number", 4),
            ("convert.half", 2),
            ("convert.bool", 1),
            ("convert.enum", 1),
        ]);
        match way {
            "convert.half" if bits == 32 => {
                let a = self.number(64, depth);
                let a = self.typed(a, 64);
                let name = if self.once_in(2) { "low32" } else { "high32" };
                Ex::new(format!("{name}({})", a.text), 0, full(32)).with(a.from)
            }
            "convert.bool" => {
                let a = self.condition(depth);
                Ex::new(format!("u{bits}({})", a.text), 0, 1).with(a.from)
            }
            "convert.enum" if !self.enums.is_empty() => {
                let at = self.below(self.enums.len() as u64) as usize;
                let wide = self.enums[at].bits;
                let a = self.enum_value(at, depth);
                if wide <= bits {
                    return Ex::new(format!("u{bits}({})", a.text), 0, full(wide)).with(a.from);
                }
                let text = format!("u{bits}(u{wide}({}) & {})", a.text, full(bits));
                Ex::new(text, 0, full(bits)).with(a.from)
            }
            _ => {
                let other = self.width();
                let a = self.number_below(other, full(bits).min(full(other)), depth);
                let a = self.typed(a, other);
                Ex::new(format!("u{bits}({})", a.text), a.lo, a.hi).with(a.from)
            }
        }
    }

    /// What only the outside knows.
    fn world(&mut self, bits: u8) -> Option<Ex> {
        if self.place.is_pure {
            return None;
        }
        let draws = if self.place.reads_only { 0 } else { 1 };
        let has_packet = u64::from(self.place.has_packet);
        match (bits, self.choose(&[("world.random", 2), ("world.len", 2), ("world.hash", 2)])) {
            (32, "world.random") if draws == 1 => Some(Ex::new("random()", 0, full(32))),
            (32, "world.hash") if has_packet == 1 => Some(Ex::new("pkt.flow_hash", 0, full(32))),
            (32, "world.len") if has_packet == 1 && self.once_in(2) => {
                Some(Ex::new("pkt.len", 0, full(32)))
            }
            (32, _) => {
                let at = self.below(self.sets.len() as u64) as usize;
                let set = self.sets.get(at)?;
                Some(Ex::new(format!("{}.len", set.name), 0, set.capacity))
            }
            _ => None,
        }
    }

    /// A time or duration in a unit.
    fn unit(&mut self, bits: u8, depth: u32) -> Option<Ex> {
        if bits != 64 {
            return None;
        }
        let (name, by) = self.one_of(&[("ns", 1), ("us", 1000), ("ms", 1_000_000)])?;
        let a = self.duration(depth);
        let a = if a.bare { Ex { text: format!("max({}, 1ns)", a.text), ..a } } else { a };
        (!a.bare).then(|| Ex::new(format!("{}.{name}", a.text), 0, a.hi.max(1) / by).with(a.from))
    }
}
