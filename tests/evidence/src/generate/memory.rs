//! Maps, states and structs: how their cells are named, read and changed.

use super::maker::{Ex, FieldDecl, Kind, Maker, MapDecl, Ty, full};

impl MapDecl {
    /// Whether other CPUs see the cells.
    pub(super) fn is_shared(&self) -> bool {
        !matches!(self.kind, Kind::PerCpu | Kind::PerCpuState | Kind::PerCpuArray | Kind::PerTask)
    }

    /// Whether an entry may be missing.
    pub(super) fn may_miss(&self) -> bool {
        matches!(self.kind, Kind::Hash | Kind::Lru | Kind::Lpm)
    }

    /// What a value read from it comes from.
    pub(super) fn source(&self) -> u64 {
        if self.is_shared() { self.bit } else { 0 }
    }
}

impl Maker<'_> {
    /// Maps that a test holds for.
    pub(super) fn maps_where(&self, test: impl Fn(&MapDecl) -> bool) -> Vec<MapDecl> {
        self.maps.iter().filter(|map| test(map)).cloned().collect()
    }

    /// The cell of a map at a place made up: `m[k]`, `m`. Nothing where no name fits.
    pub(super) fn cell(&mut self, map: &MapDecl, depth: u32) -> Option<Ex> {
        let name = &map.name;
        let key = match map.kind {
            Kind::State | Kind::PerCpuState | Kind::PerCpu => return Some(Ex::new(name, 0, 0)),
            Kind::Log | Kind::Maglev(_) => return None,
            Kind::BySlot(set) => {
                let locals = self.locals(Ty::Exec(set));
                let local = self.one_of(&locals)?;
                Ex::new(local.name, 0, 0).with(local.from)
            }
            Kind::PerTask => {
                let tasks = self.locals(Ty::Task);
                Ex::new(self.one_of(&tasks)?.name, 0, 0)
            }
            Kind::Array | Kind::PerCpuArray => self.number_below(32, map.n - 1, depth.min(2)),
            Kind::Hash | Kind::Lru | Kind::Lpm => self.key(map, depth)?,
        };
        Some(Ex::new(format!("{name}[{}]", key.text), 0, 0).with(key.from))
    }

    /// A key: of few different ones, so that entries are met again.
    pub(super) fn key(&mut self, map: &MapDecl, depth: u32) -> Option<Ex> {
        match map.key {
            Ty::Int(bits) => {
                let most = if self.once_in(4) { full(bits) } else { full(bits.min(3)) };
                Some(self.number_below(bits, most, depth.min(2)))
            }
            Ty::Task => {
                let tasks = self.locals(Ty::Task);
                let task = self.one_of(&tasks)?;
                Some(Ex::new(format!("{}.id", task.name), 0, 0))
            }
            other => Some(self.value_of(other, depth.min(2))),
        }
    }

    /// A value of any type that maps keep.
    pub(super) fn value_of(&mut self, ty: Ty, depth: u32) -> Ex {
        match ty {
            Ty::Int(bits) => self.number(bits, depth),
            Ty::Bool => self.condition(depth),
            Ty::Time => self.time(depth),
            Ty::Duration => self.duration(depth),
            Ty::Enum(at) => self.enum_value(at, depth),
            Ty::Struct(at) => self.struct_value(at, depth),
            Ty::Exec(set) => self.executor(set, depth),
            Ty::Bytes | Ty::Task => Ex::new("0", 0, 0),
        }
    }

    /// A number of an interval.
    pub(super) fn number_in(&mut self, bits: u8, lo: u64, hi: u64, depth: u32) -> Ex {
        let ex = self.number_below(bits, hi, depth);
        if ex.lo >= lo {
            return ex;
        }
        Ex { text: format!("max({}, {lo})", ex.text), lo, hi: ex.hi.max(lo), ..ex }
    }

    /// A value for a field or a parameter.
    pub(super) fn field_value(&mut self, field: &FieldDecl, depth: u32) -> Ex {
        match field.ty {
            Ty::Int(bits) => self.number_in(bits, field.lo, field.hi, depth),
            Ty::Bytes => self.bytes_of(field.lo, field.hi),
            other => self.value_of(other, depth),
        }
    }

    /// A struct: a local, or written out with some fields left at zero.
    pub(super) fn struct_value(&mut self, at: usize, depth: u32) -> Ex {
        let locals = self.locals(Ty::Struct(at));
        if let (Some(local), true) = (self.one_of(&locals), self.once_in(2)) {
            return Ex::new(local.name, 0, 0).with(local.from);
        }
        self.count("struct.literal");
        let decl = self.structs[at].clone();
        let (mut parts, mut from) = (Vec::new(), 0);
        for field in &decl.fields {
            let is_free = field.lo == 0 && !matches!(field.ty, Ty::Enum(_));
            if is_free && self.once_in(3) {
                continue;
            }
            let value = self.field_value(field, depth.min(1));
            from |= value.from;
            parts.push(format!("{}: {}", field.name, value.text));
        }
        Ex::new(format!("{}({})", decl.name, parts.join(", ")), 0, 0).with(from)
    }

    /// Reads a cell of a type.
    pub(super) fn read(&mut self, ty: Ty, depth: u32) -> Option<Ex> {
        if self.place.is_pure {
            return None;
        }
        let fits = self.maps_where(|map| map.value == ty && !matches!(map.kind, Kind::Log));
        let map = self.one_of(&fits)?;
        let cell = self.cell(&map, depth)?;
        let from = map.source() | cell.from;
        let bits = if let Ty::Int(bits) = ty { bits } else { 64 };
        if map.may_miss() {
            return Some(self.read_entry(&map, &cell, depth).with(from));
        }
        self.count(match map.kind {
            Kind::Array => "read.array",
            Kind::BySlot(_) => "read.by_executor",
            Kind::PerCpu | Kind::PerCpuState | Kind::PerCpuArray => "read.per_cpu",
            Kind::PerTask => "read.per_task",
            _ => "read.state",
        });
        let text = if map.is_atomic { format!("{}.load()", cell.text) } else { cell.text };
        Some(Ex::new(text, 0, full(bits)).with(from))
    }

    /// Reads an entry that may be missing.
    fn read_entry(&mut self, map: &MapDecl, cell: &Ex, depth: u32) -> Ex {
        let bits = if let Ty::Int(bits) = map.value { bits } else { 64 };
        let other = self.value_of(map.value, depth.min(1));
        let (hi, from) = (full(bits), other.from);
        self.count(match map.kind {
            Kind::Hash => "read.hash",
            Kind::Lru => "read.lru",
            _ => "read.lpm",
        });
        let is_plain = matches!(map.value, Ty::Int(_));
        if is_plain && self.choose(&[("read.else", 4), ("read.match", 1)]) == "read.match" {
            let name = self.fresh("x");
            let text = format!(
                "(match {} {{ some({name}) => {name} ^ 1, none => {} }})",
                cell.text, other.text
            );
            return Ex::new(text, 0, hi).with(from);
        }
        Ex::new(format!("({} else {})", cell.text, other.text), 0, hi).with(from)
    }

    /// A number in a field of a struct: of a local, of a cell, of an entry.
    pub(super) fn struct_number(&mut self, bits: u8, depth: u32) -> Option<Ex> {
        let is_it = |field: &FieldDecl| field.ty == Ty::Int(bits);
        let locals: Vec<_> = self.scope.iter().filter(|l| matches!(l.ty, Ty::Struct(_))).collect();
        let mut found = Vec::new();
        for local in locals {
            let Ty::Struct(at) = local.ty else { continue };
            for field in self.structs[at].fields.iter().filter(|field| is_it(field)) {
                let text = format!("{}.{}", local.name, field.name);
                found.push(Ex::new(text, field.lo, field.hi).with(local.from));
            }
        }
        if !found.is_empty() && self.once_in(2) {
            self.count("field.local");
            return self.one_of(&found);
        }
        if self.place.is_pure {
            return self.one_of(&found);
        }
        let maps = self
            .maps_where(|map| matches!(map.value, Ty::Struct(_)) && !matches!(map.kind, Kind::Log));
        let map = self.one_of(&maps)?;
        let Ty::Struct(at) = map.value else { return None };
        let fields: Vec<_> =
            self.structs[at].fields.iter().filter(|field| is_it(field)).cloned().collect();
        let field = self.one_of(&fields)?;
        let cell = self.cell(&map, depth)?;
        let from = cell.from | map.source();
        self.count("field.cell");
        if map.may_miss() {
            let other = self.struct_literal(at);
            let text = format!("({} else {}).{}", cell.text, other.text, field.name);
            return Some(Ex::new(text, field.lo, field.hi).with(from | other.from));
        }
        Some(Ex::new(format!("{}.{}", cell.text, field.name), field.lo, field.hi).with(from))
    }

    fn struct_literal(&mut self, at: usize) -> Ex {
        let scope = std::mem::take(&mut self.scope);
        let made = self.struct_value(at, 0);
        self.scope = scope;
        made
    }

    /// `m[k].fetch_add(1)`: the old value, and a change.
    pub(super) fn fetched(&mut self, bits: u8, depth: u32) -> Option<Ex> {
        if self.place.is_pure || self.place.reads_only {
            return None;
        }
        let fits =
            self.maps_where(|map| map.is_atomic && map.value == Ty::Int(bits) && !map.may_miss());
        let map = self.one_of(&fits)?;
        if map.bit & self.control != 0 {
            return None;
        }
        let cell = self.cell(&map, depth)?;
        let operand = self.number(bits, depth.min(1));
        let name = match self.choose(&[("cell.fetch_add", 2), ("cell.exchange", 1)]) {
            "cell.fetch_add" => "fetch_add",
            _ => "exchange",
        };
        let text = format!("{}.{name}({})", cell.text, operand.text);
        Some(Ex::new(text, 0, full(bits)).with(cell.from | operand.from))
    }

    /// A statement that changes memory.
    pub(super) fn change(&mut self, depth: u32) -> Option<String> {
        if self.place.is_pure || self.place.reads_only {
            return None;
        }
        let control = self.control;
        let fits = self.maps_where(|map| map.source() & control == 0);
        let map = self.one_of(&fits)?;
        match map.kind {
            Kind::Maglev(_) => None,
            Kind::Log => Some(self.append(&map, depth)),
            Kind::Hash | Kind::Lru | Kind::Lpm => self.change_entry(&map, depth),
            _ if map.is_atomic => self.change_atomic(&map, depth),
            _ => self.assign_cell(&map, depth),
        }
    }

    /// A value for a map that does not come from the map itself.
    fn foreign(&mut self, map: &MapDecl, depth: u32) -> Ex {
        let value = self.value_of(map.value, depth);
        if value.from & map.source() == 0 {
            return value;
        }
        let scope = std::mem::take(&mut self.scope);
        let value = self.value_of(map.value, 0);
        self.scope = scope;
        value
    }

    fn assign_cell(&mut self, map: &MapDecl, depth: u32) -> Option<String> {
        let cell = self.cell(map, depth)?;
        if let (Ty::Struct(at), true) = (map.value, self.once_in(2)) {
            let fields = self.structs[at].fields.clone();
            let field = self.one_of(&fields)?;
            let value = self.field_value(&field, depth.min(2));
            if value.from & map.source() == 0 {
                self.count("change.field");
                return Some(format!("{}.{} = {};", cell.text, field.name, value.text));
            }
        }
        let value = self.foreign(map, depth);
        self.count(if map.is_shared() { "change.assign" } else { "change.per_cpu" });
        (value.from & map.source() == 0).then(|| format!("{} = {};", cell.text, value.text))
    }

    fn change_atomic(&mut self, map: &MapDecl, depth: u32) -> Option<String> {
        let cell = self.cell(map, depth)?;
        let Ty::Int(bits) = map.value else { return None };
        let value = self.number(bits, depth.min(2));
        let name = match self.choose(&[
            ("cell.add", 3),
            ("cell.sub", 2),
            ("cell.raise_to", 2),
            ("cell.fetch_add_unused", 1),
            ("cell.take", 2),
        ]) {
            "cell.add" => "add",
            "cell.sub" => "sub",
            "cell.raise_to" => "raise_to",
            "cell.take" => return Some(self.take(map, depth)),
            _ => "fetch_add",
        };
        Some(format!("{}.{name}({});", cell.text, value.text))
    }

    /// `match m.take(k, n) { Taken => ..., _ => ... }`
    fn take(&mut self, map: &MapDecl, depth: u32) -> String {
        let Ty::Int(bits) = map.value else { return String::new() };
        let amount = self.number_below(bits, full(bits.min(8)), depth.min(1));
        // What the amount rests on, the change rests on.
        self.control |= amount.from;
        let key = match map.kind {
            Kind::State => String::new(),
            Kind::Array => format!("{}, ", self.number_below(32, map.n - 1, 1).text),
            Kind::BySlot(set) => format!("{}, ", self.executor(set, 1).text),
            _ => self.key(map, depth).map_or(String::new(), |key| format!("{}, ", key.text)),
        };
        let taken = self.small_block(depth);
        let rest = self.small_block(depth);
        let rest_name = if map.may_miss() && self.once_in(2) { "Empty | Missing" } else { "_" };
        format!(
            "match {}.take({key}{}) {{\nTaken => {taken},\n{rest_name} => {rest},\n}}",
            map.name, amount.text
        )
    }

    fn change_entry(&mut self, map: &MapDecl, depth: u32) -> Option<String> {
        let way = self.choose(&[
            ("entry.insert", 5),
            ("entry.remove", 2),
            ("entry.take", 3),
            ("entry.update", 4),
        ]);
        if way == "entry.take" && map.is_atomic {
            return Some(self.take(map, depth));
        }
        if way == "entry.update" && map.kind == Kind::Hash && self.place.has_packet {
            return self.update(map, depth);
        }
        let key = self.key(map, depth)?;
        let bits = if let Ty::Int(bits) = map.key { bits } else { 0 };
        let prefix = match map.kind {
            Kind::Lpm => format!(", {}", self.number_below(32, bits.into(), 1).text),
            _ => String::new(),
        };
        if way == "entry.remove" {
            return Some(format!("{}.remove({}{prefix});", map.name, key.text));
        }
        let value = self.foreign(map, depth.min(2));
        if map.kind == Kind::Lru {
            return Some(format!("{}[{}] = {};", map.name, key.text, value.text));
        }
        let otherwise = self.otherwise();
        let (name, key) = (&map.name, key.text);
        Some(format!("{name}.insert({key}{prefix}, {}) else {otherwise};", value.text))
    }

    fn append(&mut self, map: &MapDecl, depth: u32) -> String {
        self.count("change.append");
        let value = match map.value {
            Ty::Int(bits) => {
                let value = self.number(bits, depth);
                self.typed(value, bits)
            }
            other => self.value_of(other, depth),
        };
        let otherwise = self.otherwise();
        format!("{}.append({}) else {otherwise};", map.name, value.text)
    }

    /// What happens where a map is full.
    fn otherwise(&mut self) -> String {
        if self.place.returns && self.once_in(2) {
            return format!("return {}", self.plain_verdict());
        }
        "{ }".to_owned()
    }
}
