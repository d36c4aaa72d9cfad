//! Declarations: what a file has before its policy.

use super::maker::{
    EnumDecl, Ex, FieldDecl, FnDecl, Kind, Maker, MapDecl, SetDecl, StructDecl, Ty, full,
};

/// Sizes of sets.
const CAPACITIES: [u64; 10] = [1, 2, 3, 4, 8, 8, 16, 64, 64, 256];

/// Sizes of maps.
const ENTRIES: [u64; 9] = [1, 2, 4, 4, 8, 16, 64, 100, 1000];

/// Sizes of Maglev tables: prime numbers.
const PRIMES: [u64; 4] = [257, 509, 1021, 65_537];

impl Maker<'_> {
    /// A whole file with a policy over packets.
    pub(super) fn packet_file(&mut self) -> String {
        let mut text = "edition 2026;\n\n".to_owned();
        let n_sets = 1 + u64::from(self.once_in(6));
        for _ in 0..n_sets {
            text += &self.set("socket");
        }
        text += &self.small_declarations();
        let n_headers = 1 + self.below(3);
        for _ in 0..n_headers {
            text += &self.header();
        }
        let n_maps = self.n_of_size(5);
        for _ in 0..n_maps {
            text += &self.map(false);
        }
        text += &self.functions();
        self.place.returns = true;
        self.place.has_packet = true;
        self.place.at_frame = self.once_in(5);
        let hooks = if self.place.at_frame { "socket_select, xdp" } else { "socket_select" };
        let answers = match self.once_in(6) {
            true => "verdict".to_owned(),
            false => {
                self.steers = Some(0);
                self.sets[0].name.clone()
            }
        };
        let n_statements = self.n_of_size(4);
        let body = self.policy_body(n_statements);
        text + &format!("\n@hooks({hooks})\npolicy p(pkt: Packet) -> {answers} {body}\n")
    }

    /// A body that looks at the packet, mostly.
    fn policy_body(&mut self, n_statements: u64) -> String {
        self.scoped(|maker| {
            let mut text = "{\n".to_owned();
            for _ in 0..n_statements {
                if let Some(statement) = maker.statement(3) {
                    text += &(statement + "\n");
                }
            }
            let verdict = match maker.below(5) {
                0 => maker.verdict(5),
                _ => match maker.packet_verdict(5) {
                    Some(verdict) => verdict,
                    None => maker.verdict(5),
                },
            };
            format!("{text}{}\n}}", super::statement::unwrapped(&verdict.text))
        })
    }

    /// A number that grows with the size of the policy, at most `most`.
    pub(super) fn n_of_size(&mut self, most: u64) -> u64 {
        let room = (self.budget.max(0) as u64 / 12).min(most);
        self.below(room + 2).min(most)
    }

    /// Parameters, enums, structs.
    pub(super) fn small_declarations(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..self.n_of_size(3) {
            text += &self.param();
        }
        for _ in 0..self.n_of_size(2) {
            text += &self.enumeration();
        }
        for _ in 0..self.n_of_size(2) {
            text += &self.structure();
        }
        text
    }

    /// A set of executors.
    pub(super) fn set(&mut self, kind: &str) -> String {
        let name = self.fresh("set");
        let capacity = self.one_of(&CAPACITIES).unwrap_or(8);
        let otherwise = match kind {
            "core" => "pass",
            _ => self.plain_verdict(),
        };
        self.sets.push(SetDecl { name: name.clone(), capacity });
        format!("executors {name}: {kind}[{capacity}] else {otherwise};\n")
    }

    fn param(&mut self) -> String {
        self.count("declare.param");
        let (name, bits) = (self.fresh("param"), self.one_of(&[8, 16, 32, 32, 64]).unwrap_or(32));
        let lo = self.constant(0, full(bits).min(20));
        let hi = self.constant(lo, full(bits));
        let first = self.constant(lo, hi);
        self.params.push(FieldDecl { name: name.clone(), ty: Ty::Int(bits), lo, hi });
        format!("param {name}: u{bits} in {lo}..={hi} = {first};\n")
    }

    fn enumeration(&mut self) -> String {
        self.count("declare.enum");
        let (name, bits) = (self.fresh("E"), self.one_of(&[8, 8, 16, 32, 64]).unwrap_or(8));
        let mut cases = Vec::new();
        let mut number = self.below(2);
        for _ in 0..=self.below(4) {
            cases.push((self.fresh("C"), number));
            number += 1 + self.below(60 / (cases.len() as u64 + 1));
        }
        let text: Vec<_> = cases.iter().map(|(name, n)| format!("{name} = {n}")).collect();
        let text = format!("enum {name}: u{bits} {{ {} }}\n", text.join(", "));
        self.enums.push(EnumDecl { name, bits, cases });
        text
    }

    fn structure(&mut self) -> String {
        self.count("declare.struct");
        let name = self.fresh("S");
        let mut fields = Vec::new();
        let mut text = Vec::new();
        for _ in 0..=self.below(5) {
            let field = self.fresh("f");
            let (ty, lo, hi, written) = match self.below(9) {
                0 => (Ty::Bool, 0, 1, "bool".to_owned()),
                1 => (Ty::Time, 0, u64::MAX, "time".to_owned()),
                2 => (Ty::Duration, 0, u64::MAX, "duration".to_owned()),
                3 if !self.enums.is_empty() => {
                    let at = self.below(self.enums.len() as u64) as usize;
                    (Ty::Enum(at), 0, 0, self.enums[at].name.clone())
                }
                4 => {
                    let n = 1 + self.below(16);
                    (Ty::Bytes, n, n, format!("bytes[{n}]"))
                }
                _ => {
                    let bits = self.width();
                    let (lo, hi) = match self.once_in(3) {
                        true => {
                            let lo = self.below(3);
                            (lo, self.constant(lo, full(bits)))
                        }
                        false => (0, full(bits)),
                    };
                    let range = match (lo, hi) {
                        (0, hi) if hi == full(bits) => String::new(),
                        _ => format!(" in {lo}..={hi}"),
                    };
                    (Ty::Int(bits), lo, hi, format!("u{bits}{range}"))
                }
            };
            text.push(format!("{field}: {written}"));
            fields.push(FieldDecl { name: field, ty, lo, hi });
        }
        let text = format!("struct {name} {{ {} }}\n", text.join(", "));
        self.structs.push(StructDecl { name, fields });
        text
    }

    /// A map, a state, or a log.
    pub(super) fn map(&mut self, is_thread: bool) -> String {
        let per_task = u64::from(is_thread) * 4;
        let packets = u64::from(!is_thread);
        let way = self.choose(&[
            ("declare.state", 3),
            ("declare.per_cpu_state", 1),
            ("declare.per_cpu", 1),
            ("declare.array", 4),
            ("declare.by_executor", 4),
            ("declare.per_cpu_array", 2),
            ("declare.hash", 5),
            ("declare.lru", 2),
            ("declare.lpm", packets * 2),
            ("declare.log", packets),
            ("declare.maglev", packets * 2),
            ("declare.kept", 3),
            ("declare.per_task", per_task),
        ]);
        let bit = 1 << (self.maps.len() as u64).min(63);
        let mut map = MapDecl {
            name: self.fresh("m"),
            kind: Kind::State,
            value: self.value_type(),
            is_atomic: false,
            key: Ty::Int(32),
            n: self.one_of(&ENTRIES).unwrap_or(4),
            bit,
        };
        let set = self.below(self.sets.len() as u64) as usize;
        let is_atomic = self.once_in(2);
        match way {
            "declare.per_cpu_state" => map.kind = Kind::PerCpuState,
            "declare.per_cpu" => map.kind = Kind::PerCpu,
            "declare.per_cpu_array" => map.kind = Kind::PerCpuArray,
            "declare.array" => map.kind = Kind::Array,
            "declare.by_executor" => map.kind = Kind::BySlot(set),
            "declare.hash" => map.kind = Kind::Hash,
            "declare.lru" => map.kind = Kind::Lru,
            "declare.lpm" => map.kind = Kind::Lpm,
            "declare.log" => map.kind = Kind::Log,
            "declare.maglev" => map.kind = Kind::Maglev(set),
            "declare.per_task" => map.kind = Kind::PerTask,
            "declare.kept" => {
                map.kind = self.one_of(&[Kind::Hash, Kind::Lru, Kind::Array]).unwrap_or(Kind::Lru);
                map.value = Ty::Exec(set);
            }
            _ => {}
        }
        let can_be_atomic = matches!(
            map.kind,
            Kind::State | Kind::Array | Kind::BySlot(_) | Kind::Hash | Kind::Lpm
        ) && way != "declare.kept";
        if is_atomic && can_be_atomic {
            map.is_atomic = true;
            map.value = Ty::Int(if self.once_in(2) { 32 } else { 64 });
        }
        self.declare_map(map, is_thread)
    }

    /// A type that maps keep.
    fn value_type(&mut self) -> Ty {
        match self.below(8) {
            0 => Ty::Bool,
            1 => Ty::Time,
            2 if !self.enums.is_empty() => Ty::Enum(self.below(self.enums.len() as u64) as usize),
            3 | 4 if !self.structs.is_empty() => {
                Ty::Struct(self.below(self.structs.len() as u64) as usize)
            }
            _ => Ty::Int(self.one_of(&[8, 16, 32, 32, 64, 64, 13]).unwrap_or(32)),
        }
    }

    fn declare_map(&mut self, mut map: MapDecl, is_thread: bool) -> String {
        if matches!(map.kind, Kind::Hash | Kind::Lru) {
            map.key = match self.below(6) {
                0 if !self.structs.is_empty() => {
                    Ty::Struct(self.below(self.structs.len() as u64) as usize)
                }
                1 if !self.enums.is_empty() => {
                    Ty::Enum(self.below(self.enums.len() as u64) as usize)
                }
                _ if is_thread && self.once_in(2) => Ty::Task,
                _ => Ty::Int(self.one_of(&[8, 16, 32, 32, 64, 13]).unwrap_or(32)),
            };
        }
        if map.kind == Kind::PerCpuArray {
            map.n = map.n.min(16);
        }
        if map.kind == Kind::Lpm {
            map.key = Ty::Int(self.one_of(&[8, 16, 32, 64]).unwrap_or(32));
        }
        let value = self.type_text(map.value);
        let value = if map.is_atomic { format!("Atomic<{value}>") } else { value };
        let (name, n, key) = (&map.name, map.n, self.type_text(map.key));
        let set = |at: usize| self.sets[at].name.clone();
        let text = match map.kind {
            Kind::State => match map.value {
                Ty::Int(bits) if bits >= 8 && !map.is_atomic && map.bit & 2 == 0 => {
                    format!("state {name}: {value} = {};\n", n.min(255))
                }
                _ => format!("state {name}: {value};\n"),
            },
            Kind::PerCpuState => format!("state {name}: PerCpu<{value}>;\n"),
            Kind::PerCpu => format!("map {name}: PerCpu<{value}>;\n"),
            Kind::Array => format!("map {name}: Array<{value}, {n}>;\n"),
            Kind::BySlot(at) => format!("map {name}: Array<{value}, {}>;\n", set(at)),
            Kind::PerCpuArray => format!("map {name}: PerCpuArray<{value}, {n}>;\n"),
            Kind::Hash => format!("map {name}: Hash<{key}, {value}, {n}>;\n"),
            Kind::Lru => format!("map {name}: LruHash<{key}, {value}, {}>;\n", n.max(1024)),
            Kind::Lpm => format!("map {name}: Lpm<{key}, {value}, {n}>;\n"),
            Kind::Log => format!("map {name}: Log<{value}, 4096>;\n"),
            Kind::Maglev(at) => {
                let n = PRIMES[usize::from(self.sets[at].capacity >= 250) + n as usize % 3];
                format!("map {name}: Maglev<{}, {n}>;\n", set(at))
            }
            Kind::PerTask => format!("map {name}: PerTask<{value}>;\n"),
        };
        self.maps.push(map);
        text
    }

    /// Functions of numbers and bytes; later ones may call earlier ones.
    pub(super) fn functions(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..self.n_of_size(3) {
            text += &self.function();
        }
        text
    }

    fn function(&mut self) -> String {
        self.count("declare.fn");
        let name = self.fresh("fn");
        let bits = self.width();
        let mut params = Vec::new();
        for _ in 0..=self.below(3) {
            let name = self.fresh("x");
            let wide = self.width();
            params.push(match self.below(5) {
                0 => FieldDecl { name, ty: Ty::Bytes, lo: 0, hi: 4 + self.below(28) },
                1 => FieldDecl { name, ty: Ty::Bool, lo: 0, hi: 1 },
                2 => {
                    let hi = self.constant(1, full(wide));
                    FieldDecl { name, ty: Ty::Int(wide), lo: 0, hi }
                }
                _ => FieldDecl { name, ty: Ty::Int(wide), lo: 0, hi: full(wide) },
            });
        }
        let written: Vec<_> = params.iter().map(|param| self.written(param)).collect();
        let outer = std::mem::take(&mut self.scope);
        let (place, work) = (self.place, self.work);
        self.place.is_pure = true;
        self.work = 200;
        for param in &params {
            self.declare(&param.name, param.ty, &Ex::new("", param.lo, param.hi));
        }
        let body = self.scoped(|maker| {
            let mut text = "{\n".to_owned();
            for _ in 0..maker.below(4) {
                if let Some(statement) = maker.statement(2) {
                    text += &(statement + "\n");
                }
            }
            let value = maker.number(bits, 3);
            let value = maker.typed(value, bits);
            format!("{text}{}\n}}", value.text)
        });
        (self.scope, self.place, self.work) = (outer, place, work);
        let text = format!("fn {name}({}) -> u{bits} {body}\n", written.join(", "));
        self.fns.push(FnDecl { name, params, gives: Ty::Int(bits), from: 0 });
        text
    }

    fn written(&self, param: &FieldDecl) -> String {
        match param.ty {
            Ty::Bytes => format!("{}: bytes[..{}]", param.name, param.hi),
            Ty::Int(bits) if param.hi < full(bits) => {
                format!("{}: u{bits} in 0..={}", param.name, param.hi)
            }
            ty => format!("{}: {}", param.name, self.type_text(ty)),
        }
    }

    /// A call of a function.
    pub(super) fn call(&mut self, gives: Ty, depth: u32) -> Option<Ex> {
        let fits: Vec<_> = self.fns.iter().filter(|f| f.gives == gives).cloned().collect();
        let callee = self.one_of(&fits)?;
        if self.work < 200 {
            return None;
        }
        let mut from = callee.from;
        let args: Vec<_> = callee
            .params
            .iter()
            .map(|param| {
                let value = self.field_value(param, depth.min(2));
                from |= value.from;
                value.text
            })
            .collect();
        let Ty::Int(bits) = gives else { return None };
        let text = format!("{}({})", callee.name, args.join(", "));
        Some(Ex::new(text, 0, full(bits)).with(from))
    }
}
