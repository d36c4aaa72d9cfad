//! Maps and state: how they store, what their keys and cells are, how large they may be.

use super::Analyzer;
use super::attrs;
use super::items::full;
use super::map_kinds::prefix_layout;
use super::scope::Def;
use crate::hir::{MapId, Type};
use crate::syntax::ast::{self, ItemKind};
use syrup_diag::{Code, Diagnostic, Span, limits};
use syrup_ir::{Access, Layout, MapKind, Scalar, ScalarKind};

impl Analyzer<'_> {
    /// A map or state declaration.
    pub(crate) fn define_map(&mut self, unit: usize, id: MapId, item: &ast::Item) {
        let (ty, initial) = match &item.kind {
            ItemKind::Map(decl) => (&decl.ty, None),
            ItemKind::State(decl) => (&decl.ty, decl.value.as_ref()),
            _ => return,
        };
        let is_state = matches!(item.kind, ItemKind::State(_));
        let Some(shape) = self.map_shape(unit, ty, is_state) else { return };
        let bits = shape.value.bits(&self.program).unwrap_or(64);
        let value_layout = match (self.layout(&shape.value, full(bits)), shape.atomic) {
            // Maglev tables name slots: whether one still holds the same executor is no matter.
            _ if matches!(shape.kind, MapKind::Maglev(_)) => Layout::int(32),
            (Some(Layout::Scalar(scalar)), true) => {
                Layout::Scalar(Scalar { kind: ScalarKind::Atomic, ..scalar })
            }
            (Some(layout), _) => layout,
            (None, _) => return,
        };
        let key_layout = match &shape.key {
            Type::Unit => Layout::Bytes(0),
            // A key names a slot; whether it still holds the same executor is no matter.
            Type::Exec(id) => {
                let kind = ScalarKind::Exec(syrup_ir::SetId(id.0));
                Layout::Scalar(Scalar { kind, ..Scalar::int(32) })
            }
            key => {
                let bits = key.bits(&self.program).unwrap_or(64);
                match self.layout(key, full(bits)) {
                    Some(layout) if shape.kind == MapKind::Lpm => prefix_layout(&layout),
                    Some(layout) => layout,
                    None => return,
                }
            }
        };
        self.check_map_size(ty.span, &key_layout, &value_layout, shape.entries);
        let initial = match initial {
            Some(value) => self.initial(unit, value, (&shape.value, ty.span), &value_layout),
            None => Vec::new(),
        };
        let (pin, user) = (attrs::pin(item), attrs::user(item));
        let map = &mut self.program.maps[id.idx()];
        map.kind = shape.kind;
        map.key = shape.key;
        map.value = shape.value;
        map.atomic = shape.atomic;
        map.key_layout = key_layout;
        map.value_layout = value_layout;
        map.entries = shape.entries.clamp(1, u64::from(limits::MAP_ENTRIES_MAX)) as u32;
        map.initial = initial;
        map.pin = pin;
        map.user = user.unwrap_or(Access::None);
    }

    fn check_map_size(&mut self, span: Span, key: &Layout, value: &Layout, entries: u64) {
        let rows = [
            (entries, u64::from(limits::MAP_ENTRIES_MAX), "entries"),
            (u64::from(key.size()), u64::from(limits::MAP_KEY_BYTES_MAX), "bytes a key"),
            (u64::from(value.size()), u64::from(limits::MAP_VALUE_BYTES_MAX), "bytes a value"),
        ];
        for (is, max, what) in rows {
            if is > max {
                let message = format!("a map has at most {max} {what}, not {is}");
                self.diags.push(Diagnostic::error(Code::E0114, span, message));
            }
        }
        if entries == 0 {
            let message = "a map needs at least one entry";
            self.diags.push(Diagnostic::error(Code::E0406, span, message).help("a number from 1"));
        }
    }

    fn map_shape(&mut self, unit: usize, ty: &ast::Type, is_state: bool) -> Option<MapShape> {
        if ty.path.parts[0].text == "PerCpu" {
            return self.per_cpu_shape(unit, ty);
        }
        if is_state {
            let (value, atomic) = self.cell_type(unit, ty)?;
            let kind = MapKind::State;
            return Some(MapShape { kind, key: Type::Unit, value, atomic, entries: 1 });
        }
        let name = ty.path.parts[0].text.as_str();
        match (name, ty.args.as_slice()) {
            ("Array", [value, entries]) => {
                let (value, atomic) = self.cell_arg(unit, value)?;
                let (key, entries) = self.array_size(unit, entries)?;
                Some(MapShape { kind: MapKind::Array, key, value, atomic, entries })
            }
            ("Hash", [key, value, entries]) => {
                let key = self.key_arg(unit, key)?;
                let (value, atomic) = self.cell_arg(unit, value)?;
                let entries = self.number_arg(unit, entries)?;
                Some(MapShape { kind: MapKind::Hash, key, value, atomic, entries })
            }
            ("LruHash", [key, value, entries]) => {
                let key = self.key_arg(unit, key)?;
                let (value, atomic) = self.cell_arg(unit, value)?;
                let entries = self.number_arg(unit, entries)?;
                Some(MapShape { kind: MapKind::LruHash, key, value, atomic, entries })
            }
            ("PerCpuArray", [value, entries]) => {
                let (value, atomic) = self.cell_arg(unit, value)?;
                let (key, entries) = self.array_size(unit, entries)?;
                Some(MapShape { kind: MapKind::PerCpuArray, key, value, atomic, entries })
            }
            ("Lpm", [key, value, entries]) => {
                let key = self.address_arg(unit, key)?;
                let (value, atomic) = self.cell_arg(unit, value)?;
                let entries = self.number_arg(unit, entries)?;
                Some(MapShape { kind: MapKind::Lpm, key, value, atomic, entries })
            }
            ("Lpm", _) => self.bad_map(ty, "Lpm<address, value, entries>"),
            ("Log", [record, bytes]) => self.log_shape(unit, record, bytes),
            ("Log", _) => self.bad_map(ty, "Log<record, bytes>"),
            ("Maglev", [set, size]) => self.ring_shape(unit, ty.span, set, size),
            ("Maglev", _) => self.bad_map(ty, "Maglev<workers, 65_537>"),
            ("PerCpuArray", _) => self.bad_map(ty, "PerCpuArray<value, entries>"),
            ("LruHash", _) => self.bad_map(ty, "LruHash<key, value, entries>"),
            ("Array", _) => self.bad_map(ty, "Array<value, entries>"),
            ("Hash", _) => self.bad_map(ty, "Hash<key, value, entries>"),
            ("PerTask", [value]) => {
                let (value, atomic) = self.cell_arg(unit, value)?;
                let entries = u64::from(limits::QUEUE_THREADS_MAX);
                Some(MapShape { kind: MapKind::PerTask, key: Type::Task, value, atomic, entries })
            }
            ("PerTask", _) => self.bad_map(ty, "PerTask<value>"),
            _ => {
                let message = format!("`{name}` is no kind of map");
                self.diags
                    .push(Diagnostic::error(Code::E0103, ty.span, message).help(
                        "the kinds are Array, Hash, LruHash, PerCpu, PerCpuArray and others",
                    ));
                None
            }
        }
    }

    /// `PerCpu<u64>`: one cell for each CPU.
    fn per_cpu_shape(&mut self, unit: usize, ty: &ast::Type) -> Option<MapShape> {
        let [value] = ty.args.as_slice() else { return self.bad_map(ty, "PerCpu<value>") };
        let (value, atomic) = self.cell_arg(unit, value)?;
        let kind = MapKind::PerCpuState;
        Some(MapShape { kind, key: Type::Unit, value, atomic, entries: 1 })
    }

    fn bad_map(&mut self, ty: &ast::Type, form: &str) -> Option<MapShape> {
        let message = format!("this map is written `{form}`");
        self.diags.push(Diagnostic::error(Code::E0103, ty.span, message));
        None
    }

    /// A cell: `u32`, `Op`, `Atomic<u64>`.
    fn cell_type(&mut self, unit: usize, ty: &ast::Type) -> Option<(Type, bool)> {
        if ty.path.parts[0].text != "Atomic" {
            let found = self.value_type(unit, ty);
            match &found {
                Type::Int(_)
                | Type::Bool
                | Type::Time
                | Type::Duration
                | Type::Enum(_)
                | Type::ThreadId => {
                    return Some((found, false));
                }
                Type::Struct(id) => {
                    let fields = &self.program.structs[id.idx()].fields;
                    let broken = fields.iter().any(|field| field.ty == Type::Error);
                    return (!broken && !fields.is_empty()).then_some((found, false));
                }
                Type::Exec(_) => return Some((found, false)),
                Type::Bytes(n) => {
                    if matches!(ty.index.as_deref(), Some(ast::Index::At(_))) {
                        return Some((found, false));
                    }
                    let message = "a map keeps runs of bytes of one length";
                    let diagnostic = Diagnostic::error(Code::E0103, ty.span, message);
                    self.diags.push(diagnostic.replace(
                        format!("always {n} bytes"),
                        ty.span,
                        format!("bytes[{n}]"),
                    ));
                }
                Type::Error => {}
                Type::Verdict
                | Type::Take
                | Type::Option(_)
                | Type::Packet
                | Type::Task
                | Type::List(_) => {
                    let message = "a map keeps numbers, and this is none";
                    self.diags.push(Diagnostic::error(Code::E0103, ty.span, message));
                }
                Type::Unit | Type::Never => {}
            }
            return None;
        }
        let inner = match ty.args.as_slice() {
            [ast::TypeArg::Type(inner)] => self.value_type(unit, inner),
            _ => Type::Unit,
        };
        match inner {
            Type::Error => None,
            Type::Int(32 | 64) => Some((inner, true)),
            _ => {
                let message = "an atomic cell holds a u32 or a u64";
                self.diags.push(
                    Diagnostic::error(Code::E0103, ty.span, message).help("write `Atomic<u64>`"),
                );
                None
            }
        }
    }

    pub(super) fn cell_arg(&mut self, unit: usize, arg: &ast::TypeArg) -> Option<(Type, bool)> {
        match arg {
            ast::TypeArg::Type(ty) => self.cell_type(unit, ty),
            ast::TypeArg::Int(lit) => {
                let message = "a type belongs here, not a number";
                self.diags.push(Diagnostic::error(Code::E0103, lit.span, message));
                None
            }
        }
    }

    pub(super) fn key_arg(&mut self, unit: usize, arg: &ast::TypeArg) -> Option<Type> {
        let (ty, atomic) = self.cell_arg(unit, arg)?;
        let fields = match &ty {
            Type::Struct(id) => &self.program.structs[id.idx()].fields[..],
            _ => &[],
        };
        let executor = fields.iter().find(|field| matches!(field.ty, Type::Exec(_)));
        let (executor, ast::TypeArg::Type(written)) = (executor.cloned(), arg) else {
            return (!atomic).then_some(ty);
        };
        if let Some(field) = executor {
            let message = "a struct that keeps executors is no key";
            self.diags.push(
                Diagnostic::error(Code::E0103, written.span, message)
                    .also(field.span, "this field may be an executor or none")
                    .help("use the executor as the key, or keep its `index` in the struct"),
            );
            return None;
        }
        if atomic {
            let message = "a key is compared, so it is a plain value";
            let diagnostic = Diagnostic::error(Code::E0103, written.span, message);
            self.diags.push(diagnostic.help("write the number's type: `u32`"));
            return None;
        }
        Some(ty)
    }

    pub(super) fn number_arg(&mut self, unit: usize, arg: &ast::TypeArg) -> Option<u64> {
        match arg {
            ast::TypeArg::Int(ast::Lit { kind: ast::LitKind::Int(number), .. }) => Some(*number),
            ast::TypeArg::Int(lit) => {
                let message = "the number of entries belongs here";
                self.diags.push(Diagnostic::error(Code::E0103, lit.span, message));
                None
            }
            ast::TypeArg::Type(ty) => match self.type_def(unit, ty)? {
                Def::Const(id) => {
                    self.define_const(id);
                    Some(self.program.consts[id.idx()].value)
                }
                other => {
                    let message = format!("a number belongs here, not {}", other.noun());
                    self.diags.push(Diagnostic::error(Code::E0103, ty.span, message));
                    None
                }
            },
        }
    }

    /// The index of an array: a number, or a set whose executors are the keys.
    fn array_size(&mut self, unit: usize, arg: &ast::TypeArg) -> Option<(Type, u64)> {
        if let Some(id) = self.set_arg(unit, arg) {
            return Some((Type::Exec(id), u64::from(self.program.sets[id.idx()].capacity)));
        }
        Some((Type::Int(32), self.number_arg(unit, arg)?))
    }
}

/// A map's type, read.
pub(super) struct MapShape {
    pub kind: MapKind,
    pub key: Type,
    pub value: Type,
    pub atomic: bool,
    pub entries: u64,
}
